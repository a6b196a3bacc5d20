"""Search in the catalogue: by code, or by any two neighbouring characters of name, scope or English name.

An own table of bigrams finds the candidates, alike on both databases; the substring itself is then looked for in their
texts, which also tells what to highlight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import word
from procurement.registers.catalogue.models import CatalogueBigram, CatalogueEntry, ReferenceEdition
from procurement.registers.catalogue.rules import folded, spans_of

FIELDS = ("name", "name_en", "scope")
SHORTEST = 2
LONGEST = 40

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text, and whether it is what was looked for."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Found:
    """An entry, and where the query stands in its `code`, `name`, `name_en` and `scope`: (start, end exclusive)."""

    entry: CatalogueEntry
    spans: Mapping[str, tuple[Span, ...]]

    def pieces(self, field: str) -> list[Piece]:
        """The text of `field`, cut where the query begins and ends."""
        return pieces(getattr(self.entry, field), self.spans.get(field, ()))


def bigrams_of(text: str) -> set[str]:
    """Every two neighbouring characters of `text`, folded."""
    plain = folded(text).text
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


def index_of(entry: CatalogueEntry) -> set[str]:
    """The bigrams under which an entry is found; none spans two of its fields."""
    return {bigram for field in FIELDS for bigram in bigrams_of(getattr(entry, field))}


def pieces(text: str, spans: Sequence[Span]) -> list[Piece]:
    """`text` cut at `spans`, which may overlap."""
    cut: list[Piece] = []
    at = 0
    for start, end in _joined(spans):
        cut += [Piece(text[at:start], False), Piece(text[start:end], True)]
        at = end
    cut.append(Piece(text[at:], False))
    return [piece for piece in cut if piece.text]


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def search(query: str, edition: ReferenceEdition) -> list[Found]:
    """The entries whose code begins with `query`, or whose name, English name or scope contains it, by code.

    White space, case and full width make no difference.

    Raises:
        RuleBroken: a query of less than two characters, or of more than forty.
    """
    wanted = folded(query).text
    if len(wanted) < SHORTEST:
        raise RuleBroken(
            word("检索词“{query}”不足 {least} 个字。请输入目录编码的前几位，或者名称、服务范围中相连的两个字以上。"),
            field="q",
            query=query.strip(),
            least=SHORTEST,
        )
    if len(wanted) > LONGEST:
        raise RuleBroken(
            word("检索词有 {length} 个字，最多 {most} 个字。请只输入名称或服务范围中相连的几个字。"),
            field="q",
            length=len(wanted),
            most=LONGEST,
        )
    return [found for entry in _candidates(wanted, edition) if (found := _verified(entry, wanted)).spans]


def _candidates(wanted: str, edition: ReferenceEdition) -> Sequence[CatalogueEntry]:
    bigrams = bigrams_of(wanted)
    having_all = (
        select(CatalogueBigram.entry_id)
        .where(CatalogueBigram.bigram.in_(sorted(bigrams)))
        .group_by(CatalogueBigram.entry_id)
        .having(func.count() == len(bigrams))
    )
    matches: ColumnElement[bool] = CatalogueEntry.id.in_(having_all)
    if _is_code(wanted):
        matches = or_(matches, CatalogueEntry.code.startswith(wanted, autoescape=True))
    query = select(CatalogueEntry).where(CatalogueEntry.edition_id == edition.id, matches)
    return db.session.scalars(query.order_by(CatalogueEntry.code)).all()


def _is_code(wanted: str) -> bool:
    return wanted.isascii() and wanted.isdigit()


def _verified(entry: CatalogueEntry, wanted: str) -> Found:
    spans = {field: tuple(spans_of(wanted, folded(getattr(entry, field)))) for field in FIELDS}
    if _is_code(wanted) and entry.code.startswith(wanted):
        spans["code"] = ((0, len(wanted)),)
    return Found(entry, {field: places for field, places in spans.items() if places})
