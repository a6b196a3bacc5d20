"""The supplement says what is added, what it comes to, and that nothing else changes."""

from __future__ import annotations

from dataclasses import fields, replace

from procurement.documents.agreement import TRANSFER
from procurement.documents.blocks import Paragraph
from procurement.documents.fonts import FontPaths
from procurement.documents.supplement import SupplementFacts, print_supplement, supplement_blocks
from tests.documents.reading import bare, body_of
from tests.documents.samples import AGREEMENT, MADE_AT
from tests.documents.test_agreement import words_of

SUPPLEMENT = SupplementFacts(
    number="龙转补〔2026〕2号",
    title="城市管家服务政府购买服务合同补充协议",
    place="第2份",
    party_a=AGREEMENT.party_a,
    party_b=AGREEMENT.party_b,
    agreement_number=AGREEMENT.number,
    agreement_title=AGREEMENT.title,
    agreement_signed_on="2026年3月20日",
    reason="新建成的江滨二期移交社区管理，原定的6个社区不包括它。",
    content="在江滨二期公共区域增加巡查，每日不少于4次。",
    amount="人民币陆万零伍佰元整（¥60,500.00）",
    price=AGREEMENT.price,
    added_before="人民币贰万元整（¥20,000.00）",
    added_in_all="人民币捌万零伍佰元整（¥80,500.00）",
    ceiling="人民币壹拾贰万捌仟元整（¥128,000.00）",
    percent="10%",
    whole_price="人民币壹佰叁拾陆万零伍佰元整（¥1,360,500.00）",
    milestone="江滨二期期末验收",
    condition="按约定的标准验收合格",
    due="2027年3月31日",
    term=AGREEMENT.term,
    confirmations=AGREEMENT.confirmations,
    signed_on="2026年9月1日",
    verification="本文件由接力系统生成，文件编号为龙转补〔2026〕2号。",
)


def test_every_fact_stands_in_the_supplement_with_what_the_law_asks_for(fonts: FontPaths) -> None:
    whole = body_of(print_supplement(SUPPLEMENT, fonts, demonstration=False, made_at=MADE_AT))
    asked = (
        "《中华人民共和国政府采购法》第四十九条", "与原合同标的相同", "合计不得超过原合同价款的10%", "以大写为准",
        "其他条款不变", "依法将本补充协议公告",
    )  # fmt: skip
    said = [words_of(getattr(SUPPLEMENT, each.name)) for each in fields(SUPPLEMENT) if each.name != "wording"]
    assert [text for text in (*(text for texts in said for text in texts), *asked) if bare(text) not in whole] == []


def test_procurement_law_is_cited_for_a_purchase_only() -> None:
    transfer = replace(SUPPLEMENT, wording=TRANSFER)
    texts = [block.text for block in supplement_blocks(transfer) if isinstance(block, Paragraph)]
    assert not [text for text in texts if "采购" in text]
    assert "根据原合同关于变更的约定" in texts[0]
