"""Forms of the imports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectField
from wtforms.validators import NumberRange, StopValidation

from procurement.registers.imports.models import Import
from procurement.registers.imports.recognition import NOWHERE, Choice, Column
from procurement.web.fields import Needed, WholeField, choices

AUTO = "auto"
# Another sheet may have more columns than the one that was read; so many letters are always offered.
_LETTERS = 26


def _chosen(form: FlaskForm, field: FileField) -> None:
    if not field.data or not getattr(field.data, "filename", ""):
        raise StopValidation(_("请选择表格文件。"))


class BeginImportForm(FlaskForm):
    """The list."""

    document = FileField(_l("表格文件"), validators=[_chosen])


def letter(column: int) -> str:
    """A column as a spreadsheet names it: A … Z, AA …"""
    name, rest = "", column + 1
    while rest:
        rest, place = divmod(rest - 1, 26)
        name = chr(ord("A") + place) + name
    return name


class _AssignImportForm(FlaskForm):
    """Where the list is; the columns of the kind are added to it."""

    head = WholeField(
        _l("表头从第几行开始"), validators=[Needed(), NumberRange(min=1, max=10**6, message=_l("请填表格左边的行号。"))]
    )
    height = SelectField(_l("表头有几行"), coerce=int, choices=choices([(1, "1"), (2, "2")]))


def field_of(column: Column) -> str:
    """The name of the field that chooses a column."""
    return f"column-{column.name}"


def assign_form(row: Import, columns: Sequence[Column]) -> FlaskForm:
    """The form by which sheet, head and columns of an import are chosen: as they were understood, until somebody chooses."""
    told, chosen = row.told, row.chosen
    heads: list[str] = told["heads"]
    places = [(str(at), f"{letter(at)}  {heads[at] if at < len(heads) else ''}".strip()) for at in range(max(len(heads), _LETTERS))]  # fmt: skip
    fields: dict[str, Any] = {
        "sheet": SelectField(
            _l("工作表"), choices=choices((name, name) for name in told["sheets"]), default=told["sheet"]
        )
    }
    for column in columns:
        at = told["columns"].get(column.name)
        auto = (
            _("按表头认（现在是 %(column)s 列）", column=letter(at))
            if at is not None
            else _("按表头认（现在没有认出）")
        )
        by_hand = chosen.columns.get(column.name) if chosen is not None else None
        fields[field_of(column)] = SelectField(
            _(column.label), choices=choices([(AUTO, auto), (str(NOWHERE), _("表格里没有这一列")), *places]),
            default=AUTO if by_hand is None else str(by_hand),
        )  # fmt: skip
    form: FlaskForm = type("AssignImportForm", (_AssignImportForm,), fields)(
        data={"head": told["head"], "height": told["height"]}
        | {name: fields[name].kwargs["default"] for name in fields}
    )
    return form


def choice_of(form: FlaskForm, columns: Sequence[Column]) -> Choice:
    """What was chosen."""
    by_hand = {column.name: form[field_of(column)].data for column in columns}
    return Choice(
        form["sheet"].data, form["head"].data, form["height"].data,
        {name: int(at) for name, at in by_hand.items() if at != AUTO},
    )  # fmt: skip
