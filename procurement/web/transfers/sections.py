"""The forms of a plan's sections: each is saved by itself, and each keeps what was typed when it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, HiddenField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from procurement.foundation.money import Money
from procurement.registers.budgets.models import Balance, BudgetLine, Key
from procurement.registers.budgets.rules import Funding
from procurement.registers.people import User
from procurement.registers.powers import Power
from procurement.statute.clauses import OfAMode
from procurement.transfers.methods import methods_of
from procurement.transfers.models import CriterionKind, IndicatorLevel, Method, SourceGround
from procurement.transfers.rules import CriterionTerms, IndicatorTerms, InstallmentTerms, LongTermGround, PlanTerms
from procurement.transfers.sections import FIELDS, Section
from procurement.web.budgets import line_text
from procurement.web.fields import LabelledSelect, MoneyField, Needed, WholeField, choices, line, prose, text
from procurement.web.languages import value_text
from procurement.web.standards.forms import StandardField

Balances = dict[Key, Balance]

# How many rows a table of a form has at least; those that are not needed stay empty.
LEAST_ROWS = {"standards": 4, "indicators": 6, "fundings": 3, "criteria": 6, "installments": 4}


class RowForm(Form):
    """A row of a table in a form; a row with an empty name is no row."""

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the row's name."""
        return not (self["name"].data or "").strip()


class FundingForm(RowForm):
    """The money of one year: a budget line of the department, or a later year that has none yet; and how much."""

    line = SelectField(_l("年度和预算项目"), choices=lambda: [], validate_choice=False)
    amount = MoneyField(_l("金额"))

    @property
    def is_blank(self) -> bool:
        """Whether neither a line nor an amount is given."""
        return not self.line.data and self.amount.data is None


class IndicatorForm(RowForm):
    """One performance indicator."""

    level = LabelledSelect(_l("一级"), of=IndicatorLevel)
    name = text(_l("指标"), 120, needed=False)
    target = text(_l("目标值"), 200, needed=False)
    weight = WholeField(_l("权重"))


class CriterionForm(RowForm):
    """One scoring criterion."""

    kind = LabelledSelect(_l("类别"), of=CriterionKind)
    name = text(_l("评分项"), 120, needed=False)
    standard = line(_l("评分标准"), 1000, needed=False)
    weight = WholeField(_l("分值"))


class InstallmentForm(RowForm):
    """One part of the payment schedule."""

    name = text(_l("期次"), 120, needed=False)
    condition = line(_l("付款条件"), 500, needed=False)
    percent = WholeField(_l("比例（百分比）"))
    due_month = WholeField(_l("第几个月"))


class StandardForm(RowForm):
    """One standard that the service follows."""

    name = StandardField(_l("标准编号或名称"))


class SectionForm(FlaskForm):
    """A section of a plan."""

    section: Section
    seen = HiddenField()

    def terms(self) -> PlanTerms:
        """What the section says; the other sections are left unsaid."""
        return said_in(self, FIELDS[self.section])

    @classmethod
    def data_of(cls, terms: PlanTerms) -> dict[str, Any]:
        """What the form shows of a plan; rows beyond it are blank."""
        return data_of(terms, FIELDS[cls.section])

    @classmethod
    def of(cls, terms: PlanTerms) -> SectionForm:
        """The form filled with what a plan says."""
        return cls(data=cls.data_of(terms))


class MatterForm(SectionForm):
    """What the matter is called, and the power it rests on."""

    section = Section.MATTER
    title = text(_l("事项名称"), 120)
    title_en = text(_l("英文名称"), 200, needed=False)
    power_code = SelectField(_l("对应的权责事项"), choices=lambda: [], validate_choice=False)
    started_from = HiddenField()
    once = HiddenField()

    def form_key(self, actor: User) -> str | None:
        """Which opened form of whose this is; None for what no page of ours has numbered."""
        number = self.once.data or ""
        return f"{actor.id}:{number}" if re.fullmatch("[A-Za-z0-9_-]{22}", number) else None

    def offer(self, powers: Sequence[Power]) -> None:
        """The powers of the department that may be chosen."""
        self.power_code.choices = choices(
            [
                ("", _("请选择")),
                *(
                    (
                        row.code,
                        _(
                            "%(code)s %(name)s（%(kind)s）",
                            code=row.code,
                            name=value_text(row.called),
                            kind=value_text(row.kind),
                        ),
                    )
                    for row in powers
                ),
            ]
        )


class NeedForm(SectionForm):
    """Why it is needed, and what the public said."""

    section = Section.NEED
    need = prose(_l("需求"), rows=4)
    public_opinion = prose(_l("征求公众意见的情况"), rows=4)


class ContentForm(SectionForm):
    """What is done, how much, how well, and by which standards."""

    section = Section.CONTENT
    content = prose(_l("服务内容"), rows=4)
    quantity = prose(_l("数量"), rows=2)
    quality = prose(_l("质量标准"), rows=3)
    standards = FieldList(FormField(StandardForm), _l("执行的标准"), min_entries=LEAST_ROWS["standards"])


class GoalsForm(SectionForm):
    """What it is to achieve, and how that is measured."""

    section = Section.GOALS
    goal = prose(_l("绩效总体目标"), rows=2)
    indicators = FieldList(FormField(IndicatorForm), _l("指标和权重"), min_entries=LEAST_ROWS["indicators"])


class MoneyForm(SectionForm):
    """What it is paid from, and the highest price."""

    section = Section.MONEY
    fundings = FieldList(FormField(FundingForm), _l("经费来源"), min_entries=LEAST_ROWS["fundings"])
    ceiling = MoneyField(_l("最高限价"), validators=[Needed()])

    def offer(self, lines: Sequence[BudgetLine], balances: Balances, years: range) -> None:
        """The budget lines with what is left of each, and the years after them.

        What the form holds already stays in the list, so that nothing typed is lost where a line has gone.
        """
        offered = [(f"{row.year}|{row.code}", line_text(row, balances[row.key])) for row in lines]
        offered += [(f"{year}|", _("%(year)s 年，预算还没有编列", year=year)) for year in years]
        known = {value for value, _text in offered}
        for row in self.fundings:
            held = row.form.line.data
            own = [(held, held.replace("|", " "))] if held and held not in known else []
            # What a line is called stays Chinese on an English page, and is read aloud so.
            row.form.line.choices = [
                SelectChoice(value, label, render_kw={"lang": "zh-CN"} if "|" in value and value[-1] != "|" else {})
                for value, label in [("", _("请选择")), *own, *offered]
            ]


class TermForm(SectionForm):
    """How long it is performed."""

    section = Section.TERM
    term_months = WholeField(_l("服务期限"), validators=[Needed()])
    long_term_grounds = SelectMultipleField(
        _l("超过一年的条件，逐条确认"),
        choices=lambda: choices((ground.value, _l(ground.label)) for ground in LongTermGround),
        coerce=LongTermGround,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )


class MethodForm(SectionForm):
    """How the undertaker is chosen, and why so."""

    section = Section.METHOD
    method = LabelledSelect(_l("采购方式"), of=Method)
    method_reason = prose(_l("选择这种方式的理由"), rows=3)
    method_approval = text(_l("采用其他方式的批准"), 200, needed=False)
    source_ground = SelectField(
        _l("单一来源的情形"),
        choices=lambda: choices(
            [("", _("不是单一来源")), *((ground.value, _(ground.label)) for ground in SourceGround)]
        ),
        coerce=lambda value: SourceGround(value) if value else None,
    )
    source_code = text(_l("指定组织的统一社会信用代码"), 18, needed=False)
    source_former_price = MoneyField(_l("原合同金额"))

    def offer(self, mode: OfAMode) -> None:
        """The methods that a plan of this mode may choose from."""
        self.method.choices = choices((method.value, _(method.label)) for method in methods_of(mode))


class QualificationForm(SectionForm):
    """Who may bid."""

    section = Section.QUALIFICATION
    qualification = prose(_l("资格条件"), rows=4)


class CriteriaForm(SectionForm):
    """How bids are scored."""

    section = Section.CRITERIA
    criteria = FieldList(FormField(CriterionForm), _l("评分项"), min_entries=LEAST_ROWS["criteria"])


class PaymentsForm(SectionForm):
    """When it is paid."""

    section = Section.PAYMENTS
    installments = FieldList(FormField(InstallmentForm), _l("各期付款"), min_entries=LEAST_ROWS["installments"])


class RiskForm(SectionForm):
    """What may go wrong, and how the matter ends."""

    section = Section.RISK
    risk = prose(_l("风险和应对"), rows=3)
    exit = prose(_l("过渡和退出"), rows=3)


FORMS: Mapping[Section, type[SectionForm]] = {
    form.section: form
    for form in (
        MatterForm, NeedForm, ContentForm, GoalsForm, MoneyForm, TermForm, MethodForm, QualificationForm, CriteriaForm,
        PaymentsForm, RiskForm,
    )
}  # fmt: skip


def _line_of(value: str | None) -> tuple[int, str]:
    """Year and code of a chosen line; what no option says is the year 0, which no rule lets through."""
    year, _bar, code = (value or "").partition("|")
    return (int(year), code) if year.isascii() and year.isdigit() and len(year) == 4 else (0, code)


def _rows(rows: Any) -> list[Any]:
    return [row.form for row in rows if not row.form.is_blank]


def _plain(field: Any) -> Any:
    return field.data


def _whole(field: Any) -> int:
    # A wrongly typed number is refused by its own field; it never gets here.
    return field.data or 0


# How the fields of a section that are no plain values are read as terms, and written back.
_READ: Mapping[str, Any] = {
    "term_months": _whole,
    "source_former_price": lambda field: field.data or Money(0),
    "long_term_grounds": lambda field: frozenset(field.data or ()),
    "standards": lambda field: tuple(row.name.data for row in _rows(field)),
    "fundings": lambda field: tuple(
        Funding(*_line_of(row.line.data), row.amount.data or Money(0)) for row in _rows(field)
    ),
    "indicators": lambda field: tuple(
        IndicatorTerms(row.level.data, row.name.data, row.target.data, row.weight.data or 0) for row in _rows(field)
    ),
    "criteria": lambda field: tuple(
        CriterionTerms(row.kind.data, row.name.data, row.standard.data, row.weight.data or 0) for row in _rows(field)
    ),
    "installments": lambda field: tuple(
        InstallmentTerms(row.name.data, row.condition.data, row.percent.data or 0, row.due_month.data or 0)
        for row in _rows(field)
    ),
}


def said_in(form: FlaskForm, names: Iterable[str]) -> PlanTerms:
    """What the fields of these names say; all else is left unsaid."""
    return PlanTerms(**{name: _READ.get(name, _plain)(form[name]) for name in names})


def data_of(terms: PlanTerms, names: Iterable[str]) -> dict[str, Any]:
    """What the fields of these names show of a plan; rows beyond it are blank."""
    return {name: _WRITTEN.get(name, _as_it_is)(name, getattr(terms, name)) for name in names}


def _as_it_is(_name: str, value: Any) -> Any:
    return value


def _if_any(_name: str, value: Any) -> Any:
    """A number or an amount that nobody has said yet is shown as nothing."""
    return None if value in (0, Money(0)) else value


def _filled(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows + [{} for _ in range(LEAST_ROWS[name] - len(rows))]


def _table(name: str, rows: Sequence[Any]) -> list[dict[str, Any]]:
    return _filled(name, [{field: getattr(row, field) for field in type(row).__slots__} for row in rows])


_WRITTEN: Mapping[str, Any] = {
    "ceiling": _if_any,
    "source_former_price": _if_any,
    "term_months": _if_any,
    "long_term_grounds": lambda _name, grounds: list(grounds),
    "standards": lambda name, references: _filled(name, [{"name": reference} for reference in references]),
    "fundings": lambda name, rows: _filled(
        name, [{"line": f"{row.year}|{row.code}", "amount": row.amount} for row in rows]
    ),
    "indicators": _table,
    "criteria": _table,
    "installments": _table,
}
