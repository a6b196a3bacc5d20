"""Milestones: reported by the provider, accepted or returned by the purchaser."""

from __future__ import annotations

from datetime import datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.registers import access, audit, files, notices, publications
from procurement.registers.access import Deed
from procurement.registers.files import Upload
from procurement.registers.people import Role, User, users_with_role
from procurement.registers.publications import PublicationKind
from procurement.steps.agreement.models import Milestone
from procurement.steps.performance import rules
from procurement.steps.performance.models import DELIVERY_MOVES, Delivery, DeliveryStatus, delivery_of, desks
from procurement.transfers import line
from procurement.transfers.line import Step
from procurement.transfers.operations import address_of


def report_milestone(
    milestone: Milestone, *, report: str, evidence: Upload | None = None, actor: User, now: datetime
) -> Delivery:
    """Report a milestone as done, or once more after it was returned.

    Raises:
        RuleBroken: an empty report, before the term has begun, or long before the milestone is due.
        WrongState: a milestone that waits for its acceptance or is past it.
    """
    access.require(actor, Deed.MILESTONE_REPORT, milestone)

    line.ensure_at(milestone.transfer, Step.PERFORMANCE)
    delivery = delivery_of(milestone)
    if delivery is not None and delivery.status is not DeliveryStatus.RETURNED:
        raise WrongState(word("“{name}”现在是“{status}”，不能再次报告。"), name=milestone.name, status=delivery.status)
    rules.ensure_report(report, milestone, local_day(now))

    if delivery is None:
        delivery = Delivery(milestone=milestone, status=DeliveryStatus.REPORTED)
        db.session.add(delivery)
    else:
        DELIVERY_MOVES.move(Deed.MILESTONE_REPORT, delivery)
    delivery.report, delivery.reported_by, delivery.reported_at = report, actor, now
    if evidence is not None:
        delivery.evidence = files.keep(evidence, by=actor, now=now)
    db.session.flush()
    notices.notify(
        users_with_role(Role.APPROVER, department_id=milestone.department_id),
        word("“{title}”的“{name}”已完成，请验收。"),
        now=now,
        link=address_of(milestone.transfer),
        title=milestone.transfer.called,
        name=milestone.name,
    )

    audit.record(
        Deed.MILESTONE_REPORT,
        delivery,
        actor=actor,
        now=now,
        milestone=milestone.name,
        evidence=evidence.sha256 if evidence else None,
    )
    return delivery


def accept_milestone(delivery: Delivery, *, findings: str, users_opinion: str, actor: User, now: datetime) -> None:
    """Accept a milestone against each agreed standard, with those served present, and publish the result (RC-3, RC-4)."""
    access.require(actor, Deed.MILESTONE_ACCEPT, delivery)

    line.ensure_at(delivery.transfer, Step.PERFORMANCE)
    DELIVERY_MOVES.ensure_open(Deed.MILESTONE_ACCEPT, delivery)
    rules.ensure_accepts(delivery, findings, users_opinion, actor, local_day(now))
    transfer, agreement = delivery.transfer, delivery.milestone.agreement
    is_last = rules.is_last_acceptance(delivery, desks([transfer])[transfer.id])
    if is_last:
        rules.ensure_nothing_is_added(delivery, local_day(now))

    DELIVERY_MOVES.move(Deed.MILESTONE_ACCEPT, delivery)
    delivery.findings, delivery.users_opinion = findings, users_opinion
    delivery.accepted_by, delivery.accepted_at = actor, now
    if is_last:
        agreement.accepted_at = now
    publications.publish(
        PublicationKind.ACCEPTANCE_NOTICE,
        delivery,
        {
            "number": transfer.number,
            "title": transfer.title,
            "milestone": delivery.milestone.name,
            "provider": agreement.organisation.name,
            "findings": findings,
            "users_opinion": users_opinion,
            "accepted_at": now,
        },
        title=transfer.title,
        title_en=transfer.title_en,
        now=now,
    )
    notices.notify(
        [transfer.officer, delivery.reported_by],
        word("“{title}”的“{name}”验收合格。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        name=delivery.milestone.name,
    )

    audit.record(Deed.MILESTONE_ACCEPT, delivery, actor=actor, now=now, milestone=delivery.milestone.name)


def return_milestone(delivery: Delivery, *, reason: str, actor: User, now: datetime) -> None:
    """Send a report back: the work does not meet what was agreed."""
    access.require(actor, Deed.MILESTONE_RETURN, delivery)

    line.ensure_at(delivery.transfer, Step.PERFORMANCE)
    DELIVERY_MOVES.ensure_open(Deed.MILESTONE_RETURN, delivery)
    if not reason.strip():
        raise RuleBroken(word("退回要写明哪一条没有达到。"), field="reason")

    DELIVERY_MOVES.move(Deed.MILESTONE_RETURN, delivery)
    delivery.return_reason = reason
    notices.notify(
        [delivery.reported_by],
        word("“{title}”的“{name}”被退回整改：{reason}"),
        now=now,
        link=address_of(delivery.transfer),
        title=delivery.transfer.called,
        name=delivery.milestone.name,
        reason=reason,
    )

    audit.record(Deed.MILESTONE_RETURN, delivery, actor=actor, now=now, reason=reason)
