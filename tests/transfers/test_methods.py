"""The five methods: what each asks for, and which plan may choose which."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from procurement.foundation.errors import Refusals
from procurement.foundation.money import Money
from procurement.registers.budgets.rules import Funding
from procurement.registers.catalogue.models import TransferMode
from procurement.registers.organisations.models import Organisation, OrganisationStatus
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.changes import rules as change_rules
from procurement.transfers import methods, rules
from procurement.transfers.models import CriterionKind, Method, Plan, SourceGround, Transfer
from procurement.transfers.rules import CriterionTerms
from tests.factories import BUDGET_CODE, plan_terms

DAY = date(2025, 11, 3)
SOURCE = Organisation(credit_code="52330300", name="独家社", status=OrganisationStatus.VERIFIED)
PRICE = (CriterionTerms(CriterionKind.PRICE, "价格", "最低者", 100),)


def bought(method: Method, budget: str = "100") -> Transfer:
    return Transfer(mode=TransferMode.PURCHASED, plan=Plan(method=method, budget=Money.yuan(budget)))


def money(amount: str) -> tuple[Funding, ...]:
    return (Funding(2025, BUDGET_CODE, Money.yuan(amount)),)


@pytest.mark.parametrize(
    ("method", "earliest", "least", "panel", "weights"),
    [
        # Published on Monday 3 November: 20 days; 10 days; three working days, of which the last is Thursday.
        (Method.OPEN_TENDER, date(2025, 11, 24), 3, 5, (10, 100)),
        (Method.CONSULTATION, date(2025, 11, 14), 2, 3, (10, 30)),
        (Method.NEGOTIATION, date(2025, 11, 7), 3, 3, (100, 100)),
        (Method.SINGLE_SOURCE, date(2025, 11, 7), 1, 3, (100, 100)),
        (Method.SELECTION, date(2025, 11, 7), 2, 3, (10, 60)),
    ],
)
def test_each_method_has_its_floor_its_least_number_its_panel_and_its_weights(
    method: Method, earliest: date, least: int, panel: int, weights: tuple[int, int]
) -> None:
    transfer = bought(method)
    transfer.plan.transfer = transfer
    assert announcement_rules.earliest_deadline(transfer, DAY, working_calendar()) == earliest
    assert competition_rules.least_bidders(transfer, DAY).amount == least
    assert competition_rules.least_panel(transfer.plan, DAY).amount == panel
    assert rules.price_weight_bounds(method, TransferMode.PURCHASED, DAY) == tuple(map(Decimal, weights))


@pytest.mark.parametrize(("budget", "panel"), [("3999999.99", 3), ("4000000", 5)])
def test_a_negotiation_at_the_tender_threshold_has_a_larger_panel(budget: str, panel: int) -> None:
    transfer = bought(Method.NEGOTIATION, budget)
    assert methods.panel_clause(Method.NEGOTIATION, transfer, transfer.plan.budget, DAY).amount == panel


def refused(terms: rules.PlanTerms, mode: TransferMode, source: Organisation | None = None) -> Refusals:
    with pytest.raises(Refusals) as caught:
        rules.ensure_method_fits(terms, mode, source, DAY)
    return caught.value


@pytest.mark.parametrize("method", [Method.NEGOTIATION, Method.SINGLE_SOURCE, Method.SELECTION])
def test_where_nothing_is_bought_undertakers_are_called_for_in_public(method: Method) -> None:
    (fault,) = refused(plan_terms(method=method), TransferMode.WHOLE).refusals
    assert fault.field == "method"
    assert "公开招标" in str(fault)
    assert "工作方案" in str(fault.article)


def test_a_comparison_is_for_budgets_below_the_threshold_alone() -> None:
    terms = plan_terms(method=Method.SELECTION, fundings=money("500000"))
    (fault,) = refused(terms, TransferMode.PURCHASED).refusals
    assert "500,000.00" in str(fault) or "500000" in str(fault)
    rules.ensure_method_fits(
        plan_terms(method=Method.SELECTION, fundings=money("499999.99")), TransferMode.PURCHASED, None, DAY
    )


def test_a_single_source_has_its_ground_and_its_verified_source() -> None:
    terms = plan_terms(method=Method.SINGLE_SOURCE)
    assert {fault.field for fault in refused(terms, TransferMode.PURCHASED).refusals} == {
        "source_ground",
        "source_code",
    }
    named = plan_terms(method=Method.SINGLE_SOURCE, source_ground=SourceGround.ONLY_ONE, source_code=SOURCE.credit_code)
    rules.ensure_method_fits(named, TransferMode.PURCHASED, SOURCE, DAY)


@pytest.mark.parametrize(("budget", "fits"), [("100000", True), ("100000.01", False)])
def test_an_addition_is_a_tenth_of_the_first_contract_at_most(budget: str, fits: bool) -> None:
    terms = plan_terms(
        method=Method.SINGLE_SOURCE, source_ground=SourceGround.ADDITION, source_code=SOURCE.credit_code,
        source_former_price=Money.yuan("1000000"), fundings=money(budget),
    )  # fmt: skip
    if fits:
        rules.ensure_method_fits(terms, TransferMode.PURCHASED, SOURCE, DAY)
    else:
        (fault,) = refused(terms, TransferMode.PURCHASED, SOURCE).refusals
        assert (fault.field, "第三十一条" in str(fault.article)) == ("source_former_price", True)


def test_a_negotiation_weighs_the_price_alone() -> None:
    rules.ensure_plan_holds(plan_terms(method=Method.NEGOTIATION, criteria=PRICE), TransferMode.PURCHASED, DAY)
    with pytest.raises(Refusals) as caught:
        rules.ensure_plan_holds(plan_terms(method=Method.NEGOTIATION), TransferMode.PURCHASED, DAY)
    assert any("不打质量分" in str(fault) for fault in caught.value.refusals)


def test_every_method_is_explained_with_its_numbers() -> None:
    assert [row.method for row in methods.explained(TransferMode.PURCHASED, DAY)] == list(Method)
    (call,) = methods.explained(TransferMode.WHOLE, DAY)
    assert call.period.id == "LG-BP"


@pytest.mark.parametrize(
    ("method", "source", "amount"),
    [
        (Method.OPEN_TENDER, "FL-3", 15),
        (Method.CONSULTATION, "MT-CC", 5),
        (Method.NEGOTIATION, "MT-NC", 3),
        (Method.SINGLE_SOURCE, "SS-CALL", 3),
        (Method.SELECTION, "SE-CALL", 3),
    ],
)
def test_a_material_change_leaves_what_the_method_asks_for(method: Method, source: str, amount: int) -> None:
    clause = change_rules.change_period(bought(method), DAY)
    assert (clause.id, clause.amount) == (source, amount)


def test_only_purchases_by_three_methods_have_talks() -> None:
    called = {method: methods.talks_of(method, TransferMode.PURCHASED) for method in Method}
    assert {method: talks.name for method, talks in called.items() if talks is not None} == {
        Method.CONSULTATION: "磋商", Method.NEGOTIATION: "谈判", Method.SINGLE_SOURCE: "协商",
    }  # fmt: skip
    others = [mode for mode in TransferMode if not mode.is_purchase]
    assert others
    assert all(methods.talks_of(method, mode) is None for method in Method for mode in others)
