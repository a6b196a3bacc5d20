"""The talks before the final offers: meetings with each bidder alone, terms that change for all, the call and what is sealed for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, MoneyFen, db
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.foundation.money import Money
from procurement.registers import audit
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.steps.announcement.models import Announcement
from procurement.steps.competition.models.bids import Bid
from procurement.steps.holders.models import OFFERS
from procurement.transfers.models import OfTransfer, Transfer, TransferStatus

if TYPE_CHECKING:
    # The review's desk carries the talks, so that this file must not need the review to be there first.
    from procurement.steps.competition.models.review import Competition


class Meeting(OfTransfer, Base):
    """What was said with one bidder alone, in one round of meetings; a round has one with each who is still in it."""

    __tablename__ = "talk_meetings"
    __table_args__ = (UniqueConstraint("bid_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), index=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bids.id"))
    round: Mapped[int] = mapped_column()
    # Whether the bidder came; who was asked and did not come had its chance.
    took_part: Mapped[bool] = mapped_column()
    minutes: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    competition: Mapped[Competition] = relationship(lazy="select")
    bid: Mapped[Bid] = relationship(lazy="select")
    recorded_by: Mapped[User] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.competition.transfer


class ChangedTerms(OfTransfer, Base):
    """A change of what is asked for, proposed by the panel and binding once the purchaser confirms it: then all are told at once.

    Only technical and service requirements and the draft agreement may change; there is no place for anything else.
    """

    __tablename__ = "changed_terms"
    __table_args__ = (
        UniqueConstraint("competition_id", "number"),
        CheckConstraint("service <> '' OR agreement <> ''", name="something_changes"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    number: Mapped[int] = mapped_column()
    service: Mapped[str] = mapped_column(Text, default="")
    agreement: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(Moment)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    competition: Mapped[Competition] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.competition.transfer

    @property
    def is_confirmed(self) -> bool:
        """Whether it binds."""
        return self.confirmed_at is not None


class OfferCall(OfTransfer, Base):
    """The call for final offers: their deadline, the commitment to their envelopes, and their opening."""

    __tablename__ = "offer_calls"

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), unique=True)
    closes_at: Mapped[datetime] = mapped_column(Moment)
    invited_at: Mapped[datetime] = mapped_column(Moment)
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # When its deadline was last moved later; none where it was not.
    extended_at: Mapped[datetime | None] = mapped_column(Moment)
    # As of the bids: the hash is public at the deadline, the text with list and nonce from the opening on.
    commitment: Mapped[str] = mapped_column(String(64), default="")
    committed_at: Mapped[datetime | None] = mapped_column(Moment)
    sealed: Mapped[str] = mapped_column(Text, default="")
    disclosed: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    opened_with_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    competition: Mapped[Competition] = relationship(lazy="select")
    opened_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[opened_by_id])
    opened_with: Mapped[User | None] = relationship(lazy="select", foreign_keys=[opened_with_id])

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.competition.transfer

    @property
    def announcement(self) -> Announcement:
        """The announcement whose bidders it calls."""
        return self.competition.announcement

    @property
    def is_opened(self) -> bool:
        """Whether the final offers have been opened."""
        return self.opened_at is not None


class OfferStatus(Labelled):
    """Where a final offer is."""

    SUBMITTED = "submitted", word("已封存")
    REPLACED = "replaced", word("已被更换")
    OPENED = "opened", word("已开启")
    BROKEN = "broken", word("打不开")


class FinalOffer(Base):
    """The final offer of one bidder: sealed like a bid, and after the opening what was in it."""

    __tablename__ = "final_offers"
    __table_args__ = (
        CheckConstraint("(status = 'opened') = (price IS NOT NULL)", name="price_once_opened"),
        CheckConstraint("(status = 'replaced') = (wrapped_key IS NULL)", name="a_replaced_offer_has_lost_its_key"),
        UniqueConstraint("bid_id", "form_key"),
        Index(
            "uq_final_offers_one_active_of_a_bid",
            "bid_id",
            unique=True,
            sqlite_where=text("status <> 'replaced'"),
            postgresql_where=text("status <> 'replaced'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt: Mapped[str] = mapped_column(String(11), unique=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("offer_calls.id"), index=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bids.id"))
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    status: Mapped[OfferStatus] = mapped_column(enum_column(OfferStatus, "status"), default=OfferStatus.SUBMITTED)
    envelope_sha256: Mapped[str] = mapped_column(String(64))
    envelope: Mapped[str] = mapped_column(Text)
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    manifest_blob: Mapped[str] = mapped_column(String(64))
    form_key: Mapped[str] = mapped_column(String(32))
    submitted_at: Mapped[datetime] = mapped_column(Moment)
    price: Mapped[Money | None] = mapped_column(MoneyFen)
    # Out of the opened manifest: how the offer meets what was changed.
    response: Mapped[str] = mapped_column(Text, default="")
    broken_reason: Mapped[str] = mapped_column(Text, default="")

    call: Mapped[OfferCall] = relationship(lazy="select")
    bid: Mapped[Bid] = relationship(lazy="select")
    submitted_by: Mapped[User] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer it is for."""
        return self.bid.transfer

    @property
    def announcement(self) -> Announcement:
        """The announcement that was bid for."""
        return self.bid.announcement

    @property
    def organisation_id(self) -> int:
        """Whose it is."""
        return self.bid.organisation_id

    @property
    def organisation_ids(self) -> frozenset[int]:
        """It is its bidder's own."""
        return self.bid.organisation_ids

    @property
    def department_id(self) -> int:
        """The purchaser."""
        return self.bid.department_id

    @property
    def sitting(self) -> int:
        """In which sitting it is opened."""
        return OFFERS

    @property
    def chain_key(self) -> str:
        """Until the opening a chain of its own, as of a bid."""
        return self.bid.chain_for(Deed.OFFER_SUBMIT)

    @property
    def lock_root(self) -> Transfer:
        """Ordered by the transfer."""
        return self.transfer


@dataclass(frozen=True, slots=True)
class TalksDesk:
    """What there is of the talks of one competition."""

    meetings: tuple[Meeting, ...] = ()
    terms: tuple[ChangedTerms, ...] = ()
    call: OfferCall | None = None
    # Given only once they are opened.
    offers: tuple[FinalOffer, ...] = field(default=())

    @property
    def rounds(self) -> int:
        """How many rounds of meetings there were."""
        return max((row.round for row in self.meetings), default=0)

    @property
    def proposed(self) -> ChangedTerms | None:
        """The change that waits for the purchaser."""
        return next((row for row in self.terms if not row.is_confirmed), None)

    @property
    def confirmed(self) -> tuple[ChangedTerms, ...]:
        """The changes that bind, the first one first."""
        return tuple(row for row in self.terms if row.is_confirmed)


def disclose_offers(call: OfferCall) -> None:
    """Make list and nonce public, and let the lines of the final offers be read: at their opening, and where the round fails."""
    call.disclosed = call.sealed
    audit.unseal(call.announcement.offers_chain)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def talks_of(competition: Competition) -> TalksDesk:
    """The talks of one competition."""
    return talks_desks([competition.id])[competition.id]


def talks_desks(competition_ids: Iterable[int]) -> Mapping[int, TalksDesk]:
    """The talks of several competitions, in a constant number of queries."""
    ids = list(competition_ids)
    if not ids:
        return {}
    meetings: dict[int, list[Meeting]] = {number: [] for number in ids}
    terms: dict[int, list[ChangedTerms]] = {number: [] for number in ids}
    offers: dict[int, list[FinalOffer]] = {}
    held = select(Meeting).where(Meeting.competition_id.in_(ids)).order_by(Meeting.round, Meeting.id)
    for meeting in db.session.scalars(held).unique():
        meetings[meeting.competition_id].append(meeting)
    for change in db.session.scalars(
        select(ChangedTerms).where(ChangedTerms.competition_id.in_(ids)).order_by(ChangedTerms.number)
    ):
        terms[change.competition_id].append(change)
    calls = {
        row.competition_id: row
        for row in db.session.scalars(select(OfferCall).where(OfferCall.competition_id.in_(ids))).unique()
    }
    opened = [row.id for row in calls.values() if row.is_opened]
    if opened:
        query = select(FinalOffer).where(FinalOffer.call_id.in_(opened), FinalOffer.status != OfferStatus.REPLACED)
        for offer in db.session.scalars(query.order_by(FinalOffer.receipt)).unique():
            offers.setdefault(offer.call_id, []).append(offer)
    found = {}
    for number in ids:
        call = calls.get(number)
        in_it = tuple(offers.get(call.id, ())) if call is not None else ()
        found[number] = TalksDesk(tuple(meetings[number]), tuple(terms[number]), call, in_it)
    return found


def call_by_id(call_id: int) -> OfferCall | None:
    """The call for final offers of this number."""
    return db.session.get(OfferCall, call_id)


def call_of(competition: Competition) -> OfferCall | None:
    """The call for final offers of a competition; None before it."""
    return db.session.scalar(select(OfferCall).where(OfferCall.competition_id == competition.id))


def call_with(sha256: str) -> OfferCall | None:
    """The call whose disclosed list names this envelope."""
    return db.session.scalar(select(OfferCall).where(OfferCall.disclosed.contains(sha256, autoescape=True)).limit(1))


def calls_without_commitment() -> Sequence[OfferCall]:
    """The calls that have no commitment yet, of rounds that go on and are not paused."""
    # The review's desk carries the talks: this file must not need it to be there first.
    from procurement.steps.competition.models.review import Competition, CompetitionStatus

    query = (
        select(OfferCall)
        .join(OfferCall.competition)
        .join(Competition.announcement)
        .join(Announcement.transfer)
        .where(
            OfferCall.committed_at.is_(None),
            Competition.status == CompetitionStatus.IN_REVIEW,
            Transfer.status == TransferStatus.ON_LINE,
        )
    )
    return db.session.scalars(query.order_by(OfferCall.id)).unique().all()


def offer_of(bid: Bid) -> FinalOffer | None:
    """The final offer of a bid that was not replaced."""
    return db.session.scalar(
        select(FinalOffer).where(FinalOffer.bid_id == bid.id, FinalOffer.status != OfferStatus.REPLACED)
    )


def offers_of(bids: Iterable[Bid]) -> dict[int, FinalOffer]:
    """The final offers of several bids that were not replaced, by the number of the bid."""
    ids = [bid.id for bid in bids]
    query = select(FinalOffer).where(FinalOffer.bid_id.in_(ids), FinalOffer.status != OfferStatus.REPLACED)
    return {row.bid_id: row for row in db.session.scalars(query)} if ids else {}


def offer_of_form(bid: Bid, form_key: str) -> FinalOffer | None:
    """The final offer that this opened form has made already."""
    return db.session.scalar(select(FinalOffer).where(FinalOffer.bid_id == bid.id, FinalOffer.form_key == form_key))


def offer_by_receipt(receipt: str) -> FinalOffer | None:
    """The final offer of this receipt."""
    return db.session.scalar(select(FinalOffer).where(FinalOffer.receipt == receipt))


def active_offers(call: OfferCall) -> Sequence[FinalOffer]:
    """The final offers that were not replaced, in the order of their random receipts."""
    query = select(FinalOffer).where(FinalOffer.call_id == call.id, FinalOffer.status != OfferStatus.REPLACED)
    return db.session.scalars(query.order_by(FinalOffer.receipt)).unique().all()


def every_offer(call: OfferCall) -> Sequence[FinalOffer]:
    """All envelopes that were ever lodged for a call."""
    query = select(FinalOffer).where(FinalOffer.call_id == call.id)
    return db.session.scalars(query.order_by(FinalOffer.receipt)).unique().all()


def keyless_offers(limit: int) -> Sequence[FinalOffer]:
    """Offers whose manifest has lost its key and still lies in the store."""
    query = select(FinalOffer).where(FinalOffer.wrapped_key.is_(None), FinalOffer.manifest_blob != "")
    return db.session.scalars(query.order_by(FinalOffer.id).limit(limit)).all()
