"""Inspections, marks, independence, and what a report rests on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import MappingProxyType

import pytest

from procurement.foundation.errors import Conflict, Refusals, RuleBroken
from procurement.foundation.money import Money
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import TransferMode
from procurement.registers.indicators import expenditure_frame
from procurement.registers.people import User
from procurement.steps.agreement.models import Agreement, Milestone
from procurement.steps.performance.models import Delivery, DeliveryStatus
from procurement.steps.supervision import rules
from procurement.steps.supervision.models import (
    ExpenditureEvaluation,
    Inspection,
    InspectionResult,
    SupervisionDesk,
)
from procurement.steps.supervision.rules import Mark
from procurement.transfers.models import ExAnteEvaluation, Plan, Transfer

DAY = date(2026, 10, 20)
FRAME = expenditure_frame(DAY)
FULL = MappingProxyType({row.key: Mark(row.points) for row in FRAME.indicators})


def transfer() -> Transfer:
    plan = Plan(evaluations=[ExAnteEvaluation(evaluated_by_id=5)])
    return Transfer(mode=TransferMode.PURCHASED, title="城市管家服务", department_id=1, provider_id=7, plan=plan)


def inspection(**changes: object) -> Inspection:
    terms: dict[str, object] = {
        "inspected_on": DAY, "place": "人民路", "result": InspectionResult.GOOD, "findings": "达到约定",
    }  # fmt: skip
    return Inspection(**(terms | changes))


def test_an_inspection_is_of_today_or_before_and_says_what_was_found() -> None:
    rules.ensure_inspection(transfer(), DAY, "达到约定", DAY)
    with pytest.raises(RuleBroken, match="2026-10-21 晚于今天 2026-10-20"):
        rules.ensure_inspection(transfer(), date(2026, 10, 21), "达到约定", DAY)
    with pytest.raises(RuleBroken, match="检查了什么") as refused:
        rules.ensure_inspection(transfer(), DAY, "  ", DAY)
    assert "第三十条" in str(refused.value)


@pytest.mark.parametrize(
    ("person", "says"),
    [
        (User(id=9, name="评", department_id=1), "属于转出部门或承接方"),
        (User(id=9, name="评", organisation_id=7), "属于转出部门或承接方"),
        (User(id=5, name="评"), "事前绩效评估由您作出"),
    ],
)
def test_an_evaluator_is_of_neither_side_and_did_not_judge_the_plan(person: User, says: str) -> None:
    rules.ensure_independent(transfer(), User(id=9, name="评", department_id=2), True, DAY)
    with pytest.raises(RuleBroken, match=says) as refused:
        rules.ensure_independent(transfer(), person, True, DAY)
    assert "第三方绩效评价" in str(refused.value)


def test_independence_is_declared() -> None:
    with pytest.raises(RuleBroken, match="没有利害关系") as refused:
        rules.ensure_independent(transfer(), User(id=9, name="评"), False, DAY)
    assert refused.value.field == "independence"


def test_every_indicator_is_marked_within_its_points() -> None:
    rules.ensure_marks(FULL, FRAME, DAY)
    rules.ensure_marks({key: Mark(Decimal(0)) for key in FULL}, FRAME, DAY)
    first, second, third = FRAME.indicators[:3]
    wrong = dict(FULL)
    del wrong[first.key]
    wrong[second.key], wrong[third.key] = Mark(second.points + Decimal("0.01")), Mark(Decimal("-0.01"))
    with pytest.raises(Refusals) as refused:
        rules.ensure_marks(wrong, FRAME, DAY)
    assert [fault.field for fault in refused.value.refusals] == [f"score-{row.key}" for row in (first, second, third)]
    sentences = [str(fault) for fault in refused.value.refusals]
    assert "还没有打分" in sentences[0]
    assert f"应在 0 到 {second.points} 之间" in sentences[1]
    assert "-0.01 分" in sentences[2]
    assert all("财预〔2020〕10号" in sentence for sentence in sentences)


def desk(*inspections: Inspection, status: DeliveryStatus = DeliveryStatus.PAID) -> SupervisionDesk:
    row = Delivery(status=status, milestone=Milestone(name="中期", amount=Money.yuan("1")))
    return SupervisionDesk(Agreement(number="龙转协〔2025〕1号"), (row,), inspections, None)


def test_whatever_a_report_rests_on_is_in_its_digest() -> None:
    seen = rules.digest_of(transfer(), desk(inspection()))
    rules.ensure_same_facts(transfer(), desk(inspection()), seen)
    for other in (
        desk(), desk(inspection(), inspection()), desk(inspection(findings="不符")), desk(inspection(result=InspectionResult.FAULTS)),
        desk(inspection(place="别处")), desk(inspection(inspected_on=date(2026, 1, 1))),
        desk(inspection(), status=DeliveryStatus.REQUESTED),
    ):  # fmt: skip
        with pytest.raises(Conflict, match="又有变化"):
            rules.ensure_same_facts(transfer(), other, seen)


def test_a_case_is_closed_with_an_inspection_and_an_evaluation() -> None:
    empty = desk()
    assert [item.deed for item in rules.before_closing(transfer(), empty, DAY)] == [
        Deed.INSPECTION_RECORD,
        Deed.EVALUATION_CONCLUDE,
    ]
    whole = SupervisionDesk(empty.agreement, empty.deliveries, (inspection(),), ExpenditureEvaluation())
    assert rules.before_closing(transfer(), whole, DAY) == []
