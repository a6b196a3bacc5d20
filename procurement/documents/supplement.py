"""The supplement to an agreement: its facts, its clauses, its layout.

It says what is added and nothing else: 政府采购法第四十九条 lets more of the same be bought as long as no other term of the
contract changes, and the city holds itself to the same where nothing is bought.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procurement.documents.agreement import (
    PURCHASE,
    Confirmation,
    Party,
    Wording,
    chinese_number,
    full_stop,
    parties,
    signatures,
)
from procurement.documents.blocks import Block, Column, Document, Gap, Heading, Paragraph, Row, Table, Title
from procurement.documents.facts import Facts
from procurement.documents.fonts import FontPaths
from procurement.documents.press import print_document
from procurement.documents.words import in_both, long_day
from procurement.foundation.clock import local_day
from procurement.registers.people import User
from procurement.statute import limits
from procurement.steps.agreement.models import Supplement
from procurement.steps.agreement.operations import ADDED_CONDITION
from procurement.steps.agreement.rules import most_of_supplements


@dataclass(frozen=True, slots=True)
class SupplementFacts(Facts):
    """What a supplement says, already in the words it will be printed in."""

    number: str
    """龙转补〔2026〕1号"""
    title: str
    """城市管家服务政府购买服务合同补充协议"""
    place: str
    """第1份: which of the agreement's supplements it is."""
    party_a: Party
    party_b: Party
    agreement_number: str
    agreement_title: str
    agreement_signed_on: str
    reason: str
    content: str
    amount: str
    """人民币壹万元整（¥10,000.00）"""
    price: str
    """The price of the agreement, without any supplement."""
    added_before: str
    added_in_all: str
    ceiling: str
    """人民币壹万贰仟元整（¥12,000.00）: the most that supplements may add."""
    percent: str
    """10%"""
    whole_price: str
    milestone: str
    condition: str
    due: str
    """2026年6月30日"""
    term: str
    """自2026年4月1日起至2027年3月31日止: it stays as it was."""
    confirmations: tuple[Confirmation, ...]
    signed_on: str
    verification: str
    wording: Wording = PURCHASE

    @classmethod
    def of(cls, supplement: Supplement, *, concluded_by: User, at: datetime) -> SupplementFacts:
        """The supplement as it reads once `concluded_by` signs for the purchaser `at`."""
        agreement, transfer, day = supplement.agreement, supplement.transfer, local_day(at)
        assert agreement.concluded_at is not None
        before, wording = agreement.added, Wording.of(transfer)
        return cls(
            number=supplement.number,
            title=f"{transfer.title}{wording.kind}补充协议",
            place=f"第{supplement.position}份",
            party_a=Party.purchaser_of(transfer, concluded_by),
            party_b=Party.provider_of(agreement),
            agreement_number=agreement.number,
            agreement_title=f"{transfer.title}{wording.kind}",
            agreement_signed_on=long_day(local_day(agreement.concluded_at)),
            reason=full_stop(supplement.reason),
            content=full_stop(supplement.content),
            amount=in_both(supplement.amount),
            price=in_both(agreement.price),
            added_before=in_both(before),
            added_in_all=in_both(before + supplement.amount),
            ceiling=in_both(most_of_supplements(agreement, day)),
            percent=f"{limits.SUPPLEMENTS_MOST.of(transfer).on(day).amount}%",
            whole_price=in_both(agreement.price + before + supplement.amount),
            milestone=supplement.milestone,
            condition=ADDED_CONDITION,
            due=long_day(supplement.due_on),
            term=f"自{long_day(agreement.starts_on)}起至{long_day(agreement.ends_on)}止",
            confirmations=Confirmation.of_both(supplement, agreement, concluded_by=concluded_by, at=at),
            signed_on=long_day(day),
            verification=f"本文件由接力系统生成，文件编号为{supplement.number}，补充的合同为{agreement.number}。"
            "本补充协议随签订公告，可以在门户的合同变更公告里核对本文件的 SHA-256 校验值。",
            wording=wording,
        )


def print_supplement(facts: SupplementFacts, fonts: FontPaths, *, demonstration: bool, made_at: datetime) -> bytes:
    """The supplement as a PDF; the same facts and instant give the same bytes.

    Raises:
        UnprintableCharacter: no configured face has a character of it.
    """
    return print_document(
        Document(
            title=facts.title,
            subject=f"补充协议编号 {facts.number}",
            author=facts.party_a.name,
            running=f"{facts.title}　{facts.number}",
            blocks=supplement_blocks(facts),
            fonts=fonts,
            made_at=made_at,
            demonstration=demonstration,
        )
    )


def supplement_blocks(facts: SupplementFacts) -> tuple[Block, ...]:
    """The supplement in the order it is read."""
    blocks: list[Block] = [
        Title(facts.title, below=facts.number),
        Gap(),
        *parties(facts.party_a, facts.party_b, facts.wording),
        Paragraph(
            f"甲、乙双方于{facts.agreement_signed_on}签订《{facts.agreement_title}》（{facts.agreement_number}，以下称原合同）。"
            f"原合同履行中，甲方需要追加与原合同标的相同的服务。根据{_basis(facts)}，"
            f"双方协商一致，签订原合同的{facts.place}补充协议。"
        ),
    ]
    for place, (heading, paragraphs) in enumerate(_clauses(facts), start=1):
        blocks.append(Heading(f"第{chinese_number(place)}条　{heading}"))
        blocks += [Paragraph(f"{place}.{number}　{text}") for number, text in enumerate(paragraphs, start=1)]
        if heading == _MONEY:
            blocks.append(_sums(facts))
    return (*blocks, *signatures(facts.confirmations, facts.signed_on, facts.verification))


def _basis(facts: SupplementFacts) -> str:
    """What lets the parties add: procurement law binds a purchase, the agreement itself every transfer."""
    agreed = "原合同关于变更的约定"
    return f"《中华人民共和国政府采购法》第四十九条和{agreed}" if facts.wording is PURCHASE else agreed


_MONEY = "追加金额"


def _clauses(facts: SupplementFacts) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("追加的原因", (facts.reason,)),
        ("追加的内容", (facts.content, "追加的服务与原合同标的相同，质量要求和服务标准按原合同执行。")),
        (
            _MONEY,
            (
                f"追加金额为{facts.amount}。大写与小写不一致的，以大写为准。",
                f"原合同所有补充协议的金额合计不得超过原合同价款的{facts.percent}，即{facts.ceiling}。各项金额见下表。",
            ),
        ),
        (
            "节点、验收和支付",
            (
                f"追加部分作为一个节点履行：{facts.milestone}，{facts.due}到期。",
                f"付款条件：{facts.condition}。验收和支付的程序、期限按原合同执行，验收合格后一次付清追加金额。",
            ),
        ),
        (
            "其他条款不变",
            (
                f"原合同的履行期限（{facts.term}）和其他条款不变，对追加部分同样适用。",
                "本补充协议是原合同的组成部分，与原合同具有同等效力。",
            ),
        ),
        (
            "生效与公开",
            (
                "双方的代表以各自的实名账户登录本系统，对本补充协议全文分别作出确认，自双方均作出确认时成立并生效。",
                "甲方依法将本补充协议公告；涉及国家秘密、商业秘密和个人隐私的内容除外。",
            ),
        ),
    )


def _sums(facts: SupplementFacts) -> Table:
    rows = (
        ("原合同价款", facts.price),
        ("此前补充协议合计", facts.added_before),
        ("本次追加", facts.amount),
        ("补充协议合计", facts.added_in_all),
        ("追加后合同总额", facts.whole_price),
    )
    return Table(
        (Column("", 34), Column("", 78)),
        tuple(Row((label, text)) for label, text in rows),
        title="金额表",
        labels=1,
        whole=True,
    )
