"""Every page of a transfer, in the order of its walk, as the person who needs it: it answers, with one heading and a title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from procurement.foundation.database import db
from procurement.registers.audit import lines_everywhere
from procurement.registers.catalogue.models import TransferMode
from procurement.registers.people import User
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.steps.agreement.models import agreement_of
from procurement.steps.announcement.models import current_announcement
from procurement.steps.competition.models.bids import active_bids
from procurement.steps.competition.models.review import award_of_transfer
from procurement.steps.performance.rules import report_from
from procurement.transfers.models import Transfer
from procurement.web.oversight.views import KINDS
from tests.steps.competition.test_operations import ban
from tests.web.browsing import forget, get, send, signed_in
from tests.web.chinese import HAN, chinese_on


def wrong_with(answer: TestResponse, language: str, status: int = 200) -> list[str]:
    """What is wrong with a page: another status, not one h1, no title, a style or script of its own, Chinese in an English one."""
    text = answer.get_data(as_text=True)
    faults = {
        f"{answer.status_code}: {re.sub('<[^>]+>', ' ', text)[:600]}": answer.status_code != status,
        "not one h1": text.count("<h1") != 1,
        "no title": not re.search(r"<title>[^<]+ · ", text),
        "a style of its own": " style=" in text,
        "a script of its own": "<script>" in text,
        # In a sentence, what a person named in Chinese stands in quotation marks.
        "Chinese": language == "en" and any(HAN.search(re.sub("“[^”]*”", "", said)) for said in chinese_on(text)),
    }
    return [said for said, is_so in faults.items() if is_so]


def in_both_languages(client: FlaskClient, path: str) -> Iterator[tuple[str, TestResponse]]:
    """The page at `path` in English and then in Chinese."""
    for language in ("en", "zh"):
        client.set_cookie("language", language)
        forget()
        yield language, client.get(path)


def look(client: FlaskClient, path: str, status: int = 200) -> str:
    """The page at `path`, with which nothing is wrong in either language; its Chinese text."""
    text = ""
    for language, answer in in_both_languages(client, path):
        assert wrong_with(answer, language, status) == [], path
        text = answer.get_data(as_text=True)
    return text


def faults_of(world: Any, user: User, *paths: str) -> list[tuple[str, str, str]]:
    """What is wrong with these pages in either language as this person sees them."""
    client = signed_in(world, user)
    return [
        (path, language, said)
        for path in paths
        for language, answer in in_both_languages(client, path)
        for said in wrong_with(answer, language)
    ]


@pytest.mark.sqlite_only
def test_the_pages_before_the_line_answer(world: Any) -> None:
    people = world.people
    transfer: Transfer = world.draft()
    base = f"/transfers/{transfer.id}"
    assert faults_of(
        world, people.officer, "/workbench", "/transfers/", base, f"{base}/plan", "/transfers/new", "/transfers/new?q=城市",
        "/transfers/new/011401", "/transfers/new/T05", f"{base}/plan/submit", f"{base}/plan/revise",
    ) == []  # fmt: skip
    from procurement.transfers.operations import submit_plan

    world.do(submit_plan, transfer.plan, by=people.officer)
    assert faults_of(world, people.approver, "/workbench", f"{base}/plan/evaluate") == []
    evaluated = world.evaluated()
    assert (
        faults_of(world, people.member, "/workbench", "/conferences", f"/conferences/convene/for/{evaluated.id}") == []
    )
    conference = world.convened(evaluated)
    base = f"/conferences/{conference.id}"
    assert (
        faults_of(
            world, people.member, "/workbench", base, f"{base}/open", f"{base}/cancel", f"/transfers/{evaluated.id}"
        )
        == []
    )
    item = world.assembled().items[0]
    meeting = f"/conferences/{item.conference.id}"
    assert faults_of(
        world, people.member, "/workbench", meeting, f"{meeting}/close", f"/conferences/items/{item.id}/vote",
        f"/conferences/items/{item.id}/recusal", f"/conferences/items/{item.id}/resolve",
    ) == []  # fmt: skip


@pytest.mark.sqlite_only
def test_the_pages_of_announcement_and_competition_answer(world: Any) -> None:
    people = world.people
    transfer = world.resolved()
    base = f"/transfers/{transfer.id}"
    assert faults_of(world, people.officer, base, f"{base}/opener/appoint", f"{base}/announcement/draft") == []
    assert faults_of(world, people.supervisor, f"{base}/pause") == []
    announcement = world.announced()
    base = f"/transfers/{announcement.transfer.id}"
    reference = announcement.publication.reference
    assert faults_of(world, people.officer, base) == []
    assert (
        faults_of(
            world,
            people.providers[0],
            "/workbench",
            f"/announcements/{announcement.id}/bid",
            f"/announcements/{announcement.id}/bid/trial",
            "/bids/",
            "/bids/guide",
            f"/announcements/{reference}",
        )
        == []
    )
    competition = world.opened()
    base = f"/transfers/{competition.transfer.id}"
    assert faults_of(world, people.officer, base, f"{base}/competition", f"{base}/competition/qualify") == []
    competition = world.qualified()
    assert faults_of(world, people.officer, f"/transfers/{competition.transfer.id}/competition/panel") == []


@pytest.mark.sqlite_only
def test_the_pages_after_the_award_answer(world: Any) -> None:
    people = world.people
    transfer: Transfer = world.awarded()
    award = award_of_transfer(transfer)
    assert award is not None
    assert award.publication is not None
    base = f"/transfers/{transfer.id}"
    assert faults_of(world, people.officer, base, f"{base}/agreement/draft", f"{base}/competition", "/results") == []
    assert faults_of(world, people.officer, f"/announcements/{award.publication.reference}") == []
    transfer = world.agreed()
    base = f"/transfers/{transfer.id}"
    assert faults_of(
        world, people.officer, base, f"{base}/agreement", f"{base}/agreement/publish", f"{base}/agreement/file",
        f"{base}/handover/draft",
    ) == []  # fmt: skip
    transfer = world.handed_over()
    base = f"/transfers/{transfer.id}"
    found = agreement_of(transfer)
    assert found is not None
    milestone = found.milestones[0]
    assert (
        faults_of(
            world,
            people.officer,
            base,
            f"{base}/handover",
            f"{base}/milestones/{milestone.id}",
            f"{base}/inspections/record",
        )
        == []
    )
    assert faults_of(world, world.provider_of(transfer), base, f"{base}/milestones/{milestone.id}/report") == []


@pytest.mark.sqlite_only
def test_the_pages_of_supervision_answer(world: Any) -> None:
    people = world.people
    world.performed()
    from procurement.transfers.models import all_transfers

    transfer = all_transfers()[0]
    base = f"/transfers/{transfer.id}"
    assert faults_of(world, people.evaluator, "/workbench", base, f"{base}/evaluation/conclude") == []
    assert faults_of(world, people.auditor, "/audit", "/audit/verify", base) == []
    world.closed(world.evaluated_ex_post(world.inspected(transfer)))
    assert faults_of(world, people.auditor, base, f"{base}/evaluation", f"{base}/agreement") == []
    client = signed_in(world, people.auditor)
    for path in (f"{base}/agreement/document", f"{base}/evaluation/document"):
        forget()
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.data.startswith(b"%PDF-")


@pytest.mark.sqlite_only
def test_a_transfer_is_not_there_for_who_may_not_know_of_it(world: Any) -> None:
    announcement = world.announced()
    assert current_announcement(announcement.transfer) is not None
    client = signed_in(world, world.people.other_officer)
    look(client, f"/transfers/{announcement.transfer.id}", 404)
    look(world.app.test_client(), "/")


@pytest.mark.sqlite_only
def test_the_auditor_reads_what_every_line_is_about_in_words(world: Any) -> None:
    world.closed()
    kinds = {line.subject.partition(" ")[0] for line in lines_everywhere(limit=1000)}
    assert {"transfer", "bid", "delivery"} <= kinds, kinds
    assert kinds - set(KINDS) == set()


@pytest.mark.sqlite_only
def test_a_report_is_offered_from_its_first_day_on_and_announced_before(world: Any) -> None:
    transfer = world.handed_over()
    agreement = agreement_of(transfer)
    assert agreement is not None
    milestone, provider = agreement.milestones[0], world.provider_of(transfer)
    offered = f"/transfers/{transfer.id}/milestones/{milestone.id}/report"
    for path in ("/workbench", f"/transfers/{transfer.id}"):
        early = get(signed_in(world, provider), path)
        assert offered not in early
        assert "起可以办理" in early
    world.go_to(report_from(milestone, milestone.due_on))
    for path in ("/workbench", f"/transfers/{transfer.id}"):
        assert offered in get(signed_in(world, provider), path)


@pytest.mark.sqlite_only
def test_a_transfer_says_which_periods_it_runs(world: Any) -> None:
    transfer = world.resolved()
    base, client = f"/transfers/{transfer.id}", signed_in(world, world.people.officer)
    assert "按政府采购法规的法定期限办理" in look(client, base)
    transfer.mode = TransferMode.WHOLE
    db.session.commit()
    call = world.announced(transfer).publication
    # The city's number, where it stands, and beside it that of a purchase; filing is no part of this.
    shown = (
        "本事项为整体转移，不是政府采购",
        "45 日",
        "工作方案",
        "本市做法，不是法律条文",
        "《政府采购法》第四十六条",
        "没有这一项",
    )
    for path in (base, f"{base}/plan", f"/announcements/{call.reference}"):
        page = look(client, path)
        assert [said for said in shown if said not in page] == [], path
        assert "按政府采购法规的法定期限办理" not in page


def test_a_refusal_leads_back_to_its_matter(world: Any) -> None:
    announcement = world.announced()
    transfer, reference = announcement.transfer, announcement.publication.reference
    officer = signed_in(world, world.people.officer)
    page = get(officer, f"/transfers/{transfer.id}/announcement/publish", 409)
    assert f'href="/transfers/{transfer.id}">回到事项' in page
    world.go_to(announcement.closes_at)
    page = get(signed_in(world, world.people.providers[0]), f"/announcements/{announcement.id}/bid", 422)
    assert f'href="/announcements/{reference}">回到公告' in page
    # Whoever may not know of it is led nowhere.
    hidden = get(signed_in(world, world.people.other_officer), f"/transfers/{transfer.id}/announcement/publish", 404)
    assert f'href="/transfers/{transfer.id}"' not in hidden


def test_an_expert_sees_what_is_to_be_judged_and_nothing_once_it_is_judged(world: Any) -> None:
    competition = world.drawn()
    transfer, member = competition.transfer, world.panel_of(competition)[0]
    begun = get(signed_in(world, member), "/workbench")
    assert transfer.number in begun
    world.agreed(world.agreement_drafted(world.awarded(world.reviewed(world.scored(competition)))))
    over = get(signed_in(world, member), "/workbench")
    assert transfer.number not in over
    assert "在别人手里" not in over
    for person in (world.people.officer, world.people.auditor, world.provider_of(transfer)):
        assert transfer.number in get(signed_in(world, person), "/workbench")


def test_the_notice_of_a_result_says_why_the_first_was_passed_over(world: Any) -> None:
    competition = world.confirmed()
    ban(world, world.first_of(competition).organisation_id)
    base, approver = f"/transfers/{competition.transfer.id}", signed_in(world, world.people.approver)
    assert f'href="{base}/award/confirm"' in get(approver, base)
    page = get(approver, f"{base}/award/confirm")
    assert "现在不能成交：组织受信用记录限制" in page
    second = next(bid for bid in active_bids(competition.announcement) if bid.rank == 2)
    assert re.search(rf'<input checked[^>]*value="{second.id}"', page)
    send(approver, f"{base}/award/confirm", {"bid": str(second.id)})
    officer = signed_in(world, world.people.officer)
    send(officer, f"{base}/award/publish", {"amount": second.price.plain})
    (notice,) = newest_publications(PublicationKind.AWARD_NOTICE)
    public = get(world.app.test_client(), f"/announcements/{notice.reference}")
    assert "没有成交：组织受信用记录限制，不能参加竞争" in public
