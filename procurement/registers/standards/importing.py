"""Lists of standards taken over: what a row says, which row of the register it is, and the writing of all of them at once.

A list completes a title that has no code yet; it never gives a standard another code, and never revives one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from procurement.foundation.database import db
from procurement.foundation.errors import DomainError
from procurement.foundation.labels import word
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.imports.importer import Entry, Importer, Judged, Outcome, Unique
from procurement.registers.imports.models import IMPORT_MOVES, Import
from procurement.registers.imports.operations import end, judged_to_apply, told_of
from procurement.registers.imports.recognition import Column, ColumnKind
from procurement.registers.people import User
from procurement.registers.standards.models import (
    PHASES,
    Standard,
    StandardKind,
    StandardOrigin,
    StandardStatus,
    standards_by_reference,
)
from procurement.registers.standards.operations import write_terms
from procurement.registers.standards.rules import (
    StandardTerms,
    faults_of,
    faults_of_becoming,
    kind_of_code,
    tidy_code,
    tidy_title,
)
from procurement.statute.clauses import Phase

_K, _S = StandardKind, StandardStatus
# How kinds and statuses are written in offices' lists.
KINDS = {
    **{kind.label: kind.value for kind in _K}, "国标": _K.NATIONAL.value, "行标": _K.INDUSTRY.value,
    "地标": _K.LOCAL.value, "团标": _K.GROUP.value, "企标": _K.ENTERPRISE.value, "文件": _K.DOCUMENT.value,
}  # fmt: skip
STATUSES = {
    **{status.label: status.value for status in _S}, "现行有效": _S.IN_FORCE.value, "有效": _S.IN_FORCE.value,
    "在编": _S.DRAFT.value, "征求意见": _S.DRAFT.value, "废止": _S.REPEALED.value, "作废": _S.REPEALED.value,
}  # fmt: skip

STAGES = {phase.label: phase.value for phase in PHASES}

COLUMNS = (
    Column("code", word("标准编号"), ("编号", "标准号", "标准代号", "文号", "代号"), is_required=False, longest=60),
    Column("title", word("标准名称"), ("名称", "标准题名", "题名", "文件名称"), longest=200),
    Column(
        "kind", word("标准种类"), ("种类", "标准类别", "类别", "标准类型", "类型", "标准层级"), ColumnKind.CHOICE,
        is_required=False, options=KINDS,
    ),
    Column(
        "status", word("标准状态"), ("状态", "标准现状", "有效性", "是否现行"), ColumnKind.CHOICE, is_required=False, options=STATUSES
    ),
    Column("phase", word("适用阶段"), ("阶段", "环节"), ColumnKind.CHOICE, is_required=False, options=STAGES),
    Column("source", word("来源说明"), ("来源", "出处", "备注"), is_required=False, longest=1000),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """What a row says of a standard; a kind or status that it does not say is None."""

    code: str
    title: str
    kind: StandardKind | None
    status: StandardStatus | None
    source: str
    phase: Phase | None = None


Register = Mapping[str, Sequence[Standard]]


def listed(entry: Entry) -> Listed:
    """What a row says."""
    return Listed(
        code=tidy_code(entry.text("code")), title=tidy_title(entry.text("title")), kind=entry.choice("kind", StandardKind),
        status=entry.choice("status", StandardStatus), source=entry.text("source"), phase=entry.choice("phase", Phase),
    )  # fmt: skip


def target_of(one: Listed, register: Register) -> Standard | None:
    """The standard that a row speaks of: the one of its code, else a title that has no code yet."""
    by_code = next((row for row in register.get(one.code, ()) if one.code and row.code == one.code), None)
    by_title = (row for row in register.get(one.title, ()) if row.code is None and row.title == one.title)
    return by_code or next(by_title, None)


def terms_of(one: Listed, target: Standard | None) -> StandardTerms:
    """A row as the register would hold it: what the list need not say is what is known, or what the code tells."""
    known = target.kind if target is not None and target.kind is not StandardKind.UNCONFIRMED else None
    return StandardTerms(
        code=one.code or (target.code or "" if target is not None else ""), title=one.title,
        kind=one.kind or known or kind_of_code(one.code),
        status=one.status or (target.status if target is not None else StandardStatus.UNCONFIRMED),
        origin=StandardOrigin.LIST if target is None or one.code != (target.code or "") else target.origin,
        source=one.source or (target.source if target is not None else ""),
        phase=one.phase or (target.phase if target is not None else Phase.DURING),
    )  # fmt: skip


def _said_by(row: Standard) -> StandardTerms:
    return StandardTerms(row.code or "", row.title, row.kind, row.status, row.origin, row.source, row.phase)


class StandardImporter(Importer[Listed, Register]):
    """Lists of standards."""

    columns = COLUMNS

    def read(self, entries: Sequence[Entry]) -> Mapping[int, Listed]:
        """What each row says of a standard."""
        return {entry.number: listed(entry) for entry in entries}

    def look_up(self, rows: Collection[Listed], day: date) -> Register:
        """The standards that have a code or a title of the list."""
        return standards_by_reference(name for one in rows for name in (one.code, one.title) if name)

    def faults(self, terms: Listed, register: Register, day: date) -> Iterable[DomainError]:
        """What the rules of the register say against a row."""
        target = target_of(terms, register)
        said = terms_of(terms, target)
        yield from faults_of(said, register, target)
        if target is not None:
            yield from faults_of_becoming(target, said)

    def unique(self, terms: Listed, register: Register) -> Sequence[Unique]:
        """No standard twice, whether it is named by its code or by its title."""
        target = target_of(terms, register)
        reference = target.reference if target is not None else terms.code or terms.title
        return (Unique("code" if terms.code else "title", reference, reference),)

    def outcome(self, terms: Listed, register: Register) -> Outcome:
        """Whether a row is new, or says something else than the register."""
        target = target_of(terms, register)
        if target is None:
            return Outcome.ADDED
        return Outcome.UNCHANGED if terms_of(terms, target) == _said_by(target) else Outcome.CHANGED

    def before(self, terms: Listed, register: Register) -> Mapping[str, str]:
        """What the register says of the standard."""
        target = target_of(terms, register)
        if target is None:
            return {}
        return {
            "code": target.code or "", "title": target.title, "kind": target.kind.value, "status": target.status.value,
            "phase": target.phase.value, "source": target.source,
        }  # fmt: skip


def import_standards(row: Import, *, actor: User, now: datetime) -> None:
    """Take a list of standards over, whole or not at all; a title that had no code is completed by the list.

    Raises:
        RuleBroken: a row has a fault, or a column lacks.
        Conflict: the register has changed since the list was read in.
    """
    access.require(actor, Deed.STANDARDS_IMPORT, row)

    judged = judged_to_apply(row, StandardImporter(), actor, now)

    _write(judged)
    IMPORT_MOVES.move(Deed.STANDARDS_IMPORT, row)
    end(row, now)

    audit.record(Deed.STANDARDS_IMPORT, row, actor=actor, now=now, **told_of(row))


def _write(judged: Judged[Listed, Register]) -> None:
    # All of them are found before any is written: what is written may have another code.
    found = [(one, target_of(one, judged.register)) for one in judged.rows.values()]
    for one, target in found:
        standard = target or Standard()
        write_terms(standard, terms_of(one, target))
        db.session.add(standard)
    db.session.flush()
