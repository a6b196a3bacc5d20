"""The page of the frame 1+3+4, and an edition of the programme from its form to everybody's eyes."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from tests.web.browsing import get, send, signed_in, text_of

# Pages ask nothing of their own of a database; that each is answered on both, the golden file of routes sees.
pytestmark = pytest.mark.sqlite_only

DOCUMENT = b"%PDF-1.4\n% a programme\n%%EOF\n"


def test_the_frame_names_its_parts_and_leads_to_their_rooms(world: Any) -> None:
    page = get(world.app.test_client(), "/frame")
    for path in ("/catalogue", "/catalogue/functions", "/catalogue/powers", "/organisations", "/announcements"):
        assert f'href="{path}' in page, path
    assert "工作方案的正文还没有录入" in page
    # Four organisations are verified and none is listed.
    assert re.search(r"承接组织目录</h3>.*?0 个已列入的组织.*?4 个已核验的组织", page, re.DOTALL)


def test_an_edition_is_published_with_its_scan_and_read_by_anybody(world: Any) -> None:
    typed = {
        "title": "工作方案", "document_number": "龙政办〔2025〕8号", "issued_on": "2025-09-01",
        "in_force_on": "2025-09-10", "text": "一、总体要求", "document": (io.BytesIO(DOCUMENT), "方案.pdf"),
    }  # fmt: skip
    send(signed_in(world, world.people.member), "/frame/programme/publish", typed)
    visitor = world.app.test_client()
    assert "龙政办〔2025〕8号" in text_of(visitor.get("/frame"))
    assert "一、总体要求" in text_of(visitor.get("/frame/programme/1"))
    assert visitor.get("/frame/programme/1/scan").data == DOCUMENT


def test_a_refused_edition_keeps_what_was_typed(world: Any) -> None:
    typed = {"title": "工作方案", "document_number": "8号", "issued_on": "2025-09-30", "in_force_on": "2025-09-10"}
    answer = send(signed_in(world, world.people.member), "/frame/programme/publish", typed, status=422)
    page = answer.get_data(as_text=True)
    assert 'value="2025-09-30"' in page
    assert "正文和扫描件至少要有一样" in page
