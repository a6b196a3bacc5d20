"""The report of an ex-ante evaluation keeps the usual outline, says every fact, and adds up."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from procurement.documents.ex_ante import (
    CheckLine,
    ConditionLine,
    ExAnteFacts,
    FundingLine,
    ex_ante_blocks,
    print_ex_ante,
)
from procurement.documents.fonts import FontPaths
from procurement.transfers.ex_ante import all_checks
from tests.documents.reading import bare, body_of, text_of
from tests.documents.samples import MADE_AT

OUTLINE = [
    "一、评估对象基本情况", "（一）立项背景", "（二）主要内容", "（三）绩效目标", "（四）资金构成",
    "二、评估工作开展情况", "（一）评估目的及对象", "（二）评估思路及方法", "（三）评估程序",
    "三、综合评估情况与评估结论", "（一）立项必要性", "（二）投入经济性", "（三）绩效目标合理性", "（四）实施方案可行性",
    "（五）筹资合规性", "（六）总体结论", "四、相关建议", "五、其他需要说明的问题", "附件",
]  # fmt: skip

FACTS = ExAnteFacts(
    number="龙评前〔2025〕1-2号",
    title="城市管家服务事前绩效评估报告",
    transfer_number="龙转〔2025〕1号",
    department="龙港市综合行政执法局",
    drafter="林海",
    evaluator="温𬭎",
    evaluator_unit="温州求实绩效评价事务所",
    evaluated_on="2025年9月22日",
    background="主干道保洁需要专业力量统一承担。",
    public_opinion="收回问卷412份，九成以上赞成。",
    content="主干道保洁和市容巡查。",
    quantity="道路62公里。",
    quality="达到一级标准。",
    standards="《城市管家服务规范》（DB33/T 2001-2020）",
    term="12个月，采购方式为竞争性磋商",
    power="Q0020　市容环境（市容和环境卫生管理条例）",
    goal="主次干道整洁有序。",
    indicators="满意度：90%以上（权重100）。",
    funds="预算人民币壹佰叁拾万元整（¥1,300,000.00）。",
    fundings=(FundingLine("2025年", "2120501", "¥1,300,000.00"),),
    object="本事项的方案和全部资金。",
    method="五个维度，二十个检查点。",
    process="查阅方案和附件，逐项评级。",
    lines=tuple(
        CheckLine(row.dimension.label, row.group, str(row.text), 5, "中", 3, f"缺依据{row.code}")
        for row in all_checks()
    ),
    total=60,
    conclusion="部分支持",
    reason="总分60分，结论为“部分支持”。",
    opinion="依据不够具体。",
    conditions=("补充同类项目的价格。",),
    advice="按月核对台账。",
    earlier=(ConditionLine("写明期满怎样退出。", "写在过渡和退出一节。"),),
    other="没有。",
    verification="文件编号为龙评前〔2025〕1-2号。",
)


def words_of(value: Any) -> list[str]:
    """Every text and number in the facts."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in words_of(each)]
    if isinstance(value, tuple):
        return [text for each in value for text in words_of(each)]
    return [str(value)]


def printed(fonts: FontPaths, facts: ExAnteFacts = FACTS) -> bytes:
    """The report of these facts."""
    return print_ex_ante(facts, fonts, demonstration=False, made_at=MADE_AT)


def test_every_fact_stands_in_the_report(fonts: FontPaths) -> None:
    whole = body_of(printed(fonts))
    assert [text for text in words_of(asdict(FACTS)) if bare(text) not in whole] == []


def test_the_outline_stands_in_its_order(fonts: FontPaths) -> None:
    whole = text_of(printed(fonts))
    places: list[int] = []
    for heading in OUTLINE:
        places.append(whole.index(heading, places[-1] if places else 0))
    assert places == sorted(places)


def test_points_that_do_not_add_up_are_not_printed() -> None:
    with pytest.raises(ValueError, match="add up to 60, not to 61"):
        ex_ante_blocks(replace(FACTS, total=61))


def test_a_report_without_conditions_has_no_list_of_them(fonts: FontPaths) -> None:
    whole = text_of(printed(fonts, replace(FACTS, conditions=(), earlier=(), advice="")))
    assert "应当落实下列条件" not in whole
    assert "四、相关建议无。" in whole
