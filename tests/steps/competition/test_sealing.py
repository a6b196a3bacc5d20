"""A bid nobody can read before its hour: the canary of a sealed bid is nowhere, whatever is read."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from itertools import combinations, permutations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import inspect, select

from procurement.foundation import sealing
from procurement.foundation.database import Base, db
from procurement.foundation.errors import NotFound, Refusals, RuleBroken
from procurement.foundation.money import Money
from procurement.registers.access import HOLDERS, Appointed
from procurement.registers.files import StoredFile
from procurement.steps.announcement.models import Announcement, competition_key_of
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids, bid_of
from procurement.steps.competition.operations import bidding
from procurement.steps.holders.keys import context_of, make_competition_key, open_competition_key, rows_of
from procurement.steps.holders.models import holders_of_attempt
from procurement.web.competition.envelopes import PAD, seal_bid
from tests.factories import OPENERS, World, snapshot

PRICE = "1234567.89"
WORDS = "只有两位持有人才能读到的一句话"
DOCUMENT = f"%PDF-1.4\n% canary {WORDS}\n%%EOF\n".encode()
# The price as fen, as yuan, as shown and in words; the document's text, its start and its file name.
CANARIES = [
    b"123456789",
    PRICE.encode(),
    b"1,234,567.89",
    "壹佰贰拾叁万".encode(),
    WORDS.encode(),
    b"% canary",
    "投标文件".encode(),
]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any logger says, the database's statements and their parameters among it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root, engine = logging.getLogger(), logging.getLogger("sqlalchemy.engine")
    before = (root.level, engine.level)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    engine.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(before[0])
    engine.setLevel(before[1])


def everything_stored(world: World) -> bytes:
    """Every row of every table, every blob, as bytes."""
    rows = b"".join(
        cell if isinstance(cell, bytes) else str(getattr(cell, "fen", cell)).encode()
        for table in snapshot().values()
        for row in table
        for cell in row
    )
    return rows + b"".join(world.storage.open(name).read() for name in world.storage.names())


def test_before_the_opening_a_canary_is_nowhere(world: World, log: io.StringIO) -> None:
    announcement = world.announced()
    world.submit(announcement, world.people.providers[0], PRICE, DOCUMENT)
    world.bid(announcement, prices=[PRICE, "1100000", "1000000"])
    stored, said = everything_stored(world), log.getvalue()
    assert "INSERT INTO bids" in said
    for canary in CANARIES:
        assert canary not in stored, canary
        assert canary.decode() not in said, canary
    world.opened(announcement)
    opened = everything_stored(world)
    assert b"123456789" in opened
    assert "壹佰贰拾叁万".encode() in opened


def test_after_the_opening_the_document_is_kept_as_it_was_sealed(world: World) -> None:
    announcement = world.announced()
    for provider in world.people.providers[:3]:
        world.submit(announcement, provider, PRICE, DOCUMENT)
    world.opened(announcement)
    for bid in active_bids(announcement):
        assert bid.document is not None
        assert world.storage.open(bid.document.sha256).read() == DOCUMENT


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
        context = rules.envelope_context(announcement, bid.organisation_id)
        with world.storage.open(bid.envelope_sha256) as envelope, pytest.raises(sealing.BrokenEnvelope):
            sealing.unseal(envelope, mine, context)


@pytest.mark.parametrize("pair", list(permutations(HOLDERS, 2)), ids=str)
def test_each_of_the_pairs_opens_everything_in_either_order(world: World, pair: tuple[Appointed, Appointed]) -> None:
    announcement = world.bid()
    opened = world.unseal(announcement, *pair)
    assert [item.broken for item in opened] == ["", "", ""]
    assert {item.price for item in opened} == {Money.yuan("1200000"), Money.yuan("1100000"), Money.yuan("1250000")}


def with_envelope(bid: Bid, sha256: str) -> None:
    bid.envelope_sha256 = sha256
    db.session.commit()


def test_a_damaged_envelope_fails_alone_with_its_reason(world: World) -> None:
    announcement = world.bid(prices=["1200000", "1100000", "1250000", "1000000"])
    victim = active_bids(announcement)[0]
    bent = bytearray(world.storage.open(victim.envelope_sha256).read())
    bent[len(bent) // 2] ^= 1
    with_envelope(victim, world.storage.put([bytes(bent)]).sha256)
    competition = world.opened(announcement)
    assert (victim.status, victim.price, victim.document) == (BidStatus.BROKEN, None, None)
    assert victim.broken_reason == "信封损坏，或不是为这次竞争封存的，打不开。"
    assert sum(bid.status is BidStatus.OPENED for bid in active_bids(announcement)) == 3
    assert competition.record is not None
    assert [row["broken"] for row in competition.record.told["bids"] if row["broken"]] == [victim.broken_reason]


def test_an_envelope_that_is_gone_fails_alone(world: World) -> None:
    announcement = world.bid(prices=["1200000", "1100000", "1250000", "1000000"])
    victim = active_bids(announcement)[1]
    world.storage.delete(victim.envelope_sha256)
    world.opened(announcement)
    assert (victim.status, victim.broken_reason) == (BidStatus.BROKEN, "信封不见了，打不开。")


def test_an_envelope_of_another_competition_does_not_open(world: World) -> None:
    announcement = world.bid(prices=["1200000", "1100000", "1250000", "1000000"])
    other = world.announced(world.resolved(title="另一项服务"))
    provider = world.people.providers[0]
    stranger = world.seal(other, provider, Money.yuan("1"))
    victim = bid_of(announcement, provider.organisation_id or 0)
    assert victim is not None
    with_envelope(victim, stranger.sha256)
    world.opened(announcement)
    assert victim.status is BidStatus.BROKEN


def test_an_envelope_of_another_organisation_does_not_open(world: World) -> None:
    announcement = world.bid(prices=["1200000", "1100000", "1250000", "1000000"])
    first, second = active_bids(announcement)[:2]
    with_envelope(first, second.envelope_sha256)
    world.opened(announcement)
    assert (first.status, second.status) == (BidStatus.BROKEN, BidStatus.OPENED)


def test_what_was_sealed_to_the_right_key_for_another_place_does_not_open(world: World) -> None:
    announcement = world.bid(prices=["1200000", "1100000", "1250000"])
    private = world.private_half(announcement)
    elsewhere = Announcement(id=announcement.id, attempt=announcement.attempt + 1)
    context = rules.envelope_context(elsewhere, 1)
    envelope = io.BytesIO(b"".join(sealing.seal(b"x", private.public_key().public_bytes_raw(), context)))
    with pytest.raises(sealing.BrokenEnvelope):
        sealing.unseal(envelope, private, rules.envelope_context(announcement, 1))


@pytest.mark.parametrize("document", [b"MZ\x90\x00 a programme", b"", b"PK\x03\x04 broken"])
def test_a_document_of_no_kind_that_is_taken_makes_its_bid_invalid_alone(world: World, document: bytes) -> None:
    announcement = world.bid(prices=["1200000", "1100000", "1250000"])
    world.submit(announcement, world.people.providers[3], "1000000", document)
    world.opened(announcement)
    victim = bid_of(announcement, world.people.providers[3].organisation_id or 0)
    assert victim is not None
    assert (victim.status, victim.price) == (BidStatus.BROKEN, None)
    assert victim.broken_reason


@pytest.mark.parametrize("content", [b"", b"\x00\x00\x00\x02{}", b"\x00\x00\xff\xff{}", b"\x00\x00\x00\x05[1,2]"])
def test_an_envelope_whose_content_is_no_bid_fails_alone(world: World, content: bytes) -> None:
    # A bidder with a programme of their own can seal anything to the public key.
    announcement = world.bid(prices=["1200000", "1100000", "1250000"])
    provider = world.people.providers[3]
    key = competition_key_of(announcement)
    assert key is not None
    context = rules.envelope_context(announcement, provider.organisation_id or 0)
    blob = world.storage.put(sealing.seal(content, key.public, context))
    bid = world.do(bidding.submit_bid, announcement, blob, by=provider)
    world.opened(announcement)
    assert (bid.status, bid.broken_reason) == (BidStatus.BROKEN, "信封打开了，里面不是一份投标。")


def test_the_size_of_an_envelope_tells_little_of_its_content(world: World) -> None:
    announcement = world.announced()
    provider = world.people.providers[0]
    sizes = {
        world.seal(announcement, provider, Money.yuan(price), b"%PDF-1.4" + b"x" * length).size
        for price, length in (("1", 1), ("1280000", 1), ("999999.99", 5000), ("1000000", PAD - 500))
    }
    assert len(sizes) == 1


def test_nothing_is_sealed_where_there_is_no_key(world: World) -> None:
    transfer = world.resolved()
    announcement = Announcement(transfer_id=transfer.id, attempt=1)
    with pytest.raises(NotFound, match="没有可以封存的密钥"):
        seal_bid(announcement, 1, Money(1), b"%PDF-1.4", "a.pdf", world.storage)


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
    before = set(db.session.scalars(select(StoredFile.name)))
    assert before == {announcement.transfer.plan.evaluation.text.name}
    world.opened(announcement)
    assert len(list(db.session.scalars(select(StoredFile)))) == len(before) + 3


def test_every_table_that_could_hold_a_bid_is_looked_at(world: World) -> None:
    # The canary test reads every table of the metadata: a table outside it would be overlooked.
    assert set(inspect(db.engine).get_table_names()) - {"alembic_version"} == set(Base.metadata.tables)
