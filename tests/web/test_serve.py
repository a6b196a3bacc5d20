"""Starting: the port, the addresses, the translations, and what the terminal says."""

from __future__ import annotations

import gettext
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from flask import Flask

from procurement.config import ROOT, Settings
from procurement.web import addresses, serve, translations

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgid "提交"
msgstr "Submit"
"""


def test_a_taken_port_is_passed_over_for_the_next_one() -> None:
    with addresses.open_socket("127.0.0.1", 18000) as first:
        port = first.getsockname()[1]
        with addresses.open_socket("127.0.0.1", port) as second:
            assert second.getsockname()[1] > port


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(OSError, match="assign"):
        addresses.open_socket("192.0.2.1", 18000)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_loopback_addresses_are_this_machine_alone(host: str) -> None:
    assert addresses.is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "jieli.example.cn"])
def test_every_other_address_is_open_to_others(host: str) -> None:
    assert not addresses.is_loopback(host)


def test_no_address_for_colleagues_is_this_machine_alone() -> None:
    assert not [address for address in addresses.lan_addresses() if addresses.is_loopback(address)]


def test_translations_are_compiled_to_the_instance_and_can_be_compiled_again(tmp_path: Path) -> None:
    source = tmp_path / "translations" / "en" / "LC_MESSAGES"
    source.mkdir(parents=True)
    (source / "messages.po").write_text(CATALOGUE, "utf-8")
    for _ in range(2):
        assert translations.compile_translations(tmp_path / "translations", tmp_path / "compiled") == 1
    english = gettext.translation("messages", tmp_path / "compiled", languages=["en"])
    assert english.gettext("提交") == "Submit"
    assert [path.name for path in (tmp_path / "compiled/en/LC_MESSAGES").iterdir()] == ["messages.mo"]


def test_without_translations_nothing_is_compiled(tmp_path: Path) -> None:
    assert translations.compile_translations(tmp_path / "translations", tmp_path / "compiled") == 0


def test_the_terminal_says_the_address_and_what_to_do_first() -> None:
    said = "\n".join(serve.lines_to_read("http://127.0.0.1:8000/", [], None, demonstration=True))
    assert "http://127.0.0.1:8000/" in said
    assert "体验路线" in said
    assert "访问码" not in said


def test_the_terminal_says_the_code_where_colleagues_may_look() -> None:
    lines = serve.lines_to_read("http://127.0.0.1:8000/", ["http://10.0.0.7:8000/"], "123456", demonstration=True)
    said = "\n".join(lines)
    assert "http://10.0.0.7:8000/" in said
    assert "访问码 · access code: 123456" in said


@pytest.mark.sqlite_only
def test_no_body_that_is_accepted_is_spooled_to_a_disk(app: Flask, settings: Settings) -> None:
    opened = addresses.open_socket("127.0.0.1", 18000)
    server = serve.create_server(app, settings, opened)
    try:
        assert server.adj.max_request_body_size == settings.upload_limit + (1 << 20)
        assert server.adj.inbuf_overflow > server.adj.max_request_body_size
        assert not server.adj.ident
    finally:
        server.task_dispatcher.shutdown()
        server.close()


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("evil.example", 400),
        ("", 400),
        ("127.0.0.1:8000:evil.example", 400),
    ],
)
def test_only_expected_host_names_are_answered(app: Flask, host: str, status: int) -> None:
    answer = app.test_client().get("/", headers={"Host": host})
    assert answer.status_code == status
    assert ("JIELI_HOSTS" in answer.text) == (status == 400)


# ── a whole start ─────────────────────────────────────────────────────────────────────────────────────────────────


class Started:
    """`python3 -m procurement.web.serve` in a process of its own."""

    def __init__(self, *words: str, instance: Path, fonts: Path) -> None:
        environment = {**os.environ, "JIELI_INSTANCE": str(instance), "JIELI_FONTS": str(fonts), "PYTHONUTF8": "1"}
        for name in ("DATABASE_URL", "STORAGE_URL"):
            environment.pop(name, None)
        self.log = instance.with_suffix(".log")
        self.out = self.log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "procurement.web.serve", *words],
            cwd=ROOT, env=environment, stdout=self.out, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def address(self, seconds: float) -> str:
        """The address it prints, once it does."""
        patience = time.monotonic() + seconds
        while time.monotonic() < patience and self.process.poll() is None:
            said = self.said()
            if "Jieli is running" in said and "Ctrl-C" in said:
                return said.split("Jieli is running")[1].split()[0]
            time.sleep(0.1)
        raise AssertionError(self.said())

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(20)
        self.out.close()
        return code


def first_page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return str(answer.read().decode("utf-8"))


def test_a_demonstration_starts_twice_ends_on_ctrl_c_and_is_refused_where_others_reach_it(
    tmp_path: Path, prepared_fonts: Path
) -> None:
    instance = tmp_path / "instance"
    for _ in range(2):
        started = Started("--port", "18100", instance=instance, fonts=prepared_fonts)
        try:
            page = first_page(started.address(300))
        finally:
            code = started.end()
        assert "<h1" in page
        assert code == 0, started.said()
        assert "Traceback" not in started.said()

    started = Started("--host", "0.0.0.0", "--port", "18100", instance=instance, fonts=prepared_fonts)
    started.process.wait(120)
    assert started.end() == 2, started.said()
    assert "不能在 0.0.0.0 上启动：实例里有演示账号" in started.said()
    assert "Refused to start on 0.0.0.0: demonstration accounts exist" in started.said()


def test_an_instance_without_tls_is_refused_on_an_address_that_others_reach(
    tmp_path: Path, prepared_fonts: Path
) -> None:
    started = Started("--host", "0.0.0.0", "--port", "18200", instance=tmp_path / "instance", fonts=prepared_fonts)
    started.process.wait(120)
    assert started.end() == 2, started.said()
    assert "JIELI_PUBLIC_URL" in started.said()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("mysql://db", "DATABASE_URL 以“mysql:”开头"),
        ("postgresql://nobody@127.0.0.1:1/jieli", "连接不上数据库"),
    ],
)
def test_a_database_that_cannot_be_used_ends_the_start_with_a_sentence(
    tmp_path: Path, prepared_fonts: Path, address: str, sentence: str
) -> None:
    places = {"JIELI_INSTANCE": str(tmp_path), "JIELI_FONTS": str(prepared_fonts)}
    done = subprocess.run(
        [sys.executable, "-m", "procurement.web.serve"],
        cwd=ROOT, env={**os.environ, **places, "DATABASE_URL": address, "PYTHONUTF8": "1"},
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
