"""What people do before the line, and how a transfer moves along it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import word
from procurement.registers import access, audit, notices
from procurement.registers.access import Deed
from procurement.registers.catalogue import rules as catalogue_rules
from procurement.registers.catalogue.models import (
    CatalogueEntry,
    TransferableFunction,
    TransferMode,
    negative_list_in_force,
)
from procurement.registers.numbering import next_number
from procurement.registers.people import Department, Role, User, users_with_role
from procurement.statute.calendar import working_calendar
from procurement.transfers import line, rules
from procurement.transfers.line import Room, Step
from procurement.transfers.models import (
    PLAN_MOVES,
    TRANSFER_MOVES,
    Criterion,
    ExAnteEvaluation,
    Installment,
    Plan,
    PlanIndicator,
    PlanStatus,
    Resolution,
    StepRecord,
    Transfer,
    TransferStatus,
)
from procurement.transfers.rules import PlanTerms


def address_of(transfer: Transfer) -> str:
    """The page of a transfer, for the link in a notice."""
    return f"/transfers/{transfer.id}"


# ── the plan ───────────────────────────────────────────────────────────────────────────────────────────────────────


def draft_plan(
    department: Department,
    terms: PlanTerms,
    *,
    entry: CatalogueEntry,
    function: TransferableFunction | None = None,
    actor: User,
    now: datetime,
) -> Transfer:
    """Begin a transfer with its plan, from a catalogue entry or a transferable function of the directory.

    Raises:
        Refusals: every rule the plan breaks, each at its field.
        RuleBroken: a text that hits a prohibited row of the negative list (102号令 Art. 10).
    """
    access.require(actor, Deed.PLAN_DRAFT, department)

    rules.ensure_plan_holds(terms, local_day(now))
    catalogue_rules.ensure_clean(terms.texts(), negative_list_in_force())

    transfer = Transfer(
        number=next_number("龙转", local_day(now)),
        title=terms.title,
        title_en=terms.title_en,
        mode=function.mode if function is not None else TransferMode.PURCHASED,
        status=TransferStatus.PREPARING,
        department=department,
        officer=actor,
        catalogue_entry=entry,
        function=function,
        created_at=now,
    )
    plan = Plan(transfer=transfer, drafted_by=actor, status=PlanStatus.DRAFT)
    _write(plan, terms)
    db.session.add_all([transfer, plan])
    db.session.flush()

    audit.record(
        Deed.PLAN_DRAFT,
        transfer,
        actor=actor,
        now=now,
        number=transfer.number,
        title=terms.title,
        entry=entry.code,
        ceiling=terms.ceiling,
    )
    return transfer


def _write(plan: Plan, terms: PlanTerms) -> None:
    for name in rules.TERMS_OF_THE_PLAN:
        setattr(plan, name, getattr(terms, name))
    plan.long_term_grounds = "|".join(sorted(ground.value for ground in terms.long_term_grounds))
    plan.indicators = [
        PlanIndicator(position=place, level=row.level, name=row.name, target=row.target, weight=row.weight)
        for place, row in enumerate(terms.indicators)
    ]
    plan.criteria = [
        Criterion(position=place, kind=row.kind, name=row.name, standard=row.standard, weight=row.weight)
        for place, row in enumerate(terms.criteria)
    ]
    plan.installments = [
        Installment(
            position=place, name=row.name, condition=row.condition, percent=row.percent, due_month=row.due_month
        )
        for place, row in enumerate(terms.installments)
    ]


def revise_plan(plan: Plan, terms: PlanTerms, *, actor: User, now: datetime) -> None:
    """Write a plan anew while it is a draft, or after an evaluation that asks for changes."""
    access.require(actor, Deed.PLAN_REVISE, plan)

    PLAN_MOVES.ensure_open(Deed.PLAN_REVISE, plan)
    rules.ensure_plan_holds(terms, local_day(now))
    catalogue_rules.ensure_clean(terms.texts(), negative_list_in_force())

    PLAN_MOVES.move(Deed.PLAN_REVISE, plan)
    plan.transfer.title, plan.transfer.title_en = terms.title, terms.title_en
    plan.drafted_by = actor
    _write(plan, terms)

    audit.record(Deed.PLAN_REVISE, plan, actor=actor, now=now, title=terms.title, ceiling=terms.ceiling)


def terms_of(plan: Plan) -> PlanTerms:
    """What a stored plan says, as the rules and the form take it."""
    return PlanTerms(
        **{name: getattr(plan.transfer, name) for name in rules.TERMS_OF_THE_TRANSFER},
        **{name: getattr(plan, name) for name in rules.TERMS_OF_THE_PLAN},
        long_term_grounds=frozenset(
            rules.LongTermGround(ground) for ground in plan.long_term_grounds.split("|") if ground
        ),
        indicators=tuple(rules.IndicatorTerms(row.level, row.name, row.target, row.weight) for row in plan.indicators),
        criteria=tuple(rules.CriterionTerms(row.kind, row.name, row.standard, row.weight) for row in plan.criteria),
        installments=tuple(
            rules.InstallmentTerms(row.name, row.condition, row.percent, row.due_month) for row in plan.installments
        ),
    )


def submit_plan(plan: Plan, *, actor: User, now: datetime) -> None:
    """Send a plan to its ex-ante evaluation (IM-6), screened once more against the list in force that day."""
    access.require(actor, Deed.PLAN_SUBMIT, plan)

    PLAN_MOVES.ensure_open(Deed.PLAN_SUBMIT, plan)
    catalogue_rules.ensure_clean(terms_of(plan).texts(), negative_list_in_force())

    PLAN_MOVES.move(Deed.PLAN_SUBMIT, plan)
    plan.submitted_at = now
    notices.notify(
        [*users_with_role(Role.APPROVER, department_id=plan.department_id), *users_with_role(Role.EVALUATOR)],
        word("“{title}”的方案等您作事前绩效评估。"),
        now=now,
        link=address_of(plan.transfer),
        title=plan.transfer.called,
    )

    audit.record(Deed.PLAN_SUBMIT, plan, actor=actor, now=now)


def evaluate_plan(
    plan: Plan,
    *,
    necessity: Decimal,
    economy: Decimal,
    goals: Decimal,
    feasibility: Decimal,
    funding: Decimal,
    opinion: str,
    actor: User,
    now: datetime,
) -> ExAnteEvaluation:
    """Evaluate a plan ex ante: five dimensions of 0 to 20 points each; the total decides the conclusion (EX-1, EX-5).

    Raises:
        RuleBroken: by the drafter of the plan (MT-4), or a score out of its bounds.
    """
    access.require(actor, Deed.PLAN_EVALUATE, plan)

    PLAN_MOVES.ensure_open(Deed.PLAN_EVALUATE, plan)
    rules.ensure_not_drafter(plan, actor, local_day(now))
    scores = (necessity, economy, goals, feasibility, funding)
    rules.ensure_dimension_scores(scores, local_day(now))

    PLAN_MOVES.move(Deed.PLAN_EVALUATE, plan)
    total = sum(scores, Decimal(0))
    evaluation = ExAnteEvaluation(
        plan=plan,
        necessity=necessity,
        economy=economy,
        goals=goals,
        feasibility=feasibility,
        funding=funding,
        total=total,
        conclusion=rules.conclusion_of(total, local_day(now)),
        opinion=opinion,
        evaluated_by=actor,
        evaluated_at=now,
    )
    db.session.add(evaluation)
    notices.notify(
        [plan.transfer.officer, *users_with_role(Role.MEMBER)],
        word("“{title}”的事前绩效评估：{conclusion}，{total} 分。"),
        now=now,
        link=address_of(plan.transfer),
        title=plan.transfer.called,
        conclusion=evaluation.conclusion,
        total=total,
    )

    audit.record(Deed.PLAN_EVALUATE, plan, actor=actor, now=now, total=total, conclusion=evaluation.conclusion)
    return evaluation


# ── before the conference: parts of its deeds, never deeds of their own ────────────────────────────────────────────


def table_plan(plan: Plan, now: datetime) -> None:
    """Put a plan before the joint conference; from then on it is not changed until something is resolved.

    Raises:
        WrongState: a plan that does not wait for the conference.
        RuleBroken: a plan whose evaluation does not support it (EX-3).
    """
    rules.ensure_awaits_conference(plan, local_day(now))
    rules.ensure_supported(plan, local_day(now))

    PLAN_MOVES.move(Deed.CONFERENCE_CONVENE, plan)


def adopt_plan(plan: Plan, resolution: Resolution, now: datetime) -> None:
    """Adopt a plan; its transfer enters the line at the first step."""
    PLAN_MOVES.move(Deed.ITEM_RESOLVE, plan)
    TRANSFER_MOVES.move(Deed.ITEM_RESOLVE, plan.transfer)
    _enter(plan.transfer, Step.ANNOUNCEMENT, now)
    resolution.transfer = plan.transfer
    notices.notify(
        [plan.transfer.officer],
        word("联席会议通过了“{title}”的方案，可以起草公告。"),
        now=now,
        link=address_of(plan.transfer),
        title=plan.transfer.called,
    )


def return_plan(plan: Plan, reason: str, now: datetime) -> None:
    """Send a plan back to its drafter with the conference's reason: the other resolution there is on it."""
    PLAN_MOVES.ensure_open(Deed.ITEM_RESOLVE, plan)

    plan.status = PlanStatus.DRAFT
    notices.notify(
        [plan.transfer.officer],
        word("联席会议退回了“{title}”的方案：{reason}"),
        now=now,
        link=address_of(plan.transfer),
        title=plan.transfer.called,
        reason=reason,
    )


def put_off_plan(plan: Plan, now: datetime) -> None:
    """Let a plan wait for another conference, as it waited before this one."""
    PLAN_MOVES.move(Deed.CONFERENCE_CANCEL, plan)
    notices.notify(
        [plan.transfer.officer],
        word("联席会议没有就“{title}”的方案作出决议，等下一次会议。"),
        now=now,
        link=address_of(plan.transfer),
        title=plan.transfer.called,
    )


# ── along the line ─────────────────────────────────────────────────────────────────────────────────────────────────


def _enter(transfer: Transfer, step: Step, now: datetime) -> None:
    transfer.step = step
    transfer.records.append(StepRecord(step=step, attempt=transfer.attempt, entered_at=now))


def _leave(transfer: Transfer, now: datetime, *, back: bool = False, reason: str = "") -> None:
    record = transfer.records[-1]
    record.left_at, record.left_back, record.reason = now, back, reason


def complete_step(transfer: Transfer, room: Room, *, now: datetime) -> None:
    """Leave the room's step for the following one; part of the deed that ends the step, never a deed of its own.

    Raises:
        RuleBroken: with everything that is outstanding.
    """
    line.ensure_at(transfer, room.step)
    db.session.flush()
    state = room.load([transfer])[transfer.id]
    line.ensure_nothing_outstanding(room.step, room.outstanding(transfer, state, now, working_calendar()))

    _leave(transfer, now)
    if room.step.following is not None:
        _enter(transfer, room.step.following, now)


def step_back(transfer: Transfer, to: Step, *, reason: str, now: datetime) -> None:
    """Go back to an earlier step for a new attempt, with a reason; the history stays. Part of a deed, never one itself."""
    _leave(transfer, now, back=True, reason=reason)
    transfer.attempt += 1
    for appointment in transfer.appointments:
        appointment.ended_at = appointment.ended_at or now
    _enter(transfer, to, now)


def pause_transfer(transfer: Transfer, *, reason: str, actor: User, now: datetime) -> None:
    """Suspend a transfer (法57); nothing moves until it is resumed."""
    access.require(actor, Deed.TRANSFER_PAUSE, transfer)

    TRANSFER_MOVES.ensure_open(Deed.TRANSFER_PAUSE, transfer)
    if not reason.strip():
        raise RuleBroken(word("暂停要写明理由。"), field="reason")

    TRANSFER_MOVES.move(Deed.TRANSFER_PAUSE, transfer)
    transfer.pause_reason = reason
    notices.notify(
        [transfer.officer],
        word("“{title}”被暂停：{reason}"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        reason=reason,
    )

    audit.record(Deed.TRANSFER_PAUSE, transfer, actor=actor, now=now, reason=reason)


def resume_transfer(transfer: Transfer, *, actor: User, now: datetime) -> None:
    """Let a suspended transfer go on where it stood."""
    access.require(actor, Deed.TRANSFER_RESUME, transfer)

    TRANSFER_MOVES.ensure_open(Deed.TRANSFER_RESUME, transfer)

    TRANSFER_MOVES.move(Deed.TRANSFER_RESUME, transfer)
    transfer.pause_reason = ""
    notices.notify(
        [transfer.officer], word("“{title}”恢复办理。"), now=now, link=address_of(transfer), title=transfer.called
    )

    audit.record(Deed.TRANSFER_RESUME, transfer, actor=actor, now=now)
