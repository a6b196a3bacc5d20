"""The ex-ante evaluation: its twenty checks, the points of a grade, and what they conclude (EX-1 to EX-5)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from procurement.foundation.errors import DomainError, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import Twofold, word
from procurement.registers.indicators import Grade
from procurement.statute import limits
from procurement.statute.clauses import Phase
from procurement.transfers.models import Conclusion, Dimension, Plan, PlanCondition, PlanStatus

FILE = Path(__file__).parent / "data" / "ex_ante_checks.csv"

_POINTS = {
    Grade.EXCELLENT: limits.EX_ANTE_EXCELLENT,
    Grade.GOOD: limits.EX_ANTE_GOOD,
    Grade.FAIR: limits.EX_ANTE_FAIR,
    Grade.POOR: limits.EX_ANTE_POOR,
}
# A grade from here down says what is wanting.
_WITH_REMARK = (Grade.FAIR, Grade.POOR)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its code, dimension and group, what is asked, where it is from; a decisive one caps the conclusion."""

    code: str
    phase: Phase
    dimension: Dimension
    group: Twofold
    text: Twofold
    is_decisive: bool
    source: str
    standing: str


@cache
def all_checks() -> tuple[Check, ...]:
    """The checks in their order: five dimensions, two groups each, two checks each.

    The first dimension's were read in a published comparison (EX-4); the others are this project's, which is practice.
    """
    with FILE.open(encoding="utf-8", newline="") as rows:
        return tuple(
            Check(
                code=row["code"],
                phase=Phase(row["phase"]),
                dimension=Dimension(row["dimension"]),
                group=Twofold(row["group_zh"], row["group_en"]),
                text=Twofold(row["text_zh"], row["text_en"]),
                is_decisive=row["decisive"] == "yes",
                source=row["source"],
                standing=row["standing"],
            )
            for row in csv.DictReader(rows)
        )


def checks_of(dimension: Dimension) -> dict[Twofold, list[Check]]:
    """The checks of one dimension by their group, in order."""
    groups: dict[Twofold, list[Check]] = {}
    for check in all_checks():
        if check.dimension is dimension:
            groups.setdefault(check.group, []).append(check)
    return groups


def points_of(grade: Grade, day: date) -> int:
    """The points that a grade gives: 优 5, 良 4, 中 3, 差 0, so that all 良 are just supported and all 中 just in part."""
    return _POINTS[grade].on(day).amount


@dataclass(frozen=True, slots=True)
class CheckMark:
    """What an evaluator says of one check."""

    grade: Grade
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ExAnteTerms:
    """What an evaluator writes: a mark for each check, the opinion, advice, and the conditions of a partial support."""

    marks: Mapping[str, CheckMark]
    opinion: str
    advice: str = ""
    conditions: tuple[str, ...] = ()

    def points(self, dimension: Dimension, day: date) -> int:
        """The sum of one dimension."""
        return sum(
            points_of(self.marks[check.code].grade, day) for check in all_checks() if check.dimension is dimension
        )

    def total(self, day: date) -> int:
        """The sum of all dimensions, in points of 100."""
        return sum(self.points(dimension, day) for dimension in Dimension)

    @property
    def poor_decisive(self) -> list[Check]:
        """The decisive checks that were graded 差."""
        return [check for check in all_checks() if check.is_decisive and self.marks[check.code].grade is Grade.POOR]

    def conclusion(self, day: date) -> Conclusion:
        """What the marks conclude: by the total, and never 予以支持 where a decisive check is 差 (practice)."""
        reached = conclusion_of(self.total(day), day)
        return Conclusion.PARTLY if reached is Conclusion.SUPPORTED and self.poor_decisive else reached


def conclusion_of(total: int, day: date) -> Conclusion:
    """What a total of 100 points concludes: from 80 supported, from 60 in part, below not (EX-5, practice)."""
    if total >= limits.EX_ANTE_SUPPORTED.on(day).amount:
        return Conclusion.SUPPORTED
    if total >= limits.EX_ANTE_PARTLY.on(day).amount:
        return Conclusion.PARTLY
    return Conclusion.NOT_SUPPORTED


def ex_ante_number(plan: Plan) -> str:
    """The number a report will carry: the transfer's own, so that it can be printed before the deed; the second `3-2号`."""
    number = plan.transfer.number.replace("龙转", "龙评前", 1)
    again = len(plan.evaluations) + 1
    return number if again == 1 else number.replace("号", f"-{again}号", 1)


def ensure_marked(terms: ExAnteTerms, day: date) -> None:
    """Refuse a check without a grade, a 中 or 差 without its remark, and conditions where they do not belong.

    Raises:
        Refusals: everything at once, each at its field.
    """
    article = limits.EX_ANTE_DIMENSION.on(day).article
    faults: list[DomainError] = []
    for check in all_checks():
        mark = terms.marks.get(check.code)
        if mark is None:
            faults.append(
                RuleBroken(
                    word("“{check}”还没有评级。"), check=check.text, field=f"grade-{check.code}", article=article
                )
            )
        elif mark.grade in _WITH_REMARK and not mark.remark.strip():
            faults.append(
                RuleBroken(
                    word("“{check}”评为{grade}，请写明差在哪里。"),
                    check=check.text,
                    grade=mark.grade,
                    field=f"remark-{check.code}",
                    article=article,
                )
            )
    if not terms.opinion.strip():
        faults.append(RuleBroken(word("请写明评估意见。"), field="opinion"))
    if all(check.code in terms.marks for check in all_checks()):
        faults += _conditions(terms, day)
    if faults:
        raise Refusals(faults)


def _conditions(terms: ExAnteTerms, day: date) -> list[DomainError]:
    """A partial support names at least one condition; no other conclusion has any."""
    conclusion, total = terms.conclusion(day), terms.total(day)
    is_partly = conclusion is Conclusion.PARTLY
    if is_partly == bool(terms.conditions):
        return []
    message = (
        word("合计 {total} 分，结论是“{conclusion}”，至少要写一项条件，每行一项。")
        if is_partly
        else word("合计 {total} 分，结论是“{conclusion}”，不附条件；要说的请写进相关建议。")
    )
    return [
        RuleBroken(
            message,
            total=total,
            conclusion=conclusion,
            field="conditions",
            article=limits.EX_ANTE_CONDITIONS.on(day).article,
        )
    ]


def ensure_same_plan(plan: Plan, seen: int) -> None:
    """Refuse an evaluation of a plan that has changed since its evaluator read it: the report speaks of what was read."""
    if plan.version != seen:
        raise WrongState(word("“{title}”的方案在您打开之后变动过，请重新看过再评估。"), title=plan.transfer.called)


def ensure_conditions_met(plan: Plan, day: date) -> None:
    """Refuse to submit a plan anew before every condition of its last evaluation is met."""
    lacking = plan.evaluation.open_conditions if plan.evaluation is not None else []
    if lacking:
        raise RuleBroken(
            word("上次评估提出的条件还有 {count} 项没有落实，先逐项写明怎样落实：{lacking}"),
            count=len(lacking),
            lacking=tuple(condition.text for condition in lacking),
            article=limits.EX_ANTE_CONDITIONS.on(day).article,
        )


def ensure_may_meet(condition: PlanCondition, how: str) -> None:
    """Refuse to meet a condition twice, one of an earlier evaluation, or one of a plan that is no draft; and without saying how."""
    plan = condition.evaluation.plan
    if plan.status is not PlanStatus.DRAFT or plan.evaluation is not condition.evaluation:
        raise WrongState(
            word("方案现在是“{status}”，只能落实起草中的方案最近一次评估的条件。"),
            status=plan.status,
            field="condition",
        )
    if condition.met_at is not None:
        raise WrongState(word("这一项条件已经落实：{how}"), how=condition.how, field="condition")
    if not how.strip():
        raise RuleBroken(word("请写明这一项怎样落实，改在方案的哪里。"), field="how")
