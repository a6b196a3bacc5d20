"""Hits on the pages: marked where they stand, judged by those who may, and said before a door is refused; attachments."""

from __future__ import annotations

import io
from typing import Any

import docx
import pytest

from procurement.foundation.database import db
from procurement.registers.audit import AuditLine, Outcome
from procurement.transfers.models import PlanStatus, Transfer, attachments_of, findings_of
from tests.factories import plan_terms
from tests.web.browsing import counted, fields_of, forget, get, send, signed_in, status, text_of
from tests.web.test_accessibility import look as look_with_axe
from tests.web.test_pages_of_the_line import look

# Pages ask nothing of their own of a database; that each is answered on both, the golden file of routes sees.
pytestmark = pytest.mark.sqlite_only

REASON = "这一句写的是禁止承接方做的事，不是要购买的内容。"
STOPPING = {"content": "由中标人融资建设。\n每日保洁。"}
FORBIDDING = {"quality": "承接方不得提供贷款担保。"}


def drafted(world: Any, **changes: str) -> Transfer:
    transfer: Transfer = world.draft(plan_terms(**changes))
    return transfer


def word_file(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def attach(client: Any, transfer: Transfer, content: bytes, name: str, status: int = 303) -> Any:
    path = f"/transfers/{transfer.id}/attachments/add"
    return send(client, path, {"title": "用工说明", "document": (io.BytesIO(content), name)}, status=status)


# ── the plan's page ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_that_hits_is_saved_and_says_so(world: Any) -> None:
    transfer = drafted(world)
    client = signed_in(world, world.people.officer)
    path = f"/transfers/{transfer.id}/plan/revise/content"
    send(client, path, {"content": STOPPING["content"], "quality": FORBIDDING["quality"]})
    said = get(client, f"/transfers/{transfer.id}")
    assert "“内容、数量、质量和标准”一节已保存" in said
    assert "全文有 2 处命中负面清单" in said
    assert transfer.plan.content == STOPPING["content"]
    again = get(client, path)
    assert '<span lang="zh-CN">“由中标人<mark>融资</mark>建设”</span>' in again
    assert 'aria-describedby="content-s1"' in again


def test_every_hit_is_marked_in_its_text_with_degree_row_article_and_what_lacks(world: Any) -> None:
    transfer = drafted(world, **STOPPING, **FORBIDDING)
    page = get(signed_in(world, world.people.approver), f"/transfers/{transfer.id}/plan")
    assert "由中标人<mark>融资</mark>建设。\n每日保洁。" in page
    assert "承接方不得提供<mark>贷款担保</mark>。" in page
    for said in ("命中禁止项", "写在禁止之下", "N0403", "第十条第四项", "还缺书面认定：本部门另一人、财政监管人员"):
        assert said in page
    assert page.count("/findings/record?hit=") == 2


def test_a_hit_in_a_table_is_marked_in_its_cell(world: Any) -> None:
    from dataclasses import replace

    first, *others = plan_terms().indicators
    terms = plan_terms(indicators=(replace(first, target="举债零发生"), *others))
    page = get(signed_in(world, world.people.officer), f"/transfers/{world.draft(terms).id}/plan")
    assert "<mark>举债</mark>零发生</td>" in page


def test_the_drafter_sees_no_way_to_judge_and_a_reader_neither(world: Any) -> None:
    transfer = drafted(world, **STOPPING)
    for person in (world.people.officer, world.people.member):
        assert "/findings/record" not in get(signed_in(world, person), f"/transfers/{transfer.id}/plan")


def test_a_barred_entry_is_said_on_the_plan_and_before_a_new_one_is_filled_in(world: Any) -> None:
    transfer = drafted(world)
    world.forbid("没有这个词", barred="0114", title="基础设施建设")
    client = signed_in(world, world.people.officer)
    assert "任何认定都不能改变" in get(client, f"/transfers/{transfer.id}/plan")
    assert "任何认定都不能改变" in get(client, "/transfers/new/011401", status=422)


# ── findings ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_goes_on_after_two_people_have_judged_its_hit_in_the_browser(world: Any) -> None:
    transfer = drafted(world, **STOPPING)
    base = f"/transfers/{transfer.id}"
    officer = signed_in(world, world.people.officer)
    refused = send(officer, f"{base}/plan/submit", status=422)
    assert "“服务内容”一栏“由中标人融资建设”里有“融资”，属于负面清单 N04" in text_of(refused)
    for person in (world.people.approver, world.people.supervisor):
        client = signed_in(world, person)
        assert "筛查命中 1 处，等待认定" in get(client, "/workbench")
        assert f"{base}/findings/record" in get(client, "/workbench")
        send(client, f"{base}/findings/record", {"reason": REASON})
        assert f"{base}/findings/record" not in get(client, "/workbench")
    assert len(findings_of([transfer])) == 2
    assert REASON in get(officer, f"{base}/plan")
    send(officer, f"{base}/plan/submit")
    assert transfer.plan.status is PlanStatus.SUBMITTED


def test_the_hit_that_was_clicked_is_chosen_and_none_of_several_by_itself(world: Any) -> None:
    transfer = drafted(world, **STOPPING, **FORBIDDING)
    client = signed_in(world, world.people.approver)
    path = f"/transfers/{transfer.id}/findings/record"
    plan = get(client, f"/transfers/{transfer.id}/plan")
    chosen = plan.split("/findings/record?hit=")[1].split('"')[0]
    assert fields_of(get(client, f"{path}?hit={chosen}"))["hit"] == chosen
    assert "hit" not in fields_of(get(client, path))
    answer = send(client, path, {"reason": REASON}, status=422)
    assert "这一项必须填写" in text_of(answer)


def test_a_short_reason_keeps_the_form(world: Any) -> None:
    transfer = drafted(world, **STOPPING)
    client = signed_in(world, world.people.approver)
    answer = send(client, f"/transfers/{transfer.id}/findings/record", {"reason": "误报"}, status=422)
    assert "至少 10 个字" in text_of(answer)
    assert "误报</textarea>" in answer.get_data(as_text=True)


def test_the_drafter_who_sends_the_form_is_refused_and_leaves_a_line(world: Any) -> None:
    transfer = drafted(world, **STOPPING)
    path = f"/transfers/{transfer.id}/findings/record"
    approver, officer = (signed_in(world, person) for person in (world.people.approver, world.people.officer))
    page = get(approver, path)
    hit = page.split('name="hit"')[1].split('value="')[1].split('"')[0]
    get(officer, path, status=409)
    forget()
    token = get(officer, f"/transfers/{transfer.id}/plan/submit").split('name="csrf_token" value="')[1].split('"')[0]
    forget()
    answer = officer.post(path, data={"csrf_token": token, "hit": hit, "reason": REASON})
    assert answer.status_code == 422
    assert "由您起草或者修改过" in text_of(answer)
    last = db.session.query(AuditLine).order_by(AuditLine.id.desc()).first()
    assert last is not None
    assert (last.outcome, last.actor_id) == (Outcome.REFUSED, world.people.officer.id)


def test_nobody_without_the_right_reaches_the_page(world: Any) -> None:
    transfer = drafted(world, **STOPPING)
    path = f"/transfers/{transfer.id}/findings/record"
    assert status(signed_in(world, world.people.other_officer), path) == 404
    assert status(signed_in(world, world.people.member), path) == 403


# ── announcement and agreement ─────────────────────────────────────────────────────────────────────────────────────


def test_an_announcement_that_forbids_is_published_after_a_finding(world: Any) -> None:
    announcement = world.announcement_drafted()
    base = f"/transfers/{announcement.transfer.id}"
    officer = signed_in(world, world.people.officer)
    send(officer, f"{base}/announcement/revise", {"summary": "征集承接组织，不得提供贷款担保。"})
    assert "<mark>贷款担保</mark>" in get(officer, f"{base}/announcement/revise")
    world.assemble(announcement)
    refused = send(officer, f"{base}/announcement/publish", status=422)
    assert "“公告摘要”一栏" in text_of(refused)
    colleague = signed_in(world, world.people.colleague)
    assert "公告和协议文字里的命中" in get(colleague, f"{base}/plan")
    send(colleague, f"{base}/findings/record", {"reason": REASON})
    send(officer, f"{base}/announcement/publish")


def test_the_form_of_an_agreement_shows_the_hits_in_what_is_saved(world: Any) -> None:
    agreement = world.agreement_drafted()
    base = f"/transfers/{agreement.transfer.id}"
    officer = signed_in(world, world.people.officer)
    send(officer, f"{base}/agreement/revise", {"special_terms": "采购人出具承诺函。"})
    assert "<mark>承诺函</mark>" in get(officer, f"{base}/agreement/revise")
    assert "筛查命中 1 处，等待认定" in get(officer, base)


# ── attachments ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_text_of_a_word_file_is_screened_and_shown_under_its_title(world: Any) -> None:
    transfer = drafted(world)
    client = signed_in(world, world.people.officer)
    content = word_file("用工方式", "采用勞務派遣用工。")
    attach(client, transfer, content, "说明.docx")
    page = get(client, f"/transfers/{transfer.id}/plan")
    assert "“采用<mark>勞務派遣</mark>用工”" in page
    assert "文字已对照负面清单" in page
    refused = send(client, f"/transfers/{transfer.id}/plan/submit", status=422)
    assert "附件“用工说明”" in text_of(refused)
    (row,) = attachments_of([transfer.plan])
    forget()
    answer = client.get(f"/transfers/{transfer.id}/attachments/{row.id}")
    assert answer.data == content
    assert "attachment" in answer.headers["Content-Disposition"]
    forget()
    send(client, f"/transfers/{transfer.id}/attachments/{row.id}/remove")
    assert "没有附件" in get(client, f"/transfers/{transfer.id}/plan")
    send(client, f"/transfers/{transfer.id}/plan/submit")


def test_what_cannot_be_read_is_said(world: Any) -> None:
    transfer = drafted(world)
    client = signed_in(world, world.people.officer)
    attach(client, transfer, b"%PDF-1.4\n%%EOF\n", "扫描.pdf")
    page = get(client, f"/transfers/{transfer.id}/plan")
    assert "不能自动筛查，请人工核对" in page


def test_a_broken_or_a_missing_file_keeps_the_form(world: Any) -> None:
    import zipfile

    transfer = drafted(world)
    client = signed_in(world, world.people.officer)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document>")
    answer = attach(client, transfer, stream.getvalue(), "坏.docx", status=422)
    assert "另存以后再上传" in text_of(answer)
    answer = send(client, f"/transfers/{transfer.id}/attachments/add", {"title": "甲"}, status=422)
    assert "请选择一个文件" in text_of(answer)
    assert attachments_of([transfer.plan]) == []


def test_an_attachment_is_reached_by_whoever_reads_its_transfer_and_under_no_other(world: Any) -> None:
    transfer, other = drafted(world), world.draft(plan_terms(title="另一项"))
    attach(signed_in(world, world.people.officer), transfer, b"%PDF-1.4\n%%EOF\n", "甲.pdf")
    (row,) = attachments_of([transfer.plan])
    forget()
    assert (
        signed_in(world, world.people.member).get(f"/transfers/{transfer.id}/attachments/{row.id}").status_code == 200
    )
    get(signed_in(world, world.people.officer), f"/transfers/{other.id}/attachments/{row.id}", status=404)
    get(signed_in(world, world.people.other_officer), f"/transfers/{transfer.id}/attachments/{row.id}", status=404)


# ── how the pages are made ─────────────────────────────────────────────────────────────────────────────────────────


def test_more_transfers_with_hits_ask_no_more(world: Any) -> None:
    client = signed_in(world, world.people.approver)

    def asked(path: str) -> int:
        for _ in range(2):
            forget()
            db.session.rollback()
            with counted() as statements:
                assert client.get(path).status_code == 200
        return len(statements)

    drafted(world, **STOPPING)
    few = asked("/workbench")
    for number in range(4):
        world.draft(plan_terms(title=f"第{number}片区", **STOPPING))
    assert asked("/workbench") <= few


def test_the_pages_answer_in_both_languages_and_keep_their_manners(world: Any, live: Any, browser: Any) -> None:
    transfer = drafted(world, **STOPPING, **FORBIDDING)
    officer = signed_in(world, world.people.officer)
    attach(officer, transfer, word_file("采用劳务派遣用工。"), "说明.docx")
    (row,) = attachments_of([transfer.plan])
    base = f"/transfers/{transfer.id}"
    world.find(transfer, by=world.people.colleague)
    drafting = [
        base, f"{base}/plan", f"{base}/plan/revise", f"{base}/plan/revise/content", f"{base}/plan/revise/money", f"{base}/plan/revise/term",
        f"{base}/plan/submit", f"{base}/attachments/add",
        f"{base}/attachments/{row.id}/remove",
    ]  # fmt: skip
    judging = [base, f"{base}/plan", f"{base}/findings/record", "/workbench"]
    for person, paths in ((world.people.officer, drafting), (world.people.supervisor, judging)):
        client = signed_in(world, person)
        for path in paths:
            assert look(client, path)
        assert look_with_axe(world, live, browser, person, paths) == []
