"""What notices told of a plan, since when a transfer pauses, when a call ended, and later versions on the designated medium."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0004_told_before_and_paused"
down_revision = "0003_talks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "medium_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entered_by_id"], ["users.id"], name=op.f("fk_medium_changes_entered_by_id_users")),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["announcement_versions.id"],
            name=op.f("fk_medium_changes_version_id_announcement_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medium_changes")),
        sa.UniqueConstraint("version_id", name=op.f("uq_medium_changes_version_id")),
    )
    for table in ("intentions", "source_notices"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("told_of_plan", sa.Text(), server_default="{}", nullable=False))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("told_of_plan", server_default=None)
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """Read of what is there already what the new columns would have kept."""
    rows = connection.execute(
        sa.text("SELECT n.id, p.title, p.facts FROM source_notices n JOIN publications p ON p.id = n.publication_id")
    ).all()
    for number, title, facts in rows:
        told = json.loads(facts)
        source = connection.scalar(
            sa.text("SELECT max(credit_code) FROM organisations WHERE name = :name"), {"name": told.get("supplier", "")}
        )
        kept = {"title": title, "content": told["content"], "budget": told["budget"], "ground": told["ground"]}
        kept |= {"source": source} if source else {}
        _keep(connection, "source_notices", number, kept)
    rows = connection.execute(
        sa.text("SELECT n.id, p.title, p.facts FROM intentions n JOIN publications p ON p.id = n.publication_id")
    ).all()
    for number, title, facts in rows:
        _keep(connection, "intentions", number, {"title": title, "budget": json.loads(facts)["budget"]})
    connection.execute(
        sa.text(
            "UPDATE transfers SET paused_at = (SELECT max(l.at) FROM audit_lines l "
            "WHERE l.chain = 'transfer:' || CAST(transfers.id AS VARCHAR) AND l.outcome = 'done' "
            "AND l.deed IN ('transfer:pause', 'transfer:rescreen')) WHERE status = 'paused'"
        )
    )
    connection.execute(
        sa.text(
            "UPDATE announcements SET ended_at = (SELECT max(p.published_at) FROM publications p "
            "WHERE p.subject = 'announcement ' || CAST(announcements.id AS VARCHAR) "
            "AND p.kind IN ('failure-notice', 'withdrawal-notice')) WHERE status IN ('failed', 'withdrawn')"
        )
    )


def _keep(connection: sa.Connection, table: str, number: int, told: dict[str, object]) -> None:
    place = sa.table(table, sa.column("id"), sa.column("told_of_plan"))
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    connection.execute(place.update().where(place.c.id == number).values(told_of_plan=text))


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_column("ended_at")
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.drop_column("paused_at")
    for table in ("source_notices", "intentions"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("told_of_plan")
    op.drop_table("medium_changes")
