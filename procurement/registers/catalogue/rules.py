"""What shape a list must have, and which words no plan, announcement or agreement may contain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from procurement.foundation.errors import Article, DomainError, Refusals, RuleBroken
from procurement.foundation.labels import word
from procurement.registers.catalogue.models import NegativeListEntry, Severity

# ── the shape of a list ────────────────────────────────────────────────────────────────────────────────────────────


class ShapedRow(Protocol):
    """What the check of the shape needs to know of a row of a catalogue."""

    @property
    def code(self) -> str:
        """Two digits a level."""

    @property
    def parent_code(self) -> str:
        """Empty on level 1."""

    @property
    def level(self) -> int:
        """1 at the top."""

    @property
    def name(self) -> str:
        """The Chinese name."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a list: a sentence, and its row (the first one below the head is 1; 0 is the whole list)."""

    row: int
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """第 12 行：……."""
        sentence = self.message.format(**self.values)
        return f"第 {self.row} 行：{sentence}" if self.row else sentence


def faults_in(rows: Sequence[ShapedRow], shape: Sequence[int] | None = None) -> list[Fault]:
    """Everything wrong with the rows of a catalogue, in their order; an empty list when nothing is.

    Every parent exists one level up, a code is its parent's with two digits more, no code stands twice, every row has a
    name. `shape` gives the number of rows on each level where that is fixed: an official list may have another one.
    """
    faults: list[Fault] = []
    levels = {row.code: row.level for row in rows}
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        faults += [Fault(number, message, values) for message, values in _faults_of(row, levels, seen)]
        seen.add(row.code)
    if shape is not None:
        faults += _faults_of_shape(rows, shape)
    return faults


def _faults_of(row: ShapedRow, levels: Mapping[str, int], seen: set[str]) -> Iterable[tuple[str, dict[str, object]]]:
    if row.code in seen:
        yield word("编码 {code} 出现了两次。"), {"code": row.code}
    if not row.name.strip():
        yield word("编码 {code} 没有名称。"), {"code": row.code}
    if row.level != 1 and row.parent_code and levels.get(row.parent_code) != row.level - 1:
        yield word("编码 {code} 的上级 {parent} 不在上一级。"), {"code": row.code, "parent": row.parent_code}
    if row.level == 1 and row.parent_code:
        yield word("编码 {code} 在第一级，不应有上级 {parent}。"), {"code": row.code, "parent": row.parent_code}
    if row.level != 1 and not row.parent_code:
        yield word("编码 {code} 不在第一级，要有上级。"), {"code": row.code}
    if not re.fullmatch(re.escape(row.parent_code) + "[0-9][0-9]", row.code):
        yield word("编码“{code}”应是上级编码“{parent}”再加两位数字。"), {"code": row.code, "parent": row.parent_code}


def _faults_of_shape(rows: Sequence[ShapedRow], shape: Sequence[int]) -> list[Fault]:
    faults: list[Fault] = []
    for level, wanted in enumerate(shape, start=1):
        if (found := sum(row.level == level for row in rows)) != wanted:
            values: dict[str, object] = {"level": level, "wanted": wanted, "found": found}
            faults.append(Fault(0, word("第 {level} 级应有 {wanted} 项，现有 {found} 项。"), values))
    if beyond := sum(not 1 <= row.level <= len(shape) for row in rows):
        values = {"found": beyond, "deepest": len(shape)}
        faults.append(Fault(0, word("有 {found} 行不在第 1 至第 {deepest} 级。"), values))
    return faults


# ── texts made comparable ──────────────────────────────────────────────────────────────────────────────────────────

# Characters that show nothing yet are letters or symbols to Unicode: the Hangul fillers and the blank of Braille.
_BLANKS = "\u115f\u1160\u3164\uffa0\u2800"
# Controls and formats (among them every zero-width one), separators, and marks that print over their neighbour.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs", "Me", "Mn"})


@dataclass(frozen=True, slots=True)
class Folded:
    """A text made comparable; `places[i]` is where the i-th character of `text` stands in the original."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original, end exclusive."""
        return self.places[start], self.places[end - 1] + 1


def folded(text: str) -> Folded:
    """`text` in its compatibility form, without case, white space and characters that cannot be seen."""
    # Traditional characters are made simplified here, and nowhere else, once the issue on screening brings the table.
    characters: list[str] = []
    places: list[int] = []
    for place, original in enumerate(text):
        for character in unicodedata.normalize("NFKC", original).casefold():
            if character not in _BLANKS and unicodedata.category(character) not in _UNSEEN:
                characters.append(character)
                places.append(place)
    return Folded("".join(characters), tuple(places))


def spans_of(needle: str, haystack: Folded) -> list[tuple[int, int]]:
    """Where the folded `needle` stands in the original of `haystack`: (start, end exclusive), overlapping ones too."""
    spans: list[tuple[int, int]] = []
    at = haystack.text.find(needle) if needle else -1
    while at >= 0:
        spans.append(haystack.span(at, at + len(needle)))
        at = haystack.text.find(needle, at + 1)
    return spans


# ── screening against the negative list ────────────────────────────────────────────────────────────────────────────

# The laws that the bundled rows cite first, marked for their English names.
LAWS = (
    word("政府购买服务管理办法"),
    word("保守国家秘密法"),
    word("预算法"),
    word("财政部关于坚决制止地方以政府购买服务名义违法违规融资的通知"),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A keyword of a row of the negative list in a field of a text: `text[start:end]`, as typed."""

    field: str
    keyword: str
    code: str
    title: str
    title_en: str
    basis: str
    article: Article
    severity: Severity
    start: int
    end: int

    @property
    def is_prohibited(self) -> bool:
        """Whether the text is refused; otherwise a person has to look at it."""
        return self.severity is Severity.PROHIBITED


def article_of(basis: str, standing: str = "law") -> Article:
    """The first source that `basis` cites, without the number of the order: 《政府购买服务管理办法》第十条第一项."""
    first = basis.split("；")[0]
    found = re.match(r"《(?P<law>[^》]+)》(?:（[^）]*）)?(?P<number>.*)", first)
    return Article(found["law"], found["number"], standing) if found else Article(first, "", standing)


@cache
def _folded_keyword(keyword: str) -> str:
    return folded(keyword).text


def _stands_alone(keyword: str, text: str, start: int, end: int) -> bool:
    # BT, BOT and EPC are words: DEBT contains none of them. A Chinese keyword has no such bounds.
    if not (keyword.isascii() and keyword.isalnum()):
        return True
    neighbours = unicodedata.normalize("NFKC", text[max(start - 1, 0) : start] + text[end : end + 1])
    return not any(neighbour.isascii() and neighbour.isalnum() for neighbour in neighbours)


def screen(texts: Mapping[str, str], rows: Iterable[NegativeListEntry]) -> list[Hit]:
    """Every keyword of `rows` in `texts`, by field and place; of hits at one place the most telling one.

    A hit that lies inside another one of the same weight says nothing new: 融资 in 融资担保 is left out, and so is a
    category where one of its examples has the same keyword.
    """
    rows = list(rows)
    kept: list[Hit] = []
    for name, text in texts.items():
        haystack = folded(text)
        hits = [(hit, row.level) for row in rows for hit in _hits_of(row, name, text, haystack)]
        best: list[tuple[Hit, int]] = []
        for hit, level in sorted(hits, key=lambda found: (found[0].start - found[0].end, -found[1], found[0].code)):
            if not any(_covers(other, hit) for other, _ in best):
                best.append((hit, level))
        kept += sorted((hit for hit, _ in best), key=lambda hit: (hit.start, hit.end, hit.code))
    return kept


def _hits_of(row: NegativeListEntry, name: str, text: str, haystack: Folded) -> Iterable[Hit]:
    # A text that itself forbids the thing (不得, 禁止) will be told apart here, with the issue on screening.
    for keyword in row.keyword_list:
        for start, end in spans_of(_folded_keyword(keyword), haystack):
            if _stands_alone(keyword, text, start, end):
                yield Hit(
                    field=name,
                    keyword=keyword,
                    code=row.code,
                    title=row.title,
                    title_en=row.title_en,
                    basis=row.basis,
                    article=article_of(row.basis, row.basis_status.standing),
                    severity=row.severity,
                    start=start,
                    end=end,
                )


def _covers(other: Hit, hit: Hit) -> bool:
    inside = other.start <= hit.start and hit.end <= other.end
    return inside and (other.is_prohibited or not hit.is_prohibited)


def _sentence_around(text: str, start: int, end: int) -> str:
    """The clause in which `text[start:end]` stands, so that its writer finds it."""
    before = re.split("[。；，！？\n]", text[:start])[-1]
    after = re.split("[。；，！？\n]", text[end:])[0]
    return (before + text[start:end] + after).strip()


def _refusal(hit: Hit, text: str, place: str | None) -> RuleBroken:
    values = {
        "keyword": hit.keyword,
        "excerpt": _sentence_around(text, hit.start, hit.end),
        "code": hit.code,
        "title": hit.title,
        "title_en": hit.title_en or hit.title,
    }
    if place is None:
        message = word("“{excerpt}”里有“{keyword}”，属于负面清单 {code}“{title}”，不得购买。请删去或改写这一处。")
        return RuleBroken(message, field=hit.field, article=hit.article, **values)
    message = word(
        "“{place}”一栏“{excerpt}”里有“{keyword}”，属于负面清单 {code}“{title}”，不得购买。请删去或改写这一处。"
    )
    return RuleBroken(message, field=hit.field, article=hit.article, place=place, **values)


def is_clean(texts: Mapping[str, str], rows: Iterable[NegativeListEntry]) -> bool:
    """Whether no prohibited row of the negative list is hit."""
    return not any(hit.is_prohibited for hit in screen(texts, rows))


def ensure_clean(
    texts: Mapping[str, str], rows: Iterable[NegativeListEntry], places: Mapping[str, str] | None = None
) -> list[Hit]:
    """Refuse texts that hit a prohibited row, naming every hit; return the hits that a person should look at.

    `texts` by field name; `places` gives a field's label where the refusal may be read away from its form.

    Raises:
        RuleBroken: a hit (Refusals, when there are several), with its field, keyword, row and article.

    Source: 《政府购买服务管理办法》第十条 (NEG-1 to NEG-6) and the list in force on the day.
    """
    hits = screen(texts, rows)
    # Two hits in one clause of one field with the same keyword would be the same sentence twice.
    refused: dict[tuple[str, str], DomainError] = {}
    for hit in hits:
        if hit.is_prohibited:
            refusal = _refusal(hit, texts[hit.field], (places or {}).get(hit.field))
            refused.setdefault((hit.field, str(refusal)), refusal)
    refusals = list(refused.values())
    if refusals:
        raise Refusals(refusals) if refusals[1:] else refusals[0]
    return hits
