"""`docs/limits.md`: every number and provision of the law with its article, standing, phase, and the place that asks for it.

Made from the table and from the code itself, so that it cannot tell of what is not so; a test compares the two.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from procurement.config import ROOT
from procurement.statute import limits
from procurement.statute.clauses import PROVISION, ByMode, Clause, Named, Phase, all_clauses

FILE = ROOT / "docs" / "limits.md"
_SOURCES = (("procurement", "*.py"), ("templates", "*.html"))
_HEAD = """# Limits

Every number, period and provision this system knows, one row an edition. The rows stand in
`procurement/statute/data/clauses.csv`; rules ask for them by the name in `procurement/statute/limits.py`. This page is
made by `python3 manage.py flask limits` and never written by hand.

A new edition of a row binds what begins from its day on: a rule asks for the edition of the day on which a period
begins, so a period that runs keeps the number it began with.

A purchase of services runs the rows of procurement law. 整体转移, 部分转移 and 委托 run the LG rows in their place, which
are the city's to set; `limits.NAME.of(transfer)` decides.

Standing: *law* was checked against its text; *unverified* is recalled and not yet checked; *practice* is this system's or a
city's custom, no number of the law. Phase: before (事前), during (事中), after (事后) the service, or the house's own.
"""


def names_by_clause() -> dict[str, list[str]]:
    """The names in `limits.py` of each clause."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in vars(limits).items():
        for named in value.each if isinstance(value, ByMode) else value if isinstance(value, tuple) else (value,):
            if isinstance(named, Named):
                found[named.id].append(name)
    for bounds in (limits.ArchiveBounds, limits.ScreeningBounds):
        source = (ROOT / "procurement/statute/limits.py").read_text(encoding="utf-8")
        body = source.split(f"class {bounds.__name__}")[1].split("\nclass ")[0]
        for clause in re.findall(r'Named\("([^"]+)"\)', body):
            found[clause].append(bounds.__name__)
    return found


def places_of_names() -> dict[str, list[str]]:
    """The files that ask for each name of `limits.py`."""
    places: dict[str, list[str]] = defaultdict(list)
    for folder, pattern in _SOURCES:
        for path in sorted((ROOT / folder).rglob(pattern)):
            text = path.read_text(encoding="utf-8")
            told = path.relative_to(ROOT).as_posix()
            for name in sorted(set(re.findall(r"\blimits\.([A-Z_]+)\b|\b(ArchiveBounds|ScreeningBounds)\.", text))):
                asked = next(part for part in name if part)
                if told != "procurement/statute/limits.py":
                    places[asked].append(told.removeprefix("procurement/"))
    return places


def _amount(clause: Clause) -> str:
    return str(clause) if clause.direction != PROVISION else "—"


def _dates(clause: Clause) -> str:
    return f"{clause.since:%Y-%m-%d} –" + (f" {clause.until:%Y-%m-%d}" if clause.until is not None else "")


def table() -> Iterator[str]:
    """The page, line by line."""
    yield _HEAD
    names, places = names_by_clause(), places_of_names()
    for phase in Phase:
        rows = [edition for editions in all_clauses().values() for edition in editions if edition.phase is phase]
        if not rows:
            continue
        yield f"## {phase.label} · {phase.value}\n"
        yield "| id | what | limit | article | in force | standing | asked for in |"
        yield "|---|---|---|---|---|---|---|"
        for row in rows:
            asked = sorted({place for name in names.get(row.id, []) for place in places.get(name, [])})
            what = f"{row.name}<br>{row.name_en}"
            direction = {"floor": "≥ ", "ceiling": "≤ "}.get(row.direction, "") if row.direction != PROVISION else ""
            told = ", ".join(f"`{place}`" for place in asked) or "no rule yet"
            yield (
                f"| {row.id} | {what} | {direction}{_amount(row)} | {row.article} | {_dates(row)} | {row.standing} | {told} |"
            )
        yield ""


def document() -> str:
    """The whole page."""
    return "\n".join(table())
