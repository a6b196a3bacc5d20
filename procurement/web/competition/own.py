"""How a bidder's own bids stand, in the same words on every page, and what of them waits for the bidder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.steps.announcement.models import Announcement, AnnouncementStatus, announcements_by_ids
from procurement.steps.announcement.rules import is_over, takes_bids
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid, BidStatus, bid_of, bids_of_organisation, successors
from procurement.steps.competition.models.review import Competition, openings_to_speak_to, talks_held
from procurement.steps.competition.models.sealed import in_preparation
from procurement.steps.competition.models.talks import FinalOffer, offers_of
from procurement.web.filters import talks_word
from procurement.web.pieces import ActionLink


@dataclass(frozen=True, slots=True)
class OwnBid:
    """A bid of one's own as it is listed: how it stands, and where one goes on from it."""

    bid: Bid
    stands: str
    links: tuple[ActionLink, ...]


@dataclass(frozen=True, slots=True)
class Begun:
    """A call for which something is written or sealed, and nothing of it submitted."""

    announcement: Announcement
    files: int


def must_confirm(bid: Bid | None, now: datetime) -> bool:
    """Whether a bid waits for its bidder's word after a material change, and still can have it."""
    return (
        bid is not None
        and bid.status is BidStatus.SUBMITTED
        and takes_bids(bid.announcement, now)
        and not bid.is_confirmed
    )


def waiting_bid(announcement: Announcement, actor: User | None, now: datetime) -> Bid | None:
    """The bid of the reader's own organisation that waits for its confirmation."""
    if actor is None or actor.organisation_id is None:
        return None
    bid = bid_of(announcement, actor.organisation_id)
    return bid if must_confirm(bid, now) else None


def stands(bid: Bid, successor: Bid | None, now: datetime) -> str:
    """How a bid stands, in a few words: what became of it where its status alone would not say."""
    if successor is not None:
        return _("已被更换")
    if bid.status is not BidStatus.SUBMITTED:
        return _(bid.status.label)
    return _unopened(bid.announcement) or _confirmed(bid, now) or _(bid.status.label)


def _unopened(announcement: Announcement) -> str:
    if announcement.status is AnnouncementStatus.FAILED:
        return _("本次流标，没有开启")
    if announcement.status is AnnouncementStatus.WITHDRAWN:
        return _("公告已撤回，没有开启")
    return _("事项已经结束，没有开启") if announcement.transfer.closed_at is not None else ""


def _confirmed(bid: Bid, now: datetime) -> str:
    if must_confirm(bid, now):
        return _("等您确认变更")
    announcement = bid.announcement
    if not bid.is_confirmed and not is_over(announcement, now):
        return _("恢复办理以后，等您确认变更")
    if not bid.is_confirmed:
        return _("没有按变更确认，不予开启")
    binding = next((row for row in announcement.versions if row.number == announcement.binding_edition), None)
    if binding is not None and binding.made_at > bid.submitted_at:
        return _("已封存，已按第 %(edition)s 版确认", edition=bid.edition)
    return ""


def own_bids(organisation_id: int, now: datetime) -> list[OwnBid]:
    """Every bid an organisation has lodged, the newest first."""
    rows = bids_of_organisation(organisation_id)
    replaced, talks, offers = successors(rows), talks_held(rows), offers_of(rows)
    active = {bid.announcement_id for bid in rows if bid.is_active}
    return [
        OwnBid(
            bid,
            stands(bid, replaced.get(bid.id), now),
            tuple(
                _links(
                    bid,
                    replaced.get(bid.id),
                    talks.get(bid.announcement_id),
                    offers.get(bid.id),
                    now,
                    may_bid_again=bid.announcement_id not in active,
                )
            ),
        )
        for bid in rows
    ]


def _links(
    bid: Bid,
    successor: Bid | None,
    talks: Competition | None,
    offer: FinalOffer | None,
    now: datetime,
    *,
    may_bid_again: bool,
) -> Iterator[ActionLink]:
    if must_confirm(bid, now):
        yield ActionLink(_("看变更并确认"), url_for("competition.confirm_bid", receipt=bid.receipt))
    if successor is not None:
        url = url_for("competition.read_receipt", receipt=successor.receipt)
        yield ActionLink(_("更换后的回执 %(receipt)s", receipt=successor.receipt), url)
    elif not bid.is_active and may_bid_again and takes_bids(bid.announcement, now):
        yield ActionLink(_("重新提交"), url_for("competition.submit_bid", announcement_id=bid.announcement_id))
    is_in = bid.status in (BidStatus.QUALIFIED, BidStatus.LEFT) or offer is not None
    if talks is not None and is_in:
        name = _("%(talks)s和最后报价", talks=talks_word(bid.transfer))
        if offer is not None:
            name = _(
                "%(talks)s；最后报价：%(status)s，回执 %(receipt)s",
                talks=talks_word(bid.transfer),
                status=_(offer.status.label),
                receipt=offer.receipt,
            )
        yield ActionLink(name, url_for("competition.read_talks", receipt=bid.receipt))


def begun(organisation_id: int, now: datetime) -> list[Begun]:
    """What an organisation has in preparation for calls that still take bids."""
    counts = in_preparation(organisation_id)
    return [Begun(row, counts[row.id]) for row in announcements_by_ids(counts) if takes_bids(row, now)]


def to_confirm(bids: Sequence[Bid], actor: User, now: datetime) -> list[Bid]:
    """The bids that wait for this person's confirmation."""
    return [bid for bid in bids if must_confirm(bid, now) and access.can(actor, Deed.BID_CONFIRM, bid)]


def openings_to_confirm(actor: User, now: datetime) -> list[tuple[Bid, Competition]]:
    """The openings that this person's organisation was in and has said nothing to, while it may."""
    if actor.organisation_id is None:
        return []
    return [
        (bid, competition)
        for bid, competition in openings_to_speak_to(actor.organisation_id, rules.remarks_since(now))
        if now < rules.remarks_until(competition) and access.can(actor, Deed.OPENING_CONFIRM, bid)
    ]
