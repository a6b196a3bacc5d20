"""The three holders: appointed, accepted, the sheet checked, a loss reported, one replaced; each success, each refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procurement.foundation import sealing
from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, NotPermitted, Refusals, RuleBroken, WrongState
from procurement.foundation.sealing import HolderPair
from procurement.registers import audit
from procurement.registers.access import HOLDERS, Appointed, Deed
from procurement.registers.notices import tray
from procurement.registers.people import Role, RoleGrant, User
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.statute.calendar import working_calendar
from procurement.steps import rooms
from procurement.steps.announcement import operations as announcement_operations
from procurement.steps.announcement.models import Announcement, AnnouncementStatus, FailureGround, competition_key_of
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition import rules as competition_rules
from procurement.steps.competition.operations import bidding
from procurement.steps.holders import operations, rules
from procurement.steps.holders.keys import SealedCopy, context_of, open_competition_key, seal_copies
from procurement.steps.holders.models import CompetitionKey, HolderKey, holders_of_attempt, key_of_appointment
from procurement.transfers.models import Appointment, Method, Transfer
from procurement.web.standing import is_mine
from tests.factories import ACCEPTS, APPOINTS, OPENERS, World, the_appointment

OPENER, WITNESS, CUSTODIAN = HOLDERS


def pair_for(appointment: Appointment) -> HolderPair:
    return sealing.make_pair(sealing.make_passphrase(), context_of(appointment))


# ── appointed ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_of_the_three_is_appointed_and_told(world: World) -> None:
    transfer, people = world.resolved(), world.people
    for kind, person, told in (
        (OPENER, people.payer, "口令"), (WITNESS, people.auditor, "口令"), (CUSTODIAN, people.second_member, "恢复单"),
    ):  # fmt: skip
        appointment = world.appoint_holder(transfer, kind, person)
        assert transfer.appointed(kind) == {person.id}
        assert (appointment.accepted_at, appointment.attempt) == (None, 1)
        assert told in tray(person)[0].message


def test_an_opener_is_of_the_purchaser(world: World) -> None:
    transfer, people = world.resolved(), world.people
    for person in (people.other_officer, people.member, people.experts[7], people.providers[0]):
        world.refuse(
            operations.appoint_opener, transfer, person, by=people.officer,
            says=(person.name, "综合行政执法局", "不能作开启人"), where="person", article="第四十条",
        )  # fmt: skip
    assert transfer.appointed(OPENER) == frozenset()


@pytest.mark.parametrize("kind", [WITNESS, CUSTODIAN])
def test_the_two_others_are_of_other_departments_and_neither_administer_nor_bid_nor_judge(
    world: World, kind: Appointed
) -> None:
    transfer, people = world.resolved(), world.people
    kept_out = {
        "管理员、投标的组织和评审专家": (
            people.system_admin, people.security_admin, people.providers[0], people.experts[0], people.experts[7],
        ),
        "采购人以外的部门": (people.officer, people.approver, people.evaluator, people.grid_member),
    }  # fmt: skip
    for says, persons in kept_out.items():
        for person in persons:
            world.refuse(
                APPOINTS[kind], transfer, person, by=people.officer, says=(person.name, f"不能作{kind.label}", says),
                where="person", article="本系统的做法",
            )  # fmt: skip
    assert transfer.appointed(kind) == frozenset()


def test_whoever_decides_complaints_is_no_witness_but_may_keep_the_sheet(world: World) -> None:
    transfer, people = world.resolved(), world.people
    world.refuse(
        operations.appoint_opening_witness,
        transfer,
        people.supervisor,
        by=people.officer,
        says=("投诉",),
        where="person",
    )
    world.appoint_holder(transfer, CUSTODIAN, people.supervisor)
    assert transfer.appointed(CUSTODIAN) == {people.supervisor.id}


@pytest.mark.parametrize("first", [WITNESS, CUSTODIAN])
def test_witness_and_custodian_are_of_two_departments_whoever_is_appointed_first(
    world: World, first: Appointed
) -> None:
    transfer, people = world.resolved(), world.people
    second = CUSTODIAN if first is WITNESS else WITNESS
    world.appoint_holder(transfer, first, people.other_officer)
    world.refuse(
        APPOINTS[second], transfer, people.other_approver, by=people.officer, says=("同一个部门",), where="person"
    )
    world.refuse(APPOINTS[second], transfer, people.other_officer, by=people.officer, says=("同一个部门",))
    world.appoint_holder(transfer, second, people.witness)
    assert transfer.appointed(second) == {people.witness.id}


def test_an_account_out_of_use_holds_nothing(world: World) -> None:
    transfer, people = world.resolved(), world.people
    people.witness.deactivated_at = world.now
    db.session.commit()
    world.refuse(operations.appoint_opening_witness, transfer, people.witness, by=people.officer, says=("在职",))
    assert transfer.appointed(WITNESS) == frozenset()


def test_only_an_officer_of_the_department_appoints(world: World) -> None:
    transfer, people = world.resolved(), world.people
    for kind, person in ((OPENER, people.payer), (WITNESS, people.auditor), (CUSTODIAN, people.second_member)):
        for actor in (people.other_officer, people.approver, people.auditor, None):
            world.refuse(APPOINTS[kind], transfer, person, by=actor, error=NotPermitted, says=(f"指定{kind.label}",))
        assert transfer.appointed(kind) == frozenset()


@pytest.mark.parametrize("kind", HOLDERS)
def test_a_new_appointment_before_publication_ends_the_former_one(world: World, kind: Appointed) -> None:
    transfer, people = world.keyed(), world.people
    former = the_appointment(transfer, kind)
    another = {OPENER: people.approver, WITNESS: people.witness, CUSTODIAN: people.other_officer}[kind]
    appointment = world.appoint_holder(transfer, kind, another)
    assert former.ended_at == world.now
    assert transfer.appointed(kind) == {another.id}
    assert any(kind.label in lack and "还没有接受" in lack for lack in world.lacking(transfer))
    world.refuse(ACCEPTS[kind], former, pair_for(former), by=former.user, error=NotPermitted)
    assert key_of_appointment(appointment) is None


# ── accepted ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", OPENERS)
def test_a_passphrase_is_accepted_once(world: World, kind: Appointed) -> None:
    transfer = world.resolved()
    person = world.people.payer if kind is OPENER else world.people.auditor
    appointment = world.appoint_holder(transfer, kind, person)
    passphrase = world.accept_holding(appointment)
    key = key_of_appointment(appointment)
    assert key is not None
    assert (key.suite, key.is_ready, appointment.accepted_at) == (2, True, world.now)
    assert sealing.private_half(key.pair, passphrase, context_of(appointment)) is not None
    world.refuse(
        ACCEPTS[kind], appointment, pair_for(appointment), by=person, error=WrongState, says=("只显示一次",)
    )  # fmt: skip
    assert "已接受指定" in tray(world.people.officer)[0].message


def test_of_the_custodian_nothing_of_the_private_half_is_stored(world: World) -> None:
    appointment = world.appoint_holder(world.resolved(), CUSTODIAN, world.people.second_member)
    secret = world.accept_holding(appointment)
    key = key_of_appointment(appointment)
    assert key is not None
    assert (key.private_wrapped, key.is_ready) == (None, False)
    assert sealing.private_half(key.pair, secret, context_of(appointment)) is not None


def test_nobody_accepts_for_another(world: World) -> None:
    transfer, people = world.resolved(), world.people
    for kind, person in ((OPENER, people.payer), (WITNESS, people.auditor), (CUSTODIAN, people.second_member)):
        appointment = world.appoint_holder(transfer, kind, person)
        for actor in (people.officer, people.approver, people.security_admin, None):
            world.refuse(ACCEPTS[kind], appointment, pair_for(appointment), by=actor, error=NotPermitted)
        assert appointment.accepted_at is None


# ── the sheet ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sheet_is_checked_by_its_word_once(world: World) -> None:
    appointment = world.appoint_holder(world.resolved(), CUSTODIAN, world.people.second_member)
    custodian = world.people.second_member
    world.refuse(operations.confirm_sheet, appointment, "ABCD", by=custodian, error=WrongState, says=("还没有打印",))
    secret = world.accept_holding(appointment)
    word = sealing.check_word(secret, context_of(appointment))
    wrong = ("2" if word[0] != "2" else "3") + word[1:]
    for typed in (wrong, "", secret):
        world.refuse(
            operations.confirm_sheet, appointment, typed, by=custodian, says=("核对词", "4 位"), where="check_word",
            article="本系统的做法",
        )  # fmt: skip
    for actor in (world.people.officer, world.people.payer, None):
        world.refuse(operations.confirm_sheet, appointment, word, by=actor, error=NotPermitted)
    world.do(operations.confirm_sheet, appointment, f" {word.lower()} ", by=custodian)
    key = key_of_appointment(appointment)
    assert key is not None
    assert (key.sheet_confirmed_at, key.is_ready) == (world.now, True)
    world.refuse(operations.confirm_sheet, appointment, word, by=custodian, error=WrongState, says=("已经核对过",))


# ── lost ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def report(world: World, announcement: Announcement, kind: Appointed) -> None:
    appointment = the_appointment(announcement.transfer, kind)
    world.do(operations.report_secret, appointment, by=appointment.user)


def test_a_loss_is_declared_by_its_holder_alone_and_the_officer_is_told(world: World) -> None:
    announcement = world.bid()
    appointment = the_appointment(announcement.transfer, WITNESS)
    for actor in (world.people.officer, world.people.payer, world.people.second_member, None):
        world.refuse(operations.report_secret, appointment, by=actor, error=NotPermitted)
    report(world, announcement, WITNESS)
    key = key_of_appointment(appointment)
    assert key is not None
    assert key.lost_at == world.now
    assert "指定接任的人" in tray(world.people.officer)[0].message
    world.refuse(operations.report_secret, appointment, by=world.people.auditor, error=WrongState, says=("已经报告过",))


def test_a_loss_is_declared_neither_before_bids_are_sealed_nor_once_they_are_opened(world: World) -> None:
    transfer = world.keyed(world.resolved(method=Method.OPEN_TENDER))
    opener = the_appointment(transfer, OPENER)
    world.refuse(operations.report_secret, opener, by=opener.user, error=WrongState, says=("第 1 步",))
    announcement = world.bid(world.announced(transfer))
    world.opened(announcement)
    opener = the_appointment(transfer, OPENER)
    world.refuse(operations.report_secret, opener, by=opener.user, error=WrongState, says=("已经开启",))
    assert holders_of_attempt(transfer).lost == []


def test_with_one_secret_lost_the_round_does_not_fail_and_the_two_others_open(world: World) -> None:
    announcement = world.bid()
    report(world, announcement, OPENER)
    world.go_to(opens_at(announcement))
    world.commit(announcement)
    world.refuse(
        bidding.fail_competition, announcement, reason="口令丢了", by=world.people.officer, says=("没有流标的理由",),
    )  # fmt: skip
    competition = world.open(announcement, WITNESS, CUSTODIAN)
    assert (competition.opened_by, competition.opened_with) == (world.people.auditor, world.people.second_member)


@pytest.mark.parametrize("lost", [(OPENER, WITNESS), (OPENER, CUSTODIAN), (WITNESS, CUSTODIAN), HOLDERS])
def test_with_two_secrets_lost_the_round_fails_and_says_so(world: World, lost: tuple[Appointed, ...]) -> None:
    announcement = world.bid()
    for kind in lost:
        report(world, announcement, kind)
    assert "请宣布流标" in tray(world.people.officer)[0].message
    (standing,) = rooms.standing_of(announcement.transfer, world.now, working_calendar()).outstanding
    assert standing.deed is Deed.COMPETITION_FAIL
    # Nobody waits for a deadline after which nothing could be opened.
    world.do(bidding.fail_competition, announcement, reason="两位持有人遗失了口令", by=world.people.officer)
    assert (announcement.status, announcement.failure_ground) == (AnnouncementStatus.FAILED, FailureGround.KEYS_LOST)
    (notice,) = newest_publications(PublicationKind.FAILURE_NOTICE)
    assert notice.told["ground"] == FailureGround.KEYS_LOST.value
    # Before the deadline nobody learns how many had bid: the same ones are called again.
    assert notice.told["count"] is None
    lines = [row for row in audit.lines_of_chain(announcement.chain_key) if row.deed == Deed.COMPETITION_FAIL.value]
    assert [row.told["count"] for row in lines if row.outcome is audit.Outcome.DONE] == [None]
    assert "还没有指定开启人" in world.lacking(announcement.transfer)


def test_a_round_without_bidders_fails_for_that_reason_also_where_secrets_are_lost(world: World) -> None:
    announcement = world.announced()
    for kind in OPENERS:
        report(world, announcement, kind)
    world.go_to(opens_at(announcement))
    world.fail(announcement, "无人投标")
    assert announcement.failure_ground is FailureGround.TOO_FEW


def test_before_the_deadline_a_round_does_not_fail_for_one_loss(world: World) -> None:
    announcement = world.bid()
    report(world, announcement, CUSTODIAN)
    world.refuse(bidding.fail_competition, announcement, reason="丢了", by=world.people.officer, says=("才截止",))
    assert announcement.status is AnnouncementStatus.PUBLISHED


# ── replaced ───────────────────────────────────────────────────────────────────────────────────────────────────────

SUCCESSORS = {OPENER: "approver", WITNESS: "witness", CUSTODIAN: "other_officer"}


def key_of(announcement: Announcement) -> CompetitionKey:
    key = competition_key_of(announcement)
    assert key is not None
    return key


def follow(world: World, announcement: Announcement, kind: Appointed, person: User | None = None) -> Appointment:
    """Somebody is appointed to follow a holder, and accepts."""
    return world.hold(announcement.transfer, kind, person or getattr(world.people, SUCCESSORS[kind]))


def sealed_anew(world: World, announcement: Announcement, successor: Appointment) -> list[SealedCopy]:
    """What the two who stay make in memory."""
    desk = holders_of_attempt(announcement.transfer)
    staying = desk.beside(successor.kind)
    private = world.private_half(announcement, *(row.kind for row in staying))
    holders = {row.kind: desk.keys[row.id] for row in (*staying, successor)}
    return seal_copies(private, announcement.id, announcement.attempt, holders)


def replace(world: World, announcement: Announcement, successor: Appointment) -> None:
    first, second = (row.user for row in holders_of_attempt(announcement.transfer).beside(successor.kind))
    copies = sealed_anew(world, announcement, successor)
    world.do(operations.replace_holder, key_of(announcement), successor, copies, second=second, by=first)


@pytest.mark.parametrize("kind", HOLDERS)
def test_a_holder_is_replaced_by_the_two_others_and_opens_no_more(world: World, kind: Appointed) -> None:
    announcement = world.bid()
    transfer, key = announcement.transfer, key_of(announcement)
    former = the_appointment(transfer, kind)
    former_secret, former_key = world.passphrases[former.id], key_of_appointment(former)
    assert former_key is not None
    before, sealed, public = former_key.pair, {copy.sealed for copy in key.copies}, key.public
    successor = follow(world, announcement, kind)
    # Until the two others have sealed the key anew, the former one holds.
    assert former.ended_at is None
    assert world.holder_of(announcement, kind) is former.user
    replace(world, announcement, successor)
    assert former.ended_at == world.now
    assert transfer.appointed(kind) == {successor.user_id}
    assert key_of_appointment(former) is None
    assert key.public == public
    assert not sealed & {copy.sealed for copy in key.copies}
    assert former.id not in key.appointment_ids
    line = audit.lines_of_chain(transfer.chain_key)[0]
    assert (line.told["former"], line.told["person"]) == (former.user_id, successor.user_id)
    assert line.told["public_before"] == before.public.hex()
    # The former secret still opens the former pair, which nothing is sealed to any more.
    private = sealing.private_half(before, former_secret, f"appointment {former.id}").private_bytes_raw()
    assert private is not None
    for other in HOLDERS:
        told = world.told(announcement, other, former_secret)
        with pytest.raises(Refusals):
            open_competition_key(key, told, world.told(announcement, other))
    for first, second in ((OPENER, WITNESS), (OPENER, CUSTODIAN), (WITNESS, CUSTODIAN)):
        assert world.private_half(announcement, first, second).public_key().public_bytes_raw() == public
    world.opened(announcement)
    assert announcement.transfer.step is not None


def test_whoever_lost_a_passphrase_may_follow_oneself(world: World) -> None:
    announcement = world.bid()
    report(world, announcement, OPENER)
    successor = follow(world, announcement, OPENER, world.people.payer)
    replace(world, announcement, successor)
    assert holders_of_attempt(announcement.transfer).lost == []
    assert world.opened(announcement).opened_by is world.people.payer


def test_the_two_who_stay_are_told_that_it_is_their_turn(world: World) -> None:
    announcement = world.bid()
    people = world.people
    world.appoint_holder(announcement.transfer, WITNESS, people.witness)
    assert "开启见证人还没有接受指定、领取口令" in world.lacking(announcement.transfer)
    world.accept_holding(max(announcement.transfer.appointments, key=lambda row: row.id))
    waiting = [
        item
        for item in rooms.standing_of(announcement.transfer, world.now, working_calendar()).outstanding
        if item.deed is Deed.HOLDER_REPLACE
    ]
    assert [item.people for item in waiting] == [{people.payer.id, people.second_member.id}]
    assert people.witness.name in str(waiting[0])


def test_a_successor_who_is_replaced_before_holding_is_out(world: World) -> None:
    announcement = world.bid()
    first = follow(world, announcement, WITNESS)
    copies = sealed_anew(world, announcement, first)
    second = follow(world, announcement, WITNESS, world.people.other_officer)
    assert first.ended_at == world.now
    world.refuse(
        operations.replace_holder, key_of(announcement), first, copies, second=world.people.second_member,
        by=world.people.payer, error=WrongState, says=("不是等着接任",),
    )  # fmt: skip
    replace(world, announcement, second)
    assert world.holder_of(announcement, WITNESS) is world.people.other_officer


def test_a_holder_is_replaced_by_the_two_others_alone_and_by_both_of_them(world: World) -> None:
    announcement = world.bid()
    people = world.people
    successor = follow(world, announcement, OPENER)
    copies = sealed_anew(world, announcement, successor)
    for actor, second in (
        (people.payer, people.auditor), (people.auditor, people.payer), (people.auditor, people.auditor),
        (people.approver, people.auditor),
    ):  # fmt: skip
        world.refuse(
            operations.replace_holder, key_of(announcement), successor, copies, second=second, by=actor,
            says=("另外两位持有人一起",), where="passphrase", article="本系统的做法",
        )  # fmt: skip
    for actor in (people.officer, people.security_admin, None):
        world.refuse(
            operations.replace_holder, key_of(announcement), successor, copies, second=people.auditor, by=actor,
            error=NotPermitted,
        )  # fmt: skip
    assert world.holder_of(announcement, OPENER) is people.payer


def test_a_successor_without_a_pair_or_with_an_unchecked_sheet_does_not_follow(world: World) -> None:
    announcement = world.bid()
    people = world.people
    successor = world.appoint_holder(announcement.transfer, CUSTODIAN, people.other_officer)
    for _ in range(2):
        world.refuse(
            operations.replace_holder, key_of(announcement), successor, [], second=people.auditor, by=people.payer,
            says=("还没有核对恢复单", people.other_officer.name),
        )  # fmt: skip
        if successor.accepted_at is None:
            world.accept_holding(successor)
    assert world.holder_of(announcement, CUSTODIAN) is people.second_member


def test_copies_that_were_sealed_to_others_are_not_taken(world: World) -> None:
    announcement = world.bid()
    people = world.people
    successor = follow(world, announcement, OPENER)
    copies = sealed_anew(world, announcement, successor)
    for fewer in ([], copies[:1]):
        world.refuse(
            operations.replace_holder, key_of(announcement), successor, fewer, second=people.second_member,
            by=people.auditor, error=Conflict, says=("重新办理",),
        )  # fmt: skip
    assert world.holder_of(announcement, OPENER) is people.payer


def test_nobody_is_replaced_once_the_bids_are_opened(world: World) -> None:
    announcement = world.bid(method=Method.OPEN_TENDER)
    people = world.people
    successor = follow(world, announcement, OPENER)
    copies = sealed_anew(world, announcement, successor)
    world.opened(announcement)
    world.refuse(
        operations.replace_holder, key_of(announcement), successor, copies, second=people.second_member,
        by=people.auditor, error=WrongState, says=("已经开启",),
    )  # fmt: skip
    for kind, person in ((OPENER, people.approver), (WITNESS, people.witness), (CUSTODIAN, people.other_officer)):
        world.refuse(APPOINTS[kind], announcement.transfer, person, by=people.officer, error=WrongState)
    assert key_of(announcement).used_at is not None


def test_a_successor_is_held_to_the_same_rules(world: World) -> None:
    announcement = world.bid()
    people = world.people
    world.refuse(
        operations.appoint_opening_witness, announcement.transfer, people.supervisor, by=people.officer, says=("投诉",)
    )
    world.refuse(
        operations.appoint_opener, announcement.transfer, people.other_officer, by=people.officer, says=("采购人主持",)
    )
    assert holders_of_attempt(announcement.transfer).successors == {}


# ── standing in ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_substitute_holds_nothing(world: World) -> None:
    from procurement.registers import access
    from procurement.registers.substitutions import grant_substitution

    announcement = world.bid()
    opener, substitute = world.people.payer, world.people.approver
    world.do(grant_substitution, opener, substitute, world.today, world.today + timedelta(days=30), by=opener)
    access.ask_on(world.today)
    for deed in (Deed.BIDS_OPEN, Deed.HOLDER_REPLACE, Deed.SECRET_REPORT):
        assert access.can(opener, deed, announcement)
        assert not access.can(substitute, deed, announcement)


# ── sealed to one holder, under the earlier suite ──────────────────────────────────────────────────────────────────


def as_of_one_holder(world: World, announcement: Announcement) -> None:
    """What a landed database holds after its migration: one copy, sealed to the opener alone."""
    from procurement.steps.holders.models import CompetitionKeyCopy

    key, opener = key_of(announcement), the_appointment(announcement.transfer, OPENER)
    private = world.private_half(announcement)
    context = f"appointment {opener.id}"
    public = sealing.X25519PublicKey.from_public_bytes(holders_of_attempt(announcement.transfer).keys[opener.id].public)
    info = f"jieli 1 competition {context}".encode()
    sealed = sealing._hpke().encrypt(private.private_bytes_raw(), public, info=info)
    key.suite, key.copies = 1, [CompetitionKeyCopy(outer_id=opener.id, inner_id=None, sealed=sealed)]
    for row in announcement.transfer.appointments:
        if row.kind in (WITNESS, CUSTODIAN):
            db.session.execute(HolderKey.__table__.delete().where(HolderKey.appointment_id == row.id))
            row.ended_at = world.now
    db.session.commit()


def test_a_competition_of_one_holder_opens_by_the_one_passphrase(world: World) -> None:
    announcement = world.bid()
    as_of_one_holder(world, announcement)
    world.go_to(opens_at(announcement))
    opened = world.unseal(announcement, OPENER)
    opener = world.people.payer
    world.refuse(
        bidding.open_bids, announcement, opened, second=world.people.auditor, by=opener, says=("封存时的持有人",)
    )
    competition = world.do(bidding.open_bids, announcement, opened, by=opener)
    assert (competition.opened_by, competition.opened_with) == (opener, None)
    assert competition.record is not None
    assert competition.record.told["opened_with"] == ""


def test_the_one_holder_is_not_replaced_and_a_loss_fails_the_round(world: World) -> None:
    announcement = world.bid()
    as_of_one_holder(world, announcement)
    world.refuse(
        operations.appoint_opener, announcement.transfer, world.people.approver, by=world.people.officer,
        error=WrongState, says=("一人封存", "不能换人"),
    )  # fmt: skip
    report(world, announcement, OPENER)
    world.do(bidding.fail_competition, announcement, reason="口令遗失", by=world.people.officer)
    assert announcement.failure_ground is FailureGround.KEYS_LOST


# ── the opening ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("first", HOLDERS)
@pytest.mark.parametrize("second", HOLDERS)
def test_any_two_of_the_three_open_and_no_one_alone(world: World, first: Appointed, second: Appointed) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    if first is second:
        with pytest.raises(RuleBroken, match="没有可以由这些人打开的密钥"):
            world.unseal(announcement, first, second)
        with pytest.raises(RuleBroken, match="没有可以由这些人打开的密钥"):
            world.unseal(announcement, first)
        opened = world.unseal(announcement)
        actor = world.holder_of(announcement, first)
        for other in (actor, None, world.people.officer):
            world.refuse(
                bidding.open_bids, announcement, opened, second=other, by=actor, says=("2 人一起",),
                where="passphrase", article="本系统的做法",
            )  # fmt: skip
        return
    competition = world.open(announcement, first, second)
    assert competition.opened_by is world.holder_of(announcement, first)
    assert competition.opened_with is world.holder_of(announcement, second)
    assert competition.record is not None
    assert competition.record.told["opened_with"] == competition.opened_with.name
    line = next(row for row in audit.lines_of_chain(announcement.transfer.chain_key) if row.deed is Deed.BIDS_OPEN)
    assert line.told["opened_with"] == competition.opened_with.id
    assert key_of(announcement).used_at == world.now


def test_each_wrong_secret_is_named_with_whose_it_is(world: World) -> None:
    announcement = world.bid()
    key, wrong = key_of(announcement), "AAAA-BBBB-CCCC-DDDD-EEEE"
    names = {
        OPENER: f"开启人{world.people.payer.name}的口令不对", WITNESS: f"开启见证人{world.people.auditor.name}的口令不对",
        CUSTODIAN: f"恢复单保管人{world.people.second_member.name}的密语不对",
    }  # fmt: skip
    for first, second in ((OPENER, WITNESS), (OPENER, CUSTODIAN), (WITNESS, CUSTODIAN)):
        good, bad = world.told(announcement, first), world.told(announcement, second, wrong)
        with pytest.raises(Refusals) as refused:
            open_competition_key(key, good, bad)
        assert [str(one)[: len(names[second])] for one in refused.value.refusals] == [names[second]]
        with pytest.raises(Refusals) as refused:
            open_competition_key(key, world.told(announcement, first, wrong), bad)
        assert [str(one)[: len(name)] for one, name in zip(
            refused.value.refusals, (names[first], names[second]), strict=True
        )] == [names[first], names[second]]  # fmt: skip


def test_whoever_holds_does_not_sit_on_the_panel(world: World) -> None:
    announcement = world.opened().announcement
    expert = world.people.experts[0]
    transfer: Transfer = announcement.transfer
    assert expert in competition_rules.eligible_experts([expert], [], transfer)
    former = Appointment(
        transfer=transfer, kind=CUSTODIAN, attempt=transfer.attempt, user=expert, appointed_at=world.now,
        ended_at=world.now,
    )  # fmt: skip
    db.session.add(former)
    db.session.flush()
    assert competition_rules.eligible_experts([expert], [], transfer) == []
    db.session.rollback()


# ── whoever has become what no holder may be ───────────────────────────────────────────────────────────────────────

UNFIT = {OPENER: Role.EXPERT, WITNESS: Role.SYSTEM_ADMIN, CUSTODIAN: Role.EXPERT}


def become(person: User, role: Role) -> None:
    """A role that no deed would have given them."""
    person.grants.append(RoleGrant(role=role))
    db.session.commit()


@pytest.mark.parametrize("kind", HOLDERS)
def test_whoever_has_become_unfit_accepts_nothing(world: World, kind: Appointed) -> None:
    transfer, people = world.resolved(), world.people
    person = {OPENER: people.payer, WITNESS: people.auditor, CUSTODIAN: people.second_member}[kind]
    appointment = world.appoint_holder(transfer, kind, person)
    become(person, UNFIT[kind])
    world.refuse(
        ACCEPTS[kind], appointment, pair_for(appointment), by=person, says=(person.name, f"不能作{kind.label}")
    )
    assert key_of_appointment(appointment) is None


@pytest.mark.parametrize("kind", HOLDERS)
def test_nothing_is_published_while_a_holder_is_unfit(world: World, kind: Appointed) -> None:
    announcement = world.announcement_drafted()
    person = world.people.officer
    become(the_appointment(announcement.transfer, kind).user, UNFIT[kind])
    world.refuse(
        announcement_operations.publish_announcement, announcement, by=person, says=(f"不能作{kind.label}", "第 1 步")
    )
    (item,) = [
        row
        for row in rooms.standing_of(announcement.transfer, world.now, working_calendar()).outstanding
        if f"不能作{kind.label}" in str(row)
    ]
    assert item.deed is rules.APPOINTS[kind]


@pytest.mark.parametrize("kind", OPENERS)
def test_whoever_has_become_unfit_opens_nothing_and_is_to_be_replaced(world: World, kind: Appointed) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    opened = world.unseal(announcement)
    become(world.holder_of(announcement, kind), UNFIT[kind])
    world.refuse(
        bidding.open_bids, announcement, opened, second=world.holder_of(announcement, WITNESS),
        by=world.holder_of(announcement, OPENER), says=(f"不能作{kind.label}",), where="passphrase",
    )  # fmt: skip
    lacking = rooms.standing_of(announcement.transfer, world.now, working_calendar()).outstanding
    assert rules.APPOINTS[kind] in [row.deed for row in lacking]
    # The two others open all the same.
    (other,) = set(OPENERS) - {kind}
    assert world.open(announcement, other, CUSTODIAN).opened_by is world.holder_of(announcement, other)


def test_whoever_has_become_unfit_replaces_nobody(world: World) -> None:
    announcement = world.bid()
    successor = follow(world, announcement, OPENER)
    copies = sealed_anew(world, announcement, successor)
    become(world.people.auditor, Role.SYSTEM_ADMIN)
    world.refuse(
        operations.replace_holder, key_of(announcement), successor, copies, second=world.people.second_member,
        by=world.people.auditor, says=("不能作开启见证人",), where="passphrase",
    )  # fmt: skip
    assert world.opener_of(announcement) is world.people.payer


def test_a_lost_secret_is_a_task_of_the_officer_until_a_successor_is_named(world: World) -> None:
    announcement = world.bid()
    report(world, announcement, WITNESS)
    lacking = rooms.standing_of(announcement.transfer, world.now, working_calendar()).outstanding
    (item,) = [row for row in lacking if row.deed is Deed.OPENING_WITNESS_APPOINT]
    assert "开启见证人" in str(item)
    assert world.people.auditor.name in str(item)
    assert is_mine(announcement.transfer, item, world.people.officer)
    world.appoint_holder(announcement.transfer, WITNESS, world.people.witness)
    assert not any("遗失" in lack for lack in world.lacking(announcement.transfer))
