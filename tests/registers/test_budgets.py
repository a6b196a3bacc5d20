"""Budgets: nothing without a line, nothing beyond its balance; reserved, committed, spent and given back with the deed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from procurement.foundation.database import db
from procurement.foundation.errors import DomainError, NotPermitted, Refusals, RuleBroken, WrongState
from procurement.foundation.money import Money
from procurement.registers.access import Deed
from procurement.registers.audit import Outcome, lines_of_chain
from procurement.registers.budgets import operations as budgets
from procurement.registers.budgets.models import (
    Balance,
    BudgetLine,
    BudgetUse,
    balances_of,
    line_by_id,
    line_by_key,
    uses_of_matter,
)
from procurement.registers.budgets.operations import adjust_budget_line, enter_budget_line
from procurement.registers.budgets.rules import Funding, LineTerms
from procurement.registers.catalogue.models import entry_by_code
from procurement.registers.deeds import perform
from procurement.registers.people import User
from procurement.steps.agreement.models import agreement_of
from procurement.steps.performance.operations import payment
from procurement.transfers.conference.models import Choice, ItemOutcome
from procurement.transfers.conference.operations import resolve_item
from procurement.transfers.models import PlanStatus, Transfer, transfer_by_id
from procurement.transfers.operations import draft_plan, join_funding, submit_plan
from procurement.transfers.rules import LongTermGround
from tests.factories import BUDGET_CODE, World, plan_terms

WHOLE = Money.yuan("60000000")
PLANNED = Money.yuan("1300000")


def line(world: World, code: str = BUDGET_CODE) -> BudgetLine:
    found = line_by_key((world.people.department.id, 2025, code))
    assert found is not None
    return found


def balance(world: World, code: str = BUDGET_CODE) -> Balance:
    found = line(world, code)
    return balances_of([found])[found.key]


def terms(**changes: Any) -> LineTerms:
    return LineTerms(**{"year": 2025, "code": "210", "name": "环卫", "amount": Money.yuan("10"), **changes})


# ── lines ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_finance_enters_a_line_and_nobody_else_does(world: World) -> None:
    made = world.do(enter_budget_line, world.people.department, terms(), by=world.people.supervisor)
    assert (made.code, made.amount) == ("210", Money.yuan("10"))
    world.refuse(
        enter_budget_line, world.people.department, terms(code="211"), by=world.people.officer, error=NotPermitted
    )


def test_a_second_line_of_one_code_and_year_is_refused_by_its_name(world: World) -> None:
    world.refuse(
        enter_budget_line, world.people.department, terms(code=BUDGET_CODE), by=world.people.supervisor,
        says=("2025", BUDGET_CODE, "城市管家服务"), where="code",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "says", "where"),
    [
        ({"year": 2023}, ("2023", "2024 至 2026"), "year"),
        ({"year": 2027}, ("2027", "2024 至 2026"), "year"),
        ({"code": " "}, ("编号必须填写",), "code"),
        ({"name": ""}, ("名称必须填写",), "name"),
        ({"amount": Money(0)}, ("0.00 元", "大于零"), "amount"),
    ],
)
def test_a_line_that_cannot_be_is_refused_at_its_field(
    world: World, changes: dict[str, Any], says: tuple[str, ...], where: str
) -> None:
    world.refuse(
        enter_budget_line, world.people.department, terms(**changes), by=world.people.supervisor, error=Refusals,
        says=says, where=where,
    )  # fmt: skip


def test_a_line_is_never_cut_under_what_is_held_of_it(world: World) -> None:
    world.planned()
    world.refuse(
        adjust_budget_line, line(world), Money.yuan("1299999.99"), "调减", by=world.people.supervisor,
        says=("1,299,999.99 元", "1,300,000.00 元"), where="amount", article="第十三条",
    )  # fmt: skip
    world.do(adjust_budget_line, line(world), PLANNED, "调减", by=world.people.supervisor)
    assert balance(world).available == Money(0)


# ── what a matter holds ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_holds_nothing_and_a_submitted_plan_its_whole_budget(world: World) -> None:
    transfer = world.draft()
    assert balance(world) == Balance(WHOLE, Money(0), Money(0), Money(0))
    world.do(submit_plan, transfer.plan, by=world.people.officer)
    assert balance(world).reserved == PLANNED
    assert balance(world).available == WHOLE - PLANNED


def test_a_plan_that_goes_back_gives_its_money_back(world: World) -> None:
    transfer = world.evaluated()
    (item,) = world.assembled(transfer).items
    world.vote(item, *world.people.conference, choice=Choice.AGAINST)
    world.do(resolve_item, item, ItemOutcome.RETURNED, opinion="资金要再核。", by=world.people.member)
    assert balance(world).held == Money(0)
    world.do(submit_plan, transfer.plan, by=world.people.officer)
    assert balance(world).held == PLANNED


@pytest.mark.parametrize("each", ["13", "10"])
def test_a_plan_that_is_not_supported_gives_its_money_back(world: World, each: str) -> None:
    transfer = world.evaluated(each)
    assert balance(world).held == Money(0)
    world.meet_conditions(transfer)
    world.do(submit_plan, transfer.plan, by=world.people.officer)
    assert balance(world).held == PLANNED


def test_an_agreement_commits_its_price_and_gives_the_rest_of_the_reservation_back(world: World) -> None:
    agreement = agreement_of(world.agreed())
    assert agreement is not None
    assert agreement.price < PLANNED
    assert balance(world).committed == balance(world).held == agreement.price


def test_payments_spend_what_was_committed_and_closing_leaves_no_more_held_than_was_spent(world: World) -> None:
    transfer = world.closed()
    agreement, (use,) = agreement_of(transfer), uses_of_matter(transfer.chain_key)
    assert agreement is not None
    assert use.reserved == PLANNED
    assert use.held == use.spent == use.committed == agreement.price


def test_the_money_of_two_years_is_committed_and_spent_the_earlier_first(world: World) -> None:
    first, second = Money.yuan("600000"), Money.yuan("700000")
    transfer = world.agreed(
        fundings=(Funding(2025, BUDGET_CODE, first), Funding(2026, "", second)),
        long_term_grounds=frozenset({LongTermGround.GUARANTEED_BUDGET}),
    )
    agreement, (earlier, later) = agreement_of(transfer), uses_of_matter(transfer.chain_key)
    assert agreement is not None
    assert (earlier.year, earlier.committed) == (2025, first)
    assert (later.year, later.committed) == (2026, agreement.price - first)
    # What is of no line yet is not spent, in whichever year.
    with pytest.raises(RuleBroken, match="2026 年的经费"):
        budgets.spend(transfer.chain_key, first + Money(1), world.today)


# ── refusals ───────────────────────────────────────────────────────────────────────────────────────────────────────


def scarce(world: World, amount: str) -> None:
    """Leave just so much on the line."""
    world.do(adjust_budget_line, line(world), Money.yuan(amount), "调减", by=world.people.supervisor)


def test_a_plan_over_its_line_is_refused_naming_the_balance(world: World) -> None:
    scarce(world, "1299999")
    world.refuse(
        draft_plan, world.people.department, plan_terms(), entry=entry_by_code("011401", world.today), by=world.people.officer,
        error=Refusals, says=("1,299,999.00 元", "1,300,000.00 元", "超出 1.00 元", BUDGET_CODE), where="fundings",
        article="预算法》第十三条",
    )  # fmt: skip


def test_a_plan_without_a_line_is_refused(world: World) -> None:
    unknown = plan_terms(fundings=(Funding(2025, "none", PLANNED),))
    world.refuse(
        draft_plan, world.people.department, unknown, entry=entry_by_code("011401", world.today), by=world.people.officer,
        error=Refusals, says=("2025", "none", "没有预算"), where="fundings", article="第十三条",
    )  # fmt: skip


def test_a_line_that_has_been_used_up_since_the_draft_stops_the_submission(world: World) -> None:
    first, second = world.draft(), world.draft()
    scarce(world, "2000000")
    world.do(submit_plan, first.plan, by=world.people.officer)
    world.refuse(
        submit_plan, second.plan, by=world.people.officer, error=Refusals, says=("700,000.00 元",), where="fundings"
    )
    assert second.plan.status is PlanStatus.DRAFT


def at_once(world: World, numbers: list[int], act: Callable[[Transfer, User], Any]) -> list[str]:
    """What two connections are told that do the same deed on two transfers at one moment: nothing, or a refusal."""
    officer = world.people.officer.id
    db.session.rollback()
    together = Barrier(2)

    def run(number: int) -> str:
        with world.app.app_context():
            transfer, actor = transfer_by_id(number), db.session.get_one(User, officer)
            assert transfer is not None
            together.wait(20)
            try:
                act(transfer, actor)
            except DomainError as refusal:
                return str(refusal)
            finally:
                db.session.remove()
            return ""

    with ThreadPoolExecutor(2) as threads:
        return sorted(threads.map(run, numbers))


def test_two_connections_that_reserve_the_last_of_a_line_at_once_one_succeeds(world: World) -> None:
    numbers = [world.draft().id, world.draft().id]
    scarce(world, "2000000")
    done, refused = at_once(
        world, numbers, lambda transfer, actor: perform(submit_plan, transfer.plan, actor=actor, clock=world.clock)
    )
    assert done == ""
    assert "余额是 700,000.00 元" in refused
    statuses = [row.plan.status for row in db.session.scalars(select(Transfer)).unique()]
    assert sorted(statuses) == [PlanStatus.DRAFT, PlanStatus.SUBMITTED]
    assert [use.held for use in db.session.scalars(select(BudgetUse))] == [PLANNED]


# ── a later year's money, joined when its budget is there ──────────────────────────────────────────────────────────

FIRST, SECOND = Money.yuan("500000"), Money.yuan("800000")
LATER: dict[str, Any] = {
    "fundings": (Funding(2025, BUDGET_CODE, FIRST), Funding(2026, "", SECOND)),
    "long_term_grounds": frozenset({LongTermGround.GUARANTEED_BUDGET}),
}
UNJOINED = "还没有接上预算项目"


def next_years(world: World, amount: Money, code: str = "2120501-26", *, other: bool = False) -> BudgetLine:
    """A line of 2026, of the department or of another one."""
    department = world.people.other_department if other else world.people.department
    made: BudgetLine = world.do(
        enter_budget_line, department, terms(year=2026, code=code, amount=amount), by=world.people.supervisor
    )
    return made


def test_a_later_year_is_joined_to_a_line_of_its_own_that_has_enough(world: World) -> None:
    people, transfer = world.people, world.evaluated(**LATER)
    late = next_years(world, SECOND - Money(1))
    funding = transfer.plan.fundings[1]
    world.refuse(join_funding, funding, late, by=people.officer, error=WrongState, says=("联席会议通过以后",))
    world.adopt(transfer)
    for person in (people.approver, people.supervisor, people.other_officer):
        world.refuse(join_funding, funding, late, by=person, error=NotPermitted)
    for wrong, says in (
        (line(world), ("2025 年的预算项目", "请选 2026 年的")),
        (next_years(world, PLANNED, "X", other=True), ("社会事业局", "综合行政执法局")),
        (late, ("余额是 799,999.99 元", "占用 800,000.00 元", "缺 0.01 元")),
    ):
        world.refuse(join_funding, funding, wrong, by=people.officer, says=says, where="line", article="第十")
    world.do(adjust_budget_line, late, SECOND, "追加", by=people.supervisor)
    assert UNJOINED not in "".join(world.lacking(transfer))
    world.do(join_funding, funding, late, by=people.officer)
    assert balances_of([late])[late.key] == Balance(SECOND, SECOND, Money(0), Money(0))
    assert [(use.year, use.code, use.reserved) for use in uses_of_matter(transfer.chain_key)] == [
        (2025, BUDGET_CODE, FIRST), (2026, late.code, SECOND),
    ]  # fmt: skip
    world.refuse(join_funding, funding, late, by=people.officer, error=WrongState, says=("2026", late.code))
    told = lines_of_chain(transfer.chain_key, outcome=Outcome.DONE)[0]
    assert (told.deed, told.told) == (
        Deed.FUNDING_JOIN, {"year": 2026, "code": late.code, "held": SECOND.fen},
    )  # fmt: skip


def test_a_plan_that_has_a_part_of_the_year_on_the_line_already_holds_both_of_it_as_one(world: World) -> None:
    late = next_years(world, PLANNED)
    parts = (Funding(2025, BUDGET_CODE, FIRST), Funding(2026, late.code, FIRST), Funding(2026, "", SECOND))
    transfer = world.resolved(**{**LATER, "fundings": parts})
    world.do(join_funding, transfer.plan.fundings[2], late, by=world.people.officer)
    db.session.refresh(transfer.plan)
    assert [(row.code, row.amount) for row in transfer.plan.fundings] == [
        (BUDGET_CODE, FIRST), (late.code, FIRST + SECOND),
    ]  # fmt: skip
    assert balances_of([late])[late.key].held == PLANNED


def test_a_year_that_has_begun_is_outstanding_and_pays_nothing_until_its_money_is_joined(world: World) -> None:
    people, transfer = world.people, world.handed_over(**LATER)
    agreement, funding = agreement_of(transfer), transfer.plan.fundings[1]
    assert agreement is not None
    world.go_to(date(2025, 12, 31))
    assert UNJOINED not in "".join(world.lacking(transfer))
    world.go_to(date(2026, 1, 1))
    committed = agreement.price - FIRST
    assert f"2026 年的经费 {committed} {UNJOINED}" in world.lacking(transfer)
    delivery = world.accepted(world.reported(transfer))
    world.refuse(payment.request_payment, delivery, by=people.officer, says=("2026 年", UNJOINED), article="第十三条")
    late = next_years(world, SECOND)
    world.do(join_funding, funding, late, by=people.officer)
    assert balances_of([late])[late.key] == Balance(SECOND, committed, committed, Money(0))
    world.do(payment.request_payment, delivery, by=people.officer)
    # Behind the back of the deeds: what is asked when a payment is requested is asked when it is made too.
    use = uses_of_matter(transfer.chain_key)[1]
    use.code = ""
    db.session.commit()
    pay = {"amount": delivery.milestone.amount, "voucher": "2026-1", "by": people.payer}
    world.refuse(payment.make_payment, delivery, **pay, says=("2026 年", UNJOINED), article="第十三条")
    uses_of_matter(transfer.chain_key)[1].code = late.code
    db.session.commit()
    world.do(payment.make_payment, delivery, **pay)
    assert balances_of([late])[late.key].spent == delivery.milestone.amount - FIRST


def test_two_connections_that_join_the_last_of_a_line_at_once_one_succeeds(world: World) -> None:
    first, second = world.resolved(**LATER), world.resolved(**LATER)
    number = next_years(world, PLANNED).id

    def join(transfer: Transfer, actor: User) -> None:
        perform(join_funding, transfer.plan.fundings[1], line_by_id(number), actor=actor, clock=world.clock)

    done, refused = at_once(world, [first.id, second.id], join)
    assert done == ""
    assert "余额是 500,000.00 元" in refused
    assert balances_of([line_by_id(number)])[line_by_id(number).key].held == SECOND
