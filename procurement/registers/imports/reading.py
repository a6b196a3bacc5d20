"""Reading a list in: bytes to checked rows, before any deed begins. SQLite has one write lock, and this takes seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from procurement.foundation.errors import DomainError
from procurement.foundation.labels import Said
from procurement.foundation.workbooks import Bounds, read_workbook
from procurement.registers.imports.importer import Entry, Importer, Judged, Outcome
from procurement.registers.imports.models import ImportKind
from procurement.registers.imports.recognition import Choice, Column, ReadRow, Understood
from procurement.statute.limits import ArchiveBounds, WorkbookBounds

# How far each part of the reading goes, in percent of the whole.
_UNPACKED, _UNDERSTOOD, _CHECKED = 20, 60, 90

Progress = Callable[[int], None]
# What may be wrong with a text besides, said by whoever knows: a character that no font prints.
Besides = Callable[[str], DomainError | None]


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One row as it was read, what is wrong with it, and what it would do."""

    read: ReadRow
    faults: tuple[DomainError, ...]
    outcome: Outcome | None
    before: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """A list as it was read in: the file, what was understood, the checked rows, what was chosen by hand."""

    kind: ImportKind
    name: str
    size: int
    sha256: str
    understood: Understood
    rows: tuple[CheckedRow, ...]
    choice: Choice | None
    remarks: tuple[Said, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many rows would do this."""
        return sum(row.outcome is outcome for row in self.rows)

    @property
    def faulty(self) -> int:
        """How many rows have faults."""
        return sum(bool(row.faults) for row in self.rows)


def bounds(limit: int) -> Bounds:
    """What a workbook may hold where an upload may have `limit` bytes."""
    told = WorkbookBounds
    return Bounds(
        told.sheets, told.rows, told.columns, told.cells, ArchiveBounds.entries, limit * ArchiveBounds.expansion
    )


def shown_name(name: str) -> str:
    """The name of a file as it is shown: no path, no control characters, not longer than the register keeps."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in base if char.isprintable()).strip()[-120:] or "-"


def read_list(
    kind: ImportKind, importer: Importer[Any, Any], content: bytes, name: str, *, now: datetime, limit: int,
    choice: Choice | None = None, besides: Besides = lambda text: None, progress: Progress = lambda percent: None,
) -> Reading:  # fmt: skip
    """Read, understand and check a list.

    Raises:
        RuleBroken: no workbook, or one without a head.
    """
    workbook = read_workbook(content, bounds(limit))
    progress(_UNPACKED)
    understood = importer.understand(workbook, choice, _every_percent(progress, _UNPACKED, _UNDERSTOOD))
    rows, remarks = _checked(importer, understood, now, besides)
    progress(_CHECKED)
    sha256 = hashlib.sha256(content).hexdigest()
    return Reading(kind, shown_name(name), len(content), sha256, understood, rows, choice, remarks)


def _every_percent(progress: Progress, since: int, until: int) -> Callable[[int, int], None]:
    """Progress row by row, told once for each percent: each telling is a transaction."""
    told = since

    def tell(done: int, of: int) -> None:
        nonlocal told
        percent = since + (until - since) * done // of
        if percent > told:
            told = percent
            progress(percent)

    return tell


def entry_of(row: ReadRow) -> Entry:
    """What a row says, field by field."""
    return Entry(row.number, {name: value.text for name, value in row.values.items()})


def _checked(
    importer: Importer[Any, Any], understood: Understood, now: datetime, besides: Besides
) -> tuple[tuple[CheckedRow, ...], tuple[Said, ...]]:
    """Every row with its faults, and what is remarked; where needed columns lack, nothing can be said of any row."""
    if understood.missing:
        return tuple(CheckedRow(row, (), None) for row in understood.rows), ()
    judged = importer.judge([entry_of(row) for row in understood.rows], now)
    rows = tuple(_with_faults(row, judged, importer.columns, besides) for row in understood.rows)
    return rows, tuple(judged.remarks)


def _with_faults(row: ReadRow, judged: Judged[Any, Any], columns: Sequence[Column], besides: Besides) -> CheckedRow:
    """What could not be read at all is said alone: the rules would only say the same of it again."""
    faults = list(row.faults)
    unread = {fault.field for fault in faults}
    faults += [fault for fault in judged.faults.get(row.number, ()) if fault.field not in unread]
    for column in columns:
        if column.name not in unread and (fault := besides(row.text(column.name))) is not None:
            fault.field = column.name
            faults.append(fault)
    outcome = None if faults else judged.outcomes[row.number]
    return CheckedRow(row, tuple(faults), outcome, judged.before.get(row.number, {}) if not faults else {})
