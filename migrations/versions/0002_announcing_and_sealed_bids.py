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
        "intentions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("transfer_id", sa.Integer(), nullable=False),
        sa.Column("outline", sa.Text(), nullable=False),
        sa.Column("planned_month", sa.String(length=7), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publication_id", sa.Integer(), nullable=True),
        sa.Column("waiver", sa.Text(), nullable=False),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waived_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(waived_at IS NULL) = (waiver = '')", name=op.f("ck_intentions_waived_with_a_reason")),
        sa.CheckConstraint(
            "(published_at IS NULL) = (publication_id IS NULL)", name=op.f("ck_intentions_published_with_its_text")
        ),
        sa.CheckConstraint(
            "published_at IS NOT NULL OR waived_at IS NOT NULL", name=op.f("ck_intentions_published_or_waived")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_intentions_publication_id_publications")
        ),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_intentions_transfer_id_transfers")),
        sa.ForeignKeyConstraint(["waived_by_id"], ["users.id"], name=op.f("fk_intentions_waived_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intentions")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_intentions_transfer_id")),
    )
    op.create_table(
        "source_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("transfer_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opinions", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_source_notices_publication_id_publications")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_source_notices_transfer_id_transfers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_notices")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_source_notices_transfer_id")),
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
        "bidding_documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("pdf_id", sa.Integer(), nullable=False),
        sa.Column("docx_id", sa.Integer(), nullable=False),
        sa.Column("assembled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assembled_by_id", sa.Integer(), nullable=False),
        sa.Column("completed_id", sa.Integer(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(completed_at IS NULL) = (completed_id IS NULL)", name=op.f("ck_bidding_documents_completed_by_a_file")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_bidding_documents_announcement_id_announcements")
        ),
        sa.ForeignKeyConstraint(
            ["assembled_by_id"], ["users.id"], name=op.f("fk_bidding_documents_assembled_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["completed_by_id"], ["users.id"], name=op.f("fk_bidding_documents_completed_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["completed_id"], ["stored_files.id"], name=op.f("fk_bidding_documents_completed_id_stored_files")
        ),
        sa.ForeignKeyConstraint(
            ["docx_id"], ["stored_files.id"], name=op.f("fk_bidding_documents_docx_id_stored_files")
        ),
        sa.ForeignKeyConstraint(["pdf_id"], ["stored_files.id"], name=op.f("fk_bidding_documents_pdf_id_stored_files")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bidding_documents")),
        sa.UniqueConstraint("announcement_id", name=op.f("uq_bidding_documents_announcement_id")),
    )
    op.create_table(
        "source_objections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("objector", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer = '')", name=op.f("ck_source_objections_answered_with_an_answer")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_source_objections_answered_by_id_users")
        ),
        sa.ForeignKeyConstraint(["noted_by_id"], ["users.id"], name=op.f("fk_source_objections_noted_by_id_users")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["source_notices.id"], name=op.f("fk_source_objections_notice_id_source_notices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_objections")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("security", sa.BigInteger(), server_default="0.00 元", nullable=False))
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'intention:publish', 'intention:waive', 'source-notice:publish', 'source-objection:note', 'source-objection:answer', 'opener:appoint', 'opener:accept', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'documents:assemble', 'documents:complete', 'bid:submit', 'bid:withdraw', 'bid:read', 'bids:open', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'security:return', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(
            sa.Column(
                "security_form",
                sa.Enum(
                    "cheque",
                    "draft",
                    "note",
                    "guarantee",
                    name="security_form",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("security_reference", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(sa.Column("security_returned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_bids_security_form"), "security_form IN ('cheque', 'draft', 'note', 'guarantee')"
        )
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_plans_method"), type_="check")
        batch_op.add_column(
            sa.Column(
                "source_ground",
                sa.Enum(
                    "only-one",
                    "urgent",
                    "addition",
                    name="source_ground",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("source_code", sa.String(length=18), server_default="", nullable=False))
        batch_op.add_column(sa.Column("source_former_price", sa.BigInteger(), server_default="0.00 元", nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_plans_method"),
            "method IN ('open-tender', 'consultation', 'negotiation', 'single-source', 'selection')",
        )
        batch_op.create_check_constraint(
            op.f("ck_plans_source_ground"), "source_ground IN ('only-one', 'urgent', 'addition')"
        )
    with op.batch_alter_table("publications") as batch_op:
        batch_op.drop_constraint(op.f("ck_publications_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_publications_kind"),
            "kind IN ('announcement', 'opening-record', 'failure-notice', 'award-notice', 'agreement-notice', 'supplement-notice', 'acceptance-notice', 'evaluation-notice', 'listing-notice', 'listing-decision', 'take-back-notice', 'intention-notice', 'source-notice', 'end-notice')",
        )
    with op.batch_alter_table("source_objections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_objections_notice_id"), ["notice_id"], unique=False)
    with op.batch_alter_table("announcements") as batch_op:
        batch_op.alter_column("security", server_default=None)
        batch_op.alter_column("edition", server_default=None)
    with op.batch_alter_table("bids") as batch_op:
        batch_op.alter_column("edition", server_default=None)
        batch_op.alter_column("security_reference", server_default=None)
    with op.batch_alter_table("plans") as batch_op:
        batch_op.alter_column("source_code", server_default=None)
        batch_op.alter_column("source_former_price", server_default=None)
    after(op.get_bind())


def downgrade() -> None:
    """Back; what was written of the new deeds must be gone before."""
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_column("edition")
        batch_op.drop_column("security")
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'opener:appoint', 'opener:accept', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'bid:submit', 'bid:withdraw', 'bid:read', 'bids:open', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_bids_security_form"), type_="check")
        batch_op.drop_column("security_returned_at")
        batch_op.drop_column("security_reference")
        batch_op.drop_column("security_form")
        batch_op.drop_column("edition")
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_plans_method"), type_="check")
        batch_op.drop_constraint(op.f("ck_plans_source_ground"), type_="check")
        batch_op.drop_column("source_former_price")
        batch_op.drop_column("source_code")
        batch_op.drop_column("source_ground")
        batch_op.create_check_constraint(op.f("ck_plans_method"), "method IN ('open-tender', 'consultation')")
    with op.batch_alter_table("publications") as batch_op:
        batch_op.drop_constraint(op.f("ck_publications_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_publications_kind"),
            "kind IN ('announcement', 'opening-record', 'failure-notice', 'award-notice', 'agreement-notice', 'supplement-notice', 'acceptance-notice', 'evaluation-notice', 'listing-notice', 'listing-decision', 'take-back-notice', 'end-notice')",
        )
    with op.batch_alter_table("source_objections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_objections_notice_id"))
    op.drop_table("source_objections")
    op.drop_table("bidding_documents")
    op.drop_table("announcement_versions")
    op.drop_table("source_notices")
    op.drop_table("intentions")
