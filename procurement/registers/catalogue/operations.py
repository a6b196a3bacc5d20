"""Loading the bundled lists, and checking them; what officers draft from them is in `drafting.py`."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import insert

from procurement.foundation.database import Base, db
from procurement.foundation.labels import word
from procurement.registers.catalogue.models import (
    BasisStatus,
    CatalogueBigram,
    CatalogueEntry,
    ListKind,
    ListProvenance,
    NegativeListEntry,
    Readiness,
    ReferenceEdition,
    Severity,
    TransferableFunction,
    TransferMode,
    newest_edition,
)
from procurement.registers.catalogue.rules import Fault, faults_in
from procurement.registers.catalogue.search import index_of
from procurement.registers.communities import load_communities
from procurement.registers.powers import load_powers

DATA = Path(__file__).parent / "data"

# How many divisions, classes and items the press report gives; the bundled catalogue has this shape and no other.
SHAPE = (6, 43, 172)

# No list of the city was published; the bundled ones bind from before the first day that any instance counts.
BUNDLED_IN_FORCE_ON = date(2025, 1, 1)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a page says of a bundled list, in both languages."""

    text: str
    text_en: str


STATEMENTS: dict[ListKind, Statement] = {
    ListKind.CATALOGUE: Statement(
        "本目录为系统内置的参考目录，结构（6个一级、43个二级、172个三级项目）与公开报道一致，"
        "具体项目由本项目编写，不是龙港市正式发布的文本；请以正式印发的目录导入替换。",
        "This is a built-in reference catalogue. Its shape (6 / 43 / 172 entries) follows a published report; the "
        "entries were composed for this project and are not the text issued by the city. Import the official "
        "catalogue to replace it.",
    ),
    ListKind.NEGATIVE_LIST: Statement(
        "本清单为系统内置的参考清单：6 类依照《政府购买服务管理办法》（财政部令第102号）第十条，"
        "20 个示例和全部关键词由本项目编写，不是龙港市正式发布的文本；请以正式印发的清单导入替换。",
        "This is a built-in reference list. Its 6 categories follow Article 10 of the Measures for Government Purchase "
        "of Services (Ministry of Finance Order No. 102); the 20 examples and all keywords were composed for this "
        "project and are not a text issued by the city. Import the official list to replace it.",
    ),
    ListKind.FUNCTIONS: Statement(
        "本目录为系统内置的参考目录：事项、转移方式、主管部门和对应的目录编码由本项目编写，"
        "所引条文只说明该事项可以委托或者购买，不说明龙港市已经转移；请以正式印发的目录导入替换。",
        "This is a built-in reference directory. Functions, modes, departments and catalogue codes were composed for "
        "this project. The cited articles show that a matter may be entrusted or bought, not that the city has "
        "transferred it. Import the official directory to replace it.",
    ),
    ListKind.POWERS: Statement(
        "本清单为系统内置的参考清单：权责事项由本项目按可转移职能目录所引的条文和各部门的一般职责编写，"
        "不是龙港市正式公布的权责清单；请以正式公布的清单导入替换。",
        "This is a built-in reference list. Its powers were composed for this project from the articles that the "
        "directory of functions cites and from the departments' general duties; it is not the register of powers "
        "published by the city. Import the official register to replace it.",
    ),
    ListKind.COMMUNITIES: Statement(
        "本名单为系统内置的参考名单：102 个社区中 90 个名称见于公开资料，12 个为占位，编码只在本系统内使用，"
        "不是行政区划代码；请以正式名单导入替换。",
        "This is a built-in reference list. Of its 102 communities, 90 names come from published sources and 12 are "
        "placeholders; the codes are local to this system and are not official division codes. Import the official "
        "list to replace it.",
    ),
}

# The units of the bundled catalogue, marked for their English names.
UNITS = (
    word("人次"),
    word("项"),
    word("场"),
    word("件"),
    word("年"),
    word("个"),
    word("家"),
    word("户"),
    word("平方米"),
    word("次"),
    word("公里"),
    word("批次"),
    word("座"),
    word("车次"),
    word("点位"),
    word("学位"),
    word("床位"),
    word("册"),
    word("亩"),
    word("头次"),
    word("吨"),
    word("平方公里"),
    word("盏"),
    word("泊位"),
    word("套"),
    word("栋"),
    word("辆"),
    word("例"),
    word("班次"),
    word("份"),
    word("台"),
    word("组"),
    word("航次"),
    word("卷"),
    word("只"),
)


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A row of a catalogue file; `suitable` is None for headings."""

    code: str
    parent_code: str
    level: int
    name: str
    name_en: str
    scope: str
    department: str
    suitable: bool | None
    unit: str


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def catalogue_rows(file: Path = DATA / "catalogue.csv") -> list[CatalogueRow]:
    """The rows of a catalogue file, in its order."""
    return [
        CatalogueRow(
            code=row["code"],
            parent_code=row["parent_code"],
            level=int(row["level"]),
            name=row["name"],
            name_en=row["name_en"],
            scope=row["scope"],
            department=row["department"],
            suitable={"yes": True, "no": False}.get(row["suitable"]),
            unit=row["unit"],
        )
        for row in _rows(file)
    ]


def check_bundled(file: Path = DATA / "catalogue.csv") -> tuple[str, list[str]]:
    """The bundled catalogue's shape, `6 43 172`, and everything wrong with it, a sentence each; none is well."""
    rows = catalogue_rows(file)
    faults: list[Fault] = faults_in(rows, SHAPE)
    counts = " ".join(str(sum(row.level == level for row in rows)) for level in range(1, len(SHAPE) + 1))
    return counts, [str(fault) for fault in faults]


def load_bundled_lists(now: datetime) -> list[ListKind]:
    """Load every bundled list that is not yet there, and say which; a second call loads nothing.

    Runs inside the caller's transaction and leaves the commit to it.
    """
    loaders: dict[ListKind, Callable[[ReferenceEdition], object]] = {
        ListKind.CATALOGUE: _load_catalogue,
        ListKind.NEGATIVE_LIST: _load_negative_list,
        ListKind.FUNCTIONS: _load_functions,
        ListKind.POWERS: load_powers,
        ListKind.COMMUNITIES: lambda _edition: load_communities(),
    }
    return [kind for kind, load in loaders.items() if _load(kind, load, now)]


def _load(kind: ListKind, load: Callable[[ReferenceEdition], object], now: datetime) -> bool:
    if newest_edition(kind) is not None:
        return False
    edition = ReferenceEdition(
        kind=kind, number=1, in_force_on=BUNDLED_IN_FORCE_ON, provenance=ListProvenance.BUNDLED, loaded_at=now
    )
    db.session.add(edition)
    db.session.flush()
    load(edition)
    db.session.flush()
    return True


def _load_catalogue(edition: ReferenceEdition) -> None:
    rows = catalogue_rows()
    entries: dict[str, CatalogueEntry] = {}
    for level in range(1, len(SHAPE) + 1):
        added = {
            row.code: CatalogueEntry(
                edition_id=edition.id,
                code=row.code,
                origin=row.code,
                parent_id=_id_of(entries, row.parent_code),
                level=row.level,
                name=row.name,
                name_en=row.name_en,
                scope=row.scope,
                department_name=row.department,
                suitable=row.suitable,
                unit=row.unit,
            )
            for row in rows
            if row.level == level
        }
        _save(list(added.values()))
        entries |= added
    index_entries(entries.values())


def index_entries(entries: Iterable[CatalogueEntry]) -> None:
    """Let these entries be found by the search."""
    bigrams = [{"entry_id": entry.id, "bigram": bigram} for entry in entries for bigram in sorted(index_of(entry))]
    if bigrams:
        db.session.execute(insert(CatalogueBigram), bigrams)


def _load_negative_list(edition: ReferenceEdition) -> None:
    entries: dict[str, NegativeListEntry] = {}
    for row in _rows(DATA / "negative_list.csv"):
        entry = NegativeListEntry(
            edition_id=edition.id,
            code=row["code"],
            origin=row["code"],
            parent_id=_id_of(entries, row["parent_code"]),
            level=int(row["level"]),
            title=row["title"],
            title_en=row["title_en"],
            basis=row["basis"],
            keywords=row["keywords"],
            barred_codes=row["catalogue_codes"],
            severity=Severity(row["severity"]),
            basis_status=BasisStatus(row["basis_status"]),
        )
        _save([entry])
        entries[entry.code] = entry


def _load_functions(edition: ReferenceEdition) -> None:
    functions = [
        TransferableFunction(
            edition_id=edition.id,
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"],
            department_name=row["department"],
            mode=TransferMode(row["mode"]),
            catalogue_code=row["catalogue_code"],
            power_code=row["power_code"],
            readiness=Readiness(row["readiness"]),
            legal_basis=row["legal_basis"],
            basis_status=BasisStatus(row["basis_status"]),
        )
        for row in _rows(DATA / "functions.csv")
    ]
    _save(functions)


def _id_of(entries: dict[str, CatalogueEntry] | dict[str, NegativeListEntry], code: str) -> int | None:
    return entries[code].id if code else None


def _save(rows: Sequence[Base]) -> None:
    db.session.add_all(rows)
    db.session.flush()
