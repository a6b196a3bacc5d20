"""The English voice: what has to be said in English, gathered from code, templates and data, and the catalogue it is kept in.

Chinese is the source. `update` brings `translations/en/LC_MESSAGES/messages.po` up to what is said now and keeps every
English sentence that is still wanted; `lacking` names what has none. The catalogue carries no dates, addresses or line
numbers, so that a change of it is a change of words.
"""

from __future__ import annotations

import csv
import io
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from procurement.config import ROOT
from procurement.foundation.labels import word
from procurement.registers.organisations.credit_code import STANDARD
from procurement.statute.clauses import all_clauses

CATALOGUE = ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po"

KEYWORDS: dict[str, None] = dict.fromkeys(("word", "_", "_l", "gettext", "lazy_gettext"))
TEMPLATES = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
SOURCES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("procurement", "*.py", "python", {}),
    ("templates", "*.html", "jinja2", TEMPLATES),
    ("templates", "*.txt", "jinja2", TEMPLATES),
)

HEADER = """\
# The English voice of Jieli: a foreign reader who knows procurement should need no Chinese beside it.
# Terms are those of the glossary in docs/architecture.md; `flask translations update` adds what is new, at its place.
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""

# The days that `holidays` knows by name; the announced years bring theirs with them.
STATUTORY_DAYS = (
    word("元旦"), word("春节"), word("农历除夕"), word("清明节"), word("劳动节"), word("端午节"), word("中秋节"),
    word("国庆节"), word("中秋节、国庆节"),
)  # fmt: skip


# ── what has to be said ────────────────────────────────────────────────────────────────────────────────────────────


def said() -> Iterator[str]:
    """Every Chinese text that code and templates mark for translation."""
    for folder, pattern, method, options in SOURCES:
        for path in sorted((ROOT / folder).rglob(pattern)):
            for _line, message, _comments, _context in extract_from_file(
                method, path, keywords=KEYWORDS, options=options
            ):
                yield message if isinstance(message, str) else message[0]


def said_by_data() -> Iterator[str]:
    """Every Chinese text that is a value of the statute's tables and is shown through gettext: laws, units, holidays."""
    for editions in all_clauses().values():
        for clause in editions:
            yield clause.law
            yield clause.unit
    yield STANDARD.law
    with (ROOT / "procurement/statute/data/holidays.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            yield row["name"]
            yield row["source"]


def wanted() -> list[str]:
    """Everything that has to be said in English, once each, in the order of the catalogue."""
    return sorted({text for text in (*said(), *said_by_data()) if text})


# ── the catalogue ──────────────────────────────────────────────────────────────────────────────────────────────────


def read_catalogue(path: Path = CATALOGUE) -> Catalog:
    """The catalogue as it stands; an empty one where there is none."""
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as text:
        return read_po(text, locale="en", abort_invalid=True)


def english_of(catalogue: Catalog) -> dict[str, str]:
    """Chinese to English, what has no English left out."""
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def text_of(english: Mapping[str, str], texts: Iterable[str]) -> str:
    """The catalogue's own text for `texts`: sorted, without anything that changes by itself."""
    catalogue = Catalog(locale="en")
    for text in texts:
        catalogue.add(text, english.get(text, ""))
    written = io.BytesIO()
    write_po(written, catalogue, width=120, no_location=True, omit_header=True, sort_output=True)
    return HEADER + written.getvalue().decode("utf-8").rstrip("\n") + "\n"


def update(path: Path = CATALOGUE) -> list[str]:
    """Write the catalogue anew: every wanted text with the English it has, and nothing else; returns those without."""
    texts = wanted()
    english = english_of(read_catalogue(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text_of(english, texts), "utf-8", newline="\n")
    return [text for text in texts if text not in english]


def lacking(path: Path = CATALOGUE) -> list[str]:
    """The wanted texts that have no English."""
    english = english_of(read_catalogue(path))
    return [text for text in wanted() if text not in english]


def superfluous(path: Path = CATALOGUE) -> list[str]:
    """What the catalogue still says though nothing asks for it, obsolete entries included."""
    catalogue = read_catalogue(path)
    there: set[Any] = {message.id for message in catalogue if message.id} | set(catalogue.obsolete)
    return sorted(str(text) for text in there - set(wanted()))


def compile_translations(source: Path, target: Path) -> int:
    """Compile every catalogue below `source` (`<language>/LC_MESSAGES/*.po`) to `target`; returns how many."""
    catalogues = sorted(source.glob("*/LC_MESSAGES/*.po"))
    for path in catalogues:
        place = (target / path.relative_to(source)).with_suffix(".mo")
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
        with path.open("rb") as text, part.open("wb") as out:
            write_mo(out, read_po(text, locale=path.parts[-3]))
        os.replace(part, place)
    return len(catalogues)
