"""When a purchase must have been made known beforehand, and how long a notice of a single source stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from procurement.foundation.clock import at_local, local_day
from procurement.foundation.errors import DomainError, OutOfTime, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.statute import limits
from procurement.steps.preliminaries.models import Intention, Opinion, Preliminaries, SourceNotice, SourceObjection
from procurement.transfers.line import Happening, Outstanding, Running, Step
from procurement.transfers.models import Method, PlanStatus, SourceGround, Transfer
from procurement.transfers.rules import ScreenedText

_NOT_HANDED_IN = (PlanStatus.DRAFT, PlanStatus.ABANDONED)


def needs_intention(transfer: Transfer) -> bool:
    """Whether the intention must be public beforehand: of every purchase that procurement law governs (MT-3)."""
    return limits.INTENTION.of(transfer) is not None and transfer.plan.method is not Method.SELECTION


def needs_source_notice(transfer: Transfer) -> bool:
    """Whether a single source must be made public first: where there is only one (条例38, FL-5)."""
    return transfer.plan.method is Method.SINGLE_SOURCE and transfer.plan.source_ground is SourceGround.ONLY_ONE


# What a notice tells of its plan, and what that is called where the plan says otherwise since.
_TOLD: Mapping[str, str] = {
    "source": word("拟采购的供应商"),
    "ground": word("单一来源的情形"),
    "title": word("项目名称"),
    "content": word("服务内容"),
    "budget": word("预算"),
}


def told_by_intention(transfer: Transfer) -> dict[str, Any]:
    """What an intention tells of the plan (MT-3): name, need and budget. The planned month is a forecast, which no plan has."""
    plan = transfer.plan
    return {"title": transfer.title, "content": plan.content, "budget": plan.budget.fen}


def told_by_source_notice(transfer: Transfer) -> dict[str, Any]:
    """What a notice of a single source tells of the plan (domain 4.5): the same, and who is called by which ground."""
    plan = transfer.plan
    ground = plan.source_ground.value if plan.source_ground is not None else ""
    return {**told_by_intention(transfer), "source": plan.source_code, "ground": ground}


def _otherwise(told: Mapping[str, Any], today: Mapping[str, Any]) -> tuple[str, ...]:
    """What the plan of today says otherwise than was told; spaces do not count, and a budget that has shrunk hides nothing."""

    def same(name: str) -> bool:
        if name == "budget":
            return bool(today[name] <= told[name])
        return "".join(str(told[name]).split()) == "".join(str(today[name]).split())

    return tuple(label for name, label in _TOLD.items() if name in told and name in today and not same(name))


def intention_differs(intention: Intention | None, transfer: Transfer) -> tuple[str, ...]:
    """In what the plan differs from the intention that was published; nothing where a reason stands in its place."""
    if intention is None or intention.published_at is None or intention.waived_at is not None:
        return ()
    return _otherwise(json.loads(intention.told_of_plan), told_by_intention(transfer))


def notice_differs(notice: SourceNotice | None, transfer: Transfer) -> tuple[str, ...]:
    """In what the plan differs from the notice of a single source that was published."""
    if notice is None:
        return ()
    return _otherwise(json.loads(notice.told_of_plan), told_by_source_notice(transfer))


def may_be_told(transfer: Transfer) -> bool:
    """Whether its plan is handed in and its announcement not published yet."""
    return (
        not transfer.is_at_rest
        and transfer.plan.status not in _NOT_HANDED_IN
        and transfer.step in (None, Step.ANNOUNCEMENT)
    )


def ensure_may_be_told(transfer: Transfer) -> None:
    """Refuse a notice before the plan is submitted, and once the announcement is published.

    Raises:
        WrongState: naming where the plan stands and where the transfer does.
    """
    if not may_be_told(transfer):
        raise WrongState(
            word("“{title}”的方案是“{plan}”，事项是“{state}”：方案送交以后、公告发布以前才办这件事。"),
            title=transfer.called,
            plan=transfer.plan.status,
            state=transfer.state,
        )


def ensure_needs_intention(transfer: Transfer, day: date) -> None:
    """Refuse an intention where nothing is bought, or below the threshold of procurement law."""
    if needs_intention(transfer):
        return
    if limits.INTENTION.of(transfer) is None:
        message, article = word("{mode}不是政府采购，没有采购意向要公开。"), limits.CALLED_IN_PUBLIC.on(day).article
        raise RuleBroken(message, mode=transfer.mode, article=article)
    message, threshold = word("预算不到 {threshold}，用比选，不公开采购意向。"), limits.SELECTION_THRESHOLD.on(day)
    raise RuleBroken(message, threshold=threshold.money(), article=threshold.article)


def ensure_intention_new(intention: Intention | None, transfer: Transfer) -> None:
    """Refuse to publish an intention twice, unless the plan says otherwise since."""
    if intention is not None and intention.published_at is not None and not intention_differs(intention, transfer):
        raise WrongState(word("采购意向已经在 {at} 公开。"), at=intention.published_at)


_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def ensure_intention_said(outline: str, planned_month: str, day: date) -> None:
    """Refuse an intention without what is needed, or planned for what is no month or one that has passed."""
    faults: list[DomainError] = []
    article = limits.INTENTION.purchase.on(day).article
    if not outline.strip():
        faults.append(RuleBroken(word("请写明采购需求概况。"), field="outline", article=article))
    if planned_month and not _MONTH.fullmatch(planned_month):
        faults.append(
            RuleBroken(
                word("预计采购时间“{typed}”不是年月，应写成 {now} 这样。"),
                typed=planned_month,
                now=f"{day:%Y-%m}",
                field="planned_month",
                article=article,
            )
        )
    elif planned_month < f"{day:%Y-%m}":
        faults.append(
            RuleBroken(
                word("预计采购时间 {month} 已经过去，最早是 {now}。"),
                month=planned_month or "—",
                now=f"{day:%Y-%m}",
                field="planned_month",
                article=article,
            )
        )
    if faults:
        raise Refusals(faults)


_PLACES: Mapping[str, str] = {
    "outline": word("采购需求概况"),
    "reason": word("理由"),
    "opinions": word("专业人员的论证意见"),
}


def texts_of(writer: User, **said: str) -> list[ScreenedText]:
    """What is made public before the announcement, as it is screened: by the field of its form."""
    return [ScreenedText(name, _PLACES[name], text, frozenset({writer.id})) for name, text in said.items()]


def ensure_may_waive(intention: Intention | None, reason: str, day: date) -> None:
    """Refuse a second reason, or none: only what was unforeseeable and urgent need not be told of beforehand (MT-3)."""
    if intention is not None and intention.waived_at is not None:
        raise WrongState(word("没有提前公开意向的理由已经在 {at} 写明。"), at=intention.waived_at)
    if not reason.strip():
        raise RuleBroken(
            word("请写明为什么不可预见、为什么急需；理由随公告公开。"),
            field="reason",
            article=limits.INTENTION.purchase.on(day).article,
        )


def earliest_announcement(found: Preliminaries, transfer: Transfer, calendar: WorkCalendar) -> date | None:
    """The first day on which the announcement may be published for what was told before it; None where nothing binds."""
    days = []
    intention, notice = found.intention, found.notice
    period = limits.INTENTION.of(transfer)
    if period is not None and needs_intention(transfer) and intention is not None and intention.waived_at is None:
        assert intention.published_at is not None
        told = local_day(intention.published_at)
        days.append(period.on(told).first_day_after(told, calendar))
    if needs_source_notice(transfer) and notice is not None:
        told = local_day(notice.published_at)
        days.append(limits.SINGLE_SOURCE_NOTICE.on(told).first_day_after(told, calendar))
    return max(days, default=None)


def first_possible(found: Preliminaries, transfer: Transfer, day: date, calendar: WorkCalendar) -> date:
    """The first day on which the announcement could be published: what is not public yet is taken to be from `day` on."""
    days = [day, earliest_announcement(found, transfer, calendar) or day]
    period, intention = limits.INTENTION.of(transfer), found.intention
    if (
        period is not None
        and needs_intention(transfer)
        and (intention is None or intention_differs(intention, transfer))
    ):
        days.append(period.on(day).first_day_after(day, calendar))
    if needs_source_notice(transfer) and (found.notice is None or notice_differs(found.notice, transfer)):
        days.append(limits.SINGLE_SOURCE_NOTICE.on(day).first_day_after(day, calendar))
    return max(days)


def ensure_told_long_enough(found: Preliminaries, transfer: Transfer, day: date, calendar: WorkCalendar) -> None:
    """Refuse an announcement before the intention, or the notice of a single source, has stood its full days.

    Raises:
        OutOfTime: naming the earliest day and the article (MT-3, FL-5).
    """
    earliest = earliest_announcement(found, transfer, calendar)
    if earliest is not None and day < earliest:
        of_source = needs_source_notice(transfer)
        clause = (limits.SINGLE_SOURCE_NOTICE if of_source else limits.INTENTION.purchase).on(day)
        message = (
            word("单一来源公示和采购意向公开都要满期，{earliest} 起才能发布公告，今天是 {day}。")
            if of_source
            else word(
                "采购意向公开要满 {period}，{earliest} 起才能发布公告，今天是 {day}。不可预见、急需的，写明理由可以不等。"
            )
        )
        raise OutOfTime(message, period=clause, earliest=earliest, day=day, article=clause.article)


def ensure_needs_source_notice(transfer: Transfer, notice: SourceNotice | None, day: date) -> None:
    """Refuse a notice where there is more than one source, or a second one of what the plan still says."""
    if not needs_source_notice(transfer):
        raise RuleBroken(
            word("只有采用单一来源、情形是“{ground}”的，才要公示。"),
            ground=SourceGround.ONLY_ONE,
            article=limits.SINGLE_SOURCE_NOTICE.on(day).article,
        )
    if notice is not None and not notice_differs(notice, transfer):
        raise WrongState(word("单一来源公示已经在 {at} 发布。"), at=notice.published_at)


def ensure_notice_said(reason: str, opinions: Sequence[Opinion], day: date) -> None:
    """Refuse a notice without its reason, or without a professional's opinion that names name, unit and title."""
    article = limits.SINGLE_SOURCE_NOTICE.on(day).article
    faults: list[DomainError] = []
    if not reason.strip():
        faults.append(RuleBroken(word("请写明采用单一来源的原因。"), field="reason", article=article))
    if not opinions:
        faults.append(RuleBroken(word("至少要有一位专业人员的论证意见。"), field="opinions", article=article))
    faults += [
        RuleBroken(
            word("专业人员“{name}”的姓名、单位、职称和意见要写全。"),
            name=row.name or "—",
            field="opinions",
            article=article,
        )
        for row in opinions
        if not all(part.strip() for part in (row.name, row.unit, row.title, row.opinion))
    ]
    if faults:
        raise Refusals(faults)


def ensure_objection_said(objector: str, text: str) -> None:
    """Refuse an objection of nobody, or that says nothing."""
    if not objector.strip() or not text.strip():
        raise RuleBroken(word("请写明是谁提的异议、内容是什么。"), field="text")


def ensure_answer(objection: SourceObjection, answer: str) -> None:
    """Refuse a second answer, or an empty one."""
    if objection.answered_at is not None:
        raise WrongState(word("这条异议已经在 {at} 答复。"), at=objection.answered_at)
    if not answer.strip():
        raise RuleBroken(word("请写明怎样答复。"), field="answer")


# ── what the door plate of step 1 says of it ───────────────────────────────────────────────────────────────────────


def outstanding(transfer: Transfer, found: Preliminaries, day: date) -> list[Outstanding]:
    """What must be public before the announcement, and the objections that wait for an answer."""
    lacking: list[Outstanding] = []
    if needs_intention(transfer) and found.intention is None:
        lacking.append(
            Outstanding(
                word("采购意向还没有公开；不可预见、急需的，可以写明理由不公开"),
                Deed.INTENTION_PUBLISH,
                limits.INTENTION.purchase.on(day).article,
            )
        )
    if needs_intention(transfer) and (differs := intention_differs(found.intention, transfer)):
        lacking.append(
            Outstanding(
                word("方案与已经公开的采购意向不同（{what}），要重新公开，期限重新计算"),
                Deed.INTENTION_PUBLISH,
                limits.INTENTION.purchase.on(day).article,
                values={"what": differs},
            )
        )
    if needs_source_notice(transfer):
        article = limits.SINGLE_SOURCE_NOTICE.on(day).article
        if found.notice is None:
            lacking.append(Outstanding(word("单一来源还没有公示"), Deed.SOURCE_NOTICE_PUBLISH, article))
        else:
            if differs := notice_differs(found.notice, transfer):
                lacking.append(
                    Outstanding(
                        word("方案与已经发布的单一来源公示不同（{what}），要重新公示，期限重新计算"),
                        Deed.SOURCE_NOTICE_PUBLISH,
                        article,
                        values={"what": differs},
                    )
                )
            lacking += [
                Outstanding(
                    word("{objector}对单一来源的异议还没有答复"),
                    Deed.SOURCE_OBJECTION_ANSWER,
                    article,
                    values={"objector": row.objector},
                    target=row.id,
                )
                for row in found.notice.objections
                if row.answered_at is None
            ]
    return lacking


def clocks(transfer: Transfer, found: Preliminaries, day: date, calendar: WorkCalendar) -> list[Running]:
    """The notices that must stand before the announcement, as long as they do."""
    earliest = earliest_announcement(found, transfer, calendar)
    if earliest is None or day >= earliest:
        return []
    running = []
    intention, notice, period = found.intention, found.notice, limits.INTENTION.of(transfer)
    if period is not None and intention is not None and intention.published_at is not None and not intention.waived_at:
        told = local_day(intention.published_at)
        running.append(Running(word("采购意向公开到发布公告"), period.on(told), told))
    if needs_source_notice(transfer) and notice is not None:
        told = local_day(notice.published_at)
        running.append(Running(word("单一来源公示"), limits.SINGLE_SOURCE_NOTICE.on(told), told))
    return running


# Nine in the morning: the hour at which the demonstration's clock looks at a day, and no number of the law.
_MORNING = 9


def happenings(transfer: Transfer, found: Preliminaries, calendar: WorkCalendar) -> list[Happening]:
    """The day from which the announcement may be published, named by what stands until then."""
    earliest = earliest_announcement(found, transfer, calendar)
    if earliest is None:
        return []
    of_source = needs_source_notice(transfer) and found.notice is not None
    of_intention = found.intention is not None and found.intention.waived_at is None and needs_intention(transfer)
    title = word("公示满期，可以发布公告")
    if of_intention:
        title = (
            word("采购意向公开和单一来源公示都满期，可以发布公告")
            if of_source
            else word("采购意向公开满期，可以发布公告")
        )
    return [Happening(at_local(earliest, _MORNING), title)]
