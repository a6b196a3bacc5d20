"""Forms of step 2."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, HiddenField, SelectField

from procurement.steps.competition.models.bids import Bid, SecurityForm
from procurement.transfers.models import Criterion
from procurement.web.fields import (
    MomentField,
    MoneyField,
    Needed,
    PointsField,
    Question,
    choices,
    holders_secret,
    prose,
    text,
)
from procurement.web.languages import value_text


class SealFilesForm(FlaskForm):
    """Files of a bid; the key makes a file that is sent twice one file."""

    document = MultipleFileField(_l("选择文件"))
    upload_key = HiddenField()


class BidTextForm(FlaskForm):
    """What a draft keeps: who leads and works on it, and what is declared; nothing of it must be filled in."""

    lead = text(_l("项目负责人"), 50, needed=False)
    staff = prose(_l("项目人员"), 2000, needed=False, rows=3)
    truthful = BooleanField(_l("以上是本组织的真实意思，近三年没有重大违法记录"))
    independent = BooleanField(_l("与参加这次竞争的其他组织没有同一负责人，也没有控股、管理关系"))
    # Where no security is asked the page has no such field, and a browser sends none.
    security_form = SelectField(
        _l("保证金的形式"),
        default="",
        choices=lambda: choices([("", _("请选择")), *((form.value, _(form.label)) for form in SecurityForm)]),
        # Where no security is asked for, the page does not ask for its form either.
        validate_choice=True,
    )
    security_reference = text(_l("票据或者保函的编号"), 80, needed=False)
    seen = HiddenField()


class SubmitBidForm(BidTextForm):
    """A bid: the price is checked here and sealed before anything is stored."""

    price = MoneyField(_l("报价（含税，全部费用）"), validators=[Needed()])
    lead = text(_l("项目负责人"), 50)
    example = BooleanField(_l("用系统里的示例文件投标"))
    truthful = BooleanField(
        _l("以上是本组织的真实意思，近三年没有重大违法记录"), validators=[Needed(_l("请确认这是本组织的真实意思。"))]
    )
    independent = BooleanField(
        _l("与参加这次竞争的其他组织没有同一负责人，也没有控股、管理关系"),
        validators=[Needed(_l("请确认没有这样的关系；有这样的关系，不能同时参加。"))],
    )
    form_key = HiddenField()
    # The version of the announcement that the page showed.
    edition = HiddenField()


class OpenBidsForm(FlaskForm):
    """The secrets of two holders; they are never stored."""

    passphrase = holders_secret(_l("您的口令"))
    second = Question(_l("和您一起开启的持有人"), coerce=int)
    second_passphrase = holders_secret(_l("这位持有人的口令或密语"))


class ProposeTermsForm(FlaskForm):
    """What the panel changes; there is no field for anything that may not change."""

    service = prose(_l("技术、服务要求变动为"), 4000, needed=False, rows=4)
    agreement = prose(_l("合同草案条款变动为"), 4000, needed=False, rows=4)
    reason = prose(_l("变动的理由"), 1000, rows=2)
    seen = HiddenField()


class ConfirmTermsForm(FlaskForm):
    """The purchaser's consent, to what was seen."""

    seen = HiddenField()


class LeaveTalksForm(FlaskForm):
    """That one leaves knowingly: it cannot be taken back."""

    irrevocable = BooleanField(
        _l("我知道退出不能撤回"), validators=[Needed(_l("退出不能撤回。确定要退出的，请先勾选。"))]
    )


class InviteOffersForm(FlaskForm):
    """Until when final offers are taken."""

    closes_at = MomentField(_l("最后报价的截止时间"), validators=[Needed()])


class ExtendOffersForm(FlaskForm):
    """Until when final offers are taken instead, and why."""

    closes_at = MomentField(_l("改到"), validators=[Needed()])
    reason = prose(_l("延长的理由"), 500, rows=2)


class SubmitOfferForm(FlaskForm):
    """A final offer: checked here and sealed before anything is stored."""

    price = MoneyField(_l("最后报价（含税，全部费用）"), validators=[Needed()])
    response = prose(_l("对变动要求的响应"), 4000, needed=False, rows=4)
    document = MultipleFileField(_l("重新提交的响应文件"))
    form_key = HiddenField()


class FailCompetitionForm(FlaskForm):
    """Why a competition has failed."""

    reason = prose(_l("流标的原因"), 1000, rows=3)


class AdjournOpeningForm(FlaskForm):
    """To which hour an opening is put off, and why."""

    until = MomentField(_l("改到"), validators=[Needed()])
    reason = prose(_l("延期的理由"), 500, rows=3)


class ObjectOpeningForm(FlaskForm):
    """What a bidder doubts about the opening."""

    text = prose(_l("异议"), 1000, rows=4)


class AnswerObjectionForm(FlaskForm):
    """How an objection to the opening was dealt with."""

    answer = prose(_l("答复和处理"), 1000, rows=4)


class VerifyForm(FlaskForm):
    """Which envelope to look for: by its receipt, by its hash, or by both as they stand on the paper."""

    class Meta:
        """A search changes nothing, and its address may be kept."""

        csrf = False

    receipt = text(_l("回执号"), 20, needed=False, printed=False)
    sha256 = text(_l("封存校验值（SHA-256）"), 80, needed=False, printed=False)


class DrawPanelForm(FlaskForm):
    """How large the panel is."""

    size = SelectField(_l("评审小组人数"), coerce=int)


class ConfirmAwardForm(FlaskForm):
    """Which bidder is confirmed."""

    bid = Question(_l("确认成交的供应商"), coerce=int)


class PublishAwardForm(FlaskForm):
    """The award's amount typed once more: what follows cannot be undone."""

    amount = MoneyField(_l("请输入成交金额，确认您看过"), validators=[Needed()])


def qualify_form(bids: list[Bid]) -> type[FlaskForm]:
    """A form with a verdict and a note for each opened bid."""
    fields: dict[str, Any] = {}
    for bid in bids:
        fields[f"verdict-{bid.id}"] = Question(
            value_text(bid.organisation.called),
            choices=choices([("yes", _("符合全部条件")), ("no", _("不符合"))]),
        )
        fields[f"note-{bid.id}"] = text(_l("不符合的，写明缺哪一项"), 300, needed=False)
    return type("QualifyBidsForm", (FlaskForm,), fields)


def meetings_form(bids: list[Bid]) -> type[FlaskForm]:
    """A form with a place for each bidder's meeting."""
    fields: dict[str, Any] = {}
    for bid in bids:
        name = value_text(bid.organisation.called)
        fields[f"took_part-{bid.id}"] = Question(
            f"{name} · {_('参加情况')}",
            choices=choices([("yes", _("到场或者在线参加")), ("no", _("通知了，没有参加"))]),
        )
        fields[f"minutes-{bid.id}"] = prose(f"{name} · {_('谈了什么')}", 4000, needed=False, rows=4)
    # The number of the round it was opened for: sent twice, it makes one.
    fields["turn"] = HiddenField()
    return type("RecordMeetingsForm", (FlaskForm,), fields)


def score_form(bids: list[Bid], criteria: list[Criterion]) -> type[FlaskForm]:
    """A form with a cell for each bid and criterion; an empty cell is no zero."""
    fields: dict[str, Any] = {
        f"points-{bid.id}-{criterion.id}": PointsField(f"{value_text(bid.organisation.called)} · {criterion.name}")
        for bid in bids
        for criterion in criteria
    }
    fields["no_conflict"] = BooleanField(_l("我与各投标人没有应当回避的关系"))
    fields["opinion"] = prose(_l("评审意见（有不同意见的写明理由）"), 2000, needed=False, rows=3)
    return type("ScoreSheetForm", (FlaskForm,), fields)
