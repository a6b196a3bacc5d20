"""Holders' pairs: what a passphrase or a sheet opens, for two of three and in one order, and the suite of one holder."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import permutations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from procurement.foundation import sealing
from procurement.foundation.sealing import HolderPair, Wrapping, WrongSecret
from tests.foundation.landed import ENVELOPE, PAIR, PASSPHRASE, PUBLIC, SEALED

HERE, THERE = "appointment 1", "appointment 2"
COPY = "announcement 1 attempt 1 outer 1 inner 2"


@pytest.fixture(autouse=True)
def _cheap_wrapping() -> Iterator[None]:
    before = sealing.wrapping
    sealing.use_wrapping(Wrapping(memory=8, passes=1, lanes=1))
    yield
    sealing.use_wrapping(before)


@pytest.fixture
def passphrase() -> str:
    return sealing.make_passphrase()


def forms_of(secret: str) -> list[str]:
    """The ways in which somebody may type what stands on paper."""
    wide = "".join(chr(ord(c) + 0xFEE0) if c != "-" else "－" for c in secret)
    return [secret.lower(), secret.replace("-", " "), secret.replace("-", ""), wide, f" {secret}\n"]


# ── a passphrase ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_passphrase_has_twenty_characters_that_nobody_mistakes(passphrase: str) -> None:
    letters = passphrase.replace("-", "")
    assert len(letters) == 20 == sealing.length_of_secret(of_sheet=False)
    assert not set(letters) & set("01IOL")
    assert sealing.make_passphrase() != passphrase


def test_a_passphrase_opens_its_pair_however_it_is_typed(passphrase: str) -> None:
    pair = sealing.make_pair(passphrase, HERE)
    for typed in forms_of(passphrase):
        assert sealing.private_half(pair, typed, HERE).public_key().public_bytes_raw() == pair.public


@pytest.mark.parametrize("typed", ["", "-", "密码", "AAAA-AAAA-AAAA-AAAA-AAAA"])
def test_a_wrong_passphrase_opens_nothing(passphrase: str, typed: str) -> None:
    with pytest.raises(WrongSecret):
        sealing.private_half(sealing.make_pair(passphrase, HERE), typed, HERE)


def test_a_pair_of_one_appointment_opens_for_no_other(passphrase: str) -> None:
    with pytest.raises(WrongSecret):
        sealing.private_half(sealing.make_pair(passphrase, HERE), passphrase, THERE)


def test_a_damaged_pair_opens_nothing(passphrase: str) -> None:
    pair = sealing.make_pair(passphrase, HERE)
    assert pair.private_wrapped is not None
    bent = bytearray(pair.private_wrapped)
    bent[-1] ^= 1
    with pytest.raises(WrongSecret):
        sealing.private_half(HolderPair(pair.suite, pair.public, bytes(bent)), passphrase, HERE)
    with pytest.raises(WrongSecret):
        sealing.private_half(HolderPair(pair.suite, bytes(32), pair.private_wrapped), passphrase, HERE)


def test_what_was_wrapped_under_an_earlier_cost_still_opens(passphrase: str) -> None:
    pair = sealing.make_pair(passphrase, HERE)
    sealing.use_wrapping(Wrapping(memory=16, passes=2, lanes=1))
    assert sealing.private_half(pair, passphrase, HERE) is not None


# ── a sheet ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_a_sheet_nothing_of_the_private_half_is_stored() -> None:
    secret = sealing.make_sheet_secret()
    assert len(secret.replace("-", "")) == 32 == sealing.length_of_secret(of_sheet=True)
    pair = sealing.make_pair_of_sheet(secret, HERE)
    assert pair.private_wrapped is None
    private = sealing.private_half(pair, secret, HERE).private_bytes_raw()
    assert private not in (pair.public, bytes.fromhex(pair.check_word_sha256 or ""))
    for typed in forms_of(secret):
        assert sealing.private_half(pair, typed, HERE).private_bytes_raw() == private


def test_a_sheet_opens_for_its_own_appointment_only() -> None:
    secret = sealing.make_sheet_secret()
    pair = sealing.make_pair_of_sheet(secret, HERE)
    for typed, context in ((secret, THERE), (sealing.make_sheet_secret(), HERE), (secret[:-1], HERE), ("", HERE)):
        with pytest.raises(WrongSecret):
            sealing.private_half(pair, typed, context)


def test_a_check_word_is_the_sheets_own_and_opens_nothing() -> None:
    secret = sealing.make_sheet_secret()
    word, pair = sealing.check_word(secret, HERE), sealing.make_pair_of_sheet(secret, HERE)
    assert len(word) == 4 == sealing.length_of_check_word()
    assert sealing.hash_check_word(word.lower(), HERE) == pair.check_word_sha256
    assert sealing.hash_check_word(word, THERE) != pair.check_word_sha256
    assert {sealing.check_word(secret, THERE), sealing.check_word(sealing.make_sheet_secret(), HERE)} != {word}
    with pytest.raises(WrongSecret):
        sealing.private_half(pair, word, HERE)


# ── two of three ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_copy_opens_by_both_in_its_order_and_in_no_other() -> None:
    private, *three = (X25519PrivateKey.generate() for _ in range(4))
    outer, inner, _third = three
    publics = [one.public_key().public_bytes_raw() for one in three]
    sealed = sealing.seal_private_half(private, publics[0], publics[1], COPY)
    opened = sealing.open_private_half(sealed, outer, inner, COPY)
    assert opened.private_bytes_raw() == private.private_bytes_raw()
    for first, second in [*permutations(three, 2), *((one, one) for one in three)]:
        if (first, second) != (outer, inner):
            with pytest.raises(InvalidTag):
                sealing.open_private_half(sealed, first, second, COPY)
    with pytest.raises(InvalidTag):
        sealing.open_private_half(sealed, outer, inner, COPY.replace("attempt 1", "attempt 2"))


def test_one_layer_is_not_the_other() -> None:
    # Both layers are sealed by one primitive: what is said to be the outer must not pass for the inner.
    private, one = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    public = one.public_key().public_bytes_raw()
    layer = sealing._hpke().decrypt(
        sealing.seal_private_half(private, public, public, COPY), one, info=sealing._info("outer", COPY)
    )
    with pytest.raises(InvalidTag):
        sealing._hpke().decrypt(layer, one, info=sealing._info("outer", COPY))


# ── one holder ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_first_suite_made_opens_by_its_one_passphrase() -> None:
    holder = sealing.private_half(PAIR, PASSPHRASE.lower(), "appointment 7")
    private = sealing.open_private_half_alone(SEALED, holder, "appointment 7")
    assert private.public_key().public_bytes_raw() == PUBLIC
    envelope = io.BytesIO(ENVELOPE)
    assert sealing.unseal(envelope, private, "announcement 5 attempt 1 organisation 3").decode() == "报价 1"


def test_what_the_first_suite_made_opens_for_its_appointment_only() -> None:
    holder = sealing.private_half(PAIR, PASSPHRASE, "appointment 7")
    with pytest.raises(InvalidTag):
        sealing.open_private_half_alone(SEALED, holder, "appointment 8")
    with pytest.raises(WrongSecret):
        sealing.private_half(PAIR, sealing.make_passphrase(), "appointment 7")
