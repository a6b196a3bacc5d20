"""Every page under axe, at desktop width and at 360 pixels, in both languages: nothing found, nothing scrolls sideways."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.sessions import SecureCookieSessionInterface

from procurement.foundation.money import Money
from procurement.registers import substitutions
from procurement.registers.access import Appointed
from procurement.registers.accounts import NewPassword, PersonTerms
from procurement.registers.catalogue import drafting
from procurement.registers.catalogue.models import ListKind
from procurement.registers.departments.operations import rename_department
from procurement.registers.imports.kinds import IMPORTERS
from procurement.registers.imports.models import ImportKind
from procurement.registers.imports.operations import begin_import, discard_import
from procurement.registers.organisations.operations import enrol_colleague, keep_payment_details
from procurement.registers.organisations.rules import PaymentTerms
from procurement.registers.people import Role, User
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.models.bids import active_bids, bid_of
from procurement.steps.competition.operations.opening import object_opening
from procurement.transfers.conference.models import Choice, ItemOutcome
from procurement.transfers.conference.operations import resolve_item
from tests.registers.imports.lists import code, line, reading, sheet
from tests.registers.imports.sheets import xlsx
from tests.web.browsing import faults_at, opened_session


def cookie_of(world: Any, user: User) -> str:
    """The cookie of a browser in which `user` is signed in."""
    token = opened_session(world, user)
    serializer = SecureCookieSessionInterface().get_signing_serializer(world.app)
    assert serializer is not None
    return str(serializer.dumps({"_user_id": token, "_fresh": True}))


def look(world: Any, live: Any, browser: Any, user: User | None, paths: list[str]) -> list[str]:
    """Open each page in both languages and at both widths; what axe finds there, and what did not answer."""
    faults: list[str] = []
    for language in ("zh", "en"):
        context = browser.new_context(locale="zh-CN")
        cookies = [{"name": "language", "value": language, "url": live.url}]
        if user is not None:
            cookies.append({"name": "jieli", "value": cookie_of(world, user), "url": live.url})
        context.add_cookies(cookies)
        page = context.new_page()
        for path in paths:
            faults += faults_at(page, live.url + path, language)
        context.close()
    return faults


@pytest.mark.sqlite_only
def test_the_public_pages(world: Any, live: Any, browser: Any) -> None:
    announcement = world.announced()
    reference = announcement.publication.reference
    lists = ("negative-list", "functions", "communities", "011401")
    paths = [
        "/", "/announcements", "/results", f"/announcements/{reference}", "/catalogue",
        *(f"/catalogue/{name}" for name in lists), "/organisations", "/organisations/register", "/standards", "/standards/1", "/sign-in",
        "/account/reset", "/styleguide", "/periods?clause=CK-4&day=2026-09-22", "/calendar/2026", "/calendar/2027",
    ]  # fmt: skip
    assert look(world, live, browser, None, paths) == []


@pytest.mark.sqlite_only
def test_the_pages_of_a_published_announcement(world: Any, live: Any, browser: Any) -> None:
    announcement = world.bid()
    waiting = world.ask(announcement)
    world.answer(world.ask(announcement, "夜班要几个人？"))
    world.amend(announcement, quantity="道路 70 公里。", ceiling=Money.yuan("1210000"))
    base, public = f"/transfers/{announcement.transfer_id}", f"/announcements/{announcement.publication.reference}"
    deeds = ("medium", "correct", "amend", "deadline/extend", "withdraw")
    of_officer = [base, *(f"{base}/announcement/{deed}" for deed in deeds), f"{base}/enquiries/{waiting.id}/answer"]
    assert look(world, live, browser, world.people.officer, of_officer) == []
    provider = world.people.providers[0]
    bid = next(row for row in active_bids(announcement) if row.organisation_id == provider.organisation_id)
    of_bidder = [public, f"/announcements/{announcement.id}/ask", "/subscriptions", f"/bids/{bid.receipt}/confirm"]
    assert look(world, live, browser, provider, of_bidder) == []


@pytest.mark.sqlite_only
def test_the_officers_pages(world: Any, live: Any, browser: Any) -> None:
    transfer = world.resolved()
    base = f"/transfers/{transfer.id}"
    paths = [
        "/workbench", "/transfers/", base, f"{base}/plan", "/transfers/new", "/transfers/new/011401",
        f"{base}/opener/appoint", f"{base}/announcement/draft", "/tray", "/account",
    ]  # fmt: skip
    assert look(world, live, browser, world.people.officer, paths) == []
    transfer = world.agreed()
    base = f"/transfers/{transfer.id}"
    assert look(
        world, live, browser, world.people.officer,
        [base, f"{base}/competition", f"{base}/agreement", f"{base}/agreement/publish", f"{base}/agreement/file", f"{base}/handover/draft"],
    ) == []  # fmt: skip


@pytest.mark.sqlite_only
def test_the_pages_of_the_conference(world: Any, live: Any, browser: Any) -> None:
    chair, other = world.people.conference[:2]
    conference = world.convened()
    base = f"/conferences/{conference.id}"
    paths = ["/conferences", "/conferences/convene", base, f"{base}/open", f"{base}/cancel"]
    assert look(world, live, browser, chair, paths) == []
    item = world.assembled().items[0]
    base = f"/conferences/{item.conference.id}"
    of_item = [f"/conferences/items/{item.id}/{deed}" for deed in ("vote", "recusal", "resolve")]
    assert look(world, live, browser, chair, ["/workbench", base, *of_item, f"{base}/close"]) == []
    world.vote(item, *world.people.conference, choice=Choice.AGAINST)
    world.do(resolve_item, item, ItemOutcome.RETURNED, opinion="目标不够具体。", by=chair)
    world.minutes_closed(item.conference)
    assert look(world, live, browser, other, [base]) == []


@pytest.mark.sqlite_only
def test_the_pages_of_the_imports(world: Any, live: Any, browser: Any) -> None:
    rows = [line(1, phone="无"), line(2, code=code(2, "12"), **{"class": "公益二类"}), line(3)]
    faulty = world.do(begin_import, None, reading(world, sheet(rows)), stored="-", by=world.people.officer)
    sound = world.do(begin_import, None, reading(world, sheet(rows[1:])), stored="-", by=world.people.officer)
    ended = world.do(begin_import, None, reading(world, sheet(rows[2:])), stored="-", by=world.people.officer)
    world.do(discard_import, ended, by=world.people.officer)
    paths = [
        "/imports/organisations/begin",
        f"/imports/{faulty.id}",
        f"/imports/{faulty.id}/assign",
        f"/imports/{ended.id}",
    ]
    paths += [f"/imports/{sound.id}", f"/imports/{sound.id}/discard", f"/imports/{sound.id}/organisations"]
    assert look(world, live, browser, world.people.officer, paths) == []
    # A register of powers that leaves most of the one in force out says so, above the buttons and before the deed.
    heads = [column.label for column in IMPORTERS[ImportKind.POWERS].columns]
    listed = xlsx([heads, ["Q0020", "城市管家", "", "公共服务", "综合行政执法局", ""]])
    member = world.people.member
    remarked = world.do(begin_import, None, reading(world, listed, kind=ImportKind.POWERS), stored="-", by=member)
    assert look(world, live, browser, member, [f"/imports/{remarked.id}", f"/imports/{remarked.id}/powers"]) == []


@pytest.mark.sqlite_only
def test_the_pages_of_the_editions(world: Any, live: Any, browser: Any) -> None:
    officer = world.people.officer
    edition = world.do(
        drafting.draft_edition, world.people.department, ListKind.CATALOGUE, reason="补充新的服务。", by=officer
    )
    world.do(drafting.retire_entry, drafting.row_at(edition, "011403"), by=officer)
    base = f"/catalogue/editions/{edition.id}"
    of_entries = ["add?under=0114", "011401/amend", "011402/retire", "011403/restore", "011402/move"]
    paths = [
        "/catalogue/editions", "/catalogue/editions/draft/negative-list", base,
        f"/catalogue/editions/{edition.base_id}/compare/{edition.id}", f"{base}/submit", f"{base}/discard",
        *(f"{base}/entries/{deed}" for deed in of_entries),
    ]  # fmt: skip
    assert look(world, live, browser, officer, paths) == []
    # The public reads what has been adopted.
    assert look(world, live, browser, None, [f"/catalogue/editions/{edition.base_id}"]) == []


@pytest.mark.sqlite_only
def test_the_pages_of_a_bidder(world: Any, live: Any, browser: Any) -> None:
    announcement, provider = world.announced(), world.people.providers[0]
    for _ in range(2):
        world.seal_file(announcement, provider)
    address = f"/announcements/{announcement.id}/bid"
    paths = [address, f"{address}/trial", "/bids/guide"]
    assert look(world, live, browser, provider, paths) == []
    bid = world.submit(announcement, provider)
    assert (
        look(world, live, browser, provider, [f"/bids/{bid.receipt}", f"/bids/{bid.receipt}/withdraw", address]) == []
    )


@pytest.mark.sqlite_only
def test_the_pages_of_the_others(world: Any, live: Any, browser: Any) -> None:
    competition = world.ready()
    expert = world.panel_of(competition)[0]
    assert look(world, live, browser, expert, [f"/transfers/{competition.transfer.id}/competition/score"]) == []
    transfer = world.handed_over()
    provider = world.provider_of(transfer)
    assert look(world, live, browser, provider, ["/workbench", "/bids/", f"/transfers/{transfer.id}"]) == []
    transfer = world.inspected()
    assert look(world, live, browser, world.people.evaluator, [f"/transfers/{transfer.id}/evaluation/conclude"]) == []
    assert (
        look(world, live, browser, world.people.auditor, ["/audit", "/audit/verify", f"/transfers/{transfer.id}"]) == []
    )


@pytest.mark.sqlite_only
def test_the_pages_of_accounts_and_departments(world: Any, live: Any, browser: Any) -> None:
    world.keyed()
    people = world.people
    last = world.today + timedelta(days=5)
    world.do(substitutions.grant_substitution, people.approver, people.payer, world.today, last, by=people.approver)
    department = f"/departments/{people.other_department.id}"
    world.do(
        rename_department, people.other_department, "社会发展局", "Social Development Bureau", since=world.today,
        by=people.system_admin,
    )  # fmt: skip
    account, opener, own = (f"/users/{row.id}" for row in (people.officer, people.payer, people.approver))
    paths = [
        account,
        f"{account}/deactivate",
        f"{opener}/deactivate",
        own,
        f"{account}/email",
        f"{account}/substitution",
    ]
    assert look(world, live, browser, people.security_admin, ["/users", *paths]) == []
    paths = [department, f"{department}/rename", f"{department}/describe", "/departments/new", "/calendar/enter"]
    assert look(world, live, browser, people.system_admin, ["/departments", *paths]) == []
    paths = ["/account", "/workbench", f"{own}/substitution", f"{own}/email", "/policy"]
    assert look(world, live, browser, people.approver, paths) == []
    provider = people.providers[0]
    home = f"/organisations/{provider.organisation_id}"
    colleague = world.do(
        enrol_colleague, provider.organisation, Role.DRAFTER, PersonTerms(login="lin.er", name="林二"),
        NewPassword("清风徐来水波不兴二零二五", "hash"), by=provider,
    )  # fmt: skip
    details = PaymentTerms("11010519491231002X", "浙江龙港农村商业银行", "201000-123456789012")
    world.do(keep_payment_details, provider.organisation, details, by=provider)
    paths = [f"{home}/{part}" for part in ("payment-details", "identity-number", "bank-account")]
    assert look(world, live, browser, provider, paths) == []
    paths = [home, f"{home}/colleagues/new", f"/organisations/colleagues/{colleague.id}/stop", "/account"]
    assert look(world, live, browser, provider, paths) == []


@pytest.mark.sqlite_only
def test_the_pages_of_the_holders(world: Any, live: Any, browser: Any) -> None:
    people, transfer = world.people, world.resolved()
    base = f"/transfers/{transfer.id}"
    appoint = [f"{base}/{kind}/appoint" for kind in ("opener", "opening-witness", "custodian")]
    assert look(world, live, browser, people.officer, appoint) == []
    world.appoint_holder(transfer, Appointed.OPENER, people.payer)
    assert look(world, live, browser, people.payer, [f"{base}/opener/accept"]) == []
    sheet_of = world.appoint_holder(transfer, Appointed.CUSTODIAN, people.second_member)
    assert look(world, live, browser, people.second_member, [f"{base}/custodian/accept"]) == []
    world.accept_holding(sheet_of)
    assert look(world, live, browser, people.second_member, [f"{base}/sheet/confirm"]) == []


@pytest.mark.sqlite_only
def test_the_pages_of_the_sitting(world: Any, live: Any, browser: Any) -> None:
    people, announcement = world.people, world.bid()
    base, public = (
        f"/transfers/{announcement.transfer.id}",
        f"/announcements/{announcement.publication.reference}/opening",
    )
    world.go_to(opens_at(announcement))
    paths = [f"{base}/competition/open", f"{base}/opening/adjourn", f"{base}/secret/report"]
    assert look(world, live, browser, people.payer, paths) == []
    assert look(world, live, browser, people.officer, [f"{base}/competition/fail"]) == []
    world.opened(announcement)
    bid = bid_of(announcement, people.providers[0].organisation_id)
    assert bid is not None
    paths = [f"/bids/{bid.receipt}/confirm-opening", f"/bids/{bid.receipt}/object-opening", "/bids/guide"]
    assert look(world, live, browser, people.providers[0], paths) == []
    remark = world.do(object_opening, bid, text="公布的时间与截止时间不符。", by=people.providers[0])
    answer = f"{base}/opening/objections/{remark.id}/answer"
    assert look(world, live, browser, people.officer, [answer]) == []
    assert look(world, live, browser, None, [public, f"/verify?receipt={bid.receipt}"]) == []


@pytest.mark.sqlite_only
def test_the_pages_of_the_holidays(world: Any, live: Any, browser: Any) -> None:
    assert look(world, live, browser, world.people.system_admin, ["/calendar/2026", "/calendar/enter"]) == []


@pytest.mark.sqlite_only
def test_the_pages_of_a_supplement_and_of_a_take_back(world: Any, live: Any, browser: Any) -> None:
    people, transfer = world.people, world.handed_over()
    base = f"/transfers/{transfer.id}"
    paths = [f"{base}/agreement/supplements/draft", f"{base}/take-backs/propose"]
    assert look(world, live, browser, people.officer, paths) == []
    supplement = world.supplement_drafted(transfer)
    path = f"{base}/agreement/supplements/{supplement.id}/confirm"
    assert look(world, live, browser, world.provider_of(transfer), [path]) == []
    world.supplement_confirmed(supplement)
    path = f"{base}/agreement/supplements/{supplement.id}/conclude"
    assert look(world, live, browser, people.approver, [path]) == []
