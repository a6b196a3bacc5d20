"""Pages of step 1: the opener, the announcement."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation import sealing
from procurement.foundation.clock import local_day
from procurement.foundation.errors import NotFound
from procurement.foundation.labels import word
from procurement.registers.access import Appointed
from procurement.registers.people import Role, User, users_with_role
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import operations, rules
from procurement.steps.announcement.models import Announcement, announcements_of, current_announcement, key_of
from procurement.steps.competition.rules import key_context
from procurement.transfers.line import Step
from procurement.transfers.models import Appointment, Transfer
from procurement.web import examples
from procurement.web.announcement.forms import AnnouncementForm, AppointOpenerForm
from procurement.web.fields import choices
from procurement.web.forms import PlainForm
from procurement.web.languages import article_html, value_text
from procurement.web.pieces import strip_of
from procurement.web.refusals import attempt, found, guard, page, succeeded
from procurement.web.session import acting_user
from procurement.web.standing import person_name, person_with_body
from procurement.web.transfers.screening import marks_of, put_on_form, tell_of_hits
from procurement.web.transfers.views import home, reach

bp = Blueprint("announcement", __name__, url_prefix="/transfers/<int:transfer_id>")

# The fields of the form whose texts are screened.
SCREENED = ("summary", "submission_notes")


def _candidates(transfer: Transfer) -> list[User]:
    people = {
        person.id: person
        for role in (Role.APPROVER, Role.OFFICER, Role.PAYER)
        for person in users_with_role(role, department_id=transfer.department_id)
    }
    return list(people.values())


@bp.route("/opener/appoint", methods=["GET", "POST"])
@login_required
def appoint_opener(transfer_id: int) -> ResponseReturnValue:
    """Appoint who opens the bids."""
    transfer = reach(transfer_id)
    guard(operations.appoint_opener, transfer, at=Step.ANNOUNCEMENT)
    form, candidates = AppointOpenerForm(), {person.id: person for person in _candidates(transfer)}
    form.person.choices = choices((person.id, person_with_body(person)) for person in candidates.values())
    if form.validate_on_submit():
        appointment = attempt(form, operations.appoint_opener, transfer, candidates[form.person.data])
        if appointment is not None:
            flash(_("已指定 %(person)s 为开启人，等其接受并领取口令。", person=person_name(appointment.user)))
            return home(transfer)
    return page("announcement/appoint_opener.html", form=form, transfer=transfer)


def _own_appointment(transfer: Transfer) -> Appointment:
    actor = acting_user()
    held = [
        row
        for row in transfer.appointments
        if row.kind is Appointed.OPENER and row.ended_at is None and actor is not None and row.user_id == actor.id
    ]
    if not held:
        raise NotFound(word("您没有被指定为这件事的开启人。"))
    return held[-1]


@bp.route("/opener/accept", methods=["GET", "POST"])
@login_required
def accept_opener(transfer_id: int) -> ResponseReturnValue:
    """Accept the appointment; the passphrase is generated, shown once on this page, and kept nowhere."""
    transfer, form = reach(transfer_id), PlainForm()
    appointment = _own_appointment(transfer)
    guard(operations.accept_opener, appointment, at=Step.ANNOUNCEMENT, transfer=transfer)
    if form.validate_on_submit():
        passphrase = sealing.make_passphrase()
        keys = sealing.make_keys(passphrase, key_context(appointment.id))
        if attempt(form, operations.accept_opener, appointment, keys) is not None:
            examples.keep_passphrase(appointment, passphrase)
            return page("announcement/show_passphrase.html", transfer=transfer, passphrase=passphrase)
    return page("announcement/accept_opener.html", form=form, transfer=transfer)


def _periods(transfer: Transfer) -> dict[str, Any]:
    """What the form shows of the law: the floor that runs from today, the earliest lawful day."""
    today, calendar = local_day(g.now), working_calendar()
    clause = rules.bidding_period(transfer, today)
    earliest = rules.earliest_deadline(transfer, today, calendar)
    strip = strip_of(
        clause,
        today,
        today,
        calendar,
        law=article_html(clause.article),
        title=_("今天发布，不少于 %(period)s", period=value_text(clause)),
    )
    return {
        "clause": clause,
        "documents": rules.documents_period(transfer, today),
        "earliest": earliest,
        "strip": strip,
    }


@bp.route("/announcement/draft", methods=["GET", "POST"])
@login_required
def draft_announcement(transfer_id: int) -> ResponseReturnValue:
    """Draft the announcement of this attempt."""
    transfer = reach(transfer_id)
    guard(operations.draft_announcement, transfer, at=Step.ANNOUNCEMENT)
    former = next((row for row in reversed(announcements_of(transfer)) if row.attempt < transfer.attempt), None)
    form = examples.form_for(AnnouncementForm, "announcement", otherwise=lambda: AnnouncementForm(data=_again(former)))
    if request.method == "GET" and form.closes_at.data is None:
        form.closes_at.data = rules.default_deadline(transfer, local_day(g.now), working_calendar())
    if form.validate_on_submit():
        announcement = attempt(form, operations.draft_announcement, transfer, **_said(form))
        if announcement is not None:
            is_ready = key_of(announcement) is not None
            flash(_("公告已起草，可以发布。") if is_ready else _("公告已起草。开启人领取口令后就可以发布。"))
            tell_of_hits(transfer, acting_user())
            return home(transfer)
    return page(
        "announcement/draft_announcement.html", form=form, transfer=transfer, former=former, **_periods(transfer)
    )


def _again(former: Announcement | None) -> dict[str, str]:
    """What the form of another attempt begins with: the words of the one before it, and none of its dates."""
    if former is None:
        return {}
    return {name: getattr(former, name) for name in ("summary", "contact", "submission_notes")}


def _said(form: AnnouncementForm) -> dict[str, Any]:
    return {name: form[name].data for name in ("summary", "closes_at", "contact", "submission_notes")}


@bp.route("/announcement/revise", methods=["GET", "POST"])
@login_required
def revise_announcement(transfer_id: int) -> ResponseReturnValue:
    """Change an announcement that has not been published."""
    transfer = reach(transfer_id)
    announcement = found(current_announcement(transfer))
    guard(operations.revise_announcement, announcement, at=Step.ANNOUNCEMENT, transfer=transfer)
    form = AnnouncementForm(obj=announcement)
    if form.validate_on_submit():
        attempt(form, operations.revise_announcement, announcement, **_said(form))
        if succeeded():
            flash(_("公告已修改。"))
            tell_of_hits(transfer, acting_user())
            return home(transfer)
    if request.method == "GET":
        put_on_form(form, marks_of(transfer, acting_user()), SCREENED)
    return page("announcement/revise_announcement.html", form=form, transfer=transfer, **_periods(transfer))


@bp.route("/announcement/publish", methods=["GET", "POST"])
@login_required
def publish_announcement(transfer_id: int) -> ResponseReturnValue:
    """Publish it; a page that says what happens at once, and what starts to run."""
    transfer, form = reach(transfer_id), PlainForm()
    announcement: Announcement = found(current_announcement(transfer))
    guard(operations.publish_announcement, announcement, at=Step.ANNOUNCEMENT, transfer=transfer)
    if form.validate_on_submit():
        attempt(form, operations.publish_announcement, announcement)
        if succeeded():
            assert announcement.publication is not None
            flash(_("公告已发布，正在接收投标。"))
            return home(transfer)
    return page(
        "announcement/publish_announcement.html",
        form=form,
        transfer=transfer,
        announcement=announcement,
        opens_at=rules.opens_at(announcement),
        **_periods(transfer),
    )
