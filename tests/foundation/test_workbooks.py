"""Workbooks: one shape from XLSX, XLS and CSV, with what the file hides and has lost; broken files are refused, always."""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.money import Money
from procurement.foundation.workbooks import (
    Bounds,
    Sheet,
    Table,
    Trouble,
    Workbook,
    day_of_serial,
    read_workbook,
    write_csv,
    write_xlsx,
)

BOUNDS = Bounds(sheets=20, rows=20_000, columns=200, cells=500_000, entries=1000, unpacked=160 << 20)


def read(content: bytes, bounds: Bounds = BOUNDS) -> Workbook:
    return read_workbook(content, bounds)


def texts(sheet: Sheet) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in sheet.rows]


def refused(content: bytes, part: str, bounds: Bounds = BOUNDS) -> None:
    with pytest.raises(RuleBroken) as caught:
        read(content, bounds)
    assert part in str(caught.value), str(caught.value)
    assert caught.value.field == "document"


def xlsx(rows: list[list[Any]], **more: Any) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for change in more.get("then", ()):
        change(book, sheet)
    return saved(book)


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(rows: list[list[Any]]) -> Any:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名单")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number, column, value)
    return book


def rewritten(content: bytes, name: str, change: Any) -> bytes:
    """The same archive with one of its files changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body = old.read(entry)
            new.writestr(entry.filename, change(body) if entry.filename == name else body)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"

# ── three formats, one shape ───────────────────────────────────────────────────────────────────────────────────────

ROWS: list[list[Any]] = [["代码", "名称"], ["01", "甲组织"], [None, None], ["02", "乙（集团）"]]
EXPECTED = [["代码", "名称"], ["01", "甲组织"], ["02", "乙（集团）"]]


@pytest.mark.parametrize(
    "content",
    [
        xlsx(ROWS), saved(xls(ROWS)),
        *(
            "\r\n".join(mark.join(value or "" for value in row) for row in ROWS).encode(encoding)
            for mark in ",;\t" for encoding in ("utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030")
        ),
    ],
)  # fmt: skip
def test_the_same_list_is_read_alike_from_every_format_encoding_and_delimiter(content: bytes) -> None:
    (sheet,) = read(content).sheets
    assert texts(sheet) == EXPECTED
    assert [row.number for row in sheet.rows] == [1, 2, 4]


def test_only_a_csv_does_not_tell_numbers_from_texts() -> None:
    assert [read(content).is_typed for content in (xlsx(ROWS), saved(xls(ROWS)), b"a,b\r\n1,2")] == [True, True, False]


def test_a_cell_of_csv_may_hold_line_breaks_and_delimiters() -> None:
    (sheet,) = read('名称,住所\r\n甲,"人民路1号\n二楼,东"\r\n乙,x\r\n'.encode()).sheets
    assert texts(sheet) == [["名称", "住所"], ["甲", "人民路1号\n二楼,东"], ["乙", "x"]]
    assert [row.number for row in sheet.rows] == [1, 2, 3]


# ── numbers, days, troubles ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, "1"),
        (1.0, "1"),
        (0.1 + 0.2, "0.3"),
        (13800001111, "13800001111"),
        (1.5e-7, "0.00000015"),
        (-3.25, "-3.25"),
        (True, "TRUE"),
    ],
)
def test_a_number_is_read_as_a_person_writes_it(value: Any, expected: str) -> None:
    for content in (xlsx([[value]]), saved(xls([[value]]))):
        assert texts(read(content).sheets[0]) == [[expected]]


def test_percent_and_money_formats_give_the_value() -> None:
    def shaped(_book: Any, sheet: Any) -> None:
        sheet["A1"].number_format, sheet["B1"].number_format = "0.00%", '#,##0.00"元"'

    assert texts(read(xlsx([[0.155, 1280000]], then=[shaped])).sheets[0]) == [["0.155", "1280000"]]


@pytest.mark.parametrize("value", [330383123456789012, 3.30383123456789e17, 1e15])
def test_a_number_of_more_than_fifteen_digits_has_lost_some_and_says_so(value: Any) -> None:
    for content in (xlsx([[value, 999999999999999]]), saved(xls([[float(value), 999999999999999.0]]))):
        (row,) = read(content).sheets[0].rows
        assert [cell.trouble for cell in row.cells] == [Trouble.INEXACT, None]
        assert "E" not in row.cells[0].text.upper()


def test_a_csv_that_was_saved_with_an_exponent_says_so() -> None:
    (row,) = read(b"code,name\r\n3.30383E+17,x").sheets[0].rows[1:]
    assert row.cells[0].trouble is Trouble.INEXACT


@pytest.mark.parametrize("is_from_1904", [False, True])
def test_days_are_read_by_the_date_system_of_the_workbook(is_from_1904: bool) -> None:
    def dated(book: Any, _sheet: Any) -> None:
        book.epoch = openpyxl.utils.datetime.MAC_EPOCH if is_from_1904 else openpyxl.utils.datetime.WINDOWS_EPOCH

    book = read(xlsx([[date(2025, 3, 1), datetime(2025, 3, 1, 9, 30), time(8, 5)]], then=[dated]))  # noqa: DTZ001
    assert book.is_from_1904 is is_from_1904
    assert texts(book.sheets[0]) == [["2025-03-01", "2025-03-01 09:30", "08:05"]]
    assert [cell.is_date for cell in book.sheets[0].rows[0].cells] == [True, True, False]
    assert day_of_serial(44255 if is_from_1904 else 45717, is_from_1904) == date(2025, 3, 1)


def test_days_of_an_xls_are_days() -> None:
    book = xls([])
    style = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    book.get_sheet(0).write(0, 0, datetime(2025, 3, 1), style)  # noqa: DTZ001
    assert texts(read(saved(book)).sheets[0]) == [["2025-03-01"]]
    book.dates_1904 = True
    assert read(saved(book)).is_from_1904


def test_a_formula_gives_its_kept_value_and_one_without_says_so() -> None:
    def valued(body: bytes) -> bytes:
        return re.sub(rb"<f>1\+1</f><v ?/?>(</v>)?", b"<f>1+1</f><v>2</v>", body)

    content = xlsx([["=1+1", "=2+2", "#N/A"]])
    (row,) = read(rewritten(content, SHEET, valued)).sheets[0].rows
    assert [(cell.text, cell.trouble) for cell in row.cells] == [
        ("2", None), ("", Trouble.UNCALCULATED), ("#N/A", Trouble.ERROR),
    ]  # fmt: skip


def test_an_error_is_told_in_csv_too() -> None:
    assert read(b"a,b\r\n#N/A,1").sheets[0].rows[1].cells[0].trouble is Trouble.ERROR


# ── merged and hidden ──────────────────────────────────────────────────────────────────────────────────────────────


def test_covered_cells_carry_the_value_of_the_first() -> None:
    def merged(_book: Any, sheet: Any) -> None:
        sheet.merge_cells("A1:A3")
        sheet.merge_cells("C1:D1")

    rows = [["教育", "x", "联系", None], [None, "y", "人", "电话"], [None, "z"]]
    old = xls(rows)
    old.get_sheet(0).merge(0, 2, 0, 0)
    old.get_sheet(0).merge(0, 0, 2, 3)
    for content in (xlsx(rows, then=[merged]), saved(old)):
        (sheet,) = read(content).sheets
        assert texts(sheet) == [["教育", "x", "联系", "联系"], ["教育", "y", "人", "电话"], ["教育", "z"]]
        assert [row.cells[0].is_merged for row in sheet.rows] == [True, True, True]
        assert not sheet.rows[0].cells[1].is_merged


def test_a_range_over_the_whole_sheet_costs_nothing() -> None:
    content = rewritten(
        xlsx([["标题"], ["甲"]]),
        SHEET,
        lambda body: body.replace(
            b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
        ),
    )
    assert texts(read(content).sheets[0]) == [["标题"], ["标题"]]


def test_hidden_rows_and_sheets_are_told() -> None:
    def hide(book: Any, sheet: Any) -> None:
        sheet.row_dimensions[2].hidden = True
        book.create_sheet("暂存").sheet_state = "hidden"
        book["暂存"]["A1"] = "x"

    old = xls([["a"], ["b"], ["c"]])
    old.get_sheet(0).row(1).hidden = True
    old.add_sheet("暂存").write(0, 0, "x")
    old.get_sheet(1).visibility = 1
    for content in (xlsx([["a"], ["b"], ["c"]], then=[hide]), saved(old)):
        shown, hidden = read(content).sheets
        assert [row.is_hidden for row in shown.rows] == [False, True, False]
        assert (shown.is_hidden, hidden.is_hidden) == (False, True)


# ── what is refused ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "文件是空的"),
        (b"\r\n", "文件是空的"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "设了打开密码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "损坏"),
        (b"PK\x03\x04 and nothing more", "损坏"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "这是一份 PNG 文件，不是表格"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "网页格式"),
        (xlsx(ROWS)[:-600], "损坏"),
    ],
)
def test_what_is_no_workbook_is_refused_with_its_reason(content: bytes, part: str) -> None:
    refused(content, part)


def test_a_word_file_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    refused(out.getvalue(), "这不是可以读的表格")


def test_an_entity_bomb_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    refused(rewritten(xlsx(ROWS), SHEET, lambda body: bomb + body[body.find(b"<worksheet") :]), "损坏")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"rows": 3}, "超过 3 行"),
        ({"columns": 1}, "超过 1 列"),
        ({"cells": 5}, "超过 5 个"),
        ({"sheets": 0}, "超过 0 张"),
        ({"unpacked": 100}, "超过 100 字节"),
    ],
)
def test_a_workbook_out_of_its_bounds_is_refused(changes: dict[str, int], part: str) -> None:
    refused(xlsx(ROWS), part, replace(BOUNDS, **changes))


def test_formatted_but_empty_rows_far_below_are_no_rows() -> None:
    def far(_book: Any, sheet: Any) -> None:
        sheet["A1000000"].number_format = "@"
        sheet["XFD1"].number_format = "@"

    assert len(read(xlsx(ROWS, then=[far])).sheets[0].rows) == 3


WHOLE = {"xlsx": xlsx(ROWS * 5), "xls": saved(xls(ROWS * 5)), "csv": "代码,名称\r\n01,甲\r\n".encode("gbk") * 5}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_is_cut_off_or_changed_the_answer_is_a_workbook_or_a_refusal(data: st.DataObject) -> None:
    content = bytearray(WHOLE[data.draw(st.sampled_from(sorted(WHOLE)))])
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
        content[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
    with contextlib.suppress(DomainError):
        read(bytes(content[:end]))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_same_holds_for_what_lies_in_an_xlsx(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"]))

    def spoil(body: bytes) -> bytes:
        spoilt = bytearray(body)
        for at in data.draw(st.lists(st.integers(0, len(spoilt) - 1), min_size=1, max_size=5)):
            spoilt[at] = data.draw(st.sampled_from(b'0129<>"/ a='))
        return bytes(spoilt)

    with contextlib.suppress(DomainError):
        read(rewritten(WHOLE["xlsx"], name, spoil))


# ── written and read back ──────────────────────────────────────────────────────────────────────────────────────────

TRICKY = ["=1+1", "+86 577", "-3", "@x", "https://example.cn", "007", "甲\n乙", "520000000000000000"]


def test_what_is_written_is_read_back_as_it_was() -> None:
    table = Table("名单", ("文字",), [[text] for text in TRICKY])
    for content in (write_xlsx([table]), write_csv(table)):
        (sheet,) = read(content).sheets
        assert [row.cells[0].text for row in sheet.rows] == ["文字", *TRICKY]
        assert not any(cell.is_number or cell.trouble for row in sheet.rows for cell in row.cells)


def test_numbers_money_and_days_are_written_as_such() -> None:
    table = Table(
        "数", ("个", "元", "日"), [[3, Money.yuan("1280000.05"), date(2025, 3, 1)], [Decimal("1.5"), None, None]]
    )
    assert texts(read(write_xlsx([table])).sheets[0])[1:] == [["3", "1280000.05", "2025-03-01"], ["1.5"]]
    assert texts(read(write_csv(table)).sheets[0])[1:] == [["3", "1280000.05", "2025-03-01"], ["1.5"]]


def test_in_a_csv_no_text_is_a_formula() -> None:
    table = Table("名单", ("=head",), [[text] for text in TRICKY])
    lines = write_csv(table).decode("utf-8-sig").replace('"', "").splitlines()
    assert not [line for line in lines if line.startswith(("=", "+", "-", "@"))]


def test_a_table_to_be_filled_in_keeps_the_zeros_that_are_typed() -> None:
    content = write_xlsx([Table("模板[1]", ("代码", "名称"))])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert sheet.title == "模板1"
    assert sheet.column_dimensions["A"].number_format == "@"
    assert write_xlsx([Table("模板[1]", ("代码", "名称"))]) == content
