"""The register of standards: what a row holds, what becomes of it, what may be followed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from procurement.foundation.errors import NotPermitted, Refusals, RuleBroken
from procurement.registers.files import FileKind, Upload
from procurement.registers.standards.models import (
    Standard,
    StandardKind,
    StandardOrigin,
    StandardStatus,
    number_of_standards,
    standards,
    standards_by_reference,
)
from procurement.registers.standards.operations import add_standard, revise_standard
from procurement.registers.standards.rules import StandardTerms, faults_of_following, tidy_code
from procurement.statute.clauses import Phase
from tests.factories import World

TERMS = StandardTerms(
    code="DB33/T 2001-2020", title="《城市管家服务规范》", kind=StandardKind.LOCAL, status=StandardStatus.IN_FORCE,
    origin=StandardOrigin.TEXT, source="浙江省地方标准公开平台",
)  # fmt: skip
TITLE_ONLY = replace(TERMS, code="", title="社区工作规范", kind=StandardKind.UNCONFIRMED)


def added(world: World, terms: StandardTerms = TERMS, text: Upload | None = None) -> Standard:
    return world.do(add_standard, None, terms, text, by=world.people.officer)


def test_the_bundled_titles_say_that_nothing_but_the_title_is_known(world: World) -> None:
    rows = standards()
    assert len(rows) == 7
    assert {row.title for row in rows} >= {"村改社区工作规范", "龙港市政务感知网建设指南"}
    assert all(row.origin is StandardOrigin.REPORT and row.file is None and row.code is None for row in rows)
    assert {row.phase for row in rows} == {Phase.DURING}
    assert {row.status for row in rows} == {StandardStatus.UNCONFIRMED}


def test_a_standard_is_added_with_its_text_and_found_by_code_and_title(world: World) -> None:
    row = added(world, replace(TERMS, code=" db33/t  2001—2020 "), world.print())
    assert (row.code, row.title, row.cited) == (
        "DB33/T 2001-2020", "城市管家服务规范", "《城市管家服务规范》（DB33/T 2001-2020）"
    )  # fmt: skip
    assert row.file is not None
    found = standards_by_reference(["DB33/T 2001-2020", "城市管家服务规范", "无此标准"])
    assert [list(rows) for rows in found.values()].count([row]) == 2
    assert found["无此标准"] == []
    assert (number_of_standards("2001"), number_of_standards("管家", StandardKind.GROUP)) == (1, 0)


def test_more_are_asked_for_than_a_statement_takes(world: World) -> None:
    # A list of 20 000 rows names twice as many, each of them compared with two columns.
    rows = [added(world), added(world, replace(TERMS, code="DB33/T 2001-2030"))]
    title = rows[0].title
    found = standards_by_reference([title, *(f"没有的标准 {number}" for number in range(40_000)), "DB33/T 2001-2030"])
    assert (found[title], found["DB33/T 2001-2030"], len(found)) == (rows, rows[1:], 40_002)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"title": "《》"}, "title", ()),
        ({"code": ""}, "code", ("地方标准",)),
        ({"kind": StandardKind.NATIONAL}, "code", ("DB33/T 2001-2020", "国家标准")),
        ({"kind": StandardKind.INDUSTRY}, "code", ("行业标准",)),
        ({"code": "GB 2001-2020"}, "code", ("地方标准",)),
    ],
)
def test_a_row_that_is_not_whole_is_refused_at_its_field(
    world: World, changes: dict[str, Any], where: str, says: tuple[str, ...]
) -> None:
    world.refuse(
        add_standard, None, replace(TERMS, **changes), None, by=world.people.officer, error=Refusals, where=where,
        says=says,
    )  # fmt: skip
    assert number_of_standards() == 7


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (StandardKind.NATIONAL, "GB/T 32100-2015"), (StandardKind.INDUSTRY, "MZ/T 039-2013"),
        (StandardKind.LOCAL, "DB3303/T 12-2021"), (StandardKind.GROUP, "T/ZJSW 3-2022"),
        (StandardKind.ENTERPRISE, "Q/LG 01-2021"), (StandardKind.DOCUMENT, "龙政办〔2021〕8号"),
    ],
)  # fmt: skip
def test_each_kind_takes_the_codes_of_its_kind(world: World, kind: StandardKind, code: str) -> None:
    assert added(world, replace(TERMS, kind=kind, code=code)).code == tidy_code(code)


def test_a_code_and_a_title_without_code_are_there_once(world: World) -> None:
    added(world)
    added(world, TITLE_ONLY)
    for terms, where in ((TERMS, "code"), (TITLE_ONLY, "title")):
        world.refuse(add_standard, None, terms, None, by=world.people.officer, error=Refusals, where=where)
    added(world, replace(TERMS, code="DB33/T 2001-2024"))
    # A title that has no code yet is completed where it stands, not entered again.
    twice = replace(TERMS, code="DB33/T 9-2020", title=TITLE_ONLY.title)
    world.refuse(
        add_standard, None, twice, None, by=world.people.officer, error=Refusals, where="title", says=("补登",)
    )
    world.refuse(add_standard, None, TERMS, None, by=world.people.member, error=NotPermitted)
    assert number_of_standards() == 7 + 3


def test_an_archive_is_no_text_of_a_standard(world: World) -> None:
    archive = replace(world.print(), kind=FileKind.ZIP)
    world.refuse(
        add_standard, None, TERMS, archive, by=world.people.officer, error=Refusals, where="document", says=("ZIP",)
    )
    assert number_of_standards() == 7


def test_a_title_from_a_report_is_completed_once_its_text_is_there(world: World) -> None:
    (row,) = standards_by_reference(["村改社区工作规范"])["村改社区工作规范"]
    terms = replace(TERMS, title=row.title, code="DB330383/T 5-2021")
    world.do(revise_standard, row, terms, world.print(), by=world.people.officer)
    assert (row.code, row.status, row.file is not None) == ("DB330383/T 5-2021", StandardStatus.IN_FORCE, True)


def test_a_code_a_text_and_a_repeal_stand(world: World) -> None:
    row, officer = added(world, text=world.print()), world.people.officer
    for changes, text, where in (
        ({"code": "DB33/T 2002-2020"}, None, "code"),
        ({"status": StandardStatus.DRAFT}, None, "status"),
        ({}, world.print(), "document"),
    ):
        world.refuse(revise_standard, row, replace(TERMS, **changes), text, by=officer, error=Refusals, where=where)
    world.do(revise_standard, row, replace(TERMS, status=StandardStatus.REPEALED), None, by=officer)
    world.refuse(revise_standard, row, TERMS, None, by=officer, error=Refusals, where="status", says=("已废止", "现行"))
    assert (row.code, row.status) == (TERMS.code, StandardStatus.REPEALED)


def test_what_is_followed_is_in_the_register_once_in_force_and_one_edition() -> None:
    def row(number: int, status: StandardStatus = StandardStatus.IN_FORCE) -> Standard:
        return Standard(id=number, code=f"Q/{number}", title="规范", status=status)

    known = {
        "Q/1": [row(1)], "规范一": [row(1)], "规范": [row(1), row(2)], "Q/3": [row(3, StandardStatus.REPEALED)],
        "Q/4": [row(4, StandardStatus.DRAFT)], "Q/5": [row(5, StandardStatus.UNCONFIRMED)],
    }  # fmt: skip
    assert faults_of_following(["Q/1", "Q/5"], known) == []
    for references, says in (
        (["没有"], "没有“没有”"), (["规范"], "Q/1、Q/2"), (["Q/1", "规范一"], "填了两次"), (["Q/3"], "已废止"), (["Q/4"], "制定中"),
    ):  # fmt: skip
        (fault,) = faults_of_following(references, known)
        assert isinstance(fault, RuleBroken)
        assert says in str(fault)
        assert fault.field == "standards"
