"""Forms of step 1, and of an announcement once it is published."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, FieldList, FormField, HiddenField, SelectField

from procurement.steps.competition.changes.rules import WithdrawalGround
from procurement.web.fields import (
    AS_PRINTED,
    DayField,
    LabelledSelect,
    MomentField,
    MoneyField,
    Needed,
    WholeField,
    choices,
    holders_secret,
    prose,
    text,
)
from procurement.web.transfers.sections import LEAST_ROWS, CriterionForm, InstallmentForm


class AppointHolderForm(FlaskForm):
    """Who holds a part of what opens the bids."""

    person = SelectField(_l("人选"), coerce=lambda value: int(value) if value else None, validators=[Needed()])

    def offer(self, people: Iterable[tuple[int, str]]) -> None:
        """The people who may be appointed, none of them chosen beforehand."""
        self.person.choices = choices([("", _("请选择")), *people])


class ConfirmSheetForm(FlaskForm):
    """The check word, typed back from the printed sheet."""

    check_word = text(_l("核对词"), 20, printed=False, render_kw=AS_PRINTED)


class ReplaceHolderForm(FlaskForm):
    """The secrets of the two holders who stay; they are never stored."""

    passphrase = holders_secret(_l("您的口令"))
    second_passphrase = holders_secret(_l("对方的口令"))


class AnnouncementForm(FlaskForm):
    """The announcement of an attempt."""

    summary = prose(_l("公告摘要"), 2000, rows=4)
    closes_at = MomentField(_l("投标截止时间"), validators=[Needed()])
    contact = text(_l("联系人和电话"), 200)
    submission_notes = prose(_l("对投标文件的要求"), 2000, needed=False, rows=3)
    security = MoneyField(_l("投标保证金"))


class CompleteDocumentsForm(FlaskForm):
    """The bidding documents as the officer has completed them."""

    document = FileField(_l("补充好的文件"))


class EnterMediumNoticeForm(FlaskForm):
    """When and where it appeared on the designated medium."""

    published_on = DayField(_l("在指定媒体发布的日期"), validators=[Needed()])
    address = text(_l("网址"), 300, printed=False)
    reason = prose(_l("更正的理由"), 500, needed=False, rows=2)


class EnterMediumChangeForm(FlaskForm):
    """When and where a later version appeared there."""

    published_on = DayField(_l("在指定媒体发布的日期"), validators=[Needed()])
    address = text(_l("网址"), 300, printed=False)


class CorrectAnnouncementForm(FlaskForm):
    """The words of a published announcement."""

    summary = prose(_l("公告摘要"), 2000, rows=4)
    contact = text(_l("联系人和电话"), 200)
    submission_notes = prose(_l("对投标文件的要求"), 2000, needed=False, rows=3)
    reason = prose(_l("更正的理由"), 500, rows=2)
    editorial = BooleanField(_l("只改文字和联系方式，不影响投标文件的编制"))
    # The version that the page showed.
    edition = HiddenField()


class AmendAnnouncementForm(FlaskForm):
    """What bidders go by."""

    content = prose(_l("服务内容"), rows=4)
    quantity = prose(_l("数量"), rows=2)
    quality = prose(_l("质量标准"), rows=3)
    qualification = prose(_l("资格条件"), rows=4)
    ceiling = MoneyField(_l("最高限价"), validators=[Needed()])
    term_months = WholeField(_l("服务期限"), validators=[Needed()])
    criteria = FieldList(FormField(CriterionForm), _l("评分项"), min_entries=LEAST_ROWS["criteria"])
    installments = FieldList(FormField(InstallmentForm), _l("各期付款"), min_entries=LEAST_ROWS["installments"])
    submission_notes = prose(_l("对投标文件的要求"), 2000, needed=False, rows=3)
    closes_at = MomentField(_l("新的投标截止时间"))
    reason = prose(_l("变更的理由"), 1000, rows=2)
    checked = BooleanField(_l("上面标出的条件已经核对，确为本事项所需"))
    # The version that the page showed.
    edition = HiddenField()


class ExtendDeadlineForm(FlaskForm):
    """A later deadline."""

    closes_at = MomentField(_l("新的投标截止时间"), validators=[Needed()])
    reason = prose(_l("顺延的理由"), 500, rows=2)


class WithdrawAnnouncementForm(FlaskForm):
    """Why a call is given up."""

    ground = LabelledSelect(_l("撤回的情形"), of=WithdrawalGround)
    reason = prose(_l("理由"), 1000)


class AskEnquiryForm(FlaskForm):
    """A question about an announcement."""

    question = prose(_l("要问什么"), 1000, rows=4)


class AnswerEnquiryForm(FlaskForm):
    """The answer, and the question as it is published."""

    public_question = prose(_l("公开的问题"), 1000, rows=3)
    answer = prose(_l("答复"), 2000, rows=4)
    is_material = BooleanField(_l("这个答复改变了公告的要求，接着发布实质变更"))


class SubscriptionForm(FlaskForm):
    """A code of the catalogue."""

    code = text(_l("目录编码"), 20, printed=False)


class ConfirmBidForm(FlaskForm):
    """The version that was read."""

    seen = HiddenField()
