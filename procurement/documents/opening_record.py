"""The record of an opening: what lay in the box, what came out of it, what was said to it, and how anybody checks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procurement.documents.blocks import Block, Column, Document, Gap, Heading, Paragraph, Placed, Row, Table, Title
from procurement.documents.facts import Facts
from procurement.documents.fonts import FontPaths
from procurement.documents.press import print_document
from procurement.documents.words import in_both, long_day, long_moment
from procurement.foundation.clock import local_day
from procurement.registers.access import HOLDERS, Appointed
from procurement.registers.people import User
from procurement.statute.modes import words_of
from procurement.steps.competition.commitments import entries_in
from procurement.steps.competition.models.bids import Bid
from procurement.steps.competition.models.opening import Adjournment, Commitment
from procurement.steps.competition.models.remarks import OpeningRemark, RemarkKind
from procurement.steps.competition.models.review import Competition
from procurement.transfers import methods


@dataclass(frozen=True, slots=True)
class BidLine:
    """One bid: who, when it came, what became of its envelope, its price in both writings, what its bidder says to it."""

    bidder: str
    arrived: str
    receipt: str
    sha256: str
    state: str
    price: str
    term: str
    security: str
    declaration: str
    said: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """An objection to the opening, and how it was dealt with."""

    bidder: str
    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class OpeningRecordFacts(Facts):
    """What the record says, already in the words it will be printed in; the fields of 87号令 Art. 42 (domain 4.2)."""

    number: str
    """龙转〔2025〕12号"""
    title: str
    edition: int
    """1 at the opening, 2 with what the bidders said to it"""
    purchaser: str
    announcement: str
    """the public number of the call"""
    closed: str
    opened: str
    place: str
    host: str
    reader: str
    recorder: str
    witness: str
    """the second of the two holders who opened"""
    adjournments: tuple[str, ...]
    bids: tuple[BidLine, ...]
    doubts: tuple[Doubt, ...]
    remarks: str
    """until when bidders could speak, and that silence is acceptance"""
    commitment: str
    committed: str
    nonce: str
    envelopes: tuple[tuple[str, str], ...]
    """hash and mark, in the order of the list"""
    signed: tuple[str, ...]
    printed_on: str
    verification: str
    giver: str = "采购人"
    """what whoever gives the matter away is called: 采购人, of other modes 转出部门"""

    @classmethod
    def of(
        cls,
        competition: Competition,
        bids: Sequence[Bid],
        commitment: Commitment,
        *,
        adjournments: Sequence[Adjournment] = (),
        remarks: Sequence[OpeningRemark] = (),
        until: datetime,
        edition: int,
        at: datetime,
    ) -> OpeningRecordFacts:
        """The record of an opening as it reads `at`; `until` ends the time in which bidders confirm or object."""
        announcement, transfer = competition.announcement, competition.transfer
        host, second = competition.opened_by, competition.opened_with
        opened = long_moment(competition.opened_at)
        bound = methods.talks_of(transfer.plan.method, transfer)
        talks = bound.name if bound is not None and competition.has_talks else ""
        ordered = sorted(bids, key=lambda bid: (bid.submitted_at, bid.receipt))
        return cls(
            number=transfer.number,
            title=transfer.title,
            edition=edition,
            purchaser=f"龙港市{transfer.department.name}",
            giver=words_of(transfer).buyer,
            announcement=announcement.publication.reference if announcement.publication else "",
            closed=long_moment(announcement.closes_at),
            opened=opened,
            place="接力系统，网上开启，任何人可以在开启页面观看",
            host=f"{_with_body(host)}，{_part_of(competition, host)}",
            reader=f"接力系统（报价由系统从信封解密；{talks}期间不公开）"
            if talks
            else "接力系统（报价由系统从信封解密后直接公布）",
            recorder="接力系统（逐笔留痕）",
            witness=f"{_with_body(second)}，{_part_of(competition, second)}" if second is not None else "",
            adjournments=tuple(
                f"原定{long_moment(row.put_off)}，延到{long_moment(row.opens_at)}：{row.reason}" for row in adjournments
            ),
            bids=tuple(
                _line(bid, transfer.plan.term_months, remarks, is_final=edition > 1, talks=talks) for bid in ordered
            ),
            doubts=tuple(
                Doubt(row.bid.organisation.name, row.text, _answer(row))
                for row in remarks
                if row.kind is RemarkKind.OBJECTED
            ),
            remarks=f"投标人可以在{long_moment(until)}以前在开启页面确认或者提出异议；没有提出的，视为认可开启结果。",
            commitment=commitment.sha256,
            committed=long_moment(commitment.made_at),
            nonce=commitment.disclosed.split("\n")[3].removeprefix("nonce "),
            envelopes=tuple((row.sha256, row.mark.label) for row in entries_in(commitment.disclosed)),
            signed=(
                f"主持人、{_part_of(competition, host)}：{host.name}，{opened}以口令或者密语开启",
                *(
                    (f"{_part_of(competition, second)}：{second.name}，{opened}以口令或者密语开启",)
                    if second is not None
                    else ()
                ),
                *(
                    f"{row.bid.organisation.name}：{row.made_by.name}，{long_moment(row.made_at)}{row.kind.label}"
                    for row in remarks
                ),
            ),
            printed_on=long_day(local_day(at)),
            verification="签字以实名登录后的操作代替，系统逐笔留痕。信封清单按公开的格式写成文本，对它计算SHA-256，结果应与截止时公布的校验值相同；任何人可以在“核对回执”页面核对。",
        )


def _part_of(competition: Competition, person: User) -> str:
    """What this person held: any two of the three open, the custodian too."""
    held = [
        row.kind.label
        for row in competition.transfer.appointments
        if row.user_id == person.id and row.kind in HOLDERS and row.attempt == competition.announcement.attempt
    ]
    return held[-1] if held else Appointed.OPENER.label


def _with_body(person: User) -> str:
    return f"{person.name}（{person.body_name}）" if person.body_name else person.name


def _line(bid: Bid, term: int, remarks: Sequence[OpeningRemark], *, is_final: bool, talks: str) -> BidLine:
    # Before talks nobody is told of another's price.
    price = f"{talks}期间不公开" if talks else in_both(bid.price) if bid.price is not None else ""
    own = [row.kind.label for row in remarks if row.bid_id == bid.id]
    return BidLine(
        bidder=bid.organisation.name,
        arrived=long_moment(bid.submitted_at),
        receipt=bid.receipt,
        sha256=bid.envelope_sha256,
        state=f"密封，没有开启：{bid.broken_reason}" if bid.broken_reason else "密封完好，已解密",
        price=price,
        term=f"{term}个月",
        security=_security(bid),
        declaration="有（提交时声明是真实意思、近三年没有重大违法记录）",
        said="、".join(own) or ("没有提出，视为认可" if is_final else "等待确认"),
    )


def _security(bid: Bid) -> str:
    if bid.announcement.security.fen == 0:
        return "没有要求"
    if bid.security_form is None:
        return "没有记载"
    return f"{bid.security_form.label}，编号{bid.security_reference}"


def _answer(row: OpeningRemark) -> str:
    if row.answered_at is None or row.answered_by is None:
        return "等待答复"
    return f"{row.answer}（{row.answered_by.name}，{long_moment(row.answered_at)}）"


def print_record(facts: OpeningRecordFacts, fonts: FontPaths, *, demonstration: bool, made_at: datetime) -> bytes:
    """The record as a PDF; the same facts and instant give the same bytes.

    Raises:
        UnprintableCharacter: no configured face has a character of them.
    """
    return print_document(
        Document(
            title=f"{facts.title}开启记录",
            subject=f"编号 {facts.number}",
            author=facts.host,
            running=f"开启记录　{facts.number}",
            blocks=record_blocks(facts),
            fonts=fonts,
            made_at=made_at,
            demonstration=demonstration,
        )
    )


def record_blocks(facts: OpeningRecordFacts) -> tuple[Block, ...]:
    """The record in the order it is read."""
    edition = "开启时印制" if facts.edition == 1 else "确认和异议的时间届满后印制"
    return (
        Title(f"{facts.title}开启记录", below=f"{facts.number}　第{facts.edition}版（{edition}）"),
        Gap(),
        Heading("一、开启情况"),
        _form(
            (
                ("项目名称", facts.title),
                ("项目编号", facts.number),
                ("公告编号", facts.announcement),
                (facts.giver, facts.purchaser),
                ("投标截止", facts.closed),
                ("开启时间", facts.opened),
                ("地点", facts.place),
                ("主持人", facts.host),
                ("唱标人", facts.reader),
                ("记录人", facts.recorder),
                ("共同开启的持有人", facts.witness),
                ("延期", "\n".join(facts.adjournments)),
            )
        ),
        Heading("二、投标"),
        *(block for bid in facts.bids for block in _bid_blocks(bid)),
        Heading("三、疑义及处理"),
        *(_doubts(facts)),
        Paragraph(facts.remarks),
        Heading("四、投标清单"),
        _form((("清单校验值", facts.commitment), ("公布时间", facts.committed), ("随机数", facts.nonce))),
        *_list(facts),
        Heading("五、签字"),
        *(Paragraph(line) for line in facts.signed),
        Gap(),
        Placed(facts.printed_on),
        Gap(),
        Paragraph(facts.verification),
    )


def _form(rows: Sequence[tuple[str, str]], *, whole: bool = True) -> Table:
    return Table(
        (Column("", 24), Column("", 88)),
        tuple(Row((label, text or "无")) for label, text in rows),
        labels=1,
        whole=whole,
    )


def _bid_blocks(bid: BidLine) -> tuple[Block, ...]:
    return (
        Heading(bid.bidder, level=2),
        _form(
            (
                ("上传时间", bid.arrived),
                ("回执", bid.receipt),
                ("密封和解密", bid.state),
                ("投标报价", bid.price),
                ("服务期", bid.term),
                ("保证金", bid.security),
                ("声明函", bid.declaration),
                ("信封校验值", bid.sha256),
                ("确认或者异议", bid.said),
            ),
            # A bidder's name stays with what is said of it, which may run on to the next page.
            whole=False,
        ),
    )


def _doubts(facts: OpeningRecordFacts) -> tuple[Block, ...]:
    if not facts.doubts:
        return (Paragraph("没有投标人提出异议。"),)
    columns = (Column("投标人", 28), Column("异议", 42), Column("处理", 42))
    return (Table(columns, tuple(Row((row.bidder, row.text, row.answer)) for row in facts.doubts)),)


def _list(facts: OpeningRecordFacts) -> tuple[Block, ...]:
    if not facts.envelopes:
        return (Paragraph("截止时没有收到投标，清单是空的。"),)
    columns = (Column("信封校验值（SHA-256）", 88), Column("截止时", 24, "centre"))
    return (Table(columns, tuple(Row(row) for row in facts.envelopes), title="截止时承诺的全部信封"),)
