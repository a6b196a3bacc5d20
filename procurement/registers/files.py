"""Files: checked by their content, named by us, kept once, served only by a view that has asked `access`."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import BinaryIO

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, db, portions
from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.foundation.storage import CHUNK, Storage
from procurement.registers.people import User
from procurement.statute.limits import ArchiveBounds


class FileKind(Labelled):
    """What a file is, by its content."""

    PDF = "pdf", word("PDF 文件")
    DOCX = "docx", word("Word 文件")
    XLSX = "xlsx", word("Excel 文件")
    OFD = "ofd", word("OFD 文件")
    JPG = "jpg", word("JPG 图片")
    PNG = "png", word("PNG 图片")
    ZIP = "zip", word("ZIP 压缩包")

    @property
    def media_type(self) -> str:
        """The media type it is served as."""
        return _MEDIA_TYPES[self.value]


_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ofd": "application/ofd",
    "jpg": "image/jpeg",
    "png": "image/png",
    "zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that have been checked and stored, and no row yet: a deed keeps them or they are swept."""

    sha256: str
    size: int
    kind: FileKind
    name: str


class StoredFile(Base):
    """A kept file: what it is, how large, under which name its uploader knew it."""

    __tablename__ = "stored_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column()
    kind: Mapped[FileKind] = mapped_column(enum_column(FileKind, "kind"))
    name: Mapped[str] = mapped_column(String(200))
    kept_at: Mapped[datetime] = mapped_column(Moment)
    kept_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    kept_by: Mapped[User | None] = relationship(lazy="raise")


def unnamed(names: Collection[str]) -> set[str]:
    """Which of these blobs no kept file names."""
    found = set[str]()
    for some in portions(sorted(names)):
        found |= set(db.session.scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(some))))
    return set(names) - found


def tidy_name(name: str, kind: FileKind) -> str:
    """A name that is safe to show and to download under: no path, no control character, the ending of what it is."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(c for c in base if c.isprintable() and c not in '<>:"|?*').strip(". ")
    stem = base.rsplit(".", 1)[0] if "." in base else base
    return f"{stem[:120] or kind.value}.{kind.value}"


def kind_of(stream: BinaryIO, size: int, limit: int) -> FileKind:
    """What the bytes are, by their magic and, for an archive, by all that lies in it; the stream is left at its beginning.

    Raises:
        RuleBroken: empty, over `limit` bytes, of a kind that is not taken, or an archive out of its bounds.
    """
    if size == 0:
        raise empty()
    if size > limit:
        raise too_large(size, limit)
    stream.seek(0)
    kind = kind_by_magic(stream.read(16))
    stream.seek(0)
    return _archive_kind(stream, limit) if kind is FileKind.ZIP else kind


def empty() -> RuleBroken:
    """What is said of a file without a byte."""
    return RuleBroken(word("文件是空的，请选另一个文件。"), field="document")


def too_large(size: int, limit: int) -> RuleBroken:
    """What is said of a file of more than `limit` bytes."""
    return RuleBroken(
        word("文件 {size} 字节，超过上限 {limit} 字节，请压缩或拆分后再上传。"),
        size=size,
        limit=limit,
        field="document",
    )


def kind_by_magic(head: bytes) -> FileKind:
    """What a file that begins with `head` says it is; whatever is an archive by its bytes is a ZIP until it is looked into.

    Raises:
        RuleBroken: of a kind that is not taken.
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    raise RuleBroken(
        word("这不是可以接收的文件。可以上传 PDF、DOCX、XLSX、OFD、JPG、PNG 和 ZIP；按内容判断，改后缀没有用。"),
        field="document",
    )


_MAGIC = (
    (b"%PDF-", FileKind.PDF),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"\xff\xd8\xff", FileKind.JPG),
    (b"PK\x03\x04", FileKind.ZIP),
)


# What an archive begins with, by the bytes at its head; a tape archive says so further in.
_ARCHIVES = (
    b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"\x1f\x9d", b"BZh",
    b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"MSCF", b"LZIP",
)  # fmt: skip
_TAPE = (257, b"ustar")
_HEAD = 512
_DIRECTORY_ENTRY, _DIRECTORY_END, _LOCATOR_64 = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE, _LOCATOR_SIZE, _END_64_SIZE = 22, 20, 56
_LOCAL = struct.Struct("<4s22xHH")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE = 1 << 16


@dataclass(slots=True)
class _Budget:
    """How many bytes an archive and the office files in it may still expand to."""

    whole: int
    left: int

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise RuleBroken(
                word("压缩包解开后超过 {most} 字节，不能接收。请拆分后再上传。"), most=self.whole, field="document"
            )


def _archive_kind(stream: BinaryIO, limit: int) -> FileKind:
    whole = limit * ArchiveBounds.expansion
    try:
        return _looked_into(stream, _Budget(whole, whole), inside=False)
    # NotImplementedError is how zipfile says that an entry is packed by a method it does not know.
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, ValueError, OverflowError, EOFError):
        raise RuleBroken(word("压缩包损坏，打不开。请重新压缩后再上传。"), field="document") from None
    finally:
        stream.seek(0)


def _looked_into(stream: BinaryIO, budget: _Budget, *, inside: bool) -> FileKind:
    """What an archive is, after every byte of it has been unpacked and counted; nothing of it is kept.

    The sizes that an archive gives of itself are not believed. `inside` another one it must be an office file.
    """
    _ensure_few_entries(stream)
    with zipfile.ZipFile(stream) as archive:
        entries = archive.infolist()
    _ensure_apart(entries)
    kind = _office_kind({entry.filename for entry in entries})
    if inside and kind is FileKind.ZIP:
        raise _ArchiveInside
    for entry in entries:
        _ensure_harmless(entry)
        head = _unpacked(stream, entry, budget)
        if kind is FileKind.ZIP and _is_archive(head):
            _ensure_office_file(stream, entry, budget)
    return kind


def _ensure_apart(entries: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse entries that share their bytes: a thousand names for one body cost a thousand times its unpacking."""
    in_order = sorted(entries, key=lambda entry: entry.header_offset)
    for entry, following in pairwise(in_order):
        if entry.header_offset + _LOCAL.size + entry.compress_size > following.header_offset:
            raise zipfile.BadZipFile("entries that overlap")


class _ArchiveInside(Exception):
    """An archive within an archive that is no office file."""


def _office_kind(names: set[str]) -> FileKind:
    if "OFD.xml" in names:
        return FileKind.OFD
    if "[Content_Types].xml" in names:
        if any(name.startswith("word/") for name in names):
            return FileKind.DOCX
        if any(name.startswith("xl/") for name in names):
            return FileKind.XLSX
    return FileKind.ZIP


def _ensure_few_entries(stream: BinaryIO) -> None:
    """Count the entries of the directory before it is read: half a million of them would fill the memory."""
    stream.seek(0)
    content = stream.read()
    # The directory's end stands last, or before a comment; where it is said twice, the wide record rules.
    plain = content[-_END_SIZE:].startswith(_DIRECTORY_END) and content.endswith(b"\0\0")
    end = len(content) - _END_SIZE if plain else content.rfind(_DIRECTORY_END)
    if end < 0:
        raise zipfile.BadZipFile("no directory")
    size = struct.unpack_from("<I", content, end + 12)[0]
    if content[max(end - _LOCATOR_SIZE, 0) :].startswith(_LOCATOR_64):
        size = struct.unpack_from("<Q", content, end - _LOCATOR_SIZE - _END_64_SIZE + 40)[0]
    start = max(end - size - _LOCATOR_SIZE - _END_64_SIZE, 0)
    count = content.count(_DIRECTORY_ENTRY, start, end)
    if count > ArchiveBounds.entries:
        raise RuleBroken(
            word("压缩包里有 {count} 个文件，超过 {most} 个。请拆分后再上传。"),
            count=count, most=ArchiveBounds.entries, field="document",
        )  # fmt: skip


def nameless(refusal: DomainError) -> str:
    """A refusal's sentence without the name that an entry has in its archive: for what is public and stays."""
    values = {**refusal.values, **({"name": "…"} if "name" in refusal.values else {})}
    return str(DomainError(refusal.message, article=refusal.article, **values))


def tidy_entry(name: str) -> str:
    """The name of an archive's entry as a sentence may show it."""
    return "".join(char for char in name if char.isprintable())[-80:]


def _ensure_harmless(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & 1:
        raise RuleBroken(
            word("压缩包里的“{name}”加了密，看不到内容，不能接收。请去掉密码再上传。"),
            name=tidy_entry(entry.filename),
            field="document",
        )
    if entry.compress_type not in _METHODS:
        raise RuleBroken(
            word("压缩包里的“{name}”用了少见的压缩方法，不能接收。请用普通的 ZIP 方法重新压缩。"),
            name=tidy_entry(entry.filename), field="document",
        )  # fmt: skip
    parts = entry.filename.replace("\\", "/").split("/")
    if ".." in parts or entry.filename.startswith(("/", "\\")) or ":" in parts[0]:
        raise RuleBroken(
            word("压缩包里的“{name}”指向压缩包之外的文件夹，不能接收。请重新压缩后再上传。"),
            name=tidy_entry(entry.filename), field="document",
        )  # fmt: skip


def _unpacked(stream: BinaryIO, entry: zipfile.ZipInfo, budget: _Budget, *, most: int = _HEAD) -> bytes:
    """Unpack an entry to its end, counting; returns its first `most` bytes."""
    head, size, check = bytearray(), 0, 0
    for piece in _pieces_of(stream, entry):
        size, check = size + len(piece), zlib.crc32(piece, check)
        budget.spend(len(piece))
        if size > _PIECE and size > ArchiveBounds.ratio * max(entry.compress_size, 1):
            raise RuleBroken(
                word("压缩包里的“{name}”压缩比超过 {most} 倍，不能接收。"),
                name=tidy_entry(entry.filename), most=ArchiveBounds.ratio, field="document",
            )  # fmt: skip
        head += piece[: most - len(head)]
    if size != entry.file_size or check != entry.CRC:
        raise zipfile.BadZipFile("the directory tells of another content")
    return bytes(head)


def _pieces_of(stream: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    if entry.header_offset < 0:
        raise zipfile.BadZipFile("an entry before the beginning")
    stream.seek(entry.header_offset)
    mark, name, extra = _LOCAL.unpack(stream.read(_LOCAL.size))
    if mark != b"PK\x03\x04":
        raise zipfile.BadZipFile("no entry where the directory says")
    stream.seek(name + extra, io.SEEK_CUR)
    left = entry.compress_size
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0:
        packed = stream.read(min(left, _PIECE))
        if not packed:
            raise EOFError
        left -= len(packed)
        if unpacker is None:
            yield packed
            continue
        while packed:
            yield unpacker.decompress(packed, _PIECE)
            packed = unpacker.unconsumed_tail
    if unpacker is not None:
        yield unpacker.flush()


def _is_archive(head: bytes) -> bool:
    place, mark = _TAPE
    return head.startswith(_ARCHIVES) or head[place : place + len(mark)] == mark


def _ensure_office_file(stream: BinaryIO, entry: zipfile.ZipInfo, budget: _Budget) -> None:
    """An office file is an archive by its bytes, and may lie in one; any other archive may not."""
    limit = budget.whole // ArchiveBounds.expansion
    content = _unpacked(stream, entry, _Budget(limit, limit), most=limit)
    try:
        _looked_into(io.BytesIO(content), budget, inside=True)
    except (_ArchiveInside, zipfile.BadZipFile, struct.error):
        raise RuleBroken(
            word("压缩包里还有压缩包“{name}”，请解开后再上传。"), name=tidy_entry(entry.filename), field="document"
        ) from None


def accept(storage: Storage, stream: BinaryIO, name: str, limit: int) -> Upload:
    """Check an uploaded file by its content and store it, in pieces; done before a deed, which keeps it."""
    stream.seek(0, io.SEEK_END)
    size = stream.tell()
    kind = kind_of(stream, size, limit)
    blob = storage.put(_pieces(stream))
    return Upload(blob.sha256, blob.size, kind, tidy_name(name, kind))


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    while piece := stream.read(CHUNK):
        yield piece


def keep(upload: Upload, *, by: User | None, now: datetime) -> StoredFile:
    """Make a row of an accepted upload, in the deed's transaction."""
    stored = StoredFile(
        sha256=upload.sha256,
        size=upload.size,
        kind=upload.kind,
        name=upload.name,
        kept_at=now,
        kept_by_id=by.id if by is not None else None,
    )
    db.session.add(stored)
    return stored
