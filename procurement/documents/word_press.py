"""The second press: the same blocks as a Word file (DOCX), for whoever must complete it. The only importer of python-docx.

Headings are headings of Word, tables its tables, page number and contents its fields, so that what is added finds its
place. East Asian faces are named and not embedded: Word has them, and a reader without them takes its own.
"""

from __future__ import annotations

import io
from datetime import UTC
from typing import TYPE_CHECKING, Any

from procurement.documents.blocks import Block, Document, Gap, Heading, NewPage, Paragraph, Placed, Row, Table, Title
from procurement.documents.characters import clean

if TYPE_CHECKING:
    from docx.document import Document as Paper
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph as Line

CREATOR = "接力 Jieli"

# Style → East Asian face, size in points, bold; by the names under which Word knows the faces.
_STYLES = {
    "Normal": ("仿宋", 14.0, False),
    "Title": ("宋体", 22.0, True),
    "Heading 1": ("黑体", 16.0, False),
    "Heading 2": ("楷体", 15.0, True),
    "Heading 3": ("仿宋", 14.0, True),
}
_LATIN = "Times New Roman"
_CELL_SIZE, _SMALL_SIZE, _LEADING = 10.5, 9.0, 1.4
# Page and type area of GB/T 9704, in millimetres.
_WIDTH, _HEIGHT = 210.0, 297.0
_TOP, _BOTTOM, _LEFT, _RIGHT = 37.0, 35.0, 28.0, 26.0
_INDENT = 28.0


def write_document(document: Document) -> bytes:
    """The document as a Word file; its fonts are the ones named here, not the document's.

    Raises:
        ValueError: `made_at` has no time zone.
    """
    # Loaded when it first writes: it brings lxml with it.
    import docx

    if document.made_at.tzinfo is None:
        raise ValueError("made_at must be aware")
    paper = docx.Document()
    _set_styles(paper)
    _set_page(paper, document)
    core = paper.core_properties
    core.title, core.subject, core.author = clean(document.title), clean(document.subject), clean(document.author)
    core.last_modified_by, core.language, core.comments = CREATOR, "zh-CN", ""
    core.created = core.modified = document.made_at.astimezone(UTC).replace(tzinfo=None)
    headings = [clean(block.text) for block in document.blocks if isinstance(block, Heading) and block.level == 1]
    for number, block in enumerate(document.blocks):
        following = document.blocks[number + 1] if number + 1 < len(document.blocks) else None
        if headings and isinstance(block, NewPage) and isinstance(following, Heading):
            _add_contents(paper, headings)
            headings = []
        _add(paper, block)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _set_face(style: Any, face: str, size: float, *, bold: bool) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style.font.name, style.font.size, style.font.bold = _LATIN, Pt(size), bold
    style.font.italic, style.font.color.rgb = False, RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), face)


def _set_styles(paper: Paper) -> None:
    from docx.oxml.ns import qn

    for name, (face, size, bold) in _STYLES.items():
        style = paper.styles[name]
        _set_face(style, face, size, bold=bold)
    paper.styles["Normal"].paragraph_format.line_spacing = _LEADING
    # The line that Word draws under its titles is none of ours.
    for border in paper.styles["Title"].element.iter(qn("w:pBdr")):
        border.getparent().remove(border)
        break
    language = paper.styles.element.find(f".//{qn('w:lang')}")
    if language is not None:
        language.set(qn("w:eastAsia"), "zh-CN")


def _set_page(paper: Paper, document: Document) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    section = paper.sections[0]
    section.page_width, section.page_height = Mm(_WIDTH), Mm(_HEIGHT)
    section.top_margin, section.bottom_margin = Mm(_TOP), Mm(_BOTTOM)
    section.left_margin, section.right_margin = Mm(_LEFT), Mm(_RIGHT)
    head = section.header.paragraphs[0]
    note = "　演示文件，不具有法律效力" if document.demonstration else ""
    head.add_run(clean(document.running) + note).font.size = Pt(_SMALL_SIZE)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("— ")
    _add_field(foot, "PAGE", "1")
    foot.add_run(" —")


def _add_field(line: Line, instruction: str, shown: str) -> None:
    """A field of Word: what it works out, and what stands there until it has."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    def mark(kind: str) -> None:
        element = OxmlElement("w:fldChar")
        element.set(qn("w:fldCharType"), kind)
        line.add_run()._r.append(element)

    mark("begin")
    told = OxmlElement("w:instrText")
    told.set(qn("xml:space"), "preserve")
    told.text = f" {instruction} "
    line.add_run()._r.append(told)
    mark("separate")
    for place, text in enumerate(shown.split("\n")):
        run = line.add_run(text)
        if place < shown.count("\n"):
            run.add_break()
    mark("end")


def _add_contents(paper: Paper, headings: list[str]) -> None:
    """The contents as a field: the chapters by name, and their pages once Word is asked to bring it up to date."""
    _add(paper, NewPage())
    _add(paper, Title("目录"))
    _add_field(paper.add_paragraph(), 'TOC \\o "1-2" \\h \\z \\u', "\n".join(headings))


def _add(paper: Paper, block: Block) -> None:
    match block:
        case Heading():
            paper.add_heading(clean(block.text), level=block.level)
        case Title():
            _add_centred(paper, clean(block.text), "Title")
        case Paragraph():
            _add_paragraphs(paper, block)
        case Placed():
            _add_placed(paper, block)
        case Table():
            _add_table(paper, block)
        case _:
            _add_space(paper, block)


def _add_space(paper: Paper, block: Block) -> None:
    from docx.enum.text import WD_BREAK

    if isinstance(block, NewPage):
        paper.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    elif isinstance(block, Gap):
        for _ in range(block.lines):
            paper.add_paragraph()
    else:
        raise TypeError(f"no Word for {type(block).__name__}")


def _add_paragraphs(paper: Paper, block: Paragraph) -> None:
    from docx.shared import Pt

    for text in clean(block.text).split("\n"):
        paper.add_paragraph(text).paragraph_format.first_line_indent = Pt(_INDENT if block.indent else 0)


def _add_centred(paper: Paper, text: str, style: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paper.add_paragraph(text, style=style).alignment = WD_ALIGN_PARAGRAPH.CENTER


def _add_placed(paper: Paper, block: Placed) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    sides = {
        "left": WD_ALIGN_PARAGRAPH.LEFT,
        "centre": WD_ALIGN_PARAGRAPH.CENTER,
        "right": WD_ALIGN_PARAGRAPH.RIGHT,
    }
    for text in clean(block.text).split("\n"):
        paper.add_paragraph(text).alignment = sides[block.align]


def _add_table(paper: Paper, block: Table) -> None:
    from docx.shared import Mm

    if block.title:
        _add_centred(paper, clean(block.title), "Normal")
    heads = tuple(column.head for column in block.columns)
    rows = [Row(heads, strong=True), *block.rows] if any(heads) else list(block.rows)
    table = paper.add_table(rows=len(rows), cols=len(block.columns), style="Table Grid")
    table.autofit = False
    whole = sum(column.share for column in block.columns)
    widths = [Mm((_WIDTH - _LEFT - _RIGHT) * column.share / whole) for column in block.columns]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for line, row in zip(table.rows, rows, strict=True):
        for place, (cell, text) in enumerate(zip(line.cells, row.cells, strict=True)):
            cell.width = widths[place]
            _fill(cell, clean(text), bold=row.strong or place < block.labels, align=block.columns[place].align)
    if any(heads):
        _repeat_head(table.rows[0])
    paper.add_paragraph()


def _fill(cell: _Cell, text: str, *, bold: bool, align: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    for place, part in enumerate(text.split("\n")):
        line = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
        run = line.add_run(part)
        run.font.size, run.font.bold = Pt(_CELL_SIZE), bold
        if align == "centre":
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _repeat_head(row: Any) -> None:
    """Show the head of a table again on each page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement("w:tblHeader")
    element.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(element)
