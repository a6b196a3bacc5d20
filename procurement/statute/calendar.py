"""The working calendar: the announced years from the State Council's notices, estimated beyond them (TE-6, TE-7)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from procurement.foundation.workdays import WorkCalendar

# As `holidays` names them: what it also knows of past years, rest days moved by a notice, is no statutory day.
_STATUTORY = frozenset({"元旦", "春节", "农历除夕", "清明节", "劳动节", "端午节", "中秋节", "国庆节"})


@cache
def working_calendar() -> WorkCalendar:
    """The calendar in force: `data/holidays.csv` for the announced years, weekends and statutory days for others."""
    path = Path(__file__).parent / "data" / "holidays.csv"
    off: dict[date, str] = {}
    work: dict[date, str] = {}
    years: set[int] = set()
    with path.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            day = date.fromisoformat(row["day"])
            (off if row["kind"] == "off" else work)[day] = row["name"]
            years.add(int(row["year"]))
    return WorkCalendar(off, work, frozenset(years), statutory_days)


@cache
def statutory_days(year: int) -> Mapping[date, str]:
    """The statutory days of a year that has not been announced, lunar ones computed; no make-up days (TE-7)."""
    import holidays

    known = holidays.country_holidays("CN", years=year, language="zh_CN", categories=("public",))
    found = {day: [name for name in names.split("; ") if name in _STATUTORY] for day, names in known.items()}
    return {day: "、".join(names) for day, names in found.items() if names}
