"""Reminders: what is due soon (HS-REMIND), or late, is said once to those whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from procurement.foundation.clock import local_day
from procurement.foundation.database import Base, Moment, db
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers import access, audit, notices
from procurement.registers.access import POLICY, Appointed, Deed
from procurement.registers.people import OF_AN_ORGANISATION, Role, User, substitutes_on, user_by_id, users_with_role
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.steps.rooms import standings
from procurement.transfers.line import Outstanding
from procurement.transfers.models import Transfer
from procurement.transfers.operations import address_of


class Reminder(Base):
    """One reminder that has gone out."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("transfer_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    key: Mapped[str] = mapped_column(String(120))
    sent_at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Due:
    """An outstanding thing that a reminder is owed for; `key` is the same until it is done or its day moves."""

    transfer: Transfer
    item: Outstanding
    day: date
    late: bool

    @property
    def key(self) -> str:
        """`award:confirm - 2025-10-10 late`; where it waits for people known by number, each side has a key of its own."""
        key = (
            f"{self.item.deed.value} {self.item.target or '-'} {self.day.isoformat()} {'late' if self.late else 'soon'}"
        )
        people = ",".join(str(number) for number in sorted(self.item.people))
        return f"{key} {people}".strip()


def is_soon(day: date, today: date, calendar: WorkCalendar) -> bool:
    """Whether a day is near enough to be reminded of, or past."""
    return calendar.workdays_between(today, day) <= limits.REMINDER_MARGIN.on(today).amount


def first_reminded_on(day: date, calendar: WorkCalendar) -> date:
    """The day from which on `day` is soon."""
    first = day
    while is_soon(day, first - timedelta(days=1), calendar):
        first -= timedelta(days=1)
    return first


def _due(transfer: Transfer, items: Iterable[Outstanding], today: date, calendar: WorkCalendar) -> list[Due]:
    found = []
    for item in items:
        if item.by is None:
            continue
        day = local_day(item.by) if isinstance(item.by, datetime) else item.by
        if is_soon(day, today, calendar):
            found.append(Due(transfer, item, day, day < today))
    return found


def due_reminders(transfers: Sequence[Transfer], now: datetime, calendar: WorkCalendar) -> list[Due]:
    """The reminders that are owed now and have not gone out."""
    today = local_day(now)
    standing = standings(transfers, now, calendar)
    owed = [due for transfer in transfers for due in _due(transfer, standing[transfer.id].outstanding, today, calendar)]
    ids = [transfer.id for transfer in transfers]
    rows = db.session.execute(select(Reminder.transfer_id, Reminder.key).where(Reminder.transfer_id.in_(ids)))
    sent = {(transfer_id, key) for transfer_id, key in rows}
    return [due for due in owed if (due.transfer.id, due.key) not in sent]


def named_in(item: Outstanding) -> list[User]:
    """The people an outstanding thing names."""
    return [user for user in (user_by_id(number) for number in sorted(item.people)) if user is not None]


def holders_of(transfer: Transfer, item: Outstanding) -> list[User]:
    """The people whose turn an outstanding thing is: those it names, else those the policy leaves the deed to."""
    if item.people:
        return named_in(item)
    people: list[User] = []
    for key in POLICY[item.deed]:
        if key is Role.OFFICER:
            people.append(transfer.officer)
        elif key in OF_AN_ORGANISATION:
            people += users_with_role(key, organisation_id=transfer.provider_id) if transfer.provider_id else []
        elif isinstance(key, Role):
            department = transfer.department_id if key in (Role.APPROVER, Role.PAYER) else None
            people += users_with_role(key, department_id=department)
        elif isinstance(key, Appointed):
            people += [user for user in map(user_by_id, sorted(transfer.appointed(key))) if user is not None]
    return people


def _substitutes_of(transfer: Transfer, item: Outstanding, day: date) -> list[User]:
    """Who stands in for those whose turn it is, and may do it: what only its holder can do is not lent."""
    people = substitutes_on(day, (person.id for person in holders_of(transfer, item)))
    return [person for person in people if access.can(person, item.deed, transfer)]


def send_reminder(transfer: Transfer, key: str, *, actor: User, now: datetime) -> Reminder | None:
    """Tell those whose turn it is that something is due or late; once, and nothing if it has been done meanwhile."""
    access.require(actor, Deed.REMINDER_SEND, transfer)

    due = next((item for item in due_reminders([transfer], now, working_calendar()) if item.key == key), None)

    reminder = None
    if due is not None:
        reminder = Reminder(transfer_id=transfer.id, key=key, sent_at=now)
        db.session.add(reminder)
        message = (
            word("“{title}”逾期：{lack}，最迟 {day}。") if due.late else word("“{title}”快到期：{lack}，最迟 {day}。")
        )
        notices.notify(
            [*holders_of(transfer, due.item), *_substitutes_of(transfer, due.item, local_day(now))],
            message,
            now=now,
            link=address_of(transfer),
            title=transfer.called,
            lack=due.item.said,
            day=due.day,
        )

    audit.record(Deed.REMINDER_SEND, transfer, actor=actor, now=now, key=key, sent=reminder is not None)
    return reminder
