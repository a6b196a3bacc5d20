"""The register of imports: which list was read in by whom, what became of it, and its rows while it is open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from procurement.foundation.database import Base, Moment, db
from procurement.foundation.errors import Article
from procurement.foundation.fields import SealedText
from procurement.foundation.labels import Labelled, Said, enum_column, word
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.imports.importer import Entry, Outcome
from procurement.registers.imports.recognition import Change, Choice
from procurement.registers.notices import kept_values
from procurement.registers.people import User


class ImportKind(Labelled):
    """What a list is of; its deed is `<kind>:import`."""

    ORGANISATIONS = "organisations", word("承接组织")
    STANDARDS = "standards", word("标准")
    BUDGET_LINES = "budget-lines", word("预算项目")
    POWERS = "powers", word("权责清单")
    FUNCTIONS = "functions", word("可转移职能目录")
    ACCOUNTS = "accounts", word("账号")
    ROLES = "roles", word("账号的角色")
    CATALOGUE = "catalogue", word("购买服务目录")
    NEGATIVE_LIST = "negative-list", word("负面清单")

    @property
    def deed(self) -> Deed:
        """The deed that takes such a list over."""
        return Deed(f"{self.value}:import")


class ImportStatus(Labelled):
    """How far an import is."""

    READ = "read", word("已读入，未导入")
    APPLIED = "applied", word("已导入")
    DISCARDED = "discarded", word("已放弃")


_S = ImportStatus
IMPORT_MOVES: StateTable[ImportStatus] = StateTable(
    {
        Deed.IMPORT_ASSIGN: (frozenset({_S.READ}), _S.READ),
        Deed.IMPORT_DISCARD: (frozenset({_S.READ}), _S.DISCARDED),
        **{kind.deed: (frozenset({_S.READ}), _S.APPLIED) for kind in ImportKind},
    }
)


class Import(Base):
    """One list that was read in. Its rows and its file go when it ends; that it was, and the file's hash, stay.

    What was read lies sealed while it waits, and so does its file: a list may hold telephone, identity and account numbers,
    in its rows and in what was left out. `stored` is the name of the sealed bytes, `file_sha256` the hash of what was sent.
    """

    __tablename__ = "imports"
    __table_args__ = (CheckConstraint("(status = 'read') = (ended_at IS NULL)", name="ended_at_iff_ended"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind] = mapped_column(enum_column(ImportKind, "kind"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_size: Mapped[int] = mapped_column()
    file_sha256: Mapped[str] = mapped_column(String(64))
    stored: Mapped[str] = mapped_column(String(64), index=True)
    choice: Mapped[str] = mapped_column(Text, default="{}")
    understood: Mapped[str] = mapped_column(SealedText, default="{}")
    status: Mapped[ImportStatus] = mapped_column(enum_column(ImportStatus, "status"), default=ImportStatus.READ)
    rows: Mapped[int] = mapped_column(default=0)
    faulty: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    begun_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    begun_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    chain_key = "house"

    @property
    def is_open(self) -> bool:
        """Whether it is neither applied nor discarded."""
        return self.status is ImportStatus.READ

    @property
    def told(self) -> dict[str, Any]:
        """What was understood: sheet, head, columns, notes, what was left out and what lacks."""
        told: dict[str, Any] = json.loads(self.understood)
        return told

    @property
    def remarks(self) -> list[Said]:
        """What is to be known before the whole is taken over."""
        return [Said(message, kept_values(values)) for message, values in self.told.get("remarks", ())]

    @property
    def chosen(self) -> Choice | None:
        """What was chosen by hand, if anything."""
        kept = json.loads(self.choice)
        return Choice(kept["sheet"], kept["head"], kept["height"], kept["columns"]) if kept else None


@dataclass(frozen=True, slots=True)
class Told:
    """A fault as it was kept: its field, its template and values, its source."""

    field: str
    message: str
    values: dict[str, Any]
    article: Article | None


class ImportRow(Base):
    """One row of an open import; what there is nothing to say of is empty, and costs no sealing.

    `line` is the row of the file: several have the same one where it says several things at once.
    """

    __tablename__ = "import_rows"

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column()
    values: Mapped[str] = mapped_column(SealedText)
    notes: Mapped[str] = mapped_column(SealedText, default="")
    faults: Mapped[str] = mapped_column(SealedText, default="")
    was: Mapped[str] = mapped_column(SealedText, default="")
    is_faulty: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome, "outcome"))

    @property
    def entry(self) -> Entry:
        """What it says."""
        return Entry(self.number, json.loads(self.values))

    @property
    def changes(self) -> dict[str, tuple[str, list[Change]]]:
        """For each field that was changed on the way in: as it stood in the file, and what was done to it."""
        kept = json.loads(self.notes or "{}")
        return {name: (read, [Change(change) for change in changes]) for name, (read, changes) in kept.items()}

    @property
    def before(self) -> dict[str, str]:
        """For each field that would change: what the register says until then."""
        told: dict[str, str] = json.loads(self.was or "{}")
        return told

    @property
    def faults_told(self) -> list[Told]:
        """What is wrong with it."""
        found = []
        for fault in json.loads(self.faults or "[]"):
            values = kept_values(fault["values"])
            found.append(Told(fault["field"], fault["message"], values, values.pop("article", None)))
        return found


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def import_by_id(import_id: int) -> Import | None:
    """The import of this number."""
    return db.session.get(Import, import_id)


def open_imports_of(user: User, kind: ImportKind) -> Sequence[Import]:
    """The user's own imports of this kind that wait to be applied or discarded, the newest first."""
    query = select(Import).where(Import.begun_by_id == user.id, Import.kind == kind, Import.status == ImportStatus.READ)
    return db.session.scalars(query.order_by(Import.id.desc())).all()


def rows_of(
    row: Import, *, is_faulty: bool | None = None, acts: bool = False, first: int = 0, limit: int | None = None
) -> Sequence[ImportRow]:
    """The rows of an import in the order of the file: all, or those with faults, or those without, or those that `acts` names:
    what would add or change something.
    """
    query = select(ImportRow).where(ImportRow.import_id == row.id).order_by(ImportRow.number)
    if is_faulty is not None:
        query = query.where(ImportRow.is_faulty == is_faulty)
    if acts:
        query = query.where(ImportRow.outcome.in_((Outcome.ADDED, Outcome.CHANGED)))
    return db.session.scalars(query.offset(first).limit(limit)).all()


def delete_rows(row: Import) -> None:
    """Forget the rows of an import: they may hold personal data."""
    db.session.execute(delete(ImportRow).where(ImportRow.import_id == row.id))


def is_file_needed(stored: str) -> bool:
    """Whether an open import still rests on these sealed bytes; nothing else ever does."""
    query = select(func.count()).where(Import.stored == stored, Import.status == ImportStatus.READ)
    return bool(db.session.scalar(query))
