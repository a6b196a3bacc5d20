"""What a credit record does: it bars from bids and from the directory while it holds, and no day longer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from procurement.foundation.errors import DomainError, Refusals, RuleBroken
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.credit.models import BAD, BARRING, CreditKind, CreditRecord, Grade, GradeLevel
from procurement.statute import limits
from procurement.statute.clauses import OfAMode, months_after


@dataclass(frozen=True, slots=True)
class GradeTerms:
    """A grade as it is entered; without an end it holds as long as the law lets it."""

    level: GradeLevel
    from_day: date
    until_day: date | None
    document: str


@dataclass(frozen=True, slots=True)
class RecordTerms:
    """A credit record as it is entered."""

    kind: CreditKind
    from_day: date
    until_day: date | None
    document: str
    content: str


def last_day_of_grade(from_day: date, calendar: WorkCalendar) -> date:
    """The last day a grade of this day may hold (CR-10)."""
    return limits.GRADE_VALIDITY.on(from_day).last_day(from_day, calendar)


def ensure_grade(terms: GradeTerms, day: date, calendar: WorkCalendar) -> date:
    """Refuse a grade that begins tomorrow, ends before it begins, or holds longer than five years; returns its last day.

    Source: 《社会组织评估管理办法》 (CR-10).
    """
    faults: list[DomainError] = []
    longest = last_day_of_grade(terms.from_day, calendar)
    until = terms.until_day or longest
    if terms.from_day > day:
        faults.append(RuleBroken(word("评定日期 {day} 还没有到。"), day=terms.from_day, field="from_day"))
    if until <= terms.from_day:
        faults.append(
            RuleBroken(
                word("有效期止 {until} 应晚于评定日期 {day}。"), until=until, day=terms.from_day, field="until_day"
            )
        )
    if until > longest:
        faults.append(
            RuleBroken(
                word("有效期止 {until} 太晚：评估等级自评定之日起最长有效到 {longest}。"),
                until=until, longest=longest, field="until_day", article=limits.GRADE_VALIDITY.on(terms.from_day).article,
            )
        )  # fmt: skip
    if not terms.document.strip():
        faults.append(RuleBroken(word("写明评定的文件，例如文号或者公告。"), field="document"))
    if faults:
        raise Refusals(faults)
    return until


def ensure_record(terms: RecordTerms, day: date) -> None:
    """Refuse a record without its paper, of days that cannot be, and a ban without an end.

    Raises:
        Refusals: everything wrong with it.
    """
    faults: list[DomainError] = []
    if terms.until_day is not None and terms.until_day < terms.from_day:
        faults.append(
            RuleBroken(
                word("结束日期 {until} 早于开始日期 {day}。"),
                until=terms.until_day,
                day=terms.from_day,
                field="until_day",
            )
        )
    if terms.kind is CreditKind.BANNED and terms.until_day is None:
        faults.append(
            RuleBroken(
                word("禁止参加政府采购活动的处罚有期限，请填写结束日期。"),
                field="until_day",
                article=limits.BAN_SHORTEST.on(terms.from_day).article,
            )
        )
    if not terms.document.strip():
        faults.append(RuleBroken(word("写明依据的文件，例如决定书文号。"), field="document"))
    if not terms.content.strip():
        faults.append(RuleBroken(word("写明记录的内容。"), field="content"))
    if faults:
        raise Refusals(faults)


def barring(records: Iterable[CreditRecord], day: date) -> CreditRecord | None:
    """The record that keeps an organisation from bids and off the directory on this day."""
    return next((row for row in records if row.kind in BARRING and row.in_force_on(day)), None)


def ensure_not_barred(records: Iterable[CreditRecord], matter: OfAMode, day: date) -> None:
    """Refuse whoever is banned or on the list of serious dishonesty that day; a ban that has ended bars nobody (法22)."""
    row = barring(records, day)
    if row is None:
        return
    article = limits.SUPPLIER_CONDITIONS.of(matter).on(day).article
    if row.until_day is None:
        raise RuleBroken(
            word("贵组织自 {since} 起{kind}（{document}），还没有结束，不能参加竞争。结束后可以再投标。"),
            since=row.from_day, kind=row.kind, document=row.document, article=article,
        )  # fmt: skip
    raise RuleBroken(
        word("贵组织自 {since} 至 {until} {kind}（{document}），这期间不能参加竞争。期满后可以再投标。"),
        since=row.from_day, until=row.until_day, kind=row.kind, document=row.document, article=article,
    )  # fmt: skip


def blots(records: Iterable[CreditRecord], day: date) -> list[CreditRecord]:
    """What keeps an organisation off the directory: any bad record in force, or a barring one of the last years (OD-5)."""
    since = months_after(day, -12 * limits.OD_CLEAN_RECORD.on(day).amount)
    return [
        row
        for row in records
        if row.from_day <= day
        and (
            (row.kind in BAD and row.in_force_on(day))
            or (row.kind in BARRING and row.until_day is not None and row.until_day > since)
        )
    ]


def disclosed(records: Sequence[CreditRecord], day: date) -> list[CreditRecord]:
    """What the public sees: commendations, and bad records while they hold or for five years from their day (CR-9)."""
    since = months_after(day, -12 * limits.BAD_RECORD_DISCLOSED.on(day).amount)
    return [row for row in records if row.kind not in BAD or row.in_force_on(day) or row.from_day > since]


def grade_on(grades: Iterable[Grade], day: date) -> Grade | None:
    """The grade in force on a day; the later one where two overlap."""
    return max((row for row in grades if row.in_force_on(day)), key=lambda row: (row.from_day, row.id), default=None)
