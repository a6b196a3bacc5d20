"""What must hold when a published announcement is corrected, amended, extended or withdrawn, and a bid confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from procurement.foundation.clock import at_local, local_day
from procurement.foundation.errors import Conflict, OutOfTime, RuleBroken, WrongState
from procurement.foundation.labels import Labelled, word
from procurement.foundation.workdays import WorkCalendar
from procurement.statute import limits
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement, AnnouncementStatus
from procurement.steps.announcement.rules import OPENING_HOUR, change_period, earliest_after_change
from procurement.steps.competition.models.bids import Bid
from procurement.transfers import line
from procurement.transfers.line import Step
from procurement.transfers.rules import PlanTerms


class WithdrawalGround(Labelled):
    """Why a call is withdrawn before its deadline (87号令29)."""

    CANCELLED = "cancelled", word("因重大变故，采购任务取消")
    NEED_CHANGED = "need-changed", word("需求有重大变化，要重新公告")
    UNLAWFUL = "unlawful", word("发现影响公正的违法、违规行为")


# What an amendment may say anew of the plan; title, budget, method and goals stand as they were adopted.
AMENDABLE = (
    "content", "quantity", "quality", "qualification", "ceiling", "term_months", "criteria", "installments",
)  # fmt: skip

# What the fields of a change are called.
LABELS: Mapping[str, str] = {
    "summary": word("公告摘要"),
    "contact": word("联系人和电话"),
    "submission_notes": word("对投标文件的要求"),
    "content": word("服务内容"),
    "quantity": word("数量"),
    "quality": word("质量标准"),
    "qualification": word("资格条件"),
    "ceiling": word("最高限价"),
    "term_months": word("服务期限"),
    "criteria": word("评分项"),
    "installments": word("各期付款"),
    "closes_at": word("投标截止时间"),
}


def deadline_after_change(announcement: Announcement, day: date, calendar: WorkCalendar) -> datetime:
    """The deadline as it is where enough time is left, else half past nine on the first working day that leaves it."""
    earliest = earliest_after_change(announcement.transfer, day, calendar)
    if local_day(announcement.closes_at) >= earliest:
        return announcement.closes_at
    return at_local(calendar.next_workday(earliest), *OPENING_HOUR)


def ensure_changeable(announcement: Announcement, now: datetime) -> None:
    """Refuse to change what is not published any more, what pauses or has ended, and anything from the deadline on.

    Raises:
        WrongState: naming where it stands.
        OutOfTime: naming the deadline (条例31: a change reaches bidders before it).
    """
    if announcement.status is not AnnouncementStatus.PUBLISHED:
        raise WrongState(word("这份公告现在是“{status}”，不能再改。"), status=announcement.status)
    line.ensure_at(announcement.transfer, Step.COMPETITION)
    if now >= announcement.closes_at:
        raise OutOfTime(
            word("投标在 {closes} 截止，截止以后公告的内容和时间都不能再改。"),
            closes=announcement.closes_at,
            article=change_period(announcement.transfer, local_day(now)).article,
        )


def is_changeable(announcement: Announcement, now: datetime) -> bool:
    """Whether it may be changed at `now`."""
    return announcement_rules.takes_bids(announcement, now)


def ensure_reason(reason: str) -> None:
    """Refuse a change of what everybody has read without a reason that everybody can read."""
    if not reason.strip():
        raise RuleBroken(word("要写明理由，理由随公告公开。"), field="reason")


def ensure_editorial(confirmed: bool, announcement: Announcement, day: date) -> None:
    """Refuse to correct words without the declaration that no bidder has to go by them otherwise (条例31)."""
    if not confirmed:
        raise RuleBroken(
            word("文字更正不能影响投标文件的编制。会影响的，请改用“发布实质变更”，期限和投标的确认随之重算。"),
            field="editorial",
            article=change_period(announcement.transfer, day).article,
        )


def ensure_changed(changes: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a change that changes nothing."""
    if not changes:
        raise RuleBroken(word("与现在的公告相同，没有变化。"), field="reason")


def ensure_more_than_deadline(
    announcement: Announcement, changes: Sequence[Mapping[str, Any]], closes_at: datetime | None
) -> None:
    """Refuse a material change that moves nothing but the deadline: there is a deed for that, which leaves the bids as they are."""
    if not changes and closes_at is not None and closes_at != announcement.closes_at:
        raise RuleBroken(
            word("只有截止时间变了，别的都和现在的公告相同。只改截止时间的，请改用“顺延截止时间”，投标不用重新确认。"),
            field="closes_at",
            article=change_period(announcement.transfer, local_day(announcement.closes_at)).article,
        )


def ensure_deadline_after_change(
    announcement: Announcement, closes_at: datetime, day: date, calendar: WorkCalendar
) -> None:
    """Refuse a deadline that is earlier than the present one, or leaves less after a material change than the law gives."""
    if closes_at != announcement.closes_at:
        ensure_later(announcement, closes_at, day)
        announcement_rules.ensure_on_workday(announcement.transfer, closes_at, day, calendar)
    earliest = earliest_after_change(announcement.transfer, day, calendar)
    if local_day(closes_at) < earliest:
        period = change_period(announcement.transfer, day)
        raise RuleBroken(
            word("截止时间 {closes} 太早：{today} 变更，到截止不少于 {period}，最早是 {earliest}。"),
            closes=closes_at,
            today=day,
            period=period,
            earliest=earliest,
            field="closes_at",
            article=period.article,
        )


def ensure_later(announcement: Announcement, closes_at: datetime, day: date) -> None:
    """Refuse to move a deadline that parties were told of to an earlier instant, or to the same one."""
    if closes_at <= announcement.closes_at:
        raise RuleBroken(
            word("截止时间已经公布为 {closes}，只能往后移；{typed} 不晚于它。"),
            closes=announcement.closes_at,
            typed=closes_at,
            field="closes_at",
            article=limits.DEADLINE_KEPT.on(day).article,
        )


def amended(before: PlanTerms, said: PlanTerms) -> PlanTerms:
    """What a plan says once its amendable fields are said anew."""
    return replace(before, **{name: getattr(said, name) for name in AMENDABLE})


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is not the same, field by field in the order of `LABELS`, each with what it was and what it is."""
    return [
        {"field": name, "before": _told(before[name]), "after": _told(after[name])}
        for name in LABELS
        if name in after and before[name] != after[name]
    ]


def _told(value: Any) -> Any:
    """A value as a version keeps it: rows of a table as objects."""
    if isinstance(value, tuple):
        return [{part.name: getattr(row, part.name) for part in fields(row)} for row in value]
    return value


# ── a bid after a material change ──────────────────────────────────────────────────────────────────────────────────


def ensure_read(announcement: Announcement, seen: int | None) -> None:
    """Refuse a change from a form that was opened before the newest version: it would take back what that one changed.

    Raises:
        Conflict: naming the version that was not seen.
    """
    if seen is not None and seen != announcement.edition:
        raise Conflict(
            word("您打开这一页以后，别人又发布了第 {edition} 版。请先看那一版改了什么，再决定要不要发布这里的内容。"),
            edition=announcement.edition,
        )


def ensure_confirmable(bid: Bid, seen: int, now: datetime) -> None:
    """Refuse to confirm what needs no confirmation, what was read in an older version, and anything from the deadline on.

    Raises:
        OutOfTime: at or after the deadline.
        WrongState: a bid that was made or confirmed for the newest material version.
        Conflict: an announcement that has changed since it was read.
    """
    announcement = bid.announcement
    if announcement_rules.is_over(announcement, now):
        raise OutOfTime(
            word("投标在 {closes} 截止，截止以后不能再确认。"),
            closes=announcement.closes_at,
            article=limits.BIDS_CLOSE.of(announcement.transfer).on(local_day(now)).article,
        )
    announcement_rules.ensure_takes_bids(announcement, now)
    if bid.is_confirmed:
        raise WrongState(word("这份投标已经对应最新的公告，不用确认。"))
    if seen != announcement.edition:
        raise Conflict(word("您打开之后公告又变更过，请看过最新的变更再确认。"))


# ── giving a call up ───────────────────────────────────────────────────────────────────────────────────────────────


def ensure_may_withdraw(announcement: Announcement, reason: str, now: datetime) -> None:
    """Refuse to withdraw a call from its deadline on, or without reasons (87号令29).

    Raises:
        WrongState: naming where it stands.
        OutOfTime: naming the deadline.
        RuleBroken: no reasons.
    """
    if announcement.status is not AnnouncementStatus.PUBLISHED:
        raise WrongState(word("这份公告现在是“{status}”，不能撤回。"), status=announcement.status)
    line.ensure_at(announcement.transfer, Step.COMPETITION)
    article = limits.WITHDRAWAL.of(announcement.transfer).on(local_day(now)).article
    if now >= announcement.closes_at:
        raise OutOfTime(
            word("投标在 {closes} 截止，截止以后不能撤回公告；投标不足的，请宣布流标。"),
            closes=announcement.closes_at,
            article=article,
        )
    if not reason.strip():
        raise RuleBroken(word("撤回公告要写明理由，理由随公告公开。"), field="reason", article=article)
