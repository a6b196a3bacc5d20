"""Pages of a transfer: the list, its page, its plan, and what is judged of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required
from flask_wtf import FlaskForm

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError, WrongState
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.budgets.models import line_by_id
from procurement.registers.catalogue import models as catalogue
from procurement.registers.catalogue.rules import Bearing, barring_row
from procurement.registers.holidays.models import date_changes_of
from procurement.registers.indicators import Grade
from procurement.registers.people import Role, User
from procurement.statute.calendar import working_calendar
from procurement.statute.limits import ScreeningBounds
from procurement.steps.agreement.models import agreement_of
from procurement.steps.agreement.rules import may_be_supplemented
from procurement.steps.announcement.models import (
    Announcement,
    AnnouncementStatus,
    BiddingDocuments,
    announcements_of,
    current_announcement,
    documents_of,
)
from procurement.steps.announcement.models import desks as announcement_desks
from procurement.steps.announcement.rules import clock_stands
from procurement.steps.competition.changes.rules import is_changeable
from procurement.steps.competition.models import review
from procurement.steps.competition.models.opening import commitment_of
from procurement.steps.competition.models.review import CompetitionStatus
from procurement.steps.competition.operations.award import may_be_awarded, not_to_be_awarded
from procurement.steps.competition.rules import appointments_shown, is_to_be_opened, panel_is_public
from procurement.steps.competition.talks.rules import deeds_beside
from procurement.steps.handover.models import handover_of
from procurement.steps.performance import models as performance
from procurement.steps.preliminaries.models import Preliminaries, the_preliminaries
from procurement.steps.preliminaries.rules import (
    intention_differs,
    may_be_told,
    needs_intention,
    needs_source_notice,
    notice_differs,
)
from procurement.steps.rooms import Standing, standing_of, standings, texts_beside_the_plan
from procurement.steps.supervision.models import evaluation_of, inspections_of
from procurement.transfers import ex_ante, lint, operations
from procurement.transfers.conference.models import item_of
from procurement.transfers.line import Step, has_reached
from procurement.transfers.models import (
    PLAN_MOVES,
    TRANSFER_MOVES,
    Conclusion,
    Dimension,
    ExAnteEvaluation,
    Plan,
    PlanAttachment,
    PlanStatus,
    Transfer,
    TransferStatus,
    all_transfers,
    attachment_by_id,
    attachments_of,
    purchases_of_a_class,
    transfer_by_id,
    transfers_of_appointee,
)
from procurement.transfers.rules import (
    ensure_is_draft,
    ensure_joinable,
    ensure_not_paused_by_list,
    is_theirs,
    looks_split,
    terms_of,
)
from procurement.transfers.sections import may_start_from, taken_over_by, told_of_handing_on
from procurement.transfers.take_backs.models import take_backs_of
from procurement.web import examples
from procurement.web.budgets import held_of, lines_to_join, money_of, unjoined_of
from procurement.web.competition.securities import may_see_securities
from procurement.web.fields import choices
from procurement.web.forms import PlainForm, ReasonForm
from procurement.web.languages import say
from procurement.web.refusals import attempt, found, guard, number_in, page, place, succeeded
from procurement.web.session import acting_user, clock
from procurement.web.standing import actions_for, ended_changes, items_of, line_of, moved_text_of, strips_of, traces_of
from procurement.web.transfers.forms import (
    AddAttachmentForm,
    JoinFundingForm,
    MeetConditionForm,
    RecordFindingForm,
    evaluate_plan_form,
    ex_ante_terms,
)
from procurement.web.transfers.holders import deeds_of_holders
from procurement.web.transfers.printing import print_ex_ante_of
from procurement.web.transfers.screening import marks_of, tell_of_hits
from procurement.web.transfers.take_backs import deeds_of_take_back
from procurement.web.uploads import as_download, taken_with_text

bp = Blueprint("transfers", __name__, url_prefix="/transfers")


def reach(transfer_id: int) -> Transfer:
    """The transfer at this address, if this person may know of it; else there is nothing here."""
    transfer = found(transfer_by_id(transfer_id))
    return found(transfer if access.can(acting_user(), Deed.TRANSFER_READ, transfer) else None)


def home(transfer: Transfer) -> ResponseReturnValue:
    """Back to the page of the transfer after a deed."""
    return redirect(url_for("transfers.read_transfer", transfer_id=transfer.id), code=303)


# Whoever sees every transfer.
SEE_ALL = frozenset({Role.AUDITOR, Role.SUPERVISOR, Role.MEMBER, Role.EVALUATOR})


def visible_transfers(actor: User) -> list[Transfer]:
    """The transfers this person may see: all, the department's, the organisation's own, and those of an appointment."""
    if actor.roles & SEE_ALL:
        return list(all_transfers())
    rows: dict[int, Transfer] = {}
    if actor.department_id is not None:
        rows |= {row.id: row for row in all_transfers(department_id=actor.department_id)}
    if actor.organisation_id is not None:
        rows |= {row.id: row for row in all_transfers(provider_id=actor.organisation_id)}
    rows |= {row.id: row for row in transfers_of_appointee(actor)}
    return [row for _number, row in sorted(rows.items(), reverse=True) if access.can(actor, Deed.TRANSFER_READ, row)]


@bp.get("/")
@login_required
def list_transfers() -> ResponseReturnValue:
    """The transfers this person may see, with where each stands."""
    actor = acting_user()
    assert actor is not None
    rows = visible_transfers(actor)
    standing = standings(rows, g.now, working_calendar())
    lines = {row.id: line_of(row, standing[row.id], g.now) for row in rows}
    return page("transfers/list_transfers.html", rows=rows, standing=standing, lines=lines)


def _assembled(announcement: Announcement | None) -> BiddingDocuments | None:
    """The documents of a call that is not published yet, to be looked at; afterwards each version has its own."""
    if announcement is None or announcement.status is not AnnouncementStatus.DRAFT:
        return None
    return documents_of(announcement)


@bp.get("/<int:transfer_id>")
@login_required
def read_transfer(transfer_id: int) -> ResponseReturnValue:
    """The page of a transfer: six steps, what is outstanding, which clocks run, papers, what has happened."""
    transfer, actor = reach(transfer_id), acting_user()
    standing = standing_of(transfer, g.now, working_calendar())
    extra = [Deed.TRANSFER_PAUSE] if transfer.is_on_line else []
    extra += (
        [Deed.TRANSFER_RESUME] if transfer.status is TransferStatus.PAUSED and not transfer.is_paused_by_list else []
    )
    extra += _deeds_of_plan(transfer.plan, standing, actor)
    before = the_preliminaries(transfer)
    extra += _deeds_before(transfer, before, standing)
    extra += [Deed.INSPECTION_RECORD] if has_reached(transfer, Step.PERFORMANCE) else []
    competition = review.desks([transfer])[transfer.id]
    extra += _deeds_of_call(competition, g.now)
    extra += deeds_beside(competition)
    take_backs, changes = take_backs_of(transfer), date_changes_of(audit.name_of(transfer))
    waiting = {row.deed for row in standing.outstanding}
    extra += [deed for deed in deeds_of_holders(transfer, actor) if deed not in waiting]
    extra += deeds_of_take_back(transfer, next(iter(take_backs), None), actor)
    announcement, desk = current_announcement(transfer), review.desks([transfer])[transfer.id]
    if is_to_be_opened(transfer, desk, g.now):
        extra += [Deed.OPENING_ADJOURN, Deed.COMPETITION_FAIL]
    extra += _deeds_of_the_excluded(desk)
    resolution = transfer.resolution
    agreement, award = agreement_of(transfer), review.award_of_transfer(transfer)
    if agreement is not None and may_be_supplemented(agreement) and agreement.open_supplement is None:
        extra.append(Deed.SUPPLEMENT_DRAFT)
    return page(
        "transfers/read_transfer.html",
        transfer=transfer,
        standing=standing,
        line=line_of(transfer, standing, g.now),
        items=items_of(transfer, standing.outstanding, actor, g.now),
        strips=strips_of(standing, g.now, changes),
        date_changes=ended_changes(standing, changes),
        moved_text_of=moved_text_of,
        unjoined=unjoined_of(transfer, actor),
        clock_stands=_clock_stands(announcement),
        may_see_securities=may_see_securities(actor, transfer),
        actions=actions_for(transfer, standing, actor, extra),
        traces=traces_of(
            audit.lines_of_chain(transfer.chain_key), panel_is_public=panel_is_public(award), transfer=transfer
        ),
        before=before,
        announcements=announcements_of(transfer),
        announcement=announcement,
        assembled=_assembled(announcement),
        commitment=commitment_of(announcement) if announcement is not None else None,
        award=award,
        meeting=item_of(resolution).conference if resolution is not None else None,
        appointments=appointments_shown(transfer, award),
        agreement=agreement,
        competition=desk,
        handover=handover_of(transfer),
        deliveries=performance.desks([transfer])[transfer.id],
        inspections=inspections_of(transfer),
        evaluation=evaluation_of(transfer),
        take_backs=take_backs,
        can=lambda deed, subject: access.can(actor, Deed(deed), subject),
    )


def _clock_stands(announcement: Announcement | None) -> bool:
    """Whether it takes bids but for a pause, whose time is given back."""
    is_called = announcement is not None and announcement.status is AnnouncementStatus.PUBLISHED
    return announcement is not None and is_called and clock_stands(announcement)


def _deeds_of_call(desk: review.CompetitionDesk, now: datetime) -> list[Deed]:
    """What may be done to a published announcement until its deadline beside what is outstanding."""
    announcement, notice = desk.announcement, desk.published.notice
    if announcement is None or not is_changeable(announcement, now):
        return []
    # Entered once, it may be corrected once.
    correction = [Deed.MEDIUM_NOTICE_ENTER] if notice is not None and notice.number == 1 else []
    return [
        Deed.ANNOUNCEMENT_CORRECT,
        Deed.ANNOUNCEMENT_AMEND,
        Deed.DEADLINE_EXTEND,
        *correction,
        Deed.ANNOUNCEMENT_WITHDRAW,
    ]


def _deeds_of_the_excluded(desk: review.CompetitionDesk) -> list[Deed]:
    """Where the winner may not be awarded any more: the next one is confirmed; where nobody is left, the round fails."""
    competition, day = desk.competition, local_day(g.now)
    if competition is None or competition.status not in (CompetitionStatus.CONCLUDED, CompetitionStatus.CONFIRMED):
        return []
    if not may_be_awarded(competition, day):
        return [Deed.COMPETITION_FAIL]
    is_barred = desk.award is not None and desk.award.bid_id in not_to_be_awarded(competition, day)
    return [Deed.AWARD_CONFIRM] if competition.status is CompetitionStatus.CONFIRMED and is_barred else []


def _deeds_of_plan(plan: Plan, standing: Standing, actor: User | None) -> list[Deed]:
    """What may be done to a plan before the line beside what is outstanding."""
    possible = {PlanStatus.SUBMITTED: Deed.PLAN_RECALL, PlanStatus.EVALUATED: Deed.PLAN_RECALL}
    if actor is not None and is_theirs(plan, actor):
        possible[PlanStatus.DRAFT] = Deed.PLAN_ABANDON
    deed = possible.get(plan.status)
    return [deed] if deed is not None and all(row.deed is not deed for row in standing.outstanding) else []


def _deeds_before(transfer: Transfer, before: Preliminaries, standing: Standing) -> list[Deed]:
    """What may be made public before the announcement, beside what is outstanding; and the files that may be completed."""
    if not may_be_told(transfer):
        return []
    deeds = []
    if needs_intention(transfer) and (before.intention is None or before.intention.waived_at is None):
        again = [Deed.INTENTION_PUBLISH] if intention_differs(before.intention, transfer) else []
        deeds += [*again, Deed.INTENTION_WAIVE] if before.intention else [Deed.INTENTION_PUBLISH, Deed.INTENTION_WAIVE]
    if needs_source_notice(transfer):
        if before.notice is None or notice_differs(before.notice, transfer):
            deeds.append(Deed.SOURCE_NOTICE_PUBLISH)
        if before.notice is not None:
            deeds.append(Deed.SOURCE_OBJECTION_NOTE)
    desk = announcement_desks([transfer])[transfer.id]
    if desk.documents is not None:
        deeds.append(Deed.DOCUMENTS_COMPLETE)
    return [deed for deed in deeds if all(row.deed is not deed for row in standing.outstanding)]


def _again_from(plan: Plan, actor: User | None) -> str | None:
    """Where another plan is started from this one, for whoever may; nowhere once nothing can be started there any more."""
    if actor is None or actor.department is None or not access.can(actor, Deed.PLAN_DRAFT, actor.department):
        return None
    if not may_start_from(plan, actor.department, actor):
        return None
    beginning, day = plan.transfer.function or plan.transfer.catalogue_entry, local_day(g.now)
    function = catalogue.function_by_code(beginning.code, day) if plan.transfer.function is not None else None
    if plan.transfer.function is not None and function is None:
        return None
    entry = catalogue.entry_by_code(function.catalogue_code if function else beginning.code, day)
    if entry is None or barring_row(entry.code, catalogue.negative_list_in_force(day)) is not None:
        return None
    return url_for("transfers.draft_plan", code=beginning.code, former=plan.id)


@bp.get("/<int:transfer_id>/plan")
@login_required
def read_plan(transfer_id: int) -> ResponseReturnValue:
    """The plan of a transfer, whole, with what screening finds in it, its attachments, evaluation and resolution."""
    transfer, actor = reach(transfer_id), acting_user()
    plan, day = transfer.plan, local_day(g.now)
    texts = terms_of(plan).texts()
    alike = purchases_of_a_class(transfer)
    split = alike if transfer in alike and looks_split([row.plan.ceiling for row in alike], day) else []
    return page(
        "transfers/read_plan.html",
        transfer=transfer,
        plan=plan,
        grounds=sorted(terms_of(plan).long_term_grounds),
        marks=marks_of(transfer, actor),
        bars=Bearing.BARS,
        barred=barring_row(transfer.catalogue_entry.code, catalogue.negative_list_in_force(day)),
        attachments=attachments_of([plan]),
        money=money_of(plan, actor),
        suspicions=lint.suspicions({name: texts[name] for name in lint.FIELDS}),
        split=split,
        split_total=sum((row.plan.ceiling for row in split), Money(0)),
        may_know=lambda row: access.can(actor, Deed.TRANSFER_READ, row),
        may_revise=plan.status is PlanStatus.DRAFT and access.can(actor, Deed.PLAN_REVISE, plan),
        handed=told_of_handing_on(taken_over_by(plan)),
        again=_again_from(plan, actor),
        dimensions=list(Dimension),
        checks={check.code: check for check in ex_ante.all_checks()},
        grades={grade.value: grade for grade in Grade},
        may_attach=plan.status is PlanStatus.DRAFT and access.can(actor, Deed.ATTACHMENT_ADD, plan),
    )


# ── the evaluation and the conference ──────────────────────────────────────────────────────────────────────────────


@bp.route("/<int:transfer_id>/plan/evaluate", methods=["GET", "POST"])
@login_required
def evaluate_plan(transfer_id: int) -> ResponseReturnValue:
    """Evaluate the plan ex ante and print the report."""
    transfer = reach(transfer_id)
    plan = transfer.plan
    guard(operations.evaluate_plan, plan)
    if request.method == "GET":
        PLAN_MOVES.ensure_open(Deed.PLAN_EVALUATE, plan)
    form = examples.form_for(evaluate_plan_form(), "evaluate_plan")
    if request.method == "GET":
        form["seen"].data = plan.version
    if form.validate_on_submit() and _evaluate(form, plan):
        evaluation = plan.evaluation
        assert evaluation is not None
        flash(say(_EVALUATED[evaluation.conclusion], {"conclusion": evaluation.conclusion, "total": evaluation.total}))
        return home(transfer)
    return page(
        "transfers/evaluate_plan.html",
        form=form,
        transfer=transfer,
        plan=plan,
        dimensions=list(Dimension),
        checks_of=ex_ante.checks_of,
        grades=[(grade, ex_ante.points_of(grade, local_day(g.now))) for grade in Grade],
    )


# What is said once an evaluation stands, by what it concludes.
_EVALUATED = {
    Conclusion.SUPPORTED: word("事前绩效评估已记录：{conclusion}，{total} 分。方案送联席会议。"),
    Conclusion.PARTLY: word("事前绩效评估已记录：{conclusion}，{total} 分。方案连同条件退回起草人。"),
    Conclusion.NOT_SUPPORTED: word("事前绩效评估已记录：{conclusion}，{total} 分。方案退回起草人。"),
}


def _evaluate(form: FlaskForm, plan: Plan) -> bool:
    """Print the report, then do the deed; a refusal is placed on the form."""
    actor, at, terms = acting_user(), clock().now(), ex_ante_terms(form)
    assert actor is not None
    try:
        ex_ante.ensure_marked(terms, local_day(at))
        printed = print_ex_ante_of(plan, terms, current_app, evaluator=actor, at=at)
    except DomainError as error:
        place(form, error)
        return False
    # A form that names no version has not seen the plan.
    seen = number_in(form["seen"].data or "") or 0
    attempt(form, operations.evaluate_plan, plan, terms, text=printed, seen=seen, now=at)
    return succeeded()


@bp.get("/<int:transfer_id>/plan/evaluation/document")
@bp.get("/<int:transfer_id>/plan/evaluation/<int:evaluation_id>/document")
@login_required
def download_ex_ante(transfer_id: int, evaluation_id: int | None = None) -> ResponseReturnValue:
    """The report of the newest ex-ante evaluation as a PDF, or of an earlier one, for whoever may read the transfer."""
    return as_download(_ex_ante(reach(transfer_id), evaluation_id).text)


def _ex_ante(transfer: Transfer, evaluation_id: int | None) -> ExAnteEvaluation:
    rows = transfer.plan.evaluations
    wanted = [row for row in rows if evaluation_id is None or row.id == evaluation_id]
    return found(wanted[-1] if wanted else None)


@bp.route("/<int:transfer_id>/plan/conditions/meet", methods=["GET", "POST"])
@login_required
def meet_condition(transfer_id: int) -> ResponseReturnValue:
    """Tick off a condition of the last evaluation."""
    transfer = reach(transfer_id)
    guard(operations.meet_condition, transfer.plan)
    evaluation = transfer.plan.evaluation
    conditions = {str(row.position): row for row in (evaluation.conditions if evaluation is not None else [])}
    still_open = {key: row for key, row in conditions.items() if row.met_at is None}
    if evaluation is None or (request.method == "GET" and not still_open):
        raise WrongState(word("没有等着落实的条件：上次评估没有提出，或者都已经落实。"))
    form = examples.form_for(MeetConditionForm, "meet_condition", still_open)
    if request.method == "GET" and form.condition.data is None and len(still_open) == 1:
        form.condition.data = next(iter(still_open))
    # Whoever sends one that is met already is refused by the deed, with its reason and its line.
    shown = still_open if request.method == "GET" else conditions
    form.condition.choices = choices((key, f"{row.position}. {row.text}") for key, row in shown.items())
    if form.validate_on_submit():
        attempt(form, operations.meet_condition, conditions[form.condition.data], how=form.how.data)
        if succeeded():
            left = len(evaluation.open_conditions)
            flash(
                _("这一项已记为落实，还有 %(count)s 项。", count=left)
                if left
                else _("条件都已落实，方案可以重新送交评估。")
            )
            return home(transfer)
    return page("transfers/meet_condition.html", form=form, transfer=transfer, evaluation=evaluation)


@bp.route("/<int:transfer_id>/pause", methods=["GET", "POST"])
@login_required
def pause_transfer(transfer_id: int) -> ResponseReturnValue:
    """Suspend the transfer."""
    transfer, form = reach(transfer_id), ReasonForm()
    guard(operations.pause_transfer, transfer)
    if request.method == "GET":
        TRANSFER_MOVES.ensure_open(Deed.TRANSFER_PAUSE, transfer)
    if form.validate_on_submit():
        attempt(form, operations.pause_transfer, transfer, reason=form.reason.data)
        if succeeded():
            flash(_("已办理，并通知了经办人。"))
            return home(transfer)
    return page("transfers/pause_transfer.html", form=form, transfer=transfer)


@bp.route("/<int:transfer_id>/resume", methods=["GET", "POST"])
@login_required
def resume_transfer(transfer_id: int) -> ResponseReturnValue:
    """Let a suspended transfer go on."""
    transfer, form = reach(transfer_id), PlainForm()
    guard(operations.resume_transfer, transfer)
    if request.method == "GET":
        TRANSFER_MOVES.ensure_open(Deed.TRANSFER_RESUME, transfer)
        ensure_not_paused_by_list(transfer, local_day(g.now))
    if form.validate_on_submit():
        attempt(form, operations.resume_transfer, transfer)
        if succeeded():
            flash(_("事项恢复办理。"))
            return home(transfer)
    stands = _clock_stands(current_announcement(transfer))
    return page("transfers/resume_transfer.html", form=form, transfer=transfer, clock_stands=stands)


# ── attachments, and findings on hits ──────────────────────────────────────────────────────────────────────────────


@bp.route("/<int:transfer_id>/attachments/add", methods=["GET", "POST"])
@login_required
def add_attachment(transfer_id: int) -> ResponseReturnValue:
    """Add a file to the plan."""
    transfer = reach(transfer_id)
    guard(operations.add_attachment, transfer.plan)
    if request.method == "GET":
        ensure_is_draft(transfer.plan)
    form = AddAttachmentForm()
    if form.validate_on_submit():
        taken = taken_with_text(form)
        if taken is not None:
            upload, text = taken
            attempt(form, operations.add_attachment, transfer.plan, upload, title=form.title.data, text=text)
            if succeeded():
                flash(_("附件已添加。") if text is not None else _("附件已添加。它不能自动筛查，请人工核对。"))
                tell_of_hits(transfer, acting_user())
                return _to_plan(transfer)
    return page("transfers/add_attachment.html", form=form, transfer=transfer)


add_attachment.takes_files = True


def _to_plan(transfer: Transfer) -> ResponseReturnValue:
    return redirect(url_for("transfers.read_plan", transfer_id=transfer.id), code=303)


def _attachment(transfer: Transfer, attachment_id: int) -> PlanAttachment:
    row = found(attachment_by_id(attachment_id))
    return found(row if row.plan_id == transfer.plan.id else None)


@bp.route("/<int:transfer_id>/attachments/<int:attachment_id>/remove", methods=["GET", "POST"])
@login_required
def remove_attachment(transfer_id: int, attachment_id: int) -> ResponseReturnValue:
    """Take a file away from the plan."""
    transfer, form = reach(transfer_id), PlainForm()
    attachment = _attachment(transfer, attachment_id)
    guard(operations.remove_attachment, attachment)
    if request.method == "GET":
        ensure_is_draft(transfer.plan)
    if form.validate_on_submit():
        attempt(form, operations.remove_attachment, attachment)
        if succeeded():
            flash(_("附件已移除。"))
            return _to_plan(transfer)
    return page("transfers/remove_attachment.html", form=form, transfer=transfer, attachment=attachment)


@bp.get("/<int:transfer_id>/attachments/<int:attachment_id>")
@login_required
def download_attachment(transfer_id: int, attachment_id: int) -> ResponseReturnValue:
    """An attachment's file, for whoever may read the transfer."""
    return as_download(_attachment(reach(transfer_id), attachment_id).file)


@bp.route("/<int:transfer_id>/fundings/<int:funding_id>/join", methods=["GET", "POST"])
@login_required
def join_funding(transfer_id: int, funding_id: int) -> ResponseReturnValue:
    """Join a later year's money to a budget line of that year."""
    transfer = reach(transfer_id)
    funding = found(next((row for row in transfer.plan.fundings if row.id == funding_id), None))
    guard(operations.join_funding, funding)
    if request.method == "GET":
        ensure_joinable(funding, local_day(g.now))
    form = JoinFundingForm()
    form.line.choices = lines_to_join(funding)
    if form.validate_on_submit():
        attempt(form, operations.join_funding, funding, line_by_id(form.line.data))
        if succeeded():
            flash(_("经费已接上预算项目。"))
            return home(transfer)
    return page(
        "transfers/join_funding.html", form=form, transfer=transfer, funding=funding, held=held_of(funding),
    )  # fmt: skip


@bp.route("/<int:transfer_id>/findings/record", methods=["GET", "POST"])
@login_required
def record_finding(transfer_id: int) -> ResponseReturnValue:
    """Find in writing that a hit of the negative list is a misfire."""
    transfer, actor = reach(transfer_id), acting_user()
    guard(operations.record_finding, transfer)
    waiting = {row.fingerprint: row for row in marks_of(transfer, actor).everywhere() if not row.is_cleared}
    mine = {key: row for key, row in waiting.items() if row.may_find}
    if request.method == "GET" and not mine:
        raise WrongState(
            word("没有等您认定的命中：自己起草的文字由别人认定，一人只认定一次，其余的都已经认定或者改写。")
        )
    # Whoever sends another one's hit is refused by the deed, with its reason and its line.
    shown = mine if request.method == "GET" else waiting
    form = RecordFindingForm(data={"hit": _hit_asked(mine)} if request.method == "GET" else None)
    form.hit.choices = choices(
        (key, _("“%(keyword)s”：%(clause)s", keyword=row.keyword, clause=row.plain)) for key, row in shown.items()
    )
    if form.validate_on_submit():
        attempt(
            form,
            operations.record_finding,
            transfer,
            form.hit.data,
            read=texts_beside_the_plan,
            reason=form.reason.data,
        )
        if succeeded():
            flash(_("认定已记录，经办人收到通知。"))
            return _to_plan(transfer)
    return page(
        "transfers/record_finding.html",
        form=form,
        transfer=transfer,
        hits=list(shown.values()),
        least=ScreeningBounds.reason,
    )


def _hit_asked(mine: Mapping[str, object]) -> str | None:
    """The hit that the address names; the only one is proposed by itself."""
    asked = request.args.get("hit", "")
    return asked if asked in mine else next(iter(mine)) if len(mine) == 1 else None
