"""Step 2: bids, opening, qualification, panel, scores, report, award; each success, each refusal."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, NotFound, NotPermitted, OutOfTime, RuleBroken, WrongState
from procurement.foundation.labels import Said
from procurement.foundation.money import Money
from procurement.registers import substitutions
from procurement.registers.access import Appointed
from procurement.registers.credit.models import CreditKind, CreditRecord
from procurement.registers.deeds import perform
from procurement.registers.notices import tray
from procurement.registers.people import Role, RoleGrant, User, users_with_role
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.steps.announcement.models import AnnouncementStatus
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids, bid_of
from procurement.steps.competition.models.review import (
    AwardStatus,
    Competition,
    CompetitionStatus,
    award_of_bid,
    award_of_transfer,
)
from procurement.steps.competition.models.sealed import StoredPiece
from procurement.steps.competition.operations import award, bidding, review
from procurement.steps.competition.operations.bidding import Lodging, Opened
from procurement.steps.competition.operations.review import Verdict
from procurement.transfers.line import Step
from procurement.transfers.models import Method
from procurement.transfers.operations import pause_transfer
from tests.factories import World, the_competition

# ── bids ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bid_is_lodged_with_a_receipt_that_tells_nothing(world: World) -> None:
    announcement = world.bid()
    bids = active_bids(announcement)
    assert [bid.status for bid in bids] == [BidStatus.SUBMITTED] * 3
    assert all(bid.price is None and not bid.documents and bid.opened_at is None for bid in bids)
    assert len({bid.receipt for bid in bids}) == 3
    assert sorted(bid.receipt for bid in bids) == [bid.receipt for bid in bids]
    assert all(bid.submitted_at == world.now for bid in bids)


def test_one_second_before_the_deadline_is_in_time(world: World) -> None:
    announcement = world.announced()
    world.go_to(announcement.closes_at - timedelta(seconds=1))
    assert world.submit(announcement, world.people.providers[0]).status is BidStatus.SUBMITTED


@pytest.mark.parametrize("seconds", [0, 1, 3600])
def test_at_the_deadline_and_after_it_a_bid_is_late(world: World, seconds: int) -> None:
    announcement = world.announced()
    provider = world.people.providers[0]
    envelope = world.seal(announcement, provider, Money.yuan("1200000"))
    world.go_to(announcement.closes_at + timedelta(seconds=seconds))
    world.refuse(
        bidding.submit_bid, announcement, envelope, by=provider, error=OutOfTime,
        says=("截止", "到达", "不再接收"), article="第三十三条",
    )  # fmt: skip
    assert list(active_bids(announcement)) == []


def test_an_organisation_that_is_not_verified_lodges_nothing(world: World) -> None:
    announcement = world.announced()
    envelope = world.seal(announcement, world.people.unverified, Money.yuan("1200000"), b"")
    world.refuse(
        bidding.submit_bid,
        announcement,
        envelope,
        by=world.people.unverified,
        says=("还没有通过核验",),
        article="第二十二条",
    )


def test_only_a_provider_bids(world: World) -> None:
    announcement = world.announced()
    envelope = world.seal(announcement, world.people.providers[0], Money.yuan("1"))
    for person in (world.people.officer, world.people.payer, world.people.auditor, None):
        world.refuse(bidding.submit_bid, announcement, envelope, by=person, error=NotPermitted, says=("提交投标",))


def test_nothing_is_lodged_before_the_announcement_is_published(world: World) -> None:
    announcement = world.announcement_drafted()
    # There is no key to seal to yet; what somebody sealed otherwise is refused too.
    with pytest.raises(NotFound, match="没有可以封存的密钥"):
        world.seal(announcement, world.people.providers[0], Money.yuan("1"))
    envelope = Lodging("f" * 32, 1, StoredPiece(b"k" * 32, "0" * 64, "0" * 64, 1), ())
    world.refuse(
        bidding.submit_bid, announcement, envelope, by=world.people.providers[0], error=OutOfTime, says=("起草中",)
    )
    assert active_bids(announcement) == []


def test_a_later_bid_takes_the_place_of_the_former(world: World) -> None:
    announcement = world.announced()
    provider = world.people.providers[0]
    first = world.submit(announcement, provider, "1200000")
    world.clock.advance(timedelta(hours=1))
    second = world.submit(announcement, provider, "1100000")
    assert (first.status, first.withdrawn_at) == (BidStatus.WITHDRAWN, world.now)
    assert bid_of(announcement, provider.organisation_id or 0) is second
    assert first.receipt != second.receipt


def test_the_same_envelope_sent_twice_is_one_bid(world: World) -> None:
    announcement = world.announced()
    provider = world.people.providers[0]
    envelope = world.seal(announcement, provider, Money.yuan("1200000"))
    first = world.do(bidding.submit_bid, announcement, envelope, by=provider)
    again = world.do(bidding.submit_bid, announcement, envelope, by=provider)
    assert first is again
    assert len(active_bids(announcement)) == 1


def test_a_bid_is_withdrawn_by_its_own_bidder_before_the_deadline(world: World) -> None:
    announcement = world.bid()
    bid = bid_of(announcement, world.people.providers[0].organisation_id or 0)
    assert bid is not None
    for person in (world.people.providers[1], world.people.officer):
        world.refuse(bidding.withdraw_bid, bid, by=person, error=NotPermitted)
    world.do(bidding.withdraw_bid, bid, by=world.people.providers[0])
    assert (bid.status, bid.withdrawn_at) == (BidStatus.WITHDRAWN, world.now)
    world.refuse(bidding.withdraw_bid, bid, by=world.people.providers[0], error=WrongState, says=("已撤回",))


def test_after_the_deadline_nothing_is_withdrawn(world: World) -> None:
    announcement = world.bid()
    bid = active_bids(announcement)[0]
    world.go_to(announcement.closes_at)
    owner = next(user for user in world.people.providers if user.organisation_id == bid.organisation_id)
    world.refuse(bidding.withdraw_bid, bid, by=owner, error=OutOfTime, says=("截止",))


def test_a_paused_transfer_takes_no_bid(world: World) -> None:
    announcement = world.announced()
    world.do(pause_transfer, announcement.transfer, reason="核查", by=world.people.supervisor)
    envelope = world.seal(announcement, world.people.providers[0], Money.yuan("1"), b"")
    world.refuse(
        bidding.submit_bid, announcement, envelope, by=world.people.providers[0], error=WrongState, says=("已暂停",)
    )


# ── the opening ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_bids_are_opened_at_once_with_a_public_record(world: World) -> None:
    competition = world.opened(method=Method.OPEN_TENDER)
    bids = active_bids(competition.announcement)
    assert [bid.status for bid in bids] == [BidStatus.OPENED] * 3
    assert {str(bid.price) for bid in bids} == {"1,200,000.00 元", "1,100,000.00 元", "1,250,000.00 元"}
    assert all([row.file.name for row in bid.documents] == ["投标文件.pdf"] for bid in bids)
    assert competition.opened_by is world.people.payer
    (record,) = newest_publications(PublicationKind.OPENING_RECORD)
    assert record is competition.record
    assert {row["price_in_words"] for row in record.told["bids"]} == {
        "人民币壹佰贰拾万元整", "人民币壹佰壹拾万元整", "人民币壹佰贰拾伍万元整",
    }  # fmt: skip
    assert {row["sha256"] for row in record.told["bids"]} == {bid.envelope_sha256 for bid in bids}


@pytest.mark.parametrize("before", [timedelta(days=1), timedelta(seconds=60), timedelta(seconds=1)])
def test_nobody_opens_before_the_hour(world: World, before: timedelta) -> None:
    announcement = world.bid()
    opened = world.unseal(announcement)
    world.go_to(opens_at(announcement) - before)
    world.refuse(
        bidding.open_bids, announcement, opened, second=world.people.auditor, by=world.people.payer, error=OutOfTime,
        says=("起才能开启", "谁都不能打开"), article="第三十九条",
    )  # fmt: skip


def test_only_the_appointed_holders_open(world: World) -> None:
    announcement = world.bid()
    opened = world.unseal(announcement)
    world.go_to(opens_at(announcement))
    for person in (world.people.officer, world.people.approver, world.people.supervisor, world.people.member, None):
        world.refuse(
            bidding.open_bids, announcement, opened, by=person, error=NotPermitted, says=("开启人", "恢复单保管人")
        )


def test_one_bid_is_not_opened_and_stays_sealed(world: World) -> None:
    announcement = world.bid(prices=["1200000"])
    opened = world.unseal(announcement)
    world.go_to(opens_at(announcement))
    world.refuse(
        bidding.open_bids,
        announcement,
        opened,
        second=world.people.auditor,
        by=world.people.payer,
        says=("1 份，不足 2 份", "宣布流标"),
        article="财库〔2015〕124号",
    )
    assert {bid.status for bid in active_bids(announcement)} == {BidStatus.SUBMITTED}


def test_what_is_opened_must_be_exactly_what_lies_in_the_box(world: World) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    opened = world.unseal(announcement)
    for wrong in (opened[:2], [], [*opened, Opened(9999, Money(1))]):
        world.refuse(
            bidding.open_bids,
            announcement,
            wrong,
            second=world.people.auditor,
            by=world.people.payer,
            error=Conflict,
            says=("重新开启",),
        )
    world.do(bidding.open_bids, announcement, opened, second=world.people.auditor, by=world.people.payer)
    world.refuse(
        bidding.open_bids, announcement, opened, second=world.people.auditor, by=world.people.payer, error=Conflict
    )


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ("1280000.01", "报价高于最高限价，投标无效。"),
        ("0", "报价不大于零，投标无效。"),
        ("-1", "报价不大于零，投标无效。"),
    ],
)
def test_a_price_beyond_its_bounds_that_came_in_sealed_is_invalid_at_the_opening(
    world: World, price: str, reason: str
) -> None:
    announcement = world.bid(prices=["1200000", "1280000", price, "1100000"])
    world.opened(announcement)
    invalid = [bid for bid in active_bids(announcement) if bid.status is BidStatus.BROKEN]
    assert [bid.submitted_by for bid in invalid] == [world.people.providers[2]]
    assert (invalid[0].price, invalid[0].broken_reason) == (None, reason)
    assert sum(bid.status is BidStatus.OPENED for bid in active_bids(announcement)) == 3


# ── failure ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_failure_is_published_told_and_leads_one_step_back(world: World) -> None:
    announcement = world.bid(prices=["1200000"])
    world.go_to(opens_at(announcement))
    world.fail(announcement, "有效投标不足两家")
    assert (announcement.status, announcement.failure_reason) == (AnnouncementStatus.FAILED, "有效投标不足两家")
    assert announcement.transfer.step is Step.ANNOUNCEMENT
    (notice,) = newest_publications(PublicationKind.FAILURE_NOTICE)
    assert (notice.told["count"], notice.told["attempt"]) == (1, 1)
    assert "流标" in tray(world.people.providers[0])[0].message
    assert {bid.status for bid in active_bids(announcement)} == {BidStatus.SUBMITTED}
    assert not any(bid.is_opened for bid in active_bids(announcement))


def test_no_failure_before_the_deadline_nor_with_enough_bids(world: World) -> None:
    announcement = world.bid()
    officer = world.people.officer
    world.refuse(bidding.fail_competition, announcement, reason="x", by=officer, error=OutOfTime, says=("才截止",))
    world.go_to(opens_at(announcement))
    world.refuse(
        bidding.fail_competition,
        announcement,
        reason="x",
        by=officer,
        says=("不少于 2 份",),
        article="财库〔2015〕124号",
    )


def test_a_refused_failure_before_the_deadline_does_not_tell_the_number(world: World) -> None:
    said = set()
    for prices in ([], ["1200000"]):
        announcement = world.bid(world.announced(world.resolved(title=f"第{len(prices)}项")), prices=prices)
        with pytest.raises(OutOfTime) as refused:
            world.fail(announcement, "x")
        said.add(str(refused.value))
    assert len(said) == 1


def test_too_few_qualified_fail_the_competition_after_the_opening(world: World) -> None:
    competition = world.opened()
    bids = active_bids(competition.announcement)
    verdicts = {bid.id: Verdict(place > 1, "" if place > 1 else "没有资质") for place, bid in enumerate(bids)}
    world.do(review.qualify_bids, competition, verdicts, by=world.people.officer)
    world.refuse(review.draw_panel, competition, size=3, seed="x", by=world.people.officer, says=("1 份，不足 2 份",))
    world.fail(competition.announcement, "合格的不足两家")
    assert competition.status is CompetitionStatus.FAILED
    assert competition.transfer.step is Step.ANNOUNCEMENT


def test_a_second_attempt_runs_to_its_award_and_the_first_stays_as_it_was(world: World) -> None:
    first = world.bid(prices=["1200000"])
    world.go_to(opens_at(first))
    world.fail(first, "不足三家")
    second = world.bid(world.announced(first.transfer))
    transfer = world.awarded(world.reviewed(world.scored(world.drawn(world.qualified(world.opened(second))))))
    assert transfer.step is Step.AGREEMENT
    assert transfer.attempt == 2
    assert first.status is AnnouncementStatus.FAILED
    assert {bid.status for bid in active_bids(first)} == {BidStatus.SUBMITTED}


def test_an_envelope_of_the_first_attempt_does_not_open_in_the_second(world: World) -> None:
    first = world.bid(prices=["1200000"])
    (old,) = active_bids(first)
    world.go_to(opens_at(first))
    world.fail(first, "不足三家")
    second = world.bid(world.announced(first.transfer), prices=["1100000", "1100000", "1100000"])
    fresh = bid_of(second, old.organisation_id)
    assert fresh is not None
    fresh.envelope, fresh.envelope_sha256 = old.envelope, old.envelope_sha256
    db.session.commit()
    broken = [item for item in world.unseal(second) if item.price is None]
    assert [item.bid_id for item in broken] == [fresh.id]


# ── qualification ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_bid_gets_a_verdict_and_a_disqualification_its_reason(world: World) -> None:
    competition = world.opened(world.bid(prices=["1200000", "1100000", "1250000", "1000000"]))
    bids = active_bids(competition.announcement)
    verdicts = {bid.id: Verdict(qualified=True) for bid in bids}
    left_out = {key: value for key, value in verdicts.items() if key != bids[0].id}
    officer = world.people.officer
    world.refuse(
        review.qualify_bids, competition, left_out, by=officer, says=(bids[0].organisation.name, "还没有结论"),
        where=f"verdict-{bids[0].id}",
    )  # fmt: skip
    world.refuse(
        review.qualify_bids, competition, verdicts | {bids[0].id: Verdict(False, " ")}, by=officer,
        says=(bids[0].organisation.name, "写明缺哪一项"), where=f"note-{bids[0].id}",
    )  # fmt: skip
    verdicts[bids[0].id] = Verdict(False, "没有缴纳社会保险的证明")
    world.do(review.qualify_bids, competition, verdicts, by=officer)
    assert bids[0].status is BidStatus.DISQUALIFIED
    assert bids[0].qualification_note == "没有缴纳社会保险的证明"
    assert competition.status is CompetitionStatus.QUALIFIED
    world.refuse(review.qualify_bids, competition, verdicts, by=officer, error=WrongState)
    world.refuse(review.qualify_bids, competition, verdicts, by=world.people.payer, error=NotPermitted)


# ── the panel ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_panel_is_drawn_from_those_who_need_not_stand_aside(world: World) -> None:
    competition = world.drawn(size=5)
    pool = rules.eligible_experts(
        users_with_role(Role.EXPERT), active_bids(competition.announcement), competition.transfer
    )
    assert {expert.login for expert in pool} == {f"expert{number}" for number in range(1, 8)}
    again = rules.drawn(pool, 5, competition.draw_seed, competition.transfer, world.today)
    assert {expert.id for expert in again} == competition.transfer.appointed(Appointed.PANEL_MEMBER)
    assert competition.draw_seed == "5eed"
    for expert in again:
        assert "评审小组" in tray(expert)[0].message


@pytest.mark.parametrize("seed", [str(number) for number in range(12)])
def test_no_seed_draws_an_expert_who_must_stand_aside(world: World, seed: str) -> None:
    competition = world.qualified()
    world.do(review.draw_panel, competition, size=7, seed=seed, by=world.people.officer)
    drawn = {member.login for member in world.panel_of(competition)}
    assert not drawn & {"expert-of-purchaser", "expert-of-bidder"}


@pytest.mark.parametrize(
    ("size", "says"), [(2, "评审小组 2 人"), (4, "评审小组 4 人"), (1, "评审小组 1 人"), (9, "只有 7 人，不够 9 人")]
)
def test_a_panel_too_small_even_or_too_large_is_refused(world: World, size: int, says: str) -> None:
    competition = world.qualified()
    world.refuse(
        review.draw_panel, competition, size=size, seed="x", by=world.people.officer, says=(says,), where="size"
    )


def test_a_tender_needs_five(world: World) -> None:
    competition = world.qualified(method=Method.OPEN_TENDER)
    world.refuse(
        review.draw_panel,
        competition,
        size=3,
        seed="x",
        by=world.people.officer,
        says=("公开招标", "5 人以上"),
        article="第四十七条",
    )
    world.do(review.draw_panel, competition, size=5, seed="x", by=world.people.officer)
    assert len(world.panel_of(competition)) == 5


def test_a_panel_is_drawn_once_and_after_the_qualification(world: World) -> None:
    competition = world.opened()
    world.refuse(review.draw_panel, competition, size=3, seed="x", by=world.people.officer, error=WrongState)
    world.drawn(world.qualified(competition))
    world.refuse(review.draw_panel, competition, size=3, seed="y", by=world.people.officer, error=WrongState)


# ── scores ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sheet_is_signed_once_by_each_member(world: World) -> None:
    competition = world.ready()
    member = world.panel_of(competition)[0]
    cells = world.sheet(competition)
    world.refuse(
        review.sign_score_sheet, competition, cells, no_conflict=False, by=member, says=("声明",), where="no_conflict",
        article="第十二条",
    )  # fmt: skip
    sheet = world.do(review.sign_score_sheet, competition, cells, no_conflict=True, opinion="可行", by=member)
    assert (len(sheet.scores), sheet.signed_at, sheet.opinion) == (6, world.now, "可行")
    world.refuse(
        review.sign_score_sheet, competition, cells, no_conflict=True, by=member, error=WrongState, says=("不能再改",)
    )


def test_only_members_of_this_panel_score(world: World) -> None:
    competition = world.ready()
    outside = [expert for expert in world.people.experts if expert not in world.panel_of(competition)]
    cells = world.sheet(competition)
    for person in (*outside, world.people.officer, world.people.providers[0], None):
        world.refuse(
            review.sign_score_sheet, competition, cells, no_conflict=True, by=person, error=NotPermitted,
            says=("评审小组成员",),
        )  # fmt: skip


@pytest.mark.parametrize(("points", "says"), [("50.01", "0 到 50"), ("-1", "-1 分"), (None, "空着不等于零分")])
def test_a_cell_out_of_its_bounds_or_left_out_is_refused(world: World, points: str | None, says: str) -> None:
    competition = world.ready()
    cells = world.sheet(competition)
    cell = next(key for key in cells if cells[key] == Decimal("40"))
    if points is None:
        del cells[cell]
    else:
        cells[cell] = Decimal(points)
    world.refuse(
        review.sign_score_sheet, competition, cells, no_conflict=True, by=world.panel_of(competition)[0], says=(says,),
        where=f"points-{cell[0]}-{cell[1]}", article="第五十五条",
    )  # fmt: skip


def test_a_report_waits_for_every_sheet(world: World) -> None:
    competition = world.ready()
    member = world.panel_of(competition)[0]
    world.do(review.sign_score_sheet, competition, world.sheet(competition), no_conflict=True, by=member)
    world.refuse(review.conclude_review, competition, by=world.people.officer, says=("还有 2 人没有评分",))


def test_the_last_sheet_is_told_to_the_officer(world: World) -> None:
    world.scored()
    assert "评分已齐" in tray(world.people.officer)[0].message


def test_a_report_freezes_scores_and_ranks(world: World) -> None:
    competition = world.reviewed()
    bids = sorted(active_bids(competition.announcement), key=lambda bid: bid.rank or 0)
    # The same 64 points of quality for each; prices 1,100,000 / 1,200,000 / 1,250,000 at a weight of 20.
    assert [(bid.price_score, bid.quality_score, bid.score, bid.rank) for bid in bids] == [
        (Decimal("20.00"), Decimal("64.00"), Decimal("84.00"), 1),
        (Decimal("18.33"), Decimal("64.00"), Decimal("82.33"), 2),
        (Decimal("17.60"), Decimal("64.00"), Decimal("81.60"), 3),
    ]
    told = competition.told
    assert len(told["panel"]) == 3
    assert [row["rank"] for row in told["results"]] == [1, 2, 3]
    assert competition.concluded_at == world.now
    world.refuse(review.conclude_review, competition, by=world.people.officer, error=WrongState)
    world.refuse(
        review.sign_score_sheet, competition, {}, no_conflict=True, by=world.panel_of(competition)[0], error=WrongState
    )


def test_the_better_service_wins_over_the_lower_price(world: World) -> None:
    names = [user.organisation.name for user in world.people.providers if user.organisation]
    points = {names[1]: {"服务方案": "10"}, names[0]: {"服务方案": "50", "人员和经验": "30"}}
    competition = world.reviewed(world.scored(world.drawn(), points))
    assert world.first_of(competition).organisation.name == names[0]


# ── the award ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_winner_is_confirmed_by_another_than_the_officer_in_charge(world: World) -> None:
    competition = world.reviewed()
    officer = world.people.officer
    officer.grants.append(RoleGrant(role=Role.APPROVER))
    db.session.commit()
    first = world.first_of(competition)
    world.refuse(
        award.confirm_award,
        competition,
        first,
        by=officer,
        says=("由您经办", "另一人确认"),
        article="政府采购法》第六十一条",
    )


def test_whoever_ran_a_part_of_the_competition_in_anothers_place_does_not_confirm(world: World) -> None:
    competition, people = world.opened(), world.people
    first, last = world.today, world.today + timedelta(days=1)
    world.do(substitutions.grant_substitution, people.officer, people.approver, first, last, by=people.officer)
    bids = [bid for bid in active_bids(competition.announcement) if bid.status is BidStatus.OPENED]
    verdicts = {bid.id: Verdict(qualified=True) for bid in bids}
    world.do(review.qualify_bids, competition, verdicts, by=people.approver)
    competition = world.reviewed(world.scored(world.ready(world.drawn(competition))))
    world.go_to(world.today + timedelta(days=3))
    world.refuse(
        award.confirm_award, competition, world.first_of(competition), by=people.approver,
        says=("资格审查", "您办的", "由另一人确认"), article="第六十一条",
    )  # fmt: skip
    assert award_of_transfer(competition.transfer) is None


def test_a_colleague_with_both_roles_who_ran_a_part_does_not_confirm(world: World) -> None:
    competition, colleague = world.qualified(), world.people.colleague
    colleague.grants.append(RoleGrant(role=Role.APPROVER))
    db.session.commit()
    world.do(review.draw_panel, competition, size=3, seed="00", by=colleague)
    competition = world.reviewed(world.scored(competition))
    world.refuse(award.confirm_award, competition, world.first_of(competition), by=colleague, says=("抽取评审小组",))
    # Who did none of it confirms, one who opened the bids too: the purchaser hosts the opening.
    confirmed = world.do(award.confirm_award, competition, world.first_of(competition), by=world.people.approver)
    assert confirmed.confirmed_by is world.people.approver


def ban(world: World, organisation_id: int) -> None:
    """A ban since today, entered after the opening."""
    db.session.add(
        CreditRecord(
            organisation_id=organisation_id, kind=CreditKind.BANNED, from_day=world.today,
            until_day=world.today + timedelta(days=400), document="处罚决定", content="禁止参加", entered_at=world.now,
            entered_by=world.people.officer,
        )
    )  # fmt: skip
    db.session.commit()


def test_whoever_has_been_barred_since_the_opening_is_passed_over(world: World) -> None:
    competition, approver = world.reviewed(), world.people.approver
    first = world.first_of(competition)
    second = next(bid for bid in active_bids(competition.announcement) if bid.rank == 2)
    ban(world, first.organisation_id)
    world.refuse(
        award.confirm_award, competition, first, by=approver, article="第二十二条",
        says=(first.organisation.name, "信用记录", "下一名"),
    )  # fmt: skip
    confirmed = world.do(award.confirm_award, competition, second, by=approver)
    assert (confirmed.bid, confirmed.price) == (second, second.price)


def test_a_winner_who_is_barred_before_the_publication_gives_way_to_the_next(world: World) -> None:
    competition, people = world.confirmed(), world.people
    the_award = award_of_transfer(competition.transfer)
    assert the_award is not None
    first = the_award.bid
    second = next(bid for bid in active_bids(competition.announcement) if bid.rank == 2)
    world.refuse(award.confirm_award, competition, second, by=people.approver, error=WrongState, says=("已确认成交",))
    ban(world, first.organisation_id)
    world.refuse(
        award.publish_award_notice, the_award, amount=the_award.price, by=people.officer, says=("下一名",),
        article="第二十二条",
    )  # fmt: skip
    world.do(award.confirm_award, competition, second, by=people.approver)
    world.do(award.publish_award_notice, the_award, amount=second.price, by=people.officer)
    assert competition.transfer.provider is second.organisation
    (notice,) = newest_publications(PublicationKind.AWARD_NOTICE)
    assert [(row["bidder"], row["rank"]) for row in notice.told["passed_over"]] == [(first.organisation.name, 1)]
    assert "没有成交" in tray(first.submitted_by)[0].message


def test_a_round_of_which_nobody_may_be_awarded_fails(world: World) -> None:
    competition, people = world.reviewed(), world.people
    bids = active_bids(competition.announcement)
    for bid in bids[1:]:
        ban(world, bid.organisation_id)
    fail = {"reason": "评审合格的都受到处罚", "by": people.officer}
    world.refuse(bidding.fail_competition, competition.announcement, says=("没有流标的理由",), **fail)
    ban(world, bids[0].organisation_id)
    world.refuse(award.confirm_award, competition, bids[0], by=people.approver, says=("宣布流标",))
    world.do(bidding.fail_competition, competition.announcement, **fail)
    assert (competition.status, competition.transfer.step) == (CompetitionStatus.FAILED, Step.ANNOUNCEMENT)


def test_a_round_whose_winner_is_confirmed_fails_too_where_nobody_is_left(world: World) -> None:
    competition, people = world.confirmed(), world.people
    bids = active_bids(competition.announcement)
    for bid in bids:
        ban(world, bid.organisation_id)
    found = award_of_transfer(competition.transfer)
    assert found is not None
    world.refuse(award.publish_award_notice, found, amount=found.price, by=people.officer, says=("宣布流标",))
    world.do(bidding.fail_competition, competition.announcement, reason="都受到处罚", by=people.officer)
    assert (competition.status, competition.transfer.step) == (CompetitionStatus.FAILED, Step.ANNOUNCEMENT)
    assert award_of_bid(bids[0]) is None


def test_nobody_but_the_first_is_confirmed(world: World) -> None:
    competition = world.reviewed()
    second = next(bid for bid in active_bids(competition.announcement) if bid.rank == 2)
    world.refuse(
        award.confirm_award,
        competition,
        second,
        by=world.people.approver,
        says=("排第 2 名", "第 1 名"),
        article="第四十三条",
    )


def test_a_plan_is_screened_against_the_list_of_the_day_the_winner_is_confirmed(world: World) -> None:
    competition = world.reviewed()
    world.forbid("主干道保洁")
    first = world.first_of(competition)
    world.refuse(
        award.confirm_award, competition, first, by=world.people.approver, says=("主干道保洁",), article="预算法"
    )


def test_an_award_is_confirmed_once_and_after_the_report(world: World) -> None:
    scored = world.scored()
    bid = active_bids(scored.announcement)[0]
    world.refuse(award.confirm_award, scored, bid, by=world.people.approver, error=WrongState)
    world.confirmed(world.reviewed(scored))
    world.refuse(award.confirm_award, scored, world.first_of(scored), by=world.people.approver, error=WrongState)


def test_the_result_is_published_with_its_letter_and_every_bidder_is_told(world: World) -> None:
    transfer = world.awarded()
    won = award_of_transfer(transfer)
    assert won is not None
    assert (won.status, won.letter_number, won.published_at) == (AwardStatus.PUBLISHED, "龙转通〔2025〕1号", world.now)
    assert (transfer.step, transfer.provider) == (Step.AGREEMENT, won.bid.organisation)
    (notice,) = newest_publications(PublicationKind.AWARD_NOTICE)
    assert notice.told["price_in_words"] == "人民币壹佰壹拾万元整"
    assert len(notice.told["panel"]) == 3
    winner = world.provider_of(transfer)
    assert tray(winner)[0].told["letter"] == "龙转通〔2025〕1号"
    losers = [user for user in world.people.providers[:3] if user is not winner]
    for loser in losers:
        own = bid_of(won.competition.announcement, loser.organisation_id or 0)
        assert own is not None
        assert tray(loser)[0].told["score"] == f"{own.score:.2f}"
        assert tray(loser)[0].told["rank"] == own.rank


def test_a_loser_who_was_not_reviewed_reads_why(world: World) -> None:
    competition = world.opened(world.bid(prices=["1200000", "1100000", "1250000", "1290000"]))
    transfer = world.awarded(world.reviewed(world.scored(world.drawn(world.qualified(competition)))))
    assert transfer.step is Step.AGREEMENT
    assert tray(world.people.providers[3])[0].told["reason"] == Said("报价高于最高限价，投标无效。", {})


def test_the_amount_is_typed_once_more(world: World) -> None:
    transfer = world.confirmed().transfer
    won = award_of_transfer(transfer)
    world.refuse(
        award.publish_award_notice, won, amount=Money.yuan("1200000"), by=world.people.officer,
        says=("1,200,000.00 元", "1,100,000.00 元"), where="amount",
    )  # fmt: skip
    world.do(award.publish_award_notice, won, amount=Money.yuan("1100000"), by=world.people.officer)
    world.refuse(
        award.publish_award_notice, won, amount=Money.yuan("1100000"), by=world.people.officer, error=WrongState
    )


def test_each_stage_of_the_review_is_outstanding_in_its_turn(world: World) -> None:
    announcement = world.bid()
    transfer = announcement.transfer
    assert world.lacking(transfer)[0].startswith("正在接收投标")
    world.go_to(opens_at(announcement))
    assert world.lacking(transfer) == ["投标已经截止，还没有开启"]
    competition: Competition = world.opened(announcement)
    assert world.lacking(transfer) == ["投标人的资格还没有审查"]
    world.qualified(competition)
    assert world.lacking(transfer) == ["评审小组还没有抽取"]
    world.drawn(competition)
    assert world.lacking(transfer) == ["与各家的磋商还没有记录"]
    world.meet(competition)
    assert world.lacking(transfer) == ["还没有要求提交最后报价"]
    world.ready(competition)
    assert world.lacking(transfer) == ["评审小组还有 3 人没有评分"]
    world.scored(competition)
    assert world.lacking(transfer) == ["评分已齐，还没有形成评审报告"]
    world.reviewed(competition)
    assert world.lacking(transfer) == ["成交供应商还没有确认"]
    world.confirmed(competition)
    assert world.lacking(transfer) == ["结果还没有公布，通知书还没有发出"]


@pytest.mark.parametrize("who", ["other_officer", "auditor", "grid_member", "system_admin", "security_admin"])
def test_strangers_do_nothing_in_this_room(world: World, who: str) -> None:
    competition = world.opened()
    person: User = getattr(world.people, who)
    attempts: list[tuple[Any, Any, tuple[Any, ...], dict[str, Any]]] = [
        (bidding.fail_competition, competition.announcement, (), {"reason": "x"}),
        (review.qualify_bids, competition, ({},), {}),
        (review.draw_panel, competition, (), {"size": 3, "seed": "x"}),
        (review.sign_score_sheet, competition, ({},), {"no_conflict": True}),
        (review.conclude_review, competition, (), {}),
        (award.confirm_award, competition, (active_bids(competition.announcement)[0],), {}),
    ]
    for operation, subject, args, more in attempts:
        world.refuse(operation, subject, *args, **more, by=person, error=NotPermitted)


def test_a_report_of_one_member_less_is_no_report(world: World) -> None:
    competition = world.ready()
    for member in world.panel_of(competition)[:2]:
        world.do(review.sign_score_sheet, competition, world.sheet(competition), no_conflict=True, by=member)
    with pytest.raises(RuleBroken, match="还有 1 人"):
        world.do(review.conclude_review, competition, by=world.people.officer)
    assert the_competition(competition.announcement).status is CompetitionStatus.IN_REVIEW
    assert all(bid.score is None for bid in db.session.query(Bid))


def test_a_bid_that_came_earlier_and_waited_longer_does_not_replace_the_later_one(world: World) -> None:
    announcement, provider = world.announced(), world.people.providers[0]
    earlier = world.now
    world.clock.advance(timedelta(seconds=5))
    later = world.submit(announcement, provider, "1100000")
    lodging = world.seal(announcement, provider, Money.yuan("1200000"))
    with pytest.raises(Conflict, match="到得早"):
        perform(bidding.submit_bid, announcement, lodging, actor=provider, clock=world.clock, now=earlier)
    assert active_bids(announcement) == [later]
