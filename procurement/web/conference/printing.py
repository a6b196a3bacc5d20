"""The printed minutes: made from what was recorded before the deed that closes the meeting."""

from __future__ import annotations

import io
from datetime import datetime

from flask import Flask

from procurement.registers import files
from procurement.registers.files import Upload
from procurement.registers.people import User
from procurement.transfers.conference.models import Conference


def print_minutes_of(conference: Conference, app: Flask, *, closed_by: User, at: datetime) -> Upload:
    """Print the minutes as they will read once `closed_by` closes the meeting `at`, and store them.

    Raises:
        RuleBroken: a character that no font has, by name.
    """
    from procurement.documents import minutes as document
    from procurement.web.fonts import fonts_of
    from procurement.web.instance import is_demonstration

    facts = document.MinutesFacts.of(conference, closed_by=closed_by, at=at)
    printed = document.print_minutes(facts, fonts_of(app), demonstration=is_demonstration(app), made_at=at)
    limit = max(app.extensions["settings"].upload_limit, len(printed))
    return files.accept(app.extensions["storage"], io.BytesIO(printed), f"{conference.number}会议记录.pdf", limit)
