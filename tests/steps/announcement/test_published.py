"""A published announcement: its notice in the medium, enquiries, downloads, followers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from procurement.documents.medium_notice import text_of_change, text_of_notice
from procurement.foundation.clock import at_local, local_day
from procurement.foundation.database import db
from procurement.foundation.errors import NotFound, NotPermitted, OutOfTime, RuleBroken, WrongState
from procurement.foundation.money import Money
from procurement.registers import audit
from procurement.registers.audit import Outcome
from procurement.registers.budgets.rules import Funding
from procurement.registers.notices import tray
from procurement.statute.calendar import working_calendar
from procurement.steps import rooms
from procurement.steps.announcement import operations as announcement_operations
from procurement.steps.announcement.models import Announcement
from procurement.steps.announcement.published import operations, rules
from procurement.steps.announcement.published.models import (
    answered_enquiries,
    changes_in_medium,
    downloads_of,
    followers_of,
    notices_in_medium,
    open_enquiries,
    published_of,
    subscriptions_of,
)
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.changes import operations as changes
from procurement.steps.competition.operations import bidding
from procurement.transfers.models import Method
from procurement.transfers.operations import submit_plan
from tests.factories import BUDGET_CODE, World

PAGE = "https://zfcg.czt.zj.gov.cn/notice/2"


def published(world: World, **changes: Any) -> Announcement:
    """A purchase's announcement whose notice in the medium is not entered yet."""
    announcement = world.announcement_drafted(world.resolved(**changes))
    world.do(announcement_operations.publish_announcement, announcement, by=world.people.officer)
    return announcement


def enter(world: World, announcement: Announcement, day: date | None = None, **more: Any) -> Any:
    address = more.pop("address", PAGE)
    by = world.people.officer
    return world.do(operations.enter_medium_notice, announcement, day or world.today, address, by=by, **more)


def clock_of(world: World, announcement: Announcement) -> Any:
    standing = rooms.standing_of(announcement.transfer, world.now, working_calendar())
    return next(row for row in standing.clocks if row.title == "公告期限")


# ── the designated medium ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_period_of_the_notice_does_not_run_before_it_is_on_the_medium(world: World) -> None:
    announcement = published(world)
    clock = clock_of(world, announcement)
    assert (clock.started_on, clock.waits) == (None, "还没有登记在指定媒体的发布，期限没有起算。")
    assert "公告在指定媒体的发布还没有登记，公告期限没有起算" in world.lacking(announcement.transfer)
    world.go_to(world.today + timedelta(days=1))
    notice = enter(world, announcement)
    assert clock_of(world, announcement).started_on == notice.published_on == world.today
    assert len(world.lacking(announcement.transfer)) == 1


def test_nothing_is_opened_before_the_notice_has_stood_its_time(world: World) -> None:
    announcement = published(world)
    world.bid(announcement)
    opener = world.opener_of(announcement)
    closes = announcement.closes_at
    world.go_to(opens_at(announcement))
    world.refuse(
        bidding.open_bids, announcement, world.unseal(announcement), second=world.people.auditor, by=opener, error=OutOfTime,
        says=("5 个工作日", "登记发布日期和网址"), article="第十六条",
    )  # fmt: skip
    enter(world, announcement)
    over = rules.notice_over(announcement, notices_in_medium(announcement)[-1], working_calendar())
    world.refuse(
        bidding.open_bids, announcement, world.unseal(announcement), second=world.people.auditor, by=opener, error=OutOfTime, says=(str(over),),
        article="第十六条",
    )  # fmt: skip
    assert closes == announcement.closes_at
    world.go_to(over)
    world.do(bidding.open_bids, announcement, world.unseal(announcement), second=world.people.auditor, by=opener)


def test_a_notice_that_came_late_asks_for_a_later_deadline(world: World) -> None:
    announcement = published(world)
    world.go_to(announcement.closes_at - timedelta(days=2))
    notice = enter(world, announcement)
    over = rules.notice_over(announcement, notice, working_calendar())
    assert any("截止时间要顺延到" in lack for lack in world.lacking(announcement.transfer))
    later = announcement.closes_at.replace(year=over.year, month=over.month, day=over.day)
    world.do(changes.extend_deadline, announcement, later, reason="公告期限未满。", by=world.people.officer)
    assert not any("截止时间要顺延" in lack for lack in world.lacking(announcement.transfer))


def test_a_notice_lies_between_the_announcement_and_today_at_an_address(world: World) -> None:
    announcement, by = published(world), world.people.officer
    for day in (world.today - timedelta(days=1), world.today + timedelta(days=1)):
        world.refuse(
            operations.enter_medium_notice, announcement, day, PAGE, by=by, where="published_on", says=(str(day),),
            article="第八条",
        )  # fmt: skip
    for address in (
        "http://zfcg.czt.zj.gov.cn/1",
        "浙江政府采购网",
        "https://localhost/1",
        "https://a b.cn/1",
        "https://[x",
    ):
        world.refuse(
            operations.enter_medium_notice,
            announcement,
            world.today,
            address,
            by=by,
            where="address",
            says=("https://",),
        )
    world.refuse(
        operations.enter_medium_notice,
        announcement,
        world.today,
        PAGE,
        by=world.people.other_officer,
        error=NotPermitted,
    )
    assert notices_in_medium(announcement) == []


def test_a_notice_is_corrected_once_and_with_a_reason(world: World) -> None:
    announcement, by = published(world), world.people.officer
    enter(world, announcement)
    world.refuse(
        operations.enter_medium_notice, announcement, world.today, PAGE + "1", by=by, where="reason", says=("写明理由",)
    )
    world.refuse(operations.enter_medium_notice, announcement, world.today, PAGE, reason="手误", by=by, where="address")
    enter(world, announcement, address=PAGE + "1", reason="网址写错。")
    assert [(row.number, row.reason) for row in notices_in_medium(announcement)] == [(1, ""), (2, "网址写错。")]
    now_known = published_of([announcement.id])[announcement.id].notice
    assert now_known is not None
    assert now_known.address == PAGE + "1"
    world.refuse(
        operations.enter_medium_notice, announcement, world.today, PAGE + "2", reason="又错", by=by, error=WrongState,
        says=("更正过一次",),
    )  # fmt: skip


def test_a_call_that_is_no_purchase_needs_no_medium(world: World) -> None:
    announcement = world.announced(world.keyed(_adopted(world)))
    assert not rules.needs_medium(announcement.transfer)
    world.refuse(
        operations.enter_medium_notice, announcement, world.today, PAGE, by=world.people.officer, error=WrongState,
        says=("只有政府购买服务",),
    )  # fmt: skip
    assert rules.notice_running(announcement, None) is None


def _adopted(world: World) -> Any:
    transfer = world.draft(function="T23")
    world.do(submit_plan, transfer.plan, by=world.people.officer)
    world.evaluate(transfer)
    world.adopt(transfer)
    return transfer


def test_a_later_version_appears_there_too_and_holds_nothing(world: World) -> None:
    announcement, by = published(world), world.people.officer
    world.do(changes.extend_deadline, announcement, on_a_workday(announcement, 1), reason="顺延。", by=by)
    # What changed before the first entry went out with it.
    world.go_to(world.now + timedelta(minutes=1))
    enter(world, announcement)
    assert not any("更正公告" in lack for lack in world.lacking(announcement.transfer))
    world.go_to(world.today + timedelta(days=1))
    world.amend(announcement, quantity="道路 70 公里。")
    version = announcement.versions[-1]
    lack = "第 3 版（实质变更）的更正公告在指定媒体的发布还没有登记"
    assert lack in world.lacking(announcement.transfer)
    tried: Any = {"by": by, "where": "published_on"}
    world.refuse(operations.enter_medium_change, version, world.today - timedelta(days=1), PAGE, **tried)
    world.refuse(operations.enter_medium_change, version, world.today + timedelta(days=1), PAGE, **tried)
    world.refuse(operations.enter_medium_change, version, world.today, "http://x", by=by, where="address")
    world.refuse(operations.enter_medium_change, announcement.versions[0], world.today, PAGE, by=by, error=WrongState)
    world.refuse(
        operations.enter_medium_change, version, world.today, PAGE, by=world.people.other_officer, error=NotPermitted
    )
    world.do(operations.enter_medium_change, version, world.today, PAGE, by=by)
    assert lack not in world.lacking(announcement.transfer)
    assert changes_in_medium(announcement)[version.number].address == PAGE
    world.refuse(
        operations.enter_medium_change, version, world.today, PAGE, by=by, error=WrongState, says=("已经登记",)
    )


def on_a_workday(announcement: Announcement, days: int) -> datetime:
    """The hour of the deadline, some days later, on a working day."""
    day = working_calendar().next_workday(local_day(announcement.closes_at) + timedelta(days=days))
    return at_local(day, 9, 30)


def test_the_text_for_the_medium_gives_the_period_of_its_method(world: World) -> None:
    consultation = published(world)
    assert "自本公告发布之日起5 个工作日。" in text_of_notice(consultation, PAGE).replace("5个", "5 个")
    money = Money.yuan("400000")
    small = published(
        world, method=Method.SELECTION, fundings=(Funding(2025, BUDGET_CODE, money),), ceiling=money, title="小件"
    )
    text = text_of_notice(small, PAGE).replace("个工作日", " 个工作日").replace("  ", " ")
    assert "自本公告发布之日起3 个工作日。" in text
    assert "5 个工作日" not in text


def test_a_correction_is_written_for_the_medium(world: World) -> None:
    announcement = world.announced()
    world.do(
        changes.extend_deadline,
        announcement,
        on_a_workday(announcement, 7),
        reason="供应商来不及。",
        by=world.people.officer,
    )
    text = text_of_change(announcement.versions[-1], PAGE, [("投标截止时间", "10月9日", "10月16日")])
    parts = (
        "更正公告",
        "一、项目基本情况",
        "首次公告日期：2025年9月22日",
        "二、更正信息",
        "更正前：10月9日",
        "更正后：10月16日",
    )
    for part in (*parts, "更正理由：供应商来不及。", "三、其他补充事宜", PAGE, "四、凡对"):
        assert part in text


# ── enquiries ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_enquiry_is_answered_in_public_without_a_name(world: World) -> None:
    announcement = world.announced()
    people = world.people
    enquiry = world.ask(announcement, "我们龙港第1环境服务社要几个人？")
    assert list(open_enquiries(announcement)) == [enquiry]
    assert list(open_enquiries(announcement, by=people.providers[0])) == [enquiry]
    assert list(open_enquiries(announcement, by=people.providers[1])) == []
    told = tray(people.officer)[0]
    assert told.message == "“{title}”收到询问，最迟 {day} 答复。"
    assert people.providers[0].name not in told.values
    world.answer(enquiry, public_question="夜间要几个人？")
    assert list(open_enquiries(announcement)) == []
    (answered,) = answered_enquiries(announcement)
    assert (answered.number, answered.question, answered.public_question) == (
        1, "我们龙港第1环境服务社要几个人？", "夜间要几个人？",
    )  # fmt: skip
    assert "公开了新的答复" in tray(people.providers[0])[0].message
    # Who asked lies in the sealed chain; that somebody answered, in the transfer's.
    lines = audit.lines_of_chain(announcement.transfer.chain_key)
    assert all(row.actor_id != people.providers[0].id for row in lines)
    assert lines[0].told == {"number": 1, "is_material": False}
    assert [row.deed.value for row in audit.lines_of_chain(announcement.sealed_chain)] == ["enquiry:ask"]


def test_an_enquiry_has_its_clock_and_holds_the_opening_without_saying_how_many(world: World) -> None:
    announcement = world.bid()
    world.go_to(announcement.closes_at - timedelta(seconds=1))
    world.ask(announcement, by=world.people.providers[2])
    world.ask(announcement, "第二个问题？", by=world.people.providers[3])
    world.go_to(opens_at(announcement))
    first = open_enquiries(announcement)[0]
    assert rules.answer_due(first, working_calendar()) == working_calendar().after(world.today, 3)
    assert world.lacking(announcement.transfer)[0] == "有询问还没有答复"
    refusal = world.refuse(
        bidding.open_bids, announcement, world.unseal(announcement), second=world.people.auditor, by=world.opener_of(announcement), error=RuleBroken,
        says=("还有询问没有答复",), article="第五十二条",
    )  # fmt: skip
    assert "2" not in refusal.message
    for enquiry in open_enquiries(announcement):
        world.answer(enquiry)
    world.opened(announcement)


def test_an_answer_changes_nothing_once_the_deadline_has_passed(world: World) -> None:
    announcement = world.bid()
    enquiry = world.ask(announcement)
    world.go_to(announcement.closes_at)
    said: Any = {"public_question": "几个人？", "answer": "四人。", "by": world.people.officer}
    world.refuse(
        operations.answer_enquiry, enquiry, is_material=True, **said, error=OutOfTime, says=("不能再改变采购要求",),
    )  # fmt: skip
    world.do(operations.answer_enquiry, enquiry, **said)
    assert not enquiry.is_open


def test_what_is_answered_in_public_is_screened(world: World) -> None:
    announcement = world.announced()
    enquiry = world.ask(announcement)
    world.forbid("执法检查")
    for said in (
        {"public_question": "几个人？", "answer": "承接组织负责执法检查。"},
        {"public_question": "要不要做执法检查？", "answer": "四人。"},
    ):
        world.refuse(operations.answer_enquiry, enquiry, **said, by=world.people.officer, says=("执法检查", "N01"))
    assert enquiry.is_open


def test_only_a_provider_asks_and_only_the_purchaser_answers_once(world: World) -> None:
    announcement, people = world.announced(), world.people
    world.refuse(operations.ask_enquiry, announcement, "？", by=people.officer, error=NotPermitted)
    world.refuse(operations.ask_enquiry, announcement, " ", by=people.providers[0], where="question")
    enquiry = world.ask(announcement)
    said = {"public_question": "问", "answer": "答"}
    world.refuse(operations.answer_enquiry, enquiry, **said, by=people.other_officer, error=NotPermitted)
    world.refuse(operations.answer_enquiry, enquiry, **(said | {"answer": ""}), by=people.officer, where="answer")
    world.refuse(
        operations.answer_enquiry,
        enquiry,
        **(said | {"public_question": ""}),
        by=people.officer,
        where="public_question",
    )
    world.answer(enquiry)
    world.refuse(operations.answer_enquiry, enquiry, **said, by=people.officer, error=WrongState, says=("不能再改",))
    assert enquiry.answer == "每班不少于四人。"


def test_a_question_from_after_the_deadline_is_answered_in_its_time_and_holds_no_opening(world: World) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    world.ask(announcement, "截止以后的问题？")
    assert "有询问还没有答复" in world.lacking(announcement.transfer)
    assert world.opened(announcement).opened_at is not None


def test_a_question_that_is_asked_twice_is_one_and_only_so_many_wait_at_a_time(world: World) -> None:
    announcement = world.announced()
    asker = world.people.providers[0]
    first = world.do(operations.ask_enquiry, announcement, "问题一？", by=asker)
    assert world.do(operations.ask_enquiry, announcement, " 问题一？ ", by=asker) is first
    for number in range(2, 6):
        world.do(operations.ask_enquiry, announcement, f"问题{number}？", by=asker)
    refusal = world.refuse(operations.ask_enquiry, announcement, "问题六？", by=asker, where="question")
    assert "还有 5 个询问没有答复，最多 5 个" in str(refusal)
    # Another organisation is not hindered, and an answer makes room.
    world.do(operations.ask_enquiry, announcement, "问题六？", by=world.people.providers[1])
    world.answer(first)
    assert world.do(operations.ask_enquiry, announcement, "问题六？", by=asker).is_open


def test_nothing_is_asked_once_the_result_is_out(world: World) -> None:
    transfer = world.awarded()
    announcement = db.session.get_one(Announcement, 1)
    world.refuse(
        operations.ask_enquiry, announcement, "还能投吗？", by=world.people.providers[0], error=WrongState,
        says=("不再接受询问",),
    )  # fmt: skip
    assert transfer.attempt == announcement.attempt


# ── following ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_code_is_followed_at_any_level_and_decides_which_calls_are_told(world: World) -> None:
    people = world.people
    world.do(operations.begin_subscription, people.providers[0], "0114", by=people.providers[0])
    world.do(operations.begin_subscription, people.providers[1], "02", by=people.providers[1])
    world.do(operations.begin_subscription, people.member, "01", by=people.member)
    world.announced()
    told = [user for user in people.everyone() if any("新公告" in row.message for row in tray(user))]
    assert people.providers[0] in told
    assert people.providers[1] not in told
    assert people.providers[2] in told
    assert people.member in told
    assert people.second_member not in told


def test_a_code_is_of_the_catalogue_followed_once_and_ones_own(world: World) -> None:
    provider, other = world.people.providers[:2]
    world.refuse(operations.begin_subscription, provider, "9999", by=provider, where="code", says=("9999",))
    world.refuse(operations.begin_subscription, provider, "0114", by=other, error=NotPermitted)
    row = world.do(operations.begin_subscription, provider, "0114", by=provider)
    world.refuse(operations.begin_subscription, provider, "0114", by=provider, where="code", says=("已经关注",))
    world.refuse(operations.end_subscription, row, by=other, error=NotPermitted)
    world.do(operations.end_subscription, row, by=provider)
    assert list(subscriptions_of(provider)) == []


def test_an_interest_is_told_of_to_nobody(world: World) -> None:
    announcement, provider = world.announced(), world.people.providers[0]
    first = world.do(operations.begin_interest, announcement, by=provider)
    assert world.do(operations.begin_interest, announcement, by=provider).id == first.id
    world.do(operations.end_interest, announcement, by=provider)
    world.refuse(operations.end_interest, announcement, by=provider, error=NotFound)
    lines = audit.lines_of_chain(announcement.transfer.chain_key)
    assert all(row.actor_id != provider.id for row in lines)
    sealed = audit.lines_of_chain(announcement.sealed_chain, outcome=Outcome.DONE)
    assert {row.deed.value for row in sealed} == {"interest:begin", "interest:end"}
    draft = world.announcement_drafted(world.keyed())
    world.refuse(operations.begin_interest, draft, by=provider, error=WrongState)


def test_downloads_are_kept_with_who_and_when(world: World) -> None:
    announcement, provider = world.announced(), world.people.providers[0]
    operations.note_download(announcement, provider, now=world.now)
    operations.note_download(announcement, None, now=world.now)
    db.session.commit()
    signed, anonymous = downloads_of(announcement)
    assert (signed.organisation_id, signed.edition, signed.at) == (provider.organisation_id, 1, world.now)
    assert (anonymous.user_id, anonymous.organisation_id) == (None, None)


@pytest.mark.parametrize(
    ("codes", "expected"), [(("01",), True), (("0114", "02"), True), (("0115",), False), ((), False)]
)
def test_a_code_stands_above_those_that_begin_with_it(codes: tuple[str, ...], expected: bool) -> None:
    assert rules.follows(codes, "011401") is expected


def test_whose_account_is_out_of_use_follows_nothing(world: World) -> None:
    announcement, follower = world.announced(), world.people.providers[3]
    world.do(operations.begin_interest, announcement, by=follower)
    assert follower in followers_of(announcement)
    follower.deactivated_at = world.now
    db.session.commit()
    assert follower not in followers_of(announcement)
