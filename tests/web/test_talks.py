"""Pages of the talks: each deed by its form, each bidder's own page, and nothing of one bidder on another's."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any

import pytest

from procurement.documents.agreement import CLAUSES, chinese_number
from procurement.foundation.clock import at_local
from procurement.registers.access import Appointed
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids, bid_of
from procurement.steps.competition.models.review import award_of_transfer
from procurement.steps.competition.models.talks import call_of, offer_of, talks_of
from procurement.steps.competition.talks import operations as talks
from procurement.steps.competition.talks import rules as talks_rules
from procurement.steps.holders.models import holders_of_attempt
from procurement.transfers.models import Method
from procurement.web.ticking import tick
from tests.web.browsing import fields_of, forget, get, send, signed_in, status, text_of
from tests.web.test_accessibility import look

pytestmark = pytest.mark.sqlite_only

MINUTES = {"first": "甲方谈了夜间班次。", "second": "乙方谈了应急车辆。", "third": "九点电话通知，没有来。"}


def ordered(competition: Any) -> list[Bid]:
    """The bids in the talks, by organisation."""
    return sorted(talks.bids_in(competition), key=lambda bid: bid.organisation_id)


def recorded(world: Any, competition: Any) -> None:
    """One round, by the officer's form."""
    base = f"/transfers/{competition.transfer.id}/competition"
    typed = {f"minutes-{bid.id}": text for bid, text in zip(ordered(competition), MINUTES.values(), strict=True)}
    came = {f"took_part-{bid.id}": "yes" for bid in ordered(competition)}
    came[f"took_part-{ordered(competition)[2].id}"] = "no"
    send(signed_in(world, world.people.officer), f"{base}/meetings/record", typed | came)


def opened_by_form(world: Any, competition: Any, status: int = 303) -> Any:
    """The final offers, opened by opener and witness in the browser of the first."""
    announcement = competition.announcement
    path = f"/transfers/{competition.transfer.id}/competition/offers/open"
    witness = holders_of_attempt(competition.transfer).holders[Appointed.OPENING_WITNESS]
    return send(signed_in(world, world.people.payer), path, {
        "passphrase": world.passphrase_of(announcement), "second": str(witness.id),
        "second_passphrase": world.passphrase_of(announcement, Appointed.OPENING_WITNESS),
    }, status=status)  # fmt: skip


def test_talks_are_held_changed_and_ended_by_their_forms(world: Any) -> None:
    competition = world.drawn()
    base = f"/transfers/{competition.transfer.id}"
    officer, member = signed_in(world, world.people.officer), signed_in(world, world.panel_of(competition)[0])
    assert "记录磋商（谈判）" in get(officer, base)
    refused = send(
        officer,
        f"{base}/competition/meetings/record",
        {f"minutes-{ordered(competition)[0].id}": "谈了夜间班次。"},
        status=422,
    )
    assert "何时怎样通知过" in text_of(refused)
    assert "谈了夜间班次。" in refused.text
    recorded(world, competition)
    assert "提出变动要求" in get(member, base)
    send(member, f"{base}/competition/terms/propose", {"service": "夜间巡查改为两次。", "reason": "一次不够。"})
    page = get(officer, f"{base}/competition/terms/confirm")
    assert "夜间巡查改为两次。" in page
    send(officer, f"{base}/competition/terms/confirm")
    early = send(officer, f"{base}/competition/offers/invite", {"closes_at": "2025-10-09 09:40"}, status=422)
    assert "至少要留 1 小时" in text_of(early)
    send(officer, f"{base}/competition/offers/invite", {"closes_at": "2025-10-10 10:00"})
    call = call_of(competition)
    assert call is not None
    assert call.closes_at == at_local(world.today.replace(day=10), 10)
    read = get(officer, f"{base}/competition")
    assert all(text in read for text in MINUTES.values())
    assert "夜间巡查改为两次。" in read
    assert status(officer, f"{base}/competition/meetings/record") == 409


def test_a_bidder_reads_its_own_talks_and_nothing_of_the_others(world: Any) -> None:
    competition = world.drawn()
    recorded(world, competition)
    world.change_terms(competition)
    bids = ordered(competition)
    prices = [bid.price for bid in bids]
    for bid, provider, own in zip(bids, world.people.providers, MINUTES.values(), strict=False):
        client = signed_in(world, provider)
        page = get(client, f"/bids/{bid.receipt}/talks")
        assert own in page
        assert "夜间巡查由每日一次改为两次。" in page
        for text in set(MINUTES.values()) - {own}:
            assert text not in page
        seen = page + get(client, f"/bids/{bid.receipt}") + get(client, "/bids/") + get(client, "/workbench")
        seen += get(client, f"/announcements/{competition.announcement.publication.reference}/opening")
        seen += get(client, f"/announcements/{competition.record.reference}")
        for other in prices:
            if other != bid.price:
                assert f"{other.fen // 100:,}" not in seen
                assert other.in_words() not in seen
    stranger = signed_in(world, world.people.providers[1])
    for path in (
        f"/bids/{bids[0].receipt}/talks",
        f"/bids/{bids[0].receipt}/talks/leave",
        f"/bids/{bids[0].receipt}/offer",
    ):
        assert status(stranger, path) == 404
        assert status(signed_in(world, world.people.officer), path) == 404


def test_final_offers_are_sealed_by_their_form_opened_by_two_and_checked_by_anybody(world: Any) -> None:
    competition = world.invited()
    bids = ordered(competition)
    reference = competition.announcement.publication.reference
    for bid, provider, price in zip(bids, world.people.providers, ("1150000", "1090000", "1000000"), strict=False):
        client = signed_in(world, provider)
        path = f"/bids/{bid.receipt}/offer"
        refused = send(client, path, {"price": "9999999", "response": "写过的响应"}, status=422)
        assert "最高限价" in text_of(refused)
        assert "写过的响应" in refused.text
        document = (io.BytesIO(b"%PDF-1.4\n% again\n%%EOF\n"), "重新提交.pdf")
        send(client, path, {"price": price, "response": "完全响应。", "document": document})
        offer = offer_of(bid)
        assert offer is not None
        page = get(client, f"/bids/{bid.receipt}/talks")
        assert offer.receipt in page
        assert offer.envelope_sha256 in page
        forget()
        printed = client.get(f"{path}/receipt.pdf")
        assert printed.data.startswith(b"%PDF-")
    visitor, officer = world.app.test_client(), signed_in(world, world.people.officer)
    early = opened_by_form(world, competition, status=422)
    assert "谁都不能打开" in text_of(early)
    base = f"/transfers/{competition.transfer.id}"
    for page in (
        get(officer, f"{base}/competition"),
        get(officer, base),
        get(visitor, f"/announcements/{reference}/opening"),
    ):
        assert offer.receipt not in page
        assert "1,000,000" not in page
    assert status(visitor, f"/announcements/{reference}/final-list.txt") == 404
    world.go_to(talks_rules.settles_at(world.the_call(competition)))
    tick(world.app, world.clock)
    call = world.the_call(competition)
    assert call.commitment in get(visitor, f"/announcements/{reference}/opening")
    opened_by_form(world, competition)
    read = get(officer, f"{base}/competition")
    assert "1,000,000" in read
    assert "首次报价" in read
    assert "完全响应。" in read
    assert read.count("下载最后报价的文件") == 3
    assert "重新提交.pdf" in read
    assert len(bids) == 3
    assert all(
        row.organisation.name in get(visitor, f"/announcements/{reference}/opening").split('id="final"')[1]
        for row in bids
    )
    for page in (
        get(visitor, f"/announcements/{reference}/opening"),
        get(signed_in(world, world.people.providers[0]), f"/bids/{bids[0].receipt}/talks"),
    ):
        assert "1,000,000" not in page
    forget()
    text = visitor.get(f"/announcements/{reference}/final-list.txt").get_data()
    assert hashlib.sha256(text).hexdigest() == call.commitment
    checked = get(visitor, f"/verify?receipt={offer.receipt}")
    assert "核对无误" in checked
    assert "核对无误" in get(visitor, f"/verify?sha256={offer.envelope_sha256}")
    assert "对不上" in get(visitor, f"/verify?receipt={offer.receipt}&sha256={'0' * 64}")
    member = signed_in(world, world.panel_of(competition)[0])
    forget()
    with member.get(f"/bids/{bids[2].receipt}/documents/2") as answer:
        assert answer.data == b"%PDF-1.4\n% again\n%%EOF\n"


def test_a_final_offer_that_is_called_for_waits_on_its_bidders_workbench_until_it_is_made(world: Any) -> None:
    competition = world.invited()
    bid, other = ordered(competition)[:2]
    client, path = signed_in(world, world.bidder_of(bid)), f"/bids/{bid.receipt}/offer"
    page = get(client, "/workbench")
    assert f'href="{path}"' in page
    assert "没有提交的，视为退出" in page
    assert other.receipt not in page
    for person in (world.people.officer, world.people.providers[3]):
        assert path not in get(signed_in(world, person), "/workbench")
    world.offer(bid)
    assert path not in get(client, "/workbench")
    world.go_to(world.the_call(competition).closes_at)
    assert f"/bids/{other.receipt}/offer" not in get(signed_in(world, world.bidder_of(other)), "/workbench")


def test_a_form_sent_twice_makes_one_offer_and_a_bad_file_none(world: Any) -> None:
    competition = world.invited()
    bid, client = ordered(competition)[0], signed_in(world, world.people.providers[0])
    path = f"/bids/{bid.receipt}/offer"
    bad = send(client, path, {"price": "1000000", "document": (io.BytesIO(b"MZ"), "坏.exe")}, status=422)
    assert bad.status_code == 422
    assert offer_of(bid) is None
    before = set(world.storage.names())
    page = get(client, path)
    typed = fields_of(page) | {"price": "1000000"}
    for _time in range(2):
        forget()
        assert client.post(path, data=typed).status_code == 303
    offer = offer_of(bid)
    assert offer is not None
    assert set(world.storage.names()) - before == {offer.manifest_blob}


def test_a_bidder_leaves_by_its_form(world: Any) -> None:
    competition = world.drawn()
    bid, client = ordered(competition)[0], signed_in(world, world.people.providers[0])
    assert "退出磋商" in get(client, f"/bids/{bid.receipt}/talks")
    page = get(client, f"/bids/{bid.receipt}/talks/leave")
    assert "余下的不足" in page
    assert "保证金" not in page.split("<main", 1)[1]
    refused = send(client, f"/bids/{bid.receipt}/talks/leave", {}, status=422)
    assert "退出不能撤回" in text_of(refused)
    assert bid.status is BidStatus.QUALIFIED
    left = send(client, f"/bids/{bid.receipt}/talks/leave", {"irrevocable": "y"})
    assert left.status_code == 303
    assert bid.status is BidStatus.LEFT
    assert "已退出" in get(client, f"/bids/{bid.receipt}/talks")
    assert status(client, f"/bids/{bid.receipt}/talks/leave") == 409
    assert status(client, f"/bids/{bid.receipt}/offer") == 409


def test_a_tender_has_no_talks(world: Any) -> None:
    competition = world.opened(method=Method.OPEN_TENDER)
    provider = world.people.providers[0]
    bid = bid_of(competition.announcement, provider.organisation_id)
    assert bid is not None
    assert status(signed_in(world, provider), f"/bids/{bid.receipt}/talks") == 404


def test_the_pages_of_the_talks_have_no_fault(world: Any, live: Any, browser: Any) -> None:
    competition = world.drawn()
    people, base = world.people, f"/transfers/{competition.transfer.id}/competition"
    bid, member = ordered(competition)[0], world.panel_of(competition)[0]
    assert look(world, live, browser, people.officer, [f"{base}/meetings/record"]) == []
    world.meet(competition)
    assert look(world, live, browser, member, [f"{base}/terms/propose"]) == []
    world.do(
        talks.propose_terms, competition, service="改为两次。", agreement="违约金按日计。", reason="不够。", by=member
    )
    assert look(world, live, browser, people.officer, [f"{base}/terms/confirm", f"{base}/offers/invite"]) == []
    proposed = talks_of(competition).proposed
    assert proposed is not None
    world.do(talks.confirm_terms, competition, seen=talks.digest_of(proposed), by=people.officer)
    assert look(world, live, browser, people.providers[0], [f"/bids/{bid.receipt}/talks/leave"]) == []
    world.invited(competition)
    assert (
        look(world, live, browser, people.providers[0], [f"/bids/{bid.receipt}/offer", f"/bids/{bid.receipt}/talks"])
        == []
    )
    world.ready(competition)
    pages = [f"{base}", f"/announcements/{competition.announcement.publication.reference}/opening"]
    assert look(world, live, browser, people.officer, pages) == []


def test_the_page_of_their_opening_has_no_fault(world: Any, live: Any, browser: Any) -> None:
    competition = world.invited()
    path = f"/transfers/{competition.transfer.id}/competition/offers/open"
    assert look(world, live, browser, world.people.payer, [path]) == []
    extending = path.replace("/open", "/extend")
    assert look(world, live, browser, world.people.officer, [extending]) == []
    officer, closes = signed_in(world, world.people.officer), world.the_call(competition).closes_at
    refused = send(officer, extending, {"closes_at": "2025-10-09 10:00", "reason": "要核对变动。"}, status=422)
    assert "应晚于" in text_of(refused)
    send(officer, extending, {"closes_at": "2025-10-10 15:00", "reason": "要核对变动。"})
    assert world.the_call(competition).closes_at > closes


def test_a_final_offer_says_how_it_meets_changed_terms_or_brings_files(world: Any) -> None:
    competition = world.drawn()
    world.meet(competition)
    world.change_terms(competition)
    world.invited(competition)
    bid = ordered(competition)[0]
    client, path = signed_in(world, world.bidder_of(bid)), f"/bids/{bid.receipt}/offer"
    before = set(world.storage.names())
    refused = send(client, path, {"price": "1000000"}, status=422)
    assert "第 1 号变动通知改了技术、服务要求" in text_of(refused)
    assert "对变动要求的响应" in text_of(refused)
    assert offer_of(bid) is None
    assert set(world.storage.names()) == before
    send(client, path, {"price": "1000000", "response": "夜间两次，照办。"})
    assert offer_of(bid) is not None
    other = ordered(competition)[1]
    document = (io.BytesIO(b"%PDF-1.4\n% again\n%%EOF\n"), "重新提交.pdf")
    send(
        signed_in(world, world.bidder_of(other)), f"/bids/{other.receipt}/offer",
        {"price": "1000000", "document": document},
    )  # fmt: skip
    assert offer_of(other) is not None
    listed = get(client, "/bids/")
    assert f'href="/bids/{bid.receipt}/talks"' in listed
    assert offer_of(bid).receipt in listed


def test_the_panel_finds_where_terms_are_changed_and_reads_what_they_are_now(world: Any) -> None:
    competition = world.drawn()
    base = f"/transfers/{competition.transfer.id}/competition"
    where = f'href="{base}/terms/propose"'
    member = signed_in(world, world.panel_of(competition)[0])
    assert where in get(member, "/workbench")
    assert where in get(member, base)
    assert where not in get(signed_in(world, world.people.officer), base)
    page = get(member, f"{base}/terms/propose")
    plan = competition.transfer.plan
    assert plan.content in page
    assert plan.quality in page
    for place, clause in enumerate(CLAUSES[:-1], start=1):
        assert f"第{chinese_number(place)}条　{clause.heading}" in page
    assert "分期付款、最高限价、期限和数量也不在这里变动" in page
    world.meet(competition)
    assert "评审小组成员在各自的工作台上提出" in get(signed_in(world, world.people.officer), f"{base}/offers/invite")
    world.change_terms(competition)
    assert "夜间巡查由每日一次改为两次。" in get(member, f"{base}/terms/propose")
    world.invited(competition)
    assert where not in get(member, "/workbench")
    assert where not in get(member, base)


def test_what_was_changed_stands_with_the_result_and_once_with_the_agreement(world: Any) -> None:
    competition = world.drawn()
    world.change_terms(competition, "夜间巡查改为两次。", "违约金按日计万分之五。")
    transfer = world.awarded(world.reviewed(world.scored(competition)))
    award = award_of_transfer(transfer)
    assert award is not None
    notice = get(world.app.test_client(), f"/announcements/{award.publication.reference}")
    world.agreement_drafted(transfer)
    page = get(signed_in(world, world.people.officer), f"/transfers/{transfer.id}/agreement")
    for shown in (notice, page):
        assert shown.count("第 1 号变动通知") == 1
        assert shown.count("夜间巡查改为两次。") == 1
        assert re.search("服务要求：</b>[^。]*夜间巡查改为两次。", shown)
        assert re.search("合同条款：</b>[^。]*违约金按日计万分之五。", shown)


def test_after_the_award_a_bidder_reads_that_the_competition_is_over_and_no_page_says_that_it_goes_on(
    world: Any,
) -> None:
    competition = world.opened()
    bid = active_bids(competition.announcement)[0]
    client, visitor = signed_in(world, world.bidder_of(bid)), world.app.test_client()
    sitting = f"/announcements/{competition.announcement.publication.reference}/opening"
    assert "磋商期间不公开" in get(visitor, sitting)
    assert "磋商期间不向其他供应商公开" in get(client, f"/bids/{bid.receipt}")
    competition = world.reviewed(world.scored(world.ready(world.drawn(world.qualified(competition)))))
    assert "报价到结果公布以前不公开" in get(visitor, sitting)
    world.awarded(competition)
    after = get(visitor, sitting)
    assert "报价到结果公布以前不公开" not in after
    assert "成交金额见结果公告" in after
    assert "首次报价没有公开" in after
    assert "没有向其他供应商公开" in get(client, f"/bids/{bid.receipt}")
    for page in ("offer", "talks/leave"):
        refused = get(client, f"/bids/{bid.receipt}/{page}", 409)
        assert "这次竞争已经结束" in refused
        assert "六步" not in refused
        assert f'href="/bids/{bid.receipt}">回到我的投标' in refused
