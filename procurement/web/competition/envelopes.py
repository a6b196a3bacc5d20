"""Envelopes: a bid is sealed before its deed, piece by piece, and what two holders' secrets release is read when its hour has come."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from procurement.foundation import envelopes, sealing
from procurement.foundation.clock import Clock, local_day
from procurement.foundation.database import db
from procurement.foundation.envelopes import SealedPiece, number_of_pieces
from procurement.foundation.errors import DomainError, NotFound
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.foundation.sealing import BrokenEnvelope
from procurement.foundation.storage import Blob, Storage
from procurement.registers import files
from procurement.registers.deeds import perform
from procurement.registers.files import FileKind, Upload
from procurement.registers.people import User
from procurement.steps.announcement.models import Announcement, competition_key_of
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid, SecurityForm, bids_to_open
from procurement.steps.competition.models.sealed import (
    SealedFile,
    SealedPart,
    StoredPiece,
    files_of_bid,
    files_of_offer,
    hashes_of,
)
from procurement.steps.competition.models.talks import FinalOffer, OfferCall, active_offers
from procurement.steps.competition.operations import preparing
from procurement.steps.competition.operations.bidding import Lodging, Opened
from procurement.steps.competition.operations.preparing import FileBegun
from procurement.steps.competition.talks.operations import Offering, OfferOpened
from procurement.steps.holders.models import BIDS

# How many characters of a file's name are kept.
_NAME = 200
# What a bidder declares, by the names a manifest has for it.
DECLARATIONS = ("truthful", "independent")


# ── the keys of a competition ──────────────────────────────────────────────────────────────────────────────────────


def public_key_of(announcement: Announcement, sitting: int = BIDS) -> bytes:
    """What bids, or final offers, are sealed to.

    Raises:
        NotFound: where there is no key.
    """
    key = competition_key_of(announcement, sitting)
    if key is None:
        raise NotFound(word("这次竞争没有可以封存的密钥。"))
    return key.public


# ── sealing ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Contents:
    """What a manifest says beside the files: the price, who leads and works on it, what was declared."""

    price: Money
    lead: str = ""
    staff: str = ""
    declared: tuple[str, ...] = ()
    security_form: str = ""
    security_reference: str = ""


class Sealer:
    """Seals for one bidder of one competition: each piece in memory, its ciphertext into the store, its key to the caller."""

    def __init__(
        self, announcement: Announcement, organisation_id: int, storage: Storage, *, sitting: int = BIDS
    ) -> None:
        """Of this announcement's present attempt: a bid, or a final offer."""
        self.announcement, self.organisation_id, self.storage = announcement, organisation_id, storage
        self.sitting, self.public = sitting, public_key_of(announcement, sitting)

    def piece(self, content: bytes, context: str) -> StoredPiece:
        """One piece, sealed and stored."""
        sealed = envelopes.seal_piece(content, self.public, context)
        blob = self.storage.put([sealed.ciphertext])
        return StoredPiece(sealed.wrapped_key, sealed.sha256, blob.sha256, blob.size)

    def part(self, token: str, number: int, content: bytes) -> StoredPiece:
        """One piece of a file, at its place."""
        context = rules.part_context(self.announcement, self.organisation_id, token, number, self.sitting)
        return self.piece(content, context)

    def begun(self, token: str, name: str, size: int, pieces: Iterator[bytes], label_sealed: str) -> FileBegun:
        """A file's header and as many of its pieces as are at hand; the first one is looked at before anything is sealed.

        Raises:
            RuleBroken: of a kind that is not taken.
        """
        first = next(pieces, b"")
        kind = files.kind_by_magic(first)
        header = envelopes.padded({"kind": kind.value, "name": shown_name(name), "size": size})
        stored = [self.part(token, 0, header), self.part(token, 1, first)]
        stored += [self.part(token, number, piece) for number, piece in enumerate(pieces, start=2)]
        return FileBegun(token, size, label_sealed, tuple(stored))

    def manifest(self, contents: Contents, sealed: Sequence[SealedFile]) -> StoredPiece:
        """The manifest, sealed last: it holds the price."""
        told = {
            "fen": contents.price.fen, "lead": contents.lead, "staff": contents.staff, "declared": list(contents.declared),
            "security": {"form": contents.security_form, "reference": contents.security_reference},
            "files": [{"token": file.token, "pieces": file.number_of_pieces, "size": file.size} for file in sealed],
        }  # fmt: skip
        return self._manifest(told)

    def manifest_of_offer(self, price: Money, response: str, begun: Sequence[FileBegun]) -> StoredPiece:
        """The manifest of a final offer, sealed last."""
        told = {
            "fen": price.fen, "response": response,
            "files": [{"token": row.token, "pieces": number_of_pieces(row.size), "size": row.size} for row in begun],
        }  # fmt: skip
        return self._manifest(told)

    def _manifest(self, told: Mapping[str, Any]) -> StoredPiece:
        context = rules.manifest_context(self.announcement, self.organisation_id, self.sitting)
        return self.piece(envelopes.padded(told), context)

    def forget(self, pieces: Sequence[StoredPiece]) -> None:
        """Take ciphertexts out of the store that no row came to name."""
        for piece in pieces:
            self.storage.delete(piece.blob_sha256)


def shown_name(name: str) -> str:
    """A file's name as a page may show it: without its folder, without what cannot be printed."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in base if char.isprintable())[:_NAME]


def seal_file(
    sealer: Sealer,
    stream: BinaryIO,
    name: str,
    token: str,
    *,
    label_sealed: str = "",
    actor: User,
    clock: Clock,
    now: datetime | None = None,
    visitor: bool = False,
) -> SealedFile:
    """Seal a whole file piece by piece and keep it for the bidder's next submission.

    Raises:
        RuleBroken: empty, too large, of a kind that is not taken; the deed's own refusals.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size == 0:
        raise files.empty()
    # Before anything is sealed: what is too large would only be thrown away again.
    rules.ensure_files_fit(1, size, local_day(now or clock.now()))
    begun = sealer.begun(token, name, size, envelopes.pieces_of(stream), label_sealed)
    kept = False
    try:
        file = perform(
            preparing.seal_bid_file, sealer.announcement, begun, actor=actor, clock=clock, visitor=visitor, now=now
        )
        kept = file.parts[0].blob_sha256 == begun.pieces[0].blob_sha256
        return file
    finally:
        if not kept:
            sealer.forget(begun.pieces)


def seal_bid(sealer: Sealer, contents: Contents, sealed: Sequence[SealedFile], form_key: str, edition: int) -> Lodging:
    """What is lodged: the manifest sealed over the files that are sealed already."""
    return Lodging(form_key, edition, sealer.manifest(contents, sealed), tuple(file.token for file in sealed))


def seal_offer(
    sealer: Sealer, price: Money, response: str, documents: Sequence[tuple[BinaryIO, str]], form_key: str, day: date
) -> Offering:
    """What is lodged as a final offer: every file and then the manifest, sealed in memory.

    Raises:
        RuleBroken: a file that is empty, of a kind that is not taken, or more than a bid takes.
    """
    sizes = [stream.seek(0, io.SEEK_END) for stream, _name in documents]
    if not all(sizes):
        raise files.empty()
    rules.ensure_files_fit(len(sizes), sum(sizes), day)
    begun: list[FileBegun] = []
    try:
        for (stream, name), size in zip(documents, sizes, strict=True):
            stream.seek(0)
            begun.append(sealer.begun(secrets.token_hex(16), name, size, envelopes.pieces_of(stream), ""))
        return Offering(form_key, sealer.manifest_of_offer(price, response, begun), tuple(begun))
    except DomainError:
        sealer.forget([piece for file in begun for piece in file.pieces])
        raise


# ── a trial ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Tried:
    """A file that went through a trial: its name, what it is, its size in bytes and its SHA-256."""

    name: str
    kind: FileKind
    size: int
    sha256: str


def try_file(stream: BinaryIO, name: str, limit: int) -> Tried:
    """Check a file as after an opening, seal it to a key that nobody keeps, open it again and compare.

    Raises:
        RuleBroken: empty, too large, or not what is taken.
        BrokenEnvelope: what came out is not what went in.
    """
    size = stream.seek(0, io.SEEK_END)
    kind = files.kind_of(stream, size, limit)
    private, public = envelopes.make_pair()
    digest = hashlib.sha256()
    stream.seek(0)
    for number, piece in enumerate(envelopes.pieces_of(stream), start=1):
        context = f"trial part {number}"
        if envelopes.open_piece(envelopes.seal_piece(piece, public, context), private, context) != piece:
            raise BrokenEnvelope(word("封存以后再打开，内容与原来的不同。请告诉系统管理员。"))
        digest.update(piece)
    return Tried(files.tidy_name(name, kind), kind, size, digest.hexdigest())


# ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Noting:
    """A store that notes what is written into it: for one opening."""

    def __init__(self, storage: Storage) -> None:
        self.storage, self.written = storage, set[str]()
        self.open, self.exists, self.delete, self.names = storage.open, storage.exists, storage.delete, storage.names

    def put(self, chunks: Iterable[bytes]) -> Blob:
        blob = self.storage.put(chunks)
        self.written.add(blob.sha256)
        return blob


@contextmanager
def kept_or_forgotten(storage: Storage) -> Iterator[Storage]:
    """The store for one opening: whatever it wrote in clear and no row came to name is taken out again.

    So it is of a bid that broke half-way or is invalid, and of everything where the deed itself is refused: then nothing
    has been opened, and nothing in clear may stay. A file with the same bytes that somebody stores in the same second and
    has not named yet would go with it; it would have to be a copy of what was sealed.
    """
    noting = _Noting(storage)
    try:
        yield noting
    finally:
        db.session.rollback()
        for sha256 in files.unnamed(noting.written):
            storage.delete(sha256)


def open_envelopes(
    announcement: Announcement,
    private: X25519PrivateKey,
    storage: Storage,
    limit: int,
    closed: Mapping[int, str] | None = None,
) -> list[Opened]:
    """Open every envelope of a competition; a damaged one fails alone, with its reason.

    Those that `closed` names, by the number of the bid and with the reason, are not opened at all. Documents
    go into the store piece by piece, so that no bid lies in the memory as a whole. `limit` is that of an upload, which held
    for a bid of the earlier suite.
    """
    reasons = closed or {}
    return [
        Opened(bid.id, None, broken=reasons[bid.id]) if bid.id in reasons else _open(bid, private, storage, limit)
        for bid in bids_to_open(announcement)
    ]


def _open(bid: Bid, private: X25519PrivateKey, storage: Storage, limit: int) -> Opened:
    try:
        if bid.suite == sealing.SUITE:
            return _opened_whole(bid, private, storage, limit)
        return _Opening(bid, files_of_bid(bid), private, storage).opened()
    except FileNotFoundError:
        return Opened(bid.id, None, broken=word("信封不见了，打不开。"))
    except BrokenEnvelope as error:
        return Opened(bid.id, None, broken=error.message)
    except DomainError as error:
        return Opened(bid.id, None, broken=files.nameless(error))


_NO_BID = word("信封打开了，里面不是一份投标。")
# What whoever has the public key can seal: it must not keep the other bids from being opened.
_UNREADABLE = (ValueError, KeyError, TypeError, OverflowError, RecursionError, IndexError, AttributeError)


def _opened_whole(bid: Bid, private: X25519PrivateKey, storage: Storage, limit: int) -> Opened:
    """A bid of suite 1: one envelope with price and one document in it."""
    context = rules.envelope_context(bid.announcement, bid.organisation_id)
    with storage.open(bid.envelope_sha256) as envelope:
        stored = envelope.read()
    if hashlib.sha256(stored).hexdigest() != bid.envelope_sha256:
        raise BrokenEnvelope(word("信封与回执上的校验值不符，打不开。"))
    content = sealing.unseal(io.BytesIO(stored), private, context)
    length = int.from_bytes(content[:4], "big")
    try:
        manifest = json.loads(content[4 : 4 + length])
        price, size, name = Money(int(manifest["fen"])), int(manifest["size"]), str(manifest["name"])
    except _UNREADABLE:
        raise BrokenEnvelope(_NO_BID) from None
    document = content[4 + length : 4 + length + size]
    return Opened(bid.id, price, (files.accept(storage, io.BytesIO(document), name, limit),))


def open_offer_envelopes(call: OfferCall, private: X25519PrivateKey, storage: Storage) -> list[OfferOpened]:
    """Open every envelope of a call for final offers; a damaged one fails alone, with its reason."""
    return [_open_offer(offer, private, storage) for offer in active_offers(call)]


def _open_offer(offer: FinalOffer, private: X25519PrivateKey, storage: Storage) -> OfferOpened:
    try:
        return _Opening(offer, files_of_offer(offer.id), private, storage).opened_offer()
    except FileNotFoundError:
        return OfferOpened(offer.id, None, broken=word("信封不见了，打不开。"))
    except BrokenEnvelope as error:
        return OfferOpened(offer.id, None, broken=error.message)
    except DomainError as error:
        return OfferOpened(offer.id, None, broken=files.nameless(error))


class _Opening:
    """One envelope of suite 2: its text against the receipt, every piece against the text, each opened at its place."""

    def __init__(
        self, bid: Bid | FinalOffer, sealed: Sequence[SealedFile], private: X25519PrivateKey, storage: Storage
    ) -> None:
        self.bid, self.sealed, self.private, self.storage = bid, list(sealed), private, storage
        self.limit = rules.most_bytes(local_day(bid.submitted_at))

    def opened_offer(self) -> OfferOpened:
        manifest = self._whole_manifest()
        try:
            price, response = Money(int(manifest["fen"])), str(manifest["response"])
        except _UNREADABLE:
            raise BrokenEnvelope(_NO_BID) from None
        self._ensure_listed(manifest)
        return OfferOpened(self.bid.id, price, response, tuple(self._document(file) for file in self.sealed))

    def _whole_manifest(self) -> Any:
        """The manifest, once the envelope's text is the receipt's and its files are those that are stored."""
        told = self._envelope()
        if hashes_of(self.sealed) != [(str(row["token"]), list(row["pieces"])) for row in told["files"]]:
            raise BrokenEnvelope(word("信封里的文件与封存时记下的校验值不符，有的被换过、缺了或者顺序变了。"))
        return self._manifest(str(told["manifest"]))

    def _ensure_listed(self, manifest: Any) -> None:
        try:
            listed = [(str(row["token"]), int(row["pieces"]), int(row["size"])) for row in manifest["files"]]
        except _UNREADABLE:
            raise BrokenEnvelope(_NO_BID) from None
        if listed != [(file.token, file.number_of_pieces, file.size) for file in self.sealed]:
            raise BrokenEnvelope(word("信封里的文件与投标人列出的不符。"))

    def opened(self) -> Opened:
        manifest = self._whole_manifest()
        try:
            price, lead, staff = Money(int(manifest["fen"])), str(manifest["lead"]), str(manifest["staff"])
            given = manifest["security"]
            form, reference = SecurityForm(given["form"]) if given["form"] else None, str(given["reference"])
        except _UNREADABLE:
            raise BrokenEnvelope(_NO_BID) from None
        self._ensure_listed(manifest)
        documents = tuple(self._document(file) for file in self.sealed)
        return Opened(
            self.bid.id,
            price,
            documents,
            lead=lead[:100],
            staff=staff,
            security_form=form,
            security_reference=reference[:80],
        )

    def _envelope(self) -> Mapping[str, Any]:
        text = self.bid.envelope
        if hashlib.sha256(text.encode()).hexdigest() != self.bid.envelope_sha256:
            raise BrokenEnvelope(word("信封与回执上的校验值不符，打不开。"))
        told: dict[str, Any] = json.loads(text)
        context = rules.context_told(self.bid.announcement, self.bid.organisation_id, self.bid.sitting)
        if told.get("suite") != envelopes.SUITE or any(told.get(key) != value for key, value in context.items()):
            raise BrokenEnvelope(word("信封损坏，或不是为这次竞争封存的，打不开。"))
        return told

    def _manifest(self, sha256: str) -> Any:
        content = self._piece(
            self.bid.wrapped_key,
            self.bid.manifest_blob,
            sha256,
            rules.manifest_context(self.bid.announcement, self.bid.organisation_id, self.bid.sitting),
        )
        return self._told(content)

    def _told(self, content: bytes) -> Any:
        try:
            return json.loads(content)
        except _UNREADABLE:
            raise BrokenEnvelope(_NO_BID) from None

    def _piece(self, wrapped_key: bytes | None, blob: str, sha256: str, context: str) -> bytes:
        if wrapped_key is None:
            raise BrokenEnvelope(word("信封的密钥已经删除，打不开。"))
        with self.storage.open(blob) as stream:
            piece = SealedPiece(wrapped_key, stream.read())
        if piece.sha256 != sha256:
            raise BrokenEnvelope(word("信封里的文件与封存时记下的校验值不符，有的被换过、缺了或者顺序变了。"))
        return envelopes.open_piece(piece, self.private, context)

    def _part(self, file: SealedFile, part: SealedPart) -> bytes:
        context = rules.part_context(
            self.bid.announcement, self.bid.organisation_id, file.token, part.number, self.bid.sitting
        )
        return self._piece(part.wrapped_key, part.blob_sha256, part.sha256, context)

    def _document(self, file: SealedFile) -> Upload:
        header, *parts = sorted(file.parts, key=lambda part: part.number)
        told = self._told(self._part(file, header))
        if [part.number for part in parts] != list(range(1, file.number_of_pieces + 1)):
            raise BrokenEnvelope(word("信封里的文件与封存时记下的校验值不符，有的被换过、缺了或者顺序变了。"))
        try:
            name, size, claimed = str(told["name"]), int(told["size"]), FileKind(told["kind"])
        except _UNREADABLE:
            raise BrokenEnvelope(_NO_BID) from None
        if size > self.limit:
            raise files.too_large(size, self.limit)
        blob = self.storage.put(self._part(file, part) for part in parts)
        with self.storage.open(blob.sha256) as stream:
            kind = files.kind_of(stream, blob.size, self.limit)
        if blob.size != size or (kind is not claimed and claimed is not FileKind.ZIP):
            raise BrokenEnvelope(word("信封里的文件不是它所称的文件。"))
        return Upload(blob.sha256, blob.size, kind, files.tidy_name(name, kind))
