"""Changing a published announcement: its words, what bidders go by, its deadline; giving it up; confirming a bid anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.labels import word
from procurement.registers import access, audit, notices, publications
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.registers.publications import Publication, PublicationKind
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.models import ANNOUNCEMENT_MOVES, Announcement, VersionKind
from procurement.steps.announcement.operations import publish_version
from procurement.steps.announcement.published.operations import address_of_call
from procurement.steps.announcement.rules import ensure_on_workday, texts_of
from procurement.steps.competition.changes import rules
from procurement.steps.competition.changes.rules import WithdrawalGround
from procurement.steps.competition.models.bids import BID_MOVES, Bid, active_bids, signatories
from procurement.steps.competition.models.opening import commitment_of
from procurement.steps.competition.operations.interruptions import concerned
from procurement.steps.competition.rules import ensure_unsettled
from procurement.transfers import screening
from procurement.transfers.line import Step
from procurement.transfers.operations import amend_plan, ensure_may_be_amended, step_back
from procurement.transfers.rules import PlanTerms, terms_of


def correct_announcement(
    announcement: Announcement,
    *,
    summary: str,
    contact: str,
    submission_notes: str = "",
    reason: str,
    editorial: bool,
    seen: int | None = None,
    actor: User,
    now: datetime,
) -> None:
    """Correct the words of a published announcement: a new version with its reason, and nothing else moves.

    `seen` is the version that the form showed; None where no form was opened.

    Raises:
        OutOfTime: at or after the deadline.
        Conflict: a form that was opened before the newest version.
        RuleBroken: nothing that changes, no reason, no declaration that bids are made as before, or words that hit the
            negative list.
    """
    access.require(actor, Deed.ANNOUNCEMENT_CORRECT, announcement)

    ANNOUNCEMENT_MOVES.ensure_open(Deed.ANNOUNCEMENT_CORRECT, announcement)
    rules.ensure_changeable(announcement, now)
    rules.ensure_read(announcement, seen)
    ensure_unsettled(announcement, commitment_of(announcement), now)
    rules.ensure_editorial(editorial, announcement, local_day(now))
    after = {"summary": summary, "contact": contact, "submission_notes": submission_notes}
    changes = rules.changes_between({name: getattr(announcement, name) for name in after}, after)
    rules.ensure_changed(changes)
    rules.ensure_reason(reason)

    ANNOUNCEMENT_MOVES.move(Deed.ANNOUNCEMENT_CORRECT, announcement)
    for name, value in after.items():
        setattr(announcement, name, value)
    # Screened as it stands now: what hits is refused, and nothing of it is kept.
    screening.ensure_clean(announcement.transfer, local_day(now), texts_of(announcement))
    publish_version(announcement, VersionKind.EDITORIAL, changes, reason, actor=actor, now=now)
    _tell(
        announcement,
        word("“{title}”的公告更正了文字，期限和要求不变。"),
        now,
        to_confirm=word(
            "“{title}”的公告更正了文字，期限和要求不变。您的投标还没有按先前的实质变更确认；截止以前没有确认的，不予开启。"
        ),
    )

    audit.record(
        Deed.ANNOUNCEMENT_CORRECT, announcement, actor=actor, now=now, edition=announcement.edition,
        fields=[row["field"] for row in changes], reason=reason,
    )  # fmt: skip


def amend_announcement(
    announcement: Announcement,
    terms: PlanTerms,
    *,
    submission_notes: str = "",
    reason: str,
    closes_at: datetime | None = None,
    seen: int | None = None,
    actor: User,
    now: datetime,
) -> None:
    """Change what bidders go by: written into the plan, held to its rules; the deadline moves where too little is left (条例31).

    Of `terms` the amendable fields are taken; `seen` is the version that the form showed, None where no form was opened.
    Without `closes_at` the deadline stays, or moves to the first lawful day. Every sealed bid must be confirmed anew; whoever
    bids, follows or took the papers away is told alone.

    Raises:
        OutOfTime: at or after the deadline.
        Conflict: a form that was opened before the newest version: it would take back what that one changed.
        Refusals: every rule of the plan that the changed sections break, each at its field.
        RuleBroken: nothing that changes, no reason, a deadline that is too early, or words that hit the negative list.
    """
    access.require(actor, Deed.ANNOUNCEMENT_AMEND, announcement)

    transfer, day = announcement.transfer, local_day(now)
    ANNOUNCEMENT_MOVES.ensure_open(Deed.ANNOUNCEMENT_AMEND, announcement)
    rules.ensure_changeable(announcement, now)
    rules.ensure_read(announcement, seen)
    ensure_unsettled(announcement, commitment_of(announcement), now)
    before = terms_of(transfer.plan)
    whole = rules.amended(before, terms)
    changes = rules.changes_between(
        {
            **{name: getattr(before, name) for name in rules.AMENDABLE},
            "submission_notes": announcement.submission_notes,
        },
        {**{name: getattr(whole, name) for name in rules.AMENDABLE}, "submission_notes": submission_notes},
    )
    rules.ensure_more_than_deadline(announcement, changes, closes_at)
    rules.ensure_changed(changes)
    rules.ensure_reason(reason)
    changed = [row["field"] for row in changes]
    ensure_may_be_amended(transfer.plan, whole, changed, day)
    calendar = working_calendar()
    closes = closes_at or rules.deadline_after_change(announcement, day, calendar)
    rules.ensure_deadline_after_change(announcement, closes, day, calendar)

    ANNOUNCEMENT_MOVES.move(Deed.ANNOUNCEMENT_AMEND, announcement)
    changes += rules.changes_between({"closes_at": announcement.closes_at}, {"closes_at": closes})
    amend_plan(transfer.plan, whole, changed, actor)
    announcement.submission_notes, announcement.closes_at = submission_notes, closes
    db.session.flush()
    # Screened as it stands now: what hits is refused, and nothing of it is kept.
    screening.ensure_clean(transfer, day, texts_of(announcement))
    publish_version(announcement, VersionKind.MATERIAL, changes, reason, actor=actor, now=now)
    _tell(
        announcement,
        word("“{title}”的公告有实质变更，{closes} 截止。已经投标的，要在截止以前确认或者更换，没有确认的不予开启。"),
        now,
        to_confirm=word(
            "“{title}”的公告有实质变更。请在 {closes} 截止以前看过变更，确认或者更换您的投标；没有确认的不予开启。"
        ),
        closes=announcement.closes_at,
    )

    audit.record(
        Deed.ANNOUNCEMENT_AMEND, announcement, actor=actor, now=now, edition=announcement.edition, fields=changed,
        closes_at=announcement.closes_at, reason=reason,
    )  # fmt: skip


def extend_deadline(
    announcement: Announcement, closes_at: datetime, *, reason: str, actor: User, now: datetime
) -> None:
    """Move the deadline of a published announcement to a later instant; bids that lie sealed stay as they are.

    Raises:
        OutOfTime: at or after the present deadline.
        RuleBroken: an instant that is not later, one on a day of rest, or no reason.
    """
    access.require(actor, Deed.DEADLINE_EXTEND, announcement)

    ANNOUNCEMENT_MOVES.ensure_open(Deed.DEADLINE_EXTEND, announcement)
    rules.ensure_changeable(announcement, now)
    ensure_unsettled(announcement, commitment_of(announcement), now)
    rules.ensure_later(announcement, closes_at, local_day(now))
    ensure_on_workday(announcement.transfer, closes_at, local_day(now), working_calendar())
    rules.ensure_reason(reason)

    ANNOUNCEMENT_MOVES.move(Deed.DEADLINE_EXTEND, announcement)
    changes = rules.changes_between({"closes_at": announcement.closes_at}, {"closes_at": closes_at})
    announcement.closes_at = closes_at
    publish_version(announcement, VersionKind.EXTENSION, changes, reason, actor=actor, now=now)
    _tell(
        announcement,
        word("“{title}”的投标截止时间顺延到 {closes}。"),
        now,
        to_confirm=word(
            "“{title}”的投标截止时间顺延到 {closes}。您的投标还没有按先前的实质变更确认；截止以前没有确认的，不予开启。"
        ),
        closes=closes_at,
    )

    audit.record(
        Deed.DEADLINE_EXTEND, announcement, actor=actor, now=now, edition=announcement.edition, closes_at=closes_at,
        reason=reason,
    )  # fmt: skip


def withdraw_announcement(
    announcement: Announcement, ground: WithdrawalGround, *, reason: str, actor: User, now: datetime
) -> Publication:
    """Give a call up before its deadline, in public and with reasons; its bids are never opened, and step 1 begins anew.

    Raises:
        OutOfTime: at or after the deadline.
        RuleBroken: no reasons.
    """
    access.require(actor, Deed.ANNOUNCEMENT_WITHDRAW, announcement)

    transfer = announcement.transfer
    ANNOUNCEMENT_MOVES.ensure_open(Deed.ANNOUNCEMENT_WITHDRAW, announcement)
    rules.ensure_may_withdraw(announcement, reason, now)
    ensure_unsettled(announcement, commitment_of(announcement), now)

    ANNOUNCEMENT_MOVES.move(Deed.ANNOUNCEMENT_WITHDRAW, announcement)
    announcement.failure_reason, announcement.ended_at = reason.strip(), now
    audit.unseal(announcement.sealed_chain)
    notice = publications.publish(
        PublicationKind.WITHDRAWAL_NOTICE,
        announcement,
        {
            "number": transfer.number,
            "title": transfer.title,
            "ground": ground,
            "reason": announcement.failure_reason,
            "attempt": announcement.attempt,
            "mode": transfer.mode,
            "purchaser": transfer.department.name,
            "purchaser_en": transfer.department.name_en,
        },
        title=transfer.title,
        title_en=transfer.title_en,
        now=now,
    )
    db.session.flush()
    notices.notify(
        concerned(announcement),
        word("“{title}”的公告撤回了，已经提交的投标不会开启。"),
        now=now,
        link=f"/announcements/{notice.reference}",
        title=transfer.called,
    )
    step_back(transfer, Step.ANNOUNCEMENT, reason=announcement.failure_reason, now=now)

    audit.record(
        Deed.ANNOUNCEMENT_WITHDRAW,
        announcement,
        actor=actor,
        now=now,
        ground=ground,
        reason=announcement.failure_reason,
    )
    return notice


def confirm_bid(bid: Bid, *, seen: int, actor: User, now: datetime) -> None:
    """Let a sealed bid stand for the announcement as it has been changed; `seen` is the version that was read.

    Raises:
        OutOfTime: at or after the deadline.
        WrongState: a bid that is withdrawn or opened, or that needs no confirmation.
        Conflict: an announcement that has changed since it was read.
    """
    access.require(actor, Deed.BID_CONFIRM, bid)

    BID_MOVES.ensure_open(Deed.BID_CONFIRM, bid)
    rules.ensure_confirmable(bid, seen, now)

    BID_MOVES.move(Deed.BID_CONFIRM, bid)
    bid.edition = bid.announcement.edition

    audit.record(Deed.BID_CONFIRM, bid, actor=actor, now=now, receipt=bid.receipt, edition=bid.edition)


def _tell(announcement: Announcement, message: str, now: datetime, *, to_confirm: str, **values: Any) -> None:
    """Tell everybody who is concerned; whoever has a bid that waits for its confirmation reads `to_confirm`, which leads to it."""
    told: set[int] = set()
    waiting = [bid for bid in active_bids(announcement) if not bid.is_confirmed]
    for bid, people in signatories(waiting):
        told |= {person.id for person in people}
        link = f"/bids/{bid.receipt}/confirm"
        notices.notify(people, to_confirm, now=now, link=link, title=announcement.transfer.called, **values)
    notices.notify(
        [person for person in concerned(announcement) if person.id not in told],
        message,
        now=now,
        link=address_of_call(announcement),
        title=announcement.transfer.called,
        **values,
    )
