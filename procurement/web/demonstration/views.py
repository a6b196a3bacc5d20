"""Pages that only a demonstration has: move the clock, become somebody, the guided walk, make it new."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Flask, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.database import db
from procurement.foundation.labels import word
from procurement.registers import audit, tasks
from procurement.registers import demonstration as register_of
from procurement.registers.access import Deed
from procurement.registers.audit import AuditLine
from procurement.registers.deeds import perform
from procurement.registers.demonstration import Demonstration, the_demonstration
from procurement.registers.people import User
from procurement.transfers.models import open_transfers, transfer_by_id
from procurement.web import queue
from procurement.web.accounts.views import new_browser, safe_next
from procurement.web.demonstration import moments, scenario
from procurement.web.demonstration.examples import DemonstrationExamples
from procurement.web.demonstration.moments import moments_of_all
from procurement.web.demonstration.prompter import COOKIE, Prompter, kept_walk, person_to_assume
from procurement.web.fields import ensure_within_reach
from procurement.web.filters import named
from procurement.web.forms import PlainForm
from procurement.web.refusals import do, found, number_asked, page
from procurement.web.session import acting_user, acts_as_visitor, clock, sign_in

bp = Blueprint("demonstration", __name__, url_prefix="/demonstration")

_A_YEAR = 365 * 24 * 3600


def _row() -> Demonstration:
    return found(the_demonstration())


# ── the clock ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _until(text: str) -> datetime:
    """The instant an address asks for; anything that is no aware instant is not at this address."""
    try:
        until = datetime.fromisoformat(text.replace(" ", "+"))
        ensure_within_reach(until.year)
    except ValueError:
        return found(None)
    return found(until if until.tzinfo is not None else None)


@bp.route("/clock", methods=["GET", "POST"])
@login_required
def advance_clock() -> ResponseReturnValue:
    """What a jump passes, the other transfers first; then the jump itself, as a task."""
    until = _until(request.args.get("to", ""))
    form, transfer = PlainForm(), transfer_by_id(number_asked("transfer"))
    register_of.ensure_ahead(until, g.now)
    if form.validate_on_submit():
        return redirect(url_for("tasks.read_task", token=_jump(until)), code=303)
    passed = [row for row in moments_of_all(open_transfers(), g.now) if row.at <= until]
    here = transfer.id if transfer is not None else None
    return page(
        "demonstration/advance_clock.html", form=form, until=until, here=transfer,
        others=[row for row in passed if row.transfer.id != here], own=[row for row in passed if row.transfer.id == here],
    )  # fmt: skip


def _jump(until: datetime) -> str:
    """Begin the jump; the token of its task."""
    actor, since = acting_user(), clock().now()
    assert actor is not None
    actor_id, visitor = actor.id, acts_as_visitor()
    token = tasks.open_task(actor, moments.WORK, word("演示时钟快进到 {until}"), clock=clock(), until=until)
    result = url_for("demonstration.show_happened", since=since.isoformat())
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    queue.enqueue(app, moments.WORK, token, until.isoformat(), actor_id, visitor, result)
    return token


@bp.get("/happened")
@login_required
def show_happened() -> ResponseReturnValue:
    """What has happened since an instant: deeds and messages, in order."""
    since = _until(request.args.get("since", ""))
    rows = [(line, _subject_of(line)) for line in audit.done_since(since, but=(Deed.IDENTITY_ASSUME,))]
    return page(
        "demonstration/show_happened.html", since=since, rows=rows, notices=register_of.notices_since(since),
        ahead=moments_of_all(open_transfers(), g.now)[:5],
    )  # fmt: skip


def _subject_of(line: AuditLine) -> str:
    """The transfer a line is about, by its chain; empty for what concerns the house."""
    kind, _colon, number = line.chain.partition(":")
    transfer = transfer_by_id(int(number)) if kind == "transfer" else None
    return named(transfer) if transfer is not None else ""


# ── becoming somebody ──────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/people")
def list_cast() -> ResponseReturnValue:
    """Everybody a visitor may become, with what each can do next."""
    return page("demonstration/list_cast.html")


@bp.post("/people/<int:user_id>/assume")
def assume_identity(user_id: int) -> ResponseReturnValue:
    """Go on as this person; then to where the offer pointed, else to the workbench."""
    person: User = found(person_to_assume(user_id))
    token, browser = new_browser()
    # Whoever comes in by this door is a visitor, from this deed on.
    person = perform(
        register_of.assume_identity, person, browser=browser, wall=clock().wall(), actor=acting_user(), clock=clock(),
        visitor=True,
    )  # fmt: skip
    sign_in(person, token, visitor=True)
    return redirect(safe_next(request.form.get("next")), code=303)


# ── the walk ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/walk")
def keep_walk() -> ResponseReturnValue:
    """Open the guided walk, or put it away; this browser remembers."""
    answer = redirect(safe_next(request.form.get("next")), code=303)
    followed = kept_walk()[1]
    wish = "on" if request.form.get("open") else "off"
    answer.set_cookie(COOKIE, _kept(wish, followed), max_age=_A_YEAR, samesite="Lax", httponly=True)
    return answer


def _kept(wish: str, followed: int | None) -> str:
    return wish if followed is None else f"{wish}.{followed}"


def _follow(response: object) -> object:
    """Whoever walks follows the transfer whose page was read last."""
    is_open, followed = kept_walk()
    number = (request.view_args or {}).get("transfer_id")
    if request.endpoint == "transfers.read_transfer" and response.status_code == 200 and number != followed:  # type: ignore[attr-defined]
        kept = _kept("on" if is_open else "off", number)
        response.set_cookie(COOKIE, kept, max_age=_A_YEAR, samesite="Lax", httponly=True)  # type: ignore[attr-defined]
    return response


# ── making it new ──────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/reset", methods=["GET", "POST"])
@login_required
def reset_demonstration() -> ResponseReturnValue:
    """Say what a reset takes away, then make the demonstration new."""
    form = PlainForm()
    if form.validate_on_submit():
        do(register_of.reset_demonstration, _row())
        db.session.rollback()
        scenario.reset_demonstration(current_app._get_current_object(), _silent)  # type: ignore[attr-defined]
        flash(_("演示已经重建，时钟回到 2025 年 9 月 22 日 9:00。所有人都已退出，请重新选一个人。"))
        return redirect(url_for("demonstration.list_cast"), code=303)
    return page("demonstration/reset_demonstration.html", form=form)


def _silent(_chinese: str, _english: str) -> None:
    """A page waits for the end; nobody reads the stages."""


# ── the guard at the door ──────────────────────────────────────────────────────────────────────────────────────────


def _wait_while_made() -> ResponseReturnValue | None:
    """While the demonstration is made new there is nothing to show but that."""
    row = the_demonstration()
    if row is not None and row.ready_at is not None:
        return None
    # Without what other pages know of their reader: there may be no reader, and no table to ask, at this instant.
    waiting = current_app.jinja_env.get_template("demonstration/being_made.html")
    return waiting.render(url_for=url_for, address=request.path), 503, {"Retry-After": "10"}


def register(app: Flask) -> None:
    """Attach to the application: routes, guards, what the templates and the forms ask."""
    app.before_request_funcs.setdefault(None, []).insert(0, _wait_while_made)
    app.register_blueprint(bp)
    app.after_request(_follow)
    app.context_processor(lambda: {"demonstration": Prompter()})
    app.extensions["examples"] = DemonstrationExamples(app)
