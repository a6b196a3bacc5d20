"""Budget lines, and what each matter holds of them.

A matter is named by its chain (`transfer:7`), since this floor knows no transfers. A use is found by department, year and
code and not by the line's row: a matter of several years holds money of years whose budget is not there yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, MoneyFen, db, portions
from procurement.foundation.money import Money
from procurement.registers.people import Department, User

NOTHING = Money(0)


class BudgetLine(Base):
    """What one department may spend under one code in one year."""

    __tablename__ = "budget_lines"
    __table_args__ = (
        UniqueConstraint("department_id", "year", "code"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    year: Mapped[int] = mapped_column(index=True)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    amount: Mapped[Money] = mapped_column(MoneyFen)
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship(lazy="select")

    __mapper_args__ = {"version_id_col": version}

    chain_key = "house"

    @property
    def key(self) -> Key:
        """By what a use of it is found."""
        return self.department_id, self.year, self.code


class BudgetAdjustment(Base):
    """One change of a line's amount: from what to what, why, by whom; the line's page shows them all."""

    __tablename__ = "budget_adjustments"
    __table_args__ = (CheckConstraint("before <> after", name="changes_something"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("budget_lines.id"), index=True)
    before: Mapped[Money] = mapped_column(MoneyFen)
    after: Mapped[Money] = mapped_column(MoneyFen)
    reason: Mapped[str] = mapped_column(Text)
    adjusted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    adjusted_at: Mapped[datetime] = mapped_column(Moment)

    adjusted_by: Mapped[User] = relationship(lazy="select")


class BudgetUse(Base):
    """What one matter holds of one line: reserved first, then committed, at last no more than was spent.

    What supplements commit was reserved by no plan.

    `held` is what counts against the line now; the other three say how it came to that.
    """

    __tablename__ = "budget_uses"
    __table_args__ = (
        UniqueConstraint("department_id", "year", "code", "matter"),
        CheckConstraint("reserved >= 0 AND committed >= 0 AND spent >= 0 AND held >= 0", name="not_negative"),
        CheckConstraint("spent <= committed", name="spent_within_committed"),
        CheckConstraint("spent <= held", name="spent_is_held"),
        Index("ix_budget_uses_matter", "matter"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    year: Mapped[int] = mapped_column()
    code: Mapped[str] = mapped_column(String(40))
    matter: Mapped[str] = mapped_column(String(40))
    reserved: Mapped[Money] = mapped_column(MoneyFen, default=NOTHING)
    committed: Mapped[Money] = mapped_column(MoneyFen, default=NOTHING)
    spent: Mapped[Money] = mapped_column(MoneyFen, default=NOTHING)
    held: Mapped[Money] = mapped_column(MoneyFen, default=NOTHING)

    @property
    def key(self) -> Key:
        """By what its line is found."""
        return self.department_id, self.year, self.code

    @property
    def is_joined(self) -> bool:
        """Whether it is of a line: a later year's money has none until that year's budget is there."""
        return bool(self.code)


Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Balance:
    """What a line has (None: no such line), what is held of it, and what is left."""

    amount: Money
    held: Money
    committed: Money
    spent: Money

    @property
    def reserved(self) -> Money:
        """Held by plans that have no agreement yet, or left over by agreements that are not closed."""
        return self.held - self.committed

    @property
    def available(self) -> Money:
        """What a plan may still reserve; below zero where a line was cut under what is held."""
        return self.amount - self.held


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def line_by_id(line_id: int) -> BudgetLine | None:
    """The budget line of this number."""
    return db.session.get(BudgetLine, line_id)


def line_by_key(key: Key) -> BudgetLine | None:
    """The line of this department, year and code."""
    department_id, year, code = key
    query = select(BudgetLine).where(
        BudgetLine.department_id == department_id, BudgetLine.year == year, BudgetLine.code == code
    )
    return db.session.scalar(query)


def lines_of(year: int, department_ids: Iterable[int] | None = None) -> Sequence[BudgetLine]:
    """The lines of a year, of some departments where given, by department and code."""
    query = select(BudgetLine).where(BudgetLine.year == year).order_by(BudgetLine.department_id, BudgetLine.code)
    if department_ids is not None:
        query = query.where(BudgetLine.department_id.in_(list(department_ids)))
    return db.session.scalars(query).unique().all()


def lines_of_years(years: Iterable[int], *, lock: bool = False) -> Sequence[BudgetLine]:
    """The lines of these years, locked in the order in which plans lock theirs where they are to be changed."""
    query = (
        select(BudgetLine)
        .where(BudgetLine.year.in_(list(years)))
        .order_by(BudgetLine.year, BudgetLine.code, BudgetLine.department_id)
    )
    if lock:
        query = query.with_for_update(of=BudgetLine).execution_options(populate_existing=True)
    return db.session.scalars(query).unique().all()


def years_with_lines(department_id: int | None = None) -> Sequence[int]:
    """The years there is a budget of, of one department where given, the latest first."""
    query = select(BudgetLine.year).distinct().order_by(BudgetLine.year.desc())
    if department_id is not None:
        query = query.where(BudgetLine.department_id == department_id)
    return db.session.scalars(query).all()


def balances_of(lines: Sequence[BudgetLine]) -> dict[Key, Balance]:
    """What is left of each of these lines, in one query for some hundreds."""
    found: dict[Key, Balance] = {}
    for portion in portions(lines):
        found |= _balances(portion)
    return found


def _balances(lines: Sequence[BudgetLine]) -> dict[Key, Balance]:
    query = (
        select(
            BudgetUse.department_id,
            BudgetUse.year,
            BudgetUse.code,
            func.sum(BudgetUse.held).label("held"),
            func.sum(BudgetUse.committed).label("committed"),
            func.sum(BudgetUse.spent).label("spent"),
        )
        .where(tuple_(BudgetUse.department_id, BudgetUse.year, BudgetUse.code).in_([row.key for row in lines]))
        .group_by(BudgetUse.department_id, BudgetUse.year, BudgetUse.code)
    )
    held = {(row.department_id, row.year, row.code): row for row in db.session.execute(query)}
    return {
        line.key: Balance(line.amount, found.held, found.committed, found.spent)
        if (found := held.get(line.key))
        else Balance(line.amount, NOTHING, NOTHING, NOTHING)
        for line in lines
    }


def adjustments_of(line: BudgetLine) -> Sequence[BudgetAdjustment]:
    """Every change of a line's amount, the newest first."""
    query = select(BudgetAdjustment).where(BudgetAdjustment.line_id == line.id)
    return db.session.scalars(query.order_by(BudgetAdjustment.id.desc())).unique().all()


def spent_on(matters: Iterable[str]) -> dict[str, Money]:
    """What was paid for each of these matters, in one query; those that nothing was paid for are left out."""
    query = (
        select(BudgetUse.matter, func.sum(BudgetUse.spent))
        .where(BudgetUse.matter.in_(list(matters)), BudgetUse.spent > NOTHING)
        .group_by(BudgetUse.matter)
    )
    return {matter: spent for matter, spent in db.session.execute(query)}


def uses_of_line(line: BudgetLine) -> Sequence[BudgetUse]:
    """What each matter holds of a line, the oldest first."""
    query = select(BudgetUse).where(
        BudgetUse.department_id == line.department_id, BudgetUse.year == line.year, BudgetUse.code == line.code
    )
    return db.session.scalars(query.order_by(BudgetUse.id)).all()


def uses_of_matter(matter: str) -> Sequence[BudgetUse]:
    """What a matter holds of every line, the earliest year first: in this order it is committed and spent."""
    query = select(BudgetUse).where(BudgetUse.matter == matter)
    return db.session.scalars(query.order_by(BudgetUse.year, BudgetUse.id)).all()


def unjoined_uses(matters: Iterable[str], last_year: int) -> Sequence[BudgetUse]:
    """What these matters still hold of no line in the years up to `last_year`, spent nothing of, the earliest year first."""
    query = select(BudgetUse).where(
        BudgetUse.matter.in_(list(matters)), BudgetUse.code == "", BudgetUse.year <= last_year, BudgetUse.held > NOTHING
    )
    return db.session.scalars(query.order_by(BudgetUse.year, BudgetUse.id)).all()
