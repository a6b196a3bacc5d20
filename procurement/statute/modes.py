"""What a transfer that is no purchase has in place of procurement law: its periods and bounds, a table for its page, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from procurement.foundation.labels import word
from procurement.statute import limits
from procurement.statute.clauses import PROVISION, ByMode, Clause, Named, OfAMode


@dataclass(frozen=True, slots=True)
class Words:
    """What procurement law calls by its own names: who gives the matter away, the papers of the call, who is chosen."""

    buyer: str
    papers: str
    chosen: str
    method: str


_PURCHASE = Words(word("采购人"), word("采购文件"), word("成交供应商"), word("采购方式"))
_OTHER = Words(word("转出部门"), word("征集文件"), word("承接主体"), word("择优方式"))


def words_of(mode: OfAMode) -> Words:
    """The words for a matter of this mode: those of a purchase are used of nothing else."""
    return _PURCHASE if mode.is_purchase else _OTHER


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
