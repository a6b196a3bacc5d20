"""The announcement as plain text for the designated medium, in the order of 财办库〔2020〕50号 (domain 4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from procurement.foundation.clock import LOCAL, local_day
from procurement.statute import limits
from procurement.statute.clauses import Clause
from procurement.statute.modes import words_of
from procurement.steps.announcement import rules
from procurement.steps.announcement.models import Announcement, AnnouncementVersion, VersionKind
from procurement.steps.announcement.published.rules import needs_medium
from procurement.transfers import methods
from procurement.transfers.models import Plan, Transfer


def _moment(instant: datetime) -> str:
    local = instant.astimezone(LOCAL)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def _first(announcement: Announcement) -> list[str]:
    transfer, plan = announcement.transfer, announcement.transfer.plan
    return [
        f"项目编号：{transfer.number}",
        f"项目名称：{transfer.title}",
        f"{words_of(transfer).method}：{methods.name_of(plan.method, transfer)}",
        f"预算金额：{plan.budget}（{plan.budget.in_words()}）",
        f"最高限价：{plan.ceiling}（{plan.ceiling.in_words()}）",
        "采购需求：" if transfer.is_purchase else "事项要求：",
        *_need(plan),
        f"合同履行期限：{plan.term_months}个月",
        "本项目不接受联合体。",
    ]


def _need(plan: Plan) -> list[str]:
    standards = "、".join(row.cited for row in plan.standards)
    return [plan.content, plan.quantity, plan.quality, *([f"执行的标准：{standards}"] if standards else [])]


def _period_of(transfer: Transfer, day: date) -> Clause:
    """How long the notice stands: of what procurement law has in the medium, and of a local call, their own period; of any
    other purchase the time that its method leaves to the deadline, which may be shorter.
    """
    if transfer.is_purchase and not needs_medium(transfer):
        return rules.bidding_period(transfer, day)
    return limits.NOTICE_PERIOD.of(transfer).on(day)


def text_of_notice(announcement: Announcement, address: str) -> str:
    """The whole text, newest version; `address` is where the announcement stands here, with files and sealed bidding.

    Lines end in LF. The medium publishes the same content as this system does (101号令).
    """
    transfer, plan = announcement.transfer, announcement.transfer.plan
    published = announcement.published_at
    assert published is not None
    day = local_day(published)
    period = _period_of(transfer, day)
    documents = rules.documents_period(transfer, day)
    version = max(announcement.versions, key=lambda row: row.number)
    is_changed = version.kind is not VersionKind.FIRST
    parts = [
        ("项目概况", [announcement.summary]),
        ("一、项目基本情况", _first(announcement)),
        (
            "二、申请人的资格要求",
            [
                "1.满足《中华人民共和国政府采购法》第二十二条规定；",
                "2.落实政府采购政策需满足的资格要求：无；",
                f"3.本项目的特定资格要求：{plan.qualification}",
            ]
            if transfer.is_purchase
            else [plan.qualification],
        ),
        (
            f"三、获取{words_of(transfer).papers}",
            [
                f"时间：自公告发布之日起{f'不少于{documents}，' if documents is not None else ''}至提交截止时间",
                f"地点和方式：{address}，免费下载",
            ],
        ),
        (
            "四、提交投标（响应）文件截止时间、开启时间和地点",
            [
                f"截止时间：{_moment(announcement.closes_at)}（北京时间）",
                f"开启时间：{_moment(rules.opens_at(announcement))}（北京时间）",
                f"地点：{address}，网上封存提交、网上开启",
            ],
        ),
        ("五、公告期限", [f"自本公告发布之日起{period}。"]),
        (
            "六、其他补充事宜",
            [
                announcement.submission_notes or "无",
                *([f"本公告为第{version.number}版（{version.kind.label}）：{version.reason}"] if is_changed else []),
            ],
        ),
        (
            f"七、对本次{'采购' if transfer.is_purchase else '征集'}提出询问，请按以下方式联系",
            [
                f"{words_of(transfer).buyer}：{transfer.department.name}",
                *(["采购代理机构：无，采购人自行组织"] if transfer.is_purchase else []),
                f"项目联系方式：{announcement.contact}",
            ],
        ),
    ]
    head = f"{transfer.title}{'变更' if is_changed else '采购' if transfer.is_purchase else '征集'}公告"
    return "\n\n".join([head, *("\n".join([title, *lines]) for title, lines in parts)]) + "\n"


def text_of_change(version: AnnouncementVersion, address: str, changes: Sequence[tuple[str, str, str]]) -> str:
    """The notice of a later version (更正公告): which announcement, what was and what is, why; `changes` are label, before, after."""
    announcement, transfer = version.announcement, version.transfer
    assert announcement.published_at is not None
    first, made = announcement.published_at.astimezone(LOCAL), version.made_at.astimezone(LOCAL)
    corrected = [
        line
        for number, (label, before, after) in enumerate(changes, start=1)
        for line in (f"{number}.{label}", f"更正前：{before}", f"更正后：{after}")
    ]
    parts = [
        (
            "一、项目基本情况",
            [
                f"原公告的采购项目编号：{transfer.number}",
                f"原公告的采购项目名称：{transfer.title}",
                f"首次公告日期：{first.year}年{first.month}月{first.day}日",
            ],
        ),
        (
            "二、更正信息",
            [
                f"更正事项：采购公告（第{version.number}版，{version.kind.label}）",
                "更正内容：",
                *corrected,
                f"更正理由：{version.reason}",
                f"更正日期：{made.year}年{made.month}月{made.day}日",
            ],
        ),
        (
            "三、其他补充事宜",
            [
                f"提交投标（响应）文件截止时间：{_moment(version.closes_at)}（北京时间）",
                f"更正后的公告和采购文件：{address}",
            ],
        ),
        (
            "四、凡对本次公告内容提出询问，请按以下方式联系",
            [
                f"采购人：{transfer.department.name}",
                "采购代理机构：无，采购人自行组织",
                f"项目联系方式：{announcement.contact}",
            ],
        ),
    ]
    return "\n\n".join([f"{transfer.title}更正公告", *("\n".join([title, *lines]) for title, lines in parts)]) + "\n"
