"""Forms of step 3, and of supplements."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from procurement.steps.agreement.rules import SupplementTerms
from procurement.web.fields import DayField, MoneyField, Needed, prose, text


class AgreementForm(FlaskForm):
    """What plan and bid do not say: when it begins, where, how data are protected."""

    starts_on = DayField(_l("服务起始日"), validators=[Needed()])
    place = text(_l("履行地点"), 200)
    data_protection = prose(_l("数据与个人信息保护"), 2000, rows=4)
    special_terms = prose(_l("补充约定"), 2000, needed=False, rows=3)


class FileAgreementForm(FlaskForm):
    """The number under which the copy was filed."""

    filing_number = text(_l("备案号"), 60)


class SupplementForm(FlaskForm):
    """More of the same: why, what, for how much, and the milestone at which it is accepted and paid."""

    reason = prose(_l("追加的原因"), 1000)
    content = prose(_l("追加的内容"), 2000, rows=4)
    amount = MoneyField(_l("追加金额"), validators=[Needed()])
    milestone = text(_l("追加的节点"), 120)
    due_on = DayField(_l("节点到期日"), validators=[Needed()])

    def terms(self) -> SupplementTerms:
        """What was typed, as the deed takes it."""
        assert self.amount.data is not None
        assert self.due_on.data is not None
        return SupplementTerms(
            self.reason.data or "",
            self.content.data or "",
            self.amount.data,
            self.milestone.data or "",
            self.due_on.data,
        )
