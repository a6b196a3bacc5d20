"""The canary of a sealed bid by the pages: in no file, letter, error, search or journal, from its upload to its opening."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import werkzeug.test
from werkzeug.test import stream_encode_multipart

from procurement.foundation.database import db
from procurement.foundation.storage import LocalStorage
from procurement.registers.people import User
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.models.bids import Bid, active_bids
from procurement.transfers.models import Method
from procurement.web import mail, refusals
from procurement.web.competition import preparing as pages
from procurement.web.ticking import tick
from tests.canaries import Canary, copied, everything_said, everything_stored, journal_begins, written_by_postgres
from tests.factories import World
from tests.web.browsing import fields_of, forget, get, signed_in
from tests.web.test_preparing import Bidder, bid_at, headers_of

# More than werkzeug keeps of a file in memory: the rest of the way is by a spool file.
SPOOLED = 600_000
SEARCHES = (
    "/catalogue?q={}", "/standards?q={}", "/departments?q={}", "/directory?q={}", "/organisations?q={}", "/users?q={}",
    "/audit?chain={}", "/verify?receipt={}", "/verify?sha256={}",
)  # fmt: skip


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    """Files on the disk, where an instance keeps them."""
    return LocalStorage(tmp_path / "instance" / "files")


class Search:
    """The whole instance, searched again and again."""

    def __init__(self, world: World, place: Path, canary: Canary) -> None:
        self.world, self.place, self.canary = world, place, canary
        self.journal = journal_begins()

    def files(self) -> dict[str, list[str]]:
        """In which file of the instance, as it lies in a copy of it, what is seen."""
        found = {name: self.canary.seen_in(content) for name, content in copied(self.place, self.aside()).items()}
        return {name: seen for name, seen in found.items() if seen}

    def aside(self) -> Path:
        return self.place.with_name(f"{self.place.name}-copied")

    def everything(self) -> dict[str, list[str]]:
        """The same when all letters are written; in the rows too, what is sealed under the instance's keys in clear; in PostgreSQL's files."""
        tick(self.world.app, self.world.clock)
        mail.send_outbox(self.world.app)
        stored = {"rows": self.canary.seen_in(everything_stored(self.world))}
        for name, content in written_by_postgres(self.journal):
            stored[name] = self.canary.seen_in(content, self.canary.as_it_is)
        return self.files() | {name: seen for name, seen in stored.items() if seen}


@pytest.fixture
def search(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Search:
    """An instance whose people have addresses, which spools where a served one does, and answers what it did not expect."""
    settings = world.app.extensions["settings"]
    settings.make_folders()
    monkeypatch.setattr(tempfile, "tempdir", str(settings.temporary_folder))
    # The browser of the tests would spool what it sends itself.
    monkeypatch.setattr(werkzeug.test, "stream_encode_multipart", partial(stream_encode_multipart, use_tempfile=False))
    world.app.register_error_handler(Exception, refusals._broken)
    for user in world.people.everyone():
        user.email = f"{user.login}@example.cn"
    db.session.commit()
    return Search(world, tmp_path, Canary.drawn())


def text_of(canary: Canary, **changes: Any) -> dict[str, Any]:
    """What its bidder types."""
    typed = {
        "lead": canary.lead, "staff": canary.staff, "truthful": "y", "independent": "y", "price": canary.price.plain,
    }  # fmt: skip
    return typed | changes


def sealed(bidder: Bidder, canary: Canary) -> None:
    bidder.seal((canary.document(), canary.name), (canary.document(SPOOLED), canary.name))


def test_from_upload_to_opening_a_canary_lies_in_no_file_letter_row_or_journal(
    world: World, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary, announcement = search.canary, world.announced(method=Method.OPEN_TENDER)
    bidder = Bidder(world, announcement)
    while_sealing = []

    def seal_file(*args: Any, seal_file: Callable[..., Any] = pages.seal_file, **more: Any) -> Any:
        # The whole request has come, and nothing of it has been sealed yet.
        while_sealing.append(search.files())
        return seal_file(*args, **more)

    monkeypatch.setattr(pages, "seal_file", seal_file)
    with everything_said() as log:
        sealed(bidder, canary)
        bidder.post("/draft", **text_of(canary))
        page, tried = get(bidder.client, f"{bidder.address}/trial"), (io.BytesIO(canary.document(SPOOLED)), canary.name)
        bidder.post("/trial", 200, page=page, files=None, document=[tried])
        first = bid_at(bidder.submit(**text_of(canary)))
        # What replaces it keeps its files and its price; a bid of each of two others lies beside it.
        bid = bid_at(bidder.submit(**text_of(canary)))
        for provider in world.people.providers[1:3]:
            world.submit(announcement, provider)
        assert search.everything() == {}
        world.go_to(opens_at(announcement))
        assert search.everything() == {}
    assert while_sealing == [{}, {}]
    assert first.receipt != bid.receipt
    assert canary.seen_in(log.getvalue().encode()) == []
    assert list(world.app.extensions["settings"].mail_folder.glob("*.eml"))
    copy = copied(search.place, search.aside())
    assert any(bid.envelope_sha256.encode() in content for content in [*copy.values(), everything_stored(world)])
    world.opened(announcement)
    seen = {what for found in search.everything().values() for what in found}
    assert {"price", "price in words", "words", "name", "lead", "staff", "document"} <= seen
    assert "price, little end first" in seen or next(written_by_postgres(search.journal), None) is None


@pytest.mark.sqlite_only
def test_what_goes_wrong_on_the_way_of_a_bid_shows_and_keeps_nothing_of_it(
    world: World, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = search.canary
    bidder = Bidder(world, world.announced(method=Method.OPEN_TENDER))
    page, before = bidder.page(), bidder.page()
    with everything_said() as log:
        sealed(bidder, canary)
        # Its own bidder sees on the page of the refusal what was typed, and nobody else sees that page.
        bidder.submit(422, **text_of(canary, independent=None))
        bidder.post("/draft", **text_of(canary))
        bidder.post("/draft", 409, page=before, **text_of(canary))
        answers = [
            bidder.post("", 413, **text_of(canary, staff=canary.staff * 100_000)),
            bidder.client.post(f"/announcements/{10**6}/bid", data={**fields_of(page), **text_of(canary)}),
            bidder.send_piece(
                "POST", "/files", canary.document(), **headers_of("no token", SPOOLED, quote(canary.name))
            ),
            bidder.send_piece("PUT", f"/files/{'0' * 32}/1", canary.document()),
        ]
        with monkeypatch.context() as broken:
            broken.setattr(pages, "seal_bid", breaks)
            answers.append(bidder.post("", 500, **text_of(canary)))
        assert [answer.status_code for answer in answers] == [413, 404, 409, 409, 500]
        assert [canary.seen_in(answer.get_data()) for answer in answers] == [[]] * 5
        assert "unexpected error" in log.getvalue()
        assert canary.seen_in(log.getvalue().encode()) == []
    assert list(active_bids(bidder.announcement)) == []
    assert search.everything() == {}


def breaks(*_args: Any) -> None:
    raise RuntimeError("nobody expected this")


@pytest.mark.sqlite_only
def test_no_search_and_no_address_of_a_bid_shows_anything_of_it_to_anybody(world: World, search: Search) -> None:
    canary, announcement = search.canary, world.announced(method=Method.OPEN_TENDER)
    bidder = Bidder(world, announcement)
    sealed(bidder, canary)
    bid = bid_at(bidder.submit(**text_of(canary)))
    everyone = world.people
    for reader in (None, *everyone.everyone()):
        client = signed_in(world, reader) if reader is not None else world.app.test_client()
        for path in addresses_of(bid):
            forget()
            answer = client.get(path)
            assert canary.seen_in(answer.get_data()) == [], (reader, path)
            answer.close()
    answered = set()
    some = (everyone.officer, everyone.auditor, everyone.security_admin, everyone.providers[1], bidder.user)
    for reader in (None, *some):
        for asked, status, seen in searched(world, reader, canary, bid):
            assert seen == [], (reader, asked)
            answered |= {asked} if status == 200 else set()
    assert answered == set(SEARCHES)


def addresses_of(bid: Bid) -> list[str]:
    """What can be asked of a sealed bid; its own bidder asks from a browser that does not have the draft's key."""
    call, own = f"/announcements/{bid.announcement_id}/bid", f"/bids/{bid.receipt}"
    return [
        call,
        f"{call}/trial",
        own,
        *(f"{own}/{below}" for below in ("withdraw", "confirm", "documents/1", "confirm-opening")),
    ]


def searched(world: World, reader: User | None, canary: Canary, bid: Bid) -> Iterator[tuple[str, int, list[str]]]:
    """What each search is answered with, and shows of a bid besides what was looked for, which it repeats."""
    client = signed_in(world, reader) if reader is not None else world.app.test_client()
    for asked in (canary.price.plain, canary.words, canary.lead, canary.name, bid.receipt, bid.envelope_sha256):
        repeated = asked.encode()
        others = {what: said for what, said in canary.as_it_is.items() if said not in repeated and repeated not in said}
        for search in SEARCHES:
            forget()
            answer = client.get(search.format(asked))
            yield search, answer.status_code, canary.seen_in(answer.get_data(), others)
            answer.close()
