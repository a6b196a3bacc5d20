"""Where nothing is bought, no page, paper or message says a word of procurement law; one name for the way of choosing everywhere."""

from __future__ import annotations

import re
from typing import Any

import pytest

from procurement.documents.medium_notice import text_of_notice
from procurement.foundation.database import db
from procurement.registers.catalogue.models import TransferMode
from procurement.registers.notices import Notice
from procurement.steps.announcement.operations import publish_announcement
from procurement.steps.competition.models.bids import bid_of
from procurement.steps.competition.models.review import award_of_transfer
from procurement.transfers import operations
from procurement.transfers.models import Transfer
from procurement.web.languages import notice_text
from tests.web.browsing import get, signed_in

pytestmark = pytest.mark.sqlite_only

OF_A_PURCHASE = re.compile(
    "采购方式|竞争性磋商|采购公告|政府采购法》第二十二条|采购人|成交供应商|采购文件|采购需求|本次采购"
)
WAY = "公开征集、竞争择优"


def words(page: str) -> str:
    """What the main part says, without the table that sets the periods of a purchase beside it."""
    main = page.split("<main", 1)[-1].split("</main>", 1)[0]
    main = re.sub(r'<section class="part" id="by-mode".*?</section>', "", main, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def entrusted(world: Any) -> Transfer:
    """A matter that buys nothing, whose plan says 竞争性磋商, called for."""
    transfer: Transfer = world.draft()
    transfer.mode = TransferMode.ENTRUSTED
    db.session.commit()
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)
    world.evaluate(transfer)
    world.adopt(transfer)
    return transfer


def test_no_page_of_a_matter_that_buys_nothing_speaks_of_procurement(world: Any) -> None:
    transfer = entrusted(world)
    officer, provider = world.people.officer, world.people.providers[0]
    base, seen = f"/transfers/{transfer.id}", {}

    def read(who: Any, *paths: str) -> None:
        client = signed_in(world, who)
        for path in paths:
            seen[path, len(seen)] = words(get(client, path))

    read(officer, base, f"{base}/plan", f"{base}/opener/appoint")
    draft = world.announcement_drafted(world.keyed(transfer))
    read(officer, base, f"{base}/documents/assemble")
    world.assemble(draft)
    read(officer, base, f"{base}/documents/complete", f"{base}/announcement/publish", "/workbench")
    world.do(publish_announcement, draft, by=officer)
    announcement = draft
    assert announcement.publication is not None
    call = f"/announcements/{announcement.publication.reference}"
    read(
        provider,
        call,
        f"{call}/opening",
        f"/announcements/{announcement.id}/bid",
        f"/announcements/{announcement.id}/ask",
    )
    assert WAY in seen[call, len(seen) - 4]
    assert any(WAY in text for (path, _), text in seen.items() if path == base)
    text = text_of_notice(announcement, "https://example.org/announcements/1")
    assert not OF_A_PURCHASE.search(text)
    assert f"择优方式：{WAY}" in text
    for bidder, price in zip(world.people.providers[:2], ("1200000", "1100000"), strict=True):
        world.submit(announcement, bidder, price)
    competition = world.opened(announcement)
    read(officer, base, f"{base}/competition/qualify")
    world.qualified(competition)
    read(officer, f"{base}/competition/panel")
    for stage in (world.drawn, world.scored, world.reviewed):
        stage(competition)
        read(officer, base, f"{base}/competition")
    world.awarded(competition)
    award = award_of_transfer(transfer)
    assert award is not None
    assert award.publication is not None
    bid = bid_of(announcement, provider.organisation_id)
    assert bid is not None
    read(
        provider,
        f"/announcements/{award.publication.reference}",
        f"/bids/{bid.receipt}",
        f"{call}/opening",
        "/workbench",
    )
    found = {path: hit.group() for (path, _), text in seen.items() if (hit := OF_A_PURCHASE.search(text))}
    assert found == {}
    told = [notice_text(row) for row in db.session.query(Notice)]
    assert len(told) > 5
    assert [text for text in told if OF_A_PURCHASE.search(str(text))] == []


def test_a_purchase_keeps_its_words(world: Any) -> None:
    announcement = world.announced()
    page = words(get(world.app.test_client(), f"/announcements/{announcement.publication.reference}"))
    assert "采购方式 竞争性磋商" in page
    assert "采购人" in page
    assert "采购文件" in page
    text = text_of_notice(announcement, "https://example.org/announcements/1")
    assert "采购方式：竞争性磋商" in text
    assert "第二十二条" in text
