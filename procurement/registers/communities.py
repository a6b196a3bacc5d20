"""The 102 communities of the city: where a service is delivered, and whom a grid member belongs to."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from procurement.foundation.database import Base, db
from procurement.foundation.labels import Labelled, enum_column, word

FILE = Path(__file__).parent / "data" / "communities.csv"

# The number that the press report gives; the bundled list has as many rows, some of them places kept free.
HOW_MANY = 102


class NameProvenance(Labelled):
    """Whether the name of a community was found in a published source."""

    REAL = "real", word("名称见于公开资料")
    PLACEHOLDER = "placeholder", word("占位，名称待核")
    IMPORTED = "imported", word("名称来自导入的名单")


class FormerType(Labelled):
    """What the community was before the reform of 2020."""

    ORIGINAL = "original", word("原有社区")
    FROM_VILLAGE = "from-village", word("村改社区")
    UNKNOWN = "unknown", word("未知")


class Community(Base):
    """One community; its code is local to this system and no official division code."""

    __tablename__ = "communities"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    name_en: Mapped[str] = mapped_column(String(120), default="")
    provenance: Mapped[NameProvenance] = mapped_column(enum_column(NameProvenance, "provenance"))
    former_type: Mapped[FormerType] = mapped_column(enum_column(FormerType, "former_type"), default=FormerType.UNKNOWN)
    note: Mapped[str] = mapped_column(String(200), default="")


def bundled_communities() -> list[Community]:
    """The communities of the bundled file as new, unsaved rows, by code."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return [
            Community(
                code=row["code"],
                name=row["name"],
                name_en=row["name_en"],
                note=row["note"],
                provenance=NameProvenance(row["provenance"]),
                former_type=FormerType(row["former_type"]),
            )
            for row in csv.DictReader(lines)
        ]


def load_communities() -> bool:
    """Load the bundled communities unless there are some, and say whether it did; the commit is the caller's."""
    if db.session.scalar(select(Community.id).limit(1)) is not None:
        return False
    db.session.add_all(bundled_communities())
    db.session.flush()
    return True


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def communities() -> Sequence[Community]:
    """Every community, by code."""
    return db.session.scalars(select(Community).order_by(Community.code)).all()


def community_by_code(code: str) -> Community | None:
    """The community of this code."""
    return db.session.scalar(select(Community).where(Community.code == code))
