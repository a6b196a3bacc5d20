"""Bids: lodged sealed, withdrawn before the deadline, opened at their hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db, random_reference
from procurement.foundation.errors import Conflict
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.foundation.storage import Blob
from procurement.registers import access, audit, files, notices, publications
from procurement.registers.access import Deed
from procurement.registers.credit.models import credit_records_of
from procurement.registers.files import Upload
from procurement.registers.people import Role, User, users_with_role
from procurement.registers.publications import PublicationKind
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import ANNOUNCEMENT_MOVES, Announcement
from procurement.steps.announcement.published import rules as published_rules
from procurement.steps.announcement.published.models import published_of
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import (
    BID_MOVES,
    Bid,
    BidStatus,
    active_bids,
    bid_of,
    bids_to_open,
    number_of_bids,
)
from procurement.steps.competition.models.review import (
    COMPETITION_MOVES,
    Competition,
    CompetitionStatus,
    competition_of,
)
from procurement.transfers import line
from procurement.transfers.line import Step
from procurement.transfers.operations import address_of, step_back


def submit_bid(announcement: Announcement, envelope: Blob, *, actor: User, now: datetime) -> Bid:
    """Lodge the sealed bid of the actor's organisation; a bid it lodged before is withdrawn by it.

    `envelope` names the stored envelope; price and document were checked and encrypted before this call, and nothing of
    them is stored, logged or recorded in clear. It stays sealed until `open_bids`.

    Raises:
        OutOfTime: at or after `announcement.closes_at` (T87-14).
        WrongState: while its transfer is paused, and once it is closed.
        RuleBroken: an organisation that has not been verified, or that a credit record bars.
    """
    access.require(actor, Deed.BID_SUBMIT, announcement)

    announcement_rules.ensure_takes_bids(announcement, now)
    organisation = rules.ensure_may_bid(
        actor.organisation, credit_records_of(actor.organisation_id or 0), announcement.transfer, local_day(now)
    )

    former = bid_of(announcement, organisation.id)
    if former is not None:
        if former.envelope_sha256 == envelope.sha256:
            return former
        former.status, former.withdrawn_at = BidStatus.WITHDRAWN, now
        db.session.flush()
    bid = Bid(
        receipt=random_reference(),
        announcement=announcement,
        organisation=organisation,
        submitted_by=actor,
        edition=announcement.edition,
        status=BidStatus.SUBMITTED,
        envelope_sha256=envelope.sha256,
        envelope_size=envelope.size,
        submitted_at=now,
    )
    db.session.add(bid)
    db.session.flush()

    audit.record(
        Deed.BID_SUBMIT,
        bid,
        actor=actor,
        now=now,
        sha256=envelope.sha256,
        receipt=bid.receipt,
        replaces=former.receipt if former else None,
    )
    return bid


def withdraw_bid(bid: Bid, *, actor: User, now: datetime) -> None:
    """Take a bid back before the deadline, in a pause too; its envelope is never opened."""
    access.require(actor, Deed.BID_WITHDRAW, bid)

    BID_MOVES.ensure_open(Deed.BID_WITHDRAW, bid)
    announcement_rules.ensure_may_be_withdrawn(bid.announcement, now)

    BID_MOVES.move(Deed.BID_WITHDRAW, bid)
    bid.withdrawn_at = now

    audit.record(Deed.BID_WITHDRAW, bid, actor=actor, now=now, receipt=bid.receipt)


@dataclass(frozen=True, slots=True)
class Opened:
    """What came out of one envelope: price and document, or why it could not be opened."""

    bid_id: int
    price: Money | None
    document: Upload | None
    broken: str = ""


def open_bids(announcement: Announcement, opened: Sequence[Opened], *, actor: User, now: datetime) -> Competition:
    """Open every bid of a competition at once and publish the opening record (T87-12).

    `opened` was decrypted in memory just before this call with the key that only the opener's passphrase releases; it must
    name exactly the bids that lie in the box now.

    Raises:
        OutOfTime: before the hour.
        RuleBroken: fewer bidders than are asked for, or an enquiry without its answer; nothing is opened.

    A bid that was not confirmed for the newest material version stays sealed and is listed so.
    """
    access.require(actor, Deed.BIDS_OPEN, announcement)

    line.ensure_at(announcement.transfer, Step.COMPETITION)
    rules.ensure_may_open(announcement, now)
    published = published_of([announcement.id])[announcement.id]
    published_rules.ensure_opening_unheld(announcement, published, now, working_calendar())
    bids = {bid.id: bid for bid in bids_to_open(announcement)}
    rules.ensure_enough(announcement.transfer, len(bids), local_day(now))
    if competition_of(announcement) is not None or bids.keys() != {item.bid_id for item in opened}:
        raise Conflict(word("投标已经开启，或在开启时有变化，请重新开启。"))

    competition = Competition(
        announcement=announcement, opened_at=now, opened_by=actor, status=CompetitionStatus.OPENED
    )
    for item in opened:
        _open_one(bids[item.bid_id], item, now)
    unconfirmed = [bid for bid in active_bids(announcement) if bid.id not in bids]
    for bid in unconfirmed:
        BID_MOVES.ensure_open(Deed.BIDS_OPEN, bid)
        bid.status, bid.broken_reason = BidStatus.UNCONFIRMED, word("没有在截止以前按变更后的公告确认，不予开启。")
    db.session.add(competition)
    db.session.flush()
    audit.unseal(announcement.sealed_chain)
    competition.record = publications.publish(
        PublicationKind.OPENING_RECORD,
        competition,
        opening_facts(competition, [*bids.values(), *unconfirmed]),
        title=announcement.transfer.title,
        title_en=announcement.transfer.title_en,
        now=now,
    )
    for bid in [*bids.values(), *unconfirmed]:
        notices.notify(
            users_with_role(Role.PROVIDER, organisation_id=bid.organisation_id),
            word("“{title}”已开启，开启记录已公布。"),
            now=now,
            link=f"/announcements/{competition.record.reference}",
            title=announcement.transfer.called,
        )
    notices.notify(
        [announcement.transfer.officer],
        word("“{title}”已开启，请审查投标人的资格。"),
        now=now,
        link=address_of(announcement.transfer),
        title=announcement.transfer.called,
    )

    audit.record(
        Deed.BIDS_OPEN,
        competition,
        actor=actor,
        now=now,
        bids=[{"receipt": bid.receipt, "sha256": bid.envelope_sha256, "price": bid.price} for bid in bids.values()],
        unconfirmed=[bid.receipt for bid in unconfirmed],
    )
    return competition


def _open_one(bid: Bid, item: Opened, now: datetime) -> None:
    BID_MOVES.move(Deed.BIDS_OPEN, bid)
    bid.opened_at = now
    reason = item.broken if item.price is None else rules.why_invalid(item.price, bid.announcement)
    if item.price is None or reason:
        bid.status, bid.broken_reason = BidStatus.BROKEN, reason
        return
    bid.price = item.price
    if item.document is not None:
        bid.document = files.keep(item.document, by=bid.submitted_by, now=now)


def opening_facts(competition: Competition, bids: Sequence[Bid]) -> dict[str, object]:
    """The opening record (T87-12): who, when, and for each bid name, arrival, price in both writings, envelope hash."""
    announcement = competition.announcement
    return {
        "number": announcement.transfer.number,
        "title": announcement.transfer.title,
        "closes_at": announcement.closes_at,
        "opened_at": competition.opened_at,
        "opened_by": competition.opened_by.name,
        "bids": [
            {
                "receipt": bid.receipt,
                "bidder": bid.organisation.name,
                "bidder_en": bid.organisation.name_en,
                "submitted_at": bid.submitted_at,
                "sha256": bid.envelope_sha256,
                "price": bid.price,
                "price_in_words": bid.price.in_words() if bid.price else "",
                "broken": bid.broken_reason,
            }
            for bid in sorted(bids, key=lambda bid: (bid.submitted_at, bid.receipt))
        ],
    }


def fail_competition(announcement: Announcement, *, reason: str, actor: User, now: datetime) -> None:
    """Declare that a competition has failed for want of bidders and go back to step 1 for another attempt (法36, RC-9).

    What was sealed and not opened stays sealed; that it was there can be audited from now on.
    """
    access.require(actor, Deed.COMPETITION_FAIL, announcement)

    transfer = announcement.transfer
    line.ensure_at(transfer, Step.COMPETITION)
    competition = competition_of(announcement)
    if competition is not None:
        COMPETITION_MOVES.ensure_open(Deed.COMPETITION_FAIL, competition)
        count = sum(bid.status in (BidStatus.OPENED, BidStatus.QUALIFIED) for bid in active_bids(announcement))
    else:
        count = number_of_bids(announcement)
    ANNOUNCEMENT_MOVES.ensure_open(Deed.COMPETITION_FAIL, announcement)
    rules.ensure_failed(announcement, count, now)

    ANNOUNCEMENT_MOVES.move(Deed.COMPETITION_FAIL, announcement)
    announcement.failure_reason = reason
    audit.unseal(announcement.sealed_chain)
    if competition is not None:
        COMPETITION_MOVES.move(Deed.COMPETITION_FAIL, competition)
    publications.publish(
        PublicationKind.FAILURE_NOTICE,
        announcement,
        {
            "number": transfer.number,
            "title": transfer.title,
            "reason": reason,
            "count": count,
            "attempt": announcement.attempt,
        },
        title=transfer.title,
        title_en=transfer.title_en,
        now=now,
    )
    for bid in active_bids(announcement):
        notices.notify(
            users_with_role(Role.PROVIDER, organisation_id=bid.organisation_id),
            word("“{title}”流标：{reason}"),
            now=now,
            title=transfer.called,
            reason=reason,
        )
    step_back(transfer, Step.ANNOUNCEMENT, reason=reason, now=now)

    audit.record(Deed.COMPETITION_FAIL, announcement, actor=actor, now=now, reason=reason, count=count)
