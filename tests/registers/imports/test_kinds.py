"""The other kinds of lists: budgets, powers, accounts and roles; a sound and a faulty file of each, and whose they are."""

from __future__ import annotations

import re
from datetime import date
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import text

from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, DomainError, NotPermitted
from procurement.foundation.money import Money
from procurement.registers import access
from procurement.registers.audit import AuditLine
from procurement.registers.budgets.importing import BudgetLineImporter, KnownLines, ListedLine
from procurement.registers.budgets.models import NOTHING, Balance, BudgetLine, line_by_key
from procurement.registers.budgets.rules import LineTerms
from procurement.registers.catalogue.models import (
    BasisStatus,
    ListKind,
    edition_in_force,
    function_by_code,
    functions,
)
from procurement.registers.departments.listed import ListedDepartment
from procurement.registers.departments.operations import rename_department
from procurement.registers.imports import models, operations
from procurement.registers.imports.kinds import IMPORTERS, OPERATIONS
from procurement.registers.imports.models import Import, ImportKind
from procurement.registers.imports.recognition import Change
from procurement.registers.people import Department, Role, User, department_by_name, password_fits, user_by_login
from procurement.registers.powers import PowerKind, power_by_code, powers_of
from procurement.web import mail
from tests.factories import BUDGET_CODE, World
from tests.registers.imports.lists import reading
from tests.registers.imports.sheets import gbk, xls, xlsx
from tests.web.browsing import get, send

K = ImportKind
DAY = date(2025, 9, 22)


def begun(world: World, kind: ImportKind, content: bytes, by: User) -> Import:
    """A list of this kind that was read in."""
    return world.do(operations.begin_import, None, reading(world, content, kind=kind), stored="-", by=by)


def take(world: World, row: Import, by: User) -> None:
    """Take it over."""
    world.do(OPERATIONS[row.kind], row, by=by, **IMPORTERS[row.kind].prepared())


def faults(row: Import) -> list[tuple[int, str]]:
    return [(one.number, fault.field) for one in models.rows_of(row, is_faulty=True) for fault in one.faults_told]


def told() -> dict[str, Any]:
    """What the last line of the audit says."""
    line = db.session.query(AuditLine).order_by(AuditLine.id.desc()).first()
    assert line is not None
    return line.told


def department(name: str) -> Department:
    found = department_by_name(name)
    assert found is not None
    return found


# ── budgets ────────────────────────────────────────────────────────────────────────────────────────────────────────

BUDGET_HEAD = ["序号", "预算单位", "预算年度", "项目编码", "项目名称", "年初预算（万元）", "依据"]


def test_a_years_budget_is_taken_over_from_a_gbk_csv_in_ten_thousands(world: World) -> None:
    people = world.people
    since, name = world.today, people.other_department.name
    world.do(
        rename_department,
        people.other_department,
        "社会发展局",
        "Social Development",
        since=since,
        by=people.system_admin,
    )
    rows = [
        [1, people.department.name, 2025, BUDGET_CODE, "城市管家服务", "6,100.50", "龙财〔2025〕8号"],
        [2, name, 2025, BUDGET_CODE, "城市管家服务", 6000],
        [3, "龙港市财政局", "2026", "0210", "绩效评价", "12.3456"],
    ]
    row = begun(
        world, K.BUDGET_LINES, gbk([["2025 年部门预算（单位：万元）"], BUDGET_HEAD, *rows, ["合计"]]), people.supervisor
    )
    assert (row.faulty, row.added, row.changed, row.unchanged) == (0, 1, 1, 1)
    take(world, row, people.supervisor)
    changed = line_by_key((people.department.id, 2025, BUDGET_CODE))
    added = line_by_key((department("财政局").id, 2026, "0210"))
    assert changed is not None
    assert added is not None
    assert (changed.amount, added.amount, added.name) == (Money(6_100_500_000), Money(12_345_600), "绩效评价")
    assert told()["adjusted"] == [["综合行政执法局", 2025, BUDGET_CODE, 6_000_000_000, 6_100_500_000]]


@pytest.mark.sqlite_only
def test_each_fault_of_a_budget_is_told_at_its_field_and_nothing_is_taken_over(world: World) -> None:
    own, by = world.people.department.name, world.people.supervisor
    rows = [
        [1, "没有的局", 2025, "0001", "甲", 1],
        [2, own, 2031, "0002", "乙", 1],
        [3, own, 2025, "0003", "丙", 0],
        [4, own, 2025, "0004", "丁", "一万"],
        [5, own, "今年", "0005", "戊", 1],
        [6, own, 2025, "0006", "己", 1],
        [7, own, 2025, "0006", "庚", 1],
        [8, "", 2025, "", "", "1"],
    ]
    row = begun(world, K.BUDGET_LINES, xlsx([BUDGET_HEAD, *rows]), by)
    assert faults(row) == [
        (2, "department"), (3, "year"), (4, "amount"), (5, "amount"), (6, "year"), (8, "code"), (9, "department"),
        (9, "code"), (9, "name"),
    ]  # fmt: skip
    world.refuse(OPERATIONS[K.BUDGET_LINES], row, by=by, says=["8 行里有 7 行有错"], where="document")


def test_an_amount_under_what_is_held_is_a_fault() -> None:
    line = BudgetLine(department_id=1, year=2025, code="1", name="甲", amount=Money.yuan("10"))
    known = KnownLines({line.key: line}, {line.key: Balance(line.amount, Money.yuan("6"), NOTHING, NOTHING)})

    def listed(amount: str, reason: str = "调减") -> list[DomainError]:
        terms = LineTerms(2025, "1", "甲", Money.yuan(amount))
        row = ListedLine(ListedDepartment("局", Department(id=1, name="局", name_en="")), terms, reason)
        return list(BudgetLineImporter().faults(row, known, DAY))

    assert [(fault.field, fault.values["held"]) for fault in listed("5.99")] == [("amount", Money.yuan("6"))]
    assert listed("6") == []
    # As in the form, a change says why.
    assert [fault.field for fault in listed("6", "")] == ["reason"]
    assert listed("10", "") == []


# ── powers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def powers(rows: list[list[Any]]) -> bytes:
    """As the city publishes it: a title, a head of two rows with what is merged, and the departments' names merged down."""
    head = [
        ["龙港市权责清单"],
        ["实施主体", "事项", None, None, "设定依据"],
        [None, "基本编码", "事项名称", "权力类型", None],
    ]
    merged = [(0, 0, 0, 4), (1, 2, 0, 0), (1, 1, 1, 3), (1, 2, 4, 4)]
    return xls([*head, *rows], *merged, *([(3, 4, 0, 0)] if len(rows) > 1 else []))


def test_an_official_register_of_powers_becomes_the_next_edition(world: World) -> None:
    before = edition_in_force(ListKind.POWERS, world.today)
    assert before is not None
    count, known = len(powers_of(before)), power_by_code("Q0020", world.today)
    assert known is not None
    assert not known.is_reserved
    rows = [
        [known.department_name, "Q0020", known.name, known.kind.label, known.legal_basis],
        [None, "330383001", "占道许可", "许可", "《城市道路管理条例》第三十条"],
    ]
    otherwise = [[known.department_name, "Q0020", "另一个名称", known.kind.label, known.legal_basis]]
    (changed,) = models.rows_of(begun(world, K.POWERS, powers(otherwise), world.people.member))
    assert changed.before == {"name": known.name}
    row = begun(world, K.POWERS, powers(rows), world.people.member)
    assert (row.faulty, row.added, row.unchanged) == (0, 1, 1)
    gone, bare = row.remarks
    assert gone.values["count"] == count - 1
    assert "Q0001" in str(gone)
    assert "行业评优评先" in str(bare)
    take(world, row, world.people.member)
    after = edition_in_force(ListKind.POWERS, world.today)
    assert after is not None
    assert (after.number, after.is_bundled, after.in_force_on) == (before.number + 1, False, world.today)
    assert len(powers_of(before)) == count
    kept, licence = powers_of(after)[1], powers_of(after)[0]
    assert (kept.code, kept.name_en, kept.basis_status) == ("Q0020", known.name_en, known.basis_status)
    assert (licence.kind, licence.is_reserved, licence.basis_status) == (PowerKind.LICENCE, True, BasisStatus.RECALLED)


@pytest.mark.sqlite_only
def test_each_fault_of_a_register_of_powers_is_told_at_its_field(world: World) -> None:
    own, by = world.people.department.name, world.people.member
    rows = [
        [own, "1", "甲", "许可证", ""],
        [None, "1", "乙", "处罚", ""],
        ["没有的局", "2", "丙", "其他", ""],
        [own, "", "", "", ""],
    ]
    row = begun(world, K.POWERS, powers(rows), by)
    assert faults(row) == [(4, "kind"), (5, "code"), (6, "department"), (7, "code"), (7, "name"), (7, "kind")]
    world.refuse(OPERATIONS[K.POWERS], row, by=by, says=["有 4 行有错"], where="document")


def test_an_official_directory_of_functions_becomes_the_next_edition(world: World) -> None:
    before, known = edition_in_force(ListKind.FUNCTIONS, world.today), function_by_code("T01", world.today)
    assert before is not None
    assert known is not None
    heads = ["编码", "转移事项", "部门", "方式", "目录编码", "权责编码", "准备程度", "依据"]
    rows = [
        # As a spreadsheet leaves a code that begins with zero: a number.
        [
            "T01",
            known.name,
            known.department_name,
            "整体",
            int(known.catalogue_code),
            known.power_code,
            known.readiness.label,
            known.legal_basis,
        ],
        ["T90", "城市管家", "综合行政执法局", "购买", "011401", "Q0020", "已具备条件", "三定规定"],
    ]
    row = begun(world, K.FUNCTIONS, xlsx([heads, *rows]), world.people.member)
    assert (row.faulty, row.added, row.unchanged) == (0, 1, 1)
    assert models.rows_of(row)[0].changes["catalogue_code"] == (known.catalogue_code[1:], [Change.ZEROS_RESTORED])
    take(world, row, world.people.member)
    after = edition_in_force(ListKind.FUNCTIONS, world.today)
    assert after is not None
    assert [(one.code, one.catalogue_code) for one in functions(after)] == [
        ("T01", known.catalogue_code),
        ("T90", "011401"),
    ]
    faulty = [
        ["T1", "甲", "综合行政执法局", "送", "011401", "Q0020", "已具备条件", ""],
        ["T2", "乙", "综合行政执法局", "委托", "999999", "Q0001", "已具备条件", ""],
        ["T2", "丙", "没有的局", "委托", "011401", "Q0020", "", ""],
    ]
    row = begun(world, K.FUNCTIONS, xlsx([heads, *faulty]), world.people.member)
    assert faults(row) == [
        (2, "mode"),
        (3, "catalogue_code"),
        (3, "power_code"),
        (4, "readiness"),
        (4, "department"),
        (4, "code"),
    ]


# ── accounts and roles ─────────────────────────────────────────────────────────────────────────────────────────────

PEOPLE_HEAD = ["姓名", "登录名", "邮箱", "所在部门", "职务", "角色"]


def staff(world: World) -> list[list[str]]:
    own = world.people.department.name
    return [
        ["陈二", "Chen.Er", "chen.er@example.cn", own, "科长", "经办人、审批人"],
        ["周三", "zhousan", "zhou.san@example.cn", own, "", "付款"],
    ]


def test_one_list_opens_the_accounts_and_grants_the_roles_by_two_administrators(world: World) -> None:
    people, content = world.people, xlsx([PEOPLE_HEAD, *staff(world)])
    row = begun(world, K.ACCOUNTS, content, people.system_admin)
    assert (row.faulty, row.added) == (0, 2)
    take(world, row, people.system_admin)
    chen, zhou = user_by_login("chen.er"), user_by_login("zhousan")
    assert chen is not None
    assert zhou is not None
    assert (chen.name, chen.email, chen.department, chen.roles) == (
        "陈二",
        "chen.er@example.cn",
        people.department,
        frozenset(),
    )
    assert told()["opened"] == ["chen.er", "zhousan"]
    # Known once more, and no longer new.
    assert begun(world, K.ACCOUNTS, content, people.system_admin).unchanged == 2

    row = begun(world, K.ROLES, content, people.security_admin)
    assert (row.faulty, row.changed) == (0, 2)
    take(world, row, people.security_admin)
    assert (chen.roles, zhou.roles) == (frozenset({Role.OFFICER, Role.APPROVER}), frozenset({Role.PAYER}))
    assert told()["granted"][1] == ["zhousan", ["payer"], []]
    assert begun(world, K.ROLES, content, people.security_admin).unchanged == 2


def links_in(letter: bytes) -> list[str]:
    """The links of a letter by which a password is set."""
    body = message_from_bytes(letter, policy=policy.default).get_content()  # type: ignore[attr-defined]
    return re.findall(r"https?://[^/\s]+(/account/reset/\S+)", body)


@pytest.mark.sqlite_only
def test_a_person_of_a_list_sets_the_password_by_the_link_that_was_mailed(world: World) -> None:
    row = begun(world, K.ACCOUNTS, xlsx([PEOPLE_HEAD, *staff(world)]), world.people.system_admin)
    take(world, row, world.people.system_admin)
    chen = user_by_login("chen.er")
    assert chen is not None
    assert chen.is_active
    assert not password_fits(chen, "-")
    assert mail.send_outbox(world.app) == 2
    letters = [path.read_bytes() for path in world.app.extensions["settings"].mail_folder.glob("*.eml")]
    links = {link for letter in letters for link in links_in(letter)}
    assert len(links) == 2
    client, new = world.app.test_client(), "清风徐来水波不兴二零二五"
    for link in links:
        send(client, link, {"password": new, "again": new})
        get(client, link, 422)
    db.session.refresh(chen)
    assert password_fits(chen, new)


@pytest.mark.sqlite_only
def test_each_fault_of_a_list_of_people_is_told_at_its_field(world: World) -> None:
    own, (chen, _zhou) = world.people.department.name, staff(world)
    rows = [
        chen,
        ["甲", "chen.er", "a@example.cn", own, "", "经办人"],
        ["乙", "officer", "b@example.cn", own, "", "经办人"],
        ["丙", "a b 陈", "不是邮箱", "没有的局", "", "经办人"],
        ["丁", "ding", "", "", "", "经办人"],
    ]
    row = begun(world, K.ACCOUNTS, xlsx([PEOPLE_HEAD, *rows]), world.people.system_admin)
    assert faults(row) == [(3, "login"), (4, "login"), (5, "department"), (5, "login"), (5, "email"), (6, "email")]
    officer, auditor = world.people.officer, world.people.auditor
    roles = [
        ["", "nobody", "经办人"], [officer.name, officer.login, "经办人；大王"], ["别人", officer.login, "经办人"],
        ["", auditor.login, "审计、系统管理员"], ["", world.people.evaluator.login, "经办人"], ["", "system", "经办人"],
        ["", world.people.payer.login, ""],
    ]  # fmt: skip
    row = begun(world, K.ROLES, xlsx([["姓名", "账号", "角色"], *roles]), world.people.security_admin)
    assert faults(row) == [
        (2, "login"), (3, "roles"), (4, "name"), (4, "login"), (5, "roles"), (6, "roles"), (7, "login"), (8, "roles"),
    ]  # fmt: skip


@pytest.mark.sqlite_only
def test_nobody_changes_their_own_roles_by_a_list(world: World) -> None:
    admin = world.people.security_admin
    row = begun(world, K.ROLES, xlsx([["登录名", "角色"], [admin.login, "绩效评价人"]]), admin)
    assert (row.faulty, row.changed) == (0, 1)
    world.refuse(OPERATIONS[K.ROLES], row, by=admin, says=["不能对自己的账号办理"])


@pytest.mark.sqlite_only
def test_a_list_makes_no_holder_of_sealed_bids_unfit_to_hold(world: World) -> None:
    admin, people = world.people.security_admin, world.people
    rows = [["登录名", "角色"], [people.auditor.login, "系统管理员"], [people.payer.login, "付款人、审批人"]]
    row = begun(world, K.ROLES, xlsx(rows), admin)
    assert (row.faulty, row.changed) == (0, 2)
    # Appointed since it was read in.
    world.bid()
    world.refuse(OPERATIONS[K.ROLES], row, by=admin, error=Conflict)
    assert faults(begun(world, K.ROLES, xlsx(rows), admin)) == [(2, "roles")]
    assert people.auditor.roles == {Role.AUDITOR}


# ── whose they are ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.sqlite_only
def test_each_kind_is_taken_over_by_whoever_enters_the_like_one_by_one(world: World) -> None:
    holders = {
        kind: {
            role for person in world.people.everyone() if access.can(person, kind.deed, None) for role in person.roles
        }
        for kind in ImportKind
    }
    assert holders == {
        K.ORGANISATIONS: {Role.OFFICER}, K.BUDGET_LINES: {Role.SUPERVISOR}, K.POWERS: {Role.MEMBER},
        K.FUNCTIONS: {Role.MEMBER}, K.STANDARDS: {Role.OFFICER},
        K.CATALOGUE: {Role.OFFICER, Role.SUPERVISOR}, K.NEGATIVE_LIST: {Role.OFFICER, Role.SUPERVISOR},
        K.ACCOUNTS: {Role.SYSTEM_ADMIN}, K.ROLES: {Role.SECURITY_ADMIN},
    }  # fmt: skip
    content = xlsx([PEOPLE_HEAD, *staff(world)])
    read = reading(world, content, kind=K.ROLES)
    world.refuse(operations.begin_import, None, read, stored="-", by=world.people.system_admin, error=NotPermitted)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("kind", ImportKind)
def test_every_kind_forgets_what_it_read_and_none_lies_open(world: World, kind: ImportKind) -> None:
    person = next(one for one in world.people.everyone() if access.can(one, kind.deed, None))
    heads = [column.label for column in IMPORTERS[kind].columns]
    row = begun(world, kind, xlsx([heads, [f"密件{number}" for number, _ in enumerate(heads)]]), person)
    kept = (
        db.session.execute(text("SELECT * FROM import_rows")).all()
        + db.session.execute(text("SELECT * FROM imports")).all()
    )
    assert "密件0" in str([one.entry for one in models.rows_of(row)])
    assert "密件" not in str(kept)
    world.do(operations.discard_import, row, by=person)
    assert models.rows_of(row) == []
