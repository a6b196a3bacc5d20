"""docs/limits.md says what the table and the code say."""

from __future__ import annotations

from procurement.statute import limits
from procurement.statute.clauses import ByMode, Named, all_clauses
from procurement.web.limits_table import FILE, document, names_by_clause, places_of_names


def test_the_page_is_what_the_command_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), (
        "run `python3 manage.py flask limits` and review the difference"
    )


def test_every_edition_stands_in_the_page_with_its_article_and_standing() -> None:
    lines = document().splitlines()
    for editions in all_clauses().values():
        for edition in editions:
            told = [line for line in lines if line.startswith(f"| {edition.id} |") and f"| {edition.since} –" in line]
            assert len(told) == 1, edition.id
            assert str(edition.article) in told[0]
            assert f"| {edition.standing} |" in told[0]


def test_every_named_limit_shows_the_place_that_asks_for_it() -> None:
    names, places = names_by_clause(), places_of_names()
    assert names[limits.BUDGETED.purchase.id] == ["BUDGETED"]
    assert "transfers/rules.py" in places["BUDGETED"]
    nowhere = [name for name, value in vars(limits).items() if isinstance(value, Named | ByMode) and name not in places]
    assert nowhere == []
