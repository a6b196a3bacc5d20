"""The passphrases of the demonstration's holders: kept in clear, since a visitor goes on as somebody who was shown one."""

from __future__ import annotations

from procurement.foundation.clock import Clock
from procurement.foundation.database import db, writing
from procurement.registers.demonstration import DemonstrationPassphrase
from procurement.transfers.models import Appointment


def keep_passphrase(appointment: Appointment, passphrase: str, clock: Clock) -> None:
    """Keep what the holder of an appointment was shown, in a short transaction of its own after the deed."""
    kept = DemonstrationPassphrase(
        user_id=appointment.user_id,
        transfer_id=appointment.transfer_id,
        kind=appointment.kind,
        passphrase=passphrase,
        kept_at=clock.now(),
    )
    with writing():
        db.session.add(kept)
