"""The eight acts of the story with their cues: which deed at which hour of 2025, up to Monday 22 September, nine o'clock."""

from __future__ import annotations

from procurement.web.demonstration import plans, texts
from procurement.web.demonstration.story import Act


def acts() -> list[Act]:
    """Eight transfers standing in different steps; new objects each time, since an act remembers what it has made."""
    return [
        _city_steward(), _wet_markets(), _crop_protection(), _culture_centre(), _dog_shelter(), _home_visits(),
        _mediation(), _family_education(),
    ]  # fmt: skip


def _city_steward() -> Act:
    """Walked to its end: three months of service, closed, with its agreement and its evaluation."""
    return Act(
        plans.CITY_STEWARD, "综合行政执法局", "lin.hai", "chen.lan", "zhou.min", code="011401",
        cues=(
            ("03-03 09:30", "draft", ()),
            ("03-04 15:10", "submit", ()),
            ("03-07 10:20", "evaluate", (19, 18, 18, 19, 18)),
            ("03-10 10:00", "convene", ("03-12 14:30",)),
            ("03-12 14:30", "resolve", ()),
            ("03-13 09:15", "appoint", ()),
            ("03-13 10:30", "waive", ("老城片区原保洁队伍临时撤出，街巷积存垃圾，等不到意向公开满三十日；先试行三个月。",)),
            ("03-14 10:00", "announce", ("03-26 09:30",)),
            ("03-20 16:40", "bid", ("fu.mei", "338000")),
            ("03-24 11:05", "bid", ("wen.tao", "346500")),
            ("03-25 20:12", "bid", ("lu.yuan", "329800")),
            ("03-26 09:40", "open", ()),
            ("03-26 10:30", "qualify", ()),
            ("03-26 11:00", "draw", (3,)),
            ("03-26 14:30", "talk", ("03-27 10:00",)),
            ("03-26 17:20", "offers", ()),
            ("03-27 10:06", "open_offers", ()),
            ("03-27 15:00", "score", ()),
            ("03-27 16:30", "conclude", ()),
            ("03-31 09:50", "confirm", ()),
            ("04-01 10:15", "award", ()),
            ("04-15 14:00", "agree", ("04-21",)),
            ("04-16 09:30", "publish", ()),
            ("04-17 11:20", "file", ("龙财采备2025-0041",)),
            ("04-18 10:00", "hand_over", ()),
            ("05-09 15:30", "inspect", ("学士路、文卫路", "抽查路段6处，保洁达标；行道树支架1处松动，当场报修。")),
            ("05-20 16:00", "report", (0,)),
            ("05-22 10:30", "accept", (0,)),
            ("05-28 11:00", "pay", (0, "2025-05-0386")),
            ("06-20 16:20", "report", (1,)),
            ("06-24 10:00", "accept", (1,)),
            ("07-01 15:10", "pay", (1, "2025-07-0012")),
            ("07-04 09:20", "inspect", ("人民路、宫后路", "雨后抽查，积水点2处按时清理；受理电话11分钟到场。", "dong.cheng")),
            ("07-21 16:10", "report", (2,)),
            ("07-23 10:40", "accept", (2,)),
            ("07-30 11:30", "pay", (2, "2025-07-0455")),
            ("08-14 15:00", "judge", ()),
            ("08-18 09:40", "close", ()),
        ),
    )  # fmt: skip


def _wet_markets() -> Act:
    """农贸市场专业化托管, from the directory of functions: being performed, the first payment made."""
    return Act(
        plans.WET_MARKETS, "市场监督管理局", "huang.jian", "wu.qiu", "zheng.jie", function="T05",
        cues=(
            ("03-24 10:00", "draft", ()),
            ("03-25 09:10", "submit", ()),
            ("03-26 09:30", "intend", ("2025-04",)),
            ("04-14 16:00", "evaluate", (18, 18, 18, 17, 18)),
            ("04-17 10:00", "convene", ("04-22 14:30", "ni.min")),
            ("04-22 14:30", "resolve", ()),
            ("04-25 10:20", "appoint", ()),
            ("04-28 09:30", "announce", ("05-20 09:30",)),
            ("05-12 10:40", "bid", ("shi.xin", "918000")),
            ("05-16 17:25", "bid", ("mao.hong", "932000")),
            ("05-19 21:08", "bid", ("yao.jun", "896000")),
            ("05-20 09:45", "open", ()),
            ("05-20 10:40", "qualify", ()),
            ("05-20 11:10", "draw", (5,)),
            ("05-21 15:30", "score", ()),
            ("05-21 17:00", "conclude", ()),
            ("05-26 10:10", "confirm", ()),
            ("05-27 09:20", "award", ()),
            ("06-12 10:30", "agree", ("07-01",)),
            ("06-13 09:40", "publish", ()),
            ("06-16 15:00", "file", ("龙财采备2025-0067",)),
            ("06-27 10:00", "hand_over", ()),
            ("07-30 16:30", "report", (0,)),
            ("08-05 10:00", "accept", (0,)),
            ("08-20 11:00", "pay", (0, "2025-08-0210")),
            ("09-11 09:00", "inspect", ("三个市场", "检测室正常运行，当日检测24批次全部公示；熟食区1处台面破损，限三日更换。")),
        ),
    )  # fmt: skip


def _crop_protection() -> Act:
    """Three years: whatever falls due after the announced years is an estimate."""
    return Act(
        plans.CROP_PROTECTION, "农业农村局", "he.tian", "fang.he", "xie.jing", function="T19",
        cues=(
            ("04-10 09:40", "draft", ()),
            ("04-11 10:00", "submit", ()),
            ("04-11 15:00", "intend", ("2025-05",)),
            ("04-24 15:20", "evaluate", (19, 18, 18, 18, 19)),
            ("04-29 10:00", "convene", ("05-08 14:30",)),
            ("05-08 14:30", "resolve", ()),
            ("05-12 09:30", "appoint", ()),
            ("05-15 10:10", "announce", ("06-10 09:30",)),
            ("05-30 14:00", "bid", ("wen.tao", "2318000")),
            ("06-06 16:15", "bid", ("he.chang", "2296000")),
            ("06-09 19:30", "bid", ("feng.he", "2246000")),
            ("06-10 09:50", "open", ()),
            ("06-10 10:40", "qualify", ()),
            ("06-10 11:20", "draw", (5,)),
            ("06-11 15:00", "score", ()),
            ("06-11 16:30", "conclude", ()),
            ("06-16 10:00", "confirm", ()),
            ("06-18 09:30", "award", ()),
            ("07-10 14:20", "agree", ("08-01",)),
            ("07-11 09:20", "publish", ()),
            ("07-14 10:30", "file", ("龙财采备2025-0075",)),
            ("07-25 10:00", "hand_over", ()),
            ("09-10 08:40", "inspect", ("水稻示范片", "晚稻第二次防治完成，抽查田块6处，防治效果88%。")),
        ),
    )  # fmt: skip


def _culture_centre() -> Act:
    """Overdue: signed and published in time, but never filed with the finance department."""
    return Act(
        plans.CULTURE_CENTRE, "社会事业局", "ye.qing", "xu.wen", "sun.li", function="T16",
        cues=(
            ("05-29 10:10", "draft", ()),
            ("05-30 09:00", "submit", ()),
            ("05-30 10:20", "intend", ("2025-07",)),
            ("06-11 15:40", "evaluate", (18, 17, 18, 17, 18)),
            ("06-18 10:00", "convene", ("06-24 14:30", "ni.min")),
            ("06-24 14:30", "resolve", ()),
            ("06-27 10:00", "appoint", ()),
            ("07-02 09:30", "announce", ("07-16 09:30",)),
            ("07-10 15:10", "bid", ("qiao.yu", "686000")),
            ("07-10 16:30", "amend", ("活动场次按文化站上半年的报名数重新核定。", "场馆2处，每周开放不少于63小时，全年活动不少于100场。")),
            ("07-11 09:20", "confirm_bid", ("qiao.yu",)),
            ("07-14 10:50", "bid", ("he.chang", "692000")),
            ("07-15 22:04", "bid", ("you.ran", "668000")),
            ("07-16 09:45", "open", ()),
            ("07-16 10:30", "qualify", ()),
            ("07-16 11:00", "draw", (3,)),
            ("07-16 14:30", "talk", ("07-17 10:00",)),
            ("07-16 16:50", "offers", ()),
            ("07-17 10:05", "open_offers", ()),
            ("07-17 15:20", "score", ()),
            ("07-17 16:40", "conclude", ()),
            ("07-23 10:00", "confirm", ()),
            ("07-25 09:40", "award", ()),
            ("08-22 15:00", "agree", ("09-01",)),
            ("08-25 10:20", "publish", ()),
        ),
    )  # fmt: skip


def _dog_shelter() -> Act:
    """Failed for want of bidders, and back at step 1 for a second attempt."""
    return Act(
        plans.DOG_SHELTER, "综合行政执法局", "lin.hai", "chen.lan", "zhou.min", function="T23",
        cues=(
            ("06-16 10:00", "draft", ()),
            ("06-17 09:30", "submit", ()),
            ("06-25 16:10", "evaluate", (17, 17, 17, 16, 18)),
            ("06-30 10:00", "convene", ("07-03 14:30",)),
            ("07-03 14:30", "resolve", ("yu.lan",)),
            ("07-08 09:20", "appoint", ()),
            ("07-10 10:00", "announce", ("08-05 09:30",)),
            ("07-29 16:00", "bid", ("fu.mei", "402000")),
            ("08-05 10:10", "fail", ("到截止时间只收到一份投标，不足两家。拟放宽人员条件、延长公告时间后重新公告。",)),
        ),
    )  # fmt: skip


def _home_visits() -> Act:
    """In its challenge period: the result was published on 17 September."""
    return Act(
        plans.HOME_VISITS, "社会事业局", "ye.qing", "xu.wen", "sun.li", function="T14",
        cues=(
            ("07-21 09:50", "draft", ()),
            ("07-22 10:00", "submit", ()),
            ("07-22 11:20", "intend", ("2025-08",)),
            ("07-30 15:00", "evaluate", (16, 14, 15, 14, 16)),
            ("08-04 10:10", "meet", (1,)),
            ("08-04 10:30", "meet", (2,)),
            ("08-05 09:20", "submit", ()),
            ("08-08 15:30", "evaluate", (19, 18, 18, 18, 19)),
            ("08-11 10:00", "convene", ("08-13 14:30",)),
            ("08-13 14:30", "resolve", ()),
            ("08-19 09:10", "appoint", ()),
            ("08-22 10:00", "announce", ("09-05 09:30",)),
            ("08-26 10:05", "ask", ("you.ran", "入户探访的记录用采购人的表格还是自备？")),
            ("08-27 15:20", "answer", ("用采购人统一的表格，签订协议时提供电子版。",)),
            ("08-28 09:40", "correct", (
                "投标文件要求里的一处文字写漏。",
                "提交一份文件，写明服务方案、人员和设备、应急预案和培训安排；报价含税，含完成服务的全部费用。",
            )),
            ("08-29 11:15", "bid", ("qiao.yu", "842000")),
            ("09-02 15:40", "bid", ("you.ran", "828000")),
            ("09-03 09:55", "bid", ("he.chang", "851000")),
            ("09-04 20:20", "bid", ("xia.yang", "826000")),
            ("09-05 09:50", "open", ()),
            ("09-05 11:00", "qualify", ("he.chang", "持证社工4人，少于要求的6人。")),
            ("09-05 14:30", "draw", (3,)),
            ("09-08 09:30", "talk", ("09-09 10:00", texts.TERMS_SERVICE)),
            ("09-08 16:40", "offers", ()),
            ("09-09 10:07", "open_offers", ()),
            ("09-09 15:00", "score", ()),
            ("09-10 09:40", "conclude", ()),
            ("09-15 10:30", "confirm", ()),
            ("09-17 09:20", "award", ()),
        ),
    )  # fmt: skip


def _mediation() -> Act:
    """Taking bids until 16 October, half past nine: the days of National Day lie in between."""
    return Act(
        plans.MEDIATION, "司法局", "xu.he", "cao.zheng", "deng.juan", function="T13",
        cues=(
            ("08-14 10:20", "draft", ()),
            ("08-15 09:00", "submit", ()),
            ("08-15 10:00", "intend", ("2025-09",)),
            ("08-28 15:30", "evaluate", (19, 18, 19, 18, 18)),
            ("09-04 10:00", "convene", ("09-10 14:30", "ni.min")),
            ("09-10 14:30", "resolve", ("", "yu.lan")),
            ("09-16 10:00", "appoint", ()),
            ("09-18 09:30", "announce", ("10-16 09:30",)),
            ("09-19 16:20", "bid", ("you.ran", "742000")),
            ("09-21 10:35", "bid", ("qiao.yu", "748000")),
            ("09-21 21:17", "bid", ("he.chang", "728000")),
        ),
    )  # fmt: skip


def _family_education() -> Act:
    """Waiting for the joint conference."""
    return Act(
        plans.FAMILY_EDUCATION, "社会事业局", "ye.qing", "xu.wen", "sun.li", function="T17",
        cues=(
            ("09-08 10:00", "draft", ()),
            ("09-10 09:30", "submit", ()),
            ("09-12 10:00", "intend", ("2025-10",)),
            ("09-17 15:50", "evaluate", (18, 17, 18, 17, 17)),
        ),
    )  # fmt: skip
