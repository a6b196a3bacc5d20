"""Pages of what is public before an announcement, of the bidding documents, and of the bid security."""

from __future__ import annotations

import io
from typing import Any

import docx
import pytest

from procurement.steps.announcement.models import documents_of
from procurement.steps.preliminaries.models import the_preliminaries
from procurement.transfers.models import CriterionKind, Method, SourceGround
from procurement.transfers.rules import CriterionTerms
from tests.factories import World, credit_code
from tests.web.browsing import forget, send, signed_in, text_of

pytestmark = pytest.mark.sqlite_only

PRICE = (CriterionTerms(CriterionKind.PRICE, "价格", "最低者", 100),)


def opened(client: Any, path: str) -> str:
    forget()
    answer = client.get(path)
    assert answer.status_code == 200, (path, text_of(answer)[:500])
    return str(text_of(answer))


def test_an_intention_is_published_from_its_page_and_read_by_everybody(world: World) -> None:
    transfer = world.resolved()
    officer, base = signed_in(world, world.people.officer), f"/transfers/{transfer.id}"
    assert "30 日" in opened(officer, f"{base}/intention/publish")
    send(officer, f"{base}/intention/publish", {"outline": "城市管家服务。", "planned_month": "2025-11"})
    intention = the_preliminaries(transfer).intention
    assert intention is not None
    assert intention.publication is not None
    public = opened(world.app.test_client(), f"/announcements/{intention.publication.reference}")
    assert "城市管家服务。" in public
    assert "2025年11月" in public
    assert "采购意向" in opened(world.app.test_client(), "/announcements")
    assert "采购意向公开到发布公告" in opened(officer, base)


def test_a_single_source_is_made_public_with_its_opinions_and_answers(world: World) -> None:
    transfer = world.resolved(
        method=Method.SINGLE_SOURCE, source_ground=SourceGround.ONLY_ONE, source_code=credit_code(1), criteria=PRICE
    )
    officer, base = signed_in(world, world.people.officer), f"/transfers/{transfer.id}"
    opinion = {"name": "林致远", "unit": "设计院", "title": "高级工程师", "opinion": "没有替代。"}
    rows = {f"opinions-0-{key}": value for key, value in opinion.items()}
    send(officer, f"{base}/source-notice/publish", {"reason": "数据不能延续。", **rows})
    notice = the_preliminaries(transfer).notice
    assert notice is not None
    public = opened(world.app.test_client(), f"/announcements/{notice.publication.reference}")
    for said in (
        "林致远",
        "设计院",
        "没有替代。",
        "只能从唯一供应商处采购",
        world.people.providers[0].organisation.name,
    ):
        assert said in public
    send(officer, f"{base}/source-notice/objections", {"objector": "某社", "text": "我们也能做。"})
    (objection,) = notice.objections
    assert "我们也能做。" in opened(officer, f"{base}/source-notice/objections/{objection.id}/answer")
    send(officer, f"{base}/source-notice/objections/{objection.id}/answer", {"answer": "不具备。"})


def test_documents_are_assembled_completed_published_and_downloaded(world: World) -> None:
    announcement = world.announcement_drafted()
    officer, base = signed_in(world, world.people.officer), f"/transfers/{announcement.transfer_id}"
    send(officer, f"{base}/documents/assemble")
    forget()
    with officer.get(f"{base}/documents/docx") as answer:
        paper = docx.Document(io.BytesIO(answer.data))
    paper.add_paragraph("补充：服务点设在学士路。")
    changed = io.BytesIO()
    paper.save(changed)
    changed.seek(0)
    send(officer, f"{base}/documents/complete", {"document": (changed, "补充.docx")})
    documents = documents_of(announcement)
    assert documents is not None
    # The clauses that every agreement has are not screened again.
    assert documents.text.strip() == "补充：服务点设在学士路。"
    assert "补充好的采购文件" in opened(officer, f"{base}/announcement/publish")
    send(officer, f"{base}/announcement/publish")
    assert announcement.publication is not None
    address = f"/announcements/{announcement.publication.reference}"
    anyone = world.app.test_client()
    assert "没有提前公开采购意向的理由" in opened(anyone, address)
    forget()
    with anyone.get(f"{address}/documents/1/pdf") as answer:
        assert answer.data.startswith(b"%PDF-")
    forget()
    with anyone.get(f"{address}/documents/1/docx") as answer:
        texts = [row.text for row in docx.Document(io.BytesIO(answer.data)).paragraphs]
    assert texts[-1] == "补充：服务点设在学士路。"
    forget()
    assert anyone.get(f"{address}/documents/2/pdf").status_code == 404


@pytest.mark.parametrize("security", ["26000.01", "-1"])
def test_a_security_over_its_cap_stands_refused_at_its_field(world: World, security: str) -> None:
    transfer = world.keyed()
    officer = signed_in(world, world.people.officer)
    typed = {"summary": "征集。", "contact": "张三", "security": security}
    refused = send(officer, f"/transfers/{transfer.id}/announcement/draft", typed, status=422).get_data(as_text=True)
    assert "不超过预算" in refused
    assert f'value="{security}"' in refused


def test_a_draft_counts_from_the_first_day_on_which_it_may_be_published(world: World) -> None:
    transfer = world.keyed()
    officer = signed_in(world, world.people.officer)
    told = opened(officer, f"/transfers/{transfer.id}/announcement/draft")
    # No intention is public yet: told today, 22 September, it holds the announcement until 23 October.
    assert "公告最早 10月23日（周四） 才能发布" in told
    assert "最早的截止日：11月3日" in told
    assert "10月3日" not in told
