"""What the people of the demonstration write: the same words in the story and in the examples a visitor is given.

They end in Chinese documents and stay Chinese; a page in English says in a line what an example holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from procurement.foundation.money import Money
from procurement.registers.indicators import Grade, expenditure_frame
from procurement.registers.people import User
from procurement.steps.handover.models import Section
from procurement.steps.handover.rules import ItemTerms
from procurement.steps.supervision.operations import EvaluationTerms
from procurement.steps.supervision.rules import Mark
from procurement.transfers.ex_ante import CheckMark, ExAnteTerms, all_checks
from procurement.transfers.models import Conclusion, Criterion, Dimension
from procurement.transfers.rules import PlanTerms

# What the checks of a dimension are graded for so many points of twenty.
_GRADES = {
    20: (Grade.EXCELLENT, Grade.EXCELLENT, Grade.EXCELLENT, Grade.EXCELLENT),
    19: (Grade.EXCELLENT, Grade.EXCELLENT, Grade.EXCELLENT, Grade.GOOD),
    18: (Grade.EXCELLENT, Grade.EXCELLENT, Grade.GOOD, Grade.GOOD),
    17: (Grade.EXCELLENT, Grade.GOOD, Grade.GOOD, Grade.GOOD),
    16: (Grade.GOOD, Grade.GOOD, Grade.GOOD, Grade.GOOD),
    15: (Grade.GOOD, Grade.GOOD, Grade.GOOD, Grade.FAIR),
    14: (Grade.GOOD, Grade.GOOD, Grade.FAIR, Grade.FAIR),
}
EX_ANTE_POINTS = (19, 18, 19, 18, 19)
EX_ANTE_OPINION = (
    "立项依据充分，需求经过征求意见；预算与数量、标准相符；绩效指标可以衡量。建议加强对投诉处置时间的考核。"
)
EX_ANTE_ADVICE = "投诉处置时间列入验收，每月随台账一并核对。"
EX_ANTE_PARTLY_OPINION = "事项必要，经费有保障；限价的依据和期满以后的过渡写得不够，补充以后再评。"
EX_ANTE_CONDITIONS = ("说明最高限价参照了哪些同类服务的价格。", "写明期满以后服务对象怎样过渡。")
EX_ANTE_MET = (
    "限价按上一年度同类服务三份合同的单价测算，测算表由承办部门存档备查。",
    "“过渡和退出”一节写明了期满前的移交，新旧队伍的交接由承办部门督促。",
)
_WANTING = "写得不够具体，需要补充依据"


def ex_ante_marks(points: Sequence[int]) -> dict[str, CheckMark]:
    """A mark for every check, so that the five dimensions reach these points."""
    marks = {}
    for dimension, reached in zip(Dimension, points, strict=True):
        checks = [check for check in all_checks() if check.dimension is dimension]
        for check, grade in zip(checks, _GRADES[reached], strict=True):
            marks[check.code] = CheckMark(grade, _WANTING if grade is Grade.FAIR else "")
    return marks


def ex_ante_terms(points: Sequence[int], day: date) -> ExAnteTerms:
    """A whole ex-ante evaluation; one that supports in part has its conditions."""
    marks = ex_ante_marks(points)
    terms = ExAnteTerms(marks=marks, opinion=EX_ANTE_OPINION, advice=EX_ANTE_ADVICE)
    if terms.conclusion(day) is Conclusion.SUPPORTED:
        return terms
    return ExAnteTerms(marks=marks, opinion=EX_ANTE_PARTLY_OPINION, conditions=EX_ANTE_CONDITIONS)


RESOLUTION = "方案符合购买服务目录，不涉及负面清单，事前绩效评估予以支持。同意按方案实施，由承办部门抓紧公告。"
LISTED = "列入的各项条件都认定符合，没有妨碍的信用记录，业务主管单位同意。同意列入，请抓紧公示。"
AGREED = "情况属实，理由和安排清楚。同意。"
NOT_CARRIED = "同意票没有过半数。请承办部门按会上的意见补充说明，再提交会议。"
MEETING, MEETING_PLACE = "职能转移联席会议", "市府大楼三楼第二会议室"
DISSENT = "收容数量只按上年登记数估算，没有留出余量，建议先核实再定限价。"
RECUSAL = "本人的近亲属在一家可能投标的组织任职。"

STAFF_PAPER = "项目人员和业绩"
STAFF = "驻点管理员 2 名，持证上岗；巡查人员 8 名，全部签订劳动合同。"
SUBMISSION_NOTES = "提交一份文件，写明服务方案、人员和设备、应急预案；报价含税，含完成服务的全部费用。"


def summary_of(terms: PlanTerms) -> str:
    """The summary of an announcement, from its plan."""
    return f"现征集“{terms.title}”的承接组织。{terms.content}期限{terms.term_months}个月，具体要求见公告正文。"


def medium_address(number: str) -> str:
    """Where a notice stands on the designated medium: an address that leads nowhere, as everything here is invented."""
    return f"https://zfcg.example.org/notices/{hashlib.sha256(number.encode()).hexdigest()[:10]}"


def contact_of(officer: User) -> str:
    """Whom bidders may ask."""
    return f"{officer.name}，0577-5990{8000 + officer.id % 1000:04}，工作日9:00至17:00"


PANEL_OPINION = "各响应文件均符合实质性要求，评分依据见评分标准。"


MEETING_MINUTES = (
    "当日在评审室单独磋商，约四十分钟。逐项核对了人员、班次和应急安排，对服务要求没有不同意见；"
    "提醒报价要含全部费用，最后报价按通知的时间密封提交。"
)
TERMS_SERVICE = "每位探访对象每月探访不少于四次，其中节假日前后各一次；发现异常当日报告社区。"
TERMS_REASON = "磋商中各家都提出，节假日前后最需要探访；次数不变，时间写明。"
TERMS_EXAMPLE = "每月第五个工作日以前书面报告上月的服务情况，重大情况当日报告。"
TERMS_EXAMPLE_REASON = "磋商中各家都提出，报告的时间和次数要写明；服务的内容和数量不变。"
OFFER_RESPONSE = "完全响应采购文件和变动通知的要求，人员和班次与首次响应文件一致。"
_FINAL, _HUNDRED_YUAN = Decimal("0.985"), 10_000


def final_price(first: Money) -> Money:
    """A final offer one and a half per cent below the bid, in whole hundreds of yuan."""
    lower = first.share(_FINAL)
    return Money(lower.fen - lower.fen % _HUNDRED_YUAN)


def points_for(member_id: int, organisation_id: int, criterion: Criterion) -> Decimal:
    """Points a member gives a bidder by one criterion: 76 to 96 % of its weight, in halves; the same each time."""
    key = f"{organisation_id} {criterion.position}".encode()
    quality = 78 + hashlib.sha256(key).digest()[0] % 15
    taste = hashlib.sha256(f"{member_id} {key!r}".encode()).digest()[0] % 5 - 2
    return Decimal(criterion.weight * (quality + taste) // 100)


PLACE = "龙湖片区的道路、绿地、公厕和公共场所"
DATA_PROTECTION = (
    "乙方只为履行本合同处理居民信息和工单数据，不向第三人提供；设专人管理账号，留存处理记录。"
    "期满或终止后七日内移交全部数据并删除副本，书面确认。"
)
SUPPLEMENT_REASON = "服务范围比方案里的数量有所增加，服务对象要求同样的服务。"
SUPPLEMENT_CONTENT = "在增加的范围内提供与原协议相同的服务，人员、频次和标准按原协议。"
SUPPLEMENT_MILESTONE = "新增范围验收"
SPECIAL_TERMS = "乙方在台风、暴雨等重大天气期间增派人手，不另行计费。"

TRANSITION = "交接后第一周双岗值守，原有人员带班；在办问题由承接方继续办结，每日向采购人报告。"


def handover_items(terms: PlanTerms) -> list[ItemTerms]:
    """A handover list in all its sections."""
    return [
        ItemTerms(Section.MATTER, terms.title, "1项", "自生效日起由承接方承担"),
        ItemTerms(Section.DUTIES, "行政检查、处罚和许可不移交", "1份", "职责边界表"),
        ItemTerms(Section.PROCEDURES, "作业流程和服务标准", "1册", "含受理、处置、回访"),
        ItemTerms(Section.DATA, "服务台账和工单系统账号", "3个账号", "按岗位开通"),
        ItemTerms(Section.ARCHIVES, "近两年服务档案", "14卷", "复印件，原件留存采购人"),
        ItemTerms(Section.ASSETS, "借用设备", "6台", "清点无损，期满归还"),
        ItemTerms(Section.PENDING, "在办问题", "9件", "逐件签收", True),
        ItemTerms(Section.SEALS, "无", "", "不涉及印章证照"),
        ItemTerms(Section.TRAINING, "上岗培训", "2场", "已完成"),
        ItemTerms(Section.RISKS, "汛期积水点", "4处", "已告知位置和处置办法", True),
        ItemTerms(Section.CONTINUITY, "交接当日服务不中断", "1份", "值守安排表"),
    ]


REPORT = "按协议完成约定的数量：每日巡查两遍，台账完整；受理问题全部按时限办结并回访，重复投诉2件已说明原因。"
FINDINGS = "数量：查阅台账和现场抽查，达到约定数量。质量：随机抽查20处，19处达标，1处当场整改。时限：抽查工单30件，全部按时办结。"
USERS_OPINION = "请居民代表6人、商户代表4人参加验收，10人均表示满意；希望夜间增加一次巡查。"

INSPECTION_PLACE = "龙湖片区主干道和两处公共厕所"
INSPECTION_FINDINGS = "抽查路段8处、公共厕所2处，保洁达标；随机拨打受理电话，12分钟到场；台账与现场相符。"

# What each indicator loses of its points, and why; the others are given in full.
_LOSSES = {
    "PF-6": ("0.5", "分配依据充分，与工作量的对应还可以更细"),
    "PF-11": ("1", "手续和台账齐全，个别月份归档晚于约定"),
    "PF-13": ("1.5", "抽查达标率达到目标，雨后清扫偏慢"),
    "PF-14": ("1", "按期完成，月报有两次晚交"),
    "PF-15": ("2", "成交价低于预算，与同类项目相比节约一般"),
    "PF-16": ("1.5", "问题平均处置时间缩短三成，长效机制还在形成"),
    "PF-17": ("1.5", "问卷满意度92.6%，夜间服务评价偏低"),
}
_IN_FULL = "查阅资料和现场核实，符合要求"


def evaluation_marks(day: date) -> dict[str, Mark]:
    """A mark and its reason for every indicator of the frame in force on `day`; together 91 points."""
    marks = {}
    for row in expenditure_frame(day).indicators:
        loss, remark = _LOSSES.get(row.key, ("0", _IN_FULL))
        marks[row.key] = Mark(row.points - Decimal(loss), remark)
    return marks


SECTIONS = {
    "overview": "项目按方案实施，资金全部到位，承接组织按协议提供服务，期满验收合格并按时付款。",
    "method": "查阅方案、协议、验收和付款资料，现场核查12处，访谈8人，发放居民问卷300份，收回286份。",
    "experience": "把分散的工作交给一支队伍，一个电话受理、限时办结；按效果付款，采购人按月核对台账。",
    "problems": "夜间服务力量不足；个别月份台账归档不及时。原因是夜班排班偏紧，没有指定归档责任人。",
    "advice": "下一期增加夜间巡查一班；指定专人每月5日前归档；把回访结果与付款挂钩。",
}


def evaluation_terms(day: date) -> EvaluationTerms:
    """A whole evaluation report."""
    return EvaluationTerms(marks=evaluation_marks(day), independence=True, **SECTIONS)


ADJOURNMENT = "开启人临时因病不能到场，改到次日上午。"
OPENING_OBJECTION = "公布的提交时间比我方回执早一分钟，请核对。"
OPENING_ANSWER = "已对照回执和服务器记录，提交时间以回执为准，公布的时间与回执一致，不影响开启结果。"


SECURITY_REFERENCE = "龙保函 2025 第 018 号"
WAIVER = "台风毁坏片区绿地和护栏，市民出行不便，急需恢复日常养护；灾情事先无法预见，等不到意向公开满三十日。"
SOURCE_REASON = "片区排水管网的监测数据由原承接组织自建平台保存，更换组织数据不能延续，服务不能衔接。"
SOURCE_OPINIONS = (
    ("林致远", "温州市市政设计院", "高级工程师", "数据格式为该组织自有，没有替代产品，同意采用单一来源。"),
    ("陈可欣", "温州大学", "副教授", "更换组织要重建监测点，费用高于本项目预算，同意采用单一来源。"),
)
