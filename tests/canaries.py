"""Canaries: what a sealed bid holds, in every writing in which it could turn up, and everything there is to search.

A search that finds nothing proves something only where the same search finds all of it once the bids are opened: each test that
uses this looks for that too.
"""

from __future__ import annotations

import base64
import io
import logging
import quopri
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import text

from procurement.foundation.database import db
from procurement.foundation.money import Money
from tests import databases
from tests.factories import World, snapshot

_FULL_WIDTH = str.maketrans("0123456789.,", "０１２３４５６７８９．，")


@dataclass(frozen=True)
class Canary:
    """What one bid holds and nothing else does."""

    price: Money
    words: str = "只有两位持有人才能读到的一句话"
    name: str = "响应方案甲.pdf"
    lead: str = "赵项目负责人"
    staff: str = "钱工程师"

    @classmethod
    def drawn(cls) -> Canary:
        """One of its own: databases are used by one test after the other, and what a former one opened is still on the disk.

        The price has nine digits in fen, ends in no zero and lies below every ceiling of the tests.
        """
        price = Money(110_000_000 + secrets.randbelow(1_700_000) * 10 + 1 + secrets.randbelow(9))
        return cls(
            price, f"只有持有人才能读到的{_drawn(6)}", f"响应方案{_drawn(4)}.pdf", f"赵{_drawn(3)}", f"钱{_drawn(3)}"
        )

    def document(self, size: int = 0) -> bytes:
        """A file that says the words, and then as much as makes it so large."""
        head = f"%PDF-1.4\n% canary {self.words}\n%%EOF\n".encode()
        return head + b"%" * (size - len(head))

    @cached_property
    def as_it_is(self) -> Mapping[str, bytes]:
        """In the writings in which it is stored once it is opened: the price in fen, as text and as a whole number."""
        said = {
            "price": str(self.price.fen), "price in yuan": self.price.plain, "price with commas": self.price.plain_with_commas,
            "price in words": self.price.in_words().removeprefix("人民币"), "words": self.words, "name": self.name,
            "stem": self.name.removesuffix(".pdf"), "lead": self.lead, "staff": self.staff,
        }  # fmt: skip
        found = {what: written.encode() for what, written in said.items()} | {"document": b"% canary"}
        for order in ("little", "big"):
            found[f"price, {order} end first"] = self.price.fen.to_bytes(8, order)  # type: ignore[arg-type]
        return found

    @cached_property
    def in_every_writing(self) -> Mapping[str, bytes]:
        """The same in other encodings too: of pages, addresses, letters, JSON."""
        found = dict(self.as_it_is)
        found["price in full width"] = self.price.plain_with_commas.translate(_FULL_WIDTH).encode()
        for what in ("price in words", "words", "stem", "lead", "staff"):
            plain = self.as_it_is[what]
            said = plain.decode()
            found |= {
                f"{what} in UTF-16": said.encode("utf-16-le"),
                f"{what} in GBK": said.encode("gbk"),
                f"{what} escaped": said.encode("unicode-escape"),
                f"{what} in an address": quote(said).encode(),
                f"{what} in a letter": quopri.encodestring(plain)[:60].rstrip(b"=\n"),
                **{f"{what} in Base64, {at}": _in_base64(plain, at) for at in range(3)},
            }
        return found

    def seen_in(self, content: bytes, writings: Mapping[str, bytes] | None = None) -> list[str]:
        """What of it stands in some bytes."""
        searched = self.in_every_writing if writings is None else writings
        return [what for what, written in searched.items() if written in content]


def _drawn(count: int) -> str:
    """So many characters of the most usual ones, which every font has."""
    usual = (bytes([0xB0 + secrets.randbelow(0x27), 0xA1 + secrets.randbelow(94)]) for _ in range(count))
    return "".join(pair.decode("gb2312") for pair in usual)


def _in_base64(plain: bytes, at: int) -> bytes:
    """How bytes look in Base64 that begins `at` bytes before them: without the characters that depend on their neighbours."""
    first = -(-at * 4 // 3)
    whole = (at + len(plain)) // 3 * 4
    return base64.b64encode(bytes(at) + plain)[first + (at > 0) : whole]


# ── everything there is to search ──────────────────────────────────────────────────────────────────────────────────


def everything_stored(world: World) -> bytes:
    """Every row of every table, what is sealed under the instance's own keys in clear; and every blob."""
    rows = b"".join(
        cell if isinstance(cell, bytes) else str(getattr(cell, "fen", cell)).encode()
        for table in snapshot().values()
        for row in table
        for cell in row
    )
    blobs = []
    for name in world.storage.names():
        with world.storage.open(name) as blob:
            blobs.append(blob.read())
    return rows + b"".join(blobs)


@contextmanager
def everything_said() -> Iterator[io.StringIO]:
    """Everything that any logger says meanwhile, the database's statements and their parameters among it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root, engine = logging.getLogger(), logging.getLogger("sqlalchemy.engine")
    before = (root.level, engine.level)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    engine.setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        engine.setLevel(before[1])


def copied(place: Path, to: Path) -> dict[str, bytes]:
    """Every file of an instance in a copy of it: the database of SQLite and its journal, stored files, letters, keys, what is spooled.

    What is linked to from there (fonts, translations) was there before the instance.
    """
    shutil.copytree(
        place, to, ignore=lambda folder, names: [name for name in names if (Path(folder) / name).is_symlink()]
    )
    found = {str(path.relative_to(to)): path.read_bytes() for path in to.rglob("*") if path.is_file()}
    for name, content in list(found.items()):
        if name.endswith(".eml"):
            letter = message_from_bytes(content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            found[f"{name}, read"] = f"{letter['Subject']} {letter['To']} {letter.get_content()}".encode()
    shutil.rmtree(to)
    return found


def journal_begins() -> str:
    """Where the journal of PostgreSQL stands now; empty for SQLite, whose journal is a file of the instance."""
    if db.engine.dialect.name == "sqlite":
        return ""
    with db.engine.connect() as connection:
        return str(connection.scalar(text("SELECT pg_walfile_name(pg_current_wal_lsn())")))


def written_by_postgres(since: str) -> Iterator[tuple[str, bytes]]:
    """The journal since then and the files of this database, as they lie on the disk of a PostgreSQL that the tests have started."""
    server = databases.postgres() if since else None
    if server is None or server.data is None:
        return
    with db.engine.connect() as connection:
        number = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
        last = str(connection.scalar(text("SELECT pg_walfile_name(pg_current_wal_lsn())")))
    data = Path(server.data)
    yield from _read([path for path in (data / "pg_wal").iterdir() if since <= path.name <= last])
    # Only now: what is on the disk afterwards need no longer be in the journal.
    server.execute("CHECKPOINT")
    yield from _read((data / "base" / str(number)).iterdir())


def _read(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        # The server may put a file away meanwhile.
        with suppress(FileNotFoundError):
            yield f"{path.parent.name}/{path.name}", path.read_bytes()
