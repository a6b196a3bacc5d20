"""Forms of the plan: drafted and evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import FieldList, Form, FormField, HiddenField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.registers.budgets.models import Balance, BudgetLine, Key
from procurement.registers.budgets.rules import Funding
from procurement.registers.indicators import Grade
from procurement.registers.powers import Power
from procurement.transfers.ex_ante import CheckMark, ExAnteTerms, all_checks
from procurement.transfers.models import CriterionKind, IndicatorLevel, Method
from procurement.transfers.rules import (
    SINGLE_TERMS,
    TABLES,
    CriterionTerms,
    IndicatorTerms,
    InstallmentTerms,
    LongTermGround,
    PlanTerms,
)
from procurement.web.fields import (
    LabelledSelect,
    MoneyField,
    Needed,
    Question,
    WholeField,
    choices,
    prose,
    text,
)
from procurement.web.languages import say, value_text

Balances = dict[Key, Balance]
_LINE = word("{year} 年 {code} {name}，余额 {left}")

FUNDING_ROWS, INDICATOR_ROWS, CRITERION_ROWS, INSTALLMENT_ROWS = 3, 6, 6, 4


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
    standard = text(_l("评分标准"), 1000, needed=False)
    weight = WholeField(_l("分值"))


class InstallmentForm(RowForm):
    """One part of the payment schedule."""

    name = text(_l("期次"), 120, needed=False)
    condition = text(_l("付款条件"), 500, needed=False)
    percent = WholeField(_l("比例（百分比）"))
    due_month = WholeField(_l("第几个月"))


class PlanForm(FlaskForm):
    """The plan of one matter, whole."""

    title = text(_l("事项名称"), 120)
    title_en = text(_l("英文名称"), 200, needed=False)
    power_code = SelectField(_l("对应的权责事项"), choices=lambda: [], validate_choice=False)
    need = prose(_l("需求"), rows=3)
    public_opinion = prose(_l("征求公众意见的情况"), rows=3)
    content = prose(_l("服务内容"), rows=4)
    quantity = prose(_l("数量"), rows=2)
    quality = prose(_l("质量标准"), rows=3)
    goal = prose(_l("绩效总体目标"), rows=2)
    indicators = FieldList(FormField(IndicatorForm), _l("指标和权重"), min_entries=INDICATOR_ROWS)
    fundings = FieldList(FormField(FundingForm), _l("经费来源"), min_entries=FUNDING_ROWS)
    ceiling = MoneyField(_l("最高限价"), validators=[Needed()])
    term_months = WholeField(_l("服务期限"), validators=[Needed()])
    long_term_grounds = SelectMultipleField(
        _l("超过一年的条件，逐条确认"),
        choices=lambda: choices((ground.value, _l(ground.label)) for ground in LongTermGround),
        coerce=LongTermGround,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    method = LabelledSelect(_l("采购方式"), of=Method)
    method_reason = prose(_l("选择这种方式的理由"), rows=2)
    method_approval = text(_l("采用其他方式的批准"), 200, needed=False)
    qualification = prose(_l("资格条件"), rows=3)
    criteria = FieldList(FormField(CriterionForm), _l("评分项"), min_entries=CRITERION_ROWS)
    installments = FieldList(FormField(InstallmentForm), _l("各期付款"), min_entries=INSTALLMENT_ROWS)
    risk = prose(_l("风险和应对"), rows=2)
    exit = prose(_l("过渡和退出"), rows=2)

    def terms(self) -> PlanTerms:
        """What the form says, as the rules take it."""
        return PlanTerms(
            **{name: self[name].data for name in SINGLE_TERMS},
            long_term_grounds=frozenset(self.long_term_grounds.data or ()),
            fundings=tuple(
                Funding(*_line_of(row.line.data), row.amount.data or Money(0)) for row in _rows(self.fundings)
            ),
            indicators=tuple(
                IndicatorTerms(row.level.data, row.name.data, row.target.data, row.weight.data or 0)
                for row in _rows(self.indicators)
            ),
            criteria=tuple(
                CriterionTerms(row.kind.data, row.name.data, row.standard.data, row.weight.data or 0)
                for row in _rows(self.criteria)
            ),
            installments=tuple(
                InstallmentTerms(row.name.data, row.condition.data, row.percent.data or 0, row.due_month.data or 0)
                for row in _rows(self.installments)
            ),
        )

    @staticmethod
    def data_of(terms: PlanTerms) -> dict[str, Any]:
        """What the form shows of a plan; rows beyond it are blank."""
        data: dict[str, Any] = {name: getattr(terms, name) for name in SINGLE_TERMS}
        data["long_term_grounds"] = list(terms.long_term_grounds)
        counts = (FUNDING_ROWS, INDICATOR_ROWS, CRITERION_ROWS, INSTALLMENT_ROWS)
        for name, least in zip(TABLES, counts, strict=True):
            rows = [{field: getattr(row, field) for field in type(row).__slots__} for row in getattr(terms, name)]
            if name == "fundings":
                rows = [{"line": f"{row['year']}|{row['code']}", "amount": row["amount"]} for row in rows]
            data[name] = rows + [{} for _ in range(least - len(rows))]
        return data

    @classmethod
    def of(cls, terms: PlanTerms) -> PlanForm:
        """The form filled with what a plan says."""
        return cls(data=cls.data_of(terms))

    def offer(self, powers: Sequence[Power], lines: Sequence[BudgetLine], balances: Balances, years: range) -> None:
        """What may be chosen: the department's powers, its budget lines with what is left of each, the years after.

        What the form holds already stays in the list, so that nothing typed is lost where a line has gone.
        """
        first = [("", _("请选择"))]
        offered = [
            (
                f"{row.year}|{row.code}",
                say(_LINE, {"year": row.year, "code": row.code, "name": row.name, "left": balances[row.key].available}),
            )
            for row in lines
        ]
        offered += [(f"{year}|", _("%(year)s 年，预算还没有编列", year=year)) for year in years]
        known = {value for value, _text in offered}
        for row in self.fundings:
            held = row.form.line.data
            own = [(held, held.replace("|", " "))] if held and held not in known else []
            # What a line is called stays Chinese on an English page, and is read aloud so.
            row.form.line.choices = [
                SelectChoice(value, label, render_kw={"lang": "zh-CN"} if "|" in value and value[-1] != "|" else {})
                for value, label in first + own + offered
            ]
        self.power_code.choices = choices(
            first
            + [
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
            ]
        )


def _line_of(value: str | None) -> tuple[int, str]:
    """Year and code of a chosen line; what no option says is the year 0, which no rule lets through."""
    year, _bar, code = (value or "").partition("|")
    return (int(year), code) if year.isascii() and year.isdigit() and len(year) == 4 else (0, code)


def _rows(rows: Any) -> list[Any]:
    return [row.form for row in rows if not row.form.is_blank]


class AddAttachmentForm(FlaskForm):
    """A file that belongs to the plan."""

    title = text(_l("附件名称"), 120)
    document = FileField(_l("文件"))


class RecordFindingForm(FlaskForm):
    """A finding on one hit of the negative list."""

    hit = Question(_l("认定哪一处"))
    reason = prose(_l("认定理由"), 1000, rows=4)


def evaluate_plan_form() -> type[FlaskForm]:
    """The ex-ante evaluation: a grade and a remark per check, the opinion, advice, conditions, the plan that was read."""
    fields: dict[str, Any] = {}
    for check in all_checks():
        fields[f"grade-{check.code}"] = Question(
            value_text(check.text), choices=choices((grade.value, value_text(grade)) for grade in Grade)
        )
        fields[f"remark-{check.code}"] = text(_l("说明"), 300, needed=False)
    fields |= {
        "opinion": prose(_l("评估意见"), rows=3),
        "advice": prose(_l("相关建议"), needed=False, rows=2),
        "conditions": prose(_l("条件"), needed=False, rows=3),
        "seen": HiddenField(),
    }
    return type("EvaluatePlanForm", (FlaskForm,), fields)


def ex_ante_terms(form: FlaskForm) -> ExAnteTerms:
    """What the form says; each line of the conditions is one."""
    return ExAnteTerms(
        marks={
            check.code: CheckMark(Grade(form[f"grade-{check.code}"].data), form[f"remark-{check.code}"].data or "")
            for check in all_checks()
        },
        opinion=form["opinion"].data,
        advice=form["advice"].data or "",
        conditions=tuple(line.strip() for line in (form["conditions"].data or "").split("\n") if line.strip()),
    )


class MeetConditionForm(FlaskForm):
    """How a condition of the evaluation is met."""

    condition = Question(_l("落实哪一项"))
    how = prose(_l("怎样落实"), 1000, rows=3)
