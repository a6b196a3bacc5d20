"""Fitting values for every form of the walk, and the words of a line that says what an example holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Flask, g, request
from flask_babel import gettext as _

from procurement.foundation import sealing
from procurement.foundation.clock import LOCAL, at_local, local_day
from procurement.foundation.money import Money
from procurement.registers.access import HOLDERS, Appointed
from procurement.registers.demonstration import passphrase_for
from procurement.registers.people import Role, user_by_login, users_with_role
from procurement.statute.clauses import months_after
from procurement.steps.agreement.models import Agreement, milestone_by_id
from procurement.steps.agreement.rules import left_for_supplements
from procurement.steps.announcement.models import announcement_by_id, current_announcement
from procurement.steps.announcement.rules import OPENING_HOUR
from procurement.steps.competition.models.bids import Bid, BidStatus, SecurityForm, active_bids
from procurement.steps.competition.models.review import award_of_transfer
from procurement.steps.holders.keys import context_of
from procurement.steps.holders.models import holders_of_attempt
from procurement.steps.supervision.models import InspectionResult
from procurement.transfers.conference.models import AgendaItem, Choice, ItemKind
from procurement.transfers.conference.rules import is_carried
from procurement.transfers.models import Appointment, PlanCondition, Transfer, transfer_by_id
from procurement.transfers.rules import terms_of
from procurement.transfers.sections import Section
from procurement.web.demonstration import plans, texts
from procurement.web.demonstration.cast import OPENING_WITNESS, custodian_for
from procurement.web.demonstration.papers import print_example_document
from procurement.web.demonstration.passphrases import keep_passphrase
from procurement.web.session import acting_user, clock
from procurement.web.transfers.sections import FORMS

Values = Mapping[str, Any] | None

PLANS = {"011401": plans.EXAMPLE}

# Bidders of one competition offer different prices: this share of the ceiling, and so much less for each number.
_DEAREST, _STEP, _STEPS = Decimal("0.97"), Decimal("0.013"), 7
_ROUND = 10_000  # fen: a price is named in whole hundreds of yuan


class DemonstrationExamples:
    """What `procurement.web.examples` asks on a demonstration."""

    def __init__(self, app: Flask) -> None:
        """`app` prints the example document, and tells the hour."""
        self.app = app

    def values(self, name: str, *keys: Any) -> Values:
        """Fitting values for the form of this name, or None where there are none."""
        make = _MAKERS.get(name)
        values = make(*keys) if make is not None else None
        g.example_name = name if values is not None else None
        return values

    def example_document(self) -> tuple[str, bytes]:
        """A small real document of the acting person's organisation: its name and its bytes."""
        actor = acting_user()
        organisation = actor.organisation.name if actor is not None and actor.organisation is not None else "演示组织"
        return print_example_document(self.app, "服务方案和响应文件", organisation, clock().now())

    def keep_passphrase(self, appointment: Appointment, passphrase: str) -> None:
        """Keep it for the sign-in page and for the example of the opening."""
        keep_passphrase(appointment, passphrase, clock())


def _transfer(transfer_id: int) -> Transfer:
    found = transfer_by_id(transfer_id)
    assert found is not None
    return found


def _plan(section: Section, code: str) -> Values:
    terms = PLANS.get(code)
    return FORMS[section].data_of(terms) if terms is not None else None


def _evaluate_plan() -> Values:
    marks = texts.ex_ante_marks(texts.EX_ANTE_POINTS)
    values: dict[str, Any] = {f"grade-{code}": mark.grade.value for code, mark in marks.items()}
    values |= {f"remark-{code}": mark.remark for code, mark in marks.items()}
    transfer = transfer_by_id((request.view_args or {}).get("transfer_id", 0))
    if transfer is None:
        return None
    return {
        **values, "opinion": texts.EX_ANTE_OPINION, "advice": texts.EX_ANTE_ADVICE, "seen": transfer.plan.version,
    }  # fmt: skip


def _meet_condition(still_open: Mapping[str, PlanCondition]) -> Values:
    position = next(iter(still_open), None)
    if position is None:
        return None
    return {"condition": position, "how": texts.EX_ANTE_MET[(int(position) - 1) % len(texts.EX_ANTE_MET)]}


def _convene_conference() -> Values:
    return {"title": texts.MEETING, "place": texts.MEETING_PLACE}


def _cast_vote() -> Values:
    return {"choice": Choice.FOR}


def _resolve_item(item: AgendaItem) -> Values:
    if not is_carried(item, local_day(g.now)):
        return {"opinion": texts.NOT_CARRIED}
    return {"opinion": {ItemKind.PLAN: texts.RESOLUTION, ItemKind.LISTING: texts.LISTED}.get(item.kind, texts.AGREED)}


def _intention() -> Values:
    transfer = transfer_by_id((request.view_args or {}).get("transfer_id", 0))
    if transfer is None:
        return None
    ahead = months_after(local_day(g.now), 2)
    return {"outline": f"{transfer.plan.content}{transfer.plan.quantity}", "planned_month": f"{ahead:%Y-%m}"}


def _waive_intention() -> Values:
    return {"reason": texts.WAIVER}


def _source_notice() -> Values:
    return {
        "reason": texts.SOURCE_REASON,
        "opinions": [
            dict(zip(("name", "unit", "title", "opinion"), row, strict=True)) for row in texts.SOURCE_OPINIONS
        ],
    }


def _announcement() -> Values:
    transfer = transfer_by_id((request.view_args or {}).get("transfer_id", 0))
    if transfer is None:
        return None
    return {
        "summary": texts.summary_of(terms_of(transfer.plan)), "contact": texts.contact_of(transfer.officer),
        "submission_notes": texts.SUBMISSION_NOTES,
    }  # fmt: skip


def _medium_notice() -> Values:
    transfer = transfer_by_id((request.view_args or {}).get("transfer_id", 0))
    if transfer is None:
        return None
    return {"published_on": local_day(g.now), "address": texts.medium_address(transfer.number)}


def _bid() -> Values:
    announcement = announcement_by_id((request.view_args or {}).get("announcement_id", 0))
    actor = acting_user()
    if announcement is None or actor is None or actor.organisation_id is None:
        return None
    share = _DEAREST - _STEP * (actor.organisation_id * 3 % _STEPS)
    price = announcement.transfer.plan.ceiling.share(share)
    secured = announcement.security.fen > 0
    return {
        "security_form": SecurityForm.GUARANTEE.value if secured else "",
        "security_reference": texts.SECURITY_REFERENCE if secured else "",
        "price": Money(max(price.fen - price.fen % _ROUND, _ROUND)),
        "example": True,
        "truthful": True,
        "independent": True,
        "lead": actor.name,
        "staff": texts.STAFF,
    }


def _appoint_holder(kind: Appointed) -> Values:
    """Whoever the story appoints too, where the form lists them."""
    transfer = _transfer((request.view_args or {}).get("transfer_id", 0))
    department = transfer.department.name
    login = {Appointed.OPENING_WITNESS: OPENING_WITNESS, Appointed.CUSTODIAN: custodian_for(department)}.get(kind)
    person = user_by_login(login) if login is not None else None
    if kind is Appointed.OPENER:
        person = next(iter(users_with_role(Role.APPROVER, department_id=transfer.department_id)), None)
    return {"person": person.id} if person is not None else {}


def _confirm_sheet(appointment: Appointment) -> Values:
    secret = passphrase_for(Appointed.CUSTODIAN, appointment.user_id, appointment.transfer_id)
    return {"check_word": sealing.check_word(secret, context_of(appointment))} if secret is not None else None


def _secret_of(transfer: Transfer, kind: Appointed) -> tuple[int, str] | None:
    """The appointment that holds this part, and what its holder was shown."""
    holder = holders_of_attempt(transfer).holders.get(kind)
    secret = passphrase_for(kind, holder.user_id, transfer.id) if holder is not None else None
    return (holder.id, secret) if holder is not None and secret is not None else None


def _open_bids(transfer_id: int, mine: Appointed) -> Values:
    """The acting holder's own, and that of the first of the others."""
    second = next(kind for kind in HOLDERS if kind is not mine)
    return _two_secrets(transfer_id, mine, second)


def _two_secrets(transfer_id: int, mine: Appointed, second: Appointed) -> Values:
    transfer = _transfer(transfer_id)
    own, other = _secret_of(transfer, mine), _secret_of(transfer, second)
    if own is None:
        return None
    return {"passphrase": own[1]} | ({"second": other[0], "second_passphrase": other[1]} if other is not None else {})


def _adjourn_opening() -> Values:
    return {"until": at_local(local_day(g.now) + timedelta(days=1), *OPENING_HOUR), "reason": texts.ADJOURNMENT}


def _object_opening() -> Values:
    return {"text": texts.OPENING_OBJECTION}


def _answer_objection() -> Values:
    return {"answer": texts.OPENING_ANSWER}


def _qualify(bids: list[Bid]) -> Values:
    return {f"verdict-{bid.id}": "yes" for bid in bids}


def _meetings(bids: list[Bid]) -> Values:
    values: dict[str, Any] = {f"took_part-{bid.id}": "yes" for bid in bids}
    return values | {f"minutes-{bid.id}": texts.MEETING_MINUTES for bid in bids}


def _terms() -> Values:
    return {"service": texts.TERMS_EXAMPLE, "reason": texts.TERMS_EXAMPLE_REASON}


def _offer(bid: Bid) -> Values:
    """A little below the bid's own price, in whole hundreds of yuan."""
    if bid.price is None:
        return None
    return {"price": texts.final_price(bid.price), "response": texts.OFFER_RESPONSE}


def _score(transfer_id: int) -> Values:
    transfer, actor = _transfer(transfer_id), acting_user()
    announcement = current_announcement(transfer)
    if announcement is None or actor is None:
        return None
    points = {
        f"points-{bid.id}-{criterion.id}": texts.points_for(actor.id, bid.organisation_id, criterion)
        for bid in active_bids(announcement)
        if bid.status is BidStatus.QUALIFIED
        for criterion in transfer.plan.quality_criteria
    }
    return {**points, "no_conflict": True, "opinion": texts.PANEL_OPINION}


def _publish_award(transfer_id: int) -> Values:
    award = award_of_transfer(_transfer(transfer_id))
    return {"amount": award.price} if award is not None else None


def _agreement() -> Values:
    return {"place": texts.PLACE, "data_protection": texts.DATA_PROTECTION, "special_terms": texts.SPECIAL_TERMS}


def _supplement(agreement: Agreement) -> Values:
    """Half of what may still be added, in whole hundreds of yuan, due when the term ends."""
    left = left_for_supplements(agreement, local_day(g.now)).share(Decimal("0.5"))
    return {
        "reason": texts.SUPPLEMENT_REASON, "content": texts.SUPPLEMENT_CONTENT, "milestone": texts.SUPPLEMENT_MILESTONE,
        "amount": Money(left.fen - left.fen % _ROUND), "due_on": agreement.ends_on,
    }  # fmt: skip


def _file_agreement() -> Values:
    local = g.now.astimezone(LOCAL)
    return {"filing_number": f"龙财采备{local:%Y-%m%d}"}


def _handover() -> Values:
    transfer = transfer_by_id((request.view_args or {}).get("transfer_id", 0))
    watchers = users_with_role(Role.SUPERVISOR)
    if transfer is None or not watchers:
        return None
    rows = [
        {
            "section": item.section, "name": item.name, "quantity": item.quantity, "remark": item.remark,
            "remains": item.remains,
        }
        for item in texts.handover_items(terms_of(transfer.plan))
    ]  # fmt: skip
    return {"witness": watchers[0].id, "items": rows, "transition": texts.TRANSITION}


def _report_milestone() -> Values:
    return {"report": texts.REPORT}


def _accept_milestone() -> Values:
    return {"findings": texts.FINDINGS, "users_opinion": texts.USERS_OPINION}


def _make_payment(milestone_id: int) -> Values:
    milestone = milestone_by_id(milestone_id)
    if milestone is None:
        return None
    return {"amount": milestone.amount, "voucher": f"{g.now.astimezone(LOCAL):%Y-%m}-{milestone.id:04}"}


def _inspection() -> Values:
    transfer = transfer_by_id((request.view_args or {}).get("transfer_id", 0))
    followed = [row.reference for row in transfer.plan.standards] if transfer is not None else []
    return {
        "place": texts.INSPECTION_PLACE, "result": InspectionResult.GOOD, "findings": texts.INSPECTION_FINDINGS,
        "standard": next(iter(followed), ""),
    }  # fmt: skip


def _evaluation() -> Values:
    marks = texts.evaluation_marks(local_day(g.now))
    values: dict[str, Any] = {f"score-{key}": mark.score for key, mark in marks.items()}
    values |= {f"remark-{key}": mark.remark for key, mark in marks.items()}
    return {**values, **texts.SECTIONS, "independence": True}


_MAKERS: dict[str, Callable[..., Values]] = {
    "plan": _plan,
    "evaluate_plan": _evaluate_plan,
    "meet_condition": _meet_condition,
    "convene_conference": _convene_conference,
    "cast_vote": _cast_vote,
    "resolve_item": _resolve_item,
    "intention": _intention,
    "waive_intention": _waive_intention,
    "source_notice": _source_notice,
    "announcement": _announcement,
    "medium_notice": _medium_notice,
    "medium_change": _medium_notice,
    "bid": _bid,
    "appoint_holder": _appoint_holder,
    "confirm_sheet": _confirm_sheet,
    "open_bids": _open_bids,
    "replace_holder": _two_secrets,
    "adjourn_opening": _adjourn_opening,
    "object_opening": _object_opening,
    "answer_objection": _answer_objection,
    "qualify": _qualify,
    "meetings": _meetings,
    "propose_terms": _terms,
    "offer": _offer,
    "score": _score,
    "publish_award": _publish_award,
    "agreement": _agreement,
    "supplement": _supplement,
    "file_agreement": _file_agreement,
    "handover": _handover,
    "report_milestone": _report_milestone,
    "accept_milestone": _accept_milestone,
    "make_payment": _make_payment,
    "inspection": _inspection,
    "evaluation": _evaluation,
}


def gist_of(name: str) -> str:
    """What an example holds, in the reader's language: its own words go into Chinese documents and stay Chinese."""
    gists = {
        "plan": _("示例是一份城市管家服务的方案：龙湖片区，12 个月，预算 130 万元，限价 128 万元，磋商方式，价格占 20 分，期满验收后一次付清。"),
        "evaluate_plan": _("示例给二十个检查点评级，多数为优，其余为良，合计 93 分，予以支持，并建议把投诉处置时间列入验收。"),
        "meet_condition": _("示例写明一项条件怎样落实。"),
        "convene_conference": _("示例填入会议名称和地点；成员、时间和议程已经选好，可以改。"),
        "cast_vote": _("示例投同意票。投反对票试试：不写理由，系统不收。"),
        "resolve_item": _("示例写好决议意见；能作出哪种决议，由票数决定。"),
        "intention": _("示例写明要买什么、多少，预计两个月后采购。"),
        "waive_intention": _("示例说明台风毁坏绿地，急需恢复，等不到意向公开满期。"),
        "source_notice": _("示例写明为什么只有一家能做，并附两位专业人员的论证意见。"),
        "announcement": _("示例写明征集什么、问谁、交一份怎样的投标文件；截止时间按法定期限算好，可以改晚。"),
        "medium_change": _("示例登记今天在指定媒体发布，网址是编的。改成明天试试，看系统怎样拒绝。"),
        "medium_notice": _("示例登记今天在指定媒体发布，网址是编的。改成明天试试，看系统怎样拒绝。"),
        "bid": _("示例的报价低于最高限价，并用系统里的示例文件投标；也可以选您自己的文件。"),
        "appoint_holder": _("示例选一位符合条件的人；也可以另选，名单里只有可以担任的人。"),
        "confirm_sheet": _("示例填入恢复单上的核对词。正式系统里它只印在纸上，谁也填不出来。"),
        "open_bids": _("示例填入您和另一位持有人领取过的口令。正式系统里口令只显示一次，谁也填不出来。改错一个字符试试，看系统说是谁的不对。"),
        "replace_holder": _("示例填入两位持有人领取过的口令或密语。正式系统里它们只显示一次，谁也填不出来。"),
        "adjourn_opening": _("示例改到明天上午九点半，并写明理由。"),
        "object_opening": _("示例对公布的时间提出异议；采购人要答复，答复写入开启记录。"),
        "answer_objection": _("示例写明核对了什么、结论是什么。"),
        "qualify": _("示例认为各家都符合条件；也可以改成不符合，写明缺哪一项。"),
        "meetings": _("示例给每家写一份磋商记录：谈了什么，谈到什么程度。"),
        "propose_terms": _("示例要求每月书面报告一次，合同条款不变；也可以改成别的要求。"),
        "offer": _("示例比首次报价低一点，没有附文件；也可以改价，或者选您自己的文件。"),
        "score": _("示例给每家每项打分，不同评委的分数略有不同，并声明没有应当回避的关系。"),
        "publish_award": _("示例填入成交金额，等于确认您看过。"),
        "agreement": _("示例写明履行地点、个人信息保护和重大天气的增派人手；服务起始日在十天以后，留出交接的时间，可以改。"),
        "supplement": _("示例追加同样的服务，金额是还可追加的一半，期满时验收。改成超过上限试试，看系统怎样拒绝。"),
        "file_agreement": _("示例填入一个财政部门的备案号。"),
        "handover": _("示例的清单有十一类：事项、职责边界、流程、数据、档案、设备、在办件、印章、培训、风险、连续性；财政监管人员监交。"),
        "report_milestone": _("示例报告按约完成：每日巡查两遍，问题按时办结，重复投诉 2 件已说明。"),
        "accept_milestone": _("示例逐项核对数量、质量、时限，并写明 10 位服务对象都满意、希望夜间多巡查一次。"),
        "make_payment": _("示例填入协议约定的金额和一个付款凭证号。"),
        "inspection": _("示例是一次抽查：保洁达标，受理电话 12 分钟到场，台账与现场相符。"),
        "evaluation": _("示例按四个部分十七项打分，合计 91 分，等级为优；问题是夜间力量不足、个别月份归档不及时。"),
    }  # fmt: skip
    return gists.get(name, "")
