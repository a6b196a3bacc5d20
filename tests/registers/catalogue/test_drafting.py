"""Editions: drafted row by row from the last one, compared, and put in force by the joint conference from a day on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from procurement.foundation.database import db
from procurement.foundation.errors import NotFound, NotPermitted, Refusals, WrongState
from procurement.registers.audit import first_broken_line
from procurement.registers.catalogue import drafting, models
from procurement.registers.catalogue.editions import CatalogueTerms, NegativeTerms, compare
from procurement.registers.catalogue.models import (
    BasisStatus,
    EditionStatus,
    ListKind,
    NegativeListEntry,
    ReferenceEdition,
    Severity,
)
from procurement.registers.catalogue.search import search
from procurement.registers.notices import tray
from procurement.transfers.conference import operations as conference
from procurement.transfers.conference.models import AgendaItem, Ground, ItemKind, ItemOutcome
from procurement.transfers.operations import draft_plan
from tests.factories import World, plan_terms

pytestmark = pytest.mark.sqlite_only

ITEM = CatalogueTerms(
    name="城市声环境巡护服务", scope="夜间噪声巡查和劝导", department_name="综合行政执法局", suitable=True, unit="次"
)
HEADING = CatalogueTerms(name="噪声治理")


def drafted(world: World, kind: ListKind = ListKind.CATALOGUE) -> ReferenceEdition:
    people = world.people
    return world.do(drafting.draft_edition, people.department, kind, reason="新的服务需求。", by=people.officer)


def row(edition: ReferenceEdition, code: str) -> Any:
    return drafting.row_at(edition, code)


def submitted(world: World, edition: ReferenceEdition, days: int = 10) -> ReferenceEdition:
    world.do(
        drafting.submit_edition, edition, in_force_on=world.today + timedelta(days=days),
        consultation="征求各部门意见，无异议。", by=world.people.officer,
    )  # fmt: skip
    return edition


def tabled(world: World, edition: ReferenceEdition) -> AgendaItem:
    (item,) = world.assembled(world.evaluated(), subjects=((ItemKind.EDITION, edition),)).items
    return item


def adopted(world: World, edition: ReferenceEdition, days: int = 10) -> ReferenceEdition:
    item = tabled(world, submitted(world, edition, days))
    world.vote(item, *world.people.conference[:2])
    world.do(conference.resolve_item, item, ItemOutcome.ADOPTED, opinion="同意。", by=world.people.member)
    return edition


# ── who, and how many at a time ────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_a_whole_copy_and_belongs_to_its_department(world: World) -> None:
    edition = drafted(world)
    assert (edition.number, edition.status, edition.department_id) == (
        2,
        EditionStatus.DRAFT,
        world.people.department.id,
    )
    assert len(models.rows_of(edition)) == len(models.rows_of(edition.base)) == 221
    assert drafting.comparison_of(edition).is_empty
    parents = {entry.id: entry.code for entry in models.rows_of(edition)}
    assert all(entry.level == 1 or entry.code.startswith(parents[entry.parent_id]) for entry in models.rows_of(edition))
    world.refuse(
        drafting.add_entry,
        edition,
        "011499",
        ITEM,
        parent_code="0114",
        by=world.people.other_officer,
        error=NotPermitted,
    )
    world.do(drafting.amend_entry, row(edition, "01"), HEADING, by=world.people.supervisor)
    world.refuse(
        drafting.draft_edition, world.people.other_department, ListKind.CATALOGUE, reason="也要改", by=world.people.other_officer,
        error=WrongState, says=("购买服务目录第 2 版", "起草中"),
    )  # fmt: skip


def test_a_member_of_the_public_and_a_payer_draft_nothing(world: World) -> None:
    for person in (world.people.payer, world.people.providers[0], world.people.member):
        world.refuse(
            drafting.draft_edition,
            world.people.department,
            ListKind.CATALOGUE,
            reason="改",
            by=person,
            error=NotPermitted,
        )


# ── codes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_code_is_given_once_over_all_editions_and_once_in_a_draft(world: World) -> None:
    edition, officer = drafted(world), world.people.officer
    world.do(drafting.retire_entry, row(edition, "011401"), by=officer)
    for code, says in (
        ("011401", ("011401", "第 1 版", "不能再给")),
        ("011402", ("011402", "已经有了")),
        ("0115", ("0115", "0114", "再加两位数字")),
        ("01149", ("01149",)),
        ("", ("再加两位数字",)),
    ):
        world.refuse(
            drafting.add_entry,
            edition,
            code,
            ITEM,
            parent_code="0114",
            by=officer,
            says=says,
            article="本系统",
            where="code",
        )
    world.do(drafting.add_entry, edition, "011499", ITEM, parent_code="0114", by=officer)
    # What never was in force is nobody's yet.
    world.do(drafting.retire_entry, row(edition, "011499"), by=officer)
    world.do(drafting.add_entry, edition, "011499", ITEM, parent_code="0114", by=officer)
    world.refuse(drafting.add_entry, edition, "01149901", ITEM, parent_code="011499", by=officer, says=("最末一级",))


def test_a_retired_entry_can_be_put_back_in_the_same_draft_only_as_it_stood(world: World) -> None:
    edition, officer = drafted(world), world.people.officer
    world.do(drafting.amend_entry, row(edition, "011401"), ITEM, by=officer)
    world.do(drafting.retire_entry, row(edition, "011401"), by=officer)
    world.do(drafting.restore_entry, edition, "011401", by=officer)
    assert drafting.comparison_of(edition).is_empty
    world.refuse(drafting.restore_entry, edition, "011401", by=officer, says=("没有停用",))
    world.refuse(drafting.restore_entry, edition, "999999", by=officer, error=NotFound)


def test_a_heading_is_not_retired_over_its_entries(world: World) -> None:
    edition = drafted(world)
    world.refuse(drafting.retire_entry, row(edition, "0114"), by=world.people.officer, says=("0114", "011401"))


def test_a_moved_heading_takes_its_entries_along_and_every_code_is_new(world: World) -> None:
    edition, officer = drafted(world), world.people.officer
    world.refuse(
        drafting.move_entry,
        row(edition, "0114"),
        "0199",
        parent_code="0115",
        by=officer,
        says=("上一级",),
        where="parent",
    )
    world.refuse(drafting.move_entry, row(edition, "0114"), "0199", parent_code="01", by=officer, where="parent")
    world.refuse(drafting.move_entry, row(edition, "0114"), "0201", parent_code="02", by=officer, where="code")
    world.do(drafting.move_entry, row(edition, "0114"), "0299", parent_code="02", by=officer)
    assert row(edition, "029901").origin == "011401"
    moved = drafting.comparison_of(edition).moved
    assert ("0114", "0299") in [
        (change.before.code, change.after.code) for change in moved if change.before and change.after
    ]
    assert drafting.comparison_of(edition).counts["added"] == 0
    world.refuse(drafting.add_entry, edition, "0114", HEADING, parent_code="01", by=officer, where="code")


def test_an_entry_that_the_negative_list_bars_is_not_moved_out_of_it(world: World) -> None:
    world.forbid("禁用词", barred="0114")
    edition = drafted(world)
    world.refuse(
        drafting.move_entry,
        row(edition, "011401"),
        "020199",
        parent_code="0201",
        by=world.people.officer,
        says=("011401", "N01"),
    )


# ── compared ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_editions_compared_name_what_was_added_retired_renamed_moved_and_amended(world: World) -> None:
    edition, officer = drafted(world), world.people.officer
    world.do(drafting.add_entry, edition, "011499", ITEM, parent_code="0114", by=officer)
    world.do(drafting.retire_entry, row(edition, "011402"), by=officer)
    world.do(drafting.amend_entry, row(edition, "011401"), ITEM, by=officer)
    world.do(drafting.move_entry, row(edition, "011401"), "020199", parent_code="0201", by=officer)
    found = drafting.comparison_of(edition)
    assert found.counts == {"added": 1, "retired": 1, "renamed": 1, "moved": 1, "amended": 1}
    assert [change.code for change in (*found.added, *found.retired, *found.renamed, *found.moved)] == [
        "011499", "011402", "020199", "020199",
    ]  # fmt: skip
    assert "scope" in found.amended[0].columns
    # The other way round, what was added is retired.
    base = models.rows_of(edition.base)
    back = compare(models.rows_of(edition), base, ListKind.CATALOGUE)
    assert (back.counts["added"], back.counts["retired"]) == (1, 1)


def test_an_item_lacking_anything_is_refused_with_all_that_it_lacks(world: World) -> None:
    edition = drafted(world)
    refused = world.refuse(
        drafting.add_entry,
        edition,
        "011499",
        CatalogueTerms(name=" "),
        parent_code="0114",
        by=world.people.officer,
        error=Refusals,
    )
    assert isinstance(refused, Refusals)
    assert [fault.field for fault in refused.refusals] == ["name", "scope", "department_name", "unit"]


# ── in force ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_not_submitted_without_a_change_a_consultation_and_a_day_to_come(world: World) -> None:
    edition = drafted(world)
    refused = world.refuse(
        drafting.submit_edition, edition, in_force_on=world.today - timedelta(days=1), consultation=" ",
        by=world.people.officer, error=Refusals,
    )  # fmt: skip
    assert isinstance(refused, Refusals)
    assert [fault.field for fault in refused.refusals] == [None, "consultation", "in_force_on"]
    assert "第十三条" in str(refused.refusals[1].article)


def test_a_resolution_puts_an_edition_in_force_from_its_day_and_not_before(world: World) -> None:
    edition, officer = drafted(world), world.people.officer
    world.do(drafting.add_entry, edition, "011499", ITEM, parent_code="0114", by=officer)
    world.do(drafting.move_entry, row(edition, "011401"), "020199", parent_code="0201", by=officer)
    adopted(world, edition)
    assert edition.status is EditionStatus.ADOPTED
    assert edition.resolution.startswith("龙联〔2025〕")
    assert "起施行" in str(tray(officer)[0].message)
    eve, first = world.today + timedelta(days=9), world.today + timedelta(days=10)
    bundled = models.edition_in_force(ListKind.CATALOGUE, eve)
    assert bundled is not None
    assert bundled.number == 1
    assert models.edition_in_force(ListKind.CATALOGUE, first) == edition
    assert models.entry_by_code("011499", eve) is None
    assert search("声环境巡护", bundled) == []
    assert [hit.entry.code for hit in search("声环境巡护", edition)] == ["011499"]
    # The old code still leads to the entry, and its history tells both.
    found = models.entry_by_code("011401", first)
    assert found is not None
    assert found.code == "020199"
    assert [entry.code for entry in models.history_of(ListKind.CATALOGUE, "020199")] == ["011401", "020199"]
    assert first_broken_line() is None


def test_a_transfer_keeps_its_edition_and_a_plan_is_drafted_under_the_one_of_the_day(world: World) -> None:
    edition, officer = drafted(world), world.people.officer
    old = models.entry_by_code("011401", world.today)
    transfer = world.draft()
    world.do(drafting.amend_entry, row(edition, "011401"), ITEM, by=officer)
    adopted(world, edition)
    world.go_to(world.now + timedelta(days=11))
    assert (transfer.catalogue_entry.name, transfer.catalogue_entry.edition.number) == ("城市管家服务", 1)
    world.refuse(
        draft_plan,
        world.people.department,
        plan_terms(),
        entry=old,
        by=officer,
        says=("011401", "第 1 版"),
        where="entry",
    )
    assert world.draft().catalogue_entry.edition == edition


def test_a_day_that_has_passed_becomes_the_day_of_the_resolution(world: World) -> None:
    edition = drafted(world)
    world.do(drafting.amend_entry, row(edition, "01"), HEADING, by=world.people.officer)
    submitted(world, edition, days=1)
    world.go_to(world.now + timedelta(days=5))
    item = tabled(world, edition)
    world.vote(item, *world.people.conference[:2])
    world.do(conference.resolve_item, item, ItemOutcome.ADOPTED, opinion="同意。", by=world.people.member)
    assert edition.in_force_on == world.today


def test_before_the_conference_a_draft_changes_no_more_and_returned_it_does(world: World) -> None:
    edition, officer = drafted(world), world.people.officer
    world.do(drafting.amend_entry, row(edition, "01"), HEADING, by=officer)
    item = tabled(world, submitted(world, edition))
    world.refuse(
        drafting.amend_entry, row(edition, "01"), HEADING, by=officer, error=WrongState, says=("已列入联席会议议程",)
    )
    world.refuse(drafting.discard_edition, edition, reason="不改了", by=officer, error=WrongState)
    people = world.people.conference
    for voter in people:
        world.do(conference.cast_vote, item, conference.Choice.AGAINST, reason="不清楚", by=voter)
    world.do(conference.resolve_item, item, ItemOutcome.RETURNED, opinion="写清范围。", by=world.people.member)
    assert (edition.status, edition.return_reason) == (EditionStatus.DRAFT, "写清范围。")
    world.do(drafting.discard_edition, edition, reason="不改了", by=officer)
    assert models.rows_of(edition) == []
    assert drafted(world).number == 3


def test_who_drafted_an_edition_has_no_vote_on_it(world: World) -> None:
    edition = drafted(world)
    world.do(drafting.amend_entry, row(edition, "01"), HEADING, by=world.people.officer)
    edition.submitted_by_id = world.people.third_member.id
    edition.status, edition.in_force_on = EditionStatus.SUBMITTED, date(2025, 10, 9)
    db.session.commit()
    (recusal,) = tabled(world, edition).recusals
    assert (recusal.member, recusal.ground) == (world.people.third_member, Ground.DRAFTER)


# ── the negative list, in the same way ─────────────────────────────────────────────────────────────────────────────


def test_the_negative_list_is_drafted_in_the_same_way_and_screens_from_its_day(world: World) -> None:
    edition, officer = drafted(world, ListKind.NEGATIVE_LIST), world.people.officer
    terms = NegativeTerms(
        title="代收费用", basis="《预算法》第三十五条", severity=Severity.PROHIBITED, basis_status=BasisStatus.VERIFIED,
        keywords=("代收费用",), barred_codes=("011402",),
    )  # fmt: skip
    for changes, where in (
        ({"keywords": (), "barred_codes": ()}, "keywords"),
        ({"keywords": ("费",)}, "keywords"),
        ({"barred_codes": ("999999",)}, "barred_codes"),
        ({"basis": " "}, "basis"),
    ):
        faulty = NegativeTerms(**{name: getattr(terms, name) for name in terms.__slots__} | changes)
        world.refuse(drafting.add_entry, edition, "N99", faulty, by=officer, where=where)
    world.refuse(drafting.add_entry, edition, "99", terms, by=officer, where="code", says=("N",))
    world.do(drafting.add_entry, edition, "N99", terms, by=officer)
    adopted(world, edition, days=1)
    assert world.draft(plan_terms(content="代收费用")).plan is not None
    tomorrow = world.today + timedelta(days=1)
    assert "N99" not in {entry.code for entry in models.negative_list_in_force(world.today)}
    added = next(entry for entry in models.negative_list_in_force(tomorrow) if entry.code == "N99")
    assert (added.keyword_list, added.barred_code_list) == (["代收费用"], ["011402"])
    assert (
        db.session.scalar(
            select(func.count()).select_from(NegativeListEntry).where(NegativeListEntry.edition_id == edition.id)
        )
        == 27
    )
