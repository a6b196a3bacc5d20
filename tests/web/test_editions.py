"""The pages of editions, as an officer, a member and the public open them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from procurement.registers.catalogue import drafting, models
from procurement.registers.catalogue.editions import CatalogueTerms
from procurement.registers.catalogue.models import ListKind
from procurement.transfers.conference.models import ItemKind
from tests.web.browsing import counted, get, send, signed_in, text_of

pytestmark = pytest.mark.sqlite_only


def test_an_officer_drafts_an_edition_by_forms_and_the_conference_finds_it_waiting(world: Any) -> None:
    # A stage that is walked first of all: a remembered one would put the sessions of later sign-ins away.
    transfer = world.evaluated()
    officer = signed_in(world, world.people.officer)
    answer = send(officer, "/catalogue/editions/draft/catalogue", {"reason": "补充新的服务。"})
    home = answer.headers["Location"]
    edition = models.edition_under_way(ListKind.CATALOGUE)
    assert edition is not None
    assert home.endswith(f"/catalogue/editions/{edition.id}")
    added = {"name": "城市声环境巡护服务", "scope": "夜间巡查", "unit": "次"}
    taken = send(officer, f"{home}/entries/add?under=0114", {**added, "code": "011401"}, status=422)
    assert "第 1 版里用过" in text_of(taken) or "已经有了" in text_of(taken)
    send(officer, f"{home}/entries/add?under=0114", added)
    send(officer, f"{home}/entries/011401/amend", {"name": "城市综合管家服务"})
    send(officer, f"{home}/entries/011402/move", {"parent": "0201"})
    send(officer, f"{home}/entries/011403/retire")
    shown = get(officer, home)
    assert f"{home}/entries/011403/restore" in shown
    send(officer, f"{home}/entries/011403/restore")
    assert drafting.comparison_of(edition).counts == {"added": 1, "retired": 0, "renamed": 1, "moved": 1, "amended": 0}
    early = {"in_force_on": (world.today - timedelta(days=1)).isoformat(), "consultation": "已征求意见"}
    assert "太早" in text_of(send(officer, f"{home}/submit", early, status=422))
    send(officer, f"{home}/submit", {**early, "in_force_on": (world.today + timedelta(days=3)).isoformat()})
    member = signed_in(world, world.people.member)
    assert "购买服务目录第 2 版" in get(member, "/conferences")
    conference = world.convened(transfer, subjects=((ItemKind.EDITION, edition),))
    assert "移动 1 条" in get(member, f"/conferences/{conference.id}")


def test_a_draft_is_not_public_and_an_adopted_edition_is(world: Any) -> None:
    edition = world.do(
        drafting.draft_edition, world.people.department, ListKind.NEGATIVE_LIST, reason="修订", by=world.people.officer
    )
    public, provider = world.app.test_client(), signed_in(world, world.people.providers[0])
    for client in (public, provider):
        get(client, f"/catalogue/editions/{edition.id}", 404)
        assert f"/catalogue/editions/{edition.id}" not in get(client, "/catalogue/editions")
    get(signed_in(world, world.people.auditor), f"/catalogue/editions/{edition.id}")
    assert edition.base is not None
    get(public, f"/catalogue/editions/{edition.base.id}")
    get(public, f"/catalogue/editions/{edition.base.id}/compare/{edition.id}", 404)


def test_an_edition_leaves_as_a_table_that_a_spreadsheet_takes_for_text(world: Any) -> None:
    edition = world.do(
        drafting.draft_edition, world.people.department, ListKind.CATALOGUE, reason="修订", by=world.people.officer
    )
    terms = CatalogueTerms(name="=1+1")
    world.do(drafting.amend_entry, drafting.row_at(edition, "01"), terms, by=world.people.officer)
    told = get(signed_in(world, world.people.officer), f"/catalogue/editions/{edition.id}/export.csv")
    assert told.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(told.removeprefix("\ufeff"))))
    assert rows[0][:2] == ["编码", "名称"]
    assert rows[1][:2] == ["01", "'=1+1"]
    assert len(rows) == 222


def test_an_entry_tells_its_transfers_its_money_its_organisations_and_its_codes(world: Any) -> None:
    transfer = world.agreed()
    shown = get(world.app.test_client(), "/catalogue/011401")
    assert transfer.title in shown
    # What is not published is not told: the price appears with the agreement's notice.
    assert "尚未公开" in shown
    assert "第 1 版" in shown
    with counted() as few:
        get(world.app.test_client(), "/catalogue/011401")
    assert len([line for line in few if line.startswith("SELECT")]) <= 12
