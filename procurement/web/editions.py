"""Editions of the catalogue and of the negative list: drafted row by row, compared, laid before the conference, exported."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, flash, g, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from procurement.foundation.clock import local_day
from procurement.foundation.labels import Labelled
from procurement.foundation.workbooks import Table, Value, write_csv, write_xlsx
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.catalogue import drafting, editions
from procurement.registers.catalogue.editions import CatalogueTerms, Change, Comparison, EntryTerms, NegativeTerms
from procurement.registers.catalogue.importing import SUITABLE
from procurement.registers.catalogue.models import (
    DRAFTED_KINDS,
    EDITION_MOVES,
    BasisStatus,
    CatalogueEntry,
    ListKind,
    NegativeListEntry,
    ReferenceEdition,
    Row,
    Severity,
    edition_by_id,
    edition_in_force,
    editions_of,
    rows_of,
)
from procurement.registers.files import FileKind
from procurement.registers.imports.kinds import IMPORTERS
from procurement.registers.imports.models import ImportKind
from procurement.registers.imports.outline import CODE, NAME
from procurement.registers.people import departments
from procurement.web.fields import DayField, LabelledSelect, Needed, choices, narrow, prose, text
from procurement.web.forms import PlainForm, ReasonForm
from procurement.web.languages import value_text
from procurement.web.pieces import ActionLink, links_to
from procurement.web.refusals import attempt, found, guard, page, succeeded
from procurement.web.session import acting_user

bp = Blueprint("editions", __name__, url_prefix="/catalogue/editions")


# ── forms ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class SubmitEditionForm(FlaskForm):
    """The day it is to bind from, and what the departments said."""

    in_force_on = DayField(_l("施行日期"), validators=[Needed()])
    consultation = prose(_l("征求意见的情况"), 2000)


class _CodeForm(FlaskForm):
    """A code, typed as people type it."""

    code = StringField(_l("编码"), validators=[Needed()], filters=[lambda typed: narrow(typed or "").upper()])


class MoveEntryForm(FlaskForm):
    """Where an entry goes, and its new code; without one it is given the next that is free there."""

    parent = SelectField(_l("移到哪一条之下"), choices=lambda: [])
    code = StringField(_l("新编码"), filters=[lambda typed: narrow(typed or "").upper()])


class AmendHeadingForm(FlaskForm):
    """A heading of the catalogue."""

    name = text(_l("名称"), 80)
    name_en = text(_l("英文名称"), 160, needed=False, printed=False)
    scope = prose(_l("服务范围"), 2000, needed=False)

    def terms(self) -> EntryTerms:
        """What the form says."""
        return CatalogueTerms(name=self.name.data, name_en=self.name_en.data, scope=self.scope.data)


class AmendItemForm(AmendHeadingForm):
    """An item of the catalogue."""

    department_name = SelectField(_l("主管部门"), choices=lambda: [])
    unit = text(_l("计量单位"), 20, needed=False)
    suitable = SelectField(
        _l("适合由社会组织承接"),
        choices=lambda: choices([("yes", _("适合")), ("no", _("通常由企业承接"))]),
    )

    def terms(self) -> EntryTerms:
        """What the form says."""
        return CatalogueTerms(
            name=self.name.data,
            name_en=self.name_en.data,
            scope=self.scope.data,
            department_name=self.department_name.data,
            suitable=self.suitable.data == "yes",
            unit=self.unit.data,
        )


class AmendRowForm(FlaskForm):
    """A row of the negative list."""

    title = text(_l("内容"), 120)
    title_en = text(_l("英文名称"), 240, needed=False, printed=False)
    basis = prose(_l("依据"), 1000, rows=2)
    basis_status = LabelledSelect(_l("依据是否核对"), of=BasisStatus)
    severity = LabelledSelect(_l("含关键词时"), of=Severity)
    keywords = prose(_l("关键词"), 2000, needed=False, rows=2)
    barred_codes = text(_l("不得办理的目录编码"), 400, needed=False)

    def terms(self) -> EntryTerms:
        """What the form says."""
        return NegativeTerms(
            title=self.title.data,
            title_en=self.title_en.data,
            basis=self.basis.data,
            basis_status=self.basis_status.data,
            severity=self.severity.data,
            keywords=editions.parts_of(self.keywords.data or ""),
            barred_codes=editions.parts_of(narrow(self.barred_codes.data or "")),
        )


class AddHeadingForm(_CodeForm, AmendHeadingForm):
    """A new heading."""


class AddItemForm(_CodeForm, AmendItemForm):
    """A new item."""


class AddRowForm(_CodeForm, AmendRowForm):
    """A new row of the negative list."""


def _form_class(kind: ListKind, level: int, *, adding: bool) -> type[Any]:
    if kind is ListKind.NEGATIVE_LIST:
        return AddRowForm if adding else AmendRowForm
    if level < editions.DEEPEST[kind]:
        return AddHeadingForm if adding else AmendHeadingForm
    return AddItemForm if adding else AmendItemForm


def _values_of(row: Row) -> dict[str, Any]:
    """What an entry says, as its form shows it."""
    values = {name: getattr(row, name) for name in editions.COLUMNS[row.edition.kind]}
    if isinstance(row, NegativeListEntry):
        return {**values, "keywords": "、".join(row.keyword_list), "barred_codes": "、".join(row.barred_code_list)}
    return {**values, "suitable": "no" if row.suitable is False else "yes"}


def _offer_departments(form: Any, *further: str) -> None:
    """The departments to choose from, and the name a row has that none of them has any more."""
    if "department_name" in form:
        names = {row.name: value_text(row.called) for row in departments()}
        form.department_name.choices = choices({**{name: name for name in further if name}, **names}.items())


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _may_read(edition: ReferenceEdition) -> bool:
    return edition.is_adopted or access.can(acting_user(), Deed.EDITION_READ, edition)


def reach(edition_id: int) -> ReferenceEdition:
    """The edition at this address, if this person may know of it: an adopted one is anybody's to read."""
    edition = found(edition_by_id(edition_id))
    return found(edition if edition.kind in DRAFTED_KINDS and _may_read(edition) else None)


def _row(edition_id: int, code: str) -> Row:
    edition = reach(edition_id)
    access.require(acting_user(), Deed.EDITION_READ, edition)
    return drafting.row_at(edition, code)


def _home(edition: ReferenceEdition) -> ResponseReturnValue:
    return redirect(url_for("editions.read_edition", edition_id=edition.id), code=303)


@bp.get("")
def list_editions() -> ResponseReturnValue:
    """Every edition of the two lists: which binds, which are to come, and for who may know it what is being drafted."""
    actor, day = acting_user(), local_day(g.now)
    rows = [row for row in editions_of(*DRAFTED_KINDS) if _may_read(row)]
    may_draft = actor is not None and access.can(actor, Deed.EDITION_DRAFT, actor.department)
    return page(
        "editions/list_editions.html",
        groups=[
            (kind, edition_in_force(kind, day), [row for row in rows if row.kind is kind]) for kind in DRAFTED_KINDS
        ],
        may_draft=may_draft,
        day=day,
    )


@bp.get("/<int:edition_id>")
def read_edition(edition_id: int) -> ResponseReturnValue:
    """One edition: since when, by which resolution, what it changed, and its entries; of a draft what can be done to each."""
    edition, actor = reach(edition_id), acting_user()
    may_change = edition.is_draft and access.can(actor, Deed.ENTRY_AMEND, edition)
    offered = [
        deed
        for deed in (Deed.EDITION_SUBMIT, Deed.EDITION_DISCARD)
        if deed in EDITION_MOVES.open_to(edition) and access.can(actor, deed, edition)
    ]
    others = [row for row in editions_of(edition.kind) if row.id != edition.id and _may_read(row) and row.in_force_on]
    return page(
        "editions/read_edition.html",
        edition=edition,
        rows=rows_of(edition),
        comparison=drafting.comparison_of(edition) if edition.base is not None else None,
        others=others,
        links=_links(edition, may_change, offered),
        may_change=may_change,
        deepest=editions.DEEPEST[edition.kind],
        in_force=edition_in_force(edition.kind, local_day(g.now)),
    )


def _links(edition: ReferenceEdition, may_change: bool, offered: Iterable[Deed]) -> list[ActionLink]:
    links = links_to("editions", offered, edition_id=edition.id)
    if may_change:
        links.insert(1, ActionLink(_("新增一级条目"), url_for("editions.add_entry", edition_id=edition.id)))
    return links


@bp.get("/<int:edition_id>/compare/<int:other_id>")
def compare_editions(edition_id: int, other_id: int) -> ResponseReturnValue:
    """Two editions of one list beside one another: added, retired, renamed, moved, amended, with counts."""
    edition, other = reach(edition_id), reach(other_id)
    found(edition if edition.kind is other.kind else None)
    return page(
        "editions/compare_editions.html",
        edition=edition,
        other=other,
        comparison=drafting.comparison_of(edition, other),
    )


# ── a draft as a whole ─────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/draft/<kind>", methods=["GET", "POST"])
@login_required
def draft_edition(kind: str) -> ResponseReturnValue:
    """Begin the next edition of a list."""
    chosen = found(next((row for row in DRAFTED_KINDS if row.value == kind), None))
    actor = acting_user()
    assert actor is not None
    guard(drafting.draft_edition, actor.department)
    form = ReasonForm()
    if form.validate_on_submit():
        edition = attempt(form, drafting.draft_edition, actor.department, chosen, reason=form.reason.data)
        if edition is not None:
            flash(_("草案已建立，内容和前一版相同，可以逐条修改。"))
            return _home(edition)
    return page("editions/draft_edition.html", form=form, kind=chosen, edition=None)


@bp.route("/<int:edition_id>/submit", methods=["GET", "POST"])
@login_required
def submit_edition(edition_id: int) -> ResponseReturnValue:
    """Lay a draft before the joint conference."""
    edition, form = reach(edition_id), SubmitEditionForm()
    guard(drafting.submit_edition, edition)
    if form.validate_on_submit():
        attempt(
            form,
            drafting.submit_edition,
            edition,
            in_force_on=form.in_force_on.data,
            consultation=form.consultation.data,
        )
        if succeeded():
            flash(_("已送交联席会议。"))
            return _home(edition)
    return page(
        "editions/submit_edition.html",
        form=form,
        edition=edition,
        comparison=drafting.comparison_of(edition),
        earliest=editions.earliest_day(edition, local_day(g.now)),
    )


@bp.route("/<int:edition_id>/discard", methods=["GET", "POST"])
@login_required
def discard_edition(edition_id: int) -> ResponseReturnValue:
    """Give a draft up."""
    edition, form = reach(edition_id), ReasonForm()
    guard(drafting.discard_edition, edition)
    if form.validate_on_submit():
        attempt(form, drafting.discard_edition, edition, reason=form.reason.data)
        if succeeded():
            flash(_("草案已放弃。"))
            return redirect(url_for("editions.list_editions"), code=303)
    return page("editions/discard_edition.html", form=form, edition=edition)


# ── its rows ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/<int:edition_id>/entries/add", methods=["GET", "POST"])
@login_required
def add_entry(edition_id: int) -> ResponseReturnValue:
    """Add an entry, at the top or under `?under=`."""
    edition, under = reach(edition_id), request.args.get("under", "")[:12]
    guard(drafting.add_entry, edition)
    parent = drafting.row_at(edition, under) if under else None
    form = _form_class(edition.kind, parent.level + 1 if parent is not None else 1, adding=True)()
    _offer_departments(form)
    if request.method == "GET":
        form.code.data = editions.next_code(under, drafting.codes_taken(edition), edition.kind)
    if form.validate_on_submit():
        row = attempt(form, drafting.add_entry, edition, form.code.data, form.terms(), parent_code=under)
        if row is not None:
            flash(_("条目 %(code)s 已加进草案。", code=row.code))
            return _home(edition)
    return page("editions/add_entry.html", form=form, edition=edition, row=parent)


@bp.route("/<int:edition_id>/entries/<code>/amend", methods=["GET", "POST"])
@login_required
def amend_entry(edition_id: int, code: str) -> ResponseReturnValue:
    """Rename an entry, or change what it says."""
    row = _row(edition_id, code)
    guard(drafting.amend_entry, row)
    kind = _form_class(row.edition.kind, row.level, adding=False)
    form = kind(data=_values_of(row)) if request.method == "GET" else kind()
    _offer_departments(form, row.department_name if isinstance(row, CatalogueEntry) else "")
    if form.validate_on_submit():
        attempt(form, drafting.amend_entry, row, form.terms())
        if succeeded():
            flash(_("条目 %(code)s 已修改。", code=code))
            return _home(row.edition)
    return page("editions/amend_entry.html", form=form, edition=row.edition, row=row)


@bp.route("/<int:edition_id>/entries/<code>/retire", methods=["GET", "POST"])
@login_required
def retire_entry(edition_id: int, code: str) -> ResponseReturnValue:
    """Take an entry out."""
    row, form = _row(edition_id, code), PlainForm()
    edition = row.edition
    guard(drafting.retire_entry, row)
    if form.validate_on_submit():
        attempt(form, drafting.retire_entry, row)
        if succeeded():
            flash(_("条目 %(code)s 已停用。", code=code))
            return _home(edition)
    return page("editions/retire_entry.html", form=form, edition=edition, row=row)


@bp.route("/<int:edition_id>/entries/<code>/restore", methods=["GET", "POST"])
@login_required
def restore_entry(edition_id: int, code: str) -> ResponseReturnValue:
    """Put an entry that this draft retired back."""
    edition, form = reach(edition_id), PlainForm()
    guard(drafting.restore_entry, edition)
    if form.validate_on_submit():
        attempt(form, drafting.restore_entry, edition, code)
        if succeeded():
            flash(_("条目 %(code)s 已恢复。", code=code))
            return _home(edition)
    return page("editions/restore_entry.html", form=form, edition=edition, code=code)


@bp.route("/<int:edition_id>/entries/<code>/move", methods=["GET", "POST"])
@login_required
def move_entry(edition_id: int, code: str) -> ResponseReturnValue:
    """Move an entry under another heading."""
    row, form = _row(edition_id, code), MoveEntryForm()
    edition = row.edition
    guard(drafting.move_entry, row)
    rows = rows_of(edition)
    others = [other for other in rows if other.level == row.level - 1 and other.id != row.parent_id]
    form.parent.choices = choices((other.code, f"{other.code} {value_text(other.called)}") for other in others)
    if form.validate_on_submit():
        parent = next(other for other in others if other.code == form.parent.data)
        new = form.code.data or editions.next_code(parent.code, drafting.codes_taken(edition), edition.kind)
        attempt(form, drafting.move_entry, row, new, parent_code=parent.code)
        if succeeded():
            flash(_("条目已移动，新编码 %(code)s。", code=new))
            return _home(edition)
    return page("editions/move_entry.html", form=form, edition=edition, row=row)


# ── export ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _cell(row: Row, name: str) -> Value:
    """What an entry says of a column, as the import of such a list reads it."""
    value = getattr(row, {CODE: "code", NAME: editions.COLUMNS[row.edition.kind][0]}.get(name, name))
    if isinstance(value, bool):
        return next(text for text, meant in SUITABLE.items() if meant == ("yes" if value else "no"))
    if isinstance(value, Labelled):
        return value.label
    return "、".join(value.split("|")) if name in ("keywords", "barred_codes") else value


def table_of(edition: ReferenceEdition) -> Table:
    """An edition as the list that its import would understand. Heads and values stay Chinese: they are read."""
    columns = IMPORTERS[ImportKind(edition.kind.value)].template
    names = [{"department": "department_name"}.get(column.name, column.name) for column in columns]
    body = [[_cell(row, name) for name in names] for row in rows_of(edition)]
    return Table(edition.kind.label, tuple(column.label for column in columns), body)


@bp.get("/<int:edition_id>/export.<any(csv, xlsx):form>")
def export_edition(edition_id: int, form: str) -> ResponseReturnValue:
    """An edition as a workbook, or as CSV in UTF-8 with its mark, so that a spreadsheet opens it as it is."""
    edition = reach(edition_id)
    table = table_of(edition)
    written, mimetype = (
        (write_csv(table), "text/csv") if form == "csv" else (write_xlsx([table]), FileKind.XLSX.media_type)
    )
    return send_file(
        io.BytesIO(written), mimetype=mimetype, as_attachment=True,
        download_name=f"{edition.kind.value}-{edition.number}.{form}",
    )  # fmt: skip


# ── words ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_COLUMN_NAMES = {
    "name": _l("名称"), "name_en": _l("英文名称"), "scope": _l("服务范围"), "department_name": _l("主管部门"),
    "suitable": _l("适合由社会组织承接"), "unit": _l("计量单位"), "title": _l("内容"), "title_en": _l("英文名称"),
    "basis": _l("依据"), "keywords": _l("关键词"), "barred_codes": _l("不得办理的目录编码"), "severity": _l("含关键词时"),
    "basis_status": _l("依据是否核对"),
}  # fmt: skip


def sections_of(comparison: Comparison) -> list[tuple[str, str, tuple[Change, ...]]]:
    """The parts of a comparison in the order in which they are read: key, heading, changes."""
    return [
        ("added", _("新增"), comparison.added),
        ("retired", _("撤下"), comparison.retired),
        ("renamed", _("改名"), comparison.renamed),
        ("moved", _("移动"), comparison.moved),
        ("amended", _("改动内容"), comparison.amended),
    ]


def column_name(name: str) -> str:
    """What a column of a row is called."""
    return str(_COLUMN_NAMES[name])


@bp.app_context_processor
def _pieces() -> dict[str, Any]:
    return {
        "comparison_sections": sections_of,
        "column_name": column_name,
        "changes_of": lambda edition: drafting.comparison_of(edition).counts,
    }
