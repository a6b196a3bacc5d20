"""What must happen when a transfer pauses and when it goes on, of which this floor knows nothing: added from above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from procurement.transfers.models import Transfer


@dataclass(frozen=True, slots=True)
class Watch:
    """What a room does when a transfer was paused by hand, and when any pause of it ends.

    `ended` is given since when it paused; it answers with the deadline that it moved, or None. Both are parts of the deed.
    """

    begun: Callable[[Transfer, datetime], None]
    ended: Callable[[Transfer, datetime, datetime], datetime | None]


WATCHES: list[Watch] = []
