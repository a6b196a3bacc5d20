"""Leaving: an account goes out of use, and what its person still had in hand goes on in another's.

It stands above the rooms, since a person's work lies in all of them; and so it tells the accounts which roles do not go with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.errors import Article, DomainError, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import Said, word
from procurement.registers import access, accounts, audit, notices, substitutions
from procurement.registers.access import HOLDERS, Appointed, Deed
from procurement.registers.people import Role, User, substitutions_of, users_with_role
from procurement.statute import limits
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.competition.models import review
from procurement.steps.competition.models.review import CompetitionDesk
from procurement.steps.competition.talks import rules as talks_rules
from procurement.steps.handover import models as handover_models
from procurement.steps.handover.models import HandoverStatus, Party
from procurement.steps.holders import rules as holder_rules
from procurement.transfers.line import Step
from procurement.transfers.models import (
    Transfer,
    TransferStatus,
    transfers_of_appointee,
    transfers_of_appointees,
    transfers_of_officer,
)
from procurement.transfers.operations import address_of


@dataclass(frozen=True, slots=True)
class Held:
    """An appointment whose part is not done: what must be done about it, and whether that must be before leaving."""

    kind: Appointed
    transfer: Transfer
    message: str
    article: Article
    values: Mapping[str, Any] = field(default_factory=dict)
    binds: bool = True


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What a person still has in hand: the transfers to be handed on, and the appointments that cannot be."""

    transfers: Sequence[Transfer] = ()
    held: Sequence[Held] = ()


# ── what is in hand ────────────────────────────────────────────────────────────────────────────────────────────────


def open_work_of(user: User, now: datetime) -> OpenWork:
    """The open work of a person, in a number of queries that does not grow with it."""
    appointed = [row for row in transfers_of_appointee(user) if row.status is not TransferStatus.CLOSED]
    competitions = review.desks(appointed) if appointed else {}
    handovers = handover_models.desks(appointed) if appointed else {}
    held: list[Held] = []
    for transfer in sorted(appointed, key=lambda row: row.id):
        held += _as_holder(transfer, competitions[transfer.id], user, now)
        if user.id in transfer.appointed(Appointed.PANEL_MEMBER):
            held += _as_panel_member(transfer, competitions[transfer.id], user, now)
        if user.id in transfer.appointed(Appointed.WITNESS):
            held += _as_witness(transfer, handovers[transfer.id], now)
    return OpenWork(transfers_of_officer(user), held)


def _as_holder(transfer: Transfer, desk: CompetitionDesk, user: User, now: datetime) -> list[Held]:
    """Nobody hands a passphrase or a sheet on: before bids are sealed another is appointed, later the two others replace one."""
    kinds = [kind for kind in HOLDERS if user.id in transfer.appointed(kind)]
    if not kinds or not _is_needed(transfer, desk):
        return []
    kind, key, values = kinds[0], desk.holders.competition_key, {"title": transfer.called, "kind": kinds[0]}
    article = holder_rules.article_for(kind, transfer, local_day(now))
    if key is not None and key.is_of_one_holder and desk.announcement is not None:
        message = word(
            "“{title}”的开启人是这个人，投标已按本人的密钥封存，不能换人。请等本人在 {opens} 以后开启，或者流标以后再办。"
        )
        opens = announcement_rules.opens_at(desk.announcement)
        return [Held(kind, transfer, message, article, {"title": transfer.called, "opens": opens})]
    if desk.holders.held_by(user.id) is None or key is None:
        message = word("“{title}”的{kind}是这个人，口令和恢复单只归本人，不能移交。请经办人先另外指定一位。")
    else:
        message = word("“{title}”的{kind}是这个人，投标已经封存。请经办人先指定接任的人，再由另外两位持有人办理更换。")
    return [Held(kind, transfer, message, article, values)]


def _is_needed(transfer: Transfer, desk: CompetitionDesk) -> bool:
    """Whether there is something still to be opened by the holders.

    Final offers have their key from the opening of the bids on: a holder is replaced as before.
    """
    is_done = desk.competition is not None and not talks_rules.awaits_offers(desk)
    return not is_done and transfer.step in (Step.ANNOUNCEMENT, Step.COMPETITION)


def _as_panel_member(transfer: Transfer, desk: CompetitionDesk, user: User, now: datetime) -> list[Held]:
    """A panel is drawn once and complete; which one it is stays secret until the result is published (MT-5)."""
    competition = desk.competition
    if transfer.step is not Step.COMPETITION or competition is None:
        return []
    if any(sheet.member_id == user.id for sheet in competition.sheets):
        return []
    message = word("这个人在一个评审小组里还没有评分签名，小组不能换人，名单在结果公布以前保密。请等本人签名以后再办。")
    return [
        Held(
            Appointed.PANEL_MEMBER, transfer, message, limits.EXPERTS_AT_RANDOM.of(transfer).on(local_day(now)).article
        )
    ]


def _as_witness(transfer: Transfer, desk: handover_models.HandoverDesk, now: datetime) -> list[Held]:
    """A list that nobody has signed can be given another witness; one that somebody has signed cannot be changed."""
    handover = desk.handover
    if handover is None or transfer.step is not Step.HANDOVER or handover.signed_by(Party.WITNESS) is not None:
        return []
    article = limits.HANDOVER_LIST.on(local_day(now)).article
    values = {"title": transfer.called}
    if handover.status is HandoverStatus.OPEN:
        message = word("“{title}”的监交人是这个人，还没有签认。请经办人修改交接清单，另选监交人。")
        return [Held(Appointed.WITNESS, transfer, message, article, values, binds=False)]
    message = word("“{title}”的监交人是这个人，清单已有一方签认，不能再改。请等本人签认以后再办。")
    return [Held(Appointed.WITNESS, transfer, message, article, values)]


# ── roles that do not go with it ───────────────────────────────────────────────────────────────────────────────────


def _against_roles(wanted: Mapping[User, frozenset[Role]]) -> Mapping[int, DomainError]:
    """Of those who hold what opens sealed bids, or are to follow a holder: whom the roles they are to have would make unfit for it.

    Whoever is unfit already is not kept from other roles for that: acceptance, publication and opening refuse them.
    """
    people = {user.id: user for user in wanted}
    transfers = [row for row in transfers_of_appointees(people, HOLDERS) if row.status is not TransferStatus.CLOSED]
    found: dict[int, DomainError] = {}
    for desk in review.desks(transfers).values() if transfers else ():
        others = {**desk.holders.holders, **desk.holders.successors}
        for row in (*desk.holders.holders.values(), *desk.holders.successors.values()):
            user = people.get(row.user_id)
            if user is None or not _is_needed(row.transfer, desk):
                continue
            fault = holder_rules.fault_of_holder(row.transfer, row.kind, user, others, wanted[user])
            if fault is not None and holder_rules.fault_of_holder(row.transfer, row.kind, user, others) is None:
                found[user.id] = RuleBroken(
                    word("{person} 是“{title}”的{kind}，投标开启以前不能改成这些角色：{why}"),
                    person=user.called,
                    title=row.transfer.called,
                    kind=row.kind,
                    why=Said(fault.message, fault.values),
                    field="roles",
                    article=fault.article,
                )
    return found


accounts.AGAINST_ROLES.append(_against_roles)


# ── who goes on with it ────────────────────────────────────────────────────────────────────────────────────────────


def successors_of(user: User) -> list[User]:
    """Who may take a leaver's transfers over: the other officers of the department."""
    if user.department_id is None:
        return []
    return [row for row in users_with_role(Role.OFFICER, department_id=user.department_id) if row.id != user.id]


def ensure_can_leave(user: User, work: OpenWork, successor: User | None) -> None:
    """Refuse to stop an account while an appointment binds its person, or while nobody takes its transfers over.

    Raises:
        Refusals: everything that stands in the way.
    """
    faults: list[DomainError] = [
        RuleBroken(item.message, article=item.article, **item.values) for item in work.held if item.binds
    ]
    if work.transfers and successor is None:
        faults.append(
            RuleBroken(
                word("{count} 件在办事项由这个人经办，请选一位同部门的经办人接手。"),
                count=len(work.transfers),
                field="successor",
            )
        )
    elif work.transfers and successor not in successors_of(user):
        faults.append(
            RuleBroken(
                word("{person} 不能接手：接手的应是同一部门在用账号的经办人。"),
                person=successor.called if successor is not None else "",
                field="successor",
            )
        )
    if faults:
        raise Refusals(faults)


def deactivate_user(user: User, reason: str, successor: User | None = None, *, actor: User, now: datetime) -> None:
    """Take an account out of use: its sessions end at once, its open transfers go to `successor`, its history stays.

    Raises:
        WrongState: an account that is out of use already.
        Refusals: an appointment that nobody else can fill, or transfers that nobody takes over.
    """
    access.require(actor, Deed.USER_DEACTIVATE, user)

    accounts.ensure_is_person(user)
    accounts.ensure_of_another(user, actor)
    if user.deactivated_at is not None:
        raise WrongState(word("这个账号已经停用了。"))
    work = open_work_of(user, now)
    ensure_can_leave(user, work, successor)

    accounts.stop(user, now)
    for substitution in substitutions_of(user, local_day(now)):
        substitutions.end(substitution, now)
    for transfer in sorted(work.transfers, key=lambda row: row.id):
        assert successor is not None
        transfer.officer = successor
        notices.notify(
            [successor],
            word("“{title}”由您接手经办，原来的经办人是{person}。"),
            now=now,
            link=address_of(transfer),
            title=transfer.called,
            person=user.called,
        )
        # The matter's own chain says from when on who is in charge of it.
        facts = {"before": user.id, "officer": successor.id, "name": successor.name}
        audit.record(Deed.USER_DEACTIVATE, transfer, actor=actor, now=now, **facts)
    for item in work.held:
        notices.notify([item.transfer.officer], item.message, now=now, link=address_of(item.transfer), **item.values)

    audit.record(
        Deed.USER_DEACTIVATE,
        user,
        actor=actor,
        now=now,
        reason=reason,
        successor=successor.id if successor is not None and work.transfers else None,
        transfers=[transfer.id for transfer in work.transfers],
    )
