"""What a plan must hold, and who may not judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from procurement.foundation.errors import DomainError, NotPermitted, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import Labelled, Said, word
from procurement.foundation.money import Money
from procurement.registers.access import Deed, doer_among
from procurement.registers.budgets.models import BudgetLine, BudgetUse
from procurement.registers.budgets.rules import Funding
from procurement.registers.catalogue.models import (
    CatalogueEntry,
    NegativeListEntry,
    Readiness,
    TransferableFunction,
    TransferMode,
)
from procurement.registers.catalogue.rules import Bearing, Hit, article_of, clause_around
from procurement.registers.files import FileKind
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import Role, User
from procurement.statute import limits
from procurement.statute.clauses import Clause, OfAMode
from procurement.statute.limits import ScreeningBounds
from procurement.transfers import methods
from procurement.transfers.line import Outstanding
from procurement.transfers.models import (
    HANDED_IN,
    Capacity,
    Conclusion,
    CriterionKind,
    IndicatorLevel,
    Method,
    Plan,
    PlanFunding,
    PlanStatus,
    ScreeningFinding,
    SourceGround,
    Transfer,
    TransferStatus,
)

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


_NO_MONEY = Money(0)


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """Everything a plan says, as its forms give it; a draft has not said all of it yet."""

    title: str = ""
    title_en: str = ""
    need: str = ""
    public_opinion: str = ""
    content: str = ""
    quantity: str = ""
    quality: str = ""
    standards: tuple[str, ...] = ()
    goal: str = ""
    power_code: str = ""
    fundings: tuple[Funding, ...] = ()
    ceiling: Money = _NO_MONEY
    term_months: int = 0
    long_term_grounds: frozenset[LongTermGround] = frozenset()
    method: Method | None = None
    method_reason: str = ""
    method_approval: str = ""
    source_ground: SourceGround | None = None
    source_code: str = ""
    source_former_price: Money = _NO_MONEY
    qualification: str = ""
    risk: str = ""
    exit: str = ""
    indicators: tuple[IndicatorTerms, ...] = ()
    criteria: tuple[CriterionTerms, ...] = ()
    installments: tuple[InstallmentTerms, ...] = ()

    @property
    def budget(self) -> Money:
        """What all its years together may cost."""
        return sum((row.amount for row in self.fundings), Money(0))

    def texts(self) -> dict[str, str]:
        """Every text that is screened against the negative list, by the field it stands in; its label is in `PLACES`."""
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
            "method_approval",
            "qualification",
            "risk",
            "exit",
        )
        texts = {name: str(getattr(self, name)) for name in fields}
        for name, columns in COLUMNS_WITH_TEXT.items():
            texts[name] = "\n".join(" ".join(getattr(row, column) for column in columns) for row in getattr(self, name))
        return texts

    def cells(self, table: str) -> dict[tuple[int, str], tuple[int, int]]:
        """Where each cell of a table stands in the text that is screened for it: by row and column, end exclusive."""
        found: dict[tuple[int, str], tuple[int, int]] = {}
        at = 0
        for place, row in enumerate(getattr(self, table)):
            for column in COLUMNS_WITH_TEXT[table]:
                end = at + len(getattr(row, column))
                found[place, column] = (at, end)
                # A space follows within a row, a line break after it.
                at = end + 1
        return found


# The columns of a plan's tables that hold texts.
COLUMNS_WITH_TEXT = {
    "indicators": ("name", "target"),
    "criteria": ("name", "standard"),
    "installments": ("name", "condition"),
}

# What the fields of a plan are called where a refusal is read away from its form.
PLACES = {
    "title": word("事项名称"),
    "title_en": word("英文名称"),
    "need": word("需求"),
    "public_opinion": word("征求公众意见的情况"),
    "content": word("服务内容"),
    "quantity": word("数量"),
    "quality": word("质量标准"),
    "goal": word("绩效总体目标"),
    "method_reason": word("选择这种方式的理由"),
    "method_approval": word("采用其他方式的批准"),
    "qualification": word("资格条件"),
    "risk": word("风险和应对"),
    "exit": word("过渡和退出"),
    "indicators": word("指标和权重"),
    "criteria": word("评分项"),
    "installments": word("各期付款"),
}


# The tables of a plan, and its terms that are one value each; its title is the transfer's.
TABLES = ("fundings", "indicators", "criteria", "installments")
SINGLE_TERMS = tuple(name for name in PlanTerms.__slots__ if name not in {*TABLES, "long_term_grounds", "standards"})
TERMS_OF_THE_TRANSFER = ("title", "title_en")
# A plan refers to the row of its power; its terms name the code.
TERMS_OF_THE_PLAN = tuple(name for name in SINGLE_TERMS if name not in {*TERMS_OF_THE_TRANSFER, "power_code"})


def terms_of(plan: Plan) -> PlanTerms:
    """What a stored plan says, as the rules and the form take it."""
    return PlanTerms(
        **{name: getattr(plan.transfer, name) for name in TERMS_OF_THE_TRANSFER},
        **{name: getattr(plan, name) for name in TERMS_OF_THE_PLAN},
        long_term_grounds=frozenset(LongTermGround(ground) for ground in plan.long_term_grounds.split("|") if ground),
        power_code=plan.power_code,
        standards=tuple(row.reference for row in plan.standards),
        fundings=tuple(Funding(row.year, row.code, row.amount) for row in plan.fundings),
        indicators=tuple(IndicatorTerms(row.level, row.name, row.target, row.weight) for row in plan.indicators),
        criteria=tuple(CriterionTerms(row.kind, row.name, row.standard, row.weight) for row in plan.criteria),
        installments=tuple(
            InstallmentTerms(row.name, row.condition, row.percent, row.due_month) for row in plan.installments
        ),
    )


def ensure_plan_holds(terms: PlanTerms, mode: TransferMode, day: date) -> None:
    """Refuse a plan that breaks a rule, with every rule it breaks at once.

    Raises:
        Refusals: each with its field, value, bound and article.
    """
    checks = (_fundings, _ceiling, _term, _indicator_weights, _criterion_weights, _price_weight, _installments)
    broken: list[DomainError] = [fault for check in checks for fault in check(terms, mode, day)]
    if broken:
        raise Refusals(broken)


# How far ahead a year may lie that a plan is paid from: a term begun this year ends no later (CT-3).
def _last_year(mode: TransferMode, day: date) -> int:
    return day.year + int(limits.TERM_LONGEST.of(mode).on(day).amount)


def _fundings(terms: PlanTerms, mode: TransferMode, day: date) -> list[DomainError]:
    article = limits.BUDGETED.of(mode).on(day).article
    budgeted = [row.year for row in terms.fundings if row.code]
    if not budgeted:
        return [
            RuleBroken(
                word("还没有已列预算的经费，至少要有一笔：没有预算的事项不能实施。"), field="fundings", article=article
            )
        ]
    faults: list[DomainError] = []
    seen: set[tuple[int, str]] = set()
    for row in terms.fundings:
        if row.amount <= Money(0):
            faults.append(
                RuleBroken(
                    word("{year} 年的经费是 {amount}，应大于零。"),
                    year=row.year,
                    amount=row.amount,
                    field="fundings",
                    article=article,
                )
            )
        if not row.year:
            faults.append(
                RuleBroken(word("有一笔 {amount} 没有选年度和预算项目。"), amount=row.amount, field="fundings")
            )
            continue
        if (row.year, row.code) in seen:
            faults.append(
                RuleBroken(
                    word("{year} 年的“{code}”填了两次，请合成一笔。"), year=row.year, code=row.code, field="fundings"
                )
            )
        seen.add((row.year, row.code))
        if not day.year <= row.year <= _last_year(mode, day):
            faults.append(
                RuleBroken(
                    word("经费年度 {year} 不在 {first} 到 {last} 年之间。"),
                    year=row.year,
                    first=day.year,
                    last=_last_year(mode, day),
                    field="fundings",
                )
            )
        if not row.code:
            faults += _unbudgeted(terms, row.year, min(budgeted), mode, day)
    return faults


def _unbudgeted(terms: PlanTerms, year: int, first: int, mode: TransferMode, day: date) -> list[DomainError]:
    """A year whose budget is not there yet may only follow one that has one, and only where funding is guaranteed."""
    article = limits.BUDGETED.of(mode).on(day).article
    if year <= first:
        message = word("{year} 年的经费没有选预算项目；只有以后年度、预算还没有编列的，才可以先不选。")
        return [RuleBroken(message, year=year, field="fundings", article=article)]
    # What the section of the term has not said yet is asked when it has.
    if terms.term_months and LongTermGround.GUARANTEED_BUDGET not in terms.long_term_grounds:
        message = word("{year} 年的预算还没有编列：请在“服务期限”一节确认“{ground}”，或者只用已列的预算。")
        return [
            RuleBroken(message, year=year, ground=LongTermGround.GUARANTEED_BUDGET, field="fundings", article=article)
        ]
    return []


def _ceiling(terms: PlanTerms, mode: TransferMode, day: date) -> list[DomainError]:
    faults: list[DomainError] = []
    if terms.ceiling <= Money(0):
        faults.append(RuleBroken(word("最高限价是 {ceiling}，应大于零。"), ceiling=terms.ceiling, field="ceiling"))
    if terms.ceiling > terms.budget > Money(0):
        faults.append(
            RuleBroken(
                word("最高限价 {ceiling} 高于预算 {budget}，请改为不高于预算的数。"),
                ceiling=terms.ceiling,
                budget=terms.budget,
                field="ceiling",
                article=limits.CEILING_PRICE.of(mode).on(day).article,
            )
        )
    return faults


def longest_term(grounds: frozenset[LongTermGround], mode: TransferMode, day: date) -> int:
    """The longest lawful term in months: one year, three where all five conditions are confirmed (CT-3).

    Other modes know one bound only, whatever is confirmed (LG-TERM).
    """
    clause = limits.TERM_LONGEST if grounds == frozenset(LongTermGround) else limits.TERM_GENERAL
    return int(clause.of(mode).on(day).amount) * MONTHS_OF_A_YEAR


def _term(terms: PlanTerms, mode: TransferMode, day: date) -> list[DomainError]:
    absolute = int(limits.TERM_LONGEST.of(mode).on(day).amount) * MONTHS_OF_A_YEAR
    article = limits.TERM_LONGEST.of(mode).on(day).article
    if terms.term_months < 1:
        return [RuleBroken(word("期限是 {months} 个月，至少 1 个月。"), months=terms.term_months, field="term_months")]
    if terms.term_months > absolute:
        return [
            RuleBroken(
                word("期限 {months} 个月，超过 {longest}（{most} 个月）；任何情形都不能超过，请改短。"),
                months=terms.term_months,
                longest=limits.TERM_LONGEST.of(mode).on(day),
                most=absolute,
                field="term_months",
                article=article,
            )
        ]
    most = longest_term(terms.long_term_grounds, mode, day)
    if terms.term_months > most:
        lacking = [ground for ground in LongTermGround if ground not in terms.long_term_grounds]
        return [
            RuleBroken(
                word(
                    "期限 {months} 个月，超过 {most} 个月；要超过 {general}，须逐条确认全部条件，还没有确认的是：{lacking}。"
                ),
                general=limits.TERM_GENERAL.of(mode).on(day),
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


def _indicator_weights(terms: PlanTerms, mode: TransferMode, day: date) -> list[DomainError]:
    if not terms.indicators:
        return [
            RuleBroken(
                word("还没有绩效指标，至少要有一项。"),
                field="indicators",
                article=limits.PERFORMANCE_GOALS.of(mode).on(day).article,
            )
        ]
    shares = [(row.name, row.weight) for row in terms.indicators]
    return _share_faults(shares, "indicators", word("绩效指标的权重合计 {total}，应为 100，相差 {gap}。"))


def _criterion_weights(terms: PlanTerms, mode: TransferMode, day: date) -> list[DomainError]:
    prices = [row for row in terms.criteria if row.kind is CriterionKind.PRICE]
    if len(prices) != 1:
        return [RuleBroken(word("评分标准里价格项有 {count} 项，应当正好 1 项。"), count=len(prices), field="criteria")]
    is_by_price = terms.method is not None and methods.rules_of(terms.method, mode).is_by_price
    if is_by_price and terms.method is not None and len(terms.criteria) > 1:
        return [
            RuleBroken(
                word("{method}不打质量分，满足要求的看报价：评分标准里只留价格一项，100 分，现在有 {count} 项。"),
                method=terms.method,
                count=len(terms.criteria),
                field="criteria",
                article=price_weight_least(terms.method, mode, day).article,
            )
        ]
    if len(terms.criteria) == 1 and not is_by_price:
        return [RuleBroken(word("评分标准里只有价格一项，综合评分至少还要有一项技术和服务。"), field="criteria")]
    shares = [(row.name, row.weight) for row in terms.criteria]
    return _share_faults(shares, "criteria", word("评分标准的分值合计 {total}，应为 100，相差 {gap}。"))


def price_weight_bounds(method: Method, mode: OfAMode, day: date) -> tuple[Decimal, Decimal]:
    """The least and greatest weight of the price for services under `method`, in points of 100."""
    most = methods.rules_of(method, mode).price_most
    # A tender knows no greatest weight.
    whole = methods.clause(most, mode, day).amount if most is not None else 100
    return Decimal(price_weight_least(method, mode, day).amount), Decimal(whole)


def price_weight_least(method: Method, mode: OfAMode, day: date) -> Clause:
    """The clause of the least weight of the price."""
    return methods.clause(methods.rules_of(method, mode).price_least, mode, day)


def _price_weight(terms: PlanTerms, mode: TransferMode, day: date) -> list[DomainError]:
    prices = [row for row in terms.criteria if row.kind is CriterionKind.PRICE]
    if terms.method is None or len(prices) != 1:
        return []
    least, most = price_weight_bounds(terms.method, mode, day)
    if least <= prices[0].weight <= most:
        return []
    return [
        RuleBroken(
            word("价格分值 {weight}，{method}的服务项目应在 {least} 到 {most} 之间。"),
            weight=prices[0].weight,
            method=terms.method,
            least=int(least),
            most=int(most),
            field="criteria",
            article=price_weight_least(terms.method, mode, day).article,
        )
    ]


def _installments(terms: PlanTerms, _mode: TransferMode, _day: date) -> list[DomainError]:
    if not terms.installments:
        return [RuleBroken(word("还没有付款安排，至少要有一期。"), field="installments")]
    late = [row for row in terms.installments if not 1 <= row.due_month <= terms.term_months]
    # Before the term is said, no month is outside of it.
    if late and terms.term_months:
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


def needs_approval(budget: Money, method: Method, day: date) -> bool:
    """Whether a purchase may be made without a tender only with an approval: at or above the threshold (MT-2, TH-1)."""
    return method is not Method.OPEN_TENDER and budget >= limits.TENDER_THRESHOLD.on(day).money()


def ensure_method_approved(terms: PlanTerms, mode: TransferMode, day: date) -> None:
    """Refuse a large purchase that is not tendered and names no approval of it.

    Source: 《政府采购法》第二十七条 (MT-2).
    """
    approval = limits.NOT_TENDERED.of(mode)
    if approval is None or terms.method is None or not needs_approval(terms.budget, terms.method, day):
        return
    if not terms.method_approval.strip():
        raise RuleBroken(
            word(
                "预算 {budget} 达到公开招标数额 {threshold}，采用{method}要先经批准。请填批准机关和文号，或者改用公开招标。"
            ),
            budget=terms.budget,
            threshold=limits.TENDER_THRESHOLD.on(day).money(),
            method=terms.method,
            field="method_approval",
            article=approval.on(day).article,
        )


def ensure_method_fits(terms: PlanTerms, mode: TransferMode, source: Organisation | None, day: date) -> None:
    """Refuse a method that this mode or this budget does not know, and a single source without its ground and its source.

    `source` is the organisation that `source_code` names, where there is one.

    Raises:
        Refusals: each at its field (法31; TH-2; MP-4).
    """
    if terms.method is None:
        return
    faults = [*_unknown_method(terms, mode, day)]
    if terms.method is Method.SINGLE_SOURCE and not faults:
        faults += _source_faults(terms, source, day)
    if faults:
        raise Refusals(faults)


def _unknown_method(terms: PlanTerms, mode: TransferMode, day: date) -> list[DomainError]:
    """A method of procurement where nothing is bought, or a comparison of what procurement law governs."""
    if terms.method not in methods.methods_of(mode):
        return [
            RuleBroken(
                word("{mode}不是政府采购，向社会公开征集承接组织，不用{method}。请选：{methods}。"),
                mode=mode,
                method=terms.method,
                methods=methods.methods_of(mode),
                field="method",
                article=limits.CALLED_IN_PUBLIC.on(day).article,
            )
        ]
    threshold = limits.SELECTION_THRESHOLD.on(day)
    if terms.method is Method.SELECTION and terms.budget >= threshold.money():
        return [
            RuleBroken(
                word("预算 {budget} 达到分散采购限额 {threshold}，适用政府采购法，不能用比选。请改选其他采购方式。"),
                budget=terms.budget,
                threshold=threshold.money(),
                field="method",
                article=threshold.article,
            )
        ]
    return []


def _source_faults(terms: PlanTerms, source: Organisation | None, day: date) -> list[DomainError]:
    article = limits.SINGLE_SOURCE.on(day).article
    faults: list[DomainError] = []
    if terms.source_ground is None:
        faults.append(
            RuleBroken(
                word("单一来源要有法定情形，三种里选一种：{grounds}。"),
                grounds=tuple(SourceGround),
                field="source_ground",
                article=article,
            )
        )
    if source is None or not source.is_verified:
        faults.append(
            RuleBroken(
                word("“{code}”不是已核验组织的统一社会信用代码：单一来源要写明向哪一家采购。"),
                code=terms.source_code or "—",
                field="source_code",
                article=article,
            )
        )
    if terms.source_ground is SourceGround.ADDITION:
        bound = limits.SINGLE_SOURCE_ADDITION.on(day)
        most = terms.source_former_price.share(Decimal(bound.amount) / 100)
        # What the section of the money has not said yet is asked when it has.
        if terms.source_former_price <= Money(0) or terms.budget > most:
            faults.append(
                RuleBroken(
                    word(
                        "添购的预算 {budget} 超过原合同金额 {former} 的 {percent}%，即 {most}；请填对原合同金额，或者改用其他方式。"
                    ),
                    budget=terms.budget,
                    former=terms.source_former_price,
                    percent=bound.amount,
                    most=most,
                    field="source_former_price",
                    article=bound.article,
                )
            )
    return faults


def looks_split(ceilings: Sequence[Money], day: date) -> bool:
    """Whether several purchases of one class that are not tendered add up to the tender threshold (条例28, RC-5)."""
    threshold = limits.TENDER_THRESHOLD.on(day).money()
    return len(ceilings) > 1 and sum(ceilings, Money(0)) >= threshold > max(ceilings)


def ensure_ready(function: TransferableFunction | None, day: date) -> None:
    """Refuse a function that society is not ready to take over: it is incubated first (FT-8)."""
    if function is not None and function.readiness is Readiness.NOT_YET:
        raise RuleBroken(
            word("职能“{function}”的准备程度是“{readiness}”，现在不能转移。请先培育承接组织，或者请目录主管部门调整。"),
            function=function.called,
            readiness=function.readiness,
            article=limits.INCUBATED_FIRST.on(day).article,
        )


def is_writer(plan: Plan, person: User) -> bool:
    """Whether a person wrote of the plan at any time, or stands in for one who did."""
    return doer_among(person, *plan.writer_ids) is not None


def ensure_not_writer(plan: Plan, actor: User, day: date) -> None:
    """Refuse an evaluation by whoever wrote of the plan: drafting and reviewing are separated (MT-4)."""
    if is_writer(plan, actor):
        raise RuleBroken(
            word("方案由 {writers} 起草或者修改过，写过方案的人不能评估或审议它，其代理人也不能，请由另一人办理。"),
            writers=tuple(row.called for row in plan.writers),
            article=limits.REVIEW_BY_OTHERS.of(plan.transfer).on(day).article,
        )


def ensure_is_item(entry: CatalogueEntry) -> None:
    """Refuse to begin a plan from a heading of the catalogue: one matter, one plan, and a heading holds many (LG-2).

    Raises:
        RuleBroken: naming the heading.
    """
    if not entry.is_item:
        raise RuleBroken(
            word("{code}“{name}”是目录的类目，不是具体项目。请从它下面的一个项目开始起草。"),
            code=entry.code,
            name=entry.called,
            field="entry",
        )


def is_theirs(plan: Plan, actor: User) -> bool:
    """Whether a person drafted this plan last or is in charge of it, or stands in for who did or is."""
    return doer_among(actor, plan.drafted_by_id, plan.transfer.officer_id) is not None


def ensure_is_theirs(plan: Plan, actor: User) -> None:
    """Refuse to give up a plan that others draft: a colleague may write of it, and does not end it."""
    if not is_theirs(plan, actor):
        raise NotPermitted(
            word("“{title}”的方案由{drafter}起草、{officer}经办，只能由他们放弃。"),
            title=plan.called,
            drafter=plan.drafted_by.called,
            officer=plan.transfer.officer.called,
        )


def is_handed_in(plan: Plan) -> bool:
    """Whether a plan has left its drafter's hands and is not adopted yet."""
    return plan.status in HANDED_IN


def ensure_awaits_conference(plan: Plan, day: date) -> None:
    """Refuse to put a plan before the conference that its evaluation does not support, or that lies before one (EX-3)."""
    if plan.status is not PlanStatus.EVALUATED:
        raise WrongState(
            word("“{title}”的方案现在是“{status}”，不能列入议程。"),
            title=plan.called,
            status=plan.status,
            article=limits.CONFERENCE.on(day).article,
        )


def ensure_joinable(funding: PlanFunding, day: date) -> None:
    """Refuse to join what is joined, what is not adopted yet, or what has ended.

    Raises:
        WrongState: naming the year with its line, or where plan and transfer stand.
    """
    plan = funding.plan
    article = limits.BUDGETED.of(plan.transfer).on(day).article
    if plan.status is not PlanStatus.ADOPTED:
        raise WrongState(
            word("方案现在是“{status}”，联席会议通过以后才接预算项目；起草时请在“经费和最高限价”一节里选。"),
            status=plan.status,
            article=article,
        )
    if plan.transfer.status is TransferStatus.CLOSED:
        raise WrongState(
            word("“{title}”已经办结，{year} 年的经费不再接预算项目。"),
            title=plan.called,
            year=funding.year,
            article=article,
        )
    if funding.code:
        raise WrongState(
            word("{year} 年的经费已经接上预算项目“{code}”。"), year=funding.year, code=funding.code, article=article
        )


def ensure_of_this_funding(line: BudgetLine, funding: PlanFunding, day: date) -> None:
    """Refuse a line of another year or of another department."""
    article = limits.BUDGETED.of(funding.transfer).on(day).article
    if line.year != funding.year:
        raise RuleBroken(
            word("“{code}”是 {other} 年的预算项目，这一笔是 {year} 年的经费。请选 {year} 年的。"),
            code=line.code,
            other=line.year,
            year=funding.year,
            field="line",
            article=article,
        )
    if line.department_id != funding.department_id:
        raise RuleBroken(
            word("“{code}”是{other}的预算项目。请选{department}的。"),
            code=line.code,
            other=line.department.called,
            department=funding.transfer.department.called,
            field="line",
            article=article,
        )


def outstanding_fundings(transfer: Transfer, uses: Sequence[BudgetUse], day: date) -> list[Outstanding]:
    """The money of years that have begun, held of no line: joined before anything is paid of it (IM-3)."""
    unjoined = {row.year: row for row in transfer.plan.fundings if not row.code}
    return [
        Outstanding(
            word("{year} 年的经费 {held} 还没有接上预算项目"),
            Deed.FUNDING_JOIN,
            limits.BUDGETED.of(transfer).on(day).article,
            values={"year": use.year, "held": use.held},
            target=unjoined[use.year].id,
        )
        for use in uses
    ]


def outstanding_before_the_line(plan: Plan, day: date, *, unfinished: int) -> list[Outstanding]:
    """What keeps a plan from the line: submitted, evaluated, put before the conference, in this order (domain 11, step 0).

    `unfinished` is in how many sections of a draft something lacks. What is outstanding once it lies before a conference,
    the conference says.
    """
    if plan.status is PlanStatus.DRAFT and unfinished:
        lack = word("方案还有 {count} 节没有填好")
        article = limits.PERFORMANCE_GOALS.of(plan.transfer).on(day).article
        return [Outstanding(lack, Deed.PLAN_REVISE, article, values={"count": unfinished})]
    if plan.status is PlanStatus.DRAFT:
        return _outstanding_of_a_draft(plan, day)
    if plan.status is PlanStatus.SUBMITTED:
        return [
            Outstanding(word("事前绩效评估还没有作出"), Deed.PLAN_EVALUATE, limits.EX_ANTE_SUPPORTED.on(day).article)
        ]
    if plan.status is not PlanStatus.EVALUATED:
        return []
    return [
        Outstanding(word("方案还没有列入联席会议的议程"), Deed.CONFERENCE_CONVENE, limits.CONFERENCE.on(day).article)
    ]


def outstanding_faults(plan: Plan, faulty: int, day: date) -> Outstanding:
    """The sections of a draft in which everything is said and something breaks a rule."""
    article = limits.PERFORMANCE_GOALS.of(plan.transfer).on(day).article
    return Outstanding(word("方案有 {count} 节要改"), Deed.PLAN_REVISE, article, values={"count": faulty})


def _outstanding_of_a_draft(plan: Plan, day: date) -> list[Outstanding]:
    """A draft is submitted; after an evaluation that did not support it, its conditions come first, or its revision."""
    evaluation = plan.evaluation
    if evaluation is None or evaluation.conclusion is Conclusion.SUPPORTED:
        article = limits.PERFORMANCE_GOALS.of(plan.transfer).on(day).article
        return [Outstanding(word("方案还没有送交事前评估"), Deed.PLAN_SUBMIT, article)]
    if evaluation.open_conditions:
        return [
            Outstanding(
                word("事前绩效评估的条件还有 {count} 项没有落实"),
                Deed.CONDITION_MEET,
                limits.EX_ANTE_CONDITIONS.on(day).article,
                values={"count": len(evaluation.open_conditions)},
            )
        ]
    message = (
        word("条件都已落实，方案还没有重新送交事前评估")
        if evaluation.conclusion is Conclusion.PARTLY
        else word("事前绩效评估没有予以支持，方案按意见修改后重新送交")
    )
    return [Outstanding(message, Deed.PLAN_SUBMIT, limits.EX_ANTE_SUPPORTED.on(day).article)]


# ── attachments ────────────────────────────────────────────────────────────────────────────────────────────────────

KINDS_OF_ATTACHMENT = (FileKind.PDF, FileKind.DOCX, FileKind.XLSX, FileKind.JPG, FileKind.PNG)


def ensure_is_draft(plan: Plan) -> None:
    """Refuse to change a plan's attachments once it is submitted: what was evaluated stays what it was.

    Raises:
        WrongState: naming where the plan stands.
    """
    if plan.status is not PlanStatus.DRAFT:
        raise WrongState(word("方案现在是“{status}”，附件只能在起草时添加或者移除。"), status=plan.status)


def ensure_attachment(title: str, kind: FileKind, held: int) -> None:
    """Refuse an attachment without a title, of a kind that is not for reading, or one too many."""
    faults: list[DomainError] = []
    if not title.strip():
        faults.append(RuleBroken(word("请写明附件的名称。"), field="title"))
    if kind not in KINDS_OF_ATTACHMENT:
        faults.append(
            RuleBroken(
                word("附件是{kind}，可以作附件的是：{kinds}。"), kind=kind, kinds=KINDS_OF_ATTACHMENT, field="document"
            )
        )
    if held >= ScreeningBounds.attachments:
        faults.append(
            RuleBroken(
                word("方案已有 {held} 个附件，最多 {most} 个。请先移除不用的。"),
                held=held,
                most=ScreeningBounds.attachments,
                field="document",
            )
        )
    if faults:
        raise Refusals(faults)


def ensure_few_hits(hits: Sequence[Hit]) -> None:
    """Refuse an attachment that is full of what may not be bought: nobody can judge so many hits one by one."""
    count = sum(hit.is_prohibited for hit in hits)
    if count > ScreeningBounds.hits:
        raise RuleBroken(
            word("这份附件有 {count} 处命中负面清单，超过 {most} 处，例如“{keyword}”。请改好再上传。"),
            count=count,
            most=ScreeningBounds.hits,
            keyword=hits[0].keyword,
            field="document",
            article=hits[0].article,
        )


# ── hits of the negative list, and what is found of them ───────────────────────────────────────────────────────────


# What the fields of attachments are called, before their number.
ATTACHMENT = "attachment-"


@dataclass(frozen=True, slots=True)
class ScreenedText:
    """A text that is screened: the field it stands in, what that is called, and who wrote it."""

    field: str
    place: str
    text: str
    writers: frozenset[int]

    @property
    def attachment(self) -> Said | None:
        """Which attachment it is of; None for a field."""
        return Said(word("附件“{title}”中的"), {"title": self.place}) if self.field.startswith(ATTACHMENT) else None


@dataclass(frozen=True, slots=True)
class Screened:
    """A hit, the text it stands in, and what has been found of it."""

    hit: Hit
    text: ScreenedText
    findings: tuple[ScreeningFinding, ...]
    is_confirmed: bool = False

    @property
    def lacking(self) -> frozenset[Capacity]:
        """In which capacities it waits for a finding; in none where the conference let it stand."""
        if self.is_confirmed:
            return frozenset()
        return lacking_capacities(self.hit.bearing, self.findings)

    @property
    def is_cleared(self) -> bool:
        """Whether it keeps nothing from going on."""
        return not self.lacking

    @property
    def clause(self) -> tuple[int, int]:
        """The clause around the hit, as typed."""
        return clause_around(self.text.text, self.hit.start, self.hit.end)


def lacking_capacities(bearing: Bearing, findings: Sequence[ScreeningFinding]) -> frozenset[Capacity]:
    """Who must still find in writing that a hit is a misfire: both for one that stops, either for one under a prohibition.

    Source: 《政府购买服务管理办法》第十条; that two persons decide in writing is this house's practice.
    """
    found = {finding.capacity for finding in findings}
    if bearing is Bearing.STOPS:
        return frozenset(Capacity) - found
    if bearing is Bearing.UNDER_PROHIBITION and not found:
        return frozenset(Capacity)
    return frozenset()


def capacities_of(person: User, transfer: Transfer) -> list[Capacity]:
    """In which capacities a person may judge a hit: of the department, or as supervisor."""
    held = []
    if person.department_id == transfer.department_id and person.roles & {Role.OFFICER, Role.APPROVER}:
        held.append(Capacity.SECOND_PERSON)
    if Role.SUPERVISOR in person.roles:
        held.append(Capacity.SUPERVISOR)
    return held


def may_find(screened: Screened, person: User, transfer: Transfer) -> Capacity | None:
    """In which capacity a person may judge this hit now; None for who wrote the text, has judged it, or is not asked."""
    if person.id in screened.text.writers or any(row.found_by_id == person.id for row in screened.findings):
        return None
    return next((held for held in capacities_of(person, transfer) if held in screened.lacking), None)


def ensure_may_find(screened: Screened, person: User, transfer: Transfer, day: date) -> Capacity:
    """Refuse a finding by who wrote the text, who has given one already, or whose part has been done by another.

    Raises:
        RuleBroken: naming who, with the article on review by others (MT-4).
    """
    article = limits.REVIEW_BY_OTHERS.of(transfer).on(day).article
    doer = doer_among(person, *screened.text.writers)
    if doer is not None:
        raise RuleBroken(
            word("“{place}”由{doer}起草或者修改过，命中要由起草人以外的人认定。"),
            place=screened.text.place,
            doer=doer,
            article=article,
        )
    mine = next((row for row in screened.findings if row.found_by_id == person.id), None)
    if mine is not None:
        raise RuleBroken(
            word("这一处您已经以“{capacity}”的身份认定过，另一份认定要由另一人作出。"),
            capacity=mine.capacity,
            article=article,
        )
    capacity = may_find(screened, person, transfer)
    if capacity is None:
        raise RuleBroken(
            word("这一处不缺您的认定，还缺的是：{lacking}。"),
            lacking=tuple(sorted(screened.lacking)) or (word("没有了"),),
            article=article,
        )
    return capacity


def ensure_reason_given(reason: str) -> None:
    """Refuse a finding whose reason is too short to be one."""
    length = len(reason.strip())
    if length < ScreeningBounds.reason:
        raise RuleBroken(
            word("认定理由有 {length} 个字，至少 {least} 个字：写明为什么这一处不是要购买清单上的事项。"),
            length=length,
            least=ScreeningBounds.reason,
            field="reason",
        )


def outstanding_findings(transfer: Transfer, screened: Sequence[Screened], people: Sequence[User]) -> list[Outstanding]:
    """The hits that wait for findings, as one thing to be done; `people` are those who might give one."""
    waiting = {row.hit.fingerprint: row for row in screened if not row.is_cleared}
    if not waiting:
        return []
    asked = {
        person.id for person in people if any(may_find(row, person, transfer) is not None for row in waiting.values())
    }
    return [
        Outstanding(
            word("筛查命中 {count} 处，等待认定"),
            Deed.FINDING_RECORD,
            next(iter(waiting.values())).hit.article,
            people=frozenset(asked),
            values={"count": len(waiting)},
        )
    ]


def outstanding_of_bar(plan: Plan, bar: NegativeListEntry) -> Outstanding:
    """A plan whose entry the list in force bars goes no further: its department takes it back, and gives it up."""
    is_draft = plan.status is PlanStatus.DRAFT
    return Outstanding(
        word("目录 {entry} 属于现行负面清单 {code}“{title}”，方案不能上会"),
        Deed.PLAN_ABANDON if is_draft else Deed.PLAN_RECALL,
        article_of(bar.basis, bar.basis_status.standing),
        people=frozenset({plan.drafted_by_id, plan.transfer.officer_id}) if is_draft else frozenset(),
        values={"entry": plan.transfer.catalogue_entry.code, "code": bar.code, "title": bar.called},
    )


# ── paused by a new negative list ──────────────────────────────────────────────────────────────────────────────────


def ensure_not_paused_by_list(transfer: Transfer, day: date) -> None:
    """Refuse to resume what a new negative list paused: only the joint conference confirms or ends it."""
    if transfer.is_paused_by_list:
        raise RuleBroken(
            word("“{title}”因新的负面清单暂停，只能由联席会议确认或者终止。"),
            title=transfer.called,
            article=limits.EDITION_IN_FORCE.on(day).article,
        )


def ensure_pause_waits(transfer: Transfer) -> None:
    """Refuse to table what no new list paused, or what lies before a conference already."""
    if not transfer.is_paused_by_list or transfer.is_pause_tabled:
        raise WrongState(word("“{title}”没有等着联席会议确认或者终止。"), title=transfer.called)
