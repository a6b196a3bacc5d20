"""Pages of the budget: the lines of a year with what is left of each, one line with who holds what, and finance's two forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from procurement.foundation.clock import local_day
from procurement.foundation.errors import WrongState
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.budgets import models, operations
from procurement.registers.budgets.models import Balance, BudgetLine, BudgetUse
from procurement.registers.budgets.rules import LineTerms
from procurement.registers.people import User, department_by_id, departments
from procurement.transfers.models import (
    Plan,
    PlanFunding,
    PlanStatus,
    Transfer,
    TransferStatus,
    transfers_of_chains,
)
from procurement.web.fields import MoneyField, Needed, WholeField, choices, prose, text
from procurement.web.languages import say
from procurement.web.refusals import attempt, found, guard, number_asked, page, succeeded
from procurement.web.session import acting_user

bp = Blueprint("budgets", __name__, url_prefix="/budgets")


class EnterBudgetLineForm(FlaskForm):
    """A department's money under one code in one year."""

    department = SelectField(_l("部门"), choices=lambda: [], coerce=int)
    year = WholeField(_l("年度"), validators=[Needed()])
    code = text(_l("预算项目编号"), 40)
    name = text(_l("预算项目名称"), 120)
    amount = MoneyField(_l("预算金额"), validators=[Needed()])

    def terms(self) -> LineTerms:
        """What the form says."""
        assert self.year.data is not None
        assert self.amount.data is not None
        return LineTerms(self.year.data, self.code.data or "", self.name.data or "", self.amount.data)


class AdjustBudgetLineForm(FlaskForm):
    """Another amount, and why."""

    amount = MoneyField(_l("新的金额"), validators=[Needed()])
    reason = prose(_l("理由和依据"), rows=2)


def readable(actor: User | None) -> list[int] | None:
    """The departments whose budget this person may see; None for all."""
    own = [row for row in departments() if access.can(actor, Deed.BUDGET_LINE_READ, row)]
    return None if len(own) == len(departments()) else [row.id for row in own]


@bp.get("/")
@login_required
def list_budget_lines() -> ResponseReturnValue:
    """The lines of a year, this one unless another is asked for, with what is left of each."""
    actor = acting_user()
    seen = readable(actor)
    access.require(actor, Deed.BUDGET_LINE_READ, actor.department if actor is not None and seen is not None else None)
    years = list(models.years_with_lines())
    this_year = local_day(g.now).year
    asked = number_asked("year")
    year = asked if asked in years else this_year
    rows = models.lines_of(year, seen)
    balances = models.balances_of(rows)
    total = Balance(*(sum((getattr(balances[row.key], part) for row in rows), Money(0)) for part in Balance.__slots__))
    return page(
        "budgets/list_budget_lines.html", rows=rows, balances=balances, total=total, year=year,
        years=sorted({*years, this_year}, reverse=True), may_enter=access.can(actor, Deed.BUDGET_LINE_ENTER, None),
        may_import=access.can(actor, Deed.BUDGET_LINES_IMPORT, None),
    )  # fmt: skip


def _reach(line_id: int) -> BudgetLine:
    line = found(models.line_by_id(line_id))
    return found(line if access.can(acting_user(), Deed.BUDGET_LINE_READ, line) else None)


@bp.get("/<int:line_id>")
@login_required
def read_budget_line(line_id: int) -> ResponseReturnValue:
    """One line: what is left of it, and what each matter holds."""
    line = _reach(line_id)
    uses = models.uses_of_line(line)
    return page(
        "budgets/read_budget_line.html", line=line, balance=models.balances_of([line])[line.key], uses=uses,
        transfers=transfers_of_chains([use.matter for use in uses]),
        adjustments=models.adjustments_of(line), may_adjust=access.can(acting_user(), Deed.BUDGET_LINE_ADJUST, line),
    )  # fmt: skip


@bp.route("/enter", methods=["GET", "POST"])
@login_required
def enter_budget_line() -> ResponseReturnValue:
    """Enter one line by hand."""
    guard(operations.enter_budget_line, None)
    form = EnterBudgetLineForm()
    if request.method == "GET":
        form.year.data = local_day(g.now).year
    form.department.choices = choices((row.id, say(row.called)) for row in departments())
    if form.validate_on_submit():
        department = found(department_by_id(form.department.data))
        line = attempt(form, operations.enter_budget_line, department, form.terms())
        if line is not None:
            flash(_("预算项目已录入。"))
            return redirect(url_for("budgets.read_budget_line", line_id=line.id), code=303)
    return page("budgets/enter_budget_line.html", form=form)


@bp.route("/<int:line_id>/adjust", methods=["GET", "POST"])
@login_required
def adjust_budget_line(line_id: int) -> ResponseReturnValue:
    """Change a line's amount."""
    line, form = _reach(line_id), AdjustBudgetLineForm()
    guard(operations.adjust_budget_line, line)
    balance = models.balances_of([line])[line.key]
    if form.validate_on_submit():
        attempt(form, operations.adjust_budget_line, line, form.amount.data, form.reason.data)
        if succeeded():
            flash(_("金额已调整。"))
            return redirect(url_for("budgets.read_budget_line", line_id=line.id), code=303)
    return page("budgets/adjust_budget_line.html", form=form, line=line, balance=balance)


def line_text(line: BudgetLine, balance: Balance) -> str:
    """A line as it is chosen from: year, code, name, what is left."""
    values = {"year": line.year, "code": line.code, "name": line.name, "left": balance.available}
    return say(word("{year} 年 {code} {name}，余额 {left}"), values)


# ── beside a plan ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """The money of one year of a plan, as its page shows it: the line, what has become of it, what the line has left."""

    year: int
    code: str
    amount: Money
    line: BudgetLine | None
    balance: Balance | None
    state: str
    may_read: bool


def _state(use: BudgetUse | None) -> str:
    """What has become of the money: nothing yet, reserved, committed, spent."""
    if use is None:
        return _("送交评估时占用")
    if use.committed.fen == 0:
        return say(word("方案占用 {held}"), {"held": use.held})
    return say(word("协议占用 {committed}，已付 {spent}"), {"committed": use.committed, "spent": use.spent})


def money_of(plan: Plan, actor: User | None) -> Sequence[MoneyRow]:
    """The rows of a plan's money, in a constant number of queries."""
    years = {row.year for row in plan.fundings}
    lines = {row.key: row for year in sorted(years) for row in models.lines_of(year, [plan.department_id])}
    balances = models.balances_of(list(lines.values()))
    uses = {use.key: use for use in models.uses_of_matter(plan.chain_key)}
    rows = []
    for row in plan.fundings:
        key = (plan.department_id, row.year, row.code)
        line = lines.get(key)
        rows.append(
            MoneyRow(
                row.year,
                row.code,
                row.amount,
                line,
                balances.get(key),
                _state(uses.get(key)),
                access.can(actor, Deed.BUDGET_LINE_READ, line or plan),
            )
        )
    return rows


# ── later years whose money is of no line yet ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class UnjoinedRow:
    """The money of a later year that is of no budget line yet: what is held, and where it is joined, for whoever may."""

    year: int
    held: Money
    url: str


def _held_without_line(plan: Plan) -> dict[int, Money]:
    """What the matter holds of each year without a line."""
    return {use.year: use.held for use in models.uses_of_matter(plan.chain_key) if not use.is_joined}


def unjoined_of(transfer: Transfer, actor: User | None) -> Sequence[UnjoinedRow]:
    """The years of an adopted plan that are not joined yet, each with its link where that year's budget is there."""
    plan = transfer.plan
    rows = [row for row in plan.fundings if not row.code]
    if not rows or plan.status is not PlanStatus.ADOPTED or transfer.status is TransferStatus.CLOSED:
        return []
    held, budgeted = _held_without_line(plan), set(models.years_with_lines(transfer.department_id))
    return [
        UnjoinedRow(
            row.year,
            held[row.year],
            url_for("transfers.join_funding", transfer_id=transfer.id, funding_id=row.id)
            if row.year in budgeted and access.can(actor, Deed.FUNDING_JOIN, row)
            else "",
        )
        for row in rows
        if held.get(row.year, models.NOTHING) > models.NOTHING
    ]


def held_of(funding: PlanFunding) -> Money:
    """What its matter holds of its year, without a line."""
    return _held_without_line(funding.plan).get(funding.year, models.NOTHING)


def lines_to_join(funding: PlanFunding) -> list[SelectChoice]:
    """The lines of its year and department, each with what is left of it; what a line is called stays Chinese.

    Raises:
        WrongState: the budget of that year is not there yet.
    """
    lines = models.lines_of(funding.year, [funding.department_id])
    if not lines:
        raise WrongState(
            word("{department}还没有 {year} 年的预算项目。请财政部门录入以后再接。"),
            department=funding.transfer.department.called, year=funding.year,
        )  # fmt: skip
    balances = models.balances_of(lines)
    return [SelectChoice(row.id, line_text(row, balances[row.key]), render_kw={"lang": "zh-CN"}) for row in lines]
