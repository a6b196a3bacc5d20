"""Long work that somebody waits for: whose it is, how far it is, what came of it; and leases, so that one does it.

Tasks live on the wall clock. Progress is one of the few writes outside a deed, each in a short transaction of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from procurement.foundation.clock import Clock
from procurement.foundation.database import Base, Moment, db, insert_if_absent, writing
from procurement.foundation.errors import DomainError
from procurement.foundation.labels import Labelled, enum_column, word
from procurement.registers.notices import keep_values, kept_values
from procurement.registers.people import User

WHOLE = 100
# Under this name the article of a refusal is kept with its values.
ARTICLE = "article"


class TaskStatus(Labelled):
    """How far a task is."""

    WAITING = "waiting", word("等候处理")
    RUNNING = "running", word("正在处理")
    DONE = "done", word("已完成")
    FAILED = "failed", word("没有完成")


_ENDED = (TaskStatus.DONE, TaskStatus.FAILED)


class Task(Base):
    """One piece of long work, found by its owner at a random address."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress_is_percent"),
        CheckConstraint("(status IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="finished_at_iff_ended"),
        CheckConstraint("(status = 'waiting') = (started_at IS NULL)", name="started_at_iff_begun"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(43), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    values: Mapped[str] = mapped_column(Text, default="{}")
    status: Mapped[TaskStatus] = mapped_column(enum_column(TaskStatus, "status"), default=TaskStatus.WAITING)
    progress: Mapped[int] = mapped_column(default=0)
    link: Mapped[str] = mapped_column(String(200), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    error_values: Mapped[str] = mapped_column(Text, default="{}")
    created_at: Mapped[datetime] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def told(self) -> dict[str, Any]:
        """The values of the title."""
        return kept_values(self.values)

    @property
    def error_told(self) -> dict[str, Any]:
        """The values of the error's sentence."""
        return kept_values(self.error_values)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in _ENDED


class Lease(Base):
    """The right to do something alone for a while; it ends by itself when its holder dies."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    until: Mapped[datetime] = mapped_column(Moment)


def open_task(owner: User, kind: str, title: str, /, *, clock: Clock, **values: Any) -> str:
    """Write a task that waits, and return its token; put it into the queue after this.

    `title` is a template with `values`, translated where it is read.
    """
    owner_id, token = owner.id, secrets.token_urlsafe(32)
    with writing():
        db.session.add(
            Task(
                token=token, owner_id=owner_id, kind=kind, title=title, values=keep_values(values),
                created_at=clock.wall(),
            )
        )  # fmt: skip
    return token


def start_task(token: str, *, clock: Clock) -> bool:
    """Note that work on a task has begun; False where it has been begun or ended before, so that nothing is done twice."""
    with writing():
        task = _locked(token)
        begins = task is not None and task.status is TaskStatus.WAITING
        if task is not None and begins:
            task.status, task.started_at = TaskStatus.RUNNING, clock.wall()
    return begins


def report_progress(token: str, percent: int) -> None:
    """Note how far a running task is, in percent; it never goes back, and 100 is said by its end only."""
    with writing():
        task = _locked(token)
        if task is not None and task.status is TaskStatus.RUNNING:
            task.progress = max(task.progress, min(percent, WHOLE - 1))


def finish_task(token: str, *, clock: Clock, link: str = "") -> None:
    """Note that a task is done, and where its result is."""
    with writing():
        task = _locked(token)
        if task is not None and task.status is TaskStatus.RUNNING:
            task.status, task.progress, task.link, task.finished_at = TaskStatus.DONE, WHOLE, link, clock.wall()


UNEXPECTED = word("系统出了没有料到的问题，没有办完。请再试一次；还是不行，请告诉系统管理员。")
CUT_SHORT = word("系统在处理时停过机，没有办完。请再试一次。")


def fail_task(token: str, error: DomainError | str, *, clock: Clock, **values: Any) -> None:
    """Note that a task has failed, with a sentence its owner reads: a refusal's own, or a template with its values."""
    message, told = (error.message, _told_of(error)) if isinstance(error, DomainError) else (error, values)
    with writing():
        task = _locked(token)
        if task is not None and not task.has_ended:
            task.status, task.error, task.error_values = TaskStatus.FAILED, message, keep_values(told)
            task.started_at, task.finished_at = task.started_at or clock.wall(), clock.wall()


def _told_of(error: DomainError) -> Mapping[str, Any]:
    return {**error.values, ARTICLE: error.article} if error.article is not None else error.values


def fail_interrupted_tasks(*, clock: Clock) -> int:
    """Fail what was running when the system stopped; called before the only consumer starts. Returns how many."""
    tokens = [task.token for task in running_tasks()]
    for token in tokens:
        fail_task(token, CUT_SHORT, clock=clock)
    return len(tokens)


def _locked(token: str) -> Task | None:
    return db.session.scalar(select(Task).where(Task.token == token).with_for_update())


# ── leases ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def take_lease(name: str, span: timedelta, *, clock: Clock) -> bool:
    """Take the right to do `name` alone for at most `span`; False while another holds it."""
    wall = clock.wall()
    with writing():
        insert_if_absent(Lease, name=name, until=wall)
        lease = db.session.scalars(select(Lease).where(Lease.name == name).with_for_update()).one()
        free = lease.until <= wall
        if free:
            lease.until = wall + span
    return free


def give_back_lease(name: str, *, clock: Clock) -> None:
    """Let the next one have it."""
    with writing():
        lease = db.session.scalar(select(Lease).where(Lease.name == name).with_for_update())
        if lease is not None:
            lease.until = clock.wall()


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def task_by_token(token: str) -> Task | None:
    """The task at this address."""
    return db.session.scalar(select(Task).where(Task.token == token))


def running_tasks() -> Sequence[Task]:
    """Every task that is being worked on."""
    return db.session.scalars(select(Task).where(Task.status == TaskStatus.RUNNING)).all()


def as_json(task: Task) -> Mapping[str, Any]:
    """What a page that polls asks: how far, and whether it has ended."""
    return {"status": task.status.value, "progress": task.progress, "finished": task.has_ended, "link": task.link}
