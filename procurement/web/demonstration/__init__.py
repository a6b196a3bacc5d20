"""The demonstration's room: its clock, its cast, its story, and the pages that exist on no other instance."""

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


def register(app: Flask) -> None:
    """Add the demonstration's pages, its guard over host names, and what its templates ask."""
    # Here, not above: the pages know the rooms, and the rooms know the examples beside this file.
    from procurement.web.demonstration import views

    views.register(app)
