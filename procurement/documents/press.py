"""The printing press: words in, a PDF out. The only room that knows reportlab, and it loads it when it first prints.

Every text is printed as it is: there is no markup, nothing is fetched, and a character that no face has is refused by
name. All faces are embedded. The same document gives the same bytes, on any day, in any process.
"""

from __future__ import annotations

import hashlib
import io
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from procurement.documents import layout
from procurement.documents.blocks import Document
from procurement.documents.characters import clean, name_of
from procurement.documents.fonts import FontPaths, FontsMissing
from procurement.foundation.clock import LOCAL
from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import word

# Of the size: without a heavier face of its own a title is Song drawn with a thin stroke; the Hei of first headings,
# lighter than print is used to, with a thinner one; and the Song that stands in for Kai with the thinnest.
STROKES = {"title": 0.018, "heading": 0.012, "kai": 0.006}

CREATOR = "接力 Jieli"

# A face keeps a reading position while it is cut into a document: one document at a time.
_LOCK = threading.Lock()
_CASES: dict[FontPaths, Case] = {}


class UnprintableCharacter(RuleBroken):
    """A document holds characters that no configured face has; it is not printed with a blank in their place."""

    def __init__(self, characters: list[str]) -> None:
        """`characters` in the order they were met."""
        super().__init__(
            word("字体中没有这些字：{characters}。请改用规范汉字，或请系统管理员配置收有这些字的字体，再出具文件。"),
            characters="、".join(map(name_of, characters)),
        )
        self.characters = characters


def print_document(document: Document) -> bytes:
    """The document as a PDF.

    Raises:
        UnprintableCharacter: no configured face has a character of it.
        FontsMissing: a face's file cannot be read.
        ValueError: `made_at` has no time zone.
    """
    if document.made_at.tzinfo is None:
        raise ValueError("made_at must be aware")
    with _LOCK:
        case = _case(document.fonts)
        reading = _Reading(case)
        pages = layout.Composer(reading).compose(document)
        for text in (document.title, document.subject, document.author):
            reading.read("song", clean(text))
        if reading.missing:
            raise UnprintableCharacter(list(reading.missing))
        return _ink(document, case, pages)


def places_of_headings(document: Document) -> list[tuple[str, int, int]]:
    """The headings of a document in their order: text, level, number of the page it stands on; for a table of contents."""
    with _LOCK:
        pages = layout.Composer(_Reading(_case(document.fonts))).compose(document)
    return [
        (sign.text, sign.level, number)
        for number, page in enumerate(pages, start=1)
        for sign in page.signs
        if isinstance(sign, layout.Mark)
    ]


def uncovered(text: str, fonts: FontPaths) -> list[str]:
    """The characters of `text` that no face has, so that a form can say so before there is a document."""
    with _LOCK:
        reading = _Reading(_case(fonts))
        reading.read("song", clean(text).replace("\n", ""))
        return list(reading.missing)


# ── the type case ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Face:
    """One loaded face: the name it is registered under, the width of each character it has, in 1/1000 em."""

    name: str
    widths: dict[int, float]


@dataclass(frozen=True, slots=True)
class Case:
    """All faces, and for each slot of a style the faces to look in, in order."""

    order: dict[str, tuple[Face, ...]]
    stroked: frozenset[str]

    def find(self, slot: str, character: str) -> Face | None:
        """The first face of a slot that has the character."""
        return next((face for face in self.order[slot] if ord(character) in face.widths), None)

    def runs(self, slot: str, text: str) -> Iterator[tuple[Face, str]]:
        """The text in pieces of one face each."""
        fallback = self.order[slot][0]
        run, current = "", fallback
        for character in text:
            face = self.find(slot, character) or fallback
            if face is not current and run:
                yield current, run
                run = ""
            run, current = run + character, face
        if run:
            yield current, run


class _Reading:
    """Measures characters, and remembers those that no face has, so that a refusal names them all."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.missing: dict[str, None] = {}
        self.known: dict[tuple[str, str], float] = {}

    def em(self, face: str, character: str) -> float:
        width = self.known.get((face, character))
        if width is None:
            found = self.case.find(face, character)
            if found is None:
                self.missing[character] = None
            width = self.known[face, character] = found.widths[ord(character)] / 1000 if found else 1.0
        return width

    def read(self, face: str, text: str) -> None:
        for character in text:
            self.em(face, character)


def _case(fonts: FontPaths) -> Case:
    if fonts not in _CASES:
        _CASES[fonts] = _load(fonts)
    return _CASES[fonts]


def _load(fonts: FontPaths) -> Case:
    loaded = {
        slot: _face(path) for slot in FontPaths.__dataclass_fields__ if (path := getattr(fonts, slot)) is not None
    }
    song, hei = loaded["song"], loaded["hei"]
    every = [song, hei, *loaded.values()]
    preferred = {
        "song": song,
        "hei": hei,
        "heading": hei,
        "kai": loaded.get("kai", song),
        "body": loaded.get("fangsong", song),
        "title": loaded.get("xiaobiaosong", song),
    }
    order = {slot: _distinct([face, *every]) for slot, face in preferred.items()}
    own = {"title": "xiaobiaosong", "kai": "kai"}
    stroked = frozenset(slot for slot in STROKES if own.get(slot) not in loaded)
    return Case(order, stroked)


def _distinct(faces: list[Face]) -> tuple[Face, ...]:
    return tuple({face.name: face for face in faces}.values())


def _face(path: Path) -> Face:
    from reportlab.pdfbase import pdfmetrics, ttfonts

    ttfonts.makeToUnicodeCMap = to_unicode
    name = f"Jieli-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]}"
    if name not in pdfmetrics.getRegisteredFontNames():
        try:
            font = ttfonts.TTFont(name, str(path))
        except ttfonts.TTFError as unreadable:
            raise FontsMissing(
                f"字体文件 {path} 不能用于出具文件：需要 TrueType 轮廓的字体（TTF 或 TTC）。"
            ) from unreadable
        # Two files with one inner name would silently be taken for one face. The name of the content, not of the
        # place, goes into the document: the same bytes on every machine.
        font.face.name = f"Jieli-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}".encode("ascii")
        pdfmetrics.registerFont(font)
    font = pdfmetrics.getFont(name)
    return Face(name, {code: font.face.getCharWidth(code) for code in font.face.charToGlyph})


def to_unicode(name: str, subset: list[int]) -> str:
    """The table by which a reader of the PDF finds the text behind the glyphs; characters beyond the basic plane as
    the two halves the format asks for.
    """
    entries = [
        f"<{place:02X}> <{chr(code).encode('utf-16-be').hex().upper()}>" for place, code in enumerate(subset) if code
    ]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        f"/CMapName /{name} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
    ]
    # A block may hold a hundred entries.
    for first in range(0, len(entries), 100):
        block = entries[first : first + 100]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines)


# ── the ink ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _ink(document: Document, case: Case, pages: list[layout.Page]) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(
        out,
        pagesize=(layout.PAGE_WIDTH, layout.PAGE_HEIGHT),
        pageCompression=1,
        invariant=1,
        lang="zh-CN",
        initialFontName=case.order["song"][0].name,
    )
    _date(canvas, document)
    canvas.setTitle(clean(document.title))
    canvas.setSubject(clean(document.subject))
    canvas.setAuthor(clean(document.author))
    canvas.setCreator(CREATOR)
    canvas.setProducer(CREATOR)
    canvas.setViewerPreference("DisplayDocTitle", "true")
    marks = 0
    for page in pages:
        for sign in page.signs:
            marks = _draw(canvas, case, sign, marks)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _date(canvas: Any, document: Document) -> None:
    """Date the file by the document, not by the press; in China's time."""
    stamp = canvas._doc._timeStamp
    stamp.t = document.made_at.timestamp()
    local = document.made_at.astimezone(LOCAL)
    stamp.lt = time.struct_time(local.timetuple())
    stamp.YMDhms = tuple(stamp.lt)[:6]
    stamp.dhh, stamp.dmm, stamp.tzname = 8, 0, "UTC+8"


def _draw(canvas: Any, case: Case, sign: layout.Sign, marks: int) -> int:
    up = layout.PAGE_HEIGHT
    match sign:
        case layout.Text():
            _text(canvas, case, sign)
        case layout.Rule():
            canvas.setLineWidth(sign.width)
            canvas.line(sign.x1, up - sign.y1, sign.x2, up - sign.y2)
        case layout.Box():
            canvas.setFillGray(sign.grey)
            canvas.rect(sign.x, up - sign.y - sign.height, sign.width, sign.height, stroke=0, fill=1)
            canvas.setFillGray(0)
        case layout.Mark():
            key = f"m{marks}"
            canvas.bookmarkPage(key, fit="XYZ", top=up - sign.y)
            canvas.addOutlineEntry(sign.text, key, level=1 if sign.level > 1 and marks else 0)
            return marks + 1
    return marks


def _text(canvas: Any, case: Case, sign: layout.Text) -> None:
    style = sign.style
    bold = style.face in case.stroked
    if bold:
        canvas.setLineWidth(style.size * STROKES[style.face])
    text = canvas.beginText(sign.x, layout.PAGE_HEIGHT - sign.y)
    if bold:
        text.setTextRenderMode(2)
    text.setCharSpace(sign.tracking)
    for face, run in case.runs(style.face, sign.text):
        text.setFont(face.name, style.size)
        text.textOut(run)
    if bold:
        text.setTextRenderMode(0)
    canvas.drawText(text)
