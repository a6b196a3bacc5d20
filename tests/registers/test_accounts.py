"""Accounts: sessions, the lock on an account from one address, passwords, links, and what the administrators may do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from procurement.foundation.database import db
from procurement.foundation.errors import (
    NotPermitted,
    OutOfTime,
    Refusals,
    RuleBroken,
    WrongState,
)
from procurement.registers import accounts, notices
from procurement.registers.accounts import Browser, Language, NewPassword, PersonTerms
from procurement.registers.audit import AuditLine, Outcome
from procurement.registers.people import (
    LoginAttempt,
    Role,
    User,
    open_sessions,
    password_fits,
    session_by_hash,
    system_user,
    user_by_id,
)
from procurement.steps import leaving
from tests.factories import World, differences, snapshot

HERE, ELSEWHERE = "192.0.2.10", "198.51.100.7"
LONG = "春眠不觉晓处处闻啼鸟"


def browser(number: int = 1, address: str = HERE, replaces: str | None = None) -> Browser:
    return Browser(f"{number:064}", address, replaces)


def enter(world: World, user: User | None, *, fits: bool = True, login: str = "", where: Browser | None = None) -> User:
    return world.do(
        accounts.open_session, user, login=login or (user.login if user else "nobody"), fits=fits,
        browser=where or browser(), wall=world.clock.wall(), by=None,
    )  # fmt: skip


def fail(world: World, user: User | None, times: int = 1, address: str = HERE, login: str = "") -> None:
    for _ in range(times):
        with pytest.raises(RuleBroken):
            enter(world, user, fits=False, login=login, where=browser(address=address))


def attempts() -> int:
    return len(db.session.scalars(select(LoginAttempt)).all())


# ── sessions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_session_has_a_row_with_the_hash_and_a_line(world: World) -> None:
    entered = enter(world, world.people.officer)
    row = session_by_hash(browser().token_hash)
    assert row is not None
    assert (row.user_id, row.address, row.opened_at) == (entered.id, HERE, world.clock.wall())
    line = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc()).limit(1)).one()
    assert (line.deed.value, line.outcome, line.actor_id) == ("session:open", Outcome.DONE, entered.id)


def test_a_new_session_of_the_same_browser_ends_the_one_before(world: World) -> None:
    enter(world, world.people.officer)
    enter(world, world.people.payer, where=browser(2, replaces=browser(1).token_hash))
    first = session_by_hash(browser(1).token_hash)
    assert first is not None
    assert first.closed_at == world.clock.wall()


def test_signing_out_ends_the_session_and_only_ones_own(world: World) -> None:
    officer, payer = world.people.officer, world.people.payer
    enter(world, officer)
    close = {"token_hash": browser().token_hash, "wall": world.clock.wall()}
    world.refuse(accounts.close_session, payer, **close, by=payer, error=WrongState)
    world.refuse(accounts.close_session, officer, **close, by=payer, error=NotPermitted)
    world.do(accounts.close_session, officer, **close, by=officer)
    row = session_by_hash(browser().token_hash)
    assert row is not None
    assert row.closed_at is not None


def test_a_wrong_password_and_an_unknown_name_are_refused_in_the_same_words_and_counted(world: World) -> None:
    sentences = []
    for user, login in ((world.people.officer, "officer"), (None, "nobody")):
        before = snapshot()
        with pytest.raises(RuleBroken) as caught:
            enter(world, user, fits=False, login=login)
        sentences.append(str(caught.value))
        assert differences(before, snapshot()) == {"login_attempts", "audit_lines", "audit_heads"}
    assert sentences[0] == sentences[1]
    assert "登录名或密码不对" in sentences[0]
    assert attempts() == 2


def test_an_account_without_password_and_one_out_of_use_are_let_in_by_no_password(world: World) -> None:
    with pytest.raises(RuleBroken, match="登录名或密码不对"):
        enter(world, system_user())
    user = world.people.payer
    world.do(leaving.deactivate_user, user, "离职", by=world.people.security_admin)
    with pytest.raises(RuleBroken, match="登录名或密码不对"):
        enter(world, user)


# ── the lock ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_five_failures_lock_this_account_from_this_address_for_fifteen_minutes(world: World) -> None:
    officer = world.people.officer
    fail(world, officer, 5)
    with pytest.raises(OutOfTime) as caught:
        enter(world, officer)
    assert "连续 5 次" in str(caught.value)
    assert "GB/T 22239" in str(caught.value.article)
    assert caught.value.values["minutes"] == 15
    world.clock.advance(timedelta(minutes=14, seconds=59))
    with pytest.raises(OutOfTime, match="要过 1 分钟"):
        enter(world, officer)
    world.clock.advance(timedelta(seconds=1))
    assert enter(world, officer).id == officer.id


def test_four_failures_lock_nothing_and_a_success_forgets_them(world: World) -> None:
    officer = world.people.officer
    fail(world, officer, 4)
    enter(world, officer)
    assert attempts() == 0
    fail(world, officer, 4)
    enter(world, officer, where=browser(2))


def test_tries_during_the_lock_do_not_lengthen_it(world: World) -> None:
    officer = world.people.officer
    fail(world, officer, 5)
    world.clock.advance(timedelta(minutes=14))
    with pytest.raises(OutOfTime):
        enter(world, officer, fits=False)
    assert attempts() == 5
    world.clock.advance(timedelta(minutes=1))
    enter(world, officer)


def test_failures_spread_over_a_day_lock_nothing(world: World) -> None:
    for _ in range(8):
        fail(world, world.people.officer)
        world.clock.advance(timedelta(minutes=4))
    enter(world, world.people.officer)


def test_from_elsewhere_the_account_is_open_and_only_slowed(world: World) -> None:
    officer = world.people.officer
    fail(world, officer, 5)
    assert accounts.failures_over_limit(officer.login, world.clock.wall()) == 1
    enter(world, officer, where=browser(2, ELSEWHERE))
    with pytest.raises(OutOfTime):
        enter(world, officer, where=browser(3))


def test_the_lock_of_one_account_leaves_the_others_of_this_address_alone(world: World) -> None:
    fail(world, world.people.officer, 5)
    enter(world, world.people.payer)


def test_an_unknown_name_is_locked_like_a_known_one(world: World) -> None:
    fail(world, None, 5, login="Nobody")
    with pytest.raises(OutOfTime):
        enter(world, None, fits=False, login="nobody ")


def test_live_sessions_are_untouched_by_a_lock(world: World) -> None:
    officer = world.people.officer
    enter(world, officer)
    fail(world, officer, 5)
    row = session_by_hash(browser().token_hash)
    assert row is not None
    assert row.closed_at is None
    assert row.session_version == officer.session_version


def test_a_move_of_the_legal_clock_ends_no_lock(world: World) -> None:
    fail(world, world.people.officer, 5)
    world.clock.set(world.clock.now() + timedelta(days=30))
    with pytest.raises(OutOfTime):
        enter(world, world.people.officer)


def test_attempts_of_yesterday_are_swept(world: World) -> None:
    fail(world, world.people.officer, 3)
    world.clock.advance(timedelta(days=1, minutes=1))
    fail(world, world.people.officer)
    assert attempts() == 1


# ── passwords ──────────────────────────────────────────────────────────────────────────────────────────────────────


def change(world: World, user: User, new: NewPassword, *, fits: bool = True) -> None:
    world.do(
        accounts.change_password, user, new, fits=fits, browser=browser(9), wall=world.clock.wall(), by=user,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "part"),
    [("短密码", "3 个字符，至少要 10 个"), ("支支支支支支支支支支支", "同一个字符"), ("chief-officer", "登录名")],
)
def test_a_weak_password_is_refused_with_value_and_bound(world: World, text: str, part: str) -> None:
    officer = world.people.officer
    officer.login = "chief-officer"
    db.session.commit()
    refusal = world.refuse(
        accounts.change_password, officer, NewPassword.of(text), fits=True, browser=browser(9), wall=world.clock.wall(),
        by=officer, says=[part], article="GB/T 22239", where="password",
    )  # fmt: skip
    # A login is no secret, and is named; any other password is not.
    assert (text in str(refusal)) is (text == officer.login)


def test_the_present_password_is_no_new_one(world: World) -> None:
    officer = world.people.officer
    change(world, officer, NewPassword.of(LONG, officer))
    again = NewPassword.of(LONG, user_by_id(officer.id))
    assert again.is_present
    world.refuse(
        accounts.change_password, officer, again, fits=True, browser=browser(9), wall=world.clock.wall(), by=officer,
        says=["与现在的密码相同"], where="password",
    )  # fmt: skip


def test_a_new_password_ends_every_session_but_the_new_one_of_this_browser(world: World) -> None:
    officer = world.people.officer
    enter(world, officer)
    version = officer.session_version
    change(world, officer, NewPassword.of(LONG))
    old, new = session_by_hash(browser().token_hash), session_by_hash(browser(9).token_hash)
    assert old is not None
    assert new is not None
    assert old.session_version == version
    assert new.session_version == officer.session_version == version + 1
    assert password_fits(officer, LONG)


def test_a_wrong_present_password_is_counted_and_locks_like_a_sign_in(world: World) -> None:
    officer = world.people.officer
    for _ in range(5):
        with pytest.raises(RuleBroken) as caught:
            change(world, officer, NewPassword.of(LONG), fits=False)
        assert caught.value.field == "present"
    with pytest.raises(OutOfTime):
        change(world, officer, NewPassword.of(LONG))


def test_nobody_changes_the_password_of_another(world: World) -> None:
    world.refuse(
        accounts.change_password, world.people.officer, NewPassword.of(LONG), fits=True, browser=browser(9),
        wall=world.clock.wall(), by=world.people.payer, error=NotPermitted,
    )  # fmt: skip


def test_the_repr_of_a_new_password_does_not_show_it() -> None:
    assert LONG not in repr(NewPassword(LONG, "hash"))


# ── links ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def with_address(user: User) -> User:
    user.email = "officer@example.cn"
    db.session.commit()
    return user


def test_a_request_puts_one_letter_into_the_outbox_and_a_second_one_none(world: World) -> None:
    officer = with_address(world.people.officer)
    for _ in range(3):
        world.do(accounts.request_reset_link, officer, by=None)
    assert [row.message for row in notices.tray(officer)] == [accounts.RESET_MESSAGE]
    world.clock.advance(timedelta(minutes=16))
    world.do(accounts.request_reset_link, officer, by=None)
    assert len(notices.tray(officer)) == 2


def test_a_request_for_nobody_or_without_an_address_leaves_its_line_and_nothing_else(world: World) -> None:
    for user in (None, world.people.officer):
        before = snapshot()
        world.do(accounts.request_reset_link, user, by=None)
        assert differences(before, snapshot()) == {"audit_lines", "audit_heads"}


def test_an_account_is_found_by_login_or_by_address_whatever_their_case(world: World) -> None:
    officer = with_address(world.people.officer)
    assert [user.id for user in accounts.users_to_reset("OFFICER")] == [officer.id]
    assert [user.id for user in accounts.users_to_reset(" Officer@Example.CN ")] == [officer.id]
    assert accounts.users_to_reset("") == []


def reset(world: World, user: User | None, new: NewPassword, *, age: timedelta = timedelta(), version: int) -> User:
    wall = world.clock.wall()
    return world.do(
        accounts.reset_password, user, new, issued_at=wall - age, session_version=version, wall=wall, by=None
    )


def test_a_link_sets_a_password_once_and_lifts_the_lock(world: World) -> None:
    officer = world.people.officer
    fail(world, officer, 5)
    version = officer.session_version
    reset(world, officer, NewPassword.of(LONG), age=timedelta(minutes=60), version=version)
    assert password_fits(user_by_id(officer.id), LONG)
    enter(world, officer)
    with pytest.raises(OutOfTime, match="60 分钟"):
        reset(world, officer, NewPassword.of(LONG), version=version)


def test_a_link_that_is_old_or_of_nobody_or_of_an_account_out_of_use_sets_nothing(world: World) -> None:
    officer = world.people.officer
    version = officer.session_version
    for user, age in ((officer, timedelta(minutes=60, seconds=1)), (None, timedelta())):
        before = snapshot()
        with pytest.raises(OutOfTime):
            reset(world, user, NewPassword.of(LONG), age=age, version=version)
        assert differences(before, snapshot()) == {"audit_lines", "audit_heads"}
    world.do(leaving.deactivate_user, officer, "调离", by=world.people.security_admin)
    with pytest.raises(OutOfTime):
        reset(world, officer, NewPassword.of(LONG), version=officer.session_version)


def test_a_link_leaves_a_weak_password_refused_and_still_works(world: World) -> None:
    officer = world.people.officer
    version = officer.session_version
    with pytest.raises(RuleBroken, match="至少要 10 个"):
        reset(world, officer, NewPassword.of("short"), version=version)
    reset(world, officer, NewPassword.of(LONG), version=version)


# ── the administrators ─────────────────────────────────────────────────────────────────────────────────────────────


def terms(**changes: Any) -> PersonTerms:
    given: dict[str, Any] = {"login": "zhang.san", "name": "张三", "email": "zhang@example.cn"}
    return PersonTerms(**{**given, **changes})


def test_an_account_is_opened_without_roles_and_must_change_its_password(world: World) -> None:
    department = world.people.department
    user = world.do(
        accounts.create_user, None, terms(department_id=department.id), NewPassword.of(accounts.random_password()),
        by=world.people.system_admin,
    )  # fmt: skip
    assert user.roles == frozenset()
    assert user.must_change_password
    assert user.department_id == department.id


@pytest.mark.parametrize(
    ("changes", "field", "part"),
    [
        ({"login": "张三"}, "login", "3 到 40 个"),
        ({"login": "ab"}, "login", "ab"),
        ({"login": "officer"}, "login", "已经有人用了"),
        ({"login": "system"}, "login", "已经有人用了"),
        ({"email": "zhang"}, "email", "不是电子邮箱地址"),
        ({"email": "a@b.cn, c@d.cn"}, "email", "不是电子邮箱地址"),
        ({"email": "a@b.cn\nBcc: c@d.cn"}, "email", "不是电子邮箱地址"),
        ({"name": " "}, "name", "必须填写"),
        ({"department_id": 1, "community_id": 1}, "body", "只能属于一个"),
    ],
)
def test_what_a_person_must_hold(world: World, changes: dict[str, Any], field: str, part: str) -> None:
    world.refuse(
        accounts.create_user, None, terms(**changes), NewPassword.of(LONG), by=world.people.system_admin, error=Refusals,
        says=[part], where=field,
    )  # fmt: skip


def test_only_administrators_open_accounts_and_only_the_security_one_grants(world: World) -> None:
    people = world.people
    for actor in (people.officer, people.auditor, None):
        world.refuse(accounts.create_user, None, terms(), NewPassword.of(LONG), by=actor, error=NotPermitted)
    for actor in (people.system_admin, people.auditor, people.officer):
        world.refuse(accounts.grant_roles, people.payer, frozenset({Role.MEMBER}), by=actor, error=NotPermitted)


def test_roles_are_granted_and_taken_and_the_person_is_told(world: World) -> None:
    people = world.people
    wanted = frozenset({Role.OFFICER, Role.MEMBER})
    world.do(accounts.grant_roles, people.payer, wanted, by=people.security_admin)
    assert people.payer.roles == wanted
    assert len(notices.tray(people.payer)) == 1
    world.do(accounts.grant_roles, people.payer, frozenset(), by=people.security_admin)
    assert people.payer.roles == frozenset()


@pytest.mark.parametrize(
    "roles",
    [
        {Role.AUDITOR, Role.SYSTEM_ADMIN},
        {Role.AUDITOR, Role.SECURITY_ADMIN},
        {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
        {Role.AUDITOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
    ],
)
def test_the_three_administrators_exclude_one_another(world: World, roles: set[Role]) -> None:
    world.refuse(
        accounts.grant_roles, world.people.payer, frozenset(roles), by=world.people.security_admin, says=["互相制约"],
        article="GB/T 22239", where="roles",
    )  # fmt: skip


@pytest.mark.parametrize("role", [Role.OFFICER, Role.APPROVER, Role.PAYER, Role.PROVIDER, Role.GRID_MEMBER])
def test_a_role_of_a_body_needs_the_body(world: World, role: Role) -> None:
    alone = world.people.evaluator
    world.refuse(
        accounts.grant_roles, alone, frozenset({role}), by=world.people.security_admin, says=[role.label], where="roles"
    )


def test_no_administrator_acts_on_the_own_account_nor_anybody_on_the_systems(world: World) -> None:
    admin = world.people.security_admin
    new = NewPassword.of(LONG)
    for operation, more in (
        (accounts.grant_roles, (frozenset({Role.SECURITY_ADMIN}),)),
        (leaving.deactivate_user, ("离职",)),
        (accounts.reissue_password, (new,)),
    ):
        world.refuse(operation, admin, *more, by=admin, says=["自己的账号"])
        world.refuse(operation, world.people.system, *more, by=admin, says=["系统自己的账号"])


def test_an_account_out_of_use_loses_its_sessions_and_comes_back_with_its_roles(world: World) -> None:
    people = world.people
    version = people.payer.session_version
    world.do(leaving.deactivate_user, people.payer, "离职", by=people.security_admin)
    assert people.payer.session_version == version + 1
    assert not people.payer.is_active
    world.refuse(leaving.deactivate_user, people.payer, "离职", by=people.security_admin, error=WrongState)
    world.refuse(
        accounts.reissue_password, people.payer, NewPassword.of(LONG), by=people.security_admin, error=WrongState
    )
    world.do(accounts.reactivate_user, people.payer, by=people.security_admin)
    assert people.payer.is_active
    assert people.payer.roles == {Role.PAYER}
    world.refuse(accounts.reactivate_user, people.payer, by=people.security_admin, error=WrongState)


def test_a_reissued_password_must_be_changed_and_ends_every_session(world: World) -> None:
    people = world.people
    enter(world, people.payer)
    password = accounts.random_password()
    world.do(accounts.reissue_password, people.payer, NewPassword.of(password), by=people.security_admin)
    assert people.payer.must_change_password
    row = session_by_hash(browser().token_hash)
    assert row is not None
    assert row.session_version != people.payer.session_version
    change(world, people.payer, NewPassword.of(LONG))
    assert not people.payer.must_change_password


def test_random_passwords_hold_the_rule_and_differ(world: World) -> None:
    passwords = {accounts.random_password() for _ in range(50)}
    assert len(passwords) == 50
    for password in passwords:
        accounts.ensure_password_holds(NewPassword(password, ""), "officer", world.now)


def test_a_language_is_ones_own_to_choose(world: World) -> None:
    officer = world.people.officer
    world.do(accounts.choose_language, officer, Language.ENGLISH, by=officer)
    assert officer.language == "en"
    world.refuse(accounts.choose_language, officer, Language.CHINESE, by=world.people.payer, error=NotPermitted)


def test_no_line_and_no_row_holds_a_password(world: World) -> None:
    user = world.do(accounts.create_user, None, terms(), NewPassword.of(LONG), by=world.people.system_admin)
    change(world, user, NewPassword.of(LONG + "更上一层楼"))
    everything = str(snapshot())
    assert LONG not in everything


def test_a_session_is_ended_by_its_owner_or_the_security_administrator_and_by_nobody_else(world: World) -> None:
    officer, people = world.people.officer, world.people
    for number in (1, 2):
        enter(world, officer, where=browser(number))
    rows = {number: session_by_hash(browser(number).token_hash) for number in (1, 2)}
    end = {"wall": world.clock.wall()}
    for stranger in (people.colleague, people.system_admin):
        world.refuse(accounts.end_session, rows[1], **end, by=stranger, error=NotPermitted)
    world.do(accounts.end_session, rows[1], **end, by=officer)
    assert [row.id for row in open_sessions(officer)] == [rows[2].id if rows[2] else 0]
    world.refuse(accounts.end_session, rows[1], **end, by=officer, error=WrongState)
    world.do(accounts.end_session, rows[2], **end, by=people.security_admin)
    assert open_sessions(officer) == []
    line = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc()).limit(1)).one()
    assert (line.deed.value, line.told["user"], line.actor_id) == ("session:end", officer.id, people.security_admin.id)


def test_a_session_that_is_idle_or_too_long_open_is_alive_no_more(world: World) -> None:
    enter(world, world.people.officer)
    row = session_by_hash(browser().token_hash)
    assert row is not None
    assert accounts.is_alive(row, row.seen_at + timedelta(minutes=20))
    assert not accounts.is_alive(row, row.seen_at + timedelta(minutes=20, seconds=1))
    row.seen_at = row.opened_at + timedelta(hours=8)
    assert accounts.is_alive(row, row.seen_at)
    assert not accounts.is_alive(row, row.seen_at + timedelta(seconds=1))


def move(world: World, user: User, email: str, *, by: User | None = None, fits: bool = True, where: int = 9) -> None:
    world.do(
        accounts.change_email, user, email, fits=fits, browser=browser(where), wall=world.clock.wall(), by=by or user
    )


def test_an_address_is_changed_by_its_owner_with_the_password_and_the_former_one_is_told(world: World) -> None:
    officer = world.people.officer
    officer.email = "old@example.cn"
    db.session.commit()
    enter(world, officer)
    move(world, officer, "new@example.cn")
    assert officer.email == "new@example.cn"
    (notice,) = notices.unread(officer)
    assert (notice.address, notice.told["login"]) == ("old@example.cn", officer.login)
    assert [row.token_hash for row in open_sessions(officer)] == [browser(9).token_hash]
    move(world, officer, "", where=10)
    assert officer.email == ""
    assert [row.address for row in notices.unmailed()] == ["old@example.cn", "new@example.cn"]
    assert "example.cn" not in str(db.session.scalars(select(AuditLine.facts)).all())


def test_a_link_sent_to_the_former_address_opens_nothing(world: World) -> None:
    officer = world.people.officer
    officer.email = "old@example.cn"
    db.session.commit()
    version = officer.session_version
    move(world, officer, "new@example.cn", by=world.people.security_admin)
    with pytest.raises(OutOfTime):
        reset(world, officer, NewPassword.of(LONG), version=version)


def test_an_address_that_is_none_or_the_same_is_refused_and_a_wrong_password_is_counted(world: World) -> None:
    officer = world.people.officer
    with pytest.raises(RuleBroken) as caught:
        move(world, officer, "new@example.cn", fits=False)
    assert caught.value.field == "present"
    assert attempts() == 1
    for email, says in (("no address", "不是电子邮箱地址"), ("", "现在的电子邮箱")):
        world.refuse(
            accounts.change_email, officer, email, fits=True, browser=browser(9), wall=world.clock.wall(), by=officer,
            says=[says], where="email",
        )  # fmt: skip


def test_the_address_of_another_is_changed_by_the_security_administrator_alone(world: World) -> None:
    people = world.people
    for by in (people.system_admin, people.approver):
        world.refuse(
            accounts.change_email, people.officer, "new@example.cn", fits=True, browser=browser(9),
            wall=world.clock.wall(), by=by, error=NotPermitted,
        )  # fmt: skip
    move(world, people.officer, "new@example.cn", by=people.security_admin, fits=False)
    assert people.officer.email == "new@example.cn"
    assert open_sessions(people.officer) == []
    assert notices.unread(people.officer) == []


def test_accounts_are_searched_by_login_name_and_body_in_the_database(world: World) -> None:
    people = world.people
    bureau = {row.id for row in accounts.searched_users("综合行政执法局")}
    assert people.officer.id in bureau
    assert people.other_officer.id not in bureau
    organisation = people.providers[0].organisation
    assert organisation is not None
    expert = next(row for row in people.experts if row.employer == organisation.name)
    for words in (organisation.name, organisation.name_en):
        assert people.providers[0].id in {row.id for row in accounts.searched_users(words)}
    assert expert.id in {row.id for row in accounts.searched_users(organisation.name)}
    assert [row.id for row in accounts.searched_users("Other_Approver")] == [people.other_approver.id]
    assert accounts.number_of_users("%") == 0
    everyone = accounts.searched_users()
    assert len(everyone) == accounts.number_of_users() == len(people.everyone())
    assert [row.login for row in accounts.searched_users(first=2, limit=3)] == [row.login for row in everyone[2:5]]
