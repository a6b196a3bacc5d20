"""The working calendar of a year, for anyone; and the form by which its notice is entered, with the year as it would be."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from wtforms import HiddenField

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError
from procurement.foundation.workdays import WorkCalendar
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.holidays import operations, rules
from procurement.registers.holidays.models import HolidayNotice, entered_notices, notices_of
from procurement.registers.holidays.notation import ReadDays, read_days
from procurement.registers.holidays.rules import NoticeTerms
from procurement.statute.calendar import bundled_notices, usual_workdays, with_year, working_calendar
from procurement.web.fields import DayField, Needed, WholeField, prose, text
from procurement.web.languages import day_text, is_english
from procurement.web.refusals import attempt, found, guard, page, place
from procurement.web.session import acting_user

bp = Blueprint("calendar", __name__, url_prefix="/calendar")

_WEEKDAYS, _WEEKDAYS_EN = "一二三四五六日", ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
# How far ahead an estimate is of use to anyone.
_AHEAD = 2


class HolidaysForm(FlaskForm):
    """The notice of a year."""

    year = WholeField(_l("年份"), validators=[Needed()])
    number = text(_l("文号"), 60)
    issued_on = DayField(_l("印发日期"), validators=[Needed()])
    off = prose(_l("放假的日子"), 4000, rows=8)
    work = prose(_l("调休上班的日子"), 2000, needed=False, rows=3)
    reason = prose(_l("更正的理由"), 1000, needed=False, rows=2)
    # What was on the page when it was sent: the digest of the notice whose year was shown.
    seen = HiddenField()

    def terms(self) -> NoticeTerms:
        """What the form says.

        Raises:
            RuleBroken: a day that cannot be read, at its field.
        """
        assert self.year.data is not None
        assert self.issued_on.data is not None
        off = read_days(self.year.data, self.off.data or "", field="off")
        work = read_days(self.year.data, self.work.data or "", worked=True, field="work")
        return NoticeTerms(
            self.year.data, self.number.data or "", self.issued_on.data,
            ReadDays(off.off, tuple(sorted({**dict(off.work), **dict(work.work)}.items()))), self.reason.data or "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class YearDay:
    """A day of a month's table: its number, how it looks, what is said of it."""

    number: int
    classes: str
    mark: str
    spoken: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a table of weeks; what belongs to another month is None."""

    name: str
    weeks: list[list[YearDay | None]]
    workdays: int


@dataclass(frozen=True, slots=True)
class Year:
    """A year's months, how many of its days are worked, and the runs of days off by name."""

    number: int
    months: list[Month]
    workdays: int
    rests: list[tuple[str, str, int]]
    worked: list[str]


def year_of(number: int, calendar: WorkCalendar, today: date) -> Year:
    """A year by a calendar, for the page."""
    months = [_month(number, month, calendar, today) for month in range(1, 13)]
    days = list(calendar.year(number))
    runs: list[tuple[str, list[date]]] = []
    for day in days:
        name = "" if calendar.is_make_up(day) else calendar.name_of(day)
        if name and runs and runs[-1][0] == name and (day - runs[-1][1][-1]).days == 1:
            runs[-1][1].append(day)
        elif name:
            runs.append((name, [day]))
    rests = [(_names(name), _from_to(run), len(run)) for name, run in runs]
    worked = [day_text(day, with_year=False) for day in days if calendar.is_make_up(day)]
    return Year(number, months, sum(month.workdays for month in months), rests, worked)


def _names(name: str) -> str:
    """Two holidays on one day are two words."""
    return (", " if is_english() else "、").join(_(part) for part in name.split("、"))


def _from_to(days: Sequence[date]) -> str:
    first, last = day_text(days[0], with_year=False), day_text(days[-1], with_year=False)
    return first if len(days) == 1 else _("%(first)s 至 %(last)s", first=first, last=last)


def _month(year: int, month: int, calendar: WorkCalendar, today: date) -> Month:
    first = date(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    cells: list[YearDay | None] = [None] * first.weekday()
    cells += [_cell(day, calendar, today) for day in calendar.days(first, after)][:-1]
    cells += [None] * (-len(cells) % 7)
    worked = sum(calendar.is_workday(day) for day in calendar.days(first, after)) - calendar.is_workday(after)
    name = first.strftime("%B") if is_english() else f"{month}月"
    return Month(name, [cells[at : at + 7] for at in range(0, len(cells), 7)], worked)


def _cell(day: date, calendar: WorkCalendar, today: date) -> YearDay:
    is_off, is_made_up, name = not calendar.is_workday(day), calendar.is_make_up(day), calendar.name_of(day)
    said = [*([_names(name)] if name else []), *([_("调休上班")] if is_made_up else [])]
    classes = [
        word
        for word, holds in (
            ("is-off", is_off), ("is-work", is_made_up), ("is-holiday", is_off and bool(name)),
            ("is-guess", calendar.is_estimated(day)), ("is-today", day == today),
        )
        if holds
    ]  # fmt: skip
    mark = _("班") if is_made_up else _("休") if is_off and name else ""
    return YearDay(day.day, " ".join(classes), mark, (", " if is_english() else "，").join(said), day == today)


@bp.get("/<int:year>")
def show_year(year: int) -> ResponseReturnValue:
    """The calendar of one year: by which notice, or estimated."""
    calendar, today = working_calendar(), local_day(g.now)
    years = [*sorted(calendar.announced | {today.year + ahead for ahead in range(_AHEAD + 1)})]
    found(True if year in years else None)
    return page(
        "calendar/show_year.html", year=year_of(year, calendar, today), years=years, today=today,
        is_estimated=year not in calendar.announced, notices=notices_of(year), bundled=bundled_notices().get(year),
        weekdays=_weekdays(), may_enter=access.can(acting_user(), Deed.HOLIDAYS_ENTER, None),
    )  # fmt: skip


def _weekdays() -> Sequence[str]:
    return _WEEKDAYS_EN if is_english() else _WEEKDAYS


@bp.route("/enter", methods=["GET", "POST"])
@login_required
def enter_holidays() -> ResponseReturnValue:
    """Enter the notice of a year: first the year is shown as it would be, then, sent once more unchanged, it is entered."""
    guard(operations.enter_holidays, None)
    form = HolidaysForm()
    if request.method == "GET":
        form.year.data = request.args.get("year", default=_next_year(), type=int)
    previewed = None
    if form.validate_on_submit():
        terms = _terms(form)
        if terms is not None and form.seen.data == _digest(terms):
            notice = attempt(form, operations.enter_holidays, None, terms)
            if notice is not None:
                flash(_("%(year)s 年的放假安排已录入。受影响的期限在一分钟内重算，并通知有关的人。", year=notice.year))
                return redirect(url_for("calendar.show_year", year=notice.year), code=303)
        elif terms is not None and _holds(form, terms):
            previewed = terms
        # What is sent next is held against what is shown now; raw data, so that the field says it and not what came.
        form.seen.data = _digest(previewed) if previewed is not None else ""
        form.seen.raw_data = None
    return page(
        "calendar/enter_holidays.html", form=form, weekdays=_weekdays(), today=local_day(g.now),
        year=_preview(previewed) if previewed is not None else None,
        usual=usual_workdays(previewed.year) if previewed is not None else None,
    )  # fmt: skip


def _next_year() -> int:
    """The first year that is not announced yet."""
    return max(working_calendar().announced) + 1


def _terms(form: HolidaysForm) -> NoticeTerms | None:
    try:
        return form.terms()
    except DomainError as error:
        place(form, error)
        return None


def _holds(form: HolidaysForm, terms: NoticeTerms) -> bool:
    """Whether it could be entered now; what is wrong is put on the form."""
    known: Sequence[HolidayNotice] = entered_notices()
    try:
        rules.ensure_notice(terms, known, working_calendar(), local_day(g.now))
    except DomainError as error:
        place(form, error)
        return False
    return True


def _preview(terms: NoticeTerms) -> Year:
    day = local_day(g.now)
    return year_of(terms.year, with_year(working_calendar(), terms.as_entered(day)), day)


def _digest(terms: NoticeTerms) -> str:
    return hashlib.sha256(repr(terms).encode()).hexdigest()
