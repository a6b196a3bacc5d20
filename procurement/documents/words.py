"""How documents write days, instants and amounts: Arabic digits, full years, no leading zero (GB/T 9704)."""

from __future__ import annotations

from datetime import date, datetime

from procurement.foundation.clock import LOCAL
from procurement.foundation.errors import HOUSE, Article
from procurement.foundation.money import Money


def long_day(day: date) -> str:
    """`2026年3月5日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def long_moment(moment: datetime) -> str:
    """`2026年3月20日 9时58分`, local time."""
    local = moment.astimezone(LOCAL)
    return f"{long_day(local.date())} {local.hour}时{local.minute:02}分"


def in_both(amount: Money) -> str:
    """`人民币壹拾贰万元整（¥120,000.00）`: in words, which rule, and in digits."""
    return f"{amount.in_words()}（¥{amount.plain_with_commas}）"


def cited(article: Article) -> str:
    """Where a number stands, for whoever reads a public paper: a law by its name; what is no law as the city's own practice."""
    return "本市的做法" if article.standing == "practice" or article.law == HOUSE else str(article)


def size_text(size: int) -> str:
    """`84 KB`, `3.1 MB`: the same on pages and papers."""
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1 << 20 else f"{max(size // 1024, 1)} KB"
