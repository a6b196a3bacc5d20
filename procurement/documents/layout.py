"""Where each word of a document stands: pages composed by the measures of GB/T 9704-2012, before any ink.

Lengths are in points; a page's `y` runs down from the top edge of the type area (版心). Nothing here draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from procurement.documents import blocks
from procurement.documents.characters import clean
from procurement.documents.lines import Line, break_lines, natural_width

MM = 72 / 25.4
PAGE_WIDTH, PAGE_HEIGHT = 210 * MM, 297 * MM
TOP, BOTTOM, LEFT, RIGHT = 37 * MM, 35 * MM, 28 * MM, 26 * MM
WIDTH, HEIGHT = PAGE_WIDTH - LEFT - RIGHT, PAGE_HEIGHT - TOP - BOTTOM
LINES, CHARACTERS = 22, 28
PITCH = HEIGHT / LINES

# Of the em, from the top of a character's square to its base line, in the faces prepared here.
ASCENT = 0.88

_SMALL = 0.01


class Metrics(Protocol):
    """What the composer must know of the faces."""

    def em(self, face: str, character: str) -> float:
        """The width of a character in em; remembers a character that no face has."""
        ...


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set: face slot, size, distance of base lines, tracking."""

    face: str
    size: float
    leading: float
    tracking: float = 0.0

    @property
    def square(self) -> float:
        """What one character takes along the line."""
        return self.size + self.tracking


# 28 characters of 3号 (16 pt) are a little more than 156 mm: each moves up to its neighbour by a fifth of a point.
_TIGHT = (WIDTH - CHARACTERS * 16) / (CHARACTERS - 1)

BODY = Style("body", 16, PITCH, _TIGHT)
HEADINGS = {
    1: Style("heading", 16, PITCH, _TIGHT),
    2: Style("kai", 16, PITCH, _TIGHT),
    3: Style("body", 16, PITCH, _TIGHT),
}
TITLE = Style("title", 22, 36)
BELOW = Style("body", 16, PITCH, _TIGHT)
TABLE_TITLE = Style("hei", 14, PITCH)
CELL = Style("song", 12, 18)
CELL_STRONG = Style("hei", 12, 18)
SMALL = Style("song", 9, 12)
FOLIO = Style("song", 14, 18)

_PAD_X, _PAD_Y = 4.0, 4.5
_RULE, _FRAME = 0.5, 0.9
_GAP = 5.0


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text, its left end at `x` and its base line at `y`, both from the page's top left corner."""

    x: float
    y: float
    text: str
    style: Style
    tracking: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; `grey` from 0 (black) to 1 (white)."""

    x: float
    y: float
    width: float
    height: float
    grey: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A place the reader can jump to."""

    y: float
    text: str
    level: int


Sign: TypeAlias = Text | Rule | Box | Mark


@dataclass(slots=True)
class Page:
    """What stands on one page, and how far it is filled (points below the top of the type area)."""

    signs: list[Sign] = field(default_factory=list)
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class _Cell:
    lines: list[Line]
    style: Style
    align: blocks.Align

    @property
    def height(self) -> float:
        return len(self.lines) * self.style.leading + 2 * _PAD_Y


@dataclass(frozen=True, slots=True)
class _Row:
    cells: list[_Cell]
    texts: tuple[str, ...]

    def height(self, without: int = 0) -> float:
        """The height its cells need, so many leading ones left out."""
        return max(cell.height for cell in self.cells[without:])


class Composer:
    """Sets a document's blocks on pages."""

    def __init__(self, metrics: Metrics) -> None:
        """An empty first page."""
        self.metrics = metrics
        self.pages = [Page()]

    def compose(self, document: blocks.Document) -> list[Page]:
        """The pages of the document, with running heads and page numbers."""
        for place, block in enumerate(document.blocks, start=1):
            self._place(block, document.blocks[place:])
        for number, page in enumerate(self.pages, start=1):
            self._margins(page, number, document)
        return self.pages

    @property
    def page(self) -> Page:
        """The page being filled."""
        return self.pages[-1]

    @property
    def room(self) -> float:
        """What is left of the page being filled."""
        return HEIGHT - self.page.y

    # ── the blocks ─────────────────────────────────────────────────────────────────────────────────────────────

    def _place(self, block: blocks.Block, after: Sequence[blocks.Block]) -> None:
        match block:
            case blocks.Heading():
                self._heading(block, after)
            case blocks.Paragraph():
                self._paragraph(block)
            case blocks.Title():
                self._title(block)
            case blocks.Placed():
                self._placed(block)
            case blocks.Table():
                _TableSetter(self, block).set()
            case blocks.Bars():
                self._bars(block)
            case _:
                self._space(block)

    def _space(self, block: blocks.Gap | blocks.NewPage) -> None:
        if isinstance(block, blocks.Gap):
            self.page.y = min(self.page.y + block.lines * PITCH, HEIGHT)
        elif self.page.y > 0:
            self.turn()

    def _title(self, block: blocks.Title) -> None:
        measure = self.measure(TITLE)
        for text in clean(block.text).split("\n"):
            whole = natural_width(text, TITLE.size, measure)
            # A title of several lines is divided evenly, not into a full line and a stray character.
            count = math.ceil(whole / (WIDTH - TITLE.size) - 1e-9) or 1
            for line in break_lines(
                text, width=min(whole / count + TITLE.size, WIDTH), size=TITLE.size, measure=measure
            ):
                self._line(Line(line.text, 0, 0, line.width), TITLE, "centre")
        self.snap()
        for text in clean(block.below).split("\n") if block.below else []:
            self._centred(text, BELOW)

    def _heading(self, block: blocks.Heading, after: Sequence[blocks.Block]) -> None:
        style = HEADINGS[block.level]
        text = clean(block.text).replace("\n", " ")
        lines = self.broken(text, style, WIDTH, indent=2)
        self.need(len(lines) * PITCH + self._follows(after))
        self.page.signs.append(Mark(TOP + self.page.y, text, block.level))
        for line in lines:
            self._line(line, style)

    def _follows(self, after: Sequence[blocks.Block]) -> float:
        """The room that what follows a heading needs beside it: the headings below it, and the beginning of what they head."""
        if not after:
            return 0.0
        head = after[0]
        if isinstance(head, blocks.Heading):
            lines = self.broken(clean(head.text).replace("\n", " "), HEADINGS[head.level], WIDTH, indent=2)
            return len(lines) * PITCH + self._follows(after[1:])
        return 3 * PITCH if isinstance(head, blocks.Table | blocks.Bars) else PITCH

    def _paragraph(self, block: blocks.Paragraph) -> None:
        for text in clean(block.text).split("\n"):
            for line in self.broken(text, BODY, WIDTH, indent=block.indent):
                self._line(line, BODY)

    def _placed(self, block: blocks.Placed) -> None:
        inset = block.inset * BODY.square
        texts = clean(block.text).split("\n")
        # Lines that belong together, such as a name and a date, are not divided between pages.
        self.need(len(texts) * PITCH)
        for text in texts:
            for line in self.broken(text, BODY, WIDTH - inset):
                self._line(line, BODY, block.align, inset)

    def _centred(self, text: str, style: Style) -> None:
        for line in self.broken(text, style, WIDTH):
            self._line(line, style, "centre")

    def _bars(self, block: blocks.Bars) -> None:
        row, label_width, value_width = 24.0, 96.0, 96.0
        self.need((PITCH if block.title else 0) + row * len(block.bars) + 8)
        if block.title:
            self._centred(clean(block.title), TABLE_TITLE)
        full = WIDTH - label_width - value_width
        x, y = LEFT + label_width, TOP + self.page.y + 4
        for bar in block.bars:
            part = min(max(bar.part, 0.0), 1.0)
            self.page.signs.append(Box(x, y + 5, full * part, row - 10, 0.45))
            self.frame(x, y + 5, full, row - 10, _RULE)
            self.fit(clean(bar.label), CELL, LEFT, y + 3, label_width - 8, "right")
            self.fit(clean(bar.value), CELL, x + full + 8, y + 3, value_width - 8, "left")
            y += row
        self.page.y += row * len(block.bars) + 8
        self.snap()

    # ── the margins ────────────────────────────────────────────────────────────────────────────────────────────

    def _margins(self, page: Page, number: int, document: blocks.Document) -> None:
        y = TOP - 34
        self.fit(clean(document.running), SMALL, LEFT, y, WIDTH * 0.62, "left", page)
        if document.demonstration:
            self.fit("演示文件，不具有法律效力", SMALL, LEFT + WIDTH * 0.64, y, WIDTH * 0.36, "right", page)
        page.signs.append(Rule(LEFT, y + 15, LEFT + WIDTH, y + 15, _RULE))
        # 7 mm below the type area; odd pages at the right, even at the left, one character in.
        base = TOP + HEIGHT + 7 * MM
        inset = FOLIO.size
        folio, total = f"— {number} —", f"共 {len(self.pages)} 页"
        odd = number % 2 == 1
        self.fit(folio, FOLIO, LEFT + inset, base, WIDTH - 2 * inset, "right" if odd else "left", page)
        self.fit(total, SMALL, LEFT + inset, base + 4, WIDTH - 2 * inset, "left" if odd else "right", page)

    # ── the tools ──────────────────────────────────────────────────────────────────────────────────────────────

    def measure(self, style: Style) -> Callable[[str], float]:
        """The widths of a style's characters, in em."""
        return lambda character: self.metrics.em(style.face, character)

    def broken(self, text: str, style: Style, width: float, indent: int = 0) -> list[Line]:
        """The lines of one paragraph; `indent` in characters."""
        return break_lines(
            text,
            width=width,
            size=style.size,
            measure=self.measure(style),
            tracking=style.tracking,
            indent=indent * style.square,
        )

    def turn(self) -> None:
        """Begin a page."""
        self.pages.append(Page())

    def need(self, height: float) -> None:
        """Turn the page unless so much of it is left, or it is empty."""
        if self.room + _SMALL < height and self.page.y > 0:
            self.turn()

    def snap(self) -> None:
        """Go on at the next line of the page's grid of 22."""
        self.page.y = min(math.ceil(self.page.y / PITCH - _SMALL) * PITCH, HEIGHT)

    def frame(self, x: float, y: float, width: float, height: float, thickness: float) -> None:
        """Four rules around a rectangle."""
        for x1, y1, x2, y2 in (
            (x, y, x + width, y),
            (x, y + height, x + width, y + height),
            (x, y, x, y + height),
            (x + width, y, x + width, y + height),
        ):
            self.page.signs.append(Rule(x1, y1, x2, y2, thickness))

    def fit(
        self, text: str, style: Style, x: float, y: float, width: float, align: blocks.Align, page: Page | None = None
    ) -> None:
        """One line within `width`; a text too long for it is set smaller, never cut."""
        text = text.replace("\n", " ")
        natural = natural_width(text, style.size, self.measure(style), style.tracking)
        if natural > width:
            size = style.size * width / natural
            style = Style(style.face, size, style.leading, style.tracking * width / natural)
            natural = width
        self.draw(Line(text, 0.0, style.tracking, natural), style, x, y, width, align, page)

    def draw(
        self, line: Line, style: Style, x: float, y: float, width: float, align: blocks.Align, page: Page | None = None
    ) -> None:
        """A line whose leading begins at `y`, placed in the column that begins at `x`."""
        if not line.text:
            return
        shift = {"left": line.start, "centre": (width - line.width) / 2, "right": width - line.width}[align]
        base = y + (style.leading - style.size) / 2 + ASCENT * style.size
        (page or self.page).signs.append(Text(x + shift, base, line.text, style, line.tracking))

    def _line(self, line: Line, style: Style, align: blocks.Align = "left", inset: float = 0.0) -> None:
        self.need(style.leading)
        x = LEFT + (inset if align == "left" else 0)
        self.draw(line, style, x, TOP + self.page.y, WIDTH - inset, align)
        self.page.y += style.leading


class _TableSetter:
    """Sets one table: head on each page, equal neighbours merged, long rows divided between lines."""

    def __init__(self, composer: Composer, table: blocks.Table) -> None:
        self.composer = composer
        self.table = table
        total = sum(column.share for column in table.columns)
        self.widths = [WIDTH * column.share / total for column in table.columns]
        self.edges = [LEFT + sum(self.widths[:place]) for place in range(len(self.widths) + 1)]
        heads = tuple(column.head for column in table.columns)
        self.head = self._row(blocks.Row(heads, strong=True), head=True) if any(heads) else None
        self.rows = [self._row(row) for row in table.rows]

    def _row(self, row: blocks.Row, *, head: bool = False) -> _Row:
        texts = tuple(clean(text) for text in row.cells)
        cells = []
        for place, (text, column, width) in enumerate(zip(texts, self.table.columns, self.widths, strict=True)):
            style = CELL_STRONG if row.strong or place < self.table.labels else CELL
            lines = [
                line
                for paragraph in text.split("\n")
                for line in self.composer.broken(paragraph, style, width - 2 * _PAD_X)
            ]
            cells.append(_Cell(lines, style, "centre" if head else column.align))
        return _Row(cells, texts)

    def set(self) -> None:
        composer = self.composer
        title = PITCH if self.table.title else 0.0
        first = sum(row.height() for row in self.rows[:2])
        least = title + self._head_height() + min(first, HEIGHT / 3) + _GAP
        wanted = title + self._head_height() + self._rows_height() + _GAP
        composer.need(wanted if self.table.whole and wanted <= HEIGHT else least)
        if self.table.title:
            composer.fit(clean(self.table.title), TABLE_TITLE, LEFT, TOP + composer.page.y, WIDTH, "centre")
            composer.page.y += PITCH
        elif composer.page.y > 0:
            composer.page.y += _GAP
        self._begin()
        place = 0
        while place < len(self.rows):
            place = self._next(place)
        self._end()
        composer.page.y += _GAP
        composer.snap()

    def _head_height(self) -> float:
        return self.head.height() if self.head else 0.0

    def _rows_height(self) -> float:
        return sum(self._height(place, self._merged(place, top=place == 0), HEIGHT) for place in range(len(self.rows)))

    def _height(self, place: int, merged: Sequence[bool], room: float) -> float:
        """The height of a row: what its own cells need, and more where a merged cell that begins in it needs more than
        all rows it spans in this much room.
        """
        row = self.rows[place]
        height = row.height(without=self.table.merge)
        for column in range(self.table.merge):
            if not merged[column]:
                height = max(height, row.cells[column].height - self._below(place, column, room - height))
        return height

    def _below(self, place: int, column: int, room: float) -> float:
        """What the rows that share this row's cell, and fit in the room, add to its height."""
        added = 0.0
        for after in range(place + 1, len(self.rows)):
            more = self.rows[after].height(without=self.table.merge)
            if not self._merged(after, top=False)[column] or added + more > room:
                break
            added += more
        return added

    def _begin(self) -> None:
        """The table's part on this page: its head, if it has one."""
        page = self.composer.page
        self.top = page.y
        self.placed: list[tuple[float, float, _Row, list[bool]]] = []
        if self.head:
            self._put(self.head, self._head_height(), [False] * len(self.widths))

    def _put(self, row: _Row, height: float, merged: list[bool]) -> None:
        page = self.composer.page
        self.placed.append((page.y, height, row, merged))
        page.y += height

    def _merged(self, place: int, *, top: bool) -> list[bool]:
        """Which cells of a row belong to the one above; none where the row is the first on its page."""
        joined = [False] * len(self.widths)
        if top or place == 0:
            return joined
        row, above = self.rows[place], self.rows[place - 1]
        for column in range(self.table.merge):
            if row.texts[: column + 1] != above.texts[: column + 1]:
                break
            joined[column] = True
        return joined

    def _is_top(self) -> bool:
        return len(self.placed) <= (1 if self.head else 0)

    def _next(self, place: int) -> int:
        """Put row `place`, or as much of it as the page holds; the number of the row to go on with."""
        room = self.composer.room + _SMALL
        merged = self._merged(place, top=self._is_top())
        height = self._height(place, merged, room)
        if height <= room:
            if self._would_leave_one(place, room - height) and not self._is_top():
                self._turn()
                return place
            self._put(self.rows[place], height, merged)
            return place + 1
        fitting = int((room - 2 * _PAD_Y) // CELL.leading)
        whole = self.rows[place].height() + self._head_height()
        if fitting < 3 or (whole <= HEIGHT / 2 and not self._is_top()):
            self._turn()
            return place
        head, tail = self._divide(self.rows[place], fitting)
        self._put(head, head.height(), merged)
        self.rows[place] = tail
        self._turn()
        return place

    def _would_leave_one(self, place: int, room: float) -> bool:
        """Whether the last row would stand alone on the next page."""
        return place == len(self.rows) - 2 and self.rows[-1].height(without=self.table.merge) > room

    def _divide(self, row: _Row, count: int) -> tuple[_Row, _Row]:
        """A row longer than the page in two; a cell that fits whole keeps its text for the merge but prints it once."""
        upper = [_Cell(cell.lines[:count], cell.style, cell.align) for cell in row.cells]
        lower = [_Cell(cell.lines[count:], cell.style, cell.align) for cell in row.cells]
        return _Row(upper, row.texts), _Row(lower, row.texts)

    def _turn(self) -> None:
        self._end()
        self.composer.turn()
        self._begin()

    def _end(self) -> None:
        """Draw what was put on this page: the cells' words, then the rules between them."""
        composer = self.composer
        if not self.placed:
            return
        bottom = composer.page.y
        for place, (y, _, row, merged) in enumerate(self.placed):
            for column, cell in enumerate(row.cells):
                if merged[column]:
                    continue
                self._words(cell, column, y, self._span(place, column))
                composer.page.signs.append(Rule(self.edges[column], TOP + y, self.edges[column + 1], TOP + y, _RULE))
        for edge in self.edges[1:-1]:
            composer.page.signs.append(Rule(edge, TOP + self.top, edge, TOP + bottom, _RULE))
        composer.frame(LEFT, TOP + self.top, WIDTH, bottom - self.top, _FRAME)

    def _span(self, place: int, column: int) -> float:
        """The height of a cell together with those merged into it."""
        height = self.placed[place][1]
        for _, more, _, merged in self.placed[place + 1 :]:
            if not merged[column]:
                break
            height += more
        return height

    def _words(self, cell: _Cell, column: int, y: float, height: float) -> None:
        at = TOP + y + (height - len(cell.lines) * cell.style.leading) / 2
        width = self.widths[column] - 2 * _PAD_X
        # A text of several lines reads from the left, wherever short ones stand.
        align = "left" if len(cell.lines) > 2 and cell.align == "centre" else cell.align
        for line in cell.lines:
            self.composer.draw(line, cell.style, self.edges[column] + _PAD_X, at, width, align)
            at += cell.style.leading
