"""Drafting a plan in a browser: section by section, each saved by itself, and from a former plan."""

from __future__ import annotations

import re
from typing import Any

import pytest

from procurement.foundation.errors import WrongState
from procurement.registers.standards.models import standards
from procurement.transfers import operations
from procurement.transfers.models import Ending, PlanStatus, Transfer, TransferStatus, all_transfers
from procurement.transfers.rules import terms_of
from procurement.transfers.sections import Section
from tests.factories import plan_terms
from tests.web.browsing import fields_of, forget, get, send, signed_in, text_of
from tests.web.test_pages_of_the_line import look

# Pages ask nothing of their own of a database; that each is answered on both, the golden file of routes sees.
pytestmark = pytest.mark.sqlite_only

MATTER = {"title": "城市管家服务", "title_en": "City stewards", "power_code": "Q0020"}


def begun(world: Any) -> Transfer:
    send(signed_in(world, world.people.officer), "/transfers/new/011401", MATTER)
    return all_transfers()[0]


def test_an_item_to_begin_from_is_found_as_in_the_catalogue(world: Any) -> None:
    officer = signed_in(world, world.people.officer)
    for asked in ("城市管家", "city-steward", "０１１４", "秩序劝导"):
        assert 'href="/transfers/new/011401"' in get(officer, f"/transfers/new?q={asked}"), asked
    headings = get(officer, "/transfers/new?q=城市维护服务")
    assert 'href="/transfers/new/0114"' not in headings
    assert 'href="/transfers/new/011401"' in headings
    assert 'href="/transfers/new/010501"' not in headings
    assert "没有找到“并无此项”" in get(officer, "/transfers/new?q=并无此项")
    for heading in ("01", "0114"):
        assert "是目录的类目，不是具体项目" in get(officer, f"/transfers/new/{heading}", 422)
    refused = get(officer, "/transfers/new?q=城", 422)
    assert "不足 2 个字" in refused
    assert "没有找到" not in refused


def test_each_section_is_saved_by_itself_and_leads_to_the_next_that_lacks(world: Any) -> None:
    transfer, officer = begun(world), signed_in(world, world.people.officer)
    base = f"/transfers/{transfer.id}/plan/revise"
    answer = send(officer, f"{base}/need", {"need": "主次干道需要一体化管养。", "public_opinion": "征求了意见。"})
    assert answer.headers["Location"] == f"{base}/content"
    answer = send(officer, f"{base}/risk", {"risk": "停电。", "exit": "移交台账。"})
    assert answer.headers["Location"] == f"{base}/content"
    index = get(officer, base)
    assert "3 节，共 11 节" in index
    assert "“服务期限”一节还没有填" in index
    assert terms_of(transfer.plan).need == "主次干道需要一体化管养。"
    assert transfer.plan.status is PlanStatus.DRAFT


def test_a_section_that_breaks_a_rule_is_refused_in_it_and_keeps_what_was_typed(world: Any) -> None:
    transfer, officer = world.draft(), signed_in(world, world.people.officer)
    path = f"/transfers/{transfer.id}/plan/revise/criteria"
    refused = send(officer, path, {"criteria-0-weight": "5", "criteria-1-weight": "65"}, status=422)
    assert "价格分值 5" in text_of(refused)
    assert "第二十四条" in text_of(refused)
    assert fields_of(refused.get_data(as_text=True))["criteria-0-weight"] == "5"
    assert transfer.plan.criteria[0].weight == 20


def test_a_refused_submission_leads_to_the_section_and_the_field(world: Any) -> None:
    transfer, officer = begun(world), signed_in(world, world.people.officer)
    base = f"/transfers/{transfer.id}/plan"
    page = send(officer, f"{base}/submit", status=422).get_data(as_text=True)
    for section, field in (("need", "need"), ("money", "fundings"), ("payments", "installments")):
        assert f'href="{base}/revise/{section}#{field}"' in page
    assert 'id="fundings"' in get(officer, f"{base}/revise/money")
    assert "方案还有 10 节没有填好" in get(officer, f"/transfers/{transfer.id}")
    assert f"{base}/revise/need" in get(officer, "/workbench")


def test_standards_are_named_by_title_or_code_and_shown_where_the_plan_is_printed(world: Any) -> None:
    transfer, officer = world.draft(), signed_in(world, world.people.officer)
    path, title = f"/transfers/{transfer.id}/plan/revise/content", standards()[0].title
    assert f'<option value="{title}"' in get(officer, path)
    send(officer, path, {"standards-0-name": f"《{title}》"})
    assert [row.title for row in transfer.plan.standards] == [title]
    assert f"《{title}》" in get(officer, f"/transfers/{transfer.id}/plan")
    standard = f"/standards/{transfer.plan.standards[0].id}"
    assert "城市管家服务" in get(officer, standard)
    assert "城市管家服务" not in get(world.app.test_client(), standard)
    announcement = world.announced(world.keyed(world_resolved(world, transfer)))
    assert announcement.publication is not None
    assert f"《{title}》" in get(world.app.test_client(), f"/announcements/{announcement.publication.reference}")


def world_resolved(world: Any, transfer: Transfer) -> Transfer:
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)
    world.evaluate(transfer)
    world.adopt(transfer)
    return transfer


def test_a_plan_starts_from_a_former_one_and_says_what_was_taken_over(world: Any) -> None:
    former, colleague = world.planned(), signed_in(world, world.people.colleague)
    link = f"/transfers/new/011401?former={former.plan.id}"
    assert link in get(colleague, f"/transfers/{former.id}/plan")
    page = get(colleague, link)
    assert "取自那份方案的" in page
    assert fields_of(page)["title"] == former.title
    send(colleague, link, {"title": "城市管家服务（次年）"})
    transfer = all_transfers()[0]
    assert transfer.plan.started_from_id == former.plan.id
    assert transfer.plan.content == plan_terms().content
    for path in (f"/transfers/{transfer.id}/plan", f"/transfers/{transfer.id}/plan/revise"):
        shown = get(colleague, path)
        assert former.number in shown
        assert "取自那份方案的：需求、服务内容" in shown
        assert "没有取、要重新填的：征求公众意见的情况、执行的标准、经费来源" in shown
    get(signed_in(world, world.people.other_officer), link, 404)
    draft = world.draft()
    get(colleague, f"/transfers/new/011401?former={draft.plan.id}", 404)
    get(colleague, "/transfers/new/011401?former=x", 404)
    # What is sent names another one's draft as little as the page does.
    stranger = signed_in(world, world.people.other_officer)
    answer = send(stranger, "/transfers/new/011401", {**MATTER, "started_from": str(draft.plan.id)}, status=404)
    assert draft.title not in answer.get_data(as_text=True)


def test_every_section_has_its_page_in_both_languages_while_the_plan_is_a_draft(world: Any) -> None:
    transfer, officer = begun(world), signed_in(world, world.people.officer)
    base = f"/transfers/{transfer.id}/plan/revise"
    for section in Section:
        assert look(officer, f"{base}/{section.value}")
    get(officer, f"{base}/nonsense", 404)
    assert look(officer, base)
    submitted = world.planned(title="已送交的")
    get(officer, f"/transfers/{submitted.id}/plan/revise", 409)
    get(signed_in(world, world.people.approver), base, 403)


def test_the_same_opened_form_sent_twice_makes_one_plan_and_leads_to_it(world: Any) -> None:
    officer, path = signed_in(world, world.people.officer), "/transfers/new/011401"
    sent = {**fields_of(get(officer, path)), **MATTER}
    first, second = (officer.post(path, data=sent) for _time in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(all_transfers()) == 1
    send(officer, path, MATTER)
    assert len(all_transfers()) == 2


def test_a_section_saved_since_it_was_opened_is_not_saved_over_unseen(world: Any) -> None:
    transfer, officer = world.draft(), signed_in(world, world.people.officer)
    path = f"/transfers/{transfer.id}/plan/revise/risk"
    opened = fields_of(get(officer, path))
    send(signed_in(world, world.people.colleague), path, {"risk": "同事先写的。"})
    forget()
    refused = officer.post(path, data={**opened, "risk": "我后写的。"})
    assert refused.status_code == 409
    assert world.people.colleague.name in text_of(refused)
    assert transfer.plan.risk == "同事先写的。"
    kept = fields_of(refused.get_data(as_text=True))
    assert kept["risk"] == "我后写的。"
    forget()
    assert officer.post(path, data=kept).status_code == 303
    assert transfer.plan.risk == "我后写的。"


def test_a_draft_is_given_up_by_whose_it_is_and_stays_readable_for_staff_alone(world: Any) -> None:
    transfer, people = world.draft(), world.people
    path, reason = f"/transfers/{transfer.id}/plan/abandon", {"reason": "与另一件事合并办理。"}
    get(signed_in(world, people.colleague), path, 403)
    officer = signed_in(world, people.officer)
    assert path in get(officer, f"/transfers/{transfer.id}")
    send(officer, path, reason)
    assert (transfer.status, transfer.ending, transfer.closed_at) == (
        TransferStatus.CLOSED,
        Ending.ABANDONED,
        world.now,
    )
    page = get(signed_in(world, people.auditor), f"/transfers/{transfer.id}")
    assert "方案已放弃" in page
    assert reason["reason"] in page
    for shut in ("revise", "revise/risk", "abandon"):
        get(officer, f"/transfers/{transfer.id}/plan/{shut}", 409)
    world.refuse(operations.submit_plan, transfer.plan, by=people.officer, error=WrongState)
    assert transfer.number not in get(world.app.test_client(), "/catalogue/011401")
    send(officer, "/transfers/new/011401", {**MATTER, "started_from": str(transfer.plan.id)})
    submitted = world.planned()
    world.refuse(operations.abandon_plan, submitted.plan, reason="不办了。", by=people.officer, error=WrongState)


def test_what_is_barred_is_called_so_and_offers_nothing(world: Any) -> None:
    transfer, officer = world.planned(), signed_in(world, world.people.officer)
    plan, again = f"/transfers/{transfer.id}/plan", "照此另起草一份"
    assert again in get(officer, plan)
    offered = get(officer, "/catalogue/011401")
    assert "适合由社会组织承接" in offered
    world.forbid("没有的词", barred="0114")
    barred = get(officer, "/catalogue/011401")
    assert "不得用购买服务的办法办理" in barred
    assert again not in get(officer, plan)
    for promise in ("适合由社会组织承接", "它仍可以直接作为购买服务", "没有列入目录的组织也可以投标"):
        assert promise not in barred


def test_whatever_was_saved_the_hits_are_named_with_their_section_and_word(world: Any) -> None:
    transfer, officer = world.draft(plan_terms(content="由中标人融资建设。")), signed_in(world, world.people.officer)
    send(officer, f"/transfers/{transfer.id}/plan/revise/risk", {"risk": "停电。"})
    assert "还没有认定：“内容、数量、质量和标准”一节的“融资”。" in re.sub(
        "<[^>]+>", "", get(officer, f"/transfers/{transfer.id}")
    )
