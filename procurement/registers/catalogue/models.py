"""The reference lists: the catalogue (6/43/172), the negative list, the directory of transferable functions.

An edition that is in force never changes: what is to change is drafted as a further edition and put in force by the joint
conference from a day on, and what was drafted under an earlier one keeps its entries. Which edition binds is asked for a
day, everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    ScalarSelect,
    Select,
    String,
    Text,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from procurement.foundation.database import Base, Moment, asked_once, db
from procurement.foundation.labels import Labelled, Twofold, enum_column, word
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.people import User


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
    IMPORTED = "imported", word("由表格导入")
    DRAFTED = "drafted", word("在前一版上修订")


class EditionStatus(Labelled):
    """Where an edition stands; only an adopted one ever binds, from its day on."""

    DRAFT = "draft", word("起草中")
    SUBMITTED = "submitted", word("待联席会议")
    TABLED = "tabled", word("已列入联席会议议程")
    ADOPTED = "adopted", word("已通过")
    DISCARDED = "discarded", word("已放弃")


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

    @property
    def is_purchase(self) -> bool:
        """Only a purchase of services is governed by procurement law and runs its clocks."""
        return self is TransferMode.PURCHASED


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


_E = EditionStatus
EDITION_MOVES: StateTable[EditionStatus] = StateTable(
    {
        Deed.ENTRY_ADD: (frozenset({_E.DRAFT}), _E.DRAFT),
        Deed.ENTRY_AMEND: (frozenset({_E.DRAFT}), _E.DRAFT),
        Deed.ENTRY_RETIRE: (frozenset({_E.DRAFT}), _E.DRAFT),
        Deed.ENTRY_RESTORE: (frozenset({_E.DRAFT}), _E.DRAFT),
        Deed.ENTRY_MOVE: (frozenset({_E.DRAFT}), _E.DRAFT),
        Deed.EDITION_SUBMIT: (frozenset({_E.DRAFT}), _E.SUBMITTED),
        Deed.EDITION_DISCARD: (frozenset({_E.DRAFT, _E.SUBMITTED}), _E.DISCARDED),
        # What lies before the conference is not changed any more: what is voted on is what was read.
        Deed.CONFERENCE_CONVENE: (frozenset({_E.SUBMITTED}), _E.TABLED),
        Deed.CONFERENCE_CANCEL: (frozenset({_E.TABLED}), _E.SUBMITTED),
        Deed.ITEM_RESOLVE: (frozenset({_E.TABLED}), _E.ADOPTED),
    }
)

UNDER_WAY = (EditionStatus.DRAFT, EditionStatus.SUBMITTED, EditionStatus.TABLED)

# The level of the catalogue on which services stand; those above are headings.
ITEM_LEVEL = 3

# The lists that officers keep as editions of their own drafting.
DRAFTED_KINDS = (ListKind.CATALOGUE, ListKind.NEGATIVE_LIST)
_CALLED_EN = {
    ListKind.CATALOGUE: "catalogue of purchased services",
    ListKind.NEGATIVE_LIST: "negative list",
    ListKind.FUNCTIONS: "directory of transferable functions",
    ListKind.POWERS: "register of powers",
    ListKind.COMMUNITIES: "list of communities",
}


class ReferenceEdition(Base):
    """One edition of one reference list; before it is adopted, `in_force_on` is the day that is proposed."""

    __tablename__ = "reference_editions"
    __table_args__ = (
        UniqueConstraint("kind", "number"),
        CheckConstraint("status IN ('draft', 'discarded') OR in_force_on IS NOT NULL", name="has_its_day"),
        CheckConstraint("provenance <> 'drafted' OR drafted_by_id IS NOT NULL", name="drafted_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ListKind] = mapped_column(enum_column(ListKind, "kind"))
    number: Mapped[int] = mapped_column()
    status: Mapped[EditionStatus] = mapped_column(enum_column(EditionStatus, "status"), default=EditionStatus.ADOPTED)
    in_force_on: Mapped[date | None] = mapped_column()
    provenance: Mapped[ListProvenance] = mapped_column(enum_column(ListProvenance, "provenance"))
    loaded_at: Mapped[datetime] = mapped_column(Moment)
    base_id: Mapped[int | None] = mapped_column(ForeignKey("reference_editions.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    consultation: Mapped[str] = mapped_column(Text, default="")
    resolution: Mapped[str] = mapped_column(String(40), default="")
    return_reason: Mapped[str] = mapped_column(Text, default="")

    base: Mapped[ReferenceEdition | None] = relationship(lazy="select", remote_side=[id])
    drafted_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[drafted_by_id])

    @property
    def is_bundled(self) -> bool:
        """Whether a page that shows this edition must say that it is not an official text."""
        return self.provenance is ListProvenance.BUNDLED

    @property
    def is_adopted(self) -> bool:
        """Whether it binds from its day on; anybody may read it."""
        return self.status is EditionStatus.ADOPTED

    @property
    def is_draft(self) -> bool:
        """Whether its entries can still be changed."""
        return self.status is EditionStatus.DRAFT

    @property
    def called(self) -> Twofold:
        """`购买服务目录第 2 版`, as sentences take it: in both languages."""
        return Twofold(f"{self.kind.label}第 {self.number} 版", f"Edition {self.number} of the {_CALLED_EN[self.kind]}")

    @property
    def chain_key(self) -> str:
        """Each edition has an audit chain of its own."""
        return f"edition:{self.id}"


class OfEdition:
    """A row of an edition: its department, its chain and its lock are the edition's.

    `origin` is the code under which the row first stood in any edition. No code is ever given twice, so that a row is
    known by it through all editions, whatever it is called and wherever it has been moved.
    """

    edition: Any

    @property
    def department_id(self) -> int | None:
        """The department that drafts the edition."""
        return None if self.edition.department_id is None else int(self.edition.department_id)

    @property
    def chain_key(self) -> str:
        """The edition's chain."""
        return str(self.edition.chain_key)

    @property
    def lock_root(self) -> Any:
        """Deeds on one edition are ordered by its row."""
        return self.edition


class CatalogueEntry(OfEdition, Base):
    """A division (level 1), class (2) or item (3) of the catalogue; department, mark and unit stand on level 3 only."""

    __tablename__ = "catalogue_entries"
    __table_args__ = (
        UniqueConstraint("edition_id", "code"),
        CheckConstraint("level BETWEEN 1 AND 3", name="three_levels"),
        CheckConstraint("(level = 1) = (parent_id IS NULL)", name="parent_iff_below_level_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("reference_editions.id"))
    code: Mapped[str] = mapped_column(String(12), index=True)
    origin: Mapped[str] = mapped_column(String(12), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_entries.id"), index=True)
    level: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    scope: Mapped[str] = mapped_column(Text, default="")
    department_name: Mapped[str] = mapped_column(String(80), default="")
    suitable: Mapped[bool | None] = mapped_column()
    unit: Mapped[str] = mapped_column(String(20), default="")

    edition: Mapped[ReferenceEdition] = relationship(lazy="select")
    parent: Mapped[CatalogueEntry | None] = relationship(lazy="raise", remote_side=[id])

    @property
    def called(self) -> Twofold:
        """Its name, as sentences take it: in both languages."""
        return Twofold(self.name, self.name_en)

    @property
    def is_item(self) -> bool:
        """Whether this is a service that can be bought, and not a heading."""
        return self.level == ITEM_LEVEL


class CatalogueBigram(Base):
    """The index of the search: two neighbouring characters that occur in an entry's name, English name or scope."""

    __tablename__ = "catalogue_bigrams"
    __table_args__ = (Index("ix_catalogue_bigrams_bigram", "bigram"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("catalogue_entries.id", ondelete="CASCADE"), primary_key=True)
    bigram: Mapped[str] = mapped_column(String(2), primary_key=True)


class NegativeListEntry(OfEdition, Base):
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
    origin: Mapped[str] = mapped_column(String(12))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("negative_list_entries.id"), index=True)
    level: Mapped[int] = mapped_column()
    title: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(240), default="")
    basis: Mapped[str] = mapped_column(Text)
    keywords: Mapped[str] = mapped_column(Text, default="")
    barred_codes: Mapped[str] = mapped_column(Text, default="")
    severity: Mapped[Severity] = mapped_column(enum_column(Severity, "severity"))
    basis_status: Mapped[BasisStatus] = mapped_column(enum_column(BasisStatus, "basis_status"))

    edition: Mapped[ReferenceEdition] = relationship(lazy="select")
    parent: Mapped[NegativeListEntry | None] = relationship(lazy="raise", remote_side=[id])

    @property
    def called(self) -> Twofold:
        """Its title, as sentences take it: in both languages."""
        return Twofold(self.title, self.title_en)

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


@asked_once
def edition_in_force(kind: ListKind, day: date) -> ReferenceEdition | None:
    """The edition of a list that binds on `day`; None before any does."""
    return db.session.scalar(select(ReferenceEdition).where(ReferenceEdition.id == _id_in_force(kind, day)))


_NEWEST = (ReferenceEdition.in_force_on.desc(), ReferenceEdition.number.desc())


def _adopted(kind: ListKind) -> ColumnElement[bool]:
    return and_(ReferenceEdition.kind == kind, ReferenceEdition.status == EditionStatus.ADOPTED)


def _id_in_force(kind: ListKind, day: date) -> ScalarSelect[int]:
    query = select(ReferenceEdition.id).where(_adopted(kind), ReferenceEdition.in_force_on <= day)
    return query.order_by(*_NEWEST).limit(1).scalar_subquery()


def newest_edition(kind: ListKind) -> ReferenceEdition | None:
    """The edition that was adopted last, even if its day has not come: what the next one is drafted from."""
    return db.session.scalar(select(ReferenceEdition).where(_adopted(kind)).order_by(*_NEWEST).limit(1))


def edition_by_id(edition_id: int) -> ReferenceEdition | None:
    """The edition of this number in the address."""
    return db.session.get(ReferenceEdition, edition_id)


def editions_by_id(edition_ids: Iterable[int]) -> dict[int, ReferenceEdition]:
    """The editions of these numbers, in one query."""
    query = select(ReferenceEdition).where(ReferenceEdition.id.in_(list(edition_ids)))
    return {row.id: row for row in db.session.scalars(query)}


def editions_of(*kinds: ListKind) -> Sequence[ReferenceEdition]:
    """Every edition of these lists, list by list, the newest first, whatever became of it."""
    query = select(ReferenceEdition).where(ReferenceEdition.kind.in_(kinds))
    return db.session.scalars(query.order_by(ReferenceEdition.kind, ReferenceEdition.number.desc())).all()


def edition_under_way(kind: ListKind) -> ReferenceEdition | None:
    """The edition of a list that is being drafted or waits for the conference; there is one at most."""
    query = select(ReferenceEdition).where(ReferenceEdition.kind == kind, ReferenceEdition.status.in_(UNDER_WAY))
    return db.session.scalar(query)


def editions_waiting() -> Sequence[ReferenceEdition]:
    """The editions that wait for a conference, the oldest first."""
    query = select(ReferenceEdition).where(ReferenceEdition.status == EditionStatus.SUBMITTED)
    return db.session.scalars(query.order_by(ReferenceEdition.id)).all()


def next_number_of(kind: ListKind) -> int:
    """The number of the next edition of a list; a draft that was given up keeps its own."""
    query = select(func.max(ReferenceEdition.number)).where(ReferenceEdition.kind == kind)
    return (db.session.scalar(query) or 0) + 1


Row = CatalogueEntry | NegativeListEntry


def row_class(kind: ListKind) -> type[CatalogueEntry] | type[NegativeListEntry]:
    """What the rows of a list that officers keep are kept in."""
    return NegativeListEntry if kind is ListKind.NEGATIVE_LIST else CatalogueEntry


def rows_of(edition: ReferenceEdition) -> Sequence[Row]:
    """Every row of an edition of the catalogue or of the negative list, by code."""
    return negative_list(edition) if edition.kind is ListKind.NEGATIVE_LIST else entries_of(edition)


def row_by_code(edition: ReferenceEdition, code: str) -> Row | None:
    """The row of this code in an edition."""
    kind = row_class(edition.kind)
    query: Select[Any] = select(kind).where(kind.edition_id == edition.id, kind.code == code)
    found: Row | None = db.session.scalar(query)
    return found


def codes_ever_given(kind: ListKind) -> dict[str, int]:
    """Every code that stands in an adopted edition of a list, with the number of the first one it stands in."""
    rows = row_class(kind)
    query = (
        select(rows.code, func.min(ReferenceEdition.number))
        .join(ReferenceEdition, ReferenceEdition.id == rows.edition_id)
        .where(_adopted(kind))
        .group_by(rows.code)
    )
    return {code: number for code, number in db.session.execute(query)}


def history_of(kind: ListKind, code: str) -> Sequence[Row]:
    """The entry that ever had this code, as it stands in each adopted edition, the oldest first, in one query."""
    rows = row_class(kind)
    origin = select(rows.origin).join(ReferenceEdition, ReferenceEdition.id == rows.edition_id)
    first = origin.where(_adopted(kind), rows.code == code).limit(1).scalar_subquery()
    query: Select[Any] = (
        select(rows)
        .join(rows.edition)
        .where(_adopted(kind), rows.origin == first)
        .options(contains_eager(rows.edition))
        .order_by(ReferenceEdition.in_force_on, ReferenceEdition.number)
    )
    return db.session.scalars(query).all()


def begin_edition(kind: ListKind, in_force_on: date, now: datetime) -> ReferenceEdition:
    """The next edition of a list, imported, in the transaction of the deed that fills it; it has its number."""
    edition = ReferenceEdition(
        kind=kind, number=next_number_of(kind), in_force_on=in_force_on,
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
    query = select(CatalogueEntry).where(CatalogueEntry.edition_id == edition.id, CatalogueEntry.level == ITEM_LEVEL)
    return db.session.scalars(query.order_by(CatalogueEntry.code)).all()


def items_by_code(codes: Iterable[str], day: date) -> dict[str, CatalogueEntry]:
    """The items (level 3) of these codes in the edition of `day`, by code, in one query; codes that are none are left out."""
    query = (
        select(CatalogueEntry)
        .where(CatalogueEntry.edition_id == _id_in_force(ListKind.CATALOGUE, day))
        .where(CatalogueEntry.code.in_(list(codes)), CatalogueEntry.level == ITEM_LEVEL)
        .order_by(CatalogueEntry.code)
    )
    return {row.code: row for row in db.session.scalars(query)}


def codes_today(codes: Iterable[str], day: date) -> dict[str, str]:
    """The code that each of these items has on `day`, itself unless it was moved; those no longer in the catalogue are left out."""
    wanted = list(codes)
    found = {code: code for code in items_by_code(wanted, day)}
    for code in wanted:
        moved = entry_by_code(code, day) if code not in found else None
        if moved is not None and moved.level == ITEM_LEVEL:
            found[code] = moved.code
    return found


def entry_by_code(code: str, day: date) -> CatalogueEntry | None:
    """The entry that has this code on `day`, or had it before it was moved; None where it is no longer in the catalogue."""
    history = history_of(ListKind.CATALOGUE, code)
    edition = edition_in_force(ListKind.CATALOGUE, day)
    found = next((row for row in history if edition is not None and row.edition_id == edition.id), None)
    return found if isinstance(found, CatalogueEntry) else None


def family_of(code: str, edition: ReferenceEdition) -> Sequence[CatalogueEntry]:
    """The entry of this code, those above and those directly below it, by code, in one query; empty without it."""
    above = [code[:length] for length in range(1, len(code) + 1)]
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


@asked_once
def negative_list_in_force(day: date) -> Sequence[NegativeListEntry]:
    """The rows that bind on `day`.

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


def function_by_code(code: str, day: date) -> TransferableFunction | None:
    """The function of this code in the directory of `day`."""
    query = select(TransferableFunction).where(
        TransferableFunction.edition_id == _id_in_force(ListKind.FUNCTIONS, day), TransferableFunction.code == code
    )
    return db.session.scalar(query)


def functions_under(codes: Iterable[str], day: date) -> Sequence[TransferableFunction]:
    """The functions in the directory of `day` that are bought under one of these catalogue codes, by code, in one query."""
    query = select(TransferableFunction).where(
        TransferableFunction.edition_id == _id_in_force(ListKind.FUNCTIONS, day),
        TransferableFunction.catalogue_code.in_(list(codes)),
    )
    return db.session.scalars(query.order_by(TransferableFunction.code)).all()
