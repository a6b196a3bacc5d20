"""What bidders say to an opening, and what they are answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, db
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.registers.people import User
from procurement.steps.competition.models.bids import Bid
from procurement.transfers.models import OfTransfer, Transfer

if TYPE_CHECKING:
    # The review's desk carries the remarks, so that this file must not need the review to be there first.
    from procurement.steps.competition.models.review import Competition


class RemarkKind(Labelled):
    """What a bidder says to the opening."""

    CONFIRMED = "confirmed", word("确认无误")
    OBJECTED = "objected", word("提出异议")


class OpeningRemark(OfTransfer, Base):
    """A bidder's word on the opening: that it is right, or what is not; an objection is answered by the purchaser."""

    __tablename__ = "opening_remarks"
    __table_args__ = (
        UniqueConstraint("bid_id", "kind"),
        CheckConstraint("kind = 'confirmed' OR text <> ''", name="an_objection_says_what"),
        CheckConstraint("kind = 'objected' OR answer = ''", name="an_answer_is_to_an_objection"),
        CheckConstraint("(answer <> '') = (answered_at IS NOT NULL)", name="answered_at_its_instant"),
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), index=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bids.id"))
    kind: Mapped[RemarkKind] = mapped_column(enum_column(RemarkKind, "kind"))
    text: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    competition: Mapped[Competition] = relationship(lazy="select")
    bid: Mapped[Bid] = relationship(lazy="select")
    made_by: Mapped[User] = relationship(lazy="select", foreign_keys=[made_by_id])
    answered_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[answered_by_id])

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.competition.transfer

    @property
    def waits(self) -> bool:
        """Whether it is an objection without an answer."""
        return self.kind is RemarkKind.OBJECTED and not self.answer


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def remarks_of(competition: Competition) -> Sequence[OpeningRemark]:
    """What the bidders have said to an opening, in the order of saying."""
    query = select(OpeningRemark).where(OpeningRemark.competition_id == competition.id)
    return db.session.scalars(query.order_by(OpeningRemark.id)).unique().all()


def remark_by_id(remark_id: int) -> OpeningRemark | None:
    """The remark of this number."""
    return db.session.get(OpeningRemark, remark_id)
