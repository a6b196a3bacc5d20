"""Looking for one's envelope in the list that was committed to: for the public page and for the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from procurement.steps.announcement.models import Announcement
from procurement.steps.competition import commitments
from procurement.steps.competition.commitments import Check, Mark
from procurement.steps.competition.models.bids import Bid, bid_by_receipt, every_bid
from procurement.steps.competition.models.opening import Commitment, commitment_of, commitment_with
from procurement.steps.competition.models.review import competition_of
from procurement.steps.competition.rules import entries_of

_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: of which call, against which commitment, which envelope, step by step."""

    announcement: Announcement
    commitment: Commitment
    envelope: str
    checks: list[Check]

    @property
    def holds(self) -> bool:
        """Whether every step holds."""
        return all(check.holds for check in self.checks)


def verified(receipt: str = "", sha256: str = "") -> Verification | None:
    """Every step of the verification of one envelope; None where no public list is known for it.

    A receipt that does not exist and one whose list is not public yet are answered alike, so that nothing is told of a sealed
    bid. Where both are given the hash that was typed rules: it is what stands on the bidder's paper.
    """
    receipt, sha256 = receipt.strip().upper(), sha256.strip().lower()
    bid = bid_by_receipt(receipt) if receipt else None
    if bid is not None:
        commitment = commitment_of(bid.announcement)
        envelope = sha256 or bid.envelope_sha256
    elif not receipt and _HASH.fullmatch(sha256):
        commitment, envelope = commitment_with(sha256), sha256
    else:
        return None
    if commitment is None or not commitment.disclosed:
        return None
    announcement = commitment.announcement
    competition = competition_of(announcement)
    record = competition.record if competition is not None else None
    return Verification(
        announcement,
        commitment,
        envelope,
        commitments.checks(
            commitment.disclosed,
            commitment.sha256,
            envelope,
            mark=_mark_now(every_bid(announcement), envelope),
            recorded=[row["sha256"] for row in record.told["bids"]] if record is not None else None,
        ),
    )


def _mark_now(bids: Sequence[Bid], envelope: str) -> Mark | None:
    return next((row.mark for row in entries_of(bids) if row.sha256 == envelope), None)
