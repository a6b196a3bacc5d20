"""The printed evaluation report: made from marks and facts before the deed that concludes it."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from procurement.registers.files import Upload
from procurement.registers.people import User
from procurement.steps.supervision.models import desks
from procurement.steps.supervision.operations import EvaluationTerms
from procurement.transfers.models import Transfer
from procurement.web.papers import keep_printed


def print_evaluation_of(
    transfer: Transfer, terms: EvaluationTerms, app: Flask, *, evaluator: User, at: datetime
) -> Upload:
    """Print the report as it will read once `evaluator` concludes it `at`, and store it."""
    from procurement.documents import evaluation as document

    facts = document.EvaluationFacts.of(transfer, desks([transfer])[transfer.id], terms, evaluator=evaluator, at=at)
    return keep_printed(app, document.print_evaluation, facts, name=facts.number, at=at)
