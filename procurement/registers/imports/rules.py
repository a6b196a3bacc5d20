"""What must hold before a list is taken over: every needed column is there, there are rows, and none has a fault."""

from __future__ import annotations

from procurement.foundation.errors import RuleBroken
from procurement.foundation.labels import word
from procurement.registers.imports.models import Import


def ensure_whole(row: Import) -> None:
    """Refuse a list that is not whole: it is taken over as a whole or not at all.

    Raises:
        RuleBroken: columns lack, nothing was found, or rows have faults; says which, or how many.
    """
    missing = row.told["missing"]
    if missing:
        raise RuleBroken(
            word("表格里没有找到这些列：{columns}。请指定它们在哪一列，或补上再读入。"),
            columns=tuple(missing),
            field="document",
        )
    if not row.rows:
        raise RuleBroken(word("表头下面没有可以导入的行。"), field="document")
    if row.faulty:
        raise RuleBroken(
            word("{rows} 行里有 {faulty} 行有错，一行也没有导入。请改正后重新上传。"),
            rows=row.rows,
            faulty=row.faulty,
            field="document",
        )
