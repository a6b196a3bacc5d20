"""Step 6: inspect, evaluate, close; each success, each refusal."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from procurement.foundation.errors import Conflict, NotPermitted, Refusals, RuleBroken, WrongState
from procurement.registers.indicators import Grade
from procurement.registers.notices import tray
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.statute.clauses import Phase
from procurement.steps.supervision import operations
from procurement.steps.supervision.models import InspectionResult, evaluation_of, inspections_of
from procurement.steps.supervision.rules import Mark
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer, TransferStatus
from procurement.transfers.operations import pause_transfer
from tests.factories import World


def looked_at(world: World, **changes: Any) -> dict[str, Any]:
    terms: dict[str, Any] = {
        "inspected_on": world.today, "place": "人民路", "result": InspectionResult.GOOD, "findings": "达到约定。",
    }  # fmt: skip
    return terms | changes


# ── inspections ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_inspections_are_lawful_from_the_handover_on(world: World) -> None:
    transfer = world.handed_over()
    world.do(operations.record_inspection, transfer, **looked_at(world), by=world.people.supervisor)
    world.performed(transfer)
    world.do(operations.record_inspection, transfer, **looked_at(world), by=world.people.officer)
    assert [row.recorded_by for row in inspections_of(transfer)] == [world.people.supervisor, world.people.officer]
    assert [row.phase for row in inspections_of(transfer)] == [Phase.DURING, Phase.AFTER]


def test_faults_are_told_to_the_provider_and_nothing_else_is(world: World) -> None:
    transfer = world.handed_over()
    provider = world.provider_of(transfer)
    before = len(tray(provider))
    world.do(operations.record_inspection, transfer, **looked_at(world), by=world.people.officer)
    assert len(tray(provider)) == before
    world.do(
        operations.record_inspection, transfer, **looked_at(world, result=InspectionResult.FAULTS, findings="两处积水"),
        by=world.people.officer,
    )  # fmt: skip
    assert tray(provider)[0].told["findings"] == "两处积水"


def test_an_inspection_before_the_handover_is_refused(world: World) -> None:
    transfer = world.agreed()
    world.refuse(
        operations.record_inspection, transfer, **looked_at(world), by=world.people.officer, error=WrongState,
        says=("第 4 步“事项交接”", "第 5 步“履行义务”"),
    )  # fmt: skip


def test_an_inspection_of_tomorrow_or_without_findings_is_refused(world: World) -> None:
    transfer = world.handed_over()
    tomorrow = world.today + timedelta(days=1)
    world.refuse(
        operations.record_inspection, transfer, **looked_at(world, inspected_on=tomorrow), by=world.people.officer,
        says=(str(tomorrow), str(world.today)), where="inspected_on",
    )  # fmt: skip
    world.refuse(
        operations.record_inspection, transfer, **looked_at(world, findings=""), by=world.people.officer,
        says=("检查了什么",), where="findings", article="第三十条",
    )  # fmt: skip


def test_neither_provider_nor_stranger_inspects(world: World) -> None:
    transfer = world.handed_over()
    for person in (
        world.provider_of(transfer),
        world.people.other_officer,
        world.people.approver,
        world.people.auditor,
        None,
    ):
        world.refuse(operations.record_inspection, transfer, **looked_at(world), by=person, error=NotPermitted)


def test_a_paused_or_closed_transfer_is_not_inspected(world: World) -> None:
    transfer = world.handed_over()
    world.do(pause_transfer, transfer, reason="核查", by=world.people.supervisor)
    world.refuse(
        operations.record_inspection,
        transfer,
        **looked_at(world),
        by=world.people.officer,
        error=WrongState,
        says=("已暂停",),
    )
    closed = world.closed(world.evaluated_ex_post(world.inspected(world.performed(
        world.handed_over(world.handover_drafted(world.agreed(world.agreement_drafted(world.awarded(title="另一项"))))))
    )))  # fmt: skip
    world.refuse(
        operations.record_inspection,
        closed,
        **looked_at(world),
        by=world.people.officer,
        error=WrongState,
        says=("已办结",),
    )


# ── the evaluation ─────────────────────────────────────────────────────────────────────────────────────────────────


def conclude(world: World, transfer: Transfer, **changes: Any) -> dict[str, Any]:
    return {
        "text": world.print(b"%PDF-1.7 report"),
        "seen": world.facts_seen(transfer),
        "by": world.people.evaluator,
    } | changes


@pytest.mark.parametrize(("lost", "total", "grade"), [("10", "90.00", Grade.EXCELLENT), ("10.01", "89.99", Grade.GOOD)])
def test_the_total_decides_the_grade_and_is_published(world: World, lost: str, total: str, grade: Grade) -> None:
    transfer = world.inspected()
    terms = world.evaluation_terms(marks=world.marks(lost))
    evaluation = world.do(operations.conclude_evaluation, transfer, terms, **conclude(world, transfer))
    assert (evaluation.total, evaluation.grade) == (Decimal(total), grade)
    assert evaluation.number == "龙评〔2025〕1号"
    assert len(evaluation.told) == 17
    assert world.storage.open(evaluation.text.sha256).read() == b"%PDF-1.7 report"
    (notice,) = newest_publications(PublicationKind.EVALUATION_NOTICE)
    assert (notice.told["total"], notice.told["grade"]) == (total, grade.value)
    assert tray(world.provider_of(transfer))[0].told["grade"] == grade.label
    assert transfer.step is Step.SUPERVISION


def test_a_mark_out_of_its_bounds_is_refused_at_its_field(world: World) -> None:
    transfer = world.inspected()
    marks = world.marks()
    key = next(iter(marks))
    for mark, says in ((Mark(marks[key].score + Decimal("0.01")), "应在 0 到"), (Mark(Decimal("-1")), "-1 分")):
        world.refuse(
            operations.conclude_evaluation, transfer, world.evaluation_terms(marks=marks | {key: mark}),
            **conclude(world, transfer), error=Refusals, says=(says,), where=f"score-{key}", article="财预〔2020〕10号",
        )  # fmt: skip
    del marks[key]
    world.refuse(
        operations.conclude_evaluation, transfer, world.evaluation_terms(marks=marks), **conclude(world, transfer),
        error=Refusals, says=("还没有打分",),
    )  # fmt: skip


def test_who_judged_the_plan_does_not_judge_the_spending(world: World) -> None:
    transfer = world.planned()
    world.evaluate(transfer, by=world.people.evaluator)
    world.adopt(transfer)
    competition = world.reviewed(
        world.scored(world.drawn(world.qualified(world.opened(world.bid(world.announced(transfer))))))
    )
    agreement = world.agreement_drafted(world.awarded(competition))
    world.inspected(world.performed(world.handed_over(world.handover_drafted(world.agreed(agreement)))))
    world.refuse(
        operations.conclude_evaluation, transfer, world.evaluation_terms(), **conclude(world, transfer),
        says=("事前绩效评估由您作出",), article="第三方绩效评价",
    )  # fmt: skip


def test_an_evaluator_declares_independence(world: World) -> None:
    transfer = world.inspected()
    world.refuse(
        operations.conclude_evaluation, transfer, world.evaluation_terms(independence=False), **conclude(world, transfer),
        says=("没有利害关系",), where="independence",
    )  # fmt: skip


def test_only_an_evaluator_evaluates(world: World) -> None:
    transfer = world.inspected()
    people = world.people
    for person in (
        people.officer,
        people.approver,
        people.auditor,
        people.supervisor,
        world.provider_of(transfer),
        None,
    ):
        world.refuse(
            operations.conclude_evaluation, transfer, world.evaluation_terms(), **conclude(world, transfer, by=person),
            error=NotPermitted, says=("绩效评价人",),
        )  # fmt: skip


def test_a_report_printed_from_other_facts_is_refused(world: World) -> None:
    transfer = world.inspected()
    before = conclude(world, transfer)
    world.do(
        operations.record_inspection, transfer, **looked_at(world, findings="又看了一次"), by=world.people.supervisor
    )
    world.refuse(
        operations.conclude_evaluation, transfer, world.evaluation_terms(), **before, error=Conflict, says=("重新看过",)
    )
    world.do(operations.conclude_evaluation, transfer, world.evaluation_terms(), **conclude(world, transfer))


def test_a_transfer_is_evaluated_once_and_in_its_step(world: World) -> None:
    early = world.handed_over()
    world.refuse(
        operations.conclude_evaluation, early, world.evaluation_terms(), **conclude(world, early), error=WrongState,
        says=("第 5 步", "第 6 步“加强监管”"),
    )  # fmt: skip
    world.evaluated_ex_post(world.inspected(world.performed(early)))
    world.refuse(
        operations.conclude_evaluation, early, world.evaluation_terms(), **conclude(world, early), error=WrongState,
        says=("已经形成",),
    )  # fmt: skip


# ── closing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_case_is_closed_when_nothing_is_outstanding(world: World) -> None:
    transfer = world.performed()
    officer = world.people.officer
    assert world.lacking(transfer) == ["还没有检查记录", "支出绩效评价还没有形成"]
    world.refuse(
        operations.close_transfer, transfer, by=officer,
        says=("还缺 2 项", "还没有检查记录", "支出绩效评价还没有形成"), article="第三十条",
    )  # fmt: skip
    world.inspected(transfer)
    world.refuse(operations.close_transfer, transfer, by=officer, says=("还缺 1 项",), error=RuleBroken)
    world.evaluated_ex_post(transfer)
    assert world.lacking(transfer) == ["评价已形成，还没有办结归档"]
    world.do(operations.close_transfer, transfer, by=officer)
    assert (transfer.status, transfer.closed_at) == (TransferStatus.CLOSED, world.now)
    assert transfer.records[-1].left_at == world.now
    assert evaluation_of(transfer) is not None
    assert world.lacking(transfer) == []


def test_a_closed_case_does_not_move(world: World) -> None:
    transfer = world.closed()
    world.refuse(operations.close_transfer, transfer, by=world.people.officer, error=WrongState, says=("已办结",))
    world.refuse(
        pause_transfer, transfer, reason="x", by=world.people.supervisor, error=WrongState, says=("已办结", "暂停事项")
    )


def test_only_an_officer_of_the_department_closes(world: World) -> None:
    transfer = world.evaluated_ex_post()
    for person in (
        world.people.other_officer,
        world.people.evaluator,
        world.people.approver,
        world.provider_of(transfer),
        None,
    ):
        world.refuse(operations.close_transfer, transfer, by=person, error=NotPermitted)
