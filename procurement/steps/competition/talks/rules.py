"""What must hold in the talks: an equal chance for each, changes told to all at once, final offers in their time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from procurement.foundation.clock import LOCAL, at_local, local_day
from procurement.foundation.errors import DomainError, OutOfTime, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import Said, word
from procurement.foundation.money import Money
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed
from procurement.statute import limits
from procurement.steps.competition import commitments
from procurement.steps.competition.commitments import Entry, Mark
from procurement.steps.competition.models.bids import Bid, BidStatus
from procurement.steps.competition.models.review import Competition, CompetitionDesk, CompetitionStatus
from procurement.steps.competition.models.talks import ChangedTerms, FinalOffer, OfferCall, OfferStatus, TalksDesk
from procurement.steps.holders import rules as holder_rules
from procurement.steps.holders.models import HoldersDesk
from procurement.transfers import methods
from procurement.transfers.line import Outstanding, Step, ensure_at
from procurement.transfers.methods import Talks
from procurement.transfers.models import Transfer


def called(talks: Talks) -> Said:
    """What they are called under this method, as a part of a sentence."""
    return Said(talks.name, {})


def provisions(transfer: Transfer) -> Talks:
    """What binds the talks of this transfer's method.

    Raises:
        WrongState: its method has none.
    """
    talks = methods.talks_of(transfer.plan.method, transfer)
    if talks is None:
        raise WrongState(word("这个事项的采购方式没有磋商和最后报价。"))
    return talks


# ── meetings and terms ─────────────────────────────────────────────────────────────────────────────────────────────


def are_open(competition: Competition, call: OfferCall | None) -> bool:
    """Whether bidders are being met: the panel is drawn, and no final offers have been called for."""
    return competition.has_talks and competition.status is CompetitionStatus.IN_REVIEW and call is None


def ensure_open(competition: Competition, call: OfferCall | None) -> Talks:
    """Refuse meetings and changes before the panel is there, and once final offers are called for."""
    talks = provisions(competition.transfer)
    if not competition.has_talks:
        raise WrongState(word("这次竞争在公布采购文件时没有写{talks}，按投标评审。"), talks=called(talks))
    if not are_open(competition, call):
        raise WrongState(
            word("现在不在{talks}中：评审小组抽取以后开始，要求提交最后报价以后不再变动。"), talks=called(talks)
        )
    return talks


@dataclass(frozen=True, slots=True)
class Held:
    """One meeting as it is written down: whether the bidder came, and what was said."""

    took_part: bool
    minutes: str


def ensure_each_met(bids: Sequence[Bid], held: Mapping[int, Held], talks: Talks, day: date) -> None:
    """Refuse a round of meetings that leaves a bidder out or says nothing of one (MT-10: an equal chance).

    Raises:
        Refusals: each bidder of whom something lacks.
    """
    least = limits.OPENING_REMARK_LEAST.on(day)
    faults: list[DomainError] = []
    for bid in bids:
        meeting = held.get(bid.id)
        if meeting is None or len(meeting.minutes.strip()) < least.amount:
            faults.append(
                RuleBroken(
                    word("与“{bidder}”的{talks}还没有记录，至少写 {least}；没有来的，也要写明何时怎样通知过。"),
                    talks=called(talks),
                    bidder=bid.organisation.called,
                    least=least,
                    field=f"minutes-{bid.id}",
                    article=talks.meetings.on(day).article,
                )
            )
    if faults:
        raise Refusals(faults)


def ensure_changes_something(service: str, agreement: str, reason: str, talks: Talks, day: date) -> None:
    """Refuse a change of nothing, or one without its reason."""
    article = talks.terms.on(day).article
    if not service.strip() and not agreement.strip():
        raise RuleBroken(
            word("变动要求是空的。可以变动的只有技术、服务要求和合同草案条款，至少写一项。"),
            field="service",
            article=article,
        )
    if not reason.strip():
        raise RuleBroken(word("还没有写变动的理由。"), field="reason", article=article)


# ── the call for final offers ──────────────────────────────────────────────────────────────────────────────────────


def earliest_close(now: datetime) -> datetime:
    """The earliest deadline that a call made now may set (NG-OFFER)."""
    return now + limits.FINAL_OFFER_TIME.on(local_day(now)).span()


def ensure_may_invite(
    desk: TalksDesk, closes_at: datetime, talks: Talks, now: datetime, calendar: WorkCalendar
) -> None:
    """Refuse a call before a round of meetings, with too short a time or too long a one, or to an hour at which nobody works."""
    day = local_day(now)
    if desk.rounds == 0:
        raise RuleBroken(
            word("还没有与各家分别{talks}，不能要求提交最后报价。"),
            talks=called(talks),
            field="closes_at",
            article=talks.meetings.on(day).article,
        )
    ensure_close(closes_at, now, calendar)


def ensure_close(closes_at: datetime, now: datetime, calendar: WorkCalendar) -> None:
    """Refuse a deadline with too short a time or too long a one, or at an hour at which nobody works (NG-OFFER, NG-LATEST, NG-HOUR1, NG-HOUR2)."""
    day = local_day(now)
    least = limits.FINAL_OFFER_TIME.on(day)
    if closes_at < earliest_close(now):
        raise RuleBroken(
            word("截止时间 {closes} 太早：从现在起至少要留 {least}，最早是 {earliest}。"),
            closes=closes_at,
            least=least,
            earliest=earliest_close(now),
            field="closes_at",
            article=least.article,
        )
    longest, local = limits.FINAL_OFFER_LATEST.on(day), closes_at.astimezone(LOCAL)
    last = longest.last_day(day, calendar)
    if local.date() > last:
        raise RuleBroken(
            word("截止时间 {closes} 太晚：最迟 {last}（不超过 {period}）。"),
            closes=closes_at,
            last=last,
            period=longest,
            field="closes_at",
            article=longest.article,
        )
    opens, ends = _hours(day)
    if not calendar.is_workday(local.date()) or not opens <= local.hour < ends:
        raise RuleBroken(
            word("截止时间 {closes} 不在工作时间：请选工作日 {opens} 点到 {ends} 点之间，免得供应商来不及提交。"),
            closes=closes_at,
            opens=opens,
            ends=ends,
            field="closes_at",
            article=limits.FINAL_OFFER_UNTIL.on(day).article,
        )


def ensure_may_extend(call: OfferCall, closes_at: datetime, now: datetime, calendar: WorkCalendar) -> None:
    """Refuse to move the deadline of a call once it has passed, or to anything but a later one.

    Raises:
        OutOfTime: at the deadline or after it.
    """
    article = provisions(call.transfer).final_offers.on(local_day(now)).article
    if not is_taking(call) or call.committed_at is not None or now >= call.closes_at:
        raise OutOfTime(word("最后报价已经在 {closes} 截止，不能再延长。"), closes=call.closes_at, article=article)
    if closes_at <= call.closes_at:
        raise RuleBroken(
            word("新的截止时间 {to} 应晚于原来的 {closes}：通知过的时间只往后移。"),
            to=closes_at,
            closes=call.closes_at,
            field="closes_at",
            article=limits.DEADLINE_KEPT.on(local_day(now)).article,
        )
    ensure_close(closes_at, now, calendar)


def close_after_pause(call: OfferCall, taken: timedelta, now: datetime, calendar: WorkCalendar) -> datetime:
    """The deadline with the time given back that a pause took: no sooner than the least time from now, in working hours."""
    return in_working_hours(max(call.closes_at + taken, earliest_close(now)), local_day(now), calendar)


def earliest_acceptable(now: datetime, calendar: WorkCalendar) -> datetime:
    """The earliest deadline that a call made now may set, at an hour at which people work (NG-OFFER, NG-HOUR1, NG-HOUR2)."""
    return in_working_hours(earliest_close(now), local_day(now), calendar)


def in_working_hours(moment: datetime, day: date, calendar: WorkCalendar) -> datetime:
    """An instant as it is where people work then, else the next at which they begin; by the numbers in force on `day`."""
    moved = moment.astimezone(LOCAL)
    opens, ends = _hours(day)
    if moved.hour >= ends:
        moved = at_local(moved.date() + timedelta(days=1), opens)
    elif moved.hour < opens:
        moved = at_local(moved.date(), opens)
    works = calendar.next_workday(local_day(moved))
    return moved if works == local_day(moved) else at_local(works, opens)


def _hours(day: date) -> tuple[int, int]:
    """Between which hours of a working day final offers may close (NG-HOUR1, NG-HOUR2)."""
    return limits.FINAL_OFFER_FROM.on(day).amount, limits.FINAL_OFFER_UNTIL.on(day).amount


def settles_at(call: OfferCall) -> datetime:
    """From when on whatever came in time is in: the list is committed to, and the offers may be opened (HS-SETTLE)."""
    return call.closes_at + limits.SETTLING.on(local_day(call.closes_at)).span()


def is_taking(call: OfferCall) -> bool:
    """Whether the round of a call goes on: it has not failed, and its panel has not concluded."""
    return call.competition.status is CompetitionStatus.IN_REVIEW


def takes_offers(call: OfferCall | None, bid: Bid, now: datetime) -> bool:
    """Whether a final offer of this bidder is taken now."""
    return (
        call is not None
        and is_taking(call)
        and call.committed_at is None
        and now < call.closes_at
        and bid.status is BidStatus.QUALIFIED
        and bid.transfer.is_on_line
    )


def ensure_goes_on(bid: Bid) -> None:
    """Refuse a bidder who is late for it in the bidder's words: the competition is over, or rests."""
    transfer = bid.transfer
    is_before = transfer.step is None or transfer.step.number < Step.COMPETITION.number
    if is_before and bid.announcement.attempt == transfer.attempt:
        ensure_at(transfer, Step.COMPETITION)
    if transfer.step is not Step.COMPETITION or bid.announcement.attempt != transfer.attempt:
        raise WrongState(
            word("“{title}”的这次竞争已经结束，不再接收最后报价，也不能再退出。结果请看公告。"), title=transfer.called
        )
    if not transfer.is_on_line:
        raise WrongState(
            word("“{title}”现在是“{status}”，暂时不能办理。恢复以后会通知您，占去的时间会补足。"),
            title=transfer.called,
            status=transfer.state,
        )


def ensure_takes_offers(call: OfferCall | None, bid: Bid, now: datetime) -> OfferCall:
    """Refuse a final offer that nobody called for, from whoever is not in the talks, or too late.

    Raises:
        OutOfTime: at the deadline or after it.
    """
    article = provisions(bid.transfer).final_offers.on(local_day(now)).article
    if call is None or not is_taking(call):
        raise WrongState(word("现在没有要求提交最后报价。"), article=article)
    if bid.status is not BidStatus.QUALIFIED:
        raise WrongState(word("您的投标现在是“{status}”，不能提交最后报价。"), status=bid.status, article=article)
    if now >= call.closes_at or call.committed_at is not None:
        raise OutOfTime(
            word("最后报价 {closes} 截止，现在是 {now}，不再接收。"), closes=call.closes_at, now=now, article=article
        )
    return call


def ensure_price(price: Money, bid: Bid, day: date) -> None:
    """Refuse a final price of nothing, or above the ceiling; asked in the form, before anything is sealed (T87-9)."""
    ceiling = bid.transfer.plan.ceiling
    if not Money(0) < price <= ceiling:
        raise RuleBroken(
            word("最后报价 {price}，应大于零，并且不高于最高限价 {ceiling}。"),
            price=price,
            ceiling=ceiling,
            field="price",
            article=limits.BID_OVER_CEILING.of(bid.transfer).on(day).article,
        )


def ensure_responds(terms: Sequence[ChangedTerms], response: str, files: int, bid: Bid, day: date) -> None:
    """Refuse a final offer that says nothing to changed terms and brings no file; asked in the form, before anything is sealed."""
    if not terms or response.strip() or files:
        return
    what = [
        *([Said(word("技术、服务要求"), {})] if any(row.service for row in terms) else []),
        *([Said(word("合同草案条款"), {})] if any(row.agreement for row in terms) else []),
    ]
    raise RuleBroken(
        word(
            "第 {numbers} 号变动通知改了{what}，最后报价要说明怎样满足。"
            "请在“对变动要求的响应”里写明，或者按变动后的要求重新提交文件。"
        ),
        numbers=[str(row.number) for row in terms],
        what=what,
        field="response",
        article=provisions(bid.transfer).final_offers.on(day).article,
    )


def why_invalid(price: Money, bid: Bid) -> str:
    """Why what came out of an envelope is no offer that counts; empty where it is one."""
    if not Money(0) < price <= bid.transfer.plan.ceiling:
        return word("最后报价不大于零，或者高于最高限价，报价无效。")
    return ""


def ensure_may_leave(
    competition: Competition, bid: Bid, offer: FinalOffer | None, call: OfferCall | None, now: datetime
) -> None:
    """Refuse to leave talks that have not begun, after the final offer, and once its time is over (MT-10)."""
    talks = provisions(bid.transfer)
    article = talks.leaving.on(local_day(now)).article
    is_open = competition.has_talks and competition.status is CompetitionStatus.IN_REVIEW
    if not is_open or bid.status is not BidStatus.QUALIFIED:
        raise WrongState(word("您的组织现在不在{talks}中，没有可以退出的。"), talks=called(talks), article=article)
    if offer is not None or (call is not None and now >= call.closes_at):
        raise WrongState(word("最后报价已经提交或者截止，不能再退出。"), article=article)


# ── commitment and opening ─────────────────────────────────────────────────────────────────────────────────────────


def entries_of(offers: Iterable[FinalOffer]) -> list[Entry]:
    """What a commitment says of each of these offers."""
    return [
        Entry(row.envelope_sha256, Mark.REPLACED if row.status is OfferStatus.REPLACED else Mark.SEALED)
        for row in offers
    ]


def ensure_may_commit(call: OfferCall, now: datetime) -> None:
    """Refuse a commitment before what came in time is in, and a second one."""
    if call.committed_at is not None or not is_taking(call):
        raise WrongState(word("这次最后报价的清单不用再作承诺。"))
    if not call.transfer.is_on_line:
        raise WrongState(word("事项已暂停，最后报价的时间在恢复以后补足，现在不公布清单。"))
    if now < settles_at(call):
        raise OutOfTime(
            word("最后报价 {closes} 截止，{settles} 起才能公布清单的校验值。"),
            closes=call.closes_at,
            settles=settles_at(call),
            article=limits.SETTLING.on(local_day(now)).article,
        )


def ensure_may_open(call: OfferCall, now: datetime) -> None:
    """Refuse to open final offers before their hour, twice, or without their commitment.

    Raises:
        OutOfTime: before the deadline and its settling minute.
        RuleBroken: the list that is kept is not the one whose hash was published.
    """
    article = provisions(call.transfer).final_offers.on(local_day(now)).article
    if call.is_opened:
        raise WrongState(word("最后报价已经开启。"), article=article)
    if now < settles_at(call):
        raise OutOfTime(
            word("最后报价 {closes} 截止，{opens} 起才能开启；现在是 {now}，谁都不能打开。"),
            closes=call.closes_at,
            opens=settles_at(call),
            now=now,
            article=article,
        )
    ensure_committed(call)


def ensure_committed(call: OfferCall) -> None:
    """Refuse to open final offers, or to give their round up, without the commitment to their list, or with another list.

    Raises:
        WrongState: it has not been made yet.
        RuleBroken: the list that is kept is not the one whose hash was published.
    """
    if call.committed_at is None:
        raise WrongState(word("截止后的清单校验值还没有公布，稍等一分钟再办。"))
    if not commitments.holds(call.sealed, call.commitment):
        raise RuleBroken(
            word("保存的清单和截止时公布的校验值 {sha256} 对不上，不能往下办。请报告财政监管人员和审计人员。"),
            sha256=call.commitment,
            article=provisions(call.transfer).final_offers.on(local_day(call.closes_at)).article,
        )


def awaits_offers(desk: CompetitionDesk) -> bool:
    """Whether final offers are still to be opened by the holders: they are needed until then."""
    competition, call = desk.competition, desk.talks.call
    return (
        competition is not None
        and competition.has_talks
        and competition.status in (CompetitionStatus.OPENED, CompetitionStatus.QUALIFIED, CompetitionStatus.IN_REVIEW)
        and (call is None or not call.is_opened)
    )


def ensure_scored_by_offers(competition: Competition, call: OfferCall | None, day: date) -> None:
    """Refuse scores before the final offers are opened: they are what is judged."""
    if competition.has_talks and (call is None or not call.is_opened):
        raise WrongState(
            word("最后报价还没有开启，不能评分。"),
            article=provisions(competition.transfer).final_offers.on(day).article,
        )


def deeds_beside(desk: CompetitionDesk) -> list[Deed]:
    """What may be done in the talks beside what is outstanding: a change that the panel proposes, another round of meetings."""
    call = desk.talks.call
    if desk.competition is not None and call is not None and is_taking(call) and call.committed_at is None:
        return [Deed.OFFERS_EXTEND]
    if desk.competition is None or not are_open(desk.competition, call):
        return []
    return [Deed.TERMS_PROPOSE, *([Deed.MEETINGS_RECORD] if desk.talks.rounds else [])]


# ── the door plate ─────────────────────────────────────────────────────────────────────────────────────────────────


def outstanding(transfer: Transfer, desk: CompetitionDesk, now: datetime) -> list[Outstanding]:
    """What lacks until the final offers can be judged; empty once they are opened, and where there are no talks."""
    competition, talks = desk.competition, desk.talks
    if competition is None or not competition.has_talks:
        return []
    day, bound = local_day(now), provisions(transfer)
    is_opened = talks.call is not None and talks.call.is_opened
    least = methods.clause(methods.rules_of(transfer.plan.method, transfer).least, transfer, day)
    # Who is in the talks is no secret; how many offers lie in the box nobody is told before they are opened.
    if len(desk.qualified) < least.amount:
        lack = word("余下 {count} 家，不足 {least}，要宣布流标")
        values = {"count": len(desk.qualified), "least": least}
        return [Outstanding(lack, Deed.COMPETITION_FAIL, least.article, values=values)]
    if is_opened:
        return []
    if talks.call is not None:
        return _opening(transfer, desk.holders, talks.call, now, bound)
    lacking = []
    if talks.proposed is not None:
        lack = word("评审小组提出了变动要求，还没有确认并通知各家")
        lacking.append(Outstanding(lack, Deed.TERMS_CONFIRM, bound.terms.on(day).article))
    if talks.rounds == 0:
        lack, values = word("与各家的{talks}还没有记录"), {"talks": called(bound)}
        return [*lacking, Outstanding(lack, Deed.MEETINGS_RECORD, bound.meetings.on(day).article, values=values)]
    lack = word("还没有要求提交最后报价")
    return [*lacking, Outstanding(lack, Deed.OFFERS_INVITE, bound.final_offers.on(day).article)]


def _opening(
    transfer: Transfer, holders: HoldersDesk, call: OfferCall, now: datetime, bound: Talks
) -> list[Outstanding]:
    """The opening of the final offers by two holders, or the failure where no two are left."""
    day = local_day(now)
    if holder_rules.keys_are_lost(holders, day):
        lack = word("持有人报告口令遗失，余下的打不开最后报价，要宣布流标")
        return [Outstanding(lack, Deed.COMPETITION_FAIL, limits.HOLDERS_TOGETHER.on(day).article)]
    people = frozenset(row.user_id for row in holders.holders.values())
    opens = settles_at(call)
    is_open = now < opens
    lack = word("正在接收最后报价，{opens} 起可以开启") if is_open else word("最后报价已经截止，还没有开启")
    values = {"opens": opens} if is_open else {}
    opening = Outstanding(lack, Deed.OFFERS_OPEN, bound.final_offers.on(day).article, opens, people, values)
    return [opening, *holder_rules.succession(transfer, holders, day)]
