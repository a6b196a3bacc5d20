"""What a transfer's page offers of the holders beyond what is outstanding: to appoint anew, and to report a loss."""

from __future__ import annotations

from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.steps.holders.models import holders_of_attempt
from procurement.steps.holders.rules import APPOINTS
from procurement.transfers.line import Step, is_at
from procurement.transfers.models import Transfer


def deeds_of_holders(transfer: Transfer, actor: User | None) -> list[Deed]:
    """Appoint another than who holds now, before the announcement and while bids are sealed; report one's own secret lost."""
    if actor is None or not (is_at(transfer, Step.ANNOUNCEMENT) or is_at(transfer, Step.COMPETITION)):
        return []
    desk = holders_of_attempt(transfer)
    key = desk.competition_key
    if key is not None and key.used_at is not None:
        return []
    deeds = [] if key is not None and key.is_of_one_holder else [APPOINTS[kind] for kind in desk.holders]
    mine = desk.key_of(desk.held_by(actor.id))
    if key is not None and mine is not None and mine.lost_at is None:
        deeds.append(Deed.SECRET_REPORT)
    return deeds
