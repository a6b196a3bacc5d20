"""The line: six steps in the order of the law, the door plate of a room, and what is still outstanding behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from procurement.foundation.errors import Article, RuleBroken, WrongState
from procurement.foundation.labels import Labelled, Said, word
from procurement.foundation.workdays import WorkCalendar
from procurement.registers.access import Deed
from procurement.statute.clauses import Clause

if TYPE_CHECKING:
    from procurement.transfers.models import Transfer
    from procurement.transfers.rules import ScreenedText


class Step(Labelled):
    """The six steps of the city's work programme (LG-1), in order."""

    ANNOUNCEMENT = "announcement", word("公告事宜")
    COMPETITION = "competition", word("竞争择优")
    AGREEMENT = "agreement", word("签订协议")
    HANDOVER = "handover", word("事项交接")
    PERFORMANCE = "performance", word("履行义务")
    SUPERVISION = "supervision", word("加强监管")

    @property
    def number(self) -> int:
        """1 to 6."""
        return list(Step).index(self) + 1

    @property
    def following(self) -> Step | None:
        """The step after this one; None after the last."""
        steps = list(Step)
        return steps[self.number] if self.number < len(steps) else None


@dataclass(frozen=True, slots=True)
class Outstanding:
    """One thing that must be done before a step can be left: what lacks, which deed, by which article, by when.

    `people` names those whose turn it is where they are known; else it is whoever the policy names. `target` is the number
    of the thing the deed is done to, where that is not the transfer itself; before `since` the deed would be refused.
    """

    lack: str
    deed: Deed
    article: Article | None = None
    by: date | datetime | None = None
    people: frozenset[int] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict)
    target: int | None = None
    since: date | None = None

    def is_possible(self, day: date) -> bool:
        """Whether its deed can be done on `day`."""
        return self.since is None or self.since <= day

    @property
    def said(self) -> Said:
        """What lacks, as a value of another sentence."""
        return Said(self.lack, self.values)

    def __str__(self) -> str:
        """What lacks, in Chinese."""
        return str(self.said)


@dataclass(frozen=True, slots=True)
class Running:
    """A legal clock: its clause and the day it began; one that has not begun says in `waits` what it waits for.

    `told_on` is the day on which its end was told, where that was before it began.
    """

    title: str
    clause: Clause
    started_on: date | None
    values: Mapping[str, Any] = field(default_factory=dict)
    waits: str = ""
    told_on: date | None = None

    def ends(self, calendar: WorkCalendar) -> date:
        """Its last day, or for a floor the earliest day it allows, of a clock that has begun."""
        assert self.started_on is not None
        return self.clause.decisive_day(self.started_on, calendar, told_on=self.told_on)


@dataclass(frozen=True, slots=True)
class Happening:
    """An instant at which something falls due or becomes possible."""

    at: datetime
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)


def no_texts(_state: Any) -> Sequence[ScreenedText]:
    """Of a room whose papers are not screened, or not any more."""
    return ()


@dataclass(frozen=True, slots=True)
class Room:
    """A step's door plate: how its state is read and what it says of it.

    `load` reads the state of several transfers in a constant number of queries; `outstanding`, `clocks` and `happenings`
    are pure: (transfer, state, now, calendar). `texts` gives what the room's paper says, as long as it can still be changed.
    """

    step: Step
    load: Callable[[Sequence[Transfer]], Mapping[int, Any]]
    outstanding: Callable[[Transfer, Any, datetime, WorkCalendar], list[Outstanding]]
    clocks: Callable[[Transfer, Any, datetime, WorkCalendar], list[Running]]
    happenings: Callable[[Transfer, Any, datetime, WorkCalendar], list[Happening]]
    texts: Callable[[Any], Sequence[ScreenedText]] = no_texts


def is_at(transfer: Transfer, step: Step) -> bool:
    """Whether the transfer is on the line and stands at `step`."""
    return transfer.is_on_line and transfer.step is step


def ensure_at(transfer: Transfer, step: Step) -> None:
    """Refuse unless the transfer stands at `step` and is neither paused nor closed.

    Raises:
        WrongState: naming where it stands; no step can be skipped (LG-1).
    """
    if transfer.is_on_line and transfer.step is step:
        return
    if transfer.step is step:
        raise WrongState(
            word("“{title}”现在是“{status}”，不能办理这一步的事。"), title=transfer.called, status=transfer.state
        )
    if transfer.step is None:
        raise WrongState(
            word("“{title}”的方案还没有经联席会议通过，不能办理第 {wanted} 步“{wanted_step}”的事。六步不能跳过。"),
            title=transfer.called,
            wanted=step.number,
            wanted_step=step,
        )
    raise WrongState(
        word(
            "“{title}”现在在第 {number} 步“{step}”，不能办理第 {wanted} 步“{wanted_step}”的事。六步按顺序走，不能跳过。"
        ),
        title=transfer.called,
        number=transfer.step.number,
        step=transfer.step,
        wanted=step.number,
        wanted_step=step,
    )


def ensure_under_way(transfer: Transfer) -> None:
    """Refuse while the transfer is paused, and once it is closed.

    Raises:
        WrongState: naming where it stands.
    """
    if transfer.is_at_rest:
        raise WrongState(
            word("“{title}”现在是“{status}”，不能办理这一步的事。"), title=transfer.called, status=transfer.state
        )


def has_reached(transfer: Transfer, step: Step) -> bool:
    """Whether the transfer is on the line at `step` or beyond."""
    return transfer.is_on_line and transfer.step is not None and transfer.step.number >= step.number


def ensure_reached(transfer: Transfer, step: Step) -> None:
    """Refuse unless the transfer is on the line at `step` or beyond: inspections are lawful from the handover on."""
    if transfer.step is None or transfer.step.number < step.number:
        ensure_at(transfer, step)
    if not transfer.is_on_line:
        raise WrongState(
            word("“{title}”现在是“{status}”，不能办理这一步的事。"), title=transfer.called, status=transfer.state
        )


def ensure_nothing_outstanding(step: Step, outstanding: Sequence[Outstanding]) -> None:
    """Refuse to leave a step while anything is outstanding, naming all of it and the first article.

    Raises:
        RuleBroken: with the number and the list.
    """
    if outstanding:
        raise RuleBroken(
            word("第 {number} 步“{step}”还缺 {count} 项，不能往下走：{lacks}。"),
            number=step.number,
            step=step,
            count=len(outstanding),
            lacks=tuple(item.said for item in outstanding),
            article=outstanding[0].article,
        )
