"""Step 4: the list and three signatures; each success, each refusal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from procurement.foundation.errors import Conflict, NotPermitted, RuleBroken, WrongState
from procurement.registers.access import Appointed
from procurement.registers.notices import tray
from procurement.statute.calendar import working_calendar
from procurement.steps import rooms
from procurement.steps.agreement import operations as agreement_operations
from procurement.steps.handover import operations
from procurement.steps.handover.models import HandoverStatus, Party, Section
from procurement.steps.handover.rules import ItemTerms
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer
from tests.factories import World, handover_items, the_agreement


def draft(world: World, transfer: Transfer) -> dict[str, Any]:
    return {"takes_effect_on": the_agreement(transfer).starts_on, "witness": world.people.witness}


def test_a_list_is_drafted_with_its_witness(world: World) -> None:
    handover = world.handover_drafted()
    assert handover.status is HandoverStatus.OPEN
    assert [row.name for row in handover.items] == [item.name for item in handover_items()]
    assert handover.items[-1].remains
    assert handover.transfer.appointed(Appointed.WITNESS) == {world.people.witness.id}
    for person in (world.people.witness, world.provider_of(handover.transfer)):
        assert "等您签认" in tray(person)[0].message


def test_a_list_without_a_mandatory_section_is_refused(world: World) -> None:
    transfer = world.agreed()
    items = [item for item in handover_items() if item.section is not Section.CONTINUITY]
    world.refuse(
        operations.draft_handover, transfer, items, **draft(world, transfer), by=world.people.officer,
        says=("服务连续性", "至少一行"), where="items", article="龙港市推进政府职能社会化转移工作方案",
    )  # fmt: skip


def test_a_date_outside_the_term_is_refused(world: World) -> None:
    transfer = world.agreed()
    agreement = the_agreement(transfer)
    for day in (agreement.starts_on - timedelta(days=1), agreement.ends_on + timedelta(days=1)):
        world.refuse(
            operations.draft_handover, transfer, handover_items(), takes_effect_on=day, witness=world.people.witness,
            by=world.people.officer, says=(str(day), str(agreement.starts_on), str(agreement.ends_on)), where="takes_effect_on",
        )  # fmt: skip


def test_a_witness_of_either_side_is_refused(world: World) -> None:
    transfer = world.agreed()
    for person in (world.people.colleague, world.people.payer, world.provider_of(transfer), world.people.providers[3]):
        world.refuse(
            operations.draft_handover, transfer, handover_items(), takes_effect_on=the_agreement(transfer).starts_on,
            witness=person, by=world.people.officer, says=(person.name, "不能作监交人"), where="witness",
        )  # fmt: skip


def test_an_agreement_has_one_list(world: World) -> None:
    handover = world.handover_drafted()
    transfer = handover.transfer
    world.refuse(
        operations.draft_handover, transfer, handover_items(), **draft(world, transfer), by=world.people.officer,
        error=Conflict, says=("已经起草",),
    )  # fmt: skip


def test_a_list_changes_until_somebody_has_signed(world: World) -> None:
    handover = world.handover_drafted()
    items = [*handover_items(), ItemTerms(Section.RISKS, "两处路面破损", "2 处", "限期修复", remains=True)]
    day = handover.takes_effect_on + timedelta(days=7)
    world.do(
        operations.revise_handover, handover, items, takes_effect_on=day, witness=world.people.supervisor,
        transition="两周", by=world.people.colleague,
    )  # fmt: skip
    assert [row.name for row in handover.items] == [item.name for item in items]
    assert (handover.takes_effect_on, handover.transition) == (day, "两周")
    assert handover.transfer.appointed(Appointed.WITNESS) == {world.people.supervisor.id}
    world.refuse(
        operations.revise_handover, handover, [], takes_effect_on=day, witness=world.people.supervisor,
        by=world.people.officer, says=("还缺这几节",),
    )  # fmt: skip
    world.do(operations.sign_handover, handover, by=world.people.officer)
    world.refuse(
        operations.revise_handover, handover, items, takes_effect_on=day, witness=world.people.supervisor,
        by=world.people.officer, error=WrongState, says=("签认中",),
    )  # fmt: skip


def test_the_former_witness_does_not_sign(world: World) -> None:
    handover = world.handover_drafted()
    world.do(
        operations.revise_handover, handover, handover_items(), takes_effect_on=handover.takes_effect_on,
        witness=world.people.supervisor, by=world.people.officer,
    )  # fmt: skip
    world.refuse(operations.sign_handover, handover, by=world.people.witness, error=NotPermitted)
    assert world.do(operations.sign_handover, handover, by=world.people.supervisor) is Party.WITNESS


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_three_signatures_in_any_order_end_the_step(world: World, order: tuple[int, ...]) -> None:
    handover = world.handover_drafted()
    people = world.signatories(handover)
    for place in order[:2]:
        world.do(operations.sign_handover, handover, by=people[place])
        assert (handover.status, handover.transfer.step) == (HandoverStatus.SIGNING, Step.HANDOVER)
    world.do(operations.sign_handover, handover, by=people[order[2]])
    assert (handover.status, handover.completed_at) == (HandoverStatus.COMPLETED, world.now)
    assert handover.transfer.step is Step.PERFORMANCE
    assert {signature.party for signature in handover.signatures} == set(Party)


def test_a_side_signs_once(world: World) -> None:
    handover = world.handover_drafted()
    world.do(operations.sign_handover, handover, by=world.people.officer)
    for person in (world.people.officer, world.people.colleague):
        world.refuse(
            operations.sign_handover,
            handover,
            by=person,
            error=WrongState,
            says=("交出方已由", world.people.officer.name),
        )


def test_nobody_else_signs(world: World) -> None:
    handover = world.handover_drafted()
    losers = [user for user in world.people.providers if user is not world.provider_of(handover.transfer)]
    for person in (world.people.approver, world.people.auditor, None):
        world.refuse(operations.sign_handover, handover, by=person, error=NotPermitted, says=("监交人",))
    for person, elsewhere in (*((user, "组织") for user in losers), (world.people.other_officer, "部门")):
        says = (f"您不属于那个{elsewhere}",)
        world.refuse(operations.sign_handover, handover, by=person, error=NotPermitted, says=says)


@pytest.mark.parametrize("missing", ["publication", "filing", "both"])
def test_the_last_signature_waits_for_publication_and_filing(world: World, missing: str) -> None:
    transfer = world.agreed()
    agreement = the_agreement(transfer)
    officer = world.people.officer
    if missing == "filing":
        world.do(agreement_operations.publish_agreement, agreement, by=officer)
    if missing == "publication":
        world.do(agreement_operations.file_agreement, agreement, filing_number="12", by=officer)
    handover = world.do(operations.draft_handover, transfer, handover_items(), **draft(world, transfer), by=officer)
    *first, last = world.signatories(handover)
    for person in first:
        world.do(operations.sign_handover, handover, by=person)
    words = {"publication": "协议还没有公开", "filing": "协议还没有向财政部门备案", "both": "还缺 2 项"}
    world.refuse(operations.sign_handover, handover, by=last, error=RuleBroken, says=(words[missing], "不能往下走"))
    assert handover.signed_by(Party.WITNESS) is None
    if missing != "publication":
        world.do(agreement_operations.file_agreement, agreement, filing_number="12", by=officer)
    if missing != "filing":
        world.do(agreement_operations.publish_agreement, agreement, by=officer)
    world.do(operations.sign_handover, handover, by=last)
    assert transfer.step is Step.PERFORMANCE


def test_a_completed_list_is_not_signed_again(world: World) -> None:
    handover = world.handover_drafted()
    world.handed_over(handover)
    world.refuse(operations.sign_handover, handover, by=world.people.officer, error=WrongState, says=("第 5 步",))


def test_what_lacks_is_said_side_by_side_with_whose_turn_it_is(world: World) -> None:
    transfer = world.agreed()
    assert world.lacking(transfer) == ["协议还没有公开", "协议还没有向财政部门备案", "交接清单还没有起草"]
    handover = world.handover_drafted(transfer)
    assert world.lacking(transfer) == [
        "交出方还没有签认交接清单",
        "接收方还没有签认交接清单",
        "监交人还没有签认交接清单",
    ]
    standing = rooms.standing_of(transfer, world.now, working_calendar())
    assert [item.people for item in standing.outstanding] == [
        frozenset({person.id}) for person in world.signatories(handover)
    ]
    world.do(operations.sign_handover, handover, by=world.people.witness)
    assert world.lacking(transfer) == ["交出方还没有签认交接清单", "接收方还没有签认交接清单"]


def test_a_date_of_effect_may_be_any_day_of_the_term(world: World) -> None:
    transfer = world.agreed()
    last: date = the_agreement(transfer).ends_on
    handover = world.do(
        operations.draft_handover, transfer, handover_items(), takes_effect_on=last, witness=world.people.witness,
        by=world.people.officer,
    )  # fmt: skip
    assert handover.takes_effect_on == last
