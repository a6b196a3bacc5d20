"""Lists of standards: the city's four hundred and two at once, faults found, titles without a code completed."""

from __future__ import annotations

from typing import Any

import pytest

from procurement.foundation.errors import NotPermitted
from procurement.registers.imports import models, operations
from procurement.registers.imports.kinds import IMPORTERS
from procurement.registers.imports.models import Import, ImportKind, ImportStatus
from procurement.registers.imports.reading import read_list
from procurement.registers.standards.importing import import_standards
from procurement.registers.standards.models import (
    StandardKind,
    StandardOrigin,
    StandardStatus,
    number_of_standards,
    standards_by_reference,
)
from tests.factories import LIMIT, World
from tests.registers.imports.sheets import xlsx

HEAD = ["序号", "标准号", "标准名称", "标准类别", "状态", "备注"]
KNOWN = "村改社区工作规范"


def line(number: int, **changes: Any) -> list[Any]:
    """A row that breaks no rule; the running number comes first."""
    cells = {
        "code": f"DB330383/T {number}-2021", "title": f"第{number}项工作规范", "kind": "地方标准", "status": "现行有效", "source": "",
    }  # fmt: skip
    return [number, *{**cells, **changes}.values()]


def begun(world: World, rows: list[list[Any]]) -> Import:
    content = xlsx([["龙港市标准一览表"], HEAD, *rows, ["注：数据截至上月"]], "A1:F1")
    kind = ImportKind.STANDARDS
    read = read_list(kind, IMPORTERS[kind], content, "标准.xlsx", now=world.now, limit=LIMIT)
    return world.do(operations.begin_import, None, read, stored="-", by=world.people.officer)


def test_four_hundred_and_two_are_taken_over_at_once_and_complete_a_title_that_had_no_code(world: World) -> None:
    rows = [line(number) for number in range(1, 402)] + [line(402, title=f"《{KNOWN}》")]
    row = begun(world, rows)
    assert (row.rows, row.faulty, row.added, row.changed) == (402, 0, 401, 1)
    assert number_of_standards() == 7
    world.do(import_standards, row, by=world.people.officer)
    assert row.status is ImportStatus.APPLIED
    assert number_of_standards() == 7 + 401
    (completed,) = standards_by_reference([KNOWN])[KNOWN]
    assert (completed.code, completed.kind, completed.status, completed.origin) == (
        "DB330383/T 402-2021", StandardKind.LOCAL, StandardStatus.IN_FORCE, StandardOrigin.LIST,
    )  # fmt: skip
    again = begun(world, rows)
    assert (again.faulty, again.unchanged) == (0, 402)


@pytest.mark.sqlite_only
def test_faulty_rows_are_told_and_nothing_is_taken_over(world: World) -> None:
    wrong = [
        line(2, title=""), line(3, kind="国家标准"), line(4, status="不详"), line(5, code="", kind="地方标准"),
        line(6, code="DB330383/T 1-2021"), line(7, code="", title=KNOWN, kind=""), line(8, title=KNOWN), line(9, title="长" * 201),
    ]  # fmt: skip
    row = begun(world, [line(1), *wrong])
    faults = {one.number: {fault.field for fault in one.faults_told} for one in models.rows_of(row, is_faulty=True)}
    # The head is the second row of the file; a title that has no code is spoken of twice.
    assert faults == {4: {"title"}, 5: {"code"}, 6: {"status"}, 7: {"code"}, 8: {"code"}, 10: {"code"}, 11: {"title"}}
    world.refuse(import_standards, row, by=world.people.officer, where="document")
    assert number_of_standards() == 7
    world.refuse(import_standards, row, by=world.people.member, error=NotPermitted)


@pytest.mark.sqlite_only
def test_a_kind_that_is_not_said_is_told_by_the_code_and_a_repeal_stands(world: World) -> None:
    rows = [
        line(1, code="GB/T 32100-2015", kind=""), line(2, code="龙政办〔2021〕8号", kind=""), line(3, kind="", status="")
    ]  # fmt: skip
    world.do(import_standards, begun(world, rows), by=world.people.officer)
    known = standards_by_reference(["GB/T 32100-2015", "龙政办〔2021〕8号", "DB330383/T 3-2021"])
    assert known["GB/T 32100-2015"][0].kind is StandardKind.NATIONAL
    assert known["龙政办〔2021〕8号"][0].kind is StandardKind.DOCUMENT
    assert known["DB330383/T 3-2021"][0].status is StandardStatus.UNCONFIRMED
    world.do(import_standards, begun(world, [line(3, status="废止")]), by=world.people.officer)
    revived = begun(world, [line(3)])
    assert [fault.field for one in models.rows_of(revived, is_faulty=True) for fault in one.faults_told] == ["status"]
