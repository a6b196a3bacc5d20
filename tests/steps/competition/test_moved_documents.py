"""The migration to bids of several documents: the one an opened bid had is its first, and a bid without one has none."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import sqlalchemy as sa

MIGRATION = Path(__file__).parents[3] / "migrations" / "versions" / "0002_announcing_and_sealed_bids.py"


def test_the_document_of_a_landed_bid_becomes_its_first() -> None:
    spec = importlib.util.spec_from_file_location("moving", MIGRATION)
    assert spec is not None
    assert spec.loader is not None
    moving = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(moving)
    engine = sa.create_engine("sqlite://")
    with engine.begin() as bind:
        for table in (
            "bids (id INTEGER, document_id INTEGER)",
            "bid_documents (id INTEGER PRIMARY KEY, bid_id INTEGER, position INTEGER, file_id INTEGER)",
            "announcements (id INTEGER, transfer_id INTEGER, attempt INTEGER, edition INTEGER, closes_at TEXT,"
            " publication_id INTEGER, published_at TEXT, drafted_by_id INTEGER)",
            "opener_keys (id, appointment_id, suite, opener_public, opener_private_wrapped, competition_public,"
            " competition_private_sealed, made_at)",
            "appointments (id, kind, transfer_id, attempt)",
            "competitions (announcement_id, opened_at)",
            "holder_keys (appointment_id, suite, public, private_wrapped, made_at)",
            "competition_keys (id, announcement_id, transfer_id, attempt, suite, public, made_at, used_at)",
            "competition_key_copies (competition_key_id, outer_id, sealed)",
            "announcement_versions (announcement_id, number, kind, changes, reason, closes_at, publication_id, made_at, made_by_id)",
        ):
            bind.execute(sa.text(f"CREATE TABLE {table}"))
        bind.execute(sa.text("INSERT INTO bids VALUES (1, 11), (2, NULL), (3, 13)"))
        moving.before(bind)
        bind.execute(sa.text("ALTER TABLE bids DROP COLUMN document_id"))
        moving.after(bind)
        rows = bind.execute(sa.text("SELECT bid_id, position, file_id FROM bid_documents ORDER BY bid_id")).all()
        assert [tuple(row) for row in rows] == [(1, 1, 11), (3, 1, 13)]
        assert "landed_documents" not in sa.inspect(bind).get_table_names()
    engine.dispose()
