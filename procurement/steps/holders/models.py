"""The holders' pairs, and the competition's key as it is sealed for every two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from procurement.foundation import sealing
from procurement.foundation.database import Base, Moment, asked_once, db
from procurement.foundation.sealing import HolderPair
from procurement.registers.access import HOLDERS, Appointed
from procurement.registers.people import User
from procurement.transfers.models import Appointment, OfTransfer, Transfer

# The sittings that a competition's envelopes are opened in: that of the bids, and where there are talks that of the final offers.
BIDS, OFFERS = 1, 2


class HolderKey(OfTransfer, Base):
    """The pair made when a holder accepted: the private half wrapped by a passphrase that is kept nowhere or, of the custodian,
    nothing but the hash of the check word that stands on the sheet.

    `suite` says how it was made, so that what was sealed under an earlier one is opened under it. `lost_at` is when its holder
    declared that the secret is lost.
    """

    __tablename__ = "holder_keys"
    __table_args__ = (
        CheckConstraint("(private_wrapped IS NULL) = (check_word_sha256 IS NOT NULL)", name="wrapped_or_on_a_sheet"),
        CheckConstraint(
            "sheet_confirmed_at IS NULL OR check_word_sha256 IS NOT NULL", name="only_a_sheet_is_confirmed"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"), unique=True)
    suite: Mapped[int] = mapped_column()
    public: Mapped[bytes] = mapped_column(LargeBinary)
    private_wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    check_word_sha256: Mapped[str | None] = mapped_column(String(64))
    sheet_confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    made_at: Mapped[datetime] = mapped_column(Moment)
    lost_at: Mapped[datetime | None] = mapped_column(Moment)

    appointment: Mapped[Appointment] = relationship(lazy="select")

    @property
    def transfer(self) -> Transfer:
        """The transfer whose bids it helps to open."""
        return self.appointment.transfer

    @property
    def pair(self) -> HolderPair:
        """As the sealing floor takes it."""
        return HolderPair(self.suite, self.public, self.private_wrapped, self.check_word_sha256)

    @property
    def is_ready(self) -> bool:
        """Whether bids may be sealed to it: a sheet only once its check word has been typed back."""
        return self.check_word_sha256 is None or self.sheet_confirmed_at is not None


class CompetitionKey(OfTransfer, Base):
    """The pair that the envelopes of one sitting are sealed to: its public half, and its private half once for every two holders.

    The bids of an announcement have one, and final offers another. Under suite 1 there is one copy, for one holder.
    `used_at` is when the envelopes were opened with it.
    """

    __tablename__ = "competition_keys"
    __table_args__ = (UniqueConstraint("announcement_id", "sitting"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"))
    sitting: Mapped[int] = mapped_column(default=BIDS)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), index=True)
    attempt: Mapped[int] = mapped_column()
    suite: Mapped[int] = mapped_column()
    public: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)

    transfer: Mapped[Transfer] = relationship(lazy="select")
    copies: Mapped[list[CompetitionKeyCopy]] = relationship(
        lazy="selectin", order_by="CompetitionKeyCopy.id", cascade="all, delete-orphan"
    )

    @property
    def is_of_one_holder(self) -> bool:
        """Whether it was made under suite 1, when one passphrase opened the bids."""
        return self.suite == sealing.SINGLE_HOLDER

    @property
    def appointment_ids(self) -> frozenset[int]:
        """The appointments that it is sealed to."""
        return frozenset(
            number for copy in self.copies for number in (copy.outer_id, copy.inner_id) if number is not None
        )


class CompetitionKeyCopy(Base):
    """The private half of a competition's key for two holders: the layer of `outer` comes off first, then that of `inner`."""

    __tablename__ = "competition_key_copies"
    __table_args__ = (UniqueConstraint("competition_key_id", "outer_id", "inner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    competition_key_id: Mapped[int] = mapped_column(ForeignKey("competition_keys.id"))
    outer_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"))
    # None under suite 1.
    inner_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class HoldersDesk:
    """The holders of one transfer's present attempt: who holds, who is to follow them, their pairs, the key of its newest sitting."""

    holders: Mapping[Appointed, Appointment]
    successors: Mapping[Appointed, Appointment]
    keys: Mapping[int, HolderKey]
    competition_key: CompetitionKey | None

    def key_of(self, appointment: Appointment | None) -> HolderKey | None:
        """The pair made for an appointment."""
        return self.keys.get(appointment.id) if appointment is not None else None

    def held_by(self, user_id: int) -> Appointment | None:
        """What this person holds now; not what they are to follow in."""
        return next((row for row in self.holders.values() if row.user_id == user_id), None)

    def beside(self, kind: Appointed) -> list[Appointment]:
        """The other holders, in their order."""
        return [self.holders[other] for other in HOLDERS if other is not kind and other in self.holders]

    @property
    def lost(self) -> list[HolderKey]:
        """The pairs of present holders whose secret was declared lost."""
        keys = (self.key_of(row) for row in self.holders.values())
        return [key for key in keys if key is not None and key.lost_at is not None]


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────


def competition_key_of_announcement(announcement_id: int, sitting: int = BIDS) -> CompetitionKey | None:
    """The key that the envelopes of a sitting are sealed to; None before the announcement, or the invitation, of it."""
    query = select(CompetitionKey).where(
        CompetitionKey.announcement_id == announcement_id, CompetitionKey.sitting == sitting
    )
    return db.session.scalar(query)


def key_of_appointment(appointment: Appointment) -> HolderKey | None:
    """The pair made when this appointment was accepted."""
    return db.session.scalar(select(HolderKey).where(HolderKey.appointment_id == appointment.id))


def holders_of_attempt(transfer: Transfer) -> HoldersDesk:
    """The holders of the present attempt."""
    return desks([transfer])[transfer.id]


@asked_once
def desks(transfers: Sequence[Transfer]) -> Mapping[int, HoldersDesk]:
    """The holders of several transfers with their roles, by which they may hold or may not, in a constant number of queries."""
    held = {
        transfer.id: [
            row
            for row in sorted(transfer.appointments, key=lambda row: row.id)
            if row.kind in HOLDERS and row.attempt == transfer.attempt and row.ended_at is None
        ]
        for transfer in transfers
    }
    rows_held = [row for rows in held.values() for row in rows]
    numbers = [row.id for row in rows_held]
    _read_people(rows_held)
    keys = {
        row.appointment_id: row
        for row in db.session.scalars(select(HolderKey).where(HolderKey.appointment_id.in_(numbers))).unique()
    }
    sealed = {
        (row.transfer_id, row.attempt): row
        for row in db.session.scalars(
            select(CompetitionKey)
            .where(CompetitionKey.transfer_id.in_([transfer.id for transfer in transfers]))
            .order_by(CompetitionKey.sitting)
        ).unique()
    }
    return {
        transfer.id: _desk(held[transfer.id], keys, sealed.get((transfer.id, transfer.attempt)))
        for transfer in transfers
    }


def _read_people(rows: Sequence[Appointment]) -> None:
    """Load the people of these appointments with their roles, in two queries."""
    if rows:
        query = select(User).where(User.id.in_({row.user_id for row in rows})).options(selectinload(User.grants))
        people = {user.id: user for user in db.session.scalars(query).unique()}
        for row in rows:
            set_committed_value(row, "user", people[row.user_id])


def _desk(
    rows: Sequence[Appointment], keys: Mapping[int, HolderKey], competition_key: CompetitionKey | None
) -> HoldersDesk:
    """Until there is a competition's key whoever was appointed holds; then those it is sealed to do, and others follow."""
    sealed_to = competition_key.appointment_ids if competition_key is not None else {row.id for row in rows}
    return HoldersDesk(
        {row.kind: row for row in rows if row.id in sealed_to},
        {row.kind: row for row in rows if row.id not in sealed_to},
        {row.id: keys[row.id] for row in rows if row.id in keys},
        competition_key,
    )
