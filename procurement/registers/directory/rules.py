"""What a listing asks for: an application that is whole, conditions judged and in date, a clean record, a notice in full.

The grade, tax qualifications and earlier evaluations give points (OD-7). No rule here asks for them: a preset grade or
record of service as a bar would exclude suppliers (GP-8, 条例20).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError, OutOfTime, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import Said, word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import NegativeListEntry
from procurement.registers.catalogue.rules import article_of, barring_row
from procurement.registers.credit.models import CreditRecord, Grade
from procurement.registers.credit.rules import blots
from procurement.registers.directory.models import (
    Condition,
    ConditionKind,
    Listing,
    ListingService,
    ListingStatus,
    Verdict,
)
from procurement.statute import limits
from procurement.statute.clauses import Clause, Named

CLAUSES: Mapping[ConditionKind, Named] = {
    ConditionKind.REGISTERED: limits.OD_REGISTERED,
    ConditionKind.GOVERNANCE: limits.OD_GOVERNANCE,
    ConditionKind.FINANCE: limits.OD_FINANCE,
    ConditionKind.STAFF: limits.OD_STAFF,
    ConditionKind.RECORD: limits.OD_CLEAN_RECORD,
    ConditionKind.FACILITIES: limits.OD_FACILITIES,
}


@dataclass(frozen=True, slots=True)
class ListingTerms:
    """An application: what the organisation says of itself, what it offers, what it claims of each condition."""

    kind: str
    codes: tuple[str, ...]
    claims: Mapping[ConditionKind, str]
    staff: int
    is_trade_association: bool = False
    deducts_donations: bool = False
    is_tax_exempt: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """OD-7, a point for each: every A from the preferred grade on, each tax qualification, each good evaluation."""

    grade: int
    donations: int
    exemption: int
    evaluations: int

    @property
    def total(self) -> int:
        """Their sum."""
        return self.grade + self.donations + self.exemption + self.evaluations


def points_of(listing: Listing, grade: Grade | None, good_evaluations: int, day: date) -> Points:
    """The points of a listing; preference only, never a bar (OD-7)."""
    preferred = limits.OD_PREFERRED_GRADE.on(day).amount
    above = max(grade.level.number - preferred + 1, 0) if grade is not None else 0
    return Points(above, int(listing.deducts_donations), int(listing.is_tax_exempt), good_evaluations)


def staff_needed(is_trade_association: bool, day: date) -> Clause:
    """How many full-time staff the directory asks for (OD-4)."""
    named = limits.OD_STAFF_OF_TRADE_ASSOCIATION if is_trade_association else limits.OD_STAFF
    return named.on(day)


def ensure_application(terms: ListingTerms, unknown: Sequence[str], day: date) -> None:
    """Refuse an application that lacks something, with all of it; `unknown` are codes that are no item of the catalogue.

    Raises:
        Refusals: everything wrong with it, each at its field.
    """
    faults: list[DomainError] = []
    if not terms.kind.strip():
        faults.append(RuleBroken(word("写明申请承接哪一类职能或者服务。"), field="kind"))
    if not terms.codes:
        faults.append(RuleBroken(word("至少填写一个购买服务目录的三级代码。"), field="codes"))
    if unknown:
        faults.append(
            RuleBroken(
                word("目录里没有这些三级代码：{codes}。请对照购买服务目录核对。"), codes=tuple(unknown), field="codes"
            )
        )
    for kind in ConditionKind:
        if not terms.claims.get(kind, "").strip():
            faults.append(RuleBroken(word("“{kind}”要写明情况。"), kind=kind, field=f"claim_{kind.value}"))
    needed = staff_needed(terms.is_trade_association, day)
    if terms.staff < needed.amount:
        faults.append(
            RuleBroken(
                word("专职人员 {count} 人，少于要求的 {least} 人。"),
                count=terms.staff, least=needed.amount, field="staff", article=needed.article,
            )
        )  # fmt: skip
    if faults:
        raise Refusals(faults)


def ensure_stands(listing: Listing, where: Collection[ListingStatus], deed: Deed) -> None:
    """Refuse a deed that moves nothing where the listing does not stand in one of these states."""
    if listing.status not in where:
        raise WrongState(word("现在的状态是“{status}”，不能{deed}。"), status=listing.status, deed=deed)


def ensure_expiry(expires_on: date | None, day: date) -> None:
    """Refuse evidence that has expired already."""
    if expires_on is not None and expires_on < day:
        raise RuleBroken(word("这份证明 {day} 已经到期，请提交有效的。"), day=expires_on, field="expires_on")


def faults_at_acceptance(listing: Listing, day: date, services: Collection[DomainError]) -> list[DomainError]:
    """One refusal for each condition that has no evidence (OD-1 to OD-6), and what is wrong with the services."""
    faults: list[DomainError] = [
        RuleBroken(
            word("“{kind}”还没有证明。请退回，或者等它提交。"), kind=row.kind, article=CLAUSES[row.kind].on(day).article
        )
        for row in listing.conditions
        if row.file_id is None
    ]
    return [*faults, *services]


def ensure_verdict(condition: Condition, verdict: Verdict, remark: str, day: date) -> None:
    """Refuse a verdict without evidence or reason, and a finding of enough staff where the number says otherwise (OD-4)."""
    if condition.file_id is None:
        raise RuleBroken(word("这一项还没有证明，不能认定。"), field="verdict")
    if verdict is Verdict.NOT_MET and not remark.strip():
        raise RuleBroken(word("认定不符合要写明理由，对方会看到。"), field="remark")
    if verdict is Verdict.MET and condition.expires_on is not None and condition.expires_on < day:
        raise RuleBroken(word("证明 {day} 已经到期，不能认定符合。"), day=condition.expires_on, field="verdict")
    needed = staff_needed(condition.listing.is_trade_association, day)
    if verdict is Verdict.MET and condition.number is not None and condition.number < needed.amount:
        raise RuleBroken(
            word("专职人员 {count} 人，少于要求的 {least} 人。"),
            count=condition.number, least=needed.amount, field="verdict", article=needed.article,
        )  # fmt: skip


def holds(condition: Condition, day: date) -> bool:
    """Whether a condition is found met on evidence that is still in date."""
    in_date = condition.expires_on is None or day <= condition.expires_on
    return condition.verdict is Verdict.MET and in_date


def ensure_gate_open(
    listing: Listing, records: Sequence[CreditRecord], day: date, services: Collection[DomainError] = ()
) -> None:
    """Refuse while a condition is not met, not judged or out of date, or while the record is not clean (OD-1 to OD-6).

    `services` is what is wrong with the services, where the deed asks for them.

    Raises:
        Refusals: everything that stands in the way.
    """
    faults = [*faults_at_gate(listing, records, day), *services]
    if faults:
        raise Refusals(faults)


def faults_of_services(
    services: Iterable[ListingService],
    present: Mapping[str, str],
    negative_list: Sequence[NegativeListEntry],
    day: date,
) -> dict[str, DomainError]:
    """What is wrong with a service that left the catalogue since the application, or that the negative list bars; by code.

    `present` says which code each one that is still in the catalogue has today: an entry may have been moved.
    Source: 《政府购买服务管理办法》第十条 (NEG-1 to NEG-6), and the lists in force on the day.
    """
    faults: dict[str, DomainError] = {}
    for service in services:
        bar = barring_row(present.get(service.code, service.code), negative_list)
        if bar is not None:
            faults[service.code] = RuleBroken(
                word("服务 {entry} {name} 属于现行负面清单 {code}“{title}”，不能列入承接目录。请退回申请，由组织改正后重新申请。"),
                entry=service.code, name=service.called, code=bar.code, title=bar.called,
                article=article_of(bar.basis, bar.basis_status.standing),
            )  # fmt: skip
        elif service.code not in present:
            faults[service.code] = RuleBroken(
                word("服务 {entry} {name} 已不在 {day} 的购买服务目录里，不能列入承接目录。请退回申请，由组织改正后重新申请。"),
                entry=service.code, name=service.called, day=day, field="codes",
            )  # fmt: skip
    return faults


def faults_at_gate(listing: Listing, records: Sequence[CreditRecord], day: date) -> list[DomainError]:
    """One refusal for each condition that does not hold, and for each credit record in the way (OD-1 to OD-6)."""
    faults: list[DomainError] = [
        RuleBroken(
            word("条件“{kind}”没有认定符合，或者证明已经到期。"),
            kind=row.kind,
            article=CLAUSES[row.kind].on(day).article,
        )
        for row in listing.conditions
        if not holds(row, day)
    ]
    return faults + faults_of_record(records, day)


def hindrance_of(
    listing: Listing, records: Sequence[CreditRecord], day: date, services: Collection[DomainError]
) -> Refusals | None:
    """What keeps the joint conference from adopting a listing: each fault at its gate, with whose it is."""
    faults: list[DomainError] = [
        RuleBroken(
            word("“{name}”：{fault}"),
            name=listing.organisation.called,
            fault=Said(fault.message, fault.values),
            article=fault.article,
        )
        for fault in [*faults_at_gate(listing, records, day), *services]
    ]
    return Refusals(faults) if faults else None


def ensure_awaits_conference(listing: Listing) -> None:
    """Refuse to table an application that has no opinion yet, or lies before a conference already."""
    if listing.status is not ListingStatus.OPINED:
        raise WrongState(
            word("“{name}”列入目录的申请现在是“{status}”，不能列入议程。"),
            name=listing.organisation.called,
            status=listing.status,
        )


def ensure_not_tabled(listing: Listing) -> None:
    """Refuse an officer's return of what lies before the joint conference: the members decide on it now."""
    if listing.status is ListingStatus.TABLED:
        raise WrongState(
            word("“{name}”列入目录的申请已列入联席会议议程，由会议通过或者退回，经办人不能退回。"),
            name=listing.organisation.called,
        )


def faults_of_record(records: Sequence[CreditRecord], day: date) -> list[DomainError]:
    """One refusal for each credit record that keeps an organisation off the directory (OD-5, CR-5)."""
    clean, dishonesty = limits.OD_CLEAN_RECORD.on(day), limits.DISHONESTY.on(day)
    return [
        RuleBroken(
            word("信用记录：{kind}，自 {day} 起（{document}）。生效期间，以及严重违法失信或者禁止参加政府采购结束后 {years} 年内，不能列入目录。"),
            kind=row.kind, day=row.from_day, document=row.document, years=clean.amount,
            article=dishonesty.article if row.in_force_on(day) else clean.article,
        )
        for row in blots(records, day)
    ]  # fmt: skip


def ensure_clean_record(records: Sequence[CreditRecord], day: date) -> None:
    """Refuse an application while a credit record stands in the way.

    Raises:
        Refusals: each such record.
    """
    faults = faults_of_record(records, day)
    if faults:
        raise Refusals(faults)


def first_day_after_notice(listing: Listing, calendar: WorkCalendar) -> date:
    """The first day on which a listing may be published: after the last day of its notice (OD-9)."""
    assert listing.noticed_at is not None
    start = local_day(listing.noticed_at)
    return limits.OD_NOTICE.on(start).first_day_after(start, calendar)


def ensure_notice_over(listing: Listing, now: datetime, calendar: WorkCalendar) -> None:
    """Refuse publishing before the notice is over, or against an objection that was upheld (OD-9)."""
    first, clause = first_day_after_notice(listing, calendar), limits.OD_NOTICE.on(local_day(now))
    if local_day(now) < first:
        raise OutOfTime(
            word("公示期 {days} 个工作日还没有满，最早 {day} 可以公布。"),
            days=clause.amount, day=first, article=clause.article,
        )  # fmt: skip
    if any(row.is_upheld for row in listing.objections):
        raise RuleBroken(word("有异议成立，不能列入。请退回申请，写明理由。"), article=clause.article)
