"""Findings: who may judge a hit, what it takes to clear one, what voids a finding; barred entries; attachments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import NotPermitted, Refusals, RuleBroken, WrongState
from procurement.registers.access import Deed
from procurement.registers.audit import lines_of_chain
from procurement.registers.catalogue.models import ReferenceEdition, entry_by_code
from procurement.registers.catalogue.rules import Bearing
from procurement.registers.files import FileKind
from procurement.registers.notices import tray
from procurement.registers.people import Role, RoleGrant
from procurement.registers.substitutions import grant_substitution
from procurement.statute.calendar import working_calendar
from procurement.steps import rooms
from procurement.transfers import operations
from procurement.transfers.line import Outstanding
from procurement.transfers.models import (
    Capacity,
    PlanAttachment,
    PlanStatus,
    ScreeningFinding,
    Transfer,
    attachments_of,
    findings_of,
)
from procurement.transfers.rules import Screened, terms_of
from procurement.transfers.screening import screened
from tests.factories import World, plan_terms

REASON = "这一句写的是禁止承接方做的事，不是要购买的内容。"
STOPPING = {"content": "由中标人融资建设，政府分期支付。"}
FORBIDDING = {"quality": "承接方不得提供贷款担保。"}


def hits(transfer: Transfer, world: World) -> list[Screened]:
    return rooms.screened(transfer, world.now)


def the_hit(transfer: Transfer, world: World) -> Screened:
    (hit,) = hits(transfer, world)
    return hit


def finding(transfer: Transfer, world: World, **more: Any) -> dict[str, Any]:
    return {"read": rooms.texts_beside_the_plan, "reason": REASON, **more}


def waiting(transfer: Transfer, world: World) -> list[Outstanding]:
    standing = rooms.standing_of(transfer, world.now, working_calendar())
    return [item for item in standing.outstanding if item.deed is Deed.FINDING_RECORD]


# ── what it takes ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_stopping_hit_is_cleared_by_a_second_person_and_the_supervisor_together(world: World) -> None:
    transfer = world.draft(plan_terms(**STOPPING))
    people = world.people
    for person in (people.approver, people.supervisor):
        world.refuse(operations.submit_plan, transfer.plan, by=people.officer, says=("融资",), where="content")
        world.find(transfer, by=person)
    assert the_hit(transfer, world).is_cleared
    world.do(operations.submit_plan, transfer.plan, by=people.officer)
    assert transfer.plan.status is PlanStatus.SUBMITTED


@pytest.mark.parametrize("finder", ["colleague", "approver", "supervisor"])
def test_a_hit_under_a_prohibition_is_cleared_by_any_one_other_person(world: World, finder: str) -> None:
    transfer = world.draft(plan_terms(**FORBIDDING))
    assert the_hit(transfer, world).hit.bearing is Bearing.UNDER_PROHIBITION
    world.refuse(
        operations.submit_plan, transfer.plan, by=world.people.officer, says=("起草人以外的一人",), where="quality"
    )
    world.find(transfer, by=getattr(world.people, finder))
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)


def test_a_keyword_for_review_stops_nothing_and_is_shown(world: World) -> None:
    transfer = world.draft(plan_terms(content="承接方不接触涉密资料。"))
    hit = the_hit(transfer, world)
    assert (hit.hit.bearing, hit.is_cleared) == (Bearing.TO_REVIEW, True)
    assert waiting(transfer, world) == []
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)


def test_a_finding_is_kept_with_person_capacity_reason_and_sentence(world: World) -> None:
    transfer = world.draft(plan_terms(**FORBIDDING))
    world.find(transfer, by=world.people.approver, reason=f"  {REASON} ")
    (row,) = findings_of([transfer])
    assert (row.found_by, row.capacity, row.reason) == (world.people.approver, Capacity.SECOND_PERSON, REASON)
    assert (row.field, row.keyword, row.code, row.sentence) == (
        "quality",
        "贷款担保",
        "N0403",
        "承接方不得提供贷款担保",
    )
    line = lines_of_chain(transfer.chain_key)[0]
    assert (line.deed, line.told["reason"], line.told["keyword"]) == (Deed.FINDING_RECORD, REASON, "贷款担保")
    assert [notice.told["keyword"] for notice in tray(world.people.officer)] == ["贷款担保"]


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_judges_a_hit_in_a_text_of_their_own(world: World) -> None:
    transfer = world.draft(plan_terms(**STOPPING))
    people = world.people
    fingerprint = the_hit(transfer, world).hit.fingerprint
    people.officer.grants.append(RoleGrant(role=Role.SUPERVISOR))
    db.session.commit()
    world.refuse(
        operations.record_finding, transfer, fingerprint, **finding(transfer, world), by=people.officer,
        says=("由您起草", "起草人以外"), article="政府采购需求管理办法",
    )  # fmt: skip
    # Who writes it anew is its drafter too, and who wrote it first remains one.
    world.do(operations.revise_plan, transfer.plan, terms_of(transfer.plan), by=people.colleague)
    for person in (people.officer, people.colleague):
        world.refuse(
            operations.record_finding, transfer, fingerprint, **finding(transfer, world), by=person, says=("由您起草",)
        )
    # Nor does who stands in for one of them.
    until = world.today + timedelta(days=5)
    world.do(grant_substitution, people.officer, people.approver, world.today, until, by=people.officer)
    world.refuse(
        operations.record_finding,
        transfer,
        fingerprint,
        **finding(transfer, world),
        by=people.approver,
        says=("您代理的",),
    )


def test_one_person_does_not_give_both_findings(world: World) -> None:
    transfer = world.draft(plan_terms(**STOPPING))
    both = world.people.approver
    both.grants.append(RoleGrant(role=Role.SUPERVISOR))
    db.session.commit()
    fingerprint = the_hit(transfer, world).hit.fingerprint
    world.find(transfer, by=both)
    world.refuse(
        operations.record_finding, transfer, fingerprint, **finding(transfer, world), by=both,
        says=("本部门另一人", "另一人作出"), article="政府采购需求管理办法",
    )  # fmt: skip
    world.find(transfer, by=world.people.supervisor)
    assert the_hit(transfer, world).is_cleared


def test_two_second_persons_are_no_supervisor(world: World) -> None:
    transfer = world.draft(plan_terms(**STOPPING))
    fingerprint = the_hit(transfer, world).hit.fingerprint
    world.find(transfer, by=world.people.approver)
    world.refuse(
        operations.record_finding, transfer, fingerprint, **finding(transfer, world), by=world.people.colleague,
        says=("不缺您的认定", "财政监管人员"), article="政府采购需求管理办法",
    )  # fmt: skip


def test_strangers_do_not_judge(world: World) -> None:
    transfer = world.draft(plan_terms(**STOPPING))
    people = world.people
    fingerprint = the_hit(transfer, world).hit.fingerprint
    for person in (people.other_officer, people.other_approver, people.member, people.payer, people.providers[0], None):
        world.refuse(
            operations.record_finding, transfer, fingerprint, **finding(transfer, world), by=person, error=NotPermitted
        )


@pytest.mark.parametrize("reason", ["", "   ", "误报误报误报误报误"])
def test_a_finding_without_a_reason_is_none(world: World, reason: str) -> None:
    transfer = world.draft(plan_terms(**STOPPING))
    fingerprint = the_hit(transfer, world).hit.fingerprint
    world.refuse(
        operations.record_finding, transfer, fingerprint, **finding(transfer, world, reason=reason),
        by=world.people.approver, says=(f"{len(reason.strip())} 个字", "至少 10 个字"), where="reason",
    )  # fmt: skip


def test_a_hit_that_is_gone_a_review_and_a_transfer_at_rest_are_not_judged(world: World) -> None:
    transfer = world.draft(plan_terms(**STOPPING))
    old = the_hit(transfer, world).hit.fingerprint
    world.do(operations.revise_plan, transfer.plan, plan_terms(content="接触涉密资料。"), by=world.people.officer)
    for fingerprint in (old, the_hit(transfer, world).hit.fingerprint, "0" * 64):
        world.refuse(
            operations.record_finding, transfer, fingerprint, **finding(transfer, world), by=world.people.approver,
            error=WrongState, says=("已经不在",),
        )  # fmt: skip
    resolved = world.resolved()
    world.do(operations.pause_transfer, resolved, reason="查", by=world.people.supervisor)
    world.refuse(
        operations.record_finding, resolved, old, **finding(resolved, world), by=world.people.approver, error=WrongState,
        says=("已暂停",),
    )  # fmt: skip


# ── what a finding holds for ───────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_sentence_voids_the_finding_and_a_space_does_not(world: World) -> None:
    transfer = world.draft(plan_terms(**FORBIDDING))
    world.find(transfer, by=world.people.approver)
    world.do(
        operations.revise_plan, transfer.plan, plan_terms(quality="承接方不得 提供貸款擔保。保洁每日两次。"),
        by=world.people.officer,
    )  # fmt: skip
    assert the_hit(transfer, world).is_cleared
    for text in ("承接方不得为他人提供贷款担保。", "除应急外，承接方不得提供贷款担保。"):
        world.do(operations.revise_plan, transfer.plan, plan_terms(quality=text), by=world.people.officer)
        assert not the_hit(transfer, world).is_cleared
    assert len(findings_of([transfer])) == 1


def test_a_new_row_asks_for_a_new_finding(world: World) -> None:
    transfer = world.draft(plan_terms(**FORBIDDING))
    world.find(transfer, by=world.people.approver)
    world.forbid("贷款担保", title="另一条")
    assert not the_hit(transfer, world).is_cleared


def test_a_finding_on_the_plan_holds_for_the_same_sentence_in_the_announcement(world: World) -> None:
    sentence = FORBIDDING["quality"]
    transfer = world.draft(plan_terms(**FORBIDDING))
    world.find(transfer, by=world.people.approver)
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)
    assert waiting(transfer, world) == []
    from procurement.transfers.rules import ScreenedText

    elsewhere = ScreenedText("summary", "公告摘要", f"另：{sentence}", frozenset())
    same = ScreenedText("summary", "公告摘要", f"另附。{sentence}", frozenset())
    day = local_day(world.now)
    assert [row.is_cleared for row in screened(transfer, day, [same])] == [True, True]
    assert [row.is_cleared for row in screened(transfer, day, [elsewhere])] == [True, False]


def test_a_list_that_is_not_yet_in_force_stops_nothing(world: World) -> None:
    transfer = world.draft()
    world.forbid("主干道保洁")
    edition = db.session.scalars(select(ReferenceEdition).order_by(ReferenceEdition.id.desc()).limit(1)).one()
    edition.in_force_on = world.today.replace(year=world.today.year + 1)
    db.session.commit()
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)


# ── whose turn it is ───────────────────────────────────────────────────────────────────────────────────────────────


def test_what_waits_for_findings_is_the_turn_of_those_who_may_give_one(world: World) -> None:
    people = world.people
    transfer = world.draft(plan_terms(**STOPPING, **FORBIDDING))
    (item,) = waiting(transfer, world)
    assert str(item) == "筛查命中 2 处，等待认定"
    assert item.people == {people.colleague.id, people.approver.id, people.supervisor.id}
    world.find(transfer, by=people.approver)
    (item,) = waiting(transfer, world)
    assert (str(item), item.people) == ("筛查命中 1 处，等待认定", {people.supervisor.id})
    world.find(transfer, by=people.supervisor)
    assert waiting(transfer, world) == []


# ── barred entries ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_under_a_barred_entry_is_not_drafted(world: World) -> None:
    world.forbid("没有这个词", barred="0114", title="基础设施建设")
    world.refuse(
        operations.draft_plan, world.people.department, plan_terms(), entry=entry_by_code("011401", world.today),
        by=world.people.officer, says=("011401", "N01", "基础设施建设", "任何认定都不能改变"), where="entry",
        article="预算法",
    )  # fmt: skip
    world.draft(code="020101")


def test_an_entry_that_comes_to_be_barred_stops_every_later_door_for_good(world: World) -> None:
    draft, announcement = world.draft(), world.announcement_drafted()
    world.forbid("没有这个词", barred="011401", title="基础设施建设")
    from procurement.steps.announcement.operations import publish_announcement

    officer = world.people.officer
    world.refuse(operations.revise_plan, draft.plan, plan_terms(), by=officer, where="entry", article="预算法")
    world.refuse(operations.submit_plan, draft.plan, by=officer, where="entry", article="预算法")
    world.refuse(publish_announcement, announcement, by=officer, where="entry", article="预算法")
    assert hits(draft, world) == []


# ── attachments ────────────────────────────────────────────────────────────────────────────────────────────────────


def attach(
    world: World, transfer: Transfer, text: str | None = "保洁台账样式", title: str = "台账样式"
) -> PlanAttachment:
    return world.do(
        operations.add_attachment, transfer.plan, world.print(), title=title, text=text, by=world.people.officer
    )


def test_an_attachment_is_kept_with_its_text_and_screened_under_its_title(world: World) -> None:
    transfer = world.draft()
    attachment = attach(world, transfer, "用工方式：劳务\n派遣。", "用工说明")
    assert (attachment.file.kind, attachment.title) == (FileKind.PDF, "用工说明")
    world.refuse(
        operations.submit_plan, transfer.plan, by=world.people.officer, says=("附件“用工说明”中的", "劳务派遣"),
        where=f"attachment-{attachment.id}", article="第十条第五项",
    )  # fmt: skip
    world.find(transfer, by=world.people.approver)
    world.find(transfer, by=world.people.supervisor)
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)


def test_the_title_of_an_attachment_is_screened_too(world: World) -> None:
    transfer = world.draft()
    attach(world, transfer, None, "劳务派遣方案")
    world.refuse(operations.submit_plan, transfer.plan, by=world.people.officer, says=("劳务派遣方案",))


def test_who_added_an_attachment_does_not_judge_its_text(world: World) -> None:
    transfer = world.draft()
    world.do(
        operations.add_attachment, transfer.plan, world.print(), title="说明", text="采用劳务派遣。",
        by=world.people.colleague,
    )  # fmt: skip
    fingerprint = the_hit(transfer, world).hit.fingerprint
    world.refuse(
        operations.record_finding, transfer, fingerprint, **finding(transfer, world), by=world.people.colleague,
        says=("由您起草或者修改过",),
    )  # fmt: skip


def test_a_removed_attachment_is_screened_no_more_and_stays_on_record(world: World) -> None:
    transfer = world.draft()
    attachment = attach(world, transfer, "采用劳务派遣。")
    sha256 = attachment.file.sha256
    world.do(operations.remove_attachment, attachment, by=world.people.officer)
    assert list(attachments_of([transfer.plan])) == []
    assert hits(transfer, world) == []
    line = lines_of_chain(transfer.chain_key)[0]
    assert (line.deed, line.told["sha256"]) == (Deed.ATTACHMENT_REMOVE, sha256)


def test_attachments_are_changed_while_the_plan_is_a_draft(world: World) -> None:
    transfer = world.draft()
    attachment = attach(world, transfer)
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)
    world.refuse(
        operations.remove_attachment, attachment, by=world.people.officer, error=WrongState, says=("待事前评估",)
    )
    world.refuse(
        operations.add_attachment, transfer.plan, world.print(), title="又一份", text=None, by=world.people.officer,
        error=WrongState, says=("待事前评估",),
    )  # fmt: skip


def test_only_an_officer_of_the_department_changes_attachments(world: World) -> None:
    transfer = world.draft()
    attachment = attach(world, transfer)
    for person in (world.people.approver, world.people.other_officer, world.people.supervisor, None):
        world.refuse(operations.remove_attachment, attachment, by=person, error=NotPermitted)
        world.refuse(
            operations.add_attachment,
            transfer.plan,
            world.print(),
            title="甲",
            text=None,
            by=person,
            error=NotPermitted,
        )


def test_an_attachment_needs_a_title_and_a_kind_that_is_taken(world: World) -> None:
    transfer = world.draft()
    from procurement.registers.files import Upload

    archive = Upload("0" * 64, 10, FileKind.ZIP, "甲.zip")
    refusal = world.refuse(
        operations.add_attachment, transfer.plan, archive, title=" ", text=None, by=world.people.officer, error=Refusals,
        says=("附件的名称",),
    )  # fmt: skip
    assert isinstance(refusal, Refusals)
    assert [(row.field, str(row)) for row in refusal.refusals][1] == (
        "document", "附件是ZIP 压缩包，可以作附件的是：PDF 文件、Word 文件、Excel 文件、JPG 图片、PNG 图片。",
    )  # fmt: skip


def test_an_attachment_full_of_hits_is_not_taken(world: World) -> None:
    transfer = world.draft()
    world.refuse(
        operations.add_attachment, transfer.plan, world.print(), title="甲", text="举债。" * 51, by=world.people.officer,
        says=("51 处", "50 处", "举债"), where="document",
    )  # fmt: skip


@pytest.mark.sqlite_only
def test_one_twenty_first_attachment_is_too_many(world: World) -> None:
    transfer = world.draft()
    for number in range(20):
        attach(world, transfer, title=f"附件{number}")
    world.refuse(
        operations.add_attachment, transfer.plan, world.print(), title="甲", text=None, by=world.people.officer,
        error=RuleBroken, says=("20 个附件",), where="document",
    )  # fmt: skip
    assert db.session.scalars(select(ScreeningFinding)).all() == []
