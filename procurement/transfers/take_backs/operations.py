"""What people do before a transfer is taken back, and what follows for it from the conference's resolution."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import word
from procurement.registers import access, audit, notices
from procurement.registers.access import Deed
from procurement.registers.budgets import operations as budgets
from procurement.registers.people import Role, User, users_with_role
from procurement.registers.publications import PublicationKind
from procurement.transfers.models import Ending, Resolution, Transfer
from procurement.transfers.operations import end_for_good, publish_end
from procurement.transfers.take_backs import rules
from procurement.transfers.take_backs.models import TAKE_BACK_MOVES, TakeBack, TakeBackStatus, open_take_back_of
from procurement.transfers.take_backs.rules import TakeBackTerms


def address_of(transfer: Transfer) -> str:
    """The page of the proposals on a transfer, for the link in a notice."""
    return f"/transfers/{transfer.id}/take-backs"


def _undertaker(transfer: Transfer) -> list[User]:
    return list(users_with_role(Role.PROVIDER, organisation_id=transfer.provider_id))


def _tell(people: list[User], take_back: TakeBack, message: str, now: datetime, **values: Any) -> None:
    transfer = take_back.transfer
    notices.notify(people, message, now=now, link=address_of(transfer), title=transfer.called, **values)


def propose_take_back(transfer: Transfer, terms: TakeBackTerms, *, actor: User, now: datetime) -> TakeBack:
    """Propose to take a transfer back from its undertaker, who may answer; only the joint conference takes it back.

    Raises:
        WrongState: before the handover, or once it is closed.
        Conflict: a proposal stands already.
        Refusals: every part of the proposal that lacks.
    """
    access.require(actor, Deed.TAKE_BACK_PROPOSE, transfer)

    day = local_day(now)
    rules.ensure_may_be_taken_back(transfer, day)
    rules.ensure_first(open_take_back_of(transfer))
    rules.ensure_said(transfer, terms, day)

    take_back = TakeBack(
        transfer=transfer,
        status=TakeBackStatus.PROPOSED,
        reason=terms.reason.strip(),
        basis=terms.basis.strip(),
        arrangements=terms.arrangements.strip(),
        data=terms.data.strip(),
        assets=terms.assets.strip(),
        cases=terms.cases.strip(),
        proposed_by=actor,
        proposed_at=now,
    )
    db.session.add(take_back)
    db.session.flush()
    _tell(
        _undertaker(transfer), take_back, word("提议收回“{title}”：{reason}。联席会议议定以前，您可以陈述意见。"), now,
        reason=take_back.reason.removesuffix("。"),
    )  # fmt: skip
    _tell(list(users_with_role(Role.MEMBER)), take_back, word("收回“{title}”的提议等着联席会议审议。"), now)

    audit.record(
        Deed.TAKE_BACK_PROPOSE,
        take_back,
        actor=actor,
        now=now,
        take_back=take_back.id,
        reason=take_back.reason,
        basis=take_back.basis,
        step=transfer.step,
    )
    return take_back


def answer_take_back(take_back: TakeBack, answer: str, *, actor: User, now: datetime) -> None:
    """State the undertaker's view of a proposal, once, until the conference has decided.

    Raises:
        WrongState: a proposal that is decided or withdrawn, or has been answered.
    """
    access.require(actor, Deed.TAKE_BACK_ANSWER, take_back)

    rules.ensure_answerable(take_back, answer)

    take_back.answer, take_back.answered_by, take_back.answered_at = answer.strip(), actor, now
    _tell([take_back.transfer.officer], take_back, word("承接方就收回“{title}”陈述了意见。"), now)

    audit.record(
        Deed.TAKE_BACK_ANSWER, take_back, actor=actor, now=now, take_back=take_back.id, answer=take_back.answer
    )


def withdraw_take_back(take_back: TakeBack, reason: str, *, actor: User, now: datetime) -> None:
    """Withdraw a proposal before it lies before a conference; another one may follow."""
    access.require(actor, Deed.TAKE_BACK_WITHDRAW, take_back)

    rules.ensure_not_tabled(take_back)
    TAKE_BACK_MOVES.ensure_open(Deed.TAKE_BACK_WITHDRAW, take_back)
    if not reason.strip():
        raise RuleBroken(word("撤回提议要写明理由。"), field="reason")

    TAKE_BACK_MOVES.move(Deed.TAKE_BACK_WITHDRAW, take_back)
    take_back.end_reason, take_back.ended_at = reason.strip(), now
    _tell(_undertaker(take_back.transfer), take_back, word("收回“{title}”的提议撤回了：{reason}"), now, reason=reason)

    audit.record(Deed.TAKE_BACK_WITHDRAW, take_back, actor=actor, now=now, take_back=take_back.id, reason=reason)


# ── before the conference: parts of its deeds, never deeds of their own ────────────────────────────────────────────


def table_take_back(take_back: TakeBack, now: datetime) -> None:
    """Put a proposal before the joint conference; its undertaker may still answer it.

    Raises:
        WrongState: a proposal that lies before a conference already, or of which something has become.
    """
    rules.ensure_awaits_conference(take_back)

    TAKE_BACK_MOVES.move(Deed.CONFERENCE_CONVENE, take_back)
    _tell(_undertaker(take_back.transfer), take_back, word("收回“{title}”的提议列入了联席会议议程。"), now)


def adopt_take_back(take_back: TakeBack, resolution: Resolution, now: datetime) -> None:
    """Take a transfer back: it ends where it stands, what was not spent of its money is free, and everybody is told.

    Raises:
        WrongState: a transfer that has been closed meanwhile.
    """
    transfer = take_back.transfer
    rules.ensure_may_be_taken_back(transfer, local_day(now))

    TAKE_BACK_MOVES.move(Deed.ITEM_RESOLVE, take_back)
    _decided(take_back, resolution, now)
    end_for_good(transfer, Ending.TAKEN_BACK, take_back.reason, resolution, now)
    budgets.settle(transfer.chain_key)
    transfer.end_notice = publish_end(
        transfer,
        PublicationKind.TAKE_BACK_NOTICE,
        {"basis": take_back.basis, "arrangements": take_back.arrangements},
    )
    people = [transfer.officer, *_undertaker(transfer)]
    _tell(
        people,
        take_back,
        word("联席会议决定收回“{title}”（{number}），请按接续安排交回。"),
        now,
        number=resolution.number,
    )


def return_take_back(take_back: TakeBack, resolution: Resolution, now: datetime) -> None:
    """Let a transfer go on with its undertaker: the other resolution there is on a proposal; another one may follow."""
    TAKE_BACK_MOVES.ensure_open(Deed.ITEM_RESOLVE, take_back)

    take_back.status = TakeBackStatus.RETURNED
    _decided(take_back, resolution, now)
    people = [take_back.transfer.officer, *_undertaker(take_back.transfer)]
    reason = resolution.opinion
    _tell(people, take_back, word("联席会议没有同意收回“{title}”，照常办理：{reason}"), now, reason=reason)


def _decided(take_back: TakeBack, resolution: Resolution, now: datetime) -> None:
    take_back.end_reason, take_back.resolution_number, take_back.ended_at = resolution.opinion, resolution.number, now


def put_off_take_back(take_back: TakeBack, now: datetime) -> None:
    """Let a proposal wait for another conference."""
    TAKE_BACK_MOVES.move(Deed.CONFERENCE_CANCEL, take_back)
    people = [take_back.transfer.officer, *_undertaker(take_back.transfer)]
    _tell(people, take_back, word("联席会议没有就收回“{title}”作出决议，等下一次会议。"), now)
