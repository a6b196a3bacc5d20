"""A new negative list: what it hits before the agreement pauses on its day, once, and only the conference goes on from there."""

from __future__ import annotations

import pytest

from procurement.foundation.errors import NotPermitted, WrongState
from procurement.registers.budgets.models import uses_of_matter
from procurement.registers.notices import unread
from procurement.steps import rooms
from procurement.steps.competition.operations.interruptions import tell_of_pause
from procurement.transfers import operations
from procurement.transfers.conference import operations as conference
from procurement.transfers.conference.models import AgendaItem, Choice, ItemKind, ItemOutcome
from procurement.transfers.models import PlanStatus, Transfer, TransferStatus
from procurement.web.ticking import tick
from tests.factories import World

pytestmark = pytest.mark.sqlite_only

# What the plan of the factory says, and its announcement does not.
HIT = "绿化养护"


def paused(world: World, transfer: Transfer | None = None, *, barred: str = "") -> Transfer:
    transfer = transfer or world.resolved()
    world.forbid(HIT if not barred else "没有的词", barred=barred)
    tick(world.app, world.clock)
    return transfer


def tabled(world: World, transfer: Transfer) -> AgendaItem:
    (item,) = world.assembled(transfer, subjects=((ItemKind.PAUSE, transfer),)).items
    return item


def resolve(world: World, transfer: Transfer, choice: Choice, outcome: ItemOutcome) -> None:
    item = tabled(world, transfer)
    world.vote(item, *world.people.conference, choice=choice)
    world.do(conference.resolve_item, item, outcome, opinion="已审议。", by=world.people.member)


def test_a_new_list_pauses_what_it_hits_once_with_row_and_article(world: World) -> None:
    transfer = paused(world)
    assert transfer.status is TransferStatus.PAUSED
    for part in ("负面清单第 2 版", "N01", HIT, "第三十五条"):
        assert part in transfer.pause_reason
    reason, version = transfer.pause_reason, transfer.version
    tick(world.app, world.clock)
    assert (transfer.pause_reason, transfer.version) == (reason, version)


def test_a_list_leaves_alone_what_it_does_not_hit_and_what_is_signed(world: World) -> None:
    signed = world.agreed()
    paused(world, signed)
    assert signed.status is TransferStatus.ON_LINE


def test_what_was_screened_against_the_list_in_force_is_not_screened_again(world: World) -> None:
    transfer = world.resolved()
    tick(world.app, world.clock)
    assert transfer.status is TransferStatus.ON_LINE


def test_nobody_but_the_conference_lets_it_go_on(world: World) -> None:
    transfer = paused(world)
    supervisor = world.people.supervisor
    world.refuse(operations.resume_transfer, transfer, by=supervisor, says=("只能由联席会议",), article="本系统")
    world.refuse(
        operations.rescreen_transfer, transfer, read=rooms.texts_beside_the_plan, tell=tell_of_pause, by=supervisor,
        error=NotPermitted,
    )  # fmt: skip


def test_confirmed_it_goes_on_and_the_hits_stop_it_no_more(world: World) -> None:
    transfer = paused(world)
    resolve(world, transfer, Choice.FOR, ItemOutcome.ADOPTED)
    assert (transfer.status, transfer.pause_reason) == (TransferStatus.ON_LINE, "")
    tick(world.app, world.clock)
    assert transfer.status is TransferStatus.ON_LINE
    # The door of the announcement asks again, and what was confirmed stands.
    assert world.announced(transfer).publication is not None


def test_not_confirmed_it_ends_and_its_money_is_free(world: World) -> None:
    transfer = paused(world)
    assert uses_of_matter(transfer.chain_key)
    resolve(world, transfer, Choice.AGAINST, ItemOutcome.RETURNED)
    assert (transfer.status, transfer.end_reason, transfer.closed_at) == (TransferStatus.CLOSED, "已审议。", world.now)
    assert not uses_of_matter(transfer.chain_key)


def test_a_barred_entry_is_never_confirmed(world: World) -> None:
    transfer = paused(world, barred="0114")
    assert "目录 011401 列在 N01" in transfer.pause_reason
    resolve(world, transfer, Choice.AGAINST, ItemOutcome.RETURNED)
    assert transfer.is_paused_by_list
    resolve(world, transfer, Choice.FOR, ItemOutcome.ADOPTED)
    assert transfer.status is TransferStatus.CLOSED


def test_a_plan_that_waits_and_is_barred_is_neither_tabled_nor_adopted_and_may_be_taken_back(world: World) -> None:
    tabled, waiting, member = world.evaluated(), world.evaluated(), world.people.member
    (item,) = world.assembled(tabled).items
    world.forbid("没有的词", barred="0114")
    assert any("目录 011401 属于现行负面清单 N01" in lack for lack in world.lacking(waiting))
    told = {"says": ("目录 011401", "N01"), "article": "预算法"}
    world.refuse(conference.convene_conference, None, world.conference_terms(waiting), by=member, **told)
    world.vote(item, *world.people.conference, choice=Choice.FOR)
    world.refuse(conference.resolve_item, item, ItemOutcome.ADOPTED, opinion="已审议。", by=member, **told)
    for _minute in range(2):
        tick(world.app, world.clock)
    said = [row for row in unread(world.people.officer) if "不能上会" in row.message]
    assert len(said) == 2
    assert waiting.status is TransferStatus.PREPARING
    world.do(conference.resolve_item, item, ItemOutcome.DEFERRED, opinion="条目列入负面清单。", by=member)
    world.do(operations.recall_plan, tabled.plan, reason="条目列入负面清单。", by=world.people.officer)
    assert tabled.plan.status is PlanStatus.DRAFT
    assert not uses_of_matter(tabled.chain_key)
    world.refuse(
        operations.recall_plan, tabled.plan, reason="再撤。", by=world.people.officer, error=WrongState
    )  # fmt: skip


def test_a_plan_that_waits_and_is_hit_waits_for_findings_and_not_for_a_meeting(world: World) -> None:
    transfer = world.evaluated()
    world.forbid(HIT)
    assert [lack for lack in world.lacking(transfer)] == ["筛查命中 1 处，等待认定"]
    world.refuse(
        conference.convene_conference, None, world.conference_terms(transfer), by=world.people.member, says=(HIT, "N01")
    )


def test_a_pause_lies_before_one_meeting_and_put_off_waits_for_another(world: World) -> None:
    transfer = paused(world)
    item = tabled(world, transfer)
    world.refuse(
        conference.convene_conference, None, world.conference_terms(transfer, subjects=((ItemKind.PAUSE, transfer),)),
        by=world.people.member, error=WrongState, says=("没有等着联席会议",),
    )  # fmt: skip
    world.do(conference.resolve_item, item, ItemOutcome.DEFERRED, opinion="再议。", by=world.people.member)
    resolve(world, transfer, Choice.FOR, ItemOutcome.ADOPTED)
    assert transfer.status is TransferStatus.ON_LINE
