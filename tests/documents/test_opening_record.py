"""The opening record says every fact: bids, doubts, the list that was committed to, who signed."""

from __future__ import annotations

from dataclasses import replace

from procurement.documents.fonts import FontPaths
from procurement.documents.opening_record import BidLine, Doubt, OpeningRecordFacts, print_record
from tests.documents.reading import bare, body_of, text_of
from tests.documents.samples import MADE_AT
from tests.documents.test_agreement import words_of

RECORD = OpeningRecordFacts(
    number="龙转〔2025〕12号", title="城市管家服务", edition=2, purchaser="龙港市综合行政执法局", announcement="ABCDE-FGHJK",
    closed="2025年10月9日 9时30分", opened="2025年10月9日 9时31分", place="网上", host="林海（综合行政执法局）", reader="系统",
    recorder="系统留痕", witness="周证（审计机关）", adjournments=("原定9时31分，延到10时：开启人因病不能到场",),
    bids=(
        BidLine("龙港䶮环境服务社", "2025年10月8日 8时00分", "QWERT-YUPAS", "ab" * 32, "密封完好，已解密",
                "人民币壹佰贰拾万元整（¥1,200,000.00）", "12个月", "没有要求", "有", "确认无误"),
        BidLine("龙港第二环境服务社", "2025年10月8日 9时00分", "ZXCVB-NMKJH", "cd" * 32, "密封，没有开启：信封损坏", "", "12个月",
                "没有要求", "有", "提出异议"),
    ),
    doubts=(Doubt("龙港第二环境服务社", "信封是完好提交的", "已核对存储，信封损坏"),), remarks="没有提出的，视为认可。",
    commitment="ef" * 32, committed="2025年10月9日 9时31分", nonce="5e" * 32,
    envelopes=(("ab" * 32, "封存待开"), ("cd" * 32, "封存待开"), ("01" * 32, "已撤回")),
    signed=("主持人、开启人：林海，以口令开启", "共同开启的持有人：周证，以密语开启",), printed_on="2025年10月9日", verification="任何人可以核对。",
)  # fmt: skip


def printed(fonts: FontPaths, facts: OpeningRecordFacts = RECORD) -> bytes:
    return print_record(facts, fonts, demonstration=False, made_at=MADE_AT)


def test_every_fact_stands_in_the_record(fonts: FontPaths) -> None:
    whole = body_of(printed(fonts))
    assert [text for text in words_of(RECORD) if bare(text) not in whole] == []


def test_a_record_without_doubts_or_bids_says_so(fonts: FontPaths) -> None:
    text = text_of(printed(fonts, replace(RECORD, doubts=(), bids=(), envelopes=())))
    assert "没有投标人提出异议" in text
    assert "清单是空的" in text


def test_equal_facts_give_equal_bytes(fonts: FontPaths) -> None:
    assert printed(fonts) == printed(fonts, replace(RECORD))
