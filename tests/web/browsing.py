"""A browser without a screen: signing in as somebody, opening a page, sending its form with what is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from procurement.foundation.database import db
from procurement.registers.people import LoginSession, User
from procurement.web.session import new_token, token_hash


def forget() -> None:
    """The world holds an application context open, and Flask would share its `g` with every request made inside it."""
    for key in list(g):
        g.pop(key)


def opened_session(world: Any, user: User) -> str:
    """The token of a new session of `user`."""
    token, now = new_token(), world.clock.wall()
    row = LoginSession(
        token_hash=token_hash(token), user_id=user.id, session_version=user.session_version, opened_at=now, seen_at=now
    )
    db.session.add(row)
    db.session.commit()
    return token


def signed_in(world: Any, user: User) -> FlaskClient:
    """A browser in which `user` is signed in."""
    token = opened_session(world, user)
    client: FlaskClient = world.app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client


class _Form(HTMLParser):
    """The fields of the form in `main`, with what stands in them."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = 0
        self.fields: list[tuple[str, str]] = []
        self.select = ""
        self.area: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if tag == "main":
            self.inside += 1
        elif self.inside and tag == "input":
            self._input(found)
        elif self.inside and tag == "select":
            self.select = found["name"]
        elif self.inside and tag == "option" and (self.select not in dict(self.fields) or "selected" in found):
            # A browser sends the first option where none is marked.
            self.fields.append((self.select, found.get("value", "")))
        elif self.inside and tag == "textarea":
            self.area = [found["name"]]

    def _input(self, found: dict[str, str]) -> None:
        name, kind = found.get("name", ""), found.get("type")
        if kind in {"checkbox", "radio"}:
            if "checked" in found:
                self.fields.append((name, found.get("value", "y")))
        elif kind != "file" and name:
            self.fields.append((name, found.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.area.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area is not None:
            self.fields.append((self.area[0], "".join(self.area[1:]).removeprefix("\r").removeprefix("\n")))
            self.area = None
        elif tag == "main":
            self.inside -= 1


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the form on this page, the last one of a name ruling."""
    reader = _Form()
    reader.feed(page)
    return dict(reader.fields)


def text_of(answer: TestResponse) -> str:
    """The words of a page."""
    page = answer.get_data(as_text=True)
    main = page.split("<main", 1)[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def get(client: FlaskClient, path: str, status: int = 200) -> str:
    """The page at `path`, answered with the expected status."""
    forget()
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code, text_of(answer)[:500])
    return answer.get_data(as_text=True)


def status(client: FlaskClient, path: str) -> int:
    """What the page at `path` is answered with."""
    forget()
    return client.get(path).status_code


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are executed inside."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


WIDTHS = {"zh": (1280, 360), "en": (360, 1280)}


def faults_of(page: Any, where: str) -> list[str]:
    """What axe finds on the page that a browser shows, and whether it scrolls sideways."""
    faults = sideways(page, where)
    for violation in Axe().run(page).response["violations"]:
        faults.append(f"{where}: {violation['id']}: {[node['html'][:120] for node in violation['nodes'][:2]]}")
    return faults


def sideways(page: Any, where: str) -> list[str]:
    """Whether the page that a browser shows is wider than its window."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{where}: scrolls sideways to {wide}"] if wide > page.viewport_size["width"] else []


def faults_at(page: Any, url: str, language: str) -> list[str]:
    """What is wrong with the page at an address, at 1280 and 360 pixels.

    Axe looks at the Chinese page at desktop width and at the English one on a phone: what it finds hangs on the one or the
    other, and a page costs it half a second. Whether a page scrolls sideways is asked at both widths of each.
    """
    faults: list[str] = []
    for turn, width in enumerate(WIDTHS[language]):
        page.set_viewport_size({"width": width, "height": 900})
        where = f"{url} at {width} in {language}"
        if turn:
            faults += sideways(page, where)
            continue
        answer = page.goto(url)
        assert answer is not None
        if answer.status != 200:
            return [f"{where}: status {answer.status}"]
        faults += faults_of(page, where)
    return faults


def send(client: FlaskClient, path: str, typed: dict[str, Any] | None = None, *, status: int = 303) -> TestResponse:
    """Open the page of a deed, type, and send its form; the answer has the expected status."""
    forget()
    opened = client.get(path)
    assert opened.status_code == 200, (path, opened.status_code, text_of(opened)[:500])
    values: dict[str, Any] = {**fields_of(opened.get_data(as_text=True)), **(typed or {})}
    forget()
    answer = client.post(path, data={key: value for key, value in values.items() if value is not None})
    assert answer.status_code == status, (path, answer.status_code, text_of(answer)[:800])
    return answer
