"""The public portal: what is called for, what was decided, on which days; nothing here needs a sign-in."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, current_app, g, send_from_directory
from flask.typing import ResponseReturnValue

from procurement.foundation.database import writing
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import TransferMode
from procurement.registers.publications import (
    PublicationKind,
    newest_publications,
    publication_by_reference,
)
from procurement.steps.announcement.models import (
    Announcement,
    AnnouncementStatus,
    announcement_by_id,
    published_announcements,
)
from procurement.steps.announcement.published.operations import note_download
from procurement.steps.announcement.rules import clock_stands, opens_at, takes_bids
from procurement.steps.competition.models.opening import commitment_of
from procurement.transfers.line import Step
from procurement.transfers.models import Ending, TransferStatus, open_transfers
from procurement.web.announcement.published import announcement_of, shown_of
from procurement.web.refusals import found, page
from procurement.web.session import acting_user
from procurement.web.styleguide import pieces
from procurement.web.uploads import as_download

bp = Blueprint("portal", __name__)

CALLS = (PublicationKind.ANNOUNCEMENT, PublicationKind.INTENTION_NOTICE, PublicationKind.SOURCE_NOTICE)
RESULTS = (
    PublicationKind.AWARD_NOTICE,
    PublicationKind.AGREEMENT_NOTICE,
    PublicationKind.SUPPLEMENT_NOTICE,
    PublicationKind.OPENING_RECORD,
    PublicationKind.FAILURE_NOTICE,
    PublicationKind.WITHDRAWAL_NOTICE,
    PublicationKind.ACCEPTANCE_NOTICE,
    PublicationKind.EVALUATION_NOTICE,
    PublicationKind.LISTING_NOTICE,
    PublicationKind.LISTING_DECISION,
    PublicationKind.TAKE_BACK_NOTICE,
    PublicationKind.END_NOTICE,
)


@bp.get("/")
def show_portal() -> ResponseReturnValue:
    """The first page: the six steps and how many matters are at each, the open calls, the newest results."""
    counts = Counter(row.step for row in open_transfers() if row.step is not None)
    calls = [row for row in published_announcements() if takes_bids(row, g.now)]
    return page(
        "portal/show_portal.html",
        counts=[(step, counts[step]) for step in Step],
        total=sum(counts.values()),
        calls=calls,
        results=newest_publications(*RESULTS, limit=8),
        actor=acting_user(),
    )


@bp.get("/announcements")
def list_announcements() -> ResponseReturnValue:
    """Every announcement ever published and what was public before it, the newest first."""
    return page("portal/list_announcements.html", rows=newest_publications(*CALLS, limit=200))


@bp.get("/results")
def list_results() -> ResponseReturnValue:
    """Results: awards, agreements, acceptances, evaluations, failures, and what ended before its time."""
    return page("portal/list_results.html", rows=newest_publications(*RESULTS, limit=200))


@bp.get("/announcements/<reference>")
def read_publication(reference: str) -> ResponseReturnValue:
    """One published text, as it was published."""
    publication = found(publication_by_reference(reference))
    told = announcement_of(publication)
    announcement = told if publication.kind is PublicationKind.ANNOUNCEMENT else None
    return page(
        f"portal/read_{publication.kind.value.replace('-', '_')}.html",
        publication=publication,
        facts=publication.told,
        mode=TransferMode(publication.told["mode"]) if "mode" in publication.told else None,
        announcement=announcement,
        takes_bids=announcement is not None and takes_bids(announcement, g.now),
        clock_stands=announcement is not None and clock_stands(announcement),
        state=_interrupted(announcement) if announcement is not None else None,
        commitment=commitment_of(announcement) if announcement is not None else None,
        opens_at=opens_at(announcement) if announcement is not None else None,
        may_bid=acting_user() is None
        or (announcement is not None and access.can(acting_user(), Deed.BID_SUBMIT, announcement)),
        **shown_of(publication, told),
    )


@bp.get("/announcements/<reference>/documents/<int:number>/<form>")
def download_documents(reference: str, number: int, form: str) -> ResponseReturnValue:
    """The bidding documents of one version of a published announcement, as PDF or as the file to complete."""
    announcement = found(announcement_of(found(publication_by_reference(reference))))
    version = found(next((row for row in announcement.versions if row.number == number), None))
    paper = found({"pdf": version.pdf, "docx": version.docx}.get(form))
    answer, announcement_id = as_download(paper), announcement.id
    actor, now = acting_user(), g.now
    with writing():
        note_download(found(announcement_by_id(announcement_id)), actor, now=now)
    return answer


def _interrupted(announcement: Announcement) -> TransferStatus | Ending | None:
    """What has come between a call and its award: a pause while it runs, an end at any time; None where nothing has.

    A pause after the award is between those who have agreed, and not said here.
    """
    transfer = announcement.transfer
    if transfer.ending in (Ending.ENDED, Ending.TAKEN_BACK):
        return transfer.ending
    is_called = announcement.status is AnnouncementStatus.PUBLISHED and transfer.step is Step.COMPETITION
    return transfer.status if is_called and transfer.status is TransferStatus.PAUSED else None


@bp.get("/healthz")
def show_health() -> ResponseReturnValue:
    """Whether the system answers."""
    return {"status": "ok"}


@bp.get("/favicon.ico")
def send_favicon() -> ResponseReturnValue:
    """The baton."""
    return send_from_directory(str(current_app.static_folder), "favicon.svg", mimetype="image/svg+xml")


@bp.get("/styleguide")
def show_styleguide() -> ResponseReturnValue:
    """Every piece in every state; in development and tests only."""
    if not (current_app.debug or current_app.testing):
        return found(None)
    return page("portal/show_styleguide.html", **pieces())
