"""Who evaluates, by which frame, and when a case may be closed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from procurement.foundation.clock import local_day
from procurement.foundation.errors import Conflict, DomainError, Refusals, RuleBroken
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed
from procurement.registers.indicators import IndicatorSet
from procurement.registers.people import User
from procurement.registers.standards.models import Standard, StandardStatus
from procurement.registers.standards.rules import fault_of_reference
from procurement.statute import limits
from procurement.steps.supervision.models import SupervisionDesk, desks
from procurement.transfers.line import Happening, Outstanding, Room, Running, Step
from procurement.transfers.models import Transfer


@dataclass(frozen=True, slots=True)
class Mark:
    """What one indicator was given: points to two places, and why."""

    score: Decimal
    remark: str = ""


def ensure_inspection(transfer: Transfer, inspected_on: date, findings: str, day: date) -> None:
    """Refuse an inspection of the future, or without findings."""
    if inspected_on > day:
        raise RuleBroken(
            word("检查日期 {inspected} 晚于今天 {today}。"), inspected=inspected_on, today=day, field="inspected_on"
        )
    if not findings.strip():
        raise RuleBroken(
            word("请写明检查了什么、情况怎样。"),
            field="findings",
            article=limits.SUPERVISION.of(transfer).on(day).article,
        )


def ensure_checkable(reference: str, rows: Sequence[Standard], followed: Sequence[Standard]) -> None:
    """Refuse to check against what is no standard of the register, or one repealed that the plan does not follow."""
    if not reference:
        return
    fault = fault_of_reference(reference, rows, "standard")
    if fault is not None:
        raise fault
    if rows[0].status is StandardStatus.REPEALED and rows[0] not in followed:
        message = word("“{title}”{status}，方案也不按它作业，不能用来检查。")
        raise RuleBroken(message, title=rows[0].title, status=rows[0].status, field="standard")


def belongs_to_a_party(transfer: Transfer, person: User) -> bool:
    """Whether a person is of the purchaser or of the provider."""
    if person.department_id == transfer.department_id:
        return True
    return person.organisation_id is not None and person.organisation_id == transfer.provider_id


def evaluated_ex_ante(transfer: Transfer, person: User) -> bool:
    """Whether a person evaluated the plan of a transfer before it began."""
    return any(evaluation.evaluated_by_id == person.id for evaluation in transfer.plan.evaluations)


def ensure_independent(transfer: Transfer, actor: User, declared: bool, day: date) -> None:
    """Refuse an evaluator of purchaser or provider, or who evaluated the plan ex ante, or who does not declare it (domain 6.3)."""
    article = limits.INDEPENDENT_EVALUATOR.on(day).article
    if belongs_to_a_party(transfer, actor):
        raise RuleBroken(
            word("{evaluator} 属于转出部门或承接方，不能评价“{title}”。"),
            evaluator=actor.called,
            title=transfer.called,
            article=article,
        )
    if evaluated_ex_ante(transfer, actor):
        raise RuleBroken(
            word("“{title}”的事前绩效评估由您作出，支出绩效评价要由另一人作出。"),
            title=transfer.called,
            article=article,
        )
    if not declared:
        raise RuleBroken(word("请声明与转出部门、承接方没有利害关系。"), field="independence", article=article)


def ensure_marks(marks: Mapping[str, Mark], frame: IndicatorSet, day: date) -> None:
    """Refuse a score left out or outside 0 to its indicator's points; every fault at once, each at its field."""
    article = limits.EVALUATION_FRAME.on(day).article
    faults: list[DomainError] = []
    for indicator in frame.indicators:
        mark = marks.get(indicator.key)
        field = f"score-{indicator.key}"
        if mark is None:
            faults.append(RuleBroken(word("“{name}”还没有打分。"), name=indicator.level3, field=field, article=article))
        elif not 0 <= mark.score <= indicator.points:
            faults.append(
                RuleBroken(
                    word("“{name}”打了 {score} 分，应在 0 到 {most} 之间。"),
                    name=indicator.level3,
                    score=mark.score,
                    most=indicator.points,
                    field=field,
                    article=article,
                )
            )
    if faults:
        raise Refusals(faults)


def digest_of(transfer: Transfer, desk: SupervisionDesk) -> str:
    """SHA-256 of what a report rests on: agreement, deliveries, payments, inspections."""
    rests_on = {
        "title": transfer.title,
        "agreement": desk.agreement.number if desk.agreement else "",
        "deliveries": sorted(
            [row.milestone.name, row.status.value, row.milestone.amount.fen] for row in desk.deliveries
        ),
        "inspections": [
            [row.inspected_on.isoformat(), row.place, row.result.value, row.findings] for row in desk.inspections
        ],
    }
    return hashlib.sha256(json.dumps(rests_on, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def ensure_same_facts(transfer: Transfer, desk: SupervisionDesk, seen: str) -> None:
    """Refuse a report that was printed from other facts than there are now."""
    if digest_of(transfer, desk) != seen:
        raise Conflict(word("检查或付款记录在您打开之后又有变化，请重新看过再形成报告。"))


def outstanding(transfer: Transfer, desk: SupervisionDesk, now: datetime, _calendar: WorkCalendar) -> list[Outstanding]:
    """What ends step 6: an inspection on record, the expenditure evaluation, and the closing itself."""
    lacking = before_closing(transfer, desk, local_day(now))
    if lacking:
        return lacking
    article = limits.KEEP_RECORDS.of(transfer).on(local_day(now)).article
    return [Outstanding(word("评价已形成，还没有办结归档"), Deed.TRANSFER_CLOSE, article)]


def before_closing(transfer: Transfer, desk: SupervisionDesk, day: date) -> list[Outstanding]:
    """What must be there before a case is closed."""
    lacking = []
    if not desk.inspections:
        article = limits.SUPERVISION.of(transfer).on(day).article
        lacking.append(Outstanding(word("还没有检查记录"), Deed.INSPECTION_RECORD, article))
    if desk.evaluation is None:
        lacking.append(
            Outstanding(
                word("支出绩效评价还没有形成"), Deed.EVALUATION_CONCLUDE, limits.EVALUATION_FRAME.on(day).article
            )
        )
    return lacking


def clocks(_transfer: Transfer, _desk: SupervisionDesk, _now: datetime, _calendar: WorkCalendar) -> list[Running]:
    """No statutory clock runs in this step."""
    return []


def happenings(_transfer: Transfer, _desk: SupervisionDesk, _now: datetime, _calendar: WorkCalendar) -> list[Happening]:
    """This step waits for people, not for a day."""
    return []


ROOM = Room(Step.SUPERVISION, desks, outstanding, clocks, happenings)
