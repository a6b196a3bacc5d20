"""A pause takes nothing from those who bid: when it ends the deadline moves by the time it took, in public and told to all concerned."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procurement.foundation.clock import LOCAL, at_local, local_day
from procurement.foundation.errors import OutOfTime, WrongState
from procurement.foundation.money import Money
from procurement.registers.deeds import perform
from procurement.registers.notices import tray
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import VersionKind
from procurement.steps.announcement.published import operations as published
from procurement.steps.competition.changes import operations as changes
from procurement.steps.competition.models.bids import active_bids
from procurement.steps.competition.models.opening import commitment_of
from procurement.steps.competition.operations import bidding
from procurement.transfers.conference.models import Choice, ItemOutcome
from procurement.transfers.operations import pause_transfer, resume_transfer
from procurement.web.ticking import tick
from tests.factories import OPENERS, World
from tests.transfers.test_new_lists import HIT, resolve


def test_a_pause_over_the_deadline_gives_its_time_back(world: World) -> None:
    announcement = world.announced()
    closes, people = announcement.closes_at, world.people
    world.submit(announcement, people.providers[0])
    world.do(published.begin_interest, announcement, by=people.unverified)
    envelope = world.seal(announcement, people.providers[1], Money.yuan("1200000"))
    world.go_to(closes - timedelta(days=2))
    world.do(pause_transfer, announcement.transfer, reason="核查。", by=people.supervisor)
    assert "暂停办理" in tray(people.providers[0])[0].message
    assert "恢复时补足" in tray(people.unverified)[0].message
    world.go_to(closes + timedelta(hours=1))
    for _minute in range(2):
        tick(world.app, world.clock)
    # The list is not committed to while the clock of the bidders stands.
    assert commitment_of(announcement) is None
    world.refuse(
        bidding.submit_bid, announcement, envelope, by=people.providers[1],
        error=WrongState, says=("暂停",),
    )  # fmt: skip
    world.do(resume_transfer, announcement.transfer, by=people.supervisor)
    assert announcement.closes_at >= closes + timedelta(days=2, hours=1)
    local = announcement.closes_at.astimezone(LOCAL)
    assert (local.hour, local.minute) == (closes.astimezone(LOCAL).hour, closes.astimezone(LOCAL).minute)
    assert working_calendar().is_workday(local.date())
    version = announcement.versions[-1]
    assert (version.kind, version.number, version.closes_at) == (VersionKind.EXTENSION, 2, announcement.closes_at)
    assert "补足暂停占去的时间" in version.reason
    assert announcement.publication is version.publication
    for person in (people.providers[0], people.unverified):
        assert "补足暂停占去的时间" in tray(person)[0].message
    for bidder in people.providers[1:3]:
        world.submit(announcement, bidder)
    world.go_to(announcement_rules.opens_at(announcement))
    world.open(announcement, *OPENERS)
    assert len(active_bids(announcement)) == len(people.providers[:3])


def test_a_confirmation_waits_for_the_end_of_a_pause_over_the_deadline(world: World) -> None:
    announcement = world.bid()
    world.amend(announcement, quantity="道路 70 公里。")
    bid = active_bids(announcement)[0]
    bidder = next(row for row in world.people.providers if row.organisation_id == bid.organisation_id)
    world.do(pause_transfer, announcement.transfer, reason="核查。", by=world.people.supervisor)
    world.go_to(announcement.closes_at + timedelta(hours=1))
    said = {"seen": announcement.edition, "by": bidder}
    assert world.refuse(changes.confirm_bid, bid, **said, error=WrongState, says=("暂停",))
    world.do(resume_transfer, announcement.transfer, by=world.people.supervisor)
    world.do(changes.confirm_bid, bid, seen=announcement.edition, by=bidder)
    assert bid.is_confirmed


def test_a_pause_that_ends_before_the_deadline_gives_its_time_back_too(world: World) -> None:
    announcement = world.announced()
    closes = announcement.closes_at
    world.do(pause_transfer, announcement.transfer, reason="核查。", by=world.people.supervisor)
    world.go_to(world.now + timedelta(days=3))
    world.do(resume_transfer, announcement.transfer, by=world.people.supervisor)
    assert announcement.closes_at >= closes + timedelta(days=3)


def test_a_pause_after_the_deadline_moves_nothing(world: World) -> None:
    announcement = world.bid()
    closes = announcement.closes_at
    world.go_to(announcement_rules.opens_at(announcement))
    world.do(pause_transfer, announcement.transfer, reason="核查。", by=world.people.supervisor)
    tick(world.app, world.clock)
    assert commitment_of(announcement) is not None
    world.go_to(world.now + timedelta(days=3))
    world.do(resume_transfer, announcement.transfer, by=world.people.supervisor)
    assert (announcement.closes_at, announcement.edition) == (closes, 1)
    assert "恢复办理" in tray(world.people.providers[0])[0].message


def test_a_bid_is_taken_back_while_the_clock_stands(world: World) -> None:
    announcement = world.bid()
    bid = active_bids(announcement)[0]
    owner = next(row for row in world.people.providers if row.organisation_id == bid.organisation_id)
    world.do(pause_transfer, announcement.transfer, reason="核查。", by=world.people.supervisor)
    world.go_to(announcement.closes_at + timedelta(days=1))
    world.do(bidding.withdraw_bid, bid, by=owner)
    assert not bid.is_active


def test_what_the_conference_lets_go_on_gets_its_time_back(world: World) -> None:
    announcement = world.bid()
    transfer, closes = announcement.transfer, announcement.closes_at
    world.forbid(HIT)
    tick(world.app, world.clock)
    assert transfer.is_paused_by_list
    since = world.now
    world.go_to(world.now + timedelta(days=3))
    resolve(world, transfer, Choice.FOR, ItemOutcome.ADOPTED)
    assert transfer.is_on_line
    assert transfer.paused_at is None
    taken = world.now - since
    assert announcement.closes_at >= closes + taken


def test_a_deadline_is_not_moved_once_the_list_is_committed_to(world: World) -> None:
    announcement = world.bid()
    arrived = announcement.closes_at - timedelta(seconds=1)
    world.go_to(announcement_rules.settles_at(announcement))
    world.commit(announcement)
    with pytest.raises(OutOfTime, match="校验值"):
        perform(
            changes.extend_deadline, announcement, announcement.closes_at + timedelta(days=7), reason="顺延。",
            actor=world.people.officer, clock=world.clock, now=arrived,
        )  # fmt: skip


def test_every_edition_tells_why_the_intention_was_not_public(world: World) -> None:
    announcement = world.announced()
    assert announcement.publication is not None
    said = announcement.publication.told["intention_waiver"]
    assert said
    day = working_calendar().next_workday(local_day(announcement.closes_at) + timedelta(days=1))
    world.do(changes.extend_deadline, announcement, at_local(day, 9, 30), reason="顺延。", by=world.people.officer)
    assert announcement.publication.told["intention_waiver"] == said
