"""The demonstration's legal clock: a row in the database that goes on while the system runs and stands still while it does not."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import OperationalError

from procurement.foundation.clock import Clock, at_local
from procurement.foundation.database import BUSY_TIMEOUT, db
from procurement.registers.demonstration import Demonstration

# The anchors are written at most this often; one of the few writes outside a deed.
SAVE_EVERY = timedelta(minutes=1)
# A running system reads its clock every minute (`tick`). A longer silence means that it was stopped, and does not count.
STOPPED_AFTER = timedelta(minutes=3)


class DemonstrationClock:
    """The legal instant is `legal_at + (wall − wall_at)` of the demonstration's row; the wall is another clock's.

    The row is read each time, on a connection of its own, so that every process of an instance keeps the same time and
    a jump or a new beginning is seen at once.
    """

    def __init__(self, app: Flask, wall: Clock) -> None:
        """`wall` is asked for the wall's instant only."""
        self.app = app
        self.of_the_wall = wall
        self.lock = threading.Lock()
        self.latest: tuple[datetime, datetime] | None = None
        self._engine: Engine | None = None

    def wall(self) -> datetime:
        """The instant on the wall."""
        return self.of_the_wall.wall()

    def now(self) -> datetime:
        """The legal instant; it never goes back, but for a demonstration that was made new."""
        wall = self.wall()
        with self._engine_of_app().connect() as connection:
            row = connection.execute(_ANCHORS).one_or_none()
        if row is None:
            return self.latest[1] if self.latest is not None else wall
        made_at, legal_at, wall_at = row
        silence = max(wall - wall_at, timedelta(0))
        stopped = silence > STOPPED_AFTER
        legal = legal_at if stopped else legal_at + silence
        if stopped or silence > SAVE_EVERY:
            self._save(legal, wall, wall_at)
        return self._not_back(made_at, legal)

    def _not_back(self, made_at: datetime, legal: datetime) -> datetime:
        """The wall may be set back by the machine; the legal clock is not."""
        with self.lock:
            if self.latest is not None and self.latest[0] == made_at:
                legal = max(legal, self.latest[1])
            self.latest = (made_at, legal)
            return legal

    def _save(self, legal: datetime, wall: datetime, read: datetime) -> None:
        """Write the anchors unless somebody else has; without waiting for a lock, since the next reading tries again."""
        engine = self._engine_of_app()
        patience, again = _PATIENCE[engine.dialect.name]
        with engine.connect() as connection:
            try:
                connection.exec_driver_sql(patience)
                moved = update(Demonstration).where(Demonstration.id == 1, Demonstration.wall_at == read)
                connection.execute(moved.values(legal_at=legal, wall_at=wall))
                connection.commit()
            except OperationalError:
                connection.rollback()
            finally:
                connection.exec_driver_sql(again)
                connection.rollback()

    def _engine_of_app(self) -> Engine:
        if self._engine is None:
            with self.app.app_context():
                self._engine = db.engine
        return self._engine


_ANCHORS = select(Demonstration.made_at, Demonstration.legal_at, Demonstration.wall_at)
# How each database is told not to wait, and told to wait again as every other connection does.
_PATIENCE = {
    "sqlite": ("PRAGMA busy_timeout=0", f"PRAGMA busy_timeout={BUSY_TIMEOUT}"),
    "postgresql": ("SET LOCAL lock_timeout = '50ms'", "SELECT 1"),
}

# Monday 22 September 2025, nine o'clock: the make-up days of National Day lie ahead, and a twelve-month agreement ends
# inside the announced calendar.
BEGINNING = at_local(date(2025, 9, 22), 9)
