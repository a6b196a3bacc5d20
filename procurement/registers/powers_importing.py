"""Official registers of powers taken over: the list becomes the next edition, and the one before stays as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import DomainError
from procurement.foundation.labels import Said, word
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import (
    ListKind,
    TransferableFunction,
    begin_edition,
    edition_in_force,
    functions,
)
from procurement.registers.departments.listed import DepartmentsByName, ListedDepartment, department_column
from procurement.registers.imports.importer import Entry, Importer, Outcome, Unique, is_said_by, some_of
from procurement.registers.imports.models import IMPORT_MOVES, Import
from procurement.registers.imports.operations import end, judged_to_apply, told_of
from procurement.registers.imports.recognition import Column, ColumnKind
from procurement.registers.people import User
from procurement.registers.powers import Power, PowerKind, powers_of, status_of_basis

# How kinds are written besides their labels.
KINDS = {
    **{kind.label: kind.value for kind in PowerKind},
    **{kind.label.removeprefix("行政"): kind.value for kind in PowerKind},
    "其他": PowerKind.OTHER.value, "其他权力": PowerKind.OTHER.value, "其他职权": PowerKind.OTHER.value,
    "其他行政职权": PowerKind.OTHER.value, "其他类": PowerKind.OTHER.value, "公共服务事项": PowerKind.PUBLIC_SERVICE.value,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListedPower:
    """A row: the department, and the power."""

    department: ListedDepartment
    code: str
    name: str
    name_en: str
    kind: PowerKind | None
    legal_basis: str


@dataclass(frozen=True, slots=True)
class KnownPowers:
    """The powers in force by code, and the functions that rest on them."""

    powers: Mapping[str, Power]
    functions: Sequence[TransferableFunction]


class PowerImporter(Importer[ListedPower, KnownPowers]):
    """Registers of powers."""

    columns = (
        Column(
            "code", word("编码"), ("事项编码", "权责编码", "权力编码", "职权编码", "基本编码", "权责事项编码", "编号", "代码"),
            ColumnKind.CODE, longest=20,
        ),
        Column(
            "name", word("权责事项"), ("事项名称", "权力名称", "职权名称", "权责事项名称", "权力事项", "事项", "名称"), longest=120
        ),
        Column("name_en", word("英文名称"), ("英文名", "name in english"), is_required=False, longest=200),
        Column("kind", word("类别"), ("权力类型", "权力类别", "职权类别", "事项类型", "类型"), ColumnKind.CHOICE, options=KINDS),
        department_column(),
        Column(
            "legal_basis", word("依据"), ("设定依据", "实施依据", "法律依据", "法定依据", "权力依据"), is_required=False,
            longest=5000,
        ),
    )  # fmt: skip
    effect = word("这份清单成为新的一版，代替现行的一版；已经送交的方案不受影响，没有送交的按新的一版核对。")

    def read(self, entries: Sequence[Entry]) -> Mapping[int, ListedPower]:
        """What each row says of a power."""
        departments = DepartmentsByName()
        return {
            entry.number: ListedPower(
                departments.of(entry), entry.text("code"), entry.text("name"), entry.text("name_en"),
                entry.choice("kind", PowerKind), entry.text("legal_basis"),
            )
            for entry in entries
        }  # fmt: skip

    def look_up(self, rows: Collection[ListedPower], day: date) -> KnownPowers:
        """The powers and the functions in force."""
        powers, directory = edition_in_force(ListKind.POWERS, day), edition_in_force(ListKind.FUNCTIONS, day)
        known = {row.code: row for row in powers_of(powers)} if powers is not None else {}
        return KnownPowers(known, functions(directory) if directory is not None else [])

    def faults(self, terms: ListedPower, register: KnownPowers, day: date) -> Iterable[DomainError]:
        """No such department."""
        return terms.department.faults()

    def unique(self, terms: ListedPower, register: KnownPowers) -> Sequence[Unique]:
        """No code twice."""
        return (Unique("code", terms.code, terms.code),)

    def outcome(self, terms: ListedPower, register: KnownPowers) -> Outcome:
        """Whether the power is new, or said otherwise than by the edition in force."""
        power = register.powers.get(terms.code)
        if power is None:
            return Outcome.ADDED
        return Outcome.UNCHANGED if is_said_by(power, _columns(terms, power)) else Outcome.CHANGED

    def before(self, terms: ListedPower, register: KnownPowers) -> Mapping[str, str]:
        """What the register in force says of the power."""
        row = register.powers[terms.code]
        said = {"name": row.name, "name_en": row.name_en, "kind": row.kind.value, "legal_basis": row.legal_basis}
        return said if terms.department.name == row.department_name else {**said, "department": row.department_name}

    def remarks(self, rows: Collection[ListedPower], register: KnownPowers) -> Sequence[Said]:
        """What is in force and not in the list, and the functions that would rest on nothing."""
        listed = {one.code for one in rows}
        gone = [code for code in register.powers if code not in listed]
        bare = [row.called for row in register.functions if row.power_code not in listed]
        found = []
        if gone:
            said = word("现行清单里有 {count} 项不在这份表里，导入以后方案不能再选：{named}{more}。")
            found.append(Said(said, {**some_of(gone), "codes": tuple(gone)}))
        if bare:
            said = word(
                "可转移职能目录里有 {count} 项职能对应的权责不在这份表里，导入以后按它们起草的方案不能送交：{named}{more}。"
            )
            found.append(Said(said, some_of(bare)))
        return found


def _columns(row: ListedPower, before: Power | None) -> dict[str, Any]:
    """A row as the edition would hold it; an English name that the list does not give is kept."""
    return {
        "name": row.name, "name_en": row.name_en or (before.name_en if before is not None else ""), "kind": row.kind,
        "department_name": row.department.name, "legal_basis": row.legal_basis,
    }  # fmt: skip


def import_powers(row: Import, *, actor: User, now: datetime) -> None:
    """Take a register of powers over, whole or not at all, as the next edition.

    Raises:
        RuleBroken: a row has a fault, or a column lacks.
        Conflict: another edition has come since the list was read in.
    """
    access.require(actor, Deed.POWERS_IMPORT, row)

    judged = judged_to_apply(row, PowerImporter(), actor, now)

    edition = begin_edition(ListKind.POWERS, local_day(now), now)
    db.session.add_all(_power(edition.id, one, judged.register.powers) for one in judged.rows.values())
    IMPORT_MOVES.move(Deed.POWERS_IMPORT, row)
    end(row, now)

    audit.record(Deed.POWERS_IMPORT, row, actor=actor, now=now, **told_of(row), edition=edition.number)


def _power(edition_id: int, row: ListedPower, known: Mapping[str, Power]) -> Power:
    before = known.get(row.code)
    return Power(
        edition_id=edition_id, code=row.code, basis_status=status_of_basis(row.legal_basis, before), **_columns(row, before)
    )  # fmt: skip
