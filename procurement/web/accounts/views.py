"""Signing in and out, one's own account, passwords, the tray."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.foundation.errors import NotPermitted
from procurement.foundation.labels import word
from procurement.registers import access, accounts, notices
from procurement.registers.access import Deed
from procurement.registers.accounts import Browser, Language, NewPassword
from procurement.registers.people import (
    User,
    hasher_in_use,
    open_sessions,
    password_fits,
    session_by_id,
    substitutions_of,
    user_by_id,
    user_by_login,
)
from procurement.registers.substitutions import may_be_substituted
from procurement.statute import limits
from procurement.web import session
from procurement.web.accounts.forms import (
    ChangePasswordForm,
    LanguageForm,
    NewPasswordForm,
    RequestResetLinkForm,
    SignInForm,
)
from procurement.web.accounts.links import ResetLink, read_link
from procurement.web.refusals import attempt, do, found, page, succeeded
from procurement.web.session import acting_user

bp = Blueprint("accounts", __name__)

# An account that is attacked from elsewhere is slowed, never locked; at most two threads may wait, so that an attack
# cannot hold the others: whoever comes while both are taken is not slowed.
_SLOWEST = 2.0
_STEP = 0.25
_waiting = threading.BoundedSemaphore(2)


def _slow_down(failures_over_limit: int) -> None:
    if failures_over_limit and _waiting.acquire(blocking=False):
        try:
            time.sleep(min(_STEP * failures_over_limit, _SLOWEST))
        finally:
            _waiting.release()


def address() -> str:
    """The network address of the browser."""
    return request.remote_addr or "-"


def new_browser() -> tuple[str, Browser]:
    """A new token for this browser, and what the deed is told of it; a session it already has is replaced."""
    token = session.new_token()
    present = session.current_token()
    return token, Browser(session.token_hash(token), address(), session.token_hash(present) if present else None)


def safe_next(wish: str | None) -> str:
    """Where to go after signing in: a path of this site, else the workbench."""
    home = url_for("workbench.show_workbench")
    if not wish or not wish.startswith("/") or wish.startswith(("//", "/\\")) or not wish.isprintable():
        return home
    parts = urlsplit(wish)
    return home if parts.scheme or parts.netloc or "\\" in wish else wish


@session.manager.unauthorized_handler
def ask_to_sign_in() -> ResponseReturnValue:
    """A page for people with an account asks a visitor to sign in and then goes on; a deed of a visitor is refused."""
    if request.method in ("GET", "HEAD"):
        wish = request.full_path if request.query_string else request.path
        return redirect(url_for("accounts.open_session", next=wish), code=303)
    raise NotPermitted(word("您还没有登录，或者登录已经结束，没有办成任何事。请先登录，再办一次。"))


@bp.before_app_request
def ask_for_new_password() -> ResponseReturnValue | None:
    """Whoever was given a password by an administrator chooses one of their own before anything else."""
    open_to_all = {None, "static", "accounts.change_password", "accounts.close_session"}
    actor = acting_user()
    if actor is None or not actor.must_change_password or request.endpoint in open_to_all or session.acts_as_visitor():
        return None
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("accounts.change_password"), code=303)
    raise NotPermitted(word("您的密码是管理员给的，没有办成任何事。请先换成自己的密码，再办一次。"))


# ── signing in and out ─────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/sign-in", methods=["GET", "POST"])
def open_session() -> ResponseReturnValue:
    """Sign in with name and password; the answer does not tell which of them was wrong."""
    form = SignInForm()
    if form.validate_on_submit():
        user = _let_in(form)
        if user is not None:
            return redirect(safe_next(request.args.get("next")), code=303)
    return page("accounts/open_session.html", form=form)


def _let_in(form: SignInForm) -> User | None:
    login, password, wall = form.login.data or "", form.password.data or "", session.clock().wall()
    user = user_by_login(login)
    fits, rehashed = False, None
    # While the lock holds no password is tried: it would tell nothing and cost as much.
    if accounts.locked_until(accounts.failures_from(login, address(), wall), wall) is None:
        _slow_down(accounts.failures_over_limit(login, wall))
        fits = password_fits(user, password)
        rehashed = hasher_in_use().hash(password) if fits and _is_outdated(user) else None
    token, browser = new_browser()
    entered = attempt(
        form, accounts.open_session, user, login=login, fits=fits, browser=browser, wall=wall, rehashed=rehashed
    )
    if entered is not None:
        session.sign_in(entered, token)
    return entered


def _is_outdated(user: User | None) -> bool:
    return (
        user is not None and user.password_hash is not None and hasher_in_use().check_needs_rehash(user.password_hash)
    )


@bp.post("/sign-out")
def close_session() -> ResponseReturnValue:
    """Sign out of this browser."""
    actor, token = acting_user(), session.current_token()
    if actor is not None and token is not None:
        do(accounts.close_session, actor, token_hash=session.token_hash(token), wall=session.clock().wall())
    session.sign_out()
    flash(_("您已退出。"))
    return redirect(url_for("portal.show_portal"), code=303)


# ── one's own account ──────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/account")
@login_required
def show_account() -> ResponseReturnValue:
    """What the system knows of the person who is signed in."""
    return _account_page(_language_form())


def _account_page(form: LanguageForm) -> ResponseReturnValue:
    actor = acting_user()
    assert actor is not None
    return page(
        "accounts/show_account.html",
        user=actor,
        form=form,
        sessions=sessions_shown(actor),
        **substitutions_shown(actor),
    )


def substitutions_shown(user: User) -> dict[str, Any]:
    """Who stands in for whom of this account's, now or soon, and whether a substitute can be named here."""
    rows = substitutions_of(user, local_day(g.now))
    may = may_be_substituted(user) and access.can(acting_user(), Deed.SUBSTITUTION_GRANT, user)
    return {"substitutions": rows, "may_grant": may and user.deactivated_at is None}


@dataclass(frozen=True, slots=True)
class ShownSession:
    """A signed-in browser as a page lists it; `is_this` where the page is read in it."""

    id: int
    opened_at: datetime
    seen_at: datetime
    address: str
    is_this: bool


def sessions_shown(user: User) -> list[ShownSession]:
    """The browsers in which an account is signed in; a visitor of a demonstration sees no other visitor's."""
    token, wall = session.current_token(), session.clock().wall()
    this = session.token_hash(token) if token else ""
    rows = [row for row in open_sessions(user) if accounts.is_alive(row, wall)]
    return [
        ShownSession(row.id, row.opened_at, row.seen_at, row.address, row.token_hash == this)
        for row in rows
        if not session.acts_as_visitor() or row.token_hash == this
    ]


@bp.post("/sessions/<int:session_id>/end")
@login_required
def end_session(session_id: int) -> ResponseReturnValue:
    """End one session: another of one's own, this one, or for the security administrator one of another account."""
    row, actor = found(session_by_id(session_id)), acting_user()
    assert actor is not None
    owner, shown = user_by_id(row.user_id), sessions_shown(actor)
    is_this = any(mine.is_this for mine in shown if mine.id == row.id)
    if session.acts_as_visitor():
        found(row if is_this else None)
    do(accounts.end_session, row, wall=session.clock().wall())
    flash(_("这次登录已结束。"))
    if is_this:
        session.sign_out()
        return redirect(url_for("portal.show_portal"), code=303)
    if owner is not None and owner.id != actor.id:
        return redirect(url_for("accounts.read_user", user_id=owner.id), code=303)
    return redirect(url_for("accounts.show_account"), code=303)


def _language_form() -> LanguageForm:
    actor = acting_user()
    assert actor is not None
    return LanguageForm(language=Language(actor.language))


@bp.post("/account/language")
@login_required
def choose_language() -> ResponseReturnValue:
    """Choose the language of one's e-mails."""
    form = _language_form()
    if form.validate_on_submit():
        attempt(form, accounts.choose_language, acting_user(), form.language.data)
        if succeeded():
            flash(_("以后寄给您的邮件用%(language)s写。", language=_(form.language.data.label)))
            return redirect(url_for("accounts.show_account"), code=303)
    return _account_page(form)


@bp.route("/account/password", methods=["GET", "POST"])
@login_required
def change_password() -> ResponseReturnValue:
    """Change one's own password: every other session ends, this browser gets a new one."""
    form, actor = ChangePasswordForm(), acting_user()
    assert actor is not None
    if form.validate_on_submit():
        fits = password_fits(actor, form.present.data)
        new = NewPassword.of(form.password.data, actor)
        token, browser = new_browser()
        wall = session.clock().wall()
        attempt(form, accounts.change_password, actor, new, fits=fits, browser=browser, wall=wall)
        if succeeded():
            session.sign_in(actor, token)
            flash(_("密码已改。您在别处的登录都已结束。"))
            return redirect(url_for("accounts.show_account"), code=303)
    return page("accounts/change_password.html", form=form, least=least_length(), user=actor)


def least_length() -> int:
    """How long a password must be."""
    return limits.PASSWORD_LENGTH.on(local_day(session.clock().wall())).amount


@bp.route("/account/reset", methods=["GET", "POST"])
def request_reset_link() -> ResponseReturnValue:
    """Ask for a link by e-mail; the answer is the same whether there is such an account or not."""
    form = RequestResetLinkForm()
    if form.validate_on_submit():
        meant: list[User | None] = [*accounts.users_to_reset(form.name.data)]
        for user in meant or [None]:
            do(accounts.request_reset_link, user)
        return page("accounts/reset_link_requested.html", minutes=_minutes())
    return page("accounts/request_reset_link.html", form=form, minutes=_minutes())


def _minutes() -> int:
    return limits.RESET_LINK_LIFE.on(local_day(session.clock().wall())).amount


@bp.route("/account/reset/<token>", methods=["GET", "POST"])
def reset_password(token: str) -> ResponseReturnValue:
    """Set a new password by a mailed link; opening the link alone changes nothing."""
    form, wall = NewPasswordForm(), session.clock().wall()
    link = read_link(current_app, token) or ResetLink(0, 0, wall)
    user = user_by_id(link.user_id)
    if form.validate_on_submit():
        new = NewPassword.of(form.password.data, user)
        owner = attempt(
            form,
            accounts.reset_password,
            user,
            new,
            issued_at=link.issued_at,
            session_version=link.session_version,
            wall=wall,
        )
        if owner is not None:
            flash(_("密码已重设。请用新密码登录。"))
            return redirect(url_for("accounts.open_session"), code=303)
    else:
        accounts.owner_of_link(user, link.issued_at, link.session_version, wall)
    return page("accounts/reset_password.html", form=form, least=least_length())


# ── the tray ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/tray")
@login_required
def read_tray() -> ResponseReturnValue:
    """The messages of the person who is signed in, the newest first."""
    actor = acting_user()
    assert actor is not None
    return page("accounts/read_tray.html", messages=notices.tray(actor), unread=notices.unread_count(actor))


@bp.post("/tray/read")
@login_required
def read_notices() -> ResponseReturnValue:
    """Mark all messages as read."""
    count = do(notices.read_notices, acting_user())
    flash(_("%(count)s 条消息已标为已读。", count=count))
    return redirect(url_for("accounts.read_tray"), code=303)
