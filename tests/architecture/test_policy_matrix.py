"""The policy as a matrix that is reviewed like prose: a change of it must show in policy.txt."""

from __future__ import annotations

from pathlib import Path

from procurement.registers.access import Deed, policy_matrix

GOLDEN = Path(__file__).with_name("policy.txt")


def test_the_matrix_is_the_one_that_was_reviewed() -> None:
    assert policy_matrix() == GOLDEN.read_text("utf-8"), (
        "the policy has changed: read the difference, and if it is meant, write the new matrix with "
        "`python3 manage.py flask show-policy > tests/architecture/policy.txt`"
    )


def test_the_matrix_has_a_line_for_every_deed() -> None:
    assert [line.split()[0] for line in policy_matrix().splitlines()] == [deed.value for deed in Deed]


def test_nothing_is_left_to_nobody() -> None:
    assert "nobody" not in policy_matrix()
