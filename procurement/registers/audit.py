"""The audit: one writer, chains of sealed lines, and the walk that finds the first broken one.

A line's seal is the SHA-256 of the previous seal and the line, over exactly what is stored, in one canonical form (UTC,
microseconds, sorted keys), so that it verifies after a dump, a restore and in any time zone. A subject names its own chain
(`chain_key`): one per transfer, one for the house, one for the bids of a competition until it is opened.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, db, insert_if_absent
from procurement.foundation.errors import DomainError
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.foundation.money import Money
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.people import User

HOUSE, SEALED = "house", "sealed:"
FIRST_SEAL = "0" * 64


class Outcome(Labelled):
    """What became of a deed."""

    DONE = "done", word("已办")
    REFUSED = "refused", word("被拒")
    READ = "read", word("查看")


class AuditHead(Base):
    """The last number and seal of a chain: the row that a writer locks."""

    __tablename__ = "audit_heads"

    chain: Mapped[str] = mapped_column(String(60), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    seal: Mapped[str] = mapped_column(String(64), default=FIRST_SEAL)
    is_sealed: Mapped[bool] = mapped_column(default=False)


class AuditLine(Base):
    """One deed, one refusal or one recorded reading."""

    __tablename__ = "audit_lines"
    __table_args__ = (
        UniqueConstraint("chain", "number"),
        UniqueConstraint("chain", "previous_seal"),
        CheckConstraint("number > 0", name="numbers_from_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[str] = mapped_column(String(60))
    number: Mapped[int] = mapped_column()
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    wall_at: Mapped[datetime] = mapped_column(Moment)
    deed: Mapped[Deed] = mapped_column(enum_column(Deed, "deed"))
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "outcome"))
    subject: Mapped[str] = mapped_column(String(80))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    actor_name: Mapped[str] = mapped_column(String(130))
    visitor: Mapped[bool] = mapped_column(default=False)
    article: Mapped[str] = mapped_column(String(200), default="")
    facts: Mapped[str] = mapped_column(Text, default="{}")
    previous_seal: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64), unique=True)

    actor: Mapped[User | None] = relationship(lazy="raise")

    @property
    def told(self) -> dict[str, Any]:
        """The facts as they were recorded."""
        told: dict[str, Any] = json.loads(self.facts)
        return told

    def computed_seal(self) -> str:
        """The seal this line must carry."""
        body = {
            "chain": self.chain,
            "number": self.number,
            "at": _instant(self.at),
            "wall_at": _instant(self.wall_at),
            "deed": self.deed.value,
            "outcome": self.outcome.value,
            "subject": self.subject,
            "actor_id": self.actor_id,
            "actor_name": self.actor_name,
            "visitor": self.visitor,
            "article": self.article,
            "facts": self.facts,
        }
        return hashlib.sha256((self.previous_seal + canonical(body)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What surrounds a deed and is no argument of it: the wall's instant, and whether a visitor acts as a demonstration person."""

    wall: datetime
    visitor: bool = False


def canonical(value: Any) -> str:
    """JSON in one form: sorted keys, no spaces, Han characters as themselves."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: Any) -> Any:
    """A fact as JSON holds it: money in fen, instants in UTC, enums by value."""
    if isinstance(value, Labelled):
        return value.value
    if isinstance(value, Money):
        return value.fen
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value


def name_of(subject: Any) -> str:
    """`announcement 7`: how a line names its subject."""
    if subject is None:
        return "-"
    return f"{type(subject).__name__.lower()} {getattr(subject, 'id', None) or '-'}"


def sealed_chain(announcement_id: int) -> str:
    """The chain of the bids of an announcement until they are opened."""
    return f"{SEALED}{announcement_id}"


def is_sealed(chain: str) -> bool:
    """Whether no page, command or count may tell of a chain yet: its lines would tell who bids, and how many."""
    head = db.session.get(AuditHead, chain)
    return chain.startswith(SEALED) if head is None else head.is_sealed


def unseal(chain: str) -> None:
    """From the opening on, or once the competition has failed, a chain is read like any other, also one without a line yet."""
    _locked_or_made_head(chain).is_sealed = False


def chain_of(subject: Any, deed: Deed) -> str:
    """The chain the lines of a deed on this subject go to; what names none goes to the house's."""
    chain_for = getattr(subject, "chain_for", None)
    return str(chain_for(deed) if chain_for is not None else getattr(subject, "chain_key", HOUSE))


def _append(
    deed: Deed,
    subject: Any,
    *,
    actor: User | None,
    now: datetime,
    outcome: Outcome,
    article: str,
    facts: dict[str, Any],
) -> AuditLine:
    db.session.flush()
    chain = chain_of(subject, deed)
    head = _locked_or_made_head(chain)
    name = actor.name if actor is not None else ""
    if actor is not None and (answers := access.in_whose_name(actor, deed)) is not actor:
        # Sealed with the line: by whom, and in whose place.
        name, facts = f"{actor.name}（代{answers.name}）", {**facts, "for": answers.id}
    circumstances: Circumstances = db.session.info.get("circumstances") or Circumstances(now)
    line = AuditLine(
        chain=chain,
        number=head.number + 1,
        at=now,
        wall_at=circumstances.wall,
        deed=deed,
        outcome=outcome,
        subject=name_of(subject),
        actor_id=actor.id if actor is not None else None,
        actor_name=name,
        visitor=circumstances.visitor,
        article=article,
        facts=canonical(plain(facts)),
        previous_seal=head.seal,
    )
    line.seal = line.computed_seal()
    head.number, head.seal = line.number, line.seal
    db.session.add(line)
    db.session.flush()
    return line


def _locked_or_made_head(chain: str) -> AuditHead:
    head = _locked_head(chain)
    if head is None:
        # Two first lines at one moment: one head is made, and both wait for it in turn.
        insert_if_absent(AuditHead, chain=chain, number=0, seal=FIRST_SEAL, is_sealed=chain.startswith(SEALED))
        head = _locked_head(chain)
        assert head is not None
    return head


def _locked_head(chain: str) -> AuditHead | None:
    query = select(AuditHead).where(AuditHead.chain == chain)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def record(deed: Deed, subject: Any, *, actor: User | None, now: datetime, **facts: Any) -> AuditLine:
    """Append the line of a deed that was done; the last statement of every operation."""
    return _append(deed, subject, actor=actor, now=now, outcome=Outcome.DONE, article="", facts=facts)


def record_refusal(deed: Deed | None, subject: Any, error: DomainError, *, actor: User | None, now: datetime) -> None:
    """Append the line of a refusal: deed, object, actor, time, kind and article; never content. The caller commits."""
    if deed is None:
        return
    facts = {"refusal": type(error).__name__, **error.facts}
    article = str(error.article or "")
    _append(deed, subject, actor=actor, now=now, outcome=Outcome.REFUSED, article=article, facts=facts)


def record_reading(deed: Deed, subject: Any, *, actor: User | None, now: datetime, **facts: Any) -> None:
    """Append the line of a reading that must be known of; the caller commits it before a byte leaves."""
    _append(deed, subject, actor=actor, now=now, outcome=Outcome.READ, article="", facts=facts)


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """The first line that does not follow from the one before it, and why."""

    chain: str
    number: int
    reason: str


def first_broken_line() -> BrokenLine | None:
    """Walk every chain from its first line to its head; None when each line follows from the one before."""
    heads = {head.chain: head for head in db.session.scalars(select(AuditHead)).all()}
    chains = sorted(set(heads) | set(db.session.scalars(select(AuditLine.chain).distinct()).all()))
    for chain in chains:
        broken = _first_broken_in(chain, heads.get(chain))
        if broken is not None:
            return broken
    return None


def _first_broken_in(chain: str, head: AuditHead | None) -> BrokenLine | None:
    number, seal = 0, FIRST_SEAL
    lines = select(AuditLine).where(AuditLine.chain == chain).order_by(AuditLine.number)
    # What stands in the database counts, not what this session has read before; the cursor is closed on an early return.
    with db.session.scalars(lines.execution_options(yield_per=500, populate_existing=True)) as found:
        for line in found:
            number += 1
            if line.number != number:
                return BrokenLine(chain, number, "a line is missing")
            if line.previous_seal != seal:
                return BrokenLine(chain, number, "it does not follow from the line before")
            if line.computed_seal() != line.seal:
                return BrokenLine(chain, number, "its content is not what was sealed")
            seal = line.seal
    if head is None or head.number != number or head.seal != seal:
        return BrokenLine(chain, number + 1, "the chain ends before its head")
    return None


_IS_READABLE = AuditLine.chain.not_in(select(AuditHead.chain).where(AuditHead.is_sealed))

# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def number_of_lines() -> int:
    """How many lines there are, those of sealed competitions left out."""
    query = select(func.count()).select_from(AuditLine).where(_IS_READABLE)
    return db.session.scalar(query) or 0


def lines_of_chain(chain: str, *, outcome: Outcome | None = None, limit: int = 500) -> Sequence[AuditLine]:
    """The newest lines of a chain first."""
    query = select(AuditLine).where(AuditLine.chain == chain).order_by(AuditLine.number.desc()).limit(limit)
    if outcome is not None:
        query = query.where(AuditLine.outcome == outcome)
    return db.session.scalars(query).all()


def doers_in(chain: str, deeds: Collection[Deed], since: datetime) -> Sequence[tuple[Deed, int]]:
    """Who has done which of these deeds in a chain since an instant, each once, in one query."""
    query = select(AuditLine.deed, AuditLine.actor_id).where(
        AuditLine.chain == chain, AuditLine.deed.in_(deeds), AuditLine.outcome == Outcome.DONE, AuditLine.at >= since,
        AuditLine.actor_id.is_not(None),
    )  # fmt: skip
    rows = db.session.execute(query.distinct().order_by(AuditLine.actor_id))
    return [(deed, number) for deed, number in rows if number is not None]


def done_since(since: datetime, *, but: Collection[Deed] = (), limit: int = 300) -> Sequence[AuditLine]:
    """What was done from the legal instant `since` on, the first first, `but` some deeds; sealed competitions are left out."""
    query = select(AuditLine).where(
        _IS_READABLE, AuditLine.at >= since, AuditLine.outcome == Outcome.DONE, AuditLine.deed.not_in(but)
    )
    return db.session.scalars(query.order_by(AuditLine.at, AuditLine.id).limit(limit)).all()


def lines_everywhere(*, limit: int = 200, skip: int = 0) -> Sequence[AuditLine]:
    """The newest lines of all chains, those of sealed competitions left out; `skip` of them passed over.

    Counted, and not by their keys: a gap in these would tell how many sealed bids lie between.
    """
    query = select(AuditLine).where(_IS_READABLE).order_by(AuditLine.id.desc())
    return db.session.scalars(query.offset(max(skip, 0)).limit(limit)).all()
