"""A demonstration for the tests: told once in a run, by its own deeds, then copied for each test that wants one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from procurement.config import Settings
from procurement.foundation.clock import FixedClock
from procurement.foundation.database import db
from procurement.foundation.storage import LocalStorage
from tests import databases
from tests.conftest import START, _close, _fill


@dataclass(frozen=True, slots=True)
class Told:
    """A demonstration that stands at its beginning: the application, and the wall's clock under its own."""

    app: Flask
    wall: FixedClock

    def browser(self) -> FlaskClient:
        """A browser without a screen."""
        return self.app.test_client()


def settings_in(folder: Path, fonts: Path, translations: Path) -> Settings:
    """The settings of an instance in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "translations").exists():
        (folder / "translations").symlink_to(translations)
    return Settings(
        instance=folder, database_url=f"sqlite:///{folder / 'jieli.sqlite3'}", files_folder=folder / "files",
        fonts_folder=fonts,
    )  # fmt: skip


def open_instance(settings: Settings, wall: FixedClock) -> Flask:
    """The application of a demonstration, its legal clock on `wall`."""
    from procurement.web.application import create_app
    from procurement.web.demonstration.clock import DemonstrationClock

    app = create_app(settings, wall, LocalStorage(settings.files_folder), testing=True)
    app.extensions["clock"] = DemonstrationClock(app, wall)
    return app


def _tell(settings: Settings) -> None:
    from procurement.web.application import create_app
    from procurement.web.demonstration.scenario import load_demonstration

    _fill(settings.database_url)
    app = create_app(settings, FixedClock(START), LocalStorage(settings.files_folder), testing=True)
    load_demonstration(app, lambda _chinese, _english: None)
    with app.app_context():
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    _close(app)


@pytest.fixture
def told(tmp_path: Path, prepared_fonts: Path, compiled_translations: Path) -> Iterator[Told]:
    """A demonstration of this test's own, on SQLite."""
    master = databases.shared_folder() / "demonstration"
    databases.once("demonstration", lambda: _tell(settings_in(master, prepared_fonts, compiled_translations)))
    folder = tmp_path / "instance"
    shutil.copytree(master, folder, symlinks=True)
    wall = FixedClock(START)
    app = open_instance(settings_in(folder, prepared_fonts, compiled_translations), wall)
    yield Told(app, wall)
    from procurement.web.queue import stop_consumer

    stop_consumer(app)
    _close(app)
