"""One transfer walked from its draft to its closing by the forms of its pages, each sent by whoever's turn it is."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from procurement.registers import audit
from procurement.registers.access import Appointed
from procurement.registers.indicators import expenditure_frame
from procurement.steps.agreement.models import agreement_of
from procurement.steps.announcement.models import current_announcement
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.models.bids import active_bids
from procurement.steps.competition.models.review import award_of_transfer, competition_of
from procurement.steps.competition.models.talks import call_of
from procurement.steps.competition.talks.rules import settles_at
from procurement.transfers.conference.models import ItemKind, pending_items
from procurement.transfers.ex_ante import all_checks
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer, TransferStatus, all_transfers
from procurement.transfers.sections import FIELDS, Section
from tests.web.browsing import fields_of, forget, get, send, signed_in

PDF = b"%PDF-1.4\n% a bid\n%%EOF\n"

# The first section begins the plan; the others follow in their order, each by its own form.
MATTER = {"title": "城市管家服务", "title_en": "City steward service", "power_code": "Q0020"}
PLAN = {
    "need": "主次干道需要一体化管养。",
    "public_opinion": "征求了三个社区的意见。", "content": "保洁、巡查、便民。", "quantity": "道路 62 公里。", "quality": "一级标准。",
    "goal": "整洁有序。", "indicators-0-level": "output", "indicators-0-name": "保洁里程", "indicators-0-target": "62 公里",
    "indicators-0-weight": "60", "indicators-1-level": "satisfaction", "indicators-1-name": "满意度",
    "indicators-1-target": "九成", "indicators-1-weight": "40", "fundings-0-line": "2025|2120501", "fundings-0-amount": "1300000",
    "ceiling": "1,280,000.00", "term_months": "12", "method": "consultation", "method_reason": "标准需要磋商。",
    "qualification": "具有相应的服务能力。", "criteria-0-kind": "price", "criteria-0-name": "价格", "criteria-0-standard": "低价优先",
    "criteria-0-weight": "20", "criteria-1-kind": "quality", "criteria-1-name": "服务方案", "criteria-1-standard": "完整可行",
    "criteria-1-weight": "80", "installments-0-name": "终期", "installments-0-condition": "验收合格",
    "installments-0-percent": "100", "installments-0-due_month": "12", "risk": "恶劣天气增派人手。", "exit": "期满移交台账。",
}  # fmt: skip


def the_transfer() -> Transfer:
    """The only one there is."""
    (transfer,) = all_transfers()
    return transfer


def secrets_of_holders(world: Any, base: str) -> dict[str, str]:
    """The three holders appointed and accepted by their forms, and what each was shown."""
    officer = signed_in(world, world.people.officer)
    secrets = {}
    holders = {
        "opener": world.people.approver,
        "opening-witness": world.people.auditor,
        "custodian": world.people.second_member,
    }
    for part, person in holders.items():
        send(officer, f"{base}/{part}/appoint", {"person": str(person.id)})
        holder = signed_in(world, person)
        shown = send(holder, f"{base}/{part}/accept", status=200).get_data(as_text=True)
        if part == "custodian":
            *groups, word = re.findall(r"<span>([2-9A-Z]{4})</span>", shown)
            secrets[part] = "-".join(groups)
            send(holder, f"{base}/sheet/confirm", {"check_word": word.lower()})
        else:
            found = re.search(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){4}", shown)
            assert found is not None
            secrets[part] = found.group()
    return secrets


@pytest.mark.sqlite_only
def test_a_transfer_walks_from_draft_to_closing_by_its_forms(world: Any) -> None:
    people = world.people
    officer, approver = signed_in(world, people.officer), signed_in(world, people.approver)
    send(officer, "/transfers/new/011401", MATTER)
    base = f"/transfers/{the_transfer().id}"
    for section in list(Section)[1:]:
        typed = {key: value for key, value in PLAN.items() if key.split("-")[0] in FIELDS[section]}
        send(officer, f"{base}/plan/revise/{section.value}", typed)

    send(officer, f"{base}/plan/submit")
    grades = {f"grade-{check.code}": "good" for check in all_checks()}
    seen = str(the_transfer().plan.version)
    send(approver, f"{base}/plan/evaluate", {**grades, "opinion": "予以支持。", "seen": seen})
    chair = signed_in(world, people.member)
    convened = send(chair, f"/conferences/convene/for/{the_transfer().id}", {"place": "市府三楼会议室"})
    meeting = convened.headers["Location"]
    (item,) = pending_items(ItemKind.PLAN, [the_transfer().plan.id]).values()
    send(chair, f"{meeting}/open")
    for voter in people.conference:
        send(signed_in(world, voter), f"/conferences/items/{item.id}/vote", {"choice": "for"})
    send(chair, f"/conferences/items/{item.id}/resolve", {"opinion": "同意。"})
    send(chair, f"{meeting}/close")
    assert the_transfer().step is Step.ANNOUNCEMENT

    secrets = secrets_of_holders(world, base)
    send(officer, f"{base}/announcement/draft", {"summary": "征集承接组织。", "contact": "林晓 0577-68610000"})
    send(officer, f"{base}/intention/waive", {"reason": "台风毁坏绿地，急需恢复。"})
    send(officer, f"{base}/documents/assemble")
    send(officer, f"{base}/announcement/publish")
    assert the_transfer().step is Step.COMPETITION
    send(officer, f"{base}/announcement/medium", {"address": "https://zfcg.czt.zj.gov.cn/notice/1"})

    announcement = current_announcement(the_transfer())
    assert announcement is not None
    for number, provider in enumerate(people.providers[:3]):
        price = str(1_200_000 + number * 20_000)
        bidder, form = signed_in(world, provider), f"/announcements/{announcement.id}/bid"
        page = fields_of(get(bidder, form))
        forget()
        chosen = [(io.BytesIO(PDF), "响应文件.pdf"), (io.BytesIO(PDF), "人员.pdf")]
        sealed = bidder.post(f"{form}/files", data={**page, "document": chosen})
        assert sealed.status_code == 303
        # What is ticked on the page is what a browser sends.
        ticked = re.findall(r'name="files" id="[^"]+" value="([0-9a-f]{32})" checked', get(bidder, form))
        assert len(ticked) == 2
        typed = {"price": price, "lead": "李四", "files": ticked, "truthful": "y", "independent": "y"}
        send(bidder, form, typed)
    world.go_to(opens_at(announcement))
    custodian = max(the_transfer().appointments, key=lambda row: row.id)
    typed = {"passphrase": secrets["opener"].lower().replace("-", " "), "second": str(custodian.id)}
    send(approver, f"{base}/competition/open", {**typed, "second_passphrase": secrets["custodian"].lower()})
    bids = active_bids(announcement)
    send(officer, f"{base}/competition/qualify", {f"verdict-{bid.id}": "yes" for bid in bids})
    send(officer, f"{base}/competition/panel", {"size": "3"})
    met = {f"took_part-{bid.id}": "yes" for bid in bids} | {
        f"minutes-{bid.id}": "逐项核对，没有不同意见。" for bid in bids
    }
    send(officer, f"{base}/competition/meetings/record", met)
    send(officer, f"{base}/competition/offers/invite")
    for bid, provider in zip(sorted(bids, key=lambda row: row.organisation_id), people.providers, strict=False):
        assert bid.price is not None
        final = str(bid.price.fen // 100 - 10_000)
        send(signed_in(world, provider), f"/bids/{bid.receipt}/offer", {"price": final, "response": "完全响应。"})
    competition = competition_of(announcement)
    assert competition is not None
    call = call_of(competition)
    assert call is not None
    world.go_to(settles_at(call))
    send(approver, f"{base}/competition/offers/open", {**typed, "second_passphrase": secrets["custodian"].lower()})
    members = the_transfer().appointed(Appointed.PANEL_MEMBER)
    criterion = the_transfer().plan.quality_criteria[0]
    for expert in [person for person in people.experts if person.id in members]:
        points = {f"points-{bid.id}-{criterion.id}": str(60 + place) for place, bid in enumerate(bids)}
        send(signed_in(world, expert), f"{base}/competition/score", {**points, "no_conflict": "y", "opinion": ""})
    send(officer, f"{base}/competition/conclude")
    send(approver, f"{base}/award/confirm")
    award = award_of_transfer(the_transfer())
    assert award is not None
    send(officer, f"{base}/award/publish", {"amount": award.price.plain})
    assert the_transfer().step is Step.AGREEMENT

    winner = next(person for person in people.providers if person.organisation_id == the_transfer().provider_id)
    provider = signed_in(world, winner)
    send(
        officer,
        f"{base}/agreement/draft",
        {"place": "龙城片区", "data_protection": "不处理个人信息。", "special_terms": ""},
    )
    send(provider, f"{base}/agreement/confirm")
    send(approver, f"{base}/agreement/conclude")
    send(officer, f"{base}/agreement/publish")
    send(officer, f"{base}/agreement/file", {"filing_number": "龙财采备〔2025〕9号"})
    assert the_transfer().step is Step.HANDOVER

    rows = {
        f"items-{place}-{name}": value
        for place, section in enumerate(("matter", "duties", "procedures", "continuity"))
        for name, value in (("section", section), ("name", "清单一项"), ("quantity", "1 份"))
    }
    send(officer, f"{base}/handover/draft", {**rows, "witness": str(people.supervisor.id)})
    for person in (people.officer, winner, people.supervisor):
        send(signed_in(world, person), f"{base}/handover/sign")
    assert the_transfer().step is Step.PERFORMANCE

    agreement = agreement_of(the_transfer())
    assert agreement is not None
    milestone = agreement.milestones[0]
    world.go_to(milestone.due_on)
    work = f"{base}/milestones/{milestone.id}"
    provider, officer, approver = (signed_in(world, person) for person in (winner, people.officer, people.approver))
    send(provider, f"{work}/report", {"report": "全部完成。", "evidence": (io.BytesIO(PDF), "台账.pdf")})
    send(approver, f"{work}/accept", {"findings": "逐项相符。", "users_opinion": "三个社区代表到场，都满意。"})
    send(officer, f"{work}/payment/request")
    send(signed_in(world, people.payer), f"{work}/payment/make", {"amount": milestone.amount.plain, "voucher": "付-1"})
    assert the_transfer().step is Step.SUPERVISION

    send(
        officer,
        f"{base}/inspections/record",
        {"place": "龙城片区", "result": "good", "findings": "抽查三处，都符合约定。"},
    )
    frame = expenditure_frame(world.today)
    marks = {f"score-{row.key}": f"{row.points:f}" for row in frame.indicators}
    sections = dict.fromkeys(("overview", "method", "experience", "problems", "advice"), "如实记录。")
    send(signed_in(world, people.evaluator), f"{base}/evaluation/conclude", {**marks, **sections, "independence": "y"})
    send(officer, f"{base}/close")
    assert the_transfer().status is TransferStatus.CLOSED
    assert all(record.left_at for record in the_transfer().records)

    auditor = signed_in(world, people.auditor)
    for path in (f"{base}/agreement/document", f"{base}/evaluation/document"):
        forget()
        assert auditor.get(path).data.startswith(b"%PDF-")
    assert audit.first_broken_line() is None
