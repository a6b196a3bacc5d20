"""The working calendar: the announced years from the State Council's notices, estimated beyond them (TE-6, TE-7)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from procurement.foundation.workdays import Superseded, WorkCalendar

SATURDAY = 5  # as `date.weekday()` counts

# As `holidays` names them: what it also knows of past years, rest days moved by a notice, is no statutory day.
_STATUTORY = frozenset({"元旦", "春节", "农历除夕", "清明节", "劳动节", "端午节", "中秋节", "国庆节"})


@dataclass(frozen=True, slots=True)
class EnteredYear:
    """A year's notice as an instance has taken it in: its number, the local day of the entry, days off and make-up days."""

    year: int
    notice: str
    entered_on: date
    off: tuple[tuple[date, str], ...]
    work: tuple[tuple[date, str], ...]


def _none_entered() -> tuple[EnteredYear, ...]:
    return ()


_source: list[Callable[[], tuple[EnteredYear, ...]]] = [_none_entered]


def use_entered_years(source: Callable[[], tuple[EnteredYear, ...]]) -> None:
    """Ask `source` for the years that were entered, in the order of their entry; this floor knows no database."""
    _source[0] = source


def working_calendar() -> WorkCalendar:
    """The calendar in force: `data/holidays.csv` and the years entered since, weekends and statutory days for others."""
    return _with_entered(_source[0]())


@lru_cache(maxsize=8)
def _with_entered(entered: tuple[EnteredYear, ...]) -> WorkCalendar:
    calendar = bundled_calendar()
    former: list[Superseded] = []
    for row in entered:
        former.append(Superseded(calendar, row.entered_on, row.notice))
        calendar = replace(with_year(calendar, row), former=tuple(former))
    return calendar


def with_year(calendar: WorkCalendar, row: EnteredYear) -> WorkCalendar:
    """The calendar with the days of a notice instead of whatever it said of that year; of former ones it knows nothing."""
    off = {day: name for day, name in calendar.off.items() if day.year != row.year} | dict(row.off)
    work = {day: name for day, name in calendar.work.items() if day.year != row.year} | dict(row.work)
    return WorkCalendar(off, work, calendar.announced | {row.year}, calendar.estimate)


def _bundled_rows() -> list[dict[str, str]]:
    path = Path(__file__).parent / "data" / "holidays.csv"
    with path.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


@cache
def bundled_calendar() -> WorkCalendar:
    """The calendar of the years that come with the system; a later year is entered, so that whoever was told is told again."""
    off: dict[date, str] = {}
    work: dict[date, str] = {}
    years: set[int] = set()
    for row in _bundled_rows():
        day = date.fromisoformat(row["day"])
        (off if row["kind"] == "off" else work)[day] = row["name"]
        years.add(int(row["year"]))
    return WorkCalendar(off, work, frozenset(years), statutory_days)


@cache
def bundled_notices() -> Mapping[int, str]:
    """The notice of each year that comes with the system."""
    return {int(row["year"]): row["source"] for row in _bundled_rows()}


@cache
def statutory_days(year: int) -> Mapping[date, str]:
    """The statutory days of a year that has not been announced, lunar ones computed; no make-up days (TE-7)."""
    import holidays

    known = holidays.country_holidays("CN", years=year, language="zh_CN", categories=("public",))
    found = {day: [name for name in names.split("; ") if name in _STATUTORY] for day, names in known.items()}
    return {day: "、".join(names) for day, names in found.items() if names}


def usual_workdays(year: int) -> int:
    """How many working days a year has when every statutory day is compensated for, as the notices do (TE-7).

    Two holidays that meet on one day count as two.
    """
    return sum(day.weekday() < SATURDAY for day in WorkCalendar.year(year)) - sum(
        len(names.split("、")) for names in statutory_days(year).values()
    )
