"""The database: one metadata, columns for instants and money, and SQLite made to keep its promises.

pysqlite opens transactions by itself and loses writes in silence; here that is turned off and `BEGIN` is emitted by
us: DEFERRED for reading, IMMEDIATE for a deed (`sqlite_begin` as an execution option on the transaction's first use).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Engine, MetaData, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from procurement.foundation.loading import PORTION, forget_loaded, load_together
from procurement.foundation.money import Money

Value = TypeVar("Value")
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every model: a plain declarative one, so that the type checker understands it."""

    metadata = MetaData(naming_convention=NAMING)


# How long SQLite waits for another writer, in milliseconds.
BUSY_TIMEOUT = 10_000

db = SQLAlchemy(metadata=Base.metadata)


class Moment(TypeDecorator[datetime]):
    """An aware instant, kept as UTC; a naive one is refused before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; naive for SQLite, which has no zones."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive instant cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class MoneyFen(TypeDecorator[Money]):
    """Money as whole fen in a BIGINT."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Money | None, dialect: Dialect) -> int | None:
        """Whole fen."""
        return None if value is None else value.fen

    def process_result_value(self, value: int | None, dialect: Dialect) -> Money | None:
        """Money again; PostgreSQL gives the sum of whole numbers as a decimal one."""
        return None if value is None else Money(int(value))


def portions(values: Iterable[Value]) -> Iterator[list[Value]]:
    """What is asked for, portion by portion: a statement takes only so many values."""
    every = list(values)
    for at in range(0, len(every), PORTION):
        yield every[at : at + PORTION]


def insert_if_absent(model: type[Base], **values: Any) -> None:
    """Make a row at its first use; where another has made it meanwhile, in this instant too, theirs stands."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(insert(model).values(**values).on_conflict_do_nothing())


# ── asked once while a page is read ────────────────────────────────────────────────────────────────────────────────

# Where answers are kept in the session while nothing but reading goes on.
_ANSWERS = "answers"


def begin_reading() -> None:
    """From now on what `asked_once` marks is asked once, until something is written or `end_reading`."""
    db.session.info[_ANSWERS] = {}


def end_reading() -> None:
    """Forget the answers: what was read may change."""
    db.session.info.pop(_ANSWERS, None)


def asked_once(load: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """A question that several parts of a page ask: while a page is read it is asked of the database once.

    Within a deed, and wherever nobody has said that only reading goes on, it is asked each time.
    """

    @wraps(load)
    def ask(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        answers: dict[Any, Answer] | None = db.session.info.get(_ANSWERS)
        if answers is None:
            return load(*args, **kwargs)
        key = (load, *map(_told, args), *sorted((name, _told(value)) for name, value in kwargs.items()))
        if key not in answers:
            answers[key] = load(*args, **kwargs)
        return answers[key]

    return ask


def _told(value: Any) -> Any:
    """What tells one argument from another: of a row its table and key, of several rows each."""
    if isinstance(value, Base):
        return type(value), inspect(value).identity
    return tuple(map(_told, value)) if isinstance(value, (list, tuple)) else value


def begin_writing() -> None:
    """End the reading transaction and open the writing one: on SQLite with the write lock taken at once."""
    end_reading()
    db.session.rollback()
    db.session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})


@contextmanager
def writing() -> Iterator[None]:
    """A short transaction of its own; whatever was being read ends here."""
    begin_writing()
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def random_reference() -> str:
    """Ten characters that tell nothing of what came before: public numbers are random, never sequential."""
    alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    letters = "".join(secrets.choice(alphabet) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def random_key() -> int:
    """The key of a row whose number must not tell how many there are, as a bid's must not while others lie sealed."""
    return secrets.randbelow(2**31 - 1) + 1


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, _record: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None
        cursor = connection.cursor()
        # secure_delete: a key that is deleted is overwritten, not left in a free page.
        for pragma in (
            "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON", f"busy_timeout={BUSY_TIMEOUT}",
        ):  # fmt: skip
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection: Any) -> None:
    if connection.dialect.name == "sqlite":
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")


event.listen(Session, "do_orm_execute", load_together)
event.listen(Session, "after_transaction_end", forget_loaded)
