"""Workbooks for the tests, made by the libraries that make them in offices."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import xlwt

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


def xls(rows: Sequence[Sequence[Any]], *merged: tuple[int, int, int, int]) -> bytes:
    """An XLS of one sheet; a merged range is its first and last row, its first and last column, with the text of its first cell."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("名单")
    firsts = {(top, left): (top, bottom, left, right) for top, bottom, left, right in merged}
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if (number, column) in firsts:
                page.write_merge(*firsts[number, column], value)
            elif value is not None:
                page.write(number, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def gbk(rows: Sequence[Sequence[Any]]) -> bytes:
    """A CSV as spreadsheets save it here."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("gbk")


def book_of(rows: Sequence[Sequence[Any]], *merged: str, then: Callable[[Any, Any], None] | None = None) -> Workbook:
    """The same, read."""
    return read_workbook(xlsx(rows, *merged, then=then), BOUNDS)


def csv_of(text: str, encoding: str = "gbk") -> Workbook:
    """A CSV, read."""
    return read_workbook(text.encode(encoding), BOUNDS)
