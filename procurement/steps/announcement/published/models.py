"""What is kept of a published announcement: its notice in the designated medium, enquiries, downloads, followers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from procurement.foundation.database import Base, Moment, db
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import User
from procurement.steps.announcement.models import Announcement, AnnouncementVersion, VersionKind
from procurement.transfers.models import OfTransfer, Transfer


class MediumNotice(OfTransfer, Base):
    """When and where an announcement appeared on the designated medium; entered, and corrected once with a reason (T87-1)."""

    __tablename__ = "medium_notices"
    __table_args__ = (
        UniqueConstraint("announcement_id", "number"),
        CheckConstraint("number IN (1, 2)", name="corrected_once"),
        CheckConstraint("(number = 1) = (reason = '')", name="a_correction_has_its_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"))
    number: Mapped[int] = mapped_column()
    published_on: Mapped[date] = mapped_column()
    address: Mapped[str] = mapped_column(String(300))
    reason: Mapped[str] = mapped_column(Text, default="")
    entered_at: Mapped[datetime] = mapped_column(Moment)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    announcement: Mapped[Announcement] = relationship(lazy="select")
    entered_by: Mapped[User] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.announcement.transfer


class MediumChange(OfTransfer, Base):
    """When and where a later version of an announcement appeared on the designated medium (更正公告, 101号令)."""

    __tablename__ = "medium_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("announcement_versions.id"), unique=True)
    published_on: Mapped[date] = mapped_column()
    address: Mapped[str] = mapped_column(String(300))
    entered_at: Mapped[datetime] = mapped_column(Moment)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    version: Mapped[AnnouncementVersion] = relationship(lazy="select")
    entered_by: Mapped[User] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.version.transfer


class Enquiry(OfTransfer, Base):
    """A question about an announcement (询问): who asked is kept for the answer's sake and told to nobody.

    `question` is as it was asked, `public_question` as it is published, worded anew where it would tell who asks. Its
    `number` is its place among the answered ones, so that no number tells how many wait.
    """

    __tablename__ = "enquiries"
    __table_args__ = (
        UniqueConstraint("announcement_id", "number"),
        CheckConstraint("(answered_at IS NULL) = (number IS NULL)", name="numbered_once_answered"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered_with_an_answer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    question: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    number: Mapped[int | None] = mapped_column()
    public_question: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    is_material: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    announcement: Mapped[Announcement] = relationship(lazy="select")
    asked_by: Mapped[User] = relationship(lazy="select", foreign_keys=[asked_by_id])

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.announcement.transfer

    @property
    def is_open(self) -> bool:
        """Whether it waits for its answer."""
        return self.answered_at is None

    @property
    def chain_key(self) -> str:
        """The chain of what must not be told before the opening: who asks is about to bid."""
        return self.announcement.sealed_chain


class Download(Base):
    """Somebody took a paper of an announcement away: who, where they were signed in, and when; told to nobody (T87-15)."""

    __tablename__ = "downloads"

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"), index=True)
    edition: Mapped[int] = mapped_column()
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    at: Mapped[datetime] = mapped_column(Moment)

    user: Mapped[User | None] = relationship(lazy="select")
    organisation: Mapped[Organisation | None] = relationship(lazy="select")


class Subscription(Base):
    """A person is told when a service of this code, or below it, is called for."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("user_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    code: Mapped[str] = mapped_column(String(20), index=True)
    begun_at: Mapped[datetime] = mapped_column(Moment)

    user: Mapped[User] = relationship(lazy="select")

    @property
    def people_ids(self) -> frozenset[int]:
        """It is the person's own."""
        return frozenset({self.user_id})


class Interest(Base):
    """A person is told of changes and answers of one announcement."""

    __tablename__ = "interests"
    __table_args__ = (UniqueConstraint("user_id", "announcement_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"), index=True)
    begun_at: Mapped[datetime] = mapped_column(Moment)

    user: Mapped[User] = relationship(lazy="select")


@dataclass(frozen=True, slots=True)
class Published:
    """What keeps the bids of an announcement from being opened: its notice in the medium, and the first open enquiry.

    Beside it when the first notice was entered, and which later versions were not entered as published there: they hold nothing.
    """

    notice: MediumNotice | None = None
    waiting: Enquiry | None = None
    first_entered_at: datetime | None = None
    later: tuple[AnnouncementVersion, ...] = ()


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def published_of(announcement_ids: Collection[int]) -> Mapping[int, Published]:
    """What keeps several competitions from their opening, in three queries: the newest notice, the enquiry that waits longest."""
    if not announcement_ids:
        return {}
    notices: dict[int, MediumNotice] = {}
    entered: dict[int, datetime] = {}
    query = select(MediumNotice).where(MediumNotice.announcement_id.in_(announcement_ids))
    for row in db.session.scalars(query.order_by(MediumNotice.number)).unique():
        notices[row.announcement_id] = row
        entered.setdefault(row.announcement_id, row.entered_at)
    later: dict[int, list[AnnouncementVersion]] = {}
    lacking = (
        select(AnnouncementVersion)
        .outerjoin(MediumChange, MediumChange.version_id == AnnouncementVersion.id)
        .where(
            AnnouncementVersion.announcement_id.in_(announcement_ids),
            AnnouncementVersion.kind != VersionKind.FIRST,
            MediumChange.id.is_(None),
        )
    )
    for version in db.session.scalars(lacking.order_by(AnnouncementVersion.number)):
        later.setdefault(version.announcement_id, []).append(version)
    waiting: dict[int, Enquiry] = {}
    asked = select(Enquiry).where(Enquiry.announcement_id.in_(announcement_ids), Enquiry.answered_at.is_(None))
    for question in db.session.scalars(asked.order_by(Enquiry.asked_at.desc(), Enquiry.id.desc())):
        waiting[question.announcement_id] = question
    return {
        number: Published(notices.get(number), waiting.get(number), entered.get(number), tuple(later.get(number, ())))
        for number in announcement_ids
    }


def change_in_medium(version: AnnouncementVersion) -> MediumChange | None:
    """What was entered of a later version's publication on the designated medium."""
    return db.session.scalar(select(MediumChange).where(MediumChange.version_id == version.id))


def changes_in_medium(announcement: Announcement) -> Mapping[int, MediumChange]:
    """The same of every version of an announcement, by the version's number."""
    query = (
        select(MediumChange).join(MediumChange.version).where(AnnouncementVersion.announcement_id == announcement.id)
    )
    return {row.version.number: row for row in db.session.scalars(query)}


def notices_in_medium(announcement: Announcement) -> Sequence[MediumNotice]:
    """What was entered of an announcement's notice in the medium, the first entry first."""
    query = select(MediumNotice).where(MediumNotice.announcement_id == announcement.id)
    return db.session.scalars(query.order_by(MediumNotice.number)).unique().all()


def enquiry_by_id(enquiry_id: int) -> Enquiry | None:
    """The enquiry of this number."""
    return db.session.get(Enquiry, enquiry_id)


def answered_enquiries(announcement: Announcement) -> Sequence[Enquiry]:
    """The enquiries that everybody may read, in the order in which they were answered."""
    query = select(Enquiry).where(Enquiry.announcement_id == announcement.id, Enquiry.answered_at.is_not(None))
    return db.session.scalars(query.order_by(Enquiry.number)).all()


def open_enquiries(announcement: Announcement, *, by: User | None = None) -> Sequence[Enquiry]:
    """The enquiries that wait for their answer; `by` one organisation's people alone."""
    query = select(Enquiry).where(Enquiry.announcement_id == announcement.id, Enquiry.answered_at.is_(None))
    if by is not None:
        query = query.join(Enquiry.asked_by).where(User.organisation_id == by.organisation_id)
    return db.session.scalars(query.order_by(Enquiry.asked_at, Enquiry.id)).all()


def number_of_answers(announcement: Announcement) -> int:
    """How many enquiries have been answered."""
    query = select(func.max(Enquiry.number)).where(Enquiry.announcement_id == announcement.id)
    return db.session.scalar(query) or 0


def downloads_of(announcement: Announcement) -> Sequence[Download]:
    """Who took papers of an announcement away, the first first; for those who may know once bids are opened."""
    query = select(Download).where(Download.announcement_id == announcement.id).order_by(Download.id)
    return db.session.scalars(query.options(joinedload(Download.organisation))).unique().all()


def subscriptions_of(user: User) -> Sequence[Subscription]:
    """The codes a person follows."""
    return db.session.scalars(
        select(Subscription).where(Subscription.user_id == user.id).order_by(Subscription.code)
    ).all()


def subscription_by_id(subscription_id: int) -> Subscription | None:
    """The subscription of this number."""
    return db.session.get(Subscription, subscription_id)


def subscribers() -> Mapping[int, tuple[User, tuple[str, ...]]]:
    """Everybody who follows codes, with the codes, by the person's number."""
    found: dict[int, tuple[User, tuple[str, ...]]] = {}
    query = select(Subscription).join(Subscription.user).where(User.deactivated_at.is_(None))
    for row in db.session.scalars(query.order_by(Subscription.id)).unique():
        _user, codes = found.get(row.user_id, (row.user, ()))
        found[row.user_id] = (row.user, (*codes, row.code))
    return found


def interest_of(user: User, announcement: Announcement) -> Interest | None:
    """A person's interest in one announcement."""
    query = select(Interest).where(Interest.user_id == user.id, Interest.announcement_id == announcement.id)
    return db.session.scalar(query)


def followers_of(announcement: Announcement) -> list[User]:
    """Who is to be told of an announcement's changes beside its bidders: who follows it, who took its papers away signed in."""
    interested = select(Interest.user_id).where(Interest.announcement_id == announcement.id)
    taken = select(Download.user_id).where(Download.announcement_id == announcement.id, Download.user_id.is_not(None))
    query = select(User).where(or_(User.id.in_(interested), User.id.in_(taken)), User.deactivated_at.is_(None))
    return list(db.session.scalars(query.order_by(User.id)).unique())
