"""What falls due, every minute: reminders, once each; `flask tick` and the queue's consumer call the same."""

from __future__ import annotations

from flask import Flask

from procurement.foundation.clock import Clock
from procurement.foundation.database import db
from procurement.registers.deeds import perform
from procurement.registers.people import system_user
from procurement.statute.calendar import working_calendar
from procurement.steps.reminders import due_reminders, send_reminder
from procurement.transfers.models import open_transfers, transfer_by_id


def tick(app: Flask, clock: Clock | None = None) -> int:
    """Do what falls due now; returns how many reminders went out. Safe to call twice: a reminder is sent once."""
    clock = clock or app.extensions["clock"]
    due = [(item.transfer.id, item.key) for item in due_reminders(open_transfers(), clock.now(), working_calendar())]
    for transfer_id, key in due:
        transfer = transfer_by_id(transfer_id)
        if transfer is not None:
            perform(send_reminder, transfer, key, actor=system_user(), clock=clock)
    db.session.rollback()
    return len(due)
