"""The printed agreement: made from the terms before the deed that concludes it."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from procurement.registers.files import Upload
from procurement.registers.people import User
from procurement.steps.agreement.models import Agreement
from procurement.web.papers import keep_printed


def print_agreement_of(agreement: Agreement, app: Flask, *, concluded_by: User, at: datetime) -> Upload:
    """Print the agreement as it will read once `concluded_by` signs `at`, and store it.

    Raises:
        RuleBroken: a character that no font has, by name.
    """
    from procurement.documents import agreement as document

    facts = document.AgreementFacts.of(agreement, concluded_by=concluded_by, at=at)
    return keep_printed(app, document.print_agreement, facts, name=agreement.number, at=at)
