"""The handover list of a transfer: what changes hands, row by row, and three signatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, asked_once, db
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.steps.agreement import models as agreement_models
from procurement.steps.agreement.models import Agreement
from procurement.transfers.models import OfTransfer, Transfer


class HandoverStatus(Labelled):
    """Where a handover stands."""

    OPEN = "open", word("清单待签认")
    SIGNING = "signing", word("签认中")
    COMPLETED = "completed", word("已交接")


class Section(Labelled):
    """The eleven sections of a handover list (domain 7.3)."""

    MATTER = "matter", word("事项")
    DUTIES = "duties", word("职责边界")
    PROCEDURES = "procedures", word("流程与标准")
    DATA = "data", word("数据与系统")
    ARCHIVES = "archives", word("档案资料")
    ASSETS = "assets", word("资产设备")
    PENDING = "pending", word("在办件")
    SEALS = "seals", word("印章证照")
    TRAINING = "training", word("人员培训")
    RISKS = "risks", word("风险与遗留问题")
    CONTINUITY = "continuity", word("服务连续性")


class Party(Labelled):
    """The three who sign."""

    GIVER = "giver", word("交出方")
    TAKER = "taker", word("接收方")
    WITNESS = "witness", word("监交人")


_S = HandoverStatus
HANDOVER_MOVES: StateTable[HandoverStatus] = StateTable(
    {
        Deed.HANDOVER_REVISE: (frozenset({_S.OPEN}), _S.OPEN),
        Deed.HANDOVER_SIGN: (frozenset({_S.OPEN, _S.SIGNING}), _S.SIGNING),
    }
)


class Handover(OfTransfer, Base):
    """The list of one transfer's handover."""

    __tablename__ = "handovers"
    __table_args__ = (
        CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name="completed_at_iff_completed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"), unique=True)
    status: Mapped[HandoverStatus] = mapped_column(enum_column(HandoverStatus, "status"), default=HandoverStatus.OPEN)
    takes_effect_on: Mapped[date] = mapped_column(Date)
    transition: Mapped[str] = mapped_column(Text, default="")
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    completed_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    agreement: Mapped[Agreement] = relationship(lazy="select")
    drafted_by: Mapped[User] = relationship(lazy="select")
    items: Mapped[list[HandoverItem]] = relationship(
        lazy="selectin", order_by="HandoverItem.position", cascade="all, delete-orphan"
    )
    signatures: Mapped[list[HandoverSignature]] = relationship(
        lazy="selectin", order_by="HandoverSignature.id", cascade="all, delete-orphan", back_populates="handover"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.agreement.transfer

    @property
    def organisation_ids(self) -> frozenset[int]:
        """The provider's own."""
        return self.agreement.organisation_ids

    def signed_by(self, party: Party) -> HandoverSignature | None:
        """This party's signature, once given."""
        return next((signature for signature in self.signatures if signature.party is party), None)


class HandoverItem(Base):
    """One row: what, how many, in which state."""

    __tablename__ = "handover_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    position: Mapped[int] = mapped_column()
    section: Mapped[Section] = mapped_column(enum_column(Section, "section"))
    name: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[str] = mapped_column(String(80), default="")
    remark: Mapped[str] = mapped_column(Text, default="")
    remains: Mapped[bool] = mapped_column(default=False)


class HandoverSignature(Base):
    """The signature of one of the three."""

    __tablename__ = "handover_signatures"
    __table_args__ = (UniqueConstraint("handover_id", "party"), UniqueConstraint("handover_id", "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"))
    party: Mapped[Party] = mapped_column(enum_column(Party, "party"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    signed_at: Mapped[datetime] = mapped_column(Moment)

    handover: Mapped[Handover] = relationship(lazy="raise", back_populates="signatures")
    user: Mapped[User] = relationship(lazy="select")


@dataclass(frozen=True, slots=True)
class HandoverDesk:
    """What the room knows of one transfer: its agreement and its handover, whichever there is."""

    agreement: Agreement | None
    handover: Handover | None


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def handover_of(transfer: Transfer) -> Handover | None:
    """The handover of a transfer."""
    return desks([transfer])[transfer.id].handover


@asked_once
def desks(transfers: Sequence[Transfer]) -> Mapping[int, HandoverDesk]:
    """The room's state for several transfers, in three queries."""
    looked_back = agreement_models.desks(transfers)
    ids = [desk.agreement.id for desk in looked_back.values() if desk.agreement is not None]
    handovers = {
        row.agreement_id: row
        for row in db.session.scalars(select(Handover).where(Handover.agreement_id.in_(ids))).unique()
    }
    return {
        transfer.id: HandoverDesk(desk.agreement, handovers.get(desk.agreement.id) if desk.agreement else None)
        for transfer in transfers
        for desk in (looked_back[transfer.id],)
    }
