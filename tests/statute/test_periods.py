"""Periods day by day, and the lines of the command that prints them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.statute.clauses import FLOOR, WORKDAYS, Named
from procurement.statute.periods import clock_lines, walk

CALENDAR = working_calendar()
LONG_IDS = ["CK-2", "CK-4", "CK-10", "CK-13", "CK-14", "FL-1", "FL-2", "FL-3", "MT-CP", "SME-PAY", "T87-16", "CT-3a"]


def test_a_challenge_across_national_day_is_numbered_on_working_days_only() -> None:
    start = date(2026, 9, 29)
    period = walk(limits.CONFIRM_AWARD.purchase.on(start), start, CALENDAR)
    assert [(day.day.day, day.number) for day in period.days if day.number] == [
        (30, 1),
        (8, 2),
        (9, 3),
        (10, 4),
        (12, 5),
    ]
    assert period.last == date(2026, 10, 12)
    by_day = {day.day: day for day in period.days}
    assert by_day[date(2026, 10, 1)].is_off
    assert by_day[date(2026, 10, 1)].name == "国庆节"
    assert by_day[date(2026, 10, 10)].is_make_up
    assert not by_day[date(2026, 10, 10)].is_off
    assert by_day[date(2026, 10, 11)].is_off
    assert by_day[date(2026, 10, 11)].name == ""


def test_calendar_days_are_numbered_at_rest_too_and_the_roll_over_is_not() -> None:
    start = date(2026, 1, 20)
    period = walk(limits.SIGN_AGREEMENT.purchase.on(start), start, CALENDAR)
    by_day = {day.day: day for day in period.days}
    assert by_day[date(2026, 1, 24)].number == 4
    assert by_day[date(2026, 2, 19)].number == 30
    assert by_day[date(2026, 2, 19)].is_off
    assert [by_day[date(2026, 2, day)].number for day in (20, 21, 22, 23, 24)] == [None] * 5
    assert by_day[date(2026, 2, 24)].is_last


def test_a_floor_ends_with_the_day_it_allows() -> None:
    start = date(2025, 6, 3)
    period = walk(limits.TENDER_PERIOD.purchase.on(start), start, CALENDAR)
    assert period.is_floor
    assert period.last == date(2025, 6, 24)
    assert [day.number for day in period.days[-2:]] == [20, None]
    assert period.days[-1].is_last


def test_years_number_every_day_to_the_corresponding_one() -> None:
    start = date(2026, 9, 22)
    records, year = (walk(Named(name).on(start), start, CALENDAR) for name in ("CK-15", "CT-3a"))
    assert (year.last, year.days[-1].number) == (date(2027, 9, 22), 365)
    assert (records.last, records.days[-1].number, records.days[-2].number) == (date(2041, 9, 23), None, 5479)


def test_days_of_unannounced_years_are_estimated_and_the_period_with_them() -> None:
    start = date(2026, 12, 28)
    period = walk(limits.CHALLENGE.purchase.on(start), start, CALENDAR)
    assert period.estimated
    assert next(day.day for day in period.days if day.estimated) == date(2027, 1, 1)
    assert not walk(limits.CHALLENGE.purchase.on(start), date(2026, 9, 22), CALENDAR).estimated


def test_an_estimated_start_estimates_nothing_since_it_is_not_counted() -> None:
    start = date(2020, 12, 31)
    assert not walk(limits.CHALLENGE.purchase.on(start), start, CALENDAR).estimated
    assert clock_lines("CK-10", [start], CALENDAR, days=False)[1] == "2020-12-31 last_day=2021-01-12"


@pytest.mark.parametrize("clause_id", ["MP-1", "MT-MIN", "FA-22", "HS-IDLE"])
def test_what_is_no_period_of_days_is_not_walked(clause_id: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        walk(Named(clause_id).on(date(2026, 9, 22)), date(2026, 9, 22), CALENDAR)


@settings(deadline=None)  # the first far year loads a library
@given(st.sampled_from(LONG_IDS), st.dates(date(2021, 1, 1), date(2027, 6, 30)))
def test_every_period_is_whole(clause_id: str, start: date) -> None:
    clause = Named(clause_id).on(start)
    period = walk(clause, start, CALENDAR)
    days = [day.day for day in period.days]
    numbers = [day.number for day in period.days if day.number is not None]
    assert days == [start + timedelta(days=n) for n in range((period.last - start).days + 1)]
    assert [day.day for day in period.days if day.is_start] == [start]
    assert [day.day for day in period.days if day.is_last] == [period.last]
    assert numbers == list(range(1, len(numbers) + 1))
    assert period.days[0].number is None
    last = clause.first_day_after(start, CALENDAR) if clause.direction == FLOOR else clause.last_day(start, CALENDAR)
    assert period.last == last
    if clause.unit == WORKDAYS:
        assert len(numbers) == clause.amount
        assert not any(day.is_off for day in period.days if day.number is not None)


# ── the command's lines ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_article_comes_once_and_then_a_line_for_each_date() -> None:
    dates = [date(2026, 9, 22), date(2026, 2, 13), date(2026, 12, 28)]
    assert clock_lines("CK-10", dates, CALENDAR, days=False) == [
        "《政府采购法》第五十二条",
        "2026-09-22 last_day=2026-10-09",
        "2026-02-13 last_day=2026-03-02",
        "2026-12-28 last_day=2027-01-07 estimated",
    ]


def test_a_floor_prints_its_earliest_day() -> None:
    assert clock_lines("FL-1", [date(2025, 6, 3)], CALENDAR, days=False) == [
        "《政府采购法》第三十五条",
        "2025-06-03 earliest=2025-06-24",
    ]


def test_a_standing_other_than_law_is_printed_with_the_article() -> None:
    first, _ = clock_lines("LG-BP", [date(2026, 9, 22)], CALENDAR, days=False)
    assert first == "《龙港市推进政府职能社会化转移工作方案（文本未见）》 (practice)"


def test_dates_under_two_editions_name_both_articles() -> None:
    first, *_ = clock_lines("SME-PAY", [date(2025, 5, 31), date(2025, 6, 1)], CALENDAR, days=False)
    assert first == "《保障中小企业款项支付条例》第八条；《保障中小企业款项支付条例》第九条"


def test_the_days_stand_one_by_one_under_their_date() -> None:
    assert clock_lines("CK-3", [date(2026, 2, 13)], CALENDAR, days=True) == [
        "《政府采购法实施条例》第四十三条",
        "2026-02-13 last_day=2026-02-24",
        "  2026-02-13 Fri - start",
        "  2026-02-14 Sat 1 make-up 春节",
        "  2026-02-15 Sun - off 春节",
        "  2026-02-16 Mon - off 春节",
        "  2026-02-17 Tue - off 春节",
        "  2026-02-18 Wed - off 春节",
        "  2026-02-19 Thu - off 春节",
        "  2026-02-20 Fri - off 春节",
        "  2026-02-21 Sat - off 春节",
        "  2026-02-22 Sun - off 春节",
        "  2026-02-23 Mon - off 春节",
        "  2026-02-24 Tue 2 last",
    ]


def test_an_unknown_clause_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        clock_lines("CK-99", [date(2026, 9, 22)], CALENDAR, days=False)


def test_a_clause_without_a_clock_is_a_value_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"MP-1 \(投标保证金占预算的上限\)"):
        clock_lines("MP-1", [date(2026, 9, 22)], CALENDAR, days=False)


@settings(deadline=None)  # the first far year loads a library
@given(st.sampled_from([*LONG_IDS, "CK-15"]), st.dates(date(2019, 1, 1), date(2027, 12, 31)))
def test_a_line_is_marked_exactly_where_the_period_reaches_an_unannounced_year(clause_id: str, start: date) -> None:
    period = walk(Named(clause_id).on(start), start, CALENDAR)
    line = clock_lines(clause_id, [start], CALENDAR, days=False)[1]
    assert line.endswith(" estimated") == period.estimated
    assert f"={period.last}" in line
