"""Sealing: what is put into an envelope can be read by nobody but those who hold secrets that are kept nowhere.

Keys, suite 2. Each of three holders has an X25519 pair. Of two of them the private half is wrapped by AES-256-GCM under
argon2id of a generated passphrase (99 bits), bound to the holder's appointment. Of the third nothing of it is stored: it is
derived by HKDF-SHA256, bound to the appointment, from a secret of 158 bits that stands on a printed sheet and nowhere else.
A check word, derived from the same secret under another info, stands on the sheet too; its hash is stored, so that typing
it back proves that the sheet was printed and tells nothing of the secret. The competition's own X25519 pair is made when it
is announced; its private half is sealed with HPKE (X25519, HKDF-SHA256, AES-256-GCM) once for every two of the three: first
to the one, then what came out to the other. The layers come off in the order outer, inner; each is bound to the competition
and to both appointments. The private half is then dropped.

Keys, suite 1, read and no longer made: one holder, whose private half is wrapped under a passphrase without being bound to
anything, and a competition's private half sealed once, to that holder.

Envelopes, suite 1. A header with the suite, a file key sealed to the competition's public key and bound to the envelope's
context, and the content in chunks of one mebibyte of AES-256-GCM with a counter and a last-chunk flag in the nonce, so that
no chunk can be dropped, repeated or moved.
"""

from __future__ import annotations

import hashlib
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
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from procurement.foundation.errors import DomainError
from procurement.foundation.labels import word

SUITE = 1
SINGLE_HOLDER, KEY_SUITE = 1, 2
MAGIC = b"JIELI\x00"
CHUNK = 1 << 20
_HEADER = struct.Struct(">6sHH")  # magic, suite, length of the sealed file key
_LENGTH = struct.Struct(">I")
_LAST = 1 << 31

# Letters and digits that nobody mistakes for one another: 16 of 31 are 79 bits, and one group more makes it 99.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_GROUPS, _GROUP = 5, 4
_SHEET_GROUPS = 8


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
class HolderPair:
    """What is stored of a holder's pair: its public half, and its private half wrapped or, of a sheet, a check word's hash."""

    suite: int
    public: bytes
    private_wrapped: bytes | None = None
    check_word_sha256: str | None = None


class WrongSecret(Exception):
    """A passphrase or a sheet's secret that is not the one which was shown."""


class BrokenEnvelope(DomainError):
    """An envelope that is damaged, or was made for another place: it fails alone."""


def _hpke() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _groups(count: int) -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(count))


def make_passphrase() -> str:
    """Five groups of four characters, 99 bits: shown once to the holder and kept nowhere."""
    return _groups(_GROUPS)


def make_sheet_secret() -> str:
    """Eight groups of four characters, 158 bits: printed once on the recovery sheet and kept nowhere."""
    return _groups(_SHEET_GROUPS)


def length_of_secret(*, of_sheet: bool) -> int:
    """How many letters and digits a passphrase, or the secret of a sheet, has."""
    return (_SHEET_GROUPS if of_sheet else _GROUPS) * _GROUP


def length_of_check_word() -> int:
    """How many letters and digits a check word has."""
    return _GROUP


def tidy(passphrase: str) -> str:
    """A typed secret in its one form: upper case, in groups, without spaces; full-width letters made narrow."""
    narrow = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in passphrase)
    letters = "".join(c for c in narrow.upper() if c in _ALPHABET)
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


# ── the holders' pairs ─────────────────────────────────────────────────────────────────────────────────────────────


def _key_from(passphrase: str, salt: bytes, cost: Wrapping) -> bytes:
    return hash_secret_raw(tidy(passphrase).encode(), salt, cost.passes, cost.memory, cost.lanes, 32, Type.ID)


def _bound(head: bytes, suite: int, context: str) -> bytes:
    """What a wrapped private half is bound to; under suite 1 that was its cost alone."""
    return head if suite == SINGLE_HOLDER else head + f"jieli {suite} holder {context}".encode()


def _wrap(private: bytes, passphrase: str, context: str) -> bytes:
    salt, nonce = os.urandom(16), os.urandom(12)
    head = struct.pack(">III", wrapping.memory, wrapping.passes, wrapping.lanes)
    sealed = AESGCM(_key_from(passphrase, salt, wrapping)).encrypt(nonce, private, _bound(head, KEY_SUITE, context))
    return head + salt + nonce + sealed


def _unwrap(wrapped: bytes, passphrase: str, suite: int, context: str) -> bytes:
    head, salt, nonce, sealed = wrapped[:12], wrapped[12:28], wrapped[28:40], wrapped[40:]
    memory, passes, lanes = struct.unpack(">III", head)
    key = _key_from(passphrase, salt, Wrapping(memory, passes, lanes))
    return AESGCM(key).decrypt(nonce, sealed, _bound(head, suite, context))


def _derived(secret: str, purpose: str, context: str) -> bytes:
    info = f"jieli {KEY_SUITE} {purpose} {context}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(tidy(secret).encode())


def make_pair(passphrase: str, context: str) -> HolderPair:
    """A holder's pair, its private half wrapped by a passphrase and bound to `context`, the holder's appointment."""
    private = X25519PrivateKey.generate()
    wrapped = _wrap(private.private_bytes_raw(), passphrase, context)
    return HolderPair(KEY_SUITE, private.public_key().public_bytes_raw(), private_wrapped=wrapped)


def make_pair_of_sheet(secret: str, context: str) -> HolderPair:
    """The pair that a sheet's secret makes for `context`: its public half and the hash of its check word, nothing else."""
    public = _private_of_sheet(secret, context).public_key().public_bytes_raw()
    return HolderPair(KEY_SUITE, public, check_word_sha256=hash_check_word(check_word(secret, context), context))


def _private_of_sheet(secret: str, context: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(_derived(secret, "sheet", context))


def check_word(secret: str, context: str) -> str:
    """Four characters that stand on the sheet beside its secret; nobody learns one of the two from the other's hash."""
    number = int.from_bytes(_derived(secret, "check word", context), "big")
    letters = ""
    for _ in range(_GROUP):
        number, at = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[at]
    return letters


def hash_check_word(word_on_sheet: str, context: str) -> str:
    """What is stored of a check word, as it was typed or printed: SHA-256 in hexadecimal, bound to the appointment."""
    return hashlib.sha256(f"jieli {KEY_SUITE} check word {context} {tidy(word_on_sheet)}".encode()).hexdigest()


def private_half(pair: HolderPair, secret: str, context: str) -> X25519PrivateKey:
    """A holder's private half, in memory only, by the passphrase or by the secret of the sheet.

    Raises:
        WrongSecret: when it is not the one that was shown, or the pair is another appointment's.
    """
    if pair.private_wrapped is None:
        private = _private_of_sheet(secret, context)
    else:
        try:
            raw = _unwrap(pair.private_wrapped, secret, pair.suite, context)
        except InvalidTag:
            raise WrongSecret from None
        private = X25519PrivateKey.from_private_bytes(raw)
    if private.public_key().public_bytes_raw() != pair.public:
        raise WrongSecret
    return private


# ── the competition's pair ─────────────────────────────────────────────────────────────────────────────────────────


def make_competition_pair() -> X25519PrivateKey:
    """A competition's pair; whoever asks for it seals its private half to the holders and drops it."""
    return X25519PrivateKey.generate()


def seal_private_half(private: X25519PrivateKey, outer: bytes, inner: bytes, context: str) -> bytes:
    """A competition's private half for two holders: sealed to the public half `inner`, and what comes out to `outer`."""
    layer = _hpke().encrypt(
        private.private_bytes_raw(), X25519PublicKey.from_public_bytes(inner), info=_info("inner", context)
    )
    return _hpke().encrypt(layer, X25519PublicKey.from_public_bytes(outer), info=_info("outer", context))


def open_private_half(
    sealed: bytes, outer: X25519PrivateKey, inner: X25519PrivateKey, context: str
) -> X25519PrivateKey:
    """The competition's private half again, in memory only, by both holders in the order in which it is sealed.

    Raises:
        InvalidTag: damaged, of other holders, in the other order, or sealed for another context.
    """
    layer = _hpke().decrypt(sealed, outer, info=_info("outer", context))
    return X25519PrivateKey.from_private_bytes(_hpke().decrypt(layer, inner, info=_info("inner", context)))


def open_private_half_alone(sealed: bytes, holder: X25519PrivateKey, context: str) -> X25519PrivateKey:
    """The private half of a competition of suite 1, by its one holder; `context` is that holder's appointment.

    Raises:
        InvalidTag: damaged, or sealed for another appointment.
    """
    info = f"jieli {SINGLE_HOLDER} competition {context}".encode()
    return X25519PrivateKey.from_private_bytes(_hpke().decrypt(sealed, holder, info=info))


def _info(layer: str, context: str) -> bytes:
    return f"jieli {KEY_SUITE} competition {layer} {context}".encode()


# ── envelopes ──────────────────────────────────────────────────────────────────────────────────────────────────────


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
