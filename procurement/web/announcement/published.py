"""What everybody may do with a published announcement: take it away, put its dates into a calendar, ask, follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required
from icalendar import Alarm, Calendar, Event

from procurement.documents.medium_notice import text_of_notice
from procurement.foundation.clock import local_day
from procurement.foundation.database import writing
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import entry_by_code
from procurement.registers.people import User
from procurement.registers.publications import Publication, PublicationKind, newest_of, publication_by_reference
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.models import (
    Announcement,
    AnnouncementVersion,
    announcement_by_id,
    announcements_of,
)
from procurement.steps.announcement.published import operations, rules
from procurement.steps.announcement.published.models import (
    answered_enquiries,
    changes_in_medium,
    interest_of,
    open_enquiries,
    published_of,
    subscription_by_id,
    subscriptions_of,
)
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.models.review import award_of_transfer
from procurement.steps.competition.rules import challenge_ends
from procurement.transfers.models import Transfer
from procurement.web.announcement.changes import Change, changes_of, public_address
from procurement.web.announcement.forms import AskEnquiryForm, SubscriptionForm
from procurement.web.competition.own import waiting_bid
from procurement.web.forms import PlainForm
from procurement.web.languages import value_text
from procurement.web.refusals import attempt, do, found, guard, page
from procurement.web.session import acting_user

bp = Blueprint("published", __name__)


def announcement_of(publication: Publication) -> Announcement | None:
    """The announcement that a publication is an edition of, or tells the end of."""
    kinds = (PublicationKind.ANNOUNCEMENT, PublicationKind.FAILURE_NOTICE, PublicationKind.WITHDRAWAL_NOTICE)
    if publication.kind not in kinds:
        return None
    return announcement_by_id(int(publication.subject.split()[-1]))


def _reached(reference: str) -> Announcement:
    publication = found(publication_by_reference(reference))
    return found(announcement_of(publication) if publication.kind is PublicationKind.ANNOUNCEMENT else None)


def _home(announcement: Announcement) -> ResponseReturnValue:
    assert announcement.publication is not None
    reference = announcement.publication.reference
    return redirect(url_for("portal.read_publication", reference=reference), code=303)


# ── what its page shows ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Attempt:
    """Another attempt of the same matter: its call, and how it ended."""

    number: int
    call: Publication
    end: Publication | None


def attempts_of(announcement: Announcement) -> list[Attempt]:
    """The other attempts of the matter, the first one first."""
    return [
        Attempt(row.attempt, row.publication, end_of_call(row))
        for row in announcements_of(announcement.transfer)
        if row.id != announcement.id and row.publication is not None
    ]


def end_of_call(announcement: Announcement) -> Publication | None:
    """How a call ended that found nobody: its failure or its withdrawal, as published."""
    kinds = (PublicationKind.FAILURE_NOTICE, PublicationKind.WITHDRAWAL_NOTICE)
    return next((row for row in (newest_of(kind, announcement) for kind in kinds) if row is not None), None)


def shown_of(publication: Publication, announcement: Announcement | None) -> dict[str, Any]:
    """What the public page of an announcement shows beside its text: versions, answers, the reader's own questions."""
    if announcement is None:
        return {}
    actor = acting_user()
    attempts = attempts_of(announcement)
    if publication.kind is not PublicationKind.ANNOUNCEMENT:
        return {"attempts": attempts, "call": announcement.publication}
    versions = sorted(announcement.versions, key=lambda row: row.number, reverse=True)
    may_ask = rules.takes_questions(announcement)
    return {
        "versions": [(row, changes_of(row)) for row in versions],
        "version": next((row for row in versions if row.publication_id == publication.id), None),
        "newest": announcement.publication,
        "medium": published_of([announcement.id])[announcement.id].notice,
        "in_medium": changes_in_medium(announcement),
        "answers": answered_enquiries(announcement),
        "own_questions": open_enquiries(announcement, by=actor) if _is_provider(actor) else [],
        "may_ask": may_ask and (actor is None or access.can(actor, Deed.ENQUIRY_ASK, announcement)),
        "may_follow": actor is not None and may_ask,
        "follows": actor is not None and interest_of(actor, announcement) is not None,
        "to_confirm": waiting_bid(announcement, actor, g.now),
        "attempts": attempts,
        "end": end_of_call(announcement),
    }


def _is_provider(actor: User | None) -> bool:
    return actor is not None and actor.organisation_id is not None


def changes_since(announcement: Announcement, edition: int) -> list[tuple[AnnouncementVersion, list[Change]]]:
    """What has been changed since a version, the first change first."""
    return [(row, changes_of(row)) for row in announcement.versions if row.number > edition]


# ── to take away ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/announcements/<reference>/text.txt")
def download_text(reference: str) -> ResponseReturnValue:
    """The newest text of an announcement as a file; that it was taken is kept, and told to nobody."""
    announcement = _reached(reference)
    text = text_of_notice(announcement, public_address(announcement))
    number = announcement.id
    actor, now = acting_user(), g.now
    with writing():
        operations.note_download(found(announcement_by_id(number)), actor, now=now)
    return Response(
        text, mimetype="text/plain", headers={"Content-Disposition": "attachment; filename=announcement.txt"}
    )


def _dates_of(announcement: Announcement, transfer: Transfer) -> Iterator[tuple[str, str, date | datetime]]:
    """The dates of an announcement: a key, what it is, the day or instant."""
    calendar = working_calendar()
    yield "closes", _("投标截止"), announcement.closes_at
    yield "opens", _("开启投标"), opens_at(announcement)
    notice = published_of([announcement.id])[announcement.id].notice
    if notice is not None:
        yield "notice", _("公告期限的最后一天"), rules.notice_over(announcement, notice, calendar) - timedelta(days=1)
    award = award_of_transfer(transfer) if transfer.attempt == announcement.attempt else None
    challenge = challenge_ends(transfer, award, calendar) if award is not None else None
    if challenge is not None:
        yield "challenge", _("对结果提出质疑或者异议的最后一天"), challenge


@bp.get("/announcements/<reference>/calendar.ics")
def download_calendar(reference: str) -> ResponseReturnValue:
    """Every date of an announcement for a calendar, each with a reminder one day before."""
    announcement = _reached(reference)
    transfer = announcement.transfer
    calendar = Calendar()
    calendar.add("prodid", "-//Jieli//announcement//ZH")
    calendar.add("version", "2.0")
    for key, what, when in _dates_of(announcement, transfer):
        title = _("%(what)s：%(title)s", what=what, title=value_text(transfer.called))
        event = Event()
        event.add("uid", f"announcement-{announcement.id}-{key}@{request.host}")
        event.add("sequence", announcement.edition)
        event.add("dtstamp", g.now.astimezone(UTC))
        if isinstance(when, datetime):
            event.add("dtstart", when.astimezone(UTC))
        else:
            event.add("dtstart", when)
            event.add("dtend", when + timedelta(days=1))
        event.add("summary", title)
        event.add("url", public_address(announcement))
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", timedelta(days=-1))
        event.add_component(alarm)
        calendar.add_component(event)
    return Response(
        calendar.to_ical(),
        mimetype="text/calendar",
        headers={"Content-Disposition": "attachment; filename=announcement.ics"},
    )


# ── asking and following ───────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/announcements/<int:announcement_id>/ask", methods=["GET", "POST"])
@login_required
def ask_enquiry(announcement_id: int) -> ResponseReturnValue:
    """Ask about an announcement."""
    announcement = found(announcement_by_id(announcement_id))
    found(announcement.publication)
    guard(operations.ask_enquiry, announcement)
    if request.method == "GET":
        rules.ensure_may_ask(announcement)
    form = AskEnquiryForm()
    if form.validate_on_submit() and attempt(form, operations.ask_enquiry, announcement, form.question.data):
        flash(_("已提交。答复会公开，不写是谁问的。"))
        return _home(announcement)
    period = rules.answer_period(announcement.transfer, local_day(g.now))
    return page("published/ask_enquiry.html", form=form, announcement=announcement, period=period)


@bp.post("/announcements/<int:announcement_id>/interest/begin")
@login_required
def begin_interest(announcement_id: int) -> ResponseReturnValue:
    """Follow an announcement."""
    announcement = found(announcement_by_id(announcement_id))
    found(announcement.publication)
    do(operations.begin_interest, announcement)
    flash(_("这份公告有变更或者新的答复，会告诉您。"))
    return _home(announcement)


@bp.post("/announcements/<int:announcement_id>/interest/end")
@login_required
def end_interest(announcement_id: int) -> ResponseReturnValue:
    """Follow it no more."""
    announcement = found(announcement_by_id(announcement_id))
    found(announcement.publication)
    do(operations.end_interest, announcement)
    flash(_("不再关注这份公告。"))
    return _home(announcement)


@bp.route("/subscriptions", methods=["GET", "POST"])
@login_required
def begin_subscription() -> ResponseReturnValue:
    """The codes a person follows, and the form to follow one more."""
    actor = acting_user()
    assert actor is not None
    form = SubscriptionForm(data={"code": request.args.get("code", "")[:20]})
    if form.validate_on_submit() and attempt(form, operations.begin_subscription, actor, form.code.data):
        flash(_("已关注 %(code)s。", code=form.code.data))
        return redirect(url_for("published.begin_subscription"), code=303)
    day = local_day(g.now)
    rows = [(row, entry_by_code(row.code, day)) for row in subscriptions_of(actor)]
    return page(
        "published/begin_subscription.html", form=form, rows=rows, plain=PlainForm(), is_provider=_is_provider(actor)
    )


@bp.post("/subscriptions/<int:subscription_id>/end")
@login_required
def end_subscription(subscription_id: int) -> ResponseReturnValue:
    """Follow a code no more."""
    actor, subscription = acting_user(), found(subscription_by_id(subscription_id))
    found(subscription if actor is not None and subscription.user_id == actor.id else None)
    do(operations.end_subscription, subscription)
    flash(_("不再关注这一类服务。"))
    return redirect(url_for("published.begin_subscription"), code=303)
