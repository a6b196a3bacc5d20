"""The press prints what it is given, whole and only that, by the measures of GB/T 9704."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import unicodedata
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pikepdf
import pypdf
import pytest
from pylopdf_fonts_zh_cn import sans_path

from procurement.documents.blocks import (
    Bar,
    Bars,
    Block,
    Column,
    Document,
    Gap,
    Heading,
    NewPage,
    Paragraph,
    Placed,
    Row,
    Table,
    Title,
)
from procurement.documents.fonts import FontPaths, FontsMissing, standard_characters
from procurement.documents.press import UnprintableCharacter, print_document, to_unicode, uncovered
from tests.documents.reading import MM, bare, body_of, glyphs_of, lines_of, text_of
from tests.documents.samples import MADE_AT

HOSTILE = (
    '<img src="http://127.0.0.1:1/x">',
    '<img src="/etc/passwd"/>',
    "<b>未闭合 & <font color='white'>甲</font>",
    '<a href="javascript:alert(1)">点此</a>',
    "&amp; &#60; ]]> %s %(name)s {braces} {0} \\n \\u4e00",
)

REPOSITORY = Path(__file__).parents[2]


def printed(fonts: FontPaths, *blocks: Block, demonstration: bool = False) -> bytes:
    """A document of these blocks."""
    document = Document(
        title="测试文件",
        subject="测试",
        author="龙港市",
        running="测试文件　龙测〔2026〕1号",
        blocks=blocks,
        fonts=fonts,
        made_at=MADE_AT,
        demonstration=demonstration,
    )
    return print_document(document)


def in_order(texts: list[str], whole: str) -> list[str]:
    """Those of the texts that do not stand in the whole, in this order."""
    missing, place = [], 0
    for text in map(bare, texts):
        found = whole.find(text, place)
        if found < 0:
            missing.append(text)
        else:
            place = found + len(text)
    return missing


def test_paragraphs_and_cells_are_read_back_as_they_were_written(fonts: FontPaths) -> None:
    paragraphs = [
        "金𫍯、龚䶮与㛃、𬭎、𬱖三人签字。" * 9,
        "服务面积为3,400㎡，气温≥25℃时加派1人；单价¥12.50（￥12.50）——含税……",
        "The quick brown fox: 100% of 20 items.",
    ]
    cells = [("第一期", "验收合格之日起30日内支付，逾期按日计息" * 3, "¥384,000.00"), ("第二期", "金𫍯", "¥1.00")]
    columns = (Column("期次", 1), Column("条件", 2), Column("金额", 1, "right"))
    pdf = printed(
        fonts,
        Title("城市管家服务合同", below="龙转协〔2026〕5号"),
        Heading("一、总则"),
        *map(Paragraph, paragraphs),
        Table(columns, tuple(map(Row, cells)), title="资金支付计划表"),
        Placed("2026年3月20日"),
    )
    expected = [
        "城市管家服务合同",
        "龙转协〔2026〕5号",
        "一、总则",
        *paragraphs,
        "资金支付计划表",
        "期次",
        "条件",
        "金额",
    ]
    assert in_order(expected, body_of(pdf)) == []
    assert in_order(expected, text_of(pdf)) == []
    for text in [text for row in cells for text in row]:
        assert bare(text) in text_of(pdf)


def test_every_character_of_the_standard_beyond_the_basic_plane_is_read_back(fonts: FontPaths) -> None:
    rare = [character for character in standard_characters() if ord(character) > 0xFFFF]
    assert len(rare) == 196
    assert "".join(rare) in text_of(printed(fonts, Paragraph("".join(rare), indent=0)))


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_is_printed_as_text(fonts: FontPaths, text: str) -> None:
    columns = (Column(text, 1), Column("乙", 1))
    pdf = printed(fonts, Title(text), Heading(text), Paragraph(text), Table(columns, (Row((text, text)),)))
    assert text_of(pdf).count(bare(text)) == 6
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert all("/Annots" not in page for page in opened.pages)
        assert not any(isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image" for each in opened.objects)


def test_printing_opens_no_connection_and_no_file() -> None:
    script = f"""
import sys
from tests.documents.test_press import HOSTILE, printed
from procurement.documents.blocks import *
from procurement.documents.fonts import FontPaths
from pathlib import Path
folder = Path({str(_fonts_folder())!r})
fonts = FontPaths(folder / "jieli-song.ttf", folder / "jieli-hei.ttf")
printed(fonts, Title("热身"), Paragraph("热身"))
seen = []
def listen(event, arguments):
    if event.startswith("socket.") or event in ("open", "subprocess.Popen", "os.system", "urllib.Request"):
        seen.append((event, str(arguments)[:200]))
sys.addaudithook(listen)
for text in HOSTILE:
    printed(fonts, Title(text), Heading(text), Paragraph(text), Table((Column(text, 1),), (Row((text,)),)))
sys.exit(repr(seen) if seen else 0)
"""
    ran = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def _fonts_folder() -> Path:
    return Path(os.environ.get("JIELI_FONTS") or REPOSITORY / "build" / "fonts")


def test_a_character_no_face_has_is_refused_by_name(fonts: FontPaths) -> None:
    with pytest.raises(UnprintableCharacter) as refused:
        printed(fonts, Paragraph("承接人吴𠮷、郑𪚲。"), Table((Column("甲", 1),), (Row(("\ue000",)),)))
    assert refused.value.characters == ["𠮷", "𪚲", "\ue000"]
    assert "𠮷（U+20BB7）、𪚲（U+2A6B2）、U+E000" in str(refused.value)


@pytest.mark.parametrize(
    "block",
    [
        Title("𠮷"),
        Heading("𠮷"),
        Placed("𠮷"),
        Table((Column("𠮷", 1),), ()),
        Bars((Bar("𠮷", "1", 0.5),)),
        Title("甲", below="𠮷"),
    ],
)
def test_it_is_refused_wherever_it_stands(fonts: FontPaths, block: Block) -> None:
    with pytest.raises(UnprintableCharacter, match=r"U\+20BB7"):
        printed(fonts, block)


def test_a_form_can_ask_beforehand(fonts: FontPaths) -> None:
    assert uncovered("吴𠮷\n金𫍯", fonts) == ["𠮷"]


def test_a_document_without_a_time_zone_is_not_printed(fonts: FontPaths) -> None:
    document = Document("甲", "", "", "", (), fonts, datetime(2026, 1, 1))  # noqa: DTZ001 (that is the point)
    with pytest.raises(ValueError, match="aware"):
        print_document(document)


def test_the_same_document_gives_the_same_bytes_in_every_process(fonts: FontPaths) -> None:
    script = f"""
import hashlib
from pathlib import Path
from procurement.documents.agreement import print_agreement
from procurement.documents.fonts import FontPaths
from tests.documents.samples import AGREEMENT, MADE_AT
folder = Path({str(_fonts_folder())!r})
fonts = FontPaths(folder / "jieli-song.ttf", folder / "jieli-hei.ttf")
pdf = print_agreement(AGREEMENT, fonts, demonstration=True, made_at=MADE_AT)
print(hashlib.sha256(pdf).hexdigest())
"""
    sums = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "America/New_York" if seed == "1" else "Asia/Tokyo"}
        ran = subprocess.run(
            [sys.executable, "-c", script], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
        )
        sums.add(ran.stdout)
    assert len(sums) == 1
    from procurement.documents.agreement import print_agreement
    from tests.documents.samples import AGREEMENT

    here = print_agreement(AGREEMENT, fonts, demonstration=True, made_at=MADE_AT)
    assert sums == {hashlib.sha256(here).hexdigest() + "\n"}


def test_the_file_is_dated_named_and_in_chinese(fonts: FontPaths) -> None:
    with pikepdf.open(io.BytesIO(printed(fonts, Title("甲"), Heading("一、总则"), Paragraph("乙")))) as pdf:
        assert str(pdf.Root.Lang) == "zh-CN"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.docinfo["/Title"]) == "测试文件"
        assert str(pdf.docinfo["/Subject"]) == "测试"
        assert str(pdf.docinfo["/CreationDate"]) == "D:20260320100500+08'00'"
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == ["一、总则"]
        assert pdf.check_pdf_syntax() == []


def test_every_face_is_embedded(fonts: FontPaths) -> None:
    bars = Bars((Bar("决策", "18.50 / 20", 0.925),))
    pdf = printed(
        fonts, Title("甲"), Heading("一、乙"), Heading("（一）丙", 2), Paragraph("丁 a"), bars, demonstration=True
    )
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        faces = [
            each for each in opened.objects if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font"
        ]
        assert len(faces) >= 2
        assert all("/FontFile2" in face.FontDescriptor for face in faces)
        assert all("/ToUnicode" in face for face in faces)


def test_the_page_is_a4_with_its_margins_and_holds_22_lines_of_28_characters(fonts: FontPaths) -> None:
    pdf = printed(fonts, Paragraph("龙" * 28 * 50, indent=0))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        box = [float(number) for number in opened.pages[0].MediaBox]
        assert box[2] == pytest.approx(210 * MM, abs=0.1)
        assert box[3] == pytest.approx(297 * MM, abs=0.1)
    body = [line for line in lines_of(pdf) if line[0].text == "龙"]
    first = [line for line in body if line[0].page == 1]
    assert [len(line) for line in first] == [28] * 22
    assert len(body) == 50
    assert all(line[0].left == pytest.approx(28 * MM, abs=0.5) for line in first)
    assert all(line[-1].right == pytest.approx(184 * MM, abs=0.5) for line in first)
    assert first[0][0].top >= 37 * MM
    assert first[-1][0].bottom <= 262 * MM
    pitches = [below[0].base - above[0].base for above, below in pairwise(first)]
    assert pitches == pytest.approx([225 * MM / 22] * 21, abs=0.2)


def test_a_paragraph_begins_two_characters_in(fonts: FontPaths) -> None:
    body = [line for line in lines_of(printed(fonts, Paragraph("龙" * 60))) if line[0].text == "龙"]
    assert [len(line) for line in body] == [26, 28, 6]
    assert body[0][0].left == pytest.approx(28 * MM + 2 * 156 * MM / 28, abs=0.5)


def test_no_line_begins_with_closing_punctuation_or_leaves_the_type_area(fonts: FontPaths) -> None:
    text = "甲方（购买主体）、乙方：“一事一方案”，《办法》第3条；是？对！共120,000.00元。" * 40
    columns = (Column("条件", 1), Column("说明", 2))
    pdf = printed(fonts, Paragraph(text), Table(columns, (Row((text[:300], text[:500])),)), Paragraph(text[3:]))
    body = [line for line in lines_of(pdf) if 37 * MM < line[0].top < 262 * MM]
    assert len(body) > 60
    assert [line for line in body if line[0].text in "，。；：！？》”）、"] == []
    assert [line for line in body if line[-1].text in "（《“"] == []
    for glyph in [glyph for line in body for glyph in line]:
        hangs = (glyph.right - glyph.left) / 2 if unicodedata.category(glyph.text).startswith("P") else 0
        assert glyph.left >= 28 * MM - 0.5
        assert glyph.right - hangs <= 184 * MM + 0.5
        assert glyph.bottom <= 262 * MM + 2


def test_pages_are_numbered_outside_right_on_odd_and_left_on_even_pages(fonts: FontPaths) -> None:
    pdf = printed(fonts, Paragraph("甲"), NewPage(), Paragraph("乙"), NewPage(), Paragraph("丙"))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert [f"—{number}—" in bare(page) and "共3页" in bare(page) for number, page in enumerate(pages, 1)] == [True] * 3
    feet = [
        glyph
        for glyph in glyphs_of(pdf)
        if glyph.top > 262 * MM and glyph.text in "123" and glyph.bottom - glyph.top > 12
    ]
    sides = {glyph.page: glyph.left > 105 * MM for glyph in feet if glyph.text == str(glyph.page)}
    assert sides == {1: True, 2: False, 3: True}
    dashes = [glyph for glyph in glyphs_of(pdf) if glyph.text == "—"]
    assert max(glyph.right for glyph in dashes if glyph.page == 1) == pytest.approx(184 * MM - 14, abs=1)
    assert min(glyph.left for glyph in dashes if glyph.page == 2) == pytest.approx(28 * MM + 14, abs=1)


def test_a_demonstration_says_so_on_every_page_and_nothing_else_does(fonts: FontPaths) -> None:
    blocks = (Paragraph("甲"), NewPage(), Paragraph("乙"))
    shown = [
        bare(page.extract_text())
        for page in pypdf.PdfReader(io.BytesIO(printed(fonts, *blocks, demonstration=True))).pages
    ]
    assert ["演示文件，不具有法律效力" in page for page in shown] == [True, True]
    assert "演示" not in text_of(printed(fonts, *blocks))


def test_a_long_table_repeats_its_head_and_keeps_its_rows(fonts: FontPaths) -> None:
    columns = (Column("序号", 1, "centre"), Column("指标", 3))
    rows = tuple(Row((str(number), f"第{number}项指标")) for number in range(1, 101))
    pdf = printed(fonts, Table(columns, rows, title="绩效目标表"))
    pages = [bare(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) > 3
    assert all("序号指标" in page for page in pages)
    assert in_order([f"{number}第{number}项指标" for number in range(1, 101)], body_of(pdf)) == []


def test_a_row_longer_than_a_page_is_divided_and_loses_nothing(fonts: FontPaths) -> None:
    long = "".join(f"第{number}句话说完。" for number in range(600))
    pdf = printed(fonts, Gap(3), Table((Column("短", 1), Column("长", 3)), (Row(("甲乙", long)), Row(("丙", "丁")))))
    # The head stands again on each page, between two lines of the text.
    whole = body_of(pdf)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) > 2
    assert [number for number in range(600) if f"第{number}句" not in whole.replace("短长", "")] == []
    assert whole.count("甲乙") == 1


def test_equal_neighbours_become_one_cell_and_are_named_again_on_a_new_page(fonts: FontPaths) -> None:
    columns = (Column("一级", 1), Column("二级", 2))
    rows = tuple(Row(("决策", f"指标{number}")) for number in range(30))
    pages = pypdf.PdfReader(io.BytesIO(printed(fonts, Table(columns, rows, merge=1)))).pages
    assert [page.extract_text().count("决策") for page in pages] == [1] * len(pages)
    assert len(pages) == 2


def test_a_heading_is_not_left_alone_at_the_foot_of_a_page(fonts: FontPaths) -> None:
    pdf = printed(fonts, Gap(21), Heading("一、标题"), Paragraph("正文"))
    pages = [bare(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert ["一、标题" in page for page in pages] == [False, True]


def test_headings_in_a_row_go_together_with_what_they_head(fonts: FontPaths) -> None:
    table = Table((Column("一级", 1),), (Row(("决策",)),))
    pdf = printed(fonts, Gap(20), Heading("二、投标"), Heading("某服务中心", 2), table)
    pages = [bare(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert ["二、投标" in page for page in pages] == [False, True]
    assert "某服务中心" in pages[1]


def test_a_long_title_is_divided_evenly(fonts: FontPaths) -> None:
    title = "龙港市综合行政执法局城市管家服务项目支出绩效评价报告"
    lines = [line for line in lines_of(printed(fonts, Title(title))) if line[0].bottom - line[0].top > 20]
    assert "".join(glyph.text for line in lines for glyph in line) == title
    assert len(lines) == 2
    assert abs(len(lines[0]) - len(lines[1])) <= 2


def test_a_configured_face_is_used_and_named_by_its_content(fonts: FontPaths, tmp_path: Path) -> None:
    other = tmp_path / "fangsong.ttf"
    other.write_bytes(fonts.hei.read_bytes())
    configured = FontPaths(song=fonts.song, hei=fonts.hei, fangsong=other, kai=other, xiaobiaosong=other)
    pdf = printed(configured, Title("标题"), Heading("（一）小标题", 2), Paragraph("正文𫍯"))
    assert in_order(["标题", "（一）小标题", "正文𫍯"], text_of(pdf)) == []
    assert pdf != printed(fonts, Title("标题"), Heading("（一）小标题", 2), Paragraph("正文𫍯"))


def test_a_face_with_other_outlines_is_refused_by_its_file(fonts: FontPaths) -> None:
    with pytest.raises(FontsMissing, match=r"NotoSansSC-Regular\.otf 不能用于出具文件：需要 TrueType"):
        printed(FontPaths(song=fonts.song, hei=fonts.hei, kai=sans_path()), Paragraph("甲"))


def test_a_text_table_holds_both_halves_of_a_character_beyond_the_basic_plane() -> None:
    table = to_unicode("F", [0, 0x41, 0x2B36F])
    assert "<01> <0041>" in table
    assert "<02> <D86CDF6F>" in table
