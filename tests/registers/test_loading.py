"""Rows that others name: loaded when first read, all of a kind at once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import RelationshipProperty

from procurement.foundation.database import Base, db
from procurement.registers.people import User
from procurement.transfers.models import Transfer
from tests.factories import World
from tests.web.browsing import counted


def of(table: str, statements: Sequence[str]) -> int:
    """How many of these statements read this table."""
    return sum(f"FROM {table}" in statement for statement in statements)


def read_anew() -> list[Transfer]:
    db.session.rollback()
    db.session.expunge_all()
    return list(db.session.scalars(select(Transfer).order_by(Transfer.id)).unique())


def test_however_many_rows_name_others_of_a_kind_is_asked_once(world: World) -> None:
    for person in (world.people.officer, world.people.other_officer, world.people.approver):
        world.planned().officer_id = person.id
        db.session.commit()
    rows = read_anew()
    with counted() as statements:
        names = {row.officer.name for row in rows}
    assert len(names) == 3
    assert of("users", statements) == 1
    with counted() as statements:
        departments = {row.officer.department.name for row in rows if row.officer.department is not None}
    assert departments
    assert of("departments", statements) == 1


def test_what_is_loaded_already_and_what_names_nobody_is_not_asked_for(world: World) -> None:
    world.planned()
    (row,) = read_anew()
    assert row.officer is db.session.get(User, row.officer_id)
    with counted() as statements:
        assert row.officer is not None
        assert row.provider is None
    assert of("users", statements) == 0


def test_nothing_is_held_beyond_its_transaction(world: World) -> None:
    world.planned()
    (row,) = read_anew()
    assert row.officer.name
    assert "named rows" in db.session.info
    db.session.rollback()
    assert "named rows" not in db.session.info


def test_no_relation_is_joined_into_every_statement() -> None:
    relations = [relation for mapper in Base.registry.mappers for relation in mapper.relationships]
    assert len(relations) > 100
    assert all(isinstance(relation, RelationshipProperty) for relation in relations)
    assert [str(relation) for relation in relations if relation.lazy in ("joined", False, "subquery")] == []
