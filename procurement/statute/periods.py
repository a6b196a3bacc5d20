"""Periods day by day: what the period strip of a page and the command line show of a legal clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from procurement.foundation.workdays import WorkCalendar
from procurement.statute.clauses import DAYS, FLOOR, WORKDAYS, YEARS, Clause, Named, all_clauses, months_after

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PeriodDay:
    """One day of a period: its number where it is counted, and what kind of day it is.

    `is_off` is a day of rest, `is_make_up` a weekend day that is worked; `name` is the holiday's, empty for an ordinary
    day or weekend; `is_last` marks the day a ceiling ends on, or for a floor the earliest day it allows.
    """

    day: date
    number: int | None
    is_off: bool
    is_make_up: bool
    name: str
    estimated: bool
    is_start: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class Period:
    """A clause running from `start`, which is not counted, to `last`: a ceiling's last day, a floor's earliest day."""

    clause: Clause
    start: date
    last: date
    days: tuple[PeriodDay, ...]

    @property
    def is_floor(self) -> bool:
        """Whether `last` is the earliest day that is allowed rather than the latest."""
        return self.clause.direction == FLOOR

    @property
    def estimated(self) -> bool:
        """Whether a day after the start lies in a year whose calendar has not been announced."""
        return any(day.estimated for day in self.days if not day.is_start)


def walk(clause: Clause, start: date, calendar: WorkCalendar, *, told_on: date | None = None) -> Period:
    """Every day of the period from `start` to its last one, both included, in order.

    Working-day periods number the working days, others every day up to the last counted one; the days by which a
    ceiling rolls over a rest (TE-4), the day that a floor allows, and those by which a date that was told stands later
    than the present calendar asks for, have no number.

    Raises:
        ValueError: when the clause is no period of days, working days or years.
    """
    last = decisive_day(clause, start, calendar, told_on=told_on)
    return Period(clause, start, last, tuple(_days(clause, start, last, calendar)))


# What is asked of the time before a day, not of the time after it: how far back one looks.
LOOKS_BACK = frozenset({"OD-5", "MT-5a", "HS-REMIND", "HS-EARLY"})
# How long an agreement runs at most: its first day is one of its days, so that a year ends the day before the corresponding one.
TERMS = frozenset({"CT-3a", "CT-3b", "LG-TERM"})


def first_day_back(clause: Clause, day: date, calendar: WorkCalendar) -> date:
    """The first day of what a clause looks back on from `day`."""
    if clause.unit == YEARS:
        return months_after(day, -12 * clause.amount)
    if clause.unit == DAYS:
        return day - clause.amount * _ONE_DAY
    for _time in range(clause.amount):
        day -= _ONE_DAY
        while not calendar.is_workday(day):
            day -= _ONE_DAY
    return day


def last_day_of_term(clause: Clause, first: date) -> date:
    """The last day of the longest agreement that begins on `first`."""
    return months_after(first, 12 * clause.amount) - _ONE_DAY


def decisive_day(clause: Clause, start: date, calendar: WorkCalendar, *, told_on: date | None = None) -> date:
    """The last day of a ceiling, the earliest day of a floor.

    Raises:
        ValueError: when the clause is no period of days, working days or years.
    """
    if clause.unit not in (DAYS, WORKDAYS, YEARS):
        raise ValueError(f"{clause.id} ({clause.name}) is not a period of days, working days or years")
    return clause.decisive_day(start, calendar, told_on=told_on)


@dataclass(frozen=True, slots=True)
class Changed:
    """What notices entered since a period began have made of its date.

    `before` is what was told at first, `was_estimated` whether that lay in a year not yet announced; `after` is what counts
    now and `computed` what the present calendar alone would give; `notice` is the last one that changed it.
    """

    before: date
    was_estimated: bool
    after: date
    computed: date
    notice: str


def changed(clause: Clause, start: date, calendar: WorkCalendar, *, told_on: date | None = None) -> Changed | None:
    """How a period's date differs from what was told when it began; None where every calendar since gives the same."""
    superseded = calendar.superseded_since(told_on or start)
    if not superseded:
        return None
    days = [_alone(clause, start, row.calendar) for row in superseded]
    computed = _alone(clause, start, calendar)
    differing = [
        row.notice for row, day, after in zip(superseded, days, [*days[1:], computed], strict=True) if day != after
    ]
    if not differing:
        return None
    return Changed(
        days[0], superseded[0].calendar.is_estimated(days[0]),
        clause.decisive_day(start, calendar, told_on=told_on), computed, differing[-1],
    )  # fmt: skip


def _alone(clause: Clause, start: date, calendar: WorkCalendar) -> date:
    """The date by one calendar, whatever was told by another."""
    return clause.decisive_day(start, replace(calendar, former=()))


def _days(clause: Clause, start: date, last: date, calendar: WorkCalendar) -> Iterator[PeriodDay]:
    counted = 0
    most = (clause.last_counted(start, calendar) - start).days if clause.unit == YEARS else clause.amount
    for day in calendar.days(start, last):
        works = calendar.is_workday(day)
        counts = day > start and counted < most and (works or clause.unit != WORKDAYS)
        counted += counts
        yield PeriodDay(
            day=day,
            number=counted if counts else None,
            is_off=not works,
            is_make_up=calendar.is_make_up(day),
            name=calendar.name_of(day),
            estimated=calendar.is_estimated(day),
            is_start=day == start,
            is_last=day == last,
        )


def clock_lines(clause_id: str, dates: Sequence[date], calendar: WorkCalendar, *, days: bool) -> list[str]:
    """The article, then for each date `2026-09-22 last_day=…`, for a floor `earliest=…`, with its days if asked for.

    ` estimated` is added where the period reaches into a year whose calendar has not been announced. Each date counts
    by the edition in force on it; where they differ, the first line names the articles of all.

    Raises:
        KeyError: when there is no clause of this id.
        ValueError: when the clause is no period of days, working days or years.
    """
    if clause_id not in all_clauses():
        raise KeyError(clause_id)
    clauses = [Named(clause_id).on(day) for day in dates]
    lines = ["；".join(dict.fromkeys(_source(clause) for clause in clauses))]
    for clause, start in zip(clauses, dates, strict=True):
        last = decisive_day(clause, start, calendar)
        outcome = "earliest" if clause.direction == FLOOR else "last_day"
        lines.append(f"{start} {outcome}={last}{_estimated(start + _ONE_DAY, last, calendar)}")
        if days:
            lines += [_day_line(day) for day in walk(clause, start, calendar).days]
    return lines


def _source(clause: Clause) -> str:
    """The article; a standing other than law is said with it."""
    return str(clause.article) if clause.standing == "law" else f"{clause.article} ({clause.standing})"


def _estimated(first: date, last: date, calendar: WorkCalendar) -> str:
    """The mark of a period that reaches into an unannounced year; years are asked, since some periods are long."""
    years = range(first.year, last.year + 1)
    return " estimated" if any(calendar.is_estimated(date(year, 1, 1)) for year in years) else ""


def _day_line(day: PeriodDay) -> str:
    """`  2026-10-10 Sat 6 make-up 国庆节`: a dash where the day is not counted."""
    facts = (
        str(day.day),
        _WEEKDAYS[day.day.weekday()],
        "-" if day.number is None else str(day.number),
        "off" if day.is_off else "",
        "make-up" if day.is_make_up else "",
        day.name,
        "start" if day.is_start else "",
        "last" if day.is_last else "",
        "estimated" if day.estimated else "",
    )
    return "  " + " ".join(fact for fact in facts if fact)
