"""perform(): one deed, one transaction; refused, it leaves nothing but the refusal's line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from procurement.foundation import database
from procurement.foundation.clock import Clock, local_day
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, DomainError
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


def _take(subject: Any) -> None:
    """Lock what orders the deeds on the subject (its transfer, else itself), and read everything afresh behind the lock."""
    root = getattr(subject, "lock_root", subject)
    if root is not None and hasattr(root, "_sa_instance_state"):
        # OF: the row of the root alone; what is joined to it may be absent, and is not ours to lock.
        db.session.refresh(root, with_for_update={"of": type(root)})
    # What was read on the way to the lock may be older than it: subject, actor and arguments are read again on first use.
    db.session.expire_all()


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
    begin_deed(clock, visitor=visitor)
    access.ask_on(local_day(now))
    try:
        _take(subject)
        result = operation(subject, *args, actor=actor, now=now, **kwargs)
        db.session.commit()
        return result
    except DomainError as error:
        leave_refusal(operation, subject, error, actor=actor, now=now, clock=clock, visitor=visitor)
        raise
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
