"""The report of an ex-ante evaluation: its facts, its sums, its layout by the usual outline (EX-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from procurement.documents.blocks import (
    Bar,
    Bars,
    Block,
    Column,
    Document,
    Gap,
    Heading,
    Paragraph,
    Placed,
    Row,
    Table,
    Title,
)
from procurement.documents.facts import Facts
from procurement.documents.fonts import FontPaths
from procurement.documents.press import print_document
from procurement.documents.words import in_both, long_day
from procurement.foundation.clock import local_day
from procurement.registers.people import User
from procurement.statute import limits
from procurement.transfers.ex_ante import ExAnteTerms, all_checks, ex_ante_number, points_of
from procurement.transfers.models import Conclusion, Plan


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check of the table: dimension, group, what is asked, points it could give, grade, points it gave, remark."""

    dimension: str
    group: str
    check: str
    most: int
    grade: str
    points: int
    remark: str


@dataclass(frozen=True, slots=True)
class FundingLine:
    """The money of one year: year, budget code, amount."""

    year: str
    code: str
    amount: str


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """A condition of the evaluation before, and how it was met."""

    text: str
    how: str


@dataclass(frozen=True, slots=True)
class ExAnteFacts(Facts):
    """What a report says, already in the words it will be printed in; an empty text is printed as 无。"""

    number: str
    title: str
    """城市管家服务事前绩效评估报告"""
    transfer_number: str
    department: str
    drafter: str
    evaluator: str
    evaluator_unit: str
    evaluated_on: str
    background: str
    public_opinion: str
    content: str
    quantity: str
    quality: str
    standards: str
    """The standards it follows, as they are cited."""
    term: str
    power: str
    goal: str
    indicators: str
    funds: str
    fundings: tuple[FundingLine, ...]
    object: str
    method: str
    process: str
    lines: tuple[CheckLine, ...]
    total: int
    conclusion: str
    reason: str
    """How the total leads to the conclusion."""
    opinion: str
    conditions: tuple[str, ...]
    advice: str
    earlier: tuple[ConditionLine, ...]
    """The conditions of the evaluation before, with how they were met."""
    other: str
    verification: str

    @classmethod
    def of(cls, plan: Plan, terms: ExAnteTerms, *, evaluator: User, at: datetime) -> ExAnteFacts:
        """The report as it reads once `evaluator` evaluates `plan` `at`."""
        day, transfer, before = local_day(at), plan.transfer, plan.evaluation
        number, conclusion = ex_ante_number(plan), terms.conclusion(day)
        supported, partly = limits.EX_ANTE_SUPPORTED.on(day).amount, limits.EX_ANTE_PARTLY.on(day).amount
        most = limits.EX_ANTE_EXCELLENT.on(day).amount
        return cls(
            number=number,
            title=f"{transfer.title}事前绩效评估报告",
            transfer_number=transfer.number,
            department=f"龙港市{transfer.department.name}",
            drafter=plan.drafted_by.name,
            evaluator=evaluator.name,
            evaluator_unit=evaluator.body_name or evaluator.employer,
            evaluated_on=long_day(day),
            background=plan.need,
            public_opinion=plan.public_opinion,
            content=plan.content,
            quantity=plan.quantity,
            quality=plan.quality,
            standards="；".join(row.cited for row in plan.standards),
            term=f"{plan.term_months}个月，采购方式为{plan.method.label}",
            power=f"{plan.power.code}　{plan.power.name}（{plan.power.legal_basis}）",
            goal=plan.goal,
            indicators="；".join(f"{row.name}：{row.target}（权重{row.weight}）" for row in plan.indicators) + "。",
            funds=f"预算{in_both(plan.budget)}，最高限价{in_both(plan.ceiling)}。",
            fundings=tuple(
                FundingLine(f"{row.year}年", row.code or "预算还没有编列", f"¥{row.amount.plain_with_commas}")
                for row in plan.fundings
            ),
            object="判断本事项该不该做、预算是否合理、目标和方案是否可行，作为申请预算和联席会议审议的依据。评估对象是本事项的方案和全部资金。",
            method=(
                f"按立项必要性、投入经济性、绩效目标合理性、实施方案可行性、筹资合规性五个维度评估，每个维度"
                f"{limits.EX_ANTE_DIMENSION.on(day).amount}分，分两组、四个检查点。每个检查点评为优、良、中、差，"
                f"分别得{limits.EX_ANTE_EXCELLENT.on(day).amount}、{limits.EX_ANTE_GOOD.on(day).amount}、"
                f"{limits.EX_ANTE_FAIR.on(day).amount}、{limits.EX_ANTE_POOR.on(day).amount}分，各维度得分和总分由系统相加。"
                f"满{supported}分的予以支持，满{partly}分不满{supported}分的部分支持，不满{partly}分的不予支持；"
                "部门职责或者资金来源的检查点评为差的，至多部分支持。"
            ),
            process=_process(plan, before is not None, day=long_day(day)),
            lines=tuple(
                CheckLine(
                    check.dimension.label,
                    check.group,
                    str(check.text),
                    most,
                    terms.marks[check.code].grade.label,
                    points_of(terms.marks[check.code].grade, day),
                    terms.marks[check.code].remark.strip(),
                )
                for check in all_checks()
            ),
            total=terms.total(day),
            conclusion=conclusion.label,
            reason=_reason(terms, conclusion, day_total=terms.total(day), capped=bool(terms.poor_decisive)),
            opinion=terms.opinion,
            conditions=terms.conditions,
            advice=terms.advice,
            earlier=tuple(ConditionLine(row.text, row.how) for row in before.conditions) if before else (),
            other=(
                "检查点里立项必要性的四项见于公开发布的事前绩效评估评分对照，其余由本系统按维度拟定；"
                "各级得分和分数线是通行做法，不是法律规定的数字。评估人没有起草本方案。"
            ),
            verification=f"本文件由接力系统生成，文件编号为{number}。评估记录保存本文件的 SHA-256 校验值，可以据以核对。",
        )


def _process(plan: Plan, again: bool, *, day: str) -> str:
    sent = long_day(local_day(plan.submitted_at)) if plan.submitted_at is not None else day
    seen = "，并核对上次评估所提条件的落实情况" if again else ""
    return f"承办部门于{sent}送交方案；评估人查阅方案、附件、权责依据、预算项目和负面清单筛查结果{seen}，逐项评级，于{day}形成本报告。"


def _reason(terms: ExAnteTerms, conclusion: Conclusion, *, day_total: int, capped: bool) -> str:
    cap = ""
    if capped and conclusion is Conclusion.PARTLY:
        names = "、".join(f"“{check.text}”" for check in terms.poor_decisive)
        cap = f"{names}评为差，至多部分支持。"
    return f"总分{day_total}分，{cap}结论为“{conclusion.label}”。{_FOLLOWS[conclusion]}"


_FOLLOWS = {
    Conclusion.SUPPORTED: "方案送联席会议审议。",
    Conclusion.PARTLY: "方案退回起草人，逐项落实下列条件后重新送交评估。",
    Conclusion.NOT_SUPPORTED: "方案退回起草人，不得申请预算；修改后可以重新送交评估。",
}


@dataclass(frozen=True, slots=True)
class DimensionSum:
    """The sum of one dimension: points it could give, points it gave."""

    dimension: str
    most: int
    points: int


def dimension_sums(lines: Sequence[CheckLine]) -> list[DimensionSum]:
    """The sums of the dimensions, in their order."""
    return [
        DimensionSum(name, sum(row.most for row in rows), sum(row.points for row in rows))
        for name, rows in ((name, list(group)) for name, group in groupby(lines, key=lambda row: row.dimension))
    ]


def print_ex_ante(facts: ExAnteFacts, fonts: FontPaths, *, demonstration: bool, made_at: datetime) -> bytes:
    """The report as a PDF; the same facts and instant give the same bytes.

    Raises:
        ValueError: the points do not add up to the total.
        UnprintableCharacter: no configured face has a character of it.
    """
    return print_document(
        Document(
            title=facts.title,
            subject=f"报告编号 {facts.number}",
            author=facts.evaluator_unit,
            running=f"{facts.title}　{facts.number}",
            blocks=ex_ante_blocks(facts),
            fonts=fonts,
            made_at=made_at,
            demonstration=demonstration,
        )
    )


def ex_ante_blocks(facts: ExAnteFacts) -> tuple[Block, ...]:
    """The report in the order it is read."""
    sums = dimension_sums(facts.lines)
    reached = sum(row.points for row in sums)
    if reached != facts.total:
        raise ValueError(f"the points add up to {reached}, not to {facts.total}")
    return (
        Title(facts.title, below=facts.number),
        Gap(),
        _overview(facts),
        Heading("一、评估对象基本情况"),
        *_section("（一）立项背景", (("需求", facts.background), ("征求公众意见", facts.public_opinion))),
        *_section(
            "（二）主要内容",
            (
                ("服务内容", facts.content),
                ("数量", facts.quantity),
                ("质量标准", facts.quality),
                ("执行的标准", facts.standards),
                ("期限和方式", facts.term),
                ("权责依据", facts.power),
            ),
        ),
        *_section("（三）绩效目标", (("总体目标", facts.goal), ("绩效指标", facts.indicators))),
        *_section("（四）资金构成", (("", facts.funds),)),
        _funding_table(facts),
        Heading("二、评估工作开展情况"),
        *_section("（一）评估目的及对象", (("", facts.object),)),
        *_section("（二）评估思路及方法", (("", facts.method),)),
        *_section("（三）评估程序", (("", facts.process),)),
        *_earlier(facts),
        Heading("三、综合评估情况与评估结论"),
        *_dimensions(facts, sums),
        Heading("（六）总体结论", level=2),
        Paragraph(facts.reason),
        Bars(
            tuple(
                Bar(row.dimension, f"{row.points} / {row.most}", row.points / row.most if row.most else 0.0)
                for row in sums
            )
        ),
        *map(Paragraph, facts.opinion.splitlines() or ["无。"]),
        Heading("四、相关建议"),
        *_advice(facts),
        Heading("五、其他需要说明的问题"),
        Paragraph(facts.other or "无。"),
        Gap(),
        Placed(f"评估人：{facts.evaluator}\n{facts.evaluator_unit}\n{facts.evaluated_on}"),
        Gap(),
        Paragraph(facts.verification),
        Heading("附件"),
        _score_table(facts, sums),
    )


def _overview(facts: ExAnteFacts) -> Table:
    rows = (
        ("事项编号", facts.transfer_number),
        ("承办部门", facts.department),
        ("方案起草人", facts.drafter),
        ("评估人", facts.evaluator),
        ("评估人单位", facts.evaluator_unit),
        ("评估日期", facts.evaluated_on),
        ("得分和结论", f"{facts.total}分　{facts.conclusion}"),
    )
    return Table(
        (Column("", 24), Column("", 88)),
        tuple(Row((label, text or "无")) for label, text in rows),
        labels=1,
        whole=True,
    )


def _section(heading: str, parts: Sequence[tuple[str, str]]) -> list[Block]:
    blocks: list[Block] = [Heading(heading, level=2)]
    for number, (name, text) in enumerate(parts, start=1):
        blocks.append(Paragraph(f"{number}．{name}。{text or '无。'}" if name else (text or "无。")))
    return blocks


def _funding_table(facts: ExAnteFacts) -> Table:
    columns = (Column("年度", 24, "centre"), Column("预算项目", 52), Column("金额", 36, "right"))
    rows = tuple(Row((row.year, row.code, row.amount)) for row in facts.fundings)
    return Table(columns, rows, title="资金构成表")


def _earlier(facts: ExAnteFacts) -> list[Block]:
    if not facts.earlier:
        return []
    columns = (Column("上次评估提出的条件", 50), Column("落实情况", 66))
    rows = tuple(Row((row.text, row.how)) for row in facts.earlier)
    return [Gap(), Table(columns, rows, title="上次评估所提条件的落实情况")]


def _dimensions(facts: ExAnteFacts, sums: Sequence[DimensionSum]) -> list[Block]:
    blocks: list[Block] = []
    for mark, each in zip("一二三四五", sums, strict=True):
        said = [
            f"{row.check}，评为{row.grade}：{row.remark.rstrip('。')}"
            for row in facts.lines
            if row.dimension == each.dimension and row.remark
        ]
        grades = "、".join(f"{row.grade}" for row in facts.lines if row.dimension == each.dimension)
        text = f"满分{each.most}分，得{each.points}分，四个检查点依次评为{grades}。" + (
            "；".join(said) + "。" if said else ""
        )
        blocks += _section(f"（{mark}）{each.dimension}", (("", text),))
    return blocks


def _advice(facts: ExAnteFacts) -> list[Block]:
    blocks: list[Block] = []
    if facts.conditions:
        blocks.append(Paragraph("重新送交评估以前，应当落实下列条件："))
        blocks += [Paragraph(f"{place}．{text}") for place, text in enumerate(facts.conditions, start=1)]
    blocks += map(Paragraph, facts.advice.splitlines())
    return blocks or [Paragraph("无。")]


def _score_table(facts: ExAnteFacts, sums: Sequence[DimensionSum]) -> Table:
    columns = (
        Column("维度", 15, "centre"),
        Column("分组", 15, "centre"),
        Column("检查点", 36),
        Column("分值", 10, "right"),
        Column("评级", 10, "centre"),
        Column("得分", 10, "right"),
        Column("说明", 24),
    )
    rows = []
    for each in sums:
        rows += [
            Row((row.dimension, row.group, row.check, str(row.most), row.grade, str(row.points), row.remark))
            for row in facts.lines
            if row.dimension == each.dimension
        ]
        rows.append(Row((each.dimension, "小计", "", str(each.most), "", str(each.points), ""), strong=True))
    most = sum(row.most for row in sums)
    rows.append(Row(("合计", "", "", str(most), "", str(facts.total), facts.conclusion), strong=True))
    return Table(columns, tuple(rows), title="事前绩效评估评分表", merge=2)
