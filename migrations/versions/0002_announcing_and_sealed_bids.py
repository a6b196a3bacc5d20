"""Versions of announcements, three holders of the key, sealed files, commitments, and what announcing asks for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_announcing_and_sealed_bids"
down_revision = "0001_the_building"
branch_labels = None
depends_on = None

# ── moved by hand ──


def before(bind: sa.Connection) -> None:
    """The pairs of openers are set aside until there are tables to put them into."""
    bind.execute(sa.text("CREATE TEMPORARY TABLE landed_opener_keys AS SELECT * FROM opener_keys"))


def after(bind: sa.Connection) -> None:
    """What was landed goes on: published announcements as their first versions, and the keys under the suite of one holder."""
    _add_first_versions(bind)
    _move_keys(bind)


def _move_keys(bind: sa.Connection) -> None:
    """Every opener's pair is a holder's; where bids may lie, the newest one's competition key goes with it, with its one copy.

    Of what is not published yet the competition's pair is dropped: another is made at the publication, for three holders.
    """
    bind.execute(
        sa.text(
            "INSERT INTO holder_keys (appointment_id, suite, public, private_wrapped, made_at)"
            " SELECT appointment_id, suite, opener_public, opener_private_wrapped, made_at FROM landed_opener_keys"
        )
    )
    of_published = (
        " FROM landed_opener_keys k"
        " JOIN appointments a ON a.id = k.appointment_id AND a.kind = 'opener'"
        " JOIN announcements n ON n.transfer_id = a.transfer_id AND n.attempt = a.attempt"
    )
    newest = (
        " WHERE n.published_at IS NOT NULL AND k.id = (SELECT max(k2.id) FROM landed_opener_keys k2"
        " JOIN appointments a2 ON a2.id = k2.appointment_id AND a2.kind = 'opener'"
        " WHERE a2.transfer_id = a.transfer_id AND a2.attempt = a.attempt)"
    )
    bind.execute(
        sa.text(
            "INSERT INTO competition_keys (announcement_id, transfer_id, attempt, suite, public, made_at, used_at)"
            " SELECT n.id, n.transfer_id, n.attempt, k.suite, k.competition_public, k.made_at, c.opened_at"
            f"{of_published} LEFT JOIN competitions c ON c.announcement_id = n.id{newest}"
        )
    )
    bind.execute(
        sa.text(
            "INSERT INTO competition_key_copies (competition_key_id, outer_id, sealed)"
            " SELECT ck.id, k.appointment_id, k.competition_private_sealed"
            f"{of_published} JOIN competition_keys ck ON ck.announcement_id = n.id{newest}"
        )
    )
    bind.execute(sa.text("DROP TABLE landed_opener_keys"))


def _add_first_versions(bind: sa.Connection) -> None:
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
    before(op.get_bind())
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
        "competition_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("transfer_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("suite", sa.Integer(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_competition_keys_announcement_id_announcements")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_competition_keys_transfer_id_transfers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competition_keys")),
        sa.UniqueConstraint("announcement_id", name=op.f("uq_competition_keys_announcement_id")),
    )
    op.create_table(
        "holder_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("suite", sa.Integer(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("private_wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("check_word_sha256", sa.String(length=64), nullable=True),
        sa.Column("sheet_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(private_wrapped IS NULL) = (check_word_sha256 IS NOT NULL)",
            name=op.f("ck_holder_keys_wrapped_or_on_a_sheet"),
        ),
        sa.CheckConstraint(
            "sheet_confirmed_at IS NULL OR check_word_sha256 IS NOT NULL",
            name=op.f("ck_holder_keys_only_a_sheet_is_confirmed"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name=op.f("fk_holder_keys_appointment_id_appointments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder_keys")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_holder_keys_appointment_id")),
    )
    op.create_table(
        "competition_key_copies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_key_id", sa.Integer(), nullable=False),
        sa.Column("outer_id", sa.Integer(), nullable=False),
        sa.Column("inner_id", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_key_id"],
            ["competition_keys.id"],
            name=op.f("fk_competition_key_copies_competition_key_id_competition_keys"),
        ),
        sa.ForeignKeyConstraint(
            ["inner_id"], ["appointments.id"], name=op.f("fk_competition_key_copies_inner_id_appointments")
        ),
        sa.ForeignKeyConstraint(
            ["outer_id"], ["appointments.id"], name=op.f("fk_competition_key_copies_outer_id_appointments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competition_key_copies")),
        sa.UniqueConstraint(
            "competition_key_id",
            "outer_id",
            "inner_id",
            name=op.f("uq_competition_key_copies_competition_key_id_outer_id_inner_id"),
        ),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "failure_ground",
                sa.Enum("too-few", "keys-lost", name="failure_ground", native_enum=False, length=40),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_announcements_failure_ground"), "failure_ground IN ('too-few', 'keys-lost')"
        )
    with op.batch_alter_table("appointments") as batch_op:
        batch_op.drop_constraint(op.f("ck_appointments_kind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_appointments_kind"),
            "kind IN ('opener', 'panel-member', 'witness', 'opening-witness', 'custodian')",
        )
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'opener:appoint', 'opener:accept', 'opening-witness:appoint', 'opening-witness:accept', 'custodian:appoint', 'custodian:accept', 'sheet:confirm', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'bid:submit', 'bid:withdraw', 'bid:read', 'secret:report', 'holder:replace', 'bids:open', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="1", nullable=False))
    with op.batch_alter_table("competition_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_competition_keys_transfer_id"), ["transfer_id"], unique=False)
    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("opened_with_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_competitions_opened_with_id_users"), "users", ["opened_with_id"], ["id"]
        )
    with op.batch_alter_table("demonstration_passphrases", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.Enum(
                    "opener",
                    "panel-member",
                    "witness",
                    "opening-witness",
                    "custodian",
                    name="kind",
                    native_enum=False,
                    length=40,
                ),
                server_default="opener",
                nullable=False,
            )
        )
        batch_op.create_check_constraint(
            op.f("ck_demonstration_passphrases_kind"),
            "kind IN ('opener', 'panel-member', 'witness', 'opening-witness', 'custodian')",
        )
    with op.batch_alter_table("announcements") as batch_op:
        batch_op.alter_column("edition", server_default=None)
    with op.batch_alter_table("bids") as batch_op:
        batch_op.alter_column("edition", server_default=None)
    with op.batch_alter_table("demonstration_passphrases") as batch_op:
        batch_op.alter_column("kind", server_default=None)
    op.drop_table("opener_keys")
    after(op.get_bind())


def downgrade() -> None:
    """Back; what was written of the new deeds must be gone before."""
    op.create_table(
        "opener_keys",
        sa.Column("id", sa.INTEGER(), nullable=False),
        sa.Column("appointment_id", sa.INTEGER(), nullable=False),
        sa.Column("suite", sa.INTEGER(), nullable=False),
        sa.Column("opener_public", sa.LargeBinary(), nullable=False),
        sa.Column("opener_private_wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("competition_public", sa.LargeBinary(), nullable=False),
        sa.Column("competition_private_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name=op.f("fk_opener_keys_appointment_id_appointments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opener_keys")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_opener_keys_appointment_id")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_announcements_failure_ground"), type_="check")
        batch_op.drop_column("edition")
        batch_op.drop_column("failure_ground")
    with op.batch_alter_table("appointments") as batch_op:
        batch_op.drop_constraint(op.f("ck_appointments_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_appointments_kind"), "kind IN ('opener', 'panel-member', 'witness')")
    with op.batch_alter_table("audit_lines") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_lines_deed"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_lines_deed"),
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'opener:appoint', 'opener:accept', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'bid:submit', 'bid:withdraw', 'bid:read', 'bids:open', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.drop_column("edition")
    with op.batch_alter_table("competition_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_competition_keys_transfer_id"))
    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_competitions_opened_with_id_users"), type_="foreignkey")
        batch_op.drop_column("opened_with_id")
    with op.batch_alter_table("demonstration_passphrases", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_demonstration_passphrases_kind"), type_="check")
        batch_op.drop_column("kind")
    op.drop_table("competition_key_copies")
    op.drop_table("holder_keys")
    op.drop_table("competition_keys")
    op.drop_table("announcement_versions")
