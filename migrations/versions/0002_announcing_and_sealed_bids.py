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
        "subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_subscriptions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("user_id", "code", name=op.f("uq_subscriptions_user_id_code")),
    )
    op.create_table(
        "announcement_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "first",
                "editorial",
                "material",
                "extension",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
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
        "downloads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_downloads_announcement_id_announcements")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_downloads_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_downloads_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downloads")),
    )
    op.create_table(
        "enquiries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("public_question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("is_material", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name=op.f("ck_enquiries_answered_with_an_answer")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (number IS NULL)", name=op.f("ck_enquiries_numbered_once_answered")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_enquiries_announcement_id_announcements")
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_enquiries_answered_by_id_users")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_enquiries_asked_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiries")),
        sa.UniqueConstraint("announcement_id", "number", name=op.f("uq_enquiries_announcement_id_number")),
    )
    op.create_table(
        "interests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_interests_announcement_id_announcements")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_interests_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
        sa.UniqueConstraint("user_id", "announcement_id", name=op.f("uq_interests_user_id_announcement_id")),
    )
    op.create_table(
        "medium_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(number = 1) = (reason = '')", name=op.f("ck_medium_notices_a_correction_has_its_reason")),
        sa.CheckConstraint("number IN (1, 2)", name=op.f("ck_medium_notices_corrected_once")),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_medium_notices_announcement_id_announcements")
        ),
        sa.ForeignKeyConstraint(["entered_by_id"], ["users.id"], name=op.f("fk_medium_notices_entered_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medium_notices")),
        sa.UniqueConstraint("announcement_id", "number", name=op.f("uq_medium_notices_announcement_id_number")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_announcements_status"), type_="check")
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_announcements_status"), "status IN ('draft', 'published', 'failed', 'withdrawn')"
        )
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'opener:appoint', 'opener:accept', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'medium-notice:enter', 'announcement:correct', 'announcement:amend', 'deadline:extend', 'announcement:withdraw', 'enquiry:ask', 'enquiry:answer', 'subscription:begin', 'subscription:end', 'interest:begin', 'interest:end', 'bid:submit', 'bid:withdraw', 'bid:confirm', 'bid:read', 'bids:open', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_bids_no_price_before_the_opening"), type_="check")
        batch_op.drop_constraint(op.f("ck_bids_status"), type_="check")
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="1", nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_bids_no_price_before_the_opening"),
            "status NOT IN ('submitted', 'withdrawn', 'broken', 'unconfirmed') OR price IS NULL",
        )
        batch_op.create_check_constraint(
            op.f("ck_bids_status"),
            "status IN ('submitted', 'withdrawn', 'opened', 'broken', 'qualified', 'disqualified', 'unconfirmed')",
        )
    with op.batch_alter_table("downloads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_downloads_announcement_id"), ["announcement_id"], unique=False)
    with op.batch_alter_table("enquiries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enquiries_announcement_id"), ["announcement_id"], unique=False)
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interests_announcement_id"), ["announcement_id"], unique=False)
    with op.batch_alter_table("publications") as batch_op:
        batch_op.drop_constraint(op.f("ck_publications_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_publications_kind"),
            "kind IN ('announcement', 'opening-record', 'failure-notice', 'withdrawal-notice', 'award-notice', 'agreement-notice', 'supplement-notice', 'acceptance-notice', 'evaluation-notice', 'listing-notice', 'listing-decision', 'take-back-notice', 'end-notice')",
        )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriptions_code"), ["code"], unique=False)
    with op.batch_alter_table("announcements") as batch_op:
        batch_op.alter_column("edition", server_default=None)
    with op.batch_alter_table("bids") as batch_op:
        batch_op.alter_column("edition", server_default=None)
    after(op.get_bind())


def downgrade() -> None:
    """Back; what was written of the new deeds must be gone before."""
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_announcements_status"), type_="check")
        batch_op.drop_column("edition")
        batch_op.create_check_constraint(op.f("ck_announcements_status"), "status IN ('draft', 'published', 'failed')")
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'opener:appoint', 'opener:accept', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'bid:submit', 'bid:withdraw', 'bid:read', 'bids:open', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_bids_no_price_before_the_opening"), type_="check")
        batch_op.drop_constraint(op.f("ck_bids_status"), type_="check")
        batch_op.drop_column("edition")
        batch_op.create_check_constraint(
            op.f("ck_bids_no_price_before_the_opening"),
            "status NOT IN ('submitted', 'withdrawn', 'broken') OR price IS NULL",
        )
        batch_op.create_check_constraint(
            op.f("ck_bids_status"),
            "status IN ('submitted', 'withdrawn', 'opened', 'broken', 'qualified', 'disqualified')",
        )
    with op.batch_alter_table("downloads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_downloads_announcement_id"))
    with op.batch_alter_table("enquiries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enquiries_announcement_id"))
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interests_announcement_id"))
    with op.batch_alter_table("publications") as batch_op:
        batch_op.drop_constraint(op.f("ck_publications_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_publications_kind"),
            "kind IN ('announcement', 'opening-record', 'failure-notice', 'award-notice', 'agreement-notice', 'supplement-notice', 'acceptance-notice', 'evaluation-notice', 'listing-notice', 'listing-decision', 'take-back-notice', 'end-notice')",
        )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscriptions_code"))
    op.drop_table("medium_notices")
    op.drop_table("interests")
    op.drop_table("enquiries")
    op.drop_table("downloads")
    op.drop_table("announcement_versions")
    op.drop_table("subscriptions")
