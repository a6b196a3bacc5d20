"""The city's one work programme (工作方案, LG-3): its editions, each as text, as a scan, or both; the newest in force binds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.clock import local_day
from procurement.foundation.database import Base, Moment, db
from procurement.foundation.errors import DomainError, Refusals, RuleBroken
from procurement.foundation.labels import word
from procurement.registers import access, audit, files
from procurement.registers.access import Deed
from procurement.registers.files import FileKind, StoredFile, Upload
from procurement.registers.people import User

# A programme is read for years: what anybody can open, and no archive.
KINDS = frozenset({FileKind.PDF, FileKind.OFD, FileKind.JPG, FileKind.PNG})


class Programme(Base):
    """One edition of the work programme; published once, never changed."""

    __tablename__ = "programmes"
    __table_args__ = (CheckConstraint("text <> '' OR scan_id IS NOT NULL", name="text_or_scan"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    document_number: Mapped[str] = mapped_column(String(60), unique=True)
    issued_on: Mapped[date] = mapped_column()
    in_force_on: Mapped[date] = mapped_column()
    text: Mapped[str] = mapped_column(Text, default="")
    scan_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    published_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime] = mapped_column(Moment)

    scan: Mapped[StoredFile | None] = relationship(lazy="select")

    chain_key = "house"


@dataclass(frozen=True, slots=True)
class ProgrammeTerms:
    """What is said of an edition: title, document number, the two days, and its text where it was typed."""

    title: str
    document_number: str
    issued_on: date
    in_force_on: date
    text: str = ""


def _faults_of(terms: ProgrammeTerms, scan: Upload | None, known: Programme | None, day: date) -> list[DomainError]:
    faults: list[DomainError] = []
    if known is not None:
        faults.append(
            RuleBroken(
                word("文号 {number} 已经有一版工作方案了。"), number=terms.document_number, field="document_number"
            )
        )
    if terms.issued_on > day:
        faults.append(
            RuleBroken(
                word("印发日期 {issued} 在今天 {day} 以后，请核对。"),
                issued=terms.issued_on,
                day=day,
                field="issued_on",
            )
        )
    if terms.in_force_on < terms.issued_on:
        message = word("施行日期 {starts} 早于印发日期 {issued}，请核对。")
        faults.append(RuleBroken(message, starts=terms.in_force_on, issued=terms.issued_on, field="in_force_on"))
    if not terms.text.strip() and scan is None:
        faults.append(RuleBroken(word("正文和扫描件至少要有一样。"), field="text"))
    if scan is not None and scan.kind not in KINDS:
        message = word("扫描件是{kind}，应是 PDF、OFD 或者图片。")
        faults.append(RuleBroken(message, kind=scan.kind, field="document"))
    return faults


def publish_programme(
    house: None, terms: ProgrammeTerms, scan: Upload | None, *, actor: User, now: datetime
) -> Programme:
    """Publish an edition of the work programme; from its day on it is the one in force.

    Raises:
        Refusals: everything wrong with it, each at its field.
    """
    access.require(actor, Deed.PROGRAMME_PUBLISH, house)

    faults = _faults_of(terms, scan, programme_by_number(terms.document_number.strip()), local_day(now))
    if faults:
        raise Refusals(faults)

    programme = Programme(
        title=terms.title.strip(), document_number=terms.document_number.strip(), issued_on=terms.issued_on,
        in_force_on=terms.in_force_on, text=terms.text.strip(),
        scan=files.keep(scan, by=actor, now=now) if scan is not None else None, published_by_id=actor.id,
        published_at=now,
    )  # fmt: skip
    db.session.add(programme)
    db.session.flush()

    audit.record(
        Deed.PROGRAMME_PUBLISH, programme, actor=actor, now=now, title=programme.title,
        number=programme.document_number, in_force_on=programme.in_force_on,
        sha256=scan.sha256 if scan is not None else None,
    )  # fmt: skip
    return programme


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def programme_by_id(programme_id: int) -> Programme | None:
    """The edition of this number in the address."""
    return db.session.get(Programme, programme_id)


def programme_by_number(document_number: str) -> Programme | None:
    """The edition of this document number."""
    return db.session.scalar(select(Programme).where(Programme.document_number == document_number))


def programmes() -> Sequence[Programme]:
    """Every edition, the latest in force first."""
    return db.session.scalars(select(Programme).order_by(Programme.in_force_on.desc(), Programme.id.desc())).all()


def programme_in_force(day: date) -> Programme | None:
    """The edition that binds on `day`; None before any is published."""
    return next((row for row in programmes() if row.in_force_on <= day), None)
