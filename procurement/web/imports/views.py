"""Pages of the imports: uploading, what was understood, assigning columns, taking over, giving up."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from flask import Blueprint, Flask, current_app, flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.fields import masked
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.foundation.workbooks import Table, Value, write_xlsx
from procurement.registers.access import Deed
from procurement.registers.files import FileKind
from procurement.registers.imports import models, operations
from procurement.registers.imports.kinds import IMPORTERS, OPERATIONS
from procurement.registers.imports.models import IMPORT_MOVES, Import, ImportKind, ImportRow, ImportStatus, Told
from procurement.registers.imports.reading import Reading, shown_name
from procurement.registers.imports.recognition import Choice, Column, ColumnKind, Reason, said_of
from procurement.registers.imports.rules import ensure_whole
from procurement.registers.people import User
from procurement.web.forms import PlainForm
from procurement.web.imports import work
from procurement.web.imports.forms import BeginImportForm, assign_form, choice_of, field_of, letter
from procurement.web.languages import article_text, money_text, say
from procurement.web.pieces import ActionLink, links_to
from procurement.web.refusals import attempt, found, guard, number_asked, page, place, succeeded
from procurement.web.session import acting_user, acts_as_visitor

bp = Blueprint("imports", __name__, url_prefix="/imports")

PER_PAGE, FAULTY_SHOWN = 50, 50


def _app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app


def _actor() -> User:
    actor = acting_user()
    assert actor is not None
    return actor


def _kind(text: str) -> ImportKind:
    return found(ImportKind(text) if text in set(ImportKind) else None)


def _own(import_id: int) -> Import:
    """An import of one's own; of anybody else's there is nothing here."""
    row = models.import_by_id(import_id)
    return found(row if row is not None and row.begun_by_id == _actor().id else None)


def _sent(table: list[Table], name: str) -> ResponseReturnValue:
    return send_file(
        io.BytesIO(write_xlsx(table)), mimetype=FileKind.XLSX.media_type, as_attachment=True, download_name=name
    )


# ── uploading ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _guard_kind(text: str) -> ImportKind:
    """The kind of an address, for those who may take such a list over."""
    kind = _kind(text)
    guard(operations.begin_import, None)
    operations.ensure_may_import(_actor(), kind)
    return kind


@bp.route("/<kind>/begin", methods=["GET", "POST"])
@login_required
def begin_import(kind: str) -> ResponseReturnValue:
    """Upload a list; what is large is read as a task."""
    of = _guard_kind(kind)
    form = BeginImportForm()
    if form.validate_on_submit():
        answer = _begun(form, of)
        if answer is not None:
            return answer
    return page(
        "imports/begin_import.html", form=form, kind=of, columns=IMPORTERS[of].template,
        hint=IMPORTERS[of].hint, limit=current_app.extensions["settings"].upload_limit,
        waiting=models.open_imports_of(_actor(), of),
    )  # fmt: skip


begin_import.takes_files = True


def _begun(form: BeginImportForm, kind: ImportKind) -> ResponseReturnValue | None:
    """Where an uploaded list is shown; None where it was refused, the refusal standing on the form."""
    content, name = form.document.data.read(), shown_name(form.document.data.filename)
    limit = current_app.extensions["settings"].upload_limit
    if len(content) > limit:
        message = word("文件 {size} 字节，超过上限 {limit} 字节，请压缩或拆分后再上传。")
        place(form, RuleBroken(message, size=len(content), limit=limit, field="document"))
        return None
    if len(content) > work.BYTES_AT_ONCE:
        stored = work.store(_app(), content)
        token = work.read_later(_app(), kind, stored, name, actor=_actor(), visitor=acts_as_visitor())
        return redirect(url_for("tasks.read_task", token=token), code=303)
    reading = _read(form, partial(work.read, _app(), kind, content, name))
    if reading is None:
        return None
    stored = work.store(_app(), content)
    row = attempt(form, operations.begin_import, None, reading, stored=stored)
    if row is None:
        work.forget(_app(), stored)
        return None
    return redirect(url_for("imports.show_import", import_id=row.id), code=303)


def _read(form: BeginImportForm, reader: Callable[[], Reading]) -> Reading | None:
    try:
        return reader()
    except DomainError as error:
        place(form, error)
        return None


@bp.get("/<kind>/template")
@login_required
def download_template(kind: str) -> ResponseReturnValue:
    """An empty list with the heads that are understood, and a sheet that says what goes where. Heads stay Chinese: they are read."""
    of = _guard_kind(kind)
    columns = IMPORTERS[of].template
    told = [
        [column.label, _("必须填") if column.is_required else _("可以不填"), _expected(column)] for column in columns
    ]
    tables = [
        Table(of.label, tuple(column.label + ("（必填）" if column.is_required else "") for column in columns)),
        Table(_("填写说明"), (_("栏目"), _("要求"), _("填什么")), told),
    ]
    return _sent(tables, _("%(kind)s模板.xlsx", kind=_(of.label)))


def _expected(column: Column) -> str:
    """What is to be put into a column."""
    if isinstance(column.options, Mapping):
        return "、".join(column.options)
    if column.options is not None:
        return "、".join(_(member.label) for member in column.options)
    return _(column.kind.label)


# ── what was understood ────────────────────────────────────────────────────────────────────────────────────────────


def _labels(columns: Sequence[Column]) -> dict[str, str]:
    """Fields and what they are called."""
    return {column.name: _(column.label) for column in columns}


def _found_labels(row: Import) -> dict[str, str]:
    """The fields that a list of this kind has at its best, and what else was found."""
    importer, found_in = IMPORTERS[row.kind], row.told["columns"]
    usual = {column.name for column in importer.template}
    return _labels([column for column in importer.columns if column.name in usual or column.name in found_in])


def _filled_labels(row: Import, rows: Sequence[ImportRow]) -> dict[str, str]:
    """The fields that are shown of every row: those that were found, or that were made of what was found."""
    found_in = row.told["columns"]
    shown = (
        column
        for column in IMPORTERS[row.kind].template
        if column.name in found_in or any(one.entry.text(column.name) for one in rows)
    )
    return _labels(list(shown))


def reason_of(fault: Told) -> str:
    """A fault in the reader's language, with its source."""
    said = say(fault.message, fault.values)
    return f"{said} {article_text(fault.article)}" if fault.article is not None else said


# What may be a number that is sealed where it goes: so much of digits in a row is none of a row's other numbers.
_NUMBER = re.compile(r"[0-9][0-9Xx-]{7,}")


def _without_numbers(row: Import) -> Callable[[str], str]:
    """How a line that was left out is shown: of a kind with sealed columns without what may stand in them."""
    if not any(column.is_sealed for column in IMPORTERS[row.kind].columns):
        return str
    return lambda text: _NUMBER.sub(lambda found: masked(found[0]), text)


def _shown(row: Import) -> Callable[[str, str], str]:
    """How the text of a field is shown: choices by what they are called and not by what the register calls them, money as
    money, a number that is sealed where it goes masked.
    """
    columns = {column.name: column for column in IMPORTERS[row.kind].columns}

    def shown(name: str, text: str) -> str:
        column = columns[name]
        if column.is_sealed:
            return masked(text)
        if column.kind is not ColumnKind.MONEY:
            return said_of(column, text)
        try:
            return money_text(Money.yuan(text))
        except ValueError:
            return text

    return shown


def _typed(row: Import) -> Callable[[ImportRow, str], str]:
    """What stood in the file, masked where it goes into a sealed field."""
    sealed = {column.name for column in IMPORTERS[row.kind].columns if column.is_sealed}

    def typed(one: ImportRow, name: str) -> str:
        changed = one.changes.get(name)
        text = changed[0] if changed is not None else one.entry.text(name)
        return masked(text) if name in sealed else text

    return typed


# Where what was taken over is seen.
_RESULTS = {
    ImportKind.ORGANISATIONS: "organisations.list_organisations", ImportKind.STANDARDS: "standards.list_standards",
    ImportKind.BUDGET_LINES: "budgets.list_budget_lines", ImportKind.POWERS: "catalogue.show_powers",
    ImportKind.FUNCTIONS: "catalogue.show_functions", ImportKind.ACCOUNTS: "accounts.list_users",
    ImportKind.ROLES: "accounts.list_users", ImportKind.CATALOGUE: "editions.list_editions",
    ImportKind.NEGATIVE_LIST: "editions.list_editions",
}  # fmt: skip


@bp.get("/<int:import_id>")
@login_required
def show_import(import_id: int) -> ResponseReturnValue:
    """What was understood of a list: its faults first, then what each row would do."""
    row = _own(import_id)
    if not row.is_open:
        return page(
            "imports/show_ended.html",
            row=row,
            result=_RESULTS[row.kind] if row.status is ImportStatus.APPLIED else None,
        )
    number, told = max(number_asked("page", 1), 1), row.told
    faulty = models.rows_of(row, is_faulty=True, limit=FAULTY_SHOWN)
    acting = row.added + row.changed
    # What stays as it is would hide what changes: it is shown when it is asked for.
    is_whole = bool(number_asked("whole", 0)) or not acting or not row.unchanged
    rows = models.rows_of(row, acts=not is_whole, first=(number - 1) * PER_PAGE, limit=PER_PAGE)
    return page(
        "imports/show_import.html", row=row, told=told, labels=_found_labels(row), shown_labels=_filled_labels(row, rows),
        faulty=faulty, rows=rows, number=number,
        is_whole=is_whole, acting=acting, has_next=number * PER_PAGE < (row.rows if is_whole else acting), links=_links(row),
        letter=letter, reason_of=reason_of, typed=_typed(row), reasons=Reason, shown=_shown(row),
        without_numbers=_without_numbers(row),
    )  # fmt: skip


def _links(row: Import) -> list[ActionLink]:
    """The buttons: taking over only where nothing stands against it."""
    deeds = [Deed.IMPORT_ASSIGN, Deed.IMPORT_DISCARD]
    try:
        ensure_whole(row)
    except RuleBroken as error:
        refused = ActionLink("", "", why_not=say(error.message, error.values))
        return [*links_to("imports", deeds, import_id=row.id), refused]
    return links_to("imports", [row.kind.deed, *deeds], import_id=row.id)


@bp.get("/<int:import_id>/faults")
@login_required
def download_faults(import_id: int) -> ResponseReturnValue:
    """Every fault of an open import as a table."""
    row = _own(import_id)
    found(row if row.is_open else None)
    labels, typed = _labels(IMPORTERS[row.kind].columns), _typed(row)
    lines: list[list[Value]] = [
        [one.line, labels.get(fault.field, ""), typed(one, fault.field), reason_of(fault)]
        for one in models.rows_of(row, is_faulty=True) for fault in one.faults_told
    ]  # fmt: skip
    table = Table(_("错误"), (_("行号"), _("栏目"), _("表格里的内容"), _("原因")), lines)
    return _sent([table], _("%(name)s的错误.xlsx", name=row.file_name.rsplit(".", 1)[0]))


# ── deeds on it ────────────────────────────────────────────────────────────────────────────────────────────────────


def _guarded(import_id: int, operation: Callable[..., object], deed: Deed) -> Import:
    row = _own(import_id)
    guard(operation, row)
    operations.ensure_own(row, _actor())
    IMPORT_MOVES.ensure_open(deed, row)
    return row


@bp.route("/<int:import_id>/assign", methods=["GET", "POST"])
@login_required
def assign_import(import_id: int) -> ResponseReturnValue:
    """Choose sheet, head and columns by hand; the file is understood anew."""
    row = _guarded(import_id, operations.assign_import, Deed.IMPORT_ASSIGN)
    columns = IMPORTERS[row.kind].columns
    form = assign_form(row, columns)
    if form.validate_on_submit():
        answer = _assigned(form, row, choice_of(form, columns))
        if answer is not None:
            return answer
    names = [field_of(column) for column in columns]
    return page("imports/assign_import.html", form=form, row=row, names=names)


def _assigned(form: BeginImportForm, row: Import, choice: Choice) -> ResponseReturnValue | None:
    if row.file_size > work.BYTES_AT_ONCE:
        token = work.read_later(
            _app(),
            row.kind,
            row.stored,
            row.file_name,
            actor=_actor(),
            visitor=acts_as_visitor(),
            row=row,
            choice=choice,
        )
        return redirect(url_for("tasks.read_task", token=token), code=303)
    content = work.content_of(_app(), row.stored)
    reading = _read(form, partial(work.read, _app(), row.kind, content, row.file_name, choice))
    if reading is None:
        return None
    attempt(form, operations.assign_import, row, reading)
    return redirect(url_for("imports.show_import", import_id=row.id), code=303) if succeeded() else None


@bp.route("/<int:import_id>/discard", methods=["GET", "POST"])
@login_required
def discard_import(import_id: int) -> ResponseReturnValue:
    """Give an import up."""
    row = _guarded(import_id, operations.discard_import, Deed.IMPORT_DISCARD)
    form, stored, kind = PlainForm(), row.stored, row.kind
    if form.validate_on_submit():
        attempt(form, operations.discard_import, row)
        if succeeded():
            work.forget(_app(), stored)
            flash(_("已放弃，什么也没有导入。"))
            return redirect(url_for("imports.begin_import", kind=kind.value), code=303)
    return page("imports/discard_import.html", form=form, row=row)


def _apply_import(import_id: int, *, kind: ImportKind) -> ResponseReturnValue:
    """Take a list over, whole; what is large is done as a task."""
    operation = OPERATIONS[kind]
    found(kind if _own(import_id).kind is kind else None)
    row = _guarded(import_id, operation, kind.deed)
    ensure_whole(row)
    form, stored = PlainForm(), row.stored
    if form.validate_on_submit():
        if row.rows > work.ROWS_AT_ONCE:
            token = work.apply_later(_app(), row, actor=_actor(), visitor=acts_as_visitor())
            return redirect(url_for("tasks.read_task", token=token), code=303)
        attempt(form, operation, row, **IMPORTERS[kind].prepared())
        if succeeded():
            work.forget(_app(), stored)
            flash(_("已导入。"))
            return redirect(url_for("imports.show_import", import_id=import_id), code=303)
    return page("imports/apply_import.html", form=form, row=row, effect=IMPORTERS[kind].effect)


# The deed that takes a list over has a word of its own for each kind, and so has its page.
for _each in ImportKind:
    bp.add_url_rule(
        f"/<int:import_id>/{_each.value}", _each.deed.function_name, login_required(partial(_apply_import, kind=_each)),
        methods=["GET", "POST"],
    )  # fmt: skip
