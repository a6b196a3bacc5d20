"""Who may bid, when bids are opened, how they are scored and ranked, and who is awarded."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from procurement.foundation.clock import end_of, local_day
from procurement.foundation.envelopes import BYTES_OF_A_MEGABYTE
from procurement.foundation.errors import (
    Conflict,
    DomainError,
    OutOfTime,
    Refusals,
    RuleBroken,
    WrongState,
    faults_of_all,
)
from procurement.foundation.labels import Said, word
from procurement.foundation.money import Money
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import HOLDERS, Appointed, Deed, doer_among
from procurement.registers.credit.models import CreditRecord
from procurement.registers.credit.rules import barring, ensure_not_barred
from procurement.registers.directory.expiries import Expiry
from procurement.registers.directory.models import ConditionKind, Listing
from procurement.registers.organisations.models import Organisation
from procurement.registers.organisations.rules import ensure_may_undertake
from procurement.registers.people import User
from procurement.statute import limits
from procurement.statute.clauses import Clause
from procurement.statute.scores import price_score, ranking, two_places
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement, AnnouncementStatus, FailureGround
from procurement.steps.announcement.published import rules as published_rules
from procurement.steps.competition import commitments
from procurement.steps.competition.commitments import Entry, Mark
from procurement.steps.competition.models.bids import Bid
from procurement.steps.competition.models.opening import Commitment, adjournments_of
from procurement.steps.competition.models.remarks import OpeningRemark, RemarkKind
from procurement.steps.competition.models.review import (
    Award,
    Competition,
    CompetitionDesk,
    CompetitionStatus,
    HeldSecurity,
    desks,
)
from procurement.steps.competition.talks import rules as talks_rules
from procurement.steps.holders import rules as holder_rules
from procurement.steps.holders.models import BIDS, HoldersDesk
from procurement.transfers import methods
from procurement.transfers.line import Happening, Outstanding, Room, Running, Step
from procurement.transfers.models import Appointment, Criterion, Method, Plan, Transfer

# ── bidding ────────────────────────────────────────────────────────────────────────────────────────────────────────


def ensure_may_bid(
    organisation: Organisation | None,
    records: Iterable[CreditRecord],
    transfer: Transfer,
    day: date,
    listing: Listing | None = None,
) -> Organisation:
    """Refuse a bid from an organisation that is not verified, may not undertake at all, or is barred that day (法22, GP-6).

    Nor from one whose registration in its `listing` has lapsed: it would not be opened.
    """
    if organisation is None or not organisation.is_verified:
        raise RuleBroken(
            word("您的组织还没有通过核验，不能投标。注册后由经办人核对统一社会信用代码和登记证书。"),
            article=limits.SUPPLIER_CONDITIONS.of(transfer).on(day).article,
        )
    ensure_may_undertake(organisation.credit_code, organisation.institution, day)
    ensure_not_barred(records, transfer, day)
    if (lapsed := registration_lapsed_on(listing, day)) is not None:
        raise RuleBroken(
            word("贵组织的登记证明在 {lapsed} 已经到期，现在不能投标，投了也不会开启。请先在承接目录里提交新的证明。"),
            lapsed=lapsed,
            article=limits.SUPPLIER_CONDITIONS.of(transfer).on(day).article,
        )
    if is_for_another(organisation, transfer):
        raise RuleBroken(
            word("“{title}”采用单一来源方式，只由指定的一家组织响应。"),
            title=transfer.called,
            article=limits.SINGLE_SOURCE.on(day).article,
        )
    return organisation


def is_for_another(organisation: Organisation, transfer: Transfer) -> bool:
    """Whether one other organisation alone is called (法31)."""
    return transfer.plan.method is Method.SINGLE_SOURCE and organisation.credit_code != transfer.plan.source_code


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


def ensure_security_named(announcement: Announcement, form: str, reference: str, day: date) -> None:
    """Refuse a bid that does not name its security where one is asked for; asked in the form, before anything is sealed."""
    if announcement.security == Money(0) or (form and reference.strip()):
        return
    raise RuleBroken(
        word("本项目收投标保证金 {amount}，请填形式和编号；没有保证金的投标无效。"),
        amount=announcement.security,
        field="security_reference" if form else "security_form",
        article=limits.BID_OVER_CEILING.of(announcement.transfer).on(day).article,
    )


NO_SECURITY = word("没有按要求交纳投标保证金，投标无效。")


def why_invalid(price: Money, announcement: Announcement, *, has_security: bool) -> str:
    """Why what came out of an envelope makes its bid invalid: its price, or no security (T87-9); empty where it does not.

    The form asked the same before sealing, but what is sealed elsewhere and sent in was not asked.
    """
    if price <= Money(0):
        return word("报价不大于零，投标无效。")
    if price > announcement.transfer.plan.ceiling:
        return word("报价高于最高限价，投标无效。")
    if announcement.security > Money(0) and not has_security:
        return NO_SECURITY
    return ""


def ensure_may_prepare(organisation: Organisation | None, transfer: Transfer, day: date) -> Organisation:
    """Refuse to keep anything sealed for an organisation that is not verified; what else is asked for is asked at the submission (法22)."""
    if organisation is None or not organisation.is_verified:
        raise RuleBroken(
            word("您的组织还没有通过核验，不能封存文件。注册后由经办人核对统一社会信用代码和登记证书。"),
            article=limits.SUPPLIER_CONDITIONS.of(transfer).on(day).article,
        )
    return organisation


def most_bytes(day: date) -> int:
    """How large all files of one bid may be together, in bytes."""
    return limits.BID_SIZE.on(day).amount * BYTES_OF_A_MEGABYTE


def most_files(day: date) -> int:
    """How many files one bid may have."""
    return limits.BID_FILES.on(day).amount


def ensure_files_fit(count: int, size: int, day: date) -> None:
    """Refuse more files, or more bytes in them, than one bid takes."""
    if count > most_files(day):
        raise RuleBroken(
            word("投标文件有 {count} 份，最多 {most} 份。请把几份合并，或者去掉不需要的。"),
            count=count,
            most=most_files(day),
            field="document",
            article=limits.BID_FILES.on(day).article,
        )
    if size > most_bytes(day):
        raise RuleBroken(
            word("投标文件一共 {size} 字节，最多 {most} 字节（{limit}）。请压缩图片，或者去掉不需要的文件。"),
            size=size,
            most=most_bytes(day),
            limit=limits.BID_SIZE.on(day),
            field="document",
            article=limits.BID_SIZE.on(day).article,
        )


def ensure_has_files(count: int) -> None:
    """Refuse a bid without a file."""
    if count == 0:
        raise RuleBroken(word("还没有封存任何文件。请选择投标文件。"), field="document")


def ensure_declared(truthful: bool, independent: bool, transfer: Transfer, day: date) -> None:
    """Refuse a bid whose bidder has not declared what the law asks of it (法22, 条例18).

    Raises:
        Refusals: each declaration that lacks.
    """
    faults: list[DomainError] = []
    if not truthful:
        faults.append(
            RuleBroken(
                word("还没有声明：以上是本组织的真实意思，近三年没有重大违法记录。"),
                field="truthful",
                article=limits.SUPPLIER_CONDITIONS.of(transfer).on(day).article,
            )
        )
    if not independent:
        faults.append(
            RuleBroken(
                word("还没有声明：与参加这次竞争的其他组织没有同一负责人，也没有控股、管理关系。"),
                field="independent",
                article=limits.INDEPENDENT_BIDDERS.of(transfer).on(day).article,
            )
        )
    if faults:
        raise Refusals(faults)


def lacks_of_bidder(
    organisation: Organisation | None,
    records: Iterable[CreditRecord],
    expiring: Iterable[Expiry],
    announcement: Announcement,
    *,
    files: int,
    declared: tuple[bool, bool],
    day: date,
    listing: Listing | None = None,
    lead: str | None = None,
    security: tuple[str, str] | None = None,
) -> list[DomainError]:
    """What a bidder still lacks, each with its source and what to do; what only expires before the deadline among it."""
    transfer, closes, records = announcement.transfer, local_day(announcement.closes_at), list(records)
    article = limits.SUPPLIER_CONDITIONS.of(transfer).on(day).article
    faults = faults_of_all(lambda: ensure_may_bid(organisation, records, transfer, day, listing))
    if not faults and (coming := barring(records, closes)) is not None:
        faults.append(
            RuleBroken(
                word("到 {closes} 截止时，贵组织的“{kind}”（{document}）已经生效，届时不能参加竞争。"),
                closes=announcement.closes_at, kind=coming.kind, document=coming.document, article=article,
            )
        )  # fmt: skip
    faults += [
        RuleBroken(
            word("贵组织的“{what}”在 {day} 到期，早于投标截止。请先更新，免得资格审查时不符合。"),
            what=Said(row.what, {}),
            day=row.day,
            article=article,
        )
        for row in expiring
        if row.day < closes
    ]
    return faults + faults_of_all(
        lambda: ensure_has_files(files),
        lambda: ensure_lead(lead),
        lambda: ensure_security_named(announcement, *security, day) if security is not None else None,
        lambda: ensure_declared(*declared, transfer, day),
    )


def ensure_lead(lead: str | None) -> None:
    """Refuse a bid that does not say who leads the work; None is not asked."""
    if lead is not None and not lead.strip():
        raise RuleBroken(word("项目负责人还没有填。"), field="lead")


def envelope_context(announcement: Announcement, organisation_id: int, sitting: int = BIDS) -> str:
    """What binds an envelope to its competition and bidder, and a final offer to its sitting: it opens nowhere else."""
    context = f"announcement {announcement.id} attempt {announcement.attempt} organisation {organisation_id}"
    return context if sitting == BIDS else f"{context} sitting {sitting}"


def context_told(announcement: Announcement, organisation_id: int, sitting: int = BIDS) -> dict[str, int]:
    """The same in the text of an envelope."""
    told = {"announcement": announcement.id, "attempt": announcement.attempt, "organisation": organisation_id}
    return told if sitting == BIDS else {**told, "sitting": sitting}


def part_context(announcement: Announcement, organisation_id: int, token: str, number: int, sitting: int = BIDS) -> str:
    """What binds a piece to its file and its place in it; number 0 is the file's header."""
    return f"{envelope_context(announcement, organisation_id, sitting)} file {token} part {number}"


def manifest_context(announcement: Announcement, organisation_id: int, sitting: int = BIDS) -> str:
    """What binds a manifest to its competition and bidder."""
    return f"{envelope_context(announcement, organisation_id, sitting)} manifest"


def draft_context(announcement: Announcement, organisation_id: int) -> str:
    """What binds a draft to its competition and bidder."""
    return f"{envelope_context(announcement, organisation_id)} draft"


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
        article = limits.OPENING_HOUR.of(announcement.transfer).on(local_day(now)).article
        if announcement.adjourned_to == opens:
            raise OutOfTime(
                word("开启已延到 {opens}；现在是 {now}，谁都不能打开。"), opens=opens, now=now, article=article
            )
        raise OutOfTime(
            word("投标 {closes} 截止，{opens} 起才能开启；现在是 {now}，谁都不能打开。"),
            closes=announcement.closes_at,
            opens=opens,
            now=now,
            article=article,
        )


def entries_of(bids: Iterable[Bid]) -> list[Entry]:
    """What a commitment says of each of these bids: one that gave way to another of its bidder at one instant is replaced."""
    rows = list(bids)
    lodged = {(bid.organisation_id, bid.submitted_at) for bid in rows}
    found = []
    for bid in rows:
        mark = Mark.SEALED if bid.is_active else Mark.WITHDRAWN
        if bid.withdrawn_at is not None and (bid.organisation_id, bid.withdrawn_at) in lodged:
            mark = Mark.REPLACED
        found.append(Entry(bid.envelope_sha256, mark))
    return found


def ensure_may_commit(announcement: Announcement, commitment: Commitment | None, now: datetime) -> None:
    """Refuse a commitment before what came in time is in, to what is no call any more, and a second one."""
    if announcement.status is not AnnouncementStatus.PUBLISHED or commitment is not None:
        raise WrongState(word("这份公告的投标清单不用再作承诺。"))
    if announcement_rules.clock_stands(announcement):
        raise WrongState(word("事项在投标截止以前暂停，恢复办理时补足时间，现在不作承诺。"))
    settles = announcement_rules.settles_at(announcement)
    if now < settles:
        raise OutOfTime(
            word("投标 {closes} 截止，{settles} 起才能公布投标清单的校验值。"),
            closes=announcement.closes_at,
            settles=settles,
            article=limits.SETTLING.on(local_day(now)).article,
        )


def ensure_seen(announcement: Announcement, edition: int) -> None:
    """Refuse a bid whose form was opened before the newest material change: it was made for other terms (87号令27).

    Raises:
        Conflict: naming the version that was not seen.
    """
    if edition < announcement.binding_edition:
        raise Conflict(
            word("您打开这一页以后，公告作了实质性变更，现在是第 {edition} 版。请先看变更的内容，再提交。"),
            edition=announcement.edition,
        )


def ensure_uncommitted(announcement: Announcement, commitment: Commitment | None, now: datetime) -> None:
    """Refuse a bid, and its withdrawal, once the list of envelopes is committed to: whatever waited so long is not in it."""
    if commitment is not None:
        raise OutOfTime(
            word("投标清单的校验值已在 {made} 公布，不再收下或者撤回投标。"),
            made=commitment.made_at,
            article=limits.BIDS_CLOSE.of(announcement.transfer).on(local_day(now)).article,
        )


def ensure_unsettled(announcement: Announcement, commitment: Commitment | None, now: datetime) -> None:
    """Refuse to change a call, or to give it up, once the list of its envelopes is committed to: it came before the deadline and waited."""
    if commitment is not None:
        raise OutOfTime(
            word("投标清单的校验值已在 {made} 公布，公告的内容和时间都不能再改，也不能撤回。"),
            made=commitment.made_at,
            article=limits.BIDS_CLOSE.of(announcement.transfer).on(local_day(now)).article,
        )


def ensure_committed(announcement: Announcement, commitment: Commitment | None, day: date) -> Commitment:
    """The commitment, which must be there, and be the one to the list that is kept, before anything is opened or given up.

    Raises:
        WrongState: it has not been made yet.
        RuleBroken: the list that is kept is not the one whose hash was published.
    """
    if commitment is None:
        raise WrongState(word("截止后的投标清单校验值还没有公布，稍等一分钟再办。"))
    if not commitments.holds(commitment.sealed, commitment.sha256):
        raise RuleBroken(
            word("保存的投标清单和截止时公布的校验值 {sha256} 对不上，不能往下办。请报告财政监管人员和审计人员。"),
            sha256=commitment.sha256,
            article=limits.OPENING_RECORDED.of(announcement.transfer).on(day).article,
        )
    return commitment


def registration_lapsed_on(listing: Listing | None, day: date) -> date | None:
    """When the registration in a listing lapsed, if that was before `day`."""
    evidence = listing.conditions if listing is not None else []
    lapsed = [row.expires_on for row in evidence if row.kind is ConditionKind.REGISTERED and row.expires_on is not None]
    return min((expires for expires in lapsed if expires < day), default=None)


def why_excluded(bid: Bid, records: Iterable[CreditRecord], listing: Listing | None, day: date) -> str:
    """Why a bid is not opened because of its bidder: no longer verified, barred that day, or its registration lapsed; else empty.

    The registration must have held at the deadline: that the purchaser opens later, or puts it off, takes no bid away.
    """
    if not bid.organisation.is_verified:
        return word("组织的核验不再有效，投标没有开启。")
    if barring(records, day) is not None:
        return word("组织在开启当日受信用记录限制，不能参加竞争，投标没有开启。")
    if registration_lapsed_on(listing, local_day(bid.announcement.closes_at)) is not None:
        return word("组织的登记证明在投标截止之前已经到期，投标没有开启。")
    return ""


NOT_COMMITTED = word("信封的校验值不在截止时承诺的清单里，投标没有开启。")


def ensure_may_adjourn(
    announcement: Announcement, until: datetime, reason: str, now: datetime, calendar: WorkCalendar
) -> None:
    """Refuse to put an opening off before its hour, to an hour that is past or too far, or without a reason (OP-ADJ).

    However often it is put off, all of it together is bounded too (OP-ADJ-ALL): bidders are not kept waiting for ever.

    Raises:
        OutOfTime: before the hour of the opening.
        RuleBroken: naming the last day and what is wrong with the hour or the reason.
    """
    day = local_day(now)
    longest = limits.ADJOURNMENT.on(day)
    opens = announcement_rules.opens_at(announcement)
    if now < opens:
        raise OutOfTime(
            word("开启时间是 {opens}，到了时间开不成才能延期；现在是 {now}。"),
            opens=opens,
            now=now,
            article=longest.article,
        )
    last, whole = longest.last_day(day, calendar), limits.ADJOURNMENTS_TOGETHER.on(day)
    at_most = last_adjournment(announcement, day, calendar)
    if until > now and at_most < local_day(until) <= last:
        raise RuleBroken(
            word("延到 {until} 不行：同一次开启几次延期加起来不超过 {period}，最迟 {last}。请由到场的持有人开启。"),
            until=until,
            period=whole,
            last=at_most,
            field="until",
            article=whole.article,
        )
    if until <= now or local_day(until) > last:
        raise RuleBroken(
            word("延到 {until} 不行：应晚于现在（{now}），最迟 {last}（不超过 {period}）。"),
            until=until,
            now=now,
            last=last,
            period=longest,
            field="until",
            article=longest.article,
        )
    ensure_said(reason, "reason", day)


def last_adjournment(announcement: Announcement, day: date, calendar: WorkCalendar) -> date:
    """The last day to which an opening may be put off on `day`, all its adjournments together (OP-ADJ-ALL).

    What counts is how far it was put off: a pause, and hours at which nobody came, use nothing up.
    """
    used = sum(
        calendar.workdays_between(local_day(row.put_off), local_day(row.opens_at))
        for row in adjournments_of(announcement)
    )
    left = int(limits.ADJOURNMENTS_TOGETHER.on(day).amount) - used
    return calendar.after(day, left) if left > 0 else day


def latest_adjournment(announcement: Announcement, day: date, calendar: WorkCalendar) -> date:
    """The last day to which an opening may be put off on `day`, this once and all together."""
    return min(limits.ADJOURNMENT.on(day).last_day(day, calendar), last_adjournment(announcement, day, calendar))


def is_to_be_opened(transfer: Transfer, desk: CompetitionDesk, now: datetime) -> bool:
    """Whether the hour of the opening has come and nothing has been opened: the time in which it may be put off."""
    return (
        transfer.is_on_line
        and transfer.step is Step.COMPETITION
        and desk.announcement is not None
        and desk.competition is None
        and now >= announcement_rules.opens_at(desk.announcement)
    )


def ensure_said(text: str, field: str, day: date) -> None:
    """Refuse an objection, an answer or a reason that says nothing."""
    least = limits.OPENING_REMARK_LEAST.on(day)
    if len(text.strip()) < least.amount:
        raise RuleBroken(
            word("写了 {count} 个字，至少要 {least} 个字，请把情况说明白。"),
            count=len(text.strip()),
            least=least.amount,
            field=field,
            article=least.article,
        )


def remarks_until(competition: Competition) -> datetime:
    """Until when bidders may confirm or object; who has said nothing by then has accepted (T87-12)."""
    return competition.opened_at + limits.OPENING_REMARKS.on(local_day(competition.opened_at)).span()


def remarks_since(now: datetime) -> datetime:
    """Since when what was opened may still be spoken to: `remarks_until`, looked at from now."""
    return now - limits.OPENING_REMARKS.on(local_day(now)).span()


def ensure_may_remark(
    competition: Competition, bid: Bid, remarks: Iterable[OpeningRemark], kind: RemarkKind, now: datetime
) -> None:
    """Refuse a word on the opening too late, from who was not in it, a second time, or to confirm what one still objects to.

    Raises:
        OutOfTime: naming until when it could be said (T87-12: doubts are raised on the spot).
    """
    until = remarks_until(competition)
    if now >= until:
        raise OutOfTime(
            word("开启结果可以确认或者提出异议到 {until}；现在是 {now}。没有提出的，视为认可。"),
            until=until,
            now=now,
            article=limits.OPENING_RECORDED.of(competition.transfer).on(local_day(now)).article,
        )
    own = [row for row in remarks if row.bid_id == bid.id]
    if not bid.is_opened or any(row.kind is kind for row in own):
        raise WrongState(word("您的组织已经对这次开启说过这句话，或者没有参加这次开启。"))
    if kind is RemarkKind.CONFIRMED and any(row.waits for row in own):
        raise WrongState(word("您的组织提出的异议还没有答复，答复以后再确认。"))


def ensure_may_answer(remark: OpeningRemark) -> None:
    """Refuse a second answer, and one to what was no objection."""
    if not remark.waits:
        raise WrongState(word("这条异议已经答复，答复不能再改。"))


def ensure_objections_answered(remarks: Iterable[OpeningRemark], transfer: Transfer, day: date) -> None:
    """Refuse to go on while a bidder's objection to the opening waits: it is dealt with in time (T87-12)."""
    count = sum(row.waits for row in remarks)
    if count:
        raise RuleBroken(
            word("有 {count} 条对开启的异议还没有答复，请先答复。"),
            count=count,
            article=limits.OPENING_RECORDED.of(transfer).on(day).article,
        )


def least_bidders(transfer: Transfer, day: date) -> Clause:
    """The least number of bidders for an opening, and of qualified ones for a review, under the plan's method."""
    return methods.clause(methods.rules_of(transfer.plan.method, transfer).least, transfer, day)


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


def ensure_failed(announcement: Announcement, count: int, now: datetime, *, keys_lost: bool = False) -> FailureGround:
    """For what a competition fails: too few bidders after the deadline (RC-9), or at any time secrets that are lost.

    Raises:
        OutOfTime: before the deadline.
        RuleBroken: with enough bidders.
    """
    opens = announcement_rules.opens_at(announcement)
    if keys_lost and (now < opens or count >= least_bidders(announcement.transfer, local_day(now)).amount):
        return FailureGround.KEYS_LOST
    if now < opens:
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
    return FailureGround.TOO_FEW


# ── the panel ──────────────────────────────────────────────────────────────────────────────────────────────────────


def least_panel(plan: Plan, day: date) -> Clause:
    """The least size of the panel under the plan's method, larger for a large budget where the law says so (87号令47); it must be odd.

    Other modes ask for one size under every method (LG-PANEL).
    """
    return methods.panel_clause(plan.method, plan.transfer, plan.budget, day)


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
    """The experts who need not stand aside: not of the purchaser, not of a bidder, not employed by one (法12, 条例9).

    Nor whoever held what opened the bids: the panel keeps away from the opening (T87-12).
    """
    holders = {row.user_id for row in transfer.appointments if row.kind in HOLDERS and row.attempt == transfer.attempt}
    bidders = {bid.organisation_id for bid in bids}
    names = {bid.organisation.name for bid in bids}
    return [
        expert
        for expert in experts
        if expert.department_id != transfer.department_id
        and expert.organisation_id not in bidders
        and expert.employer not in names
        and expert.id not in holders
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


def why_not_awarded(bid: Bid, records: Iterable[CreditRecord], day: date) -> str:
    """Why nobody may contract with a bidder that day: no longer verified, or barred since the opening; else empty (法22)."""
    if not bid.organisation.is_verified:
        return word("组织的核验不再有效")
    return word("组织受信用记录限制，不能参加竞争") if barring(records, day) is not None else ""


def ensure_may_be_awarded(bid: Bid, reason: str, day: date, then: str) -> None:
    """Refuse to award to, or to contract with, a bidder that `reason` keeps from it; `then` says what is left to do."""
    if reason:
        raise RuleBroken(
            word("“{bidder}”现在不能成交：{reason}。{then}"),
            bidder=bid.organisation.called,
            reason=Said(reason, {}),
            then=Said(then, {}),
            article=limits.SUPPLIER_CONDITIONS.of(bid.transfer).on(day).article,
        )


def first_in_order(bids: Iterable[Bid], excluded: Container[int]) -> list[Bid]:
    """Whoever ranks first of those who may be awarded; more than one where they are level."""
    left = [bid for bid in bids if bid.rank is not None and bid.id not in excluded]
    best = min((bid.rank or 0 for bid in left), default=None)
    return [bid for bid in left if bid.rank == best]


def ensure_confirms_first(
    bid: Bid, transfer: Transfer, bids: Sequence[Bid], day: date, excluded: Mapping[int, str] | None = None
) -> None:
    """Refuse to confirm anyone but the first-ranked of those who may be awarded: the purchaser confirms in order (条例43)."""
    excluded = excluded or {}
    first = first_in_order(bids, excluded)
    then = word("请按顺序确认下一名。") if first else word("评审合格的都不能成交，请由经办人宣布流标。")
    ensure_may_be_awarded(bid, excluded.get(bid.id, ""), day, then)
    if bid not in first:
        raise RuleBroken(
            word("“{bidder}”排第 {rank} 名；应按顺序确认第 {first_rank} 名“{first}”。"),
            bidder=bid.organisation.called,
            rank=bid.rank,
            first_rank=first[0].rank,
            first=first[0].organisation.called,
            article=limits.CONFIRM_AWARD.of(transfer).on(day).article,
        )


# What it is to run a competition: whoever did one of these for the purchaser does not confirm what came of it.
RUNNING = frozenset(
    {
        Deed.ANNOUNCEMENT_PUBLISH,
        Deed.ANNOUNCEMENT_CORRECT,
        Deed.ANNOUNCEMENT_AMEND,
        Deed.DEADLINE_EXTEND,
        Deed.ENQUIRY_ANSWER,
        Deed.OBJECTION_ANSWER,
        Deed.BIDS_QUALIFY,
        Deed.PANEL_DRAW,
        Deed.MEETINGS_RECORD,
        Deed.TERMS_CONFIRM,
        Deed.OFFERS_INVITE,
        Deed.OFFERS_EXTEND,
        Deed.REVIEW_CONCLUDE,
    }
)


def ensure_not_officer(transfer: Transfer, done: Iterable[tuple[Deed, int]], actor: User, day: date) -> None:
    """Refuse a confirmation by whoever runs the competition, or did one of its deeds: running and confirming are separated (RC-2).

    `done` names these deeds with who did them; a substitute's are the substitute's own when the substitution has ended.
    """
    article = limits.INCOMPATIBLE_POSTS.of(transfer).on(day).article
    who = doer_among(actor, transfer.officer_id)
    if who is not None:
        raise RuleBroken(
            word("“{title}”由{who}经办，成交要由另一人确认。"), who=who, title=transfer.called, article=article
        )
    for deed, doer in done:
        who = doer_among(actor, doer)
        if who is not None:
            raise RuleBroken(
                word("“{title}”的“{deed}”是{who}办的，成交要由另一人确认。"),
                who=who,
                deed=deed,
                title=transfer.called,
                article=article,
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


def is_over(announcement: Announcement, competition: Competition | None) -> bool:
    """Whether a round has come to its result, or failed: what was closed while it went on is not said to be closed any more."""
    over = (CompetitionStatus.AWARDED, CompetitionStatus.FAILED)
    return announcement.status is AnnouncementStatus.FAILED or (competition is not None and competition.status in over)


# Deeds whose line or whose turn names who sits on the panel.
OF_A_PANEL_MEMBER = frozenset({Deed.SCORE_SHEET_SIGN, Deed.TERMS_PROPOSE})


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


# ── the bid security ───────────────────────────────────────────────────────────────────────────────────────────────


def return_begins(bid: Bid, award: Award | None) -> date | None:
    """The day from which a bidder's security is to go back: of losers the letter's, of the winner the agreement's (条例33).

    Of whoever withdrew its bid or left the talks that of doing so (T87-17, MT-10); of a call that has failed or was withdrawn
    the day of that notice, and of a transfer that the conference ended the day of the end; None as long as it is not to go back.
    """
    call, transfer = bid.announcement, bid.transfer
    for moment in (bid.withdrawn_at, bid.left_at, call.ended_at):
        if moment is not None:
            return local_day(moment)
    if award is not None and award.published_at is not None:
        signed = [row.left_at for row in transfer.records if row.step is Step.AGREEMENT and not row.left_back]
        begins = award.published_at if award.bid_id != bid.id else signed[-1] if signed else None
        if begins is not None:
            return local_day(begins)
    return local_day(transfer.closed_at) if transfer.closed_at is not None else None


def return_by(bid: Bid, award: Award | None, calendar: WorkCalendar) -> date | None:
    """The last day to give a security back (CK-7, CK-8); None where none was asked, or as long as it is not to go back."""
    begins = return_begins(bid, award)
    if begins is None or bid.announcement.security == Money(0) or bid.broken_reason == NO_SECURITY:
        return None
    is_winner = award is not None and award.bid_id == bid.id
    named = limits.SECURITY_OF_WINNER if is_winner else limits.SECURITY_OF_LOSERS
    return named.of(bid.transfer).on(begins).last_day(begins, calendar)


def is_returned_late(bid: Bid, award: Award | None, day: date, calendar: WorkCalendar) -> bool:
    """Whether a security went back after its last day, or has not by `day`."""
    last = return_by(bid, award, calendar)
    done = local_day(bid.security_returned_at) if bid.security_returned_at is not None else day
    return last is not None and done > last


def ensure_may_return_security(bid: Bid, award: Award | None, day: date, *, is_held: bool) -> None:
    """Refuse to give back what was not asked, what has gone back, what still secures the bid, or what nobody may know of yet.

    `is_held` says that its call was opened or has ended, and that its bidder has not replaced it.

    Raises:
        WrongState: naming when it went back.
        RuleBroken: naming what it waits for, with the article (条例33; CK-7, CK-8).
    """
    article = limits.SECURITY_OF_LOSERS.of(bid.transfer).on(day).article
    if bid.announcement.security == Money(0) or bid.broken_reason == NO_SECURITY:
        raise RuleBroken(word("“{bidder}”没有交过投标保证金。"), bidder=bid.organisation.called, article=article)
    if not is_held:
        raise RuleBroken(
            word("投标还没有开启，公告也没有流标或者撤回，不办理投标保证金的退还：这时谁也不知道有谁投标。"),
            article=article,
        )
    if bid.security_returned_at is not None:
        raise WrongState(
            word("“{bidder}”的投标保证金已经在 {at} 退还。"),
            bidder=bid.organisation.called,
            at=bid.security_returned_at,
        )
    if return_begins(bid, award) is None:
        raise RuleBroken(
            word(
                "“{bidder}”的投标保证金还不到退还的时候：没有成交的等通知书发出，成交的等协议签订，退出磋商或谈判的从退出起。"
            ),
            bidder=bid.organisation.called,
            article=article,
        )


def unreturned(held: Sequence[HeldSecurity], now: datetime, calendar: WorkCalendar) -> list[Outstanding]:
    """The securities that are to go back and have not, in one line that names no bidder: how many, and the first last day.

    It holds up nothing: the money is owed whatever becomes of the transfer. Of a call that was given up before its deadline
    nothing is counted here until then: the same bidders may be called again, and only who gives the money back reads of them.
    """
    lasts = [
        last
        for row in held
        if row.bid.security_returned_at is None
        and row.bid.announcement.closes_at <= now
        and (last := return_by(row.bid, row.award, calendar)) is not None
    ]
    if not lasts:
        return []
    article = limits.SECURITY_OF_LOSERS.of(held[0].bid.transfer).on(local_day(now)).article
    lack = word("有 {count} 份投标保证金还没有退还")
    return [Outstanding(lack, Deed.SECURITY_RETURN, article, min(lasts), values={"count": len(lasts)})]


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
    waiting = published_rules.outstanding(
        desk.announcement, desk.published, now, calendar, is_opened=desk.competition is not None
    )
    return [*waiting, *_outstanding_of_competition(transfer, desk, now, day, calendar)]


def _outstanding_of_competition(
    transfer: Transfer, desk: CompetitionDesk, now: datetime, day: date, calendar: WorkCalendar
) -> list[Outstanding]:
    assert desk.announcement is not None
    if desk.competition is None:
        return _opening_outstanding(transfer, desk.holders, desk.announcement, now)
    return [
        *_objections(transfer, desk, day),
        *_outstanding_once_opened(transfer, desk, desk.competition, now, calendar),
    ]


def _objections(transfer: Transfer, desk: CompetitionDesk, day: date) -> list[Outstanding]:
    """Each objection to the opening that waits for its answer."""
    article = limits.OPENING_RECORDED.of(transfer).on(day).article
    return [
        Outstanding(
            word("“{bidder}”对开启提出异议，还没有答复"), Deed.OBJECTION_ANSWER, article,
            values={"bidder": row.bid.organisation.called}, target=row.id,
        )
        for row in desk.remarks
        if row.waits
    ]  # fmt: skip


def _outstanding_once_opened(
    transfer: Transfer, desk: CompetitionDesk, competition: Competition, now: datetime, calendar: WorkCalendar
) -> list[Outstanding]:
    day, status = local_day(now), competition.status
    if status in _BEFORE_AWARD:
        deed, lack, clause = _BEFORE_AWARD[status]
        return [Outstanding(lack, deed, clause.of(transfer).on(day).article)]
    if status is CompetitionStatus.IN_REVIEW and (before := talks_rules.outstanding(transfer, desk, now)):
        return before
    if status is CompetitionStatus.IN_REVIEW:
        return _review_outstanding(transfer, competition, day)
    if status is CompetitionStatus.CONCLUDED:
        confirm = limits.CONFIRM_AWARD.of(transfer).on(day)
        by = confirm.last_day(local_day(competition.concluded_at or now), calendar)
        lack = word("成交供应商还没有确认") if transfer.is_purchase else word("承接主体还没有确认")
        return [Outstanding(lack, Deed.AWARD_CONFIRM, confirm.article, by)]
    if status is CompetitionStatus.CONFIRMED and desk.award is not None:
        publish = limits.PUBLISH_AWARD.of(transfer).on(day)
        by = publish.last_day(local_day(desk.award.confirmed_at), calendar)
        return [Outstanding(word("结果还没有公布，通知书还没有发出"), Deed.AWARD_NOTICE_PUBLISH, publish.article, by)]
    return []


def _opening_outstanding(
    transfer: Transfer, holders: HoldersDesk, announcement: Announcement, now: datetime
) -> list[Outstanding]:
    """The opening, by any two of the holders, so that it is the turn of each; or the failure where no two are left."""
    day = local_day(now)
    if holder_rules.keys_are_lost(holders, day):
        lack = word("持有人报告口令遗失，余下的打不开投标，要宣布流标")
        return [Outstanding(lack, Deed.COMPETITION_FAIL, limits.HOLDERS_TOGETHER.on(day).article)]
    people = frozenset(row.user_id for row in holders.holders.values())
    article = limits.OPENING_HOUR.of(transfer).on(day).article
    opens = announcement_rules.opens_at(announcement)
    if now < opens:
        is_put_off = announcement.adjourned_to == opens
        lack = word("开启已延期，{opens} 起可以开启") if is_put_off else word("正在接收投标，{opens} 起可以开启")
        values = {"opens": opens}
    else:
        lack, values = word("投标已经截止，还没有开启"), {}
    opening = Outstanding(lack, Deed.BIDS_OPEN, article, opens, people, values)
    return [opening, *holder_rules.succession(transfer, holders, day)]


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
        notice = published_rules.notice_running(desk.announcement, desk.published.notice)
        running += [notice] if notice is not None else []
    if desk.competition is not None and desk.competition.concluded_at is not None:
        concluded = local_day(desk.competition.concluded_at)
        if desk.competition.status is CompetitionStatus.CONCLUDED:
            title = word("确认成交供应商") if transfer.is_purchase else word("确认承接主体")
            running.append(Running(title, limits.CONFIRM_AWARD.of(transfer).on(concluded), concluded))
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
    """The opening of the bids, that of the final offers, and the end of the time to challenge."""
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
    call = desk.talks.call
    if call is not None and not call.is_opened:
        found.append(Happening(talks_rules.settles_at(call), word("最后报价截止，可以开启")))
    return found


ROOM = Room(Step.COMPETITION, desks, outstanding, clocks, happenings)
