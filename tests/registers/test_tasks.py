"""Tasks: begun once, never back, ended once; leases that outlive nobody."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken
from procurement.registers import tasks
from procurement.registers.tasks import Task, TaskStatus, task_by_token
from tests.factories import World


def begun(world: World) -> str:
    token = tasks.open_task(world.people.officer, "count", "数到 {number}", clock=world.clock, number=3)
    assert tasks.start_task(token, clock=world.clock)
    return token


def task(token: str) -> Task:
    found = task_by_token(token)
    assert found is not None
    return found


def test_a_task_waits_runs_and_is_done(world: World) -> None:
    token = tasks.open_task(world.people.officer, "count", "数到 {number}", clock=world.clock, number=3)
    assert (task(token).status, task(token).told) == (TaskStatus.WAITING, {"number": 3})
    assert tasks.start_task(token, clock=world.clock)
    tasks.report_progress(token, 40)
    assert tasks.as_json(task(token)) == {"status": "running", "progress": 40, "finished": False, "link": ""}
    world.clock.advance(timedelta(seconds=5))
    tasks.finish_task(token, clock=world.clock, link="/transfers/1")
    done = task(token)
    assert (done.status, done.progress, done.link) == (TaskStatus.DONE, 100, "/transfers/1")
    assert done.started_at is not None
    assert done.finished_at is not None
    assert done.finished_at - done.started_at == timedelta(seconds=5)


def test_its_address_tells_nothing_and_is_long(world: World) -> None:
    tokens = {tasks.open_task(world.people.officer, "x", "x", clock=world.clock) for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 43


def test_a_task_is_begun_once(world: World) -> None:
    token = begun(world)
    assert not tasks.start_task(token, clock=world.clock)
    tasks.finish_task(token, clock=world.clock)
    assert not tasks.start_task(token, clock=world.clock)
    assert not tasks.start_task("nothing", clock=world.clock)


def test_progress_never_goes_back_and_never_says_it_is_done(world: World) -> None:
    token = begun(world)
    for percent, shown in ((30, 30), (20, 30), (250, 99)):
        tasks.report_progress(token, percent)
        assert task(token).progress == shown


def test_a_failed_task_has_a_sentence_with_its_values_and_stays_failed(world: World) -> None:
    token = begun(world)
    tasks.fail_task(token, RuleBroken("数不到 {bound}。", bound=(1, 2)), clock=world.clock)
    tasks.finish_task(token, clock=world.clock, link="/x")
    failed = task(token)
    assert (failed.status, failed.error, failed.error_told, failed.link) == (
        TaskStatus.FAILED, "数不到 {bound}。", {"bound": (1, 2)}, "",
    )  # fmt: skip


def test_what_was_running_when_the_system_stopped_is_failed_and_what_waits_is_not(world: World) -> None:
    running = begun(world)
    waiting = tasks.open_task(world.people.officer, "x", "x", clock=world.clock)
    assert tasks.fail_interrupted_tasks(clock=world.clock) == 1
    assert (task(running).status, task(waiting).status) == (TaskStatus.FAILED, TaskStatus.WAITING)
    assert task(running).error == tasks.CUT_SHORT


def test_the_tables_refuse_what_cannot_be(world: World) -> None:
    token = begun(world)
    task(token).progress = 101
    with pytest.raises(IntegrityError, match="progress_is_percent"):
        db.session.commit()
    db.session.rollback()


# ── leases ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_lease_is_held_by_one_until_it_is_given_back(world: World) -> None:
    minute = timedelta(minutes=1)
    assert tasks.take_lease("tick", minute, clock=world.clock)
    assert not tasks.take_lease("tick", minute, clock=world.clock)
    assert tasks.take_lease("outbox", minute, clock=world.clock)
    tasks.give_back_lease("tick", clock=world.clock)
    assert tasks.take_lease("tick", minute, clock=world.clock)


def test_a_lease_ends_by_itself_on_the_wall_clock(world: World) -> None:
    minute = timedelta(minutes=1)
    assert tasks.take_lease("tick", minute, clock=world.clock)
    world.clock.set(world.clock.now() + timedelta(days=3))
    assert not tasks.take_lease("tick", minute, clock=world.clock)
    world.clock.advance(minute)
    assert tasks.take_lease("tick", minute, clock=world.clock)


def test_of_eight_threads_one_takes_a_lease(world: World) -> None:
    taken: list[bool] = []

    def take() -> None:
        with world.app.app_context():
            taken.append(tasks.take_lease("tick", timedelta(minutes=1), clock=world.clock))
            db.session.remove()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]
