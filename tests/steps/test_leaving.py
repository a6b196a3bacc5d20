"""Leaving: transfers are handed on, an appointment that nobody else can fill keeps the account, the history stays."""

from __future__ import annotations

import pytest

from procurement.foundation.database import db
from procurement.foundation.errors import Refusals
from procurement.registers import accounts, audit, notices
from procurement.registers.access import HOLDERS, Appointed, Deed
from procurement.registers.people import Role, User
from procurement.steps import leaving
from procurement.steps.announcement import operations as announcement_operations
from procurement.steps.announcement.models import competition_key_of
from procurement.steps.handover import operations as handover_operations
from procurement.steps.holders import operations as holder_operations
from procurement.steps.holders.keys import seal_copies
from procurement.steps.holders.models import holders_of_attempt
from procurement.steps.holders.operations import replace_holder
from procurement.steps.leaving import open_work_of
from procurement.transfers.models import Method
from tests.factories import World


def leave(world: World, user: User, successor: User | None = None) -> None:
    world.do(leaving.deactivate_user, user, "调离", successor, by=world.people.security_admin)


def stays(world: World, user: User, *says: str, successor: User | None = None, where: str | None = None) -> None:
    world.refuse(
        leaving.deactivate_user, user, "调离", successor, by=world.people.security_admin, error=Refusals, says=says,
        where=where,
    )  # fmt: skip


def test_open_transfers_go_to_an_officer_of_the_department_and_the_history_keeps_who_did_what(world: World) -> None:
    transfer = world.keyed()
    officer, colleague = world.people.officer, world.people.colleague
    leave(world, officer, colleague)
    assert not officer.is_active
    assert transfer.officer is colleague
    assert transfer.plan.drafted_by is officer
    line = audit.lines_of_chain(transfer.chain_key)[0]
    assert (line.deed, line.told["officer"], line.told["before"]) == (Deed.USER_DEACTIVATE, colleague.id, officer.id)
    (house,) = audit.lines_of_chain("house", limit=1)
    assert (house.told["successor"], house.told["transfers"]) == (colleague.id, [transfer.id])
    assert audit.first_broken_line() is None
    told = notices.unread(colleague)[0]
    assert told.link == f"/transfers/{transfer.id}"
    assert told.told["person"] == officer.name
    # The one who took over goes on with it.
    deadline = world.deadline(transfer)
    terms = {"closes_at": deadline, "summary": "征集承接组织。", "contact": "李四 0577-5990002"}
    world.do(announcement_operations.draft_announcement, transfer, **terms, by=colleague)


def test_open_transfers_are_not_left_to_nobody_nor_to_somebody_else(world: World) -> None:
    world.planned()
    people = world.people
    stays(world, people.officer, "1 件", where="successor")
    for nobody in (people.approver, people.other_officer, people.officer):
        stays(world, people.officer, "不能接手", successor=nobody, where="successor")
    leave(world, people.colleague)
    stays(world, people.officer, "不能接手", successor=people.colleague, where="successor")


def test_without_open_work_nobody_takes_over(world: World) -> None:
    transfer = world.closed()
    officer = world.people.officer
    assert open_work_of(officer, world.now) == leaving.OpenWork([], [])
    leave(world, officer)
    assert transfer.officer is officer
    (line,) = audit.lines_of_chain("house", limit=1)
    assert (line.told["successor"], line.told["transfers"]) == (None, [])


def test_an_opener_stays_until_another_is_appointed(world: World) -> None:
    transfer = world.keyed()
    opener = world.people.payer
    stays(world, opener, transfer.title, "另外指定一位")
    world.do(holder_operations.appoint_opener, transfer, world.people.approver, by=world.people.officer)
    leave(world, opener)
    assert not opener.is_active


@pytest.mark.parametrize("kind", HOLDERS)
def test_once_bids_are_sealed_a_holder_stays_until_another_has_followed(world: World, kind: Appointed) -> None:
    announcement = world.bid()
    holder = world.holder_of(announcement, kind)
    stays(world, holder, announcement.transfer.title, kind.label, "另外两位持有人办理更换")
    successor = world.hold(
        announcement.transfer, kind, {"opener": world.people.approver}.get(kind.value, world.people.witness)
    )
    # Whoever is appointed and has a pair does not hold yet.
    stays(world, holder, "另外两位持有人办理更换")
    (held,) = open_work_of(successor.user, world.now).held
    assert "另外指定一位" in held.message
    desk = holders_of_attempt(announcement.transfer)
    first, second = desk.beside(kind)
    key = competition_key_of(announcement)
    assert key is not None
    keys = {row.kind: desk.keys[row.id] for row in (first, second, successor)}
    copies = seal_copies(world.private_half(announcement, first.kind, second.kind), announcement.id, 1, keys)
    world.do(replace_holder, key, successor, copies, second=second.user, by=first.user)
    leave(world, holder)
    assert not holder.is_active


def test_a_holder_of_opened_bids_may_leave(world: World) -> None:
    announcement = world.bid(method=Method.OPEN_TENDER)
    opener = world.opener_of(announcement)
    world.opened(announcement)
    leave(world, opener)
    assert not opener.is_active


def test_a_holder_stays_until_the_final_offers_are_opened(world: World) -> None:
    competition = world.opened()
    opener = world.opener_of(competition.announcement)
    stays(world, opener, "请经办人先指定接任的人")
    world.invited(world.drawn(world.qualified(competition)))
    stays(world, opener, "请经办人先指定接任的人")
    world.ready(competition)
    leave(world, opener)
    assert not opener.is_active


def test_a_panel_member_stays_until_the_sheet_is_signed_and_nothing_tells_which_panel_it_is(world: World) -> None:
    competition = world.drawn()
    member = world.panel_of(competition)[0]
    stays(world, member, "评审小组", "保密")
    (held,) = open_work_of(member, world.now).held
    assert competition.transfer.title not in held.message
    assert held.values == {}
    world.scored(competition)
    leave(world, member)
    assert not member.is_active


def test_a_witness_who_can_be_replaced_leaves_and_the_officer_is_told(world: World) -> None:
    handover = world.handover_drafted()
    witness, officer = world.people.witness, world.people.officer
    (held,) = open_work_of(witness, world.now).held
    assert not held.binds
    leave(world, witness)
    assert "另选监交人" in notices.unread(officer)[0].message
    assert handover.transfer.officer is officer


def test_a_witness_of_a_list_that_somebody_has_signed_stays(world: World) -> None:
    handover = world.handover_drafted()
    world.do(handover_operations.sign_handover, handover, by=world.people.officer)
    stays(world, world.people.witness, handover.transfer.title, "不能再改")
    world.do(handover_operations.sign_handover, handover, by=world.people.witness)
    leave(world, world.people.witness)
    assert not world.people.witness.is_active


# ── roles that do not go with it ───────────────────────────────────────────────────────────────────────────────────


UNFIT = [
    (Appointed.OPENER, Role.PAYER, Role.EXPERT),
    (Appointed.OPENER, None, None),
    (Appointed.OPENING_WITNESS, Role.AUDITOR, Role.EXPERT),
    (Appointed.OPENING_WITNESS, Role.SUPERVISOR, None),
    (Appointed.OPENING_WITNESS, Role.SYSTEM_ADMIN, None),
    (Appointed.CUSTODIAN, Role.MEMBER, Role.EXPERT),
]


@pytest.mark.parametrize(("kind", "first", "second"), UNFIT)
def test_a_holder_is_not_made_what_no_holder_may_be(
    world: World, kind: Appointed, first: Role | None, second: Role | None
) -> None:
    announcement = world.bid(method=Method.OPEN_TENDER)
    holder, admin = world.holder_of(announcement, kind), world.people.security_admin
    roles, before = frozenset(role for role in (first, second) if role is not None), holder.roles
    world.refuse(
        accounts.grant_roles, holder, roles, by=admin, where="roles",
        says=(holder.name, announcement.transfer.title, kind.label, "投标开启以前"),
    )  # fmt: skip
    assert holder.roles == before
    # Once the bids are opened nothing is held any more.
    world.opened(announcement)
    world.do(accounts.grant_roles, holder, roles, by=admin)
    assert holder.roles == roles


def test_whoever_is_to_follow_a_holder_is_kept_from_it_too_and_other_roles_are_granted(world: World) -> None:
    announcement, people = world.bid(), world.people
    world.appoint_holder(announcement.transfer, Appointed.CUSTODIAN, people.witness)
    roles = frozenset({Role.OFFICER, Role.EXPERT})
    world.refuse(accounts.grant_roles, people.witness, roles, by=people.security_admin, says=("恢复单保管人",))
    world.do(accounts.grant_roles, people.witness, frozenset({Role.OFFICER, Role.PAYER}), by=people.security_admin)
    assert people.witness.roles == {Role.OFFICER, Role.PAYER}


def test_a_holder_keeps_away_from_judging_until_the_final_offers_are_opened(world: World) -> None:
    competition = world.opened()
    holder = world.opener_of(competition.announcement)
    roles = holder.roles | {Role.EXPERT}
    world.refuse(accounts.grant_roles, holder, roles, by=world.people.security_admin, says=("不能作开启人",))
    assert Role.EXPERT not in holder.roles


@pytest.mark.sqlite_only
def test_open_work_is_found_in_as_many_queries_for_three_transfers_as_for_one(world: World) -> None:
    from tests.web.browsing import counted

    asked = []
    for _ in range(2):
        for _ in range(2 if asked else 1):
            world.keyed(world.resolved())
        db.session.expire_all()
        opener = db.session.get_one(User, world.people.payer.id)
        with counted() as statements:
            assert open_work_of(opener, world.now).held
        asked.append(len(statements))
    assert asked[0] == asked[1]
