"""Fields that read what people type: yuan with two places, days, instants in China's time, labelled choices, uploads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, StopValidation, ValidationError
from wtforms.widgets import TextInput

from procurement.foundation.clock import LOCAL
from procurement.foundation.labels import Labelled
from procurement.foundation.money import Money
from procurement.web.fonts import fault_of_text
from procurement.web.languages import sentence

# Full-width digits and punctuation are typed by every Chinese input method.
_NARROW = {
    ord(wide): narrow for wide, narrow in zip("０１２３４５６７８９．，：－／　", "0123456789.,:-/ ", strict=True)
}


# What Python reads as a number is more than what a person means by one: 1e3, 1_000 and ٣ are typing errors.
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
# Nothing is left unread: "11:30 PM" is no half past eleven. Whole minutes alone have seconds, as some browsers write them.
_MOMENT = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2}) ([0-9]{1,2}):([0-9]{2})(?::00(?:\.0+)?)?")
_POINTS = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,2})?")


def narrow(text: str) -> str:
    """Full-width digits, points and spaces as their narrow forms."""
    return text.translate(_NARROW).strip()


class TypedField(Field):
    """A text input that keeps what was typed and says what is wrong with it."""

    widget = TextInput()
    complaint: Any = ""

    def read(self, text: str) -> Any:
        """The value that `text` stands for; raises ValueError."""
        raise ValueError(text)

    def write(self, value: Any) -> str:
        """The text of a value."""
        return str(value)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.write(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the text; an empty one is no value, a wrong one keeps its complaint in the reader's language."""
        text = narrow(valuelist[0]) if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = self.read(text)
        except (ValueError, TypeError, OverflowError, InvalidOperation):
            raise ValueError(str(self.complaint) % {"typed": valuelist[0][:40]}) from None


class MoneyField(TypedField):
    """An amount in yuan, at most two decimal places."""

    complaint = _l("“%(typed)s”不是金额。请填数字，最多两位小数，例如 1280000.00。")

    def read(self, text: str) -> Money:
        """Yuan to money."""
        return Money.yuan(text.removesuffix("元").strip())

    def write(self, value: Money) -> str:
        """Plain, for a form."""
        return value.plain


def ensure_within_reach(year: int) -> None:
    """Refuse a year no matter of this city can lie in: a slip like 0206 or 20266, which arithmetic on days would choke on."""
    if not 2000 <= year <= 2099:
        raise ValueError(year)


class DayField(TypedField):
    """A day, as 2025-10-16."""

    complaint = _l("“%(typed)s”不是日期。请按“年-月-日”填写，例如 2025-10-16。")

    def read(self, text: str) -> date:
        """ISO or with slashes, points, 年月日."""
        for mark in "./年月":
            text = text.replace(mark, "-")
        typed = _DAY.fullmatch(text.removesuffix("日").strip("-"))
        if typed is None:
            raise ValueError(text)
        day = date(*(int(part) for part in typed.groups()))
        ensure_within_reach(day.year)
        return day

    def write(self, value: date) -> str:
        """ISO."""
        return value.isoformat()


class MomentField(TypedField):
    """A day and time of day in China, as 2025-10-16 09:30; the value is aware."""

    complaint = _l("“%(typed)s”不是日期和时间。请按“年-月-日 时:分”填写，例如 2025-10-16 09:30。")

    def read(self, text: str) -> datetime:
        """Local time to an aware instant."""
        typed = _MOMENT.fullmatch(text.replace("T", " ").replace("/", "-"))
        if typed is None:
            raise ValueError(text)
        year, month, day, hour, minute = (int(part) for part in typed.groups())
        moment = datetime(year, month, day, hour, minute, tzinfo=LOCAL)
        ensure_within_reach(moment.year)
        return moment

    def write(self, value: datetime) -> str:
        """Local time."""
        return value.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")


class WholeField(TypedField):
    """A whole number."""

    complaint = _l("“%(typed)s”不是整数。")

    def read(self, text: str) -> int:
        """Digits only."""
        if not _WHOLE.fullmatch(text):
            raise ValueError(text)
        return int(text)


class PointsField(TypedField):
    """Points with at most two decimal places."""

    complaint = _l("“%(typed)s”不是分数。请填数字，最多两位小数。")

    def read(self, text: str) -> Decimal:
        """A finite decimal of at most two places."""
        if not _POINTS.fullmatch(text):
            raise ValueError(text)
        return Decimal(text)


def choices(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """The options of a select or radio field from (value, label)."""
    return [SelectChoice(value, label) for value, label in pairs]


class Question(RadioField):
    """Radio buttons of which one must be chosen: what the form proposed is no answer of the person who sent it."""

    def pre_validate(self, form: Any) -> None:
        """Tell an unanswered question from a wrong answer."""
        if not self.raw_data:
            raise StopValidation(_("这一项必须填写。"))
        super().pre_validate(form)


class LabelledSelect(SelectField):
    """A choice among the members of a Labelled enum."""

    data: Any

    def __init__(
        self, label: Any = None, *, of: type[Labelled], only: Iterable[Labelled] | None = None, **kwargs: Any
    ) -> None:
        """`of` gives members and labels; `only` some of them."""
        members = list(only) if only is not None else list(of)
        super().__init__(
            label,
            choices=lambda: choices((member.value, _(member.label)) for member in members),
            coerce=lambda value: value if isinstance(value, of) else of(value),
            **kwargs,
        )

    def process_formdata(self, valuelist: list[Any]) -> None:
        """What was sent, or nothing where it is no member."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None

    def pre_validate(self, form: Any) -> None:
        """Refuse what is none of the choices, in our own words."""
        if self.data is None:
            raise ValidationError(_("请从列出的选项里选一个。"))
        super().pre_validate(form)


class Needed(InputRequired):
    """A field that must be filled; says which, in the reader's language."""

    def __init__(self, message: Any = None) -> None:
        """`message` in place of the general sentence."""
        super().__init__(message or _l("这一项必须填写。"))

    def __call__(self, form: Any, field: Any) -> None:
        """Stop at an empty field; a wrongly typed one has its own complaint already."""
        if field.errors:
            raise StopValidation
        if not field.raw_data or not str(field.raw_data[0]).strip():
            field.errors = []
            raise StopValidation(str(self.message))


def at_most(length: int) -> Length:
    """A bound on a text's length, with a sentence that names it."""
    return Length(max=length, message=_l("最多 %(max)d 个字，现在更长，请改短。"))


def _printable(form: Any, field: Field) -> None:
    """Refuse a character that no document could print: said now, to who can choose another, not when it is printed."""
    fault = fault_of_text(current_app, field.data or "")
    if fault is not None:
        raise ValidationError(sentence(fault))


def text(label: Any, length: int = 200, *, needed: bool = True, printed: bool = True, **kwargs: Any) -> StringField:
    """A line of text, which may come to stand in a document unless `printed` is off; pasted line breaks become spaces."""
    validators = [*([Needed()] if needed else []), at_most(length), *([_printable] if printed else [])]
    return StringField(label, validators=validators, filters=[_one_line], **kwargs)


# Copied from paper: nothing is completed, corrected or put into small letters.
AS_PRINTED = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}


def holders_secret(label: Any) -> PasswordField:
    """What a holder types at a ceremony: never given back by a page, and shown only to who asks the browser for it."""
    shown = {**AS_PRINTED, "data-reveal": ""}
    return PasswordField(label, validators=[Needed(), at_most(80)], filters=[_one_line], render_kw=shown)


def prose(label: Any, length: int = 4000, *, needed: bool = True, rows: int = 3, **kwargs: Any) -> TextAreaField:
    """Several lines of text."""
    validators = [*([Needed()] if needed else []), at_most(length), _printable]
    return TextAreaField(label, validators=validators, filters=[_tidy], render_kw={"rows": rows}, **kwargs)


def line(label: Any, length: int = 200, *, needed: bool = True, rows: int = 2, **kwargs: Any) -> TextAreaField:
    """A text of one line that is too long for a line of the page: a box that shows it whole; line breaks become spaces."""
    validators = [*([Needed()] if needed else []), at_most(length), _printable]
    return TextAreaField(label, validators=validators, filters=[_one_line], render_kw={"rows": rows}, **kwargs)


def _tidy(value: str | None) -> str:
    """Without control characters and stray space at the ends."""
    lines = (value or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\n\t" or char.isprintable()).strip()


def _one_line(value: str | None) -> str:
    return " ".join(line.strip() for line in _tidy(value).split("\n") if line.strip())
