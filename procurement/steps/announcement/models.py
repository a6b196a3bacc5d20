"""The announcement of one attempt to find an undertaker, and the keys its bids are sealed to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from procurement.foundation.database import Base, Moment, MoneyFen, db
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.foundation.money import Money
from procurement.foundation.states import StateTable
from procurement.registers.access import Appointed, Deed
from procurement.registers.audit import sealed_chain
from procurement.registers.files import StoredFile
from procurement.registers.people import User
from procurement.registers.publications import Publication
from procurement.steps.preliminaries.models import Preliminaries, preliminaries_of
from procurement.transfers.models import Appointment, OfTransfer, Transfer


class AnnouncementStatus(Labelled):
    """Where an announcement stands; whether it takes bids is a question of the hour, not of the status."""

    DRAFT = "draft", word("起草中")
    PUBLISHED = "published", word("已发布")
    FAILED = "failed", word("已流标")


_S = AnnouncementStatus


class VersionKind(Labelled):
    """What a version of a published announcement changed: nothing yet, its words, or what bidders go by."""

    FIRST = "first", word("首次发布")
    EDITORIAL = "editorial", word("文字更正")
    MATERIAL = "material", word("实质变更")


ANNOUNCEMENT_MOVES: StateTable[AnnouncementStatus] = StateTable(
    {
        Deed.ANNOUNCEMENT_REVISE: (frozenset({_S.DRAFT}), _S.DRAFT),
        Deed.ANNOUNCEMENT_PUBLISH: (frozenset({_S.DRAFT}), _S.PUBLISHED),
        Deed.COMPETITION_FAIL: (frozenset({_S.PUBLISHED}), _S.FAILED),
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
    # What each bidder gives as security, never in cash; nothing where none is asked.
    security: Mapped[Money] = mapped_column(MoneyFen, default=Money(0))
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"))
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    failure_reason: Mapped[str] = mapped_column(Text, default="")
    # The number of its newest published version; none before it is published.
    edition: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    transfer: Mapped[Transfer] = relationship(lazy="select")
    drafted_by: Mapped[User] = relationship(lazy="joined")
    publication: Mapped[Publication | None] = relationship(lazy="joined")
    versions: Mapped[list[AnnouncementVersion]] = relationship(
        lazy="select", back_populates="announcement", order_by="AnnouncementVersion.number"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def sealed_chain(self) -> str:
        """The audit chain of what must not be told before the opening; until then no page, command or count reads it."""
        return sealed_chain(self.id)

    def chain_for(self, deed: Deed) -> str:
        """The chain of its transfer; who tried to bid and was refused is a bidder's name, and goes where its bids' lines go."""
        return self.sealed_chain if deed is Deed.BID_SUBMIT else self.chain_key


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
    publication: Mapped[Publication] = relationship(lazy="joined")
    pdf: Mapped[StoredFile | None] = relationship(lazy="joined", foreign_keys=[pdf_id])
    docx: Mapped[StoredFile | None] = relationship(lazy="joined", foreign_keys=[docx_id])
    made_by: Mapped[User] = relationship(lazy="joined")

    @property
    def transfer(self) -> Transfer:
        """The transfer it calls for."""
        return self.announcement.transfer


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
    pdf: Mapped[StoredFile] = relationship(lazy="joined", foreign_keys=[pdf_id])
    docx: Mapped[StoredFile] = relationship(lazy="joined", foreign_keys=[docx_id])
    completed: Mapped[StoredFile | None] = relationship(lazy="joined", foreign_keys=[completed_id])

    @property
    def transfer(self) -> Transfer:
        """The transfer they call for."""
        return self.announcement.transfer

    @property
    def editable(self) -> StoredFile:
        """What goes out beside the PDF: the completed file, else the assembled DOCX."""
        return self.completed or self.docx


class OpenerKey(Base):
    """The key pair of an appointed opener and the competition's, whose private half is sealed to the opener's.

    The opener's private half is wrapped by a passphrase that was shown once and is kept nowhere; `suite` says how all of
    it was made, so that what was sealed under it is opened under it when a later suite replaces it.
    """

    __tablename__ = "opener_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"), unique=True)
    suite: Mapped[int] = mapped_column()
    opener_public: Mapped[bytes] = mapped_column(LargeBinary)
    opener_private_wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    competition_public: Mapped[bytes] = mapped_column(LargeBinary)
    competition_private_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Moment)

    appointment: Mapped[Appointment] = relationship(lazy="joined")


@dataclass(frozen=True, slots=True)
class AnnouncementDesk:
    """What the room knows of one transfer: this attempt's announcement and opener, and what was public before; whichever there is."""

    announcement: Announcement | None
    opener: Appointment | None
    key: OpenerKey | None
    documents: BiddingDocuments | None = None
    preliminaries: Preliminaries = field(default_factory=Preliminaries)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


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


def key_of(announcement: Announcement) -> OpenerKey | None:
    """The keys of this announcement's competition."""
    query = (
        select(OpenerKey)
        .join(OpenerKey.appointment)
        .where(
            Appointment.transfer_id == announcement.transfer_id,
            Appointment.attempt == announcement.attempt,
            Appointment.kind == Appointed.OPENER,
        )
        .order_by(OpenerKey.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def key_of_appointment(appointment: Appointment) -> OpenerKey | None:
    """The keys made when this appointment was accepted."""
    return db.session.scalar(select(OpenerKey).where(OpenerKey.appointment_id == appointment.id))


def documents_of(announcement: Announcement) -> BiddingDocuments | None:
    """The bidding documents assembled for this announcement."""
    return db.session.scalar(select(BiddingDocuments).where(BiddingDocuments.announcement_id == announcement.id))


def desks(transfers: Sequence[Transfer]) -> Mapping[int, AnnouncementDesk]:
    """The room's state for several transfers, in a constant number of queries."""
    ids = [transfer.id for transfer in transfers]
    announcements = {
        (row.transfer_id, row.attempt): row
        for row in db.session.scalars(select(Announcement).where(Announcement.transfer_id.in_(ids))).unique()
    }
    openers = {
        appointment.id: appointment
        for transfer in transfers
        for appointment in transfer.appointments
        if appointment.kind is Appointed.OPENER and appointment.attempt == transfer.attempt and not appointment.ended_at
    }
    keys = {
        row.appointment_id: row
        for row in db.session.scalars(select(OpenerKey).where(OpenerKey.appointment_id.in_(openers))).unique()
    }
    numbers = [row.id for row in announcements.values()]
    documents = {
        row.announcement_id: row
        for row in db.session.scalars(
            select(BiddingDocuments).where(BiddingDocuments.announcement_id.in_(numbers))
        ).unique()
    }
    before = preliminaries_of(transfers)
    found: dict[int, AnnouncementDesk] = {}
    for transfer in transfers:
        opener = next((held for held in openers.values() if held.transfer_id == transfer.id), None)
        announcement = announcements.get((transfer.id, transfer.attempt))
        found[transfer.id] = AnnouncementDesk(
            announcement,
            opener,
            keys.get(opener.id) if opener else None,
            documents.get(announcement.id) if announcement is not None else None,
            before[transfer.id],
        )
    return found
