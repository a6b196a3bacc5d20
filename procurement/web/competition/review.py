"""Pages of the review: qualification, panel, scores, report, award."""

from __future__ import annotations

import secrets

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.statute import limits
from procurement.statute.modes import words_of
from procurement.steps.announcement.models import current_announcement
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import BidStatus, active_bids, bid_by_id
from procurement.steps.competition.models.review import Competition, award_of_transfer, competition_of
from procurement.steps.competition.operations import award as award_operations
from procurement.steps.competition.operations import review
from procurement.steps.competition.operations.review import Verdict
from procurement.transfers.line import Step, ensure_at
from procurement.transfers.models import Transfer
from procurement.web import examples
from procurement.web.competition.bids import bp
from procurement.web.competition.forms import (
    ConfirmAwardForm,
    DrawPanelForm,
    PublishAwardForm,
    qualify_form,
    score_form,
)
from procurement.web.fields import choices
from procurement.web.forms import PlainForm
from procurement.web.languages import inside, money_text, value_text
from procurement.web.refusals import attempt, found, guard, page, succeeded
from procurement.web.transfers.views import home, reach


def _competition(transfer: Transfer) -> Competition:
    """The competition of the present attempt; before the opening the step refuses, or there is nothing here."""
    ensure_at(transfer, Step.COMPETITION)
    return found(competition_of(found(current_announcement(transfer))))


@bp.route("/transfers/<int:transfer_id>/competition/qualify", methods=["GET", "POST"])
@login_required
def qualify_bids(transfer_id: int) -> ResponseReturnValue:
    """Check each bidder against the conditions."""
    transfer = reach(transfer_id)
    competition = _competition(transfer)
    guard(review.qualify_bids, competition)
    bids = [bid for bid in active_bids(competition.announcement) if bid.status is BidStatus.OPENED]
    form = examples.form_for(qualify_form(bids), "qualify", bids)
    if form.validate_on_submit():
        verdicts = {
            bid.id: Verdict(form[f"verdict-{bid.id}"].data == "yes", form[f"note-{bid.id}"].data) for bid in bids
        }
        attempt(form, review.qualify_bids, competition, verdicts)
        if succeeded():
            flash(_("资格审查已记录。下一步：抽取评审小组。"))
            return home(transfer)
    return page("competition/qualify_bids.html", form=form, transfer=transfer, competition=competition, bids=bids)


@bp.route("/transfers/<int:transfer_id>/competition/panel", methods=["GET", "POST"])
@login_required
def draw_panel(transfer_id: int) -> ResponseReturnValue:
    """Draw the panel at random."""
    transfer = reach(transfer_id)
    competition, form = _competition(transfer), DrawPanelForm()
    guard(review.draw_panel, competition)
    least = rules.least_panel(transfer.plan, local_day(g.now))
    form.size.choices = choices(
        (size, _("%(size)s 人", size=size)) for size in range(least.amount, least.amount + 5, 2)
    )
    if form.validate_on_submit():
        members = attempt(form, review.draw_panel, competition, size=form.size.data, seed=secrets.token_hex(16))
        if members is not None:
            flash(_("已抽取 %(count)s 人，并通知了他们。名单在结果公布前保密。", count=len(members)))
            return home(transfer)
    return page("competition/draw_panel.html", form=form, transfer=transfer, competition=competition, least=least)


@bp.route("/transfers/<int:transfer_id>/competition/score", methods=["GET", "POST"])
@login_required
def sign_score_sheet(transfer_id: int) -> ResponseReturnValue:
    """Score every qualified bid and sign."""
    transfer = reach(transfer_id)
    competition = _competition(transfer)
    guard(review.sign_score_sheet, competition)
    bids = [bid for bid in active_bids(competition.announcement) if bid.status is BidStatus.QUALIFIED]
    criteria = transfer.plan.quality_criteria
    form = examples.form_for(score_form(bids, criteria), "score", transfer.id)
    if form.validate_on_submit():
        given = {(bid.id, row.id): form[f"points-{bid.id}-{row.id}"].data for bid in bids for row in criteria}
        points = {cell: value for cell, value in given.items() if value is not None}
        sheet = attempt(
            form,
            review.sign_score_sheet,
            competition,
            points,
            no_conflict=form["no_conflict"].data,
            opinion=form["opinion"].data,
        )
        if sheet is not None:
            flash(_("评分已签名。"))
            return home(transfer)
    return page(
        "competition/sign_score_sheet.html",
        form=form,
        transfer=transfer,
        competition=competition,
        bids=bids,
        criteria=criteria,
    )


@bp.route("/transfers/<int:transfer_id>/competition/conclude", methods=["GET", "POST"])
@login_required
def conclude_review(transfer_id: int) -> ResponseReturnValue:
    """Compute scores and ranks; from then on they do not change."""
    transfer, form = reach(transfer_id), PlainForm()
    competition = _competition(transfer)
    guard(review.conclude_review, competition)
    if form.validate_on_submit():
        attempt(form, review.conclude_review, competition)
        if succeeded():
            flash(_("评审报告已形成，送交确认。"))
            return redirect(url_for("competition.read_competition", transfer_id=transfer.id), code=303)
    return page("competition/conclude_review.html", form=form, transfer=transfer, competition=competition)


@bp.route("/transfers/<int:transfer_id>/award/confirm", methods=["GET", "POST"])
@login_required
def confirm_award(transfer_id: int) -> ResponseReturnValue:
    """Confirm the first-ranked bidder."""
    transfer = reach(transfer_id)
    competition = _competition(transfer)
    guard(award_operations.confirm_award, competition)
    bids, excluded = (
        award_operations.ranked_bids(competition),
        award_operations.not_to_be_awarded(competition, local_day(g.now)),
    )
    first = rules.first_in_order(bids, excluded)
    form = ConfirmAwardForm(data={"bid": first[0].id} if first and request.method == "GET" else None)
    form.bid.choices = choices(
        (
            bid.id,
            _(
                "第 %(rank)s 名　%(name)s　%(score)s 分　%(price)s",
                rank=bid.rank,
                name=value_text(bid.organisation.called),
                score=bid.score,
                price=money_text(bid.price) if bid.price else "",
            ),
        )
        for bid in bids
    )
    if form.validate_on_submit():
        award = attempt(form, award_operations.confirm_award, competition, found(bid_by_id(form.bid.data)))
        if award is not None:
            period = value_text(limits.PUBLISH_AWARD.of(transfer).on(local_day(g.now)))
            chosen = inside(_(words_of(transfer).chosen))
            flash(_("%(chosen)s已确认。%(period)s内公布结果、发出通知书。", chosen=chosen, period=period))
            return home(transfer)
    return page(
        "competition/confirm_award.html", form=form, transfer=transfer, competition=competition, bids=bids,
        passed_over=[(bid, excluded[bid.id]) for bid in bids if bid.id in excluded],
    )  # fmt: skip


@bp.route("/transfers/<int:transfer_id>/award/publish", methods=["GET", "POST"])
@login_required
def publish_award_notice(transfer_id: int) -> ResponseReturnValue:
    """Publish the result and issue the letter: a page of effects, and the amount typed once more."""
    transfer = reach(transfer_id)
    _competition(transfer)
    award = found(award_of_transfer(transfer))
    guard(award_operations.publish_award_notice, award)
    form = examples.form_for(PublishAwardForm, "publish_award", transfer.id)
    if form.validate_on_submit():
        attempt(form, award_operations.publish_award_notice, award, amount=form.amount.data)
        if succeeded():
            flash(_("结果已公布，通知书 %(letter)s 已发出。", letter=award.letter_number))
            return home(transfer)
    return page("competition/publish_award_notice.html", form=form, transfer=transfer, award=award)
