"""The pieces of a page in every state, for whoever builds one: shown in development and in tests only."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, FileField, StringField, TextAreaField

from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.transfers.line import Step
from procurement.web.fields import DayField, MoneyField, Question, choices
from procurement.web.languages import article_html, value_text
from procurement.web.pieces import ActionLink, Item, Leg, Line, Strip, Trace, strip_of

# Longer than any name the register takes: no piece may break, and English is longer still.
LONG_NAME = (
    "龙港市新城综合城市管家服务与农贸市场专业化托管及社区公共空间日常管护一体化联合体（演示）有限责任公司第一分公司"
)
LONG_ENGLISH = (
    "Integrated city-steward service, professional management of farmers’ markets and everyday upkeep of public "
    "places in the communities of the new district"
)


class SampleForm(FlaskForm):
    """A field of each kind; never sent anywhere."""

    title = StringField(_l("事项名称"))
    price = MoneyField(_l("报价"))
    starts_on = DayField(_l("服务起始日"))
    content = TextAreaField(_l("服务内容"))
    result = Question(_l("结果"), choices=choices([("met", _l("符合约定")), ("not", _l("发现问题"))]))
    document = FileField(_l("投标文件"))
    truthful = BooleanField(_l("签名后的分数不能再改。"))


def _form(*, wrong: bool) -> SampleForm:
    form = SampleForm(formdata=None, prefix="wrong" if wrong else "right", meta={"csrf": False})
    if wrong:
        form.title.data = LONG_NAME
        form.form_errors.append(_("签订后不能撤回。"))
        for name in ("title", "price", "starts_on", "content", "result", "document", "truthful"):
            form[name].errors = [_("姓名必须填写。")]
        form.price.errors = [_("最高限价 %(ceiling)s", ceiling="999,999,999,999.00 元"), *form.price.errors]
    return form


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
    clause = limits.CHALLENGE.purchase.on(start)
    return strip_of(
        clause,
        start,
        today,
        working_calendar(),
        title=_("%(what)s：%(period)s", what=_("质疑期"), period=value_text(clause)),
        law=article_html(clause.article),
    )


def pieces() -> dict[str, Any]:
    """Every piece in its states, with values that are illustrations and no facts."""
    link = ActionLink(_("签订协议"), "#", "primary")
    return {
        "lines": [
            _line(2, "now", _("第 12 天"), _("进行中：棒的位置就是用掉的期限")),
            _line(3, "late", _("逾期 3 个工作日"), _("逾期：整段变朱")),
            _line(2, "hold", _("暂停：%(reason)s", reason=_("投诉处理")), _("暂停：天数不走")),
            _line(2, "fail", _("不足 3 家"), _("失败")),
            _line(7, "now", "", _("六步接力线：六步都已完成")),
            _line(0, "now", "", _("未开始")),
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
            Item(
                LONG_ENGLISH,
                LONG_NAME,
                article_html(limits.SIGN_AGREEMENT.purchase.on(date(2025, 9, 26)).article),
                LONG_NAME,
                False,
                "",
                "",
                "",
                None,
            ),
        ],
        "right": _form(wrong=False),
        "wrong": _form(wrong=True),
        "long_name": LONG_NAME,
        "long_english": LONG_ENGLISH,
        "traces": [
            Trace("9月28日 16:12", _("质疑"), LONG_NAME, False, True),
            Trace("9月24日 15:40", _("公布结果并发出通知书"), "", True, False),
            Trace("9月22日 10:05", _("确认成交"), "", False, False),
        ],
        "actions": [
            link,
            ActionLink(_("暂停事项"), "#"),
            ActionLink("", "", "quiet", _("现在不缺什么")),
        ],
    }
