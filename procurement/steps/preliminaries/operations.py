"""What people do before an announcement: tell of the intention, or why not; tell of a single source, and answer objections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.registers import access, audit, publications
from procurement.registers.access import Deed
from procurement.registers.audit import canonical, plain
from procurement.registers.organisations.models import organisation_by_code
from procurement.registers.people import User
from procurement.registers.publications import PublicationKind
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.steps.preliminaries import rules
from procurement.steps.preliminaries.models import (
    Intention,
    Opinion,
    SourceNotice,
    SourceObjection,
    the_preliminaries,
)
from procurement.transfers import screening
from procurement.transfers.models import Transfer


def publish_intention(transfer: Transfer, *, outline: str, planned_month: str, actor: User, now: datetime) -> Intention:
    """Make the intention to buy public: name, need, budget and planned month (财库〔2020〕10号, MT-3).

    `planned_month` is written as 2025-11. Where the plan says otherwise since, it is published anew and its period begins anew.

    Raises:
        WrongState: before the plan is submitted, after the announcement, or a second time.
        RuleBroken: where nothing is bought, or nothing that procurement law governs.
    """
    access.require(actor, Deed.INTENTION_PUBLISH, transfer)

    rules.ensure_may_be_told(transfer)
    rules.ensure_needs_intention(transfer, local_day(now))
    intention = the_preliminaries(transfer).intention
    rules.ensure_intention_new(intention, transfer)
    rules.ensure_intention_said(outline, planned_month, local_day(now))
    screening.ensure_clean_texts(transfer, local_day(now), rules.texts_of(actor, outline=outline))

    publication = publications.publish(
        PublicationKind.INTENTION_NOTICE,
        transfer,
        {
            "number": transfer.number,
            "mode": transfer.mode,
            "purchaser": transfer.department.name,
            "purchaser_en": transfer.department.name_en,
            "outline": outline.strip(),
            "budget": transfer.plan.budget,
            "planned_month": planned_month,
        },
        title=transfer.title,
        title_en=transfer.title_en,
        now=now,
    )
    intention = intention or Intention(transfer=transfer)
    intention.outline, intention.planned_month = outline.strip(), planned_month
    intention.published_at, intention.publication = now, publication
    intention.told_of_plan = canonical(plain(rules.told_by_intention(transfer)))
    db.session.add(intention)
    db.session.flush()

    audit.record(
        Deed.INTENTION_PUBLISH, transfer, actor=actor, now=now, planned_month=planned_month,
        reference=publication.reference,
    )  # fmt: skip
    return intention


def waive_intention(transfer: Transfer, *, reason: str, actor: User, now: datetime) -> Intention:
    """Say in writing why the intention was not public in time; the reason goes out with the announcement (MT-3).

    Raises:
        WrongState: before the plan is submitted, after the announcement, or a second time.
        RuleBroken: without a reason.
    """
    access.require(actor, Deed.INTENTION_WAIVE, transfer)

    rules.ensure_may_be_told(transfer)
    rules.ensure_needs_intention(transfer, local_day(now))
    intention = the_preliminaries(transfer).intention
    rules.ensure_may_waive(intention, reason, local_day(now))
    screening.ensure_clean_texts(transfer, local_day(now), rules.texts_of(actor, reason=reason))

    intention = intention or Intention(transfer=transfer)
    intention.waiver, intention.waived_at, intention.waived_by = reason.strip(), now, actor
    db.session.add(intention)
    db.session.flush()

    audit.record(Deed.INTENTION_WAIVE, transfer, actor=actor, now=now, reason=reason.strip())
    return intention


def publish_source_notice(
    transfer: Transfer, *, reason: str, opinions: Sequence[Opinion], actor: User, now: datetime
) -> SourceNotice:
    """Make public that one organisation alone is to be called, with reasons and opinions (条例38; FL-5; domain 4.5).

    Where the plan says otherwise since, it is published anew: its period begins anew, and objections to it stand.

    Raises:
        WrongState: before the plan is submitted, after the announcement, or a second time.
        RuleBroken: another method or ground; no reason; an opinion that is not whole.
    """
    access.require(actor, Deed.SOURCE_NOTICE_PUBLISH, transfer)

    day = local_day(now)
    rules.ensure_may_be_told(transfer)
    former = the_preliminaries(transfer).notice
    rules.ensure_needs_source_notice(transfer, former, day)
    rules.ensure_notice_said(reason, opinions, day)
    said = {"reason": reason, "opinions": "\n".join(row.opinion for row in opinions)}
    screening.ensure_clean_texts(transfer, day, rules.texts_of(actor, **said))
    source = organisation_by_code(transfer.plan.source_code)
    assert source is not None  # ensure_method_fits has refused that

    publication = publications.publish(
        PublicationKind.SOURCE_NOTICE,
        transfer,
        {
            "number": transfer.number,
            "mode": transfer.mode,
            "purchaser": transfer.department.name,
            "purchaser_en": transfer.department.name_en,
            "content": transfer.plan.content,
            "budget": transfer.plan.budget,
            "ground": transfer.plan.source_ground,
            "reason": reason.strip(),
            "supplier": source.name,
            "supplier_address": source.address,
            "opinions": [asdict(row) for row in opinions],
            "ends_on": limits.SINGLE_SOURCE_NOTICE.on(day).last_counted(day, working_calendar()),
            "contact": f"{transfer.department.name} {transfer.officer.name}",
        },
        title=transfer.title,
        title_en=transfer.title_en,
        now=now,
    )
    notice = former or SourceNotice(transfer=transfer)
    notice.reason, notice.opinions = reason.strip(), canonical(plain([asdict(row) for row in opinions]))
    notice.told_of_plan = canonical(plain(rules.told_by_source_notice(transfer)))
    notice.published_at, notice.publication = now, publication
    db.session.add(notice)
    db.session.flush()

    audit.record(
        Deed.SOURCE_NOTICE_PUBLISH, transfer, actor=actor, now=now, source=source.id,
        reference=notice.publication.reference,
    )  # fmt: skip
    return notice


def note_source_objection(
    notice: SourceNotice, *, objector: str, text: str, actor: User, now: datetime
) -> SourceObjection:
    """Record an objection that has come in; until it is answered the announcement is not published."""
    access.require(actor, Deed.SOURCE_OBJECTION_NOTE, notice)

    rules.ensure_may_be_told(notice.transfer)
    rules.ensure_objection_said(objector, text)

    objection = SourceObjection(
        notice=notice, objector=objector.strip(), text=text.strip(), noted_at=now, noted_by_id=actor.id
    )
    db.session.add(objection)
    db.session.flush()

    audit.record(Deed.SOURCE_OBJECTION_NOTE, notice, actor=actor, now=now, objection=objection.id)
    return objection


def answer_source_objection(objection: SourceObjection, *, answer: str, actor: User, now: datetime) -> None:
    """Answer an objection to a single source."""
    access.require(actor, Deed.SOURCE_OBJECTION_ANSWER, objection)

    rules.ensure_answer(objection, answer)

    objection.answer, objection.answered_at, objection.answered_by_id = answer.strip(), now, actor.id

    audit.record(Deed.SOURCE_OBJECTION_ANSWER, objection, actor=actor, now=now, objection=objection.id)
