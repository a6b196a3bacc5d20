"""The pages of the ex-ante evaluation: the form, its report, the conditions and how they are met."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader

from procurement.transfers.ex_ante import all_checks
from procurement.transfers.models import Conclusion, PlanStatus, Transfer
from tests.web.browsing import get, send, signed_in


def typed(transfer: Transfer, grade: str = "good", **more: str) -> dict[str, str]:
    """What an evaluator sends: every check with this grade, unless told."""
    grades = {f"grade-{check.code}": grade for check in all_checks()}
    return {**grades, "opinion": "依据充分。", "seen": str(transfer.plan.version), **more}


@pytest.mark.sqlite_only
def test_an_evaluation_is_sent_by_its_form_and_its_report_taken_away(world: Any) -> None:
    transfer = world.planned()
    base = f"/transfers/{transfer.id}"
    send(signed_in(world, world.people.approver), f"{base}/plan/evaluate", typed(transfer))
    assert transfer.plan.evaluation.conclusion is Conclusion.SUPPORTED
    officer = signed_in(world, world.people.officer)
    for path in (base, f"{base}/plan"):
        assert "下载事前评估报告 PDF" in get(officer, path)
    answer = officer.get(f"{base}/plan/evaluation/document")
    assert answer.mimetype == "application/pdf"
    said = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert "事前绩效评估报告" in said.replace("\n", "")
    get(signed_in(world, world.people.providers[0]), f"{base}/plan/evaluation/document", status=404)


@pytest.mark.sqlite_only
def test_a_form_without_grades_and_remarks_says_each_at_its_field_and_keeps_what_was_typed(world: Any) -> None:
    transfer = world.planned()
    approver, path = signed_in(world, world.people.approver), f"/transfers/{transfer.id}/plan/evaluate"
    without = {name: value for name, value in typed(transfer, opinion="看过现场。").items() if name != "grade-E2"}
    said = send(approver, path, without, status=422).get_data(as_text=True)
    assert 'href="#grade-E2"' in said
    assert "看过现场。" in said
    said = send(approver, path, typed(transfer, **{"grade-G1": "poor"}), status=422).get_data(as_text=True)
    assert 'href="#remark-G1"' in said
    assert transfer.plan.status is PlanStatus.SUBMITTED


@pytest.mark.sqlite_only
def test_a_partial_support_is_walked_from_its_conditions_to_a_second_evaluation(world: Any) -> None:
    transfer = world.planned()
    base = f"/transfers/{transfer.id}"
    approver, officer = signed_in(world, world.people.approver), signed_in(world, world.people.officer)
    fair = {f"remark-{check.code}": "缺依据" for check in all_checks()}
    said = send(approver, f"{base}/plan/evaluate", typed(transfer, "fair", **fair), status=422).get_data(as_text=True)
    assert "至少要写一项条件" in said
    send(approver, f"{base}/plan/evaluate", typed(transfer, "fair", **fair, conditions="补充价格。\r\n\r\n写明退出。"))
    assert [row.text for row in transfer.plan.evaluation.conditions] == ["补充价格。", "写明退出。"]
    assert "还有 2 项没有落实" in get(officer, base)
    assert "补充价格。" in get(officer, f"{base}/plan")

    send(officer, f"{base}/plan/conditions/meet", {"condition": "1", "how": "附了三份合同。"})
    send(officer, f"{base}/plan/submit", status=422)
    send(officer, f"{base}/plan/conditions/meet", {"condition": "2", "how": "写在最后一节。"})
    get(officer, f"{base}/plan/conditions/meet", status=409)
    send(officer, f"{base}/plan/submit")
    shown = get(approver, f"{base}/plan/evaluate")
    assert "附了三份合同。" in shown
    assert "写在最后一节。" in shown
