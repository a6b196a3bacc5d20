"""What a plan must hold: money, term, weights, payments; each refusal with value, bound and article."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from procurement.foundation.errors import Refusals, RuleBroken
from procurement.foundation.money import Money
from procurement.registers.access import Deed
from procurement.registers.budgets.rules import Funding
from procurement.registers.catalogue import rules as catalogue_rules
from procurement.registers.catalogue.models import BasisStatus, NegativeListEntry, Severity, TransferMode
from procurement.transfers import rules
from procurement.transfers.line import Outstanding, Step, ensure_nothing_outstanding
from procurement.transfers.models import CriterionKind, Method
from procurement.transfers.rules import CriterionTerms, LongTermGround, PlanTerms, ensure_plan_holds
from tests.factories import plan_terms

DAY = date(2025, 9, 22)


def refusals_of(terms: PlanTerms) -> dict[str | None, RuleBroken]:
    """The faults of a plan by their field, of several at one field the first."""
    with pytest.raises(Refusals) as caught:
        ensure_plan_holds(terms, TransferMode.PURCHASED, DAY)
    return {fault.field: fault for fault in reversed(caught.value.refusals)}  # type: ignore[misc]


def criteria(*weights: int) -> tuple[CriterionTerms, ...]:
    """The price first, then as many of quality."""
    return tuple(
        CriterionTerms(CriterionKind.QUALITY if place else CriterionKind.PRICE, f"第{place}项", "标准", weight)
        for place, weight in enumerate(weights)
    )


def money(*rows: tuple[int, str, str]) -> tuple[Funding, ...]:
    """The money of years: year, code, yuan."""
    return tuple(Funding(year, code, Money.yuan(amount)) for year, code, amount in rows)


def test_a_later_year_without_a_budget_may_follow_where_funding_is_guaranteed() -> None:
    terms = plan_terms(
        fundings=money((2025, "A", "1000000"), (2026, "", "300000")),
        long_term_grounds=frozenset({LongTermGround.GUARANTEED_BUDGET}),
    )
    ensure_plan_holds(terms, TransferMode.PURCHASED, DAY)
    assert terms.budget == Money.yuan("1300000")


def test_a_plan_that_breaks_nothing_passes() -> None:
    ensure_plan_holds(plan_terms(), TransferMode.PURCHASED, DAY)


@pytest.mark.parametrize(
    ("changes", "field", "says", "article"),
    [
        ({"fundings": ()}, "fundings", ("没有预算的事项不能实施",), "政府购买服务管理办法》第十六条"),
        ({"fundings": money((2026, "", "1300000"))}, "fundings", ("没有预算的事项不能实施",), "第十六条"),
        ({"fundings": money((2025, "A", "0"))}, "fundings", ("2025 年", "0.00 元", "大于零"), "第十六条"),
        ({"fundings": money((2025, "A", "1"), (2025, "A", "2"))}, "fundings", ("2025 年", "“A”", "两次"), None),
        ({"fundings": money((2024, "A", "2000000"))}, "fundings", ("2024", "2025 到 2028"), None),
        ({"fundings": money((2029, "A", "2000000"))}, "fundings", ("2029", "2025 到 2028"), None),
        ({"fundings": money((2025, "A", "1"), (0, "", "700000"))}, "fundings", ("700,000.00 元", "没有选"), None),
        ({"fundings": money((2025, "A", "1"), (2025, "", "1"))}, "fundings", ("2025 年", "没有选预算项目"), "第十六条"),
        ({"fundings": money((2025, "A", "1"), (2026, "", "1"))}, "fundings", ("2026 年", "预算有保障"), "第十六条"),
        ({"ceiling": Money(0)}, "ceiling", ("0.00 元", "大于零"), None),
        ({"ceiling": Money.yuan("1300000.01")}, "ceiling", ("1,300,000.01 元", "1,300,000.00 元"), "第十二条"),
        ({"term_months": 0}, "term_months", ("0 个月", "至少 1 个月"), None),
        ({"term_months": -3}, "term_months", ("-3 个月",), None),
        ({"term_months": 48}, "term_months", ("48 个月", "3 年（36 个月）"), "政府购买服务管理办法》第二十四条"),
        ({"term_months": 37}, "term_months", ("37 个月", "36 个月"), "第二十四条"),
        ({"term_months": 13}, "term_months", ("13 个月", "12 个月", "购买内容相对固定"), "第二十四条"),
        ({"indicators": ()}, "indicators", ("至少要有一项",), "第二十条"),
        ({"criteria": ()}, "criteria", ("价格项有 0 项", "正好 1 项"), None),
        ({"criteria": criteria(100)}, "criteria", ("只有价格一项",), None),
        ({"criteria": criteria(20, 81)}, "criteria", ("101", "相差 1"), None),
        ({"criteria": criteria(20, 130, -50)}, "criteria", ("“第1项”", "130", "1 到 100"), None),
        ({"criteria": criteria(20, 80, 0)}, "criteria", ("“第2项”", "0", "1 到 100"), None),
        ({"criteria": criteria(9, 91)}, "criteria", ("9", "10 到 30", "竞争性磋商"), "第二十四条"),
        ({"criteria": criteria(31, 69)}, "criteria", ("31", "10 到 30"), "第二十四条"),
        (
            {"criteria": criteria(9, 91), "method": Method.OPEN_TENDER},
            "criteria", ("9", "10 到 100", "公开招标"), "招标投标管理办法》第五十五条",
        ),
        ({"installments": ()}, "installments", ("至少要有一期",), None),
    ],
)  # fmt: skip
def test_a_plan_that_breaks_a_rule_is_refused_with_value_bound_and_article(
    changes: dict[str, Any], field: str, says: tuple[str, ...], article: str | None
) -> None:
    fault = refusals_of(plan_terms(**changes))[field]
    sentence = str(fault)
    for part in says:
        assert part in sentence
    assert article is None or article in sentence
    assert fault.status == 422


@pytest.mark.parametrize(("months", "grounds"), [(12, 0), (1, 0), (13, 5), (36, 5)])
def test_a_lawful_term_passes(months: int, grounds: int) -> None:
    installments = plan_terms().installments[:1]
    terms = plan_terms(
        term_months=months, long_term_grounds=frozenset(list(LongTermGround)[:grounds]),
        installments=(replace(installments[0], percent=100, due_month=1),),
    )  # fmt: skip
    ensure_plan_holds(terms, TransferMode.PURCHASED, DAY)


def test_a_long_term_needs_all_five_grounds_and_the_refusal_names_the_missing_one() -> None:
    for missing in LongTermGround:
        grounds = frozenset(LongTermGround) - {missing}
        sentence = str(refusals_of(plan_terms(term_months=36, long_term_grounds=grounds))["term_months"])
        assert missing.label in sentence
        assert sum(ground.label in sentence for ground in LongTermGround) == 1


def test_four_years_are_too_long_even_with_all_five_grounds() -> None:
    fault = refusals_of(plan_terms(term_months=48, long_term_grounds=frozenset(LongTermGround)))["term_months"]
    assert "任何情形都不能超过" in str(fault)


@pytest.mark.parametrize(("wrong", "gap"), [(39, 1), (41, 1), (1, 39), (100, 60)])
def test_indicator_weights_that_do_not_sum_to_100_are_refused_with_the_gap(wrong: int, gap: int) -> None:
    first, *rest = plan_terms().indicators
    sentence = str(refusals_of(plan_terms(indicators=(replace(first, weight=wrong), *rest)))["indicators"])
    assert f"合计 {60 + wrong}" in sentence
    assert f"相差 {gap}" in sentence


@pytest.mark.parametrize("share", [0, -1, 101])
def test_a_share_outside_1_to_100_is_refused_by_its_name(share: int) -> None:
    terms = plan_terms()
    indicator, criterion, part = terms.indicators[0], terms.criteria[-1], terms.installments[0]
    broken = refusals_of(
        plan_terms(
            indicators=(replace(indicator, weight=share), *terms.indicators[1:]),
            criteria=(*terms.criteria[:-1], replace(criterion, weight=share)),
            installments=(replace(part, percent=share), *terms.installments[1:]),
        )
    )
    for field, name in (("indicators", indicator.name), ("criteria", criterion.name), ("installments", part.name)):
        assert f"“{name}”填的是 {share}，应在 1 到 100 之间" in str(broken[field])


@pytest.mark.parametrize(("percent", "total"), [(49, 99), (51, 101)])
def test_payments_that_do_not_sum_to_100_percent_are_refused(percent: int, total: int) -> None:
    first, last = plan_terms().installments
    fault = refusals_of(plan_terms(installments=(replace(first, percent=percent), last)))["installments"]
    assert f"合计 {total}%" in str(fault)


@pytest.mark.parametrize("month", [0, 13, -1])
def test_a_payment_outside_the_term_is_refused(month: int) -> None:
    first, last = plan_terms().installments
    fault = refusals_of(plan_terms(installments=(first, replace(last, due_month=month))))["installments"]
    assert f"第 {month} 个月" in str(fault)
    assert "1 到 12 个月" in str(fault)


def test_every_broken_rule_is_told_at_once() -> None:
    broken = refusals_of(
        plan_terms(ceiling=Money.yuan("9000000"), term_months=48, indicators=(), criteria=criteria(20, 81))
    )
    assert {"ceiling", "term_months", "indicators", "criteria"} <= set(broken)


def test_the_text_of_every_field_is_screened() -> None:
    texts = plan_terms().texts()
    written = {
        "title",
        "title_en",
        "need",
        "public_opinion",
        "content",
        "quantity",
        "quality",
        "goal",
        "method_reason",
        "method_approval",
        "qualification",
    }
    assert written | {"title_en", "risk", "exit", "indicators", "criteria", "installments"} == set(texts)
    assert set(texts) == set(rules.PLACES)
    assert "居民满意度" in texts["indicators"]
    assert "服务方案" in texts["criteria"]
    assert "终期验收合格" in texts["installments"]


def row(code: str, keywords: str, severity: Severity) -> NegativeListEntry:
    return NegativeListEntry(
        code=code, level=2, title="融资", title_en="Financing", basis="《预算法》第三十五条", keywords=keywords,
        severity=severity, basis_status=BasisStatus.VERIFIED,
    )  # fmt: skip


@pytest.mark.parametrize(("method", "bounds"), [(Method.OPEN_TENDER, (10, 100)), (Method.CONSULTATION, (10, 30))])
def test_the_bounds_of_the_price_weight_follow_the_method(method: Method, bounds: tuple[int, int]) -> None:
    assert rules.price_weight_bounds(method, TransferMode.PURCHASED, DAY) == bounds
    for weight in bounds:
        if weight < 100:
            ensure_plan_holds(
                plan_terms(method=method, criteria=criteria(weight, 100 - weight)), TransferMode.PURCHASED, DAY
            )


def test_what_is_outstanding_is_named_before_a_step_is_left() -> None:
    ensure_nothing_outstanding(Step.HANDOVER, [])
    lacking = [
        Outstanding("甲还没有", Deed.HANDOVER_SIGN),
        Outstanding("{name}还没有", Deed.HANDOVER_SIGN, values={"name": "乙"}),
    ]
    with pytest.raises(RuleBroken) as refused:
        ensure_nothing_outstanding(Step.HANDOVER, lacking)
    assert str(refused.value) == "第 4 步“事项交接”还缺 2 项，不能往下走：甲还没有、乙还没有。"


def test_a_prohibited_row_refuses_and_one_for_review_only_warns() -> None:
    texts = {"content": "含融资安排"}
    with pytest.raises(RuleBroken):
        catalogue_rules.ensure_clean(texts, [row("N0401", "融资", Severity.PROHIBITED)])
    (hit,) = catalogue_rules.ensure_clean(texts, [row("N0402", "融资", Severity.NEEDS_REVIEW)])
    assert not hit.is_prohibited


@pytest.mark.parametrize(
    ("budget", "method", "approval", "mode", "refused"),
    [
        ("4000000", Method.CONSULTATION, "", TransferMode.PURCHASED, True),
        ("3999999.99", Method.CONSULTATION, "", TransferMode.PURCHASED, False),
        ("4000000", Method.OPEN_TENDER, "", TransferMode.PURCHASED, False),
        ("4000000", Method.CONSULTATION, "温财采批〔2025〕3号", TransferMode.PURCHASED, False),
        ("4000000", Method.CONSULTATION, "", TransferMode.ENTRUSTED, False),
    ],
)
def test_a_large_purchase_that_is_not_tendered_names_its_approval(
    budget: str, method: Method, approval: str, mode: TransferMode, refused: bool
) -> None:
    terms = plan_terms(fundings=money((2025, "A", budget)), method=method, method_approval=approval)
    if not refused:
        rules.ensure_method_approved(terms, mode, DAY)
        return
    with pytest.raises(RuleBroken, match=r"4,000,000\.00 元") as caught:
        rules.ensure_method_approved(terms, mode, DAY)
    assert caught.value.field == "method_approval"
    assert str(caught.value.article) == "《政府采购法》第二十七条"


@pytest.mark.parametrize(
    ("ceilings", "split"),
    [
        (("2000000", "2000000"), True),
        (("1999999.99", "2000000"), False),
        (("4000000",), False),
        (("4000000", "1"), False),  # one of them is a tender's size by itself and has its own approval
        (("1500000", "1500000", "1000000"), True),
    ],
)
def test_several_small_purchases_of_one_class_look_split_when_they_add_up_to_a_tender(
    ceilings: tuple[str, ...], split: bool
) -> None:
    assert rules.looks_split([Money.yuan(amount) for amount in ceilings], DAY) is split
