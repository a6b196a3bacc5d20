"""Two languages: values as their reader writes them, sentences filled with them, and which language a page is in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from markupsafe import Markup

from procurement.foundation.database import db
from procurement.foundation.errors import Article, RuleBroken
from procurement.foundation.labels import Twofold, word
from procurement.foundation.money import Money
from procurement.registers.access import Deed
from procurement.registers.indicators import Grade
from procurement.registers.notices import Notice, notify
from procurement.registers.people import Role, User
from procurement.transfers import line
from procurement.transfers.line import Outstanding, Step
from procurement.web import languages
from tests.web.chinese import chinese_on

pytestmark = pytest.mark.sqlite_only

WEDNESDAY = date(2026, 9, 30)
LAW = Article("政府采购法", "第四十六条")
MEASURES = Article("政府购买服务管理办法", "第十条第一项")
UNKNOWN = Article("某市某办法", "第三条")


@contextmanager
def reading(app: Flask, language: str) -> Iterator[None]:
    """A request of a reader of this language, on 22 September 2025."""
    with app.test_request_context("/", headers={"Cookie": f"language={language}"}):
        g.now = datetime(2025, 9, 22, 1, 0, tzinfo=UTC)
        yield


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest, app: Flask) -> Iterator[str]:
    """Both readers, one after the other."""
    with reading(app, request.param):
        yield request.param


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_values_are_written_as_their_reader_writes_them(language: str) -> None:
    evening = datetime(2026, 9, 29, 16, 5, tzinfo=UTC)
    written = [
        languages.day_text(WEDNESDAY),
        languages.day_text(WEDNESDAY, with_year=False),
        languages.short_day(date(2025, 10, 8)),
        languages.short_day(WEDNESDAY),
        languages.bare_day(date(2025, 10, 8)),
        languages.moment_text(evening),
        languages.moment_text(evening.replace(second=7)),
        languages.short_moment(datetime(2025, 10, 16, 1, 30, tzinfo=UTC)),
        languages.money_text(Money.yuan("1280000")),
        languages.value_text(Decimal("89.90")),
        languages.value_text(Grade.GOOD),
        languages.value_text(12),
    ]
    assert written == {
        "zh": [
            "2026年9月30日（周三）", "9月30日（周三）", "10月8日（周三）", "2026年9月30日（周三）", "10月8日",
            "2026年9月30日（周三） 0:05", "2026年9月30日（周三） 0:05:07", "10月16日（周四） 9:30",
            "1,280,000.00 元", "89.90", "良", "12",
        ],
        "en": [
            "Wed 30 Sep 2026", "Wed 30 Sep", "Wed 8 Oct", "Wed 30 Sep 2026", "8 Oct",
            "Wed 30 Sep 2026 0:05", "Wed 30 Sep 2026 0:05:07", "Thu 16 Oct 9:30",
            "CNY 1,280,000.00", "89.90", "Good", "12",
        ],
    }[language]  # fmt: skip


def test_an_article_is_cited_as_its_reader_cites_it(language: str) -> None:
    cited = [languages.article_text(article) for article in (LAW, MEASURES, Article("政府采购法"), UNKNOWN)]
    assert (
        cited
        == {
            "zh": [
                "《政府采购法》第四十六条",
                "《政府购买服务管理办法》第十条第一项",
                "《政府采购法》",
                "《某市某办法》第三条",
            ],
            "en": [
                "Government Procurement Law, Art. 46",
                "Measures for the Administration of Government Purchase of Services, Art. 10 item 1",
                "Government Procurement Law",
                "《某市某办法》第三条",
            ],
        }[language]
    )


@pytest.mark.parametrize(
    ("number", "english"),
    [("第五条", "Art. 5"), ("第十条", "Art. 10"), ("第二十六条", "Art. 26"), ("第一百零二条", "Art. 102"),
     ("第三十条第二款", "Art. 30 para. 2"), ("第四部分", "Part 4")],
)  # fmt: skip
def test_the_place_in_a_law_is_a_number_in_english(app: Flask, number: str, english: str) -> None:
    with reading(app, "en"):
        assert languages.article_text(Article("政府采购法", number)) == f"Government Procurement Law, {english}"


def test_on_an_english_page_the_chinese_name_of_a_law_is_marked_as_chinese(language: str) -> None:
    shown = languages.article_html(LAW)
    assert isinstance(shown, Markup)
    assert (
        shown
        == {
            "zh": "《政府采购法》第四十六条",
            "en": 'Government Procurement Law, Art. 46 <span lang="zh-CN">《政府采购法》第四十六条</span>',
        }[language]
    )
    assert "<b>" not in languages.article_html(Article("<b>", "第一条"))


# ── sentences ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_refusal_is_a_sentence_with_its_values_and_its_source(language: str) -> None:
    refusal = RuleBroken(
        word("报价 {price} 高于最高限价 {ceiling}，请改为不高于限价的数。"),
        price=Money.yuan("1300000"), ceiling=Money.yuan("1280000"), article=LAW,
    )  # fmt: skip
    assert (
        languages.sentence(refusal)
        == {
            "zh": "报价 1,300,000.00 元 高于最高限价 1,280,000.00 元，请改为不高于限价的数（依据：《政府采购法》第四十六条）。",
            "en": "The price of CNY 1,300,000.00 is above the ceiling price of CNY 1,280,000.00. "
            "Make it no higher than the ceiling (Government Procurement Law, Art. 46).",
        }[language]
    )
    assert "46" not in languages.sentence(refusal, with_article=False)


def test_lists_labels_and_names_in_a_refusal_are_in_the_readers_language(language: str) -> None:
    refusal = RuleBroken(
        word("“{deed}”不由您办理。可以办理的是：{holders}。"),
        deed=Deed.ANNOUNCEMENT_PUBLISH,
        holders=(Role.OFFICER, Role.APPROVER),
    )
    assert (
        languages.sentence(refusal)
        == {
            "zh": "“发布公告”不由您办理。可以办理的是：经办人、审批人。",
            "en": "“Publish the announcement” is not yours to do. It can be done by: Officer, Approver.",
        }[language]
    )
    named = RuleBroken(
        word("“{name}”已通过核验，现在可以投标了。"), name=Twofold("龙港环境服务社", "Longgang Environment Service")
    )
    assert ("Longgang Environment Service" in languages.sentence(named)) == (language == "en")
    nameless = RuleBroken(word("“{name}”已通过核验，现在可以投标了。"), name=Twofold("龙港环境服务社"))
    assert "龙港环境服务社" in languages.sentence(nameless)


def test_marked_words_inside_a_list_are_translated_too(language: str) -> None:
    said = languages.say(
        word("交接清单还缺这几节：{lacking}。每节至少一行，没有的写明“无”。"),
        {"lacking": (word("质量标准"), "某人写的")},
    )
    assert ("质量标准、某人写的" in said) == (language == "zh")
    assert ("Quality standard, 某人写的" in said) == (language == "en")


def test_what_is_outstanding_is_told_item_by_item(language: str) -> None:
    items = [
        Outstanding(word("评审小组还有 {count} 人没有评分"), Deed.SCORE_SHEET_SIGN, LAW, values={"count": 2}),
        Outstanding(word("结果还没有公布，通知书还没有发出"), Deed.AWARD_NOTICE_PUBLISH),
    ]
    with pytest.raises(RuleBroken) as refused:
        line.ensure_nothing_outstanding(Step.COMPETITION, items)
    assert (
        languages.sentence(refused.value)
        == {
            "zh": "第 2 步“竞争择优”还缺 2 项，不能往下走：评审小组还有 2 人没有评分；结果还没有公布，通知书还没有发出"
            "（依据：《政府采购法》第四十六条）。",
            "en": "Step 2, “Competition”, cannot be left; outstanding (2): Panel members still to score: 2; "
            "The result has not been published, nor the letter of acceptance issued (Government Procurement Law, Art. 46).",
        }[language]
    )


def test_an_empty_value_stays_empty(language: str) -> None:
    # The catalogue's own header stands under the empty text.
    assert "Content-Type" not in languages.say(word("暂停：%(reason)s") + "{reason}", {"reason": ""})
    assert languages.say("") == ""


def test_a_notice_keeps_the_kind_of_its_values_until_it_is_read(language: str) -> None:
    notify(
        [User(id=1)], word("“{title}”逾期：{lack}，最迟 {day}。"), now=datetime(2025, 9, 22, tzinfo=UTC),
        title=Twofold("城市管家服务", "City steward service"), lack=word("协议还没有公开"), day=date(2025, 10, 16),
    )  # fmt: skip
    notify(
        [User(id=1)], word("“{title}”由您的组织成交，金额 {price}，通知书 {letter}。协议最迟在 {last} 签订。"),
        now=datetime(2025, 9, 22, tzinfo=UTC), title="城市管家服务", price=Money(128000000), letter="L-1",
        last=date(2025, 10, 22),
    )  # fmt: skip
    late, won = sorted(
        (row for row in db.session.new if isinstance(row, Notice)), key=lambda row: "成交" in row.message
    )
    db.session.rollback()
    assert (
        languages.notice_text(late)
        == {
            "zh": "“城市管家服务”逾期：协议还没有公开，最迟 2025年10月16日（周四）。",
            "en": "“City steward service” is late: The agreement has not been published, due Thu 16 Oct 2025.",
        }[language]
    )
    assert ("CNY 1,280,000.00" if language == "en" else "金额 1,280,000.00 元") in languages.notice_text(won)


def test_a_letter_is_written_in_the_language_of_its_reader_outside_any_request(app: Flask) -> None:
    with app.app_context():
        for wanted, said in (("en", "Good"), ("zh", "良")):
            with languages.in_language(wanted):
                assert languages.value_text(Grade.GOOD) == said


# ── which language ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "remembered", "browser", "chosen"),
    [
        ("/", None, None, "zh"),
        ("/", None, "fr", "zh"),
        ("/", None, "en-GB,en;q=0.9,zh;q=0.5", "en"),
        ("/", None, "zh-TW,zh;q=0.9,en;q=0.8", "zh"),
        ("/", "zh", "en", "zh"),
        ("/", "en", "zh-CN", "en"),
        ("/", "klingon", "en", "en"),
        ("/?lang=en", "zh", "zh", "en"),
        ("/?lang=zh", "en", "en", "zh"),
        ("/?lang=klingon", "en", "zh", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_then_the_one_remembered_then_the_browsers(
    app: Flask, address: str, remembered: str | None, browser: str | None, chosen: str
) -> None:
    headers: dict[str, Any] = {"Accept-Language": browser} if browser else {}
    if remembered:
        headers["Cookie"] = f"language={remembered}"
    with app.test_request_context(address, headers=headers):
        assert languages.choose_language() == chosen
        assert languages.lang() == chosen


def test_a_choice_is_remembered_and_leaves_the_address(client: FlaskClient) -> None:
    answer = client.get("/catalogue?q=城市&lang=en")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/catalogue?q=%E5%9F%8E%E5%B8%82"
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "zh"}).get_data(as_text=True)
    client.get("/?lang=zh")
    assert '<html lang="zh-CN">' in client.get("/", headers={"Accept-Language": "en"}).get_data(as_text=True)


PUBLIC = ("/", "/catalogue", "/catalogue/011401", "/catalogue/negative-list", "/announcements", "/results", "/organisations",
          "/organisations/register", "/sign-in", "/account/reset", "/no-such-page")  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_on_an_english_page_every_chinese_character_is_marked_as_chinese(client: FlaskClient, address: str) -> None:
    client.set_cookie("language", "en")
    page = client.get(address).get_data(as_text=True)
    assert '<html lang="en">' in page
    assert chinese_on(page) == []
    assert re.search(r"[A-Za-z]{3}", re.sub(r"<[^>]*>", "", page))


def test_chinese_that_is_not_marked_is_found() -> None:
    page = '<p title="说明">Text</p><p lang="zh-CN">中文 <b>里面</b></p><img alt="图"><p>外面<i aria-hidden="true">案</i></p>'
    assert chinese_on(page) == ["说明", "图", "外面"]
