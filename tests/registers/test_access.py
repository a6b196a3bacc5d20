"""Who may do what: roles, appointments, scopes, conditions of time."""

from __future__ import annotations

import pytest

from procurement.foundation.database import db
from procurement.foundation.errors import NotPermitted
from procurement.registers import access
from procurement.registers.access import POLICY, Anyone, Appointed, Deed, Reach
from procurement.registers.deeds import perform
from procurement.registers.people import EXCLUSIVE, Role
from procurement.steps.competition.models.bids import active_bids
from procurement.steps.holders import operations as holder_operations
from tests.factories import World, differences, snapshot, the_appointment

# What only an appointment, the system or the demonstration may do, so that no department's role holds it.
BY_APPOINTMENT = {
    Deed.OPENER_ACCEPT, Deed.OPENING_WITNESS_ACCEPT, Deed.CUSTODIAN_ACCEPT, Deed.SHEET_CONFIRM, Deed.SECRET_REPORT,
    Deed.HOLDER_REPLACE, Deed.BIDS_OPEN, Deed.SCORE_SHEET_SIGN,
}  # fmt: skip


def test_a_department_reaches_its_own_transfers_and_no_others(world: World) -> None:
    transfer = world.resolved()
    assert access.can(world.people.officer, Deed.ANNOUNCEMENT_DRAFT, transfer)
    assert access.can(world.people.colleague, Deed.ANNOUNCEMENT_DRAFT, transfer)
    assert not access.can(world.people.other_officer, Deed.ANNOUNCEMENT_DRAFT, transfer)


def test_a_role_is_needed_besides_the_department(world: World) -> None:
    transfer = world.resolved()
    assert not access.can(world.people.approver, Deed.ANNOUNCEMENT_DRAFT, transfer)
    assert not access.can(world.people.payer, Deed.ANNOUNCEMENT_DRAFT, transfer)


def test_a_visitor_may_do_what_anyone_may_and_nothing_else(world: World) -> None:
    transfer = world.resolved()
    for deed in Deed:
        assert access.can(None, deed, transfer) is (Anyone.ANYONE in POLICY.get(deed, {})), deed


def test_a_deactivated_account_may_do_nothing(world: World) -> None:
    transfer = world.resolved()
    world.people.officer.deactivated_at = world.now
    db.session.flush()
    assert not any(access.can(world.people.officer, deed, transfer) for deed in Deed)


def test_an_appointment_holds_for_its_own_transfer_only(world: World) -> None:
    announcement = world.announced()
    other = world.announced(world.resolved(title="另一项服务"))
    member = world.people.payer
    (held, elsewhere) = (
        the_appointment(one.transfer, Appointed.OPENER) for one in (announcement, other)
    )  # fmt: skip
    assert access.can(member, Deed.BIDS_OPEN, announcement)
    elsewhere.ended_at = world.now
    db.session.flush()
    assert access.can(member, Deed.BIDS_OPEN, announcement)
    assert not access.can(member, Deed.BIDS_OPEN, other)
    assert not access.can(world.people.approver, Deed.BIDS_OPEN, announcement)
    assert held.user_id == member.id


def test_an_appointment_is_accepted_by_its_holder_alone(world: World) -> None:
    transfer = world.resolved()
    appointment = world.do(holder_operations.appoint_opener, transfer, world.people.payer, by=world.people.officer)
    assert access.can(world.people.payer, Deed.OPENER_ACCEPT, appointment)
    assert not any(
        access.can(user, Deed.OPENER_ACCEPT, appointment)
        for user in world.people.everyone()
        if user is not world.people.payer
    )


def test_nobody_reads_a_bid_before_the_opening_not_even_its_bidder(world: World) -> None:
    announcement = world.bid()
    for bid in active_bids(announcement):
        readers = [user.login for user in world.people.everyone() if access.can(user, Deed.BID_READ, bid)]
        assert readers == []


def test_after_the_opening_a_bid_is_read_by_those_who_judge_it(world: World) -> None:
    competition = world.ready()
    bid = next(bid for bid in active_bids(competition.announcement) if bid.submitted_by is world.people.providers[0])
    people = world.people
    may = {user.id for user in people.everyone() if access.can(user, Deed.BID_READ, bid)}
    panel = {user.id for user in world.panel_of(competition)}
    house = {people.officer.id, people.colleague.id, people.approver.id, people.supervisor.id, people.auditor.id}
    assert may == panel | house | {people.providers[0].id}


def test_a_review_is_read_once_it_is_concluded(world: World) -> None:
    competition = world.scored()
    assert not any(access.can(user, Deed.REVIEW_READ, competition) for user in world.people.everyone())
    world.reviewed(competition)
    assert access.can(world.people.officer, Deed.REVIEW_READ, competition)
    assert not access.can(world.people.other_officer, Deed.REVIEW_READ, competition)
    assert not any(access.can(user, Deed.REVIEW_READ, competition) for user in world.people.providers)


def test_a_transfer_becomes_its_providers_own_with_the_award(world: World) -> None:
    transfer = world.awarded()
    winner = world.provider_of(transfer)
    assert access.can(winner, Deed.TRANSFER_READ, transfer)
    losers = [user for user in world.people.providers if user is not winner]
    assert not any(access.can(user, Deed.TRANSFER_READ, transfer) for user in losers)


def test_the_refusal_names_the_deed_and_who_may_do_it(world: World) -> None:
    transfer = world.resolved()
    with pytest.raises(NotPermitted) as refused:
        access.require(world.people.approver, Deed.ANNOUNCEMENT_DRAFT, transfer)
    assert str(refused.value) == "“起草公告”不由您办理。可以办理的是：经办人。"
    assert refused.value.status == 403


def test_a_refusal_leaves_its_line_and_nothing_else(world: World) -> None:
    transfer = world.resolved()
    before = snapshot()
    refused = world.refuse(
        holder_operations.appoint_opener, transfer, world.people.payer, by=world.people.other_officer,
        error=NotPermitted,
    )  # fmt: skip
    assert str(refused) == "“指定开启人”由这件事所属部门的经办人办理，您不属于那个部门。"
    after = snapshot()
    assert differences(before, after) == {"audit_lines", "audit_heads"}
    assert len(after["audit_lines"]) == len(before["audit_lines"]) + 1


# What everybody who imports does with a list of their own before it is taken over: it writes into no register. Taking over is a
# deed of each kind of list, and kept apart like any other.
BEFORE_TAKING_OVER = {Deed.IMPORT_BEGIN, Deed.IMPORT_ASSIGN, Deed.IMPORT_DISCARD}
# Which departments there are is looked up by all staff; nothing of the line is read with it.
LOOKED_UP_BY_STAFF = {Deed.DEPARTMENT_READ}


def test_no_deed_of_an_administrator_is_a_deed_of_the_line() -> None:
    line = [deed for deed, holders in POLICY.items() if set(holders) & {Role.OFFICER, Role.APPROVER, Role.MEMBER}]
    for deed in set(line) - BEFORE_TAKING_OVER - LOOKED_UP_BY_STAFF:
        assert not set(POLICY[deed]) & {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}, deed


def test_the_three_administrators_have_no_writing_deed_in_common() -> None:
    # The first account of an installation is the security administrator's; it lets in the system administrator.
    shared = {
        deed for deed, holders in POLICY.items() if len(set(holders) & EXCLUSIVE) > 1 and deed is not Deed.USER_CREATE
    }
    assert shared == BEFORE_TAKING_OVER | LOOKED_UP_BY_STAFF


def test_an_auditor_only_reads() -> None:
    for deed, holders in POLICY.items():
        if Role.AUDITOR in holders:
            assert deed.verb == "read", deed


def test_what_is_by_appointment_is_held_by_no_role() -> None:
    for deed in BY_APPOINTMENT:
        assert all(isinstance(key, Appointed) and scope.reach is Reach.ASSIGNED for key, scope in POLICY[deed].items())


def test_a_deed_missing_from_the_table_is_forbidden_to_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    transfer = world.resolved()
    monkeypatch.delitem(POLICY, Deed.TRANSFER_READ)
    assert not any(access.can(user, Deed.TRANSFER_READ, transfer) for user in [None, *world.people.everyone()])
    with pytest.raises(NotPermitted, match="无人"):
        access.require(world.people.auditor, Deed.TRANSFER_READ, transfer)


def test_what_the_system_does_nobody_else_does(world: World) -> None:
    transfer = world.resolved()
    assert access.can(world.people.system, Deed.REMINDER_SEND, transfer)
    assert not any(access.can(user, Deed.REMINDER_SEND, transfer) for user in [None, *world.people.everyone()])


def test_rights_are_read_afresh_with_every_deed(world: World) -> None:
    transfer = world.resolved()
    officer = world.people.officer
    officer.grants.clear()
    db.session.commit()
    with pytest.raises(NotPermitted):
        perform(holder_operations.appoint_opener, transfer, world.people.payer, actor=officer, clock=world.clock)
