"""Pages of the bidder and of the opening."""

from __future__ import annotations

import io

from flask import Blueprint, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError
from procurement.registers import access, files
from procurement.registers.access import Deed
from procurement.registers.credit.models import credit_records_of
from procurement.registers.deeds import leave_refusal
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement, announcement_by_id, current_announcement
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import (
    BID_MOVES,
    Bid,
    bid_by_receipt,
    bid_of,
    bids_of_organisation,
    number_of_bids,
)
from procurement.steps.competition.models.review import award_of_bid, competition_of, desks
from procurement.steps.competition.operations import award as award_operations
from procurement.steps.competition.operations import bidding
from procurement.transfers.line import Step
from procurement.web import examples
from procurement.web.competition.envelopes import open_envelopes, seal_bid
from procurement.web.competition.forms import FailCompetitionForm, OpenBidsForm, SubmitBidForm
from procurement.web.forms import PlainForm
from procurement.web.refusals import attempt, found, guard, page, place, succeeded
from procurement.web.session import acting_user, acts_as_visitor, clock
from procurement.web.transfers.views import home, reach
from procurement.web.uploads import as_recorded_download

bp = Blueprint("competition", __name__)


# ── the bidder ─────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/bids/")
@login_required
def list_own_bids() -> ResponseReturnValue:
    """The bids of the actor's own organisation."""
    actor = acting_user()
    organisation_id = actor.organisation_id if actor is not None else None
    rows = bids_of_organisation(organisation_id) if organisation_id is not None else []
    return page("competition/list_own_bids.html", rows=rows)


@bp.route("/announcements/<int:announcement_id>/bid", methods=["GET", "POST"])
@login_required
def submit_bid(announcement_id: int) -> ResponseReturnValue:
    """Lodge or replace the bid of the actor's organisation: checked, sealed, then lodged."""
    announcement = found(announcement_by_id(announcement_id))
    found(announcement.publication)
    guard(bidding.submit_bid, announcement)
    if request.method == "GET":
        announcement_rules.ensure_calls(announcement, g.now)
    form, actor = examples.form_for(SubmitBidForm, "bid"), acting_user()
    assert actor is not None
    if examples.example_document() is None:
        del form.example
    if form.validate_on_submit():
        bid = _lodge(form, announcement)
        if bid is not None:
            return redirect(url_for("competition.read_receipt", receipt=bid.receipt), code=303)
    own = bid_of(announcement, actor.organisation_id) if actor.organisation_id else None
    return page(
        "competition/submit_bid.html",
        form=form,
        announcement=announcement,
        own=own,
        plan=announcement.transfer.plan,
        takes_bids=announcement_rules.takes_bids(announcement, g.now),
        limit=current_app.extensions["settings"].upload_limit,
    )


submit_bid.takes_files = True


def _lodge(form: SubmitBidForm, announcement: Announcement) -> Bid | None:
    """Check what the envelope will hold, seal it, and lodge it; the instant that counts is read after the last byte has come."""
    actor, settings, storage = acting_user(), current_app.extensions["settings"], current_app.extensions["storage"]
    assert actor is not None
    arrived, price = clock().now(), form.price.data
    assert price is not None
    try:
        announcement_rules.ensure_takes_bids(announcement, arrived)
        records = credit_records_of(actor.organisation_id or 0)
        rules.ensure_may_bid(actor.organisation, records, announcement.transfer, local_day(arrived))
        rules.ensure_price(price, announcement, local_day(arrived))
        given, document = _document(form)
        kind = files.kind_of(io.BytesIO(document), len(document), settings.upload_limit)
    except DomainError as error:
        place(form, error)
        leave(announcement, error)
        return None
    assert actor.organisation_id is not None
    name = files.tidy_name(given, kind)
    envelope = seal_bid(announcement, actor.organisation_id, price, document, name, storage)
    return attempt(form, bidding.submit_bid, announcement, envelope, now=arrived)


def _document(form: SubmitBidForm) -> tuple[str, bytes]:
    """The chosen file's name and bytes, in memory; in a demonstration the example document where it was asked for."""
    upload, lent = form.document.data, examples.example_document()
    if lent is not None and "example" in form and form.example.data and not (upload and upload.filename):
        return lent
    return upload.filename or "", upload.read()


def leave(announcement: Announcement, error: DomainError) -> None:
    """Record a refusal that came before the deed, as the deed itself would have."""
    leave_refusal(
        bidding.submit_bid,
        announcement,
        error,
        actor=acting_user(),
        now=clock().now(),
        clock=clock(),
        visitor=acts_as_visitor(),
    )


def _own_bid(receipt: str) -> Bid:
    bid, actor = found(bid_by_receipt(receipt)), acting_user()
    return found(bid if actor is not None and actor.organisation_id == bid.organisation_id else None)


@bp.get("/bids/<receipt>")
@login_required
def read_receipt(receipt: str) -> ResponseReturnValue:
    """The receipt of a bid, for its bidder only: random number, instant, hash of the envelope."""
    bid = _own_bid(receipt)
    lies_sealed = bid.is_active and not bid.is_opened
    return page(
        "competition/read_receipt.html", bid=bid,
        may_replace=lies_sealed and announcement_rules.takes_bids(bid.announcement, g.now),
        may_withdraw=lies_sealed and announcement_rules.may_be_withdrawn(bid.announcement, g.now),
    )  # fmt: skip


@bp.route("/bids/<receipt>/withdraw", methods=["GET", "POST"])
@login_required
def withdraw_bid(receipt: str) -> ResponseReturnValue:
    """Take the bid back."""
    bid, form = _own_bid(receipt), PlainForm()
    guard(bidding.withdraw_bid, bid)
    if request.method == "GET":
        BID_MOVES.ensure_open(Deed.BID_WITHDRAW, bid)
        announcement_rules.ensure_may_be_withdrawn(bid.announcement, g.now)
    if form.validate_on_submit():
        attempt(form, bidding.withdraw_bid, bid)
        if succeeded():
            flash(_("投标已撤回，信封不会被打开。截止之前可以重新提交。"))
            return redirect(url_for("competition.list_own_bids"), code=303)
    return page("competition/withdraw_bid.html", form=form, bid=bid)


@bp.get("/bids/<receipt>/document")
@login_required
def read_bid(receipt: str) -> ResponseReturnValue:
    """The document of an opened bid; the reading is recorded before a byte leaves."""
    bid = found(bid_by_receipt(receipt))
    found(bid if access.can(acting_user(), Deed.BID_READ, bid) else None)
    document = found(bid.document)
    return as_recorded_download(document, Deed.BID_READ, bid)


@bp.route("/bids/<receipt>/security/return", methods=["GET", "POST"])
@login_required
def return_security(receipt: str) -> ResponseReturnValue:
    """Note that a bidder's security has been given back."""
    bid = found(bid_by_receipt(receipt))
    guard(award_operations.return_security, bid)
    transfer, award = reach(bid.transfer.id), award_of_bid(bid)
    if request.method == "GET":
        rules.ensure_may_return_security(bid, award, local_day(g.now))
    form = PlainForm()
    if form.validate_on_submit():
        attempt(form, award_operations.return_security, bid)
        if succeeded():
            flash(_("投标保证金的退还已记录，并通知了投标人。"))
            return redirect(url_for("competition.read_competition", transfer_id=transfer.id), code=303)
    calendar, today = working_calendar(), local_day(g.now)
    return page(
        "competition/return_security.html", form=form, transfer=transfer, bid=bid,
        last=rules.return_by(bid, award, calendar), late=rules.is_returned_late(bid, award, today, calendar),
    )  # fmt: skip


# ── the opening ────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/transfers/<int:transfer_id>/competition/open", methods=["GET", "POST"])
@login_required
def open_bids(transfer_id: int) -> ResponseReturnValue:
    """Open all bids at once with the opener's passphrase."""
    transfer = reach(transfer_id)
    announcement = found(current_announcement(transfer))
    guard(bidding.open_bids, announcement, at=Step.COMPETITION, transfer=transfer)
    form = examples.form_for(OpenBidsForm, "open_bids", transfer.id)
    if form.validate_on_submit() and _open(form, announcement):
        flash(_("投标已开启，开启记录已公布。"))
        return redirect(url_for("competition.read_competition", transfer_id=transfer.id), code=303)
    return page(
        "competition/open_bids.html",
        form=form,
        transfer=transfer,
        announcement=announcement,
        opens_at=announcement_rules.opens_at(announcement),
        is_time=g.now >= announcement_rules.opens_at(announcement),
        least=rules.least_bidders(transfer, local_day(g.now)),
    )


def _open(form: OpenBidsForm, announcement: Announcement) -> bool:
    settings, storage = current_app.extensions["settings"], current_app.extensions["storage"]
    try:
        rules.ensure_may_open(announcement, clock().now())
        rules.ensure_enough(announcement.transfer, number_of_bids(announcement), local_day(clock().now()))
        opened = open_envelopes(announcement, form.passphrase.data, storage, settings.upload_limit)
    except DomainError as error:
        place(form, error)
        leave_refusal(
            bidding.open_bids,
            announcement,
            error,
            actor=acting_user(),
            now=clock().now(),
            clock=clock(),
            visitor=acts_as_visitor(),
        )
        return False
    return attempt(form, bidding.open_bids, announcement, opened) is not None


@bp.route("/transfers/<int:transfer_id>/competition/fail", methods=["GET", "POST"])
@login_required
def fail_competition(transfer_id: int) -> ResponseReturnValue:
    """Declare the competition failed and go back to step 1."""
    transfer, form = reach(transfer_id), FailCompetitionForm()
    announcement = found(current_announcement(transfer))
    guard(bidding.fail_competition, announcement, at=Step.COMPETITION, transfer=transfer)
    if form.validate_on_submit():
        attempt(form, bidding.fail_competition, announcement, reason=form.reason.data)
        if succeeded():
            flash(_("已宣布流标并公布。事项回到第 1 步，可以重新公告。"))
            return home(transfer)
    return page("competition/fail_competition.html", form=form, transfer=transfer, announcement=announcement)


@bp.get("/transfers/<int:transfer_id>/competition")
@login_required
def read_competition(transfer_id: int) -> ResponseReturnValue:
    """The opened bids, their qualification, and once the review is concluded its report."""
    transfer = reach(transfer_id)
    announcement = found(current_announcement(transfer))
    competition = found(competition_of(announcement))
    desk, actor = desks([transfer])[transfer.id], acting_user()
    rows = [bid for bid in desk.bids if access.can(actor, Deed.BID_READ, bid)]
    return page(
        "competition/read_competition.html",
        transfer=transfer,
        competition=competition,
        bids=rows,
        award=desk.award,
        return_by={bid.id: rules.return_by(bid, desk.award, working_calendar()) for bid in rows},
        late={bid.id for bid in rows if rules.is_returned_late(bid, desk.award, local_day(g.now), working_calendar())},
        may_return=access.can(actor, Deed.SECURITY_RETURN, transfer),
        may_read_review=access.can(actor, Deed.REVIEW_READ, competition),
    )
