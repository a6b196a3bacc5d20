"""Bids: lodged sealed, withdrawn before the deadline, opened at their hour."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db, random_reference
from procurement.foundation.envelopes import SUITE, envelope_text
from procurement.foundation.errors import Conflict, OutOfTime
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.registers import access, audit, files, notices, publications
from procurement.registers.access import Deed
from procurement.registers.credit.models import credit_records_of, credit_records_of_all
from procurement.registers.directory.models import standing_listing_of
from procurement.registers.files import Upload
from procurement.registers.people import User
from procurement.registers.publications import PublicationKind
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import ANNOUNCEMENT_MOVES, Announcement
from procurement.steps.announcement.published import rules as published_rules
from procurement.steps.announcement.published.models import published_of
from procurement.steps.competition import commitments, rules
from procurement.steps.competition.commitments import Entry, Mark
from procurement.steps.competition.models.bids import (
    BID_MOVES,
    Bid,
    BidDocument,
    BidStatus,
    SecurityForm,
    active_bids,
    bid_of,
    bid_of_form,
    bids_to_open,
    every_bid,
    signatories,
)
from procurement.steps.competition.models.opening import Commitment, adjournments_of, commitment_of
from procurement.steps.competition.models.review import (
    COMPETITION_MOVES,
    Competition,
    CompetitionStatus,
    award_of_transfer,
    competition_of,
)
from procurement.steps.competition.models.sealed import (
    SealedFile,
    StoredPiece,
    draft_of,
    erase_keys,
    files_by_token,
    files_of_bid,
    hashes_of,
    sealed_size,
)
from procurement.steps.competition.models.talks import OfferCall, active_offers, call_of, disclose_offers
from procurement.steps.competition.operations.award import may_be_awarded
from procurement.steps.competition.operations.opening import address_of_opening, disclose
from procurement.steps.competition.talks import rules as talks_rules
from procurement.steps.holders import rules as holder_rules
from procurement.steps.holders.keys import make_key
from procurement.steps.holders.models import OFFERS, holders_of_attempt
from procurement.transfers import line, methods
from procurement.transfers.line import Step
from procurement.transfers.operations import address_of, step_back


@dataclass(frozen=True, slots=True)
class Lodging:
    """What is lodged: the number of the form and the version of the announcement it was opened with, the sealed manifest with
    the price, and the tokens of the sealed files."""

    form_key: str
    edition: int
    manifest: StoredPiece
    tokens: tuple[str, ...]


def submit_bid(announcement: Announcement, lodging: Lodging, *, actor: User, now: datetime) -> Bid:
    """Lodge the sealed bid of the actor's organisation; a bid it lodged before is withdrawn by it.

    Price and files were checked and encrypted before this call, and nothing of them is stored, logged or recorded in clear;
    the envelope names every sealed piece by its hash. The new bid may keep files of the former one; what it does not keep
    loses its keys, and so does the former manifest. One form makes one bid: sent again, it finds the bid it has made, as long
    as that one stands. It is made for the version of the announcement that its form was opened with.

    Raises:
        OutOfTime: at or after `announcement.closes_at` (T87-14); the line tells the size and the hash of what came.
        WrongState: while its transfer is paused, and once it is closed.
        RuleBroken: an organisation that has not been verified, or that a credit record bars; no file, or too much.
        Conflict: a file that is not sealed to its end, was dropped meanwhile, or is of another bid; a form whose bid was
            withdrawn or replaced; one that was opened before the newest material change.
    """
    access.require(actor, Deed.BID_SUBMIT, announcement)

    again = bid_of_form(announcement, actor.organisation_id, lodging.form_key)
    if again is not None and again.status is BidStatus.WITHDRAWN:
        raise Conflict(word("这张表提交过的投标已经撤回，或者被另一份换掉。要再投，请重新打开这一页。"))
    if again is not None:
        return again
    files_lodged = files_by_token(lodging.tokens)
    envelope = envelope_of(announcement, actor.organisation_id or 0, lodging, files_lodged)
    sha256 = hashlib.sha256(envelope.encode()).hexdigest()
    size = sealed_size(files_lodged)
    try:
        announcement_rules.ensure_takes_bids(announcement, now)
    except OutOfTime as late:
        late.facts = {"size": size, "sha256": sha256}
        raise
    rules.ensure_uncommitted(announcement, commitment_of(announcement), now)
    rules.ensure_seen(announcement, lodging.edition)
    day = local_day(now)
    organisation = rules.ensure_may_bid(
        actor.organisation,
        credit_records_of(actor.organisation_id or 0),
        announcement.transfer,
        day,
        standing_listing_of(actor.organisation_id or 0),
    )
    rules.ensure_has_files(len(files_lodged))
    rules.ensure_files_fit(len(files_lodged), size, day)
    former = bid_of(announcement, organisation.id)
    ensure_newer(former.submitted_at if former is not None else None, now)
    _ensure_lodgeable(lodging, files_lodged, announcement, organisation.id, former)

    if former is not None:
        former.status, former.withdrawn_at, former.wrapped_key = BidStatus.WITHDRAWN, now, None
        erase_keys([file for file in files_of_bid(former) if file not in files_lodged], now)
        db.session.flush()
    bid = Bid(
        receipt=random_reference(),
        announcement=announcement,
        organisation=organisation,
        submitted_by=actor,
        edition=announcement.edition,
        status=BidStatus.SUBMITTED,
        suite=SUITE,
        envelope=envelope,
        envelope_sha256=sha256,
        envelope_size=size,
        wrapped_key=lodging.manifest.wrapped_key,
        manifest_blob=lodging.manifest.blob_sha256,
        form_key=lodging.form_key,
        submitted_at=now,
    )
    db.session.add(bid)
    db.session.flush()
    for file in files_lodged:
        file.bid_id, file.label_sealed = bid.id, ""
    draft = draft_of(announcement, organisation.id)
    if draft is not None:
        db.session.delete(draft)

    audit.record(
        Deed.BID_SUBMIT,
        bid,
        actor=actor,
        now=now,
        sha256=sha256,
        receipt=bid.receipt,
        replaces=former.receipt if former else None,
    )
    return bid


def ensure_newer(former: datetime | None, now: datetime) -> None:
    """Refuse what came before the bid that it would replace, and only waited longer: the later one stands."""
    if former is not None and former > now:
        raise Conflict(word("这一份比贵组织已经封存的那一份到得早，没有替换它。"))


def envelope_of(
    announcement: Announcement, organisation_id: int, lodging: Lodging, files_lodged: Sequence[SealedFile]
) -> str:
    """The text of an envelope, whose hash is the receipt's."""
    context = rules.context_told(announcement, organisation_id)
    return envelope_text(context, lodging.manifest.sha256, hashes_of(files_lodged))


def _ensure_lodgeable(
    lodging: Lodging,
    files_lodged: Sequence[SealedFile],
    announcement: Announcement,
    organisation_id: int,
    former: Bid | None,
) -> None:
    """Refuse a file that is not there, not whole, dropped, another's, or of a bid that is not the one replaced."""
    owner = {None} if former is None else {None, former.id}
    fit = all(
        (file.announcement_id, file.organisation_id) == (announcement.id, organisation_id)
        and file.is_complete
        and file.dropped_at is None
        and file.bid_id in owner
        for file in files_lodged
    )
    if not fit or len(files_lodged) != len(set(lodging.tokens)):
        raise Conflict(word("有的文件没有封存完，或者已经在别处移除。请重新打开这一页，核对文件以后再提交。"))


def withdraw_bid(bid: Bid, *, actor: User, now: datetime) -> None:
    """Take a bid back before the deadline, in a pause too; its keys are deleted, so that nobody can ever open it."""
    access.require(actor, Deed.BID_WITHDRAW, bid)

    BID_MOVES.ensure_open(Deed.BID_WITHDRAW, bid)
    announcement_rules.ensure_may_be_withdrawn(bid.announcement, now)
    rules.ensure_uncommitted(bid.announcement, commitment_of(bid.announcement), now)

    BID_MOVES.move(Deed.BID_WITHDRAW, bid)
    bid.withdrawn_at, bid.wrapped_key = now, None
    erase_keys(files_of_bid(bid), now)

    audit.record(Deed.BID_WITHDRAW, bid, actor=actor, now=now, receipt=bid.receipt)


def reasons_not_to_open(announcement: Announcement, now: datetime) -> dict[int, str]:
    """Which of the bids that lie in the box are not opened, by number: each fails alone, and no other because of it.

    A bidder may have been excluded, and an envelope may not be the one that was committed to: it was added or swapped.
    """
    bids, day = bids_to_open(announcement), local_day(now)
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
    """What came out of one envelope: price, documents, who leads and who works on it; or why it could not be opened."""

    bid_id: int
    price: Money | None
    documents: tuple[Upload, ...] = ()
    broken: str = ""
    lead: str = ""
    staff: str = ""
    security_form: SecurityForm | None = None
    security_reference: str = ""


def open_bids(
    announcement: Announcement, opened: Sequence[Opened], *, second: User | None = None, actor: User, now: datetime
) -> Competition:
    """Open every bid of a competition at once and publish the opening record (T87-12).

    `opened` was decrypted in memory just before this call with the key that only the secrets of two holders release, the
    actor's and that of `second` (none where the bids were sealed to one alone, suite 1); it must name exactly the bids that
    lie in the box now. The commitment was made before, and its list and nonce become public here. A bid that
    `reasons_not_to_open` names is not opened, whatever came out of its envelope.

    Raises:
        OutOfTime: before the hour.
        WrongState: no commitment has been made.
        RuleBroken: fewer bidders than are asked for, an enquiry without its answer, not two of the holders, or a list that is not the one committed to;
            nothing is opened.

    A bid that was not confirmed for the newest material version stays sealed and is listed so.
    """
    access.require(actor, Deed.BIDS_OPEN, announcement)

    line.ensure_at(announcement.transfer, Step.COMPETITION)
    rules.ensure_may_open(announcement, now)
    published = published_of([announcement.id])[announcement.id]
    published_rules.ensure_opening_unheld(announcement, published, now, working_calendar())
    holders = holders_of_attempt(announcement.transfer)
    holder_rules.ensure_opened_by(holders, actor, second, local_day(now))
    bids = {bid.id: bid for bid in bids_to_open(announcement)}
    reasons = reasons_not_to_open(announcement, now)
    rules.ensure_enough(announcement.transfer, len(bids) - len(reasons), local_day(now))
    if competition_of(announcement) is not None or bids.keys() != {item.bid_id for item in opened}:
        raise Conflict(word("投标已经开启，或在开启时有变化，请重新开启。"))
    commitment = rules.ensure_committed(announcement, commitment_of(announcement), local_day(now))

    missing = _added_and_missing(announcement, commitment)[1]
    assert holders.competition_key is not None
    competition = Competition(
        announcement=announcement,
        opened_at=now,
        opened_by=actor,
        opened_with=second,
        status=CompetitionStatus.OPENED,
        # One holder alone opens no final offers: what was sealed so is judged by its bids.
        has_talks=announcement.has_talks and not holders.competition_key.is_of_one_holder,
    )
    holders.competition_key.used_at = now
    if competition.has_talks:
        # The final offers have a key of their own, from now on, so that holders can be replaced before they are called for.
        db.session.add(make_key(announcement.id, announcement.transfer, holders, now, sitting=OFFERS))
    for item in opened:
        _open_one(bids[item.bid_id], item, reasons.get(item.bid_id, ""), now)
    unconfirmed = [bid for bid in active_bids(announcement) if bid.id not in bids]
    for bid in unconfirmed:
        BID_MOVES.ensure_open(Deed.BIDS_OPEN, bid)
        bid.status, bid.broken_reason = BidStatus.UNCONFIRMED, word("没有在截止以前按变更后的公告确认，不予开启。")
    db.session.add(competition)
    disclose(commitment, now)
    db.session.flush()
    audit.unseal(announcement.sealed_chain)
    competition.record = publications.publish(
        PublicationKind.OPENING_RECORD,
        competition,
        opening_facts(competition, [*bids.values(), *unconfirmed], commitment, missing),
        title=announcement.transfer.title,
        title_en=announcement.transfer.title_en,
        now=now,
    )
    for _bid, people in signatories([*bids.values(), *unconfirmed]):
        notices.notify(
            people,
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
        opened_with=second.id if second is not None else None,
        commitment=commitment.sha256,
        missing=[entry.sha256 for entry in missing],
        bids=[{"receipt": bid.receipt, "sha256": bid.envelope_sha256, "price": bid.price} for bid in bids.values()],
        unconfirmed=[bid.receipt for bid in unconfirmed],
    )
    return competition


def _end_talks(competition: Competition, call: OfferCall | None) -> None:
    """What was kept from everybody of the talks is told with the failure: who left, and the list of what was offered."""
    if competition.has_talks:
        audit.unseal(competition.announcement.offers_chain)
    if call is not None and not call.is_opened:
        disclose_offers(call)


def _still_in(announcement: Announcement, competition: Competition, now: datetime) -> int:
    """How many may still be awarded: of those who passed, whoever is in the talks, and once its time is over has made an offer."""
    bids = [bid for bid in active_bids(announcement) if bid.status in (BidStatus.OPENED, BidStatus.QUALIFIED)]
    if competition.status in (CompetitionStatus.CONCLUDED, CompetitionStatus.CONFIRMED):
        # The report ranks enough of them; the round fails only where nobody whom it ranks may be awarded any more.
        return len(bids) if may_be_awarded(competition, local_day(now)) else 0
    call = call_of(competition)
    if call is None or call.is_opened or now < talks_rules.settles_at(call):
        return len(bids)
    return len(active_offers(call))


def _open_one(bid: Bid, item: Opened, reason: str, now: datetime) -> None:
    BID_MOVES.move(Deed.BIDS_OPEN, bid)
    bid.opened_at = now
    has_security = item.security_form is not None and bool(item.security_reference.strip())
    invalid = (
        item.broken
        if item.price is None
        else rules.why_invalid(item.price, bid.announcement, has_security=has_security)
    )
    reason = reason or invalid
    if item.price is None or reason:
        bid.status, bid.broken_reason = BidStatus.BROKEN, reason
        return
    bid.price, bid.lead, bid.staff = item.price, item.lead, item.staff
    bid.security_form, bid.security_reference = item.security_form, item.security_reference
    bid.documents = [
        BidDocument(position=position, file=files.keep(document, by=bid.submitted_by, now=now))
        for position, document in enumerate(item.documents, start=1)
    ]


def opening_facts(
    competition: Competition, bids: Sequence[Bid], commitment: Commitment, missing: Sequence[Entry]
) -> dict[str, object]:
    """The opening record (T87-12): who, when, and for each bid name, arrival, price in both writings, envelope hash.

    Before talks the prices stay closed.

    With it go the commitment, its text (list and nonce), the envelopes of the list that are no longer there, and how often
    the opening was put off.
    """
    announcement = competition.announcement
    talks = methods.talks_of(announcement.transfer.plan.method, announcement.transfer)
    term = announcement.transfer.plan.term_months
    return {
        "number": announcement.transfer.number,
        "title": announcement.transfer.title,
        "announcement": announcement.publication.reference if announcement.publication else "",
        "closes_at": announcement.closes_at,
        "opened_at": competition.opened_at,
        "opened_by": competition.opened_by.name,
        "opened_with": competition.opened_with.name if competition.opened_with is not None else "",
        "commitment": commitment.sha256,
        "committed_at": commitment.made_at,
        "list": commitment.disclosed,
        "missing": [entry.sha256 for entry in missing],
        # Where bidders are still to be met nobody is told of another's price (政府采购法 38, 财库〔2014〕214号).
        "prices_closed": competition.has_talks,
        "talks": talks.name if competition.has_talks and talks is not None else "",
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
                "price": bid.price if not competition.has_talks else None,
                "price_in_words": bid.price.in_words() if bid.price and not competition.has_talks else "",
                "term_months": term,
                "security_form": bid.security_form,
                "security_reference": bid.security_reference,
                "broken": bid.broken_reason,
            }
            for bid in sorted(bids, key=lambda bid: (bid.submitted_at, bid.receipt))
        ],
    }


def fail_competition(announcement: Announcement, *, reason: str, actor: User, now: datetime) -> None:
    """Declare that a competition has failed and go back to step 1 for another attempt: for want of bidders (法36, RC-9), or
    because so many holders have declared their secrets lost that nobody can open the bids.

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
        count = _still_in(announcement, competition, now)
    else:
        count = len(bids_to_open(announcement)) - len(reasons_not_to_open(announcement, now))
    ANNOUNCEMENT_MOVES.ensure_open(Deed.COMPETITION_FAIL, announcement)
    call = call_of(competition) if competition is not None else None
    if call is not None and not call.is_opened and now >= talks_rules.settles_at(call):
        talks_rules.ensure_committed(call)
    key = holders_of_attempt(transfer).competition_key
    is_sealed = key is not None and key.used_at is None
    keys_lost = is_sealed and holder_rules.keys_are_lost(holders_of_attempt(transfer), local_day(now))
    ground = rules.ensure_failed(announcement, count, now, keys_lost=keys_lost)
    # Before the deadline nobody learns how many had bid: the same ones are called again.
    told_count = count if now >= announcement.closes_at else None
    commitment = commitment_of(announcement)
    # Where the secrets are lost a round fails before its deadline too: there is no list to commit to yet.
    if competition is None and now >= announcement_rules.settles_at(announcement):
        commitment = rules.ensure_committed(announcement, commitment, local_day(now))

    ANNOUNCEMENT_MOVES.move(Deed.COMPETITION_FAIL, announcement)
    announcement.failure_reason, announcement.failure_ground, announcement.ended_at = reason, ground, now
    if commitment is not None and not commitment.disclosed:
        disclose(commitment, now)
    audit.unseal(announcement.sealed_chain)
    if competition is not None:
        COMPETITION_MOVES.move(Deed.COMPETITION_FAIL, competition)
        award = award_of_transfer(transfer)
        if award is not None:
            # Confirmed and never published: nothing of it holds. The line of its confirmation stays.
            db.session.delete(award)
        _end_talks(competition, call)
    publications.publish(
        PublicationKind.FAILURE_NOTICE,
        announcement,
        {
            "number": transfer.number,
            "title": transfer.title,
            "ground": ground,
            "reason": reason,
            "count": told_count,
            "attempt": announcement.attempt,
            "announcement": announcement.publication.reference if announcement.publication else "",
            "commitment": commitment.sha256 if commitment is not None else "",
        },
        title=transfer.title,
        title_en=transfer.title_en,
        now=now,
    )
    for _bid, people in signatories(active_bids(announcement)):
        notices.notify(
            people,
            word("“{title}”流标：{reason}"),
            now=now,
            title=transfer.called,
            reason=reason,
        )
    step_back(transfer, Step.ANNOUNCEMENT, reason=reason, now=now)

    audit.record(
        Deed.COMPETITION_FAIL, announcement, actor=actor, now=now, ground=ground, reason=reason, count=told_count
    )
