"""Issued papers: printed before the deed that issues them, and kept."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime

from flask import Flask

from procurement.registers import files
from procurement.registers.files import Upload


def keep_printed(
    app: Flask, print_it: Callable[..., bytes], facts: object, *, name: str, at: datetime, ending: str = "pdf"
) -> Upload:
    """Print `facts` with one of the documents' `print_…` as of `at`, and store the file as `name`.

    Raises:
        RuleBroken: a character that no font has, by name.
    """
    from procurement.web.fonts import fonts_of
    from procurement.web.instance import is_demonstration

    printed = print_it(facts, fonts_of(app), demonstration=is_demonstration(app), made_at=at)
    # What the house prints itself is not held to the limit of uploads.
    limit = max(app.extensions["settings"].upload_limit, len(printed))
    return files.accept(app.extensions["storage"], io.BytesIO(printed), f"{name}.{ending}", limit)
