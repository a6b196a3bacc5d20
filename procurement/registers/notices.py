"""Notices: what lies in a person's tray, and the outbox from which it also goes out by e-mail.

A notice keeps its message template and values; it is translated where it is read. Whoever sends mail renders it in the
recipient's own language.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, func, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from procurement.foundation.database import Base, Moment, db
from procurement.foundation.errors import Article
from procurement.foundation.labels import Labelled, Said, Twofold
from procurement.foundation.money import Money
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.people import User


class Notice(Base):
    """One message to one person."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_user_id_read_at", "user_id", "read_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    message: Mapped[str] = mapped_column(Text)
    values: Mapped[str] = mapped_column(Text, default="{}")
    link: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    mailed_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    mail_failures: Mapped[int] = mapped_column(default=0)
    mail_error: Mapped[str] = mapped_column(String(300), default="")
    # Where it is mailed to, if not to the account's present address: what must be known where the account was before.
    sent_to: Mapped[str] = mapped_column(String(200), default="")

    user: Mapped[User] = relationship(lazy="raise")

    @property
    def address(self) -> str:
        """The e-mail address it goes to; empty where there is none."""
        return self.sent_to or self.user.email

    @property
    def told(self) -> dict[str, Any]:
        """The values of the message: texts, numbers, money, days and instants."""
        return kept_values(self.values)


class Label(str):
    """A label of ours inside a stored message: the reader's language has its own word for it."""


# What the reader's language writes differently keeps its kind: its name in the store, how it is written there, and read.
_KINDS: tuple[tuple[str, type | tuple[type, ...], Callable[[Any], Any], Callable[[Any], Any]], ...] = (
    ("fen", Money, lambda value: value.fen, Money),
    ("instant", datetime, lambda value: value.isoformat(), datetime.fromisoformat),
    ("day", date, lambda value: value.isoformat(), date.fromisoformat),
    ("label", Labelled, lambda value: value.label, Label),
    ("name", Twofold, lambda value: [value, value.english], lambda kept: Twofold(*kept)),
    ("list", (tuple, list), lambda value: [_kept(item) for item in value], lambda kept: tuple(map(_told, kept))),
    ("article", Article, lambda value: [value.law, value.number, value.standing], lambda kept: Article(*kept)),
    (
        "said",
        Said,
        lambda value: [value.message, {name: _kept(item) for name, item in value.values.items()}],
        lambda kept: Said(kept[0], {name: _told(item) for name, item in kept[1].items()}),
    ),
)
_READERS = {name: read for name, _kind, _write, read in _KINDS}


def _kept(value: Any) -> Any:
    """A value as it is kept."""
    for name, kind, write, _read in _KINDS:
        if isinstance(value, kind):
            return {name: write(value)}
    return value if isinstance(value, int) else str(value)


def _told(kept: Any) -> Any:
    if not isinstance(kept, dict):
        return kept
    ((name, value),) = kept.items()
    return _READERS[name](value)


def keep_values(values: Mapping[str, Any]) -> str:
    """The values of a message as they are kept beside its template."""
    return json.dumps({key: _kept(value) for key, value in values.items()}, ensure_ascii=False, sort_keys=True)


def kept_values(stored: str) -> dict[str, Any]:
    """The values that were kept: texts, numbers, money, days, instants, labels."""
    return {key: _told(value) for key, value in json.loads(stored).items()}


def notify(
    people: Iterable[User | None], message: str, *, now: datetime, link: str = "", sent_to: str = "", **values: Any
) -> None:
    """Put a message into the tray of each of `people`, once each; `values` fill the template where it is read.

    It is mailed to `sent_to` where that is given, else to the address the account has when it is sent.
    """
    stored = keep_values(values)
    for person in {person.id: person for person in people if person is not None}.values():
        db.session.add(
            Notice(user_id=person.id, message=message, values=stored, link=link, created_at=now, sent_to=sent_to)
        )


def read_notices(reader: User, *, actor: User, now: datetime) -> int:
    """Mark every message in the reader's own tray as read; returns how many there were."""
    access.require(actor, Deed.NOTICES_READ, reader)

    waiting = unread(reader)

    for notice in waiting:
        notice.read_at = now

    audit.record(Deed.NOTICES_READ, reader, actor=actor, now=now, count=len(waiting))
    return len(waiting)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def unread(user: User) -> Sequence[Notice]:
    """The user's unread messages, newest first."""
    query = select(Notice).where(Notice.user_id == user.id, Notice.read_at.is_(None))
    return db.session.scalars(query.order_by(Notice.id.desc())).all()


def unread_count(user: User) -> int:
    """How many messages wait in the tray."""
    query = select(func.count()).select_from(Notice).where(Notice.user_id == user.id, Notice.read_at.is_(None))
    return db.session.scalar(query) or 0


def tray(user: User, limit: int = 100) -> Sequence[Notice]:
    """The newest messages of a tray, read and unread."""
    query = select(Notice).where(Notice.user_id == user.id).order_by(Notice.id.desc()).limit(limit)
    return db.session.scalars(query).all()


def unmailed(limit: int = 100, most_failures: int = 5) -> Sequence[Notice]:
    """What is still to go out by e-mail, to people who have an address: what never failed first, then the oldest."""
    query = (
        select(Notice)
        .join(Notice.user)
        .options(joinedload(Notice.user))
        .where(Notice.mailed_at.is_(None), Notice.mail_failures < most_failures)
        .where(or_(User.email != "", Notice.sent_to != ""))
        .order_by(Notice.mail_failures, Notice.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()
