"""What an agreement must hold, within which time it is concluded, published and filed, and what may be added to it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from procurement.foundation.clock import at_local, local_day
from procurement.foundation.errors import Conflict, DomainError, RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed, doer_among
from procurement.registers.people import User
from procurement.statute import limits
from procurement.statute.clauses import Named, months_after
from procurement.steps.agreement.models import (
    Agreement,
    AgreementDesk,
    AgreementStatus,
    Supplement,
    SupplementStatus,
    desks,
)
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.models.review import Award
from procurement.transfers import line
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
    changed = [[row.number, row.service, row.agreement] for row in agreement.award.competition.binding_terms]
    # Where nothing was changed the digest is what it was before there were talks.
    return _digest({**terms, "changed": changed} if changed else terms)


def _digest(terms: object) -> str:
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
        lack = word("采购人还没有签订") if transfer.is_purchase else word("转出部门还没有签订")
        return [Outstanding(lack, Deed.AGREEMENT_CONCLUDE, clause.article, by)]
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


# ── supplements ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SupplementTerms:
    """More of the same: why, what, for how much, and the one milestone at which it is accepted and paid."""

    reason: str
    content: str
    amount: Money
    milestone: str
    due_on: date


NOTHING = Money(0)


def may_be_supplemented(agreement: Agreement) -> bool:
    """Whether an agreement is performed, not accepted to its end, and its transfer moves.

    Not before the handover is done: what is waited for there would hold it up.
    """
    transfer = agreement.transfer
    return (
        agreement.status is AgreementStatus.CONCLUDED
        and agreement.accepted_at is None
        and transfer.is_on_line
        and transfer.step is Step.PERFORMANCE
    )


def ensure_may_be_supplemented(agreement: Agreement) -> None:
    """Refuse a supplement before the signature, after the last acceptance, and while the transfer is at rest.

    Raises:
        WrongState: naming where it stands.
    """
    line.ensure_under_way(agreement.transfer)
    if agreement.accepted_at is not None:
        raise WrongState(
            word("协议 {number} 已在 {when} 全部验收合格，不能再签补充协议。要继续买，另立方案。"),
            number=agreement.number,
            when=agreement.accepted_at,
        )
    if not may_be_supplemented(agreement):
        raise WrongState(
            word("协议 {number} 现在是“{status}”，事项不在履行之中，不能签补充协议。"),
            number=agreement.number,
            status=agreement.status,
        )


def ensure_no_open_supplement(agreement: Agreement) -> None:
    """Refuse a second supplement while one is neither concluded nor withdrawn."""
    waiting = agreement.open_supplement
    if waiting is not None:
        raise WrongState(
            word("补充协议 {number} 现在是“{status}”。一份协议同时只能有一份补充协议，请先签订或撤回它。"),
            number=waiting.number,
            status=waiting.status,
        )


def most_of_supplements(agreement: Agreement, day: date) -> Money:
    """The most that all supplements together may add: ten percent of the original price, no fen above it (MP-3)."""
    most = limits.SUPPLEMENTS_MOST.of(agreement.transfer).on(day).amount
    return Money(agreement.price.fen * most // 100)


def left_for_supplements(agreement: Agreement, day: date) -> Money:
    """What supplements may still add."""
    return most_of_supplements(agreement, day) - agreement.added


def faults_of_supplement(agreement: Agreement, terms: SupplementTerms, day: date) -> list[DomainError]:
    """What is wrong with a supplement, each at its field: no words, no amount or too large a one, a day out of the term.

    Source: 《政府采购法》第四十九条: more of the same subject, other terms unchanged, at most ten percent in all.
    """
    article = limits.SUPPLEMENTS_MOST.of(agreement.transfer).on(day).article
    faults: list[DomainError] = [
        RuleBroken(lack, field=field, article=article)
        for field, text, lack in (
            ("reason", terms.reason, word("请写明为什么要追加同样的服务。")),
            ("content", terms.content, word("请写明追加什么：与原协议标的相同的服务，数量多少。")),
            ("milestone", terms.milestone, word("请填写追加部分的节点名称。")),
        )
        if not text.strip()
    ]
    faults += _faults_of_amount(agreement, terms.amount, day)
    first = max(day, agreement.starts_on)
    if not first <= terms.due_on <= agreement.ends_on:
        faults.append(
            RuleBroken(
                word("到期日 {due} 应在 {first} 至 {ends} 之间：补充协议不改变原协议的期限。"),
                due=terms.due_on,
                first=first,
                ends=agreement.ends_on,
                field="due_on",
                article=article,
            )
        )
    return faults


def _faults_of_amount(agreement: Agreement, amount: Money, day: date) -> list[DomainError]:
    clause = limits.SUPPLEMENTS_MOST.of(agreement.transfer).on(day)
    left = left_for_supplements(agreement, day)
    if amount <= NOTHING:
        return [RuleBroken(word("追加金额 {amount} 应大于零。"), amount=amount, field="amount", article=clause.article)]
    if amount <= left:
        return []
    return [
        RuleBroken(
            word(
                "追加 {amount} 超出 {beyond}：原协议价款 {price}，补充协议合计最多 {percent}%，即 {most}；"
                "已签订 {added}，还剩 {left}。"
            ),
            amount=amount,
            beyond=amount - left,
            price=agreement.price,
            percent=clause.amount,
            most=most_of_supplements(agreement, day),
            added=agreement.added,
            left=left,
            field="amount",
            article=clause.article,
        )
    ]


def terms_of_supplement(supplement: Supplement) -> SupplementTerms:
    """What a supplement says."""
    return SupplementTerms(
        supplement.reason, supplement.content, supplement.amount, supplement.milestone, supplement.due_on
    )


def digest_of_supplement(supplement: Supplement) -> str:
    """SHA-256 of everything that is agreed in addition: what is confirmed, printed and concluded is one and the same."""
    agreement = supplement.agreement
    return _digest(
        {
            "number": supplement.number,
            "agreement": agreement.number,
            "price": agreement.price.fen,
            "added": agreement.added.fen,
            "organisation": agreement.organisation.credit_code,
            "reason": supplement.reason,
            "content": supplement.content,
            "amount": supplement.amount.fen,
            "milestone": supplement.milestone,
            "due_on": supplement.due_on.isoformat(),
        }
    )


def ensure_supplement_as_seen(supplement: Supplement, *seen: str) -> None:
    """Refuse when the terms are not those that were on the page, or that the provider confirmed."""
    now = digest_of_supplement(supplement)
    if any(digest != now for digest in seen):
        raise Conflict(word("补充协议的内容与您看过的不同，请重新看过再办。"))


def ensure_supplement_concluded_by_another(supplement: Supplement, actor: User, day: date) -> None:
    """Refuse a conclusion by whoever drafted: the posts are those of the agreement itself (RC-2)."""
    if doer_among(actor, supplement.drafted_by_id) is not None:
        raise RuleBroken(
            word("补充协议由 {drafter} 起草，签订要由另一人办理，起草人的代理人也不行。"),
            drafter=supplement.drafted_by.called,
            article=limits.INCOMPATIBLE_POSTS.of(supplement.transfer).on(day).article,
        )


def texts_of_supplement(supplement: Supplement | None) -> list[ScreenedText]:
    """What an open supplement says, as it is screened; there is nothing to screen where none is open."""
    if supplement is None or not supplement.is_open:
        return []
    writers = frozenset({supplement.drafted_by_id, supplement.transfer.officer_id})
    return [
        ScreenedText("supplement-reason", word("追加的原因"), supplement.reason, writers),
        ScreenedText("supplement-content", word("追加的内容"), supplement.content, writers),
        ScreenedText("supplement-milestone", word("追加的节点"), supplement.milestone, writers),
    ]


_OF_SUPPLEMENT = {
    SupplementStatus.DRAFTED: (Deed.SUPPLEMENT_CONFIRM, word("承接方还没有确认补充协议")),
    SupplementStatus.CONFIRMED: (Deed.SUPPLEMENT_CONCLUDE, word("采购人还没有签订补充协议")),
}


def outstanding_of_supplement(agreement: Agreement | None, day: date) -> list[Outstanding]:
    """What an open supplement waits for: to be concluded before its milestone is due, afterwards to be withdrawn."""
    supplement = agreement.open_supplement if agreement is not None else None
    if supplement is None:
        return []
    deed, lack = _OF_SUPPLEMENT[supplement.status]
    if deed is Deed.SUPPLEMENT_CONCLUDE and not supplement.transfer.is_purchase:
        lack = word("转出部门还没有签订补充协议")
    if supplement.due_on < day:
        deed, lack = Deed.SUPPLEMENT_WITHDRAW, word("补充协议的节点已过到期日，不能再签订，要撤回")
    article = limits.SUPPLEMENTS_MOST.of(supplement.transfer).on(day).article
    return [Outstanding(lack, deed, article, supplement.due_on, target=supplement.id)]


# The hour at which a due day is looked at: a proposal of the demonstration's clock, no number of the law.
MORNING = (9, 0)

ROOM = Room(Step.AGREEMENT, desks, outstanding, clocks, happenings, texts)
