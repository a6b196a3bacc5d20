"""What an announcement must hold: its periods, who can open its bids, and when it takes them."""

from __future__ import annotations

from datetime import date, datetime

from procurement.foundation.clock import at_local, local_day
from procurement.foundation.errors import OutOfTime, RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed
from procurement.statute import limits
from procurement.statute.clauses import Clause
from procurement.steps.announcement.models import Announcement, AnnouncementDesk, AnnouncementStatus, desks
from procurement.steps.holders import rules as holder_rules
from procurement.transfers import line
from procurement.transfers.line import Happening, Outstanding, Room, Running, Step
from procurement.transfers.models import Method, Transfer, TransferStatus
from procurement.transfers.rules import ScreenedText


def bidding_period(transfer: Transfer, day: date) -> Clause:
    """The floor between publication and the deadline: by method for a purchase, one by practice for other modes."""
    is_tender = transfer.plan.method is Method.OPEN_TENDER
    return (limits.TENDER_PERIOD if is_tender else limits.CONSULTATION_PERIOD).of(transfer).on(day)


def documents_period(transfer: Transfer, day: date) -> Clause | None:
    """How long a purchase's documents must be had; elsewhere the call itself is all there is, open until the deadline."""
    named = limits.DOCUMENTS_PERIOD.of(transfer)
    return named.on(day) if named is not None else None


def _floors_from(transfer: Transfer, day: date) -> list[Clause]:
    documents = documents_period(transfer, day)
    return [bidding_period(transfer, day), *([documents] if documents is not None else [])]


def earliest_deadline(transfer: Transfer, published_on: date, calendar: WorkCalendar) -> date:
    """The first day on which the deadline may lie: the floor's full days, and a purchase's five working days for the documents, must have passed.

    Source: 《政府采购法》第三十五条 (FL-1); 财库〔2014〕214号 for 磋商; 《政府采购法实施条例》第三十一条 (FL-2).
    """
    return _deciding_floor(transfer, published_on, calendar).first_day_after(published_on, calendar)


def _deciding_floor(transfer: Transfer, published_on: date, calendar: WorkCalendar) -> Clause:
    """Of the floors the one that ends later: over a long holiday five working days outlast ten days."""
    return max(_floors_from(transfer, published_on), key=lambda clause: clause.first_day_after(published_on, calendar))


def ensure_deadline(transfer: Transfer, closes_at: datetime, published_on: date, calendar: WorkCalendar) -> None:
    """Refuse a deadline earlier than the law allows for a publication on `published_on`.

    Raises:
        RuleBroken: naming the deadline, the earliest day and the article.
    """
    earliest = earliest_deadline(transfer, published_on, calendar)
    if local_day(closes_at) < earliest:
        clause = _deciding_floor(transfer, published_on, calendar)
        raise RuleBroken(
            word("截止时间 {closes} 太早：{published} 发布，不少于 {period}，最早是 {earliest}。"),
            closes=closes_at,
            published=published_on,
            period=clause,
            earliest=earliest,
            field="closes_at",
            article=clause.article,
        )


def _runs(announcement: Announcement, now: datetime) -> bool:
    return announcement.status is AnnouncementStatus.PUBLISHED and now < announcement.closes_at


def takes_bids(announcement: Announcement, now: datetime) -> bool:
    """Whether a bid may be lodged at `now`: published, strictly before the deadline, its transfer neither paused nor closed."""
    return _runs(announcement, now) and line.is_at(announcement.transfer, Step.COMPETITION)


def may_be_withdrawn(announcement: Announcement, now: datetime) -> bool:
    """Whether a bid may still be taken back: before the deadline, in a pause too, and not once its transfer has ended."""
    return _runs(announcement, now) and announcement.transfer.status is not TransferStatus.CLOSED


def _ensure_published(announcement: Announcement, day: date) -> None:
    if announcement.status is not AnnouncementStatus.PUBLISHED:
        raise OutOfTime(
            word("这份公告现在是“{status}”，不接收投标。"),
            status=announcement.status,
            article=limits.BIDS_CLOSE.of(announcement.transfer).on(day).article,
        )


def ensure_takes_bids(announcement: Announcement, now: datetime) -> None:
    """Refuse a bid at or after the deadline, and while its transfer is paused or once it is closed.

    Raises:
        OutOfTime: naming the deadline and the instant of arrival (87号令 Art. 33; T87-14).
        WrongState: naming where the transfer stands.
    """
    _ensure_published(announcement, local_day(now))
    if now >= announcement.closes_at:
        raise OutOfTime(
            word("投标在 {closes} 截止，您的投标在 {now} 到达，截止时间一到就不再接收。"),
            closes=announcement.closes_at,
            now=now,
            article=limits.BIDS_CLOSE.of(announcement.transfer).on(local_day(now)).article,
        )
    line.ensure_at(announcement.transfer, Step.COMPETITION)


def ensure_calls(announcement: Announcement, now: datetime) -> None:
    """Refuse the page on which a bid is prepared where none can be lodged; nothing has arrived yet that could be late.

    Raises:
        WrongState: naming where the transfer stands.
        OutOfTime: an announcement that has failed, or whose deadline has passed.
    """
    _ensure_published(announcement, local_day(now))
    line.ensure_at(announcement.transfer, Step.COMPETITION)
    if not takes_bids(announcement, now):
        raise OutOfTime(
            word("投标在 {closes} 截止，不再接收。"),
            closes=announcement.closes_at,
            article=limits.BIDS_CLOSE.of(announcement.transfer).on(local_day(now)).article,
        )


def ensure_may_be_withdrawn(announcement: Announcement, now: datetime) -> None:
    """Refuse to take a bid back at or after the deadline, or once its transfer has ended.

    Raises:
        OutOfTime: an announcement that has failed, or naming the deadline.
        WrongState: naming how the transfer ended.
    """
    _ensure_published(announcement, local_day(now))
    if now >= announcement.closes_at:
        raise OutOfTime(
            word("投标在 {closes} 截止，截止以后不能撤回。"),
            closes=announcement.closes_at,
            article=limits.BIDS_CLOSE.of(announcement.transfer).on(local_day(now)).article,
        )
    if not may_be_withdrawn(announcement, now):
        raise WrongState(
            word("“{title}”现在是“{status}”，不能办理这一步的事。"),
            title=announcement.transfer.called,
            status=announcement.transfer.state,
        )


def texts_of(announcement: Announcement) -> list[ScreenedText]:
    """What an announcement says beyond its plan, as it is screened."""
    writers = frozenset({announcement.drafted_by_id, announcement.transfer.officer_id})
    return [
        ScreenedText("summary", word("公告摘要"), announcement.summary, writers),
        ScreenedText("submission_notes", word("对投标文件的要求"), announcement.submission_notes, writers),
    ]


def texts(desk: AnnouncementDesk) -> list[ScreenedText]:
    """What may still be changed before it is published."""
    if desk.announcement is None or desk.announcement.status is not AnnouncementStatus.DRAFT:
        return []
    return texts_of(desk.announcement)


def outstanding(
    transfer: Transfer, desk: AnnouncementDesk, now: datetime, _calendar: WorkCalendar
) -> list[Outstanding]:
    """What ends step 1: three holders with their pairs, a text, its publication."""
    day = local_day(now)
    lacking = holder_rules.outstanding(transfer, desk.holders, day)
    if desk.announcement is None:
        lacking.append(
            Outstanding(
                word("公告还没有起草"), Deed.ANNOUNCEMENT_DRAFT, limits.NOTICE_PERIOD.of(transfer).on(day).article
            )
        )
    elif desk.announcement.status is AnnouncementStatus.DRAFT:
        lacking.append(
            Outstanding(word("公告还没有发布"), Deed.ANNOUNCEMENT_PUBLISH, bidding_period(transfer, day).article)
        )
    return lacking


def ready_to_publish(
    transfer: Transfer, desk: AnnouncementDesk, now: datetime, calendar: WorkCalendar
) -> list[Outstanding]:
    """What is outstanding besides the publication itself."""
    return [item for item in outstanding(transfer, desk, now, calendar) if item.deed is not Deed.ANNOUNCEMENT_PUBLISH]


def floors(transfer: Transfer, announcement: Announcement) -> list[Running]:
    """The floors that run from publication to the deadline."""
    if announcement.published_at is None:
        return []
    published_on = local_day(announcement.published_at)
    titles = (word("公告到投标截止"), word("采购文件提供期限"))
    return [
        Running(title, clause, published_on)
        for title, clause in zip(titles, _floors_from(transfer, published_on), strict=False)
    ]


def clocks(transfer: Transfer, desk: AnnouncementDesk, _now: datetime, _calendar: WorkCalendar) -> list[Running]:
    """The floors that run from publication on."""
    return floors(transfer, desk.announcement) if desk.announcement is not None else []


def settles_at(announcement: Announcement) -> datetime:
    """When the envelopes are known for good: the deadline, and the minute in which what came in time settles."""
    return announcement.closes_at + limits.SETTLING.on(local_day(announcement.closes_at)).span()


def opens_at(announcement: Announcement) -> datetime:
    """The first instant at which the bids may be opened: when they have settled, or the hour it was put off to."""
    return max(settles_at(announcement), announcement.adjourned_to or settles_at(announcement))


def happenings(_transfer: Transfer, desk: AnnouncementDesk, _now: datetime, _calendar: WorkCalendar) -> list[Happening]:
    """The deadline, and the moment the bids may be opened."""
    announcement = desk.announcement
    if announcement is None or announcement.status is not AnnouncementStatus.PUBLISHED:
        return []
    return [Happening(opens_at(announcement), word("投标截止，可以开启"))]


def default_deadline(transfer: Transfer, published_on: date, calendar: WorkCalendar) -> datetime:
    """The deadline a form proposes: half past nine on the first working day that the law allows."""
    day = earliest_deadline(transfer, published_on, calendar)
    while not calendar.is_workday(day):
        day = day.fromordinal(day.toordinal() + 1)
    return at_local(day, *OPENING_HOUR)


# A proposal in a form, which the officer may change: no number of the law.
OPENING_HOUR = (9, 30)

ROOM = Room(Step.ANNOUNCEMENT, desks, outstanding, clocks, happenings, texts)
