"""Substitutions: an absent officer, approver or payer names somebody of the department who acts in their place.

What a substitute may do stands in `access.py`; here is who may be one, and for how long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import DomainError, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.registers import access, audit, notices
from procurement.registers.access import Deed
from procurement.registers.people import DEPARTMENTAL, EXCLUSIVE, Substitution, User, colleagues_of, substitutions_of
from procurement.statute import limits


def may_be_substituted(user: User) -> bool:
    """Whether there is anything of this person's that a substitute could do."""
    return user.department_id is not None and bool(user.roles & DEPARTMENTAL)


def substitutes_for(absent: User) -> list[User]:
    """Who may stand in: the department's others, but no administrator and no auditor, whose rights are kept apart."""
    return [row for row in colleagues_of(absent) if not row.roles & EXCLUSIVE]


def _who(absent: User, substitute: User, day: date) -> list[DomainError]:
    if not may_be_substituted(absent):
        return [RuleBroken(word("只有部门的经办人、审批人和付款人可以委托代理。"), field="substitute")]
    if substitute not in substitutes_for(absent):
        return [
            RuleBroken(
                word("{person} 不能作代理人：代理人应是同一部门在用账号的另一人，不能是审计人员或管理员。"),
                person=substitute.called,
                field="substitute",
                article=limits.SEPARATE_ADMINISTRATORS.on(day).article if substitute.roles & EXCLUSIVE else None,
            )
        ]
    return []


def _when(first_day: date, last_day: date, today: date) -> list[DomainError]:
    longest = limits.SUBSTITUTION_LONGEST.on(today)
    if first_day < today:
        return [
            RuleBroken(
                word("开始日 {first} 已经过去，代理最早从今天 {today} 开始。"),
                first=first_day,
                today=today,
                field="first_day",
            )
        ]
    if last_day < first_day:
        return [
            RuleBroken(word("结束日 {last} 早于开始日 {first}。"), last=last_day, first=first_day, field="last_day")
        ]
    days = (last_day - first_day).days + 1
    if days > longest.amount:
        return [
            RuleBroken(
                word("代理 {days} 日，超过 {longest}。请改短，到期后可以再委托。"),
                days=days,
                longest=longest,
                field="last_day",
                article=longest.article,
            )
        ]
    return []


def _already(rows: Sequence[Substitution], absent: User, first_day: date, last_day: date) -> list[DomainError]:
    """One substitute at a time, and none who is away: what is lent to a substitute is not lent on."""
    for row in rows:
        if row.absent_id != absent.id and row.substitute_id == absent.id:
            continue
        if row.first_day <= last_day and first_day <= row.last_day:
            return [
                RuleBroken(
                    word("{first} 至 {last}，{absent}已由{substitute}代理。请先结束那次代理，或者另选日子或代理人。"),
                    first=row.first_day,
                    last=row.last_day,
                    absent=row.absent.called,
                    substitute=row.substitute.called,
                    field="first_day",
                )
            ]
    return []


def grant_substitution(
    absent: User, substitute: User, first_day: date, last_day: date, *, actor: User, now: datetime
) -> Substitution:
    """Let somebody do, from a day to a day, what an absent person may do in the department, in that person's place.

    Raises:
        Refusals: a person who cannot stand in, days that cannot be, or a time in which somebody does already.
    """
    access.require(actor, Deed.SUBSTITUTION_GRANT, absent)

    today = local_day(now)
    faults = [*_who(absent, substitute, today), *_when(first_day, last_day, today)]
    standing = [
        *substitutions_of(absent, today),
        *(row for row in substitutions_of(substitute, today) if row.absent_id == substitute.id),
    ]
    faults = faults or _already(standing, absent, first_day, last_day)
    if faults:
        raise Refusals(faults)

    substitution = Substitution(
        absent=absent,
        substitute=substitute,
        first_day=first_day,
        last_day=last_day,
        granted_by_id=actor.id,
        granted_at=now,
    )
    db.session.add(substitution)
    db.session.flush()
    notices.notify(
        [absent, substitute],
        word("{first} 至 {last}，{absent}在部门里的事由{substitute}代理。"),
        now=now,
        link="/account",
        absent=absent.called,
        substitute=substitute.called,
        first=first_day,
        last=last_day,
    )

    audit.record(
        Deed.SUBSTITUTION_GRANT, substitution, actor=actor, now=now, absent=absent.id, substitute=substitute.id,
        first_day=first_day, last_day=last_day,
    )  # fmt: skip
    return substitution


def end_substitution(substitution: Substitution, *, actor: User, now: datetime) -> None:
    """End a substitution before its last day, or before it has begun."""
    access.require(actor, Deed.SUBSTITUTION_END, substitution)

    if substitution.ended_at is not None or substitution.last_day < local_day(now):
        raise WrongState(word("这次代理已经结束。"))

    end(substitution, now)

    audit.record(
        Deed.SUBSTITUTION_END, substitution, actor=actor, now=now, absent=substitution.absent_id,
        substitute=substitution.substitute_id,
    )  # fmt: skip


def end(substitution: Substitution, now: datetime) -> None:
    """End a substitution and tell both, in the transaction of the deed that does it."""
    substitution.ended_at = now
    notices.notify(
        [substitution.absent, substitution.substitute],
        word("{substitute}代理{absent}已结束。"),
        now=now,
        link="/account",
        absent=substitution.absent.called,
        substitute=substitution.substitute.called,
    )
