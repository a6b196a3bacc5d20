"""The directory: an application's way to the list, the gate of conditions, credit records that act, reminders once each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, NotPermitted, OutOfTime, Refusals, WrongState
from procurement.registers import publications
from procurement.registers.access import Deed
from procurement.registers.audit import AuditLine
from procurement.registers.catalogue.models import ListKind, NegativeListEntry, ReferenceEdition, begin_edition
from procurement.registers.credit import operations as credit
from procurement.registers.credit.models import CreditKind, CreditRecord, Grade, GradeLevel
from procurement.registers.credit.rules import GradeTerms, RecordTerms, disclosed
from procurement.registers.directory import expiries, models, operations, rules
from procurement.registers.directory.models import ConditionKind, Listing, ListingStatus, Stance, Verdict
from procurement.registers.directory.rules import ListingTerms
from procurement.registers.notices import tray
from procurement.registers.organisations.models import InstitutionClass
from procurement.registers.people import Role, RoleGrant, User
from procurement.transfers.conference import operations as conference
from procurement.transfers.conference.models import AgendaItem, Choice, Ground, ItemKind, ItemOutcome
from procurement.web.ticking import tick
from tests.factories import World
from tests.web.browsing import get, send, signed_in, text_of

TERMS = ListingTerms(
    kind="城市管家服务", codes=("011401",), claims={kind: "情况属实，见证明。" for kind in ConditionKind}, staff=2
)


def provider(world: World) -> User:
    return world.people.providers[0]


def applied(world: World, **changes: Any) -> Listing:
    return world.do(
        operations.apply_listing, provider(world).organisation, replace(TERMS, **changes),
        department=world.people.department, by=provider(world),
    )  # fmt: skip


def evidenced(world: World, listing: Listing, expires_on: date | None = None) -> Listing:
    for condition in listing.conditions:
        world.do(operations.add_evidence, condition, world.print(), expires_on=expires_on, by=provider(world))
    return listing


def judged(world: World, listing: Listing) -> Listing:
    for condition in listing.conditions:
        world.do(operations.judge_condition, condition, Verdict.MET, "", by=world.people.officer)
    return listing


def opined(world: World, expires_on: date | None = None) -> Listing:
    listing = evidenced(world, applied(world), expires_on)
    world.do(operations.accept_listing, listing, by=world.people.officer)
    judged(world, listing)
    world.do(operations.opine_listing, listing, Stance.AGREES, "同意。", by=world.people.approver)
    return listing


def tabled(world: World, listing: Listing) -> AgendaItem:
    (item,) = world.assembled(subjects=((ItemKind.LISTING, listing),)).items
    return item


def resolve(world: World, item: AgendaItem, outcome: ItemOutcome, choice: Choice = Choice.FOR) -> None:
    world.vote(item, *item.entitled, choice=choice)
    world.do(conference.resolve_item, item, outcome, opinion="已审议。", by=world.people.member)


def reviewed(world: World, expires_on: date | None = None) -> Listing:
    listing = opined(world, expires_on)
    resolve(world, tabled(world, listing), ItemOutcome.ADOPTED)
    return listing


def on_notice(world: World) -> Listing:
    listing = reviewed(world)
    world.do(operations.announce_listing, listing, by=world.people.officer)
    return listing


def listed(world: World, expires_on: date | None = None) -> Listing:
    listing = reviewed(world, expires_on)
    world.do(operations.announce_listing, listing, by=world.people.officer)
    world.go_to(world.today + timedelta(days=21))
    world.do(operations.publish_listing, listing, by=world.people.officer)
    return listing


def record(world: World, kind: CreditKind, since: date, until: date | None = None) -> CreditRecord:
    terms = RecordTerms(kind, since, until, "龙财罚〔2025〕1号", "提供虚假材料")
    return world.do(credit.enter_credit_record, provider(world).organisation, terms, by=world.people.officer)


# ── the way to the list ────────────────────────────────────────────────────────────────────────────────────────────


def test_an_organisation_is_listed_by_the_deeds_of_many_people_and_is_public_then(world: World) -> None:
    listing = on_notice(world)
    assert models.listed() == []
    assert listing.notice is not None
    # Monday 22 September; the notice counts 23, 24, 25, 26 and, by the make-up day, Sunday 28.
    assert listing.notice.told["first_day"] == "2025-09-29"
    world.go_to(date(2025, 9, 28))
    world.refuse(
        operations.publish_listing, listing, by=world.people.officer, error=OutOfTime, says=["5 个工作日", "2025-09-29"],
        article="承接政府职能",
    )  # fmt: skip
    world.go_to(date(2025, 9, 29))
    world.do(operations.publish_listing, listing, by=world.people.officer)
    assert listing.status is ListingStatus.LISTED
    assert [row.id for row in models.listed("龙港第1", "0114")] == [listing.id]
    assert models.listed(code="02") == []
    told = publications.newest_publications(publications.PublicationKind.LISTING_DECISION)[0].told
    assert listing.organisation.representative not in str(told)
    assert listing.organisation.phone not in str(told)


def test_a_second_application_waits_until_the_first_is_returned(world: World) -> None:
    listing = applied(world)
    terms, department = TERMS, world.people.department
    world.refuse(
        operations.apply_listing, listing.organisation, terms, department=department, by=provider(world), error=Conflict
    )
    world.do(operations.return_listing, listing, "治理情况不清楚。", by=world.people.officer)
    assert applied(world).id != listing.id
    assert listing.reason == "治理情况不清楚。"


def test_an_application_is_refused_with_all_it_lacks(world: World) -> None:
    terms = replace(TERMS, codes=("999999",), staff=2, is_trade_association=True, claims={})
    refusal = world.refuse(
        operations.apply_listing, provider(world).organisation, terms, department=world.people.department,
        by=provider(world), error=Refusals,
    )  # fmt: skip
    assert isinstance(refusal, Refusals)
    fields = {row.field for row in refusal.refusals}
    assert fields == {"codes", "staff", *(f"claim_{kind.value}" for kind in ConditionKind)}
    assert any("少于要求的 3 人" in str(row) and "罗湖" in str(row) for row in refusal.refusals)


def test_an_application_is_not_accepted_before_every_condition_has_its_evidence(world: World) -> None:
    listing = applied(world)
    refusal = world.refuse(operations.accept_listing, listing, by=world.people.officer, error=Refusals)
    assert isinstance(refusal, Refusals)
    assert len(refusal.refusals) == len(ConditionKind)
    for condition in listing.conditions[1:]:
        world.do(operations.add_evidence, condition, world.print(), expires_on=None, by=provider(world))
    officer, path = signed_in(world, world.people.officer), f"/directory/{listing.id}/accept"
    page = get(officer, path)
    assert "“依法登记，能独立承担民事责任”还没有证明" in page
    assert "每一项条件都有了证明" not in page
    assert '<button class="btn btn-primary">' not in page
    world.do(operations.add_evidence, listing.conditions[0], world.print(), expires_on=None, by=provider(world))
    assert '<button class="btn btn-primary">' in get(officer, path)


@pytest.mark.parametrize(("code", "institution"), [("12", InstitutionClass.FIRST), ("13", None), ("11", None)])
def test_who_may_never_undertake_is_neither_listed_nor_takes_part_in_bids(
    world: World, code: str, institution: InstitutionClass | None
) -> None:
    announcement = world.announced()
    organisation = provider(world).organisation
    assert organisation is not None
    organisation.credit_code, organisation.institution = code + organisation.credit_code[2:], institution
    db.session.commit()
    department = world.people.department
    world.refuse(
        operations.apply_listing, organisation, TERMS, department=department, by=provider(world), error=Refusals,
        article="政府购买服务管理办法",
    )  # fmt: skip
    with pytest.raises(Exception, match=r"承接|购买主体"):
        world.submit(announcement, provider(world))


def test_the_joint_review_is_the_conferences_and_changes_nothing_until_it_is_resolved(world: World) -> None:
    listing, officer = opined(world), world.people.officer
    item = tabled(world, listing)
    assert listing.status is ListingStatus.TABLED
    world.refuse(
        operations.return_listing,
        listing,
        "不行。",
        by=officer,
        error=WrongState,
        says=["已列入联席会议议程", "不能退回"],
    )
    world.refuse(
        operations.add_evidence,
        listing.conditions[0],
        world.print(),
        expires_on=None,
        by=provider(world),
        error=WrongState,
    )
    resolve(world, item, ItemOutcome.ADOPTED)
    assert (listing.status, listing.resolution_number) == (ListingStatus.REVIEWED, "龙联〔2025〕1号")
    assert "接着公示" in tray(provider(world))[0].message
    world.do(operations.return_listing, listing, "撤回。", by=officer)
    assert listing.status is ListingStatus.RETURNED


def test_what_the_conference_puts_off_waits_again_and_what_it_returns_is_told_why(world: World) -> None:
    listing = opined(world)
    item = tabled(world, listing)
    world.do(conference.resolve_item, item, ItemOutcome.DEFERRED, opinion="再议。", by=world.people.member)
    assert listing.status is ListingStatus.OPINED
    resolve(world, tabled(world, listing), ItemOutcome.RETURNED, Choice.AGAINST)
    assert (listing.status, listing.reason) == (ListingStatus.RETURNED, "已审议。")
    assert tray(provider(world))[0].told["reason"] == "已审议"


def test_who_had_a_hand_in_an_application_has_no_vote_on_it(world: World) -> None:
    people, listing = world.people, opined(world)
    for person in (people.officer, people.approver):
        person.grants.append(RoleGrant(role=Role.MEMBER))
    db.session.commit()
    members = (*people.conference, people.officer, people.approver)
    (item,) = world.assembled(subjects=((ItemKind.LISTING, listing),), members=members).items
    grounds = {row.member_id: row.ground for row in item.recusals}
    assert grounds == {people.officer.id: Ground.JUDGED, people.approver.id: Ground.OPINED}
    world.refuse(
        conference.cast_vote, item, Choice.FOR, by=people.approver, says=["出具了业务主管单位意见", "没有表决权"]
    )


def test_a_gate_that_is_closed_keeps_a_listing_off_the_agenda_and_from_being_adopted(world: World) -> None:
    listing = opined(world)
    world.do(operations.add_evidence, listing.conditions[0], world.print(), expires_on=None, by=provider(world))
    terms = world.conference_terms(subjects=((ItemKind.LISTING, listing),))
    world.refuse(
        conference.convene_conference, None, terms, by=world.people.member, error=Refusals,
        says=["龙港第1环境服务社", "依法登记"],
    )  # fmt: skip
    judged(world, listing)
    item = tabled(world, listing)
    record(world, CreditKind.BANNED, world.today, world.today + timedelta(days=30))
    world.vote(item, *item.entitled)
    resolution: Any = {"opinion": "同意。", "by": world.people.member}
    world.refuse(
        conference.resolve_item, item, ItemOutcome.ADOPTED, error=Refusals, says=["信用记录", "龙财罚〔2025〕1号"], **resolution
    )  # fmt: skip
    world.do(conference.resolve_item, item, ItemOutcome.DEFERRED, **resolution)
    assert listing.status is ListingStatus.OPINED


def test_a_service_that_is_barred_or_left_the_catalogue_stops_an_application_at_every_door(world: World) -> None:
    people = world.people
    listing = evidenced(world, applied(world))
    world.forbid("垄断", barred="0114")
    edition = db.session.scalars(select(ReferenceEdition).order_by(ReferenceEdition.id.desc()).limit(1)).one()
    row = db.session.scalars(select(NegativeListEntry).where(NegativeListEntry.edition_id == edition.id)).one()

    def refused_while_barred(operation: Any, *args: Any, by: User, **more: Any) -> None:
        row.barred_codes = "0114"
        db.session.commit()
        says = ["011401", "N01“垄断”"]
        world.refuse(operation, *args, by=by, error=Refusals, says=says, article="预算法", **more)
        row.barred_codes = ""
        db.session.commit()

    assert "N01“垄断”" in get(signed_in(world, people.officer), f"/directory/{listing.id}")
    refused_while_barred(operations.accept_listing, listing, by=people.officer)
    world.do(operations.accept_listing, listing, by=people.officer)
    judged(world, listing)
    world.do(operations.opine_listing, listing, Stance.AGREES, "同意。", by=people.approver)
    terms = world.conference_terms(subjects=((ItemKind.LISTING, listing),))
    refused_while_barred(conference.convene_conference, None, terms, by=people.member)
    item = tabled(world, listing)
    world.vote(item, *item.entitled)
    refused_while_barred(conference.resolve_item, item, ItemOutcome.ADOPTED, opinion="同意。", by=people.member)
    world.do(conference.resolve_item, item, ItemOutcome.ADOPTED, opinion="同意。", by=people.member)
    refused_while_barred(operations.announce_listing, listing, by=people.officer)
    world.do(operations.announce_listing, listing, by=people.officer)
    world.go_to(world.today + timedelta(days=21))
    refused_while_barred(operations.publish_listing, listing, by=people.officer)
    begin_edition(ListKind.CATALOGUE, world.today, world.now)
    db.session.commit()
    world.refuse(
        operations.publish_listing,
        listing,
        by=people.officer,
        error=Refusals,
        says=["011401", "已不在", "购买服务目录"],
    )


def test_the_opinion_is_that_of_the_department_named_in_the_application(world: World) -> None:
    listing = evidenced(world, applied(world))
    world.do(operations.accept_listing, listing, by=world.people.officer)
    opinion = (Stance.AGREES, "同意。")
    world.refuse(operations.opine_listing, listing, *opinion, by=world.people.other_approver, error=NotPermitted)
    assert (listing.status, listing.stance) == (ListingStatus.COMPLETE, None)


def test_an_opinion_against_returns_the_application_with_its_reason(world: World) -> None:
    listing = evidenced(world, applied(world))
    world.do(operations.accept_listing, listing, by=world.people.officer)
    client, path = signed_in(world, world.people.approver), f"/directory/{listing.id}/opine"
    assert "这一项必须填写" in text_of(send(client, path, {"opinion": "专职人员是挂名的。"}, status=422))
    send(client, path, {"stance": "objects", "opinion": "专职人员是挂名的。"})
    db.session.refresh(listing)
    assert (listing.status, listing.stance) == (ListingStatus.RETURNED, Stance.OBJECTS)
    assert (listing.opinion, listing.reason) == ("专职人员是挂名的。",) * 2
    told = tray(provider(world))[0]
    assert ("不同意" in told.message, told.told["reason"]) == (True, "专职人员是挂名的")
    line = db.session.scalars(select(AuditLine).where(AuditLine.deed == Deed.LISTING_OPINE)).one()
    assert line.told == {"stance": "objects", "opinion": "专职人员是挂名的。"}
    assert "不同意" in get(signed_in(world, provider(world)), f"/directory/{listing.id}")


def test_an_objection_that_is_upheld_stops_the_listing_and_one_that_is_not_does_not(world: World) -> None:
    listing = on_notice(world)
    note = {"raised_by": "某居民", "content": "人员不实", "finding": "核实社保记录。"}
    world.do(operations.note_objection, listing, is_upheld=False, by=world.people.officer, **note)
    world.do(operations.note_objection, listing, is_upheld=True, by=world.people.officer, **note)
    world.go_to(date(2025, 9, 29))
    world.refuse(operations.publish_listing, listing, by=world.people.officer, says=["有异议成立"])
    world.do(operations.return_listing, listing, "异议成立。", by=world.people.officer)
    assert listing.status is ListingStatus.RETURNED


# ── the gate ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_too_few_staff_are_never_found_to_be_enough(world: World) -> None:
    listing = evidenced(world, applied(world))
    world.do(operations.accept_listing, listing, by=world.people.officer)
    staff = next(row for row in listing.conditions if row.kind is ConditionKind.STAFF)
    world.do(operations.add_evidence, staff, world.print(), expires_on=None, number=1, by=provider(world))
    world.refuse(
        operations.judge_condition,
        staff,
        Verdict.MET,
        "",
        by=world.people.officer,
        says=["1 人", "2 人"],
        article="罗湖",
    )
    assert staff.verdict is None


def test_new_evidence_is_judged_again_and_closes_the_gate_until_then(world: World) -> None:
    listing = opined(world)
    world.do(operations.add_evidence, listing.conditions[0], world.print(), expires_on=None, by=provider(world))
    assert listing.conditions[0].verdict is None
    assert not rules.holds(listing.conditions[0], world.today)


def test_evidence_that_has_expired_closes_the_gate(world: World) -> None:
    listing = reviewed(world, world.today + timedelta(days=1))
    world.go_to(world.today + timedelta(days=2))
    world.refuse(operations.announce_listing, listing, by=world.people.officer, error=Refusals, says=["到期"])
    assert listing.status is ListingStatus.REVIEWED


def test_the_grade_gives_points_and_bars_nobody(world: World) -> None:
    listing = listed(world)
    assert listing.status is ListingStatus.LISTED
    assert rules.points_of(listing, None, 0, world.today).total == 0
    terms = GradeTerms(GradeLevel.FOUR, date(2024, 1, 10), None, "龙民〔2024〕3号")
    grade = world.do(credit.enter_grade, listing.organisation, terms, by=world.people.officer)
    assert grade.until_day == date(2029, 1, 10)
    listing.is_tax_exempt = True
    assert rules.points_of(listing, grade, 3, world.today).total == 2 + 1 + 3


def test_a_grade_does_not_hold_longer_than_five_years(world: World) -> None:
    terms = GradeTerms(GradeLevel.FIVE, date(2024, 1, 10), date(2029, 1, 11), "龙民〔2024〕3号")
    world.refuse(
        credit.enter_grade, provider(world).organisation, terms, by=world.people.officer, error=Refusals,
        says=["2029-01-10"], article="社会组织评估管理办法", where="until_day",
    )  # fmt: skip
    assert db.session.query(Grade).count() == 0


# ── credit records act ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [CreditKind.IRREGULAR, CreditKind.DISHONEST, CreditKind.BANNED])
def test_a_bad_record_keeps_an_organisation_off_the_directory(world: World, kind: CreditKind) -> None:
    record(world, kind, world.today, world.today + timedelta(days=30))
    assert world.refuse(
        operations.apply_listing, provider(world).organisation, TERMS, department=world.people.department,
        by=provider(world), error=Refusals, says=[kind.label],
    )  # fmt: skip


def test_a_ban_that_has_ended_blocks_no_bid_but_the_directory_for_three_years(world: World) -> None:
    announcement = world.announced()
    row = record(world, CreditKind.BANNED, world.today - timedelta(days=400), world.today - timedelta(days=1))
    world.submit(announcement, provider(world))
    assert rules.blots([row], world.today) == [row]
    assert rules.blots([row], date(row.until_day.year + 3, 12, 31)) == []  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", [CreditKind.DISHONEST, CreditKind.BANNED])
def test_an_organisation_under_a_barring_record_cannot_bid(world: World, kind: CreditKind) -> None:
    announcement = world.announced()
    record(world, kind, world.today, world.today + timedelta(days=30))
    with pytest.raises(Exception, match="不能参加竞争") as caught:
        world.submit(announcement, provider(world))
    assert "第二十二条" in str(caught.value)
    assert "龙财罚〔2025〕1号" in str(caught.value)


def test_a_barring_record_suspends_a_listing_on_its_first_day_by_the_system(world: World) -> None:
    listing = listed(world)
    begins = world.today + timedelta(days=3)
    row = record(world, CreditKind.BANNED, begins, begins + timedelta(days=365))
    tick(world.app, world.clock)
    assert listing.status is ListingStatus.LISTED
    world.go_to(begins)
    tick(world.app, world.clock)
    tick(world.app, world.clock)
    assert listing.status is ListingStatus.SUSPENDED
    lines = db.session.scalars(select(AuditLine).where(AuditLine.deed == Deed.LISTING_SUSPEND)).all()
    assert [line.actor_id for line in lines] == [world.people.system.id]
    world.refuse(operations.restore_listing, listing, "更正。", by=world.people.officer, error=Refusals)
    world.refuse(credit.lift_credit_record, row, begins, "", by=world.people.officer, where="reason")
    assert models.listed() == []


def test_a_listing_is_suspended_restored_and_removed_with_reasons_and_may_be_applied_for_anew(world: World) -> None:
    listing = listed(world)
    world.refuse(operations.suspend_listing, listing, " ", by=world.people.officer, where="reason")
    world.do(operations.suspend_listing, listing, "年报逾期。", by=world.people.supervisor)
    world.do(operations.restore_listing, listing, "已补报。", by=world.people.officer)
    assert listing.status is ListingStatus.LISTED
    world.do(operations.remove_listing, listing, "注销。", by=world.people.officer)
    world.refuse(operations.restore_listing, listing, "再来。", by=world.people.officer, error=WrongState)
    assert applied(world).status is ListingStatus.APPLIED


def test_the_public_sees_a_bad_record_for_five_years(world: World) -> None:
    row = record(world, CreditKind.DISHONEST, date(2020, 9, 23), date(2022, 9, 23))
    assert disclosed([row], date(2025, 9, 22)) == [row]
    assert disclosed([row], date(2025, 9, 23)) == []


# ── reminders ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_expires_is_said_thirty_seven_and_one_day_before_once_each(world: World) -> None:
    ends = world.today + timedelta(days=40)
    listing = evidenced(world, applied(world))
    world.do(operations.add_evidence, listing.conditions[0], world.print(), expires_on=ends, by=provider(world))
    said = []
    for left in (31, 30, 29, 7, 6, 1, 0):
        world.go_to(ends - timedelta(days=left))
        before = len(tray(provider(world)))
        tick(world.app, world.clock)
        tick(world.app, world.clock)
        said.append(len(tray(provider(world))) - before)
    assert said == [0, 1, 0, 1, 0, 1, 0]


def test_a_renewed_certificate_is_not_reminded_of_any_more(world: World) -> None:
    listing = evidenced(world, applied(world), world.today + timedelta(days=5))
    due = expiries.due_expiries(world.now)
    assert len(due) == len(ConditionKind)
    (_expiry, key), *_rest = due
    evidenced(world, listing)
    assert world.do(expiries.remind_expiry, listing.organisation, key, by=world.people.system) is None
