"""What falls due, every minute: commitments, records, reminders, and what a holiday notice, credit records and a new list ask for.

`flask tick` and the queue's consumer call the same.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from flask import Flask

from procurement.foundation.clock import Clock, local_day
from procurement.foundation.database import db, writing
from procurement.foundation.errors import Conflict, DomainError, WrongState
from procurement.foundation.labels import word
from procurement.foundation.storage import Storage
from procurement.registers.catalogue.models import ListKind, edition_in_force
from procurement.registers.deeds import perform
from procurement.registers.directory.expiries import due_expiries, remind_expiry
from procurement.registers.directory.models import listing_by_id
from procurement.registers.directory.operations import suspend_listing, to_suspend
from procurement.registers.holidays.models import HolidayNotice, notice_by_id, notices_not_told_of
from procurement.registers.organisations.models import organisation_by_id
from procurement.registers.people import system_user
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.models import (
    Announcement,
    announcement_by_id,
    documents_of,
    version_by_id,
    versions_to_print,
)
from procurement.steps.announcement.operations import print_documents
from procurement.steps.announcement.rules import settles_at
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.models.bids import Bid
from procurement.steps.competition.models.opening import (
    announcements_without_commitment,
    commitment_of,
    competitions_to_print,
    records_of,
)
from procurement.steps.competition.models.review import competition_by_id
from procurement.steps.competition.models.sealed import announcements_to_sweep, keyless_manifests, keyless_parts
from procurement.steps.competition.models.talks import (
    FinalOffer,
    OfferCall,
    call_by_id,
    calls_without_commitment,
    keyless_offers,
)
from procurement.steps.competition.operations.interruptions import tell_of_pause
from procurement.steps.competition.operations.opening import commit_bids, print_opening_record
from procurement.steps.competition.operations.preparing import sweep_bid_drafts
from procurement.steps.competition.talks import rules as talks_rules
from procurement.steps.competition.talks.operations import commit_offers, extend_offers, time_taken
from procurement.steps.recomputing import recompute_period, to_recompute
from procurement.steps.reminders import due_reminders, send_reminder
from procurement.steps.rooms import texts_beside_the_plan
from procurement.transfers.models import open_transfers, transfer_by_id, transfers_to_rescreen
from procurement.transfers.operations import rescreen_transfer
from procurement.web.announcement.printing import print_documents_of
from procurement.web.competition.printing import print_record_of

log = logging.getLogger("procurement.web")


def tick(app: Flask, clock: Clock | None = None) -> int:
    """Do what falls due now; returns how many reminders went out. Safe to call twice: a reminder is sent once."""
    clock = clock or app.extensions["clock"]
    _commit(clock)
    print_records(app, clock)
    print_versions(app, clock)
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
    _sweep_drafts(clock)
    _clear_keyless(app.extensions["storage"])
    db.session.rollback()
    return len(due) + len(expiring)


def _commit(clock: Clock) -> None:
    """Commit to the envelopes of every call whose deadline has settled, for bids and for final offers."""
    closed_before = _settled_before(clock)
    for announcement_id in [row.id for row in announcements_without_commitment(closed_before)]:
        announcement = announcement_by_id(announcement_id)
        if announcement is not None:
            commit_if_due(announcement, clock)
    for call_id in [row.id for row in calls_without_commitment()]:
        call = call_by_id(call_id)
        if call is not None:
            commit_offers_if_due(call, clock)


def _settled_before(clock: Clock) -> datetime:
    """What closed then has settled by now: whatever came in time is in."""
    now = clock.now()
    return now - limits.SETTLING.on(local_day(now)).span()


def commit_if_due(announcement: Announcement, clock: Clock) -> None:
    """Commit to the envelopes of one call if that is due and has not been done; before anything is opened or given up."""
    if clock.now() < settles_at(announcement) or commitment_of(announcement) is not None:
        return
    try:
        perform(commit_bids, announcement, actor=system_user(), clock=clock)
    except DomainError:
        # Another one committed between the look and the deed, or the call has failed; whatever needs it asks for it.
        return


def commit_offers_if_due(call: OfferCall, clock: Clock) -> None:
    """The same of a call for final offers; what a pause took of its time is given back before."""
    if call.committed_at is not None or not call.transfer.is_on_line:
        return
    now = clock.now()
    taken = time_taken(call, now)
    try:
        if taken > timedelta(0):
            to = talks_rules.close_after_pause(call, taken, now, working_calendar())
            reason = word("事项暂停过，补足暂停占去的时间。")
            perform(extend_offers, call, to, reason=reason, actor=system_user(), clock=clock)
        if now >= talks_rules.settles_at(call):
            perform(commit_offers, call, actor=system_user(), clock=clock)
    except DomainError:
        # Another one was at it between the look and the deed; the next minute looks again.
        return


def print_records(app: Flask, clock: Clock) -> None:
    """Print the opening records that lack; one that cannot be printed is logged and holds nothing up."""
    now = clock.now()
    ended = competition_rules.remarks_since(now)
    for competition_id in [row.id for row in competitions_to_print(ended)]:
        competition = competition_by_id(competition_id)
        if competition is None:
            continue
        edition = len(records_of(competition)) + 1
        try:
            text = print_record_of(competition, app, edition=edition, at=now)
            perform(
                print_opening_record, competition, text=text, edition=edition, actor=system_user(), clock=clock, now=now
            )
        except DomainError as error:
            log.warning("the opening record of competition %s was not printed: %s", competition_id, error)


def print_versions(app: Flask, clock: Clock) -> None:
    """Print the bidding documents of versions that a change has made; one that cannot be printed is logged."""
    now = clock.now()
    for version_id in [row.id for row in versions_to_print()]:
        version = version_by_id(version_id)
        if version is None:
            continue
        announcement = version.announcement
        documents = documents_of(announcement)
        try:
            pdf, docx = print_documents_of(announcement, app, number=version.number, at=now)
            is_completed = documents is not None and documents.completed is not None
            perform(
                print_documents, version, pdf, None if is_completed else docx, actor=system_user(), clock=clock, now=now
            )
        except DomainError as error:
            log.warning("the documents of version %s were not printed: %s", version_id, error)


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


def _sweep_drafts(clock: Clock) -> None:
    """Once a deadline has settled delete the keys of what was sealed for it and not submitted."""
    for announcement_id in [row.id for row in announcements_to_sweep(_settled_before(clock))]:
        announcement = announcement_by_id(announcement_id)
        if announcement is not None:
            perform(sweep_bid_drafts, announcement, actor=system_user(), clock=clock)


# So many at a time: the writing transaction that notes them is a short one.
_PORTION = 500


def _clear_keyless(storage: Storage) -> None:
    """Take ciphertexts without a key out of the store: nobody can read them, and no two rows name the same one."""
    if not keyless_parts(1) and not keyless_manifests(1) and not keyless_offers(1):
        return
    with writing():
        for part in keyless_parts(_PORTION):
            storage.delete(part.blob_sha256)
            part.blob_sha256 = ""
        lodged: list[Bid | FinalOffer] = [*keyless_manifests(_PORTION), *keyless_offers(_PORTION)]
        for row in lodged:
            storage.delete(row.manifest_blob)
            row.manifest_blob = ""
