"""Indicator sets: points that sum to 100, scores in two places, and the grade they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import Labelled, word
from procurement.statute import limits
from procurement.statute.scores import two_places


class Grade(Labelled):
    """The grade of an evaluation (财预〔2020〕10号, PE-8)."""

    EXCELLENT = "excellent", word("优")
    GOOD = "good", word("良")
    FAIR = "fair", word("中")
    POOR = "poor", word("差")


class Part(Labelled):
    """The four parts of the expenditure frame."""

    DECISION = "decision", word("决策")
    PROCESS = "process", word("过程")
    OUTPUT = "output", word("产出")
    BENEFIT = "benefit", word("效益")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator of the third level: a key, the words of its three levels, its points, how it is judged."""

    key: str
    part: Part
    level2: str
    level3: str
    points: Decimal
    test: str


@dataclass(frozen=True, slots=True)
class IndicatorSet:
    """Indicators whose points sum to 100; any other sum is refused."""

    indicators: tuple[Indicator, ...]

    def __post_init__(self) -> None:
        """Refuse a set whose points do not sum to 100, naming the sum and what is missing."""
        total = sum((row.points for row in self.indicators), Decimal(0))
        if total != 100:
            raise RuleBroken(word("指标分值合计 {total}，应为 100，相差 {gap}。"), total=total, gap=abs(100 - total))

    def points_of(self, part: Part) -> Decimal:
        """The points of one part."""
        return sum((row.points for row in self.indicators if row.part is part), Decimal(0))

    def of_part(self, part: Part) -> list[Indicator]:
        """The indicators of one part, in their order."""
        return [row for row in self.indicators if row.part is part]

    def total(self, scores: Mapping[str, Decimal]) -> Decimal:
        """The sum of the scores, in points of 100, to two places half up."""
        return two_places(sum((scores[row.key] for row in self.indicators), Decimal(0)))

    def part_total(self, part: Part, scores: Mapping[str, Decimal]) -> Decimal:
        """The sum of one part's scores."""
        return two_places(sum((scores[row.key] for row in self.of_part(part)), Decimal(0)))


# The names and tests of the frame (财预〔2020〕10号, appendix 1); the points are rows of practice (domain 6.2).
_FRAME: tuple[tuple[Part, str, str, str], ...] = (
    (
        Part.DECISION,
        word("项目立项"),
        word("立项依据充分性"),
        word("符合法律、规划和部门职责，属于公共财政支持范围，没有重复"),
    ),
    (Part.DECISION, word("项目立项"), word("立项程序规范性"), word("程序、材料齐全，经过事前评估和集体决策")),
    (Part.DECISION, word("绩效目标"), word("绩效目标合理性"), word("有目标，与内容相关，水平正常，与预算相配")),
    (Part.DECISION, word("绩效目标"), word("绩效指标明确性"), word("目标分解为可以衡量的指标，与计划对应")),
    (Part.DECISION, word("资金投入"), word("预算编制科学性"), word("经过论证，与内容、标准相符")),
    (Part.DECISION, word("资金投入"), word("资金分配合理性"), word("分配有依据，与单位和地方实际相适应")),
    (Part.PROCESS, word("资金管理"), word("资金到位率"), word("实际到位 ÷ 预算 × 100%")),
    (Part.PROCESS, word("资金管理"), word("预算执行率"), word("实际支出 ÷ 实际到位 × 100%")),
    (Part.PROCESS, word("资金管理"), word("资金使用合规性"), word("没有截留、挤占、挪用、虚列")),
    (Part.PROCESS, word("组织实施"), word("管理制度健全性"), word("有业务和财务管理制度，合法、合规、完整")),
    (Part.PROCESS, word("组织实施"), word("制度执行有效性"), word("按制度执行，手续、台账齐全")),
    (Part.OUTPUT, word("产出数量"), word("实际完成率"), word("实际产出 ÷ 计划产出 × 100%")),
    (Part.OUTPUT, word("产出质量"), word("质量达标率"), word("达标产出 ÷ 实际产出 × 100%")),
    (Part.OUTPUT, word("产出时效"), word("完成及时性"), word("计划完成时间与实际完成时间相比")),
    (Part.OUTPUT, word("产出成本"), word("成本节约率"), word("（计划成本 − 实际成本）÷ 计划成本 × 100%")),
    (Part.BENEFIT, word("项目效益"), word("实施效益"), word("经济、社会、生态效益和可持续影响")),
    (Part.BENEFIT, word("项目效益"), word("满意度"), word("服务对象的满意程度，以调查为准")),
)


def expenditure_frame(day: date) -> IndicatorSet:
    """The frame of the expenditure evaluation, 20/20/30/30, with the points in force on `day`.

    Raises:
        RuleBroken: when output and benefit together weigh less than the law asks for (PE-7).
    """
    rows = tuple(
        Indicator(clause.id, *words[:3], Decimal(clause.on(day).amount), words[3])
        for clause, words in zip(limits.FRAME_POINTS, _FRAME, strict=True)
    )
    frame = IndicatorSet(rows)
    least = limits.OUTPUT_AND_BENEFIT_LEAST.on(day)
    weight = frame.points_of(Part.OUTPUT) + frame.points_of(Part.BENEFIT)
    if weight < least.amount:
        raise RuleBroken(
            word("产出和效益合计 {weight} 分，不应少于 {least} 分。"),
            weight=weight,
            least=least.amount,
            article=least.article,
        )
    return frame


def grade_of(score: Decimal, day: date) -> Grade:
    """The grade of a score of 100: from 90 优, from 80 良, from 60 中, below 差 (PE-8); 89.99 is 良."""
    if score >= limits.GRADE_EXCELLENT.on(day).amount:
        return Grade.EXCELLENT
    if score >= limits.GRADE_GOOD.on(day).amount:
        return Grade.GOOD
    return Grade.FAIR if score >= limits.GRADE_FAIR.on(day).amount else Grade.POOR
