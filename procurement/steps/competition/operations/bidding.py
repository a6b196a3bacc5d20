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
from procurement.registers.credit.models import credit_records_of, credit_records_of_all
from procurement.registers.directory.models import standing_listing_of
from procurement.registers.files import Upload
from procurement.registers.people import Role, User, users_with_role
from procurement.registers.publications import PublicationKind
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import ANNOUNCEMENT_MOVES, Announcement
from procurement.steps.competition import commitments, rules
from procurement.steps.competition.commitments import Entry, Mark
from procurement.steps.competition.models.bids import BID_MOVES, Bid, BidStatus, active_bids, bid_of, every_bid
from procurement.steps.competition.models.opening import Commitment, adjournments_of, commitment_of
from procurement.steps.competition.models.review import (
    COMPETITION_MOVES,
    Competition,
    CompetitionStatus,
    competition_of,
)
from procurement.steps.competition.operations.opening import address_of_opening, disclose
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
    rules.ensure_uncommitted(announcement, commitment_of(announcement), now)
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
    rules.ensure_uncommitted(bid.announcement, commitment_of(bid.announcement), now)

    BID_MOVES.move(Deed.BID_WITHDRAW, bid)
    bid.withdrawn_at = now

    audit.record(Deed.BID_WITHDRAW, bid, actor=actor, now=now, receipt=bid.receipt)


def reasons_not_to_open(announcement: Announcement, now: datetime) -> dict[int, str]:
    """Which of the bids that lie in the box are not opened, by number: each fails alone, and no other because of it.

    A bidder may have been excluded, and an envelope may not be the one that was committed to: it was added or swapped.
    """
    bids, day = active_bids(announcement), local_day(now)
    records = credit_records_of_all([bid.organisation_id for bid in bids])
    commitment = commitment_of(announcement)
    # A list that is not the one committed to says nothing; nothing is opened then.
    is_kept = commitment is not None and commitments.holds(commitment.sealed, commitment.sha256)
    added = _added_and_missing(announcement, commitment)[0] if commitment is not None and is_kept else []
    found = {}
    for bid in bids:
        reason = rules.why_excluded(bid, records[bid.organisation_id], standing_listing_of(bid.organisation_id), day)
        if Entry(bid.envelope_sha256, Mark.SEALED) in added:
            reason = rules.NOT_COMMITTED
        if reason:
            found[bid.id] = reason
    return found


def _added_and_missing(announcement: Announcement, commitment: Commitment) -> tuple[list[Entry], list[Entry]]:
    return commitments.discrepancies(
        commitments.entries_in(commitment.sealed), rules.entries_of(every_bid(announcement))
    )


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
    name exactly the bids that lie in the box now. The commitment was made before, and its list and nonce become public here.
    A bid that `reasons_not_to_open` names is not opened, whatever came out of its envelope.

    Raises:
        OutOfTime: before the hour.
        WrongState: no commitment has been made.
        RuleBroken: fewer bidders than are asked for, or a list that is not the one committed to; nothing is opened.
    """
    access.require(actor, Deed.BIDS_OPEN, announcement)

    line.ensure_at(announcement.transfer, Step.COMPETITION)
    rules.ensure_may_open(announcement, now)
    bids = {bid.id: bid for bid in active_bids(announcement)}
    reasons = reasons_not_to_open(announcement, now)
    rules.ensure_enough(announcement.transfer, len(bids) - len(reasons), local_day(now))
    if competition_of(announcement) is not None or bids.keys() != {item.bid_id for item in opened}:
        raise Conflict(word("投标已经开启，或在开启时有变化，请重新开启。"))
    commitment = rules.ensure_committed(announcement, commitment_of(announcement), local_day(now))

    missing = _added_and_missing(announcement, commitment)[1]
    competition = Competition(
        announcement=announcement, opened_at=now, opened_by=actor, status=CompetitionStatus.OPENED
    )
    for item in opened:
        _open_one(bids[item.bid_id], item, reasons.get(item.bid_id, ""), now)
    db.session.add(competition)
    disclose(commitment, now)
    db.session.flush()
    audit.unseal(announcement.sealed_chain)
    competition.record = publications.publish(
        PublicationKind.OPENING_RECORD,
        competition,
        opening_facts(competition, list(bids.values()), commitment, missing),
        title=announcement.transfer.title,
        title_en=announcement.transfer.title_en,
        now=now,
    )
    for bid in bids.values():
        notices.notify(
            users_with_role(Role.PROVIDER, organisation_id=bid.organisation_id),
            word("“{title}”已开启，开启记录已公布。请在 {until} 以前确认，或者提出异议；没有提出的，视为认可。"),
            now=now,
            link=address_of_opening(announcement),
            title=announcement.transfer.called,
            until=rules.remarks_until(competition),
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
        commitment=commitment.sha256,
        missing=[entry.sha256 for entry in missing],
        bids=[{"receipt": bid.receipt, "sha256": bid.envelope_sha256, "price": bid.price} for bid in bids.values()],
    )
    return competition


def _open_one(bid: Bid, item: Opened, reason: str, now: datetime) -> None:
    BID_MOVES.move(Deed.BIDS_OPEN, bid)
    bid.opened_at = now
    reason = reason or (item.broken if item.price is None else rules.why_invalid(item.price, bid.announcement))
    if item.price is None or reason:
        bid.status, bid.broken_reason = BidStatus.BROKEN, reason
        return
    bid.price = item.price
    if item.document is not None:
        bid.document = files.keep(item.document, by=bid.submitted_by, now=now)


def opening_facts(
    competition: Competition, bids: Sequence[Bid], commitment: Commitment, missing: Sequence[Entry]
) -> dict[str, object]:
    """The opening record (T87-12): who, when, and for each bid name, arrival, price in both writings, envelope hash.

    With it go the commitment, its text (list and nonce), the envelopes of the list that are no longer there, and how often
    the opening was put off.
    """
    announcement = competition.announcement
    term = announcement.transfer.plan.term_months
    return {
        "number": announcement.transfer.number,
        "title": announcement.transfer.title,
        "announcement": announcement.publication.reference if announcement.publication else "",
        "closes_at": announcement.closes_at,
        "opened_at": competition.opened_at,
        "opened_by": competition.opened_by.name,
        "commitment": commitment.sha256,
        "committed_at": commitment.made_at,
        "list": commitment.disclosed,
        "missing": [entry.sha256 for entry in missing],
        "adjournments": [
            {"put_off": row.put_off, "opens_at": row.opens_at, "reason": row.reason}
            for row in adjournments_of(announcement)
        ],
        "bids": [
            {
                "receipt": bid.receipt,
                "bidder": bid.organisation.name,
                "bidder_en": bid.organisation.name_en,
                "submitted_at": bid.submitted_at,
                "sha256": bid.envelope_sha256,
                "price": bid.price,
                "price_in_words": bid.price.in_words() if bid.price else "",
                "term_months": term,
                "broken": bid.broken_reason,
            }
            for bid in sorted(bids, key=lambda bid: (bid.submitted_at, bid.receipt))
        ],
    }


def fail_competition(announcement: Announcement, *, reason: str, actor: User, now: datetime) -> None:
    """Declare that a competition has failed for want of bidders and go back to step 1 for another attempt (法36, RC-9).

    What was sealed and not opened stays sealed; that it was there can be audited from now on, and the list of envelopes that
    was committed to becomes public with its nonce: the hashes tell nothing but their number, which the notice says anyway.

    Raises:
        OutOfTime: before the deadline has settled.
        WrongState: nothing was opened, and the commitment has not been made yet.
        RuleBroken: with enough bidders.
    """
    access.require(actor, Deed.COMPETITION_FAIL, announcement)

    transfer = announcement.transfer
    line.ensure_at(transfer, Step.COMPETITION)
    competition = competition_of(announcement)
    if competition is not None:
        COMPETITION_MOVES.ensure_open(Deed.COMPETITION_FAIL, competition)
        count = sum(bid.status in (BidStatus.OPENED, BidStatus.QUALIFIED) for bid in active_bids(announcement))
    else:
        count = len(active_bids(announcement)) - len(reasons_not_to_open(announcement, now))
    ANNOUNCEMENT_MOVES.ensure_open(Deed.COMPETITION_FAIL, announcement)
    rules.ensure_failed(announcement, count, now)
    commitment = commitment_of(announcement)
    if competition is None:
        commitment = rules.ensure_committed(announcement, commitment, local_day(now))

    ANNOUNCEMENT_MOVES.move(Deed.COMPETITION_FAIL, announcement)
    announcement.failure_reason = reason
    if commitment is not None and not commitment.disclosed:
        disclose(commitment, now)
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
            "announcement": announcement.publication.reference if announcement.publication else "",
            "commitment": commitment.sha256 if commitment is not None else "",
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
