"""The only place that looks at the wall clock.

Two clocks, never mixed. The *legal* clock dates deeds, periods and documents; a demonstration moves it. The *wall*
clock dates sessions, lock-outs, links and the queue.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Protocol

# China keeps one time all year; a fixed offset needs no time zone database on any machine.
LOCAL = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock(Protocol):
    """What tells a deed when it happens."""

    def now(self) -> datetime:
        """The legal instant, aware, in UTC."""
        ...

    def wall(self) -> datetime:
        """The instant on the wall, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock, for both."""

    def now(self) -> datetime:
        """The legal instant is the wall's."""
        return self.wall()

    def wall(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved; the legal one and the wall one can be moved apart."""

    def __init__(self, moment: datetime) -> None:
        """Both clocks stand at `moment`, which must be aware."""
        self.legal = moment.astimezone(UTC)
        self.on_the_wall = moment.astimezone(UTC)

    def now(self) -> datetime:
        """The legal instant."""
        return self.legal

    def wall(self) -> datetime:
        """The wall's instant."""
        return self.on_the_wall

    def set(self, moment: datetime) -> None:
        """Move the legal clock to `moment`."""
        self.legal = moment.astimezone(UTC)

    def advance(self, span: timedelta) -> None:
        """Move both clocks by `span`."""
        self.legal += span
        self.on_the_wall += span


def local_day(moment: datetime) -> date:
    """The calendar day in China on which `moment` falls."""
    return moment.astimezone(LOCAL).date()


def at_local(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """The instant of a local time of day, in UTC."""
    return datetime.combine(day, time(hour, minute), LOCAL).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first instant after the local `day`: a ceiling that ends on it is kept before this."""
    return at_local(day + timedelta(days=1))
