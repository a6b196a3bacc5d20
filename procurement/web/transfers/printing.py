"""The printed report of an ex-ante evaluation: made from marks and plan before the deed that records it."""

from __future__ import annotations

import io
from datetime import datetime

from flask import Flask

from procurement.registers import files
from procurement.registers.files import Upload
from procurement.registers.people import User
from procurement.transfers.ex_ante import ExAnteTerms
from procurement.transfers.models import Plan


def print_ex_ante_of(plan: Plan, terms: ExAnteTerms, app: Flask, *, evaluator: User, at: datetime) -> Upload:
    """Print the report as it will read once `evaluator` evaluates `plan` `at`, and store it."""
    from procurement.documents import ex_ante as document
    from procurement.web.fonts import fonts_of
    from procurement.web.instance import is_demonstration

    facts = document.ExAnteFacts.of(plan, terms, evaluator=evaluator, at=at)
    printed = document.print_ex_ante(facts, fonts_of(app), demonstration=is_demonstration(app), made_at=at)
    limit = max(app.extensions["settings"].upload_limit, len(printed))
    return files.accept(app.extensions["storage"], io.BytesIO(printed), f"{facts.number}.pdf", limit)
