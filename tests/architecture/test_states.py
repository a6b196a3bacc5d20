"""Every state is reachable, every move is a deed, and the schema repeats what the tables say."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Enum

import procurement.steps.reminders
import procurement.steps.rooms  # noqa: F401 - with the reminders, every model of the line
from procurement.foundation.database import Base
from procurement.foundation.labels import Labelled
from procurement.foundation.states import StateTable
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import EDITION_MOVES, EditionStatus
from procurement.registers.directory.models import LISTING_MOVES, ListingStatus
from procurement.registers.imports.models import IMPORT_MOVES, ImportStatus
from procurement.registers.organisations.models import ORGANISATION_MOVES, OrganisationStatus
from procurement.steps.agreement.models import AGREEMENT_MOVES, SUPPLEMENT_MOVES, AgreementStatus, SupplementStatus
from procurement.steps.announcement.models import ANNOUNCEMENT_MOVES, AnnouncementStatus
from procurement.steps.competition.models.bids import BID_MOVES, BidStatus
from procurement.steps.competition.models.review import AWARD_MOVES, COMPETITION_MOVES, AwardStatus, CompetitionStatus
from procurement.steps.handover.models import HANDOVER_MOVES, HandoverStatus
from procurement.steps.performance.models import DELIVERY_MOVES, DeliveryStatus
from procurement.transfers.conference.models import CONFERENCE_MOVES, ConferenceStatus
from procurement.transfers.models import PLAN_MOVES, TRANSFER_MOVES, PlanStatus, TransferStatus
from procurement.transfers.take_backs.models import TAKE_BACK_MOVES, TakeBackStatus
from tests.architecture.building import SOURCE, below_the_web, operations, report, tree_of

# table, its states, where it begins, and the states that a deed reaches beside the table, with the reason.
TABLES: dict[str, tuple[StateTable[Any], type[Labelled], Labelled, dict[Labelled, str]]] = {
    "transfer": (TRANSFER_MOVES, TransferStatus, TransferStatus.PREPARING, {}),
    "plan": (PLAN_MOVES, PlanStatus, PlanStatus.DRAFT, {}),
    "conference": (CONFERENCE_MOVES, ConferenceStatus, ConferenceStatus.CONVENED, {}),
    "edition": (EDITION_MOVES, EditionStatus, EditionStatus.DRAFT, {}),
    "organisation": (ORGANISATION_MOVES, OrganisationStatus, OrganisationStatus.REGISTERED, {}),
    "listing": (LISTING_MOVES, ListingStatus, ListingStatus.APPLIED, {}),
    "import": (IMPORT_MOVES, ImportStatus, ImportStatus.READ, {}),
    "announcement": (ANNOUNCEMENT_MOVES, AnnouncementStatus, AnnouncementStatus.DRAFT, {}),
    "bid": (BID_MOVES, BidStatus, BidStatus.SUBMITTED, {
        BidStatus.BROKEN: "what bids:open makes of an envelope that does not open, or holds too high a price",
        BidStatus.DISQUALIFIED: "the other verdict of bids:qualify",
        BidStatus.UNCONFIRMED: "what bids:open makes of a bid that was not confirmed for the newest material version",
    }),
    "competition": (COMPETITION_MOVES, CompetitionStatus, CompetitionStatus.OPENED, {}),
    "award": (AWARD_MOVES, AwardStatus, AwardStatus.CONFIRMED, {}),
    "agreement": (AGREEMENT_MOVES, AgreementStatus, AgreementStatus.DRAFT, {}),
    "supplement": (SUPPLEMENT_MOVES, SupplementStatus, SupplementStatus.DRAFTED, {}),
    "handover": (HANDOVER_MOVES, HandoverStatus, HandoverStatus.OPEN, {
        HandoverStatus.COMPLETED: "what the third handover:sign makes of it",
    }),
    "take_back": (TAKE_BACK_MOVES, TakeBackStatus, TakeBackStatus.PROPOSED, {
        TakeBackStatus.RETURNED: "the other resolution there is on a proposal",
    }),
    "delivery": (DELIVERY_MOVES, DeliveryStatus, DeliveryStatus.REPORTED, {}),
}  # fmt: skip


OF_THE_CONFERENCE = {Deed.CONFERENCE_CONVENE, Deed.CONFERENCE_CANCEL, Deed.ITEM_RESOLVE}


def test_every_state_table_of_the_building_is_inspected() -> None:
    named = {
        target.id
        for path in below_the_web()
        for node in tree_of(path).body
        if isinstance(node, ast.AnnAssign) and "StateTable" in ast.unparse(node.annotation)
        for target in [node.target]
        if isinstance(target, ast.Name)
    }
    assert named == {f"{name.upper()}_MOVES" for name in TABLES}


@pytest.mark.parametrize("name", TABLES)
def test_every_state_is_reachable(name: str) -> None:
    table, states, first, beside = TABLES[name]
    reached = {first, *beside}
    while True:
        further = {target for sources, target in table.moves.values() if sources & reached} - reached
        if not further:
            break
        reached |= further
    dead = [state.value for state in states if state not in reached]
    assert dead == [], report(dead, f"states of {name} that no deed reaches:")


@pytest.mark.parametrize("name", TABLES)
def test_every_move_is_a_deed_that_an_operation_does(name: str) -> None:
    table, states, _first, _beside = TABLES[name]
    done = {function.name for function in operations()}
    for deed, (sources, target) in table.moves.items():
        assert isinstance(deed, Deed)
        assert deed.function_name in done, f"{name}: nothing does {deed.value}"
        assert sources, f"{name}: {deed.value} starts nowhere"
        assert {*sources, target} <= set(states)


@pytest.mark.parametrize("name", TABLES)
def test_every_move_is_asked_for_in_its_operation(name: str) -> None:
    table = TABLES[name][0]
    by_name = {function.name: ast.unparse(function.node) for function in operations()}
    offenders = [
        deed.value
        for deed in table.moves
        if f"{name.upper()}_MOVES" not in by_name[deed.function_name]
        and f"Deed.{deed.name}" in by_name[deed.function_name]
        # An opening moves each bid in a function of its own; a verdict is one of two; a registration is mostly the first.
        # What follows for the subject of a meeting's item is a function of its kind (matters.py).
        and deed not in {Deed.BIDS_OPEN, Deed.BIDS_QUALIFY, Deed.ORGANISATION_REGISTER}
        and not (name in {"edition", "listing", "plan", "take_back", "transfer"} and deed in OF_THE_CONFERENCE)
    ]
    assert offenders == [], report(offenders, f"operations that do not ask {name.upper()}_MOVES:")


def test_a_status_is_compared_with_a_member_and_never_with_a_string() -> None:
    offenders = []
    for path in below_the_web():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Compare) and ast.unparse(node.left).endswith(".status"):
                for other in node.comparators:
                    if isinstance(other, ast.Constant):
                        offenders.append(f"{path.relative_to(SOURCE)}:{node.lineno}: {ast.unparse(node)}")
    assert offenders == [], report(offenders, "compare with the member of the enumeration:")


def test_every_status_column_is_held_to_its_values_by_the_schema() -> None:
    offenders = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name == "status" and not (isinstance(column.type, Enum) and column.type.create_constraint)
    ]
    assert offenders == []


def test_constraint_names_are_sentences() -> None:
    for table in Base.metadata.sorted_tables:
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint):
                assert constraint.name, f"{table.name}: {constraint.sqltext}"
