"""What can no longer be done: a call that pauses or ends takes no bids anywhere, and the page of a deed that is past refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from procurement.foundation.errors import WrongState
from procurement.registers.directory import operations as directory
from procurement.registers.notices import unread
from procurement.registers.people import User
from procurement.steps.competition.models.bids import bid_of
from procurement.steps.competition.operations import bidding
from procurement.transfers.conference import operations as conference
from procurement.transfers.conference.models import Choice, ItemOutcome
from procurement.transfers.models import Ending
from tests.factories import World
from tests.registers.test_directory import applied, provider
from tests.transfers.test_new_lists import paused, resolve
from tests.transfers.test_take_backs import taken_back
from tests.web.browsing import get, signed_in

# Pages ask nothing of their own of a database.
pytestmark = pytest.mark.sqlite_only


def told(person: User, part: str) -> list[str]:
    """Where each notice that says `part` leads."""
    return [row.link for row in unread(person) if part in row.message]


def test_a_call_that_pauses_or_ends_takes_no_bids_and_its_bidders_alone_are_told(world: World) -> None:
    announcement, people = world.bid(prices=("1200000", "1100000")), world.people
    transfer, publication = announcement.transfer, announcement.publication
    first, second, third = people.providers[:3]
    opener = world.opener_of(announcement)
    assert publication is not None
    public, form = f"/announcements/{publication.reference}", f"/announcements/{announcement.id}/bid"
    bidder, visitor = signed_in(world, first), world.app.test_client()
    own = bid_of(announcement, first.organisation_id or 0)
    assert own is not None
    receipt = f"/bids/{own.receipt}"
    assert form in get(bidder, "/workbench")
    assert form in get(bidder, receipt)

    paused(world, transfer)
    assert form not in get(bidder, "/workbench")
    assert public not in get(visitor, "/")
    page = get(visitor, public)
    assert "已暂停" in page
    assert form not in page
    assert "“城市管家服务”现在是“已暂停”" in get(bidder, form, 409)
    # What was lodged may be taken back in a pause, and not be replaced.
    page = get(bidder, receipt)
    assert f"{receipt}/withdraw" in page
    assert form not in page
    for person in (first, second):
        assert told(person, "您投标的") == [public]
    for person in (third, opener, people.officer, people.approver, people.member):
        assert not told(person, "您投标的")
    assert len(told(opener, "因新的负面清单暂停")) == 1

    resolve(world, transfer, Choice.AGAINST, ItemOutcome.RETURNED)
    assert (transfer.ending, transfer.end_notice is not None) == (Ending.ENDED, True)
    ended = f"/announcements/{transfer.end_notice.reference}" if transfer.end_notice is not None else ""
    page = get(visitor, public)
    for part in ("已终止", ended):
        assert part in page
    assert form not in page
    assert "“城市管家服务”现在是“已终止”" in get(bidder, form, 409)
    assert f"{receipt}/withdraw" not in get(bidder, receipt)
    world.refuse(bidding.withdraw_bid, own, by=first, error=WrongState, says=("已终止",))
    assert [told(person, "联席会议终止了您投标的") for person in (first, second, third)] == [[ended], [ended], []]
    for person in (opener, people.officer, people.approver):
        assert len(told(person, "联席会议终止了“{title}”")) == 1


def test_a_call_that_is_confirmed_takes_bids_again_and_its_bidders_are_told(world: World) -> None:
    announcement = world.bid(prices=("1200000",))
    first, second = world.people.providers[:2]
    paused(world, announcement.transfer)
    resolve(world, announcement.transfer, Choice.FOR, ItemOutcome.ADOPTED)
    assert len(told(first, "继续办理")) == 1
    assert not told(second, "继续办理")
    get(signed_in(world, second), f"/announcements/{announcement.id}/bid")


def _take_back(page: str) -> Callable[[World], tuple[User, str]]:
    def past(world: World) -> tuple[User, str]:
        transfer = taken_back(world).transfer
        who = world.provider_of(transfer) if page == "answer" else world.people.officer
        return who, f"/transfers/{transfer.id}/take-backs/{page}"

    return past


def _after_its_end(world: World) -> tuple[User, str]:
    return world.people.supervisor, f"/transfers/{taken_back(world).transfer.id}/inspections/record"


def _before_the_handover(world: World) -> tuple[User, str]:
    return world.people.supervisor, f"/transfers/{world.announced().transfer.id}/inspections/record"


def _has_an_account(world: World) -> tuple[User, str]:
    return world.people.officer, f"/organisations/{world.people.providers[0].organisation_id}/first-account"


def _deed_on(page: str, who: str) -> Callable[[World], tuple[User, str]]:
    """On a transfer that has just come onto the line."""
    return lambda world: (getattr(world.people, who), f"/transfers/{world.resolved().id}/{page}")


def _paused(page: str) -> Callable[[World], tuple[User, str]]:
    return lambda world: (world.people.supervisor, f"/transfers/{paused(world).id}/{page}")


def _on_an_item(page: str, *, is_open: bool) -> Callable[[World], tuple[User, str]]:
    """On an item that is decided in an open meeting, or that lies before one that has not begun."""

    def past(world: World) -> tuple[User, str]:
        (item,) = (world.assembled() if is_open else world.convened()).items
        member = world.people.member
        if is_open:
            world.do(conference.resolve_item, item, ItemOutcome.DEFERRED, opinion="再议。", by=member)
        return member, f"/conferences/items/{item.id}/{page}"

    return past


def _in_a_meeting(page: str, *, is_open: bool) -> Callable[[World], tuple[User, str]]:
    return lambda world: (
        world.people.member,
        f"/conferences/{(world.assembled() if is_open else world.convened()).id}/{page}",
    )


def _of_a_condition(page: str) -> Callable[[World], tuple[User, str]]:
    """Of an application that was returned."""

    def past(world: World) -> tuple[User, str]:
        listing = applied(world)
        world.do(directory.return_listing, listing, "材料不全。", by=world.people.officer)
        who = provider(world) if page == "evidence" else world.people.officer
        return who, f"/directory/{listing.id}/conditions/{listing.conditions[0].id}/{page}"

    return past


@pytest.mark.parametrize(
    ("past", "says"),
    [
        pytest.param(_take_back("answer"), "不用再陈述意见", id="take-back answered after its decision"),
        pytest.param(_take_back("withdraw"), "不能撤回", id="take-back withdrawn after its decision"),
        pytest.param(_after_its_end, "现在是“已收回”", id="inspection after the end"),
        pytest.param(_before_the_handover, "六步按顺序走", id="inspection before the handover"),
        pytest.param(_has_an_account, "已经有账号", id="second first account"),
        pytest.param(_deed_on("plan/evaluate", "evaluator"), "现在的状态是", id="plan evaluated again"),
        pytest.param(_deed_on("plan/submit", "officer"), "现在的状态是", id="plan submitted again"),
        pytest.param(_deed_on("resume", "supervisor"), "现在的状态是“办理中”", id="resumed on the line"),
        pytest.param(_paused("pause"), "现在的状态是“已暂停”", id="paused again"),
        *(
            pytest.param(_on_an_item(page, is_open=True), "已经议定：缓议", id=f"{page} on what is decided")
            for page in ("vote", "resolve", "recusal")
        ),
        *(
            pytest.param(_on_an_item(page, is_open=False), "现在的状态是", id=f"{page} before the meeting")
            for page in ("vote", "resolve", "recusal")
        ),
        pytest.param(_in_a_meeting("open", is_open=True), "现在的状态是", id="opened again"),
        pytest.param(_in_a_meeting("cancel", is_open=True), "现在的状态是", id="cancelled while open"),
        pytest.param(_in_a_meeting("close", is_open=False), "现在的状态是", id="closed before it opens"),
        pytest.param(_of_a_condition("judge"), "现在的状态是", id="condition judged after the return"),
        pytest.param(_of_a_condition("evidence"), "现在的状态是", id="evidence after the return"),
    ],
)
def test_the_page_of_a_deed_that_is_past_refuses(
    world: World, past: Callable[[World], tuple[User, str]], says: str
) -> None:
    who, path = past(world)
    page = get(signed_in(world, who), path, 409)
    assert says in page
    assert "<textarea" not in page


def test_only_the_conference_lets_go_on_what_a_list_paused_and_the_page_says_so(world: World) -> None:
    who, path = _paused("resume")(world)
    assert "只能由联席会议确认或者终止" in get(signed_in(world, who), path, 422)
