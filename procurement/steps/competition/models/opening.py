"""What makes an opening one that can be checked: the commitment to its envelopes, its adjournments, its printed records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, exists, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, db
from procurement.foundation.fields import SealedText
from procurement.registers.files import StoredFile
from procurement.registers.people import User
from procurement.steps.announcement.models import Announcement, AnnouncementStatus, clock_runs
from procurement.steps.competition.models.remarks import OpeningRemark, RemarkKind
from procurement.steps.competition.models.review import Competition
from procurement.transfers.models import OfTransfer, Transfer, TransferStatus


class Commitment(OfTransfer, Base):
    """What an announcement's envelopes were at its deadline: one public hash over all of them and a random nonce.

    `sealed` is the text that was hashed (see `commitments.py`), under a key of the instance; `disclosed` is the same text
    in clear, empty until the opening or the failure. Until then only `sha256` is told to anybody.
    """

    __tablename__ = "commitments"
    __table_args__ = (
        CheckConstraint("(disclosed <> '') = (disclosed_at IS NOT NULL)", name="disclosed_at_its_instant"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"), unique=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    sha256: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[str] = mapped_column(SealedText)
    disclosed_at: Mapped[datetime | None] = mapped_column(Moment)
    disclosed: Mapped[str] = mapped_column(Text, default="")

    announcement: Mapped[Announcement] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.announcement.transfer


class Adjournment(OfTransfer, Base):
    """An opening that was put off: from which hour, to which, why."""

    __tablename__ = "adjournments"
    __table_args__ = (UniqueConstraint("announcement_id", "opens_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"))
    put_off: Mapped[datetime] = mapped_column(Moment)
    opens_at: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    announcement: Mapped[Announcement] = relationship(lazy="select")
    made_by: Mapped[User] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.announcement.transfer


class OpeningRecord(OfTransfer, Base):
    """The opening record as it was printed: at the opening, and once more with what the bidders said to it."""

    __tablename__ = "opening_records"
    __table_args__ = (UniqueConstraint("competition_id", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    edition: Mapped[int] = mapped_column()
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    printed_at: Mapped[datetime] = mapped_column(Moment)

    competition: Mapped[Competition] = relationship(lazy="select")
    file: Mapped[StoredFile] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.competition.transfer


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def commitment_of(announcement: Announcement) -> Commitment | None:
    """The commitment to an announcement's envelopes; None before its deadline has settled."""
    return db.session.scalar(select(Commitment).where(Commitment.announcement_id == announcement.id))


def commitment_with(sha256: str) -> Commitment | None:
    """The disclosed commitment whose list names this envelope."""
    return db.session.scalar(select(Commitment).where(Commitment.disclosed.contains(sha256, autoescape=True)).limit(1))


def announcements_without_commitment(closed_before: datetime) -> Sequence[Announcement]:
    """Published announcements that closed before an instant, are neither opened nor ended, and have no commitment yet."""
    query = (
        select(Announcement)
        .join(Announcement.transfer)
        .where(
            Announcement.status == AnnouncementStatus.PUBLISHED,
            Announcement.closes_at <= closed_before,
            Transfer.status != TransferStatus.CLOSED,
            clock_runs(),
            ~exists().where(Commitment.announcement_id == Announcement.id),
            ~exists().where(Competition.announcement_id == Announcement.id),
        )
    )
    return db.session.scalars(query.order_by(Announcement.id)).unique().all()


def adjournments_of(announcement: Announcement) -> Sequence[Adjournment]:
    """How often its opening was put off, the first time first."""
    query = select(Adjournment).where(Adjournment.announcement_id == announcement.id)
    return db.session.scalars(query.order_by(Adjournment.id)).all()


def records_of(competition: Competition) -> Sequence[OpeningRecord]:
    """The printed records of an opening, the newest last."""
    query = select(OpeningRecord).where(OpeningRecord.competition_id == competition.id)
    return db.session.scalars(query.order_by(OpeningRecord.edition)).all()


def competitions_to_print(remarks_ended: datetime) -> Sequence[Competition]:
    """Openings whose printed record lacks: the first one, or, opened before an instant and with no objection waiting, the second.

    What was opened before there were commitments has its published record alone.
    """
    edition, latest = OpeningRecord.edition, 2
    has = exists().where(OpeningRecord.competition_id == Competition.id)
    waits = exists().where(
        OpeningRemark.competition_id == Competition.id,
        OpeningRemark.kind == RemarkKind.OBJECTED,
        OpeningRemark.answer == "",
    )
    query = (
        select(Competition)
        .join(Commitment, Commitment.announcement_id == Competition.announcement_id)
        .where(~has | ((Competition.opened_at <= remarks_ended) & ~waits & ~has.where(edition == latest)))
    )
    return db.session.scalars(query.order_by(Competition.id)).unique().all()
