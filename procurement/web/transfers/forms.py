"""Forms of the plan: drafted and evaluated."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

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
from procurement.web.fields import LabelledSelect, MoneyField, Needed, PointsField, WholeField, choices, prose, text

INDICATOR_ROWS, CRITERION_ROWS, INSTALLMENT_ROWS = 6, 6, 4


class RowForm(Form):
    """A row of a table in a form; a row with an empty name is no row."""

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the row's name."""
        return not (self["name"].data or "").strip()


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
    need = prose(_l("需求"), rows=3)
    public_opinion = prose(_l("征求公众意见的情况"), rows=3)
    content = prose(_l("服务内容"), rows=4)
    quantity = prose(_l("数量"), rows=2)
    quality = prose(_l("质量标准"), rows=3)
    goal = prose(_l("绩效总体目标"), rows=2)
    indicators = FieldList(FormField(IndicatorForm), _l("指标和权重"), min_entries=INDICATOR_ROWS)
    budget_code = text(_l("预算项目编号"), 60)
    budget = MoneyField(_l("预算金额"), validators=[Needed()])
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
        for name, least in zip(TABLES, (INDICATOR_ROWS, CRITERION_ROWS, INSTALLMENT_ROWS), strict=True):
            rows = [{field: getattr(row, field) for field in type(row).__slots__} for row in getattr(terms, name)]
            data[name] = rows + [{} for _ in range(least - len(rows))]
        return data

    @classmethod
    def of(cls, terms: PlanTerms) -> PlanForm:
        """The form filled with what a plan says."""
        return cls(data=cls.data_of(terms))


def _rows(rows: Any) -> list[Any]:
    return [row.form for row in rows if not row.form.is_blank]


class EvaluatePlanForm(FlaskForm):
    """The ex-ante evaluation."""

    necessity = PointsField(_l("立项必要性"), validators=[Needed()])
    economy = PointsField(_l("投入经济性"), validators=[Needed()])
    goals = PointsField(_l("绩效目标合理性"), validators=[Needed()])
    feasibility = PointsField(_l("实施方案可行性"), validators=[Needed()])
    funding = PointsField(_l("筹资合规性"), validators=[Needed()])
    opinion = prose(_l("评估意见"), rows=3)
