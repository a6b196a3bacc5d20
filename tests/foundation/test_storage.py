"""Storage: both implementations keep the same promises, and files keep one more, not to leave their folder."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from procurement.foundation.storage import CHUNK, LocalStorage, MemoryStorage, Storage, chunks_of

TEXT = "协议正文".encode()
NAME = hashlib.sha256(TEXT).hexdigest()
UNKNOWN = "0" * 64


@pytest.fixture(params=["local", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return LocalStorage(tmp_path / "files") if request.param == "local" else MemoryStorage()


def test_a_blob_is_named_by_its_bytes_and_read_back(storage: Storage) -> None:
    blob = storage.put([TEXT[:5], TEXT[5:]])
    assert (blob.sha256, blob.size) == (NAME, len(TEXT))
    with storage.open(NAME) as stream:
        assert stream.read() == TEXT


def test_the_same_bytes_are_kept_once(storage: Storage) -> None:
    assert storage.put([TEXT]) == storage.put(iter([TEXT]))
    assert list(storage.names()) == [NAME]


def test_nothing_at_all_can_be_kept(storage: Storage) -> None:
    blob = storage.put([])
    assert blob.size == 0
    assert storage.exists(blob.sha256)


def test_what_is_not_there_is_not_found(storage: Storage) -> None:
    assert not storage.exists(UNKNOWN)
    with pytest.raises(FileNotFoundError):
        storage.open(UNKNOWN)
    assert list(storage.names()) == []


def test_a_forgotten_blob_is_gone_and_forgetting_twice_is_quiet(storage: Storage) -> None:
    storage.put([TEXT])
    storage.delete(NAME)
    storage.delete(NAME)
    assert not storage.exists(NAME)
    assert list(storage.names()) == []


def test_a_stream_is_cut_into_pieces_of_one_mebibyte() -> None:
    pieces = list(chunks_of(io.BytesIO(b"x" * (2 * CHUNK + 1))))
    assert [len(piece) for piece in pieces] == [CHUNK, CHUNK, 1]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 63 + "/", "." * 64])
def test_a_name_that_is_no_digest_never_reaches_a_path(tmp_path: Path, name: str) -> None:
    storage = LocalStorage(tmp_path / "files")
    for verb in (storage.open, storage.exists, storage.delete):
        with pytest.raises(FileNotFoundError):
            verb(name)


def test_files_and_their_folder_are_closed_to_others(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "files")
    storage.put([TEXT])
    assert (tmp_path / "files" / NAME[:2] / NAME).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield TEXT
        raise ConnectionError("gone")

    storage = LocalStorage(tmp_path / "files")
    with pytest.raises(ConnectionError):
        storage.put(broken())
    assert list((tmp_path / "files").iterdir()) == []


def test_a_repeated_upload_does_not_touch_the_file_that_is_there(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "files")
    storage.put([TEXT])
    path = tmp_path / "files" / NAME[:2] / NAME
    before = (path.stat().st_ino, path.stat().st_mtime_ns)
    storage.put([TEXT])
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before
    assert [entry.name for entry in (tmp_path / "files").iterdir()] == [NAME[:2]]
