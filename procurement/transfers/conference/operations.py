"""What the members of the joint conference do: convene, open, stand aside, vote, resolve, close."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import word
from procurement.registers import access, audit, files, notices
from procurement.registers.access import Deed
from procurement.registers.files import Upload
from procurement.registers.numbering import next_number
from procurement.registers.people import User
from procurement.transfers.conference import rules
from procurement.transfers.conference.matters import MATTERS, hindrance_of, subject_of, subjects_of
from procurement.transfers.conference.models import (
    CONFERENCE_MOVES,
    AgendaItem,
    Attendance,
    Choice,
    Conference,
    ConferenceStatus,
    Ground,
    ItemOutcome,
    Recusal,
    Vote,
)
from procurement.transfers.conference.rules import ConferenceTerms
from procurement.transfers.models import Resolution


def address_of(conference: Conference) -> str:
    """The page of a conference, for the link in a notice."""
    return f"/conferences/{conference.id}"


def convene_conference(_house: None, terms: ConferenceTerms, *, actor: User, now: datetime) -> Conference:
    """Convene a meeting with its agenda; what is put on it waits there and changes no more.

    Raises:
        Refusals: an hour that is past, too few members, a chair who is not invited, an empty agenda.
        WrongState: a subject that does not wait for the conference, or lies before another one.
    """
    access.require(actor, Deed.CONFERENCE_CONVENE, None)

    rules.ensure_convocation(terms, now)

    conference = Conference(
        number=next_number("龙联会", local_day(now)),
        title=terms.title,
        status=ConferenceStatus.CONVENED,
        held_at=terms.held_at,
        place=terms.place,
        quorum=rules.quorum_of(len(terms.members), local_day(now)),
        chair=terms.chair,
        convened_by_id=actor.id,
        convened_at=now,
        attendances=[Attendance(member=person) for person in terms.members],
    )
    for place, (kind, subject) in enumerate(terms.subjects):
        MATTERS[kind].tabled(subject, now)
        conference.items.append(
            AgendaItem(
                position=place,
                kind=kind,
                subject_id=subject.id,
                title=str(subject.called),
                title_en=subject.called.english,
                chain=subject.chain_key,
            )
        )
    db.session.add(conference)
    db.session.flush()
    notices.notify(
        terms.members,
        word("请参加{meeting}：{held_at}，“{place}”，议程 {count} 项。"),
        now=now,
        link=address_of(conference),
        meeting=conference.called,
        held_at=conference.held_at,
        place=conference.place,
        count=len(conference.items),
    )

    audit.record(
        Deed.CONFERENCE_CONVENE,
        conference,
        actor=actor,
        now=now,
        number=conference.number,
        held_at=conference.held_at,
        chair=terms.chair.id,
        members=[person.id for person in terms.members],
        items=[item.title for item in conference.items],
        quorum=conference.quorum,
    )
    return conference


def cancel_conference(conference: Conference, *, reason: str, actor: User, now: datetime) -> None:
    """Call a meeting off that has not begun; what lay before it waits for another one."""
    access.require(actor, Deed.CONFERENCE_CANCEL, conference)

    CONFERENCE_MOVES.ensure_open(Deed.CONFERENCE_CANCEL, conference)
    if not reason.strip():
        raise RuleBroken(word("取消会议要写明理由。"), field="reason")

    CONFERENCE_MOVES.move(Deed.CONFERENCE_CANCEL, conference)
    conference.cancel_reason = reason
    subjects = subjects_of(conference.items)
    for item in conference.items:
        _put_off(item, subjects[item.id], reason, actor, now)
    notices.notify(
        conference.members,
        word("{meeting}取消了：{reason}"),
        now=now,
        link=address_of(conference),
        meeting=conference.called,
        reason=reason,
    )

    audit.record(Deed.CONFERENCE_CANCEL, conference, actor=actor, now=now, reason=reason)


def open_conference(conference: Conference, present: Sequence[User], *, actor: User, now: datetime) -> None:
    """Record who is present and open the meeting; who drafted or judged a subject stands aside on it from now on.

    Raises:
        RuleBroken: by another than the chair, or without the quorum.
        OutOfTime: before the day of the convocation, or before its hour while somebody invited is not there.
    """
    access.require(actor, Deed.CONFERENCE_OPEN, conference)

    CONFERENCE_MOVES.ensure_open(Deed.CONFERENCE_OPEN, conference)
    day = local_day(now)
    rules.ensure_chair(conference, actor, day)
    rules.ensure_on_its_day(conference, now)
    rules.ensure_quorum(conference, present, day)
    rules.ensure_nobody_is_still_to_come(conference, present, now)

    CONFERENCE_MOVES.move(Deed.CONFERENCE_OPEN, conference)
    conference.opened_at = now
    for row in conference.attendances:
        row.is_present = row.member in present
    subjects = subjects_of(conference.items)
    for item in conference.items:
        barred = MATTERS[item.kind].barred(subjects[item.id])
        item.recusals += [
            Recusal(member=person, ground=barred[person.id], recused_at=now)
            for person in conference.members
            if person.id in barred
        ]

    audit.record(
        Deed.CONFERENCE_OPEN,
        conference,
        actor=actor,
        now=now,
        present=[person.id for person in present],
        recused={item.id: [row.member_id for row in item.recusals] for item in conference.items},
    )


def declare_recusal(item: AgendaItem, *, reason: str, actor: User, now: datetime) -> None:
    """Stand aside on an item, before it is resolved; a vote that was cast on it is taken back."""
    access.require(actor, Deed.RECUSAL_DECLARE, item)

    CONFERENCE_MOVES.ensure_open(Deed.RECUSAL_DECLARE, item.conference)
    rules.ensure_unresolved(item)
    rules.ensure_may_recuse(item, actor, reason, local_day(now))

    vote = item.vote_of(actor)
    if vote is not None:
        item.votes.remove(vote)
    item.recusals.append(Recusal(member=actor, ground=Ground.DECLARED, reason=reason, recused_at=now))

    audit.record(Deed.RECUSAL_DECLARE, item, actor=actor, now=now, reason=reason, had_voted=vote is not None)


def cast_vote(item: AgendaItem, choice: Choice, *, reason: str = "", actor: User, now: datetime) -> Vote:
    """Vote on an item, or change one's vote until it is resolved.

    Raises:
        RuleBroken: by somebody who was not invited, is not present or stands aside; a dissent without its reasons.
    """
    access.require(actor, Deed.VOTE_CAST, item)

    CONFERENCE_MOVES.ensure_open(Deed.VOTE_CAST, item.conference)
    rules.ensure_unresolved(item)
    rules.ensure_may_vote(item, actor, local_day(now))
    rules.ensure_reason_of(choice, reason, local_day(now))

    vote = item.vote_of(actor)
    before = vote.choice if vote is not None else None
    if vote is None:
        vote = Vote(member=actor)
        item.votes.append(vote)
    vote.choice, vote.reason, vote.cast_at = choice, reason, now

    audit.record(Deed.VOTE_CAST, item, actor=actor, now=now, choice=choice, before=before)
    return vote


def resolve_item(
    item: AgendaItem, outcome: ItemOutcome, *, opinion: str, actor: User, now: datetime
) -> Resolution | None:
    """Count the votes and resolve: adopt, return with reasons, or put off; a deferral is no resolution and has no number.

    Raises:
        RuleBroken: by another than who presides, without a quorum, against the count, or where its subject hinders it now.
    """
    access.require(actor, Deed.ITEM_RESOLVE, item)

    CONFERENCE_MOVES.ensure_open(Deed.ITEM_RESOLVE, item.conference)
    day = local_day(now)
    rules.ensure_unresolved(item)
    rules.ensure_presiding(item.conference, actor, day, item)
    rules.ensure_outcome(item, outcome, opinion, day, hindrance_of(item, now))

    resolution = None
    if outcome is ItemOutcome.DEFERRED:
        _put_off(item, subject_of(item), opinion, actor, now)
    else:
        resolution = _resolve(item, outcome, opinion, actor, now)

    audit.record(
        Deed.ITEM_RESOLVE,
        item,
        actor=actor,
        now=now,
        kind=item.kind,
        outcome=outcome,
        number=resolution.number if resolution is not None else None,
        meeting=item.conference.number,
        votes={choice: item.count(choice) for choice in Choice},
        entitled=len(item.entitled),
    )
    return resolution


def _resolve(item: AgendaItem, outcome: ItemOutcome, opinion: str, actor: User, now: datetime) -> Resolution:
    _mark(item, outcome, opinion, actor, now)
    item.resolution = resolution = Resolution(
        number=next_number("龙联", local_day(now)), opinion=opinion, resolved_by=actor, resolved_at=now
    )
    matter, subject = MATTERS[item.kind], subject_of(item)
    if outcome is ItemOutcome.ADOPTED:
        matter.adopted(subject, resolution, now)
    else:
        matter.returned(subject, resolution, now)
    return resolution


def _put_off(item: AgendaItem, subject: Any, reason: str, actor: User, now: datetime) -> None:
    _mark(item, ItemOutcome.DEFERRED, reason, actor, now)
    MATTERS[item.kind].deferred(subject, now)


def _mark(item: AgendaItem, outcome: ItemOutcome, opinion: str, actor: User, now: datetime) -> None:
    item.outcome, item.opinion, item.resolved_by, item.resolved_at = outcome, opinion, actor, now


def close_conference(conference: Conference, *, text: Upload, seen: str, actor: User, now: datetime) -> None:
    """Close the meeting with its printed minutes, once every item has its outcome.

    `text` was printed before this deed from what `seen` is the digest of.
    """
    access.require(actor, Deed.CONFERENCE_CLOSE, conference)

    CONFERENCE_MOVES.ensure_open(Deed.CONFERENCE_CLOSE, conference)
    rules.ensure_presiding(conference, actor, local_day(now))
    rules.ensure_all_resolved(conference, local_day(now))
    rules.ensure_same_facts(conference, seen)

    CONFERENCE_MOVES.move(Deed.CONFERENCE_CLOSE, conference)
    conference.closed_at, conference.closed_by_id = now, actor.id
    conference.text = files.keep(text, by=actor, now=now)
    notices.notify(
        conference.members,
        word("{meeting}已闭会，会议记录可以下载。"),
        now=now,
        link=address_of(conference),
        meeting=conference.called,
    )

    audit.record(Deed.CONFERENCE_CLOSE, conference, actor=actor, now=now, sha256=text.sha256)
