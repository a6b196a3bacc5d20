"""Servers in processes of their own, as `manage.py run` serves them, and clients that keep their connection."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measures import ROOT

PATIENCE = 240.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(*words: str, environment: Mapping[str, str], log: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A server process on a free port, once it answers; ended with the block."""
    port = free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *words, "--port", str(port)], cwd=ROOT, env={**os.environ, **environment}, stdout=out,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_until_it_answers(port, process, log)
        yield port, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def wait_until_it_answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until `/healthz` is answered; raises with the log's end where the process ends or is too slow."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            client.request("GET", "/healthz")
            if client.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            client.close()
    raise RuntimeError(f"the server did not answer:\n{log.read_text(errors='replace')[-2000:]}")


class Client:
    """One connection and its cookies."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """One request on the kept connection; redirects are not followed."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **(headers or {})}
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        content = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition("=")
                self.cookies[cookie] = rest.split(";", 1)[0]
        return answer.status, content, dict(answer.getheaders())

    def get(self, path: str) -> bytes:
        """The page, which must be there."""
        status, content, _ = self.ask("GET", path)
        if status != 200:
            raise RuntimeError(f"{path}: {status}")
        return content

    def send(self, path: str, fields: Mapping[str, str]) -> tuple[int, bytes, Mapping[str, str]]:
        """A form, with the token of the page it stands on given among its fields."""
        body = urllib.parse.urlencode(fields).encode()
        return self.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})


def token_of(page: bytes) -> str:
    """The CSRF token of the first form on a page."""
    found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
    if found is None:
        raise RuntimeError("no form on the page")
    return found.group(1).decode()


def throughput(port: int, path: str, cookies: Mapping[str, str], seconds: float, clients: int) -> float:
    """Pages a second that `clients` connections get in `seconds`, each asking as soon as it was answered."""
    counts, barrier = [0] * clients, threading.Barrier(clients + 1)

    def ask(number: int) -> None:
        client = Client(port)
        client.cookies.update(cookies)
        barrier.wait()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            client.get(path)
            counts[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)
