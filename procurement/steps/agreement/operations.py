"""What people do in step 3: draft, confirm, conclude; afterwards publish and file."""

from __future__ import annotations

from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, RuleBroken, WrongState
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
from procurement.steps.agreement.models import AGREEMENT_MOVES, Agreement, AgreementStatus, Milestone, desks
from procurement.steps.competition import rules as competition_rules
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
        RuleBroken: a signature by the drafter (RC-2), or a hit of the negative list, in plan or text, that is not cleared.
    """
    access.require(actor, Deed.AGREEMENT_CONCLUDE, agreement)

    line.ensure_at(agreement.transfer, Step.AGREEMENT)
    AGREEMENT_MOVES.ensure_open(Deed.AGREEMENT_CONCLUDE, agreement)
    rules.ensure_terms(agreement, seen)
    rules.ensure_terms(agreement, agreement.confirmed_terms)
    rules.ensure_concluded_by_another(agreement, actor, local_day(now))
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
        "milestones": [{"name": row.name, "amount": row.amount, "due_on": row.due_on} for row in agreement.milestones],
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
