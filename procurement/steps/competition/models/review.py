"""The competition from its opening on: panel, score sheets, report, award."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, MoneyFen, asked_once, db
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.foundation.money import Money
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.registers.publications import Publication
from procurement.steps.announcement.models import Announcement, announcements_by_attempt
from procurement.steps.announcement.published.models import Published, published_of
from procurement.steps.competition.models.bids import Bid, BidStatus
from procurement.steps.competition.models.remarks import OpeningRemark
from procurement.steps.competition.models.talks import (
    ChangedTerms,
    FinalOffer,
    OfferCall,
    OfferStatus,
    TalksDesk,
    talks_desks,
)
from procurement.steps.holders import models as holder_models
from procurement.steps.holders.models import HoldersDesk
from procurement.transfers.models import Criterion, OfTransfer, Transfer, TransferStatus


class CompetitionStatus(Labelled):
    """Where a competition stands after its opening."""

    OPENED = "opened", word("已开启，待资格审查")
    QUALIFIED = "qualified", word("已审查资格，待抽取评审小组")
    IN_REVIEW = "in-review", word("评审中")
    CONCLUDED = "concluded", word("已评审，待确认成交")
    CONFIRMED = "confirmed", word("已确认成交，待公布")
    AWARDED = "awarded", word("已公布结果")
    FAILED = "failed", word("已流标")


_S = CompetitionStatus
COMPETITION_MOVES: StateTable[CompetitionStatus] = StateTable(
    {
        Deed.BIDS_QUALIFY: (frozenset({_S.OPENED}), _S.QUALIFIED),
        Deed.PANEL_DRAW: (frozenset({_S.QUALIFIED}), _S.IN_REVIEW),
        Deed.SCORE_SHEET_SIGN: (frozenset({_S.IN_REVIEW}), _S.IN_REVIEW),
        Deed.REVIEW_CONCLUDE: (frozenset({_S.IN_REVIEW}), _S.CONCLUDED),
        # Confirmed once more where the winner has been barred before the result was published.
        Deed.AWARD_CONFIRM: (frozenset({_S.CONCLUDED, _S.CONFIRMED}), _S.CONFIRMED),
        Deed.AWARD_NOTICE_PUBLISH: (frozenset({_S.CONFIRMED}), _S.AWARDED),
        # In the review a round fails where too few stay in the talks, or make a final offer; after it, where nobody may be awarded.
        Deed.COMPETITION_FAIL: (
            frozenset({_S.OPENED, _S.QUALIFIED, _S.IN_REVIEW, _S.CONCLUDED, _S.CONFIRMED}),
            _S.FAILED,
        ),
    }
)


class Competition(OfTransfer, Base):
    """What became of an announcement at and after its opening; its row is the opening record (T87-12)."""

    __tablename__ = "competitions"

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"), unique=True)
    status: Mapped[CompetitionStatus] = mapped_column(
        enum_column(CompetitionStatus, "status"), default=CompetitionStatus.OPENED
    )
    opened_at: Mapped[datetime] = mapped_column(Moment)
    # Whether bidders are met and make final offers; what was opened before there were talks is judged by its bids.
    has_talks: Mapped[bool] = mapped_column(default=False)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # The second holder; none where the bids were sealed to one alone (suite 1).
    opened_with_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"))
    draw_seed: Mapped[str] = mapped_column(String(64), default="")
    concluded_at: Mapped[datetime | None] = mapped_column(Moment)
    report: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    announcement: Mapped[Announcement] = relationship(lazy="select")
    opened_by: Mapped[User] = relationship(lazy="select", foreign_keys=[opened_by_id])
    opened_with: Mapped[User | None] = relationship(lazy="select", foreign_keys=[opened_with_id])
    record: Mapped[Publication | None] = relationship(lazy="select")
    terms: Mapped[list[ChangedTerms]] = relationship(lazy="select", order_by="ChangedTerms.number", viewonly=True)
    sheets: Mapped[list[ScoreSheet]] = relationship(
        lazy="selectin", back_populates="competition", order_by="ScoreSheet.id", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.announcement.transfer

    @property
    def binding_terms(self) -> list[ChangedTerms]:
        """What the talks have changed and the purchaser has confirmed, the first one first."""
        return [row for row in self.terms if row.is_confirmed]

    @property
    def is_opened(self) -> bool:
        """There is a row because the bids were opened."""
        return self.opened_at is not None

    @property
    def is_concluded(self) -> bool:
        """Whether the panel's report stands."""
        return self.concluded_at is not None

    @property
    def told(self) -> dict[str, Any]:
        """The report as it was concluded."""
        told: dict[str, Any] = json.loads(self.report or "{}")
        return told


class ScoreSheet(OfTransfer, Base):
    """One panel member's signed scores."""

    __tablename__ = "score_sheets"
    __table_args__ = (UniqueConstraint("competition_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    no_conflict_declared: Mapped[bool] = mapped_column()
    opinion: Mapped[str] = mapped_column(Text, default="")
    signed_at: Mapped[datetime] = mapped_column(Moment)

    competition: Mapped[Competition] = relationship(lazy="select", back_populates="sheets")
    member: Mapped[User] = relationship(lazy="select")
    scores: Mapped[list[Score]] = relationship(lazy="selectin", cascade="all, delete-orphan", order_by="Score.id")

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.competition.transfer


class Score(Base):
    """The points one member gave one bid for one criterion, 0 to the criterion's weight."""

    __tablename__ = "scores"
    __table_args__ = (
        UniqueConstraint("sheet_id", "bid_id", "criterion_id"),
        CheckConstraint("points >= 0", name="points_from_zero"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheets.id"))
    bid_id: Mapped[int] = mapped_column(ForeignKey("bids.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criteria.id"))
    points: Mapped[Decimal] = mapped_column(Numeric(5, 2))

    criterion: Mapped[Criterion] = relationship(lazy="select")


class AwardStatus(Labelled):
    """Where an award stands."""

    CONFIRMED = "confirmed", word("已确认，待公布")
    PUBLISHED = "published", word("已公布")


AWARD_MOVES: StateTable[AwardStatus] = StateTable(
    {Deed.AWARD_NOTICE_PUBLISH: (frozenset({AwardStatus.CONFIRMED}), AwardStatus.PUBLISHED)}
)


class Award(OfTransfer, Base):
    """The winning bid as confirmed by the purchaser."""

    __tablename__ = "awards"
    __table_args__ = (
        CheckConstraint("(status = 'published') = (published_at IS NOT NULL)", name="published_at_iff_published"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), unique=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bids.id"), unique=True)
    price: Mapped[Money] = mapped_column(MoneyFen)
    status: Mapped[AwardStatus] = mapped_column(enum_column(AwardStatus, "status"), default=AwardStatus.CONFIRMED)
    confirmed_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    letter_number: Mapped[str | None] = mapped_column(String(40), unique=True)
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"))

    competition: Mapped[Competition] = relationship(lazy="select")
    bid: Mapped[Bid] = relationship(lazy="select")
    confirmed_by: Mapped[User] = relationship(lazy="select")
    publication: Mapped[Publication | None] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.competition.transfer


@dataclass(frozen=True, slots=True)
class HeldSecurity:
    """The security of one bidder of a call that is known by now, and the award of that call."""

    bid: Bid
    award: Award | None


@dataclass(frozen=True, slots=True)
class CompetitionDesk:
    """What the room knows of one transfer's present attempt; bids are given only once they are opened."""

    announcement: Announcement | None
    competition: Competition | None
    bids: tuple[Bid, ...]
    award: Award | None
    holders: HoldersDesk
    remarks: tuple[OpeningRemark, ...] = ()
    published: Published = field(default_factory=Published)
    talks: TalksDesk = field(default_factory=TalksDesk)

    @property
    def qualified(self) -> tuple[Bid, ...]:
        """The bids that passed the qualification."""
        return tuple(bid for bid in self.bids if bid.status is BidStatus.QUALIFIED)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def competition_by_id(competition_id: int) -> Competition | None:
    """The competition of this number."""
    return db.session.get(Competition, competition_id)


def competition_of(announcement: Announcement) -> Competition | None:
    """The competition that this announcement's opening began; None before."""
    return db.session.scalar(select(Competition).where(Competition.announcement_id == announcement.id))


def award_of_transfer(transfer: Transfer) -> Award | None:
    """The award of the present attempt."""
    return desks([transfer])[transfer.id].award


def award_of_bid(bid: Bid) -> Award | None:
    """The award of the competition in which this bid was opened, whoever won it."""
    competition = competition_of(bid.announcement)
    if competition is None:
        return None
    return db.session.scalar(select(Award).where(Award.competition_id == competition.id))


def is_held(bid: Bid) -> bool:
    """Whether the security of this bid is one of those: its call is known by now, and its bidder has not replaced it."""
    transfer = bid.transfer
    return any(row.bid is bid for row in held_securities([transfer])[transfer.id])


@asked_once
def held_securities(transfers: Sequence[Transfer]) -> Mapping[int, Sequence[HeldSecurity]]:
    """Of every attempt of several transfers the securities of calls that are known by now, in a constant number of queries.

    Of each bidder the bid that it lodged last, withdrawn or not: a security goes over to the bid that replaces another.
    """
    ids = [transfer.id for transfer in transfers]
    was_opened = Competition.id.is_not(None)
    query = (
        select(Bid, Award)
        .join(Bid.announcement)
        .join(Announcement.transfer)
        .outerjoin(Competition, Competition.announcement_id == Announcement.id)
        .outerjoin(Award, Award.competition_id == Competition.id)
        .where(
            Announcement.transfer_id.in_(ids),
            Announcement.security > Money(0),
            was_opened | Announcement.ended_at.is_not(None) | (Transfer.status == TransferStatus.CLOSED),
        )
    )
    newest: dict[tuple[int, int], HeldSecurity] = {}
    for bid, award in db.session.execute(query.order_by(Bid.submitted_at)).unique():
        held = newest.get((bid.announcement_id, bid.organisation_id))
        # Two of one instant: the one that was not taken back.
        if held is None or held.bid.submitted_at < bid.submitted_at or not held.bid.is_active:
            newest[bid.announcement_id, bid.organisation_id] = HeldSecurity(bid, award)
    found: dict[int, list[HeldSecurity]] = {number: [] for number in ids}
    for row in sorted(newest.values(), key=lambda row: (row.bid.announcement_id, row.bid.receipt)):
        found[row.bid.announcement.transfer_id].append(row)
    return found


@asked_once
def desks(transfers: Sequence[Transfer]) -> Mapping[int, CompetitionDesk]:
    """The room's state for several transfers, in a constant number of queries."""
    announcements = announcements_by_attempt(transfers)
    current = {
        transfer.id: announcements[transfer.id, transfer.attempt]
        for transfer in transfers
        if (transfer.id, transfer.attempt) in announcements
    }
    of_announcement = [row.id for row in current.values()]
    competitions = {
        row.announcement_id: row
        for row in db.session.scalars(
            select(Competition).where(Competition.announcement_id.in_(of_announcement))
        ).unique()
    }
    bids: dict[int, list[Bid]] = {}
    query = select(Bid).where(Bid.announcement_id.in_(list(competitions)), Bid.status != BidStatus.WITHDRAWN)
    for bid in db.session.scalars(query.order_by(Bid.rank, Bid.receipt)).unique():
        bids.setdefault(bid.announcement_id, []).append(bid)
    awards = {
        row.competition_id: row
        for row in db.session.scalars(
            select(Award).where(Award.competition_id.in_([row.id for row in competitions.values()]))
        ).unique()
    }
    holders = holder_models.desks(transfers)
    remarks: dict[int, list[OpeningRemark]] = {}
    said = select(OpeningRemark).where(OpeningRemark.competition_id.in_([row.id for row in competitions.values()]))
    for remark in db.session.scalars(said.order_by(OpeningRemark.id)).unique():
        remarks.setdefault(remark.competition_id, []).append(remark)
    published = published_of(of_announcement)
    talks = talks_desks([row.id for row in competitions.values() if row.has_talks])
    found: dict[int, CompetitionDesk] = {}
    for transfer in transfers:
        announcement = current.get(transfer.id)
        competition = competitions.get(announcement.id) if announcement else None
        found[transfer.id] = CompetitionDesk(
            announcement,
            competition,
            tuple(bids.get(announcement.id, ())) if announcement else (),
            awards.get(competition.id) if competition else None,
            holders[transfer.id],
            tuple(remarks.get(competition.id, ())) if competition else (),
            published[announcement.id] if announcement else Published(),
            talks.get(competition.id, TalksDesk()) if competition else TalksDesk(),
        )
    return found


def calls_to_answer(organisation_id: int, now: datetime) -> Sequence[tuple[Bid, OfferCall]]:
    """The bids of an organisation that are called for a final offer now, where it has made none so far."""
    made = select(FinalOffer.id).where(FinalOffer.bid_id == Bid.id, FinalOffer.status != OfferStatus.REPLACED)
    query = (
        select(Bid, OfferCall)
        .join(Competition, Competition.announcement_id == Bid.announcement_id)
        .join(OfferCall, OfferCall.competition_id == Competition.id)
        .where(
            Bid.organisation_id == organisation_id,
            Bid.status == BidStatus.QUALIFIED,
            OfferCall.closes_at > now,
            ~made.exists(),
        )
        .order_by(OfferCall.closes_at, OfferCall.id)
    )
    return [(bid, call) for bid, call in db.session.execute(query).unique()]


def openings_to_speak_to(organisation_id: int, since: datetime) -> Sequence[tuple[Bid, Competition]]:
    """The bids of an organisation that were opened after `since`, where it has said nothing to the opening."""
    said = select(OpeningRemark.id).where(OpeningRemark.bid_id == Bid.id)
    query = (
        select(Bid, Competition)
        .join(Competition, Competition.announcement_id == Bid.announcement_id)
        .where(
            Bid.organisation_id == organisation_id,
            Bid.opened_at.is_not(None),
            Competition.opened_at > since,
            Competition.status != CompetitionStatus.FAILED,
            ~said.exists(),
        )
        .order_by(Competition.opened_at, Competition.id)
    )
    return [(bid, competition) for bid, competition in db.session.execute(query).unique()]


def talks_held(bids: Sequence[Bid]) -> dict[int, Competition]:
    """The competitions of several bids' announcements that have talks, by the number of the announcement."""
    ids = {bid.announcement_id for bid in bids if bid.opened_at is not None}
    query = select(Competition).where(Competition.announcement_id.in_(ids), Competition.has_talks.is_(True))
    return {row.announcement_id: row for row in db.session.scalars(query).unique()} if ids else {}
