"""Pages of step 1: the announcement."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import operations, rules
from procurement.steps.announcement.models import Announcement, announcements_of, current_announcement
from procurement.steps.holders import rules as holder_rules
from procurement.steps.holders.models import holders_of_attempt
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer
from procurement.web import examples
from procurement.web.announcement.forms import AnnouncementForm
from procurement.web.forms import PlainForm
from procurement.web.languages import article_html, value_text
from procurement.web.pieces import strip_of
from procurement.web.refusals import attempt, found, guard, page, succeeded
from procurement.web.session import acting_user
from procurement.web.transfers.screening import marks_of, put_on_form, tell_of_hits
from procurement.web.transfers.views import home, reach

bp = Blueprint("announcement", __name__, url_prefix="/transfers/<int:transfer_id>")

# The fields of the form whose texts are screened.
SCREENED = ("summary", "submission_notes")


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
            lacking = holder_rules.outstanding(transfer, holders_of_attempt(transfer), local_day(g.now))
            flash(_("公告已起草。三位密钥持有人到齐后就可以发布。") if lacking else _("公告已起草，可以发布。"))
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
