"""Finding an entry by its code or by two characters of it, alike on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask

from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken
from procurement.registers.catalogue import models
from procurement.registers.catalogue.models import CatalogueBigram, CatalogueEntry, ListKind, ReferenceEdition
from procurement.registers.catalogue.search import Piece, index_of, pieces, search

TODAY = date(2025, 9, 22)


@pytest.fixture
def edition(app: Flask) -> Iterator[ReferenceEdition]:
    with app.app_context():
        found = models.edition_in_force(ListKind.CATALOGUE, TODAY)
        assert found is not None
        yield found


def codes(query: str, edition: ReferenceEdition) -> list[str]:
    return [found.entry.code for found in search(query, edition)]


@pytest.mark.parametrize(
    "query", ["管家", "养老", "服务", "居家养老", "公平秤", "卫生", "service", "City-Steward", "mediation"]
)
def test_a_search_finds_exactly_the_entries_that_contain_it(query: str, edition: ReferenceEdition) -> None:
    wanted = query.casefold()
    every = models.entries_of(edition)
    contain = [
        entry.code
        for entry in every
        if any(wanted in text.casefold() for text in (entry.name, entry.name_en, entry.scope))
    ]
    assert codes(query, edition) == contain


def test_a_code_finds_what_stands_under_it(edition: ReferenceEdition) -> None:
    assert codes("011401", edition) == ["011401"]
    assert codes("0304", edition)[:2] == ["0304", "030401"]
    assert set(codes("06", edition)) == {e.code for e in models.entries_of(edition) if e.code.startswith("06")}


def test_all_bigrams_in_one_entry_are_not_enough_without_the_substring(edition: ReferenceEdition) -> None:
    entry = CatalogueEntry(
        edition_id=edition.id,
        code="99",
        origin="09",
        level=1,
        name="甲乙丙，丁乙丙戊",
        name_en="",
        scope="",
        department_name="",
        unit="",
    )
    db.session.add(entry)
    db.session.flush()
    db.session.add_all(CatalogueBigram(entry_id=entry.id, bigram=bigram) for bigram in index_of(entry))
    db.session.flush()
    assert codes("丁乙丙戊", edition) == ["99"]
    assert codes("甲乙丙戊", edition) == []


@pytest.mark.parametrize("query", ["城市 管家", "城市\u3000管家", " 城市管家 ", "城\u200b市管家"])
def test_white_space_and_what_cannot_be_seen_make_no_difference(query: str, edition: ReferenceEdition) -> None:
    assert "011401" in codes(query, edition)


def test_traditional_characters_find_what_is_written_in_simplified_ones(edition: ReferenceEdition) -> None:
    assert codes("城市管傢服務", edition) == codes("城市管家服务", edition) != []


def test_full_width_digits_are_digits(edition: ReferenceEdition) -> None:
    assert codes("０１１４０１", edition) == ["011401"]


@pytest.mark.parametrize("query", ["", " ", "养", "0", "\u200b养\u200b"])
def test_less_than_two_characters_are_refused_with_what_to_do(query: str, edition: ReferenceEdition) -> None:
    with pytest.raises(RuleBroken, match="不足 2 个字") as refused:
        search(query, edition)
    assert refused.value.field == "q"


def test_more_than_forty_characters_are_refused(edition: ReferenceEdition) -> None:
    assert codes("服" * 40, edition) == []
    with pytest.raises(RuleBroken, match="有 41 个字，最多 40 个字"):
        search("服" * 41, edition)


@pytest.mark.parametrize("query", ["%%", "__", "' OR 1=1", "\\\\"])
def test_signs_of_the_query_language_are_plain_text(query: str, edition: ReferenceEdition) -> None:
    assert codes(query, edition) == []


def test_the_hit_is_told_where_it_stands(edition: ReferenceEdition) -> None:
    (found,) = search("城市管家", edition)
    assert found.pieces("name")[0] == Piece("城市管家", True)
    assert "".join(piece.text for piece in found.pieces("scope")) == found.entry.scope
    (by_code,) = search("011401", edition)
    assert by_code.pieces("code") == [Piece("011401", True)]


def test_overlapping_spans_are_marked_once() -> None:
    assert pieces("哈哈哈呀", [(0, 2), (1, 3)]) == [Piece("哈哈哈", True), Piece("呀", False)]
    assert pieces("呀", []) == [Piece("呀", False)]
    assert pieces("", []) == []
