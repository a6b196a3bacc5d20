"""The lint of discriminatory conditions: each pattern with the example that fails and the one that passes."""

from __future__ import annotations

import pytest

from procurement.transfers.lint import Pattern, patterns, suspicions
from procurement.web.demonstration import plans


def codes(text: str) -> list[str]:
    return [found.pattern.code for found in suspicions({"qualification": text})]


def test_there_are_ten_patterns_and_each_cites_its_article() -> None:
    assert [pattern.code for pattern in patterns()] == [f"DC-{number}" for number in range(1, 11)]
    assert all("条" in pattern.article.number for pattern in patterns())


@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.code)
def test_a_pattern_finds_its_failing_example_and_nothing_finds_its_passing_one(pattern: Pattern) -> None:
    assert pattern.code in codes(pattern.fails)
    assert codes(pattern.passes) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("註冊資本不少於500萬元", ["DC-1"]),
        ("注 册 资 本 500 万元以上", ["DC-1"]),
        ("不以注册资本、资产总额为条件", []),
        ("不得要求注册资本，营业收入不低于100万元", ["DC-3"]),
        ("注册地须在龙港市，年纳税额10万元以上", ["DC-8", "DC-5"]),
    ],
)
def test_writing_and_renouncing_make_the_difference_they_should(text: str, found: list[str]) -> None:
    assert codes(text) == found


def test_what_is_found_is_marked_where_it_stands() -> None:
    text = "依法登记；注册资本不少于500万元；有设备。"
    (found,) = suspicions({"qualification": text})
    assert text[found.start : found.end] == "注册资本"
    assert found.excerpt == "注册资本不少于500万元"


def test_the_plans_of_the_demonstration_are_not_suspected() -> None:
    for name, terms in vars(plans).items():
        if isinstance(terms, plans.PlanTerms):
            texts = terms.texts()
            assert suspicions({field: texts[field] for field in ("qualification", "criteria")}) == [], name
