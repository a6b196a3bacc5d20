"""Inspections and the expenditure evaluation of a transfer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Numeric, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from procurement.foundation.database import Base, Moment, asked_once, db
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.registers.files import StoredFile
from procurement.registers.indicators import Grade
from procurement.registers.people import User
from procurement.registers.publications import Publication
from procurement.registers.standards.models import Standard
from procurement.statute.clauses import Phase
from procurement.steps.agreement import models as agreement_models
from procurement.steps.agreement.models import Agreement
from procurement.steps.performance import models as performance_models
from procurement.steps.performance.models import Delivery
from procurement.transfers.models import OfTransfer, Transfer


class InspectionResult(Labelled):
    """What an inspection found on the whole."""

    GOOD = "good", word("符合约定")
    FAULTS = "faults", word("发现问题")


class Inspection(OfTransfer, Base):
    """One look at the service: while it is performed, or after its last acceptance."""

    __tablename__ = "inspections"

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), index=True)
    inspected_on: Mapped[date] = mapped_column(Date)
    place: Mapped[str] = mapped_column(String(200))
    result: Mapped[InspectionResult] = mapped_column(enum_column(InspectionResult, "result"))
    findings: Mapped[str] = mapped_column(Text)
    phase: Mapped[Phase] = mapped_column(enum_column(Phase, "phase"))
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standards.id"), index=True)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(Moment)

    transfer: Mapped[Transfer] = relationship(lazy="select")
    standard: Mapped[Standard | None] = relationship(lazy="select")
    recorded_by: Mapped[User] = relationship(lazy="select")


class ExpenditureEvaluation(OfTransfer, Base):
    """The expenditure evaluation by the frame 20/20/30/30 (财预〔2020〕10号)."""

    __tablename__ = "expenditure_evaluations"
    __table_args__ = (CheckConstraint("total >= 0 AND total <= 100", name="total_in_points_of_100"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), unique=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    scores: Mapped[str] = mapped_column(Text)
    total: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    grade: Mapped[Grade] = mapped_column(enum_column(Grade, "grade"))
    overview: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    experience: Mapped[str] = mapped_column(Text)
    problems: Mapped[str] = mapped_column(Text)
    advice: Mapped[str] = mapped_column(Text)
    independence: Mapped[bool] = mapped_column()
    evaluated_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    concluded_at: Mapped[datetime] = mapped_column(Moment)
    text_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"))

    transfer: Mapped[Transfer] = relationship(lazy="select")
    evaluated_by: Mapped[User] = relationship(lazy="select")
    text: Mapped[StoredFile] = relationship(lazy="select")
    publication: Mapped[Publication | None] = relationship(lazy="select")

    @property
    def told(self) -> list[dict[str, Any]]:
        """The scores as they were given: indicator, points, score, remark."""
        told: list[dict[str, Any]] = json.loads(self.scores)
        return told


@dataclass(frozen=True, slots=True)
class SupervisionDesk:
    """What the room knows of one transfer, looking back over agreement and deliveries."""

    agreement: Agreement | None
    deliveries: tuple[Delivery, ...]
    inspections: tuple[Inspection, ...]
    evaluation: ExpenditureEvaluation | None


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def evaluation_of(transfer: Transfer) -> ExpenditureEvaluation | None:
    """The expenditure evaluation of a transfer."""
    return db.session.scalar(select(ExpenditureEvaluation).where(ExpenditureEvaluation.transfer_id == transfer.id))


def inspections_of(transfer: Transfer) -> Sequence[Inspection]:
    """The inspections of a transfer, the first one first."""
    query = select(Inspection).where(Inspection.transfer_id == transfer.id).order_by(Inspection.id)
    return db.session.scalars(query).all()


def inspections_against(standard_id: int) -> Sequence[Inspection]:
    """The inspections that checked against this standard, the newest first, each with its transfer."""
    query = select(Inspection).where(Inspection.standard_id == standard_id).order_by(Inspection.id.desc())
    return db.session.scalars(query.options(selectinload(Inspection.transfer))).unique().all()


def evaluations_of_provider(organisation_id: int) -> Sequence[ExpenditureEvaluation]:
    """The expenditure evaluations of what one organisation has taken over, the newest first."""
    query = select(ExpenditureEvaluation).join(Transfer, Transfer.id == ExpenditureEvaluation.transfer_id)
    query = query.where(Transfer.provider_id == organisation_id).order_by(ExpenditureEvaluation.concluded_at.desc())
    return db.session.scalars(query).unique().all()


@asked_once
def desks(transfers: Sequence[Transfer]) -> Mapping[int, SupervisionDesk]:
    """The room's state for several transfers, in five queries."""
    ids = [transfer.id for transfer in transfers]
    agreements = agreement_models.desks(transfers)
    performed = performance_models.desks(transfers)
    inspections: dict[int, list[Inspection]] = {}
    for row in db.session.scalars(
        select(Inspection).where(Inspection.transfer_id.in_(ids)).order_by(Inspection.id)
    ).unique():
        inspections.setdefault(row.transfer_id, []).append(row)
    evaluations = {
        row.transfer_id: row
        for row in db.session.scalars(
            select(ExpenditureEvaluation).where(ExpenditureEvaluation.transfer_id.in_(ids))
        ).unique()
    }
    return {
        transfer.id: SupervisionDesk(
            agreements[transfer.id].agreement,
            tuple(performed[transfer.id].deliveries.values()),
            tuple(inspections.get(transfer.id, ())),
            evaluations.get(transfer.id),
        )
        for transfer in transfers
    }
