"""The fonts of this instance: prepared once, or the faces an agency is licensed for."""

from __future__ import annotations

from typing import Any

from flask import Flask


def fonts_of(app: Flask) -> Any:
    """The font paths that documents are printed with; resolved once per process."""
    from procurement.documents.fonts import find_fonts

    if "fonts" not in app.extensions:
        settings = app.extensions["settings"]
        app.extensions["fonts"] = find_fonts(settings.fonts_folder, settings.font_paths)
    return app.extensions["fonts"]
