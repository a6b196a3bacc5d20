"""What kind of instance this is: one that was made as a demonstration, or a real one."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import inspect, select
from sqlalchemy.exc import DBAPIError

from procurement.foundation.database import db
from procurement.registers.demonstration import Demonstration

EXTENSION = "demonstration"


def is_demonstration(app: Flask) -> bool:
    """Whether this instance was made as a demonstration; asked of the database once, False before there are tables."""
    if EXTENSION not in app.extensions:
        app.extensions[EXTENSION] = _is_marked(app)
    return bool(app.extensions[EXTENSION])


def remember_demonstration(app: Flask) -> None:
    """The instance has just become one; what was known of it before no longer holds."""
    app.extensions[EXTENSION] = True


def _is_marked(app: Flask) -> bool:
    with app.app_context():
        try:
            if not inspect(db.engine).has_table(Demonstration.__tablename__):
                return False
            with db.engine.connect() as connection:
                return connection.scalar(select(Demonstration.id)) is not None
        except DBAPIError:
            # No folder or no server yet: whatever this will be, it is not a demonstration now.
            return False
