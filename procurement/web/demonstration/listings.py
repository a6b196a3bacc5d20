"""Three applications for the directory, told with the story: one listed, one on public notice, one returned.

The two that come so far are reviewed together, by the meeting of the joint conference that is held in those days.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from procurement.foundation.database import db
from procurement.registers import files
from procurement.registers.credit import operations as credit
from procurement.registers.credit.models import GradeLevel
from procurement.registers.credit.rules import GradeTerms
from procurement.registers.directory import operations
from procurement.registers.directory.models import ConditionKind, Listing, Stance, Verdict
from procurement.registers.directory.rules import ListingTerms
from procurement.registers.people import department_by_name
from procurement.web.demonstration.papers import print_example_document
from procurement.web.demonstration.stage import Stage, person

DEPARTMENT, OFFICER, APPROVER = "综合行政执法局", "lin.hai", "chen.lan"
EXPIRES = date(2026, 3, 31)
CLAIMS = {
    ConditionKind.REGISTERED: "登记证书在有效期内，独立承担民事责任。",
    ConditionKind.GOVERNANCE: "理事会每季度开会，年度报告在网站公开。",
    ConditionKind.FINANCE: "单独建账，按月纳税和缴纳社会保险。",
    ConditionKind.STAFF: "租用办公用房，收入以服务合同为主，专职人员有劳动合同。",
    ConditionKind.RECORD: "近三年年报都按时报送，没有行政处罚。",
    ConditionKind.FACILITIES: "有作业车辆、工具和持证人员，清单附后。",
}


@dataclass(eq=False)
class Application:
    """One application: who makes it, what it offers, and its cues like those of an act."""

    provider: str
    kind: str
    codes: tuple[str, ...]
    staff: int
    cues: Sequence[tuple[str, str, Sequence[Any]]]
    stage: Stage = field(init=False)
    listing_id: int = field(init=False)

    def play(self, stage: Stage, cue: str, words: Sequence[Any]) -> None:
        """What happens at one cue."""
        self.stage = stage
        getattr(self, cue)(*words)

    @property
    def listing(self) -> Listing:
        """The application, once it is made."""
        return db.session.get_one(Listing, self.listing_id)

    def apply(self) -> None:
        """The organisation applies, and hands in evidence for each condition."""
        terms = ListingTerms(self.kind, self.codes, CLAIMS, self.staff, is_tax_exempt=True)
        listing = self.stage.do(
            operations.apply_listing, person(self.provider).organisation, terms,
            department=department_by_name(DEPARTMENT), by=self.provider,
        )  # fmt: skip
        self.listing_id = listing.id

    def prove(self) -> None:
        """Evidence for each condition; that of the annual report has an end."""
        organisation, now = self.listing.organisation.name, self.stage.clock.now()
        for condition in list(self.listing.conditions):
            name, document = print_example_document(self.stage.app, condition.kind.label, organisation, now)
            upload = files.accept(self.stage.storage, io.BytesIO(document), name, self.stage.limit)
            expires_on = EXPIRES if condition.kind is ConditionKind.RECORD else None
            self.stage.do(operations.add_evidence, condition, upload, expires_on=expires_on, by=self.provider)

    def grade(self) -> None:
        """An officer enters its grade."""
        terms = GradeTerms(GradeLevel.FOUR, date(2023, 11, 20), None, "龙社发〔2023〕41号（演示）")
        self.stage.do(credit.enter_grade, self.listing.organisation, terms, by="ye.qing")

    def accept(self) -> None:
        """An officer finds it complete, and judges each condition."""
        self.stage.do(operations.accept_listing, self.listing, by=OFFICER)
        for condition in list(self.listing.conditions):
            self.stage.do(operations.judge_condition, condition, Verdict.MET, "已核对原件。", by=OFFICER)

    def opine(self) -> None:
        """The supervising unit agrees."""
        self.stage.do(operations.opine_listing, self.listing, Stance.AGREES, "情况属实，同意列入。", by=APPROVER)

    def announce(self) -> None:
        """The public notice begins."""
        self.stage.do(operations.announce_listing, self.listing, by=OFFICER)

    def publish(self) -> None:
        """It is listed."""
        self.stage.do(operations.publish_listing, self.listing, by=OFFICER)

    def give_back(self, reason: str) -> None:
        """It is returned."""
        self.stage.do(operations.return_listing, self.listing, reason, by=OFFICER)


def applications() -> list[Application]:
    """The three, new objects each time."""
    return [
        Application("lu.yuan", "城市环境管护服务", ("011401",), 26, (
            ("08-12 09:05", "apply", ()), ("08-12 10:05", "prove", ()), ("08-13 09:15", "grade", ()),
            ("08-13 10:05", "accept", ()), ("08-15 10:05", "opine", ()),
            ("09-11 09:35", "announce", ()), ("09-19 10:05", "publish", ()),
        )),
        Application("fu.mei", "市容维护和设施巡查服务", ("011401",), 18, (
            ("08-28 09:05", "apply", ()), ("08-28 10:05", "prove", ()), ("08-29 10:05", "accept", ()),
            ("09-02 10:05", "opine", ()), ("09-17 09:35", "announce", ()),
        )),
        Application("wen.tao", "城市环境志愿服务", ("011401",), 2, (
            ("08-18 09:05", "apply", ()),
            ("08-20 15:05", "give_back", ("没有提交财务独立和专职人员的证明，请补齐后重新申请。",)),
        )),
    ]  # fmt: skip
