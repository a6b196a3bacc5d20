"""Lists of organisations taken over: what a row must hold, what it would change, and the writing of all of them at once.

An organisation that was taken over is verified by the officer who did it, and has no account; an officer opens the first one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from unicodedata import normalize

from procurement.foundation.database import db
from procurement.foundation.errors import DomainError, Refusals, RuleBroken
from procurement.foundation.labels import Said, word
from procurement.registers import access, audit, notices
from procurement.registers.access import Deed
from procurement.registers.imports.importer import Entry, Importer, Judged, Outcome, Unique
from procurement.registers.imports.models import IMPORT_MOVES, Import
from procurement.registers.imports.operations import end, judged_to_apply, told_of
from procurement.registers.imports.recognition import Column, ColumnKind
from procurement.registers.organisations.credit_code import Kind, kind_of, plain_code
from procurement.registers.organisations.identity_number import plain_identity
from procurement.registers.organisations.models import (
    InstitutionClass,
    Organisation,
    OrganisationStatus,
    organisations_by_codes,
    organisations_by_names,
    users_by_organisation,
)
from procurement.registers.organisations.operations import give_up_name, write_terms
from procurement.registers.organisations.rules import OrganisationTerms, PaymentTerms, ensure_registration_holds
from procurement.registers.people import User

_C = InstitutionClass
# How the class of a public institution is written; whoever is none writes nothing, or that there is none.
CLASSES = {
    "公益一类": _C.FIRST.value, "公益二类": _C.SECOND.value, "从事生产经营活动": _C.BUSINESS.value, "一类": _C.FIRST.value,
    "二类": _C.SECOND.value, "生产经营类": _C.BUSINESS.value, "无": "", "/": "", "-": "", "—": "", "不适用": "",
}  # fmt: skip

COLUMNS = (
    Column("credit_code", word("统一社会信用代码"), ("社会信用代码", "信用代码", "统一代码", "机构代码", "组织代码", "代码"), ColumnKind.CODE),
    Column(
        "name", word("组织名称"), ("名称", "单位名称", "社会组织名称", "机构名称", "企业名称", "承接主体名称", "承接主体", "全称"),
        longest=120,
    ),
    Column("name_en", word("英文名称"), ("英文名", "name in english"), is_required=False, longest=200),
    Column("address", word("住所"), ("地址", "注册地址", "登记住所", "住所地", "办公地址", "联系地址"), longest=200),
    Column(
        "representative", word("法定代表人或负责人"),
        ("法定代表人/负责人", "法定代表人", "负责人", "法人代表", "法人", "法定代表人姓名", "负责人姓名"), longest=60,
    ),
    Column("phone", word("联系电话"), ("电话", "办公电话", "电话号码", "手机", "手机号码", "固定电话", "联系方式"), longest=40),
    Column(
        "institution", word("公益类别"), ("事业单位的类别", "事业单位类别", "公益分类", "单位类别"), ColumnKind.CHOICE,
        is_required=False, options=CLASSES,
    ),
    Column(
        "identity_number", word("法定代表人身份证号"),
        ("身份证号", "身份证号码", "公民身份号码", "法定代表人身份证号码", "法人身份证号", "法人身份证号码", "负责人身份证号"), ColumnKind.CODE,
        is_required=False, is_sealed=True,
    ),
    Column("bank", word("开户银行"), ("开户行", "开户行名称", "开户银行名称"), is_required=False, longest=120),
    Column(
        "account_number", word("银行账号"), ("对公账号", "对公账户", "银行账户", "开户账号", "收款账号", "账号"), ColumnKind.CODE,
        is_required=False, is_sealed=True,
    ),
    Column("introduction", word("组织简介"), ("简介", "单位简介", "机构简介"), is_required=False, longest=2000),
)  # fmt: skip


def terms_of(entry: Entry) -> OrganisationTerms:
    """What a row says of an organisation."""
    return OrganisationTerms(
        credit_code=plain_code(entry.text("credit_code")), name=entry.text("name"), address=entry.text("address"),
        representative=entry.text("representative"), phone=normalize("NFKC", entry.text("phone")), name_en=entry.text("name_en"),
        introduction=entry.text("introduction"), institution=entry.choice("institution", InstitutionClass),
        payment=PaymentTerms(
            plain_identity(entry.text("identity_number")), entry.text("bank"), entry.text("account_number"),
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """The organisations that have a code or a name of the list."""

    by_code: Mapping[str, Organisation]
    by_name: Mapping[str, Organisation]


class OrganisationImporter(Importer[OrganisationTerms, Known]):
    """Lists of organisations."""

    columns = COLUMNS
    effect = word(
        "新增的组织算由您核验，进入公开名单，但没有账号，也不能自行注册；首个账号由经办人在组织的页面上开设。"
    )

    def read(self, entries: Sequence[Entry]) -> Mapping[int, OrganisationTerms]:
        """What each row says of an organisation."""
        return {entry.number: terms_of(entry) for entry in entries}

    def look_up(self, rows: Collection[OrganisationTerms], day: date) -> Known:
        """Those that have one of the codes or names."""
        return Known(
            organisations_by_codes(one.credit_code for one in rows), organisations_by_names(one.name for one in rows)
        )

    def faults(self, terms: OrganisationTerms, register: Known, day: date) -> Iterable[DomainError]:
        """What the rules of a registration say, and a name that another code has."""
        try:
            ensure_registration_holds(terms, day)
        except Refusals as several:
            yield from several.refusals
        yield from _held(terms, register.by_name.get(terms.name))

    def unique(self, terms: OrganisationTerms, register: Known) -> Sequence[Unique]:
        """Neither a code nor a name twice."""
        return (
            Unique("credit_code", terms.credit_code, terms.credit_code),
            Unique("name", terms.name, terms.name),
        )

    def outcome(self, terms: OrganisationTerms, register: Known) -> Outcome:
        """Whether it is new, or the list says something else than the register."""
        organisation = register.by_code.get(terms.credit_code)
        if organisation is None:
            return Outcome.ADDED
        return Outcome.UNCHANGED if _whole(terms, organisation) == _said_by(organisation) else Outcome.CHANGED

    def before(self, terms: OrganisationTerms, register: Known) -> Mapping[str, str]:
        """What the register says of the organisation."""
        row = register.by_code[terms.credit_code]
        return {
            "name": row.name, "name_en": row.name_en, "address": row.address, "representative": row.representative,
            "phone": row.phone, "institution": row.institution.value if row.institution is not None else "",
            "introduction": row.introduction, "bank": row.bank, "account_number": row.account_number,
            "identity_number": row.identity_number,
        }  # fmt: skip


def _held(terms: OrganisationTerms, holder: Organisation | None) -> Iterable[DomainError]:
    if holder is not None and holder.credit_code != terms.credit_code and not _gives_way(holder):
        yield RuleBroken(
            word("“{name}”这个名称已由代码 {code} 的组织使用。请按登记证书核对。"),
            name=terms.name, code=holder.credit_code, field="name",
        )  # fmt: skip


def _gives_way(holder: Organisation) -> bool:
    """Whether whoever has a name was refused, and does not keep it from its owner."""
    return holder.status is OrganisationStatus.REFUSED


def _said_by(organisation: Organisation) -> OrganisationTerms:
    return OrganisationTerms(
        credit_code=organisation.credit_code, name=organisation.name, address=organisation.address,
        representative=organisation.representative, phone=organisation.phone, name_en=organisation.name_en,
        introduction=organisation.introduction, institution=organisation.institution, payment=_payment_of(organisation),
    )  # fmt: skip


def _payment_of(organisation: Organisation) -> PaymentTerms:
    return PaymentTerms(organisation.identity_number, organisation.bank, organisation.account_number)


def _paid_by(terms: PaymentTerms, known: PaymentTerms) -> PaymentTerms:
    """An account of the list comes with its bank; where the list has none, the register's stay, both of them."""
    account = terms if terms.account_number else known
    return PaymentTerms(terms.identity_number or known.identity_number, account.bank, account.account_number)


def _whole(terms: OrganisationTerms, organisation: Organisation) -> OrganisationTerms:
    """The terms of a row, with what the register knows where a list that need not say it does not."""
    institution = terms.institution or organisation.institution
    return OrganisationTerms(
        credit_code=terms.credit_code, name=terms.name, address=terms.address, representative=terms.representative,
        phone=terms.phone, name_en=terms.name_en or organisation.name_en,
        introduction=terms.introduction or organisation.introduction,
        institution=institution if kind_of(terms.credit_code) is Kind.PUBLIC_INSTITUTION else None,
        payment=_paid_by(terms.payment, _payment_of(organisation)),
    )  # fmt: skip


def import_organisations(row: Import, *, actor: User, now: datetime) -> None:
    """Take a list of organisations over, whole or not at all: new ones are verified by whoever does it.

    Those that are known keep their standing; only what the list says of them is changed.

    Raises:
        RuleBroken: a row has a fault, or a column lacks.
        Conflict: the register has changed since the list was read in.
    """
    access.require(actor, Deed.ORGANISATIONS_IMPORT, row)

    judged = judged_to_apply(row, OrganisationImporter(), actor, now)

    changed = _write(judged, actor, now)
    IMPORT_MOVES.move(Deed.ORGANISATIONS_IMPORT, row)
    end(row, now)

    audit.record(Deed.ORGANISATIONS_IMPORT, row, actor=actor, now=now, **told_of(row), fields=changed)


def _write(judged: Judged[OrganisationTerms, Known], actor: User, now: datetime) -> dict[str, list[str]]:
    """Write the list; which fields it changed of each organisation that was known, by code."""
    owners = {one.name: one.credit_code for one in judged.rows.values()}
    for name, holder in judged.register.by_name.items():
        if holder.credit_code != owners[name]:
            give_up_name(holder)
    db.session.flush()
    for one in judged.of(Outcome.ADDED):
        organisation = Organisation(
            credit_code=one.credit_code, status=OrganisationStatus.VERIFIED, registered_at=now, verified_at=now,
            verified_by_id=actor.id,
        )  # fmt: skip
        write_terms(organisation, one)
        db.session.add(organisation)
    fields = {}
    own = users_by_organisation(judged.register.by_code[one.credit_code].id for one in judged.of(Outcome.CHANGED))
    for one in judged.of(Outcome.CHANGED):
        organisation = judged.register.by_code[one.credit_code]
        whole = _whole(one, organisation)
        changed = _differing(whole, _said_by(organisation))
        write_terms(organisation, whole)
        _tell_own(organisation, own.get(organisation.id, []), changed, now)
        fields[organisation.credit_code] = [column.name for column in changed]
    db.session.flush()
    return fields


def _differing(terms: OrganisationTerms, known: OrganisationTerms) -> list[Column]:
    """The columns of which a row says something else than the register."""
    return [
        column
        for column in COLUMNS
        for said, held in [(terms.payment, known.payment) if hasattr(terms.payment, column.name) else (terms, known)]
        if getattr(said, column.name) != getattr(held, column.name)
    ]


def _tell_own(organisation: Organisation, own: Sequence[User], changed: Sequence[Column], now: datetime) -> None:
    """Tell the people of an organisation what a list changed of it: which fields, and no value."""
    notices.notify(
        own, word("经办人从表格导入，改了“{name}”登记的资料：{changed}。与事实不符的，请马上联系政府经办人。"), now=now,
        link=f"/organisations/{organisation.id}", name=organisation.called,
        changed=tuple(Said(column.label, {}) for column in changed),
    )  # fmt: skip
