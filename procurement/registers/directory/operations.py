"""The way into the directory and out of it: application, completeness, opinion, joint review, notice, listing.

The joint review (联审) is a resolution of the joint conference; what follows from it for a listing are parts of its deeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, DomainError, Refusals, RuleBroken, WrongState, ensure_all
from procurement.foundation.labels import word
from procurement.registers import access, audit, files, notices, publications
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import codes_today, items_by_code, negative_list_in_force
from procurement.registers.credit.models import credit_records_of
from procurement.registers.directory import rules
from procurement.registers.directory.models import (
    CHANGEABLE,
    LISTING_MOVES,
    Condition,
    ConditionKind,
    Listing,
    ListingService,
    ListingStatus,
    Objection,
    Stance,
    Verdict,
    listed_and_barred,
    standing_listing_of,
)
from procurement.registers.directory.rules import ListingTerms
from procurement.registers.files import Upload
from procurement.registers.organisations.models import Organisation
from procurement.registers.organisations.rules import ensure_may_undertake
from procurement.registers.people import Department, Role, User, users_with_role
from procurement.registers.publications import PublicationKind
from procurement.statute.calendar import working_calendar


def address_of(listing: Listing) -> str:
    """The page of an application, for the link in a notice."""
    return f"/directory/{listing.id}"


def _tell(listing: Listing, message: str, now: datetime, **values: Any) -> None:
    people = users_with_role(Role.PROVIDER, organisation_id=listing.organisation_id)
    notices.notify(people, message, now=now, link=address_of(listing), name=listing.organisation.called, **values)


def apply_listing(
    organisation: Organisation, terms: ListingTerms, *, department: Department, actor: User, now: datetime
) -> Listing:
    """Apply for the directory; `department` is the supervising unit (业务主管单位) that will give its opinion.

    Raises:
        RuleBroken: not verified, or a body that may not undertake at all (GP-6, GP-7).
        Conflict: an application or a listing stands already.
        Refusals: everything that the application lacks, and credit records in the way.
    """
    access.require(actor, Deed.LISTING_APPLY, organisation)

    if not organisation.is_verified:
        raise WrongState(word("您的组织还没有通过核验，核验后才能申请列入目录。"))
    if standing_listing_of(organisation.id) is not None:
        raise Conflict(word("您的组织已有一份在办或者已列入的申请，不能再申请。"))
    day = local_day(now)
    items = items_by_code(terms.codes, day)
    ensure_all(
        lambda: ensure_may_undertake(organisation.credit_code, organisation.institution, day),
        lambda: rules.ensure_application(terms, [code for code in terms.codes if code not in items], day),
        lambda: rules.ensure_clean_record(credit_records_of(organisation.id), day),
    )

    listing = Listing(
        organisation=organisation, department=department, kind=terms.kind.strip(), status=ListingStatus.APPLIED,
        is_trade_association=terms.is_trade_association, deducts_donations=terms.deducts_donations,
        is_tax_exempt=terms.is_tax_exempt, applied_at=now, applied_by=actor,
        services=[
            ListingService(code=row.code, name=row.name, name_en=row.name_en) for row in items.values()
        ],
        conditions=[
            Condition(kind=kind, claim=terms.claims[kind].strip(), number=terms.staff if kind is ConditionKind.STAFF else None)
            for kind in ConditionKind
        ],
    )  # fmt: skip
    db.session.add(listing)
    db.session.flush()

    audit.record(
        Deed.LISTING_APPLY, listing, actor=actor, now=now, organisation=organisation.name, department=department.name,
        codes=sorted(items),
    )  # fmt: skip
    return listing


def add_evidence(
    condition: Condition,
    upload: Upload,
    *,
    expires_on: date | None,
    number: int | None = None,
    actor: User,
    now: datetime,
) -> None:
    """Hand in the evidence of a condition, or a newer one; what was judged before is to be judged again.

    Raises:
        WrongState: an application that was returned, or a listing that was removed.
        RuleBroken: evidence that has expired already.
    """
    access.require(actor, Deed.EVIDENCE_ADD, condition)

    listing = condition.listing
    rules.ensure_stands(listing, CHANGEABLE, Deed.EVIDENCE_ADD)
    rules.ensure_expiry(expires_on, local_day(now))

    condition.file = files.keep(upload, by=actor, now=now)
    condition.expires_on = expires_on
    if condition.kind is ConditionKind.STAFF and number is not None:
        condition.number = number
    condition.verdict = condition.judged_at = condition.judged_by = None
    condition.remark = ""

    audit.record(
        Deed.EVIDENCE_ADD, condition, actor=actor, now=now, listing=listing.id, kind=condition.kind, sha256=upload.sha256,
        expires_on=expires_on, number=condition.number,
    )  # fmt: skip


def faults_of_services(listing: Listing, day: date) -> dict[str, DomainError]:
    """What is wrong on `day` with the services of an application, by code: no longer in the catalogue, or barred."""
    present = codes_today([row.code for row in listing.services], day)
    return rules.faults_of_services(listing.services, present, negative_list_in_force(day), day)


def faults_at_acceptance(listing: Listing, day: date) -> list[DomainError]:
    """What keeps an application from being accepted on `day`."""
    return rules.faults_at_acceptance(listing, day, faults_of_services(listing, day).values())


def _ensure_gate_open(listing: Listing, day: date) -> None:
    services = faults_of_services(listing, day).values()
    rules.ensure_gate_open(listing, credit_records_of(listing.organisation_id), day, services)


def accept_listing(listing: Listing, *, actor: User, now: datetime) -> None:
    """Accept an application that is complete: every condition has its evidence; the supervising unit is asked.

    Raises:
        Refusals: one for each condition without evidence, and for each service that left the catalogue or is barred.
    """
    access.require(actor, Deed.LISTING_ACCEPT, listing)

    LISTING_MOVES.ensure_open(Deed.LISTING_ACCEPT, listing)
    faults = faults_at_acceptance(listing, local_day(now))
    if faults:
        raise Refusals(faults)

    LISTING_MOVES.move(Deed.LISTING_ACCEPT, listing)
    listing.accepted_by_id = actor.id
    _tell(listing, word("“{name}”列入目录的申请已受理。"), now)
    notices.notify(
        users_with_role(Role.APPROVER, department_id=listing.department_id),
        word("“{name}”申请列入承接目录，请出具业务主管单位意见。"), now=now, link=address_of(listing),
        name=listing.organisation.called,
    )  # fmt: skip

    audit.record(Deed.LISTING_ACCEPT, listing, actor=actor, now=now, organisation=listing.organisation.name)


def judge_condition(condition: Condition, verdict: Verdict, remark: str, *, actor: User, now: datetime) -> None:
    """Find whether a condition is met, on its evidence; found anew as often as need be.

    Raises:
        RuleBroken: no evidence, a refusal without its reason, too few staff (OD-4).
    """
    access.require(actor, Deed.CONDITION_JUDGE, condition)

    listing = condition.listing
    rules.ensure_stands(listing, CHANGEABLE - {ListingStatus.APPLIED}, Deed.CONDITION_JUDGE)
    rules.ensure_verdict(condition, verdict, remark, local_day(now))

    condition.verdict, condition.remark = verdict, remark.strip()
    condition.judged_at, condition.judged_by = now, actor
    if verdict is Verdict.NOT_MET:
        _tell(
            listing, word("“{name}”的条件“{kind}”被认定不符合：{remark}。可以补交证明。"), now, kind=condition.kind,
            remark=condition.remark.removesuffix("。"),
        )  # fmt: skip

    audit.record(
        Deed.CONDITION_JUDGE, condition, actor=actor, now=now, listing=listing.id, kind=condition.kind, verdict=verdict,
        remark=condition.remark,
    )  # fmt: skip


def opine_listing(listing: Listing, stance: Stance, opinion: str, *, actor: User, now: datetime) -> None:
    """Give the supervising unit's opinion: one in favour leads to the conference, one against returns the application."""
    access.require(actor, Deed.LISTING_OPINE, listing)

    LISTING_MOVES.ensure_open(Deed.LISTING_OPINE, listing)
    if not opinion.strip():
        raise RuleBroken(word("写明业务主管单位的意见。"), field="opinion")

    listing.stance, listing.opinion = stance, opinion.strip()
    listing.opined_at, listing.opined_by = now, actor
    if stance is Stance.AGREES:
        LISTING_MOVES.move(Deed.LISTING_OPINE, listing)
        notices.notify(
            users_with_role(Role.MEMBER), word("“{name}”列入承接目录的申请等着联席会议联审。"), now=now,
            link=address_of(listing), name=listing.organisation.called,
        )  # fmt: skip
    else:
        # The other end of the same deed; an objection is the reason that the organisation reads.
        listing.status, listing.reason = ListingStatus.RETURNED, listing.opinion
        _tell(
            listing, word("业务主管单位不同意“{name}”列入目录，申请已退回：{reason}。改正后可以重新申请。"), now,
            reason=listing.reason.removesuffix("。"),
        )  # fmt: skip

    audit.record(Deed.LISTING_OPINE, listing, actor=actor, now=now, stance=stance, opinion=listing.opinion)


def return_listing(listing: Listing, reason: str, *, actor: User, now: datetime) -> None:
    """Return an application, with a reason its organisation reads; it may apply anew."""
    access.require(actor, Deed.LISTING_RETURN, listing)

    rules.ensure_not_tabled(listing)
    LISTING_MOVES.ensure_open(Deed.LISTING_RETURN, listing)
    _ensure_reason(reason)

    LISTING_MOVES.move(Deed.LISTING_RETURN, listing)
    _give_back(listing, reason, now)

    audit.record(Deed.LISTING_RETURN, listing, actor=actor, now=now, reason=listing.reason)


def _give_back(listing: Listing, reason: str, now: datetime) -> None:
    listing.reason = reason.strip()
    _tell(
        listing, word("“{name}”列入目录的申请被退回：{reason}。改正后可以重新申请。"), now,
        reason=listing.reason.removesuffix("。"),
    )  # fmt: skip


def _ensure_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleBroken(word("写明理由，对方会看到。"), field="reason")


# ── before the conference: parts of its deeds, never deeds of their own ────────────────────────────────────────────


def hindrance_of_listing(listing: Listing, now: datetime) -> Refusals | None:
    """What keeps the conference from adopting a listing now: conditions, credit records, services in the way."""
    day = local_day(now)
    services = faults_of_services(listing, day).values()
    return rules.hindrance_of(listing, credit_records_of(listing.organisation_id), day, services)


def table_listing(listing: Listing, now: datetime) -> None:
    """Put an application before the joint conference; from then on it is not changed until something is resolved.

    Raises:
        WrongState: an application without its opinion, or before a conference already.
        Refusals: the gate is not open: conditions not met or out of date, credit records (OD-1 to OD-6), services that left
            the catalogue or are barred.
    """
    rules.ensure_awaits_conference(listing)
    hindrance = hindrance_of_listing(listing, now)
    if hindrance is not None:
        raise hindrance

    LISTING_MOVES.move(Deed.CONFERENCE_CONVENE, listing)


def adopt_listing(listing: Listing, number: str, now: datetime) -> None:
    """Let an application go on to its public notice by the resolution of this number; the conference has asked the gate."""
    LISTING_MOVES.move(Deed.ITEM_RESOLVE, listing)
    listing.resolution_number, listing.reviewed_at = number, now
    _tell(listing, word("联席会议通过了“{name}”列入目录的申请，接着公示。"), now)


def turn_down_listing(listing: Listing, reason: str, now: datetime) -> None:
    """Return an application with the conference's reason, the other resolution there is on it; it may apply anew."""
    LISTING_MOVES.ensure_open(Deed.ITEM_RESOLVE, listing)

    listing.status = ListingStatus.RETURNED
    _give_back(listing, reason, now)


def put_off_listing(listing: Listing, _now: datetime) -> None:
    """Let an application wait for another conference."""
    LISTING_MOVES.move(Deed.CONFERENCE_CANCEL, listing)


# ── notice, listing, and what follows ──────────────────────────────────────────────────────────────────────────────


def _facts(listing: Listing) -> dict[str, Any]:
    organisation = listing.organisation
    return {
        "name": organisation.name, "name_en": organisation.name_en, "credit_code": organisation.credit_code,
        "kind": listing.kind, "department": listing.department.name, "department_en": listing.department.name_en,
        "services": [{"code": row.code, "name": row.name, "name_en": row.name_en} for row in listing.services],
    }  # fmt: skip


def _publish(kind: PublicationKind, listing: Listing, facts: dict[str, Any], now: datetime) -> publications.Publication:
    name = listing.organisation.called
    return publications.publish(kind, listing, facts, title=name, title_en=name.english, now=now)


def announce_listing(listing: Listing, *, actor: User, now: datetime) -> None:
    """Put a listing on public notice (OD-9).

    Raises:
        Refusals: the gate has closed meanwhile, or a service left the catalogue or is barred.
    """
    access.require(actor, Deed.LISTING_ANNOUNCE, listing)

    LISTING_MOVES.ensure_open(Deed.LISTING_ANNOUNCE, listing)
    _ensure_gate_open(listing, local_day(now))

    listing.noticed_at = now
    LISTING_MOVES.move(Deed.LISTING_ANNOUNCE, listing)
    first = rules.first_day_after_notice(listing, working_calendar())
    listing.notice = _publish(PublicationKind.LISTING_NOTICE, listing, {**_facts(listing), "first_day": first}, now)
    _tell(listing, word("“{name}”列入目录的申请开始公示，最早 {day} 公布。"), now, day=first)

    audit.record(Deed.LISTING_ANNOUNCE, listing, actor=actor, now=now, first_day=first)


def note_objection(
    listing: Listing, *, raised_by: str, content: str, is_upheld: bool, finding: str, actor: User, now: datetime
) -> Objection:
    """Note an objection made during the notice, and what was found of it; one that is upheld stops the listing."""
    access.require(actor, Deed.OBJECTION_NOTE, listing)

    rules.ensure_stands(listing, {ListingStatus.ON_NOTICE}, Deed.OBJECTION_NOTE)
    for field, value in {"raised_by": raised_by, "content": content, "finding": finding}.items():
        if not value.strip():
            raise RuleBroken(word("异议人、异议内容和核实结论都要写明。"), field=field)

    objection = Objection(
        raised_by=raised_by.strip(), content=content.strip(), is_upheld=is_upheld, finding=finding.strip(), noted_at=now,
        noted_by=actor,
    )  # fmt: skip
    listing.objections.append(objection)
    db.session.flush()

    audit.record(
        Deed.OBJECTION_NOTE, listing, actor=actor, now=now, objection=objection.id, upheld=is_upheld,
        finding=objection.finding,
    )  # fmt: skip
    return objection


def publish_listing(listing: Listing, *, actor: User, now: datetime) -> None:
    """List an organisation once its notice is over.

    Raises:
        OutOfTime: before the first day after the notice (OD-9).
        RuleBroken: an objection was upheld, or the body may not undertake.
        Refusals: the gate has closed meanwhile, or a service left the catalogue or is barred.
    """
    access.require(actor, Deed.LISTING_PUBLISH, listing)

    LISTING_MOVES.ensure_open(Deed.LISTING_PUBLISH, listing)
    organisation, day = listing.organisation, local_day(now)
    rules.ensure_notice_over(listing, now, working_calendar())
    ensure_may_undertake(organisation.credit_code, organisation.institution, day)
    _ensure_gate_open(listing, day)

    listing.listed_at = now
    LISTING_MOVES.move(Deed.LISTING_PUBLISH, listing)
    listing.decision = _publish(
        PublicationKind.LISTING_DECISION, listing, {**_facts(listing), "decision": Deed.LISTING_PUBLISH.label}, now
    )
    _tell(listing, word("“{name}”已列入承接目录。"), now)

    audit.record(Deed.LISTING_PUBLISH, listing, actor=actor, now=now, organisation=organisation.name)


def suspend_listing(listing: Listing, reason: str, *, actor: User, now: datetime) -> None:
    """Suspend a listing, with the reason; the system does it when a credit record asks for it."""
    access.require(actor, Deed.LISTING_SUSPEND, listing)

    LISTING_MOVES.ensure_open(Deed.LISTING_SUSPEND, listing)
    _ensure_reason(reason)

    LISTING_MOVES.move(Deed.LISTING_SUSPEND, listing)
    listing.reason = reason.strip()
    _decide(listing, Deed.LISTING_SUSPEND, now)

    audit.record(Deed.LISTING_SUSPEND, listing, actor=actor, now=now, reason=listing.reason)


def restore_listing(listing: Listing, reason: str, *, actor: User, now: datetime) -> None:
    """Restore a suspended listing.

    Raises:
        Refusals: the gate is not open: what it was suspended for has not ended, or a condition has expired.
    """
    access.require(actor, Deed.LISTING_RESTORE, listing)

    LISTING_MOVES.ensure_open(Deed.LISTING_RESTORE, listing)
    _ensure_reason(reason)
    rules.ensure_gate_open(listing, credit_records_of(listing.organisation_id), local_day(now))

    LISTING_MOVES.move(Deed.LISTING_RESTORE, listing)
    listing.reason = reason.strip()
    _decide(listing, Deed.LISTING_RESTORE, now)

    audit.record(Deed.LISTING_RESTORE, listing, actor=actor, now=now, reason=listing.reason)


def remove_listing(listing: Listing, reason: str, *, actor: User, now: datetime) -> None:
    """Remove an organisation from the directory, with the reason; it may apply anew."""
    access.require(actor, Deed.LISTING_REMOVE, listing)

    LISTING_MOVES.ensure_open(Deed.LISTING_REMOVE, listing)
    _ensure_reason(reason)

    LISTING_MOVES.move(Deed.LISTING_REMOVE, listing)
    listing.reason = reason.strip()
    _decide(listing, Deed.LISTING_REMOVE, now)

    audit.record(Deed.LISTING_REMOVE, listing, actor=actor, now=now, reason=listing.reason)


def _decide(listing: Listing, deed: Deed, now: datetime) -> None:
    facts = {**_facts(listing), "decision": deed.label, "reason": listing.reason}
    listing.decision = _publish(PublicationKind.LISTING_DECISION, listing, facts, now)
    _tell(
        listing,
        word("“{name}”的目录资格有变化：{deed}。理由：{reason}。"),
        now,
        deed=deed,
        reason=listing.reason.removesuffix("。"),
    )


def to_suspend(now: datetime) -> Sequence[tuple[Listing, str]]:
    """Listed organisations that a credit record keeps off the directory today, and the reason in words."""
    return [
        (listing, f"{record.kind.label}（{record.document}）")
        for listing, record in listed_and_barred(local_day(now)).items()
    ]
