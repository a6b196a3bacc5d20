"""Departments as lists name them: by the present or a former name, with or without the city before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.labels import word
from procurement.registers.departments.models import departments_by_any_name
from procurement.registers.imports.importer import Entry
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


@dataclass(frozen=True, slots=True)
class ListedDepartment:
    """A department as a row names it, and the one that is meant, if there is such a one."""

    named: str
    meant: Department | None

    @property
    def name(self) -> str:
        """What it is called now; as the row names it where there is no such one."""
        return self.meant.name if self.meant is not None else self.named

    def faults(self) -> Iterable[DomainError]:
        """That no department has or had this name; that none is named has been said of the row already."""
        if self.meant is None and self.named:
            yield RuleBroken(
                word("没有名为“{department}”的部门。请按系统里登记的部门名称填写。"),
                department=self.named,
                field="department",
            )


class DepartmentsByName:
    """Every department, read once, to be found by what a list says."""

    def __init__(self) -> None:
        """Read them."""
        self.names: Mapping[str, Department] = departments_by_any_name()

    def of(self, entry: Entry) -> ListedDepartment:
        """The department that a row names."""
        typed = entry.text("department")
        whole = [typed, *(typed.removeprefix(city) for city in _CITY)]
        return ListedDepartment(typed, next((self.names[name] for name in whole if name in self.names), None))
