"""Who may hold what opens the bids, when a holder may be changed, and what lacks until bids can be sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from procurement.foundation import sealing
from procurement.foundation.clock import local_day
from procurement.foundation.errors import Article, RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.registers.access import HOLDERS, Appointed, Deed
from procurement.registers.people import Role, User
from procurement.statute import limits
from procurement.steps.holders.models import HolderKey, HoldersDesk
from procurement.transfers import line
from procurement.transfers.line import Outstanding, Step
from procurement.transfers.models import Appointment, Transfer

# Whoever administers accounts, bids, or judges bids holds nothing of what opens them.
_ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})
_NEVER = _ADMINISTRATORS | {Role.PROVIDER, Role.DRAFTER, Role.EXPERT}
_OF_THE_PURCHASER = frozenset({Role.OFFICER, Role.APPROVER, Role.PAYER})

# The deeds that appoint to each part and accept it.
APPOINTS = {
    Appointed.OPENER: Deed.OPENER_APPOINT,
    Appointed.OPENING_WITNESS: Deed.OPENING_WITNESS_APPOINT,
    Appointed.CUSTODIAN: Deed.CUSTODIAN_APPOINT,
}
ACCEPTS = {
    Appointed.OPENER: Deed.OPENER_ACCEPT,
    Appointed.OPENING_WITNESS: Deed.OPENING_WITNESS_ACCEPT,
    Appointed.CUSTODIAN: Deed.CUSTODIAN_ACCEPT,
}


def article_for(kind: Appointed, transfer: Transfer, day: date) -> Article:
    """By what a part is filled: the purchaser hosts the opening (T87-12); that two others hold too is this system's practice."""
    if kind is Appointed.OPENER:
        return limits.OPENING_HOST.of(transfer).on(day).article
    return limits.KEY_HOLDERS.on(day).article


# ── who may hold ───────────────────────────────────────────────────────────────────────────────────────────────────


def fault_of_holder(
    transfer: Transfer,
    kind: Appointed,
    person: User,
    others: Mapping[Appointed, Appointment],
    roles: frozenset[Role] | None = None,
) -> RuleBroken | None:
    """Why a person may not take or keep this part beside the `others`, with the roles they have or with `roles`; None where they may.

    The opener is of the purchaser, who hosts the opening (T87-12). The witness is of another department and does not decide
    its complaints; the custodian is of neither's. None of them administers accounts, bids, or judges bids (HS-HOLD).
    """
    had = person.roles if roles is None else roles
    article = article_for(kind, transfer, local_day(transfer.created_at))
    if kind is Appointed.OPENER and not (
        person.department_id == transfer.department_id and had & _OF_THE_PURCHASER and person.is_active
    ):
        return RuleBroken(
            word("{person} 不是{department}的工作人员，不能作开启人：开启由采购人主持。")
            if transfer.is_purchase
            else word("{person} 不是{department}的工作人员，不能作开启人：开启由转出部门主持。"),
            person=person.called,
            department=transfer.department.called,
            field="person",
            article=article,
        )
    message = _why_not(transfer, kind, person, others, had)
    if not message:
        return None
    return RuleBroken(message, person=person.called, kind=kind, field="person", article=article)


def _why_not(
    transfer: Transfer, kind: Appointed, person: User, others: Mapping[Appointed, Appointment], roles: frozenset[Role]
) -> str:
    if roles & _NEVER or not person.is_active:
        return word(
            "{person} 不能作{kind}：管理员、投标的组织和评审专家都不保管开启投标的密钥。请另选一位在职的工作人员。"
        )
    if kind is Appointed.OPENER:
        return ""
    if person.department_id is None or person.department_id == transfer.department_id:
        return (
            word("{person} 不能作{kind}：要由采购人以外的部门的工作人员担任。请另选一位。")
            if transfer.is_purchase
            else word("{person} 不能作{kind}：要由转出部门以外的部门的工作人员担任。请另选一位。")
        )
    if kind is Appointed.OPENING_WITNESS and Role.SUPERVISOR in roles:
        return word("{person} 不能作{kind}：监管人员要处理对这次竞争的投诉。请另选一位。")
    third = Appointed.CUSTODIAN if kind is Appointed.OPENING_WITNESS else Appointed.OPENING_WITNESS
    beside = others.get(third)
    if beside is not None and beside.user.department_id == person.department_id:
        return word("{person} 不能作{kind}：开启见证人和恢复单保管人不能是同一个部门的人。请另选一位。")
    return ""


def ensure_may_hold(transfer: Transfer, kind: Appointed, person: User, others: Mapping[Appointed, Appointment]) -> None:
    """Refuse a person who may not take this part beside the others."""
    fault = fault_of_holder(transfer, kind, person, others)
    if fault is not None:
        raise fault


def ensure_still_hold(desk: HoldersDesk, *holders: Appointment) -> None:
    """Refuse what these holders do together where one of them has become what no holder may be, since they were appointed."""
    for row in holders:
        fault = fault_of_holder(row.transfer, row.kind, row.user, desk.holders)
        if fault is not None:
            fault.field = "passphrase"
            raise fault


# ── when ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_may_be_appointed(transfer: Transfer, desk: HoldersDesk, day: date) -> None:
    """Refuse an appointment but in step 1, or in step 2 as a successor while bids are sealed and not opened.

    Raises:
        WrongState: naming where the transfer stands, or that the key is used, or was made for one holder.
    """
    if not line.is_at(transfer, Step.COMPETITION):
        line.ensure_at(transfer, Step.ANNOUNCEMENT)
        return
    ensure_replaceable(transfer, desk, day)


def ensure_sealed(transfer: Transfer, desk: HoldersDesk, day: date) -> None:
    """Refuse what is said or done of the holders of sealed bids once these are opened."""
    line.ensure_at(transfer, Step.COMPETITION)
    if desk.competition_key is None or desk.competition_key.used_at is not None:
        raise WrongState(
            word("投标已经开启，密钥用过了，持有人和口令不再变动。"), article=limits.KEY_HOLDERS.on(day).article
        )


def ensure_replaceable(transfer: Transfer, desk: HoldersDesk, day: date) -> None:
    """Refuse to change a holder once the bids are opened, or where one holder alone opens them."""
    ensure_sealed(transfer, desk, day)
    if desk.competition_key is not None and desk.competition_key.is_of_one_holder:
        raise WrongState(
            word("这次投标按先前的办法由开启人一人封存，不能换人：请由开启人本人开启，或者流标以后重新公告。"),
            article=limits.KEY_HOLDERS.on(day).article,
        )


def ensure_not_accepted(appointment: Appointment, key: HolderKey | None) -> None:
    """Refuse to make a second pair for one appointment."""
    if appointment.accepted_at is not None or key is not None:
        raise WrongState(word("您已经领取过，口令和恢复单只显示一次；如果丢失，请经办人重新指定。"))


def ensure_check_word(key: HolderKey | None, typed: str, context: str, day: date) -> None:
    """Refuse a check word that is not the one on the sheet: a sheet that was not printed, or not the one of this matter."""
    if key is None or key.check_word_sha256 is None:
        raise WrongState(word("还没有打印恢复单，请先接受保管。"))
    if key.sheet_confirmed_at is not None:
        raise WrongState(word("这份恢复单已经核对过。"))
    if sealing.hash_check_word(typed, context) != key.check_word_sha256:
        raise RuleBroken(
            word(
                "核对词与这份恢复单上的不同。核对词是恢复单上单独一组的 {count} 位，不是上面的密语；如果单子没有印出来，请经办人重新指定保管人。"
            ),
            count=sealing.length_of_check_word(),
            field="check_word",
            article=limits.KEY_HOLDERS.on(day).article,
        )


def ensure_not_reported(key: HolderKey | None) -> None:
    """Refuse to declare a secret lost twice, or one that was never given out."""
    if key is None:
        raise WrongState(word("您还没有领取口令或恢复单，没有什么可以遗失。"))
    if key.lost_at is not None:
        raise WrongState(word("您已经报告过遗失。"))


def ensure_successor(desk: HoldersDesk, successor: Appointment, day: date) -> None:
    """Refuse a replacement by whoever has no pair yet, or whose sheet was not checked."""
    article = limits.KEY_HOLDERS.on(day).article
    if desk.successors.get(successor.kind) is not successor:
        raise WrongState(word("{person} 不是等着接任的持有人。"), person=successor.user.called, article=article)
    key = desk.key_of(successor)
    if key is None or not key.is_ready:
        raise RuleBroken(
            word("{person} 还没有接受指定、领取口令，或者还没有核对恢复单，不能接任{kind}。"),
            person=successor.user.called,
            kind=successor.kind,
            article=article,
        )


def ensure_the_two_others(desk: HoldersDesk, kind: Appointed, actor: User, second: User, day: date) -> None:
    """Refuse a replacement by anybody but the two holders who stay, both of them together and both such as may hold."""
    staying = desk.beside(kind)
    if {actor.id, second.id} != {row.user_id for row in staying}:
        raise RuleBroken(
            word("更换{kind}，要由另外两位持有人一起办理，各输入自己的口令或密语。"),
            kind=kind,
            field="passphrase",
            article=limits.HOLDERS_TOGETHER.on(day).article,
        )
    ensure_still_hold(desk, *staying)


def ensure_holds(desk: HoldersDesk, actor: User, day: date) -> None:
    """Refuse what a holder may say to whoever is only to follow one: nothing is sealed to them yet."""
    if desk.held_by(actor.id) is None:
        raise WrongState(
            word("您接任的手续还没有办完，投标还没有封存到您的口令之下。请另外两位持有人先办理更换。"),
            article=limits.KEY_HOLDERS.on(day).article,
        )


def ensure_opened_by(desk: HoldersDesk, actor: User, second: User | None, day: date) -> None:
    """Refuse an opening by anybody but two of the holders whom the bids are sealed to, or the one of an earlier suite.

    Both must be such as may hold on the day of the opening too, and not on that of their appointment alone.
    """
    key = desk.competition_key
    mine = desk.held_by(actor.id)
    others = {row.user_id: row for row in desk.beside(mine.kind)} if mine is not None else {}
    alone = key is not None and key.is_of_one_holder
    if mine is None or (second is not None if alone else second is None or second.id not in others):
        raise RuleBroken(
            word("开启投标要由封存时的持有人办理，{count} 人一起输入各自的口令或密语。"),
            count=limits.HOLDERS_TOGETHER.on(day).amount,
            field="passphrase",
            article=limits.HOLDERS_TOGETHER.on(day).article,
        )
    ensure_still_hold(desk, mine, *([others[second.id]] if second is not None else []))


def keys_are_lost(desk: HoldersDesk, day: date) -> bool:
    """Whether so many holders have declared their secrets lost that no two are left who could open the bids."""
    left = len(desk.holders) - len(desk.lost)
    return desk.competition_key is not None and len(desk.lost) > 0 and left < needed(desk, day)


def needed(desk: HoldersDesk, day: date) -> int:
    """How many holders it takes to open the bids."""
    if desk.competition_key is not None and desk.competition_key.is_of_one_holder:
        return 1
    return limits.HOLDERS_TOGETHER.on(day).amount


# ── what lacks ─────────────────────────────────────────────────────────────────────────────────────────────────────

_NOBODY = {
    Appointed.OPENER: word("还没有指定开启人"),
    Appointed.OPENING_WITNESS: word("还没有指定开启见证人"),
    Appointed.CUSTODIAN: word("还没有指定恢复单保管人"),
}
_NO_KEY = {
    Appointed.OPENER: word("开启人还没有接受指定、领取口令，投标没有可以封存的密钥"),
    Appointed.OPENING_WITNESS: word("开启见证人还没有接受指定、领取口令"),
    Appointed.CUSTODIAN: word("恢复单保管人还没有接受指定、打印恢复单"),
}


def outstanding(transfer: Transfer, desk: HoldersDesk, day: date) -> list[Outstanding]:
    """What lacks until bids can be sealed: each of the three, with a pair, and the sheet checked."""
    lacking = []
    for kind in HOLDERS:
        article, holder = article_for(kind, transfer, day), desk.holders.get(kind)
        if holder is None:
            lacking.append(Outstanding(_NOBODY[kind], APPOINTS[kind], article))
        elif (fault := fault_of_holder(transfer, kind, holder.user, desk.holders)) is not None:
            lacking.append(Outstanding(fault.message, APPOINTS[kind], article, values=fault.values))
        else:
            lacking += _unready(desk, holder, article)
    return lacking


def _unready(desk: HoldersDesk, holder: Appointment, article: Article) -> list[Outstanding]:
    """What a holder has still to do before the pair may be sealed to."""
    key, people = desk.key_of(holder), frozenset({holder.user_id})
    if key is None:
        return [Outstanding(_NO_KEY[holder.kind], ACCEPTS[holder.kind], article, people=people)]
    if not key.is_ready:
        return [Outstanding(word("恢复单还没有核对"), Deed.SHEET_CONFIRM, article, people=people)]
    return []


def succession(transfer: Transfer, desk: HoldersDesk, day: date) -> list[Outstanding]:
    """What lacks until everybody holds who must: a successor of whoever cannot open any more, that one's pair, the key sealed anew."""
    lacking = [
        Outstanding(lack, APPOINTS[row.kind], article_for(row.kind, transfer, day), values=values)
        for row in desk.holders.values()
        if row.kind not in desk.successors and is_of_several(desk)
        for lack, values in _unfit(transfer, desk, row)
    ]
    for kind, successor in desk.successors.items():
        unready = _unready(desk, successor, article_for(kind, transfer, day))
        lacking += unready or [
            Outstanding(
                word("{kind}要更换为{person}，还没有办理"),
                Deed.HOLDER_REPLACE,
                limits.HOLDERS_TOGETHER.on(day).article,
                people=frozenset(row.user_id for row in desk.beside(kind)),
                values={"kind": kind, "person": successor.user.called},
            )
        ]
    return lacking


def is_of_several(desk: HoldersDesk) -> bool:
    """Whether bids are sealed to several holders, so that one of them can be replaced."""
    return desk.competition_key is not None and not desk.competition_key.is_of_one_holder


def _unfit(transfer: Transfer, desk: HoldersDesk, row: Appointment) -> list[tuple[str, Mapping[str, Any]]]:
    """Why a holder whom bids are sealed to must be replaced: the secret is lost, or the person may not hold any more."""
    key = desk.key_of(row)
    if key is not None and key.lost_at is not None:
        lack = word("{person}（{kind}）报告口令遗失，要指定接任的人，再由另外两位持有人更换")
        return [(lack, {"person": row.user.called, "kind": row.kind})]
    fault = fault_of_holder(transfer, row.kind, row.user, desk.holders)
    return [(fault.message, fault.values)] if fault is not None else []
