"""Talks before final offers: meetings, changed terms, calls, offers, and a second key for their sitting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_talks"
down_revision = "0002_announcing_and_sealed_bids"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "changed_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("service <> '' OR agreement <> ''", name=op.f("ck_changed_terms_something_changes")),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name=op.f("ck_changed_terms_confirmed_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_changed_terms_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["users.id"], name=op.f("fk_changed_terms_confirmed_by_id_users")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_changed_terms_proposed_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changed_terms")),
        sa.UniqueConstraint("competition_id", "number", name=op.f("uq_changed_terms_competition_id_number")),
    )
    op.create_table(
        "offer_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("disclosed", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("opened_with_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_offer_calls_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(["invited_by_id"], ["users.id"], name=op.f("fk_offer_calls_invited_by_id_users")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_offer_calls_opened_by_id_users")),
        sa.ForeignKeyConstraint(["opened_with_id"], ["users.id"], name=op.f("fk_offer_calls_opened_with_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_calls")),
        sa.UniqueConstraint("competition_id", name=op.f("uq_offer_calls_competition_id")),
    )
    op.create_table(
        "talk_meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("took_part", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_talk_meetings_bid_id_bids")),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_talk_meetings_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_talk_meetings_recorded_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk_meetings")),
        sa.UniqueConstraint("bid_id", "round", name=op.f("uq_talk_meetings_bid_id_round")),
    )
    with op.batch_alter_table("talk_meetings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_talk_meetings_competition_id"), ["competition_id"], unique=False)

    op.create_table(
        "final_offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.String(length=11), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("submitted_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "submitted",
                "replaced",
                "opened",
                "broken",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("envelope_sha256", sa.String(length=64), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("manifest_blob", sa.String(length=64), nullable=False),
        sa.Column("form_key", sa.String(length=32), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("broken_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("(status = 'opened') = (price IS NOT NULL)", name=op.f("ck_final_offers_price_once_opened")),
        sa.CheckConstraint(
            "(status = 'replaced') = (wrapped_key IS NULL)",
            name=op.f("ck_final_offers_a_replaced_offer_has_lost_its_key"),
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_final_offers_bid_id_bids")),
        sa.ForeignKeyConstraint(["call_id"], ["offer_calls.id"], name=op.f("fk_final_offers_call_id_offer_calls")),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["users.id"], name=op.f("fk_final_offers_submitted_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_final_offers")),
        sa.UniqueConstraint("bid_id", "form_key", name=op.f("uq_final_offers_bid_id_form_key")),
        sa.UniqueConstraint("receipt", name=op.f("uq_final_offers_receipt")),
    )
    with op.batch_alter_table("final_offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_final_offers_call_id"), ["call_id"], unique=False)
        batch_op.create_index(
            "uq_final_offers_one_active_of_a_bid",
            ["bid_id"],
            unique=True,
            sqlite_where=sa.text("status <> 'replaced'"),
            postgresql_where=sa.text("status <> 'replaced'"),
        )

    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("has_talks", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_price", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(op.f("ck_bids_status"), type_="check")
        batch_op.drop_constraint(op.f("ck_bids_price_once_opened"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_bids_price_once_opened"),
            "status NOT IN ('opened', 'qualified', 'disqualified', 'left') OR price IS NOT NULL",
        )
        batch_op.create_check_constraint(op.f("ck_bids_left_at_its_instant"), "status <> 'left' OR left_at IS NOT NULL")
        batch_op.create_check_constraint(
            op.f("ck_bids_status"),
            "status IN ('submitted', 'withdrawn', 'opened', 'broken', 'qualified', 'disqualified', 'unconfirmed', 'left')",
        )

    with op.batch_alter_table("competition_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sitting", sa.Integer(), server_default="1", nullable=False))
        batch_op.drop_constraint(batch_op.f("uq_competition_keys_announcement_id"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_competition_keys_announcement_id_sitting"), ["announcement_id", "sitting"]
        )

    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("has_talks", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("sealed_files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("offer_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_sealed_files_offer_id"), ["offer_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_sealed_files_offer_id_final_offers"), "final_offers", ["offer_id"], ["id"]
        )
    with op.batch_alter_table("competition_keys") as batch_op:
        batch_op.alter_column("sitting", server_default=None)
    with op.batch_alter_table("competitions") as batch_op:
        batch_op.alter_column("has_talks", server_default=None)
    with op.batch_alter_table("announcements") as batch_op:
        batch_op.alter_column("has_talks", server_default=None)
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'holidays:enter', 'period:recompute', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'intention:publish', 'intention:waive', 'source-notice:publish', 'source-objection:note', 'source-objection:answer', 'opener:appoint', 'opener:accept', 'opening-witness:appoint', 'opening-witness:accept', 'custodian:appoint', 'custodian:accept', 'sheet:confirm', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'documents:assemble', 'documents:complete', 'documents:print', 'medium-notice:enter', 'announcement:correct', 'announcement:amend', 'deadline:extend', 'announcement:withdraw', 'enquiry:ask', 'enquiry:answer', 'subscription:begin', 'subscription:end', 'interest:begin', 'interest:end', 'bid:submit', 'bid:withdraw', 'bid-file:seal', 'bid-file:drop', 'bid-draft:keep', 'bid-drafts:sweep', 'trial:run', 'bid:confirm', 'bid:read', 'secret:report', 'holder:replace', 'bids:commit', 'bids:open', 'opening:adjourn', 'opening:confirm', 'opening:object', 'objection:answer', 'opening-record:print', 'bids:qualify', 'competition:fail', 'panel:draw', 'meetings:record', 'terms:propose', 'terms:confirm', 'offers:invite', 'offers:extend', 'offer:submit', 'talks:leave', 'offers:commit', 'offers:open', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'security:return', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )


def downgrade() -> None:
    """Back; what was written of the new deeds must be gone before."""
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'holidays:enter', 'period:recompute', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'intention:publish', 'intention:waive', 'source-notice:publish', 'source-objection:note', 'source-objection:answer', 'opener:appoint', 'opener:accept', 'opening-witness:appoint', 'opening-witness:accept', 'custodian:appoint', 'custodian:accept', 'sheet:confirm', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'documents:assemble', 'documents:complete', 'documents:print', 'medium-notice:enter', 'announcement:correct', 'announcement:amend', 'deadline:extend', 'announcement:withdraw', 'enquiry:ask', 'enquiry:answer', 'subscription:begin', 'subscription:end', 'interest:begin', 'interest:end', 'bid:submit', 'bid:withdraw', 'bid-file:seal', 'bid-file:drop', 'bid-draft:keep', 'bid-drafts:sweep', 'trial:run', 'bid:confirm', 'bid:read', 'secret:report', 'holder:replace', 'bids:commit', 'bids:open', 'opening:adjourn', 'opening:confirm', 'opening:object', 'objection:answer', 'opening-record:print', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'security:return', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("sealed_files", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_sealed_files_offer_id_final_offers"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_sealed_files_offer_id"))
        batch_op.drop_column("offer_id")

    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.drop_column("has_talks")

    with op.batch_alter_table("competition_keys", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_competition_keys_announcement_id_sitting"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_competition_keys_announcement_id"), ["announcement_id"])
        batch_op.drop_column("sitting")

    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_bids_status"), type_="check")
        batch_op.drop_constraint(op.f("ck_bids_left_at_its_instant"), type_="check")
        batch_op.drop_constraint(op.f("ck_bids_price_once_opened"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_bids_price_once_opened"),
            "status NOT IN ('opened', 'qualified', 'disqualified') OR price IS NOT NULL",
        )
        batch_op.create_check_constraint(
            op.f("ck_bids_status"),
            "status IN ('submitted', 'withdrawn', 'opened', 'broken', 'qualified', 'disqualified', 'unconfirmed')",
        )
        batch_op.drop_column("left_at")
        batch_op.drop_column("first_price")

    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_column("has_talks")

    with op.batch_alter_table("final_offers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_final_offers_one_active_of_a_bid",
            sqlite_where=sa.text("status <> 'replaced'"),
            postgresql_where=sa.text("status <> 'replaced'"),
        )
        batch_op.drop_index(batch_op.f("ix_final_offers_call_id"))

    op.drop_table("final_offers")
    with op.batch_alter_table("talk_meetings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_talk_meetings_competition_id"))

    op.drop_table("talk_meetings")
    op.drop_table("offer_calls")
    op.drop_table("changed_terms")
