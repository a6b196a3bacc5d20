"""The register of organisations: registering oneself, being verified or refused, the public list."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required
from flask_wtf import FlaskForm

from procurement.foundation.fields import masked as masked_number
from procurement.registers import access, accounts
from procurement.registers.access import Deed
from procurement.registers.accounts import NewPassword
from procurement.registers.deeds import record_read
from procurement.registers.organisations import models, operations
from procurement.registers.organisations.credit_code import kind_of
from procurement.registers.organisations.models import Organisation, PaymentDetail
from procurement.registers.people import user_by_id
from procurement.web.accounts.views import least_length
from procurement.web.directory.standing import credit_deeds, credit_of
from procurement.web.filters import named
from procurement.web.forms import PlainForm, ReasonForm
from procurement.web.mail import sends_letters
from procurement.web.organisations.forms import (
    EnrolColleagueForm,
    KeepPaymentDetailsForm,
    OpenFirstAccountForm,
    RefuseOrganisationForm,
    RegisterOrganisationForm,
)
from procurement.web.organisations.payment import LOOKED_AT_BY, payment_of
from procurement.web.pieces import links_to
from procurement.web.refusals import attempt, found, guard, number_asked, page, succeeded
from procurement.web.session import acting_user, acts_as_visitor, clock

bp = Blueprint("organisations", __name__, url_prefix="/organisations")

PER_PAGE = 20
_SHOWN_DIGITS = 4


def masked(phone: str) -> str:
    """A telephone number of which only the last four digits can be read."""
    digits = sum(char.isdigit() for char in phone)
    shown: list[str] = []
    for char in phone:
        hidden = char.isdigit() and digits > _SHOWN_DIGITS
        digits -= char.isdigit()
        shown.append("*" if hidden else char)
    return "".join(shown)


@bp.get("")
def list_organisations() -> ResponseReturnValue:
    """Verified organisations, for anyone: searched by name or code, page by page."""
    query = request.args.get("q", "").strip()[:60]
    number = max(number_asked("page", 1), 1)
    total = models.number_of_verified(query)
    rows = models.verified_organisations(query, first=(number - 1) * PER_PAGE, limit=PER_PAGE)
    awaiting = access.can(acting_user(), Deed.ORGANISATION_VERIFY, None)
    return page(
        "organisations/list_organisations.html", rows=[(row, kind_of(row.credit_code)) for row in rows], query=query,
        number=number, total=total, has_next=number * PER_PAGE < total, shows_awaiting=awaiting,
    )  # fmt: skip


@bp.get("/<int:organisation_id>")
def read_organisation(organisation_id: int) -> ResponseReturnValue:
    """One organisation: for anyone once it is verified, and without personal data."""
    organisation = found(models.organisation_by_id(organisation_id))
    actor = acting_user()
    whole = access.can(actor, Deed.ORGANISATION_READ, organisation)
    found(organisation if organisation.is_verified or whole else None)
    deeds = [
        deed
        for deed in models.ORGANISATION_MOVES.open_to(organisation)
        if deed is not Deed.ORGANISATION_REGISTER and access.can(actor, deed, organisation)
    ]
    if access.can(actor, Deed.FIRST_ACCOUNT_OPEN, organisation) and models.awaits_first_account(organisation):
        deeds.append(Deed.FIRST_ACCOUNT_OPEN)
    enrols = access.can(actor, Deed.COLLEAGUE_ENROL, organisation)
    return page(
        "organisations/read_organisation.html", organisation=organisation, kind=kind_of(organisation.credit_code), whole=whole,
        credit=credit_of(organisation, whole=whole), may=credit_deeds(organisation),
        phone=organisation.phone if whole else masked(organisation.phone), enrols=enrols,
        users=models.users_of(organisation) if enrols else [],
        links=links_to("organisations", deeds, organisation_id=organisation.id), payment=payment_of(organisation),
    )  # fmt: skip


@bp.route("/<int:organisation_id>/payment-details", methods=["GET", "POST"])
@login_required
def keep_payment_details(organisation_id: int) -> ResponseReturnValue:
    """What payments to one's own organisation need: entered and changed by whoever signs for it."""
    organisation = found(models.organisation_by_id(organisation_id))
    guard(operations.keep_payment_details, organisation)
    form = KeepPaymentDetailsForm(data={"bank": organisation.bank})
    if form.validate_on_submit() and not form.asks_again(organisation):
        attempt(form, operations.keep_payment_details, organisation, form.terms(organisation))
        if succeeded():
            flash(_("收款资料已保存。"))
            return redirect(url_for("organisations.read_organisation", organisation_id=organisation_id), code=303)
    return page(
        "organisations/keep_payment_details.html", form=form, organisation=organisation, masked=masked_number,
    )  # fmt: skip


@bp.get("/<int:organisation_id>/identity-number")
@login_required
def read_identity_number(organisation_id: int) -> ResponseReturnValue:
    """The whole identity number of the legal representative; that it was looked at is recorded before it is shown."""
    return _whole_of(organisation_id, PaymentDetail.IDENTITY_NUMBER)


@bp.get("/<int:organisation_id>/bank-account")
@login_required
def read_bank_account(organisation_id: int) -> ResponseReturnValue:
    """The whole number of the account; that it was looked at is recorded before it is shown."""
    return _whole_of(organisation_id, PaymentDetail.ACCOUNT_NUMBER)


def _whole_of(organisation_id: int, detail: PaymentDetail) -> ResponseReturnValue:
    organisation, deed = found(models.organisation_by_id(organisation_id)), LOOKED_AT_BY[detail]
    access.require(acting_user(), deed, organisation)
    found(getattr(organisation, detail.value) or None)
    record_read(deed, organisation, actor=acting_user(), clock=clock(), visitor=acts_as_visitor())
    return page(
        "organisations/read_number.html", organisation=organisation, detail=detail, number=getattr(organisation, detail.value),
    )  # fmt: skip


@bp.route("/register", methods=["GET", "POST"])
def register_organisation() -> ResponseReturnValue:
    """Register an organisation with its first user; open to anyone."""
    form = RegisterOrganisationForm()
    if form.validate_on_submit():
        new = NewPassword.of(form.password.data)
        organisation = attempt(form, operations.register_organisation, None, form.terms(), form.person(), new)
        if organisation is not None:
            flash(_("“%(name)s”已注册，等待经办人核验。您现在就可以登录，核验后可以投标。", name=named(organisation)))
            return redirect(url_for("accounts.open_session"), code=303)
    return page("organisations/register_organisation.html", form=form, least=least_length())


@bp.route("/<int:organisation_id>/first-account", methods=["GET", "POST"])
@login_required
def open_first_account(organisation_id: int) -> ResponseReturnValue:
    """Open the first account of an organisation from a list: its link is mailed, or without mail its password shown once."""
    organisation = found(models.organisation_by_id(organisation_id))
    guard(operations.open_first_account, organisation)
    if request.method == "GET":
        operations.ensure_awaits_first_account(organisation)
    is_mailed, form = sends_letters(), OpenFirstAccountForm()
    if form.validate_on_submit():
        password = accounts.random_password()
        terms = (form.person(), NewPassword.of(password))
        user = attempt(form, operations.open_first_account, organisation, *terms, is_mailed=is_mailed)
        home = url_for("organisations.read_organisation", organisation_id=organisation_id)
        if user is not None and is_mailed:
            flash(_("账号已开设，设定密码的链接寄给了 %(name)s。", name=named(user)))
            return redirect(home, code=303)
        if user is not None:
            return page("accounts/show_password.html", user=user, password=password, is_new=False, home=home)
    return page(
        "organisations/open_first_account.html", form=form, organisation=organisation, kind=kind_of(organisation.credit_code),
        is_mailed=is_mailed,
    )  # fmt: skip


@bp.route("/<int:organisation_id>/colleagues/new", methods=["GET", "POST"])
@login_required
def enrol_colleague(organisation_id: int) -> ResponseReturnValue:
    """Open a further account for one's own organisation; its first password is shown on the next page, once."""
    organisation = found(models.organisation_by_id(organisation_id))
    guard(operations.enrol_colleague, organisation)
    form = EnrolColleagueForm()
    if form.validate_on_submit():
        password = accounts.random_password()
        terms = (form.role.data, form.person(), NewPassword.of(password))
        user = attempt(form, operations.enrol_colleague, organisation, *terms)
        if user is not None:
            home = url_for("organisations.read_organisation", organisation_id=organisation_id)
            return page("accounts/show_password.html", user=user, password=password, is_new=False, home=home)
    return page("organisations/enrol_colleague.html", form=form, organisation=organisation)


@bp.route("/colleagues/<int:user_id>/stop", methods=["GET", "POST"])
@login_required
def stop_colleague(user_id: int) -> ResponseReturnValue:
    """Take an account of one's own organisation out of use."""
    user = found(user_by_id(user_id))
    guard(operations.stop_colleague, user)
    organisation, form = found(user.organisation), ReasonForm()
    if form.validate_on_submit():
        attempt(form, operations.stop_colleague, user, form.reason.data)
        if succeeded():
            flash(_("%(name)s 的账号已停用，登录已全部结束。", name=named(user)))
            return redirect(url_for("organisations.read_organisation", organisation_id=organisation.id), code=303)
    return page("organisations/stop_colleague.html", form=form, user=user, organisation=organisation)


@bp.get("/awaiting")
@login_required
def list_awaiting() -> ResponseReturnValue:
    """Registrations that wait for an officer, the longest waiting first."""
    access.require(acting_user(), Deed.ORGANISATION_VERIFY, None)
    rows = [(row, kind_of(row.credit_code)) for row in models.organisations_awaiting_verification()]
    return page("organisations/list_awaiting.html", rows=rows)


@bp.route("/<int:organisation_id>/verify", methods=["GET", "POST"])
@login_required
def verify_organisation(organisation_id: int) -> ResponseReturnValue:
    """Verify that an organisation is who it says it is."""
    organisation = found(models.organisation_by_id(organisation_id))
    guard(operations.verify_organisation, organisation)
    form = PlainForm()
    if form.validate_on_submit():
        attempt(form, operations.verify_organisation, organisation)
        if succeeded():
            flash(_("“%(name)s”已核验，它的用户已收到通知。", name=named(organisation)))
            return redirect(url_for("organisations.list_awaiting"), code=303)
    return _deed_page("organisations/verify_organisation.html", organisation, form)


@bp.route("/<int:organisation_id>/refuse", methods=["GET", "POST"])
@login_required
def refuse_organisation(organisation_id: int) -> ResponseReturnValue:
    """Refuse a registration, with a reason."""
    organisation = found(models.organisation_by_id(organisation_id))
    guard(operations.refuse_organisation, organisation)
    form = RefuseOrganisationForm()
    if form.validate_on_submit():
        attempt(form, operations.refuse_organisation, organisation, form.reason.data)
        if succeeded():
            flash(_("“%(name)s”的注册已退回，它的用户已收到理由。", name=named(organisation)))
            return redirect(url_for("organisations.list_awaiting"), code=303)
    return _deed_page("organisations/refuse_organisation.html", organisation, form)


def _deed_page(template: str, organisation: Organisation, form: FlaskForm) -> ResponseReturnValue:
    return page(template, organisation=organisation, kind=kind_of(organisation.credit_code), form=form)
