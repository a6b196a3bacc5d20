"""A visitor walks a new transfer from its draft to its closing by nothing but what the demonstration offers."""

from __future__ import annotations

import html
import re

from flask.testing import FlaskClient

from procurement.registers import audit
from procurement.registers.people import user_by_login
from procurement.transfers.models import Transfer, TransferStatus, transfer_by_id
from procurement.transfers.sections import Section
from procurement.web import queue
from tests.demonstrations import Told, told  # noqa: F401 - a fixture
from tests.web.browsing import fields_of, text_of

# The offers of a page, in its order: to go on as somebody (who, where), or as oneself (where).
_OFFER = re.compile(
    r'action="(/demonstration/people/\d+/assume)">(?:(?!</form>).)*?name="next" value="([^"]+)"'
    r'|<a class="btn btn-sm [^"]+" href="([^"]+)">由您办理',
    re.S,
)
_LEAP = re.compile(r'<a class="btn btn-sm [^"]+" href="(/demonstration/clock[^"]+)">')

MOST_DEEDS = 60


def become(client: FlaskClient, action: str, to: str) -> None:
    answer = client.post(action, data={**fields_of(client.get("/demonstration/people").text), "next": to})
    assert answer.status_code == 303
    assert answer.headers["Location"] == to


def deed(client: FlaskClient, path: str) -> str:
    """Open the page of a deed filled with its example, send it as it stands, and read the page after it."""
    opened = client.get(f"{path}?example=1")
    assert opened.status_code == 200, (path, text_of(opened)[:600])
    answer = client.post(path, data=fields_of(opened.text))
    if answer.status_code == 200:  # the passphrase is shown, nothing else
        return answer.text
    assert answer.status_code == 303, (path, text_of(answer)[:900])
    return client.get(answer.headers["Location"]).text


def leap(client: FlaskClient, told: Told, address: str) -> str:  # noqa: F811
    address = html.unescape(address)
    opened = client.get(address)
    assert opened.status_code == 200
    answer = client.post(address, data=fields_of(opened.text))
    assert answer.status_code == 303
    with told.app.app_context():
        queue.run_waiting(told.app)
    task = client.get(answer.headers["Location"]).text
    (result,) = re.findall(r'href="(/demonstration/happened[^"]+)"', task)
    return client.get(html.unescape(result)).text


def here(transfer_id: int) -> Transfer:
    transfer = transfer_by_id(transfer_id)
    assert transfer is not None
    return transfer


def next_step(client: FlaskClient, told: Told, page: str, leaped: set[str]) -> str:  # noqa: F811
    """Do what the page offers first: the deed of whoever's turn it is, or the clock where nobody's is."""
    leaps = [address for address in _LEAP.findall(page) if address not in leaped]
    offers = _OFFER.findall(page.split("<main", 1)[-1])
    if leaps and (not offers or "/report" in "".join(offers[0])):
        leaped.add(leaps[0])
        return leap(client, told, leaps[0])
    assert offers, text_of_page(page)
    action, where, own = offers[0]
    if action:
        become(client, action, html.unescape(where))
    return deed(client, html.unescape(where or own))


def text_of_page(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main", 1)[-1]))[:900]


def test_a_visitor_walks_a_new_transfer_to_its_closing_by_the_offers_and_examples(told: Told) -> None:  # noqa: F811
    client = told.browser()
    with told.app.app_context():
        first = user_by_login("lin.hai")
        assert first is not None
        number = first.id
    become(client, f"/demonstration/people/{number}/assume", "/transfers/new?q=011401")
    page = deed(client, "/transfers/new/011401")
    (transfer_id,) = {int(found) for found in re.findall(r'href="/transfers/(\d+)/plan"', page)}
    # Each section leads to the next and offers its example; the last one to all of them, and these to the submission.
    for section in list(Section)[1:]:
        assert 'href="?example=1"' in page
        page = deed(client, f"/transfers/{transfer_id}/plan/revise/{section.value}")
    assert f'href="/transfers/{transfer_id}/plan/submit"' in page
    page = client.get(f"/transfers/{transfer_id}").text
    leaped: set[str] = set()
    for _turn in range(MOST_DEEDS):
        with told.app.app_context():
            if here(transfer_id).status is TransferStatus.CLOSED:
                break
        page = next_step(client, told, page, leaped)
        if "go-on" not in page:
            page = client.get("/demonstration/people").text
    with told.app.app_context():
        assert here(transfer_id).status is TransferStatus.CLOSED
        assert audit.first_broken_line() is None
        auditor = user_by_login("ruan.qing")
        assert auditor is not None
        number = auditor.id
    become(client, f"/demonstration/people/{number}/assume", f"/transfers/{transfer_id}")
    for path in ("agreement/document", "evaluation/document"):
        with client.get(f"/transfers/{transfer_id}/{path}") as answer:
            assert answer.data.startswith(b"%PDF-")
