"""The printed bidding documents: made from plan and text before the deed that keeps them."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from procurement.registers.files import Upload
from procurement.registers.organisations.models import organisation_by_code
from procurement.steps.announcement.models import Announcement
from procurement.web.papers import keep_printed


def print_documents_of(announcement: Announcement, app: Flask, *, number: int, at: datetime) -> tuple[Upload, Upload]:
    """Print the bidding documents of version `number` as they read `at`, and store both: the PDF, and the DOCX to complete.

    Raises:
        RuleBroken: a character that no font has, by name.
    """
    from procurement.documents import bidding_documents as document

    source = organisation_by_code(announcement.transfer.plan.source_code)
    facts = document.BiddingFacts.of(announcement, source=source, number=number, at=at)
    name = f"{facts.title}{facts.kind}（{facts.edition}）"
    return (
        keep_printed(app, document.print_bidding_documents, facts, name=name, at=at),
        keep_printed(app, document.write_bidding_documents, facts, name=name, at=at, ending="docx"),
    )
