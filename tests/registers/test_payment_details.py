"""What payments need of an organisation: numbers that prove themselves, sealed, masked, told in full to few and recorded."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from procurement.foundation.database import Base, db
from procurement.foundation.errors import DomainError, NotPermitted, RuleBroken
from procurement.foundation.fields import masked
from procurement.foundation.workbooks import read_workbook
from procurement.registers import notices
from procurement.registers.access import Deed
from procurement.registers.audit import lines_of_chain
from procurement.registers.imports.operations import begin_import
from procurement.registers.organisations import operations
from procurement.registers.organisations.identity_number import check_digit, ensure_identity_number, plain_identity
from procurement.registers.organisations.importing import import_organisations
from procurement.registers.organisations.models import (
    Organisation,
    OrganisationStatus,
    PaymentDetail,
    organisation_by_code,
)
from procurement.registers.organisations.rules import PaymentTerms, ensure_payment_holds
from procurement.registers.people import Role, RoleGrant
from tests.factories import World
from tests.registers.imports.lists import HEAD, code, line, reading
from tests.registers.imports.sheets import BOUNDS, xlsx
from tests.registers.test_organisations import PERSON, SECRET, TERMS
from tests.web.browsing import get, send, signed_in, text_of

# The example of the standard itself, whose check digit is X.
IDENTITY, BANK, ACCOUNT = "11010519491231002X", "浙江龙港农村商业银行龙金支行", "201000-123456789012"
DETAILS = PaymentTerms(IDENTITY, BANK, ACCOUNT)


def test_the_example_of_the_standard_passes_and_no_slip_of_a_digit_does() -> None:
    ensure_identity_number(IDENTITY)
    assert check_digit(IDENTITY[:17]) == "X"
    assert plain_identity(" 110105-19491231-002x ") == IDENTITY
    for place, char in enumerate(IDENTITY[:17]):
        for digit in set("0123456789") - {char}:
            with pytest.raises(RuleBroken):
                ensure_identity_number(IDENTITY[:place] + digit + IDENTITY[place + 1 :])


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"identity_number": IDENTITY[:15]}, "identity_number", "您填了 15 位"),
        ({"identity_number": "X" + IDENTITY[1:]}, "identity_number", "第 1 位不是数字"),
        ({"identity_number": "１" + IDENTITY[1:]}, "identity_number", "第 1 位不是数字"),
        ({"identity_number": "11010519491331002X"}, "identity_number", "第 7 至 14 位"),
        ({"identity_number": IDENTITY[:17] + "1"}, "identity_number", "第 18 位校验码"),
        ({"account_number": "2010001"}, "account_number", "8 到 32 位数字，您填了 7 位"),
        ({"account_number": "-" * 12}, "account_number", "您填了 0 位"),
        ({"account_number": "2" * 33}, "account_number", "您填了 33 位"),
        ({"account_number": "20100 0123456"}, "account_number", "第 6 个字符"),
        ({"bank": " "}, "bank", "还要填开户银行"),
        ({"account_number": ""}, "account_number", "还要填银行账号"),
    ],
)
@pytest.mark.sqlite_only
def test_what_is_wrong_is_said_at_its_field_and_no_number_is_repeated(
    world: World, changes: dict[str, str], field: str, says: str
) -> None:
    terms = replace(DETAILS, **changes)
    with pytest.raises(DomainError) as refusal:
        ensure_payment_holds(terms, world.today)
    assert (refusal.value.field, says in str(refusal.value)) == (field, True)
    for said in (str(refusal.value), repr(refusal.value.values), repr(terms)):
        assert not [number for number in (terms.identity_number, terms.account_number) if number and number in said]


@pytest.mark.parametrize(
    ("number", "shown"),
    [("330327198001011234", "330***********1234"), ("12345678", "****5678"), ("", ""), ("1234", "**34")],
)
def test_of_a_sealed_number_head_and_tail_are_shown(number: str, shown: str) -> None:
    assert masked(number) == shown


def in_the_database() -> str:
    """Every row of every table as it lies there, nothing opened on the way."""
    return "\n".join(
        str(tuple(row)) for name in Base.metadata.tables for row in db.session.execute(text(f'SELECT * FROM "{name}"'))
    )


def test_the_numbers_stand_nowhere_but_where_they_are_looked_at_and_that_is_recorded(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    people = world.people
    signs = people.providers[0]
    path = f"/organisations/{signs.organisation_id}"
    own = signed_in(world, signs)
    assert "付款还缺" in get(own, path)
    wrong = {"identity_number": IDENTITY, "bank": "", "account_number": ACCOUNT}
    assert "还要填开户银行" in text_of(send(own, f"{path}/payment-details", wrong, status=422))
    send(own, f"{path}/payment-details", {**wrong, "bank": BANK})
    db.session.rollback()
    (done,) = [row for row in lines_of_chain("house") if row.told.get("changed")]
    assert (done.deed, set(done.told["changed"])) == (Deed.PAYMENT_DETAILS_KEEP, {row.value for row in PaymentDetail})
    shown = get(own, path)
    assert (masked(IDENTITY) in shown, masked(ACCOUNT) in shown, BANK in shown, "付款还缺" in shown) == (
        True, True, True, False,
    )  # fmt: skip
    # Who may look at which, and what everybody else sees of it.
    for person, sees in (
        (signs, (200, 200)), (people.officer, (200, 200)), (people.payer, (403, 200)), (people.approver, (403, 403)),
        (people.supervisor, (403, 403)), (people.auditor, (403, 403)), (people.providers[1], (403, 403)),
    ):  # fmt: skip
        client = signed_in(world, person)
        page = get(client, path)
        assert (masked(IDENTITY) in page, masked(ACCOUNT) in page, BANK in page) == (
            sees[0] == 200, sees[1] == 200, sees[1] == 200,
        ), person.login  # fmt: skip
        assert not any(number in page for number in (IDENTITY, ACCOUNT))
        for part, number, status in zip(("identity-number", "bank-account"), (IDENTITY, ACCOUNT), sees, strict=True):
            assert (number in get(client, f"{path}/{part}", status)) is (status == 200), (person.login, part)
    looked = [(row.deed, row.actor_id) for row in lines_of_chain("house") if row.outcome.value == "read"]
    assert looked.count((Deed.BANK_ACCOUNT_READ, people.payer.id)) == 1
    assert [deed for deed, _person in looked].count(Deed.IDENTITY_NUMBER_READ) == 2
    # Left empty a number stays, also on the form itself; what is ticked off goes.
    form = get(own, f"{path}/payment-details")
    public = get(world.app.test_client(), path)
    for page in (form, public, get(signed_in(world, people.auditor), "/audit")):
        assert not any(number in page for number in (IDENTITY, ACCOUNT))
    assert not any(number in public for number in (masked(IDENTITY), masked(ACCOUNT), BANK))
    lying = in_the_database()
    assert BANK in lying
    for kept in (lying, caplog.text, *map(repr, notices.tray(signs))):
        assert not any(number in kept for number in (IDENTITY, ACCOUNT))
    send(own, f"{path}/payment-details", {"bank": BANK, "forget_identity": "y"})
    db.session.rollback()
    organisation = db.session.get_one(Organisation, signs.organisation_id)
    assert (organisation.identity_number, organisation.bank, organisation.account_number) == ("", BANK, ACCOUNT)


def test_who_signs_for_the_organisation_changes_them_and_the_others_who_sign_are_told(world: World) -> None:
    people = world.people
    signs, drafts, other = people.providers[:3]
    drafts.organisation_id = other.organisation_id = signs.organisation_id
    drafts.grants = [RoleGrant(role=Role.DRAFTER)]
    db.session.commit()
    organisation = signs.organisation
    assert organisation is not None
    for person in (drafts, people.officer, people.payer, people.providers[3]):
        world.refuse(operations.keep_payment_details, organisation, DETAILS, by=person, error=NotPermitted)
    world.do(operations.keep_payment_details, organisation, DETAILS, by=signs)
    world.do(operations.keep_payment_details, organisation, replace(DETAILS, identity_number=""), by=signs)
    assert [row.told["changed"] for row in notices.tray(other)] == [
        ("法定代表人身份证号",), ("法定代表人身份证号", "开户银行", "银行账号"),
    ]  # fmt: skip
    assert notices.tray(signs) == notices.tray(drafts) == []


def test_a_list_brings_them_shows_them_masked_and_whoever_registers_says_them_anew(world: Any) -> None:
    heads = [*HEAD, "法定代表人身份证号", "开户行", "对公账号"]
    wrong = IDENTITY[:17] + "1"
    rows = [[*line(1), IDENTITY, BANK, ACCOUNT], [*line(2), wrong, "", "1234567"], ["合计", IDENTITY]]
    officer = signed_in(world, world.people.officer)
    row = world.do(begin_import, None, reading(world, xlsx([heads, *rows])), stored="-", by=world.people.officer)
    shown = get(officer, f"/imports/{row.id}")
    assert (row.rows, row.faulty) == (2, 1)
    for part in ("第 18 位校验码", "您填了 7 位", masked(IDENTITY), masked(ACCOUNT), masked(wrong)):
        assert part in shown
    assert not any(number in shown for number in (IDENTITY, wrong, ACCOUNT))
    sheet = read_workbook(officer.get(f"/imports/{row.id}/faults").get_data(), BOUNDS).sheets[0]
    assert wrong not in str([cell.text for told in sheet.rows for cell in told.cells])
    row = world.do(begin_import, None, reading(world, xlsx([heads, rows[0]])), stored="-", by=world.people.officer)
    world.do(import_organisations, row, by=world.people.officer)
    found = organisation_by_code(code(1))
    assert found is not None
    assert (found.identity_number, found.bank, found.account_number) == (IDENTITY, BANK, ACCOUNT)
    lying = in_the_database()
    assert not any(number in lying for number in (IDENTITY, ACCOUNT))
    # A list without these columns changes nothing of them.
    row = world.do(begin_import, None, reading(world, xlsx([HEAD, line(1)])), stored="-", by=world.people.officer)
    assert row.unchanged == 1
    # Nor does whoever registers a refused one anew inherit them.
    found.status, found.verified_at, found.verified_by_id = OrganisationStatus.REFUSED, None, None
    db.session.commit()
    terms = replace(TERMS, credit_code=code(1), name=found.name)
    world.do(operations.register_organisation, None, terms, PERSON, SECRET, by=None)
    assert found.lacking_for_payments == tuple(PaymentDetail)
