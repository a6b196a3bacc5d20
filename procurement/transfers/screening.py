"""Screening: every text of a transfer against the negative list in force, and what has been found of the hits.

One way for all doors: a plan that is submitted, an announcement, an award, an agreement are each refused by
`ensure_clean` while a hit in the plan, in its attachments or in the paper itself has not been cleared. The clauses of the
agreement that nobody can change are no text of anybody and are not screened.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError
from procurement.registers.catalogue import rules as catalogue_rules
from procurement.registers.catalogue.models import (
    ListKind,
    NegativeListEntry,
    edition_in_force,
    negative_list_in_force,
)
from procurement.registers.people import Role, User, users_with_role
from procurement.transfers import rules
from procurement.transfers.models import (
    Plan,
    PlanAttachment,
    ScreeningFinding,
    Transfer,
    attachments_of,
    confirmed_hits_of,
    findings_of,
)
from procurement.transfers.rules import ATTACHMENT, PLACES, Screened, ScreenedText, terms_of


def texts_of_plan(plan: Plan, attachments: Sequence[PlanAttachment]) -> list[ScreenedText]:
    """What a plan says, field by field, and what was read of its attachments, each under its title."""
    # Whoever wrote of it at any time, and who is in charge of it: none of them judges a hit in a text that is theirs.
    writers = plan.writer_ids | {plan.transfer.officer_id}
    found = [ScreenedText(name, PLACES[name], text, writers) for name, text in terms_of(plan).texts().items()]
    for row in attachments:
        found.append(ScreenedText(f"{ATTACHMENT}{row.id}-title", row.title, row.title, writers))
        found.append(ScreenedText(f"{ATTACHMENT}{row.id}", row.title, row.text or "", writers))
    return found


def screen(
    texts: Sequence[ScreenedText],
    rows: Sequence[NegativeListEntry],
    findings: Sequence[ScreeningFinding],
    confirmed: Collection[str] = (),
) -> list[Screened]:
    """Every hit in these texts, in their order, with what has been found of it; `confirmed` are those let stand."""
    by_field = {text.field: text for text in texts}
    found: dict[str, list[ScreeningFinding]] = {}
    for finding in findings:
        found.setdefault(finding.fingerprint, []).append(finding)
    hits = catalogue_rules.screen({text.field: text.text for text in texts}, rows)
    return [
        Screened(hit, by_field[hit.field], tuple(found.get(hit.fingerprint, ())), hit.fingerprint in confirmed)
        for hit in hits
    ]


def _confirmed(transfers: Sequence[Transfer], day: date) -> dict[int, set[str]]:
    """What the conference let stand of the list of `day`, transfer by transfer."""
    edition = edition_in_force(ListKind.NEGATIVE_LIST, day)
    found: dict[int, set[str]] = {}
    for transfer_id, fingerprint in confirmed_hits_of(transfers, edition.id) if edition is not None else ():
        found.setdefault(transfer_id, set()).add(fingerprint)
    return found


def bar_of(transfer: Transfer, day: date) -> NegativeListEntry | None:
    """The row of the list of `day` that bars the transfer's entry; what is barred is never let stand."""
    return catalogue_rules.barring_row(transfer.catalogue_entry.code, negative_list_in_force(day))


def bars_of(transfers: Sequence[Transfer], day: date) -> dict[int, NegativeListEntry]:
    """The rows of the list of `day` that bar these transfers' entries, by the transfer's number, in one query."""
    rows = negative_list_in_force(day) if transfers else []
    found = {row.id: catalogue_rules.barring_row(row.catalogue_entry.code, rows) for row in transfers}
    return {transfer_id: bar for transfer_id, bar in found.items() if bar is not None}


def stopping(transfer: Transfer, day: date, further: Sequence[ScreenedText] = ()) -> list[Screened]:
    """The hits that keep a transfer from going on: prohibited ones that nobody found to be misfires or let stand."""
    return [row for row in screened(transfer, day, further) if row.hit.is_prohibited and not row.is_cleared]


def screened(transfer: Transfer, day: date, further: Sequence[ScreenedText] = ()) -> list[Screened]:
    """Every hit in the plan of a transfer, in its attachments and in `further` texts, against the list of `day`."""
    return screened_of([transfer], day, {transfer.id: further})[transfer.id]


def screened_of(
    transfers: Sequence[Transfer], day: date, further: Mapping[int, Sequence[ScreenedText]]
) -> dict[int, list[Screened]]:
    """The hits of several transfers, read in a number of queries that does not grow with them."""
    if not transfers:
        return {}
    rows, confirmed = negative_list_in_force(day), _confirmed(transfers, day)
    attachments: dict[int, list[PlanAttachment]] = {}
    for attachment in attachments_of([transfer.plan for transfer in transfers]):
        attachments.setdefault(attachment.plan_id, []).append(attachment)
    findings: dict[int, list[ScreeningFinding]] = {}
    for finding in findings_of(transfers):
        findings.setdefault(finding.transfer_id, []).append(finding)
    return {
        transfer.id: screen(
            [
                *texts_of_plan(transfer.plan, attachments.get(transfer.plan.id, [])),
                *further.get(transfer.id, ()),
            ],
            rows,
            findings.get(transfer.id, []),
            confirmed.get(transfer.id, set()),
        )
        for transfer in transfers
    }


def ensure_clean(transfer: Transfer, day: date, further: Sequence[ScreenedText] = ()) -> None:
    """Refuse to go on while the entry is barred, or a hit in the plan, its attachments or `further` texts is not cleared.

    Raises:
        RuleBroken: the barred entry with its row; or each hit with field, keyword, clause, row, article and what to do.

    Source: 《政府购买服务管理办法》第十条 (NEG-1 to NEG-6) and the list in force on `day`.
    """
    catalogue_rules.ensure_not_barred(transfer.catalogue_entry.code, negative_list_in_force(day))
    ensure_clean_texts(transfer, day, [*texts_of_plan(transfer.plan, attachments_of([transfer.plan])), *further])


def ensure_clean_texts(transfer: Transfer, day: date, texts: Sequence[ScreenedText]) -> None:
    """Refuse texts in which a hit is not cleared: what goes out beside the plan is held to the same list.

    Raises:
        RuleBroken: each hit with field, keyword, clause, row, article and what to do.
    """
    rows = negative_list_in_force(day)
    confirmed = _confirmed([transfer], day).get(transfer.id, set())
    findings: dict[str, list[ScreeningFinding]] = {}
    for finding in findings_of([transfer]):
        findings.setdefault(finding.fingerprint, []).append(finding)
    catalogue_rules.ensure_clean(
        {text.field: text.text for text in texts},
        rows,
        {text.field: text.attachment or text.place for text in texts},
        lambda hit: (
            hit.fingerprint in confirmed or not rules.lacking_capacities(hit.bearing, findings.get(hit.fingerprint, []))
        ),
    )


def hindrance_of_plan(plan: Plan, now: datetime) -> DomainError | None:
    """What of the list in force keeps a plan from the agenda and from its adoption, whatever list it was submitted under."""
    try:
        ensure_clean(plan.transfer, local_day(now))
    except DomainError as hindrance:
        return hindrance
    return None


def possible_finders() -> list[User]:
    """Everybody who may be asked for a finding in some transfer: officers, approvers and supervisors."""
    people = {
        person.id: person for role in (Role.OFFICER, Role.APPROVER, Role.SUPERVISOR) for person in users_with_role(role)
    }
    return list(people.values())
