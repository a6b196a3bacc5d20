"""What a kind of list brings to the engine: its columns, what a row means, its rules, and what would become of each row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.labels import Labelled, Said, word
from procurement.foundation.money import Money
from procurement.foundation.workbooks import Workbook
from procurement.registers.imports.recognition import Choice, Column, Understood, understand

Terms = TypeVar("Terms")
Register = TypeVar("Register")
Member = TypeVar("Member", bound=Labelled)


class Outcome(Labelled):
    """What a row would do."""

    ADDED = "added", word("新增")
    CHANGED = "changed", word("变更")
    UNCHANGED = "unchanged", word("不变")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as it is taken over: its number in the file, and the text of each field."""

    number: int
    values: Mapping[str, str]

    def text(self, name: str) -> str:
        """The text of a field; empty where the list says nothing."""
        return self.values.get(name, "")

    def choice(self, name: str, of: type[Member]) -> Member | None:
        """What was chosen in a field; None where it is no member, which has been said of the row already, or nothing."""
        text = self.text(name)
        return of(text) if text in set(of) else None

    def whole(self, name: str) -> int:
        """The whole number of a field; zero where it is none, which has been said of the row already."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdecimal() else 0

    def money(self, name: str) -> Money:
        """The amount of a field; nothing where it is none, which has been said of the row already."""
        try:
            return Money.yuan(self.text(name))
        except ValueError:
            return Money(0)


@dataclass(frozen=True, slots=True)
class Unique:
    """What no other row of a list may have: the field it is told at, what it is, how that is shown; nothing is compared with nothing."""

    field: str
    value: Any
    shown: str


@dataclass(frozen=True, slots=True)
class Judged(Generic[Terms, Register]):
    """A list held against the register: what each row means, what is wrong with it and what it would do, by its number."""

    rows: Mapping[int, Terms]
    register: Register
    faults: Mapping[int, Sequence[DomainError]]
    outcomes: Mapping[int, Outcome]
    remarks: Sequence[Said] = ()
    # For each row that would change something: what the register says until then, by field.
    before: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def of(self, outcome: Outcome) -> list[Terms]:
        """The rows that would do this, in the order of the list."""
        return [terms for number, terms in self.rows.items() if self.outcomes[number] is outcome]


# How many of what falls away are named.
_NAMED = 10


def some_of(all_of_them: Sequence[Any]) -> dict[str, Any]:
    """How many there are, and the first of them, as a remark names them."""
    more = word("等") if len(all_of_them) > _NAMED else ""
    return {"count": len(all_of_them), "named": tuple(all_of_them[:_NAMED]), "more": more}


def is_said_by(row: object, columns: Mapping[str, Any]) -> bool:
    """Whether a row of a register says the same in each of these columns."""
    return all(getattr(row, name) == value for name, value in columns.items())


class Importer(ABC, Generic[Terms, Register]):
    """One kind of list. Queries are made for many rows at once (`read`, `look_up`), never for one (`faults`, `outcome`)."""

    # What is looked for, in the order of the template; what taking over brings with it; how else a list may be made.
    columns: Sequence[Column]
    effect: str = ""
    hint: str = ""

    @property
    def template(self) -> Sequence[Column]:
        """The columns of a list as it is best made, and as it is shown: all that are looked for."""
        return self.columns

    def understand(self, workbook: Workbook, choice: Choice | None, progress: Callable[[int, int], None]) -> Understood:
        """What a workbook says of these columns.

        Raises:
            RuleBroken: no head, or a choice that points nowhere.
        """
        return understand(workbook, self.columns, choice, progress)

    @abstractmethod
    def read(self, entries: Sequence[Entry]) -> Mapping[int, Terms]:
        """What each row means, by its number; a field that could not be read is empty."""

    @abstractmethod
    def look_up(self, rows: Collection[Terms], day: date) -> Register:
        """What the register knows of these rows on that day."""

    @abstractmethod
    def faults(self, terms: Terms, register: Register, day: date) -> Iterable[DomainError]:
        """What the rules say against a row, each at its field."""

    @abstractmethod
    def outcome(self, terms: Terms, register: Register) -> Outcome:
        """What a row would do."""

    def before(self, terms: Terms, register: Register) -> Mapping[str, str]:
        """What the register says now where a row would change it, by the fields of the list and in its words."""
        return {}

    def unique(self, terms: Terms, register: Register) -> Sequence[Unique]:
        """What of a row no other may have, in the same order for every row."""
        return ()

    def remarks(self, rows: Collection[Terms], register: Register) -> Sequence[Said]:
        """What is to be known before the whole is taken over, and stands against none of its rows."""
        return ()

    def prepared(self) -> Mapping[str, Any]:
        """What the deed needs besides and is too slow for it."""
        return {}

    def judge(self, entries: Sequence[Entry], now: datetime) -> Judged[Terms, Register]:
        """Hold a list against the register, and its rows against one another."""
        rows = self.read(entries)
        day = local_day(now)
        register = self.look_up(rows.values(), day)
        faults: dict[int, list[DomainError]] = defaultdict(list)
        seen: dict[tuple[int, Any], int] = {}
        for number, terms in rows.items():
            found = [*self.faults(terms, register, day), *_twice(self.unique(terms, register), number, seen)]
            if found:
                faults[number] += found
        outcomes = {number: self.outcome(terms, register) for number, terms in rows.items()}
        before = {
            entry.number: _otherwise(entry, self.before(rows[entry.number], register))
            for entry in entries if outcomes[entry.number] is Outcome.CHANGED
        }  # fmt: skip
        return Judged(rows, register, faults, outcomes, self.remarks(rows.values(), register), before)


def _otherwise(entry: Entry, said: Mapping[str, str]) -> dict[str, str]:
    """Of what the register says that which the row says otherwise; what the row does not say it leaves as it is."""
    return {name: text for name, text in said.items() if entry.text(name) not in ("", text)}


def _twice(uniques: Sequence[Unique], number: int, seen: dict[tuple[int, Any], int]) -> Iterable[DomainError]:
    for place, unique in enumerate(uniques):
        first = seen.setdefault((place, unique.value), number) if unique.value else number
        if first != number:
            yield RuleBroken(
                word("“{value}”在第 {number} 行已经有了。"), value=unique.shown, number=first, field=unique.field
            )
