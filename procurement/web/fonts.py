"""The fonts of this instance: prepared once, or the faces an agency is licensed for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from procurement.config import Settings


def make_fonts_ready(settings: Settings, say: Callable[[str], None]) -> None:
    """Convert the fonts of this instance where that has not been done and the agency has named none of its own."""
    from procurement.documents.fonts import prepare_fonts

    if not {"song", "hei"} <= set(settings.font_paths):
        prepare_fonts(settings.fonts_folder, say)


def fonts_of(app: Flask) -> Any:
    """The font paths that documents are printed with; resolved once per process."""
    from procurement.documents.fonts import find_fonts

    if "fonts" not in app.extensions:
        settings = app.extensions["settings"]
        app.extensions["fonts"] = find_fonts(settings.fonts_folder, settings.font_paths)
    return app.extensions["fonts"]


def unprintable(app: Flask, text: str) -> list[str]:
    """The characters of `text` that no font of this instance has; what everybody types is answered without loading one."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        from procurement.documents.press import uncovered

        return list(uncovered(text, fonts_of(app)))
    return []
