"""Supplements: more of the same, ten percent in all, money committed with the deed; each success, each refusal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, NotPermitted, Refusals, WrongState
from procurement.foundation.money import Money
from procurement.registers.budgets.models import Balance, balances_of, line_by_key, uses_of_matter
from procurement.registers.budgets.operations import adjust_budget_line
from procurement.registers.budgets.rules import Funding
from procurement.registers.notices import tray
from procurement.registers.people import Role, RoleGrant
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.statute import limits
from procurement.steps.agreement import operations, rules
from procurement.steps.agreement.models import Supplement, SupplementStatus
from procurement.steps.performance.models import DeliveryStatus, delivery_of
from procurement.steps.performance.operations import delivery as delivery_operations
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer
from procurement.transfers.operations import pause_transfer
from procurement.transfers.rules import LongTermGround
from tests.factories import BUDGET_CODE, World, the_agreement

PRICE, ADDED, MOST = Money.yuan("1100000"), Money.yuan("60000"), Money.yuan("110000")


def balance(world: World) -> Balance:
    line = line_by_key((world.people.department.id, 2025, BUDGET_CODE))
    assert line is not None
    return balances_of([line])[line.key]


def leave_on_the_line(world: World, amount: Money) -> None:
    """Cut the line so that just so much of it is left."""
    line = line_by_key((world.people.department.id, 2025, BUDGET_CODE))
    assert line is not None
    whole = balances_of([line])[line.key].held + amount
    world.do(adjust_budget_line, line, whole, "调减", by=world.people.supervisor)


def conclude(supplement: Supplement, world: World) -> dict[str, Any]:
    """What a conclusion by the approver takes."""
    return {
        "text": world.print(), "seen": rules.digest_of_supplement(supplement), "by": world.people.approver,
    }  # fmt: skip


# ── drafted ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_holds_no_money_and_waits_for_the_provider(world: World) -> None:
    supplement = world.supplement_drafted()
    transfer = supplement.transfer
    assert (supplement.number, supplement.position, supplement.status) == (
        "龙转补〔2025〕1号", 1, SupplementStatus.DRAFTED,
    )  # fmt: skip
    assert balance(world).held == balance(world).committed == PRICE
    assert world.lacking(transfer)[0] == "承接方还没有确认补充协议"
    assert "等您确认" in tray(world.provider_of(transfer))[0].message
    world.supplement_confirmed(supplement)
    assert world.lacking(transfer)[0] == "采购人还没有签订补充协议"


def test_what_the_law_does_not_let_add_is_refused_at_its_field(world: World) -> None:
    transfer = world.handed_over()
    agreement, day = the_agreement(transfer), timedelta(days=1)
    cases: list[tuple[dict[str, Any], tuple[str, ...], str]] = [
        ({"amount": Money(0)}, ("0.00 元", "大于零"), "amount"),
        ({"amount": Money(-1)}, ("-0.01 元", "大于零"), "amount"),
        ({"due_on": agreement.ends_on + day}, (str(agreement.ends_on), "原协议的期限"), "due_on"),
        ({"due_on": world.today - day}, (str(world.today - day), "原协议的期限"), "due_on"),
        ({"reason": " "}, ("为什么",), "reason"),
        ({"content": " "}, ("标的相同",), "content"),
        ({"milestone": " "}, ("节点名称",), "milestone"),
    ]
    for changes, says, where in cases:
        terms = world.supplement_terms(transfer, **changes)
        (fault,) = rules.faults_of_supplement(agreement, terms, world.today)
        assert [part for part in says if part not in str(fault)] == []
        assert (fault.field, fault.article) == (where, limits.SUPPLEMENTS_MOST.of(transfer).on(world.today).article)
    assert rules.faults_of_supplement(agreement, world.supplement_terms(transfer, amount=MOST), world.today) == []
    world.refuse(
        operations.draft_supplement, agreement, world.supplement_terms(transfer, amount=MOST + Money(1)),
        by=world.people.officer, error=Refusals, where="amount", article="政府采购法》第四十九条",
        says=("1,100,000.00 元", "10%", "110,000.00 元", "超出 0.01 元"),
    )  # fmt: skip


def test_supplements_are_counted_together_and_one_is_open_at_a_time(world: World) -> None:
    first = world.supplement_concluded()
    transfer, agreement = first.transfer, the_agreement(first.transfer)
    draft = {"by": world.people.officer}
    world.refuse(
        operations.draft_supplement, agreement, world.supplement_terms(transfer, amount=Money.yuan("50000.01")), **draft,
        error=Refusals, says=("已签订 60,000.00 元", "还剩 50,000.00 元", "超出 0.01 元"), where="amount",
    )  # fmt: skip
    second = world.do(
        operations.draft_supplement, agreement, world.supplement_terms(transfer, amount=Money.yuan("50000")), **draft
    )
    world.refuse(
        operations.draft_supplement, agreement, world.supplement_terms(transfer, amount=Money.yuan("1")), **draft,
        error=WrongState, says=(second.number, "同时只能有一份"),
    )  # fmt: skip
    world.supplement_concluded(world.supplement_confirmed(second))
    assert (agreement.added, agreement.whole_price) == (MOST, PRICE + MOST)
    assert [row.position for row in agreement.supplements] == [1, 2]


def test_ten_percent_are_not_rounded_up(world: World) -> None:
    agreement = the_agreement(world.agreed())
    agreement.price = Money(109)
    assert rules.most_of_supplements(agreement, world.today) == Money(10)
    db.session.rollback()


def test_who_may_not_does_not(world: World) -> None:
    transfer = world.handed_over()
    agreement, terms = the_agreement(transfer), world.supplement_terms(transfer)
    provider = world.provider_of(transfer)
    for person in (world.people.approver, provider, world.people.other_officer):
        world.refuse(operations.draft_supplement, agreement, terms, by=person, error=NotPermitted)
    supplement = world.supplement_drafted(transfer)
    seen = rules.digest_of_supplement(supplement)
    strangers = [user for user in world.people.providers if user is not provider]
    for person in (strangers[0], world.people.officer, None):
        world.refuse(operations.confirm_supplement, supplement, seen=seen, by=person, error=NotPermitted)
    for person in (provider, world.people.approver):
        world.refuse(operations.withdraw_supplement, supplement, reason="不再需要。", by=person, error=NotPermitted)
    world.supplement_confirmed(supplement)
    for person in (world.people.colleague, world.people.other_approver, provider):
        world.refuse(
            operations.conclude_supplement, supplement, **(conclude(supplement, world) | {"by": person}), error=NotPermitted
        )  # fmt: skip


def test_nothing_is_added_before_the_signature_nor_while_paused_nor_after_the_last_acceptance(world: World) -> None:
    unsigned = world.agreement_drafted()
    world.refuse(
        operations.draft_supplement, unsigned, world.supplement_terms(unsigned.transfer), by=world.people.officer,
        error=WrongState, says=(unsigned.number, "不在履行之中"),
    )  # fmt: skip
    transfer = world.handed_over(world.handover_drafted(world.agreed(unsigned)))
    agreement = the_agreement(transfer)
    world.paid(world.reported(transfer, 0))
    world.accepted(world.reported(transfer, 1))
    assert transfer.step is Step.PERFORMANCE
    world.refuse(
        operations.draft_supplement, agreement, world.supplement_terms(transfer), by=world.people.officer,
        error=WrongState, says=(agreement.number, "全部验收合格"),
    )  # fmt: skip
    world.do(pause_transfer, transfer, reason="投诉处理", by=world.people.supervisor)
    world.refuse(
        operations.draft_supplement, agreement, world.supplement_terms(transfer), by=world.people.officer,
        error=WrongState, says=("已暂停",),
    )  # fmt: skip


# ── confirmed, concluded, withdrawn ────────────────────────────────────────────────────────────────────────────────


def test_a_conclusion_commits_adds_a_milestone_keeps_the_text_and_publishes(world: World) -> None:
    supplement = world.supplement_concluded()
    transfer, agreement = supplement.transfer, the_agreement(supplement.transfer)
    assert (supplement.status, supplement.concluded_by) == (SupplementStatus.CONCLUDED, world.people.approver)
    assert balance(world).held == balance(world).committed == PRICE + ADDED
    assert [(row.name, row.amount, row.percent) for row in agreement.milestones[2:]] == [("新增道路", ADDED, None)]
    assert agreement.milestones[2].supplement is supplement
    assert [row.name for row in agreement.first_milestones] == ["中期", "终期"]
    assert agreement.price == PRICE
    assert supplement.text is not None
    (notice,) = newest_publications(PublicationKind.SUPPLEMENT_NOTICE)
    assert notice is supplement.publication
    assert notice.published_at == supplement.concluded_at
    told = notice.told
    assert (told["amount"], told["price"], told["added"], told["whole_price"]) == (
        ADDED.fen, PRICE.fen, ADDED.fen, (PRICE + ADDED).fen,
    )  # fmt: skip
    assert told["amount_in_words"] == "人民币陆万元整"
    people = (world.people.officer, world.people.approver, world.provider_of(transfer))
    assert not [person.name for person in people if person.name in notice.facts]
    world.refuse(
        operations.withdraw_supplement, supplement, reason="不再需要。", by=world.people.officer, error=WrongState,
        says=("已签订",),
    )  # fmt: skip


def test_a_supplement_is_delivered_and_paid_like_any_milestone_and_the_whole_is_closed(world: World) -> None:
    supplement = world.supplement_concluded()
    transfer = world.performed(supplement.transfer)
    agreement = the_agreement(transfer)
    assert transfer.step is Step.SUPERVISION
    assert agreement.accepted_at is not None
    (use,) = uses_of_matter(transfer.chain_key)
    assert use.spent == use.committed == agreement.whole_price == PRICE + ADDED
    world.closed(world.evaluated_ex_post(world.inspected(transfer)))
    assert balance(world).held == PRICE + ADDED


def test_a_withdrawn_supplement_leaves_no_money_held_and_makes_room_for_another(world: World) -> None:
    supplement = world.supplement_confirmed()
    transfer, officer = supplement.transfer, world.people.officer
    world.refuse(operations.withdraw_supplement, supplement, reason=" ", by=officer, says=("为什么",), where="reason")
    world.do(operations.withdraw_supplement, supplement, reason="道路改由市政养护。", by=officer)
    assert (supplement.status, supplement.withdrawn_at) == (SupplementStatus.WITHDRAWN, world.now)
    assert balance(world).held == PRICE
    assert the_agreement(transfer).added == Money(0)
    assert len(the_agreement(transfer).milestones) == 2
    world.refuse(operations.conclude_supplement, supplement, **conclude(supplement, world), error=WrongState)
    assert world.supplement_drafted(transfer).position == 2


def test_the_line_must_bear_it_when_it_is_drafted_and_when_it_is_concluded(world: World) -> None:
    transfer = world.handed_over()
    leave_on_the_line(world, ADDED - Money(1))
    world.refuse(
        operations.draft_supplement, the_agreement(transfer), world.supplement_terms(transfer), by=world.people.officer,
        says=("余额是 59,999.99 元", "60,000.00 元", "超出 0.01 元", BUDGET_CODE), where="amount",
        article="预算法》第十三条",
    )  # fmt: skip
    leave_on_the_line(world, ADDED)
    supplement = world.supplement_confirmed(world.supplement_drafted(transfer))
    leave_on_the_line(world, ADDED - Money(1))
    world.refuse(
        operations.conclude_supplement, supplement, **conclude(supplement, world), says=("余额是 59,999.99 元",),
        where="amount",
    )  # fmt: skip
    leave_on_the_line(world, ADDED)
    world.do(operations.conclude_supplement, supplement, **conclude(supplement, world))
    assert balance(world).available == Money(0)


def test_the_money_comes_from_the_last_line_before_the_year_in_which_it_falls_due(world: World) -> None:
    first, second = Money.yuan("600000"), Money.yuan("700000")
    transfer = world.agreed(
        fundings=(Funding(2025, BUDGET_CODE, first), Funding(2026, "", second)),
        long_term_grounds=frozenset({LongTermGround.GUARANTEED_BUDGET}),
    )
    supplement = world.supplement_drafted(world.handed_over(world.handover_drafted(transfer)))
    assert supplement.due_on.year == 2026
    world.supplement_concluded(world.supplement_confirmed(supplement))
    earlier, later = uses_of_matter(transfer.chain_key)
    assert (earlier.committed, later.committed) == (first + ADDED, PRICE - first)


def test_what_was_confirmed_is_what_is_concluded(world: World) -> None:
    supplement = world.supplement_drafted()
    provider = world.provider_of(supplement.transfer)
    world.refuse(operations.confirm_supplement, supplement, seen="0" * 64, by=provider, error=Conflict)
    world.supplement_confirmed(supplement)
    seen = rules.digest_of_supplement(supplement)
    world.refuse(
        operations.conclude_supplement, supplement, **(conclude(supplement, world) | {"seen": "0" * 64}), error=Conflict
    )  # fmt: skip
    supplement.content = "绕过操作改的一句。"
    db.session.commit()
    assert rules.digest_of_supplement(supplement) != seen
    world.refuse(
        operations.conclude_supplement, supplement, **conclude(supplement, world), error=Conflict, says=("您看过的不同",)
    )  # fmt: skip


def test_nobody_concludes_the_supplement_they_drafted(world: World) -> None:
    supplement, officer = world.supplement_confirmed(), world.people.officer
    officer.grants.append(RoleGrant(role=Role.APPROVER))
    db.session.commit()
    world.refuse(
        operations.conclude_supplement, supplement, **(conclude(supplement, world) | {"by": officer}),
        says=(officer.name, "另一人办理"), article="第六十一条",
    )  # fmt: skip


def test_a_supplement_that_has_become_too_late_is_not_concluded(world: World) -> None:
    due: date = the_agreement(world.handed_over()).starts_on + timedelta(days=30)
    supplement = world.supplement_confirmed(world.supplement_drafted(due_on=due))
    world.go_to(due + timedelta(days=1))
    world.refuse(
        operations.conclude_supplement, supplement, **conclude(supplement, world), error=Refusals, says=(str(due),),
        where="due_on",
    )  # fmt: skip
    assert "补充协议的节点已过到期日，不能再签订，要撤回" in world.lacking(supplement.transfer)


def test_a_text_that_hits_the_negative_list_waits_for_findings(world: World) -> None:
    supplement = world.supplement_confirmed(world.supplement_drafted(content="承接方出具承诺函。"))
    transfer = supplement.transfer
    assert any("筛查命中 1 处" in lack for lack in world.lacking(transfer))
    world.refuse(
        operations.conclude_supplement, supplement, **conclude(supplement, world), says=("承诺函",),
        where="supplement-content",
    )  # fmt: skip
    world.find(transfer, by=world.people.approver)
    world.find(transfer, by=world.people.supervisor)
    world.do(operations.conclude_supplement, supplement, **conclude(supplement, world))
    assert supplement.status is SupplementStatus.CONCLUDED


def test_the_last_acceptance_waits_until_the_supplement_is_concluded_or_withdrawn(world: World) -> None:
    transfer: Transfer = world.handed_over()
    agreement = the_agreement(transfer)
    world.paid(world.reported(transfer, 0))
    last = world.reported(transfer, 1)
    supplement = world.supplement_drafted(transfer)
    accept = {"findings": "达到约定。", "users_opinion": "满意。", "by": world.people.approver}
    world.refuse(
        delivery_operations.accept_milestone, last, **accept, error=WrongState,
        says=(supplement.number, "终期", "最后一个节点"), article="第四十九条",
    )  # fmt: skip
    world.supplement_concluded(world.supplement_confirmed(supplement))
    world.do(delivery_operations.accept_milestone, last, **accept)
    assert agreement.accepted_at is None
    world.paid(world.reported(transfer, 2))
    added = delivery_of(agreement.milestones[2])
    assert added is not None
    assert added.status is DeliveryStatus.PAID
    assert (agreement.accepted_at is not None, transfer.step) == (True, Step.PERFORMANCE)
