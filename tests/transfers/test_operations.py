"""Before the line, and along it: the plan drafted, screened, evaluated, resolved; pauses; leaving a step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from procurement.foundation.database import db
from procurement.foundation.errors import NotPermitted, Refusals, RuleBroken, WrongState
from procurement.foundation.money import Money
from procurement.registers.catalogue.models import TransferMode, entry_by_code
from procurement.registers.notices import tray
from procurement.registers.people import Role, RoleGrant
from procurement.statute.calendar import working_calendar
from procurement.steps import rooms
from procurement.steps.announcement.rules import opens_at
from procurement.transfers import operations, rules
from procurement.transfers.conference import matters
from procurement.transfers.conference.models import Ground, ItemKind
from procurement.transfers.line import Step, ensure_reached
from procurement.transfers.models import Conclusion, PlanStatus, Transfer, TransferStatus, all_transfers
from procurement.transfers.rules import terms_of
from procurement.transfers.sections import Section
from tests.factories import World, plan_terms

# ── drafting ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_begins_a_transfer_that_is_not_on_the_line_yet(world: World) -> None:
    transfer = world.draft()
    assert transfer.number == "龙转〔2025〕1号"
    assert (transfer.status, transfer.step, transfer.mode) == (TransferStatus.PREPARING, None, TransferMode.PURCHASED)
    assert (transfer.plan.status, transfer.plan.drafted_by) == (PlanStatus.DRAFT, world.people.officer)
    assert transfer.officer is world.people.officer
    assert transfer.catalogue_entry.code == "011401"


def test_a_plan_keeps_every_word_of_its_terms(world: World) -> None:
    terms = plan_terms()
    assert terms_of(world.draft(terms).plan) == terms


def test_a_transferable_function_gives_the_transfer_its_mode(world: World) -> None:
    transfer = world.draft(function="T23")
    assert transfer.function is not None
    assert transfer.mode is transfer.function.mode
    assert transfer.catalogue_entry.code == "060202"


def test_numbers_run_without_gaps_though_drafts_are_refused_between(world: World) -> None:
    first = world.draft()
    with pytest.raises(Refusals):
        world.draft(plan_terms(term_months=48))
    second = world.draft()
    assert (first.number, second.number) == ("龙转〔2025〕1号", "龙转〔2025〕2号")


@pytest.mark.parametrize(
    ("changes", "says", "where", "article"),
    [
        ({"term_months": 48}, ("48 个月", "36 个月"), "term_months", "第二十四条"),
        ({"ceiling": Money.yuan("1300000.01")}, ("1,300,000.01 元", "1,300,000.00 元"), "ceiling", "第十二条"),
        ({"indicators": ()}, ("至少要有一项",), "indicators", "第二十条"),
    ],
)
def test_a_plan_that_breaks_a_rule_leaves_nothing_half_written(
    world: World, changes: dict[str, object], says: tuple[str, ...], where: str, article: str
) -> None:
    world.refuse(
        operations.draft_plan, world.people.department, plan_terms(**changes), entry=entry_by_code("011401", world.today),
        by=world.people.officer, error=Refusals, says=says, where=where, article=article,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "says", "where", "article"),
    [
        (
            {"content": "由中标人融资建设，政府分期支付。"},
            ("融资", "N04"),
            "content",
            "政府购买服务管理办法》第十条第四项",
        ),
        ({"need": "实施行政处罚。"}, ("行政处罚", "N0202"), "need", "第十条第二项"),
        ({"quality": "以劳务派遣方式用工。"}, ("劳务派遣",), "quality", "第十条第五项"),
        ({"title": "道路修缮工程"}, ("修缮工程", "N0302"), "title", "第二部分"),
        ({"exit": "采用 ＢＯＴ 方式移交。"}, ("BOT", "N0304"), "exit", "第十条第三项"),
    ],
)
def test_a_text_that_hits_a_prohibited_row_is_kept_and_not_submitted_wherever_it_stands(
    world: World, changes: dict[str, str], says: tuple[str, ...], where: str, article: str
) -> None:
    transfer = world.draft(plan_terms(**changes))
    assert all(getattr(terms_of(transfer.plan), name) == text for name, text in changes.items())
    place = rules.PLACES[where]
    world.refuse(
        operations.submit_plan, transfer.plan, by=world.people.officer,
        says=(*says, f"“{place}”一栏", "负面清单", "不得购买"), where=where, article=article,
    )  # fmt: skip


def test_a_plan_is_drafted_by_an_officer_of_the_department(world: World) -> None:
    for stranger in (world.people.other_officer, world.people.approver, world.people.providers[0], None):
        world.refuse(
            operations.draft_plan, world.people.department, plan_terms(), entry=entry_by_code("011401", world.today), by=stranger,
            error=NotPermitted, says=("起草方案", "经办人"),
        )  # fmt: skip


def test_a_revised_plan_is_written_anew_and_belongs_to_its_writer(world: World) -> None:
    transfer = world.draft()
    terms = plan_terms(
        title="城市管家综合服务", ceiling=Money.yuan("1000000"), indicators=plan_terms().indicators[::-1]
    )
    world.do(operations.revise_plan, transfer.plan, terms, by=world.people.colleague)
    assert terms_of(transfer.plan) == terms
    assert transfer.title == "城市管家综合服务"
    assert transfer.plan.drafted_by is world.people.colleague
    assert len(transfer.plan.indicators) == 3


def test_a_revision_obeys_the_same_rules(world: World) -> None:
    transfer = world.draft()
    world.refuse(
        operations.revise_plan, transfer.plan, plan_terms(term_months=48), by=world.people.officer, error=Refusals,
        says=("48 个月",),
    )  # fmt: skip
    world.do(operations.revise_plan, transfer.plan, plan_terms(risk="向银行借款补足。"), by=world.people.officer)
    world.refuse(operations.submit_plan, transfer.plan, by=world.people.officer, says=("借款",), where="risk")


def test_a_plan_under_evaluation_is_not_revised(world: World) -> None:
    transfer = world.planned()
    world.refuse(
        operations.revise_plan, transfer.plan, plan_terms(), by=world.people.officer, error=WrongState,
        says=("待事前评估", "修改方案"),
    )  # fmt: skip


def test_a_plan_is_screened_against_the_list_of_the_day_it_is_submitted(world: World) -> None:
    transfer = world.draft()
    world.forbid("主干道保洁")
    world.refuse(
        operations.submit_plan,
        transfer.plan,
        by=world.people.officer,
        says=("主干道保洁", "不得购买"),
        article="预算法",
    )


# ── evaluation and resolution ──────────────────────────────────────────────────────────────────────────────────────


def test_a_submitted_plan_is_told_to_those_who_may_evaluate_it(world: World) -> None:
    world.planned()
    for person in (world.people.approver, world.people.evaluator):
        assert [row.message for row in tray(person)] == ["“{title}”的方案等您作事前绩效评估。"]
    assert list(tray(world.people.other_approver)) == []


def test_an_evaluation_keeps_its_points_and_concludes(world: World) -> None:
    plan = world.evaluated().plan
    assert plan.status is PlanStatus.EVALUATED
    assert plan.evaluation is not None
    assert (plan.evaluation.total, plan.evaluation.conclusion) == (90, Conclusion.SUPPORTED)
    assert plan.evaluation.evaluated_by is world.people.approver


def test_nobody_evaluates_a_plan_they_drafted(world: World) -> None:
    transfer = world.draft()
    drafter = world.people.officer
    drafter.grants.append(RoleGrant(role=Role.APPROVER))
    db.session.commit()
    world.do(operations.submit_plan, transfer.plan, by=drafter)
    world.refuse(
        operations.evaluate_plan, transfer.plan, world.ex_ante(), text=world.print(), seen=transfer.plan.version, by=drafter,
        says=(drafter.name, "写过方案的人不能评估或审议它"), article="政府采购需求管理办法",
    )  # fmt: skip


def test_who_wrote_of_a_plan_between_the_first_and_the_last_judges_it_nowhere(world: World) -> None:
    people = world.people
    between, of_files = people.colleague, people.payer
    of_files.grants.append(RoleGrant(role=Role.OFFICER))
    for writer in (between, of_files):
        writer.grants += [RoleGrant(role=role) for role in (Role.APPROVER, Role.MEMBER)]
    db.session.commit()
    transfer = world.draft(plan_terms(quality="承接方不得提供贷款担保。"))
    plan = transfer.plan
    world.do(operations.revise_plan, plan, terms_of(plan), [Section.RISK], by=between)
    attached = world.do(operations.add_attachment, plan, world.print(), title="测算", text=None, by=of_files)
    world.do(operations.remove_attachment, attached, by=of_files)
    world.do(operations.revise_plan, plan, terms_of(plan), [Section.RISK], by=people.officer)
    assert plan.writer_ids == {people.officer.id, between.id, of_files.id}
    (hit,) = rooms.screened(transfer, world.now)
    for writer in (between, of_files):
        world.refuse(
            operations.record_finding, transfer, hit.hit.fingerprint, read=rooms.texts_beside_the_plan, reason="不是要购买的内容，是禁止的内容。",
            by=writer, says=("由您起草或者修改过",), article="政府采购需求管理办法",
        )  # fmt: skip
    world.find(transfer, by=people.approver)
    world.do(operations.submit_plan, plan, by=people.officer)
    for writer in (between, of_files):
        world.refuse(
            operations.evaluate_plan, plan, world.ex_ante(), text=world.print(), seen=plan.version, by=writer,
            says=(people.officer.name, writer.name, "写过方案的人不能评估"), article="政府采购需求管理办法",
        )  # fmt: skip
    assert matters.MATTERS[ItemKind.PLAN].barred(plan) == dict.fromkeys(plan.writer_ids, Ground.DRAFTER)
    assert matters.MATTERS[ItemKind.PAUSE].barred(transfer) == dict.fromkeys(plan.writer_ids, Ground.DRAFTER)


def test_who_rewrote_a_plan_is_its_drafter_from_then_on(world: World) -> None:
    transfer = world.draft()
    world.do(operations.revise_plan, transfer.plan, plan_terms(), by=world.people.colleague)
    world.people.colleague.grants.append(RoleGrant(role=Role.APPROVER))
    db.session.commit()
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)
    world.refuse(
        operations.evaluate_plan, transfer.plan, world.ex_ante(), text=world.print(), seen=transfer.plan.version,
        by=world.people.colleague,
        says=(world.people.colleague.name,),
    )  # fmt: skip


def test_a_plan_is_evaluated_once_and_only_when_submitted(world: World) -> None:
    transfer = world.draft()
    world.refuse(
        operations.evaluate_plan, transfer.plan, world.ex_ante(), text=world.print(), seen=transfer.plan.version,
        by=world.people.approver,
        error=WrongState, says=("起草中", "事前绩效评估"),
    )  # fmt: skip
    evaluated = world.evaluated()
    world.refuse(
        operations.evaluate_plan, evaluated.plan, world.ex_ante(), text=world.print(), seen=evaluated.plan.version,
        by=world.people.evaluator,
        error=WrongState, says=("已评估，待联席会议",),
    )  # fmt: skip


@pytest.mark.parametrize(("each", "conclusion"), [("15", Conclusion.PARTLY), ("10", Conclusion.NOT_SUPPORTED)])
def test_a_plan_that_is_not_supported_goes_back_and_comes_before_no_conference(
    world: World, each: str, conclusion: Conclusion
) -> None:
    transfer = world.evaluated(each)
    assert transfer.plan.evaluation is not None
    assert transfer.plan.evaluation.conclusion is conclusion
    assert transfer.plan.status is PlanStatus.DRAFT
    assert transfer.step is None


def test_the_conference_hears_only_of_what_is_supported(world: World) -> None:
    world.evaluated("15")
    assert list(tray(world.people.member)) == []
    world.evaluated()
    assert [row.message for row in tray(world.people.member)] == ["“{title}”的事前绩效评估：{conclusion}，{total} 分。"]


def test_an_adopted_plan_enters_the_line_at_its_first_step(world: World) -> None:
    transfer = world.resolved()
    assert (transfer.status, transfer.step) == (TransferStatus.ON_LINE, Step.ANNOUNCEMENT)
    assert transfer.plan.status is PlanStatus.ADOPTED
    assert transfer.resolution is not None
    assert transfer.resolution.number == "龙联〔2025〕1号"
    assert [(record.step, record.entered_at, record.left_at) for record in transfer.records] == [
        (Step.ANNOUNCEMENT, world.now, None)
    ]


def test_a_plan_that_was_not_supported_is_revised_and_evaluated_anew(world: World) -> None:
    transfer = world.evaluated("10")
    world.do(operations.revise_plan, transfer.plan, plan_terms(), by=world.people.officer)
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)
    world.evaluate(transfer, "19")
    world.adopt(transfer)
    assert [row.total for row in transfer.plan.evaluations] == [50, 95]
    assert [row.number for row in transfer.plan.evaluations] == ["龙评前〔2025〕1号", "龙评前〔2025〕1-2号"]
    assert transfer.step is Step.ANNOUNCEMENT


def test_a_plan_supported_in_part_is_submitted_again_only_when_every_condition_is_met(world: World) -> None:
    transfer = world.evaluated("15")
    first, second = transfer.plan.evaluation.conditions  # type: ignore[union-attr]
    world.do(operations.meet_condition, first, how="附了三份合同的价格。", by=world.people.officer)
    world.refuse(
        operations.submit_plan, transfer.plan, by=world.people.officer, says=("还有 1 项", second.text.rstrip("。")),
    )  # fmt: skip
    world.do(operations.meet_condition, second, how="写在过渡和退出一节。", by=world.people.colleague)
    assert (first.how, second.met_by, second.met_at) == ("附了三份合同的价格。", world.people.colleague, world.now)
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)
    assert transfer.plan.status is PlanStatus.SUBMITTED


def test_a_condition_is_met_once_and_with_how(world: World) -> None:
    transfer = world.evaluated("15")
    first = transfer.plan.evaluation.conditions[0]  # type: ignore[union-attr]
    by = world.people.officer
    world.refuse(operations.meet_condition, first, how=" ", by=by, says=("怎样落实",), where="how")
    world.refuse(
        operations.meet_condition, first, how="已补", by=world.people.other_officer, error=NotPermitted,
        says=("落实评估条件",),
    )  # fmt: skip
    world.do(operations.meet_condition, first, how="已补", by=by)
    world.refuse(operations.meet_condition, first, how="又补", by=by, error=WrongState, says=("已经落实", "已补"))


def test_a_condition_of_an_earlier_evaluation_is_not_met_any_more(world: World) -> None:
    transfer = world.evaluated("15")
    first = transfer.plan.evaluation.conditions[0]  # type: ignore[union-attr]
    world.meet_conditions(transfer)
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)
    world.refuse(
        operations.meet_condition, first, how="又补", by=world.people.officer, error=WrongState, says=("待事前评估",)
    )
    world.evaluate(transfer, "14", by=world.people.evaluator)
    world.refuse(
        operations.meet_condition, first, how="又补", by=world.people.officer, error=WrongState,
        says=("最近一次评估",),
    )  # fmt: skip


def test_a_plan_that_changed_since_it_was_read_is_not_evaluated(world: World) -> None:
    transfer = world.planned()
    seen = transfer.plan.version
    world.evaluate(transfer, "10")
    world.do(operations.revise_plan, transfer.plan, plan_terms(need="改过的需求。"), by=world.people.officer)
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)
    world.refuse(
        operations.evaluate_plan, transfer.plan, world.ex_ante(), text=world.print(), seen=seen,
        by=world.people.approver, error=WrongState, says=("变动过",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("each", "conditions", "says"),
    [("15", (), "至少要写一项条件"), ("18", ("补充价格。",), "不附条件"), ("10", ("补充价格。",), "不附条件")],
)
def test_conditions_stand_where_support_is_partial_and_nowhere_else(
    world: World, each: str, conditions: tuple[str, ...], says: str
) -> None:
    transfer = world.planned()
    world.refuse(
        operations.evaluate_plan, transfer.plan, world.ex_ante(each, conditions=conditions), text=world.print(),
        seen=transfer.plan.version, by=world.people.approver, error=Refusals, says=(says,), where="conditions",
    )  # fmt: skip


def test_an_adopted_plan_does_not_change_any_more(world: World) -> None:
    transfer = world.resolved()
    world.refuse(
        operations.submit_plan, transfer.plan, by=world.people.officer, error=WrongState, says=("联席会议已通过",)
    )
    world.refuse(
        operations.revise_plan, transfer.plan, plan_terms(), by=world.people.officer, error=WrongState,
        says=("联席会议已通过", "修改方案"),
    )  # fmt: skip


def test_what_is_outstanding_before_the_line_is_said_stage_by_stage(world: World) -> None:
    assert world.lacking(world.draft()) == ["方案还没有送交事前评估"]
    assert world.lacking(world.planned()) == ["事前绩效评估还没有作出"]
    assert world.lacking(world.evaluated()) == ["方案还没有列入联席会议的议程"]
    assert world.lacking(world.evaluated("10")) == ["事前绩效评估没有予以支持，方案按意见修改后重新送交"]
    partly = world.evaluated("14")
    assert world.lacking(partly) == ["事前绩效评估的条件还有 2 项没有落实"]
    world.meet_conditions(partly)
    assert world.lacking(partly) == ["条件都已落实，方案还没有重新送交事前评估"]


# ── pause and resume ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_paused_transfer_stands_still_until_it_is_resumed(world: World) -> None:
    transfer = world.resolved()
    supervisor = world.people.supervisor
    world.refuse(operations.pause_transfer, transfer, reason="", by=supervisor, says=("理由",), where="reason")
    world.do(operations.pause_transfer, transfer, reason="接到投诉，核查", by=supervisor)
    assert transfer.status is TransferStatus.PAUSED
    assert rooms.standing_of(transfer, world.now, working_calendar()).outstanding == []
    world.refuse(
        operations.pause_transfer, transfer, reason="再次", by=supervisor, error=WrongState, says=("已暂停", "暂停事项")
    )
    world.do(operations.resume_transfer, transfer, by=supervisor)
    assert (transfer.status, transfer.step, transfer.pause_reason) == (TransferStatus.ON_LINE, Step.ANNOUNCEMENT, "")
    world.refuse(operations.resume_transfer, transfer, by=supervisor, error=WrongState, says=("办理中", "恢复事项"))


def test_only_the_supervising_authority_pauses(world: World) -> None:
    transfer = world.resolved()
    for person in (world.people.officer, world.people.approver, world.people.auditor, world.people.providers[0]):
        world.refuse(
            operations.pause_transfer, transfer, reason="x", by=person, error=NotPermitted, says=("财政监管人员",)
        )


# ── the line ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_step_is_recorded_with_when_it_was_entered_and_left(world: World) -> None:
    transfer = world.closed()
    assert [record.step for record in transfer.records] == list(Step)
    for before, after in zip(transfer.records, transfer.records[1:], strict=False):
        assert before.left_at == after.entered_at
        assert not before.left_back
    assert transfer.records[-1].left_at == transfer.closed_at
    assert transfer.records[1].left_at - transfer.records[1].entered_at > timedelta(days=10)  # type: ignore[operator]


def test_a_step_back_leaves_reason_and_history(world: World) -> None:
    announcement = world.bid(prices=["1200000"])
    world.go_to(opens_at(announcement))
    world.fail(announcement, "有效投标 1 份，不足 3 份")
    transfer = announcement.transfer
    assert (transfer.step, transfer.attempt) == (Step.ANNOUNCEMENT, 2)
    assert [(row.step, row.attempt, row.left_back, row.reason) for row in transfer.records] == [
        (Step.ANNOUNCEMENT, 1, False, ""),
        (Step.COMPETITION, 1, True, "有效投标 1 份，不足 3 份"),
        (Step.ANNOUNCEMENT, 2, False, ""),
    ]
    assert all(held.ended_at is not None for held in transfer.appointments)


def test_a_step_is_not_left_while_anything_is_outstanding(world: World) -> None:
    transfer = world.resolved()
    with pytest.raises(RuleBroken) as refused:
        operations.complete_step(transfer, rooms.ROOMS[Step.ANNOUNCEMENT], now=world.now)
    assert "还缺 5 项" in str(refused.value)
    assert "还没有指定开启人、还没有指定开启见证人、还没有指定恢复单保管人、公告还没有起草" in str(refused.value)
    assert refused.value.article is not None


def test_a_step_is_not_left_from_another_one(world: World) -> None:
    transfer = world.resolved()
    with pytest.raises(WrongState, match="六步按顺序走") as refused:
        operations.complete_step(transfer, rooms.ROOMS[Step.PERFORMANCE], now=world.now)
    assert "第 1 步“公告事宜”" in str(refused.value)
    assert "第 5 步“履行义务”" in str(refused.value)


def test_what_a_later_step_allows_must_have_been_reached(world: World) -> None:
    transfer = world.resolved()
    with pytest.raises(WrongState):
        ensure_reached(transfer, Step.COMPETITION)
    ensure_reached(transfer, Step.ANNOUNCEMENT)
    world.do(operations.pause_transfer, transfer, reason="核查", by=world.people.supervisor)
    with pytest.raises(WrongState, match="已暂停"):
        ensure_reached(transfer, Step.ANNOUNCEMENT)


def test_the_state_of_many_transfers_takes_as_many_queries_as_of_few(world: World) -> None:
    for turn in ("甲", "乙", "丙"):
        world.draft(plan_terms(title=f"{turn}一"))
        world.announced(world.resolved(title=f"{turn}二"))
        world.awarded(world.reviewed(world.scored(world.drawn(world.qualified(world.opened(
            world.bid(world.announced(world.resolved(title=f"{turn}三")))
        ))))))  # fmt: skip
        world.resolved(title=f"{turn}四")
    assert db.session.scalar(select(func.count()).select_from(Transfer)) == 12
    now = world.now

    def count(number: int) -> int:
        db.session.rollback()
        db.session.expunge_all()
        transfers = all_transfers(newest=number)
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            asked.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        rooms.standings(transfers, now, working_calendar())
        event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    assert count(12) <= count(4)
