"""Sealed fields: unreadable without their key, told apart each time, opened under an older key after a rotation."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from procurement.foundation import fields
from procurement.foundation.fields import KeyMissing, open_field, open_file, seal_field, seal_file, use_field_keys
from procurement.foundation.sealing import CHUNK

CANARY = "0577-59904321"


@pytest.fixture(autouse=True)
def _keys() -> Iterator[None]:
    former = fields._Ring.keys, fields._Ring.current
    use_field_keys({"k1": b"1" * 32}, "k1")
    yield
    use_field_keys(*former)


def test_a_sealed_field_opens_and_does_not_show_what_it_holds() -> None:
    sealed = seal_field(CANARY)
    assert open_field(sealed) == CANARY
    assert CANARY not in sealed
    assert seal_field(CANARY) != sealed


def test_after_a_rotation_old_fields_open_and_new_ones_are_sealed_under_the_new_key() -> None:
    old = seal_field(CANARY)
    use_field_keys({"k1": b"1" * 32, "k2": b"2" * 32}, "k2")
    assert open_field(old) == CANARY
    assert seal_field(CANARY).startswith("sealed:k2:")


@pytest.mark.parametrize("keys", [{"k2": b"2" * 32}, {"k1": b"2" * 32}])
def test_without_its_key_a_field_stays_shut(keys: dict[str, bytes]) -> None:
    sealed = seal_field(CANARY)
    use_field_keys(keys, next(iter(keys)))
    with pytest.raises(KeyMissing, match="k1"):
        open_field(sealed)


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1])
def test_a_sealed_file_opens_whole_as_what_it_was_sealed_as_or_not_at_all(size: int) -> None:
    content = (CANARY.encode() * size)[:size]
    sealed = b"".join(seal_file(content, "list"))
    assert open_file(io.BytesIO(sealed), "list") == content
    assert size < len(CANARY) or CANARY.encode() not in sealed
    for broken, context in ((sealed, "paper"), (sealed[:-1], "list"), (sealed[:2], "list"), (b"", "list")):
        with pytest.raises(KeyMissing):
            open_file(io.BytesIO(broken), context)
