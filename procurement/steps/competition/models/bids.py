"""Bids: sealed on arrival, read by nobody until their hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from procurement.foundation.database import Base, Moment, MoneyFen, db, random_key
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.foundation.money import Money
from procurement.foundation.states import StateTable
from procurement.registers.access import Appointed, Deed
from procurement.registers.files import StoredFile
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import Role, User, users_of_organisations
from procurement.steps.announcement.models import Announcement
from procurement.steps.holders.models import BIDS
from procurement.transfers.models import Transfer


class BidStatus(Labelled):
    """Where a bid is."""

    SUBMITTED = "submitted", word("已封存")
    WITHDRAWN = "withdrawn", word("已撤回")
    OPENED = "opened", word("已开启")
    BROKEN = "broken", word("打不开")
    QUALIFIED = "qualified", word("资格合格")
    DISQUALIFIED = "disqualified", word("资格不合格")
    UNCONFIRMED = "unconfirmed", word("未按变更确认，不予开启")
    LEFT = "left", word("已退出")


class SecurityForm(Labelled):
    """In what a bidder gives its security: never in cash (条例33)."""

    CHEQUE = "cheque", word("支票")
    DRAFT = "draft", word("汇票")
    NOTE = "note", word("本票")
    GUARANTEE = "guarantee", word("保函")


_S = BidStatus
BID_MOVES: StateTable[BidStatus] = StateTable(
    {
        Deed.BID_WITHDRAW: (frozenset({_S.SUBMITTED}), _S.WITHDRAWN),
        Deed.BID_CONFIRM: (frozenset({_S.SUBMITTED}), _S.SUBMITTED),
        Deed.BIDS_OPEN: (frozenset({_S.SUBMITTED}), _S.OPENED),
        Deed.BIDS_QUALIFY: (frozenset({_S.OPENED}), _S.QUALIFIED),
        Deed.TALKS_LEAVE: (frozenset({_S.QUALIFIED}), _S.LEFT),
    }
)


class Bid(Base):
    """The bid of one organisation: an envelope, and after the opening what was in it."""

    __tablename__ = "bids"
    __table_args__ = (
        CheckConstraint(
            "status NOT IN ('submitted', 'withdrawn', 'broken', 'unconfirmed') OR price IS NULL",
            name="no_price_before_the_opening",
        ),
        CheckConstraint(
            "status NOT IN ('opened', 'qualified', 'disqualified', 'left') OR price IS NOT NULL",
            name="price_once_opened",
        ),
        CheckConstraint("status <> 'left' OR left_at IS NOT NULL", name="left_at_its_instant"),
        CheckConstraint(
            "suite = 1 OR (status = 'withdrawn') = (wrapped_key IS NULL)", name="a_withdrawn_bid_has_lost_its_key"
        ),
        UniqueConstraint("announcement_id", "organisation_id", "form_key"),
        Index(
            "uq_bids_one_active_of_an_organisation",
            "announcement_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("status <> 'withdrawn'"),
            postgresql_where=text("status <> 'withdrawn'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_key)
    receipt: Mapped[str] = mapped_column(String(11), unique=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # The version of the announcement that it was made for, or confirmed for by its bidder since.
    edition: Mapped[int] = mapped_column(default=1)
    status: Mapped[BidStatus] = mapped_column(enum_column(BidStatus, "status"), default=BidStatus.SUBMITTED)
    # How it is sealed: 1 one envelope in one file, named by its hash; 2 an envelope of pieces, see `envelope`.
    suite: Mapped[int] = mapped_column(default=1)
    envelope_sha256: Mapped[str] = mapped_column(String(64))
    envelope_size: Mapped[int] = mapped_column()
    # The text that names every sealed piece by its hash, in order; `envelope_sha256` is its hash.
    envelope: Mapped[str] = mapped_column(Text, default="")
    # The manifest with the price: its encapsulated key here, its ciphertext in the store. Without the key nobody reads it.
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    manifest_blob: Mapped[str] = mapped_column(String(64), default="")
    # The number of the form it was sent with: one form makes one bid, however often it is sent.
    form_key: Mapped[str | None] = mapped_column(String(32))
    submitted_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    # What counts: after final offers the final one, and the bid's own stands in `first_price`.
    price: Mapped[Money | None] = mapped_column(MoneyFen)
    first_price: Mapped[Money | None] = mapped_column(MoneyFen)
    # When its bidder left the talks, or made no final offer, which is the same.
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    # Out of the opened manifest: who leads, who works on it.
    lead: Mapped[str] = mapped_column(String(100), default="")
    staff: Mapped[str] = mapped_column(Text, default="")
    broken_reason: Mapped[str] = mapped_column(Text, default="")
    # The bid security as the envelope told of it, and when it was given back.
    security_form: Mapped[SecurityForm | None] = mapped_column(enum_column(SecurityForm, "security_form"))
    security_reference: Mapped[str] = mapped_column(String(80), default="")
    security_returned_at: Mapped[datetime | None] = mapped_column(Moment)
    qualification_note: Mapped[str] = mapped_column(Text, default="")
    price_score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    quality_score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    rank: Mapped[int | None] = mapped_column()
    version: Mapped[int] = mapped_column(default=1)

    announcement: Mapped[Announcement] = relationship(lazy="select")
    organisation: Mapped[Organisation] = relationship(lazy="select")
    submitted_by: Mapped[User] = relationship(lazy="select")
    documents: Mapped[list[BidDocument]] = relationship(
        lazy="selectin", order_by="BidDocument.position", cascade="all, delete-orphan", back_populates="bid"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def transfer(self) -> Transfer:
        """The transfer it bids for."""
        return self.announcement.transfer

    @property
    def department_id(self) -> int:
        """The purchaser."""
        return self.announcement.department_id

    @property
    def organisation_ids(self) -> frozenset[int]:
        """A bid is its bidder's own."""
        return frozenset({self.organisation_id})

    @property
    def is_opened(self) -> bool:
        """Whether it has been opened."""
        return self.opened_at is not None

    @property
    def is_active(self) -> bool:
        """Not withdrawn."""
        return self.status is not BidStatus.WITHDRAWN

    @property
    def is_confirmed(self) -> bool:
        """Whether it was made, or confirmed since, for the newest material version of its announcement."""
        return self.edition >= self.announcement.binding_edition

    @property
    def chain_key(self) -> str:
        """Until the opening a chain of its own, which no page, command or count tells of: lines would tell the number of bidders."""
        return self.transfer.chain_key if self.is_opened else self.announcement.sealed_chain

    def chain_for(self, deed: Deed) -> str:
        """The same, but until they are opened nobody is told of final offers either: a refusal to leave would tell of one."""
        is_told_later = deed in (Deed.OFFER_SUBMIT, Deed.TALKS_LEAVE)
        return self.announcement.offers_chain if is_told_later else self.chain_key

    @property
    def sitting(self) -> int:
        """In which sitting it is opened."""
        return BIDS

    @property
    def lock_root(self) -> Transfer:
        """Ordered by the transfer's row, as everything else of its competition: commitment and opening wait for it."""
        return self.announcement.transfer

    def appointed(self, kind: Appointed) -> frozenset[int]:
        """The transfer's appointees."""
        return self.announcement.appointed(kind)


class BidDocument(Base):
    """One document of an opened bid, in the order it was sealed."""

    __tablename__ = "bid_documents"
    __table_args__ = (UniqueConstraint("bid_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bids.id"))
    position: Mapped[int] = mapped_column()
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))

    bid: Mapped[Bid] = relationship(lazy="select", back_populates="documents")
    file: Mapped[StoredFile] = relationship(lazy="select")


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def bid_by_receipt(receipt: str) -> Bid | None:
    """The bid of this receipt."""
    return db.session.scalar(select(Bid).where(Bid.receipt == receipt))


def bid_by_id(bid_id: int) -> Bid | None:
    """The bid of this number."""
    return db.session.get(Bid, bid_id)


def active_bids(announcement: Announcement) -> Sequence[Bid]:
    """The bids that were not withdrawn, in the order of their random receipts, which tells nothing."""
    query = select(Bid).where(Bid.announcement_id == announcement.id, Bid.status != BidStatus.WITHDRAWN)
    return db.session.scalars(query.order_by(Bid.receipt)).unique().all()


def bid_of(announcement: Announcement, organisation_id: int) -> Bid | None:
    """The active bid of one organisation."""
    query = select(Bid).where(
        Bid.announcement_id == announcement.id,
        Bid.organisation_id == organisation_id,
        Bid.status != BidStatus.WITHDRAWN,
    )
    return db.session.scalar(query)


def bid_of_form(announcement: Announcement, organisation_id: int | None, form_key: str) -> Bid | None:
    """The bid that this opened form has made already."""
    query = select(Bid).where(
        Bid.announcement_id == announcement.id, Bid.organisation_id == organisation_id, Bid.form_key == form_key
    )
    return db.session.scalar(query)


def signatories(bids: Sequence[Bid]) -> list[tuple[Bid, Sequence[User]]]:
    """Each of these bids with those who sign for its organisation, in one question."""
    people = users_of_organisations(Role.PROVIDER, {bid.organisation_id for bid in bids})
    return [(bid, people[bid.organisation_id]) for bid in bids]


def bids_of_organisation(organisation_id: int) -> Sequence[Bid]:
    """Every bid an organisation has lodged, the newest first."""
    query = (
        select(Bid)
        .where(Bid.organisation_id == organisation_id)
        .options(joinedload(Bid.announcement).joinedload(Announcement.transfer))
        .order_by(Bid.submitted_at.desc(), Bid.id)
    )
    return db.session.scalars(query).unique().all()


def successors(bids: Sequence[Bid]) -> dict[int, Bid]:
    """Which of these bids gave way to another of them at one instant, by number: the others were withdrawn and no more."""
    lodged = {(bid.announcement_id, bid.organisation_id, bid.submitted_at): bid for bid in bids}
    return {
        bid.id: lodged[key]
        for bid in bids
        if bid.withdrawn_at is not None
        and (key := (bid.announcement_id, bid.organisation_id, bid.withdrawn_at)) in lodged
        and lodged[key] is not bid
    }


def successor_of(bid: Bid) -> Bid | None:
    """The bid of its bidder that replaced it."""
    query = select(Bid).where(Bid.announcement_id == bid.announcement_id, Bid.organisation_id == bid.organisation_id)
    return successors(db.session.scalars(query).all()).get(bid.id)


def bids_to_open(announcement: Announcement) -> Sequence[Bid]:
    """The bids that are opened: not withdrawn, and confirmed for the newest material version."""
    return [bid for bid in active_bids(announcement) if bid.is_confirmed]


def every_bid(announcement: Announcement) -> Sequence[Bid]:
    """All envelopes that were ever lodged, those that were replaced or withdrawn too."""
    return (
        db.session.scalars(select(Bid).where(Bid.announcement_id == announcement.id).order_by(Bid.receipt))
        .unique()
        .all()
    )
