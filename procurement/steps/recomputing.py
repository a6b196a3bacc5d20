"""What a holiday notice moves of dates that had been told: kept with the old date, and told to whoever counts on it.

Most dates are computed where they are read, by the calendar in force; they move by themselves, and never to an earlier day
(`WorkCalendar.settled`). Stored is the deadline of a call, which moves here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import WrongState
from procurement.foundation.labels import Said, word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers import access, audit, notices
from procurement.registers.access import Deed
from procurement.registers.directory import operations as directory
from procurement.registers.directory import rules as directory_rules
from procurement.registers.directory.models import Listing, ListingStatus, listings_under_way
from procurement.registers.holidays.models import (
    DateChange,
    HolidayNotice,
    date_changes_of,
    entered_notices,
)
from procurement.registers.people import Role, User, users_with_role
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.delays import delay_deadline, lawful_deadline
from procurement.steps.announcement.models import Announcement
from procurement.steps.announcement.models import desks as announcement_desks
from procurement.steps.competition.models.bids import active_bids
from procurement.steps.competition.models.review import award_of_transfer
from procurement.steps.reminders import holders_of
from procurement.steps.rooms import standings
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer, open_transfers
from procurement.transfers.operations import address_of

Subject = Transfer | Listing


@dataclass(frozen=True, slots=True)
class Moved:
    """One date that a notice moved later: what the period is called, from when to when; of a call, its new deadline."""

    name: str
    before: date
    was_estimated: bool
    after: date
    values: Mapping[str, Any] = field(default_factory=dict)
    deadline: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """By which it is known again."""
        return self.name, notices.keep_values(self.values)


@dataclass(frozen=True, slots=True)
class Between:
    """The calendars before and after the entry of one notice."""

    before: WorkCalendar
    after: WorkCalendar

    def moved(self, name: str, before: date, after: date, **more: Any) -> Moved | None:
        """What moved, or None where the day is the same."""
        return Moved(name, before, self.before.is_estimated(before), after, **more) if after > before else None


def between(notice: HolidayNotice) -> Between:
    """The calendar that was told by until a notice was entered, and the one that followed."""
    place = [row.id for row in entered_notices()].index(notice.id)
    calendar = working_calendar()
    known = [*(row.calendar for row in calendar.former), calendar]
    return Between(known[place], known[place + 1])


def moved_of_transfers(transfers: Sequence[Transfer], now: datetime, notice: HolidayNotice) -> dict[int, list[Moved]]:
    """What the notice moves of each transfer, in a number of queries that does not grow with them."""
    calendars = between(notice)
    told, counts = standings(transfers, now, calendars.before), standings(transfers, now, calendars.after)
    calling = [row for row in transfers if row.step is Step.COMPETITION]
    calls = announcement_desks(calling) if calling else {}
    found: dict[int, list[Moved]] = {}
    for row in transfers:
        clocks = {
            (clock.title, notices.keep_values(clock.values)): clock.ends(calendars.before)
            for clock in told[row.id].clocks
            if clock.started_on is not None
        }
        candidates = [
            calendars.moved(clock.title, clocks[key], clock.ends(calendars.after), values=clock.values)
            for clock in counts[row.id].clocks
            if (key := (clock.title, notices.keep_values(clock.values))) in clocks
        ]
        call = calls[row.id].announcement if row.id in calls else None
        if call is not None:
            candidates.append(_moved_deadline(call, now, calendars))
        found[row.id] = [moved for moved in candidates if moved is not None]
    return found


def _moved_deadline(call: Announcement, now: datetime, calendars: Between) -> Moved | None:
    closes_at = lawful_deadline(call, now, calendars.after)
    if closes_at is None:
        return None
    return calendars.moved(word("投标截止"), local_day(call.closes_at), local_day(closes_at), deadline=closes_at)


def moved_of_listing(listing: Listing, notice: HolidayNotice) -> list[Moved]:
    """What the notice moves of an application for the directory: the end of its public notice."""
    if listing.status is not ListingStatus.ON_NOTICE:
        return []
    calendars = between(notice)
    moved = calendars.moved(
        word("列入目录的公示"),
        directory_rules.first_day_after_notice(listing, calendars.before),
        directory_rules.first_day_after_notice(listing, calendars.after),
    )
    return [moved] if moved is not None else []


def to_recompute(notice: HolidayNotice, now: datetime) -> list[tuple[type[Subject], int]]:
    """What has dates that the notice moves and that are not recorded yet, by kind and number."""
    transfers, listings = open_transfers(), listings_under_way()
    moves: list[tuple[Subject, list[Moved]]] = [(row, moved_of_listing(row, notice)) for row in listings]
    of_transfers = moved_of_transfers(transfers, now, notice)
    moves += [(row, of_transfers[row.id]) for row in transfers]
    names = [audit.name_of(row) for row, moved in moves if moved]
    known = {(row.subject, row.name, row.values) for row in date_changes_of(*names) if row.notice_id == notice.id}
    return [
        (type(row), row.id)
        for row, moved in moves
        if any((audit.name_of(row), *each.key) not in known for each in moved)
    ]


def recompute_period(subject: Subject, notice: HolidayNotice, *, actor: User, now: datetime) -> list[DateChange]:
    """Keep each date of the subject that the notice moved with the old one, move a call's deadline, and tell whoever counts on it.

    Once for each date and notice; nothing moves to an earlier day.

    Raises:
        WrongState: nothing of it moves any more.
    """
    access.require(actor, Deed.PERIOD_RECOMPUTE, subject)

    known = {(row.name, row.values) for row in date_changes_of(audit.name_of(subject)) if row.notice_id == notice.id}
    moves = (
        moved_of_listing(subject, notice)
        if isinstance(subject, Listing)
        else moved_of_transfers([subject], now, notice)[subject.id]
    )
    moves = [moved for moved in moves if moved.key not in known]
    if not moves:
        raise WrongState(word("没有要按{notice}重算的期限。"), notice=notice.number)

    changes = [_change(subject, moved, notice, actor, now) for moved in moves]

    audit.record(
        Deed.PERIOD_RECOMPUTE, subject, actor=actor, now=now, notice=notice.number,
        moved=[{"period": row.name, "before": row.before, "after": row.after} for row in changes],
    )  # fmt: skip
    return changes


def _change(subject: Subject, moved: Moved, notice: HolidayNotice, actor: User, now: datetime) -> DateChange:
    change = DateChange(
        subject=audit.name_of(subject), name=moved.name, values=notices.keep_values(moved.values),
        before=moved.before, was_estimated=moved.was_estimated, after=moved.after, notice=notice, at=now,
    )  # fmt: skip
    db.session.add(change)
    if moved.deadline is not None and isinstance(subject, Transfer):
        call = announcement_desks([subject])[subject.id].announcement
        assert call is not None  # its deadline is what moves
        delay_deadline(call, moved.deadline, notice.number, actor=actor, now=now)
    notices.notify(
        _whoever_counts_on(subject, now),
        word("“{title}”的“{period}”原为 {before}（预估），按{notice}改为 {after}。")
        if moved.was_estimated
        else word("“{title}”的“{period}”原为 {before}，按{notice}改为 {after}。"),
        now=now,
        link=address_of(subject) if isinstance(subject, Transfer) else directory.address_of(subject),
        title=subject.called if isinstance(subject, Transfer) else subject.organisation.called,
        period=Said(moved.name, moved.values),
        before=moved.before,
        after=moved.after,
        notice=notice.number,
    )
    if isinstance(subject, Transfer):
        _tell_bidders(subject, moved, notice, now)
    return change


def _whoever_counts_on(subject: Subject, now: datetime) -> list[User]:
    """Who has been told a date of it: the officer and the undertaker of a transfer, whose turn it is; who applied."""
    if isinstance(subject, Listing):
        return list(users_with_role(Role.PROVIDER, organisation_id=subject.organisation_id))
    people = [subject.officer]
    if subject.provider_id is not None:
        people += users_with_role(Role.PROVIDER, organisation_id=subject.provider_id)
    standing = standings([subject], now, working_calendar())[subject.id]
    return people + [person for item in standing.outstanding if item.by for person in holders_of(subject, item)]


# The time in which a result may be challenged, or objected to: every bidder counts on it.
_OF_BIDDERS = frozenset({word("质疑期"), word("异议期")})


def _tell_bidders(transfer: Transfer, moved: Moved, notice: HolidayNotice, now: datetime) -> None:
    """Tell the other bidders of a published result how long they may challenge it; they know by now who they are."""
    award = award_of_transfer(transfer) if moved.name in _OF_BIDDERS else None
    if award is None or award.published_at is None:
        return
    for bid in active_bids(award.competition.announcement):
        if bid.organisation_id != transfer.provider_id:
            notices.notify(
                users_with_role(Role.PROVIDER, organisation_id=bid.organisation_id),
                word("“{title}”结果的“{period}”原为 {before}，按{notice}改为 {after}。"),
                now=now,
                title=transfer.called,
                period=Said(moved.name, moved.values),
                before=moved.before,
                after=moved.after,
                notice=notice.number,
            )
