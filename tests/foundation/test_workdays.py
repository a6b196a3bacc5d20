"""Working days on a small calendar made by hand: a holiday on a Friday, a Saturday worked for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.foundation.workdays import WorkCalendar

# The first of May 2026 is a Friday; Saturday the ninth is worked for it.
FRIDAY, SATURDAY = date(2026, 5, 1), date(2026, 5, 9)


def foreseen(year: int) -> Mapping[date, str]:
    return {date(year, 10, 1): "国庆节"}


CALENDAR = WorkCalendar({FRIDAY: "劳动节"}, {SATURDAY: "劳动节"}, frozenset({2026}), foreseen)


def test_monday_to_friday_are_worked_and_the_weekend_is_not() -> None:
    week = [date(2026, 5, 18) + timedelta(days=n) for n in range(7)]
    assert [CALENDAR.is_workday(day) for day in week] == [True] * 5 + [False] * 2


def test_a_holiday_is_not_worked_and_its_make_up_day_is() -> None:
    assert not CALENDAR.is_workday(FRIDAY)
    assert CALENDAR.is_workday(SATURDAY)
    assert CALENDAR.is_make_up(SATURDAY)
    assert not CALENDAR.is_make_up(FRIDAY)


def test_the_start_is_not_counted() -> None:
    assert CALENDAR.after(date(2026, 5, 18), 1) == date(2026, 5, 19)


def test_a_count_from_a_day_of_rest_begins_on_the_next_working_day() -> None:
    assert CALENDAR.after(date(2026, 5, 16), 1) == date(2026, 5, 18)


def test_no_days_after_a_day_are_the_day_itself() -> None:
    assert CALENDAR.after(FRIDAY, 0) == FRIDAY


def test_the_next_working_day_is_the_day_itself_when_it_is_worked() -> None:
    assert CALENDAR.next_workday(SATURDAY) == SATURDAY
    assert CALENDAR.next_workday(FRIDAY) == date(2026, 5, 4)


def test_days_name_both_ends() -> None:
    assert list(CALENDAR.days(FRIDAY, FRIDAY + timedelta(days=2))) == [FRIDAY, date(2026, 5, 2), date(2026, 5, 3)]
    assert list(CALENDAR.days(FRIDAY, FRIDAY)) == [FRIDAY]
    assert list(CALENDAR.days(FRIDAY, date(2026, 4, 30))) == []


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        (date(2026, 4, 30), date(2026, 5, 11), 7),
        (date(2026, 5, 11), date(2026, 4, 30), -7),
        (FRIDAY, FRIDAY, 0),
    ],
)
def test_working_days_between_two_days_are_counted_in_both_directions(first: date, last: date, count: int) -> None:
    assert CALENDAR.workdays_between(first, last) == count


@given(st.dates(date(2026, 1, 1), date(2026, 11, 30)), st.integers(1, 15))
def test_counting_forward_and_counting_between_agree(start: date, count: int) -> None:
    last = CALENDAR.after(start, count)
    assert CALENDAR.is_workday(last)
    assert CALENDAR.workdays_between(start, last) == count


def test_only_years_without_a_notice_are_estimated() -> None:
    assert not CALENDAR.is_estimated(date(2026, 12, 31))
    assert CALENDAR.is_estimated(date(2027, 1, 1))
    assert CALENDAR.is_estimated(date(2025, 12, 31))


def test_an_estimated_year_has_its_weekends_and_the_days_that_can_be_foreseen() -> None:
    assert not CALENDAR.is_workday(date(2027, 10, 1))
    assert CALENDAR.is_workday(date(2027, 10, 4))
    assert not CALENDAR.is_workday(date(2027, 10, 9))


def test_an_announced_year_is_never_filled_with_what_was_foreseen() -> None:
    assert CALENDAR.is_workday(date(2026, 10, 1))
    assert CALENDAR.name_of(date(2026, 10, 1)) == ""


def test_days_are_called_by_their_holiday() -> None:
    assert CALENDAR.name_of(FRIDAY) == CALENDAR.name_of(SATURDAY) == "劳动节"
    assert CALENDAR.name_of(date(2026, 5, 18)) == ""
    assert CALENDAR.name_of(date(2027, 10, 1)) == "国庆节"
