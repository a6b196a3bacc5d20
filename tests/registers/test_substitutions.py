"""Substitutes: what they may do, that the record says in whose place, that two people count as one, and the end of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from procurement.foundation.database import db
from procurement.foundation.errors import NotPermitted, Refusals, WrongState
from procurement.registers import access, audit, notices, substitutions
from procurement.registers.access import POLICY, Deed, Reach
from procurement.registers.people import DEPARTMENTAL, EXCLUSIVE, Role, RoleGrant, Substitution, User
from procurement.steps import leaving
from procurement.steps.holders import operations as holder_operations
from procurement.steps.performance.operations import delivery as delivery_operations
from procurement.transfers import operations as transfer_operations
from procurement.transfers.rules import terms_of
from tests.factories import World, the_agreement


def grant(
    world: World, absent: User, substitute: User, days: int = 10, *, first: date | None = None, by: User | None = None
) -> Substitution:
    first = first or world.today
    return world.do(
        substitutions.grant_substitution, absent, substitute, first, first + timedelta(days=days - 1), by=by or absent
    )


def refuse(world: World, absent: User, substitute: User, days: int = 10, **expected: Any) -> None:
    first = expected.pop("first", world.today)
    last = first + timedelta(days=days - 1)
    expected.setdefault("error", Refusals)
    world.refuse(
        substitutions.grant_substitution, absent, substitute, first, last, by=expected.pop("by", absent), **expected
    )


def last_line(chain: str) -> audit.AuditLine:
    return audit.lines_of_chain(chain, limit=1)[0]


def test_a_substitute_acts_in_the_absent_persons_place_and_the_sealed_line_says_so(world: World) -> None:
    transfer = world.resolved()
    officer, payer, opener = world.people.officer, world.people.payer, world.people.approver
    world.refuse(holder_operations.appoint_opener, transfer, opener, by=payer, error=NotPermitted)
    grant(world, officer, payer)
    world.do(holder_operations.appoint_opener, transfer, opener, by=payer)
    line = last_line(transfer.chain_key)
    assert line.actor_name == f"{payer.name}（代{officer.name}）"
    assert (line.actor_id, line.told["for"]) == (payer.id, officer.id)
    assert audit.first_broken_line() is None
    line.actor_name = payer.name
    db.session.flush()
    broken = audit.first_broken_line()
    assert broken is not None
    assert broken.chain == transfer.chain_key
    db.session.rollback()


def test_what_a_substitute_may_do_anyway_is_done_in_the_own_name(world: World) -> None:
    transfer = world.resolved()
    grant(world, world.people.officer, world.people.colleague)
    world.do(holder_operations.appoint_opener, transfer, world.people.payer, by=world.people.colleague)
    line = last_line(transfer.chain_key)
    assert line.actor_name == world.people.colleague.name
    assert "for" not in line.told


def test_a_plan_drafted_in_anothers_place_is_in_that_persons_charge(world: World) -> None:
    grant(world, world.people.officer, world.people.payer)
    draft = world.draft()
    terms = terms_of(draft.plan)
    transfer = world.do(
        transfer_operations.draft_plan, world.people.department, terms, entry=draft.catalogue_entry,
        by=world.people.payer,
    )  # fmt: skip
    assert transfer.officer is world.people.officer
    assert transfer.plan.drafted_by is world.people.payer
    assert last_line(transfer.chain_key).actor_name.endswith(f"（代{world.people.officer.name}）")


def test_a_substitution_begins_and_ends_by_itself_with_its_days(world: World) -> None:
    transfer = world.resolved()
    officer, payer = world.people.officer, world.people.payer
    first = world.today + timedelta(days=2)
    grant(world, officer, payer, 3, first=first)
    deed = (holder_operations.appoint_opener, transfer, world.people.approver)
    world.refuse(*deed, by=payer, error=NotPermitted)
    for offset, may in ((0, True), (2, True), (3, False)):
        world.go_to(first + timedelta(days=offset))
        if may:
            world.do(*deed, by=payer)
        else:
            world.refuse(*deed, by=payer, error=NotPermitted)


def test_without_a_day_nobody_stands_in_for_anybody(world: World) -> None:
    transfer = world.resolved()
    grant(world, world.people.officer, world.people.payer)
    assert access.can(world.people.payer, Deed.OPENER_APPOINT, transfer)
    db.session.info.clear()
    assert not access.can(world.people.payer, Deed.OPENER_APPOINT, transfer)


def test_a_substitute_has_the_departments_rights_of_officer_approver_and_payer_and_no_others(world: World) -> None:
    absent, substitute = world.people.officer, world.people.payer
    absent.grants += [RoleGrant(role=role) for role in (Role.MEMBER, Role.EXPERT, Role.EVALUATOR, Role.APPROVER)]
    db.session.commit()
    transfer = world.agreed()
    grant(world, absent, substitute)
    agreement = the_agreement(transfer)
    gained = {deed for deed in Deed if access.absent_for(substitute, deed, agreement) is not None}
    for deed in gained:
        lent = {key for key, scope in POLICY[deed].items() if scope.reach is Reach.DEPARTMENT}
        assert lent & {Role.OFFICER, Role.APPROVER}, deed
    assert {Deed.AGREEMENT_PUBLISH, Deed.AGREEMENT_CONCLUDE} <= gained
    assert not gained & {
        Deed.ITEM_RESOLVE,
        Deed.VOTE_CAST,
        Deed.EVALUATION_CONCLUDE,
        Deed.BIDS_OPEN,
        Deed.ORGANISATION_VERIFY,
    }
    assert not EXCLUSIVE & DEPARTMENTAL


def test_what_was_lent_is_not_lent_on_and_reaches_no_other_department(world: World) -> None:
    transfer = world.resolved()
    people = world.people
    grant(world, people.officer, people.payer)
    grant(world, people.payer, people.approver, 2)
    assert access.can(people.payer, Deed.OPENER_APPOINT, transfer)
    assert not access.can(people.approver, Deed.OPENER_APPOINT, transfer)
    refuse(
        world, people.officer, people.other_officer, says=(people.other_officer.name, "同一部门"), where="substitute"
    )


def test_the_substitute_of_the_drafter_does_not_evaluate_the_plan_in_either_name(world: World) -> None:
    transfer = world.planned()
    grant(world, world.people.officer, world.people.approver)
    world.refuse(
        transfer_operations.evaluate_plan, transfer.plan, world.ex_ante(), text=world.print(),
        seen=transfer.plan.version, by=world.people.approver,
        says=("其代理人也不能",), article="政府采购需求管理办法",
    )  # fmt: skip


def test_a_drafter_who_stands_in_for_the_approver_does_not_evaluate_the_own_plan(world: World) -> None:
    transfer = world.planned()
    grant(world, world.people.approver, world.people.officer)
    world.refuse(
        transfer_operations.evaluate_plan, transfer.plan, world.ex_ante(), text=world.print(),
        seen=transfer.plan.version, by=world.people.officer,
        says=("写过方案的人不能评估",), article="政府采购需求管理办法",
    )  # fmt: skip
    assert last_line(transfer.chain_key).told["for"] == world.people.approver.id


def test_the_substitute_of_the_officer_in_charge_does_not_accept_the_work(world: World) -> None:
    delivery = world.reported()
    officer, approver = world.people.officer, world.people.approver
    substitution = grant(world, officer, approver)
    terms = {"findings": "达到约定。", "users_opinion": "满意。"}
    world.refuse(
        delivery_operations.accept_milestone, delivery, **terms, by=approver, says=("您代理的", officer.name),
        article="第六十一条",
    )  # fmt: skip
    world.do(substitutions.end_substitution, substitution, by=officer)
    world.do(delivery_operations.accept_milestone, delivery, **terms, by=approver)
    assert delivery.accepted_by_id == approver.id


def test_either_of_the_two_or_the_security_administrator_ends_it_and_both_are_told(world: World) -> None:
    people = world.people
    for by in (people.officer, people.payer, people.security_admin):
        substitution = grant(world, people.officer, people.payer)
        for stranger in (people.approver, people.system_admin):
            world.refuse(substitutions.end_substitution, substitution, by=stranger, error=NotPermitted)
        world.do(substitutions.end_substitution, substitution, by=by)
        assert last_line("house").told == {"absent": people.officer.id, "substitute": people.payer.id}
        world.refuse(substitutions.end_substitution, substitution, by=by, error=WrongState)
        for person in (people.officer, people.payer):
            assert "已结束" in notices.unread(person)[0].message


def test_nobody_names_a_substitute_for_another_but_the_security_administrator(world: World) -> None:
    people = world.people
    for by in (people.approver, people.payer, people.system_admin):
        refuse(world, people.officer, people.payer, by=by, error=NotPermitted)
    substitution = grant(world, people.officer, people.payer, by=people.security_admin)
    assert substitution.granted_by_id == people.security_admin.id


def test_days_that_cannot_be_are_refused_with_their_bounds(world: World) -> None:
    officer, payer = world.people.officer, world.people.payer
    refuse(world, officer, payer, 61, says=("61", "60 日"), where="last_day", article="本系统")
    refuse(world, officer, payer, first=world.today - timedelta(days=1), where="first_day", says=("已经过去",))
    refuse(world, officer, payer, 0, where="last_day", says=("早于开始日",))
    grant(world, officer, payer, 60)
    overlapping = world.today + timedelta(days=59)
    refuse(world, officer, world.people.approver, 1, first=overlapping, says=(payer.name,), where="first_day")
    grant(world, officer, world.people.approver, 1, first=overlapping + timedelta(days=1))


def test_who_is_away_stands_in_for_nobody(world: World) -> None:
    people = world.people
    grant(world, people.payer, people.approver)
    refuse(world, people.officer, people.payer, says=(people.payer.name, people.approver.name), where="first_day")


@pytest.mark.parametrize("role", sorted(EXCLUSIVE))
def test_neither_an_auditor_nor_an_administrator_stands_in(world: World, role: Role) -> None:
    world.people.payer.grants.append(RoleGrant(role=role))
    db.session.commit()
    refuse(world, world.people.officer, world.people.payer, says=("审计人员或管理员",), where="substitute")


def test_who_holds_none_of_the_departments_roles_has_nothing_to_lend(world: World) -> None:
    refuse(world, world.people.member, world.people.officer, says=("经办人、审批人和付款人",), where="substitute")


def test_a_substitution_ends_when_either_leaves(world: World) -> None:
    people = world.people
    lent, borrowed = grant(world, people.payer, people.approver), grant(world, people.officer, people.colleague)
    world.do(leaving.deactivate_user, people.payer, "调离", by=people.security_admin)
    world.do(leaving.deactivate_user, people.colleague, "调离", by=people.security_admin)
    assert lent.ended_at is not None
    assert borrowed.ended_at is not None
