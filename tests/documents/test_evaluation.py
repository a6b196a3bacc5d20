"""The evaluation report keeps the outline, adds up, and says what it rests on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from procurement.documents.blocks import Bars, Table
from procurement.documents.evaluation import EvaluationFacts, evaluation_blocks, part_sums, print_evaluation
from procurement.documents.fonts import FontPaths
from tests.documents.reading import bare, body_of, text_of
from tests.documents.samples import EVALUATION, MADE_AT
from tests.documents.test_agreement import words_of

OUTLINE = [
    "一、基本情况",
    "（一）项目概况",
    "（二）项目绩效目标",
    "二、绩效评价工作开展情况",
    "（一）评价目的、对象和范围",
    "（二）评价原则、指标体系、方法和标准",
    "（三）评价工作过程",
    "三、综合评价情况及评价结论",
    "四、绩效评价指标分析",
    "（一）项目决策情况",
    "（二）项目过程情况",
    "（三）项目产出情况",
    "（四）项目效益情况",
    "五、主要经验及做法、存在的问题及原因分析",
    "六、有关建议",
    "七、其他需要说明的问题",
]


def printed(fonts: FontPaths, facts: EvaluationFacts = EVALUATION) -> bytes:
    """The report of these facts."""
    return print_evaluation(facts, fonts, demonstration=False, made_at=MADE_AT)


def test_every_fact_stands_in_the_report(fonts: FontPaths) -> None:
    whole = body_of(printed(fonts))
    scores = [f"{Decimal(each.score):.2f}" for each in EVALUATION.scores]
    facts = replace(EVALUATION, scores=tuple(replace(each, score="") for each in EVALUATION.scores))
    assert [text for text in [*words_of(facts), *scores] if bare(text) not in whole] == []


def test_the_outline_stands_in_its_order(fonts: FontPaths) -> None:
    whole = text_of(printed(fonts))
    places = []
    for heading in OUTLINE:
        places.append(whole.index(heading, places[-1] if places else 0))
    assert places == sorted(places)


def test_the_parts_are_summed_and_the_total_has_two_places(fonts: FontPaths) -> None:
    sums = {each.part: (each.points, each.score) for each in part_sums(EVALUATION.scores)}
    assert sums == {
        "决策": (Decimal(20), Decimal("19.00")),
        "过程": (Decimal(20), Decimal("18.94")),
        "产出": (Decimal(30), Decimal("28.56")),
        "效益": (Decimal(30), Decimal("27.20")),
    }
    whole = text_of(printed(fonts))
    for said in (
        "小计2019.00",
        "小计2018.94",
        "小计3028.56",
        "小计3027.20",
        "合计10093.70等次：优",
        "得分93.70分，等次为“优”",
    ):
        assert said in whole
    assert "90.00分" in text_of(printed(fonts, rescored("14.30")))


def rescored(benefit: str) -> EvaluationFacts:
    """The report with another score for the benefit, and the total that goes with it."""
    scores = tuple(replace(each, score=benefit) if each.indicator == "实施效益" else each for each in EVALUATION.scores)
    return replace(EVALUATION, scores=scores, total=str(sum(Decimal(each.score) for each in scores)))


def test_a_total_that_does_not_add_up_is_not_printed(fonts: FontPaths) -> None:
    with pytest.raises(ValueError, match=r"add up to 93\.70, not to 93\.71"):
        printed(fonts, replace(EVALUATION, total="93.71"))


def test_a_score_above_its_points_is_not_printed(fonts: FontPaths) -> None:
    with pytest.raises(ValueError, match="实施效益"):
        printed(fonts, rescored("20.5"))


def test_the_four_parts_are_drawn_as_bars_of_their_own_length() -> None:
    (chart,) = [block for block in evaluation_blocks(EVALUATION) if isinstance(block, Bars)]
    assert [(bar.label, bar.value) for bar in chart.bars] == [
        ("决策", "19.00 / 20"),
        ("过程", "18.94 / 20"),
        ("产出", "28.56 / 30"),
        ("效益", "27.20 / 30"),
    ]
    assert chart.bars[0].part == pytest.approx(0.95)


def test_the_evidence_is_listed_and_left_out_where_there_is_none() -> None:
    titles = [block.title for block in evaluation_blocks(EVALUATION) if isinstance(block, Table)]
    assert titles == ["", "绩效评价评分表", "评价依据清单"]
    bare_facts = replace(EVALUATION, evidence=())
    assert "评价依据清单" not in [block.title for block in evaluation_blocks(bare_facts) if isinstance(block, Table)]


def test_an_empty_text_is_printed_as_none(fonts: FontPaths) -> None:
    assert "（二）存在的问题及原因分析无。" in text_of(printed(fonts, replace(EVALUATION, problems="")))


def test_equal_facts_have_one_digest_and_any_other_word_another() -> None:
    assert EVALUATION.digest() == replace(EVALUATION).digest()
    assert EVALUATION.digest() != replace(EVALUATION, grade="良").digest()
