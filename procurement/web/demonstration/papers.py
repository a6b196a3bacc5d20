"""The papers of the demonstration: what an invented organisation hands in, printed as a real one-page document."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from procurement.documents.blocks import Document, Heading, Paragraph, Placed, Title
from procurement.documents.press import print_document
from procurement.foundation.clock import local_day
from procurement.web.fonts import fonts_of


def print_example_document(app: Flask, title: str, organisation: str, at: datetime) -> tuple[str, bytes]:
    """A short document of `organisation` about `title`: its name and its bytes; the same words give the same bytes."""
    day = local_day(at)
    document = Document(
        title=title,
        subject="演示文件",
        author=organisation,
        running="演示文件",
        blocks=(
            Title(title, below=organisation),
            Heading("一、承诺"),
            Paragraph("本组织已经阅读公告和采购文件，愿意按其中的要求提供服务，所附材料真实、完整。"),
            Heading("二、服务安排"),
            Paragraph("成立项目组，明确负责人和联系人；按片区排班，每日巡查、当日记录，每月向采购人书面报告。"),
            Paragraph("发现问题先处置后报告；不能当场处置的，登记后按约定的时限办结并回访。"),
            Heading("三、人员和保障"),
            Paragraph("项目人员全部签订劳动合同、缴纳社会保险并投保意外险；备用人员不少于一成。"),
            Placed(f"{organisation}\n{day.year}年{day.month}月{day.day}日"),
        ),
        fonts=fonts_of(app),
        made_at=at,
        demonstration=True,
    )
    return f"{title}.pdf", print_document(document)
