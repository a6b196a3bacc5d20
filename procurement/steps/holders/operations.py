"""What is done to the holders: appointed and accepted, the sheet checked, a loss reported, one of them replaced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict
from procurement.foundation.labels import word
from procurement.foundation.sealing import HolderPair
from procurement.registers import access, audit, notices
from procurement.registers.access import Appointed, Deed
from procurement.registers.people import User
from procurement.steps.holders import rules
from procurement.steps.holders.keys import SealedCopy, context_of, rows_of
from procurement.steps.holders.models import CompetitionKey, HolderKey, holders_of_attempt, key_of_appointment
from procurement.transfers.models import Appointment, Transfer
from procurement.transfers.operations import address_of


def appoint_opener(transfer: Transfer, person: User, *, actor: User, now: datetime) -> Appointment:
    """Appoint who opens the bids of this attempt; once bids are sealed, as who is to follow the present opener.

    Raises:
        RuleBroken: a person who is not of the purchaser (T87-12).
        WrongState: outside step 1, and in step 2 once the bids are opened.
    """
    access.require(actor, Deed.OPENER_APPOINT, transfer)

    _ensure_appointable(transfer, Appointed.OPENER, person, now)

    appointment = _appoint(transfer, Appointed.OPENER, person, now)

    audit.record(Deed.OPENER_APPOINT, transfer, actor=actor, now=now, person=person.id)
    return appointment


def appoint_opening_witness(transfer: Transfer, person: User, *, actor: User, now: datetime) -> Appointment:
    """Appoint who witnesses the opening and holds the second secret; of another department, and no judge of complaints."""
    access.require(actor, Deed.OPENING_WITNESS_APPOINT, transfer)

    _ensure_appointable(transfer, Appointed.OPENING_WITNESS, person, now)

    appointment = _appoint(transfer, Appointed.OPENING_WITNESS, person, now)

    audit.record(Deed.OPENING_WITNESS_APPOINT, transfer, actor=actor, now=now, person=person.id)
    return appointment


def appoint_custodian(transfer: Transfer, person: User, *, actor: User, now: datetime) -> Appointment:
    """Appoint who keeps the printed recovery sheet; of neither the purchaser's department nor the witness's."""
    access.require(actor, Deed.CUSTODIAN_APPOINT, transfer)

    _ensure_appointable(transfer, Appointed.CUSTODIAN, person, now)

    appointment = _appoint(transfer, Appointed.CUSTODIAN, person, now)

    audit.record(Deed.CUSTODIAN_APPOINT, transfer, actor=actor, now=now, person=person.id)
    return appointment


def accept_opener(appointment: Appointment, pair: HolderPair, *, actor: User, now: datetime) -> HolderKey:
    """Accept an appointment as opener with the pair made for it; the passphrase that wraps it is never given to us."""
    access.require(actor, Deed.OPENER_ACCEPT, appointment)

    _ensure_acceptable(appointment, now)

    key = _accept(appointment, pair, now)

    audit.record(Deed.OPENER_ACCEPT, appointment, actor=actor, now=now, suite=pair.suite, public=pair.public.hex())
    return key


def accept_opening_witness(appointment: Appointment, pair: HolderPair, *, actor: User, now: datetime) -> HolderKey:
    """Accept an appointment as witness of the opening, as the opener does."""
    access.require(actor, Deed.OPENING_WITNESS_ACCEPT, appointment)

    _ensure_acceptable(appointment, now)

    key = _accept(appointment, pair, now)

    audit.record(
        Deed.OPENING_WITNESS_ACCEPT, appointment, actor=actor, now=now, suite=pair.suite, public=pair.public.hex()
    )
    return key


def accept_custodian(appointment: Appointment, pair: HolderPair, *, actor: User, now: datetime) -> HolderKey:
    """Accept the keeping of the recovery sheet; of what it bears we are given a public half and the hash of the check word."""
    access.require(actor, Deed.CUSTODIAN_ACCEPT, appointment)

    _ensure_acceptable(appointment, now)

    key = _accept(appointment, pair, now)

    audit.record(Deed.CUSTODIAN_ACCEPT, appointment, actor=actor, now=now, suite=pair.suite, public=pair.public.hex())
    return key


def confirm_sheet(appointment: Appointment, check_word: str, *, actor: User, now: datetime) -> None:
    """Type the check word back from the printed sheet: bids are not sealed to a sheet that nobody has in hand.

    Raises:
        RuleBroken: a word that is not the sheet's.
        WrongState: no sheet yet, or one that was checked.
    """
    access.require(actor, Deed.SHEET_CONFIRM, appointment)

    transfer, day = appointment.transfer, local_day(now)
    rules.ensure_may_be_appointed(transfer, holders_of_attempt(transfer), day)
    key = key_of_appointment(appointment)
    rules.ensure_check_word(key, check_word, context_of(appointment), day)

    assert key is not None
    key.sheet_confirmed_at = now

    audit.record(Deed.SHEET_CONFIRM, appointment, actor=actor, now=now)


def report_secret(appointment: Appointment, *, actor: User, now: datetime) -> None:
    """Declare that one's passphrase or sheet is lost, while bids are sealed to it; the officer is told to appoint a successor.

    Raises:
        WrongState: before bids are sealed, when one is simply appointed anew; once they are opened; a second time.
    """
    access.require(actor, Deed.SECRET_REPORT, appointment)

    transfer, day = appointment.transfer, local_day(now)
    rules.ensure_sealed(transfer, holders_of_attempt(transfer), day)
    key = key_of_appointment(appointment)
    rules.ensure_not_reported(key)

    assert key is not None
    key.lost_at = now
    desk = holders_of_attempt(transfer)
    message = (
        word("“{title}”的{kind}报告口令遗失，余下的持有人打不开投标，请宣布流标。")
        if rules.keys_are_lost(desk, day)
        else word("“{title}”的{kind}报告口令遗失。请指定接任的人，再由另外两位持有人办理更换。")
    )
    notices.notify(
        [transfer.officer],
        message,
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        kind=appointment.kind,
    )

    audit.record(Deed.SECRET_REPORT, appointment, actor=actor, now=now, public=key.public.hex())


def replace_holder(
    key: CompetitionKey,
    successor: Appointment,
    copies: Sequence[SealedCopy],
    *,
    second: User,
    actor: User,
    now: datetime,
) -> None:
    """Put a successor in a holder's place: `copies` were sealed anew in memory by the two holders who stay.

    The former copies and the former holder's pair are deleted, and only now does the former appointment end.

    Raises:
        RuleBroken: any other two, or a successor without a pair.
        WrongState: once the bids are opened.
        Conflict: copies that were sealed to others than those who hold now.
    """
    access.require(actor, Deed.HOLDER_REPLACE, key)

    transfer, day = key.transfer, local_day(now)
    desk = holders_of_attempt(transfer)
    rules.ensure_replaceable(transfer, desk, day)
    rules.ensure_successor(desk, successor, day)
    rules.ensure_may_hold(transfer, successor.kind, successor.user, desk.holders)
    rules.ensure_the_two_others(desk, successor.kind, actor, second, day)
    staying = [row.id for row in desk.beside(successor.kind)]
    if {number for copy in copies for number in (copy.outer_id, copy.inner_id)} != {*staying, successor.id}:
        raise Conflict(word("在您操作的同时，密钥的持有人有变化，请重新办理。"))

    former = desk.holders[successor.kind]
    before, after = desk.keys.get(former.id), desk.keys[successor.id]
    key.copies = []
    # The copy of the two who stay has the same place: the former one goes before the new one comes.
    db.session.flush()
    key.copies = rows_of(copies)
    former.ended_at = now
    if before is not None:
        db.session.delete(before)
    message = (
        word("“{title}”的{kind}{person}换了新的口令或恢复单，{person}原来的不再能开启投标，请销毁。")
        if former.user_id == successor.user_id
        else word("“{title}”的{kind}由{former}换为{person}，{former}原来的口令或恢复单不再能开启投标，请销毁。")
    )
    notices.notify(
        [transfer.officer, successor.user, former.user],
        message,
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        kind=successor.kind,
        former=former.user.called,
        person=successor.user.called,
    )

    audit.record(
        Deed.HOLDER_REPLACE,
        key,
        actor=actor,
        now=now,
        kind=successor.kind,
        former=former.user_id,
        person=successor.user_id,
        second=second.id,
        public_before=before.public.hex() if before is not None else None,
        public=after.public.hex(),
    )


# ── parts of these deeds ───────────────────────────────────────────────────────────────────────────────────────────


def _ensure_appointable(transfer: Transfer, kind: Appointed, person: User, now: datetime) -> None:
    desk = holders_of_attempt(transfer)
    rules.ensure_may_be_appointed(transfer, desk, local_day(now))
    rules.ensure_may_hold(transfer, kind, person, {**desk.holders, **desk.successors})


def _appoint(transfer: Transfer, kind: Appointed, person: User, now: datetime) -> Appointment:
    """A new appointment; the former one ends, unless bids are sealed to it: then it ends when it is replaced."""
    desk = holders_of_attempt(transfer)
    former = desk.successors.get(kind) if desk.competition_key is not None else desk.holders.get(kind)
    if former is not None:
        former.ended_at = now
    appointment = Appointment(transfer=transfer, kind=kind, attempt=transfer.attempt, user=person, appointed_at=now)
    db.session.add(appointment)
    notices.notify(
        [person],
        word("您被指定为“{title}”的恢复单保管人，请接受指定，打印恢复单并核对。")
        if kind is Appointed.CUSTODIAN
        else word("您被指定为“{title}”的{kind}，请接受指定并领取口令。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        kind=kind,
    )
    return appointment


def _ensure_acceptable(appointment: Appointment, now: datetime) -> None:
    transfer = appointment.transfer
    desk = holders_of_attempt(transfer)
    rules.ensure_may_be_appointed(transfer, desk, local_day(now))
    rules.ensure_may_hold(transfer, appointment.kind, appointment.user, {**desk.holders, **desk.successors})
    rules.ensure_not_accepted(appointment, key_of_appointment(appointment))


def _accept(appointment: Appointment, pair: HolderPair, now: datetime) -> HolderKey:
    appointment.accepted_at = now
    key = HolderKey(
        appointment=appointment,
        suite=pair.suite,
        public=pair.public,
        private_wrapped=pair.private_wrapped,
        check_word_sha256=pair.check_word_sha256,
        made_at=now,
    )
    db.session.add(key)
    notices.notify(
        [appointment.transfer.officer],
        word("“{title}”的{kind}已接受指定。"),
        now=now,
        link=address_of(appointment.transfer),
        title=appointment.transfer.called,
        kind=appointment.kind,
    )
    return key
