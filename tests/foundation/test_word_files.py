"""The text of Word files: real ones, written by a library and by hand, broken ones, and those that are made to do harm."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from procurement.foundation.errors import RuleBroken
from procurement.foundation.word_files import text_of_word

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"


def read(content: bytes, *, most_bytes: int = 1 << 20, most_characters: int = 10_000) -> str:
    return text_of_word(io.BytesIO(content), most_bytes=most_bytes, most_characters=most_characters)


def archive(parts: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, text in parts.items():
            written.writestr(name, text)
    return stream.getvalue()


def body(inside: str, namespace: str = W, prefix: str = "w") -> str:
    return f'<?xml version="1.0"?><{prefix}:document xmlns:{prefix}="{namespace}"><{prefix}:body>{inside}</{prefix}:body></{prefix}:document>'


def of_body(inside: str, **more: str) -> str:
    return read(archive({"word/document.xml": body(inside), **more}))


def test_a_file_of_the_library_is_read_whole() -> None:
    document = docx.Document()
    document.add_heading("方案附件", 1)
    document.add_paragraph("采用劳务").add_run("派遣")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "岗位"
    table.cell(0, 1).text = "公益岗"
    document.sections[0].header.paragraphs[0].text = "页眉里的举债"
    document.sections[0].footer.paragraphs[0].text = "页脚里的融资"
    stream = io.BytesIO()
    document.save(stream)
    lines = read(stream.getvalue()).splitlines()
    assert lines[:4] == ["方案附件", "采用劳务派遣", "岗位", "公益岗"]
    assert set(lines[4:]) == {"页眉里的举债", "页脚里的融资"}


def test_runs_breaks_and_tabs_make_one_line() -> None:
    assert of_body("<w:p><w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t><w:br/><w:t>丙</w:t></w:r></w:p>") == "甲\t乙\n丙"


def test_inserted_text_is_read_and_deleted_or_moved_text_is_not() -> None:
    text = of_body(
        "<w:p><w:r><w:t>采用</w:t></w:r><w:ins><w:r><w:t>劳务</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>自有</w:delText><w:t>人员</w:t></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>原处</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>派遣</w:t></w:r></w:moveTo></w:p>"
    )
    assert text == "采用劳务派遣"


def test_the_code_of_a_field_is_no_text_of_the_file() -> None:
    assert of_body("<w:p><w:r><w:instrText>举债</w:instrText></w:r><w:r><w:t>第 1 页</w:t></w:r></w:p>") == "第 1 页"


def test_a_text_box_in_the_middle_of_a_word_does_not_break_it() -> None:
    text = of_body(
        "<w:p><w:r><w:t>劳务</w:t></w:r><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>框里一行</w:t></w:r></w:p>"
        "<w:p><w:r><w:t>框里举债</w:t></w:r></w:p></w:txbxContent></w:pict></w:r><w:r><w:t>派遣</w:t></w:r></w:p>"
    )
    assert text.splitlines() == ["劳务派遣", "框里一行", "框里举债"]


def test_the_reading_above_a_character_does_not_break_a_word() -> None:
    def ruby(reading: str, character: str) -> str:
        return (
            f"<w:r><w:ruby><w:rt><w:r><w:t>{reading}</w:t></w:r></w:rt>"
            f"<w:rubyBase><w:r><w:t>{character}</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        )

    assert of_body(f"<w:p>{ruby('jǔ', '举')}{ruby('zhài', '债')}</w:p>").splitlines()[0] == "举债"


def test_notes_comments_and_diagrams_are_read_and_styles_are_not() -> None:
    note = f'<w:footnotes xmlns:w="{W}"><w:footnote><w:p><w:r><w:t>脚注</w:t></w:r></w:p></w:footnote></w:footnotes>'
    drawing = '<d:m xmlns:d="d" xmlns:a="a"><d:t><a:p><a:r><a:t>图示</a:t></a:r></a:p></d:t></d:m>'
    parts = {
        "word/footnotes.xml": note, "word/endnotes.xml": note.replace("脚注", "尾注"),
        "word/comments.xml": note.replace("脚注", "批注"), "word/diagrams/data1.xml": drawing,
        "word/styles.xml": note.replace("脚注", "样式"),
    }  # fmt: skip
    assert set(of_body("<w:p><w:r><w:t>正文</w:t></w:r></w:p>", **parts).splitlines()) == {
        "正文", "脚注", "尾注", "批注", "图示",
    }  # fmt: skip


def test_the_strict_form_and_another_prefix_are_read_alike() -> None:
    inside = "<x:p><x:r><x:t>举债</x:t></x:r></x:p>"
    assert read(archive({"word/document.xml": body(inside, STRICT, "x")})) == "举债"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 and nothing more",
        archive({"xl/workbook.xml": "<a/>"}),
        archive({"word/document.xml": "<w:document><w:p>"}),
        archive({"word/document.xml": body("<w:p>").replace("<w:p>", "<w:p></w:q>")}),
        archive({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "举债">]><a><t>&b;</t></a>'}),
        archive({"word/document.xml": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'}),
        archive({"word/document.xml": body("<w:p/>")})[:-30],
    ],
)
def test_a_broken_file_is_refused_with_what_to_do(content: bytes) -> None:
    with pytest.raises(RuleBroken, match="另存以后再上传") as refused:
        read(content)
    assert refused.value.field == "document"


def test_a_file_with_too_many_characters_is_refused_with_the_bound() -> None:
    content = archive({"word/document.xml": body(f"<w:p><w:r><w:t>{'字' * 101}</w:t></w:r></w:p>")})
    with pytest.raises(RuleBroken, match="超过 100 字"):
        read(content, most_characters=100)


def test_a_file_that_unpacks_to_too_much_is_refused() -> None:
    content = archive({"word/document.xml": body("<w:p/>" * 500_000)})
    with pytest.raises(RuleBroken, match="解开后太大"):
        read(content, most_bytes=1 << 20)


def test_a_file_nested_without_end_is_read_or_refused_and_nothing_else() -> None:
    content = archive({"word/document.xml": body("<w:r>" * 50_000 + "</w:r>" * 50_000)})
    assert read(content) == ""
