"""Clauses: a number of the law with its unit, article, dates and standing; and how a period is counted.

Two functions, never one with a flag: a *ceiling* (within N) ends on its last day; a *floor* (not less than N) needs N
full days to pass, and the earliest day is the one after them.
"""

from __future__ import annotations

import calendar as months
import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from procurement.foundation.errors import Article
from procurement.foundation.labels import Labelled, word
from procurement.foundation.money import Money
from procurement.foundation.workdays import WorkCalendar

DAYS, WORKDAYS, YEARS = "日", "工作日", "年"
_SPANS = {"分钟": timedelta(minutes=1), "小时": timedelta(hours=1), DAYS: timedelta(days=1)}
_YUAN = {"万元": 10_000}
CEILING, FLOOR, PROVISION = "ceiling", "floor", "provision"


class Phase(Labelled):
    """When a clause holds a matter: before, during or after the service (LG-5); the house's own rows hold always."""

    BEFORE = "before", word("事前")
    DURING = "during", word("事中")
    AFTER = "after", word("事后")
    HOUSE = "house", word("本系统")


@dataclass(frozen=True, slots=True)
class Clause:
    """One number of the law in one edition, in force from `since` up to, not including, `until`."""

    id: str
    amount: int
    unit: str
    direction: str
    law: str
    number: str
    since: date
    until: date | None
    standing: str
    phase: Phase
    name: str
    name_en: str

    @property
    def article(self) -> Article:
        """Where it stands."""
        return Article(self.law, self.number, self.standing)

    def __str__(self) -> str:
        """The amount with its unit, in Chinese: `7 个工作日`."""
        return f"{self.amount} {'个' if self.unit == WORKDAYS else ''}{self.unit}"

    def in_force(self, day: date) -> bool:
        """Whether this edition is in force on `day`."""
        return self.since <= day and (self.until is None or day < self.until)

    def span(self) -> timedelta:
        """A length of time by the clock: minutes, hours or days."""
        return self.amount * _SPANS[self.unit]

    def money(self) -> Money:
        """An amount of money."""
        return Money.yuan(self.amount * _YUAN[self.unit])

    def last_day(self, start: date, calendar: WorkCalendar, *, told_on: date | None = None) -> date:
        """The last day of a ceiling that began on `start`, the start not counted (TE-1).

        Working days by the calendar; calendar days roll over a day of rest (TE-4); years end on the corresponding day
        (TE-3). A date that was told, on `told_on` or when the period began, is not shortened by a notice entered since.
        """
        return calendar.settled(told_on or start, lambda known: self._last_day(start, known))

    def _last_day(self, start: date, calendar: WorkCalendar) -> date:
        if self.unit == WORKDAYS:
            return calendar.after(start, self.amount)
        if self.unit == YEARS:
            return months_after(start, self.amount * 12)
        return calendar.next_workday(start + timedelta(days=self.amount))

    def first_day_after(self, start: date, calendar: WorkCalendar, *, told_on: date | None = None) -> date:
        """The earliest day a floor that began on `start` allows; as for a ceiling, what was told is not shortened.

        It is the one after the last counted day, wherever it falls (TE-8); years end on the corresponding day (TE-3).
        """
        return calendar.settled(told_on or start, lambda known: self._first_day_after(start, known))

    def _first_day_after(self, start: date, calendar: WorkCalendar) -> date:
        if self.unit == WORKDAYS:
            return calendar.after(start, self.amount) + timedelta(days=1)
        if self.unit == YEARS:
            return months_after(start, self.amount * 12) + timedelta(days=1)
        return start + timedelta(days=self.amount + 1)

    def decisive_day(self, start: date, calendar: WorkCalendar, *, told_on: date | None = None) -> date:
        """The last day of a ceiling, the earliest day of a floor."""
        decide = self.first_day_after if self.direction == FLOOR else self.last_day
        return decide(start, calendar, told_on=told_on)

    def last_counted(self, start: date, calendar: WorkCalendar) -> date:
        """The last day that is counted: of a ceiling its last day, of a floor the day before the earliest one."""
        if self.direction == FLOOR:
            return self.first_day_after(start, calendar) - timedelta(days=1)
        return self.last_day(start, calendar)


def months_after(day: date, count: int) -> date:
    """The corresponding day `count` months on; the month's last where it has none (民法典202, TE-3)."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Named:
    """A clause by its id, whatever its edition."""

    id: str

    def on(self, day: date) -> Clause:
        """The edition in force on `day`; the oldest one for a day before it, since a matter needs a number."""
        editions = all_clauses()[self.id]
        return next((clause for clause in editions if clause.in_force(day)), editions[0])


class OfAMode(Protocol):
    """What is a purchase of services or is not: a transfer, or its mode."""

    @property
    def is_purchase(self) -> bool:
        """Whether procurement law governs it."""
        ...


# `Named` where other modes run a number of their own, None where they run none.
Other = TypeVar("Other", bound=Named | None)


@dataclass(frozen=True, slots=True)
class ByMode(Generic[Other]):
    """A clause of procurement law, and what stands in its place where a function is transferred without a purchase.

    职能转移 is not 政府采购 (domain 1.3): the same line, its periods set by the city. `limits.NAME.of(transfer)` decides
    which, and nothing else does.
    """

    purchase: Named
    other: Other

    def of(self, matter: OfAMode) -> Named | Other:
        """The clause that binds this transfer; None where there is no such thing outside procurement."""
        return self.purchase if matter.is_purchase else self.other

    @property
    def each(self) -> tuple[Named, ...]:
        """Its clauses, the purchase's first."""
        return (self.purchase,) if self.other is None else (self.purchase, self.other)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def all_clauses() -> dict[str, list[Clause]]:
    """Every clause of the table by its id, its editions in the order of their dates."""
    path = Path(__file__).parent / "data" / "clauses.csv"
    found: dict[str, list[Clause]] = {}
    with path.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            since = _day(row["since"])
            assert since is not None
            clause = Clause(
                id=row["id"],
                amount=int(row["amount"] or 0),
                unit=row["unit"],
                direction=row["direction"],
                law=row["law"],
                number=row["article"],
                since=since,
                until=_day(row["until"]),
                standing=row["standing"],
                phase=Phase(row["phase"]),
                name=row["name_zh"],
                name_en=row["name_en"],
            )
            found.setdefault(clause.id, []).append(clause)
    for editions in found.values():
        editions.sort(key=lambda clause: clause.since)
    return found
