"""Organisations: registering oneself with a code that proves itself, being verified or refused, registering again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from procurement.foundation.errors import NotPermitted, Refusals, WrongState
from procurement.registers import accounts, notices
from procurement.registers.accounts import NewPassword, PersonTerms
from procurement.registers.organisations import models, operations, rules
from procurement.registers.organisations.credit_code import complete
from procurement.registers.organisations.models import InstitutionClass, Organisation, OrganisationStatus, users_of
from procurement.registers.organisations.rules import OrganisationTerms
from procurement.registers.people import Role, user_by_login
from tests.factories import World

TERMS = OrganisationTerms(
    credit_code="52330383MJ1234561L", name="龙港市清风社会服务中心", address="龙港市人民路1号", representative="陈一",
    phone="0577-59901234", name_en="Qingfeng Social Service Centre",
)  # fmt: skip
PERSON = PersonTerms(login="qingfeng", name="林二", email="lin@example.cn")
SECRET = NewPassword("清风徐来水波不兴二零二五", "hash")


def register(world: World, terms: OrganisationTerms = TERMS, person: PersonTerms = PERSON) -> Organisation:
    return world.do(operations.register_organisation, None, terms, person, SECRET, by=None)


def refuse(world: World, terms: OrganisationTerms = TERMS, person: PersonTerms = PERSON, **expected: Any) -> Refusals:
    refusal = world.refuse(
        operations.register_organisation, None, terms, person, SECRET, by=None, error=Refusals, **expected
    )
    assert isinstance(refusal, Refusals)
    return refusal


def code(prefix: str) -> str:
    return complete(f"{prefix}330383MJ123456")


# ── rules ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("prefix", ["51", "52", "53", "54", "59", "91", "92", "93", "N3", "31", "Y1"])
def test_social_organisations_enterprises_and_the_like_may_undertake(prefix: str) -> None:
    assert rules.may_undertake(code(prefix), None)


@pytest.mark.parametrize(
    ("prefix", "institution", "field", "article", "part"),
    [
        ("11", None, "credit_code", "第六条", "国家机关是购买主体"),
        ("13", None, "credit_code", "第八条", "群团组织既不能购买也不能承接"),
        ("12", None, "institution", "第八条", "请选定类别"),
        ("12", InstitutionClass.FIRST, "institution", "第八条", "公益一类事业单位既不能购买也不能承接"),
        ("99", None, "credit_code", "GB 32100", "不是本系统认得的登记类别"),
    ],
)
def test_who_may_not_undertake_is_told_by_which_article(
    world: World, prefix: str, institution: InstitutionClass | None, field: str, article: str, part: str
) -> None:
    assert not rules.may_undertake(code(prefix), institution)
    assert refuse(
        world,
        replace(TERMS, credit_code=code(prefix), institution=institution),
        says=[part],
        article=article,
        where=field,
    )


@pytest.mark.parametrize("institution", [InstitutionClass.SECOND, InstitutionClass.BUSINESS])
def test_public_institutions_of_the_other_classes_may(world: World, institution: InstitutionClass) -> None:
    organisation = register(world, replace(TERMS, credit_code=code("12"), institution=institution))
    assert organisation.institution is institution


def test_the_class_of_an_institution_is_not_kept_for_others(world: World) -> None:
    assert register(world, replace(TERMS, institution=InstitutionClass.FIRST)).institution is None


# ── registering ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_registration_makes_an_organisation_that_waits_and_its_first_user(world: World) -> None:
    organisation = register(world)
    user = user_by_login("qingfeng")
    assert user is not None
    assert organisation.status is OrganisationStatus.REGISTERED
    assert (user.organisation_id, user.roles, user.must_change_password) == (organisation.id, {Role.PROVIDER}, False)
    assert organisation in models.organisations_awaiting_verification()
    assert organisation not in models.verified_organisations()


def test_a_slip_in_the_code_is_refused_at_its_field(world: World) -> None:
    assert refuse(
        world,
        replace(TERMS, credit_code="52330383MJ1234561M"),
        says=["第 18 位"],
        article="GB 32100",
        where="credit_code",
    )
    assert refuse(world, replace(TERMS, credit_code="52330383MJ123456"), says=["16 位"], where="credit_code")


def test_everything_that_is_wrong_is_said_at_once_each_at_its_field(world: World) -> None:
    refusal = refuse(
        world, OrganisationTerms("1", " ", " ", " ", "电话"), PersonTerms(login="x", name=" ", email="y"),
    )  # fmt: skip
    assert [fault.field for fault in refusal.refusals] == [
        "credit_code", "name", "address", "representative", "phone", "person_name", "login", "email",
    ]  # fmt: skip


def test_a_weak_password_stops_a_registration(world: World) -> None:
    assert world.refuse(
        operations.register_organisation, None, TERMS, PERSON, NewPassword("short", "hash"), by=None, error=Refusals,
        says=["至少要 10 个"], where="password",
    )  # fmt: skip


def test_code_and_name_belong_to_one_organisation(world: World) -> None:
    register(world)
    other = replace(PERSON, login="another")
    assert refuse(world, TERMS, other, says=["52330383MJ1234561L", "已经注册过"], where="credit_code")
    assert refuse(world, replace(TERMS, credit_code=code("53")), other, says=[TERMS.name, "另一个代码"], where="name")


# ── verifying and refusing ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_officer_verifies_and_its_people_are_told(world: World) -> None:
    organisation = register(world)
    world.do(operations.verify_organisation, organisation, by=world.people.officer)
    assert organisation.is_verified
    assert (organisation.verified_at, organisation.verified_by_id) == (world.now, world.people.officer.id)
    user = user_by_login("qingfeng")
    assert user is not None
    (notice,) = notices.tray(user)
    assert notice.told == {"name": TERMS.name}
    assert world.refuse(
        operations.verify_organisation, organisation, by=world.people.officer, error=WrongState, says=["已核验"]
    )
    assert world.refuse(
        operations.refuse_organisation, organisation, "晚了", by=world.people.officer, error=WrongState, says=["已核验"]
    )


def test_nobody_but_an_officer_verifies_or_refuses(world: World) -> None:
    organisation = register(world)
    user = user_by_login("qingfeng")
    for actor in (None, user, world.people.approver, world.people.auditor, world.people.system_admin):
        assert world.refuse(operations.verify_organisation, organisation, by=actor, error=NotPermitted)
        assert world.refuse(operations.refuse_organisation, organisation, "x", by=actor, error=NotPermitted)


def test_a_refusal_has_a_reason_that_its_people_read(world: World) -> None:
    organisation = register(world)
    assert world.refuse(operations.refuse_organisation, organisation, " ", by=world.people.officer, where="reason")
    world.do(operations.refuse_organisation, organisation, "名称与证书不符。", by=world.people.officer)
    user = user_by_login("qingfeng")
    assert user is not None
    assert organisation.status is OrganisationStatus.REFUSED
    assert notices.tray(user)[0].told["reason"] == "名称与证书不符"
    world.do(operations.verify_organisation, organisation, by=world.people.officer)
    assert organisation.refusal_reason == ""


def test_a_refused_registration_may_be_made_again_and_its_first_people_are_shut_out(world: World) -> None:
    organisation = register(world)
    squatter = user_by_login("qingfeng")
    assert squatter is not None
    world.do(operations.refuse_organisation, organisation, "不是本人。", by=world.people.officer)
    again = register(world, TERMS, replace(PERSON, login="qingfeng.real", name="真人"))
    assert again.id == organisation.id
    assert again.status is OrganisationStatus.REGISTERED
    assert not squatter.is_active
    assert [user.login for user in users_of(again) if user.is_active] == ["qingfeng.real"]


def test_a_name_that_was_refused_under_another_code_is_free_for_its_owner(world: World) -> None:
    squatted = register(world, replace(TERMS, credit_code=code("53")))
    world.do(operations.refuse_organisation, squatted, "代码不符。", by=world.people.officer)
    owner = register(world, TERMS, replace(PERSON, login="owner"))
    assert owner.id != squatted.id
    assert owner.name == TERMS.name
    assert squatted.name.startswith(TERMS.name)
    assert squatted.credit_code in squatted.name


def test_verified_organisations_are_found_by_a_part_of_name_or_code(world: World) -> None:
    organisation = register(world)
    world.do(operations.verify_organisation, organisation, by=world.people.officer)
    for words in ("清风", "qingfeng", "MJ1234561"):
        assert models.verified_organisations(words) == [organisation]
        assert models.number_of_verified(words) == 1
    assert models.number_of_verified("%") == 0
    assert models.number_of_verified() == 5
    assert len(models.verified_organisations(first=3, limit=3)) == 2


def test_a_user_whose_organisation_is_not_verified_may_sign_in(world: World) -> None:
    register(world)
    user = user_by_login("qingfeng")
    browser = accounts.Browser("1" * 64, "192.0.2.1")
    assert world.do(
        accounts.open_session, user, login="qingfeng", fits=True, browser=browser, wall=world.clock.wall(), by=None
    )
