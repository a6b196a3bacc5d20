"""A deadline burst: many bidders in the last ten seconds, two server processes, one PostgreSQL; and processes that are killed.

No ratio but figures: what was acknowledged is there afterwards with its receipt, nothing lies in the box that came at the
deadline or later, and a process that is killed while it writes loses no acknowledged bid and leaves no half of one.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import secrets
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from benchmarks.instances import Made, made
from benchmarks.measures import Figures
from benchmarks.servers import Client, served, token_of
from procurement.foundation.database import db
from procurement.registers.organisations.models import Organisation, OrganisationStatus
from procurement.registers.people import Role, RoleGrant, User
from procurement.steps.announcement.models import Announcement
from procurement.steps.competition.models.bids import Bid, BidStatus, bid_by_receipt
from procurement.steps.competition.models.sealed import SealedPart, files_of_bid, hashes_of
from tests import databases
from tests.conftest import START
from tests.factories import credit_code

BIDDERS, BYTES, WINDOW, LAST, KILLS = 300, 200_000, 10.0, 0.2, 50
# So long after the bidders have opened their pages the deadline comes.
LEAD = 20.0


def measure(say: Callable[[str], None]) -> Figures:
    """The burst, then the kills; each on a database of its own."""
    databases.make_shared_folder()
    server = databases.postgres()
    # The tests' server does not sync; here it must.
    server.execute("ALTER SYSTEM SET fsync = on", "ALTER SYSTEM SET synchronous_commit = on", "SELECT pg_reload_conf()")
    try:
        with tempfile.TemporaryDirectory() as folder, databases.empty_database("postgres", Path(folder)) as address:
            told = burst(Path(folder), address, BIDDERS, say)
        with tempfile.TemporaryDirectory() as folder, databases.empty_database("postgres", Path(folder)) as address:
            told |= kills(Path(folder), address, KILLS, say)
        return Figures("Deadline burst and killed processes", told)
    finally:
        databases.let_go()
        databases.stop_postgres()


# ── the burst ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Attempt:
    """What became of one bidder's submission."""

    number: int
    sent_at: datetime
    took: float = 0.0
    status: int = 0
    receipt: str = ""


def bidders(count: int, now: datetime) -> list[User]:
    """So many verified organisations, each with somebody who signs for it."""
    organisations = [
        Organisation(
            credit_code=credit_code(1000 + number), name=f"第{number}服务社", address="龙港市", representative="代表人",
            phone="0577-5990000", registered_at=now, status=OrganisationStatus.VERIFIED, verified_at=now,
        )
        for number in range(count)
    ]  # fmt: skip
    db.session.add_all(organisations)
    db.session.flush()
    users = [
        User(
            login=f"bidder{number}", name=f"投标人{number}", password_hash="-", created_at=now,
            grants=[RoleGrant(role=Role.PROVIDER)], organisation_id=row.id,
        )
        for number, row in enumerate(organisations)
    ]  # fmt: skip
    db.session.add_all(users)
    db.session.commit()
    return users


def burst(
    place: Path,
    address: str,
    count: int,
    say: Callable[[str], None],
    *,
    window: float = WINDOW,
    last: float = LAST,
    lead: float = LEAD,
) -> dict[str, str]:
    """Let `count` bidders submit within the `window` seconds before the deadline, and look what is there afterwards.

    The last ones send `last` seconds before it; a negative number lets them come too late.
    """
    with made(place, address, START) as instance, ExitStack() as stack:
        users = bidders(count, START)
        cookies = instance.cookies(users)
        words = ("-m", "procurement.web.serve")
        ports = [
            stack.enter_context(served(*words, environment=instance.environment, log=place / f"{name}.log"))[0]
            for name in ("first", "second")
        ]
        pages = timedelta(seconds=lead + 0.4 * count)
        closes_at = (datetime.now().astimezone() + pages).replace(microsecond=0)
        announcement = instance.world.announced()
        # No lawful deadline: a burst does not wait for the next working day.
        announcement.closes_at = announcement.versions[-1].closes_at = closes_at
        db.session.commit()
        say(f"{count} bidders open their pages; the deadline is {closes_at:%H:%M:%S}")
        opened = _open_pages(announcement, ports, cookies)
        attempts = _submit_all(announcement, opened, closes_at, (last, window))
        return _told(instance, announcement, attempts, closes_at, say)


def _open_pages(
    announcement: Announcement, ports: Sequence[int], cookies: Sequence[dict[str, str]]
) -> list[tuple[Client, str]]:
    opened = []
    for number, cookie in enumerate(cookies):
        client = Client(ports[number % len(ports)])
        client.cookies.update(cookie)
        opened.append((client, token_of(client.get(f"/announcements/{announcement.id}/bid"))))
        # The server drops a connection that says nothing for long.
        client.connection.close()
    return opened


def _submit_all(
    announcement: Announcement,
    opened: Sequence[tuple[Client, str]],
    closes_at: datetime,
    between: tuple[float, float],
) -> list[Attempt]:
    address, content = f"/announcements/{announcement.id}/bid", b"%PDF-1.4\n" + os.urandom(BYTES - 9)
    attempts: list[Attempt] = []

    def submit(number: int, at: float) -> None:
        client, token = opened[number]
        time.sleep(max(0.0, at - time.time()))
        attempt = Attempt(number, datetime.now().astimezone())
        attempts.append(attempt)
        began, file = time.perf_counter(), secrets.token_hex(16)
        headers = {
            "Content-Type": "application/octet-stream", "X-CSRFToken": token, "X-File-Token": file,
            "X-File-Size": str(BYTES), "X-File-Name": "a.pdf",
        }  # fmt: skip
        attempt.status, _, _ = client.ask("POST", f"{address}/files", content, headers)
        if attempt.status == 200:
            fields = {
                "csrf_token": token, "form_key": secrets.token_hex(16), "edition": "1", "price": "1200000", "lead": "李四",
                "truthful": "y", "independent": "y", "files": file,
            }  # fmt: skip
            attempt.status, _, told = client.send(address, fields)
            if attempt.status == 303:
                attempt.receipt = told["Location"].rsplit("/", 1)[-1]
        attempt.took = time.perf_counter() - began
        client.connection.close()

    # Each in its share of the time, at random within it, so that some come last however few there are.
    ends, (last, window) = closes_at.timestamp(), between
    share = (window - last) / len(opened)
    threads = [
        threading.Thread(target=submit, args=(number, ends - last - share * (number + random.random())))  # nosec B311
        for number in range(len(opened))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return attempts


def _told(
    instance: Made,
    announcement: Announcement,
    attempts: Sequence[Attempt],
    closes_at: datetime,
    say: Callable[[str], None],
) -> dict[str, str]:
    db.session.rollback()
    db.session.expire_all()
    acknowledged = [row for row in attempts if row.receipt]
    lost = [row.receipt for row in acknowledged if not is_whole(instance, row.receipt)]
    lying = db.session.scalars(db.select(Bid).where(Bid.announcement_id == announcement.id)).unique().all()
    late = [bid.receipt for bid in lying if bid.submitted_at >= closes_at]
    halves = [bid.receipt for bid in lying if bid.status is BidStatus.SUBMITTED and not is_whole(instance, bid.receipt)]
    unknown = {bid.receipt for bid in lying} - {row.receipt for row in acknowledged}
    took = sorted(row.took for row in attempts)
    statuses = Counter(row.status for row in attempts)
    say(f"burst: {len(acknowledged)} of {len(attempts)} acknowledged, {statuses}")
    if lost or late or halves:
        raise AssertionError(f"acknowledged and not there: {lost}; too late in the box: {late}; halves: {halves}")
    return {
        "bidders, bytes each, seconds before the deadline": f"{len(attempts)}, {BYTES}, {WINDOW:g}",
        "acknowledged with a receipt": str(len(acknowledged)),
        "refused as too late": str(statuses[409] + statuses[422] + statuses[403]),
        "answers by status": ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items())),
        "acknowledged and not there afterwards": str(len(lost)),
        "in the box and submitted at the deadline or later": str(len(late)),
        "in the box without an acknowledgement that arrived": str(len(unknown)),
        "seconds to an answer (median, 95 of 100, longest)": f"{median(took):.1f}, {quantiles(took, n=20)[-1]:.1f}, {took[-1]:.1f}",
    }


def is_whole(instance: Made, receipt: str) -> bool:
    """Whether a bid lies sealed with everything its envelope names: manifest, keys and ciphertexts."""
    bid = bid_by_receipt(receipt)
    if bid is None or bid.status is not BidStatus.SUBMITTED or bid.wrapped_key is None:
        return False
    sealed, storage = files_of_bid(bid), instance.world.storage
    parts = db.session.scalars(db.select(SealedPart).where(SealedPart.file_id.in_([row.id for row in sealed]))).all()
    named = [hash_ for _token, hashes in hashes_of(sealed) for hash_ in hashes]
    return (
        bool(sealed)
        and all(hash_ in (bid.envelope or "") for hash_ in named)
        and all(part.wrapped_key is not None and storage.exists(part.blob_sha256) for part in parts)
        and storage.exists(bid.manifest_blob or "")
    )


# ── killed processes ───────────────────────────────────────────────────────────────────────────────────────────────


def kills(place: Path, address: str, count: int, say: Callable[[str], None]) -> dict[str, str]:
    """Kill a submitting process `count` times at a random instant, and look after each what is there."""
    with made(place, address, START) as instance:
        announcement = instance.world.announced()
        users = bidders(count, START)
        cookies = instance.cookies(users)
        acknowledged, halves = 0, 0
        for number in range(count):
            receipts = _killed(instance, announcement.id, cookies[number], random.uniform(0.0, 0.5))  # nosec B311
            db.session.rollback()
            db.session.expire_all()
            # The last one may have been replaced by a bid whose acknowledgement did not arrive any more.
            lost = [receipt for receipt in receipts if bid_by_receipt(receipt) is None]
            organisation_id = users[number].organisation_id
            lying = db.session.scalars(
                db.select(Bid).where(Bid.organisation_id == organisation_id, Bid.status == BidStatus.SUBMITTED)
            ).all()
            halves += sum(not is_whole(instance, bid.receipt) for bid in lying)
            acknowledged += len(receipts)
            if lost or halves or len(lying) != 1:
                raise AssertionError(f"kill {number}: lost {lost}, halves {halves}, active {len(lying)}")
        say(f"kills: {count}, {acknowledged} acknowledged, none lost")
        return {
            "processes killed while they wrote": str(count),
            "bids acknowledged by them": str(acknowledged),
            "acknowledged and lost, or left as a half": "0",
        }


def _killed(instance: Made, announcement_id: int, cookie: dict[str, str], after: float) -> list[str]:
    """Let a process of its own submit one bid after the other, kill it, and give back what it had acknowledged by then."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _submit_for_ever(instance, announcement_id, cookie, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        # The first bid takes its time: connecting, opening the page. What replaces it is what is broken off.
        first = answers.readline().decode().strip()
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = answers.read().decode().splitlines()
    return [line for line in [first, *lines] if len(line) == len("XXXXX-XXXXX")]


def token_of_file(upload_key: str) -> str:
    """The token that the server gives the first file of a form, so that a form that is sent twice makes one file."""
    return hashlib.sha256(f"{upload_key} 0".encode()).hexdigest()[:32]


def _submit_for_ever(instance: Made, announcement_id: int, cookie: dict[str, str], answers: int) -> None:
    # The connection of the parent is not the child's to use or to close.
    db.engine.dispose(close=False)
    client = instance.app.test_client()
    for name, value in cookie.items():
        client.set_cookie(name, value)
    address, content = f"/announcements/{announcement_id}/bid", b"%PDF-1.4\n" + os.urandom(BYTES - 9)
    token = token_of(client.get(address).data)
    while True:
        upload_key, form_key = secrets.token_hex(16), secrets.token_hex(16)
        sealed = client.post(
            f"{address}/files",
            data={"csrf_token": token, "upload_key": upload_key, "document": (io.BytesIO(content), "a.pdf")},
        )
        assert sealed.status_code == 303
        lodged = client.post(
            address,
            data={
                "csrf_token": token, "form_key": form_key, "edition": "1", "price": "1200000", "lead": "李四", "truthful": "y",
                "independent": "y", "files": token_of_file(upload_key),
            },
        )  # fmt: skip
        assert lodged.status_code == 303
        os.write(answers, f"{lodged.headers['Location'].rsplit('/', 1)[-1]}\n".encode())
