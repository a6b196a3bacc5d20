"""The names departments had before, and departments asked for by any name they ever had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Select, String, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from procurement.foundation.database import Base, db
from procurement.foundation.labels import Twofold
from procurement.registers.people import Department, departments


class DepartmentName(Base):
    """A name a department no longer has; `until` is the first day on which it had the next one."""

    __tablename__ = "department_names"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    name_en: Mapped[str] = mapped_column(String(160))
    until: Mapped[date] = mapped_column()

    @property
    def called(self) -> Twofold:
        """The name, as sentences take it: in both languages."""
        return Twofold(self.name, self.name_en)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def department_by_id(department_id: int) -> Department | None:
    """The department of this number."""
    return db.session.get(Department, department_id)


def department_by_code(credit_code: str) -> Department | None:
    """The department of this credit code."""
    return db.session.scalar(select(Department).where(Department.credit_code == credit_code))


def former_names(department_ids: Iterable[int]) -> Mapping[int, list[DepartmentName]]:
    """The former names of these departments by their numbers, the latest first."""
    query = select(DepartmentName).where(DepartmentName.department_id.in_(list(department_ids)))
    found: dict[int, list[DepartmentName]] = {}
    for row in db.session.scalars(query.order_by(DepartmentName.until.desc(), DepartmentName.id.desc())):
        found.setdefault(row.department_id, []).append(row)
    return found


def names_ever_held() -> Mapping[str, Department | DepartmentName]:
    """Every name that a department has or had; a list that was printed under an old name still finds its English."""
    former = db.session.scalars(select(DepartmentName).order_by(DepartmentName.until, DepartmentName.id))
    return {row.name: row for row in [*former, *departments()]}


def departments_by_any_name() -> Mapping[str, Department]:
    """Every department by each name it has or had; where one has what was another's, it is the one that has it."""
    own = {row.id: row for row in departments()}
    former = db.session.scalars(select(DepartmentName).order_by(DepartmentName.until, DepartmentName.id))
    return {row.name: own[row.department_id] for row in former} | {row.name: row for row in own.values()}


def searched_departments(words: str = "", *, first: int = 0, limit: int | None = None) -> Sequence[Department]:
    """Departments whose present or former name or code holds `words`, from the `first` on, `limit` of them."""
    return db.session.scalars(_searched(words).order_by(Department.id).offset(first).limit(limit)).all()


def number_of_departments(words: str = "") -> int:
    """How many departments hold `words` in a present or former name or in the code."""
    return db.session.scalar(select(func.count()).select_from(_searched(words).subquery())) or 0


def _searched(words: str) -> Select[Department]:
    query = select(Department)
    if not words:
        return query
    present = (Department.name, Department.name_en, Department.credit_code)
    once = select(DepartmentName.department_id).where(
        or_(*(_holds(column, words) for column in (DepartmentName.name, DepartmentName.name_en)))
    )
    return query.where(or_(*(_holds(column, words) for column in present), Department.id.in_(once)))


def _holds(column: Any, words: str) -> ColumnElement[bool]:
    return func.lower(column).contains(words.lower(), autoescape=True)
