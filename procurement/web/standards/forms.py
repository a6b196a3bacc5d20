"""Forms of the register of standards."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.widgets import TextInput

from procurement.registers.standards.models import (
    PHASES,
    Standard,
    StandardKind,
    StandardOrigin,
    StandardStatus,
    standards_to_follow,
)
from procurement.registers.standards.rules import StandardTerms, tidy_title
from procurement.statute.clauses import Phase
from procurement.web.fields import LabelledSelect, at_most, narrow, prose, text


class StandardForm(FlaskForm):
    """A row of the register."""

    code = text(_l("标准编号"), 60, needed=False, render_kw={"autocomplete": "off", "spellcheck": "false"})
    title = text(_l("标准名称"), 200)
    kind = LabelledSelect(_l("标准种类"), of=StandardKind)
    status = LabelledSelect(_l("标准状态"), of=StandardStatus)
    phase = LabelledSelect(_l("适用阶段"), of=Phase, only=PHASES, default=Phase.DURING)
    origin = LabelledSelect(_l("名称的来历"), of=StandardOrigin)
    source = prose(_l("来源说明"), 1000, needed=False, rows=2)
    document = FileField(_l("标准文本"))

    def terms(self) -> StandardTerms:
        """What the form says."""
        return StandardTerms(
            narrow(self.code.data or ""), self.title.data or "", self.kind.data, self.status.data, self.origin.data,
            self.source.data or "", self.phase.data,
        )  # fmt: skip

    @classmethod
    def of(cls, standard: Standard) -> StandardForm:
        """The form with what stands in the register."""
        names = ("code", "title", "kind", "status", "phase", "origin", "source")
        return cls(data={name: getattr(standard, name) for name in names})


class _Proposing(TextInput):
    """A text input that proposes what the page's list of standards holds."""

    def __call__(self, field: Any, **attributes: Any) -> Any:
        return super().__call__(field, list="known-standards", **attributes)


class StandardField(StringField):
    """A standard of the register, typed by code or title, or taken from what the browser proposes."""

    widget = _Proposing()

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        """One line, no longer than a title."""
        super().__init__(label, validators=[at_most(200)], filters=[_reference], **kwargs)


def _reference(value: str | None) -> str:
    """What was typed as the register would have it: without book marks, single spaces."""
    return tidy_title(" ".join((value or "").split()))


def proposals(first: list[Standard] | None = None) -> list[tuple[str, str]]:
    """What a field of standards proposes: reference and what is read beside it; `first` stand before the others."""
    rows = list(dict.fromkeys([*(first or []), *standards_to_follow()]))
    return [(row.reference, row.title if row.code else _("还没有编号")) for row in rows]
