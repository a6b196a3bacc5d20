"""What an organisation's page shows beside its account: listing, grades, credit, what it has done here and how well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import g

from procurement.foundation.clock import local_day
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.credit.models import BAD, CreditRecord, Grade, credit_records_of, grades_of
from procurement.registers.credit.rules import disclosed
from procurement.registers.directory.expiries import Expiry, expiries_of
from procurement.registers.directory.models import PUBLIC, Listing, newest_listing_of
from procurement.registers.indicators import Grade as Evaluated
from procurement.registers.organisations.models import Organisation
from procurement.steps.supervision.models import ExpenditureEvaluation, evaluations_of_provider
from procurement.transfers.models import Transfer, all_transfers
from procurement.web.session import acting_user

GOOD = frozenset({Evaluated.EXCELLENT, Evaluated.GOOD})


@dataclass(frozen=True, slots=True)
class Standing:
    """The whole of it, or as much as the public sees."""

    day: date
    listing: Listing | None
    reads_listing: bool
    grades: Sequence[Grade]
    records: Sequence[CreditRecord]
    past: Sequence[tuple[Transfer, ExpenditureEvaluation | None]]
    expiries: Sequence[Expiry]
    bad: frozenset[object] = BAD


def good_evaluations_of(organisation_id: int) -> int:
    """How many of its transfers were evaluated as good or better."""
    return sum(row.grade in GOOD for row in evaluations_of_provider(organisation_id))


def past_of(organisation_id: int) -> Sequence[tuple[Transfer, ExpenditureEvaluation | None]]:
    """Its transfers, the newest first, each with its evaluation where there is one; two queries."""
    evaluations = {row.transfer_id: row for row in evaluations_of_provider(organisation_id)}
    return [(row, evaluations.get(row.id)) for row in all_transfers(provider_id=organisation_id)]


def credit_of(organisation: Organisation, *, whole: bool) -> Standing:
    """What this reader sees of an organisation: the public no application under way, no old bad record, no expiry."""
    day, listing = local_day(g.now), newest_listing_of(organisation.id)
    reads = listing is not None and access.can(acting_user(), Deed.LISTING_READ, listing)
    records = credit_records_of(organisation.id)
    return Standing(
        day,
        listing if reads or (listing is not None and listing.status in PUBLIC) else None,
        reads,
        grades_of(organisation.id),
        records if whole else disclosed(records, day),
        past_of(organisation.id),
        expiries_of(organisation, day) if whole else [],
    )


@dataclass(frozen=True, slots=True)
class CreditDeeds:
    """Which deeds of credit this reader may do on the organisation."""

    grade: bool
    record: bool
    lift: bool
    apply: bool


def credit_deeds(organisation: Organisation) -> CreditDeeds:
    """Which deeds of credit this reader may do on the organisation."""
    deeds = (Deed.GRADE_ENTER, Deed.CREDIT_RECORD_ENTER, Deed.CREDIT_RECORD_LIFT, Deed.LISTING_APPLY)
    return CreditDeeds(*(access.can(acting_user(), deed, organisation) for deed in deeds))
