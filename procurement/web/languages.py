"""Two languages: Chinese is the source, English a complete second voice; values are written as the reader writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import g, has_request_context, request
from flask_babel import Babel, force_locale, gettext
from flask_babel import get_locale as babel_locale
from markupsafe import Markup

from procurement.foundation.clock import LOCAL
from procurement.foundation.errors import HOUSE, Article, DomainError
from procurement.foundation.labels import Labelled, Said, Twofold
from procurement.foundation.money import Money
from procurement.registers.notices import Label, Notice
from procurement.statute.clauses import Clause, OfAMode
from procurement.statute.modes import words_of

LANGUAGES = ("zh", "en")
COOKIE = "language"
_WEEKDAYS = ("一", "二", "三", "四", "五", "六", "日")
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WHOLE_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def choose_language() -> str:
    """The language of this request: the one asked for, the one remembered, the browser's first guess, Chinese."""
    if not has_request_context():
        return "zh"
    for wish in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    return request.accept_languages.best_match(LANGUAGES, default="zh") or "zh"


babel = Babel()


def lang() -> str:
    """`zh` or `en`."""
    locale = babel_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


def inside(label: str) -> str:
    """A translated label inside a sentence: in English without its capital."""
    return label[:1].lower() + label[1:] if is_english() else label


def buyer_text(mode: OfAMode) -> str:
    """What whoever gives a matter of this mode away is called, inside a sentence."""
    return inside(gettext(words_of(mode).buyer))


def papers_text(mode: OfAMode) -> str:
    """What the papers of a call of this mode are called, inside a sentence."""
    return inside(gettext(words_of(mode).papers))


def is_english() -> bool:
    """Whether the page is in English."""
    return lang() == "en"


# ── values ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def day_text(day: date, *, with_year: bool = True) -> str:
    """`2026年9月30日（周三）`, or `Wed 30 Sep 2026`."""
    if is_english():
        text = f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]}"
        return f"{text} {day.year}" if with_year else text
    text = f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"
    return f"{day.year}年{text}" if with_year else text


def short_day(day: date | datetime) -> str:
    """A day without its year where it is this one: `9月30日（周三）`."""
    if isinstance(day, datetime):
        day = day.astimezone(LOCAL).date()
    today = g.now.astimezone(LOCAL).date() if has_request_context() and "now" in g else day
    return day_text(day, with_year=day.year != today.year)


def bare_day(day: date | datetime) -> str:
    """`9月30日`, or `30 Sep`; the year where it is not this one: for where space is short and the weekday decides nothing."""
    if isinstance(day, datetime):
        day = day.astimezone(LOCAL).date()
    year = g.now.astimezone(LOCAL).year if has_request_context() and "now" in g else day.year
    if is_english():
        return f"{day.day} {_MONTHS_EN[day.month - 1]}" + (f" {day.year}" if day.year != year else "")
    return (f"{day.year}年" if day.year != year else "") + f"{day.month}月{day.day}日"


def month_text(month: str) -> str:
    """`2025年11月`, or `November 2025`, of a month that is kept as 2025-11; anything else stays as it is."""
    year, _dash, number = month.partition("-")
    if not (year.isdigit() and number.isdigit() and 1 <= int(number) <= len(_WHOLE_MONTHS_EN)):
        return month
    return f"{_WHOLE_MONTHS_EN[int(number) - 1]} {year}" if is_english() else f"{year}年{int(number)}月"


def bare_moment(moment: datetime) -> str:
    """`9月30日 9:30`."""
    local = moment.astimezone(LOCAL)
    return f"{bare_day(local.date())} {local.hour}:{local.minute:02}"


def moment_text(moment: datetime) -> str:
    """`2026年9月30日（周三） 9:30`; seconds only where they decide."""
    local = moment.astimezone(LOCAL)
    clock = f"{local.hour}:{local.minute:02}" + (f":{local.second:02}" if local.second else "")
    return f"{day_text(local.date())} {clock}"


def short_moment(moment: datetime) -> str:
    """An instant without the year where it is this one."""
    local = moment.astimezone(LOCAL)
    return f"{short_day(local.date())} {local.hour}:{local.minute:02}"


def money_text(money: Money) -> str:
    """`1,280,000.00 元`, or `CNY 1,280,000.00`."""
    return f"CNY {str(money).removesuffix(' 元')}" if is_english() else str(money)


_NUMERALS = {char: value for value, char in enumerate("零一二三四五六七八九")}
_NUMERAL = "([零一二三四五六七八九十百]+)"
# How a place in a law is written: 第十条第一项, Art. 10 item 1.
_PLACES = tuple(
    (re.compile(f"第{_NUMERAL}{unit}"), f" {english} ")
    for unit, english in (("部分", "Part"), ("章", "Chapter"), ("条", "Art."), ("款", "para."), ("项", "item"))
)


def _number(numerals: str) -> int:
    total, digit = 0, 0
    for char in numerals:
        if char == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif char == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _NUMERALS[char]
    return total + digit


def _place(number: str) -> str:
    """`Art. 10 item 1`: the place in a law in English."""
    for pattern, english in _PLACES:
        while found := pattern.search(number):
            number = number[: found.start()] + f"{english}{_number(found[1])}" + number[found.end() :]
    return number.strip()


def article_text(article: Article) -> str:
    """`《政府采购法》第四十六条`, or `Government Procurement Law, Art. 46`; a law without an English name keeps its own."""
    english = _english_name(article.law)
    if not is_english() or english is None:
        return str(article)
    if article.law == HOUSE:
        return gettext("本系统的做法")
    return f"{english}, {_place(article.number)}" if article.number else english


def in_chinese(text: Any) -> Markup:
    """A text that stays Chinese on every page, marked so that it is read aloud as Chinese."""
    return Markup('<span lang="zh-CN">{}</span>').format(str(text))


def article_html(article: Article) -> Markup:
    """The article for a page: in English the Chinese stands beside it, for whoever looks it up."""
    if not is_english():
        return Markup("{}").format(article_text(article))
    chinese = in_chinese(article)
    if _english_name(article.law) is None:
        return chinese
    return Markup("{} {}").format(article_text(article), chinese)


def _english_name(law: str) -> str | None:
    english = _translated(law)
    return None if english == law else english


def period_text(clause: Clause) -> str:
    """`7 个工作日`, or `7 working days`, `1 year`."""
    if not is_english():
        return str(clause)
    units = _translated(clause.unit)
    return f"{clause.amount} {units.removesuffix('s') if clause.amount == 1 else units}"


def value_text(value: Any) -> str:
    """A value as the reader's language writes it."""
    writers: tuple[tuple[type | tuple[type, ...], Any], ...] = (
        (Labelled, lambda v: _translated(v.label)),
        (Label, _translated),
        (Twofold, lambda v: v.english if is_english() and v.english else v),
        (Money, money_text),
        (datetime, moment_text),
        (date, day_text),
        (Article, article_text),
        (Clause, period_text),
        (Said, lambda v: say(v.message, v.values)),
        ((tuple, list), _listed),
        (Decimal, lambda v: f"{v:f}"),
    )
    for kind, write in writers:
        if isinstance(value, kind):
            return str(write(value))
    return str(value)


def _translated(text: str) -> str:
    # The catalogue answers the empty text with its own header.
    return gettext(str(text)) if text else ""


def _listed(values: tuple[Any, ...] | list[Any]) -> str:
    """A list in a sentence: items that are sentences themselves are kept apart more strongly."""
    apart = "；" if any(isinstance(value, Said) for value in values) else "、"
    return ({"；": "; ", "、": ", "}[apart] if is_english() else apart).join(_said(value) for value in values)


def say(message: str, values: Mapping[str, Any] | None = None) -> str:
    """A message template in the reader's language, filled with its values."""
    text = _translated(message)
    return text.format(**{key: _said(value) for key, value in (values or {}).items()}) if values else text


def _said(value: Any) -> str:
    # A marked word inside a value (a unit, 无人) has its own translation; anything a person typed has none and stays.
    marked = isinstance(value, str) and not isinstance(value, (Labelled, Label, Twofold))
    return _translated(value) if marked else value_text(value)


def sentence(error: DomainError, *, with_article: bool = True) -> str:
    """A refusal as its reader reads it, the article appended."""
    text = say(error.message, error.values)
    if error.article is None or not with_article:
        return text
    source = article_text(error.article)
    if is_english():
        return f"{text.rstrip('.')} ({source})."
    return f"{text.removesuffix('。')}（依据：{source}）。"


def notice_text(notice: Notice) -> str:
    """A message of the tray in the reader's language."""
    return say(notice.message, notice.told)


def in_language(language: str) -> Any:
    """A context in which everything is said in `language`, outside a request too (e-mails)."""
    return force_locale("en" if language == "en" else "zh_Hans_CN")


def locale_of_request() -> str:
    """The Babel locale of this request."""
    return "en" if choose_language() == "en" else "zh_Hans_CN"
