"""Supplements in a browser: drafted, confirmed, concluded and printed; what their pages, the portal and the catalogue then say."""

from __future__ import annotations

from typing import Any

import pytest

from procurement.documents.evaluation import EvaluationFacts
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.steps.supervision.models import desks
from tests.documents.reading import text_of
from tests.factories import the_agreement
from tests.web.browsing import forget, get, send, signed_in
from tests.web.test_pages_of_the_line import faults_of, look


@pytest.mark.sqlite_only
def test_a_supplement_is_drafted_confirmed_concluded_and_read_by_everybody(world: Any) -> None:
    people, transfer = world.people, world.handed_over()
    provider, ends = world.provider_of(transfer), the_agreement(transfer).ends_on
    base = f"/transfers/{transfer.id}"
    room = f"{base}/agreement/supplements"
    assert faults_of(world, people.officer, f"{room}/draft") == []
    officer = signed_in(world, people.officer)
    assert f"{room}/draft" in get(officer, base)
    typed = {
        "reason": "新增两条道路，原来的里程不够。", "content": "道路 3 公里的保洁，标准按原协议。", "amount": "110000.01",
        "milestone": "新增道路验收", "due_on": ends.isoformat(),
    }  # fmt: skip
    refused = send(officer, f"{room}/draft", typed, status=422).get_data(as_text=True)
    assert "超出 0.01 元" in refused
    assert "新增两条道路" in refused
    send(officer, f"{room}/draft", typed | {"amount": "60000"})
    supplement = the_agreement(transfer).supplements[0]
    deed = f"{room}/{supplement.id}"

    assert faults_of(world, people.officer, base, f"{base}/agreement", f"{deed}/withdraw") == []
    assert f"{deed}/confirm" in get(signed_in(world, provider), "/workbench")
    assert faults_of(world, provider, f"{deed}/confirm") == []
    send(signed_in(world, provider), f"{deed}/confirm")
    assert f"{deed}/conclude" in get(signed_in(world, people.approver), "/workbench")
    assert faults_of(world, people.approver, f"{deed}/conclude") == []
    send(signed_in(world, people.approver), f"{deed}/conclude")

    forget()
    printed = signed_in(world, people.auditor).get(f"{deed}/document").data
    said = text_of(printed)
    for fact in (supplement.number, "人民币陆万元整", "新增道路验收", "龙转协〔2025〕1号", "其他条款不变"):
        assert fact in said
    assert "1,160,000.00 元" in get(signed_in(world, people.auditor), f"{base}/agreement")
    assert faults_of(world, people.auditor, base, f"{base}/agreement") == []
    (notice,) = newest_publications(PublicationKind.SUPPLEMENT_NOTICE)
    shown = look(world.app.test_client(), f"/announcements/{notice.reference}")
    assert "60,000.00 元" in shown
    assert "合同变更公告" in get(world.app.test_client(), "/results")
    entry = get(world.app.test_client(), "/catalogue/011401")
    assert "1,160,000.00 元" in entry
    assert "补充协议追加 60,000.00 元" in entry


@pytest.mark.sqlite_only
def test_a_report_counts_what_supplements_added(world: Any) -> None:
    transfer = world.performed(world.supplement_concluded().transfer)
    facts = EvaluationFacts.of(
        transfer, desks([transfer])[transfer.id], world.evaluation_terms(), evaluator=world.people.evaluator, at=world.now
    )  # fmt: skip
    assert "合计人民币壹佰壹拾陆万元整（¥1,160,000.00）" in facts.funds
    assert "占合计的100.00%" in facts.funds
    assert ("资金支付", "新增道路 ¥60,000.00") in [(row.kind, row.name) for row in facts.evidence]
