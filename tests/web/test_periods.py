"""期限计算: the clauses of the table counted day by day for anyone, and what is no day said so."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient

from procurement.statute.clauses import Phase, all_clauses
from procurement.statute.periods import last_day_of_term
from procurement.steps.agreement import rules as agreement_rules
from tests.web.browsing import text_of

pytestmark = pytest.mark.sqlite_only


def told_of(client: FlaskClient, clause: str, day: str) -> str:
    answer = client.get("/periods", query_string={"clause": clause, "day": day})
    assert answer.status_code == 200
    return text_of(answer)


def test_a_period_is_counted_over_a_holiday_with_its_article(client: FlaskClient) -> None:
    # Two working days from 29 September 2025: the holiday lies between them (domain 8.3).
    told = told_of(client, "CK-3", "2025-09-29")
    assert "最后一天 10月9日" in told.replace(" ", "") or "2025年10月9日" in told.replace(" ", "")
    assert "《政府采购法实施条例》第四十三条" in told
    assert "国庆节" in told


def test_an_earliest_day_is_told_as_such_and_practice_is_called_practice(client: FlaskClient) -> None:
    assert "最早" in told_of(client, "FL-1", "2025-09-22")
    assert "不是法律条文" in told_of(client, "LG-SIGN", "2025-09-22")
    assert Phase.BEFORE.label in client.get("/periods").get_data(as_text=True)


@pytest.mark.parametrize("typed", ["2025-13-40", "昨天", "9999-12-31", ""])
def test_what_is_no_day_is_refused_and_stays(client: FlaskClient, typed: str) -> None:
    answer = client.get("/periods", query_string={"clause": "CK-3", "day": typed})
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.get_data(as_text=True)
    # What there is no clause of is no fault of the reader's: the form is shown.
    assert client.get("/periods?clause=XX&day=2025-09-22").status_code == 200


def test_holidays_are_told_one_by_one_with_their_years_where_there_are_several(client: FlaskClient) -> None:
    told = told_of(client, "CR-9", "2025-09-22").replace(" ", "")
    assert "春节放假2026年2月15日至2月23日" in told
    assert "国庆节放假2026年10月1日至10月7日" in told
    assert "2026年2月15日至2027年" not in told
    # Within one year none is said.
    assert "国庆节、中秋节放假10月1日至10月8日" in told_of(client, "CK-3", "2025-09-29").replace(" ", "")


def test_what_looks_back_is_counted_back(client: FlaskClient) -> None:
    told = told_of(client, "OD-5", "2025-09-22").replace(" ", "")
    assert "从这一天起2022年9月22日" in told
    assert "往回看" in told
    assert "2028" not in told


def test_a_term_ends_the_day_before_the_corresponding_one_as_agreements_do(client: FlaskClient) -> None:
    told = told_of(client, "CT-3a", "2025-10-30").replace(" ", "")
    assert "最后一天2026年10月29日" in told
    assert last_day_of_term(all_clauses()["CT-3a"][-1], date(2025, 10, 30)) == agreement_rules.last_day_of_term(
        date(2025, 10, 30), 12
    )


def test_an_earliest_day_of_rest_is_said_to_be_one(client: FlaskClient) -> None:
    # Twenty days from 20 September 2025 allow Saturday 11 October, which is worked; from 27 September Saturday 18 October, which is not.
    assert "最早的这一天是休息日" not in told_of(client, "FL-1", "2025-09-20")
    told = told_of(client, "FL-1", "2025-09-27").replace(" ", "")
    assert "最早2025年10月18日" in told
    assert "最早的这一天是休息日，往后第一个工作日是2025年10月20日" in told
