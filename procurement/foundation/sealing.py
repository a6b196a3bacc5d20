"""Sealing: what is put into an envelope can be read by nobody but the holder of a passphrase that is kept nowhere.

Suite 1. A competition's key pair is X25519; its private half is sealed with HPKE (X25519, HKDF-SHA256, AES-256-GCM) to the
opener's key pair, whose private half is wrapped by AES-256-GCM under argon2id of a generated passphrase. An envelope is a
header with the suite, a file key sealed to the competition's public key and bound to the envelope's context, and the
content in chunks of one mebibyte of AES-256-GCM with a counter and a last-chunk flag in the nonce, so that no chunk can be
dropped, repeated or moved.
"""

from __future__ import annotations

import os
import secrets
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.labels import word

SUITE = 1
MAGIC = b"JIELI\x00"
CHUNK = 1 << 20
_HEADER = struct.Struct(">6sHH")  # magic, suite, length of the sealed file key
_LENGTH = struct.Struct(">I")
_LAST = 1 << 31

# Letters and digits that nobody mistakes for one another: 16 of 31 are 79 bits, and one group more makes it 99.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_GROUPS, _GROUP = 5, 4


@dataclass(frozen=True, slots=True)
class Wrapping:
    """The cost of turning a passphrase into a key: kibibytes of memory, passes, lanes."""

    memory: int = 65536
    passes: int = 3
    lanes: int = 4


# The tests put a cheap profile here; what was wrapped carries its own.
wrapping = Wrapping()


def use_wrapping(other: Wrapping) -> None:
    """Wrap with another profile from now on."""
    global wrapping
    wrapping = other


@dataclass(frozen=True, slots=True)
class SealedKeys:
    """What is stored when an opener accepts: two public halves, and two private halves that nobody can read alone."""

    suite: int
    opener_public: bytes
    opener_private_wrapped: bytes
    competition_public: bytes
    competition_private_sealed: bytes


class BrokenEnvelope(DomainError):
    """An envelope that is damaged, or was made for another place: it fails alone."""


def _hpke() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def make_passphrase() -> str:
    """Five groups of four characters, 99 bits: shown once to the holder and kept nowhere."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def tidy(passphrase: str) -> str:
    """A typed passphrase in its one form: upper case, without spaces; full-width letters made narrow."""
    narrow = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in passphrase)
    letters = "".join(c for c in narrow.upper() if c in _ALPHABET)
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def _key_from(passphrase: str, salt: bytes, cost: Wrapping) -> bytes:
    return hash_secret_raw(tidy(passphrase).encode(), salt, cost.passes, cost.memory, cost.lanes, 32, Type.ID)


def _wrap(private: bytes, passphrase: str) -> bytes:
    salt, nonce = os.urandom(16), os.urandom(12)
    head = struct.pack(">III", wrapping.memory, wrapping.passes, wrapping.lanes)
    return head + salt + nonce + AESGCM(_key_from(passphrase, salt, wrapping)).encrypt(nonce, private, head)


def _unwrap(wrapped: bytes, passphrase: str) -> bytes:
    head, salt, nonce, sealed = wrapped[:12], wrapped[12:28], wrapped[28:40], wrapped[40:]
    memory, passes, lanes = struct.unpack(">III", head)
    return AESGCM(_key_from(passphrase, salt, Wrapping(memory, passes, lanes))).decrypt(nonce, sealed, head)


def make_keys(passphrase: str, context: str) -> SealedKeys:
    """The opener's and the competition's key pairs; `context` binds the sealed private half to one appointment."""
    opener, competition = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    return SealedKeys(
        suite=SUITE,
        opener_public=opener.public_key().public_bytes_raw(),
        opener_private_wrapped=_wrap(opener.private_bytes_raw(), passphrase),
        competition_public=competition.public_key().public_bytes_raw(),
        competition_private_sealed=_hpke().encrypt(
            competition.private_bytes_raw(), opener.public_key(), info=f"jieli 1 competition {context}".encode()
        ),
    )


def open_competition_key(keys: SealedKeys, passphrase: str, context: str) -> X25519PrivateKey:
    """The competition's private half, in memory only.

    Raises:
        RuleBroken: when the passphrase is not the one that was shown.
    """
    try:
        opener = X25519PrivateKey.from_private_bytes(_unwrap(keys.opener_private_wrapped, passphrase))
        raw = _hpke().decrypt(keys.competition_private_sealed, opener, info=f"jieli 1 competition {context}".encode())
    except InvalidTag:
        raise RuleBroken(
            word("口令不对，没有开启任何投标。口令是接受指定时显示过一次的 {count} 位字母和数字，不分大小写。"),
            count=_GROUPS * _GROUP,
            field="passphrase",
        ) from None
    return X25519PrivateKey.from_private_bytes(raw)


def _nonce(counter: int, last: bool) -> bytes:
    return struct.pack(">QI", 0, counter | (_LAST if last else 0))


def seal(content: bytes, public: bytes, context: str) -> Iterator[bytes]:
    """An envelope around `content`, piece by piece; it opens only for the same `context`."""
    file_key = AESGCM.generate_key(256)
    sealed_key = _hpke().encrypt(
        file_key, X25519PublicKey.from_public_bytes(public), info=f"jieli 1 envelope {context}".encode()
    )
    yield _HEADER.pack(MAGIC, SUITE, len(sealed_key)) + sealed_key
    yield from seal_chunks(content, file_key, context)


def seal_chunks(content: bytes, file_key: bytes, context: str) -> Iterator[bytes]:
    """`content` in sealed chunks, each with its length; a key is used for one content only."""
    cipher = AESGCM(file_key)
    last = max(len(content) - 1, 0) // CHUNK
    for counter in range(last + 1):
        piece = content[counter * CHUNK : (counter + 1) * CHUNK]
        sealed = cipher.encrypt(_nonce(counter, counter == last), piece, context.encode())
        yield _LENGTH.pack(len(sealed)) + sealed


def unseal(envelope: BinaryIO, private: X25519PrivateKey, context: str) -> bytes:
    """The content of an envelope, whole or not at all.

    Raises:
        BrokenEnvelope: damaged, cut short, or sealed for another context.
    """
    try:
        return b"".join(_unsealed(envelope, private, context))
    except (InvalidTag, struct.error, ValueError):
        raise BrokenEnvelope(word("信封损坏，或不是为这次竞争封存的，打不开。")) from None


def _unsealed(envelope: BinaryIO, private: X25519PrivateKey, context: str) -> Iterable[bytes]:
    magic, suite, length = _HEADER.unpack(envelope.read(_HEADER.size))
    if magic != MAGIC or suite != SUITE:
        raise ValueError("not an envelope of this suite")
    file_key = _hpke().decrypt(envelope.read(length), private, info=f"jieli 1 envelope {context}".encode())
    yield from unseal_chunks(envelope, file_key, context)


def unseal_chunks(envelope: BinaryIO, file_key: bytes, context: str) -> Iterator[bytes]:
    """The chunks again, in their order and to the last one.

    Raises:
        InvalidTag, struct.error, ValueError: damaged, cut short, or sealed for another context.
    """
    cipher, counter = AESGCM(file_key), 0
    size = envelope.read(_LENGTH.size)
    while True:
        (length,) = _LENGTH.unpack(size)
        sealed = envelope.read(length)
        if len(sealed) != length:
            raise ValueError("a chunk is shorter than it says")
        size = envelope.read(_LENGTH.size)
        last = not size
        yield cipher.decrypt(_nonce(counter, last), sealed, context.encode())
        if last:
            return
        counter += 1
