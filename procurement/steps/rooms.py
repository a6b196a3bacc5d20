"""The six door plates in the order of the law, above all rooms; and what a transfer's rooms say of it together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed
from procurement.registers.budgets.models import BudgetUse, unjoined_uses
from procurement.statute import limits
from procurement.steps.agreement import rules as agreement
from procurement.steps.agreement.models import agreement_of
from procurement.steps.agreement.operations import lapse_supplement
from procurement.steps.announcement import rules as announcement
from procurement.steps.announcement.models import AnnouncementStatus
from procurement.steps.announcement.published import rules as announcement_in_public
from procurement.steps.competition import rules as competition
from procurement.steps.competition.models.review import desks as competition_desks
from procurement.steps.competition.models.review import held_securities
from procurement.steps.competition.operations.interruptions import (
    give_back_time,
    tell_of_pause_by_hand,
    tell_of_resolution,
)
from procurement.steps.handover import rules as handover
from procurement.steps.performance import rules as performance
from procurement.steps.performance.models import DeliveryStatus
from procurement.steps.performance.models import desks as performance_desks
from procurement.steps.supervision import rules as supervision
from procurement.transfers import operations, screening
from procurement.transfers.conference.matters import MATTERS, Matter, always
from procurement.transfers.conference.models import Ground, ItemKind, ItemOutcome, pending_items
from procurement.transfers.conference.rules import happenings_of_item, outstanding_of_item
from procurement.transfers.line import Happening, Outstanding, Room, Running, Step, is_at
from procurement.transfers.models import (
    PlanStatus,
    Resolution,
    Transfer,
    TransferStatus,
    transfers_by_id,
    transfers_paused_by_list,
)
from procurement.transfers.pauses import WATCHES, Watch
from procurement.transfers.rules import (
    Screened,
    ScreenedText,
    outstanding_before_the_line,
    outstanding_faults,
    outstanding_findings,
    outstanding_fundings,
    outstanding_of_bar,
    terms_of,
)
from procurement.transfers.sections import Progress, progress_of, unfinished
from procurement.transfers.take_backs import operations as take_backs
from procurement.transfers.take_backs.models import TakeBack, take_backs_by_id, take_backs_waiting

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
    _add_changes(found, transfers, local_day(now))
    _add_securities(found, transfers, now, calendar)
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
    """Put a bar, and the hits that wait for findings, before everything else that a transfer lacks: they stop the next door.

    What is not put on an agenda for them does not wait for a meeting.
    """
    here = [row for row in transfers if (row.step in _SCREENED_AT or further.get(row.id)) and not row.is_at_rest]
    hits = {
        transfer_id: rows
        for transfer_id, rows in screening.screened_of(here, day, further).items()
        if any(not row.is_cleared for row in rows)
    }
    people = screening.possible_finders() if hits else []
    waiting = [row for row in here if row.plan.status in (PlanStatus.DRAFT, PlanStatus.SUBMITTED, PlanStatus.EVALUATED)]
    bars = screening.bars_of(waiting, day)
    for transfer in here:
        lacking = outstanding_findings(transfer, hits.get(transfer.id, []), people)
        outstanding = found[transfer.id].outstanding
        if transfer.id in bars:
            outstanding[:] = [outstanding_of_bar(transfer.plan, bars[transfer.id])]
        elif lacking and transfer.plan.status is PlanStatus.EVALUATED:
            outstanding.clear()
        outstanding[:0] = lacking


def _add_fundings(found: dict[int, Standing], transfers: Sequence[Transfer], day: date) -> None:
    """Put the years behind it that have begun and whose money is of no budget line yet: nothing is paid until it is."""
    here = {row.chain_key: row for row in transfers if row.is_on_line}
    uses: dict[str, list[BudgetUse]] = {}
    for use in unjoined_uses(here, day.year) if here else ():
        uses.setdefault(use.matter, []).append(use)
    for matter, held in uses.items():
        found[here[matter].id].outstanding.extend(outstanding_fundings(here[matter], held, day))


def _add_changes(found: dict[int, Standing], transfers: Sequence[Transfer], day: date) -> None:
    """Put the later versions of calls behind it that are to be entered on the designated medium; no step waits for them."""
    here = [row for row in transfers if is_at(row, Step.COMPETITION)]
    for number, desk in (competition_desks(here) if here else {}).items():
        if desk.announcement is not None and desk.announcement.status is AnnouncementStatus.PUBLISHED:
            found[number].outstanding.extend(
                announcement_in_public.outstanding_changes(desk.announcement, desk.published, day)
            )


def _add_securities(
    found: dict[int, Standing], transfers: Sequence[Transfer], now: datetime, calendar: WorkCalendar
) -> None:
    """Put the bid securities behind it that are to go back, of calls that failed too; no step waits for them."""
    here = [row for row in transfers if row.step is not None and row.status is not TransferStatus.CLOSED]
    for number, held in (held_securities(here) if here else {}).items():
        found[number].outstanding.extend(competition.unreturned(held, now, calendar))


def texts_beside_the_plan(transfer: Transfer) -> Sequence[ScreenedText]:
    """What the paper of the room at which a transfer stands says, as long as it can still be changed."""
    room = ROOMS.get(transfer.step) if transfer.step is not None else None
    return room.texts(room.load([transfer])[transfer.id]) if room is not None else ()


def screened(transfer: Transfer, now: datetime) -> list[Screened]:
    """Every hit in the plan of a transfer, in its attachments, and in the paper of the room at which it stands."""
    return screening.screened(transfer, local_day(now), texts_beside_the_plan(transfer))


def standing_of(transfer: Transfer, now: datetime, calendar: WorkCalendar) -> Standing:
    """Where one transfer stands; of a draft every section is judged, which a list of many leaves out."""
    standing = standings([transfer], now, calendar)[transfer.id]
    if transfer.plan.status is PlanStatus.DRAFT:
        _add_faults(standing, transfer, local_day(now))
    return standing


def _add_faults(standing: Standing, transfer: Transfer, day: date) -> None:
    """Put the sections that are filled in and break a rule in the place of the submission, which they would have refused."""
    rows = progress_of(terms_of(transfer.plan), operations.faults_in_plan(transfer.plan, day))
    faulty = sum(row.progress is Progress.FAULTY for row in rows)
    if faulty:
        kept = [row for row in standing.outstanding if row.deed is not Deed.PLAN_SUBMIT]
        standing.outstanding[:] = [*kept, outstanding_faults(transfer.plan, faulty, day)]


# ── what a new negative list paused, before the joint conference ───────────────────────────────────────────────────


def _barred_from_pause(transfer: Transfer) -> Mapping[int, Ground]:
    """Whoever wrote of the plan, or is in charge of the transfer, does not resolve on it (MT-4)."""
    return {transfer.officer_id: Ground.IN_CHARGE, **dict.fromkeys(transfer.plan.writer_ids, Ground.DRAFTER)}


def _confirm_pause(transfer: Transfer, resolution: Resolution, now: datetime) -> None:
    operations.confirm_pause(transfer, resolution, now, texts_beside_the_plan(transfer))
    tell_of_resolution(transfer, now)


def _return_pause(transfer: Transfer, resolution: Resolution, now: datetime) -> None:
    operations.return_pause(transfer, resolution, now)
    tell_of_resolution(transfer, now)


_STAYS_PAUSED = word("事项仍然暂停，等下一次会议。")


def _effects_on_pause(transfer: Transfer, now: datetime) -> Mapping[ItemOutcome, str]:
    """What each outcome does to this transfer: a barred entry is never confirmed, and what was announced ends in public."""
    ends = (
        word("事项终止，占用的预算释放，终止公告同时公布。")
        if transfer.was_announced
        else word("事项终止，占用的预算释放。")
    )
    if screening.bar_of(transfer, local_day(now)) is not None:
        return {
            ItemOutcome.ADOPTED: ends,
            ItemOutcome.RETURNED: word("事项仍然暂停，等下一次会议：目录条目在负面清单之列，不能确认继续办理。"),
            ItemOutcome.DEFERRED: _STAYS_PAUSED,
        }
    return {
        ItemOutcome.ADOPTED: word("确认命中的内容可以保留，事项继续办理。"),
        ItemOutcome.RETURNED: ends,
        ItemOutcome.DEFERRED: _STAYS_PAUSED,
    }


# Added from above: what is let stand are the hits in the room's paper too, which the conference's floor does not know.
MATTERS[ItemKind.PAUSE] = Matter(
    waiting=transfers_paused_by_list,
    found=transfers_by_id,
    barred=_barred_from_pause,
    tabled=operations.table_pause,
    adopted=_confirm_pause,
    returned=_return_pause,
    deferred=operations.put_off_pause,
    effects=_effects_on_pause,
)


# Added from above: time that bidders lost while a transfer paused is given back by the room that takes their bids.
WATCHES.append(Watch(tell_of_pause_by_hand, give_back_time))


# ── what is to be taken back, before the joint conference ──────────────────────────────────────────────────────────


def _barred_from_take_back(take_back: TakeBack) -> Mapping[int, Ground]:
    """Who proposed it, is in charge of the transfer or wrote of its plan does not resolve on it (MT-4)."""
    transfer = take_back.transfer
    return {
        transfer.officer_id: Ground.IN_CHARGE,
        take_back.proposed_by_id: Ground.PROPOSER,
        **dict.fromkeys(transfer.plan.writer_ids, Ground.DRAFTER),
    }


def _owed(take_back: TakeBack, now: datetime) -> DomainError | None:
    """What was accepted is paid first (CT-4): once a transfer is taken back, nothing of it can be paid here."""
    transfer = take_back.transfer
    deliveries = performance_desks([transfer])[transfer.id].deliveries.values()
    count = sum(row.status in (DeliveryStatus.ACCEPTED, DeliveryStatus.REQUESTED) for row in deliveries)
    if not count:
        return None
    return RuleBroken(
        word("“{title}”有 {count} 个节点验收合格，还没有付款。付清以后才能收回；暂停着的，先恢复再付。"),
        title=transfer.called,
        count=count,
        article=limits.PAY_AS_AGREED.of(transfer).on(local_day(now)).article,
    )


def _table_take_back(take_back: TakeBack, now: datetime) -> None:
    owed = _owed(take_back, now)
    if owed is not None:
        raise owed
    take_backs.table_take_back(take_back, now)


def _adopt_take_back(take_back: TakeBack, resolution: Resolution, now: datetime) -> None:
    take_backs.adopt_take_back(take_back, resolution, now)
    held = agreement_of(take_back.transfer)
    if held is not None and held.open_supplement is not None:
        lapse_supplement(held.open_supplement, take_back.reason, now)


# Added from above too: what is still owed the performance room alone knows, and the agreement's what was to be added.
MATTERS[ItemKind.TAKE_BACK] = Matter(
    waiting=take_backs_waiting,
    found=take_backs_by_id,
    barred=_barred_from_take_back,
    tabled=_table_take_back,
    adopted=_adopt_take_back,
    returned=take_backs.return_take_back,
    deferred=take_backs.put_off_take_back,
    effects=always(
        word("收回：事项到这一步为止，交接、履行和监督不再办理，没有用掉的预算释放，收回公告同时公布。"),
        word("不收回：承接方照常办理。"),
        word("事项照常办理，提议等下一次会议。"),
    ),
    hindrance=_owed,
)
