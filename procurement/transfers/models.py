"""Transfers, their plans, the ex-ante evaluation, the conference's resolution, appointments, and the record of steps."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    or_,
    select,
)
from sqlalchemy.orm import (
    Mapped,
    QueryableAttribute,
    contains_eager,
    mapped_column,
    relationship,
    selectinload,
)
from sqlalchemy.orm.interfaces import LoaderOption

from procurement.foundation.clock import at_local, local_day
from procurement.foundation.database import Base, Moment, MoneyFen, db
from procurement.foundation.labels import Labelled, Twofold, enum_column, word
from procurement.foundation.money import Money
from procurement.foundation.states import StateTable
from procurement.registers.access import Appointed, Deed
from procurement.registers.catalogue.models import CatalogueEntry, TransferableFunction, TransferMode
from procurement.registers.files import StoredFile
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import Department, User
from procurement.registers.powers import Power
from procurement.registers.publications import Publication
from procurement.registers.standards.models import Standard
from procurement.transfers.line import Step

_CHAIN = "transfer:"


def chain_of(transfer_id: int) -> str:
    """The audit chain of a transfer, under which its money is held too."""
    return f"{_CHAIN}{transfer_id}"


# The class of an item is its code without the last level, which has two digits.
_LAST_LEVEL = 2


class TransferStatus(Labelled):
    """Where a transfer is as a whole."""

    PREPARING = "preparing", word("方案准备中")
    ON_LINE = "on-line", word("办理中")
    PAUSED = "paused", word("已暂停")
    CLOSED = "closed", word("已办结")


class Ending(Labelled):
    """How a closed transfer ended."""

    COMPLETED = "completed", word("已办结")
    ENDED = "ended", word("已终止")
    TAKEN_BACK = "taken-back", word("已收回")
    ABANDONED = "abandoned", word("方案已放弃")


class PlanStatus(Labelled):
    """Where a plan stands before the line."""

    DRAFT = "draft", word("起草中")
    SUBMITTED = "submitted", word("待事前评估")
    EVALUATED = "evaluated", word("已评估，待联席会议")
    TABLED = "tabled", word("已列入联席会议议程")
    ADOPTED = "adopted", word("联席会议已通过")
    ABANDONED = "abandoned", word("已放弃")


class Method(Labelled):
    """How the undertaker is chosen."""

    OPEN_TENDER = "open-tender", word("公开招标")
    CONSULTATION = "consultation", word("竞争性磋商")
    NEGOTIATION = "negotiation", word("竞争性谈判")
    SINGLE_SOURCE = "single-source", word("单一来源")
    SELECTION = "selection", word("比选")


class SourceGround(Labelled):
    """Why there is one source only: the three cases of 政府采购法第三十一条."""

    ONLY_ONE = "only-one", word("只能从唯一供应商处采购")
    URGENT = "urgent", word("发生了不可预见的紧急情况，不能从其他供应商处采购")
    ADDITION = "addition", word("必须保证与原有项目一致或者服务配套，需要从原供应商处添购")


class CriterionKind(Labelled):
    """What a scoring criterion weighs."""

    PRICE = "price", word("价格")
    QUALITY = "quality", word("技术和服务")


class IndicatorLevel(Labelled):
    """The first level of a performance indicator of a plan."""

    OUTPUT = "output", word("产出")
    BENEFIT = "benefit", word("效益")
    SATISFACTION = "satisfaction", word("满意度")


class Dimension(Labelled):
    """The five dimensions of an ex-ante evaluation (EX-1)."""

    NECESSITY = "necessity", word("立项必要性")
    ECONOMY = "economy", word("投入经济性")
    GOALS = "goals", word("绩效目标合理性")
    FEASIBILITY = "feasibility", word("实施方案可行性")
    FUNDING = "funding", word("筹资合规性")


class Conclusion(Labelled):
    """What an ex-ante evaluation concludes (EX-2)."""

    SUPPORTED = "supported", word("予以支持")
    PARTLY = "partly", word("部分支持")
    NOT_SUPPORTED = "not-supported", word("不予支持")


class Capacity(Labelled):
    """In which capacity a person finds that a hit of the negative list is a misfire."""

    SECOND_PERSON = "second-person", word("本部门另一人")
    SUPERVISOR = "supervisor", word("财政监管人员")


TRANSFER_MOVES: StateTable[TransferStatus] = StateTable(
    {
        Deed.ITEM_RESOLVE: (frozenset({TransferStatus.PREPARING, TransferStatus.PAUSED}), TransferStatus.ON_LINE),
        Deed.PLAN_ABANDON: (frozenset({TransferStatus.PREPARING}), TransferStatus.CLOSED),
        Deed.TRANSFER_PAUSE: (frozenset({TransferStatus.ON_LINE}), TransferStatus.PAUSED),
        Deed.TRANSFER_RESCREEN: (frozenset({TransferStatus.ON_LINE}), TransferStatus.PAUSED),
        Deed.TRANSFER_RESUME: (frozenset({TransferStatus.PAUSED}), TransferStatus.ON_LINE),
        Deed.TRANSFER_CLOSE: (frozenset({TransferStatus.ON_LINE}), TransferStatus.CLOSED),
    }
)

PLAN_MOVES: StateTable[PlanStatus] = StateTable(
    {
        Deed.PLAN_REVISE: (frozenset({PlanStatus.DRAFT}), PlanStatus.DRAFT),
        Deed.PLAN_ABANDON: (frozenset({PlanStatus.DRAFT}), PlanStatus.ABANDONED),
        Deed.PLAN_SUBMIT: (frozenset({PlanStatus.DRAFT}), PlanStatus.SUBMITTED),
        Deed.PLAN_RECALL: (frozenset({PlanStatus.SUBMITTED, PlanStatus.EVALUATED}), PlanStatus.DRAFT),
        Deed.PLAN_EVALUATE: (frozenset({PlanStatus.SUBMITTED}), PlanStatus.EVALUATED),
        # What lies before the conference is not changed any more: what is voted on is what was read.
        Deed.CONFERENCE_CONVENE: (frozenset({PlanStatus.EVALUATED}), PlanStatus.TABLED),
        Deed.CONFERENCE_CANCEL: (frozenset({PlanStatus.TABLED}), PlanStatus.EVALUATED),
        Deed.ITEM_RESOLVE: (frozenset({PlanStatus.TABLED}), PlanStatus.ADOPTED),
    }
)


class Transfer(Base):
    """One function on its way from a department to an organisation."""

    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_at_iff_closed"),
        CheckConstraint("(status = 'closed') = (ending IS NOT NULL)", name="an_ending_iff_closed"),
        CheckConstraint(
            "(status = 'preparing' OR coalesce(ending, '') = 'abandoned') = (step IS NULL)",
            name="no_step_before_the_line",
        ),
        CheckConstraint("status = 'paused' OR paused_by_edition_id IS NULL", name="a_list_pauses_what_is_paused"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(200), default="")
    mode: Mapped[TransferMode] = mapped_column(enum_column(TransferMode, "mode"))
    status: Mapped[TransferStatus] = mapped_column(
        enum_column(TransferStatus, "status"), default=TransferStatus.PREPARING, index=True
    )
    step: Mapped[Step | None] = mapped_column(enum_column(Step, "step"))
    attempt: Mapped[int] = mapped_column(default=1)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    catalogue_entry_id: Mapped[int] = mapped_column(ForeignKey("catalogue_entries.id"))
    function_id: Mapped[int | None] = mapped_column(ForeignKey("transferable_functions.id"))
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    # Why and since when it pauses.
    pause_reason: Mapped[str] = mapped_column(Text, default="")
    paused_at: Mapped[datetime | None] = mapped_column(Moment)
    # The negative list against which it was last screened as a whole, the one that paused it, and whether that lies
    # before a conference.
    screened_edition_id: Mapped[int | None] = mapped_column(ForeignKey("reference_editions.id"))
    paused_by_edition_id: Mapped[int | None] = mapped_column(ForeignKey("reference_editions.id"))
    is_pause_tabled: Mapped[bool] = mapped_column(default=False)
    # How it ended and, where it was not completed, why; where the joint conference ended it, by which resolution, and where that was published.
    ending: Mapped[Ending | None] = mapped_column(enum_column(Ending, "ending"))
    end_reason: Mapped[str] = mapped_column(Text, default="")
    end_resolution_number: Mapped[str] = mapped_column(String(40), default="")
    end_notice_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship(lazy="select")
    officer: Mapped[User] = relationship(lazy="select", foreign_keys=[officer_id])
    catalogue_entry: Mapped[CatalogueEntry] = relationship(lazy="select")
    function: Mapped[TransferableFunction | None] = relationship(lazy="select")
    provider: Mapped[Organisation | None] = relationship(lazy="select", foreign_keys=[provider_id])
    plan: Mapped[Plan] = relationship(back_populates="transfer", lazy="selectin")
    records: Mapped[list[StepRecord]] = relationship(
        back_populates="transfer", lazy="select", order_by="StepRecord.id", cascade="all, delete-orphan"
    )
    appointments: Mapped[list[Appointment]] = relationship(
        back_populates="transfer", lazy="selectin", order_by="Appointment.id", cascade="all, delete-orphan"
    )
    resolution: Mapped[Resolution | None] = relationship(back_populates="transfer", lazy="select")
    end_notice: Mapped[Publication | None] = relationship(lazy="select")

    __mapper_args__ = {"version_id_col": version}

    @property
    def called(self) -> Twofold:
        """Its title, as sentences take it: in both languages."""
        return Twofold(self.title, self.title_en)

    @property
    def chain_key(self) -> str:
        """Each transfer has an audit chain of its own."""
        return chain_of(self.id)

    @property
    def organisation_ids(self) -> frozenset[int]:
        """Whose own it is: the provider's, once there is one."""
        return frozenset({self.provider_id} if self.provider_id is not None else set())

    @property
    def is_on_line(self) -> bool:
        """Neither being prepared, nor paused, nor closed."""
        return self.status is TransferStatus.ON_LINE

    @property
    def is_announced(self) -> bool:
        """Whether everybody has been told of it: it has left its announcement behind."""
        return self.step is not None and self.step is not Step.ANNOUNCEMENT

    @property
    def was_announced(self) -> bool:
        """Whether everybody has ever been told of it, in an attempt that failed too."""
        return self.is_announced or self.attempt > 1

    @property
    def state(self) -> TransferStatus | Ending:
        """Where it stands as pages say it: once it is closed, how it ended."""
        return self.ending or self.status

    @property
    def is_at_rest(self) -> bool:
        """Paused or closed: nothing moves."""
        return self.status in (TransferStatus.PAUSED, TransferStatus.CLOSED)

    @property
    def is_paused_by_list(self) -> bool:
        """Whether a new negative list paused it, so that only the joint conference confirms or ends it."""
        return self.paused_by_edition_id is not None

    @property
    def is_purchase(self) -> bool:
        """Only a purchase of services runs the statutory procurement clocks."""
        return self.mode is TransferMode.PURCHASED

    def appointed(self, kind: Appointed) -> frozenset[int]:
        """The people who hold this appointment now, by number."""
        return frozenset(held.user_id for held in self.appointments if held.kind is kind and held.ended_at is None)

    def entered_at(self, step: Step) -> datetime | None:
        """When the transfer last entered `step`."""
        return next((record.entered_at for record in reversed(self.records) if record.step is step), None)


class OfTransfer:
    """What belongs to a transfer: department, chain, appointments and the lock are the transfer's."""

    transfer: Any

    @property
    def department_id(self) -> int:
        """The transferring department."""
        return int(self.transfer.department_id)

    @property
    def chain_key(self) -> str:
        """The transfer's chain."""
        return str(self.transfer.chain_key)

    @property
    def organisation_ids(self) -> frozenset[int]:
        """The provider's own, once there is one."""
        return frozenset(self.transfer.organisation_ids)

    @property
    def lock_root(self) -> Any:
        """Deeds on one transfer are ordered by the transfer's row."""
        return self.transfer

    def appointed(self, kind: Appointed) -> frozenset[int]:
        """The people who hold this appointment."""
        return frozenset(self.transfer.appointed(kind))


class StepRecord(Base):
    """When a step was entered and left; a step back leaves the reason and the history."""

    __tablename__ = "step_records"
    __table_args__ = (Index("ix_step_records_transfer_id", "transfer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    step: Mapped[Step] = mapped_column(enum_column(Step, "step"))
    attempt: Mapped[int] = mapped_column()
    entered_at: Mapped[datetime] = mapped_column(Moment)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    left_back: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")

    transfer: Mapped[Transfer] = relationship(back_populates="records", lazy="raise")


class Appointment(Base):
    """A person's part in one transfer: opener, panel member, witness."""

    __tablename__ = "appointments"
    __table_args__ = (
        Index("ix_appointments_user_id_ended_at", "user_id", "ended_at"),
        Index("ix_appointments_transfer_id", "transfer_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    kind: Mapped[Appointed] = mapped_column(enum_column(Appointed, "kind"))
    attempt: Mapped[int] = mapped_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    appointed_at: Mapped[datetime] = mapped_column(Moment)
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    transfer: Mapped[Transfer] = relationship(back_populates="appointments", lazy="select")
    user: Mapped[User] = relationship(lazy="select")

    @property
    def chain_key(self) -> str:
        """The transfer's chain."""
        return self.transfer.chain_key

    @property
    def lock_root(self) -> Transfer:
        """Ordered by the transfer's row."""
        return self.transfer

    def appointed(self, kind: Appointed) -> frozenset[int]:
        """An appointment concerns its own holder only."""
        return frozenset({self.user_id} if kind is self.kind and self.ended_at is None else set())


# The standards that a plan follows (按标作业).
plan_standards = Table(
    "plan_standards",
    Base.metadata,
    Column("plan_id", ForeignKey("plans.id"), primary_key=True),
    Column("standard_id", ForeignKey("standards.id"), primary_key=True, index=True),
)

# Everybody who wrote of a plan: a section of it at any time, or its attachments. Nobody is taken from here again.
plan_writers = Table(
    "plan_writers",
    Base.metadata,
    Column("plan_id", ForeignKey("plans.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True, index=True),
)


class Plan(OfTransfer, Base):
    """One matter, one plan (一事一方案, LG-2): what is wanted, what it may cost, how it is chosen, paid and judged."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("ceiling <= budget", name="ceiling_within_budget"),
        CheckConstraint(
            "status IN ('draft', 'abandoned') OR (method IS NOT NULL AND term_months > 0 AND ceiling > 0)",
            name="whole_once_submitted",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), unique=True)
    status: Mapped[PlanStatus] = mapped_column(enum_column(PlanStatus, "status"), default=PlanStatus.DRAFT)
    need: Mapped[str] = mapped_column(Text)
    public_opinion: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    quantity: Mapped[str] = mapped_column(Text)
    quality: Mapped[str] = mapped_column(Text)
    goal: Mapped[str] = mapped_column(Text)
    power_id: Mapped[int] = mapped_column(ForeignKey("powers.id"))
    budget: Mapped[Money] = mapped_column(MoneyFen)
    ceiling: Mapped[Money] = mapped_column(MoneyFen)
    term_months: Mapped[int] = mapped_column()
    long_term_grounds: Mapped[str] = mapped_column(String(100), default="")
    # Nothing only while a draft has not said it; no paper is made of a draft.
    method: Mapped[Method] = mapped_column(enum_column(Method, "method"), nullable=True)
    method_reason: Mapped[str] = mapped_column(Text)
    method_approval: Mapped[str] = mapped_column(String(200), default="")
    # Of a single source: its ground, the credit code of the one organisation, and what the first contract cost to which is added.
    source_ground: Mapped[SourceGround | None] = mapped_column(enum_column(SourceGround, "source_ground"))
    source_code: Mapped[str] = mapped_column(String(18), default="")
    source_former_price: Mapped[Money] = mapped_column(MoneyFen, default=Money(0))
    qualification: Mapped[str] = mapped_column(Text)
    risk: Mapped[str] = mapped_column(Text)
    exit: Mapped[str] = mapped_column(Text)
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)
    started_from_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))
    # The fields that it began with from there, by name.
    taken_over: Mapped[str] = mapped_column(String(120), default="")
    # The opened form that it came from, so that the same form sent twice makes one plan; nothing where none was named.
    form_key: Mapped[str | None] = mapped_column(String(60), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    transfer: Mapped[Transfer] = relationship(back_populates="plan", lazy="select")
    started_from: Mapped[Plan | None] = relationship(lazy="select", remote_side=[id])
    drafted_by: Mapped[User] = relationship(lazy="select", foreign_keys=[drafted_by_id])
    power: Mapped[Power] = relationship(lazy="select")
    fundings: Mapped[list[PlanFunding]] = relationship(
        lazy="select", order_by="PlanFunding.position", back_populates="plan", cascade="all, delete-orphan"
    )
    indicators: Mapped[list[PlanIndicator]] = relationship(
        lazy="select", order_by="PlanIndicator.position", cascade="all, delete-orphan"
    )
    criteria: Mapped[list[Criterion]] = relationship(
        lazy="select", order_by="Criterion.position", cascade="all, delete-orphan"
    )
    installments: Mapped[list[Installment]] = relationship(
        lazy="select", order_by="Installment.position", cascade="all, delete-orphan"
    )
    standards: Mapped[list[Standard]] = relationship(secondary=plan_standards, lazy="select", order_by="Standard.id")
    writers: Mapped[list[User]] = relationship(secondary=plan_writers, lazy="select", order_by="User.id")
    evaluations: Mapped[list[ExAnteEvaluation]] = relationship(
        lazy="select", order_by="ExAnteEvaluation.id", back_populates="plan", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def called(self) -> Twofold:
        """The transfer's title, as sentences take it: in both languages."""
        return Twofold(self.transfer.title, self.transfer.title_en)

    @property
    def evaluation(self) -> ExAnteEvaluation | None:
        """The newest ex-ante evaluation."""
        return self.evaluations[-1] if self.evaluations else None

    @property
    def writer_ids(self) -> frozenset[int]:
        """Everybody who wrote of it, by number: none of them judges it."""
        return frozenset(row.id for row in self.writers)

    @property
    def budget_code(self) -> str:
        """The budget codes it is paid from, each once, as papers print them."""
        return "、".join(dict.fromkeys(row.code for row in self.fundings if row.code))

    @property
    def power_code(self) -> str:
        """The code of the power it rests on."""
        return self.power.code

    @property
    def price_criterion(self) -> Criterion:
        """The criterion that weighs the price."""
        return next(criterion for criterion in self.criteria if criterion.kind is CriterionKind.PRICE)

    @property
    def quality_criteria(self) -> list[Criterion]:
        """The criteria that the panel scores."""
        return [criterion for criterion in self.criteria if criterion.kind is CriterionKind.QUALITY]


class PlanFunding(OfTransfer, Base):
    """The money of one year; without a code while that year's budget is not there yet. The parts sum to the budget."""

    __tablename__ = "plan_fundings"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    position: Mapped[int] = mapped_column()
    year: Mapped[int] = mapped_column()
    code: Mapped[str] = mapped_column(String(40), default="")
    amount: Mapped[Money] = mapped_column(MoneyFen)

    plan: Mapped[Plan] = relationship(back_populates="fundings", lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer of its plan."""
        return self.plan.transfer


class PlanIndicator(Base):
    """A performance indicator with its target and weight; the weights of a plan sum to 100."""

    __tablename__ = "plan_indicators"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    position: Mapped[int] = mapped_column()
    level: Mapped[IndicatorLevel] = mapped_column(enum_column(IndicatorLevel, "level"))
    name: Mapped[str] = mapped_column(String(120))
    target: Mapped[str] = mapped_column(String(200))
    weight: Mapped[int] = mapped_column()


class Criterion(Base):
    """A scoring criterion with its weight; the weights of a plan sum to 100."""

    __tablename__ = "criteria"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    position: Mapped[int] = mapped_column()
    kind: Mapped[CriterionKind] = mapped_column(enum_column(CriterionKind, "kind"))
    name: Mapped[str] = mapped_column(String(120))
    standard: Mapped[str] = mapped_column(Text)
    weight: Mapped[int] = mapped_column()


class Installment(Base):
    """One part of the payment schedule; the parts of a plan sum to 100 %."""

    __tablename__ = "installments"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    position: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(120))
    condition: Mapped[str] = mapped_column(Text)
    percent: Mapped[int] = mapped_column()
    due_month: Mapped[int] = mapped_column()


class ExAnteEvaluation(OfTransfer, Base):
    """The ex-ante evaluation of a plan: twenty checks in five dimensions of 20 points, and its report (EX-1, EX-4, EX-6).

    `marks` are the grades as they were given; the five sums and the total follow from them and are never typed.
    """

    __tablename__ = "ex_ante_evaluations"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    marks: Mapped[str] = mapped_column(Text)
    necessity: Mapped[int] = mapped_column()
    economy: Mapped[int] = mapped_column()
    goals: Mapped[int] = mapped_column()
    feasibility: Mapped[int] = mapped_column()
    funding: Mapped[int] = mapped_column()
    total: Mapped[int] = mapped_column()
    conclusion: Mapped[Conclusion] = mapped_column(enum_column(Conclusion, "conclusion"))
    opinion: Mapped[str] = mapped_column(Text)
    advice: Mapped[str] = mapped_column(Text, default="")
    evaluated_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    evaluated_at: Mapped[datetime] = mapped_column(Moment)
    text_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))

    plan: Mapped[Plan] = relationship(back_populates="evaluations", lazy="select")
    evaluated_by: Mapped[User] = relationship(lazy="select")
    text: Mapped[StoredFile] = relationship(lazy="select")
    conditions: Mapped[list[PlanCondition]] = relationship(
        lazy="select", order_by="PlanCondition.position", back_populates="evaluation", cascade="all, delete-orphan"
    )

    @property
    def transfer(self) -> Transfer:
        """The transfer of its plan."""
        return self.plan.transfer

    @property
    def told(self) -> list[dict[str, Any]]:
        """The marks as they were given: check, grade, points, remark."""
        told: list[dict[str, Any]] = json.loads(self.marks)
        return told

    @property
    def open_conditions(self) -> list[PlanCondition]:
        """The conditions that have not been met."""
        return [condition for condition in self.conditions if condition.met_at is None]

    def points_of(self, dimension: Dimension) -> int:
        """The sum of one dimension."""
        return int(getattr(self, dimension.value))


class PlanCondition(OfTransfer, Base):
    """What an evaluation that supports a plan in part asks for, and how the drafter has met it."""

    __tablename__ = "plan_conditions"
    __table_args__ = (
        CheckConstraint("(met_at IS NULL) = (met_by_id IS NULL)", name="met_by_somebody_at_some_time"),
        UniqueConstraint("evaluation_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("ex_ante_evaluations.id"))
    position: Mapped[int] = mapped_column()
    text: Mapped[str] = mapped_column(Text)
    met_at: Mapped[datetime | None] = mapped_column(Moment)
    met_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    how: Mapped[str] = mapped_column(Text, default="")

    evaluation: Mapped[ExAnteEvaluation] = relationship(back_populates="conditions", lazy="select")
    met_by: Mapped[User | None] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer of the plan that was evaluated."""
        return self.evaluation.transfer


class Resolution(Base):
    """What the joint conference resolved on an item of its agenda, with its number.

    `transfer_id` is the transfer that it put on the line; every other resolution has none.
    """

    __tablename__ = "resolutions"
    __table_args__ = (UniqueConstraint("transfer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id"), unique=True)
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    opinion: Mapped[str] = mapped_column(Text)
    resolved_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    resolved_at: Mapped[datetime] = mapped_column(Moment)

    transfer: Mapped[Transfer | None] = relationship(back_populates="resolution", lazy="raise")
    resolved_by: Mapped[User] = relationship(lazy="select")


class PlanAttachment(OfTransfer, Base):
    """A file that belongs to a plan; `text` is what was read of it when it was taken, None where nothing can be read."""

    __tablename__ = "plan_attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str | None] = mapped_column(Text)

    plan: Mapped[Plan] = relationship(lazy="select")
    file: Mapped[StoredFile] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer of its plan."""
        return self.plan.transfer


class ScreeningFinding(OfTransfer, Base):
    """What a person found in writing: this keyword of the negative list in this sentence is a misfire.

    It holds wherever the same sentence stands in the transfer's texts, and for no other sentence, keyword or row.
    """

    __tablename__ = "screening_findings"
    __table_args__ = (
        UniqueConstraint("transfer_id", "fingerprint", "capacity"),
        UniqueConstraint("transfer_id", "fingerprint", "found_by_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    fingerprint: Mapped[str] = mapped_column(String(64))
    field: Mapped[str] = mapped_column(String(60))
    keyword: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(String(12))
    sentence: Mapped[str] = mapped_column(Text)
    capacity: Mapped[Capacity] = mapped_column(enum_column(Capacity, "capacity"))
    reason: Mapped[str] = mapped_column(Text)
    found_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    found_at: Mapped[datetime] = mapped_column(Moment)

    transfer: Mapped[Transfer] = relationship(lazy="select")
    found_by: Mapped[User] = relationship(lazy="select")


class ConfirmedHit(Base):
    """A hit of an edition of the negative list that the joint conference let stand in a transfer which it had paused."""

    __tablename__ = "confirmed_hits"
    __table_args__ = (UniqueConstraint("transfer_id", "edition_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("reference_editions.id"))
    fingerprint: Mapped[str] = mapped_column(String(64))


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def _plan_parts() -> tuple[QueryableAttribute[Any], ...]:
    return Plan.fundings, Plan.indicators, Plan.criteria, Plan.installments, Plan.standards, Plan.writers


def _with_parts() -> list[LoaderOption]:
    """Of many plans all parts are loaded at once; one loads what is asked for."""
    judged = selectinload(Plan.evaluations).selectinload(ExAnteEvaluation.conditions)
    return [*(selectinload(part) for part in _plan_parts()), judged]


def _with_plans() -> list[LoaderOption]:
    """The same of many transfers."""
    plan, of_transfer = selectinload(Transfer.plan), (Transfer.records, Transfer.resolution)
    judged = plan.selectinload(Plan.evaluations).selectinload(ExAnteEvaluation.conditions)
    return [*(plan.selectinload(part) for part in _plan_parts()), judged, *map(selectinload, of_transfer)]


def transfer_by_id(transfer_id: int) -> Transfer | None:
    """The transfer of this number in the address."""
    return db.session.get(Transfer, transfer_id)


def transfers_of_chains(chains: Iterable[str]) -> dict[str, Transfer]:
    """The transfers that these chains are of, by chain, in one query; chains of anything else are left out."""
    numbers = [int(chain.removeprefix(_CHAIN)) for chain in chains if chain.startswith(_CHAIN)]
    rows = (
        db.session.scalars(select(Transfer).where(Transfer.id.in_(numbers)).options(*_with_plans())).unique()
        if numbers
        else ()
    )
    return {row.chain_key: row for row in rows}


def all_transfers(
    *, department_id: int | None = None, provider_id: int | None = None, newest: int = 500
) -> Sequence[Transfer]:
    """Transfers, the newest first; of one department or one provider where given."""
    query = select(Transfer).options(*_with_plans()).order_by(Transfer.id.desc()).limit(newest)
    if department_id is not None:
        query = query.where(Transfer.department_id == department_id)
    if provider_id is not None:
        query = query.where(Transfer.provider_id == provider_id)
    return db.session.scalars(query).unique().all()


def open_transfers() -> Sequence[Transfer]:
    """Every transfer that is not closed, the oldest first."""
    query = select(Transfer).where(Transfer.status != TransferStatus.CLOSED).options(*_with_plans())
    return db.session.scalars(query.order_by(Transfer.id)).unique().all()


# What is not concluded yet; the agreement that was signed goes on under the law of its day.
_NOT_CONCLUDED = (Step.ANNOUNCEMENT, Step.COMPETITION, Step.AGREEMENT)


# What has left its drafter's hands and is not on the line yet.
HANDED_IN = (PlanStatus.SUBMITTED, PlanStatus.EVALUATED, PlanStatus.TABLED)


def transfers_to_rescreen(edition_id: int) -> Sequence[Transfer]:
    """The transfers not concluded, on the line or with a plan handed in, that were not screened against this edition yet.

    A draft is screened when it is submitted.
    """
    query = (
        select(Transfer)
        .join(Plan, Plan.transfer_id == Transfer.id)
        .where(
            or_(
                and_(Transfer.status == TransferStatus.ON_LINE, Transfer.step.in_(_NOT_CONCLUDED)),
                and_(Transfer.status == TransferStatus.PREPARING, Plan.status.in_(HANDED_IN)),
            ),
            or_(Transfer.screened_edition_id.is_(None), Transfer.screened_edition_id != edition_id),
        )
    )
    return db.session.scalars(query.order_by(Transfer.id)).unique().all()


def transfers_paused_by_list() -> Sequence[Transfer]:
    """The transfers that a new negative list paused and that lie before no conference yet, the oldest first."""
    query = select(Transfer).where(Transfer.paused_by_edition_id.is_not(None), Transfer.is_pause_tabled.is_(False))
    return db.session.scalars(query.options(*_with_plans()).order_by(Transfer.id)).unique().all()


def transfers_by_id(transfer_ids: Sequence[int]) -> Mapping[int, Transfer]:
    """The transfers of these numbers."""
    query = select(Transfer).where(Transfer.id.in_(transfer_ids)).options(*_with_plans())
    return {row.id: row for row in db.session.scalars(query).unique()}


def confirmed_hits_of(transfers: Sequence[Transfer], edition_id: int) -> set[tuple[int, str]]:
    """What the conference let stand of an edition of the negative list: number of the transfer and fingerprint."""
    query = select(ConfirmedHit.transfer_id, ConfirmedHit.fingerprint).where(
        ConfirmedHit.edition_id == edition_id, ConfirmedHit.transfer_id.in_([row.id for row in transfers])
    )
    return {(transfer_id, fingerprint) for transfer_id, fingerprint in db.session.execute(query)}


def transfers_of_officer(user: User) -> Sequence[Transfer]:
    """The transfers that are not closed and that this person is in charge of, the oldest first."""
    query = select(Transfer).where(Transfer.officer_id == user.id, Transfer.status != TransferStatus.CLOSED)
    return db.session.scalars(query.options(*_with_plans()).order_by(Transfer.id)).unique().all()


def plans_by_id(plan_ids: Sequence[int]) -> Mapping[int, Plan]:
    """The plans of these numbers, with their transfers."""
    query = select(Plan).where(Plan.id.in_(plan_ids)).options(selectinload(Plan.transfer), *_with_parts())
    return {plan.id: plan for plan in db.session.scalars(query).unique()}


def evaluated_plans() -> Sequence[Plan]:
    """Every plan whose evaluation supports it and that lies before no conference yet, the oldest first, with its transfer."""
    query = select(Plan).where(Plan.status == PlanStatus.EVALUATED).order_by(Plan.id)
    return db.session.scalars(query.options(selectinload(Plan.transfer), *_with_parts())).unique().all()


def transfers_of_appointee(user: User) -> Sequence[Transfer]:
    """The transfers in which this person holds an appointment now."""
    query = (
        select(Transfer)
        .join(Appointment, Appointment.transfer_id == Transfer.id)
        .where(Appointment.user_id == user.id, Appointment.ended_at.is_(None))
        .options(*_with_plans())
        .order_by(Transfer.id.desc())
    )
    return db.session.scalars(query).unique().all()


def transfers_of_appointees(user_ids: Collection[int], kinds: Collection[Appointed]) -> Sequence[Transfer]:
    """The transfers in which one of these people holds an appointment of these kinds now."""
    if not user_ids:
        return []
    held = select(Appointment.transfer_id).where(
        Appointment.user_id.in_(user_ids), Appointment.kind.in_(kinds), Appointment.ended_at.is_(None)
    )
    query = select(Transfer).where(Transfer.id.in_(held)).options(*_with_plans()).order_by(Transfer.id)
    return db.session.scalars(query).unique().all()


def purchases_of_a_class(transfer: Transfer) -> Sequence[Transfer]:
    """What the same department buys of the same class of the catalogue, planned in the same year and not tendered."""
    year, code = local_day(transfer.created_at).year, transfer.catalogue_entry.code
    first, last = at_local(date(year, 1, 1)), at_local(date(year + 1, 1, 1))
    query = (
        select(Transfer)
        .join(Plan, Plan.transfer_id == Transfer.id)
        .join(CatalogueEntry, CatalogueEntry.id == Transfer.catalogue_entry_id)
        .where(
            Transfer.department_id == transfer.department_id,
            Transfer.mode == TransferMode.PURCHASED,
            Transfer.created_at >= first,
            Transfer.created_at < last,
            Plan.status != PlanStatus.ABANDONED,
            Plan.method != Method.OPEN_TENDER,
            CatalogueEntry.code.startswith(code[:-_LAST_LEVEL]),
        )
        .options(*_with_plans())
        .order_by(Transfer.id)
    )
    return db.session.scalars(query).unique().all()


def plan_by_id(plan_id: int) -> Plan | None:
    """The plan of this number."""
    return db.session.get(Plan, plan_id)


def plan_by_form(form_key: str) -> Plan | None:
    """The plan that came from this opened form."""
    return db.session.scalar(select(Plan).where(Plan.form_key == form_key))


def plans_of_department(department_id: int) -> Sequence[Plan]:
    """The plans of a department with their transfers, the newest first."""
    query = select(Plan).join(Transfer, Transfer.id == Plan.transfer_id).where(Transfer.department_id == department_id)
    return db.session.scalars(query.options(contains_eager(Plan.transfer)).order_by(Plan.id.desc())).unique().all()


def transfers_of_functions() -> dict[str, list[tuple[str, TransferStatus | Ending]]]:
    """The numbers and states of the transfers that carry out a function and have been announced, by its code, newest first."""
    query = (
        select(TransferableFunction.code, Transfer.number, Transfer.status, Transfer.ending)
        .join(Transfer, Transfer.function_id == TransferableFunction.id)
        .where(Transfer.step.is_not(None), Transfer.step != Step.ANNOUNCEMENT)
        .order_by(Transfer.id.desc())
    )
    carried: dict[str, list[tuple[str, TransferStatus | Ending]]] = {}
    for code, number, status, ending in db.session.execute(query):
        carried.setdefault(code, []).append((number, ending or status))
    return carried


def transfers_following(standard_id: int) -> Sequence[Transfer]:
    """The transfers whose plan follows this standard, the newest first."""
    query = (
        select(Transfer)
        .join(Plan, Plan.transfer_id == Transfer.id)
        .join(plan_standards, plan_standards.c.plan_id == Plan.id)
        .where(plan_standards.c.standard_id == standard_id)
    )
    return db.session.scalars(query.order_by(Transfer.id.desc())).unique().all()


def attachments_of(plans: Sequence[Plan]) -> Sequence[PlanAttachment]:
    """The attachments of these plans, in the order in which they were added."""
    query = select(PlanAttachment).where(PlanAttachment.plan_id.in_([plan.id for plan in plans]))
    return db.session.scalars(query.order_by(PlanAttachment.id)).unique().all()


def attachment_by_id(attachment_id: int) -> PlanAttachment | None:
    """The attachment of this number."""
    return db.session.get(PlanAttachment, attachment_id)


def findings_of(transfers: Sequence[Transfer]) -> Sequence[ScreeningFinding]:
    """What has been found of hits in the texts of these transfers, the first one first."""
    query = select(ScreeningFinding).where(ScreeningFinding.transfer_id.in_([row.id for row in transfers]))
    return db.session.scalars(query.order_by(ScreeningFinding.id)).unique().all()
