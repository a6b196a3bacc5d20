"""What a typed text becomes, and what no document could print is refused where it is typed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import differences, snapshot
from tests.web.browsing import fields_of, get, send, signed_in, status, text_of

# Pages ask nothing of their own of a database; that each is answered on both, the golden file of routes sees.
pytestmark = pytest.mark.sqlite_only

REFUSALS = {"audit_lines", "audit_heads", "login_sessions"}


def test_a_character_no_font_has_is_named_in_the_form_that_keeps_it(world: Any) -> None:
    transfer = world.draft()
    client, path = signed_in(world, world.people.officer), f"/transfers/{transfer.id}/plan/revise/content"
    before = snapshot()
    answer = send(client, path, {"quality": "保洁员吴𠮷每日两次"}, status=422)
    said = text_of(answer)
    assert "字体中没有这些字" in said
    assert "𠮷（U+20BB7）" in said
    assert fields_of(answer.get_data(as_text=True))["quality"].strip() == "保洁员吴𠮷每日两次"
    assert differences(before, snapshot()) <= REFUSALS


def test_rare_characters_that_a_font_has_are_kept(world: Any) -> None:
    transfer = world.draft()
    client, path = signed_in(world, world.people.officer), f"/transfers/{transfer.id}/plan/revise/content"
    send(client, path, {"quality": "联系人：金𫍯、㛃霞"})
    assert transfer.plan.quality == "联系人：金𫍯、㛃霞"


def test_pasted_line_breaks_become_spaces_in_a_line_and_stay_in_prose(world: Any) -> None:
    transfer = world.draft()
    client, path = signed_in(world, world.people.officer), f"/transfers/{transfer.id}/plan/revise"
    send(client, f"{path}/matter", {"title": " 城市\r\n  管家\r"})
    send(client, f"{path}/content", {"quality": "一\r\n二\r三"})
    assert transfer.title == "城市 管家"
    assert transfer.plan.quality == "一\n二\n三"
    assert "title" in fields_of(get(client, f"{path}/matter"))


def test_a_number_no_database_counts_is_no_error(world: Any) -> None:
    huge = "9" * 20
    assert status(world.app.test_client(), f"/organisations?page={huge}") == 200
    assert status(signed_in(world, world.people.auditor), f"/audit?skip={huge}") == 200
    assert status(signed_in(world, world.people.system_admin), f"/users?page={huge}") == 200


def test_points_and_shares_are_typed_in_plain_digits(world: Any) -> None:
    transfer = world.draft()
    client, path = signed_in(world, world.people.officer), f"/transfers/{transfer.id}/plan/revise"
    for typed, said in (("1_2", "不是整数"), ("1e1", "不是整数"), ("٣", "不是整数")):
        assert said in text_of(send(client, f"{path}/term", {"term_months": typed}, status=422))
    for typed in ("1e6", "1_000", "٣٤"):
        assert "不是金额" in text_of(send(client, f"{path}/money", {"fundings-0-amount": typed}, status=422))


def test_signing_in_asks_for_no_printable_name(world: Any) -> None:
    client = world.app.test_client()
    answer = send(client, "/sign-in", {"login": "吴𠮷", "password": "x" * 12}, status=422)
    assert "字体" not in text_of(answer)


@pytest.mark.parametrize(
    "path",
    [
        "/announcements/%00", "/announcements/%00/opening", "/announcements/%00/calendar.ics", "/catalogue/%00",
        "/bids/%00", "/directory/%1F", "/verify%7F",
    ],
)  # fmt: skip
def test_there_is_nothing_at_an_address_with_a_control_character(world: Any, path: str) -> None:
    assert status(world.app.test_client(), path) == 404
    assert status(signed_in(world, world.people.providers[0]), path) == 404


@pytest.mark.parametrize(
    ("who", "path"),
    [
        (None, "/directory?q=%00"), (None, "/verify?receipt=%00"), (None, "/catalogue?q=a%00b"), (None, "/?%00=1"),
        ("system_admin", "/users?q=%00"), ("auditor", "/audit?chain=%00"), ("auditor", "/audit?chain=%C2%85"),
    ],
)  # fmt: skip
def test_a_query_with_a_control_character_is_no_request(world: Any, who: str | None, path: str) -> None:
    client = signed_in(world, getattr(world.people, who)) if who else world.app.test_client()
    assert status(client, path) == 400
    assert status(client, path.split("?", maxsplit=1)[0]) == 200


def test_a_nul_in_a_form_is_no_request(world: Any) -> None:
    client = world.app.test_client()
    for field in ("login", "password"):
        typed = {"login": "officer", "password": "secret", field: "a\0b"}
        assert send(client, "/sign-in", typed, status=400).status_code == 400
