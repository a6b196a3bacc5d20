"""The instant that counts before a deadline: when the last byte came, not when a thread was free."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from waitress import wasyncore

from procurement.foundation.clock import FixedClock, SystemClock
from procurement.web import serve
from procurement.web.arrivals import WAITING_SINCE, arrived_at

pytestmark = pytest.mark.sqlite_only


def test_what_has_waited_for_a_thread_came_when_its_last_byte_came(app: Flask, clock: FixedClock) -> None:
    with app.test_request_context("/", environ_overrides={WAITING_SINCE: time.monotonic() - 5}):
        assert timedelta(seconds=4.9) < clock.now() - arrived_at() < timedelta(seconds=6)


def test_without_a_note_it_came_when_it_was_begun(app: Flask, clock: FixedClock) -> None:
    for environ in ({}, {WAITING_SINCE: None}, {WAITING_SINCE: "soon"}):
        with app.test_request_context("/", environ_overrides=environ):
            assert arrived_at() == clock.now()


def test_a_header_cannot_say_when_a_request_came(app: Flask, clock: FixedClock) -> None:
    with app.test_request_context("/", headers={"Jieli.waiting_since": "1", "X-Waiting-Since": "1"}):
        assert arrived_at() == clock.now()


@pytest.fixture
def served(app: Flask) -> Any:
    """A server with one thread, and the instants at which each request of it is said to have come."""
    told: list[datetime] = []
    app.extensions["clock"] = SystemClock()

    @app.get("/slow")
    def slow() -> str:
        told.append(arrived_at())
        time.sleep(0.6)
        return "slow"

    opened = socket.create_server(("127.0.0.1", 0))
    threads, serve.THREADS = serve.THREADS, 1
    server = serve.create_server(app, app.extensions["settings"], opened)
    serve.THREADS = threads
    thread = threading.Thread(target=server.run)
    thread.start()
    yield opened.getsockname()[1], told
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join(5)
    server.task_dispatcher.shutdown()


def test_two_requests_of_one_moment_came_at_one_moment_though_one_waits(served: Any) -> None:
    port, told = served
    clients = [http.client.HTTPConnection("127.0.0.1", port, timeout=10) for _ in range(2)]
    for client in clients:
        client.request("GET", "/slow")
    assert [client.getresponse().status for client in clients] == [200, 200]
    for client in clients:
        client.close()
    assert abs(told[0] - told[1]) < timedelta(seconds=0.4)
