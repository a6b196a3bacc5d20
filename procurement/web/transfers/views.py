"""Pages of a transfer: the list, its page, its plan, and what is judged of it."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.labels import word
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.catalogue import models as catalogue
from procurement.registers.people import Role, User, departments
from procurement.statute.calendar import working_calendar
from procurement.steps.agreement.models import agreement_of
from procurement.steps.announcement.models import announcements_of
from procurement.steps.competition.models import review
from procurement.steps.competition.rules import appointments_shown, panel_is_public
from procurement.steps.handover.models import handover_of
from procurement.steps.performance import models as performance
from procurement.steps.rooms import standing_of, standings
from procurement.steps.supervision.models import evaluation_of, inspections_of
from procurement.transfers import operations
from procurement.transfers.conference.models import item_of
from procurement.transfers.models import (
    Transfer,
    TransferStatus,
    all_transfers,
    transfer_by_id,
    transfers_of_appointee,
)
from procurement.transfers.rules import DIMENSIONS, LongTermGround, price_weight_bounds
from procurement.web import examples
from procurement.web.forms import PlainForm, ReasonForm
from procurement.web.languages import say
from procurement.web.refusals import attempt, do, found, guard, page, succeeded
from procurement.web.session import acting_user
from procurement.web.standing import actions_for, items_of, line_of, strips_of, traces_of
from procurement.web.transfers.forms import EvaluatePlanForm, PlanForm

bp = Blueprint("transfers", __name__, url_prefix="/transfers")


def reach(transfer_id: int) -> Transfer:
    """The transfer at this address, if this person may know of it; else there is nothing here."""
    transfer = found(transfer_by_id(transfer_id))
    return found(transfer if access.can(acting_user(), Deed.TRANSFER_READ, transfer) else None)


def home(transfer: Transfer) -> ResponseReturnValue:
    """Back to the page of the transfer after a deed."""
    return redirect(url_for("transfers.read_transfer", transfer_id=transfer.id), code=303)


def visible_transfers(actor: User) -> list[Transfer]:
    """The transfers this person may see: all, the department's, the organisation's own, and those of an appointment."""
    wide = {Role.AUDITOR, Role.SUPERVISOR, Role.MEMBER, Role.EVALUATOR}
    if actor.roles & wide:
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


@bp.get("/<int:transfer_id>")
@login_required
def read_transfer(transfer_id: int) -> ResponseReturnValue:
    """The page of a transfer: six steps, what is outstanding, which clocks run, papers, what has happened."""
    transfer, actor = reach(transfer_id), acting_user()
    standing = standing_of(transfer, g.now, working_calendar())
    extra = [Deed.TRANSFER_PAUSE] if transfer.is_on_line else []
    extra += [Deed.TRANSFER_RESUME] if transfer.status is TransferStatus.PAUSED else []
    extra += (
        [Deed.INSPECTION_RECORD]
        if transfer.step is not None and transfer.step.number >= 5 and transfer.is_on_line
        else []
    )
    resolution = transfer.resolution
    agreement, award = agreement_of(transfer), review.award_of_transfer(transfer)
    return page(
        "transfers/read_transfer.html",
        transfer=transfer,
        standing=standing,
        line=line_of(transfer, standing, g.now),
        items=items_of(transfer, standing.outstanding, actor, g.now),
        strips=strips_of(standing, g.now),
        actions=actions_for(transfer, standing, actor, extra),
        traces=traces_of(audit.lines_of_chain(transfer.chain_key), panel_is_public=panel_is_public(award)),
        announcements=announcements_of(transfer),
        award=award,
        meeting=item_of(resolution).conference if resolution is not None else None,
        appointments=appointments_shown(transfer, award),
        agreement=agreement,
        competition=review.desks([transfer])[transfer.id],
        handover=handover_of(transfer),
        deliveries=performance.desks([transfer])[transfer.id],
        inspections=inspections_of(transfer),
        evaluation=evaluation_of(transfer),
        can=lambda deed, subject: access.can(actor, Deed(deed), subject),
    )


@bp.get("/<int:transfer_id>/plan")
@login_required
def read_plan(transfer_id: int) -> ResponseReturnValue:
    """The plan of a transfer, whole, with its evaluation and resolution."""
    transfer = reach(transfer_id)
    terms = operations.terms_of(transfer.plan)
    return page(
        "transfers/read_plan.html", transfer=transfer, plan=transfer.plan, grounds=sorted(terms.long_term_grounds)
    )


# ── the plan ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/new")
@login_required
def choose_entry() -> ResponseReturnValue:
    """Where a plan begins: a catalogue item or a transferable function."""
    actor = acting_user()
    assert actor is not None
    access.require(actor, Deed.PLAN_DRAFT, actor.department)
    edition = found(catalogue.edition_in_force(catalogue.ListKind.CATALOGUE))
    functions = found(catalogue.edition_in_force(catalogue.ListKind.FUNCTIONS))
    query = request.args.get("q", "").strip()
    entries = (
        [
            row
            for row in catalogue.items_of(edition)
            if query in row.name or query.lower() in row.name_en.lower() or row.code.startswith(query)
        ]
        if query
        else []
    )
    return page(
        "transfers/choose_entry.html",
        entries=entries,
        query=query,
        functions=catalogue.functions(functions),
        departments={row.name: row for row in departments()},
    )


@bp.route("/new/<code>", methods=["GET", "POST"])
@login_required
def draft_plan(code: str) -> ResponseReturnValue:
    """Draft the plan of a new transfer, from a catalogue code or the code of a function."""
    actor = acting_user()
    assert actor is not None
    guard(operations.draft_plan, actor.department)
    function = catalogue.function_by_code(code)
    entry = found(catalogue.entry_by_code(function.catalogue_code if function else code))
    form = examples.form_for(PlanForm, "plan", entry.code)
    if form.validate_on_submit():
        transfer = attempt(form, operations.draft_plan, actor.department, form.terms(), entry=entry, function=function)
        if transfer is not None:
            flash(_("方案已保存，编号 %(number)s。下一步：送交事前评估。", number=transfer.number))
            return home(transfer)
    return _plan_page("transfers/draft_plan.html", form, entry=entry, function=function, transfer=None)


def _plan_page(template: str, form: PlanForm, **values: object) -> ResponseReturnValue:
    from procurement.foundation.clock import local_day
    from procurement.transfers.models import Method

    bounds = {method: price_weight_bounds(method, local_day(g.now)) for method in Method}
    return page(template, form=form, bounds=bounds, grounds=list(LongTermGround), **values)


@bp.route("/<int:transfer_id>/plan/revise", methods=["GET", "POST"])
@login_required
def revise_plan(transfer_id: int) -> ResponseReturnValue:
    """Write the plan anew while it is a draft."""
    transfer = reach(transfer_id)
    guard(operations.revise_plan, transfer.plan)
    form = PlanForm() if request.method == "POST" else PlanForm.of(operations.terms_of(transfer.plan))
    if form.validate_on_submit():
        attempt(form, operations.revise_plan, transfer.plan, form.terms())
        if succeeded():
            flash(_("方案已保存。"))
            return home(transfer)
    return _plan_page(
        "transfers/revise_plan.html",
        form,
        entry=transfer.catalogue_entry,
        function=transfer.function,
        transfer=transfer,
    )


@bp.route("/<int:transfer_id>/plan/submit", methods=["GET", "POST"])
@login_required
def submit_plan(transfer_id: int) -> ResponseReturnValue:
    """Send the plan to its ex-ante evaluation."""
    transfer, form = reach(transfer_id), PlainForm()
    guard(operations.submit_plan, transfer.plan)
    if form.validate_on_submit():
        attempt(form, operations.submit_plan, transfer.plan)
        if succeeded():
            flash(_("方案已送交事前评估。"))
            return home(transfer)
    return page("transfers/submit_plan.html", form=form, transfer=transfer, plan=transfer.plan)


@bp.route("/<int:transfer_id>/plan/evaluate", methods=["GET", "POST"])
@login_required
def evaluate_plan(transfer_id: int) -> ResponseReturnValue:
    """Evaluate the plan ex ante."""
    transfer = reach(transfer_id)
    guard(operations.evaluate_plan, transfer.plan)
    form = examples.form_for(EvaluatePlanForm, "evaluate_plan")
    if form.validate_on_submit():
        scores = {name: form[name].data for name in DIMENSIONS}
        attempt(form, operations.evaluate_plan, transfer.plan, **scores, opinion=form.opinion.data)
        if succeeded():
            evaluation = transfer.plan.evaluation
            assert evaluation is not None
            flash(say(word("事前绩效评估已记录：{conclusion}。"), {"conclusion": evaluation.conclusion}))
            return home(transfer)
    return page("transfers/evaluate_plan.html", form=form, transfer=transfer, plan=transfer.plan)


@bp.route("/<int:transfer_id>/pause", methods=["GET", "POST"])
@login_required
def pause_transfer(transfer_id: int) -> ResponseReturnValue:
    """Suspend the transfer."""
    transfer, form = reach(transfer_id), ReasonForm()
    guard(operations.pause_transfer, transfer)
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
    if form.validate_on_submit():
        do(operations.resume_transfer, transfer)
        flash(_("事项恢复办理。"))
        return home(transfer)
    return page("transfers/resume_transfer.html", form=form, transfer=transfer)
