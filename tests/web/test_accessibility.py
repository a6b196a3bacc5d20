"""Every page under axe, at desktop width and at 360 pixels, in both languages: nothing found, nothing scrolls sideways."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.sessions import SecureCookieSessionInterface

from procurement.foundation.database import db
from procurement.registers.people import LoginSession, User
from procurement.web.session import new_token, token_hash

WIDTHS = (1280, 360)


def cookie_of(world: Any, user: User) -> str:
    """The cookie of a browser in which `user` is signed in."""
    token, now = new_token(), world.clock.wall()
    db.session.add(
        LoginSession(
            token_hash=token_hash(token),
            user_id=user.id,
            session_version=user.session_version,
            opened_at=now,
            seen_at=now,
        )
    )
    db.session.commit()
    serializer = SecureCookieSessionInterface().get_signing_serializer(world.app)
    assert serializer is not None
    return str(serializer.dumps({"_user_id": token, "_fresh": True}))


def look(world: Any, live: Any, browser: Any, user: User | None, paths: list[str]) -> None:
    """Open each page at both widths and in both languages, and run axe on it."""
    faults: list[str] = []
    for width in WIDTHS:
        for language in ("zh", "en"):
            context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
            cookies = [{"name": "language", "value": language, "url": live.url}]
            if user is not None:
                cookies.append({"name": "jieli", "value": cookie_of(world, user), "url": live.url})
            context.add_cookies(cookies)
            page = context.new_page()
            for path in paths:
                answer = page.goto(live.url + path)
                assert answer is not None
                where = f"{path} at {width} in {language}"
                if answer.status != 200:
                    faults.append(f"{where}: status {answer.status}")
                    continue
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    faults.append(f"{where}: scrolls sideways to {wide}")
                for violation in Axe().run(page).response["violations"]:
                    nodes = [node["html"][:120] for node in violation["nodes"][:2]]
                    faults.append(f"{where}: {violation['id']}: {nodes}")
            context.close()
    assert not faults, "\n".join(faults)


@pytest.mark.sqlite_only
def test_the_public_pages(world: Any, live: Any, browser: Any) -> None:
    announcement = world.announced()
    reference = announcement.publication.reference
    lists = ("negative-list", "functions", "communities", "011401")
    paths = [
        "/", "/announcements", "/results", f"/announcements/{reference}", "/catalogue",
        *(f"/catalogue/{name}" for name in lists), "/organisations", "/organisations/register", "/sign-in",
        "/account/reset", "/styleguide",
    ]  # fmt: skip
    look(world, live, browser, None, paths)


@pytest.mark.sqlite_only
def test_the_officers_pages(world: Any, live: Any, browser: Any) -> None:
    transfer = world.resolved()
    base = f"/transfers/{transfer.id}"
    paths = [
        "/workbench", "/transfers/", base, f"{base}/plan", "/transfers/new", "/transfers/new/011401",
        f"{base}/opener/appoint", f"{base}/announcement/draft", "/tray", "/account",
    ]  # fmt: skip
    look(world, live, browser, world.people.officer, paths)
    transfer = world.agreed()
    base = f"/transfers/{transfer.id}"
    look(
        world, live, browser, world.people.officer,
        [base, f"{base}/competition", f"{base}/agreement", f"{base}/agreement/publish", f"{base}/agreement/file", f"{base}/handover/draft"],
    )  # fmt: skip


@pytest.mark.sqlite_only
def test_the_pages_of_the_others(world: Any, live: Any, browser: Any) -> None:
    transfer = world.drawn()
    expert = world.panel_of(transfer)[0]
    look(world, live, browser, expert, [f"/transfers/{transfer.id}/competition/score"])
    transfer = world.handed_over()
    provider = world.provider_of(transfer)
    look(world, live, browser, provider, ["/workbench", "/bids/", f"/transfers/{transfer.id}"])
    transfer = world.inspected()
    look(world, live, browser, world.people.evaluator, [f"/transfers/{transfer.id}/evaluation/conclude"])
    look(world, live, browser, world.people.auditor, ["/audit", "/audit/verify", f"/transfers/{transfer.id}"])
    look(world, live, browser, world.people.security_admin, ["/users"])
