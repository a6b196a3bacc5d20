"""The plans of the demonstration: eight that its story walks, and the one a visitor is given as an example."""

from __future__ import annotations

from procurement.foundation.money import Money
from procurement.registers.budgets.rules import Funding, LineTerms
from procurement.transfers.models import CriterionKind, IndicatorLevel, Method
from procurement.transfers.rules import CriterionTerms, IndicatorTerms, InstallmentTerms, LongTermGround, PlanTerms

YEAR = 2025

_LEVELS = {"产出": IndicatorLevel.OUTPUT, "效益": IndicatorLevel.BENEFIT, "满意度": IndicatorLevel.SATISFACTION}


def _indicators(*rows: str) -> tuple[IndicatorTerms, ...]:
    """Indicators, each given as `level|name|target|weight`."""
    told = (row.split("|") for row in rows)
    return tuple(IndicatorTerms(_LEVELS[level], name, target, int(weight)) for level, name, target, weight in told)


def _criteria(price: int, *rows: str) -> tuple[CriterionTerms, ...]:
    """The price and the criteria of quality, each given as `name|standard|weight`."""
    base = "满足要求的最低报价为基准价，得满分；其他按基准价除以报价折算"
    found = [CriterionTerms(CriterionKind.PRICE, "价格", base, price)]
    for name, standard, weight in (row.split("|") for row in rows):
        found.append(CriterionTerms(CriterionKind.QUALITY, name, standard, int(weight)))
    return tuple(found)


def _installments(*rows: str) -> tuple[InstallmentTerms, ...]:
    """The payment schedule, each part given as `name|condition|percent|month`."""
    told = (row.split("|") for row in rows)
    return tuple(InstallmentTerms(name, condition, int(part), int(month)) for name, condition, part, month in told)


_CONSULTED = "服务标准和作业方案需要与响应人逐项磋商后确定，采用竞争性磋商。"
_TENDERED = "服务内容明确、标准统一，市场上有多家可以承担，采用公开招标。"

# What a visitor walks: one payment at the end of twelve months, so that the line is short.
EXAMPLE = PlanTerms(
    title="龙湖片区城市管家服务",
    title_en="City-steward service for the Longhu area",
    need="龙湖片区道路保洁、绿化养护和市容巡查分属三支队伍，问题发现慢、处置来回跑。把它们合成一支管家队伍，按效果付费。",
    public_opinion="2025年8月在片区内三个社区张贴征求意见稿并入户走访，收到意见412条，其中赞成387条；关于夜间噪声的21条已写入作业时间要求。",
    content="片区内道路保洁、绿地养护、公共设施巡查报修、市容秩序劝导和便民服务，建立一个受理电话，问题统一受理、限时办结。",
    quantity="道路62公里，绿地18万平方米，公共厕所9座，每日巡查两遍。",
    quality="道路保洁达到一级标准；设施损坏当日报修；市民来电30分钟内到场，一般问题24小时内办结；6时以前不使用高噪声机具。",
    standards=("社区事件信息流转与处置",),
    goal="片区整洁有序，问题发现和处置时间比上一年缩短三成，居民满意度达到九成。",
    power_code="Q0020",
    fundings=(Funding(YEAR, "2025-ZF-0147", Money.yuan("1300000")),),
    ceiling=Money.yuan("1280000"),
    term_months=12,
    long_term_grounds=frozenset(),
    method=Method.CONSULTATION,
    method_reason=_CONSULTED,
    method_approval="",
    qualification="依法登记、能独立承担民事责任，有与服务相适应的人员和设备，三年内没有重大违法记录。",
    risk="台风和暴雨期间增派人手，费用已含在报价中；作业人员全部投保意外险。",
    exit="期满前三十日移交台账、设备和在办问题清单；没有新的承接组织时，按原标准继续服务不超过六十日。",
    indicators=_indicators(
        "产出|道路保洁达标率|不低于95%|30",
        "产出|来电30分钟到场率|不低于90%|20",
        "效益|问题平均处置时间|比上一年缩短三成|25",
        "满意度|居民满意度|不低于90%|25",
    ),
    criteria=_criteria(
        20,
        "服务方案|方案完整、排班和巡查路线可行的得32至40分；有欠缺的得16至31分|40",
        "人员和设备|数量、资格与项目相称的得20至25分；有欠缺的得10至19分|25",
        "应急预案|台风、停电、投诉高峰三种情形都有安排的得12至15分|15",
    ),
    installments=_installments("全年服务|期满验收合格后三十日内付清|100|12"),
)

CITY_STEWARD = PlanTerms(
    title="老城片区城市管家服务",
    title_en="City-steward service for the old town",
    need="老城片区街巷窄、摊点多，保洁、绿化、巡查分头管理，重复和空档并存，需要一支队伍统一承担，先试行三个月。",
    public_opinion="2025年2月在四个社区召开座谈会，86名居民代表和商户代表参加，一致赞成试行；采纳了保留社区清洁工岗位的意见。",
    content="街巷保洁、行道树养护、公共设施巡查报修、市容秩序劝导和便民服务。",
    quantity="道路31公里，行道树2,640株，公共厕所6座，每日巡查两遍。",
    quality="街巷保洁达到二级标准；设施损坏当日报修；来电30分钟内到场，一般问题24小时内办结。",
    standards=("社区事件信息流转与处置",),
    goal="三个月内理顺一支队伍管到底的做法，问题处置时间缩短三成，居民满意度达到九成。",
    power_code="Q0020",
    fundings=(Funding(YEAR, "2025-ZF-0032", Money.yuan("360000")),),
    ceiling=Money.yuan("350000"),
    term_months=3,
    long_term_grounds=frozenset(),
    method=Method.CONSULTATION,
    method_reason=_CONSULTED,
    method_approval="",
    qualification="依法登记、能独立承担民事责任，有与服务相适应的人员和设备，三年内没有重大违法记录。",
    risk="汛期增派人手，费用已含在报价中；作业人员全部投保意外险。",
    exit="期满前十五日移交台账、设备和在办问题清单。",
    indicators=_indicators(
        "产出|街巷保洁达标率|不低于92%|30",
        "产出|来电30分钟到场率|不低于90%|20",
        "效益|问题平均处置时间|缩短三成|25",
        "满意度|居民满意度|不低于90%|25",
    ),
    criteria=_criteria(
        20,
        "服务方案|方案完整、排班和巡查路线可行的得32至40分；有欠缺的得16至31分|40",
        "人员和设备|数量、资格与项目相称的得20至25分；有欠缺的得10至19分|25",
        "应急预案|汛期、停电、投诉高峰三种情形都有安排的得12至15分|15",
    ),
    installments=_installments(
        "第一个月|月度验收合格|30|1", "第二个月|月度验收合格|30|2", "第三个月|期满验收合格|40|3"
    ),
)

WET_MARKETS = PlanTerms(
    title="农贸市场专业化托管",
    title_en="Managed operation of three wet markets",
    need="三个农贸市场的秩序、卫生和经营户管理由监管所兼管，人手不够，管理与执法不分，需要交给专业机构承担日常管理。",
    public_opinion="2025年3月征求三个市场经营户和周边居民意见，收回问卷538份，赞成的占91%；采纳了公示摊位费用途的意见。",
    content="市场秩序、环境卫生、经营户服务、食品快速检测和信息公示。行政检查和处罚仍由市场监督管理局办理。",
    quantity="市场3个，摊位417个，快速检测每日不少于20批次。",
    quality="达到省级文明农贸市场标准；检测结果当日公示；投诉当日受理、三日内答复。",
    goal="三个市场环境明显改善，消费者满意度达到九成，食品抽检合格率不低于98%。",
    power_code="Q0005",
    fundings=(Funding(YEAR, "2025-SC-0018", Money.yuan("960000")),),
    ceiling=Money.yuan("940000"),
    term_months=12,
    long_term_grounds=frozenset(),
    method=Method.OPEN_TENDER,
    method_reason=_TENDERED,
    method_approval="",
    qualification="依法登记、能独立承担民事责任，有市场管理或食品检测服务经验，三年内没有重大违法记录。",
    risk="经营户抵触时先协商后实施；检测出问题食品立即停售并报告市场监督管理局。",
    exit="期满前三十日移交经营户台账、检测记录和设备；过渡期双岗值守一周。",
    indicators=_indicators(
        "产出|食品快速检测批次|每日不少于20批次|30",
        "产出|投诉三日答复率|100%|20",
        "效益|食品抽检合格率|不低于98%|25",
        "满意度|消费者满意度|不低于90%|25",
    ),
    criteria=_criteria(
        15,
        "管理方案|分区、排班、检测安排可行的得32至40分；有欠缺的得16至31分|40",
        "人员和检测能力|人员、检测设备与项目相称的得24至30分|30",
        "经营户服务|培训、纠纷化解、费用公示有安排的得12至15分|15",
    ),
    installments=_installments(
        "进场|人员到岗、制度上墙、检测室启用|20|1", "上半年|半年验收合格|30|6", "全年|期满验收合格|50|12"
    ),
)

DOG_SHELTER = PlanTerms(
    title="犬只收容场所的运营",
    title_en="Running the dog shelter",
    need="流浪犬收容场所由执法队员兼管，照料和防疫跟不上，需要交给专业机构运营。",
    public_opinion="2025年6月公开征求意见十日，收到意见47条，多数关心领养和防疫，均已写入服务内容。",
    content="收容、照料、防疫、登记和领养服务。捕捉和处罚仍由综合行政执法局办理。",
    quantity="犬舍120间，年收容约600只。",
    quality="入所24小时内登记、免疫；每日清洁消毒两次；领养率不低于四成。",
    goal="收容犬只得到照料，不发生疫情，领养率达到四成。",
    power_code="Q0023",
    fundings=(Funding(YEAR, "2025-ZF-0088", Money.yuan("420000")),),
    ceiling=Money.yuan("410000"),
    term_months=12,
    long_term_grounds=frozenset(),
    method=Method.CONSULTATION,
    method_reason=_CONSULTED,
    method_approval="",
    qualification="依法登记、能独立承担民事责任，有动物照料和防疫的人员。",
    risk="发生疫情立即隔离并报告农业农村局；工作人员全部接种疫苗。",
    exit="期满前三十日移交犬只档案、药品和设备。",
    indicators=_indicators(
        "产出|24小时登记免疫率|100%|40", "效益|领养率|不低于40%|35", "满意度|领养人满意度|不低于85%|25"
    ),
    criteria=_criteria(20, "照料和防疫方案|完整可行的得36至45分|45", "人员|数量、资格与项目相称的得28至35分|35"),
    installments=_installments("上半年|半年验收合格|50|6", "全年|期满验收合格|50|12"),
)

HOME_VISITS = PlanTerms(
    title="困难群众探访照料",
    title_en="Visiting and caring for people in hardship",
    need="全市登记在册的低保、特困和独居老人1,186户，社区工作人员每月探访一遍已有困难，需要专业社工补充。",
    public_opinion="2025年7月在12个社区征求意见，收回问卷624份，赞成的占94%；采纳了固定探访人员的意见。",
    content="每月上门探访、需求登记、生活照料转介、心理关怀和突发情况报告。",
    quantity="1,186户，每户每月不少于一次，全年不少于14,000人次。",
    quality="每次探访当日记录；紧急情况30分钟内报告；探访对象固定由同一名社工负责。",
    goal="困难群众有人看、有人问，紧急情况及时处置，对象满意度达到九成。",
    power_code="Q0014",
    fundings=(Funding(YEAR, "2025-SH-0061", Money.yuan("880000")),),
    ceiling=Money.yuan("860000"),
    term_months=12,
    long_term_grounds=frozenset(),
    method=Method.CONSULTATION,
    method_reason=_CONSULTED,
    method_approval="",
    qualification="依法登记、能独立承担民事责任，有持证社工不少于6人，三年内没有重大违法记录。",
    risk="上门服务两人一组；个人信息只用于本项目，期满移交并删除。",
    exit="期满前三十日移交探访台账和重点对象清单，新旧社工共同探访一遍。",
    indicators=_indicators(
        "产出|探访人次|不少于14,000人次|40", "效益|紧急情况及时报告率|100%|30", "满意度|探访对象满意度|不低于90%|30"
    ),
    criteria=_criteria(
        15,
        "服务方案|分片、排班、应急安排可行的得36至45分|45",
        "社工队伍|持证人数和经验与项目相称的得24至30分|30",
        "信息保护|措施具体的得8至10分|10",
    ),
    installments=_installments("上半年|半年验收合格|40|6", "全年|期满验收合格|60|12"),
)

CULTURE_CENTRE = PlanTerms(
    title="公共文化场馆的日常运营",
    title_en="Day-to-day running of the public cultural venues",
    need="文化馆、图书馆分馆开放时间短、活动少，需要由专业机构承担日常运营，延长开放时间。",
    public_opinion="2025年5月在场馆和网上征求意见，收到意见293条；采纳了周末延长开放至21时的意见。",
    content="两处场馆的开放服务、活动组织、设备维护和读者服务。藏书采购和资产管理仍由社会事业局办理。",
    quantity="场馆2处，每周开放不少于63小时，全年活动不少于96场。",
    quality="按时开放率100%；设备完好率不低于95%；活动提前七日公布。",
    goal="场馆开放时间增加三成，全年到馆不少于26万人次，读者满意度达到九成。",
    power_code="Q0016",
    fundings=(Funding(YEAR, "2025-SH-0040", Money.yuan("720000")),),
    ceiling=Money.yuan("700000"),
    term_months=12,
    long_term_grounds=frozenset(),
    method=Method.CONSULTATION,
    method_reason=_CONSULTED,
    method_approval="",
    qualification="依法登记、能独立承担民事责任，有文化场馆运营或文化活动组织经验。",
    risk="大型活动逐场备案；每日闭馆前检查水电和消防。",
    exit="期满前三十日移交资产清单、读者档案和活动档案。",
    indicators=_indicators(
        "产出|每周开放时间|不少于63小时|30", "产出|全年活动场次|不少于96场|20", "效益|到馆人次|不少于26万|25",
        "满意度|读者满意度|不低于90%|25",
    ),
    criteria=_criteria(
        20, "运营方案|完整可行的得36至45分|45", "人员和经验|与项目相称的得28至35分|35"
    ),
    installments=_installments("上半年|半年验收合格|50|6", "全年|期满验收合格|50|12"),
)  # fmt: skip

CROP_PROTECTION = PlanTerms(
    title="农作物病虫害专业化防治",
    title_en="Professional crop pest control",
    need="水稻和蔬菜病虫害防治靠农户各自施药，时间不齐、用量偏大，需要由专业队伍统防统治，连续三年才能见效。",
    public_opinion="2025年4月在9个涉农社区征求种植户意见，收回问卷317份，赞成的占88%；采纳了施药前三日告知养蜂户的意见。",
    content="病虫害监测、统一施药、效果调查和农药包装回收。植物检疫和执法仍由农业农村局办理。",
    quantity="水稻2.1万亩、蔬菜0.6万亩，每年防治不少于4次。",
    quality="防治效果不低于85%；农药用量每年减少5%；包装回收率不低于90%。",
    goal="三年内统防统治覆盖率达到六成，农药用量减少一成五。",
    power_code="Q0019",
    fundings=(Funding(YEAR, "2025-NY-0009", Money.yuan("2400000")),),
    ceiling=Money.yuan("2350000"),
    term_months=36,
    long_term_grounds=frozenset(LongTermGround),
    method=Method.OPEN_TENDER,
    method_reason=_TENDERED,
    method_approval="",
    qualification="依法登记、能独立承担民事责任，有植保机械和持证人员，三年内没有重大违法记录。",
    risk="大风和降雨时停止施药；发生药害由承接方负责补救。",
    exit="期满前三十日移交监测数据、田块档案和机具台账。",
    indicators=_indicators(
        "产出|统防统治面积|每年不少于2.7万亩|40", "效益|农药用量|每年减少5%|35", "满意度|种植户满意度|不低于85%|25"
    ),
    criteria=_criteria(
        15, "防治方案|监测、施药、调查安排可行的得36至45分|45", "机械和人员|与面积相称的得32至40分|40"
    ),
    installments=_installments(
        "第一年上半年|半年验收合格|15|6", "第一年|年度验收合格|20|12", "第二年|年度验收合格|30|24",
        "第三年|期满验收合格|35|36",
    ),
)  # fmt: skip

MEDIATION = PlanTerms(
    title="行业性专业性纠纷调解",
    title_en="Mediation of industry and professional disputes",
    need="物业、劳动和印刷包装行业的纠纷每年一千二百余件，人民调解员兼职处理积压多，需要专职队伍承担。",
    public_opinion="2025年8月征求行业代表和社区意见，召开座谈会三场，收到意见58条；采纳了在产业园区设调解点的意见。",
    content="物业、劳动、印刷包装三类纠纷的受理、调解、回访和统计分析。司法确认仍由法院办理。",
    quantity="调解点3个，专职调解员不少于9人，全年受理不少于1,200件。",
    quality="受理后三日内启动，三十日内办结；调解成功率不低于70%；每件归档。",
    goal="三类纠纷就地化解，当事人满意度达到九成。",
    power_code="Q0013",
    fundings=(Funding(YEAR, "2025-SF-0022", Money.yuan("780000")),),
    ceiling=Money.yuan("760000"),
    term_months=12,
    long_term_grounds=frozenset(),
    method=Method.OPEN_TENDER,
    method_reason=_TENDERED,
    method_approval="",
    qualification="依法登记、能独立承担民事责任，有专职调解员，三年内没有重大违法记录。",
    risk="群体性纠纷立即报告司法局；调解员与当事人有利害关系的回避。",
    exit="期满前三十日移交卷宗、在办案件和调解员名册。",
    indicators=_indicators(
        "产出|受理件数|不少于1,200件|30", "效益|调解成功率|不低于70%|40", "满意度|当事人满意度|不低于90%|30"
    ),
    criteria=_criteria(
        15, "调解方案|受理、分流、回访安排可行的得36至45分|45", "调解员队伍|人数、资格与项目相称的得32至40分|40"
    ),
    installments=_installments("上半年|半年验收合格|50|6", "全年|期满验收合格|50|12"),
)

FAMILY_EDUCATION = PlanTerms(
    title="家庭教育指导",
    title_en="Family education guidance",
    need="中小学家长对家庭教育指导需求大，学校力量有限，需要由专业机构在社区提供经常性指导。",
    public_opinion="2025年8月通过学校征求家长意见，收回问卷2,104份，赞成的占96%；采纳了安排在周末的意见。",
    content="社区家庭教育讲座、个别咨询、困境家庭上门指导和志愿者培训。",
    quantity="讲座全年不少于60场，个别咨询不少于400人次，上门指导不少于80户。",
    quality="讲师持证；咨询保密；上门指导两人一组，每次有记录。",
    goal="二十个社区有经常性的家庭教育指导，家长满意度达到九成。",
    power_code="Q0017",
    fundings=(Funding(YEAR, "2025-SH-0073", Money.yuan("280000")),),
    ceiling=Money.yuan("270000"),
    term_months=12,
    long_term_grounds=frozenset(),
    method=Method.CONSULTATION,
    method_reason=_CONSULTED,
    method_approval="",
    qualification="依法登记、能独立承担民事责任，有持证家庭教育指导人员。",
    risk="未成年人个人信息只用于本项目，期满移交并删除。",
    exit="期满前三十日移交活动档案和重点家庭清单。",
    indicators=_indicators(
        "产出|讲座场次|不少于60场|35", "效益|困境家庭上门指导户数|不少于80户|35", "满意度|家长满意度|不低于90%|30"
    ),
    criteria=_criteria(20, "服务方案|完整可行的得36至45分|45", "师资|持证人数和经验与项目相称的得28至35分|35"),
    installments=_installments("上半年|半年验收合格|50|6", "全年|期满验收合格|50|12"),
)

# What the finance bureau has entered for the year: department, code, name, yuan. Each line bears its matters and a little more.
BUDGET = (
    ("综合行政执法局", "2025-ZF-0032", "老城片区市容环卫服务", "400000"),
    ("综合行政执法局", "2025-ZF-0088", "犬只收容和免疫服务", "450000"),
    ("综合行政执法局", "2025-ZF-0147", "城市管家服务", "2800000"),
    ("市场监督管理局", "2025-SC-0018", "农贸市场管理服务", "1000000"),
    ("社会事业局", "2025-SH-0040", "公共文化场馆运营", "750000"),
    ("社会事业局", "2025-SH-0061", "困难群众探访照料", "900000"),
    ("社会事业局", "2025-SH-0073", "家庭教育指导", "300000"),
    ("农业农村局", "2025-NY-0009", "农作物病虫害统防统治", "2500000"),
    ("司法局", "2025-SF-0022", "人民调解服务", "800000"),
)


def budget_lines() -> list[tuple[str, LineTerms]]:
    """The department of each line, and the line."""
    return [(department, LineTerms(YEAR, code, name, Money.yuan(amount))) for department, code, name, amount in BUDGET]
