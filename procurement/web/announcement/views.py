"""Pages of step 1: the announcement."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, current_app, flash, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError
from procurement.foundation.money import Money
from procurement.foundation.word_files import text_of_word
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.statute.limits import ArchiveBounds, ScreeningBounds
from procurement.statute.modes import words_of
from procurement.steps.announcement import operations, rules
from procurement.steps.announcement.models import (
    Announcement,
    BiddingDocuments,
    announcements_of,
    current_announcement,
    desks,
    documents_of,
)
from procurement.steps.preliminaries import rules as before
from procurement.steps.preliminaries.models import the_preliminaries
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer
from procurement.web import examples
from procurement.web.announcement.forms import AnnouncementForm, CompleteDocumentsForm
from procurement.web.announcement.printing import print_documents_of
from procurement.web.forms import PlainForm, SeenForm
from procurement.web.languages import article_html, papers_text, short_day, value_text
from procurement.web.pieces import strip_of
from procurement.web.refusals import attempt, found, guard, page, place, succeeded
from procurement.web.session import acting_user, clock
from procurement.web.standing import items_of
from procurement.web.transfers.screening import marks_of, put_on_form, tell_of_hits
from procurement.web.transfers.views import home, reach
from procurement.web.uploads import as_download, taken_with_text

bp = Blueprint("announcement", __name__, url_prefix="/transfers/<int:transfer_id>")

# The fields of the form whose texts are screened.
SCREENED = ("summary", "submission_notes")


def _periods(transfer: Transfer) -> dict[str, Any]:
    """What the form shows of the law: the floor that runs from the first day on which it may be published, the earliest lawful day."""
    today, calendar = local_day(g.now), working_calendar()
    first = before.first_possible(the_preliminaries(transfer), transfer, today, calendar)
    clause = rules.bidding_period(transfer, first)
    earliest = rules.earliest_deadline(transfer, first, calendar)
    title = (
        _("今天发布，不少于 %(period)s", period=value_text(clause))
        if first == today
        else _("%(day)s 发布，不少于 %(period)s", day=short_day(first), period=value_text(clause))
    )
    strip = strip_of(clause, first, today, calendar, law=article_html(clause.article), title=title)
    return {
        "most_security": rules.most_security(transfer, today),
        "security_law": limits.BID_SECURITY_MOST.of(transfer).on(today),
        "clause": clause,
        "documents": rules.documents_period(transfer, today),
        "earliest": earliest,
        "following": calendar.next_workday(earliest),
        "first": first,
        "today": today,
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
        # What must be public before may hold the publication for some weeks: the deadline is proposed for its day.
        today, calendar = local_day(g.now), working_calendar()
        first = before.first_possible(the_preliminaries(transfer), transfer, today, calendar)
        form.closes_at.data = rules.default_deadline(transfer, first, calendar)
    if form.validate_on_submit():
        announcement = attempt(form, operations.draft_announcement, transfer, **_said(form))
        if announcement is not None:
            flash(_("公告已起草。下一步：生成%(papers)s。", papers=papers_text(transfer)))
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
    said = {name: form[name].data for name in ("summary", "closes_at", "contact", "submission_notes")}
    return {**said, "security": form.security.data or Money(0)}


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
        assembled=documents_of(announcement),
        lacking=items_of(
            transfer,
            rules.ready_to_publish(transfer, desks([transfer])[transfer.id], g.now, working_calendar()),
            acting_user(),
            g.now,
        ),
        **_periods(transfer),
    )


# ── the bidding documents ──────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/documents/assemble", methods=["GET", "POST"])
@login_required
def assemble_documents(transfer_id: int) -> ResponseReturnValue:
    """Assemble the bidding documents from plan and text; they are printed just before."""
    transfer = reach(transfer_id)
    announcement: Announcement = found(current_announcement(transfer))
    guard(operations.assemble_documents, announcement, at=Step.ANNOUNCEMENT, transfer=transfer)
    form = SeenForm(data={"seen": rules.digest_of(announcement)} if request.method == "GET" else None)
    if form.validate_on_submit() and _assemble(form, announcement):
        flash(_("%(papers)s已生成，可以下载核对。", papers=_(words_of(transfer).papers)))
        return home(transfer)
    return page(
        "announcement/assemble_documents.html", form=form, transfer=transfer, documents=documents_of(announcement)
    )


def _assemble(form: SeenForm, announcement: Announcement) -> bool:
    at = clock().now()
    try:
        pdf, docx = print_documents_of(announcement, current_app, number=announcement.edition + 1, at=at)
    except DomainError as error:
        place(form, error)
        return False
    attempt(form, operations.assemble_documents, announcement, pdf=pdf, docx=docx, seen=form.seen.data, now=at)
    return succeeded()


@bp.route("/documents/complete", methods=["GET", "POST"])
@login_required
def complete_documents(transfer_id: int) -> ResponseReturnValue:
    """Upload the bidding documents as they have been completed."""
    transfer, form = reach(transfer_id), CompleteDocumentsForm()
    documents = found(documents_of(found(current_announcement(transfer))))
    guard(operations.complete_documents, documents, at=Step.ANNOUNCEMENT, transfer=transfer)
    if form.validate_on_submit():
        taken = taken_with_text(form)
        if taken is not None:
            upload, text = taken
            attempt(form, operations.complete_documents, documents, upload, text=_added(text, documents))
            if succeeded():
                flash(_("补充好的%(papers)s已收下。", papers=papers_text(transfer)))
                tell_of_hits(transfer, acting_user())
                return home(transfer)
    return page("announcement/complete_documents.html", form=form, transfer=transfer, documents=documents)


complete_documents.takes_files = True


def _added(text: str | None, documents: BiddingDocuments) -> str:
    """What a completed file says beyond the assembled one, line by line.

    The locked clauses of the agreement forbid what may not be bought, in so many words, and the plan is screened by itself.
    """
    if text is None:
        return ""
    extensions = current_app.extensions
    with extensions["storage"].open(documents.docx.sha256) as stream:
        assembled = text_of_word(
            io.BytesIO(stream.read()),
            most_bytes=extensions["settings"].upload_limit * ArchiveBounds.expansion,
            most_characters=ScreeningBounds.characters,
        )
    known = {line.strip() for line in assembled.splitlines()}
    return "\n".join(line for line in text.splitlines() if line.strip() not in known)


@bp.get("/documents/<form>")
@login_required
def download_draft(transfer_id: int, form: str) -> ResponseReturnValue:
    """One of the files assembled for this attempt, for whoever may look at the transfer."""
    documents = found(documents_of(found(current_announcement(reach(transfer_id)))))
    files = {"pdf": documents.pdf, "docx": documents.docx, "completed": documents.completed}
    return as_download(found(files.get(form)))
