"""What people do in step 3: draft, confirm, conclude; afterwards publish and file, and supplement."""

from __future__ import annotations

from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, Refusals, RuleBroken, WrongState
from procurement.foundation.labels import word
from procurement.registers import access, audit, files, notices, publications
from procurement.registers.access import Deed
from procurement.registers.budgets import operations as budgets
from procurement.registers.files import Upload
from procurement.registers.numbering import next_number
from procurement.registers.people import Role, User, users_with_role
from procurement.registers.publications import PublicationKind
from procurement.statute.calendar import working_calendar
from procurement.steps.agreement import rules
from procurement.steps.agreement.models import (
    AGREEMENT_MOVES,
    SUPPLEMENT_MOVES,
    Agreement,
    AgreementStatus,
    Milestone,
    Supplement,
    SupplementStatus,
    desks,
)
from procurement.steps.agreement.rules import SupplementTerms
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.operations import award as award_operations
from procurement.transfers import line, screening
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer
from procurement.transfers.operations import address_of, complete_step


def draft_agreement(
    transfer: Transfer,
    *,
    starts_on: date,
    place: str,
    data_protection: str,
    special_terms: str = "",
    actor: User,
    now: datetime,
) -> Agreement:
    """Draft the agreement: price from the winning bid, everything else from the plan, dates from `starts_on`.

    Raises:
        RuleBroken: a start before the letter of acceptance. A text that hits the negative list is kept, to be looked at by
            others; it is concluded when its hits are cleared.
    """
    access.require(actor, Deed.AGREEMENT_DRAFT, transfer)

    line.ensure_at(transfer, Step.AGREEMENT)
    desk = desks([transfer])[transfer.id]
    if desk.award is None or desk.agreement is not None:
        raise Conflict(word("协议已经起草，请在已有的协议上修改。"))
    rules.ensure_start(starts_on, transfer, desk.award, local_day(now))

    agreement = Agreement(
        transfer=transfer,
        award=desk.award,
        organisation=desk.award.bid.organisation,
        number=next_number("龙转协", local_day(now)),
        status=AgreementStatus.DRAFT,
        price=desk.award.price,
        starts_on=starts_on,
        ends_on=rules.last_day_of_term(starts_on, transfer.plan.term_months),
        place=place,
        data_protection=data_protection,
        special_terms=special_terms,
        drafted_by=actor,
        drafted_at=now,
    )
    _lay_out_milestones(agreement)
    db.session.add(agreement)
    db.session.flush()
    _ask_provider(agreement, now)

    audit.record(
        Deed.AGREEMENT_DRAFT,
        agreement,
        actor=actor,
        now=now,
        number=agreement.number,
        price=agreement.price,
        starts_on=starts_on,
        ends_on=agreement.ends_on,
    )
    return agreement


def _lay_out_milestones(agreement: Agreement) -> None:
    parts = agreement.transfer.plan.installments
    amounts = agreement.price.split([part.percent for part in parts])
    agreement.milestones = [
        Milestone(
            position=place,
            name=part.name,
            condition=part.condition,
            percent=part.percent,
            amount=amount,
            due_on=rules.due_day(agreement.starts_on, part.due_month),
        )
        for place, (part, amount) in enumerate(zip(parts, amounts, strict=True))
    ]


def _ask_provider(agreement: Agreement, now: datetime) -> None:
    notices.notify(
        users_with_role(Role.PROVIDER, organisation_id=agreement.organisation_id),
        word("“{title}”的协议等您确认。"),
        now=now,
        link=address_of(agreement.transfer),
        title=agreement.transfer.called,
    )


def revise_agreement(
    agreement: Agreement,
    *,
    starts_on: date,
    place: str,
    data_protection: str,
    special_terms: str = "",
    actor: User,
    now: datetime,
) -> None:
    """Change a text that is not concluded; a confirmation given before is void and must be given again."""
    access.require(actor, Deed.AGREEMENT_REVISE, agreement)

    line.ensure_at(agreement.transfer, Step.AGREEMENT)
    AGREEMENT_MOVES.ensure_open(Deed.AGREEMENT_REVISE, agreement)
    rules.ensure_start(starts_on, agreement.transfer, agreement.award, local_day(now))

    AGREEMENT_MOVES.move(Deed.AGREEMENT_REVISE, agreement)
    agreement.starts_on, agreement.place = starts_on, place
    agreement.ends_on = rules.last_day_of_term(starts_on, agreement.transfer.plan.term_months)
    agreement.data_protection, agreement.special_terms = data_protection, special_terms
    agreement.confirmed_by, agreement.confirmed_at, agreement.confirmed_terms = None, None, ""
    _lay_out_milestones(agreement)
    _ask_provider(agreement, now)

    audit.record(Deed.AGREEMENT_REVISE, agreement, actor=actor, now=now, starts_on=starts_on)


def confirm_agreement(agreement: Agreement, *, seen: str, actor: User, now: datetime) -> None:
    """Confirm the text for the provider; `seen` is the digest of the terms that were on the page."""
    access.require(actor, Deed.AGREEMENT_CONFIRM, agreement)

    line.ensure_at(agreement.transfer, Step.AGREEMENT)
    AGREEMENT_MOVES.ensure_open(Deed.AGREEMENT_CONFIRM, agreement)
    rules.ensure_terms(agreement, seen)

    AGREEMENT_MOVES.move(Deed.AGREEMENT_CONFIRM, agreement)
    agreement.confirmed_by, agreement.confirmed_at, agreement.confirmed_terms = actor, now, seen
    notices.notify(
        [agreement.transfer.officer, *users_with_role(Role.APPROVER, department_id=agreement.department_id)],
        word("承接方确认了“{title}”的协议，请签订。"),
        now=now,
        link=address_of(agreement.transfer),
        title=agreement.transfer.called,
    )

    audit.record(Deed.AGREEMENT_CONFIRM, agreement, actor=actor, now=now, terms=seen)


def conclude_agreement(agreement: Agreement, *, text: Upload, seen: str, actor: User, now: datetime) -> None:
    """Sign for the purchaser; this concludes the agreement and ends step 3.

    `text` is the printed agreement, made before this deed from the terms whose digest is `seen`.

    Raises:
        Conflict: terms that changed since they were confirmed or printed.
        RuleBroken: a signature by the drafter (RC-2), an undertaker who has been barred, or a hit of the negative list, in plan
            or text, that is not cleared.
    """
    access.require(actor, Deed.AGREEMENT_CONCLUDE, agreement)

    line.ensure_at(agreement.transfer, Step.AGREEMENT)
    AGREEMENT_MOVES.ensure_open(Deed.AGREEMENT_CONCLUDE, agreement)
    rules.ensure_terms(agreement, seen)
    rules.ensure_terms(agreement, agreement.confirmed_terms)
    rules.ensure_concluded_by_another(agreement, actor, local_day(now))
    then = word("请报告财政监管人员，商定怎样处理。")
    award_operations.ensure_still_awardable(agreement.award, local_day(now), then)
    screening.ensure_clean(agreement.transfer, local_day(now), rules.texts_of(agreement))

    AGREEMENT_MOVES.move(Deed.AGREEMENT_CONCLUDE, agreement)
    agreement.concluded_by, agreement.concluded_at = actor, now
    agreement.text = files.keep(text, by=actor, now=now)
    budgets.commit(agreement.chain_key, agreement.price, local_day(now))
    complete_step(agreement.transfer, rules.ROOM, now=now)
    notices.notify(
        [agreement.transfer.officer, *users_with_role(Role.PROVIDER, organisation_id=agreement.organisation_id)],
        word("“{title}”的协议 {number} 已签订。"),
        now=now,
        link=address_of(agreement.transfer),
        title=agreement.transfer.called,
        number=agreement.number,
    )

    last = competition_rules.last_day_to_conclude(agreement.transfer, agreement.award, working_calendar())
    audit.record(
        Deed.AGREEMENT_CONCLUDE,
        agreement,
        actor=actor,
        now=now,
        number=agreement.number,
        sha256=text.sha256,
        terms=seen,
        late=last is not None and local_day(now) > last,
    )


def publish_agreement(agreement: Agreement, *, actor: User, now: datetime) -> None:
    """Make the agreement public (CK-5, CK-16)."""
    access.require(actor, Deed.AGREEMENT_PUBLISH, agreement)

    AGREEMENT_MOVES.ensure_open(Deed.AGREEMENT_PUBLISH, agreement)
    if agreement.published_at is not None:
        raise WrongState(word("协议已在 {when} 公开。"), when=agreement.published_at)

    agreement.published_at = now
    agreement.publication = publications.publish(
        PublicationKind.AGREEMENT_NOTICE,
        agreement,
        facts_of(agreement),
        title=agreement.transfer.title,
        title_en=agreement.transfer.title_en,
        now=now,
    )

    audit.record(Deed.AGREEMENT_PUBLISH, agreement, actor=actor, now=now, reference=agreement.publication.reference)


def facts_of(agreement: Agreement) -> dict[str, object]:
    """What the public reads of an agreement (财预〔2017〕87号: content, undertaker, amount, term, yearly funding)."""
    return {
        "number": agreement.number,
        "transfer": agreement.transfer.number,
        "title": agreement.transfer.title,
        "mode": agreement.transfer.mode,
        "purchaser": agreement.transfer.department.name,
        "purchaser_en": agreement.transfer.department.name_en,
        "provider": agreement.organisation.name,
        "provider_en": agreement.organisation.name_en,
        "price": agreement.price,
        "price_in_words": agreement.price.in_words(),
        "starts_on": agreement.starts_on,
        "ends_on": agreement.ends_on,
        "concluded_at": agreement.concluded_at,
        "content": agreement.transfer.plan.content,
        "sha256": agreement.text.sha256 if agreement.text else "",
        "milestones": [
            {"name": row.name, "amount": row.amount, "due_on": row.due_on} for row in agreement.first_milestones
        ],
    }


def file_agreement(agreement: Agreement, *, filing_number: str, actor: User, now: datetime) -> None:
    """Note that a copy was filed with the finance department, under its number (CK-6)."""
    access.require(actor, Deed.AGREEMENT_FILE, agreement)

    AGREEMENT_MOVES.ensure_open(Deed.AGREEMENT_FILE, agreement)
    rules.ensure_is_filed(agreement, local_day(now))
    if agreement.filed_at is not None:
        raise WrongState(word("协议已在 {when} 备案。"), when=agreement.filed_at)
    if not filing_number.strip():
        raise RuleBroken(word("请填写财政部门给的备案号。"), field="filing_number")

    agreement.filed_at, agreement.filing_number = now, filing_number.strip()

    audit.record(Deed.AGREEMENT_FILE, agreement, actor=actor, now=now, filing_number=agreement.filing_number)


# ── supplements ────────────────────────────────────────────────────────────────────────────────────────────────────


def draft_supplement(agreement: Agreement, terms: SupplementTerms, *, actor: User, now: datetime) -> Supplement:
    """Draft a supplement: more of the same, at most ten percent of the price in all (MP-3).

    No money is held for a draft; that the line bears it is asked now and again when it is concluded.

    Raises:
        WrongState: an agreement that is not being performed, or has an open supplement.
        Refusals: everything wrong with the terms, each at its field. A text that hits the negative list is kept, to be looked
            at by others.
    """
    access.require(actor, Deed.SUPPLEMENT_DRAFT, agreement)

    day = local_day(now)
    rules.ensure_may_be_supplemented(agreement)
    rules.ensure_no_open_supplement(agreement)
    faults = rules.faults_of_supplement(agreement, terms, day)
    if faults:
        raise Refusals(faults)
    budgets.ensure_bears(agreement.chain_key, terms.amount, terms.due_on.year, day)

    supplement = Supplement(
        agreement=agreement,
        position=len(agreement.supplements) + 1,
        number=next_number("龙转补", day),
        status=SupplementStatus.DRAFTED,
        reason=terms.reason,
        content=terms.content,
        amount=terms.amount,
        milestone=terms.milestone,
        due_on=terms.due_on,
        drafted_by=actor,
        drafted_at=now,
    )
    db.session.add(supplement)
    db.session.flush()
    notices.notify(
        users_with_role(Role.PROVIDER, organisation_id=agreement.organisation_id),
        word("“{title}”的补充协议 {number} 等您确认，追加 {amount}。"),
        now=now,
        link=address_of(agreement.transfer),
        title=agreement.transfer.called,
        number=supplement.number,
        amount=supplement.amount,
    )

    audit.record(
        Deed.SUPPLEMENT_DRAFT,
        supplement,
        actor=actor,
        now=now,
        number=supplement.number,
        agreement=agreement.number,
        amount=supplement.amount,
        due_on=supplement.due_on,
    )
    return supplement


def confirm_supplement(supplement: Supplement, *, seen: str, actor: User, now: datetime) -> None:
    """Confirm a supplement for the provider; `seen` is the digest of the terms that were on the page."""
    access.require(actor, Deed.SUPPLEMENT_CONFIRM, supplement)

    SUPPLEMENT_MOVES.ensure_open(Deed.SUPPLEMENT_CONFIRM, supplement)
    rules.ensure_may_be_supplemented(supplement.agreement)
    rules.ensure_supplement_as_seen(supplement, seen)

    SUPPLEMENT_MOVES.move(Deed.SUPPLEMENT_CONFIRM, supplement)
    supplement.confirmed_by, supplement.confirmed_at, supplement.confirmed_terms = actor, now, seen
    transfer = supplement.transfer
    notices.notify(
        [transfer.officer, *users_with_role(Role.APPROVER, department_id=transfer.department_id)],
        word("承接方确认了“{title}”的补充协议 {number}，请签订。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        number=supplement.number,
    )

    audit.record(Deed.SUPPLEMENT_CONFIRM, supplement, actor=actor, now=now, number=supplement.number, terms=seen)


def conclude_supplement(supplement: Supplement, *, text: Upload, seen: str, actor: User, now: datetime) -> None:
    """Sign a supplement for the purchaser: its money is committed, its milestone is the agreement's, everybody may read it.

    `text` is the printed supplement, made before this deed from the terms whose digest is `seen`. It is made public within
    the same deed, so that no clock of publication can be missed.

    Raises:
        Conflict: terms other than those that were confirmed or printed.
        RuleBroken: a signature by the drafter (RC-2), a budget line that does not bear it, or a hit of the negative list
            that is not cleared.
        Refusals: what was right when it was drafted and is no longer.
    """
    access.require(actor, Deed.SUPPLEMENT_CONCLUDE, supplement)

    agreement, day = supplement.agreement, local_day(now)
    SUPPLEMENT_MOVES.ensure_open(Deed.SUPPLEMENT_CONCLUDE, supplement)
    rules.ensure_may_be_supplemented(agreement)
    rules.ensure_supplement_as_seen(supplement, seen, supplement.confirmed_terms)
    rules.ensure_supplement_concluded_by_another(supplement, actor, day)
    faults = rules.faults_of_supplement(agreement, rules.terms_of_supplement(supplement), day)
    if faults:
        raise Refusals(faults)
    screening.ensure_clean(supplement.transfer, day, rules.texts_of_supplement(supplement))

    budgets.commit_more(supplement.chain_key, supplement.amount, supplement.due_on.year, day)
    SUPPLEMENT_MOVES.move(Deed.SUPPLEMENT_CONCLUDE, supplement)
    supplement.concluded_by, supplement.concluded_at = actor, now
    supplement.text = files.keep(text, by=actor, now=now)
    agreement.milestones.append(
        Milestone(
            supplement=supplement,
            position=len(agreement.milestones),
            name=supplement.milestone,
            condition=ADDED_CONDITION,
            amount=supplement.amount,
            due_on=supplement.due_on,
        )
    )
    supplement.publication = publications.publish(
        PublicationKind.SUPPLEMENT_NOTICE,
        supplement,
        facts_of_supplement(supplement),
        title=supplement.transfer.title,
        title_en=supplement.transfer.title_en,
        now=now,
    )
    notices.notify(
        [supplement.transfer.officer, *users_with_role(Role.PROVIDER, organisation_id=agreement.organisation_id)],
        word("“{title}”的补充协议 {number} 已签订并公开，追加 {amount}。"),
        now=now,
        link=address_of(supplement.transfer),
        title=supplement.transfer.called,
        number=supplement.number,
        amount=supplement.amount,
    )

    audit.record(
        Deed.SUPPLEMENT_CONCLUDE,
        supplement,
        actor=actor,
        now=now,
        number=supplement.number,
        amount=supplement.amount,
        sha256=text.sha256,
        terms=seen,
        reference=supplement.publication.reference,
    )


# On what an addition is paid: what the agreement says of the same service, and nothing else.
ADDED_CONDITION = "按约定的标准验收合格"


def facts_of_supplement(supplement: Supplement) -> dict[str, object]:
    """What the public reads of a supplement: what changes, for how much, what it comes to in all; no person."""
    agreement = supplement.agreement
    return {
        "number": supplement.number,
        "agreement": agreement.number,
        "transfer": supplement.transfer.number,
        "title": supplement.transfer.title,
        "purchaser": supplement.transfer.department.name,
        "purchaser_en": supplement.transfer.department.name_en,
        "provider": agreement.organisation.name,
        "provider_en": agreement.organisation.name_en,
        "reason": supplement.reason,
        "content": supplement.content,
        "amount": supplement.amount,
        "amount_in_words": supplement.amount.in_words(),
        "price": agreement.price,
        "added": agreement.added,
        "whole_price": agreement.whole_price,
        "milestone": supplement.milestone,
        "due_on": supplement.due_on,
        "ends_on": agreement.ends_on,
        "concluded_at": supplement.concluded_at,
        "sha256": supplement.text.sha256 if supplement.text else "",
    }


def withdraw_supplement(supplement: Supplement, *, reason: str, actor: User, now: datetime) -> None:
    """Withdraw a supplement that is not concluded; no money was held for it, and none is."""
    access.require(actor, Deed.SUPPLEMENT_WITHDRAW, supplement)

    line.ensure_under_way(supplement.transfer)
    SUPPLEMENT_MOVES.ensure_open(Deed.SUPPLEMENT_WITHDRAW, supplement)
    if not reason.strip():
        raise RuleBroken(word("请写明为什么撤回。"), field="reason")

    SUPPLEMENT_MOVES.move(Deed.SUPPLEMENT_WITHDRAW, supplement)
    supplement.withdrawn_at, supplement.withdrawal_reason = now, reason.strip()
    transfer = supplement.transfer
    notices.notify(
        users_with_role(Role.PROVIDER, organisation_id=supplement.agreement.organisation_id),
        word("“{title}”的补充协议 {number} 已撤回：{reason}"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        number=supplement.number,
        reason=supplement.withdrawal_reason,
    )

    audit.record(
        Deed.SUPPLEMENT_WITHDRAW, supplement, actor=actor, now=now, number=supplement.number, reason=reason.strip()
    )


def lapse_supplement(supplement: Supplement, reason: str, now: datetime) -> None:
    """Let an open supplement end with its transfer: part of the deed that ends that, never a deed of its own."""
    SUPPLEMENT_MOVES.move(Deed.SUPPLEMENT_WITHDRAW, supplement)
    supplement.withdrawn_at, supplement.withdrawal_reason = now, reason
