"""Money: whole fen in, whole fen out, and the words of 支付结算办法."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.foundation.money import Money, total

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = {"拾": 10, "佰": 100, "仟": 1000}
FEN = st.integers(0, 10**18 - 1)


def fen_of(words: str) -> int:
    """The amount that words say, read from the left: a second implementation, the other way round."""
    found = re.fullmatch(r"人民币(?:([^元]+)元)?(?:([^元角分])角)?(?:零?([^元角分])分)?整?", words)
    assert found, words
    yuan, jiao, fen = found.groups(default="零")
    return number_of(yuan) * 100 + DIGITS.index(jiao) * 10 + DIGITS.index(fen)


def number_of(words: str) -> int:
    high, mark, low = words.rpartition("亿")
    if mark:
        return number_of(high) * 10**8 + number_of(low)
    high, mark, low = words.rpartition("万")
    if mark:
        return number_of(high) * 10**4 + number_of(low)
    sum_, digit = 0, 0
    for char in words:
        if char in PLACES:
            sum_, digit = sum_ + digit * PLACES[char], 0
        else:
            digit = DIGITS.index(char)
    return sum_ + digit


# ── in and out ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("amount", "fen"),
    [
        ("1280000.00", 128000000),
        ("1,280,000.5", 128000050),
        (" 0.01 ", 1),
        ("5", 500),
        (Decimal("12.30"), 1230),
        (Decimal("12.300"), 1230),
        (7, 700),
        ("-3.20", -320),
        ("9999999999999999.99", 10**18 - 1),
    ],
)
def test_an_amount_in_yuan_becomes_whole_fen(amount: str | Decimal | int, fen: int) -> None:
    assert Money.yuan(amount) == Money(fen)


@pytest.mark.parametrize("amount", ["1.005", "0.001", Decimal("2.345")])
def test_more_than_two_places_are_refused_and_not_rounded(amount: str | Decimal) -> None:
    with pytest.raises(ValueError, match="two decimal places"):
        Money.yuan(amount)


@pytest.mark.parametrize(
    "amount", ["", "abc", "12元", "NaN", "Infinity", "1e40", "10000000000000000", "1e3", "1_000", "٣٤", "1.2.3"]
)
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        Money.yuan(amount)


@pytest.mark.parametrize("amount", ["12,5", "1,28", ",5", "1,2800", "12,34,567", "1.000,50"])
def test_a_comma_that_sets_off_no_thousands_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        Money.yuan(amount)


def test_money_is_shown_with_thousands_and_two_places() -> None:
    assert str(Money.yuan("1280000")) == "1,280,000.00 元"
    assert Money.yuan("1280000").plain == "1280000.00"
    assert str(Money(-5)) == "-0.05 元"
    assert Money(-123456).plain == "-1234.56"


@given(st.integers(-(10**17), 10**17))
def test_what_a_form_shows_is_read_back_as_the_same_amount(fen: int) -> None:
    assert Money.yuan(Money(fen).plain) == Money(fen)
    assert Money.yuan(str(Money(fen)).removesuffix(" 元")) == Money(fen)


# ── sums, shares, parts ───────────────────────────────────────────────────────────────────────────────────────────


def test_money_adds_subtracts_and_compares() -> None:
    assert Money(150) + Money(50) - Money(1) == Money(199)
    assert sum([Money(1), Money(2)]) == Money(3)
    assert Money(99) < Money(100) <= Money(100)
    assert total([]) == Money(0)
    assert total([Money(1), Money(2)]) == Money(3)


def test_money_is_not_added_to_a_number() -> None:
    with pytest.raises(TypeError):
        5 + Money(1)


def test_a_share_is_rounded_half_up_to_the_fen() -> None:
    assert Money(5).share(Decimal("0.1")) == Money(1)
    assert Money(4).share(Decimal("0.1")) == Money(0)
    assert Money.yuan(1280000).share(Decimal("0.5")) == Money.yuan(640000)


def test_parts_of_a_hundred_fen_in_three_lose_nothing() -> None:
    assert Money(100).split([1, 1, 1]) == [Money(33), Money(33), Money(34)]
    assert Money(10).split([0, 1, 0]) == [Money(0), Money(10), Money(0)]


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_that_weigh_nothing_or_less_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100).split(weights)


@given(FEN, st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any))
def test_parts_add_up_and_none_is_a_whole_fen_from_its_exact_share(fen: int, weights: list[int]) -> None:
    parts = Money(fen).split(weights)
    assert total(parts) == Money(fen)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.fen * sum(weights) - fen * weight) < sum(weights)


# ── in words ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万零柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("0.50", "伍角整"),
        ("0.05", "伍分"),
        ("0.55", "伍角伍分"),
        ("100000000", "壹亿元整"),
        ("0", "零元整"),
        ("10", "壹拾元整"),
        ("1000.05", "壹仟元零伍分"),
        ("1000.50", "壹仟元伍角整"),
        ("1280000", "壹佰贰拾捌万元整"),
        ("100000001", "壹亿零壹元整"),
        ("10010000", "壹仟零壹万元整"),
        ("1000000000000", "壹万亿元整"),
        ("1000100000000", "壹万零壹亿元整"),
        ("1000000010000", "壹万亿零壹万元整"),
    ],
)
def test_an_amount_in_words(amount: str, words: str) -> None:
    assert Money.yuan(amount).in_words() == "人民币" + words


@given(FEN)
def test_words_say_the_amount_they_were_made_of(fen: int) -> None:
    words = Money(fen).in_words()
    assert fen_of(words) == fen
    assert "零零" not in words
    assert not re.search("零[拾佰仟万亿角]", words)
    assert words.endswith("整") == (fen % 10 == 0)


@pytest.mark.parametrize("fen", [-1, 10**18])
def test_an_amount_that_has_no_words_is_refused(fen: int) -> None:
    with pytest.raises(ValueError, match="without words"):
        Money(fen).in_words()
