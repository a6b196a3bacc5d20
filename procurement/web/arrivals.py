"""When the last byte of a request came: before a deadline a request that is whole may wait long for a free thread."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from flask import request

from procurement.web.session import clock

# Where a request's environment says since when, by the monotonic clock, it has been whole; no header can set it.
WAITING_SINCE = "jieli.waiting_since"


def note_last_bytes() -> None:
    """Have waitress note the instant at which each request is whole, and tell the application."""
    from waitress import channel, parser, task

    class Noted(parser.HTTPRequestParser):
        waiting_since: float | None = None

        def received(self, data: bytes) -> int:
            taken = super().received(data)
            if self.completed and self.waiting_since is None:
                self.waiting_since = time.monotonic()
            return int(taken)

    class Told(task.WSGITask):
        def get_environment(self) -> dict[str, Any]:
            environ: dict[str, Any] = super().get_environment()
            environ[WAITING_SINCE] = self.request.waiting_since
            return environ

    channel.HTTPChannel.parser_class, channel.HTTPChannel.task_class = Noted, Told


def arrived_at() -> datetime:
    """The legal instant at which the last byte of this request came, whatever it has waited for since.

    Behind a server that does not note it, the request came when it was begun.
    """
    since = request.environ.get(WAITING_SINCE)
    waited = time.monotonic() - since if isinstance(since, float) else 0.0
    return clock().now() - timedelta(seconds=max(waited, 0.0))
