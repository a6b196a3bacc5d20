"""The passphrases of the demonstration's holders: kept in clear, since a visitor goes on as somebody who was shown one."""

from __future__ import annotations

from procurement.foundation.clock import Clock
from procurement.foundation.database import db, writing
from procurement.registers.demonstration import DemonstrationPassphrase
from procurement.transfers.models import Appointment


def keep_passphrase(appointment: Appointment, passphrase: str, clock: Clock) -> None:
    """Keep what the holder of an appointment was shown, in a short transaction of its own after the deed."""
    user_id, transfer_id, now = appointment.user_id, appointment.transfer_id, clock.now()
    with writing():
        db.session.add(
            DemonstrationPassphrase(user_id=user_id, transfer_id=transfer_id, passphrase=passphrase, kept_at=now)
        )
