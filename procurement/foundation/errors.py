"""What may be said no to: a refusal is a whole sentence with values, a bound and a source.

A refusal carries a message template in Chinese and its named values; the web floor translates the template and writes
the values in the reader's language. `str(error)` is the Chinese sentence, for logs and the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procurement.foundation.clock import LOCAL
from procurement.foundation.labels import Labelled

# What is cited where a rule is this system's own practice.
HOUSE = "本系统"


@dataclass(frozen=True, slots=True)
class Article:
    """Where a rule stands: the short name of the law, its article, and what standing the text has here."""

    law: str
    number: str = ""
    standing: str = "law"

    def __str__(self) -> str:
        """《政府采购法》第四十六条; what this system does by its own practice is no law and stands in no book marks."""
        return f"{HOUSE}的做法" if self.law == HOUSE else f"《{self.law}》{self.number}"


class DomainError(Exception):
    """A deed or a reading that is refused; nothing of it remains but its line in the audit."""

    status = 422

    def __init__(
        self, message: str, /, *, article: Article | None = None, field: str | None = None, **values: Any
    ) -> None:
        """`message` is a template such as `报价 {price} 高于最高限价 {ceiling}。`; `field` names the form field at fault."""
        super().__init__(message)
        self.message = message
        self.article = article
        self.field = field
        self.values = values
        # What the refusal's line tells beyond its kind; never content.
        self.facts: dict[str, Any] = {}
        # What must be kept of the refusal beside its line (a failed sign-in is counted): added in the line's own transaction.
        self.also: Callable[[], None] | None = None

    def __str__(self) -> str:
        """The Chinese sentence, its article appended."""
        sentence = self.message.format(**{name: _spoken(value) for name, value in self.values.items()})
        return f"{sentence.removesuffix('。')}（依据：{self.article}）。" if self.article else sentence


def _spoken(value: Any) -> str:
    """A value in the Chinese sentence: a label for an enum's member, local time for an instant."""
    if isinstance(value, Labelled):
        return value.label
    if isinstance(value, datetime):
        return value.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")
    if isinstance(value, (tuple, list)):
        return "、".join(_spoken(item) for item in value)
    return str(value)


class RuleBroken(DomainError):
    """A rule of the law or of this house says no."""


class OutOfTime(RuleBroken):
    """It was possible once, or will be; not now."""


class WrongState(DomainError):
    """The subject is no longer, or not yet, where this deed starts from."""

    status = 409


class Conflict(DomainError):
    """Somebody else was faster: a stale page, a duplicate, facts that have changed."""

    status = 409


class NotPermitted(DomainError):
    """This person may not do this to that."""

    status = 403


class NotFound(DomainError):
    """There is nothing at this address, or nothing this person may know of."""

    status = 404


class Refusals(RuleBroken):
    """Several rules broken at once, so that a form can show them all; its own sentence is the first one's."""

    def __init__(self, refusals: list[DomainError]) -> None:
        """`refusals` in the order of the form; at least one."""
        first = refusals[0]
        super().__init__(first.message, article=first.article, field=first.field, **first.values)
        self.refusals = refusals


def faults_of_all(*checks: Callable[[], object]) -> list[DomainError]:
    """Run several checks and return everything that any of them refuses, in their order."""
    faults: list[DomainError] = []
    for check in checks:
        try:
            check()
        except Refusals as several:
            faults += several.refusals
        except DomainError as fault:
            faults.append(fault)
    return faults


def ensure_all(*checks: Callable[[], object]) -> None:
    """Run several checks and refuse with everything they refuse, so that a form shows all of it at once.

    Raises:
        Refusals: what any of them refused, in their order.
    """
    faults = faults_of_all(*checks)
    if faults:
        raise Refusals(faults)
