"""The departments as a browser sees them: set up, described, renamed, found by a former name."""

from __future__ import annotations

from typing import Any

import pytest

from procurement.registers.departments.models import department_by_id
from procurement.registers.organisations.credit_code import complete
from tests.web.browsing import counted, forget, get, send, signed_in, text_of

# Pages ask nothing of their own of a database; that each is answered on both, the golden file of routes sees.
pytestmark = pytest.mark.sqlite_only


def test_a_department_is_set_up_described_and_renamed(world: Any) -> None:
    client = signed_in(world, world.people.system_admin)
    answer = send(client, "/departments/new", {"name": "大数据局", "name_en": "Data Bureau"})
    path = answer.location
    code = complete("11330383MB123456")
    send(client, f"{path}/describe", {"credit_code": code.lower(), "address": "世纪大道1号", "phone": "0577-59901234"})
    send(client, f"{path}/rename", {"name": "数据局", "name_en": "Data Office", "since": "2025-09-01"})
    page = get(client, path)
    for said in (code, "世纪大道1号", "0577-59901234", "数据局", "大数据局", "9月1日"):
        assert said in page
    department = department_by_id(int(path.rsplit("/", 1)[1]))
    assert department is not None
    assert department.name == "数据局"
    assert path in get(client, "/departments?q=大数据局")
    assert "没有找到含" in get(client, "/departments?q=没有的局")


def test_a_wrong_code_and_a_day_to_come_are_said_at_their_fields_and_what_was_typed_stays(world: Any) -> None:
    client = signed_in(world, world.people.system_admin)
    path = f"/departments/{world.people.department.id}"
    answer = send(client, f"{path}/describe", {"credit_code": "123", "address": "世纪大道1号"}, status=422)
    assert "有 18 位，您填了 3 位" in text_of(answer)
    assert "世纪大道1号" in answer.get_data(as_text=True)
    answer = send(client, f"{path}/rename", {"name": "甲局", "name_en": "A", "since": "2025-12-01"}, status=422)
    assert "才启用" in text_of(answer)


def test_staff_look_departments_up_and_nobody_else_sets_anything_up(world: Any) -> None:
    department_id = world.people.department.id
    for person in (world.people.officer, world.people.security_admin, world.people.auditor):
        client = signed_in(world, person)
        pages = get(client, "/departments"), get(client, f"/departments/{department_id}")
        assert not any(f"/departments{deed}" in page for page in pages for deed in ("/new", f"/{department_id}/rename"))
        for path in ("/new", f"/{department_id}/rename", f"/{department_id}/describe"):
            get(client, f"/departments{path}", 403)
    provider = signed_in(world, world.people.providers[0])
    get(provider, "/departments", 403)


def test_the_list_asks_no_more_for_many_than_for_one(world: Any) -> None:
    client = signed_in(world, world.people.system_admin)
    asked = []
    for query in ("财政局", "局"):
        for _ in range(2):
            forget()
            with counted() as statements:
                assert client.get(f"/departments?q={query}").status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1]
