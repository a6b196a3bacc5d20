"""The calendar of a year for anyone; the form of a notice, with the year as it would be before it is entered."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from procurement.registers.holidays.models import entered_notices
from procurement.registers.holidays.operations import enter_holidays
from procurement.web.ticking import tick
from tests.factories import World, holiday_terms
from tests.web.browsing import fields_of, forget, send, signed_in, text_of

pytestmark = pytest.mark.sqlite_only

NOTICE = """一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕、周五）至11日（农历正月初六、周四）放假调休，共7天。2月13日（周六）、2月20日（周六）上班。
三、清明节：4月3日至5日放假，共3天。
四、劳动节：5月1日至5日放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日放假。
六、中秋节：9月15日放假。
七、国庆节：１０月１日至７日放假调休，共7天。10月9日（周六）上班。"""


def typed(**changes: Any) -> dict[str, Any]:
    given = {
        "year": "2027",
        "number": "国办发明电〔2026〕7号",
        "issued_on": "2026-11-09",
        "off": NOTICE,
        "work": "",
        "reason": "",
    }
    return {**given, **changes}


def at_the_desk(world: World) -> FlaskClient:
    world.go_to(date(2026, 11, 10))
    return signed_in(world, world.people.system_admin)


def sent(client: FlaskClient, page: str = "", *, status: int = 200, **changes: Any) -> Any:
    """The form, sent with what the page before it held."""
    seen = fields_of(page).get("seen", "") if page else ""
    return send(client, "/calendar/enter", typed(seen=seen, **changes), status=status)


def test_a_year_shows_its_days_by_its_notice_and_one_without_a_notice_is_estimated(client: FlaskClient) -> None:
    told = text_of(client.get("/calendar/2026"))
    assert "248 个工作日" in told
    assert "国务院办公厅关于2026年部分节假日安排的通知" in told
    assert "2月15日（周日） 至 2月23日（周一）" in told
    assert "预估" not in told
    guessed = text_of(client.get("/calendar/2027"))
    assert "预估" in guessed
    assert "没有调休上班的周末" in guessed
    assert client.get("/calendar/2020").status_code == 404
    assert client.get("/calendar/2029").status_code == 404
    assert 'href="/calendar/2025"' in client.get("/periods").get_data(as_text=True)


def test_a_year_reads_in_english(client: FlaskClient) -> None:
    told = text_of(client.get("/calendar/2026", headers={"Accept-Language": "en"}))
    assert "Spring Festival" in told
    assert "February" in told


def test_a_notice_is_shown_as_a_year_before_it_is_entered(world: World) -> None:
    client = at_the_desk(world)
    shown = sent(client)
    told = text_of(shown)
    assert "全年 248 个工作日" in told
    assert "再核对一遍" not in told
    assert "2月13日（周六）" in told
    assert list(entered_notices()) == []
    done = sent(client, shown.get_data(as_text=True), status=303)
    assert done.headers["Location"] == "/calendar/2027"
    (notice,) = entered_notices()
    assert (notice.number, len(notice.days)) == ("国办发明电〔2026〕7号", 3 + 7 + 3 + 5 + 1 + 1 + 7 + 4)
    forget()
    year = text_of(client.get("/calendar/2027"))
    assert "国办发明电〔2026〕7号" in year
    assert "预估" not in year


def test_what_was_changed_after_it_was_shown_is_shown_again(world: World) -> None:
    client = at_the_desk(world)
    shown = sent(client).get_data(as_text=True)
    again = sent(client, shown, off=NOTICE.replace("10月9日（周六）上班", ""))
    assert "全年 247 个工作日" in text_of(again)
    assert "再核对一遍" in text_of(again)
    assert list(entered_notices()) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"off": "0101-0103"}, "少了法定节假日"),
        ({"work": "0214 0216"}, "2027年2月16日"),
        ({"off": "元旦"}, "没有认出日期"),
        ({"year": "2026"}, "2026 年的放假安排已经录入"),
        ({"issued_on": "2026-12-01"}, "2026年12月1日"),
        ({"number": ""}, "必须填写"),
    ],
)
def test_a_form_that_is_wrong_keeps_what_was_typed_and_shows_no_year(
    world: World, changes: dict[str, str], says: str
) -> None:
    answer = sent(at_the_desk(world), status=422, **changes)
    told = text_of(answer)
    assert says in told
    assert "录入以后的" not in told
    assert all(value in answer.get_data(as_text=True) for value in changes.values())
    assert list(entered_notices()) == []


def test_the_form_is_the_system_administrators(world: World) -> None:
    for person, status in ((world.people.system_admin, 200), (world.people.officer, 403)):
        forget()
        assert signed_in(world, person).get("/calendar/enter").status_code == status
    forget()
    assert world.app.test_client().get("/calendar/enter").status_code in (302, 303)


def test_a_running_period_says_what_a_notice_has_moved(world: World) -> None:
    competition = world.reviewed()
    world.go_to(date(2027, 1, 28))
    transfer = world.awarded(competition)
    officer = signed_in(world, world.people.officer)
    assert "预估 2027年2月11日" in text_of(officer.get(f"/transfers/{transfer.id}"))
    world.do(enter_holidays, None, holiday_terms(issued_on=world.today), by=world.people.system_admin)
    tick(world.app, world.clock)
    forget()
    told = text_of(officer.get(f"/transfers/{transfer.id}"))
    assert "原 2027年2月11日（周四）（预估），按国办发明电〔2026〕7号改为 2027年2月15日（周一）" in told
    assert "预估 2027年2月15日" not in told
    forget()
    tray = text_of(officer.get("/tray"))
    assert "质疑期" in tray


def test_the_calculator_says_what_was_told_before_a_notice(world: World) -> None:
    world.go_to(date(2026, 11, 10))
    world.do(enter_holidays, None, holiday_terms(), by=world.people.system_admin)
    told = text_of(world.app.test_client().get("/periods?clause=CK-10&day=2027-01-29"))
    assert "2027年2月15日" in told
    assert "原 " not in told
    assert "预估" not in told


def test_a_deadline_in_a_year_without_a_notice_says_so_to_the_public(world: World) -> None:
    transfer = world.keyed()
    world.go_to(date(2026, 12, 28))
    call = world.announced(transfer)
    assert call.publication is not None
    told = text_of(world.app.test_client().get(f"/announcements/{call.publication.reference}"))
    assert "预估：那一年的放假安排还没有公布" in told
