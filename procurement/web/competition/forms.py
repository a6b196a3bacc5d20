"""Forms of step 2."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField
from wtforms.validators import StopValidation

from procurement.steps.competition.models.bids import Bid
from procurement.transfers.models import Criterion
from procurement.web.fields import MomentField, MoneyField, Needed, PointsField, Question, choices, prose, text
from procurement.web.languages import value_text


def _document_chosen(form: FlaskForm, field: FileField) -> None:
    """A file must be chosen, unless a demonstration lends its example document."""
    chosen = bool(field.data and getattr(field.data, "filename", ""))
    if not chosen and not ("example" in form and form["example"].data):
        raise StopValidation(_("请选择投标文件。"))


class SubmitBidForm(FlaskForm):
    """A bid: the price is checked here and sealed with the document before anything is stored."""

    price = MoneyField(_l("报价（含税，全部费用）"), validators=[Needed()])
    document = FileField(_l("投标文件"), validators=[_document_chosen])
    example = BooleanField(_l("用系统里的示例文件投标"))
    truthful = BooleanField(
        _l("以上是本组织的真实意思，近三年没有重大违法记录"), validators=[Needed(_l("请确认这是本组织的真实意思。"))]
    )


class OpenBidsForm(FlaskForm):
    """The opener's passphrase; it is never stored."""

    # Shown as it is typed: twenty characters are copied from paper, and nobody looks over the shoulder of an opening.
    passphrase = text(_l("开启口令"), 60, printed=False, render_kw={"autocomplete": "off", "spellcheck": "false"})


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
