"""The register of departments' powers (权责清单): what a department is responsible for, and so may hand over or buy.

Every transferable function and every plan names its row (NEG-1). A list is an edition like the catalogue's.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, db
from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import Labelled, Twofold, enum_column, word
from procurement.registers.catalogue.models import (
    BasisStatus,
    ListKind,
    ReferenceEdition,
    TransferableFunction,
    edition_in_force,
)
from procurement.registers.people import Department
from procurement.statute import limits

FILE = Path(__file__).parent / "data" / "powers.csv"


class PowerKind(Labelled):
    """Of what kind a power is; the first five only agencies may exercise (FT-10)."""

    LICENCE = "licence", word("行政许可")
    PENALTY = "penalty", word("行政处罚")
    COERCION = "coercion", word("行政强制")
    LEVY = "levy", word("行政征收")
    ADJUDICATION = "adjudication", word("行政裁决")
    BENEFIT = "benefit", word("行政给付")
    INSPECTION = "inspection", word("行政检查")
    CONFIRMATION = "confirmation", word("行政确认")
    REWARD = "reward", word("行政奖励")
    OTHER = "other", word("其他行政权力")
    PUBLIC_SERVICE = "public-service", word("公共服务")


RESERVED = frozenset({PowerKind.LICENCE, PowerKind.PENALTY, PowerKind.COERCION, PowerKind.LEVY, PowerKind.ADJUDICATION})


class Power(Base):
    """One row: what a department is responsible for, of which kind, on which basis."""

    __tablename__ = "powers"
    __table_args__ = (UniqueConstraint("edition_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("reference_editions.id"))
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[PowerKind] = mapped_column(enum_column(PowerKind, "kind"))
    department_name: Mapped[str] = mapped_column(String(80), index=True)
    legal_basis: Mapped[str] = mapped_column(Text, default="")
    basis_status: Mapped[BasisStatus] = mapped_column(enum_column(BasisStatus, "basis_status"))

    edition: Mapped[ReferenceEdition] = relationship(lazy="raise")

    @property
    def called(self) -> Twofold:
        """Its name, as sentences take it: in both languages."""
        return Twofold(self.name, self.name_en)

    @property
    def is_reserved(self) -> bool:
        """Whether only an agency may exercise it (FT-10)."""
        return self.kind in RESERVED


# ── rules ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_power_holds(
    code: str, power: Power | None, department: Department, function: TransferableFunction | None, day: date
) -> None:
    """Refuse a plan that names no power of its department, one that agencies alone exercise, or not its function's own.

    Source: 《政府购买服务管理办法》第十条第一项、第二项 (NEG-1, NEG-2, FT-10).
    """
    outside, direct = limits.OUTSIDE_DUTIES.on(day).article, limits.DIRECT_DUTIES.on(day).article
    if not code:
        raise RuleBroken(
            word("还没有选对应的权责事项：不属于政府职责范围的事项不得购买。请从本部门的权责清单里选一项。"),
            field="power_code", article=outside,
        )  # fmt: skip
    if power is None:
        raise RuleBroken(
            word("权责清单里没有编码 {code}。请从本部门的权责清单里选一项。"),
            code=code, field="power_code", article=outside,
        )  # fmt: skip
    if power.department_name != department.name:
        raise RuleBroken(
            word("“{power}”是{owner}的权责，不是{department}的。请选本部门的一项。"),
            power=power.called, owner=power.department_name, department=department.called, field="power_code",
            article=outside,
        )  # fmt: skip
    if power.is_reserved:
        raise RuleBroken(
            word("“{power}”属于{kind}，应当由政府直接履行，不能转移，也不能购买。"),
            power=power.called, kind=power.kind, field="power_code", article=direct,
        )  # fmt: skip
    if function is not None and function.power_code != power.code:
        raise RuleBroken(
            word("职能“{function}”对应的权责是 {own}，您选的是 {code}。请选 {own}。"),
            function=function.called, own=function.power_code, code=power.code, field="power_code", article=outside,
        )  # fmt: skip


def status_of_basis(legal_basis: str, before: Power | TransferableFunction | None) -> BasisStatus:
    """The standing of an article that an imported list cites: nobody of us has read it, unless the edition before cites it too."""
    if not legal_basis:
        return BasisStatus.NONE
    return before.basis_status if before is not None and before.legal_basis == legal_basis else BasisStatus.RECALLED


# ── loading ────────────────────────────────────────────────────────────────────────────────────────────────────────


def load_powers(edition: ReferenceEdition) -> None:
    """Load the bundled register as an edition."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        db.session.add_all(
            Power(
                edition_id=edition.id, code=row["code"], name=row["name"], name_en=row["name_en"],
                kind=PowerKind(row["kind"]), department_name=row["department"], legal_basis=row["legal_basis"],
                basis_status=BasisStatus(row["basis_status"]),
            )
            for row in csv.DictReader(lines)
        )  # fmt: skip


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def powers_of(edition: ReferenceEdition, department_name: str | None = None) -> Sequence[Power]:
    """The powers of an edition, of one department where given, by code."""
    query = select(Power).where(Power.edition_id == edition.id).order_by(Power.code)
    if department_name is not None:
        query = query.where(Power.department_name == department_name)
    return db.session.scalars(query).all()


def powers_to_transfer(department: Department, day: date) -> Sequence[Power]:
    """What this department may hand over or buy by the register of `day`: its powers, the reserved ones left out."""
    edition = edition_in_force(ListKind.POWERS, day)
    return [] if edition is None else [row for row in powers_of(edition, department.name) if not row.is_reserved]


def power_by_code(code: str, day: date) -> Power | None:
    """The power of this code in the register of `day`."""
    edition = edition_in_force(ListKind.POWERS, day)
    if edition is None:
        return None
    return db.session.scalar(select(Power).where(Power.edition_id == edition.id, Power.code == code))
