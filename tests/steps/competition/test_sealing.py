"""A bid nobody can read before its hour: the canary of a sealed bid is nowhere, whatever is read."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from itertools import combinations, permutations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import inspect, select

from procurement.foundation import envelopes, sealing
from procurement.foundation.database import Base, db
from procurement.foundation.envelopes import PIECE, SealedPiece
from procurement.foundation.errors import NotFound, Refusals, RuleBroken
from procurement.foundation.money import Money
from procurement.registers.access import HOLDERS, Appointed
from procurement.registers.files import StoredFile
from procurement.registers.people import User
from procurement.steps.announcement.models import Announcement, competition_key_of
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids, bid_of
from procurement.steps.competition.models.sealed import SealedPart, files_of_bid, hashes_of
from procurement.steps.competition.operations import bidding
from procurement.steps.competition.operations.bidding import Lodging
from procurement.steps.holders.keys import context_of, make_competition_key, open_competition_key, rows_of
from procurement.steps.holders.models import holders_of_attempt
from procurement.transfers.models import Method
from procurement.web.competition.envelopes import Sealer
from tests.canaries import Canary, everything_said, everything_stored
from tests.factories import OPENERS, World, snapshot

CANARY = Canary(Money.yuan("1234567.89"))
PRICE, DOCUMENT = CANARY.price.plain, CANARY.document()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is said meanwhile."""
    with everything_said() as written:
        yield written


def test_before_the_opening_a_canary_is_nowhere(world: World, log: io.StringIO) -> None:
    announcement = world.announced(method=Method.OPEN_TENDER)
    provider = world.people.providers[0]
    file = world.seal_file(announcement, provider, DOCUMENT, CANARY.name)
    world.submit(announcement, provider, PRICE, b"", keep=[file], lead=CANARY.lead, staff=CANARY.staff)
    world.submit(announcement, world.people.providers[1], "1100000")
    world.submit(announcement, world.people.providers[2], "1000000")
    assert "INSERT INTO bids" in log.getvalue()
    assert CANARY.seen_in(everything_stored(world)) == []
    assert CANARY.seen_in(log.getvalue().encode()) == []
    world.opened(announcement)
    opened = CANARY.seen_in(everything_stored(world), CANARY.as_it_is)
    assert {"price", "price in words", "words", "name", "lead", "staff", "document"} <= set(opened)


def test_after_the_opening_the_document_is_kept_as_it_was_sealed(world: World) -> None:
    announcement = world.announced()
    for provider in world.people.providers[:3]:
        world.submit(announcement, provider, PRICE, DOCUMENT)
    world.opened(announcement)
    for bid in active_bids(announcement):
        (document,) = bid.documents
        assert world.storage.open(document.file.sha256).read() == DOCUMENT
        assert (document.file.name, bid.lead) == ("投标文件.pdf", "李四")


@pytest.mark.parametrize("pair", list(combinations(HOLDERS, 2)), ids=str)
def test_a_wrong_secret_opens_nothing_and_leaves_no_trace(world: World, pair: tuple[Appointed, Appointed]) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    before, names = snapshot(), set(world.storage.names())
    key = competition_key_of(announcement)
    assert key is not None
    for right, wrong in (pair, pair[::-1]):
        for typed in ("", "AAAA-AAAA-AAAA-AAAA-AAAA", world.passphrase_of(announcement, wrong)[:-1]):
            with pytest.raises(Refusals, match="不对，没有开启任何投标"):
                open_competition_key(key, world.told(announcement, right), world.told(announcement, wrong, typed))
    assert snapshot() == before
    assert set(world.storage.names()) == names


def secrets_of(world: World, announcement: Announcement) -> dict[Appointed, str]:
    """What the three were shown once."""
    return {kind: world.passphrase_of(announcement, kind) for kind in HOLDERS}


def test_no_secret_is_stored_anywhere(world: World, log: io.StringIO) -> None:
    announcement = world.bid()
    stored = everything_stored(world)
    for secret in secrets_of(world, announcement).values():
        for form in (secret, secret.replace("-", ""), secret.split("-")[0] + "-", secret.split("-", 1)[1]):
            assert form.encode() not in stored
            assert form not in log.getvalue()


def test_secrets_of_another_competition_open_nothing_here(world: World) -> None:
    here = world.bid()
    there = world.bid(world.announced(world.resolved(title="另一项服务")))
    key = competition_key_of(here)
    assert key is not None
    typed = [world.told(here, kind, world.passphrase_of(there, kind)) for kind in OPENERS]
    with pytest.raises(Refusals, match="口令不对"):
        open_competition_key(key, *typed)
    with pytest.raises(RuleBroken, match="没有可以由这些人打开的密钥"):
        open_competition_key(key, *(world.told(there, kind) for kind in OPENERS))


def test_the_copies_of_another_competition_do_not_open_here(world: World) -> None:
    # The same three people hold both: a copy that is put into another's place is bound to its own competition.
    here = world.bid()
    key = competition_key_of(here)
    assert key is not None
    desk = holders_of_attempt(here.transfer)
    keys = {kind: desk.keys[desk.holders[kind].id] for kind in HOLDERS}
    for announcement_id, attempt in ((here.id + 1, here.attempt), (here.id, here.attempt + 1)):
        _public, copies = make_competition_key(announcement_id, attempt, keys)
        key.copies = []
        db.session.flush()
        key.copies = rows_of(copies)
        with pytest.raises(RuleBroken, match="没有可以由这些人打开的密钥"):
            world.private_half(here)


def unwrapped(world: World, announcement: Announcement, kind: Appointed) -> X25519PrivateKey:
    """One holder's private half, by their own secret."""
    told = world.told(announcement, kind)
    return sealing.private_half(told.key.pair, told.secret, context_of(told.key.appointment))


def tried(sealed: bytes, private: X25519PrivateKey, infos: list[bytes]) -> list[bytes]:
    """What comes out of a ciphertext under any of these infos."""
    found = []
    for info in infos:
        try:
            found.append(sealing._hpke().decrypt(sealed, private, info=info))
        except (InvalidTag, ValueError):
            continue
    return found


@pytest.mark.parametrize("kind", HOLDERS)
def test_one_secret_with_everything_that_is_stored_opens_no_key_and_no_envelope(world: World, kind: Appointed) -> None:
    announcement = world.bid()
    key = competition_key_of(announcement)
    assert key is not None
    competition = world.private_half(announcement).private_bytes_raw()
    mine, secret = unwrapped(world, announcement, kind), world.passphrase_of(announcement, kind)
    desk = holders_of_attempt(announcement.transfer)
    copies = [
        f"announcement {announcement.id} attempt {announcement.attempt} outer {copy.outer_id} inner {copy.inner_id}"
        for copy in key.copies
    ]
    infos = [sealing._info(layer, context) for context in copies for layer in ("outer", "inner")]
    infos += [f"jieli 1 competition appointment {row.id}".encode() for row in desk.holders.values()]
    # Every layer that comes off is tried again, until nothing comes off any more.
    waiting, layers = [copy.sealed for copy in key.copies], 0
    while waiting:
        came_out = tried(waiting.pop(), mine, infos)
        layers += len(came_out)
        waiting += came_out
        assert competition not in came_out
    assert layers == sum(copy.outer_id == desk.holders[kind].id for copy in key.copies)
    # Nobody's pair opens by another's secret, and no envelope by a holder's own pair.
    for other in HOLDERS:
        if other is not kind:
            told = world.told(announcement, other, secret)
            for context in (context_of(row) for row in desk.holders.values()):
                with pytest.raises(sealing.WrongSecret):
                    sealing.private_half(told.key.pair, secret, context)
    for bid in active_bids(announcement):
        assert bid.wrapped_key is not None
        assert bid.manifest_blob is not None
        with world.storage.open(bid.manifest_blob) as stored:
            manifest = SealedPiece(bid.wrapped_key, stored.read())
        with pytest.raises(sealing.BrokenEnvelope):
            envelopes.open_piece(manifest, mine, rules.manifest_context(announcement, bid.organisation_id))


@pytest.mark.parametrize("pair", list(permutations(HOLDERS, 2)), ids=str)
def test_each_of_the_pairs_opens_everything_in_either_order(world: World, pair: tuple[Appointed, Appointed]) -> None:
    announcement = world.bid()
    opened = world.unseal(announcement, *pair)
    assert [item.broken for item in opened] == ["", "", ""]
    assert {item.price for item in opened} == {Money.yuan("1200000"), Money.yuan("1100000"), Money.yuan("1250000")}


WRONG_PIECE = "信封里的文件与封存时记下的校验值不符，有的被换过、缺了或者顺序变了。"


def four(world: World) -> tuple[Announcement, Bid, SealedPart]:
    """Four bids of two pieces each, the first one and its second piece."""
    announcement = world.announced()
    for provider, price in zip(world.people.providers, ("1200000", "1100000", "1250000", "1000000"), strict=True):
        world.submit(announcement, provider, price, b"%PDF-1.4 " + bytes([provider.id]) * (PIECE + 9))
    victim = bid_of(announcement, world.people.providers[0].organisation_id or 0)
    assert victim is not None
    return announcement, victim, files_of_bid(victim)[0].parts[2]


def breaks_alone(world: World, announcement: Announcement, victim: Bid, reason: str) -> None:
    db.session.commit()
    competition = world.opened(announcement)
    assert (victim.status, victim.price, victim.documents) == (BidStatus.BROKEN, None, [])
    assert victim.broken_reason == reason
    assert sum(bid.status is BidStatus.OPENED for bid in active_bids(announcement)) == 3
    assert competition.record is not None
    assert [row["broken"] for row in competition.record.told["bids"] if row["broken"]] == [reason]


def bent(world: World, blob: str) -> str:
    content = bytearray(world.storage.open(blob).read())
    content[len(content) // 2] ^= 1
    return world.storage.put([bytes(content)]).sha256


def test_a_damaged_piece_breaks_its_bid_alone_with_its_reason(world: World) -> None:
    announcement, victim, part = four(world)
    part.blob_sha256 = bent(world, part.blob_sha256)
    breaks_alone(world, announcement, victim, WRONG_PIECE)


def test_a_damaged_manifest_breaks_its_bid_alone(world: World) -> None:
    announcement, victim, _part = four(world)
    victim.manifest_blob = bent(world, victim.manifest_blob)
    breaks_alone(world, announcement, victim, WRONG_PIECE)


def test_an_envelope_whose_text_is_not_the_receipts_breaks_alone(world: World) -> None:
    announcement, victim, _part = four(world)
    victim.envelope = victim.envelope.replace('"attempt":1', '"attempt":2')
    breaks_alone(world, announcement, victim, "信封与回执上的校验值不符，打不开。")


def test_a_piece_that_is_gone_breaks_its_bid_alone(world: World) -> None:
    announcement, victim, part = four(world)
    world.storage.delete(part.blob_sha256)
    breaks_alone(world, announcement, victim, "信封不见了，打不开。")


def test_a_missing_piece_breaks_its_bid_alone(world: World) -> None:
    announcement, victim, part = four(world)
    db.session.delete(part)
    breaks_alone(world, announcement, victim, WRONG_PIECE)


def test_pieces_in_another_order_break_their_bid_alone(world: World) -> None:
    announcement, victim, part = four(world)
    first = part.file.parts[1]
    for number, moved in ((9, first), (1, part), (2, first)):
        moved.number = number
        db.session.flush()
    breaks_alone(world, announcement, victim, WRONG_PIECE)


def test_a_piece_of_another_organisation_breaks_its_bid_alone(world: World) -> None:
    announcement, victim, part = four(world)
    other = bid_of(announcement, world.people.providers[1].organisation_id or 0)
    assert other is not None
    stranger = files_of_bid(other)[0].parts[2]
    part.wrapped_key, part.sha256, part.blob_sha256 = stranger.wrapped_key, stranger.sha256, stranger.blob_sha256
    breaks_alone(world, announcement, victim, WRONG_PIECE)


def rehashed(victim: Bid) -> None:
    """The envelope rewritten over the pieces as they are, by somebody who has the database in hand."""
    told = json.loads(victim.envelope)
    told["files"] = [{"token": token, "pieces": hashes} for token, hashes in hashes_of(list(files_of_bid(victim)))]
    victim.envelope = json.dumps(told, sort_keys=True, separators=(",", ":"))
    victim.envelope_sha256 = hashlib.sha256(victim.envelope.encode()).hexdigest()


@pytest.mark.parametrize("place", ["another organisation", "another piece"])
def test_a_piece_moved_with_its_hash_does_not_open_at_its_new_place(world: World, place: str) -> None:
    # Even where receipt and envelope are rewritten, a piece is bound to its organisation, file and number.
    announcement, victim, part = four(world)
    other = bid_of(announcement, world.people.providers[1].organisation_id or 0)
    assert other is not None
    stranger = files_of_bid(other)[0].parts[2] if place == "another organisation" else part.file.parts[1]
    part.wrapped_key, part.sha256, part.blob_sha256 = stranger.wrapped_key, stranger.sha256, stranger.blob_sha256
    db.session.flush()
    rehashed(victim)
    breaks_alone(world, announcement, victim, "信封损坏，或不是为这次竞争封存的，打不开。")


def test_a_bid_of_the_earlier_suite_is_opened_under_it(world: World) -> None:
    announcement = world.bid(prices=["1200000", "1100000"])
    provider = world.people.providers[3]
    landed = of_suite_1(
        world, announcement, provider, packed({"fen": 100000000, "name": "旧.pdf", "size": len(DOCUMENT)})
    )
    world.opened(announcement)
    assert (landed.status, landed.price) == (BidStatus.OPENED, Money.yuan("1000000"))
    (document,) = landed.documents
    assert (document.file.name, world.storage.open(document.file.sha256).read()) == ("旧.pdf", DOCUMENT)


def packed(manifest: dict[str, object]) -> bytes:
    """The content of an envelope of suite 1: length of the manifest, manifest, document, padding."""
    told = json.dumps(manifest, ensure_ascii=False).encode()
    return len(told).to_bytes(4, "big") + told + DOCUMENT + bytes(100)


def of_suite_1(world: World, announcement: Announcement, provider: User, content: bytes) -> Bid:
    """A bid as it was lodged before there were pieces: one envelope in one file, no deed of today makes one."""
    key = competition_key_of(announcement)
    assert key is not None
    assert provider.organisation_id is not None
    context = rules.envelope_context(announcement, provider.organisation_id)
    blob = world.storage.put(sealing.seal(content, key.public, context))
    bid = Bid(
        receipt="22222-22222", announcement=announcement, organisation_id=provider.organisation_id, submitted_by=provider,
        envelope_sha256=blob.sha256, envelope_size=blob.size, submitted_at=world.now,
    )  # fmt: skip
    db.session.add(bid)
    db.session.commit()
    return bid


def test_what_was_sealed_to_the_right_key_for_another_place_does_not_open(world: World) -> None:
    announcement = world.bid(prices=["1200000", "1100000", "1250000"])
    private = world.private_half(announcement)
    elsewhere = Announcement(id=announcement.id, attempt=announcement.attempt + 1)
    context = rules.envelope_context(elsewhere, 1)
    envelope = io.BytesIO(b"".join(sealing.seal(b"x", private.public_key().public_bytes_raw(), context)))
    with pytest.raises(sealing.BrokenEnvelope):
        sealing.unseal(envelope, private, rules.envelope_context(announcement, 1))


def sealed_by_hand(world: World, announcement: Announcement, document: bytes, magic: bytes = b"%PDF-") -> Bid:
    """A bid of the fourth organisation whose file is not what its first bytes said when it was sealed."""
    provider = world.people.providers[3]
    sealer = world.sealer(announcement, provider)
    file = world.seal_file(announcement, provider, magic + bytes(max(len(document) - len(magic), 1)))
    forged = sealer.part(file.token, 1, document)
    part = file.parts[1]
    part.wrapped_key, part.sha256, part.blob_sha256 = forged.wrapped_key, forged.sha256, forged.blob_sha256
    db.session.commit()
    return world.submit(announcement, provider, "1000000", b"", keep=[file])


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"MZ\x90\x00 a programme", "这不是可以接收的文件"),
        (b"PK\x03\x04 broken", "压缩包损坏"),
        (b"\xff\xd8\xff a picture", "不是它所称的文件"),
    ],
)
def test_a_file_that_is_not_what_it_claims_makes_its_bid_invalid_alone(
    world: World, document: bytes, reason: str
) -> None:
    announcement = world.bid(prices=["1200000", "1100000", "1250000"])
    victim = sealed_by_hand(world, announcement, document)
    world.opened(announcement)
    assert (victim.status, victim.price) == (BidStatus.BROKEN, None)
    assert reason in victim.broken_reason


@pytest.mark.parametrize("content", [b"", b"[1,2]", b"{}", b"nothing", b'{"fen":"x"}'])
def test_a_manifest_that_is_no_bid_fails_alone(world: World, content: bytes) -> None:
    # A bidder with a programme of their own can seal anything to the public key.
    announcement = world.bid(prices=["1200000", "1100000", "1250000"])
    provider = world.people.providers[3]
    lodging = world.seal(announcement, provider, Money.yuan("1"))
    context = rules.manifest_context(announcement, provider.organisation_id or 0)
    forged = Lodging(
        lodging.form_key, lodging.edition, world.sealer(announcement, provider).piece(content, context), lodging.tokens
    )
    bid = world.do(bidding.submit_bid, announcement, forged, by=provider)
    world.opened(announcement)
    assert (bid.status, bid.broken_reason) == (BidStatus.BROKEN, "信封打开了，里面不是一份投标。")


@pytest.mark.parametrize("content", [b"", b"\x00\x00\x00\x02{}", b"\x00\x00\xff\xff{}", b"\x00\x00\x00\x05[1,2]"])
def test_an_envelope_of_the_earlier_suite_whose_content_is_no_bid_fails_alone(world: World, content: bytes) -> None:
    announcement = world.bid(prices=["1200000", "1100000", "1250000"])
    bid = of_suite_1(world, announcement, world.people.providers[3], content)
    world.opened(announcement)
    assert (bid.status, bid.broken_reason) == (BidStatus.BROKEN, "信封打开了，里面不是一份投标。")


def test_the_size_of_a_manifest_and_of_a_header_tells_nothing_of_its_content(world: World) -> None:
    announcement = world.announced()
    provider = world.people.providers[0]
    manifests, headers = set(), set()
    for price, name, staff in (("1", "a.pdf", ""), ("1280000", "很长的名字" * 20 + ".pdf", "人员" * 300)):
        file = world.seal_file(announcement, provider, DOCUMENT, name)
        lodging = world.seal(announcement, provider, Money.yuan(price), b"", keep=[file], staff=staff)
        manifests.add(lodging.manifest.size)
        headers.add(file.parts[0].size)
    assert (len(manifests), len(headers)) == (1, 1)


def test_nothing_is_sealed_where_there_is_no_key(world: World) -> None:
    transfer = world.resolved()
    announcement = Announcement(transfer_id=transfer.id, attempt=1)
    with pytest.raises(NotFound, match="没有可以封存的密钥"):
        Sealer(announcement, 1, world.storage)


def test_the_schema_has_no_place_for_the_price_of_a_sealed_bid(world: World) -> None:
    announcement = world.bid()
    bid = active_bids(announcement)[0]
    bid.price = Money(1)
    with pytest.raises(Exception, match="no_price_before_the_opening"):
        db.session.flush()
    db.session.rollback()


def test_no_private_half_lies_in_clear_in_any_column(world: World) -> None:
    announcement = world.bid()
    halves = [world.private_half(announcement), *(unwrapped(world, announcement, kind) for kind in HOLDERS)]
    stored = everything_stored(world)
    for private in halves:
        raw = private.private_bytes_raw()
        assert raw not in stored
        assert raw.hex().encode() not in stored
        # Its public half is: what is looked through is what there is.
        assert private.public_key().public_bytes_raw() in stored


def test_only_files_of_opened_bids_are_rows(world: World) -> None:
    announcement = world.bid()
    before = list(db.session.scalars(select(StoredFile.name)))
    # The purchaser's own papers: the ex-ante report and the bidding documents.
    assert set(before) == {announcement.transfer.plan.evaluation.text.name, "采购文件.pdf"}
    world.opened(announcement)
    assert len(list(db.session.scalars(select(StoredFile)))) == len(before) + 3


def test_every_table_that_could_hold_a_bid_is_looked_at(world: World) -> None:
    # The canary test reads every table of the metadata: a table outside it would be overlooked.
    assert set(inspect(db.engine).get_table_names()) - {"alembic_version"} == set(Base.metadata.tables)
