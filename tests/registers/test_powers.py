"""Powers: every plan names a row of its department's, and none that agencies alone exercise (NEG-1, NEG-2)."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from procurement.foundation.errors import Refusals, RuleBroken
from procurement.registers.catalogue.models import (
    ListKind,
    Readiness,
    edition_in_force,
    entry_by_code,
    function_by_code,
    functions,
)
from procurement.registers.people import departments
from procurement.registers.powers import power_by_code, powers_of, powers_to_transfer
from procurement.transfers.operations import draft_plan
from tests.factories import World, plan_terms

TODAY = date(2025, 9, 22)


def test_every_bundled_function_rests_on_a_power_of_its_department(app: Flask) -> None:
    with app.app_context():
        edition = edition_in_force(ListKind.FUNCTIONS, TODAY)
        assert edition is not None
        for function in functions(edition):
            power = power_by_code(function.power_code, TODAY)
            assert power is not None, function.code
            assert power.department_name == function.department_name
            assert not power.is_reserved


def test_every_department_has_something_to_transfer_and_reserved_powers_are_not_offered(app: Flask) -> None:
    with app.app_context():
        edition = edition_in_force(ListKind.POWERS, TODAY)
        assert edition is not None
        offered = {power.code for department in departments() for power in powers_to_transfer(department, TODAY)}
        reserved = {power.code for power in powers_of(edition) if power.is_reserved}
        assert all(powers_to_transfer(department, TODAY) for department in departments())
        assert reserved
        assert not offered & reserved


@pytest.mark.parametrize(
    ("code", "says", "article"),
    [
        ("", ("不属于政府职责范围",), "第十条第一项"),
        ("Q7777", ("Q7777", "没有编码"), "第十条第一项"),
        ("Q1001", ("社会事业局", "综合行政执法局"), "第十条第一项"),
        ("Q9003", ("城市建筑垃圾处置核准", "行政许可", "不能转移"), "第十条第二项"),
    ],
)
def test_a_plan_without_a_power_of_its_own_is_refused(
    world: World, code: str, says: tuple[str, ...], article: str
) -> None:
    world.refuse(
        draft_plan, world.people.department, plan_terms(power_code=code), entry=entry_by_code("011401", world.today),
        by=world.people.officer, error=Refusals, says=says, where="power_code", article=article,
    )  # fmt: skip


def test_a_function_goes_with_its_own_power(world: World) -> None:
    function = function_by_code("T23", world.today)
    assert function is not None
    world.refuse(
        draft_plan, world.people.department, plan_terms(), entry=entry_by_code("060202", world.today), function=function,
        by=world.people.officer, error=Refusals, says=("Q0023", "Q0020"), where="power_code",
    )  # fmt: skip


def test_a_function_that_society_is_not_ready_for_is_incubated_first(world: World) -> None:
    function = function_by_code("T22", world.today)
    assert function is not None
    assert function.readiness is Readiness.NOT_YET
    world.refuse(
        draft_plan, world.people.department, plan_terms(), entry=entry_by_code("030202", world.today), function=function,
        by=world.people.officer, error=RuleBroken, says=("行业诚信评价", "先培育"), article="杭政办函",
    )  # fmt: skip
