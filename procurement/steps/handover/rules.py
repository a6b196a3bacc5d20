"""What a handover list must hold, and who signs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.errors import RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Appointed, Deed
from procurement.registers.people import OF_AN_ORGANISATION, User
from procurement.statute import limits
from procurement.steps.agreement import rules as agreement_rules
from procurement.steps.agreement.models import Agreement
from procurement.steps.handover.models import Handover, HandoverDesk, HandoverStatus, Party, Section, desks
from procurement.transfers.line import Happening, Outstanding, Room, Running, Step
from procurement.transfers.models import Transfer

# The sections a list cannot do without (domain 7.3, a proposal of this house): the others apply where there is something.
MANDATORY = (Section.MATTER, Section.DUTIES, Section.PROCEDURES, Section.CONTINUITY)


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """One row of a list: section, what, how many, remark; `remains` marks an accepted left-over."""

    section: Section
    name: str
    quantity: str = ""
    remark: str = ""
    remains: bool = False


def ensure_items(items: Sequence[ItemTerms], day: date) -> None:
    """Refuse a list that leaves out a mandatory section."""
    present = {item.section for item in items}
    lacking = tuple(section for section in MANDATORY if section not in present)
    if lacking:
        clause = limits.HANDOVER_LIST.on(day)
        raise RuleBroken(
            word("交接清单还缺这几节：{lacking}。每节至少一行，没有的写明“无”。"),
            lacking=lacking,
            field="items",
            article=clause.article,
        )


def ensure_effect(takes_effect_on: date, agreement: Agreement, day: date) -> None:
    """Refuse a date of effect outside the agreement's term."""
    if not agreement.starts_on <= takes_effect_on <= agreement.ends_on:
        raise RuleBroken(
            word("交接生效日 {effect} 不在协议期限 {starts} 至 {ends} 之内。"),
            effect=takes_effect_on,
            starts=agreement.starts_on,
            ends=agreement.ends_on,
            field="takes_effect_on",
            article=limits.HANDOVER_LIST.on(day).article,
        )


def ensure_may_witness(transfer: Transfer, person: User, day: date) -> None:
    """Refuse a witness who is of either side: the one who watches over a handover gives and takes nothing."""
    of_provider = person.organisation_id is not None and person.organisation_id == transfer.provider_id
    if person.department_id == transfer.department_id or of_provider or person.roles & OF_AN_ORGANISATION:
        raise RuleBroken(
            word("{person} 属于交接的一方，不能作监交人；监交人应来自双方之外。"),
            person=person.called,
            field="witness",
            article=limits.HANDOVER_LIST.on(day).article,
        )


def party_of(handover: Handover, actor: User) -> Party | None:
    """The side for which this person signs; None for nobody's."""
    if actor.id in handover.appointed(Appointed.WITNESS):
        return Party.WITNESS
    if actor.organisation_id is not None and actor.organisation_id in handover.organisation_ids:
        return Party.TAKER
    if actor.department_id == handover.department_id:
        return Party.GIVER
    return None


def ensure_can_sign(handover: Handover, actor: User) -> Party:
    """Refuse a second signature of one side, or two sides signed by one person."""
    party = party_of(handover, actor)
    if party is None:
        raise RuleBroken(word("您不是交接的任何一方，不能签认。"))
    before = handover.signed_by(party)
    if before is not None:
        raise WrongState(
            word("{party}已由 {person} 在 {when} 签认。"), party=party, person=before.user.called, when=before.signed_at
        )
    return party


_LACKS = {
    Party.GIVER: word("交出方还没有签认交接清单"),
    Party.TAKER: word("接收方还没有签认交接清单"),
    Party.WITNESS: word("监交人还没有签认交接清单"),
}


def signatories(transfer: Transfer, party: Party, agreement: Agreement) -> frozenset[int]:
    """The people who are expected to sign for a side, where they are known by number."""
    if party is Party.GIVER:
        return frozenset({transfer.officer_id})
    if party is Party.WITNESS:
        return transfer.appointed(Appointed.WITNESS)
    return frozenset({agreement.confirmed_by_id} if agreement.confirmed_by_id else set())


def outstanding(transfer: Transfer, desk: HandoverDesk, now: datetime, calendar: WorkCalendar) -> list[Outstanding]:
    """What ends step 4: the agreement published and filed, a list, three signatures."""
    if desk.agreement is None:
        return []
    day = local_day(now)
    article = limits.HANDOVER_LIST.on(day).article
    lacking = agreement_rules.after_conclusion(desk.agreement, now, calendar)
    if desk.handover is None:
        return [*lacking, Outstanding(word("交接清单还没有起草"), Deed.HANDOVER_DRAFT, article)]
    if desk.handover.status is not HandoverStatus.COMPLETED:
        for party in Party:
            if desk.handover.signed_by(party) is None:
                people = signatories(transfer, party, desk.agreement)
                lacking.append(
                    Outstanding(_LACKS[party], Deed.HANDOVER_SIGN, article, desk.handover.takes_effect_on, people)
                )
    return lacking


def clocks(_transfer: Transfer, desk: HandoverDesk, _now: datetime, _calendar: WorkCalendar) -> list[Running]:
    """The clocks that began with the signature."""
    return agreement_rules.clocks_after_conclusion(desk.agreement) if desk.agreement is not None else []


def happenings(_transfer: Transfer, _desk: HandoverDesk, _now: datetime, _calendar: WorkCalendar) -> list[Happening]:
    """A handover has no instant of its own: it is done when three have signed."""
    return []


ROOM = Room(Step.HANDOVER, desks, outstanding, clocks, happenings)
