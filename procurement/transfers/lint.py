"""What looks discriminatory in qualification conditions and scoring criteria: ten patterns, each with its article.

A lint, not a judgement: what it marks is shown to drafter, evaluator and conference with the article; a pattern cannot know
what the matter itself needs (条例20 forbids what does not fit it). Nothing is stopped by it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from procurement.foundation.errors import Article
from procurement.foundation.labels import Twofold
from procurement.registers.catalogue.rules import folded

FILE = Path(__file__).parent / "data" / "discriminatory_conditions.csv"

# The fields of a plan in which a condition on bidders can stand.
FIELDS = ("qualification", "criteria")

# A clause that itself renounces the condition asks for nothing.
_RENOUNCED = re.compile("不得|不以|不将|不把|不限|不要求|不作|不设|无须|无需|不需|禁止|严禁")
_CLAUSE_ENDS = "。；，！？;,!?\n"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of discriminatory condition: how it reads, which article forbids it, an example that fails and one that passes."""

    code: str
    name: Twofold
    expression: re.Pattern[str]
    article: Article
    fails: str
    passes: str


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A pattern found in a field: `text[start:end]`, as typed."""

    pattern: Pattern
    field: str
    excerpt: str
    start: int
    end: int


@cache
def patterns() -> tuple[Pattern, ...]:
    """The ten of the table, by code (条例20, 87号令17)."""
    with FILE.open(encoding="utf-8", newline="") as rows:
        return tuple(
            Pattern(
                code=row["code"],
                name=Twofold(row["name_zh"], row["name_en"]),
                expression=re.compile(row["pattern"]),
                article=Article(row["law"], row["article"], row["standing"]),
                fails=row["fails"],
                passes=row["passes"],
            )
            for row in csv.DictReader(rows)
        )


def _clauses(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    for place, char in enumerate(text):
        if char in _CLAUSE_ENDS:
            yield start, place
            start = place + 1
    yield start, len(text)


def suspicions(texts: Mapping[str, str]) -> list[Suspicion]:
    """Every clause of these texts that a pattern finds, each pattern once a clause, in the order of the texts."""
    found = []
    for field, text in texts.items():
        for start, end in _clauses(text):
            plain = folded(text[start:end])
            if _RENOUNCED.search(plain.text):
                continue
            for pattern in patterns():
                if (hit := pattern.expression.search(plain.text)) is not None:
                    first, last = plain.span(*hit.span())
                    found.append(Suspicion(pattern, field, text[start:end].strip(), start + first, start + last))
    return found
