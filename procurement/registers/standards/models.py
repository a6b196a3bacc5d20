"""Standards: code, title, kind, status, and whether the text itself is held here or only known by its title."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import ForeignKey, Select, String, Text, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, db, portions
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.registers.files import StoredFile
from procurement.statute.clauses import Phase

FILE = Path(__file__).parent / "data" / "standards.csv"

# When a standard is worked by: before the service, while it runs, or afterwards.
PHASES = (Phase.BEFORE, Phase.DURING, Phase.AFTER)


class StandardKind(Labelled):
    """Of what kind a standard is: the five of the Standardization Law, and the documents that a city works by."""

    NATIONAL = "national", word("国家标准")
    INDUSTRY = "industry", word("行业标准")
    LOCAL = "local", word("地方标准")
    GROUP = "group", word("团体标准")
    ENTERPRISE = "enterprise", word("企业标准")
    DOCUMENT = "document", word("规范性文件")
    UNCONFIRMED = "unconfirmed", word("种类待核")


class StandardStatus(Labelled):
    """Whether a standard may be worked by."""

    IN_FORCE = "in-force", word("现行")
    DRAFT = "draft", word("制定中")
    REPEALED = "repealed", word("已废止")
    UNCONFIRMED = "unconfirmed", word("状态待核")


class StandardOrigin(Labelled):
    """Where the row was taken from."""

    TEXT = "text", word("录自标准文本")
    REPORT = "report", word("标题来自报道")
    LIST = "list", word("录自正式清单")


class Standard(Base):
    """One standard; without a code while only its title is known. Its text, once held, is not exchanged for another."""

    __tablename__ = "standards"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str | None] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(200), index=True)
    kind: Mapped[StandardKind] = mapped_column(enum_column(StandardKind, "kind"))
    status: Mapped[StandardStatus] = mapped_column(enum_column(StandardStatus, "status"))
    origin: Mapped[StandardOrigin] = mapped_column(enum_column(StandardOrigin, "origin"))
    phase: Mapped[Phase] = mapped_column(enum_column(Phase, "phase"), default=Phase.DURING)
    source: Mapped[str] = mapped_column(Text, default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))

    file: Mapped[StoredFile | None] = relationship(lazy="select")

    chain_key = "house"

    @property
    def reference(self) -> str:
        """What it is referred to by: its code, or its title while it has none."""
        return self.code or self.title

    @property
    def cited(self) -> str:
        """As papers cite it: `《社区工作规范》（DB33/T 2001）`."""
        return f"《{self.title}》（{self.code}）" if self.code else f"《{self.title}》"


# ── loading ────────────────────────────────────────────────────────────────────────────────────────────────────────


def load_standards() -> int:
    """Load the bundled titles into an empty register, and say how many; the caller commits."""
    if number_of_standards():
        return 0
    with FILE.open(encoding="utf-8", newline="") as lines:
        rows = [
            Standard(
                code=row["code"] or None, title=row["title"], kind=StandardKind(row["kind"]),
                status=StandardStatus(row["status"]), origin=StandardOrigin(row["origin"]),
                phase=Phase(row["phase"]), source=row["source"],
            )
            for row in csv.DictReader(lines)
        ]  # fmt: skip
    db.session.add_all(rows)
    db.session.flush()
    return len(rows)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def standard_by_id(standard_id: int) -> Standard | None:
    """The standard of this number in the address."""
    return db.session.get(Standard, standard_id)


def standards_by_reference(references: Iterable[str]) -> Mapping[str, Sequence[Standard]]:
    """The standards of these codes or titles, by what was asked; a title may be that of several editions."""
    asked, known = set(references), set[Standard]()
    for portion in portions(asked):
        known |= set(
            db.session.scalars(select(Standard).where(or_(Standard.code.in_(portion), Standard.title.in_(portion))))
        )
    by_code: dict[str, list[Standard]] = {}
    by_title: dict[str, list[Standard]] = {}
    for row in sorted(known, key=lambda row: row.id):
        by_title.setdefault(row.title, []).append(row)
        if row.code is not None:
            by_code[row.code] = [row]
    return {name: by_code.get(name) or by_title.get(name, []) for name in asked}


def standards_to_follow() -> Sequence[Standard]:
    """What a plan may follow: everything that is neither repealed nor still being drawn up, by code and title."""
    query = select(Standard).where(Standard.status.in_((StandardStatus.IN_FORCE, StandardStatus.UNCONFIRMED)))
    return db.session.scalars(query.order_by(Standard.code, Standard.title)).all()


def standards(
    words: str = "",
    kind: StandardKind | None = None,
    status: StandardStatus | None = None,
    *,
    first: int = 0,
    limit: int | None = None,
) -> Sequence[Standard]:
    """Standards by title: those whose code or title holds `words`, from the `first` on, `limit` of them."""
    query = _found(words, kind, status).order_by(Standard.title, Standard.id).offset(first).limit(limit)
    return db.session.scalars(query).all()


def number_of_standards(words: str = "", kind: StandardKind | None = None, status: StandardStatus | None = None) -> int:
    """How many standards there are of this kind and status that hold `words`."""
    return db.session.scalar(select(func.count()).select_from(_found(words, kind, status).subquery())) or 0


def _found(words: str, kind: StandardKind | None, status: StandardStatus | None) -> Select[Standard]:
    query = select(Standard)
    if words:
        columns = (Standard.title, Standard.code)
        query = query.where(or_(*(func.lower(column).contains(words.lower(), autoescape=True) for column in columns)))
    if kind is not None:
        query = query.where(Standard.kind == kind)
    if status is not None:
        query = query.where(Standard.status == status)
    return query
