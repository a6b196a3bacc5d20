"""Who may see whose bid security goes back when."""

from __future__ import annotations

from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.transfers.models import Transfer


def may_see_securities(actor: User | None, transfer: Transfer) -> bool:
    """Whether a person may: who gives it back, and who may read every line of the transfer."""
    return access.can(actor, Deed.SECURITY_RETURN, transfer) or access.can(actor, Deed.AUDIT_READ, transfer)
