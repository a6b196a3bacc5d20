"""Days as people write them: short numbers, Chinese days, full-width digits, the text of the notice itself."""

from __future__ import annotations

from datetime import date

import pytest

from procurement.foundation.errors import RuleBroken
from procurement.registers.holidays.notation import read_days

NOTICE = """一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。"""


def short(days: tuple[tuple[date, str], ...]) -> str:
    return " ".join(f"{day:%m%d}" for day, _name in days)


@pytest.mark.parametrize(
    ("typed", "off"),
    [
        ("0101-0103", "0101 0102 0103"),
        ("0101-0102 0404", "0101 0102 0404"),
        ("０１０１－０１０２", "0101 0102"),
        ("1月1日至3日", "0101 0102 0103"),
        ("１月１日（周四）至３日（周六）放假，共３天", "0101 0102 0103"),
        ("1月31日至2月1日", "0131 0201"),
        ("1月1日-1月2日、4月5日", "0101 0102 0405"),
        ("2026年1月1日至2日", "0101 0102"),
        ("2026-01-01至2026-01-02", "0101 0102"),
        ("1/1-1/2, 4.5", "0101 0102 0405"),
        ("元旦 0101~0102；清明节：0405", "0101 0102 0405"),
    ],
)
def test_days_are_read_however_they_are_written(typed: str, off: str) -> None:
    assert short(read_days(2026, typed).off) == off
    assert read_days(2026, typed).work == ()


def test_the_text_of_a_notice_is_read_with_its_names_and_its_worked_days() -> None:
    read = read_days(2026, NOTICE)
    assert len(read.off) == 3 + 9 + 3
    assert dict(read.off)[date(2026, 2, 20)] == "春节"
    assert read.work == (
        (date(2026, 1, 4), "元旦"), (date(2026, 2, 14), "春节"), (date(2026, 2, 28), "春节"),
    )  # fmt: skip


def test_the_field_of_worked_days_needs_no_word_for_it() -> None:
    assert short(read_days(2026, "0104 0214", worked=True).work) == "0104 0214"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("元旦", "没有认出日期"),
        ("20260101", "没有认出日期"),
        ("1月1日至12月", "没有认出日期"),
        ("0230", "不存在的日子"),
        ("1月3日至1日", "最后一天在第一天以前"),
        ("12月31日至1月3日", "跨年"),
        ("2025年12月31日", "不在 2026 年"),
    ],
)
def test_what_is_no_day_of_the_year_is_refused_with_its_text(typed: str, says: str) -> None:
    with pytest.raises(RuleBroken, match=says) as caught:
        read_days(2026, typed, field="off")
    assert typed in str(caught.value)
    assert caught.value.field == "off"
