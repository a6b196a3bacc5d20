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
        "adjournments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("put_off", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_adjournments_announcement_id_announcements")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_adjournments_made_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjournments")),
        sa.UniqueConstraint("announcement_id", "opens_at", name=op.f("uq_adjournments_announcement_id_opens_at")),
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
    op.create_table(
        "commitments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("disclosed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disclosed", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(disclosed <> '') = (disclosed_at IS NOT NULL)", name=op.f("ck_commitments_disclosed_at_its_instant")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_commitments_announcement_id_announcements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
        sa.UniqueConstraint("announcement_id", name=op.f("uq_commitments_announcement_id")),
    )
    op.create_table(
        "opening_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_opening_records_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_opening_records_file_id_stored_files")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_records")),
        sa.UniqueConstraint("competition_id", "edition", name=op.f("uq_opening_records_competition_id_edition")),
    )
    op.create_table(
        "opening_remarks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("confirmed", "objected", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(answer <> '') = (answered_at IS NOT NULL)", name=op.f("ck_opening_remarks_answered_at_its_instant")
        ),
        sa.CheckConstraint("kind = 'confirmed' OR text <> ''", name=op.f("ck_opening_remarks_an_objection_says_what")),
        sa.CheckConstraint(
            "kind = 'objected' OR answer = ''", name=op.f("ck_opening_remarks_an_answer_is_to_an_objection")
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_opening_remarks_answered_by_somebody")
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_opening_remarks_answered_by_id_users")),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_opening_remarks_bid_id_bids")),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_opening_remarks_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_opening_remarks_made_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_remarks")),
        sa.UniqueConstraint("bid_id", "kind", name=op.f("uq_opening_remarks_bid_id_kind")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("adjourned_to", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'opener:appoint', 'opener:accept', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'bid:submit', 'bid:withdraw', 'bid:read', 'bids:commit', 'bids:open', 'opening:adjourn', 'opening:confirm', 'opening:object', 'objection:answer', 'opening-record:print', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="1", nullable=False))
    with op.batch_alter_table("opening_remarks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opening_remarks_competition_id"), ["competition_id"], unique=False)
    with op.batch_alter_table("announcements") as batch_op:
        batch_op.alter_column("edition", server_default=None)
    with op.batch_alter_table("bids") as batch_op:
        batch_op.alter_column("edition", server_default=None)
    after(op.get_bind())


def downgrade() -> None:
    """Back; what was written of the new deeds must be gone before."""
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_column("edition")
        batch_op.drop_column("adjourned_to")
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'opener:appoint', 'opener:accept', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'bid:submit', 'bid:withdraw', 'bid:read', 'bids:open', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.drop_column("edition")
    with op.batch_alter_table("opening_remarks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opening_remarks_competition_id"))
    op.drop_table("opening_remarks")
    op.drop_table("opening_records")
    op.drop_table("commitments")
    op.drop_table("announcement_versions")
    op.drop_table("adjournments")
