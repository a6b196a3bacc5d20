"""The register of standards in a browser: the public list, one standard, adding, completing, and its text."""

from __future__ import annotations

import io
from typing import Any

import pytest

from procurement.foundation.database import db
from procurement.registers.standards.models import (
    Standard,
    StandardKind,
    StandardOrigin,
    StandardStatus,
    standards,
    standards_by_reference,
)
from procurement.statute.clauses import Phase
from procurement.steps.supervision.models import inspections_of
from procurement.web.standards.views import PER_PAGE
from tests.web.browsing import counted, forget, get, send, signed_in, text_of

PDF = b"%PDF-1.4\n% a standard\n%%EOF\n"
TYPED = {
    "code": "DB33/T 2001-2020", "title": "城市管家服务规范", "kind": "local", "status": "in-force", "origin": "text",
    "source": "浙江省地方标准",
}  # fmt: skip


def test_an_officer_adds_a_standard_and_anybody_finds_it_and_reads_its_text(world: Any) -> None:
    officer, visitor = signed_in(world, world.people.officer), world.app.test_client()
    send(officer, "/standards/add", {**TYPED, "phase": "after", "document": (io.BytesIO(PDF), "规范.pdf")})
    (row,) = standards_by_reference([TYPED["code"]])[TYPED["code"]]
    page = get(visitor, "/standards?q=管家")
    assert TYPED["code"] in page
    assert "村改社区工作规范" not in page
    shown = get(visitor, f"/standards/{row.id}")
    assert "存有文本" in shown
    assert "<dd>事后</dd>" in shown
    forget()
    assert visitor.get(f"/standards/{row.id}/text").data == PDF
    assert "登记标准" not in page


def test_a_title_from_a_report_says_so_and_is_completed_on_its_page(world: Any) -> None:
    (row,) = standards_by_reference(["村改社区工作规范"])["村改社区工作规范"]
    visitor, officer = world.app.test_client(), signed_in(world, world.people.officer)
    page = get(visitor, f"/standards/{row.id}")
    assert "标题来自报道，未存文本" in page
    get(visitor, f"/standards/{row.id}/text", 404)
    refused = send(officer, f"/standards/{row.id}/revise", {"kind": "local", "source": "改过"}, status=422)
    assert "地方标准都有编号" in text_of(refused)
    assert "改过" in refused.get_data(as_text=True)
    send(officer, f"/standards/{row.id}/revise", {**TYPED, "title": row.title, "code": "DB330383/T 5-2021"})
    db.session.expire_all()
    assert row.code == "DB330383/T 5-2021"


@pytest.mark.sqlite_only
def test_the_list_is_paged_and_asks_as_much_of_fifty_rows_as_of_seven(world: Any) -> None:
    visitor = world.app.test_client()
    with counted() as few:
        get(visitor, "/standards")
    db.session.add_all(
        Standard(
            code=f"Q/{number}", title=f"作业规范{number}", kind=StandardKind.ENTERPRISE, status=StandardStatus.IN_FORCE,
            origin=StandardOrigin.TEXT,
        )
        for number in range(PER_PAGE)
    )  # fmt: skip
    db.session.commit()
    with counted() as many:
        page = get(visitor, "/standards")
    assert len(many) == len(few)
    assert "第 1 页" in page
    assert page.count('scope="row"') == PER_PAGE
    assert get(visitor, "/standards?page=2").count('scope="row"') == 7
    assert get(visitor, "/standards?kind=local&status=repealed").count('scope="row"') == 0


def test_an_inspection_names_what_it_was_held_against_and_the_standard_tells_of_it(world: Any) -> None:
    transfer, supervisor = world.handed_over(), signed_in(world, world.people.supervisor)
    path, typed = f"/transfers/{transfer.id}", {"place": "龙城片区", "result": "good", "findings": "抽查三处。"}
    officer = signed_in(world, world.people.officer)
    refused = send(officer, f"{path}/inspections/record", {**typed, "standard": "没有这项"}, status=422)
    assert "登记簿里没有“没有这项”" in text_of(refused)
    assert "抽查三处" in refused.get_data(as_text=True)
    send(officer, f"{path}/inspections/record", {**typed, "standard": "《村改社区工作规范》"})
    (inspection,) = inspections_of(transfer)
    assert inspection.standard is not None
    assert "《村改社区工作规范》" in get(officer, path)
    # What the plan follows stands in the phase in which it is worked by.
    inspection.standard.phase = Phase.BEFORE
    transfer.plan.standards = [inspection.standard]
    db.session.commit()
    before, during = get(officer, path).split("<h3>事中</h3>")
    assert "《村改社区工作规范》" in before.split("<h3>事前</h3>")[1]
    assert "按标作业" not in during
    standard = f"/standards/{inspection.standard_id}"
    assert path in get(supervisor, standard)
    assert path not in get(world.app.test_client(), standard)
    assert path not in get(signed_in(world, world.people.other_officer), standard)


@pytest.mark.sqlite_only
def test_the_register_is_found_from_the_frame(world: Any) -> None:
    assert 'href="/standards"' in get(world.app.test_client(), "/frame")
    assert len(standards()) == 7
