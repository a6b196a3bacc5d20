"""The moments that matter: what a jump of the clock aims at, every instant it passes, and the jump itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from procurement.foundation.clock import Clock, at_local, end_of, local_day
from procurement.foundation.database import db
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers import tasks
from procurement.registers.deeds import perform
from procurement.registers.demonstration import advance_clock, the_demonstration
from procurement.registers.people import user_by_id
from procurement.statute.calendar import working_calendar
from procurement.steps.reminders import first_reminded_on
from procurement.steps.rooms import Standing, standings
from procurement.transfers.models import Transfer, open_transfers
from procurement.web import queue
from procurement.web.ticking import tick

MORNING = 9
WORK = "clock.jump"

# While the clock jumps, nobody else does what falls due; a minute's tick that is at it is waited for.
_LEASE, _WAITS, _WAIT_SECONDS = timedelta(minutes=10), 100, 0.1


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant that matters to one transfer: what falls due or becomes possible."""

    at: datetime
    title: str
    transfer: Transfer
    values: Mapping[str, Any] = field(default_factory=dict)


def moments_of(transfer: Transfer, standing: Standing, now: datetime) -> list[Moment]:
    """The instants ahead of one transfer, in order; one for each instant."""
    found: dict[datetime, Moment] = {}
    for happening in standing.happenings:
        found.setdefault(happening.at, Moment(happening.at, happening.title, transfer, happening.values))
    for item in standing.outstanding:
        if item.by is None:
            continue
        at = item.by if isinstance(item.by, datetime) else at_local(item.by, MORNING)
        found.setdefault(at, Moment(at, word("最后一天：{lack}"), transfer, {"lack": item.said}))
    return sorted((row for row in found.values() if row.at > now), key=lambda row: row.at)


def moments_of_all(rows: Sequence[Transfer], now: datetime) -> list[Moment]:
    """The instants ahead of several transfers, in order."""
    standing = standings(rows, now, working_calendar())
    found = [moment for row in rows for moment in moments_of(row, standing[row.id], now)]
    return sorted(found, key=lambda row: row.at)


def _instants(standing: Iterable[Standing], calendar: WorkCalendar) -> Iterable[datetime]:
    """Every instant at which something happens or a reminder is owed."""
    for one in standing:
        for happening in one.happenings:
            yield happening.at
        for item in one.outstanding:
            if item.by is not None:
                day = local_day(item.by) if isinstance(item.by, datetime) else item.by
                yield at_local(first_reminded_on(day, calendar))
                yield end_of(day)
                yield item.by if isinstance(item.by, datetime) else at_local(day, MORNING)


def next_instant(now: datetime, until: datetime) -> datetime:
    """The first instant after `now` at which anything falls due anywhere; `until` where nothing does before it."""
    calendar = working_calendar()
    rows = open_transfers()
    found = _instants(standings(rows, now, calendar).values(), calendar)
    return min((at for at in found if now < at < until), default=until)


def jump(app: Flask, until: datetime, *, actor_id: int, visitor: bool, progress: Callable[[int], None]) -> None:
    """Move the legal clock to `until`, stopping at every due instant on the way, in order, to do what falls due there.

    Raises:
        DomainError: an actor who may not, or an instant that is not ahead.
    """
    clock: Clock = app.extensions["clock"]
    alone = take_turn(clock)
    try:
        began = clock.now()
        while True:
            now = clock.now()
            at = next_instant(now, until)
            perform(
                advance_clock, the_demonstration(), to=at, wall=clock.wall(), actor=user_by_id(actor_id), clock=clock,
                visitor=visitor, now=now,
            )  # fmt: skip
            tick(app)
            if at >= until:
                return
            progress(int((at - began) / (until - began) * 100))
    finally:
        if alone:
            tasks.give_back_lease("tick", clock=clock)


def take_turn(clock: Clock) -> bool:
    """Take the right to do what falls due, waiting for a tick that is at it; False where that never ends."""
    for _turn in range(_WAITS):
        if tasks.take_lease("tick", _LEASE, clock=clock):
            return True
        time.sleep(_WAIT_SECONDS)
    return False


@queue.work(WORK)
def run_jump(app: Flask, token: str, until: str, actor_id: int, visitor: bool, result: str) -> None:
    """The jump as a task of the queue; `result` is the page that lists what has happened."""

    def act(progress: Callable[[int], None]) -> str:
        jump(app, datetime.fromisoformat(until), actor_id=actor_id, visitor=visitor, progress=progress)
        db.session.rollback()
        return result

    queue.follow(app, token, act)
