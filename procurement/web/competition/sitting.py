"""Pages of the sitting: what everybody can watch, what bidders say to it, and the check of one's own receipt."""

from __future__ import annotations

import io
from collections.abc import Sequence

from flask import flash, g, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.publications import PublicationKind, newest_publication_of, publication_by_reference
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement, announcement_by_id, current_announcement
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid, bid_of
from procurement.steps.competition.models.opening import (
    adjournments_of,
    commitment_of,
    records_of,
)
from procurement.steps.competition.models.remarks import OpeningRemark, RemarkKind, remark_by_id, remarks_of
from procurement.steps.competition.models.review import Competition, competition_of
from procurement.steps.competition.models.talks import active_offers, call_of
from procurement.steps.competition.operations import opening
from procurement.steps.competition.talks import rules as talks_rules
from procurement.transfers.line import Step
from procurement.web import examples
from procurement.web.competition.bids import bp, own_bid
from procurement.web.competition.forms import (
    AdjournOpeningForm,
    AnswerObjectionForm,
    ObjectOpeningForm,
    VerifyForm,
)
from procurement.web.competition.verification import is_hash, is_receipt, verified
from procurement.web.forms import PlainForm
from procurement.web.languages import buyer_text
from procurement.web.pieces import ActionLink
from procurement.web.refusals import attempt, found, guard, page, succeeded
from procurement.web.session import acting_user
from procurement.web.transfers.views import home, reach
from procurement.web.uploads import as_download

# ── what everybody sees ────────────────────────────────────────────────────────────────────────────────────────────


def _called(reference: str) -> Announcement:
    """The call that was published under this number."""
    publication = found(publication_by_reference(reference))
    is_call = publication.kind is PublicationKind.ANNOUNCEMENT
    return found(announcement_by_id(int(publication.subject.split()[-1])) if is_call else None)


@bp.get("/announcements/<reference>/opening")
def show_opening(reference: str) -> ResponseReturnValue:
    """The sitting: before its hour when and by which rules, afterwards what came out of each envelope and what was said to it."""
    announcement = _called(reference)
    competition, commitment = competition_of(announcement), commitment_of(announcement)
    remarks = remarks_of(competition) if competition is not None else []
    adjournments = adjournments_of(announcement)
    call = call_of(competition) if competition is not None and competition.has_talks else None
    return page(
        "competition/show_opening.html",
        reference=reference,
        announcement=announcement,
        transfer=announcement.transfer,
        opens_at=announcement_rules.opens_at(announcement),
        settles_at=announcement_rules.settles_at(announcement),
        commitment=commitment,
        adjournments=adjournments,
        competition=competition,
        facts=competition.record.told if competition is not None and competition.record is not None else None,
        remarks=remarks,
        remarks_until=rules.remarks_until(competition) if competition is not None else None,
        records=records_of(competition) if competition is not None else [],
        call=call,
        is_over=rules.is_over(announcement, competition),
        call_opened=sorted(active_offers(call), key=lambda row: row.receipt)
        if call is not None and call.is_opened
        else [],
        call_opens_at=talks_rules.settles_at(call) if call is not None else None,
        failure=newest_publication_of(PublicationKind.FAILURE_NOTICE, announcement),
        actions=_actions(announcement, competition, remarks),
        # What the page is looked at anew for; all of it is public.
        state=f"{commitment is not None} {len(adjournments)} {competition is not None} {len(remarks)} "
        f"{sum(row.waits for row in remarks)} {announcement.status.value} "
        f"{call is not None} {call is not None and call.commitment} {call is not None and call.is_opened}",
    )


def _actions(
    announcement: Announcement, competition: Competition | None, remarks: Sequence[OpeningRemark]
) -> list[ActionLink]:
    """What this person can do in the sitting now: a bidder confirms or objects."""
    actor = acting_user()
    if actor is None or actor.organisation_id is None or competition is None:
        return []
    bid = bid_of(announcement, actor.organisation_id)
    if bid is None or g.now >= rules.remarks_until(competition):
        return []
    said = {row.kind for row in remarks if row.bid_id == bid.id}
    return [
        ActionLink(_(deed.label), url_for(f"competition.{deed.function_name}", receipt=bid.receipt), look)
        for kind, deed, look in (
            (RemarkKind.CONFIRMED, Deed.OPENING_CONFIRM, "primary"),
            (RemarkKind.OBJECTED, Deed.OPENING_OBJECT, "quiet"),
        )
        if kind not in said and access.can(actor, deed, bid)
    ]


@bp.get("/announcements/<reference>/list.txt")
def download_list(reference: str) -> ResponseReturnValue:
    """The list of envelopes and its nonce, exactly as it was hashed, once it is public."""
    announcement = _called(reference)
    commitment = commitment_of(announcement)
    text = found(commitment.disclosed or None if commitment is not None else None)
    return send_file(
        io.BytesIO(text.encode()), mimetype="text/plain; charset=utf-8", as_attachment=True,
        download_name=f"list-{reference}.txt",
    )  # fmt: skip


@bp.get("/announcements/<reference>/final-list.txt")
def download_final_list(reference: str) -> ResponseReturnValue:
    """The same of the final offers."""
    competition = found(competition_of(_called(reference)))
    call = found(call_of(competition))
    return send_file(
        io.BytesIO(found(call.disclosed or None).encode()), mimetype="text/plain; charset=utf-8", as_attachment=True,
        download_name=f"final-list-{reference}.txt",
    )  # fmt: skip


@bp.get("/announcements/<reference>/opening/record-<int:edition>.pdf")
def download_record(reference: str, edition: int) -> ResponseReturnValue:
    """The printed record; public like what it says."""
    competition = found(competition_of(_called(reference)))
    return as_download(found(next((row for row in records_of(competition) if row.edition == edition), None)).file)


@bp.get("/verify")
def verify_receipt() -> ResponseReturnValue:
    """Look for an envelope in its public list, step by step, without signing in."""
    form = VerifyForm(request.args)
    asked = bool(form.receipt.data or form.sha256.data)
    result = verified(form.receipt.data or "", form.sha256.data or "") if asked else None
    receipt, sha256 = (form.receipt.data or "").strip(), (form.sha256.data or "").strip()
    return page(
        "competition/verify_receipt.html", form=form, asked=asked, result=result,
        bad_receipt=bool(receipt) and not is_receipt(receipt), bad_hash=bool(sha256) and not is_hash(sha256),
        length=len(sha256),
    )  # fmt: skip


# ── the holder who is missing ──────────────────────────────────────────────────────────────────────────────────────


@bp.route("/transfers/<int:transfer_id>/opening/adjourn", methods=["GET", "POST"])
@login_required
def adjourn_opening(transfer_id: int) -> ResponseReturnValue:
    """Put the opening off to a later hour."""
    transfer = reach(transfer_id)
    announcement = found(current_announcement(transfer))
    guard(opening.adjourn_opening, announcement, at=Step.COMPETITION, transfer=transfer)
    form = examples.form_for(AdjournOpeningForm, "adjourn_opening")
    if form.validate_on_submit():
        attempt(form, opening.adjourn_opening, announcement, until=form.until.data, reason=form.reason.data)
        if succeeded():
            flash(_("开启已延期，投标人收到了通知，开启页面已公布。"))
            return home(transfer)
    longest = limits.ADJOURNMENT.on(local_day(g.now))
    return page(
        "competition/adjourn_opening.html", form=form, transfer=transfer, announcement=announcement,
        opens_at=announcement_rules.opens_at(announcement), longest=longest,
        last=rules.latest_adjournment(announcement, local_day(g.now), working_calendar()),
        whole=limits.ADJOURNMENTS_TOGETHER.on(local_day(g.now)),
        is_time=g.now >= announcement_rules.opens_at(announcement),
    )  # fmt: skip


# ── what bidders say ───────────────────────────────────────────────────────────────────────────────────────────────


def _back(bid: Bid) -> ResponseReturnValue:
    return redirect(opening.address_of_opening(bid.announcement), code=303)


def _ready_to_speak(receipt: str, kind: RemarkKind) -> tuple[Bid, Competition]:
    """The own bid and its opening; on a page that is only read, a refusal where nothing can be said any more."""
    bid = own_bid(receipt)
    competition = found(competition_of(bid.announcement))
    if request.method == "GET":
        rules.ensure_may_remark(competition, bid, remarks_of(competition), kind, g.now)
    return bid, competition


@bp.route("/bids/<receipt>/confirm-opening", methods=["GET", "POST"])
@login_required
def confirm_opening(receipt: str) -> ResponseReturnValue:
    """Confirm that the opening record is right."""
    (bid, competition), form = _ready_to_speak(receipt, RemarkKind.CONFIRMED), PlainForm()
    guard(opening.confirm_opening, bid)
    if form.validate_on_submit():
        attempt(form, opening.confirm_opening, bid)
        if succeeded():
            flash(_("已确认开启结果。"))
            return _back(bid)
    return page(
        "competition/confirm_opening.html", form=form, bid=bid, until=rules.remarks_until(competition),
        back=opening.address_of_opening(bid.announcement),
    )  # fmt: skip


@bp.route("/bids/<receipt>/object-opening", methods=["GET", "POST"])
@login_required
def object_opening(receipt: str) -> ResponseReturnValue:
    """Raise a doubt about the opening."""
    bid, competition = _ready_to_speak(receipt, RemarkKind.OBJECTED)
    guard(opening.object_opening, bid)
    form = examples.form_for(ObjectOpeningForm, "object_opening")
    if form.validate_on_submit():
        attempt(form, opening.object_opening, bid, text=form.text.data)
        if succeeded():
            flash(_("异议已提出，%(buyer)s会在开启页面答复。", buyer=buyer_text(bid.transfer)))
            return _back(bid)
    return page(
        "competition/object_opening.html", form=form, bid=bid, until=rules.remarks_until(competition),
        back=opening.address_of_opening(bid.announcement),
    )  # fmt: skip


@bp.route("/transfers/<int:transfer_id>/opening/objections/<int:remark_id>/answer", methods=["GET", "POST"])
@login_required
def answer_objection(transfer_id: int, remark_id: int) -> ResponseReturnValue:
    """Answer a bidder's objection to the opening."""
    transfer, remark = reach(transfer_id), found(remark_by_id(remark_id))
    found(remark if remark.transfer.id == transfer.id else None)
    guard(opening.answer_objection, remark)
    if request.method == "GET":
        rules.ensure_may_answer(remark)
    form = examples.form_for(AnswerObjectionForm, "answer_objection")
    if form.validate_on_submit():
        attempt(form, opening.answer_objection, remark, answer=form.answer.data)
        if succeeded():
            flash(_("异议已答复，答复写入开启记录。"))
            return home(transfer)
    return page("competition/answer_objection.html", form=form, transfer=transfer, remark=remark)
