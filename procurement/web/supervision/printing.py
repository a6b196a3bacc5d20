"""The printed evaluation report: made from marks and facts before the deed that concludes it."""

from __future__ import annotations

import io
from datetime import datetime

from flask import Flask

from procurement.registers import files
from procurement.registers.files import Upload
from procurement.registers.people import User
from procurement.steps.supervision.models import desks
from procurement.steps.supervision.operations import EvaluationTerms
from procurement.transfers.models import Transfer


def print_evaluation_of(
    transfer: Transfer, terms: EvaluationTerms, app: Flask, *, evaluator: User, at: datetime
) -> Upload:
    """Print the report as it will read once `evaluator` concludes it `at`, and store it."""
    from procurement.documents import evaluation as document
    from procurement.web.fonts import fonts_of
    from procurement.web.instance import is_demonstration

    facts = document.EvaluationFacts.of(transfer, desks([transfer])[transfer.id], terms, evaluator=evaluator, at=at)
    printed = document.print_evaluation(facts, fonts_of(app), demonstration=is_demonstration(app), made_at=at)
    limit = max(app.extensions["settings"].upload_limit, len(printed))
    return files.accept(app.extensions["storage"], io.BytesIO(printed), f"{facts.number}.pdf", limit)
