"""What was sealed before there were three holders, brought over by the migration and opened by its one passphrase."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import Boolean, Connection, DateTime, Integer, MetaData, Table, select, text

from procurement.config import Settings
from procurement.foundation import sealing
from procurement.foundation.clock import FixedClock
from procurement.foundation.database import db
from procurement.foundation.errors import Refusals
from procurement.foundation.storage import MemoryStorage
from procurement.steps.announcement.models import AnnouncementVersion, VersionKind
from procurement.steps.holders.keys import Told, open_competition_key
from procurement.steps.holders.models import CompetitionKey, HolderKey, competition_key_of_announcement
from tests.foundation.landed import ENVELOPE, PAIR, PASSPHRASE, PUBLIC, SEALED

LANDED = "0001_the_building"
AT = datetime(2025, 9, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def landed(empty_database: str, clock: FixedClock, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database of the first revision, its context pushed."""
    from procurement.web.application import create_app

    place = tmp_path / "landed"
    place.mkdir()
    settings = Settings(instance=place, database_url=empty_database, files_folder=place, fonts_folder=place)
    app = create_app(settings, clock, MemoryStorage(), testing=True)
    with app.app_context():
        flask_migrate.upgrade(revision=LANDED)
        yield app
        db.session.remove()
        db.engine.dispose()


def put(connection: Connection, name: str, **values: Any) -> None:
    """A row of a table as it was; what must not be empty and was not told is something."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
        table = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
    for column in table.columns:
        if column.name in values or column.nullable:
            continue
        if isinstance(column.type, Boolean):
            values[column.name] = False
        elif isinstance(column.type, DateTime):
            values[column.name] = AT
        elif isinstance(column.type, Integer):
            values[column.name] = 1
        else:
            values[column.name] = f"{values.get('id', '')}{name}"[: getattr(column.type, "length", None)]
    connection.execute(table.insert().values(**values))


def put_people_and_transfers(connection: Connection) -> None:
    put(connection, "departments", id=1)
    put(connection, "users", id=1, department_id=1)
    put(
        connection, "reference_editions", id=1, kind="catalogue", status="adopted", provenance="imported",
        in_force_on=AT.date(), number=1,
    )  # fmt: skip
    put(connection, "catalogue_entries", id=1, edition_id=1, level=1)
    for number in (1, 2, 3):
        put(
            connection, "transfers", id=number, mode="purchased", status="on-line", step="competition", attempt=1,
            department_id=1, officer_id=1, catalogue_entry_id=1,
        )  # fmt: skip


def put_opener(connection: Connection, appointment_id: int, transfer_id: int, **keys: bytes) -> None:
    put(
        connection, "appointments", id=appointment_id, transfer_id=transfer_id, kind="opener", attempt=1, user_id=1,
        accepted_at=AT,
    )  # fmt: skip
    junk = {name: b"-" for name in (
        "opener_public", "opener_private_wrapped", "competition_public", "competition_private_sealed",
    )}  # fmt: skip
    put(connection, "opener_keys", id=appointment_id, appointment_id=appointment_id, suite=1, **(junk | keys))


def put_announcement(connection: Connection, number: int, transfer_id: int, *, published: bool = True) -> None:
    if published:
        put(connection, "publications", id=number, kind="announcement", facts="{}")
    put(
        connection, "announcements", id=number, transfer_id=transfer_id, attempt=1, drafted_by_id=1,
        status="published" if published else "draft", published_at=AT if published else None,
        publication_id=number if published else None, failure_reason="",
    )  # fmt: skip


def test_what_was_sealed_to_one_holder_is_brought_over_and_opens(landed: Flask) -> None:
    with db.engine.begin() as connection:
        put_people_and_transfers(connection)
        # Bids lie here: an opener who was followed by another before the announcement, and the one who holds.
        put_announcement(connection, 5, 1)
        put_opener(connection, 6, 1)
        put_opener(
            connection, 7, 1, opener_public=PAIR.public, opener_private_wrapped=PAIR.private_wrapped or b"",
            competition_public=PUBLIC, competition_private_sealed=SEALED,
        )  # fmt: skip
        # These are opened; and this is not announced yet.
        put_announcement(connection, 8, 2)
        put_opener(connection, 9, 2)
        put(
            connection,
            "competitions",
            id=1,
            announcement_id=8,
            status="opened",
            opened_at=AT,
            opened_by_id=1,
            report="",
        )
        put_announcement(connection, 10, 3, published=False)
        put_opener(connection, 11, 3)
    flask_migrate.upgrade()

    holders = {row.appointment_id: row for row in db.session.scalars(select(HolderKey))}
    assert holders.keys() == {6, 7, 9, 11}
    assert (holders[7].suite, holders[7].pair) == (1, PAIR)
    assert all(row.is_ready and row.lost_at is None for row in holders.values())
    keys = {row.announcement_id: row for row in db.session.scalars(select(CompetitionKey))}
    assert {number: (row.transfer_id, row.suite, row.used_at) for number, row in keys.items()} == {
        5: (1, 1, None), 8: (2, 1, AT),
    }  # fmt: skip
    assert [(copy.outer_id, copy.inner_id, copy.sealed) for copy in keys[5].copies] == [(7, None, SEALED)]

    key = competition_key_of_announcement(5)
    assert key is not None
    private = open_competition_key(key, Told(holders[7], PASSPHRASE, "passphrase"))
    assert private.public_key().public_bytes_raw() == key.public
    content = sealing.unseal(io.BytesIO(ENVELOPE), private, "announcement 5 attempt 1 organisation 3")
    assert content.decode() == "报价 1"
    with pytest.raises(Refusals, match="口令不对"):
        open_competition_key(key, Told(holders[7], sealing.make_passphrase(), "passphrase"))


def test_what_was_published_has_its_first_version(landed: Flask) -> None:
    with db.engine.begin() as connection:
        put_people_and_transfers(connection)
        put_announcement(connection, 5, 1)
        put_announcement(connection, 10, 3, published=False)
    flask_migrate.upgrade()
    (version,) = db.session.scalars(select(AnnouncementVersion)).unique()
    assert (version.announcement_id, version.number, version.kind) == (5, 1, VersionKind.FIRST)
    assert (version.publication_id, version.made_at, version.made_by_id) == (5, AT, 1)
    editions = db.session.execute(text("SELECT id, edition FROM announcements ORDER BY id"))
    assert [tuple(row) for row in editions] == [(5, 1), (10, 0)]
