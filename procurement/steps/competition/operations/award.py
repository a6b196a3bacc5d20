"""The award: confirmed in the order of the ranking, then published with its letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import WrongState
from procurement.foundation.labels import Said, word
from procurement.foundation.money import Money
from procurement.registers import access, audit, notices, publications
from procurement.registers.access import Deed
from procurement.registers.credit.models import credit_records_of, credit_records_of_all
from procurement.registers.numbering import next_number
from procurement.registers.people import Role, User, users_with_role
from procurement.registers.publications import PublicationKind
from procurement.statute.calendar import working_calendar
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids, signatories
from procurement.steps.competition.models.review import (
    AWARD_MOVES,
    COMPETITION_MOVES,
    Award,
    AwardStatus,
    Competition,
    CompetitionStatus,
    award_of_bid,
    award_of_transfer,
    is_held,
)
from procurement.transfers import line, screening
from procurement.transfers.line import Step
from procurement.transfers.operations import address_of, complete_step


def confirm_award(competition: Competition, bid: Bid, *, actor: User, now: datetime) -> Award:
    """Confirm the first-ranked bidder as the winner (条例43), by someone who ran nothing of this competition.

    Whoever is no longer verified, or has been barred since the opening, is passed over; where that happens to the winner
    before the result is published, the next one is confirmed in its place.

    Raises:
        RuleBroken: any other bidder, or a doer of the competition; plan screened again against the list of the day.
        WrongState: a winner is confirmed who may be awarded.
    """
    access.require(actor, Deed.AWARD_CONFIRM, competition)

    line.ensure_at(competition.transfer, Step.COMPETITION)
    COMPETITION_MOVES.ensure_open(Deed.AWARD_CONFIRM, competition)
    day = local_day(now)
    rules.ensure_not_officer(competition.transfer, doers_of(competition), actor, day)
    bids, excluded = ranked_bids(competition), not_to_be_awarded(competition, day)
    award = award_of_transfer(competition.transfer) if competition.status is CompetitionStatus.CONFIRMED else None
    if award is not None and award.bid_id not in excluded:
        raise WrongState(word("“{bidder}”已确认成交，请公布结果、发出通知书。"), bidder=award.bid.organisation.called)
    rules.ensure_confirms_first(bid, competition.transfer, bids, day, excluded)
    screening.ensure_clean(competition.transfer, day)

    COMPETITION_MOVES.move(Deed.AWARD_CONFIRM, competition)
    assert bid.price is not None
    if award is None:
        award = Award(competition=competition, status=AwardStatus.CONFIRMED)
        db.session.add(award)
    award.bid, award.price, award.confirmed_at, award.confirmed_by = bid, bid.price, now, actor
    notices.notify(
        [competition.transfer.officer],
        word("“{title}”的成交供应商已确认，请公布结果、发出通知书。")
        if competition.transfer.is_purchase
        else word("“{title}”的承接主体已确认，请公布结果、发出通知书。"),
        now=now,
        link=address_of(competition.transfer),
        title=competition.transfer.called,
    )

    passed_over = [other.receipt for other in bids if other.id in excluded and (other.rank or 0) <= (bid.rank or 0)]
    audit.record(
        Deed.AWARD_CONFIRM,
        competition,
        actor=actor,
        now=now,
        receipt=bid.receipt,
        price=bid.price,
        **({"passed_over": passed_over} if passed_over else {}),
    )
    return award


def doers_of(competition: Competition) -> Sequence[tuple[Deed, int]]:
    """Who ran this competition, from its announcement on."""
    announcement = competition.announcement
    assert announcement.published_at is not None
    return audit.doers_in(announcement.chain_key, rules.RUNNING, announcement.published_at)


def ranked_bids(competition: Competition) -> list[Bid]:
    """The bids that the report ranks, the first in front."""
    bids = [bid for bid in active_bids(competition.announcement) if bid.status is BidStatus.QUALIFIED and bid.rank]
    return sorted(bids, key=lambda bid: (bid.rank or 0, bid.receipt))


def not_to_be_awarded(competition: Competition, day: date) -> dict[int, str]:
    """Which of the ranked bids cannot be awarded that day, by number, and why."""
    bids = ranked_bids(competition)
    records = credit_records_of_all([bid.organisation_id for bid in bids])
    reasons = {bid.id: rules.why_not_awarded(bid, records[bid.organisation_id], day) for bid in bids}
    return {number: reason for number, reason in reasons.items() if reason}


def may_be_awarded(competition: Competition, day: date) -> bool:
    """Whether anybody whom the report ranks may be awarded that day."""
    return bool(rules.first_in_order(ranked_bids(competition), not_to_be_awarded(competition, day)))


def ensure_still_awardable(award: Award, day: date, then: str) -> None:
    """Refuse to go on with a winner who has been barred, or is no longer verified, since the bids were opened (法22)."""
    records = credit_records_of(award.bid.organisation_id)
    rules.ensure_may_be_awarded(award.bid, rules.why_not_awarded(award.bid, records, day), day, then)


def publish_award_notice(award: Award, *, amount: Money, actor: User, now: datetime) -> None:
    """Publish the result and issue the letter of acceptance (CK-3); this ends step 2 and cannot be undone.

    `amount` is the award's amount typed once more. Losers are told their own score and rank (T87-16).
    """
    access.require(actor, Deed.AWARD_NOTICE_PUBLISH, award)

    competition, transfer = award.competition, award.transfer
    line.ensure_at(transfer, Step.COMPETITION)
    AWARD_MOVES.ensure_open(Deed.AWARD_NOTICE_PUBLISH, award)
    rules.ensure_amount_repeated(amount, award)
    is_left = may_be_awarded(competition, local_day(now))
    then = word("请由审批人按顺序确认下一名。") if is_left else word("评审合格的都不能成交，请由经办人宣布流标。")
    ensure_still_awardable(award, local_day(now), then)

    AWARD_MOVES.move(Deed.AWARD_NOTICE_PUBLISH, award)
    COMPETITION_MOVES.move(Deed.AWARD_NOTICE_PUBLISH, competition)
    award.published_at = now
    award.letter_number = next_number("龙转通", local_day(now))
    passed_over = _passed_over(award, local_day(now))
    told = facts_of(award, passed_over)
    award.publication = publications.publish(
        PublicationKind.AWARD_NOTICE, award, told, title=transfer.title, title_en=transfer.title_en, now=now
    )
    transfer.provider = award.bid.organisation
    complete_step(transfer, rules.ROOM, now=now)
    _tell_bidders(award, passed_over, now)

    audit.record(
        Deed.AWARD_NOTICE_PUBLISH,
        award,
        actor=actor,
        now=now,
        letter=award.letter_number,
        price=award.price,
        winner=award.bid.organisation.credit_code,
    )


def _passed_over(award: Award, day: date) -> dict[int, str]:
    """Who ranks before the winner and may not be awarded, by the bid's number, and why."""
    ranks = {bid.id: bid.rank or 0 for bid in ranked_bids(award.competition)}
    excluded = not_to_be_awarded(award.competition, day)
    return {number: reason for number, reason in excluded.items() if ranks[number] < (award.bid.rank or 0)}


def _tell_bidders(award: Award, passed_over: Mapping[int, str], now: datetime) -> None:
    transfer = award.transfer
    for bid, people in signatories(active_bids(award.competition.announcement)):
        if bid.id == award.bid_id:
            notices.notify(
                people,
                word("“{title}”由您的组织成交，金额 {price}，通知书 {letter}。协议最迟在 {last} 签订。"),
                now=now,
                link=address_of(transfer),
                title=transfer.called,
                price=award.price,
                letter=award.letter_number,
                last=rules.last_day_to_conclude(transfer, award, working_calendar()),
            )
        elif bid.id in passed_over:
            notices.notify(
                people,
                word("“{title}”的结果已公布。您的组织得 {score} 分，第 {rank} 名，没有成交：{reason}。"),
                now=now,
                title=transfer.called,
                score=bid.score,
                rank=bid.rank,
                reason=Said(passed_over[bid.id], {}),
            )
        elif bid.score is not None:
            notices.notify(
                people,
                word("“{title}”的结果已公布。您的组织得 {score} 分，第 {rank} 名，未成交。"),
                now=now,
                title=transfer.called,
                score=bid.score,
                rank=bid.rank,
            )
        else:
            notices.notify(
                people,
                word("“{title}”的结果已公布。您的投标没有进入评审：{reason}"),
                now=now,
                title=transfer.called,
                reason=bid.qualification_note or Said(bid.broken_reason, {}),
            )


def return_security(bid: Bid, *, actor: User, now: datetime) -> None:
    """Note that a bidder's security has been given back, and tell the bidder; late or not, it is noted (CK-7, CK-8).

    Raises:
        RuleBroken: where none was asked, before anybody may know who bid, or before the letter, for the winner before the
            agreement.
        WrongState: where it has gone back already.
    """
    access.require(actor, Deed.SECURITY_RETURN, bid)

    award, day = award_of_bid(bid), local_day(now)
    rules.ensure_may_return_security(bid, award, day, is_held=is_held(bid))

    bid.security_returned_at = now
    notices.notify(
        users_with_role(Role.PROVIDER, organisation_id=bid.organisation_id),
        word("“{title}”的投标保证金 {amount} 已退还。"),
        now=now,
        title=bid.transfer.called,
        amount=bid.announcement.security,
    )

    audit.record(
        Deed.SECURITY_RETURN, bid, actor=actor, now=now, receipt=bid.receipt, amount=bid.announcement.security,
        late=rules.is_returned_late(bid, award, day, working_calendar()),
    )  # fmt: skip


def facts_of(award: Award, passed_over: Mapping[int, str]) -> dict[str, object]:
    """The result notice by its ten headings (财办库〔2020〕50号, domain 4.5); experts' names become public with it (条例43)."""
    transfer, plan, winner = award.transfer, award.transfer.plan, award.bid.organisation
    report = award.competition.told
    return {
        "number": transfer.number,
        "title": transfer.title,
        "title_en": transfer.title_en,
        "mode": transfer.mode,
        "letter": award.letter_number,
        "purchaser": transfer.department.name,
        "purchaser_en": transfer.department.name_en,
        "method": plan.method,
        "winner": winner.name,
        "winner_en": winner.name_en,
        "winner_code": winner.credit_code,
        "winner_address": winner.address,
        "price": award.price,
        "price_in_words": award.price.in_words(),
        "ceiling": plan.ceiling,
        "content": plan.content,
        "quantity": plan.quantity,
        "quality": plan.quality,
        "term_months": plan.term_months,
        "panel": report.get("panel", []),
        "results": [
            {"bidder": row["bidder"], "score": row["score"], "rank": row["rank"]} for row in report.get("results", [])
        ],
        "changes": [
            {"number": row.number, "service": row.service, "agreement": row.agreement}
            for row in award.competition.binding_terms
        ],
        "passed_over": [
            {"bidder": bid.organisation.name, "rank": bid.rank, "reason": passed_over[bid.id]}
            for bid in ranked_bids(award.competition)
            if bid.id in passed_over
        ],
        "announcement": award.competition.announcement.publication.reference
        if award.competition.announcement.publication
        else "",
    }
