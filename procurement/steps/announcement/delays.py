"""A published deadline that moves later by no deed of its own: a holiday notice left it too early, or a pause took its time."""

from __future__ import annotations

from datetime import datetime

from procurement.foundation.clock import local_day
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers import notices
from procurement.registers.people import Role, User, users_with_role
from procurement.steps.announcement import rules
from procurement.steps.announcement.models import Announcement, AnnouncementStatus, VersionKind
from procurement.steps.announcement.operations import publish_version


def lawful_deadline(announcement: Announcement, now: datetime, calendar: WorkCalendar) -> datetime | None:
    """The deadline to which a running call must move, at the same hour of the first working day allowed; None where it may stand.

    What publication leaves is asked for, and what every material change since leaves.
    """
    if (
        announcement.status is not AnnouncementStatus.PUBLISHED
        or announcement.published_at is None
        or now >= announcement.closes_at
        or local_day(announcement.closes_at) >= rules.earliest_lawful(announcement, calendar)
    ):
        return None
    return rules.same_hour(announcement, announcement.closes_at, calendar)


def move_deadline(
    announcement: Announcement, closes_at: datetime, kind: VersionKind, reason: str, *, actor: User, now: datetime
) -> datetime:
    """Move the deadline of a published call later for a reason that is nobody's deed: a version and a publication of its own.

    A bid that lies there stays as it is. Returns the former deadline.
    """
    former, announcement.closes_at = announcement.closes_at, closes_at
    changes = [{"field": "closes_at", "before": former, "after": closes_at}]
    publish_version(announcement, kind, changes, reason, actor=actor, now=now)
    return former


def delay_deadline(announcement: Announcement, closes_at: datetime, notice: str, *, actor: User, now: datetime) -> None:
    """Move the deadline later because of a holiday notice; every provider is told.

    Nobody but a bidder knows that there is a bid, so all are told alike.
    """
    reason = f"按{notice}公布的放假安排，法定期限顺延"
    former = move_deadline(announcement, closes_at, VersionKind.EDITORIAL, reason, actor=actor, now=now)
    assert announcement.publication is not None
    notices.notify(
        users_with_role(Role.PROVIDER),
        word(
            "公告“{title}”的投标截止时间原为 {before}，按{notice}公布的放假安排改为 {after}。"
            "已经提交的投标不用重新提交；公告有实质变更还没有确认的，仍要在截止以前确认。"
        ),
        now=now,
        link=f"/announcements/{announcement.publication.reference}",
        title=announcement.transfer.called,
        before=former,
        after=closes_at,
        notice=notice,
    )
