"""Where a page in English still speaks Chinese: Han characters outside what is marked as Chinese."""

from __future__ import annotations

import re
from html.parser import HTMLParser

HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U000323af]+")
# What a reader or a screen reader is given of an element besides its text.
_SPOKEN = ("alt", "aria-label", "placeholder", "title", "data-h")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class _Listener(HTMLParser):
    """Walks a page and keeps the text whose nearest `lang` is not Chinese."""

    def __init__(self) -> None:
        super().__init__()
        self.languages = [""]
        self.hidden = [False]
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        language = told.get("lang", self.languages[-1])
        # A character mark beside a full word is a picture, hidden from those who listen; a text area holds what was typed.
        hidden = self.hidden[-1] or told.get("aria-hidden") == "true" or tag == "textarea"
        if not language.startswith("zh"):
            self.found += [told[name] for name in _SPOKEN if HAN.search(told.get(name, ""))]
        if tag not in _VOID:
            self.languages.append(language)
            self.hidden.append(hidden)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag) if tag not in _VOID else None

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and len(self.languages) > 1:
            self.languages.pop()
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if HAN.search(data) and not self.languages[-1].startswith("zh") and not self.hidden[-1]:
            self.found.append(" ".join(data.split()))


def chinese_on(page: str) -> list[str]:
    """Every text of a page that has Han characters and is not marked as Chinese, in the order of the page."""
    listener = _Listener()
    listener.feed(page)
    listener.close()
    return listener.found
