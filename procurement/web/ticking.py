"""What falls due, every minute: reminders, and what a holiday notice, credit records and a new list ask for.

`flask tick` and the queue's consumer call the same.
"""

from __future__ import annotations

from flask import Flask

from procurement.foundation.clock import Clock, local_day
from procurement.foundation.database import db, writing
from procurement.foundation.errors import Conflict, DomainError, WrongState
from procurement.registers.catalogue.models import ListKind, edition_in_force
from procurement.registers.deeds import perform
from procurement.registers.directory.expiries import due_expiries, remind_expiry
from procurement.registers.directory.models import listing_by_id
from procurement.registers.directory.operations import suspend_listing, to_suspend
from procurement.registers.holidays.models import HolidayNotice, notice_by_id, notices_not_told_of
from procurement.registers.organisations.models import organisation_by_id
from procurement.registers.people import system_user
from procurement.statute.calendar import working_calendar
from procurement.steps.competition.operations.interruptions import tell_of_pause
from procurement.steps.recomputing import recompute_period, to_recompute
from procurement.steps.reminders import due_reminders, send_reminder
from procurement.steps.rooms import texts_beside_the_plan
from procurement.transfers.models import open_transfers, transfer_by_id, transfers_to_rescreen
from procurement.transfers.operations import rescreen_transfer


def tick(app: Flask, clock: Clock | None = None) -> int:
    """Do what falls due now; returns how many reminders went out. Safe to call twice: a reminder is sent once."""
    clock = clock or app.extensions["clock"]
    _recompute(clock)
    due = [(item.transfer.id, item.key) for item in due_reminders(open_transfers(), clock.now(), working_calendar())]
    for transfer_id, key in due:
        transfer = transfer_by_id(transfer_id)
        if transfer is not None:
            perform(send_reminder, transfer, key, actor=system_user(), clock=clock)
    expiring = [(expiry.organisation_id, key) for expiry, key in due_expiries(clock.now())]
    for organisation_id, key in expiring:
        organisation = organisation_by_id(organisation_id)
        if organisation is not None:
            perform(remind_expiry, organisation, key, actor=system_user(), clock=clock)
    _suspend(clock)
    _rescreen(clock)
    db.session.rollback()
    return len(due) + len(expiring)


def _recompute(clock: Clock) -> None:
    """Move what a holiday notice moves, one transfer at a time, and note when all of a notice has been told."""
    for notice_id in [row.id for row in notices_not_told_of()]:
        is_all_told = True
        for kind, number in list(to_recompute(_notice(notice_id), clock.now())):
            subject = db.session.get(kind, number)
            try:
                perform(recompute_period, subject, _notice(notice_id), actor=system_user(), clock=clock)
            except Conflict:
                # Somebody was at it; the next minute looks again.
                is_all_told = False
            except WrongState:
                # Told in an earlier minute, or done with meanwhile; nothing is left to do.
                continue
        if is_all_told:
            with writing():
                _notice(notice_id).recomputed_at = clock.now()


def _notice(notice_id: int) -> HolidayNotice:
    """A notice that was entered; none is ever taken away."""
    notice = notice_by_id(notice_id)
    assert notice is not None
    return notice


def _suspend(clock: Clock) -> None:
    """Suspend the listings of organisations that a credit record bars from today on."""
    for listing_id, reason in [(listing.id, reason) for listing, reason in to_suspend(clock.now())]:
        listing = listing_by_id(listing_id)
        if listing is not None:
            try:
                perform(suspend_listing, listing, reason, actor=system_user(), clock=clock)
            except DomainError:
                # Somebody suspended or removed it between the look and the deed; nothing is left to do.
                continue


def _rescreen(clock: Clock) -> None:
    """Screen once what is not concluded against a negative list that has come into force; what it hits pauses."""
    edition = edition_in_force(ListKind.NEGATIVE_LIST, local_day(clock.now()))
    for transfer_id in [row.id for row in transfers_to_rescreen(edition.id)] if edition is not None else []:
        transfer = transfer_by_id(transfer_id)
        if transfer is not None:
            try:
                perform(
                    rescreen_transfer, transfer, read=texts_beside_the_plan, tell=tell_of_pause, actor=system_user(), clock=clock
                )  # fmt: skip
            except DomainError:
                # Somebody paused or closed it between the look and the deed; the next minute looks again.
                continue
