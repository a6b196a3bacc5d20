"""The directory as a browser sees it: applying, the gate, each office's page, the public list without personal data."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import text

from procurement.foundation.database import db
from procurement.registers.credit.models import CreditKind, credit_records_of
from procurement.registers.directory.models import ConditionKind, newest_listing_of
from procurement.transfers.conference.models import ItemKind
from tests.registers.test_directory import applied, evidenced, provider, record
from tests.web.browsing import forget, get, send, signed_in

# Pages ask nothing of their own of a database; that each is answered on both, the golden file of routes sees.
pytestmark = pytest.mark.sqlite_only

TYPED = {
    "kind": "城市管家服务", "codes": "011401", "staff": "2",
    **{f"claim_{kind.value}": "情况属实，见证明。" for kind in ConditionKind},
}  # fmt: skip


def test_an_organisation_applies_hands_in_evidence_and_every_office_finds_its_page(world: Any) -> None:
    own, officer = signed_in(world, provider(world)), signed_in(world, world.people.officer)
    send(own, "/directory/apply", {**TYPED, "department": str(world.people.department.id)})
    listing = newest_listing_of(provider(world).organisation_id)
    assert listing is not None
    path = f"/directory/{listing.id}"
    for condition in listing.conditions:
        address, document = f"{path}/conditions/{condition.id}/evidence", (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "年报.pdf")
        send(own, address, {"document": document, "expires_on": "2026-03-31"})
    send(officer, f"{path}/accept")
    for condition in listing.conditions:
        send(officer, f"{path}/conditions/{condition.id}/judge", {"verdict": "met", "remark": "核对无误"})
    send(signed_in(world, world.people.approver), f"{path}/opine", {"stance": "agrees", "opinion": "同意列入。"})
    (item,) = world.assembled(subjects=((ItemKind.LISTING, listing),)).items
    member = signed_in(world, world.people.member)
    ballot = get(member, f"/conferences/items/{item.id}/vote")
    for part in ("依法登记", "核对无误", "同意列入。", "妨碍列入的信用记录", "申请接着公示", "申请退回"):
        assert part in ballot
    get(officer, f"{path}/return", 409)
    world.vote(item, *world.people.conference)
    send(member, f"/conferences/items/{item.id}/resolve", {"opinion": "同意列入。"})
    assert "龙联〔2025〕1号" in get(member, path)
    send(officer, f"{path}/announce")
    page = get(officer, path)
    assert "公示中" in page
    assert "只表示优先，不作门槛" in page
    assert "核对无误" in page
    send(
        officer,
        f"{path}/objections/note",
        {"raised_by": "某居民", "content": "不实", "is_upheld": "no", "finding": "查无此事"},
    )
    assert "异议不成立" in get(officer, path)
    send(officer, f"{path}/publish", status=422)
    world.go_to(world.today + timedelta(days=21))
    send(officer, f"{path}/publish")
    visitor = world.app.test_client()
    for address in (
        "/directory",
        "/directory?code=0114",
        "/directory?q=第1",
        f"/organisations/{listing.organisation_id}",
    ):
        page = get(visitor, address)
        assert listing.organisation.name in page
        for private in (
            listing.organisation.representative,
            listing.organisation.phone,
            provider(world).login,
            "年报.pdf",
        ):
            assert private not in page
    assert listing.organisation.name not in get(visitor, "/directory?code=02")
    for kind in ("listing", "decision"):
        publication = listing.notice if kind == "listing" else listing.decision
        assert publication is not None
        assert "011401" in get(visitor, f"/announcements/{publication.reference}")
    send(officer, f"{path}/suspend", {"reason": "年报逾期"})
    send(officer, f"{path}/restore", {"reason": "已补报"})
    send(officer, f"{path}/remove", {"reason": "已注销"})
    assert listing.organisation.name not in get(visitor, "/directory")


def test_an_application_is_seen_by_its_organisation_and_the_offices_alone(world: Any) -> None:
    listing = evidenced(world, applied(world))
    path, evidence = f"/directory/{listing.id}", f"/directory/{listing.id}/conditions/{listing.conditions[0].id}/file"
    for reader in (provider(world), world.people.officer, world.people.member, world.people.supervisor):
        client = signed_in(world, reader)
        assert "提供的服务" in get(client, path)
        forget()
        assert client.get(evidence).status_code == 200
    stranger = signed_in(world, world.people.providers[1])
    get(stranger, path, 404)
    get(stranger, evidence, 404)
    get(stranger, "/directory/applications", 403)
    assert listing.organisation.name in get(signed_in(world, world.people.officer), "/directory/applications")
    assert listing.organisation.name in get(signed_in(world, world.people.officer), "/workbench")
    assert "已申请，等待受理" not in get(world.app.test_client(), f"/organisations/{listing.organisation_id}")


def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(world: Any) -> None:
    own = signed_in(world, provider(world))
    typed = {**TYPED, "codes": "999999", "staff": "1", "department": str(world.people.department.id)}
    page = send(own, "/directory/apply", typed, status=422).get_data(as_text=True)
    for part in ("999999", "少于要求的 2 人", "情况属实，见证明。"):
        assert part in page


def test_grades_and_records_are_entered_shown_ended_and_put_into_a_calendar(world: Any) -> None:
    organisation = provider(world).organisation
    path, officer = f"/organisations/{organisation.id}", signed_in(world, world.people.officer)
    send(officer, f"{path}/grades/enter", {"level": "4A", "from_day": "2024-01-10", "document": "龙民〔2024〕3号"})
    typed = {"kind": "irregular", "from_day": "2025-09-01", "document": "龙民异〔2025〕9号", "content": "未按时年报"}
    send(officer, f"{path}/credit-records/enter", typed)
    page = get(world.app.test_client(), path)
    for part in ("4A 级", "龙民〔2024〕3号", "列入活动异常名录", "未按时年报"):
        assert part in page
    assert "到期日" not in page
    own = signed_in(world, provider(world))
    forget()
    answer = own.get(f"{path}/expiries.ics")
    assert answer.mimetype == "text/calendar"
    (event,) = Calendar.from_ical(answer.get_data()).walk("VEVENT")
    assert str(event.decoded("dtstart")) == "2029-01-10"
    assert [alarm.decoded("trigger").days for alarm in event.walk("VALARM")] == [-30, -7, -1]
    get(signed_in(world, world.people.providers[1]), f"{path}/expiries.ics", 404)
    (row,) = credit_records_of(organisation.id)
    send(officer, f"{path}/credit-records/{row.id}/lift", {"last_day": "2025-09-20", "reason": "已补报"})
    assert "已补报" in get(world.app.test_client(), path)


def test_a_banned_organisation_reads_on_the_form_why_it_cannot_bid(world: Any) -> None:
    announcement = world.announced()
    record(world, CreditKind.BANNED, world.today, world.today + timedelta(days=30))
    own = signed_in(world, provider(world))
    typed = {"price": "1200000", "document": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "标书.pdf"), "truthful": "y"}
    page = send(own, f"/announcements/{announcement.id}/bid", typed, status=422).get_data(as_text=True)
    assert "不能参加竞争" in page


def test_a_telephone_number_lies_in_the_database_sealed(world: Any) -> None:
    organisation = provider(world).organisation
    kept = db.session.execute(
        text("SELECT phone FROM organisations WHERE id = :id"), {"id": organisation.id}
    ).scalar_one()
    assert kept.startswith("sealed:")
    assert organisation.phone not in kept
