"""The report of an expenditure evaluation: its facts, its sums, its layout by the outline of 财预〔2020〕10号."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
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
from procurement.foundation.money import Money, total
from procurement.registers.indicators import Grade, Part, expenditure_frame, grade_of
from procurement.registers.people import User
from procurement.steps.agreement.models import Agreement, SupplementStatus
from procurement.steps.performance.models import DeliveryStatus
from procurement.steps.supervision.models import SupervisionDesk
from procurement.steps.supervision.operations import EvaluationTerms, evaluation_number
from procurement.transfers.models import Transfer


@dataclass(frozen=True, slots=True)
class Score:
    """One indicator: its three levels (决策, 项目立项, 立项依据充分性), its points, what it scored, why."""

    part: str
    group: str
    indicator: str
    points: str
    score: str
    remark: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the evaluation rests on: its kind (监督检查, 履行节点, 资金支付), what, when, with what result."""

    kind: str
    name: str
    day: str
    result: str


@dataclass(frozen=True, slots=True)
class EvaluationFacts(Facts):
    """What an evaluation report says, already in the words it will be printed in.

    `scores` stand in the order of the frame, equal parts and groups together; `total` and `grade` are what the rule
    made of them (92.50, 优). Texts of several lines become several paragraphs; an empty one is printed as 无。
    """

    number: str
    title: str
    """城市管家服务支出绩效评价报告"""
    transfer_number: str
    agreement_number: str
    purchaser: str
    provider: str
    evaluator: str
    evaluator_unit: str
    independence: str
    period: str
    """2026年4月1日至2027年3月31日"""
    evaluated_on: str
    reported_on: str
    background: str
    implementation: str
    funds: str
    """Budget, price, what was paid, the rate of execution."""
    overall_goal: str
    stage_goals: str
    purpose: str
    """Purpose, object and scope."""
    method: str
    """Principles, indicators, methods, standards."""
    process: str
    scores: tuple[Score, ...]
    total: str
    grade: str
    conclusion: str
    analysis: tuple[tuple[str, str], ...]
    """For each part (决策, 过程, 产出, 效益) what the scores show."""
    experience: str
    problems: str
    recommendations: str
    use_of_result: str
    other: str
    evidence: tuple[Evidence, ...]
    verification: str

    @classmethod
    def of(
        cls, transfer: Transfer, desk: SupervisionDesk, terms: EvaluationTerms, *, evaluator: User, at: datetime
    ) -> EvaluationFacts:
        """The report as it reads once `evaluator` concludes it `at`."""
        day, agreement = local_day(at), desk.agreement
        frame = expenditure_frame(day)
        scores = {key: mark.score for key, mark in terms.marks.items()}
        reached = terms.total(day)
        grade = grade_of(reached, day)
        paid = total(row.milestone.amount for row in desk.deliveries if row.status is DeliveryStatus.PAID)
        number = evaluation_number(transfer)
        return cls(
            number=number,
            title=f"{transfer.title}支出绩效评价报告",
            transfer_number=transfer.number,
            agreement_number=agreement.number if agreement else "",
            purchaser=f"龙港市{transfer.department.name}",
            provider=transfer.provider.name if transfer.provider else "",
            evaluator=evaluator.name,
            evaluator_unit=evaluator.body_name or evaluator.employer,
            independence="评价人声明与购买主体、承接主体没有利害关系，没有作出本事项的事前绩效评估，评价报酬不与评价结果挂钩。",
            period=f"{long_day(agreement.starts_on)}至{long_day(agreement.ends_on)}" if agreement else "",
            evaluated_on=long_day(day),
            reported_on=long_day(day),
            background=transfer.plan.need,
            implementation=terms.overview,
            funds=_funds(transfer.plan.budget, agreement, paid),
            overall_goal=transfer.plan.goal,
            stage_goals="；".join(f"{row.name}：{row.target}" for row in transfer.plan.indicators) + "。",
            purpose="了解资金使用和目标实现情况，作为以后选择承接主体、安排预算和调整政策的依据。评价对象是本事项的全部资金和全部服务内容。",
            method=terms.method,
            process=_process(desk),
            scores=tuple(
                Score(
                    row.part.label,
                    row.level2,
                    row.level3,
                    f"{row.points:f}",
                    f"{terms.marks[row.key].score:f}",
                    terms.marks[row.key].remark,
                )
                for row in frame.indicators
            ),
            total=f"{reached:.2f}",
            grade=grade.label,
            conclusion=f"综合得分{reached:.2f}分，等次为“{grade.label}”。",
            analysis=tuple(
                (
                    part.label,
                    f"满分{frame.points_of(part):f}分，得{frame.part_total(part, scores):.2f}分。{_remarks(part, terms, day)}",
                )
                for part in Part
            ),
            experience=terms.experience,
            problems=terms.problems,
            recommendations=terms.advice,
            use_of_result=_USES[grade],
            other="",
            evidence=_records(desk),
            verification=f"本文件由接力系统生成，文件编号为{number}。评价结果公布后，可以在门户的绩效评价结果里核对本文件的 SHA-256 校验值。",
        )


# What follows from a grade (PE-11).
_USES = {
    Grade.EXCELLENT: "等次为“优”，建议在以后的预算安排中优先保障，并作为选择承接主体的重要依据。",
    Grade.GOOD: "等次为“良”，建议在以后的预算安排中予以保障，针对问题加以改进。",
    Grade.FAIR: "等次为“中”，建议限期改进，以后的预算安排根据改进情况压缩。",
    Grade.POOR: "等次为“差”，建议停止安排预算，并限期整改。",
}


def _funds(budget: Money, agreement: Agreement | None, paid: Money) -> str:
    price = agreement.price if agreement else Money(0)
    whole = agreement.whole_price if agreement else Money(0)
    rate = (
        (Decimal(paid.fen) / Decimal(whole.fen) * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if whole.fen
        else Decimal(0)
    )
    if agreement is None or agreement.added == Money(0):
        return f"预算{in_both(budget)}，合同价款{in_both(price)}，实际支付{in_both(paid)}，占合同价款的{rate}%。"
    supplements = "、".join(row.number for row in agreement.supplements if row.status is SupplementStatus.CONCLUDED)
    return (
        f"预算{in_both(budget)}，合同价款{in_both(price)}，补充协议（{supplements}）追加{in_both(agreement.added)}，"
        f"合计{in_both(whole)}；实际支付{in_both(paid)}，占合计的{rate}%。"
    )


def _process(desk: SupervisionDesk) -> str:
    return f"查阅协议、交接清单和履行台账，核对{len(desk.deliveries)}个节点的报告、验收和付款记录，以及{len(desk.inspections)}次检查记录。"


def _remarks(part: Part, terms: EvaluationTerms, day: date) -> str:
    said = [
        f"{row.level3}：{terms.marks[row.key].remark.rstrip('。')}"
        for row in expenditure_frame(day).of_part(part)
        if terms.marks[row.key].remark
    ]
    return "；".join(said) + "。" if said else ""


def _records(desk: SupervisionDesk) -> tuple[Evidence, ...]:
    rows = [
        Evidence("监督检查", f"{row.place}现场检查", long_day(row.inspected_on), row.result.label)
        for row in desk.inspections
    ]
    for delivery in desk.deliveries:
        if delivery.accepted_at is not None:
            rows.append(
                Evidence("履行节点", delivery.milestone.name, long_day(local_day(delivery.accepted_at)), "验收合格")
            )
        if delivery.paid_at is not None:
            paid = f"{delivery.milestone.name} ¥{delivery.milestone.amount.plain_with_commas}"
            rows.append(Evidence("资金支付", paid, long_day(local_day(delivery.paid_at)), "已支付"))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class PartSum:
    """The sum of one part: points it could give, points it gave."""

    part: str
    points: Decimal
    score: Decimal


def part_sums(scores: Sequence[Score]) -> list[PartSum]:
    """The sums of the parts, in their order."""
    return [
        PartSum(
            part,
            sum((Decimal(each.points) for each in rows), Decimal()),
            sum((Decimal(each.score) for each in rows), Decimal()),
        )
        for part, rows in ((part, list(group)) for part, group in groupby(scores, key=lambda each: each.part))
    ]


def print_evaluation(facts: EvaluationFacts, fonts: FontPaths, *, demonstration: bool, made_at: datetime) -> bytes:
    """The report as a PDF; the same facts and instant give the same bytes.

    Raises:
        ValueError: the scores do not add up to the total, or to more than their points.
        UnprintableCharacter: no configured face has a character of it.
    """
    return print_document(
        Document(
            title=facts.title,
            subject=f"报告编号 {facts.number}",
            author=facts.evaluator_unit,
            running=f"{facts.title}　{facts.number}",
            blocks=evaluation_blocks(facts),
            fonts=fonts,
            made_at=made_at,
            demonstration=demonstration,
        )
    )


def evaluation_blocks(facts: EvaluationFacts) -> tuple[Block, ...]:
    """The report in the order it is read."""
    sums = part_sums(facts.scores)
    _ensure_adds_up(facts, sums)
    return (
        Title(facts.title, below=facts.number),
        Gap(),
        _overview(facts),
        Heading("一、基本情况"),
        *_section(
            "（一）项目概况",
            (
                ("背景", facts.background),
                ("主要内容及实施情况", facts.implementation),
                ("资金投入和使用情况", facts.funds),
            ),
        ),
        *_section("（二）项目绩效目标", (("总体目标", facts.overall_goal), ("阶段性目标", facts.stage_goals))),
        Heading("二、绩效评价工作开展情况"),
        *_section("（一）评价目的、对象和范围", (("", facts.purpose),)),
        *_section("（二）评价原则、指标体系、方法和标准", (("", facts.method),)),
        *_section("（三）评价工作过程", (("", facts.process),)),
        Heading("三、综合评价情况及评价结论"),
        Paragraph(f"经评价，本项目得分{_points(Decimal(facts.total))}分，等次为“{facts.grade}”。各部分得分情况如下："),
        _chart(sums),
        *map(Paragraph, [facts.conclusion or "无。"]),
        _score_table(facts, sums),
        Heading("四、绩效评价指标分析"),
        *_analysis(facts),
        Heading("五、主要经验及做法、存在的问题及原因分析"),
        *_section("（一）主要经验及做法", (("", facts.experience),)),
        *_section("（二）存在的问题及原因分析", (("", facts.problems),)),
        Heading("六、有关建议"),
        *_section("（一）改进建议", (("", facts.recommendations),)),
        *_section("（二）评价结果应用", (("", facts.use_of_result),)),
        Heading("七、其他需要说明的问题"),
        Paragraph(f"评价独立性声明：{facts.independence or '无。'}"),
        *([Paragraph(facts.other)] if facts.other else []),
        *_evidence(facts),
        Gap(),
        Placed(f"评价机构：{facts.evaluator_unit}\n评价人：{facts.evaluator}\n{facts.reported_on}"),
        Gap(),
        Paragraph(facts.verification),
    )


def _ensure_adds_up(facts: EvaluationFacts, sums: Sequence[PartSum]) -> None:
    total = _points(sum((each.score for each in sums), Decimal()))
    if Decimal(total) != Decimal(facts.total):
        raise ValueError(f"the scores add up to {total}, not to {facts.total}")
    over = [each.indicator for each in facts.scores if not 0 <= Decimal(each.score) <= Decimal(each.points)]
    if over:
        raise ValueError(f"scores outside their points: {', '.join(over)}")


def _points(number: Decimal) -> str:
    return str(number.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _overview(facts: EvaluationFacts) -> Table:
    rows = (
        ("事项编号", facts.transfer_number),
        ("合同编号", facts.agreement_number),
        ("购买主体", facts.purchaser),
        ("承接主体", facts.provider),
        ("评价机构", facts.evaluator_unit),
        ("评价人", facts.evaluator),
        ("评价期间", facts.period),
        ("评价日期", facts.evaluated_on),
        ("得分和等次", f"{_points(Decimal(facts.total))}分　{facts.grade}"),
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


def _chart(sums: Sequence[PartSum]) -> Bars:
    return Bars(
        tuple(
            Bar(
                each.part,
                f"{_points(each.score)} / {_plain(each.points)}",
                float(each.score / each.points) if each.points else 0.0,
            )
            for each in sums
        )
    )


def _score_table(facts: EvaluationFacts, sums: Sequence[PartSum]) -> Table:
    columns = (
        Column("一级指标", 15, "centre"),
        Column("二级指标", 16, "centre"),
        Column("三级指标", 27),
        Column("分值", 11, "right"),
        Column("得分", 13, "right"),
        Column("评分说明", 34),
    )
    rows = []
    for each in sums:
        rows += [
            Row((s.part, s.group, s.indicator, s.points, _points(Decimal(s.score)), s.remark))
            for s in facts.scores
            if s.part == each.part
        ]
        rows.append(Row((each.part, "小计", "", _plain(each.points), _points(each.score), ""), strong=True))
    points = sum((each.points for each in sums), Decimal())
    rows.append(
        Row(("合计", "", "", _plain(points), _points(Decimal(facts.total)), f"等次：{facts.grade}"), strong=True)
    )
    return Table(columns, tuple(rows), title="绩效评价评分表", merge=2)


def _analysis(facts: EvaluationFacts) -> list[Block]:
    blocks: list[Block] = []
    for mark, (part, text) in zip("一二三四五六七八九", facts.analysis, strict=False):
        blocks += _section(f"（{mark}）项目{part}情况", (("", text),))
    return blocks


def _evidence(facts: EvaluationFacts) -> list[Block]:
    if not facts.evidence:
        return []
    columns = (Column("类别", 18, "centre"), Column("名称", 44), Column("日期", 28, "centre"), Column("结果", 26))
    rows = tuple(Row((each.kind, each.name, each.day, each.result)) for each in facts.evidence)
    return [Gap(), Table(columns, rows, title="评价依据清单", merge=1)]
