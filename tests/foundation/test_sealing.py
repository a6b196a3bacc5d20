"""Envelopes: what only the competition's key opens, and what a damaged envelope gives away."""

from __future__ import annotations

import io

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from procurement.foundation import sealing
from procurement.foundation.sealing import CHUNK, BrokenEnvelope

HERE = "announcement 1 attempt 1 organisation 1"


@pytest.fixture
def keys() -> X25519PrivateKey:
    """A competition's pair."""
    return sealing.make_competition_pair()


def sealed(content: bytes, keys: X25519PrivateKey, context: str = HERE) -> bytes:
    return b"".join(sealing.seal(content, keys.public_key().public_bytes_raw(), context))


def opened(envelope: bytes, keys: X25519PrivateKey, context: str = HERE) -> bytes:
    return sealing.unseal(io.BytesIO(envelope), keys, context)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_what_was_put_in_comes_out(keys: X25519PrivateKey, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert opened(sealed(content, keys), keys) == content


def test_an_envelope_shows_nothing_of_its_content(keys: X25519PrivateKey) -> None:
    envelope = sealed(b"the price is 1234567.89" * 1000, keys)
    assert b"price" not in envelope
    assert b"1234567" not in envelope


def test_the_same_content_is_never_the_same_envelope(keys: X25519PrivateKey) -> None:
    assert sealed(b"same", keys) != sealed(b"same", keys)


def test_the_suite_stands_in_the_envelope(keys: X25519PrivateKey) -> None:
    assert sealed(b"x", keys)[:8] == sealing.MAGIC + sealing.SUITE.to_bytes(2, "big")


def test_an_envelope_opens_only_for_its_competition_and_bidder(keys: X25519PrivateKey) -> None:
    envelope = sealed(b"x", keys)
    for other in (HERE.replace("organisation 1", "organisation 2"), HERE.replace("attempt 1", "attempt 2")):
        with pytest.raises(BrokenEnvelope, match="打不开"):
            opened(envelope, keys, other)


def test_an_envelope_of_other_keys_does_not_open(keys: X25519PrivateKey) -> None:
    other = sealing.make_competition_pair()
    with pytest.raises(BrokenEnvelope):
        opened(sealed(b"x", other), keys)


def test_a_bit_changed_anywhere_breaks_the_envelope(keys: X25519PrivateKey) -> None:
    envelope = sealed(b"a short bid", keys)
    private = keys
    for place in range(len(envelope)):
        bent = bytearray(envelope)
        bent[place] ^= 1
        with pytest.raises(BrokenEnvelope):
            sealing.unseal(io.BytesIO(bytes(bent)), private, HERE)


def test_an_envelope_cut_short_anywhere_is_broken(keys: X25519PrivateKey) -> None:
    envelope = sealed(b"a short bid", keys)
    private = keys
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


def test_chunks_can_be_neither_dropped_nor_repeated_nor_swapped(keys: X25519PrivateKey) -> None:
    head, (first, second, third) = chunks(sealed(b"a" * CHUNK + b"b" * CHUNK + b"c", keys))
    private = keys
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
def test_what_is_no_envelope_of_this_suite_is_broken(keys: X25519PrivateKey, junk: bytes) -> None:
    with pytest.raises(BrokenEnvelope):
        opened(junk, keys)
