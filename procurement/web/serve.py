"""What `python3 manage.py run` does: make the instance ready, say each stage while it lasts, and serve.

Nothing of a request or an answer is spooled to a disk: bodies stay in memory up to the size that is allowed at all, and
what the libraries must put into a temporary file goes to the instance's own private folder.
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import secrets
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from procurement.config import ROOT, ConfigurationError, Settings
from procurement.web.addresses import is_loopback, lan_addresses, open_socket

if TYPE_CHECKING:
    from flask import Flask

LOOPBACK = "127.0.0.1"
# Only behind an access code, for a demonstration.
EVERY_ADDRESS = "0.0.0.0"  # nosec B104
FIRST_PORT = 8000
THREADS = 8
MEBIBYTE = 1 << 20
ANSWER_IN_MEMORY = 32 * MEBIBYTE
# What the reading thread takes at once, in bytes: for every piece it must wait until the working threads let it run, and
# before a deadline nobody is to be late for that.
READ_AT_ONCE = MEBIBYTE // 4
# After how many seconds a working thread lets another one run; Python's own 5 ms times all of them hold the reader up.
TURN = 0.001

Report = Callable[[str, str], None]


class Stages:
    """Says each stage in both languages when it begins, with the seconds since the start."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __call__(self, chinese: str, english: str) -> None:
        """One line, at once."""
        print(f"[{time.monotonic() - self.began:5.1f} s] {chinese} · {english}", flush=True)


def stop(chinese: str, english: str) -> NoReturn:
    """Say why it cannot start, and end with code 2."""
    print(f"\n{chinese}\n{english}", file=sys.stderr, flush=True)
    raise SystemExit(2)


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class FontsInBackground(threading.Thread):
    """Converts the fonts, in processes of their own, while the rest is made ready."""

    def __init__(self, settings: Settings, report: Report) -> None:
        super().__init__(name="fonts", daemon=True)
        self.settings = settings
        self.report = report
        self.failure: Exception | None = None

    def run(self) -> None:
        """Convert what is not there yet; a failure is kept for `wait`."""
        from procurement.web.fonts import make_fonts_ready

        try:
            make_fonts_ready(self.settings, self._say)
        except Exception as failure:
            self.failure = failure

    def wait(self) -> None:
        """Until the fonts are there; raises what went wrong."""
        if self.is_alive():
            self.report("等待字体转换完成", "waiting for the fonts")
        self.join()
        if self.failure is not None:
            raise self.failure

    def _say(self, stage: str) -> None:
        chinese, _, english = stage.partition(" · ")
        self.report(chinese, english)


def make_files_ready(settings: Settings, report: Report) -> FontsInBackground:
    """Folders, key and translations; the fonts go on in the background until `wait` of what is returned."""
    report("准备文件夹与密钥", "folders and keys")
    settings.make_folders()
    settings.secret_key()
    # Whatever a library spools, it spools where nobody else on this machine reads.
    tempfile.tempdir = str(settings.temporary_folder)
    fonts = FontsInBackground(settings, report)
    fonts.start()
    from procurement.web.translations import compile_translations

    report("编译译文", "compiling the translations")
    compile_translations(ROOT / "translations", settings.translations_folder)
    return fonts


# ── the start ─────────────────────────────────────────────────────────────────────────────────────────────────────


def read_arguments(words: Sequence[str]) -> argparse.Namespace:
    """The options of `manage.py run`."""
    parser = argparse.ArgumentParser(
        prog="python3 manage.py run", description="准备一切并启动接力 · prepare everything and serve"
    )
    parser.add_argument(
        "--lan",
        action="store_true",
        help="让本地网络里的同事凭访问码查看演示 · let colleagues on the local network in, by an access code",
    )
    parser.add_argument("--host", default=LOOPBACK, help="监听的地址，默认只有本机 · the address, this machine's own")
    parser.add_argument("--port", type=_port, default=FIRST_PORT, help="从这个端口起找空闲的 · the first port to try")
    return parser.parse_args(words)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 1 << 16:
        raise argparse.ArgumentTypeError(f"端口应在 1 到 65535 之间，这里是“{text}” · a port is between 1 and 65535")
    return int(text)


def make_ready(settings: Settings, report: Report, *, demonstration: bool) -> Flask:
    """The application of a ready instance: files, tables, reference data, and the demonstration on a first start."""
    fonts = make_files_ready(settings, report)
    report("载入程序", "loading the program")
    from flask_migrate import upgrade
    from sqlalchemy.exc import OperationalError

    from procurement.documents.fonts import FontsMissing
    from procurement.foundation.database import db
    from procurement.web.application import create_app
    from procurement.web.preparation import prepare

    app = create_app(settings)
    report("建立或更新数据库", "database by migrations")
    try:
        with app.app_context():
            upgrade()
    except OperationalError as error:
        stop(
            f"连接不上数据库：{error.orig}。请检查 DATABASE_URL，并确认数据库已经启动。",
            "The database cannot be reached; the reason stands above. Check DATABASE_URL, and that the server runs.",
        )
    # The demonstration prints documents, so it needs the fonts.
    try:
        fonts.wait()
    except FontsMissing as missing:
        stop(str(missing), "The fonts for printed documents are not there; the reason stands above.")
    prepare(app, report, demonstration=demonstration)
    with app.app_context():
        db.engine.dispose()
    # Made again: what an instance is, demonstration or not, is known only now, and decides which routes it has.
    return create_app(settings)


def refuse_unsafe(app: Flask, arguments: argparse.Namespace) -> None:
    """End with a sentence where this instance must not be seen from other machines."""
    from procurement.web.instance import is_demonstration
    from procurement.web.preparation import unsafe_reasons

    if arguments.lan:
        if not is_demonstration(app):
            stop(
                "--lan 只用于演示，而这是一个正式实例。请通过 HTTPS 反向代理提供服务，并设置 JIELI_PUBLIC_URL=https://…。",
                "--lan is for a demonstration, and this is a real instance. Serve it by TLS and set JIELI_PUBLIC_URL.",
            )
        return
    if is_loopback(arguments.host) or not (reasons := unsafe_reasons(app)):
        return
    stop(
        f"不能在 {arguments.host} 上启动："
        + "；".join(reason for reason, _ in reasons)
        + "。请只在本机（127.0.0.1）启动，或先改正以上各项；给同事看演示请用 --lan。",
        f"Refused to start on {arguments.host}: "
        + "; ".join(reason for _, reason in reasons)
        + ". Start on 127.0.0.1, or mend this first; to show the demonstration to colleagues use --lan.",
    )


def lines_to_read(url: str, elsewhere: Sequence[str], code: str | None, *, demonstration: bool) -> Iterator[str]:
    """What the terminal says when the server answers: the address, and what to do first."""
    yield ""
    yield "接力已启动 · Jieli is running"
    yield f"    {url}"
    if elsewhere:
        yield "同事和手机请打开 · colleagues and phones open"
        yield from (f"    {address}" for address in elsewhere)
        yield f"    访问码 · access code: {code}"
    if demonstration:
        yield "先打开上面的地址，点“体验路线”，从起草一份方案走到结案。"
        yield "Open the address, choose the guided walk, and take one transfer from its draft plan to its closing."
    else:
        yield "打开上面的地址登录。第一次：用 flask prepare 打印的安全管理员账号，先开设系统管理员的账号并授予角色。"
        yield "Open the address and sign in. The first time: as the security administrator that `flask prepare` printed;"
        yield "open an account for a system administrator first, and grant it the role."
    yield "按 Ctrl-C 停止 · Ctrl-C stops it"
    yield ""


# Who sends more than anything here may be is answered before the application is asked: in both languages, and no more.
_TOO_LARGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>文件太大 · Too large</title></head>
<body><h1>文件太大，没有收下</h1><p>上传的内容超过了上限。请返回上一页，压缩或拆分后再上传。</p>
<p lang="en">What was sent is larger than the limit and was not taken. Please go back, compress or split it, and send it again.</p>
</body></html>
"""


def _say_what_is_too_large() -> None:
    """Have waitress refuse a body in words that its sender understands; it refuses before the application is asked."""
    from waitress import parser

    class TooLarge(parser.RequestEntityTooLarge):
        def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
            headers = [("Content-Type", "text/html; charset=utf-8")]
            return f"{self.code} {self.reason}", headers, _TOO_LARGE.encode()

    parser.RequestEntityTooLarge = TooLarge


def create_server(app: Flask, settings: Settings, opened: socket.socket) -> Any:
    """A waitress server on `opened`: bodies up to the upload limit stay in memory, larger ones are refused."""
    import waitress

    from procurement.web.arrivals import note_last_bytes

    _say_what_is_too_large()
    note_last_bytes()
    sys.setswitchinterval(TURN)
    largest = settings.upload_limit + MEBIBYTE
    return waitress.create_server(
        app,
        sockets=[opened],
        threads=THREADS,
        max_request_body_size=largest,
        inbuf_overflow=largest + MEBIBYTE,
        outbuf_overflow=ANSWER_IN_MEMORY,
        recv_bytes=READ_AT_ONCE,
        clear_untrusted_proxy_headers=True,
        ident=None,
    )


def main(words: Sequence[str]) -> int:
    """Prepare and serve until Ctrl-C; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    arguments = read_arguments(words)
    stages = Stages()
    # Said outright: a process that was started in the background may have inherited deaf ears for Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _end)
    try:
        settings = Settings.from_environment()
        if arguments.lan:
            settings = _open_to_colleagues(settings)
        demonstration = arguments.lan or is_loopback(arguments.host)
        app = make_ready(settings, stages, demonstration=demonstration)
        refuse_unsafe(app, arguments)
        return _serve(app, settings, arguments, stages)
    except ConfigurationError as error:
        chinese, _, english = str(error).partition(" · ")
        stop(chinese, english)
    except KeyboardInterrupt:
        print("\n已停止 · stopped", flush=True)
        return 130


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


def _open_to_colleagues(settings: Settings) -> Settings:
    names = (*settings.hosts, *lan_addresses(), socket.gethostname(), f"{socket.gethostname()}.local")
    code = f"{secrets.randbelow(10**6):06}"
    return dataclasses.replace(settings, hosts=tuple(dict.fromkeys(names)), access_code=code)


def _serve(app: Flask, settings: Settings, arguments: argparse.Namespace, report: Report) -> int:
    from procurement.web import access_code
    from procurement.web.instance import is_demonstration
    from procurement.web.queue import start_consumer, stop_consumer

    host = EVERY_ADDRESS if arguments.lan else arguments.host
    try:
        opened = open_socket(host, arguments.port)
    except OSError as error:
        stop(
            f"不能在 {host} 的端口 {arguments.port} 起监听：{error.strerror}。请换一个端口，例如 --port 9000。",
            f"Cannot listen on {host} from port {arguments.port}: {error.strerror}. Try another, such as --port 9000.",
        )
    port = opened.getsockname()[1]
    if port != arguments.port:
        report(f"端口 {arguments.port} 已被占用，改用 {port}", f"port {arguments.port} is taken, so {port}")
    if settings.access_code:
        access_code.register(app, settings.access_code)
    server = create_server(app, settings, opened)
    seen = LOOPBACK if arguments.lan else arguments.host
    elsewhere = [f"http://{address}:{port}/" for address in lan_addresses()] if arguments.lan else []
    url = f"http://{f'[{seen}]' if ':' in seen else seen}:{port}/"
    # Letters name this address where no public one is configured.
    app.config["SERVED_AT"] = url.rstrip("/")
    start_consumer(app)
    for line in lines_to_read(url, elsewhere, settings.access_code, demonstration=is_demonstration(app)):
        print(line, flush=True)
    server.run()
    print("\n正在停止 · stopping", flush=True)
    server.close()
    stop_consumer(app)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
