"""Prices, panels, points and ranks: pure, with the numbers by hand."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from procurement.foundation.clock import at_local
from procurement.foundation.errors import OutOfTime, RuleBroken, WrongState
from procurement.foundation.money import Money
from procurement.registers.catalogue.models import TransferMode
from procurement.registers.organisations.models import Organisation, OrganisationStatus
from procurement.registers.people import User
from procurement.statute.calendar import working_calendar
from procurement.statute.clauses import all_clauses
from procurement.steps.announcement.models import Announcement, AnnouncementStatus
from procurement.steps.competition import rules
from procurement.steps.competition.models.bids import Bid
from procurement.steps.competition.models.review import Award
from procurement.transfers.models import Criterion, CriterionKind, Method, Plan, Transfer

DAY = date(2025, 10, 20)
CLOSES = datetime(2025, 10, 16, 1, 30, tzinfo=UTC)
BOUGHT = Transfer(mode=TransferMode.PURCHASED, plan=Plan(method=Method.OPEN_TENDER))


def plan(*qualities: int, price: int = 20, method: Method = Method.CONSULTATION, budget: str = "100") -> Plan:
    rows = [Criterion(id=1, position=0, kind=CriterionKind.PRICE, name="价格", standard="", weight=price)]
    rows += [
        Criterion(
            id=place + 2,
            position=place + 1,
            kind=CriterionKind.QUALITY,
            name=f"第{place + 1}项",
            standard="",
            weight=weight,
        )
        for place, weight in enumerate(qualities)
    ]
    return Plan(
        transfer=Transfer(mode=TransferMode.PURCHASED),
        method=method,
        criteria=rows,
        ceiling=Money.yuan(100),
        budget=Money.yuan(budget),
    )


def bid(number: int, price: str | None = None, rank: int | None = None) -> Bid:
    organisation = Organisation(id=number, name=f"第{number}社", status=OrganisationStatus.VERIFIED)
    return Bid(
        id=number, receipt=f"R{number:09}", organisation_id=number, organisation=organisation, rank=rank,
        price=Money.yuan(price) if price else None,
    )  # fmt: skip


def announcement(status: AnnouncementStatus = AnnouncementStatus.PUBLISHED) -> Announcement:
    return Announcement(
        id=7,
        attempt=2,
        status=status,
        closes_at=CLOSES,
        transfer=Transfer(mode=TransferMode.PURCHASED, plan=plan(80, method=Method.OPEN_TENDER)),
    )


# ── bidding ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("price", ["0.01", "99.99", "100"])
def test_a_price_up_to_the_ceiling_passes(price: str) -> None:
    rules.ensure_price(Money.yuan(price), announcement(), DAY)


@pytest.mark.parametrize("price", ["100.01", "1000"])
def test_a_price_above_the_ceiling_is_refused_with_both_and_the_article(price: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.ensure_price(Money.yuan(price), announcement(), DAY)
    sentence = str(refused.value)
    assert str(Money.yuan(price)) in sentence
    assert "100.00 元" in sentence
    assert "第六十三条" in sentence
    assert refused.value.field == "price"


@pytest.mark.parametrize("price", ["0", "-1"])
def test_a_price_of_nothing_is_refused(price: str) -> None:
    with pytest.raises(RuleBroken, match="应大于零"):
        rules.ensure_price(Money.yuan(price), announcement(), DAY)


@pytest.mark.parametrize("status", [OrganisationStatus.REGISTERED, OrganisationStatus.REFUSED])
def test_an_organisation_that_is_not_verified_does_not_bid(status: OrganisationStatus) -> None:
    for organisation in (None, Organisation(status=status)):
        with pytest.raises(RuleBroken, match="还没有通过核验") as refused:
            rules.ensure_may_bid(organisation, (), BOUGHT, DAY)
        assert "第二十二条" in str(refused.value)


def test_contexts_tell_competitions_attempts_and_bidders_apart() -> None:
    first = announcement()
    second = Announcement(id=7, attempt=1)
    contexts = {
        rules.envelope_context(one, number)
        for one in (first, second, Announcement(id=8, attempt=2))
        for number in (1, 2)
    }
    assert len(contexts) == 6


# ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_opens_before_the_minute_after_the_deadline() -> None:
    for second in (0, 59):
        with pytest.raises(OutOfTime, match="谁都不能打开") as refused:
            rules.ensure_may_open(announcement(), CLOSES.replace(second=second))
        assert "2025-10-16 09:31" in str(refused.value)
        assert "第三十九条" in str(refused.value)
    rules.ensure_may_open(announcement(), CLOSES.replace(minute=31))


@pytest.mark.parametrize("status", [AnnouncementStatus.DRAFT, AnnouncementStatus.FAILED])
def test_what_is_not_published_is_not_opened(status: AnnouncementStatus) -> None:
    with pytest.raises(WrongState, match=status.label):
        rules.ensure_may_open(announcement(status), CLOSES.replace(hour=5))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_are_not_opened(count: int) -> None:
    with pytest.raises(RuleBroken, match=f"{count} 份，不足 3 份") as refused:
        rules.ensure_enough(BOUGHT, count, DAY)
    assert "第三十六条" in str(refused.value)
    rules.ensure_failed(announcement(), count, CLOSES.replace(minute=31))


def test_three_are_enough_and_no_ground_for_a_failure() -> None:
    rules.ensure_enough(BOUGHT, 3, DAY)
    with pytest.raises(RuleBroken, match="没有流标的理由"):
        rules.ensure_failed(announcement(), 3, CLOSES.replace(minute=31))


def test_no_failure_is_declared_while_bids_may_still_come() -> None:
    with pytest.raises(OutOfTime, match="不能宣布流标"):
        rules.ensure_failed(announcement(), 0, CLOSES)


# ── the panel ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "budget", "size", "fits"),
    [
        (Method.CONSULTATION, "100", 1, False), (Method.CONSULTATION, "100", 2, False),
        (Method.CONSULTATION, "100", 3, True), (Method.CONSULTATION, "100", 4, False),
        (Method.CONSULTATION, "100", 5, True), (Method.CONSULTATION, "100", -3, False),
        (Method.CONSULTATION, "100", 0, False), (Method.CONSULTATION, "10000000", 3, True),
        (Method.OPEN_TENDER, "9999999.99", 3, False), (Method.OPEN_TENDER, "9999999.99", 4, False),
        (Method.OPEN_TENDER, "9999999.99", 5, True), (Method.OPEN_TENDER, "9999999.99", 6, False),
        (Method.OPEN_TENDER, "9999999.99", 7, True), (Method.OPEN_TENDER, "10000000", 5, False),
        (Method.OPEN_TENDER, "10000000", 7, True),
    ],
)  # fmt: skip
def test_a_panel_is_odd_and_large_enough(method: Method, budget: str, size: int, fits: bool) -> None:
    asked = plan(80, method=method, budget=budget)
    if fits:
        rules.ensure_panel_size(asked, size, DAY)
        return
    with pytest.raises(RuleBroken, match="单数") as refused:
        rules.ensure_panel_size(asked, size, DAY)
    assert f"评审小组 {size} 人" in str(refused.value)
    assert method.label in str(refused.value)
    assert refused.value.article is not None


def experts() -> list[User]:
    return [
        User(id=1, name="甲", employer="温州大学"),
        User(id=2, name="乙", employer="第1社"),
        User(id=3, name="丙", employer="", department_id=9),
        User(id=4, name="丁", employer="", organisation_id=2),
        User(id=5, name="戊", employer="第3社"),
        User(id=6, name="己", employer="", department_id=8),
    ]


def test_experts_of_purchaser_or_bidders_stand_aside() -> None:
    eligible = rules.eligible_experts(experts(), [bid(1), bid(2)], Transfer(department_id=9))
    assert [expert.id for expert in eligible] == [1, 5, 6]


def test_a_draw_can_be_redone_by_anyone_from_its_seed() -> None:
    pool = [User(id=number, name=str(number), employer="") for number in range(1, 21)]
    drawn = rules.drawn(pool, 5, "5eed", BOUGHT, DAY)
    by_hand = sorted(range(1, 21), key=lambda number: hashlib.sha256(f"5eed {number}".encode()).hexdigest())[:5]
    assert [expert.id for expert in drawn] == by_hand
    assert rules.drawn(pool[::-1], 5, "5eed", BOUGHT, DAY) == drawn
    assert rules.drawn(pool, 5, "another", BOUGHT, DAY) != drawn


def test_every_expert_is_drawn_about_as_often() -> None:
    pool = [User(id=number, name=str(number), employer="") for number in range(1, 11)]
    times = dict.fromkeys(range(1, 11), 0)
    for seed in range(1000):
        for expert in rules.drawn(pool, 3, str(seed), BOUGHT, DAY):
            times[expert.id] += 1
    assert all(220 < count < 380 for count in times.values()), times


def test_too_few_experts_are_refused_with_both_numbers() -> None:
    with pytest.raises(RuleBroken, match="只有 2 人，不够 3 人"):
        rules.drawn(experts()[:2], 3, "x", BOUGHT, DAY)


# ── scoring ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sheet_is_whole_and_within_its_weights() -> None:
    bids, criteria = [bid(1), bid(2)], plan(50, 30).quality_criteria
    full = {(one.id, row.id): Decimal(row.weight) for one in bids for row in criteria}
    rules.ensure_points(full, bids, criteria, BOUGHT, DAY)
    rules.ensure_points(dict.fromkeys(full, Decimal(0)), bids, criteria, BOUGHT, DAY)
    for cell in full:
        with pytest.raises(RuleBroken, match="空着不等于零分") as left_out:
            rules.ensure_points({key: value for key, value in full.items() if key != cell}, bids, criteria, BOUGHT, DAY)
        assert left_out.value.field == f"points-{cell[0]}-{cell[1]}"
    for points, says in (("50.01", "0 到 50"), ("-0.01", "-0.01 分")):
        with pytest.raises(RuleBroken, match=says) as outside:
            rules.ensure_points(full | {(2, 2): Decimal(points)}, bids, criteria, BOUGHT, DAY)
        assert "第2社" in str(outside.value)
        assert "第五十五条" in str(outside.value)


def test_prices_are_scored_by_the_lowest_and_qualities_by_the_plain_mean() -> None:
    bids = [bid(1, "90"), bid(2, "80"), bid(3, "100")]
    sheets = [
        {(1, 2): Decimal("40"), (2, 2): Decimal("45"), (3, 2): Decimal("50"), (1, 3): Decimal("20"), (2, 3): Decimal("21"), (3, 3): Decimal("22")},
        {(1, 2): Decimal("41"), (2, 2): Decimal("45"), (3, 2): Decimal("50"), (1, 3): Decimal("20"), (2, 3): Decimal("21"), (3, 3): Decimal("22")},
        {(1, 2): Decimal("41"), (2, 2): Decimal("46"), (3, 2): Decimal("50"), (1, 3): Decimal("20"), (2, 3): Decimal("21"), (3, 3): Decimal("23")},
    ]  # fmt: skip
    reached = {result.bid.id: result for result in rules.results(bids, sheets, plan(50, 30))}
    # 80/90×20 = 17.78, 80/80×20 = 20, 80/100×20 = 16; means 40.67, 45.33, 50.00 and 20.00, 21.00, 22.33.
    assert {number: str(result.price_score) for number, result in reached.items()} == {
        1: "17.78",
        2: "20.00",
        3: "16.00",
    }
    assert {number: str(result.quality_score) for number, result in reached.items()} == {
        1: "60.67",
        2: "66.33",
        3: "72.33",
    }
    assert {number: str(result.score) for number, result in reached.items()} == {1: "78.45", 2: "86.33", 3: "88.33"}
    assert {number: result.rank for number, result in reached.items()} == {3: 1, 2: 2, 1: 3}


def sheet(points: dict[int, str]) -> dict[tuple[int, int], Decimal]:
    return {(number, 2): Decimal(value) for number, value in points.items()}


def test_of_equal_scores_the_lower_price_ranks_first() -> None:
    # 20 + 60 and 16 + 64: the same 80, at 80 and at 100.
    results = rules.results([bid(1, "100"), bid(2, "80")], [sheet({1: "64", 2: "60"})], plan(80))
    assert [(result.bid.id, result.score, result.rank) for result in results] == [
        (2, Decimal("80.00"), 1), (1, Decimal("80.00"), 2),
    ]  # fmt: skip


def test_equal_in_score_and_price_share_a_rank_and_the_next_is_left_out() -> None:
    results = rules.results([bid(1, "80"), bid(2, "80"), bid(3, "80")], [sheet({1: "60", 2: "60", 3: "59"})], plan(80))
    assert [(result.bid.id, result.rank) for result in results] == [(1, 1), (2, 1), (3, 3)]


def test_scores_do_not_depend_on_the_order_of_bids_or_sheets() -> None:
    bids = [bid(1, "91.37"), bid(2, "80.01"), bid(3, "99.99")]
    sheets = [
        sheet({1: "71.5", 2: "66.25", 3: "80"}),
        sheet({1: "70", 2: "69.99", 3: "79.01"}),
        sheet({1: "1", 2: "2", 3: "3"}),
    ]
    first = {result.bid.id: (result.score, result.rank) for result in rules.results(bids, sheets, plan(80))}
    again = {result.bid.id: (result.score, result.rank) for result in rules.results(bids[::-1], sheets[::-1], plan(80))}
    assert first == again


def test_a_declaration_on_recusal_is_needed() -> None:
    rules.ensure_no_conflict_declared(True, BOUGHT, DAY)
    with pytest.raises(RuleBroken, match="声明") as refused:
        rules.ensure_no_conflict_declared(False, BOUGHT, DAY)
    assert refused.value.field == "no_conflict"
    assert "第十二条" in str(refused.value)


# ── the award ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_first_is_confirmed() -> None:
    bids = [bid(1, "80", 1), bid(2, "90", 2)]
    rules.ensure_confirms_first(bids[0], BOUGHT, bids, DAY)
    with pytest.raises(RuleBroken) as refused:
        rules.ensure_confirms_first(bids[1], BOUGHT, bids, DAY)
    assert str(refused.value).startswith("“第2社”排第 2 名；应按顺序确认第 1 名“第1社”")
    assert "第四十三条" in str(refused.value)


def test_of_two_firsts_either_may_be_confirmed() -> None:
    bids = [bid(1, "80", 1), bid(2, "80", 1), bid(3, "80", 3)]
    for one in bids[:2]:
        rules.ensure_confirms_first(one, BOUGHT, bids, DAY)


def test_the_amount_typed_once_more_must_be_the_awards() -> None:
    award = Award(price=Money.yuan("1100000"))
    rules.ensure_amount_repeated(Money.yuan("1100000.00"), award)
    with pytest.raises(RuleBroken) as refused:
        rules.ensure_amount_repeated(Money.yuan("1100000.01"), award)
    assert "1,100,000.01 元" in str(refused.value)
    assert "1,100,000.00 元" in str(refused.value)


@pytest.mark.parametrize(
    ("published", "notice", "last"),
    [
        (date(2025, 12, 1), date(2025, 12, 2), date(2025, 12, 11)),
        (date(2025, 9, 25), date(2025, 9, 26), date(2025, 10, 13)),
    ],
)
def test_the_time_to_challenge_is_counted_from_the_end_of_the_notice(published: date, notice: date, last: date) -> None:
    award = Award(published_at=at_local(published, 17))
    assert rules.notice_ends(BOUGHT, award, working_calendar()) == notice
    assert rules.challenge_ends(BOUGHT, award, working_calendar()) == last
    assert rules.challenge_ends(BOUGHT, Award(), working_calendar()) is None


def test_a_new_edition_binds_what_begins_from_its_day_on_and_leaves_running_periods_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (present,) = all_clauses()["CK-4"]
    changes_on = date(2025, 10, 1)
    older, newer = replace(present, until=changes_on), replace(present, since=changes_on, amount=15)
    monkeypatch.setitem(all_clauses(), "CK-4", [older, newer])
    began_before = Award(published_at=at_local(date(2025, 9, 30), 9))
    began_after = Award(published_at=at_local(date(2025, 10, 1), 9))
    calendar = working_calendar()
    assert rules.last_day_to_conclude(BOUGHT, began_before, calendar) == date(2025, 10, 30)
    assert rules.last_day_to_conclude(BOUGHT, began_after, calendar) == date(2025, 10, 16)
