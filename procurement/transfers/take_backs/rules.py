"""When a transfer may be taken back, what a proposal must say, and who answers it until when."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from procurement.foundation.errors import Conflict, DomainError, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.statute import limits
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer, TransferStatus
from procurement.transfers.take_backs.models import TakeBack, TakeBackStatus

# From the handover on a matter is in the hands of its undertaker.
HANDED_OVER = (Step.HANDOVER, Step.PERFORMANCE, Step.SUPERVISION)


@dataclass(frozen=True, slots=True)
class TakeBackTerms:
    """What a proposal says: why, by what, how the service goes on, and what is handed back."""

    reason: str
    basis: str
    arrangements: str
    data: str
    assets: str
    cases: str


# What each part of a proposal is called in a refusal.
PARTS = {
    "reason": word("收回的理由"),
    "basis": word("协议或者法律的依据"),
    "arrangements": word("接续安排"),
    "data": word("交回的数据"),
    "assets": word("交回的资产"),
    "cases": word("交回的在办事件"),
}


def may_be_taken_back(transfer: Transfer) -> bool:
    """Whether a transfer is in the hands of its undertaker: at the handover or beyond, paused or not, and not closed."""
    return transfer.status is not TransferStatus.CLOSED and transfer.step in HANDED_OVER


def ensure_may_be_taken_back(transfer: Transfer, day: date) -> None:
    """Refuse to take back what is closed, or was never handed over."""
    if not may_be_taken_back(transfer):
        raise WrongState(
            word("“{title}”现在是“{state}”，不能收回：签订协议以后、办结以前，才谈得上收回。"),
            title=transfer.called,
            state=transfer.step if transfer.is_on_line and transfer.step is not None else transfer.state,
            article=limits.TAKE_BACK_ORDER.on(day).article,
        )


def ensure_first(standing: TakeBack | None) -> None:
    """Refuse a second proposal while something is still to become of the first."""
    if standing is not None:
        raise Conflict(
            word("“{title}”已有一份收回的提议（{status}），议定或者撤回以后才能再提。"),
            title=standing.transfer.called,
            status=standing.status,
        )


def ensure_said(transfer: Transfer, terms: TakeBackTerms, day: date) -> None:
    """Refuse a proposal that leaves a part of itself open, with every part: nobody ends a contract without grounds.

    Source: 《政府采购法》第五十条 for a purchase (neither party ends the contract at will); the parts are this house's practice.
    """
    faults: list[DomainError] = []
    for part in fields(terms):
        if not getattr(terms, part.name).strip():
            grounds, order = limits.TAKE_BACK_GROUNDS.of(transfer), limits.TAKE_BACK_ORDER
            named = grounds if part.name in ("reason", "basis") else order
            faults.append(
                RuleBroken(
                    word("写明{part}；没有的，写“没有”。"),
                    part=PARTS[part.name],
                    field=part.name,
                    article=named.on(day).article,
                )
            )
    if faults:
        raise Refusals(faults)


def ensure_awaits_answer(take_back: TakeBack) -> None:
    """Refuse an answer to what is decided or withdrawn, and a second one."""
    if not take_back.is_open:
        raise WrongState(word("这份提议现在是“{status}”，不用再陈述意见。"), status=take_back.status)
    if take_back.answered_at is not None:
        raise WrongState(word("您的组织已经陈述过意见，只陈述一次。"))


def ensure_answerable(take_back: TakeBack, answer: str) -> None:
    """Refuse an answer to what is decided or withdrawn, a second one, and an empty one."""
    ensure_awaits_answer(take_back)
    if not answer.strip():
        raise RuleBroken(word("写明陈述的意见。"), field="answer")


def ensure_not_tabled(take_back: TakeBack) -> None:
    """Refuse to withdraw what lies before the joint conference: the members decide on it now."""
    if take_back.status is TakeBackStatus.TABLED:
        raise WrongState(
            word("收回“{title}”的提议已列入联席会议议程，由会议议定，不能再撤回。"), title=take_back.transfer.called
        )


def ensure_decided(standing: TakeBack | None, day: date) -> None:
    """Refuse to close a transfer by the line's end while the conference may still take it back."""
    if standing is not None:
        raise RuleBroken(
            word("“{title}”有一份收回的提议（{status}），议定或者撤回以后才能办结。"),
            title=standing.transfer.called,
            status=standing.status,
            article=limits.TAKE_BACK_ORDER.on(day).article,
        )


def ensure_awaits_conference(take_back: TakeBack) -> None:
    """Refuse to table a proposal that lies before a conference already, or of which something has become."""
    if take_back.status is not TakeBackStatus.PROPOSED:
        raise WrongState(
            word("收回“{title}”的提议现在是“{status}”，不能列入议程。"),
            title=take_back.transfer.called,
            status=take_back.status,
        )
