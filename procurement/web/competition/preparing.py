"""The bidder's pages: prepare and seal, keep a draft, try, submit; what is sealed here nobody reads before the opening."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from flask import Response, current_app, flash, g, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation import envelopes
from procurement.foundation.clock import local_day
from procurement.foundation.database import writing
from procurement.foundation.envelopes import PIECE
from procurement.foundation.errors import Conflict, DomainError
from procurement.foundation.labels import word
from procurement.registers import files
from procurement.registers.credit.models import credit_records_of
from procurement.registers.directory.expiries import expiries
from procurement.registers.directory.models import standing_listing_of
from procurement.registers.people import User
from procurement.statute import limits
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement, announcement_by_id
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid, bid_of
from procurement.steps.competition.models.sealed import (
    BidDraft,
    SealedFile,
    draft_of,
    files_by_token,
    files_in_draft,
    files_of_bid,
    lock_file,
    sealed_file_by_token,
)
from procurement.steps.competition.operations import bidding, preparing
from procurement.web import examples
from procurement.web.arrivals import arrived_at
from procurement.web.competition.bids import bp
from procurement.web.competition.envelopes import (
    DECLARATIONS,
    Contents,
    Sealer,
    Tried,
    seal_bid,
    seal_file,
    shown_name,
    try_file,
)
from procurement.web.competition.forms import BidTextForm, SealFilesForm, SubmitBidForm
from procurement.web.competition.own import must_confirm
from procurement.web.languages import sentence
from procurement.web.refusals import attempt, do, found, guard, number_in, page, place, refuse, succeeded, turn_away
from procurement.web.session import acting_user, acts_as_visitor, clock

DRAFT_KEY = "jieli-bid"
_NINETY_DAYS = 90 * 24 * 3600
_TOKEN = re.compile("[0-9a-f]{32}")
# What a draft keeps, and a manifest says beside price and files.
_WRITTEN = ("lead", "staff", "security_form", "security_reference", *DECLARATIONS)


# ── what the browser alone has ─────────────────────────────────────────────────────────────────────────────────────


def _draft_key() -> str | None:
    """The key of the draft that this browser has."""
    key = request.cookies.get(DRAFT_KEY, "")
    return key if re.fullmatch(r"[0-9A-Za-z_-]{43}=", key) else None


def _address(announcement: Announcement) -> str:
    """Where the key is sent to, and nowhere else."""
    return url_for("competition.submit_bid", announcement_id=announcement.id)


def _with_key(answer: Response, announcement: Announcement, key: str) -> Response:
    answer.set_cookie(
        DRAFT_KEY, key, max_age=_NINETY_DAYS, path=_address(announcement), httponly=True, samesite="Strict",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )  # fmt: skip
    return answer


def _without_key(answer: Response, announcement: Announcement) -> Response:
    answer.delete_cookie(DRAFT_KEY, path=_address(announcement), httponly=True, samesite="Strict")
    return answer


def _label(announcement: Announcement, organisation_id: int, key: str | None, name: str) -> str:
    context = rules.draft_context(announcement, organisation_id)
    return envelopes.seal_draft(shown_name(name), key, context) if key is not None else ""


def _written(announcement: Announcement, draft: BidDraft | None, key: str | None) -> Mapping[str, Any] | None:
    """What stands in a draft; None where this browser cannot read it, or there is none."""
    if draft is None or key is None:
        return None
    told = envelopes.open_draft(draft.content_sealed, key, rules.draft_context(announcement, draft.organisation_id))
    found_: dict[str, Any] | None = json.loads(told) if told is not None else None
    return found_


# ── the page ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _announcement(announcement_id: int) -> Announcement:
    announcement = found(announcement_by_id(announcement_id))
    found(announcement.publication)
    return announcement


def _rows(announcement: Announcement, sealed: Sequence[SealedFile], key: str | None) -> list[dict[str, Any]]:
    """The sealed files as the page lists them: by name where this browser can read it."""
    context = rules.draft_context(announcement, sealed[0].organisation_id) if sealed else ""
    return [
        {
            "file": file,
            "name": envelopes.open_draft(file.label_sealed, key, context) if key and file.label_sealed else None,
            "is_of_bid": file.bid_id is not None,
        }
        for file in sealed
    ]


def _page(
    announcement: Announcement, form: SubmitBidForm, upload: SealFilesForm | None = None, *, key: str | None
) -> ResponseReturnValue:
    actor = acting_user()
    assert actor is not None
    organisation_id = actor.organisation_id or 0
    own, draft = bid_of(announcement, organisation_id), draft_of(announcement, organisation_id)
    sealed = [*(files_of_bid(own) if own is not None else []), *files_in_draft(announcement, organisation_id)]
    chosen = request.form.getlist("files") if request.method == "POST" and "price" in request.form else None
    complete = [file for file in sealed if file.is_complete]
    day = local_day(g.now)
    form.seen.data = preparing.digest_of_draft(draft)
    form.edition.data = str(announcement.edition)
    upload = upload or SealFilesForm(formdata=None)
    upload.upload_key.data = secrets.token_hex(16)
    key = key or envelopes.make_draft_key()
    body = page(
        "competition/submit_bid.html",
        form=form,
        upload=upload,
        announcement=announcement,
        own=own,
        to_confirm=own if must_confirm(own, g.now) else None,
        draft=draft,
        reads_draft=_written(announcement, draft, key) is not None,
        rows=_rows(announcement, sealed, key),
        chosen=[file.token for file in complete] if chosen is None else chosen,
        lacks=rules.lacks_of_bidder(
            actor.organisation,
            credit_records_of(organisation_id),
            [row for row in expiries(day, local_day(announcement.closes_at), organisation_id=organisation_id) if not row.thing.startswith("record")],
            announcement,
            files=len(complete),
            declared=(bool(form.truthful.data), bool(form.independent.data)),
            day=day,
            listing=standing_listing_of(organisation_id),
            lead=form.lead.data or "",
            security=(form.security_form.data or "", form.security_reference.data or ""),
        ),
        plan=announcement.transfer.plan,
        takes_bids=announcement_rules.takes_bids(announcement, g.now),
        most=rules.most_bytes(day),
        limit=current_app.extensions["settings"].upload_limit,
        piece=PIECE,
    )  # fmt: skip
    answer = make_response(body)
    return (
        _with_key(answer, announcement, key)
        if announcement_rules.takes_bids(announcement, g.now)
        else _without_key(answer, announcement)
    )


@bp.route("/announcements/<int:announcement_id>/bid", methods=["GET", "POST"])
@login_required
def submit_bid(announcement_id: int) -> ResponseReturnValue:
    """Lodge or replace the bid of the actor's organisation: what was sealed before, and the price, which is typed last."""
    announcement = _announcement(announcement_id)
    guard(bidding.submit_bid, announcement)
    if request.method == "GET":
        announcement_rules.ensure_calls(announcement, g.now)
    actor, key = acting_user(), _draft_key()
    assert actor is not None
    draft = draft_of(announcement, actor.organisation_id)
    written = _written(announcement, draft, key) or {}
    form = examples.form_for(SubmitBidForm, "bid", otherwise=lambda: SubmitBidForm(data=dict(written)))
    if request.method == "GET":
        form.form_key.data = secrets.token_hex(16)
    if examples.example_document() is None:
        del form.example
    if form.validate_on_submit():
        bid = _lodge(form, announcement)
        if bid is not None:
            return _without_key(
                make_response(redirect(url_for("competition.read_receipt", receipt=bid.receipt), code=303)),
                announcement,
            )
    return _page(announcement, form, key=key)


def _lodge(form: SubmitBidForm, announcement: Announcement) -> Bid | None:
    """Check, seal the manifest with the price, and lodge; the instant that counts is read after the last byte has come."""
    arrived, actor, price = arrived_at(), acting_user(), form.price.data
    assert actor is not None
    assert price is not None
    form_key = form.form_key.data or ""
    if not _TOKEN.fullmatch(form_key):
        form_key = secrets.token_hex(16)
    tokens = [token for token in request.form.getlist("files") if _TOKEN.fullmatch(token)]
    try:
        sealer = Sealer(announcement, actor.organisation_id or 0, current_app.extensions["storage"])
        # What comes too late is refused by the deed, whose line tells how large it was, and its hash.
        if arrived < announcement.closes_at:
            number = actor.organisation_id or 0
            rules.ensure_may_bid(
                actor.organisation, credit_records_of(number), announcement.transfer, local_day(arrived),
                standing_listing_of(number),
            )  # fmt: skip
            rules.ensure_price(price, announcement, local_day(arrived))
            rules.ensure_security_named(
                announcement, form.security_form.data or "", form.security_reference.data or "", local_day(arrived)
            )
            tokens += _lent(form, announcement, sealer, actor, form_key)
            rules.ensure_has_files(len(tokens))
    except DomainError as error:
        refuse(form, bidding.submit_bid, announcement, error)
        return None
    contents = Contents(
        price,
        form.lead.data or "",
        form.staff.data or "",
        tuple(name for name in DECLARATIONS if form[name].data),
        form.security_form.data or "",
        form.security_reference.data or "",
    )
    edition = number_in(form.edition.data or "") or 0
    lodging = seal_bid(sealer, contents, files_by_token(tokens), form_key, edition)
    # A token that is nowhere is refused by the deed, which compares what is named with what there is.
    lodging = dataclasses.replace(lodging, tokens=tuple(dict.fromkeys(tokens)))
    bid = attempt(form, bidding.submit_bid, announcement, lodging, now=arrived)
    if bid is None or bid.manifest_blob != lodging.manifest.blob_sha256:
        sealer.forget([lodging.manifest])
    if bid is not None and bid.manifest_blob != lodging.manifest.blob_sha256:
        flash(
            _("这张表先前已经提交过，下面是那一次的回执。之后改过的内容没有提交；要换成新的，请重新打开投标页再提交。")
        )
    return bid


def _lent(form: SubmitBidForm, announcement: Announcement, sealer: Sealer, actor: User, form_key: str) -> list[str]:
    """In a demonstration the example document, sealed like any other file, where it was asked for."""
    lent = examples.example_document()
    if lent is None or "example" not in form or not form.example.data:
        return []
    name, document = lent
    file = seal_file(
        sealer, io.BytesIO(document), name, _token(form_key, 0), actor=actor, clock=clock(), visitor=acts_as_visitor(),
        label_sealed=_label(announcement, sealer.organisation_id, _draft_key(), name),
    )  # fmt: skip
    return [file.token]


def _token(form_key: str, place_: int) -> str:
    """The token of a file by the form it came with: sent twice, it is the same file."""
    return hashlib.sha256(f"{form_key} {place_}".encode()).hexdigest()[:32]


@bp.post("/announcements/<int:announcement_id>/bid/draft")
@login_required
def keep_bid_draft(announcement_id: int) -> ResponseReturnValue:
    """Keep what is written, under the key that this browser alone has; a price is not looked at."""
    announcement = _announcement(announcement_id)
    guard(preparing.keep_bid_draft, announcement)
    actor, key = acting_user(), _draft_key() or envelopes.make_draft_key()
    assert actor is not None
    text = BidTextForm()
    form = SubmitBidForm()
    if examples.example_document() is None:
        del form.example
    if text.validate():
        told = json.dumps({name: text[name].data for name in _WRITTEN}, ensure_ascii=False)
        sealed = envelopes.seal_draft(told, key, rules.draft_context(announcement, actor.organisation_id or 0))
        attempt(form, preparing.keep_bid_draft, announcement, sealed, seen=text.seen.data or "")
        if succeeded():
            flash(_("草稿已保存，只有这个浏览器能读。报价不在草稿里，提交时再填。"))
            return _with_key(make_response(redirect(_address(announcement), code=303)), announcement, key)
    for name in ("lead", "staff"):
        form[name].errors = list(text[name].errors)
    return _page(announcement, form, key=key)


# ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/announcements/<int:announcement_id>/bid/files")
@login_required
def seal_bid_file(announcement_id: int) -> ResponseReturnValue:
    """Seal files: from a form all that were chosen; from a script the first piece of one, the others follow it."""
    announcement = _announcement(announcement_id)
    if request.mimetype == "application/octet-stream":
        return _answered(lambda: _first_piece(announcement))
    guard(preparing.seal_bid_file, announcement)
    upload, actor, key = SealFilesForm(), acting_user(), _draft_key() or envelopes.make_draft_key()
    assert actor is not None
    chosen = [file for file in upload.document.data or [] if file and file.filename]
    if upload.validate() and chosen:
        arrived, form_key = arrived_at(), upload.upload_key.data or secrets.token_hex(16)
        try:
            rules.ensure_may_prepare(actor.organisation, announcement.transfer, local_day(arrived))
            sealer = Sealer(announcement, actor.organisation_id or 0, current_app.extensions["storage"])
            for place_, file in enumerate(chosen):
                seal_file(
                    sealer, file.stream, file.filename or "", _token(form_key, place_), now=arrived,
                    label_sealed=_label(announcement, sealer.organisation_id, key, file.filename or ""),
                    actor=actor, clock=clock(), visitor=acts_as_visitor(),
                )  # fmt: skip
            flash(_("封存了 %(count)s 份文件。核对以后填写报价，再提交。", count=len(chosen)))
            return _with_key(make_response(redirect(_address(announcement), code=303)), announcement, key)
        except DomainError as error:
            place(upload, error)
    elif not chosen:
        upload.document.errors = [_("请选择一个文件。")]
        g.status = 422
    written = _written(announcement, draft_of(announcement, actor.organisation_id), key) or {}
    form = SubmitBidForm(formdata=None, data=dict(written))
    form.form_key.data = secrets.token_hex(16)
    if examples.example_document() is None:
        del form.example
    return _page(announcement, form, upload, key=key)


seal_bid_file.takes_files = True


def _answered(work: Any) -> ResponseReturnValue:
    """What a script asked for, or the refusal's sentence with its status."""
    try:
        return jsonify(work())
    except DomainError as error:
        return jsonify({"error": str(sentence(error))}), error.status


def _first_piece(announcement: Announcement) -> dict[str, Any]:
    """Begin a file: its token, name and size in headers, its first piece as the body."""
    guard(preparing.seal_bid_file, announcement)
    actor, body = acting_user(), request.get_data(cache=False)
    assert actor is not None
    now = arrived_at()
    token, told = request.headers.get("X-File-Token", ""), request.headers.get("X-File-Size", "")
    try:
        size = int(told) if re.fullmatch("[0-9]{1,11}", told) else 0
        rules.ensure_may_prepare(actor.organisation, announcement.transfer, local_day(now))
        if size == 0:
            raise files.empty()
        rules.ensure_files_fit(1, size, local_day(now))
        if not _TOKEN.fullmatch(token) or len(body) != min(size, PIECE):
            raise _unfit()
        known = sealed_file_by_token(token)
        sealer = Sealer(announcement, actor.organisation_id or 0, current_app.extensions["storage"])
        if known is None:
            name = unquote(request.headers.get("X-File-Name", ""))
            label = _label(announcement, sealer.organisation_id, _draft_key(), name)
            begun = sealer.begun(token, name, size, iter([body]), label)
        else:
            begun = preparing.FileBegun(token, size, "", ())
    except DomainError as error:
        turn_away(preparing.seal_bid_file, announcement, error)
    try:
        file = do(preparing.seal_bid_file, announcement, begun, now=now)
    except DomainError:
        sealer.forget(begun.pieces)
        raise
    return {"complete": file.is_complete, "pieces": file.number_of_pieces}


def _unfit() -> DomainError:
    return Conflict(word("这一段不属于正在封存的文件。请重新选择文件。"))


@bp.put("/announcements/<int:announcement_id>/bid/files/<token>/<int:number>")
@login_required
def add_piece(announcement_id: int, token: str, number: int) -> ResponseReturnValue:
    """Seal one more piece of a file that was begun; a piece that is there already is kept as it is."""
    announcement = _announcement(announcement_id)
    return _answered(lambda: _next_piece(announcement, token, number))


def _next_piece(announcement: Announcement, token: str, number: int) -> dict[str, Any]:
    guard(preparing.seal_bid_file, announcement)
    actor, body, now = acting_user(), request.get_data(cache=False), arrived_at()
    file = sealed_file_by_token(token)
    if (
        actor is None
        or file is None
        or (file.announcement_id, file.organisation_id) != (announcement.id, actor.organisation_id)
    ):
        raise _unfit()
    preparing.ensure_piece_wanted(file, number, len(body), now)
    if not preparing.has_piece(file, number):
        sealer = Sealer(announcement, file.organisation_id, current_app.extensions["storage"])
        piece, file_id = sealer.part(token, number, body), file.id
        with writing():
            file = lock_file(file_id)
            # Sent twice at one moment, or dropped or lodged while it was being sealed.
            wanted = file.bid_id is None and file.dropped_at is None and not preparing.has_piece(file, number)
            if wanted:
                preparing.add_piece(file, number, piece)
        if not wanted:
            sealer.forget([piece])
    file = found(sealed_file_by_token(token))
    return {"complete": file.is_complete, "pieces": file.number_of_pieces}


@bp.post("/announcements/<int:announcement_id>/bid/files/<token>/drop")
@login_required
def drop_bid_file(announcement_id: int, token: str) -> ResponseReturnValue:
    """Drop a sealed file that is of no bid yet."""
    announcement = _announcement(announcement_id)
    file, actor = found(sealed_file_by_token(token)), acting_user()
    is_own = actor is not None and actor.organisation_id == file.organisation_id
    found(file if is_own and file.announcement_id == announcement.id else None)
    do(preparing.drop_bid_file, file)
    flash(_("文件已移除，它的密钥已经删除，谁也不能再读到。"))
    return redirect(_address(announcement), code=303)


# ── a trial ────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/announcements/<int:announcement_id>/bid/trial", methods=["GET", "POST"])
@login_required
def run_trial(announcement_id: int) -> ResponseReturnValue:
    """Check files as after an opening, seal them to a key that nobody keeps, open them again and throw all of it away."""
    announcement = _announcement(announcement_id)
    guard(preparing.run_trial, announcement)
    if request.method == "GET":
        announcement_rules.ensure_calls(announcement, g.now)
    form, tried = SealFilesForm(), []
    if form.validate_on_submit():
        tried = _tried(form, announcement)
    return page(
        "competition/run_trial.html",
        form=form,
        announcement=announcement,
        tried=tried,
        most=limits.BID_SIZE.on(local_day(g.now)),
        limit=current_app.extensions["settings"].upload_limit,
    )


run_trial.takes_files = True


def _tried(form: SealFilesForm, announcement: Announcement) -> list[Tried]:
    chosen = [file for file in form.document.data or [] if file and file.filename]
    if not chosen:
        form.document.errors = [_("请选择一个文件。")]
        return []
    limit, tried = rules.most_bytes(local_day(g.now)), []
    try:
        sizes = [file.stream.seek(0, io.SEEK_END) for file in chosen]
        rules.ensure_files_fit(len(sizes), sum(sizes), local_day(g.now))
    except DomainError as error:
        refuse(form, preparing.run_trial, announcement, error)
        return []
    for file in chosen:
        try:
            tried.append(try_file(file.stream, file.filename or "", limit))
        except DomainError as error:
            error.field = "document"
            place(form, error)
            form.document.errors = [
                *form.document.errors[:-1], _("“%(name)s”：%(fault)s", name=shown_name(file.filename or ""), fault=form.document.errors[-1])
            ]  # fmt: skip
    attempt(form, preparing.run_trial, announcement)
    return tried


# ── the guide ──────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/bids/guide")
def show_bid_guide() -> ResponseReturnValue:
    """How to prepare, seal, submit, change and withdraw a bid, and how to check afterwards that nobody touched it."""
    return page("competition/show_bid_guide.html", most=limits.BID_SIZE.on(local_day(g.now)))
