"""perform(): one deed, one transaction; refused, it leaves nothing but its line; many at once, none is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import DataError

from procurement.foundation.clock import FixedClock
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, DomainError, RuleBroken, WrongState
from procurement.foundation.money import Money
from procurement.registers import accounts, audit, notices
from procurement.registers.access import Deed
from procurement.registers.accounts import NewPassword, PersonTerms
from procurement.registers.audit import AuditLine, Outcome, first_broken_line
from procurement.registers.catalogue.models import entry_by_code
from procurement.registers.deeds import deed_of, perform
from procurement.registers.people import Role, User, department_by_name, user_by_login
from procurement.steps.announcement.models import Announcement
from procurement.steps.competition.models.bids import Bid, BidStatus
from procurement.steps.competition.operations import bidding
from procurement.steps.handover.models import Handover, HandoverSignature, HandoverStatus, Party
from procurement.steps.handover.operations import sign_handover
from procurement.transfers import operations as transfer_operations
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer, TransferStatus
from tests.factories import World, differences, plan_terms, snapshot, the_agreement

THREADS, DEEDS = 8, 20


def together(app: Flask, *tasks: Callable[[], Any]) -> list[Any]:
    """Run the tasks at one moment, each in a thread and a context of its own; what each returned or raised."""
    gate = threading.Barrier(len(tasks))
    results: list[Any] = [TimeoutError("did not end")] * len(tasks)

    def run(place: int, task: Callable[[], Any]) -> None:
        with app.app_context():
            gate.wait(10)
            try:
                results[place] = task()
            except Exception as failure:
                results[place] = failure
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place, task)) for place, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # What this thread had been reading ends here: it is to see what they did.
    db.session.rollback()
    return results


# ── one deed ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_deed_is_known_by_the_name_of_its_operation() -> None:
    assert deed_of(bidding.submit_bid) is Deed.BID_SUBMIT
    with pytest.raises(KeyError):
        deed_of(snapshot)


def test_a_deed_that_is_done_is_committed(world: World) -> None:
    transfer = world.resolved()
    world.do(transfer_operations.pause_transfer, transfer, reason="核查", by=world.people.supervisor)
    db.session.rollback()
    assert db.session.scalar(select(Transfer.status)) is TransferStatus.PAUSED


def write_and_refuse(transfer: Transfer, *, actor: User, now: datetime) -> None:
    """Writes rows, flushes, and refuses: what a careless operation would do."""
    transfer.title = "改过的题目"
    notices.notify([actor], "一则通知", now=now)
    db.session.flush()
    raise RuleBroken("不行，{value}。", value=Money(1))


def write_and_fall(transfer: Transfer, *, actor: User, now: datetime) -> None:
    """Writes rows, flushes, and breaks."""
    transfer.title = "改过的题目"
    db.session.flush()
    raise ZeroDivisionError


# Two operations under names that deeds have, so that their refusals have a line.
write_and_refuse.__name__ = "pause_transfer"
write_and_fall.__name__ = "pause_transfer"


def test_a_refusal_after_a_flush_leaves_nothing_but_its_line(world: World) -> None:
    transfer = world.resolved()
    before = snapshot()
    with pytest.raises(RuleBroken, match=r"不行，0\.01 元。"):
        world.do(write_and_refuse, transfer, by=world.people.supervisor)
    after = snapshot()
    assert differences(before, after) == {"audit_lines", "audit_heads"}
    assert len(after["audit_lines"]) == len(before["audit_lines"]) + 1
    line = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert line is not None
    assert (line.outcome, line.deed) == (Outcome.REFUSED, Deed.TRANSFER_PAUSE)


def test_an_unexpected_failure_leaves_nothing_at_all(world: World) -> None:
    transfer = world.resolved()
    before = snapshot()
    with pytest.raises(ZeroDivisionError):
        world.do(write_and_fall, transfer, by=world.people.supervisor)
    assert differences(before, snapshot()) == set()
    assert "circumstances" not in db.session.info


def test_a_deed_of_nobody_is_recorded_as_nobodys(world: World) -> None:
    transfer = world.resolved()
    world.refuse(transfer_operations.pause_transfer, transfer, reason="x", by=None, error=DomainError)
    last = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc()).limit(1)).one()
    assert (last.actor_id, last.outcome) == (None, Outcome.REFUSED)


def test_a_stale_row_is_a_conflict_in_a_sentence(world: World) -> None:
    transfer = world.resolved()

    def meanwhile(subject: Transfer, *, actor: User, now: datetime) -> None:
        assert subject.title
        db.session.execute(
            update(Transfer).values(version=Transfer.version + 1).execution_options(synchronize_session=False)
        )
        subject.title = "我的题目"

    meanwhile.__name__ = "pause_transfer"
    world.refuse(meanwhile, transfer, by=world.people.supervisor, error=Conflict, says=("别人也改了同一件事",))
    assert Conflict.status == 409


def test_a_duplicate_key_is_a_conflict(world: World) -> None:
    transfer = world.resolved()

    def twice(subject: Transfer, *, actor: User, now: datetime) -> None:
        db.session.add(User(login=actor.login, name="又一个", created_at=now))
        db.session.flush()

    twice.__name__ = "pause_transfer"
    supervisor = world.people.supervisor
    refused = world.refuse(twice, transfer, by=supervisor, error=Conflict)
    assert refused.status == 409
    assert db.session.scalars(select(User).where(User.login == supervisor.login)).all() == [supervisor]


def test_the_hour_of_a_deed_is_read_before_it_waits(world: World) -> None:
    announcement = world.announced()
    world.clock.set(announcement.closes_at - timedelta(seconds=1))
    seen: list[datetime] = []

    def late(subject: Announcement, *, actor: User, now: datetime) -> None:
        world.clock.set(announcement_closes + timedelta(minutes=5))
        seen.append(now)

    announcement_closes = announcement.closes_at
    late.__name__ = "submit_bid"
    world.do(late, announcement, by=world.people.providers[0])
    assert seen == [announcement_closes - timedelta(seconds=1)]


def test_a_caller_that_read_the_hour_itself_may_give_it(world: World) -> None:
    transfer = world.resolved()
    moment = datetime(2025, 9, 22, 0, 59, tzinfo=UTC)
    perform(
        transfer_operations.pause_transfer,
        transfer,
        reason="核查",
        actor=world.people.supervisor,
        clock=world.clock,
        now=moment,
    )
    assert db.session.scalar(select(AuditLine.at).order_by(AuditLine.id.desc()).limit(1)) == moment


def test_a_deed_sees_its_subject_as_it_is_now(world: World) -> None:
    transfer = world.resolved()
    assert transfer.status is TransferStatus.ON_LINE
    number = transfer.id

    def pause() -> None:
        here = db.session.get_one(Transfer, number)
        supervisor = db.session.scalars(select(User).where(User.login == "supervisor")).one()
        perform(transfer_operations.pause_transfer, here, reason="核查", actor=supervisor, clock=world.clock)

    assert together(world.app, pause) == [None]
    world.refuse(
        transfer_operations.pause_transfer, transfer, reason="再一次", by=world.people.supervisor, error=WrongState,
        says=("已暂停", "暂停事项"),
    )  # fmt: skip


# ── many at once ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_many_deeds_at_once_none_is_lost_and_none_is_done_twice(world: World) -> None:
    clock, started = world.clock, snapshot()

    def work(place: int) -> tuple[int, int]:
        side = ("officer", "综合行政执法局", "Q0020") if place % 2 else ("other_officer", "社会事业局", "Q1001")
        done = refused = 0
        for turn in range(DEEDS):
            officer = db.session.scalars(select(User).where(User.login == side[0])).one()
            terms = plan_terms(title=f"第{place}组第{turn}项", power_code=side[2])
            if turn % 5 == 4:
                terms = plan_terms(ceiling=Money.yuan("9000000"), power_code=side[2])
            try:
                perform(
                    transfer_operations.draft_plan, department_by_name(side[1]), terms, entry=entry_by_code("011401", world.today),
                    actor=officer, clock=clock,
                )  # fmt: skip
                done += 1
            except RuleBroken:
                refused += 1
        return done, refused

    results = together(world.app, *((lambda place=place: work(place)) for place in range(THREADS)))
    assert results == [(DEEDS * 4 // 5, DEEDS // 5)] * THREADS
    done = THREADS * DEEDS * 4 // 5
    numbers = db.session.scalars(select(Transfer.number)).all()
    assert set(numbers) == {f"龙转〔2025〕{place}号" for place in range(1, done + 1)}
    assert len(numbers) == done
    outcomes = db.session.execute(select(AuditLine.outcome, func.count()).group_by(AuditLine.outcome)).all()
    lines = {outcome: count for outcome, count in outcomes}
    assert lines[Outcome.REFUSED] == THREADS * DEEDS // 5
    assert lines[Outcome.DONE] == done + sum(1 for row in started["audit_lines"] if row[6] is Outcome.DONE)
    assert first_broken_line() is None


def test_the_last_two_signatures_at_one_moment_end_the_step_once(world: World) -> None:
    handover = world.handover_drafted()
    officer, provider, witness = world.signatories(handover)
    world.do(sign_handover, handover, by=officer)
    number, transfer_id = handover.id, handover.transfer.id
    people = [provider.id, witness.id]
    db.session.rollback()

    def sign(person: int) -> Party:
        return perform(
            sign_handover,
            db.session.get_one(Handover, number),
            actor=db.session.get_one(User, person),
            clock=world.clock,
        )

    results = together(world.app, *((lambda person=person: sign(person)) for person in people))
    assert [type(result).__name__ for result in results] == ["Party", "Party"], results
    handover = db.session.get_one(Handover, number)
    assert handover.status is HandoverStatus.COMPLETED
    transfer = db.session.get_one(Transfer, transfer_id)
    assert transfer.step is Step.PERFORMANCE
    assert [record.step for record in transfer.records].count(Step.PERFORMANCE) == 1
    assert first_broken_line() is None


def test_one_side_signing_twice_at_one_moment_signs_once(world: World) -> None:
    handover = world.handover_drafted()
    number, people = handover.id, [world.people.officer.id, world.people.colleague.id]
    db.session.rollback()

    def sign(person: int) -> Party:
        return perform(
            sign_handover,
            db.session.get_one(Handover, number),
            actor=db.session.get_one(User, person),
            clock=world.clock,
        )

    results = together(world.app, *((lambda person=person: sign(person)) for person in people))
    assert sorted(type(result).__name__ for result in results) == ["Party", "WrongState"], results
    assert db.session.scalar(select(func.count()).select_from(HandoverSignature)) == 1


def test_many_bidders_in_the_last_second_are_all_in_time(world: World) -> None:
    announcement = world.announced()
    world.clock.set(announcement.closes_at - timedelta(seconds=1))
    number, clock = announcement.id, world.clock
    envelopes = {user.id: world.seal(announcement, user, Money.yuan("1000000")) for user in world.people.providers}
    db.session.rollback()

    def submit(person: int) -> str:
        bid = perform(
            bidding.submit_bid, db.session.get_one(Announcement, number), envelopes[person],
            actor=db.session.get_one(User, person), clock=clock,
        )  # fmt: skip
        return str(bid.receipt)

    results = together(world.app, *((lambda person=person: submit(person)) for person in envelopes))
    assert all(isinstance(result, str) for result in results), results
    assert len(set(results)) == len(envelopes)
    assert first_broken_line() is None


def test_two_users_of_one_bidder_at_one_moment_leave_one_bid(world: World) -> None:
    announcement = world.announced()
    provider = world.people.providers[0]
    number, clock, person = announcement.id, world.clock, provider.id
    envelopes = [world.seal(announcement, provider, Money.yuan(price)) for price in ("1000000", "1000001")]
    db.session.rollback()

    def submit(which: int) -> str:
        bid = perform(
            bidding.submit_bid, db.session.get_one(Announcement, number), envelopes[which],
            actor=db.session.get_one(User, person), clock=clock,
        )  # fmt: skip
        return str(bid.receipt)

    results = together(world.app, lambda: submit(0), lambda: submit(1))
    assert all(isinstance(result, str) for result in results), results
    statuses = sorted(status.value for status in db.session.scalars(select(Bid.status)))
    assert statuses == [BidStatus.SUBMITTED.value, BidStatus.WITHDRAWN.value]


def test_a_deed_that_waited_sees_what_was_done_while_it_waited(world: World) -> None:
    # Publishing and filing lock the same transfer as the last signature: whoever comes second sees the first one's work.
    handover = world.handover_drafted()
    agreement = the_agreement(handover.transfer)
    agreement.published_at, agreement.publication = None, None
    db.session.commit()
    for person in world.signatories(handover)[:2]:
        world.do(sign_handover, handover, by=person)
    entered, leave = threading.Event(), threading.Event()
    number, agreement_id = handover.id, agreement.id
    clock, ids = FixedClock(world.now), [world.people.officer.id, world.people.witness.id]
    db.session.rollback()

    from procurement.steps.agreement import operations as agreement_operations
    from procurement.steps.agreement.models import Agreement

    def publish_slowly(subject: Agreement, *, actor: User, now: datetime) -> None:
        agreement_operations.publish_agreement(subject, actor=actor, now=now)
        entered.set()
        leave.wait(10)

    publish_slowly.__name__ = "publish_agreement"

    def publish() -> None:
        perform(
            publish_slowly,
            db.session.get_one(Agreement, agreement_id),
            actor=db.session.get_one(User, ids[0]),
            clock=clock,
        )

    def sign() -> str:
        subject, witness = db.session.get_one(Handover, number), db.session.get_one(User, ids[1])
        held = subject.agreement
        assert held.published_at is None
        entered.wait(10)
        threading.Timer(0.3, leave.set).start()
        done = perform(sign_handover, subject, actor=witness, clock=clock)
        assert held is subject.agreement
        return type(done).__name__

    results = together(world.app, publish, sign)
    assert results == [None, "Party"], results
    assert db.session.get_one(Handover, number).status is HandoverStatus.COMPLETED


def test_the_line_of_a_reading_is_there_though_the_page_is_rolled_back(world: World) -> None:
    transfer = world.resolved()
    before = audit.number_of_lines()
    from procurement.registers.deeds import record_read

    record_read(Deed.TRANSFER_READ, transfer, actor=world.people.auditor, clock=world.clock)
    db.session.rollback()
    assert audit.number_of_lines() == before + 1


def test_two_accounts_of_one_login_at_one_moment_are_one(world: World) -> None:
    clock, terms = world.clock, PersonTerms(login="zhang.san", name="张三")
    opener_login = world.people.system_admin.login

    def open_account() -> Any:
        opener = user_by_login(opener_login)
        return perform(accounts.create_user, None, terms, NewPassword("x" * 9 + "yz", "-"), actor=opener, clock=clock)

    results = together(world.app, open_account, open_account)
    assert sorted(isinstance(result, DomainError) for result in results) == [False, True]
    assert db.session.scalar(select(func.count()).select_from(User).where(User.login == "zhang.san")) == 1


def test_two_refusals_at_one_moment_leave_two_lines_of_one_new_chain(world: World) -> None:
    announcement = world.announced()
    number = announcement.id
    envelopes = {
        person.id: world.seal(announcement, person, Money.yuan("1"), b"") for person in world.people.providers[:2]
    }
    world.go_to(announcement.closes_at)
    clock = world.clock

    def bid_late(person: int) -> Any:
        return perform(
            bidding.submit_bid, db.session.get_one(Announcement, number), envelopes[person],
            actor=db.session.get_one(User, person), clock=clock,
        )  # fmt: skip

    results = together(world.app, *((lambda person=person: bid_late(person)) for person in envelopes))
    assert [type(result).__name__ for result in results] == ["OutOfTime", "OutOfTime"]
    chain = audit.sealed_chain(number)
    assert db.session.scalar(select(func.count()).select_from(AuditLine).where(AuditLine.chain == chain)) == 2
    assert first_broken_line() is None


def test_what_the_database_cannot_keep_is_a_refusal_with_its_line(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choke(*_: Any, **__: Any) -> None:
        raise DataError("INSERT", {}, ValueError("NUL"))

    monkeypatch.setattr(accounts, "put_roles", choke)
    people = world.people
    world.refuse(
        accounts.grant_roles, people.payer, frozenset({Role.APPROVER}), by=people.security_admin, says=("不能保存",)
    )
    assert people.payer.roles == {Role.PAYER}
