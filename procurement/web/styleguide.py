"""The pieces of a page in every state, for whoever builds one: shown in development and in tests only."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.transfers.line import Step
from procurement.web.languages import article_text
from procurement.web.pieces import ActionLink, Item, Leg, Line, Strip, Trace, strip_of


def _line(at: int, state: str, note: str, label: str) -> Line:
    legs = [
        Leg(
            step.number,
            _(step.label),
            "done" if step.number < at else state if step.number == at else "wait",
            [note] if step.number == at else [],
            0.6,
        )
        for step in Step
    ]
    return Line(legs, label)


def _strip(start: date, today: date) -> Strip:
    clause = limits.CHALLENGE.on(start)
    return strip_of(
        clause, start, today, working_calendar(), title=_("质疑期：7 个工作日"), law=article_text(clause.article)
    )


def pieces() -> dict[str, Any]:
    """Every piece in its states, with values that are illustrations and no facts."""
    link = ActionLink(_("签订协议"), "#", "primary")
    return {
        "lines": [
            _line(2, "now", _("第 12 天"), _("进行中：棒的位置就是用掉的期限")),
            _line(3, "late", _("逾期 3 个工作日"), _("逾期：整段变朱")),
            _line(2, "hold", _("暂停：%(reason)s", reason=_("投诉处理")), _("暂停：天数不走")),
        ],
        "strips": [
            _strip(date(2025, 9, 26), date(2025, 9, 29)),
            _strip(date(2026, 12, 29), date(2026, 12, 30)),
        ],
        "items": [
            Item(
                _("采购人还没有签订"),
                "",
                "《政府采购法》第四十六条",
                _("您"),
                True,
                "10月26日",
                _("今天到期"),
                "soon",
                link,
            ),
            Item(
                _("协议还没有公开"),
                "",
                "《政府采购法实施条例》第五十条",
                _("经办人"),
                False,
                "10月20日",
                "",
                "late",
                None,
            ),
        ],
        "traces": [
            Trace("9月24日 15:40", _("公布结果并发出通知书"), "", True, False),
            Trace("9月22日 10:05", _("确认成交"), "", False, False),
        ],
        "actions": [
            link,
            ActionLink(_("暂停事项"), "#"),
            ActionLink("", "", "quiet", _("现在不缺什么")),
        ],
    }
