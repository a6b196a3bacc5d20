"""Run the comparisons and write `docs/benchmarks.md`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from benchmarks import bids, burst, pages
from benchmarks.measures import ROOT, Figures, Measure, machine

COMPARISONS: dict[str, Callable[[Callable[[str], None]], list[Measure] | Figures]] = {
    "bids": bids.measure,
    "pages": pages.measure,
    "burst": burst.measure,
}
TITLES = {
    "bids": "A sealed bid of 2 MB submitted, beside encrypt, write, sync and commit alone",
    "pages": "List and transfer pages beside one indexed query and the same bytes",
}
OUT = ROOT / "docs" / "benchmarks.md"


def main() -> int:
    """Measure what is named, or everything; the document is written by a run of everything."""
    parser = argparse.ArgumentParser(prog="python3 manage.py bench")
    parser.add_argument(
        "names", nargs="*", choices=[*COMPARISONS, []], help="which comparisons; all where none is named"
    )
    named = parser.parse_args().names or list(COMPARISONS)
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {line}", flush=True)

    found = {name: COMPARISONS[name](say) for name in named}
    text = told(found)
    print(text)
    if list(found) == list(COMPARISONS):
        OUT.write_text(text, "utf-8", newline="\n")
        say(f"written: {OUT.relative_to(ROOT)}")
    return 0


def told(found: Mapping[str, Sequence[Measure] | Figures]) -> str:
    """The document: machine and day, a table of the ratios, then each goal that is missed with its profile."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `python3 manage.py bench`. Each figure stands beside its floor – the least that could do the same –",
        "measured in turns in one run; what counts is the ratio.",
        "",
        f"- Day: {datetime.now(UTC):%Y-%m-%d}",
        f"- Machine: {machine()}",
        "",
    ]
    for name, measures in found.items():
        if isinstance(measures, Figures):
            lines += measures.lines()
            continue
        lines += [f"## {TITLES[name]}", "", "| what | ours | floor | ratio | goal | |", "|---|---|---|---|---|---|"]
        lines += [
            f"| {row.name} | {row.ours:.1f} {row.unit} | {row.floor:.1f} {row.unit} | **{row.ratio:.2f}** "
            f"| {'≥' if row.at_least else '≤'} {row.goal} | {'met' if row.is_met else 'missed'} |"
            for row in measures
        ]
        lines.append("")
        for row in measures:
            lines += row.lines()
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
