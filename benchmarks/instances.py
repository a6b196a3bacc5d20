"""Real instances to measure: no demonstration, made by the same deeds that the tests use, then served by processes of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from procurement.config import ROOT, Settings
from procurement.foundation.clock import FixedClock
from procurement.foundation.database import db
from procurement.foundation.storage import LocalStorage
from procurement.registers.people import LoginSession, User
from procurement.web.application import create_app
from procurement.web.preparation import load_reference_data
from procurement.web.session import new_token, token_hash
from tests.factories import World, inhabited, settle


@dataclass(frozen=True, slots=True)
class Made:
    """An instance, the world that made it, and the variables with which a process serves it."""

    app: Flask
    world: World
    environment: Mapping[str, str]

    def cookies(self, users: Sequence[User]) -> list[dict[str, str]]:
        """For each user the cookie of a session that begins now by the wall's clock."""
        tokens, now = [new_token() for _ in users], datetime.now().astimezone()
        for token, user in zip(tokens, users, strict=True):
            row = LoginSession(
                token_hash=token_hash(token), user_id=user.id, session_version=user.session_version, opened_at=now, seen_at=now
            )  # fmt: skip
            db.session.add(row)
        db.session.commit()
        return [self._cookie(token) for token in tokens]

    def _cookie(self, token: str) -> dict[str, str]:
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = token
            session["_fresh"] = True
        cookie = client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        return {cookie.key: cookie.value}


@contextmanager
def made(place: Path, database_url: str, at: datetime) -> Iterator[Made]:
    """An instance in `place` on a database without people, its legal clock standing at `at` while it is made."""
    # Converted once in this working copy and kept, as the tests do.
    fonts = Path(os.environ.get("JIELI_FONTS") or ROOT / "build" / "fonts")
    environment = {
        "JIELI_INSTANCE": str(place / "instance"),
        "DATABASE_URL": database_url,
        "STORAGE_URL": "",
        "JIELI_FONTS": str(fonts),
    }
    settings = Settings.from_environment(environment)
    settings.make_folders()
    clock, storage = FixedClock(at), LocalStorage(settings.files_folder)
    app = create_app(settings, clock, storage)
    with app.app_context():
        upgrade()
        load_reference_data(app, clock)
        settle(clock.now())
        db.session.remove()
    with inhabited(app, clock, storage) as world:
        # It has people and deadlines of its own: walked here, and remembered for no test.
        world.untouched = False
        try:
            yield Made(app, world, environment)
        finally:
            db.session.remove()
            db.engine.dispose()
