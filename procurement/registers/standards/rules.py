"""What a row of the register must hold, and which standards a plan may follow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from procurement.foundation.errors import DomainError, Refusals, RuleBroken
from procurement.foundation.labels import word
from procurement.registers.files import FileKind, Upload
from procurement.registers.standards.models import Standard, StandardKind, StandardOrigin, StandardStatus
from procurement.statute.clauses import Phase

# A standard is read by whoever works by it: what anybody can open, and no archive.
KINDS = frozenset({FileKind.PDF, FileKind.OFD, FileKind.DOCX, FileKind.JPG, FileKind.PNG})

# How the codes of a kind begin; an industry's are two letters of its own.
_BEGINNINGS = {
    StandardKind.NATIONAL: re.compile(r"GB(/[TZ])? ?\d"),
    StandardKind.INDUSTRY: re.compile(r"(?!GB|DB)[A-Z]{2,3}(/[TZ])? ?\d"),
    StandardKind.LOCAL: re.compile(r"DB\d{2,6}(/T)? ?\d"),
    StandardKind.GROUP: re.compile(r"T/[A-Z]+ ?\d"),
    StandardKind.ENTERPRISE: re.compile(r"Q/"),
}
# Which status may follow which: a repealed standard is not revived, and nothing becomes unconfirmed again.
_NEXT = {
    StandardStatus.UNCONFIRMED: frozenset(StandardStatus),
    StandardStatus.DRAFT: frozenset({StandardStatus.DRAFT, StandardStatus.IN_FORCE, StandardStatus.REPEALED}),
    StandardStatus.IN_FORCE: frozenset({StandardStatus.IN_FORCE, StandardStatus.REPEALED}),
    StandardStatus.REPEALED: frozenset({StandardStatus.REPEALED}),
}


@dataclass(frozen=True, slots=True)
class StandardTerms:
    """What is said of a standard; an empty code where none is known."""

    code: str
    title: str
    kind: StandardKind
    status: StandardStatus
    origin: StandardOrigin
    source: str = ""
    phase: Phase = Phase.DURING


def kind_of_code(code: str) -> StandardKind:
    """The kind that a code tells by its beginning; any other code is a document's, and without one nothing is known."""
    found = (kind for kind, beginning in _BEGINNINGS.items() if beginning.match(code))
    return next(found, StandardKind.DOCUMENT if code else StandardKind.UNCONFIRMED)


def tidy_code(code: str) -> str:
    """A code as the register writes it: capital letters, single spaces, a plain hyphen."""
    return re.sub(r"\s+", " ", code.strip().upper()).translate({ord(dash): "-" for dash in "—–－"})


def tidy_title(title: str) -> str:
    """A title without its book marks."""
    stripped = title.strip()
    return stripped[1:-1].strip() if stripped.startswith("《") and stripped.endswith("》") else stripped


def faults_of(terms: StandardTerms, alike: Mapping[str, Sequence[Standard]], but: Standard | None) -> list[DomainError]:
    """Everything wrong with a row, each at its field; `alike` are the rows of the same code or title."""
    code, title = tidy_code(terms.code), tidy_title(terms.title)
    faults: list[DomainError] = []
    if not title:
        faults.append(RuleBroken(word("请写明标准的名称。"), field="title"))
    if not code and terms.kind in _BEGINNINGS:
        faults.append(
            RuleBroken(word("{kind}都有编号，请填写；还不知道的，种类请选“种类待核”。"), kind=terms.kind, field="code")
        )
    beginning = _BEGINNINGS.get(terms.kind)
    if code and beginning is not None and not beginning.match(code):
        faults.append(
            RuleBroken(
                word("编号 {code} 不像{kind}的编号，请核对种类和编号。"), code=code, kind=terms.kind, field="code"
            )
        )
    if code and any(row is not but for row in alike.get(code, ())):
        faults.append(RuleBroken(word("编号 {code} 已经登记过了。"), code=code, field="code"))
    others = [row for row in alike.get(title, ()) if row is not but]
    if not code and others:
        faults.append(
            RuleBroken(word("“{title}”已经登记过；同名的另一项要有编号才分得清。"), title=title, field="title")
        )
    if code and any(row.code is None for row in others):
        message = word("“{title}”已经登记，还没有编号；请在那一项上补登编号，不要另登一项。")
        faults.append(RuleBroken(message, title=title, field="title"))
    return faults


def ensure_holds(
    terms: StandardTerms, text: Upload | None, alike: Mapping[str, Sequence[Standard]], but: Standard | None = None
) -> None:
    """Refuse a row that is not whole, that is there already, or a text that nobody can read."""
    faults = faults_of(terms, alike, but)
    if text is not None and text.kind not in KINDS:
        message = word("标准文本是{kind}，应是 PDF、OFD、Word 文件或者图片。")
        faults.append(RuleBroken(message, kind=text.kind, field="document"))
    if faults:
        raise Refusals(faults)


def faults_of_becoming(standard: Standard, terms: StandardTerms) -> list[DomainError]:
    """Why a row cannot become what the terms say: a repeal and a code stand, and a new edition is a row of its own."""
    faults: list[DomainError] = []
    if terms.status not in _NEXT[standard.status]:
        message = word("“{title}”现在是“{before}”，不能改为“{after}”。新的一版请另行登记。")
        faults.append(
            RuleBroken(message, title=standard.title, before=standard.status, after=terms.status, field="status")
        )
    if standard.code and tidy_code(terms.code) != standard.code:
        message = word("编号 {code} 已经登记，不能改成别的。新的一版请另行登记。")
        faults.append(RuleBroken(message, code=standard.code, field="code"))
    return faults


def ensure_may_become(standard: Standard, terms: StandardTerms, text: Upload | None) -> None:
    """Refuse to make another standard of a row, or to exchange the text that is held of it."""
    faults = faults_of_becoming(standard, terms)
    if text is not None and standard.file is not None:
        message = word("“{title}”的文本已经存有，不能换成另一份。新的一版请另行登记。")
        faults.append(RuleBroken(message, title=standard.title, field="document"))
    if faults:
        raise Refusals(faults)


# ── which standards may be followed, and checked against ───────────────────────────────────────────────────────────


def fault_of_reference(reference: str, rows: Sequence[Standard], field: str) -> DomainError | None:
    """Why a typed code or title does not name one standard of the register."""
    if not rows:
        message = word("标准登记簿里没有“{reference}”。请填登记过的编号或者名称，或者先登记。")
        return RuleBroken(message, reference=reference, field=field)
    if len(rows) > 1:
        message = word("“{reference}”有 {count} 个版本，请填编号：{codes}。")
        codes = tuple(row.code or row.title for row in rows)
        return RuleBroken(message, reference=reference, count=len(rows), codes=codes, field=field)
    return None


def faults_of_following(references: Sequence[str], known: Mapping[str, Sequence[Standard]]) -> list[DomainError]:
    """Why these standards cannot be followed: not in the register, named twice, repealed, or still being drawn up."""
    faults: list[DomainError] = []
    seen: set[int] = set()
    for reference in references:
        rows = known.get(reference, ())
        fault = fault_of_reference(reference, rows, "standards")
        if fault is not None:
            faults.append(fault)
            continue
        (standard,) = rows
        if standard.id in seen:
            faults.append(RuleBroken(word("“{reference}”填了两次。"), reference=reference, field="standards"))
        seen.add(standard.id)
        if not may_be_followed(standard):
            message = word("“{title}”{status}，不能按它作业。请改用现行的标准。")
            faults.append(RuleBroken(message, title=standard.title, status=standard.status, field="standards"))
    return faults


def may_be_followed(standard: Standard) -> bool:
    """Whether services may be performed by a standard: neither repealed nor still being drawn up."""
    return standard.status not in (StandardStatus.REPEALED, StandardStatus.DRAFT)


def ensure_may_follow(references: Sequence[str], known: Mapping[str, Sequence[Standard]]) -> None:
    """Refuse a plan that names what it cannot follow.

    Raises:
        Refusals: one for each of them.
    """
    faults = faults_of_following(references, known)
    if faults:
        raise Refusals(faults)
