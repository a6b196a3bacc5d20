"""(b) List and transfer pages beside a floor application on the same server: the share of its throughput that we reach."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import event

from benchmarks.instances import Made, made
from benchmarks.measures import Measure, middle, profile_of
from benchmarks.servers import Client, served, throughput
from procurement.foundation.database import db
from tests.conftest import START

GOAL, ROUNDS, SECONDS, CLIENTS = 0.6, 6, 2.0, 4
# How many transfers stand at each stage of the walk.
STAGES = {"planned": 6, "resolved": 6, "announced": 6, "reviewed": 3, "handed_over": 3}


def measure(say: Callable[[str], None]) -> list[Measure]:
    """Both pages, as an officer sees them who has two dozen transfers in hand."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        say("an instance with two dozen transfers is made, deed by deed")
        with made(place, f"sqlite:///{place / 'jieli.sqlite3'}", START) as instance:
            world = instance.world
            for stage, count in STAGES.items():
                for _ in range(count):
                    reached = getattr(world, stage)()
            (cookies,) = instance.cookies([world.people.officer])
            paths = {"list": "/transfers/", "transfer": f"/transfers/{reached.id}"}
            return _measured(place, instance, cookies, paths, say)


def _measured(
    place: Path, instance: Made, cookies: dict[str, str], paths: dict[str, str], say: Callable[[str], None]
) -> list[Measure]:
    pages = place / "pages"
    pages.mkdir()
    words = ("-m", "procurement.web.serve")
    with served(*words, environment=instance.environment, log=place / "ours.log") as (port, _process):
        client = Client(port)
        client.cookies.update(cookies)
        for name, path in paths.items():
            (pages / name).write_bytes(client.get(path))
        words = ("-m", "benchmarks.floor", instance.environment["DATABASE_URL"], str(pages))
        with served(*words, environment={}, log=place / "floor.log") as (floor, _):
            found = [_measure_one(name, path, port, floor, cookies, say) for name, path in paths.items()]
    return [_explained(row, paths[row.name], instance.app, cookies) for row in found]


def _measure_one(
    name: str, path: str, port: int, floor: int, cookies: dict[str, str], say: Callable[[str], None]
) -> Measure:
    throughput(port, path, cookies, 1.0, CLIENTS)
    throughput(floor, f"/page/{name}", {}, 1.0, CLIENTS)
    ours, beneath = [], []
    for _ in range(ROUNDS):
        ours.append(throughput(port, path, cookies, SECONDS, CLIENTS))
        beneath.append(throughput(floor, f"/page/{name}", {}, SECONDS, CLIENTS))
    ratio = middle([one / other for one, other in zip(ours, beneath, strict=True)])
    say(f"{name}: {middle(ours):.0f} pages a second, the floor {middle(beneath):.0f}")
    return Measure(name, "pages a second", middle(ours), middle(beneath), ratio, GOAL, at_least=True)


def _explained(measure: Measure, path: str, app: Flask, cookies: dict[str, str]) -> Measure:
    """With the profile of one page, taken in this process on the same instance, where the goal is missed."""
    if measure.is_met:
        return measure
    client, queries = app.test_client(), [0]
    for name, value in cookies.items():
        client.set_cookie(name, value)

    def ask() -> None:
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")

    def count(*_: object) -> None:
        queries[0] += 1

    ask()
    event.listen(db.engine, "before_cursor_execute", count)
    ask()
    event.remove(db.engine, "before_cursor_execute", count)
    reason = (
        f"The floor asks one query and hands out a text that lies ready. Ours asks {queries[0]} queries – who is looking and"
        " what they may do, what is outstanding and by when, which clocks run – and writes the page from its templates, for"
        " this person and this instant; nothing of it may be kept between two requests. The profile says what takes how long."
    )
    return measure.explained(profile_of(ask), reason)
