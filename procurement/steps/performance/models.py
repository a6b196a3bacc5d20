"""What becomes of each milestone: reported, accepted, requested, paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, asked_once, db
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.files import StoredFile
from procurement.registers.people import User
from procurement.steps.agreement import models as agreement_models
from procurement.steps.agreement.models import Agreement, Milestone
from procurement.transfers.models import OfTransfer, Transfer


class DeliveryStatus(Labelled):
    """Where the delivery of a milestone stands."""

    REPORTED = "reported", word("已报告，待验收")
    RETURNED = "returned", word("退回整改")
    ACCEPTED = "accepted", word("验收合格，待申请付款")
    REQUESTED = "requested", word("已申请付款")
    PAID = "paid", word("已付款")


_S = DeliveryStatus
DELIVERY_MOVES: StateTable[DeliveryStatus] = StateTable(
    {
        Deed.MILESTONE_REPORT: (frozenset({_S.RETURNED}), _S.REPORTED),
        Deed.MILESTONE_RETURN: (frozenset({_S.REPORTED}), _S.RETURNED),
        Deed.MILESTONE_ACCEPT: (frozenset({_S.REPORTED}), _S.ACCEPTED),
        Deed.PAYMENT_REQUEST: (frozenset({_S.ACCEPTED}), _S.REQUESTED),
        Deed.PAYMENT_MAKE: (frozenset({_S.REQUESTED}), _S.PAID),
    }
)


class Delivery(OfTransfer, Base):
    """The provider's report on a milestone, its acceptance and its payment."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint(
            "status NOT IN ('accepted', 'requested', 'paid') OR accepted_at IS NOT NULL", name="accepted_before_money"
        ),
        CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="paid_at_iff_paid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestones.id"), unique=True)
    status: Mapped[DeliveryStatus] = mapped_column(enum_column(DeliveryStatus, "status"))
    report: Mapped[str] = mapped_column(Text)
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    reported_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reported_at: Mapped[datetime] = mapped_column(Moment)
    return_reason: Mapped[str] = mapped_column(Text, default="")
    findings: Mapped[str] = mapped_column(Text, default="")
    users_opinion: Mapped[str] = mapped_column(Text, default="")
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime | None] = mapped_column(Moment)
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    paid_at: Mapped[datetime | None] = mapped_column(Moment)
    voucher: Mapped[str] = mapped_column(String(60), default="")
    version: Mapped[int] = mapped_column(default=1)

    milestone: Mapped[Milestone] = relationship(lazy="select")
    evidence: Mapped[StoredFile | None] = relationship(lazy="select")
    reported_by: Mapped[User] = relationship(lazy="select", foreign_keys=[reported_by_id])
    accepted_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[accepted_by_id])
    requested_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[requested_by_id])
    paid_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[paid_by_id])

    __mapper_args__ = {"version_id_col": version}

    @property
    def transfer(self) -> Transfer:
        """The transfer it is about."""
        return self.milestone.transfer

    @property
    def organisation_ids(self) -> frozenset[int]:
        """The provider's own."""
        return self.milestone.organisation_ids


@dataclass(frozen=True, slots=True)
class PerformanceDesk:
    """What the room knows of one transfer: its agreement, and the delivery of each milestone that has one."""

    agreement: Agreement | None
    deliveries: Mapping[int, Delivery]

    def delivery_of(self, milestone: Milestone) -> Delivery | None:
        """What has become of a milestone; None before its report."""
        return self.deliveries.get(milestone.id)


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def delivery_of(milestone: Milestone) -> Delivery | None:
    """What has become of a milestone; None before its report."""
    return db.session.scalar(select(Delivery).where(Delivery.milestone_id == milestone.id))


@asked_once
def desks(transfers: Sequence[Transfer]) -> Mapping[int, PerformanceDesk]:
    """The room's state for several transfers, in three queries."""
    looked_back = agreement_models.desks(transfers)
    milestones = {
        milestone.id: transfer_id
        for transfer_id, desk in looked_back.items()
        if desk.agreement is not None
        for milestone in desk.agreement.milestones
    }
    found: dict[int, dict[int, Delivery]] = {transfer.id: {} for transfer in transfers}
    for delivery in db.session.scalars(select(Delivery).where(Delivery.milestone_id.in_(milestones))).unique():
        found[milestones[delivery.milestone_id]][delivery.milestone_id] = delivery
    return {
        transfer.id: PerformanceDesk(looked_back[transfer.id].agreement, found[transfer.id]) for transfer in transfers
    }
