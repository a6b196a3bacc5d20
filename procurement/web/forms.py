"""Forms that several rooms share."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField

from procurement.web.fields import prose


class PlainForm(FlaskForm):
    """A deed that asks for nothing but its confirmation."""


class ReasonForm(FlaskForm):
    """A reason, for a deed that needs one."""

    reason = prose(_l("理由"), 1000)


class SeenForm(FlaskForm):
    """A deed on terms that were on the page: their digest goes with it."""

    seen = HiddenField()
