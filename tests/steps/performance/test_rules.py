"""Who reports, accepts, requests and pays, and by when."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from procurement.foundation.clock import at_local
from procurement.foundation.errors import RuleBroken
from procurement.foundation.money import Money
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import TransferMode
from procurement.registers.people import User
from procurement.statute.calendar import working_calendar
from procurement.steps.agreement.models import Agreement, Milestone
from procurement.steps.performance import rules
from procurement.steps.performance.models import Delivery, DeliveryStatus, PerformanceDesk
from procurement.transfers.models import Transfer

CALENDAR = working_calendar()
DAY = date(2026, 4, 16)
NOW = datetime(2026, 4, 16, 1, tzinfo=UTC)


def milestone(number: int = 1) -> Milestone:
    transfer = Transfer(mode=TransferMode.PURCHASED, title="城市管家服务", officer_id=10)
    agreement = Agreement(starts_on=date(2025, 10, 17), transfer=transfer)
    return Milestone(
        id=number, name=f"第{number}期", amount=Money.yuan("550000"), due_on=date(2026, 4, 16), agreement=agreement
    )


def delivery(status: DeliveryStatus = DeliveryStatus.REPORTED, number: int = 1, **more: object) -> Delivery:
    return Delivery(milestone=milestone(number), milestone_id=number, status=status, **more)


@pytest.mark.parametrize("report", ["", " ", "\n\t"])
def test_a_report_says_what_was_done(report: str) -> None:
    rules.ensure_report("完成", milestone(), DAY)
    with pytest.raises(RuleBroken, match="完成了什么") as refused:
        rules.ensure_report(report, milestone(), DAY)
    assert refused.value.field == "report"
    assert "第二十七条" in str(refused.value)


def test_nothing_is_reported_before_the_term_begins() -> None:
    soon = milestone()
    soon.due_on = date(2025, 10, 20)
    rules.ensure_report("完成", soon, date(2025, 10, 17))
    with pytest.raises(RuleBroken, match="2025-10-17 才开始"):
        rules.ensure_report("完成", soon, date(2025, 10, 16))


def test_nothing_is_reported_long_before_it_is_due() -> None:
    rules.ensure_report("完成", milestone(), date(2026, 4, 1))
    with pytest.raises(RuleBroken, match="2026-04-01 起") as refused:
        rules.ensure_report("完成", milestone(), date(2026, 3, 31))
    assert "最多提前 15 日" in str(refused.value)
    assert refused.value.article is not None


def test_an_acceptance_is_by_another_with_findings_and_the_word_of_those_served() -> None:
    rules.ensure_accepts(delivery(), "合格", "满意", User(id=11), DAY)
    with pytest.raises(RuleBroken, match="由您经办"):
        rules.ensure_accepts(delivery(), "合格", "满意", User(id=10), DAY)
    for findings, opinion, field in ((" ", "满意", "findings"), ("合格", "", "users_opinion")):
        with pytest.raises(RuleBroken) as refused:
            rules.ensure_accepts(delivery(), findings, opinion, User(id=11), DAY)
        assert refused.value.field == field
        assert "第四十五条" in str(refused.value)


def test_who_accepted_does_not_request() -> None:
    accepted = delivery(DeliveryStatus.ACCEPTED, accepted_by_id=11)
    rules.ensure_requests(accepted, User(id=10), DAY)
    with pytest.raises(RuleBroken, match="由您验收"):
        rules.ensure_requests(accepted, User(id=11), DAY)


@pytest.mark.parametrize(
    ("payer", "amount", "voucher", "says"),
    [
        (11, "550000", "1", "由您申请或验收"),
        (10, "550000", "1", "由您申请或验收"),
        (12, "550000.01", "1", "550,000.01 元"),
        (12, "0", "1", "0.00 元"),
        (12, "550000", " ", "付款凭证号"),
    ],
)
def test_a_payment_is_by_a_third_person_of_the_agreed_amount_with_a_voucher(
    payer: int, amount: str, voucher: str, says: str
) -> None:
    requested = delivery(DeliveryStatus.REQUESTED, accepted_by_id=11, requested_by_id=10)
    rules.ensure_pays(requested, Money.yuan("550000"), "1", User(id=12), DAY)
    with pytest.raises(RuleBroken, match=says):
        rules.ensure_pays(requested, Money.yuan(amount), voucher, User(id=payer), DAY)


@pytest.mark.parametrize(
    ("accepted", "last"),
    [
        (date(2026, 4, 16), date(2026, 5, 18)),  # the 30th day, 16 May, is a Saturday
        (date(2026, 1, 20), date(2026, 2, 24)),  # the 30th day lies in the Spring Festival
        (date(2025, 11, 3), date(2025, 12, 3)),
    ],
)
def test_thirty_days_to_pay_roll_over_a_rest_day(accepted: date, last: date) -> None:
    assert rules.pay_by(delivery(accepted_at=at_local(accepted, 15)), CALENDAR) == last
    assert rules.pay_by(delivery(), CALENDAR) is None


def test_each_milestone_is_outstanding_with_its_next_deed() -> None:
    agreement = milestone().agreement
    rows = [milestone(number) for number in range(1, 7)]
    agreement.milestones = rows
    statuses = [None, *DeliveryStatus]
    deliveries = {
        row.id: Delivery(milestone=row, milestone_id=row.id, status=status, accepted_at=NOW)
        for row, status in zip(rows, statuses, strict=True)
        if status is not None
    }
    found = rules.outstanding(agreement.transfer, PerformanceDesk(agreement, deliveries), NOW, CALENDAR)
    assert [(item.deed, item.target) for item in found] == [
        (Deed.MILESTONE_REPORT, 1), (Deed.MILESTONE_ACCEPT, 2), (Deed.MILESTONE_REPORT, 3), (Deed.PAYMENT_REQUEST, 4),
        (Deed.PAYMENT_MAKE, 5),
    ]  # fmt: skip
    assert str(found[0]) == "“第1期”还没有报告完成"
    assert all(item.article is not None for item in found)


def test_clocks_run_for_what_is_accepted_and_not_paid() -> None:
    accepted = delivery(DeliveryStatus.ACCEPTED, 1, accepted_at=NOW)
    paid = delivery(DeliveryStatus.PAID, 2, accepted_at=NOW, paid_at=NOW)
    desk = PerformanceDesk(accepted.milestone.agreement, {1: accepted, 2: paid, 3: delivery(number=3)})
    assert [clock.values["name"] for clock in rules.clocks(accepted.transfer, desk, NOW, CALENDAR)] == ["第1期"]
