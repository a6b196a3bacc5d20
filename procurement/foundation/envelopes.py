"""Envelopes of suite 2: what a bidder hands in is sealed piece by piece, in memory, before anything of it is stored.

A piece holds at most 256 KiB and is sealed by one call of HPKE (X25519, HKDF-SHA256, AES-256-GCM) to the competition's
public key, bound to its place by the context. Its encapsulated key, 32 bytes, is kept apart from its ciphertext: the key in
a row of the database, the ciphertext in the store. Whoever deletes the row's key makes the ciphertext unreadable for ever,
also for the holder of the competition's private half, in one transaction. An envelope is a text that names every piece by
its hash, in order, so that one number binds all of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from procurement.foundation.labels import word
from procurement.foundation.sealing import BrokenEnvelope

SUITE = 2
# A server spools larger bodies to a disk; this much stays in memory on its whole way.
PIECE = 256 * 1024
BYTES_OF_A_MEGABYTE = 1 << 20
# A manifest and a file's header are padded to a multiple of this: their length tells nothing of what stands in them.
PAD = 4096
_KEY = 32  # of X25519, which HPKE's output begins with
_NONCE = 12


@dataclass(frozen=True, slots=True)
class SealedPiece:
    """A sealed piece: the encapsulated key for the database, the ciphertext for the store."""

    wrapped_key: bytes
    ciphertext: bytes

    @property
    def sha256(self) -> str:
        """The hash that the envelope names it by: of the key and the ciphertext together, in hexadecimal."""
        return hashlib.sha256(self.wrapped_key + self.ciphertext).hexdigest()


def _hpke() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def make_pair() -> tuple[X25519PrivateKey, bytes]:
    """A key pair for a trial, which nobody keeps: private half, public half."""
    private = X25519PrivateKey.generate()
    return private, private.public_key().public_bytes_raw()


def seal_piece(content: bytes, public: bytes, context: str) -> SealedPiece:
    """Seal a piece of at most `PIECE` bytes; it opens only for the same `context`."""
    if len(content) > PIECE:
        raise ValueError(f"a piece of {len(content)} bytes, and {PIECE} is the most")
    sealed = _hpke().encrypt(
        content, X25519PublicKey.from_public_bytes(public), info=f"jieli {SUITE} piece {context}".encode()
    )
    return SealedPiece(sealed[:_KEY], sealed[_KEY:])


def open_piece(piece: SealedPiece, private: X25519PrivateKey, context: str) -> bytes:
    """The piece again.

    Raises:
        BrokenEnvelope: damaged, or sealed for another place.
    """
    try:
        info = f"jieli {SUITE} piece {context}".encode()
        return _hpke().decrypt(piece.wrapped_key + piece.ciphertext, private, info=info)
    except (InvalidTag, ValueError):
        raise BrokenEnvelope(word("信封损坏，或不是为这次竞争封存的，打不开。")) from None


def pieces_of(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces of `PIECE` bytes, the last one shorter."""
    while piece := stream.read(PIECE):
        yield piece


def number_of_pieces(size: int) -> int:
    """How many pieces a file of `size` bytes makes."""
    return -(-size // PIECE)


def padded(facts: Any) -> bytes:
    """Facts as canonical JSON, filled up with spaces to a multiple of `PAD`."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % PAD)


def envelope_text(context: dict[str, int], manifest: str, files: Sequence[tuple[str, Sequence[str]]]) -> str:
    """The envelope: where it belongs, the hash of its manifest, and of each file the token and its pieces' hashes in order."""
    told = {
        "suite": SUITE,
        **context,
        "manifest": manifest,
        "files": [{"token": token, "pieces": list(hashes)} for token, hashes in files],
    }
    return json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


# ── a draft, whose key only a browser has ──────────────────────────────────────────────────────────────────────────


def make_draft_key() -> str:
    """256 random bits, as a cookie carries them."""
    return base64.urlsafe_b64encode(AESGCM.generate_key(256)).decode()


def seal_draft(text: str, key: str, context: str) -> str:
    """A text under a draft's key, another one each time; it opens only for the same `context`."""
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(base64.urlsafe_b64decode(key)).encrypt(nonce, text.encode(), context.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def open_draft(sealed: str, key: str, context: str) -> str | None:
    """The text again; None with another key, or where it was changed."""
    try:
        whole = base64.urlsafe_b64decode(sealed)
        return AESGCM(base64.urlsafe_b64decode(key)).decrypt(whole[:_NONCE], whole[_NONCE:], context.encode()).decode()
    except (InvalidTag, ValueError):
        return None
