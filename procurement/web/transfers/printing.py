"""The printed report of an ex-ante evaluation: made from marks and plan before the deed that records it."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from procurement.registers.files import Upload
from procurement.registers.people import User
from procurement.transfers.ex_ante import ExAnteTerms
from procurement.transfers.models import Plan
from procurement.web.papers import keep_printed


def print_ex_ante_of(plan: Plan, terms: ExAnteTerms, app: Flask, *, evaluator: User, at: datetime) -> Upload:
    """Print the report as it will read once `evaluator` evaluates `plan` `at`, and store it."""
    from procurement.documents import ex_ante as document

    facts = document.ExAnteFacts.of(plan, terms, evaluator=evaluator, at=at)
    return keep_printed(app, document.print_ex_ante, facts, name=facts.number, at=at)
