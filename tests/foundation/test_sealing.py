"""Envelopes and passphrases: what only the holder opens, and what a damaged envelope gives away."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from procurement.foundation import sealing
from procurement.foundation.errors import RuleBroken
from procurement.foundation.sealing import CHUNK, BrokenEnvelope, SealedKeys, Wrapping

HERE = "announcement 1 attempt 1 organisation 1"


@pytest.fixture(autouse=True)
def _cheap_wrapping() -> Iterator[None]:
    before = sealing.wrapping
    sealing.use_wrapping(Wrapping(memory=8, passes=1, lanes=1))
    yield
    sealing.use_wrapping(before)


@pytest.fixture
def passphrase() -> str:
    return sealing.make_passphrase()


@pytest.fixture
def keys(passphrase: str) -> SealedKeys:
    return sealing.make_keys(passphrase, "appointment 1")


def sealed(content: bytes, keys: SealedKeys, context: str = HERE) -> bytes:
    return b"".join(sealing.seal(content, keys.competition_public, context))


def opened(envelope: bytes, keys: SealedKeys, passphrase: str, context: str = HERE) -> bytes:
    private = sealing.open_competition_key(keys, passphrase, "appointment 1")
    return sealing.unseal(io.BytesIO(envelope), private, context)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_what_was_put_in_comes_out(keys: SealedKeys, passphrase: str, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert opened(sealed(content, keys), keys, passphrase) == content


def test_an_envelope_shows_nothing_of_its_content(keys: SealedKeys) -> None:
    envelope = sealed(b"the price is 1234567.89" * 1000, keys)
    assert b"price" not in envelope
    assert b"1234567" not in envelope


def test_the_same_content_is_never_the_same_envelope(keys: SealedKeys) -> None:
    assert sealed(b"same", keys) != sealed(b"same", keys)


def test_the_suite_stands_in_the_envelope(keys: SealedKeys) -> None:
    assert sealed(b"x", keys)[:8] == sealing.MAGIC + sealing.SUITE.to_bytes(2, "big")


def test_a_wrong_passphrase_is_refused_in_a_sentence(keys: SealedKeys) -> None:
    with pytest.raises(RuleBroken, match="口令不对，没有开启任何投标") as refused:
        sealing.open_competition_key(keys, sealing.make_passphrase(), "appointment 1")
    assert refused.value.field == "passphrase"
    assert "20 位" in str(refused.value)


@pytest.mark.parametrize("typed", ["", "-", "  ", "ABCD", "漢字"])
def test_a_passphrase_that_is_none_is_refused_alike(keys: SealedKeys, typed: str) -> None:
    with pytest.raises(RuleBroken, match="口令不对"):
        sealing.open_competition_key(keys, typed, "appointment 1")


def test_a_passphrase_may_be_typed_in_any_case_with_any_spaces(keys: SealedKeys, passphrase: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if c != "-" else "－" for c in passphrase)
    for typed in (
        passphrase.lower(),
        passphrase.replace("-", " "),
        passphrase.replace("-", ""),
        wide,
        f" {passphrase}\n",
    ):
        assert sealing.open_competition_key(keys, typed, "appointment 1") is not None


def test_a_passphrase_has_twenty_characters_that_nobody_mistakes(passphrase: str) -> None:
    letters = passphrase.replace("-", "")
    assert len(letters) == 20
    assert not set(letters) & set("01IOL")
    assert sealing.make_passphrase() != passphrase


def test_keys_of_one_appointment_open_nothing_for_another(keys: SealedKeys, passphrase: str) -> None:
    with pytest.raises(RuleBroken, match="口令不对"):
        sealing.open_competition_key(keys, passphrase, "appointment 2")


@pytest.mark.parametrize("part", ["opener_private_wrapped", "competition_private_sealed"])
def test_damaged_keys_open_nothing(keys: SealedKeys, passphrase: str, part: str) -> None:
    whole = {name: getattr(keys, name) for name in SealedKeys.__slots__}
    bent = bytearray(whole[part])
    bent[-1] ^= 1
    whole[part] = bytes(bent)
    with pytest.raises(RuleBroken, match="口令不对"):
        sealing.open_competition_key(SealedKeys(**whole), passphrase, "appointment 1")


def test_an_envelope_opens_only_for_its_competition_and_bidder(keys: SealedKeys, passphrase: str) -> None:
    envelope = sealed(b"x", keys)
    for other in (HERE.replace("organisation 1", "organisation 2"), HERE.replace("attempt 1", "attempt 2")):
        with pytest.raises(BrokenEnvelope, match="打不开"):
            opened(envelope, keys, passphrase, other)


def test_an_envelope_of_other_keys_does_not_open(keys: SealedKeys, passphrase: str) -> None:
    other = sealing.make_keys(passphrase, "appointment 1")
    with pytest.raises(BrokenEnvelope):
        opened(sealed(b"x", other), keys, passphrase)


def test_a_bit_changed_anywhere_breaks_the_envelope(keys: SealedKeys, passphrase: str) -> None:
    envelope = sealed(b"a short bid", keys)
    private = sealing.open_competition_key(keys, passphrase, "appointment 1")
    for place in range(len(envelope)):
        bent = bytearray(envelope)
        bent[place] ^= 1
        with pytest.raises(BrokenEnvelope):
            sealing.unseal(io.BytesIO(bytes(bent)), private, HERE)


def test_an_envelope_cut_short_anywhere_is_broken(keys: SealedKeys, passphrase: str) -> None:
    envelope = sealed(b"a short bid", keys)
    private = sealing.open_competition_key(keys, passphrase, "appointment 1")
    for length in range(len(envelope)):
        with pytest.raises(BrokenEnvelope):
            sealing.unseal(io.BytesIO(envelope[:length]), private, HERE)


def chunks(envelope: bytes) -> tuple[bytes, list[bytes]]:
    """The header, and the chunks with their lengths."""
    length = int.from_bytes(envelope[8:10], "big")
    head, rest, found = envelope[: 10 + length], envelope[10 + length :], []
    while rest:
        size = 4 + int.from_bytes(rest[:4], "big")
        found.append(rest[:size])
        rest = rest[size:]
    return head, found


def test_chunks_can_be_neither_dropped_nor_repeated_nor_swapped(keys: SealedKeys, passphrase: str) -> None:
    head, (first, second, third) = chunks(sealed(b"a" * CHUNK + b"b" * CHUNK + b"c", keys))
    private = sealing.open_competition_key(keys, passphrase, "appointment 1")
    for order in (
        (first, second),
        (second, third),
        (first, first, second, third),
        (second, first, third),
        (first, third),
    ):
        with pytest.raises(BrokenEnvelope):
            sealing.unseal(io.BytesIO(head + b"".join(order)), private, HERE)


@pytest.mark.parametrize("junk", [b"", b"%PDF-1.4", b"JIELI\x00", b"JIELI\x00\x00\x02\x00\x01x", b"\x00" * 200])
def test_what_is_no_envelope_of_this_suite_is_broken(keys: SealedKeys, passphrase: str, junk: bytes) -> None:
    with pytest.raises(BrokenEnvelope):
        opened(junk, keys, passphrase)


def test_what_was_wrapped_under_an_earlier_cost_still_opens(keys: SealedKeys, passphrase: str) -> None:
    sealing.use_wrapping(Wrapping(memory=16, passes=2, lanes=1))
    assert opened(sealed(b"x", keys), keys, passphrase) == b"x"
