"""The register of organisations as a browser sees it: registering, verifying, refusing, and the public list."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from procurement.foundation.database import db
from procurement.registers.accounts import FIRST_MESSAGE
from procurement.registers.notices import tray
from procurement.registers.organisations.credit_code import complete
from procurement.registers.organisations.models import Organisation, OrganisationStatus, organisation_by_code
from procurement.registers.people import User, user_by_login
from procurement.web.organisations.views import PER_PAGE, masked
from tests.web.browsing import forget, get, send, signed_in, text_of

# Pages ask nothing of their own of a database; that each is answered on both, the golden file of routes sees.
pytestmark = pytest.mark.sqlite_only

TYPED = {
    "credit_code": " 52330383-mj1234561l ", "name": "龙港市清风社会服务中心", "address": "龙港市人民路1号", "representative": "陈一",
    "phone": "0577-59901234", "person_name": "林二", "login": "Qingfeng", "password": "清风徐来水波不兴二零二五",
    "again": "清风徐来水波不兴二零二五", "email": "lin@example.cn", "language": "en",
}  # fmt: skip


def register(world: Any, **changes: str) -> Organisation:
    send(world.app.test_client(), "/organisations/register", {**TYPED, **changes})
    found = organisation_by_code("52330383MJ1234561L")
    assert found is not None
    return found


def test_an_organisation_registers_is_verified_and_is_then_public(world: Any) -> None:
    organisation = register(world)
    visitor = world.app.test_client()
    path = f"/organisations/{organisation.id}"
    get(visitor, path, 404)
    assert TYPED["name"] not in get(visitor, "/organisations")
    client = signed_in(world, world.people.officer)
    assert TYPED["name"] in get(client, "/organisations/awaiting")
    page = get(client, path)
    assert "陈一" in page
    assert TYPED["phone"] in page
    send(client, f"{path}/verify")
    db.session.refresh(organisation)
    assert organisation.is_verified
    page = get(visitor, path)
    assert TYPED["name"] in page
    for private in ("陈一", "林二", TYPED["phone"], TYPED["email"], "qingfeng", "核验社会组织"):
        assert private not in page
    assert "****-****1234" in page
    assert TYPED["name"] in get(visitor, "/organisations?q=清风")
    for public in (path, "/organisations"):
        assert "不等于进入承接职能转移的目录" in get(visitor, public)


def test_its_first_user_signs_in_before_it_is_verified_and_sees_its_own_page(world: Any) -> None:
    organisation = register(world)
    client = world.app.test_client()
    send(client, "/sign-in", {"login": "qingfeng", "password": TYPED["password"]})
    assert "陈一" in get(client, f"/organisations/{organisation.id}")
    get(client, "/organisations/awaiting", 403)
    get(client, f"/organisations/{organisation.id}/verify", 403)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"credit_code": "52330383MJ1234561M"}, "第 18 位校验码“M”"),
        ({"credit_code": "11330383MJ1234561U"}, "国家机关是购买主体"),
        ({"credit_code": "12330383MJ1234561Q"}, "请选定类别"),
        ({"credit_code": "12330383MJ1234561Q", "institution": "first"}, "《政府购买服务管理办法》第八条"),
        ({"again": "another password"}, "两次输入的密码不一样"),
        ({"login": "officer"}, "已经有人用了"),
        ({"name": ""}, "这一项必须填写"),
        ({"institution": "third"}, "事业单位的类别 ：不是有效的选择"),
    ],
)
def test_what_a_registration_refuses_and_that_it_keeps_what_was_typed(
    world: Any, changes: dict[str, str], part: str
) -> None:
    answer = send(world.app.test_client(), "/organisations/register", {**TYPED, **changes}, status=422)
    page = answer.get_data(as_text=True)
    assert part in text_of(answer)
    assert f'value="{TYPED["address"]}"' in page
    assert TYPED["password"] not in page
    assert db.session.query(Organisation).count() == 5


def test_a_refused_organisation_reads_why_and_may_register_again(world: Any) -> None:
    organisation = register(world)
    client = signed_in(world, world.people.officer)
    path = f"/organisations/{organisation.id}"
    assert "这一项必须填写" in text_of(send(client, f"{path}/refuse", {"reason": " "}, status=422))
    send(client, f"{path}/refuse", {"reason": "住所与证书不符。"})
    assert "已退回，它的用户已收到理由" in get(client, "/organisations/awaiting")
    assert TYPED["name"] not in get(client, "/organisations/awaiting")
    db.session.rollback()
    (person,) = db.session.scalars(db.select(User).where(User.organisation_id == organisation.id)).unique().all()
    theirs = signed_in(world, person)
    assert "住所与证书不符" in get(theirs, "/tray")
    assert "住所与证书不符" in get(theirs, path)
    register(world, login="qingfeng2")
    db.session.refresh(organisation)
    assert organisation.status is OrganisationStatus.REGISTERED
    get(theirs, "/tray", 303)


def test_a_second_officer_who_verifies_is_told_what_it_is_now(world: Any) -> None:
    organisation = register(world)
    path = f"/organisations/{organisation.id}/verify"
    client = signed_in(world, world.people.officer)
    forget()
    page = client.get(path).get_data(as_text=True)
    send(signed_in(world, world.people.other_officer), path)
    token = page.split("<main")[1].split('name="csrf_token" value="')[1].split('"')[0]
    forget()
    answer = client.post(path, data={"csrf_token": token})
    assert answer.status_code == 409
    assert "现在的状态是“已核验”" in text_of(answer)


def test_the_list_is_paged_and_searched(world: Any) -> None:
    for number in range(PER_PAGE):
        db.session.add(
            Organisation(
                credit_code=f"9133038300000000{number:02}", name=f"甲组织{number:02}", address="龙港市", representative="陈一",
                phone="0577-59901234", registered_at=world.now, verified_at=world.now, status=OrganisationStatus.VERIFIED,
            )
        )  # fmt: skip
    db.session.commit()
    visitor = world.app.test_client()
    first = get(visitor, "/organisations")
    assert f"{PER_PAGE + 4} 个已核验的组织" in first
    assert first.count('<th scope="row">') == PER_PAGE
    assert get(visitor, "/organisations?page=2").count('<th scope="row">') == 4
    assert get(visitor, "/organisations?q=甲组织07").count('<th scope="row">') == 1
    assert "没有找到含“&lt;b&gt;”的组织" in get(visitor, "/organisations?q=<b>")
    for odd in ("page=0", "page=-3", "page=x", "page=999999999999"):
        get(visitor, f"/organisations?{odd}")


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("0577-59901234", "****-****1234"), ("13812345678", "*******5678"), ("1234", "1234"), ("+86 577 1", "+** 577 1")],
)
def test_of_a_telephone_the_last_four_digits_are_shown(phone: str, shown: str) -> None:
    assert masked(phone) == shown


def test_an_organisations_user_opens_a_further_account_and_stops_it(world: Any) -> None:
    first = world.people.providers[0]
    client, path = signed_in(world, first), f"/organisations/{first.organisation_id}"
    assert path in get(client, "/account")
    typed = {"person_name": "林二", "role": "drafter", "login": "lin.er"}
    shown = text_of(send(client, f"{path}/colleagues/new", typed, status=200))
    password = re.search(r"\b([a-z2-9]{4}(?:-[a-z2-9]{4}){3})\b", shown)
    assert password is not None
    theirs = world.app.test_client()
    send(theirs, "/sign-in", {"login": "lin.er", "password": password[1]})
    get(theirs, "/workbench", 303)
    user = user_by_login("lin.er")
    assert user is not None
    assert user.must_change_password
    page = get(client, path)
    assert "社会组织经办人" in page
    stop = f"/organisations/colleagues/{user.id}/stop"
    assert stop in page
    send(client, stop, {"reason": "离职"})
    assert stop not in get(client, path)
    get(theirs, "/account", 303)


def test_the_accounts_of_an_organisation_are_shown_to_those_who_sign_for_it_only(world: Any) -> None:
    first, second = world.people.providers[:2]
    path = f"/organisations/{first.organisation_id}"
    for person in (second, world.people.officer, world.people.auditor):
        client = signed_in(world, person)
        assert first.login not in get(client, path)
        get(client, f"{path}/colleagues/new", 403)
        get(client, f"/organisations/colleagues/{first.id}/stop", 403)


def test_the_first_account_of_one_from_a_list_is_shown_once_or_mailed_as_letters_go_out(world: Any) -> None:
    for number in (1, 2):
        organisation = register(world)
        person = user_by_login("qingfeng")
        assert person is not None
        # As a list leaves it: verified, and nobody's.
        person.organisation_id, person.login, organisation.credit_code = (
            None,
            f"gone{number}",
            complete(f"52330383MJ99990{number}"),
        )
        organisation.name = f"名单第{number}中心"
        organisation.status, organisation.verified_at = OrganisationStatus.VERIFIED, world.now
        db.session.commit()
        officer, path = signed_in(world, world.people.officer), f"/organisations/{organisation.id}"
        assert f"{path}/first-account" in get(officer, path)
        settings = world.app.extensions["settings"]
        if number == 2:
            world.app.extensions["settings"] = replace(settings, smtp_url="smtp://mail.example.cn")
        typed = {"person_name": "林二", "login": f"first{number}", "email": "lin@example.cn"}
        answer = send(officer, f"{path}/first-account", typed, status=200 if number == 1 else 303)
        world.app.extensions["settings"] = settings
        assert ("只显示这一次" in text_of(answer)) == (number == 1)
        user = user_by_login(f"first{number}")
        assert user is not None
        assert (user.must_change_password, [row.message for row in tray(user)]) == (
            (True, []) if number == 1 else (False, [FIRST_MESSAGE])
        )
        assert f"{path}/first-account" not in get(officer, path)
