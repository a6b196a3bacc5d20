"""Two deeds of one competition at one moment: the transfer's row orders them, so that what came in time is in the list.

The first deed is held just before it commits; the second one starts then, has to wait, and sees what the first did.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from procurement.foundation.clock import FixedClock
from procurement.foundation.database import db
from procurement.foundation.errors import DomainError
from procurement.foundation.money import Money
from procurement.registers.deeds import perform
from procurement.registers.people import User, system_user
from procurement.steps.announcement.models import Announcement
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids
from procurement.steps.competition.models.opening import commitment_of
from procurement.steps.competition.models.review import Competition, CompetitionStatus
from procurement.steps.competition.models.talks import OfferCall, OfferStatus, active_offers
from procurement.steps.competition.operations import bidding, opening, review
from procurement.steps.competition.operations.review import Verdict
from procurement.steps.competition.talks import operations as talks
from procurement.steps.competition.talks.rules import settles_at
from tests.factories import OPENERS, World
from tests.registers.test_deeds import together


class Held:
    """A deed that is held, all done but not committed, until the other one has begun and waits."""

    def __init__(self, operation: Callable[..., Any]) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()

        def held(subject: Any, *args: Any, **kwargs: Any) -> Any:
            done = operation(subject, *args, **kwargs)
            self.entered.set()
            self.leave.wait(10)
            return done

        held.__name__ = operation.__name__
        self.operation = held


def one_then_other(
    world: World,
    first: tuple[Callable[..., Any], type, int, tuple[Any, ...], int, datetime],
    second: tuple[Callable[..., Any], type, int, tuple[Any, ...], int | None],
) -> list[Any]:
    """The outcome of both: what they returned, or their refusal."""
    operation, kind, number, args, actor_id, at = first
    held, clock = Held(operation), FixedClock(world.now)
    db.session.rollback()

    def begin() -> str:
        subject, actor = db.session.get_one(kind, number), db.session.get_one(User, actor_id)
        return told(held.operation, subject, *args, actor=actor, clock=clock, now=at)

    def follow() -> str:
        other, kind_, number_, args_, actor_id_ = second
        held.entered.wait(10)
        actor = db.session.get_one(User, actor_id_) if actor_id_ is not None else system_user()
        threading.Timer(0.5, held.leave.set).start()
        return told(other, db.session.get_one(kind_, number_), *args_, actor=actor, clock=clock)

    return together(world.app, begin, follow)


def told(operation: Callable[..., Any], subject: Any, *args: Any, **kwargs: Any) -> str:
    try:
        perform(operation, subject, *args, **kwargs)
    except DomainError as refusal:
        return type(refusal).__name__
    return "done"


def objecting(bid: Bid, **of_the_deed: Any) -> Any:
    return opening.object_opening(bid, text="开启时我们的报价读错了，请核对记录。", **of_the_deed)


objecting.__name__ = opening.object_opening.__name__


def bidder_of(world: World, bid: Bid) -> User:
    return next(user for user in world.people.providers if user.organisation_id == bid.organisation_id)


@pytest.mark.postgres_only
def test_a_withdrawal_that_came_in_time_is_in_the_list_that_is_committed_to(world: World) -> None:
    announcement = world.bid()
    bid = active_bids(announcement)[0]
    in_time = announcement.closes_at - timedelta(seconds=1)
    world.go_to(opens_at(announcement))
    outcome = one_then_other(
        world,
        (bidding.withdraw_bid, Bid, bid.id, (), bidder_of(world, bid).id, in_time),
        (opening.commit_bids, Announcement, announcement.id, (), None),
    )
    assert outcome == ["done", "done"]
    assert bid.status is BidStatus.WITHDRAWN
    commitment = commitment_of(announcement)
    assert commitment is not None
    competition = world.open(announcement, *OPENERS)
    assert competition.record is not None
    assert not competition.record.told["missing"]


@pytest.mark.postgres_only
def test_a_final_offer_that_came_in_time_is_in_the_list_that_is_committed_to(world: World) -> None:
    competition = world.invited()
    call = world.the_call(competition)
    bids = [bid for bid in active_bids(competition.announcement) if bid.status is BidStatus.QUALIFIED]
    for bid in bids[:-1]:
        world.offer(bid, "1000000")
    last = bids[-1]
    offering, in_time = world.offering(last, Money.yuan("900000")), call.closes_at - timedelta(seconds=1)
    world.go_to(settles_at(call))
    outcome = one_then_other(
        world,
        (talks.submit_offer, Bid, last.id, (offering,), world.bidder_of(last).id, in_time),
        (talks.commit_offers, OfferCall, call.id, (), None),
    )
    assert outcome == ["done", "done"]
    world.open_offers(call, *OPENERS)
    assert {offer.status for offer in active_offers(call)} == {OfferStatus.OPENED}
    assert last.status is BidStatus.QUALIFIED


@pytest.mark.postgres_only
def test_bids_are_not_qualified_beside_an_objection_that_is_just_being_made(world: World) -> None:
    competition = world.opened()
    bids = active_bids(competition.announcement)
    verdicts = {bid.id: Verdict(qualified=True) for bid in bids}
    outcome = one_then_other(
        world,
        (
            objecting, Bid, bids[0].id, (),
            bidder_of(world, bids[0]).id, world.now,
        ),
        (review.qualify_bids, Competition, competition.id, (verdicts,), world.people.officer.id),
    )  # fmt: skip
    assert outcome[0] == "done"
    assert outcome[1] != "done"
    assert competition.status is CompetitionStatus.OPENED
