"""The printed agreement and its supplements: made from the terms before the deed that concludes them."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from procurement.registers.files import Upload
from procurement.registers.people import User
from procurement.steps.agreement.models import Agreement, Supplement
from procurement.web.papers import keep_printed


def print_agreement_of(agreement: Agreement, app: Flask, *, concluded_by: User, at: datetime) -> Upload:
    """Print the agreement as it will read once `concluded_by` signs `at`, and store it.

    Raises:
        RuleBroken: a character that no font has, by name.
    """
    from procurement.documents import agreement as document

    facts = document.AgreementFacts.of(agreement, concluded_by=concluded_by, at=at)
    return keep_printed(app, document.print_agreement, facts, name=agreement.number, at=at)


def print_supplement_of(supplement: Supplement, app: Flask, *, concluded_by: User, at: datetime) -> Upload:
    """Print the supplement as it will read once `concluded_by` signs `at`, and store it.

    Raises:
        RuleBroken: a character that no font has, by name.
    """
    from procurement.documents import supplement as document

    facts = document.SupplementFacts.of(supplement, concluded_by=concluded_by, at=at)
    return keep_printed(app, document.print_supplement, facts, name=supplement.number, at=at)
