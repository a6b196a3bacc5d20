"""The catalogue and the negative list from files: what was exported, what offices make, and what does not fit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from procurement.foundation.database import db
from procurement.foundation.errors import NotPermitted, WrongState
from procurement.foundation.workbooks import write_csv, write_xlsx
from procurement.registers.catalogue import drafting
from procurement.registers.catalogue.importing import canonical, import_catalogue, import_negative_list
from procurement.registers.catalogue.models import (
    EditionStatus,
    ListKind,
    ListProvenance,
    ReferenceEdition,
    Severity,
    edition_in_force,
    edition_under_way,
    rows_of,
)
from procurement.registers.imports import models, operations
from procurement.registers.imports.models import Import, ImportKind
from procurement.registers.imports.recognition import Change
from procurement.web.editions import table_of
from tests.factories import World
from tests.registers.imports.lists import reading
from tests.registers.imports.sheets import gbk, xlsx

CATALOGUE, NEGATIVE = ImportKind.CATALOGUE, ImportKind.NEGATIVE_LIST


def begun(world: World, content: bytes, kind: ImportKind = CATALOGUE) -> Import:
    return world.do(
        operations.begin_import, None, reading(world, content, kind=kind), stored="-", by=world.people.officer
    )


def take(world: World, row: Import) -> ReferenceEdition:
    operation = import_catalogue if row.kind is CATALOGUE else import_negative_list
    world.do(operation, row, by=world.people.officer)
    edition = edition_under_way(ListKind(row.kind.value))
    assert edition is not None
    return edition


def in_force(world: World, kind: ListKind = ListKind.CATALOGUE) -> ReferenceEdition:
    edition = edition_in_force(kind, world.clock.now().date())
    assert edition is not None
    return edition


def faults(row: Import) -> list[tuple[int, str, str]]:
    return [
        (one.line, fault.field, fault.message.format(**fault.values))
        for one in models.rows_of(row, is_faulty=True) for fault in one.faults_told
    ]  # fmt: skip


def remarks(row: Import) -> str:
    return " ".join(str(said) for said in row.remarks)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("kind", [CATALOGUE, NEGATIVE])
def test_what_is_exported_says_the_same_when_it_is_read_in(world: World, kind: ImportKind) -> None:
    table = table_of(in_force(world, ListKind(kind.value)))
    for content in (write_xlsx([table]), write_csv(table)):
        row = begun(world, content, kind)
        assert (row.faulty, row.added, row.changed) == (0, 0, 0), faults(row)
        assert row.unchanged == len(table.rows)
        assert row.remarks == []


def test_an_amended_export_becomes_a_draft_that_says_just_that(world: World) -> None:
    before = in_force(world)
    table = table_of(before)
    rows = [list(row) for row in table.rows if row[0] != "010101"]
    renamed = next(row for row in rows if row[0] == "010102")
    called, renamed[1] = renamed[1], "改了名字的服务"
    rows.append(["010199", "新增的服务", "", "服务范围", "社会事业局", "适合", "人次"])
    row = begun(world, xlsx([list(table.head), *rows]))
    assert (row.added, row.changed, row.faulty) == (1, 1, 0), faults(row)
    assert "010101" in remarks(row)
    assert "改了名字的服务" in remarks(row)
    assert [one.before for one in models.rows_of(row) if one.before] == [{"name": called}]
    edition = take(world, row)
    assert (edition.status, edition.provenance) == (EditionStatus.DRAFT, ListProvenance.IMPORTED)
    comparison = drafting.comparison_of(edition)
    assert [change.code for change in comparison.added] == ["010199"]
    assert [change.code for change in comparison.retired] == ["010101"]
    assert [change.code for change in comparison.renamed] == ["010102"]
    assert (comparison.moved, comparison.amended) == ((), ())
    # What binds is as it was.
    assert "010101" in {one.code for one in rows_of(before)}

    # What this draft retired comes back as the entry that it was.
    again = begun(world, write_xlsx([table]))
    assert "第 2 版" in remarks(again)
    # The reason of a draft names what it was made of.
    assert edition.reason.startswith("导入表格：")
    assert take(world, again).id == edition.id
    assert drafting.comparison_of(edition).is_empty


@pytest.mark.sqlite_only
def test_what_a_draft_retired_or_moved_away_lends_its_code_to_nothing_else(world: World) -> None:
    edition = world.do(
        drafting.draft_edition, world.people.department, ListKind.CATALOGUE, reason="修订", by=world.people.officer
    )
    world.do(drafting.retire_entry, drafting.row_at(edition, "010101"), by=world.people.officer)
    moved = drafting.row_at(edition, "010102")
    world.do(drafting.move_entry, moved, "010299", parent_code="0102", by=world.people.officer)
    table = table_of(edition)
    again = [
        ["010101", "另一件事", "", "范围", "社会事业局", "适合", "次"],
        ["010102", "又一件", "", "范围", "社会事业局", "适合", "次"],
    ]
    told = faults(begun(world, xlsx([list(table.head), *table.rows, *again])))
    assert [said for _line, _field, said in told] == [
        "编码 010101 原来是“普惠性学前教育服务”，草案里已停用；恢复要用原来的名称，别的事请另用新编码。",
        "编码 010102 的条目在草案里已经移到 010299，不能再给别的条目。请另用新编码。",
    ]


OFFICIAL = [
    ["附件"], ["龙港市政府购买服务指导性目录（2026年）"],
    ["代码", "一级目录", "二级目录", "三级目录", "说明"],
    ["A", "公共服务", None, None, None],
    ["A01", None, "公共安全服务", None, None],
    ["A0101", None, None, "公共安全隐患排查治理服务", "隐患排查"],
    ["A0102", None, None, "公共安全情况监测服务", None],
    ["B", "政府履职辅助性服务", None, None, None],
    ["B01", None, "法律服务", None, None],
    ["B0101", None, None, "法律顾问服务", None],
    ["注：本目录自2026年起施行。"],
]  # fmt: skip


def test_an_official_list_of_two_first_headings_becomes_a_draft_to_be_completed(world: World) -> None:
    row = begun(world, gbk([[cell or "" for cell in line] for line in OFFICIAL]))
    assert faults(row) == []
    assert (row.added, row.rows) == (7, 7)
    assert "停用" in remarks(row)
    edition = take(world, row)
    assert [(one.code, one.level) for one in rows_of(edition)] == [
        ("A", 1), ("A01", 2), ("A0101", 3), ("A0102", 3), ("B", 1), ("B01", 2), ("B0101", 3),
    ]  # fmt: skip
    day = world.clock.now().date() + timedelta(days=30)
    refused = world.refuse(
        drafting.submit_edition, edition, in_force_on=day, consultation="各部门无意见", by=world.people.officer
    )
    assert "3 个具体项目没有写全" in str(refused)


@pytest.mark.sqlite_only
def test_a_list_without_codes_is_known_by_its_names_and_new_ones_get_the_next_code(world: World) -> None:
    known = {row.code: str(row.called) for row in rows_of(in_force(world))}
    rows: list[list[Any]] = [
        ["一级目录", "二级目录", "三级目录"], [known["01"], known["0101"], known["010102"]],
        [None, None, "全新的一项"], [None, "全新的一类", "其中一项"],
    ]  # fmt: skip
    row = begun(world, xlsx(rows))
    read = models.rows_of(row)
    heads = len([code for code in known if len(code) == 4 and code.startswith("01")])
    items = len([code for code in known if len(code) == 6 and code.startswith("0101")])
    assert [(one.line, one.entry.text("code")) for one in read] == [
        (2, "01"), (2, "0101"), (2, "010102"), (3, f"0101{items + 1:02d}"),
        (4, f"01{heads + 1:02d}"), (4, f"01{heads + 1:02d}01"),
    ]  # fmt: skip
    assert read[3].changes["code"] == ("", [Change.NUMBERED])


@pytest.mark.sqlite_only
def test_each_fault_is_told_at_its_row(world: World) -> None:
    table = table_of(in_force(world))
    rows = [list(row) for row in table.rows]
    rows[0][1] = ""
    rows += [
        ["9901", "没有上级", "", "", "", "", ""], ["010199", "没有这个部门", "", "范围", "海事局", "", "次"],
        ["010102", "编码重复", "", "", "", "", ""], ["01019901", "太深", "", "", "", "", ""],
    ]  # fmt: skip
    row = begun(world, xlsx([list(table.head), *rows]))
    told = faults(row)
    assert [line for line, _field, _said in told] == [2, 223, 224, 225, 226]
    for (_line, field, said), (at, part) in zip(
        told,
        [("name", "没有名称"), ("code", "上级“99”不在表里"), ("department", "海事局"), ("code", "已经用过"), ("code", "最多 3 级")],
        strict=True,
    ):  # fmt: skip
        assert (field, part in said) == (at, True), said
    world.refuse(import_catalogue, row, by=world.people.officer)
    assert edition_under_way(ListKind.CATALOGUE) is None


@pytest.mark.sqlite_only
def test_a_retired_code_is_never_given_again_by_a_list(world: World) -> None:
    edition = in_force(world)
    row = begun(world, xlsx([["编码", "名称"], ["01", "一级"], ["0101", "二级"], ["010177", "三级"]]))
    assert faults(row) == []
    draft = take(world, row)
    draft.status, draft.in_force_on = EditionStatus.ADOPTED, edition.in_force_on
    db.session.commit()
    told = faults(begun(world, write_xlsx([table_of(edition)])))
    assert len(told) == 219
    assert "第 1 版里用过" in told[0][2]


def test_the_negative_list_goes_the_same_way_and_lacks_nothing(world: World) -> None:
    rows = [
        ["编码", "内容", "依据", "性质", "关键词", "目录编码"], ["N01", "改过的类别", "预算法第三十五条", "禁止", "举债、担保贷款", "011401"],
        ["N0101", "一个例子", "", "复核", "短期融资", ""], ["N02", "什么也查不出来", "某办法第一条", "", "", ""],
    ]  # fmt: skip
    told = faults(begun(world, xlsx([*rows[:3], ["N77", "什么也查不出来", "某办法第一条", "", "", ""]]), NEGATIVE))
    assert [(line, field) for line, field, _said in told] == [(4, "keywords")]
    edition = take(world, begun(world, xlsx(rows[:3]), NEGATIVE))
    first, second = rows_of(edition)
    assert (first.called, first.severity, first.keywords) == ("改过的类别", Severity.PROHIBITED, "举债|担保贷款")
    assert (first.barred_codes, second.severity) == ("011401", Severity.NEEDS_REVIEW)
    # What the list does not say is what was known.
    assert second.basis


@pytest.mark.sqlite_only
def test_another_departments_draft_and_one_before_the_conference_are_left_alone(world: World) -> None:
    table = table_of(in_force(world))
    draft = world.do(
        drafting.draft_edition,
        world.people.supervisor.department,
        ListKind.CATALOGUE,
        reason="修订",
        by=world.people.supervisor,
    )
    draft.department_id = None
    db.session.commit()
    row = begun(world, xlsx([list(table.head), *table.rows[:100]]))
    world.refuse(import_catalogue, row, by=world.people.officer, error=NotPermitted)
    draft.status, draft.in_force_on = EditionStatus.SUBMITTED, world.clock.now().date()
    db.session.commit()
    world.refuse(import_catalogue, row, by=world.people.officer, error=WrongState)


@pytest.mark.parametrize(
    ("written", "kind", "house"),
    [
        ("1.2.10", ListKind.CATALOGUE, "010210"), ("Ａ-1-2", ListKind.CATALOGUE, "A0102"), ("1", ListKind.CATALOGUE, "01"),
        ("0101", ListKind.NEGATIVE_LIST, "N0101"), ("N0101", ListKind.NEGATIVE_LIST, "N0101"),
    ],
)  # fmt: skip
def test_codes_are_written_in_one_way(written: str, kind: ListKind, house: str) -> None:
    assert canonical(written, kind, in_parts=True) == house


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("codes", "house"),
    [
        # Typed as numbers, so that a spreadsheet took the zeros, and widths alone would not tell 101 from what stands below 10.
        ([1, 101, 10101, 10102, 10], ["01", "0101", "010101", "010102", "10"]),
        (["1", "1.1", "1.1.1", "1.2", "2"], ["01", "0101", "010101", "0102", "02"]),
        (["一、", "（一）", "1.", "（二）", "二、"], ["07", "0701", "070101", "0702", "08"]),
    ],
)  # fmt: skip
def test_codes_as_offices_write_them_become_the_houses(world: World, codes: list[Any], house: list[str]) -> None:
    row = begun(world, xlsx([["编码", "名称"], *[[code, f"新名{at}"] for at, code in enumerate(codes)]]))
    assert [one.entry.text("code") for one in models.rows_of(row)] == house
    assert row.faulty == 0, faults(row)
