"""The directory: the public list, the applications, one application with its gate, and each deed on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required
from flask_wtf import FlaskForm

from procurement.foundation.clock import local_day
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import entry_by_code
from procurement.registers.credit.models import credit_records_of, grades_in_force, grades_of
from procurement.registers.credit.rules import blots, grade_on
from procurement.registers.directory import models, operations, rules
from procurement.registers.directory.models import (
    CHANGEABLE,
    LISTING_MOVES,
    UNDER_WAY,
    Condition,
    ConditionKind,
    Listing,
    ListingStatus,
    Stance,
)
from procurement.registers.organisations.credit_code import kind_of
from procurement.registers.people import department_by_id, departments
from procurement.statute.calendar import working_calendar
from procurement.transfers.conference.models import Conference, ItemKind, newest_item
from procurement.web.directory.forms import (
    AddEvidenceForm,
    AddStaffEvidenceForm,
    ApplyListingForm,
    JudgeConditionForm,
    NoteObjectionForm,
    OpinionForm,
)
from procurement.web.directory.standing import good_evaluations_of
from procurement.web.fields import choices
from procurement.web.forms import PlainForm, ReasonForm
from procurement.web.languages import say, sentence
from procurement.web.pieces import links_to
from procurement.web.refusals import attempt, found, guard, number_asked, page, succeeded
from procurement.web.session import acting_user
from procurement.web.uploads import as_recorded_download, uploaded

bp = Blueprint("directory", __name__, url_prefix="/directory")

PER_PAGE = 20


def _reach(listing_id: int) -> Listing:
    listing = found(models.listing_by_id(listing_id))
    return found(listing if access.can(acting_user(), Deed.LISTING_READ, listing) else None)


def _condition(listing_id: int, condition_id: int) -> Condition:
    listing, row = _reach(listing_id), found(models.condition_by_id(condition_id))
    return found(row if row.listing_id == listing.id else None)


def _home(listing_id: int) -> ResponseReturnValue:
    return redirect(url_for("directory.read_listing", listing_id=listing_id), code=303)


# ── lists ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("")
def list_listed() -> ResponseReturnValue:
    """The directory, for anyone: searched by name or code of the organisation, or by what it offers."""
    query, code = request.args.get("q", "").strip()[:60], request.args.get("code", "").strip()[:12]
    number = max(number_asked("page", 1), 1)
    total = models.number_of_listed(query, code)
    rows = models.listed(query, code, first=(number - 1) * PER_PAGE, limit=PER_PAGE)
    actor = acting_user()
    return page(
        "directory/list_listed.html", rows=[(row, kind_of(row.organisation.credit_code)) for row in rows], query=query,
        code=code, entry=entry_by_code(code, local_day(g.now)) if code else None, number=number, total=total,
        has_next=number * PER_PAGE < total, grades=grades_in_force([row.organisation_id for row in rows], local_day(g.now)),
        may_apply=actor is not None and access.can(actor, Deed.LISTING_APPLY, actor.organisation),
        sees_applications=access.can(actor, Deed.LISTING_READ, None),
    )  # fmt: skip


@bp.get("/applications")
@login_required
def list_applications() -> ResponseReturnValue:
    """Applications that wait for somebody, and listed organisations whose new evidence nobody has judged."""
    access.require(acting_user(), Deed.LISTING_READ, None)
    return page(
        "directory/list_applications.html", rows=models.listings_under_way(), again=models.listings_to_judge_again()
    )


@bp.get("/<int:listing_id>")
@login_required
def read_listing(listing_id: int) -> ResponseReturnValue:
    """One application with its gate: each condition's claim, evidence, judge and expiry; the record; the points."""
    listing, actor, day = _reach(listing_id), acting_user(), local_day(g.now)
    organisation_id = listing.organisation_id
    deeds = [
        deed
        for deed in _DEEDS.values()
        if listing.status in LISTING_MOVES.moves[deed][0] and access.can(actor, deed, listing)
    ]
    if listing.status is ListingStatus.ON_NOTICE and access.can(actor, Deed.OBJECTION_NOTE, listing):
        deeds.append(Deed.OBJECTION_NOTE)
    grade = grade_on(grades_of(organisation_id), day)
    return page(
        "directory/read_listing.html", listing=listing, kind=kind_of(listing.organisation.credit_code),
        gate=[(row, rules.CLAUSES[row.kind].on(day), rules.holds(row, day)) for row in listing.conditions],
        needed=rules.staff_needed(listing.is_trade_association, day), day=day, grade=grade, wrong=_wrong_services(listing, day),
        blots=blots(credit_records_of(organisation_id), day),
        points=rules.points_of(listing, grade, good_evaluations_of(organisation_id), day),
        first_day=rules.first_day_after_notice(listing, working_calendar()) if listing.noticed_at else None,
        meeting=_meeting_of(listing) if access.can(actor, Deed.CONFERENCE_READ, None) else None,
        may_convene=listing.status is ListingStatus.OPINED and access.can(actor, Deed.CONFERENCE_CONVENE, None),
        links=links_to("directory", deeds, listing_id=listing.id),
        may_add=listing.status in CHANGEABLE and access.can(actor, Deed.EVIDENCE_ADD, listing),
        may_judge=listing.status in CHANGEABLE - {ListingStatus.APPLIED} and access.can(actor, Deed.CONDITION_JUDGE, listing),
    )  # fmt: skip


def _wrong_services(listing: Listing, day: date) -> dict[str, str]:
    """What is wrong with services of an application that is not decided, as sentences, by code."""
    if listing.status not in UNDER_WAY:
        return {}
    return {code: sentence(fault) for code, fault in operations.faults_of_services(listing, day).items()}


def _meeting_of(listing: Listing) -> Conference | None:
    """The meeting before which an application lies or lay last."""
    item = newest_item(ItemKind.LISTING, listing.id)
    return item.conference if item is not None else None


# ── the organisation's deeds ───────────────────────────────────────────────────────────────────────────────────────


@bp.route("/apply", methods=["GET", "POST"])
@login_required
def apply_listing() -> ResponseReturnValue:
    """Apply for the directory."""
    actor = acting_user()
    organisation = actor.organisation if actor is not None else None
    guard(operations.apply_listing, organisation)
    form = ApplyListingForm()
    form.department.choices = choices((row.id, say(row.called)) for row in departments())
    if form.validate_on_submit():
        department = found(department_by_id(form.department.data))
        listing = attempt(form, operations.apply_listing, organisation, form.terms(), department=department)
        if listing is not None:
            flash(_("申请已提交。请给每一项条件提交证明，齐全后才能受理。"))
            return _home(listing.id)
    day = local_day(g.now)
    return page(
        "directory/apply_listing.html",
        form=form,
        clauses={row.value: rules.CLAUSES[row].on(day) for row in ConditionKind},
    )


@bp.route("/<int:listing_id>/conditions/<int:condition_id>/evidence", methods=["GET", "POST"])
@login_required
def add_evidence(listing_id: int, condition_id: int) -> ResponseReturnValue:
    """Hand in the evidence of one condition."""
    condition = _condition(listing_id, condition_id)
    guard(operations.add_evidence, condition)
    if request.method == "GET":
        rules.ensure_stands(condition.listing, CHANGEABLE, Deed.EVIDENCE_ADD)
    counts = condition.kind is ConditionKind.STAFF
    form = AddStaffEvidenceForm(number=condition.number) if counts else AddEvidenceForm()
    if form.validate_on_submit():
        upload = uploaded(form)
        if upload is not None:
            attempt(
                form, operations.add_evidence, condition, upload, expires_on=form.expires_on.data,
                number=form.number.data if counts else None,
            )  # fmt: skip
            if succeeded():
                flash(_("证明已提交，等待认定。"))
                return _home(listing_id)
    return page("directory/add_evidence.html", form=form, listing=condition.listing, condition=condition)


add_evidence.takes_files = True


@bp.get("/<int:listing_id>/conditions/<int:condition_id>/file")
@login_required
def download_evidence(listing_id: int, condition_id: int) -> ResponseReturnValue:
    """The evidence of a condition; the reading is recorded before a byte leaves."""
    condition = _condition(listing_id, condition_id)
    access.require(acting_user(), Deed.LISTING_READ, condition.listing)
    evidence = found(condition.file)
    return as_recorded_download(evidence, Deed.LISTING_READ, condition.listing)


# ── the offices' deeds ─────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/<int:listing_id>/conditions/<int:condition_id>/judge", methods=["GET", "POST"])
@login_required
def judge_condition(listing_id: int, condition_id: int) -> ResponseReturnValue:
    """Find whether one condition is met."""
    condition = _condition(listing_id, condition_id)
    guard(operations.judge_condition, condition)
    if request.method == "GET":
        rules.ensure_stands(condition.listing, CHANGEABLE - {ListingStatus.APPLIED}, Deed.CONDITION_JUDGE)
    form = JudgeConditionForm(verdict=condition.verdict)
    if form.validate_on_submit():
        attempt(form, operations.judge_condition, condition, form.verdict.data, form.remark.data)
        if succeeded():
            flash(_("认定已记录。"))
            return _home(listing_id)
    day = local_day(g.now)
    return page(
        "directory/judge_condition.html", form=form, listing=condition.listing, condition=condition,
        clause=rules.CLAUSES[condition.kind].on(day), needed=rules.staff_needed(condition.listing.is_trade_association, day),
    )  # fmt: skip


def _deed(
    listing_id: int, operation: Callable[..., Any], form: FlaskForm, done: str, *names: str, **shown: Any
) -> ResponseReturnValue:
    """The page of one deed on an application: what was typed is handed over in the order of `names`; the page gets `shown`."""
    listing = _reach(listing_id)
    guard(operation, listing)
    if request.method == "GET":
        rules.ensure_not_tabled(listing)
        LISTING_MOVES.ensure_open(_DEEDS[operation.__name__], listing)
    if form.validate_on_submit():
        attempt(form, operation, listing, *(form[name].data for name in names))
        if succeeded():
            flash(done)
            return _home(listing_id)
    return page(f"directory/{operation.__name__}.html", form=form, listing=listing, **shown)


# The deeds of these pages; the conference's own are done in its meeting.
_DEEDS = {deed.function_name: deed for deed in LISTING_MOVES.moves if deed.noun == "listing"}


@bp.route("/<int:listing_id>/accept", methods=["GET", "POST"])
@login_required
def accept_listing(listing_id: int) -> ResponseReturnValue:
    """Accept an application that is complete."""
    faults = operations.faults_at_acceptance(_reach(listing_id), local_day(g.now))
    done = _("申请已受理，业务主管单位已收到通知。")
    return _deed(
        listing_id, operations.accept_listing, PlainForm(), done, lacking=[sentence(fault) for fault in faults]
    )


@bp.route("/<int:listing_id>/opine", methods=["GET", "POST"])
@login_required
def opine_listing(listing_id: int) -> ResponseReturnValue:
    """Give the supervising unit's opinion."""
    form = OpinionForm()
    done = (
        _("意见已记录，申请等联席会议联审。")
        if form.stance.data is Stance.AGREES
        else _("意见已记录，申请已退回，对方会看到理由。")
    )
    return _deed(listing_id, operations.opine_listing, form, done, "stance", "opinion")


@bp.route("/<int:listing_id>/return", methods=["GET", "POST"])
@login_required
def return_listing(listing_id: int) -> ResponseReturnValue:
    """Return an application with its reason."""
    return _deed(listing_id, operations.return_listing, ReasonForm(), _("申请已退回，对方已收到理由。"), "reason")


@bp.route("/<int:listing_id>/announce", methods=["GET", "POST"])
@login_required
def announce_listing(listing_id: int) -> ResponseReturnValue:
    """Put a listing on public notice."""
    return _deed(listing_id, operations.announce_listing, PlainForm(), _("已开始公示。"))


@bp.route("/<int:listing_id>/publish", methods=["GET", "POST"])
@login_required
def publish_listing(listing_id: int) -> ResponseReturnValue:
    """List an organisation."""
    return _deed(listing_id, operations.publish_listing, PlainForm(), _("已列入目录并公布。"))


@bp.route("/<int:listing_id>/suspend", methods=["GET", "POST"])
@login_required
def suspend_listing(listing_id: int) -> ResponseReturnValue:
    """Suspend a listing."""
    return _deed(listing_id, operations.suspend_listing, ReasonForm(), _("目录资格已暂停并公布。"), "reason")


@bp.route("/<int:listing_id>/restore", methods=["GET", "POST"])
@login_required
def restore_listing(listing_id: int) -> ResponseReturnValue:
    """Restore a suspended listing."""
    return _deed(listing_id, operations.restore_listing, ReasonForm(), _("目录资格已恢复并公布。"), "reason")


@bp.route("/<int:listing_id>/remove", methods=["GET", "POST"])
@login_required
def remove_listing(listing_id: int) -> ResponseReturnValue:
    """Remove an organisation from the directory."""
    return _deed(listing_id, operations.remove_listing, ReasonForm(), _("已移出目录并公布。"), "reason")


@bp.route("/<int:listing_id>/objections/note", methods=["GET", "POST"])
@login_required
def note_objection(listing_id: int) -> ResponseReturnValue:
    """Note an objection made during the notice."""
    listing = _reach(listing_id)
    guard(operations.note_objection, listing)
    form = NoteObjectionForm()
    if form.validate_on_submit():
        attempt(
            form, operations.note_objection, listing, raised_by=form.raised_by.data, content=form.content.data,
            is_upheld=form.is_upheld.data == "yes", finding=form.finding.data,
        )  # fmt: skip
        if succeeded():
            flash(_("异议已记录。"))
            return _home(listing_id)
    return page("directory/note_objection.html", form=form, listing=listing)
