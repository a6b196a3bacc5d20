"""The printed opening record: at the opening, and again when bidders have said what they had to say."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from procurement.registers.files import Upload
from procurement.steps.competition.models.bids import active_bids
from procurement.steps.competition.models.opening import adjournments_of, commitment_of
from procurement.steps.competition.models.remarks import remarks_of
from procurement.steps.competition.models.review import Competition
from procurement.steps.competition.rules import remarks_until
from procurement.web.papers import keep_printed


def print_record_of(competition: Competition, app: Flask, *, edition: int, at: datetime) -> Upload:
    """Print the record of an opening as it reads `at`, and store it.

    Raises:
        RuleBroken: a character that no font has, by name.
    """
    from procurement.documents import opening_record as document

    commitment = commitment_of(competition.announcement)
    assert commitment is not None
    facts = document.OpeningRecordFacts.of(
        competition, active_bids(competition.announcement), commitment,
        adjournments=adjournments_of(competition.announcement), remarks=remarks_of(competition),
        until=remarks_until(competition), edition=edition, at=at,
    )  # fmt: skip
    name = f"{competition.transfer.number}开启记录第{edition}版"
    return keep_printed(app, document.print_record, facts, name=name, at=at)
