"""Lists of budget lines taken over: a year's budget as finance keeps it, or as it was adjusted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from procurement.foundation.database import db
from procurement.foundation.errors import DomainError
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.budgets.models import Balance, BudgetLine, Key, balances_of, lines_of_years
from procurement.registers.budgets.operations import change_amount
from procurement.registers.budgets.rules import LineTerms, ensure_covers, faults_of_line, no_reason
from procurement.registers.departments.listed import DepartmentsByName, ListedDepartment, department_column
from procurement.registers.imports.importer import Entry, Importer, Outcome, Unique
from procurement.registers.imports.models import IMPORT_MOVES, Import
from procurement.registers.imports.operations import end, judged_to_apply, told_of
from procurement.registers.imports.recognition import Column, ColumnKind
from procurement.registers.people import User


@dataclass(frozen=True, slots=True)
class ListedLine:
    """A row: the department, and the line."""

    department: ListedDepartment
    terms: LineTerms
    reason: str = ""

    @property
    def key(self) -> Key | None:
        """By what the line is found."""
        department, year, code = self.department.meant, self.terms.year, self.terms.code
        return (department.id, year, code) if department is not None and year and code else None


@dataclass(frozen=True, slots=True)
class KnownLines:
    """The lines of these years, and what is held of each."""

    lines: Mapping[Key, BudgetLine]
    balances: Mapping[Key, Balance]


@dataclass(frozen=True)
class BudgetLineImporter(Importer[ListedLine, KnownLines]):
    """Lists of budget lines; while one is taken over the lines of its years are locked, as for any other change of an amount."""

    locks: bool = False

    columns = (
        department_column(),
        Column("year", word("年度"), ("预算年度", "年份", "年"), ColumnKind.WHOLE),
        Column(
            "code", word("预算项目编号"), ("项目编号", "项目编码", "项目代码", "预算项目编码", "预算项目代码", "编号", "编码", "代码"),
            ColumnKind.CODE, longest=40,
        ),
        Column("name", word("预算项目名称"), ("项目名称", "预算项目", "项目", "名称"), longest=120),
        Column(
            "amount", word("预算金额"), ("金额", "预算数", "预算额", "年初预算", "年初预算数", "批复金额", "批复数", "调整后预算"),
            ColumnKind.MONEY,
        ),
        Column("reason", word("调整理由"), ("理由", "依据", "理由和依据", "调整依据", "批复文件", "批复文号"), is_required=False, longest=500),
    )  # fmt: skip
    effect = word("新增的预算项目从现在起可以占用；变更的按表里的金额，已经占用的不变。")

    def read(self, entries: Sequence[Entry]) -> Mapping[int, ListedLine]:
        """What each row says of a line."""
        departments = DepartmentsByName()
        return {
            entry.number: ListedLine(
                departments.of(entry),
                LineTerms(entry.whole("year"), entry.text("code"), entry.text("name"), entry.money("amount")),
                entry.text("reason"),
            )
            for entry in entries
        }  # fmt: skip

    def look_up(self, rows: Collection[ListedLine], day: date) -> KnownLines:
        """The lines of the list's years, and what is held of those that it names."""
        keys = {one.key for one in rows}
        lines = {line.key: line for line in lines_of_years({one.terms.year for one in rows}, lock=self.locks)}
        return KnownLines(lines, balances_of([line for key, line in lines.items() if key in keys]))

    def faults(self, terms: ListedLine, register: KnownLines, day: date) -> Iterable[DomainError]:
        """No such department, no sound line, or an amount under what is held."""
        yield from terms.department.faults()
        yield from faults_of_line(terms.terms, day)
        if terms.key is not None and terms.key in register.lines:
            line = register.lines[terms.key]
            if line.amount != terms.terms.amount and not terms.reason:
                yield no_reason(line.amount, terms.terms.amount)
            try:
                ensure_covers(terms.terms.amount, register.balances[terms.key], day)
            except DomainError as fault:
                yield fault

    def unique(self, terms: ListedLine, register: KnownLines) -> Sequence[Unique]:
        """No line twice."""
        return (Unique("code", terms.key, terms.terms.code),)

    def outcome(self, terms: ListedLine, register: KnownLines) -> Outcome:
        """Whether the line is new, or has another name or amount."""
        line = register.lines.get(terms.key) if terms.key is not None else None
        if line is None:
            return Outcome.ADDED
        same = (line.name, line.amount) == (terms.terms.name, terms.terms.amount)
        return Outcome.UNCHANGED if same else Outcome.CHANGED

    def before(self, terms: ListedLine, register: KnownLines) -> Mapping[str, str]:
        """Its name and amount until then."""
        line = register.lines[terms.key] if terms.key is not None else None
        return {"name": line.name, "amount": line.amount.plain} if line is not None else {}


def import_budget_lines(row: Import, *, actor: User, now: datetime) -> None:
    """Take a list of budget lines over, whole or not at all; every amount that is changed stands in the audit.

    Raises:
        RuleBroken: a row has a fault, or a column lacks.
        Conflict: a budget has changed since the list was read in.
    """
    access.require(actor, Deed.BUDGET_LINES_IMPORT, row)

    judged = judged_to_apply(row, BudgetLineImporter(locks=True), actor, now)

    _enter(judged.of(Outcome.ADDED))
    adjusted = [_adjust(judged.register.lines, one, actor, now) for one in judged.of(Outcome.CHANGED)]
    IMPORT_MOVES.move(Deed.BUDGET_LINES_IMPORT, row)
    end(row, now)

    audit.record(Deed.BUDGET_LINES_IMPORT, row, actor=actor, now=now, **told_of(row), adjusted=adjusted)


def _enter(rows: Iterable[ListedLine]) -> None:
    db.session.add_all(
        BudgetLine(
            department=one.department.meant, year=one.terms.year, code=one.terms.code, name=one.terms.name, amount=one.terms.amount
        )
        for one in rows
    )  # fmt: skip


def _adjust(lines: Mapping[Key, BudgetLine], row: ListedLine, actor: User, now: datetime) -> list[str | int | Money]:
    """Change a line, and say which one and from what to what."""
    assert row.key is not None
    line = lines[row.key]
    before, line.name = line.amount, row.terms.name
    if row.terms.amount != before:
        change_amount(line, row.terms.amount, row.reason, actor=actor, now=now)
    return [line.department.name, line.year, line.code, before, line.amount]
