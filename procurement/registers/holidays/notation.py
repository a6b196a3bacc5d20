"""Days as people write them, or as they stand in the notice itself: `0101-0103`, `1月1日至3日`, full-width digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import word

# `2027年1月1日`, `1月1日`, `1月1`; `2027-01-01`, `1/1`, `1.1`; `0101`; and a bare day after `至`, which is of the month before it.
_DAY = (
    r"(?:(?:(?P<y{n}>\d{{4}})年)?(?P<m{n}>\d{{1,2}})月(?P<d{n}>\d{{1,2}})日?"
    r"|(?:(?P<Y{n}>\d{{4}})[-/.])?(?P<M{n}>\d{{1,2}})[-/.](?P<D{n}>\d{{1,2}})|(?P<b{n}>\d{{4}})(?!\d|年))"
)
_TO = r"\s*(?:至|到|-|–|—|~)\s*"
_RANGE = re.compile(
    rf"(?<!\d){_DAY.format(n=1)}(?:{_TO}(?:{_DAY.format(n=2)}|(?P<only>\d{{1,2}})(?![\d月/.])日?))?(?!\d)"
)
_ASIDE = re.compile(r"\([^()]*\)")
_SENTENCE = re.compile(r"[\n。;]+")
_NAME = re.compile(r"^\s*(?:[一二三四五六七八九十]+、)?\s*([\u4e00-\u9fff]{2,8}(?:、[\u4e00-\u9fff]{2,8})?)\s*[:：]")
# What the notice says of the days that are worked, and the one number in it that is no day.
_WORKED = "上班"
_COUNT = re.compile(r"共\s*\d+\s*天")


@dataclass(frozen=True, slots=True)
class ReadDays:
    """What was read: the days off and the days that are worked, each with the holiday it was written under (or nothing)."""

    off: tuple[tuple[date, str], ...]
    work: tuple[tuple[date, str], ...]


def read_days(year: int, text: str, *, worked: bool = False, field: str | None = None) -> ReadDays:
    """Read the days of a year from lines, or from the text of the notice; a sentence with 上班 gives days that are worked.

    `worked` says so of every sentence. What stands in parentheses, weekdays and lunar days, is passed over.

    Raises:
        RuleBroken: naming the sentence that says no day, the day that does not exist, or the range that leaves the year.
    """
    off: dict[date, str] = {}
    work: dict[date, str] = {}
    name = ""
    for sentence in filter(None, map(str.strip, _SENTENCE.split(_plain(text)))):
        named = _NAME.match(sentence)
        name = named.group(1) if named else ("" if _starts_with_day(sentence) and _WORKED not in sentence else name)
        days = list(_days_of(year, sentence[named.end() :] if named else sentence, field))
        (work if worked or _WORKED in sentence else off).update(dict.fromkeys(days, name))
    return ReadDays(tuple(sorted(off.items())), tuple(sorted(work.items())))


def _plain(text: str) -> str:
    """Full-width forms narrowed, asides taken out."""
    narrowed = unicodedata.normalize("NFKC", text)
    while (shorter := _ASIDE.sub("", narrowed)) != narrowed:
        narrowed = shorter
    return narrowed


def _starts_with_day(sentence: str) -> bool:
    return _RANGE.match(sentence) is not None


def _days_of(year: int, sentence: str, field: str | None) -> Iterator[date]:
    found = list(_RANGE.finditer(sentence))
    # A number that is no day is a day that was not understood: nothing is passed over in silence.
    if not found or re.search(r"\d", _COUNT.sub("", _RANGE.sub("", sentence))):
        raise RuleBroken(
            word("“{text}”里没有认出日期。请写成 0101-0103，或者 1月1日至3日，一段一行。"),
            text=sentence[:60],
            field=field,
        )
    for match in found:
        first = _day(year, match, "1", field)
        last = _last(year, match, first, field)
        if last < first:
            raise RuleBroken(
                word("“{text}”的最后一天在第一天以前。跨年的假期，各年的日子在各年的通知里。"),
                text=match.group(0),
                field=field,
            )
        yield from (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _last(year: int, match: re.Match[str], first: date, field: str | None) -> date:
    if match["only"] is not None:
        return _made(first.year, first.month, int(match["only"]), match.group(0), field, year)
    if match["m2"] is None and match["M2"] is None and match["b2"] is None:
        return first
    return _day(year, match, "2", field)


def _day(year: int, match: re.Match[str], which: str, field: str | None) -> date:
    said = match["y" + which] or match["Y" + which]
    joined = match["b" + which]
    month = int(joined[:2] if joined else match["m" + which] or match["M" + which])
    day = int(joined[2:] if joined else match["d" + which] or match["D" + which])
    return _made(int(said) if said else year, month, day, match.group(0), field, year)


def _made(year: int, month: int, day: int, text: str, field: str | None, wanted: int) -> date:
    if year != wanted:
        raise RuleBroken(
            word("“{text}”不在 {year} 年。一份通知只录它那一年的日子。"), text=text, year=wanted, field=field
        )
    try:
        return date(year, month, day)
    except ValueError:
        raise RuleBroken(word("“{text}”里有不存在的日子，请核对。"), text=text, field=field) from None
