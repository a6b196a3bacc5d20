"""Forms of step 3."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from procurement.web.fields import DayField, Needed, prose, text


class AgreementForm(FlaskForm):
    """What plan and bid do not say: when it begins, where, how data are protected."""

    starts_on = DayField(_l("服务起始日"), validators=[Needed()])
    place = text(_l("履行地点"), 200)
    data_protection = prose(_l("数据与个人信息保护"), 2000, rows=4)
    special_terms = prose(_l("补充约定"), 2000, needed=False, rows=3)


class FileAgreementForm(FlaskForm):
    """The number under which the copy was filed."""

    filing_number = text(_l("备案号"), 60)
