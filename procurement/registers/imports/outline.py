"""Outlines: lists of several levels, such as a service catalogue, whichever way their maker has shown the levels.

Levels stand in columns of their own (一级、二级、三级; merged downwards or left blank below the first), or in the codes of one
column (01/0101/010101, A/A01/A0101, 1/1.1/1.1.1, 一、/（一）/1.), or at the beginning of the names. How many headings there are,
how many digits a level has and how many levels there are, the list itself says. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product

from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.labels import word
from procurement.foundation.workbooks import EMPTY, Workbook
from procurement.registers.imports.recognition import (
    NOTHING,
    Change,
    Choice,
    Column,
    ColumnKind,
    ReadRow,
    Understood,
    Value,
    plain_head,
    understand,
)

DEEPEST = 6
CODE, NAME = "code", "name"
_HAN = "一二三四五六七八九"
# What the columns of a level are called where they are assigned by hand.
_LABELS = (
    (word("一级编码"), word("一级名称")), (word("二级编码"), word("二级名称")), (word("三级编码"), word("三级名称")),
    (word("四级编码"), word("四级名称")), (word("五级编码"), word("五级名称")), (word("六级编码"), word("六级名称")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """One heading or item: its code, the code of what it stands under (empty at the top), its level from 1, its name.

    `written` is the code as it stands in the list; `is_code_made` where it has none and this one was made from its order.
    """

    number: int
    code: str
    parent: str
    level: int
    name: str
    values: Mapping[str, Value]
    changes: tuple[Change, ...] = ()
    is_code_made: bool = False
    written: Value = NOTHING


@dataclass(frozen=True, slots=True)
class OutlineFault:
    """What is wrong in one row of the file."""

    number: int
    fault: DomainError


@dataclass(frozen=True, slots=True)
class Outline:
    """What was made of a list: its rows in their order, or what is wrong, row by row."""

    understood: Understood
    rows: tuple[OutlineRow, ...]
    faults: tuple[OutlineFault, ...]


# ── columns ────────────────────────────────────────────────────────────────────────────────────────────────────────

_CODES = ("代码", "编码", "编号", "代号")
_NAMES = ("名称", "目录", "项目", "分类", "类别", "事项", "指标", "内容")
_OLD_LEVELS = {1: ("大类", "类"), 2: ("中类", "款"), 3: ("小类", "项"), 4: ("细类", "目")}


def _said_of_level(level: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How the columns of a level's codes and names are headed."""
    digits = (_HAN[level - 1], str(level))
    ends = ("", "目录", "分类", "项目", "科目")
    stems = [f"{said}级{end}" for digit in digits for said in (digit, f"第{digit}") for end in ends]
    stems += _OLD_LEVELS.get(level, ())
    codes = tuple(f"{stem}{said}" for stem in stems for said in _CODES)
    names = (*(f"{stem}{said}" for stem in stems for said in _NAMES), *stems)
    return codes, names


_OWN = ("目录", "项目", "分类", "科目", "事项", "服务", "功能", "指标", "品目")


def columns_of(further: Sequence[Column] = (), deepest: int = DEEPEST, longest: int | None = None) -> list[Column]:
    """What is looked for: code, name and the `further` columns; then codes and names of the levels down to `deepest`."""
    codes = (*_CODES, *(f"{stem}{said}" for stem in _OWN for said in _CODES), "序号")
    names = (*(f"{stem}{said}" for stem in _OWN for said in ("名称", "")), "服务内容", "内容")
    own = [
        Column(CODE, word("编码"), codes, ColumnKind.CODE, is_required=False),
        Column(NAME, word("名称"), names, is_required=False, longest=longest),
    ]
    levels = []
    for level in range(1, deepest + 1):
        (code, name), (codes, names) = _LABELS[level - 1], _said_of_level(level)
        levels.append(Column(f"{CODE}-{level}", code, codes, ColumnKind.CODE, is_required=False))
        levels.append(Column(f"{NAME}-{level}", name, names, is_required=False, longest=longest))
    return [*own, *further, *levels]


def outline_of(
    workbook: Workbook, further: Sequence[Column] = (), *, choice: Choice | None = None, width: int | None = None,
    deepest: int = DEEPEST, longest: int | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Outline:  # fmt: skip
    """The headings and items of a list, each under what it stands under; `width` of the first level's codes, where known.

    Raises:
        RuleBroken: no head, or a list in which neither codes nor levels are found.
    """
    # Levels and what is further looked for take their columns before the short words that may mean either.
    columns = sorted(columns_of(further, deepest, longest), key=lambda column: column.name in (CODE, NAME))
    understood = understand(workbook, columns, choice, progress, least=1, keeps_banners=True)
    is_typed = workbook.is_typed
    nodes, faults = _nodes_of(understood, {column.name for column in further}, is_typed)
    _ensure_told(nodes, understood)
    faults += _coded(nodes, is_typed, width)
    faults += [(node.number, _no_name(node)) for node in nodes if not node.name]
    faults += _repeated(nodes)
    wrong = {number for number, _fault in faults}
    rows = tuple(node.row() for node in nodes if node.number not in wrong)
    told = tuple(OutlineFault(number, fault) for number, fault in sorted(faults, key=lambda one: one[0]))
    return Outline(understood, rows, told)


def _no_name(node: _Node) -> DomainError:
    return RuleBroken(word("代码“{code}”没有名称。"), code=node.code, field=NAME)


def _ensure_told(nodes: Sequence[_Node], understood: Understood) -> None:
    if not nodes and understood.rows:
        raise RuleBroken(word("没有认出层级。请写上代码，或把一级、二级、三级各放一列。"), field="document")


# ── nodes ──────────────────────────────────────────────────────────────────────────────────────────────────────────

Faults = list[tuple[int, DomainError]]


@dataclass(slots=True)
class _Node:
    """A heading or item while it is placed; `level` 0 where only its code tells."""

    number: int
    level: int
    written: Value
    name: str
    values: Mapping[str, Value] = field(default_factory=dict)
    parent: _Node | None = None
    # What its own column says, by which the next row is known to go on with it.
    called: str = ""
    code: str = ""
    is_made: bool = False
    restored: bool = False

    def row(self) -> OutlineRow:
        changes = (*self.written.changes, *((Change.ZEROS_RESTORED,) if self.restored else ()))
        above = self.parent.code if self.parent is not None else ""
        return OutlineRow(
            self.number, self.code, above, self.level, self.name, self.values, changes, self.is_made, self.written
        )

    def may_lack(self, is_typed: bool) -> bool:
        """Whether a spreadsheet may have taken zeros from what is written."""
        return (self.written.cell.is_number or not is_typed) and self.written.text.isdecimal()


def _nodes_of(understood: Understood, further: set[str], is_typed: bool) -> tuple[list[_Node], Faults]:
    rows, faults = understood.rows, [(row.number, fault) for row in understood.rows for fault in row.faults]
    levels = [n for n in range(1, DEEPEST + 1) if {f"{CODE}-{n}", f"{NAME}-{n}"} & set(understood.columns)]
    if levels and (len(levels) > 1 or CODE not in understood.columns):
        found, more = _by_columns(rows, levels, further, _has_codes(understood))
        return found, faults + more
    return _by_codes(rows, further, levels, _has_codes(understood), is_typed), faults


def _has_codes(understood: Understood) -> bool:
    """Whether there is a column of codes; a running number is none."""
    at = understood.columns.get(CODE)
    if at is None:
        return False
    codes = [row.text(CODE) for row in understood.rows if row.text(CODE)]
    counted = [str(number) for number in range(1, len(codes) + 1)] == codes
    return not ("序号" in plain_head(understood.heads[at]) and counted)


def _further(row: ReadRow, names: set[str]) -> dict[str, Value]:
    return {name: value for name, value in row.values.items() if name in names}


def _by_columns(
    rows: Sequence[ReadRow], levels: Sequence[int], further: set[str], has_codes: bool
) -> tuple[list[_Node], Faults]:
    """Levels in columns of their own: a cell that says something new begins a heading; blank or repeated, it goes on."""
    nodes: list[_Node] = []
    faults: Faults = []
    path: list[_Node] = []
    coded = _levels_of_codes(rows, levels)
    for row in rows:
        fresh: list[_Node] = []
        for depth, level in enumerate(levels, start=1):
            written, name = _said(row, level, coded)
            known = path[depth - 1] if len(path) >= depth and not fresh else None
            if not (name or written.text) or (
                known is not None and (known.called, known.written.text) == (name, written.text)
            ):
                continue
            if len(path) < depth - 1:
                above = word("“{name}”没有上级。请补上它所属的上一级。")
                faults.append((row.number, RuleBroken(above, name=name or written.text, field=NAME)))
                break
            del path[depth - 1 :]
            node = _Node(row.number, depth, written, name, parent=path[-1] if path else None, called=name)
            path.append(node)
            fresh.append(node)
        _describe(row, fresh, further, has_codes)
        nodes += fresh
        if not fresh and (not faults or faults[-1][0] != row.number):
            faults.append((row.number, RuleBroken(word("这一行和上面的一行说的是同一项。"), field=NAME)))
    return nodes, faults


_IN_DIGITS = re.compile("[0-9A-Za-z]*")


def _levels_of_codes(rows: Sequence[ReadRow], levels: Sequence[int]) -> set[int]:
    """The levels whose columns hold nothing but codes (类、款、项), the names standing elsewhere."""
    if not any(row.text(NAME) for row in rows):
        return set()
    return {level for level in levels if all(_IN_DIGITS.fullmatch(row.text(f"{NAME}-{level}")) for row in rows)}


def _said(row: ReadRow, level: int, coded: set[int]) -> tuple[Value, str]:
    """The code and the name that a row has in the columns of a level."""
    code, name = row.values.get(f"{CODE}-{level}", NOTHING), row.values.get(f"{NAME}-{level}", NOTHING)
    if level in coded and not code.text:
        return name, ""
    return code, name.text


def _describe(row: ReadRow, fresh: Sequence[_Node], further: set[str], has_codes: bool) -> None:
    """What a row says besides belongs to the deepest heading that begins in it."""
    if not fresh:
        return
    last = fresh[-1]
    last.values = _further(row, further)
    last.name = last.name or row.text(NAME)
    if has_codes and not last.written.text:
        last.written = row.values.get(CODE, NOTHING)


_PREFIX = re.compile(
    r"(?P<code>[（(][一二三四五六七八九十百0-9]+[)）]|[一二三四五六七八九十百]+(?=[、.．\s])|第[一二三四五六七八九十百]+[章节类条部]"
    r"|[A-Za-z]?[0-9]+([.\-][0-9]+)*[.、．]?|[A-Z](?=[\s、.．]))\s*[、.．]?\s*(?P<name>\D.*)"
)


def _by_codes(
    rows: Sequence[ReadRow], further: set[str], levels: Sequence[int], has_codes: bool, is_typed: bool
) -> list[_Node]:
    """The codes of one column, or what stands before the names, tell the levels."""
    nodes = []
    for row in rows:
        written = row.values.get(CODE, NOTHING) if has_codes else NOTHING
        name = row.text(NAME) or next((row.text(f"{NAME}-{level}") for level in levels), "")
        # A heading over the whole width stands in the column of the codes too.
        if (not written.text or written.text == name) and (split := _PREFIX.fullmatch(name)):
            written, name = Value(EMPTY, split["code"]), split["name"].strip()
        if not is_typed or not written.cell.is_number:
            written = Value(written.cell, written.text.rstrip("、．"), written.changes)
        nodes.append(_Node(row.number, 0, written, name, _further(row, further)))
    return nodes if any(node.written.text for node in nodes) else []


# ── codes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _coded(nodes: Sequence[_Node], is_typed: bool, width: int | None) -> Faults:
    """Give every node its code, its level and what it stands under."""
    if not nodes:
        return []
    if nodes[0].level:
        return _coded_by_place(nodes, is_typed, width)
    lacking: Faults = [
        (node.number, RuleBroken(word("“{name}”没有代码。"), name=node.name, field=CODE)) for node in nodes if not node.written.text
    ]  # fmt: skip
    days: Faults = [
        (node.number, RuleBroken(word("代码“{code}”被 Excel 改成了日期。请把这一列设成文本格式，重新填写。"), code=node.written.text, field=CODE))
        for node in nodes if node.written.cell.is_date
    ]  # fmt: skip
    told = [node for node in nodes if node.written.text and not node.written.cell.is_date]
    kinds = {_ordinal(node.written.text)[0] for node in told}
    if kinds & {"han", "(han)", "○", "第"}:
        return lacking + days + _by_ordinals(told)
    if any(_SEPARATED.fullmatch(_tidy(node.written.text)) for node in told):
        return lacking + days + _by_separators(told)
    return lacking + days + _by_prefixes(told, is_typed, width)


_SEPARATED = re.compile(r"[0-9A-Za-z]+([.\-/][0-9A-Za-z]+)+")


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFKC", text).rstrip(".、").strip()


# ordinals: 一、 （一） 1. (1) ①

_NUMERALS = {char: value for value, char in enumerate("零一二三四五六七八九")}
_ORDINALS = (
    ("han", re.compile(r"([一二三四五六七八九十百]+)[、.．]?")),
    ("(han)", re.compile(r"[（(]([一二三四五六七八九十百]+)[)）][、.．]?")),
    ("1", re.compile(r"([0-9]+)[、.．]?")),
    ("(1)", re.compile(r"[（(]?([0-9]+)[)）][、.．]?")),
    ("○", re.compile(r"([①-⑳])")),
    ("第", re.compile(r"第([一二三四五六七八九十百]+)[章节类条部]")),
    ("a", re.compile(r"([A-Za-z])[、.．]?")),
)


def _ordinal(text: str) -> tuple[str, int]:
    """What manner of ordinal a text is, and which number it says; an empty manner for none."""
    for manner, pattern in _ORDINALS:
        if found := pattern.fullmatch(text.strip()):
            return manner, _count(found[1])
    return "", 0


def _count(said: str) -> int:
    if said.isdecimal():
        return int(said)
    if "①" <= said <= "⑳":
        return ord(said) - ord("①") + 1
    if said.isascii():
        return ord(said.upper()) - ord("A") + 1
    total, digit = 0, 0
    for char in said:
        if char in "十百":
            total, digit = total + (digit or 1) * (10 if char == "十" else 100), 0
        else:
            digit = _NUMERALS[char]
    return total + digit


def _by_ordinals(nodes: Sequence[_Node]) -> Faults:
    """一、 stands above （一）, that above 1.: a manner that was not seen on the way down is one level deeper."""
    faults: Faults = []
    path: list[tuple[str, _Node]] = []
    placed: list[tuple[_Node, int]] = []
    for node in nodes:
        manner, number = _ordinal(node.written.text)
        if not manner:
            faults.append(
                (
                    node.number,
                    RuleBroken(word("“{code}”和别处的编号写法不同，看不出层级。"), code=node.written.text, field=CODE),
                )
            )
            continue
        manners = [seen for seen, _node in path]
        if manner in manners:
            del path[manners.index(manner) :]
        node.parent, node.level, node.is_made = path[-1][1] if path else None, len(path) + 1, True
        path.append((manner, node))
        placed.append((node, number))
    _number(placed)
    return faults


_LEAST_WIDTH = 2


def _number(placed: Sequence[tuple[_Node, int]]) -> None:
    """Codes for nodes that have none, from their numbers: as wide on each level as its greatest number needs."""
    widths = Counter[int]()
    for node, number in placed:
        widths[node.level] = max(widths[node.level], len(str(number)), _LEAST_WIDTH)
    for node, number in placed:
        node.code = (node.parent.code if node.parent is not None else "") + str(number).zfill(widths[node.level])
        node.is_made = True


# separators: 1.1.1, A-1-2


def _by_separators(nodes: Sequence[_Node]) -> Faults:
    aboves: list[str] = []
    known: dict[str, _Node] = {}
    last: dict[str, int] = {}
    for node in nodes:
        parts = re.split(r"[.\-/]", _tidy(node.written.text))
        above = ".".join(parts[:-1])
        if node.written.cell.is_number and parts[-1].isdecimal() and last.get(above, 0) == int(parts[-1]) * 10 - 1:
            # 1.10 typed as a number is 1.1: after 1.9 it was the tenth.
            parts[-1], node.restored = f"{parts[-1]}0", True
        node.code, node.level = ".".join(parts), len(parts)
        if parts[-1].isdecimal():
            last[above] = int(parts[-1])
        known.setdefault(node.code, node)
        aboves.append(above)
    return _under(nodes, aboves, known)


def _under(nodes: Sequence[_Node], aboves: Sequence[str], known: Mapping[str, _Node]) -> Faults:
    """Put every node under the one of the code above it, wherever in the list that stands."""
    faults: Faults = []
    for node, above in zip(nodes, aboves, strict=True):
        node.parent = known.get(above)
        if above and node.parent is None:
            faults.append((node.number, _orphan(node.code, above)))
    return faults


def _orphan(code: str, above: str) -> DomainError:
    return RuleBroken(word("代码“{code}”的上级“{above}”不在表里。"), code=code, above=above, field=CODE)


# prefixes: 01/0101/010101, A/A01/A0101

_MOST_LOST, _MOST_WIDTHS, _SAMPLE = 2, 10, 1000


def _by_prefixes(nodes: Sequence[_Node], is_typed: bool, width: int | None) -> Faults:
    """Each level has codes of one width; which widths these are is what leaves the fewest codes without their heading."""
    texts = [_tidy(node.written.text) for node in nodes]
    lacking = [node.may_lack(is_typed) for node in nodes]
    # The beginning of a list shows its widths as well as the whole of it does.
    shown, unsure = texts[:_SAMPLE], lacking[:_SAMPLE]
    best = min(_widths(texts, lacking, width), key=lambda widths: _cost(shown, unsure, widths, width))
    aboves: list[str] = []
    known: dict[str, _Node] = {}
    for node, text, may_lack in zip(nodes, texts, lacking, strict=True):
        node.code, node.level = _placed(text, may_lack, best)
        node.restored = node.code != text
        aboves.append(node.code[: best[node.level - 2]] if node.level > 1 else "")
        known.setdefault(node.code, node)
    return _under(nodes, aboves, known)


def _widths(texts: Sequence[str], lacking: Sequence[bool], width: int | None) -> Iterator[tuple[int, ...]]:
    """Every choice of widths that has room for all codes: those that occur, or one or two more where zeros may lack."""
    occurring = {len(text) for text in texts}
    firm = {len(text) for text, may_lack in zip(texts, lacking, strict=True) if not may_lack}
    found = False
    for lost in range(_MOST_LOST + 1):
        possible = sorted(occurring | {length + more for length in occurring for more in range(1, lost + 1)})
        for kept in product((False, True), repeat=min(len(possible), _MOST_WIDTHS)):
            chosen = tuple(length for length, keep in zip(possible, kept, strict=False) if keep)
            if not chosen or chosen[-1] < max(occurring) or not firm <= set(chosen):
                continue
            if len(chosen) <= DEEPEST and chosen[0] > lost and width in (None, chosen[0]):
                found = True
                yield chosen
    if not found:
        # There is always one choice: each width as it stands.
        yield tuple(sorted(occurring))


def _placed(text: str, may_lack: bool, widths: Sequence[int]) -> tuple[str, int]:
    """A code with its zeros, and its level."""
    level = next(at for at, width in enumerate(widths, start=1) if width >= len(text))
    return (text.zfill(widths[level - 1]) if may_lack else text), level


def _cost(texts: Sequence[str], lacking: Sequence[bool], widths: Sequence[int], width: int | None) -> tuple[int, ...]:
    """How badly widths fit: codes without their heading, codes twice, levels not as wide as the first where that width is
    known, zeros restored to one and to all of them, levels.
    """
    placed = [_placed(text, may_lack, widths) for text, may_lack in zip(texts, lacking, strict=True)]
    codes = {code for code, _level in placed}
    orphans = sum(level > 1 and code[: widths[level - 2]] not in codes for code, level in placed)
    restored = [len(code) - len(text) for (code, _level), text in zip(placed, texts, strict=True)]
    # What lost as many zeros as the first level is wide would stand under a heading of zeros alone.
    orphans += sum(zeros >= widths[0] for zeros in restored)
    steps = [wide - above for above, wide in pairwise((0, *widths))]
    uneven = sum(step != width for step in steps) if width is not None else 0
    return orphans, len(placed) - len(codes), uneven, max(restored), sum(restored), len(widths)


# columns of levels


def _coded_by_place(nodes: Sequence[_Node], is_typed: bool, width: int | None) -> Faults:
    """Levels are known; codes are whole, or parts that are put together, or made where there are none."""
    for node in nodes:
        node.code = _tidy(node.written.text)
    if not any(node.code for node in nodes):
        seen: Counter[int] = Counter()
        placed = []
        for node in nodes:
            seen[id(node.parent)] += 1
            placed.append((node, seen[id(node.parent)]))
        _number(placed)
        return []
    headed = {id(node.parent) for node in nodes}
    if all(node.code for node in nodes if id(node) not in headed):
        _code_headings(nodes)
    _restore(nodes, is_typed, width)
    if _is_in_parts(nodes):
        for node in nodes:
            node.code = (node.parent.code if node.parent is not None else "") + node.code
    return [
        (node.number, RuleBroken(word("“{name}”没有代码。"), name=node.name, field=CODE)) for node in nodes if not node.code
    ] + [
        (node.number, _misplaced(node)) for node in nodes
        if node.code and node.parent is not None and node.parent.code and not node.code.startswith(node.parent.code)
    ]  # fmt: skip


def _misplaced(node: _Node) -> DomainError:
    assert node.parent is not None
    return RuleBroken(
        word("代码“{code}”不是“{above}”下面的代码，但它写在“{name}”下面。"),
        code=node.code, above=node.parent.code, name=node.parent.name, field=CODE,
    )  # fmt: skip


def _code_headings(nodes: Sequence[_Node]) -> None:
    """Where only the items have codes, a heading has what the codes below it have in common, evenly cut."""
    headings = [node for node in nodes if not node.code]
    items = [node for node in nodes if node.code]
    if not headings or any(node.parent is not None and node.parent.code for node in items):
        return
    below: dict[int, list[str]] = {}
    for item in items:
        above = item.parent
        while above is not None:
            below.setdefault(id(above), []).append(item.code)
            above = above.parent
    deepest = max(item.level for item in items)
    for cut in (_even, _after_letter):
        found = {
            id(node): {cut(code, node.level, deepest) for code in below.get(id(node), ())} for node in headings
        }  # fmt: skip
        said = [(node.level, *codes) for node in headings for codes in (found[id(node)],)]
        if all(len(codes) == 1 for codes in found.values()) and len(set(said)) == len(said):
            for node in headings:
                (node.code,) = found[id(node)]
                node.is_made = True
            return


def _even(code: str, level: int, deepest: int) -> str:
    return code[: len(code) * level // deepest]


def _after_letter(code: str, level: int, deepest: int) -> str:
    return code[: 1 + (len(code) - 1) * (level - 1) // (deepest - 1)]


def _restore(nodes: Sequence[_Node], is_typed: bool, width: int | None) -> None:
    """Give back the zeros that were lost: each level as wide as its widest code, or one more where only that fits."""
    widest: Counter[int] = Counter()
    lacks: set[int] = set()
    for node in nodes:
        widest[node.level] = max(widest[node.level], len(node.code))
        if node.may_lack(is_typed):
            lacks.add(node.level)
    levels = sorted(widest)
    choices = [(0, 1) if level in lacks else (0,) for level in levels]
    written = {id(node): node.code for node in nodes}

    def tried(more: Sequence[int]) -> tuple[int, int]:
        for node in nodes:
            text = written[id(node)]
            wide = (
                width if width is not None and node.level == 1 else widest[node.level] + more[levels.index(node.level)]
            )
            node.code = text.zfill(wide) if node.may_lack(is_typed) and text else text
        strangers = sum(node.parent is not None and not _begins(node, node.parent) for node in nodes)
        return strangers, sum(more)

    tried(min(product(*choices), key=tried))
    for node in nodes:
        node.restored = node.code != written[id(node)]


def _begins(node: _Node, above: _Node) -> bool:
    return node.code.startswith(above.code) and len(node.code) > len(above.code)


def _is_in_parts(nodes: Sequence[_Node]) -> bool:
    """Whether codes below the first level are parts only: hardly one of them begins with the code above it."""
    below = [node for node in nodes if node.parent is not None and node.code and node.parent.code]
    whole = sum(_begins(node, node.parent) for node in below if node.parent is not None)
    return bool(below) and whole * 2 < len(below)


def _repeated(nodes: Sequence[_Node]) -> Faults:
    first: dict[str, _Node] = {}
    faults: Faults = []
    for node in nodes:
        known = first.setdefault(node.code, node) if node.code else node
        if known is not node:
            faults.append(
                (
                    node.number,
                    RuleBroken(
                        word("代码“{code}”在第 {number} 行已经用过。"), code=node.code, number=known.number, field=CODE
                    ),
                )
            )
    return faults
