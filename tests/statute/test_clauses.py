"""The table of the law: its rows are whole, and periods are counted as the law counts them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import procurement.statute.clauses as module
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.statute.clauses import (
    CEILING,
    DAYS,
    FLOOR,
    PROVISION,
    WORKDAYS,
    YEARS,
    ByMode,
    Clause,
    Named,
    Phase,
    all_clauses,
    months_after,
)

CALENDAR = working_calendar()
DATA = Path(module.__file__).parent / "data"
EDITIONS = [clause for editions in all_clauses().values() for clause in editions]
COMPLETE = re.compile("第[一二三四五六七八九十百]+条(第[一二三四五六七八九十]+项)?")


def ids(clause: Clause) -> str:
    return f"{clause.id} since {clause.since}"


def clause_of(amount: int, unit: str, direction: str) -> Clause:
    since = date(2000, 1, 1)
    return Clause(
        "X-1", amount, unit, direction, "某法", "第一条", since, None, "law", Phase.DURING, "某期限", "Some period"
    )


# ── the rows ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_row_has_its_columns_filled() -> None:
    with (DATA / "clauses.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    needed = ("id", "unit", "direction", "law", "since", "standing", "phase", "name_zh", "name_en")
    assert [row["id"] for row in rows if not all(row[column] for column in needed)] == []
    assert [row["id"] for row in rows if (row["direction"] == PROVISION) != (row["amount"] == "")] == []
    assert [row["id"] for row in rows if None in row or None in row.values()] == []
    assert [row["id"] for row in rows if any(value != value.strip() for value in row.values())] == []


@pytest.mark.parametrize("clause", EDITIONS, ids=ids)
def test_a_row_speaks_the_words_of_the_table(clause: Clause) -> None:
    assert clause.direction in {CEILING, FLOOR, PROVISION}
    assert clause.standing in {"law", "local", "practice", "unverified"}
    assert clause.number == "" or COMPLETE.fullmatch(clause.number)
    assert (clause.direction == PROVISION) == (clause.unit == "条")
    assert clause.direction != PROVISION or clause.amount == 0
    assert clause.until is None or clause.since < clause.until


@pytest.mark.parametrize("editions", all_clauses().values(), ids=all_clauses().keys())
def test_the_editions_of_a_clause_follow_each_other_without_gap_or_overlap(editions: list[Clause]) -> None:
    for older, newer in pairwise(editions):
        assert older.until == newer.since
    assert editions[-1].until is None


def test_every_name_of_the_limits_has_its_row() -> None:
    named = {value.id for value in vars(limits).values() if isinstance(value, Named)}
    named |= {value.id for value in vars(limits.ArchiveBounds).values() if isinstance(value, Named)}
    named |= {row.id for row in limits.FRAME_POINTS}
    named |= {row.id for value in vars(limits).values() if isinstance(value, ByMode) for row in value.each}
    assert len(named) > 50
    assert named - set(all_clauses()) == set()


def test_no_row_of_law_rests_on_a_text_nobody_has_seen() -> None:
    assert [clause.id for clause in EDITIONS if "文本未见" in clause.law and clause.standing != "practice"] == []


# The clocks, floors and percentages of the fact sheet, typed a second time.
SHEET = {
    "CK-1": (2, WORKDAYS, CEILING, "《政府采购法实施条例》第四十三条"),
    "CK-2": (5, WORKDAYS, CEILING, "《政府采购法实施条例》第四十三条"),
    "CK-3": (2, WORKDAYS, CEILING, "《政府采购法实施条例》第四十三条"),
    "CK-4": (30, DAYS, CEILING, "《政府采购法》第四十六条"),
    "CK-5": (2, WORKDAYS, CEILING, "《政府采购法实施条例》第五十条"),
    "CK-6": (7, WORKDAYS, CEILING, "《政府采购法》第四十七条"),
    "CK-7": (5, WORKDAYS, CEILING, "《政府采购法实施条例》第三十三条"),
    "CK-8": (5, WORKDAYS, CEILING, "《政府采购法实施条例》第三十三条"),
    "CK-9": (3, WORKDAYS, CEILING, "《政府采购法实施条例》第五十二条"),
    "CK-10": (7, WORKDAYS, CEILING, "《政府采购法》第五十二条"),
    "CK-11": (7, WORKDAYS, CEILING, "《政府采购法》第五十三条"),
    "CK-12": (15, WORKDAYS, CEILING, "《政府采购法》第五十五条"),
    "CK-13": (30, WORKDAYS, CEILING, "《政府采购法》第五十六条"),
    "CK-14": (30, DAYS, CEILING, "《政府采购法》第五十七条"),
    "CK-15": (15, YEARS, FLOOR, "《政府采购法》第四十二条"),
    "CK-16": (20, WORKDAYS, CEILING, "《政府信息公开条例》第二十六条"),
    "FL-1": (20, DAYS, FLOOR, "《政府采购法》第三十五条"),
    "FL-2": (5, WORKDAYS, FLOOR, "《政府采购法实施条例》第三十一条"),
    "FL-3": (15, DAYS, FLOOR, "《政府采购法实施条例》第三十一条"),
    "FL-4": (5, WORKDAYS, FLOOR, "《政府采购法实施条例》第二十一条"),
    "FL-5": (5, WORKDAYS, FLOOR, "《政府采购法实施条例》第三十八条"),
    "MP-1": (2, "百分比", CEILING, "《政府采购法实施条例》第三十三条"),
    "MP-2": (10, "百分比", CEILING, "《政府采购法实施条例》第四十八条"),
    "MP-3": (10, "百分比", CEILING, "《政府采购法》第四十九条"),
    "MP-4": (10, "百分比", CEILING, "《政府采购法》第三十一条"),
    "CT-3a": (1, YEARS, CEILING, "《政府购买服务管理办法》第二十四条"),
    "CT-3b": (3, YEARS, CEILING, "《政府购买服务管理办法》第二十四条"),
    "SME-PAY": (30, DAYS, CEILING, "《保障中小企业款项支付条例》第九条"),
}


@pytest.mark.parametrize("clause_id", SHEET)
def test_a_row_says_what_the_fact_sheet_says(clause_id: str) -> None:
    clause = Named(clause_id).on(date(2026, 9, 22))
    assert (clause.amount, clause.unit, clause.direction, str(clause.article)) == SHEET[clause_id]
    assert clause.standing == "law"


@pytest.mark.parametrize(
    ("name", "amount"),
    [
        (limits.LEAST_BIDDERS.purchase, 3),
        (limits.TENDER_PANEL.purchase, 5),
        (limits.CONSULTATION_PANEL.purchase, 3),
        (limits.CONSULTATION_PERIOD.purchase, 10),
        (limits.NOTICE_PERIOD.purchase, 5),
        (limits.RESULT_NOTICE_PERIOD.purchase, 1),
        (limits.CONSULTATION_PRICE_WEIGHT_LEAST.purchase, 10),
        (limits.CONSULTATION_PRICE_WEIGHT_MOST.purchase, 30),
        (limits.TENDER_PRICE_WEIGHT_LEAST.purchase, 10),
        (limits.EX_ANTE_DIMENSION, 20),
        (limits.EX_ANTE_SUPPORTED, 80),
        (limits.EX_ANTE_PARTLY, 60),
        (limits.OUTPUT_AND_BENEFIT_LEAST, 60),
        (limits.FAILURES_BEFORE_LOCK, 5),
    ],
)
def test_a_threshold_has_its_number(name: Named, amount: int) -> None:
    assert name.on(date(2026, 9, 22)).amount == amount


def test_lengths_of_time_by_the_clock() -> None:
    day = date(2026, 9, 22)
    assert limits.IDLE_LIMIT.on(day).span() == timedelta(minutes=20)
    assert limits.LOCK_TIME.on(day).span() == timedelta(minutes=15)
    assert limits.SESSION_LIMIT.on(day).span() == timedelta(hours=8)


# ── editions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edition_binds_from_its_first_day_and_the_older_one_until_the_day_before() -> None:
    assert limits.PAY_WITHIN.purchase.on(date(2025, 5, 31)).number == "第八条"
    assert limits.PAY_WITHIN.purchase.on(date(2025, 6, 1)).number == "第九条"


def test_a_day_before_every_edition_gets_the_oldest() -> None:
    assert limits.PAY_WITHIN.purchase.on(date(1999, 1, 1)).number == "第八条"


# ── ceilings ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("start", "amount", "last"),
    [
        (date(2025, 5, 6), 7, date(2025, 5, 15)),
        (date(2025, 8, 12), 2, date(2025, 8, 14)),
        (date(2025, 12, 12), 5, date(2025, 12, 19)),
        (date(2025, 11, 3), 3, date(2025, 11, 6)),
        (date(2024, 9, 26), 5, date(2024, 10, 9)),
        (date(2026, 2, 12), 2, date(2026, 2, 14)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 4, 30), 7, date(2026, 5, 13)),
        (date(2026, 9, 29), 5, date(2026, 10, 12)),
    ],
)
def test_working_days_around_holidays_and_make_up_days(start: date, amount: int, last: date) -> None:
    assert clause_of(amount, WORKDAYS, CEILING).last_day(start, CALENDAR) == last


def test_a_result_is_challenged_within_seven_working_days_of_its_notice_ending() -> None:
    published = date(2025, 12, 1)
    ends = limits.RESULT_NOTICE_PERIOD.purchase.on(published).last_day(published, CALENDAR)
    assert ends == date(2025, 12, 2)
    assert limits.CHALLENGE.purchase.on(published).last_day(ends, CALENDAR) == date(2025, 12, 11)


def test_a_calendar_ceiling_that_ends_in_a_holiday_rolls_to_the_day_after_it() -> None:
    issued = date(2026, 1, 20)
    assert limits.SIGN_AGREEMENT.purchase.on(issued).last_day(issued, CALENDAR) == date(2026, 2, 24)


def test_a_calendar_ceiling_that_ends_on_a_make_up_saturday_stays_there() -> None:
    issued = date(2026, 1, 15)
    assert issued + timedelta(days=30) == date(2026, 2, 14)
    assert limits.SIGN_AGREEMENT.purchase.on(issued).last_day(issued, CALENDAR) == date(2026, 2, 14)


def test_years_end_on_the_corresponding_day_or_on_the_last_of_its_month() -> None:
    year = clause_of(1, YEARS, CEILING)
    assert year.last_day(date(2026, 9, 22), CALENDAR) == date(2027, 9, 22)
    assert year.last_day(date(2024, 2, 29), CALENDAR) == date(2025, 2, 28)


@pytest.mark.parametrize(
    ("day", "count", "corresponding"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 5, 31), 13, date(2027, 6, 30)),
        (date(2026, 5, 31), 0, date(2026, 5, 31)),
    ],
)
def test_months_end_on_the_corresponding_day(day: date, count: int, corresponding: date) -> None:
    assert months_after(day, count) == corresponding


@settings(deadline=None)  # the first far year loads a library
@given(st.dates(date(2021, 1, 1), date(2028, 12, 31)), st.integers(1, 40), st.sampled_from([DAYS, WORKDAYS]))
def test_a_ceiling_in_days_never_ends_on_a_day_of_rest(start: date, amount: int, unit: str) -> None:
    last = clause_of(amount, unit, CEILING).last_day(start, CALENDAR)
    assert CALENDAR.is_workday(last)
    assert last >= start + timedelta(days=amount)


# ── floors ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_twenty_days_of_a_tender_make_the_twenty_first_the_earliest() -> None:
    assert limits.TENDER_PERIOD.purchase.on(date(2025, 6, 3)).first_day_after(date(2025, 6, 3), CALENDAR) == date(
        2025, 6, 24
    )


def test_a_floor_is_not_moved_by_a_day_of_rest() -> None:
    start = date(2026, 9, 10)
    assert limits.TENDER_PERIOD.purchase.on(start).first_day_after(start, CALENDAR) == date(2026, 10, 1)


def test_five_working_days_of_documents_around_national_day() -> None:
    clause = limits.DOCUMENTS_PERIOD.purchase.on(date(2024, 9, 26))
    assert clause.last_counted(date(2024, 9, 26), CALENDAR) == date(2024, 10, 9)
    assert clause.first_day_after(date(2024, 9, 26), CALENDAR) == date(2024, 10, 10)


def test_records_are_kept_through_the_corresponding_day_fifteen_years_on() -> None:
    clause = limits.KEEP_RECORDS.purchase.on(date(2026, 9, 22))
    assert clause.last_counted(date(2026, 9, 22), CALENDAR) == date(2041, 9, 22)
    assert clause.first_day_after(date(2026, 9, 22), CALENDAR) == date(2041, 9, 23)


@settings(deadline=None)  # the first far year loads a library
@given(st.dates(date(2021, 1, 1), date(2028, 12, 31)), st.integers(1, 40))
def test_a_floor_of_working_days_lets_all_of_them_pass(start: date, amount: int) -> None:
    earliest = clause_of(amount, WORKDAYS, FLOOR).first_day_after(start, CALENDAR)
    assert CALENDAR.workdays_between(start, earliest - timedelta(days=1)) == amount
    assert CALENDAR.is_workday(earliest - timedelta(days=1))


def test_no_clause_has_two_editions_of_one_day() -> None:
    twice = [key for key, count in Counter((clause.id, clause.since) for clause in EDITIONS).items() if count > 1]
    assert twice == []
