"""Forms of what is public before an announcement."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, FormField, SelectField

from procurement.statute.clauses import months_after
from procurement.steps.preliminaries.models import Opinion
from procurement.web.fields import choices, prose, text
from procurement.web.languages import month_text
from procurement.web.transfers.sections import RowForm

# A proposal in a form: how many months ahead a purchase may be planned for, this one included.
_MONTHS = 13
_OPINIONS = 3


class IntentionForm(FlaskForm):
    """The intention to buy: what is needed, and when the call is planned."""

    outline = prose(_l("采购需求概况"), 1000, rows=4)
    planned_month = SelectField(_l("预计采购时间"), choices=lambda: [])

    def offer(self, today: date, earliest: date) -> None:
        """The months from this one on; the first in which the call may be published is proposed."""
        months = [f"{months_after(today.replace(day=1), ahead):%Y-%m}" for ahead in range(_MONTHS)]
        self.planned_month.choices = choices((month, month_text(month)) for month in months)
        if not self.planned_month.data or (not self.is_submitted() and self.planned_month.data not in months):
            self.planned_month.data = f"{earliest:%Y-%m}"


class OpinionForm(RowForm):
    """What one professional says of a single source."""

    name = text(_l("姓名"), 40, needed=False)
    unit = text(_l("单位"), 100, needed=False)
    title = text(_l("职称"), 60, needed=False)
    opinion = text(_l("论证意见"), 500, needed=False)


class SourceNoticeForm(FlaskForm):
    """Why one organisation alone is called, and what professionals say of it."""

    reason = prose(_l("采用单一来源的原因"), 2000, rows=4)
    opinions = FieldList(FormField(OpinionForm), _l("专业人员的论证意见"), min_entries=_OPINIONS)

    def told(self) -> list[Opinion]:
        """The opinions; a row without a name is none."""
        rows = [row.form for row in self.opinions if not row.form.is_blank]
        return [Opinion(row.name.data, row.unit.data, row.title.data, row.opinion.data) for row in rows]


class SourceObjectionForm(FlaskForm):
    """An objection that has come in."""

    objector = text(_l("异议人"), 200)
    text = prose(_l("异议的内容和理由"), 2000, rows=4)


class AnswerForm(FlaskForm):
    """The answer to an objection."""

    answer = prose(_l("答复"), 2000, rows=4)
