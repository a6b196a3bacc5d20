"""The printed minutes: made from what was recorded before the deed that closes the meeting."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from procurement.registers.files import Upload
from procurement.registers.people import User
from procurement.transfers.conference.models import Conference
from procurement.web.papers import keep_printed


def print_minutes_of(conference: Conference, app: Flask, *, closed_by: User, at: datetime) -> Upload:
    """Print the minutes as they will read once `closed_by` closes the meeting `at`, and store them.

    Raises:
        RuleBroken: a character that no font has, by name.
    """
    from procurement.documents import minutes as document

    facts = document.MinutesFacts.of(conference, closed_by=closed_by, at=at)
    return keep_printed(app, document.print_minutes, facts, name=f"{conference.number}会议记录", at=at)
