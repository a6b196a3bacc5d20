"""Forms of step 1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectField

from procurement.web.fields import MomentField, MoneyField, Needed, prose, text


class AppointOpenerForm(FlaskForm):
    """Who opens the bids."""

    person = SelectField(_l("开启人"), coerce=int)


class AnnouncementForm(FlaskForm):
    """The announcement of an attempt."""

    summary = prose(_l("公告摘要"), 2000, rows=4)
    closes_at = MomentField(_l("投标截止时间"), validators=[Needed()])
    contact = text(_l("联系人和电话"), 200)
    submission_notes = prose(_l("对投标文件的要求"), 2000, needed=False, rows=3)
    security = MoneyField(_l("投标保证金"))


class CompleteDocumentsForm(FlaskForm):
    """The bidding documents as the officer has completed them."""

    document = FileField(_l("补充好的采购文件"))
