"""Accounts: signing in and out, passwords, and what the two administrators do with the accounts of others.

Sessions, failed sign-ins and links live on the wall clock (`wall`); the deeds themselves are dated by the legal one
(`now`). Argon2 is slow on purpose, so a password is checked and hashed before the deed: it arrives as `fits` or as a
`NewPassword`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import DomainError, OutOfTime, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import Labelled, word
from procurement.registers import access, audit, notices
from procurement.registers.access import Deed
from procurement.registers.communities import Community
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import (
    DEPARTMENTAL,
    EXCLUSIVE,
    OF_AN_ORGANISATION,
    SYSTEM_LOGIN,
    Department,
    LoginAttempt,
    LoginSession,
    Role,
    RoleGrant,
    User,
    hash_password,
    password_fits,
    recent_failures,
    session_by_hash,
    user_by_login,
)
from procurement.statute import limits

# A login is typed on every keyboard and read over the telephone: letters, digits, point, hyphen, underscore.
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
LOGIN_LENGTH = 60

RESET_MESSAGE = word(
    "有人为您的账号申请了重设密码的链接，链接已寄到您登记的电子邮箱。不是您本人申请的，不用理会，密码没有变。"
)
FIRST_MESSAGE = word(
    "已为您开设账号，登录名是 {login}，设定密码的链接已寄到您的电子邮箱。链接过期了，可以在登录页选“忘了密码”，重新申请一个。"
)
# The letters that carry a link by which a password is set; it is signed when they are mailed.
LINK_MESSAGES = frozenset({RESET_MESSAGE, FIRST_MESSAGE})


class Language(Labelled):
    """A language of the interface and of e-mails."""

    CHINESE = "zh", word("中文")
    ENGLISH = "en", word("英文")


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password somebody wants, hashed before the deed; `is_present` where it is the one the account already has."""

    text: str = field(repr=False)
    hashed: str = field(repr=False)
    is_present: bool = False

    @classmethod
    def of(cls, text: str, user: User | None = None) -> NewPassword:
        """Hash `text`, and compare it with the present password of `user`; slow, so never inside a deed."""
        return cls(text, hash_password(text), user is not None and password_fits(user, text))


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser a session is opened in: the hash of its new token, its address, and the token's hash it replaces."""

    token_hash: str
    address: str
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class PersonTerms:
    """What an account says of its person; at most one body: department, organisation or community."""

    login: str
    name: str
    name_en: str = ""
    email: str = ""
    title: str = ""
    employer: str = ""
    language: Language = Language.CHINESE
    department_id: int | None = None
    organisation_id: int | None = None
    community_id: int | None = None


# What rooms above have against people holding other roles than they do: for accounts and the roles they are to have, a refusal
# by the account's number. Added from above (`steps/leaving.py`), where it is known what somebody has in hand.
AGAINST_ROLES: list[Callable[[Mapping[User, frozenset[Role]]], Mapping[int, DomainError]]] = []


# ── rules ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def plain_login(login: str) -> str:
    """A login as it is kept and counted: small letters, no space around it, not longer than the column."""
    return login.strip().lower()[:LOGIN_LENGTH]


def ensure_password_holds(password: NewPassword, login: str, now: datetime) -> None:
    """Refuse a password that is too short, the login itself, one repeated character, or the one in use."""
    clause = limits.PASSWORD_LENGTH.on(local_day(now))
    if len(password.text) < clause.amount:
        raise RuleBroken(
            word("密码有 {count} 个字符，至少要 {least} 个。请改长一些，可以用一句自己记得住的话。"),
            count=len(password.text),
            least=clause.amount,
            article=clause.article,
            field="password",
        )
    if plain_login(login) == password.text.strip().lower():
        raise RuleBroken(
            word("密码不能就是登录名“{login}”。请换一个。"), login=login, article=clause.article, field="password"
        )
    if len(set(password.text)) == 1:
        raise RuleBroken(word("密码不能由同一个字符重复而成。请换一个。"), article=clause.article, field="password")
    if password.is_present:
        raise RuleBroken(word("新密码与现在的密码相同。请换一个。"), article=clause.article, field="password")


def locked_until(failures: Sequence[datetime], wall: datetime) -> datetime | None:
    """When the lock ends that failures of one account from one address have set, or None where there is none.

    The lock runs from the failure that set it; tries during it are not counted.
    Source: the rows HS-FAIL and HS-LOCK.
    """
    day = local_day(wall)
    span = limits.LOCK_TIME.on(day).span()
    if not failures or wall - failures[-1] >= span:
        return None
    run = [moment for moment in failures if failures[-1] - moment < span]
    return failures[-1] + span if len(run) >= limits.FAILURES_BEFORE_LOCK.on(day).amount else None


def failures_from(login: str, address: str, wall: datetime) -> Sequence[datetime]:
    """The failures that may still lock this account from this address, oldest first."""
    return recent_failures(plain_login(login), wall - 2 * limits.LOCK_TIME.on(local_day(wall)).span(), address)


def failures_over_limit(login: str, wall: datetime) -> int:
    """How many failures of an account, from everywhere, lie over the limit: elsewhere it is slowed, never locked."""
    day = local_day(wall)
    failures = recent_failures(plain_login(login), wall - limits.LOCK_TIME.on(day).span())
    return max(len(failures) - limits.FAILURES_BEFORE_LOCK.on(day).amount + 1, 0)


def ensure_not_locked(login: str, address: str, wall: datetime) -> None:
    """Refuse while this account is locked from this address; the same for a name that nobody has."""
    until = locked_until(failures_from(login, address, wall), wall)
    if until is not None:
        clause = limits.FAILURES_BEFORE_LOCK.on(local_day(wall))
        raise OutOfTime(
            word(
                "从您的网络地址连续 {count} 次登录失败，这个账号要过 {minutes} 分钟才能从这里登录；已经登录的不受影响。"
                "请到时再试，或用邮件链接重设密码。"
            ),
            count=clause.amount,
            minutes=-((wall - until) // timedelta(minutes=1)),
            article=clause.article,
        )


def _wrong(message: str, login: str, address: str, wall: datetime, *, at: str | None = None) -> DomainError:
    """A refusal that also counts as a failed sign-in, in the transaction of its line."""
    error = RuleBroken(message, field=at)
    error.also = lambda: _count_failure(plain_login(login), address, wall)
    return error


def _count_failure(login: str, address: str, wall: datetime) -> None:
    stale = wall - timedelta(days=1)
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.login == login, LoginAttempt.failed_at < stale))
    db.session.add(LoginAttempt(login=login, address=address, failed_at=wall))


def _forget_failures(login: str, address: str | None = None) -> None:
    gone = delete(LoginAttempt).where(LoginAttempt.login == plain_login(login))
    db.session.execute(gone if address is None else gone.where(LoginAttempt.address == address))


def ensure_person_holds(terms: PersonTerms) -> None:
    """Refuse a login that is malformed or taken, an e-mail address that is none, and a person of two bodies.

    Raises:
        Refusals: all of them at once.
    """
    faults = faults_of_person(terms, is_taken=user_by_login(terms.login) is not None)
    if faults:
        raise Refusals(faults)


def faults_of_person(terms: PersonTerms, *, is_taken: bool) -> list[DomainError]:
    """What is wrong with a person as typed or listed, each at its field; `is_taken` where somebody has the login."""
    faults: list[DomainError] = []
    if not terms.name.strip():
        faults.append(RuleBroken(word("姓名必须填写。"), field="name"))
    if _LOGIN.fullmatch(terms.login) is None:
        faults.append(
            RuleBroken(
                word("登录名“{login}”不能用。请用 3 到 40 个小写字母、数字、点、连字符或下划线，以字母或数字开头。"),
                login=terms.login,
                field="login",
            )
        )
    elif is_taken:
        faults.append(RuleBroken(word("登录名“{login}”已经有人用了。请换一个。"), login=terms.login, field="login"))
    if terms.email and _EMAIL.fullmatch(terms.email) is None:
        faults.append(
            RuleBroken(word("“{email}”不是电子邮箱地址，例如 name@example.cn。"), email=terms.email, field="email")
        )
    bodies = [body for body in (terms.department_id, terms.organisation_id, terms.community_id) if body is not None]
    if len(bodies) > 1:
        faults.append(RuleBroken(word("一个账号只能属于一个部门、一个社会组织或一个社区。请只选一项。"), field="body"))
    return faults


def ensure_email_holds(email: str, user: User) -> None:
    """Refuse an address that is none, or the one the account has."""
    if email and _EMAIL.fullmatch(email) is None:
        raise RuleBroken(word("“{email}”不是电子邮箱地址，例如 name@example.cn。"), email=email, field="email")
    if email == user.email:
        raise RuleBroken(word("这就是现在的电子邮箱，没有改动。"), field="email")


def is_person(user: User) -> bool:
    """Whether an account is somebody's, and not the system's own."""
    return user.login != SYSTEM_LOGIN


def deeds_on(user: User, actor: User) -> list[Deed]:
    """What can be done with an account as it stands: nothing with the system's, nothing with one's own."""
    if not is_person(user) or user.id == actor.id:
        return []
    if user.deactivated_at is not None:
        return [Deed.ROLES_GRANT, Deed.USER_REACTIVATE]
    return [Deed.ROLES_GRANT, Deed.PASSWORD_REISSUE, Deed.EMAIL_CHANGE, Deed.USER_DEACTIVATE]


def ensure_is_person(user: User) -> None:
    """Refuse what would let the system's own account sign in or lose what it is for."""
    if not is_person(user):
        raise RuleBroken(word("这是系统自己的账号，任何人都不能用它登录，也不能改动它。"))


def ensure_of_another(user: User, actor: User) -> None:
    """Refuse an administrator's deed on the administrator's own account: another one must do it."""
    if user.id == actor.id:
        clause = limits.SEPARATE_ADMINISTRATORS.on(local_day(user.created_at))
        raise RuleBroken(word("这件事不能对自己的账号办理，请另一位安全管理员办理。"), article=clause.article)


def hindrances_to_roles(wanted: Mapping[User, frozenset[Role]]) -> Mapping[int, DomainError]:
    """What these people have in hand that does not go with the roles they are to have, by account; each room asks for all at once."""
    return {number: fault for against in AGAINST_ROLES for number, fault in against(wanted).items()}


def ensure_roles_hold(user: User, roles: frozenset[Role]) -> None:
    """Refuse roles that exclude one another, and roles whose body the account does not belong to.

    Source: GB/T 22239-2019 (the three administrators' rights are separated).
    """
    exclusive = sorted(roles & EXCLUSIVE)
    if len(exclusive) > 1:
        raise RuleBroken(
            word("{roles}互相制约，一个账号只能担任其中一种。请分给不同的人。"),
            roles=tuple(exclusive),
            field="roles",
            article=limits.SEPARATE_ADMINISTRATORS.on(local_day(user.created_at)).article,
        )
    needs: list[tuple[frozenset[Role], int | None, str]] = [
        (DEPARTMENTAL, user.department_id, word("{roles}属于一个部门，而这个账号没有部门。请先为账号选定部门。")),
        (
            OF_AN_ORGANISATION,
            user.organisation_id,
            word("{roles}属于一个社会组织，而这个账号没有社会组织。社会组织用户由组织自己注册。"),
        ),
        (
            frozenset({Role.GRID_MEMBER}),
            user.community_id,
            word("{roles}属于一个社区，而这个账号没有社区。请先为账号选定社区。"),
        ),
    ]
    for wanted, body, message in needs:
        if roles & wanted and body is None:
            raise RuleBroken(message, roles=tuple(sorted(roles & wanted)), field="roles")


# ── sessions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def begin_session(user: User, browser: Browser, wall: datetime, *, visitor: bool = False) -> None:
    """Write the row of a session, in the transaction of the deed that lets the person in; the one it replaces ends."""
    if browser.replaces is not None:
        _end_session(browser.replaces, wall)
    db.session.add(
        LoginSession(
            token_hash=browser.token_hash,
            user_id=user.id,
            session_version=user.session_version,
            opened_at=wall,
            seen_at=wall,
            address=browser.address[:45],
            visitor=visitor,
        )
    )


def _end_session(token_hash: str, wall: datetime) -> None:
    row = session_by_hash(token_hash)
    if row is not None and row.closed_at is None:
        row.closed_at = wall


def open_session(
    user: User | None,
    *,
    login: str,
    fits: bool,
    browser: Browser,
    wall: datetime,
    rehashed: str | None = None,
    actor: User | None,
    now: datetime,
) -> User:
    """Let a person in whose password was checked before (`fits`); `user` is None for a name that nobody has.

    Raises:
        OutOfTime: this account is locked from this address.
        RuleBroken: name and password do not belong together; the same sentence whichever is wrong, and it is counted.
    """
    access.require(actor, Deed.SESSION_OPEN, user)

    ensure_not_locked(login, browser.address, wall)
    if user is None or not user.is_active or not fits:
        raise _wrong(word("登录名或密码不对。请检查后再试；忘了密码可以用邮件链接重设。"), login, browser.address, wall)

    _forget_failures(login, browser.address)
    begin_session(user, browser, wall)
    user.password_hash = rehashed or user.password_hash

    audit.record(Deed.SESSION_OPEN, user, actor=user, now=now, address=browser.address)
    return user


def is_alive(session: LoginSession, wall: datetime) -> bool:
    """Whether a session that nobody has ended is within its limits: neither idle nor open for too long."""
    day = local_day(wall)
    idle, whole = limits.IDLE_LIMIT.on(day).span(), limits.SESSION_LIMIT.on(day).span()
    return wall - session.seen_at <= idle and wall - session.opened_at <= whole


def end_session(session: LoginSession, *, wall: datetime, actor: User, now: datetime) -> None:
    """End one session from anywhere: one's own in another browser, or by the security administrator anybody's."""
    access.require(actor, Deed.SESSION_END, session)

    if session.closed_at is not None:
        raise WrongState(word("这次登录已经结束，不用再结束。"))

    session.closed_at = wall

    audit.record(Deed.SESSION_END, session, actor=actor, now=now, user=session.user_id, address=session.address)


def close_session(user: User, *, token_hash: str, wall: datetime, actor: User, now: datetime) -> None:
    """End the session of one browser of the actor's own."""
    access.require(actor, Deed.SESSION_CLOSE, user)

    row = session_by_hash(token_hash)
    if row is None or row.user_id != user.id:
        raise WrongState(word("这次登录已经结束，不用再退出。"))

    _end_session(token_hash, wall)

    audit.record(Deed.SESSION_CLOSE, user, actor=actor, now=now)


# ── one's own account ──────────────────────────────────────────────────────────────────────────────────────────────


def change_password(
    user: User, new: NewPassword, *, fits: bool, browser: Browser, wall: datetime, actor: User, now: datetime
) -> None:
    """Put a new password in place of the known one; every session of the account ends, this browser gets a new one."""
    access.require(actor, Deed.PASSWORD_CHANGE, user)

    ensure_not_locked(user.login, browser.address, wall)
    if not fits:
        raise _wrong(word("现在的密码不对，密码没有改。"), user.login, browser.address, wall, at="present")
    ensure_password_holds(new, user.login, now)

    _put_password(user, new, must_change=False)
    begin_session(user, browser, wall)

    audit.record(Deed.PASSWORD_CHANGE, user, actor=actor, now=now)


def _put_password(user: User, new: NewPassword, *, must_change: bool) -> None:
    user.password_hash = new.hashed
    user.must_change_password = must_change
    user.session_version += 1
    _forget_failures(user.login)


def change_email(
    user: User,
    email: str,
    *,
    fits: bool,
    browser: Browser,
    wall: datetime,
    actor: User,
    now: datetime,
) -> None:
    """Put another e-mail address in, or take it away; the former address is told.

    One's own password must fit (`fits`); the security administrator, who changes that of another, gives none. Every session
    ends, and with them every link that went to the former address; one's own browser gets a new session.
    """
    access.require(actor, Deed.EMAIL_CHANGE, user)

    ensure_is_person(user)
    is_own = actor.id == user.id
    if is_own:
        ensure_not_locked(user.login, browser.address, wall)
        if not fits:
            raise _wrong(word("现在的密码不对，邮箱没有改。"), user.login, browser.address, wall, at="present")
    ensure_email_holds(email, user)

    before, user.email = user.email, email
    user.session_version += 1
    if is_own:
        begin_session(user, browser, wall)
    if before:
        notices.notify(
            [user],
            word("账号 {login} 的电子邮箱已改，以后的消息不再寄到这里。不是您本人改的，请马上告诉安全管理员。"),
            now=now,
            link="/account",
            sent_to=before,
            login=user.login,
        )

    audit.record(Deed.EMAIL_CHANGE, user, actor=actor, now=now, had_one=bool(before), has_one=bool(email))


def choose_language(user: User, language: Language, *, actor: User, now: datetime) -> None:
    """Choose the language in which this person's e-mails are written."""
    access.require(actor, Deed.LANGUAGE_CHOOSE, user)

    before = user.language
    user.language = language.value

    audit.record(Deed.LANGUAGE_CHOOSE, user, actor=actor, now=now, before=before, after=language)


def request_reset_link(user: User | None, *, actor: User | None, now: datetime) -> None:
    """Have a link sent to the address of an account; nothing tells whether there is such an account (`user` None).

    The link is signed when it is mailed and lies in no table. A second request within the time of a lock sends nothing.
    """
    access.require(actor, Deed.RESET_LINK_REQUEST, user)

    sent = user is not None and bool(user.email) and user.is_active and not _has_fresh_link(user, now)

    if user is not None and sent:
        notices.notify([user], RESET_MESSAGE, now=now, link="/account")

    audit.record(Deed.RESET_LINK_REQUEST, user, actor=actor, now=now, sent=sent)


def _has_fresh_link(user: User, now: datetime) -> bool:
    since = now - limits.LOCK_TIME.on(local_day(now)).span()
    query = select(notices.Notice.id).where(
        notices.Notice.user_id == user.id, notices.Notice.message == RESET_MESSAGE, notices.Notice.created_at > since
    )
    return db.session.scalar(query.limit(1)) is not None


def reset_password(
    user: User | None,
    new: NewPassword,
    *,
    issued_at: datetime,
    session_version: int,
    wall: datetime,
    actor: User | None,
    now: datetime,
) -> User:
    """Put a new password in by a mailed link, signed over the account (None: of nobody), its session version and an instant.

    Raises:
        OutOfTime: the link is not ours, is older than HS-RESET allows, has been used, or the account has changed since.
    """
    access.require(actor, Deed.PASSWORD_RESET, user)

    owner = owner_of_link(user, issued_at, session_version, wall)
    ensure_password_holds(new, owner.login, now)

    _put_password(owner, new, must_change=False)

    audit.record(Deed.PASSWORD_RESET, owner, actor=owner, now=now)
    return owner


def owner_of_link(user: User | None, issued_at: datetime, session_version: int, wall: datetime) -> User:
    """The account a link still opens; refuse one that is too old, used, or of an account that is no longer in use."""
    clause = limits.RESET_LINK_LIFE.on(local_day(wall))
    alive = wall - issued_at <= clause.span()
    if user is None or not alive or session_version != user.session_version or not user.is_active:
        raise OutOfTime(
            word("这个链接已经失效：链接在 {minutes} 分钟内有效，只能用一次。请在登录页选“忘了密码”，重新申请一个。"),
            minutes=clause.amount,
        )  # fmt: skip
    return user


# ── the administrators ─────────────────────────────────────────────────────────────────────────────────────────────


def create_user(
    house: None, terms: PersonTerms, new: NewPassword, *, must_change: bool = True, actor: User, now: datetime
) -> User:
    """Open an account without roles, its first password shown once; the security administrator grants the roles."""
    access.require(actor, Deed.USER_CREATE, house)

    ensure_person_holds(terms)

    user = enrol(terms, new, must_change=must_change, now=now)

    audit.record(Deed.USER_CREATE, user, actor=actor, now=now, login=user.login, name=user.name)
    return user


def enrol(terms: PersonTerms, new: NewPassword, *, must_change: bool, now: datetime) -> User:
    """Write the row of an account, in the transaction of the deed that opens it."""
    user = User(
        login=terms.login,
        name=terms.name.strip(),
        name_en=terms.name_en,
        email=terms.email,
        title=terms.title,
        employer=terms.employer,
        language=terms.language.value,
        password_hash=new.hashed,
        must_change_password=must_change,
        department_id=terms.department_id,
        organisation_id=terms.organisation_id,
        community_id=terms.community_id,
        created_at=now,
    )
    db.session.add(user)
    db.session.flush()
    return user


def grant_roles(user: User, roles: frozenset[Role], *, actor: User, now: datetime) -> None:
    """Give an account exactly these roles, by the security administrator and never to oneself."""
    access.require(actor, Deed.ROLES_GRANT, user)

    ensure_is_person(user)
    ensure_of_another(user, actor)
    ensure_roles_hold(user, roles)
    hindrance = hindrances_to_roles({user: roles}).get(user.id)
    if hindrance is not None:
        raise hindrance

    before = user.roles
    put_roles(user, roles, now)

    audit.record(
        Deed.ROLES_GRANT, user, actor=actor, now=now, given=sorted(roles - before), taken=sorted(before - roles)
    )


def put_roles(user: User, roles: frozenset[Role], now: datetime) -> None:
    """Let an account have exactly these roles and tell its person, in the transaction of the deed that grants them."""
    before = user.roles
    user.grants = [grant for grant in user.grants if grant.role in roles] + [
        RoleGrant(role=role) for role in sorted(roles - before)
    ]
    if before != roles:
        notices.notify([user], word("您的角色有变化，请在“我的账号”里查看。"), now=now, link="/account")


def send_first_link(user: User, now: datetime) -> None:
    """Have the link by which a person sets the first password mailed, in the transaction of the deed that opened the account."""
    notices.notify([user], FIRST_MESSAGE, now=now, link="/account", login=user.login)


def stop(user: User, now: datetime) -> None:
    """Take an account out of use, in the transaction of the deed that does it."""
    user.deactivated_at = now
    user.session_version += 1


def reactivate_user(user: User, *, actor: User, now: datetime) -> None:
    """Put an account back into use, with its old roles and password."""
    access.require(actor, Deed.USER_REACTIVATE, user)

    ensure_of_another(user, actor)
    if user.deactivated_at is None:
        raise WrongState(word("这个账号没有停用，不用恢复。"))

    user.deactivated_at = None

    audit.record(Deed.USER_REACTIVATE, user, actor=actor, now=now)


def reissue_password(user: User, new: NewPassword, *, actor: User, now: datetime) -> None:
    """Give somebody a random password that is shown once and must be changed at the next sign-in; all sessions end."""
    access.require(actor, Deed.PASSWORD_REISSUE, user)

    ensure_is_person(user)
    ensure_of_another(user, actor)
    if user.deactivated_at is not None:
        raise WrongState(word("这个账号已经停用。请先恢复账号，再重置密码。"))

    _put_password(user, new, must_change=True)

    audit.record(Deed.PASSWORD_REISSUE, user, actor=actor, now=now)


def random_password() -> str:
    """Sixteen letters and digits that are not taken for one another, in groups of four, to be read out once."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def searched_users(words: str = "", *, first: int = 0, limit: int | None = None) -> Sequence[User]:
    """People's accounts by login: those whose login, name or body holds `words`, from the `first` on, `limit` of them."""
    query = _searched(words).options(selectinload(User.grants)).order_by(User.login).offset(first).limit(limit)
    return db.session.scalars(query).unique().all()


def number_of_users(words: str = "") -> int:
    """How many people's accounts hold `words` in login, name or body."""
    return (
        db.session.scalar(select(func.count()).select_from(_searched(words).with_only_columns(User.id).subquery())) or 0
    )


def _searched(words: str) -> Select[User]:
    query = select(User).where(User.login != SYSTEM_LOGIN)
    if not words:
        return query
    bodies = (
        (User.department_id, Department.id, Department.name, Department.name_en),
        (User.organisation_id, Organisation.id, Organisation.name, Organisation.name_en),
        (User.community_id, Community.id, Community.name, Community.name_en),
    )
    of_a_body = [key.in_(select(body).where(or_(*_hold(words, *names)))) for key, body, *names in bodies]
    return query.where(or_(*_hold(words, User.login, User.name, User.name_en, User.employer), *of_a_body))


def _hold(words: str, *columns: InstrumentedAttribute[str]) -> list[ColumnElement[bool]]:
    return [func.lower(column).contains(words.lower(), autoescape=True) for column in columns]


def users_to_reset(name: str, most: int = 5) -> Sequence[User]:
    """The accounts that a login or an e-mail address may mean; none for a name that nobody has."""
    wanted = name.strip().lower()
    query = select(User).where(
        (func.lower(User.login) == wanted) | ((User.email != "") & (func.lower(User.email) == wanted))
    )
    return db.session.scalars(query.order_by(User.id).limit(most)).unique().all()
