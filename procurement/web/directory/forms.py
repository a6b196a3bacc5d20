"""Forms of the directory: an application, evidence, a judgement, an objection; grades and credit records."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField

from procurement.registers.credit.models import CreditKind, GradeLevel
from procurement.registers.credit.rules import GradeTerms, RecordTerms
from procurement.registers.directory.models import ConditionKind, Stance, Verdict
from procurement.registers.directory.rules import ListingTerms
from procurement.web.fields import DayField, LabelledSelect, Needed, Question, WholeField, choices, narrow, prose, text

_SEPARATORS = re.compile(r"[\s,;，；、]+")


class ApplyListingForm(FlaskForm):
    """An application: what is offered, what is claimed of each condition, which unit supervises."""

    kind = prose(_l("申请承接的职能或者服务"), 1000)
    codes = text(_l("购买服务目录的三级代码"), 400)
    department = SelectField(_l("业务主管单位"), choices=lambda: [], coerce=int)
    is_trade_association = BooleanField(_l("我们是行业协会或者商会"))
    claim_registered = prose(_l("登记情况"), 1000, rows=2)
    claim_governance = prose(_l("治理情况"), 1000, rows=2)
    claim_finance = prose(_l("财务、纳税和社会保险情况"), 1000, rows=2)
    claim_staff = prose(_l("场所、收入和人员情况"), 1000, rows=2)
    staff = WholeField(_l("专职人员人数"), validators=[Needed()])
    claim_record = prose(_l("年报、年检和守法情况"), 1000, rows=2)
    claim_facilities = prose(_l("设施、设备和专业人员情况"), 1000, rows=2)
    deducts_donations = BooleanField(_l("有公益性捐赠税前扣除资格"))
    is_tax_exempt = BooleanField(_l("有非营利组织免税资格"))

    def terms(self) -> ListingTerms:
        """What the form says."""
        codes = tuple(dict.fromkeys(part for part in _SEPARATORS.split(narrow(self.codes.data or "")) if part))
        return ListingTerms(
            kind=self.kind.data or "", codes=codes, staff=self.staff.data or 0,
            claims={kind: self[f"claim_{kind.value}"].data or "" for kind in ConditionKind},
            is_trade_association=self.is_trade_association.data, deducts_donations=self.deducts_donations.data,
            is_tax_exempt=self.is_tax_exempt.data,
        )  # fmt: skip


class AddEvidenceForm(FlaskForm):
    """A file that shows that a condition is met, and until when it holds."""

    document = FileField(_l("文件"))
    expires_on = DayField(_l("有效期止"))


class AddStaffEvidenceForm(AddEvidenceForm):
    """The same for the condition that counts people."""

    number = WholeField(_l("专职人员人数"), validators=[Needed()])


class JudgeConditionForm(FlaskForm):
    """Whether a condition is met."""

    verdict = LabelledSelect(_l("认定"), of=Verdict)
    remark = prose(_l("说明"), 1000, needed=False)


class OpinionForm(FlaskForm):
    """The supervising unit's opinion, in favour or against; neither is proposed."""

    stance = Question(
        _l("业务主管单位"), choices=lambda: choices((row.value, _(row.label)) for row in Stance), coerce=Stance
    )
    opinion = prose(_l("意见"), 1000)


class NoteObjectionForm(FlaskForm):
    """An objection, and what was found of it."""

    raised_by = text(_l("异议人"), 120)
    content = prose(_l("异议内容"), 2000)
    is_upheld = SelectField(_l("核实结果"), choices=lambda: _results())
    finding = prose(_l("核实结论和理由"), 2000)


def _results() -> list[tuple[str, Any]]:
    return [("no", _("异议不成立")), ("yes", _("异议成立"))]


class EnterGradeForm(FlaskForm):
    """A grade with its document."""

    level = LabelledSelect(_l("评估等级"), of=GradeLevel)
    from_day = DayField(_l("评定日期"), validators=[Needed()])
    until_day = DayField(_l("有效期止"))
    document = text(_l("依据的文件"), 200)

    def terms(self) -> GradeTerms:
        """What the form says."""
        assert self.from_day.data is not None
        return GradeTerms(self.level.data, self.from_day.data, self.until_day.data, self.document.data or "")


class EnterCreditRecordForm(FlaskForm):
    """A credit record with its document."""

    kind = LabelledSelect(_l("种类"), of=CreditKind)
    from_day = DayField(_l("开始日期"), validators=[Needed()])
    until_day = DayField(_l("结束日期"))
    document = text(_l("依据的文件"), 200)
    content = prose(_l("内容"), 1000)

    def terms(self) -> RecordTerms:
        """What the form says."""
        assert self.from_day.data is not None
        return RecordTerms(
            self.kind.data, self.from_day.data, self.until_day.data, self.document.data or "", self.content.data or ""
        )


class LiftCreditRecordForm(FlaskForm):
    """The last day of a record, and why."""

    last_day = DayField(_l("最后一天"), validators=[Needed()])
    reason = prose(_l("理由"), 1000)
