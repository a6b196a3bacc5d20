"""The agreement: its terms from plan and winning bid, its milestones, the confirmations of both parties; its supplements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint, and_, cast, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, MoneyFen, asked_once, db
from procurement.foundation.labels import Labelled, Twofold, enum_column, word
from procurement.foundation.money import Money, total
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import CatalogueEntry, ReferenceEdition
from procurement.registers.files import StoredFile
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import User
from procurement.registers.publications import Publication
from procurement.steps.announcement.models import Announcement
from procurement.steps.competition.models.review import Award, Competition
from procurement.transfers.line import Step
from procurement.transfers.models import Ending, OfTransfer, Transfer, TransferStatus, chain_of


class AgreementStatus(Labelled):
    """Where an agreement stands."""

    DRAFT = "draft", word("待承接方确认")
    CONFIRMED = "confirmed", word("承接方已确认，待签订")
    CONCLUDED = "concluded", word("已签订")


_S = AgreementStatus
AGREEMENT_MOVES: StateTable[AgreementStatus] = StateTable(
    {
        Deed.AGREEMENT_REVISE: (frozenset({_S.DRAFT, _S.CONFIRMED}), _S.DRAFT),
        Deed.AGREEMENT_CONFIRM: (frozenset({_S.DRAFT}), _S.CONFIRMED),
        Deed.AGREEMENT_CONCLUDE: (frozenset({_S.CONFIRMED}), _S.CONCLUDED),
        Deed.AGREEMENT_PUBLISH: (frozenset({_S.CONCLUDED}), _S.CONCLUDED),
        Deed.AGREEMENT_FILE: (frozenset({_S.CONCLUDED}), _S.CONCLUDED),
    }
)


class SupplementStatus(Labelled):
    """Where a supplement stands."""

    DRAFTED = "drafted", word("待承接方确认")
    CONFIRMED = "confirmed", word("承接方已确认，待签订")
    CONCLUDED = "concluded", word("已签订")
    WITHDRAWN = "withdrawn", word("已撤回")


_P = SupplementStatus
SUPPLEMENT_MOVES: StateTable[SupplementStatus] = StateTable(
    {
        Deed.SUPPLEMENT_CONFIRM: (frozenset({_P.DRAFTED}), _P.CONFIRMED),
        Deed.SUPPLEMENT_CONCLUDE: (frozenset({_P.CONFIRMED}), _P.CONCLUDED),
        Deed.SUPPLEMENT_WITHDRAW: (frozenset({_P.DRAFTED, _P.CONFIRMED}), _P.WITHDRAWN),
    }
)


class Agreement(OfTransfer, Base):
    """The agreement of one award (never "contract" in code)."""

    __tablename__ = "agreements"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        CheckConstraint("(status = 'concluded') = (concluded_at IS NOT NULL)", name="concluded_at_iff_concluded"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), index=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[AgreementStatus] = mapped_column(
        enum_column(AgreementStatus, "status"), default=AgreementStatus.DRAFT
    )
    price: Mapped[Money] = mapped_column(MoneyFen)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    place: Mapped[str] = mapped_column(String(200))
    data_protection: Mapped[str] = mapped_column(Text)
    special_terms: Mapped[str] = mapped_column(Text, default="")
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    drafted_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_terms: Mapped[str] = mapped_column(String(64), default="")
    concluded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    concluded_at: Mapped[datetime | None] = mapped_column(Moment)
    text_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"))
    filed_at: Mapped[datetime | None] = mapped_column(Moment)
    filing_number: Mapped[str] = mapped_column(String(60), default="")
    # When its last milestone was accepted; from then on there is nothing to supplement.
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    transfer: Mapped[Transfer] = relationship(lazy="select")
    award: Mapped[Award] = relationship(lazy="select")
    organisation: Mapped[Organisation] = relationship(lazy="select")
    drafted_by: Mapped[User] = relationship(lazy="select", foreign_keys=[drafted_by_id])
    confirmed_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[confirmed_by_id])
    concluded_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[concluded_by_id])
    text: Mapped[StoredFile | None] = relationship(lazy="select")
    publication: Mapped[Publication | None] = relationship(lazy="select")
    milestones: Mapped[list[Milestone]] = relationship(
        lazy="selectin", order_by="Milestone.position", cascade="all, delete-orphan", back_populates="agreement"
    )
    supplements: Mapped[list[Supplement]] = relationship(
        lazy="selectin", order_by="Supplement.position", back_populates="agreement"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def organisation_ids(self) -> frozenset[int]:
        """The provider's own."""
        return frozenset({self.organisation_id})

    @property
    def first_milestones(self) -> list[Milestone]:
        """The milestones that were agreed first, without those of supplements."""
        return [row for row in self.milestones if row.supplement_id is None]

    @property
    def added(self) -> Money:
        """What its concluded supplements add to the price."""
        return total(row.amount for row in self.supplements if row.status is SupplementStatus.CONCLUDED)

    @property
    def whole_price(self) -> Money:
        """What is to be paid in all: the price and what supplements added to it."""
        return self.price + self.added

    @property
    def open_supplement(self) -> Supplement | None:
        """The supplement that is neither concluded nor withdrawn; there is never more than one."""
        return next((row for row in self.supplements if row.is_open), None)


class Milestone(OfTransfer, Base):
    """One part of the work and of the price: what is due when, and what it pays.

    A part of the price has its percent of it; the milestone that a supplement brings has its supplement.
    """

    __tablename__ = "milestones"
    __table_args__ = (
        CheckConstraint("(percent IS NULL) = (supplement_id IS NOT NULL)", name="of_the_price_or_of_a_supplement"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"), index=True)
    supplement_id: Mapped[int | None] = mapped_column(ForeignKey("supplements.id"), unique=True)
    position: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(120))
    condition: Mapped[str] = mapped_column(Text)
    percent: Mapped[int | None] = mapped_column()
    amount: Mapped[Money] = mapped_column(MoneyFen)
    due_on: Mapped[date] = mapped_column(Date)

    agreement: Mapped[Agreement] = relationship(lazy="select", back_populates="milestones")
    supplement: Mapped[Supplement | None] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.agreement.transfer

    @property
    def organisation_ids(self) -> frozenset[int]:
        """The provider's own."""
        return self.agreement.organisation_ids


class Supplement(OfTransfer, Base):
    """More of the same under an agreement, its other terms unchanged (法49): why, what, for how much, due when.

    Concluded, it becomes one further milestone of the agreement.
    """

    __tablename__ = "supplements"
    __table_args__ = (
        UniqueConstraint("agreement_id", "position"),
        CheckConstraint("amount > 0", name="amount_above_nothing"),
        CheckConstraint("(status = 'concluded') = (concluded_at IS NOT NULL)", name="concluded_at_iff_concluded"),
        CheckConstraint("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at_iff_withdrawn"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    position: Mapped[int] = mapped_column()
    number: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[SupplementStatus] = mapped_column(
        enum_column(SupplementStatus, "status"), default=SupplementStatus.DRAFTED
    )
    reason: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    amount: Mapped[Money] = mapped_column(MoneyFen)
    milestone: Mapped[str] = mapped_column(String(120))
    due_on: Mapped[date] = mapped_column(Date)
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    drafted_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_terms: Mapped[str] = mapped_column(String(64), default="")
    concluded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    concluded_at: Mapped[datetime | None] = mapped_column(Moment)
    text_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawal_reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    agreement: Mapped[Agreement] = relationship(lazy="select", back_populates="supplements")
    drafted_by: Mapped[User] = relationship(lazy="select", foreign_keys=[drafted_by_id])
    confirmed_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[confirmed_by_id])
    concluded_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[concluded_by_id])
    text: Mapped[StoredFile | None] = relationship(lazy="select")
    publication: Mapped[Publication | None] = relationship(lazy="select")

    __mapper_args__ = {"version_id_col": version}

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.agreement.transfer

    @property
    def organisation_ids(self) -> frozenset[int]:
        """The provider's own."""
        return self.agreement.organisation_ids

    @property
    def is_open(self) -> bool:
        """Whether it is neither concluded nor withdrawn."""
        return self.status in (SupplementStatus.DRAFTED, SupplementStatus.CONFIRMED)


@dataclass(frozen=True, slots=True)
class AgreementDesk:
    """What the room knows of one transfer: its award and its agreement, whichever there is."""

    award: Award | None
    agreement: Agreement | None


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def agreement_of(transfer: Transfer) -> Agreement | None:
    """The agreement of a transfer."""
    return desks([transfer])[transfer.id].agreement


@dataclass(frozen=True, slots=True)
class Carried:
    """A transfer as the public knows it, with the agreement's price once that is published, and what supplements added."""

    id: int
    number: str
    title: str
    title_en: str
    status: TransferStatus
    ending: Ending | None
    edition: int
    price: Money | None
    added: Money
    reference: str | None

    @property
    def chain_key(self) -> str:
        """The transfer's, by which its payments are known."""
        return chain_of(self.id)

    @property
    def whole_price(self) -> Money:
        """What is told to be paid in all; nothing before the agreement is published."""
        return self.price + self.added if self.price is not None else Money(0)

    @property
    def called(self) -> Twofold:
        """Its title, as sentences take it: in both languages."""
        return Twofold(self.title, self.title_en)

    @property
    def state(self) -> TransferStatus | Ending:
        """Where it stands; once it is closed, how it ended."""
        return self.ending or self.status


def carried_under(entry_ids: Iterable[int]) -> list[Carried]:
    """The announced transfers that were drafted from these entries of the catalogue, the newest first, in one query."""
    added = (
        select(cast(func.coalesce(func.sum(Supplement.amount), 0), MoneyFen))
        .where(Supplement.agreement_id == Agreement.id, Supplement.status == SupplementStatus.CONCLUDED)
        .scalar_subquery()
    )
    query = (
        select(
            Transfer.id,
            Transfer.number,
            Transfer.title,
            Transfer.title_en,
            Transfer.status,
            Transfer.ending,
            ReferenceEdition.number,
            Agreement.price,
            added,
            Publication.reference,
        )
        .join(CatalogueEntry, CatalogueEntry.id == Transfer.catalogue_entry_id)
        .join(ReferenceEdition, ReferenceEdition.id == CatalogueEntry.edition_id)
        .outerjoin(Agreement, and_(Agreement.transfer_id == Transfer.id, Agreement.publication_id.is_not(None)))
        .outerjoin(Publication, Publication.id == Agreement.publication_id)
        .where(CatalogueEntry.id.in_(list(entry_ids)), Transfer.step.is_not(None), Transfer.step != Step.ANNOUNCEMENT)
        .order_by(Transfer.id.desc())
    )
    return [Carried(*row) for row in db.session.execute(query)]


def milestone_by_id(milestone_id: int) -> Milestone | None:
    """The milestone of this number."""
    return db.session.get(Milestone, milestone_id)


def supplement_by_id(supplement_id: int) -> Supplement | None:
    """The supplement of this number."""
    return db.session.get(Supplement, supplement_id)


@asked_once
def desks(transfers: Sequence[Transfer]) -> Mapping[int, AgreementDesk]:
    """The room's state for several transfers, in a constant number of queries."""
    from_transfers = [transfer.id for transfer in transfers]
    agreements = {
        row.transfer_id: row
        for row in db.session.scalars(
            select(Agreement).where(Agreement.transfer_id.in_(from_transfers)).order_by(Agreement.id)
        ).unique()
    }
    query = (
        select(Award, Announcement.transfer_id)
        .join(Competition, Award.competition_id == Competition.id)
        .join(Announcement, Competition.announcement_id == Announcement.id)
        .join(Transfer, Announcement.transfer_id == Transfer.id)
        .where(Announcement.transfer_id.in_(from_transfers), Announcement.attempt == Transfer.attempt)
    )
    awards = {transfer_id: award for award, transfer_id in db.session.execute(query).unique()}
    return {transfer.id: AgreementDesk(awards.get(transfer.id), agreements.get(transfer.id)) for transfer in transfers}
