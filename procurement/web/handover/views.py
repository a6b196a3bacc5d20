"""Pages of step 4: the handover list, three signatures."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from wtforms import BooleanField, FieldList, FormField, SelectField

from procurement.registers import access
from procurement.registers.access import Appointed, Deed
from procurement.registers.people import Role, User, users_with_role
from procurement.steps.agreement.models import agreement_of
from procurement.steps.handover import operations, rules
from procurement.steps.handover.models import Handover, Party, Section, handover_of
from procurement.steps.handover.rules import ItemTerms
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer
from procurement.web import examples
from procurement.web.fields import DayField, LabelledSelect, Needed, choices, prose, text
from procurement.web.forms import PlainForm
from procurement.web.languages import value_text
from procurement.web.refusals import attempt, found, guard, page, succeeded
from procurement.web.session import acting_user
from procurement.web.standing import person_with_body
from procurement.web.transfers.sections import RowForm
from procurement.web.transfers.views import home, reach

bp = Blueprint("handover", __name__, url_prefix="/transfers/<int:transfer_id>/handover")

ROWS = 11


class ItemForm(RowForm):
    """One row of the list."""

    section = LabelledSelect(_l("类别"), of=Section)
    name = text(_l("移交内容"), 200, needed=False)
    quantity = text(_l("数量"), 80, needed=False)
    remark = text(_l("说明"), 300, needed=False)
    remains = BooleanField(_l("遗留"))


class HandoverForm(FlaskForm):
    """The handover list."""

    takes_effect_on = DayField(_l("交接生效日"), validators=[Needed()])
    witness = SelectField(_l("监交人"), coerce=int)
    items = FieldList(FormField(ItemForm), _l("清单"), min_entries=ROWS)
    transition = prose(_l("过渡安排"), 2000, needed=False, rows=2)

    def rows(self) -> list[ItemTerms]:
        """The filled rows."""
        forms = [row.form for row in self.items if not row.form.is_blank]
        return [
            ItemTerms(row.section.data, row.name.data, row.quantity.data, row.remark.data, row.remains.data)
            for row in forms
        ]


def _witnesses(transfer: Transfer) -> dict[int, User]:
    """The people who may watch over it: of neither side."""
    roles = (Role.SUPERVISOR, Role.MEMBER, Role.AUDITOR, Role.GRID_MEMBER)
    people = {person.id: person for role in roles for person in users_with_role(role)}
    return {number: person for number, person in people.items() if person.department_id != transfer.department_id}


def _choices(form: HandoverForm, people: dict[int, User]) -> None:
    form.witness.choices = choices((row.id, person_with_body(row)) for row in people.values())


@bp.route("/draft", methods=["GET", "POST"])
@login_required
def draft_handover(transfer_id: int) -> ResponseReturnValue:
    """Draft the list and appoint its witness."""
    transfer = reach(transfer_id)
    guard(operations.draft_handover, transfer, at=Step.HANDOVER)
    agreement = found(agreement_of(transfer))
    form, people = examples.form_for(HandoverForm, "handover"), _witnesses(transfer)
    _choices(form, people)
    if request.method == "GET":
        form.takes_effect_on.data = form.takes_effect_on.data or agreement.starts_on
    if form.validate_on_submit():
        handover = attempt(form, operations.draft_handover, transfer, form.rows(), **_said(form, people))
        if handover is not None:
            flash(_("交接清单已起草，等三方签认。"))
            return home(transfer)
    return page(
        "handover/draft_handover.html", form=form, transfer=transfer, agreement=agreement, mandatory=rules.MANDATORY
    )


def _said(form: HandoverForm, people: dict[int, User]) -> dict[str, Any]:
    return {
        "takes_effect_on": form.takes_effect_on.data,
        "witness": people[form.witness.data],
        "transition": form.transition.data,
    }


@bp.route("/revise", methods=["GET", "POST"])
@login_required
def revise_handover(transfer_id: int) -> ResponseReturnValue:
    """Change a list that nobody has signed."""
    transfer = reach(transfer_id)
    handover = found(handover_of(transfer))
    guard(operations.revise_handover, handover, at=Step.HANDOVER, transfer=transfer)
    people = _witnesses(transfer)
    form = HandoverForm() if request.method == "POST" else HandoverForm(data=_data(handover))
    _choices(form, people)
    if form.validate_on_submit():
        attempt(form, operations.revise_handover, handover, form.rows(), **_said(form, people))
        if succeeded():
            flash(_("交接清单已修改。"))
            return home(transfer)
    return page(
        "handover/revise_handover.html",
        form=form,
        transfer=transfer,
        agreement=handover.agreement,
        mandatory=rules.MANDATORY,
    )


def _data(handover: Handover) -> dict[str, Any]:
    rows = [
        {
            "section": row.section,
            "name": row.name,
            "quantity": row.quantity,
            "remark": row.remark,
            "remains": row.remains,
        }
        for row in handover.items
    ]
    witness = next(iter(handover.appointed(Appointed.WITNESS)), None)
    return {
        "takes_effect_on": handover.takes_effect_on,
        "witness": witness,
        "transition": handover.transition,
        "items": rows + [{} for _row in range(ROWS - len(rows))],
    }


@bp.get("")
@login_required
def read_handover(transfer_id: int) -> ResponseReturnValue:
    """The list and its signatures."""
    transfer = reach(transfer_id)
    handover = found(handover_of(transfer))
    access.require(acting_user(), Deed.HANDOVER_READ, handover)
    return page("handover/read_handover.html", transfer=transfer, handover=handover, parties=list(Party))


@bp.route("/sign", methods=["GET", "POST"])
@login_required
def sign_handover(transfer_id: int) -> ResponseReturnValue:
    """Sign for one's side."""
    transfer = reach(transfer_id)
    handover, actor = found(handover_of(transfer)), acting_user()
    guard(operations.sign_handover, handover, at=Step.HANDOVER, transfer=transfer)
    assert actor is not None
    party, form = rules.party_of(handover, actor), PlainForm()
    if form.validate_on_submit():
        signed = attempt(form, operations.sign_handover, handover)
        if signed is not None:
            flash(_("已作为%(party)s签认。", party=value_text(signed)))
            return home(transfer)
    return page(
        "handover/sign_handover.html", form=form, transfer=transfer, handover=handover, party=party, parties=list(Party)
    )
