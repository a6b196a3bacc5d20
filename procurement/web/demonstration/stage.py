"""The stage of the story: the clock that is moved, the storage, and how a person of the cast does one deed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from flask import Flask

from procurement.foundation.clock import LOCAL, FixedClock, local_day
from procurement.foundation.storage import Storage
from procurement.registers.deeds import perform
from procurement.registers.people import User, user_by_login

Result = TypeVar("Result")

YEAR = 2025


@dataclass
class Stage:
    """What every act plays on: the application, a clock that is moved, the storage."""

    app: Flask
    clock: FixedClock

    @property
    def storage(self) -> Storage:
        """Where files go."""
        found: Storage = self.app.extensions["storage"]
        return found

    @property
    def limit(self) -> int:
        """The largest upload, in bytes."""
        return int(self.app.extensions["settings"].upload_limit)

    @property
    def today(self) -> date:
        """The local day of the moment."""
        return local_day(self.clock.now())

    def do(self, operation: Callable[..., Result], subject: Any, /, *args: Any, by: str, **kwargs: Any) -> Result:
        """One deed, through `perform()`, by the person of this login."""
        return perform(operation, subject, *args, actor=person(by), clock=self.clock, **kwargs)


def person(login: str) -> User:
    """The person of the cast with this login."""
    found = user_by_login(login)
    assert found is not None, login
    return found


def moment(text: str) -> datetime:
    """An hour of the story: `09-18 10:30`."""
    return datetime.strptime(f"{YEAR}-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL)
