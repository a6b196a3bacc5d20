"""What an instance needs before it serves: reference data, the first accounts; and what makes it unsafe to open to others."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from procurement.config import Settings
from procurement.foundation.clock import Clock
from procurement.foundation.database import db
from procurement.registers import communities
from procurement.registers.audit import FIRST_SEAL, HOUSE, AuditHead
from procurement.registers.catalogue import operations as catalogue
from procurement.registers.deeds import begin_deed
from procurement.registers.departments.models import names_ever_held
from procurement.registers.people import SYSTEM_LOGIN, Department, Role, RoleGrant, User, hash_password, user_by_login
from procurement.registers.standards.models import load_standards

Report = Callable[[str, str], None]

# The departments of the bundled lists, with the English names this system uses for them.
DEPARTMENTS = {
    "社会事业局": "Social Affairs Bureau",
    "综合行政执法局": "Comprehensive Administrative Law Enforcement Bureau",
    "市场监督管理局": "Market Supervision Bureau",
    "自然资源与规划建设局": "Natural Resources, Planning and Construction Bureau",
    "基层治理委员会": "Community Governance Committee",
    "行政审批局": "Administrative Approval Bureau",
    "经济发展局": "Economic Development Bureau",
    "财政局": "Finance Bureau",
    "农业农村局": "Agriculture and Rural Affairs Bureau",
    "应急管理局": "Emergency Management Bureau",
    "公安局": "Public Security Bureau",
    "司法局": "Justice Bureau",
    "审计局": "Audit Bureau",
    "生态环境局": "Ecology and Environment Bureau",
    "宣传统战部": "Publicity and United Front Department",
    "市府办公室": "Municipal Government Office",
}


def load_reference_data(app: Flask, clock: Clock) -> None:
    """Load the bundled lists, the departments and the system's own account; does nothing where they are there."""
    begin_deed(clock)
    now = clock.now()
    if db.session.get(AuditHead, HOUSE) is None:
        db.session.add(AuditHead(chain=HOUSE, number=0, seal=FIRST_SEAL))
    # One that was renamed is there under its new name.
    known = names_ever_held()
    db.session.add_all(
        Department(name=name, name_en=name_en) for name, name_en in DEPARTMENTS.items() if name not in known
    )
    if user_by_login(SYSTEM_LOGIN) is None:
        db.session.add(User(login=SYSTEM_LOGIN, name="系统", name_en="System", created_at=now))
    catalogue.load_bundled_lists(now)
    communities.load_communities()
    load_standards()
    db.session.commit()


def create_first_administrator(app: Flask, clock: Clock) -> tuple[str, str] | None:
    """The one account of a real installation; None where people exist. Returns login and random password.

    It is the security administrator's and nothing more: it opens the system administrator's, who does the rest (`first_steps`).
    """
    password = secrets.token_urlsafe(12)
    hashed = hash_password(password)
    begin_deed(clock)
    if db.session.scalar(select(User.id).where(User.login != SYSTEM_LOGIN).limit(1)) is not None:
        db.session.rollback()
        return None
    administrator = User(
        login="admin",
        name="安全管理员",
        name_en="Security administrator",
        password_hash=hashed,
        must_change_password=True,
        created_at=clock.now(),
        grants=[RoleGrant(role=Role.SECURITY_ADMIN)],
    )
    db.session.add(administrator)
    db.session.commit()
    return "admin", password


def first_steps(login: str, password: str) -> list[str]:
    """What `flask prepare` prints: which account there is, what it may not do, and what comes first, in both languages."""
    return [
        f"安全管理员 security administrator: {login}",
        f"密码（只显示这一次） password (shown once): {password}",
        "",
        "这个账号只是安全管理员：授予角色、停用账号；不设部门，也不办业务。",
        "1 运行 python3 manage.py run，打开它打印的网址，用这个账号登录并换掉密码。",
        "2 在“账号”里为另一个人开设账号，授予系统管理员角色：两种管理员不能是同一个账号。",
        "3 系统管理员在“部门名册”核对部门，为同事开设账号；安全管理员再授予他们角色。",
        "",
        "This account is the security administrator only: it grants roles and stops accounts, and does no other work.",
        "1 Run python3 manage.py run, open the address it prints, sign in with this account and change the password.",
        "2 Under Accounts open an account for another person and grant it the system administrator's role: no account may be both.",
        "3 The system administrator checks the departments and opens the colleagues' accounts; the security administrator grants their roles.",
    ]


def prepare(app: Flask, report: Report, *, demonstration: bool) -> None:
    """Everything after the migrations: reference data, and on a first start with `demonstration` the demonstration."""
    from procurement.web.demonstration.scenario import is_real, load_demonstration

    clock: Clock = app.extensions["clock"]
    with app.app_context():
        report("载入目录、负面清单、社区", "loading catalogue, negative list, communities")
        load_reference_data(app, clock)
        if demonstration and not is_real(app):
            load_demonstration(app, report)


def unsafe_reasons(app: Flask) -> list[tuple[str, str]]:
    """Why this instance must not be opened to other machines, in Chinese and English; empty where it may."""
    from procurement.web.instance import is_demonstration

    settings: Settings = app.extensions["settings"]
    reasons = []
    if is_demonstration(app):
        reasons.append(
            ("实例里有演示账号，任何人都能以他们的名义登录", "demonstration accounts exist; anybody can act as them")
        )
    if not settings.behind_tls:
        reasons.append(
            (
                "没有设置 JIELI_PUBLIC_URL=https://…，密码会以明文传送",
                "JIELI_PUBLIC_URL=https://… is not set; passwords would travel in clear",
            )
        )
    return reasons
