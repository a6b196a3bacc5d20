"""What is done with budgets: finance enters and adjusts lines; plans, agreements and payments hold money of them.

`reserve`, `release`, `commit`, `commit_more`, `join`, `spend` and `settle` are no deeds: each is part of the deed that has the effect, in its
transaction. A line is locked before its balance is read, so that of two who want the last of it one gets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import DomainError, Refusals, RuleBroken
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.budgets import rules
from procurement.registers.budgets.models import (
    NOTHING,
    BudgetAdjustment,
    BudgetLine,
    BudgetUse,
    Key,
    balances_of,
    line_by_key,
    unjoined_uses,
    uses_of_matter,
)
from procurement.registers.budgets.rules import Funding, LineTerms
from procurement.registers.people import Department, User
from procurement.statute import limits


def enter_budget_line(department: Department, terms: LineTerms, *, actor: User, now: datetime) -> BudgetLine:
    """Enter what a department may spend under one code in one year (IM-3).

    Raises:
        Refusals: everything wrong with the line, each at its field.
    """
    access.require(actor, Deed.BUDGET_LINE_ENTER, department)

    faults = rules.faults_of_line(terms, local_day(now))
    if faults:
        raise Refusals(faults)
    rules.ensure_line_free(line_by_key((department.id, terms.year, terms.code.strip())))

    line = BudgetLine(
        department=department, year=terms.year, code=terms.code.strip(), name=terms.name.strip(), amount=terms.amount
    )
    db.session.add(line)
    db.session.flush()

    audit.record(
        Deed.BUDGET_LINE_ENTER, line, actor=actor, now=now, department=department.name, year=line.year, code=line.code,
        amount=line.amount,
    )  # fmt: skip
    return line


def adjust_budget_line(line: BudgetLine, amount: Money, reason: str, *, actor: User, now: datetime) -> None:
    """Change the amount of a line, never under what is held of it.

    Raises:
        RuleBroken: no amount, none that differs, one under what is held, or no reason.
    """
    access.require(actor, Deed.BUDGET_LINE_ADJUST, line)

    if amount <= NOTHING:
        raise RuleBroken(word("预算金额 {amount} 应大于零。"), amount=amount, field="amount")
    if amount == line.amount:
        raise RuleBroken(word("预算金额现在就是 {amount}，没有变化。"), amount=amount, field="amount")
    rules.ensure_covers(amount, balances_of([line])[line.key], local_day(now))
    if not reason.strip():
        raise rules.no_reason(line.amount, amount)

    before = line.amount
    change_amount(line, amount, reason, actor=actor, now=now)

    audit.record(Deed.BUDGET_LINE_ADJUST, line, actor=actor, now=now, before=before, after=amount, reason=reason)


def change_amount(line: BudgetLine, amount: Money, reason: str, *, actor: User, now: datetime) -> None:
    """Give a line another amount and keep from what to what and why; part of the deed that does so."""
    db.session.add(
        BudgetAdjustment(
            line_id=line.id, before=line.amount, after=amount, reason=reason.strip(), adjusted_by=actor, adjusted_at=now
        )
    )
    line.amount = amount


# ── what plans, agreements and payments hold ───────────────────────────────────────────────────────────────────────


def _locked(key: Key) -> BudgetLine | None:
    department_id, year, code = key
    query = select(BudgetLine).where(
        BudgetLine.department_id == department_id, BudgetLine.year == year, BudgetLine.code == code
    )
    return db.session.scalar(query.with_for_update(of=BudgetLine).execution_options(populate_existing=True))


def ensure_available(
    department_id: int, fundings: Sequence[Funding], day: date, *, matter: str = "", lock: bool = False
) -> None:
    """Refuse fundings that no line of the department covers, naming each balance; years without a code are not asked.

    With `lock` the lines stay locked until the transaction ends, always in the same order.

    Raises:
        Refusals: one for each funding that is not covered.
    """
    own = {use.key: use.held for use in uses_of_matter(matter)} if matter else {}
    faults: list[DomainError] = []
    for funding in sorted(fundings, key=lambda row: (row.year, row.code)):
        if not funding.code:
            continue
        key = (department_id, funding.year, funding.code)
        line = _locked(key) if lock else line_by_key(key)
        balance = balances_of([line])[key] if line is not None else None
        held = own.get(key, NOTHING)
        if balance is None or not rules.covers(balance, held, funding.amount):
            faults.append(rules.shortfall(funding, line, balance, held, day))
    if faults:
        raise Refusals(faults)


def reserve(department_id: int, matter: str, fundings: Sequence[Funding], day: date) -> None:
    """Reserve a plan's money, in place of what the matter held before.

    Raises:
        Refusals: a line does not cover it.
    """
    ensure_available(department_id, fundings, day, matter=matter, lock=True)
    release(matter)
    db.session.add_all(
        BudgetUse(
            department_id=department_id, year=row.year, code=row.code, matter=matter, reserved=row.amount,
            committed=NOTHING, spent=NOTHING, held=row.amount,
        )
        for row in fundings
    )  # fmt: skip
    db.session.flush()


def release(matter: str) -> None:
    """Give back everything that a matter without an agreement holds."""
    for use in uses_of_matter(matter):
        db.session.delete(use)
    db.session.flush()


def commit(matter: str, price: Money, day: date) -> None:
    """Commit the price of an agreement and give the rest of the reservation back; the earliest year's money first.

    Raises:
        RuleBroken: more than was reserved (a ceiling never exceeds its budget, so only a changed plan can bring it about).
    """
    uses = uses_of_matter(matter)
    *parts, beyond = rules.spread(price, uses)
    if beyond > NOTHING:
        raise RuleBroken(
            word("协议金额 {price} 超过为它占用的预算，缺 {beyond}。"),
            price=price, beyond=beyond, article=limits.BUDGET_BINDS.on(day).article,
        )  # fmt: skip
    for use, part in zip(uses, parts, strict=True):
        use.committed = use.held = part


def ensure_bears(matter: str, amount: Money, year: int, day: date, *, lock: bool = False) -> BudgetUse | None:
    """Refuse a supplement of `amount`, due in `year`, that its line does not bear; the use that is to hold it.

    With `lock` the line stays locked until the transaction ends.

    Raises:
        RuleBroken: naming the balance.
    """
    use = rules.use_for(uses_of_matter(matter), year)
    line = None
    if use is not None:
        line = _locked(use.key) if lock else line_by_key(use.key)
    balance = balances_of([line])[line.key] if line is not None else None
    rules.ensure_bears(line, balance, amount, day)
    return use


def commit_more(matter: str, amount: Money, year: int, day: date) -> None:
    """Commit what a supplement adds to an agreement, of which no plan reserved anything.

    Raises:
        RuleBroken: the line does not bear it.
    """
    use = ensure_bears(matter, amount, year, day, lock=True)
    assert use is not None
    use.committed = use.committed + amount
    use.held = use.held + amount


def join(matter: str, line: BudgetLine, day: date) -> Money:
    """Let what a matter holds of a year without a line be held of this one, exactly as it is: reserved, or committed.

    Raises:
        RuleBroken: the line has less left.
    """
    locked = _locked(line.key)
    assert locked is not None  # no line is ever deleted
    uses = {use.key: use for use in uses_of_matter(matter)}
    use, same = uses[line.department_id, line.year, ""], uses.get(line.key)
    balance, held = balances_of([locked])[line.key], use.held
    if held > balance.available:
        raise rules.too_little(locked, balance, held, day)
    if same is None:
        use.code = line.code
    else:
        # The plan had a part of this year on that line already: they are one use of it from now on.
        for part in ("reserved", "committed", "spent", "held"):
            setattr(same, part, getattr(same, part) + getattr(use, part))
        db.session.delete(use)
    db.session.flush()
    return held


def ensure_joined(matter: str, day: date) -> None:
    """Refuse to pay while a year that has begun has money of this matter that is of no line: no budget, no payment (IM-3)."""
    use = next(iter(unjoined_uses([matter], day.year)), None)
    if use is not None:
        raise rules.unjoined(use, day)


def spend(matter: str, amount: Money, day: date) -> None:
    """Spend what an agreement committed, the earliest year's money first (what a year leaves over is carried forward).

    Raises:
        RuleBroken: more than is committed, or money of a year that is of no line yet.
    """
    left = amount
    for use in uses_of_matter(matter):
        part = min(left, use.committed - use.spent)
        if part > NOTHING and not use.is_joined:
            raise rules.unjoined(use, day)
        use.spent = use.spent + part
        left = left - part
    if left > NOTHING:
        raise RuleBroken(
            word("付款 {amount} 超过协议占用预算的余额，缺 {beyond}。"),
            amount=amount, beyond=left, field="amount", article=limits.BUDGET_BINDS.on(day).article,
        )  # fmt: skip


def settle(matter: str) -> None:
    """Close a matter's account: what was committed and never spent goes back to its line, and is committed no more."""
    for use in uses_of_matter(matter):
        use.held = use.committed = use.spent
