"""Step 1: text, publication and the key that goes with it; each success, each refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procurement.foundation.errors import Conflict, NotPermitted, WrongState
from procurement.registers import audit
from procurement.registers.access import HOLDERS, Appointed, Deed
from procurement.registers.audit import canonical
from procurement.registers.notices import tray
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.statute.calendar import working_calendar
from procurement.steps import rooms
from procurement.steps.announcement import operations, rules
from procurement.steps.announcement.models import AnnouncementStatus, competition_key_of
from procurement.transfers.line import Step
from tests.factories import World, the_appointment

TEXT = {"summary": "征集承接组织。", "contact": "张三 0577-5990001"}


# ── the text ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_keeps_its_words(world: World) -> None:
    announcement = world.announcement_drafted()
    assert announcement.status is AnnouncementStatus.DRAFT
    assert announcement.closes_at == world.deadline(announcement.transfer)
    assert announcement.contact == "张三 0577-5990001"


def test_a_deadline_too_early_is_refused(world: World) -> None:
    transfer = world.keyed()
    early = world.deadline(transfer) - timedelta(days=30)
    world.refuse(
        operations.draft_announcement, transfer, closes_at=early, **TEXT, by=world.people.officer,
        says=("太早", "不少于 10 日", "最早是 2025-10-03"), where="closes_at", article="第十条",
    )  # fmt: skip


@pytest.mark.parametrize("field", ["summary", "submission_notes"])
def test_a_text_that_hits_the_negative_list_is_kept_and_not_published(world: World, field: str) -> None:
    transfer = world.keyed()
    announcement = world.do(
        operations.draft_announcement, transfer, closes_at=world.deadline(transfer),
        **(TEXT | {field: "含融资服务费。"}), by=world.people.officer,
    )  # fmt: skip
    world.told_before(transfer)
    world.assemble(announcement)
    world.refuse(
        operations.publish_announcement, announcement, by=world.people.officer, says=("融资",), where=field,
        article="第二部分",
    )  # fmt: skip


def test_a_text_that_forbids_is_published_after_one_finding(world: World) -> None:
    transfer = world.keyed()
    announcement = world.do(
        operations.draft_announcement, transfer, closes_at=world.deadline(transfer),
        **(TEXT | {"summary": "承接方不得提供贷款担保。"}), by=world.people.officer,
    )  # fmt: skip
    world.told_before(transfer)
    world.assemble(announcement)
    assert "筛查命中 1 处，等待认定" in world.lacking(transfer)
    world.refuse(
        operations.publish_announcement,
        announcement,
        by=world.people.officer,
        says=("起草人以外的一人",),
        where="summary",
    )
    world.find(transfer, by=world.people.colleague)
    world.do(operations.publish_announcement, announcement, by=world.people.officer)


def test_an_attempt_has_one_announcement(world: World) -> None:
    announcement = world.announcement_drafted()
    world.refuse(
        operations.draft_announcement, announcement.transfer, closes_at=announcement.closes_at, **TEXT,
        by=world.people.officer, error=Conflict, says=("已经起草",),
    )  # fmt: skip


def test_a_draft_is_revised_until_it_is_published(world: World) -> None:
    announcement = world.announcement_drafted()
    later = announcement.closes_at + timedelta(days=1)
    world.do(
        operations.revise_announcement, announcement, closes_at=later, summary="改过。", contact="李四",
        submission_notes="用 PDF。", by=world.people.colleague,
    )  # fmt: skip
    assert (announcement.closes_at, announcement.summary, announcement.contact) == (later, "改过。", "李四")
    world.refuse(
        operations.revise_announcement, announcement, closes_at=later - timedelta(days=30), **TEXT,
        by=world.people.officer, says=("太早",),
    )  # fmt: skip
    world.do(
        operations.revise_announcement, announcement, closes_at=later, **TEXT | {"summary": "承诺函"},
        by=world.people.officer,
    )  # fmt: skip
    world.refuse(
        operations.publish_announcement, announcement, by=world.people.officer, says=("采购文件还没有重新生成",)
    )
    world.assemble(announcement)
    world.refuse(operations.publish_announcement, announcement, by=world.people.officer, says=("承诺函",))
    world.do(operations.revise_announcement, announcement, closes_at=later, **TEXT, by=world.people.officer)
    world.assemble(announcement)
    world.do(operations.publish_announcement, announcement, by=world.people.officer)
    world.refuse(
        operations.revise_announcement, announcement, closes_at=later, **TEXT, by=world.people.officer, error=WrongState
    )


# ── publication ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_publication_ends_the_step_and_is_public_as_it_was(world: World) -> None:
    announcement = world.announced()
    assert (announcement.status, announcement.published_at) == (AnnouncementStatus.PUBLISHED, world.now)
    assert announcement.transfer.step is Step.COMPETITION
    (publication,) = newest_publications(PublicationKind.ANNOUNCEMENT)
    assert publication is announcement.publication
    assert publication.told["ceiling"] == announcement.transfer.plan.ceiling.fen
    assert publication.told["closes_at"].startswith("2025-10-")
    assert publication.facts == canonical(publication.told)
    for provider in world.people.providers:
        assert tray(provider)[0].message.startswith("新公告")


def test_the_competitions_key_is_made_at_publication_for_every_two_of_the_three(world: World) -> None:
    announcement = world.announcement_drafted()
    assert competition_key_of(announcement) is None
    world.do(operations.publish_announcement, announcement, by=world.people.officer)
    key = competition_key_of(announcement)
    assert key is not None
    assert (key.suite, key.attempt, key.used_at, key.made_at) == (2, 1, None, world.now)
    opener, witness, custodian = (the_appointment(announcement.transfer, kind).id for kind in HOLDERS)
    assert [(copy.outer_id, copy.inner_id) for copy in key.copies] == [
        (opener, witness), (opener, custodian), (witness, custodian),
    ]  # fmt: skip
    line = audit.lines_of_chain(announcement.transfer.chain_key)[0]
    assert (line.deed, line.told["public"]) == (Deed.ANNOUNCEMENT_PUBLISH, key.public.hex())


@pytest.mark.parametrize("missing", HOLDERS)
def test_nothing_is_published_while_one_of_the_three_is_missing(world: World, missing: Appointed) -> None:
    transfer = world.resolved()
    people = {
        Appointed.OPENER: world.people.payer, Appointed.OPENING_WITNESS: world.people.auditor,
        Appointed.CUSTODIAN: world.people.second_member,
    }  # fmt: skip
    for kind in HOLDERS:
        if kind is not missing:
            world.hold(transfer, kind, people[kind])
    announcement = world.do(
        operations.draft_announcement, transfer, closes_at=world.deadline(transfer), **TEXT, by=world.people.officer
    )
    world.told_before(transfer)
    world.assemble(announcement)
    article = "第四十条" if missing is Appointed.OPENER else "本系统的做法"
    world.refuse(
        operations.publish_announcement, announcement, by=world.people.officer,
        says=("还缺 1 项", f"还没有指定{missing.label}"), article=article,
    )  # fmt: skip
    appointment = world.appoint_holder(transfer, missing, people[missing])
    world.refuse(
        operations.publish_announcement, announcement, by=world.people.officer,
        says=("还缺 1 项", f"{missing.label}还没有接受指定"), article=article,
    )  # fmt: skip
    world.accept_holding(appointment)
    if missing is Appointed.CUSTODIAN:
        world.refuse(operations.publish_announcement, announcement, by=world.people.officer, says=("恢复单还没有核对",))
    assert competition_key_of(announcement) is None


def test_a_draft_that_has_lain_too_long_is_checked_again_for_the_day_of_publication(world: World) -> None:
    announcement = world.announcement_drafted()
    world.go_to(announcement.closes_at - timedelta(days=8))
    world.refuse(
        operations.publish_announcement, announcement, by=world.people.officer, says=("太早", "不少于 5 个工作日"),
        where="closes_at", article="第三十一条",
    )  # fmt: skip
    announcement_on_time = world.announcement_drafted(world.resolved(title="另一项"))
    world.do(operations.publish_announcement, announcement_on_time, by=world.people.officer)


def test_a_plan_is_screened_against_the_list_of_the_day_it_is_published(world: World) -> None:
    announcement = world.announcement_drafted()
    world.forbid("主干道保洁")
    world.refuse(
        operations.publish_announcement, announcement, by=world.people.officer, says=("主干道保洁",), article="预算法"
    )


def test_an_announcement_is_published_once(world: World) -> None:
    announcement = world.announced()
    world.refuse(operations.publish_announcement, announcement, by=world.people.officer, error=WrongState)


def test_only_an_officer_of_the_department_announces(world: World) -> None:
    announcement = world.announcement_drafted()
    for person in (world.people.other_officer, world.people.approver, world.people.providers[0], None):
        world.refuse(operations.publish_announcement, announcement, by=person, error=NotPermitted, says=("发布公告",))
        world.refuse(
            operations.draft_announcement,
            announcement.transfer,
            closes_at=world.now,
            **TEXT,
            by=person,
            error=NotPermitted,
        )
        world.refuse(
            operations.revise_announcement, announcement, closes_at=world.now, **TEXT, by=person, error=NotPermitted
        )


# ── the door plate ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_outstanding_shrinks_with_each_deed_and_names_its_article(world: World) -> None:
    transfer = world.resolved()
    told = "采购意向还没有公开；不可预见、急需的，可以写明理由不公开"
    nobody = ["还没有指定开启人", "还没有指定开启见证人", "还没有指定恢复单保管人"]
    assert world.lacking(transfer) == [told, *nobody, "公告还没有起草"]
    world.told_before(transfer)
    world.keyed(transfer)
    assert world.lacking(transfer) == ["公告还没有起草"]
    announcement = world.do(
        operations.draft_announcement, transfer, closes_at=world.deadline(transfer), **TEXT, by=world.people.officer
    )
    assert world.lacking(transfer) == ["采购文件还没有生成", "公告还没有发布"]
    world.assemble(announcement)
    assert world.lacking(transfer) == ["公告还没有发布"]
    world.do(operations.publish_announcement, announcement, by=world.people.officer)
    assert world.lacking(transfer)[0] == "公告在指定媒体的发布还没有登记，公告期限没有起算"
    world.in_medium(announcement)
    assert world.lacking(transfer)[0].startswith("正在接收投标")


def test_the_opener_whose_turn_it_is_is_named(world: World) -> None:
    transfer = world.resolved()
    world.appoint_holder(transfer, Appointed.OPENER, world.people.payer)
    standing = rooms.standing_of(transfer, world.now, working_calendar())
    assert standing.outstanding[1].people == {world.people.payer.id}


def test_the_next_moment_that_matters_is_the_opening(world: World) -> None:
    announcement = world.announced()
    (next_one, *_) = rooms.standing_of(announcement.transfer, world.now, working_calendar()).happenings
    assert next_one.at == rules.opens_at(announcement)


def test_a_second_attempt_starts_with_everything_outstanding(world: World) -> None:
    announcement = world.announced()
    world.go_to(rules.opens_at(announcement))
    world.fail(announcement, "无人投标")
    transfer = announcement.transfer
    lacking = world.lacking(transfer)
    assert lacking == ["还没有指定开启人", "还没有指定开启见证人", "还没有指定恢复单保管人", "公告还没有起草"]
    second = world.announced(transfer)
    assert (second.attempt, announcement.status) == (2, AnnouncementStatus.FAILED)
    assert second.id != announcement.id
