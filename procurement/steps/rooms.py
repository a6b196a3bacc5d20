"""The six door plates in the order of the law, above all rooms; and what a transfer's rooms say of it together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.budgets.models import BudgetUse, unjoined_uses
from procurement.steps.agreement import rules as agreement
from procurement.steps.announcement import rules as announcement
from procurement.steps.competition import rules as competition
from procurement.steps.handover import rules as handover
from procurement.steps.performance import rules as performance
from procurement.steps.supervision import rules as supervision
from procurement.transfers import operations, screening
from procurement.transfers.conference.matters import MATTERS, Matter
from procurement.transfers.conference.models import Ground, ItemKind, pending_items
from procurement.transfers.conference.rules import happenings_of_item, outstanding_of_item
from procurement.transfers.line import Happening, Outstanding, Room, Running, Step
from procurement.transfers.models import (
    PlanStatus,
    Resolution,
    Transfer,
    TransferStatus,
    transfers_by_id,
    transfers_paused_by_list,
)
from procurement.transfers.rules import (
    Screened,
    ScreenedText,
    outstanding_before_the_line,
    outstanding_findings,
    outstanding_fundings,
    terms_of,
)
from procurement.transfers.sections import unfinished

ROOMS: Mapping[Step, Room] = {
    room.step: room
    for room in (
        announcement.ROOM,
        competition.ROOM,
        agreement.ROOM,
        handover.ROOM,
        performance.ROOM,
        supervision.ROOM,
    )
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a transfer stands: what is outstanding, which legal clocks run, what falls due when."""

    outstanding: list[Outstanding] = field(default_factory=list)
    clocks: list[Running] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)


def standings(transfers: Sequence[Transfer], now: datetime, calendar: WorkCalendar) -> dict[int, Standing]:
    """Where each of these transfers stands, in a number of queries that does not grow with them."""
    found = {transfer.id: Standing() for transfer in transfers}
    found |= _before_the_line([row for row in transfers if row.status is TransferStatus.PREPARING], now)
    further: dict[int, Sequence[ScreenedText]] = {}
    for step, room in ROOMS.items():
        here = [row for row in transfers if row.step is step and row.status is not TransferStatus.CLOSED]
        states = room.load(here) if here else {}
        for transfer in here:
            state = states[transfer.id]
            further[transfer.id] = room.texts(state)
            found[transfer.id] = Standing(
                room.outstanding(transfer, state, now, calendar) if transfer.is_on_line else [],
                room.clocks(transfer, state, now, calendar),
                sorted(
                    (item for item in room.happenings(transfer, state, now, calendar) if item.at > now),
                    key=lambda item: item.at,
                ),
            )
    _add_findings(found, transfers, further, local_day(now))
    _add_fundings(found, transfers, local_day(now))
    return found


def _before_the_line(transfers: Sequence[Transfer], now: datetime) -> dict[int, Standing]:
    """Where transfers stand that are being prepared; of a plan that lies before a conference the conference says it."""
    tabled = [row.plan.id for row in transfers if row.plan.status is PlanStatus.TABLED]
    items = pending_items(ItemKind.PLAN, tabled) if tabled else {}
    found = {}
    for row in transfers:
        item = items.get(row.plan.id)
        if item is None:
            lacking = len(unfinished(terms_of(row.plan))) if row.plan.status is PlanStatus.DRAFT else 0
            found[row.id] = Standing(outstanding_before_the_line(row.plan, local_day(now), unfinished=lacking))
        else:
            found[row.id] = Standing(outstanding_of_item(item, now), happenings=happenings_of_item(item, now))
    return found


# Behind the agreement no text is screened any more: it is signed. While a supplement is open, its text is, and the plan's.
_SCREENED_AT = (None, Step.ANNOUNCEMENT, Step.COMPETITION, Step.AGREEMENT)


def _add_findings(
    found: dict[int, Standing],
    transfers: Sequence[Transfer],
    further: Mapping[int, Sequence[ScreenedText]],
    day: date,
) -> None:
    """Put the hits that wait for findings before everything else that a transfer lacks: they stop the next door."""
    here = [row for row in transfers if (row.step in _SCREENED_AT or further.get(row.id)) and not row.is_at_rest]
    hits = {
        transfer_id: rows
        for transfer_id, rows in screening.screened_of(here, day, further).items()
        if any(not row.is_cleared for row in rows)
    }
    people = screening.possible_finders() if hits else []
    for transfer in here:
        lacking = outstanding_findings(transfer, hits.get(transfer.id, []), people)
        found[transfer.id].outstanding[:0] = lacking


def _add_fundings(found: dict[int, Standing], transfers: Sequence[Transfer], day: date) -> None:
    """Put the years behind it that have begun and whose money is of no budget line yet: nothing is paid until it is."""
    here = {row.chain_key: row for row in transfers if row.is_on_line}
    uses: dict[str, list[BudgetUse]] = {}
    for use in unjoined_uses(here, day.year) if here else ():
        uses.setdefault(use.matter, []).append(use)
    for matter, held in uses.items():
        found[here[matter].id].outstanding.extend(outstanding_fundings(here[matter], held, day))


def texts_beside_the_plan(transfer: Transfer) -> Sequence[ScreenedText]:
    """What the paper of the room at which a transfer stands says, as long as it can still be changed."""
    room = ROOMS.get(transfer.step) if transfer.step is not None else None
    return room.texts(room.load([transfer])[transfer.id]) if room is not None else ()


def screened(transfer: Transfer, now: datetime) -> list[Screened]:
    """Every hit in the plan of a transfer, in its attachments, and in the paper of the room at which it stands."""
    return screening.screened(transfer, local_day(now), texts_beside_the_plan(transfer))


def standing_of(transfer: Transfer, now: datetime, calendar: WorkCalendar) -> Standing:
    """Where one transfer stands."""
    return standings([transfer], now, calendar)[transfer.id]


# ── what a new negative list paused, before the joint conference ───────────────────────────────────────────────────


def _barred_from_pause(transfer: Transfer) -> Mapping[int, Ground]:
    """Whoever wrote of the plan, or is in charge of the transfer, does not resolve on it (MT-4)."""
    return dict.fromkeys(transfer.plan.writer_ids | {transfer.officer_id}, Ground.DRAFTER)


def _confirm_pause(transfer: Transfer, _resolution: Resolution, now: datetime) -> None:
    operations.confirm_pause(transfer, now, texts_beside_the_plan(transfer))


# Added from above: what is let stand are the hits in the room's paper too, which the conference's floor does not know.
MATTERS[ItemKind.PAUSE] = Matter(
    waiting=transfers_paused_by_list,
    found=transfers_by_id,
    barred=_barred_from_pause,
    tabled=operations.table_pause,
    adopted=_confirm_pause,
    returned=operations.return_pause,
    deferred=operations.put_off_pause,
)
