"""Pages of the proposals to take a transfer back: what is proposed, the undertaker's answer, what became of it."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm

from procurement.foundation.clock import local_day
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.transfers.models import Transfer, transfer_by_id
from procurement.transfers.take_backs import operations, rules
from procurement.transfers.take_backs.models import (
    TAKE_BACK_MOVES,
    TakeBack,
    TakeBackStatus,
    open_take_back_of,
    take_backs_of,
)
from procurement.transfers.take_backs.rules import TakeBackTerms
from procurement.web.fields import prose
from procurement.web.forms import ReasonForm
from procurement.web.pieces import links_to
from procurement.web.refusals import attempt, found, guard, page, succeeded
from procurement.web.session import acting_user

bp = Blueprint("take_backs", __name__, url_prefix="/transfers/<int:transfer_id>/take-backs")


class ProposeTakeBackForm(FlaskForm):
    """A proposal, part by part; whatever is left empty is refused by the deed, with its article."""

    reason = prose(_l("收回的理由"), 1000)
    basis = prose(_l("协议或者法律的依据"), 500, rows=2)
    arrangements = prose(_l("接续安排"), 1000)
    data = prose(_l("交回的数据"), 1000, rows=2)
    assets = prose(_l("交回的资产"), 1000, rows=2)
    cases = prose(_l("交回的在办事件"), 1000, rows=2)

    def terms(self) -> TakeBackTerms:
        """What the form says."""
        return TakeBackTerms(**{name: self[name].data or "" for name in rules.PARTS})


class AnswerTakeBackForm(FlaskForm):
    """What the undertaker says of a proposal."""

    answer = prose(_l("陈述的意见"), 2000)


def _reach(transfer_id: int) -> Transfer:
    """The transfer at this address, if this person may know of it; else there is nothing here."""
    transfer = found(transfer_by_id(transfer_id))
    return found(transfer if access.can(acting_user(), Deed.TRANSFER_READ, transfer) else None)


def _home(transfer: Transfer) -> ResponseReturnValue:
    return redirect(url_for("take_backs.list_take_backs", transfer_id=transfer.id), code=303)


def deeds_of_take_back(transfer: Transfer, newest: TakeBack | None, actor: User | None) -> list[Deed]:
    """What this person may do now towards taking a transfer back, or against it."""
    if newest is None or not newest.is_open:
        may = rules.may_be_taken_back(transfer) and access.can(actor, Deed.TAKE_BACK_PROPOSE, transfer)
        return [Deed.TAKE_BACK_PROPOSE] if may else []
    deeds = []
    if newest.answered_at is None:
        deeds.append(Deed.TAKE_BACK_ANSWER)
    if newest.status is TakeBackStatus.PROPOSED:
        deeds.append(Deed.TAKE_BACK_WITHDRAW)
    return [deed for deed in deeds if access.can(actor, deed, newest)]


@bp.get("")
@login_required
def list_take_backs(transfer_id: int) -> ResponseReturnValue:
    """The proposals on a transfer, the newest first, each with its answer and what became of it."""
    transfer, actor = _reach(transfer_id), acting_user()
    rows = take_backs_of(transfer)
    deeds = deeds_of_take_back(transfer, next(iter(rows), None), actor)
    return page(
        "take_backs/list_take_backs.html", transfer=transfer, rows=rows,
        links=links_to("take_backs", deeds, transfer_id=transfer.id),
    )  # fmt: skip


@bp.route("/propose", methods=["GET", "POST"])
@login_required
def propose_take_back(transfer_id: int) -> ResponseReturnValue:
    """Propose to take the transfer back."""
    transfer, form = _reach(transfer_id), ProposeTakeBackForm()
    guard(operations.propose_take_back, transfer)
    if not form.is_submitted():
        rules.ensure_may_be_taken_back(transfer, local_day(g.now))
        rules.ensure_first(open_take_back_of(transfer))
    if form.validate_on_submit():
        attempt(form, operations.propose_take_back, transfer, form.terms())
        if succeeded():
            flash(_("提议已记录，承接方和联席会议成员收到了通知。"))
            return _home(transfer)
    return page("take_backs/propose_take_back.html", form=form, transfer=transfer)


@bp.route("/answer", methods=["GET", "POST"])
@login_required
def answer_take_back(transfer_id: int) -> ResponseReturnValue:
    """State the undertaker's view of the proposal that stands."""
    transfer, form = _reach(transfer_id), AnswerTakeBackForm()
    take_back = _standing(transfer)
    guard(operations.answer_take_back, take_back)
    if request.method == "GET":
        rules.ensure_awaits_answer(take_back)
    if form.validate_on_submit():
        attempt(form, operations.answer_take_back, take_back, form.answer.data)
        if succeeded():
            flash(_("意见已记录，经办人收到通知，联席会议成员会看到。"))
            return _home(transfer)
    return page("take_backs/answer_take_back.html", form=form, transfer=transfer, take_back=take_back)


@bp.route("/withdraw", methods=["GET", "POST"])
@login_required
def withdraw_take_back(transfer_id: int) -> ResponseReturnValue:
    """Withdraw the proposal that stands."""
    transfer, form = _reach(transfer_id), ReasonForm()
    take_back = _standing(transfer)
    guard(operations.withdraw_take_back, take_back)
    if request.method == "GET":
        rules.ensure_not_tabled(take_back)
        TAKE_BACK_MOVES.ensure_open(Deed.TAKE_BACK_WITHDRAW, take_back)
    if form.validate_on_submit():
        attempt(form, operations.withdraw_take_back, take_back, form.reason.data)
        if succeeded():
            flash(_("提议已撤回，承接方收到了通知。"))
            return _home(transfer)
    return page("take_backs/withdraw_take_back.html", form=form, transfer=transfer, take_back=take_back)


def _standing(transfer: Transfer) -> TakeBack:
    """The newest proposal, whatever has become of it: the deed says what may be done to it."""
    return found(next(iter(take_backs_of(transfer)), None))
