"""Breaking Chinese text into lines: 避头尾, punctuation squeezed at the line's end, the rest spread evenly.

Pure: widths come from a function, lines go out as data. There is no markup; every character is itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# May not begin a line; may not end one.
NO_START = frozenset("，。、；：！？）》〉」』】〕］｝〗”’～·•／％‰℃°%,.;:!?)]}»›々ー﹚-–")
NO_END = frozenset("（《〈「『【〔［｛〖“‘([{«‹￥¥＄$№§")

# Their ink lies in the left half, so the right half may hang over the line's end.
SQUEEZED = frozenset("，。、；：）》〉」』】〕］｝〗”’")

# Wider spreading makes readers of the text layer see spaces between characters.
MAX_SPREAD_EM = 0.08

_SMALL = 1e-6
_BREAK_WITHIN = re.compile(r"(?<=/)|(?<=[^\d]-)|(?<=-)(?=[^\d])")

Measure = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its text, where it begins and what is added after each character, in points; its width as set."""

    text: str
    start: float
    tracking: float
    width: float


@dataclass(frozen=True, slots=True)
class _Unit:
    text: str
    width: float

    @property
    def is_space(self) -> bool:
        return self.text == " "


def break_lines(
    text: str, *, width: float, size: float, measure: Measure, tracking: float = 0.0, indent: float = 0.0
) -> list[Line]:
    """The lines of one paragraph.

    `width`, `size`, `tracking` (added after each character) and `indent` (of the first line) are in points; `measure`
    gives a character's width in em. A run of letters and digits is not broken unless it is longer than a line.
    """
    setter = _Setter(size, tracking, measure)
    units = [_Unit(piece, setter.ink(piece)) for piece in _pieces(text, measure)]
    lines: list[Line] = []
    begin, start = 0, indent
    while begin < len(units):
        room = width - start
        end = setter.line_end(units, begin, room)
        after = end
        while after < len(units) and units[after].is_space:
            after += 1
        lines.append(setter.line(units[begin:end], start, room, last=after == len(units)))
        begin, start = after, 0.0
    return lines or [Line("", indent, tracking, 0.0)]


def natural_width(text: str, size: float, measure: Measure, tracking: float = 0.0) -> float:
    """The width in points of a text set on one line."""
    return sum(map(measure, text)) * size + max(len(text) - 1, 0) * tracking


def _stands_alone(character: str, measure: Measure) -> bool:
    kind = unicodedata.east_asian_width(character)
    return kind in "WF" or (kind == "A" and measure(character) >= 0.85)


def _pieces(text: str, measure: Measure) -> Iterator[str]:
    """The smallest parts a line may be broken between: a character, a run of letters and digits, a double dash."""
    run = ""
    place = 0
    while place < len(text):
        character = text[place]
        if character in "—…":
            end = place + 1
            while text[end : end + 1] == character:
                end += 1
            piece = text[place:end]
        elif character == " " or _stands_alone(character, measure):
            piece = character
        else:
            run += character
            place += 1
            continue
        if run:
            yield from filter(None, _BREAK_WITHIN.split(run))
            run = ""
        yield piece
        place += len(piece)
    if run:
        yield from filter(None, _BREAK_WITHIN.split(run))


@dataclass(frozen=True, slots=True)
class _Setter:
    """Sets lines of one size, tracking and face."""

    size: float
    tracking: float
    measure: Measure

    def ink(self, text: str) -> float:
        return sum(map(self.measure, text)) * self.size

    def line_end(self, units: list[_Unit], begin: int, room: float) -> int:
        """Behind the last unit of the line that begins at `begin`; a unit longer than the line is cut in place."""
        end = self._filled(units, begin, room)
        if end == len(units):
            return end
        if end == begin:
            self._cut(units, begin, room)
            return begin + 1
        best = end
        while best > begin and not _may_break(units[best - 1], units[best]):
            best -= 1
        return best if best > begin else end

    def line(self, units: list[_Unit], start: float, room: float, *, last: bool) -> Line:
        """The units as a line, spread to the room unless it is the paragraph's last or would be torn apart."""
        count = len(units)
        while count > 1 and units[count - 1].is_space:
            count -= 1
        units = units[:count]
        text = "".join(unit.text for unit in units)
        natural = sum(unit.width for unit in units)
        gaps = len(text) - 1
        hangs = self._may_hang(units[-1]) and natural + gaps * self.tracking > room + _SMALL
        spread = self.tracking
        if gaps and (hangs or not last):
            wanted = (room - natural + (self.size / 2 if hangs else 0.0)) / gaps
            spread = wanted if wanted <= self.tracking + MAX_SPREAD_EM * self.size else self.tracking
        return Line(text, start, spread, natural + gaps * spread)

    def _filled(self, units: list[_Unit], begin: int, room: float) -> int:
        """Behind the last unit that fits, its empty half hanging over where it has one; spaces always fit."""
        width, count = 0.0, 0
        for place in range(begin, len(units)):
            unit = units[place]
            width, count = width + unit.width, count + len(unit.text)
            needed = width + (count - 1) * self.tracking - (self.size / 2 if self._may_hang(unit) else 0.0)
            if needed > room + _SMALL and not unit.is_space:
                return place
        return len(units)

    def _may_hang(self, unit: _Unit) -> bool:
        return unit.text in SQUEEZED and unit.width >= self.size * 0.9

    def _cut(self, units: list[_Unit], place: int, room: float) -> None:
        text, width, count = units[place].text, 0.0, 0
        for character in text:
            width += self.ink(character) + (self.tracking if count else 0.0)
            if width > room + _SMALL and count:
                break
            count += 1
        pieces = [piece for piece in (text[:count], text[count:]) if piece]
        head = self.ink(pieces[0])
        units[place : place + 1] = [
            _Unit(piece, head if first else units[place].width - head)
            for piece, first in zip(pieces, (True, False), strict=False)
        ]


def _may_break(before: _Unit, after: _Unit) -> bool:
    return after.text[0] not in NO_START and before.text[-1] not in NO_END
