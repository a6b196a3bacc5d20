"""The fonts of this instance: prepared once, or the faces an agency is licensed for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from procurement.config import Settings
from procurement.documents.characters import name_of
from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import word


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


# So many characters are named; whoever pastes more of them need not be told each.
_NAMED = 10


def fault_of_text(app: Flask, text: str) -> RuleBroken | None:
    """Why `text` cannot be printed: the characters that no font of this instance has."""
    lacking = tuple(map(name_of, _unprintable(app, text)[:_NAMED]))
    message = word("字体中没有这些字，印不进文件：{characters}。请改用规范汉字。")
    return RuleBroken(message, characters=lacking) if lacking else None


def _unprintable(app: Flask, text: str) -> list[str]:
    """The characters that no font has; what everybody types is answered without loading one."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        from procurement.documents.press import uncovered

        return list(uncovered(text, fonts_of(app)))
    return []
