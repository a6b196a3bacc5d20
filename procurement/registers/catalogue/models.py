"""The reference lists: the catalogue (6/43/172), the negative list, the directory of transferable functions.

A list is loaded as an edition and never changed afterwards: an official list becomes a further edition, and what was
drafted under an earlier one keeps its entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, db
from procurement.foundation.labels import Labelled, Twofold, enum_column, word


class ListKind(Labelled):
    """Which reference list an edition is of."""

    CATALOGUE = "catalogue", word("购买服务目录")
    NEGATIVE_LIST = "negative-list", word("负面清单")
    FUNCTIONS = "functions", word("可转移职能目录")
    POWERS = "powers", word("权责清单")
    COMMUNITIES = "communities", word("社区名单")


class ListProvenance(Labelled):
    """Where an edition came from."""

    BUNDLED = "bundled", word("系统内置的参考清单")
    IMPORTED = "imported", word("导入的正式清单")


class Severity(Labelled):
    """What a hit of a row of the negative list means."""

    PROHIBITED = "prohibited", word("不得购买")
    NEEDS_REVIEW = "needs-review", word("需要复核")


class TransferMode(Labelled):
    """How a function is transferred; the first two are performed directly, the third on the department's behalf."""

    WHOLE = "whole", word("整体转移")
    PARTIAL = "partial", word("部分转移")
    ENTRUSTED = "entrusted", word("委托")
    PURCHASED = "purchased", word("购买服务")


class Readiness(Labelled):
    """Whether society is ready to take a function over (FT-8)."""

    READY = "ready", word("已具备条件")
    PARTLY = "partly", word("基本具备条件，分步转移")
    NOT_YET = "not", word("暂不具备条件，先培育")


class BasisStatus(Labelled):
    """Whether the cited article was read when the bundled lists were made."""

    VERIFIED = "verified", word("已核对条文")
    PARTLY_VERIFIED = "partly-verified", word("部分条文已核对")
    RECALLED = "recalled", word("条文待核对")
    COMPOSED = "composed", word("本项目的理解")
    NONE = "none", word("无专门依据")

    @property
    def standing(self) -> str:
        """The standing of an article cited with this status, in the words of the table of clauses."""
        return {"verified": "law", "composed": "practice"}.get(self.value, "unverified")


class ReferenceEdition(Base):
    """One edition of one reference list."""

    __tablename__ = "reference_editions"
    __table_args__ = (UniqueConstraint("kind", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ListKind] = mapped_column(enum_column(ListKind, "kind"))
    number: Mapped[int] = mapped_column()
    in_force_on: Mapped[date] = mapped_column()
    provenance: Mapped[ListProvenance] = mapped_column(enum_column(ListProvenance, "provenance"))
    loaded_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def is_bundled(self) -> bool:
        """Whether a page that shows this edition must say that it is not an official text."""
        return self.provenance is ListProvenance.BUNDLED


class CatalogueEntry(Base):
    """A division (level 1), class (2) or item (3) of the catalogue; department, mark and unit stand on level 3 only."""

    __tablename__ = "catalogue_entries"
    __table_args__ = (
        UniqueConstraint("edition_id", "code"),
        CheckConstraint("level BETWEEN 1 AND 3", name="three_levels"),
        CheckConstraint("(level = 1) = (parent_id IS NULL)", name="parent_iff_below_level_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("reference_editions.id"))
    code: Mapped[str] = mapped_column(String(12))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_entries.id"), index=True)
    level: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    scope: Mapped[str] = mapped_column(Text, default="")
    department_name: Mapped[str] = mapped_column(String(80), default="")
    suitable: Mapped[bool | None] = mapped_column()
    unit: Mapped[str] = mapped_column(String(20), default="")

    edition: Mapped[ReferenceEdition] = relationship(lazy="raise")
    parent: Mapped[CatalogueEntry | None] = relationship(lazy="raise", remote_side=[id])

    @property
    def is_item(self) -> bool:
        """Whether this is a service that can be bought, and not a heading."""
        return self.level == 3


class CatalogueBigram(Base):
    """The index of the search: two neighbouring characters that occur in an entry's name, English name or scope."""

    __tablename__ = "catalogue_bigrams"
    __table_args__ = (Index("ix_catalogue_bigrams_bigram", "bigram"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("catalogue_entries.id", ondelete="CASCADE"), primary_key=True)
    bigram: Mapped[str] = mapped_column(String(2), primary_key=True)


class NegativeListEntry(Base):
    """A category (level 1) or example (2) of what may not be bought; `keywords` are separated by `|`.

    `barred_codes`, separated alike, are entries of the catalogue that are barred with everything below them.
    """

    __tablename__ = "negative_list_entries"
    __table_args__ = (
        UniqueConstraint("edition_id", "code"),
        CheckConstraint("(level = 1) = (parent_id IS NULL)", name="parent_iff_below_level_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("reference_editions.id"))
    code: Mapped[str] = mapped_column(String(12))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("negative_list_entries.id"), index=True)
    level: Mapped[int] = mapped_column()
    title: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(240), default="")
    basis: Mapped[str] = mapped_column(Text)
    keywords: Mapped[str] = mapped_column(Text, default="")
    barred_codes: Mapped[str] = mapped_column(Text, default="")
    severity: Mapped[Severity] = mapped_column(enum_column(Severity, "severity"))
    basis_status: Mapped[BasisStatus] = mapped_column(enum_column(BasisStatus, "basis_status"))

    edition: Mapped[ReferenceEdition] = relationship(lazy="raise")
    parent: Mapped[NegativeListEntry | None] = relationship(lazy="raise", remote_side=[id])

    @property
    def keyword_list(self) -> list[str]:
        """The keywords, one by one."""
        return [keyword for keyword in self.keywords.split("|") if keyword]

    @property
    def barred_code_list(self) -> list[str]:
        """The barred codes of the catalogue, one by one."""
        return [code for code in (self.barred_codes or "").split("|") if code]


class TransferableFunction(Base):
    """A function of a department that may be transferred, its mode, and the catalogue item it is bought under."""

    __tablename__ = "transferable_functions"
    __table_args__ = (UniqueConstraint("edition_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("reference_editions.id"))
    code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    department_name: Mapped[str] = mapped_column(String(80))
    mode: Mapped[TransferMode] = mapped_column(enum_column(TransferMode, "mode"))
    catalogue_code: Mapped[str] = mapped_column(String(12), index=True)
    power_code: Mapped[str] = mapped_column(String(20))
    readiness: Mapped[Readiness] = mapped_column(enum_column(Readiness, "readiness"))
    legal_basis: Mapped[str] = mapped_column(Text, default="")
    basis_status: Mapped[BasisStatus] = mapped_column(enum_column(BasisStatus, "basis_status"))

    edition: Mapped[ReferenceEdition] = relationship(lazy="raise")

    @property
    def called(self) -> Twofold:
        """Its name, as sentences take it: in both languages."""
        return Twofold(self.name, self.name_en)


@dataclass(frozen=True, slots=True)
class Node:
    """An entry of the catalogue with what stands below it, in the order of the codes."""

    entry: CatalogueEntry
    children: tuple[Node, ...]

    @property
    def item_count(self) -> int:
        """How many items (level 3) stand here or below."""
        return int(self.entry.is_item) + sum(child.item_count for child in self.children)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def edition_in_force(kind: ListKind, day: date | None = None) -> ReferenceEdition | None:
    """The latest edition of a list, or the latest of those in force on `day`; None before any is loaded."""
    query = select(ReferenceEdition).where(ReferenceEdition.kind == kind)
    if day is not None:
        query = query.where(ReferenceEdition.in_force_on <= day)
    return db.session.scalar(query.order_by(ReferenceEdition.number.desc()).limit(1))


def begin_edition(kind: ListKind, in_force_on: date, now: datetime) -> ReferenceEdition:
    """The next edition of a list, imported, in the transaction of the deed that fills it; it has its number."""
    before = edition_in_force(kind)
    edition = ReferenceEdition(
        kind=kind, number=before.number + 1 if before is not None else 1, in_force_on=in_force_on,
        provenance=ListProvenance.IMPORTED, loaded_at=now,
    )  # fmt: skip
    db.session.add(edition)
    db.session.flush()
    return edition


def entries_of(edition: ReferenceEdition) -> Sequence[CatalogueEntry]:
    """Every entry of an edition of the catalogue, by code."""
    query = select(CatalogueEntry).where(CatalogueEntry.edition_id == edition.id)
    return db.session.scalars(query.order_by(CatalogueEntry.code)).all()


def tree(edition: ReferenceEdition) -> tuple[Node, ...]:
    """The catalogue as a tree, read in one query."""
    below: dict[int | None, list[CatalogueEntry]] = {}
    for entry in entries_of(edition):
        below.setdefault(entry.parent_id, []).append(entry)

    def nodes(parent_id: int | None) -> tuple[Node, ...]:
        return tuple(Node(entry, nodes(entry.id)) for entry in below.get(parent_id, []))

    return nodes(None)


def items_of(edition: ReferenceEdition) -> Sequence[CatalogueEntry]:
    """The items (level 3) of an edition, by code: what a transfer can be drafted from."""
    query = select(CatalogueEntry).where(CatalogueEntry.edition_id == edition.id, CatalogueEntry.level == 3)
    return db.session.scalars(query.order_by(CatalogueEntry.code)).all()


def items_by_code(codes: Iterable[str]) -> dict[str, CatalogueEntry]:
    """The items (level 3) of these codes in the latest edition, by code, in one query; codes that are none are left out."""
    latest = select(func.max(ReferenceEdition.number)).where(ReferenceEdition.kind == ListKind.CATALOGUE)
    query = (
        select(CatalogueEntry)
        .join(ReferenceEdition)
        .where(ReferenceEdition.kind == ListKind.CATALOGUE, ReferenceEdition.number == latest.scalar_subquery())
        .where(CatalogueEntry.code.in_(list(codes)), CatalogueEntry.level == 3)
        .order_by(CatalogueEntry.code)
    )
    return {row.code: row for row in db.session.scalars(query)}


def entry_by_id(entry_id: int) -> CatalogueEntry | None:
    """The entry of this number."""
    return db.session.get(CatalogueEntry, entry_id)


def entry_by_code(code: str, edition: ReferenceEdition | None = None) -> CatalogueEntry | None:
    """The entry of this code in `edition`, or in the latest one."""
    edition = edition or edition_in_force(ListKind.CATALOGUE)
    if edition is None:
        return None
    return db.session.scalar(
        select(CatalogueEntry).where(CatalogueEntry.edition_id == edition.id, CatalogueEntry.code == code)
    )


def family_of(code: str, edition: ReferenceEdition) -> Sequence[CatalogueEntry]:
    """The entry of this code, those above and those directly below it, by code, in one query; empty without it."""
    above = [code[:length] for length in range(2, len(code) + 1, 2)]
    own = select(CatalogueEntry.id).where(CatalogueEntry.edition_id == edition.id, CatalogueEntry.code == code)
    query = select(CatalogueEntry).where(
        CatalogueEntry.edition_id == edition.id,
        own.exists(),
        or_(CatalogueEntry.code.in_(above), CatalogueEntry.parent_id == own.scalar_subquery()),
    )
    return db.session.scalars(query.order_by(CatalogueEntry.code)).all()


def negative_list(edition: ReferenceEdition) -> Sequence[NegativeListEntry]:
    """Every row of an edition of the negative list, by code: each category before its examples."""
    query = select(NegativeListEntry).where(NegativeListEntry.edition_id == edition.id)
    return db.session.scalars(query.order_by(NegativeListEntry.code)).all()


def negative_list_in_force(day: date | None = None) -> Sequence[NegativeListEntry]:
    """The rows that bind today, or on `day`.

    Raises:
        LookupError: no list is loaded; a text is never let through for want of one.
    """
    edition = edition_in_force(ListKind.NEGATIVE_LIST, day)
    if edition is None:
        raise LookupError("the negative list is missing: the instance has not been prepared")
    return negative_list(edition)


def functions(edition: ReferenceEdition) -> Sequence[TransferableFunction]:
    """Every function of an edition of the directory, by code."""
    query = select(TransferableFunction).where(TransferableFunction.edition_id == edition.id)
    return db.session.scalars(query.order_by(TransferableFunction.code)).all()


def function_by_id(function_id: int) -> TransferableFunction | None:
    """The function of this number."""
    return db.session.get(TransferableFunction, function_id)


def function_by_code(code: str, edition: ReferenceEdition | None = None) -> TransferableFunction | None:
    """The function of this code in `edition`, or in the latest one."""
    edition = edition or edition_in_force(ListKind.FUNCTIONS)
    if edition is None:
        return None
    query = select(TransferableFunction).where(TransferableFunction.edition_id == edition.id)
    return db.session.scalar(query.where(TransferableFunction.code == code))


def functions_under(code: str) -> Sequence[TransferableFunction]:
    """The functions of the latest directory that are bought under this catalogue code, by code, in one query."""
    latest = (
        select(ReferenceEdition.id)
        .where(ReferenceEdition.kind == ListKind.FUNCTIONS)
        .order_by(ReferenceEdition.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(TransferableFunction).where(
        TransferableFunction.edition_id == latest, TransferableFunction.catalogue_code == code
    )
    return db.session.scalars(query.order_by(TransferableFunction.code)).all()
