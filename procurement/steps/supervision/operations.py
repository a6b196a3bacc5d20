"""What people do in step 6: inspect, evaluate, close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import WrongState, ensure_all
from procurement.foundation.labels import word
from procurement.registers import access, audit, files, notices, publications
from procurement.registers.access import Deed
from procurement.registers.audit import canonical, plain
from procurement.registers.budgets import operations as budgets
from procurement.registers.files import Upload
from procurement.registers.indicators import expenditure_frame, grade_of
from procurement.registers.people import Role, User, users_with_role
from procurement.registers.publications import PublicationKind
from procurement.registers.standards.models import standards_by_reference
from procurement.statute.clauses import Phase
from procurement.steps.supervision import rules
from procurement.steps.supervision.models import (
    ExpenditureEvaluation,
    Inspection,
    InspectionResult,
    desks,
    evaluation_of,
)
from procurement.steps.supervision.rules import Mark
from procurement.transfers import line
from procurement.transfers.line import Step
from procurement.transfers.models import TRANSFER_MOVES, Ending, Transfer
from procurement.transfers.operations import address_of
from procurement.transfers.take_backs.models import open_take_back_of
from procurement.transfers.take_backs.rules import ensure_decided


def record_inspection(
    transfer: Transfer,
    *,
    inspected_on: date,
    place: str,
    result: InspectionResult,
    findings: str,
    standard: str = "",
    actor: User,
    now: datetime,
) -> Inspection:
    """Record an inspection; lawful from the handover on (CT-4, CT-9).

    `standard` is the code or title of what it was held against, where it was held against one.
    """
    access.require(actor, Deed.INSPECTION_RECORD, transfer)

    line.ensure_reached(transfer, Step.PERFORMANCE)
    known = standards_by_reference([standard] if standard else []).get(standard, ())
    ensure_all(
        lambda: rules.ensure_inspection(transfer, inspected_on, findings, local_day(now)),
        lambda: rules.ensure_checkable(standard, known, transfer.plan.standards),
    )

    inspection = Inspection(
        transfer=transfer,
        inspected_on=inspected_on,
        place=place,
        result=result,
        findings=findings,
        # Once the last delivery is accepted the transfer stands at supervision: what is looked at then is the outcome.
        phase=Phase.AFTER if transfer.step is Step.SUPERVISION else Phase.DURING,
        standard=known[0] if known else None,
        recorded_by=actor,
        recorded_at=now,
    )
    db.session.add(inspection)
    db.session.flush()
    if result is InspectionResult.FAULTS:
        notices.notify(
            users_with_role(Role.PROVIDER, organisation_id=transfer.provider_id),
            word("“{title}”的检查发现问题：{findings}"),
            now=now,
            link=address_of(transfer),
            title=transfer.called,
            findings=findings,
        )

    audit.record(
        Deed.INSPECTION_RECORD,
        inspection,
        actor=actor,
        now=now,
        result=result,
        inspected_on=inspected_on,
        standard=known[0].cited if known else None,
    )
    return inspection


@dataclass(frozen=True, slots=True)
class EvaluationTerms:
    """What an evaluator writes: a mark per indicator, and the sections of the report (domain 6.2)."""

    marks: Mapping[str, Mark]
    overview: str
    method: str
    experience: str
    problems: str
    advice: str
    independence: bool

    def total(self, day: date) -> Decimal:
        """The sum of the scores, in points of 100, to two places."""
        return expenditure_frame(day).total({key: mark.score for key, mark in self.marks.items()})


def evaluation_number(transfer: Transfer) -> str:
    """The number an evaluation report will carry: the transfer's own, so that it can be printed before the deed."""
    return transfer.number.replace("龙转", "龙评", 1)


def conclude_evaluation(
    transfer: Transfer, terms: EvaluationTerms, *, text: Upload, seen: str, actor: User, now: datetime
) -> ExpenditureEvaluation:
    """Conclude the expenditure evaluation with its printed report and publish its result (PE-8, IM-8).

    `text` was printed before this deed from `terms` and from what `seen` is the digest of.

    Raises:
        RuleBroken: an evaluator who is not independent, a score out of its bounds.
    """
    access.require(actor, Deed.EVALUATION_CONCLUDE, transfer)

    line.ensure_at(transfer, Step.SUPERVISION)
    day = local_day(now)
    if evaluation_of(transfer) is not None:
        raise WrongState(word("“{title}”的支出绩效评价已经形成。"), title=transfer.called)
    frame = expenditure_frame(day)
    rules.ensure_independent(transfer, actor, terms.independence, day)
    rules.ensure_marks(terms.marks, frame, day)
    rules.ensure_same_facts(transfer, desks([transfer])[transfer.id], seen)

    total = terms.total(day)
    evaluation = ExpenditureEvaluation(
        transfer=transfer,
        number=evaluation_number(transfer),
        total=total,
        grade=grade_of(total, day),
        overview=terms.overview,
        method=terms.method,
        experience=terms.experience,
        problems=terms.problems,
        advice=terms.advice,
        independence=terms.independence,
        evaluated_by=actor,
        concluded_at=now,
        text=files.keep(text, by=actor, now=now),
        scores=canonical(
            plain(
                [
                    {
                        "key": row.key,
                        "points": row.points,
                        "score": terms.marks[row.key].score,
                        "remark": terms.marks[row.key].remark,
                    }
                    for row in frame.indicators
                ]
            )
        ),
    )
    db.session.add(evaluation)
    db.session.flush()
    evaluation.publication = publications.publish(
        PublicationKind.EVALUATION_NOTICE,
        evaluation,
        {
            "number": evaluation.number,
            "title": transfer.title,
            "mode": transfer.mode,
            "purchaser": transfer.department.name,
            "purchaser_en": transfer.department.name_en,
            "provider": transfer.provider.name if transfer.provider else "",
            "provider_en": transfer.provider.name_en if transfer.provider else "",
            "total": total,
            "grade": evaluation.grade,
            "advice": terms.advice,
            "sha256": text.sha256,
        },
        title=transfer.title,
        title_en=transfer.title_en,
        now=now,
    )
    notices.notify(
        [transfer.officer, *users_with_role(Role.PROVIDER, organisation_id=transfer.provider_id)],
        word("“{title}”的支出绩效评价：{total} 分，{grade}。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        total=total,
        grade=evaluation.grade,
    )

    audit.record(
        Deed.EVALUATION_CONCLUDE,
        evaluation,
        actor=actor,
        now=now,
        total=total,
        grade=evaluation.grade,
        sha256=text.sha256,
    )
    return evaluation


def close_transfer(transfer: Transfer, *, actor: User, now: datetime) -> None:
    """Close the case; this ends step 6. Its records are kept for fifteen years (CK-15).

    Raises:
        RuleBroken: while an inspection or the evaluation is outstanding, or a take-back is proposed.
    """
    access.require(actor, Deed.TRANSFER_CLOSE, transfer)

    line.ensure_at(transfer, Step.SUPERVISION)
    TRANSFER_MOVES.ensure_open(Deed.TRANSFER_CLOSE, transfer)
    ensure_decided(open_take_back_of(transfer), local_day(now))
    desk = desks([transfer])[transfer.id]
    line.ensure_nothing_outstanding(Step.SUPERVISION, rules.before_closing(transfer, desk, local_day(now)))

    TRANSFER_MOVES.move(Deed.TRANSFER_CLOSE, transfer)
    transfer.ending, transfer.closed_at = Ending.COMPLETED, now
    transfer.records[-1].left_at = now
    budgets.settle(transfer.chain_key)
    notices.notify(
        users_with_role(Role.PROVIDER, organisation_id=transfer.provider_id),
        word("“{title}”已办结归档。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
    )

    audit.record(Deed.TRANSFER_CLOSE, transfer, actor=actor, now=now)
