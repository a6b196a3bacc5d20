"""What people do in step 4: draft the list, and sign it, each for their side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict
from procurement.foundation.labels import word
from procurement.registers import access, audit, notices
from procurement.registers.access import Appointed, Deed
from procurement.registers.people import Role, User, users_with_role
from procurement.steps.handover import rules
from procurement.steps.handover.models import (
    HANDOVER_MOVES,
    Handover,
    HandoverItem,
    HandoverSignature,
    HandoverStatus,
    Party,
    desks,
)
from procurement.steps.handover.rules import ItemTerms
from procurement.transfers import line
from procurement.transfers.line import Step
from procurement.transfers.models import Appointment, Transfer
from procurement.transfers.operations import address_of, complete_step


def draft_handover(
    transfer: Transfer,
    items: Sequence[ItemTerms],
    *,
    takes_effect_on: date,
    witness: User,
    transition: str = "",
    actor: User,
    now: datetime,
) -> Handover:
    """Draft the handover list and appoint its witness.

    Raises:
        RuleBroken: a section left out, a date outside the term, a witness who is of either side.
    """
    access.require(actor, Deed.HANDOVER_DRAFT, transfer)

    line.ensure_at(transfer, Step.HANDOVER)
    desk = desks([transfer])[transfer.id]
    if desk.agreement is None or desk.handover is not None:
        raise Conflict(word("交接清单已经起草，请在已有的清单上修改。"))
    _ensure_list(transfer, desk.agreement, items, takes_effect_on, witness, now)

    handover = Handover(
        agreement=desk.agreement,
        status=HandoverStatus.OPEN,
        takes_effect_on=takes_effect_on,
        transition=transition,
        drafted_by=actor,
        items=_rows(items),
    )
    db.session.add(handover)
    _appoint_witness(transfer, witness, now)
    db.session.flush()
    notices.notify(
        [witness, *users_with_role(Role.PROVIDER, organisation_id=transfer.provider_id)],
        word("“{title}”的交接清单等您签认。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
    )

    audit.record(Deed.HANDOVER_DRAFT, handover, actor=actor, now=now, rows=len(items), witness=witness.id)
    return handover


def _ensure_list(
    transfer: Transfer,
    agreement: object,
    items: Sequence[ItemTerms],
    takes_effect_on: date,
    witness: User,
    now: datetime,
) -> None:
    day = local_day(now)
    rules.ensure_items(items, day)
    rules.ensure_effect(takes_effect_on, agreement, day)  # type: ignore[arg-type]
    rules.ensure_may_witness(transfer, witness, day)


def _rows(items: Sequence[ItemTerms]) -> list[HandoverItem]:
    return [
        HandoverItem(
            position=place,
            section=item.section,
            name=item.name,
            quantity=item.quantity,
            remark=item.remark,
            remains=item.remains,
        )
        for place, item in enumerate(items)
    ]


def _appoint_witness(transfer: Transfer, witness: User, now: datetime) -> None:
    for held in transfer.appointments:
        if held.kind is Appointed.WITNESS and held.ended_at is None:
            if held.user_id == witness.id:
                return
            held.ended_at = now
    db.session.add(
        Appointment(transfer=transfer, kind=Appointed.WITNESS, attempt=transfer.attempt, user=witness, appointed_at=now)
    )


def revise_handover(
    handover: Handover,
    items: Sequence[ItemTerms],
    *,
    takes_effect_on: date,
    witness: User,
    transition: str = "",
    actor: User,
    now: datetime,
) -> None:
    """Change a list that nobody has signed yet."""
    access.require(actor, Deed.HANDOVER_REVISE, handover)

    line.ensure_at(handover.transfer, Step.HANDOVER)
    HANDOVER_MOVES.ensure_open(Deed.HANDOVER_REVISE, handover)
    _ensure_list(handover.transfer, handover.agreement, items, takes_effect_on, witness, now)

    handover.items, handover.transition, handover.takes_effect_on = _rows(items), transition, takes_effect_on
    _appoint_witness(handover.transfer, witness, now)

    audit.record(Deed.HANDOVER_REVISE, handover, actor=actor, now=now, rows=len(items), witness=witness.id)


def sign_handover(handover: Handover, *, actor: User, now: datetime) -> Party:
    """Sign for one's side; the third signature ends step 4.

    Raises:
        WrongState: a side that has signed already.
        RuleBroken: the last signature while agreement or list still lack something.
    """
    access.require(actor, Deed.HANDOVER_SIGN, handover)

    line.ensure_at(handover.transfer, Step.HANDOVER)
    HANDOVER_MOVES.ensure_open(Deed.HANDOVER_SIGN, handover)
    party = rules.ensure_can_sign(handover, actor)

    HANDOVER_MOVES.move(Deed.HANDOVER_SIGN, handover)
    handover.signatures.append(HandoverSignature(party=party, user=actor, signed_at=now))
    if len(handover.signatures) == len(Party):
        handover.status, handover.completed_at = HandoverStatus.COMPLETED, now
        complete_step(handover.transfer, rules.ROOM, now=now)
        notices.notify(
            [handover.transfer.officer, *users_with_role(Role.PROVIDER, organisation_id=handover.transfer.provider_id)],
            word("“{title}”三方签认完毕，开始履行。"),
            now=now,
            link=address_of(handover.transfer),
            title=handover.transfer.called,
        )

    audit.record(Deed.HANDOVER_SIGN, handover, actor=actor, now=now, party=party)
    return party
