"""Reminders: said once, a working day before something is due and once more when it is late, to whose turn it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procurement.foundation.errors import NotPermitted
from procurement.registers.notices import tray
from procurement.registers.people import User
from procurement.registers.substitutions import grant_substitution
from procurement.statute.calendar import working_calendar
from procurement.steps import rooms
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.models.review import award_of_transfer
from procurement.steps.competition.operations.award import confirm_award
from procurement.steps.competition.rules import last_day_to_conclude
from procurement.steps.reminders import Reminder, due_reminders, holders_of, send_reminder
from procurement.transfers.models import Transfer
from tests.factories import World, the_agreement


def remind(world: World, transfer: Transfer) -> list[Reminder | None]:
    """Send what is owed now, as tick does."""
    owed = [due.key for due in due_reminders([transfer], world.now, working_calendar())]
    return [world.do(send_reminder, transfer, key, by=world.people.system) for key in owed]


def said_to(person: User) -> list[str]:
    return [row.message for row in tray(person) if "到期" in row.message or "逾期" in row.message]


def test_nothing_is_said_while_there_is_time(world: World) -> None:
    transfer = world.awarded()
    assert remind(world, transfer) == []


def test_a_working_day_before_it_is_due_it_is_said_once(world: World) -> None:
    transfer = world.reviewed().transfer
    standing = rooms.standing_of(transfer, world.now, working_calendar())
    by = standing.outstanding[0].by
    assert by is not None
    last = by if not hasattr(by, "hour") else by.date()
    while working_calendar().workdays_between(world.today, last) > 1:
        assert remind(world, transfer) == []
        world.go_to(world.today + timedelta(days=1))
    (sent,) = remind(world, transfer)
    assert sent is not None
    assert sent.key == f"award:confirm - {last.isoformat()} soon"
    assert said_to(world.people.approver) == ["“{title}”快到期：{lack}，最迟 {day}。"]
    assert tray(world.people.approver)[0].told["day"] == last
    assert said_to(world.people.officer) == []
    assert remind(world, transfer) == []


def test_who_stands_in_is_reminded_too(world: World) -> None:
    transfer = world.awarded()
    award = award_of_transfer(transfer)
    assert award is not None
    last = last_day_to_conclude(award.transfer, award, working_calendar())
    assert last is not None
    world.go_to(last)
    officer, payer = world.people.officer, world.people.payer
    world.do(grant_substitution, officer, payer, world.today, world.today, by=officer)
    remind(world, transfer)
    assert len(said_to(officer)) == len(said_to(payer)) == 1
    # The substitution ended with its day: the second reminder is the officer's alone.
    world.go_to(last + timedelta(days=1))
    remind(world, transfer)
    assert (len(said_to(officer)), len(said_to(payer))) == (2, 1)


def test_when_it_is_late_it_is_said_once_more(world: World) -> None:
    transfer = world.awarded()

    award = award_of_transfer(transfer)
    assert award is not None
    last = last_day_to_conclude(award.transfer, award, working_calendar())
    assert last is not None
    world.go_to(last)
    assert len(remind(world, transfer)) == 1
    world.go_to(last + timedelta(days=1))
    assert len(remind(world, transfer)) == 1
    world.go_to(last + timedelta(days=10))
    assert remind(world, transfer) == []
    assert said_to(world.people.officer) == [
        "“{title}”逾期：{lack}，最迟 {day}。",
        "“{title}”快到期：{lack}，最迟 {day}。",
    ]


def test_what_has_been_done_meanwhile_is_not_said(world: World) -> None:
    competition = world.reviewed()
    transfer = competition.transfer
    world.go_to(world.today + timedelta(days=20))
    (due,) = due_reminders([transfer], world.now, working_calendar())
    world.do(confirm_award, competition, world.first_of(competition), by=world.people.approver)
    assert world.do(send_reminder, transfer, due.key, by=world.people.system) is None
    assert said_to(world.people.approver) == []


def test_the_opener_is_reminded_of_the_opening(world: World) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    remind(world, announcement.transfer)
    assert said_to(world.people.payer) == ["“{title}”快到期：{lack}，最迟 {day}。"]


def test_the_three_sides_are_reminded_of_the_handover(world: World) -> None:
    handover = world.handover_drafted()
    remind(world, handover.transfer)
    for person in world.signatories(handover):
        assert len(said_to(person)) == 1
    assert said_to(world.people.approver) == []


def test_every_milestone_has_a_reminder_of_its_own(world: World) -> None:
    transfer = world.handed_over()
    for milestone in the_agreement(transfer).milestones:
        world.go_to(milestone.due_on)
        assert len(remind(world, transfer)) >= 1
    lacking = [row.told["lack"] for row in tray(world.provider_of(transfer)) if "期：" in row.message]
    assert {(said.message, said.values["name"]) for said in lacking} >= {
        ("“{name}”还没有报告完成", "中期"),
        ("“{name}”还没有报告完成", "终期"),
    }


def test_whose_turn_it_is_follows_the_policy_where_nobody_is_named(world: World) -> None:
    transfer = world.reviewed().transfer
    (item,) = rooms.standing_of(transfer, world.now, working_calendar()).outstanding
    assert holders_of(transfer, item) == [world.people.approver]


@pytest.mark.parametrize("who", ["officer", "auditor", "system_admin"])
def test_only_the_system_reminds(world: World, who: str) -> None:
    transfer = world.awarded()
    world.refuse(send_reminder, transfer, "x", by=getattr(world.people, who), error=NotPermitted, says=("系统",))
