"""Working days: weekends, holidays, make-up days, and which of them are estimated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Superseded:
    """A calendar that held until a notice was entered: the local day of the entry, and the notice's number."""

    calendar: WorkCalendar
    until: date
    notice: str


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are working days.

    `off` and `work` name the days off and the make-up working days of the announced years; for every other year
    `estimate(year)` gives the days off that can be foreseen, and every day of it is estimated. `former` are the calendars
    that this one followed upon, the first one first: what was told by one of them still counts (`settled`).
    """

    off: Mapping[date, str]
    work: Mapping[date, str]
    announced: frozenset[int]
    estimate: Callable[[int], Mapping[date, str]] = field(default=lambda _year: {})
    former: tuple[Superseded, ...] = ()

    def superseded_since(self, day: date) -> tuple[Superseded, ...]:
        """The former calendars by which a date may have been told on `day` or later, the first one first.

        A notice has an instant and a period a day: on the day of the entry both calendars were told by.
        """
        return tuple(row for row in self.former if row.until >= day)

    def settled(self, since: date, decide: Callable[[WorkCalendar], date]) -> date:
        """The day that `decide` finds, for whom it was told on `since` or later: by any calendar since, never an earlier one.

        What had ended when a notice was entered stays as it ended.
        """
        superseded = self.superseded_since(since)
        calendars = [*(row.calendar for row in superseded), self]
        day = decide(calendars[0])
        for row, calendar in zip(superseded, calendars[1:], strict=True):
            if day < row.until:
                break
            day = max(day, decide(calendar))
        return day

    def is_estimated(self, day: date) -> bool:
        """Whether the year of `day` has not been announced."""
        return day.year not in self.announced

    def name_of(self, day: date) -> str:
        """The holiday or make-up day that `day` is; empty for an ordinary day."""
        return (
            self.work.get(day)
            or self.off.get(day)
            or (self.estimate(day.year).get(day, "") if self.is_estimated(day) else "")
        )

    def is_make_up(self, day: date) -> bool:
        """Whether `day` is a weekend day that is worked."""
        return day in self.work

    def is_workday(self, day: date) -> bool:
        """Monday to Friday unless off; a Saturday or Sunday only as a make-up day (TE-6)."""
        if day in self.work:
            return True
        if self.is_estimated(day):
            return day.weekday() < 5 and day not in self.estimate(day.year)
        return day.weekday() < 5 and day not in self.off

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, the day itself not counted (TE-1)."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_workday(day)
        return day

    def next_workday(self, day: date) -> date:
        """`day` itself where it is worked, else the first working day after it (TE-4)."""
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def workdays_between(self, first: date, last: date) -> int:
        """The working days after `first` up to `last`, both directions; negative when `last` lies before."""
        if last < first:
            return -self.workdays_between(last, first)
        return sum(self.is_workday(day) for day in self.days(first + timedelta(days=1), last))

    @staticmethod
    def days(first: date, last: date) -> Iterator[date]:
        """Every day from `first` to `last`, both included."""
        for offset in range((last - first).days + 1):
            yield first + timedelta(days=offset)

    @staticmethod
    def year(number: int) -> Iterator[date]:
        """Every day of a year."""
        return WorkCalendar.days(date(number, 1, 1), date(number, 12, 31))
