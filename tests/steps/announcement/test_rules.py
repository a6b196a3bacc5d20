"""The periods of an announcement, and when it takes bids."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from procurement.foundation.clock import at_local
from procurement.foundation.errors import OutOfTime, RuleBroken, WrongState
from procurement.registers.catalogue.models import TransferMode
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement import rules
from procurement.steps.announcement.models import Announcement, AnnouncementStatus
from procurement.transfers.line import Step
from procurement.transfers.models import Method, Plan, Transfer, TransferStatus

CALENDAR = working_calendar()
CLOSES = datetime(2025, 10, 16, 1, 30, tzinfo=UTC)


def transfer(method: Method = Method.OPEN_TENDER, mode: TransferMode = TransferMode.PURCHASED) -> Transfer:
    return Transfer(mode=mode, plan=Plan(method=method))


def announcement(
    status: AnnouncementStatus = AnnouncementStatus.PUBLISHED, state: TransferStatus = TransferStatus.ON_LINE
) -> Announcement:
    called = transfer()
    called.title, called.status, called.step = "城市管家服务", state, Step.COMPETITION
    return Announcement(status=status, closes_at=CLOSES, transfer=called)


@pytest.mark.parametrize(
    ("method", "mode", "published", "earliest"),
    [
        # 20 full days: from 22 September the last counted day is 12 October, the earliest deadline the 13th.
        (Method.OPEN_TENDER, TransferMode.PURCHASED, date(2025, 9, 22), date(2025, 10, 13)),
        (Method.OPEN_TENDER, TransferMode.PURCHASED, date(2024, 6, 3), date(2024, 6, 24)),
        # 10 full days; the five working days of the documents may end later, over National Day.
        (Method.CONSULTATION, TransferMode.PURCHASED, date(2025, 9, 22), date(2025, 10, 3)),
        (Method.CONSULTATION, TransferMode.PURCHASED, date(2025, 9, 29), date(2025, 10, 14)),
        (Method.CONSULTATION, TransferMode.PURCHASED, date(2025, 9, 30), date(2025, 10, 15)),
        # Other modes run by practice: ten working days.
        (Method.OPEN_TENDER, TransferMode.WHOLE, date(2025, 11, 3), date(2025, 11, 18)),
    ],
)
def test_the_earliest_deadline_leaves_the_full_days_that_the_law_asks_for(
    method: Method, mode: TransferMode, published: date, earliest: date
) -> None:
    assert rules.earliest_deadline(transfer(method, mode), published, CALENDAR) == earliest


def test_a_deadline_a_day_too_early_is_refused_with_both_days_and_the_article() -> None:
    day = date(2025, 9, 22)
    rules.ensure_deadline(transfer(), at_local(date(2025, 10, 13), 0, 0), day, CALENDAR)
    with pytest.raises(RuleBroken) as refused:
        rules.ensure_deadline(transfer(), at_local(date(2025, 10, 13)) - timedelta(seconds=1), day, CALENDAR)
    sentence = str(refused.value)
    for part in ("2025-10-12 23:59:59", "2025-09-22", "20 日", "2025-10-13", "《政府采购法》第三十五条"):
        assert part in sentence
    assert refused.value.field == "closes_at"


@pytest.mark.parametrize(
    ("status", "seconds", "takes"),
    [
        (AnnouncementStatus.PUBLISHED, -1, True),
        (AnnouncementStatus.PUBLISHED, 0, False),
        (AnnouncementStatus.PUBLISHED, 1, False),
        (AnnouncementStatus.DRAFT, -1, False),
        (AnnouncementStatus.FAILED, -1, False),
    ],
)
def test_bids_are_taken_strictly_before_the_deadline(status: AnnouncementStatus, seconds: int, takes: bool) -> None:
    now = CLOSES + timedelta(seconds=seconds)
    assert rules.takes_bids(announcement(status), now) is takes
    if takes:
        rules.ensure_takes_bids(announcement(status), now)
    else:
        with pytest.raises(OutOfTime) as refused:
            rules.ensure_takes_bids(announcement(status), now)
        assert "第三十三条" in str(refused.value)


@pytest.mark.parametrize(("seconds", "arrival"), [(0, "2025-10-16 09:30"), (1, "2025-10-16 09:30:01")])
def test_the_refusal_names_the_deadline_and_the_arrival_to_the_second(seconds: int, arrival: str) -> None:
    with pytest.raises(OutOfTime) as refused:
        rules.ensure_takes_bids(announcement(), CLOSES + timedelta(seconds=seconds))
    assert f"投标在 2025-10-16 09:30 截止，您的投标在 {arrival} 到达" in str(refused.value)


@pytest.mark.parametrize(
    ("ensure", "holds"),
    [
        (rules.ensure_takes_bids, rules.takes_bids),
        (rules.ensure_calls, rules.takes_bids),
        (rules.ensure_may_be_withdrawn, rules.may_be_withdrawn),
    ],
)
def test_a_predicate_and_its_refusal_never_disagree(
    ensure: Callable[[Announcement, datetime], None], holds: Callable[[Announcement, datetime], bool]
) -> None:
    for status, state in product(AnnouncementStatus, TransferStatus):
        for seconds in (-86400, -1, 0, 1, 86400):
            now = CLOSES + timedelta(seconds=seconds)
            refused = False
            try:
                ensure(announcement(status, state), now)
            except (OutOfTime, WrongState):
                refused = True
            assert refused is not holds(announcement(status, state), now)


@pytest.mark.parametrize(
    ("state", "takes", "gives_back"),
    [
        (TransferStatus.ON_LINE, True, True),
        (TransferStatus.PAUSED, False, True),
        (TransferStatus.CLOSED, False, False),
    ],
)
def test_a_pause_takes_no_bids_and_gives_back_what_was_lodged(
    state: TransferStatus, takes: bool, gives_back: bool
) -> None:
    now = CLOSES - timedelta(seconds=1)
    assert rules.takes_bids(announcement(state=state), now) is takes
    assert rules.may_be_withdrawn(announcement(state=state), now) is gives_back


def test_bids_are_opened_a_minute_after_the_deadline() -> None:
    assert rules.opens_at(announcement()) == CLOSES + timedelta(minutes=1)


def test_the_deadline_a_form_proposes_is_lawful_and_on_a_working_day() -> None:
    for start in range(60):
        published = date(2025, 9, 1) + timedelta(days=start)
        for method in Method:
            proposed = rules.default_deadline(transfer(method), published, CALENDAR)
            rules.ensure_deadline(transfer(method), proposed, published, CALENDAR)
            assert CALENDAR.is_workday((proposed + timedelta(hours=8)).date())
            assert (proposed.hour, proposed.minute) == (1, 30)


def test_the_period_is_counted_by_method_for_a_purchase_and_by_practice_else() -> None:
    day = date(2025, 9, 22)
    assert rules.bidding_period(transfer(), day).id == "FL-1"
    assert rules.bidding_period(transfer(Method.CONSULTATION), day).id == "MT-CP"
    practice = rules.bidding_period(transfer(mode=TransferMode.ENTRUSTED), day)
    assert practice.standing != "law"
