"""Migrations go up, down and up again to the same tables, say what the models say, and stand alone."""

from __future__ import annotations

import ast
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, inspect, text

from procurement.config import ROOT, Settings
from procurement.foundation.clock import FixedClock
from procurement.foundation.database import Base, db
from procurement.foundation.storage import MemoryStorage

MIGRATIONS = ROOT / "migrations"
LONGEST_ID = 32

Schema = dict[str, Any]


def revision_files() -> list[Path]:
    return sorted((MIGRATIONS / "versions").glob("*.py"))


def revisions() -> list[Any]:
    """From the first to the last."""
    script = ScriptDirectory(str(MIGRATIONS))
    return list(script.walk_revisions())[::-1]


def schema_of(connection: Connection) -> Schema:
    """Every table as the database describes it, with names and texts of its constraints."""
    with warnings.catch_warnings():
        # SQLAlchemy says that it leaves out indexes of expressions; they are read as statements instead.
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
        return _schema_of(connection)


def _schema_of(connection: Connection) -> Schema:
    seen = inspect(connection)
    indexes = _indexes(connection)
    return {
        name: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], column["default"])
                for column in sorted(seen.get_columns(name), key=lambda column: str(column["name"]))
            ],
            "primary key": seen.get_pk_constraint(name)["constrained_columns"],
            "foreign keys": _sorted(seen.get_foreign_keys(name)),
            "unique": _sorted(seen.get_unique_constraints(name)),
            "indexes": indexes.get(name, []),
            "checks": _sorted(seen.get_check_constraints(name)),
        }
        for name in sorted(seen.get_table_names())
        if name != "alembic_version"
    }


def _indexes(connection: Connection) -> dict[str, list[str]]:
    """Each table's indexes as the statements that would make them: expressions and conditions are in there too."""
    questions = {
        "sqlite": "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY sql",
        "postgresql": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef",
    }
    found: dict[str, list[str]] = {}
    for table, statement in connection.execute(text(questions[connection.dialect.name])):
        found.setdefault(table, []).append(" ".join(statement.split()))
    return found


def _sorted(found: Any) -> list[str]:
    return sorted(repr({key: entry[key] for key in sorted(entry) if key != "comment"}) for entry in found)


def differences(one: Schema, other: Schema) -> list[str]:
    """Line by line what `one` has and `other` has not, and the other way round."""

    def lines(schema: Schema) -> set[str]:
        return {
            f"{table}: {kind}: {entry}"
            for table, kinds in schema.items()
            for kind, entries in kinds.items()
            for entry in [*entries, f"{len(entries)} of them"]
        }

    mine, theirs = lines(one), lines(other)
    return [f"- {line}" for line in sorted(mine - theirs)] + [f"+ {line}" for line in sorted(theirs - mine)]


@pytest.fixture
def bare(empty_database: str, clock: FixedClock, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database with no table in it, its context pushed."""
    from procurement.web.application import create_app

    place = tmp_path / "bare"
    place.mkdir()
    settings = Settings(instance=place, database_url=empty_database, files_folder=place, fonts_folder=place)
    app = create_app(settings, clock, MemoryStorage(), testing=True)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def schema_now() -> Schema:
    with db.engine.connect() as connection:
        return schema_of(connection)


# ── the files ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_revisions_are_numbered_one_after_the_other_and_named_like_their_files() -> None:
    files = [path.stem for path in revision_files()]
    assert files == [revision.revision for revision in revisions()]
    assert [name[:5] for name in files] == [f"{number:04}_" for number in range(1, len(files) + 1)]
    too_long = [name for name in files if len(name) > LONGEST_ID]
    assert not too_long, f"alembic keeps {LONGEST_ID} characters of an id: {too_long}"


def test_no_migration_imports_anything_of_ours() -> None:
    offenders = []
    for path in revision_files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            offenders += [f"{path.name}: {name}" for name in names if name.split(".")[0] == "procurement"]
    assert not offenders, f"a migration must outlive the models; write plain sa types: {offenders}"


# ── up and down ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_revision_goes_up_and_down_and_up_again_to_the_same_tables(bare: Flask) -> None:
    before: Schema = {}
    for revision in revisions():
        flask_migrate.upgrade(revision=revision.revision)
        after = schema_now()
        flask_migrate.downgrade(revision=revision.down_revision or "base")
        assert not differences(before, schema_now()), f"{revision.revision} does not undo what it does"
        flask_migrate.upgrade(revision=revision.revision)
        assert not differences(after, schema_now()), f"{revision.revision} does something else the second time"
        before = after


def test_the_last_revision_says_what_the_models_say(bare: Flask) -> None:
    flask_migrate.upgrade()
    migrated = schema_now()
    flask_migrate.downgrade(revision="base")
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        Base.metadata.create_all(connection)
    found = differences(migrated, schema_now())
    assert not found, "models (+) and migrations (-) differ; write a revision:\n" + "\n".join(found)


# ── how they run ──────────────────────────────────────────────────────────────────────────────────────────────────

FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "0001_first"
down_revision = None


def upgrade():
    op.create_table("parents", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(20)))
    op.create_table(
        "children",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("parent_id", sa.Integer(), sa.ForeignKey("parents.id", ondelete="CASCADE"), nullable=False),
    )
    op.execute("INSERT INTO parents (id, name) VALUES (1, 'one')")
    op.execute("INSERT INTO children (id, parent_id) VALUES (1, 1)")


def downgrade():
    op.drop_table("children")
    op.drop_table("parents")
"""

REBUILDS_THE_PARENT = """
import sqlalchemy as sa
from alembic import op

revision = "0002_second"
down_revision = "0001_first"


def upgrade():
    with op.batch_alter_table("parents") as batch:
        batch.alter_column("name", existing_type=sa.String(20), nullable=False)
"""

LOSES_THE_PARENT = """
from alembic import op

revision = "0002_second"
down_revision = "0001_first"


def upgrade():
    op.execute("CREATE TABLE later (id INTEGER PRIMARY KEY)")
    op.execute("DELETE FROM parents")
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Flask]:
    """A small application with migrations of its own, run by our `env.py` on SQLite."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "alembic.ini", "script.py.mako"):
        shutil.copy(MIGRATIONS / name, folder)
    app = Flask("small")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'small.sqlite3'}"
    database = SQLAlchemy(app)
    Migrate(app, database, directory=str(folder))
    with app.app_context():
        yield app
        database.session.remove()
        database.engine.dispose()


def write(app: Flask, number: int, source: str) -> None:
    folder = Path(app.extensions["migrate"].directory)
    (folder / "versions" / f"{number:04}_{['first', 'second'][number - 1]}.py").write_text(source, "utf-8")


def rows(app: Flask, question: str) -> list[Any]:
    with app.extensions["migrate"].db.engine.connect() as connection:
        return list(connection.execute(text(question)).scalars())


def test_rebuilding_a_table_on_sqlite_keeps_the_rows_that_point_at_it(small: Flask) -> None:
    write(small, 1, FIRST)
    write(small, 2, REBUILDS_THE_PARENT)
    flask_migrate.upgrade(revision="0001_first")
    flask_migrate.upgrade()
    assert rows(small, "SELECT id FROM children") == [1]
    assert rows(small, "PRAGMA foreign_keys") == [1]


def test_a_migration_that_leaves_a_row_pointing_at_nothing_leaves_everything_as_it_was(small: Flask) -> None:
    write(small, 1, FIRST)
    write(small, 2, LOSES_THE_PARENT)
    flask_migrate.upgrade(revision="0001_first")
    with pytest.raises(SystemExit):
        flask_migrate.upgrade()
    assert rows(small, "SELECT id FROM parents") == [1]
    assert rows(small, "SELECT name FROM sqlite_master WHERE name = 'later'") == []
    assert rows(small, "SELECT version_num FROM alembic_version") == ["0001_first"]
    assert rows(small, "PRAGMA foreign_keys") == [1]
