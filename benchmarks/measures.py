"""What a comparison measured, and how it is told."""

from __future__ import annotations

import cProfile
import os
import platform
import pstats
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Measure:
    """One ratio beside its goal.

    `ours` and `floor` are the medians of the rounds, in `unit`; `ratio` is what the goal speaks of; `at_least` says on which
    side of the goal it should lie. `profile` says where our time goes, `reason` why a missed goal is missed.
    """

    name: str
    unit: str
    ours: float
    floor: float
    ratio: float
    goal: float
    at_least: bool
    profile: str = ""
    reason: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal

    def explained(self, profile: str, reason: str) -> Measure:
        """The same, with what its document says of a goal that is missed."""
        return replace(self, profile=profile, reason=reason)

    def lines(self) -> list[str]:
        """As Markdown: a row of the table is told elsewhere; this is what stands below it."""
        if self.is_met or not (self.profile or self.reason):
            return []
        said = [f"### {self.name}: the goal is missed", "", self.reason, ""]
        return [*said, "```", *self.profile.splitlines(), "```", ""] if self.profile else said


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures without a floor: what was tried and what became of it."""

    title: str
    told: Mapping[str, str]

    def lines(self) -> list[str]:
        """As Markdown."""
        rows = [f"| {name} | {value} |" for name, value in self.told.items()]
        return [f"## {self.title}", "", "| | |", "|---|---|", *rows, ""]


def interleaved(
    ours: Callable[[], object], floor: Callable[[], object], rounds: int, warm: int = 3
) -> tuple[list[float], list[float]]:
    """Seconds of each round of both, taken in turns, so that what disturbs the machine disturbs both."""
    for _ in range(warm):
        ours()
        floor()
    ours_took, floor_took = [], []
    for number in range(rounds):
        pair = ((ours, ours_took), (floor, floor_took))
        for work, took in pair if number % 2 else reversed(pair):
            began = time.perf_counter()
            work()
            took.append(time.perf_counter() - began)
    return ours_took, floor_took


def profile_of(work: Callable[[], object], times: int = 10) -> str:
    """Where the time of `work` goes: by package, time of its own alone; then the functions of ours with all they call."""
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(times):
        work()
    profiler.disable()
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    packages: Counter[str] = Counter()
    ours: Counter[str] = Counter()
    for (path, _line, function), (_calls, _all, own, below, _callers) in stats.items():
        packages[_package(path, function)] += own / times * 1000
        if "/procurement/" in path:
            ours[f"{path.split('/procurement/')[1]}: {function}"] = max(
                ours[f"{path.split('/procurement/')[1]}: {function}"], below / times * 1000
            )
    whole = sum(packages.values())
    lines = [f"{whole:7.1f} ms a page under the profiler, of which"]
    lines += [f"{took:7.1f} ms {took / whole:4.0%}  {name}" for name, took in packages.most_common(8)]
    lines += ["", "with what they call:"]
    lines += [f"{took:7.1f} ms  {name}" for name, took in ours.most_common(14)]
    return "\n".join(lines)


def _package(path: str, function: str) -> str:
    if path == "~":
        return "SQLite" if "sqlite3" in function else "Python's own functions"
    if "site-packages/" in path:
        return path.split("site-packages/")[1].split("/")[0]
    if "/procurement/" in path:
        return "Jieli"
    return "templates" if path.endswith(".html") else "the standard library"


def middle(times: Sequence[float]) -> float:
    """The median."""
    return median(times)


def machine() -> str:
    """The machine in one line: processor, cores, memory, Python."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    memory = ""
    if hasattr(os, "sysconf"):
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    return f"{name}, {os.cpu_count()} cores{memory}, {platform.system()}, Python {platform.python_version()}"
