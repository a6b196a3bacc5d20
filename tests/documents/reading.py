"""Reading a PDF back with libraries that had no part in printing it."""

from __future__ import annotations

import ctypes
import io
from dataclasses import dataclass

import pypdf
import pypdfium2
from pypdfium2 import raw

MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as a viewer sees it: its page (from 1), its box and base line from the top left corner."""

    page: int
    text: str
    left: float
    right: float
    top: float
    bottom: float
    base: float


def bare(text: str) -> str:
    """The text without any white space."""
    return "".join(text.split())


def text_of(pdf: bytes) -> str:
    """All text of all pages, without white space, as pypdf extracts it."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return bare("".join(page.extract_text() for page in reader.pages))


def body_of(pdf: bytes) -> str:
    """The text of the type areas in reading order, without white space, as PDFium sees it."""
    return "".join(glyph.text for glyph in glyphs_of(pdf) if 37 * MM - 2 < glyph.top < 262 * MM + 2)


def glyphs_of(pdf: bytes) -> list[Glyph]:
    """Every visible character with its box, as PDFium sees it."""
    document = pypdfium2.PdfDocument(pdf)
    glyphs: list[Glyph] = []
    try:
        for number, page in enumerate(document, start=1):
            words = page.get_textpage()
            glyphs += _glyphs(number, page.get_height(), words)
            words.close()
            page.close()
    finally:
        document.close()
    return glyphs


def _glyphs(number: int, height: float, words: pypdfium2.PdfTextPage) -> list[Glyph]:
    glyphs, half = [], 0
    for place in range(words.count_chars()):
        code = raw.FPDFText_GetUnicode(words, place)
        if 0xD800 <= code < 0xDC00:
            half = code
            continue
        if half:
            code, half = 0x10000 + ((half - 0xD800) << 10) + (code - 0xDC00), 0
        if not chr(code).strip():
            continue
        left, bottom, right, top = words.get_charbox(place, loose=True)
        x, y = ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetCharOrigin(words, place, x, y)
        glyphs.append(Glyph(number, chr(code), left, right, height - top, height - bottom, height - y.value))
    return glyphs


def lines_of(pdf: bytes) -> list[list[Glyph]]:
    """The characters line by line: those of one page on one base line, from left to right."""
    lines: dict[tuple[int, int], list[Glyph]] = {}
    for glyph in glyphs_of(pdf):
        lines.setdefault((glyph.page, round(glyph.base)), []).append(glyph)
    return [sorted(lines[key], key=lambda glyph: glyph.left) for key in sorted(lines)]
