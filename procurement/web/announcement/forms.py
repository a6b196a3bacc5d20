"""Forms of step 1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField

from procurement.web.fields import MomentField, Needed, prose, text


class AppointOpenerForm(FlaskForm):
    """Who opens the bids."""

    person = SelectField(_l("开启人"), coerce=int)


class AnnouncementForm(FlaskForm):
    """The announcement of an attempt."""

    summary = prose(_l("公告摘要"), 2000, rows=4)
    closes_at = MomentField(_l("投标截止时间"), validators=[Needed()])
    contact = text(_l("联系人和电话"), 200)
    submission_notes = prose(_l("对投标文件的要求"), 2000, needed=False, rows=3)
