"""Scores of bids: the price score, rounding to two places, and the order of the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from procurement.foundation.money import Money

_TWO_PLACES = Decimal("0.01")


def two_places(points: Decimal) -> Decimal:
    """Points rounded to two places, half up: the rounding that the bidding documents state (SME-10)."""
    return points.quantize(_TWO_PLACES, ROUND_HALF_UP)


def price_score(price: Money, base: Money, weight: Decimal) -> Decimal:
    """The points of a price: base ÷ price × weight, the base being the lowest qualified price (87号令 Art. 55, T87-4)."""
    return two_places(Decimal(base.fen) / Decimal(price.fen) * weight)


def ranking(reached: Mapping[int, tuple[Decimal, int]]) -> dict[int, int]:
    """Ranks from 1 by score (higher first), then by price in fen (lower first); equal in both share a rank (T87-5)."""
    order = sorted(reached.items(), key=lambda item: (-item[1][0], item[1][1]))
    ranks: dict[int, int] = {}
    for place, (key, value) in enumerate(order, start=1):
        before = order[place - 2] if place > 1 else None
        ranks[key] = ranks[before[0]] if before is not None and before[1] == value else place
    return ranks
