"""The clocks: China's day, the two clocks apart, and no local time anywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from procurement.foundation.clock import LOCAL, FixedClock, SystemClock, at_local, end_of, local_day

NINE = datetime(2025, 9, 22, 1, 0, tzinfo=UTC)


def test_the_day_in_china_begins_at_sixteen_hours_of_utc() -> None:
    assert local_day(datetime(2025, 9, 21, 15, 59, 59, tzinfo=UTC)) == date(2025, 9, 21)
    assert local_day(datetime(2025, 9, 21, 16, 0, tzinfo=UTC)) == date(2025, 9, 22)


def test_the_day_does_not_depend_on_the_zone_an_instant_is_written_in() -> None:
    assert local_day(NINE.astimezone(timezone(timedelta(hours=-9)))) == date(2025, 9, 22)


def test_a_local_time_of_day_is_an_instant_in_utc() -> None:
    assert at_local(date(2025, 9, 22), 9) == NINE
    assert at_local(date(2025, 9, 22), 9, 30) == NINE + timedelta(minutes=30)
    assert at_local(date(2025, 9, 22)).tzinfo is UTC


def test_a_day_ends_at_the_first_instant_of_the_next() -> None:
    last = end_of(date(2025, 9, 22))
    assert last == at_local(date(2025, 9, 23))
    assert local_day(last - timedelta(microseconds=1)) == date(2025, 9, 22)


def test_a_fixed_clock_stands_still() -> None:
    clock = FixedClock(NINE)
    assert clock.now() == clock.now() == clock.wall() == NINE


def test_the_legal_clock_moves_without_the_one_on_the_wall() -> None:
    clock = FixedClock(NINE)
    clock.set(NINE + timedelta(days=24))
    assert clock.now() == NINE + timedelta(days=24)
    assert clock.wall() == NINE


def test_an_advance_moves_both_clocks() -> None:
    clock = FixedClock(NINE)
    clock.set(NINE + timedelta(days=1))
    clock.advance(timedelta(minutes=5))
    assert clock.now() == NINE + timedelta(days=1, minutes=5)
    assert clock.wall() == NINE + timedelta(minutes=5)


def test_a_fixed_clock_answers_in_utc_whatever_zone_it_was_set_in() -> None:
    clock = FixedClock(NINE.astimezone(LOCAL))
    assert clock.now().tzinfo is UTC
    clock.set(NINE.astimezone(LOCAL))
    assert clock.now().tzinfo is UTC


def test_the_system_clock_is_aware_and_does_not_run_backwards() -> None:
    clock = SystemClock()
    first = clock.now()
    assert first.tzinfo is UTC
    assert clock.wall() - first < timedelta(minutes=1)
    assert clock.now() >= first


def test_china_keeps_one_time_in_winter_and_summer() -> None:
    for day in (date(2026, 1, 1), date(2026, 7, 1)):
        assert at_local(day, 8) == datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_every_hour_of_a_local_day_falls_on_it(hour: int) -> None:
    assert local_day(at_local(date(2028, 2, 29), hour, 59)) == date(2028, 2, 29)
