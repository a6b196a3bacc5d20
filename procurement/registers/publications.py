"""Publications: every published version of anything public, stored with its instant and never recomputed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, exists, func, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from procurement.foundation.database import Base, Moment, db, random_reference
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.registers.audit import canonical, plain


class PublicationKind(Labelled):
    """What was published."""

    ANNOUNCEMENT = "announcement", word("征集公告")
    OPENING_RECORD = "opening-record", word("开启记录")
    FAILURE_NOTICE = "failure-notice", word("流标公告")
    WITHDRAWAL_NOTICE = "withdrawal-notice", word("撤回公告的公告")
    AWARD_NOTICE = "award-notice", word("结果公告")
    AGREEMENT_NOTICE = "agreement-notice", word("协议公告")
    SUPPLEMENT_NOTICE = "supplement-notice", word("合同变更公告")
    ACCEPTANCE_NOTICE = "acceptance-notice", word("验收公告")
    EVALUATION_NOTICE = "evaluation-notice", word("绩效评价结果")
    LISTING_NOTICE = "listing-notice", word("列入承接目录公示")
    LISTING_DECISION = "listing-decision", word("列入承接目录公告")
    TAKE_BACK_NOTICE = "take-back-notice", word("收回公告")
    INTENTION_NOTICE = "intention-notice", word("采购意向")
    SOURCE_NOTICE = "source-notice", word("单一来源公示")
    END_NOTICE = "end-notice", word("终止公告")


class Publication(Base):
    """One version of one public text: its facts as they were on the day."""

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("kind", "subject", "edition"),
        Index("ix_publications_kind_published_at", "kind", "published_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(11), unique=True)
    kind: Mapped[PublicationKind] = mapped_column(enum_column(PublicationKind, "kind"))
    subject: Mapped[str] = mapped_column(String(80))
    edition: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(300), default="")
    facts: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def told(self) -> dict[str, Any]:
        """The facts as they were published."""
        told: dict[str, Any] = json.loads(self.facts)
        return told


def publish(
    kind: PublicationKind, subject: Any, facts: Mapping[str, Any], *, title: str, title_en: str, now: datetime
) -> Publication:
    """Store what is public from `now` on; called by the deed that publishes, in its transaction."""
    name = f"{type(subject).__name__.lower()} {subject.id}"
    newest = db.session.scalar(
        select(func.max(Publication.edition)).where(Publication.kind == kind, Publication.subject == name)
    )
    publication = Publication(
        reference=random_reference(),
        kind=kind,
        subject=name,
        edition=(newest or 0) + 1,
        title=title,
        title_en=title_en,
        facts=canonical(plain(dict(facts))),
        published_at=now,
    )
    db.session.add(publication)
    return publication


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def publication_by_reference(reference: str) -> Publication | None:
    """The published text of this public number."""
    return db.session.scalar(select(Publication).where(Publication.reference == reference))


def newest_publication_of(kind: PublicationKind, subject: Any) -> Publication | None:
    """The newest edition of what was published of this kind about a thing."""
    name = f"{type(subject).__name__.lower()} {subject.id}"
    query = select(Publication).where(Publication.kind == kind, Publication.subject == name)
    return db.session.scalar(query.order_by(Publication.edition.desc()).limit(1))


def number_of_publications(kind: PublicationKind) -> int:
    """How many texts of this kind have been published, each counted once whatever its editions."""
    query = select(func.count(func.distinct(Publication.subject))).where(Publication.kind == kind)
    return db.session.scalar(query) or 0


def editions_of(publication: Publication) -> Sequence[Publication]:
    """Every edition of the text that this is one of, the first first."""
    query = select(Publication).where(Publication.kind == publication.kind, Publication.subject == publication.subject)
    return db.session.scalars(query.order_by(Publication.edition)).all()


def newest_of(kind: PublicationKind, subject: Any) -> Publication | None:
    """The newest edition of what was published of this kind on this subject."""
    name = f"{type(subject).__name__.lower()} {subject.id}"
    query = select(Publication).where(Publication.kind == kind, Publication.subject == name)
    return db.session.scalar(query.order_by(Publication.edition.desc()).limit(1))


def newest_publications(*kinds: PublicationKind, limit: int = 50) -> Sequence[Publication]:
    """What was published last, of these kinds; of each text its newest edition."""
    later = aliased(Publication)
    is_replaced = exists().where(
        later.kind == Publication.kind, later.subject == Publication.subject, later.edition > Publication.edition
    )
    query = select(Publication).where(Publication.kind.in_(kinds), ~is_replaced)
    query = query.order_by(Publication.published_at.desc())
    return db.session.scalars(query.limit(limit)).all()
