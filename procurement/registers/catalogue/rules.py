"""What shape a list must have, and which words no plan, announcement or agreement may contain."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from typing import Protocol

from opencc import OpenCC

from procurement.foundation.errors import Article, DomainError, Refusals, RuleBroken
from procurement.foundation.labels import Labelled, Said, word
from procurement.registers.catalogue.models import NegativeListEntry, Severity
from procurement.registers.catalogue.prohibition import sentence_of, under_prohibition

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


# 乾坤 is written so in simplified texts too, where 干 would be another word; every other character has one simplified form.
_OF_BOTH_WRITINGS = "乾"
_FIRST_HAN = "\u2e80"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text made comparable; `places[i]` is where the i-th character of `text` stands in the original."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original, end exclusive."""
        return self.places[start], self.places[end - 1] + 1


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


class _Folding(dict[int, str]):
    """What becomes of each character: its compatibility form without case, simplified; nothing of one that is not seen."""

    def __missing__(self, code: int) -> str:
        seen = [
            _simplifier().convert(character)
            if character >= _FIRST_HAN and character not in _OF_BOTH_WRITINGS
            else character
            for character in unicodedata.normalize("NFKC", chr(code)).casefold()
            if character not in _BLANKS and unicodedata.category(character) not in _UNSEEN
        ]
        self[code] = "".join(seen)
        return self[code]


_FOLDING = _Folding()


def folded_text(text: str) -> str:
    """`folded(text).text`, many times faster: for looking whether anything is there at all."""
    return text.translate(_FOLDING)


def folded(text: str) -> Folded:
    """`text` in its compatibility form, simplified, without case, white space and characters that cannot be seen.

    Character by character, never by words, so that each one's place is known.
    """
    pairs = [(character, place) for place, original in enumerate(text) for character in _FOLDING[ord(original)]]
    return Folded("".join(character for character, _ in pairs), tuple(place for _, place in pairs))


def spans_of(needle: str, haystack: Folded) -> list[tuple[int, int]]:
    """Where the folded `needle` stands in the original of `haystack`: (start, end exclusive), overlapping ones too."""
    return [haystack.span(start, end) for start, end in _spans_in(needle, haystack.text)]


def _spans_in(needle: str, plain: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = plain.find(needle) if needle else -1
    while at >= 0:
        spans.append((at, at + len(needle)))
        at = plain.find(needle, at + 1)
    return spans


# ── screening against the negative list ────────────────────────────────────────────────────────────────────────────

# The laws that the bundled rows cite first, marked for their English names.
LAWS = (
    word("政府购买服务管理办法"),
    word("保守国家秘密法"),
    word("预算法"),
    word("财政部关于坚决制止地方以政府购买服务名义违法违规融资的通知"),
)


class Bearing(Labelled):
    """What a hit means for the text it stands in."""

    BARS = "bars", word("在负面清单之列，不得办理")
    STOPS = "stops", word("命中禁止项")
    UNDER_PROHIBITION = "under-prohibition", word("写在禁止之下")
    TO_REVIEW = "to-review", word("需要复核")


# The heaviest first: of two hits at one place the heavier one is told.
_BY_WEIGHT = (Bearing.BARS, Bearing.STOPS, Bearing.UNDER_PROHIBITION, Bearing.TO_REVIEW)


@dataclass(frozen=True, slots=True)
class Hit:
    """A keyword of a row of the negative list in a field of a text: `text[start:end]`, as typed.

    `sentence` is the folded sentence around it: what a person judges who finds that the hit is a misfire.
    """

    field: str
    keyword: str
    code: str
    title: str
    title_en: str
    basis: str
    article: Article
    severity: Severity
    bearing: Bearing
    start: int
    end: int
    sentence: str

    @property
    def is_prohibited(self) -> bool:
        """Whether the text is refused until it is found to be a misfire; otherwise a person has to look at it."""
        return self.severity is Severity.PROHIBITED

    @property
    def fingerprint(self) -> str:
        """What a finding is about: this keyword of this row in this sentence, wherever it stands; all else is another hit."""
        told = (self.code, self.title, self.basis, self.keyword, self.sentence)
        return hashlib.sha256("\0".join(told).encode()).hexdigest()


def article_of(basis: str, standing: str = "law") -> Article:
    """The first source that `basis` cites, without the number of the order: 《政府购买服务管理办法》第十条第一项."""
    first = basis.split("；")[0]
    found = re.match(r"《(?P<law>[^》]+)》(?:（[^）]*）)?(?P<number>.*)", first)
    return Article(found["law"], found["number"], standing) if found else Article(first, "", standing)


@cache
def _folded_keyword(keyword: str) -> str:
    return folded_text(keyword)


@lru_cache(maxsize=8)
def _any_of(keywords: tuple[str, ...]) -> re.Pattern[str]:
    """One look for whether any keyword of a list stands in a folded text: nearly all texts have none."""
    folded_ones = {_folded_keyword(keyword) for row in keywords for keyword in row.split("|") if keyword}
    # A list without a keyword finds nothing; an empty pattern would find everything.
    return re.compile("|".join(map(re.escape, sorted(folded_ones))) or r"(?!)")


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
    any_keyword = _any_of(tuple(row.keywords for row in rows))
    suspect = {name: text for name, text in texts.items() if any_keyword.search(folded_text(text))}
    return [hit for name, text in suspect.items() for hit in _most_telling(_hits_in(name, text, rows))]


def _most_telling(hits: Iterable[tuple[Hit, int]]) -> list[Hit]:
    """Those that lie inside no other one that is as heavy, by place; of two rows' at one place that of the deeper row."""
    kept: list[Hit] = []
    reached = dict.fromkeys(_BY_WEIGHT, 0)
    weight = {bearing: place for place, bearing in enumerate(_BY_WEIGHT)}
    # Whatever covers a hit comes before it in this order, so that one look back is enough.
    in_order = sorted(hits, key=lambda it: (it[0].start, -it[0].end, weight[it[0].bearing], -it[1], it[0].code))
    for hit, _level in in_order:
        as_heavy = _BY_WEIGHT[: weight[hit.bearing] + 1]
        if max(reached[bearing] for bearing in as_heavy) < hit.end:
            kept.append(hit)
        reached[hit.bearing] = max(reached[hit.bearing], hit.end)
    return sorted(kept, key=lambda hit: (hit.start, hit.end, hit.code))


_LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def _broken_before(text: str, places: Sequence[int]) -> frozenset[int]:
    """The characters of the folded text before which the original breaks a line."""
    return frozenset(
        at
        for at, (before, place) in enumerate(pairwise(places), start=1)
        if place - before > 1 and not _LINE_BREAKS.isdisjoint(text[before + 1 : place])
    )


def _hits_in(name: str, text: str, rows: Sequence[NegativeListEntry]) -> list[tuple[Hit, int]]:
    haystack = folded(text)
    found = [
        (row, keyword, span)
        for row in rows
        for keyword in row.keyword_list
        for span in _spans_in(_folded_keyword(keyword), haystack.text)
        if _stands_alone(keyword, text, *haystack.span(*span))
    ]
    spans = [span for _row, _keyword, span in found]
    forbidden = under_prohibition(haystack.text, _broken_before(text, haystack.places), spans)
    return [(_hit(row, keyword, name, span, haystack, span in forbidden), row.level) for row, keyword, span in found]


def _hit(
    row: NegativeListEntry, keyword: str, name: str, span: tuple[int, int], haystack: Folded, is_forbidden: bool
) -> Hit:
    prohibited = Bearing.UNDER_PROHIBITION if is_forbidden else Bearing.STOPS
    start, end = haystack.span(*span)
    opens, closes = sentence_of(haystack.text, *span)
    return Hit(
        field=name,
        keyword=keyword,
        code=row.code,
        title=row.title,
        title_en=row.title_en,
        basis=row.basis,
        article=article_of(row.basis, row.basis_status.standing),
        severity=row.severity,
        bearing=prohibited if row.severity is Severity.PROHIBITED else Bearing.TO_REVIEW,
        start=start,
        end=end,
        sentence=haystack.text[opens:closes],
    )


def clause_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause in which `text[start:end]` stands, so that its writer finds it: (start, end exclusive)."""
    before = re.split("[。；，！？\n]", text[:start])[-1]
    after = re.split("[。；，！？\n]", text[end:])[0]
    return start - len(before), end + len(after)


def _refusal(hit: Hit, text: str, place: str | Said | None) -> RuleBroken:
    opens, closes = clause_around(text, hit.start, hit.end)
    values: dict[str, object] = {
        "keyword": hit.keyword,
        "excerpt": text[opens:closes].strip(),
        "code": hit.code,
        "title": hit.title,
        "title_en": hit.title_en or hit.title,
    }
    if hit.bearing is Bearing.UNDER_PROHIBITION:
        message = word(
            "“{excerpt}”里有“{keyword}”，属于负面清单 {code}“{title}”；"
            "它写在禁止之下，要由起草人以外的一人书面认定，或者请改写这一处。"
        )
        placed = word(
            "{place}“{excerpt}”里有“{keyword}”，属于负面清单 {code}“{title}”；"
            "它写在禁止之下，要由起草人以外的一人书面认定，或者请改写这一处。"
        )
    else:
        message = word(
            "“{excerpt}”里有“{keyword}”，属于负面清单 {code}“{title}”，不得购买。"
            "请删去或改写这一处；如是误报，要由本部门另一人和财政监管人员都书面认定。"
        )
        placed = word(
            "{place}“{excerpt}”里有“{keyword}”，属于负面清单 {code}“{title}”，不得购买。"
            "请删去或改写这一处；如是误报，要由本部门另一人和财政监管人员都书面认定。"
        )
    if place is None:
        return RuleBroken(message, field=hit.field, article=hit.article, **values)
    spot = place if isinstance(place, Said) else Said(word("“{name}”一栏"), {"name": place})
    return RuleBroken(placed, field=hit.field, article=hit.article, place=spot, **values)


def _never(_hit: Hit) -> bool:
    return False


def ensure_clean(
    texts: Mapping[str, str],
    rows: Iterable[NegativeListEntry],
    places: Mapping[str, str | Said] | None = None,
    is_cleared: Callable[[Hit], bool] = _never,
) -> list[Hit]:
    """Refuse texts that hit a prohibited row, naming every hit; return the hits that remain to be looked at.

    `texts` by field name; `places` gives a field's label, or where else a text stands, where the refusal may be read away from its form; `is_cleared`
    tells which hits have been found to be misfires.

    Raises:
        RuleBroken: a hit (Refusals, when there are several), with its field, keyword, row and article.

    Source: 《政府购买服务管理办法》第十条 (NEG-1 to NEG-6) and the list in force on the day.
    """
    hits = screen(texts, rows)
    # Two hits in one clause of one field with the same keyword would be the same sentence twice.
    refused: dict[tuple[str, str], DomainError] = {}
    for hit in hits:
        if hit.is_prohibited and not is_cleared(hit):
            refusal = _refusal(hit, texts[hit.field], (places or {}).get(hit.field))
            refused.setdefault((hit.field, str(refusal)), refusal)
    refusals = list(refused.values())
    if refusals:
        raise Refusals(refusals) if refusals[1:] else refusals[0]
    return hits


# ── barred entries of the catalogue ────────────────────────────────────────────────────────────────────────────────


def barring_row(code: str, rows: Iterable[NegativeListEntry]) -> NegativeListEntry | None:
    """The row that bars the catalogue entry of this code, by naming it or one above it; None where none does."""
    return next((row for row in rows if code.startswith(tuple(row.barred_code_list))), None)


def ensure_not_barred(code: str, rows: Iterable[NegativeListEntry]) -> None:
    """Refuse an entry of the catalogue that the negative list bars: no role and no finding changes that.

    Raises:
        RuleBroken: naming the entry, the row and its article.

    Source: 《政府购买服务管理办法》第十条 (NEG-1 to NEG-6) and the list in force on the day.
    """
    row = barring_row(code, rows)
    if row is not None:
        raise RuleBroken(
            word("目录 {entry} 属于负面清单 {code}“{title}”，不得用购买服务的办法办理；这一条任何认定都不能改变。"),
            entry=code,
            code=row.code,
            title=row.title,
            title_en=row.title_en or row.title,
            field="entry",
            article=article_of(row.basis, row.basis_status.standing),
        )
