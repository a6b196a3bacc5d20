"""One competition in any order: whatever bidders, purchaser, holders and clock do, what is promised of sealed bids holds.

Beside the application runs a model that knows the rules in a few lines: which bid is active, for which version, until when.
It says before each deed whether it is done or refused; after each deed everything that is stored is looked at anew.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations, permutations
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from procurement.foundation.database import db
from procurement.foundation.errors import (
    Conflict,
    DomainError,
    NotPermitted,
    OutOfTime,
    Refusals,
    RuleBroken,
    WrongState,
)
from procurement.foundation.money import Money
from procurement.registers.access import HOLDERS, Appointed, Deed
from procurement.registers.audit import AuditLine, Outcome, first_broken_line
from procurement.registers.people import User
from procurement.steps.announcement.models import Announcement, AnnouncementStatus, competition_key_of
from procurement.steps.announcement.rules import settles_at
from procurement.steps.competition import commitments
from procurement.steps.competition.changes import operations as changes
from procurement.steps.competition.commitments import Mark
from procurement.steps.competition.models.bids import Bid, BidDocument, BidStatus, bid_by_receipt, every_bid
from procurement.steps.competition.models.opening import commitment_of
from procurement.steps.competition.models.review import competition_of
from procurement.steps.competition.models.sealed import files_by_token
from procurement.steps.competition.operations import bidding
from procurement.steps.competition.operations.bidding import Lodging, Opened
from procurement.steps.holders.keys import open_competition_key
from procurement.web import ticking
from procurement.web.competition.envelopes import open_envelopes
from tests.factories import DOCUMENT, LIMIT, Remembered, World

# The same walks in every run: what fails here fails everywhere. They are many short runs of two, each from a seed of its own,
# since within one run Hypothesis goes over what it has found again and again. PostgreSQL answers each of thousands of small
# questions more slowly, and walks half of them.
RUNS = {"sqlite": 16, "postgresql": 8}
WALKS = settings(
    max_examples=2, stateful_step_count=18, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

INSTANT, MINUTE, HOUR = timedelta(microseconds=1), timedelta(minutes=1), timedelta(hours=1)
# Around the deadline, and around the end of the minute in which what came in time settles.
MOMENTS = {
    "just before": -INSTANT, "the deadline": 0 * HOUR, "just after": INSTANT, "while it settles": MINUTE / 2,
    "almost settled": MINUTE - INSTANT, "settled": MINUTE,
}  # fmt: skip
NOBODY = ("the officer", "a holder alone", "one of them twice", "a stranger beside one")
CEILING = Money.yuan("1280000")
Pair = tuple[Appointed, Appointed]

bidders = st.integers(0, 3)
prices = st.sampled_from(["1280000", "1000000.01", "0.01", "1280000.01"]).map(Money.yuan)
pairs = st.sampled_from(list(permutations(HOLDERS, 2)))
late = st.sampled_from(["", "", "", "", *MOMENTS])


@dataclass
class Prepared:
    """What a bidder has sealed to lodge it: the price in it, and the files."""

    bidder: int
    price: Money
    lodging: Lodging


@dataclass
class Lodged:
    """A bid that was acknowledged: what its receipt says, what is in it, and until when it could be lodged."""

    prepared: Prepared
    receipt: str
    sha256: str
    at: datetime
    deadline: datetime
    edition: int
    is_active: bool = True


@dataclass
class Start:
    """A stage from which walks begin, put back for each of them, and what the model knows of it."""

    stage: Remembered
    prepared: list[Prepared]
    lodged: list[Lodged]
    binding: int = 1


class Round(RuleBasedStateMachine):
    """One call from its publication to its opening or its failure."""

    world: World
    starts: Sequence[Start]
    halves: dict[frozenset[Appointed], X25519PrivateKey]
    happened: Counter[str]

    @initialize(start=st.integers(0, 2), least=st.integers(0, 5))
    def announced(self, start: int, least: int) -> None:
        # How many bids come before the clock moves to the deadline: else most walks would be over before they began.
        self.least = least
        begun = self.starts[start]
        self.world.storage.blobs.clear()
        announcement = self.world.put_back(begun.stage)
        assert isinstance(announcement, Announcement)
        self.announcement = announcement
        self.edition = self.binding = begun.binding
        self.closes_at = announcement.closes_at
        self.prepared = list(begun.prepared)
        self.lodged = [replace(row) for row in begun.lodged]
        self.outcome = ""
        self.number, self.is_looked_at = 0, False
        self.tried = Counter[str]()
        self.holders = {kind: self.world.holder_of(announcement, kind) for kind in HOLDERS}

    # ── the model ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def now(self) -> datetime:
        return self.world.now

    @property
    def is_running(self) -> bool:
        return not self.outcome and self.now < self.closes_at

    @property
    def is_settled(self) -> bool:
        return self.now >= self.closes_at + timedelta(minutes=1)

    @property
    def has_opened(self) -> bool:
        return self.outcome in ("opened", "failed once opened")

    def user(self, bidder: int) -> User:
        return self.world.people.providers[bidder]

    def active_of(self, bidder: int) -> Lodged | None:
        return next((row for row in self.lodged if row.prepared.bidder == bidder and row.is_active), None)

    def counting(self) -> list[Lodged]:
        """The bids that an opening would open."""
        return [row for row in self.lodged if row.is_active and row.edition >= self.binding]

    def bid(self, lodged: Lodged) -> Bid:
        found = bid_by_receipt(lodged.receipt)
        assert found is not None
        return found

    def must(self, what: str, refusal: type[DomainError] | None, deed: Callable[[], Any]) -> Any:
        """Done where the model knows no reason against it, else refused with that kind and one line in the audit."""
        self.is_looked_at = False
        self.happened[f"{what}: {refusal.__name__ if refusal else 'done'}"] += 1
        if refusal is None:
            return deed()
        query = select(func.count()).where(AuditLine.outcome == Outcome.REFUSED)
        before = db.session.scalar(query) or 0
        with pytest.raises(refusal):
            deed()
        assert db.session.scalar(query) == before + 1
        return None

    # ── the clock ──────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(to=st.sampled_from(["an hour on", "a day on", "the tick", "the tick"]))
    def time_passes(self, to: str) -> None:
        if to == "the tick":
            self._tick()
            return
        later = self.now + (HOUR if to == "an hour on" else 24 * HOUR)
        self.world.go_to(later if not self.is_running or later < self.closes_at else self.now)

    def _wait(self, moment: str) -> None:
        """Until one of the moments around the deadline, once so many bids have come that there is something to see."""
        if moment and len(self.lodged) >= self.least:
            self.world.go_to(self.closes_at + MOMENTS[moment])

    def _tick(self) -> None:
        """Of what falls due what has to do with bids: the rest has tests of its own, and takes longer than all of this."""
        self.is_looked_at = False
        ticking._commit(self.world.clock)
        ticking._sweep_drafts(self.world.clock)
        ticking._clear_keyless(self.world.storage)

    # ── bidders ────────────────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.is_running)
    @rule(
        bidder=bidders, price=prices, keeps=st.booleans(), is_lodged=st.sampled_from([True, True, False]), moment=late
    )
    def a_bidder_seals(self, bidder: int, price: Money, keeps: bool, is_lodged: bool, moment: str) -> None:
        """A file and a price, or the files of the bid that lies there and another price; lodged at once, or not yet."""
        self._wait(moment)
        own, user = self.active_of(bidder), self.user(bidder)
        kept = files_by_token(own.prepared.lodging.tokens) if keeps and own is not None and self.is_running else []

        def seal() -> Lodging:
            return self.world.seal(self.announcement, user, price, b"" if kept else DOCUMENT, keep=kept)

        lodging = self.must("seal", None if self.is_running else OutOfTime, seal)
        if lodging is not None:
            self.prepared.append(Prepared(bidder, price, lodging))
            if is_lodged:
                self._lodge(self.prepared[-1], self.now)

    @precondition(lambda self: self.prepared and self.tried["lodging"] < 3)
    @rule(data=st.data(), has_waited=st.booleans(), moment=late)
    def a_bidder_lodges_what_was_sealed(self, data: st.DataObject, has_waited: bool, moment: str) -> None:
        """Now, by a form that shows the newest version; or by one that was opened when the file was sealed, and whose last byte
        came an instant before the deadline and has waited for a free thread since.
        """
        self._wait(moment)
        self.tried["lodging"] += not self.is_running
        prepared = data.draw(st.sampled_from(self.prepared))
        if not has_waited:
            place, shown = self.prepared.index(prepared), replace(prepared.lodging, edition=self.edition)
            prepared = self.prepared[place] = replace(prepared, lodging=shown)
        self._lodge(prepared, self.closes_at - INSTANT if has_waited and not self.is_running else self.now)

    def _lodge(self, prepared: Prepared, arrived: datetime) -> None:
        user, former = self.user(prepared.bidder), self.active_of(prepared.bidder)
        refusal: type[DomainError] | None = None
        if self.outcome or arrived >= self.closes_at or commitment_of(self.announcement) is not None:
            refusal = OutOfTime
        elif prepared.lodging.edition < self.binding or any(
            not self._may_name(token, former) for token in prepared.lodging.tokens
        ):
            refusal = Conflict
        bid = self.must(
            "lodge" if arrived == self.now else "lodge what waited", refusal,
            lambda: self.world.do(bidding.submit_bid, self.announcement, prepared.lodging, by=user, now=arrived),
        )  # fmt: skip
        if bid is None:
            return
        if former is not None:
            former.is_active = False
        self.prepared.remove(prepared)
        self.lodged.append(Lodged(prepared, bid.receipt, bid.envelope_sha256, arrived, self.closes_at, self.edition))

    def _may_name(self, token: str, former: Lodged | None) -> bool:
        """A file of no bid yet, or one that the bid which is replaced still has."""
        having = [row for row in self.lodged if token in row.prepared.lodging.tokens]
        return not having or (former is not None and having[-1] is former)

    @precondition(lambda self: self.lodged and self.tried["coming back"] < 3)
    @rule(
        data=st.data(), moment=late,
        deed=st.sampled_from(["confirm", "confirm", "unread", "withdraw", "withdraw", "as another", "again"]),
    )  # fmt: skip
    def a_bidder_comes_back(self, data: st.DataObject, deed: str, moment: str) -> None:
        self._wait(moment)
        self.tried["coming back"] += not self.is_running
        lodged = data.draw(st.sampled_from(self.lodged))
        by = self.user(lodged.prepared.bidder)
        if deed in ("confirm", "unread"):
            self._confirm(lodged, behind=deed == "unread", by=by)
        elif deed == "again":
            # A form that is sent twice is one bid, even where its second copy comes when the deadline has passed.
            again = self.must(
                "again", None if lodged.is_active else Conflict,
                lambda: self.world.do(bidding.submit_bid, self.announcement, lodged.prepared.lodging, by=by),
            )  # fmt: skip
            assert again is None or again.receipt == lodged.receipt
        else:
            self._withdraw(lodged, by=by if deed == "withdraw" else self.user(lodged.prepared.bidder - 1))

    def _withdraw(self, lodged: Lodged, *, by: User) -> None:
        refusal: type[DomainError] | None = None
        if by is not self.user(lodged.prepared.bidder):
            refusal = NotPermitted
        elif not lodged.is_active or self.has_opened:
            refusal = WrongState
        elif not self.is_running:
            refusal = OutOfTime
        self.must("withdraw", refusal, lambda: self.world.do(bidding.withdraw_bid, self.bid(lodged), by=by))
        lodged.is_active = lodged.is_active and refusal is not None

    def _confirm(self, lodged: Lodged, *, behind: bool, by: User) -> None:
        refusal: type[DomainError] | None = None
        if not lodged.is_active or self.has_opened:
            refusal = WrongState
        elif not self.is_running:
            refusal = OutOfTime
        elif lodged.edition >= self.binding:
            refusal = WrongState
        elif behind:
            refusal = Conflict
        seen = self.edition - behind
        self.must("confirm", refusal, lambda: self.world.do(changes.confirm_bid, self.bid(lodged), seen=seen, by=by))
        if refusal is None:
            lodged.edition = self.edition

    # ── the purchaser ──────────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.tried["change"] < 3)
    @rule(deed=st.sampled_from(["amend", "correct", "extend", "to the same", "to an earlier one"]), moment=late)
    def the_purchaser_changes_the_call(self, deed: str, moment: str) -> None:
        """Which may be until the deadline; a date that was told never becomes earlier."""
        self._wait(moment)
        self.tried["change"] += 1
        refusal: type[DomainError] | None = RuleBroken if deed.startswith("to ") else None
        if not self.is_running:
            refusal = WrongState if self.outcome.startswith("failed") else OutOfTime
        self.number += 1
        self.must(deed, refusal, lambda: self._change(deed, f"第 {self.number} 次变更，道路 {self.number} 公里。"))
        if refusal is None:
            assert self.announcement.closes_at >= self.closes_at
            self.edition, self.closes_at = self.edition + 1, self.announcement.closes_at
            self.binding = self.edition if deed == "amend" else self.binding

    def _change(self, deed: str, words: str) -> None:
        call, by = self.announcement, self.world.people.officer
        if deed == "amend":
            self.world.amend(call, quantity=words)
        elif deed == "correct":
            said = {"summary": words, "contact": call.contact, "reason": "更正", "editorial": True}
            self.world.do(changes.correct_announcement, call, by=by, **said)
        else:
            span = {"extend": HOUR, "to the same": 0 * HOUR, "to an earlier one": -INSTANT}[deed]
            self.world.do(changes.extend_deadline, call, self.closes_at + span, reason="顺延", by=by)

    # ── the holders ────────────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.tried["in vain"] < 3)
    @rule(
        pair=pairs, deed=st.sampled_from(["open", "open", "open", "fail", "fail", "wrong secret", *NOBODY]),
        moment=st.sampled_from(["settled", "settled", "almost settled", ""]),
    )  # fmt: skip
    def it_is_ended(self, pair: Pair, deed: str, moment: str) -> None:
        self._wait(moment)
        self.tried["in vain"] += self.is_running or bool(self.outcome)
        if deed == "open":
            self._open(pair)
        elif deed == "fail":
            self._fail()
        elif deed in NOBODY:
            self._open_as_nobody(pair, deed)
        elif not self.outcome and not self.happened["wrong secret: Refusals"]:
            self._type_a_wrong_secret(pair)

    def _half(self, pair: Pair) -> X25519PrivateKey:
        """The competition's private half by these two: it takes two rounds of argon2, and is the same in every walk."""
        if frozenset(pair) not in self.halves:
            self.halves[frozenset(pair)] = self.world.private_half(self.announcement, *pair)
        return self.halves[frozenset(pair)]

    def _pretended(self) -> list[Opened]:
        """What somebody pretends that came out of the envelopes: nobody who is refused has come so far as to open one."""
        return [Opened(self.bid(row).id, row.prepared.price) for row in self.counting()]

    def _open(self, pair: Pair) -> None:
        refusal: type[DomainError] | None = None
        if self.outcome:
            # A round that has failed has no holders any more.
            refusal = Conflict if self.outcome == "opened" else NotPermitted
        elif not self.is_settled:
            refusal = OutOfTime
        elif len(self.counting()) < 2:
            refusal = RuleBroken
        first, second = (self.holders[kind] for kind in pair)
        self.world.commit(self.announcement)
        opened = self._pretended()
        if refusal is None:
            opened = open_envelopes(self.announcement, self._half(pair), self.world.storage, LIMIT)
        self.must(
            f"open by {' and '.join(sorted(pair))}" if refusal is None else "open", refusal,
            lambda: self.world.do(bidding.open_bids, self.announcement, opened, second=second, by=first),
        )  # fmt: skip
        self.outcome = "opened" if refusal is None else self.outcome

    def _open_as_nobody(self, pair: Pair, who: str) -> None:
        if not self.is_settled or self.outcome:
            return
        people, one = self.world.people, self.holders[pair[0]]
        second = {"one of them twice": one, "a stranger beside one": people.officer}.get(who)
        opened, is_officer = self._pretended(), who == "the officer"
        self.must(
            f"open by {who}", NotPermitted if is_officer else RuleBroken,
            lambda: self.world.do(
                bidding.open_bids, self.announcement, opened, second=second, by=people.officer if is_officer else one
            ),
        )  # fmt: skip

    def _type_a_wrong_secret(self, pair: Pair) -> None:
        self.happened["wrong secret: Refusals"] += 1
        key, (right, wrong) = competition_key_of(self.announcement), pair
        assert key is not None
        typed = [self.world.told(self.announcement, right), self.world.told(self.announcement, wrong, "AAAA-AAAA")]
        with pytest.raises(Refusals):
            open_competition_key(key, *typed)

    def _fail(self) -> None:
        refusal: type[DomainError] | None = None
        valid = [row for row in self.counting() if not self.outcome or row.prepared.price <= CEILING]
        if self.outcome.startswith("failed"):
            refusal = WrongState
        elif not self.is_settled:
            refusal = OutOfTime
        elif len(valid) >= 2:
            refusal = RuleBroken
        self.must("fail", refusal, lambda: self.world.fail(self.announcement))
        if refusal is None:
            self.outcome = "failed once opened" if self.outcome else "failed"

    # ── what holds ─────────────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def what_is_promised_holds(self) -> None:
        if self.is_looked_at:
            return
        self.is_looked_at = True
        db.session.rollback()
        bids = every_bid(self.announcement)
        self.every_acknowledged_bid_is_there_as_its_receipt_says(bids)
        self.an_organisation_has_one_active_bid_and_the_others_have_lost_their_keys(bids)
        self.the_list_is_committed_to_once_and_disclosed_as_it_was()
        if self.has_opened:
            self.what_was_opened_is_what_was_sealed_and_nothing_else(bids)
        else:
            self.before_the_opening_nothing_is_decrypted(bids)
        is_failed = self.outcome.startswith("failed")
        assert self.announcement.status is (AnnouncementStatus.FAILED if is_failed else AnnouncementStatus.PUBLISHED)
        assert first_broken_line() is None

    def every_acknowledged_bid_is_there_as_its_receipt_says(self, bids: Sequence[Bid]) -> None:
        there = {bid.receipt: bid for bid in bids}
        assert there.keys() == {row.receipt for row in self.lodged}
        for row in self.lodged:
            bid = there[row.receipt]
            assert hashlib.sha256(bid.envelope.encode()).hexdigest() == bid.envelope_sha256 == row.sha256
            assert (bid.submitted_at, bid.edition, bid.is_active) == (row.at, row.edition, row.is_active)
            assert bid.submitted_at < row.deadline <= self.announcement.closes_at
        query = select(func.count()).where(AuditLine.deed == Deed.BID_SUBMIT, AuditLine.outcome == Outcome.DONE)
        assert db.session.scalar(query) == len(self.lodged)

    def an_organisation_has_one_active_bid_and_the_others_have_lost_their_keys(self, bids: Sequence[Bid]) -> None:
        active = Counter(bid.organisation_id for bid in bids if bid.is_active)
        assert set(active.values()) <= {1}
        assert all((bid.wrapped_key is None) == (not bid.is_active) for bid in bids)
        # A file that a later bid has taken over keeps its keys with it.
        having = {token: row for row in self.lodged for token in row.prepared.lodging.tokens}
        for file in files_by_token(token for token, row in having.items() if not row.is_active):
            assert all(part.wrapped_key is None for part in file.parts)

    def the_list_is_committed_to_once_and_disclosed_as_it_was(self) -> None:
        commitment = commitment_of(self.announcement)
        if commitment is None:
            assert not self.outcome
            return
        assert commitment.made_at >= settles_at(self.announcement) > self.closes_at
        assert commitment.disclosed == (commitment.sealed if self.outcome else "")
        assert commitments.sha256_of(commitment.sealed) == commitment.sha256
        listed = {row.sha256: row.mark for row in commitments.entries_in(commitment.sealed)}
        assert listed.keys() == {row.sha256 for row in self.lodged}
        sealed = {sha256 for sha256, mark in listed.items() if mark is Mark.SEALED}
        assert sealed == {row.sha256 for row in self.lodged if row.is_active}

    def before_the_opening_nothing_is_decrypted(self, bids: Sequence[Bid]) -> None:
        """Nor in a round that has failed."""
        assert competition_of(self.announcement) is None
        assert not db.session.scalar(select(func.count()).select_from(BidDocument))
        assert not any(bid.price or bid.lead or bid.opened_at for bid in bids)
        assert not any(DOCUMENT in blob for blob in self.world.storage.blobs.values())

    def what_was_opened_is_what_was_sealed_and_nothing_else(self, bids: Sequence[Bid]) -> None:
        counting, there = self.counting(), {bid.receipt: bid for bid in bids}
        assert competition_of(self.announcement) is not None
        for row in self.lodged:
            bid = there[row.receipt]
            is_valid = row in counting and row.prepared.price <= CEILING
            assert bid.price == (row.prepared.price if is_valid else None)
            assert len(bid.documents) == (1 if is_valid else 0)
            if row.is_active and row not in counting:
                assert (bid.status, bid.opened_at) == (BidStatus.UNCONFIRMED, None)


# Walks that never come so far would prove nothing.
REACHED = [
    *(f"{deed}: {outcome}" for deed in ("seal", "amend", "correct", "extend") for outcome in ("done", "OutOfTime")),
    *(f"lodge: {outcome}" for outcome in ("done", "OutOfTime", "Conflict")),
    *(f"lodge what waited: {outcome}" for outcome in ("done", "OutOfTime")),
    *(f"withdraw: {outcome}" for outcome in ("done", "OutOfTime", "NotPermitted", "WrongState")),
    *(f"confirm: {outcome}" for outcome in ("done", "OutOfTime", "WrongState")),
    *(f"open by {' and '.join(sorted(pair))}: done" for pair in combinations(HOLDERS, 2)),
    *(f"open: {refusal}" for refusal in ("OutOfTime", "RuleBroken", "Conflict", "NotPermitted")),
    *(f"fail: {outcome}" for outcome in ("done", "OutOfTime", "RuleBroken")),
]  # fmt: skip


def test_whatever_order_deeds_come_in_what_is_promised_of_sealed_bids_holds(world: World) -> None:
    happened = Counter[str]()
    found = {"world": world, "starts": starts(world, world.announced()), "halves": {}, "happened": happened}
    kind = db.engine.dialect.name
    for number in range(RUNS[kind]):
        run_state_machine_as_test(seed(number)(type("Walk", (Round,), found)), settings=WALKS)
    assert kind != "sqlite" or [what for what in REACHED if what not in happened] == []


def starts(world: World, announcement: Announcement) -> list[Start]:
    """Nothing is there yet; three bids, and two more that are sealed, one with the file of the first; the call was changed, and
    the first bid replaced since: the other two wait to be confirmed."""
    providers, lodged = world.people.providers, []

    def lodge(bidder: int, edition: int) -> None:
        user = providers[bidder]
        prepared = Prepared(bidder, CEILING, world.seal(announcement, user, CEILING))
        bid = world.do(bidding.submit_bid, announcement, prepared.lodging, by=user)
        lodged.append(
            Lodged(prepared, bid.receipt, bid.envelope_sha256, bid.submitted_at, announcement.closes_at, edition)
        )

    found = [Start(world.remember(announcement), [], [])]
    for bidder in range(3):
        lodge(bidder, 1)
    kept = files_by_token(lodged[0].prepared.lodging.tokens)
    waiting = [
        Prepared(0, CEILING, world.seal(announcement, providers[0], CEILING, b"", keep=kept)),
        Prepared(3, CEILING, world.seal(announcement, providers[3], CEILING)),
    ]
    found.append(Start(world.remember(announcement), waiting, [replace(row) for row in lodged]))
    world.amend(announcement, quantity="道路 100 公里。")
    lodge(0, 2)
    lodged[0].is_active = False
    return [*found, Start(world.remember(announcement), waiting, lodged, 2)]
