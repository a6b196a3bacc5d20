"""The demonstration: what it tells, its clock, becoming somebody, and that none of it exists on a real instance."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from procurement.foundation.clock import FixedClock, at_local, local_day
from procurement.foundation.database import begin_writing, db
from procurement.foundation.errors import WrongState
from procurement.registers import access, accounts, audit
from procurement.registers.access import Deed
from procurement.registers.accounts import NewPassword, PersonTerms
from procurement.registers.audit import AuditLine
from procurement.registers.deeds import perform
from procurement.registers.demonstration import Demonstration, the_demonstration
from procurement.registers.organisations.credit_code import ensure_credit_code
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import LoginSession, Role, User, user_by_login
from procurement.statute.calendar import working_calendar
from procurement.steps.agreement.models import agreement_of
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.models.review import award_of_transfer
from procurement.steps.reminders import Reminder
from procurement.steps.rooms import standing_of
from procurement.steps.supervision.models import evaluation_of
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer, TransferStatus, all_transfers
from procurement.web import queue
from procurement.web.demonstration.clock import BEGINNING, DemonstrationClock
from procurement.web.demonstration.scenario import is_real, load_demonstration, reset_demonstration
from procurement.web.instance import is_demonstration
from procurement.web.preparation import create_first_administrator, first_steps, prepare
from tests.demonstrations import Told, told  # noqa: F401 - a fixture
from tests.documents.reading import text_of as text_of_pdf
from tests.factories import differences, snapshot
from tests.web.browsing import counted, faults_at, fields_of, text_of

OCTOBER_16 = at_local(BEGINNING.date().replace(month=10, day=16), 9, 31)


def silent(_chinese: str, _english: str) -> None:
    """Nobody reads the stages here."""


@pytest.fixture
def inside(told: Told) -> Iterator[Told]:  # noqa: F811
    """The demonstration with its context open, for a test that asks the database itself."""
    with told.app.app_context():
        yield told
        db.session.remove()


def titled(part: str) -> Transfer:
    """The transfer whose title holds `part`."""
    (found,) = [row for row in all_transfers() if part in row.title]
    return found


def become(browser: FlaskClient, told: Told, login: str, to: str = "") -> Any:  # noqa: F811
    """Go on as somebody, by the button of the page that lists them."""
    with told.app.app_context():
        person = user_by_login(login)
        assert person is not None
        number = person.id
    csrf = fields_of(browser.get("/demonstration/people").text)["csrf_token"]
    return browser.post(f"/demonstration/people/{number}/assume", data={"csrf_token": csrf, "next": to})


# ── what it tells ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_eight_transfers_stand_in_different_steps(inside: Told) -> None:
    standing = {row.title: (row.status, row.step, row.attempt) for row in all_transfers()}
    on_line = TransferStatus.ON_LINE
    assert standing == {
        "老城片区城市管家服务": (TransferStatus.CLOSED, Step.SUPERVISION, 1),
        "农贸市场专业化托管": (on_line, Step.PERFORMANCE, 1),
        "农作物病虫害专业化防治": (on_line, Step.PERFORMANCE, 1),
        "公共文化场馆的日常运营": (on_line, Step.HANDOVER, 1),
        "犬只收容场所的运营": (on_line, Step.ANNOUNCEMENT, 2),
        "困难群众探访照料": (on_line, Step.AGREEMENT, 1),
        "行业性专业性纠纷调解": (on_line, Step.COMPETITION, 1),
        "家庭教育指导": (TransferStatus.PREPARING, None, 1),
    }
    assert all(row.title_en for row in all_transfers())
    assert audit.first_broken_line() is None


def test_the_story_is_the_one_that_was_promised(inside: Told) -> None:
    storage, calendar = inside.app.extensions["storage"], working_calendar()
    steward = titled("城市管家")
    agreement, evaluation = agreement_of(steward), evaluation_of(steward)
    assert steward.catalogue_entry.code == "011401"
    assert agreement is not None
    assert agreement.text is not None
    assert evaluation is not None
    for sha256 in (agreement.text.sha256, evaluation.text.sha256):
        with storage.open(sha256) as document:
            assert document.read(5) == b"%PDF-"
    markets = titled("农贸市场")
    assert (markets.catalogue_entry.code, markets.function and markets.function.code) == ("030401", "T05")
    award = award_of_transfer(titled("探访"))
    assert award is not None
    ends = competition_rules.challenge_ends(award.transfer, award, calendar)
    assert ends is not None
    assert local_day(award.published_at) <= local_day(BEGINNING) <= ends  # type: ignore[arg-type]
    late = standing_of(titled("文化"), BEGINNING, calendar).outstanding
    assert any(
        item.by is not None and item.by < local_day(BEGINNING) for item in late if item.deed is Deed.AGREEMENT_FILE
    )
    three_years = titled("农作物")
    guessed = [item.by for item in standing_of(three_years, BEGINNING, calendar).outstanding]
    assert three_years.plan.term_months == 36
    assert any(calendar.is_estimated(day) for day in guessed if day is not None)


def test_twelve_organisations_with_valid_codes_and_english_names(inside: Told) -> None:
    rows = db.session.scalars(select(Organisation)).unique().all()
    assert len(rows) == 12
    for row in rows:
        ensure_credit_code(row.credit_code)
        assert row.name_en
        assert "演示" in row.introduction
    assert sum(row.is_verified for row in rows) == 11


def test_making_it_twice_changes_nothing(inside: Told) -> None:
    before = snapshot()
    load_demonstration(inside.app, silent)
    assert differences(before, snapshot()) == set()


def test_the_documents_say_that_they_are_of_a_demonstration(inside: Told) -> None:
    steward, storage = titled("城市管家"), inside.app.extensions["storage"]
    for issued in (agreement_of(steward), evaluation_of(steward)):
        assert issued is not None
        assert issued.text is not None
        with storage.open(issued.text.sha256) as document:
            assert "演示文件，不具有法律效力" in text_of_pdf(document.read())


# ── a real instance ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.sqlite_only
def test_a_real_instance_refuses_to_become_one_and_has_none_of_its_routes(app: Flask, clock: FixedClock) -> None:
    with app.app_context():
        created = create_first_administrator(app, clock)
        assert created is not None
        assert is_real(app)
        # What is printed says what this one account is: it opens accounts and grants roles, and sets nothing else up.
        printed = "\n".join(first_steps(*created))
        for part in (
            "安全管理员",
            "授予系统管理员角色",
            "security administrator only",
            "python3 manage.py run",
            *created,
        ):
            assert part in printed
        first = user_by_login(created[0])
        assert all(access.can(first, deed, None) for deed in (Deed.USER_CREATE, Deed.ROLES_GRANT))
        assert not any(access.can(first, deed, None) for deed in (Deed.DEPARTMENT_CREATE, Deed.ACCOUNTS_IMPORT))
        before = snapshot()
        with pytest.raises(WrongState, match="不能变成演示"):
            load_demonstration(app, silent)
        with pytest.raises(WrongState, match="不是演示实例"):
            reset_demonstration(app, silent)
        prepare(app, silent, demonstration=True)
        assert differences(before, snapshot()) == set()
        assert the_demonstration() is None
    assert not is_demonstration(app)
    assert not [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("demonstration.")]
    client = app.test_client()
    for path in ("/demonstration/people", "/demonstration/clock", "/demonstration/reset", "/demonstration/happened"):
        assert client.get(path).status_code == 404
    page = client.get("/sign-in").text
    assert "demo-strip" not in page
    assert "演示人物" not in page


@pytest.mark.postgres_only
def test_an_unfinished_one_is_emptied_and_made_on_postgresql_too(app: Flask, clock: FixedClock) -> None:
    with app.app_context():
        begin_writing()
        db.session.add(Demonstration(id=1, made_at=clock.wall(), legal_at=BEGINNING, wall_at=clock.wall()))
        db.session.add(Organisation(
            credit_code="left over", name="残留", address="", representative="", phone="", registered_at=clock.now()
        ))  # fmt: skip
        db.session.commit()
        load_demonstration(app, silent)
        row = the_demonstration()
        assert row is not None
        assert row.ready_at is not None
        assert len(all_transfers()) == 8
        assert db.session.scalar(select(func.count()).select_from(Organisation)) == 12
        assert audit.first_broken_line() is None
        db.session.remove()


# ── becoming somebody ──────────────────────────────────────────────────────────────────────────────────────────────


def test_one_click_makes_a_visitor_somebody_and_every_line_says_so(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    answer = become(browser, told, "ye.qing", "/transfers/")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/transfers/"
    assert "叶青" in browser.get("/workbench").text
    with told.app.app_context():
        line = db.session.scalars(select(AuditLine).where(AuditLine.deed == Deed.IDENTITY_ASSUME)).one()
        assert line.visitor
        assert line.subject.startswith("user ")
        assert db.session.scalars(select(LoginSession.visitor)).all() == [True]


def test_becoming_another_ends_the_session_before(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    become(browser, told, "ye.qing")
    become(browser, told, "xu.wen")
    with told.app.app_context():
        ended = db.session.scalars(select(LoginSession.closed_at).order_by(LoginSession.id)).all()
        assert [moment is not None for moment in ended] == [True, False]


def test_a_visitor_is_not_sent_to_another_site(told: Told) -> None:  # noqa: F811
    answer = become(told.browser(), told, "ye.qing", "https://elsewhere.example/")
    assert answer.headers["Location"] == "/workbench"


def test_the_two_administrators_are_neither_listed_nor_to_be_had(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    page = browser.get("/sign-in").text
    for login in ("admin", "xi.tong", "system"):
        with told.app.app_context():
            person = user_by_login(login)
            assert person is not None
            number = person.id
        assert f"/demonstration/people/{number}/assume" not in page
        assert become(browser, told, login).status_code == 404


def test_becoming_somebody_is_a_post_that_came_from_our_own_page(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    with told.app.app_context():
        person = user_by_login("ye.qing")
        assert person is not None
        path = f"/demonstration/people/{person.id}/assume"
    assert browser.get(path).status_code == 405
    answer = browser.post(path)
    assert answer.status_code == 400
    assert "没有办成任何事" in answer.text
    become(browser, told, "ye.qing")
    for elsewhere in (path, "/tray/read", "/transfers/new/011401"):
        answer = browser.post(elsewhere)
        assert answer.status_code == 400, elsewhere
        assert "没有办成任何事" in answer.text


def test_the_sign_in_page_lists_who_can_do_what_next_and_prints_the_passphrases(told: Told) -> None:  # noqa: F811
    page = text_of(told.browser().get("/sign-in"))
    assert "召集联席会议：家庭教育指导" in page
    assert "协议备案：公共文化场馆的日常运营" in page
    assert re.search(r"开启口令（行业性专业性纠纷调解） [2-9A-Z]{4}(-[2-9A-Z]{4}){4}", page)


def add_people(told: Told, count: int) -> None:  # noqa: F811
    """New officers, opened by the demonstration's own administrators."""
    clock = told.app.extensions["clock"]
    secret = NewPassword.of("一句记得住的话就是密码")
    opener, granter = user_by_login("xi.tong"), user_by_login("admin")
    department = user_by_login("ye.qing")
    assert department is not None
    for number in range(count):
        terms = PersonTerms(login=f"new.{number}", name=f"新人{number}", department_id=department.department_id)
        person = perform(accounts.create_user, None, terms, secret, must_change=False, actor=opener, clock=clock)
        perform(accounts.grant_roles, person, frozenset({Role.OFFICER}), actor=granter, clock=clock)
    db.session.remove()


def test_people_added_later_appear_and_cost_no_query_more(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    browser.get("/demonstration/people")
    with told.app.app_context(), counted() as before:
        browser.get("/demonstration/people")
    with told.app.app_context():
        add_people(told, 4)
    with told.app.app_context(), counted() as after:
        page = browser.get("/demonstration/people").text
    assert "新人3" in page
    assert len(after) == len(before)


# ── the guard at the door ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""])
def test_a_strange_host_name_is_refused(told: Told, host: str) -> None:  # noqa: F811
    browser = told.browser()
    for path in ("/", "/sign-in", "/demonstration/people"):
        answer = browser.get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert "JIELI_HOSTS" in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:8000", "[::1]", "[::1]:8000"])
def test_the_machines_own_names_are_answered(told: Told, host: str) -> None:  # noqa: F811
    assert told.browser().get("/healthz", headers={"Host": host}).status_code == 200


def test_while_it_is_made_new_every_page_says_so(told: Told) -> None:  # noqa: F811
    with told.app.app_context():
        begin_writing()
        row = the_demonstration()
        assert row is not None
        row.ready_at = None
        db.session.commit()
    answer = told.browser().get("/announcements")
    assert answer.status_code == 503
    assert "正在重建演示" in answer.text
    assert "The demonstration is being made new" in answer.text


# ── the clock ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_clock_begins_on_monday_at_nine_and_goes_on_with_the_wall(inside: Told) -> None:
    clock = inside.app.extensions["clock"]
    assert clock.now() == BEGINNING
    inside.wall.advance(timedelta(seconds=50))
    assert clock.now() == BEGINNING + timedelta(seconds=50)
    inside.wall.advance(timedelta(seconds=70))
    assert clock.now() == BEGINNING + timedelta(minutes=2)


def test_it_is_saved_at_most_once_a_minute(inside: Told) -> None:
    clock = inside.app.extensions["clock"]
    saved = []
    for _second in range(150):
        inside.wall.advance(timedelta(seconds=1))
        clock.now()
        db.session.rollback()
        row = the_demonstration()
        assert row is not None
        saved.append(row.wall_at)
    assert len(set(saved)) == 3


def test_time_while_the_system_is_stopped_does_not_count(inside: Told) -> None:
    clock = inside.app.extensions["clock"]
    for _minute in range(10):
        inside.wall.advance(timedelta(minutes=1))
        clock.now()
    inside.wall.advance(timedelta(days=3))
    started_again = DemonstrationClock(inside.app, inside.wall)
    assert started_again.now() == BEGINNING + timedelta(minutes=10)
    inside.wall.advance(timedelta(seconds=30))
    assert started_again.now() == BEGINNING + timedelta(minutes=10, seconds=30)


def test_it_never_goes_back_when_the_wall_does(inside: Told) -> None:
    clock = inside.app.extensions["clock"]
    inside.wall.advance(timedelta(seconds=40))
    assert clock.now() == BEGINNING + timedelta(seconds=40)
    inside.wall.advance(timedelta(seconds=-30))
    assert clock.now() == BEGINNING + timedelta(seconds=40)


def test_it_is_read_and_saved_while_another_holds_the_write_lock(inside: Told) -> None:
    clock = inside.app.extensions["clock"]
    inside.wall.advance(timedelta(minutes=2))
    begin_writing()
    assert clock.now() == BEGINNING + timedelta(minutes=2)
    db.session.rollback()


def test_every_page_shows_the_clock_and_why_today_is_not_today(told: Told) -> None:  # noqa: F811
    for path in ("/", "/catalogue", "/sign-in", "/no-such-page"):
        page = told.browser().get(path).text
        assert "2025年9月22日（周一） 9:00" in page
        assert "为什么不是今天" in page


def test_a_transfers_page_offers_its_own_next_moment(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    become(browser, told, "xu.he")
    with told.app.app_context():
        number = titled("调解").id
    strip = re.findall(r'class="demo-strip".*?</aside>', browser.get(f"/transfers/{number}").text, re.S)[0]
    assert "快进到 10月16日（周四） 9:31：投标截止，可以开启" in html.unescape(strip)


def leap(browser: FlaskClient, told: Told, until: str) -> Any:  # noqa: F811
    """The confirmation page of a jump, and what its button answers."""
    path = f"/demonstration/clock?to={until}"
    opened = browser.get(path)
    return opened, browser.post(path, data=fields_of(opened.text))


def test_a_jump_lists_others_first_then_stops_at_every_due_instant_in_order(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    become(browser, told, "xu.he")
    opened, answer = leap(browser, told, "2025-10-16T09:31:00%2B08:00")
    assert "其他事项也会受影响" in opened.text
    assert "质疑期届满" in opened.text
    assert answer.status_code == 303
    with told.app.app_context():
        assert queue.run_waiting(told.app) == 1
        lines = db.session.scalars(
            select(AuditLine).where(AuditLine.deed == Deed.CLOCK_ADVANCE).order_by(AuditLine.id)
        ).all()
        stops = [line.told["to"] for line in lines]
        assert stops == sorted(stops)
        assert stops[-1] == "2025-10-16T01:31:00.000000Z"
        assert len(stops) == 4
        assert all(line.visitor for line in lines)
        sent = db.session.scalars(select(Reminder.sent_at).order_by(Reminder.id)).all()
        assert len([moment for moment in sent if moment > BEGINNING]) == 2
        assert sent == sorted(sent)
        assert told.app.extensions["clock"].now() == OCTOBER_16
        assert audit.first_broken_line() is None
    task = browser.get(answer.headers["Location"])  # nobody was signed out
    assert task.status_code == 200
    (result,) = re.findall(r'href="(/demonstration/happened[^"]+)"', task.text)
    happened = text_of(browser.get(html.unescape(result)))
    assert "发送到期提醒" in happened
    assert "快到期" in happened


def test_the_clock_does_not_go_back(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    become(browser, told, "xu.he")
    for until in ("2025-09-01T09:00:00%2B08:00", "2025-09-22T09:00:00%2B08:00"):
        path = f"/demonstration/clock?to={until}"
        answer = browser.get(path)
        assert answer.status_code == 422
        assert "只能快进" in answer.text
        csrf = fields_of(browser.get("/demonstration/reset").text)["csrf_token"]
        assert browser.post(path, data={"csrf_token": csrf}).status_code == 422
    with told.app.app_context():
        assert told.app.extensions["clock"].now() == BEGINNING


@pytest.mark.parametrize(
    "until",
    [
        "", "soon", "2025-10-16T09:31:00", "9999-99-99", "9999-12-31T23:59:59%2B00:00", "9999-12-31T23:59:59-08:00",
        "0001-01-01T00:00:00%2B08:00",
    ],
)  # fmt: skip
def test_an_instant_that_is_none_is_not_at_this_address(told: Told, until: str) -> None:  # noqa: F811
    browser = told.browser()
    become(browser, told, "xu.he")
    assert browser.get(f"/demonstration/clock?to={until}").status_code == 404


def test_visitors_who_are_nobody_move_nothing(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    path = "/demonstration/clock?to=2025-10-16T09:31:00%2B08:00"
    assert browser.get(path).status_code == 303
    assert browser.get("/demonstration/reset").status_code == 303
    csrf = fields_of(browser.get("/demonstration/people").text)["csrf_token"]
    assert browser.post(path, data={"csrf_token": csrf}).status_code == 403
    assert browser.post("/demonstration/reset", data={"csrf_token": csrf}).status_code == 403
    with told.app.app_context():
        assert queue.run_waiting(told.app) == 0
        assert told.app.extensions["clock"].now() == BEGINNING


# ── going on, examples, the walk ───────────────────────────────────────────────────────────────────────────────────


def test_where_a_transfer_waits_for_somebody_else_its_page_offers_to_be_them(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    become(browser, told, "ye.qing")
    with told.app.app_context():
        number = titled("家庭教育").id
    page = text_of(browser.get(f"/transfers/{number}"))
    assert "以 金波 · 市府办公室 继续：召集联席会议" in page


def test_a_transfer_that_takes_bids_offers_three_bidders(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    become(browser, told, "xu.he")
    with told.app.app_context():
        number = titled("调解").id
    page = text_of(browser.get(f"/transfers/{number}"))
    assert len(re.findall(r"以 \S+ · \S+ 继续：提交投标", page)) == 3


def test_an_example_fills_the_form_and_is_offered_only_where_there_is_one(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    become(browser, told, "lin.hai")
    bare = browser.get("/transfers/new/011401").text
    assert 'href="?example=1"' in bare
    assert fields_of(bare)["title"] == ""
    filled = fields_of(browser.get("/transfers/new/011401?example=1").text)
    assert filled["title"] == "龙湖片区城市管家服务"
    assert filled["title_en"].startswith("City-steward service")
    assert "?example=1" not in browser.get("/transfers/new/010101").text


def test_the_walk_is_offered_put_away_and_found_again(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    page = browser.get("/").text
    assert "开始体验" in page
    csrf = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    browser.post("/demonstration/walk", data={"csrf_token": csrf, "next": "/sign-in"})
    assert "开始体验" not in browser.get("/").text
    assert "guide-line" not in browser.get("/sign-in").text
    assert "打开体验路线" in browser.get("/sign-in").text
    browser.post("/demonstration/walk", data={"csrf_token": csrf, "next": "/sign-in", "open": "1"})
    assert "开始体验" in browser.get("/").text
    assert "guide-line" in browser.get("/sign-in").text


# ── making it new ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_button_makes_it_new(told: Told) -> None:  # noqa: F811
    browser = told.browser()
    become(browser, told, "lin.hai")
    with told.app.app_context():
        add_people(told, 1)
        before = db.session.scalar(select(func.count()).select_from(User))
    told.wall.advance(timedelta(minutes=2))
    opened = browser.get("/demonstration/reset")
    answer = browser.post("/demonstration/reset", data=fields_of(opened.text))
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/demonstration/people"
    page = browser.get("/demonstration/people")
    assert page.status_code == 200
    assert "演示已经重建" in page.text
    assert "新人0" not in page.text
    with told.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == (before or 0) - 1
        assert len(all_transfers()) == 8
        assert told.app.extensions["clock"].now() == BEGINNING
        assert audit.first_broken_line() is None
        assert not db.session.scalars(select(LoginSession)).all()
    assert browser.get("/workbench").status_code == 303


# ── in a browser ───────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The demonstration on a free port of this machine."""
    import waitress
    from waitress import wasyncore

    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4, ident=None)
    thread = threading.Thread(target=server.run, name="demonstration")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(10)
        server.task_dispatcher.shutdown()


def test_its_pages_are_clean_at_both_widths_and_in_both_languages(told: Told, browser: Any) -> None:  # noqa: F811
    with told.app.app_context():
        number = titled("调解").id
    paths = (
        "/", "/sign-in", "/demonstration/people", "/demonstration/reset", f"/transfers/{number}", "/transfers/new/011401",
        f"/demonstration/clock?to=2025-10-16T09:31:00%2B08:00&transfer={number}",
        "/demonstration/happened?since=2025-08-01T00:00:00%2B08:00",
    )  # fmt: skip
    faults: list[str] = []
    with served(told.app) as url:
        for language in ("zh", "en"):
            context = browser.new_context(locale="zh-CN")
            context.add_cookies([{"name": "language", "value": language, "url": url}])
            page = context.new_page()
            page.goto(f"{url}/demonstration/people")
            page.locator("form:has(button:text('许和')) button, form:has(button:text('Xu He')) button").first.click()
            for path in paths:
                faults += faults_at(page, url + path, language)
            context.close()
    assert faults == []
