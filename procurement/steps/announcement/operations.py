"""What people do in step 1: draft, revise and publish the announcement, with the key that its bids are sealed to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.registers import access, audit, files, notices, publications
from procurement.registers.access import Deed
from procurement.registers.audit import canonical, plain
from procurement.registers.catalogue.models import negative_list_in_force
from procurement.registers.catalogue.rules import screen
from procurement.registers.files import Upload
from procurement.registers.organisations.models import organisation_by_code
from procurement.registers.people import Role, User, users_with_role
from procurement.registers.publications import PublicationKind
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules
from procurement.steps.announcement.models import (
    ANNOUNCEMENT_MOVES,
    Announcement,
    AnnouncementStatus,
    AnnouncementVersion,
    BiddingDocuments,
    VersionKind,
    desks,
    documents_of,
)
from procurement.steps.announcement.published import rules as published_rules
from procurement.steps.announcement.published.models import subscribers
from procurement.steps.holders.keys import make_key
from procurement.steps.preliminaries import rules as before
from procurement.steps.preliminaries.models import the_preliminaries
from procurement.transfers import line, methods, screening
from procurement.transfers.line import Step
from procurement.transfers.models import Method, Transfer
from procurement.transfers.operations import complete_step
from procurement.transfers.rules import ensure_few_hits

_NO_SECURITY = Money(0)


def draft_announcement(
    transfer: Transfer,
    *,
    closes_at: datetime,
    summary: str,
    contact: str,
    submission_notes: str = "",
    security: Money = _NO_SECURITY,
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
    rules.ensure_on_workday(transfer, closes_at, local_day(now), working_calendar())
    rules.ensure_security(transfer, security, local_day(now))

    announcement = Announcement(
        transfer=transfer,
        attempt=transfer.attempt,
        status=AnnouncementStatus.DRAFT,
        closes_at=closes_at,
        summary=summary,
        contact=contact,
        submission_notes=submission_notes,
        security=security,
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
    security: Money = _NO_SECURITY,
    actor: User,
    now: datetime,
) -> None:
    """Change an announcement that has not been published."""
    access.require(actor, Deed.ANNOUNCEMENT_REVISE, announcement)

    line.ensure_at(announcement.transfer, Step.ANNOUNCEMENT)
    ANNOUNCEMENT_MOVES.ensure_open(Deed.ANNOUNCEMENT_REVISE, announcement)
    rules.ensure_deadline(announcement.transfer, closes_at, local_day(now), working_calendar())
    rules.ensure_on_workday(announcement.transfer, closes_at, local_day(now), working_calendar())
    rules.ensure_security(announcement.transfer, security, local_day(now))

    announcement.security = security
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
    before.ensure_told_long_enough(desk.preliminaries, transfer, local_day(now), calendar)
    rules.ensure_deadline(transfer, announcement.closes_at, local_day(now), calendar)
    rules.ensure_on_workday(transfer, announcement.closes_at, local_day(now), calendar)
    screening.ensure_clean(transfer, local_day(now), rules.texts(desk))
    documents = desk.documents
    assert documents is not None  # it is outstanding without

    ANNOUNCEMENT_MOVES.move(Deed.ANNOUNCEMENT_PUBLISH, announcement)
    announcement.published_at = now
    announcement.has_talks = methods.talks_of(transfer.plan.method, transfer) is not None
    key = make_key(announcement.id, transfer, desk.holders, now)
    db.session.add(key)
    announcement.publication = publications.publish(
        PublicationKind.ANNOUNCEMENT,
        announcement,
        facts_of(announcement),
        title=transfer.title,
        title_en=transfer.title_en,
        now=now,
    )
    db.session.flush()
    version = add_version(announcement, VersionKind.FIRST, actor=actor, now=now)
    version.pdf, version.docx = documents.pdf, documents.editable
    complete_step(transfer, rules.ROOM, now=now)
    notices.notify(
        _called(transfer),
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


def publish_version(
    announcement: Announcement,
    kind: VersionKind,
    changes: Sequence[Mapping[str, Any]],
    reason: str,
    *,
    actor: User,
    now: datetime,
) -> None:
    """The announcement as it is now becomes its next public edition, and that its newest version."""
    transfer = announcement.transfer
    announcement.publication = publications.publish(
        PublicationKind.ANNOUNCEMENT,
        announcement,
        facts_of(announcement),
        title=transfer.title,
        title_en=transfer.title_en,
        now=now,
    )
    db.session.flush()
    add_version(announcement, kind, changes=changes, reason=reason.strip(), actor=actor, now=now)
    db.session.flush()


def _called(transfer: Transfer) -> list[User]:
    """Who is told of a call: who follows its code, and every provider who follows nothing; of a single source its own people."""
    if transfer.plan.method is not Method.SINGLE_SOURCE:
        providers = users_with_role(Role.PROVIDER)
        return published_rules.told_of(transfer.catalogue_entry.code, providers, subscribers())
    source = organisation_by_code(transfer.plan.source_code)
    return list(users_with_role(Role.PROVIDER, organisation_id=source.id)) if source is not None else []


def _waiver_of(transfer: Transfer) -> str:
    """Why the intention was not public in time, where that was written and one had to be."""
    intention = the_preliminaries(transfer).intention
    return intention.waiver if intention is not None else ""


def assemble_documents(
    announcement: Announcement, *, pdf: Upload, docx: Upload, seen: str, actor: User, now: datetime
) -> BiddingDocuments:
    """Keep the bidding documents as they were printed just before from plan and text; what was completed before is dropped.

    Raises:
        Conflict: when plan or text are no longer what they were printed from.
    """
    access.require(actor, Deed.DOCUMENTS_ASSEMBLE, announcement)

    line.ensure_at(announcement.transfer, Step.ANNOUNCEMENT)
    ANNOUNCEMENT_MOVES.ensure_open(Deed.ANNOUNCEMENT_REVISE, announcement)
    rules.ensure_documents_as_printed(announcement, seen)

    documents = documents_of(announcement)
    if documents is None:
        documents = BiddingDocuments(announcement=announcement)
        db.session.add(documents)
    documents.digest = seen
    documents.pdf, documents.docx = files.keep(pdf, by=actor, now=now), files.keep(docx, by=actor, now=now)
    documents.assembled_at, documents.assembled_by_id = now, actor.id
    documents.completed = documents.completed_at = documents.completed_by_id = None
    documents.text = ""
    db.session.flush()

    audit.record(Deed.DOCUMENTS_ASSEMBLE, announcement, actor=actor, now=now, pdf=pdf.sha256, docx=docx.sha256, of=seen)
    return documents


def complete_documents(documents: BiddingDocuments, upload: Upload, *, text: str, actor: User, now: datetime) -> None:
    """Let a file that the officer has completed take the place of the assembled DOCX; `text` is what was read of it.

    Raises:
        RuleBroken: another kind of file, or documents that plan or text have left behind.
    """
    access.require(actor, Deed.DOCUMENTS_COMPLETE, documents)

    line.ensure_at(documents.transfer, Step.ANNOUNCEMENT)
    ANNOUNCEMENT_MOVES.ensure_open(Deed.ANNOUNCEMENT_REVISE, documents.announcement)
    rules.ensure_may_complete(documents, upload.kind)
    ensure_few_hits(screen({"document": text}, negative_list_in_force(local_day(now))))

    documents.completed = files.keep(upload, by=actor, now=now)
    documents.completed_at, documents.completed_by_id, documents.text = now, actor.id, text

    audit.record(Deed.DOCUMENTS_COMPLETE, documents, actor=actor, now=now, sha256=upload.sha256, is_read=bool(text))


def facts_of(announcement: Announcement) -> dict[str, object]:
    """What the public reads of an announcement, in every edition: the fields of 财办库〔2020〕50号 (domain 4.5) that this procedure has."""
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
        "security": announcement.security,
        "intention_waiver": _waiver_of(transfer),
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


def print_documents(
    version: AnnouncementVersion, pdf: Upload, docx: Upload | None, *, actor: User, now: datetime
) -> None:
    """Give a version that a change has made its bidding documents, printed from what the change left (条例31).

    A file that the officer completed is not made anew: the version then has the PDF alone.

    Raises:
        Conflict: they are there already, or the announcement has been changed again.
    """
    access.require(actor, Deed.DOCUMENTS_PRINT, version)

    if version.pdf is not None or version.number != version.announcement.edition:
        raise Conflict(word("这一版的文件已经打印，或者公告又有了新版。"))

    version.pdf = files.keep(pdf, by=None, now=now)
    version.docx = files.keep(docx, by=None, now=now) if docx is not None else None

    audit.record(Deed.DOCUMENTS_PRINT, version, actor=actor, now=now, number=version.number, sha256=pdf.sha256)
