"""Pages of what is public before an announcement: the intention to buy, the notice of a single source, its objections."""

from __future__ import annotations

from flask import Blueprint, flash, g
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.registers.organisations.models import organisation_by_code
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.steps.preliminaries import operations, rules
from procurement.steps.preliminaries.models import objection_by_id, the_preliminaries
from procurement.web import examples
from procurement.web.forms import ReasonForm
from procurement.web.preliminaries.forms import AnswerForm, IntentionForm, SourceNoticeForm, SourceObjectionForm
from procurement.web.refusals import attempt, found, guard, page, succeeded
from procurement.web.transfers.views import home, reach

bp = Blueprint("preliminaries", __name__, url_prefix="/transfers/<int:transfer_id>")


@bp.route("/intention/publish", methods=["GET", "POST"])
@login_required
def publish_intention(transfer_id: int) -> ResponseReturnValue:
    """Make the intention to buy public; the page also leads to the reason why it is not."""
    transfer = reach(transfer_id)
    guard(operations.publish_intention, transfer)
    rules.ensure_may_be_told(transfer)
    rules.ensure_needs_intention(transfer, local_day(g.now))
    form = examples.form_for(
        IntentionForm, "intention", otherwise=lambda: IntentionForm(data={"outline": transfer.plan.content})
    )
    today = local_day(g.now)
    period = limits.INTENTION.purchase.on(today)
    form.offer(today, period.first_day_after(today, working_calendar()))
    if form.validate_on_submit():
        said = {"outline": form.outline.data, "planned_month": form.planned_month.data}
        if attempt(form, operations.publish_intention, transfer, **said) is not None:
            flash(_("采购意向已公开。"))
            return home(transfer)
    intention = the_preliminaries(transfer).intention
    return page(
        "preliminaries/publish_intention.html", form=form, transfer=transfer, period=period,
        may_waive=intention is None, differs=rules.intention_differs(intention, transfer),
    )  # fmt: skip


@bp.route("/intention/waive", methods=["GET", "POST"])
@login_required
def waive_intention(transfer_id: int) -> ResponseReturnValue:
    """Say why the intention was not public in time."""
    transfer = reach(transfer_id)
    guard(operations.waive_intention, transfer)
    rules.ensure_may_be_told(transfer)
    rules.ensure_needs_intention(transfer, local_day(g.now))
    form = examples.form_for(ReasonForm, "waive_intention")
    if form.validate_on_submit() and (
        attempt(form, operations.waive_intention, transfer, reason=form.reason.data) is not None
    ):
        flash(_("理由已记录，随公告公开。"))
        return home(transfer)
    period = limits.INTENTION.purchase.on(local_day(g.now))
    return page("preliminaries/waive_intention.html", form=form, transfer=transfer, period=period)


@bp.route("/source-notice/publish", methods=["GET", "POST"])
@login_required
def publish_source_notice(transfer_id: int) -> ResponseReturnValue:
    """Make public that one organisation alone is to be called."""
    transfer = reach(transfer_id)
    guard(operations.publish_source_notice, transfer)
    rules.ensure_may_be_told(transfer)
    rules.ensure_needs_source_notice(transfer, the_preliminaries(transfer).notice, local_day(g.now))
    form = examples.form_for(
        SourceNoticeForm,
        "source_notice",
        otherwise=lambda: SourceNoticeForm(data={"reason": transfer.plan.method_reason}),
    )
    if form.validate_on_submit():
        said = {"reason": form.reason.data, "opinions": form.told()}
        if attempt(form, operations.publish_source_notice, transfer, **said) is not None:
            flash(_("单一来源公示已发布。"))
            return home(transfer)
    period = limits.SINGLE_SOURCE_NOTICE.on(local_day(g.now))
    source = organisation_by_code(transfer.plan.source_code)
    differs = rules.notice_differs(the_preliminaries(transfer).notice, transfer)
    return page(
        "preliminaries/publish_source_notice.html", form=form, transfer=transfer, period=period, source=source,
        differs=differs,
    )  # fmt: skip


@bp.route("/source-notice/objections", methods=["GET", "POST"])
@login_required
def note_source_objection(transfer_id: int) -> ResponseReturnValue:
    """Record an objection to the single source."""
    transfer = reach(transfer_id)
    notice = found(the_preliminaries(transfer).notice)
    guard(operations.note_source_objection, notice)
    form = SourceObjectionForm()
    if form.validate_on_submit():
        said = {"objector": form.objector.data, "text": form.text.data}
        if attempt(form, operations.note_source_objection, notice, **said) is not None:
            flash(_("异议已记录；答复以前不能发布公告。"))
            return home(transfer)
    return page("preliminaries/note_source_objection.html", form=form, transfer=transfer, notice=notice)


@bp.route("/source-notice/objections/<int:objection_id>/answer", methods=["GET", "POST"])
@login_required
def answer_source_objection(transfer_id: int, objection_id: int) -> ResponseReturnValue:
    """Answer an objection to the single source."""
    transfer = reach(transfer_id)
    row = objection_by_id(objection_id)
    objection = found(row if row is not None and row.transfer is transfer else None)
    guard(operations.answer_source_objection, objection)
    form = AnswerForm()
    if form.validate_on_submit():
        attempt(form, operations.answer_source_objection, objection, answer=form.answer.data)
        if succeeded():
            flash(_("异议已答复。"))
            return home(transfer)
    return page("preliminaries/answer_source_objection.html", form=form, transfer=transfer, objection=objection)
