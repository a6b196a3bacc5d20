"""(a) Submitting a sealed bid of 2 MB beside encrypting, writing, syncing and committing alone."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.burst import token_of_file
from benchmarks.instances import Made, made
from benchmarks.measures import Measure, interleaved, middle, profile_of
from benchmarks.servers import token_of
from procurement.foundation.envelopes import PIECE, make_pair, seal_piece
from tests.conftest import START

GOAL, ROUNDS, SIZE = 1.5, 30, 2 << 20


def measure(say: Callable[[str], None]) -> list[Measure]:
    """Both in this process, on the same disk and the same kind of database."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("JIELI_BENCH_FOLDER")) as folder:
        place = Path(folder)
        say("an announcement that takes bids is made")
        with made(place, f"sqlite:///{place / 'jieli.sqlite3'}", START) as instance:
            submit, floor = _ours(instance), _floor(place)
            ours, beneath = interleaved(submit, floor, ROUNDS)
            measure = Measure(
                "2 MB", "ms", middle(ours) * 1000, middle(beneath) * 1000, middle(ours) / middle(beneath), GOAL, at_least=False
            )  # fmt: skip
            say(f"2 MB: {measure.ours:.1f} ms, the floor {measure.floor:.1f} ms")
            if measure.is_met:
                return [measure]
            reason = (
                "The floor seals, writes one file, syncs it and commits one row. Ours comes as two forms, each asked who"
                " sends it and whether they may; the file is sealed piece by piece, each piece is a file of its own that is"
                " synced before its row is written, and both deeds leave their lines in the audit's chain."
            )
            return [measure.explained(profile_of(submit), reason)]


def _ours(instance: Made) -> Callable[[], None]:
    """A bidder's browser: the file by the form without JavaScript, then the price."""
    announcement = instance.world.announced()
    (cookies,) = instance.cookies([instance.world.people.providers[0]])
    client: FlaskClient = instance.app.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value)
    address, content = f"/announcements/{announcement.id}/bid", b"%PDF-1.4\n" + os.urandom(SIZE - 9)
    token = token_of(client.get(address).data)

    def submit() -> None:
        upload_key, form_key = secrets.token_hex(16), secrets.token_hex(16)
        file = token_of_file(upload_key)
        sealed = client.post(
            f"{address}/files",
            data={"csrf_token": token, "upload_key": upload_key, "document": (io.BytesIO(content), "服务方案.pdf")},
        )
        assert sealed.status_code == 303, sealed.get_data(as_text=True)
        lodged = client.post(
            address,
            data={
                "csrf_token": token, "form_key": form_key, "edition": "1", "price": "1200000", "lead": "李四", "truthful": "y",
                "independent": "y", "files": file,
            },
        )  # fmt: skip
        assert lodged.status_code == 303, lodged.get_data(as_text=True)

    return submit


def _floor(place: Path) -> Callable[[], None]:
    """Encrypt, write, sync, commit; nothing is asked and nothing is checked."""
    _private, public = make_pair()
    content, files = b"%PDF-1.4\n" + os.urandom(SIZE - 9), place / "floor"
    files.mkdir()
    database = sqlite3.connect(place / "floor.sqlite3", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("CREATE TABLE bids (id INTEGER PRIMARY KEY, sha256 TEXT, keys BLOB)")

    def submit() -> None:
        keys, digest, path = [], hashlib.sha256(), files / secrets.token_hex(16)
        with path.open("wb") as out:
            for at in range(0, SIZE, PIECE):
                piece = seal_piece(content[at : at + PIECE], public, f"floor {at}")
                keys.append(piece.wrapped_key)
                digest.update(piece.wrapped_key + piece.ciphertext)
                out.write(piece.ciphertext)
            out.flush()
            os.fsync(out.fileno())
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO bids (sha256, keys) VALUES (?, ?)", (digest.hexdigest(), b"".join(keys)))
        database.execute("COMMIT")

    return submit
