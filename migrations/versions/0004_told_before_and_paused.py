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
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'holidays:enter', 'period:recompute', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'intention:publish', 'intention:waive', 'source-notice:publish', 'source-objection:note', 'source-objection:answer', 'opener:appoint', 'opener:accept', 'opening-witness:appoint', 'opening-witness:accept', 'custodian:appoint', 'custodian:accept', 'sheet:confirm', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'documents:assemble', 'documents:complete', 'documents:print', 'medium-notice:enter', 'medium-change:enter', 'announcement:correct', 'announcement:amend', 'deadline:extend', 'announcement:withdraw', 'enquiry:ask', 'enquiry:answer', 'subscription:begin', 'subscription:end', 'interest:begin', 'interest:end', 'bid:submit', 'bid:withdraw', 'bid-file:seal', 'bid-file:drop', 'bid-draft:keep', 'bid-drafts:sweep', 'trial:run', 'bid:confirm', 'bid:read', 'secret:report', 'holder:replace', 'bids:commit', 'bids:open', 'opening:adjourn', 'opening:confirm', 'opening:object', 'objection:answer', 'opening-record:print', 'bids:qualify', 'competition:fail', 'panel:draw', 'meetings:record', 'terms:propose', 'terms:confirm', 'offers:invite', 'offers:extend', 'offer:submit', 'talks:leave', 'offers:commit', 'offers:open', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'security:return', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    if op.get_bind().dialect.name == "postgresql":
        # The number of a bid tells nothing any more, so that nothing counts bids up.
        op.execute("ALTER TABLE bids ALTER COLUMN id DROP DEFAULT")
        op.execute("DROP SEQUENCE bids_id_seq")
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
    """Back; what was written of the new deed must be gone before."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE bids_id_seq AS integer OWNED BY bids.id")
        op.execute("SELECT setval('bids_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM bids), false)")
        op.execute("ALTER TABLE bids ALTER COLUMN id SET DEFAULT nextval('bids_id_seq'::regclass)")
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'holidays:enter', 'period:recompute', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'intention:publish', 'intention:waive', 'source-notice:publish', 'source-objection:note', 'source-objection:answer', 'opener:appoint', 'opener:accept', 'opening-witness:appoint', 'opening-witness:accept', 'custodian:appoint', 'custodian:accept', 'sheet:confirm', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'documents:assemble', 'documents:complete', 'documents:print', 'medium-notice:enter', 'announcement:correct', 'announcement:amend', 'deadline:extend', 'announcement:withdraw', 'enquiry:ask', 'enquiry:answer', 'subscription:begin', 'subscription:end', 'interest:begin', 'interest:end', 'bid:submit', 'bid:withdraw', 'bid-file:seal', 'bid-file:drop', 'bid-draft:keep', 'bid-drafts:sweep', 'trial:run', 'bid:confirm', 'bid:read', 'secret:report', 'holder:replace', 'bids:commit', 'bids:open', 'opening:adjourn', 'opening:confirm', 'opening:object', 'objection:answer', 'opening-record:print', 'bids:qualify', 'competition:fail', 'panel:draw', 'meetings:record', 'terms:propose', 'terms:confirm', 'offers:invite', 'offers:extend', 'offer:submit', 'talks:leave', 'offers:commit', 'offers:open', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'security:return', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_column("ended_at")
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.drop_column("paused_at")
    for table in ("source_notices", "intentions"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("told_of_plan")
    op.drop_table("medium_changes")
