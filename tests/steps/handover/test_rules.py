"""The list of a handover, its date, its witness, its three sides."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from procurement.foundation.errors import RuleBroken, WrongState
from procurement.registers.access import Appointed
from procurement.registers.people import Role, RoleGrant, User
from procurement.steps.agreement.models import Agreement
from procurement.steps.handover import rules
from procurement.steps.handover.models import Handover, HandoverSignature, Party, Section
from procurement.steps.handover.rules import MANDATORY, ItemTerms
from procurement.transfers.models import Appointment, Transfer
from tests.factories import handover_items

DAY = date(2025, 10, 20)


def agreement() -> Agreement:
    transfer = Transfer(
        department_id=1, provider_id=7, officer_id=10, appointments=[Appointment(kind=Appointed.WITNESS, user_id=30)]
    )
    return Agreement(starts_on=date(2025, 10, 20), ends_on=date(2026, 10, 19), organisation_id=7, transfer=transfer)


def handover() -> Handover:
    return Handover(agreement=agreement(), signatures=[])


def test_a_list_with_every_mandatory_section_passes() -> None:
    rules.ensure_items(handover_items(), DAY)
    rules.ensure_items([ItemTerms(section, "无") for section in MANDATORY], DAY)


@pytest.mark.parametrize("missing", MANDATORY)
def test_a_list_without_a_mandatory_section_is_refused_by_its_name(missing: Section) -> None:
    items = [ItemTerms(section, "无") for section in Section if section is not missing]
    with pytest.raises(RuleBroken) as refused:
        rules.ensure_items(items, DAY)
    assert refused.value.values["lacking"] == (missing,)
    assert refused.value.article is not None


def test_an_empty_list_names_all_that_lacks() -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.ensure_items([], DAY)
    for section in MANDATORY:
        assert section.label in str(refused.value)


@pytest.mark.parametrize(("day", "fits"), [
    (date(2025, 10, 19), False), (date(2025, 10, 20), True), (date(2026, 10, 19), True), (date(2026, 10, 20), False),
])  # fmt: skip
def test_a_handover_takes_effect_within_the_term(day: date, fits: bool) -> None:
    if fits:
        rules.ensure_effect(day, agreement(), DAY)
        return
    with pytest.raises(RuleBroken) as refused:
        rules.ensure_effect(day, agreement(), DAY)
    for part in (str(day), "2025-10-20", "2026-10-19"):
        assert part in str(refused.value)
    assert refused.value.field == "takes_effect_on"


@pytest.mark.parametrize(("person", "may"), [
    (User(id=30, name="监", department_id=2), True),
    (User(id=31, name="监", department_id=None, employer="公证处"), True),
    (User(id=32, name="监", department_id=1), False),
    (User(id=33, name="监", organisation_id=7), False),
    (User(id=34, name="监", organisation_id=8, grants=[RoleGrant(role=Role.PROVIDER)]), False),
])  # fmt: skip
def test_a_witness_is_of_neither_side(person: User, may: bool) -> None:
    if may:
        rules.ensure_may_witness(agreement().transfer, person, DAY)
        return
    with pytest.raises(RuleBroken, match="监 属于交接的一方"):
        rules.ensure_may_witness(agreement().transfer, person, DAY)


@pytest.mark.parametrize(("person", "party"), [
    (User(id=10, department_id=1), Party.GIVER),
    (User(id=11, department_id=1), Party.GIVER),
    (User(id=20, organisation_id=7), Party.TAKER),
    (User(id=30, department_id=2), Party.WITNESS),
    (User(id=31, department_id=2), None),
    (User(id=21, organisation_id=8), None),
])  # fmt: skip
def test_a_person_signs_for_one_side(person: User, party: Party | None) -> None:
    assert rules.party_of(handover(), person) is party
    if party is None:
        with pytest.raises(RuleBroken, match="不是交接的任何一方"):
            rules.ensure_can_sign(handover(), person)
    else:
        assert rules.ensure_can_sign(handover(), person) is party


def test_a_side_signs_once_and_the_refusal_says_who_did_and_when() -> None:
    signed = handover()
    signed.signatures.append(
        HandoverSignature(party=Party.GIVER, user=User(name="甲"), signed_at=datetime(2025, 10, 20, 2, 30, tzinfo=UTC))
    )
    with pytest.raises(WrongState) as refused:
        rules.ensure_can_sign(signed, User(id=11, department_id=1))
    assert str(refused.value) == "交出方已由 甲 在 2025-10-20 10:30 签认。"
