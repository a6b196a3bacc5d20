"""Indicator sets and grades: 100 points or a refusal, and 89.99 is 良."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.foundation.errors import RuleBroken
from procurement.registers.indicators import Grade, Indicator, IndicatorSet, Part, expenditure_frame, grade_of
from procurement.statute import limits

DAY = date(2026, 9, 22)
FRAME = expenditure_frame(DAY)


def indicators(*points: str) -> tuple[Indicator, ...]:
    return tuple(
        Indicator(f"K{at}", Part.OUTPUT, "数量", f"指标{at}", Decimal(worth), "看台账")
        for at, worth in enumerate(points)
    )


def test_points_that_sum_to_a_hundred_are_a_set() -> None:
    assert len(IndicatorSet(indicators("40", "59.50", "0.50")).indicators) == 3


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (("40", "50"), "指标分值合计 90，应为 100，相差 10。"),
        (("60", "40.01"), "指标分值合计 100.01，应为 100，相差 0.01。"),
        ((), "指标分值合计 0，应为 100，相差 100。"),
    ],
)
def test_any_other_sum_is_refused_naming_it_and_what_is_missing(points: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        IndicatorSet(indicators(*points))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("part", "points", "rows"),
    [(Part.DECISION, 20, 6), (Part.PROCESS, 20, 5), (Part.OUTPUT, 30, 4), (Part.BENEFIT, 30, 2)],
)
def test_the_frame_has_twenty_twenty_thirty_thirty_points(part: Part, points: int, rows: int) -> None:
    assert FRAME.points_of(part) == points
    assert len(FRAME.of_part(part)) == rows


def test_the_rows_of_the_frame_are_those_of_the_fact_sheet() -> None:
    assert [(row.level2, row.level3, int(row.points)) for row in FRAME.indicators] == [
        ("项目立项", "立项依据充分性", 4),
        ("项目立项", "立项程序规范性", 3),
        ("绩效目标", "绩效目标合理性", 4),
        ("绩效目标", "绩效指标明确性", 3),
        ("资金投入", "预算编制科学性", 3),
        ("资金投入", "资金分配合理性", 3),
        ("资金管理", "资金到位率", 3),
        ("资金管理", "预算执行率", 4),
        ("资金管理", "资金使用合规性", 5),
        ("组织实施", "管理制度健全性", 3),
        ("组织实施", "制度执行有效性", 5),
        ("产出数量", "实际完成率", 10),
        ("产出质量", "质量达标率", 10),
        ("产出时效", "完成及时性", 5),
        ("产出成本", "成本节约率", 5),
        ("项目效益", "实施效益", 20),
        ("项目效益", "满意度", 10),
    ]


def test_names_of_the_frame_and_of_its_points_in_the_table_agree() -> None:
    assert [row.level3 for row in FRAME.indicators] == [named.on(DAY).name for named in limits.FRAME_POINTS]
    assert all(row.test for row in FRAME.indicators)


def test_output_and_benefit_weigh_exactly_what_the_law_asks_for() -> None:
    weight = FRAME.points_of(Part.OUTPUT) + FRAME.points_of(Part.BENEFIT)
    assert weight == limits.OUTPUT_AND_BENEFIT_LEAST.on(DAY).amount


def test_full_marks_are_a_hundred_and_the_parts_add_up() -> None:
    scores = {row.key: row.points for row in FRAME.indicators}
    assert FRAME.total(scores) == Decimal("100.00")
    assert sum(FRAME.part_total(part, scores) for part in Part) == 100


def test_a_total_is_rounded_half_up_once_at_its_end() -> None:
    two = IndicatorSet(indicators("50", "50"))
    assert two.total({"K0": Decimal("44.9975"), "K1": Decimal("44.9975")}) == Decimal("90.00")
    assert two.total({"K0": Decimal("44.9974"), "K1": Decimal("44.9975")}) == Decimal("89.99")


def test_a_missing_score_is_not_taken_for_nothing() -> None:
    with pytest.raises(KeyError):
        FRAME.total({})


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        ("100", Grade.EXCELLENT),
        ("90.00", Grade.EXCELLENT),
        ("89.99", Grade.GOOD),
        ("80.00", Grade.GOOD),
        ("79.99", Grade.FAIR),
        ("60.00", Grade.FAIR),
        ("59.99", Grade.POOR),
        ("0", Grade.POOR),
    ],
)
def test_a_grade_begins_exactly_at_its_bound(score: str, grade: Grade) -> None:
    assert grade_of(Decimal(score), DAY) is grade


def test_grades_are_read_in_one_character() -> None:
    assert [grade.label for grade in Grade] == ["优", "良", "中", "差"]


@given(st.decimals(0, 100, places=2), st.decimals(0, 100, places=2))
def test_a_higher_score_never_has_the_lower_grade(one: Decimal, other: Decimal) -> None:
    order = list(Grade)
    low, high = sorted((one, other))
    assert order.index(grade_of(high, DAY)) <= order.index(grade_of(low, DAY))
