"""Entering the State Council's holiday notice for a year, or correcting one that was entered."""

from __future__ import annotations

from datetime import datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.holidays import rules
from procurement.registers.holidays.models import DayKind, HolidayDay, HolidayNotice, entered_notices
from procurement.registers.holidays.rules import NoticeTerms
from procurement.registers.people import User
from procurement.statute.calendar import working_calendar


def enter_holidays(house: None, terms: NoticeTerms, *, actor: User, now: datetime) -> HolidayNotice:
    """Enter a year's notice; what was estimated is computed anew from now on, and `tick` tells whoever had been told.

    Raises:
        Refusals: everything that is wrong with it, each at its field.
    """
    access.require(actor, Deed.HOLIDAYS_ENTER, house)

    day, known = local_day(now), entered_notices()
    rules.ensure_notice(terms, known, working_calendar(), day)

    entered = terms.as_entered(day)
    notice = HolidayNotice(
        year=terms.year, edition=sum(row.year == terms.year for row in known) + 1, number=terms.number,
        issued_on=terms.issued_on, reason=terms.reason, entered_at=now, entered_by=actor,
        days=[
            HolidayDay(day=one, kind=kind, name=name)
            for kind, rows in ((DayKind.OFF, entered.off), (DayKind.WORK, entered.work))
            for one, name in rows
        ],
    )  # fmt: skip
    db.session.add(notice)
    db.session.flush()

    audit.record(
        Deed.HOLIDAYS_ENTER, notice, actor=actor, now=now, year=notice.year, edition=notice.edition,
        number=notice.number, issued_on=notice.issued_on, reason=notice.reason,
        off=[one for one, _name in entered.off], work=[one for one, _name in entered.work],
    )  # fmt: skip
    return notice
