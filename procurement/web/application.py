"""create_app(): the building with its lights on."""

from __future__ import annotations

import io
import logging
import re
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlencode

from argon2 import PasswordHasher
from flask import Flask, Request, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_bootstrap import Bootstrap5
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from procurement.config import Settings
from procurement.foundation import fields, sealing
from procurement.foundation.clock import Clock, SystemClock, local_day
from procurement.foundation.database import begin_reading, db, end_reading
from procurement.foundation.storage import LocalStorage, Storage
from procurement.registers import access, people
from procurement.registers.holidays.models import entered_years
from procurement.statute.calendar import use_entered_years
from procurement.web import (
    assets,
    budgets,
    calendar,
    catalogue,
    cli,
    editions,
    filters,
    frame,
    languages,
    periods,
    policy,
    portal,
    refusals,
    session,
    tasks,
    workbench,
)
from procurement.web.accounts import substitutions as accounts
from procurement.web.addresses import only_hosts
from procurement.web.agreement import views as agreement
from procurement.web.announcement import holders as _holders  # noqa: F401 - its views join the blueprint of announcements
from procurement.web.announcement import published
from procurement.web.announcement import views as announcement
from procurement.web.competition import bids
from procurement.web.competition import preparing as _preparing  # noqa: F401 - the same
from procurement.web.competition import review as _review  # noqa: F401 - its views join the blueprint of bids
from procurement.web.competition import sitting as _sitting  # noqa: F401 - likewise
from procurement.web.competition import talks as _talks  # noqa: F401 - likewise
from procurement.web.conference import views as conference
from procurement.web.demonstration import views as demonstration
from procurement.web.demonstration.clock import DemonstrationClock
from procurement.web.departments import views as departments
from procurement.web.directory import credit as credit
from procurement.web.directory import views as directory
from procurement.web.handover import views as handover
from procurement.web.imports import views as imports
from procurement.web.instance import is_demonstration
from procurement.web.organisations import views as organisations
from procurement.web.oversight import views as oversight
from procurement.web.performance import views as performance
from procurement.web.preliminaries import views as preliminaries
from procurement.web.standards import views as standards
from procurement.web.supervision import views as supervision
from procurement.web.transfers import drafting as _drafting  # noqa: F401 - its views join the blueprint of transfers
from procurement.web.transfers import take_backs
from procurement.web.transfers import views as transfers

ROOT = Path(__file__).resolve().parents[2]

POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

BLUEPRINTS = (
    portal.bp,
    periods.bp,
    calendar.bp,
    accounts.bp,
    workbench.bp,
    catalogue.bp,
    editions.bp,
    policy.bp,
    departments.bp,
    organisations.bp,
    directory.bp,
    credit.bp,
    standards.bp,
    imports.bp,
    tasks.bp,
    oversight.bp,
    budgets.bp,
    frame.bp,
    transfers.bp,
    take_backs.bp,
    conference.bp,
    preliminaries.bp,
    announcement.bp,
    published.bp,
    bids.bp,
    agreement.bp,
    handover.bp,
    performance.bp,
    supervision.bp,
)


class InMemoryRequest(Request):
    """A request whose uploaded parts stay in memory: what will be sealed must not lie on a disk in clear."""

    def _get_file_stream(self, *_sizes: Any, **_names: Any) -> IO[bytes]:
        return io.BytesIO()


def create_app(
    settings: Settings | None = None, clock: Clock | None = None, storage: Storage | None = None, testing: bool = False
) -> Flask:
    """The application for one instance: `settings` from the environment, the machine's clock and local files unless given."""
    settings = settings or Settings.from_environment()
    app = Flask("procurement", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=settings.secret_key(),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SESSION_COOKIE_NAME="jieli",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.behind_tls,
        WTF_CSRF_TIME_LIMIT=None,
        BOOTSTRAP_SERVE_LOCAL=True,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES=str(settings.instance / "translations"),
        MAX_CONTENT_LENGTH=1 << 20,
        MAX_FORM_MEMORY_SIZE=1 << 20,
        TESTING=testing,
    )
    # The tests carry databases from one instance to another, and their key with them.
    fields.use_field_keys(*(({"test": bytes(32)}, "test") if testing else settings.field_keys()))
    app.request_class = InMemoryRequest
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if testing:
        people.use_hasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        sealing.use_wrapping(sealing.Wrapping(memory=8, passes=1, lanes=1))
    app.extensions["settings"] = settings
    app.extensions["storage"] = storage or LocalStorage(settings.files_folder)

    app.url_map.converters["int"] = KeyConverter
    db.init_app(app)
    use_entered_years(entered_years)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    # The clock of a demonstration is the row in its database; every other instance lives on the machine's.
    app.extensions["clock"] = clock or SystemClock()
    demonstrated = is_demonstration(app)
    if demonstrated and clock is None:
        app.extensions["clock"] = DemonstrationClock(app, SystemClock())

    # The order matters: the time first, since a refusal's page shows it too; sizes before the body is parsed, what no database keeps
    # and CSRF before any view, then the rooms.
    app.before_request(_tell_time)
    app.before_request(_limit_body)
    app.before_request(_refuse_what_nobody_types)
    CSRFProtect(app)
    languages.babel.init_app(app, locale_selector=languages.locale_of_request)
    Bootstrap5(app)
    session.register(app)
    filters.register(app)
    refusals.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if demonstrated:
        demonstration.register(app)
    cli.register(app)
    app.before_request(_prepare)
    app.after_request(_finish)
    if not testing:
        logging.getLogger("procurement").setLevel(logging.INFO)
    assets.serve_static(app, settings.instance)
    if settings.behind_tls:
        # Behind the proxy that ends TLS the peer is the proxy: the address that lock-outs count is the one it names.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    app.wsgi_app = only_hosts(app.wsgi_app, settings.hosts)  # type: ignore[method-assign,assignment]
    return app


class KeyConverter(IntegerConverter):
    """A key in an address; one greater than a database holds is no address, and no error."""

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        """As an integer's, bounded."""
        super().__init__(url_map, *args, **{"max": 2**31 - 1, **kwargs})


def _tell_time() -> None:
    if request.method == "GET":
        begin_reading()
    g.now = session.clock().now()
    access.ask_on(local_day(g.now))


def _limit_body() -> None:
    """Endpoints that take files may be larger than a form; the limit is set before anything reads the body."""
    from flask import current_app

    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_files", False):
        settings: Settings = current_app.extensions["settings"]
        request.max_content_length = settings.upload_limit + (1 << 20)


def _refuse_what_nobody_types() -> None:
    """Control characters: in a path there is nothing at such an address; in a query or a form a database would choke on them.

    What is typed into several lines keeps its line breaks and tabs; what else was pasted with it a field takes out, but NUL.
    """
    if _CONTROL.search(request.path):
        refusals.found(None)
    if any(_CONTROL.search(text) for pair in request.args.items(multi=True) for text in pair):
        raise BadRequest
    if request.method == "POST" and any("\0" in text for pair in request.form.items(multi=True) for text in pair):
        raise BadRequest


# But tab, line feed and carriage return, which a pasted line may have.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _prepare() -> ResponseReturnValue | None:
    wish = request.args.get("lang")
    if wish in languages.LANGUAGES and request.method == "GET":
        arguments = {key: value for key, value in request.args.items() if key != "lang"}
        # One slash only: an address of two would lead to another host.
        answer = redirect(
            "/" + quote(request.path.lstrip("/")) + ("?" + _query(arguments) if arguments else ""), code=303
        )
        answer.set_cookie(languages.COOKIE, str(wish), max_age=365 * 24 * 3600, samesite="Lax", httponly=True)
        return answer
    return None


def _query(arguments: dict[str, str]) -> str:
    return urlencode(arguments)


def _finish(response: Any) -> Any:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Vary", "Cookie, Accept-Language")
    if not request.path.startswith(("/static/", "/bootstrap/")):
        response.headers.setdefault("Cache-Control", "no-store")
    end_reading()
    db.session.rollback()
    return response
