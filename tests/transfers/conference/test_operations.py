"""The joint conference: convened, opened, voted in, resolved, closed; each success, each refusal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, NotPermitted, OutOfTime, Refusals, WrongState
from procurement.registers.access import Deed
from procurement.registers.audit import AuditLine, Outcome, first_broken_line
from procurement.registers.deeds import perform
from procurement.registers.notices import tray
from procurement.registers.people import Role, RoleGrant, User
from procurement.transfers import operations as transfer_operations
from procurement.transfers.conference import operations, rules
from procurement.transfers.conference.models import (
    AgendaItem,
    Choice,
    Conference,
    ConferenceStatus,
    Ground,
    ItemOutcome,
    Vote,
)
from procurement.transfers.line import Step
from procurement.transfers.models import PlanStatus, Transfer, TransferStatus
from tests.factories import World, plan_terms
from tests.registers.test_deeds import together


def join(world: World, person: User) -> User:
    """Let somebody sit in the conference too."""
    person.grants.append(RoleGrant(role=Role.MEMBER))
    db.session.commit()
    return person


def the_item(conference: Conference) -> AgendaItem:
    (item,) = conference.items
    return item


def resolve(world: World, item: AgendaItem, outcome: ItemOutcome = ItemOutcome.ADOPTED, opinion: str = "同意。") -> Any:
    return world.do(operations.resolve_item, item, outcome, opinion=opinion, by=world.people.member)


# ── convening ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_convened_meeting_has_its_number_its_quorum_and_its_agenda(world: World) -> None:
    transfer = world.evaluated()
    conference = world.convened(transfer)
    assert (conference.number, conference.quorum, conference.status) == (
        "龙联会〔2025〕1号",
        2,
        ConferenceStatus.CONVENED,
    )
    assert [item.title for item in conference.items] == [transfer.title]
    assert transfer.plan.status is PlanStatus.TABLED
    for person in world.people.conference:
        assert "请参加" in tray(person)[0].message
    assert world.lacking(transfer) == ["联席会议还没有开"]


def test_a_convocation_is_refused_with_every_fault_at_once(world: World) -> None:
    people = world.people
    terms = world.conference_terms(
        held_at=world.now - timedelta(minutes=1), members=(people.second_member, people.officer), chair=people.member
    )
    refused = world.refuse(operations.convene_conference, None, terms, by=people.member, error=Refusals)
    assert isinstance(refused, Refusals)
    assert [fault.field for fault in refused.refusals] == ["held_at", "members", "members", "chair", "items"]
    said = " ".join(map(str, refused.refusals))
    for part in (
        "已经过去",
        "只邀请了 2 位成员，至少要 3 位",
        people.officer.name,
        people.member.name,
        "议程是空的",
        "本系统",
    ):
        assert part in said


def test_only_members_convene(world: World) -> None:
    terms = world.conference_terms(world.evaluated())
    for person in (world.people.officer, world.people.approver, world.people.supervisor):
        world.refuse(operations.convene_conference, None, terms, by=person, error=NotPermitted, says=("联席会议成员",))


@pytest.mark.parametrize("each", ["15", "10"])
def test_a_plan_that_is_not_supported_does_not_come_before_it(world: World, each: str) -> None:
    transfer = world.evaluated(each)
    world.refuse(
        operations.convene_conference, None, world.conference_terms(transfer), by=world.people.member,
        error=WrongState, says=("起草中", "不能列入议程"),
    )  # fmt: skip


def test_a_plan_lies_before_one_meeting_only_and_does_not_change_there(world: World) -> None:
    transfer = world.evaluated()
    world.convened(transfer)
    world.refuse(
        operations.convene_conference, None, world.conference_terms(transfer), by=world.people.member,
        error=WrongState, says=("已列入联席会议议程",),
    )  # fmt: skip
    world.refuse(
        transfer_operations.revise_plan, transfer.plan, plan_terms(), by=world.people.officer, error=WrongState,
        says=("已列入联席会议议程", "修改方案"),
    )  # fmt: skip


def test_a_cancelled_meeting_lets_its_plans_wait_for_another(world: World) -> None:
    transfer = world.evaluated()
    conference = world.convened(transfer)
    world.refuse(operations.cancel_conference, conference, reason=" ", by=world.people.member, where="reason")
    world.do(operations.cancel_conference, conference, reason="台风", by=world.people.second_member)
    assert conference.status is ConferenceStatus.CANCELLED
    assert the_item(conference).outcome is ItemOutcome.DEFERRED
    assert transfer.plan.status is PlanStatus.EVALUATED
    assert tray(world.people.third_member)[0].told["reason"] == "台风"
    assert world.adopt(transfer).number == "龙联〔2025〕1号"


# ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_quorum_no_meeting(world: World) -> None:
    conference = world.convened()
    world.refuse(
        operations.open_conference, conference, [world.people.member], by=world.people.member,
        says=("到会 1 位", "受邀 3 位", "法定人数是 2 位"), article="本系统",
    )  # fmt: skip
    world.do(operations.open_conference, conference, list(world.people.conference[:2]), by=world.people.member)
    assert [row.is_present for row in conference.attendances] == [True, True, False]


@pytest.mark.parametrize(("invited", "quorum"), [(3, 2), (4, 3), (5, 4), (6, 4), (7, 5)])
def test_the_quorum_is_two_thirds_rounded_up(world: World, invited: int, quorum: int) -> None:
    assert rules.quorum_of(invited, world.today) == quorum


def test_only_the_chair_opens_and_only_when_there(world: World) -> None:
    people = world.people
    conference = world.convened()
    everybody = list(people.conference)
    world.refuse(
        operations.open_conference, conference, everybody, by=people.second_member, says=(people.member.name, "主持")
    )
    world.refuse(operations.open_conference, conference, everybody[1:], by=people.member, says=("没有到会",))
    stranger = join(world, people.evaluator)
    world.refuse(
        operations.open_conference,
        conference,
        [*everybody, stranger],
        by=people.member,
        says=("没有受邀", stranger.name),
    )
    world.do(operations.open_conference, conference, everybody, by=people.member)
    world.refuse(
        operations.open_conference, conference, everybody, by=people.member, error=WrongState, says=("会议进行中",)
    )
    world.refuse(
        operations.cancel_conference, conference, reason="x", by=people.member, error=WrongState, says=("会议进行中",)
    )


def test_a_meeting_is_not_opened_before_its_day(world: World) -> None:
    conference = world.convened(held_at=world.now + timedelta(days=2))
    everybody = list(world.people.conference)
    world.refuse(
        operations.open_conference, conference, everybody, by=world.people.member, error=OutOfTime, says=("不能提前",)
    )
    world.go_to(world.now + timedelta(days=2, hours=-3))
    # On the day, but before the hour: whoever is still to come would find it over.
    some, late = everybody[:-1], everybody[-1]
    world.refuse(
        operations.open_conference, conference, some, by=world.people.member, error=OutOfTime,
        says=("提前开会要全体受邀的人都到", late.name), where="present",
    )  # fmt: skip
    world.do(operations.open_conference, conference, everybody, by=world.people.member)
    assert conference.status is ConferenceStatus.OPEN


# ── standing aside ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_drafted_or_judged_a_plan_has_no_vote_on_it(world: World) -> None:
    people = world.people
    drafter, judge = join(world, people.officer), join(world, people.approver)
    conference = world.assembled(members=(*people.conference, drafter, judge))
    item = the_item(conference)
    assert {row.member_id: row.ground for row in item.recusals} == {
        drafter.id: Ground.DRAFTER, judge.id: Ground.EVALUATOR,
    }  # fmt: skip
    assert item.entitled == list(people.conference)
    for person, ground in ((drafter, "起草或者修改过这份材料"), (judge, "事前绩效评估")):
        world.refuse(
            operations.cast_vote,
            item,
            Choice.FOR,
            by=person,
            says=("没有表决权", ground),
            article="本系统",
        )


def test_a_drafter_in_the_chair_hands_the_item_over_and_cannot_approve(world: World) -> None:
    people = world.people
    drafter = join(world, people.officer)
    conference = world.assembled(members=(*people.conference, drafter), chair=drafter)
    item = the_item(conference)
    world.vote(item, *people.conference)
    world.refuse(
        operations.resolve_item,
        item,
        ItemOutcome.ADOPTED,
        opinion="同意",
        by=drafter,
        says=(people.member.name, "主持"),
    )
    resolve(world, item)
    assert item.outcome is ItemOutcome.ADOPTED
    assert rules.presiding(conference) is drafter


def test_a_declared_recusal_takes_the_vote_back(world: World) -> None:
    people = world.people
    item = the_item(world.assembled())
    world.vote(item, people.third_member)
    world.refuse(operations.declare_recusal, item, reason="", by=people.third_member, where="reason")
    world.do(operations.declare_recusal, item, reason="亲属在投标组织任职", by=people.third_member)
    assert item.votes == []
    assert item.entitled == [people.member, people.second_member]
    world.refuse(operations.cast_vote, item, Choice.FOR, by=people.third_member, says=("没有表决权", "本人申报"))
    world.refuse(
        operations.declare_recusal, item, reason="再次", by=people.third_member, error=WrongState, says=("已经回避",)
    )


def test_so_many_stand_aside_that_nothing_can_be_resolved(world: World) -> None:
    people = world.people
    transfer = world.evaluated()
    item = the_item(world.assembled(transfer))
    for person in people.conference[1:]:
        world.do(operations.declare_recusal, item, reason="有利害关系", by=person)
    world.vote(item, people.member)
    for outcome in (ItemOutcome.ADOPTED, ItemOutcome.RETURNED):
        world.refuse(
            operations.resolve_item, item, outcome, opinion="x", by=people.member,
            says=("参加表决的 1 位", "法定人数是 2 位", "只能缓议"), where="outcome", article="本系统",
        )  # fmt: skip
    assert resolve(world, item, ItemOutcome.DEFERRED, "人数不足") is None
    assert (item.resolution, transfer.plan.status) == (None, PlanStatus.EVALUATED)
    assert world.lacking(transfer) == ["方案还没有列入联席会议的议程"]


# ── voting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dissent_gives_its_reasons(world: World) -> None:
    item = the_item(world.assembled())
    world.refuse(
        operations.cast_vote, item, Choice.AGAINST, reason=" ", by=world.people.member, says=("理由",), where="reason",
        article="本系统的做法",
    )  # fmt: skip
    world.do(operations.cast_vote, item, Choice.AGAINST, reason="限价没有依据。", by=world.people.member)
    assert item.vote_of(world.people.member).reason == "限价没有依据。"  # type: ignore[union-attr]


def test_a_second_vote_changes_the_first(world: World) -> None:
    item = the_item(world.assembled())
    world.vote(item, world.people.member)
    world.vote(item, world.people.member, choice=Choice.ABSTAIN)
    assert [vote.choice for vote in item.votes] == [Choice.ABSTAIN]
    line = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc()).limit(1)).one()
    assert (line.deed, line.told) == (Deed.VOTE_CAST, {"choice": "abstain", "before": "for"})


def test_who_was_not_invited_or_did_not_come_has_no_vote(world: World) -> None:
    people = world.people
    stranger = join(world, people.evaluator)
    item = the_item(world.assembled(absent=[people.third_member]))
    world.refuse(operations.cast_vote, item, Choice.FOR, by=stranger, says=("没有受邀",), article="本系统")
    world.refuse(operations.cast_vote, item, Choice.FOR, by=people.third_member, says=("不在场",), article="本系统")
    world.refuse(operations.declare_recusal, item, reason="x", by=people.third_member, says=("不在场",))
    world.refuse(operations.cast_vote, item, Choice.FOR, by=people.officer, error=NotPermitted)


def test_nobody_votes_before_the_meeting_is_open(world: World) -> None:
    item = the_item(world.convened())
    world.refuse(
        operations.cast_vote, item, Choice.FOR, by=world.people.member, error=WrongState, says=("待开会", "表决")
    )


def test_two_votes_at_one_moment_are_both_counted_and_two_of_one_are_one(world: World) -> None:
    item = the_item(world.assembled())
    number = item.id
    voters = [world.people.member.id, world.people.second_member.id, world.people.member.id]
    db.session.rollback()

    def vote(person: int) -> Vote:
        return perform(
            operations.cast_vote, db.session.get_one(AgendaItem, number), Choice.FOR,
            actor=db.session.get_one(User, person), clock=world.clock,
        )  # fmt: skip

    results = together(world.app, *((lambda person=person: vote(person)) for person in voters))
    assert [type(result).__name__ for result in results] == ["Vote"] * 3, results
    item = db.session.get_one(AgendaItem, number)
    assert sorted(vote.member_id for vote in item.votes) == sorted(set(voters))
    assert first_broken_line() is None


# ── resolving ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_adopted_plan_enters_the_line_with_the_number_of_its_resolution(world: World) -> None:
    transfer = world.evaluated()
    item = the_item(world.assembled(transfer))
    world.vote(item, *world.people.conference[:2])
    resolution = resolve(world, item)
    assert (transfer.status, transfer.step) == (TransferStatus.ON_LINE, Step.ANNOUNCEMENT)
    assert transfer.plan.status is PlanStatus.ADOPTED
    assert transfer.resolution is resolution
    assert item.resolution is resolution
    assert resolution.number == "龙联〔2025〕1号"
    assert "通过了" in tray(world.people.officer)[0].message


def test_a_returned_plan_is_a_draft_again_and_must_be_evaluated_anew(world: World) -> None:
    transfer = world.evaluated()
    item = the_item(world.assembled(transfer))
    world.vote(item, *world.people.conference, choice=Choice.AGAINST)
    world.refuse(
        operations.resolve_item, item, ItemOutcome.RETURNED, opinion=" ", by=world.people.member, where="opinion"
    )
    resolution = resolve(world, item, ItemOutcome.RETURNED, "目标不够具体")
    assert resolution.number == "龙联〔2025〕1号"
    assert transfer.resolution is None
    assert (transfer.status, transfer.plan.status) == (TransferStatus.PREPARING, PlanStatus.DRAFT)
    assert tray(world.people.officer)[0].told["reason"] == "目标不够具体"
    world.refuse(
        operations.convene_conference, None, world.conference_terms(transfer), by=world.people.member, error=WrongState,
        says=("起草中",),
    )  # fmt: skip


def test_a_tie_carries_nothing(world: World) -> None:
    people = world.people
    item = the_item(world.assembled(absent=[people.third_member]))
    world.vote(item, people.member)
    world.vote(item, people.second_member, choice=Choice.AGAINST)
    world.refuse(
        operations.resolve_item, item, ItemOutcome.ADOPTED, opinion="x", by=people.member,
        says=("同意 1 票、反对 1 票、弃权 0 票", "2 位", "50%"), where="outcome", article="本系统",
    )  # fmt: skip
    assert resolve(world, item, ItemOutcome.RETURNED, "意见不一").number


def test_abstaining_is_not_agreeing(world: World) -> None:
    item = the_item(world.assembled())
    world.vote(item, world.people.member)
    world.vote(item, *world.people.conference[1:], choice=Choice.ABSTAIN)
    world.refuse(
        operations.resolve_item, item, ItemOutcome.ADOPTED, opinion="x", by=world.people.member, says=("弃权 2 票",)
    )


def test_the_chair_counts_and_does_not_decide(world: World) -> None:
    people = world.people
    item = the_item(world.assembled())
    world.vote(item, people.member)
    world.refuse(
        operations.resolve_item, item, ItemOutcome.ADOPTED, opinion="x", by=people.member, says=("1 位", "2 位")
    )
    world.vote(item, people.second_member, choice=Choice.AGAINST)
    world.refuse(
        operations.resolve_item, item, ItemOutcome.RETURNED, opinion="x", by=people.member,
        says=("还有 1 位没有表决", "不能退回"), where="outcome",
    )  # fmt: skip
    world.vote(item, people.third_member)
    for outcome in (ItemOutcome.RETURNED, ItemOutcome.DEFERRED):
        world.refuse(
            operations.resolve_item, item, outcome, opinion="x", by=people.member,
            says=("同意 2 票", "已经通过", outcome.label), where="outcome",
        )  # fmt: skip
    world.refuse(
        operations.resolve_item, item, ItemOutcome.ADOPTED, opinion="x", by=people.second_member,
        says=(people.member.name, "计票"), article="本系统",
    )  # fmt: skip


def test_an_item_is_resolved_once_and_takes_no_vote_after(world: World) -> None:
    item = the_item(world.assembled())
    world.vote(item, *world.people.conference[:2])
    resolve(world, item)
    member = world.people.third_member
    says = ("已经议定", "通过")
    world.refuse(operations.cast_vote, item, Choice.FOR, by=member, error=WrongState, says=says)
    world.refuse(operations.declare_recusal, item, reason="x", by=member, error=WrongState, says=says)
    world.refuse(
        operations.resolve_item, item, ItemOutcome.ADOPTED, opinion="x", by=world.people.member, error=WrongState,
        says=says,
    )  # fmt: skip


def test_each_item_of_one_meeting_goes_its_own_way(world: World) -> None:
    first, second = world.evaluated(), world.evaluated(title="城市管家服务二片区")
    conference = world.assembled(first, second)
    one, other = conference.items
    world.vote(one, *world.people.conference)
    world.vote(other, *world.people.conference, choice=Choice.ABSTAIN)
    resolve(world, one)
    resolve(world, other, ItemOutcome.DEFERRED, "再议")
    assert (first.step, second.step) == (Step.ANNOUNCEMENT, None)
    assert second.plan.status is PlanStatus.EVALUATED


# ── closing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def close(world: World, conference: Conference, by: User, seen: str = "") -> dict[str, Any]:
    return {"text": world.print(), "seen": seen or rules.digest_of(conference), "by": by}


def test_a_meeting_is_closed_by_its_chair_once_everything_is_decided(world: World) -> None:
    people = world.people
    conference = world.assembled()
    item = the_item(conference)
    world.refuse(
        operations.close_conference,
        conference,
        **close(world, conference, people.member),
        says=("还有 1 项", item.title),
    )
    world.vote(item, *people.conference)
    resolve(world, item)
    seen = rules.digest_of(conference)
    world.refuse(
        operations.close_conference, conference, **close(world, conference, people.second_member),
        says=(people.member.name, "主持"),
    )  # fmt: skip
    world.refuse(
        operations.close_conference, conference, **close(world, conference, people.member, "f" * 64), error=Conflict,
        says=("又有变化",),
    )  # fmt: skip
    world.do(operations.close_conference, conference, **close(world, conference, people.member, seen))
    assert conference.status is ConferenceStatus.CLOSED
    assert conference.text is not None
    assert "会议记录可以下载" in tray(people.third_member)[0].message


def test_nothing_is_done_in_a_closed_meeting(world: World) -> None:
    people = world.people
    conference = world.assembled()
    item = the_item(conference)
    resolve(world, item, ItemOutcome.DEFERRED, "资料不齐")
    world.minutes_closed(conference)
    for operation, subject, args, more in (
        (operations.cast_vote, item, (Choice.FOR,), {}),
        (operations.declare_recusal, item, (), {"reason": "x"}),
        (operations.resolve_item, item, (ItemOutcome.ADOPTED,), {"opinion": "x"}),
        (operations.open_conference, conference, ([],), {}),
        (operations.cancel_conference, conference, (), {"reason": "x"}),
    ):
        world.refuse(operation, subject, *args, **more, by=people.member, error=WrongState, says=("已闭会",))


def test_the_meeting_waits_for_its_members_one_after_the_other(world: World) -> None:
    people = world.people
    transfer = world.evaluated()

    def waits_for(conference: Conference) -> list[tuple[Deed, frozenset[int]]]:
        return [(lack.deed, lack.people) for lack in rules.outstanding(conference, world.now)]

    conference = world.convened(transfer)
    assert waits_for(conference) == [(Deed.CONFERENCE_OPEN, {people.member.id})]
    world.do(operations.open_conference, conference, list(people.conference), by=people.member)
    assert waits_for(conference) == [(Deed.VOTE_CAST, {person.id for person in people.conference})]
    item = the_item(conference)
    world.vote(item, *people.conference[:2])
    assert waits_for(conference) == [
        (Deed.VOTE_CAST, {people.third_member.id}), (Deed.ITEM_RESOLVE, {people.member.id}),
    ]  # fmt: skip
    resolve(world, item)
    assert waits_for(conference) == [(Deed.CONFERENCE_CLOSE, {people.member.id})]
    world.minutes_closed(conference)
    assert waits_for(conference) == []


def test_a_chair_who_leaves_the_office_leaves_the_meeting_to_the_next(world: World) -> None:
    people = world.people
    conference = world.assembled()
    item = the_item(conference)
    world.vote(item, *people.conference)
    people.member.deactivated_at = world.now
    db.session.commit()
    assert rules.presiding(conference) is people.second_member
    world.do(operations.resolve_item, item, ItemOutcome.ADOPTED, opinion="同意", by=people.second_member)
    assert item.outcome is ItemOutcome.ADOPTED


def test_the_lines_of_a_meeting_stand_in_its_chain_and_the_resolution_in_the_transfers(world: World) -> None:
    transfer: Transfer = world.evaluated()
    conference = world.assembled(transfer)
    item = the_item(conference)
    world.vote(item, *world.people.conference[:2])
    world.do(operations.declare_recusal, item, reason="亲属", by=world.people.third_member)
    resolve(world, item)
    world.minutes_closed(conference)

    def deeds(chain: str) -> list[Deed]:
        query = select(AuditLine.deed).where(AuditLine.chain == chain, AuditLine.outcome == Outcome.DONE)
        return list(db.session.scalars(query.order_by(AuditLine.number)))

    assert deeds(conference.chain_key) == [
        Deed.CONFERENCE_CONVENE, Deed.CONFERENCE_OPEN, Deed.VOTE_CAST, Deed.VOTE_CAST, Deed.RECUSAL_DECLARE,
        Deed.CONFERENCE_CLOSE,
    ]  # fmt: skip
    assert deeds(transfer.chain_key)[-1] is Deed.ITEM_RESOLVE
    assert first_broken_line() is None
