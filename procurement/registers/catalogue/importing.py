"""The catalogue and the negative list from a file: the list becomes the content of a draft, whole or not at all.

A row is known by its code; where the list has no codes, by its name and what it stands under. What is in the draft and not in
the list is retired from the draft. Nothing binds before the joint conference has resolved on it.
"""

from __future__ import annotations

import re
import unicodedata
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from procurement.foundation.database import db
from procurement.foundation.errors import DomainError, NotPermitted, RuleBroken
from procurement.foundation.labels import Said, word
from procurement.foundation.workbooks import EMPTY, Workbook
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.catalogue import drafting, editions
from procurement.registers.catalogue.editions import (
    COLUMNS,
    DEEPEST,
    CatalogueTerms,
    EntryTerms,
    NegativeTerms,
    parts_of,
)
from procurement.registers.catalogue.models import (
    EDITION_MOVES,
    BasisStatus,
    ListKind,
    ListProvenance,
    NegativeListEntry,
    ReferenceEdition,
    Row,
    Severity,
    codes_ever_given,
    edition_under_way,
    negative_list_in_force,
    newest_edition,
    row_class,
    rows_of,
)
from procurement.registers.departments.listed import SYNONYMS as DEPARTMENT_NAMES
from procurement.registers.departments.listed import DepartmentsByName, ListedDepartment
from procurement.registers.imports.importer import Entry, Importer, Judged, Outcome, is_said_by, some_of
from procurement.registers.imports.models import IMPORT_MOVES, Import
from procurement.registers.imports.operations import end, judged_to_apply, told_of
from procurement.registers.imports.outline import CODE, NAME, Outline, OutlineRow, columns_of, outline_of
from procurement.registers.imports.recognition import Change, Choice, Column, ColumnKind, ReadRow, Understood, Value
from procurement.registers.people import User
from procurement.statute import limits

PARENT, LEVEL = "parent", "level"
# One level more than there may be is looked for, so that a list that has it is refused by its rows and not misread.
_LOOKED_FOR = 4


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """What a row says: its code, the code above it, its level, and what the list says of it; empty where it says nothing."""

    code: str
    parent: str
    level: int
    said: Mapping[str, Any]
    department: ListedDepartment | None = None


@dataclass(frozen=True, slots=True)
class KnownEdition:
    """What a list is held against: the draft that it goes into or the edition it begins from, and every code ever given."""

    edition: ReferenceEdition | None
    standing: Mapping[str, Row]
    before: Mapping[str, Row]
    given: Mapping[str, int]
    codes_in_force: frozenset[str]
    barred: frozenset[str]


def draft_or_newest(kind: ListKind) -> ReferenceEdition | None:
    """What a list of this kind changes: the draft under way, else the last edition, from which one will be begun."""
    return edition_under_way(kind) or newest_edition(kind)


class EditionImporter(Importer[ListedEntry, KnownEdition]):
    """Lists of the catalogue or of the negative list, in whatever way they show their levels."""

    kind: ListKind
    # What the entries say besides code and name.
    further: Sequence[Column]
    # What the name is called in the rows of this list, and how long it may be.
    name_column: str
    longest: int
    effect = word("这份表成为草案的内容：表里没有的条目在草案里停用。草案经联席会议通过才施行。")

    hint = word(
        "层级可以写在编码里（01、0101、010101，A、A01、A0101，1.1.1），也可以一级、二级、三级各占一列；没有编码的按名称认。"
    )

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]
        """Code and name, what is further said, and the columns of levels."""
        return columns_of(self.further, _LOOKED_FOR, longest=self.longest)

    @property
    def template(self) -> Sequence[Column]:
        """Codes tell the levels."""
        return columns_of(self.further, 0, longest=self.longest)

    # ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────

    def understand(self, workbook: Workbook, choice: Choice | None, progress: Callable[[int, int], None]) -> Understood:
        """Every heading and item as a row of its own, with the code that it has here."""
        outline = outline_of(
            workbook, self.further, choice=choice, width=2, deepest=_LOOKED_FOR, longest=self.longest, progress=progress
        )
        rows = outline.rows
        if rows and all(row.is_code_made for row in rows):
            codes = dict(self._codes_of_known(rows))
        else:
            in_parts = any(_PARTS.search(row.code) for row in rows)
            codes = {row.code: canonical(row.code, self.kind, in_parts=in_parts) for row in rows}
        read = [*(_read(row, codes) for row in rows), *_faulty(outline)]
        read.sort(key=lambda row: row.line)
        numbered = tuple(replace(row, number=at) for at, row in enumerate(read, start=1))
        return replace(outline.understood, rows=numbered, missing=())

    def _codes_of_known(self, rows: Sequence[OutlineRow]) -> Iterator[tuple[str, str]]:
        """For codes that were made: those under which entries of the same names are known, else the next that is free."""
        edition = draft_or_newest(self.kind)
        standing = rows_of(edition) if edition is not None else ()
        taken = {*codes_ever_given(self.kind), *(row.code for row in standing)}
        above = {row.id: row.code for row in standing}
        known = {(above.get(row.parent_id or 0, ""), _plain(str(row.called))): row.code for row in standing}
        codes: dict[str, str] = {"": ""}
        for row in rows:
            stem = codes.get(row.parent, "")
            code = known.pop((stem, _plain(row.name)), "") or editions.next_code(stem, taken, self.kind)
            taken.add(code)
            codes[row.code] = code
            yield row.code, code

    def read(self, entries: Sequence[Entry]) -> Mapping[int, ListedEntry]:
        """What each row says of an entry."""
        departments = DepartmentsByName()
        return {entry.number: self._listed(entry, departments) for entry in entries}

    def _listed(self, entry: Entry, departments: DepartmentsByName) -> ListedEntry:
        department = departments.of(entry) if entry.text("department") else None
        said = {self.name_column: entry.text(NAME), **self.said(entry)}
        if department is not None:
            said["department_name"] = department.name
        return ListedEntry(entry.text(CODE), entry.text(PARENT), entry.whole(LEVEL), said, department)

    @abstractmethod
    def said(self, entry: Entry) -> dict[str, Any]:
        """What a row says besides its name, by the columns of the entry; what it does not say is empty."""

    # ── judging ────────────────────────────────────────────────────────────────────────────────────────────────────

    def look_up(self, rows: Collection[ListedEntry], day: date) -> KnownEdition:
        """The draft under way or the last edition, and the codes that are taken."""
        edition = draft_or_newest(self.kind)
        before = (
            edition.base if edition is not None and edition.base is not None and not edition.is_adopted else edition
        )
        return KnownEdition(
            edition,
            {row.code: row for row in rows_of(edition)} if edition is not None else {},
            {row.code: row for row in rows_of(before)} if before is not None else {},
            codes_ever_given(self.kind),
            drafting.codes_in_force(day),
            frozenset(code for row in negative_list_in_force(day) for code in row.barred_code_list),
        )

    def faults(self, terms: ListedEntry, register: KnownEdition, day: date) -> Iterable[DomainError]:
        """A level too deep, a code that is none or was another entry's, no such department, and what an entry must say."""
        if not terms.level:
            # Nothing was made of this line, and that has been said of it.
            return
        if terms.level > DEEPEST[self.kind]:
            said = word("“{name}”在第 {level} 级，这份清单最多 {deepest} 级。")
            yield RuleBroken(
                said, name=terms.said[self.name_column], level=terms.level, deepest=DEEPEST[self.kind], field=CODE
            )
            return
        yield from _caught(partial(self._ensure_code, terms, register, day))
        if terms.department is not None:
            yield from terms.department.faults()
        yield from self.faults_of_terms(self.terms_of(terms, register), register, day)

    def _ensure_code(self, terms: ListedEntry, register: KnownEdition, day: date) -> None:
        row = self.known(terms, register)
        if row is not None and row.level != terms.level:
            raise RuleBroken(
                word("编码 {code} 现在在第 {level} 级，这份表里看来在第 {listed} 级。请补上它的上级。"),
                code=terms.code, level=row.level, listed=terms.level, field=CODE,
            )  # fmt: skip
        if row is not None:
            editions.ensure_shape(terms.code, terms.parent, self.kind, day)
            _ensure_comes_back_as_it_was(terms.said[self.name_column], row, register, day)
        else:
            editions.ensure_code(terms.code, terms.parent, self.kind, register.given, (), day)

    @abstractmethod
    def terms_of(self, one: ListedEntry, register: KnownEdition) -> EntryTerms:
        """A row as the draft would hold it: what the list does not say is what is known of its code."""

    @abstractmethod
    def faults_of_terms(self, terms: Any, register: KnownEdition, day: date) -> Iterable[DomainError]:
        """What an entry must say even in a draft."""

    def known(self, one: ListedEntry, register: KnownEdition) -> Row | None:
        """The entry of this code: in the draft, or retired from it."""
        return register.standing.get(one.code) or register.before.get(one.code)

    def outcome(self, terms: ListedEntry, register: KnownEdition) -> Outcome:
        """Whether the draft lacks it, or says something else."""
        row = register.standing.get(terms.code)
        if row is None:
            return Outcome.ADDED
        columns = self.terms_of(terms, register).columns()
        return Outcome.UNCHANGED if is_said_by(row, columns) else Outcome.CHANGED

    def before(self, terms: ListedEntry, register: KnownEdition) -> Mapping[str, str]:
        """What the draft says of the entry."""
        row = register.standing[terms.code]
        return {NAME: str(row.called), **self.told_of(row, terms)}

    @abstractmethod
    def told_of(self, row: Any, terms: ListedEntry) -> dict[str, str]:
        """What an entry says besides its name, as a list says it."""

    def remarks(self, rows: Collection[ListedEntry], register: KnownEdition) -> Sequence[Said]:
        """What falls away, which bars of the negative list would then point at nothing, and whose draft this goes into."""
        listed = {one.code for one in rows}
        gone = [code for code in register.standing if code not in listed]
        found = []
        if register.edition is not None and not register.edition.is_adopted:
            found.append(Said(word("写入正在起草的{edition}。"), {"edition": register.edition.called}))
        if gone:
            named = [f"{code} {register.standing[code].called}" for code in gone]
            said = word("现在的清单里有 {count} 条不在这份表里，导入以后在草案里停用：{named}{more}。")
            # All of their codes are kept, not only those that are named: what falls away must be what was shown.
            found.append(Said(said, {**some_of(named), "codes": tuple(gone)}))
        renamed = [
            f"{one.code} {register.standing[one.code].called} → {name}" for one in rows
            if one.code in register.standing and (name := one.said[self.name_column])
            and _plain(name) != _plain(str(register.standing[one.code].called))
        ]  # fmt: skip
        if renamed:
            said = word(
                "编码没变、名称变了的 {count} 条按改名办理：{named}{more}。要是换成了另一件事，请另用新编码，旧的停用。"
            )
            found.append(Said(said, some_of(renamed)))
        unbarred = sorted(register.barred & set(gone)) if self.kind is ListKind.CATALOGUE else []
        if unbarred:
            said = word("负面清单按编码禁止的条目不再存在：{codes}。换了编码的同一服务将不再受限，请同时修订负面清单。")
            found.append(Said(said, {"codes": tuple(unbarred)}))
        return found


def _ensure_comes_back_as_it_was(name: str, row: Row, register: KnownEdition, day: date) -> None:
    """Refuse to give what this draft retired or moved away to another matter: no code is given twice."""
    if row.code in register.standing:
        return
    moved = next((other.code for other in register.standing.values() if other.origin == row.origin), None)
    once = limits.CODE_ONCE.on(day).article
    if moved is not None:
        raise RuleBroken(
            word("编码 {code} 的条目在草案里已经移到 {moved}，不能再给别的条目。请另用新编码。"),
            code=row.code, moved=moved, field=CODE, article=once,
        )  # fmt: skip
    if _plain(name) != _plain(str(row.called)):
        raise RuleBroken(
            word("编码 {code} 原来是“{name}”，草案里已停用；恢复要用原来的名称，别的事请另用新编码。"),
            code=row.code, name=row.called, field=CODE, article=once,
        )  # fmt: skip


_PARTS = re.compile(r"[.\-/]")


def canonical(code: str, kind: ListKind, *, in_parts: bool) -> str:
    """A code as this house writes it: in a list of `1`, `1.2` and `A-1-2` two digits a level, the negative list's with their N."""
    parts = _PARTS.split(unicodedata.normalize("NFKC", code).strip().upper())
    if in_parts:
        parts = [part.zfill(2) if part.isdecimal() else part for part in parts]
    joined = "".join(parts)
    return f"N{joined}" if kind is ListKind.NEGATIVE_LIST and joined[:1].isdecimal() else joined


def _plain(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))


def _read(row: OutlineRow, codes: Mapping[str, str]) -> ReadRow:
    code = codes[row.code]
    changes = row.changes
    if not row.written.text:
        changes = (*changes, Change.NUMBERED)
    elif code != row.code:
        changes = (*changes, Change.REWRITTEN)
    values = {
        **row.values,
        CODE: Value(row.written.cell, code, changes),
        NAME: Value(EMPTY, row.name),
        PARENT: Value(EMPTY, codes.get(row.parent, row.parent)),
        LEVEL: Value(EMPTY, str(row.level)),
    }
    return ReadRow(row.number, values, line=row.number)


def _faulty(outline: Outline) -> Iterator[ReadRow]:
    """The lines of which no entry could be made, with what is wrong with each."""
    texts = {row.number: row for row in outline.understood.rows}
    faults: dict[int, list[DomainError]] = {}
    for one in outline.faults:
        faults.setdefault(one.number, []).append(one.fault)
    for number, found in faults.items():
        row = texts.get(number)
        yield ReadRow(number, dict(row.values) if row is not None else {}, tuple(found), line=number)


def _caught(check: Callable[[], None]) -> Iterator[DomainError]:
    try:
        check()
    except DomainError as fault:
        yield fault


# ── the two lists ──────────────────────────────────────────────────────────────────────────────────────────────────

SUITABLE = {"适合": "yes", "是": "yes", "通常由企业承接": "no", "不适合": "no", "否": "no"}
SEVERITIES = {
    Severity.PROHIBITED.label: Severity.PROHIBITED.value, "禁止": Severity.PROHIBITED.value,
    Severity.NEEDS_REVIEW.label: Severity.NEEDS_REVIEW.value, "复核": Severity.NEEDS_REVIEW.value,
}  # fmt: skip


class CatalogueImporter(EditionImporter):
    """Service catalogues."""

    kind, name_column, longest = ListKind.CATALOGUE, "name", 80
    further = (
        Column("name_en", word("英文名称"), ("英文名", "name in english"), is_required=False, longest=160),
        Column("scope", word("服务范围"), ("范围", "说明", "备注", "服务内容说明", "内容说明", "解释"), is_required=False, longest=2000),
        Column(
            "department", word("主管部门"), (*DEPARTMENT_NAMES, "牵头部门", "责任单位"), is_required=False, longest=80
        ),
        Column(
            "suitable", word("适合由社会组织承接"), ("适合社会组织", "是否适合社会组织承接"), ColumnKind.CHOICE, is_required=False,
            options=SUITABLE,
        ),
        Column("unit", word("计量单位"), ("单位", "量纲"), is_required=False, longest=20),
    )  # fmt: skip

    def said(self, entry: Entry) -> dict[str, Any]:
        """English name, scope, unit and suitability."""
        suitable = {"yes": True, "no": False}.get(entry.text("suitable"))
        return {
            "name_en": entry.text("name_en"), "scope": entry.text("scope"), "unit": entry.text("unit"), "suitable": suitable,
        }  # fmt: skip

    def told_of(self, row: Any, terms: ListedEntry) -> dict[str, str]:
        """English name, scope, department, unit and suitability."""
        suitable = {True: "yes", False: "no", None: ""}[row.suitable]
        department = (
            {} if terms.said.get("department_name") == row.department_name else {"department": row.department_name}
        )
        return {"name_en": row.name_en, "scope": row.scope, "unit": row.unit, "suitable": suitable, **department}

    def terms_of(self, one: ListedEntry, register: KnownEdition) -> CatalogueTerms:
        """A row with what is known of its code; an item is suitable where nothing says otherwise."""
        said = _completed(one, self.known(one, register), self.kind)
        if one.level == DEEPEST[self.kind] and said["suitable"] is None:
            said["suitable"] = True
        return CatalogueTerms(**said)

    def faults_of_terms(self, terms: CatalogueTerms, register: KnownEdition, day: date) -> Iterable[DomainError]:
        """A name; the rest may be completed in the draft, and is asked for when it is laid before the conference."""
        if not terms.name:
            yield RuleBroken(word("条目要有名称。"), field=NAME)


class NegativeListImporter(EditionImporter):
    """Negative lists."""

    kind, name_column, longest = ListKind.NEGATIVE_LIST, "title", 120
    further = (
        Column("title_en", word("英文名称"), ("英文名", "name in english"), is_required=False, longest=240),
        Column("basis", word("依据"), ("法律依据", "设定依据", "政策依据", "文件依据"), is_required=False, longest=1000),
        Column("severity", word("含关键词时"), ("严重程度", "处理", "性质"), ColumnKind.CHOICE, is_required=False, options=SEVERITIES),
        Column("keywords", word("关键词"), ("关键字", "敏感词"), is_required=False, longest=2000),
        Column("barred_codes", word("不得办理的目录编码"), ("目录编码", "对应目录", "禁止目录"), is_required=False, longest=400),
    )  # fmt: skip

    def said(self, entry: Entry) -> dict[str, Any]:
        """English title, basis, severity, keywords and barred codes."""
        return {
            "title_en": entry.text("title_en"), "basis": entry.text("basis"), "severity": entry.choice("severity", Severity),
            "keywords": parts_of(entry.text("keywords")), "barred_codes": parts_of(entry.text("barred_codes")),
        }  # fmt: skip

    def told_of(self, row: Any, terms: ListedEntry) -> dict[str, str]:
        """English title, basis, severity, keywords and barred codes."""
        lists = {"keywords": tuple(row.keyword_list), "barred_codes": tuple(row.barred_code_list)}
        otherwise = {name: "、".join(parts) for name, parts in lists.items() if terms.said[name] != parts}
        return {"title_en": row.title_en, "basis": row.basis, "severity": row.severity.value, **otherwise}

    def terms_of(self, one: ListedEntry, register: KnownEdition) -> NegativeTerms:
        """A row with what is known of its code; a new one forbids, and its basis is still to be read."""
        row = self.known(one, register)
        said = _completed(one, row, self.kind)
        said["severity"] = said["severity"] or Severity.PROHIBITED
        is_same = isinstance(row, NegativeListEntry) and row.basis == said["basis"]
        said["basis_status"] = row.basis_status if is_same and row is not None else BasisStatus.RECALLED  # type: ignore[union-attr]
        for name in ("keywords", "barred_codes"):
            said[name] = parts_of(said[name]) if isinstance(said[name], str) else said[name]
        return NegativeTerms(**said)

    def faults_of_terms(self, terms: NegativeTerms, register: KnownEdition, day: date) -> Iterable[DomainError]:
        """All that a row of the negative list must say: what finds nothing forbids nothing."""
        for fault in editions.faults_of_row(terms, register.codes_in_force, day):
            fault.field = NAME if fault.field == "title" else fault.field
            yield fault


def _completed(one: ListedEntry, row: Row | None, kind: ListKind) -> dict[str, Any]:
    """What a row says, and for what it does not say what is known."""
    completed = {}
    for name in COLUMNS[kind]:
        said = one.said.get(name)
        known = getattr(row, name) if row is not None else None
        completed[name] = (
            said if said not in ("", None, ()) else known if known is not None else _NOTHING_SAID.get(name, "")
        )
    return completed


_NOTHING_SAID: Mapping[str, Any] = {"suitable": None, "severity": None, "keywords": (), "barred_codes": ()}


# ── taking over ────────────────────────────────────────────────────────────────────────────────────────────────────


def import_catalogue(row: Import, *, actor: User, now: datetime) -> None:
    """Make a list the content of the catalogue's draft, begun by this deed where none is under way.

    Raises:
        RuleBroken: a row has a fault.
        NotPermitted: the draft under way is another department's.
        WrongState: it lies before the conference.
        Conflict: the draft, or the last edition, has changed since the list was read in.
    """
    access.require(actor, Deed.CATALOGUE_IMPORT, row)

    importer = CatalogueImporter()
    judged = judged_to_apply(row, importer, actor, now)
    edition = _written(importer, judged, row, actor, now)
    IMPORT_MOVES.move(Deed.CATALOGUE_IMPORT, row)
    end(row, now)

    audit.record(Deed.CATALOGUE_IMPORT, row, actor=actor, now=now, **told_of(row), edition=edition.number)


def import_negative_list(row: Import, *, actor: User, now: datetime) -> None:
    """Make a list the content of the negative list's draft; refused for the same reasons as a catalogue."""
    access.require(actor, Deed.NEGATIVE_LIST_IMPORT, row)

    importer = NegativeListImporter()
    judged = judged_to_apply(row, importer, actor, now)
    edition = _written(importer, judged, row, actor, now)
    IMPORT_MOVES.move(Deed.NEGATIVE_LIST_IMPORT, row)
    end(row, now)

    audit.record(Deed.NEGATIVE_LIST_IMPORT, row, actor=actor, now=now, **told_of(row), edition=edition.number)


def _written(
    importer: EditionImporter, judged: Judged[ListedEntry, KnownEdition], row: Import, actor: User, now: datetime
) -> ReferenceEdition:
    edition = edition_under_way(importer.kind)
    if edition is None:
        edition = drafting.begin_draft(
            actor.department, importer.kind, ListProvenance.IMPORTED, reason=f"导入表格：{row.file_name}", actor=actor, now=now
        )  # fmt: skip
    _ensure_may_write(edition, actor)
    _name_source(edition, row.file_name)
    _write(importer, judged, edition)
    return edition


def _name_source(edition: ReferenceEdition, file_name: str) -> None:
    """Let the reason of a draft name every list that it was made of."""
    said = f"导入表格：{file_name}"
    if said not in edition.reason:
        edition.reason = f"{edition.reason}；{said}"


def _ensure_may_write(edition: ReferenceEdition, actor: User) -> None:
    EDITION_MOVES.ensure_open(Deed.ENTRY_ADD, edition)
    if not access.can(actor, Deed.ENTRY_ADD, edition):
        raise NotPermitted(
            word("{edition}的草案由{person}起草，您不能改它的内容。"),
            edition=edition.called,
            person=edition.drafted_by.called if edition.drafted_by is not None else word("别的部门"),
        )


def _write(importer: EditionImporter, judged: Judged[ListedEntry, KnownEdition], edition: ReferenceEdition) -> None:
    """Make the draft say what the list says: amended and added from the top down, retired from the bottom up."""
    standing = {row.code: row for row in rows_of(edition)}
    listed = sorted(judged.rows.values(), key=lambda one: one.level)
    for level in range(1, DEEPEST[importer.kind] + 1):
        for one in (one for one in listed if one.level == level):
            columns = importer.terms_of(one, judged.register).columns()
            target = standing.get(one.code)
            if target is None:
                standing[one.code] = target = _added(importer, one, judged.register, edition, standing)
                db.session.add(target)
            for name, value in columns.items():
                setattr(target, name, value)
        db.session.flush()
    kept = {one.code for one in listed}
    for target in sorted(standing.values(), key=lambda target: -target.level):
        if target.code not in kept:
            db.session.delete(target)
            db.session.flush()


def _added(
    importer: EditionImporter, one: ListedEntry, register: KnownEdition, edition: ReferenceEdition, standing: Mapping[str, Row]
) -> Row:  # fmt: skip
    before = register.before.get(one.code)
    # What this draft had retired comes back as the entry that it was.
    origin = before.origin if before is not None else one.code
    parent_id = standing[one.parent].id if one.parent else None
    row: Row = row_class(importer.kind)(
        edition_id=edition.id, code=one.code, origin=origin, parent_id=parent_id, level=one.level
    )
    return row
