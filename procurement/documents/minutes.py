"""The minutes of a joint conference: who was there, who stood aside, how everybody voted and why, what was resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procurement.documents.blocks import Block, Column, Document, Gap, Heading, Paragraph, Placed, Row, Table, Title
from procurement.documents.facts import Facts
from procurement.documents.fonts import FontPaths
from procurement.documents.press import print_document
from procurement.documents.words import in_both, long_day, long_moment
from procurement.foundation.clock import local_day
from procurement.registers.catalogue.drafting import comparison_of
from procurement.registers.catalogue.models import ReferenceEdition
from procurement.registers.directory.models import Listing
from procurement.registers.people import User
from procurement.transfers.conference.matters import effects_of, subjects_of
from procurement.transfers.conference.models import AgendaItem, Choice, Conference, ItemKind
from procurement.transfers.models import Plan, Transfer
from procurement.transfers.take_backs.models import TakeBack

_NUMERALS = "一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Ballot:
    """How one member voted: name, choice, reason; an empty reason is printed as nothing."""

    member: str
    choice: str
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its title, what it is about, who stood aside, the ballots, the count, the outcome and its words."""

    title: str
    about: tuple[tuple[str, str], ...]
    recusals: str
    ballots: tuple[Ballot, ...]
    count: str
    outcome: str
    number: str
    opinion: str


@dataclass(frozen=True, slots=True)
class MinutesFacts(Facts):
    """What the minutes say, already in the words they will be printed in."""

    number: str
    """龙联会〔2025〕3号"""
    title: str
    """职能转移联席会议"""
    held: str
    """2025年9月22日 9时30分"""
    opened: str
    closed: str
    place: str
    chair: str
    present: str
    absent: str
    quorum: str
    """受邀3位，法定人数2位，到会3位"""
    items: tuple[Item, ...]
    closed_by: str
    closed_on: str
    verification: str

    @classmethod
    def of(cls, conference: Conference, *, closed_by: User, at: datetime) -> MinutesFacts:
        """The minutes as they read once `closed_by` closes the meeting `at`."""
        present, members, subjects = conference.present, conference.members, subjects_of(conference.items)
        return cls(
            number=conference.number,
            title=conference.title,
            held=long_moment(conference.held_at),
            opened=long_moment(conference.opened_at) if conference.opened_at else "",
            closed=long_moment(at),
            place=conference.place,
            chair=_with_body(conference.chair),
            present="、".join(map(_with_body, present)),
            absent="、".join(_with_body(person) for person in members if person not in present),
            quorum=f"受邀{len(members)}位，法定人数{conference.quorum}位，到会{len(present)}位。",
            items=tuple(_item(item, subjects[item.id], at) for item in conference.items),
            closed_by=closed_by.name,
            closed_on=long_day(local_day(at)),
            verification=f"本文件由接力系统生成，文件编号为{conference.number}。表决和决议由各成员实名登录后作出，系统逐笔留痕。",
        )


def _with_body(person: User) -> str:
    return f"{person.name}（{person.body_name}）" if person.body_name else person.name


def _item(item: AgendaItem, subject: Any, at: datetime) -> Item:
    ballots = []
    for person in item.entitled:
        vote = item.vote_of(person)
        ballots.append(Ballot(person.name, vote.choice.label if vote else "没有表决", vote.reason if vote else ""))
    return Item(
        title=item.title,
        about=(("议题", item.kind.label), *_ABOUT[item.kind](subject), ("表决的意思", _meaning(item, subject, at))),
        recusals="；".join(
            f"{row.member.name}（{row.ground.label}{'：' + row.reason if row.reason else ''}）" for row in item.recusals
        ),
        ballots=tuple(ballots),
        count=f"有表决权{len(item.entitled)}位："
        + "、".join(f"{choice.label}{item.count(choice)}票" for choice in Choice)
        + f"，没有表决{len(item.awaited)}位。",
        outcome=item.outcome.label if item.outcome else "",
        number=item.resolution.number if item.resolution else "",
        opinion=item.opinion,
    )


def _meaning(item: AgendaItem, subject: Any, at: datetime) -> str:
    """What each outcome does to this subject, in the words that the members read when they voted."""
    return "\n".join(f"{outcome.label}：{said}" for outcome, said in effects_of(item, subject, at).items())


def _about_plan(plan: Plan) -> tuple[tuple[str, str], ...]:
    evaluation = plan.evaluation
    return (
        ("方案编号", plan.transfer.number),
        ("承办部门", f"龙港市{plan.transfer.department.name}"),
        ("起草人", plan.drafted_by.name),
        ("最高限价", in_both(plan.ceiling)),
        ("采购方式和期限", f"{plan.method.label}，{plan.term_months}个月"),
        ("事前绩效评估", f"{evaluation.total}分，{evaluation.conclusion.label}" if evaluation else ""),
    )


def _about_edition(edition: ReferenceEdition) -> tuple[tuple[str, str], ...]:
    counts = comparison_of(edition).counts
    told = (("新增", "added"), ("停用", "retired"), ("改名", "renamed"), ("移动", "moved"), ("改动内容", "amended"))
    return (
        ("清单", f"{edition.kind.label}第{edition.number}版"),
        ("修订理由", edition.reason),
        ("改动", "，".join(f"{name}{counts[key]}条" for name, key in told)),
        ("征求意见", edition.consultation),
        ("施行日期", long_day(edition.in_force_on) if edition.in_force_on else ""),
        ("起草人", edition.drafted_by.name if edition.drafted_by else ""),
    )


def _about_pause(transfer: Transfer) -> tuple[tuple[str, str], ...]:
    return (
        ("事项编号", transfer.number),
        ("承办部门", f"龙港市{transfer.department.name}"),
        ("暂停或终止理由", transfer.pause_reason or transfer.end_reason),
    )


def _about_listing(listing: Listing) -> tuple[tuple[str, str], ...]:
    day = local_day(listing.opined_at) if listing.opined_at is not None else None
    return (
        ("申请的组织", f"{listing.organisation.name}（{listing.organisation.credit_code}）"),
        ("申请承接", listing.kind),
        ("提供的服务", "、".join(f"{row.code}{row.name}" for row in listing.services)),
        (
            "列入的条件",
            "；".join(
                f"{row.kind.label}：{row.verdict.label if row.verdict else '等待认定'}" for row in listing.conditions
            ),
        ),
        ("主管单位意见", f"{listing.department.name}：{listing.opinion}{f'（{long_day(day)}）' if day else ''}"),
    )


def _about_take_back(take_back: TakeBack) -> tuple[tuple[str, str], ...]:
    transfer = take_back.transfer
    return (
        ("事项编号", transfer.number),
        ("承办部门", f"龙港市{transfer.department.name}"),
        ("承接方", transfer.provider.name if transfer.provider is not None else ""),
        ("收回的理由", take_back.reason),
        ("依据", take_back.basis),
        ("接续安排", take_back.arrangements),
        ("交回", f"数据：{take_back.data}\n资产：{take_back.assets}\n在办事件：{take_back.cases}"),
        ("承接方的意见", take_back.answer or "没有陈述"),
        ("提议人", take_back.proposed_by.name),
    )


# What the minutes tell of a subject, kind by kind.
_ABOUT: dict[ItemKind, Callable[[Any], tuple[tuple[str, str], ...]]] = {
    ItemKind.PLAN: _about_plan,
    ItemKind.EDITION: _about_edition,
    ItemKind.PAUSE: _about_pause,
    ItemKind.LISTING: _about_listing,
    ItemKind.TAKE_BACK: _about_take_back,
}


def print_minutes(facts: MinutesFacts, fonts: FontPaths, *, demonstration: bool, made_at: datetime) -> bytes:
    """The minutes as a PDF; the same facts and instant give the same bytes.

    Raises:
        UnprintableCharacter: no configured face has a character of them.
    """
    return print_document(
        Document(
            title=f"{facts.title}会议记录",
            subject=f"会议编号 {facts.number}",
            author=facts.chair,
            running=f"{facts.title}会议记录　{facts.number}",
            blocks=minutes_blocks(facts),
            fonts=fonts,
            made_at=made_at,
            demonstration=demonstration,
        )
    )


def minutes_blocks(facts: MinutesFacts) -> tuple[Block, ...]:
    """The minutes in the order they are read."""
    agenda = [block for place, item in enumerate(facts.items) for block in _item_blocks(place, item)]
    return (
        Title(f"{facts.title}会议记录", below=facts.number),
        Gap(),
        Heading("一、会议情况"),
        _form(
            (
                ("会议时间", facts.held),
                ("开会", facts.opened),
                ("闭会", facts.closed),
                ("地点", facts.place),
                ("主持人", facts.chair),
                ("到会", facts.present),
                ("缺席", facts.absent),
                ("法定人数", facts.quorum),
            )
        ),
        Heading("二、议定事项"),
        *agenda,
        Gap(),
        Placed(f"主持人：{facts.closed_by}\n{facts.closed_on}"),
        Gap(),
        Paragraph(facts.verification),
    )


def _form(rows: tuple[tuple[str, str], ...]) -> Table:
    return Table(
        (Column("", 24), Column("", 88)),
        tuple(Row((label, text or "无")) for label, text in rows),
        labels=1,
        whole=True,
    )


def _item_blocks(place: int, item: Item) -> list[Block]:
    mark = _NUMERALS[place] if place < len(_NUMERALS) else str(place + 1)
    ballots: list[Block] = []
    if item.ballots:
        columns = (Column("成员", 24, "centre"), Column("表决", 20, "centre"), Column("理由", 68))
        rows = tuple(Row((row.member, row.choice, row.reason)) for row in item.ballots)
        ballots = [Table(columns, rows, title="表决情况")]
    resolved = f"决议{item.number}：{item.outcome}。" if item.number else f"{item.outcome}。"
    return [
        Heading(f"（{mark}）{item.title}", level=2),
        _form((*item.about, ("回避", item.recusals))),
        *ballots,
        Paragraph(item.count),
        Paragraph(f"{resolved}{item.opinion}"),
    ]
