"""What is done with a list before it is taken over: it is read in, its columns are assigned by hand, it is given up.

Taking it over is a deed of the register it goes into (`<kind>:import`); `judged_to_apply`, `end` and `told_of` serve all of these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, DomainError, NotPermitted
from procurement.foundation.labels import Said, word
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.imports.importer import Importer, Judged, Outcome, Register, Terms
from procurement.registers.imports.models import (
    IMPORT_MOVES,
    Import,
    ImportKind,
    ImportRow,
    ImportStatus,
    delete_rows,
    rows_of,
)
from procurement.registers.imports.reading import CheckedRow, Reading, entry_of
from procurement.registers.imports.rules import ensure_whole
from procurement.registers.notices import keep_values
from procurement.registers.people import User

# Of what was left out so many lines are kept to be shown; a list with more is not mended by reading them.
_SHOWN, _SHOWN_LENGTH = 200, 80


def begin_import(house: None, reading: Reading, *, stored: str, actor: User, now: datetime) -> Import:
    """Keep a list that has been read and checked, to be looked at by whoever read it in; `stored` names its sealed bytes."""
    access.require(actor, Deed.IMPORT_BEGIN, house)

    ensure_may_import(actor, reading.kind)

    row = Import(
        kind=reading.kind, file_name=reading.name, file_size=reading.size, file_sha256=reading.sha256,
        stored=stored, status=ImportStatus.READ, begun_by_id=actor.id, begun_at=now,
    )  # fmt: skip
    db.session.add(row)
    _keep(row, reading)

    audit.record(
        Deed.IMPORT_BEGIN,
        row,
        actor=actor,
        now=now,
        kind=reading.kind,
        sha256=reading.sha256,
        rows=row.rows,
        faulty=row.faulty,
    )
    return row


def assign_import(row: Import, reading: Reading, *, actor: User, now: datetime) -> None:
    """Understand the same file anew, with sheet, head and columns chosen by hand."""
    access.require(actor, Deed.IMPORT_ASSIGN, row)

    ensure_own(row, actor)
    IMPORT_MOVES.ensure_open(Deed.IMPORT_ASSIGN, row)
    if reading.sha256 != row.file_sha256:
        raise _changed()

    IMPORT_MOVES.move(Deed.IMPORT_ASSIGN, row)
    delete_rows(row)
    _keep(row, reading)

    audit.record(Deed.IMPORT_ASSIGN, row, actor=actor, now=now, rows=row.rows, faulty=row.faulty)


def discard_import(row: Import, *, actor: User, now: datetime) -> None:
    """Give an import up: its rows and its file go."""
    access.require(actor, Deed.IMPORT_DISCARD, row)

    ensure_own(row, actor)
    IMPORT_MOVES.ensure_open(Deed.IMPORT_DISCARD, row)

    IMPORT_MOVES.move(Deed.IMPORT_DISCARD, row)
    end(row, now)

    audit.record(Deed.IMPORT_DISCARD, row, actor=actor, now=now, sha256=row.file_sha256)


# ── whose it is ────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_may_import(actor: User, kind: ImportKind) -> None:
    """Refuse whoever may not take a list of this kind over: the same people read it in, assign its columns and give it up."""
    if not access.can(actor, kind.deed, None):
        raise NotPermitted(
            word("“{deed}”不由您办理。可以办理的是：{holders}。"),
            deed=kind.deed,
            holders=tuple(access.POLICY[kind.deed]),
        )


def ensure_own(row: Import, actor: User) -> None:
    """Refuse everybody but the one who read the list in."""
    ensure_may_import(actor, row.kind)
    if row.begun_by_id != actor.id:
        raise NotPermitted(word("这个表格是别人读入的，只能由读入的人办理。"))


# ── taking over ────────────────────────────────────────────────────────────────────────────────────────────────────


def judged_to_apply(
    row: Import, importer: Importer[Terms, Register], actor: User, now: datetime
) -> Judged[Terms, Register]:
    """The rows of an import that is one's own, open and whole, when everything stands as it was shown.

    Raises:
        NotPermitted: somebody else read it in.
        WrongState: it has ended.
        RuleBroken: a column lacks, or a single row has a fault.
        Conflict: something has changed in the register since it was read in.
    """
    ensure_own(row, actor)
    IMPORT_MOVES.ensure_open(row.kind.deed, row)
    ensure_whole(row)
    kept = rows_of(row)
    judged = importer.judge([one.entry for one in kept], now)
    shown = {one.number: (one.outcome, one.before) for one in kept}
    found = {number: (outcome, judged.before.get(number, {})) for number, outcome in judged.outcomes.items()}
    # What falls away stands against no row: the remarks name it.
    if judged.faults or found != shown or _kept_remarks(judged.remarks) != row.told["remarks"]:
        raise _changed()
    return judged


def _changed() -> DomainError:
    return Conflict(word("读入以后，登记的内容有了变化，和您看到的预览不一样，一行也没有导入。请重新上传再核对一遍。"))


def end(row: Import, now: datetime) -> None:
    """Forget what an import held; that it was, what came of it and the hash of the file stay."""
    row.understood, row.ended_at = "{}", now
    delete_rows(row)


def told_of(row: Import) -> dict[str, Any]:
    """What the line of a list that was taken over says of it."""
    return {"sha256": row.file_sha256, "added": row.added, "changed": row.changed, "unchanged": row.unchanged}


# ── keeping ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _keep(row: Import, reading: Reading) -> None:
    row.choice = json.dumps(asdict(reading.choice), ensure_ascii=False) if reading.choice is not None else "{}"
    row.understood = json.dumps(_told(reading), ensure_ascii=False)
    row.rows, row.faulty = len(reading.rows), reading.faulty
    row.added, row.changed = reading.count(Outcome.ADDED), reading.count(Outcome.CHANGED)
    row.unchanged = reading.count(Outcome.UNCHANGED)
    db.session.flush()
    if reading.rows:
        db.session.execute(insert(ImportRow), [_kept_row(row.id, one) for one in reading.rows])


def _told(reading: Reading) -> Mapping[str, Any]:
    understood = reading.understood
    return {
        "sheet": understood.sheet, "sheets": understood.sheets, "hidden_sheets": understood.hidden_sheets,
        "head": understood.head, "height": understood.height, "heads": understood.heads,
        "columns": dict(understood.columns), "notes": [note[:_SHOWN_LENGTH] for note in understood.notes[:_SHOWN]],
        "left_out": [
            {"first": one.first, "last": one.last, "reason": one.reason.value, "text": one.text[:_SHOWN_LENGTH]}
            for one in understood.left_out[:_SHOWN]
        ],
        "left_out_more": max(len(understood.left_out) - _SHOWN, 0), "missing": understood.missing,
        "remarks": _kept_remarks(reading.remarks),
    }  # fmt: skip


def _kept_remarks(remarks: Sequence[Said]) -> list[list[str]]:
    return [[said.message, keep_values(said.values)] for said in remarks]


def _kept_row(import_id: int, row: CheckedRow) -> dict[str, Any]:
    values = {name: value for name, value in row.read.values.items() if value.changes}
    notes = {name: [value.cell.text, [change.value for change in value.changes]] for name, value in values.items()}
    return {
        "import_id": import_id, "number": row.read.number, "line": row.read.line,
        "values": json.dumps(dict(entry_of(row.read).values), ensure_ascii=False),
        "notes": json.dumps(notes, ensure_ascii=False) if notes else "",
        "faults": json.dumps([_kept_fault(fault) for fault in row.faults], ensure_ascii=False) if row.faults else "",
        "was": json.dumps(dict(row.before), ensure_ascii=False) if row.before else "",
        "is_faulty": bool(row.faults), "outcome": row.outcome,
    }  # fmt: skip


def _kept_fault(fault: DomainError) -> dict[str, str]:
    values = {**fault.values, "article": fault.article} if fault.article is not None else fault.values
    return {"field": fault.field or "", "message": fault.message, "values": keep_values(values)}
