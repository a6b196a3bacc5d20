"""The page of the budget lines: a year is asked for in its address, and whatever else is asked for is this year."""

from __future__ import annotations

from typing import Any

import pytest

from procurement.registers.budgets.models import uses_of_matter
from tests.registers.test_budgets import LATER, SECOND, next_years
from tests.web.browsing import get, send, signed_in, text_of


def _main(page: str) -> str:
    """What the page says, without the frame, which leads back to its own address."""
    return page.split("<main", 1)[1].split("</main>", 1)[0]


def test_a_year_that_is_none_is_this_year(world: Any) -> None:
    supervisor = signed_in(world, world.people.supervisor)
    this_year = _main(get(supervisor, "/budgets/"))
    # Python makes no number of more digits than 4300.
    for asked in ("", "x", "-1", "2025.0", "1999", "9" * 5000):
        assert _main(get(supervisor, f"/budgets/?year={asked}")) == this_year, asked[:10]


@pytest.mark.sqlite_only
def test_a_later_year_is_joined_on_the_page_of_its_transfer_once_its_budget_is_there(world: Any) -> None:
    transfer = world.resolved(**LATER)
    officer, home = signed_in(world, world.people.officer), f"/transfers/{transfer.id}"
    path = f"{home}/fundings/{transfer.plan.fundings[1].id}/join"
    shown = get(officer, home)
    assert ("还没有接上预算项目的年度" in shown, path in shown) == (True, False)
    assert "还没有 2026 年的预算项目" in get(officer, path, 409)
    late = next_years(world, SECOND)
    assert path in get(officer, home)
    assert path not in get(signed_in(world, world.people.approver), home)
    assert "不是有效的选择" in text_of(send(officer, path, {"line": "999"}, status=422))
    send(officer, path, {"line": str(late.id)})
    assert "还没有接上预算项目的年度" not in get(officer, home)
    assert [use.code for use in uses_of_matter(transfer.chain_key)][1] == late.code
    assert f"已经接上预算项目“{late.code}”" in get(officer, path, 409)
    get(officer, f"{home}/fundings/999/join", 404)
