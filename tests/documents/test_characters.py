"""Characters are put right before printing, and only those that need it."""

from __future__ import annotations

import pytest

from procurement.documents.characters import clean, name_of


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("⻓城⻋站", "长城车站"),
        ("⼀⼆⼈", "一二人"),
        ("龚\ue863", "龚䶮"),
        ("\uf900", "豈"),
        ("壹\r\n贰\r叁\u2028肆", "壹\n贰\n叁\n肆"),
        ("甲\x00\x07\x1b乙\u200b\u202e丙\ufeff", "甲乙丙"),
        ("甲\t乙\xa0丙", "甲 乙 丙"),
    ],
)
def test_look_alikes_are_unified_and_the_invisible_is_dropped(given: str, printed: str) -> None:
    assert clean(given) == printed


@pytest.mark.parametrize(
    "text", ["（甲），乙；丙：丁！", "㎡ ℃ ① Ⅳ ２０２６", "𫍯䶮㛃𬭎", "“‘’”——……", "¥￥", "<b>&amp;</b>"]
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_a_character_is_named_with_its_number() -> None:
    assert name_of("𠮷") == "𠮷（U+20BB7）"
    assert name_of("\ue000") == "U+E000"
