"""The work programme: editions that bind from their day, as text or scan, never changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from procurement.foundation.errors import NotPermitted, Refusals
from procurement.registers.programme import ProgrammeTerms, programme_in_force, programmes, publish_programme
from tests.factories import World


def terms(**changes: Any) -> ProgrammeTerms:
    given = {
        "title": "龙港市推进政府职能社会化转移工作方案", "document_number": "龙政办〔2025〕8号",
        "issued_on": date(2025, 9, 1), "in_force_on": date(2025, 10, 1), "text": "一、总体要求", **changes,
    }  # fmt: skip
    return ProgrammeTerms(**given)


def test_an_edition_binds_from_its_day_and_the_earlier_one_until_then(world: World) -> None:
    first = world.do(publish_programme, None, terms(in_force_on=date(2025, 9, 1)), None, by=world.people.member)
    second = world.do(publish_programme, None, terms(document_number="龙政办〔2025〕9号"), None, by=world.people.member)
    assert programme_in_force(date(2025, 8, 31)) is None
    assert programme_in_force(date(2025, 9, 30)) == first
    assert programme_in_force(date(2025, 10, 1)) == second
    assert list(programmes()) == [second, first]


def test_a_scan_alone_will_do(world: World) -> None:
    made = world.do(publish_programme, None, terms(text=""), world.print(), by=world.people.member)
    assert made.scan is not None


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"issued_on": date(2025, 9, 23)}, "issued_on", ("2025-09-23", "2025-09-22")),
        ({"in_force_on": date(2025, 8, 31)}, "in_force_on", ("2025-08-31", "2025-09-01")),
        ({"text": "  "}, "text", ("至少要有一样",)),
    ],
)
def test_a_programme_that_cannot_be_is_refused_at_its_field(
    world: World, changes: dict[str, Any], where: str, says: tuple[str, ...]
) -> None:
    refused = world.refuse(publish_programme, None, terms(**changes), None, by=world.people.member, error=Refusals)
    assert refused.field == where
    assert [part for part in says if part not in str(refused)] == []
    assert list(programmes()) == []


def test_a_document_number_is_given_once_and_only_the_conference_publishes(world: World) -> None:
    first = world.do(publish_programme, None, terms(), None, by=world.people.member)
    again = world.refuse(publish_programme, None, terms(), None, by=world.people.member, error=Refusals)
    assert (again.field, "龙政办〔2025〕8号" in str(again)) == ("document_number", True)
    refused = world.refuse(
        publish_programme, None, terms(document_number="x"), None, by=world.people.officer, error=NotPermitted
    )
    assert "“公布工作方案”不由您办理" in str(refused)
    assert list(programmes()) == [first]
