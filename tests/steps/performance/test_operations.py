"""Step 5: reported, accepted or returned, requested, paid; each success, each refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procurement.foundation.database import db
from procurement.foundation.errors import NotPermitted, WrongState
from procurement.foundation.money import Money
from procurement.registers.notices import tray
from procurement.registers.people import Role, RoleGrant
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.statute.calendar import working_calendar
from procurement.steps import rooms
from procurement.steps.agreement.operations import revise_agreement
from procurement.steps.performance.models import DeliveryStatus, delivery_of
from procurement.steps.performance.operations import delivery as operations
from procurement.steps.performance.operations import payment
from procurement.transfers.line import Step
from tests.factories import World, the_agreement

ACCEPTED = {"findings": "达到约定。", "users_opinion": "满意。"}


def test_a_milestone_is_reported_with_its_evidence(world: World) -> None:
    delivery = world.reported()
    assert delivery.status is DeliveryStatus.REPORTED
    assert (delivery.reported_by, delivery.reported_at) == (world.provider_of(delivery.transfer), world.now)
    assert delivery.evidence is not None
    assert delivery.evidence.name == "台账.pdf"
    assert "请验收" in tray(world.people.approver)[0].message


def test_a_report_needs_no_evidence_but_words(world: World) -> None:
    transfer = world.handed_over()
    milestone = the_agreement(transfer).milestones[0]
    provider = world.provider_of(transfer)
    world.refuse(
        operations.report_milestone,
        milestone,
        report=" ",
        by=provider,
        says=("完成了什么",),
        where="report",
        article="第二十七条",
    )
    world.refuse(operations.report_milestone, milestone, report="完成。", by=provider, says=("最多提前 15 日",))
    world.go_to(milestone.due_on)
    delivery = world.do(operations.report_milestone, milestone, report="完成。", by=provider)
    assert delivery.evidence is None


def test_nothing_is_reported_before_the_term_begins(world: World) -> None:
    agreement = world.agreement_drafted()
    starts = agreement.starts_on + timedelta(days=30)
    world.do(
        revise_agreement, agreement, starts_on=starts, place="建成区", data_protection="移交。", by=world.people.officer
    )
    transfer = world.handed_over(world.handover_drafted(world.agreed(agreement)))
    world.refuse(
        operations.report_milestone, the_agreement(transfer).milestones[0], report="完成。",
        by=world.provider_of(transfer), says=(f"{starts} 才开始",),
    )  # fmt: skip


def test_a_milestone_is_reported_once_until_it_is_returned(world: World) -> None:
    delivery = world.reported()
    provider = world.provider_of(delivery.transfer)
    world.refuse(
        operations.report_milestone, delivery.milestone, report="再报。", by=provider, error=WrongState,
        says=("已报告，待验收", "不能再次报告"),
    )  # fmt: skip
    world.refuse(
        operations.return_milestone,
        delivery,
        reason="",
        by=world.people.approver,
        says=("哪一条没有达到",),
        where="reason",
    )
    world.do(operations.return_milestone, delivery, reason="两条道路未达标", by=world.people.approver)
    assert (delivery.status, delivery.return_reason) == (DeliveryStatus.RETURNED, "两条道路未达标")
    assert tray(provider)[0].told["reason"] == "两条道路未达标"
    again = world.do(operations.report_milestone, delivery.milestone, report="已整改。", by=provider)
    assert again is delivery
    assert (delivery.status, delivery.report) == (DeliveryStatus.REPORTED, "已整改。")


def test_an_acceptance_is_public_and_told(world: World) -> None:
    delivery = world.accepted()
    assert (delivery.status, delivery.accepted_by) == (DeliveryStatus.ACCEPTED, world.people.approver)
    (notice,) = newest_publications(PublicationKind.ACCEPTANCE_NOTICE)
    assert notice.told["findings"] == "保洁里程 62 公里，达到约定。"
    assert notice.told["users_opinion"] == "居民代表满意。"
    assert "验收合格" in tray(delivery.reported_by)[0].message


@pytest.mark.parametrize(("field", "says"), [("findings", "逐项写明"), ("users_opinion", "服务对象")])
def test_an_acceptance_without_findings_or_users_is_refused(world: World, field: str, says: str) -> None:
    delivery = world.reported()
    world.refuse(
        operations.accept_milestone, delivery, **(ACCEPTED | {field: " "}), by=world.people.approver, says=(says,),
        where=field, article="政府采购法实施条例》第四十五条",
    )  # fmt: skip


def test_the_officer_in_charge_does_not_accept(world: World) -> None:
    delivery = world.reported()
    officer = world.people.officer
    officer.grants.append(RoleGrant(role=Role.APPROVER))
    db.session.commit()
    world.refuse(
        operations.accept_milestone, delivery, **ACCEPTED, by=officer, says=("由您经办", "另一人"), article="第六十一条"
    )


def test_what_is_accepted_is_neither_returned_nor_accepted_again(world: World) -> None:
    delivery = world.accepted()
    for operation, more in ((operations.accept_milestone, ACCEPTED), (operations.return_milestone, {"reason": "x"})):
        world.refuse(operation, delivery, **more, by=world.people.approver, error=WrongState, says=("待申请付款",))


def test_only_the_provider_reports_and_only_an_approver_accepts(world: World) -> None:
    delivery = world.reported()
    provider = world.provider_of(delivery.transfer)
    losers = [user for user in world.people.providers if user is not provider]
    for person in (*losers, world.people.officer, world.people.auditor, None):
        world.refuse(operations.report_milestone, delivery.milestone, report="x", by=person, error=NotPermitted)
    for person in (provider, world.people.officer, world.people.payer, world.people.other_approver, None):
        world.refuse(operations.accept_milestone, delivery, **ACCEPTED, by=person, error=NotPermitted)
        world.refuse(operations.return_milestone, delivery, reason="x", by=person, error=NotPermitted)


def test_a_payment_is_requested_once_for_what_is_accepted(world: World) -> None:
    delivery = world.reported()
    world.refuse(payment.request_payment, delivery, by=world.people.officer, error=WrongState, says=("待验收",))
    world.requested(delivery)
    assert (delivery.requested_by, delivery.requested_at) == (world.people.officer, world.now)
    assert tray(world.people.payer)[0].told["amount"] == Money.yuan("550000")
    world.refuse(payment.request_payment, delivery, by=world.people.officer, error=WrongState, says=("已申请付款",))
    world.refuse(payment.request_payment, delivery, by=world.people.payer, error=NotPermitted)


def test_who_accepted_does_not_request_the_payment(world: World) -> None:
    delivery = world.accepted()
    approver = world.people.approver
    approver.grants.append(RoleGrant(role=Role.OFFICER))
    db.session.commit()
    world.refuse(payment.request_payment, delivery, by=approver, says=("由您验收",), article="第六十一条")


def test_who_requested_or_accepted_does_not_pay(world: World) -> None:
    delivery = world.requested()
    for person in (world.people.officer, world.people.approver):
        person.grants.append(RoleGrant(role=Role.PAYER))
        db.session.commit()
        world.refuse(
            payment.make_payment, delivery, amount=delivery.milestone.amount, voucher="1", by=person,
            says=("由您申请或验收",), article="第六十一条",
        )  # fmt: skip


@pytest.mark.parametrize("amount", ["549999.99", "550000.01", "0", "-550000"])
def test_another_amount_than_agreed_is_not_paid(world: World, amount: str) -> None:
    delivery = world.requested()
    world.refuse(
        payment.make_payment, delivery, amount=Money.yuan(amount), voucher="1", by=world.people.payer,
        says=(str(Money.yuan(amount)), "550,000.00 元"), where="amount", article="第二十五条",
    )  # fmt: skip


def test_a_payment_has_its_voucher_and_is_made_once(world: World) -> None:
    delivery = world.requested()
    payer, amount = world.people.payer, delivery.milestone.amount
    world.refuse(
        payment.make_payment, delivery, amount=amount, voucher=" ", by=payer, says=("凭证号",), where="voucher"
    )
    world.do(payment.make_payment, delivery, amount=amount, voucher=" 2026-0001 ", by=payer)
    assert (delivery.status, delivery.voucher, delivery.paid_at) == (DeliveryStatus.PAID, "2026-0001", world.now)
    world.refuse(
        payment.make_payment, delivery, amount=amount, voucher="2", by=payer, error=WrongState, says=("已付款",)
    )
    world.refuse(
        payment.make_payment, delivery, amount=amount, voucher="2", by=world.people.officer, error=NotPermitted
    )


def test_the_last_payment_and_no_earlier_one_ends_the_step(world: World) -> None:
    transfer = world.paid().transfer
    assert transfer.step is Step.PERFORMANCE
    world.paid(world.reported(transfer, 1))
    assert transfer.step is Step.SUPERVISION
    milestone = the_agreement(transfer).milestones[1]
    world.refuse(
        operations.report_milestone, milestone, report="x", by=world.provider_of(transfer), error=WrongState,
        says=("第 6 步",),
    )  # fmt: skip


def test_milestones_may_be_finished_out_of_order(world: World) -> None:
    transfer = world.handed_over()
    second, first = (world.reported(transfer, which) for which in (1, 0))
    world.paid(second)
    assert transfer.step is Step.PERFORMANCE
    world.paid(first)
    assert transfer.step is Step.SUPERVISION


def test_each_stage_of_a_milestone_is_outstanding_in_its_turn_with_its_last_day(world: World) -> None:
    def said() -> tuple[str, str]:
        item = rooms.standing_of(transfer, world.now, working_calendar()).outstanding[0]
        assert item.article is not None
        return str(item), str(item.by)

    transfer = world.handed_over()
    milestone = the_agreement(transfer).milestones[0]
    assert said() == ("“中期”还没有报告完成", str(milestone.due_on))
    delivery = world.reported(transfer)
    assert said() == ("“中期”还没有验收", "None")
    world.accepted(delivery)
    words, by = said()
    assert words == "“中期”已验收，还没有申请付款"
    assert by > str(world.today)
    world.do(payment.request_payment, delivery, by=world.people.officer)
    assert said() == ("“中期”还没有付款", by)
    world.do(payment.make_payment, delivery, amount=milestone.amount, voucher="1", by=world.people.payer)
    assert said()[0] == "“终期”还没有报告完成"
    found = delivery_of(milestone)
    assert found is delivery
