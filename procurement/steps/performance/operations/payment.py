"""Payments: requested by the officer, made by the payer; the last one ends step 5."""

from __future__ import annotations

from datetime import datetime

from procurement.foundation.clock import local_day
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.registers import access, audit, notices
from procurement.registers.access import Deed
from procurement.registers.budgets import operations as budgets
from procurement.registers.people import Role, User, users_with_role
from procurement.steps.performance import rules
from procurement.steps.performance.models import DELIVERY_MOVES, Delivery, DeliveryStatus, desks
from procurement.transfers import line
from procurement.transfers.line import Step
from procurement.transfers.operations import address_of, complete_step


def request_payment(delivery: Delivery, *, actor: User, now: datetime) -> None:
    """Ask for the payment of an accepted milestone."""
    access.require(actor, Deed.PAYMENT_REQUEST, delivery)

    line.ensure_at(delivery.transfer, Step.PERFORMANCE)
    DELIVERY_MOVES.ensure_open(Deed.PAYMENT_REQUEST, delivery)
    rules.ensure_requests(delivery, actor, local_day(now))
    budgets.ensure_joined(delivery.chain_key, local_day(now))

    DELIVERY_MOVES.move(Deed.PAYMENT_REQUEST, delivery)
    delivery.requested_by, delivery.requested_at = actor, now
    notices.notify(
        users_with_role(Role.PAYER, department_id=delivery.department_id),
        word("“{title}”的“{name}”请付款 {amount}。"),
        now=now,
        link=address_of(delivery.transfer),
        title=delivery.transfer.called,
        name=delivery.milestone.name,
        amount=delivery.milestone.amount,
    )

    audit.record(Deed.PAYMENT_REQUEST, delivery, actor=actor, now=now, amount=delivery.milestone.amount)


def make_payment(delivery: Delivery, *, amount: Money, voucher: str, actor: User, now: datetime) -> None:
    """Pay a requested milestone, in whole and once; paying the last one ends step 5.

    Raises:
        RuleBroken: by whoever requested or accepted it, of another amount, without a voucher, or while a year that has begun
            has money that is of no budget line.
    """
    access.require(actor, Deed.PAYMENT_MAKE, delivery)

    transfer = delivery.transfer
    line.ensure_at(transfer, Step.PERFORMANCE)
    DELIVERY_MOVES.ensure_open(Deed.PAYMENT_MAKE, delivery)
    rules.ensure_pays(delivery, amount, voucher, actor, local_day(now))
    budgets.ensure_joined(delivery.chain_key, local_day(now))

    DELIVERY_MOVES.move(Deed.PAYMENT_MAKE, delivery)
    delivery.paid_by, delivery.paid_at, delivery.voucher = actor, now, voucher.strip()
    budgets.spend(delivery.chain_key, amount, local_day(now))
    notices.notify(
        [transfer.officer, *users_with_role(Role.PROVIDER, organisation_id=transfer.provider_id)],
        word("“{title}”的“{name}”已付款 {amount}。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        name=delivery.milestone.name,
        amount=amount,
    )
    deliveries = desks([transfer])[transfer.id].deliveries.values()
    milestones = delivery.milestone.agreement.milestones
    if sum(row.status is DeliveryStatus.PAID for row in deliveries) == len(milestones):
        complete_step(transfer, rules.ROOM, now=now)

    audit.record(Deed.PAYMENT_MAKE, delivery, actor=actor, now=now, amount=amount, voucher=delivery.voucher)
