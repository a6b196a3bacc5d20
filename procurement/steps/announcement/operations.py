"""What people do in step 1: draft, revise and publish the announcement, with the key that its bids are sealed to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from procurement.foundation import sealing
from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict
from procurement.foundation.labels import word
from procurement.registers import access, audit, notices, publications
from procurement.registers.access import Deed
from procurement.registers.audit import canonical, plain
from procurement.registers.people import Role, User, users_with_role
from procurement.registers.publications import PublicationKind
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules
from procurement.steps.announcement.models import (
    ANNOUNCEMENT_MOVES,
    Announcement,
    AnnouncementStatus,
    AnnouncementVersion,
    VersionKind,
    desks,
)
from procurement.steps.announcement.published import rules as published_rules
from procurement.steps.announcement.published.models import subscribers
from procurement.steps.holders.keys import make_competition_key, rows_of
from procurement.steps.holders.models import CompetitionKey, HoldersDesk
from procurement.transfers import line, screening
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer
from procurement.transfers.operations import complete_step


def draft_announcement(
    transfer: Transfer,
    *,
    closes_at: datetime,
    summary: str,
    contact: str,
    submission_notes: str = "",
    actor: User,
    now: datetime,
) -> Announcement:
    """Draft the announcement of this attempt; the deadline is checked for a publication today, and again when it is published.

    Raises:
        RuleBroken: a deadline earlier than the law allows. A text that hits the negative list is kept, to be looked at by
            others; it is published when its hits are cleared.
    """
    access.require(actor, Deed.ANNOUNCEMENT_DRAFT, transfer)

    line.ensure_at(transfer, Step.ANNOUNCEMENT)
    if desks([transfer])[transfer.id].announcement is not None:
        raise Conflict(word("这一次的公告已经起草，请在已有的公告上修改。"))
    rules.ensure_deadline(transfer, closes_at, local_day(now), working_calendar())

    announcement = Announcement(
        transfer=transfer,
        attempt=transfer.attempt,
        status=AnnouncementStatus.DRAFT,
        closes_at=closes_at,
        summary=summary,
        contact=contact,
        submission_notes=submission_notes,
        drafted_by=actor,
    )
    db.session.add(announcement)
    db.session.flush()

    audit.record(Deed.ANNOUNCEMENT_DRAFT, announcement, actor=actor, now=now, closes_at=closes_at)
    return announcement


def revise_announcement(
    announcement: Announcement,
    *,
    closes_at: datetime,
    summary: str,
    contact: str,
    submission_notes: str = "",
    actor: User,
    now: datetime,
) -> None:
    """Change an announcement that has not been published."""
    access.require(actor, Deed.ANNOUNCEMENT_REVISE, announcement)

    line.ensure_at(announcement.transfer, Step.ANNOUNCEMENT)
    ANNOUNCEMENT_MOVES.ensure_open(Deed.ANNOUNCEMENT_REVISE, announcement)
    rules.ensure_deadline(announcement.transfer, closes_at, local_day(now), working_calendar())

    announcement.closes_at, announcement.summary = closes_at, summary
    announcement.contact, announcement.submission_notes = contact, submission_notes

    audit.record(Deed.ANNOUNCEMENT_REVISE, announcement, actor=actor, now=now, closes_at=closes_at)


def publish_announcement(announcement: Announcement, *, actor: User, now: datetime) -> None:
    """Publish the announcement; this ends step 1, and bids are taken from now on until the deadline.

    Raises:
        RuleBroken: a deadline that is too early for today, anything else outstanding, or a hit of the negative list, in
            plan or text, that is not cleared.
    """
    access.require(actor, Deed.ANNOUNCEMENT_PUBLISH, announcement)

    transfer = announcement.transfer
    line.ensure_at(transfer, Step.ANNOUNCEMENT)
    ANNOUNCEMENT_MOVES.ensure_open(Deed.ANNOUNCEMENT_PUBLISH, announcement)
    calendar = working_calendar()
    desk = desks([transfer])[transfer.id]
    line.ensure_nothing_outstanding(Step.ANNOUNCEMENT, rules.ready_to_publish(transfer, desk, now, calendar))
    rules.ensure_deadline(transfer, announcement.closes_at, local_day(now), calendar)
    screening.ensure_clean(transfer, local_day(now), rules.texts_of(announcement))

    ANNOUNCEMENT_MOVES.move(Deed.ANNOUNCEMENT_PUBLISH, announcement)
    announcement.published_at = now
    key = _make_key(announcement, desk.holders, now)
    announcement.publication = publications.publish(
        PublicationKind.ANNOUNCEMENT,
        announcement,
        facts_of(announcement),
        title=transfer.title,
        title_en=transfer.title_en,
        now=now,
    )
    db.session.flush()
    add_version(announcement, VersionKind.FIRST, actor=actor, now=now)
    complete_step(transfer, rules.ROOM, now=now)
    notices.notify(
        published_rules.told_of(transfer.catalogue_entry.code, users_with_role(Role.PROVIDER), subscribers()),
        word("新公告：“{title}”，{closes} 截止。"),
        now=now,
        link=f"/announcements/{announcement.publication.reference}",
        title=transfer.called,
        closes=announcement.closes_at,
    )

    audit.record(
        Deed.ANNOUNCEMENT_PUBLISH,
        announcement,
        actor=actor,
        now=now,
        closes_at=announcement.closes_at,
        reference=announcement.publication.reference,
        suite=key.suite,
        public=key.public.hex(),
    )


def _make_key(announcement: Announcement, desk: HoldersDesk, now: datetime) -> CompetitionKey:
    """The pair that bids are sealed to; its private half is sealed for every two of the holders and dropped here."""
    holders = {kind: desk.keys[appointment.id] for kind, appointment in desk.holders.items()}
    public, copies = make_competition_key(announcement.id, announcement.attempt, holders)
    key = CompetitionKey(
        announcement_id=announcement.id,
        transfer=announcement.transfer,
        attempt=announcement.attempt,
        suite=sealing.KEY_SUITE,
        public=public,
        made_at=now,
        copies=rows_of(copies),
    )
    db.session.add(key)
    return key


def add_version(
    announcement: Announcement,
    kind: VersionKind,
    *,
    changes: Sequence[Mapping[str, Any]] = (),
    reason: str = "",
    actor: User,
    now: datetime,
) -> AnnouncementVersion:
    """The announcement as it is now becomes its newest published version; `changes` are what the former one said otherwise."""
    assert announcement.publication is not None
    announcement.edition += 1
    version = AnnouncementVersion(
        announcement=announcement,
        number=announcement.edition,
        kind=kind,
        changes=canonical(plain(list(changes))),
        reason=reason,
        closes_at=announcement.closes_at,
        publication=announcement.publication,
        made_at=now,
        made_by=actor,
    )
    db.session.add(version)
    return version


def facts_of(announcement: Announcement) -> dict[str, object]:
    """What the public reads of an announcement: the fields of 财办库〔2020〕50号 (domain 4.5) that this procedure has."""
    transfer, plan = announcement.transfer, announcement.transfer.plan
    return {
        "number": transfer.number,
        "attempt": announcement.attempt,
        "title": transfer.title,
        "title_en": transfer.title_en,
        "purchaser": transfer.department.name,
        "purchaser_en": transfer.department.name_en,
        "mode": transfer.mode,
        "catalogue_code": transfer.catalogue_entry.code,
        "catalogue_name": transfer.catalogue_entry.name,
        "catalogue_name_en": transfer.catalogue_entry.name_en,
        "method": plan.method,
        "budget": plan.budget,
        "ceiling": plan.ceiling,
        "term_months": plan.term_months,
        "content": plan.content,
        "quantity": plan.quantity,
        "quality": plan.quality,
        "standards": [row.cited for row in plan.standards],
        "qualification": plan.qualification,
        "summary": announcement.summary,
        "submission_notes": announcement.submission_notes,
        "contact": announcement.contact,
        "closes_at": announcement.closes_at,
        "opens_at": rules.opens_at(announcement),
        "criteria": [
            {"kind": row.kind, "name": row.name, "standard": row.standard, "weight": row.weight}
            for row in plan.criteria
        ],
        "indicators": [{"name": row.name, "target": row.target, "weight": row.weight} for row in plan.indicators],
        "installments": [
            {"name": row.name, "condition": row.condition, "percent": row.percent, "due_month": row.due_month}
            for row in plan.installments
        ],
    }
