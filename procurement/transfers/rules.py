"""What a plan must hold, and who may not judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from procurement.foundation.errors import DomainError, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import Labelled, word
from procurement.foundation.money import Money
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.statute import limits
from procurement.transfers.line import Outstanding
from procurement.transfers.models import Conclusion, CriterionKind, IndicatorLevel, Method, Plan, PlanStatus

MONTHS_OF_A_YEAR = 12  # a year's months are no number of the law


class LongTermGround(Labelled):
    """The five conditions that together allow a term beyond one year (102号令 Art. 24, CT-3)."""

    FIXED_CONTENT = "fixed-content", word("购买内容相对固定")
    CONTINUITY = "continuity", word("连续性强")
    STABLE_FUNDING = "stable-funding", word("经费来源稳定")
    SMALL_PRICE_CHANGE = "small-price-change", word("价格变化幅度小")
    GUARANTEED_BUDGET = "guaranteed-budget", word("预算有保障，已列入中期财政规划")


@dataclass(frozen=True, slots=True)
class IndicatorTerms:
    """A performance indicator: first level, name, target, weight in points of 100."""

    level: IndicatorLevel
    name: str
    target: str
    weight: int


@dataclass(frozen=True, slots=True)
class CriterionTerms:
    """A scoring criterion: kind, name, how points are given, weight in points of 100."""

    kind: CriterionKind
    name: str
    standard: str
    weight: int


@dataclass(frozen=True, slots=True)
class InstallmentTerms:
    """A part of the payment schedule: name, condition, percent of the price, month of the term in which it is due."""

    name: str
    condition: str
    percent: int
    due_month: int


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """Everything a plan says, as the form gives it."""

    title: str
    title_en: str
    need: str
    public_opinion: str
    content: str
    quantity: str
    quality: str
    goal: str
    budget_code: str
    budget: Money
    ceiling: Money
    term_months: int
    long_term_grounds: frozenset[LongTermGround]
    method: Method
    method_reason: str
    qualification: str
    risk: str
    exit: str
    indicators: tuple[IndicatorTerms, ...]
    criteria: tuple[CriterionTerms, ...]
    installments: tuple[InstallmentTerms, ...]

    def texts(self) -> dict[str, str]:
        """Every text that is screened against the negative list, by the field it stands in."""
        fields = (
            "title",
            "title_en",
            "need",
            "public_opinion",
            "content",
            "quantity",
            "quality",
            "goal",
            "method_reason",
            "qualification",
            "risk",
            "exit",
        )
        texts = {name: str(getattr(self, name)) for name in fields}
        texts["indicators"] = "\n".join(f"{row.name} {row.target}" for row in self.indicators)
        texts["criteria"] = "\n".join(f"{row.name} {row.standard}" for row in self.criteria)
        texts["installments"] = "\n".join(f"{row.name} {row.condition}" for row in self.installments)
        return texts


# The tables of a plan, and its terms that are one value each; its title is the transfer's.
TABLES = ("indicators", "criteria", "installments")
SINGLE_TERMS = tuple(name for name in PlanTerms.__slots__ if name not in {*TABLES, "long_term_grounds"})
TERMS_OF_THE_TRANSFER = ("title", "title_en")
TERMS_OF_THE_PLAN = tuple(name for name in SINGLE_TERMS if name not in TERMS_OF_THE_TRANSFER)


def ensure_plan_holds(terms: PlanTerms, day: date) -> None:
    """Refuse a plan that breaks a rule, with every rule it breaks at once.

    Raises:
        Refusals: each with its field, value, bound and article.
    """
    checks = (_money, _term, _indicator_weights, _criterion_weights, _price_weight, _installments)
    broken: list[DomainError] = [fault for check in checks for fault in check(terms, day)]
    if broken:
        raise Refusals(broken)


def _money(terms: PlanTerms, day: date) -> list[DomainError]:
    faults: list[DomainError] = []
    if terms.budget <= Money(0):
        faults.append(
            RuleBroken(
                word("预算金额是 {budget}，应大于零：没有预算的事项不能购买。"),
                budget=terms.budget,
                field="budget",
                article=limits.BUDGETED.on(day).article,
            )
        )
    if terms.ceiling <= Money(0):
        faults.append(RuleBroken(word("最高限价是 {ceiling}，应大于零。"), ceiling=terms.ceiling, field="ceiling"))
    if terms.ceiling > terms.budget:
        faults.append(
            RuleBroken(
                word("最高限价 {ceiling} 高于预算 {budget}，请改为不高于预算的数。"),
                ceiling=terms.ceiling,
                budget=terms.budget,
                field="ceiling",
                article=limits.CEILING_PRICE.on(day).article,
            )
        )
    return faults


def longest_term(grounds: frozenset[LongTermGround], day: date) -> int:
    """The longest lawful term in months: one year, three where all five conditions are confirmed (CT-3)."""
    clause = limits.TERM_LONGEST if grounds == frozenset(LongTermGround) else limits.TERM_GENERAL
    return int(clause.on(day).amount) * MONTHS_OF_A_YEAR


def _term(terms: PlanTerms, day: date) -> list[DomainError]:
    absolute = int(limits.TERM_LONGEST.on(day).amount) * MONTHS_OF_A_YEAR
    article = limits.TERM_LONGEST.on(day).article
    if terms.term_months < 1:
        return [RuleBroken(word("期限是 {months} 个月，至少 1 个月。"), months=terms.term_months, field="term_months")]
    if terms.term_months > absolute:
        return [
            RuleBroken(
                word("期限 {months} 个月，超过 {longest}（{most} 个月）；任何情形都不能超过，请改短。"),
                months=terms.term_months,
                longest=limits.TERM_LONGEST.on(day),
                most=absolute,
                field="term_months",
                article=article,
            )
        ]
    most = longest_term(terms.long_term_grounds, day)
    if terms.term_months > most:
        lacking = [ground for ground in LongTermGround if ground not in terms.long_term_grounds]
        return [
            RuleBroken(
                word(
                    "期限 {months} 个月，超过 {most} 个月；要超过 {general}，须逐条确认全部条件，还没有确认的是：{lacking}。"
                ),
                general=limits.TERM_GENERAL.on(day),
                months=terms.term_months,
                most=most,
                lacking=tuple(lacking),
                field="term_months",
                article=article,
            )
        ]
    return []


def _share_faults(shares: Sequence[tuple[str, int]], field: str, message: str) -> list[DomainError]:
    """What keeps named whole shares from being parts of a hundred: each that is no part of it, else their sum."""
    # A share of 150 beside one of -50 sums to 100 as well.
    beyond: list[DomainError] = [
        RuleBroken(word("“{name}”填的是 {share}，应在 1 到 100 之间。"), name=name, share=share, field=field)
        for name, share in shares
        if not 1 <= share <= 100
    ]
    if beyond:
        return beyond
    total = sum(share for _, share in shares)
    if total == 100:
        return []
    return [RuleBroken(message, total=total, gap=abs(100 - total), field=field)]


def _indicator_weights(terms: PlanTerms, day: date) -> list[DomainError]:
    if not terms.indicators:
        return [
            RuleBroken(
                word("还没有绩效指标，至少要有一项。"),
                field="indicators",
                article=limits.PERFORMANCE_GOALS.on(day).article,
            )
        ]
    shares = [(row.name, row.weight) for row in terms.indicators]
    return _share_faults(shares, "indicators", word("绩效指标的权重合计 {total}，应为 100，相差 {gap}。"))


def _criterion_weights(terms: PlanTerms, _day: date) -> list[DomainError]:
    prices = [row for row in terms.criteria if row.kind is CriterionKind.PRICE]
    if len(prices) != 1:
        return [RuleBroken(word("评分标准里价格项有 {count} 项，应当正好 1 项。"), count=len(prices), field="criteria")]
    if len(terms.criteria) == 1:
        return [RuleBroken(word("评分标准里只有价格一项，综合评分至少还要有一项技术和服务。"), field="criteria")]
    shares = [(row.name, row.weight) for row in terms.criteria]
    return _share_faults(shares, "criteria", word("评分标准的分值合计 {total}，应为 100，相差 {gap}。"))


def price_weight_bounds(method: Method, day: date) -> tuple[Decimal, Decimal]:
    """The least and greatest weight of the price for services under `method`, in points of 100."""
    if method is Method.OPEN_TENDER:
        return Decimal(limits.TENDER_PRICE_WEIGHT_LEAST.on(day).amount), Decimal(100)
    least, most = limits.CONSULTATION_PRICE_WEIGHT_LEAST.on(day), limits.CONSULTATION_PRICE_WEIGHT_MOST.on(day)
    return Decimal(least.amount), Decimal(most.amount)


def _price_weight(terms: PlanTerms, day: date) -> list[DomainError]:
    prices = [row for row in terms.criteria if row.kind is CriterionKind.PRICE]
    least, most = price_weight_bounds(terms.method, day)
    if len(prices) != 1 or least <= prices[0].weight <= most:
        return []
    clause = (
        limits.TENDER_PRICE_WEIGHT_LEAST
        if terms.method is Method.OPEN_TENDER
        else limits.CONSULTATION_PRICE_WEIGHT_LEAST
    )
    return [
        RuleBroken(
            word("价格分值 {weight}，{method}的服务项目应在 {least} 到 {most} 之间。"),
            weight=prices[0].weight,
            method=terms.method,
            least=int(least),
            most=int(most),
            field="criteria",
            article=clause.on(day).article,
        )
    ]


def _installments(terms: PlanTerms, _day: date) -> list[DomainError]:
    if not terms.installments:
        return [RuleBroken(word("还没有付款安排，至少要有一期。"), field="installments")]
    late = [row for row in terms.installments if not 1 <= row.due_month <= terms.term_months]
    if late:
        return [
            RuleBroken(
                word("“{name}”在第 {month} 个月，不在期限 1 到 {term} 个月之内。"),
                name=late[0].name,
                month=late[0].due_month,
                term=terms.term_months,
                field="installments",
            )
        ]
    shares = [(row.name, row.percent) for row in terms.installments]
    return _share_faults(shares, "installments", word("付款比例合计 {total}%，应为 100%，相差 {gap}%。"))


def is_drafter(plan: Plan, person: User) -> bool:
    """Whether a person drafted the plan."""
    return plan.drafted_by_id == person.id


def ensure_not_drafter(plan: Plan, actor: User, day: date) -> None:
    """Refuse an evaluation by whoever drafted the plan: drafting and reviewing are separated (MT-4)."""
    if is_drafter(plan, actor):
        raise RuleBroken(
            word("方案由 {drafter} 起草，起草人不能评估或审议自己起草的方案，请由另一人办理。"),
            drafter=plan.drafted_by.called,
            article=limits.REVIEW_BY_OTHERS.on(day).article,
        )


DIMENSIONS = ("necessity", "economy", "goals", "feasibility", "funding")


def ensure_dimension_scores(scores: Sequence[Decimal], day: date) -> None:
    """Refuse a dimension score outside 0 to 20 points (EX-4)."""
    clause = limits.EX_ANTE_DIMENSION.on(day)
    for name, score in zip(DIMENSIONS, scores, strict=True):
        if not 0 <= score <= Decimal(clause.amount):
            raise RuleBroken(
                word("分数 {score} 不在 0 到 {most} 之间。"),
                score=score,
                most=clause.amount,
                field=name,
                article=clause.article,
            )


def conclusion_of(total: Decimal, day: date) -> Conclusion:
    """What a total of 100 points concludes: from 80 supported, from 60 in part, below not (EX-5, practice)."""
    if total >= Decimal(limits.EX_ANTE_SUPPORTED.on(day).amount):
        return Conclusion.SUPPORTED
    if total >= Decimal(limits.EX_ANTE_PARTLY.on(day).amount):
        return Conclusion.PARTLY
    return Conclusion.NOT_SUPPORTED


def ensure_awaits_conference(plan: Plan, day: date) -> None:
    """Refuse to put a plan before the conference that has not been evaluated, or lies before one (domain 11, step 0)."""
    if plan.status is not PlanStatus.EVALUATED:
        raise WrongState(
            word("“{title}”的方案现在是“{status}”，不能列入议程。"),
            title=plan.called,
            status=plan.status,
            article=limits.CONFERENCE.on(day).article,
        )


def is_supported(plan: Plan) -> bool:
    """Whether the plan's newest evaluation is 予以支持 (EX-3)."""
    return plan.evaluation is not None and plan.evaluation.conclusion is Conclusion.SUPPORTED


def ensure_supported(plan: Plan, day: date) -> None:
    """Refuse to put a plan before the conference whose newest evaluation is anything but 予以支持 (EX-3)."""
    evaluation = plan.evaluation
    if not is_supported(plan):
        clause = limits.EX_ANTE_SUPPORTED.on(day)
        raise RuleBroken(
            word(
                "事前绩效评估得 {total} 分，结论是“{conclusion}”；满 {least} 分、予以支持的方案才能通过，请退回修改。"
            ),
            total=evaluation.total if evaluation else Decimal(0),
            least=clause.amount,
            article=clause.article,
            conclusion=evaluation.conclusion if evaluation else Conclusion.NOT_SUPPORTED,
        )


def outstanding_before_the_line(plan: Plan, day: date) -> list[Outstanding]:
    """What keeps a plan from the line: submitted, evaluated, put before the conference, in this order (domain 11, step 0).

    What is outstanding once it lies before a conference, the conference says.
    """
    general = limits.PERFORMANCE_GOALS.on(day).article
    if plan.status is PlanStatus.DRAFT:
        return [Outstanding(word("方案还没有送交事前评估"), Deed.PLAN_SUBMIT, general)]
    if plan.status is PlanStatus.SUBMITTED:
        return [
            Outstanding(word("事前绩效评估还没有作出"), Deed.PLAN_EVALUATE, limits.EX_ANTE_SUPPORTED.on(day).article)
        ]
    if plan.status is not PlanStatus.EVALUATED:
        return []
    if not is_supported(plan):
        return [
            Outstanding(
                word("事前绩效评估没有予以支持，方案要按意见修改"),
                Deed.PLAN_REVISE,
                limits.EX_ANTE_SUPPORTED.on(day).article,
            )
        ]
    return [
        Outstanding(word("方案还没有列入联席会议的议程"), Deed.CONFERENCE_CONVENE, limits.CONFERENCE.on(day).article)
    ]
