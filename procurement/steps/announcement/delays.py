"""A published deadline that a new holiday notice leaves too early: it moves later, never earlier; a part of the deed that finds it."""

from __future__ import annotations

from datetime import datetime

from procurement.foundation.clock import LOCAL, at_local, local_day
from procurement.foundation.database import db
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers import notices, publications
from procurement.registers.people import Role, User, users_with_role
from procurement.registers.publications import PublicationKind
from procurement.steps.announcement import rules
from procurement.steps.announcement.models import Announcement, AnnouncementStatus, VersionKind
from procurement.steps.announcement.operations import add_version, facts_of


def lawful_deadline(announcement: Announcement, now: datetime, calendar: WorkCalendar) -> datetime | None:
    """The deadline to which a running call must move, at the same hour of the first working day allowed; None where it may stand."""
    if (
        announcement.status is not AnnouncementStatus.PUBLISHED
        or announcement.published_at is None
        or now >= announcement.closes_at
    ):
        return None
    earliest = rules.earliest_deadline(announcement.transfer, local_day(announcement.published_at), calendar)
    if local_day(announcement.closes_at) >= earliest:
        return None
    hour = announcement.closes_at.astimezone(LOCAL)
    return at_local(calendar.next_workday(earliest), hour.hour, hour.minute)


def delay_deadline(announcement: Announcement, closes_at: datetime, notice: str, *, actor: User, now: datetime) -> None:
    """Move the deadline later because of a holiday notice: a version and a publication of its own; every provider is told.

    Nobody but a bidder knows that there is a bid, so all are told alike; a bid that lies there stays as it is.
    """
    former = announcement.closes_at
    transfer = announcement.transfer
    announcement.closes_at = closes_at
    announcement.publication = publications.publish(
        PublicationKind.ANNOUNCEMENT, announcement, facts_of(announcement), title=transfer.title,
        title_en=transfer.title_en, now=now,
    )  # fmt: skip
    db.session.flush()
    add_version(
        announcement,
        VersionKind.EDITORIAL,
        changes=[{"field": "closes_at", "before": former, "after": closes_at}],
        reason=f"按{notice}公布的放假安排，法定期限顺延",
        actor=actor,
        now=now,
    )
    notices.notify(
        users_with_role(Role.PROVIDER),
        word(
            "公告“{title}”的投标截止时间原为 {before}，按{notice}公布的放假安排改为 {after}。已经提交的投标不受影响。"
        ),
        now=now,
        link=f"/announcements/{announcement.publication.reference}",
        title=transfer.called,
        before=former,
        after=closes_at,
        notice=notice,
    )
