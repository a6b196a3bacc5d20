"""Scores of bids: the worked example, rounding half up, and the order of the ranking."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.foundation.money import Money
from procurement.statute.scores import price_score, ranking, two_places

PRICES = st.integers(1, 10**12).map(Money)


def test_the_worked_example_of_a_deduction_for_a_small_enterprise() -> None:
    adjusted, other, weight = Money.yuan(100).share(Decimal("0.9")), Money.yuan(92), Decimal(10)
    base = min(adjusted, other)
    assert price_score(adjusted, base, weight) == Decimal("10.00")
    assert price_score(other, base, weight) == Decimal("9.78")


@pytest.mark.parametrize(
    ("points", "rounded"),
    [("89.994", "89.99"), ("89.995", "90.00"), ("0.005", "0.01"), ("2.345", "2.35"), ("2.3449", "2.34")],
)
def test_points_are_rounded_half_up(points: str, rounded: str) -> None:
    assert str(two_places(Decimal(points))) == rounded


@given(st.lists(PRICES, min_size=1, max_size=8), st.integers(10, 30).map(Decimal))
def test_the_lowest_price_has_the_full_weight_and_no_other_has_more(prices: list[Money], weight: Decimal) -> None:
    base = min(prices)
    scores = [price_score(price, base, weight) for price in sorted(prices)]
    assert scores[0] == weight
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= weight for score in scores)


def test_the_higher_score_leads_and_at_equal_scores_the_lower_price() -> None:
    reached = {1: (Decimal("88.00"), 500), 2: (Decimal("91.50"), 900), 3: (Decimal("88.00"), 400)}
    assert ranking(reached) == {2: 1, 3: 2, 1: 3}


def test_equal_in_score_and_price_share_a_rank_and_the_next_one_is_left_out() -> None:
    tied = (Decimal("88.00"), 400)
    assert ranking({1: tied, 2: tied, 3: (Decimal("80.00"), 100), 4: tied}) == {1: 1, 2: 1, 4: 1, 3: 4}


def test_nobody_is_ranked_where_nobody_bid() -> None:
    assert ranking({}) == {}


@given(st.dictionaries(st.integers(1, 9), st.tuples(st.integers(0, 5).map(Decimal), st.integers(1, 3)), max_size=9))
def test_a_rank_is_one_more_than_the_number_of_those_ahead(reached: dict[int, tuple[Decimal, int]]) -> None:
    for key, rank in ranking(reached).items():
        score, price = reached[key]
        ahead = [other for other in reached.values() if other[0] > score or (other[0] == score and other[1] < price)]
        assert rank == len(ahead) + 1
