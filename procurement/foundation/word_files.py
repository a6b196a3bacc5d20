"""The text of a Word file (DOCX): what its reader sees, wherever it stands, and nothing that was deleted.

The parts are read as XML and not through the paragraphs of a library, which pass over text boxes, foot notes and inserted
revisions. Bounded, and without trust: sizes are counted as they are unpacked, and no entity or DTD is read.
"""

from __future__ import annotations

import zipfile
import zlib
from typing import BinaryIO

# Names alone; the parser is defusedxml's.
from xml.sax import SAXException  # nosec B406
from xml.sax.handler import ContentHandler  # nosec B406
from xml.sax.xmlreader import AttributesImpl  # nosec B406

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import word

# Parts of a file that hold no text of its author.
_WITHOUT_TEXT = (
    "word/theme/", "word/styles", "word/stylesWithEffects", "word/settings", "word/webSettings", "word/fontTable",
    "word/numbering", "word/people", "word/_rels/",
)  # fmt: skip

# The last part of an element's name, since the strict and the transitional form have other namespaces for the same thing.
_TEXT, _PARAGRAPH, _DELETED = "t", "p", frozenset({"del", "moveFrom"})
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
# What stands in a line without being part of it is read after it: a text box at its anchor, the reading above a character.
_BESIDE = frozenset({"txbxContent", "rt"})
_PIECE = 1 << 16


def text_of_word(stream: BinaryIO, *, most_bytes: int, most_characters: int) -> str:
    """The text of a DOCX: body, tables, text boxes, headers, footers, notes and comments; a line for each paragraph.

    Inserted revisions are read, deleted ones are not. A text that stands twice in the file, as a text box does for older
    programs, is read twice.

    Raises:
        RuleBroken: a broken file, or one that unpacks to more than `most_bytes` or holds more than `most_characters`.
    """
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            return _text_of(archive, most_bytes, most_characters)
    except (
        zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, KeyError, OSError,
        SAXException, DefusedXmlException,
    ):  # fmt: skip
        raise RuleBroken(
            word("这份 Word 文件损坏，读不出文字。请用 Word 打开、另存以后再上传。"), field="document"
        ) from None
    finally:
        stream.seek(0)


def _text_of(archive: zipfile.ZipFile, most_bytes: int, most_characters: int) -> str:
    parts = [name for name in archive.namelist() if _holds_text(name)]
    if not any(name.startswith("word/document") for name in parts):
        raise zipfile.BadZipFile("no document")
    reader = _Reader(most_characters)
    left = most_bytes
    # The body first, since a refusal shows what comes first.
    for name in sorted(parts, key=lambda name: (not name.startswith("word/document"), name)):
        parser = make_parser()
        parser.forbid_dtd = True
        parser.setContentHandler(reader)
        with archive.open(name) as part:
            while piece := part.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise RuleBroken(word("这份 Word 文件解开后太大，不能自动筛查。请拆分后再上传。"), field="document")
                parser.feed(piece)
        parser.close()
    return "\n".join(reader.lines)


def _holds_text(name: str) -> bool:
    return name.startswith("word/") and name.endswith(".xml") and not name.startswith(_WITHOUT_TEXT)


class _Reader(ContentHandler):
    """Writes down the lines of the parts that it is given; what stands beside a line follows it."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._most = most
        self._count = 0
        self._is_text = False
        self._deleted = 0
        self._begin()

    def _begin(self) -> None:
        # The line being written, and below it those that were interrupted by what stands beside them.
        self._open: list[list[str]] = [[]]
        self._beside: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        """A run of text, a break, a deletion, or something beside the line."""
        kind = name.rpartition(":")[2]
        self._is_text = kind == _TEXT
        self._deleted += kind in _DELETED
        if kind in _BESIDE:
            self._open.append([])
        elif kind in _BREAKS and not self._deleted:
            self._open[-1].append(_BREAKS[kind])

    def characters(self, content: str) -> None:
        """Text counts inside a run only: elsewhere it is a field's code or a deletion."""
        if not self._is_text or self._deleted:
            return
        self._count += len(content)
        if self._count > self._most:
            raise RuleBroken(
                word("这份 Word 文件有超过 {most} 字，不能自动筛查。请拆分后再上传。"),
                most=self._most,
                field="document",
            )
        self._open[-1].append(content)

    def endElement(self, name: str) -> None:
        """The end of a paragraph, or of what stands beside one."""
        kind = name.rpartition(":")[2]
        self._is_text = False
        self._deleted -= kind in _DELETED
        if len(self._open) > 1 and (kind in _BESIDE or kind == _PARAGRAPH):
            self._beside.append("".join(self._open[-1]))
            self._open[-1] = []
        if kind in _BESIDE:
            self._open.pop()
        elif kind == _PARAGRAPH and len(self._open) == 1:
            self._write()

    def endDocument(self) -> None:
        """What was begun is a line too."""
        self._write()

    def _write(self) -> None:
        self.lines += filter(None, ["".join(self._open[0]), *self._beside])
        self._begin()
