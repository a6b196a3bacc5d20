"""The register of standards: the public list, one standard with what follows it, adding and revising."""

from __future__ import annotations

from typing import TypeVar

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.labels import Labelled
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.standards import models, operations
from procurement.registers.standards.models import Standard, StandardKind, StandardStatus
from procurement.steps.supervision.models import inspections_against
from procurement.transfers.models import transfers_following
from procurement.web.refusals import attempt, found, guard, number_asked, page, succeeded
from procurement.web.session import acting_user
from procurement.web.standards.forms import StandardForm
from procurement.web.uploads import as_download, uploaded

bp = Blueprint("standards", __name__, url_prefix="/standards")

PER_PAGE = 50
Choice = TypeVar("Choice", bound=Labelled)


def _chosen(name: str, of: type[Choice]) -> Choice | None:
    """What the address asks for; anything else asks for nothing."""
    return next((member for member in of if member.value == request.args.get(name)), None)


@bp.get("")
def list_standards() -> ResponseReturnValue:
    """The register for anyone: searched by code or title, by kind and status, page by page."""
    query = request.args.get("q", "").strip()[:60]
    kind, status = _chosen("kind", StandardKind), _chosen("status", StandardStatus)
    number = max(number_asked("page", 1), 1)
    total = models.number_of_standards(query, kind, status)
    return page(
        "standards/list_standards.html", query=query, kind=kind, status=status, number=number, total=total,
        rows=models.standards(query, kind, status, first=(number - 1) * PER_PAGE, limit=PER_PAGE), kinds=list(StandardKind),
        statuses=list(StandardStatus), has_next=number * PER_PAGE < total,
        may_add=access.can(acting_user(), Deed.STANDARD_ADD, None),
        may_import=access.can(acting_user(), Deed.STANDARDS_IMPORT, None),
    )  # fmt: skip


@bp.get("/<int:standard_id>")
def read_standard(standard_id: int) -> ResponseReturnValue:
    """One standard, with the plans that follow it and the inspections held against it, as far as the reader may know."""
    standard, actor = found(models.standard_by_id(standard_id)), acting_user()
    readable = [(row, access.can(actor, Deed.TRANSFER_READ, row)) for row in transfers_following(standard.id)]
    inspections = inspections_against(standard.id)
    return page(
        "standards/read_standard.html", standard=standard,
        plans=[(row, mine) for row, mine in readable if mine or row.is_announced],
        inspections=[row for row in inspections if access.can(actor, Deed.TRANSFER_READ, row.transfer)],
        may_revise=access.can(actor, Deed.STANDARD_REVISE, standard),
    )  # fmt: skip


@bp.get("/<int:standard_id>/text")
def download_standard(standard_id: int) -> ResponseReturnValue:
    """The text of a standard that is held."""
    return as_download(found(found(models.standard_by_id(standard_id)).file))


def _home(standard: Standard) -> ResponseReturnValue:
    return redirect(url_for("standards.read_standard", standard_id=standard.id), code=303)


@bp.route("/add", methods=["GET", "POST"])
@login_required
def add_standard() -> ResponseReturnValue:
    """Add a standard to the register."""
    guard(operations.add_standard, None)
    form = StandardForm()
    if form.validate_on_submit():
        text = uploaded(form, needed=False)
        standard = attempt(form, operations.add_standard, None, form.terms(), text) if succeeded() else None
        if standard is not None:
            flash(_("标准已登记。"))
            return _home(standard)
    return page("standards/add_standard.html", form=form)


add_standard.takes_files = True


@bp.route("/<int:standard_id>/revise", methods=["GET", "POST"])
@login_required
def revise_standard(standard_id: int) -> ResponseReturnValue:
    """Write down what is known of a standard now."""
    standard = found(models.standard_by_id(standard_id))
    guard(operations.revise_standard, standard)
    form = StandardForm() if request.method == "POST" else StandardForm.of(standard)
    if form.validate_on_submit():
        text = uploaded(form, needed=False)
        if succeeded():
            attempt(form, operations.revise_standard, standard, form.terms(), text)
        if succeeded():
            flash(_("标准的登记已更新。"))
            return _home(standard)
    return page("standards/revise_standard.html", form=form, standard=standard)


revise_standard.takes_files = True
