"""What a document is made of: titles, headings, paragraphs, tables, bars. Words only; the press places them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from procurement.documents.fonts import FontPaths

Align: TypeAlias = Literal["left", "centre", "right"]


@dataclass(frozen=True, slots=True)
class Title:
    """The document's name, centred, 2号; `below` stands centred under it in body size."""

    text: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading with its number in it; level 1 一、 in Hei, 2 （一） in Kai, 3 as body. Kept with what follows."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Body text; each line end in it begins a new paragraph. `indent` in characters, of the first line."""

    text: str
    indent: int = 2


@dataclass(frozen=True, slots=True)
class Placed:
    """Short lines set to one side, `inset` characters in from it, as a date or a name under a document."""

    text: str
    align: Align = "right"
    inset: int = 4


@dataclass(frozen=True, slots=True)
class Column:
    """A table column: its head, its share of the width, how its cells stand."""

    head: str
    share: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Row:
    """One row, a text per column; a strong row is set in Hei, as a sum."""

    cells: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose head is repeated on each page.

    `merge`: in so many leading columns equal neighbours become one cell. `labels`: so many leading columns are set
    in Hei, as the names in a form. Without any head the head row is left out. `whole` tables are not divided
    between pages unless they are longer than one.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    title: str = ""
    merge: int = 0
    labels: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, what stands at its end, how much of its length is filled (0 to 1)."""

    label: str
    value: str
    part: float


@dataclass(frozen=True, slots=True)
class Bars:
    """A small chart of bars."""

    bars: tuple[Bar, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Empty lines of body text."""

    lines: int = 1


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins a page."""


Block: TypeAlias = Title | Heading | Paragraph | Placed | Table | Bars | Gap | NewPage


@dataclass(frozen=True, slots=True)
class Document:
    """A document ready for the press.

    `running` stands at the head of every page (kind and number); `made_at` is the aware instant that dates the file;
    a demonstration's documents say on every page that they are one.
    """

    title: str
    subject: str
    author: str
    running: str
    blocks: tuple[Block, ...]
    fonts: FontPaths
    made_at: datetime
    demonstration: bool = False
