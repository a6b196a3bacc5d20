"""Official directories of transferable functions taken over: the list becomes the next edition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.labels import Said, word
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import (
    CatalogueEntry,
    ListKind,
    Readiness,
    TransferableFunction,
    TransferMode,
    begin_edition,
    edition_in_force,
    functions,
    items_by_code,
)
from procurement.registers.departments.listed import DepartmentsByName, ListedDepartment, department_column
from procurement.registers.imports.importer import Entry, Importer, Outcome, Unique, is_said_by, some_of
from procurement.registers.imports.models import IMPORT_MOVES, Import
from procurement.registers.imports.operations import end, judged_to_apply, told_of
from procurement.registers.imports.recognition import Column, ColumnKind
from procurement.registers.people import User
from procurement.registers.powers import Power, ensure_power_holds, powers_of, status_of_basis

# A code of the catalogue has two digits for each of its three levels; a spreadsheet takes the zero of the first ones.
_ITEM_WIDTH = 6
MODES = {mode.label: mode.value for mode in TransferMode} | {
    "整体": TransferMode.WHOLE.value, "部分": TransferMode.PARTIAL.value, "委托办理": TransferMode.ENTRUSTED.value,
    "购买": TransferMode.PURCHASED.value, "政府购买服务": TransferMode.PURCHASED.value,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListedFunction:
    """A row: the department, and the function."""

    department: ListedDepartment
    code: str
    name: str
    name_en: str
    mode: TransferMode | None
    catalogue_code: str
    power_code: str
    readiness: Readiness | None
    legal_basis: str


@dataclass(frozen=True, slots=True)
class KnownFunctions:
    """The functions in force by code, the items they are bought under, and the powers they rest on."""

    functions: Mapping[str, TransferableFunction]
    items: Mapping[str, CatalogueEntry]
    powers: Mapping[str, Power]


class FunctionImporter(Importer[ListedFunction, KnownFunctions]):
    """Directories of transferable functions."""

    columns = (
        Column("code", word("编码"), ("职能编码", "事项编码", "编号", "代码"), ColumnKind.CODE, longest=12),
        Column("name", word("职能事项"), ("职能名称", "职能", "事项名称", "转移事项", "转移职能", "名称"), longest=80),
        Column("name_en", word("英文名称"), ("英文名", "name in english"), is_required=False, longest=160),
        department_column(),
        Column("mode", word("转移方式"), ("方式", "承接方式", "转移类型"), ColumnKind.CHOICE, options=MODES),
        Column(
            "catalogue_code", word("目录项目"), ("目录编码", "购买服务目录编码", "目录代码", "购买目录编码"), ColumnKind.CODE,
            width=_ITEM_WIDTH,
        ),
        Column("power_code", word("权责"), ("权责编码", "权责事项编码", "对应权责", "权力编码"), ColumnKind.CODE, longest=20),
        Column("readiness", word("准备程度"), ("条件", "成熟程度"), ColumnKind.CHOICE, options=Readiness),
        Column("legal_basis", word("依据"), ("法律依据", "设定依据", "转移依据"), is_required=False, longest=5000),
    )  # fmt: skip
    effect = word("这份目录成为新的一版，代替现行的一版；已经起草的方案不受影响。")

    def read(self, entries: Sequence[Entry]) -> Mapping[int, ListedFunction]:
        """What each row says of a function."""
        departments = DepartmentsByName()
        return {
            entry.number: ListedFunction(
                departments.of(entry), entry.text("code"), entry.text("name"), entry.text("name_en"),
                entry.choice("mode", TransferMode), entry.text("catalogue_code"), entry.text("power_code"),
                entry.choice("readiness", Readiness), entry.text("legal_basis"),
            )
            for entry in entries
        }  # fmt: skip

    def look_up(self, rows: Collection[ListedFunction], day: date) -> KnownFunctions:
        """The functions and powers in force, and the items of the list's codes."""
        directory, powers = edition_in_force(ListKind.FUNCTIONS, day), edition_in_force(ListKind.POWERS, day)
        return KnownFunctions(
            {row.code: row for row in functions(directory)} if directory is not None else {},
            items_by_code({one.catalogue_code for one in rows}, day),
            {row.code: row for row in powers_of(powers)} if powers is not None else {},
        )

    def faults(self, terms: ListedFunction, register: KnownFunctions, day: date) -> Iterable[DomainError]:
        """No such department, no such item, or a power that is none of the department's or may not be transferred."""
        if terms.catalogue_code not in register.items:
            yield RuleBroken(
                word("购买服务目录里没有编码为 {code} 的三级项目。"), code=terms.catalogue_code, field="catalogue_code"
            )
        yield from terms.department.faults()
        if terms.department.meant is None:
            return
        try:
            ensure_power_holds(
                terms.power_code, register.powers.get(terms.power_code), terms.department.meant, None, day
            )
        except DomainError as fault:
            yield fault

    def unique(self, terms: ListedFunction, register: KnownFunctions) -> Sequence[Unique]:
        """No code twice."""
        return (Unique("code", terms.code, terms.code),)

    def outcome(self, terms: ListedFunction, register: KnownFunctions) -> Outcome:
        """Whether the function is new, or said otherwise than by the edition in force."""
        function = register.functions.get(terms.code)
        if function is None:
            return Outcome.ADDED
        return Outcome.UNCHANGED if is_said_by(function, _columns(terms, function)) else Outcome.CHANGED

    def before(self, terms: ListedFunction, register: KnownFunctions) -> Mapping[str, str]:
        """What the directory in force says of the function."""
        row = register.functions[terms.code]
        said = {
            "name": row.name, "name_en": row.name_en, "mode": row.mode.value, "catalogue_code": row.catalogue_code,
            "power_code": row.power_code, "readiness": row.readiness.value, "legal_basis": row.legal_basis,
        }  # fmt: skip
        return said if terms.department.name == row.department_name else {**said, "department": row.department_name}

    def remarks(self, rows: Collection[ListedFunction], register: KnownFunctions) -> Sequence[Said]:
        """What is in force and not in the list."""
        listed = {one.code for one in rows}
        gone = [row for row in register.functions.values() if row.code not in listed]
        said = word("现行目录里有 {count} 项职能不在这份表里，导入以后不能再按它们起草方案：{named}{more}。")
        told = {**some_of([row.called for row in gone]), "codes": tuple(row.code for row in gone)}
        return [Said(said, told)] if gone else []


def _columns(row: ListedFunction, before: TransferableFunction | None) -> dict[str, Any]:
    """A row as the edition would hold it; an English name that the list does not give is kept."""
    return {
        "name": row.name, "name_en": row.name_en or (before.name_en if before is not None else ""),
        "department_name": row.department.name, "mode": row.mode, "catalogue_code": row.catalogue_code,
        "power_code": row.power_code, "readiness": row.readiness, "legal_basis": row.legal_basis,
    }  # fmt: skip


def import_functions(row: Import, *, actor: User, now: datetime) -> None:
    """Take a directory of functions over, whole or not at all, as the next edition.

    Raises:
        RuleBroken: a row has a fault, or a column lacks.
        Conflict: another edition, or another register of powers, has come since the list was read in.
    """
    access.require(actor, Deed.FUNCTIONS_IMPORT, row)

    judged = judged_to_apply(row, FunctionImporter(), actor, now)

    edition = begin_edition(ListKind.FUNCTIONS, local_day(now), now)
    db.session.add_all(_function(edition.id, one, judged.register.functions) for one in judged.rows.values())
    IMPORT_MOVES.move(Deed.FUNCTIONS_IMPORT, row)
    end(row, now)

    audit.record(Deed.FUNCTIONS_IMPORT, row, actor=actor, now=now, **told_of(row), edition=edition.number)


def _function(edition_id: int, row: ListedFunction, known: Mapping[str, TransferableFunction]) -> TransferableFunction:
    before = known.get(row.code)
    return TransferableFunction(
        edition_id=edition_id, code=row.code, basis_status=status_of_basis(row.legal_basis, before), **_columns(row, before)
    )  # fmt: skip
