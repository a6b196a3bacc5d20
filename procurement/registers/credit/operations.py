"""Entering grades and credit records, and ending a record. What they forbid follows from them, and is no deed."""

from __future__ import annotations

from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.registers import access, audit, notices
from procurement.registers.access import Deed
from procurement.registers.credit import rules
from procurement.registers.credit.models import CreditRecord, Grade
from procurement.registers.credit.rules import GradeTerms, RecordTerms
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import Role, User, users_with_role
from procurement.statute.calendar import working_calendar


def enter_grade(organisation: Organisation, terms: GradeTerms, *, actor: User, now: datetime) -> Grade:
    """Enter the grade an assessment gave, with its document (CR-10).

    Raises:
        Refusals: days or document that cannot be.
    """
    access.require(actor, Deed.GRADE_ENTER, organisation)

    until = rules.ensure_grade(terms, local_day(now), working_calendar())

    grade = Grade(
        organisation=organisation, level=terms.level, from_day=terms.from_day, until_day=until,
        document=terms.document.strip(), entered_at=now, entered_by=actor,
    )  # fmt: skip
    db.session.add(grade)
    db.session.flush()

    audit.record(
        Deed.GRADE_ENTER, organisation, actor=actor, now=now, grade=grade.id, level=grade.level, since=grade.from_day,
        until=until, document=grade.document,
    )  # fmt: skip
    return grade


def enter_credit_record(organisation: Organisation, terms: RecordTerms, *, actor: User, now: datetime) -> CreditRecord:
    """Enter a commendation or a bad record; its organisation is told, and a barring one bars from its day on (CR-1).

    Raises:
        Refusals: days, document or content that cannot be.
    """
    access.require(actor, Deed.CREDIT_RECORD_ENTER, organisation)

    rules.ensure_record(terms, local_day(now))

    record = CreditRecord(
        organisation=organisation, kind=terms.kind, from_day=terms.from_day, until_day=terms.until_day,
        document=terms.document.strip(), content=terms.content.strip(), entered_at=now, entered_by=actor,
    )  # fmt: skip
    db.session.add(record)
    db.session.flush()
    notices.notify(
        users_with_role(Role.PROVIDER, organisation_id=organisation.id),
        word("“{name}”的信用记录新增一条：{kind}，自 {day} 起（{document}）。有异议请联系政府经办人。"),
        now=now, link=f"/organisations/{organisation.id}", name=organisation.called, kind=record.kind, day=record.from_day,
        document=record.document,
    )  # fmt: skip

    audit.record(
        Deed.CREDIT_RECORD_ENTER, organisation, actor=actor, now=now, record=record.id, kind=record.kind,
        since=record.from_day, until=record.until_day, document=record.document,
    )  # fmt: skip
    return record


def lift_credit_record(record: CreditRecord, last_day: date, reason: str, *, actor: User, now: datetime) -> None:
    """End a record on a day, with the reason: removed from a list, a decision withdrawn. It is never deleted."""
    access.require(actor, Deed.CREDIT_RECORD_LIFT, record)

    if not record.in_force_on(local_day(now)):
        raise WrongState(word("这条记录现在不生效，没有可以结束的。"))
    if not reason.strip():
        raise RuleBroken(word("写明结束的理由和依据。"), field="reason")
    if last_day < record.from_day or last_day > local_day(now):
        raise RuleBroken(
            word("最后一天 {day} 应在开始日期 {since} 至今天之间。"),
            day=last_day,
            since=record.from_day,
            field="last_day",
        )

    before = record.until_day
    record.until_day, record.lifted_reason = last_day, reason.strip()

    audit.record(
        Deed.CREDIT_RECORD_LIFT, record, actor=actor, now=now, organisation=record.organisation.name, before=before,
        until=last_day, reason=record.lifted_reason,
    )  # fmt: skip
