"""Notices: once each, with values that keep their kind, read by their own reader, kept until they are mailed."""

from __future__ import annotations

from datetime import date

from procurement.foundation.database import db
from procurement.foundation.errors import NotPermitted
from procurement.foundation.money import Money
from procurement.registers import notices
from procurement.registers.notices import Label, notify, read_notices, tray, unmailed, unread, unread_count
from procurement.registers.people import Role
from tests.factories import World


def test_each_person_is_told_once_and_nobody_is_not_a_person(world: World) -> None:
    officer, payer = world.people.officer, world.people.payer
    notify([officer, payer, officer, None], "看看“{title}”。", now=world.now, link="/x", title="甲")
    db.session.commit()
    assert [unread_count(person) for person in (officer, payer, world.people.member)] == [1, 1, 0]


def test_values_keep_their_kind(world: World) -> None:
    officer = world.people.officer
    values = {
        "amount": Money.yuan("12.30"), "day": date(2025, 10, 9), "at": world.now, "role": Role.OFFICER, "count": 3,
        "roles": (Role.OFFICER, "甲"), "title": "甲",
    }  # fmt: skip
    notify([officer], "…", now=world.now, **values)
    db.session.commit()
    told = tray(officer)[0].told
    assert told == {**values, "role": Role.OFFICER.label, "roles": (Role.OFFICER.label, "甲")}
    assert isinstance(told["role"], Label)
    assert isinstance(told["roles"][0], Label)


def test_the_newest_lies_on_top_and_reading_is_recorded(world: World) -> None:
    officer = world.people.officer
    for number in range(3):
        notify([officer], "第 {number} 条", now=world.now, number=number)
    db.session.commit()
    assert [row.told["number"] for row in unread(officer)] == [2, 1, 0]
    assert world.do(read_notices, officer, by=officer) == 3
    assert unread_count(officer) == 0
    assert [row.told["number"] for row in tray(officer, limit=2)] == [2, 1]


def test_nobody_reads_the_tray_of_another(world: World) -> None:
    notify([world.people.officer], "…", now=world.now)
    db.session.commit()
    world.refuse(read_notices, world.people.officer, by=world.people.payer, error=NotPermitted)
    assert unread_count(world.people.officer) == 1


def test_what_goes_out_is_what_has_an_address_and_what_never_failed_comes_first(world: World) -> None:
    officer = world.people.officer
    notify([officer, world.people.payer], "…", now=world.now)
    db.session.commit()
    assert unmailed() == []
    officer.email = "officer@example.cn"
    db.session.commit()
    notify([officer], "二", now=world.now)
    db.session.commit()
    first, second = unmailed()
    first.mail_failures = 3
    db.session.commit()
    assert [row.id for row in unmailed()] == [second.id, first.id]
    assert [row.id for row in unmailed(most_failures=3)] == [second.id]
    second.mailed_at = world.now
    db.session.commit()
    assert [row.id for row in notices.unmailed()] == [first.id]
