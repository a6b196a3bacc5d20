"""The printed bidding documents: made from plan and text before the deed that keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask

from procurement.registers.files import Upload
from procurement.registers.organisations.models import organisation_by_code
from procurement.steps.announcement.models import Announcement
from procurement.web.papers import keep_printed

if TYPE_CHECKING:
    from procurement.documents.bidding_documents import BiddingFacts


def _facts_of(announcement: Announcement, number: int, at: datetime) -> BiddingFacts:
    from procurement.documents import bidding_documents as document

    source = organisation_by_code(announcement.transfer.plan.source_code)
    return document.BiddingFacts.of(announcement, source=source, number=number, at=at)


def draft_terms_of(announcement: Announcement, at: datetime) -> list[tuple[str, list[str]]]:
    """The draft agreement as the documents say it, each article with its number."""
    from procurement.documents.bidding_documents import draft_terms

    return draft_terms(_facts_of(announcement, announcement.edition, at))


def print_documents_of(announcement: Announcement, app: Flask, *, number: int, at: datetime) -> tuple[Upload, Upload]:
    """Print the bidding documents of version `number` as they read `at`, and store both: the PDF, and the DOCX to complete.

    Raises:
        RuleBroken: a character that no font has, by name.
    """
    from procurement.documents import bidding_documents as document

    facts = _facts_of(announcement, number, at)
    name = f"{facts.title}{facts.kind}（{facts.edition}）"
    return (
        keep_printed(app, document.print_bidding_documents, facts, name=name, at=at),
        keep_printed(app, document.write_bidding_documents, facts, name=name, at=at, ending="docx"),
    )
