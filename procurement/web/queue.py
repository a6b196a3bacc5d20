"""The queue of long work, and what happens every minute: kept by huey beside the database, worked off inside the server.

Work is a function named in `WORK`; it is given the application and what `enqueue` was given, and runs in an application
context of its own. Put work into the queue after the deed's transaction has been committed, and make it safe to be run twice.

    @queue.work("clock.jump")
    def jump(app, token, until): ...

    token = tasks.open_task(actor, "clock.jump", word("快进到 {until}"), clock=clock, until=until)
    queue.enqueue(app, "clock.jump", token, until)
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from flask import Flask
from huey import Huey, PostgresHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from huey.exceptions import TaskException

from procurement.config import DRIVER, Settings
from procurement.foundation.clock import Clock
from procurement.foundation.database import db
from procurement.foundation.errors import DomainError
from procurement.registers import tasks
from procurement.web import mail, ticking

log = logging.getLogger("procurement.queue")

Function = TypeVar("Function", bound=Callable[..., Any])

WORK: dict[str, Callable[..., Any]] = {}

# Two threads: what falls due every minute need not wait behind somebody's long task.
WORKERS = 2
# Longer than any tick; a consumer that died in the middle of one holds the others up no longer than this.
_TICK_LEASE = timedelta(minutes=5)
_FILE = "queue.sqlite3"


def work(name: str) -> Callable[[Function], Function]:
    """Name a function that the queue may run: `function(app, *arguments)`."""

    def put(function: Function) -> Function:
        WORK[name] = function
        return function

    return put


class _Consumer(Consumer):
    """A consumer that runs in a thread of the server: signals belong to the server's own main thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.started = threading.Event()

    def start(self) -> None:
        """Start the workers, and let whoever wants to stop them at once know that they are there."""
        super().start()
        self.started.set()

    def _set_signal_handlers(self) -> None:
        pass


def huey_of(app: Flask) -> Huey:
    """The queue of this application, made at its first use; nothing is opened before."""
    if "queue" not in app.extensions:
        app.extensions["queue"] = _make(app)
    return app.extensions["queue"]["huey"]


def _make(app: Flask) -> dict[str, Any]:
    settings: Settings = app.extensions["settings"]
    if settings.database_url.startswith(DRIVER):
        # It is asked now and then instead of listening: each listening thread would hold a connection that nobody closes.
        dsn = settings.database_url.replace(DRIVER, "postgresql://", 1)
        huey = PostgresHuey("jieli", dsn=dsn, results=False, blocking=False)
    else:
        settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        huey = SqliteHuey("jieli", filename=str(settings.instance / _FILE), results=False, timeout=30)
    run = huey.task(name="run")(lambda name, arguments: _run(app, name, arguments))
    huey.periodic_task(crontab(minute="*"), name="tick")(lambda: run_tick(app))
    return {"huey": huey, "run": run}


def enqueue(app: Flask, name: str, *arguments: Any) -> None:
    """Have the work of this name done soon, in another thread; `arguments` are plain values. Call it after the commit.

    Raises:
        LookupError: there is no such work.
    """
    if name not in WORK:
        raise LookupError(f"no work is named {name!r}")
    huey_of(app)
    app.extensions["queue"]["run"](name, arguments)


def _run(app: Flask, name: str, arguments: tuple[Any, ...]) -> None:
    with app.app_context():
        try:
            WORK[name](app, *arguments)
        except Exception:
            # Work notes its own refusals on its task; what comes here is a fault of ours, and must not kill the worker.
            log.exception("work %s failed", name)
            raise
        finally:
            db.session.remove()


def follow(app: Flask, token: str, act: Callable[[Callable[[int], None]], str]) -> None:
    """Run `act` as the task `token`: begun once, its progress noted by the function it is given, its end noted either way.

    `act` returns the address of the result. A refusal becomes the sentence of the task; anything else a general one.
    """
    clock: Clock = app.extensions["clock"]
    if not tasks.start_task(token, clock=clock):
        return
    try:
        link = act(lambda percent: tasks.report_progress(token, percent))
    except DomainError as error:
        tasks.fail_task(token, error, clock=clock)
    except Exception:
        log.exception("task %s failed", token)
        tasks.fail_task(token, tasks.UNEXPECTED, clock=clock)
    else:
        tasks.finish_task(token, clock=clock, link=link)


def run_tick(app: Flask) -> bool:
    """Do what falls due, then send the outbox; False where another consumer is at it."""
    with app.app_context():
        clock: Clock = app.extensions["clock"]
        try:
            if not tasks.take_lease("tick", _TICK_LEASE, clock=clock):
                return False
            try:
                ticking.tick(app)
                mail.send_outbox(app)
            finally:
                tasks.give_back_lease("tick", clock=clock)
        finally:
            db.session.remove()
    return True


def run_waiting(app: Flask) -> int:
    """Do everything that waits, here and now; returns how much there was. For the command line and the tests."""
    huey, count = huey_of(app), 0
    while (task := huey.dequeue()) is not None:
        try:
            huey.execute(task)
        except TaskException:
            log.warning("a task of the queue failed")
        count += 1
    return count


def start_consumer(app: Flask) -> Callable[[], None]:
    """Work the queue off in threads of this process, and tick every minute; returns what stops it again."""
    huey = huey_of(app)
    logging.getLogger("huey").setLevel(logging.WARNING)
    if isinstance(huey, SqliteHuey):
        # There is one server on a SQLite instance: what was running when it stopped is running no more.
        with app.app_context():
            tasks.fail_interrupted_tasks(clock=app.extensions["clock"])
            db.session.remove()
    consumer = _Consumer(huey, workers=WORKERS, initial_delay=0.1, max_delay=1.0, backoff=1.3, flush_locks=True)
    thread = threading.Thread(target=consumer.run, name="queue", daemon=True)
    app.extensions["queue"] |= {"consumer": consumer, "thread": thread}
    thread.start()
    return lambda: stop_consumer(app)


def stop_consumer(app: Flask, patience: float = 5.0) -> None:
    """Let the workers finish what they are at, for at most `patience` seconds, end them, and close the queue."""
    held = app.extensions.pop("queue", {})
    if "consumer" in held:
        held["consumer"].started.wait(patience)
        held["consumer"].shutdown_timeout = patience
        held["consumer"].stop(graceful=True)
        held["thread"].join(patience)
    if "huey" in held:
        held["huey"].storage.close()
