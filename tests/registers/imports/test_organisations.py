"""Lists of organisations: forty faults in three thousand rows found, nothing taken over by halves, three formats alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from sqlalchemy import select, text

from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, NotPermitted, Refusals, RuleBroken, WrongState
from procurement.registers import notices
from procurement.registers.accounts import FIRST_MESSAGE, NewPassword, PersonTerms
from procurement.registers.audit import AuditLine
from procurement.registers.imports import models, operations
from procurement.registers.imports.importer import Outcome
from procurement.registers.imports.models import Import, ImportStatus
from procurement.registers.imports.recognition import Choice
from procurement.registers.organisations import operations as organisation_operations
from procurement.registers.organisations.importing import import_organisations
from procurement.registers.organisations.models import (
    InstitutionClass,
    Organisation,
    OrganisationStatus,
    organisation_by_code,
    users_of,
    verified_organisations,
)
from procurement.registers.organisations.rules import OrganisationTerms
from procurement.registers.people import Role
from tests.factories import World, differences, snapshot
from tests.registers.imports.lists import WRONG, code, csv_sheet, line, old_sheet, reading, sheet

OWN = {"imports", "import_rows", "audit_lines", "audit_heads"}
PERSON = PersonTerms(login="qingfeng", name="林二", email="lin@example.cn")
SECRET = NewPassword("清风徐来水波不兴二零二五", "hash")


def begun(world: World, rows: list[list[Any]], content: bytes | None = None) -> Import:
    return world.do(
        operations.begin_import, None, reading(world, content or sheet(rows)), stored="-", by=world.people.officer
    )


def taken(world: World, rows: list[list[Any]]) -> Import:
    row = begun(world, rows)
    world.do(import_organisations, row, by=world.people.officer)
    return row


def faults(row: Import) -> list[tuple[int, str]]:
    return [(one.number, fault.field) for one in models.rows_of(row, is_faulty=True) for fault in one.faults_told]


def organisation(number: int) -> Organisation:
    found = organisation_by_code(code(number))
    assert found is not None
    return found


def stored(row: Import) -> str:
    """Everything the database holds of an import, as its files and dumps hold it."""
    whole = db.session.execute(text("SELECT * FROM imports WHERE id = :id"), {"id": row.id}).all()
    return str(
        whole + db.session.execute(text("SELECT * FROM import_rows WHERE import_id = :id"), {"id": row.id}).all()
    )


def test_what_waits_to_be_taken_over_lies_in_the_database_sealed(world: World) -> None:
    canaries = "0577-59904321", "０５７７－５９９０７７７７", "0577-5990888", "联系人：陈二 0577-59906666"
    last = [canaries[3], *[None] * 8]
    row = begun(
        world, [line(1, phone=canaries[0]), line(2, phone=canaries[1]), line(3, code="", phone=canaries[2]), last]
    )
    assert [one.entry.text("phone") for one in models.rows_of(row)][:2] == [canaries[0], "0577－59907777"]
    assert row.told["left_out"][0]["text"] == canaries[3]
    assert not [canary for canary in (*canaries, "龙港市第1服务中心", "0577－59907777") if canary in stored(row)]


# ── three thousand ─────────────────────────────────────────────────────────────────────────────────────────────────


def spoilt(count: int) -> tuple[list[list[Any]], set[int]]:
    """Rows of which forty are faulty, and the numbers in the file of these."""
    rows = [line(number) for number in range(1, count + 1)]
    places = list(range(50, count, count // 41))[:40]
    # The last ones are what rows say of each other and of the register: a code twice, a name twice, a name that is taken.
    for at, place in enumerate(places):
        if at < len(WRONG):
            rows[place] = line(place + 1, **WRONG[at])
        elif at % 3 == 0:
            rows[place] = line(place + 1, code=code(1))
        elif at % 3 == 1:
            rows[place] = line(place + 1, name="龙港市第2服务中心")
        else:
            rows[place] = line(place + 1, name="龙港第1环境服务社")
    return rows, {place + 3 for place in places}


def test_three_thousand_with_forty_faults_change_nothing_and_the_corrected_list_is_taken_over_whole(
    world: World,
) -> None:
    rows, wrong = spoilt(3000)
    assert len(wrong) == 40
    before = snapshot()
    row = begun(world, rows)
    assert (row.rows, row.faulty) == (3000, 40)
    assert {number for number, _field in faults(row)} == wrong
    assert all(one.faults_told[0].message for one in models.rows_of(row, is_faulty=True))
    assert world.refuse(
        import_organisations, row, by=world.people.officer, says=["3000 行里有 40 行有错"], where="document"
    )
    assert differences(before, snapshot()) <= OWN

    # Corrected and saved in another format, as happens: the second reading of a large XLSX would tell nothing new.
    row = begun(world, [], csv_sheet([line(number) for number in range(1, 3001)]))
    assert (row.rows, row.faulty, row.added) == (3000, 0, 3000)
    world.do(import_organisations, row, by=world.people.officer)
    assert row.status is ImportStatus.APPLIED
    assert len(verified_organisations("服务中心")) == 3000
    told = db.session.query(AuditLine).order_by(AuditLine.id.desc()).first()
    assert told is not None
    assert told.told == {"sha256": row.file_sha256, "added": 3000, "changed": 0, "unchanged": 0, "fields": {}}


def test_each_fault_is_told_at_its_field(world: World) -> None:
    row = begun(world, [line(number, **wrong) for number, wrong in enumerate(WRONG, start=1)])
    found = faults(row)
    assert Counter(number for number, _field in found) == Counter(range(3, len(WRONG) + 3))
    names = {"code": "credit_code", "english": "name_en", "class": "institution"}
    for (_number, field), wrong in zip(found, WRONG, strict=True):
        assert field in {names.get(name, name) for name in wrong} | ({"institution"} if "code" in wrong else set()), (
            wrong
        )


# ── formats ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_three_formats_of_the_same_list_give_the_same(world: World) -> None:
    rows = [
        line(1),
        line(2, code=code(2, "12"), **{"class": "公益二类"}),
        line(3, phone=13800001111),
        line(4, phone="无"),
    ]
    found = []
    for content in (sheet(rows), old_sheet(rows), csv_sheet(rows)):
        row = begun(world, [], content)
        found.append(
            (
                [(one.number, one.entry.values, one.outcome) for one in models.rows_of(row)],
                faults(row),
                row.told["columns"],
            )
        )
    assert found[0] == found[1] == found[2]
    assert found[0][1] == [(6, "phone")]
    assert found[0][0][2][1]["phone"] == "13800001111"


# ── what is taken over ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_one_is_verified_by_the_officer_and_has_no_account(world: World) -> None:
    taken(world, [line(1), line(2, code=code(2, "12"), **{"class": "公益二类"})])
    found = organisation(1)
    assert (found.status, found.verified_at, found.verified_by_id) == (
        OrganisationStatus.VERIFIED, world.now, world.people.officer.id,
    )  # fmt: skip
    assert (found.name, found.address, found.representative, found.phone) == (
        "龙港市第1服务中心", "龙港市人民路1号", "陈一", "0577-59901234",
    )  # fmt: skip
    public = organisation_by_code(code(2, "12"))
    assert public is not None
    assert public.institution is InstitutionClass.SECOND


def test_a_known_one_is_changed_or_unchanged_and_keeps_what_the_list_does_not_say(world: World) -> None:
    taken(world, [line(1, introduction="一家机构", english="One"), line(2)])
    row = begun(world, [line(1, phone="0577-1112222"), line(2), line(3)])
    assert [one.outcome for one in models.rows_of(row)] == [Outcome.CHANGED, Outcome.UNCHANGED, Outcome.ADDED]
    assert (row.added, row.changed, row.unchanged) == (1, 1, 1)
    version = organisation(2).version
    world.do(import_organisations, row, by=world.people.officer)
    assert (organisation(1).phone, organisation(1).introduction, organisation(1).name_en) == (
        "0577-1112222",
        "一家机构",
        "One",
    )
    assert organisation(2).version == version


def test_a_known_one_that_waits_or_was_refused_keeps_its_standing(world: World) -> None:
    terms = OrganisationTerms(code(1), "旧名称", "住所", "陈一", "0577-59901234")
    world.do(organisation_operations.register_organisation, None, terms, PERSON, SECRET, by=None)
    taken(world, [line(1)])
    assert (organisation(1).status, organisation(1).name) == (OrganisationStatus.REGISTERED, "龙港市第1服务中心")
    world.do(organisation_operations.refuse_organisation, organisation(1), "不符。", by=world.people.officer)
    taken(world, [line(1, phone="0577-1112222")])
    assert organisation(1).status is OrganisationStatus.REFUSED


def test_a_name_that_was_refused_under_another_code_is_its_owners(world: World) -> None:
    terms = OrganisationTerms(code(9), "龙港市第1服务中心", "住所", "陈一", "0577-59901234")
    squatter = world.do(organisation_operations.register_organisation, None, terms, PERSON, SECRET, by=None)
    assert faults(begun(world, [line(1)])) == [(3, "name")]
    world.do(organisation_operations.refuse_organisation, squatter, "不符。", by=world.people.officer)
    taken(world, [line(1)])
    assert organisation(1).name == "龙港市第1服务中心"
    assert squatter.name.startswith("龙港市第1服务中心（已退回")


def test_whatever_changed_meanwhile_refuses_the_whole_list(world: World) -> None:
    row = begun(world, [line(1), line(2)])
    taken(world, [line(2)])
    assert world.refuse(import_organisations, row, by=world.people.officer, error=Conflict, says=["有了变化"])
    assert organisation_by_code(code(1)) is None
    other = begun(world, [line(3)])
    terms = OrganisationTerms(code(9), "龙港市第3服务中心", "住所", "陈一", "0577-59901234")
    world.do(organisation_operations.register_organisation, None, terms, PERSON, SECRET, by=None)
    assert world.refuse(import_organisations, other, by=world.people.officer, error=Conflict, says=["有了变化"])


# ── whose it is, and its end ───────────────────────────────────────────────────────────────────────────────────────


def test_a_list_is_read_in_taken_over_and_given_up_by_the_officer_whose_it_is(world: World) -> None:
    people = world.people
    row, read = begun(world, [line(1)]), reading(world, sheet([line(1)]))
    for actor in (people.approver, people.auditor, people.providers[0], people.security_admin):
        assert world.refuse(operations.begin_import, None, read, stored="-", by=actor, error=NotPermitted)
        assert world.refuse(import_organisations, row, by=actor, error=NotPermitted)
    for operation, more in (
        (operations.assign_import, (read,)),
        (operations.discard_import, ()),
        (import_organisations, ()),
    ):
        assert world.refuse(operation, row, *more, by=people.other_officer, error=NotPermitted, says=["别人读入的"])


def test_what_ended_has_neither_rows_nor_what_was_understood_and_is_not_done_twice(world: World) -> None:
    applied, discarded = taken(world, [line(1)]), begun(world, [line(2)])
    world.do(operations.discard_import, discarded, by=world.people.officer)
    anew = reading(world, sheet([line(1)]))
    for row, status in ((applied, ImportStatus.APPLIED), (discarded, ImportStatus.DISCARDED)):
        assert (row.status, row.ended_at, row.understood) == (status, world.now, "{}")
        assert models.rows_of(row) == []
        assert not models.is_file_needed(row.stored)
        assert len(row.file_sha256) == 64
        assert world.refuse(import_organisations, row, by=world.people.officer, error=WrongState)
        assert world.refuse(operations.discard_import, row, by=world.people.officer, error=WrongState)
        assert world.refuse(operations.assign_import, row, anew, by=world.people.officer, error=WrongState)
    assert organisation_by_code(code(2)) is None


def test_columns_that_lack_are_said_once_and_assigned_by_hand(world: World) -> None:
    rows = [line(1), line(2)]
    content = csv_sheet(rows).replace("地址".encode("gbk"), "所在".encode("gbk"))
    row = begun(world, rows, content)
    assert (row.told["missing"], row.faulty, row.rows) == (["住所"], 0, 2)
    assert world.refuse(
        import_organisations, row, by=world.people.officer, error=RuleBroken, says=["没有找到这些列：住所"]
    )
    choice = Choice("CSV", 2, 1, {"address": 4})
    world.do(operations.assign_import, row, reading(world, content, choice=choice), by=world.people.officer)
    assert (row.told["missing"], row.added, row.chosen) == ([], 2, choice)
    another = reading(world, sheet(rows))
    assert world.refuse(operations.assign_import, row, another, by=world.people.officer, error=Conflict)
    world.do(import_organisations, row, by=world.people.officer)
    assert organisation(2).address == "龙港市人民路2号"


def test_a_head_without_rows_is_not_taken_over(world: World) -> None:
    row = begun(world, [])
    assert row.rows == 0
    assert world.refuse(import_organisations, row, by=world.people.officer, says=["没有可以导入的行"])


def test_the_people_of_a_listed_organisation_are_told_which_fields_a_list_changed(world: World) -> None:
    taken(world, [line(1)])
    opened: Any = (organisation_operations.open_first_account, organisation(1), PERSON, SECRET)
    user = world.do(*opened, is_mailed=False, by=world.people.officer)
    taken(world, [line(1, phone="0577-59904321"), line(2)])
    (notice,) = notices.tray(user)
    assert [said.message for said in notice.told["changed"]] == ["联系电话"]
    assert "0577-59904321" not in notice.values
    facts = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert facts is not None
    assert facts.told["fields"] == {code(1): ["phone"]}
    assert "0577-59904321" not in facts.facts


# ── registering what was taken over ────────────────────────────────────────────────────────────────────────────────

TERMS = OrganisationTerms(code(1), "假中心", "别处", "假人", "0577-59900000")


def test_what_was_taken_over_is_not_registered_from_outside_and_an_officer_opens_its_first_account(
    world: World,
) -> None:
    taken(world, [line(1)])
    found, officer = organisation(1), world.people.officer
    refusal = world.refuse(
        organisation_operations.register_organisation, None, TERMS, PERSON, SECRET, by=None, error=Refusals,
        says=[code(1), "从名单录入并核验", "登记管理机关的经办人"], where="credit_code",
    )  # fmt: skip
    assert found.name not in str(refusal)
    assert (found.name, found.is_verified, list(users_of(found))) == ("龙港市第1服务中心", True, [])
    opened: Any = (organisation_operations.open_first_account, found)
    assert world.refuse(*opened, PERSON, SECRET, is_mailed=True, by=world.people.approver, error=NotPermitted)
    assert world.refuse(*opened, replace(PERSON, email=""), SECRET, is_mailed=True, by=officer, where="email")
    user = world.do(*opened, PERSON, SECRET, is_mailed=True, by=officer)
    assert (user.organisation_id, user.roles, user.must_change_password) == (found.id, {Role.PROVIDER}, False)
    assert [row.message for row in notices.tray(user)] == [FIRST_MESSAGE]
    another = replace(PERSON, login="another")
    assert world.refuse(*opened, another, SECRET, is_mailed=False, by=officer, error=WrongState, says=["已经有账号"])
    assert world.refuse(
        organisation_operations.register_organisation, None, TERMS, another, SECRET, by=None,
        says=["已经注册过"], where="credit_code", error=Refusals,
    )  # fmt: skip
    assert found.is_verified
