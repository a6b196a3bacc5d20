"""The intention to buy (采购意向公开), and the notice of a single source (单一来源公示) with the objections to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, asked_once, db
from procurement.registers.people import User
from procurement.registers.publications import Publication
from procurement.transfers.models import OfTransfer, Transfer


class Intention(OfTransfer, Base):
    """The notice that a purchase is planned, or the written reason why there was none in time (MT-3)."""

    __tablename__ = "intentions"
    __table_args__ = (
        CheckConstraint("(published_at IS NULL) = (publication_id IS NULL)", name="published_with_its_text"),
        CheckConstraint("(waived_at IS NULL) = (waiver = '')", name="waived_with_a_reason"),
        CheckConstraint("published_at IS NOT NULL OR waived_at IS NOT NULL", name="published_or_waived"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), unique=True)
    # What is needed in short, and the month in which the call is planned, as 2025-11.
    outline: Mapped[str] = mapped_column(Text, default="")
    planned_month: Mapped[str] = mapped_column(String(7), default="")
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"))
    waiver: Mapped[str] = mapped_column(Text, default="")
    waived_at: Mapped[datetime | None] = mapped_column(Moment)
    waived_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # What it told of the plan, in canonical JSON: a plan that says otherwise since is told anew.
    told_of_plan: Mapped[str] = mapped_column(Text, default="{}")

    transfer: Mapped[Transfer] = relationship(lazy="select")
    publication: Mapped[Publication | None] = relationship(lazy="select")
    waived_by: Mapped[User | None] = relationship(lazy="select")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a professional says of a single source, with name, unit and title (domain 4.5)."""

    name: str
    unit: str
    title: str
    opinion: str


class SourceNotice(OfTransfer, Base):
    """The public notice that one organisation alone is to be called, and why; told anew, its former edition stays public."""

    __tablename__ = "source_notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    # The professionals' opinions as a list of objects, in canonical JSON.
    opinions: Mapped[str] = mapped_column(Text)
    # What it told of the plan, in canonical JSON, its source among it: a plan that says otherwise since is told anew.
    told_of_plan: Mapped[str] = mapped_column(Text, default="{}")
    published_at: Mapped[datetime] = mapped_column(Moment)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id"))

    transfer: Mapped[Transfer] = relationship(lazy="select")
    publication: Mapped[Publication] = relationship(lazy="select")
    objections: Mapped[list[SourceObjection]] = relationship(
        lazy="selectin", back_populates="notice", order_by="SourceObjection.id"
    )

    @property
    def told(self) -> list[Opinion]:
        """The opinions as they were given."""
        return [Opinion(**row) for row in json.loads(self.opinions)]


class SourceObjection(OfTransfer, Base):
    """An objection to a single source, recorded by the officer, and its answer."""

    __tablename__ = "source_objections"
    __table_args__ = (CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered_with_an_answer"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("source_notices.id"), index=True)
    objector: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime] = mapped_column(Moment)
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    notice: Mapped[SourceNotice] = relationship(lazy="select", back_populates="objections")

    @property
    def transfer(self) -> Transfer:
        """The transfer whose single source it objects to."""
        return self.notice.transfer


@dataclass(frozen=True, slots=True)
class Preliminaries:
    """What was made public of one transfer before its announcement."""

    intention: Intention | None = None
    notice: SourceNotice | None = None


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


@asked_once
def preliminaries_of(transfers: Sequence[Transfer]) -> Mapping[int, Preliminaries]:
    """The preliminaries of several transfers, in three queries."""
    ids = [transfer.id for transfer in transfers]
    intentions = {
        row.transfer_id: row
        for row in db.session.scalars(select(Intention).where(Intention.transfer_id.in_(ids))).unique()
    }
    found = {
        row.transfer_id: row
        for row in db.session.scalars(select(SourceNotice).where(SourceNotice.transfer_id.in_(ids))).unique()
    }
    return {number: Preliminaries(intentions.get(number), found.get(number)) for number in ids}


def the_preliminaries(transfer: Transfer) -> Preliminaries:
    """The preliminaries of one transfer."""
    return preliminaries_of([transfer])[transfer.id]


def objection_by_id(objection_id: int) -> SourceObjection | None:
    """The objection of this number."""
    return db.session.get(SourceObjection, objection_id)
