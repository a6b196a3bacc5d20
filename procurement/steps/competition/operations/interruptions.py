"""What bidders are told when their transfer pauses, goes on or ends: parts of the deeds that do it, never deeds of their own.

Until the opening nobody but the bidder knows that there is a bid: each is told alone, and no page or line says who was.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procurement.foundation.clock import LOCAL
from procurement.foundation.labels import word
from procurement.registers import notices
from procurement.registers.people import User, system_user
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.delays import move_deadline
from procurement.steps.announcement.models import Announcement, AnnouncementStatus, VersionKind, current_announcement
from procurement.steps.announcement.published.models import followers_of
from procurement.steps.announcement.published.operations import address_of_call
from procurement.steps.announcement.rules import clock_stands, close_after_pause
from procurement.steps.competition.models.bids import active_bids, signatories
from procurement.steps.competition.models.opening import commitment_of
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer


def tell_of_pause(transfer: Transfer, now: datetime) -> None:
    """Tell each bidder that what they bid for waits for the joint conference because of a new list."""
    if transfer.step is Step.COMPETITION:
        _tell_bidders(
            transfer,
            word("您投标的“{title}”因新的负面清单暂停，等联席会议确认或者终止；在此以前不接收也不开启投标。"),
            now,
        )


def tell_of_resolution(transfer: Transfer, now: datetime) -> None:
    """Tell each bidder what the joint conference has made of a pause: that it goes on, that it ended; nothing while it waits."""
    if transfer.is_on_line and transfer.step is Step.COMPETITION:
        _tell_bidders(transfer, word("联席会议确认您投标的“{title}”继续办理。"), now)
    elif transfer.end_notice is not None:
        _tell_bidders(
            transfer,
            word("联席会议终止了您投标的“{title}”，理由见终止公告。"),
            now,
            reference=transfer.end_notice.reference,
        )


def tell_of_pause_by_hand(transfer: Transfer, now: datetime) -> None:
    """Tell each bidder, and whoever follows the call, that it pauses and that the time it takes is given back."""
    announcement = current_announcement(transfer) if transfer.step is Step.COMPETITION else None
    if announcement is None or announcement.status is not AnnouncementStatus.PUBLISHED:
        return
    _tell_concerned(
        announcement,
        word("“{title}”暂停办理，恢复以前不接收也不开启投标；暂停占去的投标时间，恢复时补足。")
        if clock_stands(announcement)
        else word("“{title}”暂停办理，恢复以前不开启、不评审。"),
        now,
    )


def give_back_time(transfer: Transfer, since: datetime, now: datetime) -> datetime | None:
    """Move the deadline by the time that a pause took of it, and tell whoever counts on it; the new deadline, or None.

    What had its list committed to before stays closed: what was in at the deadline does not change any more.
    """
    announcement = current_announcement(transfer) if transfer.step is Step.COMPETITION else None
    if announcement is None or announcement.status is not AnnouncementStatus.PUBLISHED:
        return None
    closes_at = close_after_pause(announcement, since, now, working_calendar())
    if closes_at is None or commitment_of(announcement) is not None:
        _tell_concerned(announcement, word("“{title}”恢复办理。"), now)
        return None
    reason = f"事项从{_written(since)}暂停到{_written(now)}，补足暂停占去的时间"
    move_deadline(announcement, closes_at, VersionKind.EXTENSION, reason, actor=system_user(), now=now)
    _tell_concerned(
        announcement,
        word(
            "“{title}”恢复办理，补足暂停占去的时间，投标截止时间改为 {closes}。已经提交的投标不用重新提交；公告有实质变更还没有确认的，仍要在截止以前确认。"
        ),
        now,
        closes=closes_at,
    )
    return closes_at


def _written(moment: datetime) -> str:
    """An instant in the Chinese of a reason that is published."""
    local = moment.astimezone(LOCAL)
    return f"{local.year}年{local.month}月{local.day}日{local.hour}:{local.minute:02}"


def concerned(announcement: Announcement) -> list[User]:
    """Who follows an announcement or took its papers away, and who signs for each sealed bid: nobody learns of the others."""
    signing = signatories(active_bids(announcement))
    return [*followers_of(announcement), *(person for _bid, people in signing for person in people)]


def _tell_concerned(announcement: Announcement, message: str, now: datetime, **values: Any) -> None:
    notices.notify(
        concerned(announcement),
        message,
        now=now,
        link=address_of_call(announcement),
        title=announcement.transfer.called,
        **values,
    )


def _tell_bidders(transfer: Transfer, message: str, now: datetime, *, reference: str = "") -> None:
    """A notice to those who sign for each organisation whose bid was not withdrawn, leading to what is public of it."""
    announcement = current_announcement(transfer)
    if announcement is None or announcement.publication is None:
        return
    for _bid, people in signatories(active_bids(announcement)):
        notices.notify(
            people,
            message,
            now=now,
            link=f"/announcements/{reference or announcement.publication.reference}",
            title=transfer.called,
        )
