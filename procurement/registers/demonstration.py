"""The demonstration: the one row that makes an instance one, its legal clock, and what its visitors may do beyond the law.

An instance that has this row is a demonstration for good; no deed makes one of a real instance, or a real one of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column

from procurement.foundation.database import Base, Moment, db
from procurement.foundation.errors import NotPermitted, RuleBroken
from procurement.foundation.labels import enum_column, word
from procurement.registers import access, accounts, audit
from procurement.registers.access import Appointed, Deed
from procurement.registers.accounts import Browser
from procurement.registers.notices import Notice
from procurement.registers.people import Role, User

THE_ONE = 1

# The administrators of accounts and of security stay out of a visitor's reach: whoever is them owns the instance.
OUT_OF_REACH = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})


class Demonstration(Base):
    """The one row of a demonstration: when it was made, and the two anchors of its clock.

    At the wall's instant `wall_at` the legal clock stood at `legal_at`. `ready_at` is empty while the demonstration is
    being made, or made new.
    """

    __tablename__ = "demonstrations"
    __table_args__ = (CheckConstraint("id = 1", name="there_is_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    ready_at: Mapped[datetime | None] = mapped_column(Moment)
    legal_at: Mapped[datetime] = mapped_column(Moment)
    wall_at: Mapped[datetime] = mapped_column(Moment)

    chain_key = "house"


class DemonstrationPassphrase(Base):
    """The passphrase or the sheet's secret of a holder in a demonstration, kept in clear so that a visitor can go on as them.

    `kind` says what they hold. `transfer_id` is the number of the transfer it opens; registers know no transfers, so it is no foreign key.
    """

    __tablename__ = "demonstration_passphrases"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    transfer_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[Appointed] = mapped_column(enum_column(Appointed, "kind"), default=Appointed.OPENER)
    passphrase: Mapped[str] = mapped_column(String(40))
    kept_at: Mapped[datetime] = mapped_column(Moment)


def ensure_ahead(to: datetime, now: datetime) -> None:
    """Refuse an instant that is not after the present one: a clock that went back would undo what has happened."""
    if to <= now:
        raise RuleBroken(
            word("演示时钟现在是 {now}，只能快进，不能停在或倒回 {to}。要从头来，请重建演示。"),
            now=now,
            to=to,
            field="to",
        )


def advance_clock(demonstration: Demonstration, *, to: datetime, wall: datetime, actor: User, now: datetime) -> None:
    """Move the legal clock forward to `to`; `wall` is the wall's instant at which it stands there.

    Raises:
        RuleBroken: an instant that is not after the present one; a clock that went back would undo what has happened.
    """
    access.require(actor, Deed.CLOCK_ADVANCE, demonstration)

    ensure_ahead(to, now)

    demonstration.legal_at, demonstration.wall_at = to, wall

    audit.record(Deed.CLOCK_ADVANCE, demonstration, actor=actor, now=now, to=to)


def may_be_assumed(person: User) -> bool:
    """Whether a visitor may act as this person: an account that can sign in, and is no administrator."""
    return person.is_active and not person.roles & OUT_OF_REACH


def assume_identity(person: User, *, browser: Browser, wall: datetime, actor: User | None, now: datetime) -> User:
    """Let a visitor act as a person of the demonstration, without a password; every deed of the session says so.

    Raises:
        NotPermitted: an administrator, or an account that cannot sign in.
    """
    access.require(actor, Deed.IDENTITY_ASSUME, person)

    if not may_be_assumed(person):
        raise NotPermitted(
            word("不能以“{person}”的名义进入：系统管理员、安全管理员和停用的账号不对访客开放。"), person=person.name
        )

    accounts.begin_session(person, browser, wall, visitor=True)

    audit.record(Deed.IDENTITY_ASSUME, person, actor=person, now=now, before=actor.id if actor is not None else None)
    return person


def reset_demonstration(demonstration: Demonstration, *, actor: User, now: datetime) -> None:
    """Close the demonstration so that it can be made new; what makes it new takes everything away, this line too."""
    access.require(actor, Deed.DEMONSTRATION_RESET, demonstration)

    if demonstration.ready_at is None:
        raise RuleBroken(word("演示正在重建，请稍等片刻。"))

    demonstration.ready_at = None

    audit.record(Deed.DEMONSTRATION_RESET, demonstration, actor=actor, now=now)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def the_demonstration() -> Demonstration | None:
    """The demonstration's row; None on a real instance."""
    return db.session.get(Demonstration, THE_ONE)


def kept_passphrases() -> Sequence[DemonstrationPassphrase]:
    """Every passphrase that a holder was shown, the newest first."""
    return db.session.scalars(select(DemonstrationPassphrase).order_by(DemonstrationPassphrase.id.desc())).all()


def passphrase_for(kind: Appointed, user_id: int, transfer_id: int) -> str | None:
    """The newest passphrase, or secret of a sheet, of whoever holds this for this transfer."""
    query = (
        select(DemonstrationPassphrase.passphrase)
        .where(
            DemonstrationPassphrase.kind == kind,
            DemonstrationPassphrase.user_id == user_id,
            DemonstrationPassphrase.transfer_id == transfer_id,
        )
        .order_by(DemonstrationPassphrase.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def notices_since(since: datetime, limit: int = 300) -> Sequence[Notice]:
    """The messages that went into anybody's tray from the legal instant `since` on, with their readers."""
    query = select(Notice).options(joinedload(Notice.user)).where(Notice.created_at >= since)
    return db.session.scalars(query.order_by(Notice.created_at, Notice.id).limit(limit)).unique().all()
