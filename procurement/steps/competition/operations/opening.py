"""The sitting: the commitment before it, its adjournment, what bidders say to it, and its printed record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import WrongState
from procurement.foundation.labels import word
from procurement.registers import access, audit, files, notices
from procurement.registers.access import Deed
from procurement.registers.files import Upload
from procurement.registers.people import Role, User, users_with_role
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement
from procurement.steps.competition import commitments, rules
from procurement.steps.competition.models.bids import Bid, active_bids, every_bid, signatories
from procurement.steps.competition.models.opening import (
    Adjournment,
    Commitment,
    OpeningRecord,
    commitment_of,
    records_of,
)
from procurement.steps.competition.models.remarks import OpeningRemark, RemarkKind, remarks_of
from procurement.steps.competition.models.review import Competition, competition_of
from procurement.steps.holders import rules as holder_rules
from procurement.steps.holders.models import holders_of_attempt
from procurement.transfers import line
from procurement.transfers.line import Step
from procurement.transfers.operations import address_of


def commit_bids(announcement: Announcement, *, actor: User, now: datetime) -> Commitment:
    """Commit to every envelope of an announcement: publish one hash over their shuffled list and a random nonce.

    The line of the audit says the hash and nothing of the list. It is made where nothing was lodged too, and in a pause that
    began after the deadline: what is in at the deadline does not change any more.

    Raises:
        OutOfTime: before the settling minute after the deadline has passed.
        WrongState: a second time, or for a call that has failed.
    """
    access.require(actor, Deed.BIDS_COMMIT, announcement)

    rules.ensure_may_commit(announcement, commitment_of(announcement), now)

    assert announcement.publication is not None
    text = commitments.canonical_text(
        announcement.publication.reference,
        announcement.closes_at,
        commitments.make_nonce(),
        commitments.shuffled(rules.entries_of(every_bid(announcement))),
    )
    commitment = Commitment(announcement=announcement, made_at=now, sha256=commitments.sha256_of(text), sealed=text)
    db.session.add(commitment)
    db.session.flush()

    audit.record(Deed.BIDS_COMMIT, commitment, actor=actor, now=now, sha256=commitment.sha256)
    return commitment


def disclose(commitment: Commitment, now: datetime) -> None:
    """Make list and nonce public: a part of the opening, and of the failure of a round."""
    commitment.disclosed, commitment.disclosed_at = commitment.sealed, now


def address_of_opening(announcement: Announcement) -> str:
    """The public page of the sitting."""
    assert announcement.publication is not None
    return f"/announcements/{announcement.publication.reference}/opening"


def adjourn_opening(
    announcement: Announcement, *, until: datetime, reason: str, actor: User, now: datetime
) -> Adjournment:
    """Put the opening off to a later hour, since a holder is missing or it cannot be held; told to every bidder and in public.

    Envelopes and commitment stay as they are, and no bid is taken.

    Raises:
        OutOfTime: before the hour of the opening.
        RuleBroken: an hour that is past or further off than OP-ADJ allows, or no reason.
    """
    access.require(actor, Deed.OPENING_ADJOURN, announcement)

    line.ensure_at(announcement.transfer, Step.COMPETITION)
    if competition_of(announcement) is not None:
        raise WrongState(word("投标已经开启，不能再延期。"))
    desk = holders_of_attempt(announcement.transfer)
    # The officer's right is the department's; a holder's is that of who holds, and not yet of who is to follow.
    if not access.can(actor, Deed.COMPETITION_FAIL, announcement):
        holder_rules.ensure_holds(desk, actor, local_day(now))
    rules.ensure_may_adjourn(announcement, until, reason, now, working_calendar())

    adjournment = Adjournment(
        announcement=announcement,
        put_off=announcement_rules.opens_at(announcement),
        opens_at=until,
        reason=reason.strip(),
        made_at=now,
        made_by=actor,
    )
    db.session.add(adjournment)
    announcement.adjourned_to = until
    transfer = announcement.transfer
    message = word("“{title}”延期开启，改到 {until}：{reason}")
    told: dict[str, Any] = {"title": transfer.called, "until": until, "reason": adjournment.reason}
    for _bid, bidders in signatories(active_bids(announcement)):
        notices.notify(bidders, message, now=now, link=address_of_opening(announcement), **told)
    holders = [row.user for row in (*desk.holders.values(), *desk.successors.values())]
    notices.notify([transfer.officer, *holders], message, now=now, link=address_of(transfer), **told)
    db.session.flush()

    audit.record(
        Deed.OPENING_ADJOURN,
        adjournment,
        actor=actor,
        now=now,
        put_off=adjournment.put_off,
        until=until,
        reason=adjournment.reason,
    )
    return adjournment


def confirm_opening(bid: Bid, *, actor: User, now: datetime) -> OpeningRemark:
    """Confirm for one's own bid that the opening record is right."""
    access.require(actor, Deed.OPENING_CONFIRM, bid)

    remark = _remark(bid, RemarkKind.CONFIRMED, "", actor, now)

    audit.record(Deed.OPENING_CONFIRM, remark, actor=actor, now=now, receipt=bid.receipt)
    return remark


def object_opening(bid: Bid, *, text: str, actor: User, now: datetime) -> OpeningRemark:
    """Raise a doubt about the opening of one's own bid, in words; the purchaser answers it, and both go into the record.

    Raises:
        OutOfTime: after the time for it (OP-REMARK).
        RuleBroken: a doubt that says nothing.
    """
    access.require(actor, Deed.OPENING_OBJECT, bid)

    rules.ensure_said(text, "text", local_day(now))
    remark = _remark(bid, RemarkKind.OBJECTED, text.strip(), actor, now)
    notices.notify(
        [bid.transfer.officer],
        word("“{bidder}”对“{title}”的开启提出异议，请答复。"),
        now=now,
        link=address_of(bid.transfer),
        bidder=bid.organisation.called,
        title=bid.transfer.called,
    )

    audit.record(Deed.OPENING_OBJECT, remark, actor=actor, now=now, receipt=bid.receipt, text=remark.text)
    return remark


def _remark(bid: Bid, kind: RemarkKind, text: str, actor: User, now: datetime) -> OpeningRemark:
    competition = competition_of(bid.announcement)
    if competition is None:
        raise WrongState(word("投标还没有开启，没有可以确认或者提出异议的。"))
    rules.ensure_may_remark(competition, bid, remarks_of(competition), kind, now)
    remark = OpeningRemark(competition=competition, bid=bid, kind=kind, text=text, made_at=now, made_by=actor)
    db.session.add(remark)
    db.session.flush()
    return remark


def answer_objection(remark: OpeningRemark, *, answer: str, actor: User, now: datetime) -> None:
    """Answer a bidder's objection to the opening, once."""
    access.require(actor, Deed.OBJECTION_ANSWER, remark)

    rules.ensure_may_answer(remark)
    rules.ensure_said(answer, "answer", local_day(now))

    remark.answer, remark.answered_at, remark.answered_by = answer.strip(), now, actor
    notices.notify(
        [*users_with_role(Role.PROVIDER, organisation_id=remark.bid.organisation_id), remark.made_by],
        word("您对“{title}”的开启提出的异议已答复：{answer}"),
        now=now,
        link=address_of_opening(remark.bid.announcement),
        title=remark.transfer.called,
        answer=remark.answer,
    )

    audit.record(Deed.OBJECTION_ANSWER, remark, actor=actor, now=now, receipt=remark.bid.receipt, answer=remark.answer)


def print_opening_record(
    competition: Competition, *, text: Upload, edition: int, actor: User, now: datetime
) -> OpeningRecord:
    """Keep the record as it was printed: the first with the opening, the second with what the bidders said to it."""
    access.require(actor, Deed.OPENING_RECORD_PRINT, competition)

    if edition != len(records_of(competition)) + 1:
        raise WrongState(word("开启记录的这一版已经印制。"))

    record = OpeningRecord(
        competition=competition, edition=edition, file=files.keep(text, by=None, now=now), printed_at=now
    )
    db.session.add(record)
    db.session.flush()

    audit.record(Deed.OPENING_RECORD_PRINT, record, actor=actor, now=now, edition=edition, sha256=record.file.sha256)
    return record
