"""What a plan's page warns of: conditions that look discriminatory, purchases that look split."""

from __future__ import annotations

from typing import Any

from procurement.foundation.money import Money
from procurement.registers.budgets.rules import Funding
from tests.factories import BUDGET_CODE, plan_terms
from tests.web.browsing import signed_in, text_of


def test_a_condition_that_looks_discriminatory_is_shown_with_its_article_and_stops_nothing(world: Any) -> None:
    transfer = world.planned(qualification="注册资本不少于500万元。")
    page = text_of(signed_in(world, world.people.evaluator).get(f"/transfers/{transfer.id}/plan"))
    assert "注册资本不少于500万元" in page
    assert "《政府采购货物和服务招标投标管理办法》第十七条" in page


def test_purchases_of_one_class_that_add_up_to_a_tender_are_named_on_each_plan(world: Any) -> None:
    each = Money.yuan("2500000")
    terms = plan_terms(fundings=(Funding(2025, BUDGET_CODE, each),), ceiling=each)
    first = world.draft(terms)
    client = signed_in(world, world.people.officer)
    assert "化整为零" not in text_of(client.get(f"/transfers/{first.id}/plan"))
    world.draft(terms)
    page = text_of(client.get(f"/transfers/{first.id}/plan"))
    assert "化整为零" in page
    assert "5,000,000.00 元" in page
    assert "《政府采购法实施条例》第二十八条" in page
