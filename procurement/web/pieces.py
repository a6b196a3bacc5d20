"""What the macros take: the pieces of a page as frozen values, already in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed
from procurement.statute.clauses import FLOOR, Clause, months_after
from procurement.statute.periods import Changed, PeriodDay, changed, walk
from procurement.web.languages import day_text, is_english

_WEEKDAYS = ("一", "二", "三", "四", "五", "六", "日")
_WEEKDAYS_EN = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A strip longer than this is told by its last day only: nobody counts a year of squares.
LONGEST_STRIP = 62


@dataclass(frozen=True, slots=True)
class ActionLink:
    """A button: its words, where it leads, how it looks; or why it cannot be pressed now."""

    label: str
    url: str
    kind: str = "quiet"
    why_not: str = ""


def links_to(room: str, deeds: Iterable[Deed], **keys: Any) -> list[ActionLink]:
    """A button for each deed of a room on the thing of these keys, the first one foremost."""
    return [
        ActionLink(_(deed.label), url_for(f"{room}.{deed.function_name}", **keys), "quiet" if place else "primary")
        for place, deed in enumerate(deeds)
    ]


@dataclass(frozen=True, slots=True)
class Leg:
    """One step of the relay line: done, now, wait, late, hold or fail; `fraction` of its track that has been run."""

    number: int
    name: str
    state: str
    lines: list[str]
    fraction: float

    @property
    def percent(self) -> int:
        """Where the baton lies on its track."""
        return round(8 + 84 * min(max(self.fraction, 0.0), 1.0))


@dataclass(frozen=True, slots=True)
class Line:
    """The six legs, and in words what they show."""

    legs: list[Leg]
    aria_label: str


@dataclass(frozen=True, slots=True)
class Item:
    """One outstanding thing: what lacks, the law, whose turn, by when."""

    title: str
    lack: str
    law: str
    who: str
    mine: bool
    by: str
    by_note: str
    tone: str
    action: ActionLink | None


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that has happened; `iso` is its instant for machines."""

    at: str
    text: str
    note: str
    is_step: bool
    is_now: bool
    iso: str = ""


@dataclass(frozen=True, slots=True)
class StripDay:
    """One day of a period strip."""

    number: int
    weekday: str
    month: str
    mark: str
    classes: str
    spoken: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """A legal clock day by day."""

    title: str
    last_label: str
    last: str
    law: str
    days: list[StripDay] = field(default_factory=list)
    key: str = ""
    # What became of its date since it was told.
    notes: list[str] = field(default_factory=list)


def strip_of(
    clause: Clause,
    start: date,
    today: date,
    calendar: WorkCalendar,
    *,
    title: str,
    law: str,
    told_on: date | None = None,
    moved: Sequence[str] = (),
) -> Strip:
    """The strip of `clause` from `start` on; `moved` says which notice has moved its date, where that is kept."""
    period = walk(clause, start, calendar, told_on=told_on)
    is_floor = clause.direction == FLOOR
    end = period.last
    guess = any(day.estimated for day in period.days)
    last = (_("预估 ") if guess else "") + day_text(end)
    days = (
        [_day(day, today, index == 0, is_floor) for index, day in enumerate(period.days)]
        if len(period.days) <= LONGEST_STRIP
        else []
    )
    label, key = _("最早") if is_floor else _("最后一天"), _key(period.days, guess, calendar)
    was = changed(clause, start, calendar, told_on=told_on)
    rest = []
    if is_floor and not calendar.is_workday(end):
        following = day_text(calendar.next_workday(end))
        rest.append(_("最早的这一天是休息日，往后第一个工作日是 %(day)s", day=following))
    notes = [*rest, *(moved or ([_moved_text(was)] if was is not None and was.after > was.before else []))]
    if was is not None and was.after > was.computed:
        notes.append(
            _("按%(notice)s本可到 %(day)s 为止；已经告知的日期不提前", notice=was.notice, day=day_text(was.computed))
        )
    return Strip(title, label, last, law, days, key, notes)


def _moved_text(was: Changed) -> str:
    return moved_text(was.before, was.after, was.notice, was_estimated=was.was_estimated)


def moved_text(before: date, after: date, notice: str, *, was_estimated: bool) -> str:
    """`原 2027年2月10日（预估），按国办发明电〔2026〕7号改为 2027年2月17日`."""
    values = {"before": day_text(before), "after": day_text(after), "notice": notice}
    if was_estimated:
        return _("原 %(before)s（预估），按%(notice)s改为 %(after)s", **values)
    return _("原 %(before)s，按%(notice)s改为 %(after)s", **values)


def _key(days: tuple[PeriodDay, ...] | list[PeriodDay], guess: bool, calendar: WorkCalendar) -> str:
    found = dict.fromkeys(
        (day.name, *_whole(day.name, day.day, calendar)) for day in days if day.name and not day.is_make_up
    )
    make_up = [day.day for day in days if day.is_make_up]
    # Over a year and more a month stands for several: each day says its year then.
    with_year = days[-1].day >= months_after(days[0].day, 12)
    parts = [_holiday(_(name), first, last, with_year) for name, first, last in found]
    if make_up:
        said = (", " if is_english() else "、").join(_short(day, with_year=with_year) for day in make_up)
        parts.append(_("%(days)s 调休上班", days=said))
    if guess:
        parts.append(_("虚框内的年份还没有公布节假日安排，按周一至周五预估，公布后重算"))
    return ("; " if is_english() else "；").join(parts)


def _whole(name: str, day: date, calendar: WorkCalendar) -> tuple[date, date]:
    """The first and the last day of one holiday, also where it begins before the strip or goes on after it."""

    def is_of_it(other: date) -> bool:
        return calendar.name_of(other) == name and not calendar.is_make_up(other)

    first = last = day
    while is_of_it(first - timedelta(days=1)):
        first -= timedelta(days=1)
    while is_of_it(last + timedelta(days=1)):
        last += timedelta(days=1)
    return first, last


def _holiday(name: str, first: date, last: date, with_year: bool) -> str:
    if first == last:
        return _("%(name)s放假 %(day)s", name=name, day=_short(first, with_year=with_year))
    # The year stands once where both ends have the same.
    return _(
        "%(name)s放假 %(first)s 至 %(last)s",
        name=name,
        first=_short(first, with_year=with_year and (not is_english() or first.year != last.year)),
        last=_short(last, with_year=with_year and (is_english() or first.year != last.year)),
    )


def _short(day: date, *, with_year: bool = False) -> str:
    if is_english():
        return f"{day.day} {_MONTHS_EN[day.month - 1]}" + (f" {day.year}" if with_year else "")
    return (f"{day.year}年" if with_year else "") + f"{day.month}月{day.day}日"


def _day(day: PeriodDay, today: date, first: bool, is_floor: bool) -> StripDay:
    classes = [
        name
        for name, holds in (
            ("is-start", day.is_start),
            ("is-off", day.is_off and not day.is_start),
            ("is-count", day.number is not None),
            ("is-work", day.is_make_up),
            ("is-past", day.day < today and (day.number is not None or day.is_start)),
            ("is-today", day.day == today),
            ("is-last", day.is_last),
            ("is-guess", day.estimated),
            (f"wd-{day.day.isoweekday()}", first),
        )
        if holds
    ]
    month = _short(day.day).split(" ")[-1] if is_english() else f"{day.day.month}月"
    return StripDay(
        number=day.day.day,
        weekday=(_WEEKDAYS_EN if is_english() else _WEEKDAYS)[day.day.weekday()],
        month=month if first or day.day.day == 1 else "",
        mark=_mark(day, is_floor),
        classes=" ".join(classes),
        spoken=_spoken(day, today, is_floor),
        is_today=day.day == today,
    )


def _mark(day: PeriodDay, is_floor: bool) -> str:
    if day.is_start:
        return _("起")
    if day.is_last:
        return _("可") if is_floor else _("止")
    if day.is_make_up:
        return _("班 %(number)s", number=day.number) if day.number is not None else _("班")
    if day.number is not None:
        return str(day.number)
    return _("休") if day.is_off else ""


def _spoken(day: PeriodDay, today: date, is_floor: bool) -> str:
    said = [day_text(day.day, with_year=False)]
    if day.day == today:
        said.append(_("今天"))
    if day.is_start:
        said.append(_("起算日，不计入"))
    elif day.number is not None:
        said.append(_("第 %(number)s 天", number=day.number))
    elif day.is_off:
        said.append(_("休息日") if day.is_last else _("休息，不计"))
    if day.is_make_up:
        said.append(_("调休上班"))
    if day.is_last:
        said.append(_("最早") if is_floor else _("最后一天"))
    if day.estimated:
        said.append(_("预估"))
    return (", " if is_english() else "，").join(said)
