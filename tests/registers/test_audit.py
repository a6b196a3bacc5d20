"""The audit: lines follow from one another, a change is found and named, and a sealed competition gives no number away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from procurement.foundation.database import db
from procurement.foundation.errors import DomainError, OutOfTime, RuleBroken
from procurement.foundation.money import Money
from procurement.registers import audit
from procurement.registers.access import Deed
from procurement.registers.audit import AuditHead, AuditLine, Outcome, first_broken_line
from procurement.registers.deeds import begin_deed, record_read
from procurement.statute.clauses import all_clauses
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.competition.models.bids import active_bids
from procurement.steps.competition.operations import bidding
from procurement.transfers import operations as transfer_operations
from tests.factories import World


def chain_of(world: World) -> str:
    """The chain of a transfer that has come to step 2, all of its lines in order."""
    return str(world.announced().transfer.chain_key)


def lines(chain: str) -> list[AuditLine]:
    return list(db.session.scalars(select(AuditLine).where(AuditLine.chain == chain).order_by(AuditLine.number)))


def test_a_whole_transfer_leaves_chains_that_hold(world: World) -> None:
    world.closed()
    assert first_broken_line() is None


def test_each_deed_leaves_one_line_with_who_what_and_when(world: World) -> None:
    transfer = world.resolved()
    told = [(line.deed, line.outcome, line.actor_id) for line in lines(transfer.chain_key)]
    people = world.people
    assert told == [
        (Deed.PLAN_DRAFT, Outcome.DONE, people.officer.id),
        (Deed.PLAN_SUBMIT, Outcome.DONE, people.officer.id),
        (Deed.PLAN_EVALUATE, Outcome.DONE, people.approver.id),
        (Deed.ITEM_RESOLVE, Outcome.DONE, people.member.id),
    ]
    last = lines(transfer.chain_key)[-1]
    assert last.at == world.now
    assert last.actor_name == people.member.name
    assert transfer.resolution is not None
    assert last.told == {
        "kind": "plan", "outcome": "adopted", "number": transfer.resolution.number, "meeting": "龙联会〔2025〕1号", "entitled": 3,
        "votes": {"for": 2, "against": 0, "abstain": 0},
    }  # fmt: skip


def test_both_clocks_stand_in_a_line(world: World) -> None:
    transfer = world.resolved()
    world.clock.set(datetime(2025, 9, 23, 1, tzinfo=UTC))
    world.do(transfer_operations.pause_transfer, transfer, reason="核查", by=world.people.supervisor)
    line = lines(transfer.chain_key)[-1]
    assert (line.at, line.wall_at) == (datetime(2025, 9, 23, 1, tzinfo=UTC), datetime(2025, 9, 22, 1, tzinfo=UTC))


def test_a_line_says_whether_a_visitor_did_it_as_somebody(world: World) -> None:
    transfer = world.resolved()
    world.do(transfer_operations.pause_transfer, transfer, reason="核查", by=world.people.supervisor, visitor=True)
    assert [line.visitor for line in lines(transfer.chain_key)][-2:] == [False, True]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", datetime(2025, 9, 22, 2, tzinfo=UTC)),
        ("wall_at", datetime(2025, 9, 22, 2, tzinfo=UTC)),
        ("deed", Deed.PLAN_REVISE),
        ("outcome", Outcome.REFUSED),
        ("subject", "plan 2"),
        ("actor_id", 1),
        ("actor_name", "另一人"),
        ("visitor", True),
        ("article", "《政府采购法》第一条"),
        ("facts", "{}"),
    ],
)
def test_a_changed_line_is_found_and_named_whatever_was_changed(world: World, column: str, value: object) -> None:
    chain = chain_of(world)
    db.session.execute(update(AuditLine).where(AuditLine.chain == chain, AuditLine.number == 3).values({column: value}))
    broken = first_broken_line()
    assert broken is not None
    assert (broken.chain, broken.number) == (chain, 3)
    assert broken.reason == "its content is not what was sealed"


def test_a_removed_line_is_found_and_named(world: World) -> None:
    chain = chain_of(world)
    db.session.execute(delete(AuditLine).where(AuditLine.chain == chain, AuditLine.number == 2))
    broken = first_broken_line()
    assert broken == audit.BrokenLine(chain, 2, "a line is missing")


def test_the_last_line_removed_is_found_by_its_head(world: World) -> None:
    chain = chain_of(world)
    last = lines(chain)[-1].number
    db.session.execute(delete(AuditLine).where(AuditLine.chain == chain, AuditLine.number == last))
    assert first_broken_line() == audit.BrokenLine(chain, last, "the chain ends before its head")


def test_a_chain_removed_whole_is_found_by_its_head(world: World) -> None:
    chain = chain_of(world)
    db.session.execute(delete(AuditLine).where(AuditLine.chain == chain))
    assert first_broken_line() == audit.BrokenLine(chain, 1, "the chain ends before its head")


def test_a_head_removed_with_its_lines_left_is_found(world: World) -> None:
    chain = chain_of(world)
    db.session.execute(delete(AuditHead).where(AuditHead.chain == chain))
    broken = first_broken_line()
    assert broken is not None
    assert broken.chain == chain


def test_two_lines_swapped_are_found(world: World) -> None:
    chain = chain_of(world)
    first, second = lines(chain)[1:3]
    numbers, befores = (first.number, second.number), (first.previous_seal, second.previous_seal)
    for line, number in ((first, 900), (second, numbers[0]), (first, numbers[1])):
        db.session.execute(update(AuditLine).where(AuditLine.id == line.id).values(number=number))
    broken = first_broken_line()
    assert broken is not None
    assert (broken.chain, broken.number) == (chain, 2)
    for line, seal in ((first, "0" * 63 + "1"), (second, befores[0]), (first, befores[1])):
        db.session.execute(update(AuditLine).where(AuditLine.id == line.id).values(previous_seal=seal))
    broken = first_broken_line()
    assert broken is not None
    assert (broken.chain, broken.number) == (chain, 2)


def test_a_line_put_in_between_cannot_be_stored(world: World) -> None:
    chain = chain_of(world)
    second = lines(chain)[1]
    forged = AuditLine(
        chain=chain, number=900, at=world.now, wall_at=world.now, deed=Deed.PLAN_REVISE, outcome=Outcome.DONE, subject="-",
        actor_name="", visitor=False, article="", facts="{}", previous_seal=second.previous_seal,
    )  # fmt: skip
    forged.seal = forged.computed_seal()
    db.session.add(forged)
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_a_line_resealed_by_a_forger_breaks_the_next_one(world: World) -> None:
    chain = chain_of(world)
    second = lines(chain)[1]
    second.facts = '{"forged":true}'
    second.seal = second.computed_seal()
    db.session.flush()
    assert first_broken_line() == audit.BrokenLine(chain, 3, "it does not follow from the line before")


def test_a_broken_chain_does_not_hide_the_others(world: World) -> None:
    chain = chain_of(world)
    other = world.resolved(title="另一项服务").chain_key
    db.session.execute(update(AuditLine).where(AuditLine.chain == other, AuditLine.number == 1).values(subject="-"))
    broken = first_broken_line()
    assert broken is not None
    assert broken.chain == other
    assert other != chain


def test_a_refusal_has_its_line_with_kind_and_article_and_never_content(world: World) -> None:
    announcement = world.bid()
    world.go_to(announcement.closes_at)
    envelope = world.seal(announcement, world.people.providers[3], Money.yuan("1"), b"")
    with pytest.raises(RuleBroken):
        world.do(bidding.submit_bid, announcement, envelope, by=world.people.providers[3])
    line = lines(announcement.sealed_chain)[-1]
    assert (line.outcome, line.deed, line.told["refusal"]) == (Outcome.REFUSED, Deed.BID_SUBMIT, "OutOfTime")
    # Of what came too late, how large it was and its hash.
    assert set(line.told) == {"refusal", "size", "sha256"}
    assert line.article == "《政府采购货物和服务招标投标管理办法》第三十三条"
    assert first_broken_line() is None


def test_a_reading_that_must_be_known_is_recorded_before_anything_is_shown(world: World) -> None:
    competition = world.opened()
    bid = active_bids(competition.announcement)[0]
    record_read(Deed.BID_READ, bid, actor=world.people.auditor, clock=world.clock, receipt=bid.receipt)
    db.session.rollback()
    line = lines(competition.chain_key)[-1]
    assert (line.outcome, line.deed, line.actor_id) == (Outcome.READ, Deed.BID_READ, world.people.auditor.id)
    assert first_broken_line() is None


@pytest.mark.parametrize("bidders", [1, 3])
def test_the_number_of_bids_is_visible_in_no_chain_that_is_counted(world: World, bidders: int) -> None:
    announcement = world.announced()
    before = (audit.number_of_lines(), len(audit.lines_everywhere()), len(lines(announcement.chain_key)))
    house = len(lines("house"))
    world.bid(announcement, prices=["1200000"] * bidders)
    assert (audit.number_of_lines(), len(audit.lines_everywhere()), len(lines(announcement.chain_key))) == before
    assert len(lines("house")) == house
    assert {line.subject for line in audit.lines_everywhere() if line.deed is Deed.BID_SUBMIT} == set()


def test_older_lines_are_counted_and_not_asked_for_by_a_key_that_has_gaps(world: World) -> None:
    world.bid()
    newest = audit.lines_everywhere()
    assert list(audit.lines_everywhere(limit=2, skip=3)) == list(newest[3:5])
    assert list(audit.lines_everywhere(skip=-1)) == list(newest)
    assert list(audit.lines_everywhere(skip=10_000)) == []


def test_the_line_of_a_sealed_bid_holds_its_hash_and_nothing_of_its_content(world: World) -> None:
    announcement = world.bid(prices=["1234567.89"])
    sealed, line = lines(f"sealed:{announcement.id}")
    assert sealed.deed is Deed.BID_FILE_SEAL
    assert set(sealed.told) == {"file", "size"}
    (bid,) = active_bids(announcement)
    assert line.told == {"sha256": bid.envelope_sha256, "receipt": bid.receipt, "replaces": None}


def test_a_refused_bid_names_its_bidder_in_no_chain_that_is_read(world: World) -> None:
    announcement = world.announced()
    counted, told = audit.number_of_lines(), len(lines(announcement.chain_key))
    provider = world.people.providers[0]
    envelope = world.seal(announcement, provider, Money.yuan("1200000"))
    world.go_to(announcement.closes_at)
    world.refuse(bidding.submit_bid, announcement, envelope, by=provider, error=OutOfTime, says=("截止",))
    assert (audit.number_of_lines(), len(lines(announcement.chain_key))) == (counted, told)
    *_sealing, line = lines(announcement.sealed_chain)
    assert (line.deed, line.outcome) == (Deed.BID_SUBMIT, Outcome.REFUSED)
    assert first_broken_line() is None


def test_from_the_opening_on_the_lines_of_the_bids_are_read(world: World) -> None:
    announcement = world.bid()
    late = world.people.providers[3]
    envelope = world.seal(announcement, late, Money.yuan("1"))
    before = audit.number_of_lines()
    competition = world.opened(announcement)
    chain = announcement.sealed_chain
    assert {line.deed for line in audit.lines_everywhere() if line.chain == chain} == {
        Deed.BID_SUBMIT,
        Deed.BID_FILE_SEAL,
    }
    # Besides the bids' own lines, those of the commitment and of the opening.
    assert audit.number_of_lines() == before + len(lines(chain)) + 2
    world.refuse(bidding.submit_bid, competition.announcement, envelope, by=late, error=OutOfTime, says=("截止",))
    assert audit.lines_everywhere(limit=1)[0].chain == chain
    assert first_broken_line() is None


def test_a_round_in_which_nobody_bid_is_no_secret_once_it_has_failed(world: World) -> None:
    announcement = world.announced()
    late = world.people.providers[0]
    envelope = world.seal(announcement, late, Money.yuan("1"), b"")
    world.go_to(announcement_rules.opens_at(announcement))
    world.fail(announcement, "无人投标")
    assert not audit.is_sealed(announcement.sealed_chain)
    with pytest.raises(DomainError):
        world.do(bidding.submit_bid, announcement, envelope, by=late)
    assert audit.lines_everywhere(limit=1)[0].chain == announcement.sealed_chain
    assert first_broken_line() is None


def test_the_lines_of_a_failed_round_are_read_and_its_bids_are_not(world: World) -> None:
    announcement = world.bid(prices=["1200000"])
    world.go_to(announcement_rules.opens_at(announcement))
    world.fail(announcement, "不足三家")
    told = [line.deed for line in audit.lines_everywhere() if line.chain == announcement.sealed_chain]
    assert sorted(told, key=str) == [Deed.BID_FILE_SEAL, Deed.BID_SUBMIT]
    assert not audit.is_sealed(announcement.sealed_chain)
    assert [bid.price for bid in active_bids(announcement)] == [None]


def test_a_refused_opening_does_not_tell_the_number_either(world: World) -> None:
    announcement = world.bid()
    world.refuse(bidding.open_bids, announcement, [], by=world.people.payer, says=("截止", "起才能开启"))
    assert "count" not in lines(announcement.chain_key)[-1].told


def test_a_chain_verifies_when_it_is_read_in_another_form_of_the_same_instant(world: World) -> None:
    chain = chain_of(world)
    line = lines(chain)[0]
    seal = line.seal
    line.at = line.at.astimezone(timezone(timedelta(hours=8)))
    assert line.computed_seal() == seal


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Money(123456), 123456),
        (datetime(2025, 9, 22, 9, tzinfo=timezone(timedelta(hours=8))), "2025-09-22T01:00:00.000000Z"),
        (datetime(2025, 9, 22, tzinfo=UTC).date(), "2025-09-22"),
        (Decimal("89.99"), "89.99"),
        (Deed.BID_SUBMIT, "bid:submit"),
        ({"b": Money(1), 1: (Decimal(2), None)}, {"b": 1, "1": ["2", None]}),
        ([True, "文"], [True, "文"]),
    ],
)
def test_a_fact_is_kept_in_one_plain_form(value: object, told: object) -> None:
    assert audit.plain(value) == told


def test_canonical_text_does_not_depend_on_the_order_of_keys() -> None:
    assert audit.canonical({"b": 1, "a": "文"}) == audit.canonical({"a": "文", "b": 1}) == '{"a":"文","b":1}'


def test_the_chain_goes_on_after_a_deed_that_was_rolled_back(world: World) -> None:
    transfer = world.resolved()
    begin_deed(world.clock)
    audit.record(Deed.TRANSFER_PAUSE, transfer, actor=world.people.supervisor, now=world.now)
    db.session.rollback()
    world.do(transfer_operations.pause_transfer, transfer, reason="核查", by=world.people.supervisor)
    assert first_broken_line() is None
    assert [line.number for line in lines(transfer.chain_key)] == [1, 2, 3, 4, 5]


def test_an_instant_before_the_first_one_is_no_reason_to_break(world: World) -> None:
    # A chain is ordered by its numbers, not by the clock: two deeds may carry the same instant.
    transfer = world.resolved()
    assert len({line.at for line in lines(transfer.chain_key)}) == 1
    assert first_broken_line() is None


def test_every_article_fits_the_column_of_a_refusal() -> None:
    width = AuditLine.__table__.c.article.type.length
    longest = max((str(clause.article) for editions in all_clauses().values() for clause in editions), key=len)
    assert len(longest) <= width, longest
