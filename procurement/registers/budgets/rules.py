"""What a budget allows: nothing without a line, nothing beyond its balance (IM-3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.registers.budgets.models import NOTHING, Balance, BudgetLine, BudgetUse
from procurement.statute import limits


@dataclass(frozen=True, slots=True)
class Funding:
    """The money of one year: under which code, how much; no code where that year's budget is not there yet."""

    year: int
    code: str
    amount: Money


@dataclass(frozen=True, slots=True)
class LineTerms:
    """A budget line as it is entered or imported."""

    year: int
    code: str
    name: str
    amount: Money


def faults_of_line(terms: LineTerms, day: date) -> list[DomainError]:
    """What is wrong with a budget line as entered, each at its field."""
    faults: list[DomainError] = []
    if not day.year - 1 <= terms.year <= day.year + 1:
        faults.append(
            RuleBroken(
                word("年度 {year} 不对：只能填上一年、今年或下一年（{first} 至 {last}）。"),
                year=terms.year,
                first=day.year - 1,
                last=day.year + 1,
                field="year",
            )
        )
    if not terms.code.strip():
        faults.append(RuleBroken(word("预算项目编号必须填写。"), field="code"))
    if not terms.name.strip():
        faults.append(RuleBroken(word("预算项目名称必须填写。"), field="name"))
    if terms.amount <= NOTHING:
        faults.append(RuleBroken(word("预算金额 {amount} 应大于零。"), amount=terms.amount, field="amount"))
    return faults


def ensure_line_free(known: BudgetLine | None) -> None:
    """Refuse a second line of one department, year and code."""
    if known is not None:
        raise RuleBroken(
            word("{department} {year} 年已经有编号 {code} 的预算项目“{name}”。要改金额，请打开那一项调整。"),
            department=known.department.called, year=known.year, code=known.code, name=known.name, field="code",
        )  # fmt: skip


def no_reason(before: Money, after: Money) -> DomainError:
    """The refusal of a change that does not say why."""
    return RuleBroken(
        word("金额由 {before} 改为 {after}，要写明理由：依据的批复或者文件。"),
        before=before,
        after=after,
        field="reason",
    )


def ensure_covers(amount: Money, balance: Balance, day: date) -> None:
    """Refuse to cut a line under what matters hold of it."""
    if amount < balance.held:
        raise RuleBroken(
            word("金额 {amount} 低于已经占用的 {held}。请先减少占用，或者填不低于它的数。"),
            amount=amount, held=balance.held, field="amount", article=limits.BUDGET_BINDS.on(day).article,
        )  # fmt: skip


def shortfall(funding: Funding, line: BudgetLine | None, balance: Balance | None, own: Money, day: date) -> DomainError:
    """The refusal of a funding that no line covers; `own` is what the matter itself holds of the line now."""
    article = limits.BUDGET_BINDS.on(day).article
    if line is None or balance is None:
        return RuleBroken(
            word("{year} 年没有编号 {code} 的预算项目：没有预算，不得实施。请选本部门已列的预算项目。"),
            year=funding.year, code=funding.code, field="fundings", article=article,
        )  # fmt: skip
    return RuleBroken(
        word(
            "{year} 年“{code} {name}”的余额是 {available}，要占用 {amount}，超出 {beyond}。请减少金额，或者另选预算项目。"
        ),
        year=line.year, code=line.code, name=line.name, available=balance.available + own, amount=funding.amount,
        beyond=funding.amount - balance.available - own, field="fundings", article=article,
    )  # fmt: skip


def use_for(uses: Sequence[BudgetUse], year: int) -> BudgetUse | None:
    """The line from which a matter pays what falls due in `year`: the plan's of that year, else the last one before it.

    What a year leaves over is carried forward. Years whose budget is not there yet have no line to pay from.
    """
    with_line = [use for use in uses if use.is_joined]
    return next((use for use in reversed(with_line) if use.year <= year), with_line[0] if with_line else None)


def ensure_bears(line: BudgetLine | None, balance: Balance | None, amount: Money, day: date) -> None:
    """Refuse a supplement that the balance of its line does not bear."""
    article = limits.BUDGET_BINDS.on(day).article
    if line is None or balance is None:
        raise RuleBroken(
            word("本事项的预算项目已经不在：没有预算，不得追加。请先请财政部门列入预算。"),
            field="amount",
            article=article,
        )
    if amount > balance.available:
        raise RuleBroken(
            word(
                "{year} 年“{code} {name}”的余额是 {available}，追加要占用 {amount}，超出 {beyond}。"
                "请减少金额，或者先请财政部门调整预算。"
            ),
            year=line.year, code=line.code, name=line.name, available=balance.available, amount=amount,
            beyond=amount - balance.available, field="amount", article=article,
        )  # fmt: skip


def too_little(line: BudgetLine, balance: Balance, held: Money, day: date) -> DomainError:
    """The refusal of a line that cannot bear what a matter holds of its year."""
    return RuleBroken(
        word("{year} 年“{code} {name}”的余额是 {available}，这一年要占用 {held}，缺 {beyond}。请另选预算项目，或者请财政部门调整。"),
        year=line.year, code=line.code, name=line.name, available=balance.available, held=held,
        beyond=held - balance.available, field="line", article=limits.BUDGET_BINDS.on(day).article,
    )  # fmt: skip


def unjoined(use: BudgetUse, day: date) -> DomainError:
    """The refusal of a payment out of money that is of no budget line yet."""
    return RuleBroken(
        word("{year} 年的经费 {held} 还没有接上预算项目，接上以前不能付款。请经办人先在事项页上接上。"),
        year=use.year, held=use.held, article=limits.BUDGET_BINDS.on(day).article,
    )  # fmt: skip


def covers(balance: Balance, own: Money, amount: Money) -> bool:
    """Whether a line can bear `amount` of a matter that holds `own` of it already."""
    return amount <= balance.available + own


def spread(amount: Money, uses: Iterable[BudgetUse]) -> list[Money]:
    """`amount` over the uses of a matter, each filled to what it reserved before the next, earlier years first.

    What is left when all are full is the last element, so that a caller sees that the money does not suffice.
    """
    left, parts = amount, []
    for use in uses:
        part = min(left, use.reserved)
        parts.append(part)
        left = left - part
    return [*parts, left]
