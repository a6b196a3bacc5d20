"""What a holiday notice must hold before it is entered: its year, its dates, every statutory day, weekends that are worked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from procurement.foundation.errors import DomainError, Refusals, RuleBroken
from procurement.foundation.labels import Said, word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.holidays.models import HolidayNotice
from procurement.registers.holidays.notation import ReadDays
from procurement.registers.notices import Label
from procurement.statute import limits
from procurement.statute.calendar import SATURDAY, EnteredYear, statutory_days, with_year


@dataclass(frozen=True, slots=True)
class NoticeTerms:
    """What is said of a notice: its year, number and date, the days off and the days worked; of a correction, why."""

    year: int
    number: str
    issued_on: date
    days: ReadDays
    reason: str = ""

    def as_entered(self, day: date) -> EnteredYear:
        """The year as the calendar takes it, with every day named."""
        off = named(self.year, self.days.off)
        return EnteredYear(self.year, self.number, day, off, named_after(self.days.work, off))


def ensure_notice(terms: NoticeTerms, known: Sequence[HolidayNotice], calendar: WorkCalendar, day: date) -> None:
    """Refuse a notice with everything that is wrong with it, each at its field.

    `known` are all the notices entered before, `calendar` the one in force, `day` today.

    Raises:
        Refusals: the year is announced and no reason is given; the dates of notice and year do not go together; a
            statutory day is missing (全国年节及纪念日放假办法 Art. 2; TE-7), a day worked is no Saturday or Sunday, or off
            as well (国务院关于职工工作时间的规定 Art. 7; TE-6).
    """
    faults = [*_faults_of_notice(terms, known, calendar, day), *_faults_of_days(terms, day)]
    if not faults and terms.year in calendar.announced and not _changes(terms, calendar):
        faults.append(
            RuleBroken(word("{year} 年的每一天都与已经录入的一样，没有要更正的。"), year=terms.year, field="off")
        )
    if faults:
        raise Refusals(faults)


def _faults_of_notice(
    terms: NoticeTerms, known: Sequence[HolidayNotice], calendar: WorkCalendar, day: date
) -> Iterable[DomainError]:
    if terms.year in calendar.announced and not terms.reason.strip():
        yield RuleBroken(
            word("{year} 年的放假安排已经录入。要更正，请写明理由；不是更正，请核对年份。"),
            year=terms.year, field="reason",
        )  # fmt: skip
    if terms.year not in calendar.announced and terms.reason.strip():
        yield RuleBroken(
            word("{year} 年的放假安排还没有录入过，没有可以更正的；请把更正的理由去掉，或者核对年份。"),
            year=terms.year, field="reason",
        )  # fmt: skip
    other = next((row for row in known if row.number == terms.number and row.year != terms.year), None)
    if other is not None:
        yield RuleBroken(
            word("文号 {number} 是 {year} 年的通知，一份通知只安排一年的节假日。"),
            number=terms.number, year=other.year, field="number",
        )  # fmt: skip
    if terms.issued_on > day:
        yield RuleBroken(
            word("印发日期 {issued} 在今天 {day} 以后，请核对。"), issued=terms.issued_on, day=day, field="issued_on"
        )
    elif terms.issued_on.year not in (terms.year, terms.year - 1):
        yield RuleBroken(
            word("{year} 年的放假安排在上一年或者当年印发，填的印发日期是 {issued}，请核对年份和日期。"),
            year=terms.year, issued=terms.issued_on, field="issued_on",
        )  # fmt: skip


def _faults_of_days(terms: NoticeTerms, day: date) -> Iterable[DomainError]:
    off, work = {row for row, _name in terms.days.off}, {row for row, _name in terms.days.work}
    statutory, rest = limits.STATUTORY_DAYS.on(day).article, limits.WEEKLY_REST.on(day).article
    missing = {row: name for row, name in statutory_days(terms.year).items() if row not in off}
    if missing:
        yield RuleBroken(
            word("放假的日子里少了法定节假日：{days}。"),
            days=tuple(
                Said(word("{day} {names}"), {"day": row, "names": Label(name)})
                for row, name in sorted(missing.items())
            ),
            field="off", article=statutory,
        )  # fmt: skip
    weekdays = sorted(row for row in work if row.weekday() < SATURDAY)
    if weekdays:
        yield RuleBroken(
            word("调休上班的日子应是周六或者周日，{days} 不是。"), days=tuple(weekdays), field="work", article=rest
        )
    both = sorted(off & work)
    if both:
        yield RuleBroken(
            word("{days} 既是放假又是上班，只能是一样。"), days=tuple(both), field="work", article=rest
        )  # fmt: skip


def _changes(terms: NoticeTerms, calendar: WorkCalendar) -> bool:
    """Whether any day of the year becomes another one."""
    corrected = with_year(calendar, terms.as_entered(terms.issued_on))
    return any(
        (calendar.is_workday(day), calendar.name_of(day)) != (corrected.is_workday(day), corrected.name_of(day))
        for day in calendar.year(terms.year)
    )


def named(year: int, off: Sequence[tuple[date, str]]) -> tuple[tuple[date, str], ...]:
    """The days off, each with a name: the one it was written under, else those of the statutory days it hangs together with."""
    statutory, found = statutory_days(year), []
    for run in _runs(off):
        names = [name for day, _said in run for name in statutory.get(day, "").split("、") if name]
        # The eve belongs to the Spring Festival, as the notices say it.
        joined = "、".join(name for name in dict.fromkeys(names) if name != "农历除夕") or "、".join(names)
        found += [(day, said or joined) for day, said in run]
    return tuple(found)


def named_after(
    work: Sequence[tuple[date, str]], off: Sequence[tuple[date, str]]
) -> tuple[tuple[date, str], ...]:  # fmt: skip
    """The days worked, each with the holiday it makes up for: the one it was written under, else the nearest one."""
    return tuple(
        (day, said or min(((abs((day - rest).days), name) for rest, name in off), default=(0, ""))[1])
        for day, said in work
    )


def _runs(off: Sequence[tuple[date, str]]) -> list[list[tuple[date, str]]]:
    runs: list[list[tuple[date, str]]] = []
    for day, said in off:
        if runs and day - runs[-1][-1][0] == timedelta(days=1):
            runs[-1].append((day, said))
        else:
            runs.append([(day, said)])
    return runs
