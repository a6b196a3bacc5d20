"""Looking for one's envelope in the list that was committed to: for the public page and for the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procurement.steps.announcement.models import Announcement
from procurement.steps.competition import commitments
from procurement.steps.competition.commitments import Check, Entry, Mark
from procurement.steps.competition.models.bids import bid_by_receipt, every_bid
from procurement.steps.competition.models.opening import Commitment, commitment_of, commitment_with
from procurement.steps.competition.models.review import competition_of
from procurement.steps.competition.models.talks import (
    OfferCall,
    active_offers,
    call_with,
    every_offer,
    offer_by_receipt,
)
from procurement.steps.competition.rules import entries_of
from procurement.steps.competition.talks.rules import entries_of as entries_of_offers
from procurement.steps.holders.models import BIDS, OFFERS

_HASH = re.compile("[0-9a-f]{64}")
_RECEIPT = re.compile("[0-9A-Z]{5}-[0-9A-Z]{5}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A commitment as it is public: its hash, when it was made, the list, and which sitting's envelopes it is to."""

    sha256: str
    made_at: datetime
    disclosed: str
    sitting: int = BIDS


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: of which call, against which commitment, which envelope, step by step."""

    announcement: Announcement
    commitment: Listed
    envelope: str
    checks: list[Check]
    # What the list says had become of the envelope at the deadline; None where it is not in it.
    mark: Mark | None = None

    @property
    def holds(self) -> bool:
        """Whether every step holds."""
        return all(check.holds for check in self.checks)


def is_receipt(text: str) -> bool:
    """Whether a text has the form of a receipt's number."""
    return _RECEIPT.fullmatch(text.strip().upper()) is not None


def is_hash(text: str) -> bool:
    """Whether a text has the form of a hash."""
    return _HASH.fullmatch(text.strip().lower()) is not None


def verified(receipt: str = "", sha256: str = "") -> Verification | None:
    """Every step of the verification of one envelope, a bid's or a final offer's; None where no public list is known for it.

    A receipt that does not exist and one whose list is not public yet are answered alike, so that nothing is told of a sealed
    bid. Where both are given the hash that was typed rules: it is what stands on the bidder's paper.
    """
    receipt, sha256 = receipt.strip().upper(), sha256.strip().lower()
    if receipt:
        return _by_receipt(receipt, sha256)
    if not _HASH.fullmatch(sha256):
        return None
    commitment = commitment_with(sha256)
    if commitment is not None:
        return _of_bids(commitment, sha256)
    call = call_with(sha256)
    return _of_offers(call, sha256) if call is not None else None


def _by_receipt(receipt: str, sha256: str) -> Verification | None:
    bid, offer = bid_by_receipt(receipt), offer_by_receipt(receipt)
    if offer is not None:
        return _of_offers(offer.call, sha256 or offer.envelope_sha256)
    commitment = commitment_of(bid.announcement) if bid is not None else None
    return _of_bids(commitment, sha256 or bid.envelope_sha256) if bid is not None and commitment is not None else None


def _of_bids(commitment: Commitment, envelope: str) -> Verification | None:
    announcement = commitment.announcement
    competition = competition_of(announcement)
    record = competition.record if competition is not None else None
    recorded = [row["sha256"] for row in record.told["bids"]] if record is not None else None
    listed = Listed(commitment.sha256, commitment.made_at, commitment.disclosed)
    return _checked(announcement, listed, envelope, entries_of(every_bid(announcement)), recorded)


def _of_offers(call: OfferCall, envelope: str) -> Verification | None:
    if call.committed_at is None:
        return None
    listed = Listed(call.commitment, call.committed_at, call.disclosed, OFFERS)
    recorded = [row.envelope_sha256 for row in active_offers(call)] if call.is_opened else None
    return _checked(call.announcement, listed, envelope, entries_of_offers(every_offer(call)), recorded)


def _checked(
    announcement: Announcement, listed: Listed, envelope: str, there: Sequence[Entry], recorded: list[str] | None
) -> Verification | None:
    if not listed.disclosed:
        return None
    mark = next((row.mark for row in there if row.sha256 == envelope), None)
    found = commitments.checks(listed.disclosed, listed.sha256, envelope, mark=mark, recorded=recorded)
    told = next((row.mark for row in commitments.entries_in(listed.disclosed) if row.sha256 == envelope), None)
    return Verification(announcement, listed, envelope, found, told)
