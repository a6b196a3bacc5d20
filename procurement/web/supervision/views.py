"""Pages of step 6: inspection, expenditure evaluation, closing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.indicators import IndicatorSet, Part, expenditure_frame
from procurement.steps.supervision import operations, rules
from procurement.steps.supervision.models import InspectionResult, desks, evaluation_of
from procurement.steps.supervision.operations import EvaluationTerms
from procurement.steps.supervision.rules import Mark
from procurement.transfers import line
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer
from procurement.web import examples
from procurement.web.fields import DayField, LabelledSelect, Needed, PointsField, prose, text
from procurement.web.forms import PlainForm
from procurement.web.refusals import attempt, found, guard, page, place, succeeded
from procurement.web.session import acting_user, clock
from procurement.web.standards.forms import StandardField, proposals
from procurement.web.supervision.printing import print_evaluation_of
from procurement.web.transfers.views import home, reach
from procurement.web.uploads import as_recorded_download

bp = Blueprint("supervision", __name__, url_prefix="/transfers/<int:transfer_id>")

SECTIONS = ("overview", "method", "experience", "problems", "advice")


class InspectionForm(FlaskForm):
    """One inspection."""

    inspected_on = DayField(_l("检查日期"), validators=[Needed()])
    place = text(_l("检查地点"), 200)
    result = LabelledSelect(_l("总体情况"), of=InspectionResult)
    standard = StandardField(_l("对照的标准"))
    findings = prose(_l("检查了什么，情况怎样"), 4000, rows=4)


def evaluation_form(frame: IndicatorSet) -> type[FlaskForm]:
    """The evaluation's form: a score and a remark per indicator, the sections, the declaration, the digest of the facts."""
    fields: dict[str, Any] = {}
    for row in frame.indicators:
        fields[f"score-{row.key}"] = PointsField(_l(row.level3))
        fields[f"remark-{row.key}"] = text(_l("评分理由"), 300, needed=False)
    fields |= {
        "overview": prose(_l("基本情况"), rows=3),
        "method": prose(_l("评价工作开展情况"), rows=3),
        "experience": prose(_l("主要经验及做法"), rows=3),
        "problems": prose(_l("存在的问题及原因分析"), rows=3),
        "advice": prose(_l("有关建议"), rows=3),
        "independence": BooleanField(_l("我与转出部门、承接方没有利害关系，独立作出评价")),
        "seen": HiddenField(),
    }
    return type("EvaluationForm", (FlaskForm,), fields)


@bp.route("/inspections/record", methods=["GET", "POST"])
@login_required
def record_inspection(transfer_id: int) -> ResponseReturnValue:
    """Record an inspection."""
    transfer = reach(transfer_id)
    guard(operations.record_inspection, transfer)
    if request.method == "GET":
        line.ensure_reached(transfer, Step.PERFORMANCE)
    form = examples.form_for(InspectionForm, "inspection")
    if request.method == "GET":
        form.inspected_on.data = form.inspected_on.data or local_day(g.now)
    if form.validate_on_submit():
        said = {name: form[name].data for name in ("inspected_on", "place", "result", "findings", "standard")}
        if attempt(form, operations.record_inspection, transfer, **said) is not None:
            flash(_("检查已记录。"))
            return home(transfer)
    known = proposals(list(transfer.plan.standards))
    return page("supervision/record_inspection.html", form=form, transfer=transfer, known=known)


@bp.route("/evaluation/conclude", methods=["GET", "POST"])
@login_required
def conclude_evaluation(transfer_id: int) -> ResponseReturnValue:
    """Evaluate by the frame 20/20/30/30 and print the report."""
    transfer = reach(transfer_id)
    guard(operations.conclude_evaluation, transfer, at=Step.SUPERVISION)
    frame, desk = expenditure_frame(local_day(g.now)), desks([transfer])[transfer.id]
    form = examples.form_for(evaluation_form(frame), "evaluation")
    if request.method == "GET":
        form["seen"].data = rules.digest_of(transfer, desk)
    if form.validate_on_submit() and _conclude(form, transfer, frame):
        flash(_("支出绩效评价已形成并公布。"))
        return home(transfer)
    return page(
        "supervision/conclude_evaluation.html",
        form=form,
        transfer=transfer,
        frame=frame,
        parts=list(Part),
        desk=desk,
        sections=SECTIONS,
    )


def _conclude(form: FlaskForm, transfer: Transfer, frame: IndicatorSet) -> bool:
    actor, at = acting_user(), clock().now()
    assert actor is not None
    marks = {
        row.key: Mark(form[f"score-{row.key}"].data, form[f"remark-{row.key}"].data or "")
        for row in frame.indicators
        if form[f"score-{row.key}"].data is not None
    }
    terms = EvaluationTerms(
        marks=marks, independence=bool(form["independence"].data), **{name: form[name].data for name in SECTIONS}
    )
    try:
        rules.ensure_marks(marks, frame, local_day(at))
        text_file = print_evaluation_of(transfer, terms, current_app, evaluator=actor, at=at)
    except DomainError as error:
        place(form, error)
        return False
    attempt(form, operations.conclude_evaluation, transfer, terms, text=text_file, seen=form["seen"].data, now=at)
    return succeeded()


@bp.get("/evaluation")
@login_required
def read_evaluation(transfer_id: int) -> ResponseReturnValue:
    """The evaluation on a page."""
    transfer = reach(transfer_id)
    evaluation = found(evaluation_of(transfer))
    access.require(acting_user(), Deed.EVALUATION_READ, evaluation)
    frame = expenditure_frame(local_day(evaluation.concluded_at))
    scores = {row["key"]: row for row in evaluation.told}
    return page(
        "supervision/read_evaluation.html",
        transfer=transfer,
        evaluation=evaluation,
        frame=frame,
        parts=list(Part),
        scores=scores,
    )


@bp.get("/evaluation/document")
@login_required
def download_evaluation(transfer_id: int) -> ResponseReturnValue:
    """The printed report as a PDF; the reading is recorded before a byte leaves."""
    transfer = reach(transfer_id)
    evaluation = found(evaluation_of(transfer))
    access.require(acting_user(), Deed.EVALUATION_READ, evaluation)
    return as_recorded_download(evaluation.text, Deed.EVALUATION_READ, evaluation)


@bp.route("/close", methods=["GET", "POST"])
@login_required
def close_transfer(transfer_id: int) -> ResponseReturnValue:
    """Close the case."""
    transfer, form = reach(transfer_id), PlainForm()
    guard(operations.close_transfer, transfer, at=Step.SUPERVISION)
    if form.validate_on_submit():
        attempt(form, operations.close_transfer, transfer)
        if succeeded():
            flash(_("事项已办结归档。六步走完。"))
            return home(transfer)
    return page("supervision/close_transfer.html", form=form, transfer=transfer, evaluation=evaluation_of(transfer))
