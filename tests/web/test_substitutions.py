"""Substitutes as a browser sees them: named and ended on the account page, shown on both workbenches."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from procurement.registers.people import substitutions_of
from tests.web.browsing import forget, get, send, signed_in, text_of


def test_a_person_names_a_substitute_both_see_it_and_the_substitute_ends_it(world: Any) -> None:
    officer, payer = world.people.officer, world.people.payer
    transfer = world.resolved()
    client, theirs = signed_in(world, officer), signed_in(world, payer)
    path = f"/users/{officer.id}/substitution"
    assert path in get(client, "/account")
    assert f"/transfers/{transfer.id}/opener/appoint" not in get(theirs, "/workbench")
    last = (world.today + timedelta(days=5)).isoformat()
    answer = send(client, path, {"substitute": str(payer.id), "last_day": last})
    assert answer.location == "/account"
    assert f"{payer.name} 代理您" in text_of(get_answer(client, "/workbench"))
    page = get(theirs, "/workbench")
    assert "您代理" in page
    assert f"/transfers/{transfer.id}/opener/appoint" in page
    send(theirs, f"/transfers/{transfer.id}/opener/appoint", {"person": str(world.people.approver.id)})
    assert f"{payer.name}（代{officer.name}）" in get(client, f"/transfers/{transfer.id}")
    get(client, f"/transfers/{transfer.id}?lang=en", 303)
    assert f"{payer.name_en} (for {officer.name_en})" in get(client, f"/transfers/{transfer.id}")
    page = get(theirs, "/account")
    (substitution,) = substitutions_of(payer, world.today)
    button = f"/substitutions/{substitution.id}/end"
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    assert button in page
    forget()
    assert theirs.post(button, data={"csrf_token": token[1]}).location == "/account"
    assert "您代理" not in get(theirs, "/workbench")


def get_answer(client: FlaskClient, path: str) -> Any:
    forget()
    return client.get(path)


def test_an_account_of_no_department_is_offered_no_substitute_and_another_ones_page_is_closed(world: Any) -> None:
    assert "/substitution" not in get(signed_in(world, world.people.evaluator), "/account")
    client = signed_in(world, world.people.approver)
    get(client, f"/users/{world.people.officer.id}/substitution", 403)
    admin = signed_in(world, world.people.security_admin)
    path = f"/users/{world.people.officer.id}/substitution"
    assert path in get(admin, f"/users/{world.people.officer.id}")
    answer = send(admin, path, {"last_day": "2026-09-01"}, status=422)
    assert "60 日" in text_of(answer)
