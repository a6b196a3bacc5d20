"""What becomes of a published announcement: its notice in the medium, its changes, its withdrawal, the answers to enquiries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.documents.medium_notice import text_of_change, text_of_notice
from procurement.foundation.clock import local_day
from procurement.foundation.money import Money
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.models import Announcement, AnnouncementVersion, current_announcement
from procurement.steps.announcement.published import operations as published
from procurement.steps.announcement.published import rules as published_rules
from procurement.steps.announcement.published.models import Enquiry, change_in_medium, enquiry_by_id, notices_in_medium
from procurement.steps.announcement.rules import change_period
from procurement.steps.competition.changes import operations, rules
from procurement.transfers import lint
from procurement.transfers.line import Step
from procurement.transfers.models import CriterionKind, Transfer
from procurement.transfers.rules import terms_of
from procurement.web import examples
from procurement.web.announcement.forms import (
    AmendAnnouncementForm,
    AnswerEnquiryForm,
    CorrectAnnouncementForm,
    EnterMediumChangeForm,
    EnterMediumNoticeForm,
    ExtendDeadlineForm,
    WithdrawAnnouncementForm,
)
from procurement.web.announcement.views import bp
from procurement.web.languages import article_html, in_language, is_english, moment_text, money_text, value_text
from procurement.web.pieces import strip_of
from procurement.web.refusals import attempt, found, guard, number_in, page, succeeded
from procurement.web.session import clock
from procurement.web.ticking import print_versions
from procurement.web.transfers.sections import data_of, said_in
from procurement.web.transfers.views import home, reach


def _reached(transfer_id: int) -> tuple[Transfer, Announcement]:
    transfer = reach(transfer_id)
    announcement = found(current_announcement(transfer))
    found(announcement.publication)
    return transfer, announcement


# ── the designated medium ──────────────────────────────────────────────────────────────────────────────────────────


def public_address(announcement: Announcement) -> str:
    """Where everybody reads the announcement, with its host."""
    assert announcement.publication is not None
    path = url_for("portal.read_publication", reference=announcement.publication.reference)
    base: str = current_app.extensions["settings"].public_url or request.host_url
    return base.rstrip("/") + path


@bp.route("/announcement/medium", methods=["GET", "POST"])
@login_required
def enter_medium_notice(transfer_id: int) -> ResponseReturnValue:
    """The text to be copied to the designated medium, and what is entered of it: the day and the address."""
    transfer, announcement = _reached(transfer_id)
    guard(published.enter_medium_notice, announcement, at=Step.COMPETITION, transfer=transfer)
    former = notices_in_medium(announcement)
    form = examples.form_for(EnterMediumNoticeForm, "medium_notice")
    if request.method == "GET" and form.published_on.data is None:
        form.published_on.data = local_day(g.now)
    if form.validate_on_submit():
        entered = attempt(
            form, published.enter_medium_notice, announcement, form.published_on.data, form.address.data,
            reason=form.reason.data,
        )  # fmt: skip
        if entered is not None:
            calendar = working_calendar()
            over = published_rules.notice_over(announcement, entered, calendar)
            if published_rules.is_too_short(announcement, entered, calendar):
                flash(
                    _(
                        "已登记。公告期限到投标截止时还没有满，请把截止时间顺延到 %(over)s 或者以后。",
                        over=value_text(over),
                    )
                )
            else:
                flash(_("已登记，公告期限开始计算，%(over)s 起满。", over=value_text(over)))
            return home(transfer)
    return page(
        "announcement/enter_medium_notice.html", form=form, transfer=transfer, announcement=announcement, former=former,
        text=text_of_notice(announcement, public_address(announcement)),
    )  # fmt: skip


@bp.route("/announcement/medium/<int:version_id>", methods=["GET", "POST"])
@login_required
def enter_medium_change(transfer_id: int, version_id: int) -> ResponseReturnValue:
    """The text of a later version to be copied to the designated medium, and what is entered of it."""
    transfer, announcement = _reached(transfer_id)
    version = found(next((row for row in announcement.versions if row.id == version_id), None))
    guard(published.enter_medium_change, version, at=Step.COMPETITION, transfer=transfer)
    if request.method == "GET":
        published_rules.ensure_may_enter_change(version, change_in_medium(version))
    form = examples.form_for(EnterMediumChangeForm, "medium_change")
    if request.method == "GET" and form.published_on.data is None:
        form.published_on.data = local_day(g.now)
    if form.validate_on_submit():
        said = (form.published_on.data, form.address.data)
        if attempt(form, published.enter_medium_change, version, *said) is not None:
            flash(_("已登记第 %(number)s 版在指定媒体的发布。", number=version.number))
            return home(transfer)
    # The medium's text is Chinese, whoever copies it.
    with in_language("zh"):
        changes = [(row.label, row.before, row.after) for row in changes_of(version)]
    return page(
        "announcement/enter_medium_change.html", form=form, transfer=transfer, announcement=announcement,
        version=version, text=text_of_change(version, public_address(announcement), changes),
    )  # fmt: skip


@bp.get("/announcement/medium.txt")
@login_required
def download_medium_text(transfer_id: int) -> ResponseReturnValue:
    """The same text as a file."""
    transfer, announcement = _reached(transfer_id)
    guard(published.enter_medium_notice, announcement, transfer=transfer)
    return Response(
        text_of_notice(announcement, public_address(announcement)),
        mimetype="text/plain",
        headers={"Content-Disposition": "attachment; filename=announcement.txt"},
    )


# ── changes ────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/announcement/correct", methods=["GET", "POST"])
@login_required
def correct_announcement(transfer_id: int) -> ResponseReturnValue:
    """Correct the words of a published announcement."""
    transfer, announcement = _reached(transfer_id)
    guard(operations.correct_announcement, announcement, at=Step.COMPETITION, transfer=transfer)
    if request.method == "GET":
        rules.ensure_changeable(announcement, g.now)
    names = ("summary", "contact", "submission_notes")
    form = CorrectAnnouncementForm(data={name: getattr(announcement, name) for name in names})
    if form.validate_on_submit():
        said = {name: form[name].data for name in (*names, "reason", "editorial")}
        attempt(
            form, operations.correct_announcement, announcement, seen=number_in(form.edition.data or "") or 0, **said
        )
        if succeeded():
            print_versions(current_app, clock())
            flash(_("公告已更正，新版已公开，关注这份公告的人收到通知。"))
            return home(transfer)
    form.edition.data = str(announcement.edition)
    return page("announcement/correct_announcement.html", form=form, transfer=transfer)


@bp.route("/announcement/amend", methods=["GET", "POST"])
@login_required
def amend_announcement(transfer_id: int) -> ResponseReturnValue:
    """Change what bidders go by; what looks discriminatory in it is shown once and confirmed."""
    transfer, announcement = _reached(transfer_id)
    guard(operations.amend_announcement, announcement, at=Step.COMPETITION, transfer=transfer)
    if request.method == "GET":
        rules.ensure_changeable(announcement, g.now)
    before = terms_of(transfer.plan)
    filled = data_of(before, rules.AMENDABLE) | {"submission_notes": announcement.submission_notes}
    form, marked = AmendAnnouncementForm(data=filled), []
    if form.validate_on_submit():
        terms = said_in(form, rules.AMENDABLE)
        marked = _suspected(rules.amended(before, terms).texts(), before.texts())
        if marked and not form.checked.data:
            form.checked.errors = [_("条件里有看上去不平等的内容，请核对以后勾选，或者改写。")]
        else:
            attempt(
                form, operations.amend_announcement, announcement, terms, submission_notes=form.submission_notes.data,
                reason=form.reason.data, closes_at=form.closes_at.data, seen=number_in(form.edition.data or "") or 0,
            )  # fmt: skip
            if succeeded():
                print_versions(current_app, clock())
                flash(_("实质变更已公开，投标在 %(closes)s 截止。", closes=value_text(announcement.closes_at)))
                return home(transfer)
    form.edition.data = str(announcement.edition)
    return page(
        "announcement/amend_announcement.html", form=form, transfer=transfer, announcement=announcement,
        suspicions=marked, **_period_of_change(announcement),
    )  # fmt: skip


def _suspected(texts: Mapping[str, str], before: Mapping[str, str]) -> list[lint.Suspicion]:
    """What looks discriminatory in what was said anew."""
    return lint.suspicions({name: texts[name] for name in lint.FIELDS if texts[name] != before[name]})


def _period_of_change(announcement: Announcement) -> dict[str, Any]:
    """What a page of a material change shows of the law: what must be left to the deadline from today on."""
    transfer, today, calendar = announcement.transfer, local_day(g.now), working_calendar()
    clause = change_period(transfer, today)
    moved = rules.deadline_after_change(announcement, today, calendar)
    strip = strip_of(
        clause, today, today, calendar, law=article_html(clause.article),
        title=_("今天变更，到截止不少于 %(period)s", period=value_text(clause)),
    )  # fmt: skip
    return {"clause": clause, "moved": moved if moved != announcement.closes_at else None, "strip": strip}


@bp.route("/announcement/deadline/extend", methods=["GET", "POST"])
@login_required
def extend_deadline(transfer_id: int) -> ResponseReturnValue:
    """Move the deadline to a later instant."""
    transfer, announcement = _reached(transfer_id)
    guard(operations.extend_deadline, announcement, at=Step.COMPETITION, transfer=transfer)
    if request.method == "GET":
        rules.ensure_changeable(announcement, g.now)
    form = ExtendDeadlineForm()
    if form.validate_on_submit():
        attempt(form, operations.extend_deadline, announcement, form.closes_at.data, reason=form.reason.data)
        if succeeded():
            print_versions(current_app, clock())
            flash(_("截止时间已顺延到 %(closes)s，新版已公开。", closes=value_text(announcement.closes_at)))
            return home(transfer)
    return page("announcement/extend_deadline.html", form=form, transfer=transfer, announcement=announcement)


@bp.route("/announcement/withdraw", methods=["GET", "POST"])
@login_required
def withdraw_announcement(transfer_id: int) -> ResponseReturnValue:
    """Give the call up before its deadline."""
    transfer, announcement = _reached(transfer_id)
    guard(operations.withdraw_announcement, announcement, at=Step.COMPETITION, transfer=transfer)
    if request.method == "GET":
        rules.ensure_may_withdraw(announcement, "-", g.now)
    form = WithdrawAnnouncementForm()
    if form.validate_on_submit():
        attempt(form, operations.withdraw_announcement, announcement, form.ground.data, reason=form.reason.data)
        if succeeded():
            flash(_("公告已撤回并公布。事项回到第 1 步，可以重新公告。"))
            return home(transfer)
    return page("announcement/withdraw_announcement.html", form=form, transfer=transfer, announcement=announcement)


# ── enquiries ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _enquiry(transfer: Transfer, enquiry_id: int) -> Enquiry:
    enquiry = found(enquiry_by_id(enquiry_id))
    return found(enquiry if enquiry.announcement.transfer_id == transfer.id else None)


@bp.route("/enquiries/<int:enquiry_id>/answer", methods=["GET", "POST"])
@login_required
def answer_enquiry(transfer_id: int, enquiry_id: int) -> ResponseReturnValue:
    """Answer an enquiry in public; who asked is not on the page."""
    transfer = reach(transfer_id)
    enquiry = _enquiry(transfer, enquiry_id)
    guard(published.answer_enquiry, enquiry, at=Step.COMPETITION, transfer=transfer)
    if request.method == "GET":
        published_rules.ensure_answer(enquiry, "-", "-")
    form = AnswerEnquiryForm(data={"public_question": enquiry.question})
    if form.validate_on_submit():
        attempt(
            form, published.answer_enquiry, enquiry, public_question=form.public_question.data, answer=form.answer.data,
            is_material=form.is_material.data,
        )  # fmt: skip
        if succeeded():
            if enquiry.is_material and rules.is_changeable(enquiry.announcement, g.now):
                flash(_("答复已公开。它改变了公告的要求，请接着发布实质变更。"))
                return redirect(url_for("announcement.amend_announcement", transfer_id=transfer.id), code=303)
            flash(_("答复已公开，没有写是谁问的。"))
            return home(transfer)
    due = published_rules.answer_due(enquiry, working_calendar())
    return page("announcement/answer_enquiry.html", form=form, transfer=transfer, enquiry=enquiry, due=due)


# ── what a version changed, in the reader's words ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the table of changes."""

    label: str
    before: str
    after: str
    is_text: bool


def changes_of(version: AnnouncementVersion) -> list[Change]:
    """What a version changed, field by field."""
    return [_change(row["field"], row["before"], row["after"]) for row in version.told]


def _change(field: str, before: Any, after: Any) -> Change:
    label = rules.LABELS[field]
    return Change(_(label), _shown(field, before), _shown(field, after), is_text=field not in _WRITERS)


def _criteria(rows: Sequence[Mapping[str, Any]]) -> str:
    kinds = {kind.value: _(kind.label) for kind in CriterionKind}
    stop = "; " if is_english() else "；"
    return stop.join(
        _("%(name)s（%(kind)s）%(weight)s 分：%(standard)s", kind=kinds[row["kind"]], **_named(row)) for row in rows
    )


def _installments(rows: Sequence[Mapping[str, Any]]) -> str:
    stop = "; " if is_english() else "；"
    return stop.join(
        _("%(name)s：%(condition)s，%(percent)s%%，第 %(month)s 个月", month=row["due_month"], **_named(row))
        for row in rows
    )


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("name", "standard", "weight", "condition", "percent") if name in row}


_WRITERS: Mapping[str, Any] = {
    "ceiling": lambda fen: money_text(Money(fen)),
    "term_months": lambda months: _("%(count)s 个月", count=months),
    "closes_at": lambda text: moment_text(datetime.fromisoformat(text)),
    "criteria": _criteria,
    "installments": _installments,
}


def _shown(field: str, value: Any) -> str:
    writer = _WRITERS.get(field)
    return str(writer(value)) if writer is not None else str(value)
