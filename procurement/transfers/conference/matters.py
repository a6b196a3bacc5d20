"""What an agenda item may be about: for each kind how its subjects are found, and what follows from what is resolved.

A room that has something to lay before the conference adds its row here, from below or, as it is loaded, from above.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procurement.foundation.errors import DomainError
from procurement.foundation.labels import word
from procurement.registers.catalogue import drafting
from procurement.registers.catalogue.models import ReferenceEdition, editions_by_id, editions_waiting
from procurement.registers.directory import operations as directory
from procurement.registers.directory.models import Listing, listings_awaiting_conference, listings_by_id
from procurement.transfers import operations, screening
from procurement.transfers.conference.models import AgendaItem, Ground, ItemKind, ItemOutcome
from procurement.transfers.models import Plan, Resolution, evaluated_plans, plans_by_id


def nothing_hinders(_subject: Any, _now: datetime) -> DomainError | None:
    """Of a subject that does not change once it is tabled."""
    return None


@dataclass(frozen=True, slots=True)
class Matter:
    """One kind of subject. A subject has an `id`, a `called` in both languages and a `chain_key` of its own.

    `waiting` are those that may be put on an agenda now, `found` those of some numbers, both in a constant number of
    queries; `barred` says who may not vote on one. The others are what happens to it: each is part of a deed.
    `effects` says in words what each outcome does to a subject; `hindrance` is what keeps one from being adopted now,
    however it is voted on: such an item can only be put off.
    """

    waiting: Callable[[], Sequence[Any]]
    found: Callable[[Sequence[int]], Mapping[int, Any]]
    barred: Callable[[Any], Mapping[int, Ground]]
    tabled: Callable[[Any, datetime], None]
    adopted: Callable[[Any, Resolution, datetime], None]
    returned: Callable[[Any, Resolution, datetime], None]
    deferred: Callable[[Any, datetime], None]
    effects: Callable[[Any, datetime], Mapping[ItemOutcome, str]]
    hindrance: Callable[[Any, datetime], DomainError | None] = nothing_hinders


def _plans_waiting() -> Sequence[Plan]:
    return evaluated_plans()


def _barred_from_plan(plan: Plan) -> Mapping[int, Ground]:
    """Whoever wrote of a plan, or judged it before, does not resolve on it (MT-4)."""
    evaluators = {row.evaluated_by_id: Ground.EVALUATOR for row in plan.evaluations}
    return evaluators | dict.fromkeys(plan.writer_ids, Ground.DRAFTER)


def _barred_from_edition(edition: ReferenceEdition) -> Mapping[int, Ground]:
    """Who drafted an edition or laid it before the conference does not resolve on it (MT-4)."""
    people = (edition.drafted_by_id, edition.submitted_by_id)
    return {person: Ground.DRAFTER for person in people if person is not None}


def _barred_from_listing(listing: Listing) -> Mapping[int, Ground]:
    """Who gave the supervising unit's opinion, accepted the application or judged its conditions does not resolve on it."""
    judges = {row.judged_by_id: Ground.JUDGED for row in listing.conditions}
    people = {**judges, listing.accepted_by_id: Ground.JUDGED, listing.opined_by_id: Ground.OPINED}
    return {person: ground for person, ground in people.items() if person is not None}


def _adopt_listing(listing: Listing, resolution: Resolution, now: datetime) -> None:
    directory.adopt_listing(listing, resolution.number, now)


def _return_listing(listing: Listing, resolution: Resolution, now: datetime) -> None:
    directory.turn_down_listing(listing, resolution.opinion, now)


def _adopt_edition(edition: ReferenceEdition, resolution: Resolution, now: datetime) -> None:
    drafting.adopt_edition(edition, resolution.number, now)


def _return_edition(edition: ReferenceEdition, resolution: Resolution, now: datetime) -> None:
    drafting.return_edition(edition, resolution.opinion, now)


def always(adopted: str, returned: str, deferred: str) -> Callable[[Any, datetime], Mapping[ItemOutcome, str]]:
    """Of a kind whose outcomes do the same to every subject: the words for each."""
    effects = {ItemOutcome.ADOPTED: adopted, ItemOutcome.RETURNED: returned, ItemOutcome.DEFERRED: deferred}
    return lambda _subject, _now: effects


MATTERS: dict[ItemKind, Matter] = {
    ItemKind.PLAN: Matter(
        waiting=_plans_waiting,
        found=plans_by_id,
        barred=_barred_from_plan,
        tabled=operations.table_plan,
        adopted=operations.adopt_plan,
        returned=operations.return_plan,
        deferred=operations.put_off_plan,
        effects=always(
            word("事项进入第 1 步，可以起草公告。"),
            word("方案退回起草人修改，占用的预算释放。"),
            word("方案照原样等下一次会议。"),
        ),
        hindrance=screening.hindrance_of_plan,
    ),
    ItemKind.EDITION: Matter(
        waiting=editions_waiting,
        found=editions_by_id,
        barred=_barred_from_edition,
        tabled=drafting.table_edition,
        adopted=_adopt_edition,
        returned=_return_edition,
        deferred=drafting.put_off_edition,
        effects=always(
            word("新版从施行日期起施行。"),
            word("草案退回起草的人修改。"),
            word("草案照原样等下一次会议。"),
        ),
    ),
    ItemKind.LISTING: Matter(
        waiting=listings_awaiting_conference,
        found=listings_by_id,
        barred=_barred_from_listing,
        tabled=directory.table_listing,
        adopted=_adopt_listing,
        returned=_return_listing,
        deferred=directory.put_off_listing,
        effects=always(
            word("联审通过，申请接着公示，公示期满列入目录。"),
            word("申请退回，组织看到理由，改正后可以重新申请。"),
            word("申请照原样等下一次会议。"),
        ),
        hindrance=directory.hindrance_of_listing,
    ),
}


def waiting_subjects() -> list[tuple[ItemKind, Any]]:
    """Everything that waits for a conference, kind by kind."""
    return [(kind, subject) for kind, matter in MATTERS.items() for subject in matter.waiting()]


def subjects_of(items: Sequence[AgendaItem]) -> dict[int, Any]:
    """What each item is about, by the item's number, in a number of queries that does not grow with the agenda."""
    subjects: dict[int, Any] = {}
    for kind in {item.kind for item in items}:
        of_kind = [item for item in items if item.kind is kind]
        known = MATTERS[kind].found([item.subject_id for item in of_kind])
        subjects |= {item.id: known[item.subject_id] for item in of_kind}
    return subjects


def subject_of(item: AgendaItem) -> Any:
    """What an item is about."""
    return subjects_of([item])[item.id]


def effects_of(item: AgendaItem, subject: Any, now: datetime) -> Mapping[ItemOutcome, str]:
    """What each outcome would do to what the item is about, in words."""
    return MATTERS[item.kind].effects(subject, now)


def hindrance_of(item: AgendaItem, now: datetime) -> DomainError | None:
    """What keeps an item from being adopted now, however it is voted on."""
    return MATTERS[item.kind].hindrance(subject_of(item), now)
