"""Further accounts of an organisation: who signs and who only drafts, opened and stopped by its own people."""

from __future__ import annotations

import pytest

from procurement.foundation.errors import NotPermitted, Refusals, RuleBroken, WrongState
from procurement.registers import access, accounts, notices
from procurement.registers.access import Deed
from procurement.registers.accounts import NewPassword, PersonTerms
from procurement.registers.organisations import operations
from procurement.registers.people import Role, User
from procurement.steps.competition.operations import bidding
from procurement.steps.performance.operations import delivery as delivery_operations
from procurement.steps.reminders import holders_of
from procurement.transfers.line import Outstanding
from procurement.transfers.models import Transfer
from tests.factories import World, the_agreement

SECRET = NewPassword("清风徐来水波不兴二零二五", "hash")


def enrol(world: World, by: User, role: Role = Role.DRAFTER, login: str = "colleague2") -> User:
    terms = PersonTerms(login=login, name="林二")
    return world.do(operations.enrol_colleague, by.organisation, role, terms, SECRET, by=by)


def test_a_further_account_is_of_the_same_organisation_and_must_change_its_password(world: World) -> None:
    first = world.people.providers[0]
    second = enrol(world, first, Role.PROVIDER)
    third = enrol(world, second, login="colleague3")
    assert (second.organisation_id, third.organisation_id) == (first.organisation_id,) * 2
    assert (second.roles, third.roles) == ({Role.PROVIDER}, {Role.DRAFTER})
    assert third.must_change_password
    assert notices.unread(first)[0].told["person"] == third.name
    assert notices.unread(second) == []


def test_a_drafter_reports_and_reads_and_signs_nothing(world: World) -> None:
    transfer = world.handed_over()
    signatory = world.provider_of(transfer)
    drafter = enrol(world, signatory)
    milestone = the_agreement(transfer).milestones[0]
    world.go_to(milestone.due_on)
    world.do(delivery_operations.report_milestone, milestone, report="按约完成。", evidence=None, by=drafter)
    for deed in (Deed.TRANSFER_READ, Deed.AGREEMENT_READ, Deed.HANDOVER_READ, Deed.MILESTONE_READ):
        assert access.can(drafter, deed, transfer)
    agreement = the_agreement(transfer)
    for deed in (Deed.BID_SUBMIT, Deed.BID_WITHDRAW, Deed.AGREEMENT_CONFIRM, Deed.HANDOVER_SIGN, Deed.COLLEAGUE_ENROL):
        assert access.can(signatory, deed, agreement)
        assert not access.can(drafter, deed, agreement)


def test_a_drafters_bid_is_refused(world: World) -> None:
    announcement = world.announced()
    drafter = enrol(world, world.people.providers[0])
    envelope = world.seal(announcement, drafter, announcement.transfer.plan.ceiling, b"")
    assert world.refuse(
        bidding.submit_bid, announcement, envelope, by=drafter, error=NotPermitted, says=("社会组织用户",)
    )


def test_a_reminder_reaches_the_drafters_of_the_provider_and_of_nobody_else(world: World) -> None:
    transfer: Transfer = world.handed_over()
    own = enrol(world, world.provider_of(transfer))
    other = next(user for user in world.people.providers if user.organisation_id != transfer.provider_id)
    enrol(world, other, login="stranger")
    people = holders_of(transfer, Outstanding("", Deed.MILESTONE_REPORT))
    assert {person.id for person in people} == {world.provider_of(transfer).id, own.id}


def test_nobody_opens_or_stops_an_account_of_another_organisation(world: World) -> None:
    first, second = world.people.providers[:2]
    drafter = enrol(world, first)
    terms = PersonTerms(login="intruder", name="林二")
    for by in (second, drafter, world.people.officer, world.people.system_admin):
        assert world.refuse(
            operations.enrol_colleague, first.organisation, Role.DRAFTER, terms, SECRET, by=by, error=NotPermitted
        )
    for by in (second, drafter, world.people.officer):
        assert world.refuse(operations.stop_colleague, first, "离职", by=by, error=NotPermitted)


def test_an_unverified_organisation_has_its_first_user_alone(world: World) -> None:
    by = world.people.unverified
    terms = PersonTerms(login="colleague2", name="林二")
    assert world.refuse(
        operations.enrol_colleague, by.organisation, Role.DRAFTER, terms, SECRET, by=by, error=RuleBroken,
        says=("还没有通过核验",),
    )  # fmt: skip


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.SECURITY_ADMIN])
def test_no_other_role_is_given_in_this_way(world: World, role: Role) -> None:
    by, terms = world.people.providers[0], PersonTerms(login="colleague2", name="林二")
    assert world.refuse(operations.enrol_colleague, by.organisation, role, terms, SECRET, by=by, where="role")


def test_a_login_that_is_taken_is_said_at_its_field(world: World) -> None:
    by, terms = world.people.providers[0], PersonTerms(login="officer", name="")
    refusal = world.refuse(
        operations.enrol_colleague, by.organisation, Role.DRAFTER, terms, SECRET, by=by, error=Refusals
    )
    assert isinstance(refusal, Refusals)
    assert {fault.field for fault in refusal.refusals} == {"person_name", "login"}


def test_one_who_signs_always_remains(world: World) -> None:
    first = world.people.providers[0]
    second = enrol(world, first, Role.PROVIDER)
    assert world.refuse(operations.stop_colleague, first, "离职", by=first, says=("自己的账号",))
    world.do(operations.stop_colleague, first, "离职", by=second)
    assert not first.is_active
    assert world.refuse(operations.stop_colleague, first, "离职", by=second, error=WrongState)
    assert world.refuse(operations.stop_colleague, second, "离职", by=second, says=("自己的账号",))


def test_an_account_that_is_more_than_the_organisations_is_stopped_by_the_security_administrator(world: World) -> None:
    first = world.people.providers[0]
    second = enrol(world, first)
    roles = frozenset({Role.DRAFTER, Role.EXPERT})
    world.do(accounts.grant_roles, second, roles, by=world.people.security_admin)
    assert world.refuse(operations.stop_colleague, second, "离职", by=first, says=("安全管理员",))
