"""Content-addressed storage: four verbs, never an overwrite.

A blob is named by the SHA-256 of its bytes, so a retried upload costs nothing and a rolled-back deed leaves an
unreferenced blob at worst. Names people gave are kept elsewhere and never reach a path.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Blob:
    """What was stored: SHA-256 in hexadecimal, size in bytes."""

    sha256: str
    size: int


class Storage(Protocol):
    """Where bytes are kept."""

    def put(self, chunks: Iterable[bytes]) -> Blob:
        """Store the bytes if they are not there yet."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """The bytes from their beginning; raises FileNotFoundError."""
        ...

    def exists(self, sha256: str) -> bool:
        """Whether a blob of this name is kept."""
        ...

    def delete(self, sha256: str) -> None:
        """Forget a blob; silent where there is none."""
        ...

    def names(self) -> Iterator[str]:
        """The SHA-256 of every blob kept."""
        ...


def chunks_of(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces of one mebibyte."""
    while piece := stream.read(CHUNK):
        yield piece


class LocalStorage:
    """Files in a folder, two letters of the name to a subfolder, mode 0600."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when it is first needed."""
        self.folder = folder

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise FileNotFoundError(sha256)
        return self.folder / sha256[:2] / sha256

    def put(self, chunks: Iterable[bytes]) -> Blob:
        """Write to a temporary file, then link it to its name unless that name exists."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest, size = hashlib.sha256(), 0
        part = self.folder / f".part-{secrets.token_hex(8)}"
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                for piece in chunks:
                    digest.update(piece)
                    size += len(piece)
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            path = self._path(digest.hexdigest())
            path.parent.mkdir(exist_ok=True, mode=0o700)
            if not path.exists():
                os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        return Blob(digest.hexdigest(), size)

    def open(self, sha256: str) -> BinaryIO:
        """The file, opened for reading."""
        return self._path(sha256).open("rb")

    def exists(self, sha256: str) -> bool:
        """Whether the file is there."""
        return self._path(sha256).exists()

    def delete(self, sha256: str) -> None:
        """Remove the file."""
        self._path(sha256).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """Every stored name; temporary parts are left out."""
        if self.folder.exists():
            for path in self.folder.glob("??/*"):
                yield path.name


class MemoryStorage:
    """The same four verbs in a dictionary: the second implementation that tests use."""

    def __init__(self) -> None:
        """Empty."""
        self.blobs: dict[str, bytes] = {}

    def put(self, chunks: Iterable[bytes]) -> Blob:
        """Keep the joined bytes."""
        content = b"".join(chunks)
        sha256 = hashlib.sha256(content).hexdigest()
        self.blobs.setdefault(sha256, content)
        return Blob(sha256, len(content))

    def open(self, sha256: str) -> BinaryIO:
        """The bytes as a stream."""
        if sha256 not in self.blobs:
            raise FileNotFoundError(sha256)
        return io.BytesIO(self.blobs[sha256])

    def exists(self, sha256: str) -> bool:
        """Whether it is kept."""
        return sha256 in self.blobs

    def delete(self, sha256: str) -> None:
        """Forget it."""
        self.blobs.pop(sha256, None)

    def names(self) -> Iterator[str]:
        """Every stored name."""
        yield from list(self.blobs)
