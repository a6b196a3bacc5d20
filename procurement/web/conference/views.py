"""Pages of the joint conference: the meetings, one meeting, and each thing that is done in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required
from flask_wtf import FlaskForm

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError, Refusals
from procurement.foundation.labels import word
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.credit.models import CreditRecord, credit_records_of_all
from procurement.registers.credit.rules import blots
from procurement.registers.people import Role, User, users_with_role
from procurement.transfers.conference import operations, rules
from procurement.transfers.conference.matters import (
    MATTERS,
    effects_of,
    hindrance_of,
    subject_of,
    subjects_of,
    waiting_subjects,
)
from procurement.transfers.conference.models import (
    CONFERENCE_MOVES,
    AgendaItem,
    Choice,
    Conference,
    ConferenceStatus,
    ItemKind,
    ItemOutcome,
    conference_by_id,
    item_by_id,
    newest_conferences,
)
from procurement.transfers.conference.rules import ConferenceTerms
from procurement.transfers.screening import bar_of
from procurement.web import examples
from procurement.web.conference.forms import (
    CastVoteForm,
    ResolveItemForm,
    convene_form,
    member_box,
    open_form,
    subject_box,
)
from procurement.web.conference.printing import print_minutes_of
from procurement.web.fields import choices
from procurement.web.forms import ReasonForm, SeenForm
from procurement.web.languages import say, sentence
from procurement.web.pieces import ActionLink
from procurement.web.refusals import attempt, found, guard, number_asked, page, place, succeeded
from procurement.web.session import acting_user, clock
from procurement.web.standing import deed_url, items_of
from procurement.web.uploads import as_recorded_download

bp = Blueprint("conference", __name__, url_prefix="/conferences")

PER_PAGE = 20
# Where a subject that waits is read, kind by kind.
_ADDRESSES: dict[ItemKind, Callable[[Any], str]] = {
    ItemKind.PLAN: lambda plan: url_for("transfers.read_transfer", transfer_id=plan.transfer_id),
    ItemKind.PAUSE: lambda transfer: url_for("transfers.read_transfer", transfer_id=transfer.id),
    ItemKind.EDITION: lambda edition: url_for("editions.read_edition", edition_id=edition.id),
    ItemKind.LISTING: lambda listing: url_for("directory.read_listing", listing_id=listing.id),
    ItemKind.TAKE_BACK: lambda take_back: url_for("transfers.read_transfer", transfer_id=take_back.transfer_id),
}
_HALF_AN_HOUR = timedelta(minutes=30)


def reach(conference_id: int) -> Conference:
    """The meeting at this address, if this person may know of it; else there is nothing here."""
    conference = found(conference_by_id(conference_id))
    return found(conference if access.can(acting_user(), Deed.CONFERENCE_READ, conference) else None)


def reach_item(item_id: int) -> AgendaItem:
    """The agenda item at this address, if this person may know of its meeting."""
    item = found(item_by_id(item_id))
    reach(item.conference_id)
    return item


def home(conference: Conference) -> ResponseReturnValue:
    """Back to the meeting after a deed."""
    return redirect(url_for("conference.read_conference", conference_id=conference.id), code=303)


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("")
@login_required
def list_conferences() -> ResponseReturnValue:
    """What waits for a meeting, and the meetings, the newest first."""
    actor = acting_user()
    access.require(actor, Deed.CONFERENCE_READ, None)
    number = max(number_asked("page", 1), 1)
    rows = newest_conferences(first=(number - 1) * PER_PAGE, limit=PER_PAGE + 1)
    return page(
        "conference/list_conferences.html", rows=rows[:PER_PAGE], number=number, has_next=len(rows) > PER_PAGE,
        waiting=[(kind, subject, _ADDRESSES[kind](subject)) for kind, subject in waiting_subjects()],
        may_convene=access.can(actor, Deed.CONFERENCE_CONVENE, None),
    )  # fmt: skip


@bp.get("/<int:conference_id>")
@login_required
def read_conference(conference_id: int) -> ResponseReturnValue:
    """One meeting: what it waits for, who is there, its agenda with votes and outcomes."""
    conference, actor = reach(conference_id), acting_user()
    assert actor is not None
    lacks, subjects = rules.outstanding(conference, g.now), subjects_of(conference.items)
    return page(
        "conference/read_conference.html", conference=conference, subjects=subjects,
        effects={item.id: effects_of(item, subjects[item.id], g.now) for item in conference.unresolved},
        records=_records_of(conference.items, subjects),
        items=items_of(conference, lacks, actor, g.now), presiding=rules.presiding,
        may={item.id: _may(item, actor) for item in conference.items}, choices=list(Choice),
        may_cancel=conference.status is ConferenceStatus.CONVENED and access.can(actor, Deed.CONFERENCE_CANCEL, conference),
    )  # fmt: skip


def _records_of(items: Sequence[AgendaItem], subjects: Mapping[int, Any]) -> Mapping[int, Sequence[CreditRecord]]:
    """The credit records in the way of each organisation whose listing is on the agenda, in one query."""
    listings = [subjects[item.id] for item in items if item.kind is ItemKind.LISTING]
    known = credit_records_of_all([row.organisation_id for row in listings]) if listings else {}
    return {number: blots(rows, local_day(g.now)) for number, rows in known.items()}


def _of_subject(item: AgendaItem) -> dict[str, Any]:
    """What a page tells of an item's subject, beside the meeting."""
    subject = subject_of(item)
    return {
        "item": item, "conference": item.conference, "subject": subject, "effects": effects_of(item, subject, g.now),
        "records": _records_of([item], {item.id: subject}), "hinders": _said_of(hindrance_of(item, g.now)),
    }  # fmt: skip


def _may(item: AgendaItem, actor: User) -> list[ActionLink]:
    """What a member may do on an item beyond what is outstanding: change a vote, stand aside."""
    is_open = item.conference.status is ConferenceStatus.OPEN and item.outcome is None
    if not is_open or not access.can(actor, Deed.VOTE_CAST, item) or actor not in item.entitled:
        return []
    links = []
    if item.vote_of(actor) is not None:
        links.append(ActionLink(_("改票"), deed_url(Deed.VOTE_CAST, item.conference, item.id)))
    links.append(ActionLink(_(Deed.RECUSAL_DECLARE.label), deed_url(Deed.RECUSAL_DECLARE, item.conference, item.id)))
    return links


@bp.get("/<int:conference_id>/minutes")
@login_required
def download_minutes(conference_id: int) -> ResponseReturnValue:
    """The printed minutes as a PDF; the reading is recorded before a byte leaves."""
    conference = reach(conference_id)
    return as_recorded_download(found(conference.text), Deed.CONFERENCE_READ, conference)


# ── convening, cancelling, opening ─────────────────────────────────────────────────────────────────────────────────


@bp.route("/convene", methods=["GET", "POST"])
@bp.route("/convene/for/<int:transfer_id>", methods=["GET", "POST"])
@login_required
def convene_conference(transfer_id: int | None = None) -> ResponseReturnValue:
    """Convene a meeting on what waits; come from a transfer, what waits of it alone is ticked."""
    guard(operations.convene_conference, None)
    actor = acting_user()
    assert actor is not None
    members, waiting = users_with_role(Role.MEMBER), waiting_subjects()
    form = examples.form_for(convene_form(members, waiting), "convene_conference")
    if request.method == "GET":
        _propose(form, members, waiting, actor, transfer_id)
    if form.validate_on_submit():
        terms = ConferenceTerms(
            title=form["title"].data,
            held_at=form["held_at"].data,
            place=form["place"].data,
            chair=next(person for person in members if person.id == form["chair"].data),
            members=tuple(person for person in members if form[member_box(person)].data),
            subjects=tuple((kind, row) for kind, row in waiting if form[subject_box(kind, row)].data),
        )
        conference = attempt(form, operations.convene_conference, None, terms)
        if conference is not None:
            flash(_("会议已召集，编号 %(number)s，受邀的成员收到了通知。", number=conference.number))
            return home(conference)
    return page(
        "conference/convene_conference.html", form=form, members=[member_box(person) for person in members],
        waiting=[(kind, subject, subject_box(kind, subject)) for kind, subject in waiting],
    )  # fmt: skip


def _propose(form: FlaskForm, members: Any, waiting: Any, actor: User, transfer_id: int | None) -> None:
    """The next half hour, everybody, everything that waits: what a convener then changes."""
    form["title"].data = form["title"].data or "职能转移联席会议"
    form["held_at"].data = form["held_at"].data or _next_half_hour(g.now)
    form["chair"].data = actor.id
    for person in members:
        form[member_box(person)].data = True
    here = url_for("transfers.read_transfer", transfer_id=transfer_id) if transfer_id is not None else None
    of_transfer = [(kind, subject) for kind, subject in waiting if _ADDRESSES[kind](subject) == here]
    for kind, subject in of_transfer or waiting:
        # What cannot be put on an agenda today is there to be seen, and is not proposed.
        form[subject_box(kind, subject)].data = MATTERS[kind].hindrance(subject, g.now) is None


def _next_half_hour(now: datetime) -> datetime:
    hour = now.replace(minute=0, second=0, microsecond=0)
    return hour + -(-(now - hour) // _HALF_AN_HOUR) * _HALF_AN_HOUR


@bp.route("/<int:conference_id>/cancel", methods=["GET", "POST"])
@login_required
def cancel_conference(conference_id: int) -> ResponseReturnValue:
    """Call the meeting off."""
    conference, form = reach(conference_id), ReasonForm()
    guard(operations.cancel_conference, conference)
    if request.method == "GET":
        CONFERENCE_MOVES.ensure_open(Deed.CONFERENCE_CANCEL, conference)
    if form.validate_on_submit():
        attempt(form, operations.cancel_conference, conference, reason=form.reason.data)
        if succeeded():
            flash(_("会议已取消，议程各项等下一次会议。"))
            return home(conference)
    return page("conference/cancel_conference.html", form=form, conference=conference)


@bp.route("/<int:conference_id>/open", methods=["GET", "POST"])
@login_required
def open_conference(conference_id: int) -> ResponseReturnValue:
    """Call the roll and open the meeting."""
    conference = reach(conference_id)
    guard(operations.open_conference, conference)
    if request.method == "GET":
        CONFERENCE_MOVES.ensure_open(Deed.CONFERENCE_OPEN, conference)
    members = conference.members
    form = open_form(members)()
    if request.method == "GET":
        for person in members:
            form[member_box(person)].data = True
    if form.validate_on_submit():
        present = [person for person in members if form[member_box(person)].data]
        attempt(form, operations.open_conference, conference, present)
        if succeeded():
            flash(_("会议已开，到会 %(count)s 位。", count=len(present)))
            return home(conference)
    return page(
        "conference/open_conference.html", form=form, conference=conference,
        members=[member_box(person) for person in members],
    )  # fmt: skip


# ── on an item ─────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/items/<int:item_id>/recusal", methods=["GET", "POST"])
@login_required
def declare_recusal(item_id: int) -> ResponseReturnValue:
    """Stand aside on an item."""
    item, form = reach_item(item_id), ReasonForm()
    guard(operations.declare_recusal, item)
    if request.method == "GET":
        CONFERENCE_MOVES.ensure_open(Deed.RECUSAL_DECLARE, item.conference)
        rules.ensure_unresolved(item)
    if form.validate_on_submit():
        attempt(form, operations.declare_recusal, item, reason=form.reason.data)
        if succeeded():
            flash(_("已记录您的回避，这一项您没有表决权。"))
            return home(item.conference)
    return page("conference/declare_recusal.html", form=form, item=item, conference=item.conference)


@bp.route("/items/<int:item_id>/vote", methods=["GET", "POST"])
@login_required
def cast_vote(item_id: int) -> ResponseReturnValue:
    """Vote on an item, or change one's vote."""
    item, actor = reach_item(item_id), acting_user()
    guard(operations.cast_vote, item)
    if request.method == "GET":
        CONFERENCE_MOVES.ensure_open(Deed.VOTE_CAST, item.conference)
        rules.ensure_unresolved(item)
    assert actor is not None
    form, before = examples.form_for(CastVoteForm, "cast_vote"), item.vote_of(actor)
    if request.method == "GET" and before is not None and form.choice.data is None:
        form.choice.data, form.reason.data = before.choice, before.reason
    if form.validate_on_submit():
        vote = attempt(form, operations.cast_vote, item, form.choice.data, reason=form.reason.data)
        if vote is not None:
            flash(say(word("您的表决已记录：{choice}。议定之前可以改。"), {"choice": vote.choice}))
            return home(item.conference)
    return page("conference/cast_vote.html", form=form, before=before, **_of_subject(item))


@bp.route("/items/<int:item_id>/resolve", methods=["GET", "POST"])
@login_required
def resolve_item(item_id: int) -> ResponseReturnValue:
    """Count the votes and resolve."""
    item, day = reach_item(item_id), local_day(g.now)
    guard(operations.resolve_item, item)
    if request.method == "GET":
        CONFERENCE_MOVES.ensure_open(Deed.ITEM_RESOLVE, item.conference)
        rules.ensure_unresolved(item)
    hindrance = hindrance_of(item, g.now)
    form, outcomes = examples.form_for(ResolveItemForm, "resolve_item", item), rules.outcomes_of(item, day, hindrance)
    form.outcome.choices = choices((row.value, _(row.label)) for row in outcomes)
    if request.method == "GET" and form.outcome.data is None:
        form.outcome.data = outcomes[0]
    if form.validate_on_submit():
        attempt(form, operations.resolve_item, item, form.outcome.data, opinion=form.opinion.data)
        if succeeded():
            _tell(item)
            return home(item.conference)
    return page(
        "conference/resolve_item.html", form=form, choices=list(Choice), outcomes=outcomes,
        is_carried=rules.is_carried(item, day), has_quorum=rules.has_quorum(item),
        is_published=_publishes_opinion(item, outcomes), **_of_subject(item),
    )  # fmt: skip


def _publishes_opinion(item: AgendaItem, outcomes: Sequence[ItemOutcome]) -> bool:
    """Whether what is written here stands in a public notice: where a return ends what was announced; a bar has its own reason."""
    if item.kind is not ItemKind.PAUSE or ItemOutcome.RETURNED not in outcomes:
        return False
    transfer = subject_of(item)
    return transfer.was_announced and bar_of(transfer, local_day(g.now)) is None


def _said_of(hindrance: DomainError | None) -> list[str]:
    """Everything that keeps a subject from being adopted, a sentence each."""
    if hindrance is None:
        return []
    return [sentence(row) for row in (hindrance.refusals if isinstance(hindrance, Refusals) else [hindrance])]


def _tell(item: AgendaItem) -> None:
    assert item.outcome is not None
    if item.resolution is None:
        flash(_("这一项缓议，等下一次会议。"))
    else:
        said = word("已作出决议 {number}：{outcome}。")
        flash(say(said, {"number": item.resolution.number, "outcome": item.outcome}))


# ── closing ────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/<int:conference_id>/close", methods=["GET", "POST"])
@login_required
def close_conference(conference_id: int) -> ResponseReturnValue:
    """Close the meeting; its minutes are printed first."""
    conference = reach(conference_id)
    guard(operations.close_conference, conference)
    if request.method == "GET":
        CONFERENCE_MOVES.ensure_open(Deed.CONFERENCE_CLOSE, conference)
    # The digest goes out with the page only: an answer without it has seen nothing.
    form = SeenForm(data={"seen": rules.digest_of(conference)} if request.method == "GET" else None)
    if form.validate_on_submit() and _close(form, conference):
        flash(_("会议已闭会，会议记录已形成。"))
        return home(conference)
    return page("conference/close_conference.html", form=form, conference=conference)


def _close(form: FlaskForm, conference: Conference) -> bool:
    actor, at = acting_user(), clock().now()
    assert actor is not None
    try:
        rules.ensure_all_resolved(conference, local_day(at))
        text = print_minutes_of(conference, current_app, closed_by=actor, at=at)
    except DomainError as error:
        place(form, error)
        return False
    attempt(form, operations.close_conference, conference, text=text, seen=form["seen"].data, now=at)
    return succeeded()
