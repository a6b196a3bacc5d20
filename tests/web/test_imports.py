"""Imports as a browser sees them: uploading, reading what was understood, mending it by hand, taking over, giving up."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from procurement.foundation.database import db
from procurement.foundation.workbooks import Sheet, read_workbook
from procurement.registers import tasks
from procurement.registers.imports.kinds import IMPORTERS
from procurement.registers.imports.models import Import, ImportKind, ImportStatus, rows_of
from procurement.registers.organisations.models import Organisation, organisation_by_code
from procurement.registers.tasks import TaskStatus, task_by_token
from procurement.web import queue
from procurement.web.imports import work
from procurement.web.imports.forms import letter
from procurement.web.imports.views import PER_PAGE
from tests.factories import differences, snapshot
from tests.registers.imports.lists import code, csv_sheet, line, sheet
from tests.registers.imports.sheets import BOUNDS, xlsx
from tests.web.browsing import counted, fields_of, forget, get, send, signed_in, status, text_of

# Pages ask nothing of their own of a database; that each is answered on both, the golden file of routes sees.
pytestmark = pytest.mark.sqlite_only

BEGIN, TEMPLATE = "/imports/organisations/begin", "/imports/organisations/template"


@pytest.fixture
def queued(world: Any) -> Iterator[Any]:
    """A world whose queue is closed at the end."""
    yield world
    queue.stop_consumer(world.app)


@pytest.fixture
def client(world: Any) -> FlaskClient:
    """The officer's browser."""
    return signed_in(world, world.people.officer)


def upload(
    client: FlaskClient, content: bytes, name: str = "名单.xlsx", status: int = 303, begin: str = BEGIN
) -> TestResponse:
    token = fields_of(get(client, begin))["csrf_token"]
    forget()
    answer = client.post(begin, data={"csrf_token": token, "document": (io.BytesIO(content), name)})
    assert answer.status_code == status, text_of(answer)[:500]
    return answer


def read_in(client: FlaskClient, content: bytes, name: str = "名单.xlsx", begin: str = BEGIN) -> tuple[Import, str]:
    """The import that an upload begins, and the address of its page."""
    path = upload(client, content, name, begin=begin).location
    db.session.rollback()
    row = db.session.get(Import, int(path.rsplit("/", 1)[1]))
    assert row is not None
    return row, path


def table(client: FlaskClient, path: str) -> Sheet:
    forget()
    answer = client.get(path)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    return read_workbook(answer.get_data(), BOUNDS).sheets[0]


def test_a_list_is_read_shown_and_taken_over(world: Any, client: FlaskClient) -> None:
    assert BEGIN in get(client, "/organisations")
    row, path = read_in(client, sheet([line(1), line(2)]))
    page = get(client, path)
    for part in ("龙港市社会组织一览表", "龙港市第1服务中心", "合计行", "新增", "法定代表人/负责人"):
        assert part in page
    assert row.file_name in get(client, BEGIN)
    send(client, f"{path}/organisations")
    db.session.refresh(row)
    assert row.status is ImportStatus.APPLIED
    assert organisation_by_code(code(1)) is not None
    ended = get(client, path)
    assert "龙港市第1服务中心" not in ended
    assert row.file_sha256[:32] in ended
    assert not world.storage.exists(row.stored)
    assert "龙港市第1服务中心" in get(world.app.test_client(), "/organisations?q=第1服务")
    assert row.file_name not in get(client, BEGIN)


def test_faults_come_first_are_downloaded_and_stand_against_taking_over(world: Any, client: FlaskClient) -> None:
    _row, path = read_in(client, sheet([line(1, phone="无"), line(2, code=code(1))]))
    page = get(client, path)
    assert "“无”不是电话号码" in page
    assert f"{path}/organisations" not in page
    assert "2 行里有 2 行有错" in page
    told = [[cell.text for cell in row.cells] for row in table(client, f"{path}/faults").rows]
    assert told[0] == ["行号", "栏目", "表格里的内容", "原因"]
    assert told[1][:3] == ["3", "联系电话", "无"]
    assert told[2][:3] == ["4", "统一社会信用代码", code(1)]
    before = snapshot()
    get(client, f"{path}/organisations", 422)
    assert differences(before, snapshot()) <= {"login_sessions"}


def test_the_template_is_read_as_it_is(client: FlaskClient) -> None:
    heads = [cell.text for cell in table(client, "/imports/organisations/template").rows[0].cells]
    assert heads[:2] == ["统一社会信用代码（必填）", "组织名称（必填）"]
    forget()
    row, _path = read_in(client, client.get("/imports/organisations/template").get_data())
    assert (row.told["missing"], row.rows) == ([], 0)
    assert len(row.told["columns"]) == len(heads)


def test_columns_are_assigned_by_hand(client: FlaskClient) -> None:
    content = csv_sheet([line(1)]).replace("地址".encode("gbk"), "所在".encode("gbk"))
    row, path = read_in(client, content, "名单.csv")
    assert "没有认出这些必须有的列：住所" in get(client, path)
    answer = send(client, f"{path}/assign", {"column-address": "1", "column-name": "1"}, status=422)
    assert "同一列选给了两个栏目" in text_of(answer)
    assert "第 99 行" in text_of(send(client, f"{path}/assign", {"head": "99"}, status=422))
    assert send(client, f"{path}/assign", {"column-address": "4"}).location == path
    db.session.refresh(row)
    assert (row.told["missing"], row.added) == ([], 1)
    assert fields_of(get(client, f"{path}/assign"))["column-address"] == "4"


def test_a_choice_is_shown_as_it_is_called(client: FlaskClient) -> None:
    _row, path = read_in(client, sheet([line(2, code=code(2, "12"), **{"class": "二类"})]))
    page = get(client, path)
    assert "公益二类" in page
    assert "second" not in page


def test_an_import_is_given_up(world: Any, client: FlaskClient) -> None:
    row, path = read_in(client, sheet([line(1)]))
    assert world.storage.exists(row.stored)
    send(client, f"{path}/discard")
    db.session.refresh(row)
    assert row.status is ImportStatus.DISCARDED
    assert not world.storage.exists(row.stored)
    for deed in ("assign", "discard", "organisations"):
        get(client, f"{path}/{deed}", 409)
    get(client, f"{path}/faults", 404)


def test_the_file_of_an_open_import_lies_sealed_and_is_read_again(world: Any, client: FlaskClient) -> None:
    content = csv_sheet([line(1)])
    (row, path), (other, _path) = read_in(client, content, "名单.csv"), read_in(client, content, "名单.csv")
    assert row.file_sha256 == other.file_sha256 == hashlib.sha256(content).hexdigest()
    lying = [world.storage.open(name).read() for name in world.storage.names()]
    assert len(lying) == 2
    for canary in (content[:20], code(1).encode(), "龙港".encode("gbk"), "龙港".encode()):
        assert not any(canary in whole for whole in lying)
    assert send(client, f"{path}/assign").location == path
    send(client, f"{path}/discard")
    assert (world.storage.exists(row.stored), world.storage.exists(other.stored)) == (False, True)


def test_an_import_is_its_officers_own(world: Any, client: FlaskClient) -> None:
    row, path = read_in(client, sheet([line(1)]))
    parts = ("", "/assign", "/discard", "/organisations", "/faults")
    assert {part: status(client, path + part) for part in parts} == dict.fromkeys(parts, 200)
    other = signed_in(world, world.people.other_officer)
    assert {part: status(other, path + part) for part in parts} == dict.fromkeys(parts, 404)
    for person in (world.people.approver, world.people.providers[0]):
        stranger = signed_in(world, person)
        assert [status(stranger, address) for address in (BEGIN, TEMPLATE)] == [403, 403], person.login
    assert [status(client, address) for address in (BEGIN, TEMPLATE, "/imports/nothing/begin")] == [200, 200, 404]
    db.session.refresh(row)
    assert row.is_open


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"\x89PNG\r\n\x1a\n\0\0", "这是一份 PNG 文件，不是表格"), (b"a,b\r\n1,2", "没有找到表头"), (b"", "文件是空的")],
)
def test_what_is_no_list_is_refused_on_the_form(world: Any, client: FlaskClient, content: bytes, part: str) -> None:
    before = snapshot()
    assert part in text_of(upload(client, content, status=422))
    assert differences(before, snapshot()) <= {"login_sessions"}
    assert list(world.storage.names()) == []


def test_a_character_that_no_font_prints_is_a_fault(client: FlaskClient) -> None:
    row, _path = read_in(client, sheet([line(1, name="龙港\U0002ffff服务社")]))
    ((one,),) = [rows_of(row)]
    assert [(fault.field, "字体中没有" in fault.message) for fault in one.faults_told] == [("name", True)]


def test_restored_and_tidied_values_are_marked(client: FlaskClient) -> None:
    _row, path = read_in(client, sheet([line(1, phone="０５７７-59901234", address="龙港市 人民路\n1号")]))
    page = get(client, path)
    assert "全角字符改成了半角" in page
    assert "去掉了多余的空格或换行" in page
    assert "龙港市人民路1号" in page


LISTS = {
    "budget-lines": ("supervisor", "/budgets/", [["部门", "年度", "编号", "名称", "金额（万元）"], ["财政局", 2025, "0210", "评价", 12]]),
    "powers": (
        "member", "/catalogue/powers",
        [["编码", "事项名称", "类别", "实施主体", "依据"], ["Q0020", "城市管家", "公共服务", "综合行政执法局", "三定规定"]],
    ),
    "functions": (
        "member", "/catalogue/functions",
        [
            ["编码", "事项名称", "主管部门", "方式", "购买服务目录编码", "权责编码", "准备程度"],
            ["T01", "城市管家", "综合行政执法局", "购买服务", 11401, "Q0020", "已具备条件"],
        ],
    ),
    "accounts": ("system_admin", "/users", [["姓名", "账号", "邮箱"], ["陈二", "chen.er", "chen.er@example.cn"]]),
    "roles": ("security_admin", "/users", [["账号", "角色"], ["officer", "审批人、经办人"]]),
}  # fmt: skip
SHOWN = {
    "budget-lines": "120,000.00 元",
    "powers": "现行清单里有 47 项不在这份表里",
    "functions": "补回了开头的 0",
    "accounts": "chen.er",
    "roles": "经办人",
}


@pytest.mark.parametrize("kind", LISTS)
def test_every_kind_is_reached_from_its_register_and_taken_over(world: Any, kind: str) -> None:
    holder, register, rows = LISTS[kind]
    own, begin = signed_in(world, getattr(world.people, holder)), f"/imports/{kind}/begin"
    assert begin in get(own, register)
    stranger = signed_in(world, world.people.officer)
    get(stranger, begin, 403)
    assert begin not in (get(stranger, register) if register.startswith("/catalogue") else "")
    row, path = read_in(own, xlsx(rows), begin=begin)
    assert (row.rows, row.faulty) == (1, 0)
    assert SHOWN[kind] in get(own, path)
    deed = f"{path}/{kind}"
    assert IMPORTERS[ImportKind(kind)].effect in get(own, deed)
    send(own, deed)
    db.session.refresh(row)
    assert row.status is ImportStatus.APPLIED


def test_a_large_list_is_read_and_taken_over_as_tasks_with_progress(
    queued: Any, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    inside: list[bool] = []

    def report(token: str, percent: int) -> None:
        inside.append("circumstances" in db.session.info)
        seen.append(percent)
        told(token, percent)

    told = tasks.report_progress
    monkeypatch.setattr(tasks, "report_progress", report)
    content = sheet([line(number) for number in range(1, 3001)])
    assert len(content) > work.BYTES_AT_ONCE
    path = upload(client, content).location
    assert path.startswith("/tasks/")
    assert "读入“名单.xlsx”" in get(client, path)
    assert queue.run_waiting(queued.app) == 1
    task = task_by_token(path.rsplit("/", 1)[1])
    assert task is not None
    assert task.status is TaskStatus.DONE, task.error
    assert seen == sorted(seen)
    assert len(set(seen)) > 10
    shown = task.link
    assert "3000 行" in get(client, shown)
    seen.clear()
    answer = send(client, f"{shown}/organisations")
    queue.run_waiting(queued.app)
    task = task_by_token(answer.location.rsplit("/", 1)[1])
    assert task is not None
    assert (task.status, task.link) == (TaskStatus.DONE, shown)
    assert seen == sorted(seen) != []
    assert not any(inside), "progress is never told inside a deed"
    db.session.rollback()
    assert db.session.query(Organisation).count() == 3005
    assert list(queued.storage.names()) == []


def test_a_large_list_that_is_none_fails_its_task_with_a_sentence(queued: Any, client: FlaskClient) -> None:
    path = upload(client, b"PK\x03\x04" + bytes(range(256)) * 500).location
    queue.run_waiting(queued.app)
    assert "表格文件损坏" in get(client, path)
    assert list(queued.storage.names()) == []


def test_a_list_that_is_too_large_is_refused(world: Any, client: FlaskClient) -> None:
    settings = world.app.extensions["settings"]
    world.app.extensions["settings"] = replace(settings, upload_limit=100)
    assert "超过上限 100 字节" in text_of(upload(client, b"a," * 60, status=422))


def test_the_page_of_an_import_asks_no_more_for_more_rows_and_is_paged(client: FlaskClient) -> None:
    asked = []
    for count in (2, PER_PAGE + 5):
        _row, path = read_in(client, sheet([line(number) for number in range(1, count + 1)]))
        get(client, path)
        with counted() as statements:
            page = get(client, path)
        asked.append(len(statements))
    assert asked[0] == asked[1]
    assert "下一页" in page
    assert "龙港市第55服务中心" not in page
    assert "龙港市第55服务中心" in get(client, f"{path}?page=2")


@pytest.mark.parametrize(
    ("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_are_named_as_a_spreadsheet_names_them(column: int, name: str) -> None:
    assert letter(column) == name
