"""The cast: the people and organisations of the demonstration. All of them are invented.

Their credit codes have valid check digits around a body that says DEM; no registered organisation bears one.
"""

from __future__ import annotations

from dataclasses import dataclass

from procurement.registers.organisations.credit_code import complete
from procurement.registers.organisations.rules import OrganisationTerms
from procurement.registers.people import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demonstration: login, names, roles, and the body they act for, where there is one."""

    login: str
    name: str
    name_en: str
    roles: frozenset[Role]
    title: str = ""
    department: str = ""
    employer: str = ""
    community: str = ""


def _person(login: str, name: str, name_en: str, role: Role, **more: str) -> Person:
    return Person(login, name, name_en, frozenset({role}), **more)


def _of(department: str, officer: str, approver: str, payer: str) -> tuple[Person, ...]:
    """The three of a department, each given as `login name English name`."""
    people = []
    posts = ((Role.OFFICER, "科员"), (Role.APPROVER, "科长"), (Role.PAYER, "财务"))
    for (role, title), told in zip(posts, (officer, approver, payer), strict=True):
        login, name, name_en = told.split(" ", 2)
        people.append(_person(login, name, name_en, role, department=department, title=title))
    return tuple(people)


STAFF = (
    *_of("综合行政执法局", "lin.hai 林海 Lin Hai", "chen.lan 陈岚 Chen Lan", "zhou.min 周敏 Zhou Min"),
    *_of("市场监督管理局", "huang.jian 黄建 Huang Jian", "wu.qiu 吴秋 Wu Qiu", "zheng.jie 郑洁 Zheng Jie"),
    *_of("社会事业局", "ye.qing 叶青 Ye Qing", "xu.wen 徐文 Xu Wen", "sun.li 孙莉 Sun Li"),
    *_of("农业农村局", "he.tian 何田 He Tian", "fang.he 方禾 Fang He", "xie.jing 谢静 Xie Jing"),
    *_of("司法局", "xu.he 许和 Xu He", "cao.zheng 曹正 Cao Zheng", "deng.juan 邓娟 Deng Juan"),
)

OTHERS = (
    _person("jin.bo", "金波", "Jin Bo", Role.MEMBER, department="市府办公室", title="副主任"),
    _person("ni.min", "倪敏", "Ni Min", Role.MEMBER, department="行政审批局", title="副局长"),
    _person("yu.lan", "俞岚", "Yu Lan", Role.MEMBER, department="财政局", title="副局长"),
    _person("cai.ning", "蔡宁", "Cai Ning", Role.EVALUATOR, employer="瓯江绩效评价事务所", title="项目经理"),
    _person("pan.lei", "潘蕾", "Pan Lei", Role.EVALUATOR, employer="东海管理咨询事务所", title="项目经理"),
    _person("dong.cheng", "董诚", "Dong Cheng", Role.SUPERVISOR, department="财政局", title="采购监管科科长"),
    _person("ruan.qing", "阮清", "Ruan Qing", Role.AUDITOR, department="审计局", title="审计员"),
    _person("wang.shan", "王珊", "Wang Shan", Role.EXPERT, employer="瓯江大学公共管理学院"),
    _person("li.wen", "李文", "Li Wen", Role.EXPERT, employer="瓯江大学环境学院"),
    _person("zhao.yi", "赵毅", "Zhao Yi", Role.EXPERT, employer="鳌江设计院"),
    _person("qian.rong", "钱蓉", "Qian Rong", Role.EXPERT, employer="浙南社会工作学院"),
    _person("feng.ke", "冯科", "Feng Ke", Role.EXPERT, employer="浙南农业科学所"),
    _person("jiang.hua", "蒋华", "Jiang Hua", Role.EXPERT, employer="东海会计师事务所"),
    _person("shen.ping", "沈平", "Shen Ping", Role.EXPERT, employer="瓯江律师事务所"),
    _person("han.xue", "韩雪", "Han Xue", Role.EXPERT, employer="浙南文化研究会"),
    _person("yang.fan", "杨帆", "Yang Fan", Role.EXPERT, employer="鳌江职业技术学院"),
    _person("mei.lin", "梅琳", "Mei Lin", Role.GRID_MEMBER, community="LG002", title="网格员"),
    _person("tang.wei", "汤伟", "Tang Wei", Role.GRID_MEMBER, community="LG004", title="网格员"),
)

# Who witnesses the openings, and who keeps the sheet: of two departments that are not the purchaser's.
OPENING_WITNESS = "ruan.qing"


def custodian_for(department: str) -> str:
    """The login of whoever keeps the recovery sheet of a purchaser."""
    return "deng.juan" if department != "司法局" else "ni.min"


SYSTEM_ADMINISTRATOR = _person("xi.tong", "席彤", "Xi Tong", Role.SYSTEM_ADMIN, title="系统管理员")


@dataclass(frozen=True, slots=True)
class Bidder:
    """An organisation with its first user; `fields` are the beginnings of the catalogue codes it works in."""

    code: str
    name: str
    name_en: str
    address: str
    representative: str
    login: str
    person: str
    person_en: str
    fields: tuple[str, ...]
    introduction: str

    @property
    def terms(self) -> OrganisationTerms:
        """What it says of itself when it registers."""
        return OrganisationTerms(
            credit_code=self.code, name=self.name, name_en=self.name_en, address=self.address,
            representative=self.representative, phone=f"0577-599{self.code[11:16]}", introduction=self.introduction,
        )  # fmt: skip


def _bidder(number: int, kind: str, name: str, name_en: str, **more: str) -> Bidder:
    login, person, person_en = more["user"].split(" ", 2)
    return Bidder(
        code=complete(f"{kind}330383DEM{number:05}"), name=name, name_en=name_en, address=f"龙港市{more['address']}",
        representative=more["head"], login=login, person=person, person_en=person_en,
        fields=tuple(more["fields"].split()), introduction=f"{more['work']}（演示用的虚构组织。）",
    )  # fmt: skip


BIDDERS = (
    _bidder(
        1, "52", "龙港清源环境服务社", "Longgang Qingyuan Environmental Services", address="人民路118号", head="卢清",
        user="lu.yuan 卢媛 Lu Yuan", fields="0114 0602", work="承担道路保洁、绿化养护和市容巡查，有作业人员126人。",
    ),
    _bidder(
        2, "52", "龙港城美市容服务中心", "Longgang Chengmei Streetscape Centre", address="龙翔路56号", head="傅城",
        user="fu.mei 傅梅 Fu Mei", fields="0114 0602", work="从事市容维护、设施巡查和便民服务，服务四个片区。",
    ),
    _bidder(
        3, "51", "龙港绿港公益环境促进会", "Longgang Green Harbour Association", address="江滨路9号", head="温岚",
        user="wen.tao 温涛 Wen Tao", fields="0114 0112 0602", work="组织会员单位和志愿者参与城市环境维护。",
    ),
    _bidder(
        4, "52", "龙港惠民市场服务中心", "Longgang Huimin Market Services", address="站前路20号", head="姚惠",
        user="yao.jun 姚军 Yao Jun", fields="0304", work="从事农贸市场秩序、卫生和经营户管理，托管市场三个。",
    ),
    _bidder(
        5, "52", "龙港安食检测服务社", "Longgang Anshi Food Testing Services", address="东城路77号", head="石安",
        user="shi.xin 石欣 Shi Xin", fields="0304", work="从事食品快速检测和市场食品安全巡查。",
    ),
    _bidder(
        6, "51", "龙港市场经营户互助会", "Longgang Stallholders' Mutual Association", address="西城路33号", head="毛联",
        user="mao.hong 毛虹 Mao Hong", fields="0304", work="由市场经营户组成，开展自律、培训和纠纷化解。",
    ),
    _bidder(
        7, "52", "龙港暖阳养老服务中心", "Longgang Warm Sun Elderly Care", address="学士路15号", head="夏暖",
        user="xia.yang 夏阳 Xia Yang", fields="0104 0105", work="从事居家探访、照料和养老需求评估，有社工18人。",
    ),
    _bidder(
        8, "52", "龙港心桥社会工作服务社", "Longgang Heartbridge Social Work", address="文卫路8号", head="乔心",
        user="qiao.yu 乔宇 Qiao Yu", fields="0101 0104 0205", work="从事困难群众帮扶、家庭教育和社区社会工作。",
    ),
    _bidder(
        9, "52", "龙港和畅调解服务中心", "Longgang Hechang Mediation Centre", address="宫后路41号", head="贺畅",
        user="he.chang 贺敞 He Chang", fields="0205 0110", work="从事行业性、专业性纠纷调解，有专职调解员12人。",
    ),
    _bidder(
        10, "52", "龙港扬帆文体服务中心", "Longgang Yangfan Culture and Sports", address="体育路2号", head="尤帆",
        user="you.ran 尤然 You Ran", fields="0101 0104 0110 0205", work="运营公共文化场馆，组织群众文体活动。",
    ),
    _bidder(
        11, "93", "龙港丰禾植保专业合作社", "Longgang Fenghe Crop Protection Cooperative", address="滨江路12号", head="丰年",
        user="feng.he 丰荷 Feng He", fields="0112", work="从事农作物病虫害统防统治，有植保无人机14架。",
    ),
    _bidder(
        12, "53", "龙港同舟公益基金会", "Longgang Tongzhou Foundation", address="龙洲路66号", head="舒同",
        user="shu.zhou 舒舟 Shu Zhou", fields="", work="资助社区公益项目，新近注册，等候核验。",
    ),
)  # fmt: skip

# The last one has registered and waits for an officer to verify it.
UNVERIFIED = BIDDERS[-1]


def bidders_for(catalogue_code: str, count: int = 3) -> list[str]:
    """The logins of organisations that a visitor is offered as bidders: those of the field first, in a fixed order."""
    verified = [bidder for bidder in BIDDERS if bidder is not UNVERIFIED]
    fitting = [bidder for bidder in verified if catalogue_code.startswith(bidder.fields)]
    return [bidder.login for bidder in (fitting + [row for row in verified if row not in fitting])[:count]]
