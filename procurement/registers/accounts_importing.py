"""Lists of people taken over, by two persons as one by one: accounts are opened, then their roles granted.

Both read the same list, each their own columns of it. Nobody knows the password of an account that was opened from a list: its
person sets one by the link that goes to the e-mail address of the list.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.labels import word
from procurement.registers import access, accounts, audit
from procurement.registers.access import Deed
from procurement.registers.accounts import NewPassword, PersonTerms
from procurement.registers.departments.listed import DepartmentsByName, ListedDepartment, department_column
from procurement.registers.imports.importer import Entry, Importer, Outcome, Unique
from procurement.registers.imports.models import IMPORT_MOVES, Import
from procurement.registers.imports.operations import end, judged_to_apply, told_of
from procurement.registers.imports.recognition import BETWEEN, Column, ColumnKind
from procurement.registers.people import Role, User, users_by_logins

LOGIN = Column(
    "login",
    word("登录名"),
    ("账号", "帐号", "用户名", "登录账号", "登录帐号", "账户", "login"),
    ColumnKind.CODE,
    longest=40,
)
_NAMES = ("用户姓名", "人员姓名", "名字", "人员")
# How roles are written besides their labels.
ROLES = {role.label: role.value for role in Role} | {
    "经办": Role.OFFICER.value, "审批": Role.APPROVER.value, "付款": Role.PAYER.value, "联席会议": Role.MEMBER.value,
    "专家": Role.EXPERT.value, "评价人": Role.EVALUATOR.value, "财政监管": Role.SUPERVISOR.value, "审计": Role.AUDITOR.value,
}  # fmt: skip


# ── accounts ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A row: the department, and what the account says of its person."""

    department: ListedDepartment
    terms: PersonTerms


class AccountImporter(Importer[ListedPerson, Mapping[str, User]]):
    """Lists of people who are to have an account."""

    columns = (
        Column("name", word("姓名"), _NAMES, longest=60),
        LOGIN,
        Column("email", word("电子邮箱"), ("邮箱", "电子邮件", "邮箱地址", "邮件地址", "e-mail", "email"), longest=200),
        department_column(is_required=False),
        Column("title", word("职务"), ("职位", "岗位"), is_required=False, longest=80),
        Column("name_en", word("英文姓名"), ("英文名", "拼音", "姓名拼音"), is_required=False, longest=120),
    )  # fmt: skip
    effect = word("每个人会收到一封信，用信里的链接设定自己的密码；角色由安全管理员另行授予。")

    def read(self, entries: Sequence[Entry]) -> Mapping[int, ListedPerson]:
        """What each row says of a person."""
        departments = DepartmentsByName()
        found = {}
        for entry in entries:
            department = departments.of(entry)
            found[entry.number] = ListedPerson(
                department,
                PersonTerms(
                    login=accounts.plain_login(entry.text("login")), name=entry.text("name"), name_en=entry.text("name_en"),
                    email=entry.text("email"), title=entry.text("title"),
                    department_id=department.meant.id if department.meant is not None else None,
                ),
            )  # fmt: skip
        return found

    def look_up(self, rows: Collection[ListedPerson], day: date) -> Mapping[str, User]:
        """The accounts that have one of the logins."""
        return users_by_logins(one.terms.login for one in rows)

    def faults(self, terms: ListedPerson, register: Mapping[str, User], day: date) -> Iterable[DomainError]:
        """No such department, and whatever the form that opens one account would say."""
        yield from terms.department.faults()
        user = register.get(terms.terms.login)
        yield from accounts.faults_of_person(terms.terms, is_taken=user is not None and not _is_same(terms.terms, user))

    def unique(self, terms: ListedPerson, register: Mapping[str, User]) -> Sequence[Unique]:
        """No login twice."""
        return (Unique("login", terms.terms.login, terms.terms.login),)

    def outcome(self, terms: ListedPerson, register: Mapping[str, User]) -> Outcome:
        """Whether there is the account already."""
        return Outcome.UNCHANGED if terms.terms.login in register else Outcome.ADDED

    def prepared(self) -> Mapping[str, Any]:
        """The hash of a password that nobody knows, so that until its person sets one nobody can sign in; one for all."""
        return {"unknown": NewPassword.of(secrets.token_urlsafe(32))}


def _is_same(terms: PersonTerms, user: User) -> bool:
    return (terms.name, terms.email, terms.department_id) == (user.name, user.email, user.department_id)


def import_accounts(row: Import, *, unknown: NewPassword, actor: User, now: datetime) -> None:
    """Open the accounts of a list, whole or not at all, without roles; each person is sent a link to set a password.

    Raises:
        RuleBroken: a row has a fault, or a column lacks.
        Conflict: an account has been opened or changed since the list was read in.
    """
    access.require(actor, Deed.ACCOUNTS_IMPORT, row)

    judged = judged_to_apply(row, AccountImporter(), actor, now)

    opened = [accounts.enrol(one.terms, unknown, must_change=False, now=now) for one in judged.of(Outcome.ADDED)]
    for user in opened:
        accounts.send_first_link(user, now)
    IMPORT_MOVES.move(Deed.ACCOUNTS_IMPORT, row)
    end(row, now)

    audit.record(
        Deed.ACCOUNTS_IMPORT, row, actor=actor, now=now, **told_of(row), opened=[user.login for user in opened]
    )


# ── roles ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ListedRoles:
    """A row: whose account, the name that the list gives, and the roles."""

    login: str
    name: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class ListedAccounts:
    """The accounts that a list names, by login, and what keeps some of their people from the roles of the list, by number."""

    users: Mapping[str, User]
    hindrances: Mapping[int, DomainError]


class RoleImporter(Importer[ListedRoles, ListedAccounts]):
    """Lists of who is to hold which roles; where the list names the person too, the name must be the account's."""

    columns = (
        LOGIN,
        Column("name", word("姓名"), _NAMES, is_required=False, longest=60),
        Column("roles", word("角色"), ("系统角色", "用户角色", "权限"), ColumnKind.LIST, options=ROLES),
    )
    effect = word("每个账号正好有表里写的角色，原来有而表里没有的收回；角色变了的人会收到消息。")

    def read(self, entries: Sequence[Entry]) -> Mapping[int, ListedRoles]:
        """Which roles each row gives to whom."""
        return {
            entry.number: ListedRoles(
                accounts.plain_login(entry.text("login")), entry.text("name"),
                frozenset(Role(part) for part in entry.text("roles").split(BETWEEN) if part in set(Role)),
            )
            for entry in entries
        }  # fmt: skip

    def look_up(self, rows: Collection[ListedRoles], day: date) -> ListedAccounts:
        """The accounts that have one of the logins, and what their people have in hand that does not go with the roles."""
        users = users_by_logins(one.login for one in rows)
        wanted = {users[one.login]: one.roles for one in rows if one.login in users}
        return ListedAccounts(users, accounts.hindrances_to_roles(wanted))

    def faults(self, terms: ListedRoles, register: ListedAccounts, day: date) -> Iterable[DomainError]:
        """No such account, another person's, or roles that it cannot hold, or not now."""
        user = register.users.get(terms.login)
        if user is None:
            if terms.login:
                yield RuleBroken(
                    word("没有登录名为“{login}”的账号。请先开设账号，或者改正登录名。"),
                    login=terms.login,
                    field="login",
                )
            return
        if terms.name and terms.name != user.name:
            yield RuleBroken(
                word("登录名“{login}”是{name}的账号，不是“{typed}”的。请核对。"),
                login=terms.login, name=user.called, typed=terms.name, field="name",
            )  # fmt: skip
        try:
            accounts.ensure_is_person(user)
            accounts.ensure_roles_hold(user, terms.roles)
        except DomainError as fault:
            fault.field = fault.field or "login"
            yield fault
            return
        if user.id in register.hindrances:
            yield register.hindrances[user.id]

    def unique(self, terms: ListedRoles, register: ListedAccounts) -> Sequence[Unique]:
        """No login twice."""
        return (Unique("login", terms.login, terms.login),)

    def outcome(self, terms: ListedRoles, register: ListedAccounts) -> Outcome:
        """Whether the account would have other roles."""
        user = register.users.get(terms.login)
        return Outcome.UNCHANGED if user is not None and user.roles == terms.roles else Outcome.CHANGED


def import_roles(row: Import, *, actor: User, now: datetime) -> None:
    """Grant the roles of a list, whole or not at all, never to oneself.

    Raises:
        RuleBroken: a row has a fault, a column lacks, or the list changes one's own roles.
        Conflict: an account or its roles have changed since the list was read in.
    """
    access.require(actor, Deed.ROLES_IMPORT, row)

    judged = judged_to_apply(row, RoleImporter(), actor, now)
    changed = [(judged.register.users[one.login], one.roles) for one in judged.of(Outcome.CHANGED)]
    for user, _roles in changed:
        accounts.ensure_of_another(user, actor)

    before = [(user.login, user.roles) for user, _roles in changed]
    for user, roles in changed:
        accounts.put_roles(user, roles, now)
    IMPORT_MOVES.move(Deed.ROLES_IMPORT, row)
    end(row, now)

    audit.record(
        Deed.ROLES_IMPORT, row, actor=actor, now=now, **told_of(row),
        granted=[[login, sorted(roles - had), sorted(had - roles)] for (login, had), (_, roles) in zip(before, changed, strict=True)],
    )  # fmt: skip
