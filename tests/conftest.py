"""Fixtures that every test may ask for: the application on both databases, a clock that stands still, a browser."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType
from typing import Any, NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from procurement.config import ROOT, Settings
from procurement.documents.fonts import prepare_fonts
from procurement.foundation.clock import FixedClock
from procurement.foundation.database import db
from procurement.foundation.storage import MemoryStorage

# The application knows every model, and the models one another by name: all are there before the first is used, whichever
# test comes first.
from procurement.web.application import create_app
from procurement.web.preparation import load_reference_data
from procurement.web.translations import compile_translations
from tests import databases

# Monday 22 September 2025, nine in the morning in China: National Day and its make-up days lie ahead.
START = datetime(2025, 9, 22, 1, 0, tzinfo=UTC)
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


# ── the run ───────────────────────────────────────────────────────────────────────────────────────────────────────


def is_worker(config: pytest.Config) -> bool:
    """Whether this process runs tests for another one that started the run."""
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that all workers share."""
    if not is_worker(config):
        databases.make_shared_folder()
        # Whoever ends this run from outside ends its server too: Python would otherwise leave without a word.
        signal.signal(signal.SIGTERM, _end)


def compile_addresses_once() -> None:
    """Every test makes an application of its own; its 230 addresses are the same in all of them.

    Werkzeug reads each rule and compiles two functions for it, which took a quarter of the suite. What comes of it depends
    on the rule's text, its defaults and the kinds of its converters alone.
    """
    compile_, compiled = Rule.compile, dict[Any, Rule]()

    def compile_once(self: Rule) -> None:
        assert self.map is not None
        key = (self.rule, self.subdomain, self.host, repr(self.defaults), self.map.converters["int"])
        first = compiled.setdefault(key, self)
        if first is self:
            compile_(self)
            return
        self._parts, self._trace, self._converters = first._parts, first._trace, first._converters
        self.arguments = set(first.arguments)
        self._build, self._build_unknown = (
            build.__func__.__get__(self)
            for build in (first._build, first._build_unknown)  # type: ignore[attr-defined]
        )

    Rule.compile = compile_once  # type: ignore[method-assign]


class CompiledTemplates(BytecodeCache):
    """Every test's application renders the same templates: each is compiled once in this process, known by its text."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was compiled of this template with this text."""
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        assert bucket.code is not None
        self.codes[bucket.key, bucket.checksum] = bucket.code


def compile_templates_once() -> None:
    """Let every application take templates that another one has compiled."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}


compile_templates_once()
compile_addresses_once()


def _end(_number: int, _frame: object) -> NoReturn:
    pytest.exit("ended from outside", returncode=143)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server and remove the folder, whatever became of the tests."""
    databases.let_go()
    if not is_worker(config):
        databases.stop_postgres()
        shutil.rmtree(databases.shared_folder(), ignore_errors=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say on which PostgreSQL the tests ran."""
    if version := databases.server_version():
        terminalreporter.write_line(f"PostgreSQL: {version}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever needs a database runs on both, unless it is marked, or served to a browser."""
    if "database_kind" not in metafunc.fixturenames:
        return
    kinds = ["sqlite", "postgres"]
    if metafunc.definition.get_closest_marker("sqlite_only") or "live" in metafunc.fixturenames:
        kinds = ["sqlite"]
    elif metafunc.definition.get_closest_marker("postgres_only"):
        kinds = ["postgres"]
    metafunc.parametrize("database_kind", kinds, indirect=True)


def lacking(variable: str, reason: str) -> NoReturn:
    """Skip with the reason; fail where `variable` says that this must not be lacking."""
    if os.environ.get(variable) == "1":
        pytest.fail(f"{reason} ({variable}=1)", pytrace=False)
    pytest.skip(reason)


# ── the application ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at 9:00 on 22 September 2025 until a test moves it."""
    return FixedClock(START)


@pytest.fixture
def storage() -> MemoryStorage:
    """Files in memory."""
    return MemoryStorage()


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgres`; skipped with the reason where there is no PostgreSQL."""
    kind = str(request.param)
    if kind == "postgres":
        try:
            databases.postgres()
        except databases.NoPostgres as none:
            lacking("REQUIRE_POSTGRES", str(none))
    return kind


@pytest.fixture
def empty_database(database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database with no table in it."""
    with databases.empty_database(database_kind, tmp_path) as address:
        yield address


@pytest.fixture
def database(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database with every migration and the reference data, this test's own; a world's with its people."""
    name, fill = ("peopled", _people) if "world" in request.fixturenames else ("filled", _fill)
    with databases.filled_database(database_kind, tmp_path, name, fill) as address:
        yield address


@pytest.fixture(scope="session")
def prepared_fonts() -> Path:
    """The folder of the converted fonts: made once, kept between runs; JIELI_FONTS names another."""
    folder = Path(os.environ.get("JIELI_FONTS") or ROOT / "build" / "fonts")
    prepare_fonts(folder, lambda stage: None)
    return folder


@pytest.fixture(scope="session")
def compiled_translations() -> Path:
    """The folder of the compiled translations, made once in this run."""
    folder = databases.shared_folder() / "translations"
    folder.mkdir(exist_ok=True)
    databases.once("translations", lambda: _compile(folder))
    return folder


def _compile(folder: Path) -> None:
    compile_translations(ROOT / "translations", folder)


@pytest.fixture
def settings(database: str, tmp_path: Path, prepared_fonts: Path, compiled_translations: Path) -> Settings:
    """The settings of this test's own instance."""
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "translations").symlink_to(compiled_translations)
    return Settings(
        instance=instance, database_url=database, files_folder=instance / "files", fonts_folder=prepared_fonts
    )


@pytest.fixture
def app(settings: Settings, clock: FixedClock, storage: MemoryStorage) -> Iterator[Flask]:
    """The application with reference data; no context is pushed."""
    application = create_app(settings, clock, storage, testing=True)
    yield application
    _close(application)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a screen, not signed in."""
    return app.test_client()


@pytest.fixture
def world(app: Flask, clock: FixedClock, storage: MemoryStorage) -> Iterator[Any]:
    """People of every role and one walk along the line (tests/factories.py), inside the application's context."""
    from tests.factories import inhabited

    with inhabited(app, clock, storage) as people:
        yield people


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _fill(address: str, then: Callable[[datetime], None] | None = None) -> None:
    """Bring an empty database to the head of the migrations and load the reference data; `then` adds to it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        bare = Settings(
            instance=place, database_url=address, files_folder=place / "files", fonts_folder=place / "fonts"
        )
        clock = FixedClock(START)
        app = create_app(bare, clock, MemoryStorage(), testing=True)
        with app.app_context():
            upgrade()
            load_reference_data(app, clock)
            if then is not None:
                then(clock.now())
        _close(app)


def _people(address: str) -> None:
    """The same with the people of tests/factories.py."""
    from tests.factories import settle

    _fill(address, settle)


# ── a server and a browser ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Live:
    """An application that answers at `url`, and its clock."""

    url: str
    app: Flask
    clock: FixedClock


@pytest.fixture
def live(app: Flask, clock: FixedClock) -> Iterator[Live]:
    """The application served on a free port of this machine, on SQLite."""
    import waitress
    from waitress import wasyncore

    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4, ident=None)
    thread = threading.Thread(target=server.run, name="live")
    thread.start()
    yield Live(f"http://127.0.0.1:{server.effective_port}", app, clock)
    # Closed by its own thread: a socket taken from under a waiting select would be an error there.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join(10)
    server.task_dispatcher.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium, this worker's own; skipped with the reason where there is none."""
    named = os.environ.get("CHROMIUM")
    path = named or next((found for name in BROWSER_NAMES if (found := shutil.which(name))), None)
    if path is None or not Path(path).exists():
        lacking("REQUIRE_BROWSER", "no Chromium: install the package chromium, or name one in CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(BROWSER_OPTIONS))
        yield chromium
        chromium.close()
