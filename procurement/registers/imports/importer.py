"""What a kind of list brings to the engine: its columns, its checks, what would become of each row, and the writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from procurement.foundation.errors import DomainError
from procurement.foundation.labels import Labelled, word
from procurement.registers.imports.recognition import Column


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


class Importer(Protocol):
    """One kind of list. Queries are made for many rows at once, never for one."""

    @property
    def columns(self) -> Sequence[Column]:
        """What is looked for, in the order of the template."""
        ...

    def check(self, entries: Sequence[Entry], now: datetime) -> Mapping[int, Sequence[DomainError]]:
        """What is wrong, by the number of the row: what the rules of the register say, and what the rows say of each other."""
        ...

    def preview(self, entries: Sequence[Entry]) -> Mapping[int, Outcome]:
        """What each row would do now, by its number."""
        ...
