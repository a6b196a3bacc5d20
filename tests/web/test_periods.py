"""期限计算: the clauses of the table counted day by day for anyone, and what is no day said so."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from procurement.statute.clauses import Phase
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
