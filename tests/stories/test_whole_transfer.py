"""One whole transfer, told once, by the people who take part in it; and that no step of it can be skipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from procurement.foundation.database import db
from procurement.foundation.errors import WrongState
from procurement.foundation.money import Money
from procurement.registers.access import Deed
from procurement.registers.audit import AuditLine, Outcome, first_broken_line
from procurement.registers.indicators import Grade
from procurement.registers.notices import tray, unread_count
from procurement.registers.people import User
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.statute.calendar import working_calendar
from procurement.steps import rooms
from procurement.steps.agreement import operations as agreement_operations
from procurement.steps.agreement import rules as agreement_rules
from procurement.steps.announcement import operations as announcement_operations
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import documents_of
from procurement.steps.announcement.published import operations as published_operations
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.changes import operations as change_operations
from procurement.steps.competition.changes.rules import WithdrawalGround
from procurement.steps.competition.models.bids import BidStatus, active_bids
from procurement.steps.competition.models.review import award_of_transfer
from procurement.steps.competition.operations import award as award_operations
from procurement.steps.competition.operations import bidding, review
from procurement.steps.competition.operations.review import Verdict
from procurement.steps.competition.talks import operations as talks
from procurement.steps.competition.talks import rules as talks_rules
from procurement.steps.competition.talks.rules import Held
from procurement.steps.handover import operations as handover_operations
from procurement.steps.holders import operations as holder_operations
from procurement.steps.performance.operations import delivery as delivery_operations
from procurement.steps.performance.operations import payment as payment_operations
from procurement.steps.supervision import operations as supervision_operations
from procurement.steps.supervision.models import InspectionResult, evaluation_of
from procurement.transfers import operations
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer, TransferStatus
from procurement.transfers.rules import terms_of
from tests.factories import World, handover_items, plan_terms, the_agreement

# ── the walk ───────────────────────────────────────────────────────────────────────────────────────────────────────


def standing(world: World, transfer: Transfer) -> list[str]:
    return [str(item) for item in rooms.standing_of(transfer, world.now, working_calendar()).outstanding]


def test_city_steward_service_from_a_draft_plan_to_a_closed_case(world: World) -> None:
    people = world.people

    # The department's officer drafts; the approver evaluates; the joint conference adopts.
    transfer = world.draft(plan_terms())
    assert standing(world, transfer) == ["方案还没有送交事前评估"]
    world.do(operations.submit_plan, transfer.plan, by=people.officer)
    world.clock.advance(timedelta(hours=2))
    world.evaluate(transfer, "17")
    world.adopt(transfer)
    assert transfer.step is Step.ANNOUNCEMENT

    # The announcement stands long enough by the law; four organisations bid, one of them twice.
    announcement = world.announced(transfer)
    assert transfer.step is Step.COMPETITION
    world.clock.advance(timedelta(days=1))
    for provider, price in zip(people.providers, ("1200000", "1150000", "1279999.99", "1000000"), strict=True):
        world.submit(announcement, provider, price)
    world.submit(announcement, people.providers[1], "1100000")
    assert [bid.status for bid in active_bids(announcement)] == [BidStatus.SUBMITTED] * 4

    # Opened at the hour; one bidder does not meet the conditions; the panel scores; the first is confirmed.
    competition = world.opened(announcement)
    verdicts = {
        bid.id: Verdict(bid.submitted_by is not people.providers[3], "没有环卫或绿化服务经验")
        for bid in active_bids(announcement)
    }
    world.do(review.qualify_bids, competition, verdicts, by=people.officer)
    world.reviewed(world.scored(world.drawn(competition)))
    assert world.first_of(competition).price == Money.yuan("1100000")
    world.awarded(competition)
    assert transfer.provider is people.providers[1].organisation

    # Both parties agree on one text; it is public and filed; three sign the list.
    agreement = world.agreement_drafted(transfer)
    world.agreed(agreement)
    assert transfer.step is Step.HANDOVER
    world.handed_over(world.handover_drafted(transfer))
    assert transfer.step is Step.PERFORMANCE

    # A year of service: an inspection in between, two milestones accepted and paid.
    world.go_to(agreement.milestones[0].due_on - timedelta(days=30))
    world.do(
        supervision_operations.record_inspection, transfer, inspected_on=world.today, place="龙金大道",
        result=InspectionResult.FAULTS, findings="一处绿地未及时补种。", by=people.supervisor,
    )  # fmt: skip
    world.performed(transfer)
    assert transfer.step is Step.SUPERVISION
    assert agreement.ends_on.year == 2026

    # An independent evaluator concludes; the officer closes.
    world.evaluated_ex_post(world.inspected(transfer))
    evaluation = evaluation_of(transfer)
    assert evaluation is not None
    assert evaluation.grade is Grade.EXCELLENT
    world.closed(transfer)
    assert (transfer.status, standing(world, transfer)) == (TransferStatus.CLOSED, [])

    # What it leaves: six steps in order, everything public published, a trail that holds.
    assert [record.step for record in transfer.records] == list(Step)
    public = {row.kind for row in newest_publications(*PublicationKind)}
    assert public == {
        PublicationKind.ANNOUNCEMENT,
        PublicationKind.OPENING_RECORD,
        PublicationKind.AWARD_NOTICE,
        PublicationKind.AGREEMENT_NOTICE,
        PublicationKind.ACCEPTANCE_NOTICE,
        PublicationKind.EVALUATION_NOTICE,
    }
    done = set(
        db.session.scalars(
            select(AuditLine.deed).where(AuditLine.outcome == Outcome.DONE, AuditLine.chain == transfer.chain_key)
        )
    )
    assert {Deed.PLAN_DRAFT, Deed.BIDS_OPEN, Deed.PAYMENT_MAKE, Deed.TRANSFER_CLOSE} <= done
    assert first_broken_line() is None
    assert unread_count(people.officer) > 5
    assert "未成交" in tray(people.providers[0])[0].message


def test_every_deed_of_the_line_is_done_in_one_walk(world: World) -> None:
    # What a walk leaves out is listed here: it happens where something goes wrong or more is wanted, and has tests of its own.
    aside = {
        "revise_plan", "report_secret", "replace_holder", "revise_announcement", "withdraw_bid", "fail_competition", "revise_agreement",
        "propose_terms", "confirm_terms", "leave_talks", "extend_offers",
        "revise_handover", "return_milestone", "pause_transfer", "resume_transfer", "draft_supplement", "confirm_supplement",
        "conclude_supplement", "withdraw_supplement", "correct_announcement", "amend_announcement", "extend_deadline",
        "withdraw_announcement", "confirm_bid", "ask_enquiry", "answer_enquiry", "begin_subscription", "end_subscription",
        "begin_interest", "end_interest", "complete_documents", "print_documents", "return_security",
        "enter_medium_change",
    }  # fmt: skip
    world.closed()
    done = {deed.function_name for deed in db.session.scalars(select(AuditLine.deed).distinct())}
    modules = (
        holder_operations, announcement_operations, published_operations, change_operations, bidding, review, talks, award_operations,
        agreement_operations, handover_operations,
        delivery_operations, payment_operations, supervision_operations,
    )  # fmt: skip
    names = {deed.function_name for deed in Deed}
    all_of_them = {name for module in modules for name in vars(module) if name in names}
    assert all_of_them - done - aside == set()


# ── no step is skipped ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Attempt:
    """A deed that would be done at once where the transfer stands: operation, subject, arguments, actor."""

    operation: Callable[..., Any]
    subject: Any
    by: User
    args: tuple[Any, ...] = ()
    more: tuple[tuple[str, Any], ...] = ()


def attempt(operation: Callable[..., Any], subject: Any, *args: Any, by: User, **more: Any) -> Attempt:
    return Attempt(operation, subject, by, args, tuple(more.items()))


def appoint(world: World) -> Attempt:
    return attempt(holder_operations.appoint_opener, world.resolved(), world.people.payer, by=world.people.officer)


def appoint_opening_witness(world: World) -> Attempt:
    return attempt(
        holder_operations.appoint_opening_witness, world.resolved(), world.people.auditor, by=world.people.officer
    )


def appoint_custodian(world: World) -> Attempt:
    return attempt(
        holder_operations.appoint_custodian, world.resolved(), world.people.second_member, by=world.people.officer
    )


def draft_announcement(world: World) -> Attempt:
    transfer = world.keyed()
    return attempt(
        announcement_operations.draft_announcement, transfer, closes_at=world.deadline(transfer), summary="征集。",
        contact="张三", by=world.people.officer,
    )  # fmt: skip


def revise_announcement(world: World) -> Attempt:
    announcement = world.announcement_drafted()
    return attempt(
        announcement_operations.revise_announcement, announcement, closes_at=announcement.closes_at, summary="征集。",
        contact="张三", by=world.people.officer,
    )  # fmt: skip


def assemble_documents(world: World) -> Attempt:
    announcement = world.announcement_drafted()
    return attempt(
        announcement_operations.assemble_documents, announcement, pdf=world.print(), docx=world.print(),
        seen=announcement_rules.digest_of(announcement), by=world.people.officer,
    )  # fmt: skip


def complete_documents(world: World) -> Attempt:
    documents = documents_of(world.announcement_drafted())
    assert documents is not None
    return attempt(
        announcement_operations.complete_documents, documents, world.print(), text="", by=world.people.officer
    )


def publish_announcement(world: World) -> Attempt:
    return attempt(announcement_operations.publish_announcement, world.announcement_drafted(), by=world.people.officer)


def enter_medium_notice(world: World) -> Attempt:
    announcement, address = world.announced(), "https://zfcg.czt.zj.gov.cn/notice/2"
    return attempt(
        published_operations.enter_medium_notice, announcement, world.today, address, reason="网址写错。",
        by=world.people.officer,
    )  # fmt: skip


def enter_medium_change(world: World) -> Attempt:
    announcement = world.announced()
    world.amend(announcement, quantity="道路 70 公里。")
    return attempt(
        published_operations.enter_medium_change, announcement.versions[-1], world.today,
        "https://zfcg.czt.zj.gov.cn/notice/3", by=world.people.officer,
    )  # fmt: skip


def answer_enquiry(world: World) -> Attempt:
    enquiry = world.ask(world.announced())
    return attempt(
        published_operations.answer_enquiry, enquiry, public_question="问", answer="答", by=world.people.officer
    )


def correct_announcement(world: World) -> Attempt:
    return attempt(
        change_operations.correct_announcement, world.announced(), summary="征集。", contact="张三", reason="更正。",
        editorial=True, by=world.people.officer,
    )  # fmt: skip


def amend_announcement(world: World) -> Attempt:
    announcement = world.announced()
    terms = replace(terms_of(announcement.transfer.plan), quantity="道路 70 公里。")
    return attempt(change_operations.amend_announcement, announcement, terms, reason="核对。", by=world.people.officer)


def extend_deadline(world: World) -> Attempt:
    announcement = world.announced()
    later = announcement.closes_at + timedelta(days=1)
    return attempt(change_operations.extend_deadline, announcement, later, reason="延。", by=world.people.officer)


def withdraw_announcement(world: World) -> Attempt:
    ground = WithdrawalGround.CANCELLED
    return attempt(
        change_operations.withdraw_announcement, world.announced(), ground, reason="取消。", by=world.people.officer
    )


def confirm_bid(world: World) -> Attempt:
    announcement = world.bid()
    world.amend(announcement, quantity="道路 70 公里。")
    bid = next(iter(active_bids(announcement)))
    return attempt(change_operations.confirm_bid, bid, seen=2, by=bid.submitted_by)


def submit_bid(world: World) -> Attempt:
    announcement = world.announced()
    provider = world.people.providers[0]
    return attempt(bidding.submit_bid, announcement, world.seal(announcement, provider, Money.yuan("1")), by=provider)


def open_bids(world: World) -> Attempt:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    opened = world.unseal(announcement)
    return attempt(bidding.open_bids, announcement, opened, second=world.people.auditor, by=world.people.payer)


def fail_competition(world: World) -> Attempt:
    announcement = world.announced()
    world.go_to(opens_at(announcement))
    world.commit(announcement)
    return attempt(bidding.fail_competition, announcement, reason="无人投标", by=world.people.officer)


def qualify_bids(world: World) -> Attempt:
    competition = world.opened()
    verdicts = {bid.id: Verdict(qualified=True) for bid in active_bids(competition.announcement)}
    return attempt(review.qualify_bids, competition, verdicts, by=world.people.officer)


def draw_panel(world: World) -> Attempt:
    return attempt(review.draw_panel, world.qualified(), size=3, seed="x", by=world.people.officer)


def record_meetings(world: World) -> Attempt:
    competition = world.drawn()
    held = {bid.id: Held(took_part=True, minutes="逐项核对。") for bid in talks.bids_in(competition)}
    return attempt(talks.record_meetings, competition, held, by=world.people.officer)


def propose_terms(world: World) -> Attempt:
    competition = world.drawn()
    return attempt(
        talks.propose_terms, competition, service="改为两次。", agreement="", reason="一次不够。",
        by=world.panel_of(competition)[0],
    )  # fmt: skip


def confirm_terms(world: World) -> Attempt:
    proposed = propose_terms(world)
    change = world.do(proposed.operation, proposed.subject, **dict(proposed.more), by=proposed.by)
    return attempt(talks.confirm_terms, proposed.subject, seen=talks.digest_of(change), by=world.people.officer)


def invite_offers(world: World) -> Attempt:
    competition = world.drawn()
    world.meet(competition)
    return attempt(talks.invite_offers, competition, talks_rules.earliest_close(world.now), by=world.people.officer)


def submit_offer(world: World) -> Attempt:
    bid = talks.bids_in(world.invited())[0]
    assert bid.price is not None
    return attempt(talks.submit_offer, bid, world.offering(bid, bid.price), by=world.bidder_of(bid))


def extend_offers(world: World) -> Attempt:
    call = world.the_call(world.invited())
    to = call.closes_at + timedelta(hours=3)
    return attempt(talks.extend_offers, call, to, reason="要核对变动。", by=world.people.officer)


def leave_talks(world: World) -> Attempt:
    bid = talks.bids_in(world.drawn())[0]
    return attempt(talks.leave_talks, bid, by=world.bidder_of(bid))


def open_offers(world: World) -> Attempt:
    competition = world.invited()
    for bid in talks.bids_in(competition):
        world.offer(bid)
    call = world.the_call(competition)
    world.go_to(talks_rules.settles_at(call))
    return attempt(
        talks.open_offers, call, world.unseal_offers(call), second=world.people.auditor, by=world.people.payer
    )


def sign_score_sheet(world: World) -> Attempt:
    competition = world.ready()
    return attempt(
        review.sign_score_sheet,
        competition,
        world.sheet(competition),
        no_conflict=True,
        by=world.panel_of(competition)[0],
    )


def conclude_review(world: World) -> Attempt:
    return attempt(review.conclude_review, world.scored(), by=world.people.officer)


def confirm_award(world: World) -> Attempt:
    competition = world.reviewed()
    return attempt(award_operations.confirm_award, competition, world.first_of(competition), by=world.people.approver)


def publish_award_notice(world: World) -> Attempt:
    won = award_of_transfer(world.confirmed().transfer)
    assert won is not None
    return attempt(award_operations.publish_award_notice, won, amount=won.price, by=world.people.officer)


def draft_agreement(world: World) -> Attempt:
    return attempt(
        agreement_operations.draft_agreement, world.awarded(), starts_on=world.today, place="建成区",
        data_protection="移交。", by=world.people.officer,
    )  # fmt: skip


def revise_agreement(world: World) -> Attempt:
    agreement = world.agreement_drafted()
    return attempt(
        agreement_operations.revise_agreement, agreement, starts_on=agreement.starts_on, place="建成区",
        data_protection="移交。", by=world.people.officer,
    )  # fmt: skip


def confirm_agreement(world: World) -> Attempt:
    agreement = world.agreement_drafted()
    return attempt(
        agreement_operations.confirm_agreement, agreement, seen=agreement_rules.digest_of(agreement),
        by=world.provider_of(agreement.transfer),
    )  # fmt: skip


def conclude_agreement(world: World) -> Attempt:
    agreement = world.agreement_confirmed()
    return attempt(
        agreement_operations.conclude_agreement, agreement, text=world.print(), seen=agreement_rules.digest_of(agreement),
        by=world.people.approver,
    )  # fmt: skip


def draft_handover(world: World) -> Attempt:
    transfer = world.agreed()
    return attempt(
        handover_operations.draft_handover, transfer, handover_items(), takes_effect_on=the_agreement(transfer).starts_on,
        witness=world.people.witness, by=world.people.officer,
    )  # fmt: skip


def revise_handover(world: World) -> Attempt:
    handover = world.handover_drafted()
    return attempt(
        handover_operations.revise_handover, handover, handover_items(), takes_effect_on=handover.takes_effect_on,
        witness=world.people.witness, by=world.people.officer,
    )  # fmt: skip


def sign_handover(world: World) -> Attempt:
    return attempt(handover_operations.sign_handover, world.handover_drafted(), by=world.people.officer)


def report_milestone(world: World) -> Attempt:
    transfer = world.handed_over()
    milestone = the_agreement(transfer).milestones[0]
    world.go_to(milestone.due_on)
    return attempt(delivery_operations.report_milestone, milestone, report="完成。", by=world.provider_of(transfer))


def accept_milestone(world: World) -> Attempt:
    return attempt(
        delivery_operations.accept_milestone, world.reported(), findings="合格。", users_opinion="满意。",
        by=world.people.approver,
    )  # fmt: skip


def return_milestone(world: World) -> Attempt:
    return attempt(delivery_operations.return_milestone, world.reported(), reason="未达标", by=world.people.approver)


def request_payment(world: World) -> Attempt:
    return attempt(payment_operations.request_payment, world.accepted(), by=world.people.officer)


def make_payment(world: World) -> Attempt:
    delivery = world.requested()
    return attempt(
        payment_operations.make_payment, delivery, amount=delivery.milestone.amount, voucher="1", by=world.people.payer
    )


def record_inspection(world: World) -> Attempt:
    return attempt(
        supervision_operations.record_inspection, world.handed_over(), inspected_on=world.today, place="人民路",
        result=InspectionResult.GOOD, findings="达到约定。", by=world.people.officer,
    )  # fmt: skip


def conclude_evaluation(world: World) -> Attempt:
    transfer = world.inspected()
    return attempt(
        supervision_operations.conclude_evaluation, transfer, world.evaluation_terms(), text=world.print(),
        seen=world.facts_seen(transfer), by=world.people.evaluator,
    )  # fmt: skip


def close_transfer(world: World) -> Attempt:
    return attempt(supervision_operations.close_transfer, world.evaluated_ex_post(), by=world.people.officer)


ATTEMPTS = (
    appoint, appoint_opening_witness, appoint_custodian, draft_announcement, revise_announcement, assemble_documents,
    complete_documents, publish_announcement, enter_medium_notice, enter_medium_change, answer_enquiry,
    correct_announcement, amend_announcement, extend_deadline, withdraw_announcement, confirm_bid, submit_bid, open_bids, fail_competition,
    qualify_bids, draw_panel, record_meetings, propose_terms, confirm_terms, invite_offers, submit_offer, extend_offers, leave_talks, open_offers,
    sign_score_sheet, conclude_review, confirm_award, publish_award_notice, draft_agreement,
    revise_agreement, confirm_agreement, conclude_agreement, draft_handover, revise_handover, sign_handover,
    report_milestone, accept_milestone, return_milestone, request_payment, make_payment, record_inspection,
    conclude_evaluation, close_transfer,
)  # fmt: skip

# What asks for no step of its own, and why it skips none.
WITHOUT_A_STEP = {
    "accept_opener": "an appointment exists only from step 1 on; its own test tries it later",
    "accept_opening_witness": "the same",
    "accept_custodian": "the same",
    "confirm_sheet": "the same",
    "report_secret": "a pair exists only from step 1 on; its own test tries it before the bids are sealed",
    "replace_holder": "a competition's key exists only from the announcement on; its own tests try it after the opening",
    "ask_enquiry": "whoever asks is told that the announcement takes no questions, wherever its transfer stands",
    "begin_subscription": "a code is followed whatever any transfer does",
    "end_subscription": "the same",
    "begin_interest": "only a published announcement is followed, and following one skips nothing",
    "end_interest": "the same",
    "withdraw_bid": "a bidder may take back a bid while the announcement takes bids, be the transfer paused or not",
    "commit_offers": "what is in at the deadline is committed to in a pause too, and a call is made in step 2 alone",
    "print_documents": "only a version made by a change is printed, and no change is made before step 2",
    "return_security": "what was paid in goes back after the letter or the agreement, be the transfer paused or not",
    "publish_agreement": "only a concluded agreement is published, and concluding it is the end of step 3",
    "file_agreement": "only a concluded agreement is filed, and concluding it is the end of step 3",
    "draft_supplement": "only a concluded agreement is supplemented; its own tests try it before, paused and after",
    "confirm_supplement": "a supplement exists only from its draft on",
    "conclude_supplement": "a supplement exists only from its draft on",
    "withdraw_supplement": "a supplement exists only from its draft on, and taking one back skips nothing",
}


def put_at(transfer: Transfer, step: Step | None) -> None:
    """Put a transfer where it has never been, past every operation: what a forged row would be."""
    status = TransferStatus.PREPARING if step is None else TransferStatus.ON_LINE
    db.session.execute(
        update(Transfer)
        .where(Transfer.id == transfer.id)
        .values(step=step, status=status)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


@pytest.mark.parametrize("prepare", ATTEMPTS, ids=lambda prepare: prepare.__name__)
def test_no_deed_of_a_step_is_done_from_an_earlier_one(world: World, prepare: Callable[[World], Attempt]) -> None:
    tried = prepare(world)
    transfer: Transfer = tried.subject if isinstance(tried.subject, Transfer) else tried.subject.transfer
    here = transfer.step
    assert here is not None
    earlier = list(Step)[: here.number - 1]
    for step in (None, *earlier):
        put_at(transfer, step)
        says = (
            (f"第 {step.number} 步“{step.label}”", "六步按顺序走，不能跳过")
            if step
            else ("还没有经联席会议通过", "六步不能跳过")
        )
        world.refuse(
            tried.operation, tried.subject, *tried.args, **dict(tried.more), by=tried.by, error=WrongState, says=says
        )
        assert transfer.step is step
    put_at(transfer, here)
    world.do(tried.operation, tried.subject, *tried.args, **dict(tried.more), by=tried.by)


def test_every_deed_of_the_six_rooms_was_tried(world: World) -> None:
    tried = {prepare(world).operation.__name__ for prepare in (appoint,)} | {
        prepare.__name__ for prepare in ATTEMPTS if prepare is not appoint
    }
    modules = (
        holder_operations, announcement_operations, published_operations, change_operations, bidding, review, talks, award_operations,
        agreement_operations, handover_operations,
        delivery_operations, payment_operations, supervision_operations,
    )  # fmt: skip
    names = {deed.function_name for deed in Deed}
    deeds = {name for module in modules for name, value in vars(module).items() if name in names and callable(value)}
    assert deeds == tried | set(WITHOUT_A_STEP)


@pytest.mark.parametrize("prepare", ATTEMPTS, ids=lambda prepare: prepare.__name__)
def test_no_deed_of_the_line_is_done_while_the_transfer_is_paused(
    world: World, prepare: Callable[[World], Attempt]
) -> None:
    tried = prepare(world)
    transfer: Transfer = tried.subject if isinstance(tried.subject, Transfer) else tried.subject.transfer
    world.do(operations.pause_transfer, transfer, reason="接到投诉，核查", by=world.people.supervisor)
    world.refuse(
        tried.operation, tried.subject, *tried.args, **dict(tried.more), by=tried.by, error=WrongState, says=("已暂停",)
    )
    assert transfer.status is TransferStatus.PAUSED
