"""The agreement: its facts, its clauses, its layout.

The clauses are locked: the same words for every agreement, the facts of the transfer in their places. They hold what
政府采购法, its 实施条例, 民法典 and 政府购买服务管理办法 (财政部令第102号) ask a contract to say, and what the transfer
of a function needs beside. What differs where nothing is bought, and procurement law may not be cited, is `Wording`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal

from procurement.documents.blocks import (
    Block,
    Column,
    Document,
    Gap,
    Heading,
    Paragraph,
    Placed,
    Row,
    Table,
    Title,
)
from procurement.documents.facts import Facts
from procurement.documents.fonts import FontPaths
from procurement.documents.press import print_document
from procurement.documents.words import in_both, long_day, long_moment
from procurement.foundation.clock import local_day
from procurement.registers.people import User
from procurement.statute import limits
from procurement.statute.clauses import OfAMode
from procurement.steps.agreement.models import Agreement, Supplement
from procurement.transfers import methods
from procurement.transfers.models import Transfer

CITY = "龙港市"


@dataclass(frozen=True, slots=True)
class Party:
    """One side of the agreement; an empty text is printed as 无."""

    name: str
    credit_code: str
    address: str
    representative: str
    contact: str

    @classmethod
    def purchaser_of(cls, transfer: Transfer, concluded_by: User) -> Party:
        """The department, for which `concluded_by` signs."""
        return cls(
            name=f"{CITY}{transfer.department.name}",
            credit_code=transfer.department.credit_code or "见单位公示信息",
            address=transfer.department.address or f"{CITY}行政中心",
            representative=concluded_by.name,
            contact=transfer.officer.name,
        )

    @classmethod
    def provider_of(cls, agreement: Agreement) -> Party:
        """The organisation that undertakes."""
        provider = agreement.organisation
        return cls(
            name=provider.name,
            credit_code=provider.credit_code,
            address=provider.address,
            representative=provider.representative,
            contact=provider.phone,
        )


@dataclass(frozen=True, slots=True)
class Target:
    """A performance target: the indicator, what is to be reached, its weight (40%)."""

    indicator: str
    target: str
    weight: str


@dataclass(frozen=True, slots=True)
class Payment:
    """One part of the payment schedule: stage, condition, percent (30%), amount (¥36,000.00), when it falls due."""

    stage: str
    condition: str
    percent: str
    amount: str
    due: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who confirmed the agreement for a party, in what way, when (2026年3月20日 10时05分)."""

    party: str
    name: str
    position: str
    way: str
    instant: str

    @classmethod
    def of_both(
        cls, paper: Agreement | Supplement, agreement: Agreement, *, concluded_by: User, at: datetime
    ) -> tuple[Confirmation, Confirmation]:
        """Both parties' of an agreement, or of a supplement to it, that `concluded_by` signs `at`."""
        confirmed_by = paper.confirmed_by
        return (
            cls(
                f"甲方：{CITY}{agreement.transfer.department.name}",
                concluded_by.name,
                concluded_by.title or "审批人",
                "实名账户登录签订",
                long_moment(at),
            ),
            cls(
                f"乙方：{agreement.organisation.name}",
                confirmed_by.name if confirmed_by else "",
                (confirmed_by.title if confirmed_by else "") or "经办人",
                "实名账户登录确认",
                long_moment(paper.confirmed_at) if paper.confirmed_at else "",
            ),
        )


@dataclass(frozen=True, slots=True)
class Wording:
    """The words in which a procurement contract and the agreement on another transfer differ."""

    kind: str
    laws: str
    letter: str
    chosen: str
    award: str
    bid: str
    call: str
    call_and_changes: str
    method: str
    scope: str
    filing: str
    publicity: str
    giver: str

    @classmethod
    def of(cls, mode: OfAMode) -> Wording:
        """A contract for a purchase, an agreement for every other mode."""
        return PURCHASE if mode.is_purchase else TRANSFER


PURCHASE = Wording(
    kind="政府购买服务合同",
    laws="《中华人民共和国民法典》《中华人民共和国政府采购法》《中华人民共和国政府采购法实施条例》《政府购买服务管理办法》（财政部令第102号）等规定",
    letter="成交通知书",
    chosen="成交供应商",
    award="中标（成交）通知书",
    bid="投标（响应）文件",
    call="采购文件",
    call_and_changes="采购文件及其澄清、更正",
    method="采购方式",
    scope="该事项属于政府购买服务指导性目录范围，不属于依法应当由政府直接履行的职责，也不属于政府购买服务负面清单所列事项。",
    filing="甲方依法将本合同公告，并报同级财政部门和有关部门备案",
    publicity="依法公开和备案",
    giver="购买主体",
)
TRANSFER = Wording(
    kind="政府职能转移协议",
    laws="《中华人民共和国民法典》等规定和龙港市推进政府职能社会化转移工作方案",
    letter="通知书",
    chosen="承接主体",
    award="确定承接主体的通知书",
    bid="投标文件",
    call="征集公告",
    call_and_changes="征集公告及其澄清、更正",
    method="择优方式",
    scope="该事项不是政府采购；不属于依法应当由政府直接履行的职责，也不属于负面清单所列事项。",
    filing="甲方依法将本合同向社会公开",
    publicity="依法公开",
    giver="转出部门",
)


@dataclass(frozen=True, slots=True)
class Changed:
    """One notice of change from the talks: its number, what it asks for now, which terms it changes."""

    number: str
    service: str
    terms: str


@dataclass(frozen=True, slots=True)
class AgreementFacts(Facts):
    """What an agreement says, already in the words it will be printed in.

    Sentences (`basis`, `acceptance`, `handover`, `data`, `subcontracting`, `security`, `enterprise_note`, `transition`,
    `special_terms`) end with their full stop. `content`, `quantity` and `quality` may have several lines.
    """

    number: str
    """龙转协〔2026〕5号"""
    title: str
    """城市管家服务政府购买服务合同"""
    party_a: Party
    party_b: Party
    basis: str
    """How the parties came together: resolution, method, award notice with its date."""
    parts: str
    """（1）本合同及其附件；（2）…: the papers it is made of, the first one ruling."""
    matter: str
    mode: str
    """政府购买服务, 部分转移 …"""
    catalogue_code: str
    catalogue_name: str
    function_code: str
    plan_number: str
    budget_code: str
    procurement_method: str
    ceiling: str
    price: str
    """人民币壹拾贰万元整（¥120,000.00）"""
    term: str
    """自2026年4月1日起至2027年3月31日止"""
    place: str
    manner: str
    """How it is performed: 按月提供服务，逐季考核"""
    content: str
    quantity: str
    quality: str
    standards: str
    """《城市管家服务规范》（DB33/T 2001-2020）: what the service is performed by; or 无"""
    targets: tuple[Target, ...]
    payments: tuple[Payment, ...]
    pay_within: str
    """30日: the period for payment after acceptance"""
    late_rate: str
    """0.05%: of the sum overdue, for each day"""
    supplement_ceiling: str
    """10%: the most that supplements may add to the price"""
    acceptance: str
    handover: str
    data: str
    """Which personal information is handled, for what, how long; or that none is."""
    subcontracting: str
    security: str
    """The performance security, or that none is asked."""
    enterprise_note: str
    """Whether the purchase was reserved for small and medium-sized enterprises, and what B is."""
    transition: str
    """The plan for the end: what is handed back, how the service goes on."""
    special_terms: str
    """What the parties agree beside the locked articles, or that it is nothing."""
    attachments: tuple[str, ...]
    confirmations: tuple[Confirmation, ...]
    signed_on: str
    """2026年3月20日"""
    verification: str
    """How the document is checked; names the document's number."""
    wording: Wording = PURCHASE
    changes: tuple[Changed, ...] = ()
    """What the talks changed, each notice by its number."""

    @classmethod
    def of(cls, agreement: Agreement, *, concluded_by: User, at: datetime) -> AgreementFacts:
        """The agreement as it reads once `concluded_by` signs for the purchaser `at`."""
        transfer, plan = agreement.transfer, agreement.transfer.plan
        day = local_day(at)
        letter, wording = agreement.award, Wording.of(transfer)
        return cls(
            number=agreement.number,
            title=f"{transfer.title}{wording.kind}",
            party_a=Party.purchaser_of(transfer, concluded_by),
            party_b=Party.provider_of(agreement),
            basis=_basis(agreement),
            parts=contract_parts(wording, has_talks=agreement.award.competition.has_talks),
            matter=transfer.title,
            mode=transfer.mode.label,
            catalogue_code=transfer.catalogue_entry.code,
            catalogue_name=transfer.catalogue_entry.name,
            function_code=transfer.function.code if transfer.function else "",
            plan_number=transfer.number,
            budget_code=plan.budget_code,
            procurement_method=methods.name_of(plan.method, transfer),
            ceiling=in_both(plan.ceiling),
            price=in_both(agreement.price),
            term=f"自{long_day(agreement.starts_on)}起至{long_day(agreement.ends_on)}止",
            place=agreement.place.rstrip("。"),
            manner=f"按方案和投标文件约定的方式履行，分{len(agreement.milestones)}个节点验收",
            content=plan.content,
            quantity=plan.quantity,
            quality=plan.quality,
            standards="、".join(row.cited for row in plan.standards) or "无",
            targets=tuple(Target(row.name, row.target, f"{row.weight}%") for row in plan.indicators),
            payments=tuple(
                Payment(
                    row.name,
                    row.condition,
                    f"{row.percent}%",
                    f"¥{row.amount.plain_with_commas}",
                    f"{long_day(row.due_on)}到期，验收合格后支付",
                )
                for row in agreement.milestones
            ),
            pay_within=f"{limits.PAY_WITHIN.of(transfer).on(day).amount}日",
            late_rate=f"{Decimal(limits.LATE_INTEREST.of(transfer).on(day).amount) / 100}%",
            supplement_ceiling=f"{limits.SUPPLEMENTS_MOST.of(transfer).on(day).amount}%",
            acceptance="甲方按节点组织验收，逐项对照约定的标准。",
            handover="本合同签订后，双方在监交人见证下签认交接清单，交接清单为本合同附件。",
            data=full_stop(agreement.data_protection),
            subcontracting="未经甲方书面同意，乙方不得分包。",
            security="本合同不收取履约保证金。",
            enterprise_note="本项目没有专门面向中小企业预留份额；乙方的登记类型以其统一社会信用代码为准。",
            transition=full_stop(plan.exit),
            special_terms=full_stop(agreement.special_terms or "双方没有补充约定"),
            attachments=("绩效目标表（载于正文）", "交接清单", f"乙方的{wording.bid}"),
            confirmations=Confirmation.of_both(agreement, agreement, concluded_by=concluded_by, at=at),
            signed_on=long_day(day),
            verification=f"本文件由接力系统生成，文件编号为{agreement.number}，{wording.letter}为{letter.letter_number or '—'}。"
            "协议公开后，可以在门户的协议公告里核对本文件的 SHA-256 校验值。",
            wording=wording,
            changes=tuple(
                Changed(str(row.number), row.service, row.agreement)
                for row in agreement.award.competition.binding_terms
            ),
        )


def contract_parts(wording: Wording, *, has_talks: bool) -> str:
    """The papers a contract is made of, the first one ruling; after talks the notices of change and the final offer among them."""
    papers = [
        "本合同及其附件",
        wording.award,
        *(["书面变动通知", "乙方的最后报价及其响应"] if has_talks else []),
        f"乙方的{wording.bid}及其澄清、承诺",
        wording.call_and_changes,
    ]
    return "；".join(f"（{place}）{paper}" for place, paper in enumerate(papers, start=1))


def _changes(changes: Sequence[Changed]) -> list[str]:
    """What the talks changed, a paragraph for each part, which binds before the plan and the documents (财库〔2014〕214号, 财政部令第74号)."""
    said = []
    for row in changes:
        said += [f"第{row.number}号变动通知，服务要求：{full_stop(row.service)}"] if row.service else []
        said += [f"第{row.number}号变动通知，合同条款：{full_stop(row.terms)}"] if row.terms else []
    return [*said, "上述变动与本合同其他条款不一致的，以变动通知为准。"] if said else []


def _basis(agreement: Agreement) -> str:
    transfer, award, wording = agreement.transfer, agreement.award, Wording.of(agreement.transfer)
    way = f"采用{transfer.plan.method.label}方式" if transfer.is_purchase else "经公开征集、竞争择优"
    resolution = f"经{CITY}职能转移联席会议决议（{transfer.resolution.number}）通过，" if transfer.resolution else ""
    issued = long_day(local_day(award.published_at)) if award.published_at else ""
    return (
        f"《{transfer.title}“一事一方案”》（{transfer.number}）{resolution}{way}确定承接主体；"
        f"甲方于{issued}发出{wording.letter}（{award.letter_number}），确定乙方为{wording.chosen}。"
    )


def full_stop(text: str) -> str:
    """A text that a person typed, as a sentence."""
    stripped = text.strip()
    return stripped if stripped.endswith(("。", "！", "？")) else stripped + "。"


@dataclass(frozen=True, slots=True)
class Clause:
    """One locked article: its heading, its paragraphs with places for the facts, the table that follows it."""

    heading: str
    paragraphs: tuple[str, ...]
    table: str = ""


CLAUSES = (
    Clause(
        "合同依据与合同文件",
        (
            "{basis}",
            "下列文件是本合同的组成部分：{parts}。各文件应当相互解释；内容不一致的，以排列在先的为准，但不得以此改变{call}和乙方{bid}的"
            "实质性内容。",
        ),
    ),
    Clause(
        "服务事项",
        ("甲方将“{matter}”交由乙方承接，事项的编码、目录归类和{method}见下表。{scope}",),
        table="matter",
    ),
    Clause(
        "服务内容、数量和质量",
        (
            "服务内容：{content}",
            "服务数量：{quantity}",
            "质量和服务标准：{quality}",
            "执行的标准：{standards}。",
            "国家、行业或者地方对本项服务有强制性标准的，乙方提供的服务还应当符合该标准；标准在履行期间更新的，自新标准施行之日起执行。",
        ),
    ),
    Clause(
        "履行期限、地点和方式",
        (
            "履行期限：{term}。",
            "履行地点：{place}。",
            "履行方式：{manner}。",
            "期限届满，本合同自行终止；未经依法定程序重新确定承接主体，双方不得以默示方式延续。",
        ),
    ),
    Clause(
        "合同价款",
        (
            "合同总价为{price}，不超过本项目最高限价{ceiling}。",
            "合同总价为含税价，包含乙方完成本合同全部服务所需的人员、设备、材料、管理、保险、税费和合理利润，除本合同另有约定外，"
            "甲方不再支付其他费用。",
            "合同价款的大写与小写不一致的，以大写为准。",
            "{enterprise_note}",
        ),
    ),
    Clause(
        "绩效目标与考核",
        (
            "乙方应当完成下表所列绩效目标。各项指标权重之和为100%。",
            "甲方对履行情况和绩效目标的实现程度进行监控，期中及期末组织绩效评价，可以委托与双方均无利害关系的第三方实施。"
            "绩效评价结果作为价款结算、以后年度选择承接主体、安排预算和完善政策的重要依据。",
        ),
        table="targets",
    ),
    Clause(
        "资金支付",
        (
            "合同价款按下表分期支付，各期比例之和为100%。",
            "约定的付款条件成就后，乙方提出支付申请并开具合法有效的票据，甲方应当自条件成就之日起{pay_within}内将款项支付到乙方账户；"
            "以验收合格为付款条件的，自验收合格之日起算，甲方迟延组织验收的，自约定的验收期限届满之日起算。",
            "甲方不得以审计机关的审计结果作为结算依据，不得以负责人变更、履行内部付款流程或者等待上级拨款为由拒绝或者迟延支付，"
            "法律、行政法规另有规定的除外。",
            "甲方迟延支付的，自逾期之日起按逾期金额每日{late_rate}支付逾期利息。",
            "乙方应当对本合同资金单独核算，按规定使用，并接受财政、审计等部门的监督检查。",
        ),
        table="payments",
    ),
    Clause(
        "履约验收",
        (
            "{acceptance}",
            "验收应当按照本合同约定的技术、服务、安全标准逐项进行，出具验收书，列明各项标准的履行情况和验收总体评价，由验收双方共同签署。"
            "向社会公众提供的公共服务，验收时应当邀请服务对象参与并出具意见，验收结果向社会公告。",
            "验收不合格的，乙方应当在甲方书面指定的合理期限内整改，整改后重新验收，由此增加的费用由乙方承担。",
        ),
    ),
    Clause(
        "甲方的权利和义务",
        (
            "甲方有权了解、检查服务的提供情况，要求乙方对不符合约定的服务予以整改，查阅乙方与本合同有关的台账和资料。",
            "甲方应当按约定提供履行合同所必需的资料和工作条件，及时答复乙方提出的问题，按约定组织验收并支付价款。",
            "甲方不因本合同免除其依法承担的公共服务和监督管理职责，不得将行政许可、行政处罚、行政强制、行政征收等应当由行政机关"
            "直接行使的职权交由乙方行使。",
            "甲方不得向乙方摊派费用、索要财物，不得要求乙方以劳务派遣的方式向甲方提供人员。",
        ),
    ),
    Clause(
        "乙方的权利和义务",
        (
            "乙方有权按约定收取价款，有权拒绝甲方提出的超出合同范围或者违反法律规定的要求。",
            "乙方应当依照{bid}的承诺配备服务团队和设备；更换项目负责人应当事先取得甲方书面同意。",
            "乙方应当亲自、全面履行合同，建立项目台账，如实记载服务提供、资金使用和服务对象意见，妥善保存相关资料，并将重要资料"
            "按约定提交甲方。",
            "乙方应当定期向甲方报告履行进度，遇有可能影响服务的重大情况应当立即报告；应当配合监督检查和绩效评价，如实提供情况。",
            "乙方依法用工，独立承担其工作人员的工资、社会保险和安全生产责任；公平对待服务对象，不得向服务对象收取本合同未载明的费用。",
        ),
    ),
    Clause(
        "事项交接",
        (
            "{handover}",
            "交接清单应当载明事项边界、流程标准、数据系统、档案资料、资产设备、在办事项、人员培训和遗留问题，由交出方、接收方和监交人"
            "逐项核对并签认。交接完成前，该事项仍由甲方办理；国有资产只供乙方履行本合同使用，不转移所有权。",
        ),
    ),
    Clause(
        "数据安全与个人信息保护",
        (
            "{data}",
            "乙方处理个人信息应当遵守《中华人民共和国个人信息保护法》，不得超出约定的目的、方式和范围，并采取与风险相适应的加密、"
            "访问控制和留痕等措施；未经甲方书面同意，不得转委托他人处理，不得向境外提供。",
            "发生或者可能发生个人信息泄露、篡改、丢失的，乙方应当立即采取补救措施并通知甲方。",
            "合同不生效、无效、被撤销或者终止的，乙方应当将政务数据和个人信息返还甲方或者按甲方要求予以删除，不得保留，并出具书面说明。",
        ),
    ),
    Clause(
        "保密与知识产权",
        (
            "双方对履行本合同知悉的国家秘密、工作秘密、商业秘密和个人隐私负有保密义务，该义务不因合同终止而终止。依法应当公开的信息除外。",
            "乙方为履行本合同专门形成的成果，除双方另有约定外，其财产权利自甲方付清相应价款之日起归甲方；乙方保证其服务和成果不侵犯"
            "第三人的合法权益。",
        ),
    ),
    Clause(
        "禁止转包与限制分包",
        (
            "乙方不得将本合同转包给他人，不得将应当由其完成的全部服务肢解后以分包名义交由他人完成，也不得将本合同的权利义务概括转让给第三人。",
            "{subcontracting}",
            "{call}允许且经甲方书面同意分包的，乙方就全部服务和分包部分向甲方负责，分包承担主体就分包部分承担责任，且不得再次分包。",
        ),
    ),
    Clause(
        "履约保证金与禁止担保",
        (
            "{security}",
            "乙方可以依法凭本合同向金融机构融资。甲方不得以任何形式为乙方的融资行为提供担保，不得承诺回购或者承担偿还责任。",
        ),
    ),
    Clause(
        "合同的变更、中止和终止",
        (
            "合同双方不得擅自变更、中止或者终止合同。继续履行将损害国家利益和社会公共利益的，双方应当变更、中止或者终止合同；"
            "有过错的一方承担赔偿责任，双方都有过错的各自承担相应责任。",
            "履行中甲方需要追加与合同标的相同的服务的，在不改变合同其他条款的前提下，可以与乙方协商签订补充合同，但所有补充合同的"
            "金额合计不得超过原合同价款的{supplement_ceiling}。",
            "有下列情形之一的，甲方可以书面通知乙方解除合同：（1）乙方转包或者违法分包的；（2）乙方以欺骗、贿赂等不正当手段取得合同的；"
            "（3）乙方丧失承接主体应当具备的条件的；（4）服务经整改仍达不到约定标准，致使合同目的不能实现的；（5）法律规定的其他情形。",
            "变更、终止合同的，双方应当采用书面形式，并{publicity}。",
        ),
    ),
    Clause(
        "过渡与退出",
        (
            "{transition}",
            "合同期限届满或者提前终止的，乙方应当按交接清单向甲方或者甲方指定的后续承接主体交回资料、数据、资产和在办事项，在约定的"
            "过渡期内继续提供服务，保证公共服务不中断；过渡期内的服务费用按本合同约定的标准据实结算。",
        ),
    ),
    Clause(
        "违约责任",
        (
            "乙方未按约定的期限提供服务的，每逾期一日，按逾期部分对应价款的{late_rate}向甲方支付违约金；服务不符合约定的，应当采取补救措施，"
            "甲方可以根据考核结果相应减少价款。",
            "乙方转包、违法分包、弄虚作假或者擅自终止履行的，应当退还尚未提供服务部分的价款，并赔偿甲方因此遭受的损失；甲方将有关情况"
            "报告财政部门依法处理，并记入信用记录。",
            "甲方未按约定提供工作条件、无正当理由拒绝验收或者擅自终止合同的，应当赔偿乙方因此遭受的损失。",
            "违约金不足以弥补损失的，违约方应当就不足部分承担赔偿责任；守约方应当采取适当措施防止损失扩大。",
        ),
    ),
    Clause(
        "不可抗力",
        (
            "因不可抗力不能履行合同的，根据不可抗力的影响，部分或者全部免除责任，法律另有规定的除外。遇有不可抗力的一方应当及时通知对方，"
            "并在合理期限内提供证明。",
        ),
    ),
    Clause(
        "争议解决",
        (
            "因本合同发生的争议，双方应当先行协商；协商不成的，可以申请调解，也可以向甲方所在地有管辖权的人民法院提起诉讼。"
            "依法属于行政协议争议的，按照《中华人民共和国行政诉讼法》的规定处理。",
            "争议处理期间，除争议部分外，双方应当继续履行合同，不得中断公共服务。",
        ),
    ),
    Clause(
        "合同的订立、生效与公开",
        (
            "双方的代表以各自的实名账户登录本系统，对本合同全文分别作出确认。确认记录载明确认人、身份核验方式和时间，与本合同一并保存，"
            "可以随时调取查用；依照《中华人民共和国民法典》第四百六十九条，以此形式订立的本合同视为采用书面形式。",
            "本合同自双方均作出确认时成立并生效。",
            "{filing}；涉及国家秘密、商业秘密和个人隐私的内容除外。",
            "本合同未尽事宜，由双方依法签订补充合同。",
        ),
    ),
    Clause("补充约定", ("{special_terms}",), table="changes"),
    Clause(
        "附件",
        ("下列附件随本合同在系统中保存，与本合同正文具有同等效力；交接清单自三方签认之日起并入：",),
        table="attachments",
    ),
)


def print_agreement(facts: AgreementFacts, fonts: FontPaths, *, demonstration: bool, made_at: datetime) -> bytes:
    """The agreement as a PDF; the same facts and instant give the same bytes.

    Raises:
        UnprintableCharacter: no configured face has a character of it.
    """
    return print_document(
        Document(
            title=facts.title,
            subject=f"合同编号 {facts.number}",
            author=facts.party_a.name,
            running=f"{facts.title}　{facts.number}",
            blocks=agreement_blocks(facts),
            fonts=fonts,
            made_at=made_at,
            demonstration=demonstration,
        )
    )


def agreement_blocks(facts: AgreementFacts) -> tuple[Block, ...]:
    """The agreement in the order it is read."""
    words = {
        **asdict(facts.wording),
        **{each.name: _or_none(getattr(facts, each.name)) for each in fields(facts)},
    }
    blocks: list[Block] = [
        Title(facts.title, below=facts.number),
        Gap(),
        *parties(facts.party_a, facts.party_b, facts.wording),
        *_preamble(facts),
    ]
    for place, clause in enumerate(CLAUSES, start=1):
        blocks.append(Heading(f"第{chinese_number(place)}条　{clause.heading}"))
        paragraphs = [text.format_map(words) for text in clause.paragraphs]
        paragraphs += _changes(facts.changes) if clause.table == "changes" else []
        numbered = [f"{place}.{number}　{text}" for number, text in enumerate(paragraphs, start=1)]
        # The table belongs to the first paragraph, which announces it.
        blocks.append(Paragraph(numbered[0]))
        blocks += _table(clause.table, facts)
        blocks += map(Paragraph, numbered[1:])
    return (*blocks, *signatures(facts.confirmations, facts.signed_on, facts.verification))


def chinese_number(number: int) -> str:
    """1 to 99 in Chinese numerals: 一, 十, 二十三."""
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{digits[tens]}十")
    return head + (digits[ones] if ones else "")


def _or_none(text: object) -> object:
    return "无" if text == "" else text


def parties(party_a: Party, party_b: Party, wording: Wording) -> list[Block]:
    """Who the two sides are."""
    rows = []
    for name, party in ((f"甲方\n（{wording.giver}）", party_a), ("乙方\n（承接主体）", party_b)):
        for label, text in (
            ("名称", party.name),
            ("统一社会信用代码", party.credit_code),
            ("住所", party.address),
            ("法定代表人或授权代表", party.representative),
            ("联系方式", party.contact),
        ):
            rows.append(Row((name, label, text or "无")))
    columns = (Column("", 22, "centre"), Column("", 34), Column("", 56))
    return [Table(columns, tuple(rows), merge=1, labels=1, whole=True), Gap()]


def _preamble(facts: AgreementFacts) -> list[Block]:
    return [Paragraph(f"根据{facts.wording.laws}，甲、乙双方遵循平等、自愿、公平和诚信原则，就下列事项订立本合同。")]


def _table(name: str, facts: AgreementFacts) -> list[Block]:
    match name:
        case "matter":
            return [_matter(facts)]
        case "targets" if facts.targets:
            return [_targets(facts)]
        case "payments" if facts.payments:
            return [_payments(facts)]
        case "attachments":
            return _attachments(facts)
        case _:
            return []


def _targets(facts: AgreementFacts) -> Table:
    columns = (
        Column("序号", 8, "centre"),
        Column("绩效指标", 36),
        Column("目标值", 52),
        Column("权重", 12, "centre"),
    )
    rows = [Row((str(at), each.indicator, each.target, each.weight)) for at, each in enumerate(facts.targets, start=1)]
    return Table(columns, tuple(rows), title="绩效目标表")


def _payments(facts: AgreementFacts) -> Table:
    columns = (
        Column("期次", 14),
        Column("付款条件", 38),
        Column("比例", 11, "centre"),
        Column("金额", 24, "right"),
        Column("付款时间", 29),
    )
    rows = [Row((each.stage, each.condition, each.percent, each.amount, each.due)) for each in facts.payments]
    return Table(columns, tuple(rows), title="资金支付计划表")


def _matter(facts: AgreementFacts) -> Table:
    rows = (
        ("事项名称", facts.matter),
        ("转移形式", facts.mode),
        ("指导性目录编码和名称", f"{facts.catalogue_code}　{facts.catalogue_name}"),
        ("职能事项编码", facts.function_code),
        ("方案编号", facts.plan_number),
        ("预算编号", facts.budget_code),
        (facts.wording.method, facts.procurement_method),
        ("最高限价", facts.ceiling),
    )
    return Table(
        (Column("", 34), Column("", 78)),
        tuple(Row((label, text or "无")) for label, text in rows),
        labels=1,
        whole=True,
    )


def _attachments(facts: AgreementFacts) -> list[Block]:
    if not facts.attachments:
        return [Paragraph("无附件。")]
    if len(facts.attachments) == 1:
        return [Paragraph(f"附件：{facts.attachments[0]}")]
    return [Paragraph(f"{at}．{name}") for at, name in enumerate(facts.attachments, start=1)]


def signatures(confirmations: Sequence[Confirmation], signed_on: str, verification: str) -> list[Block]:
    """Who confirmed for each side, on which day, and how the paper is checked."""
    columns = (
        Column("当事人", 30),
        Column("确认人", 15, "centre"),
        Column("职务", 18, "centre"),
        Column("确认方式", 28),
        Column("确认时间", 25),
    )
    rows = [Row((each.party, each.name, each.position, each.way, each.instant)) for each in confirmations]
    return [
        Gap(),
        Table(columns, tuple(rows), title="双方确认", whole=True),
        Gap(),
        Placed(f"签订日期：{signed_on}"),
        Gap(),
        Paragraph(verification),
    ]
