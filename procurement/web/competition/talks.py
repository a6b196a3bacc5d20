"""Pages of the talks: the officer's meetings and call, the panel's changes, the bidder's own page and final offer, the opening."""

from __future__ import annotations

import io
import secrets
from typing import BinaryIO

from flask import current_app, flash, g, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import at_local, local_day
from procurement.foundation.errors import DomainError, WrongState
from procurement.foundation.labels import word
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.models import current_announcement
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.models.bids import Bid, BidStatus
from procurement.steps.competition.models.review import Competition, competition_of
from procurement.steps.competition.models.sealed import files_of_offer, sealed_size
from procurement.steps.competition.models.talks import (
    FinalOffer,
    OfferCall,
    TalksDesk,
    active_offers,
    call_of,
    offer_of,
    talks_of,
)
from procurement.steps.competition.talks import operations, rules
from procurement.steps.competition.talks.rules import Held
from procurement.steps.holders.keys import Told, open_competition_key
from procurement.steps.holders.models import OFFERS, HoldersDesk, holders_of_attempt
from procurement.transfers.line import Step, ensure_at
from procurement.transfers.models import Appointment, Transfer
from procurement.web import examples
from procurement.web.announcement.printing import draft_terms_of
from procurement.web.arrivals import arrived_at
from procurement.web.competition.bids import bp, own_bid, verify_address
from procurement.web.competition.envelopes import Sealer, kept_or_forgotten, open_offer_envelopes, seal_offer
from procurement.web.competition.forms import (
    ConfirmTermsForm,
    ExtendOffersForm,
    InviteOffersForm,
    LeaveTalksForm,
    OpenBidsForm,
    ProposeTermsForm,
    SubmitOfferForm,
    meetings_form,
)
from procurement.web.fields import choices
from procurement.web.fonts import fonts_of
from procurement.web.instance import is_demonstration
from procurement.web.refusals import attempt, found, guard, number_in, page, refuse, succeeded, turn_away
from procurement.web.session import acting_user, clock
from procurement.web.standing import person_with_body
from procurement.web.ticking import commit_offers_if_due
from procurement.web.transfers.views import home, reach

# At what hour a call proposes that final offers end, on the next working day.
_HOUR = (10, 0)


def _competition(transfer: Transfer) -> Competition:
    """The competition of the present attempt; before the opening the step refuses, or there is nothing here."""
    ensure_at(transfer, Step.COMPETITION)
    return found(competition_of(found(current_announcement(transfer))))


def _digest_in(text: str | None) -> int:
    """The digest that a hidden field repeats; nought, which is no change's, for what is none."""
    return number_in(text or "", digits=18) or 0


# ── the officer and the panel ──────────────────────────────────────────────────────────────────────────────────────


@bp.route("/transfers/<int:transfer_id>/competition/meetings/record", methods=["GET", "POST"])
@login_required
def record_meetings(transfer_id: int) -> ResponseReturnValue:
    """Write down one round of meetings, each bidder's in its own place."""
    transfer = reach(transfer_id)
    competition = _competition(transfer)
    guard(operations.record_meetings, competition)
    if request.method == "GET":
        rules.ensure_open(competition, call_of(competition))
    bids, desk = operations.bids_in(competition), talks_of(competition)
    form = examples.form_for(meetings_form(bids), "meetings", bids)
    if request.method == "GET":
        form["turn"].data = str(desk.rounds + 1)
    if form.validate_on_submit():
        held = {
            bid.id: Held(form[f"took_part-{bid.id}"].data == "yes", form[f"minutes-{bid.id}"].data or "")
            for bid in bids
        }
        attempt(form, operations.record_meetings, competition, held, turn=number_in(form["turn"].data or ""))
        if succeeded():
            flash(_("第 %(round)s 轮已记录。各家只看到自己的那一份。", round=desk.rounds + 1))
            return home(transfer)
    return page(
        "competition/record_meetings.html", form=form, transfer=transfer, bids=bids, round=desk.rounds + 1, talks=desk
    )


@bp.route("/transfers/<int:transfer_id>/competition/terms/propose", methods=["GET", "POST"])
@login_required
def propose_terms(transfer_id: int) -> ResponseReturnValue:
    """Propose a change of what is asked for, as a member of the panel."""
    transfer = reach(transfer_id)
    competition = _competition(transfer)
    guard(operations.propose_terms, competition)
    desk = talks_of(competition)
    if request.method == "GET":
        rules.ensure_open(competition, desk.call)
    form = examples.form_for(ProposeTermsForm, "propose_terms", otherwise=lambda: ProposeTermsForm(obj=desk.proposed))
    shown = str(operations.digest_of(desk.proposed)) if desk.proposed is not None else "0"
    if request.method == "GET":
        form.seen.data = shown
    if form.validate_on_submit():
        attempt(
            form, operations.propose_terms, competition, service=form.service.data or "",
            agreement=form.agreement.data or "", reason=form.reason.data or "",
            seen=_digest_in(form.seen.data),
        )  # fmt: skip
        if succeeded():
            flash(_("变动要求已提出，等采购人确认。确认的同时通知参加的每一家。"))
            return home(transfer)
        form.seen.data = shown
    return page(
        "competition/propose_terms.html", form=form, transfer=transfer, talks=desk,
        draft_terms=draft_terms_of(competition.announcement, g.now),
    )  # fmt: skip


@bp.route("/transfers/<int:transfer_id>/competition/terms/confirm", methods=["GET", "POST"])
@login_required
def confirm_terms(transfer_id: int) -> ResponseReturnValue:
    """Confirm the panel's change for the purchaser; everybody in the talks is told by the same deed."""
    transfer = reach(transfer_id)
    competition = _competition(transfer)
    guard(operations.confirm_terms, competition)
    desk = talks_of(competition)
    if request.method == "GET":
        rules.ensure_open(competition, desk.call)
        if desk.proposed is None:
            raise WrongState(word("评审小组没有等待确认的变动要求。"))
    form = ConfirmTermsForm(data={"seen": operations.digest_of(desk.proposed) if desk.proposed is not None else 0})
    if form.validate_on_submit():
        seen = _digest_in(form.seen.data)
        attempt(form, operations.confirm_terms, competition, seen=seen)
        if succeeded():
            flash(_("变动已确认，并同时通知了参加的每一家。"))
            return home(transfer)
        form.seen.data = str(operations.digest_of(desk.proposed)) if desk.proposed is not None else ""
    return page(
        "competition/confirm_terms.html", form=form, transfer=transfer, change=desk.proposed,
        count=len(operations.bids_in(competition)),
    )  # fmt: skip


@bp.route("/transfers/<int:transfer_id>/competition/offers/invite", methods=["GET", "POST"])
@login_required
def invite_offers(transfer_id: int) -> ResponseReturnValue:
    """End the talks: call everybody who is in them for a final offer."""
    transfer = reach(transfer_id)
    competition = _competition(transfer)
    guard(operations.invite_offers, competition)
    desk = talks_of(competition)
    if request.method == "GET":
        rules.ensure_open(competition, desk.call)
    proposed = at_local(working_calendar().after(local_day(g.now), 1), *_HOUR)
    form = examples.form_for(
        InviteOffersForm, "invite_offers", otherwise=lambda: InviteOffersForm(data={"closes_at": proposed})
    )
    if form.validate_on_submit():
        attempt(form, operations.invite_offers, competition, form.closes_at.data)
        if succeeded():
            flash(_("已通知各家提交最后报价。截止以前谁也看不到报价和家数。"))
            return home(transfer)
    return page(
        "competition/invite_offers.html", form=form, transfer=transfer, talks=desk,
        least=limits.FINAL_OFFER_TIME.on(local_day(g.now)), earliest=rules.earliest_acceptable(g.now, working_calendar()),
        bids=operations.bids_in(competition),
    )  # fmt: skip


@bp.route("/transfers/<int:transfer_id>/competition/offers/extend", methods=["GET", "POST"])
@login_required
def extend_offers(transfer_id: int) -> ResponseReturnValue:
    """Move the deadline of the final offers later; every bidder is told by the same deed."""
    transfer = reach(transfer_id)
    call = found(call_of(_competition(transfer)))
    guard(operations.extend_offers, call)
    form = ExtendOffersForm(data={"closes_at": call.closes_at})
    if form.validate_on_submit():
        attempt(form, operations.extend_offers, call, form.closes_at.data, reason=form.reason.data or "")
        if succeeded():
            flash(_("已延长，并同时通知了参加的每一家。"))
            return home(transfer)
    return page("competition/extend_offers.html", form=form, transfer=transfer, call=call)


@bp.route("/transfers/<int:transfer_id>/competition/offers/open", methods=["GET", "POST"])
@login_required
def open_offers(transfer_id: int) -> ResponseReturnValue:
    """Open all final offers at once with the secrets of two holders, typed by both in this one request."""
    transfer, actor = reach(transfer_id), acting_user()
    competition = _competition(transfer)
    call = found(call_of(competition))
    guard(operations.open_offers, call)
    assert actor is not None
    desk = holders_of_attempt(transfer)
    mine = desk.held_by(actor.id)
    if mine is None:
        waits = word("您接任的手续还没有办完，最后报价还没有封存到您的口令之下。请另外两位持有人先办理更换。")
        turn_away(operations.open_offers, call, WrongState(waits))
    others = desk.beside(mine.kind)
    form = examples.form_for(OpenBidsForm, "open_bids", transfer.id, mine.kind)
    form.second.choices = choices((row.id, f"{_(row.kind.label)} · {person_with_body(row.user)}") for row in others)
    form.second.data = form.second.data or others[0].id
    if form.validate_on_submit() and _open(form, call, desk, mine, others):
        flash(_("最后报价已开启，评审小组可以评分了。"))
        return redirect(url_for("competition.read_competition", transfer_id=transfer.id), code=303)
    return page(
        "competition/open_offers.html", form=form, transfer=transfer, call=call, mine=mine, others=others,
        opens_at=rules.settles_at(call), is_time=g.now >= rules.settles_at(call),
        least=competition_rules.least_bidders(transfer, local_day(g.now)),
    )  # fmt: skip


def _open(form: OpenBidsForm, call: OfferCall, desk: HoldersDesk, mine: Appointment, others: list[Appointment]) -> bool:
    """Open the key and every envelope in memory, then the deed; a refusal before it leaves the deed's own line."""
    second = next((row for row in others if row.id == form.second.data), None)
    told = [Told(desk.keys[mine.id], form.passphrase.data or "", "passphrase")]
    if second is not None:
        told.append(Told(desk.keys[second.id], form.second_passphrase.data or "", "second_passphrase"))
    commit_offers_if_due(call, clock())
    with kept_or_forgotten(current_app.extensions["storage"]) as kept:
        try:
            now = clock().now()
            rules.ensure_may_open(call, now)
            # Only whoever has both secrets learns how many offers there are.
            private = open_competition_key(found(desk.competition_key), *told)
            competition_rules.ensure_enough(call.transfer, len(active_offers(call)), local_day(now))
            opened = open_offer_envelopes(call, private, kept)
        except DomainError as error:
            refuse(form, operations.open_offers, call, error)
            return False
        attempt(form, operations.open_offers, call, opened, second=second.user if second is not None else None)
        return succeeded()


# ── the bidder ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _talks(bid: Bid) -> tuple[Competition, TalksDesk]:
    """The talks that a bid is in, or was in; there is nothing here before them."""
    competition = found(competition_of(bid.announcement))
    is_in = bid.status in (BidStatus.QUALIFIED, BidStatus.LEFT) or offer_of(bid) is not None
    found(competition if competition.has_talks and is_in else None)
    return competition, talks_of(competition)


@bp.get("/bids/<receipt>/talks")
@login_required
def read_talks(receipt: str) -> ResponseReturnValue:
    """What a bidder reads of the talks: its own meetings, the changes told to all, and its own final offer."""
    bid, actor = own_bid(receipt), acting_user()
    competition, desk = _talks(bid)
    offer = offer_of(bid)
    may_leave = access.can(actor, Deed.TALKS_LEAVE, bid) and not _refusal_to_leave(competition, bid, offer, desk.call)
    return page(
        "competition/read_talks.html", bid=bid, competition=competition, talks=desk, offer=offer,
        meetings=[row for row in desk.meetings if row.bid_id == bid.id],
        terms=[row for row in desk.confirmed if bid.left_at is None or (row.confirmed_at or g.now) <= bid.left_at],
        is_over=desk.call is not None and not rules.is_taking(desk.call),
        takes_offers=rules.takes_offers(desk.call, bid, g.now), may_leave=may_leave,
    )  # fmt: skip


def _refusal_to_leave(
    competition: Competition, bid: Bid, offer: FinalOffer | None, call: OfferCall | None
) -> DomainError | None:
    try:
        rules.ensure_may_leave(competition, bid, offer, call, g.now)
    except DomainError as error:
        return error
    return None


@bp.route("/bids/<receipt>/talks/leave", methods=["GET", "POST"])
@login_required
def leave_talks(receipt: str) -> ResponseReturnValue:
    """Leave the talks before one's final offer."""
    bid, form = own_bid(receipt), LeaveTalksForm()
    guard(operations.leave_talks, bid)
    competition, desk = _talks(bid)
    if request.method == "GET":
        rules.ensure_goes_on(bid)
        rules.ensure_may_leave(competition, bid, offer_of(bid), desk.call, g.now)
    if form.validate_on_submit():
        attempt(form, operations.leave_talks, bid, now=arrived_at())
        if succeeded():
            if bid.announcement.security.fen:
                flash(_("已退出。投标保证金由采购人退还。"))
            else:
                flash(_("已退出，不再提交最后报价。"))
            return redirect(url_for("competition.read_talks", receipt=bid.receipt), code=303)
    return page(
        "competition/leave_talks.html", form=form, bid=bid,
        least=competition_rules.least_bidders(bid.transfer, local_day(g.now)),
    )  # fmt: skip


@bp.get("/bids/<receipt>/offer/receipt.pdf")
@login_required
def print_offer_receipt(receipt: str) -> ResponseReturnValue:
    """The receipt of the final offer as a PDF, for its bidder only."""
    from procurement.documents import receipt as document

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    offer = found(offer_of(own_bid(receipt)))
    sealed = files_of_offer(offer.id)
    changes = [row.number for row in talks_of(offer.call.competition).confirmed]
    facts = document.ReceiptFacts.of_offer(
        offer, sealed_size(sealed), len(sealed), verify=verify_address(), changes=changes
    )
    printed = document.print_receipt(
        facts, fonts_of(app), demonstration=is_demonstration(app), made_at=offer.submitted_at
    )
    return send_file(
        io.BytesIO(printed), mimetype="application/pdf", as_attachment=True, download_name=f"{offer.receipt}.pdf"
    )


@bp.route("/bids/<receipt>/offer", methods=["GET", "POST"])
@login_required
def submit_offer(receipt: str) -> ResponseReturnValue:
    """Seal and lodge the final offer of a bid, or replace it."""
    bid = own_bid(receipt)
    guard(operations.submit_offer, bid)
    desk = _talks(bid)[1]
    if request.method == "GET":
        rules.ensure_goes_on(bid)
        rules.ensure_takes_offers(desk.call, bid, g.now)
    form = examples.form_for(SubmitOfferForm, "offer", bid)
    if request.method == "GET":
        form.form_key.data = secrets.token_hex(16)
    if form.validate_on_submit():
        offer = _lodge(form, bid)
        if offer is not None and g.get("sent_before"):
            flash(_("这张表已经提交过，回执 %(receipt)s，没有再更换。要更换，请重新打开。", receipt=offer.receipt))
        elif offer is not None:
            flash(_("最后报价已封存，回执 %(receipt)s。截止以前可以更换。", receipt=offer.receipt))
        if offer is not None:
            return redirect(url_for("competition.read_talks", receipt=bid.receipt), code=303)
    return page(
        "competition/submit_offer.html", form=form, bid=bid, talks=desk, offer=offer_of(bid), plan=bid.transfer.plan,
        limit=current_app.extensions["settings"].upload_limit,
    )  # fmt: skip


submit_offer.takes_files = True


def _lodge(form: SubmitOfferForm, bid: Bid) -> FinalOffer | None:
    """Check, seal and lodge; the instant that counts is read after the last byte has come."""
    arrived, price = arrived_at(), form.price.data
    assert price is not None
    form_key = form.form_key.data or ""
    if len(form_key) != 32 or not form_key.isalnum():
        form_key = secrets.token_hex(16)
    documents: list[tuple[BinaryIO, str]] = [
        (io.BytesIO(file.stream.read()), file.filename or "")
        for file in form.document.data or []
        if file and file.filename
    ]
    try:
        desk = talks_of(found(competition_of(bid.announcement)))
        if arrived < found(desk.call).closes_at:
            rules.ensure_price(price, bid, local_day(arrived))
            rules.ensure_responds(desk.confirmed, form.response.data or "", len(documents), bid, local_day(arrived))
        sealer = Sealer(bid.announcement, bid.organisation_id, current_app.extensions["storage"], sitting=OFFERS)
        offering = seal_offer(sealer, price, form.response.data or "", documents, form_key, local_day(arrived))
    except DomainError as error:
        refuse(form, operations.submit_offer, bid, error)
        return None
    offer = attempt(form, operations.submit_offer, bid, offering, now=arrived)
    if offer is None or offer.manifest_blob != offering.manifest.blob_sha256:
        g.sent_before = offer is not None
        sealer.forget([offering.manifest, *(piece for file in offering.files for piece in file.pieces)])
    return offer
