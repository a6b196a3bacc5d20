"""What a department may be called, from which day, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from procurement.foundation.errors import DomainError, Refusals, RuleBroken
from procurement.foundation.labels import word
from procurement.registers.organisations.credit_code import PREFIX, Kind, ensure_credit_code, kind_of
from procurement.registers.organisations.rules import ensure_telephone

# Who may buy services: organs of the state, and the bodies on the public payroll that act like one (102号令 Art. 5).
PURCHASERS = (Kind.STATE_ORGAN, Kind.PUBLIC_INSTITUTION, Kind.MASS_ORGANISATION)


@dataclass(frozen=True, slots=True)
class DepartmentFacts:
    """What papers say of a department besides its name; what is not known yet is empty."""

    credit_code: str = ""
    address: str = ""
    phone: str = ""


def ensure_name(name: str, name_en: str, *, is_taken: bool) -> None:
    """Refuse a department without a name in both languages, or with the name another one has now.

    A name that another one had and gave up may be given anew: a reform does that.

    Raises:
        Refusals: all of it at once.
    """
    faults: list[DomainError] = []
    if not name.strip():
        faults.append(RuleBroken(word("部门名称必须填写。"), field="name"))
    elif is_taken:
        faults.append(RuleBroken(word("已经有叫“{name}”的部门。请换一个名称。"), name=name.strip(), field="name"))
    if not name_en.strip():
        faults.append(RuleBroken(word("英文名称必须填写，英文页面上显示。"), field="name_en"))
    if faults:
        raise Refusals(faults)


def ensure_renamed_on(since: date, last: date | None, today: date) -> None:
    """Refuse a day that has not come, since until then the old name holds, or one before the name that is replaced.

    `last` is the day from which the present name holds, where there was another before it.
    """
    if since > today:
        raise RuleBroken(
            word("新名称 {since} 才启用，在那以前还是原来的名称。请到那一天或以后再办理。"), since=since, field="since"
        )
    if last is not None and since <= last:
        raise RuleBroken(
            word("现在的名称从 {last} 起使用，新名称的启用日 {since} 应在它之后。"),
            last=last,
            since=since,
            field="since",
        )


def ensure_facts(facts: DepartmentFacts, *, is_taken: bool) -> None:
    """Refuse a code that does not prove itself, is no purchaser's or another department's, and a number that is none.

    Raises:
        Refusals: all of it at once.
    """
    faults: list[DomainError] = []
    if facts.credit_code:
        try:
            ensure_credit_code(facts.credit_code)
            _ensure_purchaser(facts.credit_code, is_taken=is_taken)
        except DomainError as fault:
            faults.append(fault)
    if facts.phone:
        try:
            ensure_telephone(facts.phone)
        except DomainError as fault:
            faults.append(fault)
    if faults:
        raise Refusals(faults)


def _ensure_purchaser(code: str, *, is_taken: bool) -> None:
    kind = kind_of(code)
    if kind not in PURCHASERS:
        raise RuleBroken(
            word("这个代码属于{kind}，不是机关、事业单位或者群团组织的。请按部门的登记证书核对。"),
            kind=kind or code[:PREFIX],
            field="credit_code",
        )
    if is_taken:
        raise RuleBroken(word("代码 {code} 已登记在另一个部门名下。请核对。"), code=code, field="credit_code")
