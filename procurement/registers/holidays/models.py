"""Holiday notices as they were entered, and the dates of which somebody had been told and which one of them moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from procurement.foundation.clock import local_day
from procurement.foundation.database import Base, Moment, db, portions
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.registers.audit import HOUSE
from procurement.registers.notices import kept_values
from procurement.registers.people import User
from procurement.statute.calendar import EnteredYear


class DayKind(Labelled):
    """What a notice says of a day."""

    OFF = "off", word("放假")
    WORK = "work", word("调休上班")


class HolidayNotice(Base):
    """One notice for one year: entered once, never changed; a correction is a further edition of its year."""

    __tablename__ = "holiday_notices"
    __table_args__ = (
        UniqueConstraint("year", "edition"),
        CheckConstraint("edition = 1 OR reason <> ''", name="a_correction_has_its_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column()
    edition: Mapped[int] = mapped_column()
    number: Mapped[str] = mapped_column(String(60))
    issued_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, default="")
    entered_at: Mapped[datetime] = mapped_column(Moment)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # Since when whoever had been told another date has been told; none while the next tick still has to.
    recomputed_at: Mapped[datetime | None] = mapped_column(Moment)

    entered_by: Mapped[User] = relationship(lazy="select")
    days: Mapped[list[HolidayDay]] = relationship(
        lazy="selectin", back_populates="notice", order_by="HolidayDay.day", cascade="all, delete-orphan"
    )

    chain_key = HOUSE


class HolidayDay(Base):
    """One day of a notice: off or worked, and for which holiday."""

    __tablename__ = "holiday_days"
    __table_args__ = (UniqueConstraint("notice_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("holiday_notices.id"))
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[DayKind] = mapped_column(enum_column(DayKind, "kind"))
    name: Mapped[str] = mapped_column(String(40))

    notice: Mapped[HolidayNotice] = relationship(lazy="select", back_populates="days")


class DateChange(Base):
    """A date that had been told and that a notice moved: of what (`transfer 7`), which period, from when to when."""

    __tablename__ = "date_changes"
    __table_args__ = (
        UniqueConstraint("subject", "name", "values", "notice_id"),
        CheckConstraint("after > before", name="what_was_told_is_not_shortened"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(80))
    # What the period is called, as a message with its values.
    name: Mapped[str] = mapped_column(String(120))
    values: Mapped[str] = mapped_column(String(1000), default="{}")
    before: Mapped[date] = mapped_column(Date)
    # Whether the date lay in a year that had not been announced.
    was_estimated: Mapped[bool] = mapped_column()
    after: Mapped[date] = mapped_column(Date)
    notice_id: Mapped[int] = mapped_column(ForeignKey("holiday_notices.id"))
    at: Mapped[datetime] = mapped_column(Moment)

    notice: Mapped[HolidayNotice] = relationship(lazy="select")

    @property
    def told(self) -> dict[str, Any]:
        """The values of the period's name."""
        return kept_values(self.values)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def entered_notices() -> Sequence[HolidayNotice]:
    """Every notice that was entered, in the order of the entry."""
    return db.session.scalars(select(HolidayNotice).order_by(HolidayNotice.id)).unique().all()


def notices_of(year: int) -> Sequence[HolidayNotice]:
    """The notices of a year, the first edition first."""
    return [row for row in entered_notices() if row.year == year]


def notice_by_id(notice_id: int) -> HolidayNotice | None:
    """The notice of this number in the database."""
    return db.session.get(HolidayNotice, notice_id)


def notices_not_told_of() -> Sequence[HolidayNotice]:
    """The notices whose changes have not all been told yet, in the order of the entry."""
    query = select(HolidayNotice).where(HolidayNotice.recomputed_at.is_(None)).order_by(HolidayNotice.id)
    return db.session.scalars(query).unique().all()


def date_changes_of(*subjects: str) -> Sequence[DateChange]:
    """What moved of these subjects, the first one first."""
    found: list[DateChange] = []
    for some in portions(subjects):
        found += db.session.scalars(select(DateChange).where(DateChange.subject.in_(some))).unique()
    return sorted(found, key=lambda row: row.id)


# ── the years, for the calendar ────────────────────────────────────────────────────────────────────────────────────

_KEPT = "entered years"


def entered_years() -> tuple[EnteredYear, ...]:
    """The entered years as the calendar takes them: read once in a transaction, so that no process knows an older one."""
    try:
        session = db.session()
    except RuntimeError:
        # No application, no database: the calendar that comes with the system.
        return ()
    if _KEPT not in session.info:
        with session.no_autoflush:
            found = tuple(map(_as_entered, entered_notices()))
        session.info[_KEPT] = found
    years: tuple[EnteredYear, ...] = session.info[_KEPT]
    return years


def _as_entered(notice: HolidayNotice) -> EnteredYear:
    def days(kind: DayKind) -> tuple[tuple[date, str], ...]:
        return tuple((row.day, row.name) for row in notice.days if row.kind is kind)

    return EnteredYear(
        notice.year, notice.number, local_day(notice.entered_at), days(DayKind.OFF), days(DayKind.WORK)
    )  # fmt: skip


@event.listens_for(Session, "after_begin")
@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, *_others: Any) -> None:
    session.info.pop(_KEPT, None)
