"""Pages of the bidder and of the opening."""

from __future__ import annotations

import io
from collections.abc import Sequence

from flask import Blueprint, current_app, flash, g, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError, WrongState
from procurement.foundation.labels import word
from procurement.foundation.storage import Storage
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement, current_announcement
from procurement.steps.announcement.published import rules as published_rules
from procurement.steps.announcement.published.models import downloads_of, published_of
from procurement.steps.competition import rules
from procurement.steps.competition.changes import operations as change_operations
from procurement.steps.competition.changes import rules as change_rules
from procurement.steps.competition.models.bids import (
    BID_MOVES,
    Bid,
    BidStatus,
    bid_by_receipt,
    bid_of,
    bids_to_open,
    successor_of,
)
from procurement.steps.competition.models.opening import commitment_of
from procurement.steps.competition.models.review import award_of_bid, competition_of, desks, held_securities, is_held
from procurement.steps.competition.models.sealed import files_in_draft, files_of_bid, sealed_size
from procurement.steps.competition.models.talks import call_of, talks_of
from procurement.steps.competition.operations import award as award_operations
from procurement.steps.competition.operations import bidding
from procurement.steps.competition.talks import rules as talks_rules
from procurement.steps.holders.keys import Told, open_competition_key
from procurement.steps.holders.models import HoldersDesk, holders_of_attempt
from procurement.transfers.line import Step
from procurement.transfers.models import Appointment
from procurement.web import examples
from procurement.web.announcement.forms import ConfirmBidForm
from procurement.web.announcement.published import changes_since
from procurement.web.arrivals import arrived_at
from procurement.web.competition.envelopes import kept_or_forgotten, open_envelopes
from procurement.web.competition.forms import FailCompetitionForm, OpenBidsForm
from procurement.web.competition.own import begun, must_confirm, own_bids, stands
from procurement.web.competition.securities import may_see_securities
from procurement.web.fields import choices
from procurement.web.fonts import fonts_of
from procurement.web.forms import PlainForm
from procurement.web.instance import is_demonstration
from procurement.web.pieces import ActionLink
from procurement.web.refusals import attempt, found, guard, number_in, page, refuse, succeeded, turn_away
from procurement.web.session import acting_user, clock
from procurement.web.standing import deed_url, person_with_body
from procurement.web.ticking import commit_if_due, commit_offers_if_due, print_records
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
    return page(
        "competition/list_own_bids.html",
        rows=own_bids(organisation_id, g.now) if organisation_id is not None else [],
        begun=begun(organisation_id, g.now) if organisation_id is not None else [],
    )


def own_bid(receipt: str) -> Bid:
    """The bid of this receipt, if it is the actor's own organisation's; else there is nothing here."""
    bid, actor = found(bid_by_receipt(receipt)), acting_user()
    return found(bid if actor is not None and actor.organisation_id == bid.organisation_id else None)


@bp.get("/bids/<receipt>")
@login_required
def read_receipt(receipt: str) -> ResponseReturnValue:
    """The receipt of a bid, for its bidder only: random number, instant, hash of the envelope."""
    bid = own_bid(receipt)
    lies_sealed, sealed = bid.status is BidStatus.SUBMITTED, files_of_bid(bid)
    left_out = files_in_draft(bid.announcement, bid.organisation_id) if lies_sealed else ()
    competition = competition_of(bid.announcement) if bid.is_opened else None
    talks = talks_of(competition) if competition is not None and competition.has_talks else None
    successor = successor_of(bid)
    takes = announcement_rules.takes_bids(bid.announcement, g.now)
    return page(
        "competition/read_receipt.html", bid=bid, successor=successor, stands=stands(bid, successor, g.now),
        may_bid_again=not bid.is_active and takes and bid_of(bid.announcement, bid.organisation_id) is None, sealed=sealed, total=sealed_size(sealed),
        left_out=len(left_out),
        is_disclosed=_is_disclosed(bid), is_over=rules.is_over(bid.announcement, competition), talks=talks,
        takes_offers=talks is not None and talks_rules.takes_offers(talks.call, bid, g.now),
        may_replace=lies_sealed and takes,
        may_withdraw=lies_sealed and announcement_rules.may_be_withdrawn(bid.announcement, g.now),
        must_confirm=must_confirm(bid, g.now),
    )  # fmt: skip


@bp.get("/bids/<receipt>/receipt.pdf")
@login_required
def print_receipt(receipt: str) -> ResponseReturnValue:
    """The receipt as a PDF, for its bidder only."""
    from procurement.documents import receipt as document

    bid, app = own_bid(receipt), current_app._get_current_object()  # type: ignore[attr-defined]
    facts = document.ReceiptFacts.of(
        bid,
        sealed_size(files_of_bid(bid)),
        len(files_of_bid(bid)),
        verify=verify_address(),
        successor=successor_of(bid),
    )
    printed = document.print_receipt(
        facts, fonts_of(app), demonstration=is_demonstration(app), made_at=bid.submitted_at
    )
    return send_file(
        io.BytesIO(printed), mimetype="application/pdf", as_attachment=True, download_name=f"{bid.receipt}.pdf"
    )


def verify_address() -> str:
    """Where everybody looks for an envelope, with its host."""
    base: str = current_app.extensions["settings"].public_url or request.host_url
    return base.rstrip("/") + url_for("competition.verify_receipt")


def _is_disclosed(bid: Bid) -> bool:
    """Whether the list that the envelope must be in is public, so that it can be looked for there."""
    commitment = commitment_of(bid.announcement)
    return commitment is not None and bool(commitment.disclosed)


@bp.route("/bids/<receipt>/withdraw", methods=["GET", "POST"])
@login_required
def withdraw_bid(receipt: str) -> ResponseReturnValue:
    """Take the bid back."""
    bid, form = own_bid(receipt), PlainForm()
    guard(bidding.withdraw_bid, bid)
    if request.method == "GET":
        BID_MOVES.ensure_open(Deed.BID_WITHDRAW, bid)
        announcement_rules.ensure_may_be_withdrawn(bid.announcement, g.now)
    if form.validate_on_submit():
        attempt(form, bidding.withdraw_bid, bid, now=arrived_at())
        if succeeded():
            flash(_("投标已撤回，信封不会被打开。截止之前可以重新提交。"))
            return redirect(url_for("competition.list_own_bids"), code=303)
    return page("competition/withdraw_bid.html", form=form, bid=bid)


@bp.route("/bids/<receipt>/confirm", methods=["GET", "POST"])
@login_required
def confirm_bid(receipt: str) -> ResponseReturnValue:
    """Let the bid stand for the announcement as it has been changed."""
    bid = own_bid(receipt)
    guard(change_operations.confirm_bid, bid)
    announcement = bid.announcement
    if request.method == "GET":
        BID_MOVES.ensure_open(Deed.BID_CONFIRM, bid)
        change_rules.ensure_confirmable(bid, announcement.edition, g.now)
    form = ConfirmBidForm(data={"seen": announcement.edition})
    if form.validate_on_submit():
        attempt(form, change_operations.confirm_bid, bid, seen=number_in(form.seen.data or "") or 0, now=arrived_at())
        if succeeded():
            flash(_("已确认，您的投标按变更后的公告参加开启。"))
            return redirect(url_for("competition.read_receipt", receipt=bid.receipt), code=303)
    changes = changes_since(announcement, bid.edition)
    return page("competition/confirm_bid.html", form=form, bid=bid, announcement=announcement, changes=changes)


@bp.get("/bids/<receipt>/documents/<int:position>")
@login_required
def read_bid(receipt: str, position: int) -> ResponseReturnValue:
    """A document of an opened bid; the reading is recorded before a byte leaves."""
    bid = found(bid_by_receipt(receipt))
    found(bid if access.can(acting_user(), Deed.BID_READ, bid) else None)
    document = found(next((row for row in bid.documents if row.position == position), None))
    return as_recorded_download(document.file, Deed.BID_READ, bid)


@bp.route("/bids/<receipt>/security/return", methods=["GET", "POST"])
@login_required
def return_security(receipt: str) -> ResponseReturnValue:
    """Note that a bidder's security has been given back."""
    bid = found(bid_by_receipt(receipt))
    guard(award_operations.return_security, bid)
    transfer, award = reach(bid.transfer.id), award_of_bid(bid)
    if request.method == "GET":
        rules.ensure_may_return_security(bid, award, local_day(g.now), is_held=is_held(bid))
    form = PlainForm()
    if form.validate_on_submit():
        attempt(form, award_operations.return_security, bid)
        if succeeded():
            flash(_("投标保证金的退还已记录，并通知了投标人。"))
            return redirect(url_for("competition.list_securities", transfer_id=transfer.id), code=303)
    calendar, today = working_calendar(), local_day(g.now)
    return page(
        "competition/return_security.html", form=form, transfer=transfer, bid=bid,
        last=rules.return_by(bid, award, calendar), late=rules.is_returned_late(bid, award, today, calendar),
    )  # fmt: skip


@bp.get("/transfers/<int:transfer_id>/competition/securities")
@login_required
def list_securities(transfer_id: int) -> ResponseReturnValue:
    """Whose bid security goes back when, of every attempt whose bidders are known by now."""
    transfer, actor = reach(transfer_id), acting_user()
    found(transfer if may_see_securities(actor, transfer) else None)
    calendar, today, may_return = (
        working_calendar(),
        local_day(g.now),
        access.can(actor, Deed.SECURITY_RETURN, transfer),
    )
    # Of a call that was given up before its deadline only who gives the money back reads until then: it may be called again.
    held = [
        row for row in held_securities([transfer])[transfer.id] if may_return or row.bid.announcement.closes_at <= g.now
    ]
    calls = {row.bid.announcement.attempt: row.bid.announcement for row in held}
    return page(
        "competition/list_securities.html",
        transfer=transfer,
        calls=[calls[attempt] for attempt in sorted(calls)],
        held=held,
        no_security=rules.NO_SECURITY,
        return_by={row.bid.id: rules.return_by(row.bid, row.award, calendar) for row in held},
        late={row.bid.id for row in held if rules.is_returned_late(row.bid, row.award, today, calendar)},
        may_return=may_return,
    )


# ── the opening ────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/transfers/<int:transfer_id>/competition/open", methods=["GET", "POST"])
@login_required
def open_bids(transfer_id: int) -> ResponseReturnValue:
    """Open all bids at once with the secrets of two holders, typed by both in this one request."""
    transfer, actor = reach(transfer_id), acting_user()
    announcement = found(current_announcement(transfer))
    guard(bidding.open_bids, announcement, at=Step.COMPETITION, transfer=transfer)
    assert actor is not None
    desk = holders_of_attempt(transfer)
    mine, key = desk.held_by(actor.id), found(desk.competition_key)
    if mine is None:
        waits = word("您接任的手续还没有办完，投标还没有封存到您的口令之下。请另外两位持有人先办理更换。")
        turn_away(bidding.open_bids, announcement, WrongState(waits))
    others = [] if key.is_of_one_holder else desk.beside(mine.kind)
    form = examples.form_for(OpenBidsForm, "open_bids", transfer.id, mine.kind)
    if others:
        form.second.choices = choices((row.id, f"{_(row.kind.label)} · {person_with_body(row.user)}") for row in others)
        form.second.data = form.second.data or others[0].id
    else:
        del form.second, form.second_passphrase
    if form.validate_on_submit() and _open(form, announcement, desk, mine, others):
        print_records(current_app, clock())
        flash(_("投标已开启，开启记录已公布。"))
        return redirect(url_for("competition.read_competition", transfer_id=transfer.id), code=303)
    return page(
        "competition/open_bids.html",
        form=form,
        transfer=transfer,
        announcement=announcement,
        opens_at=announcement_rules.opens_at(announcement),
        is_time=g.now >= announcement_rules.opens_at(announcement),
        mine=mine,
        others=others,
        least=rules.least_bidders(transfer, local_day(g.now)),
        has_talks=announcement.has_talks,
    )


def _open(
    form: OpenBidsForm,
    announcement: Announcement,
    desk: HoldersDesk,
    mine: Appointment,
    others: Sequence[Appointment],
) -> bool:
    """Open the key and every envelope in memory, then the deed; a refusal before it leaves the deed's own line."""
    storage = current_app.extensions["storage"]
    told = [Told(desk.keys[mine.id], form.passphrase.data or "", "passphrase")]
    second = next((row for row in others if row.id == form.second.data), None)
    if second is not None:
        told.append(Told(desk.keys[second.id], form.second_passphrase.data or "", "second_passphrase"))
    commit_if_due(announcement, clock())
    with kept_or_forgotten(storage) as kept:
        return _opened(form, announcement, desk, told, second, kept)


def _opened(
    form: OpenBidsForm,
    announcement: Announcement,
    desk: HoldersDesk,
    told: Sequence[Told],
    second: Appointment | None,
    storage: Storage,
) -> bool:
    settings = current_app.extensions["settings"]
    try:
        now = clock().now()
        rules.ensure_may_open(announcement, now)
        published = published_of([announcement.id])[announcement.id]
        published_rules.ensure_opening_unheld(announcement, published, now, working_calendar())
        rules.ensure_committed(announcement, commitment_of(announcement), local_day(now))
        # Only whoever has both secrets learns how many bids there are, and whether they are enough.
        private = open_competition_key(found(desk.competition_key), *told)
        closed = bidding.reasons_not_to_open(announcement, now)
        rules.ensure_enough(announcement.transfer, len(bids_to_open(announcement)) - len(closed), local_day(now))
        opened = open_envelopes(announcement, private, storage, settings.upload_limit, closed)
    except DomainError as error:
        refuse(form, bidding.open_bids, announcement, error)
        return False
    with_whom = second.user if second is not None else None
    return attempt(form, bidding.open_bids, announcement, opened, second=with_whom) is not None


@bp.route("/transfers/<int:transfer_id>/competition/fail", methods=["GET", "POST"])
@login_required
def fail_competition(transfer_id: int) -> ResponseReturnValue:
    """Declare the competition failed and go back to step 1."""
    transfer, form = reach(transfer_id), FailCompetitionForm()
    announcement = found(current_announcement(transfer))
    guard(bidding.fail_competition, announcement, at=Step.COMPETITION, transfer=transfer)
    if form.validate_on_submit():
        commit_if_due(announcement, clock())
        competition = competition_of(announcement)
        if competition is not None and (call := call_of(competition)) is not None:
            commit_offers_if_due(call, clock())
        attempt(form, bidding.fail_competition, announcement, reason=form.reason.data)
        if succeeded():
            flash(_("已宣布流标并公布。事项回到第 1 步，可以重新公告。"))
            return home(transfer)
    return page(
        "competition/fail_competition.html",
        form=form,
        transfer=transfer,
        announcement=announcement,
        lost=[key.appointment.kind for key in holders_of_attempt(transfer).lost],
    )


@bp.get("/transfers/<int:transfer_id>/competition")
@login_required
def read_competition(transfer_id: int) -> ResponseReturnValue:
    """The opened bids, their qualification, and once the review is concluded its report."""
    transfer = reach(transfer_id)
    announcement = found(current_announcement(transfer))
    competition = found(competition_of(announcement))
    desk, actor = desks([transfer])[transfer.id], acting_user()
    rows = [bid for bid in desk.bids if access.can(actor, Deed.BID_READ, bid)]
    may_know = access.can(actor, Deed.ENQUIRY_ANSWER, announcement) or access.can(actor, Deed.AUDIT_READ, announcement)
    return page(
        "competition/read_competition.html",
        transfer=transfer,
        competition=competition,
        bids=rows,
        award=desk.award,
        talks=desk.talks,
        who_downloaded=downloads_of(announcement) if may_know else (),
        may_see_securities=may_see_securities(actor, transfer),
        may_read_review=access.can(actor, Deed.REVIEW_READ, competition),
        actions=[
            ActionLink(_(deed.label), deed_url(deed, transfer))
            for deed in talks_rules.deeds_beside(desk)
            if access.can(actor, deed, transfer)
        ],
    )
