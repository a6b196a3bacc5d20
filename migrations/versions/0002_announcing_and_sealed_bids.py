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
    """What stands in tables and columns that go is put aside until there is a place for it."""
    bind.execute(sa.text("CREATE TEMPORARY TABLE landed_opener_keys AS SELECT * FROM opener_keys"))
    bind.execute(
        sa.text(
            "CREATE TEMPORARY TABLE landed_documents AS SELECT id, document_id FROM bids WHERE document_id IS NOT NULL"
        )
    )


def after(bind: sa.Connection) -> None:
    """What was landed goes on: first versions of what is published, keys under the suite of one holder, documents of bids."""
    _add_first_versions(bind)
    _move_keys(bind)
    _move_documents(bind)


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


def _move_documents(bind: sa.Connection) -> None:
    """A bid may have several documents now: the one it had is its first."""
    bind.execute(
        sa.text("INSERT INTO bid_documents (bid_id, position, file_id) SELECT id, 1, document_id FROM landed_documents")
    )
    bind.execute(sa.text("DROP TABLE landed_documents"))


# ── end of what is moved by hand ──


def upgrade() -> None:
    """From the landed building to this."""
    before(op.get_bind())
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
        "bid_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_bid_drafts_announcement_id_announcements")
        ),
        sa.ForeignKeyConstraint(["kept_by_id"], ["users.id"], name=op.f("fk_bid_drafts_kept_by_id_users")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_bid_drafts_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bid_drafts")),
        sa.UniqueConstraint(
            "announcement_id", "organisation_id", name=op.f("uq_bid_drafts_announcement_id_organisation_id")
        ),
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
    op.create_table(
        "bid_documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_bid_documents_bid_id_bids")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_bid_documents_file_id_stored_files")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bid_documents")),
        sa.UniqueConstraint("bid_id", "position", name=op.f("uq_bid_documents_bid_id_position")),
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
    op.create_table(
        "sealed_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=True),
        sa.Column("label_sealed", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by_id", sa.Integer(), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_sealed_files_is_not_empty")),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_sealed_files_announcement_id_announcements")
        ),
        sa.ForeignKeyConstraint(["begun_by_id"], ["users.id"], name=op.f("fk_sealed_files_begun_by_id_users")),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_sealed_files_bid_id_bids")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_sealed_files_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_files")),
        sa.UniqueConstraint("token", name=op.f("uq_sealed_files_token")),
    )
    op.create_table(
        "sealed_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("blob_sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["sealed_files.id"], name=op.f("fk_sealed_parts_file_id_sealed_files")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_parts")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_sealed_parts_file_id_number")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_announcements_status"), type_="check")
        batch_op.add_column(sa.Column("security", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("adjourned_to", sa.DateTime(timezone=True), nullable=True))
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
        batch_op.create_check_constraint(
            op.f("ck_announcements_status"), "status IN ('draft', 'published', 'failed', 'withdrawn')"
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
            "deed IN ('session:open', 'session:close', 'session:end', 'user:create', 'roles:grant', 'user:deactivate', 'user:reactivate', 'password:change', 'password:reissue', 'password:reset', 'email:change', 'reset-link:request', 'notices:read', 'language:choose', 'substitution:grant', 'substitution:end', 'department:create', 'department:rename', 'department:describe', 'department:read', 'organisation:register', 'organisation:verify', 'organisation:refuse', 'first-account:open', 'organisation:read', 'payment-details:keep', 'identity-number:read', 'bank-account:read', 'colleague:enrol', 'colleague:stop', 'programme:publish', 'holidays:enter', 'period:recompute', 'standard:add', 'standard:revise', 'grade:enter', 'credit-record:enter', 'credit-record:lift', 'listing:apply', 'evidence:add', 'listing:accept', 'condition:judge', 'listing:opine', 'listing:return', 'listing:announce', 'objection:note', 'listing:publish', 'listing:suspend', 'listing:restore', 'listing:remove', 'listing:read', 'expiry:remind', 'edition:draft', 'entry:add', 'entry:amend', 'entry:retire', 'entry:restore', 'entry:move', 'edition:submit', 'edition:discard', 'edition:read', 'budget-line:enter', 'budget-line:adjust', 'budget-line:read', 'import:begin', 'import:assign', 'import:discard', 'organisations:import', 'standards:import', 'budget-lines:import', 'powers:import', 'functions:import', 'accounts:import', 'roles:import', 'catalogue:import', 'negative-list:import', 'plan:draft', 'plan:revise', 'plan:abandon', 'plan:submit', 'plan:recall', 'plan:evaluate', 'funding:join', 'condition:meet', 'attachment:add', 'attachment:remove', 'finding:record', 'conference:convene', 'conference:cancel', 'conference:open', 'recusal:declare', 'vote:cast', 'item:resolve', 'conference:close', 'conference:read', 'transfer:pause', 'transfer:resume', 'transfer:rescreen', 'take-back:propose', 'take-back:answer', 'take-back:withdraw', 'transfer:read', 'intention:publish', 'intention:waive', 'source-notice:publish', 'source-objection:note', 'source-objection:answer', 'opener:appoint', 'opener:accept', 'opening-witness:appoint', 'opening-witness:accept', 'custodian:appoint', 'custodian:accept', 'sheet:confirm', 'announcement:draft', 'announcement:revise', 'announcement:publish', 'documents:assemble', 'documents:complete', 'documents:print', 'medium-notice:enter', 'announcement:correct', 'announcement:amend', 'deadline:extend', 'announcement:withdraw', 'enquiry:ask', 'enquiry:answer', 'subscription:begin', 'subscription:end', 'interest:begin', 'interest:end', 'bid:submit', 'bid:withdraw', 'bid-file:seal', 'bid-file:drop', 'bid-draft:keep', 'bid-drafts:sweep', 'trial:run', 'bid:confirm', 'bid:read', 'secret:report', 'holder:replace', 'bids:commit', 'bids:open', 'opening:adjourn', 'opening:confirm', 'opening:object', 'objection:answer', 'opening-record:print', 'bids:qualify', 'competition:fail', 'panel:draw', 'score-sheet:sign', 'review:conclude', 'review:read', 'award:confirm', 'award-notice:publish', 'security:return', 'agreement:draft', 'agreement:revise', 'agreement:confirm', 'agreement:conclude', 'agreement:publish', 'agreement:file', 'agreement:read', 'supplement:draft', 'supplement:confirm', 'supplement:conclude', 'supplement:withdraw', 'handover:draft', 'handover:revise', 'handover:sign', 'handover:read', 'milestone:report', 'milestone:accept', 'milestone:return', 'milestone:read', 'payment:request', 'payment:make', 'inspection:record', 'evaluation:conclude', 'evaluation:read', 'transfer:close', 'audit:read', 'reminder:send', 'clock:advance', 'identity:assume', 'demonstration:reset')",
        )
    with op.batch_alter_table("bids", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_bids_no_price_before_the_opening"), type_="check")
        batch_op.drop_constraint(op.f("ck_bids_status"), type_="check")
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("suite", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("envelope", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("wrapped_key", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("manifest_blob", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("form_key", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("lead", sa.String(length=100), server_default="", nullable=False))
        batch_op.add_column(sa.Column("staff", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column(
                "security_form",
                sa.Enum("cheque", "draft", "note", "guarantee", name="security_form", native_enum=False, length=40),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("security_reference", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(sa.Column("security_returned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_bids_announcement_id_organisation_id_form_key"),
            ["announcement_id", "organisation_id", "form_key"],
        )
        batch_op.drop_constraint(batch_op.f("fk_bids_document_id_stored_files"), type_="foreignkey")
        batch_op.drop_column("document_id")
        batch_op.create_check_constraint(
            op.f("ck_bids_a_withdrawn_bid_has_lost_its_key"),
            "suite = 1 OR (status = 'withdrawn') = (wrapped_key IS NULL)",
        )
        batch_op.create_check_constraint(
            op.f("ck_bids_no_price_before_the_opening"),
            "status NOT IN ('submitted', 'withdrawn', 'broken', 'unconfirmed') OR price IS NULL",
        )
        batch_op.create_check_constraint(
            op.f("ck_bids_security_form"), "security_form IN ('cheque', 'draft', 'note', 'guarantee')"
        )
        batch_op.create_check_constraint(
            op.f("ck_bids_status"),
            "status IN ('submitted', 'withdrawn', 'opened', 'broken', 'qualified', 'disqualified', 'unconfirmed')",
        )
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
    with op.batch_alter_table("downloads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_downloads_announcement_id"), ["announcement_id"], unique=False)
    with op.batch_alter_table("enquiries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enquiries_announcement_id"), ["announcement_id"], unique=False)
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interests_announcement_id"), ["announcement_id"], unique=False)
    with op.batch_alter_table("opening_remarks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opening_remarks_competition_id"), ["competition_id"], unique=False)
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_plans_method"), type_="check")
        batch_op.add_column(
            sa.Column(
                "source_ground",
                sa.Enum("only-one", "urgent", "addition", name="source_ground", native_enum=False, length=40),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("source_code", sa.String(length=18), server_default="", nullable=False))
        batch_op.add_column(sa.Column("source_former_price", sa.BigInteger(), server_default="0", nullable=False))
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
            "kind IN ('announcement', 'opening-record', 'failure-notice', 'withdrawal-notice', 'award-notice', 'agreement-notice', 'supplement-notice', 'acceptance-notice', 'evaluation-notice', 'listing-notice', 'listing-decision', 'take-back-notice', 'intention-notice', 'source-notice', 'end-notice')",
        )
    with op.batch_alter_table("sealed_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_files_announcement_id"), ["announcement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sealed_files_bid_id"), ["bid_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sealed_files_organisation_id"), ["organisation_id"], unique=False)
    with op.batch_alter_table("source_objections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_objections_notice_id"), ["notice_id"], unique=False)
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriptions_code"), ["code"], unique=False)
    with op.batch_alter_table("announcements") as batch_op:
        batch_op.alter_column("security", server_default=None)
        batch_op.alter_column("edition", server_default=None)
    with op.batch_alter_table("bids") as batch_op:
        batch_op.alter_column("edition", server_default=None)
        batch_op.alter_column("suite", server_default=None)
        batch_op.alter_column("envelope", server_default=None)
        batch_op.alter_column("manifest_blob", server_default=None)
        batch_op.alter_column("lead", server_default=None)
        batch_op.alter_column("staff", server_default=None)
        batch_op.alter_column("security_reference", server_default=None)
    with op.batch_alter_table("demonstration_passphrases") as batch_op:
        batch_op.alter_column("kind", server_default=None)
    with op.batch_alter_table("plans") as batch_op:
        batch_op.alter_column("source_code", server_default=None)
        batch_op.alter_column("source_former_price", server_default=None)
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
        batch_op.drop_constraint(op.f("ck_announcements_status"), type_="check")
        batch_op.drop_column("edition")
        batch_op.drop_column("failure_ground")
        batch_op.drop_column("adjourned_to")
        batch_op.drop_column("security")
        batch_op.create_check_constraint(op.f("ck_announcements_status"), "status IN ('draft', 'published', 'failed')")
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
        batch_op.drop_constraint(op.f("ck_bids_a_withdrawn_bid_has_lost_its_key"), type_="check")
        batch_op.drop_constraint(op.f("ck_bids_no_price_before_the_opening"), type_="check")
        batch_op.drop_constraint(op.f("ck_bids_security_form"), type_="check")
        batch_op.drop_constraint(op.f("ck_bids_status"), type_="check")
        batch_op.add_column(sa.Column("document_id", sa.INTEGER(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_bids_document_id_stored_files"), "stored_files", ["document_id"], ["id"]
        )
        batch_op.drop_constraint(batch_op.f("uq_bids_announcement_id_organisation_id_form_key"), type_="unique")
        batch_op.drop_column("security_returned_at")
        batch_op.drop_column("security_reference")
        batch_op.drop_column("security_form")
        batch_op.drop_column("staff")
        batch_op.drop_column("lead")
        batch_op.drop_column("form_key")
        batch_op.drop_column("manifest_blob")
        batch_op.drop_column("wrapped_key")
        batch_op.drop_column("envelope")
        batch_op.drop_column("suite")
        batch_op.drop_column("edition")
        batch_op.create_check_constraint(
            op.f("ck_bids_no_price_before_the_opening"),
            "status NOT IN ('submitted', 'withdrawn', 'broken') OR price IS NULL",
        )
        batch_op.create_check_constraint(
            op.f("ck_bids_status"),
            "status IN ('submitted', 'withdrawn', 'opened', 'broken', 'qualified', 'disqualified')",
        )
    with op.batch_alter_table("competition_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_competition_keys_transfer_id"))
    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_competitions_opened_with_id_users"), type_="foreignkey")
        batch_op.drop_column("opened_with_id")
    with op.batch_alter_table("demonstration_passphrases", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_demonstration_passphrases_kind"), type_="check")
        batch_op.drop_column("kind")
    with op.batch_alter_table("downloads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_downloads_announcement_id"))
    with op.batch_alter_table("enquiries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enquiries_announcement_id"))
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interests_announcement_id"))
    with op.batch_alter_table("opening_remarks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opening_remarks_competition_id"))
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
    with op.batch_alter_table("sealed_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sealed_files_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_sealed_files_bid_id"))
        batch_op.drop_index(batch_op.f("ix_sealed_files_announcement_id"))
    with op.batch_alter_table("source_objections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_objections_notice_id"))
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscriptions_code"))
    op.drop_table("sealed_parts")
    op.drop_table("sealed_files")
    op.drop_table("opening_remarks")
    op.drop_table("opening_records")
    op.drop_table("competition_key_copies")
    op.drop_table("bid_documents")
    op.drop_table("source_objections")
    op.drop_table("medium_notices")
    op.drop_table("interests")
    op.drop_table("holder_keys")
    op.drop_table("enquiries")
    op.drop_table("downloads")
    op.drop_table("competition_keys")
    op.drop_table("commitments")
    op.drop_table("bidding_documents")
    op.drop_table("bid_drafts")
    op.drop_table("announcement_versions")
    op.drop_table("adjournments")
    op.drop_table("source_notices")
    op.drop_table("intentions")
    op.drop_table("holiday_days")
    op.drop_table("date_changes")
    op.drop_table("subscriptions")
    op.drop_table("holiday_notices")
