"""The policy as a page: every deed with everybody who may do it, in both languages, without a query of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from procurement.registers.access import CONDITIONS, POLICY, Deed
from procurement.web.policy import REACHES, rooms
from tests.web.browsing import counted, forget, get, signed_in, text_of
from tests.web.chinese import chinese_on


@pytest.mark.sqlite_only
def test_everybody_who_is_signed_in_reads_every_deed_once(world: Any) -> None:
    get(world.app.test_client(), "/policy", 303)
    for person in (world.people.providers[0], world.people.auditor, world.people.grid_member):
        page = get(signed_in(world, person), "/policy")
        shown = re.findall(r'translate="no">([a-z-]+:[a-z-]+)<', page)
        hidden = {"clock:advance", "identity:assume", "demonstration:reset"}
        assert sorted(shown) == sorted({deed.value for deed in Deed} - hidden)


@pytest.mark.sqlite_only
def test_a_right_is_told_with_its_reach_and_its_condition(world: Any) -> None:
    client = signed_in(world, world.people.officer)
    forget()
    told = text_of(client.get("/policy"))
    part = told[told.index("bid:read") : told.index("bids:open")]
    assert "经办人 本部门的 ，投标开启以后" in part.replace("的，", "的 ，")
    assert "社会组织用户 本组织的" in part


@pytest.mark.sqlite_only
def test_the_page_is_english_for_an_english_reader(world: Any) -> None:
    client = signed_in(world, world.people.officer)
    get(client, "/policy?lang=en", 303)
    page = get(client, "/policy")
    assert chinese_on(page.split("<main")[1].split("</main>")[0]) == []


@pytest.mark.sqlite_only
def test_the_table_asks_the_database_nothing(world: Any) -> None:
    with world.app.test_request_context(), counted() as statements:
        assert sum(len(room.rows) for room in rooms(demonstrated=True)) == len(Deed)
    assert statements == []


def test_every_reach_and_condition_has_its_words() -> None:
    scopes = [scope for holders in POLICY.values() for scope in holders.values()]
    assert {scope.reach for scope in scopes} <= set(REACHES)
    assert {scope.condition for scope in scopes if scope.condition is not None} == set(CONDITIONS)
