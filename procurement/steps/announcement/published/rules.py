"""What must hold of a published announcement: its notice in the medium, enquiries and their answers, who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from urllib.parse import urlsplit

from procurement.foundation.clock import local_day
from procurement.foundation.errors import Article, OutOfTime, RuleBroken, WrongState, ensure_all
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.statute import limits
from procurement.statute.clauses import Clause
from procurement.steps.announcement.models import Announcement, AnnouncementStatus, AnnouncementVersion, VersionKind
from procurement.steps.announcement.published.models import Enquiry, MediumChange, MediumNotice, Published
from procurement.steps.announcement.rules import change_period, is_over
from procurement.transfers import line
from procurement.transfers.line import Outstanding, Running, Step
from procurement.transfers.models import Method, Transfer
from procurement.transfers.rules import ScreenedText

_OF_PUBLIC_CALLS = frozenset({Method.OPEN_TENDER, Method.CONSULTATION})

# ── the designated medium ──────────────────────────────────────────────────────────────────────────────────────────


def needs_medium(transfer: Transfer) -> bool:
    """Whether its announcement must stand its time on the designated medium, before which nothing is opened (T87-1, 101号令).

    That of a tender and of a consultation of a purchase must. A negotiation gives three working days in all (74号令), a single
    source has its own notice before, and what is below the threshold and a local call need none.
    """
    return limits.MEDIUM.of(transfer) is not None and transfer.plan.method in _OF_PUBLIC_CALLS


def _medium(transfer: Transfer, day: date) -> Clause:
    named = limits.MEDIUM.of(transfer)
    assert named is not None
    return named.on(day)


def ensure_medium_notice(
    announcement: Announcement,
    former: Sequence[MediumNotice],
    published_on: date,
    address: str,
    reason: str,
    day: date,
) -> None:
    """Refuse what cannot be the announcement's first publication on the designated medium, and a second correction.

    Raises:
        WrongState: a call that is no purchase, one that is not published or has been given up, or a second correction.
        RuleBroken: a day before the announcement or after today, an address that is none, a correction without its reason
            or that changes nothing (T87-1, 101号令).
    """
    transfer = announcement.transfer
    if not needs_medium(transfer):
        raise WrongState(word("只有政府购买服务的公告要在指定媒体发布，这一件不用登记。"))
    if announcement.status is not AnnouncementStatus.PUBLISHED or announcement.published_at is None:
        raise WrongState(word("这份公告现在是“{status}”，不能登记指定媒体上的发布。"), status=announcement.status)
    if len(former) > 1:
        raise WrongState(word("指定媒体上的发布已经更正过一次，不能再改。"))
    first, article = local_day(announcement.published_at), _medium(transfer, day).article
    ensure_all(lambda: _ensure_day(published_on, first, day, article), lambda: ensure_address(address))
    if former and not reason.strip():
        raise RuleBroken(word("更正已经登记的发布日期或者网址，要写明理由。"), field="reason")
    if former and (former[-1].published_on, former[-1].address) == (published_on, address.strip()):
        raise RuleBroken(word("日期和网址与已经登记的相同，没有变化。"), field="address")


def _ensure_day(published_on: date, first: date, day: date, article: Article) -> None:
    if not first <= published_on <= day:
        raise RuleBroken(
            word("在指定媒体发布的日期 {typed} 应在这一版公布的 {first} 到今天 {today} 之间。"),
            typed=published_on,
            first=first,
            today=day,
            field="published_on",
            article=article,
        )


def ensure_address(address: str) -> None:
    """Refuse what is no address of a page that everybody can open."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or "." not in (parts.hostname or "") or any(char.isspace() for char in address.strip()):
        raise RuleBroken(word("“{typed}”不是网址。请填以 https:// 开头的完整网址。"), typed=address, field="address")


def ensure_medium_change(
    version: AnnouncementVersion, entered: MediumChange | None, published_on: date, address: str, day: date
) -> None:
    """Refuse what cannot be a later version's publication on the designated medium, and a second entry.

    Raises:
        WrongState: what `ensure_may_enter_change` refuses.
        RuleBroken: a day before the version or after today, or an address that is none (101号令).
    """
    ensure_may_enter_change(version, entered)
    first, article = local_day(version.made_at), _medium(version.transfer, day).article
    ensure_all(lambda: _ensure_day(published_on, first, day, article), lambda: ensure_address(address))


def ensure_may_enter_change(version: AnnouncementVersion, entered: MediumChange | None) -> None:
    """Refuse an entry of what does not go to the designated medium, or has been entered.

    Raises:
        WrongState: a call that needs no medium, one that is not published any more, the first version, or one entered before.
    """
    announcement, transfer = version.announcement, version.transfer
    if not needs_medium(transfer) or version.kind is VersionKind.FIRST:
        raise WrongState(word("只有政府购买服务的公告发布以后的变更，才在这里登记。"))
    if announcement.status is not AnnouncementStatus.PUBLISHED:
        raise WrongState(word("这份公告现在是“{status}”，不能登记指定媒体上的发布。"), status=announcement.status)
    if entered is not None:
        raise WrongState(word("第 {number} 版在指定媒体的发布已经登记。"), number=version.number)


def versions_for_medium(announcement: Announcement, published: Published) -> list[AnnouncementVersion]:
    """The later versions that the designated medium has not published yet, as far as is entered; what was changed before
    the first notice was entered there went out with it.
    """
    first = published.first_entered_at
    if first is None or not needs_medium(announcement.transfer):
        return []
    return [row for row in published.later if row.made_at >= first]


def notice_running(announcement: Announcement, notice: MediumNotice | None) -> Running | None:
    """The period of the notice as a clock: it does not run before the notice has appeared on the designated medium (T87-1)."""
    transfer = announcement.transfer
    if announcement.published_at is None or not needs_medium(transfer):
        return None
    if notice is None:
        clause = limits.NOTICE_PERIOD.of(transfer).on(local_day(announcement.published_at))
        return Running(word("公告期限"), clause, None, waits=word("还没有登记在指定媒体的发布，期限没有起算。"))
    clause = limits.NOTICE_PERIOD.of(transfer).on(notice.published_on)
    return Running(word("公告期限"), clause, notice.published_on)


def notice_over(announcement: Announcement, notice: MediumNotice, calendar: WorkCalendar) -> date:
    """The first day after the period of the notice, counted from its day on the designated medium (T87-1)."""
    clause = limits.NOTICE_PERIOD.of(announcement.transfer).on(notice.published_on)
    return clause.first_day_after(notice.published_on, calendar)


def is_too_short(announcement: Announcement, notice: MediumNotice, calendar: WorkCalendar) -> bool:
    """Whether the period of the notice ends after the deadline, which then has to move."""
    return local_day(announcement.closes_at) < notice_over(announcement, notice, calendar)


# ── enquiries ──────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_may_ask(announcement: Announcement) -> None:
    """Refuse a question about a call that is not published or has been given up, or whose result is out already.

    Raises:
        WrongState: naming where it stands.
    """
    transfer = announcement.transfer
    if announcement.status is not AnnouncementStatus.PUBLISHED:
        raise WrongState(word("这份公告现在是“{status}”，不再接受询问。"), status=announcement.status)
    if not takes_questions(announcement):
        raise WrongState(
            word("“{title}”现在是“{status}”，不再接受询问。"), title=transfer.called, status=transfer.state
        )


def takes_questions(announcement: Announcement) -> bool:
    """Whether a question may be asked: from the publication to the result, before and after the deadline (条例52)."""
    is_called = announcement.status is AnnouncementStatus.PUBLISHED
    return is_called and line.is_at(announcement.transfer, Step.COMPETITION)


def ensure_question(text: str, unanswered: int, day: date) -> None:
    """Refuse a question that says nothing, and one more of an organisation that has enough `unanswered` ones.

    Raises:
        RuleBroken: naming how many may wait for their answer at a time.
    """
    if not text.strip():
        raise RuleBroken(word("请写明要问什么。"), field="question")
    most = limits.ENQUIRIES_AT_A_TIME.on(day)
    if unanswered >= most.amount:
        raise RuleBroken(
            word(
                "贵组织对这份公告还有 {unanswered} 个询问没有答复，最多 {most} 个；答复以后再问，或者并到一个询问里。"
            ),
            field="question",
            unanswered=unanswered,
            most=most.amount,
            article=most.article,
        )


def ensure_answer(enquiry: Enquiry, public_question: str, answer: str) -> None:
    """Refuse a second answer, an empty one, and a question that is published as nothing.

    Raises:
        WrongState: what has been answered stands.
    """
    if not enquiry.is_open:
        raise WrongState(word("这个询问已经答复并公开，不能再改；有新的说明，请更正公告。"))
    if not public_question.strip():
        raise RuleBroken(word("公开的问题不能空着：可以改写到看不出是谁问的。"), field="public_question")
    if not answer.strip():
        raise RuleBroken(word("请写明答复。"), field="answer")


def ensure_may_change_what_is_asked(announcement: Announcement, is_material: bool, now: datetime) -> None:
    """Refuse an answer that changes what is asked for once the deadline has passed: no bid could follow it any more (条例31).

    Raises:
        OutOfTime: naming the deadline.
    """
    if is_material and is_over(announcement, now):
        raise OutOfTime(
            word("投标已在 {closes} 截止，答复不能再改变采购要求：要求有误的，不再往下办，重新公告。"),
            closes=announcement.closes_at,
            field="is_material",
            article=change_period(announcement.transfer, local_day(now)).article,
        )


def texts_of_answer(writer: User, public_question: str, answer: str) -> list[ScreenedText]:
    """What everybody reads of an enquiry, as it is screened."""
    writers = frozenset({writer.id})
    return [
        ScreenedText("public_question", word("公开的问题"), public_question, writers),
        ScreenedText("answer", word("答复"), answer, writers),
    ]


def answer_period(transfer: Transfer, day: date) -> Clause:
    """How long an answer may take (条例52, CK-9)."""
    return limits.ANSWER_ENQUIRY.of(transfer).on(day)


def answer_due(enquiry: Enquiry, calendar: WorkCalendar) -> date:
    """The last day to answer, counted from the day it was asked."""
    asked = local_day(enquiry.asked_at)
    return answer_period(enquiry.transfer, asked).last_day(asked, calendar)


# ── the opening waits ──────────────────────────────────────────────────────────────────────────────────────────────


def ensure_opening_unheld(
    announcement: Announcement, published: Published, now: datetime, calendar: WorkCalendar
) -> None:
    """Refuse to open while the notice has not stood its time on the designated medium, or an enquiry waits for its answer.

    One that was asked from the deadline on has its answer within its time, and holds nothing up: nobody puts off an opening
    by asking.

    Raises:
        OutOfTime: a period of the notice that has not begun, or is not over (T87-1).
        RuleBroken: an enquiry from before the deadline without its answer; how many there are is not said (条例52).
    """
    transfer, day = announcement.transfer, local_day(now)
    period = limits.NOTICE_PERIOD.of(transfer).on(day)
    if needs_medium(transfer):
        if published.notice is None:
            raise OutOfTime(
                word(
                    "还没有登记公告在指定媒体的发布，公告期限 {period} 没有起算，不能开启。请经办人登记发布日期和网址。"
                ),
                period=period,
                article=period.article,
            )
        over = notice_over(announcement, published.notice, calendar)
        if day < over:
            raise OutOfTime(
                word("公告 {published} 在指定媒体发布，公告期限不少于 {period}，{over} 起才能开启。"),
                published=published.notice.published_on,
                period=period,
                over=over,
                article=period.article,
            )
    if published.waiting is not None and published.waiting.asked_at < announcement.closes_at:
        raise RuleBroken(
            word("还有询问没有答复，答复以后才能开启。请经办人先答复。"), article=answer_period(transfer, day).article
        )


def outstanding(
    announcement: Announcement, published: Published, now: datetime, calendar: WorkCalendar, *, is_opened: bool
) -> list[Outstanding]:
    """What an announcement still needs once it is public: until the opening its notice in the medium and a deadline that
    leaves it time, always the answers to what is asked.
    """
    transfer, day = announcement.transfer, local_day(now)
    lacking = [] if is_opened else _outstanding_in_medium(announcement, published.notice, now, calendar)
    if published.waiting is not None:
        lacking.append(
            Outstanding(
                word("有询问还没有答复"),
                Deed.ENQUIRY_ANSWER,
                answer_period(transfer, day).article,
                answer_due(published.waiting, calendar),
                target=published.waiting.id,
            )
        )
    return lacking


def outstanding_changes(announcement: Announcement, published: Published, day: date) -> list[Outstanding]:
    """The later versions that are still to be entered as published on the designated medium; no step waits for them."""
    return [
        Outstanding(
            word("第 {number} 版（{kind}）的更正公告在指定媒体的发布还没有登记"),
            Deed.MEDIUM_CHANGE_ENTER,
            _medium(announcement.transfer, day).article,
            values={"number": row.number, "kind": row.kind},
            target=row.id,
        )
        for row in versions_for_medium(announcement, published)
    ]


def _outstanding_in_medium(
    announcement: Announcement, notice: MediumNotice | None, now: datetime, calendar: WorkCalendar
) -> list[Outstanding]:
    transfer = announcement.transfer
    article = limits.NOTICE_PERIOD.of(transfer).on(local_day(now)).article
    if notice is None:
        lack = word("公告在指定媒体的发布还没有登记，公告期限没有起算")
        return [Outstanding(lack, Deed.MEDIUM_NOTICE_ENTER, article)] if needs_medium(transfer) else []
    if now >= announcement.closes_at or not is_too_short(announcement, notice, calendar):
        return []
    lack = word("公告期限到投标截止时还没有满，截止时间要顺延到 {over} 或者以后")
    over = notice_over(announcement, notice, calendar)
    return [Outstanding(lack, Deed.DEADLINE_EXTEND, article, announcement.closes_at, values={"over": over})]


# ── who is told of a new call ──────────────────────────────────────────────────────────────────────────────────────


def follows(codes: Sequence[str], code: str) -> bool:
    """Whether one of the codes is this one or stands above it: 0114 stands above 011401."""
    return any(code.startswith(followed) for followed in codes)


def told_of(code: str, providers: Sequence[User], subscribers: Mapping[int, tuple[User, Sequence[str]]]) -> list[User]:
    """Who is told of a call under a code: who follows it, and every provider's user who follows nothing in particular."""
    everyone = [person for person in providers if person.id not in subscribers]
    return [*everyone, *(person for person, codes in subscribers.values() if follows(codes, code))]


def ensure_may_follow(announcement: Announcement) -> None:
    """Refuse to follow what has been given up or is not public: nothing of it changes any more, or nobody may know of it."""
    if announcement.status is not AnnouncementStatus.PUBLISHED:
        raise WrongState(word("这份公告现在是“{status}”，不会再有变化。"), status=announcement.status)


def ensure_followable(code: str, *, known: bool, held: bool) -> None:
    """Refuse to follow a code that the catalogue does not have, or one that is followed already."""
    if not known:
        raise RuleBroken(word("购买服务目录里没有编码 {code}。"), code=code, field="code")
    if held:
        raise RuleBroken(word("您已经关注 {code}。"), code=code, field="code")
