"""What payments to an organisation need, as its page and the pages of payments show it: numbers masked, for few."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from procurement.foundation.fields import masked
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.organisations.models import Organisation, PaymentDetail
from procurement.web.session import acting_user

# By which deed the whole of a detail is looked at; the bank is no secret to whoever may look at the account.
LOOKED_AT_BY = {
    PaymentDetail.IDENTITY_NUMBER: Deed.IDENTITY_NUMBER_READ,
    PaymentDetail.BANK: Deed.BANK_ACCOUNT_READ,
    PaymentDetail.ACCOUNT_NUMBER: Deed.BANK_ACCOUNT_READ,
}


@dataclass(frozen=True, slots=True)
class PaymentView:
    """What this reader may see of what payments need: each detail as it is shown and where the whole stands; what lacks."""

    rows: list[tuple[PaymentDetail, str, str]]
    lacking: list[PaymentDetail]
    keeps: bool


def payment_of(organisation: Organisation) -> PaymentView | None:
    """The details of an organisation, its numbers masked; None for whoever may look at none of them."""
    actor = acting_user()
    seen = [detail for detail, deed in LOOKED_AT_BY.items() if access.can(actor, deed, organisation)]
    if not seen:
        return None
    rows = []
    for detail in seen:
        text, address = str(getattr(organisation, detail.value)), ""
        if detail is not PaymentDetail.BANK:
            name = f"organisations.{LOOKED_AT_BY[detail].function_name}"
            text, address = masked(text), url_for(name, organisation_id=organisation.id)
        rows.append((detail, text, address))
    lacking = [detail for detail in organisation.lacking_for_payments if detail in seen]
    return PaymentView(rows, lacking, access.can(actor, Deed.PAYMENT_DETAILS_KEEP, organisation))
