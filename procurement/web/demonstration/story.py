"""The story: eight transfers walked by the real operations, each deed at its own hour, by whoever does it."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from procurement.foundation import sealing
from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.money import Money
from procurement.registers import files
from procurement.registers.access import Appointed
from procurement.registers.catalogue.models import entry_by_code, function_by_code
from procurement.registers.directory.models import listings_awaiting_conference
from procurement.registers.people import User, department_by_name
from procurement.steps.agreement import operations as agreement_operations
from procurement.steps.agreement import rules as agreement_rules
from procurement.steps.agreement.models import Agreement, agreement_of
from procurement.steps.announcement import operations as announcement_operations
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement, current_announcement
from procurement.steps.announcement.published import operations as published
from procurement.steps.announcement.published.models import open_enquiries
from procurement.steps.announcement.published.rules import needs_medium
from procurement.steps.competition.changes import operations as changes
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids, bid_of
from procurement.steps.competition.models.review import Competition, award_of_transfer, competition_of
from procurement.steps.competition.models.talks import call_of
from procurement.steps.competition.operations import award as award_operations
from procurement.steps.competition.operations import bidding, review
from procurement.steps.competition.operations.review import Verdict
from procurement.steps.competition.talks import operations as talks
from procurement.steps.competition.talks.rules import Held
from procurement.steps.handover import operations as handover_operations
from procurement.steps.holders import operations as holder_operations
from procurement.steps.holders.keys import Told, context_of, open_competition_key
from procurement.steps.holders.models import OFFERS, holders_of_attempt
from procurement.steps.performance.models import delivery_of
from procurement.steps.performance.operations import delivery as delivery_operations
from procurement.steps.performance.operations import payment as payment_operations
from procurement.steps.preliminaries import operations as preliminary_operations
from procurement.steps.supervision import operations as supervision_operations
from procurement.steps.supervision import rules as supervision_rules
from procurement.steps.supervision.models import InspectionResult
from procurement.steps.supervision.models import desks as supervision_desks
from procurement.transfers import operations as transfer_operations
from procurement.transfers.conference import operations as conference_operations
from procurement.transfers.conference import rules as conference_rules
from procurement.transfers.conference.models import AgendaItem, Choice, ItemKind, ItemOutcome, pending_items
from procurement.transfers.conference.rules import ConferenceTerms
from procurement.transfers.models import Appointment, Transfer
from procurement.transfers.rules import PlanTerms, terms_of
from procurement.web.agreement.printing import print_agreement_of
from procurement.web.announcement.printing import print_documents_of
from procurement.web.competition.envelopes import (
    DECLARATIONS,
    Contents,
    Sealer,
    open_envelopes,
    open_offer_envelopes,
    seal_bid,
    seal_file,
    seal_offer,
)
from procurement.web.conference.printing import print_minutes_of
from procurement.web.demonstration import texts
from procurement.web.demonstration.cast import OPENING_WITNESS, custodian_for
from procurement.web.demonstration.papers import print_example_document
from procurement.web.demonstration.passphrases import keep_passphrase
from procurement.web.demonstration.stage import Stage, moment, person
from procurement.web.supervision.printing import print_evaluation_of
from procurement.web.ticking import commit_if_due, commit_offers_if_due, print_records
from procurement.web.transfers.printing import print_ex_ante_of

Result = TypeVar("Result")


# Those who are of neither side in every act.
WITNESS, EVALUATOR = "dong.cheng", "cai.ning"
CONFERENCE = ("jin.bo", "ni.min", "yu.lan")


class Player(Protocol):
    """What is played: cues in order, and what happens at each."""

    cues: Sequence[tuple[str, str, Sequence[Any]]]

    def play(self, stage: Stage, cue: str, words: Sequence[Any]) -> None:
        """What happens at one cue."""


@dataclass(eq=False)
class Act:
    """One transfer of the story: its plan, who acts in it, and its cues in order: an hour, a method below, its words."""

    terms: PlanTerms
    department: str
    officer: str
    approver: str
    payer: str
    cues: Sequence[tuple[str, str, Sequence[Any]]]
    code: str = ""
    function: str = ""
    stage: Stage = field(init=False)
    transfer_id: int = field(init=False)
    secrets: dict[Appointed, str] = field(init=False)

    def play(self, stage: Stage, cue: str, words: Sequence[Any]) -> None:
        """What happens at one cue."""
        self.stage = stage
        getattr(self, cue)(*words)

    def do(self, operation: Callable[..., Result], subject: Any, /, *args: Any, by: str, **kwargs: Any) -> Result:
        """One deed."""
        return self.stage.do(operation, subject, *args, by=by, **kwargs)

    # ── what there is by now ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def transfer(self) -> Transfer:
        """The transfer, once it is drafted."""
        return db.session.get_one(Transfer, self.transfer_id)

    @property
    def announcement(self) -> Announcement:
        """The announcement of the present attempt."""
        found = current_announcement(self.transfer)
        assert found is not None
        return found

    @property
    def competition(self) -> Competition:
        """What the opening began."""
        found = competition_of(self.announcement)
        assert found is not None
        return found

    @property
    def agreement(self) -> Agreement:
        """The agreement."""
        found = agreement_of(self.transfer)
        assert found is not None
        return found

    @property
    def provider(self) -> str:
        """The login of the winner's user."""
        return self.first.submitted_by.login

    @property
    def first(self) -> Bid:
        """The bid that ranks first."""
        return next(bid for bid in active_bids(self.announcement) if bid.rank == 1)

    # ── before the line ────────────────────────────────────────────────────────────────────────────────────────────

    def draft(self) -> None:
        """The officer drafts the plan."""
        function = function_by_code(self.function, self.stage.today) if self.function else None
        transfer = self.do(
            transfer_operations.draft_plan, department_by_name(self.department), self.terms,
            entry=entry_by_code(function.catalogue_code if function else self.code, self.stage.today), function=function, by=self.officer,
        )  # fmt: skip
        self.transfer_id = transfer.id

    def submit(self) -> None:
        """The plan goes to its ex-ante evaluation."""
        self.do(transfer_operations.submit_plan, self.transfer.plan, by=self.officer)

    def evaluate(self, *points: int) -> None:
        """The approver evaluates it, five dimensions of twenty points; the report is printed before."""
        plan, at, terms = self.transfer.plan, self.stage.clock.now(), texts.ex_ante_terms(points, self.stage.today)
        text = print_ex_ante_of(plan, terms, self.stage.app, evaluator=person(self.approver), at=at)
        self.do(
            transfer_operations.evaluate_plan, plan, terms, text=text, seen=plan.version, by=self.approver, now=at
        )  # fmt: skip

    def meet(self, position: int) -> None:
        """The officer ticks off a condition of the last evaluation."""
        evaluation = self.transfer.plan.evaluation
        assert evaluation is not None
        condition = evaluation.conditions[position - 1]
        self.do(transfer_operations.meet_condition, condition, how=texts.EX_ANTE_MET[position - 1], by=self.officer)

    @property
    def item(self) -> AgendaItem:
        """The item under which the plan lies before the conference."""
        return pending_items(ItemKind.PLAN, [self.transfer.plan.id])[self.transfer.plan.id]

    def convene(self, held_at: str, chair: str = "jin.bo") -> None:
        """A meeting of the joint conference is convened on it, and on the listings that wait in those days."""
        listings = tuple((ItemKind.LISTING, row) for row in listings_awaiting_conference())
        terms = ConferenceTerms(
            title=texts.MEETING, held_at=moment(held_at), place=texts.MEETING_PLACE, chair=person(chair),
            members=tuple(map(person, CONFERENCE)), subjects=((ItemKind.PLAN, self.transfer.plan), *listings),
        )  # fmt: skip
        self.do(conference_operations.convene_conference, None, terms, by=chair)

    def resolve(self, against: str = "", recused: str = "") -> None:
        """The conference meets: somebody may dissent or stand aside, the others agree; the minutes are printed."""
        item = self.item
        conference = item.conference
        chair = conference.chair.login
        self.do(conference_operations.open_conference, conference, conference.members, by=chair)
        if recused:
            self.do(conference_operations.declare_recusal, item, reason=texts.RECUSAL, by=recused)
        for each in list(conference.items):
            is_plan = each.kind is ItemKind.PLAN
            for login in [voter.login for voter in each.entitled]:
                dissents = is_plan and login == against
                choice, reason = (Choice.AGAINST, texts.DISSENT) if dissents else (Choice.FOR, "")
                self.do(conference_operations.cast_vote, each, choice, reason=reason, by=login)
            opinion = texts.RESOLUTION if is_plan else texts.LISTED
            self.do(conference_operations.resolve_item, each, ItemOutcome.ADOPTED, opinion=opinion, by=chair)
        at = self.stage.clock.now()
        text = print_minutes_of(conference, self.stage.app, closed_by=conference.chair, at=at)
        seen = conference_rules.digest_of(conference)
        self.do(conference_operations.close_conference, conference, text=text, seen=seen, by=chair, now=at)

    # ── 1 announcement ─────────────────────────────────────────────────────────────────────────────────────────────

    def appoint(self) -> None:
        """The payer is appointed opener, two of other departments witness and custodian; each accepts what is shown once."""
        self.secrets = {
            Appointed.OPENER: self._hold(holder_operations.appoint_opener, holder_operations.accept_opener, self.payer),
            Appointed.OPENING_WITNESS: self._hold(
                holder_operations.appoint_opening_witness, holder_operations.accept_opening_witness, OPENING_WITNESS
            ),
        }
        custodian = custodian_for(self.department)
        appointment = self.do(holder_operations.appoint_custodian, self.transfer, person(custodian), by=self.officer)
        secret, context = sealing.make_sheet_secret(), context_of(appointment)
        self.do(
            holder_operations.accept_custodian, appointment, sealing.make_pair_of_sheet(secret, context), by=custodian
        )
        self.do(holder_operations.confirm_sheet, appointment, sealing.check_word(secret, context), by=custodian)
        keep_passphrase(appointment, secret, self.stage.clock)

    def _hold(self, appoint: Callable[..., Appointment], accept: Callable[..., Any], login: str) -> str:
        """One of the two who hold a passphrase."""
        appointment = self.do(appoint, self.transfer, person(login), by=self.officer)
        passphrase = sealing.make_passphrase()
        self.do(accept, appointment, sealing.make_pair(passphrase, context_of(appointment)), by=login)
        keep_passphrase(appointment, passphrase, self.stage.clock)
        return passphrase

    def intend(self, planned_month: str) -> None:
        """The intention to buy is made public."""
        self.do(
            preliminary_operations.publish_intention, self.transfer, outline=self.terms.content,
            planned_month=planned_month, by=self.officer,
        )  # fmt: skip

    def waive(self, reason: str) -> None:
        """The officer says why the intention was not public in time."""
        self.do(preliminary_operations.waive_intention, self.transfer, reason=reason, by=self.officer)

    def announce(self, closes_at: str) -> None:
        """The announcement is drafted, its documents are assembled, and it is published."""
        announcement = self.do(
            announcement_operations.draft_announcement, self.transfer, closes_at=moment(closes_at),
            summary=texts.summary_of(self.terms), contact=texts.contact_of(person(self.officer)),
            submission_notes=texts.SUBMISSION_NOTES, by=self.officer,
        )  # fmt: skip
        at = self.stage.clock.now()
        pdf, docx = print_documents_of(announcement, self.stage.app, number=1, at=at)
        self.do(
            announcement_operations.assemble_documents, announcement, pdf=pdf, docx=docx,
            seen=announcement_rules.digest_of(announcement), by=self.officer, now=at,
        )  # fmt: skip
        self.do(announcement_operations.publish_announcement, announcement, by=self.officer)
        if needs_medium(self.transfer):
            address = texts.medium_address(self.transfer.number)
            self.do(published.enter_medium_notice, announcement, self.stage.today, address, by=self.officer)

    def ask(self, login: str, question: str) -> None:
        """Somebody asks about the announcement."""
        self.do(published.ask_enquiry, self.announcement, question, by=login)

    def answer(self, answer: str) -> None:
        """The officer answers what waits, in public."""
        for enquiry in open_enquiries(self.announcement):
            self.do(
                published.answer_enquiry, enquiry, public_question=enquiry.question, answer=answer, by=self.officer
            )  # fmt: skip

    def correct(self, reason: str, notes: str) -> None:
        """The officer corrects the words of the announcement."""
        call = self.announcement
        self.do(
            changes.correct_announcement, call, summary=call.summary, contact=call.contact, submission_notes=notes,
            reason=reason, editorial=True, by=self.officer,
        )  # fmt: skip
        self._in_medium()

    def _in_medium(self) -> None:
        """A later version of a purchase's announcement appears on the designated medium the same day."""
        if needs_medium(self.transfer):
            newest = max(self.announcement.versions, key=lambda row: row.number)
            address = texts.medium_address(f"{self.transfer.number} {newest.number}")
            self.do(published.enter_medium_change, newest, self.stage.today, address, by=self.officer)

    def amend(self, reason: str, quantity: str) -> None:
        """The officer changes the quantity that bidders go by."""
        terms = replace(terms_of(self.transfer.plan), quantity=quantity)
        notes = self.announcement.submission_notes
        self.do(
            changes.amend_announcement, self.announcement, terms, submission_notes=notes, reason=reason, by=self.officer
        )  # fmt: skip
        self._in_medium()

    def confirm_bid(self, login: str) -> None:
        """A bidder lets the sealed bid stand for the changed announcement."""
        bidder = person(login)
        assert bidder.organisation_id is not None
        bid = bid_of(self.announcement, bidder.organisation_id)
        assert bid is not None
        self.do(changes.confirm_bid, bid, seen=self.announcement.edition, by=login)

    # ── 2 competition ──────────────────────────────────────────────────────────────────────────────────────────────

    def bid(self, login: str, price: str) -> None:
        """An organisation seals two files, then its price over them, and lodges the bid."""
        bidder, clock = person(login), self.stage.clock
        assert bidder.organisation is not None
        sealer = Sealer(self.announcement, bidder.organisation.id, self.stage.storage)
        sealed = []
        for title in (self.terms.title, texts.STAFF_PAPER):
            name, document = print_example_document(self.stage.app, title, bidder.organisation.name, clock.now())
            sealed.append(
                seal_file(sealer, io.BytesIO(document), name, secrets.token_hex(16), actor=bidder, clock=clock)
            )
        contents = Contents(Money.yuan(price), lead=bidder.name, staff=texts.STAFF, declared=DECLARATIONS)
        lodging = seal_bid(sealer, contents, sealed, secrets.token_hex(16), self.announcement.edition)
        self.do(bidding.submit_bid, self.announcement, lodging, by=login)

    def open(self) -> None:
        """The opener opens all bids, together with the witness, after the commitment; the record is printed."""
        commit_if_due(self.announcement, self.stage.clock)
        opened = open_envelopes(self.announcement, self._private_half(), self.stage.storage, self.stage.limit)
        self.do(bidding.open_bids, self.announcement, opened, second=person(OPENING_WITNESS), by=self.payer)
        print_records(self.stage.app, self.stage.clock)

    def qualify(self, lacking: str = "", why: str = "") -> None:
        """Every bidder meets the conditions, but for the one of login `lacking`."""
        verdicts = {
            bid.id: Verdict(bid.submitted_by.login != lacking, why if bid.submitted_by.login == lacking else "")
            for bid in active_bids(self.announcement)
            if bid.status is BidStatus.OPENED
        }
        self.do(review.qualify_bids, self.competition, verdicts, by=self.officer)

    def draw(self, size: int) -> None:
        """The panel is drawn; the seed is the transfer's own number, so that the story is the same each time."""
        self.do(
            review.draw_panel,
            self.competition,
            size=size,
            seed=f"demonstration {self.transfer.number}",
            by=self.officer,
        )

    def talk(self, closes_at: str, *changed: str) -> None:
        """Everybody is met once; where something is `changed`, all are told of it; then final offers are called for."""
        held = {bid.id: Held(took_part=True, minutes=texts.MEETING_MINUTES) for bid in talks.bids_in(self.competition)}
        self.do(talks.record_meetings, self.competition, held, by=self.officer)
        for service in changed:
            member = db.session.get_one(User, min(self.transfer.appointed(Appointed.PANEL_MEMBER)))
            change = self.do(
                talks.propose_terms, self.competition, service=service, agreement="", reason=texts.TERMS_REASON,
                by=member.login,
            )  # fmt: skip
            self.do(talks.confirm_terms, self.competition, seen=talks.digest_of(change), by=self.officer)
        self.do(talks.invite_offers, self.competition, moment(closes_at), by=self.officer)

    def offers(self) -> None:
        """Every bidder who is in the talks seals its final offer."""
        for bid in talks.bids_in(self.competition):
            assert bid.price is not None
            sealer = Sealer(bid.announcement, bid.organisation_id, self.stage.storage, sitting=OFFERS)
            price = texts.final_price(bid.price)
            offering = seal_offer(sealer, price, texts.OFFER_RESPONSE, [], secrets.token_hex(16), self.stage.today)
            self.do(talks.submit_offer, bid, offering, by=bid.submitted_by.login)

    def open_offers(self) -> None:
        """The opener opens them together with the witness, after the commitment."""
        call = call_of(self.competition)
        assert call is not None
        commit_offers_if_due(call, self.stage.clock)
        private = self._private_half()
        opened = open_offer_envelopes(call, private, self.stage.storage)
        self.do(talks.open_offers, call, opened, second=person(OPENING_WITNESS), by=self.payer)

    def _private_half(self) -> X25519PrivateKey:
        """What the secrets of opener and witness release, of the newest sitting."""
        desk = holders_of_attempt(self.transfer)
        assert desk.competition_key is not None
        told = [Told(desk.keys[desk.holders[kind].id], secret, "") for kind, secret in self.secrets.items()]
        return open_competition_key(desk.competition_key, *told)

    def score(self) -> None:
        """Every member scores and signs."""
        for member_id in sorted(self.transfer.appointed(Appointed.PANEL_MEMBER)):
            member = db.session.get_one(User, member_id)
            points = {
                (bid.id, criterion.id): texts.points_for(member_id, bid.organisation_id, criterion)
                for bid in active_bids(self.announcement)
                if bid.status is BidStatus.QUALIFIED
                for criterion in self.transfer.plan.quality_criteria
            }
            self.do(
                review.sign_score_sheet, self.competition, points, no_conflict=True, opinion=texts.PANEL_OPINION,
                by=member.login,
            )  # fmt: skip

    def conclude(self) -> None:
        """The report is made."""
        self.do(review.conclude_review, self.competition, by=self.officer)

    def confirm(self) -> None:
        """The approver confirms the first-ranked."""
        self.do(award_operations.confirm_award, self.competition, self.first, by=self.approver)

    def award(self) -> None:
        """The result is published."""
        award = award_of_transfer(self.transfer)
        assert award is not None
        self.do(award_operations.publish_award_notice, award, amount=award.price, by=self.officer)

    def fail(self, reason: str) -> None:
        """The competition has failed; the transfer goes back to step 1."""
        commit_if_due(self.announcement, self.stage.clock)
        self.do(bidding.fail_competition, self.announcement, reason=reason, by=self.officer)

    # ── 3 agreement ────────────────────────────────────────────────────────────────────────────────────────────────

    def agree(self, starts_on: str) -> None:
        """The agreement is drafted, confirmed by the provider, and signed by the approver once it is printed."""
        drafted = self.do(
            agreement_operations.draft_agreement, self.transfer, starts_on=moment(f"{starts_on} 00:00").date(),
            place=texts.PLACE, data_protection=texts.DATA_PROTECTION, special_terms=texts.SPECIAL_TERMS, by=self.officer,
        )  # fmt: skip
        seen = agreement_rules.digest_of(drafted)
        self.do(agreement_operations.confirm_agreement, drafted, seen=seen, by=self.provider)
        at = self.stage.clock.now()
        text = print_agreement_of(drafted, self.stage.app, concluded_by=person(self.approver), at=at)
        self.do(agreement_operations.conclude_agreement, drafted, text=text, seen=seen, by=self.approver, now=at)

    def publish(self) -> None:
        """The agreement is made public."""
        self.do(agreement_operations.publish_agreement, self.agreement, by=self.officer)

    def file(self, number: str) -> None:
        """The agreement is filed with the finance department."""
        self.do(agreement_operations.file_agreement, self.agreement, filing_number=number, by=self.officer)

    # ── 4 handover ─────────────────────────────────────────────────────────────────────────────────────────────────

    def hand_over(self) -> None:
        """The list is drafted and signed by all three."""
        handover = self.do(
            handover_operations.draft_handover, self.transfer, texts.handover_items(self.terms),
            takes_effect_on=self.agreement.starts_on, witness=person(WITNESS), transition=texts.TRANSITION,
            by=self.officer,
        )  # fmt: skip
        for login in (self.officer, self.provider, WITNESS):
            self.do(handover_operations.sign_handover, handover, by=login)

    # ── 5 performance ──────────────────────────────────────────────────────────────────────────────────────────────

    def report(self, which: int) -> None:
        """The provider reports a milestone, with its evidence."""
        milestone = self.agreement.milestones[which]
        title = f"{self.terms.title}{milestone.name}完成情况"
        name, document = print_example_document(
            self.stage.app, title, self.agreement.organisation.name, self.stage.clock.now()
        )
        evidence = files.accept(self.stage.storage, io.BytesIO(document), name, self.stage.limit)
        self.do(
            delivery_operations.report_milestone, milestone, report=texts.REPORT, evidence=evidence, by=self.provider
        )

    def accept(self, which: int) -> None:
        """The approver accepts it."""
        self.do(
            delivery_operations.accept_milestone, delivery_of(self.agreement.milestones[which]), findings=texts.FINDINGS,
            users_opinion=texts.USERS_OPINION, by=self.approver,
        )  # fmt: skip

    def pay(self, which: int, voucher: str) -> None:
        """The officer asks for the payment and the payer makes it."""
        delivery = delivery_of(self.agreement.milestones[which])
        assert delivery is not None
        self.do(payment_operations.request_payment, delivery, by=self.officer)
        self.do(
            payment_operations.make_payment, delivery, amount=delivery.milestone.amount, voucher=voucher, by=self.payer
        )

    # ── 6 supervision ──────────────────────────────────────────────────────────────────────────────────────────────

    def inspect(self, place: str, findings: str, by: str = "") -> None:
        """Somebody looks at the service as it is performed."""
        self.do(
            supervision_operations.record_inspection, self.transfer, inspected_on=self.stage.today, place=place,
            result=InspectionResult.GOOD, findings=findings, by=by or self.officer,
        )  # fmt: skip

    def judge(self) -> None:
        """An independent evaluator concludes the expenditure evaluation; the report is printed before."""
        at, terms = self.stage.clock.now(), texts.evaluation_terms(self.stage.today)
        text = print_evaluation_of(self.transfer, terms, self.stage.app, evaluator=person(EVALUATOR), at=at)
        seen = supervision_rules.digest_of(self.transfer, supervision_desks([self.transfer])[self.transfer_id])
        self.do(
            supervision_operations.conclude_evaluation, self.transfer, terms, text=text, seen=seen, by=EVALUATOR, now=at
        )

    def close(self) -> None:
        """The case is closed."""
        self.do(supervision_operations.close_transfer, self.transfer, by=self.officer)


def play(acts: Sequence[Player], stage: Stage, each_morning: Callable[[datetime], None]) -> None:
    """Play all acts together, deed by deed in the order of their hours; `each_morning` is called once a day before them."""
    cues = sorted(
        ((moment(hour), place, act, cue, words) for act in acts for place, (hour, cue, words) in enumerate(act.cues)),
        key=lambda row: (row[0], acts.index(row[2]), row[1]),
    )
    day: date | None = None
    for at, _place, act, cue, words in cues:
        if local_day(at) != day:
            day = local_day(at)
            each_morning(at)
        stage.clock.set(at)
        act.play(stage, cue, words)
