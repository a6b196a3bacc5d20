"""The commitment to a competition's envelopes: the text that is hashed at the deadline, and how anybody checks it.

The text is UTF-8, every line ends with one line feed:

    jieli commitment 1
    announcement ABCDE-FGHJK
    closes 2025-10-09T01:30:00Z
    nonce 64 hexadecimal digits
    64 hexadecimal digits sealed
    64 hexadecimal digits withdrawn

The first four lines name the form, the public number of the call, its deadline in UTC and 32 random bytes. Then comes a line
for each envelope that was ever lodged, in an order that is drawn at random: its SHA-256 and what had become of it at the
deadline, `sealed`, `replaced` or `withdrawn`. The SHA-256 of the text is the commitment: `sha256sum` computes it again. The
nonce keeps whoever knows some envelopes from trying which lists they could be in, so that the hash tells no number.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from procurement.foundation.errors import DomainError
from procurement.foundation.labels import Labelled, word

FORM = "jieli commitment 1"
NONCE = 32
_ENTRY = re.compile(r"([0-9a-f]{64}) (sealed|replaced|withdrawn)")


class Mark(Labelled):
    """What had become of an envelope at the deadline."""

    SEALED = "sealed", word("封存待开")
    REPLACED = "replaced", word("已被更换")
    WITHDRAWN = "withdrawn", word("已撤回")


@dataclass(frozen=True, slots=True)
class Entry:
    """One envelope: its SHA-256 in hexadecimal, and its mark."""

    sha256: str
    mark: Mark


class BrokenCommitment(DomainError):
    """A text that is no list of this form."""


def shuffled(entries: Iterable[Entry]) -> list[Entry]:
    """The entries in an order drawn from the system's secure random source."""
    drawn = list(entries)
    secrets.SystemRandom().shuffle(drawn)
    return drawn


def make_nonce() -> str:
    """32 random bytes in hexadecimal."""
    return secrets.token_hex(NONCE)


def canonical_text(reference: str, closes_at: datetime, nonce: str, entries: Iterable[Entry]) -> str:
    """The text that is hashed, as the head of this file says."""
    head = [
        FORM,
        f"announcement {reference}",
        f"closes {closes_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        f"nonce {nonce}",
    ]
    return "".join(f"{line}\n" for line in [*head, *(f"{row.sha256} {row.mark.value}" for row in entries)])


def sha256_of(text: str) -> str:
    """What `sha256sum` says of the text: lower-case hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def entries_in(text: str) -> list[Entry]:
    """The envelopes that a text names, in its order.

    Raises:
        BrokenCommitment: it is not of this form.
    """
    lines = text.split("\n")
    found = [_ENTRY.fullmatch(line) for line in lines[4:-1]]
    if lines[0] != FORM or lines[-1] or len(lines) < 5 or not all(found):
        raise BrokenCommitment(word("投标清单的格式不对，不能核对。"))
    return [Entry(match[1], Mark(match[2])) for match in found if match is not None]


class Step(Labelled):
    """One thing that a verification looks at."""

    DISCLOSED = "list-disclosed", word("投标清单已经公开")
    COMMITTED = "list-committed", word("公开的清单就是截止时承诺的那一份：重新计算的校验值与截止时公布的相同")
    LISTED = "envelope-listed", word("这个信封在清单里")
    MARKED = "mark-kept", word("清单上写的和系统现在记的一致：封存、更换或者撤回")
    NONE_ADDED = "none-added", word("开启记录里的每个信封都在清单里，没有增加")
    NONE_DROPPED = "none-dropped", word("清单里待开的每个信封都在开启记录里，没有减少")


@dataclass(frozen=True, slots=True)
class Check:
    """Whether one step holds, and what was compared."""

    step: Step
    holds: bool
    detail: str = ""


def holds(text: str, sha256: str) -> bool:
    """Whether a text is of this form and the one that was committed to."""
    try:
        entries_in(text)
    except BrokenCommitment:
        return False
    return sha256_of(text) == sha256


def discrepancies(entries: Iterable[Entry], present: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """What is there and was not committed to, and what was committed to and is not there; a changed mark is both."""
    committed, there = Counter(entries), Counter(present)
    return list((there - committed).elements()), list((committed - there).elements())


def checks(
    text: str, sha256: str, envelope: str, *, mark: Mark | None = None, recorded: Sequence[str] | None = None
) -> list[Check]:
    """Every step of verifying one envelope against a disclosed text.

    `sha256` is the commitment as it was published at the deadline; `envelope` the hash on the receipt; `mark` what the system
    says of that envelope now, where it knows it; `recorded` the hashes in the opening record, None where nothing was opened.
    """
    found = [Check(Step.DISCLOSED, bool(text))]
    if not text:
        return found
    found.append(Check(Step.COMMITTED, holds(text, sha256), f"{sha256_of(text)} / {sha256}"))
    try:
        entries = entries_in(text)
    except BrokenCommitment:
        return found
    own = next((row for row in entries if row.sha256 == envelope), None)
    found.append(Check(Step.LISTED, own is not None, f"{own.sha256} {own.mark.value}" if own else envelope))
    if mark is not None and own is not None:
        found.append(Check(Step.MARKED, own.mark is mark, f"{own.mark.value} / {mark.value}"))
    if recorded is not None:
        committed, opened = Counter(row.sha256 for row in entries if row.mark is Mark.SEALED), Counter(recorded)
        found.append(Check(Step.NONE_ADDED, not opened - committed, " ".join(sorted(opened - committed))))
        found.append(Check(Step.NONE_DROPPED, not committed - opened, " ".join(sorted(committed - opened))))
    return found
