"""The operator's command line: what it prints, what it writes, and with what it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, has_app_context
from sqlalchemy import select, update

from procurement.foundation.database import db
from procurement.registers.audit import AuditLine
from procurement.steps.agreement.models import agreement_of
from procurement.steps.supervision.models import evaluation_of
from procurement.transfers.conference.models import item_of
from tests.web.browsing import forget


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    """The exit code and what was printed."""
    if has_app_context():
        forget()
    done = app.test_cli_runner().invoke(args=list(arguments))
    return done.exit_code, done.output


@pytest.mark.sqlite_only
def test_the_catalogue_has_its_shape(app: Flask) -> None:
    assert run(app, "catalogue", "check") == (0, "6 43 172\n")


def test_chains_that_hold_are_counted_and_the_first_broken_line_is_named(world: Any) -> None:
    transfer = world.evaluated()
    code, said = run(world.app, "audit", "verify")
    assert code == 0
    assert said.startswith("ok: ")
    second = select(AuditLine.id).where(AuditLine.chain == transfer.chain_key, AuditLine.number == 2).scalar_subquery()
    db.session.execute(update(AuditLine).where(AuditLine.id == second).values(facts='{"total":100}'))
    db.session.commit()
    code, said = run(world.app, "audit", "verify")
    assert (code, said) == (
        1, f"broken: chain {transfer.chain_key}, line 2: its content is not what was sealed\n"
    )  # fmt: skip


def test_a_broken_line_of_a_sealed_competition_does_not_say_which(world: Any) -> None:
    announcement = world.bid()
    db.session.execute(update(AuditLine).where(AuditLine.chain == announcement.sealed_chain).values(facts="{}"))
    db.session.commit()
    code, said = run(world.app, "audit", "verify")
    assert code == 1
    assert said.startswith("broken: chain sealed, line 1: ")


def test_issued_documents_are_written_by_kind_and_number(world: Any, tmp_path: Path) -> None:
    supplement = world.supplement_concluded()
    transfer = world.closed(world.evaluated_ex_post(world.inspected(world.performed(supplement.transfer))))
    assert transfer.resolution is not None
    conference = world.minutes_closed(item_of(transfer.resolution).conference)
    agreement, evaluation = agreement_of(transfer), evaluation_of(transfer)
    assert agreement is not None
    assert evaluation is not None
    code, said = run(world.app, "documents", "export", str(tmp_path / "out"))
    before = transfer.plan.evaluation
    assert before is not None
    names = [
        f"ex-ante-{before.number}.pdf",
        f"agreement-{agreement.number}.pdf",
        f"supplement-{supplement.number}.pdf",
        f"evaluation-{evaluation.number}.pdf",
        f"minutes-{conference.number}.pdf",
    ]
    assert (code, said.split()) == (0, names)
    for name, row in zip(names, (before, agreement, supplement, evaluation, conference), strict=True):
        assert row.text is not None
        with world.storage.open(row.text.sha256) as kept:
            assert (tmp_path / "out" / name).read_bytes() == kept.read()


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (("CK-10", "2025-09-26"), ["《政府采购法》第五十二条", "2025-09-26 last_day=2025-10-13"]),
        (("CK-10", "2026-12-29"), ["《政府采购法》第五十二条", "2026-12-29 last_day=2027-01-08 estimated"]),
        (("MT-CP", "2025-09-22"), [
            "《政府采购竞争性磋商采购方式管理暂行办法（财库〔2014〕214号）》第十条", "2025-09-22 earliest=2025-10-03",
        ]),
    ],
)  # fmt: skip
def test_a_legal_clock_is_counted(app: Flask, arguments: tuple[str, ...], lines: list[str]) -> None:
    assert run(app, "clock", *arguments) == (0, "\n".join(lines) + "\n")


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("arguments", "said"), [
    (("XX-9", "2025-09-26"), "there is no clause 'XX-9'"),
    (("CK-10", "26.9.2025"), "a date is written 2026-09-22"),
    (("FA-22", "2025-09-26"), "is not a period of days"),
])  # fmt: skip
def test_a_clock_that_cannot_be_counted_is_refused_in_a_sentence(
    app: Flask, arguments: tuple[str, ...], said: str
) -> None:
    code, printed = run(app, "clock", *arguments)
    assert code == 2
    assert said in printed


@pytest.mark.sqlite_only
def test_the_policy_is_printed_as_it_stands(app: Flask) -> None:
    code, said = run(app, "show-policy")
    assert code == 0
    assert said == (Path(__file__).parents[1] / "architecture" / "policy.txt").read_text("utf-8")
