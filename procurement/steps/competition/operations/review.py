"""Qualification, the panel, its score sheets and its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.registers import access, audit, notices
from procurement.registers.access import Appointed, Deed
from procurement.registers.audit import canonical, plain
from procurement.registers.people import Role, User, users_with_role
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import BidStatus, active_bids
from procurement.steps.competition.models.remarks import remarks_of
from procurement.steps.competition.models.review import COMPETITION_MOVES, Competition, Score, ScoreSheet
from procurement.steps.competition.models.talks import call_of
from procurement.steps.competition.rules import Points
from procurement.steps.competition.talks import rules as talks_rules
from procurement.transfers import line
from procurement.transfers.line import Step
from procurement.transfers.models import Appointment
from procurement.transfers.operations import address_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a bidder meets the conditions, and why not."""

    qualified: bool
    note: str = ""


def qualify_bids(competition: Competition, verdicts: Mapping[int, Verdict], *, actor: User, now: datetime) -> None:
    """Check every opened bid against the conditions of 法22 and of the plan; the purchaser does it, not the panel (T87-13).

    Raises:
        RuleBroken: a bid without a verdict, a disqualification without a reason, or an objection to the opening that waits.
    """
    access.require(actor, Deed.BIDS_QUALIFY, competition)

    line.ensure_at(competition.transfer, Step.COMPETITION)
    COMPETITION_MOVES.ensure_open(Deed.BIDS_QUALIFY, competition)
    rules.ensure_objections_answered(remarks_of(competition), competition.transfer, local_day(now))
    bids = [bid for bid in active_bids(competition.announcement) if bid.status is BidStatus.OPENED]
    for bid in bids:
        verdict = verdicts.get(bid.id)
        if verdict is None:
            raise RuleBroken(
                word("“{bidder}”的资格还没有结论。"), bidder=bid.organisation.called, field=f"verdict-{bid.id}"
            )
        if not verdict.qualified and not verdict.note.strip():
            raise RuleBroken(
                word("“{bidder}”不合格，要写明缺哪一项条件。"), bidder=bid.organisation.called, field=f"note-{bid.id}"
            )

    for bid in bids:
        verdict = verdicts[bid.id]
        bid.status = BidStatus.QUALIFIED if verdict.qualified else BidStatus.DISQUALIFIED
        bid.qualification_note = verdict.note
    COMPETITION_MOVES.move(Deed.BIDS_QUALIFY, competition)

    audit.record(
        Deed.BIDS_QUALIFY,
        competition,
        actor=actor,
        now=now,
        verdicts={
            bid.receipt: {"qualified": verdicts[bid.id].qualified, "note": verdicts[bid.id].note} for bid in bids
        },
    )


def draw_panel(competition: Competition, *, size: int, seed: str, actor: User, now: datetime) -> list[Appointment]:
    """Draw the panel at random from the experts who need not stand aside (MT-5, 法12); the seed is kept, so the draw can be redone.

    Raises:
        RuleBroken: too few qualified bidders, an even or too small panel, too few experts.
    """
    access.require(actor, Deed.PANEL_DRAW, competition)

    transfer, day = competition.transfer, local_day(now)
    line.ensure_at(transfer, Step.COMPETITION)
    COMPETITION_MOVES.ensure_open(Deed.PANEL_DRAW, competition)
    bids = active_bids(competition.announcement)
    rules.ensure_enough(transfer, sum(bid.status is BidStatus.QUALIFIED for bid in bids), day)
    rules.ensure_panel_size(transfer.plan, size, day)
    experts = rules.eligible_experts(users_with_role(Role.EXPERT), bids, transfer)
    members = rules.drawn(experts, size, seed, transfer, day)

    COMPETITION_MOVES.move(Deed.PANEL_DRAW, competition)
    competition.draw_seed = seed
    appointments = [
        Appointment(
            transfer=transfer, kind=Appointed.PANEL_MEMBER, attempt=transfer.attempt, user=member, appointed_at=now
        )
        for member in members
    ]
    db.session.add_all(appointments)
    notices.notify(
        members,
        word("您被抽取为“{title}”的评审小组成员：先与各家见面商谈，最后报价开启以后评分。")
        if competition.has_talks
        else word("您被抽取为“{title}”的评审小组成员，请评分。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
    )

    audit.record(
        Deed.PANEL_DRAW,
        competition,
        actor=actor,
        now=now,
        seed=seed,
        pool=[expert.id for expert in experts],
        drawn=[member.id for member in members],
    )
    return appointments


def sign_score_sheet(
    competition: Competition, points: Points, *, no_conflict: bool, opinion: str = "", actor: User, now: datetime
) -> ScoreSheet:
    """Score every qualified bid by every criterion of quality and sign, once; a signed sheet does not change (RC-7).

    Raises:
        RuleBroken: a cell left out or out of its bounds, or no declaration on recusal.
        WrongState: a second sheet by the same member.
    """
    access.require(actor, Deed.SCORE_SHEET_SIGN, competition)

    line.ensure_at(competition.transfer, Step.COMPETITION)
    COMPETITION_MOVES.ensure_open(Deed.SCORE_SHEET_SIGN, competition)
    if any(sheet.member_id == actor.id for sheet in competition.sheets):
        raise WrongState(word("您已经评分并签名，签名后的分数不能再改。"))
    bids = [bid for bid in active_bids(competition.announcement) if bid.status is BidStatus.QUALIFIED]
    criteria = competition.transfer.plan.quality_criteria
    talks_rules.ensure_scored_by_offers(competition, call_of(competition), local_day(now))
    rules.ensure_no_conflict_declared(no_conflict, competition.transfer, local_day(now))
    rules.ensure_points(points, bids, criteria, competition.transfer, local_day(now))

    sheet = ScoreSheet(
        competition=competition,
        member=actor,
        no_conflict_declared=no_conflict,
        opinion=opinion,
        signed_at=now,
        scores=[
            Score(bid_id=bid.id, criterion=criterion, points=points[bid.id, criterion.id])
            for bid in bids
            for criterion in criteria
        ],
    )
    db.session.add(sheet)
    db.session.flush()
    if {held.member_id for held in competition.sheets} >= competition.transfer.appointed(Appointed.PANEL_MEMBER):
        notices.notify(
            [competition.transfer.officer],
            word("“{title}”的评分已齐，可以形成评审报告。"),
            now=now,
            link=address_of(competition.transfer),
            title=competition.transfer.called,
        )

    audit.record(
        Deed.SCORE_SHEET_SIGN,
        sheet,
        actor=actor,
        now=now,
        points=[[score.bid_id, score.criterion_id, score.points] for score in sheet.scores],
    )
    return sheet


def conclude_review(competition: Competition, *, actor: User, now: datetime) -> None:
    """Compute scores and ranks from the signed sheets and freeze them as the panel's report (CK-1).

    Raises:
        RuleBroken: while a member has not signed, or an objection to the opening waits.
    """
    access.require(actor, Deed.REVIEW_CONCLUDE, competition)

    transfer = competition.transfer
    line.ensure_at(transfer, Step.COMPETITION)
    COMPETITION_MOVES.ensure_open(Deed.REVIEW_CONCLUDE, competition)
    rules.ensure_objections_answered(remarks_of(competition), transfer, local_day(now))
    waiting = transfer.appointed(Appointed.PANEL_MEMBER) - {sheet.member_id for sheet in competition.sheets}
    if waiting:
        raise RuleBroken(word("评审小组还有 {count} 人没有评分，不能形成报告。"), count=len(waiting))
    bids = [bid for bid in active_bids(competition.announcement) if bid.status is BidStatus.QUALIFIED]
    rules.ensure_enough(transfer, len(bids), local_day(now))

    sheets: list[Points] = [
        {(score.bid_id, score.criterion_id): score.points for score in sheet.scores} for sheet in competition.sheets
    ]
    ranked = rules.results(bids, sheets, transfer.plan)
    for result in ranked:
        result.bid.price_score, result.bid.quality_score = result.price_score, result.quality_score
        result.bid.score, result.bid.rank = result.score, result.rank
    COMPETITION_MOVES.move(Deed.REVIEW_CONCLUDE, competition)
    competition.concluded_at = now
    report = {
        "panel": [sheet.member.name for sheet in competition.sheets],
        "results": [
            {
                "bidder": result.bid.organisation.name,
                "price": result.bid.price,
                "price_score": result.price_score,
                "quality_score": result.quality_score,
                "score": result.score,
                "rank": result.rank,
            }
            for result in ranked
        ],
        "opinions": [{"member": sheet.member.name, "opinion": sheet.opinion} for sheet in competition.sheets],
    }
    competition.report = canonical(plain(report))
    notices.notify(
        users_with_role(Role.APPROVER, department_id=transfer.department_id),
        word("“{title}”的评审报告已形成，请确认成交。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
    )

    audit.record(Deed.REVIEW_CONCLUDE, competition, actor=actor, now=now, **report)
