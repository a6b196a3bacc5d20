"""Forms of a plan beside its sections: evaluated; attachments and findings."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField

from procurement.registers.indicators import Grade
from procurement.transfers.ex_ante import CheckMark, ExAnteTerms, all_checks
from procurement.web.fields import Question, choices, prose, text
from procurement.web.languages import value_text


class AddAttachmentForm(FlaskForm):
    """A file that belongs to the plan."""

    title = text(_l("附件名称"), 120)
    document = FileField(_l("文件"))


class JoinFundingForm(FlaskForm):
    """The budget line that a later year's money is joined to."""

    line = SelectField(_l("预算项目"), coerce=int)


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
