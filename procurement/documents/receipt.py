"""The receipt of a bid or a final offer: its number, its instant, the hash of its envelope; nothing of what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procurement.documents.blocks import Block, Column, Document, Gap, Paragraph, Row, Table, Title
from procurement.documents.facts import Facts
from procurement.documents.fonts import FontPaths
from procurement.documents.press import print_document
from procurement.documents.words import long_moment
from procurement.foundation.clock import LOCAL
from procurement.steps.competition.models.bids import Bid
from procurement.steps.competition.models.talks import FinalOffer, OfferStatus

_MEGABYTE = 1 << 20


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
    name: str = "投标回执"

    @classmethod
    def of(cls, bid: Bid, size: int, count: int) -> ReceiptFacts:
        """The receipt of a bid with `count` files of `size` bytes together."""
        announcement = bid.announcement
        withdrawn = bid.withdrawn_at
        return cls(
            number=bid.receipt,
            status=bid.status.label,
            bidder=bid.organisation.name,
            submitted_by=bid.submitted_by.name,
            submitted=f"{long_moment(bid.submitted_at)}{bid.submitted_at.astimezone(LOCAL).second}秒（服务器时间，东八区）",
            transfer_number=announcement.transfer.number,
            title=announcement.transfer.title,
            closes=long_moment(announcement.closes_at),
            files=f"{count}份，一共{size / _MEGABYTE:.2f} MB" if count else "",
            sha256=bid.envelope_sha256,
            fate=f"这份投标已于{long_moment(withdrawn)}撤回或者更换，密钥已经删除，谁也不能打开。" if withdrawn else "",
        )

    @classmethod
    def of_offer(cls, offer: FinalOffer, size: int, count: int) -> ReceiptFacts:
        """The receipt of a final offer with `count` files of `size` bytes together."""
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
            files=f"{count}份，一共{size / _MEGABYTE:.2f} MB" if count else "",
            sha256=offer.envelope_sha256,
            fate="这份最后报价已被更换，密钥已经删除，谁也不能打开。" if is_replaced else "",
            name="最后报价回执",
        )


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
    rows = [
        ("投标人\nBidder", facts.bidder),
        ("提交人\nSubmitted by", facts.submitted_by),
        ("提交时间\nReceived", facts.submitted),
        ("事项\nMatter", f"{facts.title}（{facts.transfer_number}）"),
        ("截止时间\nDeadline", facts.closes),
        ("投标文件\nFiles", facts.files),
        ("状态\nStatus", facts.status),
        ("信封校验值\nSHA-256", f"{facts.sha256[:half]}\n{facts.sha256[half:]}"),
    ]
    blocks: list[Block] = [
        Title(facts.name, below=facts.number),
        Gap(),
        Table(
            (Column("", 28), Column("", 84)),
            tuple(Row(row) for row in rows if row[1]),
            title="Receipt of a sealed bid",
            labels=1,
            whole=True,
        ),
        Paragraph(
            "信封校验值是整个信封的 SHA-256：报价、人员、声明和每一份文件的每一段都由它约束。开启记录公布每个信封的校验值，"
            "与本回执相同，即说明信封从提交到开启没有被换过。"
        ),
    ]
    if facts.fate:
        blocks.append(Paragraph(facts.fate))
    return tuple(blocks)
