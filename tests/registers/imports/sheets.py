"""Workbooks for the tests, made by the libraries that make them in offices."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl

from procurement.foundation.workbooks import Bounds, Workbook, read_workbook

BOUNDS = Bounds(sheets=20, rows=20_000, columns=200, cells=500_000, entries=1000, unpacked=160 << 20)


def xlsx(rows: Sequence[Sequence[Any]], *merged: str, then: Callable[[Any, Any], None] | None = None) -> bytes:
    """An XLSX of one sheet, with merged ranges, and whatever else is done to it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for reference in merged:
        sheet.merge_cells(reference)
    if then is not None:
        then(book, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def book_of(rows: Sequence[Sequence[Any]], *merged: str, then: Callable[[Any, Any], None] | None = None) -> Workbook:
    """The same, read."""
    return read_workbook(xlsx(rows, *merged, then=then), BOUNDS)


def csv_of(text: str, encoding: str = "gbk") -> Workbook:
    """A CSV, read."""
    return read_workbook(text.encode(encoding), BOUNDS)
