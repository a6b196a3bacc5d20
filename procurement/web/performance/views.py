"""Pages of step 5: milestones reported, accepted, requested, paid."""

from __future__ import annotations

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from flask_wtf.file import FileField

from procurement.registers import access
from procurement.registers.access import Deed
from procurement.statute.calendar import working_calendar
from procurement.steps.agreement.models import Milestone, milestone_by_id
from procurement.steps.performance import rules
from procurement.steps.performance.models import Delivery, delivery_of
from procurement.steps.performance.operations import delivery, payment
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer
from procurement.web import examples
from procurement.web.fields import MoneyField, Needed, prose, text
from procurement.web.forms import PlainForm, ReasonForm
from procurement.web.languages import buyer_text
from procurement.web.organisations.payment import payment_of
from procurement.web.refusals import attempt, found, guard, page, succeeded
from procurement.web.session import acting_user
from procurement.web.transfers.views import home, reach
from procurement.web.uploads import as_recorded_download, uploaded

bp = Blueprint("performance", __name__, url_prefix="/transfers/<int:transfer_id>/milestones/<int:milestone_id>")


class ReportMilestoneForm(FlaskForm):
    """The provider's report."""

    report = prose(_l("完成情况"), rows=5)
    evidence = FileField(_l("证明材料"))


class AcceptMilestoneForm(FlaskForm):
    """The acceptance."""

    findings = prose(_l("逐项核对约定的标准"), rows=5)
    users_opinion = prose(_l("服务对象的意见"), rows=3)


class MakePaymentForm(FlaskForm):
    """The payment."""

    amount = MoneyField(_l("付款金额"), validators=[Needed()])
    voucher = text(_l("付款凭证号"), 60)


def _milestone(transfer_id: int, milestone_id: int) -> tuple[Transfer, Milestone]:
    transfer = reach(transfer_id)
    milestone = found(milestone_by_id(milestone_id))
    return transfer, found(milestone if milestone.transfer.id == transfer.id else None)


def _delivery(transfer_id: int, milestone_id: int) -> tuple[Transfer, Delivery]:
    transfer, milestone = _milestone(transfer_id, milestone_id)
    return transfer, found(delivery_of(milestone))


@bp.get("")
@login_required
def read_milestone(transfer_id: int, milestone_id: int) -> ResponseReturnValue:
    """One milestone: report, acceptance, payment."""
    transfer, milestone = _milestone(transfer_id, milestone_id)
    access.require(acting_user(), Deed.MILESTONE_READ, milestone)
    row = delivery_of(milestone)
    may_return = row is not None and access.can(acting_user(), Deed.MILESTONE_RETURN, row)
    return page(
        "performance/read_milestone.html",
        transfer=transfer,
        milestone=milestone,
        delivery=row,
        pay_by=rules.pay_by(row, working_calendar()) if row else None,
        may_return=may_return,
    )


@bp.route("/report", methods=["GET", "POST"])
@login_required
def report_milestone(transfer_id: int, milestone_id: int) -> ResponseReturnValue:
    """Report the milestone as done."""
    transfer, milestone = _milestone(transfer_id, milestone_id)
    guard(delivery.report_milestone, milestone, at=Step.PERFORMANCE, transfer=transfer)
    form = examples.form_for(ReportMilestoneForm, "report_milestone")
    if form.validate_on_submit():
        evidence = uploaded(form, "evidence", needed=False)
        if succeeded():
            attempt(form, delivery.report_milestone, milestone, report=form.report.data, evidence=evidence)
        if succeeded():
            flash(_("已报告，等%(buyer)s验收。", buyer=buyer_text(transfer)))
            return home(transfer)
    return page(
        "performance/report_milestone.html",
        form=form,
        transfer=transfer,
        milestone=milestone,
        delivery=delivery_of(milestone),
    )


report_milestone.takes_files = True


@bp.route("/accept", methods=["GET", "POST"])
@login_required
def accept_milestone(transfer_id: int, milestone_id: int) -> ResponseReturnValue:
    """Accept the milestone."""
    transfer, row = _delivery(transfer_id, milestone_id)
    guard(delivery.accept_milestone, row, at=Step.PERFORMANCE, transfer=transfer)
    form = examples.form_for(AcceptMilestoneForm, "accept_milestone")
    if form.validate_on_submit():
        attempt(
            form, delivery.accept_milestone, row, findings=form.findings.data, users_opinion=form.users_opinion.data
        )
        if succeeded():
            flash(_("验收已记录并公布。"))
            return home(transfer)
    return page(
        "performance/accept_milestone.html", form=form, transfer=transfer, milestone=row.milestone, delivery=row
    )


@bp.route("/return", methods=["GET", "POST"])
@login_required
def return_milestone(transfer_id: int, milestone_id: int) -> ResponseReturnValue:
    """Send the report back."""
    transfer, row = _delivery(transfer_id, milestone_id)
    guard(delivery.return_milestone, row, at=Step.PERFORMANCE, transfer=transfer)
    form = ReasonForm()
    if form.validate_on_submit():
        attempt(form, delivery.return_milestone, row, reason=form.reason.data)
        if succeeded():
            flash(_("已退回整改。"))
            return home(transfer)
    return page(
        "performance/return_milestone.html", form=form, transfer=transfer, milestone=row.milestone, delivery=row
    )


@bp.route("/payment/request", methods=["GET", "POST"])
@login_required
def request_payment(transfer_id: int, milestone_id: int) -> ResponseReturnValue:
    """Ask for the payment."""
    transfer, row = _delivery(transfer_id, milestone_id)
    guard(payment.request_payment, row, at=Step.PERFORMANCE, transfer=transfer)
    form = PlainForm()
    if form.validate_on_submit():
        attempt(form, payment.request_payment, row)
        if succeeded():
            flash(_("付款申请已送交付款人。"))
            return home(transfer)
    return _payment_page("performance/request_payment.html", form, row)


@bp.route("/payment/make", methods=["GET", "POST"])
@login_required
def make_payment(transfer_id: int, milestone_id: int) -> ResponseReturnValue:
    """Pay."""
    transfer, row = _delivery(transfer_id, milestone_id)
    guard(payment.make_payment, row, at=Step.PERFORMANCE, transfer=transfer)
    form = examples.form_for(MakePaymentForm, "make_payment", row.milestone.id)
    if form.validate_on_submit():
        attempt(form, payment.make_payment, row, amount=form.amount.data, voucher=form.voucher.data)
        if succeeded():
            flash(_("付款已记录。"))
            return home(transfer)
    return _payment_page("performance/make_payment.html", form, row)


def _payment_page(template: str, form: FlaskForm, row: Delivery) -> ResponseReturnValue:
    """The milestone, and to whom it is paid: bank and account as this reader may see them."""
    transfer = row.transfer
    return page(
        template, form=form, transfer=transfer, milestone=row.milestone, delivery=row, payment=payment_of(found(transfer.provider)),
    )  # fmt: skip


@bp.get("/evidence")
@login_required
def download_evidence(transfer_id: int, milestone_id: int) -> ResponseReturnValue:
    """What the provider handed in with its report; the reading is recorded before a byte leaves."""
    _transfer, row = _delivery(transfer_id, milestone_id)
    access.require(acting_user(), Deed.MILESTONE_READ, row)
    evidence = found(row.evidence)
    return as_recorded_download(evidence, Deed.MILESTONE_READ, row)
