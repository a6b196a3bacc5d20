"""Pages make a constant number of queries: one transfer or six, the database is asked as often."""

from __future__ import annotations

from typing import Any

import pytest

from procurement.foundation.database import db
from tests.web.browsing import counted, forget, signed_in


def asked(client: Any, path: str) -> int:
    """How many statements the second reading of a page takes; the first one warms what is loaded once."""
    for _ in range(2):
        forget()
        db.session.rollback()
        with counted() as statements:
            assert client.get(path).status_code == 200
    return len(statements)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("path", ["/workbench", "/transfers/", "/"])
def test_more_transfers_ask_no_more(world: Any, path: str) -> None:
    world.announced()
    client = signed_in(world, world.people.officer)
    few = asked(client, path)
    for number in range(5):
        transfer = world.resolved(title=f"城市管家服务第{number}片区")
        world.announced(transfer)
    many = asked(client, path)
    assert many <= few, f"{path}: {few} statements for one transfer, {many} for six"
