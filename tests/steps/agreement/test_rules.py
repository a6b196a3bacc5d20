"""Terms, dates and digests of an agreement."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from procurement.foundation.clock import at_local
from procurement.foundation.errors import Conflict, RuleBroken
from procurement.foundation.money import Money
from procurement.registers.catalogue.models import TransferMode
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import User
from procurement.statute.calendar import working_calendar
from procurement.steps.agreement import rules
from procurement.steps.agreement.models import Agreement, AgreementDesk, AgreementStatus, Milestone
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.models.review import Award, Competition
from procurement.transfers.models import Plan, Transfer

CALENDAR = working_calendar()
NOW = datetime(2026, 1, 21, 1, tzinfo=UTC)
BOUGHT = Transfer(mode=TransferMode.PURCHASED)


def agreement(**changes: Any) -> Agreement:
    terms: dict[str, Any] = {
        "number": "龙转协〔2025〕1号", "price": Money.yuan("1100000"), "starts_on": date(2025, 10, 17),
        "ends_on": date(2026, 10, 16), "place": "建成区", "data_protection": "移交并删除", "special_terms": "",
        "organisation": Organisation(credit_code="523303000000000001"), "transfer": Transfer(mode=TransferMode.PURCHASED, plan=Plan(version=3)),
        "milestones": [
            Milestone(name="中期", condition="验收合格", percent=50, amount=Money.yuan("550000"), due_on=date(2026, 4, 16))
        ],
        "drafted_by_id": 1, "drafted_by": User(name="甲"), "status": AgreementStatus.DRAFT,
    }  # fmt: skip
    return Agreement(**({"award": Award(competition=Competition())} | terms | changes))


@pytest.mark.parametrize(
    ("starts", "months", "last"),
    [
        (date(2025, 7, 1), 12, date(2026, 6, 30)),
        (date(2025, 10, 17), 12, date(2026, 10, 16)),
        (date(2025, 1, 31), 1, date(2025, 2, 27)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2025, 3, 1), 36, date(2028, 2, 29)),
        (date(2025, 12, 1), 1, date(2025, 12, 31)),
    ],
)
def test_a_term_ends_the_day_before_the_corresponding_one(starts: date, months: int, last: date) -> None:
    assert rules.last_day_of_term(starts, months) == last


def test_a_milestone_is_due_on_the_last_day_of_its_month_of_the_term() -> None:
    assert rules.due_day(date(2025, 10, 17), 6) == date(2026, 4, 16)
    assert rules.due_day(date(2025, 10, 17), 12) == rules.last_day_of_term(date(2025, 10, 17), 12)


def test_a_term_does_not_begin_before_the_letter() -> None:
    award = Award(published_at=at_local(date(2025, 10, 17), 16))
    rules.ensure_start(date(2025, 10, 17), BOUGHT, award, date(2025, 10, 20))
    with pytest.raises(RuleBroken) as refused:
        rules.ensure_start(date(2025, 10, 16), BOUGHT, award, date(2025, 10, 20))
    sentence = str(refused.value)
    assert "2025-10-16" in sentence
    assert "2025-10-17" in sentence
    assert "第四十六条" in sentence
    assert refused.value.field == "starts_on"


def test_thirty_days_to_sign_roll_over_the_spring_festival() -> None:
    # The example of the fact sheet: the 30th day, 19 February 2026, lies in the festival; the next working day is the 24th.
    award = Award(published_at=at_local(date(2026, 1, 20), 9))
    assert competition_rules.last_day_to_conclude(BOUGHT, award, CALENDAR) == date(2026, 2, 24)
    assert competition_rules.last_day_to_conclude(BOUGHT, Award(), CALENDAR) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "龙转协〔2025〕2号"}, {"price": Money.yuan("1100000.01")}, {"starts_on": date(2025, 10, 18)},
        {"ends_on": date(2026, 10, 17)}, {"place": "全市"}, {"data_protection": "保留"}, {"special_terms": "补充"},
        {"organisation": Organisation(credit_code="523303000000000002")}, {"transfer": Transfer(mode=TransferMode.PURCHASED, plan=Plan(version=4))},
        {"milestones": []},
        {"milestones": [Milestone(name="中期", condition="验收合格", percent=50, amount=Money(1), due_on=date(2026, 4, 16))]},
    ],
)  # fmt: skip
def test_whatever_changes_in_the_terms_changes_their_digest(changes: dict[str, Any]) -> None:
    seen = rules.digest_of(agreement())
    rules.ensure_terms(agreement(), seen)
    with pytest.raises(Conflict, match="又有修改"):
        rules.ensure_terms(agreement(**changes), seen)


def test_who_drafted_does_not_sign() -> None:
    rules.ensure_concluded_by_another(agreement(), User(id=2), date(2025, 10, 20))
    with pytest.raises(RuleBroken, match="协议由 甲 起草") as refused:
        rules.ensure_concluded_by_another(agreement(), User(id=1), date(2025, 10, 20))
    assert "第六十一条" in str(refused.value)


def test_after_the_signature_publication_has_two_working_days_and_filing_seven() -> None:
    signed = agreement(status=AgreementStatus.CONCLUDED, concluded_at=at_local(date(2025, 9, 26), 10))
    publication, filing = rules.after_conclusion(signed, NOW, CALENDAR)
    # 28 September and 11 October are worked; 1 to 8 October are not.
    assert (str(publication), publication.by) == ("协议还没有公开", date(2025, 9, 29))
    assert (str(filing), filing.by) == ("协议还没有向财政部门备案", date(2025, 10, 13))
    assert [clock.clause.id for clock in rules.clocks_after_conclusion(signed)] == ["CK-5", "CK-6"]
    signed.published_at = signed.filed_at = NOW
    assert rules.after_conclusion(signed, NOW, CALENDAR) == []
    assert rules.clocks_after_conclusion(signed) == []


def test_nothing_runs_before_there_is_a_signature() -> None:
    assert rules.after_conclusion(agreement(), NOW, CALENDAR) == []
    assert rules.clocks_after_conclusion(agreement()) == []


def test_the_thirty_days_and_the_time_to_challenge_run_side_by_side() -> None:
    award = Award(published_at=at_local(date(2026, 1, 20), 9))
    desk = AgreementDesk(award, None)
    transfer = BOUGHT
    assert [clock.clause.id for clock in rules.clocks(transfer, desk, NOW, CALENDAR)] == ["CK-4", "CK-10"]
    later = at_local(date(2026, 2, 10))
    assert [clock.clause.id for clock in rules.clocks(transfer, desk, later, CALENDAR)] == ["CK-4"]
    signed = AgreementDesk(award, agreement(status=AgreementStatus.CONCLUDED, concluded_at=NOW))
    assert [clock.clause.id for clock in rules.clocks(transfer, signed, later, CALENDAR)] == []
    assert [item.title for item in rules.happenings(transfer, desk, NOW, CALENDAR)] == [
        "签订协议的最后一天",
        "质疑期届满",
    ]
