"""The 102 communities."""

from __future__ import annotations

from flask import Flask

from procurement.registers import communities
from procurement.registers.communities import HOW_MANY, FormerType, NameProvenance, bundled_communities


def test_the_bundled_file_has_102_communities_each_with_its_own_code_and_name() -> None:
    rows = bundled_communities()
    assert len(rows) == HOW_MANY
    assert [row.code for row in rows] == [f"LG{number:03}" for number in range(1, HOW_MANY + 1)]
    assert len({row.name for row in rows}) == HOW_MANY
    assert all(row.name_en for row in rows)


def test_a_placeholder_says_why_its_name_is_missing() -> None:
    placeholders = [row for row in bundled_communities() if row.provenance is NameProvenance.PLACEHOLDER]
    assert len(placeholders) == 12
    assert all(row.note and row.former_type is FormerType.UNKNOWN for row in placeholders)


def test_thirty_are_those_of_2019() -> None:
    assert sum(row.former_type is FormerType.ORIGINAL for row in bundled_communities()) == 30


def test_a_community_is_found_by_its_code(app: Flask) -> None:
    with app.app_context():
        first = communities.community_by_code("LG001")
        assert first is not None
        assert first.provenance is NameProvenance.REAL
        assert first.name == "金钗河社区"
        assert len(communities.communities()) == HOW_MANY
