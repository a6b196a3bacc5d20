"""The receipt of a bid or a final offer: its number, its instant, the hash of its envelope; nothing of what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procurement.documents.blocks import Block, Column, Document, Paragraph, Row, Table, Title
from procurement.documents.facts import Facts
from procurement.documents.fonts import FontPaths
from procurement.documents.press import print_document
from procurement.documents.words import long_moment, size_text
from procurement.foundation.clock import LOCAL
from procurement.steps.competition.models.bids import Bid
from procurement.steps.competition.models.talks import FinalOffer, OfferStatus


@dataclass(frozen=True, slots=True)
class ReceiptFacts(Facts):
    """What a receipt says, already in the words it will be printed in."""

    number: str
    """7K2MN-Q4RTX: random, it tells nothing of other bids."""
    status: str
    bidder: str
    submitted_by: str
    submitted: str
    """2025年9月22日 9时30分12秒, the server's time."""
    transfer_number: str
    title: str
    closes: str
    files: str
    """2份，一共3.1 MB; empty for a bid of the earlier suite."""
    sha256: str
    fate: str
    """What has become of it, where it was withdrawn or replaced."""
    verify: str
    """where anybody can look for the envelope in its public list"""
    name: str = "投标回执"
    english: str = "Receipt of a sealed bid"
    changes: str = ""
    """第1、2号: the notices of change that were in force when a final offer was made"""

    @classmethod
    def of(cls, bid: Bid, size: int, count: int, *, verify: str, successor: Bid | None = None) -> ReceiptFacts:
        """The receipt of a bid with `count` files of `size` bytes together; `successor` is what replaced it."""
        announcement = bid.announcement
        withdrawn = bid.withdrawn_at
        return cls(
            number=bid.receipt,
            status="已被更换" if successor is not None else bid.status.label,
            bidder=bid.organisation.name,
            submitted_by=bid.submitted_by.name,
            submitted=f"{long_moment(bid.submitted_at)}{bid.submitted_at.astimezone(LOCAL).second}秒（服务器时间，东八区）",
            transfer_number=announcement.transfer.number,
            title=announcement.transfer.title,
            closes=long_moment(announcement.closes_at),
            files=f"{count} 份，一共 {size_text(size)}" if count else "",
            sha256=bid.envelope_sha256,
            fate=_fate(withdrawn, successor) if withdrawn else "",
            verify=verify,
        )

    @classmethod
    def of_offer(
        cls, offer: FinalOffer, size: int, count: int, *, verify: str, changes: Sequence[int] = ()
    ) -> ReceiptFacts:
        """The receipt of a final offer with `count` files of `size` bytes together, made under these notices of change."""
        transfer, at = offer.transfer, offer.submitted_at
        is_replaced = offer.status is OfferStatus.REPLACED
        return cls(
            number=offer.receipt,
            status=offer.status.label,
            bidder=offer.bid.organisation.name,
            submitted_by=offer.submitted_by.name,
            submitted=f"{long_moment(at)}{at.astimezone(LOCAL).second}秒（服务器时间，东八区）",
            transfer_number=transfer.number,
            title=transfer.title,
            closes=long_moment(offer.call.closes_at),
            files=f"{count} 份，一共 {size_text(size)}" if count else "0 份",
            sha256=offer.envelope_sha256,
            fate="这份最后报价已被更换，密钥已经删除，谁也不能打开。" if is_replaced else "",
            verify=verify,
            name="最后报价回执",
            english="Receipt of a sealed final offer",
            changes=f"第{'、'.join(map(str, changes))}号" if changes else "",
        )


def _fate(withdrawn: datetime, successor: Bid | None) -> str:
    gone = "密钥已经删除，谁也不能打开。"
    if successor is not None:
        return f"这份投标已于{long_moment(withdrawn)}被更换，更换后的回执是{successor.receipt}；{gone}"
    return f"这份投标已于{long_moment(withdrawn)}撤回，{gone}"


def print_receipt(facts: ReceiptFacts, fonts: FontPaths, *, demonstration: bool, made_at: datetime) -> bytes:
    """The receipt as a PDF; the same facts and instant give the same bytes.

    Raises:
        UnprintableCharacter: no configured face has a character of it.
    """
    return print_document(
        Document(
            title=facts.name,
            subject=f"回执编号 {facts.number}",
            author="接力",
            running=f"{facts.name}　{facts.number}",
            blocks=receipt_blocks(facts),
            fonts=fonts,
            made_at=made_at,
            demonstration=demonstration,
        )
    )


def receipt_blocks(facts: ReceiptFacts) -> tuple[Block, ...]:
    """The receipt in the order it is read, each name with its English."""
    half = len(facts.sha256) // 2
    inside = "报价、响应" if facts.english.endswith("offer") else "报价、人员、声明"
    rows = [
        ("投标人\nBidder", facts.bidder),
        ("提交人\nSubmitted by", facts.submitted_by),
        ("提交时间\nReceived", facts.submitted),
        ("事项\nMatter", f"{facts.title}（{facts.transfer_number}）"),
        ("截止时间\nDeadline", facts.closes),
        ("文件\nFiles", facts.files),
        ("变动通知\nNotices of change", facts.changes),
        ("状态\nStatus", facts.status),
        ("信封校验值\nSHA-256", f"{facts.sha256[:half]}\n{facts.sha256[half:]}"),
        ("核对\nVerify", f"开启以后公布校验值，与本回执相同就没有被换过\n{facts.verify}"),
    ]
    blocks: list[Block] = [
        Title(facts.name, below=facts.number),
        Table(
            (Column("", 28), Column("", 84)),
            tuple(Row(row) for row in rows if row[1]),
            title=facts.english,
            labels=1,
            whole=True,
        ),
        Paragraph(f"信封校验值约束{inside}和文件的每一段。"),
    ]
    if facts.fate:
        blocks.append(Paragraph(facts.fate))
    return tuple(blocks)
