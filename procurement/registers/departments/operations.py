"""What the system administrator does with departments: sets one up, renames it, says where it is found."""

from __future__ import annotations

from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.departments.models import DepartmentName, department_by_code, former_names
from procurement.registers.departments.rules import DepartmentFacts, ensure_facts, ensure_name, ensure_renamed_on
from procurement.registers.people import Department, User, department_by_name


def _is_taken(name: str, but: Department | None = None) -> bool:
    return department_by_name(name.strip()) not in (None, but)


def create_department(house: None, name: str, name_en: str, *, actor: User, now: datetime) -> Department:
    """Set up a department.

    Raises:
        Refusals: no name, or the name of another department.
    """
    access.require(actor, Deed.DEPARTMENT_CREATE, house)

    ensure_name(name, name_en, is_taken=_is_taken(name))

    department = Department(name=name.strip(), name_en=name_en.strip())
    db.session.add(department)
    db.session.flush()

    audit.record(Deed.DEPARTMENT_CREATE, department, actor=actor, now=now, name=department.name)
    return department


def rename_department(
    department: Department, name: str, name_en: str, *, since: date, actor: User, now: datetime
) -> None:
    """Call a department by a new name from `since` on; the old one is kept, and what was published under it stands.

    Raises:
        Refusals: no name, or the name of another department.
        RuleBroken: a day that is still to come, or before the present name was taken.
    """
    access.require(actor, Deed.DEPARTMENT_RENAME, department)

    ensure_name(name, name_en, is_taken=_is_taken(name, but=department))
    former = former_names([department.id]).get(department.id, [])
    ensure_renamed_on(since, former[0].until if former else None, local_day(now))

    before = department.name
    db.session.add(DepartmentName(department_id=department.id, name=before, name_en=department.name_en, until=since))
    department.name, department.name_en = name.strip(), name_en.strip()

    audit.record(
        Deed.DEPARTMENT_RENAME, department, actor=actor, now=now, before=before, after=department.name, since=since
    )


def describe_department(department: Department, facts: DepartmentFacts, *, actor: User, now: datetime) -> None:
    """Say under which code, where and by which number a department is found; agreements print it from now on.

    Raises:
        Refusals: a code or a number that is none.
    """
    access.require(actor, Deed.DEPARTMENT_DESCRIBE, department)

    ensure_facts(facts, is_taken=department_by_code(facts.credit_code) not in (None, department))

    department.credit_code = facts.credit_code or None
    department.address, department.phone = facts.address.strip(), facts.phone.strip()

    audit.record(
        Deed.DEPARTMENT_DESCRIBE, department, actor=actor, now=now, credit_code=facts.credit_code,
        address=department.address, phone=department.phone,
    )  # fmt: skip
