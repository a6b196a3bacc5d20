"""The accounts of others: the system administrator opens them, the security administrator grants, stops and reissues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.registers import access, accounts
from procurement.registers.access import Deed
from procurement.registers.accounts import NewPassword
from procurement.registers.communities import communities
from procurement.registers.people import Role, User, departments, password_fits, user_by_id
from procurement.steps import leaving
from procurement.web import session
from procurement.web.accounts.forms import ChangeEmailForm, CreateUserForm, DeactivateUserForm, GrantRolesForm
from procurement.web.accounts.views import bp as bp
from procurement.web.accounts.views import new_browser, sessions_shown, substitutions_shown
from procurement.web.filters import named
from procurement.web.forms import PlainForm
from procurement.web.pieces import links_to
from procurement.web.refusals import attempt, found, guard, number_asked, page, succeeded
from procurement.web.session import acting_user

PER_PAGE = 50


def _reach(user_id: int, operation: Callable[..., Any]) -> User:
    """The account, for whoever may do this deed on it."""
    user = found(user_by_id(user_id))
    guard(operation, user)
    return user


def _back_to(user: User) -> ResponseReturnValue:
    return redirect(url_for("accounts.read_user", user_id=user.id), code=303)


@bp.get("/users")
@login_required
def list_users() -> ResponseReturnValue:
    """Every account, page by page; the system's own is left out."""
    actor = acting_user()
    access.require(actor, Deed.USER_CREATE, None)
    query = request.args.get("q", "").strip()[:60]
    number = max(number_asked("page", 1), 1)
    total = accounts.number_of_users(query)
    rows = accounts.searched_users(query, first=(number - 1) * PER_PAGE, limit=PER_PAGE)
    return page(
        "accounts/list_users.html", rows=rows, query=query, number=number, total=total,
        has_next=number * PER_PAGE < total, may_import=access.can(actor, Deed.ACCOUNTS_IMPORT, None),
        may_grant=access.can(actor, Deed.ROLES_IMPORT, None),
    )  # fmt: skip


@bp.get("/users/<int:user_id>")
@login_required
def read_user(user_id: int) -> ResponseReturnValue:
    """One account, and what the administrator may do with it."""
    actor = acting_user()
    access.require(actor, Deed.USER_CREATE, None)
    assert actor is not None
    user = found(user_by_id(user_id))
    deeds = [deed for deed in accounts.deeds_on(user, actor) if access.can(actor, deed, user)]
    links = links_to("accounts", deeds, user_id=user.id)
    watched = (
        {"sessions": sessions_shown(user), **substitutions_shown(user)} if Role.SECURITY_ADMIN in actor.roles else {}
    )
    return page("accounts/read_user.html", user=user, links=links, is_own=user.id == actor.id, **watched)


@bp.route("/users/new", methods=["GET", "POST"])
@login_required
def create_user() -> ResponseReturnValue:
    """Open an account; its first password is shown on the next page, once."""
    guard(accounts.create_user, None)
    form = CreateUserForm()
    form.offer([(row.id, named(row)) for row in departments()], [(row.id, named(row)) for row in communities()])
    if form.validate_on_submit():
        password = accounts.random_password()
        user = attempt(form, accounts.create_user, None, form.terms(), NewPassword.of(password))
        if user is not None:
            return page("accounts/show_password.html", user=user, password=password, is_new=True)
    return page("accounts/create_user.html", form=form)


@bp.route("/users/<int:user_id>/roles", methods=["GET", "POST"])
@login_required
def grant_roles(user_id: int) -> ResponseReturnValue:
    """Give an account exactly the roles that are ticked."""
    user = _reach(user_id, accounts.grant_roles)
    form = GrantRolesForm(roles=[role.value for role in user.roles])
    if form.validate_on_submit():
        attempt(form, accounts.grant_roles, user, form.wanted())
        if succeeded():
            flash(_("%(name)s 的角色已改。", name=named(user)))
            return _back_to(user)
    return page("accounts/grant_roles.html", form=form, user=user)


@bp.route("/users/<int:user_id>/password", methods=["GET", "POST"])
@login_required
def reissue_password(user_id: int) -> ResponseReturnValue:
    """Give somebody a random password, shown once; it must be changed at the next sign-in."""
    user, form = _reach(user_id, accounts.reissue_password), PlainForm()
    if form.validate_on_submit():
        password = accounts.random_password()
        attempt(form, accounts.reissue_password, user, NewPassword.of(password))
        if succeeded():
            return page("accounts/show_password.html", user=user, password=password, is_new=False)
    return page("accounts/reissue_password.html", form=form, user=user)


@bp.route("/users/<int:user_id>/email", methods=["GET", "POST"])
@login_required
def change_email(user_id: int) -> ResponseReturnValue:
    """Put another e-mail address in: one's own with the password, or for the security administrator another's."""
    user, actor = _reach(user_id, accounts.change_email), acting_user()
    is_own = actor is not None and actor.id == user.id
    form = ChangeEmailForm(email=user.email)
    if not is_own:
        del form.present
    if form.validate_on_submit():
        fits = is_own and password_fits(user, form.present.data)
        token, browser = new_browser()
        wall = session.clock().wall()
        attempt(form, accounts.change_email, user, form.email.data, fits=fits, browser=browser, wall=wall)
        if succeeded():
            flash(_("电子邮箱已改，原来的邮箱会收到一封说明。"))
            if is_own:
                session.sign_in(user, token)
                return redirect(url_for("accounts.show_account"), code=303)
            return _back_to(user)
    return page("accounts/change_email.html", form=form, user=user, is_own=is_own)


@bp.route("/users/<int:user_id>/deactivate", methods=["GET", "POST"])
@login_required
def deactivate_user(user_id: int) -> ResponseReturnValue:
    """Take an account out of use; what its person still has in hand is shown, and handed on."""
    user = _reach(user_id, leaving.deactivate_user)
    work, form = leaving.open_work_of(user, g.now), DeactivateUserForm()
    form.offer(leaving.successors_of(user) if work.transfers else None)
    if form.validate_on_submit():
        attempt(form, leaving.deactivate_user, user, form.reason.data, form.chosen())
        if succeeded():
            flash(_("%(name)s 的账号已停用，登录已全部结束。", name=named(user)))
            return _back_to(user)
    return page("accounts/deactivate_user.html", form=form, user=user, work=work)


@bp.route("/users/<int:user_id>/reactivate", methods=["GET", "POST"])
@login_required
def reactivate_user(user_id: int) -> ResponseReturnValue:
    """Put an account back into use."""
    user, form = _reach(user_id, accounts.reactivate_user), PlainForm()
    if form.validate_on_submit():
        attempt(form, accounts.reactivate_user, user)
        if succeeded():
            flash(_("%(name)s 的账号已恢复。", name=named(user)))
            return _back_to(user)
    return page("accounts/reactivate_user.html", form=form, user=user)
