"""Talks before final offers: an equal chance for each, changes told to all at once, offers sealed until two holders open them."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest

from procurement.documents.agreement import AgreementFacts
from procurement.foundation.clock import at_local
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, NotPermitted, OutOfTime, Refusals, RuleBroken, WrongState
from procurement.foundation.money import Money
from procurement.registers import audit
from procurement.registers.access import HOLDERS, Appointed, Deed
from procurement.registers.notices import tray
from procurement.registers.organisations.models import OrganisationStatus
from procurement.statute.calendar import working_calendar
from procurement.steps.agreement import rules as agreement_rules
from procurement.steps.announcement import operations as announcement_operations
from procurement.steps.announcement.models import AnnouncementStatus, FailureGround, competition_key_of
from procurement.steps.competition import commitments
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids
from procurement.steps.competition.models.review import Competition
from procurement.steps.competition.models.sealed import SealedFile, SealedPart
from procurement.steps.competition.models.talks import (
    FinalOffer,
    OfferStatus,
    active_offers,
    every_offer,
    offer_of,
    talks_of,
)
from procurement.steps.competition.operations import award as award_operations
from procurement.steps.competition.operations import bidding, review
from procurement.steps.competition.talks import operations as talks
from procurement.steps.competition.talks import rules as talks_rules
from procurement.steps.competition.talks.rules import Held
from procurement.steps.holders import operations as holder_operations
from procurement.steps.holders.models import OFFERS, holders_of_attempt
from procurement.transfers.models import CriterionKind, Method
from procurement.transfers.operations import pause_transfer, resume_transfer
from procurement.transfers.rules import CriterionTerms
from procurement.web.ticking import commit_offers_if_due, tick
from tests.factories import DOCUMENT, OPENERS, World

CANARY = Money.yuan("1034567.89")


def bids_of(competition: Competition) -> list[Bid]:
    """The bids in the talks, in the order of the providers."""
    return sorted(talks.bids_in(competition), key=lambda bid: bid.organisation_id)


def everything_stored(world: World) -> bytes:
    """Every row of every table and every file, as text and bytes."""
    from procurement.foundation.database import Base

    rows = [repr(tuple(row)) for table in Base.metadata.sorted_tables for row in db.session.execute(table.select())]
    db.session.rollback()
    return "\n".join(rows).encode() + b"".join(world.storage.open(name).read() for name in world.storage.names())


# ── which methods have them ────────────────────────────────────────────────────────────────────────────────────────


def test_a_tender_is_judged_by_its_bids_and_refuses_talks(world: World) -> None:
    competition = world.drawn(method=Method.OPEN_TENDER, size=5)
    assert not competition.has_talks
    assert world.refuse(
        talks.record_meetings, competition, {}, by=world.people.officer, error=WrongState, says=("没有磋商和最后报价",)
    )
    world.scored(competition)
    assert len(competition.sheets) == 5


def test_before_talks_no_price_is_public(world: World) -> None:
    competition = world.opened()
    assert competition.has_talks
    assert competition.record is not None
    told = competition.record.told
    assert told["prices_closed"] is True
    assert {row["price"] for row in told["bids"]} == {None}
    assert {row["price_in_words"] for row in told["bids"]} == {""}
    assert len(told["bids"]) == 3


# ── meetings ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_round_has_a_meeting_with_each(world: World) -> None:
    competition = world.drawn()
    bids = bids_of(competition)
    held = {bid.id: Held(took_part=True, minutes="谈了班次和应急。") for bid in bids}
    for lacking in ({}, {bids[0].id: held[bids[0].id]}, held | {bids[2].id: Held(took_part=False, minutes=" 没来 ")}):
        assert world.refuse(
            talks.record_meetings, competition, lacking, by=world.people.officer, error=Refusals,
            says=("何时怎样通知过",), article="第十九条",
        )  # fmt: skip
    world.do(talks.record_meetings, competition, held, by=world.people.officer)
    world.do(talks.record_meetings, competition, held, by=world.people.officer)
    rows = talks_of(competition).meetings
    assert [(row.round, row.bid_id) for row in rows] == [
        (turn, bid.id) for turn in (1, 2) for bid in talks.bids_in(competition)
    ]


def test_only_the_officer_records_and_only_between_panel_and_call(world: World) -> None:
    competition = world.qualified()
    held = {bid.id: Held(took_part=True, minutes="谈了班次和应急。") for bid in bids_of(competition)}
    assert world.refuse(
        talks.record_meetings, competition, held, by=world.people.officer, error=WrongState, says=("抽取以后",)
    )
    world.drawn(competition)
    for person in (
        world.people.approver,
        world.people.other_officer,
        world.people.providers[0],
        world.panel_of(competition)[0],
    ):
        assert world.refuse(talks.record_meetings, competition, held, by=person, error=NotPermitted)
    world.invited(competition)
    assert world.refuse(
        talks.record_meetings, competition, held, by=world.people.officer, error=WrongState, says=("不在磋商中",)
    )


# ── changed terms ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_is_the_panels_binds_with_consent_and_is_told_to_all_at_once(world: World) -> None:
    competition = world.drawn()
    member = world.panel_of(competition)[0]
    said = {"service": "夜间巡查由每日一次改为两次。", "agreement": "", "reason": "一次不够。"}
    assert world.refuse(talks.propose_terms, competition, **said, by=world.people.officer, error=NotPermitted)
    assert world.refuse(
        talks.propose_terms, competition, **(said | {"service": " "}), by=member, error=RuleBroken,
        says=("至少写一项",), article="第二十条",
    )  # fmt: skip
    assert world.refuse(
        talks.propose_terms, competition, **(said | {"reason": ""}), by=member, error=RuleBroken, says=("理由",)
    )
    before = [len(tray(provider)) for provider in world.people.providers[:3]]
    change = world.do(talks.propose_terms, competition, **said, by=member)
    assert [len(tray(provider)) for provider in world.people.providers[:3]] == before
    assert world.lacking(competition.transfer)[0] == "评审小组提出了变动要求，还没有确认并通知各家"
    seen = talks.digest_of(change)
    assert world.refuse(talks.confirm_terms, competition, seen=seen, by=member, error=NotPermitted)
    world.do(talks.propose_terms, competition, **(said | {"agreement": "违约金按日计。"}), by=member)
    assert world.refuse(
        talks.confirm_terms, competition, seen=seen, by=world.people.officer, error=Conflict, says=("改过",)
    )
    assert len(talks_of(competition).terms) == 1
    world.do(talks.confirm_terms, competition, seen=talks.digest_of(change), by=world.people.officer)
    newest = [tray(provider)[0] for provider in world.people.providers[:3]]
    assert all("书面通知，同时发给参加的每一家" in row.message for row in newest)
    assert all('"number":1' in row.values.replace(" ", "") for row in newest)
    assert len({row.created_at for row in newest}) == 1
    assert world.refuse(talks.confirm_terms, competition, seen=seen, by=world.people.officer, error=Conflict)
    again = world.change_terms(competition, "再加一名驾驶员。")
    assert again.number == 2


def test_nothing_changes_once_final_offers_are_called_for(world: World) -> None:
    competition = world.drawn()
    member = world.panel_of(competition)[0]
    change = world.do(talks.propose_terms, competition, service="改为两次。", agreement="", reason="不够。", by=member)
    world.invited(competition)
    assert world.refuse(
        talks.confirm_terms, competition, seen=talks.digest_of(change), by=world.people.officer, error=WrongState,
        says=("不再变动",),
    )  # fmt: skip
    assert world.refuse(
        talks.propose_terms, competition, service="三次", agreement="", reason="不够。", by=member, error=WrongState
    )


# ── the call ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_call_needs_a_round_and_an_hour(world: World) -> None:
    competition = world.drawn()
    early = talks_rules.earliest_close(world.now)
    assert world.refuse(
        talks.invite_offers, competition, early, by=world.people.officer, error=RuleBroken, says=("还没有与各家分别磋商",),
        article="第十九条",
    )  # fmt: skip
    world.meet(competition)
    assert world.refuse(
        talks.invite_offers, competition, early - timedelta(seconds=1), by=world.people.officer, error=RuleBroken,
        says=("太早", "1 小时"),
    )  # fmt: skip
    world.do(talks.invite_offers, competition, early, by=world.people.officer)
    for provider in world.people.providers[:3]:
        assert "最后报价" in tray(provider)[0].message
    assert world.refuse(talks.invite_offers, competition, early, by=world.people.officer, error=WrongState)


def test_a_second_key_is_made_for_the_same_three_holders(world: World) -> None:
    competition = world.invited()
    announcement = competition.announcement
    first, second = competition_key_of(announcement), competition_key_of(announcement, OFFERS)
    assert first is not None
    assert second is not None
    assert first.public != second.public
    assert first.appointment_ids == second.appointment_ids
    assert (first.used_at is None, second.used_at) == (False, None)
    assert holders_of_attempt(competition.transfer).competition_key is second


# ── final offers ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_offer_is_sealed_replaced_and_found_again(world: World) -> None:
    competition = world.invited()
    bid = bids_of(competition)[0]
    first = world.offer(bid, CANARY, response="每日两次。", documents=[DOCUMENT])
    again = world.do(talks.submit_offer, bid, world.offering(bid, CANARY), by=world.people.providers[0])
    assert (first.status, again.status) == (OfferStatus.REPLACED, OfferStatus.SUBMITTED)
    assert first.wrapped_key is None
    assert hashlib.sha256(again.envelope.encode()).hexdigest() == again.envelope_sha256
    parts = db.session.query(SealedPart).join(SealedFile).where(SealedFile.offer_id == first.id).all()
    assert parts
    assert all(part.wrapped_key is None for part in parts)
    offering = world.offering(bid, CANARY)
    one = world.do(talks.submit_offer, bid, offering, by=world.people.providers[0])
    assert world.do(talks.submit_offer, bid, offering, by=world.people.providers[0]).id == one.id
    tick(world.app, world.clock)
    assert first.manifest_blob == ""


def test_who_may_offer_and_until_when(world: World) -> None:
    competition = world.drawn()
    bid = bids_of(competition)[0]
    assert world.refuse(
        talks.submit_offer, bid, world.offering(bid, CANARY), by=world.people.providers[0], error=WrongState,
        says=("现在没有要求提交最后报价",),
    )  # fmt: skip
    world.invited(competition)
    offering, call = world.offering(bid, CANARY), world.the_call(competition)
    for person in (world.people.officer, world.people.providers[1], world.panel_of(competition)[0]):
        assert world.refuse(talks.submit_offer, bid, offering, by=person, error=NotPermitted)
    world.go_to(call.closes_at - timedelta(microseconds=1))
    world.do(talks.submit_offer, bid, offering, by=world.people.providers[0])
    world.go_to(call.closes_at)
    late = world.offering(bid, CANARY)
    assert world.refuse(
        talks.submit_offer,
        bid,
        late,
        by=world.people.providers[0],
        error=OutOfTime,
        says=("截止",),
        article="第二十一条",
    )
    last = db.session.query(audit.AuditLine).order_by(audit.AuditLine.id.desc()).first()
    assert last is not None
    assert last.chain == competition.announcement.offers_chain
    assert set(last.told) == {"refusal", "size", "sha256"}


def test_until_the_opening_nothing_tells_prices_or_their_number(world: World) -> None:
    competition = world.invited()
    bid = bids_of(competition)[0]
    world.offer(bid, CANARY, response="每日巡查两次的响应。", documents=[b"%PDF-1.4\nthe canary of a file\n%%EOF\n"])
    stored = everything_stored(world)
    for canary in (
        b"103456789",
        b"1034567",
        "壹佰零叁万".encode(),
        "每日巡查两次的响应".encode(),
        b"the canary of a file",
    ):
        assert canary not in stored, canary
    assert talks_of(competition).offers == ()
    assert audit.is_sealed(competition.announcement.offers_chain)
    assert not [line for line in audit.lines_everywhere() if line.deed is Deed.OFFER_SUBMIT]
    world.go_to(talks_rules.settles_at(world.the_call(competition)))
    for other in bids_of(competition)[1:]:
        assert offer_of(other) is None


@pytest.mark.parametrize("pair", [(HOLDERS[0], HOLDERS[2]), (HOLDERS[2], HOLDERS[1])], ids=str)
def test_any_two_holders_open_and_the_final_price_counts(world: World, pair: tuple[Appointed, Appointed]) -> None:
    competition = world.invited()
    bids, call = bids_of(competition), world.the_call(competition)
    for bid, price in zip(bids, ("1150000", "1090000", "1000000"), strict=True):
        world.offer(bid, price, response="同意。", documents=[DOCUMENT])
    world.open_offers(call, *pair)
    assert [bid.price for bid in bids] == [Money.yuan("1150000"), Money.yuan("1090000"), Money.yuan("1000000")]
    assert [bid.first_price for bid in bids] == [Money.yuan("1200000"), Money.yuan("1100000"), Money.yuan("1250000")]
    assert all(len(bid.documents) == 2 for bid in bids)
    assert all(offer.status is OfferStatus.OPENED and offer.response == "同意。" for offer in active_offers(call))
    assert commitments.sha256_of(call.disclosed) == call.commitment
    named = {entry.sha256 for entry in commitments.entries_in(call.disclosed)}
    assert named == {offer.envelope_sha256 for offer in every_offer(call)}
    assert not audit.is_sealed(competition.announcement.offers_chain)
    reviewed = world.reviewed(world.scored(competition))
    assert world.first_of(reviewed).price == Money.yuan("1000000")
    assert audit.first_broken_line() is None


def test_offers_are_not_opened_early_alone_or_by_others(world: World) -> None:
    competition = world.invited()
    call = world.the_call(competition)
    for bid in bids_of(competition):
        world.offer(bid)
    opened, payer = world.unseal_offers(call), world.people.payer
    second = world.holder_of(call.announcement, Appointed.OPENING_WITNESS)
    world.go_to(call.closes_at)
    assert world.refuse(
        talks.open_offers, call, opened, second=second, by=payer, error=OutOfTime, says=("谁都不能打开",)
    )
    world.go_to(talks_rules.settles_at(call))
    assert world.refuse(
        talks.open_offers, call, opened, second=second, by=payer, error=WrongState, says=("校验值还没有公布",)
    )
    commit_offers_if_due(call, world.clock)
    assert world.refuse(talks.open_offers, call, opened, second=payer, by=payer, error=RuleBroken, says=("一起输入",))
    assert world.refuse(talks.open_offers, call, opened, second=second, by=world.people.officer, error=NotPermitted)
    assert world.refuse(talks.open_offers, call, opened[:2], second=second, by=payer, error=Conflict, says=("有变化",))
    assert world.refuse(
        review.sign_score_sheet, competition, world.sheet(competition), no_conflict=True,
        by=world.panel_of(competition)[0], error=WrongState, says=("最后报价还没有开启",),
    )  # fmt: skip
    world.do(talks.open_offers, call, opened, second=second, by=payer)
    assert world.refuse(talks.open_offers, call, opened, second=second, by=payer, error=WrongState, says=("已经开启",))


def test_the_key_of_the_bids_opens_no_final_offer(world: World) -> None:
    from procurement.web.competition.envelopes import open_offer_envelopes

    competition = world.invited()
    world.offer(bids_of(competition)[0], CANARY)
    private = world.private_half(competition.announcement)
    (opened,) = open_offer_envelopes(world.the_call(competition), private, world.storage)
    assert (opened.price, bool(opened.broken)) == (None, True)


def test_who_makes_no_offer_has_left_and_two_go_on(world: World) -> None:
    competition = world.invited()
    first, second, third = bids_of(competition)
    world.offer(first)
    world.offer(second)
    world.open_offers(world.the_call(competition), *OPENERS)
    assert [bid.status for bid in (first, second, third)] == [BidStatus.QUALIFIED, BidStatus.QUALIFIED, BidStatus.LEFT]
    assert third.left_at == world.now
    world.reviewed(world.scored(competition))
    assert (third.rank, third.score) == (None, None)


def test_with_one_offer_nothing_is_opened_and_the_round_fails(world: World) -> None:
    competition = world.invited()
    call = world.the_call(competition)
    bid = bids_of(competition)[0]
    world.offer(bid, CANARY)
    announcement = competition.announcement
    assert world.refuse(
        bidding.fail_competition,
        announcement,
        reason="不够",
        by=world.people.officer,
        error=RuleBroken,
        says=("没有流标的理由",),
    )
    world.go_to(talks_rules.settles_at(call))
    opened = world.unseal_offers(call)
    assert world.refuse(
        talks.open_offers, call, opened, second=world.holder_of(announcement, Appointed.OPENING_WITNESS),
        by=world.people.payer, error=RuleBroken, says=("1 份", "不足"),
    )  # fmt: skip
    world.do(bidding.fail_competition, announcement, reason="最后报价只有一家", by=world.people.officer)
    assert announcement.status is AnnouncementStatus.FAILED
    assert announcement.failure_ground is FailureGround.TOO_FEW
    offer = offer_of(bid)
    assert offer is not None
    assert (offer.status, offer.price) == (OfferStatus.SUBMITTED, None)
    assert call.disclosed == call.sealed != ""
    assert b"103456789" not in everything_stored(world)


def test_a_damaged_offer_and_one_above_the_ceiling_fail_alone(world: World) -> None:
    competition = world.invited(ceiling=Money.yuan("1280000"))
    first, second, third = bids_of(competition)
    call = world.the_call(competition)
    world.offer(first, "1100000")
    world.offer(second, "1280000.01")
    damaged = world.offer(third, "1000000")
    with db.session.begin_nested():
        damaged.wrapped_key = bytes(32)
    db.session.commit()
    fourth = world.people.providers[3]
    assert fourth not in {bid.submitted_by for bid in (first, second, third)}
    world.open_offers(call, *OPENERS)
    assert first.status is BidStatus.QUALIFIED
    assert second.status is BidStatus.DISQUALIFIED
    assert "高于最高限价" in second.broken_reason
    assert third.status is BidStatus.DISQUALIFIED
    assert world.lacking(competition.transfer) == ["余下 1 家，不足 2 家，要宣布流标"]
    world.do(bidding.fail_competition, competition.announcement, reason="有效的只有一家", by=world.people.officer)
    assert competition.announcement.status is AnnouncementStatus.FAILED


# ── leaving ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_leaves_gets_the_security_back_and_comes_not_again(world: World) -> None:
    transfer = world.keyed()
    world.told_before(transfer)
    announcement = world.do(
        announcement_operations.draft_announcement, transfer, closes_at=world.deadline(transfer), summary="征集。",
        contact="张三", security=Money.yuan("20000"), by=world.people.officer,
    )  # fmt: skip
    world.assemble(announcement)
    world.do(announcement_operations.publish_announcement, announcement, by=world.people.officer)
    world.in_medium(announcement)
    world.bid(announcement)
    competition = world.drawn(world.qualified(world.opened(announcement)))
    bid = bids_of(competition)[0]
    assert world.refuse(
        award_operations.return_security,
        bid,
        by=world.people.officer,
        error=RuleBroken,
        says=("退出磋商或谈判的从退出起",),
    )
    world.do(talks.leave_talks, bid, by=world.people.providers[0])
    assert (bid.status, bid.left_at) == (BidStatus.LEFT, world.now)
    assert "退还投标保证金" in tray(world.people.officer)[0].message
    world.do(award_operations.return_security, bid, by=world.people.officer)
    assert bid.security_returned_at == world.now
    assert world.refuse(
        talks.leave_talks, bid, by=world.people.providers[0], error=WrongState, says=("没有可以退出的",)
    )
    world.invited(competition)
    assert bid not in talks.bids_in(competition)
    assert world.refuse(
        talks.submit_offer, bid, world.offering(bid, CANARY), by=world.people.providers[0], error=WrongState,
        says=("不能提交最后报价",),
    )  # fmt: skip


def test_nobody_leaves_after_the_offer_or_its_time(world: World) -> None:
    competition = world.qualified()
    first, second, _third = bids_of(competition)
    assert world.refuse(talks.leave_talks, first, by=world.people.providers[0], error=WrongState, says=("不在磋商中",))
    world.invited(world.drawn(competition))
    assert world.refuse(talks.leave_talks, first, by=world.people.providers[1], error=NotPermitted)
    world.offer(first)
    assert world.refuse(talks.leave_talks, first, by=world.people.providers[0], error=WrongState, says=("不能再退出",))
    world.go_to(world.the_call(competition).closes_at)
    assert world.refuse(
        talks.leave_talks,
        second,
        by=world.people.providers[1],
        error=WrongState,
        says=("不能再退出",),
        article="第二十二条",
    )


def test_with_too_few_left_the_round_fails_before_the_call(world: World) -> None:
    competition = world.drawn()
    for bid, provider in zip(bids_of(competition)[:2], world.people.providers, strict=False):
        world.do(talks.leave_talks, bid, by=provider)
    assert world.lacking(competition.transfer) == ["余下 1 家，不足 2 家，要宣布流标"]
    world.meet(competition)
    assert world.refuse(
        talks.invite_offers, competition, talks_rules.earliest_close(world.now), by=world.people.officer,
        error=RuleBroken, says=("不足",),
    )  # fmt: skip
    world.do(bidding.fail_competition, competition.announcement, reason="余下一家", by=world.people.officer)
    # Who left was told to nobody but the officer until now; the auditor reads it afterwards.
    assert len([line for line in audit.lines_everywhere() if line.deed is Deed.TALKS_LEAVE]) == 2
    assert competition.transfer.step is not None
    assert competition.transfer.step.number == 1


# ── holders ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_losses_after_the_call_fail_the_round(world: World) -> None:
    competition = world.invited()
    for bid in bids_of(competition):
        world.offer(bid)
    announcement = competition.announcement
    holders = holders_of_attempt(competition.transfer).holders
    for kind in HOLDERS[:2]:
        world.do(holder_operations.report_secret, holders[kind], by=holders[kind].user)
    assert world.lacking(competition.transfer) == ["持有人报告口令遗失，余下的打不开最后报价，要宣布流标"]
    world.do(bidding.fail_competition, announcement, reason="口令遗失", by=world.people.officer)
    assert announcement.failure_ground is FailureGround.KEYS_LOST
    assert {row.status for row in db.session.query(FinalOffer)} == {OfferStatus.SUBMITTED}


def test_a_holder_is_replaced_between_call_and_opening(world: World) -> None:
    from procurement.steps.holders.keys import open_competition_key, seal_copies

    competition = world.invited()
    announcement, transfer = competition.announcement, competition.transfer
    for bid in bids_of(competition):
        world.offer(bid)
    successor = world.appoint_holder(transfer, Appointed.OPENING_WITNESS, world.people.third_member)
    world.accept_holding(successor)
    desk = holders_of_attempt(transfer)
    key = desk.competition_key
    assert key is not None
    staying = (Appointed.OPENER, Appointed.CUSTODIAN)
    private = open_competition_key(key, *(world.told(announcement, kind) for kind in staying))
    keys = {kind: desk.keys[(successor if kind is successor.kind else desk.holders[kind]).id] for kind in HOLDERS}
    copies = seal_copies(private, announcement.id, transfer.attempt, keys, sitting=key.sitting)
    world.do(
        holder_operations.replace_holder, key, successor, copies, second=world.holder_of(announcement, Appointed.CUSTODIAN),
        by=world.holder_of(announcement, Appointed.OPENER),
    )  # fmt: skip
    world.open_offers(world.the_call(competition), *OPENERS)
    assert all(bid.first_price is not None for bid in active_bids(announcement))


# ── what goes wrong ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_call_closes_in_working_hours_and_not_in_years(world: World) -> None:
    competition = world.drawn()
    world.meet(competition)
    for day, hour, said in ((10, 3, "不在工作时间"), (12, 10, "不在工作时间"), (31, 10, "太晚")):
        assert world.refuse(
            talks.invite_offers, competition, at_local(date(2025, 10, day), hour), by=world.people.officer,
            error=RuleBroken, says=(said,),
        )  # fmt: skip
    world.do(talks.invite_offers, competition, at_local(date(2025, 10, 11), 10), by=world.people.officer)


def test_a_call_is_extended_for_all_before_its_end(world: World) -> None:
    competition = world.invited()
    call = world.the_call(competition)
    later = at_local(date(2025, 10, 10), 15)
    for to, reason, said in (
        (call.closes_at, "要核对变动。", "应晚于"), (later, "短", "至少要"), (at_local(date(2025, 10, 12), 10), "要核对变动。", "不在工作时间"),
    ):  # fmt: skip
        assert world.refuse(
            talks.extend_offers, call, to, reason=reason, by=world.people.officer, error=RuleBroken, says=(said,)
        )
    assert world.refuse(
        talks.extend_offers, call, later, reason="要核对变动。", by=world.people.providers[0], error=NotPermitted
    )
    world.do(talks.extend_offers, call, later, reason="要核对变动。", by=world.people.officer)
    assert call.closes_at == later
    assert all("延到" in tray(provider)[0].message for provider in world.people.providers[:3])
    world.go_to(later)
    assert world.refuse(
        talks.extend_offers,
        call,
        later + timedelta(days=3),
        reason="要核对变动。",
        by=world.people.officer,
        error=OutOfTime,
    )


def test_what_a_pause_takes_is_given_back_and_nobody_is_out_by_it(world: World) -> None:
    competition = world.invited()
    call, transfer = world.the_call(competition), competition.transfer
    closes = call.closes_at
    for bid in bids_of(competition)[:2]:
        world.offer(bid)
    world.do(pause_transfer, transfer, reason="接到投诉，核查", by=world.people.supervisor)
    world.go_to(closes + timedelta(hours=2))
    tick(world.app, world.clock)
    assert (call.committed_at, call.closes_at) == (None, closes)
    world.do(resume_transfer, transfer, by=world.people.supervisor)
    tick(world.app, world.clock)
    assert call.closes_at >= world.now + timedelta(hours=1)
    assert call.committed_at is None
    moved = call.closes_at
    tick(world.app, world.clock)
    assert call.closes_at == moved
    assert "延到" in tray(world.people.providers[2])[0].message
    world.offer(bids_of(competition)[2])
    world.open_offers(call, *OPENERS)
    assert len(talks.bids_in(competition)) == 3


def test_a_failed_round_takes_no_offer_and_tells_its_list(world: World) -> None:
    competition = world.invited()
    announcement, call = competition.announcement, world.the_call(competition)
    bid = bids_of(competition)[0]
    world.offer(bid)
    world.go_to(talks_rules.settles_at(call))
    assert world.refuse(
        bidding.fail_competition, announcement, reason="只有一家", by=world.people.officer, error=WrongState,
        says=("校验值还没有公布",),
    )  # fmt: skip
    commit_offers_if_due(call, world.clock)
    world.do(bidding.fail_competition, announcement, reason="只有一家", by=world.people.officer)
    assert commitments.sha256_of(call.disclosed) == call.commitment
    again = world.announced(competition.transfer)
    assert not talks_rules.takes_offers(call, bid, world.now)
    assert world.refuse(
        talks.submit_offer, bid, world.offering(bid, CANARY), by=world.people.providers[0], error=WrongState
    )
    key = competition_key_of(again)
    assert key is not None
    assert competition_key_of(again, OFFERS) is None


def test_a_bidder_who_may_not_bid_any_more_makes_no_offer_that_counts(world: World) -> None:
    competition = world.invited()
    first, second, third = bids_of(competition)
    for bid in (first, second, third):
        world.offer(bid)
    third.organisation.status, third.organisation.verified_at = OrganisationStatus.REGISTERED, None
    db.session.commit()
    assert world.refuse(
        talks.submit_offer, third, world.offering(third, CANARY), by=world.people.providers[2], error=RuleBroken,
        says=("没有通过核验",),
    )  # fmt: skip
    world.open_offers(world.the_call(competition), *OPENERS)
    assert third.status is BidStatus.DISQUALIFIED
    assert "不再有效" in third.broken_reason
    assert "没有进入评审" in tray(world.people.providers[2])[0].message


def test_a_refusal_to_leave_tells_nobody_that_an_offer_lies_there(world: World) -> None:
    competition = world.invited()
    bid = bids_of(competition)[0]
    world.offer(bid)
    assert world.refuse(talks.leave_talks, bid, by=world.people.providers[0], error=WrongState)
    assert not [line for line in audit.lines_everywhere() if line.deed is Deed.TALKS_LEAVE]


def test_a_round_is_recorded_once_and_a_proposal_is_not_overwritten_unseen(world: World) -> None:
    competition = world.drawn()
    held = {bid.id: Held(took_part=True, minutes="逐项核对。") for bid in bids_of(competition)}
    world.do(talks.record_meetings, competition, held, turn=1, by=world.people.officer)
    assert world.refuse(talks.record_meetings, competition, held, turn=1, by=world.people.officer, error=Conflict)
    one, other = world.panel_of(competition)[:2]
    said = {"service": "改为两次。", "agreement": "", "reason": "一次不够。", "seen": 0}
    world.do(talks.propose_terms, competition, **said, by=one)
    assert world.refuse(talks.propose_terms, competition, **said, by=other, error=Conflict, says=("另一位成员",))


def test_a_form_whose_offer_was_replaced_is_refused(world: World) -> None:
    competition = world.invited()
    bid, provider = bids_of(competition)[0], world.people.providers[0]
    first = world.offering(bid, CANARY)
    world.do(talks.submit_offer, bid, first, by=provider)
    world.offer(bid)
    assert world.refuse(talks.submit_offer, bid, first, by=provider, error=Conflict, says=("已经被另一份换掉",))


def test_the_changes_go_into_the_agreement_and_its_digest(world: World) -> None:
    competition = world.drawn()
    world.change_terms(competition, "夜间巡查改为两次。", "违约金按日计万分之五。")
    transfer = world.awarded(world.reviewed(world.scored(competition)))
    agreement = world.agreement_drafted(transfer)
    facts = AgreementFacts.of(agreement, concluded_by=world.people.approver, at=world.now)
    assert "变动" not in facts.special_terms
    (changed,) = facts.changes
    assert (changed.number, changed.service) == ("1", "夜间巡查改为两次。")
    assert changed.terms == "违约金按日计万分之五。"
    assert "书面变动通知" in facts.parts
    assert "乙方的最后报价" in facts.parts
    before = agreement_rules.digest_of(agreement)
    competition.binding_terms[0].service = "另一种写法。"
    assert agreement_rules.digest_of(agreement) != before
    db.session.rollback()


def test_what_was_announced_without_talks_is_judged_by_its_bids(world: World) -> None:
    announcement = world.bid()
    announcement.has_talks = False
    db.session.commit()
    competition = world.drawn(world.qualified(world.opened(announcement)))
    assert not competition.has_talks
    assert world.refuse(
        talks.record_meetings, competition, {}, by=world.people.officer, error=WrongState, says=("没有写磋商",)
    )
    world.reviewed(world.scored(competition))
    assert competition_key_of(announcement, OFFERS) is None


# ── the other methods ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_negotiation_speaks_of_negotiating_and_goes_to_the_lowest_final_price(world: World) -> None:
    only_price = {
        "method": Method.NEGOTIATION,
        "criteria": (CriterionTerms(CriterionKind.PRICE, "价格", "满足要求且报价最低", 100),),
    }
    competition = world.drawn(**only_price)
    assert competition.has_talks
    assert world.lacking(competition.transfer) == ["与各家的谈判还没有记录"]
    assert world.refuse(
        talks.record_meetings, competition, {}, by=world.people.officer, error=Refusals, says=("的谈判还没有记录",),
        article="第三十一条",
    )  # fmt: skip
    world.invited(competition)
    bids = bids_of(competition)
    for bid, price in zip(bids, ("1090000", "1095000", "1050000"), strict=True):
        world.offer(bid, price)
    world.open_offers(world.the_call(competition), *OPENERS)
    reviewed = world.reviewed(world.scored(competition))
    assert world.first_of(reviewed) is bids[2]


def test_the_earliest_close_of_final_offers_is_one_that_is_accepted(world: World) -> None:
    calendar = working_calendar()
    for hour in (8, 12, 17, 20):
        for day in (date(2025, 10, 17), date(2025, 10, 18), date(2025, 9, 30)):
            now = at_local(day, hour, 30)
            earliest = talks_rules.earliest_acceptable(now, calendar)
            talks_rules.ensure_close(earliest, now, calendar)
            assert earliest >= talks_rules.earliest_close(now)
