"""Departments as lists name them: by the present or a former name, with or without the city before it."""

from __future__ import annotations

from collections.abc import Mapping

from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import word
from procurement.registers.departments.models import departments_by_any_name
from procurement.registers.imports.recognition import Column
from procurement.registers.people import Department

SYNONYMS = (
    "部门名称", "单位", "单位名称", "预算单位", "预算部门", "主管部门", "责任部门", "实施主体", "实施部门", "行使主体", "所在部门",
    "所属部门", "所在单位", "所属单位", "工作单位",
)  # fmt: skip
_CITY = ("龙港市", "市")


def department_column(*, is_required: bool = True) -> Column:
    """The column in which a list names a department."""
    return Column("department", word("部门"), SYNONYMS, is_required=is_required, longest=80)


class DepartmentsByName:
    """Every department, read once, to be found by what a list says."""

    def __init__(self) -> None:
        """Read them."""
        self.names: Mapping[str, Department] = departments_by_any_name()

    def find(self, typed: str) -> Department | None:
        """The department that is meant."""
        whole = [typed, *(typed.removeprefix(city) for city in _CITY)]
        return next((self.names[name] for name in whole if name in self.names), None)


def unknown_department(typed: str) -> RuleBroken:
    """The refusal of a name that no department has or had."""
    return RuleBroken(
        word("没有名为“{department}”的部门。请按系统里登记的部门名称填写。"), department=typed, field="department"
    )
