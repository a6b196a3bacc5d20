"""How migrations run: in one transaction that commits whole or not at all, on SQLite and on PostgreSQL.

On SQLite a change of a table is a copy of it: the old one is dropped, and with foreign keys on the rows of its
children would follow by ON DELETE CASCADE, in silence. So foreign keys are off before the transaction begins, and
every one of them is checked before it commits.
"""

from __future__ import annotations

import warnings
from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text
from sqlalchemy.types import TypeDecorator, TypeEngine

# Any number will do, as long as nobody else locks it: two servers that start together migrate one after the other.
MIGRATION_LOCK = 7_102_025


class ForeignKeysBroken(RuntimeError):
    """Rows that point at nothing after a migration; nothing of it was kept."""


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our column types as the plain ones beneath, so that a migration imports nothing of ours."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    plain: TypeEngine[Any] = item.impl_instance
    return f"sa.{plain!r}"


def broken_keys(connection: Connection) -> list[str]:
    """The foreign keys that SQLite finds broken, one line each."""
    rows = connection.execute(text("PRAGMA foreign_key_check"))
    return [f"{table}, row {row}: points at nothing in {parent}" for table, row, parent, _ in rows]


def run(connection: Connection, metadata: Any, **options: Any) -> None:
    """All migrations that are due, in one transaction."""
    on_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        # SQLite can undo a change of a table like any other; alembic does not count on it unless told.
        transactional_ddl=True,
        **options,
    )
    with context.begin_transaction():
        if not on_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        with warnings.catch_warnings():
            # SQLite copies a table to change it, and reads those it refers to: an index of an expression (users) is told
            # of and not read. A revision that changes users itself makes that index anew.
            warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
            context.run_migrations()
        if on_sqlite and (broken := broken_keys(connection)):
            raise ForeignKeysBroken("; ".join(broken))


def run_on_sqlite(connection: Connection, metadata: Any, **options: Any) -> None:
    """The same with foreign keys off; SQLite ignores the switch inside a transaction, so it is thrown before."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        run(connection.execution_options(sqlite_begin="IMMEDIATE"), metadata, **options)
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


if context.is_offline_mode():
    raise SystemExit("Migrations run on a database, not into a file: leave out --sql.")

extension = current_app.extensions["migrate"]
with extension.db.engine.connect() as opened:
    runner = run_on_sqlite if opened.dialect.name == "sqlite" else run
    runner(opened, extension.db.metadata, **extension.configure_args)
