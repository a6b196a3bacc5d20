"""A published announcement changes: corrected, amended, extended, withdrawn; bids confirmed anew, or left closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from procurement.foundation.clock import at_local, local_day
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, NotPermitted, OutOfTime, Refusals, RuleBroken, WrongState
from procurement.foundation.money import Money
from procurement.registers import audit
from procurement.registers.audit import Outcome
from procurement.registers.notices import Notice, tray
from procurement.registers.publications import PublicationKind, editions_of, newest_publications
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.models import Announcement, AnnouncementStatus, VersionKind, current_announcement
from procurement.steps.announcement.published import operations as published
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.changes import operations, rules
from procurement.steps.competition.changes.rules import WithdrawalGround
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids, bids_to_open
from procurement.steps.competition.operations import bidding
from procurement.steps.competition.operations.award import confirm_award, publish_award_notice
from procurement.transfers.line import Step
from procurement.transfers.models import CriterionKind, Method
from procurement.transfers.operations import pause_transfer, resume_transfer
from procurement.transfers.rules import CriterionTerms, terms_of
from tests.factories import World

WORDS = {"summary": "征集城市管家服务的承接组织。", "contact": "李四 0577-5990002"}


def correct(world: World, announcement: Announcement, **changes: Any) -> None:
    said = {**WORDS, "reason": "换了联系人。", "editorial": True, **changes}
    world.do(operations.correct_announcement, announcement, by=world.people.officer, **said)


def bid_of(announcement: Announcement, world: World, place: int) -> Bid:
    organisation = world.people.providers[place].organisation_id
    return next(bid for bid in active_bids(announcement) if bid.organisation_id == organisation)


def messages(user: Any) -> list[str]:
    return [row.message for row in tray(user)]


# ── words ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_is_a_version_of_its_own_and_moves_nothing(world: World) -> None:
    announcement = world.bid()
    first, closes = announcement.publication, announcement.closes_at
    correct(world, announcement)
    assert (announcement.edition, announcement.contact, announcement.closes_at) == (2, WORDS["contact"], closes)
    version = announcement.versions[-1]
    assert (version.number, version.kind, version.reason) == (2, VersionKind.EDITORIAL, "换了联系人。")
    assert version.told == [{"field": "contact", "before": "张三 0577-5990001", "after": "李四 0577-5990002"}]
    assert announcement.publication is not None
    assert announcement.publication.edition == 2
    assert [row.edition for row in editions_of(announcement.publication)] == [1, 2]
    assert first is not None
    assert first.told["contact"] == "张三 0577-5990001"
    # The list of announcements has it once.
    assert newest_publications(PublicationKind.ANNOUNCEMENT) == [announcement.publication]
    assert all(bid.is_confirmed for bid in active_bids(announcement))


def test_a_correction_declares_that_bids_are_made_as_before_changes_something_and_says_why(world: World) -> None:
    announcement, by = world.announced(), world.people.officer
    said = {**WORDS, "reason": "换了联系人。", "editorial": True}
    world.refuse(
        operations.correct_announcement, announcement, **(said | {"editorial": False}), by=by, where="editorial",
        says=("发布实质变更",), article="第十条",
    )  # fmt: skip
    world.refuse(operations.correct_announcement, announcement, **(said | {"reason": " "}), by=by, where="reason")
    same = {"summary": announcement.summary, "contact": announcement.contact, "reason": "无", "editorial": True}
    world.refuse(operations.correct_announcement, announcement, **same, by=by, says=("没有变化",))
    world.forbid("代管公章")
    world.refuse(
        operations.correct_announcement, announcement, **(said | {"summary": "代管公章。"}), by=by, says=("代管公章",)
    )
    assert (announcement.edition, announcement.contact) == (1, "张三 0577-5990001")


# ── what bidders go by ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_amendment_is_written_into_the_plan_by_a_writer_of_it(world: World) -> None:
    announcement = world.announced()
    world.go_to(world.now + timedelta(hours=1))
    plan = announcement.transfer.plan
    fundings = [row.id for row in plan.fundings]
    amender = world.people.colleague
    terms = replace(terms_of(plan), quantity="道路 70 公里。", ceiling=Money.yuan("1250000"))
    world.do(
        operations.amend_announcement,
        announcement,
        terms,
        reason="新增道路。",
        submission_notes="一份 PDF。",
        by=amender,
    )
    assert (plan.quantity, plan.ceiling, plan.budget) == (
        "道路 70 公里。",
        Money.yuan("1250000"),
        Money.yuan("1300000"),
    )
    assert amender.id in plan.writer_ids
    assert [row.id for row in plan.fundings] == fundings
    assert announcement.submission_notes == "一份 PDF。"
    version = announcement.versions[-1]
    assert (version.kind, [row["field"] for row in version.told]) == (
        VersionKind.MATERIAL, ["submission_notes", "quantity", "ceiling"],
    )  # fmt: skip
    assert version.told[2] == {"field": "ceiling", "before": 128000000, "after": 125000000}
    assert announcement.publication is not None
    assert announcement.publication.told["quantity"] == "道路 70 公里。"


def test_the_deadline_stays_where_enough_is_left_and_moves_where_the_law_says_so(world: World) -> None:
    announcement = world.announced()
    closes = announcement.closes_at
    world.amend(announcement, quantity="道路 70 公里。")
    assert announcement.closes_at == closes
    # Five days for a consultation: changed on the day before, the deadline lies on the sixth day, or the first working one.
    world.go_to(closes - timedelta(days=1))
    world.amend(announcement, quantity="道路 71 公里。")
    day = local_day(world.now)
    earliest = day + timedelta(days=6)
    assert local_day(announcement.closes_at) == working_calendar().next_workday(earliest) > local_day(closes)
    assert announcement.closes_at == at_local(local_day(announcement.closes_at), 9, 30)
    version = announcement.versions[-1]
    assert version.closes_at == announcement.closes_at
    assert version.told[-1]["field"] == "closes_at"
    assert version.told[-1]["before"] == audit.plain(closes)
    assert announcement.versions[1].closes_at == closes


def test_a_deadline_after_a_change_is_never_earlier_than_the_former_or_than_the_law_gives(world: World) -> None:
    announcement, by = world.announced(), world.people.officer
    terms = replace(terms_of(announcement.transfer.plan), quantity="道路 70 公里。")
    closes = announcement.closes_at
    world.refuse(
        operations.amend_announcement, announcement, terms, reason="核对。", closes_at=closes - timedelta(hours=1), by=by,
        where="closes_at", says=("只能往后移",), article="本系统",
    )  # fmt: skip
    world.go_to(closes - timedelta(days=2))
    world.refuse(
        operations.amend_announcement, announcement, terms, reason="核对。", closes_at=closes + timedelta(days=1), by=by,
        where="closes_at", says=("不少于 5 日", "最早是"), article="第十条",
    )  # fmt: skip
    assert (announcement.closes_at, announcement.edition) == (closes, 1)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("method", "changed", "earliest"),
    [
        # FL-3: fifteen days before the deadline, counted as every floor: the sixteenth day is the first.
        (Method.OPEN_TENDER, date(2026, 9, 22), date(2026, 10, 8)),
        (Method.CONSULTATION, date(2026, 9, 22), date(2026, 9, 28)),
    ],
)
def test_what_must_be_left_after_a_change_is_by_method(
    world: World, method: Method, changed: date, earliest: date
) -> None:
    announcement = world.announced()
    announcement.transfer.plan.method = method
    assert rules.earliest_after_change(announcement.transfer, changed, working_calendar()) == earliest


def test_an_amendment_is_held_to_the_rules_of_the_plan_in_the_sections_it_changes(world: World) -> None:
    announcement, by = world.announced(), world.people.officer
    before = terms_of(announcement.transfer.plan)
    world.refuse(
        operations.amend_announcement, announcement, replace(before, ceiling=Money.yuan("1300000.01")), reason="加价。", by=by,
        error=Refusals, where="ceiling", says=("1,300,000.01", "1,300,000.00"),
    )  # fmt: skip
    dear = (
        CriterionTerms(CriterionKind.PRICE, "价格", "低价优先", 60),
        CriterionTerms(CriterionKind.QUALITY, "方案", "完整", 40),
    )
    world.refuse(
        operations.amend_announcement, announcement, replace(before, criteria=dear), reason="改分。", by=by,
        error=Refusals, where="criteria", article="第二十四条",
    )  # fmt: skip
    world.refuse(
        operations.amend_announcement, announcement, replace(before, term_months=10), reason="缩短。", by=by,
        error=Refusals, where="installments", says=("第 12 个月",),
    )  # fmt: skip
    world.refuse(operations.amend_announcement, announcement, before, reason="无", by=by, says=("没有变化",))
    world.refuse(
        operations.amend_announcement, announcement, replace(before, content="保洁。"), reason="", by=by, where="reason"
    )
    world.forbid("代管公章")
    world.refuse(
        operations.amend_announcement, announcement, replace(before, content="代管公章。"), reason="加内容。", by=by,
        says=("代管公章",),
    )  # fmt: skip
    assert terms_of(announcement.transfer.plan) == before


def test_criteria_are_said_anew(world: World) -> None:
    announcement = world.bid()
    anew = (
        CriterionTerms(CriterionKind.PRICE, "价格", "低价优先", 25),
        CriterionTerms(CriterionKind.QUALITY, "方案", "完整", 75),
    )
    world.amend(announcement, criteria=anew)
    assert terms_of(announcement.transfer.plan).criteria == anew
    assert announcement.versions[-1].told[0]["after"][0] == {
        "kind": "price", "name": "价格", "standard": "低价优先", "weight": 25,
    }  # fmt: skip


def test_who_bids_follows_or_took_papers_is_told_of_a_change_and_nobody_else(world: World) -> None:
    announcement = world.announced()
    people = world.people
    world.submit(announcement, people.providers[0])
    world.do(published.begin_interest, announcement, by=people.other_officer)
    published.note_download(announcement, people.providers[1], now=world.now)
    published.note_download(announcement, None, now=world.now)
    db.session.commit()
    world.amend(announcement, quantity="道路 70 公里。")
    told = [user for user in people.everyone() if any("实质变更" in text for text in messages(user))]
    assert set(told) == {people.providers[0], people.other_officer, people.providers[1]}
    # One message for all who have no bid to confirm; the bidder's own leads to its confirmation, and nobody else's does.
    assert len({messages(user)[0] for user in (people.other_officer, people.providers[1])}) == 1
    bid = active_bids(announcement)[0]
    rows = db.session.query(Notice).filter(Notice.link == f"/bids/{bid.receipt}/confirm").all()
    assert {row.user_id for row in rows} == {people.providers[0].id}
    assert ["没有确认的不予开启" in row.message for row in rows] == [True]
    # A later extension says that it still waits; once confirmed it says nothing of it.
    world.do(
        operations.extend_deadline, announcement, announcement.closes_at + timedelta(days=4), reason="多留几天。",
        by=people.officer,
    )  # fmt: skip
    assert any("还没有按先前的实质变更确认" in text for text in messages(people.providers[0]))
    assert not any("还没有按先前" in text for text in messages(people.other_officer))
    world.do(operations.confirm_bid, bid, seen=announcement.edition, by=people.providers[0])
    world.go_to(world.now + timedelta(minutes=1))
    world.do(
        operations.extend_deadline, announcement, announcement.closes_at + timedelta(days=3), reason="再留几天。",
        by=people.officer,
    )  # fmt: skip
    assert sum("还没有按先前" in text for text in messages(people.providers[0])) == 1


# ── bids after a change ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bid_that_was_not_confirmed_stays_closed_and_is_listed_so(world: World) -> None:
    announcement = world.bid(prices=("1200000", "1100000", "1250000", "1150000"))
    world.amend(announcement, quantity="道路 70 公里。")
    assert bids_to_open(announcement) == []
    for place in (0, 1, 2):
        bid = bid_of(announcement, world, place)
        world.do(operations.confirm_bid, bid, seen=2, by=world.people.providers[place])
    left = bid_of(announcement, world, 3)
    assert len(bids_to_open(announcement)) == 3
    competition = world.opened(announcement)
    assert (left.status, left.price, left.is_opened) == (BidStatus.UNCONFIRMED, None, False)
    assert competition.record is not None
    listed = {row["receipt"]: row for row in competition.record.told["bids"]}
    assert len(listed) == 4
    assert listed[left.receipt]["price"] is None
    assert listed[left.receipt]["broken"] == "没有在截止以前按变更后的公告确认，不予开启。"
    assert sum(bid.status is BidStatus.OPENED for bid in active_bids(announcement)) == 3
    # It goes on with those who confirmed, and the one left closed is told why.
    reviewed = world.reviewed(world.scored(world.drawn(world.qualified(competition))))
    first = world.first_of(reviewed)
    award = world.do(confirm_award, reviewed, first, by=world.people.approver)
    world.do(publish_award_notice, award, amount=award.price, by=world.people.officer)
    assert any("没有进入评审" in text for text in messages(world.people.providers[3]))


def test_too_few_confirmed_bids_open_nothing_and_the_round_fails(world: World) -> None:
    announcement = world.bid()
    world.amend(announcement, quantity="道路 70 公里。")
    world.do(operations.confirm_bid, bid_of(announcement, world, 0), seen=2, by=world.people.providers[0])
    world.go_to(opens_at(announcement))
    world.refuse(
        bidding.open_bids,
        announcement,
        world.unseal(announcement),
        second=world.people.auditor,
        by=world.opener_of(announcement),
        says=("1 份", "2 份"),
    )
    world.fail(announcement, "按变更确认的只有一家。")
    assert all(bid.status is BidStatus.SUBMITTED for bid in active_bids(announcement))


def test_a_bid_lodged_or_replaced_after_the_change_needs_no_confirmation(world: World) -> None:
    announcement = world.bid()
    world.amend(announcement, quantity="道路 70 公里。")
    bid = world.submit(announcement, world.people.providers[0], "1190000")
    assert (bid.edition, bid.is_confirmed) == (2, True)
    world.refuse(
        operations.confirm_bid, bid, seen=2, by=world.people.providers[0], error=WrongState, says=("不用确认",)
    )
    # A correction asks nothing of anybody; a further material change does.
    correct(world, announcement)
    assert bid.is_confirmed
    world.amend(announcement, quantity="道路 71 公里。")
    assert not bid.is_confirmed


def test_a_bid_is_confirmed_by_its_own_for_what_was_read_and_before_the_deadline(world: World) -> None:
    announcement = world.bid()
    world.amend(announcement, quantity="道路 70 公里。")
    bid, own = bid_of(announcement, world, 0), world.people.providers[0]
    world.refuse(operations.confirm_bid, bid, seen=2, by=world.people.providers[1], error=NotPermitted)
    world.refuse(operations.confirm_bid, bid, seen=2, by=world.people.officer, error=NotPermitted)
    world.refuse(operations.confirm_bid, bid, seen=1, by=own, error=Conflict, says=("又变更过",))
    other = bid_of(announcement, world, 1)
    world.do(bidding.withdraw_bid, other, by=world.people.providers[1])
    world.refuse(operations.confirm_bid, other, seen=2, by=world.people.providers[1], error=WrongState)
    world.do(pause_transfer, announcement.transfer, reason="核查", by=world.people.supervisor)
    world.refuse(operations.confirm_bid, bid, seen=2, by=own, error=WrongState, says=("暂停",))
    world.do(resume_transfer, announcement.transfer, by=world.people.supervisor)
    world.go_to(announcement.closes_at)
    world.refuse(
        operations.confirm_bid, bid, seen=2, by=own, error=OutOfTime, says=("不能再确认",), article="第三十三条"
    )
    assert not bid.is_confirmed


def test_confirmations_and_refusals_lie_in_the_sealed_chain(world: World) -> None:
    announcement = world.bid()
    world.amend(announcement, quantity="道路 70 公里。")
    world.do(operations.confirm_bid, bid_of(announcement, world, 0), seen=2, by=world.people.providers[0])
    public = [row.deed.value for row in audit.lines_of_chain(announcement.transfer.chain_key)]
    assert "bid:confirm" not in public
    assert "announcement:amend" in public
    sealed = audit.lines_of_chain(announcement.sealed_chain, outcome=Outcome.DONE)
    assert "bid:confirm" in [row.deed.value for row in sealed]
    assert audit.is_sealed(announcement.sealed_chain)


def test_a_sealed_price_above_a_lowered_ceiling_is_invalid_at_the_opening(world: World) -> None:
    announcement = world.bid(prices=("1200000", "1100000", "1250000", "1000000"))
    world.amend(announcement, ceiling=Money.yuan("1150000"))
    for place in range(4):
        bid = bid_of(announcement, world, place)
        world.do(operations.confirm_bid, bid, seen=2, by=world.people.providers[place])
    world.opened(announcement)
    states = [bid_of(announcement, world, place).status for place in range(4)]
    assert states == [BidStatus.BROKEN, BidStatus.OPENED, BidStatus.BROKEN, BidStatus.OPENED]
    assert bid_of(announcement, world, 0).broken_reason == "报价高于最高限价，投标无效。"


# ── the deadline ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_deadline_moves_later_with_a_reason_and_the_bids_stand(world: World) -> None:
    announcement = world.bid()
    closes = announcement.closes_at
    later = closes + timedelta(days=4)
    world.do(operations.extend_deadline, announcement, later, reason="国庆放假。", by=world.people.officer)
    version = announcement.versions[-1]
    assert (announcement.closes_at, version.kind, version.closes_at) == (later, VersionKind.EXTENSION, later)
    assert version.told == [{"field": "closes_at", "before": audit.plain(closes), "after": audit.plain(later)}]
    assert all(bid.is_confirmed for bid in active_bids(announcement))
    assert "顺延" in messages(world.people.providers[0])[0]
    for typed in (later, later - timedelta(minutes=1)):
        world.refuse(
            operations.extend_deadline, announcement, typed, reason="再改。", by=world.people.officer, where="closes_at",
            says=("只能往后移",), article="本系统",
        )  # fmt: skip
    world.refuse(
        operations.extend_deadline, announcement, later + timedelta(days=1), reason=" ", by=world.people.officer,
        where="reason",
    )  # fmt: skip
    assert announcement.edition == 2


def test_nothing_changes_from_the_deadline_on_or_while_the_transfer_is_paused(world: World) -> None:
    announcement, by = world.bid(), world.people.officer
    terms = replace(terms_of(announcement.transfer.plan), quantity="道路 70 公里。")
    tried: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
        (operations.correct_announcement, (), {**WORDS, "reason": "更正。", "editorial": True}),
        (operations.amend_announcement, (terms,), {"reason": "核对。"}),
        (operations.extend_deadline, (announcement.closes_at + timedelta(days=9),), {"reason": "延。"}),
        (operations.withdraw_announcement, (WithdrawalGround.CANCELLED,), {"reason": "取消。"}),
    ]
    for operation, args, more in tried:
        world.refuse(operation, announcement, *args, **more, by=world.people.other_officer, error=NotPermitted)
    world.go_to(announcement.closes_at)
    for operation, args, more in tried:
        world.refuse(operation, announcement, *args, **more, by=by, error=OutOfTime, says=("截止以后",))
    world.do(pause_transfer, announcement.transfer, reason="核查", by=world.people.supervisor)
    for operation, args, more in tried:
        world.refuse(operation, announcement, *args, **more, by=by, error=WrongState, says=("暂停",))
    assert announcement.edition == 1


# ── given up ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_call_is_withdrawn_in_public_and_its_bids_are_never_opened(world: World) -> None:
    announcement = world.bid()
    transfer = announcement.transfer
    world.refuse(
        operations.withdraw_announcement, announcement, WithdrawalGround.CANCELLED, reason=" ", by=world.people.officer,
        where="reason", article="第二十九条",
    )  # fmt: skip
    notice = world.do(
        operations.withdraw_announcement, announcement, WithdrawalGround.CANCELLED, reason="上级调整了任务。",
        by=world.people.officer,
    )  # fmt: skip
    assert (announcement.status, announcement.failure_reason) == (AnnouncementStatus.WITHDRAWN, "上级调整了任务。")
    assert (transfer.step, transfer.attempt) == (Step.ANNOUNCEMENT, 2)
    assert notice.kind is PublicationKind.WITHDRAWAL_NOTICE
    assert (notice.told["ground"], notice.told["reason"]) == ("cancelled", "上级调整了任务。")
    assert "count" not in notice.told
    assert all(bid.status is BidStatus.SUBMITTED and bid.price is None for bid in active_bids(announcement))
    assert "撤回了" in messages(world.people.providers[0])[0]
    assert not audit.is_sealed(announcement.sealed_chain)
    world.refuse(
        operations.withdraw_announcement, announcement, WithdrawalGround.CANCELLED, reason="再撤。", by=world.people.officer,
        error=WrongState, says=("已撤回",),
    )  # fmt: skip
    again = world.announced(world.keyed(transfer))
    assert current_announcement(transfer) == again
    assert again.attempt == 2
    with pytest.raises(RuleBroken):
        rules.ensure_may_withdraw(again, "", world.now)


def test_a_deadline_is_not_moved_to_a_day_of_rest(world: World) -> None:
    announcement = world.announced()
    saturday = local_day(announcement.closes_at) + timedelta(days=1)
    while saturday.isoweekday() != 6 or working_calendar().is_workday(saturday):
        saturday += timedelta(days=1)
    world.refuse(
        operations.extend_deadline, announcement, at_local(saturday, 9, 30), reason="顺延。", by=world.people.officer,
        where="closes_at", says=("休息日", str(saturday + timedelta(days=2))),
    )  # fmt: skip
    world.do(
        operations.extend_deadline, announcement, at_local(saturday + timedelta(days=2), 9, 30), reason="顺延。",
        by=world.people.officer,
    )  # fmt: skip
    assert local_day(announcement.closes_at) == saturday + timedelta(days=2)
