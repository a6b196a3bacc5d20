"""Proposals to take back what was handed over: the grounds, what goes on and is handed back, the undertaker's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, db
from procurement.foundation.labels import Labelled, Twofold, enum_column, word
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.transfers.models import OfTransfer, Transfer


class TakeBackStatus(Labelled):
    """Where a proposal to take back stands."""

    PROPOSED = "proposed", word("已提议，待联席会议")
    TABLED = "tabled", word("已列入联席会议议程")
    WITHDRAWN = "withdrawn", word("提议已撤回")
    ADOPTED = "adopted", word("联席会议决定收回")
    RETURNED = "returned", word("联席会议没有同意收回")


_S = TakeBackStatus
OPEN = frozenset({_S.PROPOSED, _S.TABLED})

TAKE_BACK_MOVES: StateTable[TakeBackStatus] = StateTable(
    {
        Deed.TAKE_BACK_WITHDRAW: (frozenset({_S.PROPOSED}), _S.WITHDRAWN),
        Deed.CONFERENCE_CONVENE: (frozenset({_S.PROPOSED}), _S.TABLED),
        Deed.CONFERENCE_CANCEL: (frozenset({_S.TABLED}), _S.PROPOSED),
        Deed.ITEM_RESOLVE: (frozenset({_S.TABLED}), _S.ADOPTED),
    }
)


class TakeBack(OfTransfer, Base):
    """One proposal on one transfer; what became of it stays beside the ones after it."""

    __tablename__ = "take_backs"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered_at_iff_answered"),
        CheckConstraint("(status IN ('proposed', 'tabled')) = (ended_at IS NULL)", name="ended_at_iff_not_open"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), index=True)
    status: Mapped[TakeBackStatus] = mapped_column(
        enum_column(TakeBackStatus, "status"), default=TakeBackStatus.PROPOSED, index=True
    )
    reason: Mapped[str] = mapped_column(Text)
    # The clause of the agreement or the article of the law that the reason rests on.
    basis: Mapped[str] = mapped_column(Text)
    arrangements: Mapped[str] = mapped_column(Text)
    # What the undertaker hands back.
    data: Mapped[str] = mapped_column(Text)
    assets: Mapped[str] = mapped_column(Text)
    cases: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime] = mapped_column(Moment)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    # Why it was withdrawn, or what the conference said, and the number of its resolution.
    end_reason: Mapped[str] = mapped_column(Text, default="")
    resolution_number: Mapped[str] = mapped_column(String(40), default="")
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    transfer: Mapped[Transfer] = relationship(lazy="select")
    proposed_by: Mapped[User] = relationship(lazy="select", foreign_keys=[proposed_by_id])
    answered_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[answered_by_id])

    __mapper_args__ = {"version_id_col": version}

    @property
    def called(self) -> Twofold:
        """What is taken back, as sentences and agendas take it: in both languages."""
        title, english = self.transfer.title, self.transfer.title_en
        return Twofold(f"{title}（收回）", f"{english} (take-back)" if english else "")

    @property
    def is_open(self) -> bool:
        """Whether nothing has become of it yet."""
        return self.status in OPEN


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def take_backs_of(transfer: Transfer) -> Sequence[TakeBack]:
    """The proposals on a transfer, the newest first."""
    query = select(TakeBack).where(TakeBack.transfer_id == transfer.id).order_by(TakeBack.id.desc())
    return db.session.scalars(query).unique().all()


def open_take_back_of(transfer: Transfer) -> TakeBack | None:
    """The proposal on a transfer of which nothing has become yet; there is one at most."""
    query = select(TakeBack).where(TakeBack.transfer_id == transfer.id, TakeBack.status.in_(OPEN))
    return db.session.scalars(query).unique().first()


def take_backs_waiting() -> Sequence[TakeBack]:
    """The proposals that lie before no conference yet, the oldest first."""
    query = select(TakeBack).where(TakeBack.status == TakeBackStatus.PROPOSED).order_by(TakeBack.id)
    return db.session.scalars(query).unique().all()


def take_backs_by_id(take_back_ids: Sequence[int]) -> Mapping[int, TakeBack]:
    """The proposals of these numbers."""
    query = select(TakeBack).where(TakeBack.id.in_(take_back_ids))
    return {row.id: row for row in db.session.scalars(query).unique()}
