"""People: accounts, their roles, the departments, sessions and failed sign-ins.

A role is held for good and granted by the security administrator; an appointment (opener, panel member, witness) holds
for one transfer and is a row of the transfers floor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, String, func, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from procurement.foundation.database import Base, Moment, db, portions
from procurement.foundation.labels import Labelled, Twofold, enum_column, word

if TYPE_CHECKING:
    from procurement.registers.communities import Community
    from procurement.registers.organisations.models import Organisation


class Role(Labelled):
    """What an account may be, for good."""

    OFFICER = "officer", word("经办人")
    APPROVER = "approver", word("审批人")
    MEMBER = "member", word("联席会议成员")
    PAYER = "payer", word("付款人")
    # Who signs for an organisation: bids, agreements, handovers; and who prepares and reports for it.
    PROVIDER = "provider", word("社会组织用户")
    DRAFTER = "drafter", word("社会组织经办人")
    EXPERT = "expert", word("评审专家")
    EVALUATOR = "evaluator", word("绩效评价人")
    SUPERVISOR = "supervisor", word("财政监管人员")
    GRID_MEMBER = "grid-member", word("网格员")
    AUDITOR = "auditor", word("审计人员")
    SYSTEM_ADMIN = "system-admin", word("系统管理员")
    SECURITY_ADMIN = "security-admin", word("安全管理员")


# GB/T 22239: the three administrators' rights are separated; no account holds two of them.
EXCLUSIVE = frozenset({Role.AUDITOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})
DEPARTMENTAL = frozenset({Role.OFFICER, Role.APPROVER, Role.PAYER})
OF_AN_ORGANISATION = frozenset({Role.PROVIDER, Role.DRAFTER})

# Argon2id with the library's default profile (64 MiB); the tests put a cheap one here.
hasher = PasswordHasher()


def use_hasher(other: PasswordHasher) -> None:
    """Hash with another profile from now on."""
    global hasher
    hasher = other


def hasher_in_use() -> PasswordHasher:
    """The profile in use."""
    return hasher


class Department(Base):
    """A department of the city: it transfers functions, buys services and pays for them."""

    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    name_en: Mapped[str] = mapped_column(String(160))
    credit_code: Mapped[str | None] = mapped_column(String(18))
    address: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")

    @property
    def called(self) -> Twofold:
        """Its name, as sentences take it: in both languages."""
        return Twofold(self.name, self.name_en)

    @property
    def department_id(self) -> int:
        """A department is its own: who may act for it may draft for it."""
        return self.id


class User(Base):
    """An account of one person."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("department_id IS NULL OR organisation_id IS NULL", name="not_of_both_sides"),
        Index("ix_users_lower_login", text("lower(login)"), unique=False),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(5), default="zh")
    title: Mapped[str] = mapped_column(String(80), default="")
    employer: Mapped[str] = mapped_column(String(120), default="")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_version: Mapped[int] = mapped_column(default=1)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment)
    deactivated_at: Mapped[datetime | None] = mapped_column(Moment)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("communities.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department | None] = relationship(lazy="select")
    organisation: Mapped[Organisation | None] = relationship(lazy="select", foreign_keys=[organisation_id])
    community: Mapped[Community | None] = relationship(lazy="select")
    grants: Mapped[list[RoleGrant]] = relationship(lazy="select", cascade="all, delete-orphan", back_populates="user")
    standing_in: Mapped[list[Substitution]] = relationship(
        lazy="select", viewonly=True, order_by="Substitution.id", foreign_keys="Substitution.substitute_id",
        primaryjoin="and_(User.id == Substitution.substitute_id, Substitution.ended_at.is_(None))",
    )  # fmt: skip

    __mapper_args__ = {"version_id_col": version}

    chain_key = "house"

    @property
    def called(self) -> Twofold:
        """The person's name, as sentences take it: in both languages."""
        return Twofold(self.name, self.name_en)

    @property
    def roles(self) -> frozenset[Role]:
        """The roles this account holds."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def organisation_ids(self) -> frozenset[int]:
        """Whose own the account is: its organisation's, where it is of one."""
        return frozenset({self.organisation_id} if self.organisation_id is not None else set())

    @property
    def is_active(self) -> bool:
        """Whether the account may sign in (the name that flask-login asks for)."""
        return self.deactivated_at is None and self.password_hash is not None

    @property
    def body(self) -> Department | Organisation | Community | None:
        """The body this person acts for: department, organisation or community."""
        return self.department or self.organisation or self.community

    @property
    def body_name(self) -> str:
        """The name of that body, or the employer of an independent expert; may be empty."""
        return self.body.name if self.body is not None else self.employer

    @property
    def body_name_en(self) -> str:
        """The English name of that body; the employer where there is none."""
        return self.body.name_en if self.body is not None else self.employer


class RoleGrant(Base):
    """One role of one account."""

    __tablename__ = "role_grants"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"), primary_key=True)

    user: Mapped[User] = relationship(back_populates="grants", lazy="raise")


class Substitution(Base):
    """That somebody does what an absent person of the same department may do, from a day to a day."""

    __tablename__ = "substitutions"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="ends_after_it_begins"),
        CheckConstraint("absent_id <> substitute_id", name="of_another"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    absent_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    first_day: Mapped[date] = mapped_column()
    last_day: Mapped[date] = mapped_column()
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    granted_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    absent: Mapped[User] = relationship(lazy="select", foreign_keys=[absent_id])
    substitute: Mapped[User] = relationship(lazy="select", foreign_keys=[substitute_id])

    chain_key = "house"

    @property
    def people_ids(self) -> frozenset[int]:
        """Whose own it is: of both."""
        return frozenset({self.absent_id, self.substitute_id})

    def holds_on(self, day: date) -> bool:
        """Whether it holds on `day`: not ended, both accounts in use, and both still of one department."""
        return (
            self.ended_at is None
            and self.first_day <= day <= self.last_day
            and self.absent.deactivated_at is None
            and self.substitute.deactivated_at is None
            and self.absent.department_id == self.substitute.department_id
        )


class LoginSession(Base):
    """A signed-in browser: what the cookie points at, on the wall clock."""

    __tablename__ = "login_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    session_version: Mapped[int] = mapped_column()
    opened_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    address: Mapped[str] = mapped_column(String(45), default="")
    visitor: Mapped[bool] = mapped_column(default=False)

    @property
    def people_ids(self) -> frozenset[int]:
        """Whose own it is."""
        return frozenset({self.user_id})


class LoginAttempt(Base):
    """A failed sign-in, counted per account and address; written in the refusal's own transaction."""

    __tablename__ = "login_attempts"
    __table_args__ = (Index("ix_login_attempts_login_address_at", "login", "address", "failed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(45))
    failed_at: Mapped[datetime] = mapped_column(Moment)


def hash_password(password: str) -> str:
    """Argon2id of `password`; slow on purpose, so never inside a deed."""
    return hasher.hash(password)


# What an unknown name is checked against, so that it takes as long as a known one.
_nobody = ""


def password_fits(user: User | None, password: str) -> bool:
    """Whether `password` is the account's; as slow for an unknown name as for a known one."""
    global _nobody
    if not _nobody or not _nobody.startswith(f"$argon2id$v=19$m={hasher.memory_cost},"):
        _nobody = hasher.hash("nobody's password")
    stored = user.password_hash if user is not None and user.password_hash else _nobody
    try:
        hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return user is not None and user.is_active


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def user_by_id(user_id: int) -> User | None:
    """The account of this number."""
    return db.session.get(User, user_id)


def english_names(user_ids: Iterable[int]) -> dict[int, str]:
    """The English names of these accounts, by number; who has none is left out."""
    query = select(User.id, User.name_en).where(User.id.in_(set(user_ids)), User.name_en != "")
    return {row.id: row.name_en for row in db.session.execute(query)}


def user_by_login(login: str) -> User | None:
    """The account of this name, whatever its case."""
    return db.session.scalar(select(User).where(func.lower(User.login) == login.strip().lower()))


def users_by_logins(logins: Iterable[str]) -> dict[str, User]:
    """The accounts that have one of these names, by their names in small letters; some hundreds in one query."""
    wanted = sorted({login.strip().lower() for login in logins})
    found: dict[str, User] = {}
    for portion in portions(wanted):
        query = select(User).where(func.lower(User.login).in_(portion))
        found |= {row.login.lower(): row for row in db.session.scalars(query).unique()}
    return found


def users_with_role(
    role: Role, *, department_id: int | None = None, organisation_id: int | None = None
) -> Sequence[User]:
    """Active accounts that hold `role`, of one department or organisation where given, by name."""
    query = _with_role(role).options(selectinload(User.grants))
    if department_id is not None:
        query = query.where(User.department_id == department_id)
    if organisation_id is not None:
        query = query.where(User.organisation_id == organisation_id)
    return db.session.scalars(query).unique().all()


def _with_role(role: Role) -> Select[User]:
    """Active accounts that hold a role."""
    active = User.deactivated_at.is_(None), User.password_hash.is_not(None)
    return select(User).join(RoleGrant).where(RoleGrant.role == role, *active).order_by(User.id)


def users_of_organisations(role: Role, organisation_ids: Collection[int]) -> Mapping[int, Sequence[User]]:
    """Active accounts that hold `role`, by their organisation, for several organisations in one question."""
    found: dict[int, list[User]] = {number: [] for number in organisation_ids}
    for portion in portions(sorted(found)):
        for user in db.session.scalars(_with_role(role).where(User.organisation_id.in_(portion))).unique():
            found[user.organisation_id or 0].append(user)
    return found


def all_users() -> Sequence[User]:
    """Every account, by login."""
    return (
        db.session.scalars(
            select(User).options(selectinload(User.grants), selectinload(User.standing_in)).order_by(User.login)
        )
        .unique()
        .all()
    )


def colleagues_of(user: User) -> Sequence[User]:
    """The other accounts in use of a person's department, by number."""
    if user.department_id is None:
        return []
    query = select(User).where(
        User.department_id == user.department_id,
        User.id != user.id,
        User.deactivated_at.is_(None),
        User.password_hash.is_not(None),
    )
    return db.session.scalars(query.options(selectinload(User.grants)).order_by(User.id)).unique().all()


def substitution_by_id(substitution_id: int) -> Substitution | None:
    """The substitution of this number."""
    return db.session.get(Substitution, substitution_id)


def substitutions_of(user: User, day: date) -> Sequence[Substitution]:
    """The substitutions of a person, as the absent one or as the substitute, that hold on `day` or later."""
    query = select(Substitution).where(
        or_(Substitution.absent_id == user.id, Substitution.substitute_id == user.id),
        Substitution.ended_at.is_(None),
        Substitution.last_day >= day,
    )
    return db.session.scalars(query.order_by(Substitution.first_day, Substitution.id)).unique().all()


def substitutes_on(day: date, absent_ids: Iterable[int]) -> list[User]:
    """Those who stand in on `day` for any of these people."""
    query = select(Substitution).where(
        Substitution.absent_id.in_(set(absent_ids)), Substitution.ended_at.is_(None), Substitution.last_day >= day
    )
    rows = db.session.scalars(query.order_by(Substitution.id)).unique()
    return [row.substitute for row in rows if row.holds_on(day)]


def departments() -> Sequence[Department]:
    """Every department, by name."""
    return db.session.scalars(select(Department).order_by(Department.id)).all()


def department_by_id(department_id: int) -> Department | None:
    """The department of this number."""
    return db.session.get(Department, department_id)


def department_by_name(name: str) -> Department | None:
    """The department of this name."""
    return db.session.scalar(select(Department).where(Department.name == name))


def session_by_hash(token_hash: str) -> LoginSession | None:
    """The signed-in browser of this token's hash."""
    return db.session.scalar(select(LoginSession).where(LoginSession.token_hash == token_hash))


def session_by_id(session_id: int) -> LoginSession | None:
    """The signed-in browser of this number."""
    return db.session.get(LoginSession, session_id)


def open_sessions(user: User) -> Sequence[LoginSession]:
    """The signed-in browsers of an account that nobody has ended, the one seen last first."""
    query = select(LoginSession).where(
        LoginSession.user_id == user.id,
        LoginSession.closed_at.is_(None),
        LoginSession.session_version == user.session_version,
    )
    return db.session.scalars(query.order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())).all()


def recent_failures(login: str, since: datetime, address: str | None = None) -> Sequence[datetime]:
    """When sign-ins to this account failed since then, from one address where given, oldest first."""
    query = select(LoginAttempt.failed_at).where(LoginAttempt.login == login.lower(), LoginAttempt.failed_at > since)
    if address is not None:
        query = query.where(LoginAttempt.address == address)
    return db.session.scalars(query.order_by(LoginAttempt.failed_at)).all()


SYSTEM_LOGIN = "system"


def system_user() -> User:
    """The account in whose name the system acts when something falls due; it can never sign in."""
    user = user_by_login(SYSTEM_LOGIN)
    if user is None:
        raise LookupError("the system account is missing: the instance has not been prepared")
    return user
