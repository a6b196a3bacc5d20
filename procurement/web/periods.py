"""期限计算: a clause of the table, the day on which it begins, and the period day by day, for anyone who wants to check one."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from procurement.foundation.clock import local_day
from procurement.statute.calendar import working_calendar
from procurement.statute.clauses import DAYS, FLOOR, WORKDAYS, YEARS, Clause, Phase, all_clauses
from procurement.statute.periods import LOOKS_BACK, TERMS, first_day_back, last_day_of_term
from procurement.web.fields import DayField, Needed
from procurement.web.languages import article_html, day_text, is_english, value_text
from procurement.web.pieces import Strip, strip_of
from procurement.web.refusals import page

bp = Blueprint("periods", __name__, url_prefix="/periods")


class PeriodForm(FlaskForm):
    """On which day a period begins; what is asked stands in the address, so that an answer can be sent on."""

    class Meta:
        """Nothing is done by it."""

        csrf = False

    day = DayField(_l("起算日"), validators=[Needed()])


def clauses_of(day: date) -> dict[Phase, list[Clause]]:
    """The clauses in force on a day that are periods, by phase."""
    found: dict[Phase, list[Clause]] = {}
    for editions in all_clauses().values():
        for clause in editions:
            if clause.unit in (DAYS, WORKDAYS, YEARS) and clause.in_force(day):
                found.setdefault(clause.phase, []).append(clause)
    return {phase: found[phase] for phase in Phase if phase in found}


def called(clause: Clause) -> str:
    """What a clause is called, in the reader's language."""
    return clause.name_en if is_english() and clause.name_en else clause.name


def strip_from(clause: Clause, start: date) -> Strip:
    """A clause day by day from the day on which it begins, which is not counted."""
    period = value_text(clause)
    if clause.direction == FLOOR:
        period = _("不少于 %(period)s", period=period)
    title = _("%(what)s：%(period)s", what=called(clause), period=period)
    law, calendar = article_html(clause.article), working_calendar()
    if clause.id in LOOKS_BACK:
        first = first_day_back(clause, start, calendar)
        note = _("这一条往回看：到 %(day)s 为止的 %(period)s。", day=day_text(start), period=value_text(clause))
        return Strip(title, _("从这一天起"), day_text(first), law, notes=[note])
    if clause.id in TERMS:
        last = last_day_of_term(clause, start)
        note = _("协议的第一天计入期限：从 %(day)s 起，最后一天是对应日的前一天。", day=day_text(start))
        return Strip(title, _("最后一天"), day_text(last), law, notes=[note])
    return strip_of(clause, start, local_day(g.now), calendar, title=title, law=law)


@bp.get("")
def show_periods() -> ResponseReturnValue:
    """The calculator: which day is the last, or the earliest, and why."""
    form = PeriodForm(request.args if "day" in request.args else None, data={"day": local_day(g.now)})
    is_asked = "day" in request.args and form.validate()
    start = form.day.data if is_asked and form.day.data is not None else local_day(g.now)
    groups = clauses_of(start)
    wanted = request.args.get("clause", "")
    chosen = next((clause for rows in groups.values() for clause in rows if clause.id == wanted), None)
    return page(
        "periods/show_periods.html", form=form, groups=groups, called=called, chosen=chosen,
        strip=strip_from(chosen, start) if is_asked and chosen is not None else None, today=local_day(g.now),
    )  # fmt: skip
