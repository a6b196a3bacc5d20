"""The checks of an ex-ante evaluation, what grades give, and what they conclude."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from procurement.foundation.errors import Refusals
from procurement.registers.indicators import Grade
from procurement.statute import limits
from procurement.transfers.ex_ante import (
    CheckMark,
    ExAnteTerms,
    all_checks,
    checks_of,
    conclusion_of,
    ensure_marked,
    points_of,
)
from procurement.transfers.models import Conclusion, Dimension

DAY = date(2025, 9, 22)


def marked(grade: Grade, **others: Grade) -> ExAnteTerms:
    """Every check with this grade, those named with another."""
    marks = {check.code: CheckMark(others.get(check.code, grade), "理由") for check in all_checks()}
    return ExAnteTerms(marks=marks, opinion="意见")


def faults(terms: ExAnteTerms) -> dict[str | None, str]:
    with pytest.raises(Refusals) as refused:
        ensure_marked(terms, DAY)
    return {fault.field: str(fault) for fault in refused.value.refusals}


def test_each_dimension_has_two_groups_of_two_checks_that_give_its_points() -> None:
    for dimension in Dimension:
        groups = checks_of(dimension)
        assert [len(checks) for checks in groups.values()] == [2, 2]
        assert marked(Grade.EXCELLENT).points(dimension, DAY) == limits.EX_ANTE_DIMENSION.on(DAY).amount


def test_every_check_has_its_own_code_and_both_languages() -> None:
    codes = [check.code for check in all_checks()]
    assert len(set(codes)) == len(codes) == 20
    assert [check.code for check in all_checks() if not (check.text.english and check.group.english)] == []


def test_the_whole_range_can_be_reached_and_even_grades_meet_the_thresholds() -> None:
    totals = {grade: marked(grade).total(DAY) for grade in Grade}
    assert totals == {Grade.EXCELLENT: 100, Grade.GOOD: 80, Grade.FAIR: 60, Grade.POOR: 0}


@pytest.mark.parametrize(("total", "conclusion"), [
    (100, Conclusion.SUPPORTED), (80, Conclusion.SUPPORTED), (79, Conclusion.PARTLY), (60, Conclusion.PARTLY),
    (59, Conclusion.NOT_SUPPORTED), (0, Conclusion.NOT_SUPPORTED),
])  # fmt: skip
def test_the_total_decides_the_conclusion(total: int, conclusion: Conclusion) -> None:
    assert conclusion_of(total, DAY) is conclusion


@pytest.mark.parametrize("code", ["N2", "C1"])
def test_a_decisive_check_that_is_poor_caps_the_conclusion(code: str) -> None:
    terms = marked(Grade.EXCELLENT, **{code: Grade.POOR})
    assert terms.total(DAY) == 95
    assert terms.conclusion(DAY) is Conclusion.PARTLY


def test_any_other_check_that_is_poor_costs_its_points_only() -> None:
    terms = marked(Grade.EXCELLENT, E1=Grade.POOR)
    assert terms.conclusion(DAY) is Conclusion.SUPPORTED


def test_a_decisive_check_lifts_nothing_that_is_not_supported() -> None:
    assert marked(Grade.POOR).conclusion(DAY) is Conclusion.NOT_SUPPORTED


def test_every_check_without_a_grade_is_named_at_once() -> None:
    terms = marked(Grade.GOOD)
    kept = {code: mark for code, mark in terms.marks.items() if code not in ("E2", "F4")}
    assert set(faults(replace(terms, marks=kept))) == {"grade-E2", "grade-F4"}


@pytest.mark.parametrize(("grade", "is_refused"), [
    (Grade.EXCELLENT, False), (Grade.GOOD, False), (Grade.FAIR, True), (Grade.POOR, True),
])  # fmt: skip
def test_a_grade_that_takes_much_away_says_why(grade: Grade, is_refused: bool) -> None:
    terms = marked(Grade.EXCELLENT)
    terms = replace(terms, marks={**terms.marks, "G3": CheckMark(grade, "  ")})
    if is_refused:
        assert grade.label in faults(terms)["remark-G3"]
    else:
        ensure_marked(terms, DAY)


def test_a_better_grade_never_gives_fewer_points() -> None:
    given = [points_of(grade, DAY) for grade in Grade]
    assert given == sorted(given, reverse=True)
