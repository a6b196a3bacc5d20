"""One whole transfer, told once."""

from __future__ import annotations

from tests.factories import World


def test_walk(world: World) -> None:
    transfer = world.closed()
    assert transfer.closed_at is not None
