"""The working calendar against the notices as the fact sheet has them, and against two libraries day by day."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest

import procurement.statute.calendar as module
from procurement.statute.calendar import statutory_days, working_calendar

CALENDAR = working_calendar()
TABLE = Path(module.__file__).parent / "data" / "holidays.csv"

# Ranges of days off (month and day), make-up days, working days of the year: typed from the fact sheet, not the table.
NOTICES = {
    2021: (
        "0101-0103 0211-0217 0403-0405 0501-0505 0612-0614 0919-0921 1001-1007",
        "0207 0220 0425 0508 0918 0926 1009",
        250,
    ),
    2022: (
        "0101-0103 0131-0206 0403-0405 0430-0504 0603-0605 0910-0912 1001-1007 1231",
        "0129 0130 0402 0424 0507 1008 1009",
        249,
    ),
    2023: ("0101-0102 0121-0127 0405 0429-0503 0622-0624 0929-1006", "0128 0129 0423 0506 0625 1007 1008", 249),
    2024: (
        "0101 0210-0217 0404-0406 0501-0505 0610 0915-0917 1001-1007",
        "0204 0218 0407 0428 0511 0914 0929 1012",
        251,
    ),
    2025: ("0101 0128-0204 0404-0406 0501-0505 0531-0602 1001-1008", "0126 0208 0427 0928 1011", 248),
    2026: (
        "0101-0103 0215-0223 0404-0406 0501-0505 0619-0621 0925-0927 1001-1007",
        "0104 0214 0228 0509 0920 1010",
        248,
    ),
}


def days_of(year: int) -> Iterator[date]:
    return CALENDAR.days(date(year, 1, 1), date(year, 12, 31))


def spread(year: int, ranges: str) -> set[date]:
    found: set[date] = set()
    for part in ranges.split():
        first, _, last = part.partition("-")
        ends = [date(year, int(text[:2]), int(text[2:])) for text in (first, last or first)]
        found |= {ends[0] + timedelta(days=n) for n in range((ends[1] - ends[0]).days + 1)}
    return found


def test_the_announced_years_are_those_of_the_table() -> None:
    assert CALENDAR.announced == frozenset(NOTICES)


@pytest.mark.parametrize("year", NOTICES)
def test_a_year_has_the_days_of_its_notice(year: int) -> None:
    off, work, workdays = NOTICES[year]
    assert {day for day in CALENDAR.off if day.year == year} == spread(year, off)
    assert {day for day in CALENDAR.work if day.year == year} == spread(year, work)
    assert sum(CALENDAR.is_workday(day) for day in days_of(year)) == workdays


@pytest.mark.parametrize("year", NOTICES)
def test_make_up_days_are_days_of_the_weekend(year: int) -> None:
    assert [day for day in CALENDAR.work if day.year == year and day.weekday() < 5] == []


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_two_libraries_and_the_table_agree_on_every_day(year: int) -> None:
    known = holidays.country_holidays("CN", years=year)
    assert [
        day
        for day in days_of(year)
        if not (CALENDAR.is_workday(day) == chinese_calendar.is_workday(day) == known.is_working_day(day))
    ] == []


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_holidays_bear_the_names_that_a_library_gives_them(year: int) -> None:
    names = {name.value: name.chinese for name in chinese_calendar.Holiday}
    for day in (day for day in CALENDAR.off if day.year == year):
        is_off, name = chinese_calendar.get_holiday_detail(day)
        assert is_off, day
        if name is not None:
            assert names[name].removesuffix("节")[:2] in CALENDAR.name_of(day), day


def test_every_row_names_its_notice() -> None:
    with TABLE.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["day"] for row in rows if row["source"] != f"国务院办公厅关于{row['year']}年部分节假日安排的通知"] == []
    assert {row["kind"] for row in rows} == {"off", "work"}
    assert [row["day"] for row in rows if row["day"][:4] != row["year"]] == []
    assert len({row["day"] for row in rows}) == len(rows)


def test_a_year_without_a_notice_has_thirteen_statutory_days() -> None:
    assert len(statutory_days(2027)) == 13
    assert {str(day)[5:] for day in statutory_days(2027)} == {
        "01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02", "06-09", "09-15", "10-01", "10-02", "10-03",
    }  # fmt: skip


def test_two_holidays_on_one_day_are_both_named() -> None:
    assert statutory_days(2028)[date(2028, 10, 3)] == "中秋节、国庆节"


def test_rest_days_that_only_a_notice_gave_are_no_statutory_days() -> None:
    assert date(2020, 1, 31) not in statutory_days(2020)
    assert statutory_days(2020)[date(2020, 1, 25)] == "春节"


def test_every_day_of_an_unannounced_year_is_estimated_and_none_of_an_announced_one() -> None:
    assert all(CALENDAR.is_estimated(day) for day in days_of(2027))
    assert not any(CALENDAR.is_estimated(day) for day in days_of(2026))


def test_an_unannounced_year_has_no_make_up_days() -> None:
    assert [day for day in days_of(2027) if CALENDAR.is_make_up(day)] == []
    assert [day for day in days_of(2027) if CALENDAR.is_workday(day) and day.weekday() >= 5] == []
    assert not CALENDAR.is_workday(date(2027, 2, 5))
