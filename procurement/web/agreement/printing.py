"""The printed agreement: made from the terms before the deed that concludes it."""

from __future__ import annotations

import io
from datetime import datetime

from flask import Flask

from procurement.registers import files
from procurement.registers.files import Upload
from procurement.registers.people import User
from procurement.steps.agreement.models import Agreement


def print_agreement_of(agreement: Agreement, app: Flask, *, concluded_by: User, at: datetime) -> Upload:
    """Print the agreement as it will read once `concluded_by` signs `at`, and store it.

    Raises:
        RuleBroken: a character that no font has, by name.
    """
    from procurement.documents import agreement as document
    from procurement.web.fonts import fonts_of
    from procurement.web.instance import is_demonstration

    facts = document.AgreementFacts.of(agreement, concluded_by=concluded_by, at=at)
    printed = document.print_agreement(facts, fonts_of(app), demonstration=is_demonstration(app), made_at=at)
    limit = max(app.extensions["settings"].upload_limit, len(printed))
    return files.accept(app.extensions["storage"], io.BytesIO(printed), f"{agreement.number}.pdf", limit)
