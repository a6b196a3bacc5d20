"""Versions of announcements, three holders of the key, sealed files, commitments, and what announcing asks for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_announcing_and_sealed_bids"
down_revision = "0001_the_building"
branch_labels = None
depends_on = None

# ── moved by hand ──


def after(bind: sa.Connection) -> None:
    """What was published before there were versions is its announcement's first one."""
    bind.execute(sa.text("UPDATE announcements SET edition = 1 WHERE published_at IS NOT NULL"))
    bind.execute(
        sa.text(
            "INSERT INTO announcement_versions"
            " (announcement_id, number, kind, changes, reason, closes_at, publication_id, made_at, made_by_id)"
            " SELECT id, 1, 'first', '[]', '', closes_at, publication_id, published_at, drafted_by_id"
            " FROM announcements WHERE publication_id IS NOT NULL"
        )
    )


# ── end of what is moved by hand ──


def upgrade() -> None:
    """From the landed building to this."""
    op.create_table(
        "holiday_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("recomputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("edition = 1 OR reason <> ''", name=op.f("ck_holiday_notices_a_correction_has_its_reason")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["users.id"], name=op.f("fk_holiday_notices_entered_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday_notices")),
        sa.UniqueConstraint("year", "edition", name=op.f("uq_holiday_notices_year_edition")),
    )
    op.create_table(
        "date_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("values", sa.String(length=1000), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.Column("was_estimated", sa.Boolean(), nullable=False),
        sa.Column("after", sa.Date(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("after > before", name=op.f("ck_date_changes_what_was_told_is_not_shortened")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["holiday_notices.id"], name=op.f("fk_date_changes_notice_id_holiday_notices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_date_changes")),
        sa.UniqueConstraint(
            "subject", "name", "values", "notice_id", name=op.f("uq_date_changes_subject_name_values_notice_id")
        ),
    )
    op.create_table(
        "holiday_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("off", "work", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["holiday_notices.id"], name=op.f("fk_holiday_days_notice_id_holiday_notices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday_days")),
        sa.UniqueConstraint("notice_id", "day", name=op.f("uq_holiday_days_notice_id_day")),
    )
    op.create_table(
        "announcement_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "first", "editorial", "material", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("pdf_id", sa.Integer(), nullable=True),
        sa.Column("docx_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'first') = (number = 1)", name=op.f("ck_announcement_versions_the_first_is_number_one")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_announcement_versions_announcement_id_announcements"),
        ),
        sa.ForeignKeyConstraint(
            ["docx_id"], ["stored_files.id"], name=op.f("fk_announcement_versions_docx_id_stored_files")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_announcement_versions_made_by_id_users")),
        sa.ForeignKeyConstraint(
            ["pdf_id"], ["stored_files.id"], name=op.f("fk_announcement_versions_pdf_id_stored_files")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_announcement_versions_publication_id_publications")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_versions")),
        sa.UniqueConstraint("announcement_id", "number", name=op.f("uq_announcement_versions_announcement_id_number")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'holidays:enter', 'period:recompute', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'opener:appoint', 'opener:accept', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'bid:submit', 'bid:withdraw', 'bid:read', 'bids:open', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="1", nullable=False))
    with op.batch_alter_table("announcements") as batch_op:
        batch_op.alter_column("edition", server_default=None)
    with op.batch_alter_table("bids") as batch_op:
        batch_op.alter_column("edition", server_default=None)
    after(op.get_bind())


def downgrade() -> None:
    """Back; what was written of the new deeds must be gone before."""
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_column("edition")
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'opener:appoint', 'opener:accept', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'bid:submit', 'bid:withdraw', 'bid:read', 'bids:open', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.drop_column("edition")
    op.drop_table("announcement_versions")
    op.drop_table("holiday_days")
    op.drop_table("date_changes")
    op.drop_table("holiday_notices")
