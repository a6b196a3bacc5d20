"""State tables: what is lawful moves, what is not is refused in words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from procurement.foundation.errors import WrongState
from procurement.foundation.labels import Labelled
from procurement.foundation.states import StateTable


class Lamp(Labelled):
    OFF = "off", "关着"
    ON = "on", "亮着"
    BROKEN = "broken", "坏了"


class Act(Labelled):
    SWITCH_ON = "lamp:switch_on", "开灯"
    SWITCH_OFF = "lamp:switch_off", "关灯"
    BREAK = "lamp:break", "打破"


@dataclass
class Subject:
    status: Lamp = Lamp.OFF


TABLE: StateTable[Lamp] = StateTable(
    {
        Act.SWITCH_ON: (frozenset({Lamp.OFF}), Lamp.ON),
        Act.SWITCH_OFF: (frozenset({Lamp.ON}), Lamp.OFF),
        Act.BREAK: (frozenset({Lamp.ON, Lamp.OFF}), Lamp.BROKEN),
    }
)


def test_a_lawful_move_sets_the_status() -> None:
    lamp = Subject()
    TABLE.move(Act.SWITCH_ON, lamp)
    assert lamp.status is Lamp.ON


def test_an_unlawful_move_is_refused_with_both_labels_and_moves_nothing() -> None:
    lamp = Subject()
    with pytest.raises(WrongState) as refusal:
        TABLE.move(Act.SWITCH_OFF, lamp)
    assert str(refusal.value) == "现在的状态是“关着”，不能关灯。"
    assert refusal.value.status == 409
    assert lamp.status is Lamp.OFF


def test_a_deed_is_asked_about_without_being_done() -> None:
    lamp = Subject()
    TABLE.ensure_open(Act.SWITCH_ON, lamp)
    assert lamp.status is Lamp.OFF


@pytest.mark.parametrize(
    ("status", "deeds"),
    [
        (Lamp.OFF, [Act.SWITCH_ON, Act.BREAK]),
        (Lamp.ON, [Act.SWITCH_OFF, Act.BREAK]),
        (Lamp.BROKEN, []),
    ],
)
def test_the_deeds_that_a_status_leaves_open_come_in_the_order_of_the_table(status: Lamp, deeds: list[Act]) -> None:
    assert TABLE.open_to(Subject(status)) == deeds


def test_a_table_knows_every_status_it_leaves_or_reaches() -> None:
    assert TABLE.states() == set(Lamp)


def test_a_table_is_not_changed_through_the_mapping_it_was_made_of() -> None:
    moves = {Act.SWITCH_ON: (frozenset({Lamp.OFF}), Lamp.ON)}
    table: StateTable[Lamp] = StateTable(moves)
    moves.clear()
    assert table.open_to(Subject()) == [Act.SWITCH_ON]
