"""Take-backs: proposed by the department, answered once by the undertaker, resolved by the conference, told to everybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, NotPermitted, Refusals, WrongState
from procurement.registers.access import Deed
from procurement.registers.audit import AuditLine
from procurement.registers.budgets.models import uses_of_matter
from procurement.registers.catalogue.models import function_by_code
from procurement.registers.notices import tray
from procurement.registers.people import Role, RoleGrant
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.steps.agreement.models import SupplementStatus, agreement_of
from procurement.steps.performance.operations import delivery as delivery_operations
from procurement.steps.performance.operations import payment
from procurement.steps.supervision import operations as supervision_operations
from procurement.transfers import operations as transfer_operations
from procurement.transfers.conference import operations as conference
from procurement.transfers.conference.models import AgendaItem, Choice, Ground, ItemKind, ItemOutcome
from procurement.transfers.models import Ending, Transfer, TransferStatus, transfers_of_functions
from procurement.transfers.take_backs import operations
from procurement.transfers.take_backs.models import TakeBack, TakeBackStatus
from procurement.transfers.take_backs.rules import TakeBackTerms
from tests.factories import World

TERMS = TakeBackTerms(
    reason="连续两次检查不合格，居民投诉增多。", basis="协议第十二条；《政府采购法》第五十条。", arrangements="由环卫所从次日起接着做，作业不中断。",
    data="工单数据，交综合行政执法局。", assets="保洁车 6 辆。", cases="没有",
)  # fmt: skip


def proposed(world: World, transfer: Transfer | None = None) -> TakeBack:
    return world.do(operations.propose_take_back, transfer or world.handed_over(), TERMS, by=world.people.officer)


def tabled(world: World, take_back: TakeBack, **changes: Any) -> AgendaItem:
    (item,) = world.assembled(subjects=((ItemKind.TAKE_BACK, take_back),), **changes).items
    return item


def resolve(world: World, item: AgendaItem, outcome: ItemOutcome, choice: Choice = Choice.FOR) -> None:
    world.vote(item, *item.entitled, choice=choice)
    world.do(conference.resolve_item, item, outcome, opinion="已审议。", by=world.people.member)


def taken_back(world: World, transfer: Transfer | None = None) -> TakeBack:
    take_back = proposed(world, transfer)
    resolve(world, tabled(world, take_back), ItemOutcome.ADOPTED)
    return take_back


# ── the proposal ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stage", ["drafted", "awarded", "closed"])
def test_only_what_was_handed_over_and_is_not_closed_is_taken_back(world: World, stage: str) -> None:
    transfer = {"drafted": world.draft, "awarded": world.awarded, "closed": world.closed}[stage]()
    world.refuse(
        operations.propose_take_back, transfer, TERMS, by=world.people.officer, error=WrongState, says=["不能收回"],
        article="本系统",
    )  # fmt: skip


def test_a_proposal_says_every_part_and_is_made_by_its_department_alone(world: World) -> None:
    transfer, people = world.agreed(), world.people
    terms = replace(TERMS, reason=" ", cases="")
    refusal = world.refuse(
        operations.propose_take_back, transfer, terms, by=people.officer, error=Refusals, article="政府采购法"
    )
    assert isinstance(refusal, Refusals)
    assert [row.field for row in refusal.refusals] == ["reason", "cases"]
    for stranger in (people.other_officer, people.approver, people.supervisor, world.provider_of(transfer)):
        world.refuse(operations.propose_take_back, transfer, TERMS, by=stranger, error=NotPermitted)
    proposed(world, transfer)
    world.refuse(
        operations.propose_take_back, transfer, TERMS, by=people.officer, error=Conflict, says=["已提议，待联席会议"]
    )
    assert "您可以陈述意见" in tray(world.provider_of(transfer))[0].message
    assert "等着联席会议审议" in tray(people.member)[0].message


def test_its_undertaker_answers_once_until_it_is_decided_and_no_other_does(world: World) -> None:
    take_back = proposed(world)
    own = world.provider_of(take_back.transfer)
    stranger = next(person for person in world.people.providers if person is not own)
    world.refuse(operations.answer_take_back, take_back, "不属实。", by=stranger, error=NotPermitted)
    world.refuse(operations.answer_take_back, take_back, " ", by=own, where="answer")
    tabled(world, take_back)
    world.do(operations.answer_take_back, take_back, "已经整改。", by=own)
    assert (take_back.answer, take_back.answered_at) == ("已经整改。", world.now)
    assert "陈述了意见" in tray(world.people.officer)[0].message
    world.refuse(operations.answer_take_back, take_back, "再说一次。", by=own, error=WrongState, says=["只陈述一次"])


def test_it_is_withdrawn_before_it_is_tabled_and_another_may_follow(world: World) -> None:
    take_back = proposed(world)
    transfer, people = take_back.transfer, world.people
    world.refuse(operations.withdraw_take_back, take_back, "误会。", by=people.other_officer, error=NotPermitted)
    world.refuse(operations.withdraw_take_back, take_back, " ", by=people.officer, where="reason")
    world.do(operations.withdraw_take_back, take_back, "已经整改。", by=people.officer)
    assert take_back.status is TakeBackStatus.WITHDRAWN
    own = world.provider_of(transfer)
    world.refuse(operations.answer_take_back, take_back, "谢谢。", by=own, error=WrongState, says=["提议已撤回"])
    second = proposed(world, transfer)
    tabled(world, second)
    world.refuse(
        operations.withdraw_take_back, second, "误会。", by=people.officer, error=WrongState, says=["不能再撤回"]
    )


# ── the conference ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_proposed_it_or_drafted_the_plan_has_no_vote(world: World) -> None:
    people, transfer = world.people, world.handed_over()
    for person in (people.officer, people.colleague):
        person.grants.append(RoleGrant(role=Role.MEMBER))
    db.session.commit()
    take_back = world.do(operations.propose_take_back, transfer, TERMS, by=people.colleague)
    item = tabled(world, take_back, members=(*people.conference, people.officer, people.colleague))
    grounds = {row.member_id: row.ground for row in item.recusals}
    assert grounds == {people.officer.id: Ground.DRAFTER, people.colleague.id: Ground.PROPOSER}


def test_taken_back_it_ends_where_it_stands_and_everybody_is_told(world: World) -> None:
    take_back = taken_back(world)
    transfer, people = take_back.transfer, world.people
    provider = world.provider_of(transfer)
    assert (transfer.status, transfer.ending, transfer.closed_at) == (
        TransferStatus.CLOSED,
        Ending.TAKEN_BACK,
        world.now,
    )
    assert (transfer.end_reason, transfer.end_resolution_number) == (TERMS.reason, take_back.resolution_number)
    assert take_back.status is TakeBackStatus.ADOPTED
    # What was not spent is free; nobody is appointed any more; no deed of its rooms can be done.
    assert [row.held for row in uses_of_matter(transfer.chain_key)] == [
        row.spent for row in uses_of_matter(transfer.chain_key)
    ]
    assert all(row.ended_at is not None for row in transfer.appointments)
    agreement = agreement_of(transfer)
    assert agreement is not None
    world.refuse(
        delivery_operations.report_milestone, agreement.milestones[0], report="完成。", evidence=world.print(),
        by=provider, error=WrongState,
    )  # fmt: skip
    world.refuse(transfer_operations.pause_transfer, transfer, reason="检查。", by=people.supervisor, error=WrongState)
    for person in (people.officer, provider):
        assert "联席会议决定收回" in tray(person)[0].message
    line = db.session.scalars(
        select(AuditLine)
        .where(AuditLine.deed == Deed.ITEM_RESOLVE, AuditLine.chain == transfer.chain_key)
        .order_by(AuditLine.id)
    ).all()[-1]
    assert (line.told["kind"], line.told["number"]) == ("take-back", take_back.resolution_number)


def test_the_notice_says_what_was_taken_back_and_names_no_person(world: World) -> None:
    transfer = taken_back(world).transfer
    (notice,) = newest_publications(PublicationKind.TAKE_BACK_NOTICE)
    assert notice is transfer.end_notice
    told = notice.told
    assert (told["number"], told["resolution"]) == (transfer.number, transfer.end_resolution_number)
    assert (told["reason"], told["arrangements"]) == (TERMS.reason, TERMS.arrangements)
    people = (world.people.officer, world.provider_of(transfer), *world.people.conference)
    assert not [person.name for person in people if person.name in notice.facts]


def test_a_function_that_was_taken_back_is_shown_as_such_in_its_directory(world: World) -> None:
    transfer = world.agreed()
    transfer.function = function_by_code("T23", world.today)
    db.session.commit()
    taken_back(world, transfer)
    assert transfers_of_functions()["T23"] == [(transfer.number, Ending.TAKEN_BACK)]


def test_a_paused_transfer_is_taken_back_too(world: World) -> None:
    transfer = world.handed_over()
    world.do(transfer_operations.pause_transfer, transfer, reason="检查。", by=world.people.supervisor)
    assert taken_back(world, transfer).transfer.ending is Ending.TAKEN_BACK


def test_not_taken_back_it_goes_on_and_put_off_it_waits(world: World) -> None:
    take_back = proposed(world)
    item = tabled(world, take_back)
    terms = world.conference_terms(subjects=((ItemKind.TAKE_BACK, take_back),))
    world.refuse(
        conference.convene_conference, None, terms, by=world.people.member, error=WrongState, says=["不能列入议程"]
    )
    world.do(conference.resolve_item, item, ItemOutcome.DEFERRED, opinion="再议。", by=world.people.member)
    assert take_back.status is TakeBackStatus.PROPOSED
    resolve(world, tabled(world, take_back), ItemOutcome.RETURNED, Choice.AGAINST)
    assert (take_back.status, take_back.transfer.status) == (TakeBackStatus.RETURNED, TransferStatus.ON_LINE)
    assert "照常办理" in tray(world.provider_of(take_back.transfer))[0].message
    assert newest_publications(PublicationKind.TAKE_BACK_NOTICE) == []


def test_what_was_accepted_is_paid_before_it_is_taken_back(world: World) -> None:
    delivery = world.accepted()
    take_back = proposed(world, delivery.transfer)
    terms = world.conference_terms(subjects=((ItemKind.TAKE_BACK, take_back),))
    world.refuse(
        conference.convene_conference, None, terms, by=world.people.member, says=["1 个节点", "还没有付款"],
        article="政府购买服务管理办法",
    )  # fmt: skip
    world.do(payment.request_payment, delivery, by=world.people.officer)
    world.do(
        payment.make_payment, delivery, amount=delivery.milestone.amount, voucher="2025-0001", by=world.people.payer
    )
    resolve(world, tabled(world, take_back), ItemOutcome.ADOPTED)
    (use,) = uses_of_matter(delivery.transfer.chain_key)
    # What is free again is committed no more, so that nothing of the line is counted twice.
    assert use.held == use.committed == use.spent == delivery.milestone.amount


def test_a_case_is_not_closed_while_it_may_be_taken_back(world: World) -> None:
    transfer = world.evaluated_ex_post()
    take_back = proposed(world, transfer)
    world.refuse(
        supervision_operations.close_transfer,
        transfer,
        by=world.people.officer,
        says=["有一份收回的提议"],
        article="本系统",
    )
    world.do(operations.withdraw_take_back, take_back, "已经整改。", by=world.people.officer)
    world.do(supervision_operations.close_transfer, transfer, by=world.people.officer)
    assert transfer.ending is Ending.COMPLETED


def test_a_supplement_that_is_open_ends_with_its_transfer(world: World) -> None:
    supplement = world.supplement_drafted()
    take_back = taken_back(world, supplement.transfer)
    assert (supplement.status, supplement.withdrawal_reason) == (SupplementStatus.WITHDRAWN, take_back.reason)
    assert supplement.withdrawn_at == take_back.ended_at
