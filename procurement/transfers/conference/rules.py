"""When a conference may be held, who has a vote, what carries an item, and what a meeting still waits for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.errors import Conflict, DomainError, OutOfTime, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.registers.access import Deed
from procurement.registers.people import Role, User
from procurement.statute import limits
from procurement.transfers.conference.models import (
    AgendaItem,
    Choice,
    Conference,
    ConferenceStatus,
    ItemKind,
    ItemOutcome,
)
from procurement.transfers.line import Happening, Outstanding

THIRDS_OF_A_WHOLE = 3  # the table counts the quorum in thirds


@dataclass(frozen=True, slots=True)
class ConferenceTerms:
    """What a convocation says: when, where, who chairs, who is invited, and the subjects of the agenda in their order."""

    title: str
    held_at: datetime
    place: str
    chair: User
    members: tuple[User, ...]
    subjects: tuple[tuple[ItemKind, Any], ...]


# ── convening and opening ──────────────────────────────────────────────────────────────────────────────────────────


def is_member(person: User) -> bool:
    """Whether this person sits in the joint conference now."""
    return Role.MEMBER in person.roles and person.deactivated_at is None


def quorum_of(invited: int, day: date) -> int:
    """How many of those invited must take part: two thirds, rounded up (practice)."""
    return -(-invited * limits.CONFERENCE_QUORUM.on(day).amount // THIRDS_OF_A_WHOLE)


def ensure_convocation(terms: ConferenceTerms, now: datetime) -> None:
    """Refuse a convocation with every fault of it at once: the hour, the members, the chair, the agenda.

    Raises:
        Refusals: each at its field.
    """
    day = local_day(now)
    least, order = limits.CONFERENCE_LEAST.on(day), limits.CONFERENCE_ORDER.on(day).article
    faults: list[DomainError] = []
    if terms.held_at < now:
        faults.append(
            OutOfTime(
                word("开会时间 {held_at} 已经过去，现在是 {now}。"), held_at=terms.held_at, now=now, field="held_at"
            )
        )
    if len(terms.members) < least.amount:
        faults.append(
            RuleBroken(
                word("只邀请了 {invited} 位成员，至少要 {least} 位，会议才有意义。"),
                invited=len(terms.members),
                least=least.amount,
                field="members",
                article=least.article,
            )
        )
    strangers = tuple(person.called for person in terms.members if not is_member(person))
    if strangers:
        faults.append(
            RuleBroken(word("{people} 不是联席会议成员，不能受邀。"), people=strangers, field="members", article=order)
        )
    if terms.chair not in terms.members:
        faults.append(
            RuleBroken(
                word("主持人 {chair} 不在受邀的成员里。"), chair=terms.chair.called, field="chair", article=order
            )
        )
    if not terms.subjects:
        faults.append(
            RuleBroken(word("议程是空的，至少要选一项。"), field="items", article=limits.CONFERENCE.on(day).article)
        )
    if faults:
        raise Refusals(faults)


def ensure_chair(conference: Conference, actor: User, day: date) -> None:
    """Refuse the opening by anybody but the chair."""
    if actor.id != conference.chair_id:
        raise RuleBroken(
            word("会议由 {chair} 主持，请由主持人办理。"),
            chair=conference.chair.called,
            article=limits.CONFERENCE_ORDER.on(day).article,
        )


def ensure_on_its_day(conference: Conference, now: datetime) -> None:
    """Refuse an opening before the day of the convocation: those who come on that day would find it over."""
    if local_day(now) < local_day(conference.held_at):
        raise OutOfTime(
            word("会议定在 {held_at}，不能提前到 {today} 开。"),
            held_at=conference.held_at,
            today=local_day(now),
            article=limits.CONFERENCE_ORDER.on(local_day(now)).article,
        )


def ensure_quorum(conference: Conference, present: Sequence[User], day: date) -> None:
    """Refuse an opening without the quorum, or by a chair who is not there; nobody is present who was not invited."""
    order = limits.CONFERENCE_ORDER.on(day).article
    strangers = tuple(person.called for person in present if person not in conference.members)
    if strangers:
        raise RuleBroken(word("{people} 没有受邀参加这次会议。"), people=strangers, field="present", article=order)
    if conference.chair not in present:
        raise RuleBroken(
            word("主持人 {chair} 没有到会，不能开会。"), chair=conference.chair.called, field="present", article=order
        )
    if len(present) < conference.quorum:
        raise RuleBroken(
            word("到会 {present} 位；受邀 {invited} 位，法定人数是 {quorum} 位，不能开会。"),
            present=len(present),
            quorum=conference.quorum,
            invited=len(conference.members),
            field="present",
            article=limits.CONFERENCE_QUORUM.on(day).article,
        )


def ensure_nobody_is_still_to_come(conference: Conference, present: Sequence[User], now: datetime) -> None:
    """Refuse an opening before the hour of the convocation while somebody invited is not there: they would find it over."""
    absent = tuple(person.called for person in conference.members if person not in present)
    if now < conference.held_at and absent:
        raise OutOfTime(
            word("会议定在 {held_at}，现在是 {now}。提前开会要全体受邀的人都到，还没有到的：{absent}。"),
            held_at=conference.held_at,
            now=now,
            absent=absent,
            field="present",
            article=limits.CONFERENCE_ORDER.on(local_day(now)).article,
        )


# ── on an item ─────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_unresolved(item: AgendaItem) -> None:
    """Refuse whatever comes after an item's resolution."""
    if item.outcome is not None:
        raise WrongState(word("“{title}”已经议定：{outcome}。"), title=item.called, outcome=item.outcome)


def ensure_present(conference: Conference, actor: User, day: date) -> None:
    """Refuse a vote or a recusal by somebody who was not invited, or did not come."""
    order = limits.CONFERENCE_ORDER.on(day).article
    if actor not in conference.members:
        raise RuleBroken(word("您没有受邀参加这次会议。"), article=order)
    if actor not in conference.present:
        raise RuleBroken(word("开会时您不在场，不能参加这次会议的表决。"), article=order)


def ensure_may_vote(item: AgendaItem, actor: User, day: date) -> None:
    """Refuse a vote of somebody who stands aside: who drafted or evaluated a plan does not resolve on it (MT-4)."""
    ensure_present(item.conference, actor, day)
    recusal = item.recusal_of(actor)
    if recusal is not None:
        raise RuleBroken(
            word("您在“{title}”这一项上回避（{ground}），没有表决权。"),
            title=item.called,
            ground=recusal.ground,
            article=limits.CONFERENCE_ORDER.on(day).article,
        )


def ensure_reason_of(choice: Choice, reason: str, day: date) -> None:
    """Refuse a dissent without its reasons: elsewhere it would count as consent, here it must be written (RC-7)."""
    if choice is Choice.AGAINST and not reason.strip():
        raise RuleBroken(word("投反对票要写明理由。"), field="reason", article=limits.DISSENT.on(day).article)


def ensure_may_recuse(item: AgendaItem, actor: User, reason: str, day: date) -> None:
    """Refuse a recusal without a reason, or a second one."""
    ensure_present(item.conference, actor, day)
    if item.recusal_of(actor) is not None:
        raise WrongState(word("您在“{title}”这一项上已经回避。"), title=item.called)
    if not reason.strip():
        raise RuleBroken(word("申报回避要写明理由。"), field="reason")


def presiding(conference: Conference, item: AgendaItem | None = None) -> User | None:
    """Who presides: the chair, or where the chair stands aside on the item or sits here no more, the next one present."""
    order = sorted(conference.present, key=lambda person: person.id != conference.chair_id)
    return next(
        (person for person in order if is_member(person) and (item is None or item.recusal_of(person) is None)),
        # Where everybody stands aside, somebody must still say that nothing was resolved.
        next((person for person in order if is_member(person)), None),
    )


def ensure_presiding(conference: Conference, actor: User, day: date, item: AgendaItem | None = None) -> None:
    """Refuse a counting or a closing by anybody but who presides."""
    person = presiding(conference, item)
    if person is None or person.id != actor.id:
        raise RuleBroken(
            word("这一项由 {person} 主持，请由主持人计票。")
            if item
            else word("会议由 {person} 主持，请由主持人办理。"),
            person=person.called if person else word("无人"),
            article=limits.CONFERENCE_ORDER.on(day).article,
        )


def has_quorum(item: AgendaItem) -> bool:
    """Whether as many have voted on the item as the meeting's quorum asks for."""
    return len(item.votes) >= item.conference.quorum


def _more_than_half(votes: int, entitled: int, day: date) -> bool:
    return votes * 100 > entitled * limits.CONFERENCE_MAJORITY.on(day).amount


def has_majority(item: AgendaItem, day: date) -> bool:
    """Whether more than half of those who have a vote on the item are for it, whoever has not voted yet."""
    return _more_than_half(item.count(Choice.FOR), len(item.entitled), day)


def may_still_carry(item: AgendaItem, day: date) -> bool:
    """Whether the votes that have not been cast could still carry it."""
    return _more_than_half(item.count(Choice.FOR) + len(item.awaited), len(item.entitled), day)


def is_carried(item: AgendaItem, day: date) -> bool:
    """Whether the votes adopt the item."""
    return has_quorum(item) and has_majority(item, day)


def outcomes_of(item: AgendaItem, day: date, hindrance: DomainError | None = None) -> list[ItemOutcome]:
    """What the votes leave to be resolved, what they say first; a meeting without a quorum can only put it off.

    So is what is carried, and cannot be adopted today for what has become of its subject since it was tabled.
    """
    if is_carried(item, day):
        return [ItemOutcome.ADOPTED if hindrance is None else ItemOutcome.DEFERRED]
    if has_quorum(item) and not may_still_carry(item, day):
        return [ItemOutcome.RETURNED, ItemOutcome.DEFERRED]
    return [ItemOutcome.DEFERRED]


def ensure_outcome(
    item: AgendaItem, outcome: ItemOutcome, opinion: str, day: date, hindrance: DomainError | None = None
) -> None:
    """Refuse an outcome that the votes do not give, naming them; the presiding member counts and does not decide."""
    if hindrance is not None and outcome is ItemOutcome.ADOPTED and is_carried(item, day):
        raise hindrance
    if outcome not in outcomes_of(item, day, hindrance):
        _refuse_count(item, outcome, day)
    if not opinion.strip():
        raise RuleBroken(word("请写明决议的意见或理由。"), field="opinion")


def _refuse_count(item: AgendaItem, outcome: ItemOutcome, day: date) -> None:
    counted: dict[str, Any] = {
        "agreed": item.count(Choice.FOR),
        "against": item.count(Choice.AGAINST),
        "abstained": item.count(Choice.ABSTAIN),
        "entitled": len(item.entitled),
        "percent": limits.CONFERENCE_MAJORITY.on(day).amount,
    }
    if is_carried(item, day):
        raise RuleBroken(
            word("同意 {agreed} 票，超过 {entitled} 位有表决权成员的 {percent}%，已经通过，不能{outcome}。"),
            **counted,
            outcome=outcome,
            field="outcome",
            article=limits.CONFERENCE_MAJORITY.on(day).article,
        )
    if not has_quorum(item):
        raise RuleBroken(
            word("参加表决的 {voted} 位，法定人数是 {quorum} 位，不能作出决议，只能缓议。"),
            voted=len(item.votes),
            quorum=item.conference.quorum,
            field="outcome",
            article=limits.CONFERENCE_QUORUM.on(day).article,
        )
    if outcome is ItemOutcome.RETURNED:
        raise RuleBroken(
            word("还有 {waiting} 位没有表决，他们的票还能使这一项通过，现在不能退回。"),
            waiting=len(item.awaited),
            field="outcome",
            article=limits.CONFERENCE_MAJORITY.on(day).article,
        )
    raise RuleBroken(
        word(
            "同意 {agreed} 票、反对 {against} 票、弃权 {abstained} 票，没有超过 {entitled} 位有表决权成员的 {percent}%，不能通过。"
        ),
        **counted,
        field="outcome",
        article=limits.CONFERENCE_MAJORITY.on(day).article,
    )


# ── closing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_all_resolved(conference: Conference, day: date) -> None:
    """Refuse a closing while an item has no outcome."""
    if conference.unresolved:
        raise RuleBroken(
            word("还有 {count} 项没有议定，不能闭会：{titles}。"),
            count=len(conference.unresolved),
            titles=tuple(item.called for item in conference.unresolved),
            article=limits.CONFERENCE_ORDER.on(day).article,
        )


def digest_of(conference: Conference) -> str:
    """SHA-256 of what the minutes rest on: attendance, recusals, votes, outcomes."""
    rests_on = {
        "number": conference.number,
        "present": [person.id for person in conference.present],
        "items": [
            [
                item.title,
                item.outcome.value if item.outcome else "",
                item.opinion,
                [[row.member_id, row.ground.value, row.reason] for row in item.recusals],
                [[row.member_id, row.choice.value, row.reason] for row in item.votes],
            ]
            for item in conference.items
        ],
    }
    return hashlib.sha256(json.dumps(rests_on, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def ensure_same_facts(conference: Conference, seen: str) -> None:
    """Refuse minutes that were printed from other facts than there are now."""
    if digest_of(conference) != seen:
        raise Conflict(word("会议的情况在您打开之后又有变化，请重新看过再闭会。"))


# ── what a meeting waits for ───────────────────────────────────────────────────────────────────────────────────────


def outstanding_of_item(item: AgendaItem, now: datetime) -> list[Outstanding]:
    """What keeps an item from its outcome: the opening, the votes, the counting."""
    conference, day = item.conference, local_day(now)
    if conference.status is ConferenceStatus.CONVENED:
        return [_opening(conference, day)]
    if conference.status is not ConferenceStatus.OPEN or item.outcome is not None:
        return []
    found = []
    if item.awaited:
        found.append(
            Outstanding(
                word("“{title}”还有 {count} 位成员没有表决"),
                Deed.VOTE_CAST,
                limits.CONFERENCE_MAJORITY.on(day).article,
                people=frozenset(person.id for person in item.awaited),
                values={"title": item.called, "count": len(item.awaited)},
                target=item.id,
            )
        )
    if has_quorum(item) or not item.awaited:
        found.append(
            Outstanding(
                word("“{title}”等主持人计票，作出决议"),
                Deed.ITEM_RESOLVE,
                limits.CONFERENCE.on(day).article,
                people=_presiding_id(conference, item),
                values={"title": item.called},
                target=item.id,
            )
        )
    return found


def happenings_of_item(item: AgendaItem, now: datetime) -> list[Happening]:
    """The hour for which the meeting is convened, while it is ahead."""
    conference = item.conference
    if conference.status is not ConferenceStatus.CONVENED or conference.held_at <= now:
        return []
    return [Happening(conference.held_at, word("联席会议开会"))]


def _opening(conference: Conference, day: date) -> Outstanding:
    return Outstanding(
        word("联席会议还没有开"),
        Deed.CONFERENCE_OPEN,
        limits.CONFERENCE.on(day).article,
        by=conference.held_at,
        people=frozenset({conference.chair_id}),
        target=conference.id,
        since=local_day(conference.held_at),
    )


def _presiding_id(conference: Conference, item: AgendaItem | None = None) -> frozenset[int]:
    person = presiding(conference, item)
    return frozenset({person.id} if person is not None else set())


def outstanding(conference: Conference, now: datetime) -> list[Outstanding]:
    """What a meeting waits for: its opening, what its items wait for in their order, its closing."""
    day = local_day(now)
    if conference.status is ConferenceStatus.CONVENED:
        return [_opening(conference, day)]
    if conference.status is not ConferenceStatus.OPEN:
        return []
    found = [lack for item in conference.unresolved for lack in outstanding_of_item(item, now)]
    if not conference.unresolved:
        found.append(
            Outstanding(
                word("各项都已议定，还没有闭会"),
                Deed.CONFERENCE_CLOSE,
                limits.CONFERENCE_ORDER.on(day).article,
                people=_presiding_id(conference),
                target=conference.id,
            )
        )
    return found
