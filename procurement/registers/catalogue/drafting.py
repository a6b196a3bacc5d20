"""How an edition of the catalogue or of the negative list comes about: drafted from the last one, submitted, resolved on.

Officers draft for their department, finance supervisors for any; the joint conference puts an edition in force. A draft is
a whole edition: a copy of the last adopted one whose rows are added, amended, retired and moved, so that what lies before
the conference is what will bind, to the letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import NotFound, RuleBroken
from procurement.foundation.labels import word
from procurement.registers import access, audit, notices
from procurement.registers.access import Deed
from procurement.registers.catalogue import editions
from procurement.registers.catalogue.editions import COLUMNS, Comparison, EntryTerms
from procurement.registers.catalogue.models import (
    EDITION_MOVES,
    CatalogueEntry,
    EditionStatus,
    ListKind,
    ListProvenance,
    ReferenceEdition,
    Row,
    codes_ever_given,
    edition_in_force,
    edition_under_way,
    entries_of,
    negative_list_in_force,
    newest_edition,
    next_number_of,
    row_by_code,
    row_class,
    rows_of,
)
from procurement.registers.catalogue.operations import index_entries
from procurement.registers.people import Department, Role, User, users_with_role


def address_of(edition: ReferenceEdition) -> str:
    """The page of an edition, for the link in a notice."""
    return f"/catalogue/editions/{edition.id}"


def comparison_of(edition: ReferenceEdition, base: ReferenceEdition | None = None) -> Comparison:
    """What an edition changes against `base`, or against the one it was drafted from; everything is new without one."""
    base = base or edition.base
    return editions.compare(rows_of(base) if base is not None else (), rows_of(edition), edition.kind)


# ── a draft begins and ends ────────────────────────────────────────────────────────────────────────────────────────


def draft_edition(
    department: Department | None, kind: ListKind, *, reason: str, actor: User, now: datetime
) -> ReferenceEdition:
    """Begin the next edition of a list as a copy of the last one that was adopted.

    Raises:
        WrongState: another draft of the list is under way.
    """
    access.require(actor, Deed.EDITION_DRAFT, department)

    editions.ensure_no_other_draft(edition_under_way(kind))
    if not reason.strip():
        raise RuleBroken(word("请写明为什么要修订。"), field="reason")

    edition = begin_draft(department, kind, ListProvenance.DRAFTED, reason=reason, actor=actor, now=now)

    audit.record(
        Deed.EDITION_DRAFT, edition, actor=actor, now=now, kind=kind, number=edition.number,
        base=edition.base.number if edition.base is not None else None, reason=edition.reason,
    )  # fmt: skip
    return edition


def begin_draft(
    department: Department | None, kind: ListKind, provenance: ListProvenance, *, reason: str, actor: User, now: datetime
) -> ReferenceEdition:  # fmt: skip
    """A draft that says what the last adopted edition says; part of the deed that begins it."""
    edition = ReferenceEdition(
        kind=kind,
        number=next_number_of(kind),
        status=EditionStatus.DRAFT,
        provenance=provenance,
        loaded_at=now,
        base=newest_edition(kind),
        department_id=department.id if department is not None else None,
        drafted_by=actor,
        reason=reason.strip(),
    )
    db.session.add(edition)
    db.session.flush()
    if edition.base is not None:
        _copy(edition.base, edition)
    return edition


def _copy(base: ReferenceEdition, edition: ReferenceEdition) -> None:
    """Every row of `base` in `edition`, level by level, each below the copy of its parent."""
    copies: dict[int, int] = {}
    rows = rows_of(base)
    for level in sorted({row.level for row in rows}):
        of_level = [row for row in rows if row.level == level]
        added = [_like(row, edition, copies.get(row.parent_id or 0)) for row in of_level]
        db.session.add_all(added)
        db.session.flush()
        copies |= {row.id: copy.id for row, copy in zip(of_level, added, strict=True)}


def _like(row: Row, edition: ReferenceEdition, parent_id: int | None) -> Row:
    said = {name: getattr(row, name) for name in COLUMNS[edition.kind]}
    return row_class(edition.kind)(
        edition_id=edition.id, code=row.code, origin=row.origin, parent_id=parent_id, level=row.level, **said
    )


def discard_edition(edition: ReferenceEdition, *, reason: str, actor: User, now: datetime) -> None:
    """Give a draft up; its rows go, its number stays, and the codes it would have given are free."""
    access.require(actor, Deed.EDITION_DISCARD, edition)

    EDITION_MOVES.ensure_open(Deed.EDITION_DISCARD, edition)
    if not reason.strip():
        raise RuleBroken(word("放弃草案要写明理由。"), field="reason")

    EDITION_MOVES.move(Deed.EDITION_DISCARD, edition)
    changes = comparison_of(edition).counts
    rows = row_class(edition.kind)
    for level in range(editions.DEEPEST[edition.kind], 0, -1):
        db.session.execute(delete(rows).where(rows.edition_id == edition.id, rows.level == level))
    edition.return_reason = reason.strip()

    audit.record(Deed.EDITION_DISCARD, edition, actor=actor, now=now, reason=reason.strip(), changes=changes)


def submit_edition(
    edition: ReferenceEdition, *, in_force_on: date, consultation: str, actor: User, now: datetime
) -> None:
    """Lay a draft before the joint conference, with the day it is to bind from and what the departments said (DIR-4).

    Raises:
        Refusals: a draft that changes nothing, nobody consulted, a day that is too early.
    """
    access.require(actor, Deed.EDITION_SUBMIT, edition)

    EDITION_MOVES.ensure_open(Deed.EDITION_SUBMIT, edition)
    comparison = comparison_of(edition)
    editions.ensure_ready(edition, rows_of(edition), comparison, consultation, in_force_on, local_day(now))

    EDITION_MOVES.move(Deed.EDITION_SUBMIT, edition)
    edition.in_force_on, edition.consultation = in_force_on, consultation.strip()
    edition.submitted_by_id = actor.id
    notices.notify(
        users_with_role(Role.MEMBER),
        word("{edition}的草案等联席会议审议。"),
        now=now,
        link=address_of(edition),
        edition=edition.called,
    )

    audit.record(
        Deed.EDITION_SUBMIT, edition, actor=actor, now=now, in_force_on=in_force_on, changes=comparison.counts,
        consultation=edition.consultation,
    )  # fmt: skip


# ── its rows ───────────────────────────────────────────────────────────────────────────────────────────────────────


def row_at(edition: ReferenceEdition, code: str, *, where: str = "code") -> Row:
    """The row of this code in a draft.

    Raises:
        NotFound: there is none.
    """
    row = row_by_code(edition, code)
    if row is None:
        raise NotFound(word("这一版里没有编码 {code}。"), code=code, field=where)
    return row


def _standing(edition: ReferenceEdition) -> dict[str, Row]:
    return {row.code: row for row in rows_of(edition)}


def codes_taken(edition: ReferenceEdition) -> set[str]:
    """The codes that no new entry of this draft may have."""
    return {*codes_ever_given(edition.kind), *_standing(edition)}


def codes_in_force(day: date) -> frozenset[str]:
    """The codes of the catalogue of that day."""
    edition = edition_in_force(ListKind.CATALOGUE, day)
    return frozenset(row.code for row in entries_of(edition)) if edition is not None else frozenset()


def _said(terms: EntryTerms) -> dict[str, Any]:
    return {name: value for name, value in terms.columns().items() if value not in ("", None)}


def add_entry(
    edition: ReferenceEdition, code: str, terms: EntryTerms, *, parent_code: str = "", actor: User, now: datetime
) -> Row:
    """Add an entry to a draft, below `parent_code` or at the top.

    Raises:
        RuleBroken: a code of another shape, one that the draft has or that any edition ever had; an entry below the last level.
        Refusals: everything the entry lacks.
    """
    access.require(actor, Deed.ENTRY_ADD, edition)

    EDITION_MOVES.ensure_open(Deed.ENTRY_ADD, edition)
    day = local_day(now)
    parent = row_at(edition, parent_code, where="parent") if parent_code else None
    level = parent.level + 1 if parent is not None else 1
    editions.ensure_room_below(parent, edition.kind)
    stem = parent.code if parent is not None else ""
    editions.ensure_code(code, stem, edition.kind, codes_ever_given(edition.kind), _standing(edition), day)
    editions.ensure_terms(terms, level, codes_in_force(day), day)

    row: Row = row_class(edition.kind)(
        edition_id=edition.id,
        code=code,
        origin=code,
        parent_id=parent.id if parent is not None else None,
        level=level,
        **terms.columns(),
    )
    db.session.add(row)
    db.session.flush()

    audit.record(Deed.ENTRY_ADD, edition, actor=actor, now=now, code=code, said=_said(terms))
    return row


def amend_entry(row: Row, terms: EntryTerms, *, actor: User, now: datetime) -> None:
    """Rename an entry of a draft, or change its scope, department, unit, basis, keywords, severity.

    Raises:
        Refusals: everything the entry lacks then.
    """
    access.require(actor, Deed.ENTRY_AMEND, row)

    edition = row.edition
    EDITION_MOVES.ensure_open(Deed.ENTRY_AMEND, edition)
    editions.ensure_terms(terms, row.level, codes_in_force(local_day(now)), local_day(now))

    before = {name: getattr(row, name) for name in COLUMNS[edition.kind]}
    after = terms.columns()
    for name, value in after.items():
        setattr(row, name, value)

    audit.record(
        Deed.ENTRY_AMEND, row, actor=actor, now=now, code=row.code,
        before={name: value for name, value in before.items() if after[name] != value},
        after={name: value for name, value in after.items() if before[name] != value},
    )  # fmt: skip


def _below(row: Row, rows: Iterable[Row]) -> list[Row]:
    """Those of an edition's rows that stand below one, by code: children and children's children."""
    found, above = [], {row.id}
    # By level, so that what a row stands under is known before it.
    for other in sorted(rows, key=lambda other: (other.level, other.code)):
        if other.parent_id in above:
            above.add(other.id)
            found.append(other)
    return sorted(found, key=lambda other: other.code)


def retire_entry(row: Row, *, actor: User, now: datetime) -> None:
    """Take an entry out of a draft; its code is never given again once an edition had it.

    Raises:
        RuleBroken: a heading under which entries stand.
    """
    access.require(actor, Deed.ENTRY_RETIRE, row)

    edition = row.edition
    EDITION_MOVES.ensure_open(Deed.ENTRY_RETIRE, edition)
    editions.ensure_nothing_below(row, _below(row, rows_of(edition)))

    code, name = row.code, str(row.called)
    db.session.delete(row)
    db.session.flush()

    audit.record(Deed.ENTRY_RETIRE, edition, actor=actor, now=now, code=code, name=name)


def restore_entry(edition: ReferenceEdition, code: str, *, actor: User, now: datetime) -> Row:
    """Put an entry that this draft retired back as it stood, under its own code: the only way in which a code returns.

    Raises:
        NotFound: the edition it was drafted from has no such entry.
        RuleBroken: it stands in the draft, or what it stood under does not.
    """
    access.require(actor, Deed.ENTRY_RESTORE, edition)

    EDITION_MOVES.ensure_open(Deed.ENTRY_RESTORE, edition)
    before = {row.id: row for row in rows_of(edition.base)} if edition.base is not None else {}
    row = next((row for row in before.values() if row.code == code), None)
    standing = rows_of(edition)
    if row is None:
        raise NotFound(word("前一版里没有编码 {code}。"), code=code)
    if any(other.origin == row.origin for other in standing):
        raise RuleBroken(word("{code} 没有停用，不需要恢复。"), code=code)
    above = before.get(row.parent_id or 0)
    parent = next((other for other in standing if above is not None and other.origin == above.origin), None)
    if above is not None and (parent is None or parent.code != above.code):
        raise RuleBroken(
            word("{code} 原来在 {parent} 之下，{parent} 已经不在。请先恢复它。"), code=code, parent=above.code
        )

    restored = _like(row, edition, parent.id if parent is not None else None)
    db.session.add(restored)
    db.session.flush()

    audit.record(Deed.ENTRY_RESTORE, edition, actor=actor, now=now, code=code)
    return restored


def move_entry(row: Row, code: str, *, parent_code: str, actor: User, now: datetime) -> None:
    """Move an entry, with all that stands below it, under another heading of the same level; all have new codes then.

    Raises:
        RuleBroken: a heading of another level, a code that is taken or was ever given, an entry that the negative list bars.
    """
    access.require(actor, Deed.ENTRY_MOVE, row)

    edition, day = row.edition, local_day(now)
    EDITION_MOVES.ensure_open(Deed.ENTRY_MOVE, edition)
    standing = _standing(edition)
    parent = row_at(edition, parent_code, where="parent")
    current = next((other for other in standing.values() if other.id == row.parent_id), None)
    editions.ensure_may_move(row, parent, current)
    editions.ensure_code(code, parent.code, edition.kind, codes_ever_given(edition.kind), standing, day)
    below = _below(row, standing.values())
    editions.ensure_not_moved_out_of_a_bar([row, *below], negative_list_in_force(day))

    before = row.code
    row.code, row.parent_id = code, parent.id
    for other in below:
        other.code = code + other.code.removeprefix(before)
    db.session.flush()

    audit.record(
        Deed.ENTRY_MOVE, row, actor=actor, now=now, before=before, after=code, moved_with_it=len(below)
    )  # fmt: skip


# ── before the conference: parts of its deeds, never deeds of their own ────────────────────────────────────────────


def table_edition(edition: ReferenceEdition, _now: datetime) -> None:
    """Put a draft before the joint conference; from then on it is not changed until something is resolved."""
    EDITION_MOVES.move(Deed.CONFERENCE_CONVENE, edition)


def adopt_edition(edition: ReferenceEdition, resolution: str, now: datetime) -> None:
    """Put an edition in force by a resolution: from the day that was proposed, or from today where that has passed."""
    EDITION_MOVES.move(Deed.ITEM_RESOLVE, edition)
    assert edition.in_force_on is not None  # submitting gave it one
    edition.in_force_on = max(edition.in_force_on, editions.earliest_day(edition, local_day(now)))
    edition.resolution = resolution
    rows = rows_of(edition)
    index_entries([row for row in rows if isinstance(row, CatalogueEntry)])
    _tell(
        edition,
        word("联席会议通过了{edition}，{day}起施行。"),
        now,
        day=edition.in_force_on,
    )


def return_edition(edition: ReferenceEdition, reason: str, now: datetime) -> None:
    """Let a draft be a draft again, with the conference's reason: the other resolution there is on it."""
    EDITION_MOVES.ensure_open(Deed.ITEM_RESOLVE, edition)

    edition.status, edition.return_reason = EditionStatus.DRAFT, reason
    _tell(edition, word("联席会议退回了{edition}的草案：{reason}"), now, reason=reason)


def put_off_edition(edition: ReferenceEdition, now: datetime) -> None:
    """Let an edition wait for another conference, as it waited before this one."""
    EDITION_MOVES.move(Deed.CONFERENCE_CANCEL, edition)
    _tell(edition, word("联席会议没有就{edition}作出决议，等下一次会议。"), now)


def _tell(edition: ReferenceEdition, message: str, now: datetime, **values: Any) -> None:
    people = [edition.drafted_by] if edition.drafted_by is not None else []
    notices.notify(people, message, now=now, link=address_of(edition), edition=edition.called, **values)
