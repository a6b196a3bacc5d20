"""A plan is drafted section by section, and may start from a former one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from procurement.foundation.database import db
from procurement.foundation.errors import Refusals
from procurement.foundation.money import Money
from procurement.registers import audit
from procurement.registers.budgets.rules import Funding
from procurement.registers.catalogue.models import entry_by_code
from procurement.registers.standards.models import StandardStatus, standards_by_reference
from procurement.transfers import operations, sections
from procurement.transfers.models import Method, PlanStatus, Transfer
from procurement.transfers.rules import LongTermGround, PlanTerms, terms_of
from procurement.transfers.sections import FIELDS, TAKEN_OVER, Progress, Section
from tests.factories import BUDGET_CODE, World, plan_terms

BEGUN = PlanTerms(title="城市管家服务", power_code="Q0020")
STANDARD = "村改社区工作规范"


def begun(world: World, terms: PlanTerms = BEGUN, **more: Any) -> Transfer:
    return world.do(
        operations.draft_plan, world.people.department, terms, entry=entry_by_code("011401", world.today),
        by=more.pop("by", world.people.officer), **more,
    )  # fmt: skip


def save(world: World, transfer: Transfer, section: Section, **changes: Any) -> None:
    world.do(operations.revise_plan, transfer.plan, plan_terms(**changes), (section,), by=world.people.officer)


def progress(world: World, transfer: Transfer) -> dict[Section, Progress]:
    faults = operations.faults_in_plan(transfer.plan, world.today)
    return {row.section: row.progress for row in sections.progress_of(terms_of(transfer.plan), faults)}


@pytest.mark.sqlite_only
def test_every_field_of_a_plan_stands_in_one_section() -> None:
    told = [name for names in FIELDS.values() for name in names]
    assert sorted(told) == sorted(PlanTerms.__slots__)


def test_a_plan_begins_with_its_matter_and_is_whole_when_every_section_is_saved_in_any_order(world: World) -> None:
    transfer = begun(world)
    assert world.lacking(transfer) == ["方案还有 10 节没有填好"]
    for section in reversed(Section):
        save(world, transfer, section)
    assert terms_of(transfer.plan) == plan_terms()
    assert set(progress(world, transfer).values()) == {Progress.DONE}
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)
    assert transfer.plan.status is PlanStatus.SUBMITTED


def test_a_submission_names_every_section_that_lacks_with_its_article(world: World) -> None:
    transfer = begun(world)
    save(world, transfer, Section.NEED)
    refusal = world.refuse(
        operations.submit_plan, transfer.plan, by=world.people.officer, error=Refusals, says=("一节还没有填",)
    )
    told = {fault.field: str(fault) for fault in refusal.refusals}  # type: ignore[attr-defined]
    assert len(told) == 9
    assert "第十六条" in told["fundings"]
    assert "need" not in told


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("section", "changes", "where"),
    [
        (Section.NEED, {"public_opinion": ""}, "public_opinion"),
        (Section.CONTENT, {"standards": ("没有这项",)}, "standards"),
        (Section.GOALS, {"indicators": ()}, "indicators"),
        (Section.MONEY, {"ceiling": Money.yuan("1300000.01")}, "ceiling"),
        (Section.MONEY, {"fundings": (Funding(2025, "none", Money.yuan("1300000")),)}, "fundings"),
        (Section.TERM, {"term_months": 13}, "term_months"),
        (Section.METHOD, {"method": None}, "method"),
        (Section.CRITERIA, {"criteria": ()}, "criteria"),
        (Section.PAYMENTS, {"installments": ()}, "installments"),
        (Section.MATTER, {"power_code": ""}, "power_code"),
    ],
)
def test_what_a_section_alone_can_know_is_refused_in_it(
    world: World, section: Section, changes: dict[str, Any], where: str
) -> None:
    transfer = begun(world)
    world.refuse(
        operations.revise_plan, transfer.plan, plan_terms(**changes), (section,), by=world.people.officer,
        error=Refusals, where=where,
    )  # fmt: skip


def test_what_another_section_makes_wrong_is_shown_there_and_stops_the_submission(world: World) -> None:
    transfer = begun(world)
    # Before the method is said, no weight of the price is out of its bounds; nor a month out of a term.
    for section in Section:
        if section not in (Section.METHOD, Section.TERM):
            save(world, transfer, section)
    first, *others = plan_terms().criteria
    save(world, transfer, Section.CRITERIA, criteria=(replace(first, weight=35), replace(others[0], weight=65)))
    save(world, transfer, Section.METHOD, method=Method.OPEN_TENDER)
    save(world, transfer, Section.TERM, term_months=6)
    found = progress(world, transfer)
    assert (found[Section.CRITERIA], found[Section.PAYMENTS]) == (Progress.DONE, Progress.FAULTY)
    save(world, transfer, Section.METHOD)
    assert progress(world, transfer)[Section.CRITERIA] is Progress.FAULTY
    world.refuse(
        operations.submit_plan, transfer.plan, by=world.people.officer, error=Refusals, where="criteria",
        says=("35", "10 到 30"),
    )  # fmt: skip
    # Where the other section has spoken, this one knows.
    world.refuse(
        operations.revise_plan, transfer.plan, terms_of(transfer.plan), (Section.CRITERIA,), by=world.people.officer,
        error=Refusals, where="criteria",
    )  # fmt: skip


def test_a_later_year_waits_for_the_section_that_confirms_its_funding(world: World) -> None:
    transfer = begun(world)
    later = (Funding(2025, BUDGET_CODE, Money.yuan("1300000")), Funding(2026, "", Money.yuan("300000")))
    save(world, transfer, Section.MONEY, fundings=later)
    save(world, transfer, Section.TERM)
    assert progress(world, transfer)[Section.MONEY] is Progress.FAULTY
    save(world, transfer, Section.TERM, long_term_grounds=frozenset({LongTermGround.GUARANTEED_BUDGET}))
    assert progress(world, transfer)[Section.MONEY] is Progress.DONE


def test_a_section_saved_by_one_keeps_what_another_has_saved_meanwhile(world: World) -> None:
    transfer, people = begun(world), world.people
    stale = terms_of(transfer.plan)
    save(world, transfer, Section.NEED)
    world.do(
        operations.revise_plan, transfer.plan, replace(stale, risk="停电。", exit="移交。"), (Section.RISK,),
        by=people.colleague,
    )  # fmt: skip
    assert (transfer.plan.need, transfer.plan.risk) == (plan_terms().need, "停电。")
    line, *_ = audit.lines_of_chain(transfer.chain_key)
    assert line.told["sections"] == ["risk"]


# ── standards ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_standard_repealed_since_stops_the_submission(world: World) -> None:
    transfer = world.draft(plan_terms(standards=(STANDARD,)))
    assert terms_of(transfer.plan).standards == (STANDARD,)
    (row,) = standards_by_reference([STANDARD])[STANDARD]
    row.status = StandardStatus.REPEALED
    db.session.commit()
    world.refuse(
        operations.submit_plan, transfer.plan, by=world.people.officer, error=Refusals, where="standards",
        says=(STANDARD, "已废止"),
    )  # fmt: skip


# ── from a former plan ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_starts_from_a_former_one_with_its_text_and_none_of_what_is_judged_anew(world: World) -> None:
    grounds = frozenset(LongTermGround)
    former = world.planned(standards=(STANDARD,), method_approval="温财〔2025〕1号", long_term_grounds=grounds)
    transfer = begun(world, former=former.plan)
    taken, old = terms_of(transfer.plan), terms_of(former.plan)
    assert all(getattr(taken, name) == getattr(old, name) for name in TAKEN_OVER)
    rest = [name for name in PlanTerms.__slots__ if name not in {*TAKEN_OVER, "title", "title_en", "power_code"}]
    assert all(getattr(taken, name) == getattr(PlanTerms(), name) for name in rest)
    assert {"public_opinion", "fundings", "ceiling", "term_months", "method", "method_approval"} <= set(rest)
    assert transfer.plan.started_from is former.plan
    assert set(transfer.plan.taken_over.split("|")) == set(TAKEN_OVER)
    assert transfer.plan.evaluations == []
    (line,) = audit.lines_of_chain(transfer.chain_key)
    assert line.told["started_from"] == former.number


def test_a_plan_starts_from_one_of_the_department_that_was_submitted_or_from_a_draft_of_ones_own(world: World) -> None:
    people = world.people
    draft = world.draft()
    refuse = (operations.draft_plan, people.department, BEGUN)
    world.refuse(
        *refuse, entry=entry_by_code("011401", world.today), former=draft.plan, by=people.colleague, says=("别人起草",)
    )
    begun(world, former=draft.plan)
    world.do(operations.submit_plan, draft.plan, by=people.officer)
    begun(world, former=draft.plan, by=people.colleague)
    assert not sections.may_start_from(draft.plan, people.other_department, people.other_officer)


def test_a_repealed_standard_and_a_rule_that_changed_do_not_keep_a_plan_from_starting(world: World) -> None:
    former = world.planned(standards=(STANDARD,))
    (row,) = standards_by_reference([STANDARD])[STANDARD]
    row.status = StandardStatus.REPEALED
    # A weight that no rule lets through any more is shown where it stands.
    former.plan.indicators[0].weight = 39
    db.session.commit()
    transfer = begun(world, former=former.plan)
    assert terms_of(transfer.plan).standards == ()
    assert progress(world, transfer)[Section.GOALS] is Progress.FAULTY


def test_a_plan_begins_from_an_item_and_not_from_a_heading(world: World) -> None:
    world.refuse(
        operations.draft_plan, world.people.department, plan_terms(), entry=entry_by_code("0114", world.today),
        by=world.people.officer, says=("0114", "类目"),
    )  # fmt: skip


def test_installments_are_kept_in_the_order_of_their_months(world: World) -> None:
    transfer = begun(world)
    late, early = reversed(plan_terms().installments)
    save(world, transfer, Section.PAYMENTS, installments=(late, early))
    assert [row.due_month for row in transfer.plan.installments] == [6, 12]


def test_the_sections_to_be_mended_are_outstanding_before_the_submission(world: World) -> None:
    transfer = world.draft()
    assert world.lacking(transfer) == ["方案还没有送交事前评估"]
    # A shorter term puts the last installment outside of it: a fault of a section that nobody has touched.
    save(world, transfer, Section.TERM, term_months=6)
    assert world.lacking(transfer) == ["方案有 1 节要改"]
