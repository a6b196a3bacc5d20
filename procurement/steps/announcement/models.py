"""The announcement of one attempt to find an undertaker, and its published versions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, Text, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from procurement.foundation.database import Base, Moment, MoneyFen, asked_once, db
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.foundation.money import Money
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.audit import sealed_chain
from procurement.registers.files import StoredFile
from procurement.registers.people import User
from procurement.registers.publications import Publication
from procurement.steps.holders import models as holder_models
from procurement.steps.holders.models import BIDS, CompetitionKey, HoldersDesk, competition_key_of_announcement
from procurement.steps.preliminaries.models import Preliminaries, preliminaries_of
from procurement.transfers.models import OfTransfer, Transfer, TransferStatus


class AnnouncementStatus(Labelled):
    """Where an announcement stands; whether it takes bids is a question of the hour, not of the status."""

    DRAFT = "draft", word("起草中")
    PUBLISHED = "published", word("已发布")
    FAILED = "failed", word("已流标")
    WITHDRAWN = "withdrawn", word("已撤回")


_S = AnnouncementStatus


class FailureGround(Labelled):
    """For what a competition was declared failed."""

    TOO_FEW = "too-few", word("有效的投标不足")
    KEYS_LOST = "keys-lost", word("持有人报告口令遗失，投标打不开")


class VersionKind(Labelled):
    """What a version of a published announcement changed: nothing yet, its words, what bidders go by, or the deadline alone."""

    FIRST = "first", word("首次发布")
    EDITORIAL = "editorial", word("文字更正")
    MATERIAL = "material", word("实质变更")
    EXTENSION = "extension", word("顺延截止")


ANNOUNCEMENT_MOVES: StateTable[AnnouncementStatus] = StateTable(
    {
        Deed.ANNOUNCEMENT_REVISE: (frozenset({_S.DRAFT}), _S.DRAFT),
        Deed.ANNOUNCEMENT_PUBLISH: (frozenset({_S.DRAFT}), _S.PUBLISHED),
        Deed.COMPETITION_FAIL: (frozenset({_S.PUBLISHED}), _S.FAILED),
        Deed.ANNOUNCEMENT_CORRECT: (frozenset({_S.PUBLISHED}), _S.PUBLISHED),
        Deed.ANNOUNCEMENT_AMEND: (frozenset({_S.PUBLISHED}), _S.PUBLISHED),
        Deed.DEADLINE_EXTEND: (frozenset({_S.PUBLISHED}), _S.PUBLISHED),
        Deed.ANNOUNCEMENT_WITHDRAW: (frozenset({_S.PUBLISHED}), _S.WITHDRAWN),
    }
)

# Whose lines would tell before the opening who is about to bid.
OF_WHO_MAY_BID = frozenset(
    {
        Deed.BID_SUBMIT,
        Deed.BID_FILE_SEAL,
        Deed.BID_DRAFT_KEEP,
        Deed.BID_DRAFTS_SWEEP,
        Deed.TRIAL_RUN,
        Deed.ENQUIRY_ASK,
        Deed.INTEREST_BEGIN,
        Deed.INTEREST_END,
    }
)


class Announcement(OfTransfer, Base):
    """The call for undertakers: one per attempt."""

    __tablename__ = "announcements"
    __table_args__ = (
        UniqueConstraint("transfer_id", "attempt"),
        CheckConstraint("(status = 'draft') = (published_at IS NULL)", name="published_at_iff_published"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    attempt: Mapped[int] = mapped_column()
    status: Mapped[AnnouncementStatus] = mapped_column(
        enum_column(AnnouncementStatus, "status"), default=AnnouncementStatus.DRAFT
    )
    summary: Mapped[str] = mapped_column(Text)
    submission_notes: Mapped[str] = mapped_column(Text, default="")
    contact: Mapped[str] = mapped_column(String(200))
    closes_at: Mapped[datetime] = mapped_column(Moment)
    # Whether its documents say that bidders are met and make final offers; fixed when it is published.
    has_talks: Mapped[bool] = mapped_column(default=False)
    # What each bidder gives as security, never in cash; nothing where none is asked.
    security: Mapped[Money] = mapped_column(MoneyFen, default=Money(0))
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    # The hour that its opening was last put off to; none where it was not.
    adjourned_to: Mapped[datetime | None] = mapped_column(Moment)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"))
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # When it failed or was withdrawn.
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    failure_reason: Mapped[str] = mapped_column(Text, default="")
    failure_ground: Mapped[FailureGround | None] = mapped_column(enum_column(FailureGround, "failure_ground"))
    # The number of its newest published version; none before it is published.
    edition: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    transfer: Mapped[Transfer] = relationship(lazy="select")
    drafted_by: Mapped[User] = relationship(lazy="select")
    publication: Mapped[Publication | None] = relationship(lazy="select")
    versions: Mapped[list[AnnouncementVersion]] = relationship(
        lazy="select", back_populates="announcement", order_by="AnnouncementVersion.number"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def sealed_chain(self) -> str:
        """The audit chain of what must not be told before the opening; until then no page, command or count reads it."""
        return sealed_chain(self.id)

    @property
    def offers_chain(self) -> str:
        """The same of the final offers, until they are opened."""
        return f"{self.sealed_chain}/offers"

    def chain_for(self, deed: Deed) -> str:
        """The chain of its transfer; who bids, prepares to, asks or follows may be a bidder, and goes where the bids' lines go."""
        return self.sealed_chain if deed in OF_WHO_MAY_BID else self.chain_key

    @property
    def binding_edition(self) -> int:
        """The version that a bid must be made or confirmed for: the newest material one, the first where there is none."""
        return max((row.number for row in self.versions if row.kind is VersionKind.MATERIAL), default=1)


class AnnouncementVersion(OfTransfer, Base):
    """One published version of an announcement: what changed and why, its deadline, and the bidding documents of it."""

    __tablename__ = "announcement_versions"
    __table_args__ = (
        UniqueConstraint("announcement_id", "number"),
        CheckConstraint("(kind = 'first') = (number = 1)", name="the_first_is_number_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"))
    number: Mapped[int] = mapped_column()
    kind: Mapped[VersionKind] = mapped_column(enum_column(VersionKind, "kind"))
    # A list of objects `field`, `before`, `after`, in canonical JSON.
    changes: Mapped[str] = mapped_column(Text, default="[]")
    reason: Mapped[str] = mapped_column(Text, default="")
    closes_at: Mapped[datetime] = mapped_column(Moment)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id"))
    pdf_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    docx_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    announcement: Mapped[Announcement] = relationship(lazy="select", back_populates="versions")
    publication: Mapped[Publication] = relationship(lazy="select")
    pdf: Mapped[StoredFile | None] = relationship(lazy="select", foreign_keys=[pdf_id])
    docx: Mapped[StoredFile | None] = relationship(lazy="select", foreign_keys=[docx_id])
    made_by: Mapped[User] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer it calls for."""
        return self.announcement.transfer

    @property
    def told(self) -> list[dict[str, Any]]:
        """What it changed: a list of `field`, `before`, `after`."""
        changes: list[dict[str, Any]] = json.loads(self.changes)
        return changes


class BiddingDocuments(OfTransfer, Base):
    """The bidding documents of an announcement that is not published yet: assembled from plan and text, then completed.

    `digest` is of what they were assembled from; `completed` takes the place of the assembled DOCX.
    """

    __tablename__ = "bidding_documents"
    __table_args__ = (CheckConstraint("(completed_at IS NULL) = (completed_id IS NULL)", name="completed_by_a_file"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    pdf_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    docx_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    assembled_at: Mapped[datetime] = mapped_column(Moment)
    assembled_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    completed_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    completed_at: Mapped[datetime | None] = mapped_column(Moment)
    completed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # What was read of the completed file for screening; nothing where nothing can be read.
    text: Mapped[str] = mapped_column(Text, default="")

    announcement: Mapped[Announcement] = relationship(lazy="select")
    pdf: Mapped[StoredFile] = relationship(lazy="select", foreign_keys=[pdf_id])
    docx: Mapped[StoredFile] = relationship(lazy="select", foreign_keys=[docx_id])
    completed: Mapped[StoredFile | None] = relationship(lazy="select", foreign_keys=[completed_id])

    @property
    def transfer(self) -> Transfer:
        """The transfer they call for."""
        return self.announcement.transfer

    @property
    def editable(self) -> StoredFile:
        """What goes out beside the PDF: the completed file, else the assembled DOCX."""
        return self.completed or self.docx


@dataclass(frozen=True, slots=True)
class AnnouncementDesk:
    """What the room knows of one transfer: this attempt's announcement, who holds what will open its bids, its documents, what was public before."""

    announcement: Announcement | None
    holders: HoldersDesk
    documents: BiddingDocuments | None = None
    preliminaries: Preliminaries = field(default_factory=Preliminaries)


def clock_runs() -> ColumnElement[bool]:
    """The condition of a query that joins an announcement and its transfer: its clock runs (`rules.clock_stands` is the other).

    A pause from before the deadline stops it: the deadline moves when that ends.
    """
    began_late = or_(Transfer.paused_at.is_(None), Transfer.paused_at >= Announcement.closes_at)
    return or_(Transfer.status != TransferStatus.PAUSED, began_late)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def announcements_by_ids(numbers: Iterable[int]) -> Sequence[Announcement]:
    """The announcements of these numbers, the oldest first."""
    ids = list(numbers)
    query = select(Announcement).where(Announcement.id.in_(ids)).order_by(Announcement.id)
    return db.session.scalars(query).unique().all() if ids else []


def announcement_by_id(announcement_id: int) -> Announcement | None:
    """The announcement of this number."""
    return db.session.get(Announcement, announcement_id)


def current_announcement(transfer: Transfer) -> Announcement | None:
    """The announcement of the present attempt."""
    return desks([transfer])[transfer.id].announcement


def announcements_of(transfer: Transfer) -> Sequence[Announcement]:
    """Every attempt's announcement, the first one first."""
    query = select(Announcement).where(Announcement.transfer_id == transfer.id).order_by(Announcement.attempt)
    return db.session.scalars(query).all()


def published_announcements() -> Sequence[Announcement]:
    """Every announcement that has been published and has not failed, the one that closes first first."""
    query = (
        select(Announcement).where(Announcement.status == AnnouncementStatus.PUBLISHED).order_by(Announcement.closes_at)
    )
    return db.session.scalars(query.options(joinedload(Announcement.transfer))).unique().all()


def competition_key_of(announcement: Announcement, sitting: int = BIDS) -> CompetitionKey | None:
    """The key that the bids for this announcement, or the final offers, are sealed to; None before either is called for."""
    return competition_key_of_announcement(announcement.id, sitting)


def versions_to_print() -> Sequence[AnnouncementVersion]:
    """The newest versions of running calls that a change has made and whose bidding documents are not printed yet."""
    query = (
        select(AnnouncementVersion)
        .join(AnnouncementVersion.announcement)
        .join(BiddingDocuments, BiddingDocuments.announcement_id == Announcement.id)
        .where(
            AnnouncementVersion.pdf_id.is_(None),
            AnnouncementVersion.number == Announcement.edition,
            Announcement.status == AnnouncementStatus.PUBLISHED,
        )
    )
    return db.session.scalars(query.order_by(AnnouncementVersion.id)).unique().all()


def version_by_id(version_id: int) -> AnnouncementVersion | None:
    """The version of this number."""
    return db.session.get(AnnouncementVersion, version_id)


def documents_of(announcement: Announcement) -> BiddingDocuments | None:
    """The bidding documents assembled for this announcement."""
    return db.session.scalar(select(BiddingDocuments).where(BiddingDocuments.announcement_id == announcement.id))


@asked_once
def announcements_by_attempt(transfers: Sequence[Transfer]) -> Mapping[tuple[int, int], Announcement]:
    """The announcements of several transfers, by transfer and attempt."""
    ids = [transfer.id for transfer in transfers]
    rows = db.session.scalars(select(Announcement).where(Announcement.transfer_id.in_(ids)))
    return {(row.transfer_id, row.attempt): row for row in rows}


@asked_once
def desks(transfers: Sequence[Transfer]) -> Mapping[int, AnnouncementDesk]:
    """The room's state for several transfers, in a constant number of queries."""
    announcements = announcements_by_attempt(transfers)
    numbers = [row.id for row in announcements.values()]
    documents = {
        row.announcement_id: row
        for row in db.session.scalars(
            select(BiddingDocuments).where(BiddingDocuments.announcement_id.in_(numbers))
        ).unique()
    }
    holders, before = holder_models.desks(transfers), preliminaries_of(transfers)
    found: dict[int, AnnouncementDesk] = {}
    for transfer in transfers:
        announcement = announcements.get((transfer.id, transfer.attempt))
        found[transfer.id] = AnnouncementDesk(
            announcement,
            holders[transfer.id],
            documents.get(announcement.id) if announcement is not None else None,
            before[transfer.id],
        )
    return found
