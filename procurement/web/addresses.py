"""Where the server listens, what others call it, and under which names it answers."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import socket
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PORTS_TRIED = 100
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def open_socket(host: str, first: int) -> socket.socket:
    """A socket bound to the first free port from `first` up.

    Raises:
        OSError: none of a hundred is free, or the address is not this machine's.
    """
    refused: OSError | None = None
    for port in range(first, min(first + PORTS_TRIED, 1 << 16)):
        candidate = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if os.name == "posix":
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
            # Bound is not yet taken: two servers that start together find out here.
            candidate.listen()
        except OSError as error:
            candidate.close()
            refused = error
            continue
        return candidate
    raise refused or OSError(f"no port from {first} up")


def lan_addresses() -> list[str]:
    """This machine's addresses on the local network, the one of the default route first."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        # Nothing is sent: choosing a route tells which of our addresses others would see.
        probe.connect(("192.0.2.1", 9))
        found.append(str(probe.getsockname()[0]))
    with contextlib.suppress(OSError):
        found += [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [address for address in dict.fromkeys(found) if not is_loopback(address)]


def _name_asked_for(environ: WSGIEnvironment) -> str | None:
    # Werkzeug's own list of trusted hosts knows neither capitals nor an IPv6 address.
    match = _HOST.fullmatch(environ.get("HTTP_HOST", "").lower())
    return match[1] if match else None


def only_hosts(application: WSGIApplication, hosts: Sequence[str]) -> WSGIApplication:
    """`application` for browsers that ask for one of `hosts`; a page elsewhere that points its own name here gets 400."""

    expected = {host.lower() for host in hosts}

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if _name_asked_for(environ) not in expected:
            # Before anything else, and in plain text: no page of ours can be drawn under a name that is not ours.
            sentence = "这个主机名没有登记，接力不在这个名下提供服务。请用启动时打印的地址，或在 JIELI_HOSTS 中登记它。"
            english = "This host name is not expected here. Use the printed address, or name it in JIELI_HOSTS."
            refusal = Response(f"{sentence}\n{english}\n", 400, content_type="text/plain; charset=utf-8")
            return refusal(environ, start_response)
        return application(environ, start_response)

    return guarded
