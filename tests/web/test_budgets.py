"""The page of the budget lines: a year is asked for in its address, and whatever else is asked for is this year."""

from __future__ import annotations

from typing import Any

from tests.web.browsing import get, signed_in


def _main(page: str) -> str:
    """What the page says, without the frame, which leads back to its own address."""
    return page.split("<main", 1)[1].split("</main>", 1)[0]


def test_a_year_that_is_none_is_this_year(world: Any) -> None:
    supervisor = signed_in(world, world.people.supervisor)
    this_year = _main(get(supervisor, "/budgets/"))
    # Python makes no number of more digits than 4300.
    for asked in ("", "x", "-1", "2025.0", "1999", "9" * 5000):
        assert _main(get(supervisor, f"/budgets/?year={asked}")) == this_year, asked[:10]
