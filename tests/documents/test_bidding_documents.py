"""The bidding documents: six chapters with their pages in the PDF; headings, tables and fields in the Word file."""

from __future__ import annotations

import io
import re
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn

from procurement.documents.bidding_documents import BiddingFacts, print_bidding_documents, write_bidding_documents
from procurement.documents.fonts import FontPaths
from procurement.registers.catalogue.models import TransferMode
from tests.documents.reading import bare, text_of
from tests.documents.samples import MADE_AT
from tests.factories import World

CHAPTERS = [
    "第一章　公告",
    "第二章　须知",
    "第三章　采购需求",
    "第四章　评审办法和标准",
    "第五章　协议主要条款",
    "第六章　响应文件格式",
]


@pytest.fixture
def facts(world: World) -> BiddingFacts:
    return BiddingFacts.of(world.announcement_drafted(), source=None, number=1, at=world.now)


@pytest.mark.sqlite_only
def test_the_pdf_says_the_plan_and_counts_its_chapters(facts: BiddingFacts, fonts: FontPaths) -> None:
    printed = print_bidding_documents(facts, fonts, demonstration=False, made_at=MADE_AT)
    assert printed == print_bidding_documents(facts, fonts, demonstration=False, made_at=MADE_AT)
    text = text_of(printed)
    for said in (
        *CHAPTERS,
        facts.content,
        facts.quality,
        facts.ceiling,
        facts.closes,
        "报价一览表",
        "首次报价（小写）",
        "价格分＝最低的最后报价÷最后报价",
        "其余以系统生成的 PDF 为准",
        "PDF、DOCX、XLSX、OFD、JPG、PNG 或者 ZIP",
        "拟派人员表",
        "第二十二条",
    ):
        assert bare(said) in text, said
    for row in facts.criteria:
        assert bare(row.name) in text
    # The contents name the page on which each chapter begins.
    contents = text[text.index("目录") :][:200]
    for chapter in CHAPTERS:
        assert re.search(re.escape(bare(chapter)) + r"\d+", contents), chapter


@pytest.mark.sqlite_only
def test_the_word_file_is_one_that_word_goes_on_with(facts: BiddingFacts, fonts: FontPaths) -> None:
    paper = docx.Document(io.BytesIO(write_bidding_documents(facts, fonts, demonstration=True, made_at=MADE_AT)))
    headings = [row.text for row in paper.paragraphs if row.style is not None and row.style.name == "Heading 1"]
    assert headings == CHAPTERS
    assert len(paper.tables) >= 7
    assert paper.styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋"
    fields = [row.text for row in paper.element.iter(qn("w:instrText"))]
    assert any("TOC" in field for field in fields)
    footer = paper.sections[0].footer.paragraphs[0]._p
    assert any("PAGE" in (row.text or "") for row in footer.iter(qn("w:instrText")))
    assert "演示文件" in paper.sections[0].header.paragraphs[0].text
    assert paper.core_properties.author == facts.purchaser


@pytest.mark.sqlite_only
def test_where_nothing_is_bought_no_procurement_law_is_cited(world: World, fonts: FontPaths) -> None:
    announcement: Any = world.announcement_drafted()
    announcement.transfer.mode = TransferMode.WHOLE
    facts = BiddingFacts.of(announcement, source=None, number=1, at=world.now)
    assert facts.kind == "征集文件"
    text = text_of(print_bidding_documents(facts, fonts, demonstration=False, made_at=MADE_AT))
    assert not re.search("《[^》]*政府采购|《政府购买服务管理办法|保障中小企业款项支付条例", text)
