"""The shape of a catalogue, and the screening of texts against the negative list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.foundation.errors import Article, Refusals, RuleBroken
from procurement.registers.catalogue.models import BasisStatus, NegativeListEntry, Severity
from procurement.registers.catalogue.operations import SHAPE, catalogue_rows
from procurement.registers.catalogue.rules import article_of, ensure_clean, faults_in, folded, screen

# ── the shape ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Row:
    """A row as small as the check allows."""

    code: str
    parent_code: str
    level: int
    name: str = "某项服务"


SOUND = [Row("01", "", 1), Row("0101", "01", 2), Row("010101", "0101", 3)]


def test_a_sound_list_has_no_faults() -> None:
    assert faults_in(SOUND, (1, 1, 1)) == []


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (Row("0101", "01", 2), "第 4 行：编码 0101 出现了两次。"),
        (Row("0102", "01", 2, "  "), "第 4 行：编码 0102 没有名称。"),
        (Row("010202", "0102", 3), "第 4 行：编码 010202 的上级 0102 不在上一级。"),
        (Row("0102", "01", 3), "第 4 行：编码 0102 的上级 01 不在上一级。"),
        (Row("0201", "01", 2), "第 4 行：编码“0201”应是上级编码“01”再加两位数字。"),
        (Row("0102a", "01", 2), "第 4 行：编码“0102a”应是上级编码“01”再加两位数字。"),
        (Row("02", "", 2), "第 4 行：编码 02 不在第一级，要有上级。"),
        (Row("0102", "01", 1), "第 4 行：编码 0102 在第一级，不应有上级 01。"),
        (Row("", "", 1), "第 4 行：编码“”应是上级编码“”再加两位数字。"),
    ],
)
def test_a_broken_row_is_named_with_its_number(row: Row, sentence: str) -> None:
    assert [str(fault) for fault in faults_in([*SOUND, row])] == [sentence]


def test_a_list_of_another_shape_is_told_which_level_differs() -> None:
    assert [str(fault) for fault in faults_in(SOUND, (1, 2, 1))] == ["第 2 级应有 2 项，现有 1 项。"]


def test_a_level_beyond_the_shape_is_a_fault() -> None:
    deeper = [*SOUND, Row("01010101", "010101", 4)]
    assert [str(fault) for fault in faults_in(deeper, (1, 1, 1))] == ["有 1 行不在第 1 至第 3 级。"]


def test_an_official_list_may_have_any_shape() -> None:
    assert faults_in(SOUND) == []


@pytest.mark.parametrize("place", [0, 100, 220])
def test_the_bundled_catalogue_without_one_of_its_rows_is_not_sound(place: int) -> None:
    rows = catalogue_rows()
    assert faults_in(rows[:place] + rows[place + 1 :], SHAPE)


def test_the_bundled_catalogue_with_a_name_missing_is_not_sound() -> None:
    rows = catalogue_rows()
    rows[30] = replace(rows[30], name="")
    assert [fault.row for fault in faults_in(rows, SHAPE)] == [31]


# ── screening ──────────────────────────────────────────────────────────────────────────────────────────────────────

MEASURES = "《政府购买服务管理办法》（财政部令第102号）"


def row_of(
    code: str, keywords: str, severity: Severity = Severity.PROHIBITED, title: str = "某类事项"
) -> NegativeListEntry:
    return NegativeListEntry(
        code=code, level=1 if len(code) == len("N04") else 2, title=title, title_en="Some matter",
        basis=MEASURES + "第十条第四项；《预算法》第三十五条", keywords=keywords, severity=severity,
        basis_status=BasisStatus.VERIFIED,
    )  # fmt: skip


FINANCING = row_of("N04", "融资|举债", title="融资行为")
GUARANTEE = row_of("N0403", "融资担保", title="为融资提供担保")
WORKS = row_of("N0304", "BT|BOT|EPC", title="工程打包")
SECRETS = row_of("N0204", "涉密|国家秘密", Severity.NEEDS_REVIEW, title="国家秘密")
ROWS: Sequence[NegativeListEntry] = [FINANCING, GUARANTEE, WORKS, SECRETS]


def test_a_prohibited_keyword_is_refused_with_field_keyword_row_and_article() -> None:
    with pytest.raises(RuleBroken) as refused:
        ensure_clean({"need": "本项目由承接方举债建设。", "content": "日常巡查"}, ROWS)
    assert refused.value.field == "need"
    assert refused.value.article == Article("政府购买服务管理办法", "第十条第四项")
    assert str(refused.value) == (
        "“本项目由承接方举债建设”里有“举债”，属于负面清单 N04“融资行为”，不得购买。请删去或改写这一处；如是误报，"
        "要由本部门另一人和财政监管人员都书面认定（依据：《政府购买服务管理办法》第十条第四项）。"
    )


def test_a_refusal_read_away_from_its_form_names_the_field_in_words() -> None:
    with pytest.raises(RuleBroken) as refused:
        ensure_clean({"need": "允许举债"}, ROWS, {"need": "购买需求"})
    assert str(refused.value).startswith("“购买需求”一栏“允许举债”里有“举债”")


def test_every_prohibited_hit_is_named_at_once() -> None:
    with pytest.raises(Refusals) as refused:
        ensure_clean({"need": "允许举债。", "content": "采用BOT方式。"}, ROWS)
    assert [refusal.field for refusal in refused.value.refusals] == ["need", "content"]


def test_the_same_hit_in_the_same_clause_is_said_once() -> None:
    with pytest.raises(RuleBroken) as refused:
        ensure_clean({"need": "举债又举债"}, ROWS)
    assert not isinstance(refused.value, Refusals)


def test_a_keyword_that_needs_review_is_a_warning_and_no_refusal() -> None:
    warnings = ensure_clean({"content": "承接方不接触涉密资料"}, ROWS)
    assert [(hit.keyword, hit.code, hit.is_prohibited) for hit in warnings] == [("涉密", "N0204", False)]


def test_a_clean_text_gives_nothing() -> None:
    assert ensure_clean({"content": "对沿街商户作市容巡查和劝导。", "need": ""}, ROWS) == []


@pytest.mark.parametrize(
    "typed",
    [
        "融资",
        "融 资",
        "融\u3000资",
        "融\n资",
        "融\u200b资",
        "融\u2060\ufeff资",
        "融\u00ad资",
        "融\u0336资",
        "融\u3164资",
    ],
)
def test_what_cannot_be_seen_between_two_characters_hides_nothing(typed: str) -> None:
    text = f"允许{typed}建设"
    (hit,) = screen({"need": text}, ROWS)
    assert text[hit.start : hit.end] == typed


@pytest.mark.parametrize(
    "text", ["BT", "采用BT方式", "采用ｂｔ方式", "(Bt)", "采用 BT 方式", "EPC总承包", "E\u200bPC总承包"]
)
def test_a_latin_keyword_is_found_as_a_whole_word(text: str) -> None:
    assert len(screen({"need": text}, ROWS)) == 1


@pytest.mark.parametrize(
    "text", ["DEBT", "BTS", "BT2", "2BT", "ROBOT", "EPCOT", "ＤＥＢＴ", "subtotal", "plan b to do"]
)
def test_a_latin_keyword_inside_a_word_is_none(text: str) -> None:
    assert screen({"need": text}, ROWS) == []


def test_a_hit_inside_a_longer_one_says_nothing_new() -> None:
    assert [hit.code for hit in screen({"need": "提供融资担保，也可融资"}, ROWS)] == ["N0403", "N04"]


def test_the_example_is_named_where_its_category_has_the_same_keyword() -> None:
    rows = [row_of("N05", "劳务派遣"), row_of("N0502", "劳务派遣")]
    assert [hit.code for hit in screen({"need": "劳务派遣"}, rows)] == ["N0502"]


def test_a_longer_hit_that_only_needs_review_does_not_hide_a_prohibited_one() -> None:
    rows = [FINANCING, row_of("N0999", "社会融资成本", Severity.NEEDS_REVIEW)]
    hits = screen({"need": "调查社会融资成本"}, rows)
    assert [(hit.keyword, hit.is_prohibited) for hit in hits] == [("社会融资成本", False), ("融资", True)]


@given(st.text(max_size=60))
def test_folding_keeps_the_place_of_every_character(text: str) -> None:
    plain = folded(text)
    assert len(plain.text) == len(plain.places)
    assert list(plain.places) == sorted(plain.places)
    assert all(0 <= place < len(text) for place in plain.places)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_keyword_is_found_in_whatever_surrounds_it(before: str, after: str) -> None:
    text = f"{before}举债{after}"
    assert any(hit.keyword == "举债" for hit in screen({"need": text}, ROWS))


@pytest.mark.parametrize(
    ("basis", "article"),
    [
        (MEASURES + "第十条第一项", Article("政府购买服务管理办法", "第十条第一项")),
        ("《预算法》第三十五条；" + MEASURES + "第十条", Article("预算法", "第三十五条")),
        ("按市级工作方案执行", Article("按市级工作方案执行", "")),
    ],
)
def test_the_article_is_the_first_that_the_basis_cites(basis: str, article: Article) -> None:
    assert article_of(basis) == article
