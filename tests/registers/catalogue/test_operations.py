"""Loading the bundled lists, once."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import func, select

from procurement.foundation.clock import FixedClock
from procurement.foundation.database import db
from procurement.registers.catalogue import models
from procurement.registers.catalogue.models import (
    CatalogueBigram,
    CatalogueEntry,
    ListKind,
    NegativeListEntry,
    ReferenceEdition,
    TransferableFunction,
)
from procurement.registers.catalogue.operations import load_bundled_lists
from procurement.registers.communities import Community, load_communities
from procurement.registers.people import departments

TODAY = date(2025, 9, 22)

TABLES = (
    ReferenceEdition, CatalogueEntry, CatalogueBigram, NegativeListEntry, TransferableFunction, Community,
)  # fmt: skip


def counts() -> list[int]:
    return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def test_loading_a_second_time_changes_nothing(app: Flask, clock: FixedClock) -> None:
    with app.app_context():
        load_bundled_lists(clock.now())
        before = counts()
        assert load_bundled_lists(clock.now()) == []
        assert not load_communities()
        assert counts() == before
        assert before[:2] == [5, 221]
        assert before[3:] == [26, 24, 102]


def test_the_tree_holds_every_entry_under_its_parent(app: Flask) -> None:
    with app.app_context():
        edition = models.edition_in_force(ListKind.CATALOGUE, TODAY)
        assert edition is not None
        nodes = models.tree(edition)
        classes = [child for node in nodes for child in node.children]
        items = [child for node in classes for child in node.children]
        assert (len(nodes), len(classes), len(items)) == (6, 43, 172)
        assert sum(node.item_count for node in nodes) == 172
        assert all(child.entry.code.startswith(node.entry.code) for node in nodes for child in node.children)


def test_an_entry_is_found_by_its_code_with_its_kin(app: Flask) -> None:
    with app.app_context():
        edition = models.edition_in_force(ListKind.CATALOGUE, TODAY)
        assert edition is not None
        entry = models.entry_by_code("011401", TODAY)
        assert entry is not None
        assert (entry.name, entry.suitable, entry.department_name) == ("城市管家服务", True, "综合行政执法局")
        assert [member.code for member in models.family_of("0114", edition)][:3] == ["01", "0114", "011401"]
        assert models.family_of("0199", edition) == []
        assert models.entry_by_code("999999", TODAY) is None


def test_the_directory_names_the_functions_under_an_item(app: Flask) -> None:
    with app.app_context():
        assert [function.code for function in models.functions_under(["030401"], TODAY)] == ["T05"]
        function = models.function_by_code("T05", TODAY)
        assert function is not None
        assert function.name == "农贸市场日常管理"


def test_the_negative_list_in_force_is_the_one_of_the_day(app: Flask, clock: FixedClock) -> None:
    with app.app_context():
        bundled = models.edition_in_force(ListKind.NEGATIVE_LIST, TODAY)
        assert bundled is not None
        later = ReferenceEdition(kind=ListKind.NEGATIVE_LIST, number=bundled.number + 1, loaded_at=clock.now())
        later.in_force_on, later.provenance = TODAY, models.ListProvenance.IMPORTED
        db.session.add(later)
        db.session.flush()
        assert models.negative_list_in_force(TODAY) == []
        assert len(models.negative_list_in_force(TODAY - timedelta(days=1))) == 26


def test_every_department_of_the_lists_is_in_the_register_with_its_english_name(app: Flask) -> None:
    with app.app_context():
        known = {department.name for department in departments() if department.name_en}
        named = {*db.session.scalars(select(CatalogueEntry.department_name))} - {""}
        named |= {*db.session.scalars(select(TransferableFunction.department_name))}
        assert named <= known
