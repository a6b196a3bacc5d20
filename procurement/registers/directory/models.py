"""Listings: an organisation's application for the directory, its conditions with their evidence, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, String, Text, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from procurement.foundation.database import Base, Moment, db
from procurement.foundation.labels import Labelled, Twofold, enum_column, word
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.credit.models import BARRING, CreditRecord
from procurement.registers.files import StoredFile
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import Department, User
from procurement.registers.publications import Publication


class ListingStatus(Labelled):
    """Where an application for the directory stands."""

    APPLIED = "applied", word("已申请，等待受理")
    COMPLETE = "complete", word("已受理，等待主管单位意见")
    OPINED = "opined", word("主管单位同意，等待联席会议联审")
    TABLED = "tabled", word("已列入联席会议议程")
    REVIEWED = "reviewed", word("联席会议通过，等待公示")
    ON_NOTICE = "on-notice", word("公示中")
    LISTED = "listed", word("已列入目录")
    SUSPENDED = "suspended", word("已暂停")
    REMOVED = "removed", word("已移出")
    RETURNED = "returned", word("列入申请已退回")


_S = ListingStatus
UNDER_WAY = frozenset({_S.APPLIED, _S.COMPLETE, _S.OPINED, _S.TABLED, _S.REVIEWED, _S.ON_NOTICE})
STANDING = UNDER_WAY | {_S.LISTED, _S.SUSPENDED}
# What lies before the conference is not changed: what is voted on is what was read.
CHANGEABLE = STANDING - {_S.TABLED}
PUBLIC = frozenset({_S.ON_NOTICE, _S.LISTED, _S.SUSPENDED})

LISTING_MOVES: StateTable[ListingStatus] = StateTable(
    {
        Deed.LISTING_ACCEPT: (frozenset({_S.APPLIED}), _S.COMPLETE),
        Deed.LISTING_OPINE: (frozenset({_S.COMPLETE}), _S.OPINED),
        Deed.CONFERENCE_CONVENE: (frozenset({_S.OPINED}), _S.TABLED),
        Deed.CONFERENCE_CANCEL: (frozenset({_S.TABLED}), _S.OPINED),
        Deed.ITEM_RESOLVE: (frozenset({_S.TABLED}), _S.REVIEWED),
        Deed.LISTING_ANNOUNCE: (frozenset({_S.REVIEWED}), _S.ON_NOTICE),
        Deed.LISTING_PUBLISH: (frozenset({_S.ON_NOTICE}), _S.LISTED),
        Deed.LISTING_RETURN: (UNDER_WAY - {_S.TABLED}, _S.RETURNED),
        Deed.LISTING_SUSPEND: (frozenset({_S.LISTED}), _S.SUSPENDED),
        Deed.LISTING_RESTORE: (frozenset({_S.SUSPENDED}), _S.LISTED),
        Deed.LISTING_REMOVE: (frozenset({_S.LISTED, _S.SUSPENDED}), _S.REMOVED),
    }
)


class ConditionKind(Labelled):
    """What a listing asks for (OD-1 to OD-6)."""

    REGISTERED = "registered", word("依法登记，能独立承担民事责任")
    GOVERNANCE = "governance", word("法人治理、内部管理和信息公开健全")
    FINANCE = "finance", word("财务、会计和资产管理独立，依法纳税和缴纳社会保险")
    STAFF = "staff", word("有固定办公场所、稳定合法收入和专职人员")
    RECORD = "record", word("按时年报或者年检合格，没有违法记录")
    FACILITIES = "facilities", word("有与服务相适应的设施、设备和专业人员")


class Verdict(Labelled):
    """What an officer found of a condition."""

    MET = "met", word("符合")
    NOT_MET = "not-met", word("不符合")


class Stance(Labelled):
    """What the supervising unit says to an application."""

    AGREES = "agrees", word("同意")
    OBJECTS = "objects", word("不同意")


class Listing(Base):
    """One application of one organisation; a returned or removed one stays as it was, and a new one may follow it."""

    __tablename__ = "listings"
    __table_args__ = (
        CheckConstraint("status <> 'returned' OR reason <> ''", name="a_return_has_its_reason"),
        CheckConstraint("stance IS NULL OR stance = 'agrees' OR status = 'returned'", name="an_objection_returns"),
        CheckConstraint("status <> 'listed' OR listed_at IS NOT NULL", name="listed_at_if_listed"),
        CheckConstraint("status <> 'on-notice' OR noticed_at IS NOT NULL", name="noticed_at_if_on_notice"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    # The supervising unit (业务主管单位) that the application names.
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    kind: Mapped[str] = mapped_column(Text)
    is_trade_association: Mapped[bool] = mapped_column(default=False)
    deducts_donations: Mapped[bool] = mapped_column(default=False)
    is_tax_exempt: Mapped[bool] = mapped_column(default=False)
    status: Mapped[ListingStatus] = mapped_column(
        enum_column(ListingStatus, "status"), default=ListingStatus.APPLIED, index=True
    )
    applied_at: Mapped[datetime] = mapped_column(Moment)
    applied_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    stance: Mapped[Stance | None] = mapped_column(enum_column(Stance, "stance"))
    opinion: Mapped[str] = mapped_column(Text, default="")
    opined_at: Mapped[datetime | None] = mapped_column(Moment)
    opined_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # The resolution of the joint conference that let it go on.
    resolution_number: Mapped[str] = mapped_column(String(40), default="")
    reviewed_at: Mapped[datetime | None] = mapped_column(Moment)
    noticed_at: Mapped[datetime | None] = mapped_column(Moment)
    listed_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text, default="")
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"))
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(lazy="select")
    department: Mapped[Department] = relationship(lazy="select")
    applied_by: Mapped[User] = relationship(lazy="raise", foreign_keys=[applied_by_id])
    opined_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[opined_by_id])
    notice: Mapped[Publication | None] = relationship(lazy="select", foreign_keys=[notice_id])
    decision: Mapped[Publication | None] = relationship(lazy="select", foreign_keys=[decision_id])
    services: Mapped[list[ListingService]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="ListingService.code", back_populates="listing"
    )
    conditions: Mapped[list[Condition]] = relationship(
        lazy="select", cascade="all, delete-orphan", order_by="Condition.id", back_populates="listing"
    )
    objections: Mapped[list[Objection]] = relationship(
        lazy="select", cascade="all, delete-orphan", order_by="Objection.id", back_populates="listing"
    )

    __mapper_args__ = {"version_id_col": version}

    chain_key = "house"

    @property
    def called(self) -> Twofold:
        """The organisation and what it applies for, as sentences and agendas take it: in both languages."""
        name, english = self.organisation.called, self.organisation.name_en
        return Twofold(f"{name}列入承接目录", f"{english}: entry in the directory" if english else "")

    @property
    def organisation_ids(self) -> frozenset[int]:
        """Its organisation's own."""
        return frozenset({self.organisation_id})


class ListingService(Base):
    """One entry of the catalogue that the organisation offers; name and code as they were when it applied."""

    __tablename__ = "listing_services"
    __table_args__ = (UniqueConstraint("listing_id", "code"), Index("ix_listing_services_code", "code"))

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(160), default="")

    listing: Mapped[Listing] = relationship(lazy="raise", back_populates="services")

    @property
    def called(self) -> Twofold:
        """Its name, as sentences take it: in both languages."""
        return Twofold(self.name, self.name_en)


class Condition(Base):
    """One condition of one listing: what is claimed, the evidence, until when that holds, who judged it."""

    __tablename__ = "listing_conditions"
    __table_args__ = (
        UniqueConstraint("listing_id", "kind"),
        CheckConstraint("(verdict IS NULL) = (judged_at IS NULL)", name="judged_at_iff_judged"),
        CheckConstraint("(verdict IS NULL) = (judged_by_id IS NULL)", name="judged_by_iff_judged"),
        CheckConstraint("verdict IS NULL OR file_id IS NOT NULL", name="judged_on_evidence"),
        CheckConstraint("(kind = 'staff') = (number IS NOT NULL)", name="a_number_of_staff"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    kind: Mapped[ConditionKind] = mapped_column(enum_column(ConditionKind, "kind"))
    claim: Mapped[str] = mapped_column(Text)
    number: Mapped[int | None] = mapped_column()
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"), unique=True)
    expires_on: Mapped[date | None] = mapped_column(index=True)
    verdict: Mapped[Verdict | None] = mapped_column(enum_column(Verdict, "verdict"))
    judged_at: Mapped[datetime | None] = mapped_column(Moment)
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    remark: Mapped[str] = mapped_column(Text, default="")

    listing: Mapped[Listing] = relationship(lazy="select", back_populates="conditions")
    file: Mapped[StoredFile | None] = relationship(lazy="select")
    judged_by: Mapped[User | None] = relationship(lazy="select")

    chain_key = "house"

    @property
    def lock_root(self) -> Listing:
        """Deeds on a condition wait for those on its listing."""
        return self.listing

    @property
    def organisation_ids(self) -> frozenset[int]:
        """Its organisation's own."""
        return self.listing.organisation_ids


class Objection(Base):
    """What somebody said against a listing during its notice, and what was found of it."""

    __tablename__ = "listing_objections"
    __table_args__ = (CheckConstraint("finding <> ''", name="a_finding_has_its_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    raised_by: Mapped[str] = mapped_column(String(120))
    content: Mapped[str] = mapped_column(Text)
    is_upheld: Mapped[bool] = mapped_column()
    finding: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime] = mapped_column(Moment)
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    listing: Mapped[Listing] = relationship(lazy="raise", back_populates="objections")
    noted_by: Mapped[User] = relationship(lazy="select")


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def listing_by_id(listing_id: int) -> Listing | None:
    """The listing of this number."""
    return db.session.get(Listing, listing_id)


def condition_by_id(condition_id: int) -> Condition | None:
    """The condition of this number."""
    return db.session.get(Condition, condition_id)


def newest_listing_of(organisation_id: int) -> Listing | None:
    """The organisation's last application, whatever became of it."""
    query = select(Listing).where(Listing.organisation_id == organisation_id).order_by(Listing.id.desc()).limit(1)
    return db.session.scalars(query).unique().first()


def standing_listing_of(organisation_id: int) -> Listing | None:
    """The organisation's listing that is neither returned nor removed; there is one at most."""
    query = select(Listing).where(Listing.organisation_id == organisation_id, Listing.status.in_(STANDING))
    return db.session.scalars(query).unique().first()


def listings_under_way() -> Sequence[Listing]:
    """Every application that is not decided, the longest waiting first."""
    query = select(Listing).where(Listing.status.in_(UNDER_WAY)).order_by(Listing.applied_at, Listing.id)
    return db.session.scalars(query).unique().all()


def listings_awaiting_conference() -> Sequence[Listing]:
    """Every application with its supervising unit's opinion that lies before no conference yet, the longest waiting first."""
    query = select(Listing).where(Listing.status == ListingStatus.OPINED).options(*_with_gate())
    return db.session.scalars(query.order_by(Listing.opined_at, Listing.id)).unique().all()


def listings_by_id(listing_ids: Sequence[int]) -> Mapping[int, Listing]:
    """The listings of these numbers, with their conditions."""
    query = select(Listing).where(Listing.id.in_(listing_ids)).options(*_with_gate())
    return {row.id: row for row in db.session.scalars(query).unique()}


def _with_gate() -> list[LoaderOption]:
    """Of many listings what their gates ask for is loaded at once."""
    return [selectinload(Listing.conditions), selectinload(Listing.opined_by)]


def listings_to_judge_again() -> Sequence[Listing]:
    """Listed ones whose new evidence nobody has judged yet."""
    query = (
        select(Listing)
        .where(
            Listing.status.in_((ListingStatus.LISTED, ListingStatus.SUSPENDED)),
            select(Condition.id).where(Condition.listing_id == Listing.id, Condition.verdict.is_(None)).exists(),
        )
        .order_by(Listing.id)
    )
    return db.session.scalars(query).unique().all()


def listed_and_barred(day: date) -> dict[Listing, CreditRecord]:
    """Listed organisations under a record that bars them that day, each with one such record, in one query."""
    query = (
        select(Listing, CreditRecord)
        .join(CreditRecord, CreditRecord.organisation_id == Listing.organisation_id)
        .where(
            Listing.status == ListingStatus.LISTED,
            CreditRecord.kind.in_(BARRING),
            CreditRecord.from_day <= day,
            or_(CreditRecord.until_day.is_(None), CreditRecord.until_day >= day),
        )
        .order_by(Listing.id, CreditRecord.id)
    )
    return {listing: record for listing, record in db.session.execute(query).unique()}


def listed(words: str = "", code: str = "", *, first: int = 0, limit: int | None = None) -> Sequence[Listing]:
    """The directory: listed organisations by name, those whose name or code holds `words`, which offer `code` or below it."""
    query = _listed(words, code).order_by(Organisation.name, Listing.id).offset(first).limit(limit)
    return db.session.scalars(query).unique().all()


def number_of_listed(words: str = "", code: str = "") -> int:
    """How many organisations `listed` finds."""
    return (
        db.session.scalar(
            select(func.count()).select_from(_listed(words, code).with_only_columns(Listing.id).subquery())
        )
        or 0
    )


def listed_for(codes: Iterable[str], limit: int) -> Sequence[Listing]:
    """The listed organisations that offer something of these codes, or below them, by name."""
    offered = or_(*(ListingService.code.startswith(code, autoescape=True) for code in codes))
    query = _listed("", "").where(
        select(ListingService.id).where(ListingService.listing_id == Listing.id, offered).exists()
    )
    return db.session.scalars(query.order_by(Organisation.name, Listing.id).limit(limit)).unique().all()


def _listed(words: str, code: str) -> Select[Listing]:
    query = select(Listing).join(Listing.organisation).where(Listing.status == ListingStatus.LISTED)
    if words:
        columns = (Organisation.name, Organisation.name_en, Organisation.credit_code)
        query = query.where(or_(*(func.lower(column).contains(words.lower(), autoescape=True) for column in columns)))
    if code:
        offered = select(ListingService.id).where(
            ListingService.listing_id == Listing.id, ListingService.code.startswith(code, autoescape=True)
        )
        query = query.where(offered.exists())
    return query
