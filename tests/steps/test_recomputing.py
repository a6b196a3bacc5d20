"""What a holiday notice moves: kept with the old date, told once, never to an earlier day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from procurement.foundation.clock import at_local, local_day
from procurement.foundation.errors import NotPermitted, WrongState
from procurement.registers.audit import lines_of_chain
from procurement.registers.holidays.models import HolidayNotice, date_changes_of, notices_not_told_of
from procurement.registers.holidays.notation import read_days
from procurement.registers.holidays.operations import enter_holidays
from procurement.registers.notices import tray
from procurement.registers.people import User
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.models import Announcement, VersionKind
from procurement.steps.competition.changes.operations import extend_deadline
from procurement.steps.competition.changes.rules import earliest_after_change
from procurement.steps.competition.models.bids import active_bids
from procurement.steps.competition.models.review import award_of_transfer
from procurement.steps.competition.rules import challenge_ends
from procurement.steps.recomputing import recompute_period, to_recompute
from procurement.transfers.models import CriterionKind, Method, Transfer
from procurement.transfers.rules import CriterionTerms
from procurement.web.ticking import tick
from tests.factories import World, holiday_terms


def enter(world: World, **changes: Any) -> HolidayNotice:
    """The notice for 2027 as it may come: late, when periods run into its year already."""
    terms = holiday_terms(issued_on=world.today, **changes)
    notice: HolidayNotice = world.do(enter_holidays, None, terms, by=world.people.system_admin)
    return notice


def said_to(person: User) -> list[str]:
    return [row.message for row in tray(person)]


def awarded_in_winter(world: World) -> Transfer:
    """A result published so that the time to challenge it ends behind a Spring Festival that is only estimated."""
    competition = world.reviewed()
    world.go_to(date(2027, 1, 28))
    return world.awarded(competition)


def test_the_time_to_challenge_moves_and_everybody_who_was_told_is_told_again(world: World) -> None:
    transfer = awarded_in_winter(world)
    award = award_of_transfer(transfer)
    assert award is not None
    assert challenge_ends(transfer, award, working_calendar()) == date(2027, 2, 11)
    notice = enter(world)
    assert challenge_ends(transfer, award, working_calendar()) == date(2027, 2, 15)
    tick(world.app, world.clock)
    (change,) = [row for row in date_changes_of(f"transfer {transfer.id}") if row.name == "质疑期"]
    assert (change.before, change.was_estimated, change.after) == (date(2027, 2, 11), True, date(2027, 2, 15))
    assert change.notice.number == notice.number
    moved = "“{title}”的“{period}”原为 {before}（预估），按{notice}改为 {after}。"
    assert said_to(world.people.officer).count(moved) >= 1
    assert moved in said_to(world.provider_of(transfer))
    others = [user for user in world.people.providers if user.organisation_id != transfer.provider_id]
    told = "“{title}”结果的“{period}”原为 {before}，按{notice}改为 {after}。"
    assert all(said_to(user).count(told) == 1 for user in others[:2])
    line = next(row for row in lines_of_chain(transfer.chain_key) if row.deed.value == "period:recompute")
    assert {"period": "质疑期", "before": "2027-02-11", "after": "2027-02-15"} in line.told["moved"]


def test_it_is_told_once_and_then_the_notice_is_done_with(world: World) -> None:
    transfer = awarded_in_winter(world)
    notice = enter(world)
    assert [row.id for row in notices_not_told_of()] == [notice.id]
    tick(world.app, world.clock)
    changes, notes = len(date_changes_of(f"transfer {transfer.id}")), len(said_to(world.people.officer))
    assert list(notices_not_told_of()) == []
    tick(world.app, world.clock)
    assert len(date_changes_of(f"transfer {transfer.id}")) == changes
    assert len(said_to(world.people.officer)) == notes
    world.refuse(
        recompute_period, transfer, notice, by=world.people.system, error=WrongState, says=[notice.number]
    )  # fmt: skip


def test_a_notice_that_would_end_a_period_earlier_leaves_it_where_it_was_told(world: World) -> None:
    transfer = awarded_in_winter(world)
    award = award_of_transfer(transfer)
    assert award is not None
    told = challenge_ends(transfer, award, working_calendar())
    # Two weekend days are worked before the holiday: by the notice alone the time would end on the fourth.
    off = (
        holiday_terms().days.off[:3]
        + tuple((date(2027, 2, day), "春节") for day in range(5, 9))
        + holiday_terms().days.off[10:]
    )
    enter(world, off=off, work=((date(2027, 1, 30), ""), (date(2027, 1, 31), ""), *holiday_terms().days.work[1:]))
    assert challenge_ends(transfer, award, working_calendar()) == told
    tick(world.app, world.clock)
    assert [row.name for row in date_changes_of(f"transfer {transfer.id}")] == []
    assert list(notices_not_told_of()) == []


def called_in_winter(world: World) -> Announcement:
    """A call whose deadline is the earliest that five working days leave, over a Spring Festival that is estimated."""
    transfer = world.keyed()
    world.go_to(date(2027, 1, 27))
    call = world.announced(transfer)
    earliest = local_day(call.closes_at)
    assert earliest == date(2027, 2, 9)
    return call


def test_a_deadline_that_became_too_early_moves_later_with_a_version_of_its_own(world: World) -> None:
    call = called_in_winter(world)
    world.bid(call)
    before, reference, bids = call.closes_at, call.publication.reference, the_sealed(call)
    notice = enter(world, off=longer(), work=())
    tick(world.app, world.clock)
    assert call.closes_at > before
    assert call.closes_at.time() == before.time()
    assert call.edition == 2
    assert call.versions[-1].kind is VersionKind.EDITORIAL
    assert notice.number in call.versions[-1].reason
    assert call.versions[-1].closes_at == call.closes_at
    assert call.publication.reference != reference
    assert call.publication.told["closes_at"] > before.isoformat()
    assert the_sealed(call) == bids
    told = (
        "公告“{title}”的投标截止时间原为 {before}，按{notice}公布的放假安排改为 {after}。"
        "已经提交的投标不用重新提交；公告有实质变更还没有确认的，仍要在截止以前确认。"
    )
    assert all(said_to(user).count(told) == 1 for user in world.people.providers)
    assert "投标截止" in {row.name for row in date_changes_of(f"transfer {call.transfer_id}")}


def the_sealed(call: Announcement) -> list[str]:
    return [bid.receipt for bid in active_bids(call)]


def longer() -> tuple[tuple[date, str], ...]:
    """A Spring Festival that begins before five working days of a call of the 27th of January have passed."""
    more = tuple((date(2027, 1, 28) + timedelta(days=n), "春节") for n in range(12))
    return tuple(sorted({**dict(holiday_terms().days.off), **dict(more)}.items()))


def test_a_deadline_that_may_stand_stands(world: World) -> None:
    call = called_in_winter(world)
    before = call.closes_at
    enter(world)
    tick(world.app, world.clock)
    assert (call.closes_at, call.edition) == (before, 1)


def test_only_the_system_recomputes_and_a_draft_has_nothing_to_recompute(world: World) -> None:
    transfer = world.planned()
    world.go_to(date(2026, 11, 10))
    notice = enter(world)
    assert to_recompute(notice, world.now) == []
    for person in (world.people.system_admin, world.people.officer, None):
        world.refuse(recompute_period, transfer, notice, by=person, error=NotPermitted)
    assert list(date_changes_of(f"transfer {transfer.id}")) == []


def test_a_deadline_keeps_what_a_material_change_left_when_a_notice_comes(world: World) -> None:
    price = (CriterionTerms(CriterionKind.PRICE, "价格", "最低者", 100),)
    transfer = world.keyed(world.resolved(method=Method.NEGOTIATION, criteria=price))
    world.go_to(date(2027, 1, 15))
    call = world.announced(transfer)
    world.do(extend_deadline, call, at_local(date(2027, 1, 28), 9, 30), reason="顺延。", by=world.people.officer)
    world.go_to(date(2027, 1, 27))
    world.amend(call, quantity="道路 700 公里。")
    world.go_to(date(2027, 1, 28))
    off = read_days(2027, "0101-0103 0129-0211 0403-0405 0501-0505 0609 0915 1001-1007").off
    enter(world, off=off, work=())
    tick(world.app, world.clock)
    earliest = earliest_after_change(transfer, date(2027, 1, 27), working_calendar())
    assert local_day(call.closes_at) >= earliest > date(2027, 2, 11)
