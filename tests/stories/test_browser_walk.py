"""One newcomer's walk in a real Chromium: from the first page of the demonstration to a closed case and its two documents.

Told twice: at desktop width with the pointer, in Chinese; and at 360 pixels by keyboard alone, in English. Every page is
looked at by axe and kept as a picture in `build/walk/`, with the number of clicks.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error
from waitress import wasyncore
from waitress.server import create_server

from procurement.foundation.database import db
from procurement.transfers.models import TransferStatus, all_transfers
from procurement.web import queue
from procurement.web.application import create_app
from tests.conftest import Live, _close
from tests.demonstrations import Told, told  # noqa: F401
from tests.web.browsing import faults_of

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "walk"

# A walk that needs more than this has lost its way.
MOST_PAGES = 220


@pytest.fixture
def shown(told: Told) -> Iterator[Live]:  # noqa: F811
    """A demonstration as a visitor finds it, on the clock of this machine, served with its queue."""
    app = create_app(told.app.extensions["settings"], testing=True)
    app.config["SERVER_NAME"] = None
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    stop = queue.start_consumer(app)
    yield Live(f"http://127.0.0.1:{server.effective_port}", app, app.extensions["clock"])
    stop()
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join(10)
    server.task_dispatcher.shutdown()
    _close(app)


# How many links, buttons and fields a Tab passes on its way to an element. A group of radios is one stop, and is not counted.
STOPS_BETWEEN = """
wanted => {
  const stops = [...document.querySelectorAll('a[href], button, input:not([type=radio]):not([type=hidden]), select, textarea')]
    .filter(stop => !stop.disabled && stop.tabIndex >= 0 && stop.checkVisibility());
  const here = document.activeElement;
  return stops.filter(stop =>
    (here === document.body || here.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING) &&
    stop.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_FOLLOWING).length;
}
"""


@dataclass
class Visitor:
    """A newcomer at a page: what is clicked, what is seen, what axe finds."""

    page: Any
    name: str
    keyboard: bool
    clicks: int = 0
    keys: int = 0
    seen: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def press(self, target: Any) -> None:
        """Click, or go to it by Tab and press Enter."""
        self.clicks += 1
        # A mark on the document: an answer may well be a page at the same address.
        self.page.evaluate("document.documentElement.setAttribute('data-pressed', '')")
        if not self.keyboard:
            target.click()
        else:
            self._tab_to(target)
            self.page.keyboard.press("Enter")
        until(self.page, self._is_another)

    def _is_another(self) -> bool:
        """Asked inside the page: what Playwright heard of its loading may still be said of the one before."""
        return bool(
            self.page.evaluate(
                "document.readyState === 'complete' && !document.documentElement.hasAttribute('data-pressed')"
            )
        )

    def _tab_to(self, target: Any) -> None:
        wanted = target.element_handle()
        # So many stops lie between for certain; only the rest are looked at one by one.
        for _stop in range(self.page.evaluate(STOPS_BETWEEN, wanted)):
            self.page.keyboard.press("Tab")
            self.keys += 1
        for _step in range(400):
            if self.page.evaluate("element => document.activeElement === element", wanted):
                return
            self.page.keyboard.press("Tab")
            self.keys += 1
        raise AssertionError(f"the keyboard alone does not reach {target}")

    def mark(self, box: Any) -> None:
        """Tick a box."""
        self.clicks += 1
        if not self.keyboard:
            box.check()
        else:
            self._tab_to(box)
            self.page.keyboard.press("Space")

    def look(self, state: str = "") -> None:
        """Keep a picture of the page, and what axe says of it, once for each kind of page and each state of it that is told."""
        kind = re.sub(
            r"/[0-9A-Z]{5}-[0-9A-Z]{5}|/\d+", "/n", self.page.url.split("://")[1].split("/", 1)[1].split("?")[0]
        )
        # The sections of a plan are pages of one kind; more of them are looked at where they are tested.
        kind = re.sub(r"/plan/revise/[a-z]+", "/plan/revise/section", kind)
        kind = re.sub(r"/[0-9a-zA-Z_-]{20,}", "/token", "/" + kind)
        shown = f"{kind}-{state}" if state else kind
        if shown in self.seen:
            return
        picture = f"{self.name}-{len(self.seen):02}-{shown.strip('/').replace('/', '-') or 'first-page'}.png"
        self.seen[shown] = picture
        self.page.screenshot(path=str(PICTURES / picture), full_page=True)
        self.faults += self.examine(kind)

    def examine(self, kind: str) -> list[str]:
        """What is wrong with the page that is shown."""
        return faults_of(self.page, kind)

    def first(self, selector: str) -> Any | None:
        """The first visible thing of this kind."""
        for found in self.page.locator(selector).all():
            if found.is_visible():
                return found
        return None


def until(page: Any, holds: Callable[[], bool], seconds: int = 60) -> None:
    """Wait for a page to become what is expected; the policy on content forbids asking inside the page."""
    for _wait in range(seconds * 20):
        try:
            if holds():
                page.wait_for_load_state("load")
                return
        except Error:
            # The page is on its way to the next one.
            pass
        page.wait_for_timeout(50)
    raise AssertionError(f"{page.url} did not become what was expected")


def one_step(visitor: Visitor) -> bool:
    """Do what this page asks for; False where there is nothing more to do."""
    page = visitor.page
    visitor.look()
    if "/tasks/" in page.url:
        return _go_on_from_task(visitor)
    example = visitor.first('main form a[href*="example=1"]')
    if example is not None:
        visitor.press(example)
        return True
    submit = visitor.first("main form[method=post] > .acts button.btn:not(.btn-quiet)")
    if submit is not None:
        lent = visitor.first('main input[type=checkbox][name="example"]')
        if lent is not None and not lent.is_checked():
            visitor.mark(lent)
        before = page.url
        visitor.press(submit)
        refused = visitor.first(".err-sum")
        assert refused is None, (before, refused.inner_text() if refused else "")
        return True
    onward = visitor.first(".go-on .btn-primary") or visitor.first(".outstanding .btn-primary")
    if onward is None:
        onward = visitor.first('main a.btn-primary[href^="/transfers/"]') or visitor.first(
            'main .papers a[href^="/transfers/new/"]'
        )
    if onward is None:
        return False
    visitor.press(onward)
    return True


def _go_on_from_task(visitor: Visitor) -> bool:
    """Wait for a task's end: its page then gives way to the result, or shows the way on, or the sentence of a refusal.

    The page renews itself while it is looked at, so nothing is concluded from what is not there yet.
    """
    page = visitor.page
    ends = page.locator("main a.btn-primary, main [role=alert]")
    until(page, lambda: "/tasks/" not in page.url or ends.count() > 0)
    refused = visitor.first("main [role=alert]")
    assert "/tasks/" not in page.url or refused is None, (page.url, refused.inner_text() if refused else "")
    if "/tasks/" in page.url:
        visitor.press(page.locator("main a.btn-primary").first)
    return True


def walk(shown: Live, browser: Any, *, width: int, language: str, keyboard: bool, name: str) -> Visitor:
    """From the first page to the end; the visitor that walked."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale="zh-CN" if language == "zh" else "en-GB", accept_downloads=True
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    visitor = Visitor(page, name, keyboard)
    with shown.app.app_context():
        before = {transfer.id for transfer in all_transfers()}
        db.session.rollback()
    page.goto(f"{shown.url}/")
    for _page in range(MOST_PAGES):
        if not one_step(visitor):
            break
    with shown.app.app_context():
        (transfer,) = (row for row in all_transfers() if row.id not in before)
        said = page.locator("main").inner_text()[:600]
        assert transfer.status is TransferStatus.CLOSED, (page.url, transfer.step, transfer.plan.status, said)
        number = transfer.id
        db.session.rollback()
    download_as_auditor(visitor, shown, number)
    context.close()
    return visitor


def download_as_auditor(visitor: Visitor, shown: Live, number: int) -> None:
    """Become the auditor on the page of the people, and take agreement and evaluation away."""
    page = visitor.page
    page.goto(f"{shown.url}/demonstration/people?next=/transfers/{number}")
    visitor.look()
    visitor.press(page.get_by_role("button", name=re.compile("审计局|Audit Bureau")).first)
    visitor.look()
    for document in ("agreement", "evaluation"):
        with page.expect_download() as taken:
            visitor.clicks += 1
            page.locator(f'a[href="/transfers/{number}/{document}/document"]').first.click()
        path = PICTURES / f"{visitor.name}-{document}.pdf"
        taken.value.save_as(str(path))
        assert path.read_bytes().startswith(b"%PDF-")


def tell(visitor: Visitor) -> None:
    """Write what it took."""
    took = {"clicks": visitor.clicks, "tabs": visitor.keys, "pages": visitor.seen}
    (PICTURES / f"{visitor.name}.json").write_text(json.dumps(took, ensure_ascii=False, indent=1), encoding="utf-8")


@pytest.mark.sqlite_only
def test_a_newcomer_walks_the_line_with_the_pointer(shown: Live, browser: Any) -> None:
    visitor = walk(shown, browser, width=1280, language="zh", keyboard=False, name="desktop")
    tell(visitor)
    assert not visitor.faults, "\n".join(visitor.faults)


@pytest.mark.sqlite_only
def test_a_newcomer_walks_the_line_on_a_phone_by_keyboard_alone(shown: Live, browser: Any) -> None:
    visitor = walk(shown, browser, width=360, language="en", keyboard=True, name="phone")
    tell(visitor)
    assert not visitor.faults, "\n".join(visitor.faults)
