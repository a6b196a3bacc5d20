"""What people do before the line, and how a transfer moves along it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import DomainError, RuleBroken, WrongState, faults_of_all
from procurement.foundation.labels import word
from procurement.registers import access, audit, files, notices, publications
from procurement.registers.access import Deed
from procurement.registers.audit import canonical, plain
from procurement.registers.budgets import operations as budgets
from procurement.registers.budgets.models import BudgetLine
from procurement.registers.catalogue import rules as catalogue_rules
from procurement.registers.catalogue.editions import ensure_drafted_under
from procurement.registers.catalogue.models import (
    CatalogueEntry,
    ListKind,
    NegativeListEntry,
    ReferenceEdition,
    TransferableFunction,
    TransferMode,
    edition_in_force,
    negative_list_in_force,
)
from procurement.registers.files import Upload
from procurement.registers.numbering import next_number
from procurement.registers.organisations.models import organisation_by_code
from procurement.registers.people import Department, Role, User, users_with_role
from procurement.registers.powers import ensure_power_holds, power_by_code
from procurement.registers.publications import PublicationKind
from procurement.registers.standards import rules as standard_rules
from procurement.registers.standards.models import standards_by_reference
from procurement.statute.calendar import working_calendar
from procurement.transfers import ex_ante, line, pauses, rules, screening, sections
from procurement.transfers.ex_ante import ExAnteTerms
from procurement.transfers.line import Room, Step
from procurement.transfers.models import (
    PLAN_MOVES,
    TRANSFER_MOVES,
    Conclusion,
    ConfirmedHit,
    Criterion,
    Dimension,
    Ending,
    ExAnteEvaluation,
    Installment,
    Plan,
    PlanAttachment,
    PlanCondition,
    PlanFunding,
    PlanIndicator,
    PlanStatus,
    Resolution,
    ScreeningFinding,
    StepRecord,
    Transfer,
    TransferStatus,
    attachments_of,
)
from procurement.transfers.rules import PlanTerms, Screened, ScreenedText
from procurement.transfers.sections import Section


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
    former: Plan | None = None,
    form_key: str | None = None,
    actor: User,
    now: datetime,
) -> Transfer:
    """Begin a transfer with its plan, from a catalogue entry or a transferable function of the directory.

    The matter and its power are said; every other section may follow, or be taken over from a `former` plan. `form_key` is
    the opened form in which it was said; of one form there is one plan.

    Raises:
        Refusals: every rule that what is said breaks, each at its field.
        RuleBroken: a heading of the catalogue; an entry that the negative list bars (102号令 Art. 10). A text that hits it is kept, so that others can
            look at it; the plan is submitted when its hits are cleared.
    """
    access.require(actor, Deed.PLAN_DRAFT, department)

    day = local_day(now)
    rules.ensure_is_item(entry)
    rules.ensure_ready(function, day)
    ensure_drafted_under(entry, edition_in_force(ListKind.CATALOGUE, day), day)
    if former is not None:
        sections.ensure_may_start_from(former, department, actor)
    said = {Section.MATTER, *sections.begun(terms)}
    sections.ensure_in(said, _faults_in(terms, entry, department, function, day))

    taken_over = handed_on(former)
    whole = sections.started(terms, taken_over)
    transfer = Transfer(
        number=next_number("龙转", day),
        title=terms.title,
        title_en=terms.title_en,
        mode=_mode_of(function),
        status=TransferStatus.PREPARING,
        department=department,
        officer=access.in_whose_name(actor, Deed.PLAN_DRAFT),
        catalogue_entry=entry,
        function=function,
        created_at=now,
    )
    plan = Plan(
        transfer=transfer,
        drafted_by=actor,
        writers=[actor],
        status=PlanStatus.DRAFT,
        started_from=former,
        form_key=form_key,
        taken_over="|".join(sections.handed_on(taken_over)),
    )
    _write(plan, whole, day)
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
        started_from=former.transfer.number if former is not None else None,
    )
    return transfer


def handed_on(former: Plan | None) -> PlanTerms:
    """What a former plan says that may be said again; a standard that is no longer followed stays behind."""
    if former is None:
        return PlanTerms()
    followed = tuple(row.reference for row in former.standards if standard_rules.may_be_followed(row))
    return sections.started(PlanTerms(), replace(rules.terms_of(former), standards=followed))


def _mode_of(function: TransferableFunction | None) -> TransferMode:
    return function.mode if function is not None else TransferMode.PURCHASED


def faults_in_plan(plan: Plan, day: date) -> list[DomainError]:
    """Everything that keeps a plan from being submitted on `day`, its hits and the conditions of its evaluation left out."""
    transfer = plan.transfer
    return _faults_in(
        rules.terms_of(plan), transfer.catalogue_entry, transfer.department, transfer.function, day,
        matter=transfer.chain_key,
    )  # fmt: skip


def ensure_may_be_amended(plan: Plan, terms: PlanTerms, changed: Collection[str], day: date) -> None:
    """Refuse a plan that breaks a rule in the sections of its `changed` fields: an announced plan changes within its budget.

    Raises:
        Refusals: every rule that these sections break, each at its field.
    """
    transfer = plan.transfer
    faults = _faults_in(
        terms, transfer.catalogue_entry, transfer.department, transfer.function, day, matter=transfer.chain_key
    )
    anew = {section for section in map(sections.section_of, changed) if section is not None}
    # A payment falls due within the term: a new term asks for the payments again.
    anew |= {Section.PAYMENTS} if "term_months" in changed else set()
    sections.ensure_in(anew, faults)


def amend_plan(plan: Plan, terms: PlanTerms, changed: Collection[str], actor: User) -> None:
    """Write the changed fields of an announced plan; part of the deed that amends the announcement, never one itself.

    Rows of other tables stay as they are: what was reserved of each year refers to them.
    """
    for name in changed:
        if name in rules.TERMS_OF_THE_PLAN:
            setattr(plan, name, getattr(terms, name))
    if "criteria" in changed:
        plan.criteria = _criteria_of(terms)
    if "installments" in changed:
        plan.installments = _installments_of(terms)
    _remember_writer(plan, actor)


def _criteria_of(terms: PlanTerms) -> list[Criterion]:
    return [
        Criterion(position=place, kind=row.kind, name=row.name, standard=row.standard, weight=row.weight)
        for place, row in enumerate(terms.criteria)
    ]


def _installments_of(terms: PlanTerms) -> list[Installment]:
    return [
        Installment(
            position=place, name=row.name, condition=row.condition, percent=row.percent, due_month=row.due_month
        )
        # In the order in which they fall due, however they were typed; those of one month as they were typed.
        for place, row in enumerate(sorted(terms.installments, key=lambda row: row.due_month))
    ]


def _faults_in(
    terms: PlanTerms,
    entry: CatalogueEntry,
    department: Department,
    function: TransferableFunction | None,
    day: date,
    *,
    matter: str = "",
) -> list[DomainError]:
    """Everything a plan is held to: its own rules, its power, standards and budget, and that its entry is not barred.

    What its texts hit is shown, and stops it when it is submitted: whoever finds a hit a misfire must be able to read it.
    """
    power, known = power_by_code(terms.power_code, day), standards_by_reference(terms.standards)
    return faults_of_all(
        lambda: sections.ensure_said(terms),
        lambda: rules.ensure_plan_holds(terms, _mode_of(function), day),
        lambda: rules.ensure_method_approved(terms, _mode_of(function), day),
        lambda: rules.ensure_method_fits(terms, _mode_of(function), organisation_by_code(terms.source_code), day),
        lambda: ensure_power_holds(terms.power_code, power, department, function, day),
        lambda: standard_rules.ensure_may_follow(terms.standards, known),
        lambda: budgets.ensure_available(department.id, terms.fundings, day, matter=matter),
        lambda: catalogue_rules.ensure_not_barred(entry.code, negative_list_in_force(day)),
    )


def _write(plan: Plan, terms: PlanTerms, day: date) -> None:
    power, known = power_by_code(terms.power_code, day), standards_by_reference(terms.standards)
    assert power is not None  # ensure_power_holds has refused that
    plan.power, plan.budget = power, terms.budget
    for name in rules.TERMS_OF_THE_PLAN:
        setattr(plan, name, getattr(terms, name))
    plan.standards = [known[reference][0] for reference in terms.standards]
    plan.fundings = [
        PlanFunding(position=place, year=row.year, code=row.code, amount=row.amount)
        for place, row in enumerate(terms.fundings)
    ]
    plan.long_term_grounds = "|".join(sorted(ground.value for ground in terms.long_term_grounds))
    plan.indicators = [
        PlanIndicator(position=place, level=row.level, name=row.name, target=row.target, weight=row.weight)
        for place, row in enumerate(terms.indicators)
    ]
    plan.criteria, plan.installments = _criteria_of(terms), _installments_of(terms)


def _remember_writer(plan: Plan, actor: User) -> None:
    """Keep who wrote of a plan, however often it is written anew: neither finding, evaluation nor resolution is theirs."""
    if actor not in plan.writers:
        plan.writers.append(actor)


def revise_plan(
    plan: Plan,
    terms: PlanTerms,
    anew: Collection[Section] = tuple(Section),
    *,
    seen: Mapping[Section, str] | None = None,
    actor: User,
    now: datetime,
) -> None:
    """Say sections of a plan anew while it is a draft: a new one, or one that an evaluation or the conference has sent back.

    `anew` are the sections that are taken from `terms`; the others stay as they are, whoever has written them meanwhile.
    `seen` is the digest of each that was opened on a page.

    Raises:
        Conflict: a section that somebody has saved since it was opened.
        Refusals: every rule that these sections break, each at its field; what lacks elsewhere is asked at submission.
    """
    access.require(actor, Deed.PLAN_REVISE, plan)

    PLAN_MOVES.ensure_open(Deed.PLAN_REVISE, plan)
    transfer = plan.transfer
    before = rules.terms_of(plan)
    sections.ensure_as_opened(plan, before, seen or {})
    whole = sections.merged(before, terms, anew)
    sections.ensure_in(
        anew,
        _faults_in(
            whole, transfer.catalogue_entry, transfer.department, transfer.function, local_day(now),
            matter=transfer.chain_key,
        ),
    )  # fmt: skip

    PLAN_MOVES.move(Deed.PLAN_REVISE, plan)
    transfer.title, transfer.title_en = whole.title, whole.title_en
    plan.drafted_by = actor
    _remember_writer(plan, actor)
    _write(plan, whole, local_day(now))

    audit.record(
        Deed.PLAN_REVISE, plan, actor=actor, now=now, title=whole.title, ceiling=whole.ceiling,
        sections=[section.value for section in Section if section in anew],
    )  # fmt: skip


def abandon_plan(plan: Plan, *, reason: str, actor: User, now: datetime) -> None:
    """Give a draft up, a new one or one that was sent back: its transfer ends before the line, and nothing of it is public.

    Raises:
        WrongState: what is no draft; what is handed in is taken back first.
        NotPermitted: a colleague who neither drafted it last nor is in charge of it.
    """
    access.require(actor, Deed.PLAN_ABANDON, plan)

    PLAN_MOVES.ensure_open(Deed.PLAN_ABANDON, plan)
    rules.ensure_is_theirs(plan, actor)
    if not reason.strip():
        raise RuleBroken(word("放弃方案要写明理由。"), field="reason")

    transfer = plan.transfer
    PLAN_MOVES.move(Deed.PLAN_ABANDON, plan)
    TRANSFER_MOVES.move(Deed.PLAN_ABANDON, transfer)
    transfer.ending, transfer.closed_at, transfer.end_reason = Ending.ABANDONED, now, reason
    budgets.release(plan.chain_key)
    notices.notify(
        [row for row in plan.writers if row.id != actor.id],
        word("“{title}”的方案放弃了：{reason}"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        reason=reason,
    )

    audit.record(Deed.PLAN_ABANDON, plan, actor=actor, now=now, reason=reason)


def submit_plan(plan: Plan, *, actor: User, now: datetime) -> None:
    """Send a plan to its ex-ante evaluation (IM-6): held to every rule and screened that day, its money reserved (IM-3).

    Raises:
        RuleBroken: a hit that has not been cleared, or a condition of its last evaluation that has not been met.
        Refusals: every rule it breaks, each at its field; a section in which nothing is said is one of them.
    """
    access.require(actor, Deed.PLAN_SUBMIT, plan)

    PLAN_MOVES.ensure_open(Deed.PLAN_SUBMIT, plan)
    ex_ante.ensure_conditions_met(plan, local_day(now))
    sections.ensure_whole(rules.terms_of(plan), faults_in_plan(plan, local_day(now)))
    screening.ensure_clean(plan.transfer, local_day(now))

    PLAN_MOVES.move(Deed.PLAN_SUBMIT, plan)
    budgets.reserve(plan.department_id, plan.chain_key, rules.terms_of(plan).fundings, local_day(now))
    plan.submitted_at = now
    in_force = edition_in_force(ListKind.NEGATIVE_LIST, local_day(now))
    plan.transfer.screened_edition_id = in_force.id if in_force is not None else None
    notices.notify(
        [*users_with_role(Role.APPROVER, department_id=plan.department_id), *users_with_role(Role.EVALUATOR)],
        word("“{title}”的方案等您作事前绩效评估。"),
        now=now,
        link=address_of(plan.transfer),
        title=plan.transfer.called,
    )

    audit.record(Deed.PLAN_SUBMIT, plan, actor=actor, now=now)


def recall_plan(plan: Plan, *, reason: str, actor: User, now: datetime) -> None:
    """Take a plan back that lies before no conference yet, to be drafted on; what it had reserved is free.

    Raises:
        WrongState: a draft, or what lies before a conference: that the conference alone sends back.
    """
    access.require(actor, Deed.PLAN_RECALL, plan)

    PLAN_MOVES.ensure_open(Deed.PLAN_RECALL, plan)
    if not reason.strip():
        raise RuleBroken(word("撤回修改要写明理由。"), field="reason")

    waiting = (
        [*users_with_role(Role.APPROVER, department_id=plan.department_id), *users_with_role(Role.EVALUATOR)]
        if plan.status is PlanStatus.SUBMITTED
        else users_with_role(Role.MEMBER)
    )
    PLAN_MOVES.move(Deed.PLAN_RECALL, plan)
    budgets.release(plan.chain_key)
    notices.notify(
        waiting,
        word("“{title}”的方案撤回修改：{reason}"),
        now=now,
        link=address_of(plan.transfer),
        title=plan.transfer.called,
        reason=reason,
    )

    audit.record(Deed.PLAN_RECALL, plan, actor=actor, now=now, reason=reason)


def evaluate_plan(
    plan: Plan, terms: ExAnteTerms, *, text: Upload, seen: int, actor: User, now: datetime
) -> ExAnteEvaluation:
    """Evaluate a plan ex ante: twenty checks in five dimensions; their total decides the conclusion (EX-1, EX-4, EX-5).

    A plan that is supported goes to the conference; any other goes back to its drafter, in part with conditions. `text` is the
    report, printed before this deed from `terms` and from the plan whose version was `seen`.

    Raises:
        RuleBroken: by anybody who wrote of the plan (MT-4).
        Refusals: a check without its grade or remark, conditions that are lacking or do not belong.
        WrongState: a plan that has changed since it was read.
    """
    access.require(actor, Deed.PLAN_EVALUATE, plan)

    day = local_day(now)
    PLAN_MOVES.ensure_open(Deed.PLAN_EVALUATE, plan)
    rules.ensure_not_writer(plan, actor, day)
    ex_ante.ensure_same_plan(plan, seen)
    ex_ante.ensure_marked(terms, day)

    PLAN_MOVES.move(Deed.PLAN_EVALUATE, plan)
    conclusion, total = terms.conclusion(day), terms.total(day)
    evaluation = ExAnteEvaluation(
        number=ex_ante.ex_ante_number(plan),
        marks=canonical(
            plain(
                [
                    {
                        "check": check.code,
                        "grade": terms.marks[check.code].grade.value,
                        "points": ex_ante.points_of(terms.marks[check.code].grade, day),
                        "remark": terms.marks[check.code].remark.strip(),
                    }
                    for check in ex_ante.all_checks()
                ]
            )
        ),
        **{dimension.value: terms.points(dimension, day) for dimension in Dimension},
        total=total,
        conclusion=conclusion,
        opinion=terms.opinion,
        advice=terms.advice,
        conditions=[PlanCondition(position=place, text=said) for place, said in enumerate(terms.conditions, start=1)],
        evaluated_by=actor,
        evaluated_at=now,
        text=files.keep(text, by=actor, now=now),
    )
    plan.evaluations.append(evaluation)
    db.session.flush()
    if conclusion is not Conclusion.SUPPORTED:
        # The other outcome of the same deed: only what is supported goes on (EX-3).
        _send_back(plan)
    notices.notify(
        [plan.transfer.officer, *(users_with_role(Role.MEMBER) if conclusion is Conclusion.SUPPORTED else [])],
        word("“{title}”的事前绩效评估：{conclusion}，{total} 分。"),
        now=now,
        link=address_of(plan.transfer),
        title=plan.transfer.called,
        conclusion=conclusion,
        total=total,
    )

    audit.record(
        Deed.PLAN_EVALUATE,
        plan,
        actor=actor,
        now=now,
        number=evaluation.number,
        total=total,
        conclusion=conclusion,
        conditions=len(evaluation.conditions),
        sha256=text.sha256,
    )
    return evaluation


def _send_back(plan: Plan) -> None:
    """Let a plan be a draft again, the other outcome of an evaluation and of a resolution; what it had reserved is free."""
    plan.status = PlanStatus.DRAFT
    budgets.release(plan.chain_key)


def meet_condition(condition: PlanCondition, *, how: str, actor: User, now: datetime) -> None:
    """Tick off a condition of the last evaluation, with how the plan meets it now; the next evaluator reads it.

    Raises:
        WrongState: a condition that is met already, or whose plan is no draft.
    """
    access.require(actor, Deed.CONDITION_MEET, condition)

    ex_ante.ensure_may_meet(condition, how)

    condition.met_at, condition.met_by, condition.how = now, actor, how.strip()

    audit.record(
        Deed.CONDITION_MEET,
        condition,
        actor=actor,
        now=now,
        number=condition.evaluation.number,
        position=condition.position,
        how=condition.how,
    )


def join_funding(funding: PlanFunding, line: BudgetLine, *, actor: User, now: datetime) -> None:
    """Join a later year's money of an adopted plan to a budget line, when that year's budget is there (IM-3).

    What the matter holds of that year is held of the line from then on: reserved, or committed once the agreement is
    concluded.

    Raises:
        WrongState: money that is joined already, a plan that is not adopted, a transfer that is closed.
        RuleBroken: a line of another year or department, or one that has too little left.
    """
    access.require(actor, Deed.FUNDING_JOIN, funding)

    day, plan = local_day(now), funding.plan
    rules.ensure_joinable(funding, day)
    rules.ensure_of_this_funding(line, funding, day)

    held = budgets.join(plan.chain_key, line, day)
    same = next((row for row in plan.fundings if (row.year, row.code) == (line.year, line.code)), None)
    funding.code = line.code
    if same is not None:
        same.amount = same.amount + funding.amount
        plan.fundings.remove(funding)

    audit.record(Deed.FUNDING_JOIN, plan, actor=actor, now=now, year=line.year, code=line.code, held=held)


# ── before the conference: parts of its deeds, never deeds of their own ────────────────────────────────────────────


def table_plan(plan: Plan, now: datetime) -> None:
    """Put a plan before the joint conference; from then on it is not changed until something is resolved.

    Raises:
        WrongState: a plan that does not wait for the conference; only what its evaluation supports does (EX-3).
        RuleBroken: an entry barred, or a hit not cleared, under the negative list in force today.
    """
    rules.ensure_awaits_conference(plan, local_day(now))
    screening.ensure_clean(plan.transfer, local_day(now))

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


def return_plan(plan: Plan, resolution: Resolution, now: datetime) -> None:
    """Send a plan back to its drafter with the conference's reason: the other resolution there is on it."""
    PLAN_MOVES.ensure_open(Deed.ITEM_RESOLVE, plan)

    _send_back(plan)
    notices.notify(
        [plan.transfer.officer],
        word("联席会议退回了“{title}”的方案：{reason}"),
        now=now,
        link=address_of(plan.transfer),
        title=plan.transfer.called,
        reason=resolution.opinion,
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


# ── attachments, and what is found of hits ─────────────────────────────────────────────────────────────────────────


def add_attachment(
    plan: Plan, upload: Upload, *, title: str, text: str | None, actor: User, now: datetime
) -> PlanAttachment:
    """Add a file to a draft; `text` is what was read of it for screening, None where nothing can be read.

    Raises:
        RuleBroken: a kind that is not taken, one too many, or a text that is full of hits.
    """
    access.require(actor, Deed.ATTACHMENT_ADD, plan)

    rules.ensure_is_draft(plan)
    rules.ensure_attachment(title, upload.kind, len(attachments_of([plan])))
    negative_list = negative_list_in_force(local_day(now))
    rules.ensure_few_hits(catalogue_rules.screen({"document": text or ""}, negative_list))

    attachment = PlanAttachment(plan=plan, file=files.keep(upload, by=actor, now=now), title=title.strip(), text=text)
    db.session.add(attachment)
    _remember_writer(plan, actor)
    db.session.flush()

    audit.record(
        Deed.ATTACHMENT_ADD,
        plan,
        actor=actor,
        now=now,
        attachment=attachment.id,
        title=attachment.title,
        sha256=upload.sha256,
        is_read=text is not None,
    )
    return attachment


def remove_attachment(attachment: PlanAttachment, *, actor: User, now: datetime) -> None:
    """Take a file away from a draft; the record keeps its title and its SHA-256."""
    access.require(actor, Deed.ATTACHMENT_REMOVE, attachment)

    plan = attachment.plan
    rules.ensure_is_draft(plan)

    number, title, sha256 = attachment.id, attachment.title, attachment.file.sha256
    db.session.delete(attachment)
    _remember_writer(plan, actor)

    audit.record(Deed.ATTACHMENT_REMOVE, plan, actor=actor, now=now, attachment=number, title=title, sha256=sha256)


def record_finding(
    transfer: Transfer,
    fingerprint: str,
    *,
    read: Callable[[Transfer], Sequence[ScreenedText]],
    reason: str,
    actor: User,
    now: datetime,
) -> ScreeningFinding:
    """Find in writing that a hit of the negative list is a misfire.

    `read` gives the texts beside the plan that the transfer has now: those of rooms that this floor does not know.

    Raises:
        WrongState: a transfer that is at rest, or a hit that is no longer there.
        RuleBroken: by who wrote the text, by who has found it already, or without a reason.
    """
    access.require(actor, Deed.FINDING_RECORD, transfer)

    day = local_day(now)
    line.ensure_under_way(transfer)
    hits = screening.screened(transfer, day, read(transfer))
    standing = [row for row in hits if row.hit.fingerprint == fingerprint and row.hit.is_prohibited]
    if not standing:
        raise WrongState(word("这一处命中已经不在：文字改过了，或者清单变了。请看现在的文字。"), field="hit")
    # The same sentence may stand in several texts: who wrote any of them does not judge it.
    capacities = [rules.ensure_may_find(row, actor, transfer, day) for row in standing]
    rules.ensure_reason_given(reason)

    hit = standing[0].hit
    finding = ScreeningFinding(
        transfer=transfer,
        fingerprint=fingerprint,
        field=hit.field,
        keyword=hit.keyword,
        code=hit.code,
        sentence=hit.sentence,
        capacity=capacities[0],
        reason=reason.strip(),
        found_by=actor,
        found_at=now,
    )
    db.session.add(finding)
    notices.notify(
        [transfer.officer],
        word("“{title}”里的“{keyword}”（负面清单 {code}）由{capacity}认定为误报：{reason}"),
        now=now,
        link=f"{address_of(transfer)}/plan",
        title=transfer.called,
        keyword=hit.keyword,
        code=hit.code,
        capacity=finding.capacity,
        reason=finding.reason,
    )

    audit.record(
        Deed.FINDING_RECORD,
        transfer,
        actor=actor,
        now=now,
        field=hit.field,
        keyword=hit.keyword,
        code=hit.code,
        sentence=hit.sentence,
        capacity=finding.capacity,
        reason=finding.reason,
    )
    return finding


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
    transfer.pause_reason, transfer.paused_at = reason, now
    notices.notify(
        [transfer.officer],
        word("“{title}”被暂停：{reason}"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        reason=reason,
    )
    for watch in pauses.WATCHES:
        watch.begun(transfer, now)

    audit.record(Deed.TRANSFER_PAUSE, transfer, actor=actor, now=now, reason=reason)


def resume_transfer(transfer: Transfer, *, actor: User, now: datetime) -> None:
    """Let a suspended transfer go on where it stood; whoever the pause took time from is given it back."""
    access.require(actor, Deed.TRANSFER_RESUME, transfer)

    TRANSFER_MOVES.ensure_open(Deed.TRANSFER_RESUME, transfer)
    rules.ensure_not_paused_by_list(transfer, local_day(now))

    TRANSFER_MOVES.move(Deed.TRANSFER_RESUME, transfer)
    closes_at = _go_on(transfer, now)
    notices.notify(
        [transfer.officer], word("“{title}”恢复办理。"), now=now, link=address_of(transfer), title=transfer.called
    )

    audit.record(Deed.TRANSFER_RESUME, transfer, actor=actor, now=now, closes_at=closes_at)


def _go_on(transfer: Transfer, now: datetime) -> datetime | None:
    """End a pause: what watches over it gives back the time it took; the deadline that moved, where one did."""
    since, transfer.paused_at, transfer.pause_reason = transfer.paused_at, None, ""
    moved = [watch.ended(transfer, since or now, now) for watch in pauses.WATCHES]
    return next((moment for moment in moved if moment is not None), None)


# ── a new negative list ────────────────────────────────────────────────────────────────────────────────────────────


def rescreen_transfer(
    transfer: Transfer,
    *,
    read: Callable[[Transfer], Sequence[ScreenedText]],
    tell: Callable[[Transfer, datetime], None],
    actor: User,
    now: datetime,
) -> None:
    """Screen a transfer that is not concluded against a list that came into force since, once; what it hits pauses.

    The officer, the department's approvers, whoever is appointed and the members are told which row of which article was hit;
    `tell` tells those whom this floor does not know. Of a plan that is handed in and not adopted the officer is told, and
    nothing pauses: agenda and adoption ask again.

    Raises:
        WrongState: a transfer that is not on the line any more, or whose plan is a draft.
    """
    access.require(actor, Deed.TRANSFER_RESCREEN, transfer)

    is_before_the_line = rules.is_handed_in(transfer.plan)
    if not is_before_the_line:
        TRANSFER_MOVES.ensure_open(Deed.TRANSFER_RESCREEN, transfer)
    day = local_day(now)
    edition = edition_in_force(ListKind.NEGATIVE_LIST, day)
    assert edition is not None  # every instance is prepared with one
    bar, hits = screening.bar_of(transfer, day), screening.stopping(transfer, day, read(transfer))

    transfer.screened_edition_id = edition.id
    if is_before_the_line and (bar is not None or hits):
        notices.notify(
            [transfer.officer],
            word("新的负面清单施行以后，“{title}”的方案不能上会：{reason}"),
            now=now,
            link=address_of(transfer),
            title=transfer.called,
            reason=_said_of_list(edition, transfer, bar, hits),
        )
    elif bar is not None or hits:
        TRANSFER_MOVES.move(Deed.TRANSFER_RESCREEN, transfer)
        transfer.paused_by_edition_id = edition.id
        transfer.pause_reason, transfer.paused_at = _said_of_list(edition, transfer, bar, hits), now
        notices.notify(
            [
                transfer.officer,
                *users_with_role(Role.APPROVER, department_id=transfer.department_id),
                *_appointed(transfer),
                *users_with_role(Role.MEMBER),
            ],
            word("“{title}”因新的负面清单暂停，等联席会议确认或者终止：{reason}"),
            now=now,
            link=address_of(transfer),
            title=transfer.called,
            reason=transfer.pause_reason,
        )
        tell(transfer, now)

    audit.record(
        Deed.TRANSFER_RESCREEN,
        transfer,
        actor=actor,
        now=now,
        edition=edition.number,
        barred_by=bar.code if bar is not None else None,
        hits=sorted({(row.hit.code, row.hit.keyword) for row in hits}),
    )


def _said_of_list(
    edition: ReferenceEdition, transfer: Transfer, bar: NegativeListEntry | None, hits: Sequence[Screened]
) -> str:
    """Why a list pauses a transfer, as the record keeps it: each row with its article, once."""
    said = []
    if bar is not None:
        said.append(f"目录 {transfer.catalogue_entry.code} 列在 {bar.code}“{bar.title}”（{bar.basis}）")
    for row in hits:
        said.append(f"“{row.hit.keyword}”属于 {row.hit.code}“{row.hit.title}”（{row.hit.basis}）")
    return f"{edition.called}施行：" + "；".join(dict.fromkeys(said))


def table_pause(transfer: Transfer, _now: datetime) -> None:
    """Put a pause before the joint conference; part of its deed."""
    rules.ensure_pause_waits(transfer)

    transfer.is_pause_tabled = True


def put_off_pause(transfer: Transfer, _now: datetime) -> None:
    """Let a pause wait for another conference."""
    transfer.is_pause_tabled = False


def confirm_pause(transfer: Transfer, resolution: Resolution, now: datetime, further: Sequence[ScreenedText]) -> None:
    """Let a paused transfer go on, the hits of the list in force standing; one whose entry is barred ends instead.

    No resolution lifts a bar: what is laid before the conference of a barred entry is its end.
    """
    day = local_day(now)
    if screening.bar_of(transfer, day) is not None:
        _end(transfer, transfer.pause_reason, resolution, now)
        return
    edition = edition_in_force(ListKind.NEGATIVE_LIST, day)
    assert edition is not None
    fingerprints = {row.hit.fingerprint for row in screening.stopping(transfer, day, further)}
    db.session.add_all(
        ConfirmedHit(transfer_id=transfer.id, edition_id=edition.id, fingerprint=fingerprint)
        for fingerprint in sorted(fingerprints)
    )
    TRANSFER_MOVES.move(Deed.ITEM_RESOLVE, transfer)
    transfer.screened_edition_id = edition.id
    transfer.paused_by_edition_id, transfer.is_pause_tabled = None, False
    _go_on(transfer, now)
    notices.notify(
        [transfer.officer, *_appointed(transfer)],
        word("联席会议确认“{title}”继续办理。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
    )


def return_pause(transfer: Transfer, resolution: Resolution, now: datetime) -> None:
    """End a paused transfer that the conference does not let go on; of a barred one, let it wait for another meeting."""
    if screening.bar_of(transfer, local_day(now)) is not None:
        put_off_pause(transfer, now)
        return
    _end(transfer, resolution.opinion, resolution, now)


def _end(transfer: Transfer, reason: str, resolution: Resolution, now: datetime) -> None:
    """End a transfer before its agreement: its money is free; where everybody was told of it, everybody is told that it ended.

    The other outcome of a resolution on a pause: the table of moves has the one that lets it go on.
    """
    TRANSFER_MOVES.ensure_open(Deed.ITEM_RESOLVE, transfer)

    # Whoever is appointed is so no more once it has ended.
    appointed = _appointed(transfer)
    end_for_good(transfer, Ending.ENDED, reason, resolution, now)
    budgets.release(transfer.chain_key)
    if transfer.was_announced:
        transfer.end_notice = publish_end(transfer, PublicationKind.END_NOTICE, {})
    notices.notify(
        [transfer.officer, *users_with_role(Role.APPROVER, department_id=transfer.department_id), *appointed],
        word("联席会议终止了“{title}”：{reason}"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        reason=reason,
    )


def _appointed(transfer: Transfer) -> list[User]:
    """Who is appointed to a transfer now; each is told alone, since a panel's members do not know of one another."""
    return [held.user for held in transfer.appointments if held.ended_at is None]


def end_for_good(transfer: Transfer, ending: Ending, reason: str, resolution: Resolution, now: datetime) -> None:
    """Close a transfer where it stands by a resolution: its step is left for good, and nobody is appointed any more."""
    _leave(transfer, now, back=True, reason=reason)
    transfer.status, transfer.ending, transfer.closed_at = TransferStatus.CLOSED, ending, now
    transfer.end_reason, transfer.end_resolution_number = reason, resolution.number
    transfer.paused_by_edition_id, transfer.is_pause_tabled, transfer.paused_at = None, False, None
    for appointment in transfer.appointments:
        appointment.ended_at = appointment.ended_at or now


def publish_end(transfer: Transfer, kind: PublicationKind, further: Mapping[str, str]) -> publications.Publication:
    """Make public that the joint conference ended a transfer: what, whose, by which resolution, why; no person is named."""
    assert transfer.closed_at is not None
    provider = transfer.provider
    facts = {
        "number": transfer.number,
        "purchaser": transfer.department.name,
        "purchaser_en": transfer.department.name_en,
        "provider": provider.name if provider is not None else "",
        "provider_en": provider.name_en if provider is not None else "",
        "resolution": transfer.end_resolution_number,
        "resolved_on": local_day(transfer.closed_at),
        "reason": transfer.end_reason,
        **further,
    }
    return publications.publish(
        kind, transfer, facts, title=transfer.title, title_en=transfer.title_en, now=transfer.closed_at
    )
