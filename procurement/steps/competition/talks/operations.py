"""The talks: meetings recorded, terms changed for all, final offers called for, sealed, committed to and opened; who leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.database import db, random_reference
from procurement.foundation.envelopes import envelope_text, number_of_pieces
from procurement.foundation.errors import Conflict, OutOfTime
from procurement.foundation.labels import Said, word
from procurement.foundation.money import Money
from procurement.registers import access, audit, files, notices
from procurement.registers.access import HOLDERS, Appointed, Deed
from procurement.registers.credit.models import credit_records_of, credit_records_of_all
from procurement.registers.directory.models import standing_listing_of
from procurement.registers.files import Upload
from procurement.registers.people import SYSTEM_LOGIN, Role, User, user_by_id, users_with_role
from procurement.statute.calendar import working_calendar
from procurement.steps.competition import commitments
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.models.bids import BID_MOVES, Bid, BidDocument, BidStatus, active_bids
from procurement.steps.competition.models.review import (
    Competition,
    competition_of,
)
from procurement.steps.competition.models.sealed import (
    SealedFile,
    StoredPiece,
    erase_keys,
    files_of_offer,
    part_of,
)
from procurement.steps.competition.models.talks import (
    ChangedTerms,
    FinalOffer,
    Meeting,
    OfferCall,
    OfferStatus,
    active_offers,
    call_of,
    disclose_offers,
    every_offer,
    offer_of,
    offer_of_form,
    talks_of,
)
from procurement.steps.competition.operations.bidding import ensure_newer
from procurement.steps.competition.operations.preparing import FileBegun
from procurement.steps.competition.talks import rules
from procurement.steps.competition.talks.rules import Held
from procurement.steps.holders import rules as holder_rules
from procurement.steps.holders.models import OFFERS, holders_of_attempt
from procurement.transfers import line
from procurement.transfers.line import Step
from procurement.transfers.operations import address_of


def bids_in(competition: Competition) -> list[Bid]:
    """The bids whose bidders are in the talks, in the order of their random receipts."""
    return [bid for bid in active_bids(competition.announcement) if bid.status is BidStatus.QUALIFIED]


def address_of_talks(bid: Bid) -> str:
    """The bidder's page of the talks."""
    return f"/bids/{bid.receipt}/talks"


def _tell(bid: Bid, message: str, now: datetime, **values: Any) -> None:
    people = users_with_role(Role.PROVIDER, organisation_id=bid.organisation_id)
    called = rules.called(rules.provisions(bid.transfer))
    values = {"title": bid.transfer.called, "talks": called, **values}
    notices.notify(people, message, now=now, link=address_of_talks(bid), **values)


# ── meetings and terms ─────────────────────────────────────────────────────────────────────────────────────────────


def record_meetings(
    competition: Competition, held: Mapping[int, Held], *, turn: int | None = None, actor: User, now: datetime
) -> list[Meeting]:
    """Write down one round of meetings, one with each bidder who is in the talks, so that all had the same chance (MT-10).

    What was said with one is read by nobody of the others.

    Raises:
        WrongState: before the panel is there, or once final offers are called for.
        Refusals: each bidder of whom nothing is written.
        Conflict: `turn` is the number of the round that the form was opened for, and it is recorded already.
    """
    access.require(actor, Deed.MEETINGS_RECORD, competition)

    line.ensure_at(competition.transfer, Step.COMPETITION)
    desk, day = talks_of(competition), local_day(now)
    talks = rules.ensure_open(competition, desk.call)
    bids = bids_in(competition)
    rules.ensure_each_met(bids, held, talks, day)
    is_another_round = turn is not None and turn != desk.rounds + 1
    if is_another_round or not held.keys() <= {bid.id for bid in bids}:
        raise Conflict(word("这一轮已经记录，或者有供应商刚刚退出。请重新打开这一页核对。"))

    meetings = [
        Meeting(
            competition=competition,
            bid=bid,
            round=desk.rounds + 1,
            took_part=held[bid.id].took_part,
            minutes=held[bid.id].minutes.strip(),
            recorded_at=now,
            recorded_by=actor,
        )
        for bid in bids
    ]
    db.session.add_all(meetings)
    db.session.flush()

    audit.record(
        Deed.MEETINGS_RECORD,
        competition,
        actor=actor,
        now=now,
        round=desk.rounds + 1,
        meetings={row.bid.receipt: {"took_part": row.took_part, "minutes": row.minutes} for row in meetings},
    )
    return meetings


def propose_terms(
    competition: Competition,
    *,
    service: str,
    agreement: str,
    reason: str,
    seen: int | None = None,
    actor: User,
    now: datetime,
) -> ChangedTerms:
    """Propose, as a member of the panel, to change technical and service requirements or the draft agreement (MT-10).

    It binds nobody before the purchaser has confirmed it; a proposal that still waits gives way to this one.

    Raises:
        WrongState: before the panel is there, or once final offers are called for.
        RuleBroken: nothing that changes, or no reason.
        Conflict: the proposal that waits is another than the one `seen` on the page.
    """
    access.require(actor, Deed.TERMS_PROPOSE, competition)

    line.ensure_at(competition.transfer, Step.COMPETITION)
    desk = talks_of(competition)
    talks = rules.ensure_open(competition, desk.call)
    rules.ensure_changes_something(service, agreement, reason, talks, local_day(now))

    change = desk.proposed
    if seen is not None and seen != (digest_of(change) if change is not None else 0):
        raise Conflict(
            word("在您填写的时候，另一位成员提出或者改过变动要求，您填的内容都在。请核对以后再提交，提交会换掉它。")
        )
    if change is None:
        change = ChangedTerms(competition=competition, number=len(desk.terms) + 1)
        db.session.add(change)
    change.service, change.agreement, change.reason = service.strip(), agreement.strip(), reason.strip()
    change.proposed_at, change.proposed_by_id = now, actor.id
    notices.notify(
        [competition.transfer.officer],
        word("“{title}”的评审小组提出变动要求，请核对；同意的，确认后同时通知各家。"),
        now=now,
        link=address_of(competition.transfer),
        title=competition.transfer.called,
    )
    db.session.flush()

    audit.record(
        Deed.TERMS_PROPOSE,
        competition,
        actor=actor,
        now=now,
        number=change.number,
        service=change.service,
        agreement=change.agreement,
        reason=change.reason,
    )
    return change


def confirm_terms(competition: Competition, *, seen: int, actor: User, now: datetime) -> ChangedTerms:
    """Confirm the panel's change for the purchaser; in the same deed every bidder in the talks is told (MT-10).

    Raises:
        WrongState: nothing waits.
        Conflict: what waits is not what was seen: `seen` is the number of the change that the page showed.
    """
    access.require(actor, Deed.TERMS_CONFIRM, competition)

    line.ensure_at(competition.transfer, Step.COMPETITION)
    desk = talks_of(competition)
    rules.ensure_open(competition, desk.call)
    change = desk.proposed
    if change is None or digest_of(change) != seen:
        raise Conflict(word("评审小组的变动要求已经确认，或者在您查看以后改过。请重新打开这一页核对。"))

    change.confirmed_at, change.confirmed_by_id = now, actor.id
    for bid in bids_in(competition):
        _tell(
            bid,
            word(
                "“{title}”的{talks}有变动，第 {number} 号书面通知，同时发给参加的每一家。请按变动后的要求准备最后报价。"
            ),
            now,
            number=change.number,
        )

    audit.record(
        Deed.TERMS_CONFIRM,
        competition,
        actor=actor,
        now=now,
        number=change.number,
        service=change.service,
        agreement=change.agreement,
        told=[bid.receipt for bid in bids_in(competition)],
    )
    return change


def digest_of(change: ChangedTerms) -> int:
    """A number that another text has not: what the page of the confirmation shows is what is confirmed."""
    told = "\0".join((str(change.number), change.service, change.agreement, change.reason))
    return int(hashlib.sha256(told.encode()).hexdigest()[:12], 16)


def leave_talks(bid: Bid, *, actor: User, now: datetime) -> None:
    """Leave the talks before one's final offer; the security goes back (MT-10).

    Raises:
        WrongState: no talks go on, or the final offer is made, or its time is over.
    """
    access.require(actor, Deed.TALKS_LEAVE, bid)

    rules.ensure_goes_on(bid)
    competition = competition_of(bid.announcement)
    assert competition is not None
    rules.ensure_may_leave(competition, bid, offer_of(bid), call_of(competition), now)

    BID_MOVES.move(Deed.TALKS_LEAVE, bid)
    bid.left_at, bid.broken_reason = now, word("在最后报价以前退出。")
    message = (
        word("“{bidder}”退出“{title}”的{talks}。请退还投标保证金；余下不足家数的，宣布流标。")
        if bid.announcement.security > Money(0)
        else word("“{bidder}”退出“{title}”的{talks}；余下不足家数的，请宣布流标。")
    )
    notices.notify(
        [bid.transfer.officer],
        message,
        now=now,
        link=address_of(bid.transfer),
        title=bid.transfer.called,
        bidder=bid.organisation.called,
        talks=rules.called(rules.provisions(bid.transfer)),
    )

    audit.record(Deed.TALKS_LEAVE, bid, actor=actor, now=now, receipt=bid.receipt)


# ── final offers ───────────────────────────────────────────────────────────────────────────────────────────────────


def invite_offers(
    competition: Competition,
    closes_at: datetime,
    *,
    actor: User,
    now: datetime,
) -> OfferCall:
    """Call every bidder who is in the talks for a final offer until `closes_at`, all at once.

    The key that they are sealed to is another than that of the bids, made at their opening for the same three holders.

    Raises:
        RuleBroken: before a round of meetings, with too short a time, or with fewer bidders left than are asked for.
    """
    access.require(actor, Deed.OFFERS_INVITE, competition)

    transfer, day = competition.transfer, local_day(now)
    line.ensure_at(transfer, Step.COMPETITION)
    desk = talks_of(competition)
    talks = rules.ensure_open(competition, desk.call)
    rules.ensure_may_invite(desk, closes_at, talks, now, working_calendar())
    bids = bids_in(competition)
    competition_rules.ensure_enough(transfer, len(bids), day)

    call = OfferCall(competition=competition, closes_at=closes_at, invited_at=now, invited_by_id=actor.id)
    db.session.add(call)
    for bid in bids:
        _tell(
            bid,
            word("“{title}”的{talks}结束。请在 {closes} 以前密封提交最后报价；没有提交的，视为退出。"),
            now,
            closes=closes_at,
        )
    people = [user_by_id(number) for kind in HOLDERS for number in sorted(transfer.appointed(kind))]
    notices.notify(
        people,
        word("“{title}”的最后报价 {closes} 截止，之后由两位持有人一起开启。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        closes=closes_at,
    )
    db.session.flush()

    audit.record(
        Deed.OFFERS_INVITE, call, actor=actor, now=now, closes=closes_at,
        invited=[bid.receipt for bid in bids],
    )  # fmt: skip
    return call


def extend_offers(call: OfferCall, closes_at: datetime, *, reason: str, actor: User, now: datetime) -> None:
    """Move the deadline of a call later, and tell every bidder who is in the talks, all at once.

    The officer does it before the deadline; the system gives back what a pause took, after it too.

    Raises:
        OutOfTime: the officer, at the deadline or after it.
        RuleBroken: an earlier deadline, too late a one, an hour at which nobody works, or no reason.
    """
    access.require(actor, Deed.OFFERS_EXTEND, call)

    line.ensure_at(call.transfer, Step.COMPETITION)
    if actor.login != SYSTEM_LOGIN:
        rules.ensure_may_extend(call, closes_at, now, working_calendar())
        competition_rules.ensure_said(reason, "reason", local_day(now))

    before, call.closes_at, call.extended_at = call.closes_at, closes_at, now
    for bid in bids_in(call.competition):
        _tell(
            bid,
            word("“{title}”最后报价的截止时间由 {before} 延到 {closes}：{reason}"),
            now,
            before=before,
            closes=closes_at,
            reason=reason.strip(),
        )
    db.session.flush()

    audit.record(Deed.OFFERS_EXTEND, call, actor=actor, now=now, before=before, closes=closes_at, reason=reason.strip())


def time_taken(call: OfferCall, now: datetime) -> timedelta:
    """How long the transfer, which is on the line again, was paused since the call was made or its deadline last moved.

    What paused it and what let it go on stand on its chain; where the joint conference let it go on they do not, and the
    pause is taken to have ended now, which gives no bidder less.
    """
    since = call.extended_at or call.invited_at
    taken, paused = timedelta(0), None
    for row in reversed(audit.lines_of_chain(call.transfer.chain_key, outcome=audit.Outcome.DONE)):
        stops = row.deed is Deed.TRANSFER_RESCREEN and (row.told.get("barred_by") or row.told.get("hits"))
        if row.deed is Deed.TRANSFER_PAUSE or stops:
            paused = paused or row.at
        elif row.deed is Deed.TRANSFER_RESUME and paused is not None:
            taken += max(row.at - max(paused, since), timedelta(0))
            paused = None
    return taken + (now - paused if paused is not None and paused > since else timedelta(0))


@dataclass(frozen=True, slots=True)
class Offering:
    """What is lodged: the number of the form, the sealed manifest with the price, and the sealed files."""

    form_key: str
    manifest: StoredPiece
    files: tuple[FileBegun, ...] = ()


def submit_offer(bid: Bid, offering: Offering, *, actor: User, now: datetime) -> FinalOffer:
    """Lodge the sealed final offer for a bid; one it lodged before is replaced by it.

    As with a bid, everything was checked and encrypted before this call. One form makes one offer.

    Raises:
        OutOfTime: at or after the deadline of the call; the line tells the size and the hash of what came.
        WrongState: nobody called for it, or the bidder is not in the talks.
        RuleBroken: more files, or larger ones, than a bid takes.
    """
    access.require(actor, Deed.OFFER_SUBMIT, bid)

    again = offer_of_form(bid, offering.form_key)
    if again is not None and again.status is OfferStatus.REPLACED:
        raise Conflict(word("这张表提交过的最后报价已经被另一份换掉。要再更换，请重新打开这一页。"))
    if again is not None:
        return again
    envelope = envelope_of(bid, offering)
    sha256 = hashlib.sha256(envelope.encode()).hexdigest()
    size = sum(file.size for file in offering.files)
    competition = competition_of(bid.announcement)
    rules.ensure_goes_on(bid)
    try:
        call = rules.ensure_takes_offers(call_of(competition) if competition is not None else None, bid, now)
    except OutOfTime as late:
        late.facts = {"size": size, "sha256": sha256}
        raise
    records = credit_records_of(bid.organisation_id)
    competition_rules.ensure_may_bid(bid.organisation, records, bid.transfer, local_day(now))
    competition_rules.ensure_files_fit(len(offering.files), size, local_day(now))

    former = offer_of(bid)
    ensure_newer(former.submitted_at if former is not None else None, now)
    if former is not None:
        former.status, former.wrapped_key = OfferStatus.REPLACED, None
        erase_keys(files_of_offer(former.id), now)
        db.session.flush()
    offer = FinalOffer(
        receipt=random_reference(),
        call=call,
        bid=bid,
        submitted_by=actor,
        envelope=envelope,
        envelope_sha256=sha256,
        wrapped_key=offering.manifest.wrapped_key,
        manifest_blob=offering.manifest.blob_sha256,
        form_key=offering.form_key,
        submitted_at=now,
    )
    db.session.add(offer)
    db.session.flush()
    db.session.add_all(
        SealedFile(
            token=begun.token, announcement=bid.announcement, organisation_id=bid.organisation_id, offer_id=offer.id,
            size=begun.size, is_complete=len(begun.pieces) > number_of_pieces(begun.size), begun_at=now, begun_by=actor,
            parts=[part_of(number, piece) for number, piece in enumerate(begun.pieces)],
        )
        for begun in offering.files
    )  # fmt: skip
    db.session.flush()

    audit.record(
        Deed.OFFER_SUBMIT,
        offer,
        actor=actor,
        now=now,
        sha256=sha256,
        receipt=offer.receipt,
        replaces=former.receipt if former else None,
    )
    return offer


def envelope_of(bid: Bid, offering: Offering) -> str:
    """The text of an offer's envelope, whose hash is the receipt's."""
    context = competition_rules.context_told(bid.announcement, bid.organisation_id, OFFERS)
    hashes = [(file.token, [piece.sha256 for piece in file.pieces]) for file in offering.files]
    return envelope_text(context, offering.manifest.sha256, hashes)


def commit_offers(call: OfferCall, *, actor: User, now: datetime) -> None:
    """Commit to every envelope of a call for final offers: one hash over their shuffled list and a random nonce.

    Raises:
        OutOfTime: before the settling minute after the deadline has passed.
        WrongState: a second time.
    """
    access.require(actor, Deed.OFFERS_COMMIT, call)

    rules.ensure_may_commit(call, now)

    publication = call.announcement.publication
    assert publication is not None
    call.sealed = commitments.canonical_text(
        publication.reference,
        call.closes_at,
        commitments.make_nonce(),
        commitments.shuffled(rules.entries_of(every_offer(call))),
    )
    call.commitment, call.committed_at = commitments.sha256_of(call.sealed), now

    audit.record(Deed.OFFERS_COMMIT, call, actor=actor, now=now, sha256=call.commitment)


@dataclass(frozen=True, slots=True)
class OfferOpened:
    """What came out of one envelope: the price, how it meets what was changed, documents; or why it could not be opened."""

    offer_id: int
    price: Money | None
    response: str = ""
    documents: tuple[Upload, ...] = ()
    broken: str = ""


def open_offers(call: OfferCall, opened: Sequence[OfferOpened], *, second: User, actor: User, now: datetime) -> None:
    """Open every final offer at once, by two holders; from now on the final price is what counts.

    Who made none has left the talks; whose offer cannot be read, or is none that counts, is not judged. The prices stay
    among purchaser, panel and bidder until the result; list and nonce become public.

    Raises:
        OutOfTime: before the hour.
        WrongState: no commitment has been made, or they are opened already.
        RuleBroken: fewer offers than are asked for, not two of the holders, or a list that is not the one committed to;
            nothing is opened.
    """
    access.require(actor, Deed.OFFERS_OPEN, call)

    competition, transfer = call.competition, call.transfer
    line.ensure_at(transfer, Step.COMPETITION)
    rules.ensure_may_open(call, now)
    holders = holders_of_attempt(transfer)
    holder_rules.ensure_opened_by(holders, actor, second, local_day(now))
    offers = {offer.id: offer for offer in active_offers(call)}
    competition_rules.ensure_enough(transfer, len(offers), local_day(now))
    if offers.keys() != {item.offer_id for item in opened}:
        raise Conflict(word("最后报价在开启时有变化，请重新开启。"))
    added, missing = commitments.discrepancies(commitments.entries_in(call.sealed), rules.entries_of(every_offer(call)))

    assert holders.competition_key is not None
    holders.competition_key.used_at = now
    call.opened_at, call.opened_by, call.opened_with = now, actor, second
    records = credit_records_of_all([offer.organisation_id for offer in offers.values()])
    for item in opened:
        offer = offers[item.offer_id]
        listing = standing_listing_of(offer.organisation_id)
        reason = competition_rules.why_excluded(offer.bid, records[offer.organisation_id], listing, local_day(now))
        if commitments.Entry(offer.envelope_sha256, commitments.Mark.SEALED) in added:
            reason = competition_rules.NOT_COMMITTED
        _open_one(offer, item, reason, now)
    made = {offer.bid_id for offer in offers.values()}
    silent = [bid for bid in bids_in(competition) if bid.id not in made]
    for bid in silent:
        BID_MOVES.move(Deed.TALKS_LEAVE, bid)
        bid.left_at, bid.broken_reason = now, word("没有提交最后报价，视为退出。")
    disclose_offers(call)
    _tell_of_opening(competition, offers.values(), silent, now)
    db.session.flush()

    audit.record(
        Deed.OFFERS_OPEN,
        call,
        actor=actor,
        now=now,
        opened_with=second.id,
        commitment=call.commitment,
        missing=[entry.sha256 for entry in missing],
        offers=[{"receipt": row.receipt, "sha256": row.envelope_sha256, "price": row.price} for row in offers.values()],
    )


def _tell_of_opening(
    competition: Competition, offers: Iterable[FinalOffer], silent: Sequence[Bid], now: datetime
) -> None:
    """Each bidder what has become of it; officer and panel what is next."""
    transfer = competition.transfer
    for bid in silent:
        _tell(bid, word("“{title}”的最后报价已开启；您的组织没有提交，视为退出。"), now)
    for offer in offers:
        if offer.status is OfferStatus.BROKEN:
            reason = Said(offer.broken_reason, {})
            _tell(offer.bid, word("“{title}”的最后报价已开启；您的没有进入评审：{reason}"), now, reason=reason)
    for bid in bids_in(competition):
        _tell(bid, word("“{title}”的最后报价已开启，评审小组正在评审。"), now)
    told: dict[str, Any] = {"now": now, "link": address_of(transfer), "title": transfer.called}
    members = [user_by_id(number) for number in sorted(transfer.appointed(Appointed.PANEL_MEMBER))]
    notices.notify([transfer.officer, *members], word("“{title}”的最后报价已开启，请评分。"), **told)
    if silent and competition.announcement.security > Money(0):
        message = word("“{title}”有 {count} 家没有提交最后报价，视为退出，请退还它们的投标保证金。")
        notices.notify([transfer.officer], message, **told, count=len(silent))


def _open_one(offer: FinalOffer, item: OfferOpened, reason: str, now: datetime) -> None:
    bid = offer.bid
    invalid = item.broken if item.price is None else rules.why_invalid(item.price, bid)
    reason = reason or invalid
    if item.price is None or reason:
        offer.status, offer.broken_reason = OfferStatus.BROKEN, reason
        bid.status, bid.broken_reason = BidStatus.DISQUALIFIED, reason
        return
    offer.status, offer.price, offer.response = OfferStatus.OPENED, item.price, item.response
    bid.first_price, bid.price = bid.price, item.price
    after = len(bid.documents)
    bid.documents = [
        *bid.documents,
        *(
            BidDocument(position=position, file=files.keep(document, by=offer.submitted_by, now=now))
            for position, document in enumerate(item.documents, start=after + 1)
        ),
    ]
