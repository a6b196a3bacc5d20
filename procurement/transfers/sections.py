"""A plan is drafted section by section: what each says, what lacks, and what one takes over from a former plan.

A section is saved whole and judged by what it says, together with what other sections say already; what another section
has not said yet is asked when the plan is submitted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from procurement.foundation.errors import Article, Conflict, DomainError, Refusals, RuleBroken
from procurement.foundation.labels import Labelled, word
from procurement.foundation.money import Money
from procurement.registers.access import Deed, doer_among
from procurement.registers.audit import AuditLine, Outcome, lines_of_chain
from procurement.registers.people import Department, User, user_by_id
from procurement.transfers.models import Plan, PlanStatus
from procurement.transfers.rules import PLACES, PlanTerms


class Section(Labelled):
    """The sections of a plan, in the order in which they are drafted."""

    MATTER = "matter", word("事项和权责")
    NEED = "need", word("需求和公众意见")
    CONTENT = "content", word("内容、数量、质量和标准")
    GOALS = "goals", word("绩效目标和指标")
    MONEY = "money", word("经费和最高限价")
    TERM = "term", word("服务期限")
    METHOD = "method", word("采购方式")
    QUALIFICATION = "qualification", word("资格条件")
    CRITERIA = "criteria", word("评分标准")
    PAYMENTS = "payments", word("付款安排")
    RISK = "risk", word("风险和退出")

    @property
    def before(self) -> Section | None:
        """The section before this one."""
        return _ORDER[place - 1] if (place := _ORDER.index(self)) else None

    @property
    def after(self) -> Section | None:
        """The section after this one."""
        return _ORDER[place + 1] if (place := _ORDER.index(self)) + 1 < len(_ORDER) else None


_ORDER = tuple(Section)

FIELDS: Mapping[Section, tuple[str, ...]] = {
    Section.MATTER: ("title", "title_en", "power_code"),
    Section.NEED: ("need", "public_opinion"),
    Section.CONTENT: ("content", "quantity", "quality", "standards"),
    Section.GOALS: ("goal", "indicators"),
    Section.MONEY: ("fundings", "ceiling"),
    Section.TERM: ("term_months", "long_term_grounds"),
    Section.METHOD: (
        "method",
        "method_reason",
        "method_approval",
        "source_ground",
        "source_code",
        "source_former_price",
    ),
    Section.QUALIFICATION: ("qualification",),
    Section.CRITERIA: ("criteria",),
    Section.PAYMENTS: ("installments",),
    Section.RISK: ("risk", "exit"),
}
# What only a single source has is asked of it by the rules.
_OF_A_SOURCE = frozenset({"source_ground", "source_code", "source_former_price"})
_OPTIONAL = frozenset({"title_en", "standards", "long_term_grounds", "method_approval"}) | _OF_A_SOURCE
# What has a sentence of its own where it lacks, in `rules.py` or where the power is asked for.
_WITH_OWN_SENTENCE = frozenset(
    {"power_code", "indicators", "fundings", "ceiling", "term_months", "criteria", "installments"}
)
LABELS: Mapping[str, str] = {
    **PLACES,
    "standards": word("执行的标准"),
    "fundings": word("经费来源"),
    "ceiling": word("最高限价"),
    "term_months": word("服务期限"),
    "long_term_grounds": word("超过一年的条件"),
    "method": word("采购方式"),
    "source_ground": word("单一来源的情形"),
    "source_code": word("指定组织的统一社会信用代码"),
    "source_former_price": word("原合同金额"),
}

# What a former plan hands on. The rest is judged anew for each matter: what the public said, the money and its years, the
# term with its grounds, the method with its reason and approval.
TAKEN_OVER = (
    "content", "quantity", "quality", "standards", "need", "goal", "indicators", "qualification", "criteria",
    "installments", "risk", "exit",
)  # fmt: skip


class Progress(Labelled):
    """How far a section is."""

    DONE = "done", word("已填好")
    LACKING = "lacking", word("还没填")
    FAULTY = "faulty", word("要改")


def section_of(field: str | None) -> Section | None:
    """The section that a field stands in; None for what belongs to the whole plan."""
    return next((section for section, names in FIELDS.items() if field in names), None)


def says(terms: PlanTerms, name: str) -> bool:
    """Whether a plan says anything in this field."""
    return getattr(terms, name) not in (None, "", 0, Money(0), (), frozenset())


def is_begun(terms: PlanTerms, section: Section) -> bool:
    """Whether anything is said in a section."""
    return any(says(terms, name) for name in FIELDS[section])


def is_whole(terms: PlanTerms, section: Section) -> bool:
    """Whether everything is said in a section that must be."""
    return all(says(terms, name) for name in FIELDS[section] if name not in _OPTIONAL)


def unfinished(terms: PlanTerms) -> list[Section]:
    """The sections in which something lacks, in their order."""
    return [section for section in Section if not is_whole(terms, section)]


def begun(terms: PlanTerms) -> list[Section]:
    """The sections in which something is said, in their order."""
    return [section for section in Section if is_begun(terms, section)]


def ensure_said(terms: PlanTerms) -> None:
    """Refuse a plan in which something lacks that must be said, field by field.

    Raises:
        Refusals: what has no sentence of its own in the other rules.
    """
    faults: list[DomainError] = [
        RuleBroken(word("“{name}”还没有填。"), name=LABELS[name], field=name)
        for names in FIELDS.values()
        for name in names
        if name not in _OPTIONAL | _WITH_OWN_SENTENCE and not says(terms, name)
    ]
    if faults:
        raise Refusals(faults)


def merged(before: PlanTerms, said: PlanTerms, sections: Iterable[Section]) -> PlanTerms:
    """What a plan says once these sections of it are said anew."""
    return replace(before, **{name: getattr(said, name) for section in sections for name in FIELDS[section]})


def digest_of(terms: PlanTerms, section: Section) -> str:
    """SHA-256 of what a section says: whoever opened it as this has read it."""
    said = [getattr(terms, name) for name in FIELDS[section]]
    # A set has no order of its own.
    told = [sorted(row.value for row in value) if isinstance(value, frozenset) else repr(value) for value in said]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def ensure_as_opened(plan: Plan, terms: PlanTerms, seen: Mapping[Section, str]) -> None:
    """Refuse to save a section over what somebody has saved of it since it was opened; `seen` is what was opened.

    Raises:
        Conflict: naming the section, who saved it last, and when.
    """
    for section, digest in seen.items():
        if digest_of(terms, section) != digest:
            last = _last_saved(plan, section)
            message = (
                word(
                    "您打开之后，{person}在 {at} 保存过“{section}”一节，您的没有存。您填的还在下面；看过现在的全文，再保存就以您的为准。"
                )
                if last is not None
                else word(
                    "您打开之后，“{section}”一节又变过，您的没有存。您填的还在下面；看过现在的全文，再保存就以您的为准。"
                )
            )
            saver = user_by_id(last.actor_id) if last is not None and last.actor_id is not None else None
            told: dict[str, Any] = (
                {"person": saver.called if saver else last.actor_name, "at": last.at} if last is not None else {}
            )
            raise Conflict(message, section=section, **told)


def _last_saved(plan: Plan, section: Section) -> AuditLine | None:
    lines = lines_of_chain(plan.chain_key, outcome=Outcome.DONE)
    return next((row for row in lines if row.deed is Deed.PLAN_REVISE and section.value in row.told["sections"]), None)


def ensure_in(sections: Collection[Section], faults: Sequence[DomainError]) -> None:
    """Refuse with the faults of these sections, and with those of the whole plan; those of other sections wait.

    Raises:
        Refusals: each at its field.
    """
    own = [fault for fault in faults if section_of(fault.field) is None or section_of(fault.field) in sections]
    if own:
        raise Refusals(own)


def told(terms: PlanTerms, faults: Sequence[DomainError]) -> list[DomainError]:
    """The faults as a person is told them: a section in which nothing is said yet is one sentence, with its article."""
    shown: list[DomainError] = [fault for fault in faults if section_of(fault.field) is None]
    for section in Section:
        own = [fault for fault in faults if section_of(fault.field) is section]
        if own and not is_begun(terms, section):
            message = word("“{section}”一节还没有填。")
            shown.append(RuleBroken(message, section=section, field=FIELDS[section][0], article=_article_of(own)))
        else:
            shown += own
    return shown


def _article_of(faults: Sequence[DomainError]) -> Article | None:
    return next((fault.article for fault in faults if fault.article is not None), None)


def ensure_whole(terms: PlanTerms, faults: Sequence[DomainError]) -> None:
    """Refuse a plan to which the full rules object, section by section.

    Raises:
        Refusals: each at its field.
    """
    if faults:
        raise Refusals(told(terms, faults))


@dataclass(frozen=True, slots=True)
class Draft:
    """How far a section of a draft is, and the sentences that say why."""

    section: Section
    progress: Progress
    faults: tuple[DomainError, ...]


def progress_of(terms: PlanTerms, faults: Sequence[DomainError]) -> list[Draft]:
    """Every section of a draft with what lacks in it or is wrong."""
    shown = told(terms, faults)
    rows = []
    for section in Section:
        own = tuple(fault for fault in shown if section_of(fault.field) is section)
        progress = Progress.LACKING if not is_whole(terms, section) else Progress.FAULTY if own else Progress.DONE
        rows.append(Draft(section, progress, own))
    return rows


# ── from a former plan ─────────────────────────────────────────────────────────────────────────────────────────────


def may_start_from(former: Plan, department: Department, person: User) -> bool:
    """Whether a person may start a plan from this one: one of the department that has been submitted, or a draft of theirs.

    A draft belongs to who drafted it or has the matter in charge, and to whoever stands in for them.
    """
    if former.department_id != department.id:
        return False
    is_own = doer_among(person, former.drafted_by_id, former.transfer.officer_id) is not None
    return is_own or former.submitted_at is not None or former.status not in (PlanStatus.DRAFT, PlanStatus.ABANDONED)


def ensure_may_start_from(former: Plan, department: Department, person: User) -> None:
    """Refuse to start from another department's plan, or from what somebody else has not submitted yet."""
    if not may_start_from(former, department, person):
        message = word("“{title}”不是本部门的方案，或者还在别人起草中，不能照它起草。")
        raise RuleBroken(message, title=former.transfer.called)


def started(said: PlanTerms, former: PlanTerms) -> PlanTerms:
    """What a new plan says: what was typed, and what the former plan hands on where nothing was."""
    handed_on = {name: getattr(former, name) for name in TAKEN_OVER if not says(said, name)}
    return replace(said, **handed_on)


def handed_on(terms: PlanTerms) -> list[str]:
    """The fields of a former plan that a new one begins with, in the order of the sections."""
    return [name for names in FIELDS.values() for name in names if name in TAKEN_OVER and says(terms, name)]


def taken_over_by(plan: Plan) -> list[str]:
    """The fields that a plan began with from a former one."""
    return [name for name in plan.taken_over.split("|") if name]


@dataclass(frozen=True, slots=True)
class HandedOn:
    """What was taken from a former plan and what was not, each field by its label."""

    taken: tuple[str, ...]
    left: tuple[str, ...]


def told_of_handing_on(taken: Collection[str]) -> HandedOn:
    """What a page says of a plan that began with these fields of a former one; name and power are said anew in any case."""
    names = [name for section, names in FIELDS.items() if section is not Section.MATTER for name in names]
    return HandedOn(
        tuple(LABELS[name] for name in names if name in taken),
        tuple(LABELS[name] for name in names if name not in taken),
    )
