"""Signing in and out, passwords, links, the tray and the administrators' pages, as a browser sees them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from procurement.foundation.database import db
from procurement.registers import accounts, notices
from procurement.registers.accounts import NewPassword
from procurement.registers.people import LoginSession, Role, User, hash_password, user_by_login
from procurement.web.accounts.links import read_link, sign_link
from tests.web.browsing import forget, get, send, signed_in, status, text_of

# Pages ask nothing of their own of a database; that each is answered on both, the golden file of routes sees.
pytestmark = pytest.mark.sqlite_only

PASSWORD, NEW = "明月几时有把酒问青天", "不知天上宫阙今夕是何年"


@pytest.fixture
def officer(world: Any) -> User:
    """An officer with a password and an address."""
    person: User = world.people.officer
    person.password_hash, person.email = hash_password(PASSWORD), "officer@example.cn"
    db.session.commit()
    return person


def sign_in(
    client: FlaskClient, login: str = "officer", password: str = PASSWORD, *, to: str = "", status: int = 303
) -> Any:
    return send(client, f"/sign-in{to}", {"login": login, "password": password}, status=status)


# ── signing in ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_person_signs_in_sees_the_workbench_and_signs_out(world: Any, officer: User) -> None:
    client = world.app.test_client()
    assert sign_in(client).location.endswith("/workbench")
    assert officer.name in get(client, "/workbench")
    forget()
    page = client.get("/account").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    forget()
    assert client.post("/sign-out", data={"csrf_token": token[1]}).status_code == 303
    get(client, "/workbench", 303)
    assert [row.closed_at is None for row in db.session.scalars(select(LoginSession))] == [False]


def test_the_answer_is_the_same_for_a_wrong_password_and_an_unknown_name(world: Any, officer: User) -> None:
    answers = [
        text_of(sign_in(world.app.test_client(), login, "wrong password", status=422)).replace(login, "…")
        for login in ("officer", "nobody1")
    ]
    # The forms differ in what was typed only, which text_of leaves out.
    assert answers[0] == answers[1]
    assert "登录名或密码不对" in answers[0]


def test_the_form_keeps_the_name_and_never_the_password(world: Any, officer: User) -> None:
    page = sign_in(world.app.test_client(), password="wrong password", status=422).get_data(as_text=True)
    assert 'value="officer"' in page
    assert "wrong password" not in page


def test_five_failures_lock_from_here_and_the_sixth_try_says_for_how_long(world: Any, officer: User) -> None:
    client = world.app.test_client()
    for _ in range(5):
        sign_in(client, password="wrong password", status=422)
    answer = text_of(sign_in(client, status=422))
    assert "连续 5 次登录失败" in answer
    assert "要过 15 分钟" in answer
    elsewhere = world.app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert sign_in(elsewhere).status_code == 303
    world.clock.advance(timedelta(minutes=15))
    assert sign_in(client).status_code == 303


def test_each_sign_in_has_a_new_token_and_the_one_before_ends(world: Any, officer: User) -> None:
    client = world.app.test_client()
    tokens = []
    for _ in range(2):
        sign_in(client)
        with client.session_transaction() as cookie:
            tokens.append(cookie["_user_id"])
    assert tokens[0] != tokens[1]
    rows = db.session.scalars(select(LoginSession).order_by(LoginSession.id)).all()
    assert [row.closed_at is None for row in rows] == [False, True]
    assert tokens[1] not in {row.token_hash for row in rows}


@pytest.mark.parametrize(
    ("wish", "reached"),
    [
        ("/tray", "/tray"), ("/transfers/?q=1", "/transfers/?q=1"), ("https://evil.example/", "/workbench"),
        ("//evil.example/", "/workbench"), ("/\\evil.example", "/workbench"), ("/a\\..\\b", "/workbench"),
        ("javascript:alert(1)", "/workbench"), ("/%0d%0aSet-Cookie:a=b", "/workbench"), ("tray", "/workbench"),
    ],
)  # fmt: skip
def test_after_signing_in_one_goes_on_within_this_site_only(world: Any, officer: User, wish: str, reached: str) -> None:
    client = world.app.test_client()
    assert sign_in(client, to=f"?next={wish}").location == reached


def test_a_page_for_people_asks_to_sign_in_and_goes_on_and_a_deed_of_a_visitor_is_refused(
    world: Any, officer: User
) -> None:
    client = world.app.test_client()
    forget()
    asked = client.get("/tray?x=1")
    assert (asked.status_code, asked.location) == (303, "/sign-in?next=/tray?x%3D1")
    assert sign_in(client, to=asked.location.removeprefix("/sign-in")).location == "/tray?x=1"
    visitor = world.app.test_client()
    page = get(visitor, "/sign-in")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    forget()
    answer = visitor.post("/tray/read", data={"csrf_token": token[1]})
    assert answer.status_code == 403
    assert "还没有登录" in text_of(answer)


def test_a_form_without_its_token_does_nothing(world: Any, officer: User) -> None:
    client = world.app.test_client()
    forget()
    assert client.post("/sign-in", data={"login": "officer", "password": PASSWORD}).status_code == 400


def test_a_session_ends_after_twenty_idle_minutes_and_after_eight_hours(world: Any, officer: User) -> None:
    client = world.app.test_client()
    sign_in(client)
    for _ in range(25):
        world.clock.advance(timedelta(minutes=19))
        get(client, "/account")
    world.clock.advance(timedelta(minutes=6))
    forget()
    assert client.get("/account").status_code == 303
    sign_in(client)
    world.clock.advance(timedelta(minutes=20, seconds=1))
    forget()
    assert client.get("/account").status_code == 303


def test_an_old_hash_is_renewed_when_its_owner_signs_in(world: Any, officer: User) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    officer.password_hash = old
    db.session.commit()
    sign_in(world.app.test_client())
    db.session.refresh(officer)
    assert officer.password_hash != old


# ── one's own account ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_password_ends_the_other_browsers_and_keeps_this_one(world: Any, officer: User) -> None:
    here, there = world.app.test_client(), world.app.test_client()
    sign_in(here)
    sign_in(there)
    typed = {"present": PASSWORD, "password": NEW, "again": NEW}
    send(here, "/account/password", typed)
    assert status(here, "/account") == 200
    assert status(there, "/account") == 303
    sign_in(there, password=NEW)


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ({"present": "wrong", "password": NEW, "again": NEW}, "现在的密码不对"),
        ({"present": PASSWORD, "password": "short", "again": "short"}, "5 个字符，至少要 10 个"),
        ({"present": PASSWORD, "password": NEW, "again": NEW + "x"}, "两次输入的新密码不一样"),
        ({"present": PASSWORD, "password": PASSWORD, "again": PASSWORD}, "与现在的密码相同"),
        ({"present": "", "password": "", "again": ""}, "这一项必须填写"),
    ],
)
def test_what_a_change_of_password_refuses(world: Any, officer: User, typed: dict[str, str], part: str) -> None:
    client = world.app.test_client()
    sign_in(client)
    assert part in text_of(send(client, "/account/password", typed, status=422))


def test_the_language_of_letters_is_chosen_on_the_page_of_the_account(world: Any, officer: User) -> None:
    client = signed_in(world, officer)
    page = get(client, "/account")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.split("<main")[1])
    assert token is not None
    forget()
    answer = client.post("/account/language", data={"csrf_token": token[1], "language": "en"})
    assert answer.status_code == 303
    db.session.refresh(officer)
    assert officer.language == "en"


def test_a_given_password_must_be_changed_before_anything_else(world: Any, officer: User) -> None:
    admin = world.people.security_admin
    client = signed_in(world, admin)
    page = send(client, f"/users/{officer.id}/password", status=200).get_data(as_text=True)
    shown = re.search(r'<p class="no" translate="no">([a-z2-9-]+)</p>', page)
    assert shown is not None
    theirs = world.app.test_client()
    sign_in(theirs, password=shown[1])
    forget()
    answer = theirs.get("/workbench")
    assert (answer.status_code, answer.location) == (303, "/account/password")
    page = get(theirs, "/account/password")
    assert "您现在的密码是管理员给的" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    forget()
    refused = theirs.post("/tray/read", data={"csrf_token": token[1]})
    assert refused.status_code == 403
    send(theirs, "/account/password", {"present": shown[1], "password": NEW, "again": NEW})
    get(theirs, "/workbench")


# ── forgotten ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_answer_to_a_request_is_the_same_for_everybody(world: Any, officer: User) -> None:
    names = ("officer", "officer@example.cn", "nobody", "payer")
    answers = {text_of(send(world.app.test_client(), "/account/reset", {"name": name}, status=200)) for name in names}
    assert len(answers) == 1
    assert len(notices.tray(officer)) == 1


def test_a_link_sets_a_new_password_once(world: Any, officer: User) -> None:
    link = f"/account/reset/{sign_link(world.app, officer, world.clock.wall())}"
    client = world.app.test_client()
    assert "5 个字符" in text_of(send(client, link, {"password": "short", "again": "short"}, status=422))
    send(client, link, {"password": NEW, "again": NEW})
    sign_in(client, password=NEW)
    assert "已经失效" in get(client, link, 422)


def test_an_old_or_forged_link_is_refused_in_words(world: Any, officer: User) -> None:
    token = sign_link(world.app, officer, world.clock.wall())
    body, signature = token.rsplit(".", 1)
    # The first character is changed: of the last one, two bits belong to no byte of the signature.
    another = f"{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    client = world.app.test_client()
    for forged in ("x", another, "W10.x", body):
        assert read_link(world.app, forged) is None
        assert "已经失效" in get(client, f"/account/reset/{forged}", 422)
    world.clock.advance(timedelta(minutes=60))
    get(client, f"/account/reset/{token}")
    world.clock.advance(timedelta(seconds=1))
    assert "60 分钟内有效" in get(client, f"/account/reset/{token}", 422)


def test_an_address_of_the_reset_page_is_not_sent_to_other_sites(world: Any, officer: User) -> None:
    forget()
    answer = world.app.test_client().get(f"/account/reset/{sign_link(world.app, officer, world.clock.wall())}")
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


# ── the tray ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_messages_lie_in_the_tray_until_they_are_marked(world: Any, officer: User) -> None:
    notices.notify([officer], "请看“{title}”<b>。", now=world.now, link="/transfers/1", title="<i>甲</i>")
    db.session.commit()
    client = signed_in(world, officer)
    page = get(client, "/tray")
    assert "1 条未读消息" in page
    assert "&lt;i&gt;甲&lt;/i&gt;" in page
    assert 'href="/transfers/1"' in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.split("<main")[1])
    assert token is not None
    forget()
    assert client.post("/tray/read", data={"csrf_token": token[1]}).status_code == 303
    assert "没有未读消息" in get(client, "/tray")


# ── the administrators ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_is_opened_and_its_password_shown_once(world: Any) -> None:
    client = signed_in(world, world.people.system_admin)
    department = world.people.department
    typed = {"name": "张三", "login": "Zhang.San", "body": f"department {department.id}", "email": "z@example.cn"}
    page = send(client, "/users/new", typed, status=200).get_data(as_text=True)
    shown = re.search(r'<p class="no" translate="no">([a-z2-9-]+)</p>', page)
    assert shown is not None
    user = user_by_login("zhang.san")
    assert user is not None
    assert user.department_id == department.id
    sign_in(world.app.test_client(), "zhang.san", shown[1])
    assert shown[1] not in get(client, f"/users/{user.id}")


def test_a_taken_login_keeps_the_form(world: Any) -> None:
    client = signed_in(world, world.people.system_admin)
    answer = send(client, "/users/new", {"name": "张三", "login": "officer"}, status=422)
    assert "已经有人用了" in text_of(answer)
    assert 'value="张三"' in answer.get_data(as_text=True)


def test_roles_are_ticked_by_the_security_administrator(world: Any) -> None:
    client = signed_in(world, world.people.security_admin)
    payer = world.people.payer
    path = f"/users/{payer.id}/roles"
    page = get(client, path)
    assert re.search(r'value="payer"[^>]* checked|checked[^>]* value="payer"', page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.split("<main")[1])
    assert token is not None

    def post(*roles: str) -> Any:
        forget()
        return client.post(path, data={"csrf_token": token[1], "roles": list(roles)})

    assert "互相制约" in text_of(post("auditor", "system-admin"))
    assert post("auditor", "system-admin").status_code == 422
    assert post("payer", "member").status_code == 303
    db.session.refresh(payer)
    assert payer.roles == {Role.PAYER, Role.MEMBER}
    assert post("emperor").status_code == 422


def test_an_account_is_stopped_and_comes_back(world: Any, officer: User) -> None:
    theirs = world.app.test_client()
    sign_in(theirs)
    client = signed_in(world, world.people.security_admin)
    send(client, f"/users/{officer.id}/deactivate", {"reason": "调离"})
    get(theirs, "/account", 303)
    sign_in(theirs, status=422)
    page = get(client, f"/users/{officer.id}")
    assert "已停用" in page
    assert f"/users/{officer.id}/reactivate" in page
    assert f"/users/{officer.id}/deactivate" not in page
    send(client, f"/users/{officer.id}/reactivate")
    sign_in(theirs)


def press(client: FlaskClient, page: str, button: str) -> Any:
    """Send the form whose action is `button`, found on `page`."""
    assert button in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    forget()
    return client.post(button, data={"csrf_token": token[1]})


def test_a_person_sees_the_own_sessions_and_ends_another_one(world: Any, officer: User) -> None:
    here, elsewhere = world.app.test_client(), world.app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    for client in (here, elsewhere):
        sign_in(client)
    page = get(here, "/account")
    assert page.count("就是这里") == 1
    assert "198.51.100.7" in page
    row = db.session.scalars(select(LoginSession).order_by(LoginSession.id.desc()).limit(1)).one()
    assert press(here, page, f"/sessions/{row.id}/end").location == "/account"
    get(elsewhere, "/account", 303)
    page = get(here, "/account")
    assert "198.51.100.7" not in page
    mine = re.search(r"/sessions/\d+/end", page)
    assert mine is not None
    assert press(here, page, mine[0]).location == "/"
    get(here, "/account", 303)


def test_the_security_administrator_ends_the_session_of_another_and_a_colleague_does_not(
    world: Any, officer: User
) -> None:
    theirs = world.app.test_client()
    sign_in(theirs)
    row = db.session.scalars(select(LoginSession)).one()
    button, path = f"/sessions/{row.id}/end", f"/users/{officer.id}"
    assert button not in get(signed_in(world, world.people.system_admin), path)
    stranger = signed_in(world, world.people.colleague)
    token = re.search(r'name="csrf_token" value="([^"]+)"', get(stranger, "/account"))
    assert token is not None
    forget()
    assert stranger.post(button, data={"csrf_token": token[1]}).status_code == 403
    get(theirs, "/account")
    client = signed_in(world, world.people.security_admin)
    assert press(client, get(client, path), button).location == path
    get(theirs, "/account", 303)
    assert "现在没有登录" in get(client, path)


def test_a_person_changes_the_own_address_with_the_password_and_stays_signed_in_here(world: Any, officer: User) -> None:
    here, elsewhere = world.app.test_client(), world.app.test_client()
    for client in (here, elsewhere):
        sign_in(client)
    path = f"/users/{officer.id}/email"
    assert path in get(here, "/account")
    wrong = send(here, path, {"email": "new@example.cn", "present": "not this one"}, status=422)
    assert "密码不对" in text_of(wrong)
    assert 'value="new@example.cn"' in wrong.get_data(as_text=True)
    send(here, path, {"email": "new@example.cn", "present": PASSWORD})
    assert "new@example.cn" in get(here, "/account")
    get(elsewhere, "/account", 303)
    assert notices.unmailed()[0].address == "officer@example.cn"
    get(signed_in(world, world.people.colleague), path, 403)


def test_the_security_administrator_changes_anothers_address_without_a_password(world: Any, officer: User) -> None:
    client = signed_in(world, world.people.security_admin)
    path = f"/users/{officer.id}/email"
    assert path in get(client, f"/users/{officer.id}")
    assert 'name="present"' not in get(client, path)
    assert send(client, path, {"email": "new@example.cn"}).location == f"/users/{officer.id}"
    assert "new@example.cn" in get(client, f"/users/{officer.id}")


def test_a_leavers_open_work_is_shown_before_the_button_and_goes_to_whom_is_chosen(world: Any) -> None:
    transfer = world.keyed()
    people = world.people
    client = signed_in(world, people.security_admin)
    path = f"/users/{people.officer.id}/deactivate"
    page = get(client, path)
    assert transfer.title in page
    assert people.colleague.name in page
    assert people.other_officer.name not in page
    assert "请选一位同部门的经办人" in text_of(send(client, path, {"reason": "调离"}, status=422))
    send(client, path, {"reason": "调离", "successor": str(people.colleague.id)})
    db.session.refresh(transfer)
    assert transfer.officer_id == people.colleague.id
    theirs = signed_in(world, people.colleague)
    assert "由他人接手" in get(theirs, f"/transfers/{transfer.id}")
    # The opener's appointment is shown with what must be done first; without transfers nobody is asked for.
    path = f"/users/{people.payer.id}/deactivate"
    page = get(client, path)
    assert "请经办人先另外指定一位" in page
    assert 'name="successor"' not in page
    assert "请经办人先另外指定一位" in text_of(send(client, path, {"reason": "调离"}, status=422))


def test_the_system_administrator_sees_no_deed_of_the_security_administrator(world: Any) -> None:
    client = signed_in(world, world.people.system_admin)
    officer_id = world.people.officer.id
    assert "/roles" not in get(client, f"/users/{officer_id}").split("<main")[1]
    for deed in ("roles", "password", "deactivate", "reactivate"):
        get(client, f"/users/{officer_id}/{deed}", 403)


def test_nobody_else_reads_the_accounts(world: Any) -> None:
    people = world.people
    for person in (people.officer, people.auditor, people.supervisor, people.providers[0]):
        client = signed_in(world, person)
        for path in ("/users", "/users/new", f"/users/{people.payer.id}", f"/users/{people.payer.id}/roles"):
            assert status(client, path) == 403, (person.login, path)


def test_accounts_are_found_by_a_part_of_their_name_and_the_systems_own_is_not(world: Any) -> None:
    client = signed_in(world, world.people.security_admin)
    page = get(client, "/users?q=OFFICER")
    assert f"/users/{world.people.officer.id}" in page
    assert f"/users/{world.people.payer.id}" not in page
    assert "没有找到含" in get(client, "/users?q=system-does-not")
    assert f'/users/{world.people.system.id}"' not in get(client, "/users?q=system")


def test_a_form_larger_than_a_form_is_refused_before_it_is_read(world: Any) -> None:
    client = world.app.test_client()
    forget()
    assert client.post("/sign-in", data={"login": "x" * (1 << 21)}).status_code == 413


def test_many_accounts_are_shown_page_by_page(world: Any) -> None:
    for number in range(60):
        world.do(
            accounts.create_user, None, accounts.PersonTerms(login=f"person{number:02}", name=f"人{number}"),
            NewPassword("x" * 9 + "yz", "-"), by=world.people.system_admin,
        )  # fmt: skip
    client = signed_in(world, world.people.security_admin)
    page = get(client, "/users")
    assert page.count('<th scope="row">') == 50
    assert "page=2" in page
    assert "page=1" in get(client, "/users?page=2")
