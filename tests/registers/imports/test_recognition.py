"""Recognition: heads as offices write them, values as people type them, and everything that was changed or left out told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import Labelled
from procurement.foundation.workbooks import Cell, Trouble, Workbook
from procurement.registers.imports.recognition import (
    Change,
    Choice,
    Column,
    ColumnKind,
    Reason,
    Understood,
    said_of,
    understand,
    value_of,
)
from tests.registers.imports.sheets import book_of, csv_of


class Colour(Labelled):
    RED = "red", "红"
    BLUE = "blue", "蓝色"


K = ColumnKind
COLUMNS = (
    Column("code", "代码", ("统一社会信用代码",), K.CODE, width=6),
    Column("name", "名称", ("单位名称", "组织名称"), longest=20),
    Column("budget", "预算金额", ("预算",), K.MONEY, is_required=False),
    Column("day", "成立日期", ("成立时间",), K.DAY, is_required=False),
    Column("phone", "电话", ("联系电话",), is_required=False),
)
PLAIN: list[list[Any]] = [["代码", "名称"], ["000001", "甲"], ["000002", "乙"]]
TYPED, UNTYPED = Workbook(()), Workbook((), is_typed=False)


def read(rows: list[list[Any]], *merged: str, **more: Any) -> Understood:
    return understand(book_of(rows, *merged, **more), COLUMNS)


def texts(understood: Understood, *names: str) -> list[tuple[str, ...]]:
    return [tuple(row.text(name) for name in names or ("code", "name")) for row in understood.rows]


def value(
    kind: ColumnKind, cell: Cell | str, workbook: Workbook = TYPED, head: str = "", **more: Any
) -> tuple[str, tuple[Change, ...]]:
    found = value_of(
        Column("x", "甲栏", kind=kind, **more), Cell(cell) if isinstance(cell, str) else cell, workbook, head
    )
    return found.text, found.changes


def refused(kind: ColumnKind, cell: Cell | str, part: str, **more: Any) -> RuleBroken:
    with pytest.raises(RuleBroken) as caught:
        value(kind, cell, **more)
    assert part in str(caught.value)
    assert "甲栏" in str(caught.value)
    return caught.value


# ── heads ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "head",
    [
        ["代码", "名称"], ["*代码（必填）", "单位名称*"], ["代 码", "名\n称"], ["统一社会信用代码（18位）", "组织名称："],
        ["代码[必填]", "【必填】名称"], ["　代码　", "名称(全称)"],
    ],
)  # fmt: skip
def test_a_head_is_known_whatever_marks_it_carries(head: list[str]) -> None:
    assert texts(read([head, *PLAIN[1:]])) == [("000001", "甲"), ("000002", "乙")]


def test_titles_and_notes_above_are_kept_as_notes() -> None:
    understood = read([["2025年名单"], ["填报单位：某局", None], *PLAIN], "A1:B1")
    assert understood.notes == ("2025年名单", "填报单位：某局")
    assert (understood.head, understood.height) == (3, 1)
    assert [row.number for row in understood.rows] == [4, 5]


def test_a_head_of_two_rows_is_joined() -> None:
    rows = [["代码", "名称", "联系方式", None], [None, None, "地址", "电话"], ["000001", "甲", "路", "123"]]
    understood = read(rows, "A1:A2", "B1:B2", "C1:D1")
    assert texts(understood, "code", "name", "phone") == [("000001", "甲", "123")]
    assert (understood.columns["phone"], understood.heads[3]) == (3, "联系方式 电话")


def test_a_head_that_is_merged_downwards_is_no_first_row() -> None:
    assert texts(read([["代码", "名称"], [None, None], *PLAIN[1:]], "A1:A2", "B1:B2")) == [
        ("000001", "甲"),
        ("000002", "乙"),
    ]


def test_a_label_counts_before_a_synonym_wherever_it_stands() -> None:
    assert texts(read([["单位名称", "代码", "名称"], ["旧", "000001", "甲"]])) == [("000001", "甲")]


def test_the_first_visible_sheet_with_a_whole_head_is_read() -> None:
    def more(book: Any, sheet: Any) -> None:
        sheet.title = "说明"
        hidden, shown = book.create_sheet("旧"), book.create_sheet("名单")
        hidden.sheet_state = "hidden"
        for row in PLAIN:
            hidden.append(row)
            shown.append(row)

    understood = read([["怎样填"], ["代码", "十八位"]], then=more)
    assert (understood.sheet, understood.hidden_sheets) == ("名单", ("旧",))


def test_a_list_without_a_head_is_refused_and_says_what_it_must_have() -> None:
    with pytest.raises(RuleBroken, match="代码、名称"):
        read([["甲", "乙"], ["1", "2"]])


def test_a_needed_column_that_lacks_is_said_once() -> None:
    understood = read([["代码", "电话"], ["000001", "1"], ["000002", "2"]])
    assert understood.missing == ("名称",)
    assert [row.faults for row in understood.rows] == [(), ()]


def test_what_somebody_chose_by_hand_counts() -> None:
    rows = [["a", "b", "c"], ["甲", "x", "000001"], ["乙", "y", "000002"]]
    choice = Choice("Sheet", 1, 1, {"code": 2, "name": 0})
    assert texts(understand(book_of(rows), COLUMNS, choice)) == [("000001", "甲"), ("000002", "乙")]


@pytest.mark.parametrize(
    ("choice", "part", "where"),
    [
        (Choice("没有", 1, 1, {}), "没有名为“没有”的工作表", "sheet"),
        (Choice("Sheet", 9, 1, {}), "第 9 行", "head"),
        (Choice("Sheet", 1, 1, {"code": 0, "name": 0}), "同一列", "columns"),
    ],
)
def test_a_choice_that_points_nowhere_is_refused(choice: Choice, part: str, where: str) -> None:
    with pytest.raises(RuleBroken, match=part) as caught:
        understand(book_of(PLAIN), COLUMNS, choice)
    assert caught.value.field == where


# ── what is left out ───────────────────────────────────────────────────────────────────────────────────────────────


def test_everything_that_is_left_out_is_told_with_its_reason() -> None:
    def hide(_book: Any, sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True

    rows: list[list[Any]] = [
        *PLAIN, [None], [None], ["000003", "丙"], ["代码", "名称"], ["000004", "丁"], ["合 计：", None, 100],
        ["注：1. 本表一式两份", None], ["填表人：张三", "联系电话：123"],
    ]  # fmt: skip
    understood = read(rows, then=hide)
    assert texts(understood) == [("000001", "甲"), ("000003", "丙"), ("000004", "丁")]
    assert [(one.first, one.last, one.reason) for one in understood.left_out] == [
        (3, 3, Reason.HIDDEN), (4, 5, Reason.EMPTY), (7, 7, Reason.HEAD), (9, 9, Reason.SUM), (10, 10, Reason.NOTE),
        (11, 11, Reason.NOTE),
    ]  # fmt: skip
    assert understood.left_out[0].text == "000002 乙"


def test_a_row_with_a_gap_is_a_fault_and_not_left_out() -> None:
    understood = read([*PLAIN, ["000003", None], [None, "合计与总计服务社"]])
    assert [[str(fault) for fault in row.faults] for row in understood.rows[2:]] == [
        ["“名称”没有填。"],
        ["“代码”没有填。"],
    ]
    assert [row.faults[0].field for row in understood.rows[2:]] == ["name", "code"]
    assert understood.left_out == ()


# ── values ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "expected", "changes"),
    [
        ("甲（集团）", "甲（集团）", ()),
        (" 甲 \n 乙\u00a0", "甲乙", (Change.TIDIED,)),
        ("City  Care", "City Care", (Change.TIDIED,)),
        ("Ａ１栋", "A1栋", (Change.NARROWED,)),
        ("\ufeff甲", "甲", (Change.TIDIED,)),
    ],
)
def test_a_text_is_tidied_and_its_brackets_stay(typed: str, expected: str, changes: tuple[Change, ...]) -> None:
    assert value(K.TEXT, typed) == (expected, changes)


def test_a_text_that_is_too_long_is_refused_with_its_bound() -> None:
    assert refused(K.TEXT, "甲" * 21, "最多 20 个", longest=20)


def test_zeros_are_restored_to_numbers_only_and_shown() -> None:
    assert value(K.CODE, Cell("101", is_number=True), width=6) == ("000101", (Change.ZEROS_RESTORED,))
    assert value(K.CODE, "101", UNTYPED, width=6) == ("000101", (Change.ZEROS_RESTORED,))
    assert value(K.CODE, "101", width=6) == ("101", ())
    assert value(K.CODE, Cell("101", is_number=True)) == ("101", ())
    assert value(K.CODE, "５２３ 30-3") == ("52330-3", (Change.NARROWED, Change.TIDIED))


@pytest.mark.parametrize(
    ("typed", "head", "expected"),
    [
        ("1280000", "", "1280000.00"), ("1,280,000.5元", "", "1280000.50"), ("￥１２８", "", "128.00"), ("128万元", "", "1280000.00"),
        ("128.12345", "预算（万元）", "1281234.50"), ("5000元", "预算（万元）", "5000.00"), ("1.2亿", "", "120000000.00"),
        ("人民币 3 元整", "", "3.00"), ("-5", "", "-5.00"),
    ],
)  # fmt: skip
def test_money_is_read_in_yuan_by_its_own_unit_or_that_of_the_head(typed: str, head: str, expected: str) -> None:
    assert value(K.MONEY, typed, head=head)[0] == expected


def test_the_unit_above_a_table_counts_for_amounts_that_have_none_of_their_own() -> None:
    columns = [Column("name", "名称"), Column("amount", "金额", kind=ColumnKind.MONEY)]
    above = [["2025 年预算"], ["单位：万元"], ["名称", "金额"], ["甲", 20.5], ["乙", "3元"]]
    beside = [["名称", "金额", "单位：万元"], ["甲", 20.5], ["乙", "3元"]]
    for rows in (above, beside):
        found = understand(book_of(rows), columns)
        assert texts(found, "amount") == [("205000.00",), ("3.00",)]
    own = understand(book_of([["单位：万元"], ["名称", "金额（元）"], ["甲", 20.5]]), columns)
    assert texts(own, "amount") == [("20.50",)]


@pytest.mark.parametrize("typed", ["约三万", "1,28", "0.001", "1e5", "12..5", "元"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    assert refused(K.MONEY, typed, "不是金额")


@pytest.mark.parametrize(
    "typed",
    [
        "2025年3月1日",
        "2025.3.1",
        "20250301",
        "2025/3/1",
        "2025-03-01 00:00:00",
        "２０２５年３月１日",
        "2025 年 3 月 1 日",
        "45717",
    ],
)
def test_a_day_is_read_in_every_form_it_is_written(typed: str) -> None:
    assert value(K.DAY, typed)[0] == "2025-03-01"


def test_a_serial_number_is_told_and_follows_the_date_system() -> None:
    assert value(K.DAY, Cell("45717", is_number=True)) == ("2025-03-01", (Change.SERIAL,))
    assert value(K.DAY, "44255", Workbook((), is_from_1904=True)) == ("2025-03-01", (Change.SERIAL,))
    assert value(K.DAY, Cell("2025-03-01", is_date=True)) == ("2025-03-01", ())


@pytest.mark.parametrize("typed", ["2025年3月", "25.3.1", "2025-02-30", "3月1日", "去年", "2025-13-01"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    assert refused(K.DAY, typed, "不是日期")


def test_choices_are_known_by_label_value_or_what_is_said_for_them() -> None:
    assert [value(K.CHOICE, typed, options=Colour)[0] for typed in ("红", " 蓝色 ", "RED")] == ["red", "blue", "red"]
    assert value(K.CHOICE, "是", options={"是": "yes", "否": "no"})[0] == "yes"
    assert [
        said_of(Column("x", "甲栏", options=options), "red") for options in (Colour, {"红的": "red", "朱": "red"})
    ] == ["红", "红的"]
    assert [said_of(Column("x", "甲栏", options=options), "绿") for options in (Colour, {"红的": "red"})] == [
        "绿",
        "绿",
    ]
    assert refused(K.CHOICE, "绿", "可以填：红、蓝色", options=Colour)


def test_whole_numbers_and_lists() -> None:
    assert [value(K.WHOLE, typed)[0] for typed in ("1,200", "12.0", "１２")] == ["1200", "12", "12"]
    assert refused(K.WHOLE, "12.5", "不是整数")
    assert value(K.WHOLE, "-999,999,999")[0] == "-999999999"
    # No database keeps the first, and Python does not even write the second out.
    for typed in ("1000000000", "9" * 5000):
        assert refused(K.WHOLE, typed, "超过 9 位数字")
    parts = value_of(Column("x", "甲栏", kind=K.LIST), Cell("甲、乙，丙\n丁;"), TYPED).parts
    assert parts == ("甲", "乙", "丙", "丁")


@pytest.mark.parametrize(
    ("trouble", "part"),
    [(Trouble.INEXACT, "设成文本格式"), (Trouble.UNCALCULATED, "没有算过的公式"), (Trouble.ERROR, "公式错误 #N/A")],
)
def test_what_a_file_has_lost_is_refused_with_what_to_do(trouble: Trouble, part: str) -> None:
    assert refused(K.TEXT, Cell("#N/A", trouble=trouble), part)


def test_a_csv_is_understood_like_a_workbook() -> None:
    understood = understand(csv_of("名单\r\n代码;名称;成立日期\r\n12;甲;2025年3月1日\r\n"), COLUMNS)
    assert texts(understood, "code", "name", "day") == [("000012", "甲", date(2025, 3, 1).isoformat())]
    assert understood.rows[0].values["code"].changes == (Change.ZEROS_RESTORED,)
