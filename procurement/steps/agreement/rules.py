"""What an agreement must hold, and within which time it is concluded, published and filed."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta

from procurement.foundation.clock import at_local, local_day
from procurement.foundation.errors import Conflict, RuleBroken
from procurement.foundation.labels import word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed, doer_among
from procurement.registers.people import User
from procurement.statute import limits
from procurement.statute.clauses import Named, months_after
from procurement.steps.agreement.models import Agreement, AgreementDesk, AgreementStatus, desks
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.models.review import Award
from procurement.transfers.line import Happening, Outstanding, Room, Running, Step
from procurement.transfers.models import Transfer
from procurement.transfers.rules import ScreenedText


def last_day_of_term(starts_on: date, months: int) -> date:
    """The last day of a term of `months`: the day before the corresponding one (民法典202, TE-3)."""
    return months_after(starts_on, months) - timedelta(days=1)


def due_day(starts_on: date, month: int) -> date:
    """The day a milestone of the `month`-th month is due: that month's last day of the term."""
    return last_day_of_term(starts_on, month)


def ensure_start(starts_on: date, transfer: Transfer, award: Award, day: date) -> None:
    """Refuse a term that begins before the letter of acceptance was issued."""
    issued = local_day(award.published_at) if award.published_at else day
    if starts_on < issued:
        raise RuleBroken(
            word("服务起始日 {starts} 早于成交通知书发出日 {issued}，请改为不早于它的日子。"),
            starts=starts_on,
            issued=issued,
            field="starts_on",
            article=limits.SIGN_AGREEMENT.of(transfer).on(day).article,
        )


def digest_of(agreement: Agreement) -> str:
    """SHA-256 of everything the parties agree on: what is confirmed, printed and concluded must be one and the same."""
    terms = {
        "number": agreement.number,
        "price": agreement.price.fen,
        "starts_on": agreement.starts_on.isoformat(),
        "ends_on": agreement.ends_on.isoformat(),
        "place": agreement.place,
        "data_protection": agreement.data_protection,
        "special_terms": agreement.special_terms,
        "organisation": agreement.organisation.credit_code,
        "plan": agreement.transfer.plan.version,
        "milestones": [
            [row.name, row.condition, row.percent, row.amount.fen, row.due_on.isoformat()]
            for row in agreement.milestones
        ],
    }
    return hashlib.sha256(json.dumps(terms, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def ensure_terms(agreement: Agreement, seen: str) -> None:
    """Refuse when the terms are no longer those that were seen or confirmed."""
    if digest_of(agreement) != seen:
        raise Conflict(word("协议的内容在您看过之后又有修改，请重新看过再办。"))


def ensure_concluded_by_another(agreement: Agreement, actor: User, day: date) -> None:
    """Refuse a conclusion by whoever drafted: drafting and signing are separated (RC-2)."""
    if doer_among(actor, agreement.drafted_by_id) is not None:
        raise RuleBroken(
            word("协议由 {drafter} 起草，签订要由另一人办理，起草人的代理人也不行。"),
            drafter=agreement.drafted_by.called,
            article=limits.INCOMPATIBLE_POSTS.of(agreement.transfer).on(day).article,
        )


def texts_of(agreement: Agreement) -> list[ScreenedText]:
    """What an agreement says beyond its plan, as it is screened; the clauses that nobody can change are not."""
    writers = frozenset({agreement.drafted_by_id, agreement.transfer.officer_id})
    return [
        ScreenedText("place", word("履行地点"), agreement.place, writers),
        ScreenedText("data_protection", word("数据与个人信息保护"), agreement.data_protection, writers),
        ScreenedText("special_terms", word("补充约定"), agreement.special_terms, writers),
    ]


def texts(desk: AgreementDesk) -> list[ScreenedText]:
    """What may still be changed before it is concluded."""
    if desk.agreement is None or desk.agreement.status is AgreementStatus.CONCLUDED:
        return []
    return texts_of(desk.agreement)


def outstanding(transfer: Transfer, desk: AgreementDesk, now: datetime, calendar: WorkCalendar) -> list[Outstanding]:
    """What ends step 3: a text, the provider's confirmation, the purchaser's signature."""
    if desk.award is None:
        return []
    day = local_day(now)
    clause = limits.SIGN_AGREEMENT.of(transfer).on(day)
    by = competition_rules.last_day_to_conclude(transfer, desk.award, calendar)
    if desk.agreement is None:
        return [Outstanding(word("协议还没有起草"), Deed.AGREEMENT_DRAFT, clause.article, by)]
    if desk.agreement.status is AgreementStatus.DRAFT:
        return [Outstanding(word("承接方还没有确认协议文本"), Deed.AGREEMENT_CONFIRM, clause.article, by)]
    if desk.agreement.status is AgreementStatus.CONFIRMED:
        return [Outstanding(word("采购人还没有签订"), Deed.AGREEMENT_CONCLUDE, clause.article, by)]
    return []


def filing_period(agreement: Agreement) -> Named | None:
    """Within which time a copy is filed with the finance department; None where the agreement is no procurement contract."""
    return limits.FILE_AGREEMENT.of(agreement.transfer)


def ensure_is_filed(agreement: Agreement, day: date) -> None:
    """Refuse to file what the finance department does not keep: only procurement contracts are filed (CK-6)."""
    if filing_period(agreement) is None:
        raise RuleBroken(
            word("“{title}”的转移方式是“{mode}”，不是政府采购，协议不向财政部门备案。"),
            title=agreement.transfer.called,
            mode=agreement.transfer.mode,
            article=limits.HANDOVER_LIST.on(day).article,
        )


def after_conclusion(agreement: Agreement, now: datetime, calendar: WorkCalendar) -> list[Outstanding]:
    """What is asked for once it is signed: of a purchase publication and filing (CK-5, CK-6), of others disclosure (CK-16)."""
    if agreement.concluded_at is None:
        return []
    signed = local_day(agreement.concluded_at)
    lacking = []
    if agreement.published_at is None:
        clause = limits.PUBLISH_AGREEMENT.of(agreement.transfer).on(signed)
        lacking.append(
            Outstanding(
                word("协议还没有公开"), Deed.AGREEMENT_PUBLISH, clause.article, clause.last_day(signed, calendar)
            )
        )
    filing = filing_period(agreement)
    if agreement.filed_at is None and filing is not None:
        clause = filing.on(signed)
        lacking.append(
            Outstanding(
                word("协议还没有向财政部门备案"), Deed.AGREEMENT_FILE, clause.article, clause.last_day(signed, calendar)
            )
        )
    return lacking


def clocks(transfer: Transfer, desk: AgreementDesk, now: datetime, calendar: WorkCalendar) -> list[Running]:
    """The time to sign, and the time to challenge the result."""
    if desk.award is None or desk.award.published_at is None:
        return []
    running = []
    if desk.agreement is None or desk.agreement.concluded_at is None:
        issued = local_day(desk.award.published_at)
        running.append(Running(word("签订协议"), limits.SIGN_AGREEMENT.of(transfer).on(issued), issued))
    ends = competition_rules.challenge_ends(transfer, desk.award, calendar)
    if ends is not None and local_day(now) <= ends:
        running.append(competition_rules.challenge_running(transfer, desk.award, calendar))
    return running


def clocks_after_conclusion(agreement: Agreement) -> list[Running]:
    """The clocks of publication and filing, while they run."""
    if agreement.concluded_at is None:
        return []
    signed = local_day(agreement.concluded_at)
    running = []
    if agreement.published_at is None:
        publication = limits.PUBLISH_AGREEMENT.of(agreement.transfer)
        running.append(Running(word("公开协议"), publication.on(signed), signed))
    filing = filing_period(agreement)
    if agreement.filed_at is None and filing is not None:
        running.append(Running(word("协议备案"), filing.on(signed), signed))
    return running


def happenings(transfer: Transfer, desk: AgreementDesk, _now: datetime, calendar: WorkCalendar) -> list[Happening]:
    """The end of the time to sign, of the time to challenge; the first day of the term."""
    found = []
    if desk.award is not None:
        last = competition_rules.last_day_to_conclude(transfer, desk.award, calendar)
        if last is not None and (desk.agreement is None or desk.agreement.concluded_at is None):
            found.append(Happening(at_local(last, *MORNING), word("签订协议的最后一天")))
        ends = competition_rules.challenge_ends(transfer, desk.award, calendar)
        if ends is not None:
            found.append(Happening(at_local(ends + timedelta(days=1)), competition_rules.challenge_over(transfer)))
    if desk.agreement is not None:
        found.append(Happening(at_local(desk.agreement.starts_on, *MORNING), word("服务期开始")))
    return found


# The hour at which a due day is looked at: a proposal of the demonstration's clock, no number of the law.
MORNING = (9, 0)

ROOM = Room(Step.AGREEMENT, desks, outstanding, clocks, happenings, texts)
