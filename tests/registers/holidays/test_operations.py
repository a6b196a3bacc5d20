"""A notice entered, corrected, refused; and every process counts by it from the next transaction on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from procurement.foundation.database import db
from procurement.foundation.errors import NotPermitted, Refusals
from procurement.registers.audit import lines_of_chain
from procurement.registers.holidays.models import HolidayNotice, entered_notices
from procurement.registers.holidays.operations import enter_holidays
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from tests.factories import World, holiday_terms


@pytest.fixture(autouse=True)
def in_november(world: World) -> None:
    """When the notice for the next year has come."""
    world.go_to(date(2026, 11, 10))


def test_a_year_that_is_entered_is_announced_and_its_days_have_their_names(world: World) -> None:
    assert working_calendar().is_estimated(date(2027, 2, 1))
    notice = world.do(enter_holidays, None, holiday_terms(), by=world.people.system_admin)
    calendar = working_calendar()
    assert (notice.year, notice.edition, notice.number) == (2027, 1, "国办发明电〔2026〕7号")
    assert not calendar.is_estimated(date(2027, 2, 1))
    assert calendar.name_of(date(2027, 2, 10)) == "春节"
    assert calendar.name_of(date(2027, 2, 13)) == "春节"
    assert calendar.is_make_up(date(2027, 2, 13))
    assert not calendar.is_workday(date(2027, 2, 10))
    assert sum(calendar.is_workday(day) for day in calendar.days(date(2027, 1, 1), date(2027, 12, 31))) == 248
    assert calendar.is_estimated(date(2028, 1, 1))
    line = lines_of_chain("house")[0]
    assert (line.deed.value, line.told["number"]) == ("holidays:enter", notice.number)


def test_what_another_process_enters_counts_from_the_next_transaction_on(world: World) -> None:
    assert working_calendar().is_estimated(date(2027, 2, 1))
    notice = world.do(enter_holidays, None, holiday_terms(), by=world.people.system_admin)
    entered = notice.id
    assert not working_calendar().is_estimated(date(2027, 2, 1))
    db.session.rollback()
    with db.engine.begin() as other:
        other.execute(text("DELETE FROM holiday_days"))
        other.execute(text("DELETE FROM holiday_notices WHERE id = :id"), {"id": entered})
    assert working_calendar().is_estimated(date(2027, 2, 1))


def test_a_correction_needs_its_reason_and_is_a_further_edition(world: World) -> None:
    world.do(enter_holidays, None, holiday_terms(), by=world.people.system_admin)
    changed = {"off": holiday_terms().days.off[:-1], "number": "国办发明电〔2026〕8号"}
    refused = world.refuse(
        enter_holidays, None, holiday_terms(**changed), by=world.people.system_admin, error=Refusals,
        says=["2027", "更正", "理由"], where="reason",
    )  # fmt: skip
    assert len(refused.refusals) == 1
    corrected = world.do(
        enter_holidays, None, holiday_terms(**changed, reason="国务院调整了国庆节假期"), by=world.people.system_admin
    )
    assert (corrected.edition, len(entered_notices())) == (2, 2)
    assert working_calendar().is_workday(date(2027, 10, 7))
    world.refuse(
        enter_holidays, None, holiday_terms(**changed, reason="再更正一次"), by=world.people.system_admin, error=Refusals,
        says=["2027", "没有要更正的"], where="off",
    )  # fmt: skip
    assert len(entered_notices()) == 2


def test_a_year_that_comes_with_the_system_can_be_corrected(world: World) -> None:
    off = tuple((day, name) for day, name in working_calendar().off.items() if day.year == 2026)
    work = tuple((day, name) for day, name in working_calendar().work.items() if day.year == 2026)
    terms = holiday_terms(
        year=2026, off=off, work=work[:-1], number="国办发明电〔2026〕9号", reason="取消了一个上班的周末"
    )
    world.do(enter_holidays, None, terms, by=world.people.system_admin)
    assert not working_calendar().is_workday(date(2026, 10, 10))
    assert working_calendar().announced == frozenset(range(2021, 2027))


@pytest.mark.parametrize(
    ("changes", "where", "says", "article"),
    [
        ({"issued_on": date(2026, 11, 11)}, "issued_on", ["2026-11-11", "2026-11-10"], None),
        ({"issued_on": date(2025, 11, 1)}, "issued_on", ["2027", "2025-11-01"], None),
        ({"reason": "抄错了"}, "reason", ["2027", "没有录入过"], None),
        ({"off": ()}, "off", ["2027-01-01 元旦", "2027-10-03 国庆节"], "放假办法"),
        ({"work": ((date(2027, 2, 12), ""),)}, "work", ["2027-02-12", "周六"], "工作时间"),
        ({"work": ((date(2027, 2, 6), ""),)}, "work", ["2027-02-06", "只能是一样"], "工作时间"),
    ],
)
def test_a_notice_that_cannot_be_is_refused_at_its_field(
    world: World, changes: dict[str, Any], where: str, says: list[str], article: str | None
) -> None:
    world.refuse(
        enter_holidays, None, holiday_terms(**changes), by=world.people.system_admin, error=Refusals, says=says,
        where=where, article=article,
    )  # fmt: skip
    assert list(entered_notices()) == []


def test_a_number_belongs_to_one_year(world: World) -> None:
    world.do(enter_holidays, None, holiday_terms(), by=world.people.system_admin)
    off = tuple((day, name) for day, name in working_calendar().off.items() if day.year == 2026)
    world.refuse(
        enter_holidays, None, holiday_terms(year=2026, off=off, work=(), reason="更正"), by=world.people.system_admin,
        error=Refusals, says=["国办发明电〔2026〕7号", "2027"], where="number",
    )  # fmt: skip
    assert len(entered_notices()) == 1


def test_nobody_but_the_system_administrator_enters_a_notice(world: World) -> None:
    for person in (world.people.officer, world.people.security_admin, world.people.member, None):
        world.refuse(enter_holidays, None, holiday_terms(), by=person, error=NotPermitted)
    assert db.session.query(HolidayNotice).count() == 0


def test_a_date_that_was_told_is_moved_later_by_a_notice_and_never_earlier(world: World) -> None:
    start, told = date(2027, 1, 29), date(2026, 11, 1)
    clause = limits.CHALLENGE.purchase.on(start)
    assert clause.last_day(start, working_calendar()) == date(2027, 2, 11)
    world.do(enter_holidays, None, holiday_terms(), by=world.people.system_admin)
    assert clause.last_day(start, working_calendar(), told_on=told) == date(2027, 2, 15)
    # The correction takes days off away: what is told from now on ends earlier, what was told before does not.
    shorter = holiday_terms(
        off=tuple(row for row in holiday_terms().days.off if row[0] != date(2027, 2, 11)), reason="更正"
    )
    world.go_to(date(2026, 11, 20))
    world.do(enter_holidays, None, shorter, by=world.people.system_admin)
    calendar = working_calendar()
    assert clause.last_day(start, calendar) == date(2027, 2, 13)
    assert clause.last_day(start, calendar, told_on=told) == date(2027, 2, 15)
    assert clause.last_day(start, calendar, told_on=date(2026, 11, 10)) == date(2027, 2, 15)
    assert clause.last_day(start, calendar, told_on=date(2026, 11, 21)) == date(2027, 2, 13)
    # A floor likewise.
    floor = limits.DOCUMENTS_PERIOD.purchase.on(start)
    assert floor.first_day_after(start, calendar, told_on=told) == date(2027, 2, 13)


def test_what_had_ended_when_a_notice_was_entered_stays_as_it_ended(world: World) -> None:
    clause = limits.CHALLENGE.purchase.on(date(2026, 9, 29))
    off = (*((day, name) for day, name in working_calendar().off.items() if day.year == 2026), (date(2026, 10, 12), ""))
    work = tuple((day, name) for day, name in working_calendar().work.items() if day.year == 2026)
    last = clause.last_day(date(2026, 9, 29), working_calendar())
    world.do(
        enter_holidays, None, holiday_terms(year=2026, off=tuple(sorted(off)), work=work, number="更正1号", reason="补休"),
        by=world.people.system_admin,
    )  # fmt: skip
    assert not working_calendar().is_workday(date(2026, 10, 12))
    assert clause.last_day(date(2026, 9, 29), working_calendar()) == last
