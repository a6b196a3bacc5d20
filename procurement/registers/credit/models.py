"""Grades (5A to 1A) and credit records of organisations; each holds from a day to a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, db
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import User


class GradeLevel(Labelled):
    """What an assessment of social organisations ends in (CR-10)."""

    FIVE = "5A", word("5A 级")
    FOUR = "4A", word("4A 级")
    THREE = "3A", word("3A 级")
    TWO = "2A", word("2A 级")
    ONE = "1A", word("1A 级")

    @property
    def number(self) -> int:
        """How many A."""
        return int(self.value[0])


class CreditKind(Labelled):
    """What a credit record says."""

    COMMENDATION = "commendation", word("表彰")
    IRREGULAR = "irregular", word("列入活动异常名录")
    DISHONEST = "dishonest", word("列入严重违法失信名单")
    BANNED = "banned", word("禁止参加政府采购活动")


# What bars from bids and suspends a listing, and what is bad at all.
BARRING = frozenset({CreditKind.DISHONEST, CreditKind.BANNED})
BAD = BARRING | {CreditKind.IRREGULAR}


class Grade(Base):
    """One assessment's grade, from a day to a day."""

    __tablename__ = "grades"
    __table_args__ = (CheckConstraint("until_day > from_day", name="ends_after_it_begins"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    level: Mapped[GradeLevel] = mapped_column(enum_column(GradeLevel, "level"))
    from_day: Mapped[date] = mapped_column()
    until_day: Mapped[date] = mapped_column(index=True)
    document: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime] = mapped_column(Moment)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    organisation: Mapped[Organisation] = relationship(lazy="select")
    entered_by: Mapped[User] = relationship(lazy="raise")

    chain_key = "house"

    def in_force_on(self, day: date) -> bool:
        """Whether it holds that day, its last one included."""
        return self.from_day <= day <= self.until_day


class CreditRecord(Base):
    """One commendation, or one bad record: from a day on, until a day or until it is lifted."""

    __tablename__ = "credit_records"
    __table_args__ = (
        CheckConstraint("until_day IS NULL OR until_day >= from_day", name="ends_after_it_begins"),
        CheckConstraint("kind <> 'banned' OR until_day IS NOT NULL", name="a_ban_has_an_end"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[CreditKind] = mapped_column(enum_column(CreditKind, "kind"))
    from_day: Mapped[date] = mapped_column()
    until_day: Mapped[date | None] = mapped_column(index=True)
    document: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[datetime] = mapped_column(Moment)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    lifted_reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(lazy="select")
    entered_by: Mapped[User] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}

    chain_key = "house"

    def in_force_on(self, day: date) -> bool:
        """Whether it holds that day, its last one included."""
        return self.from_day <= day and (self.until_day is None or day <= self.until_day)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def record_by_id(record_id: int) -> CreditRecord | None:
    """The credit record of this number."""
    return db.session.get(CreditRecord, record_id)


def credit_records_of(organisation_id: int) -> Sequence[CreditRecord]:
    """Every credit record of an organisation, the newest first."""
    query = select(CreditRecord).where(CreditRecord.organisation_id == organisation_id)
    return db.session.scalars(query.order_by(CreditRecord.from_day.desc(), CreditRecord.id.desc())).all()


def credit_records_of_all(organisation_ids: Sequence[int]) -> dict[int, list[CreditRecord]]:
    """The credit records of each of these organisations, the newest first, in one query."""
    query = select(CreditRecord).where(CreditRecord.organisation_id.in_(organisation_ids))
    found: dict[int, list[CreditRecord]] = {number: [] for number in organisation_ids}
    for row in db.session.scalars(query.order_by(CreditRecord.from_day.desc(), CreditRecord.id.desc())):
        found[row.organisation_id].append(row)
    return found


def grades_of(organisation_id: int) -> Sequence[Grade]:
    """Every grade of an organisation, the newest first."""
    query = select(Grade).where(Grade.organisation_id == organisation_id)
    return db.session.scalars(query.order_by(Grade.from_day.desc(), Grade.id.desc())).all()


def grades_in_force(organisation_ids: Sequence[int], day: date) -> dict[int, Grade]:
    """The grade that each of these organisations has that day, in one query; the later one where two overlap."""
    query = select(Grade).where(
        Grade.organisation_id.in_(organisation_ids), Grade.from_day <= day, Grade.until_day >= day
    )
    return {row.organisation_id: row for row in db.session.scalars(query.order_by(Grade.from_day, Grade.id))}
