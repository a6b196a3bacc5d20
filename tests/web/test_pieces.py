"""The pieces of a page: what they say, in which state, to whom; and the style guide that shows them all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, StringField

from procurement.foundation.clock import FixedClock, at_local
from procurement.foundation.workdays import WorkCalendar
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.web.fields import DayField, MomentField, MoneyField, Question, choices
from procurement.web.languages import article_text
from procurement.web.pieces import LONGEST_STRIP, ActionLink, Item, Leg, Line, Strip, Trace, strip_of

# Pages ask nothing of their own of a database; that each is answered on both, the golden file of routes sees.
pytestmark = pytest.mark.sqlite_only

STATES = ("done", "now", "late", "hold", "fail", "wait")


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """Both languages."""
    return str(request.param)


@pytest.fixture
def chinese(app: Flask, clock: FixedClock) -> Iterator[None]:
    """Inside a request of somebody who reads Chinese."""
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        yield


@pytest.fixture
def english(app: Flask, clock: FixedClock) -> Iterator[None]:
    """Inside a request of somebody who reads English."""
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def _render(macro: str, call: str, **values: Any) -> str:
    return render_template_string(
        f'{{% from "_macros/{macro}" import {call.split("(")[0]} %}}{{{{ {call} }}}}', **values
    )


# ── the relay line ─────────────────────────────────────────────────────────────────────────────────────────────────


def _line(state: str, fraction: float = 0.5) -> Line:
    legs = [
        Leg(n, f"step {n}", "done" if n < 3 else state if n == 3 else "wait", ["day 3"], fraction) for n in range(1, 7)
    ]
    return Line(legs, f"step 3 {state}")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.usefixtures("chinese")
def test_a_relay_line_says_its_state_in_words_and_hides_its_drawing(state: str) -> None:
    page = _render("relay.html", "relay(line)", line=_line(state))
    assert f'aria-label="step 3 {state}"' in page
    assert f'class="leg is-{state}"' in page
    assert page.count('<svg class="leg-track" aria-hidden="true">') == 6
    assert page.count('aria-current="step"') == (1 if state in {"now", "late", "hold"} else 0)


@pytest.mark.usefixtures("chinese")
def test_each_state_of_a_leg_is_drawn_differently_large_and_small() -> None:
    for macro in ("relay(line)", "relay_mini(line)"):
        drawn = {state: _render("relay.html", macro, line=_line(state)).replace(state, "") for state in STATES}
        assert len(set(drawn.values())) == len(STATES)


@pytest.mark.parametrize(("fraction", "percent"), [(-1.0, 8), (0.0, 8), (0.5, 50), (1.0, 92), (7.0, 92)])
def test_the_baton_never_leaves_its_track(fraction: float, percent: int) -> None:
    assert Leg(1, "", "now", [], fraction).percent == percent


# ── the period strip ───────────────────────────────────────────────────────────────────────────────────────────────


def _challenge(start: date, today: date, calendar: WorkCalendar | None = None) -> Strip:
    clause = limits.CHALLENGE.purchase.on(start)
    return strip_of(
        clause, start, today, calendar or working_calendar(), title="质疑期", law=article_text(clause.article)
    )


@pytest.mark.usefixtures("chinese")
def test_a_strip_over_national_day_names_rest_and_make_up_days() -> None:
    strip = _challenge(date(2025, 9, 26), date(2025, 9, 29))
    assert (strip.last_label, strip.last) == ("最后一天", "2025年10月13日（周一）")
    by_day = {day.spoken.split("（")[0]: day for day in strip.days}
    assert strip.days[0].classes == "is-start is-past wd-5"
    assert by_day["9月28日"].mark == "班 1"
    assert "is-work" in by_day["9月28日"].classes
    assert "is-off" in by_day["10月1日"].classes
    assert by_day["10月1日"].spoken == "10月1日（周三），休息，不计"
    assert [day.is_today for day in strip.days].count(True) == 1
    assert by_day["10月13日"].spoken == "10月13日（周一），第 7 天，最后一天"
    assert "10月1日 至 10月8日" in strip.key
    assert "9月28日、10月11日 调休上班" in strip.key


@pytest.mark.usefixtures("chinese")
def test_a_strip_into_a_year_not_announced_is_marked_as_an_estimate() -> None:
    strip = _challenge(date(2026, 12, 29), date(2026, 12, 30))
    assert strip.last.startswith("预估 2027年1月8日")
    guessed = [day for day in strip.days if "is-guess" in day.classes]
    assert {day.month for day in guessed} == {"1月", ""}
    assert all("预估" in day.spoken for day in guessed)
    assert strip.key.startswith("元旦放假 1月1日；")


@pytest.mark.usefixtures("english")
def test_a_strip_in_english_has_english_days() -> None:
    strip = _challenge(date(2025, 9, 26), date(2025, 9, 29))
    assert strip.last == "Mon 13 Oct 2025"
    assert [day.weekday for day in strip.days[:3]] == ["Fr", "Sa", "Su"]
    assert strip.days[0].month == "Sep"


@pytest.mark.usefixtures("chinese")
def test_a_floor_says_the_earliest_day() -> None:
    clause = limits.DOCUMENTS_PERIOD.purchase.on(date(2025, 9, 22))
    strip = strip_of(clause, date(2025, 9, 22), date(2025, 9, 22), working_calendar(), title="", law="")
    assert strip.last_label == "最早"
    assert strip.days[-1].mark == "可"


@pytest.mark.usefixtures("chinese")
def test_a_period_of_years_is_told_by_its_last_day_only() -> None:
    clause = limits.KEEP_RECORDS.purchase.on(date(2025, 9, 22))
    strip = strip_of(clause, date(2025, 9, 22), date(2025, 9, 22), working_calendar(), title="", law="")
    assert strip.days == []
    assert "2040年" in strip.last
    assert LONGEST_STRIP < 365


# ── the outstanding list, the time line, buttons ───────────────────────────────────────────────────────────────────


def _item(**changes: Any) -> Item:
    given: dict[str, Any] = {
        "title": "采购人还没有签订", "lack": "", "law": "《政府采购法》第四十六条", "who": "您", "mine": True,
        "by": "10月26日", "by_note": "", "tone": "", "action": ActionLink("签订协议", "/sign", "primary"),
    }  # fmt: skip
    return Item(**{**given, **changes})


@pytest.mark.usefixtures("chinese")
def test_an_outstanding_thing_says_what_lacks_which_law_whose_turn_and_by_when() -> None:
    page = _render("outstanding.html", "outstanding(items)", items=[_item()])
    for said in ("采购人还没有签订", "《政府采购法》第四十六条", "<b>您</b>", "10月26日", 'href="/sign">签订协议</a>'):
        assert said in page
    assert 'class="who mine"' in page
    late = _render("outstanding.html", "outstanding(items)", items=[_item(tone="late", mine=False, action=None)])
    assert "逾</span>" in late
    assert "<a" not in late


@pytest.mark.usefixtures("chinese")
def test_what_a_person_wrote_is_text_in_every_piece() -> None:
    wild = "<script>alert(1)</script>"
    pages = [
        _render("outstanding.html", "outstanding(items)", items=[_item(title=wild, lack=wild, who=wild)]),
        _render("traces.html", "traces(rows)", rows=[Trace(wild, wild, wild, True, True)]),
        _render("actions.html", "actions(list)", list=[ActionLink(wild, "/", "quiet", wild), ActionLink(wild, "/")]),
        _render("relay.html", "relay(line)", line=Line([Leg(1, wild, "now", [wild], 0.5)], wild)),
        _render("chart.html", "bars(heading, rows, 10)", heading=wild, rows=[(wild, 3)]),
        _render("term.html", "term(name, text)", name=wild, text=wild),
    ]
    assert all("<script" not in page and "&lt;script" in page for page in pages)


@pytest.mark.usefixtures("chinese")
def test_a_deed_that_is_not_possible_now_is_a_sentence_and_no_button() -> None:
    page = _render("actions.html", "actions(list)", list=[ActionLink("送交签章", "/x", "quiet", "要等协议定稿之后。")])
    assert '<p class="why-not mb-4">要等协议定稿之后。</p>' in page
    assert "<a" not in page


# ── fields ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Sample(Form):
    title = StringField("事项名称")
    price = MoneyField("报价")
    result = Question("结果", choices=choices([("a", "符合"), ("b", "不符合")]))
    truthful = BooleanField("属实")


@pytest.mark.usefixtures("chinese")
def test_a_field_stands_as_label_hint_error_field_and_names_what_describes_it() -> None:
    form = _Sample()
    form.price.errors = ["高于最高限价。", "应大于零。"]
    page = _render("forms.html", "field(f, hint='不高于限价', law='第四十六条', unit='元')", f=form.price)
    places = [
        page.index(part) for part in ('<label class="lb" for="price">', 'id="price-h"', 'id="price-e1"', "<input")
    ]
    assert places == sorted(places)
    assert 'aria-describedby="price-h price-e1 price-e2"' in page
    assert 'aria-invalid="true"' in page
    assert '<p class="law">第四十六条</p>' in page


@pytest.mark.usefixtures("chinese")
def test_a_field_without_hint_and_error_is_described_by_nothing() -> None:
    page = _render("forms.html", "field(f)", f=_Sample().title)
    assert "aria-" not in page


@pytest.mark.usefixtures("chinese")
def test_the_summary_of_errors_leads_to_each_field_that_is_wrong() -> None:
    form = _Sample()
    form.form_errors = ["方案已经送交。"]
    for name in ("title", "result", "truthful"):
        form[name].errors = ["这一项必须填写。"]
    page = _render("forms.html", "error_summary(form)", form=form)
    assert "方案已经送交。" in page
    for name in ("title", "result", "truthful"):
        assert f'<a href="#{name}">' in page
        assert f'id="{name}"' in _render("forms.html", "field(f)", f=form[name])
    assert _render("forms.html", "error_summary(form)", form=_Sample()).strip() == ""


# ── words ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_words_of_every_page_are_explained_and_the_page_exists(app: Flask) -> None:
    source = (app.jinja_env.loader.get_source(app.jinja_env, "_layout/_words.html"))[0]  # type: ignore[union-attr]
    of_page: dict[str, list[str]] = ast.literal_eval("{" + source.split("{% set of_page = {")[1].split("} %}")[0] + "}")
    assert of_page
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        for endpoint, keys in of_page.items():
            assert endpoint in app.view_functions
            page = _render("term.html", "words(keys)", keys=keys)
            assert page.count("<dt>") == len(keys) == page.count("<dd>")


# ── the style guide ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_style_guide_is_shown_in_development_and_tests_only(app: Flask, client: FlaskClient) -> None:
    assert client.get("/styleguide").status_code == 200
    app.testing = False
    assert client.get("/styleguide").status_code == 404


# Every width in either scheme; the English, which differs in its words alone, at the two that leave it least and most room.
STYLE_GUIDE_AT: dict[str, dict[int, tuple[str, ...]]] = {
    "zh": dict.fromkeys((360, 768, 1440), ("light", "dark")),
    "en": {360: ("light",), 1440: ("dark",)},
}


def test_the_style_guide_is_clean_at_every_width_in_light_and_dark_and_both_languages(
    live: Any, browser: Any, language: str
) -> None:
    for width, schemes in STYLE_GUIDE_AT[language].items():
        for scheme in schemes:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce", locale=language
            )
            page = context.new_page()
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto(f"{live.url}/styleguide")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            violations = Axe().run(page).response["violations"]
            assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in violations] == []
            assert said == []
            context.close()


class _Days(Form):
    day = DayField()
    moment = MomentField()


@pytest.mark.parametrize(
    "typed", ["0206-10-16", "20266-10-16", "1999-12-31", "2100-01-01", "9999-12-31", "99999999999999999999-1-1"]
)
def test_a_day_in_no_year_of_a_matter_is_a_complaint_and_keeps_what_was_typed(app: Flask, typed: str) -> None:
    with app.test_request_context():
        form = _Days(MultiDict({"day": typed, "moment": f"{typed} 09:30"}))
        assert not form.validate()
        assert typed[:40] in form.day.errors[0]
        assert typed[:40] in form.moment.errors[0]
        assert form.day._value() == typed


@pytest.mark.parametrize(
    "typed",
    [
        "2025-10-16 11:30 PM", "2025-10-16 09:305", "2025-10-16 09:30下午", "2025-10-16 09:30:30", "٢٠٢٥-10-16 09:30",
        "2025-10-16 ²:30", "2025-10-16 25:00", "2025-10-16",
    ],
)  # fmt: skip
def test_a_moment_is_read_to_its_end_or_not_at_all(app: Flask, typed: str) -> None:
    with app.test_request_context():
        form = _Days(MultiDict({"moment": typed}))
        assert not form.validate()
        assert form.moment.data is None
        assert typed in form.moment.errors[0]


@pytest.mark.parametrize("typed", ["٢٠٢٥-10-16", "2025-1_0-16", "2025-10-+16", "2025-10", "2025-10-16-1", "²-1-1"])
def test_a_day_is_typed_in_plain_digits(app: Flask, typed: str) -> None:
    with app.test_request_context():
        form = _Days(MultiDict({"day": typed}))
        assert not form.validate()
        assert form.day.data is None


@pytest.mark.parametrize("typed", ["2025-10-16", "2025/10/16", "2025.10.16", "2025年10月16日", "２０２５－１０－１６"])
def test_a_day_is_read_as_people_write_it(app: Flask, typed: str) -> None:
    with app.test_request_context():
        assert _Days(MultiDict({"day": typed})).day.data == date(2025, 10, 16)


@pytest.mark.parametrize("typed", ["2025-10-16 9:30", "2025-10-16T09:30", "2025/10/16 09:30", "2025-10-16 09:30:00"])
def test_a_moment_is_read_as_people_and_browsers_write_it(app: Flask, typed: str) -> None:
    with app.test_request_context():
        assert _Days(MultiDict({"moment": typed})).moment.data == at_local(date(2025, 10, 16), 9, 30)


def test_a_key_greater_than_a_database_holds_is_no_address(client: FlaskClient) -> None:
    assert client.get("/transfers/2147483648").status_code == 404


@pytest.mark.parametrize("path", ["//elsewhere.example/", "/elsewhere.example/"])
def test_a_change_of_language_leads_to_no_other_host(client: FlaskClient, path: str) -> None:
    answer = client.get("/", query_string="lang=en", environ_overrides={"PATH_INFO": path})
    assert answer.headers["Location"] == "/elsewhere.example/"
