"""Recognition: which sheet, head and column of a workbook is meant by which field, and what each row says.

Pure: a workbook and the columns that are looked for go in; what was understood comes out, with everything that was changed on
the way (a zero restored, a serial number read as a day) and everything that was left out, so that both can be shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.labels import Labelled, word
from procurement.foundation.money import Money
from procurement.foundation.workbooks import EMPTY, Cell, Row, Sheet, Trouble, Workbook, day_of_serial


class ColumnKind(Labelled):
    """What stands in a column."""

    TEXT = "text", word("文字")
    CODE = "code", word("代码")
    WHOLE = "whole", word("整数")
    MONEY = "money", word("金额")
    DAY = "day", word("日期")
    CHOICE = "choice", word("选项")
    LIST = "list", word("几项，用顿号隔开")


class Change(Labelled):
    """What was done to a text on the way in."""

    NARROWED = "narrowed", word("全角字符改成了半角")
    TIDIED = "tidied", word("去掉了多余的空格或换行")
    ZEROS_RESTORED = "zeros-restored", word("补回了开头的 0")
    SERIAL = "serial", word("日期序号换成了日期")
    REWRITTEN = "rewritten", word("改成了统一的写法")
    CONVERTED = "converted", word("按单位换算成元")
    NUMBERED = "numbered", word("表里没有编码，按名称和顺序给出")


class Reason(Labelled):
    """Why a row was left out."""

    HIDDEN = "hidden", word("隐藏的行")
    EMPTY = "empty", word("空行")
    SUM = "sum", word("合计行")
    NOTE = "note", word("说明文字")
    HEAD = "head", word("重复的表头")


@dataclass(frozen=True, slots=True)
class Column:
    """A field that is looked for: its name in the house, the label of its column and what else that may be called.

    `width` restores the zeros that a spreadsheet took from a code; `options` are the values of a choice, a Labelled or what may
    be typed for each value; `longest` bounds a text; what is sealed where it goes is shown masked while it waits.
    """

    name: str
    label: str
    synonyms: tuple[str, ...] = ()
    kind: ColumnKind = ColumnKind.TEXT
    is_required: bool = True
    width: int | None = None
    options: type[Labelled] | Mapping[str, str] | None = None
    longest: int | None = None
    is_sealed: bool = False


NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose by hand: sheet, first row and height of the head, and the column (from 0) of some fields.

    NOWHERE says that the list does not have a field; a field that is not named is looked for in the head.
    """

    sheet: str
    head: int
    height: int
    columns: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Value:
    """What one cell says: as it stood in the file, as it is taken over, what was changed; parts for a list."""

    cell: Cell
    text: str
    changes: tuple[Change, ...] = ()
    parts: tuple[str, ...] = ()


NOTHING = Value(EMPTY, "")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row of the list: its number in the file, the value of each field, and what is wrong with it, field by field.

    Where a row of the file says several things at once (a heading and what begins below it), each is a row of its own:
    `number` tells them apart, and `line` is the row of the file.
    """

    number: int
    values: Mapping[str, Value]
    faults: tuple[DomainError, ...] = ()
    line: int = 0

    def __post_init__(self) -> None:
        """A row is at its own number where nothing else is said."""
        object.__setattr__(self, "line", self.line or self.number)

    def text(self, name: str) -> str:
        """The text of a field; empty where the list does not have it."""
        return self.values.get(name, NOTHING).text


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that were not taken over, from the first to the last, with what stood there and why."""

    first: int
    last: int
    reason: Reason
    text: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was made of a workbook."""

    sheet: str
    sheets: tuple[str, ...]
    hidden_sheets: tuple[str, ...]
    head: int
    height: int
    heads: tuple[str, ...]
    columns: Mapping[str, int]
    notes: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    rows: tuple[ReadRow, ...]
    # The labels of needed columns that the list does not have: said once, not in every row.
    missing: tuple[str, ...] = ()


# ── heads ──────────────────────────────────────────────────────────────────────────────────────────────────────────

# A head stands among the first rows that hold anything, and is of two rows at most.
_SEARCHED, _MATCHES = 40, 2
_SPACES = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_BRACKETS = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]")
_UNITS = {"亿元": Decimal(100_000_000), "万元": Decimal(10_000), "千元": Decimal(1000), "元": Decimal(1)}


_UNIT_NOTE = re.compile(r"单位[:：为]?(?:人民币)?(亿元|万元|千元|元)")


def _unit_of(rows: Sequence[Row]) -> str:
    """The unit that stands above a table or beside its head for all amounts in it (单位：万元); empty where none does."""
    texts = (plain_head(cell.text) for row in rows for cell in row.cells)
    return next((found[1] for text in texts if (found := _UNIT_NOTE.search(text))), "")


def plain_head(text: str) -> str:
    """A head without what differs from file to file: width, spaces, marks of what must be filled, final colons."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).strip("*:※").casefold()


def _keys_of(head: str) -> set[str]:
    """A head with and without what stands in brackets: units, 必填, 18位."""
    whole = plain_head(head)
    return {whole, _BRACKETS.sub("", whole).strip("*:※")} - {""}


@dataclass(frozen=True, slots=True)
class _Head:
    """A head that was found: its first row, its height, its texts, the column of each field."""

    at: int
    height: int
    texts: tuple[str, ...]
    columns: Mapping[str, int]


def _texts_of(rows: Sequence[Row], between: str = " ") -> tuple[str, ...]:
    """The head of each column: what stands above each other joined, said once where a merged cell says it twice."""
    width = max((len(row.cells) for row in rows), default=0)
    found = []
    for column in range(width):
        parts = [row.cell(column).text.strip() for row in rows]
        found.append(between.join(dict.fromkeys(part for part in parts if part)))
    return tuple(found)


def _matched(rows: Sequence[Row], columns: Sequence[Column]) -> dict[str, int]:
    """The column of each field: by what stands above each other joined, else by the lower row, else by the upper.

    In each, labels count before synonyms, and a column that is taken is taken.
    """
    layers = (_texts_of(rows, ""), _texts_of(rows[-1:]), _texts_of(rows[:1]))
    wanted = [(column.name, _keys_of(column.label)) for column in columns]
    wanted += [(column.name, {plain_head(said) for said in column.synonyms}) for column in columns]
    found: dict[str, int] = {}
    for layer in layers:
        keys = [_keys_of(text) for text in layer]
        for name, names in wanted:
            free = (at for at, said in enumerate(keys) if at not in found.values() and said & names)
            at = next(free, None) if name not in found else None
            if at is not None:
                found[name] = at
    return found


def _head_of(sheet: Sheet, columns: Sequence[Column], least: int) -> _Head | None:
    """The head by which most fields are found; one row rather than two where both say the same."""
    rows = [row for row in sheet.rows if not row.is_hidden]
    best: tuple[int, int, dict[str, int]] | None = None
    for at in range(min(len(rows), _SEARCHED)):
        for height in (1, 2):
            if at + height > len(rows) or (height == 2 and not _may_follow(rows[at], rows[at + 1])):
                continue
            found = _matched(rows[at : at + height], columns)
            if best is None or (len(found), -height) > (len(best[2]), -best[1]):
                best = at, height, found
    if best is None or len(best[2]) < min(least, len(columns)):
        return None
    at, height, found = best
    if (
        height == 1
        and at + 1 < len(rows)
        and all(_is_merged_down(rows[at], rows[at + 1], one) for one in found.values())
    ):
        height = 2
    elif height == 1 and at > 0 and any(_is_merged_down(rows[at - 1], rows[at], one) for one in found.values()):
        at, height = at - 1, 2
    return _Head(at, height, _texts_of(rows[at : at + height]), found)


def _may_follow(upper: Row, lower: Row) -> bool:
    """Whether a second row can belong to the head: a group above several columns, or a cell merged down into it."""
    texts = [cell.text for cell in upper.cells]
    grouped = any(one and one == other for one, other in pairwise(texts))
    open_below = any(cell.text and not upper.cell(at).text for at, cell in enumerate(lower.cells))
    merged = any(
        cell.is_merged and cell.text == upper.cell(at).text for at, cell in enumerate(lower.cells) if cell.text
    )
    return grouped or merged or open_below


def _is_merged_down(upper: Row, lower: Row, column: int) -> bool:
    one, other = upper.cell(column), lower.cell(column)
    return one.is_merged and other.is_merged and one.text == other.text


# ── understanding ──────────────────────────────────────────────────────────────────────────────────────────────────


def understand(
    workbook: Workbook, columns: Sequence[Column], choice: Choice | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None, *, least: int = _MATCHES, keeps_banners: bool = False,
) -> Understood:  # fmt: skip
    """What a workbook says of these columns: found by itself, or where `choice` points.

    A head has `least` of them; `keeps_banners` where one text over the whole width is a heading of the list and no note.

    Raises:
        RuleBroken: no visible sheet, no head, or a choice that points nowhere.
    """
    visible = [sheet for sheet in workbook.sheets if not sheet.is_hidden and sheet.rows]
    if not visible:
        raise RuleBroken(word("文件里没有填了字的工作表（隐藏的不算）。请取消隐藏或选另一个文件。"), field="document")
    sheet, head = _chosen(visible, columns, choice) if choice is not None else _found(visible, columns, least)
    rows = [row for row in sheet.rows if not row.is_hidden]
    notes = tuple(dict.fromkeys(text for row in rows[: head.at] for text in (_text_of(row),) if text))
    body = _Body(workbook, columns, head, keeps_banners, _unit_of(rows[: head.at + head.height]))
    first = rows[head.at].number
    hidden = [LeftOut(row.number, row.number, Reason.HIDDEN, _text_of(row)) for row in sheet.rows if row.is_hidden]
    below = rows[head.at + head.height :]
    for done, row in enumerate(below, start=1):
        body.take(row)
        progress(done, len(below))
    return Understood(
        sheet.name, tuple(one.name for one in visible), tuple(one.name for one in workbook.sheets if one.is_hidden),
        first, head.height, head.texts, dict(head.columns), notes,
        _gathered([*hidden, *body.left_out, *_gaps(sheet, rows[head.at + head.height - 1].number)]), tuple(body.rows),
        tuple(column.label for column in columns if column.is_required and column.name not in head.columns),
    )  # fmt: skip


def _found(sheets: Sequence[Sheet], columns: Sequence[Column], least: int) -> tuple[Sheet, _Head]:
    """The first sheet whose head has every field that is needed, else the first with a head."""
    heads = [(sheet, head) for sheet in sheets if (head := _head_of(sheet, columns, least)) is not None]
    if not heads:
        raise RuleBroken(
            word("没有找到表头。表头要有这些列：{columns}。"), columns=tuple(column.label for column in columns if column.is_required),
            field="document",
        )  # fmt: skip
    needed = {column.name for column in columns if column.is_required}
    return next(((sheet, head) for sheet, head in heads if needed <= set(head.columns)), heads[0])


def _chosen(sheets: Sequence[Sheet], columns: Sequence[Column], choice: Choice) -> tuple[Sheet, _Head]:
    sheet = next((sheet for sheet in sheets if sheet.name == choice.sheet), None)
    if sheet is None:
        raise RuleBroken(word("没有名为“{sheet}”的工作表。"), sheet=choice.sheet, field="sheet")
    rows = [row for row in sheet.rows if not row.is_hidden]
    at = next((at for at, row in enumerate(rows) if row.number == choice.head), None)
    if at is None:
        raise RuleBroken(
            word("工作表“{sheet}”的第 {number} 行是空的或隐藏的，不能作表头。"),
            sheet=sheet.name, number=choice.head, field="head",
        )  # fmt: skip
    chosen = {name: column for name, column in choice.columns.items() if column != NOWHERE}
    if len(set(chosen.values())) < len(chosen):
        raise RuleBroken(word("同一列选给了两个栏目。请每列只选一次。"), field="columns")
    height = max(min(choice.height, len(rows) - at), 1)
    head = rows[at : at + height]
    found = {
        name: column
        for name, column in _matched(head, columns).items()
        if name not in choice.columns and column not in chosen.values()
    }
    return sheet, _Head(at, height, _texts_of(head), {**found, **chosen})


def _text_of(row: Row) -> str:
    """What stands in a row, each text once."""
    return " ".join(dict.fromkeys(text for cell in row.cells for text in (" ".join(cell.text.split()),) if text))


def _gaps(sheet: Sheet, after: int) -> Iterator[LeftOut]:
    """The numbers that no row has, between the head and the last row."""
    for row in sheet.rows:
        if row.number > after + 1:
            yield LeftOut(after + 1, row.number - 1, Reason.EMPTY)
        after = max(after, row.number)


def _gathered(found: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    return tuple(sorted(found, key=lambda one: one.first))


_SUM = re.compile(r"(本页|以上)?(合计|总计|小计|共计|累计)[:：]?(\(.*\))?")
_NOTE = re.compile(
    r"(注|备注|说明|附注|填表说明|填报说明)[:：0-9].*|(填表|填报|制表|审核|审批|经办|单位)(人|单位|日期|时间|负责人)[:：].*|联系(人|电话)[:：].*"
)
_WIDE = 3


@dataclass(slots=True)
class _Body:
    """The rows below a head, taken one by one."""

    workbook: Workbook
    columns: Sequence[Column]
    head: _Head
    keeps_banners: bool = False
    # In what all amounts are that say nothing themselves.
    unit: str = ""
    rows: list[ReadRow] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def take(self, row: Row) -> None:
        reason = self._reason(row)
        if reason is not None:
            self.left_out.append(LeftOut(row.number, row.number, reason, _text_of(row)))
            return
        values: dict[str, Value] = {}
        faults: list[DomainError] = []
        for column in self.columns:
            at = self.head.columns.get(column.name)
            try:
                values[column.name] = self._value(column, row, at)
            except DomainError as fault:
                fault.field = column.name
                faults.append(fault)
                cell = row.cell(at) if at is not None else EMPTY
                values[column.name] = Value(cell, _one_line(cell.text))
        self.rows.append(ReadRow(row.number, values, tuple(faults)))

    def _reason(self, row: Row) -> Reason | None:
        texts = [cell.text for cell in row.cells if cell.text.strip()]
        if not texts and not any(cell.trouble for cell in row.cells):
            return Reason.EMPTY
        first = plain_head(texts[0]) if texts else ""
        if _SUM.fullmatch(first):
            return Reason.SUM
        if self._is_note(row, texts):
            return Reason.NOTE
        if self.head.columns and _texts_of([row]) == self.head.texts:
            return Reason.HEAD
        return None

    def _is_note(self, row: Row, texts: Sequence[str]) -> bool:
        if all(_NOTE.fullmatch(plain_head(text)) for text in texts):
            return True
        if len(set(texts)) == 1 and not self.keeps_banners:
            return sum(cell.is_merged for cell in row.cells) >= _WIDE
        return bool(_NOTE.fullmatch(plain_head(texts[0]))) and not self._has_required(row)

    def _has_required(self, row: Row) -> bool:
        needed = [
            self.head.columns[one.name] for one in self.columns if one.is_required and one.name in self.head.columns
        ]
        return all(row.cell(at).text.strip() for at in needed)

    def _value(self, column: Column, row: Row, at: int | None) -> Value:
        if at is None:
            return NOTHING
        head = self.head.texts[at] if at < len(self.head.texts) else ""
        # A unit in the column's own head counts before the one that stands above the table.
        said = head if any(unit in plain_head(head) for unit in _UNITS) else f"{head}{self.unit}"
        return value_of(column, row.cell(at), self.workbook, said)


# ── values ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_TROUBLES = {
    Trouble.ERROR: word("“{label}”是公式错误 {text}。请改成值再上传。"),
    Trouble.UNCALCULATED: word("“{label}”是没有算过的公式。请用 Excel 打开，保存后再上传，或改成值。"),
    Trouble.INEXACT: word("“{label}”是超过 15 位的数字，Excel 已经改掉了后面几位。请把这一列设成文本格式，重新填写。"),
}
_HAN = r"[\u3400-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]"
_BROKEN = re.compile(rf"(?<={_HAN})[ \t]*\n\s*|[ \t]*\n\s*(?={_HAN})")
_BETWEEN_HAN = re.compile(rf"(?<={_HAN})\s+(?={_HAN})")
_WIDE_SIGNS = {ord(chr(code)): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()}
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")


def _one_line(text: str) -> str:
    """A text on one line: no stray space at the ends, none between Han characters, one between words."""
    found = _BROKEN.sub("", _INVISIBLE.sub("", text))
    return _BETWEEN_HAN.sub("", " ".join(found.split()))


def _narrow(text: str) -> str:
    """Digits and letters in their narrow form; brackets and stops of a Chinese name stay as they are."""
    return text.translate(_WIDE_SIGNS)


def value_of(column: Column, cell: Cell, workbook: Workbook, head: str = "") -> Value:
    """What a cell says as a value of this column.

    Raises:
        RuleBroken: what cannot be relied on, read as this kind, or must be filled and is not.
    """
    if cell.trouble is not None:
        raise RuleBroken(_TROUBLES[cell.trouble], label=column.label, text=cell.text)
    text = _one_line(cell.text)
    if not text:
        if column.is_required:
            raise RuleBroken(word("“{label}”没有填。"), label=column.label)
        return NOTHING
    changes: list[Change] = []
    if text != cell.text:
        changes.append(Change.TIDIED)
    narrow = _narrow(text)
    if narrow != text:
        changes.append(Change.NARROWED)
    value = _READERS[column.kind](_Reading(column, cell, workbook, head, narrow))
    if column.longest is not None and len(value.text) > column.longest:
        raise RuleBroken(
            word("“{label}”有 {count} 个字，最多 {most} 个。"),
            label=column.label,
            count=len(value.text),
            most=column.longest,
        )
    return replace(value, cell=cell, changes=(*changes, *value.changes))


# So much is told of what was typed.
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class _Reading:
    """A cell on its way: what it is read as, and its tidied text."""

    column: Column
    cell: Cell
    workbook: Workbook
    head: str
    text: str

    def refuse(self, message: str) -> RuleBroken:
        return RuleBroken(message, label=self.column.label, typed=self.text[:_SHOWN])


def _text(reading: _Reading) -> Value:
    return Value(EMPTY, reading.text)


def _code(reading: _Reading) -> Value:
    """A code: narrow, without spaces; the zeros that a spreadsheet took are restored where the width is known."""
    text = _SPACES.sub("", unicodedata.normalize("NFKC", reading.text)).lstrip("'")
    changes = (Change.TIDIED,) if text != reading.text else ()
    width = reading.column.width
    # In a CSV nobody can tell whether a number or a text was meant.
    may_lack = reading.cell.is_number or not reading.workbook.is_typed
    if width is not None and may_lack and text.isdecimal() and len(text) < width:
        return Value(EMPTY, text.zfill(width), (*changes, Change.ZEROS_RESTORED))
    return Value(EMPTY, text, changes)


_GROUPED = re.compile(r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")


def _figure(text: str) -> Decimal | None:
    """A plain number, thousands set off by commas or not."""
    text = unicodedata.normalize("NFKC", text).replace("，", ",")
    if not _GROUPED.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


def _rewritten(reading: _Reading, text: str) -> tuple[Change, ...]:
    return (Change.REWRITTEN,) if text != reading.text else ()


# Any database counts as far as this.
_DIGITS = 9
# A year is a number, however it is written.
_YEAR = re.compile("(?<=^[0-9]{4})年度?$")


def _whole(reading: _Reading) -> Value:
    figure = _figure(_YEAR.sub("", _SPACES.sub("", reading.text)))
    if figure is None or figure != figure.to_integral_value():
        raise reading.refuse(word("“{label}”的“{typed}”不是整数。"))
    if abs(figure) >= 10**_DIGITS:
        raise RuleBroken(
            word("“{label}”的“{typed}”超过 {most} 位数字。请核对。"),
            label=reading.column.label, typed=reading.text[:_SHOWN], most=_DIGITS,
        )  # fmt: skip
    text = str(int(figure))
    return Value(EMPTY, text, _rewritten(reading, text))


_CURRENCY = re.compile(r"^(人民币|rmb|cny|¥|￥)|(整|正)$", re.IGNORECASE)
_UNIT = re.compile("(亿元|万元|千元|元|亿|万)$")


def _money(reading: _Reading) -> Value:
    """An amount in yuan: the unit beside the number counts, else the one in the head of the column."""
    text = _CURRENCY.sub("", _SPACES.sub("", unicodedata.normalize("NFKC", reading.text)))
    said = _UNIT.search(text)
    unit = said[1] if said else next((unit for unit in _UNITS if unit in plain_head(reading.head)), "元")
    figure = _figure(text[: said.start()] if said else text)
    factor = _UNITS[unit if unit in _UNITS else f"{unit}元"]
    try:
        if figure is None:
            raise ValueError(text)
        amount = Money.yuan(figure * factor).plain
    except ValueError:
        raise reading.refuse(word("“{label}”的“{typed}”不是金额。请填数字，换算成元以后最多两位小数。")) from None
    return Value(EMPTY, amount, (Change.CONVERTED,) if factor != 1 else ())


_DAY = re.compile(
    r"([0-9]{4})(?:年|[-./])([0-9]{1,2})(?:月|[-./])([0-9]{1,2})日?(?:[T ]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"
)
_COMPACT = re.compile(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])")
_SERIAL = re.compile(r"[1-9][0-9]{4}")


def _day(reading: _Reading) -> Value:
    """A day in any of the ways it is written here, or the serial number of a spreadsheet."""
    text = _SPACES.sub(" ", unicodedata.normalize("NFKC", reading.text)).strip()
    spread = _DAY.fullmatch(re.sub(r"\s*(年|月|日|[-./])\s*", r"\1", text))
    try:
        if spread:
            day = date(int(spread[1]), int(spread[2]), int(spread[3]))
        elif _COMPACT.fullmatch(text):
            day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        elif _SERIAL.fullmatch(text):
            found = day_of_serial(int(text), reading.workbook.is_from_1904).isoformat()
            return Value(EMPTY, found, (Change.SERIAL,))
        else:
            raise ValueError(text)
    except (ValueError, OverflowError):
        raise reading.refuse(word("“{label}”的“{typed}”不是日期。请填年月日，例如 2025-10-16。")) from None
    return Value(EMPTY, day.isoformat(), () if reading.cell.is_date else _rewritten(reading, day.isoformat()))


def _options_of(column: Column) -> dict[str, str]:
    """What may be typed, and the value that each stands for."""
    options = column.options
    if options is None:
        return {}
    if isinstance(options, Mapping):
        pairs = [(typed, value) for typed, value in options.items()]
    else:
        pairs = [(said, member.value) for member in options for said in (member.label, member.value)]
    return {plain_head(typed): value for typed, value in pairs}


def said_of(column: Column, text: str) -> str:
    """How the text of a column is said: values of a choice or of a list by what they are called; what is none, as it stands."""
    if column.options is None:
        return text
    parts = text.split(BETWEEN) if column.kind is ColumnKind.LIST else [text]
    return BETWEEN.join(_said(column.options, part) for part in parts)


def _said(options: type[Labelled] | Mapping[str, str], value: str) -> str:
    if isinstance(options, Mapping):
        return next((typed for typed, meant in options.items() if value and meant == value), value)
    return options(value).label if value in set(options) else value


def _meant(reading: _Reading, typed: str) -> str:
    """The value that something typed stands for."""
    value = _options_of(reading.column).get(plain_head(typed))
    if value is None:
        shown = reading.column.options
        labels = tuple(shown) if isinstance(shown, Mapping) else tuple(shown or ())
        raise RuleBroken(
            word("“{label}”的“{typed}”不是可选的值。可以填：{options}。"),
            label=reading.column.label, typed=typed[:_SHOWN], options=labels,
        )  # fmt: skip
    return value


def _choice(reading: _Reading) -> Value:
    return Value(EMPTY, _meant(reading, reading.text))


_APART = re.compile(r"[、,，;；/\n]+")
BETWEEN = "、"


def _list(reading: _Reading) -> Value:
    parts = tuple(part for piece in _APART.split(_narrow(reading.cell.text)) if (part := _one_line(piece)))
    if reading.column.options is not None:
        parts = tuple(dict.fromkeys(_meant(reading, part) for part in parts))
    return Value(EMPTY, BETWEEN.join(parts), (), parts)


_READERS: Mapping[ColumnKind, Callable[[_Reading], Value]] = {
    ColumnKind.TEXT: _text,
    ColumnKind.CODE: _code,
    ColumnKind.WHOLE: _whole,
    ColumnKind.MONEY: _money,
    ColumnKind.DAY: _day,
    ColumnKind.CHOICE: _choice,
    ColumnKind.LIST: _list,
}
