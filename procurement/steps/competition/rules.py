"""Who may bid, when bids are opened, how they are scored and ranked, and who is awarded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from procurement.foundation.clock import end_of, local_day
from procurement.foundation.errors import OutOfTime, RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Appointed, Deed, doer_among
from procurement.registers.credit.models import CreditRecord
from procurement.registers.credit.rules import ensure_not_barred
from procurement.registers.organisations.models import Organisation
from procurement.registers.organisations.rules import ensure_may_undertake
from procurement.registers.people import User
from procurement.statute import limits
from procurement.statute.clauses import Clause
from procurement.statute.scores import price_score, ranking, two_places
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement, AnnouncementStatus
from procurement.steps.competition.models.bids import Bid
from procurement.steps.competition.models.review import Award, Competition, CompetitionDesk, CompetitionStatus, desks
from procurement.transfers.line import Happening, Outstanding, Room, Running, Step
from procurement.transfers.models import Appointment, Criterion, Method, Plan, Transfer

# ── bidding ────────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_may_bid(
    organisation: Organisation | None, records: Iterable[CreditRecord], transfer: Transfer, day: date
) -> Organisation:
    """Refuse a bid from an organisation that is not verified, may not undertake at all, or is barred that day (法22, GP-6)."""
    if organisation is None or not organisation.is_verified:
        raise RuleBroken(
            word("您的组织还没有通过核验，不能投标。注册后由经办人核对统一社会信用代码和登记证书。"),
            article=limits.SUPPLIER_CONDITIONS.of(transfer).on(day).article,
        )
    ensure_may_undertake(organisation.credit_code, organisation.institution, day)
    ensure_not_barred(records, transfer, day)
    return organisation


def ensure_price(price: Money, announcement: Announcement, day: date) -> None:
    """Refuse a price of nothing, or above the ceiling; asked in the form, before anything is sealed (T87-2, T87-9)."""
    ceiling = announcement.transfer.plan.ceiling
    if price <= Money(0):
        raise RuleBroken(word("报价 {price}，应大于零。"), price=price, field="price")
    if price > ceiling:
        raise RuleBroken(
            word("报价 {price} 高于最高限价 {ceiling}，请改为不高于限价的数。"),
            price=price,
            ceiling=ceiling,
            field="price",
            article=limits.BID_OVER_CEILING.of(announcement.transfer).on(day).article,
        )


def why_invalid(price: Money, announcement: Announcement) -> str:
    """Why a price that came out of an envelope makes its bid invalid (T87-9); empty where it does not.

    The form asked the same before sealing, but what is sealed elsewhere and sent in was not asked.
    """
    if price <= Money(0):
        return word("报价不大于零，投标无效。")
    return word("报价高于最高限价，投标无效。") if price > announcement.transfer.plan.ceiling else ""


def envelope_context(announcement: Announcement, organisation_id: int) -> str:
    """What binds an envelope to its competition and bidder: it opens nowhere else."""
    return f"announcement {announcement.id} attempt {announcement.attempt} organisation {organisation_id}"


def key_context(appointment_id: int) -> str:
    """What binds a sealed competition key to the appointment it was made for."""
    return f"appointment {appointment_id}"


# ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_may_open(announcement: Announcement, now: datetime) -> None:
    """Refuse to open before the hour, or twice.

    Raises:
        OutOfTime: before the deadline and its settling minute (T87-12, EB-3).
    """
    if announcement.status is not AnnouncementStatus.PUBLISHED:
        raise WrongState(word("这份公告现在是“{status}”，没有可以开启的投标。"), status=announcement.status)
    opens = announcement_rules.opens_at(announcement)
    if now < opens:
        raise OutOfTime(
            word("投标 {closes} 截止，{opens} 起才能开启；现在是 {now}，谁都不能打开。"),
            closes=announcement.closes_at,
            opens=opens,
            now=now,
            article=limits.OPENING_HOUR.of(announcement.transfer).on(local_day(now)).article,
        )


def least_bidders(transfer: Transfer, day: date) -> Clause:
    """The least number of bidders for an opening, and of qualified ones for a review."""
    return limits.LEAST_BIDDERS.of(transfer).on(day)


def ensure_enough(transfer: Transfer, count: int, day: date) -> None:
    """Refuse to open, or to review, with fewer bidders than are asked for: by law for a purchase (法36, T87-12)."""
    clause = least_bidders(transfer, day)
    if count < clause.amount:
        raise RuleBroken(
            word("有效的投标 {count} 份，不足 {least} 份，不能继续。请由经办人宣布流标，投标保持封存。"),
            count=count,
            least=clause.amount,
            article=clause.article,
        )


def ensure_failed(announcement: Announcement, count: int, now: datetime) -> None:
    """Refuse to declare a failure before the deadline, or with enough bidders (RC-9)."""
    if now < announcement_rules.opens_at(announcement):
        raise OutOfTime(
            word("投标 {closes} 才截止，现在不能宣布流标。"),
            closes=announcement.closes_at,
            article=least_bidders(announcement.transfer, local_day(now)).article,
        )
    clause = least_bidders(announcement.transfer, local_day(now))
    if count >= clause.amount:
        raise RuleBroken(
            word("有效的投标不少于 {least} 份，没有流标的理由。"), least=clause.amount, article=clause.article
        )


# ── the panel ──────────────────────────────────────────────────────────────────────────────────────────────────────


def least_panel(plan: Plan, day: date) -> Clause:
    """The least size of the panel under the plan's method, in a tender larger for a large budget (87号令47); it must be odd.

    Other modes ask for one size under every method (LG-PANEL).
    """
    if plan.method is not Method.OPEN_TENDER:
        return limits.CONSULTATION_PANEL.of(plan.transfer).on(day)
    is_large = plan.budget >= limits.LARGE_BUDGET.on(day).money()
    return (limits.TENDER_PANEL_LARGE if is_large else limits.TENDER_PANEL).of(plan.transfer).on(day)


def ensure_panel_size(plan: Plan, size: int, day: date) -> None:
    """Refuse a panel that is even or too small."""
    clause = least_panel(plan, day)
    if size < clause.amount or size % 2 == 0:
        raise RuleBroken(
            word("评审小组 {size} 人，{method}应为 {least} 人以上的单数。"),
            size=size,
            method=plan.method,
            least=clause.amount,
            field="size",
            article=clause.article,
        )


def eligible_experts(experts: Iterable[User], bids: Sequence[Bid], transfer: Transfer) -> list[User]:
    """The experts who need not stand aside: not of the purchaser, not of a bidder, not employed by one (法12, 条例9)."""
    bidders = {bid.organisation_id for bid in bids}
    names = {bid.organisation.name for bid in bids}
    return [
        expert
        for expert in experts
        if expert.department_id != transfer.department_id
        and expert.organisation_id not in bidders
        and expert.employer not in names
    ]


def drawn(experts: Sequence[User], size: int, seed: str, transfer: Transfer, day: date) -> list[User]:
    """`size` experts at random: the order of the hashes of seed and account number, so that anyone can draw again.

    Raises:
        RuleBroken: when fewer are eligible.
    """
    if len(experts) < size:
        clause = limits.EXPERTS_AT_RANDOM.of(transfer).on(day)
        raise RuleBroken(
            word("可以抽取的专家只有 {count} 人，不够 {size} 人。请先由系统管理员补充专家。"),
            count=len(experts),
            size=size,
            field="size",
            article=clause.article,
        )
    order = sorted(experts, key=lambda expert: hashlib.sha256(f"{seed} {expert.id}".encode()).hexdigest())
    return order[:size]


Points = Mapping[tuple[int, int], Decimal]  # (bid, criterion) → points


def ensure_points(
    points: Points, bids: Sequence[Bid], criteria: Sequence[Criterion], transfer: Transfer, day: date
) -> None:
    """Refuse a sheet that leaves a cell out, or gives points outside 0 to the criterion's weight (T87-6)."""
    article = limits.SCORE_WITHIN_WEIGHT.of(transfer).on(day).article
    for bid in bids:
        for criterion in criteria:
            given = points.get((bid.id, criterion.id))
            field = f"points-{bid.id}-{criterion.id}"
            if given is None:
                raise RuleBroken(
                    word("“{bidder}”的“{criterion}”还没有打分；空着不等于零分。"),
                    bidder=bid.organisation.called,
                    criterion=criterion.name,
                    field=field,
                    article=article,
                )
            if not 0 <= given <= criterion.weight:
                raise RuleBroken(
                    word("“{bidder}”的“{criterion}”打了 {given} 分，应在 0 到 {most} 之间。"),
                    bidder=bid.organisation.called,
                    criterion=criterion.name,
                    given=given,
                    most=criterion.weight,
                    field=field,
                    article=article,
                )


def ensure_no_conflict_declared(declared: bool, transfer: Transfer, day: date) -> None:
    """Refuse a sheet without the declaration that no ground for recusal exists (法12)."""
    if not declared:
        raise RuleBroken(
            word("评分之前，要声明与各投标人没有应当回避的关系；有的，请告知经办人另行抽取。"),
            field="no_conflict",
            article=limits.RECUSAL.of(transfer).on(day).article,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What a bid reached: points for price and quality, total, rank from 1."""

    bid: Bid
    price_score: Decimal
    quality_score: Decimal
    score: Decimal
    rank: int


def results(bids: Sequence[Bid], sheets: Sequence[Points], plan: Plan) -> list[Result]:
    """Score and rank the qualified bids.

    Price: base ÷ price × weight (T87-4); quality: the sum over criteria of the members' plain mean; each rounded to two
    places half up, then added. Rank by score, then by price (T87-5).
    """
    prices = {bid.id: bid.price for bid in bids if bid.price is not None}
    base = min(prices.values())
    weight = Decimal(plan.price_criterion.weight)
    totals: dict[int, tuple[Decimal, Decimal]] = {}
    for bid in bids:
        by_price = price_score(prices[bid.id], base, weight)
        by_quality = sum(
            (
                two_places(sum((sheet[bid.id, criterion.id] for sheet in sheets), Decimal(0)) / len(sheets))
                for criterion in plan.quality_criteria
            ),
            Decimal(0),
        )
        totals[bid.id] = (by_price, by_quality)
    ranks = ranking({bid.id: (sum(totals[bid.id], Decimal(0)), prices[bid.id].fen) for bid in bids})
    ranked = [Result(bid, *totals[bid.id], sum(totals[bid.id], Decimal(0)), ranks[bid.id]) for bid in bids]
    return sorted(ranked, key=lambda result: (result.rank, result.bid.receipt))


# ── the award ──────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_confirms_first(bid: Bid, transfer: Transfer, bids: Sequence[Bid], day: date) -> None:
    """Refuse to confirm anyone but the first-ranked: the purchaser confirms in order (条例43)."""
    article = limits.CONFIRM_AWARD.of(transfer).on(day).article
    first = [other for other in bids if other.rank == 1]
    if bid not in first:
        raise RuleBroken(
            word("“{bidder}”排第 {rank} 名；应按顺序确认第 1 名“{first}”。"),
            bidder=bid.organisation.called,
            rank=bid.rank,
            first=first[0].organisation.called,
            article=article,
        )


def ensure_not_officer(transfer: Transfer, actor: User, day: date) -> None:
    """Refuse a confirmation by whoever runs the competition: running and confirming are separated (RC-2)."""
    who = doer_among(actor, transfer.officer_id)
    if who is not None:
        raise RuleBroken(
            word("“{title}”由{who}经办，成交要由另一人确认。"),
            who=who,
            title=transfer.called,
            article=limits.INCOMPATIBLE_POSTS.of(transfer).on(day).article,
        )


def ensure_amount_repeated(typed: Money, award: Award) -> None:
    """Refuse a deed that cannot be undone when the typed amount is not the award's."""
    if typed != award.price:
        raise RuleBroken(
            word("输入的金额 {typed} 与成交金额 {price} 不同，请核对后再公布。"),
            typed=typed,
            price=award.price,
            field="amount",
        )


# Deeds whose line or whose turn names who sits on the panel.
OF_A_PANEL_MEMBER = frozenset({Deed.SCORE_SHEET_SIGN})


def panel_is_public(award: Award | None) -> bool:
    """Whether it may be told who sits on the panel: not before the result is published (条例43, MT-5)."""
    return award is not None and award.published_at is not None


def appointments_shown(transfer: Transfer, award: Award | None) -> list[Appointment]:
    """The appointments that hold, those to the panel only once they are public."""
    return [
        held
        for held in transfer.appointments
        if held.ended_at is None and (panel_is_public(award) or held.kind is not Appointed.PANEL_MEMBER)
    ]


def challenge_ends(transfer: Transfer, award: Award, calendar: WorkCalendar) -> date | None:
    """The last day on which the result may be challenged: seven working days from the end of the notice's own working day.

    Of what is no purchase, the last day to object to it (LG-OBJECT). Source: 《政府采购法》第五十二条, 《政府采购法实施条例》第五十三条 (CK-10; T87-16).
    """
    if award.published_at is None:
        return None
    published = local_day(award.published_at)
    starts = notice_ends(transfer, award, calendar)
    return limits.CHALLENGE.of(transfer).on(published).last_day(starts, calendar, told_on=published)


def last_day_to_conclude(transfer: Transfer, award: Award, calendar: WorkCalendar) -> date | None:
    """The last day to sign, from the day of the letter of acceptance (CK-4, LG-SIGN)."""
    if award.published_at is None:
        return None
    issued = local_day(award.published_at)
    return limits.SIGN_AGREEMENT.of(transfer).on(issued).last_day(issued, calendar)


def notice_ends(transfer: Transfer, award: Award, calendar: WorkCalendar) -> date:
    """The last day of the result notice: one working day after its publication (T87-16, LG-NOTICE)."""
    assert award.published_at is not None
    published = local_day(award.published_at)
    return limits.RESULT_NOTICE_PERIOD.of(transfer).on(published).last_day(published, calendar)


def challenge_running(transfer: Transfer, award: Award, calendar: WorkCalendar) -> Running:
    """The time to challenge the result of a purchase, or to object to another's, as a clock: it begins when the notice ends."""
    assert award.published_at is not None
    known = notice_ends(transfer, award, calendar)
    title = word("质疑期") if transfer.is_purchase else word("异议期")
    return Running(title, limits.CHALLENGE.of(transfer).on(known), known, told_on=local_day(award.published_at))


def challenge_over(transfer: Transfer) -> str:
    """What happens when that time is over."""
    return word("质疑期届满") if transfer.is_purchase else word("异议期届满")


# ── the door plate ─────────────────────────────────────────────────────────────────────────────────────────────────

_BEFORE_AWARD = {
    CompetitionStatus.OPENED: (Deed.BIDS_QUALIFY, word("投标人的资格还没有审查"), limits.QUALIFICATION_BY_PURCHASER),
    CompetitionStatus.QUALIFIED: (Deed.PANEL_DRAW, word("评审小组还没有抽取"), limits.EXPERTS_AT_RANDOM),
}


def outstanding(transfer: Transfer, desk: CompetitionDesk, now: datetime, calendar: WorkCalendar) -> list[Outstanding]:
    """What ends step 2, in its order: opening, qualification, panel, sheets, report, confirmation, notice."""
    day = local_day(now)
    if desk.announcement is None:
        return []
    if desk.competition is None:
        opens = announcement_rules.opens_at(desk.announcement)
        openers = transfer.appointed(Appointed.OPENER)
        article = limits.OPENING_HOUR.of(transfer).on(day).article
        if now < opens:
            return [
                Outstanding(
                    word("正在接收投标，{opens} 起可以开启"), Deed.BIDS_OPEN, article, opens, openers, {"opens": opens}
                )
            ]
        return [Outstanding(word("投标已经截止，还没有开启"), Deed.BIDS_OPEN, article, opens, openers)]
    status = desk.competition.status
    if status in _BEFORE_AWARD:
        deed, lack, clause = _BEFORE_AWARD[status]
        return [Outstanding(lack, deed, clause.of(transfer).on(day).article)]
    if status is CompetitionStatus.IN_REVIEW:
        return _review_outstanding(transfer, desk.competition, day)
    if status is CompetitionStatus.CONCLUDED:
        confirm = limits.CONFIRM_AWARD.of(transfer).on(day)
        by = confirm.last_day(local_day(desk.competition.concluded_at or now), calendar)
        return [Outstanding(word("成交供应商还没有确认"), Deed.AWARD_CONFIRM, confirm.article, by)]
    if status is CompetitionStatus.CONFIRMED and desk.award is not None:
        publish = limits.PUBLISH_AWARD.of(transfer).on(day)
        by = publish.last_day(local_day(desk.award.confirmed_at), calendar)
        return [Outstanding(word("结果还没有公布，通知书还没有发出"), Deed.AWARD_NOTICE_PUBLISH, publish.article, by)]
    return []


def _review_outstanding(transfer: Transfer, competition: Competition, day: date) -> list[Outstanding]:
    signed = {sheet.member_id for sheet in competition.sheets}
    waiting = transfer.appointed(Appointed.PANEL_MEMBER) - signed
    if waiting:
        return [
            Outstanding(
                word("评审小组还有 {count} 人没有评分"),
                Deed.SCORE_SHEET_SIGN,
                limits.SCORE_WITHIN_WEIGHT.of(transfer).on(day).article,
                None,
                frozenset(waiting),
                {"count": len(waiting)},
            )
        ]
    article = limits.SEND_REPORT.of(transfer).on(day).article
    return [Outstanding(word("评分已齐，还没有形成评审报告"), Deed.REVIEW_CONCLUDE, article)]


def clocks(transfer: Transfer, desk: CompetitionDesk, now: datetime, calendar: WorkCalendar) -> list[Running]:
    """The floor of the announcement while bids are taken; then the clocks of the award, and the time to challenge it."""
    running: list[Running] = []
    if desk.announcement is not None and desk.competition is None:
        running += announcement_rules.floors(transfer, desk.announcement)
    if desk.competition is not None and desk.competition.concluded_at is not None:
        concluded = local_day(desk.competition.concluded_at)
        if desk.competition.status is CompetitionStatus.CONCLUDED:
            running.append(Running(word("确认成交供应商"), limits.CONFIRM_AWARD.of(transfer).on(concluded), concluded))
    if desk.award is not None and desk.award.published_at is None:
        confirmed = local_day(desk.award.confirmed_at)
        running.append(
            Running(word("公布结果、发出通知书"), limits.PUBLISH_AWARD.of(transfer).on(confirmed), confirmed)
        )
    if desk.award is not None and desk.award.published_at is not None:
        ends = challenge_ends(transfer, desk.award, calendar)
        if ends is not None and now < end_of(ends):
            running.append(challenge_running(transfer, desk.award, calendar))
    return running


def happenings(transfer: Transfer, desk: CompetitionDesk, _now: datetime, calendar: WorkCalendar) -> list[Happening]:
    """The opening, and the end of the time to challenge."""
    found = []
    if (
        desk.announcement is not None
        and desk.competition is None
        and desk.announcement.status is AnnouncementStatus.PUBLISHED
    ):
        found.append(Happening(announcement_rules.opens_at(desk.announcement), word("投标截止，可以开启")))
    if desk.award is not None:
        ends = challenge_ends(transfer, desk.award, calendar)
        if ends is not None:
            found.append(Happening(end_of(ends), challenge_over(transfer)))
    return found


ROOM = Room(Step.COMPETITION, desks, outstanding, clocks, happenings)
