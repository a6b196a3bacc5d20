"""Who reports, accepts, requests and pays, and by when."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from procurement.foundation.clock import at_local, local_day
from procurement.foundation.errors import RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed, doer_among
from procurement.registers.people import User
from procurement.statute import limits
from procurement.steps.agreement import rules as agreement_rules
from procurement.steps.agreement.models import Milestone
from procurement.steps.performance.models import Delivery, DeliveryStatus, PerformanceDesk, desks
from procurement.transfers.line import Happening, Outstanding, Room, Running, Step
from procurement.transfers.models import Transfer
from procurement.transfers.rules import ScreenedText


def report_from(milestone: Milestone, day: date) -> date:
    """The first day on which a milestone may be reported: the work of a term is not done, nor paid for, long before its end."""
    early = milestone.due_on - timedelta(days=limits.REPORT_MARGIN.on(day).amount)
    return max(early, milestone.agreement.starts_on)


def ensure_report(report: str, milestone: Milestone, day: date) -> None:
    """Refuse an empty report, or one on a milestone whose work cannot have begun, or cannot have come near its end."""
    if not report.strip():
        raise RuleBroken(
            word("请写明完成了什么、数量和质量如何。"),
            field="report",
            article=limits.KEEP_LEDGER.of(milestone.agreement.transfer).on(day).article,
        )
    if day < milestone.agreement.starts_on:
        raise RuleBroken(
            word("服务期 {starts} 才开始，现在不能报告“{name}”完成。"),
            starts=milestone.agreement.starts_on,
            name=milestone.name,
            article=limits.PAY_AS_AGREED.of(milestone.agreement.transfer).on(day).article,
        )
    first = report_from(milestone, day)
    if day < first:
        raise RuleBroken(
            word(
                "“{name}”{due} 到期，最多提前 {period} 报告完成，也就是 {first} 起；没有做完的服务不能先验收、先付款。"
            ),
            name=milestone.name,
            due=milestone.due_on,
            period=limits.REPORT_MARGIN.on(day),
            first=first,
            article=limits.REPORT_MARGIN.on(day).article,
        )


def ensure_accepts(delivery: Delivery, findings: str, users_opinion: str, actor: User, day: date) -> None:
    """Refuse an acceptance by the officer in charge, or without findings and the opinion of those served (RC-2, RC-4)."""
    who = doer_among(actor, delivery.transfer.officer_id)
    if who is not None:
        raise RuleBroken(
            word("“{title}”由{who}经办，验收要由另一人办理。"),
            who=who,
            title=delivery.transfer.called,
            article=limits.INCOMPATIBLE_POSTS.of(delivery.transfer).on(day).article,
        )
    if not findings.strip():
        raise RuleBroken(
            word("请逐项写明约定的标准和实际情况。"),
            field="findings",
            article=limits.ACCEPTANCE_LISTS.of(delivery.transfer).on(day).article,
        )
    if not users_opinion.strip():
        raise RuleBroken(
            word("公共服务的验收要请服务对象参加，请写明他们的意见。"),
            field="users_opinion",
            article=limits.ACCEPTANCE_WITH_USERS.of(delivery.transfer).on(day).article,
        )


def is_last_acceptance(delivery: Delivery, desk: PerformanceDesk) -> bool:
    """Whether every other milestone of the agreement is accepted."""
    milestones = delivery.milestone.agreement.milestones
    others = [desk.delivery_of(row) for row in milestones if row.id != delivery.milestone_id]
    return all(other is not None and other.accepted_at is not None for other in others)


def ensure_nothing_is_added(delivery: Delivery, day: date) -> None:
    """Refuse the last acceptance while a supplement is open: what it would add could not be accepted any more."""
    supplement = delivery.milestone.agreement.open_supplement
    if supplement is not None:
        raise WrongState(
            word("补充协议 {number} 现在是“{status}”。“{name}”是最后一个节点，请先签订或撤回补充协议，再验收。"),
            number=supplement.number,
            status=supplement.status,
            name=delivery.milestone.name,
            article=limits.SUPPLEMENTS_MOST.of(delivery.transfer).on(day).article,
        )


def ensure_requests(delivery: Delivery, actor: User, day: date) -> None:
    """Refuse a request for payment by whoever accepted (RC-2)."""
    who = doer_among(actor, delivery.accepted_by_id)
    if who is not None:
        raise RuleBroken(
            word("“{name}”由{who}验收，付款要由另一人申请。"),
            who=who,
            name=delivery.milestone.name,
            article=limits.INCOMPATIBLE_POSTS.of(delivery.transfer).on(day).article,
        )


def ensure_pays(delivery: Delivery, amount: Money, voucher: str, actor: User, day: date) -> None:
    """Refuse a payment by whoever requested or accepted it, of another amount, or without a voucher (RC-2, CT-4)."""
    article = limits.INCOMPATIBLE_POSTS.of(delivery.transfer).on(day).article
    who = doer_among(actor, delivery.requested_by_id, delivery.accepted_by_id)
    if who is not None:
        raise RuleBroken(
            word("“{name}”由{who}申请或验收，付款要由另一人办理。"),
            who=who,
            name=delivery.milestone.name,
            article=article,
        )
    if amount != delivery.milestone.amount:
        raise RuleBroken(
            word("付款金额 {amount} 与协议约定的 {agreed} 不同。"),
            amount=amount,
            agreed=delivery.milestone.amount,
            field="amount",
            article=limits.PAY_AS_AGREED.of(delivery.transfer).on(day).article,
        )
    if not voucher.strip():
        raise RuleBroken(word("请填写付款凭证号。"), field="voucher")


def pay_by(delivery: Delivery, calendar: WorkCalendar) -> date | None:
    """The last day to pay, from the acceptance: thirty days (国务院令802号; LG-PAY where nothing is bought)."""
    if delivery.accepted_at is None:
        return None
    accepted = local_day(delivery.accepted_at)
    return limits.PAY_WITHIN.of(delivery.transfer).on(accepted).last_day(accepted, calendar)


_NEXT = {
    DeliveryStatus.REPORTED: (Deed.MILESTONE_ACCEPT, word("“{name}”还没有验收")),
    DeliveryStatus.RETURNED: (Deed.MILESTONE_REPORT, word("“{name}”退回整改，还没有重新报告")),
    DeliveryStatus.ACCEPTED: (Deed.PAYMENT_REQUEST, word("“{name}”已验收，还没有申请付款")),
    DeliveryStatus.REQUESTED: (Deed.PAYMENT_MAKE, word("“{name}”还没有付款")),
}


def outstanding(transfer: Transfer, desk: PerformanceDesk, now: datetime, calendar: WorkCalendar) -> list[Outstanding]:
    """What ends step 5: no supplement left open; every milestone reported, accepted and paid."""
    if desk.agreement is None:
        return []
    day = local_day(now)
    lacking = agreement_rules.outstanding_of_supplement(desk.agreement, day)
    for milestone in desk.agreement.milestones:
        delivery = desk.delivery_of(milestone)
        values = {"name": milestone.name}
        if delivery is None:
            article = limits.KEEP_LEDGER.of(transfer).on(day).article
            lacking.append(
                Outstanding(
                    word("“{name}”还没有报告完成"),
                    Deed.MILESTONE_REPORT,
                    article,
                    milestone.due_on,
                    values=values,
                    target=milestone.id,
                    since=report_from(milestone, day),
                )
            )
        elif delivery.status is not DeliveryStatus.PAID:
            deed, lack = _NEXT[delivery.status]
            by = pay_by(delivery, calendar)
            article = (limits.PAY_WITHIN if by else limits.ACCEPTANCE_LISTS).of(transfer).on(day).article
            lacking.append(Outstanding(lack, deed, article, by, values=values, target=milestone.id))
    return lacking


def clocks(transfer: Transfer, desk: PerformanceDesk, _now: datetime, _calendar: WorkCalendar) -> list[Running]:
    """The time to pay each accepted milestone."""
    return [
        Running(
            word("支付“{name}”"),
            limits.PAY_WITHIN.of(transfer).on(local_day(row.accepted_at)),
            local_day(row.accepted_at),
            {"name": row.milestone.name},
        )
        for row in desk.deliveries.values()
        if row.accepted_at is not None and row.paid_at is None
    ]


def happenings(_transfer: Transfer, desk: PerformanceDesk, _now: datetime, _calendar: WorkCalendar) -> list[Happening]:
    """The days on which the milestones are due."""
    if desk.agreement is None:
        return []
    return [
        Happening(at_local(milestone.due_on, *MORNING), word("“{name}”到期"), {"name": milestone.name})
        for milestone in desk.agreement.milestones
        if desk.delivery_of(milestone) is None
    ]


# The hour at which a due day is looked at: a proposal of the demonstration's clock, no number of the law.
MORNING = (9, 0)


def texts(desk: PerformanceDesk) -> list[ScreenedText]:
    """What may still be changed here: the agreement is signed, a supplement to it perhaps not."""
    return agreement_rules.texts_of_supplement(desk.agreement.open_supplement if desk.agreement else None)


ROOM = Room(Step.PERFORMANCE, desks, outstanding, clocks, happenings, texts)
