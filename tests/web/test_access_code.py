"""The code at the door of a demonstration that colleagues on the local network may look at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from procurement.foundation.clock import FixedClock
from procurement.web import access_code

pytestmark = pytest.mark.sqlite_only

CODE = "042137"
COLLEAGUE = {"REMOTE_ADDR": "10.0.0.23"}


@pytest.fixture
def colleague(app: Flask) -> FlaskClient:
    """A browser on another machine."""
    app.config["WTF_CSRF_ENABLED"] = False
    access_code.register(app, CODE)
    return app.test_client()


def type_code(colleague: FlaskClient, code: str) -> TestResponse:
    return colleague.post(access_code.PATH, data={"code": code}, environ_overrides=COLLEAGUE)


@pytest.mark.parametrize("path", ["/", "/catalogue", "/no-such-page"])
def test_without_the_code_every_page_leads_to_the_door(colleague: FlaskClient, path: str) -> None:
    answer = colleague.get(path, environ_overrides=COLLEAGUE)
    assert (answer.status_code, answer.location) == (303, access_code.PATH)


def test_who_sits_at_the_machine_itself_is_not_asked(colleague: FlaskClient) -> None:
    assert colleague.get("/").status_code == 200


def test_the_door_says_where_the_code_is_found(colleague: FlaskClient) -> None:
    page = colleague.get(access_code.PATH, environ_overrides=COLLEAGUE)
    assert page.status_code == 200
    assert "访问码在那台电脑的终端里" in page.text
    assert page.text.count("<h1") == 1


def test_the_code_opens_the_door_for_this_browser(colleague: FlaskClient) -> None:
    assert type_code(colleague, f" {CODE} ").status_code == 303
    assert colleague.get("/", environ_overrides=COLLEAGUE).status_code == 200


def test_a_wrong_code_is_refused_in_place(colleague: FlaskClient) -> None:
    answer = type_code(colleague, "000000")
    assert answer.status_code == 422
    assert "访问码不对" in answer.text
    assert colleague.get("/", environ_overrides=COLLEAGUE).status_code == 303


def test_a_cookie_made_up_opens_nothing(colleague: FlaskClient) -> None:
    colleague.set_cookie(access_code.COOKIE, "接力")
    assert colleague.get("/", environ_overrides=COLLEAGUE).status_code == 303


def test_after_ten_wrong_codes_the_right_one_waits_a_quarter_of_an_hour(
    colleague: FlaskClient, clock: FixedClock
) -> None:
    for _ in range(access_code.TRIES):
        assert type_code(colleague, "000000").status_code == 422
    assert type_code(colleague, CODE).status_code == 429
    clock.advance(timedelta(minutes=15))
    assert type_code(colleague, CODE).status_code == 303
