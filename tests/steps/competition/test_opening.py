"""The sitting: a commitment before it, envelopes that fail alone, an adjournment, remarks, and what is disclosed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import NotPermitted, OutOfTime, WrongState
from procurement.foundation.money import Money
from procurement.registers import notices
from procurement.registers.access import HOLDERS, Appointed, Deed
from procurement.registers.audit import AuditLine, first_broken_line
from procurement.registers.credit.models import CreditKind, CreditRecord
from procurement.registers.directory.models import Condition, ConditionKind, Listing
from procurement.registers.notices import Notice
from procurement.registers.organisations.models import OrganisationStatus
from procurement.registers.people import User
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement
from procurement.steps.competition import commitments, rules
from procurement.steps.competition.commitments import Entry, Mark
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids, bid_of, every_bid
from procurement.steps.competition.models.opening import Commitment, adjournments_of, commitment_of, records_of
from procurement.steps.competition.models.remarks import RemarkKind, remarks_of
from procurement.steps.competition.models.review import Competition
from procurement.steps.competition.models.sealed import files_of_bid
from procurement.steps.competition.operations import bidding, opening, review
from procurement.steps.competition.operations.review import Verdict
from procurement.steps.competition.rules import remarks_until
from procurement.transfers.operations import pause_transfer, resume_transfer
from procurement.web.competition.verification import verified
from procurement.web.ticking import tick
from tests.factories import OPENERS, World

FOUR = ["1200000", "1100000", "1250000", "1000000"]


def committed(world: World, announcement: Announcement | None = None) -> Announcement:
    announcement = announcement or world.bid(prices=FOUR)
    world.go_to(announcement_rules.opens_at(announcement))
    world.commit(announcement)
    return announcement


def the_commitment(announcement: Announcement) -> Commitment:
    found = commitment_of(announcement)
    assert found is not None
    return found


def provider_of(world: World, bid: Bid) -> User:
    return next(user for user in world.people.providers if user.organisation_id == bid.organisation_id)


# ── the commitment ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_tick_commits_once_the_minute_has_settled_and_not_before(world: World) -> None:
    announcement = world.bid()
    world.go_to(announcement.closes_at)
    tick(world.app, world.clock)
    assert commitment_of(announcement) is None
    world.refuse(
        opening.commit_bids, announcement, by=world.people.system, error=OutOfTime, says=("截止", "起才能公布"), article="本系统"
    )  # fmt: skip
    world.go_to(announcement_rules.settles_at(announcement))
    tick(world.app, world.clock)
    commitment = the_commitment(announcement)
    assert commitment.made_at == world.now
    assert (commitment.disclosed, commitment.disclosed_at) == ("", None)
    tick(world.app, world.clock)
    world.refuse(opening.commit_bids, announcement, by=world.people.system, error=WrongState, says=("不用再作承诺",))
    assert the_commitment(announcement).id == commitment.id


def test_only_the_system_commits(world: World) -> None:
    announcement = world.bid()
    world.go_to(announcement_rules.opens_at(announcement))
    for person in (world.people.officer, world.people.payer, world.people.providers[0]):
        world.refuse(opening.commit_bids, announcement, by=person, error=NotPermitted, says=("系统",))
    assert commitment_of(announcement) is None


def test_the_list_names_every_envelope_with_what_had_become_of_it(world: World) -> None:
    announcement = world.bid()
    first, second, third = world.people.providers[:3]
    kept = bid_of(announcement, third.organisation_id)
    replaced, taken_back = bid_of(announcement, first.organisation_id), bid_of(announcement, second.organisation_id)
    world.go_to(world.now + timedelta(hours=1))
    again = world.submit(announcement, first, "1190000")
    world.do(bidding.withdraw_bid, taken_back, by=second)
    committed(world, announcement)
    assert kept is not None
    assert replaced is not None
    assert taken_back is not None
    entries = commitments.entries_in(the_commitment(announcement).sealed)
    assert sorted(entries, key=lambda row: row.sha256) == sorted(
        [
            Entry(kept.envelope_sha256, Mark.SEALED),
            Entry(again.envelope_sha256, Mark.SEALED),
            Entry(replaced.envelope_sha256, Mark.REPLACED),
            Entry(taken_back.envelope_sha256, Mark.WITHDRAWN),
        ],
        key=lambda row: row.sha256,
    )


def test_nothing_lodged_is_committed_to_all_the_same(world: World) -> None:
    announcement = committed(world, world.announced())
    assert commitments.entries_in(the_commitment(announcement).sealed) == []
    assert len(the_commitment(announcement).sha256) == 64


def test_list_and_nonce_lie_sealed_and_the_audit_says_the_hash_alone(world: World) -> None:
    announcement = committed(world)
    (row,) = db.session.connection().exec_driver_sql("SELECT sealed, disclosed FROM commitments").all()
    text = the_commitment(announcement).sealed
    assert row[0].startswith("sealed:")
    assert row[1] == ""
    line = db.session.scalars(select(AuditLine).where(AuditLine.deed == Deed.BIDS_COMMIT)).one()
    assert line.chain == announcement.transfer.chain_key
    assert line.told == {"sha256": the_commitment(announcement).sha256}
    assert text.split("\n")[3].removeprefix("nonce ") not in row[0]


def test_a_bid_that_waited_past_the_commitment_is_not_taken(world: World) -> None:
    announcement = world.announced()
    provider = world.people.providers[0]
    envelope = world.seal(announcement, provider, Money.yuan("1200000"))
    in_time = announcement.closes_at - timedelta(seconds=1)
    committed(world, announcement)
    world.refuse(
        bidding.submit_bid, announcement, envelope, by=provider, now=in_time, error=OutOfTime, says=("已在", "公布")
    )
    assert every_bid(announcement) == []


def test_nothing_is_opened_or_given_up_before_the_commitment(world: World) -> None:
    announcement = world.bid()
    world.go_to(announcement_rules.opens_at(announcement))
    sealed = [bidding.Opened(bid.id, None) for bid in active_bids(announcement)]
    world.refuse(
        bidding.open_bids,
        announcement,
        sealed,
        second=world.people.auditor,
        by=world.people.payer,
        error=WrongState,
        says=("校验值还没有公布",),
    )
    for bid in active_bids(announcement)[1:]:
        bid.status, bid.withdrawn_at, bid.wrapped_key = BidStatus.WITHDRAWN, bid.submitted_at, None
    db.session.commit()
    world.refuse(
        bidding.fail_competition, announcement, reason="不足", by=world.people.officer, error=WrongState, says=("还没有公布",)
    )  # fmt: skip
    assert {bid.price for bid in every_bid(announcement)} == {None}


def test_a_pause_after_the_deadline_keeps_no_list_from_being_committed_to(world: World) -> None:
    announcement = world.bid()
    world.go_to(announcement.closes_at)
    world.do(pause_transfer, announcement.transfer, reason="投诉处理", by=world.people.supervisor)
    committed(world, announcement)
    assert len(commitments.entries_in(the_commitment(announcement).sealed)) == 3


# ── disclosure ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_at_the_opening_list_and_nonce_are_published_and_are_the_committed_ones(world: World) -> None:
    competition = world.opened()
    commitment = the_commitment(competition.announcement)
    assert competition.record is not None
    told = competition.record.told
    assert told["list"] == commitment.disclosed == commitment.sealed
    assert commitments.sha256_of(told["list"]) == told["commitment"] == commitment.sha256
    assert told["missing"] == []
    assert {row.sha256 for row in commitments.entries_in(told["list"])} == {row["sha256"] for row in told["bids"]}
    assert commitment.made_at <= competition.opened_at
    for bid in active_bids(competition.announcement):
        found = verified(bid.receipt)
        assert found is not None
        assert found.holds
        assert found == verified(sha256=bid.envelope_sha256)


def test_a_failed_round_discloses_its_list_and_opens_nothing(world: World) -> None:
    announcement = world.bid(prices=["1200000"])
    world.go_to(announcement_rules.opens_at(announcement))
    world.fail(announcement)
    (bid,) = active_bids(announcement)
    found = verified(bid.receipt)
    assert found is not None
    assert found.holds
    assert (bid.price, bid.opened_at) == (None, None)


def test_before_the_opening_a_receipt_and_nothing_are_answered_alike(world: World) -> None:
    announcement = committed(world)
    (bid, *_others) = active_bids(announcement)
    assert verified(bid.receipt) is verified("AAAAA-AAAAA") is verified(sha256=bid.envelope_sha256) is None
    assert verified() is None


def test_a_list_that_is_not_the_one_committed_to_stops_everything(world: World) -> None:
    announcement = committed(world)
    commitment = the_commitment(announcement)
    commitment.sealed = commitment.sealed.replace(" sealed", " withdrawn", 1)
    db.session.commit()
    world.refuse(
        bidding.open_bids, announcement, [bidding.Opened(bid.id, None) for bid in active_bids(announcement)],
        second=world.people.auditor, by=world.people.payer, says=("对不上", commitment.sha256), article="第四十二条",
    )  # fmt: skip
    assert {bid.status for bid in active_bids(announcement)} == {BidStatus.SUBMITTED}


def test_a_bid_that_was_added_after_the_commitment_is_not_opened(world: World) -> None:
    announcement = committed(world, world.bid())
    late = world.people.providers[3]
    stranger = Bid(
        receipt="ZZZZZ-ZZZZZ", announcement=announcement, organisation=late.organisation, submitted_by=late,
        status=BidStatus.SUBMITTED, suite=2, envelope="{}", envelope_sha256="a" * 64, envelope_size=1, wrapped_key=b"k" * 32,
        manifest_blob="b" * 64, form_key="f" * 32, submitted_at=world.now,
    )  # fmt: skip
    db.session.add(stranger)
    db.session.commit()
    competition = world.opened(announcement)
    assert (stranger.status, stranger.price) == (BidStatus.BROKEN, None)
    assert "不在截止时承诺的清单里" in stranger.broken_reason
    assert sum(bid.status is BidStatus.OPENED for bid in active_bids(announcement)) == 3
    found = verified(next(bid.receipt for bid in active_bids(competition.announcement) if bid is not stranger))
    assert found is not None
    assert [check.step for check in found.checks if not check.holds] == [commitments.Step.NONE_ADDED]


def test_a_bid_that_was_swapped_or_dropped_after_the_commitment_shows(world: World) -> None:
    announcement = committed(world, world.bid())
    swapped, dropped = active_bids(announcement)[:2]
    before = swapped.envelope_sha256
    swapped.envelope_sha256 = "c" * 64
    gone = dropped.envelope_sha256
    for file in files_of_bid(dropped):
        file.bid_id = None
    db.session.delete(dropped)
    db.session.commit()
    receipt = swapped.receipt
    announcement_bids = active_bids(announcement)
    assert len(announcement_bids) == 2
    # Two lie there, one of which is not the one committed to: one is too few, and nothing is opened.
    world.refuse(
        bidding.open_bids, announcement, [bidding.Opened(bid.id, None) for bid in announcement_bids],
        second=world.people.auditor, by=world.people.payer, says=("1 份，不足 2 份",),
    )  # fmt: skip
    world.fail(announcement)
    paper = verified(receipt, before)
    assert paper is not None
    assert paper.holds
    there = verified(receipt)
    assert there is not None
    assert [check.step for check in there.checks if not check.holds] == [commitments.Step.LISTED]
    still_listed = verified(sha256=gone)
    assert still_listed is not None
    assert [check.step for check in still_listed.checks if not check.holds] == []


# ── what is not opened, and why ────────────────────────────────────────────────────────────────────────────────────


def refuse_verification(bid: Bid, world: World) -> str:
    bid.organisation.status, bid.organisation.verified_at = OrganisationStatus.REFUSED, None
    return "核验不再有效"


def ban(bid: Bid, world: World) -> str:
    db.session.add(
        CreditRecord(
            organisation_id=bid.organisation_id, kind=CreditKind.BANNED, from_day=world.today,
            until_day=world.today.replace(year=world.today.year + 1), document="处罚决定", content="禁止参加",
            entered_at=world.now, entered_by=world.people.officer,
        )
    )  # fmt: skip
    return "受信用记录限制"


def let_lapse(bid: Bid, world: World) -> str:
    db.session.add(
        Listing(
            organisation_id=bid.organisation_id, department_id=world.people.department.id, kind="保洁", applied_at=world.now,
            applied_by=bid.submitted_by,
            conditions=[Condition(kind=ConditionKind.REGISTERED, claim="见证明", expires_on=world.today - timedelta(days=1))],
        )
    )  # fmt: skip
    return "登记证明在投标截止之前已经到期"


@pytest.mark.parametrize("exclude", [refuse_verification, ban, let_lapse])
def test_a_bidder_who_was_excluded_since_fails_alone(world: World, exclude: Callable[[Bid, World], str]) -> None:
    announcement = committed(world)
    victim = active_bids(announcement)[0]
    said = exclude(victim, world)
    db.session.commit()
    world.opened(announcement)
    assert (victim.status, victim.price, victim.documents) == (BidStatus.BROKEN, None, [])
    assert said in victim.broken_reason
    assert sum(bid.status is BidStatus.OPENED for bid in active_bids(announcement)) == 3


def test_an_excluded_bidder_does_not_count_towards_the_least_number(world: World) -> None:
    announcement = committed(world, world.bid(prices=("1200000", "1100000")))
    ban(active_bids(announcement)[0], world)
    db.session.commit()
    world.refuse(
        bidding.open_bids,
        announcement,
        world.unseal(announcement),
        second=world.people.auditor,
        by=world.people.payer,
        says=("1 份，不足 2 份",),
    )
    world.fail(announcement)
    assert {bid.price for bid in active_bids(announcement)} == {None}


def test_an_envelope_that_is_not_the_one_of_its_receipt_is_not_decrypted(world: World) -> None:
    announcement = committed(world)
    victim, other = active_bids(announcement)[:2]
    victim.envelope = other.envelope
    db.session.commit()
    opened = {item.bid_id: item for item in world.unseal(announcement)}
    assert (opened[victim.id].price, opened[victim.id].broken) == (None, "信封与回执上的校验值不符，打不开。")
    assert sum(item.price is not None for item in opened.values()) == 3


def registered_until(world: World, provider: User, day: date) -> None:
    db.session.add(
        Listing(
            organisation_id=provider.organisation_id, department_id=world.people.department.id, kind="保洁",
            applied_at=world.now, applied_by=provider,
            conditions=[Condition(kind=ConditionKind.REGISTERED, claim="见证明", expires_on=day)],
        )
    )  # fmt: skip
    db.session.commit()


def test_a_registration_that_held_at_the_deadline_holds_at_an_opening_that_was_put_off(world: World) -> None:
    announcement = committed(world)
    victim = active_bids(announcement)[0]
    registered_until(world, victim.submitted_by, local_day(announcement.closes_at))
    until = world.now + timedelta(days=2)
    world.do(opening.adjourn_opening, announcement, until=until, reason="开启人因病不能到场", by=world.people.officer)
    world.go_to(until)
    world.open(announcement, *OPENERS)
    assert (victim.status, victim.broken_reason) == (BidStatus.OPENED, "")


def test_whose_registration_has_lapsed_lodges_nothing_and_reads_why(world: World) -> None:
    announcement, provider = world.announced(), world.people.providers[0]
    lodging = world.seal(announcement, provider, Money.yuan("1200000"))
    registered_until(world, provider, world.today - timedelta(days=1))
    world.refuse(
        bidding.submit_bid, announcement, lodging, by=provider, says=("登记证明", "已经到期", "承接目录"), article="第二十二条"
    )  # fmt: skip
    assert active_bids(announcement) == []


# ── adjournment ────────────────────────────────────────────────────────────────────────────────────────────────────


def put_off(world: World, announcement: Announcement, by: User, days: int = 1) -> None:
    until = world.now + timedelta(days=days)
    world.do(opening.adjourn_opening, announcement, until=until, reason="开启人因病不能到场", by=by)


def test_every_holder_is_told_of_an_adjournment(world: World) -> None:
    announcement = committed(world)
    put_off(world, announcement, world.people.officer)
    for kind in HOLDERS:
        assert "延期开启" in notices.tray(world.holder_of(announcement, kind))[0].message


def test_whoever_is_to_follow_a_holder_puts_nothing_off_before_holding(world: World) -> None:
    announcement = committed(world)
    world.appoint_holder(announcement.transfer, Appointed.CUSTODIAN, world.people.witness)
    until = world.now + timedelta(days=1)
    world.refuse(
        opening.adjourn_opening, announcement, until=until, reason="开启人因病", by=world.people.witness,
        error=WrongState, says=("还没有办完",),
    )  # fmt: skip
    put_off(world, announcement, world.people.second_member)
    assert announcement_rules.opens_at(announcement) == until


def test_all_adjournments_of_an_opening_together_are_bounded(world: World) -> None:
    announcement, officer = committed(world), world.people.officer
    last = rules.last_adjournment(announcement, world.today, working_calendar())
    while local_day(announcement_rules.opens_at(announcement)) < last - timedelta(days=2):
        put_off(world, announcement, officer, days=2)
        world.go_to(announcement_rules.opens_at(announcement))
    world.refuse(
        opening.adjourn_opening, announcement, until=world.now + timedelta(days=3), reason="开启人因病", by=officer,
        says=("几次延期加起来", "10 个工作日"), where="until", article="本系统",
    )  # fmt: skip
    # Nothing keeps it from being opened.
    assert world.open(announcement, *OPENERS).status.value == "opened"


def test_a_pause_uses_up_no_adjournment(world: World) -> None:
    announcement = committed(world)
    world.do(pause_transfer, announcement.transfer, reason="核查。", by=world.people.supervisor)
    world.go_to(world.now + timedelta(days=59))
    world.do(resume_transfer, announcement.transfer, by=world.people.supervisor)
    until = world.now + timedelta(days=1)
    world.do(opening.adjourn_opening, announcement, until=until, reason="开启人因病", by=world.people.officer)
    assert announcement_rules.opens_at(announcement) == until


def test_an_adjourned_opening_waits_for_its_new_hour(world: World) -> None:
    announcement = committed(world)
    commitment = the_commitment(announcement).sha256
    until = world.now + timedelta(days=1)
    world.do(opening.adjourn_opening, announcement, until=until, reason="开启人因病不能到场", by=world.people.officer)
    assert announcement_rules.opens_at(announcement) == until
    assert [(row.opens_at, row.reason) for row in adjournments_of(announcement)] == [(until, "开启人因病不能到场")]
    assert "开启已延期" in world.lacking(announcement.transfer)[0]
    told = db.session.scalars(select(Notice).where(Notice.message.contains("延期开启"))).all()
    bidders = {user.id for user in world.people.providers}
    holders = {world.holder_of(announcement, kind).id for kind in HOLDERS}
    assert bidders | holders | {world.people.officer.id} == {row.user_id for row in told}
    opened = world.unseal(announcement)
    world.refuse(
        bidding.open_bids, announcement, opened, second=world.people.auditor, by=world.people.payer, error=OutOfTime, says=("开启已延到",), article="第三十九条"
    )  # fmt: skip
    competition = world.opened(announcement)
    assert competition.opened_at == until
    assert the_commitment(announcement).sha256 == commitment
    assert competition.record is not None
    assert [row["reason"] for row in competition.record.told["adjournments"]] == ["开启人因病不能到场"]
    world.refuse(
        opening.adjourn_opening, announcement, until=until + timedelta(hours=1), reason="再延一次吧", by=world.people.officer,
        error=WrongState, says=("已经开启",),
    )  # fmt: skip
    assert first_broken_line() is None


def test_an_opening_is_put_off_by_its_holders_from_its_hour_on_and_not_for_long(world: World) -> None:
    announcement = world.bid()
    opener, officer = world.people.payer, world.people.officer
    until = announcement.closes_at + timedelta(hours=5)
    world.refuse(
        opening.adjourn_opening, announcement, until=until, reason="开启人因病", by=officer, error=OutOfTime,
        says=("到了时间开不成才能延期",), article="本系统",
    )  # fmt: skip
    committed(world, announcement)
    for person in (world.people.approver, world.people.other_officer, world.people.providers[0]):
        world.refuse(
            opening.adjourn_opening, announcement, until=until, reason="开启人因病", by=person, error=NotPermitted
        )
    for wrong in (world.now, world.now - timedelta(hours=1), world.now + timedelta(days=9)):
        world.refuse(
            opening.adjourn_opening, announcement, until=wrong, reason="开启人因病", by=opener,
            says=("应晚于现在", "3 个工作日"), where="until", article="本系统",
        )  # fmt: skip
    world.refuse(
        opening.adjourn_opening,
        announcement,
        until=until,
        reason=" 病 ",
        by=opener,
        says=("1 个字", "5 个字"),
        where="reason",
    )
    assert announcement.adjourned_to is None
    world.do(opening.adjourn_opening, announcement, until=until, reason="开启人因病", by=opener)
    world.refuse(
        opening.adjourn_opening,
        announcement,
        until=until + timedelta(hours=1),
        reason="又病了一天",
        by=opener,
        error=OutOfTime,
    )


# ── what bidders say ───────────────────────────────────────────────────────────────────────────────────────────────


def own(world: World, competition: Competition, which: int = 0) -> Bid:
    found = bid_of(competition.announcement, world.people.providers[which].organisation_id or 0)
    assert found is not None
    return found


def test_a_bidder_confirms_once_and_for_itself(world: World) -> None:
    competition = world.opened()
    first, second = world.people.providers[:2]
    world.refuse(opening.confirm_opening, own(world, competition), by=second, error=NotPermitted)
    world.refuse(opening.confirm_opening, own(world, competition), by=world.people.officer, error=NotPermitted)
    world.do(opening.confirm_opening, own(world, competition), by=first)
    world.refuse(opening.confirm_opening, own(world, competition), by=first, error=WrongState, says=("已经",))
    assert [(row.kind, row.made_by_id) for row in remarks_of(competition)] == [(RemarkKind.CONFIRMED, first.id)]


def test_nothing_is_confirmed_before_the_opening(world: World) -> None:
    announcement = committed(world)
    bid = active_bids(announcement)[0]
    world.refuse(opening.confirm_opening, bid, by=provider_of(world, bid), error=WrongState, says=("还没有开启",))


def test_an_objection_is_answered_before_anything_goes_on(world: World) -> None:
    competition = world.opened()
    first, officer = world.people.providers[0], world.people.officer
    bid = own(world, competition)
    world.refuse(opening.object_opening, bid, text="不对", by=first, says=("2 个字", "5 个字"), where="text")
    remark = world.do(opening.object_opening, bid, text="公布的报价与我方提交的不一致", by=first)
    world.refuse(opening.confirm_opening, bid, by=first, error=WrongState, says=("还没有答复",))
    assert any("提出异议，还没有答复" in text for text in world.lacking(competition.transfer))
    verdicts = {row.id: Verdict(True) for row in active_bids(competition.announcement)}
    world.refuse(
        review.qualify_bids, competition, verdicts, by=officer, says=("1 条对开启的异议",), article="第四十二条"
    )
    world.refuse(opening.answer_objection, remark, answer="对", by=officer, says=("1 个字",), where="answer")
    world.refuse(
        opening.answer_objection, remark, answer="已经核对无误", by=world.people.other_officer, error=NotPermitted
    )
    world.do(opening.answer_objection, remark, answer="已经核对无误", by=officer)
    world.refuse(
        opening.answer_objection, remark, answer="再答复一次", by=officer, error=WrongState, says=("已经答复",)
    )
    assert (remark.answer, remark.answered_by_id) == ("已经核对无误", officer.id)
    world.do(opening.confirm_opening, bid, by=first)
    world.do(review.qualify_bids, competition, verdicts, by=officer)
    assert first_broken_line() is None


def test_an_objection_after_the_qualification_holds_the_report(world: World) -> None:
    competition = world.opened()
    world.qualified(competition)
    remark = world.do(
        opening.object_opening, own(world, competition), text="公布的时间与回执不一致", by=world.people.providers[0]
    )
    world.drawn(competition)
    world.scored(competition)
    world.refuse(review.conclude_review, competition, by=world.people.officer, says=("1 条对开启的异议",))
    world.do(opening.answer_objection, remark, answer="时间以回执为准", by=world.people.officer)
    world.reviewed(competition)


def test_silence_until_the_hour_is_acceptance(world: World) -> None:
    competition = world.opened()
    until = remarks_until(competition)
    world.go_to(until - timedelta(seconds=1))
    world.do(opening.confirm_opening, own(world, competition), by=world.people.providers[0])
    world.go_to(until)
    for deed, said in ((opening.confirm_opening, {}), (opening.object_opening, {"text": "公布的报价不对"})):
        world.refuse(
            deed, own(world, competition, 1), by=world.people.providers[1], error=OutOfTime, says=("视为认可",),
            article="第四十二条", **said,
        )  # fmt: skip


def test_a_bidder_whose_envelope_did_not_open_may_object_too(world: World) -> None:
    announcement = committed(world)
    victim = active_bids(announcement)[0]
    world.storage.delete(victim.manifest_blob)
    competition = world.opened(announcement)
    assert victim.status is BidStatus.BROKEN
    world.do(opening.object_opening, victim, text="信封是完好提交的", by=provider_of(world, victim))
    assert [row.kind for row in remarks_of(competition)] == [RemarkKind.OBJECTED]


# ── the printed record ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_record_is_printed_at_the_opening_and_once_more_when_bidders_have_spoken(world: World) -> None:
    competition = world.opened()
    tick(world.app, world.clock)
    assert [row.edition for row in records_of(competition)] == [1]
    remark = world.do(
        opening.object_opening, own(world, competition), text="公布的时间与回执不一致", by=world.people.providers[0]
    )
    world.go_to(remarks_until(competition))
    tick(world.app, world.clock)
    assert [row.edition for row in records_of(competition)] == [1]
    world.do(opening.answer_objection, remark, answer="时间以回执为准", by=world.people.officer)
    tick(world.app, world.clock)
    tick(world.app, world.clock)
    assert [row.edition for row in records_of(competition)] == [1, 2]
    first, second = (world.storage.open(row.file.sha256).read() for row in records_of(competition))
    assert first.startswith(b"%PDF")
    assert first != second
    world.refuse(
        opening.print_opening_record,
        competition,
        text=world.print(),
        edition=2,
        by=world.people.system,
        error=WrongState,
    )
    world.refuse(
        opening.print_opening_record,
        competition,
        text=world.print(),
        edition=3,
        by=world.people.officer,
        error=NotPermitted,
    )
