"""What is public before an announcement, the bidding documents, and the bid security."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from procurement.foundation.clock import local_day
from procurement.foundation.errors import Conflict, NotPermitted, OutOfTime, RuleBroken, WrongState
from procurement.foundation.money import Money
from procurement.registers.access import Deed
from procurement.registers.budgets.rules import Funding
from procurement.registers.notices import tray
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import operations as announcement_operations
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import documents_of
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.changes.operations import withdraw_announcement
from procurement.steps.competition.changes.rules import WithdrawalGround
from procurement.steps.competition.models.bids import BidStatus, active_bids
from procurement.steps.competition.models.review import award_of_transfer, held_securities
from procurement.steps.competition.operations import award as award_operations
from procurement.steps.competition.operations import bidding, review
from procurement.steps.competition.operations.review import Verdict
from procurement.steps.preliminaries import operations, rules
from procurement.steps.preliminaries.models import Opinion, the_preliminaries
from procurement.steps.reminders import due_reminders, holders_of
from procurement.transfers import operations as transfer_operations
from procurement.transfers.line import Step
from procurement.transfers.models import CriterionKind, Method, SourceGround, Transfer
from procurement.transfers.rules import CriterionTerms, terms_of
from tests.factories import BUDGET_CODE, World, credit_code, the_competition

PRICE = (CriterionTerms(CriterionKind.PRICE, "价格", "最低者", 100),)
OPINIONS = [Opinion("林致远", "市政设计院", "高级工程师", "没有替代。")]


def intended(world: World, transfer: Transfer) -> Any:
    return world.do(
        operations.publish_intention,
        transfer,
        outline="城市管家服务。",
        planned_month="2025-11",
        by=world.people.officer,
    )


def of_one_source(world: World, **changes: Any) -> Transfer:
    return world.resolved(
        method=Method.SINGLE_SOURCE, source_ground=SourceGround.ONLY_ONE, source_code=credit_code(1), criteria=PRICE,
        **changes,
    )  # fmt: skip


def test_an_intention_is_public_from_the_submission_on_and_holds_the_announcement_thirty_days(world: World) -> None:
    transfer = world.draft()
    world.refuse(
        operations.publish_intention, transfer, outline="x", planned_month="2025-11", by=world.people.officer,
        error=WrongState, says=("起草中",),
    )  # fmt: skip
    transfer = world.resolved(title="另一项")
    intention = intended(world, transfer)
    (public,) = newest_publications(PublicationKind.INTENTION_NOTICE)
    assert public is intention.publication
    assert public.told["budget"] == transfer.plan.budget.fen
    announcement = world.announcement_drafted(transfer)
    world.refuse(
        announcement_operations.publish_announcement, announcement, by=world.people.officer, error=OutOfTime,
        says=("30 日", "2025-10-23"), article="财库〔2020〕10号",
    )  # fmt: skip
    earliest = rules.earliest_announcement(the_preliminaries(transfer), transfer, working_calendar())
    assert earliest is not None
    world.go_to(earliest)
    world.do(
        announcement_operations.revise_announcement, announcement, closes_at=world.deadline(transfer), summary="征集。",
        contact="张三", by=world.people.officer,
    )  # fmt: skip
    world.assemble(announcement)
    world.do(announcement_operations.publish_announcement, announcement, by=world.people.officer)
    assert transfer.step is Step.COMPETITION


def test_a_reason_in_place_of_the_intention_is_public_with_the_announcement(world: World) -> None:
    announcement = world.announced()
    assert announcement.publication is not None
    assert announcement.publication.told["intention_waiver"] == "台风毁坏绿地，急需恢复。"
    world.refuse(
        operations.waive_intention, announcement.transfer, reason="又一次。", by=world.people.officer, error=WrongState
    )


@pytest.mark.parametrize("month", ["2025-08", ""])
def test_an_intention_for_a_month_that_has_passed_is_refused(world: World, month: str) -> None:
    transfer = world.planned()
    world.refuse(
        operations.publish_intention, transfer, outline="x", planned_month=month, by=world.people.officer,
        error=Exception, says=("2025-09",),
    )  # fmt: skip
    world.refuse(operations.waive_intention, transfer, reason=" ", by=world.people.officer, where="reason")
    for person in (world.people.approver, world.people.other_officer, None):
        world.refuse(operations.waive_intention, transfer, reason="急。", by=person, error=NotPermitted, says=("不",))


def test_a_single_source_is_announced_to_one_and_takes_its_bid_alone(world: World) -> None:
    transfer = of_one_source(world)
    assert "单一来源还没有公示" in world.lacking(transfer)
    notice = world.do(
        operations.publish_source_notice, transfer, reason="数据不能延续。", opinions=OPINIONS, by=world.people.officer
    )
    objection = world.do(
        operations.note_source_objection, notice, objector="某社", text="我们也能做。", by=world.people.officer
    )
    announcement = world.announcement_drafted(transfer)
    world.refuse(
        announcement_operations.publish_announcement, announcement, by=world.people.officer, says=("某社", "没有答复")
    )
    world.do(operations.answer_source_objection, objection, answer="不具备。", by=world.people.officer)
    world.refuse(
        operations.answer_source_objection, objection, answer="再答。", by=world.people.officer, error=WrongState
    )
    world.refuse(
        announcement_operations.publish_announcement, announcement, by=world.people.officer, error=OutOfTime,
        says=("2025-09-29",), article="第三十八条",
    )  # fmt: skip
    world.go_to(local_day(notice.published_at) + timedelta(days=8))
    world.do(
        announcement_operations.revise_announcement, announcement, closes_at=world.deadline(transfer), summary="邀请。",
        contact="张三", by=world.people.officer,
    )  # fmt: skip
    world.assemble(announcement)
    world.do(announcement_operations.publish_announcement, announcement, by=world.people.officer)
    assert tray(world.people.providers[0])[0].message.startswith("新公告")
    assert not tray(world.people.providers[1])
    envelope = world.seal(announcement, world.people.providers[1], Money.yuan("1000000"))
    world.refuse(bidding.submit_bid, announcement, envelope, by=world.people.providers[1], says=("指定的一家",))
    world.submit(announcement, world.people.providers[0], "1000000")
    competition = world.scored(world.drawn(world.qualified(world.opened(announcement))))
    world.reviewed(competition)
    (bid,) = active_bids(announcement)
    assert (bid.rank, bid.score, bid.status) == (1, 100, BidStatus.QUALIFIED)


def test_a_negotiation_goes_to_the_lowest_price(world: World) -> None:
    competition = world.reviewed(method=Method.NEGOTIATION, criteria=PRICE)
    first = world.first_of(competition)
    assert first.price == Money.yuan("1100000")
    assert all(bid.quality_score == 0 for bid in active_bids(competition.announcement))


def test_documents_go_out_with_the_announcement_and_follow_its_text(world: World) -> None:
    announcement = world.announcement_drafted()
    documents = documents_of(announcement)
    assert documents is not None
    world.refuse(
        announcement_operations.assemble_documents, announcement, pdf=world.print(), docx=world.print(), seen="0" * 64,
        by=world.people.officer, error=Conflict, says=("改过",),
    )  # fmt: skip
    completed = world.print(b"%PDF-1.7 completed", "补充稿.pdf")
    world.do(announcement_operations.complete_documents, documents, completed, text="", by=world.people.officer)
    world.do(announcement_operations.publish_announcement, announcement, by=world.people.officer)
    (version,) = announcement.versions
    assert version.pdf is documents.pdf
    assert version.docx is documents.completed
    world.refuse(
        announcement_operations.complete_documents, documents, completed, text="", by=world.people.officer,
        error=WrongState,
    )  # fmt: skip


def test_what_the_officer_wrote_into_the_documents_is_screened(world: World) -> None:
    announcement = world.announcement_drafted()
    documents = documents_of(announcement)
    world.do(
        announcement_operations.complete_documents, documents, world.print(), text="含融资服务费。",
        by=world.people.officer,
    )  # fmt: skip
    world.refuse(
        announcement_operations.publish_announcement, announcement, by=world.people.officer, says=("融资",),
        where="documents",
    )  # fmt: skip


def secured(world: World) -> Any:
    transfer = world.keyed()
    world.told_before(transfer)
    said = {"summary": "征集。", "contact": "张三", "by": world.people.officer, "closes_at": world.deadline(transfer)}
    world.refuse(
        announcement_operations.draft_announcement, transfer, security=Money.yuan("26000.01"), **said,
        says=("26,000.01", "26,000.00", "2%"), where="security", article="第三十三条",
    )  # fmt: skip
    announcement = world.do(announcement_operations.draft_announcement, transfer, security=Money.yuan("26000"), **said)
    world.assemble(announcement)
    world.do(announcement_operations.publish_announcement, announcement, by=world.people.officer)
    return announcement


def test_a_security_goes_back_to_losers_after_the_letter_and_to_the_winner_after_the_agreement(world: World) -> None:
    announcement = secured(world)
    assert announcement_rules.most_security(announcement.transfer, world.today) == Money.yuan("26000")
    world.in_medium(announcement)
    world.opened(world.bid(announcement))
    competition = the_competition(announcement)
    assert {bid.security_reference for bid in active_bids(announcement)} == {"BH-2025-1"}
    loser = next(bid for bid in active_bids(announcement) if bid.price == Money.yuan("1250000"))
    world.refuse(
        award_operations.return_security,
        loser,
        by=world.people.officer,
        says=("还不到退还的时候",),
        article="第三十三条",
    )
    transfer = world.awarded(world.reviewed(world.scored(world.drawn(world.qualified(competition)))))
    winner = world.first_of(competition)
    world.refuse(award_operations.return_security, winner, by=world.people.officer, says=("还不到退还的时候",))
    world.do(award_operations.return_security, loser, by=world.people.officer)
    assert loser.security_returned_at == world.now
    assert "已退还" in tray(loser.submitted_by)[0].message
    world.refuse(award_operations.return_security, loser, by=world.people.officer, error=WrongState)
    assert award_of_transfer(transfer) is not None
    world.agreed(world.agreement_drafted(transfer))
    world.do(award_operations.return_security, winner, by=world.people.officer)
    assert winner.security_returned_at == world.now


def test_a_bid_that_names_no_security_is_invalid_alone(world: World) -> None:
    announcement = secured(world)
    world.in_medium(announcement)
    world.bid(announcement)
    world.submit(announcement, world.people.providers[3], "1000000", security_form="", security_reference="")
    world.opened(announcement)
    without = next(bid for bid in active_bids(announcement) if bid.submitted_by == world.people.providers[3])
    assert (without.status, without.price) == (BidStatus.BROKEN, None)
    assert without.broken_reason == "没有按要求交纳投标保证金，投标无效。"
    assert sum(bid.status is BidStatus.OPENED for bid in active_bids(announcement)) == 3


def test_a_form_without_the_security_is_refused_at_its_field(world: World) -> None:
    announcement, day = secured(world), world.today
    for form, reference, field in (("", "BH-1", "security_form"), ("guarantee", " ", "security_reference")):
        with pytest.raises(RuleBroken, match="请填形式和编号") as refused:
            competition_rules.ensure_security_named(announcement, form, reference, day)
        assert refused.value.field == field
    competition_rules.ensure_security_named(announcement, "guarantee", "BH-1", day)


def test_a_single_source_that_is_exchanged_is_told_of_anew(world: World) -> None:
    transfer = world.planned(
        method=Method.SINGLE_SOURCE, source_ground=SourceGround.ONLY_ONE, source_code=credit_code(1), criteria=PRICE
    )
    officer = world.people.officer
    first = world.do(
        operations.publish_source_notice, transfer, reason="只有一家。", opinions=OPINIONS, by=officer
    ).publication
    intended(world, transfer)
    world.refuse(
        operations.publish_source_notice, transfer, reason="又一次。", opinions=OPINIONS, by=officer, error=WrongState
    )
    world.do(transfer_operations.recall_plan, transfer.plan, reason="改一改。", by=officer)
    terms = replace(terms_of(transfer.plan), source_code=credit_code(2), title="另一件事", content="道路清扫。")
    world.do(transfer_operations.revise_plan, transfer.plan, terms, by=officer)
    world.do(transfer_operations.submit_plan, transfer.plan, by=officer)
    world.evaluate(transfer)
    world.adopt(transfer)
    world.go_to(world.today + timedelta(days=40))
    assert any("单一来源公示不同" in lack for lack in world.lacking(transfer)), world.lacking(transfer)
    announcement = world.announcement_drafted(transfer)
    world.refuse(
        announcement_operations.publish_announcement, announcement, by=officer,
        says=("拟采购的供应商", "项目名称", "服务内容"),
    )  # fmt: skip
    notice = world.do(operations.publish_source_notice, transfer, reason="只有这一家。", opinions=OPINIONS, by=officer)
    assert notice.publication is not first
    assert (notice.publication.edition, local_day(notice.published_at)) == (2, world.today)
    world.refuse(
        announcement_operations.publish_announcement, announcement, by=officer, says=("采购意向不同", "服务内容"),
        article="财库〔2020〕10号",
    )  # fmt: skip
    world.do(operations.publish_intention, transfer, outline="道路清扫。", planned_month="2025-12", by=officer)
    world.refuse(
        announcement_operations.publish_announcement, announcement, by=officer, error=OutOfTime, says=("2025-12-02",)
    )


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({}, ()),
        ({"content": "主干道保洁、绿化养护、 市容巡查和便民服务。"}, ()),
        ({"need": "另有说明。"}, ()),
        ({"content": "只做道路清扫。"}, ("服务内容",)),
        ({"source_code": credit_code(2)}, ("拟采购的供应商",)),
        ({"fundings": (Funding(2025, BUDGET_CODE, Money.yuan("1290000")),)}, ()),
        ({"fundings": (Funding(2025, BUDGET_CODE, Money.yuan("1310000")),)}, ("预算",)),
    ],
)
def test_what_a_notice_told_is_held_against_the_plan_of_today(
    world: World, changes: dict[str, Any], differs: tuple[str, ...]
) -> None:
    transfer = world.planned(
        method=Method.SINGLE_SOURCE, source_ground=SourceGround.ONLY_ONE, source_code=credit_code(1), criteria=PRICE
    )
    officer = world.people.officer
    notice = world.do(operations.publish_source_notice, transfer, reason="一家。", opinions=OPINIONS, by=officer)
    world.do(transfer_operations.recall_plan, transfer.plan, reason="改一改。", by=officer)
    terms = replace(terms_of(transfer.plan), **changes)
    world.do(transfer_operations.revise_plan, transfer.plan, terms, by=officer)
    assert rules.notice_differs(notice, transfer) == differs


@pytest.mark.parametrize("month", ["2099-99", "2026-00", "明年三月", "2026-1", "2026-01-01", "２０２６-０１"])
def test_a_planned_month_is_a_month(world: World, month: str) -> None:
    world.refuse(
        operations.publish_intention, world.planned(), outline="x", planned_month=month, by=world.people.officer,
        error=Exception, says=(month, "不是年月"),
    )  # fmt: skip


def test_the_day_of_the_announcement_is_named_by_what_stands_until_then(world: World) -> None:
    transfer = world.resolved()
    intended(world, transfer)
    (happening,) = rules.happenings(transfer, the_preliminaries(transfer), working_calendar())
    assert happening.title == "采购意向公开满期，可以发布公告"


def test_a_security_goes_back_after_a_failure_without_an_opening(world: World) -> None:
    announcement = secured(world)
    officer, people = world.people.officer, world.people
    bid = world.submit(announcement, people.providers[0])
    withdrawn = world.submit(announcement, people.providers[1])
    world.do(bidding.withdraw_bid, withdrawn, by=people.providers[1])
    left_on = world.today
    # Until the call is opened or has ended nothing tells that there are bids.
    for each in (bid, withdrawn):
        world.refuse(award_operations.return_security, each, by=officer, says=("谁也不知道",), article="第三十三条")
    assert not any("保证金" in lack for lack in world.lacking(announcement.transfer))
    world.go_to(announcement_rules.opens_at(announcement) + timedelta(days=3))
    world.fail(announcement)
    calendar = working_calendar()
    assert competition_rules.return_begins(bid, None) == world.today
    assert competition_rules.return_begins(withdrawn, None) == left_on
    last = calendar.after(world.today, 5)
    assert competition_rules.return_by(bid, None, calendar) == last
    assert "有 2 份投标保证金还没有退还" in world.lacking(announcement.transfer)
    world.do(award_operations.return_security, withdrawn, by=officer)
    assert "有 1 份投标保证金还没有退还" in world.lacking(announcement.transfer)
    world.go_to(calendar.after(world.today, 4))
    due = [row for row in due_reminders([announcement.transfer], world.now, calendar) if row.day == last]
    assert [row.item.deed for row in due] == [Deed.SECURITY_RETURN]
    assert [person.id for person in holders_of(announcement.transfer, due[0].item)] == [officer.id]
    world.do(award_operations.return_security, bid, by=officer)
    assert not any("保证金" in lack for lack in world.lacking(announcement.transfer))


def test_a_security_goes_back_after_a_call_is_withdrawn_and_a_replaced_bid_has_none(world: World) -> None:
    announcement = secured(world)
    first = world.submit(announcement, world.people.providers[0])
    world.go_to(world.now + timedelta(hours=1))
    second = world.submit(announcement, world.people.providers[0])
    world.do(withdraw_announcement, announcement, WithdrawalGround.CANCELLED, reason="取消。", by=world.people.officer)
    assert [row.bid for row in held_securities([announcement.transfer])[announcement.transfer.id]] == [second]
    assert competition_rules.return_begins(second, None) == world.today
    # Until its deadline nothing on any page counts them: the same bidders may be called again.
    assert not any("保证金" in lack for lack in world.lacking(announcement.transfer))
    world.refuse(award_operations.return_security, first, by=world.people.officer, says=("不办理",))
    world.do(award_operations.return_security, second, by=world.people.officer)
    assert second.security_returned_at == world.now


def test_a_failure_after_the_opening_counts_from_its_own_day(world: World) -> None:
    announcement = secured(world)
    world.in_medium(announcement)
    world.opened(world.bid(announcement))
    competition = the_competition(announcement)
    bids = list(active_bids(announcement))
    world.go_to(world.today + timedelta(days=20))
    verdicts = {
        bid.id: Verdict(qualified=place > 1, note="" if place > 1 else "缺原件。") for place, bid in enumerate(bids)
    }
    world.do(review.qualify_bids, competition, verdicts, by=world.people.officer)
    assert competition_rules.return_begins(bids[0], None) is None
    world.fail(announcement)
    assert competition_rules.return_begins(bids[0], None) == world.today
    assert not competition_rules.is_returned_late(bids[0], None, world.today, working_calendar())


def test_what_is_public_before_the_announcement_is_screened(world: World) -> None:
    transfer = world.planned()
    officer = world.people.officer
    world.forbid("执法检查")
    told: Any = {"by": officer, "says": ("执法检查", "N01")}
    world.refuse(operations.publish_intention, transfer, outline="委托执法检查。", planned_month="2025-11", **told)
    world.refuse(operations.waive_intention, transfer, reason="急需执法检查。", **told)
    assert the_preliminaries(transfer).intention is None
