"""What is asked once while a page is read, and each time wherever something may be written."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from procurement.foundation.database import asked_once, begin_reading, begin_writing, db, end_reading, writing
from procurement.registers.people import User

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def asked(world: Any) -> Any:
    """A question that counts how often it reached the database."""
    questions: list[tuple[Any, ...]] = []

    @asked_once
    def names(*users: User) -> list[str]:
        questions.append(users)
        return [
            str(db.session.scalar(text("SELECT name FROM users WHERE id = :id"), {"id": user.id})) for user in users
        ]

    names.questions = questions  # type: ignore[attr-defined]
    yield names
    end_reading()


def test_while_reading_a_question_is_asked_once_for_the_same_rows(world: Any, asked: Any) -> None:
    begin_reading()
    officer, payer = world.people.officer, world.people.payer
    assert asked(officer) == asked(officer)
    assert asked(officer) != asked(payer)
    assert len(asked.questions) == 2


def test_outside_of_reading_it_is_asked_each_time(world: Any, asked: Any) -> None:
    asked(world.people.officer)
    asked(world.people.officer)
    assert len(asked.questions) == 2


def test_whatever_writes_ends_the_reading(world: Any, asked: Any) -> None:
    begin_reading()
    before = asked(world.people.officer)
    with writing():
        world.people.officer.name = "改了名"
    assert asked(world.people.officer) == ["改了名"] != before
    begin_reading()
    begin_writing()
    asked(world.people.officer)
    asked(world.people.officer)
    assert len(asked.questions) == 4
    db.session.rollback()


def test_a_page_ends_its_reading(world: Any) -> None:
    assert world.app.test_client().get("/").status_code == 200
    assert "answers" not in db.session.info
