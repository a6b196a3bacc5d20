"""A published announcement in a browser: entered, corrected, amended, asked about, followed, taken away; what its pages say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar

from procurement.foundation.clock import LOCAL
from procurement.foundation.money import Money
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.steps.announcement import operations as announcement_operations
from procurement.steps.announcement.models import Announcement, documents_of
from procurement.steps.announcement.published.models import downloads_of, open_enquiries, subscriptions_of
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.changes import operations as changes
from procurement.steps.competition.changes.rules import WithdrawalGround
from procurement.steps.competition.models.bids import active_bids
from procurement.steps.competition.rules import remarks_until
from tests.steps.preliminaries.test_preliminaries import secured
from tests.web.browsing import fields_of, forget, get, send, signed_in, status, text_of
from tests.web.test_pages_of_the_line import faults_of, look

pytestmark = pytest.mark.sqlite_only


def address(announcement: Announcement) -> str:
    assert announcement.publication is not None
    return f"/announcements/{announcement.publication.reference}"


def base_of(announcement: Announcement) -> str:
    return f"/transfers/{announcement.transfer_id}"


def tasks(client: FlaskClient) -> str:
    """What waits on a person's workbench, without the messages beside it."""
    return get(client, "/workbench").split("<aside>")[0]


def press(client: FlaskClient, path: str, expected: int = 303) -> None:
    """Press a button that stands on a page of something else."""
    token = fields_of(get(client, "/subscriptions"))["csrf_token"]
    forget()
    assert client.post(path, data={"csrf_token": token}).status_code == expected


def test_the_notice_in_the_medium_is_copied_and_its_address_taken_back(world: Any) -> None:
    announcement = world.announcement_drafted()
    world.do(announcement_operations.publish_announcement, announcement, by=world.people.officer)
    base = base_of(announcement)
    officer = signed_in(world, world.people.officer)
    shown = get(officer, base)
    assert "还没有起算" in shown
    assert f"{base}/announcement/medium" in shown
    assert faults_of(world, world.people.officer, f"{base}/announcement/medium", base) == []
    page = get(officer, f"{base}/announcement/medium")
    parts = (
        "项目概况",
        "一、项目基本情况",
        "二、申请人的资格要求",
        "三、获取采购文件",
        "四、提交投标",
        "五、公告期限",
        "六、其他补充事宜",
        "七、对本次采购",
    )
    assert [page.index(part) for part in parts] == sorted(page.index(part) for part in parts)
    for fact in (
        "1,280,000.00 元",
        "壹佰贰拾捌万元整",
        "竞争性磋商",
        "不接受联合体",
        "张三 0577-5990001",
        "5 个工作日",
    ):
        assert fact in page
    forget()
    file = officer.get(f"{base}/announcement/medium.txt")
    assert file.mimetype == "text/plain"
    assert "项目概况" in file.get_data(as_text=True)
    typed = {"published_on": world.today.isoformat(), "address": "浙江政府采购网"}
    refused = send(officer, f"{base}/announcement/medium", typed, status=422).get_data(as_text=True)
    assert "浙江政府采购网" in refused
    assert "https://" in refused
    send(officer, f"{base}/announcement/medium", typed | {"address": "https://zfcg.czt.zj.gov.cn/1"})
    assert "还没有起算" not in get(officer, base)
    assert "https://zfcg.czt.zj.gov.cn/1" in look(world.app.test_client(), address(announcement))
    assert faults_of(world, world.people.officer, f"{base}/announcement/medium") == []
    assert status(signed_in(world, world.people.providers[0]), f"{base}/announcement/medium") == 404


def test_a_correction_shows_its_banner_its_table_and_the_old_version(world: Any) -> None:
    announcement = world.announced()
    base, old = base_of(announcement), address(announcement)
    officer = signed_in(world, world.people.officer)
    assert f"{base}/announcement/correct" in get(officer, base)
    typed = {"contact": "李四 0577-5990002", "reason": "换了联系人。"}
    refused = send(officer, f"{base}/announcement/correct", typed, status=422).get_data(as_text=True)
    assert "李四 0577-5990002" in refused
    assert "不能影响投标文件的编制" in refused
    send(officer, f"{base}/announcement/correct", typed | {"editorial": "y"})
    assert faults_of(world, world.people.officer, f"{base}/announcement/correct") == []
    visitor = world.app.test_client()
    newest = look(visitor, address(announcement))
    for said in ("文字更正", "换了联系人。", "张三 0577-5990001", "李四 0577-5990002", "第 2 版"):
        assert said in newest
    former = look(visitor, old)
    assert "这是旧版" in former
    assert address(announcement) in former
    listed = get(visitor, "/announcements")
    assert address(announcement) in listed
    assert old not in listed


def test_an_amendment_is_typed_checked_and_confirmed_by_the_bidder(world: Any) -> None:
    announcement = world.bid()
    base, people = base_of(announcement), world.people
    officer = signed_in(world, people.officer)
    path = f"{base}/announcement/amend"
    assert faults_of(world, people.officer, path) == []
    over = send(officer, path, {"ceiling": "1300000.01", "reason": "加价。"}, status=422).get_data(as_text=True)
    assert "1300000.01" in over
    # What looks discriminatory is shown once and goes on only when it has been looked at.
    unfair = {"qualification": "注册资本不少于 500 万元。", "reason": "改条件。"}
    marked = send(officer, path, unfair, status=422).get_data(as_text=True)
    assert "看上去不平等" in marked
    assert "注册资本" in marked
    assert announcement.edition == 1
    send(officer, path, {"quantity": "道路 70 公里。", "ceiling": "1210000", "reason": "核对以后数量有出入。"})
    shown = look(world.app.test_client(), address(announcement))
    for said in ("实质变更", "核对以后数量有出入。", "道路 70 公里。", "1,280,000.00 元", "1,210,000.00 元"):
        assert said in shown
    bid = next(row for row in active_bids(announcement) if row.organisation_id == people.providers[0].organisation_id)
    bidder = signed_in(world, people.providers[0])
    receipt = get(bidder, f"/bids/{bid.receipt}")
    assert f"/bids/{bid.receipt}/confirm" in receipt
    assert faults_of(world, people.providers[0], f"/bids/{bid.receipt}", f"/bids/{bid.receipt}/confirm") == []
    page = get(bidder, f"/bids/{bid.receipt}/confirm")
    assert "1,210,000.00 元" in page
    stale = send(bidder, f"/bids/{bid.receipt}/confirm", {"seen": "1"}, status=409).get_data(as_text=True)
    assert "又变更过" in stale
    send(bidder, f"/bids/{bid.receipt}/confirm")
    assert "/confirm" not in get(bidder, f"/bids/{bid.receipt}")
    assert status(signed_in(world, people.providers[1]), f"/bids/{bid.receipt}/confirm") == 404
    # Nothing of it shows who has confirmed.
    assert people.providers[0].organisation.name not in get(officer, base)


@pytest.mark.parametrize(
    ("deed", "typed", "elsewhere"),
    [
        ("amend", {"quantity": "700 公里", "reason": "数量有出入。"}, {"ceiling": Money.yuan("1250000")}),
        ("correct", {"contact": "王五 0577-5990003", "reason": "换人。", "editorial": "y"}, {"ceiling": Money.yuan("1250000")}),
    ],
)  # fmt: skip
def test_a_form_from_before_a_newer_version_takes_nothing_back(
    world: Any, deed: str, typed: dict[str, str], elsewhere: dict[str, Any]
) -> None:
    announcement = world.bid()
    officer, path = signed_in(world, world.people.officer), f"{base_of(announcement)}/announcement/{deed}"
    stale = fields_of(get(officer, path))
    world.amend(announcement, **elsewhere)
    forget()
    answer = officer.post(path, data={**stale, **typed})
    assert answer.status_code == 409
    assert "别人又发布了第 2 版" in answer.get_data(as_text=True)
    assert (announcement.edition, announcement.transfer.plan.ceiling) == (2, elsewhere["ceiling"])


def test_a_deadline_is_extended_and_a_call_withdrawn_by_their_forms(world: Any) -> None:
    announcement = world.bid()
    base, officer = base_of(announcement), signed_in(world, world.people.officer)
    later = announcement.closes_at + timedelta(days=2)
    typed = {"closes_at": later.strftime("%Y-%m-%d 09:30"), "reason": "放假。"}
    send(officer, f"{base}/announcement/deadline/extend", typed)
    assert faults_of(
        world, world.people.officer, f"{base}/announcement/deadline/extend", f"{base}/announcement/withdraw"
    ) == []  # fmt: skip
    same = send(officer, f"{base}/announcement/deadline/extend", typed, status=422).get_data(as_text=True)
    assert "只能往后移" in same
    send(officer, f"{base}/announcement/withdraw", {"ground": "cancelled", "reason": "任务取消。"})
    (notice,) = newest_publications(PublicationKind.WITHDRAWAL_NOTICE)
    visitor = world.app.test_client()
    told = look(visitor, f"/announcements/{notice.reference}")
    for said in ("采购任务取消", "任务取消。", address(announcement)):
        assert said in told
    assert f"/announcements/{notice.reference}" in get(visitor, "/results")
    shown = look(visitor, address(announcement))
    assert f"/announcements/{notice.reference}" in shown
    assert "提交投标</a>" not in shown
    # The form of the second round begins with the words of the first.
    world.keyed(announcement.transfer)
    form = get(officer, f"{base}/announcement/draft")
    assert announcement.summary in form
    again = world.announced(announcement.transfer)
    second = look(visitor, address(again))
    assert address(announcement) in second
    assert f"/announcements/{notice.reference}" in second
    assert address(again) in get(visitor, address(announcement))


def test_a_failed_round_and_the_next_lead_to_each_other(world: Any) -> None:
    announcement = world.announced()
    world.go_to(announcement.closes_at + timedelta(minutes=1))
    base, officer = base_of(announcement), signed_in(world, world.people.officer)
    send(officer, f"{base}/competition/fail", {"reason": "没有人投标。"})
    again = world.announced(world.keyed(announcement.transfer))
    (failure,) = newest_publications(PublicationKind.FAILURE_NOTICE)
    visitor = world.app.test_client()
    failed = look(visitor, f"/announcements/{failure.reference}")
    assert address(announcement) in failed
    assert address(again) in failed
    assert f"/announcements/{failure.reference}" in get(visitor, address(again))


def test_a_question_is_seen_by_who_asked_and_who_answers_until_it_is_public(world: Any) -> None:
    announcement, people = world.announced(), world.people
    base, path = base_of(announcement), f"/announcements/{announcement.id}/ask"
    asker, officer = signed_in(world, people.providers[0]), signed_in(world, people.officer)
    assert path in get(asker, address(announcement))
    assert faults_of(world, people.providers[0], path) == []
    assert "这一项必须填写" in send(asker, path, {"question": ""}, status=422).get_data(as_text=True)
    send(asker, path, {"question": "夜班要几个人？"})
    # What was flashed is said once, in the language of its deed.
    assert "答复会公开" in get(asker, address(announcement))
    assert "夜班要几个人？" in look(asker, address(announcement))
    for other in (people.providers[1], people.member, people.approver):
        assert "夜班要几个人？" not in get(signed_in(world, other), address(announcement))
    assert "夜班要几个人？" not in get(world.app.test_client(), address(announcement))
    (enquiry,) = open_enquiries(announcement)
    answering = f"{base}/enquiries/{enquiry.id}/answer"
    assert answering in get(officer, base)
    page = get(officer, answering)
    assert "夜班要几个人？" in page
    assert people.providers[0].name not in page
    assert people.providers[0].organisation.name not in page
    assert faults_of(world, people.officer, answering) == []
    assert status(signed_in(world, people.providers[1]), answering) == 404
    moved = send(officer, answering, {"answer": "不少于四人。", "is_material": "y"})
    assert moved.headers["Location"].endswith("/announcement/amend")
    shown = look(world.app.test_client(), address(announcement))
    assert "不少于四人。" in shown
    assert people.providers[0].organisation.name not in shown
    assert status(officer, answering) == 409


def test_a_later_version_is_copied_to_the_medium_and_its_address_taken_back(world: Any) -> None:
    announcement = world.announced()
    world.amend(announcement, quantity="道路 70 公里。")
    base, officer = base_of(announcement), signed_in(world, world.people.officer)
    entering = f"{base}/announcement/medium/{announcement.versions[-1].id}"
    assert entering in get(officer, base)
    page = get(officer, entering)
    for part in ("更正公告", "1.数量", "更正前：道路 62 公里，绿地 18 万平方米。", "更正后：道路 70 公里。"):
        assert part in page
    assert faults_of(world, world.people.officer, entering) == []
    send(officer, entering, {"address": "https://zfcg.czt.zj.gov.cn/notice/9"})
    assert entering not in get(officer, base)
    assert "notice/9" in get(world.app.test_client(), address(announcement))
    assert status(officer, entering) == 409
    other = world.announced(world.resolved(title="另一件"))
    assert status(officer, f"{base_of(other)}/announcement/medium/{announcement.versions[-1].id}") == 404


def test_of_a_call_given_up_before_its_deadline_only_who_pays_back_reads_who_had_bid(world: Any) -> None:
    announcement = secured(world)
    world.submit(announcement, world.people.providers[0])
    world.do(
        changes.withdraw_announcement,
        announcement,
        WithdrawalGround.CANCELLED,
        reason="取消。",
        by=world.people.officer,
    )
    listing, name = f"{base_of(announcement)}/competition/securities", world.people.providers[0].organisation.name
    assert name in get(signed_in(world, world.people.officer), listing)
    assert name not in get(signed_in(world, world.people.auditor), listing)
    world.go_to(announcement.closes_at)
    assert name in get(signed_in(world, world.people.auditor), listing)


def test_securities_are_listed_after_the_attempt_has_failed(world: Any) -> None:
    announcement = secured(world)
    bid = world.submit(announcement, world.people.providers[0])
    base, officer = base_of(announcement), signed_in(world, world.people.officer)
    listing = f"{base}/competition/securities"
    name = world.people.providers[0].organisation.name
    assert listing in get(officer, base)
    assert name not in get(officer, listing)
    world.go_to(opens_at(announcement))
    world.fail(announcement)
    officer = signed_in(world, world.people.officer)
    page = get(officer, listing)
    assert name in page
    assert f"/bids/{bid.receipt}/security/return" in page
    assert faults_of(world, world.people.officer, listing) == []
    for other in (world.people.providers[1], world.people.other_officer):
        assert status(signed_in(world, other), listing) == 404
    done = send(officer, f"/bids/{bid.receipt}/security/return", {})
    assert done.headers["Location"].endswith(listing)
    assert "已退还" in get(officer, listing)


def test_a_text_taken_away_is_kept_and_the_dates_go_into_a_calendar(world: Any) -> None:
    announcement = world.announced()
    client = signed_in(world, world.people.providers[0])
    forget()
    taken = client.get(f"{address(announcement)}/text.txt")
    assert "项目概况" in taken.get_data(as_text=True)
    forget()
    world.app.test_client().get(f"{address(announcement)}/text.txt")
    organisations = [row.organisation_id for row in downloads_of(announcement)]
    assert organisations == [world.people.providers[0].organisation_id, None]
    forget()
    calendar = Calendar.from_ical(world.app.test_client().get(f"{address(announcement)}/calendar.ics").data)
    events = {str(row["summary"]).split("：")[0]: row for row in calendar.walk("VEVENT")}
    assert set(events) == {"投标截止", "开启投标", "公告期限的最后一天"}
    assert events["投标截止"]["dtstart"].dt == announcement.closes_at
    assert len(calendar.walk("VALARM")) == 3
    # Nobody is told of it before the opening.
    officer = signed_in(world, world.people.officer)
    assert "下载过公告" not in get(officer, base_of(announcement))
    # A moved deadline is the same entry with a higher number.
    world.do(
        changes.extend_deadline, announcement, announcement.closes_at + timedelta(days=1), reason="延。", by=world.people.officer
    )  # fmt: skip
    forget()
    moved = Calendar.from_ical(world.app.test_client().get(f"{address(announcement)}/calendar.ics").data)
    (entry,) = [row for row in moved.walk("VEVENT") if row["uid"] == events["投标截止"]["uid"]]
    assert (entry["dtstart"].dt, int(entry["sequence"])) == (announcement.closes_at, 2)


def test_who_took_the_text_away_is_read_by_the_purchaser_once_bids_are_open(world: Any) -> None:
    announcement, provider = world.bid(), world.people.providers[3]
    forget()
    signed_in(world, provider).get(f"{address(announcement)}/text.txt")
    world.opened(announcement)
    path = f"{base_of(announcement)}/competition"
    assert provider.organisation.name in look(signed_in(world, world.people.officer), path)
    assert provider.organisation.name not in get(signed_in(world, world.people.supervisor), path)


def test_codes_and_announcements_are_followed(world: Any) -> None:
    announcement, provider = world.announced(), world.people.providers[0]
    client = signed_in(world, provider)
    assert "/subscriptions?code=011401" in get(client, "/catalogue/011401")
    assert 'value="0114"' in get(client, "/subscriptions?code=0114")
    send(client, "/subscriptions", {"code": "0114"})
    assert faults_of(world, provider, "/subscriptions") == []
    assert "已经关注" in send(client, "/subscriptions", {"code": "0114"}, status=422).get_data(as_text=True)
    (row,) = subscriptions_of(provider)
    forget()
    other = signed_in(world, world.people.providers[1])
    assert "/interest/begin" in get(client, address(announcement))
    press(client, f"/announcements/{announcement.id}/interest/begin")
    assert "/interest/end" in get(client, address(announcement))
    press(client, f"/announcements/{announcement.id}/interest/end")
    assert "/interest/begin" in get(client, address(announcement))
    press(other, f"/subscriptions/{row.id}/end", 404)
    press(client, f"/subscriptions/{row.id}/end")
    assert list(subscriptions_of(provider)) == []
    assert status(world.app.test_client(), "/subscriptions") == 303


def test_a_ground_is_named_in_the_readers_language(world: Any) -> None:
    announcement = world.announced()
    notice = world.do(
        changes.withdraw_announcement, announcement, WithdrawalGround.UNLAWFUL, reason="评分标准泄露。", by=world.people.officer
    )  # fmt: skip
    assert "违法、违规" in get(world.app.test_client(), f"/announcements/{notice.reference}")


def test_a_bid_that_waits_for_its_confirmation_is_told_wherever_its_bidder_looks(world: Any) -> None:
    announcement = world.bid()
    provider, other = world.people.providers[:2]
    bid = next(row for row in active_bids(announcement) if row.organisation_id == provider.organisation_id)
    client, where = signed_in(world, provider), f"/bids/{bid.receipt}/confirm"
    pages = ("/workbench", "/bids/", f"/bids/{bid.receipt}", f"/announcements/{announcement.id}/bid")
    for path in (*pages, address(announcement)):
        assert where not in get(client, path)
    world.go_to(world.now + timedelta(minutes=5))
    world.amend(announcement, quantity="道路 70 公里。")
    for path in (*pages, address(announcement)):
        assert where in get(client, path), path
    assert "等您确认变更" in get(client, "/bids/")
    assert "投标：等您确认变更" in get(client, f"/bids/{bid.receipt}")
    assert "不予开启" in get(client, "/workbench")
    # Of another's bid nothing is told.
    stranger = signed_in(world, other)
    for path in ("/workbench", address(announcement)):
        assert bid.receipt not in get(stranger, path)
        assert bid.receipt not in get(signed_in(world, world.people.officer), path)
    send(client, where)
    for path in (*pages[1:], address(announcement)):
        assert where not in get(client, path), path
    assert where not in tasks(client)
    assert "已按第 2 版确认" in get(client, "/bids/")
    assert "已按第 2 版确认" in get(client, f"/bids/{bid.receipt}")


def test_an_opening_waits_on_the_bidders_workbench_while_it_may_speak(world: Any) -> None:
    competition = world.opened()
    announcement, provider = competition.announcement, world.people.providers[0]
    client, where = signed_in(world, provider), f"{address(announcement)}/opening"
    assert f'href="{where}"' in tasks(client)
    assert "没有提出的，视为认可" in get(client, "/workbench")
    bid = next(row for row in active_bids(announcement) if row.organisation_id == provider.organisation_id)
    send(client, f"/bids/{bid.receipt}/confirm-opening")
    assert f'href="{where}"' not in tasks(client)
    last = signed_in(world, world.people.providers[1])
    assert f'href="{where}"' in tasks(last)
    world.go_to(remarks_until(competition))
    assert f'href="{where}"' not in tasks(last)


def test_a_bidder_reads_what_it_has_begun_replaced_and_withdrawn_and_what_failed(world: Any) -> None:
    announcement, provider = world.announced(), world.people.providers[0]
    client = signed_in(world, provider)
    kept = world.seal_file(announcement, provider)
    assert "封存了 1 份文件，还没有提交" in get(client, "/bids/")
    first = world.submit(announcement, provider, "1200000", b"", keep=[kept])
    assert "准备中" not in get(client, "/bids/")
    world.go_to(world.now + timedelta(minutes=1))
    second = world.submit(announcement, provider, "1100000")
    listed, read = get(client, "/bids/"), get(client, f"/bids/{first.receipt}")
    assert "已被更换" in listed
    assert "投标：已被更换" in read
    assert f'href="/bids/{second.receipt}"' in read
    send(client, f"/bids/{second.receipt}/withdraw")
    for path in ("/bids/", f"/bids/{second.receipt}"):
        page = get(client, path)
        assert "已撤回" in page
        assert f'href="/announcements/{announcement.id}/bid"' in page
    third = world.submit(announcement, provider, "1000000")
    assert (
        f'href="/announcements/{announcement.id}/bid"'
        not in get(client, f"/bids/{second.receipt}").split("</section>")[0]
    )
    world.go_to(opens_at(announcement))
    world.fail(announcement)
    assert "本次流标，没有开启" in get(client, "/bids/")
    assert "投标：本次流标，没有开启" in get(client, f"/bids/{third.receipt}")


def test_a_replaced_bid_is_verified_as_replaced_and_a_wrong_hash_is_told_from_an_unknown_one(world: Any) -> None:
    announcement, provider = world.announced(), world.people.providers[0]
    first = world.submit(announcement, provider, "1200000")
    world.go_to(world.now + timedelta(minutes=1))
    last = world.submit(announcement, provider, "1100000")
    visitor = world.app.test_client()
    sealed = get(visitor, f"/verify?sha256={first.envelope_sha256}")
    unknown = get(visitor, f"/verify?sha256={'0' * 64}")
    assert "公开的清单里都没有它" in sealed
    assert "公开的清单里都没有它" in unknown
    assert "您填的是 12 位" in get(visitor, "/verify?sha256=abcdef012345")
    assert "五位、横线、五位" in get(visitor, "/verify?receipt=ABC")
    world.go_to(opens_at(announcement))
    world.fail(announcement)
    page = get(visitor, f"/verify?receipt={first.receipt}")
    assert "核对无误" in page
    assert "已经被更换，没有开启" in page
    assert "已经被更换" not in get(visitor, f"/verify?receipt={last.receipt}")


def test_what_lacks_is_listed_with_its_links_before_the_publication(world: Any) -> None:
    transfer = world.resolved()
    world.told_before(transfer)
    announcement = world.announcement_drafted(transfer)
    officer, base = signed_in(world, world.people.officer), f"/transfers/{transfer.id}"
    page = get(officer, f"{base}/announcement/publish")
    assert "发布以前还缺" not in page
    documents = documents_of(announcement)
    assert documents is not None
    world.do(announcement_operations.revise_announcement, announcement, summary="改过的摘要，写明做到什么程度。",
        closes_at=announcement.closes_at, contact=announcement.contact, by=world.people.officer)  # fmt: skip
    page = get(officer, f"{base}/announcement/publish")
    assert "发布以前还缺 1 项" in page
    assert f'href="{base}/documents/assemble"' in page
    refused = text_of(send(officer, f"{base}/announcement/publish", status=422))
    assert "没有办成，原因如下" in refused
    assert "您填的内容都在" not in refused


def test_the_documents_are_to_be_downloaded_where_the_page_says_so(world: Any) -> None:
    announcement = world.announcement_drafted()
    base, officer = base_of(announcement), signed_in(world, world.people.officer)
    page = get(officer, base)
    for form in ("pdf", "docx"):
        assert f'href="{base}/documents/{form}"' in page
    world.do(announcement_operations.publish_announcement, announcement, by=world.people.officer)
    page = get(officer, base)
    assert f'href="{base}/documents/pdf"' not in page
    assert f'href="{address(announcement)}/documents/1/pdf"' in page


def test_a_change_of_the_deadline_alone_is_led_to_its_own_deed_and_both_wrong_fields_are_told(world: Any) -> None:
    announcement = world.announced()
    base, officer = base_of(announcement), signed_in(world, world.people.officer)
    later = (announcement.closes_at + timedelta(days=7)).astimezone(LOCAL)
    typed = {"closes_at": f"{later:%Y-%m-%d %H:%M}", "reason": "多留一周。"}
    refused = text_of(send(officer, f"{base}/announcement/amend", typed, status=422))
    assert "请改用“顺延截止时间”" in refused
    typed = {"published_on": "2030-01-01", "address": "浙江政府采购网", "reason": "更正。"}
    refused = text_of(send(officer, f"{base}/announcement/medium", typed, status=422))
    assert "不是网址" in refused
    assert "到今天" in refused


def test_the_preparation_page_lists_everything_that_is_refused_when_empty(world: Any) -> None:
    announcement = world.announced()
    client = signed_in(world, world.people.providers[0])
    page = get(client, f"/announcements/{announcement.id}/bid")
    lacks = page.split("data-lacks", 1)[1].split("</section>", 1)[0]
    for said in ("项目负责人还没有填", "报价还没有填"):
        assert said in lacks
