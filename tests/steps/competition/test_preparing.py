"""What a bidder seals before the bid: kept once, dropped for ever, and worth nothing until it is lodged."""

from __future__ import annotations

import io
import json
import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from procurement.foundation import envelopes, sealing
from procurement.foundation.database import db
from procurement.foundation.envelopes import PIECE, SealedPiece
from procurement.foundation.errors import Conflict, NotPermitted, OutOfTime, WrongState
from procurement.foundation.money import Money
from procurement.registers.access import Deed
from procurement.registers.audit import AuditLine
from procurement.registers.people import User
from procurement.steps.announcement.models import Announcement
from procurement.steps.announcement.rules import opens_at, settles_at
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids, bid_of
from procurement.steps.competition.models.sealed import (
    BidDraft,
    SealedFile,
    SealedPart,
    announcements_to_sweep,
    files_in_draft,
    files_of_bid,
    sealed_file_by_token,
)
from procurement.steps.competition.operations import bidding, preparing
from procurement.transfers.operations import pause_transfer, resume_transfer
from procurement.web.ticking import tick
from tests.factories import DOCUMENT, World


def bidder(world: World) -> User:
    return world.people.providers[0]


def lines_of(deed: Deed) -> list[AuditLine]:
    return list(db.session.scalars(select(AuditLine).where(AuditLine.deed == deed)))


def begun(world: World, announcement: Announcement, size: int = len(DOCUMENT)) -> preparing.FileBegun:
    """A file as the web seals it; what does not fit is not sealed for nothing."""
    sealer = world.sealer(announcement, bidder(world))
    return sealer.begun(secrets.token_hex(16), "方案.pdf", size, iter([DOCUMENT]), "")


# ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sealed_file_is_no_bid_and_its_line_goes_to_the_sealed_chain(world: World) -> None:
    announcement = world.announced()
    file = world.seal_file(announcement, bidder(world))
    assert (file.is_complete, file.bid_id, len(file.parts)) == (True, None, 2)
    assert list(active_bids(announcement)) == []
    (line,) = lines_of(Deed.BID_FILE_SEAL)
    assert line.chain == announcement.sealed_chain


def test_a_file_sent_twice_under_one_token_is_kept_once(world: World) -> None:
    announcement = world.announced()
    first = world.seal_file(announcement, bidder(world), token="a" * 32)
    blobs = set(world.storage.names())
    again = world.seal_file(announcement, bidder(world), token="a" * 32)
    assert again is first
    assert set(world.storage.names()) == blobs
    assert len(files_in_draft(announcement, bidder(world).organisation_id)) == 1


def test_the_token_of_another_bidder_is_refused(world: World) -> None:
    announcement = world.announced()
    world.seal_file(announcement, world.people.providers[1], token="a" * 32)
    blobs = set(world.storage.names())
    with pytest.raises(Conflict, match="编号已经用过"):
        world.seal_file(announcement, bidder(world), token="a" * 32)
    assert set(world.storage.names()) == blobs


def test_a_file_larger_than_a_bid_may_be_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    announcement = world.announced()
    world.seal_file(announcement, bidder(world))
    monkeypatch.setattr(rules, "most_bytes", lambda _day: 2 * len(DOCUMENT) - 1)
    world.refuse(
        preparing.seal_bid_file, announcement, begun(world, announcement), by=bidder(world),
        says=("投标文件一共", "最多"), where="document",
    )  # fmt: skip


def test_more_files_than_a_bid_takes_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    announcement = world.announced()
    world.seal_file(announcement, bidder(world))
    monkeypatch.setattr(rules, "most_files", lambda _day: 1)
    world.refuse(
        preparing.seal_bid_file, announcement, begun(world, announcement), by=bidder(world),
        says=("投标文件有 2 份，最多 1 份",), where="document",
    )  # fmt: skip


def test_nothing_is_sealed_after_the_deadline_or_in_a_pause_or_by_whoever_may_not_bid(world: World) -> None:
    announcement = world.announced()
    file = begun(world, announcement)
    world.refuse(preparing.seal_bid_file, announcement, file, by=world.people.officer, error=NotPermitted)
    world.refuse(
        preparing.seal_bid_file,
        announcement,
        file,
        by=world.people.unverified,
        says=("还没有通过核验",),
        article="第二十二条",
    )
    world.do(pause_transfer, announcement.transfer, reason="核查", by=world.people.supervisor)
    world.refuse(preparing.seal_bid_file, announcement, file, by=bidder(world), error=WrongState, says=("已暂停",))
    # A pause stops the clock: it is the pause that refuses, and when it ends there is time again.
    world.go_to(announcement.closes_at)
    world.refuse(preparing.seal_bid_file, announcement, file, by=bidder(world), error=WrongState, says=("已暂停",))
    world.do(resume_transfer, announcement.transfer, by=world.people.supervisor)
    world.go_to(announcement.closes_at)
    world.refuse(preparing.seal_bid_file, announcement, file, by=bidder(world), error=OutOfTime, says=("截止",))


def test_pieces_come_in_any_order_once_each_and_make_the_file_whole(world: World) -> None:
    announcement, provider = world.announced(), bidder(world)
    content = b"%PDF-" + bytes(2 * PIECE)
    pieces = list(envelopes.pieces_of(io.BytesIO(content)))
    sealer = world.sealer(announcement, provider)
    first = sealer.begun("b" * 32, "方案.pdf", len(content), iter(pieces[:1]), "")
    file = world.do(preparing.seal_bid_file, announcement, first, by=provider)
    assert not file.is_complete
    for number in (3, 2):
        preparing.ensure_piece_wanted(file, number, len(pieces[number - 1]), world.now)
        assert not preparing.has_piece(file, number)
        preparing.add_piece(file, number, sealer.part(file.token, number, pieces[number - 1]))
        db.session.commit()
    assert file.is_complete
    assert preparing.has_piece(file, 2)
    world.submit(announcement, provider, "1200000", b"", keep=[file])
    for other, price in zip(world.people.providers[1:3], ("1100000", "1250000"), strict=True):
        world.submit(announcement, other, price)
    world.opened(announcement)
    own = bid_of(announcement, provider.organisation_id or 0)
    assert own is not None
    assert world.storage.open(own.documents[0].file.sha256).read() == content


@pytest.mark.parametrize(("number", "size"), [(0, 5), (1, 5), (2, PIECE), (3, 1), (9, PIECE)])
def test_a_piece_of_no_place_or_another_length_is_refused(world: World, number: int, size: int) -> None:
    announcement = world.announced()
    content = b"%PDF-" + bytes(PIECE)
    file = world.seal_file(announcement, bidder(world), content)
    with pytest.raises(Conflict, match="不属于正在封存的文件"):
        preparing.ensure_piece_wanted(file, number, size, world.now)
    preparing.ensure_piece_wanted(file, 2, 5, world.now)
    with pytest.raises(OutOfTime):
        preparing.ensure_piece_wanted(file, 2, 5, announcement.closes_at)


def test_a_file_that_was_not_sent_to_its_end_is_not_lodged(world: World) -> None:
    announcement = world.announced()
    file = world.do(preparing.seal_bid_file, announcement, begun(world, announcement, PIECE + 1), by=bidder(world))
    lodging = world.seal(announcement, bidder(world), Money.yuan("1"), b"", keep=[file])
    world.refuse(bidding.submit_bid, announcement, lodging, by=bidder(world), error=Conflict, says=("没有封存完",))


def test_files_of_another_bidder_or_call_are_not_lodged(world: World) -> None:
    announcement = world.announced()
    other = world.announced(world.resolved(title="另一项服务"))
    strangers = [
        world.seal_file(announcement, world.people.providers[1]), world.seal_file(other, bidder(world)),
    ]  # fmt: skip
    for stranger in strangers:
        lodging = world.seal(announcement, bidder(world), Money.yuan("1"), b"", keep=[stranger])
        world.refuse(bidding.submit_bid, announcement, lodging, by=bidder(world), error=Conflict)
    nowhere = bidding.Lodging(
        "c" * 32, 1, lodging.manifest, (world.seal_file(announcement, bidder(world)).token, "d" * 32)
    )
    world.refuse(bidding.submit_bid, announcement, nowhere, by=bidder(world), error=Conflict)


def test_a_bid_without_a_file_is_refused(world: World) -> None:
    announcement = world.announced()
    lodging = world.seal(announcement, bidder(world), Money.yuan("1"), b"")
    world.refuse(
        bidding.submit_bid, announcement, lodging, by=bidder(world), says=("还没有封存任何文件",), where="document"
    )


def opens_with_the_key(world: World, announcement: Announcement, file: SealedFile, kept: list[bytes | None]) -> bool:
    """Whether the holder of the competition's private half reads the file, with these encapsulated keys."""
    private = world.private_half(announcement)
    for part, key in zip(file.parts, kept, strict=True):
        piece = SealedPiece(key or bytes(32), world.storage.open(part.blob_sha256).read())
        context = rules.part_context(announcement, file.organisation_id, file.token, part.number)
        try:
            envelopes.open_piece(piece, private, context)
        except sealing.BrokenEnvelope:
            return False
    return True


def keys_in(file: SealedFile) -> list[bytes | None]:
    return list(
        db.session.scalars(
            select(SealedPart.wrapped_key).where(SealedPart.file_id == file.id).order_by(SealedPart.number)
        )
    )


def test_a_dropped_file_cannot_be_opened_even_with_the_competitions_key(world: World) -> None:
    announcement = world.announced()
    file = world.seal_file(announcement, bidder(world))
    before = keys_in(file)
    assert opens_with_the_key(world, announcement, file, before)
    for person in (world.people.providers[1], world.people.officer):
        world.refuse(preparing.drop_bid_file, file, by=person, error=NotPermitted)
    world.do(preparing.drop_bid_file, file, by=bidder(world))
    assert keys_in(file) == [None, None]
    assert not opens_with_the_key(world, announcement, file, keys_in(file))
    world.refuse(preparing.drop_bid_file, file, by=bidder(world), error=Conflict, says=("已经提交或者移除",))
    assert lines_of(Deed.BID_FILE_DROP)[0].chain == announcement.sealed_chain


def test_a_lodged_file_is_dropped_by_a_new_bid_alone(world: World) -> None:
    announcement = world.announced()
    bid = world.submit(announcement, bidder(world))
    (file,) = files_of_bid(bid)
    world.refuse(preparing.drop_bid_file, file, by=bidder(world), error=Conflict)
    world.go_to(announcement.closes_at)
    world.refuse(preparing.drop_bid_file, file, by=bidder(world), error=OutOfTime)


def test_replacing_keeps_what_is_named_and_erases_the_rest(world: World) -> None:
    announcement, provider = world.announced(), bidder(world)
    kept, left = (world.seal_file(announcement, provider) for _ in range(2))
    first = world.submit(announcement, provider, "1200000", b"", keep=[kept, left])
    sha256, envelope = first.envelope_sha256, first.envelope
    second = world.submit(announcement, provider, "1100000", keep=[kept])
    assert (first.status, first.wrapped_key) == (BidStatus.WITHDRAWN, None)
    assert (first.envelope_sha256, first.envelope) == (sha256, envelope)
    assert None not in keys_in(kept)
    assert keys_in(left) == [None, None]
    assert kept in files_of_bid(second)
    assert len(files_of_bid(second)) == 2
    assert second.wrapped_key is not None


def test_withdrawing_erases_every_key_and_keeps_the_hashes(world: World) -> None:
    announcement = world.announced()
    bid = world.submit(announcement, bidder(world))
    (file,) = files_of_bid(bid)
    hashes = [part.sha256 for part in file.parts]
    world.do(bidding.withdraw_bid, bid, by=bidder(world))
    assert (bid.wrapped_key, keys_in(file)) == (None, [None, None])
    assert [part.sha256 for part in file.parts] == hashes
    assert json.loads(bid.envelope)["files"][0]["pieces"] == hashes
    assert not opens_with_the_key(world, announcement, file, keys_in(file))


@pytest.mark.sqlite_only
def test_a_deleted_key_is_in_no_page_of_the_database_file(world: World) -> None:
    announcement = world.announced()
    bid = world.submit(announcement, bidder(world))
    keys = [bid.wrapped_key, *keys_in(files_of_bid(bid)[0])]

    def whole_file() -> bytes:
        db.session.rollback()
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        db.session.rollback()
        path = Path(str(db.engine.url.database))
        return b"".join(found.read_bytes() for found in path.parent.glob(f"{path.name}*"))

    assert all(key and key in whole_file() for key in keys)
    world.do(bidding.withdraw_bid, bid, by=bidder(world))
    assert not any(key and key in whole_file() for key in keys)


def test_the_schema_refuses_a_withdrawn_bid_that_keeps_its_key(world: World) -> None:
    announcement = world.announced()
    bid = world.submit(announcement, bidder(world))
    bid.status = BidStatus.WITHDRAWN
    with pytest.raises(Exception, match="a_withdrawn_bid_has_lost_its_key"):
        db.session.flush()
    db.session.rollback()


def test_one_form_makes_one_bid_also_across_a_withdrawal(world: World) -> None:
    announcement = world.announced()
    lodging = world.seal(announcement, bidder(world), Money.yuan("1200000"))
    first = world.do(bidding.submit_bid, announcement, lodging, by=bidder(world))
    assert world.do(bidding.submit_bid, announcement, lodging, by=bidder(world)) is first
    world.do(bidding.withdraw_bid, first, by=bidder(world))
    assert world.refuse(bidding.submit_bid, announcement, lodging, by=bidder(world), error=Conflict, says=("已经撤回",))
    assert len(db.session.scalars(select(Bid)).all()) == 1


def test_what_came_too_late_leaves_its_size_and_hash(world: World) -> None:
    announcement = world.announced()
    lodging = world.seal(announcement, bidder(world), Money.yuan("1200000"))
    world.go_to(announcement.closes_at)
    refusal = world.refuse(bidding.submit_bid, announcement, lodging, by=bidder(world), error=OutOfTime, says=("截止",))
    assert refusal.facts["size"] == len(DOCUMENT)
    assert len(refusal.facts["sha256"]) == 64


def test_the_receipts_hash_is_that_of_an_envelope_that_names_every_piece(world: World) -> None:
    announcement = world.announced()
    bid = world.submit(announcement, bidder(world))
    told = json.loads(bid.envelope)
    (file,) = files_of_bid(bid)
    assert told["files"] == [{"token": file.token, "pieces": [part.sha256 for part in file.parts]}]
    assert (told["suite"], told["announcement"], told["attempt"], told["organisation"]) == (
        2, announcement.id, 1, bidder(world).organisation_id,
    )  # fmt: skip


# ── drafts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_kept_and_another_tab_does_not_overwrite_it(world: World) -> None:
    announcement, provider = world.announced(), bidder(world)
    first = world.do(preparing.keep_bid_draft, announcement, "one", seen="", by=provider)
    opened = preparing.digest_of_draft(first)
    world.do(preparing.keep_bid_draft, announcement, "two", seen=opened, by=provider)
    world.refuse(
        preparing.keep_bid_draft, announcement, "three", seen=opened, by=provider, error=Conflict,
        says=("保存过草稿", "这次没有保存"),
    )  # fmt: skip
    (draft,) = db.session.scalars(select(BidDraft)).unique()
    assert draft.content_sealed == "two"
    assert {line.chain for line in lines_of(Deed.BID_DRAFT_KEEP)} == {announcement.sealed_chain}


def test_a_draft_is_of_a_bidder_before_the_deadline(world: World) -> None:
    announcement = world.announced()
    world.refuse(preparing.keep_bid_draft, announcement, "x", seen="", by=world.people.officer, error=NotPermitted)
    world.refuse(preparing.keep_bid_draft, announcement, "x", seen="", by=world.people.unverified, says=("核验",))
    world.go_to(announcement.closes_at)
    world.refuse(preparing.keep_bid_draft, announcement, "x", seen="", by=bidder(world), error=OutOfTime)


def test_a_submission_ends_the_draft(world: World) -> None:
    announcement = world.announced()
    world.do(preparing.keep_bid_draft, announcement, "x", seen="", by=bidder(world))
    world.submit(announcement, bidder(world))
    assert db.session.scalars(select(BidDraft)).first() is None


def test_after_the_deadline_what_was_not_submitted_is_cleared_away(world: World) -> None:
    announcement, provider = world.bid(), bidder(world)
    stray = world.seal_file(announcement, provider)
    world.do(preparing.keep_bid_draft, announcement, "x", seen="", by=provider)
    world.refuse(preparing.sweep_bid_drafts, announcement, by=world.people.system, error=OutOfTime, says=("起才清除",))
    world.refuse(preparing.sweep_bid_drafts, announcement, by=world.people.officer, error=NotPermitted)
    world.go_to(settles_at(announcement))
    blobs = [part.blob_sha256 for part in stray.parts]
    tick(world.app, world.clock)
    stray = db.session.get_one(SealedFile, stray.id)
    assert keys_in(stray) == [None, None]
    assert not any(world.storage.exists(blob) for blob in blobs)
    assert db.session.scalars(select(BidDraft)).first() is None
    assert list(announcements_to_sweep(world.now)) == []
    world.opened(announcement)
    assert all(bid.status is BidStatus.OPENED for bid in active_bids(announcement))


def test_a_bid_that_came_in_time_and_waits_past_the_deadline_still_has_its_files(world: World) -> None:
    announcement, provider = world.announced(), bidder(world)
    lodging = world.seal(announcement, provider, Money.yuan("1200000"))
    arrived = announcement.closes_at - timedelta(seconds=1)
    world.go_to(settles_at(announcement) - timedelta(seconds=1))
    tick(world.app, world.clock)
    bid = world.do(bidding.submit_bid, announcement, lodging, by=provider, now=arrived)
    assert (bid.status, bid.submitted_at) == (BidStatus.SUBMITTED, arrived)
    assert all(keys_in(files_of_bid(bid)[0]))


def test_ciphertexts_without_a_key_leave_the_store_and_nothing_else_does(world: World) -> None:
    announcement = world.announced()
    first = world.submit(announcement, bidder(world))
    world.clock.advance(timedelta(minutes=1))
    second = world.submit(announcement, bidder(world), "1100000")
    gone = [first.manifest_blob, *(part.blob_sha256 for part in files_of_bid(first)[0].parts)]
    stays = [second.manifest_blob, *(part.blob_sha256 for part in files_of_bid(second)[0].parts)]
    tick(world.app, world.clock)
    assert not any(world.storage.exists(blob) for blob in gone)
    assert all(world.storage.exists(blob) for blob in stays)


# ── a trial ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_trial_is_noted_without_content_in_the_sealed_chain(world: World) -> None:
    announcement = world.announced()
    world.do(preparing.run_trial, announcement, by=bidder(world))
    (line,) = lines_of(Deed.TRIAL_RUN)
    assert (line.chain, line.told) == (announcement.sealed_chain, {})
    world.refuse(preparing.run_trial, announcement, by=world.people.officer, error=NotPermitted)
    world.go_to(opens_at(announcement))
    world.refuse(preparing.run_trial, announcement, by=bidder(world), error=OutOfTime)


def test_a_token_that_nobody_has_is_no_file(world: World) -> None:
    assert sealed_file_by_token("0" * 32) is None
