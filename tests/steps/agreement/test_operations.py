"""Step 3: drafted, confirmed, concluded; then published and filed; each success, each refusal."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from procurement.foundation.database import db
from procurement.foundation.errors import Conflict, NotPermitted, WrongState
from procurement.foundation.money import Money, total
from procurement.registers.audit import lines_of_chain
from procurement.registers.credit.models import CreditKind, CreditRecord
from procurement.registers.notices import tray
from procurement.registers.people import Role, RoleGrant
from procurement.registers.publications import PublicationKind, newest_publications
from procurement.statute.calendar import working_calendar
from procurement.steps import rooms
from procurement.steps.agreement import operations, rules
from procurement.steps.agreement.models import Agreement, AgreementStatus
from procurement.steps.competition import rules as competition_rules
from procurement.transfers.line import Step
from procurement.transfers.rules import InstallmentTerms
from tests.factories import World, the_agreement

TEXT = {"place": "龙港市建成区", "data_protection": "期满后移交并删除。"}


# ── the draft ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_price_and_provider_come_from_the_winning_bid_and_dates_from_the_plan(world: World) -> None:
    agreement = world.agreement_drafted()
    assert agreement.price == Money.yuan("1100000")
    assert agreement.organisation is agreement.transfer.provider
    assert agreement.number == "龙转协〔2025〕1号"
    assert agreement.ends_on == rules.last_day_of_term(agreement.starts_on, 12)
    assert [(row.name, row.amount) for row in agreement.milestones] == [
        ("中期", Money.yuan("550000")), ("终期", Money.yuan("550000")),
    ]  # fmt: skip
    assert agreement.milestones[-1].due_on == agreement.ends_on
    assert "等您确认" in tray(world.provider_of(agreement.transfer))[0].message


@pytest.mark.parametrize("percents", [(33, 33, 34), (1, 99), (10, 20, 30, 40), (100,)])
def test_the_parts_of_the_price_add_up_to_the_fen(world: World, percents: tuple[int, ...]) -> None:
    installments = tuple(
        InstallmentTerms(f"第{place}期", "验收合格", percent, place + 1) for place, percent in enumerate(percents)
    )
    announcement = world.bid(
        world.announced(installments=installments), prices=["1000000.01", "1100000.07", "1200000.03"]
    )
    transfer = world.awarded(world.reviewed(world.scored(world.drawn(world.qualified(world.opened(announcement))))))
    agreement = world.agreement_drafted(transfer)
    assert total(row.amount for row in agreement.milestones) == agreement.price == Money.yuan("1000000.01")
    for row in agreement.milestones:
        exact = agreement.price.fen * row.percent / 100
        assert abs(row.amount.fen - exact) < 1


def test_a_term_before_the_letter_is_refused(world: World) -> None:
    transfer = world.awarded()
    world.refuse(
        operations.draft_agreement, transfer, starts_on=world.today - timedelta(days=1), **TEXT, by=world.people.officer,
        says=(str(world.today), str(world.today - timedelta(days=1))), where="starts_on", article="第四十六条",
    )  # fmt: skip


@pytest.mark.parametrize("field", ["place", "data_protection", "special_terms"])
def test_a_text_that_hits_the_negative_list_is_kept_and_not_concluded(world: World, field: str) -> None:
    transfer = world.awarded()
    agreement = world.do(
        operations.draft_agreement, transfer, starts_on=world.today, **(TEXT | {field: "采购人出具承诺函。"}),
        by=world.people.officer,
    )  # fmt: skip
    world.agreement_confirmed(agreement)
    conclude = {"text": world.print(), "seen": rules.digest_of(agreement), "by": world.people.approver}
    world.refuse(
        operations.conclude_agreement,
        agreement,
        **conclude,
        says=("承诺函", "不得购买"),
        where=field,
        article="第四部分",
    )
    world.find(transfer, by=world.people.approver)
    world.refuse(operations.conclude_agreement, agreement, **conclude, says=("承诺函",))
    world.find(transfer, by=world.people.supervisor)
    world.do(operations.conclude_agreement, agreement, **conclude)
    assert agreement.status is AgreementStatus.CONCLUDED


def test_an_award_has_one_agreement(world: World) -> None:
    agreement = world.agreement_drafted()
    world.refuse(
        operations.draft_agreement, agreement.transfer, starts_on=world.today, **TEXT, by=world.people.officer,
        error=Conflict, says=("已经起草",),
    )  # fmt: skip


def test_a_revision_voids_the_confirmation(world: World) -> None:
    agreement = world.agreement_confirmed()
    starts = agreement.starts_on + timedelta(days=14)
    world.do(
        operations.revise_agreement, agreement, starts_on=starts, special_terms="夜间作业另报。", **TEXT,
        by=world.people.officer,
    )  # fmt: skip
    assert agreement.status is AgreementStatus.DRAFT
    assert (agreement.confirmed_by, agreement.confirmed_at, agreement.confirmed_terms) == (None, None, "")
    assert (agreement.starts_on, agreement.special_terms) == (starts, "夜间作业另报。")
    assert agreement.milestones[-1].due_on == agreement.ends_on == rules.last_day_of_term(starts, 12)
    assert len(agreement.milestones) == 2
    world.refuse(
        operations.conclude_agreement, agreement, text=world.print(), seen=rules.digest_of(agreement),
        by=world.people.approver, error=WrongState, says=("待承接方确认",),
    )  # fmt: skip


def test_a_revision_obeys_the_same_rules(world: World) -> None:
    agreement = world.agreement_drafted()
    officer = world.people.officer
    world.refuse(
        operations.revise_agreement, agreement, starts_on=date(2025, 1, 1), **TEXT, by=officer, says=("2025-01-01",)
    )


# ── confirmed and concluded ────────────────────────────────────────────────────────────────────────────────────────


def test_the_provider_confirms_exactly_what_was_on_the_page(world: World) -> None:
    agreement = world.agreement_drafted()
    provider = world.provider_of(agreement.transfer)
    seen = rules.digest_of(agreement)
    world.do(
        operations.revise_agreement, agreement, starts_on=agreement.starts_on, special_terms="后来加的一条。", **TEXT,
        by=world.people.officer,
    )  # fmt: skip
    world.refuse(
        operations.confirm_agreement, agreement, seen=seen, by=provider, error=Conflict, says=("又有修改", "重新看过")
    )
    world.do(operations.confirm_agreement, agreement, seen=rules.digest_of(agreement), by=provider)
    assert (agreement.status, agreement.confirmed_by, agreement.confirmed_at) == (
        AgreementStatus.CONFIRMED, provider, world.now,
    )  # fmt: skip
    world.refuse(
        operations.confirm_agreement, agreement, seen=rules.digest_of(agreement), by=provider, error=WrongState
    )


def test_no_other_organisation_confirms(world: World) -> None:
    agreement = world.agreement_drafted()
    seen = rules.digest_of(agreement)
    strangers = [user for user in world.people.providers if user is not world.provider_of(agreement.transfer)]
    for person in (*strangers, world.people.officer, world.people.approver, None):
        world.refuse(operations.confirm_agreement, agreement, seen=seen, by=person, error=NotPermitted)


def test_a_conclusion_ends_the_step_and_keeps_the_text(world: World) -> None:
    transfer = world.agreed()
    agreement = the_agreement(transfer)
    assert (agreement.status, agreement.concluded_by) == (AgreementStatus.CONCLUDED, world.people.approver)
    assert agreement.text is not None
    assert world.storage.open(agreement.text.sha256).read() == b"%PDF-1.7 printed"
    assert transfer.step is Step.HANDOVER
    line = lines_of_chain(transfer.chain_key)[0]
    assert line.told["sha256"] == agreement.text.sha256
    assert line.told["late"] is False


def test_what_is_printed_confirmed_and_concluded_is_one_text(world: World) -> None:
    agreement = world.agreement_confirmed()
    seen = rules.digest_of(agreement)
    world.refuse(
        operations.conclude_agreement, agreement, text=world.print(), seen="0" * 64, by=world.people.approver,
        error=Conflict, says=("又有修改",),
    )  # fmt: skip
    agreement.special_terms = "绕过操作改的一条。"
    db.session.commit()
    world.refuse(
        operations.conclude_agreement,
        agreement,
        text=world.print(),
        seen=seen,
        by=world.people.approver,
        error=Conflict,
    )
    world.refuse(
        operations.conclude_agreement, agreement, text=world.print(), seen=rules.digest_of(agreement),
        by=world.people.approver, error=Conflict,
    )  # fmt: skip


def test_nobody_concludes_what_they_drafted(world: World) -> None:
    agreement = world.agreement_confirmed()
    officer = world.people.officer
    officer.grants.append(RoleGrant(role=Role.APPROVER))
    db.session.commit()
    world.refuse(
        operations.conclude_agreement, agreement, text=world.print(), seen=rules.digest_of(agreement), by=officer,
        says=(officer.name, "另一人办理"), article="第六十一条",
    )  # fmt: skip


def test_only_an_approver_of_the_purchaser_concludes(world: World) -> None:
    agreement = world.agreement_confirmed()
    seen = rules.digest_of(agreement)
    for person in (world.people.colleague, world.people.other_approver, world.provider_of(agreement.transfer), None):
        world.refuse(
            operations.conclude_agreement, agreement, text=world.print(), seen=seen, by=person, error=NotPermitted
        )


def test_a_plan_is_screened_against_the_list_of_the_day_of_the_signature(world: World) -> None:
    agreement = world.agreement_confirmed()
    world.forbid("主干道保洁")
    world.refuse(
        operations.conclude_agreement,
        agreement,
        text=world.print(),
        seen=rules.digest_of(agreement),
        by=world.people.approver,
        says=("主干道保洁",),
        article="预算法",
    )


def test_what_is_concluded_is_not_revised_any_more(world: World) -> None:
    agreement = the_agreement(world.agreed())
    world.refuse(
        operations.revise_agreement, agreement, starts_on=world.today, **TEXT, by=world.people.officer, error=WrongState,
        says=("第 4 步“事项交接”",),
    )  # fmt: skip


def test_a_signature_after_thirty_days_is_taken_and_noted_as_late(world: World) -> None:
    agreement = world.agreement_confirmed()
    last = competition_rules.last_day_to_conclude(agreement.transfer, agreement.award, working_calendar())
    assert last is not None
    standing = rooms.standing_of(agreement.transfer, world.now, working_calendar())
    assert standing.outstanding[0].by == last
    world.go_to(last + timedelta(days=1))
    transfer = world.do(
        operations.conclude_agreement, agreement, text=world.print(), seen=rules.digest_of(agreement),
        by=world.people.approver,
    )  # fmt: skip
    assert transfer is None
    assert lines_of_chain(agreement.chain_key)[0].told["late"] is True


# ── published and filed ────────────────────────────────────────────────────────────────────────────────────────────


def signed(world: World) -> Agreement:
    return the_agreement(world.agreed())


def test_a_concluded_agreement_is_published_once(world: World) -> None:
    agreement = signed(world)
    world.do(operations.publish_agreement, agreement, by=world.people.officer)
    (notice,) = newest_publications(PublicationKind.AGREEMENT_NOTICE)
    assert notice is agreement.publication
    assert notice.told["price_in_words"] == "人民币壹佰壹拾万元整"
    assert [row["amount"] for row in notice.told["milestones"]] == [55000000, 55000000]
    world.refuse(operations.publish_agreement, agreement, by=world.people.officer, error=WrongState, says=("公开",))
    world.refuse(operations.publish_agreement, agreement, by=world.people.approver, error=NotPermitted)


def test_a_copy_is_filed_once_under_its_number(world: World) -> None:
    agreement = signed(world)
    officer = world.people.officer
    world.refuse(
        operations.file_agreement, agreement, filing_number=" ", by=officer, says=("备案号",), where="filing_number"
    )
    world.do(operations.file_agreement, agreement, filing_number=" 龙财采备2025-12 ", by=officer)
    assert (agreement.filing_number, agreement.filed_at) == ("龙财采备2025-12", world.now)
    world.refuse(
        operations.file_agreement, agreement, filing_number="又一号", by=officer, error=WrongState, says=("备案",)
    )
    world.refuse(
        operations.file_agreement, agreement, filing_number="x", by=world.people.other_officer, error=NotPermitted
    )


def test_a_draft_is_neither_published_nor_filed(world: World) -> None:
    agreement = world.agreement_drafted()
    world.refuse(
        operations.publish_agreement, agreement, by=world.people.officer, error=WrongState, says=("待承接方确认",)
    )
    world.refuse(
        operations.file_agreement, agreement, filing_number="x", by=world.people.officer, error=WrongState,
        says=("待承接方确认",),
    )  # fmt: skip


def test_each_stage_of_the_agreement_is_outstanding_in_its_turn(world: World) -> None:
    transfer = world.awarded()
    assert world.lacking(transfer) == ["协议还没有起草"]
    agreement = world.agreement_drafted(transfer)
    assert world.lacking(transfer) == ["承接方还没有确认协议文本"]
    world.agreement_confirmed(agreement)
    assert world.lacking(transfer) == ["采购人还没有签订"]


def test_nothing_is_concluded_with_whoever_has_been_barred_since_the_opening(world: World) -> None:
    agreement = world.agreement_confirmed()
    db.session.add(
        CreditRecord(
            organisation_id=agreement.organisation_id, kind=CreditKind.BANNED, from_day=world.today,
            until_day=world.today + timedelta(days=400), document="处罚决定", content="禁止参加", entered_at=world.now,
            entered_by=world.people.officer,
        )
    )  # fmt: skip
    db.session.commit()
    world.refuse(
        operations.conclude_agreement, agreement, text=world.print(), seen=rules.digest_of(agreement),
        by=world.people.approver, says=(agreement.organisation.name, "信用记录"), article="第二十二条",
    )  # fmt: skip
    assert agreement.concluded_at is None
