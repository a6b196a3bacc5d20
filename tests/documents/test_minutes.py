"""The minutes of a joint conference say every fact, in the order of the agenda."""

from __future__ import annotations

from dataclasses import replace

from procurement.documents.fonts import FontPaths
from procurement.documents.minutes import Ballot, Item, MinutesFacts, print_minutes
from tests.documents.reading import bare, body_of, text_of
from tests.documents.samples import MADE_AT
from tests.documents.test_agreement import words_of

MINUTES = MinutesFacts(
    number="龙联会〔2026〕3号", title="职能转移联席会议", held="2026年3月12日 14时30分", opened="2026年3月12日 14时32分",
    closed="2026年3月12日 15时40分", place="市府大楼三楼第二会议室", chair="金波（市府办公室）",
    present="金波（市府办公室）、倪敏（行政审批局）", absent="俞岚（财政局）", quorum="受邀3位，法定人数2位，到会2位。",
    items=(
        Item(
            title="城市管家服务", about=(("方案编号", "龙转〔2026〕5号"), ("最高限价", "人民币壹佰叁拾万元整（¥1,300,000.00）")),
            recusals="龚䶮（起草或者修改过这份材料）",
            ballots=(Ballot("金波", "同意", ""), Ballot("倪敏", "反对", "收容数量没有留出余量，建议先核实再定限价。")),
            count="有表决权2位：同意1票、反对1票、弃权0票，没有表决0位。", outcome="退回", number="龙联〔2026〕7号",
            opinion="补充测算依据后再提交会议。",
        ),
        Item(
            title="家庭教育指导", about=(("方案编号", "龙转〔2026〕6号"),), recusals="", ballots=(),
            count="有表决权0位：同意0票、反对0票、弃权0票，没有表决0位。", outcome="缓议", number="", opinion="资料不齐，再议。",
        ),
    ),
    closed_by="金𫍯", closed_on="2026年3月12日", verification="本文件由接力系统生成，文件编号为龙联会〔2026〕3号。",
)  # fmt: skip


def printed(fonts: FontPaths, facts: MinutesFacts = MINUTES) -> bytes:
    return print_minutes(facts, fonts, demonstration=False, made_at=MADE_AT)


def test_every_fact_stands_in_the_minutes(fonts: FontPaths) -> None:
    whole = body_of(printed(fonts))
    assert [text for text in words_of(MINUTES) if bare(text) not in whole] == []


def test_the_items_stand_in_the_order_of_the_agenda(fonts: FontPaths) -> None:
    whole = text_of(printed(fonts))
    places = [
        whole.index(text)
        for text in (
            "一、会议情况",
            "二、议定事项",
            "（一）城市管家服务",
            "决议龙联〔2026〕7号：退回。",
            "（二）家庭教育指导",
            "缓议。资料不齐",
        )
    ]
    assert places == sorted(places)


def test_where_nobody_was_absent_the_minutes_say_so(fonts: FontPaths) -> None:
    assert "缺席无" in text_of(printed(fonts, replace(MINUTES, absent="")))


def test_a_deferral_has_no_number(fonts: FontPaths) -> None:
    assert text_of(printed(fonts)).count("决议龙联") == 1


def test_equal_facts_give_equal_bytes(fonts: FontPaths) -> None:
    assert printed(fonts) == printed(fonts, replace(MINUTES))
