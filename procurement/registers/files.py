"""Files: checked by their content, named by us, kept once, served only by a view that has asked `access`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, db
from procurement.foundation.errors import RuleBroken
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


def tidy_name(name: str, kind: FileKind) -> str:
    """A name that is safe to show and to download under: no path, no control character, the ending of what it is."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(c for c in base if c.isprintable() and c not in '<>:"|?*').strip(". ")
    stem = base.rsplit(".", 1)[0] if "." in base else base
    return f"{stem[:120] or kind.value}.{kind.value}"


def kind_of(stream: BinaryIO, size: int, limit: int) -> FileKind:
    """What the bytes are, by their magic and, for an archive, by what lies in it; the stream is left at its beginning.

    Raises:
        RuleBroken: empty, over `limit` bytes, of a kind that is not taken, or an archive out of its bounds.
    """
    if size == 0:
        raise RuleBroken(word("文件是空的，请选另一个文件。"), field="document")
    if size > limit:
        raise RuleBroken(
            word("文件 {size} 字节，超过上限 {limit} 字节，请压缩或拆分后再上传。"),
            size=size,
            limit=limit,
            field="document",
        )
    stream.seek(0)
    head = stream.read(16)
    stream.seek(0)
    if head.startswith(b"%PDF-"):
        return FileKind.PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.JPG
    if head.startswith(b"PK\x03\x04"):
        return _archive_kind(stream, limit)
    raise RuleBroken(
        word("这不是可以接收的文件。可以上传 PDF、DOCX、XLSX、OFD、JPG、PNG 和 ZIP；按内容判断，改后缀没有用。"),
        field="document",
    )


def _archive_kind(stream: BinaryIO, limit: int) -> FileKind:
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise RuleBroken(word("压缩包损坏，打不开。"), field="document") from None
    finally:
        stream.seek(0)
    _ensure_archive_bounds(entries, limit)
    names = {entry.filename for entry in entries}
    if "OFD.xml" in names:
        return FileKind.OFD
    if "[Content_Types].xml" in names:
        if any(name.startswith("word/") for name in names):
            return FileKind.DOCX
        if any(name.startswith("xl/") for name in names):
            return FileKind.XLSX
    for entry in entries:
        _ensure_no_archive_inside(stream, entry)
    return FileKind.ZIP


def _ensure_archive_bounds(entries: list[zipfile.ZipInfo], limit: int) -> None:
    if len(entries) > ArchiveBounds.entries:
        raise RuleBroken(
            word("压缩包里有 {count} 个文件，超过 {most} 个。"),
            count=len(entries),
            most=ArchiveBounds.entries,
            field="document",
        )
    expanded = sum(entry.file_size for entry in entries)
    if expanded > limit * ArchiveBounds.expansion:
        raise RuleBroken(
            word("压缩包解开后有 {expanded} 字节，超过 {most} 字节。"),
            expanded=expanded,
            most=limit * ArchiveBounds.expansion,
            field="document",
        )
    for entry in entries:
        if entry.file_size > ArchiveBounds.ratio * max(entry.compress_size, 1) and entry.file_size > CHUNK:
            raise RuleBroken(
                word("压缩包里的“{name}”压缩比超过 {most} 倍，不能接收。"),
                name=entry.filename[:80],
                most=ArchiveBounds.ratio,
                field="document",
            )


_ARCHIVES = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")


def _ensure_no_archive_inside(stream: BinaryIO, entry: zipfile.ZipInfo) -> None:
    try:
        with zipfile.ZipFile(stream) as archive, archive.open(entry) as inner:
            head = inner.read(8)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError):
        raise RuleBroken(
            word("压缩包里的“{name}”加了密或已损坏，不能接收。"), name=entry.filename[:80], field="document"
        ) from None
    finally:
        stream.seek(0)
    office = entry.filename.lower().endswith((".docx", ".xlsx", ".ofd"))
    if head.startswith(_ARCHIVES) and not office:
        raise RuleBroken(
            word("压缩包里还有压缩包“{name}”，请解开后再上传。"), name=entry.filename[:80], field="document"
        )


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
