"""What an agenda item may be about: for each kind how its subjects are found, and what follows from what is resolved.

A room that has something to lay before the conference adds its row here, from below or, as it is loaded, from above.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procurement.registers.catalogue import drafting
from procurement.registers.catalogue.models import ReferenceEdition, editions_by_id, editions_waiting
from procurement.transfers import operations
from procurement.transfers.conference.models import AgendaItem, Ground, ItemKind
from procurement.transfers.models import Plan, Resolution, evaluated_plans, plans_by_id


@dataclass(frozen=True, slots=True)
class Matter:
    """One kind of subject. A subject has an `id`, a `called` in both languages and a `chain_key` of its own.

    `waiting` are those that may be put on an agenda now, `found` those of some numbers, both in a constant number of
    queries; `barred` says who may not vote on one. The others are what happens to it: each is part of a deed.
    """

    waiting: Callable[[], Sequence[Any]]
    found: Callable[[Sequence[int]], Mapping[int, Any]]
    barred: Callable[[Any], Mapping[int, Ground]]
    tabled: Callable[[Any, datetime], None]
    adopted: Callable[[Any, Resolution, datetime], None]
    returned: Callable[[Any, str, datetime], None]
    deferred: Callable[[Any, datetime], None]


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


def _adopt_edition(edition: ReferenceEdition, resolution: Resolution, now: datetime) -> None:
    drafting.adopt_edition(edition, resolution.number, now)


MATTERS: dict[ItemKind, Matter] = {
    ItemKind.PLAN: Matter(
        waiting=_plans_waiting,
        found=plans_by_id,
        barred=_barred_from_plan,
        tabled=operations.table_plan,
        adopted=operations.adopt_plan,
        returned=operations.return_plan,
        deferred=operations.put_off_plan,
    ),
    ItemKind.EDITION: Matter(
        waiting=editions_waiting,
        found=editions_by_id,
        barred=_barred_from_edition,
        tabled=drafting.table_edition,
        adopted=_adopt_edition,
        returned=drafting.return_edition,
        deferred=drafting.put_off_edition,
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
