"""Envelopes: a bid is sealed before its deed, and what the opener's passphrase releases is read in memory only."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from procurement.foundation import sealing
from procurement.foundation.errors import DomainError, NotFound
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.foundation.sealing import BrokenEnvelope, SealedKeys
from procurement.foundation.storage import Blob, Storage
from procurement.registers import files
from procurement.registers.files import Upload
from procurement.steps.announcement.models import Announcement, OpenerKey, key_of
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid, bids_to_open
from procurement.steps.competition.operations.bidding import Opened

# Every envelope is padded to a multiple of this, so that its size tells little of its content.
PAD = 64 * 1024


def _packed(price: Money, document: bytes, name: str) -> bytes:
    """Manifest, document and padding as one content: length of the manifest, manifest, document, zeros."""
    manifest = json.dumps({"fen": price.fen, "name": name, "size": len(document)}, ensure_ascii=False).encode()
    content = len(manifest).to_bytes(4, "big") + manifest + document
    return content + bytes(-len(content) % PAD)


def _unpacked(content: bytes) -> tuple[Money, bytes, str]:
    length = int.from_bytes(content[:4], "big")
    try:
        manifest = json.loads(content[4 : 4 + length])
        price, size, name = Money(int(manifest["fen"])), int(manifest["size"]), str(manifest["name"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        # Whoever has the public key can seal anything: it must not keep the other bids from being opened.
        raise BrokenEnvelope(word("信封打开了，里面不是一份投标。")) from None
    return price, content[4 + length : 4 + length + size], name


def seal_bid(
    announcement: Announcement, organisation_id: int, price: Money, document: bytes, name: str, storage: Storage
) -> Blob:
    """Seal price and document to the competition's public key and store the envelope; nothing of them is kept in clear."""
    key = key_of(announcement)
    if key is None:
        raise NotFound(word("这次竞争没有可以封存的密钥。"))
    context = rules.envelope_context(announcement, organisation_id)
    return storage.put(sealing.seal(_packed(price, document, name), key.competition_public, context))


def keys_of(key: OpenerKey) -> SealedKeys:
    """The stored keys as the sealing floor takes them."""
    return SealedKeys(
        key.suite, key.opener_public, key.opener_private_wrapped, key.competition_public, key.competition_private_sealed
    )


def open_envelopes(announcement: Announcement, passphrase: str, storage: Storage, limit: int) -> list[Opened]:
    """Open every envelope that counts of a competition in memory; a damaged one fails alone, with its reason.

    Raises:
        RuleBroken: when the passphrase is not the opener's.
    """
    key = key_of(announcement)
    if key is None:
        raise NotFound(word("这次竞争没有可以开启的密钥。"))
    private = sealing.open_competition_key(keys_of(key), passphrase, rules.key_context(key.appointment_id))
    return [_open(bid, private, storage, limit) for bid in _sealed(announcement)]


def _sealed(announcement: Announcement) -> Sequence[Bid]:
    return bids_to_open(announcement)


def _open(bid: Bid, private: X25519PrivateKey, storage: Storage, limit: int) -> Opened:
    context = rules.envelope_context(bid.announcement, bid.organisation_id)
    try:
        with storage.open(bid.envelope_sha256) as envelope:
            price, document, name = _unpacked(sealing.unseal(envelope, private, context))
        return Opened(bid.id, price, _stored(document, name, storage, limit))
    except FileNotFoundError:
        return Opened(bid.id, None, None, word("信封不见了，打不开。"))
    except BrokenEnvelope as error:
        return Opened(bid.id, None, None, error.message)
    except DomainError as error:
        return Opened(bid.id, None, None, str(error))


def _stored(document: bytes, name: str, storage: Storage, limit: int) -> Upload:
    return files.accept(storage, io.BytesIO(document), name, limit)
