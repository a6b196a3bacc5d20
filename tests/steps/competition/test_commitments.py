"""The list that is committed to: what is added, swapped, dropped or marked anew shows, and anybody can compute it again."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from procurement.steps.competition.commitments import (
    BrokenCommitment,
    Entry,
    Mark,
    Step,
    canonical_text,
    checks,
    discrepancies,
    entries_in,
    holds,
    make_nonce,
    sha256_of,
    shuffled,
)

CLOSES = datetime(2025, 10, 9, 1, 30, tzinfo=UTC)
ENVELOPES = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(5)]
ENTRIES = [Entry(name, Mark.SEALED) for name in ENVELOPES[:3]] + [Entry(ENVELOPES[3], Mark.WITHDRAWN)]
NONCE = "5e" * 32


def text_of(entries: list[Entry], nonce: str = NONCE) -> str:
    return canonical_text("ABCDE-FGHJK", CLOSES, nonce, entries)


TEXT = text_of(ENTRIES)
RECORDED = ENVELOPES[:3]


def failed(
    text: str, envelope: str, mark: Mark | None = Mark.SEALED, recorded: list[str] | None = RECORDED
) -> set[Step]:
    return {
        check.step for check in checks(text, sha256_of(TEXT), envelope, mark=mark, recorded=recorded) if not check.holds
    }


def test_the_text_is_the_one_that_is_described() -> None:
    assert (
        "jieli commitment 1\nannouncement ABCDE-FGHJK\ncloses 2025-10-09T01:30:00Z\n"
        f"nonce {NONCE}\n" + "".join(f"{name} sealed\n" for name in ENVELOPES[:3]) + f"{ENVELOPES[3]} withdrawn\n"
    ) == TEXT
    assert sha256_of(TEXT) == hashlib.sha256(TEXT.encode()).hexdigest()
    assert entries_in(TEXT) == ENTRIES
    assert entries_in(text_of([])) == []


def test_the_order_is_drawn_and_nothing_is_lost() -> None:
    many = [Entry(hashlib.sha256(bytes([number])).hexdigest(), Mark.SEALED) for number in range(40)]
    assert shuffled(many) != many
    assert sorted(shuffled(many), key=many.index) == many
    assert len({make_nonce() for _ in range(20)}) == 20
    assert len(bytes.fromhex(make_nonce())) == 32


def test_an_envelope_of_the_committed_list_verifies() -> None:
    found = checks(TEXT, sha256_of(TEXT), ENVELOPES[0], mark=Mark.SEALED, recorded=RECORDED)
    assert [check.step for check in found] == list(Step)
    assert all(check.holds for check in found)
    assert failed(TEXT, ENVELOPES[3], Mark.WITHDRAWN) == set()


@pytest.mark.parametrize(
    ("entries", "what"),
    [
        ([*ENTRIES, Entry(ENVELOPES[4], Mark.SEALED)], "added"),
        ([Entry(ENVELOPES[4], Mark.SEALED), *ENTRIES[1:]], "swapped"),
        (ENTRIES[1:], "dropped"),
        ([Entry(ENVELOPES[0], Mark.WITHDRAWN), *ENTRIES[1:]], "re-marked"),
        (ENTRIES[::-1], "in another order"),
    ],
)
def test_a_list_that_was_changed_is_not_the_one_committed_to(entries: list[Entry], what: str) -> None:
    assert Step.COMMITTED in failed(text_of(entries), ENVELOPES[1]), what
    assert not holds(text_of(entries), sha256_of(TEXT))


def test_another_nonce_is_another_commitment() -> None:
    assert Step.COMMITTED in failed(text_of(ENTRIES, "00" * 32), ENVELOPES[1])


def test_an_envelope_that_is_not_in_the_list_says_so() -> None:
    assert failed(TEXT, ENVELOPES[4], None) == {Step.LISTED}


def test_a_bid_that_was_added_to_the_record_or_dropped_from_it_shows() -> None:
    assert failed(TEXT, ENVELOPES[0], recorded=[*RECORDED, ENVELOPES[4]]) == {Step.NONE_ADDED}
    assert failed(TEXT, ENVELOPES[0], recorded=RECORDED[:2]) == {Step.NONE_DROPPED}
    assert failed(TEXT, ENVELOPES[0], recorded=[*RECORDED[:2], ENVELOPES[4]]) == {Step.NONE_ADDED, Step.NONE_DROPPED}
    assert failed(TEXT, ENVELOPES[0], recorded=[*RECORDED, RECORDED[0]]) == {Step.NONE_ADDED}


def test_a_bid_that_was_marked_anew_since_shows() -> None:
    assert failed(TEXT, ENVELOPES[0], Mark.WITHDRAWN) == {Step.MARKED}


def test_a_failed_round_has_no_record_to_compare() -> None:
    assert failed(TEXT, ENVELOPES[0], recorded=None) == set()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jieli commitment 2\n" + TEXT.split("\n", 1)[1],
        TEXT.rstrip("\n"),
        TEXT + "0 sealed\n",
        TEXT.replace("sealed", "opened", 1),
    ],
)
def test_what_is_no_list_of_this_form_holds_nothing(text: str) -> None:
    with pytest.raises(BrokenCommitment):
        entries_in(text)
    assert not holds(text, sha256_of(text))


def test_what_is_not_disclosed_is_not_looked_into() -> None:
    assert [(check.step, check.holds) for check in checks("", sha256_of(TEXT), ENVELOPES[0])] == [
        (Step.DISCLOSED, False)
    ]


def test_what_was_added_and_what_is_missing_are_told_apart() -> None:
    now = [*ENTRIES[1:], Entry(ENVELOPES[4], Mark.SEALED)]
    assert discrepancies(ENTRIES, now) == ([Entry(ENVELOPES[4], Mark.SEALED)], [ENTRIES[0]])
    assert discrepancies(ENTRIES, ENTRIES[::-1]) == ([], [])
