"""Substitutions as pages: naming a substitute for oneself, or for another as the security administrator; ending one."""

from __future__ import annotations

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.registers import substitutions
from procurement.registers.people import User, substitution_by_id, user_by_id
from procurement.web.accounts.forms import GrantSubstitutionForm
from procurement.web.accounts.users import bp as bp
from procurement.web.filters import named
from procurement.web.refusals import attempt, do, found, guard, page
from procurement.web.session import acting_user


def _back_to(user: User) -> ResponseReturnValue:
    """One's own page, or that of the account the security administrator is at."""
    actor = acting_user()
    if actor is not None and actor.id == user.id:
        return redirect(url_for("accounts.show_account"), code=303)
    return redirect(url_for("accounts.read_user", user_id=user.id), code=303)


@bp.route("/users/<int:user_id>/substitution", methods=["GET", "POST"])
@login_required
def grant_substitution(user_id: int) -> ResponseReturnValue:
    """Name who acts in a person's place, from a day to a day."""
    absent, actor = found(user_by_id(user_id)), acting_user()
    guard(substitutions.grant_substitution, absent)
    form = GrantSubstitutionForm(first_day=local_day(g.now))
    form.offer(substitutions.substitutes_for(absent))
    if form.validate_on_submit():
        substitute = found(user_by_id(form.substitute.data))
        days = (form.first_day.data, form.last_day.data)
        granted = attempt(form, substitutions.grant_substitution, absent, substitute, *days)
        if granted is not None:
            flash(_("已委托 %(name)s 代理，双方都收到消息。", name=named(substitute)))
            return _back_to(absent)
    is_own = actor is not None and actor.id == absent.id
    return page("accounts/grant_substitution.html", form=form, user=absent, is_own=is_own)


@bp.post("/substitutions/<int:substitution_id>/end")
@login_required
def end_substitution(substitution_id: int) -> ResponseReturnValue:
    """End a substitution: the absent person, the substitute, or the security administrator."""
    substitution, actor = found(substitution_by_id(substitution_id)), acting_user()
    do(substitutions.end_substitution, substitution)
    flash(_("代理已结束，双方都收到消息。"))
    is_own = actor is not None and actor.id in substitution.people_ids
    return redirect(url_for("accounts.show_account"), code=303) if is_own else _back_to(substitution.absent)
