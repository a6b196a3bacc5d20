"""Lists of organisations for the tests: sound ones, and ones with every fault there is."""

from __future__ import annotations

from typing import Any

from procurement.registers.imports.kinds import IMPORTERS
from procurement.registers.imports.models import ImportKind
from procurement.registers.imports.reading import Reading, read_list
from procurement.registers.imports.recognition import Choice
from procurement.registers.organisations.credit_code import complete
from tests.factories import LIMIT, World
from tests.registers.imports.sheets import gbk, xls, xlsx

HEAD = ["序号", "统一社会信用代码", "单位名称", "英文名称", "地址", "法定代表人/负责人", "联系电话", "公益类别", "简介"]


def code(number: int, prefix: str = "52") -> str:
    return complete(f"{prefix}330383MJ{number:06}")


def line(number: int, **changes: Any) -> list[Any]:
    """A row that breaks no rule; the running number comes first."""
    cells = {
        "code": code(number), "name": f"龙港市第{number}服务中心", "english": "", "address": f"龙港市人民路{number}号",
        "representative": "陈一", "phone": "0577-59901234", "class": None, "introduction": "",
    }  # fmt: skip
    return [number, *{**cells, **changes}.values()]


def sheet(rows: list[list[Any]]) -> bytes:
    """As an office would send it: a title above the head, a sum and a note below."""
    return xlsx(
        [["龙港市社会组织一览表"], HEAD, *rows, ["合计", f"{len(rows)} 家"], ["注：1. 数据来自民政部门"]], "A1:I1"
    )


def old_sheet(rows: list[list[Any]]) -> bytes:
    """The same as XLS."""
    return xls([["龙港市社会组织一览表"], HEAD, *rows])


def csv_sheet(rows: list[list[Any]]) -> bytes:
    """The same as a CSV in GBK."""
    return gbk([["龙港市社会组织一览表"], HEAD, *rows])


def reading(
    world: World, content: bytes, name: str = "名单.xlsx", choice: Choice | None = None,
    kind: ImportKind = ImportKind.ORGANISATIONS,
) -> Reading:  # fmt: skip
    """A list, read and checked."""
    return read_list(kind, IMPORTERS[kind], content, name, now=world.now, limit=LIMIT, choice=choice)


# Forty faulty rows by what is wrong with them; the row's own number stays, so that each is faulty once.
WRONG: list[dict[str, Any]] = [
    {"code": "52330383MJ12345"}, {"code": ""}, {"code": code(1, "11")}, {"code": code(2, "13")}, {"code": code(3, "12")},
    {"code": code(4, "12"), "class": "公益一类"}, {"code": code(5, "12"), "class": "甲类"}, {"code": "52330383MJ000001AB"},
    {"code": 523303830000011111}, {"code": "52330383OJ00000112"}, {"code": code(6, "99")}, {"name": ""}, {"name": None},
    {"name": "超" * 121}, {"address": " "}, {"address": "路" * 201}, {"representative": ""}, {"representative": "\u3000"},
    {"phone": ""}, {"phone": "没有"}, {"phone": "12"}, {"phone": "#N/A"}, {"introduction": "多" * 2001}, {"english": "x" * 201},
]  # fmt: skip
