"""The bidding documents: their facts, their six chapters, and the two papers made of them.

Both papers are set from the same blocks: the PDF that counts, and a Word file for the officer to complete. The terms of the
agreement are the locked clauses of `agreement.py`, with what is not known before the award said in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from procurement.documents.agreement import (
    CITY,
    CLAUSES,
    PURCHASE,
    Target,
    Wording,
    chinese_number,
    contract_parts,
    full_stop,
)
from procurement.documents.blocks import (
    Block,
    Column,
    Document,
    Gap,
    Heading,
    NewPage,
    Paragraph,
    Placed,
    Row,
    Table,
    Title,
)
from procurement.documents.facts import Facts
from procurement.documents.fonts import FontPaths
from procurement.documents.press import places_of_headings, print_document
from procurement.documents.word_press import write_document
from procurement.documents.words import cited, in_both, long_day, long_moment
from procurement.foundation.clock import local_day
from procurement.registers.organisations.models import Organisation
from procurement.statute import limits
from procurement.statute.clauses import Clause
from procurement.statute.modes import words_of
from procurement.steps.announcement.models import Announcement
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.rules import least_bidders, least_panel
from procurement.transfers import methods
from procurement.transfers.models import CriterionKind, Method


@dataclass(frozen=True, slots=True)
class Criterion:
    """A scoring criterion: what it weighs, how points are given, its points."""

    kind: str
    name: str
    standard: str
    points: str


@dataclass(frozen=True, slots=True)
class Installment:
    """A part of the payment: stage, condition, percent (30%), month of the term (第6个月)."""

    stage: str
    condition: str
    percent: str
    due: str


@dataclass(frozen=True, slots=True)
class BiddingFacts(Facts):
    """What the bidding documents say, already in the words they will be printed in."""

    kind: str
    """采购文件, of other modes 征集文件"""
    number: str
    title: str
    edition: str
    """第1版"""
    purchaser: str
    contact: str
    mode: str
    catalogue: str
    method: str
    found: str
    award: str
    invited: str
    """The one organisation of a single source; empty elsewhere."""
    ground: str
    budget: str
    ceiling: str
    term: str
    need: str
    summary: str
    content: str
    quantity: str
    quality: str
    standards: tuple[str, ...]
    goal: str
    targets: tuple[Target, ...]
    qualification: str
    notes: str
    criteria: tuple[Criterion, ...]
    is_by_price: bool
    installments: tuple[Installment, ...]
    risk: str
    exit: str
    closes: str
    opens: str
    periods: tuple[str, ...]
    least: str
    panel: str
    security: str
    laws: str
    made_on: str
    pay_within: str
    late_rate: str
    supplement_ceiling: str
    talks: str = ""
    """磋商, 谈判 or 协商, where bidders are met before they make final offers; empty elsewhere."""
    talks_source: str = ""
    least_offer_time: str = ""
    wording: Wording = PURCHASE

    @classmethod
    def of(cls, announcement: Announcement, *, source: Organisation | None, number: int, at: datetime) -> BiddingFacts:
        """The documents of version `number` as of `at`; `source` is the organisation of a single source."""
        transfer, plan, day = announcement.transfer, announcement.transfer.plan, local_day(at)
        wording, rules = Wording.of(transfer), methods.rules_of(plan.method, transfer)
        is_purchase, talks = transfer.is_purchase, methods.talks_of(plan.method, transfer)
        return cls(
            kind="采购文件" if is_purchase else "征集文件",
            number=transfer.number,
            title=transfer.title,
            edition=f"第{number}版",
            purchaser=f"{CITY}{transfer.department.name}",
            contact=announcement.contact,
            mode=transfer.mode.label,
            catalogue=f"{transfer.catalogue_entry.code}　{transfer.catalogue_entry.name}",
            method=methods.name_of(plan.method, transfer),
            found=rules.found if is_purchase else "公开发布公告，符合条件的都可以参加",
            award=rules.award,
            invited=source.name if source is not None and plan.method is Method.SINGLE_SOURCE else "",
            ground=plan.source_ground.label if plan.source_ground and plan.method is Method.SINGLE_SOURCE else "",
            budget=in_both(plan.budget),
            ceiling=in_both(plan.ceiling),
            term=f"{plan.term_months}个月",
            need=full_stop(plan.need),
            summary=full_stop(announcement.summary),
            content=full_stop(plan.content),
            quantity=full_stop(plan.quantity),
            quality=full_stop(plan.quality),
            standards=tuple(row.cited for row in plan.standards),
            goal=full_stop(plan.goal),
            targets=tuple(Target(row.name, row.target, f"{row.weight}%") for row in plan.indicators),
            qualification=full_stop(plan.qualification),
            notes=full_stop(announcement.submission_notes) if announcement.submission_notes else "",
            criteria=tuple(
                Criterion(row.kind.label, row.name, row.standard, f"{row.weight}分") for row in plan.criteria
            ),
            is_by_price=all(row.kind is CriterionKind.PRICE for row in plan.criteria),
            installments=tuple(
                Installment(row.name, row.condition, f"{row.percent}%", f"第{row.due_month}个月")
                for row in plan.installments
            ),
            risk=full_stop(plan.risk),
            exit=full_stop(plan.exit),
            closes=long_moment(announcement.closes_at),
            opens=long_moment(opens_at(announcement)),
            periods=_periods(announcement, day),
            least=_with_source(least_bidders(transfer, day), "少于这个数的，一份也不开启，本次流标"),
            panel=_with_source(least_panel(plan, day), "以上单数"),
            security=_security(announcement, day),
            laws=wording.laws,
            made_on=long_day(day),
            pay_within=f"{limits.PAY_WITHIN.of(transfer).on(day).amount}日",
            late_rate=f"{Decimal(limits.LATE_INTEREST.of(transfer).on(day).amount) / 100}%",
            supplement_ceiling=f"{limits.SUPPLEMENTS_MOST.of(transfer).on(day).amount}%",
            talks=talks.name if talks is not None else "",
            talks_source=cited(talks.final_offers.on(day).article) if talks is not None else "",
            least_offer_time=str(limits.FINAL_OFFER_TIME.on(day)).replace(" ", ""),
            wording=wording,
        )


def _periods(announcement: Announcement, day: date) -> tuple[str, ...]:
    transfer, method = announcement.transfer, announcement.transfer.plan.method
    period = methods.clause(methods.rules_of(method, transfer).period, transfer, day)
    documents = methods.documents_clause(method, transfer, day)
    said = [f"自公告发布到投标截止不少于{period}（{cited(period.article)}）。"]
    if documents is not None:
        said.append(
            f"本文件自公告发布起提供不少于{documents}（{cited(documents.article)}），到投标截止为止都可以下载。"
        )
    else:
        said.append("本文件自公告发布起到投标截止为止都可以下载。")
    return tuple(said)


def _with_source(clause: Clause, then: str) -> str:
    return (
        f"{clause}，{then}（{cited(clause.article)}）"
        if not then.startswith("以上")
        else f"{clause}{then}（{cited(clause.article)}）"
    )


def _security(announcement: Announcement, day: date) -> str:
    if announcement.security.fen == 0:
        return "本项目不收取投标保证金。"
    clause = limits.BID_SECURITY_MOST.of(announcement.transfer).on(day)
    loser, winner = (
        named.of(announcement.transfer).on(day) for named in (limits.SECURITY_OF_LOSERS, limits.SECURITY_OF_WINNER)
    )
    return (
        f"{in_both(announcement.security)}，不超过预算金额的{clause.amount}%（{cited(clause.article)}）；"
        "以支票、汇票、本票或者金融机构、担保机构出具的保函等非现金形式提交，形式和编号密封在投标里，"
        f"截止以前送达{words_of(announcement.transfer).buyer}。"
        f"没有成交的，自通知书发出之日起{loser}内退还；成交的，自协议签订之日起{winner}内退还。"
    )


# ── the two papers ─────────────────────────────────────────────────────────────────────────────────────────────────


def print_bidding_documents(facts: BiddingFacts, fonts: FontPaths, *, demonstration: bool, made_at: datetime) -> bytes:
    """The documents as a PDF with a table of contents; the same facts and instant give the same bytes.

    Raises:
        UnprintableCharacter: no configured face has a character of it.
    """
    body = bidding_blocks(facts)

    def whole(pages: Sequence[tuple[str, int, int]]) -> Document:
        return _document(facts, (*_cover(facts), *_contents(body, pages), *body), fonts, demonstration, made_at)

    # Set once with no page numbers: the contents take the same room with them.
    return print_document(whole(places_of_headings(whole(()))))


def write_bidding_documents(facts: BiddingFacts, fonts: FontPaths, *, demonstration: bool, made_at: datetime) -> bytes:
    """The same documents as a Word file (DOCX) that the officer may complete; its contents are a field of Word's own."""
    return write_document(_document(facts, (*_cover(facts), *bidding_blocks(facts)), fonts, demonstration, made_at))


def _document(
    facts: BiddingFacts, blocks: tuple[Block, ...], fonts: FontPaths, demonstration: bool, made_at: datetime
) -> Document:
    return Document(
        title=f"{facts.title}{facts.kind}",
        subject=f"编号 {facts.number}",
        author=facts.purchaser,
        running=f"{facts.title}{facts.kind}　{facts.number}",
        blocks=blocks,
        fonts=fonts,
        made_at=made_at,
        demonstration=demonstration,
    )


def _cover(facts: BiddingFacts) -> tuple[Block, ...]:
    return (
        Gap(4),
        Title(facts.title),
        Title(facts.kind),
        Gap(3),
        _form(
            ("项目编号", facts.number),
            ("版本", facts.edition),
            ("采购方式" if facts.wording is PURCHASE else "择优方式", facts.method),
            ("采购人" if facts.wording is PURCHASE else "转出部门", facts.purchaser),
            ("投标截止", facts.closes),
        ),
        Gap(2),
        Placed(facts.purchaser, align="centre", inset=0),
        Placed(facts.made_on, align="centre", inset=0),
    )


def _contents(body: Sequence[Block], pages: Sequence[tuple[str, int, int]]) -> tuple[Block, ...]:
    places = {text: page for text, _level, page in pages}
    headings = [block for block in body if isinstance(block, Heading) and block.level == 1]
    rows = tuple(Row((block.text, str(places.get(block.text, "")))) for block in headings)
    return (NewPage(), Title("目录"), Table((Column("", 96), Column("", 12, "centre")), rows))


def bidding_blocks(facts: BiddingFacts) -> tuple[Block, ...]:
    """The six chapters in the order they are read."""
    return (
        *_invitation(facts),
        *_instructions(facts),
        *_requirements(facts),
        *_evaluation(facts),
        *_terms(facts),
        *_forms(facts),
    )


def _form(*rows: tuple[str, str]) -> Table:
    return Table((Column("", 30), Column("", 82)), tuple(Row((label, text or "无")) for label, text in rows), labels=1)


def _invitation(facts: BiddingFacts) -> list[Block]:
    called = (
        f"{facts.purchaser}采用单一来源方式，邀请{facts.invited}响应“{facts.title}”。情形：{facts.ground}。"
        if facts.invited
        else f"{facts.purchaser}就“{facts.title}”{_how(facts)}，欢迎符合条件的组织参加。"
    )
    return [
        NewPage(),
        Heading("第一章　" + ("邀请" if facts.invited else "公告")),
        Paragraph(called),
        Paragraph(facts.summary),
        Heading("（一）项目基本情况", 2),
        _form(
            ("项目名称", facts.title),
            ("项目编号", facts.number),
            ("转移形式", facts.mode),
            ("目录", facts.catalogue),
            ("方式", facts.method),
            ("预算金额", facts.budget),
            ("最高限价", facts.ceiling),
            ("履行期限", facts.term),
            ("联合体", "不接受联合体"),
        ),
        Heading("（二）申请人的资格要求", 2),
        *(
            [Paragraph("1．符合《中华人民共和国政府采购法》第二十二条规定的条件。")]
            if facts.wording is PURCHASE
            else []
        ),
        Paragraph(("2．" if facts.wording is PURCHASE else "") + facts.qualification),
        Heading("（三）获取文件", 2),
        *map(Paragraph, facts.periods),
        Heading("（四）截止和开启", 2),
        Paragraph(f"投标截止时间：{facts.closes}。截止时间一到就不再接收。"),
        Paragraph(f"开启时间：{facts.opens}起，在接力系统上公开进行。"),
        Heading("（五）联系方式", 2),
        Paragraph(f"{facts.purchaser}，联系人和电话：{facts.contact}"),
    ]


def _how(facts: BiddingFacts) -> str:
    return f"以{facts.method}方式选择承接主体" if facts.wording is PURCHASE else "向社会公开征集承接主体"


def _instructions(facts: BiddingFacts) -> list[Block]:
    buyer = "采购人" if facts.wording is PURCHASE else "转出部门"
    rules = (
        f"本文件依据{facts.laws}编制。本文件与公告不一致的，以公告为准；有更正的，以更正后的版本为准。"
        f"{buyer}补充过的 Word 文件随公告公开的，是本文件的一部分：它补充的内容以它为准，其余以系统生成的 PDF 为准。",
        f"对本文件有疑问的，在系统上提出询问，答复对所有人公开，不显示提问人。{buyer}对本文件的实质变更另发版本，"
        "已经提交的投标由投标人对新版本确认，没有确认的不开启。",
        "投标由组织的授权用户在系统上提交。报价和文件在提交时加密封存，开启以前任何人都看不到内容、报价和家数。"
        "截止以前可以更换、撤回。",
        "投标文件可以有几份，PDF、DOCX、XLSX、OFD、JPG、PNG 或者 ZIP 都可以，按第六章的格式编制，逐项响应第三章的要求；报价为含税价，包含完成全部服务的费用，"
        "以系统里填写并封存的报价为准。",
        "报价超过最高限价的、资格不符合要求的、附有不能接受的条件的，投标无效。",
        "一个组织只能提交一份有效的投标。单位负责人为同一人或者存在直接控股、管理关系的不同组织，不得参加同一项目的竞争。",
        "不得以他人名义投标，不得串通投标，不得提供虚假材料。有上述情形的依照规定处理，并记入信用记录。",
        "投标有效期自投标截止之日起，至协议签订之日止。",
    )
    return [
        NewPage(),
        Heading("第二章　须知"),
        Heading("（一）资料表", 2),
        Table(
            (Column("事项", 28), Column("本项目的要求", 84)),
            tuple(
                Row(row)
                for row in (
                    (buyer, f"{facts.purchaser}　{facts.contact}"),
                    ("怎样找投标人", f"{facts.found}。"),
                    ("怎样确定", f"{facts.award}。"),
                    ("投标保证金", facts.security),
                    ("最少家数", facts.least),
                    ("评审小组", facts.panel),
                    ("投标截止", facts.closes),
                    ("开启", f"{facts.opens}起，系统上公开"),
                    ("联合体", "不接受"),
                    ("分包", f"未经{buyer}书面同意不得分包"),
                    ("对投标文件的要求", facts.notes or "按第六章的格式编制"),
                )
            ),
            labels=1,
        ),
        Heading("（二）一般规定", 2),
        *(Paragraph(f"{place}．{text}") for place, text in enumerate(rules, start=1)),
    ]


def _requirements(facts: BiddingFacts) -> list[Block]:
    return [
        NewPage(),
        Heading("第三章　" + ("采购需求" if facts.wording is PURCHASE else "事项要求")),
        Heading("（一）背景和需求", 2),
        Paragraph(facts.need),
        Heading("（二）服务内容和数量", 2),
        Paragraph(f"服务内容：{facts.content}"),
        Paragraph(f"数量：{facts.quantity}"),
        Heading("（三）质量和执行的标准", 2),
        Paragraph(f"质量：{facts.quality}"),
        Paragraph(f"执行的标准：{'、'.join(facts.standards) or '无'}。"),
        Heading("（四）履行期限", 2),
        Paragraph(f"{facts.term}，自协议约定的起始日起算。"),
        Heading("（五）绩效目标和指标", 2),
        Paragraph(facts.goal),
        _targets(facts),
        Heading("（六）付款", 2),
        Paragraph(f"成交价款按下表分期支付，验收合格之日起{facts.pay_within}内付款。"),
        _payments(facts),
        Heading("（七）风险、过渡和退出", 2),
        Paragraph(facts.risk),
        Paragraph(facts.exit),
    ]


def _targets(facts: BiddingFacts) -> Table:
    columns = (Column("序号", 10, "centre"), Column("绩效指标", 36), Column("目标值", 50), Column("权重", 14, "centre"))
    rows = [Row((str(at), row.indicator, row.target, row.weight)) for at, row in enumerate(facts.targets, start=1)]
    return Table(columns, tuple(rows), title="绩效指标表")


def _payments(facts: BiddingFacts) -> Table:
    columns = (Column("期次", 22), Column("付款条件", 54), Column("比例", 14, "centre"), Column("时间", 20, "centre"))
    rows = [Row((row.stage, row.condition, row.percent, row.due)) for row in facts.installments]
    return Table(columns, tuple(rows), title="付款安排表")


def _evaluation(facts: BiddingFacts) -> list[Block]:
    columns = (Column("类别", 18), Column("评分项", 26), Column("评分标准", 54), Column("分值", 14, "centre"))
    rows = [Row((row.kind, row.name, row.standard, row.points)) for row in facts.criteria]
    scored = (
        "评审小组对每一份合格的投标独立评分。技术和服务分为各成员评分的算术平均值；"
        f"价格分＝{'最低的最后报价÷最后报价' if facts.talks else '最低的投标报价÷投标报价'}×价格分值。"
        "各项保留两位小数，四舍五入，合计为总分。",
        "按总分从高到低排列；总分相同的，报价低的在前。",
    )
    by_price = (
        "不打分。评审小组逐项核对响应是否满足全部实质性要求，有不满足的写明是哪一项。",
        "满足全部要求的，按报价从低到高排列。",
    )
    return [
        NewPage(),
        Heading("第四章　评审办法和标准"),
        Heading("（一）资格审查", 2),
        Paragraph(
            f"开启以后由{'采购人' if facts.wording is PURCHASE else '转出部门'}逐家审查资格，不合格的写明缺哪一项，不进入评审。"
        ),
        *_talks(facts),
        Heading("（三）评审" if facts.talks else "（二）评审", 2),
        *map(Paragraph, by_price if facts.is_by_price else scored),
        Table(columns, tuple(rows), title="评审标准表"),
        Heading("（四）确定和公布" if facts.talks else "（三）确定和公布", 2),
        Paragraph(f"{facts.award}。按排名顺序确认，结果公布时发出{facts.wording.letter}。"),
    ]


def _talks(facts: BiddingFacts) -> list[Block]:
    """How bidders are met and make their final offers; nothing where the bid is final."""
    if not facts.talks:
        return []
    rules = (
        f"首次开启只公布投标人名称。报价和技术资料在{facts.talks}期间不向其他供应商公开。",
        f"评审小组与资格合格的供应商逐一分别{facts.talks}，机会平等，每家一份记录。",
        f"{facts.talks}中可以变动的只有技术、服务要求和合同草案条款，由评审小组提出、采购人确认，同时书面通知参加的每一家。",
        f"{facts.talks}结束后，参加的供应商在通知规定的时间（不少于{facts.least_offer_time}）以内，在系统上密封提交最后报价，"
        f"要求有变动的，重新提交响应文件（{facts.talks_source}）。没有提交的，视为退出。",
        f"提交最后报价以前可以退出{facts.talks}，交过投标保证金的予以退还。",
        "最后报价由两位密钥持有人一起开启，是唯一据以评审和成交的报价。",
    )
    return [
        Heading(f"（二）{facts.talks}和最后报价", 2),
        *(Paragraph(f"{place}．{text}") for place, text in enumerate(rules, start=1)),
    ]


def _terms(facts: BiddingFacts) -> list[Block]:
    blocks: list[Block] = [
        NewPage(),
        Heading("第五章　协议主要条款"),
        Paragraph(f"甲方为{facts.purchaser}，乙方为成交的组织。协议按下列条款订立，价款、日期等在签订时填入。"),
    ]
    for heading, paragraphs in draft_terms(facts):
        blocks.append(Heading(heading, 2))
        blocks += map(Paragraph, paragraphs)
    return blocks


def draft_terms(facts: BiddingFacts) -> list[tuple[str, list[str]]]:
    """The draft agreement, article by article with its number: 第五条　合同价款, and its paragraphs 5.1, 5.2 …"""
    unknown = "由双方在签订时写明。"
    words = {
        **asdict(facts.wording),
        "parts": contract_parts(facts.wording, has_talks=bool(facts.talks)),
        "basis": f"《{facts.title}“一事一方案”》（{facts.number}）和{facts.wording.letter}。",
        "matter": facts.title,
        "content": facts.content,
        "quantity": facts.quantity,
        "quality": facts.quality,
        "standards": "、".join(facts.standards) or "无",
        "term": f"{facts.term}，起始日在签订时写明",
        "place": "在签订时写明",
        "manner": "按方案和投标文件约定的方式履行，分节点验收",
        "price": "成交金额",
        "ceiling": facts.ceiling,
        "enterprise_note": "本项目没有专门面向中小企业预留份额。",
        "pay_within": facts.pay_within,
        "late_rate": facts.late_rate,
        "supplement_ceiling": facts.supplement_ceiling,
        "acceptance": "甲方按节点组织验收，逐项对照约定的标准。",
        "handover": "合同签订后，双方在监交人见证下签认交接清单，交接清单为合同附件。",
        "data": f"涉及个人信息的范围、目的和期限{unknown}",
        "subcontracting": "未经甲方书面同意，乙方不得分包。",
        "security": "本合同不收取履约保证金。",
        "transition": facts.exit,
        "special_terms": unknown,
    }
    articles = []
    for place, clause in enumerate((clause for clause in CLAUSES if clause.table not in ("attachments",)), start=1):
        said = [
            f"{place}.{number}　{_without_table(text).format_map(words)}"
            for number, text in enumerate(clause.paragraphs, start=1)
        ]
        articles.append((f"第{chinese_number(place)}条　{clause.heading}", said))
    return articles


# The tables of the agreement stand in the third chapter here.
_ELSEWHERE = {"见下表": "见第三章", "按下表": "按第三章的付款安排表", "下表所列": "第三章所列"}


def _without_table(text: str) -> str:
    for table, chapter in _ELSEWHERE.items():
        text = text.replace(table, chapter)
    return text


def _forms(facts: BiddingFacts) -> list[Block]:
    blank = Row(("", "", "", "", ""))
    offer = "首次报价" if facts.talks else "投标报价"
    return [
        NewPage(),
        Heading("第六章　响应文件格式"),
        Heading("（一）开标一览表" if facts.wording is PURCHASE and not facts.talks else "（一）报价一览表", 2),
        _form(
            ("项目名称和编号", f"{facts.title}　{facts.number}"),
            ("投标人", "　"),
            ("统一社会信用代码", "　"),
            (f"{offer}（小写）", "￥　　　　　　　元"),
            (f"{offer}（大写）", "人民币　"),
            ("履行期限", "　"),
            ("投标保证金", "不收取" if facts.security.startswith("本项目不") else "形式：　　　　　编号：　"),
            ("备注", "　"),
        ),
        Paragraph("报价以系统里填写并封存的为准，本表与其不一致的，以系统里的为准。"),
        Heading("（二）声明函", 2),
        Paragraph(f"致{facts.purchaser}："),
        Paragraph(
            f"我方参加“{facts.title}”（{facts.number}）的竞争，声明如下：（1）我方依法登记，能够独立承担民事责任，有良好的信誉和健全的"
            "财务会计制度；（2）具有履行协议所必需的设备和专业技术能力；（3）依法缴纳税收和社会保障资金；（4）前三年内在经营活动中"
            f"没有重大违法记录；（5）与{'采购人' if facts.wording is PURCHASE else '转出部门'}、其他投标人不存在应当回避或者不得同时参加的关系；"
            "（6）提交的材料真实、完整，愿意承担不实的法律后果。"
        ),
        Placed(
            "投标人（盖章）：　　　　　　　　\n法定代表人或者授权代表：　　　　　　　　\n　　　　年　　月　　日",
            inset=2,
        ),
        Heading("（三）授权委托书", 2),
        Paragraph(
            f"兹授权　　　　　　（职务：　　　　　　）为我方代表，就“{facts.title}”（{facts.number}）办理投标、澄清和签订协议的"
            "事务，其行为由我方承担责任。本授权自签署之日起至协议签订之日止有效，代表无权转委托。"
        ),
        Placed("委托人（盖章）：　　　　　　　　\n法定代表人：　　　　　　　　\n　　　　年　　月　　日", inset=2),
        Heading("（四）服务方案提纲", 2),
        *(
            Paragraph(f"{place}．{text}")
            for place, text in enumerate(
                (
                    "对服务内容、数量和质量的理解，逐项响应第三章的要求。",
                    "组织和人员安排，服务流程，进度。",
                    "质量保证和绩效指标怎样实现，怎样记录和报告。",
                    "风险和应急安排，投诉怎样处理。",
                    "数据安全和个人信息保护。",
                    "期满怎样过渡和退出。",
                    "偏离表：与第三章、第五章的要求有不同的，逐项写明；没有的写“无偏离”。",
                ),
                start=1,
            )
        ),
        Heading("（五）人员表", 2),
        Table(
            (
                Column("序号", 12, "centre"),
                Column("姓名", 22),
                Column("在本项目中的职责", 34),
                Column("资格或者职称", 28),
                Column("从业年限", 18),
            ),
            (blank,) * 6,
            title="拟派人员表",
        ),
    ]
