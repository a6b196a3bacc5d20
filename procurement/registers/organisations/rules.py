"""What a registration must hold: a code that proves itself, a body that may undertake services, a way to reach it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from procurement.foundation.errors import DomainError, Refusals, RuleBroken
from procurement.foundation.labels import word
from procurement.registers.organisations.credit_code import PREFIX, STANDARD, Kind, ensure_credit_code, kind_of
from procurement.registers.organisations.models import InstitutionClass
from procurement.statute import limits

_TELEPHONE = re.compile(r"\+?[0-9][0-9 -]{5,38}[0-9]")


@dataclass(frozen=True, slots=True)
class OrganisationTerms:
    """What an organisation says of itself; `institution` is asked of public institutions (prefix 12) only."""

    credit_code: str
    name: str
    address: str
    representative: str
    phone: str
    name_en: str = ""
    introduction: str = ""
    institution: InstitutionClass | None = None


def may_undertake(code: str, institution: InstitutionClass | None) -> bool:
    """Whether a body of this code may undertake services at all (GP-6, GP-7)."""
    kind = kind_of(code)
    if kind is Kind.PUBLIC_INSTITUTION:
        return institution in (InstitutionClass.SECOND, InstitutionClass.BUSINESS)
    return kind is not None and kind not in (Kind.STATE_ORGAN, Kind.MASS_ORGANISATION)


def ensure_may_undertake(code: str, institution: InstitutionClass | None, day: date) -> None:
    """Refuse state organs, mass organisations on the public payroll, and public institutions of the first class.

    Source: 《政府购买服务管理办法》第六条、第八条 (GP-6, GP-7).
    """
    if may_undertake(code, institution):
        return
    kind, article = kind_of(code), limits.NEITHER_PARTY.on(day).article
    if kind is None:
        raise RuleBroken(
            word("统一社会信用代码的前两位“{prefix}”不是本系统认得的登记类别。请按登记证书核对。"),
            prefix=code[:PREFIX], article=STANDARD, field="credit_code",
        )  # fmt: skip
    if kind is Kind.STATE_ORGAN:
        raise RuleBroken(
            word("这个代码属于{kind}。国家机关是购买主体，不能注册为承接主体。"),
            kind=kind, article=limits.UNDERTAKERS.on(day).article, field="credit_code",
        )  # fmt: skip
    if kind is Kind.MASS_ORGANISATION:
        raise RuleBroken(
            word("这个代码属于{kind}。使用事业编制、由财政拨款保障的群团组织既不能购买也不能承接服务，不能注册。"),
            kind=kind, article=article, field="credit_code",
        )  # fmt: skip
    if institution is None:
        raise RuleBroken(
            word("这个代码属于{kind}。请选定类别：公益一类不能承接，公益二类和从事生产经营活动的可以。"),
            kind=kind, article=article, field="institution",
        )  # fmt: skip
    raise RuleBroken(
        word("{institution}事业单位既不能购买也不能承接服务，不能注册。"),
        institution=institution, article=article, field="institution",
    )  # fmt: skip


def ensure_telephone(phone: str) -> None:
    """Refuse what nobody can be called by."""
    if _TELEPHONE.fullmatch(phone.strip()) is None:
        raise RuleBroken(word("“{phone}”不是电话号码，例如 0577-59901234。"), phone=phone, field="phone")


def ensure_registration_holds(terms: OrganisationTerms, day: date) -> None:
    """Refuse a registration with everything that is wrong with it, each at its field.

    Raises:
        Refusals: all faults at once.
    """
    faults: list[DomainError] = []
    try:
        ensure_credit_code(terms.credit_code)
        ensure_may_undertake(terms.credit_code, terms.institution, day)
    except DomainError as fault:
        faults.append(fault)
    needed = {
        "name": (terms.name, word("组织名称必须填写，与登记证书一致。")),
        "address": (terms.address, word("住所必须填写，与登记证书一致。")),
        "representative": (terms.representative, word("法定代表人或负责人必须填写。")),
    }
    faults += [RuleBroken(message, field=field) for field, (value, message) in needed.items() if not value.strip()]
    try:
        ensure_telephone(terms.phone)
    except DomainError as fault:
        faults.append(fault)
    if faults:
        raise Refusals(faults)
