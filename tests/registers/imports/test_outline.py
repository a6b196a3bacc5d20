"""Outlines: the same tree from lists that are made differently, and what does not fit told row by row."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from procurement.foundation.errors import RuleBroken
from procurement.registers.imports.outline import Outline, outline_of
from procurement.registers.imports.recognition import Change, Column
from tests.registers.imports.sheets import book_of, csv_of

Shape = list[tuple[str, str, int, str]]


def shape(outline: Outline) -> Shape:
    assert [str(one.fault) for one in outline.faults] == []
    return [(row.code, row.parent, row.level, row.name) for row in outline.rows]


def read(rows: list[list[Any]], *merged: str, **more: Any) -> Outline:
    return outline_of(book_of(rows, *merged), **more)


TREE: Shape = [
    ("01", "", 1, "公共"), ("0101", "01", 2, "教育"), ("010101", "0101", 3, "学前"), ("010102", "0101", 3, "小学"),
    ("0102", "01", 2, "卫生"), ("010201", "0102", 3, "防疫"), ("02", "", 1, "辅助"), ("0201", "02", 2, "法律"),
    ("020101", "0201", 3, "咨询"),
]  # fmt: skip
CODES, NAMES = [row[0] for row in TREE], [row[3] for row in TREE]
PATHS = [
    ("公共", "教育", "学前"), ("公共", "教育", "小学"), ("公共", "卫生", "防疫"), ("辅助", "法律", "咨询"),
]  # fmt: skip

# ── one column of codes ────────────────────────────────────────────────────────────────────────────────────────────


def test_codes_that_begin_with_the_code_above_tell_the_levels() -> None:
    assert shape(read([["代码", "名称"], *map(list, zip(CODES, NAMES, strict=True))])) == TREE


def test_two_first_headings_with_letters() -> None:
    codes = ["A", "A01", "A0101", "A0102", "B", "B01", "B0101"]
    found = read([["目录编码", "目录名称"], *[[code, f"名{code}"] for code in codes]])
    assert [(row.code, row.parent, row.level) for row in found.rows] == [
        ("A", "", 1), ("A01", "A", 2), ("A0101", "A01", 3), ("A0102", "A01", 3), ("B", "", 1), ("B01", "B", 2), ("B0101", "B01", 3),
    ]  # fmt: skip


def test_dotted_codes_and_the_tenth_that_became_the_first() -> None:
    codes: list[Any] = ["1", "1.1", "1.1.1", *[float(f"1.{n}") for n in range(2, 10)], 1.1, "2"]
    found = read([["编号", "名称"], *[[code, f"名{at}"] for at, code in enumerate(codes)]])
    assert [(row.code, row.parent) for row in found.rows][:3] == [("1", ""), ("1.1", "1"), ("1.1.1", "1.1")]
    assert (found.rows[-2].code, found.rows[-2].changes) == ("1.10", (Change.ZEROS_RESTORED,))
    assert found.faults == ()


def test_ordinals_are_levels_and_get_codes() -> None:
    marks = ["一、", "（一）", "1.", "2.", "（二）", "1.", "二、", "（一）", "1."]
    found = read([["序号", "服务内容"], *map(list, zip(marks, NAMES, strict=True))])
    assert shape(found) == TREE
    assert all(row.is_code_made for row in found.rows)


def test_ordinals_or_codes_may_stand_before_the_names() -> None:
    marks = ["一、", "（一）", "1.", "2.", "（二）", "1．", "二、", "（一）", "1、"]
    assert (
        shape(
            read(
                [
                    ["说明"],
                    ["目录名称", "备注"],
                    *[[mark + name, None] for mark, name in zip(marks, NAMES, strict=True)],
                ]
            )
        )
        == TREE
    )
    spaced = read([["目录名称", "备注"], *[[f"{code} {name}", None] for code, name in zip(CODES, NAMES, strict=True)]])
    assert shape(spaced) == TREE


def test_a_heading_over_the_whole_width_is_no_note() -> None:
    rows = [
        ["序号", "项目", "单位"],
        ["一、公共", None, None],
        [1, "学前", "人"],
        [2, "小学", "人"],
        ["二、辅助", None, None],
        [1, "咨询", "次"],
    ]
    found = read(rows, "A2:C2", "A5:C5")
    assert [(row.code, row.parent, row.name) for row in found.rows] == [
        ("01", "", "公共"), ("0101", "01", "学前"), ("0102", "01", "小学"), ("02", "", "辅助"), ("0201", "02", "咨询"),
    ]  # fmt: skip


@pytest.mark.parametrize("is_csv", [False, True])
def test_zeros_that_a_spreadsheet_took_are_restored_by_the_width_of_the_level(is_csv: bool) -> None:
    codes = [*CODES, "11", "1101", "110101"]
    rows = [[int(code), f"名{code}"] for code in codes]
    lines = ["代码,名称", *(f"{code},{name}" for code, name in rows)]
    found = outline_of(csv_of("\r\n".join(lines)) if is_csv else book_of([["代码", "名称"], *rows]))
    assert [row.code for row in found.rows] == codes
    assert [Change.ZEROS_RESTORED in row.changes for row in found.rows] == [code.startswith("0") for code in codes]


def test_a_known_width_restores_zeros_where_nothing_else_tells() -> None:
    rows = [["代码", "名称"], [1, "甲"], [101, "乙"], [10101, "丙"]]
    assert [row.code for row in read(rows).rows] == ["1", "101", "10101"]
    assert [row.code for row in read(rows, width=2).rows] == ["01", "0101", "010101"]


def test_levels_of_uneven_widths() -> None:
    codes = ["7", "7001", "700101", "8", "8001"]
    found = read([["代码", "名称"], *[[code, f"名{code}"] for code in codes]])
    assert [(row.parent, row.level) for row in found.rows] == [("", 1), ("7", 2), ("7001", 3), ("", 1), ("8", 2)]


# ── levels in columns ──────────────────────────────────────────────────────────────────────────────────────────────


def test_levels_in_merged_columns_with_codes_of_their_own() -> None:
    rows = [
        ["一级目录", None, "二级目录", None, "三级目录", None, "说明"],
        ["代码", "名称", "代码", "名称", "代码", "名称", None],
        ["01", "公共", "0101", "教育", "010101", "学前", "a"], [None, None, None, None, "010102", "小学", "b"],
        [None, None, "0102", "卫生", "010201", "防疫", "c"], ["02", "辅助", "0201", "法律", "020101", "咨询", "d"],
    ]  # fmt: skip
    merged = ("A1:B1", "C1:D1", "E1:F1", "G1:G2", "A3:A5", "B3:B5", "C3:C4", "D3:D4")
    found = read(rows, *merged, further=[Column("scope", "说明", is_required=False)])
    assert shape(found) == TREE
    assert [row.values["scope"].text for row in found.rows if row.values] == ["a", "b", "c", "d"]


def test_levels_left_blank_below_the_first() -> None:
    rows = [["一级", "二级", "三级", "代码"]]
    said: list[str] = []
    for path in PATHS:
        rows.append([*("" if at < len(said) and said[at] == name else name for at, name in enumerate(path)), ""])
        said = list(path)
    for row, code in zip(rows[1:], ("010101", "010102", "010201", "020101"), strict=True):
        row[3] = code
    found = read([[cell or None for cell in row] for row in rows])
    assert shape(found) == TREE
    assert [row.is_code_made for row in found.rows] == [True, True, False, False, True, False, True, True, False]


def test_levels_without_any_codes_get_some() -> None:
    found = read(
        [["序号", "一级目录", "二级目录", "三级目录"], *[[at, *path] for at, path in enumerate(PATHS, start=1)]]
    )
    assert shape(found) == TREE
    assert all(row.is_code_made for row in found.rows)


def test_one_row_a_heading_with_its_name_in_the_column_of_its_level() -> None:
    rows = [["代码", "一级项目", "二级项目", "三级项目"]]
    rows += [[code, *(name if at == level else None for at in (1, 2, 3))] for code, _parent, level, name in TREE]  # type: ignore[list-item]
    assert shape(read(rows)) == TREE


def test_classes_items_and_entries_as_numbers_are_put_together() -> None:
    rows = [
        ["类", "款", "项", "科目名称"], [201, None, None, "一般公共服务"], [201, 1, None, "人大事务"], [201, 1, 1, "行政运行"],
        [201, 11, None, "纪检"], [201, 11, 2, "管理"], [204, None, None, "公共安全"], [204, 1, None, "武装"], [204, 1, 99, "其他"],
    ]  # fmt: skip
    assert [row.code for row in read(rows).rows] == [
        "201",
        "20101",
        "2010101",
        "20111",
        "2011102",
        "204",
        "20401",
        "2040199",
    ]


def test_seven_first_headings_and_one_level_are_as_good_as_any() -> None:
    rows = [["代码", "名称"], *[[str(number), f"第{number}"] for number in range(1, 8)]]
    assert [(row.code, row.level) for row in read(rows).rows] == [(str(number), 1) for number in range(1, 8)]


# ── what does not fit ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rows", "number", "part"),
    [
        ([["01", "甲"], ["0101", "乙"], ["0201", "丙"], ["03", "丁"]], 4, "上级“02”不在表里"),
        ([["01", "甲"], ["0101", "乙"], ["0101", "丙"]], 4, "在第 3 行已经用过"),
        ([["01", "甲"], ["0101", None]], 3, "没有名称"),
        ([["01", "甲"], [None, "乙"]], 3, "没有代码"),
        ([["1.1", "甲"], ["2", "乙"]], 2, "上级“1”不在表里"),
        ([["1", "甲"], [date(2025, 1, 1), "乙"]], 3, "改成了日期"),
    ],
)
def test_a_row_that_does_not_fit_is_a_fault_with_its_number(rows: list[list[Any]], number: int, part: str) -> None:
    found = read([["代码", "名称"], *rows])
    ((told, said),) = [(one.number, str(one.fault)) for one in found.faults]
    assert (told, part in said) == (number, True), said
    assert number not in [row.number for row in found.rows]


def test_a_code_under_another_heading_is_a_fault() -> None:
    rows = [
        ["一级代码", "一级名称", "二级代码", "二级名称"],
        ["01", "甲", "0101", "乙"],
        ["01", "甲", "0102", "丙"],
        ["01", "甲", "0203", "丁"],
    ]
    (fault,) = read(rows).faults
    assert (fault.number, "不是“01”下面的代码" in str(fault.fault)) == (4, True)


def test_a_list_in_which_nothing_tells_a_level_is_refused() -> None:
    with pytest.raises(RuleBroken, match="没有认出层级"):
        read([["名称", "内容"], ["甲", "x"], ["乙", "y"]])
