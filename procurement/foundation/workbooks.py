"""Workbooks: XLSX, XLS and CSV read into one plain shape whatever made them, and tables written as XLSX and CSV.

What a file is, its content says. Reading tells what matters for taking a list over: hidden rows and sheets, merged cells,
numbers that Excel has already rounded, formulas that nobody calculated. A file that is broken, locked or out of its bounds
is refused with a sentence; nothing else leaves this module.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import xlrd
import xlsxwriter
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel
from openpyxl.worksheet._reader import WorkSheetParser

from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.labels import Labelled, word
from procurement.foundation.money import Money


class Trouble(Labelled):
    """Why the text of a cell is not to be relied on."""

    ERROR = "error", word("公式出错")
    UNCALCULATED = "uncalculated", word("公式没有算过")
    # Digits were lost before the file came here: a spreadsheet keeps fifteen of a number.
    INEXACT = "inexact", word("超过 15 位的数字")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place: its text, and what the file says of it."""

    text: str
    is_number: bool = False
    is_date: bool = False
    is_merged: bool = False
    trouble: Trouble | None = None


EMPTY = Cell("")


@dataclass(frozen=True, slots=True)
class Row:
    """One row, by its number in the file (from 1); cells from the first column on, none after the last filled one."""

    number: int
    is_hidden: bool
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        """The cell of a column (from 0); an empty one beyond the last."""
        return self.cells[column] if column < len(self.cells) else EMPTY


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows that hold anything, in order."""

    name: str
    is_hidden: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file as it was read; `is_typed` is off for CSV, where a number and a text look alike."""

    sheets: tuple[Sheet, ...]
    is_typed: bool = True
    is_from_1904: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is read at most: sheets, rows of a sheet, columns, filled cells in all, files and unpacked bytes of an XLSX."""

    sheets: int
    rows: int
    columns: int
    cells: int
    entries: int
    unpacked: int


_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK"
# The oldest XLS files stand without an envelope.
_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08")
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_EXACT = 10**15


def read_workbook(content: bytes, bounds: Bounds) -> Workbook:
    """What a file holds, whichever of XLSX, XLS and CSV it is.

    Raises:
        RuleBroken: empty, locked by a password, broken, none of the three, or out of its bounds.
    """
    if not content.strip(b"\0 \r\n\t"):
        raise RuleBroken(word("文件是空的，请选另一个文件。"), field="document")
    try:
        return _reader_of(content)(content, bounds)
    except DomainError:
        raise
    except Exception as broken:
        # The libraries raise whatever a broken file drives them to; all of it means the same to whoever sent it.
        raise RuleBroken(
            word("表格文件损坏，打不开。请用 Excel 或 WPS 打开，另存为 XLSX 后再上传。"), field="document"
        ) from broken


# What is sent by mistake, and would else be read as one long line of CSV.
_NO_TABLES = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPG", b"{\\rtf": "RTF"}


def _reader_of(content: bytes) -> Callable[[bytes, Bounds], Workbook]:
    kind = next((kind for magic, kind in _NO_TABLES.items() if content.startswith(magic)), None)
    if kind is not None:
        raise RuleBroken(word("这是一份 {kind} 文件，不是表格。请上传 XLSX、XLS 或 CSV。"), kind=kind, field="document")
    if content.startswith(_ZIP):
        return _read_xlsx
    if content.startswith(_OLE):
        if _LOCKED in content:
            raise _locked()
        return _read_xls
    return _read_xls if content.startswith(_BIFF) else _read_csv


def _locked() -> RuleBroken:
    return RuleBroken(word("表格文件设了打开密码，读不出来。请去掉密码，另存后再上传。"), field="document")


def _no_workbook() -> RuleBroken:
    return RuleBroken(
        word("这不是可以读的表格。可以上传 XLSX、XLS 和 CSV；按内容判断，改后缀没有用。"), field="document"
    )


# ── the grid that every reader fills ───────────────────────────────────────────────────────────────────────────────

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _plain(text: str) -> str:
    """Without what no cell shows: control characters, and halves of characters that no database keeps."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char in "\n\t" or not _is_stray(ord(char)))


def _is_stray(code: int) -> bool:
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF)


def _number(value: int | float) -> Cell:
    """A number as a person reads it: no exponent, no `.0`, fifteen digits at most."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return Cell("", trouble=Trouble.ERROR)
    whole = isinstance(value, int) or value.is_integer()
    trouble = Trouble.INEXACT if abs(value) >= _EXACT else None
    text = str(int(value)) if whole else f"{Decimal(format(value, '.15g')):f}"
    return Cell(text, is_number=True, trouble=trouble)


def _moment(value: date | time | timedelta) -> Cell:
    """A day as ISO; its time of day only where there is one."""
    if isinstance(value, timedelta):
        hours, seconds = divmod(int(value.total_seconds()), 3600)
        return Cell(f"{hours}:{seconds // 60:02}")
    if isinstance(value, time):
        return Cell(value.strftime("%H:%M"))
    if isinstance(value, datetime):
        text = value.strftime("%Y-%m-%d %H:%M") if value.time() != time() else value.date().isoformat()
        return Cell(text, is_date=True)
    return Cell(value.isoformat(), is_date=True)


@dataclass(slots=True)
class _Budget:
    """How many filled cells may still be read."""

    bounds: Bounds
    left: int

    def spend(self, count: int = 1) -> None:
        self.left -= count
        if self.left < 0:
            raise RuleBroken(
                word("表格里填了字的格子超过 {most} 个。请拆成几份再上传。"), most=self.bounds.cells, field="document"
            )


@dataclass(slots=True)
class _Grid:
    """The cells of one sheet while it is read, rows and columns from 1."""

    name: str
    budget: _Budget
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    width: int = 0

    def put(self, row: int, column: int, cell: Cell) -> None:
        if not cell.text.strip() and cell.trouble is None:
            return
        bounds = self.budget.bounds
        if row > bounds.rows:
            raise RuleBroken(
                word("工作表“{sheet}”超过 {most} 行。请拆成几份再上传。"), sheet=self.name, most=bounds.rows, field="document"
            )  # fmt: skip
        if column > bounds.columns:
            raise RuleBroken(
                word("工作表“{sheet}”超过 {most} 列。请删去用不着的列再上传。"),
                sheet=self.name, most=bounds.columns, field="document",
            )  # fmt: skip
        self.budget.spend()
        self.rows.setdefault(row, {})[column] = cell
        self.width = max(self.width, column)

    def merge(self, ranges: Iterable[tuple[int, int, int, int]]) -> None:
        """Let every cell of a range carry the first one's value; (first column, first row, last column, last row)."""
        last_row, last_column = max(self.rows, default=0), self.width
        for left, top, right, bottom in ranges:
            first = self.rows.get(top, {}).get(left)
            if first is None:
                continue
            # Ranges reach beyond what is filled as often as not; only what lies within the table is told.
            right, bottom = min(right, max(last_column, left)), min(bottom, max(last_row, top))
            self.budget.spend((right - left + 1) * (bottom - top + 1) - 1)
            merged = replace(first, is_merged=True)
            for row in range(top, bottom + 1):
                self.rows.setdefault(row, {}).update(dict.fromkeys(range(left, right + 1), merged))

    def sheet(self, is_hidden: bool, is_row_hidden: Callable[[int], bool]) -> Sheet:
        return Sheet(
            self.name, is_hidden,
            tuple(
                Row(number, is_row_hidden(number), tuple(cells.get(at, EMPTY) for at in range(1, max(cells) + 1)))
                for number, cells in sorted(self.rows.items())
            ),
        )  # fmt: skip


def _ensure_few_sheets(count: int, bounds: Bounds) -> None:
    if count > bounds.sheets:
        raise RuleBroken(
            word("文件里有 {count} 张工作表，超过 {most} 张。请只留要导入的再上传。"),
            count=count, most=bounds.sheets, field="document",
        )  # fmt: skip


# ── XLSX ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_FORMULA = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}f"


class _Parser(WorkSheetParser):
    """openpyxl's own parser of a sheet, which keeps rows and merged ranges as they pass and builds nothing from them.

    Its workbook would make a cell for each place of a merged range, a million of them where a file says so.
    """

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """As openpyxl's; a formula whose value nobody calculated is told apart from an empty cell."""
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and element.find(_FORMULA) is not None and element.get("t") != "str":
            cell["data_type"] = "f"
        return cell


def _read_xlsx(content: bytes, bounds: Bounds) -> Workbook:
    _ensure_unpacks(content, bounds)
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        _ensure_few_sheets(len(book.worksheets), bounds)
        budget = _Budget(bounds, bounds.cells)
        sheets = tuple(_sheet_of_xlsx(book, sheet, budget) for sheet in book.worksheets)
    finally:
        book.close()
    return Workbook(sheets, is_from_1904=book.epoch == MAC_EPOCH)


def _ensure_unpacks(content: bytes, bounds: Bounds) -> None:
    """Refuse what would unpack to more than there is room for; the reader believes the same sizes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        if "xl/workbook.xml" not in names and not any(name.startswith("xl/") for name in names):
            raise _no_workbook()
        if any(entry.flag_bits & 1 for entry in entries):
            raise _locked()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > bounds.entries or unpacked > bounds.unpacked:
        raise RuleBroken(
            word("表格文件解开后有 {size} 字节，超过 {most} 字节。请只留要导入的数据，另存后再上传。"),
            size=unpacked, most=bounds.unpacked, field="document",
        )  # fmt: skip


def _sheet_of_xlsx(book: Any, sheet: Any, budget: _Budget) -> Sheet:
    grid = _Grid(_plain(sheet.title), budget)
    with sheet._get_source() as source:
        parser = _Parser(
            source, sheet._shared_strings, data_only=True, epoch=book.epoch, date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )  # fmt: skip
        for number, cells in parser.parse():
            for cell in cells:
                grid.put(number, cell["column"], _cell_of_xlsx(cell["value"], cell["data_type"]))
    ranges = parser.merged_cells.mergeCell if parser.merged_cells is not None else ()
    grid.merge(found.bounds for found in ranges)
    return grid.sheet(
        sheet.sheet_state != "visible", lambda number: _is_on(parser.row_dimensions.get(str(number), {}).get("hidden"))
    )


def _is_on(attribute: str | None) -> bool:
    return attribute in ("1", "true")


def _cell_of_xlsx(value: Any, data_type: str) -> Cell:
    if data_type == "f":
        return Cell("", trouble=Trouble.UNCALCULATED)
    if data_type == "e":
        return Cell(_plain(str(value)), trouble=Trouble.ERROR)
    return _cell_of(_unescaped(value) if isinstance(value, str) else value)


def _unescaped(text: str) -> str:
    """What XLSX writes as `_x000D_` is that character."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def _cell_of(value: Any) -> Cell:
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return Cell("TRUE" if value else "FALSE")
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, (date, time, timedelta)):
        return _moment(value)
    return Cell(_plain(str(value)))


# ── XLS ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _read_xls(content: bytes, bounds: Bounds) -> Workbook:
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, on_demand=True, logfile=io.StringIO())
    except xlrd.XLRDError as refusal:
        if "encrypted" in str(refusal):
            raise _locked() from None
        if "Can't find workbook" in str(refusal):
            raise _no_workbook() from None
        raise
    with book:
        _ensure_few_sheets(book.nsheets, bounds)
        budget = _Budget(bounds, bounds.cells)
        sheets = tuple(_sheet_of_xls(book, number, budget) for number in range(book.nsheets))
    return Workbook(sheets, is_from_1904=bool(book.datemode))


def _sheet_of_xls(book: Any, number: int, budget: _Budget) -> Sheet:
    sheet = book.sheet_by_index(number)
    grid = _Grid(_plain(sheet.name), budget)
    for row in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(row), start=1):
            if cell.ctype not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                grid.put(row + 1, column, _cell_of_xls(cell, book.datemode))
    grid.merge((left + 1, top + 1, right, bottom) for top, bottom, left, right in sheet.merged_cells)
    hidden = {row + 1 for row, told in sheet.rowinfo_map.items() if told.hidden}
    book.unload_sheet(number)
    return grid.sheet(sheet.visibility != 0, hidden.__contains__)


def _cell_of_xls(cell: Any, datemode: int) -> Cell:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return Cell(xlrd.error_text_from_code.get(cell.value, "#N/A"), trouble=Trouble.ERROR)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return _cell_of(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return _moment(_moment_of_serial(cell.value, datemode))
        except (ValueError, OverflowError, xlrd.xldate.XLDateError):
            return _number(cell.value)
    return _cell_of(cell.value)


def _moment_of_serial(value: float, datemode: int) -> date | time:
    found: datetime = xlrd.xldate.xldate_as_datetime(value, datemode)
    return found.time() if value < 1 else found


def day_of_serial(number: int, is_from_1904: bool) -> date:
    """The day that a spreadsheet means by a plain number, in the date system of its workbook.

    Raises:
        ValueError: a number that is no day.
    """
    found = from_excel(number, MAC_EPOCH if is_from_1904 else WINDOWS_EPOCH)
    if not isinstance(found, datetime):
        raise ValueError(number)
    return found.date()


# ── CSV ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_DELIMITERS = ",;\t"
_SAMPLE = 50
_MARKUP = re.compile(r"\s*(<!doctype|<\?xml|<html|<table|<meta)", re.IGNORECASE)
_ERRORS = frozenset(xlrd.error_text_from_code.values())
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]{2}")
# Excel is kept from calculating by these; whoever reads the text wants it without.
_QUOTED_FORMULA, _GUARDED = re.compile(r'="([^"]*)"'), re.compile(r"'(?=[=+\-@\t\r])")


def _read_csv(content: bytes, bounds: Bounds) -> Workbook:
    text = _decoded(content)
    if _MARKUP.match(text):
        raise RuleBroken(
            word("这是网页格式的表格，只是后缀像 Excel。请用 Excel 或 WPS 打开，另存为 XLSX 后再上传。"),
            field="document",
        )
    grid = _Grid("CSV", _Budget(bounds, bounds.cells))
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), start=1):
        for column, value in enumerate(row, start=1):
            grid.put(number, column, _cell_of_csv(value))
    return Workbook((grid.sheet(False, lambda number: False),), is_typed=False)


def _decoded(content: bytes) -> str:
    """The text: UTF-16 and UTF-8 by their marks, else UTF-8 if it is that, else GB 18030, which holds GBK."""
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    marked = next((name for mark, name in marks if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(_is_stray(ord(char)) and char not in "\r\n\t" for char in set(text)):
            return text
    raise _no_workbook()


def _delimiter(text: str) -> str:
    """The delimiter by which most rows of the beginning have the same number of cells, more than one."""

    def score(delimiter: str) -> int:
        counts: dict[int, int] = {}
        for _number, row in zip(
            range(_SAMPLE), csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), strict=False
        ):
            counts[len(row)] = counts.get(len(row), 0) + 1
        return max(((width - 1) * count for width, count in counts.items()), default=0)

    return max(_DELIMITERS, key=score)


def _cell_of_csv(value: str) -> Cell:
    text = _plain(value)
    quoted = _QUOTED_FORMULA.fullmatch(text.strip())
    text = quoted[1] if quoted else _GUARDED.sub("", text, count=1) if text.startswith("'") else text
    if text.strip() in _ERRORS:
        return Cell(text, trouble=Trouble.ERROR)
    return Cell(text, trouble=Trouble.INEXACT if _SCIENTIFIC.fullmatch(text.strip()) else None)


# ── writing ────────────────────────────────────────────────────────────────────────────────────────────────────────

Value = str | int | Decimal | Money | date | None


@dataclass(frozen=True, slots=True)
class Table:
    """What is written: a head and its rows, or a head alone for whoever is to fill it in."""

    name: str
    head: tuple[str, ...]
    rows: Sequence[Sequence[Value]] = ()


_WRITTEN_ON = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed day, so that the same table is the same bytes
_LEAST_WIDTH, _MOST_WIDTH, _WIDTH_SAMPLE = 12, 60, 200
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip


def write_xlsx(tables: Sequence[Table]) -> bytes:
    """A workbook with a sheet for each table; what is a text stays a text, also where it looks like something else."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    book.set_properties({"created": _WRITTEN_ON})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"num_format": "@", "valign": "top"}),
        "money": book.add_format({"num_format": "#,##0.00", "valign": "top"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
    }
    for table in tables:
        sheet = book.add_worksheet(_NO_SHEET_NAME.sub("", table.name)[:31])
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(table.head):
            # Text from the first row to the last: a code that somebody types in keeps its zeros and all its digits.
            sheet.set_column(column, column, _width(table, column), formats["text"])
            sheet.write_string(0, column, name, formats["head"])
        for number, row in enumerate(table.rows, start=1):
            for column, value in enumerate(row):
                _write(sheet, number, column, value, formats)
    book.close()
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, value: Value, formats: Mapping[str, Any]) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, _plain(value), formats["text"])
    elif isinstance(value, Money):
        sheet.write_number(row, column, value.fen / 100, formats["money"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), formats["day"])  # noqa: DTZ001
    elif value is not None:
        sheet.write_number(row, column, value, None)


def _width(table: Table, column: int) -> int:
    """A width for what the column holds; a Han character takes two."""
    texts = [table.head[column], *(str(row[column]) for row in table.rows[:_WIDTH_SAMPLE] if column < len(row))]
    widest = max(sum(2 if ord(char) > 0x2E80 else 1 for char in text) for text in texts)
    return min(max(widest + 2, _LEAST_WIDTH), _MOST_WIDTH)


def write_csv(table: Table) -> bytes:
    """The same table as CSV that Excel opens rightly; a text that would be calculated there is kept from it by a quote."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_guarded(name) for name in table.head])
    writer.writerows([[_guarded(value) for value in row] for row in table.rows])
    return out.getvalue().encode("utf-8-sig")


def _guarded(value: Value) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
    if isinstance(value, Money):
        return value.plain
    return "" if value is None else str(value)
