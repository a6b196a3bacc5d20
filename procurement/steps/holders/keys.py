"""Making a competition's key at its announcement, opening it by two holders, and sealing it anew when a holder changes.

What is opened here lives in memory only and is given back to whoever asked; nothing of it is stored, logged or recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from procurement.foundation import sealing
from procurement.foundation.errors import DomainError, Refusals, RuleBroken
from procurement.foundation.labels import word
from procurement.registers.access import HOLDERS, Appointed
from procurement.steps.holders.models import BIDS, CompetitionKey, CompetitionKeyCopy, HolderKey, HoldersDesk
from procurement.transfers.models import Appointment, Transfer


@dataclass(frozen=True, slots=True)
class Told:
    """What one holder typed: whose pair it should open, the secret, and the field it stands in."""

    key: HolderKey
    secret: str
    field: str


@dataclass(frozen=True, slots=True)
class SealedCopy:
    """A competition's private half as it is sealed for two appointments."""

    outer_id: int
    inner_id: int
    sealed: bytes


def context_of(appointment: Appointment) -> str:
    """What binds a holder's pair to the appointment it was made for."""
    return f"appointment {appointment.id}"


def _context_of_copy(announcement_id: int, attempt: int, outer_id: int, inner_id: int, sitting: int) -> str:
    context = f"announcement {announcement_id} attempt {attempt} outer {outer_id} inner {inner_id}"
    # What the bids were sealed to was bound without a word of it.
    return context if sitting == BIDS else f"{context} sitting {sitting}"


def make_competition_key(
    announcement_id: int, attempt: int, holders: Mapping[Appointed, HolderKey], *, sitting: int = BIDS
) -> tuple[bytes, list[SealedCopy]]:
    """A sitting's public half, and its private half sealed for every two of the three holders; then it is dropped."""
    private = sealing.make_competition_pair()
    copies = seal_copies(private, announcement_id, attempt, holders, sitting=sitting)
    return private.public_key().public_bytes_raw(), copies


def seal_copies(
    private: X25519PrivateKey,
    announcement_id: int,
    attempt: int,
    holders: Mapping[Appointed, HolderKey],
    *,
    sitting: int = BIDS,
) -> list[SealedCopy]:
    """The three copies: opener and witness, opener and custodian, witness and custodian, the first named opens first."""
    found = []
    for outer, inner in combinations([holders[kind] for kind in HOLDERS], 2):
        context = _context_of_copy(announcement_id, attempt, outer.appointment_id, inner.appointment_id, sitting)
        sealed = sealing.seal_private_half(private, outer.public, inner.public, context)
        found.append(SealedCopy(outer.appointment_id, inner.appointment_id, sealed))
    return found


def make_key(
    announcement_id: int, transfer: Transfer, desk: HoldersDesk, now: datetime, *, sitting: int = BIDS
) -> CompetitionKey:
    """The pair that the envelopes of a sitting are sealed to, for those who hold now; its private half is dropped here."""
    holders = {kind: desk.keys[appointment.id] for kind, appointment in desk.holders.items()}
    public, copies = make_competition_key(announcement_id, transfer.attempt, holders, sitting=sitting)
    return CompetitionKey(
        announcement_id=announcement_id,
        sitting=sitting,
        transfer=transfer,
        attempt=transfer.attempt,
        suite=sealing.KEY_SUITE,
        public=public,
        made_at=now,
        copies=rows_of(copies),
    )


def rows_of(copies: Sequence[SealedCopy]) -> list[CompetitionKeyCopy]:
    """The copies as they are stored."""
    return [CompetitionKeyCopy(outer_id=copy.outer_id, inner_id=copy.inner_id, sealed=copy.sealed) for copy in copies]


def open_competition_key(key: CompetitionKey, *told: Told) -> X25519PrivateKey:
    """The competition's private half, by two holders in any order, or by the one of a competition of suite 1.

    Raises:
        Refusals: naming each of the two whose secret is wrong, at its field; nothing is opened.
        RuleBroken: secrets that are right of pairs that the key is not sealed to, or a copy that is damaged.
    """
    private: dict[int, X25519PrivateKey] = {}
    faults: list[DomainError] = []
    for one in told:
        try:
            context = context_of(one.key.appointment)
            private[one.key.appointment_id] = sealing.private_half(one.key.pair, one.secret, context)
        except sealing.WrongSecret:
            faults.append(_wrong(one))
    if faults:
        raise Refusals(faults)
    for copy in key.copies:
        if {copy.outer_id, copy.inner_id} - {None} == private.keys():
            try:
                return _opened(key, copy, private)
            except InvalidTag:
                break
    raise RuleBroken(
        word("口令都对，但是没有可以由这些人打开的密钥，没有开启任何投标。请核对是哪两位持有人。"), field=told[-1].field
    )


def _opened(key: CompetitionKey, copy: CompetitionKeyCopy, private: Mapping[int, X25519PrivateKey]) -> X25519PrivateKey:
    if copy.inner_id is None:
        return sealing.open_private_half_alone(copy.sealed, private[copy.outer_id], f"appointment {copy.outer_id}")
    context = _context_of_copy(key.announcement_id, key.attempt, copy.outer_id, copy.inner_id, key.sitting)
    return sealing.open_private_half(copy.sealed, private[copy.outer_id], private[copy.inner_id], context)


def _wrong(told: Told) -> RuleBroken:
    appointment = told.key.appointment
    values: dict[str, Any] = {"kind": appointment.kind, "person": appointment.user.called}
    if told.key.private_wrapped is None:
        return RuleBroken(
            word(
                "{kind}{person}的密语不对，没有开启任何投标。密语是恢复单上印着的 {count} 位字母和数字，不分大小写，不是核对词。"
            ),
            count=sealing.length_of_secret(of_sheet=True),
            field=told.field,
            **values,
        )
    return RuleBroken(
        word(
            "{kind}{person}的口令不对，没有开启任何投标。口令是接受指定时显示过一次的 {count} 位字母和数字，不分大小写。"
        ),
        count=sealing.length_of_secret(of_sheet=False),
        field=told.field,
        **values,
    )
