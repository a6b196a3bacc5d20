"""Departments: renamed without losing their history, described by a code that proves itself, found by any name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from procurement.foundation.database import db
from procurement.foundation.errors import NotPermitted, Refusals
from procurement.registers.departments import models, operations
from procurement.registers.departments.rules import DepartmentFacts
from procurement.registers.organisations.credit_code import complete
from procurement.registers.people import Department, department_by_name, departments
from procurement.steps.announcement.models import current_announcement
from procurement.web.preparation import DEPARTMENTS, load_reference_data
from tests.factories import World

NEW, NEW_EN = "城市治理局", "Urban Governance Bureau"
CODE = complete("11330383MB123456")


def rename(world: World, name: str = NEW, **changes: Any) -> None:
    terms = {"since": world.today, "by": world.people.system_admin, **changes}
    world.do(operations.rename_department, world.people.department, name, NEW_EN, **terms)


def test_a_department_that_is_renamed_keeps_its_former_name_and_the_day(world: World) -> None:
    before = world.people.department.name
    rename(world, since=world.today - timedelta(days=10))
    department = world.people.department
    assert (department.name, department.name_en) == (NEW, NEW_EN)
    (former,) = models.former_names([department.id])[department.id]
    assert (former.name, former.until) == (before, world.today - timedelta(days=10))


def test_a_department_is_found_by_its_present_and_its_former_name_and_by_no_other(world: World) -> None:
    before = world.people.department.name
    rename(world)
    for words in (NEW, before, "urban", "comprehensive"):
        assert [row.id for row in models.searched_departments(words)] == [world.people.department.id]
        assert models.number_of_departments(words) == 1
    assert models.number_of_departments("100%") == 0
    assert models.number_of_departments() == len(departments())
    assert models.names_ever_held()[before].name_en == DEPARTMENTS[before]


def test_what_was_published_under_the_old_name_still_says_it(world: World) -> None:
    announcement = world.announced()
    before = world.people.department.name
    rename(world)
    kept = current_announcement(announcement.transfer)
    assert kept is not None
    assert kept.publication is not None
    assert kept.publication.told["purchaser"] == before
    assert kept.transfer.department.name == NEW


def test_a_renamed_department_does_not_come_back_when_the_instance_starts_again(world: World) -> None:
    before, count = world.people.department.name, len(departments())
    rename(world)
    load_reference_data(world.app, world.clock)
    assert len(departments()) == count
    assert department_by_name(before) is None


def test_a_new_name_holds_from_no_day_to_come_and_begins_after_the_present_one(world: World) -> None:
    department, by = world.people.department, world.people.system_admin
    tomorrow = world.today + timedelta(days=1)
    world.refuse(
        operations.rename_department, department, NEW, NEW_EN, since=tomorrow, by=by, says=("才启用",), where="since"
    )
    rename(world)
    world.refuse(
        operations.rename_department, department, "市容局", "Streetscape Bureau", since=world.today, by=by,
        says=(str(world.today),), where="since",
    )  # fmt: skip


def test_no_two_departments_have_one_name_but_a_name_given_up_may_be_given_anew(world: World) -> None:
    before, by = world.people.department.name, world.people.system_admin
    taken = world.people.other_department.name
    world.refuse(
        operations.rename_department, world.people.department, taken, NEW_EN, since=world.today, by=by, error=Refusals,
        says=(taken,), where="name",
    )  # fmt: skip
    world.refuse(operations.create_department, None, before, "", by=by, error=Refusals, where="name")
    rename(world)
    made = world.do(operations.create_department, None, before, "Another Bureau", by=by)
    assert department_by_name(before) is made


def test_its_code_proves_itself_is_a_purchasers_and_is_nobody_elses(world: World) -> None:
    department, by = world.people.department, world.people.system_admin
    world.do(operations.describe_department, department, DepartmentFacts(CODE, " 世纪大道1号 ", "0577-59901234"), by=by)
    assert (department.credit_code, department.address, department.phone) == (CODE, "世纪大道1号", "0577-59901234")
    other = world.people.other_department
    for facts, part in (
        (DepartmentFacts(CODE), "另一个部门"),
        (DepartmentFacts(CODE[:-1] + ("0" if CODE[-1] != "0" else "1")), "校验码"),
        (DepartmentFacts(complete("52330383MB123456")), "社会服务机构"),
        (DepartmentFacts(phone="打不通"), "不是电话号码"),
    ):
        world.refuse(operations.describe_department, other, facts, by=by, error=Refusals, says=(part,))
    # Saved again unchanged, and emptied, a department is in nobody's way.
    world.do(operations.describe_department, department, DepartmentFacts(CODE), by=by)
    world.do(operations.describe_department, department, DepartmentFacts(), by=by)
    world.do(operations.describe_department, other, DepartmentFacts(), by=by)
    assert (department.credit_code, other.credit_code) == (None, None)


@pytest.mark.parametrize("role", ["security_admin", "officer", "auditor"])
def test_only_the_system_administrator_changes_departments(world: World, role: str) -> None:
    department: Department = world.people.department
    by = getattr(world.people, role)
    world.refuse(operations.create_department, None, NEW, NEW_EN, by=by, error=NotPermitted)
    world.refuse(operations.describe_department, department, DepartmentFacts(), by=by, error=NotPermitted)
    world.refuse(operations.rename_department, department, NEW, NEW_EN, since=world.today, by=by, error=NotPermitted)
    db.session.refresh(department)
    assert department.name != NEW
