"""What a registration must hold: a code that proves itself, a body that may undertake services, a way to reach it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from procurement.foundation.errors import DomainError, Refusals, RuleBroken, faults_of_all
from procurement.foundation.labels import word
from procurement.registers.organisations.credit_code import PREFIX, STANDARD, Kind, ensure_credit_code, kind_of
from procurement.registers.organisations.identity_number import ensure_identity_number
from procurement.registers.organisations.models import InstitutionClass
from procurement.statute import limits

_TELEPHONE = re.compile(r"\+?[0-9][0-9 -]{5,38}[0-9]")
_OF_ACCOUNTS = frozenset("0123456789-")


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """What a payment needs; a number stands in no representation, so that no log tells it."""

    identity_number: str = field(default="", repr=False)
    bank: str = ""
    account_number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OrganisationTerms:
    """What an organisation says of itself; `institution` is asked of public institutions (prefix 12) only.

    What a payment needs is said later, by whoever signs for it; a list may have it.
    """

    credit_code: str
    name: str
    address: str
    representative: str
    phone: str
    name_en: str = ""
    introduction: str = ""
    institution: InstitutionClass | None = None
    payment: PaymentTerms = PaymentTerms()


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


def ensure_account_number(number: str, day: date) -> None:
    """Refuse what is no number of an account, saying what is wrong and never the number."""
    least, most = limits.ACCOUNT_SHORTEST.on(day), limits.ACCOUNT_LONGEST.on(day)
    wrong = next((place for place, char in enumerate(number, start=1) if char not in _OF_ACCOUNTS), None)
    if wrong is not None:
        raise RuleBroken(
            word("银行账号只用数字和连字符，第 {place} 个字符不是。请按开户证明核对。"),
            place=wrong,
            field="account_number",
        )
    digits = sum(char.isdigit() for char in number)
    if not least.amount <= digits <= most.amount:
        raise RuleBroken(
            word("银行账号应有 {least} 到 {most} 位数字，您填了 {count} 位。请按开户证明核对。"),
            least=least.amount, most=most.amount, count=digits, field="account_number", article=least.article,
        )  # fmt: skip


def ensure_payment_holds(terms: PaymentTerms, day: date) -> None:
    """Refuse details that no payment could be made by: a wrong number, or an account without its bank.

    Raises:
        Refusals: all faults at once, each at its field; no sentence repeats a number.
    """
    faults: list[DomainError] = []
    if terms.identity_number:
        faults += faults_of_all(lambda: ensure_identity_number(terms.identity_number))
    if terms.account_number:
        faults += faults_of_all(lambda: ensure_account_number(terms.account_number, day))
    if terms.account_number and not terms.bank.strip():
        faults.append(RuleBroken(word("填了银行账号，还要填开户银行。"), field="bank"))
    if terms.bank.strip() and not terms.account_number:
        faults.append(RuleBroken(word("填了开户银行，还要填银行账号。"), field="account_number"))
    if faults:
        raise Refusals(faults)


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
    faults += [RuleBroken(message, field=name) for name, (value, message) in needed.items() if not value.strip()]
    faults += faults_of_all(lambda: ensure_telephone(terms.phone), lambda: ensure_payment_holds(terms.payment, day))
    if faults:
        raise Refusals(faults)
