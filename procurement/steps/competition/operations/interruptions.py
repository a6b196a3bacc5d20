"""What bidders are told when their transfer pauses, goes on or ends: parts of the deeds that do it, never deeds of their own.

Until the opening nobody but the bidder knows that there is a bid: each is told alone, and no page or line says who was.
"""

from __future__ import annotations

from datetime import datetime

from procurement.foundation.labels import word
from procurement.registers import notices
from procurement.registers.people import Role, users_with_role
from procurement.steps.announcement.models import current_announcement
from procurement.steps.competition.models.bids import active_bids
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer


def tell_of_pause(transfer: Transfer, now: datetime) -> None:
    """Tell each bidder that what they bid for waits for the joint conference because of a new list."""
    if transfer.step is Step.COMPETITION:
        _tell_bidders(
            transfer,
            word("您投标的“{title}”因新的负面清单暂停，等联席会议确认或者终止；在此以前不接收也不开启投标。"),
            now,
        )


def tell_of_resolution(transfer: Transfer, now: datetime) -> None:
    """Tell each bidder what the joint conference has made of a pause: that it goes on, that it ended; nothing while it waits."""
    if transfer.is_on_line and transfer.step is Step.COMPETITION:
        _tell_bidders(transfer, word("联席会议确认您投标的“{title}”继续办理。"), now)
    elif transfer.end_notice is not None:
        _tell_bidders(
            transfer,
            word("联席会议终止了您投标的“{title}”，理由见终止公告。"),
            now,
            reference=transfer.end_notice.reference,
        )


def _tell_bidders(transfer: Transfer, message: str, now: datetime, *, reference: str = "") -> None:
    """A notice to those who sign for each organisation whose bid was not withdrawn, leading to what is public of it."""
    announcement = current_announcement(transfer)
    if announcement is None or announcement.publication is None:
        return
    for bid in active_bids(announcement):
        notices.notify(
            users_with_role(Role.PROVIDER, organisation_id=bid.organisation_id),
            message,
            now=now,
            link=f"/announcements/{reference or announcement.publication.reference}",
            title=transfer.called,
        )
