"""Many at the deadline, and processes that are killed: the benchmark's burst with few bidders, by real servers over PostgreSQL.

Nothing is timed here: what was acknowledged is there with its receipt, nothing that came late, and of no bid a half.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.burst import burst, kills

pytestmark = pytest.mark.postgres_only


@pytest.fixture
def instance(tmp_path: Path, prepared_fonts: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an instance is made, its fonts converted already."""
    monkeypatch.setenv("JIELI_FONTS", str(prepared_fonts))
    return tmp_path


def test_of_bidders_around_the_deadline_two_servers_keep_who_came_in_time_and_nobody_else(
    database: str, instance: Path
) -> None:
    told = burst(instance, database, 12, print, window=5.0, last=-2.0, lead=15.0)
    assert int(told["acknowledged with a receipt"]) > 0
    assert int(told["refused as too late"]) > 0


# A worker of pytest-xdist has threads, of which the process that is forked from it and killed has none.
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_process_that_is_killed_while_it_writes_loses_no_bid_and_leaves_no_half(
    database: str, instance: Path
) -> None:
    told = kills(instance, database, 3, print)
    assert int(told["bids acknowledged by them"]) >= 3
