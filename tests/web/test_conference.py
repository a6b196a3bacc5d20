"""The pages of the joint conference: what each kind of person sees, what is kept from whom, and the minutes as they are printed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from procurement.foundation.database import db
from procurement.registers.access import Deed
from procurement.registers.audit import AuditLine, Outcome
from procurement.transfers.conference.models import Choice, Conference, ConferenceStatus, ItemOutcome
from procurement.transfers.conference.operations import declare_recusal
from procurement.web.ticking import tick
from tests.documents.reading import text_of as text_of_pdf
from tests.factories import World
from tests.web.browsing import counted, fields_of, forget, get, send, signed_in, status, text_of

pytestmark = pytest.mark.sqlite_only


def page_of(world: World, conference: Conference, person: Any) -> str:
    return get(signed_in(world, person), f"/conferences/{conference.id}")


# ── who sees what ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_meeting_is_there_for_members_and_overseers_and_for_nobody_else(world: World) -> None:
    people = world.people
    conference = world.assembled()
    for person in (*people.conference, people.supervisor, people.auditor):
        assert conference.number in page_of(world, conference, person)
    for person in (people.officer, people.approver, people.evaluator, people.providers[0]):
        client = signed_in(world, person)
        get(client, f"/conferences/{conference.id}", 404)
        get(client, f"/conferences/items/{conference.items[0].id}/vote", 404)
        get(client, "/conferences", 403)
    assert "/conferences" not in get(signed_in(world, people.officer), "/workbench")
    assert 'href="/conferences"' in get(signed_in(world, people.member), "/workbench")


def test_overseers_read_and_do_nothing(world: World) -> None:
    conference = world.assembled()
    item = conference.items[0]
    for person in (world.people.supervisor, world.people.auditor):
        page = page_of(world, conference, person)
        assert f"/conferences/items/{item.id}/" not in page.split("<main", 1)[-1]
        get(signed_in(world, person), f"/conferences/items/{item.id}/resolve", 403)


def test_how_others_voted_is_seen_once_the_item_is_decided_and_not_before(world: World) -> None:
    people = world.people
    conference = world.assembled()
    item = conference.items[0]
    world.vote(item, people.second_member, choice=Choice.AGAINST)
    world.vote(item, people.member)
    before = page_of(world, conference, people.member)
    assert "已表决 2 位" in before
    assert "您投的是：同意" in before
    assert "限价没有依据" not in before
    assert "反对" not in before.split("<main", 1)[-1]
    world.vote(item, people.third_member)
    send(signed_in(world, people.member), f"/conferences/items/{item.id}/resolve", {"opinion": "同意实施。"})
    after = page_of(world, conference, people.third_member)
    assert "限价没有依据" in after
    assert "龙联〔2025〕1号" in after
    assert "同意实施。" in after


def test_a_recused_member_is_shown_and_offered_no_vote(world: World) -> None:
    people = world.people
    conference = world.assembled()
    item = conference.items[0]
    vote = f"/conferences/items/{item.id}/vote"
    assert vote in page_of(world, conference, people.third_member)
    world.do(declare_recusal, item, reason="亲属在投标组织任职", by=people.third_member)
    page = page_of(world, conference, people.third_member)
    assert vote not in page
    assert "亲属在投标组织任职" in page
    client = signed_in(world, people.third_member)
    answer = send(client, vote, {"choice": "for"}, status=422)
    assert "没有表决权" in text_of(answer)


# ── the forms ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_convocation_from_a_transfer_ticks_its_plan_alone_and_from_the_list_all(world: World) -> None:
    first, second = world.evaluated(), world.evaluated(title="城市管家服务二片区")
    client = signed_in(world, world.people.member)
    one = fields_of(get(client, f"/conferences/convene/for/{first.id}"))
    assert f"plan-{first.plan.id}" in one
    assert f"plan-{second.plan.id}" not in one
    all_of_them = fields_of(get(client, "/conferences/convene"))
    assert {f"plan-{first.plan.id}", f"plan-{second.plan.id}"} <= all_of_them.keys()
    assert {f"member-{person.id}" for person in world.people.conference} <= all_of_them.keys()


def test_a_refused_convocation_keeps_what_was_typed_and_says_every_fault(world: World) -> None:
    transfer, people = world.evaluated(), world.people
    typed = {"place": "三楼", "held_at": "2025-09-01 09:00", f"member-{people.third_member.id}": None}
    answer = send(signed_in(world, people.member), f"/conferences/convene/for/{transfer.id}", typed, status=422)
    page = text_of(answer)
    assert "已经过去" in page
    assert "至少要 3 位" in page
    kept = fields_of(answer.get_data(as_text=True))
    assert (kept["place"], kept["held_at"]) == ("三楼", "2025-09-01 09:00")
    assert f"member-{people.third_member.id}" not in kept


def test_a_dissent_without_reasons_is_refused_at_its_field(world: World) -> None:
    item = world.assembled().items[0]
    client, path = signed_in(world, world.people.member), f"/conferences/items/{item.id}/vote"
    answer = send(client, path, {"choice": "against"}, status=422)
    assert re.search(r'href="#reason">[^<]+</a>[^<]*投反对票要写明理由', answer.get_data(as_text=True))
    send(client, path, {"choice": None}, status=422)
    send(client, path, {"choice": "against", "reason": "限价偏高。"})
    assert fields_of(get(client, path))["reason"] == "限价偏高。"


def test_the_roll_without_a_quorum_is_refused(world: World) -> None:
    people = world.people
    conference = world.convened()
    absent = {f"member-{person.id}": None for person in people.conference[1:]}
    client = signed_in(world, people.member)
    answer = send(client, f"/conferences/{conference.id}/open", absent, status=422)
    assert "法定人数是 2 位" in text_of(answer)
    send(client, f"/conferences/{conference.id}/open")
    assert len(conference.present) == 3


def test_a_count_is_offered_only_what_the_votes_give(world: World) -> None:
    people = world.people
    item = world.assembled().items[0]
    path = f"/conferences/items/{item.id}/resolve"
    client = signed_in(world, people.member)

    def offered() -> list[tuple[str, str]]:
        return re.findall(r'name="outcome"[^>]*value="([a-z]+)"|value="([a-z]+)"[^>]*name="outcome"', get(client, path))

    assert ["".join(found) for found in offered()] == ["deferred"]
    world.vote(item, *people.conference[:2])
    assert ["".join(found) for found in offered()] == ["adopted"]
    world.vote(item, *people.conference, choice=Choice.ABSTAIN)
    assert ["".join(found) for found in offered()] == ["returned", "deferred"]
    send(client, path, {"outcome": "adopted", "opinion": "同意"}, status=422)


def test_a_cancelled_meeting_says_why(world: World) -> None:
    conference = world.convened()
    send(signed_in(world, world.people.member), f"/conferences/{conference.id}/cancel", {"reason": "台风停会"})
    assert conference.status is ConferenceStatus.CANCELLED
    page = page_of(world, conference, world.people.auditor)
    assert "台风停会" in page
    assert "缓议" in page


# ── the workbench ──────────────────────────────────────────────────────────────────────────────────────────────────


def tasks_of(world: World, person: Any) -> list[str]:
    """Where the buttons of a workbench lead."""
    page = get(signed_in(world, person), "/workbench")
    return re.findall(r'btn-sm btn-primary" href="(/conferences/[^"]+)"', page)


def test_a_member_is_told_what_waits_one_meeting_once(world: World) -> None:
    people = world.people
    transfers = world.evaluated(), world.evaluated(title="城市管家服务二片区")
    assert tasks_of(world, people.second_member) == ["/conferences/convene"]
    conference = world.convened(*transfers)
    assert tasks_of(world, people.member) == [f"/conferences/{conference.id}/open"]
    assert tasks_of(world, people.second_member) == []
    send(signed_in(world, people.member), f"/conferences/{conference.id}/open")
    votes = [f"/conferences/items/{item.id}/vote" for item in conference.items]
    assert tasks_of(world, people.second_member) == votes
    for item in conference.items:
        world.vote(item, *people.conference)
    assert tasks_of(world, people.second_member) == []
    assert tasks_of(world, people.member) == [f"/conferences/items/{item.id}/resolve" for item in conference.items]


def test_the_officer_sees_whom_the_plan_waits_for(world: World) -> None:
    transfer = world.evaluated()
    world.assembled(transfer)
    page = get(signed_in(world, world.people.officer), f"/transfers/{transfer.id}")
    assert "还有 3 位成员没有表决" in page


# ── the minutes ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_minutes_say_who_came_who_stood_aside_and_who_voted_how_and_why(world: World) -> None:
    people = world.people
    first, second = world.evaluated(), world.evaluated(title="城市管家服务二片区")
    conference = world.assembled(first, second)
    one, other = conference.items
    world.vote(one, people.member, people.second_member)
    world.vote(one, people.third_member, choice=Choice.AGAINST)
    world.do(declare_recusal, other, reason="亲属在投标组织任职", by=people.third_member)
    chair = signed_in(world, people.member)
    send(chair, f"/conferences/items/{one.id}/resolve", {"opinion": "同意按方案实施。"})
    refused = send(chair, f"/conferences/{conference.id}/close", status=422)
    assert "还有 1 项没有议定" in text_of(refused)
    send(chair, f"/conferences/items/{other.id}/resolve", {"opinion": "资料不齐，再议。"})
    send(chair, f"/conferences/{conference.id}/close")
    assert conference.status is ConferenceStatus.CLOSED
    assert other.outcome is ItemOutcome.DEFERRED
    client = signed_in(world, people.auditor)
    forget()
    answer = client.get(f"/conferences/{conference.id}/minutes")
    text = text_of_pdf(answer.data)
    for part in (
        "会议记录", conference.number, people.member.name, "受邀3位，法定人数2位，到会3位", first.number, "壹佰贰拾捌万元整", "90分，予以支持",
        "限价没有依据。", "有表决权3位：同意2票、反对1票、弃权0票，没有表决0位。", "决议龙联〔2025〕1号：通过。同意按方案实施。",
        f"{people.third_member.name}（本人申报：亲属在投标组织任职）", "缓议。资料不齐，再议。",
    ):  # fmt: skip
        assert part in text, part
    line = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc()).limit(1)).one()
    assert (line.deed, line.outcome, line.actor_id) == (Deed.CONFERENCE_READ, Outcome.READ, people.auditor.id)
    assert conference.text is not None
    assert line.told == {"sha256": conference.text.sha256}


def test_there_are_no_minutes_before_the_meeting_is_closed(world: World) -> None:
    conference = world.assembled()
    member = signed_in(world, world.people.member)
    assert conference.text is None
    assert status(member, f"/conferences/{conference.id}") == 200
    assert status(member, f"/conferences/{conference.id}/minutes") == 404


def test_minutes_are_not_made_of_what_nobody_has_seen(world: World) -> None:
    people = world.people
    conference = world.assembled()
    item = conference.items[0]
    world.vote(item, *people.conference)
    client = signed_in(world, people.member)
    send(client, f"/conferences/items/{item.id}/resolve", {"opinion": "同意。"})
    answer = send(client, f"/conferences/{conference.id}/close", {"seen": ""}, status=409)
    assert "又有变化" in text_of(answer)


# ── the cost ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/conferences", "/workbench", "/conferences/1"])
def test_a_longer_agenda_asks_no_more(world: World, path: str) -> None:
    people = world.people

    def asked() -> int:
        for _turn in range(2):
            forget()
            db.session.rollback()
            with counted() as statements:
                assert client.get(path).status_code == 200
        return len(statements)

    def agenda(*titles: str) -> None:
        conference = world.assembled(*(world.evaluated(title=title) for title in titles))
        for item in conference.items:
            world.vote(item, people.member)

    client = signed_in(world, people.second_member)
    agenda("一片区")
    few = asked()
    if path == "/conferences/1":
        path = "/conferences/2"
    agenda("二片区", "三片区", "四片区")
    many = asked()
    # A conference to come that has been read once more is one row more, and no statement more.
    assert many <= few


def test_whoever_convenes_has_all_that_waits_as_one_task(world: Any) -> None:
    transfer = world.resolved()
    world.forbid("绿化养护")
    tick(world.app, world.clock)
    assert transfer.is_paused_by_list
    page = get(signed_in(world, world.people.member), "/workbench")
    assert "有 1 项等着列入议程" in page
    assert 'href="/conferences/convene"' in page
    assert "等着列入议程" not in get(signed_in(world, world.people.supervisor), "/workbench")
