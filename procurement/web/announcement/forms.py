"""Forms of step 1."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField

from procurement.web.fields import AS_PRINTED, MomentField, Needed, prose, text


class AppointHolderForm(FlaskForm):
    """Who holds a part of what opens the bids."""

    person = SelectField(_l("人选"), coerce=int)


class ConfirmSheetForm(FlaskForm):
    """The check word, typed back from the printed sheet."""

    check_word = text(_l("核对词"), 20, printed=False, render_kw=AS_PRINTED)


class ReplaceHolderForm(FlaskForm):
    """The secrets of the two holders who stay; they are never stored."""

    passphrase = text(_l("您的口令"), 80, printed=False, render_kw=AS_PRINTED)
    second_passphrase = text(_l("对方的口令"), 80, printed=False, render_kw=AS_PRINTED)


class AnnouncementForm(FlaskForm):
    """The announcement of an attempt."""

    summary = prose(_l("公告摘要"), 2000, rows=4)
    closes_at = MomentField(_l("投标截止时间"), validators=[Needed()])
    contact = text(_l("联系人和电话"), 200)
    submission_notes = prose(_l("对投标文件的要求"), 2000, needed=False, rows=3)
