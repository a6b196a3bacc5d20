"""Receipts: what they are of, in the page's own words; what became of a bid; where anybody checks them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procurement.documents.blocks import Paragraph, Table
from procurement.documents.receipt import ReceiptFacts, receipt_blocks
from procurement.documents.words import cited, size_text
from procurement.foundation.errors import HOUSE, Article
from procurement.steps.competition.models.bids import successor_of
from procurement.steps.competition.talks import operations as talks
from tests.factories import World

pytestmark = pytest.mark.sqlite_only
VERIFY = "https://jieli.example.org/verify"


def said(facts: ReceiptFacts) -> str:
    """Every word of a receipt."""
    texts = []
    for block in receipt_blocks(facts):
        if isinstance(block, Table):
            texts += [block.title, *(cell for row in block.rows for cell in row.cells)]
        elif isinstance(block, Paragraph):
            texts.append(block.text)
    return "\n".join(texts)


def test_a_receipt_of_a_bid_counts_as_its_page_and_says_where_it_is_checked(world: World) -> None:
    announcement, provider = world.announced(), world.people.providers[0]
    first = world.submit(announcement, provider, "1200000")
    facts = ReceiptFacts.of(first, 999, 1, verify=VERIFY)
    assert facts.files == "1 份，一共 1 KB"
    assert "Receipt of a sealed bid" in said(facts)
    assert f"相同就没有被换过\n{VERIFY}" in said(facts)
    world.go_to(world.now + timedelta(minutes=1))
    second = world.submit(announcement, provider, "1100000")
    replaced = ReceiptFacts.of(first, 999, 1, verify=VERIFY, successor=successor_of(first))
    assert replaced.status == "已被更换"
    assert second.receipt in said(replaced)
    assert "撤回" not in replaced.fate


def test_a_receipt_of_a_final_offer_says_what_it_is_and_under_which_changes(world: World) -> None:
    competition = world.drawn()
    world.meet(competition)
    world.change_terms(competition)
    world.invited(competition)
    offer = world.offer(talks.bids_in(competition)[0], response="照办。")
    text = said(ReceiptFacts.of_offer(offer, 0, 0, verify=VERIFY, changes=(1,)))
    for part in ("Receipt of a sealed final offer", "0 份", "第1号", VERIFY, "报价、响应和文件的每一段"):
        assert part in text
    assert "人员、声明" not in text


def test_a_paper_says_sizes_like_a_page_and_calls_practice_practice() -> None:
    assert [size_text(size) for size in (1, 2048, 3 << 20)] == ["1 KB", "2 KB", "3.0 MB"]
    assert cited(Article("政府采购法", "第三十五条")) == "《政府采购法》第三十五条"
    assert cited(Article("政府采购法", "第三十八条", "unverified")) == "《政府采购法》第三十八条"
    for article in (Article(HOUSE), Article("龙港市推进政府职能社会化转移工作方案（文本未见）", "", "practice")):
        assert cited(article) == "本市的做法"
