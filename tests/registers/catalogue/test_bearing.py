"""What a hit means: a text that forbids a thing is no text that buys it, and nothing that hides a hit makes it lighter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.foundation.errors import RuleBroken
from procurement.registers.catalogue.models import BasisStatus, NegativeListEntry, Severity
from procurement.registers.catalogue.rules import (
    Bearing,
    barring_row,
    ensure_clean,
    ensure_not_barred,
    folded,
    folded_text,
    screen,
)
from tests.registers.catalogue.test_bundled import negative_rows

ROWS = negative_rows()
HEAVIER = (Bearing.TO_REVIEW, Bearing.UNDER_PROHIBITION, Bearing.STOPS)


def bearings(text: str) -> list[Bearing]:
    return [hit.bearing for hit in screen({"content": text}, ROWS)]


def heaviest(text: str) -> int:
    """How heavy the heaviest hit of a text is; -1 without any."""
    return max((HEAVIER.index(bearing) for bearing in bearings(text)), default=-1)


FORBIDDEN = (
    "不得提供贷款担保",
    "不得 提供 贷款担保",
    "承接方不得提供贷款担保。",
    "承接方不得为第三方提供贷款担保",
    "不得向承接方提供贷款担保",
    "不得以任何形式提供贷款担保",
    "无论何种情形，不得提供贷款担保",
    "无论何种情形不得提供贷款担保",
    "严禁劳务派遣",
    "嚴禁採用勞務派遣",
    "禁止采用劳务派遣。",
    "本项目禁止以劳务派遣方式用工",
    "不得采用劳务派遣用工",
    "不得以劳务派遣方式提供服务",
    "不得采用劳务派遣或编外用工",
    "不得变相举债",
    "严禁以任何名义融资的行为",
    "不得将项目资金用于融资",
    "不得采用 ＢＯＴ 方式",
    "承接方应当依法用工，不得采用劳务派遣；费用按月结算",
    "若干社区的日常保洁，不得采用劳务派遣",
    "保洁每日两次\n不得采用劳务派遣\n每月考核",
)

STOPPED = (
    # of the issue
    "劳务 派遣",
    "ＢＴ",
    "勞務派遣",
    "不得不采用劳务派遣",
    # denied
    "不禁止劳务派遣",
    "未禁止劳务派遣",
    "并未禁止采用劳务派遣",
    "并非禁止劳务派遣",
    "并非\n禁止劳务派遣",
    "没有禁止劳务派遣",
    "不得禁止劳务派遣",
    "不严禁举债",
    "不“禁止劳务派遣”",
    "未经批准不得举债",
    "难道不得采用劳务派遣",
    "岂能严禁劳务派遣",
    # taken back, or made to depend
    "取消禁止劳务派遣的规定",
    "原来禁止劳务派遣，现予取消",
    "现已放开，不再禁止劳务派遣",
    "除应急情形外，不得采用劳务派遣",
    "除应急情形外\n不得采用劳务派遣",
    "不得采用劳务派遣，确需使用的除外",
    "不得采用劳务派遣以外的方式",
    "不得提供贷款担保，但政府要求的可以提供",
    "原则上不得采用劳务派遣",
    "一般不得采用劳务派遣",
    "如果禁止劳务派遣，工作难以开展",
    "非劳务派遣不可",
    "不得采用劳务派遣吗",
    # something else is forbidden
    "不得拖延劳务派遣",
    "不得拒绝劳务派遣",
    "不得停止融资",
    "禁止拖欠银行贷款",
    "禁止劳务派遣人员脱岗",
    "不得违法采用劳务派遣",
    "不得直接举债",
    "不得迟到，采用劳务派遣",
    "不得迟到、劳务派遣",
    "不得迟到。采用劳务派遣",
    "不得\n采用劳务派遣",
    "不得转让；以融资方式建设",
    "采用劳务派遣，禁止迟到",
    "劳务派遣不得迟到",
    "由承接方融资，不得拖延",
    # words of their own, and prohibitions too far away
    "巴不得采用劳务派遣",
    "由不得劳务派遣",
    "不得已采用劳务派遣",
    "要禁止的劳务派遣",
    "不得以任何形式或者方式或者途径或者名义提供贷款担保",
)


@pytest.mark.parametrize("text", FORBIDDEN)
def test_a_clause_that_does_nothing_but_forbid_asks_for_a_finding(text: str) -> None:
    assert set(bearings(text)) == {Bearing.UNDER_PROHIBITION}


@pytest.mark.parametrize("text", STOPPED)
def test_whatever_else_a_clause_does_a_prohibited_keyword_stops_it(text: str) -> None:
    assert Bearing.STOPS in bearings(text)


def test_each_hit_of_a_sentence_is_weighed_by_its_own_clause() -> None:
    assert bearings("不得举债，由中标人融资") == [Bearing.UNDER_PROHIBITION, Bearing.STOPS]
    assert bearings("不得举债、融资") == [Bearing.UNDER_PROHIBITION, Bearing.STOPS]


def test_a_keyword_for_review_is_for_review_even_under_a_prohibition() -> None:
    assert bearings("承接方不接触涉密资料") == [Bearing.TO_REVIEW]
    assert bearings("禁止涉密") == [Bearing.TO_REVIEW]


def test_a_refusal_says_what_would_clear_the_hit() -> None:
    with pytest.raises(RuleBroken) as stopped:
        ensure_clean({"content": "采用劳务派遣"}, ROWS)
    assert "本部门另一人和财政监管人员都书面认定" in str(stopped.value)
    with pytest.raises(RuleBroken) as forbidden:
        ensure_clean({"content": "不得提供贷款担保"}, ROWS)
    assert "起草人以外的一人书面认定" in str(forbidden.value)
    assert "N0403" in str(forbidden.value)


def test_what_has_been_cleared_is_not_refused_and_is_still_told() -> None:
    (hit,) = ensure_clean({"content": "不得提供贷款担保"}, ROWS, is_cleared=lambda hit: hit.keyword == "贷款担保")
    assert hit.bearing is Bearing.UNDER_PROHIBITION


# ── a finding's fingerprint ────────────────────────────────────────────────────────────────────────────────────────


def fingerprint(text: str, rows: list[NegativeListEntry] = ROWS, field: str = "content") -> str:
    (hit,) = screen({field: text}, rows)
    return hit.fingerprint


def test_a_finding_follows_its_sentence_through_spaces_and_fields_and_no_further() -> None:
    found = fingerprint("每日两次。不得提供贷款担保。费用按月结算。")
    assert found == fingerprint("不得 提供\n贷款担保；另付。", field="special_terms")
    assert found != fingerprint("承接方不得提供贷款担保。")
    assert found != fingerprint("除应急外，不得提供贷款担保。")


def test_a_finding_holds_for_the_row_it_was_made_on() -> None:
    row = next(row for row in ROWS if row.code == "N0403")
    other = NegativeListEntry(
        code="N0403", level=2, title="另一条", title_en="", basis=row.basis, keywords="贷款担保", severity=row.severity,
        basis_status=row.basis_status,
    )  # fmt: skip
    assert fingerprint("不得提供贷款担保") != fingerprint("不得提供贷款担保", [other])


# ── nothing that hides makes lighter ───────────────────────────────────────────────────────────────────────────────

UNSEEN = st.sampled_from(" \u3000\u00a0\t\u200b\u200c\u200d\u2060\ufeff\u00ad\u3164\u180e")
TRADITIONAL = str.maketrans(
    "劳务派遣贷担举债资严购买编额补应让业费员缴级设开审",
    "勞務派遣貸擔舉債資嚴購買編額補應讓業費員繳級設開審",
)
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@given(st.sampled_from(FORBIDDEN + STOPPED), st.lists(st.tuples(st.floats(0, 1), UNSEEN), max_size=12))
def test_spaces_and_what_cannot_be_seen_change_no_degree(text: str, inserted: list[tuple[float, str]]) -> None:
    typed = text
    for share, character in inserted:
        at = round(share * len(typed))
        typed = typed[:at] + character + typed[at:]
    assert heaviest(typed) >= heaviest(text)


@pytest.mark.parametrize("text", FORBIDDEN + STOPPED)
@pytest.mark.parametrize("write", [lambda text: text.translate(TRADITIONAL), lambda text: text.translate(WIDE)])
def test_another_writing_makes_no_hit_lighter(text: str, write: Callable[[str], str]) -> None:
    assert heaviest(write(text)) >= heaviest(text)


@given(st.sampled_from(FORBIDDEN), st.sampled_from(["不", "未", "并非", "并不", "没有", "从不"]))
def test_a_denial_before_a_prohibition_stops_it(text: str, denial: str) -> None:
    for prohibition in ("不得", "禁止", "严禁", "嚴禁"):
        denied = text.replace(prohibition, denial + prohibition)
        if denied != text:
            assert heaviest(denied) == HEAVIER.index(Bearing.STOPS)


@given(st.text(max_size=80))
def test_whatever_is_written_before_a_keyword_it_is_hit(before: str) -> None:
    assert heaviest(before + "劳务派遣") >= HEAVIER.index(Bearing.UNDER_PROHIBITION)


def test_the_longest_text_of_nothing_but_hits_is_read_in_reasonable_time() -> None:
    assert len(screen({"content": "举债不得" * 2000}, ROWS)) == 2000


# ── folding ────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.text(max_size=60))
def test_the_quick_fold_is_the_slow_one(text: str) -> None:
    assert folded_text(text) == folded(text).text
    assert folded_text(folded_text(text)) == folded_text(text)


def test_traditional_characters_are_simplified_each_at_its_place() -> None:
    plain = folded("勞務派遣與貸款擔保")
    assert plain.text == "劳务派遣与贷款担保"
    assert plain.places == tuple(range(9))


def test_a_simplified_text_stays_as_it_is() -> None:
    text = "乾坤里程后台只干于面皇后松树几台云斗谷准借着了"
    assert folded_text(text) == text
    for row in ROWS:
        assert folded_text(row.title) == "".join(row.title.replace("，", ",").split())


# ── barred entries ─────────────────────────────────────────────────────────────────────────────────────────────────


def barring(codes: str) -> NegativeListEntry:
    return NegativeListEntry(
        code="N0303", level=2, title="基础设施建设", title_en="Infrastructure", basis="《预算法》第三十五条", keywords="",
        barred_codes=codes, severity=Severity.PROHIBITED, basis_status=BasisStatus.VERIFIED,
    )  # fmt: skip


def test_a_barred_code_bars_everything_below_it_and_nothing_beside_it() -> None:
    rows = [barring(""), barring("0114|020301")]
    assert [code for code in ("01", "0114", "011401", "0115", "020301", "020302") if barring_row(code, rows)] == [
        "0114", "011401", "020301",
    ]  # fmt: skip


def test_a_barred_entry_is_refused_with_its_row_and_article() -> None:
    ensure_not_barred("020302", [barring("0114")])
    with pytest.raises(RuleBroken) as refused:
        ensure_not_barred("011401", [barring("0114")])
    assert refused.value.field == "entry"
    assert "011401" in str(refused.value)
    assert "N0303" in str(refused.value)
    assert "《预算法》第三十五条" in str(refused.value)
