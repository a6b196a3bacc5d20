"""Unified social credit codes: real and made ones pass, and no slip of one character does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.foundation.errors import RuleBroken
from procurement.registers.organisations.credit_code import (
    ALPHABET,
    Kind,
    check_digit,
    complete,
    ensure_credit_code,
    inner_check_digit,
    kind_of,
    plain_code,
)

REAL = ["91110108551385082Q", "91420111751839827U"]
MADE = {
    "11330383MJ1234561U": Kind.STATE_ORGAN,
    "12330383MJ1234561Q": Kind.PUBLIC_INSTITUTION,
    "51330383MJ1234561P": Kind.SOCIAL_ASSOCIATION,
    "52330383MJ1234561L": Kind.SOCIAL_SERVICE,
    "53330383MJ1234561H": Kind.FOUNDATION,
    "91330383MA2HR7K34M": Kind.ENTERPRISE,
}
CODES = [*REAL, *MADE]
BODIES = st.builds(
    lambda kind, place, body: kind + place + body,
    st.sampled_from([kind.value for kind in Kind]),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=8, max_size=8),
)


def refusal_of(code: str) -> str:
    with pytest.raises(RuleBroken) as refusal:
        ensure_credit_code(code)
    assert refusal.value.field == "credit_code"
    assert "GB 32100-2015" in str(refusal.value)
    return str(refusal.value)


def is_credit_code(code: str) -> bool:
    try:
        ensure_credit_code(code)
    except RuleBroken:
        return False
    return True


@pytest.mark.parametrize("code", CODES)
def test_a_right_code_passes(code: str) -> None:
    ensure_credit_code(code)
    assert is_credit_code(code)
    assert complete(code[:16]) == code


@pytest.mark.parametrize("code", CODES)
def test_every_change_of_one_character_fails(code: str) -> None:
    others = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    changed = [code[:at] + char + code[at + 1 :] for at in range(18) for char in others if char != code[at]]
    assert [slip for slip in changed if is_credit_code(slip)] == []


@given(BODIES)
def test_a_completed_body_passes(body: str) -> None:
    assert is_credit_code(complete(body))


@given(BODIES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_no_slip_of_one_character_passes(body: str, at: int, char: str) -> None:
    code = complete(body)
    slip = code[:at] + char + code[at + 1 :]
    assert is_credit_code(slip) == (slip == code)


@given(BODIES, st.integers(0, 16))
def test_no_two_neighbours_are_swapped_unseen(body: str, at: int) -> None:
    code = complete(body)
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert is_credit_code(swapped) == (swapped == code)


def test_a_remainder_of_nothing_gives_zero() -> None:
    body = next(body for body in (f"5233038300000{n:04}" for n in range(10000)) if weighed(body) % 31 == 0)
    assert check_digit(body) == "0"


def weighed(body: str) -> int:
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    return sum(ALPHABET.index(char) * weight for char, weight in zip(body, weights, strict=True))


def test_an_inner_remainder_of_ten_gives_x_and_of_nothing_zero() -> None:
    found = {inner_check_digit(f"{n:08}") for n in range(100)}
    assert found == set("0123456789X")
    assert inner_check_digit("00000000") == "0"


@pytest.mark.parametrize("code", CODES)
def test_a_refusal_says_which_check_digit_does_not_fit(code: str) -> None:
    assert "第 18 位校验码" in refusal_of(code[:17] + ("0" if code[17] != "0" else "1"))
    inner = "0" if code[16] != "0" else "1"
    assert "第 17 位校验码" in refusal_of(code[:16] + inner + check_digit(code[:16] + inner))


def test_a_refusal_counts_the_characters() -> None:
    assert "您填了 17 位" in refusal_of(CODES[0][:17])
    assert "您填了 0 位" in refusal_of("")


@pytest.mark.parametrize("char", ["I", "O", "S", "V", "Z", "a", "-", "１"])
def test_a_refusal_names_the_character_the_standard_does_not_have(char: str) -> None:
    assert f"第 10 位“{char}”" in refusal_of(CODES[0][:9] + char + CODES[0][10:])


def test_a_place_that_is_not_digits_is_refused() -> None:
    assert "行政区划码" in refusal_of("9133A383MA2HR7K34M")


@pytest.mark.parametrize(("code", "kind"), MADE.items())
def test_the_first_two_characters_say_of_what_kind_a_body_is(code: str, kind: Kind) -> None:
    assert kind_of(code) is kind


def test_an_unknown_prefix_has_no_kind() -> None:
    assert kind_of("99330383MJ1234561U") is None


def test_a_code_is_kept_in_capitals_without_gaps() -> None:
    assert plain_code(" 91330383-ma2hr7k34m ") == "91330383MA2HR7K34M"
    assert plain_code("9133 0383 MA2H R7K3 4M") == "91330383MA2HR7K34M"
