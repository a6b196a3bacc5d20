"""The pages of a take-back, and what a meeting's pages say of each outcome for the very subject they are on."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from procurement.documents.minutes import MinutesFacts
from procurement.transfers.conference.models import ItemKind
from procurement.transfers.take_backs.models import take_backs_of
from tests.factories import World
from tests.transfers.test_new_lists import paused
from tests.transfers.test_new_lists import tabled as pause_tabled
from tests.transfers.test_take_backs import TERMS
from tests.web.browsing import fields_of, get, send, signed_in, text_of

pytestmark = pytest.mark.sqlite_only


def test_a_take_back_from_its_proposal_to_its_public_notice(world: World) -> None:
    transfer, people = world.handed_over(), world.people
    path = f"/transfers/{transfer.id}"
    officer, own = signed_in(world, people.officer), signed_in(world, world.provider_of(transfer))
    assert f"{path}/take-backs/propose" in get(officer, path)
    answer = send(officer, f"{path}/take-backs/propose", {**asdict(TERMS), "cases": ""}, status=422)
    assert fields_of(answer.get_data(as_text=True))["reason"] == TERMS.reason
    send(officer, f"{path}/take-backs/propose", asdict(TERMS))
    for reader in (officer, own, signed_in(world, people.member)):
        assert TERMS.reason in get(reader, path)
        assert TERMS.assets in get(reader, f"{path}/take-backs")
    stranger = next(person for person in people.providers if person.organisation_id != transfer.provider_id)
    for person in (stranger, people.other_officer):
        for page in ("", "/propose", "/answer", "/withdraw"):
            get(signed_in(world, person), f"{path}/take-backs{page}", 404)
    send(own, f"{path}/take-backs/answer", {"answer": "已经整改，请求继续。"})
    assert "城市管家服务（收回）" in get(signed_in(world, people.member), "/workbench")
    (item,) = world.assembled(subjects=((ItemKind.TAKE_BACK, take_backs_of(transfer)[0]),)).items
    member = signed_in(world, people.member)
    ballot = get(member, f"/conferences/items/{item.id}/vote")
    for part in (TERMS.arrangements, "已经整改，请求继续。", "收回：事项到这一步为止", "不收回：承接方照常办理。"):
        assert part in ballot
    world.vote(item, *people.conference)
    send(member, f"/conferences/items/{item.id}/resolve", {"opinion": "同意收回。"})
    page = get(own, path)
    for part in ("已收回", "到此为止，不再办理", "收回公告", "联席会议作出决议：收回已移交的事项，通过"):
        assert part in page
    assert "六步走完" not in page
    assert "已收回" in get(officer, "/transfers/")
    visitor = world.app.test_client()
    assert transfer.end_notice is not None
    assert "收回公告" in get(visitor, "/results")
    public = get(visitor, f"/announcements/{transfer.end_notice.reference}")
    for part in (TERMS.arrangements, transfer.end_resolution_number, "由承办部门收回"):
        assert part in public
    assert "已经整改" not in public
    facts = MinutesFacts.of(item.conference, closed_by=people.member, at=world.now)
    told = dict(facts.items[0].about)
    assert (told["议题"], told["承接方的意见"]) == ("收回已移交的事项", "已经整改，请求继续。")


@pytest.mark.parametrize("barred", ["", "0114"])
def test_a_meeting_says_what_each_outcome_does_to_this_very_pause(world: World, barred: str) -> None:
    item = pause_tabled(world, paused(world, barred=barred))
    ends, stays, goes_on = "事项终止，占用的预算释放", "事项仍然暂停，等下一次会议：目录条目", "事项继续办理"
    client = signed_in(world, world.people.member)
    facts = MinutesFacts.of(item.conference, closed_by=world.people.member, at=world.now)
    said = [
        text_of(client.get(f"/conferences/{item.conference_id}")),
        text_of(client.get(f"/conferences/items/{item.id}/vote")),
        dict(facts.items[0].about)["表决的意思"],
    ]
    for text in said:
        assert ends in text
        assert (stays in text, goes_on in text) == (bool(barred), not barred)
        assert ("通过" in text.split(ends)[0][-12:]) == bool(barred)


def test_what_was_announced_and_is_ended_by_the_conference_is_published(world: World) -> None:
    transfer = paused(world, world.announced().transfer, barred="0114")
    item = pause_tabled(world, transfer)
    client = signed_in(world, world.people.member)
    world.vote(item, *world.people.conference)
    assert "终止公告同时公布" in get(client, f"/conferences/items/{item.id}/resolve")
    send(client, f"/conferences/items/{item.id}/resolve", {"opinion": "同意终止。"})
    assert transfer.end_notice is not None
    public = get(world.app.test_client(), f"/announcements/{transfer.end_notice.reference}")
    for part in ("终止公告", transfer.number, "不再选定承接方", "目录 011401 列在 N01"):
        assert part in public
    assert "已由联席会议终止" in get(client, f"/transfers/{transfer.id}")
