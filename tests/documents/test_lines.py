"""Lines keep 避头尾, reach the margin, and lose nothing."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from procurement.documents.lines import MAX_SPREAD_EM, NO_END, NO_START, SQUEEZED, break_lines

SIZE = 10.0


def em(character: str) -> float:
    """A face for tests: Chinese is a full square, everything else half of one."""
    return 1.0 if ord(character) >= 0x2010 else 0.5


def texts(text: str, width: float = 100.0, indent: float = 0.0) -> list[str]:
    """The lines of a paragraph ten characters wide."""
    return [line.text for line in break_lines(text, width=width, size=SIZE, measure=em, indent=indent)]


def test_closing_punctuation_is_squeezed_into_the_line_it_closes() -> None:
    assert texts("一二三四五六七八九，十") == ["一二三四五六七八九，", "十"]
    lines = break_lines("一二三四五六七八aa，十百千", width=95, size=SIZE, measure=em)
    assert lines[0].text == "一二三四五六七八aa，"
    assert lines[0].tracking == 0


def test_a_sign_that_may_not_begin_a_line_takes_its_neighbour_along() -> None:
    assert texts("一二三四五六七八九十，百") == ["一二三四五六七八九", "十，百"]
    assert texts("一二三四五六七八九十？”百") == ["一二三四五六七八九", "十？”百"]


def test_an_opening_sign_does_not_end_a_line() -> None:
    assert texts("一二三四五六七八九（十）百") == ["一二三四五六七八九", "（十）百"]
    assert texts("一二三四五六七八《“九”》") == ["一二三四五六七八", "《“九”》"]


def test_numbers_and_words_are_not_broken_and_identifiers_are_broken_after_a_stroke() -> None:
    assert texts("一二三四五六七120,000.00元") == ["一二三四五六七", "120,000.00元"]
    assert texts("一二三四五六2026-09-22日") == ["一二三四五六", "2026-09-22日"]
    assert texts("一二三四五六ABC/DEF-GH/IJK") == ["一二三四五六ABC/DEF-", "GH/IJK"]


def test_a_double_dash_stays_whole() -> None:
    assert texts("一二三四五六七八九——十") == ["一二三四五六七八九", "——十"]


def test_the_first_line_is_indented_and_the_last_is_not_spread() -> None:
    lines = break_lines("一二三四五六七八九十一二", width=100, size=SIZE, measure=em, indent=20)
    assert [(line.text, line.start, line.tracking) for line in lines] == [
        ("一二三四五六七八", 20, 0),
        ("九十一二", 0, 0),
    ]


def test_a_full_line_ends_at_the_margin_and_is_never_torn_apart() -> None:
    spread, _ = break_lines("一" * 19 + "（二）三", width=200, size=SIZE, measure=em)
    assert abs(spread.width - 200) < 1e-6
    torn = break_lines("一二三四五六七120,000.00元", width=100, size=SIZE, measure=em)[0]
    assert (torn.tracking, torn.width) == (0, 70)


def test_a_word_longer_than_the_line_is_cut_by_force() -> None:
    assert texts("a" * 45) == ["a" * 20, "a" * 20, "a" * 5]


def test_very_long_texts_take_no_quadratic_time() -> None:
    began = time.perf_counter()
    for text in ("a" * 100_000, "一" * 100_000, " " * 100_000, "，" * 100_000, "（" * 100_000):
        texts(text)
    assert time.perf_counter() - began < 10


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="一二，。（）“”—…ab1 -/%¥", max_size=120), st.integers(min_value=3, max_value=20))
def test_no_character_is_lost_and_no_line_is_too_long(text: str, characters: int) -> None:
    width = characters * SIZE
    lines = break_lines(text, width=width, size=SIZE, measure=em)
    assert "".join(line.text for line in lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        hangs = SIZE / 2 if line.text[-1:] in SQUEEZED and line.text else 0
        assert sum(map(em, line.text.strip())) * SIZE <= width + hangs + 1e-6 or len(set(line.text)) == 1
        assert line.tracking <= MAX_SPREAD_EM * SIZE


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="一二三，。、；：！？（）《》“”", max_size=120), st.integers(min_value=3, max_value=20))
def test_a_rule_is_broken_only_where_no_place_in_the_line_keeps_it(text: str, characters: int) -> None:
    lines = break_lines(text, width=characters * SIZE, size=SIZE, measure=em)
    for line, after in pairwise(lines):
        if after.text[0] in NO_START or line.text[-1] in NO_END:
            assert all(b in NO_START or a in NO_END for a, b in pairwise(line.text))
