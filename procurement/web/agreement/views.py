"""Pages of step 3: the agreement drafted, confirmed, concluded, published, filed, read; and supplemented."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, flash, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.steps.agreement import operations, rules
from procurement.steps.agreement.models import (
    SUPPLEMENT_MOVES,
    Agreement,
    AgreementStatus,
    Supplement,
    agreement_of,
    supplement_by_id,
)
from procurement.steps.competition.models.review import award_of_transfer
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer
from procurement.web import examples
from procurement.web.agreement.forms import AgreementForm, FileAgreementForm, SupplementForm
from procurement.web.agreement.printing import print_agreement_of, print_supplement_of
from procurement.web.forms import PlainForm, ReasonForm, SeenForm
from procurement.web.languages import buyer_text, value_text
from procurement.web.refusals import attempt, found, guard, page, place, succeeded
from procurement.web.session import acting_user, clock
from procurement.web.transfers.screening import marks_of, put_on_form, tell_of_hits
from procurement.web.transfers.views import home, reach
from procurement.web.uploads import as_recorded_download

bp = Blueprint("agreement", __name__, url_prefix="/transfers/<int:transfer_id>/agreement")

# The fields of the form whose texts are screened.
SCREENED = ("place", "data_protection", "special_terms")
HANDOVER_TIME = timedelta(days=10)


def _said(form: AgreementForm) -> dict[str, object]:
    return {name: form[name].data for name in ("starts_on", "place", "data_protection", "special_terms")}


def readable(transfer_id: int) -> tuple[Transfer, Agreement]:
    """Transfer and agreement, for whoever may read the agreement."""
    transfer = reach(transfer_id)
    agreement = found(agreement_of(transfer))
    access.require(acting_user(), Deed.AGREEMENT_READ, agreement)
    return transfer, agreement


@bp.route("/draft", methods=["GET", "POST"])
@login_required
def draft_agreement(transfer_id: int) -> ResponseReturnValue:
    """Draft the agreement from plan and winning bid."""
    transfer = reach(transfer_id)
    guard(operations.draft_agreement, transfer, at=Step.AGREEMENT)
    form = examples.form_for(AgreementForm, "agreement")
    if request.method == "GET" and form.starts_on.data is None:
        # Proposed, not asked by any rule: between the signature and the first day the handover takes place.
        form.starts_on.data = working_calendar().next_workday(local_day(g.now) + HANDOVER_TIME)
    if form.validate_on_submit():
        agreement = attempt(form, operations.draft_agreement, transfer, **_said(form))
        if agreement is not None:
            flash(_("协议 %(number)s 已起草，等承接方确认。", number=agreement.number))
            tell_of_hits(transfer, acting_user())
            return home(transfer)
    return page("agreement/draft_agreement.html", form=form, transfer=transfer, award=award_of_transfer(transfer))


@bp.route("/revise", methods=["GET", "POST"])
@login_required
def revise_agreement(transfer_id: int) -> ResponseReturnValue:
    """Change a text that is not concluded."""
    transfer = reach(transfer_id)
    agreement = found(agreement_of(transfer))
    guard(operations.revise_agreement, agreement, at=Step.AGREEMENT, transfer=transfer)
    form = AgreementForm(obj=agreement)
    if form.validate_on_submit():
        attempt(form, operations.revise_agreement, agreement, **_said(form))
        if succeeded():
            flash(_("协议已修改，承接方要重新确认。"))
            tell_of_hits(transfer, acting_user())
            return home(transfer)
    if request.method == "GET":
        put_on_form(form, marks_of(transfer, acting_user()), SCREENED)
    return page("agreement/revise_agreement.html", form=form, transfer=transfer, award=agreement.award)


@bp.get("")
@login_required
def read_agreement(transfer_id: int) -> ResponseReturnValue:
    """The agreement's terms on a page."""
    transfer, agreement = readable(transfer_id)
    may_revise = agreement.status is not AgreementStatus.CONCLUDED and access.can(
        acting_user(), Deed.AGREEMENT_REVISE, agreement
    )
    return page(
        "agreement/read_agreement.html",
        transfer=transfer,
        agreement=agreement,
        may_revise=may_revise,
        hits=marks_of(transfer, acting_user()).elsewhere("supplement-") if agreement.open_supplement else [],
        left=rules.left_for_supplements(agreement, local_day(g.now)),
        may_supplement=rules.may_be_supplemented(agreement)
        and agreement.open_supplement is None
        and access.can(acting_user(), Deed.SUPPLEMENT_DRAFT, agreement),
        may=_may_now,
    )


def _may_now(deed: str, supplement: Supplement) -> bool:
    """Whether this person may do the deed on a supplement as it stands."""
    asked = Deed(deed)
    return (
        asked in SUPPLEMENT_MOVES.open_to(supplement)
        and supplement.transfer.is_on_line
        and access.can(acting_user(), asked, supplement)
    )


@bp.route("/confirm", methods=["GET", "POST"])
@login_required
def confirm_agreement(transfer_id: int) -> ResponseReturnValue:
    """Confirm the text for the provider."""
    transfer, agreement = readable(transfer_id)
    guard(operations.confirm_agreement, agreement, at=Step.AGREEMENT, transfer=transfer)
    form = _seen_form(rules.digest_of(agreement))
    if form.validate_on_submit():
        attempt(form, operations.confirm_agreement, agreement, seen=form.seen.data)
        if succeeded():
            flash(_("协议已确认，等%(buyer)s签订。", buyer=buyer_text(transfer)))
            return home(transfer)
    return page("agreement/confirm_agreement.html", form=form, transfer=transfer, agreement=agreement)


@bp.route("/conclude", methods=["GET", "POST"])
@login_required
def conclude_agreement(transfer_id: int) -> ResponseReturnValue:
    """Sign for the purchaser; the agreement is printed just before."""
    transfer, agreement = readable(transfer_id)
    guard(operations.conclude_agreement, agreement, at=Step.AGREEMENT, transfer=transfer)
    form = _seen_form(rules.digest_of(agreement))
    if form.validate_on_submit() and _conclude(form, agreement):
        today, filing = local_day(g.now), rules.filing_period(agreement)
        publish = value_text(limits.PUBLISH_AGREEMENT.of(transfer).on(today))
        flash(_("协议 %(number)s 已签订。%(publish)s内公开。", number=agreement.number, publish=publish))
        if filing is not None:
            flash(_("协议是政府采购合同，%(file)s内备案。", file=value_text(filing.on(today))))
        return home(transfer)
    return page("agreement/conclude_agreement.html", form=form, transfer=transfer, agreement=agreement)


def _seen_form(digest: str) -> SeenForm:
    """The digest goes out with the page only: an answer without it has seen nothing."""
    return SeenForm(data={"seen": digest} if request.method == "GET" else None)


def _conclude(form: SeenForm, agreement: Agreement) -> bool:
    actor, at = acting_user(), clock().now()
    assert actor is not None
    try:
        text = print_agreement_of(agreement, current_app, concluded_by=actor, at=at)
    except DomainError as error:
        place(form, error)
        return False
    attempt(form, operations.conclude_agreement, agreement, text=text, seen=form.seen.data, now=at)
    return succeeded()


@bp.route("/publish", methods=["GET", "POST"])
@login_required
def publish_agreement(transfer_id: int) -> ResponseReturnValue:
    """Make the agreement public."""
    transfer, agreement = readable(transfer_id)
    guard(operations.publish_agreement, agreement)
    form = PlainForm()
    if form.validate_on_submit():
        attempt(form, operations.publish_agreement, agreement)
        if succeeded():
            flash(_("协议已公开。"))
            return home(transfer)
    return page("agreement/publish_agreement.html", form=form, transfer=transfer, agreement=agreement)


@bp.route("/file", methods=["GET", "POST"])
@login_required
def file_agreement(transfer_id: int) -> ResponseReturnValue:
    """Note the filing with the finance department."""
    transfer, agreement = readable(transfer_id)
    guard(operations.file_agreement, agreement)
    rules.ensure_is_filed(agreement, local_day(g.now))
    form = examples.form_for(FileAgreementForm, "file_agreement")
    if form.validate_on_submit():
        attempt(form, operations.file_agreement, agreement, filing_number=form.filing_number.data)
        if succeeded():
            flash(_("备案已记录。"))
            return home(transfer)
    return page("agreement/file_agreement.html", form=form, transfer=transfer, agreement=agreement)


@bp.get("/document")
@login_required
def download_agreement(transfer_id: int) -> ResponseReturnValue:
    """The printed agreement as a PDF; the reading is recorded before a byte leaves."""
    _transfer, agreement = readable(transfer_id)
    text = found(agreement.text)
    return as_recorded_download(text, Deed.AGREEMENT_READ, agreement)


# ── supplements ────────────────────────────────────────────────────────────────────────────────────────────────────


def _supplement(transfer_id: int, supplement_id: int) -> tuple[Transfer, Supplement]:
    """Transfer and supplement, for whoever may read the agreement."""
    transfer, agreement = readable(transfer_id)
    supplement = found(supplement_by_id(supplement_id))
    return transfer, found(supplement if supplement.agreement_id == agreement.id else None)


@bp.route("/supplements/draft", methods=["GET", "POST"])
@login_required
def draft_supplement(transfer_id: int) -> ResponseReturnValue:
    """Draft a supplement to the agreement."""
    transfer, agreement = readable(transfer_id)
    guard(operations.draft_supplement, agreement)
    if request.method == "GET":
        rules.ensure_may_be_supplemented(agreement)
        rules.ensure_no_open_supplement(agreement)
    form = examples.form_for(SupplementForm, "supplement", agreement)
    if form.validate_on_submit():
        supplement = attempt(form, operations.draft_supplement, agreement, form.terms())
        if supplement is not None:
            flash(_("补充协议 %(number)s 已起草，等承接方确认。", number=supplement.number))
            tell_of_hits(transfer, acting_user())
            return home(transfer)
    day = local_day(g.now)
    return page(
        "agreement/draft_supplement.html",
        form=form,
        transfer=transfer,
        agreement=agreement,
        most=rules.most_of_supplements(agreement, day),
        left=rules.left_for_supplements(agreement, day),
    )


@bp.route("/supplements/<int:supplement_id>/confirm", methods=["GET", "POST"])
@login_required
def confirm_supplement(transfer_id: int, supplement_id: int) -> ResponseReturnValue:
    """Confirm a supplement for the provider."""
    transfer, supplement = _supplement(transfer_id, supplement_id)
    guard(operations.confirm_supplement, supplement)
    if request.method == "GET":
        SUPPLEMENT_MOVES.ensure_open(Deed.SUPPLEMENT_CONFIRM, supplement)
    form = _seen_form(rules.digest_of_supplement(supplement))
    if form.validate_on_submit():
        attempt(form, operations.confirm_supplement, supplement, seen=form.seen.data)
        if succeeded():
            flash(_("补充协议已确认，等%(buyer)s签订。", buyer=buyer_text(transfer)))
            return home(transfer)
    return page("agreement/confirm_supplement.html", form=form, transfer=transfer, supplement=supplement)


@bp.route("/supplements/<int:supplement_id>/conclude", methods=["GET", "POST"])
@login_required
def conclude_supplement(transfer_id: int, supplement_id: int) -> ResponseReturnValue:
    """Sign a supplement for the purchaser; it is printed just before, and published with the signature."""
    transfer, supplement = _supplement(transfer_id, supplement_id)
    guard(operations.conclude_supplement, supplement)
    if request.method == "GET":
        SUPPLEMENT_MOVES.ensure_open(Deed.SUPPLEMENT_CONCLUDE, supplement)
    form = _seen_form(rules.digest_of_supplement(supplement))
    if form.validate_on_submit() and _conclude_supplement(form, supplement):
        flash(_("补充协议 %(number)s 已签订并公开，节点已列入协议。", number=supplement.number))
        return home(transfer)
    return page("agreement/conclude_supplement.html", form=form, transfer=transfer, supplement=supplement)


def _conclude_supplement(form: SeenForm, supplement: Supplement) -> bool:
    actor, at = acting_user(), clock().now()
    assert actor is not None
    try:
        text = print_supplement_of(supplement, current_app, concluded_by=actor, at=at)
    except DomainError as error:
        place(form, error)
        return False
    attempt(form, operations.conclude_supplement, supplement, text=text, seen=form.seen.data, now=at)
    return succeeded()


@bp.route("/supplements/<int:supplement_id>/withdraw", methods=["GET", "POST"])
@login_required
def withdraw_supplement(transfer_id: int, supplement_id: int) -> ResponseReturnValue:
    """Withdraw a supplement that is not concluded."""
    transfer, supplement = _supplement(transfer_id, supplement_id)
    guard(operations.withdraw_supplement, supplement)
    if request.method == "GET":
        SUPPLEMENT_MOVES.ensure_open(Deed.SUPPLEMENT_WITHDRAW, supplement)
    form = ReasonForm()
    if form.validate_on_submit():
        attempt(form, operations.withdraw_supplement, supplement, reason=form.reason.data)
        if succeeded():
            flash(_("补充协议已撤回。"))
            return home(transfer)
    return page("agreement/withdraw_supplement.html", form=form, transfer=transfer, supplement=supplement)


@bp.get("/supplements/<int:supplement_id>/document")
@login_required
def download_supplement(transfer_id: int, supplement_id: int) -> ResponseReturnValue:
    """The printed supplement as a PDF; the reading is recorded before a byte leaves."""
    _transfer, supplement = _supplement(transfer_id, supplement_id)
    text = found(supplement.text)
    return as_recorded_download(text, Deed.AGREEMENT_READ, supplement)
