"""Fields and files that are sealed: what stands in the database, in its backups and in the store is ciphertext (AES-256-GCM).

A sealed text names its key, so that keys can be rotated: new texts are sealed under the key in use, old ones open under
theirs as long as it is kept. The keys are set once, when the application begins; they lie outside the database.
"""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from procurement.foundation.sealing import seal_chunks, unseal_chunks

_MARK, _NONCE = "sealed", 12
# How long the sealed key is that a sealed file begins with.
_LENGTH = struct.Struct(">H")


class KeyMissing(Exception):
    """A sealed text whose key is not here, or that is not what was sealed."""


class _Ring:
    """The keys of this process: every one by its name, and the name of the one in use."""

    keys: Mapping[str, bytes] = {}
    current = ""


def use_field_keys(keys: Mapping[str, bytes], current: str) -> None:
    """Seal under `current` from now on, open under any of `keys`."""
    _Ring.keys, _Ring.current = dict(keys), current


def seal_field(text: str) -> str:
    """`sealed:name:…`, another one each time."""
    nonce = os.urandom(_NONCE)
    name = _Ring.current
    sealed = AESGCM(_Ring.keys[name]).encrypt(nonce, text.encode(), name.encode())
    return f"{_MARK}:{name}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def open_field(sealed: str) -> str:
    """The text again.

    Raises:
        KeyMissing: no such key here, or a text that was changed.
    """
    mark, name, body = sealed.split(":", 2)
    if mark != _MARK or name not in _Ring.keys:
        raise KeyMissing(
            f"the key {name!r} of a sealed field is not in the instance folder; restore it from the backup"
        )
    whole = base64.urlsafe_b64decode(body)
    try:
        return AESGCM(_Ring.keys[name]).decrypt(whole[:_NONCE], whole[_NONCE:], name.encode()).decode()
    except InvalidTag:
        raise KeyMissing(f"a field sealed under {name!r} does not open: wrong key, or it was changed") from None


def seal_file(content: bytes, context: str) -> Iterator[bytes]:
    """A file under a key of its own, which is sealed like a field and goes before it; piece by piece, another each time."""
    key = AESGCM.generate_key(256)
    sealed = seal_field(base64.b64encode(key).decode()).encode()
    yield _LENGTH.pack(len(sealed)) + sealed
    yield from seal_chunks(content, key, context)


def open_file(stream: BinaryIO, context: str) -> bytes:
    """The content of a sealed file, whole or not at all.

    Raises:
        KeyMissing: no such key here, or a file that was changed, cut short or sealed as something else.
    """
    try:
        (length,) = _LENGTH.unpack(stream.read(_LENGTH.size))
        key = base64.b64decode(open_field(stream.read(length).decode()))
        return b"".join(unseal_chunks(stream, key, context))
    except (InvalidTag, struct.error, ValueError):
        raise KeyMissing(f"a file sealed as {context!r} does not open: it was changed or cut short") from None


# How much of a sealed number is shown, and from which length on its beginning too.
_FIRST, _LAST, _LONG = 3, 4, 15


def masked(number: str) -> str:
    """A sealed number as it may be shown: its first three and last four characters; of a short one the last four alone."""
    first = _FIRST if len(number) >= _LONG else 0
    last = min(_LAST, len(number) // 2)
    return number[:first] + "*" * (len(number) - first - last) + number[len(number) - last :]


class SealedText(TypeDecorator[str]):
    """A text that is sealed on its way into the database; an empty one stays empty. It cannot be searched."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Sealed."""
        return seal_field(value) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Opened."""
        return open_field(value) if value else value
