"""The queue and the page of a task: worked off in other threads, seen by its owner alone, ticking once a minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken
from procurement.registers import tasks
from procurement.registers.notices import notify
from procurement.registers.tasks import TaskStatus, task_by_token
from procurement.web import queue
from tests.web.browsing import forget, signed_in, text_of


@pytest.fixture
def works() -> Iterator[dict[str, Callable[..., Any]]]:
    """What the queue can do, as it was before the test again after it."""
    before = dict(queue.WORK)
    yield queue.WORK
    queue.WORK.clear()
    queue.WORK.update(before)


@pytest.fixture
def queued(world: Any) -> Iterator[Any]:
    """A world whose queue is closed at the end."""
    yield world
    queue.stop_consumer(world.app)


def until(happened: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def status(token: str) -> TaskStatus:
    db.session.rollback()
    task = task_by_token(token)
    assert task is not None
    return task.status


# ── the queue ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_work_waits_until_somebody_works_it_off(queued: Any, works: Any) -> None:
    seen: list[Any] = []

    @queue.work("test.note")
    def note(app: Flask, *arguments: Any) -> None:
        seen.append((app is queued.app, arguments))

    queue.enqueue(queued.app, "test.note", 1, "二")
    assert seen == []
    assert queue.run_waiting(queued.app) == 1
    assert seen == [(True, (1, "二"))]
    assert queue.run_waiting(queued.app) == 0


def test_work_that_nobody_named_is_no_work(queued: Any) -> None:
    with pytest.raises(LookupError):
        queue.enqueue(queued.app, "test.unknown")


def test_the_consumer_works_in_other_threads_and_a_fault_does_not_end_it(queued: Any, works: Any) -> None:
    seen: list[str] = []

    @queue.work("test.fail")
    def fail(app: Flask) -> None:
        raise ZeroDivisionError

    @queue.work("test.thread")
    def thread(app: Flask) -> None:
        seen.append(threading.current_thread().name)

    stop = queue.start_consumer(queued.app)
    queue.enqueue(queued.app, "test.fail")
    queue.enqueue(queued.app, "test.thread")
    until(lambda: bool(seen))
    stop()
    assert seen != [threading.current_thread().name]
    assert not any(thread.name == "queue" for thread in threading.enumerate())


def test_what_waited_when_the_server_stopped_is_done_by_the_next_one(queued: Any, works: Any) -> None:
    seen: list[int] = []

    @queue.work("test.note")
    def note(app: Flask, number: int) -> None:
        seen.append(number)

    queue.enqueue(queued.app, "test.note", 7)
    queue.stop_consumer(queued.app)
    assert queue.run_waiting(queued.app) == 1
    assert seen == [7]


@pytest.mark.sqlite_only
def test_what_was_running_when_the_server_stopped_is_failed_at_the_next_start(queued: Any) -> None:
    token = tasks.open_task(queued.people.officer, "x", "x", clock=queued.clock)
    tasks.start_task(token, clock=queued.clock)
    queue.start_consumer(queued.app)()
    assert status(token) is TaskStatus.FAILED


def test_a_task_is_followed_to_its_end(queued: Any) -> None:
    token = tasks.open_task(queued.people.officer, "x", "数到 {number}", clock=queued.clock, number=2)
    seen: list[int] = []

    def act(progress: Callable[[int], None]) -> str:
        progress(50)
        task = task_by_token(token)
        assert task is not None
        seen.append(task.progress)
        return "/result"

    queue.follow(queued.app, token, act)
    queue.follow(queued.app, token, act)
    task = task_by_token(token)
    assert task is not None
    assert (seen, task.status, task.link) == ([50], TaskStatus.DONE, "/result")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(RuleBroken("报价 {price} 太高。", price=3), "报价 {price} 太高。"), (ValueError("secret"), tasks.UNEXPECTED)],
)
def test_a_task_that_fails_says_why_and_nothing_of_our_insides(queued: Any, error: Exception, sentence: str) -> None:
    token = tasks.open_task(queued.people.officer, "x", "x", clock=queued.clock)

    def act(_progress: Callable[[int], None]) -> str:
        raise error

    queue.follow(queued.app, token, act)
    task = task_by_token(token)
    assert task is not None
    assert (task.status, task.error) == (TaskStatus.FAILED, sentence)


# ── every minute ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_tick_sends_the_outbox(queued: Any) -> None:
    officer = queued.people.officer
    officer.email = "officer@example.cn"
    db.session.commit()
    notify([officer], "到期。", now=queued.now)
    db.session.commit()
    assert queue.run_tick(queued.app)
    assert len(list(queued.app.extensions["settings"].mail_folder.glob("*.eml"))) == 1


def test_of_two_consumers_one_ticks(queued: Any) -> None:
    assert tasks.take_lease("tick", timedelta(minutes=5), clock=queued.clock)
    assert not queue.run_tick(queued.app)
    queued.clock.advance(timedelta(minutes=5))
    assert queue.run_tick(queued.app)
    assert queue.run_tick(queued.app)


def test_the_consumer_ticks_by_itself(queued: Any) -> None:
    officer = queued.people.officer
    officer.email = "officer@example.cn"
    db.session.commit()
    notify([officer], "到期。", now=queued.now)
    db.session.commit()
    db.session.rollback()
    stop = queue.start_consumer(queued.app)
    folder = queued.app.extensions["settings"].mail_folder
    until(lambda: folder.exists() and bool(list(folder.glob("*.eml"))))
    stop()
    assert [path for path in folder.glob("*.eml") if b"officer@example.cn" in path.read_bytes()]


# ── the page ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_shows_the_progress_and_a_link_to_refresh_it(queued: Any) -> None:
    token = tasks.open_task(queued.people.officer, "x", "打包“{title}”", clock=queued.clock, title="<甲>")
    tasks.start_task(token, clock=queued.clock)
    tasks.report_progress(token, 40)
    client = signed_in(queued, queued.people.officer)
    forget()
    page = client.get(f"/tasks/{token}").get_data(as_text=True)
    assert "打包“&lt;甲&gt;”" in page
    assert 'max="100" value="40"' in page
    assert f'data-task="/tasks/{token}"' in page
    assert "刷新" in page
    assert "http-equiv" not in page


def test_the_script_of_the_page_is_answered_in_json(queued: Any) -> None:
    token = tasks.open_task(queued.people.officer, "x", "x", clock=queued.clock)
    client = signed_in(queued, queued.people.officer)
    forget()
    answer = client.get(f"/tasks/{token}", headers={"Accept": "application/json"})
    assert answer.get_json() == {"status": "waiting", "progress": 0, "finished": False, "link": ""}
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_of_an_ended_task_leads_to_its_result_or_says_why_there_is_none(queued: Any) -> None:
    client = signed_in(queued, queued.people.officer)
    done, failed = (tasks.open_task(queued.people.officer, "x", "x", clock=queued.clock) for _ in range(2))
    queue.follow(queued.app, done, lambda _progress: "/transfers/1")
    tasks.fail_task(failed, "数不到 {number}。", clock=queued.clock, number=3)
    forget()
    assert 'href="/transfers/1"' in client.get(f"/tasks/{done}").get_data(as_text=True)
    forget()
    assert "数不到 3。" in text_of(client.get(f"/tasks/{failed}"))


def test_a_task_is_nothing_to_anybody_but_its_owner(queued: Any) -> None:
    token = tasks.open_task(queued.people.officer, "x", "x", clock=queued.clock)
    for accept in ("text/html", "application/json"):
        for person in (queued.people.payer, queued.people.auditor):
            client = signed_in(queued, person)
            forget()
            assert client.get(f"/tasks/{token}", headers={"Accept": accept}).status_code == 404
    forget()
    assert queued.app.test_client().get(f"/tasks/{token}").status_code == 303
    client = signed_in(queued, queued.people.officer)
    forget()
    assert client.get("/tasks/nothing").status_code == 404
