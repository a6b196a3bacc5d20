"""The long part of an import: read in or taken over at once where it is short, as a task of the queue where it is not.

Reading, understanding and checking come before the deed; progress is told before it too, never while its transaction is open.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from flask import Flask

from procurement.foundation.clock import Clock
from procurement.foundation.database import db
from procurement.foundation.errors import NotFound
from procurement.foundation.fields import open_file, seal_file
from procurement.foundation.labels import word
from procurement.foundation.storage import Storage
from procurement.registers import tasks
from procurement.registers.deeds import perform
from procurement.registers.imports import models, operations
from procurement.registers.imports.kinds import IMPORTERS, OPERATIONS
from procurement.registers.imports.models import Import, ImportKind
from procurement.registers.imports.reading import Progress, Reading, read_list
from procurement.registers.imports.recognition import Choice
from procurement.registers.people import User, user_by_id
from procurement.web import queue
from procurement.web.fonts import fault_of_text

READ, APPLY = "imports.read", "imports.apply"

# What is smaller is done while its sender waits: well under a second.
BYTES_AT_ONCE, ROWS_AT_ONCE = 100 << 10, 500

# How far a taking over is when its deed begins, in percent; within the deed nothing is told.
_PREPARED = 30

# What the bytes of a list are sealed as: they open as nothing else.
_LIST = "list of an import"


def read(
    app: Flask, kind: ImportKind, content: bytes, name: str, choice: Choice | None = None,
    progress: Progress = lambda percent: None,
) -> Reading:  # fmt: skip
    """Read, understand and check a list; nothing is written."""
    clock: Clock = app.extensions["clock"]
    limit: int = app.extensions["settings"].upload_limit

    return read_list(
        kind,
        IMPORTERS[kind],
        content,
        name,
        now=clock.now(),
        limit=limit,
        choice=choice,
        besides=partial(fault_of_text, app),
        progress=progress,
    )


def store(app: Flask, content: bytes) -> str:
    """Keep the bytes of a list while it waits, sealed: a list may hold personal data. What they are called there."""
    storage: Storage = app.extensions["storage"]
    return storage.put(seal_file(content, _LIST)).sha256


def content_of(app: Flask, stored: str) -> bytes:
    """The bytes of a list that was uploaded."""
    storage: Storage = app.extensions["storage"]
    try:
        with storage.open(stored) as stream:
            return open_file(stream, _LIST)
    except FileNotFoundError:
        raise NotFound(word("上传的文件已经不在了。请重新上传。")) from None


def forget(app: Flask, stored: str) -> None:
    """Let the bytes go that nothing rests on any more."""
    if not models.is_file_needed(stored):
        app.extensions["storage"].delete(stored)


# ── later ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_later(
    app: Flask, kind: ImportKind, stored: str, name: str, *, actor: User, visitor: bool, row: Import | None = None,
    choice: Choice | None = None,
) -> str:  # fmt: skip
    """Have a stored list read in, or understood anew; the token of the task."""
    actor_id, import_id = actor.id, row.id if row is not None else None
    chosen = json.dumps(asdict(choice)) if choice is not None else ""
    token = tasks.open_task(actor, READ, word("读入“{name}”"), clock=app.extensions["clock"], name=name)
    queue.enqueue(app, READ, token, kind.value, stored, name, actor_id, visitor, import_id, chosen)
    return token


def apply_later(app: Flask, row: Import, *, actor: User, visitor: bool) -> str:
    """Have an import taken over; the token of the task."""
    actor_id, import_id = actor.id, row.id
    token = tasks.open_task(actor, APPLY, word("导入“{name}”"), clock=app.extensions["clock"], name=row.file_name)
    queue.enqueue(app, APPLY, token, import_id, actor_id, visitor)
    return token


def _page_of(import_id: int) -> str:
    return f"/imports/{import_id}"


@queue.work(READ)
def run_read(
    app: Flask, token: str, kind: str, stored: str, name: str, actor_id: int, visitor: bool, import_id: int | None, chosen: str
) -> None:  # fmt: skip
    """Reading in as a task of the queue."""

    def act(progress: Callable[[int], None]) -> str:
        clock: Clock = app.extensions["clock"]
        choice = Choice(**json.loads(chosen)) if chosen else None
        try:
            reading = read(app, ImportKind(kind), content_of(app, stored), name, choice, progress)
            actor = user_by_id(actor_id)
            if import_id is None:
                done = perform(
                    operations.begin_import, None, reading, stored=stored, actor=actor, clock=clock, visitor=visitor
                )
                return _page_of(done.id)
            row = models.import_by_id(import_id)
            perform(operations.assign_import, row, reading, actor=actor, clock=clock, visitor=visitor)
            return _page_of(import_id)
        finally:
            db.session.rollback()
            forget(app, stored)

    queue.follow(app, token, act)


@queue.work(APPLY)
def run_apply(app: Flask, token: str, import_id: int, actor_id: int, visitor: bool) -> None:
    """Taking over as a task of the queue; the deed checks everything once more behind its lock."""

    def act(progress: Callable[[int], None]) -> str:
        clock: Clock = app.extensions["clock"]
        row = models.import_by_id(import_id)
        if row is None:
            raise NotFound(word("上传的文件已经不在了。请重新上传。"))
        kind, stored = row.kind, row.stored
        prepared = IMPORTERS[kind].prepared()
        progress(_PREPARED)
        row, actor = models.import_by_id(import_id), user_by_id(actor_id)
        perform(OPERATIONS[kind], row, actor=actor, clock=clock, visitor=visitor, **prepared)
        forget(app, stored)
        db.session.rollback()
        return _page_of(import_id)

    queue.follow(app, token, act)
