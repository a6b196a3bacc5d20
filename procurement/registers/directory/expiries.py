"""What expires: evidence of conditions, grades, credit records; said 30, 7 and 1 days before, once each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from procurement.foundation.clock import local_day
from procurement.foundation.database import Base, Moment, db
from procurement.foundation.labels import Said, word
from procurement.registers import access, audit, notices
from procurement.registers.access import Deed
from procurement.registers.credit.models import CreditRecord, Grade
from procurement.registers.directory.models import STANDING, Condition, Listing
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import Role, User, users_with_role
from procurement.statute import limits


class ExpiryReminder(Base):
    """One reminder of one expiry that has gone out."""

    __tablename__ = "expiry_reminders"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    key: Mapped[str] = mapped_column(String(80))
    sent_at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Expiry:
    """One thing of one organisation that holds until a day, that day included; `what` is a label."""

    organisation_id: int
    thing: str
    what: str
    day: date

    def key(self, margin: int) -> str:
        """The same until the day moves: `condition 7 2025-10-31 30`."""
        return f"{self.thing} {self.day.isoformat()} {margin}"


def margins(day: date) -> tuple[int, ...]:
    """How many days before an expiry a reminder goes out, the longest first."""
    return tuple(named.on(day).amount for named in (limits.EXPIRY_FIRST, limits.EXPIRY_SECOND, limits.EXPIRY_LAST))


def expiries(first: date, last: date | None = None, *, organisation_id: int | None = None) -> list[Expiry]:
    """What expires from a day on, up to another where given, of one organisation or of all, in three queries."""
    conditions = (
        select(Condition).join(Condition.listing).where(Listing.status.in_(STANDING), Condition.expires_on >= first)
    )
    grades = select(Grade).where(Grade.until_day >= first)
    records = select(CreditRecord).where(CreditRecord.until_day >= first)
    if last is not None:
        conditions = conditions.where(Condition.expires_on <= last)
        grades = grades.where(Grade.until_day <= last)
        records = records.where(CreditRecord.until_day <= last)
    if organisation_id is not None:
        conditions = conditions.where(Listing.organisation_id == organisation_id)
        grades = grades.where(Grade.organisation_id == organisation_id)
        records = records.where(CreditRecord.organisation_id == organisation_id)
    found: list[Expiry] = []
    for condition in db.session.scalars(conditions).unique():
        assert condition.expires_on is not None
        organisation = condition.listing.organisation_id
        found.append(Expiry(organisation, f"condition {condition.id}", condition.kind.label, condition.expires_on))
    for grade in db.session.scalars(grades).unique():
        found.append(Expiry(grade.organisation_id, f"grade {grade.id}", grade.level.label, grade.until_day))
    for record in db.session.scalars(records).unique():
        assert record.until_day is not None
        found.append(Expiry(record.organisation_id, f"record {record.id}", record.kind.label, record.until_day))
    return sorted(found, key=lambda row: (row.day, row.thing))


def due_expiries(now: datetime, *, organisation_id: int | None = None) -> list[tuple[Expiry, str]]:
    """The reminders owed now, each with its key: of several margins that have passed, the nearest alone."""
    today = local_day(now)
    owed = [
        (row, row.key(min(margin for margin in margins(today) if (row.day - today).days <= margin)))
        for row in expiries(today, today + timedelta(days=max(margins(today))), organisation_id=organisation_id)
    ]
    sent = {
        (row.organisation_id, row.key)
        for row in db.session.execute(
            select(ExpiryReminder.organisation_id, ExpiryReminder.key).where(
                ExpiryReminder.key.in_([key for _row, key in owed])
            )
        )
    }
    return [(row, key) for row, key in owed if (row.organisation_id, key) not in sent]


def remind_expiry(organisation: Organisation, key: str, *, actor: User, now: datetime) -> ExpiryReminder | None:
    """Tell an organisation's people that something of theirs expires; once, and nothing if it has been renewed meanwhile."""
    access.require(actor, Deed.EXPIRY_REMIND, organisation)

    due = next((row for row, owed in due_expiries(now, organisation_id=organisation.id) if owed == key), None)

    reminder = None
    if due is not None:
        reminder = ExpiryReminder(organisation_id=organisation.id, key=key, sent_at=now)
        db.session.add(reminder)
        notices.notify(
            users_with_role(Role.PROVIDER, organisation_id=organisation.id),
            word("“{name}”：“{what}”{day} 到期。"), now=now, link=f"/organisations/{organisation.id}",
            name=organisation.called, what=Said(due.what, {}), day=due.day,
        )  # fmt: skip

    audit.record(Deed.EXPIRY_REMIND, organisation, actor=actor, now=now, key=key, sent=reminder is not None)
    return reminder


def expiries_of(organisation: Organisation, day: date) -> Sequence[Expiry]:
    """What of an organisation expires from a day on."""
    return expiries(day, organisation_id=organisation.id)
