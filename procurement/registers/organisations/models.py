"""The register of organisations. A verified account is not a listed organisation: the directory comes on top of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Select, String, Text, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship, selectinload

from procurement.foundation.database import Base, Moment, db, portions
from procurement.foundation.fields import SealedText
from procurement.foundation.labels import Labelled, Twofold, enum_column, word
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.people import User


class OrganisationStatus(Labelled):
    """Where the account of an organisation stands."""

    REGISTERED = "registered", word("待核验")
    VERIFIED = "verified", word("已核验")
    REFUSED = "refused", word("已退回")


class InstitutionClass(Labelled):
    """Of what class a public institution is; only the first may not undertake (GP-6, GP-7)."""

    FIRST = "first", word("公益一类")
    SECOND = "second", word("公益二类")
    BUSINESS = "business", word("从事生产经营活动")


class PaymentDetail(Labelled):
    """What a payment to an organisation needs, by the name of its field."""

    IDENTITY_NUMBER = "identity_number", word("法定代表人身份证号")
    BANK = "bank", word("开户银行")
    ACCOUNT_NUMBER = "account_number", word("银行账号")


_S = OrganisationStatus
ORGANISATION_MOVES: StateTable[OrganisationStatus] = StateTable(
    {
        # Never from verified: what an officer has verified is not overwritten by whoever knows its code.
        Deed.ORGANISATION_REGISTER: (frozenset({_S.REFUSED}), _S.REGISTERED),
        Deed.ORGANISATION_VERIFY: (frozenset({_S.REGISTERED, _S.REFUSED}), _S.VERIFIED),
        Deed.ORGANISATION_REFUSE: (frozenset({_S.REGISTERED}), _S.REFUSED),
    }
)


class Organisation(Base):
    """An organisation, known by its unified social credit code (GB 32100): one that registered, or was taken over from a list."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("(status = 'verified') = (verified_at IS NOT NULL)", name="verified_at_iff_verified"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    credit_code: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    name_en: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(200))
    representative: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(SealedText)
    # For payments: whose number of the representative, which bank, which account. A number lies sealed and is shown masked.
    identity_number: Mapped[str] = mapped_column(SealedText, default="")
    bank: Mapped[str] = mapped_column(String(120), default="")
    account_number: Mapped[str] = mapped_column(SealedText, default="")
    introduction: Mapped[str] = mapped_column(Text, default="")
    institution: Mapped[InstitutionClass | None] = mapped_column(enum_column(InstitutionClass, "institution"))
    status: Mapped[OrganisationStatus] = mapped_column(
        enum_column(OrganisationStatus, "status"), default=OrganisationStatus.REGISTERED
    )
    registered_at: Mapped[datetime] = mapped_column(Moment)
    verified_at: Mapped[datetime | None] = mapped_column(Moment)
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", use_alter=True))
    refusal_reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    verified_by: Mapped[User | None] = relationship(lazy="raise", foreign_keys=[verified_by_id])

    __mapper_args__ = {"version_id_col": version}

    chain_key = "house"

    @property
    def called(self) -> Twofold:
        """Its name, as sentences take it: in both languages."""
        return Twofold(self.name, self.name_en)

    @property
    def organisation_ids(self) -> frozenset[int]:
        """An organisation is its own."""
        return frozenset({self.id})

    @property
    def lacking_for_payments(self) -> tuple[PaymentDetail, ...]:
        """What it has not said yet of what a payment needs."""
        return tuple(detail for detail in PaymentDetail if not getattr(self, detail.value))

    @property
    def is_verified(self) -> bool:
        """Whether an officer has verified that it is who it says."""
        return self.status is OrganisationStatus.VERIFIED


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def organisation_by_id(organisation_id: int) -> Organisation | None:
    """The organisation of this number."""
    return db.session.get(Organisation, organisation_id)


def organisation_by_code(credit_code: str) -> Organisation | None:
    """The organisation of this credit code."""
    return db.session.scalar(select(Organisation).where(Organisation.credit_code == credit_code))


def organisation_by_name(name: str) -> Organisation | None:
    """The organisation of this name."""
    return db.session.scalar(select(Organisation).where(Organisation.name == name))


def organisations_by_codes(credit_codes: Iterable[str]) -> dict[str, Organisation]:
    """The organisations that have one of these codes, by code."""
    return {row.credit_code: row for row in _among(Organisation.credit_code, credit_codes)}


def organisations_by_names(names: Iterable[str]) -> dict[str, Organisation]:
    """The organisations that have one of these names, by name."""
    return {row.name: row for row in _among(Organisation.name, names)}


def _among(column: InstrumentedAttribute[str], wanted: Iterable[str]) -> Iterator[Organisation]:
    for portion in portions(sorted(set(wanted))):
        yield from db.session.scalars(select(Organisation).where(column.in_(portion)))


def organisations_awaiting_verification() -> Sequence[Organisation]:
    """Registered, not yet verified; the longest waiting first."""
    query = select(Organisation).where(Organisation.status == OrganisationStatus.REGISTERED)
    return db.session.scalars(query.order_by(Organisation.registered_at)).all()


def verified_organisations(words: str = "", *, first: int = 0, limit: int | None = None) -> Sequence[Organisation]:
    """Verified organisations by name: those whose name or code holds `words`, from the `first` on, `limit` of them."""
    query = _verified(words).order_by(Organisation.name, Organisation.id).offset(first).limit(limit)
    return db.session.scalars(query).all()


def number_of_verified(words: str = "") -> int:
    """How many verified organisations hold `words` in name or code."""
    return db.session.scalar(select(func.count()).select_from(_verified(words).subquery())) or 0


def _verified(words: str) -> Select[Organisation]:
    query = select(Organisation).where(Organisation.status == OrganisationStatus.VERIFIED)
    if not words:
        return query
    columns = (Organisation.name, Organisation.name_en, Organisation.credit_code)
    return query.where(or_(*(func.lower(column).contains(words.lower(), autoescape=True) for column in columns)))


def awaits_first_account(organisation: Organisation) -> bool:
    """Whether it was taken over from a list, which verified it, and nobody has had an account of it yet."""
    return organisation.is_verified and not users_of(organisation)


def users_of(organisation: Organisation) -> Sequence[User]:
    """Every account of an organisation, in use or not."""
    query = select(User).where(User.organisation_id == organisation.id).options(selectinload(User.grants))
    return db.session.scalars(query.order_by(User.id)).unique().all()


def users_by_organisation(organisation_ids: Iterable[int]) -> dict[int, list[User]]:
    """The accounts in use of each of these organisations."""
    found: dict[int, list[User]] = {}
    for portion in portions(sorted(set(organisation_ids))):
        query = select(User).where(User.organisation_id.in_(portion), User.deactivated_at.is_(None)).order_by(User.id)
        for user in db.session.scalars(query).unique():
            if user.organisation_id is not None:
                found.setdefault(user.organisation_id, []).append(user)
    return found
