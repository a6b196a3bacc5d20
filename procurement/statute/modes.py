"""What a transfer that is no purchase runs in place of the procurement law's periods and bounds: a table for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from procurement.statute import limits
from procurement.statute.clauses import PROVISION, ByMode, Clause, Named


@dataclass(frozen=True, slots=True)
class Replaced:
    """A period or bound of other modes with those of a purchase that it stands for; None where there is no such thing."""

    other: Clause | None
    purchase: tuple[Clause, ...]


def replaced(day: date) -> list[Replaced]:
    """Every pair of `limits` that is a number or has no counterpart, in its order there; one row for each clause of other modes."""
    rows: dict[Named, list[Clause]] = {}
    alone: list[Replaced] = []
    for pair in vars(limits).values():
        if not isinstance(pair, ByMode):
            continue
        purchase = pair.purchase.on(day)
        if pair.other is None:
            alone.append(Replaced(None, (purchase,)))
        elif pair.other.on(day).direction != PROVISION:
            rows.setdefault(pair.other, []).append(purchase)
    return [*(Replaced(other.on(day), tuple(purchase)) for other, purchase in rows.items()), *alone]
