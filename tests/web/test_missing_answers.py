"""A question that was not answered is refused, nothing is proposed that a hurried hand could send, and nothing is done."""

from __future__ import annotations

from typing import Any

from procurement.steps.agreement.models import AgreementStatus
from procurement.steps.competition.models.bids import BidStatus, active_bids
from procurement.steps.competition.models.review import CompetitionStatus
from tests.factories import differences, snapshot
from tests.web.browsing import fields_of, get, send, signed_in, text_of

REFUSALS = {"audit_lines", "audit_heads", "login_sessions"}


def test_a_bidder_without_a_verdict_is_not_qualified(world: Any) -> None:
    competition = world.opened()
    client, path = signed_in(world, world.people.officer), f"/transfers/{competition.transfer.id}/competition/qualify"
    _first, *others = active_bids(competition.announcement)
    assert not {name for name in fields_of(get(client, path)) if name.startswith("verdict-")}
    before = snapshot()
    answer = send(client, path, {f"verdict-{bid.id}": "yes" for bid in others}, status=422)
    assert "这一项必须填写" in text_of(answer)
    assert differences(before, snapshot()) <= REFUSALS
    assert {bid.status for bid in active_bids(competition.announcement)} == {BidStatus.OPENED}


def test_an_award_to_nobody_is_not_confirmed(world: Any) -> None:
    competition = world.reviewed()
    client, path = signed_in(world, world.people.approver), f"/transfers/{competition.transfer.id}/award/confirm"
    assert fields_of(get(client, path))["bid"]
    before = snapshot()
    answer = send(client, path, {"bid": None}, status=422)
    assert "这一项必须填写" in text_of(answer)
    assert differences(before, snapshot()) <= REFUSALS
    assert competition.status is CompetitionStatus.CONCLUDED


def test_an_agreement_that_was_not_seen_is_neither_confirmed_nor_concluded(world: Any) -> None:
    agreement = world.agreement_drafted()
    transfer = agreement.transfer
    provider = signed_in(world, world.provider_of(transfer))
    answer = send(provider, f"/transfers/{transfer.id}/agreement/confirm", {"seen": None}, status=409)
    assert "请重新看过再办" in text_of(answer)
    assert agreement.status is AgreementStatus.DRAFT
    world.agreement_confirmed(agreement)
    approver = signed_in(world, world.people.approver)
    answer = send(approver, f"/transfers/{transfer.id}/agreement/conclude", {"seen": None}, status=409)
    assert "请重新看过再办" in text_of(answer)
    assert agreement.status is AgreementStatus.CONFIRMED
