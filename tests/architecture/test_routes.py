"""Every route as everyone: what each role and nobody is answered, with another's identifiers; a golden file is reviewed like prose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import Rule

from procurement.foundation.database import db
from procurement.foundation.money import Money
from procurement.registers import files
from procurement.registers.budgets.models import line_by_key
from procurement.registers.catalogue import models
from procurement.registers.catalogue.drafting import draft_edition
from procurement.registers.credit.models import CreditKind, CreditRecord
from procurement.registers.directory.models import Condition, ConditionKind, Listing
from procurement.registers.imports.models import Import
from procurement.registers.imports.operations import begin_import
from procurement.registers.organisations.operations import keep_payment_details
from procurement.registers.organisations.rules import PaymentTerms
from procurement.steps.agreement.models import Supplement, agreement_of
from procurement.steps.announcement.models import current_announcement
from procurement.steps.announcement.published.models import Enquiry, Subscription
from procurement.steps.competition.models.bids import active_bids
from procurement.steps.competition.models.remarks import OpeningRemark, RemarkKind
from procurement.steps.competition.models.review import competition_of
from procurement.steps.preliminaries.models import SourceNotice, SourceObjection
from procurement.transfers.conference.models import item_of
from procurement.transfers.models import PlanAttachment
from procurement.web.application import POLICY
from tests.factories import BUDGET_CODE, differences, snapshot
from tests.registers.imports.lists import line, reading, sheet
from tests.web.browsing import forget, signed_in

GOLDEN = Path(__file__).parent / "routes.txt"

# Identifiers that mean something else in one room.
OF_A_ROOM = {"editions": {"kind": "negative-list"}}

# What is static, or takes no part in permissions.
LEFT_OUT = ("static", "bootstrap.static")


def address(rule: Rule, values: dict[str, Any]) -> str | None:
    """The route's address with these identifiers; None where it needs one that this world does not have."""
    lacking = set(rule.arguments) - set(values)
    if lacking:
        return None
    _domain, path = rule.build({name: values[name] for name in rule.arguments}) or ("", "")
    return str(path)


def answers(world: Any, people: dict[str, Any], values: dict[str, Any]) -> dict[str, dict[str, int]]:
    """For each route that is read, the status each of `people` is answered with."""
    found: dict[str, dict[str, int]] = {}
    clients = {
        name: signed_in(world, user) if user is not None else world.app.test_client() for name, user in people.items()
    }
    for rule in sorted(world.app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, str(rule))):
        path = address(rule, values | OF_A_ROOM.get(rule.endpoint.split(".")[0], {}))
        if rule.endpoint in LEFT_OUT or path is None or "GET" not in (rule.methods or ()):
            continue
        for name, client in clients.items():
            forget()
            answer = client.get(path)
            assert answer.headers["Content-Security-Policy"] == POLICY
            found.setdefault(rule.endpoint, {})[name] = answer.status_code
            answer.close()
    return found


def read_in(world: Any) -> Import:
    """A list that the officer has read in and not taken over."""
    return world.do(begin_import, None, reading(world, sheet([line(1)])), stored="-", by=world.people.officer)  # type: ignore[no-any-return]


def test_every_route_answers_everyone_as_the_golden_file_says(world: Any) -> None:
    transfer = world.agreed()
    announcement, agreement = current_announcement(transfer), agreement_of(transfer)
    assert announcement is not None
    assert announcement.publication is not None
    assert agreement is not None
    bid = next(row for row in active_bids(announcement) if row.organisation_id == transfer.provider_id)
    assert transfer.resolution is not None
    item = item_of(transfer.resolution)
    remark = OpeningRemark(
        competition=competition_of(announcement), bid=bid, kind=RemarkKind.OBJECTED, text="公布的时间与回执不一致", made_at=world.now,
        made_by=world.provider_of(transfer),
    )  # fmt: skip
    db.session.add(remark)
    everyone = world.people
    # A supplement is drafted once the handover is done; this transfer has none, so that more of its pages are open.
    supplement = Supplement(
        agreement=agreement, position=1, number="龙转补〔2025〕1号", reason="不够", content="同样的服务", amount=Money(100), milestone="追加",
        due_on=agreement.ends_on, drafted_by_id=everyone.officer.id, drafted_at=world.now,
    )  # fmt: skip
    db.session.add(supplement)
    db.session.commit()
    people = {
        "nobody": None, "officer": everyone.officer, "approver": everyone.approver, "payer": everyone.payer,
        "other-officer": everyone.other_officer, "other-approver": everyone.other_approver, "member": everyone.member,
        "provider": world.provider_of(transfer),
        "other-provider": next(user for user in everyone.providers if user.organisation_id != transfer.provider_id),
        "expert": everyone.experts[-2], "evaluator": everyone.evaluator, "supervisor": everyone.supervisor,
        "grid-member": everyone.grid_member, "auditor": everyone.auditor, "system-admin": everyone.system_admin,
        "security-admin": everyone.security_admin,
    }  # fmt: skip
    values = {
        "transfer_id": transfer.id, "announcement_id": announcement.id, "receipt": bid.receipt, "position": 1,
        "reference": announcement.publication.reference, "remark_id": remark.id, "edition": 1, "milestone_id": agreement.milestones[0].id,
        "supplement_id": supplement.id, "code": "011401", "number": 1,
        "kind": "organisations", "import_id": read_in(world).id,
        "organisation_id": transfer.provider_id, "user_id": everyone.officer.id,
        "department_id": everyone.department.id, "token": "no-such-token",
        "programme_id": 1, "form": "xlsx", "year": 2026, "conference_id": item.conference_id, "item_id": item.id, "standard_id": 1, "section": "need",
        "evaluation_id": transfer.plan.evaluation.id,
        "funding_id": transfer.plan.fundings[0].id,
        "line_id": line_by_key((transfer.department_id, 2025, BUDGET_CODE)).id,
    }  # fmt: skip
    # A plan that has come this far takes no attachment any more; it keeps those that it had.
    attachment = PlanAttachment(
        plan=transfer.plan,
        file=files.keep(world.print(), by=everyone.officer, now=world.now),
        title="台账样式",
        text=None,
    )
    db.session.add(attachment)
    db.session.commit()
    values["attachment_id"] = attachment.id
    # An application for the directory by the same provider, with evidence for its first condition.
    listing = Listing(
        organisation_id=transfer.provider_id, department_id=transfer.department_id, kind="城市管家服务", applied_at=world.now,
        applied_by=world.provider_of(transfer),
        conditions=[Condition(kind=ConditionKind.REGISTERED, claim="见证明", file=files.keep(world.print(), by=None, now=world.now))],
    )  # fmt: skip
    record = CreditRecord(
        organisation_id=transfer.provider_id, kind=CreditKind.COMMENDATION, from_day=world.today, document="龙政〔2025〕1号",
        content="先进", entered_at=world.now, entered_by=everyone.officer,
    )  # fmt: skip
    db.session.add_all([listing, record])
    db.session.commit()
    # What another provider asked of the announcement, and a code the winner follows.
    enquiry = Enquiry(
        announcement=announcement, asked_by=people["other-provider"], question="几个人？", asked_at=world.now
    )
    followed = Subscription(user=people["provider"], code="0114", begun_at=world.now)
    db.session.add_all([enquiry, followed])
    db.session.commit()
    # An objection to a single source, as if this had been one.
    notice = SourceNotice(
        transfer=transfer, reason="只有一家", opinions="[]", published_at=world.now, publication=announcement.publication,
        objections=[
            SourceObjection(objector="龙港环卫公司", text="本公司也能做。", noted_at=world.now, noted_by_id=everyone.officer.id)
        ],
    )  # fmt: skip
    db.session.add(notice)
    db.session.commit()
    values |= {"enquiry_id": enquiry.id, "subscription_id": followed.id, "objection_id": notice.objections[0].id}
    edition = models.edition_in_force(models.ListKind.CATALOGUE, world.today)
    draft = world.do(
        draft_edition, everyone.department, models.ListKind.CATALOGUE, reason="修订", by=everyone.officer
    )  # fmt: skip
    values |= {"edition_id": draft.id, "other_id": edition.id}
    values |= {"listing_id": listing.id, "condition_id": listing.conditions[0].id, "record_id": record.id}
    world.do(
        keep_payment_details, transfer.provider, PaymentTerms("11010519491231002X", "农商银行", "201000123456"),
        by=world.provider_of(transfer),
    )  # fmt: skip
    before = snapshot()
    found = answers(world, people, values)
    forget()
    # Reading writes nothing but the sessions of those who read, the lines of readings that must be known, and who took a
    # paper of an announcement away.
    assert differences(before, snapshot()) <= {"audit_lines", "audit_heads", "login_sessions", "downloads"}
    lines = []
    for endpoint, statuses in found.items():
        assert 500 not in statuses.values(), (endpoint, statuses)
        groups: dict[int, list[str]] = {}
        for name, status in statuses.items():
            groups.setdefault(status, []).append(name)
        told = "; ".join(f"{status}: {' '.join(names)}" for status, names in sorted(groups.items()))
        lines.append(f"{endpoint}\n    {told}")
    text = "\n".join(lines) + "\n"
    if not GOLDEN.exists():
        GOLDEN.write_text(text, encoding="utf-8")
        pytest.fail(f"{GOLDEN.name} was missing and has been written: read it like prose before you keep it")
    assert text == GOLDEN.read_text(encoding="utf-8"), f"delete {GOLDEN.name}, run again, and review the difference"
