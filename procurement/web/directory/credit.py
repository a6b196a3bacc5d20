"""Grades and credit records of an organisation: entered and ended by officers; its expiry dates as calendar entries."""

from __future__ import annotations

from datetime import UTC, timedelta

from flask import Blueprint, Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required
from icalendar import Alarm, Calendar, Event

from procurement.foundation.clock import local_day
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.credit import models, operations
from procurement.registers.directory.expiries import expiries_of, margins
from procurement.registers.organisations.models import Organisation, organisation_by_id
from procurement.web.directory.forms import EnterCreditRecordForm, EnterGradeForm, LiftCreditRecordForm
from procurement.web.refusals import attempt, found, guard, page, succeeded
from procurement.web.session import acting_user

bp = Blueprint("credit", __name__, url_prefix="/organisations/<int:organisation_id>")


def _home(organisation: Organisation) -> ResponseReturnValue:
    return redirect(url_for("organisations.read_organisation", organisation_id=organisation.id), code=303)


@bp.route("/grades/enter", methods=["GET", "POST"])
@login_required
def enter_grade(organisation_id: int) -> ResponseReturnValue:
    """Enter a grade."""
    organisation, form = found(organisation_by_id(organisation_id)), EnterGradeForm()
    guard(operations.enter_grade, organisation)
    if form.validate_on_submit():
        attempt(form, operations.enter_grade, organisation, form.terms())
        if succeeded():
            flash(_("评估等级已登记。"))
            return _home(organisation)
    return page("directory/enter_grade.html", form=form, organisation=organisation)


@bp.route("/credit-records/enter", methods=["GET", "POST"])
@login_required
def enter_credit_record(organisation_id: int) -> ResponseReturnValue:
    """Enter a credit record."""
    organisation, form = found(organisation_by_id(organisation_id)), EnterCreditRecordForm()
    guard(operations.enter_credit_record, organisation)
    if form.validate_on_submit():
        attempt(form, operations.enter_credit_record, organisation, form.terms())
        if succeeded():
            flash(_("信用记录已登记，对方已收到通知。"))
            return _home(organisation)
    return page("directory/enter_credit_record.html", form=form, organisation=organisation)


@bp.route("/credit-records/<int:record_id>/lift", methods=["GET", "POST"])
@login_required
def lift_credit_record(organisation_id: int, record_id: int) -> ResponseReturnValue:
    """End a credit record on a day."""
    record = found(models.record_by_id(record_id))
    found(record if record.organisation_id == organisation_id else None)
    guard(operations.lift_credit_record, record)
    form = LiftCreditRecordForm()
    if request.method == "GET":
        form.last_day.data = local_day(g.now)
    if form.validate_on_submit():
        attempt(form, operations.lift_credit_record, record, form.last_day.data, form.reason.data)
        if succeeded():
            flash(_("信用记录已结束。"))
            return _home(record.organisation)
    return page("directory/lift_credit_record.html", form=form, organisation=record.organisation, record=record)


@bp.get("/expiries.ics")
@login_required
def download_expiries(organisation_id: int) -> ResponseReturnValue:
    """The organisation's expiry dates for a calendar, each with an alarm where a reminder would go out."""
    organisation = found(organisation_by_id(organisation_id))
    found(organisation if access.can(acting_user(), Deed.ORGANISATION_READ, organisation) else None)
    today = local_day(g.now)
    calendar = Calendar()
    calendar.add("prodid", "-//Jieli//expiries//ZH")
    calendar.add("version", "2.0")
    for row in expiries_of(organisation, today):
        event = Event()
        event.add("uid", f"{row.thing.replace(' ', '-')}-{row.day.isoformat()}@{request.host}")
        event.add("dtstamp", g.now.astimezone(UTC))
        event.add("dtstart", row.day)
        event.add("dtend", row.day + timedelta(days=1))
        event.add("summary", _("“%(what)s”到期", what=_(row.what)))
        for margin in margins(today):
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", _("“%(what)s”到期", what=_(row.what)))
            alarm.add("trigger", timedelta(days=-margin))
            event.add_component(alarm)
        calendar.add_component(event)
    return Response(
        calendar.to_ical(),
        mimetype="text/calendar",
        headers={"Content-Disposition": "attachment; filename=expiries.ics"},
    )
