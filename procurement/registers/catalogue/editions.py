"""Editions beside one another, and what a draft of one must hold: its codes, its words, its day."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from procurement.foundation.errors import DomainError, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.registers.catalogue.models import (
    ITEM_LEVEL,
    BasisStatus,
    CatalogueEntry,
    ListKind,
    NegativeListEntry,
    ReferenceEdition,
    Row,
    Severity,
)
from procurement.registers.catalogue.rules import barring_row
from procurement.statute import limits

# What makes a row of a list what it is, besides its code and its place.
COLUMNS: dict[ListKind, tuple[str, ...]] = {
    ListKind.CATALOGUE: ("name", "name_en", "scope", "department_name", "suitable", "unit"),
    ListKind.NEGATIVE_LIST: ("title", "title_en", "basis", "keywords", "barred_codes", "severity", "basis_status"),
}
DEEPEST: dict[ListKind, int] = {ListKind.CATALOGUE: ITEM_LEVEL, ListKind.NEGATIVE_LIST: 2}
_SEPARATORS = re.compile(r"[|、，,；;\s]+")


def parts_of(text: str) -> tuple[str, ...]:
    """Keywords or codes as people type them, each once."""
    return tuple(dict.fromkeys(part for part in _SEPARATORS.split(text) if part))


@dataclass(frozen=True, slots=True)
class CatalogueTerms:
    """What is said of an entry of the catalogue; of a heading only name and scope."""

    name: str
    name_en: str = ""
    scope: str = ""
    department_name: str = ""
    suitable: bool | None = None
    unit: str = ""

    def columns(self) -> dict[str, Any]:
        """What the row says then."""
        return {name: getattr(self, name) for name in COLUMNS[ListKind.CATALOGUE]}


@dataclass(frozen=True, slots=True)
class NegativeTerms:
    """What is said of a row of the negative list."""

    title: str
    basis: str
    severity: Severity
    basis_status: BasisStatus
    title_en: str = ""
    keywords: tuple[str, ...] = ()
    barred_codes: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        """What the row says then."""
        joined = {"keywords": "|".join(self.keywords), "barred_codes": "|".join(self.barred_codes)}
        return {name: joined.get(name, getattr(self, name)) for name in COLUMNS[ListKind.NEGATIVE_LIST]}


EntryTerms = CatalogueTerms | NegativeTerms


# ── two editions compared ──────────────────────────────────────────────────────────────────────────────────────────


_NAMES = frozenset({"name", "name_en", "title", "title_en"})


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it stood and as it stands; one of the two where it was added or retired."""

    before: Row | None
    after: Row | None
    columns: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The code it has now, or had last."""
        row = self.after or self.before
        assert row is not None
        return row.code

    @property
    def is_renamed(self) -> bool:
        """Whether it is called otherwise, in either language."""
        return not _NAMES.isdisjoint(self.columns)

    @property
    def amended(self) -> tuple[str, ...]:
        """What it says otherwise, besides its name."""
        return tuple(name for name in self.columns if name not in _NAMES)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What distinguishes an edition from another one; a row that was moved and renamed stands in both."""

    added: tuple[Change, ...]
    retired: tuple[Change, ...]
    renamed: tuple[Change, ...]
    moved: tuple[Change, ...]
    amended: tuple[Change, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {
            "added": len(self.added), "retired": len(self.retired), "renamed": len(self.renamed),
            "moved": len(self.moved), "amended": len(self.amended),
        }  # fmt: skip

    @property
    def is_empty(self) -> bool:
        """Whether the two say the same."""
        return not any(self.counts.values())


def compare(before: Iterable[Row], after: Iterable[Row], kind: ListKind) -> Comparison:
    """What was added, retired, renamed, moved or otherwise amended between two editions of one list, each by code.

    A row is the same row where its origin is the same, however often it was renamed and moved in between.
    """
    old, new = {row.origin: row for row in before}, {row.origin: row for row in after}
    both = [_change(old[origin], row, kind) for origin, row in new.items() if origin in old]
    return Comparison(
        added=_by_code(Change(None, row) for origin, row in new.items() if origin not in old),
        retired=_by_code(Change(row, None) for origin, row in old.items() if origin not in new),
        renamed=_by_code(change for change in both if change.is_renamed),
        moved=_by_code(change for change in both if change.before and change.before.code != change.code),
        amended=_by_code(change for change in both if change.amended),
    )


def _change(before: Row, after: Row, kind: ListKind) -> Change:
    columns = COLUMNS[kind]
    return Change(before, after, tuple(name for name in columns if getattr(before, name) != getattr(after, name)))


def _by_code(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: change.code))


# ── codes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


# What the codes of the first level look like: the city's own are two digits, official lists also have A, or A01.
_TOP = {ListKind.CATALOGUE: re.compile("[0-9]{2}|[A-Z]|[A-Z][0-9]{2}"), ListKind.NEGATIVE_LIST: re.compile("N[0-9]{2}")}


def next_code(stem: str, taken: Collection[str], kind: ListKind) -> str:
    """The first code under the code `stem`, at the top without one, that was never given; empty where all are."""
    stem = stem or _stem_of(kind)
    return next((code for code in (f"{stem}{number:02d}" for number in range(1, 100)) if code not in taken), "")


def _stem_of(kind: ListKind) -> str:
    return "N" if kind is ListKind.NEGATIVE_LIST else ""


def ensure_code(
    code: str, stem: str, kind: ListKind, given: Mapping[str, int], standing: Collection[str], day: date
) -> None:
    """Refuse a code that is not its parent's with two digits more, stands in the draft already, or was ever given.

    `stem` is the parent's code, empty at the top; `given` holds the codes of every adopted edition with the number of the
    first one, `standing` those of the draft.
    """
    once = limits.CODE_ONCE.on(day).article
    ensure_shape(code, stem, kind, day)
    if not stem and any(code != other and code.startswith(other) for other in standing):
        raise RuleBroken(
            word("编码“{code}”是另一个条目下面的编码，不能放在一级。"), code=code, field="code", article=once
        )
    if code in standing:
        raise RuleBroken(
            word("编码 {code} 在这份草案里已经有了，一个编码只能给一个条目。"), code=code, field="code", article=once
        )
    if code in given:
        raise RuleBroken(
            word("编码 {code} 在第 {number} 版里用过，停用或者移走以后也不能再给别的条目。请另选一个。"),
            code=code,
            number=given[code],
            field="code",
            article=once,
        )


def ensure_shape(code: str, stem: str, kind: ListKind, day: date) -> None:
    """Refuse a code that does not say where its entry stands: its parent's with two digits more."""
    once = limits.CODE_ONCE.on(day).article
    if stem and re.fullmatch(re.escape(stem) + "[0-9]{2}", code) is None:
        raise RuleBroken(
            word("编码“{code}”应是“{stem}”再加两位数字。"), code=code, stem=stem, field="code", article=once
        )
    if not stem and _TOP[kind].fullmatch(code) is None:
        said = {
            ListKind.CATALOGUE: word("一级编码“{code}”应是两位数字，或者一个大写字母，或者字母再加两位数字。"),
            ListKind.NEGATIVE_LIST: word("一级编码“{code}”应是 N 再加两位数字。"),
        }
        raise RuleBroken(said[kind], code=code, field="code", article=once)


def ensure_room_below(parent: Row | None, kind: ListKind) -> None:
    """Refuse an entry below one of the last level."""
    if parent is not None and parent.level >= DEEPEST[kind]:
        raise RuleBroken(
            word("{code} 已在最末一级（第 {level} 级），下面不能再设条目。"),
            code=parent.code,
            level=parent.level,
            field="parent",
        )


def ensure_nothing_below(row: Row, below: Sequence[Row]) -> None:
    """Refuse to retire a heading under which entries stand: each is retired or moved in its own right."""
    if below:
        raise RuleBroken(
            word("{code} 下面还有 {count} 个条目（{codes}）。请先停用或者移走它们。"),
            code=row.code,
            count=len(below),
            codes=tuple(other.code for other in below),
        )


def ensure_may_move(row: Row, parent: Row, current: Row | None) -> None:
    """Refuse a move to where the entry stands, to another level, or below itself."""
    if current is None or parent.level != current.level:
        raise RuleBroken(
            word("{code} 在第 {level} 级，只能移到另一个上一级条目之下，{parent} 不是。"),
            code=row.code,
            level=row.level,
            parent=parent.code,
            field="parent",
        )
    if parent.id == current.id:
        raise RuleBroken(word("{code} 已经在 {parent} 之下。"), code=row.code, parent=parent.code, field="parent")


def ensure_not_moved_out_of_a_bar(rows: Iterable[Row], negative_list: Sequence[NegativeListEntry]) -> None:
    """Refuse to move an entry that the negative list bars by its code: it would no longer be barred."""
    for row in rows:
        bar = barring_row(row.code, negative_list)
        if isinstance(row, CatalogueEntry) and bar is not None:
            raise RuleBroken(
                word("{entry} 按编码列在负面清单 {code}“{title}”里，移动会使它不再受限。请先改负面清单。"),
                entry=row.code,
                code=bar.code,
                title=bar.called,
                field="parent",
            )


# ── words ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_terms(terms: EntryTerms, level: int, codes: Collection[str], day: date) -> None:
    """Refuse an entry without a name, an item without scope, department or unit, a row of the negative list that finds nothing.

    `codes` are those of the catalogue in force: what is barred must exist.

    Raises:
        Refusals: everything that is wrong, each at its field.
    """
    faults = list(
        faults_of_row(terms, codes, day) if isinstance(terms, NegativeTerms) else _faults_of_entry(terms, level)
    )
    if faults:
        raise Refusals(faults) if faults[1:] else faults[0]


def _faults_of_entry(terms: CatalogueTerms, level: int) -> Iterable[DomainError]:
    if not terms.name.strip():
        yield RuleBroken(word("条目要有名称。"), field="name")
    if level == DEEPEST[ListKind.CATALOGUE]:
        for name, said in (
            ("scope", word("具体项目要写明服务范围。")),
            ("department_name", word("具体项目要有主管部门。")),
            ("unit", word("具体项目要有计量单位。")),
        ):
            if not getattr(terms, name).strip():
                yield RuleBroken(said, field=name)


def faults_of_row(terms: NegativeTerms, codes: Collection[str], day: date) -> Iterable[DomainError]:
    """What a row of the negative list lacks, each at its field."""
    if not terms.title.strip():
        yield RuleBroken(word("条目要有名称。"), field="title")
    if not terms.basis.strip():
        yield RuleBroken(word("禁止要有依据：请写明文件和条款。"), field="basis")
    if not terms.keywords and not terms.barred_codes:
        yield RuleBroken(word("没有关键词，也没有目录编码，什么也查不出来。请至少填一样。"), field="keywords")
    least = limits.KEYWORD_SHORTEST.on(day)
    short = tuple(keyword for keyword in terms.keywords if len(keyword) < least.amount)
    if short:
        yield RuleBroken(
            word("关键词 {keywords} 不足 {least} 个字，会命中几乎所有文字。请写得具体些。"),
            keywords=short,
            least=least.amount,
            field="keywords",
            article=least.article,
        )
    unknown = tuple(code for code in terms.barred_codes if code not in codes)
    if unknown:
        yield RuleBroken(word("现行目录里没有编码 {codes}。"), codes=unknown, field="barred_codes")


# ── drafts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_no_other_draft(under_way: ReferenceEdition | None) -> None:
    """Refuse a second draft of one list: whichever came second to the conference would undo the first."""
    if under_way is not None:
        raise WrongState(
            word("{edition}还在办理（{status}），一份清单同时只能有一份草案。"),
            edition=under_way.called,
            status=under_way.status,
        )


# How many of what lacks are named.
_NAMED = 10


def is_complete(row: CatalogueEntry) -> bool:
    """Whether an item says all that a plan takes from it; one from an official list may not, while it is a draft."""
    return bool(row.scope and row.department_name and row.unit)


def ensure_ready(
    edition: ReferenceEdition, rows: Iterable[Row], comparison: Comparison, consultation: str, proposed: date, day: date
) -> None:
    """Refuse to lay a draft before the conference that changes nothing, is not complete, was shown to nobody, or would bind too early.

    Raises:
        Refusals: each at its field.
    """
    faults: list[DomainError] = []
    if comparison.is_empty:
        faults.append(RuleBroken(word("草案和前一版完全一样，没有可以审议的内容。")))
    incomplete = [row.code for row in rows if isinstance(row, CatalogueEntry) and row.is_item and not is_complete(row)]
    if incomplete:
        faults.append(
            RuleBroken(
                word("草案里有 {count} 个具体项目没有写全服务范围、主管部门或计量单位：{codes}{more}。"),
                count=len(incomplete),
                codes=tuple(incomplete[:_NAMED]),
                more=word("等") if incomplete[_NAMED:] else "",
            )
        )
    if not consultation.strip():
        faults.append(
            RuleBroken(
                word("请写明征求了哪些部门的意见、意见怎样处理。"),
                field="consultation",
                article=limits.DIRECTORY_ADJUSTED.on(day).article,
            )
        )
    earliest = earliest_day(edition, day)
    if proposed < earliest:
        faults.append(
            RuleBroken(
                word("施行日期 {proposed} 太早：不能早于决议之日，也不能早于前一版的施行日期，最早 {earliest}。"),
                proposed=proposed,
                earliest=earliest,
                field="in_force_on",
                article=limits.EDITION_IN_FORCE.on(day).article,
            )
        )
    if faults:
        raise Refusals(faults) if faults[1:] else faults[0]


def earliest_day(edition: ReferenceEdition, day: date) -> date:
    """The first day on which an edition that is resolved on `day` may come into force: that day, and not before its base."""
    base = edition.base.in_force_on if edition.base is not None else None
    return max(day, base) if base is not None else day


def ensure_drafted_under(entry: CatalogueEntry, in_force: ReferenceEdition | None, day: date) -> None:
    """Refuse a plan from an entry of an edition that does not bind on that day."""
    if in_force is None or entry.edition_id != in_force.id:
        raise RuleBroken(
            word("目录条目 {code} 属于{edition}，今天施行的不是这一版。请重新选择条目。"),
            code=entry.code,
            edition=entry.edition.called,
            field="entry",
            article=limits.EDITION_IN_FORCE.on(day).article,
        )
