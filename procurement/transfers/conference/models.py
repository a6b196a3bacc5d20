"""Conferences with their agenda: who was invited and came, who stood aside, who voted how, and what was resolved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from procurement.foundation.database import Base, Moment, db
from procurement.foundation.labels import Labelled, Twofold, enum_column, word
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.files import StoredFile
from procurement.registers.people import User
from procurement.transfers.models import Resolution


class ConferenceStatus(Labelled):
    """Where a conference stands."""

    CONVENED = "convened", word("已召集，待开会")
    OPEN = "open", word("会议进行中")
    CLOSED = "closed", word("已闭会")
    CANCELLED = "cancelled", word("已取消")


class ItemKind(Labelled):
    """What an agenda item is about; what follows from a resolution on it stands in `matters.py`."""

    PLAN = "plan", word("一事一方案")
    EDITION = "edition", word("目录和清单的新版")
    PAUSE = "pause", word("因新负面清单暂停的事项")
    LISTING = "listing", word("列入承接目录的申请")
    TAKE_BACK = "take-back", word("收回已移交的事项")


class ItemOutcome(Labelled):
    """What the conference resolved on an item; a deferral puts it off and is no resolution."""

    ADOPTED = "adopted", word("通过")
    RETURNED = "returned", word("退回")
    DEFERRED = "deferred", word("缓议")


class Choice(Labelled):
    """A vote."""

    FOR = "for", word("同意")
    AGAINST = "against", word("反对")
    ABSTAIN = "abstain", word("弃权")


class Ground(Labelled):
    """Why a member has no vote on an item: by rule, or because they said so themselves."""

    DRAFTER = "drafter", word("起草或者修改过这份材料")
    EVALUATOR = "evaluator", word("作出了这个方案的事前绩效评估")
    OPINED = "opined", word("出具了业务主管单位意见")
    JUDGED = "judged", word("受理了这份申请，或者认定了它的条件")
    PROPOSER = "proposer", word("提议收回")
    IN_CHARGE = "in-charge", word("经办这件事项")
    DECLARED = "declared", word("本人申报")


_S = ConferenceStatus
CONFERENCE_MOVES: StateTable[ConferenceStatus] = StateTable(
    {
        Deed.CONFERENCE_OPEN: (frozenset({_S.CONVENED}), _S.OPEN),
        Deed.CONFERENCE_CANCEL: (frozenset({_S.CONVENED}), _S.CANCELLED),
        Deed.RECUSAL_DECLARE: (frozenset({_S.OPEN}), _S.OPEN),
        Deed.VOTE_CAST: (frozenset({_S.OPEN}), _S.OPEN),
        Deed.ITEM_RESOLVE: (frozenset({_S.OPEN}), _S.OPEN),
        Deed.CONFERENCE_CLOSE: (frozenset({_S.OPEN}), _S.CLOSED),
    }
)


class Conference(Base):
    """One meeting of the joint conference; `quorum` is how many of those invited it needs."""

    __tablename__ = "conferences"
    __table_args__ = (
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_at_iff_closed"),
        CheckConstraint("(status = 'closed') = (text_id IS NOT NULL)", name="minutes_iff_closed"),
        CheckConstraint("quorum > 0", name="quorum_of_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    status: Mapped[ConferenceStatus] = mapped_column(
        enum_column(ConferenceStatus, "status"), default=ConferenceStatus.CONVENED, index=True
    )
    held_at: Mapped[datetime] = mapped_column(Moment)
    place: Mapped[str] = mapped_column(String(200))
    quorum: Mapped[int] = mapped_column()
    chair_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    convened_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    convened_at: Mapped[datetime] = mapped_column(Moment)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
    text_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    version: Mapped[int] = mapped_column(default=1)

    chair: Mapped[User] = relationship(lazy="select", foreign_keys=[chair_id])
    text: Mapped[StoredFile | None] = relationship(lazy="select")
    items: Mapped[list[AgendaItem]] = relationship(
        lazy="selectin", order_by="AgendaItem.position", back_populates="conference", cascade="all, delete-orphan"
    )
    attendances: Mapped[list[Attendance]] = relationship(
        lazy="selectin", order_by="Attendance.id", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def chain_key(self) -> str:
        """Each conference has an audit chain of its own."""
        return f"conference:{self.id}"

    @property
    def called(self) -> Twofold:
        """`联席会议 龙联会〔2025〕3号`, as sentences take it: in both languages."""
        year, count = re.findall(r"\d+", self.number)
        return Twofold(f"联席会议 {self.number}", f"Joint conference No. {count} of {year}")

    @property
    def members(self) -> list[User]:
        """Those who were invited, in the order of the invitation."""
        return [row.member for row in self.attendances]

    @property
    def present(self) -> list[User]:
        """Those who came; nobody before the meeting is opened."""
        return [row.member for row in self.attendances if row.is_present]

    @property
    def unresolved(self) -> list[AgendaItem]:
        """The items on which nothing has been resolved."""
        return [item for item in self.items if item.outcome is None]


class Attendance(Base):
    """A member who was invited; whether they came is known once the meeting is opened."""

    __tablename__ = "attendances"
    __table_args__ = (UniqueConstraint("conference_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    is_present: Mapped[bool | None] = mapped_column()

    member: Mapped[User] = relationship(lazy="select")


class AgendaItem(Base):
    """One item of an agenda: its subject by kind and number, as it was called when it was put there.

    `chain` is the subject's audit chain: what is resolved on it stands there; recusals and votes stand in the meeting's.
    """

    __tablename__ = "agenda_items"
    __table_args__ = (
        UniqueConstraint("conference_id", "position"),
        UniqueConstraint("conference_id", "kind", "subject_id"),
        Index("ix_agenda_items_kind_subject_id", "kind", "subject_id"),
        CheckConstraint("(outcome IS NULL) = (resolved_at IS NULL)", name="resolved_at_iff_there_is_an_outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    position: Mapped[int] = mapped_column()
    kind: Mapped[ItemKind] = mapped_column(enum_column(ItemKind, "kind"))
    subject_id: Mapped[int] = mapped_column()
    # A little longer than what it is about is called.
    title: Mapped[str] = mapped_column(String(160))
    title_en: Mapped[str] = mapped_column(String(260), default="")
    chain: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[ItemOutcome | None] = mapped_column(enum_column(ItemOutcome, "outcome"))
    opinion: Mapped[str] = mapped_column(Text, default="")
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    conference: Mapped[Conference] = relationship(lazy="select", back_populates="items")
    resolved_by: Mapped[User | None] = relationship(lazy="select")
    recusals: Mapped[list[Recusal]] = relationship(
        lazy="selectin", order_by="Recusal.id", cascade="all, delete-orphan", back_populates="item"
    )
    votes: Mapped[list[Vote]] = relationship(
        lazy="selectin", order_by="Vote.id", cascade="all, delete-orphan", back_populates="item"
    )
    resolution: Mapped[Resolution | None] = relationship(lazy="selectin")

    @property
    def called(self) -> Twofold:
        """Its title, as sentences take it: in both languages."""
        return Twofold(self.title, self.title_en)

    @property
    def lock_root(self) -> Conference:
        """Deeds in one meeting are ordered by the meeting's row."""
        return self.conference

    def chain_for(self, deed: Deed) -> str:
        """What is resolved goes to the subject's own chain, everything else to the meeting's."""
        return self.chain if deed is Deed.ITEM_RESOLVE else self.conference.chain_key

    def recusal_of(self, person: User) -> Recusal | None:
        """Why this person has no vote on the item, if so."""
        return next((row for row in self.recusals if row.member_id == person.id), None)

    def vote_of(self, person: User) -> Vote | None:
        """This person's vote, once it is cast."""
        return next((row for row in self.votes if row.member_id == person.id), None)

    @property
    def entitled(self) -> list[User]:
        """Who has a vote on the item: those present who do not stand aside."""
        return [person for person in self.conference.present if self.recusal_of(person) is None]

    @property
    def awaited(self) -> list[User]:
        """Who has a vote and has not cast it."""
        return [person for person in self.entitled if self.vote_of(person) is None]

    def count(self, choice: Choice) -> int:
        """How many voted so."""
        return sum(vote.choice is choice for vote in self.votes)


class Recusal(Base):
    """A member who stands aside on one item."""

    __tablename__ = "recusals"
    __table_args__ = (UniqueConstraint("item_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ground: Mapped[Ground] = mapped_column(enum_column(Ground, "ground"))
    reason: Mapped[str] = mapped_column(Text, default="")
    recused_at: Mapped[datetime] = mapped_column(Moment)

    item: Mapped[AgendaItem] = relationship(lazy="raise", back_populates="recusals")
    member: Mapped[User] = relationship(lazy="select")


class Vote(Base):
    """One member's vote on one item; it may be changed until the item is resolved."""

    __tablename__ = "votes"
    __table_args__ = (
        UniqueConstraint("item_id", "member_id"),
        CheckConstraint("choice <> 'against' OR reason <> ''", name="a_dissent_has_its_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    choice: Mapped[Choice] = mapped_column(enum_column(Choice, "choice"))
    reason: Mapped[str] = mapped_column(Text, default="")
    cast_at: Mapped[datetime] = mapped_column(Moment)

    item: Mapped[AgendaItem] = relationship(lazy="raise", back_populates="votes")
    member: Mapped[User] = relationship(lazy="select")


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────

_TO_COME = (ConferenceStatus.CONVENED, ConferenceStatus.OPEN)


def conference_by_id(conference_id: int) -> Conference | None:
    """The conference of this number in the address."""
    return db.session.get(Conference, conference_id)


def item_by_id(item_id: int) -> AgendaItem | None:
    """The agenda item of this number in the address."""
    return db.session.get(AgendaItem, item_id)


def newest_conferences(*, first: int = 0, limit: int = 20) -> Sequence[Conference]:
    """Conferences, the newest first."""
    query = select(Conference).order_by(Conference.id.desc()).offset(first).limit(limit)
    return db.session.scalars(query).unique().all()


def conferences_to_come() -> Sequence[Conference]:
    """The conferences that are neither closed nor cancelled, the oldest first."""
    query = select(Conference).where(Conference.status.in_(_TO_COME)).order_by(Conference.id)
    return db.session.scalars(query).unique().all()


def closed_conferences() -> Sequence[Conference]:
    """The conferences whose minutes stand, the oldest first."""
    query = select(Conference).where(Conference.text_id.is_not(None)).order_by(Conference.id)
    return db.session.scalars(query).unique().all()


def pending_items(kind: ItemKind, subject_ids: Sequence[int]) -> Mapping[int, AgendaItem]:
    """For each of these subjects the item under which it waits in a meeting to come, in a constant number of queries."""
    query = (
        select(AgendaItem)
        .join(AgendaItem.conference)
        .where(
            AgendaItem.kind == kind,
            AgendaItem.subject_id.in_(subject_ids),
            AgendaItem.outcome.is_(None),
            Conference.status.in_(_TO_COME),
        )
        .options(selectinload(AgendaItem.conference))
    )
    return {item.subject_id: item for item in db.session.scalars(query).unique()}


def newest_item(kind: ItemKind, subject_id: int) -> AgendaItem | None:
    """The item under which a subject was put on an agenda last."""
    query = select(AgendaItem).where(AgendaItem.kind == kind, AgendaItem.subject_id == subject_id)
    return db.session.scalars(query.order_by(AgendaItem.id.desc()).limit(1)).unique().first()


def item_of(resolution: Resolution) -> AgendaItem:
    """The agenda item under which a resolution was taken."""
    return db.session.get_one(AgendaItem, resolution.item_id)
