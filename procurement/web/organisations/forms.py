"""Forms of the register of organisations."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.validators import EqualTo

from procurement.registers.accounts import Language, PersonTerms, plain_login
from procurement.registers.organisations.credit_code import plain_code
from procurement.registers.organisations.identity_number import plain_identity
from procurement.registers.organisations.models import InstitutionClass, Organisation
from procurement.registers.organisations.rules import OrganisationTerms, PaymentTerms
from procurement.registers.people import Role
from procurement.web.accounts.forms import secret
from procurement.web.fields import LabelledSelect, narrow, prose, text


class RegisterOrganisationForm(FlaskForm):
    """An organisation and its first user."""

    credit_code = text(_l("统一社会信用代码"), 40, render_kw={"autocomplete": "off", "spellcheck": "false"})
    name = text(_l("组织名称"), 120)
    name_en = text(_l("英文名称"), 200, needed=False)
    institution = SelectField(_l("事业单位的类别"), choices=lambda: _classes())
    address = text(_l("住所"), 200)
    representative = text(_l("法定代表人或负责人"), 60)
    phone = text(_l("联系电话"), 40, render_kw={"inputmode": "tel", "autocomplete": "tel"})
    introduction = prose(_l("组织简介"), 2000, needed=False)
    person_name = text(_l("姓名"), 60, render_kw={"autocomplete": "name"})
    email = text(_l("电子邮箱"), 200, needed=False, render_kw={"inputmode": "email", "autocomplete": "email"})
    language = LabelledSelect(_l("邮件用的语言"), of=Language)
    login = text(
        _l("登录名"), 40, render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    )
    password = secret(_l("密码"), present=False)
    again = secret(
        _l("再输一次密码"), present=False, more=[EqualTo("password", message=_l("两次输入的密码不一样，请重新输入。"))]
    )

    def terms(self) -> OrganisationTerms:
        """The organisation."""
        chosen = self.institution.data
        return OrganisationTerms(
            credit_code=plain_code(narrow(self.credit_code.data or "")), name=self.name.data or "",
            name_en=self.name_en.data or "", address=self.address.data or "", representative=self.representative.data or "",
            phone=narrow(self.phone.data or ""), introduction=self.introduction.data or "",
            institution=InstitutionClass(chosen) if chosen else None,
        )  # fmt: skip

    def person(self) -> PersonTerms:
        """Its first user."""
        return PersonTerms(
            login=plain_login(self.login.data or ""), name=self.person_name.data or "", email=self.email.data or "",
            language=self.language.data,
        )  # fmt: skip


def _classes() -> list[tuple[str, Any]]:
    return [("", _("不是事业单位"))] + [(member.value, _(member.label)) for member in InstitutionClass]


class OpenFirstAccountForm(FlaskForm):
    """The first person of an organisation that was taken over from a list."""

    person_name = text(_l("姓名"), 60, render_kw={"autocomplete": "off"})
    login = text(_l("登录名"), 40, render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})
    email = text(_l("电子邮箱"), 200, render_kw={"inputmode": "email", "autocomplete": "off"})
    language = LabelledSelect(_l("邮件用的语言"), of=Language)

    def person(self) -> PersonTerms:
        """What the deed takes."""
        return PersonTerms(
            login=plain_login(self.login.data or ""), name=self.person_name.data or "", email=self.email.data or "",
            language=self.language.data,
        )  # fmt: skip


class EnrolColleagueForm(FlaskForm):
    """A further person of an organisation, and what for."""

    person_name = text(_l("姓名"), 60, render_kw={"autocomplete": "off"})
    role = LabelledSelect(_l("岗位"), of=Role, only=(Role.DRAFTER, Role.PROVIDER))
    title = text(_l("职务"), 80, needed=False)
    email = text(_l("电子邮箱"), 200, needed=False, render_kw={"inputmode": "email", "autocomplete": "off"})
    language = LabelledSelect(_l("邮件用的语言"), of=Language)
    login = text(_l("登录名"), 40, render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})

    def person(self) -> PersonTerms:
        """What the deed takes."""
        return PersonTerms(
            login=plain_login(self.login.data or ""), name=self.person_name.data or "", title=self.title.data or "",
            email=self.email.data or "", language=self.language.data,
        )  # fmt: skip


_OFF = {"autocomplete": "off", "spellcheck": "false"}


class KeepPaymentDetailsForm(FlaskForm):
    """What payments need. A number that is kept is not shown here: left empty it stays, ticked off it goes."""

    identity_number = text(_l("法定代表人身份证号"), 40, needed=False, printed=False, render_kw=_OFF)
    forget_identity = BooleanField(_l("删去已填的身份证号"))
    bank = text(_l("开户银行"), 120, needed=False)
    account_number = text(_l("银行账号"), 60, needed=False, printed=False, render_kw={**_OFF, "inputmode": "numeric"})
    forget_account = BooleanField(_l("删去已填的开户银行和账号"))

    def asks_again(self, organisation: Organisation) -> bool:
        """Whether another bank is named and no account at it: the old one is none of its accounts."""
        typed = (self.account_number.data or "").strip()
        is_other = bool(organisation.bank) and (self.bank.data or "").strip() != organisation.bank
        if not is_other or typed or self.forget_account.data:
            return False
        self.account_number.errors = [_l("换了开户银行，银行账号要重新填写。")]
        return True

    def terms(self, organisation: Organisation) -> PaymentTerms:
        """What the deed takes: what was typed, what was ticked off, and what stays as it is."""
        identity = plain_identity(narrow(self.identity_number.data or "")) or organisation.identity_number
        account = "".join(narrow(self.account_number.data or "").split()) or organisation.account_number
        forgets = self.forget_account.data
        return PaymentTerms(
            identity_number="" if self.forget_identity.data else identity,
            bank="" if forgets else self.bank.data or "",
            account_number="" if forgets else account,
        )


class RefuseOrganisationForm(FlaskForm):
    """Why a registration is refused."""

    reason = prose(_l("退回的理由"), 1000)
