"""perform(): one deed, one transaction; refused, it leaves nothing but the refusal's line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import InstanceState, Mapper
from sqlalchemy.orm.exc import StaleDataError

from procurement.foundation import database
from procurement.foundation.clock import Clock, local_day
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, DomainError, RuleBroken
from procurement.foundation.labels import word
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.audit import Circumstances
from procurement.registers.people import User

Result = TypeVar("Result")

_BY_FUNCTION = {deed.function_name: deed for deed in Deed}


def deed_of(operation: Callable[..., Any]) -> Deed:
    """The deed an operation does: they share one word."""
    return _BY_FUNCTION[operation.__name__]


def begin_deed(clock: Clock, *, visitor: bool = False) -> None:
    """Open the writing transaction of a deed, and note what surrounds it."""
    database.begin_writing()
    db.session.info["circumstances"] = Circumstances(clock.wall(), visitor)


@dataclass(frozen=True, slots=True)
class _Lock:
    """The row that orders the deeds on a subject."""

    mapper: Mapper[Any]
    key: tuple[Any, ...]

    def take(self) -> None:
        """Wait for the row; on SQLite the transaction itself is the lock."""
        columns = self.mapper.primary_key
        of_row = [column == value for column, value in zip(columns, self.key, strict=True)]
        db.session.execute(select(*columns).where(*of_row).with_for_update())


def _lock_of(subject: Any) -> _Lock | None:
    """What to lock: the transfer of the subject, else the subject itself; nothing where it is no row."""
    root = getattr(subject, "lock_root", subject)
    state = inspect(root, raiseerr=False) if root is not None else None
    return _Lock(state.mapper, state.identity) if isinstance(state, InstanceState) and state.identity else None


def perform(
    operation: Callable[..., Result],
    subject: Any,
    /,
    *args: Any,
    actor: User | None,
    clock: Clock,
    visitor: bool = False,
    now: datetime | None = None,
    **kwargs: Any,
) -> Result:
    """Run one deed in one transaction: read the clock, lock the subject, commit; refused, leave only the refusal's line.

    `now` is read here, after the last byte has come and before any wait for a lock, so that a busy database makes nobody
    late; a caller that read it itself at that moment may pass it. What is slow (argon2, sealing, printing) is done before.

    Raises:
        DomainError: whatever the operation refuses; a stale row, a duplicate or a busy database as `Conflict`.
    """
    now = now or clock.now()
    # Which row orders the deeds never changes, so it may be found before the lock; everything else is read behind it.
    lock = _lock_of(subject)
    begin_deed(clock, visitor=visitor)
    access.ask_on(local_day(now))
    try:
        if lock is not None:
            lock.take()
        result = operation(subject, *args, actor=actor, now=now, **kwargs)
        db.session.commit()
        return result
    except DomainError as error:
        leave_refusal(operation, subject, error, actor=actor, now=now, clock=clock, visitor=visitor)
        raise
    except DataError as error:
        # The web floor lets nothing through that a database cannot keep; what came another way is refused like anything else.
        unfit = RuleBroken(word("有一项填了系统不能保存的字符或者数，没有办成。请检查填写的内容，改好再试。"))
        leave_refusal(operation, subject, unfit, actor=actor, now=now, clock=clock, visitor=visitor)
        raise unfit from error
    except (StaleDataError, IntegrityError, OperationalError) as error:
        conflict = Conflict(word("在您操作的同时，别人也改了同一件事，这次没有办成。请看现在的情况，再决定要不要办。"))
        leave_refusal(operation, subject, conflict, actor=actor, now=now, clock=clock, visitor=visitor)
        raise conflict from error
    except BaseException:
        db.session.rollback()
        raise
    finally:
        db.session.info.pop("circumstances", None)


def leave_refusal(
    operation: Callable[..., Any],
    subject: Any,
    error: DomainError,
    *,
    actor: User | None,
    now: datetime,
    clock: Clock,
    visitor: bool,
) -> None:
    """Record a refusal in a transaction of its own, after whatever was begun has been rolled back."""
    begin_deed(clock, visitor=visitor)
    audit.record_refusal(_BY_FUNCTION.get(operation.__name__), subject, error, actor=actor, now=now)
    if error.also is not None:
        error.also()
    db.session.commit()


def record_read(
    deed: Deed, subject: Any, *, actor: User | None, clock: Clock, visitor: bool = False, **facts: Any
) -> None:
    """Record that somebody read what must be known to be read, and commit before anything is shown.

    The reading transaction ends here; what the page shows is read after it.
    """
    now = clock.now()
    begin_deed(clock, visitor=visitor)
    access.ask_on(local_day(now))
    access.require(actor, deed, subject)
    audit.record_reading(deed, subject, actor=actor, now=now, **facts)
    db.session.commit()
    db.session.info.pop("circumstances", None)
