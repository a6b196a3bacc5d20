"""整体转移, 部分转移 and 委托 walk the same line as a purchase, on the city's periods: procurement law is asked for nothing."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from procurement.foundation.clock import at_local
from procurement.foundation.database import db
from procurement.foundation.errors import RuleBroken
from procurement.foundation.money import Money
from procurement.registers.catalogue.models import TransferMode
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.statute.clauses import ByMode
from procurement.statute.modes import replaced
from procurement.steps import rooms
from procurement.steps.agreement import operations as agreement_operations
from procurement.steps.agreement import rules as agreement_rules
from procurement.steps.agreement.models import Agreement, AgreementStatus, Milestone
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.published import rules as published_rules
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.models.review import Award, award_of_transfer
from procurement.steps.competition.operations import award as award_operations
from procurement.steps.performance import rules as performance_rules
from procurement.steps.performance.models import Delivery
from procurement.transfers import operations
from procurement.transfers import rules as plan_rules
from procurement.transfers.line import Step
from procurement.transfers.models import Method, Plan, Transfer
from tests.factories import World, the_agreement

CALENDAR = working_calendar()
DAY = date(2025, 12, 1)
OTHERS = [mode for mode in TransferMode if not mode.is_purchase]
# The laws and rules of procurement, and of payment to whoever sold something.
OF_PROCUREMENT = re.compile("政府采购|政府购买服务管理办法|保障中小企业款项支付条例")


def of(mode: TransferMode, method: Method = Method.OPEN_TENDER) -> Transfer:
    return Transfer(mode=mode, plan=Plan(method=method, budget=Money.yuan("20000000")))


def test_no_clause_that_stands_for_procurement_law_is_procurement_law() -> None:
    pairs = {name: pair for name, pair in vars(limits).items() if isinstance(pair, ByMode)}
    assert len(pairs) > 30
    cited = {name: pair.other.on(DAY).law for name, pair in pairs.items() if pair.other is not None}
    assert {name for name, law in cited.items() if OF_PROCUREMENT.search(law)} == set()
    assert {name for name, pair in pairs.items() if pair.other is None} == {
        "NOT_TENDERED", "INTENTION", "DOCUMENTS_PERIOD", "MEDIUM", "FILE_AGREEMENT",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "deadline", "notice", "challenge", "sign"),
    [
        # Published on Monday 1 December: 20 days; one working day, then seven; the 30th day is 31 December.
        (TransferMode.PURCHASED, date(2025, 12, 22), date(2025, 12, 2), date(2025, 12, 11), date(2025, 12, 31)),
        # Ten working days; five, then five more; the 45th day is 15 January.
        *((mode, date(2025, 12, 16), date(2025, 12, 8), date(2025, 12, 15), date(2026, 1, 15)) for mode in OTHERS),
    ],
)
def test_the_periods_of_each_mode_end_on_their_days(
    mode: TransferMode, deadline: date, notice: date, challenge: date, sign: date
) -> None:
    transfer, award = of(mode), Award(published_at=at_local(DAY, 9))
    assert announcement_rules.earliest_deadline(transfer, DAY, CALENDAR) == deadline
    assert competition_rules.notice_ends(transfer, award, CALENDAR) == notice
    assert competition_rules.challenge_ends(transfer, award, CALENDAR) == challenge
    assert competition_rules.last_day_to_conclude(transfer, award, CALENDAR) == sign


@pytest.mark.parametrize("mode", OTHERS)
def test_where_nothing_is_bought_the_method_makes_no_difference(mode: TransferMode) -> None:
    for method in Method:
        transfer = of(mode, method)
        assert announcement_rules.bidding_period(transfer, DAY).id == "LG-BP"
        assert competition_rules.least_panel(transfer.plan, DAY).amount == 3
        assert plan_rules.price_weight_bounds(method, mode, DAY) == (Decimal(5), Decimal(40))
    assert competition_rules.least_bidders(of(mode), DAY).amount == 2
    assert plan_rules.longest_term(frozenset(), mode, DAY) == 36
    assert announcement_rules.documents_period(of(mode), DAY) is None
    # 101号令 binds purchases: only their notices must appear on the designated medium.
    assert not published_rules.needs_medium(of(mode))


def test_an_agreement_that_bought_nothing_is_disclosed_and_not_filed() -> None:
    signed = Agreement(transfer=of(TransferMode.WHOLE), status=AgreementStatus.CONCLUDED, concluded_at=at_local(DAY, 9))
    (publication,) = agreement_rules.after_conclusion(signed, at_local(DAY, 10), CALENDAR)
    # The twentieth working day after 1 December 2025.
    assert publication.by == date(2025, 12, 29)
    assert [clock.clause.id for clock in agreement_rules.clocks_after_conclusion(signed)] == ["CK-16"]
    accepted = Delivery(accepted_at=at_local(date(2026, 4, 16), 9), milestone=Milestone(agreement=signed))
    assert performance_rules.pay_by(accepted, CALENDAR) == date(2026, 5, 18)


def test_the_table_of_the_page_has_each_number_once_beside_the_purchases() -> None:
    rows = replaced(DAY)
    ids = [row.other.id for row in rows if row.other is not None]
    assert len(ids) == len(set(ids)) > 10
    beside = {row.other.id: {clause.id for clause in row.purchase} for row in rows if row.other is not None}
    assert beside["LG-BP"] == {"FL-1", "MT-CP", "T87-1"}
    assert beside["LG-SIGN"] == {"CK-4"}
    assert [clause.id for row in rows if row.other is None for clause in row.purchase] == [
        "MT-2",
        "MT-3",
        "FL-2",
        "IP-8",
        "CK-6",
    ]


def cited(world: World, transfer: Transfer) -> set[str]:
    """The articles of every clock that runs and of everything outstanding now."""
    db.session.expire_all()
    standing = rooms.standing_of(transfer, world.now, CALENDAR)
    articles = [item.article for item in standing.outstanding] + [clock.clause.article for clock in standing.clocks]
    return {str(article) for article in articles if article is not None}


@pytest.mark.sqlite_only
def test_a_whole_transfer_is_asked_for_nothing_by_procurement_law_from_step_to_step(world: World) -> None:
    transfer = world.draft()
    transfer.mode = TransferMode.WHOLE
    db.session.commit()
    asked = cited(world, transfer)
    world.do(operations.submit_plan, transfer.plan, by=world.people.officer)
    world.evaluate(transfer)
    world.adopt(transfer)
    asked |= cited(world, transfer)

    def went_on(step: Step) -> None:
        assert transfer.step is step
        asked.update(cited(world, transfer))

    announcement = world.announced(transfer)
    went_on(Step.COMPETITION)
    # Two are enough where nothing is bought.
    for provider, price in zip(world.people.providers[:2], ("1200000", "1100000"), strict=True):
        world.submit(announcement, provider, price)
    competition = world.opened(announcement)
    went_on(Step.COMPETITION)
    for stage in (world.qualified, world.drawn, world.scored, world.reviewed, world.confirmed):
        stage(competition)
        went_on(Step.COMPETITION)
    award = award_of_transfer(transfer)
    assert award is not None
    world.do(award_operations.publish_award_notice, award, amount=award.price, by=world.people.officer)
    went_on(Step.AGREEMENT)
    world.agreed(world.agreement_drafted(transfer))
    went_on(Step.HANDOVER)
    refused = world.refuse(
        agreement_operations.file_agreement, the_agreement(transfer), filing_number="1", by=world.people.officer,
        says=("整体转移", "不向财政部门备案"), error=RuleBroken,
    )  # fmt: skip
    assert not OF_PROCUREMENT.search(str(refused.article))
    world.handed_over(world.handover_drafted(transfer))
    went_on(Step.PERFORMANCE)
    world.accepted(world.reported(transfer))
    went_on(Step.PERFORMANCE)
    assert {said for said in asked if OF_PROCUREMENT.search(said)} == set()
    assert any("工作方案" in said for said in asked)
