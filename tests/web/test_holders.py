"""The pages of the three holders: what is shown once, what is refused at its field, an opening and a replacement by two."""

from __future__ import annotations

import re
from typing import Any

import pytest

from procurement.registers.access import HOLDERS
from procurement.steps.announcement.models import competition_key_of
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.models.review import competition_of
from procurement.steps.holders.models import holders_of_attempt, key_of_appointment
from procurement.transfers.models import Method
from tests.factories import World
from tests.web.browsing import forget, get, send, signed_in, text_of
from tests.web.test_accessibility import cookie_of, look

pytestmark = pytest.mark.sqlite_only

OPENER, WITNESS, CUSTODIAN = HOLDERS
WRONG = "AAAA-BBBB-CCCC-DDDD-EEEE"


def test_a_sheet_is_shown_once_and_its_word_is_typed_back(world: World) -> None:
    transfer, custodian = world.resolved(), world.people.second_member
    base = f"/transfers/{transfer.id}"
    appointment = world.appoint_holder(transfer, CUSTODIAN, custodian)
    browser = signed_in(world, custodian)
    answer = send(browser, f"{base}/custodian/accept", status=200)
    assert answer.headers["Cache-Control"] == "no-store"
    *groups, word = re.findall(r"<span>([2-9A-Z]{4})</span>", answer.text)
    assert len(groups) == 8
    # Once: whoever comes back is refused, and no page shows a group of it again.
    forget()
    assert browser.post(f"{base}/custodian/accept").status_code in (400, 409)
    page = get(browser, base)
    assert not any(group in page for group in groups)
    assert "恢复单还没有核对" in page
    refused = text_of(send(browser, f"{base}/sheet/confirm", {"check_word": "".join(groups)}, status=422))
    assert "核对词" in refused
    key = key_of_appointment(appointment)
    assert key is not None
    assert key.sheet_confirmed_at is None
    send(browser, f"{base}/sheet/confirm", {"check_word": word.lower()})
    assert key.sheet_confirmed_at is not None


def test_only_those_who_may_hold_are_listed(world: World) -> None:
    transfer, people = world.resolved(), world.people
    officer = signed_in(world, people.officer)
    page = get(officer, f"/transfers/{transfer.id}/opening-witness/appoint")
    for person in (people.auditor, people.witness, people.other_officer):
        assert f'<option value="{person.id}">' in page
    for person in (people.payer, people.supervisor, people.security_admin, people.providers[0], people.experts[0]):
        assert f'<option value="{person.id}">' not in page


def test_the_appointing_page_asks_as_many_questions_for_many_people_as_for_few(world: World) -> None:
    from procurement.foundation.database import db
    from procurement.registers.people import Role, RoleGrant, User
    from tests.web.browsing import counted

    transfer = world.resolved()
    officer, path = signed_in(world, world.people.officer), f"/transfers/{transfer.id}/custodian/appoint"
    get(officer, path)
    asked = []
    for number in range(2):
        db.session.expire_all()
        with counted() as statements:
            get(officer, path)
        asked.append(len(statements))
        db.session.add_all(
            User(
                login=f"more{number}.{one}", name=f"某{one}", name_en="", password_hash="-", created_at=world.now,
                department_id=world.people.other_department.id, grants=[RoleGrant(role=Role.OFFICER)],
            )
            for one in range(5)
        )  # fmt: skip
        db.session.commit()
    assert asked[0] == asked[1]


def test_each_wrong_secret_stands_at_its_field_and_none_is_given_back(world: World) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    path = f"/transfers/{announcement.transfer.id}/competition/open"
    browser = signed_in(world, world.people.payer)
    desk = holders_of_attempt(announcement.transfer)
    good = world.passphrase_of(announcement)
    second = str(desk.holders[CUSTODIAN].id)
    page = send(browser, path, {"passphrase": good, "second": second, "second_passphrase": WRONG}, status=422).text
    assert f"恢复单保管人{world.people.second_member.name}的密语不对" in page
    assert f"开启人{world.people.payer.name}的口令不对" not in page
    assert good not in page
    assert WRONG not in page
    assert re.findall(r'<input[^>]*type="(\w+)"[^>]*>', " ".join(re.findall(r"<input[^>]*passphrase[^>]*>", page))) == [
        "password",
        "password",
    ]
    assert page.count('autocomplete="off"') == 2
    assert "要重新输入" in page
    page = send(browser, path, {"passphrase": WRONG, "second": second, "second_passphrase": WRONG}, status=422).text
    assert f"开启人{world.people.payer.name}的口令不对" in page
    assert f"恢复单保管人{world.people.second_member.name}的密语不对" in page
    # Nobody else's appointment can be named as the second, not even one's own.
    own = str(desk.holders[OPENER].id)
    send(browser, path, {"passphrase": good, "second": own, "second_passphrase": good}, status=422)
    assert competition_of(announcement) is None


@pytest.mark.parametrize(("first", "second"), [(OPENER, CUSTODIAN), (CUSTODIAN, WITNESS), (WITNESS, OPENER)])
def test_any_holder_opens_with_another_in_one_request(world: World, first: Any, second: Any) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    path = f"/transfers/{announcement.transfer.id}/competition/open"
    browser = signed_in(world, world.holder_of(announcement, first))
    typed = {
        "passphrase": world.passphrase_of(announcement, first).lower(),
        "second": str(holders_of_attempt(announcement.transfer).holders[second].id),
        "second_passphrase": world.passphrase_of(announcement, second).replace("-", " "),
    }
    send(browser, path, typed)
    competition = competition_of(announcement)
    assert competition is not None
    assert competition.opened_with is world.holder_of(announcement, second)
    assert competition.record is not None
    public = get(world.app.test_client(), f"/announcements/{competition.record.reference}")
    for kind in (first, second):
        assert world.holder_of(announcement, kind).name in public


def test_a_holder_is_replaced_on_a_page_by_the_two_others(world: World) -> None:
    announcement = world.bid()
    transfer, people = announcement.transfer, world.people
    base = f"/transfers/{transfer.id}"
    witness = signed_in(world, people.auditor)
    assert "报告口令遗失" in get(witness, base)
    send(witness, f"{base}/secret/report")
    officer = signed_in(world, people.officer)
    # The officer is told whom to replace, by a button that says what it is.
    told = get(officer, base)
    assert f"{people.auditor.name}（开启见证人）报告口令遗失" in told
    assert f'href="{base}/opening-witness/appoint">指定开启见证人的接任者' in told
    assert "指定开启见证人的接任者" in get(officer, "/workbench")
    assert "<h1>指定开启见证人的接任者</h1>" in get(officer, f"{base}/opening-witness/appoint")
    send(officer, f"{base}/opening-witness/appoint", {"person": str(people.witness.id)})
    successor = signed_in(world, people.witness)
    # Who is to follow cannot open, nor replace anybody.
    forget()
    assert successor.get(f"{base}/competition/open").status_code == 409
    assert successor.get(f"{base}/holder/replace").status_code == 404
    send(successor, f"{base}/opening-witness/accept", status=200)
    opener = signed_in(world, people.payer)
    typed = {
        "passphrase": world.passphrase_of(announcement, OPENER),
        "second_passphrase": world.passphrase_of(announcement, CUSTODIAN),
    }
    page = get(opener, f"{base}/holder/replace")
    assert f"{people.auditor.name}原来的口令从此打不开投标" in page
    assert f"您和{people.second_member.name}的照旧有效" in page
    assert f"{people.second_member.name}的密语（恢复单保管人）" in page
    assert "您的口令（开启人）" in page
    assert page.index("转开视线") < page.index("恢复单上印着的八组")
    refused = send(opener, f"{base}/holder/replace", {**typed, "second_passphrase": WRONG}, status=422).text
    assert f"恢复单保管人{people.second_member.name}的密语不对" in refused
    assert world.holder_of(announcement, WITNESS) is people.auditor
    send(opener, f"{base}/holder/replace", typed)
    assert world.holder_of(announcement, WITNESS) is people.witness
    key = competition_key_of(announcement)
    assert key is not None
    assert len(key.copies) == 3


def test_two_losses_lead_the_officer_to_the_failure(world: World) -> None:
    announcement = world.bid()
    base = f"/transfers/{announcement.transfer.id}"
    for person in (world.people.payer, world.people.auditor):
        send(signed_in(world, person), f"{base}/secret/report")
    officer = signed_in(world, world.people.officer)
    assert f"{base}/competition/fail" in get(officer, base)
    assert "报告口令遗失的：开启人、开启见证人" in get(officer, f"{base}/competition/fail")
    send(officer, f"{base}/competition/fail", {"reason": "两位持有人遗失了口令。"})
    results = get(world.app.test_client(), "/results")
    (reference,) = set(re.findall(r"/announcements/([0-9A-Za-z-]+)", results))
    assert "持有人报告口令遗失，投标打不开" in get(world.app.test_client(), f"/announcements/{reference}")


def test_the_pages_of_the_holders_answer_in_both_languages(world: World) -> None:
    from tests.web.test_pages_of_the_line import faults_of

    transfer, people = world.resolved(), world.people
    base = f"/transfers/{transfer.id}"
    appoint = [f"{base}/{part}/appoint" for part in ("opener", "opening-witness", "custodian")]
    assert faults_of(world, people.officer, *appoint) == []
    world.appoint_holder(transfer, OPENER, people.payer)
    world.appoint_holder(transfer, WITNESS, people.auditor)
    custodian = world.appoint_holder(transfer, CUSTODIAN, people.second_member)
    assert faults_of(world, people.payer, f"{base}/opener/accept") == []
    assert faults_of(world, people.auditor, f"{base}/opening-witness/accept") == []
    assert faults_of(world, people.second_member, f"{base}/custodian/accept") == []
    world.accept_holding(custodian)
    assert faults_of(world, people.second_member, f"{base}/sheet/confirm") == []
    announcement = world.bid(world.announced(transfer))
    assert faults_of(world, people.payer, f"{base}/secret/report", f"{base}/competition/open") == []
    world.hold(transfer, WITNESS, people.witness)
    assert faults_of(world, people.payer, f"{base}/holder/replace") == []
    assert faults_of(world, people.officer, base, *appoint, f"{base}/competition/fail") == []
    assert competition_of(announcement) is None


def test_a_renewal_for_the_same_person_says_so(world: World) -> None:
    announcement = world.bid()
    people, base = world.people, f"/transfers/{announcement.transfer.id}"
    world.hold(announcement.transfer, OPENER, people.payer)
    page = get(signed_in(world, people.second_member), f"{base}/holder/replace")
    assert f"{people.payer.name}（人不变，换新的口令）" in page
    assert "→" not in page
    assert "您的恢复单上的密语" in page


def test_nobody_is_chosen_beforehand_to_hold(world: World) -> None:
    transfer, officer = world.resolved(), signed_in(world, world.people.officer)
    for part in ("opener", "opening-witness", "custodian"):
        path = f"/transfers/{transfer.id}/{part}/appoint"
        page = get(officer, path)
        assert '<option selected value="">请选择</option>' in page or '<option value="">请选择</option>' in page
        assert "必须填写" in send(officer, path, {"person": ""}, status=422).text
    assert transfer.appointments == []


@pytest.mark.parametrize(("method", "says"), [("consultation", True), ("open-tender", False)])
def test_what_is_shown_once_says_only_what_holds_here(world: World, method: str, says: bool) -> None:
    transfer, people = world.resolved(method=Method(method)), world.people
    world.appoint_holder(transfer, OPENER, people.payer)
    world.appoint_holder(transfer, CUSTODIAN, people.second_member)
    base = f"/transfers/{transfer.id}"
    phrase = send(signed_in(world, people.payer), f"{base}/opener/accept", status=200).text
    sheet = send(signed_in(world, people.second_member), f"{base}/custodian/accept", status=200).text
    assert ("这次有磋商，开启最后报价时还要再输入一次" in phrase) is says
    assert ("最后报价也要用它开启" in sheet) is says
    assert ("投标开启之后销毁这张纸" in sheet) is not says


def test_a_secret_is_shown_to_who_asks_and_hidden_when_it_is_sent(world: World, live: Any, browser: Any) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    world.commit(announcement)
    path = f"/transfers/{announcement.transfer.id}/competition/open"
    assert look(world, live, browser, world.people.payer, [path]) == []
    context = browser.new_context(locale="zh-CN")
    context.add_cookies([{"name": "jieli", "value": cookie_of(world, world.people.payer), "url": live.url}])
    page = context.new_page()
    page.goto(live.url + path)
    field, button = page.locator("[name=passphrase]"), page.get_by_role("button", name="显示：您的口令（开启人）")
    field.fill("ABCD")
    assert field.get_attribute("type") == "password"
    button.press("Enter")
    assert (field.get_attribute("type"), button.get_attribute("aria-pressed")) == ("text", "true")
    button.press("Enter")
    assert (field.get_attribute("type"), button.get_attribute("aria-pressed")) == ("password", "false")
    context.close()
