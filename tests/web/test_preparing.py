"""The bidder's pages: files sealed by form or by script, a draft that one browser reads, a price that is typed last."""

from __future__ import annotations

import io
import re
import secrets
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from procurement.foundation.database import db
from procurement.foundation.envelopes import PIECE
from procurement.registers.credit.models import CreditKind, CreditRecord, Grade, GradeLevel
from procurement.registers.people import User
from procurement.steps.announcement.models import Announcement
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid, BidStatus, bid_by_receipt, bid_of
from procurement.steps.competition.models.sealed import BidDraft, files_in_draft, files_of_bid, sealed_file_by_token
from tests.factories import DOCUMENT, World, snapshot
from tests.web.browsing import counted, fields_of, forget, get, send, signed_in, text_of

pytestmark = pytest.mark.sqlite_only

TEXT = {"lead": "赵负责", "staff": "钱工程师\n孙助理", "truthful": "y", "independent": "y"}


class Bidder:
    """One browser of one bidder on the page of one call."""

    def __init__(self, world: World, announcement: Announcement, user: User | None = None) -> None:
        self.user = user or world.people.providers[0]
        self.client: FlaskClient = signed_in(world, self.user)
        self.announcement = announcement
        self.address = f"/announcements/{announcement.id}/bid"

    def page(self, status: int = 200) -> str:
        return get(self.client, self.address, status)

    def ticked(self, page: str | None = None) -> list[str]:
        return re.findall(r'name="files" id="[^"]+" value="([0-9a-f]{32})" checked', page or self.page())

    def post(self, below: str = "", status: int = 303, page: str | None = None, **typed: Any) -> TestResponse:
        page = page or self.page()
        forget()
        values = {**fields_of(page), "files": self.ticked(page), **typed}
        answer = self.client.post(
            self.address + below, data={name: value for name, value in values.items() if value is not None}
        )
        assert answer.status_code == status, text_of(answer)[:900]
        return answer

    def seal(self, *documents: tuple[bytes, str], status: int = 303) -> TestResponse:
        chosen = [(io.BytesIO(content), name) for content, name in documents or [(DOCUMENT, "方案.pdf")]]
        return self.post("/files", status, document=chosen)

    def submit(self, status: int = 303, **typed: Any) -> TestResponse:
        return self.post("", status, **{**TEXT, "price": "1200000", **typed})

    def send_piece(self, method: str, below: str, body: bytes, **headers: str) -> TestResponse:
        token = fields_of(self.page())["csrf_token"]
        forget()
        return self.client.open(
            self.address + below, method=method, data=body, content_type="application/octet-stream",
            headers={"X-CSRFToken": token, **headers},
        )  # fmt: skip


@pytest.fixture
def bidder(world: World) -> Bidder:
    return Bidder(world, world.announced())


def bid_at(answer: TestResponse) -> Bid:
    found = bid_by_receipt(answer.headers["Location"].rsplit("/", 1)[-1])
    assert found is not None
    return found


def test_files_are_sealed_first_and_the_price_last(bidder: Bidder) -> None:
    bidder.seal((DOCUMENT, "方案.pdf"), (DOCUMENT + b"2", "人员.pdf"))
    page = bidder.page()
    assert "方案.pdf" in page
    assert len(bidder.ticked(page)) == 2
    answer = bidder.submit()
    bid = bid_at(answer)
    assert bid.status is BidStatus.SUBMITTED
    assert len(files_of_bid(bid)) == 2
    assert any("jieli-bid=;" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    receipt = get(bidder.client, f"/bids/{bid.receipt}")
    assert "2 份，一共" in receipt
    assert bid.envelope_sha256 in receipt


def test_the_receipt_is_printed_for_its_bidder_alone(world: World, bidder: Bidder) -> None:
    bidder.seal()
    bid = bid_at(bidder.submit())
    forget()
    answer = bidder.client.get(f"/bids/{bid.receipt}/receipt.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.get_data().startswith(b"%PDF-")
    for other in (world.people.providers[1], world.people.officer, world.people.auditor):
        get(signed_in(world, other), f"/bids/{bid.receipt}/receipt.pdf", 404)


def test_a_form_that_is_sent_again_says_that_what_was_changed_meanwhile_was_not_lodged(bidder: Bidder) -> None:
    bidder.seal()
    page = bidder.page()
    first = bid_at(bidder.post("", 303, page, **TEXT, price="1200000"))
    again = bidder.post("", 303, page, **TEXT, price="1000000")
    assert bid_at(again).id == first.id
    assert "之后改过的内容没有提交" in get(bidder.client, again.headers["Location"])
    send(bidder.client, f"/bids/{first.receipt}/withdraw", {})
    refused = bidder.post("", 409, page, **TEXT, price="1000000")
    assert "已经撤回，或者被另一份换掉" in text_of(refused)


def test_a_form_that_was_opened_before_a_material_change_lodges_nothing(world: World, bidder: Bidder) -> None:
    bidder.seal()
    page = bidder.page()
    world.amend(bidder.announcement, quantity=700)
    refused = bidder.post("", 409, page, **TEXT, price="1200000")
    assert "公告作了实质性变更，现在是第 2 版" in text_of(refused)
    assert bid_of(bidder.announcement, bidder.user.organisation_id or 0) is None
    # What was refused shows the newest version; sent now, it is sent knowingly.
    assert bid_at(bidder.post("", 303, refused.get_data(as_text=True), **TEXT, price="1200000")).is_confirmed


def test_a_refused_submission_keeps_what_was_typed_and_lodges_nothing(bidder: Bidder) -> None:
    bidder.seal()
    answer = bidder.submit(422, price="99999999", independent=None)
    page = answer.get_data(as_text=True)
    assert 'value="赵负责"' in page
    assert "有这样的关系，不能同时参加" in page
    answer = bidder.submit(422, price="99999999")
    assert "高于最高限价" in answer.get_data(as_text=True)
    assert bid_of(bidder.announcement, bidder.user.organisation_id or 0) is None


def test_a_double_click_makes_one_bid_with_one_receipt(world: World, bidder: Bidder) -> None:
    bidder.seal()
    page = bidder.page()
    blobs = set(world.storage.names())
    first, second = (bidder.post(page=page, **TEXT, price="1200000") for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    # The sealed files lie there already; the second manifest is not left in the store.
    bid = bid_at(first)
    assert {part.blob_sha256 for file in files_of_bid(bid) for part in file.parts} <= blobs
    assert set(world.storage.names()) - blobs == {bid.manifest_blob}


def test_a_file_of_a_form_that_is_sent_twice_is_sealed_once(bidder: Bidder) -> None:
    page = bidder.page()
    for _ in range(2):
        bidder.post("/files", page=page, document=[(io.BytesIO(DOCUMENT), "方案.pdf")])
    assert len(bidder.ticked()) == 1


@pytest.mark.parametrize(
    ("document", "says"),
    [(b"", "文件是空的"), (b"MZ no document", "不是可以接收的文件"), (b"%PDF-" + bytes(3000), "投标文件一共")],
)
def test_a_file_that_is_not_taken_is_refused_before_it_is_sealed(
    world: World, bidder: Bidder, document: bytes, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "most_bytes", lambda _day: 2000)
    blobs = set(world.storage.names())
    answer = bidder.seal((document, "方案.pdf"), status=422)
    assert says in answer.get_data(as_text=True)
    assert set(world.storage.names()) == blobs
    assert list(files_in_draft(bidder.announcement, bidder.user.organisation_id)) == []


def test_sealing_without_a_choice_says_so(bidder: Bidder) -> None:
    answer = bidder.post("/files", 422)
    assert "请选择一个文件" in answer.get_data(as_text=True)


# ── by script ──────────────────────────────────────────────────────────────────────────────────────────────────────


def headers_of(token: str, size: int, name: str = "%E6%96%B9%E6%A1%88.pdf") -> dict[str, str]:
    return {"X-File-Token": token, "X-File-Size": str(size), "X-File-Name": name}


def test_a_script_seals_a_file_piece_by_piece_and_may_repeat_itself(bidder: Bidder) -> None:
    content, token = b"%PDF-" + bytes(2 * PIECE), secrets.token_hex(16)
    for _ in range(2):
        answer = bidder.send_piece("POST", "/files", content[:PIECE], **headers_of(token, len(content)))
        assert answer.get_json() == {"complete": False, "pieces": 3}
    assert "没有传完，不能提交" in bidder.page()
    for number in (2, 2, 3):
        piece = content[(number - 1) * PIECE : number * PIECE]
        answer = bidder.send_piece("PUT", f"/files/{token}/{number}", piece)
        assert answer.status_code == 200
    assert answer.get_json() == {"complete": True, "pieces": 3}
    assert bidder.ticked() == [token]
    assert "方案.pdf" in bidder.page()
    bidder.submit()


@pytest.mark.parametrize("size", ["²", "1_0", "-1", "1e3", ""])
def test_a_size_that_is_no_number_is_a_refusal_and_no_error(bidder: Bidder, size: str) -> None:
    headers = {**headers_of(secrets.token_hex(16), 1), "X-File-Size": size}
    answer = bidder.send_piece("POST", "/files", b"%PDF-", **headers)
    assert answer.status_code == 422
    assert "文件是空的" in answer.get_json()["error"]


def test_a_script_is_told_why_a_file_is_refused(bidder: Bidder) -> None:
    token = secrets.token_hex(16)
    for body, headers, says in (
        (b"MZ programme", headers_of(token, 12), "不是可以接收的文件"),
        (b"", headers_of(token, 0), "文件是空的"),
        (DOCUMENT, headers_of(token, 300 << 20), "最多"),
        (DOCUMENT, headers_of(token, len(DOCUMENT) + 1), "不属于正在封存的文件"),
        (DOCUMENT, headers_of("../etc", len(DOCUMENT)), "不属于正在封存的文件"),
    ):
        answer = bidder.send_piece("POST", "/files", body, **headers)
        assert answer.status_code in {409, 422}
        assert says in answer.get_json()["error"]
    assert list(files_in_draft(bidder.announcement, bidder.user.organisation_id)) == []


def test_a_piece_of_another_bidders_file_is_refused(world: World, bidder: Bidder) -> None:
    content, token = b"%PDF-" + bytes(PIECE), secrets.token_hex(16)
    bidder.send_piece("POST", "/files", content[:PIECE], **headers_of(token, len(content)))
    other = Bidder(world, bidder.announcement, world.people.providers[1])
    for below in (f"/files/{token}/2", f"/files/{'0' * 32}/2"):
        assert other.send_piece("PUT", below, content[PIECE:]).status_code == 409
    file = sealed_file_by_token(token)
    assert file is not None
    assert not file.is_complete
    forget()
    csrf = fields_of(other.page())["csrf_token"]
    forget()
    assert other.client.post(f"{other.address}/files/{token}/drop", data={"csrf_token": csrf}).status_code == 404


def test_a_piece_without_the_forms_token_is_refused(world: World, bidder: Bidder) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = True
    forget()
    answer = bidder.client.post(f"{bidder.address}/files", data=DOCUMENT, content_type="application/octet-stream")
    assert answer.status_code == 400


def test_a_file_is_removed_one_by_one(bidder: Bidder) -> None:
    bidder.seal((DOCUMENT, "甲.pdf"), (DOCUMENT, "乙.pdf"))
    first, second = bidder.ticked()
    bidder.post(f"/files/{first}/drop")
    assert bidder.ticked() == [second]


# ── drafts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_keeps_text_and_never_a_price_and_only_its_browser_reads_it(world: World, bidder: Bidder) -> None:
    bidder.seal()
    bidder.post("/draft", **TEXT, price="1234567.89")
    page = bidder.page()
    assert 'value="赵负责"' in page
    assert "孙助理" in page
    assert "1234567.89" not in page
    stored = repr(snapshot())
    for canary in ("赵负责", "孙助理", "1234567.89", "123456789", "方案.pdf"):
        assert canary not in stored
    other = Bidder(world, bidder.announcement)
    page = other.page()
    assert "赵负责" not in page
    assert "方案.pdf" not in page
    assert "第 1 份文件" in page
    assert "另一个浏览器里写的" in page
    # … and may still submit, typing the people anew.
    other.submit()


def test_two_tabs_do_not_overwrite_each_other(bidder: Bidder) -> None:
    first, second = bidder.page(), bidder.page()
    bidder.post("/draft", page=first, **TEXT)
    answer = bidder.post("/draft", 409, page=second, **{**TEXT, "lead": "李另外"})
    page = answer.get_data(as_text=True)
    assert "这次没有保存" in page
    assert 'value="李另外"' in page
    assert 'value="赵负责"' in bidder.page()
    # Saved once more from the page that said so, it replaces the other knowingly.
    bidder.post("/draft", page=page)
    assert 'value="李另外"' in bidder.page()


def test_the_key_goes_to_these_pages_alone_and_lies_in_no_row(bidder: Bidder) -> None:
    forget()
    answer = bidder.client.get(bidder.address)
    (cookie,) = [row for row in answer.headers.getlist("Set-Cookie") if row.startswith("jieli-bid=")]
    assert f"Path={bidder.address}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    key = cookie.split("=", 1)[1].split(";")[0].strip('"')
    bidder.post("/draft", **TEXT)
    assert db.session.query(BidDraft).count() == 1
    assert key not in repr(snapshot())


# ── what lacks ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_begins_with_what_lacks(world: World, bidder: Bidder) -> None:
    organisation_id = bidder.user.organisation_id or 0
    db.session.add(
        Grade(
            organisation_id=organisation_id, level=GradeLevel.THREE, from_day=world.today.replace(year=2021), until_day=world.today.replace(day=30),
            document="龙民〔2021〕1号", entered_at=world.now, entered_by=world.people.officer,
        )
    )  # fmt: skip
    db.session.add(
        CreditRecord(
            organisation_id=organisation_id, kind=CreditKind.DISHONEST, from_day=world.today.replace(day=29), document="龙财〔2025〕3号",
            content="失信", entered_at=world.now, entered_by=world.people.officer,
        )
    )  # fmt: skip
    db.session.commit()
    page = bidder.page()
    for lack in (
        "“3A 级”在 2025年9月30日",
        "届时不能参加竞争",
        "还没有封存任何文件",
        "还没有声明：以上",
        "还没有声明：与",
    ):
        assert lack in page
    assert "第二十二条" in page
    unverified = Bidder(world, bidder.announcement, world.people.unverified)
    assert "还没有通过核验" in unverified.page()
    unverified.seal(status=422)
    unverified.post("/draft", 422, **TEXT)


def test_nothing_lacks_but_the_price_once_all_is_there(bidder: Bidder) -> None:
    bidder.seal()
    bidder.post("/draft", **TEXT)
    assert "只差报价" in bidder.page()


def test_the_page_asks_a_constant_number_of_queries(bidder: Bidder) -> None:
    bidder.seal()
    with counted() as few:
        bidder.page()
    bidder.seal((DOCUMENT, "乙.pdf"), (DOCUMENT, "丙.pdf"), (DOCUMENT, "丁.pdf"))
    with counted() as many:
        bidder.page()
    assert len(many) == len(few)


def test_after_the_deadline_the_page_refuses_and_what_came_late_is_noted(world: World, bidder: Bidder) -> None:
    bidder.seal()
    page = bidder.page()
    world.go_to(bidder.announcement.closes_at)
    answer = bidder.post(status=422, page=page, **TEXT, price="1200000")
    assert "不再接收" in answer.get_data(as_text=True)
    bidder.page(422)
    assert bid_of(bidder.announcement, bidder.user.organisation_id or 0) is None


# ── a trial, the guide ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_trial_says_that_files_open_and_keeps_nothing(world: World, bidder: Bidder) -> None:
    address = f"{bidder.address}/trial"
    page, blobs = get(bidder.client, address), set(world.storage.names())
    forget()
    chosen = [(io.BytesIO(DOCUMENT), "方案.pdf"), (io.BytesIO(b"MZ"), "坏.exe")]
    answer = bidder.client.post(address, data={**fields_of(page), "document": chosen})
    said = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "您的文件打得开" in said
    assert "“坏.exe”：这不是可以接收的文件" in said
    assert set(world.storage.names()) == blobs
    assert "方案.pdf" not in repr(snapshot())
    forget()
    assert "请选择一个文件" in bidder.client.post(address, data=fields_of(page)).get_data(as_text=True)


def test_the_guide_is_for_everybody_in_both_languages(world: World) -> None:
    visitor = world.app.test_client()
    assert "投标指南" in get(visitor, "/bids/guide")
    forget()
    assert "Guide for bidders" in visitor.get("/bids/guide", headers={"Accept-Language": "en"}).get_data(as_text=True)


def test_every_document_of_an_opened_bid_can_be_downloaded(world: World, bidder: Bidder) -> None:
    bidder.seal((DOCUMENT, "甲.pdf"), (DOCUMENT + b"2", "乙.pdf"))
    bid = bid_at(bidder.submit())
    for other in world.people.providers[1:3]:
        world.submit(bidder.announcement, other, "1100000")
    world.opened(bidder.announcement)
    officer = signed_in(world, world.people.officer)
    page = get(officer, f"/transfers/{bidder.announcement.transfer_id}/competition")
    for position, content in ((1, DOCUMENT), (2, DOCUMENT + b"2")):
        address = f"/bids/{bid.receipt}/documents/{position}"
        assert address in page
        forget()
        assert officer.get(address).get_data() == content
    get(officer, f"/bids/{bid.receipt}/documents/3", 404)
