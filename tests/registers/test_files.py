"""Files: known by their content, archives looked into to the last byte, names that are ours, kept once."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import pytest

from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken
from procurement.foundation.storage import MemoryStorage
from procurement.registers import files
from procurement.registers.files import FileKind, StoredFile, Upload, accept, kind_of, nameless, tidy_name
from tests.factories import World

LIMIT = 1 << 20
PDF = b"%PDF-1.7\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
JPG = b"\xff\xd8\xff\xe0" + bytes(20)


def archive(entries: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return out.getvalue()


DOCX = archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
XLSX = archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<x/>"})
OFD = archive({"OFD.xml": b"<ofd/>", "Doc_0/Document.xml": b"<d/>"})


def kind(content: bytes, limit: int = LIMIT) -> FileKind:
    return kind_of(io.BytesIO(content), len(content), limit)


def refused(content: bytes, part: str, limit: int = LIMIT) -> RuleBroken:
    stream = io.BytesIO(content)
    with pytest.raises(RuleBroken) as caught:
        kind_of(stream, len(content), limit)
    assert part in str(caught.value), str(caught.value)
    assert caught.value.field == "document"
    return caught.value


# ── kinds ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PDF, FileKind.PDF), (PNG, FileKind.PNG), (JPG, FileKind.JPG), (DOCX, FileKind.DOCX), (XLSX, FileKind.XLSX),
        (OFD, FileKind.OFD), (archive({"a.txt": b"a"}), FileKind.ZIP),
    ],
)  # fmt: skip
def test_each_kind_is_known_by_its_content_and_the_stream_is_left_at_its_beginning(
    content: bytes, expected: FileKind
) -> None:
    stream = io.BytesIO(content)
    assert kind_of(stream, len(content), LIMIT) is expected
    assert stream.tell() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + bytes(100), b"\x7fELF" + bytes(100), b"<html><script>alert(1)</script></html>", b"GIF89a" + bytes(20),
        b"Rar!\x1a\x07\x00" + bytes(20), b"7z\xbc\xaf\x27\x1c" + bytes(20), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20),
        b" %PDF-1.7", b"PK\x05\x06" + bytes(18), b"hello",
    ],
)  # fmt: skip
def test_what_is_of_no_taken_kind_is_refused_whatever_its_name(content: bytes) -> None:
    assert refused(content, "按内容判断，改后缀没有用")


def test_an_empty_file_and_one_over_the_limit_are_refused_with_both_numbers() -> None:
    assert refused(b"", "空的")
    assert refused(PDF + bytes(LIMIT), f"{len(PDF) + LIMIT} 字节")
    assert refused(PDF + bytes(LIMIT), f"上限 {LIMIT} 字节")
    assert kind(PDF + bytes(LIMIT - len(PDF))) is FileKind.PDF


# ── archives ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_thousand_entries_are_taken_and_a_thousand_and_one_are_not() -> None:
    assert kind(archive({f"{number}.txt": b"x" for number in range(1000)})) is FileKind.ZIP
    assert refused(archive({f"{number}.txt": b"x" for number in range(1001)}), "1001 个文件，超过 1000 个")


def test_the_count_of_entries_that_an_archive_gives_of_itself_is_not_believed() -> None:
    content = bytearray(archive({f"{number}.txt": b"" for number in range(1200)}))
    end = content.rfind(b"PK\x05\x06")
    content[end + 8 : end + 12] = struct.pack("<HH", 3, 3)
    content[end + 16 : end + 20] = struct.pack("<I", len(content) - 30)
    assert refused(bytes(content), "1200 个文件")


def test_an_office_file_of_too_many_entries_is_refused_too() -> None:
    many = {f"word/{number}.xml": b"" for number in range(1000)}
    assert refused(archive({"[Content_Types].xml": b"", **many}), "1001 个文件")


def test_a_bomb_is_refused_for_its_ratio() -> None:
    assert refused(archive({"zeros.bin": bytes(4 * LIMIT)}), "压缩比超过 200 倍")


def test_an_archive_that_expands_to_more_than_eight_times_the_limit_is_refused() -> None:
    # Every entry stays below the ratio; together they are too much.
    block = (b"abcdefgh" * 4 + bytes(range(256))) * 400
    entries = {f"{number}.bin": block + str(number).encode() for number in range(90)}
    content = archive(entries)
    assert len(content) < LIMIT
    assert sum(map(len, entries.values())) > 8 * LIMIT
    assert refused(content, f"解开后超过 {8 * LIMIT} 字节")


def test_an_honest_archive_of_eight_times_the_limit_is_taken() -> None:
    block = (b"abcdefgh" * 4 + bytes(range(256))) * 400
    entries = {f"{number}.bin": block for number in range(8 * LIMIT // len(block))}
    assert kind(archive(entries)) is FileKind.ZIP


def test_a_size_that_an_archive_lies_about_is_found_by_unpacking() -> None:
    content = bytearray(archive({"small.txt": bytes(range(256)) * 1000}))
    told = struct.pack("<I", 10)
    content[22:26] = told
    directory = content.rfind(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = told
    content[14:18] = content[directory + 16 : directory + 20] = struct.pack("<I", zlib.crc32(bytes(range(10))))
    assert refused(bytes(content), "压缩包损坏")


@pytest.mark.parametrize(
    "inner",
    [
        archive({"a.txt": b"a"}), archive({}), b"Rar!\x1a\x07\x00" + bytes(40), b"7z\xbc\xaf\x27\x1c" + bytes(40),
        b"\x1f\x8b\x08" + bytes(40), b"BZh9" + bytes(40), b"\xfd7zXZ\x00" + bytes(40), b"\x28\xb5\x2f\xfd" + bytes(40),
        b"MSCF" + bytes(40), bytes(257) + b"ustar\x0000" + bytes(250),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["inner.zip", "inner.txt", "inner.docx"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_inside_an_archive_is_refused_whatever_it_is_called(inner: bytes, name: str, method: int) -> None:
    assert refused(archive({"readme.txt": b"r", name: inner}, method), f"还有压缩包“{name}”")


def test_office_files_inside_an_archive_are_taken_by_their_content() -> None:
    assert kind(archive({"方案.docx": DOCX, "报价.bin": XLSX, "版式.ofd": OFD, "图.png": PNG})) is FileKind.ZIP


def test_entries_that_share_one_body_are_refused_before_they_are_unpacked() -> None:
    # Two names in the directory, and both lead to the first entry's bytes.
    honest = archive({"a.bin": bytes(5000), "b.bin": bytes(5000)})
    at = honest.rindex(b"PK\x01\x02") + 42
    shared = honest[:at] + bytes(4) + honest[at + 4 :]
    assert kind(honest) is FileKind.ZIP
    assert refused(shared, "压缩包损坏")


def test_a_refusal_can_be_told_without_the_name_that_stands_in_the_archive() -> None:
    refusal = refused(archive({"某人收了钱\U0001f600.txt": b"a" * 100}, zipfile.ZIP_BZIP2), "某人收了钱")
    assert "某人" not in nameless(refusal)
    assert nameless(refusal).startswith("压缩包里的“…”用了少见的压缩方法")


def test_a_bomb_dressed_as_an_office_file_inside_an_archive_is_refused() -> None:
    bomb = archive({"[Content_Types].xml": b"", "word/document.xml": bytes(4 * LIMIT)})
    assert refused(archive({"方案.docx": bomb}, zipfile.ZIP_STORED), "压缩比超过 200 倍")


def test_an_encrypted_entry_is_refused() -> None:
    content = bytearray(archive({"secret.txt": b"secret"}))
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(content), "加了密")


def test_an_uncommon_method_is_refused() -> None:
    assert refused(archive({"a.txt": b"a" * 100}, zipfile.ZIP_BZIP2), "少见的压缩方法")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:/windows/x"])
def test_an_entry_that_points_outside_is_refused(name: str) -> None:
    assert refused(archive({name: b"x"}), "指向压缩包之外")


@pytest.mark.parametrize("cut", [30, 60, 100])
def test_a_damaged_archive_is_refused_in_words(cut: int) -> None:
    content = archive({"a.txt": b"abc" * 50, "b.txt": b"b"})
    assert refused(content[:-cut], "压缩包损坏")


def test_a_changed_byte_of_the_packed_data_is_a_refusal_and_no_crash() -> None:
    content = archive({"a.txt": bytes(range(256)) * 20})
    refusals = 0
    for place in range(30, 80):
        changed = bytearray(content)
        changed[place] ^= 0xFF
        try:
            kind(bytes(changed))
        except RuleBroken:
            refusals += 1
    assert refusals > 40


# ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("投标文件.pdf", "投标文件.pdf"), ("a.b.PDF", "a.b.pdf"), ("../../etc/passwd", "passwd.pdf"),
        ("C:\\文件\\方案.exe", "方案.pdf"), ("x\r\nSet-Cookie: a.pdf", "xSet-Cookie a.pdf"), ("", "pdf.pdf"),
        ("\u202efdp.exe", "fdp.pdf"), ("...", "pdf.pdf"), ("长" * 300 + ".pdf", "长" * 120 + ".pdf"),
    ],
)  # fmt: skip
def test_a_name_has_no_path_no_control_character_and_the_ending_of_what_it_is(name: str, tidy: str) -> None:
    assert tidy_name(name, FileKind.PDF) == tidy


def test_a_file_is_served_as_what_it_is() -> None:
    assert FileKind.DOCX.media_type.endswith("wordprocessingml.document")
    assert {kind.media_type for kind in FileKind} & {"text/html", "image/svg+xml"} == set()


# ── keeping ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_accepted_file_is_stored_by_its_content_once() -> None:
    storage = MemoryStorage()
    first = accept(storage, io.BytesIO(PDF), "一.pdf", LIMIT)
    second = accept(storage, io.BytesIO(PDF), "二.pdf", LIMIT)
    assert first.sha256 == second.sha256
    assert (first.name, second.name) == ("一.pdf", "二.pdf")
    assert list(storage.blobs.values()) == [PDF]


def test_a_refused_file_is_not_stored() -> None:
    storage = MemoryStorage()
    with pytest.raises(RuleBroken):
        accept(storage, io.BytesIO(b"MZ"), "a.pdf", LIMIT)
    assert storage.blobs == {}


def test_a_kept_file_knows_who_kept_it_and_when(world: World) -> None:
    officer = world.people.officer
    stored = files.keep(Upload("0" * 64, 15, FileKind.PDF, "方案.pdf"), by=officer, now=world.now)
    db.session.commit()
    row = db.session.get(StoredFile, stored.id)
    assert row is not None
    assert (row.kept_by_id, row.kept_at, row.kind) == (officer.id, world.now, FileKind.PDF)
