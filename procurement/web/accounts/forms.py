"""Forms of the accounts: signing in, passwords, and what the administrators do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, SelectMultipleField
from wtforms.validators import EqualTo
from wtforms.widgets import CheckboxInput, ListWidget

from procurement.registers.accounts import Language, PersonTerms, plain_login
from procurement.registers.people import Role, User, user_by_id
from procurement.web.fields import DayField, LabelledSelect, Needed, at_most, text
from procurement.web.forms import ReasonForm
from procurement.web.standing import person_name, person_with_body

# Argon2 takes any length; a bound keeps a request from hashing a book.
LONGEST_PASSWORD = 200


def secret(label: Any, *, present: bool, **kwargs: Any) -> PasswordField:
    """A password, as a browser's own store of passwords expects it: the present one, or a new one."""
    hint = "current-password" if present else "new-password"
    return PasswordField(
        label, validators=[Needed(), at_most(LONGEST_PASSWORD), *kwargs.pop("more", [])],
        render_kw={"autocomplete": hint}, **kwargs,
    )  # fmt: skip


class SignInForm(FlaskForm):
    """Name and password."""

    login = text(
        _l("登录名"),
        60,
        printed=False,
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = secret(_l("密码"), present=True)


class NewPasswordForm(FlaskForm):
    """A new password, twice."""

    password = secret(_l("新密码"), present=False)
    again = secret(
        _l("再输一次新密码"),
        present=False,
        more=[EqualTo("password", message=_l("两次输入的新密码不一样，请重新输入。"))],
    )


class ChangePasswordForm(NewPasswordForm):
    """The present password, then the new one twice."""

    present = secret(_l("现在的密码"), present=True)


class ChangeEmailForm(FlaskForm):
    """Another address, and one's own password."""

    email = text(_l("新的电子邮箱"), 200, needed=False, render_kw={"inputmode": "email", "autocomplete": "email"})
    present = secret(_l("现在的密码"), present=True)


class RequestResetLinkForm(FlaskForm):
    """Whose password it is."""

    name = text(
        _l("登录名或电子邮箱"), 200, printed=False, render_kw={"autocomplete": "username", "autocapitalize": "none"}
    )


class LanguageForm(FlaskForm):
    """The language of one's e-mails."""

    language = LabelledSelect(_l("邮件用的语言"), of=Language)


class CreateUserForm(FlaskForm):
    """The person of a new account."""

    login = text(_l("登录名"), 40, render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})
    name = text(_l("姓名"), 60)
    name_en = text(_l("英文或拼音姓名"), 120, needed=False)
    email = text(_l("电子邮箱"), 200, needed=False, render_kw={"inputmode": "email", "autocomplete": "off"})
    title = text(_l("职务"), 80, needed=False)
    body = SelectField(_l("所属部门或社区"), validate_choice=True)
    employer = text(_l("工作单位（独立的专家和评价人填写）"), 120, needed=False)
    language = LabelledSelect(_l("邮件用的语言"), of=Language)

    def offer(self, departments: list[tuple[int, str]], communities: list[tuple[int, str]]) -> None:
        """Fill the list of bodies with the departments and communities there are."""
        self.body.choices = {
            "": [("", _("不属于部门或社区"))],
            _("部门"): [(f"department {key}", name) for key, name in departments],
            _("社区"): [(f"community {key}", name) for key, name in communities],
        }

    def terms(self) -> PersonTerms:
        """What the deed takes."""
        kind, _space, key = str(self.body.data or "").partition(" ")
        return PersonTerms(
            login=plain_login(self.login.data or ""), name=self.name.data or "", name_en=self.name_en.data or "",
            email=self.email.data or "", title=self.title.data or "", employer=self.employer.data or "",
            language=self.language.data, department_id=int(key) if kind == "department" else None,
            community_id=int(key) if kind == "community" else None,
        )  # fmt: skip


class GrantRolesForm(FlaskForm):
    """The roles of one account."""

    roles = SelectMultipleField(
        _l("角色"), choices=lambda: [(role.value, _(role.label)) for role in Role],
        option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False),
    )  # fmt: skip

    def wanted(self) -> frozenset[Role]:
        """The roles that are ticked."""
        return frozenset(Role(value) for value in self.roles.data or [])


class GrantSubstitutionForm(FlaskForm):
    """Who stands in, and from which day to which."""

    substitute = SelectField(_l("代理人"), coerce=int, validate_choice=True)
    first_day = DayField(_l("开始日"), validators=[Needed()])
    last_day = DayField(_l("结束日"), validators=[Needed()])

    def offer(self, people: Sequence[User]) -> None:
        """Fill the list of those who may stand in."""
        self.substitute.choices = [(row.id, person_name(row)) for row in people]


class DeactivateUserForm(ReasonForm):
    """Why an account goes out of use, and who takes its transfers over, where there are any."""

    successor = SelectField(_l("接手的经办人"), coerce=int, validate_choice=True)

    def offer(self, officers: Sequence[User] | None) -> None:
        """Fill the list of those who may take over; None: nothing is to be taken over, and nobody is asked for."""
        if officers is None:
            del self.successor
            return
        self.successor.choices = [(0, _("请选择")), *((row.id, person_with_body(row)) for row in officers)]

    def chosen(self) -> User | None:
        """The one who takes over."""
        return user_by_id(self.successor.data) if self.successor is not None and self.successor.data else None
