"""What an announcement must hold: its periods, who can open its bids, and when it takes them."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal

from procurement.foundation.clock import LOCAL, at_local, local_day
from procurement.foundation.errors import Conflict, OutOfTime, RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed
from procurement.registers.files import FileKind
from procurement.statute import limits
from procurement.statute.clauses import Clause
from procurement.statute.modes import words_of
from procurement.steps.announcement.models import (
    Announcement,
    AnnouncementDesk,
    AnnouncementStatus,
    BiddingDocuments,
    VersionKind,
    desks,
)
from procurement.steps.holders import rules as holder_rules
from procurement.steps.preliminaries import rules as before
from procurement.transfers import line, methods, sections
from procurement.transfers.line import Happening, Outstanding, Room, Running, Step
from procurement.transfers.models import Transfer, TransferStatus
from procurement.transfers.rules import ScreenedText, terms_of


def bidding_period(transfer: Transfer, day: date) -> Clause:
    """The floor between publication and the deadline: by method for a purchase, one by practice for other modes."""
    return methods.clause(methods.rules_of(transfer.plan.method, transfer).period, transfer, day)


def documents_period(transfer: Transfer, day: date) -> Clause | None:
    """How long the documents of a tender or a consultation must be had; elsewhere they are had until the deadline."""
    return methods.documents_clause(transfer.plan.method, transfer, day)


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


def ensure_on_workday(transfer: Transfer, closes_at: datetime, day: date, calendar: WorkCalendar) -> None:
    """Refuse a deadline on a day of rest: bids are opened at the same time, by people who are at work (T87-12).

    Raises:
        RuleBroken: naming the next working day.
    """
    if calendar.is_workday(local_day(closes_at)):
        return
    raise RuleBroken(
        word("截止时间 {closes} 是休息日：截止的同时开启，要有人主持，请选工作日，往后最近的是 {following}。"),
        closes=closes_at,
        following=calendar.next_workday(local_day(closes_at)),
        field="closes_at",
        article=limits.OPENING_HOUR.of(transfer).on(day).article,
    )


def change_period(transfer: Transfer, day: date) -> Clause:
    """What must be left to the deadline after a change that may affect the making of bids: 15 days in a tender (条例31, FL-3)."""
    return methods.clause(methods.rules_of(transfer.plan.method, transfer).change, transfer, day)


def earliest_after_change(transfer: Transfer, day: date, calendar: WorkCalendar) -> date:
    """The first day on which the deadline may lie after a material change on `day`."""
    return change_period(transfer, day).first_day_after(day, calendar)


def earliest_lawful(announcement: Announcement, calendar: WorkCalendar) -> date:
    """The first day on which the deadline of a published call may lie: by its publication, and by every material change since."""
    assert announcement.published_at is not None
    transfer = announcement.transfer
    changed = [row.made_at for row in announcement.versions if row.kind is VersionKind.MATERIAL]
    days = [earliest_after_change(transfer, local_day(moment), calendar) for moment in changed]
    return max([earliest_deadline(transfer, local_day(announcement.published_at), calendar), *days])


# ── a pause stops the clock of the bidders ─────────────────────────────────────────────────────────────────────────


def clock_stands(announcement: Announcement) -> bool:
    """Whether its transfer has paused since before its deadline, which moves by the time that the pause takes."""
    transfer = announcement.transfer
    if transfer.status is not TransferStatus.PAUSED or transfer.paused_at is None:
        return False
    return transfer.paused_at < announcement.closes_at


def is_over(announcement: Announcement, now: datetime) -> bool:
    """Whether its deadline has passed for good."""
    return now >= announcement.closes_at and not clock_stands(announcement)


def close_after_pause(
    announcement: Announcement, since: datetime, now: datetime, calendar: WorkCalendar
) -> datetime | None:
    """The deadline with the time given back that a pause took, at the same hour of a working day; None where it took none.

    Never sooner than what publication and material changes leave (a holiday notice may have come in the pause).
    """
    if (
        announcement.status is not AnnouncementStatus.PUBLISHED
        or announcement.published_at is None
        or since >= announcement.closes_at
        or now <= since
    ):
        return None
    return same_hour(announcement, announcement.closes_at + (now - since), calendar)


def same_hour(announcement: Announcement, moment: datetime, calendar: WorkCalendar) -> datetime:
    """The hour of the deadline on the first working day that is lawful and not before `moment`."""
    hour = announcement.closes_at.astimezone(LOCAL)
    day = max(local_day(moment), earliest_lawful(announcement, calendar))
    if at_local(day, hour.hour, hour.minute) < moment:
        day = day.fromordinal(day.toordinal() + 1)
    return at_local(calendar.next_workday(day), hour.hour, hour.minute)


def _runs(announcement: Announcement, now: datetime) -> bool:
    return announcement.status is AnnouncementStatus.PUBLISHED and not is_over(announcement, now)


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
    if is_over(announcement, now):
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
    if is_over(announcement, now):
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


def texts_of_documents(documents: BiddingDocuments | None) -> list[ScreenedText]:
    """What the officer has written into the bidding documents, as it is screened."""
    if documents is None or not documents.text:
        return []
    writers = frozenset({documents.completed_by_id or documents.assembled_by_id, documents.transfer.officer_id})
    return [ScreenedText("documents", words_of(documents.transfer).papers, documents.text, writers)]


def texts(desk: AnnouncementDesk) -> list[ScreenedText]:
    """What may still be changed before it is published."""
    if desk.announcement is None or desk.announcement.status is not AnnouncementStatus.DRAFT:
        return []
    return [*texts_of(desk.announcement), *texts_of_documents(desk.documents)]


def digest_of(announcement: Announcement) -> str:
    """SHA-256 of everything the bidding documents are assembled from: the plan, section by section, and the text."""
    terms = terms_of(announcement.transfer.plan)
    told = [
        *(sections.digest_of(terms, section) for section in sections.Section),
        announcement.summary,
        announcement.submission_notes,
        announcement.contact,
        announcement.closes_at.isoformat(),
        announcement.security.fen,
        announcement.attempt,
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def ensure_documents_as_printed(announcement: Announcement, seen: str) -> None:
    """Refuse documents that were printed from what plan or text no longer say.

    Raises:
        Conflict: when either has changed since they were printed.
    """
    if seen != digest_of(announcement):
        raise Conflict(word("方案或公告在打印文件的同时改过，请看现在的内容，再生成一次。"))


def ensure_may_complete(documents: BiddingDocuments, kind: FileKind) -> None:
    """Refuse a completed file of another kind, or for documents that plan and text have left behind."""
    if kind not in KINDS_OF_DOCUMENTS:
        raise RuleBroken(
            word("上传的文件是{kind}，应是：{kinds}。"), kind=kind, kinds=KINDS_OF_DOCUMENTS, field="document"
        )
    if documents.digest != digest_of(documents.announcement):
        raise RuleBroken(word("公告改过，文件要先重新生成，再在新的上面补充。"), field="document")


KINDS_OF_DOCUMENTS = (FileKind.DOCX, FileKind.PDF)


def most_security(transfer: Transfer, day: date) -> Money:
    """The most that may be asked as bid security: two percent of the budget (条例33, MP-1)."""
    share = Decimal(limits.BID_SECURITY_MOST.of(transfer).on(day).amount) / 100
    return transfer.plan.budget.share(share)


def ensure_security(transfer: Transfer, security: Money, day: date) -> None:
    """Refuse a bid security below nothing or over its cap.

    Raises:
        RuleBroken: naming the amount, the cap and the article (条例33, MP-1; MT-8).
    """
    clause, most = limits.BID_SECURITY_MOST.of(transfer).on(day), most_security(transfer, day)
    if not Money(0) <= security <= most:
        raise RuleBroken(
            word("投标保证金 {security}，应在零到 {most} 之间：不超过预算 {budget} 的 {percent}%。不收的不填。"),
            security=security,
            most=most,
            budget=transfer.plan.budget,
            percent=clause.amount,
            field="security",
            article=clause.article,
        )


def outstanding(transfer: Transfer, desk: AnnouncementDesk, now: datetime, calendar: WorkCalendar) -> list[Outstanding]:
    """What ends step 1: what is public before, three holders with their pairs, a text, the bidding documents, its publication."""
    day = local_day(now)
    lacking = [
        *before.outstanding(transfer, desk.preliminaries, day),
        *holder_rules.outstanding(transfer, desk.holders, day),
    ]
    if desk.announcement is None:
        lacking.append(
            Outstanding(
                word("公告还没有起草"), Deed.ANNOUNCEMENT_DRAFT, limits.NOTICE_PERIOD.of(transfer).on(day).article
            )
        )
    elif desk.announcement.status is AnnouncementStatus.DRAFT:
        article = bidding_period(transfer, day).article
        if desk.documents is None:
            lack = word("采购文件还没有生成") if transfer.is_purchase else word("征集文件还没有生成")
            lacking.append(Outstanding(lack, Deed.DOCUMENTS_ASSEMBLE, article))
        elif desk.documents.digest != digest_of(desk.announcement):
            lack = (
                word("公告改过，采购文件还没有重新生成")
                if transfer.is_purchase
                else word("公告改过，征集文件还没有重新生成")
            )
            lacking.append(Outstanding(lack, Deed.DOCUMENTS_ASSEMBLE, article))
        since = before.earliest_announcement(desk.preliminaries, transfer, calendar)
        lacking.append(Outstanding(word("公告还没有发布"), Deed.ANNOUNCEMENT_PUBLISH, article, since=since))
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


def clocks(transfer: Transfer, desk: AnnouncementDesk, now: datetime, calendar: WorkCalendar) -> list[Running]:
    """What must be public before, and the floors that run from publication on."""
    running = before.clocks(transfer, desk.preliminaries, local_day(now), calendar)
    return [*running, *(floors(transfer, desk.announcement) if desk.announcement is not None else [])]


def settles_at(announcement: Announcement) -> datetime:
    """When the envelopes are known for good: the deadline, and the minute in which what came in time settles."""
    return announcement.closes_at + limits.SETTLING.on(local_day(announcement.closes_at)).span()


def opens_at(announcement: Announcement) -> datetime:
    """The first instant at which the bids may be opened: when they have settled, or the hour it was put off to."""
    return max(settles_at(announcement), announcement.adjourned_to or settles_at(announcement))


def happenings(transfer: Transfer, desk: AnnouncementDesk, _now: datetime, calendar: WorkCalendar) -> list[Happening]:
    """The day from which it may be published, the deadline, and the moment the bids may be opened."""
    announcement = desk.announcement
    if announcement is None or announcement.status is not AnnouncementStatus.PUBLISHED:
        return before.happenings(transfer, desk.preliminaries, calendar)
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
