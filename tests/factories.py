"""The world of the tests, built by deeds: every state a test stands in is one that people can reach.

`World` holds the clock, the storage and the people; its methods (`planned`, `announced`, … `closed`) walk one transfer to
a step by calling the real operations through `perform()`, in their order, each by whoever does it. `refuse` runs a deed
that must be refused and looks at every table before and after.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache, wraps
from itertools import combinations_with_replacement
from typing import Any, TypeVar

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from flask import Flask
from sqlalchemy import Engine, inspect, select, text

from procurement.foundation import sealing
from procurement.foundation.clock import FixedClock, at_local, local_day
from procurement.foundation.database import Base, db
from procurement.foundation.errors import DomainError, RuleBroken
from procurement.foundation.money import Money
from procurement.foundation.storage import Storage
from procurement.registers import files
from procurement.registers.access import Appointed
from procurement.registers.audit import AuditLine, Outcome
from procurement.registers.budgets.models import BudgetLine
from procurement.registers.budgets.rules import Funding
from procurement.registers.catalogue.models import (
    BasisStatus,
    CatalogueBigram,
    ListKind,
    ListProvenance,
    NegativeListEntry,
    ReferenceEdition,
    Severity,
    entry_by_code,
    function_by_code,
)
from procurement.registers.deeds import begin_deed, perform
from procurement.registers.files import Upload
from procurement.registers.holidays.notation import ReadDays, read_days
from procurement.registers.holidays.rules import NoticeTerms
from procurement.registers.indicators import Grade, expenditure_frame
from procurement.registers.organisations.models import Organisation, OrganisationStatus
from procurement.registers.people import Department, Role, RoleGrant, User, department_by_name
from procurement.statute.calendar import working_calendar
from procurement.steps import rooms
from procurement.steps.agreement import operations as agreement_operations
from procurement.steps.agreement import rules as agreement_rules
from procurement.steps.agreement.models import Agreement, Supplement, agreement_of
from procurement.steps.agreement.rules import SupplementTerms
from procurement.steps.announcement import operations as announcement_operations
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement, BiddingDocuments, competition_key_of
from procurement.steps.announcement.published import operations as published_operations
from procurement.steps.announcement.published import rules as published_rules
from procurement.steps.announcement.published.models import Enquiry
from procurement.steps.competition.changes import operations as change_operations
from procurement.steps.competition.models.bids import Bid, BidStatus, active_bids
from procurement.steps.competition.models.review import Competition, award_of_transfer, competition_of
from procurement.steps.competition.models.sealed import SealedFile
from procurement.steps.competition.models.talks import ChangedTerms, FinalOffer, OfferCall, call_of, offer_of, talks_of
from procurement.steps.competition.operations import award as award_operations
from procurement.steps.competition.operations import bidding, review
from procurement.steps.competition.operations.bidding import Lodging
from procurement.steps.competition.operations.review import Verdict
from procurement.steps.competition.talks import operations as talks
from procurement.steps.competition.talks import rules as talks_rules
from procurement.steps.competition.talks.operations import Offering, OfferOpened
from procurement.steps.competition.talks.rules import Held
from procurement.steps.handover import operations as handover_operations
from procurement.steps.handover.models import Handover, Section
from procurement.steps.handover.rules import ItemTerms
from procurement.steps.holders import operations as holder_operations
from procurement.steps.holders.keys import Told, context_of, open_competition_key
from procurement.steps.holders.models import OFFERS, holders_of_attempt
from procurement.steps.performance.models import Delivery, delivery_of
from procurement.steps.performance.operations import delivery as delivery_operations
from procurement.steps.performance.operations import payment as payment_operations
from procurement.steps.preliminaries import operations as preliminary_operations
from procurement.steps.preliminaries import rules as preliminary_rules
from procurement.steps.preliminaries.models import the_preliminaries
from procurement.steps.supervision import operations as supervision_operations
from procurement.steps.supervision import rules as supervision_rules
from procurement.steps.supervision.models import InspectionResult
from procurement.steps.supervision.models import desks as supervision_desks
from procurement.steps.supervision.operations import EvaluationTerms
from procurement.steps.supervision.rules import Mark
from procurement.transfers import operations as transfer_operations
from procurement.transfers.conference import operations as conference_operations
from procurement.transfers.conference import rules as conference_rules
from procurement.transfers.conference.models import AgendaItem, Choice, Conference, ItemKind, ItemOutcome
from procurement.transfers.conference.rules import ConferenceTerms
from procurement.transfers.ex_ante import CheckMark, ExAnteTerms, all_checks, points_of
from procurement.transfers.models import (
    Appointment,
    Conclusion,
    CriterionKind,
    Dimension,
    IndicatorLevel,
    Method,
    Resolution,
    Transfer,
)
from procurement.transfers.rules import CriterionTerms, IndicatorTerms, InstallmentTerms, PlanTerms, terms_of
from procurement.web.competition.envelopes import (
    DECLARATIONS,
    Contents,
    Sealer,
    open_envelopes,
    open_offer_envelopes,
    seal_bid,
    seal_file,
    seal_offer,
)
from procurement.web.ticking import commit_if_due, commit_offers_if_due

Result = TypeVar("Result")
Stage = TypeVar("Stage", bound=Base)
Snapshot = dict[str, list[tuple[Any, ...]]]

LIMIT = 20 << 20
BUDGET_CODE = "2120501"
DOCUMENT = b"%PDF-1.4\n% a bid\n%%EOF\n"


# Who opens unless a test says otherwise, and the deeds by which each part is filled.
OPENERS = (Appointed.OPENER, Appointed.OPENING_WITNESS)
APPOINTS: dict[Appointed, Callable[..., Appointment]] = {
    Appointed.OPENER: holder_operations.appoint_opener,
    Appointed.OPENING_WITNESS: holder_operations.appoint_opening_witness,
    Appointed.CUSTODIAN: holder_operations.appoint_custodian,
}
ACCEPTS: dict[Appointed, Callable[..., Any]] = {
    Appointed.OPENER: holder_operations.accept_opener,
    Appointed.OPENING_WITNESS: holder_operations.accept_opening_witness,
    Appointed.CUSTODIAN: holder_operations.accept_custodian,
}


def plan_terms(**changes: Any) -> PlanTerms:
    """A plan for 城市管家服务 that breaks no rule: a consultation of three, twelve months, two payments."""
    terms = PlanTerms(
        title="城市管家服务",
        title_en="City steward service",
        need="主干道保洁、市容巡查和便民服务需要专业力量统一承担。",
        public_opinion="2025年8月在三个社区征求意见，收回问卷 412 份，九成以上赞成。",
        content="主干道保洁、绿化养护、市容巡查和便民服务。",
        quantity="道路 62 公里，绿地 18 万平方米。",
        quality="道路保洁达到一级标准，投诉两小时内到场。",
        goal="主次干道整洁有序，居民满意度九成以上。",
        power_code="Q0020",
        fundings=(Funding(2025, BUDGET_CODE, Money.yuan("1300000")),),
        ceiling=Money.yuan("1280000"),
        term_months=12,
        long_term_grounds=frozenset(),
        method=Method.CONSULTATION,
        method_reason="服务标准需要与投标人磋商后确定。",
        method_approval="",
        qualification="具有环卫或绿化服务经验。",
        risk="恶劣天气时增派人手，费用不另计。",
        exit="期满前一个月移交台账和设备清单。",
        indicators=(
            IndicatorTerms(IndicatorLevel.OUTPUT, "保洁里程", "62 公里", 40),
            IndicatorTerms(IndicatorLevel.BENEFIT, "投诉量下降", "三成以上", 30),
            IndicatorTerms(IndicatorLevel.SATISFACTION, "居民满意度", "九成以上", 30),
        ),
        criteria=(
            CriterionTerms(CriterionKind.PRICE, "价格", "最低价为基准价", 20),
            CriterionTerms(CriterionKind.QUALITY, "服务方案", "完整、可行", 50),
            CriterionTerms(CriterionKind.QUALITY, "人员和经验", "与项目相称", 30),
        ),
        installments=(
            InstallmentTerms("中期", "中期验收合格", 50, 6),
            InstallmentTerms("终期", "终期验收合格", 50, 12),
        ),
    )
    return replace(terms, **changes)


def holiday_terms(**changes: Any) -> NoticeTerms:
    """A notice for 2027, to be entered in November 2026: a long Spring Festival, two weekend days worked for it."""
    given: dict[str, Any] = {
        "year": 2027,
        "number": "国办发明电〔2026〕7号",
        "issued_on": date(2026, 11, 9),
        "reason": "",
    }
    ranges = "0101-0103 0205-0211 0403-0405 0501-0505 0609 0915 1001-1007"
    given |= {"off": read_days(2027, ranges).off, "work": read_days(2027, "0213 0220 0508 1009", worked=True).work}
    given |= changes
    return NoticeTerms(
        given["year"], given["number"], given["issued_on"], ReadDays(given["off"], given["work"]), given["reason"]
    )


def handover_items() -> list[ItemTerms]:
    """A list with every mandatory section and one more."""
    return [
        ItemTerms(Section.MATTER, "城市管家服务", "1 项"),
        ItemTerms(Section.DUTIES, "执法权仍在综合行政执法局", "1 份"),
        ItemTerms(Section.PROCEDURES, "巡查和处置流程", "1 册"),
        ItemTerms(Section.ASSETS, "保洁车", "6 辆"),
        ItemTerms(Section.CONTINUITY, "交接当日作业不中断", "1 份", remains=True),
    ]


def grades_of(points: int, day: date) -> tuple[Grade, ...]:
    """Grades of four checks that give so many points of twenty, the best ones first."""
    found = [
        graded
        for graded in combinations_with_replacement(Grade, 4)
        if sum(points_of(grade, day) for grade in graded) == points
    ]
    return found[-1]


def credit_code(number: int) -> str:
    """Eighteen characters that are told apart; whether the check digit fits is asked where people type it."""
    return f"523303{number:012}"


@dataclass
class People:
    """Everybody the tests know, of every role."""

    department: Department
    other_department: Department
    officer: User
    colleague: User
    approver: User
    payer: User
    other_officer: User
    other_approver: User
    member: User
    second_member: User
    third_member: User
    evaluator: User
    supervisor: User
    auditor: User
    system_admin: User
    security_admin: User
    grid_member: User
    witness: User
    system: User
    experts: list[User]
    providers: list[User]
    unverified: User

    @property
    def conference(self) -> tuple[User, ...]:
        """The three members of the joint conference, who chairs it first."""
        return self.member, self.second_member, self.third_member

    def everyone(self) -> list[User]:
        """Every account, the system's own left out."""
        alone = (value for value in vars(self).values() if isinstance(value, User) and value is not self.system)
        return [*alone, *self.experts, *self.providers]


ROLES: dict[str, tuple[Role, str | None]] = {
    "officer": (Role.OFFICER, "综合行政执法局"),
    "colleague": (Role.OFFICER, "综合行政执法局"),
    "approver": (Role.APPROVER, "综合行政执法局"),
    "payer": (Role.PAYER, "综合行政执法局"),
    "other_officer": (Role.OFFICER, "社会事业局"),
    "other_approver": (Role.APPROVER, "社会事业局"),
    "member": (Role.MEMBER, "市府办公室"),
    "second_member": (Role.MEMBER, "行政审批局"),
    "third_member": (Role.MEMBER, "财政局"),
    "evaluator": (Role.EVALUATOR, None),
    "supervisor": (Role.SUPERVISOR, "财政局"),
    "auditor": (Role.AUDITOR, "审计局"),
    "system_admin": (Role.SYSTEM_ADMIN, None),
    "security_admin": (Role.SECURITY_ADMIN, None),
    "grid_member": (Role.GRID_MEMBER, None),
    "witness": (Role.OFFICER, "市场监督管理局"),
}


def settle(now: datetime) -> None:
    """The accounts, in one transaction: the only rows that no deed of this room makes (accounts have tests of their own)."""
    house = {name: department_by_name(name) for _, name in ROLES.values() if name is not None}

    def user(login: str, role: Role, **more: Any) -> User:
        return User(
            login=login, name=f"{role.label}{login}", name_en=login, password_hash="-", created_at=now,
            grants=[RoleGrant(role=role)], **more,
        )  # fmt: skip

    staff = {
        login: user(login, role, department_id=house[name].id if name else None)  # type: ignore[union-attr]
        for login, (role, name) in ROLES.items()
    }
    organisations = [
        Organisation(
            credit_code=credit_code(number), name=f"龙港第{number}环境服务社", name_en=f"Longgang Service {number}",
            address="龙港市人民路", representative="代表人", phone="0577-5990000", registered_at=now,
            status=OrganisationStatus.VERIFIED if number <= 4 else OrganisationStatus.REGISTERED,
            verified_at=now if number <= 4 else None,
        )
        for number in range(1, 6)
    ]  # fmt: skip
    db.session.add_all([*staff.values(), *organisations])
    db.session.flush()
    providers = [user(f"provider{row.id}", Role.PROVIDER, organisation_id=row.id) for row in organisations]
    # Two experts who must stand aside: one of the purchaser, one employed by the first bidder.
    experts = [user(f"expert{number}", Role.EXPERT, employer="温州大学") for number in range(1, 8)]
    experts += [
        user("expert-of-purchaser", Role.EXPERT, department_id=staff["officer"].department_id),
        user("expert-of-bidder", Role.EXPERT, employer=organisations[0].name),
    ]
    db.session.add_all([*providers, *experts])
    db.session.flush()
    db.session.add_all(
        BudgetLine(
            department_id=row.id, year=2025, code=BUDGET_CODE, name="城市管家服务", amount=Money.yuan("60000000")
        )
        for row in (house["综合行政执法局"], house["社会事业局"])
        if row is not None
    )  # fmt: skip
    db.session.commit()


def settled() -> People:
    """The people of a database in which they live already."""
    users = {user.login: user for user in db.session.scalars(select(User)).unique()}
    department, other = department_by_name("综合行政执法局"), department_by_name("社会事业局")
    assert department is not None
    assert other is not None
    providers = [user for login, user in users.items() if login.startswith("provider")]
    experts = [user for login, user in users.items() if login.startswith("expert")]
    for found in (providers, experts):
        found.sort(key=lambda user: user.id)
    return People(
        **{login: users[login] for login in ROLES}, department=department, other_department=other,
        system=users["system"], experts=experts, providers=providers[:4], unverified=providers[4],
    )  # fmt: skip


def snapshot() -> Snapshot:
    """Every row of every table, as the driver gives it; of the search index, which has ten thousand, how many there are and
    what they add up to.

    Two of them surround every refusal that a test asks for, so nothing is made of the rows.
    """
    db.session.rollback()
    connection = db.session.connection()
    found = {name: list(map(tuple, connection.exec_driver_sql(query))) for name, query in _everything().items()}
    db.session.rollback()
    return found


@cache
def _everything() -> dict[str, str]:
    """The question for all of each table."""
    queries = {
        table.name: f"SELECT * FROM {table.name} ORDER BY {', '.join(column.name for column in table.primary_key)}"  # nosec B608
        for table in Base.metadata.sorted_tables
    }
    bigrams = CatalogueBigram.__tablename__
    queries[bigrams] = f"SELECT count(*), sum(entry_id), min(bigram), max(bigram) FROM {bigrams}"  # nosec B608
    return queries


def differences(before: Snapshot, after: Snapshot) -> set[str]:
    """The tables whose rows are not the same."""
    return {name for name in before if before[name] != after[name]}


# The tables that no deed of a walk writes; they are left out of what is remembered of a stage.
REFERENCE = {
    "reference_editions", "catalogue_entries", "catalogue_bigrams", "negative_list_entries", "transferable_functions",
    "powers", "budget_lines", "communities", "departments", "department_names", "users", "role_grants", "organisations",
    "standards",
}  # fmt: skip


@dataclass(frozen=True)
class Remembered:
    """A stage of the walk as it was reached once: rows, blobs, the hour, the passphrases, and what is handed back."""

    rows: dict[str, list[dict[str, Any]]]
    blobs: dict[str, bytes]
    hour: datetime
    passphrases: dict[int, str]
    kind: type[Base]
    key: int


_stages: dict[tuple[str, str], Remembered] = {}


def stage(method: Callable[..., Stage]) -> Callable[..., Stage]:
    """A step of the walk: called bare in a fresh world, it is walked once per process and database, then put back."""

    @wraps(method)
    def walk(world: World, *args: Any, **changes: Any) -> Stage:
        bare = not args and not changes and world.untouched
        known = _stages.get((db.engine.dialect.name, method.__name__)) if bare else None
        if known is not None:
            return world.put_back(known)  # type: ignore[return-value]
        reached = method(world, *args, **changes)
        if bare:
            _stages[db.engine.dialect.name, method.__name__] = world.remember(reached)
        return reached

    return walk


@dataclass
class World:
    """The clock, the storage, the people, and one walk along the line."""

    app: Flask
    clock: FixedClock
    storage: Storage
    people: People
    passphrases: dict[int, str] = field(default_factory=dict)
    untouched: bool = True

    # ── stages remembered ──────────────────────────────────────────────────────────────────────────────────────────

    def remember(self, reached: Base) -> Remembered:
        """What there is now, for another test that starts here."""
        kind, (key, *_) = type(reached), inspect(reached).identity or (0,)
        db.session.rollback()
        tables = [table for table in Base.metadata.sorted_tables if table.name not in REFERENCE]
        rows = {table.name: [dict(row) for row in db.session.execute(table.select()).mappings()] for table in tables}
        db.session.rollback()
        blobs = {name: self.storage.open(name).read() for name in self.storage.names()}
        return Remembered(rows, blobs, self.now, dict(self.passphrases), kind, key)

    def put_back(self, known: Remembered) -> Base:
        """Everything as it was at a stage."""
        self.untouched = False
        self.clock.set(known.hour)
        self.passphrases.update(known.passphrases)
        for blob in known.blobs.values():
            self.storage.put([blob])
        begin_deed(self.clock)
        tables = [table for table in Base.metadata.sorted_tables if table.name not in REFERENCE]
        for table in reversed(tables):
            db.session.execute(table.delete())
        for table in tables:
            if known.rows[table.name]:
                db.session.execute(table.insert(), known.rows[table.name])
                if db.engine.dialect.name == "postgresql" and "id" in table.c:
                    advance = "SELECT setval(pg_get_serial_sequence(:table, 'id'), (SELECT max(id) FROM {}))"
                    db.session.execute(text(advance.format(table.name)), {"table": table.name})
        db.session.commit()
        return db.session.get_one(known.kind, known.key)

    # ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def now(self) -> datetime:
        """The legal instant."""
        return self.clock.now()

    @property
    def today(self) -> date:
        """The local day of it."""
        return local_day(self.clock.now())

    def go_to(self, moment: datetime | date) -> None:
        """Move the legal clock to an instant, or to nine in the morning of a day; never back."""
        to = moment if isinstance(moment, datetime) else at_local(moment, 9)
        self.untouched = False
        self.clock.set(max(to, self.clock.now()))

    # ── deeds ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def do(
        self, operation: Callable[..., Result], subject: Any, /, *args: Any, by: User | None, **kwargs: Any
    ) -> Result:
        """One deed, through `perform()`."""
        self.untouched = False
        return perform(operation, subject, *args, actor=by, clock=self.clock, **kwargs)

    def refuse(
        self,
        operation: Callable[..., Any],
        subject: Any,
        /,
        *args: Any,
        by: User | None,
        error: type[DomainError] = RuleBroken,
        says: Sequence[str] = (),
        article: str | None = None,
        where: str | None = None,
        **kwargs: Any,
    ) -> DomainError:
        """A deed that must be refused: the kind, the words, the article, the field; and nothing left but its line.

        `says` are parts of the sentence (values and bounds); `article` a part of its source. Every table is read before
        and after: only the refusal's line and its chain's head may differ.
        """
        before = snapshot()
        with pytest.raises(error) as caught:
            self.do(operation, subject, *args, by=by, **kwargs)
        refusal = caught.value
        sentence = str(refusal)
        assert type(refusal).status == refusal.status
        for part in says:
            assert part in sentence, f"{part!r} is not in {sentence!r}"
        if article is not None:
            assert refusal.article is not None, f"no article: {sentence}"
            assert article in str(refusal.article)
        if where is not None:
            assert refusal.field == where
        after = snapshot()
        assert differences(before, after) <= {"audit_lines", "audit_heads"}
        lines = after["audit_lines"][len(before["audit_lines"]) :]
        assert len(lines) == 1
        last = db.session.scalars(select(AuditLine).order_by(AuditLine.id.desc()).limit(1)).one()
        assert last.outcome is Outcome.REFUSED
        assert last.deed.function_name == operation.__name__
        # Besides the kind, only in whose place it was tried, and of a bid that came too late its size and hash.
        told = {"refusal": type(refusal).__name__, **refusal.facts}
        assert {name: fact for name, fact in last.told.items() if name != "for"} == told
        assert last.actor_id == (by.id if by is not None else None)
        return refusal

    def lacking(self, transfer: Transfer) -> list[str]:
        """What is outstanding, in words; each must have its article."""
        found = rooms.standing_of(transfer, self.now, working_calendar()).outstanding
        assert all(item.article is not None for item in found)
        return [str(item) for item in found]

    def forbid(self, keyword: str, *, barred: str = "", title: str = "") -> None:
        """A new edition of the negative list, in force today, whose one row prohibits `keyword`, and bars `barred` codes."""
        edition = ReferenceEdition(
            kind=ListKind.NEGATIVE_LIST,
            number=2,
            in_force_on=self.today,
            provenance=ListProvenance.IMPORTED,
            loaded_at=self.now,
        )
        db.session.add(edition)
        db.session.flush()
        row = NegativeListEntry(
            edition_id=edition.id,
            code="N01",
            origin="N01",
            level=1,
            title=title or keyword,
            title_en=title or keyword,
            basis="《预算法》第三十五条",
            keywords=keyword,
            barred_codes=barred,
            severity=Severity.PROHIBITED,
            basis_status=BasisStatus.VERIFIED,
        )
        db.session.add(row)
        db.session.commit()

    def find(self, transfer: Transfer, *, by: User, reason: str = "条款写的是承接方的义务，不是要购买的内容。") -> None:
        """A finding by one person on every hit that waits for one."""
        waiting = {row.hit.fingerprint for row in rooms.screened(transfer, self.now) if not row.is_cleared}
        for fingerprint in sorted(waiting):
            self.do(
                transfer_operations.record_finding, transfer, fingerprint, read=rooms.texts_beside_the_plan,
                reason=reason, by=by,
            )  # fmt: skip

    # ── before the line ────────────────────────────────────────────────────────────────────────────────────────────

    @stage
    def draft(self, terms: PlanTerms | None = None, *, function: str | None = None, code: str = "011401") -> Transfer:
        """A transfer with its plan, drafted."""
        directory = function_by_code(function, self.today) if function else None
        terms = terms or plan_terms(**({"power_code": directory.power_code} if directory else {}))
        entry = entry_by_code(directory.catalogue_code if directory else code, self.today)
        return self.do(
            transfer_operations.draft_plan, self.people.department, terms, entry=entry,
            function=directory, by=self.people.officer,
        )  # fmt: skip

    @stage
    def planned(self, **changes: Any) -> Transfer:
        """A transfer whose plan is drafted and submitted to its ex-ante evaluation."""
        transfer = self.draft(plan_terms(**changes))
        self.do(transfer_operations.submit_plan, transfer.plan, by=self.people.officer)
        return transfer

    def ex_ante(self, each: str = "18", **changes: Any) -> ExAnteTerms:
        """An ex-ante evaluation with the same points for each dimension, as far as grades can make them."""
        graded = grades_of(int(each), self.today)
        marks = {
            check.code: CheckMark(grade, "" if grade in (Grade.EXCELLENT, Grade.GOOD) else "依据不够具体")
            for check, grade in zip(all_checks(), graded * len(Dimension), strict=True)
        }
        terms = ExAnteTerms(marks=marks, opinion="依据充分，预算合理。")
        if terms.conclusion(self.today) is Conclusion.PARTLY:
            terms = replace(terms, conditions=("补充同类项目的价格。", "写明期满后怎样退出。"))
        return replace(terms, **changes)

    def evaluate(self, transfer: Transfer, each: str = "18", *, by: User | None = None, **changes: Any) -> Any:
        """Evaluate a submitted plan, by the approver unless told."""
        return self.do(
            transfer_operations.evaluate_plan, transfer.plan, self.ex_ante(each, **changes),
            text=self.print(b"%PDF-1.7 ex ante"), seen=transfer.plan.version, by=by or self.people.approver,
        )  # fmt: skip

    @stage
    def evaluated(self, each: str = "18", **changes: Any) -> Transfer:
        """… evaluated ex ante by the approver, at 90 points unless told."""
        transfer = self.planned(**changes)
        self.evaluate(transfer, each)
        return transfer

    def meet_conditions(self, transfer: Transfer) -> None:
        """Tick off every condition of the last evaluation."""
        for condition in transfer.plan.evaluation.open_conditions:
            self.do(transfer_operations.meet_condition, condition, how="已在方案里写明。", by=self.people.officer)

    @stage
    def resolved(self, **changes: Any) -> Transfer:
        """… adopted by the joint conference: at step 1."""
        transfer = self.evaluated(**changes)
        self.adopt(transfer)
        return transfer

    # ── the joint conference ───────────────────────────────────────────────────────────────────────────────────────

    def conference_terms(self, *transfers: Transfer, **changes: Any) -> ConferenceTerms:
        """A meeting at once on the plans of these transfers: three members, the first of them chairs."""
        terms = ConferenceTerms(
            title="职能转移联席会议", held_at=self.now, place="市府三楼会议室",
            chair=self.people.member, members=self.people.conference,
            subjects=tuple((ItemKind.PLAN, transfer.plan) for transfer in transfers),
        )  # fmt: skip
        return replace(terms, **changes)

    def convened(self, *transfers: Transfer, **changes: Any) -> Conference:
        """A meeting on these plans or other `subjects`, or on a plan that is evaluated for it."""
        plans = transfers or (() if "subjects" in changes else (self.evaluated(),))
        terms = self.conference_terms(*plans, **changes)
        return self.do(conference_operations.convene_conference, None, terms, by=self.people.member)

    def assembled(self, *transfers: Transfer, absent: Sequence[User] = (), **changes: Any) -> Conference:
        """… opened by its chair, everybody present but the `absent`."""
        conference = self.convened(*transfers, **changes)
        present = [person for person in conference.members if person not in absent]
        self.do(conference_operations.open_conference, conference, present, by=conference.chair)
        return conference

    def vote(self, item: AgendaItem, *voters: User, choice: Choice = Choice.FOR) -> None:
        """These members vote so, those against with a reason."""
        reason = "限价没有依据。" if choice is Choice.AGAINST else ""
        for voter in voters:
            self.do(conference_operations.cast_vote, item, choice, reason=reason, by=voter)

    def adopt(self, transfer: Transfer) -> Resolution:
        """One meeting on one plan: convened, opened, as many votes for it as the quorum asks for, resolved."""
        (item,) = self.assembled(transfer).items
        self.vote(item, *self.people.conference[:2])
        resolution = self.do(
            conference_operations.resolve_item, item, ItemOutcome.ADOPTED, opinion="同意。", by=self.people.member
        )
        assert resolution is not None
        return resolution

    def minutes_closed(self, conference: Conference) -> Conference:
        """… closed, with a stand-in for the printed minutes."""
        self.do(
            conference_operations.close_conference, conference, text=self.print(name="会议记录.pdf"),
            seen=conference_rules.digest_of(conference), by=conference.chair,
        )  # fmt: skip
        return conference

    # ── step 1 ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @stage
    def keyed(self, transfer: Transfer | None = None) -> Transfer:
        """… with its three holders: the payer opens, the auditor witnesses, a member of another office keeps the sheet."""
        transfer = transfer or self.resolved()
        self.hold(transfer, Appointed.OPENER, self.people.payer)
        self.hold(transfer, Appointed.OPENING_WITNESS, self.people.auditor)
        self.hold(transfer, Appointed.CUSTODIAN, self.people.second_member)
        return transfer

    def appoint_holder(self, transfer: Transfer, kind: Appointed, person: User) -> Appointment:
        """One of the three is appointed, or is to follow who holds."""
        return self.do(APPOINTS[kind], transfer, person, by=self.people.officer)

    def accept_holding(self, appointment: Appointment) -> str:
        """… and accepts; hands back what they were shown, and keeps it."""
        context = context_of(appointment)
        if appointment.kind is Appointed.CUSTODIAN:
            secret = sealing.make_sheet_secret()
            pair = sealing.make_pair_of_sheet(secret, context)
            self.do(holder_operations.accept_custodian, appointment, pair, by=appointment.user)
        else:
            secret = sealing.make_passphrase()
            pair = sealing.make_pair(secret, context)
            self.do(ACCEPTS[appointment.kind], appointment, pair, by=appointment.user)
        self.passphrases[appointment.id] = secret
        return secret

    def hold(self, transfer: Transfer, kind: Appointed, person: User) -> Appointment:
        """One of the three, appointed and accepted; a sheet is checked too."""
        appointment = self.appoint_holder(transfer, kind, person)
        secret = self.accept_holding(appointment)
        if kind is Appointed.CUSTODIAN:
            word = sealing.check_word(secret, context_of(appointment))
            self.do(holder_operations.confirm_sheet, appointment, word, by=person)
        return appointment

    def deadline(self, transfer: Transfer) -> datetime:
        """The deadline the form proposes for a publication today."""
        return announcement_rules.default_deadline(transfer, self.today, working_calendar())

    @stage
    def announcement_drafted(self, transfer: Transfer | None = None) -> Announcement:
        """… and an announcement drafted, not published."""
        transfer = self.keyed(transfer)
        announcement = self.do(
            announcement_operations.draft_announcement, transfer, closes_at=self.deadline(transfer),
            summary="征集城市管家服务的承接组织。", contact="张三 0577-5990001", by=self.people.officer,
        )  # fmt: skip
        self.told_before(transfer)
        self.assemble(announcement)
        return announcement

    def told_before(self, transfer: Transfer) -> None:
        """Say why the intention was not public thirty days before, so that the calendar of the tests stays: where it must be."""
        if preliminary_rules.needs_intention(transfer) and the_preliminaries(transfer).intention is None:
            reason = "台风毁坏绿地，急需恢复。"
            self.do(preliminary_operations.waive_intention, transfer, reason=reason, by=self.people.officer)

    def assemble(self, announcement: Announcement) -> BiddingDocuments:
        """The bidding documents of a draft, with stand-ins for the printed files."""
        return self.do(
            announcement_operations.assemble_documents, announcement, pdf=self.print(name="采购文件.pdf"),
            docx=self.print(name="采购文件.docx"), seen=announcement_rules.digest_of(announcement),
            by=self.people.officer,
        )  # fmt: skip

    @stage
    def announced(self, transfer: Transfer | None = None, **changes: Any) -> Announcement:
        """… published: at step 2, bids are taken."""
        if transfer is None:
            transfer = self.resolved(**changes)
        announcement = self.announcement_drafted(transfer)
        self.do(announcement_operations.publish_announcement, announcement, by=self.people.officer)
        self.in_medium(announcement)
        return announcement

    def in_medium(self, announcement: Announcement) -> None:
        """A purchase's announcement appears on the designated medium the same day."""
        if published_rules.needs_medium(announcement.transfer):
            self.do(
                published_operations.enter_medium_notice, announcement, self.today,
                "https://zfcg.czt.zj.gov.cn/notice/1", by=self.people.officer,
            )  # fmt: skip

    def ask(
        self, announcement: Announcement, question: str = "夜间巡查要几个人？", *, by: User | None = None
    ) -> Enquiry:
        """An enquiry of a provider, the first one unless told."""
        asker = by or self.people.providers[0]
        return self.do(published_operations.ask_enquiry, announcement, question, by=asker)

    def answer(self, enquiry: Enquiry, answer: str = "每班不少于四人。", **changes: Any) -> None:
        """… and its answer by the officer, the question published as it was asked."""
        said = {"public_question": enquiry.question, "answer": answer, **changes}
        self.do(published_operations.answer_enquiry, enquiry, by=self.people.officer, **said)

    def amend(self, announcement: Announcement, **changes: Any) -> None:
        """A material change by the officer: what is named is said anew of the plan, all else stays."""
        closes_at, notes = (
            changes.pop("closes_at", None),
            changes.pop("submission_notes", announcement.submission_notes),
        )
        terms = replace(terms_of(announcement.transfer.plan), **changes)
        self.do(
            change_operations.amend_announcement, announcement, terms, submission_notes=notes, closes_at=closes_at,
            reason="现场核对以后数量有出入。", by=self.people.officer,
        )  # fmt: skip

    # ── step 2 ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def sealer(self, announcement: Announcement, provider: User) -> Sealer:
        """What seals for this provider's organisation."""
        assert provider.organisation_id is not None
        return Sealer(announcement, provider.organisation_id, self.storage)

    def seal_file(
        self,
        announcement: Announcement,
        provider: User,
        document: bytes = DOCUMENT,
        name: str = "投标文件.pdf",
        **more: Any,
    ) -> SealedFile:
        """A sealed file in the provider's draft."""
        self.untouched = False
        more.setdefault("token", secrets.token_hex(16))
        sealer = self.sealer(announcement, provider)
        return seal_file(sealer, io.BytesIO(document), name, actor=provider, clock=self.clock, **more)

    def seal(
        self,
        announcement: Announcement,
        provider: User,
        price: Money,
        document: bytes = DOCUMENT,
        *,
        keep: Sequence[SealedFile] = (),
        **contents: Any,
    ) -> Lodging:
        """What this provider lodges: a file sealed for it (none where `document` is empty), others kept, the manifest over them."""
        sealed = [*keep, *([self.seal_file(announcement, provider, document)] if document else [])]
        if announcement.security > Money(0):
            contents = {"security_form": "guarantee", "security_reference": "BH-2025-1", **contents}
        told = Contents(price, **{"lead": "李四", "declared": DECLARATIONS, **contents})
        return seal_bid(self.sealer(announcement, provider), told, sealed, secrets.token_hex(16), announcement.edition)

    def submit(
        self,
        announcement: Announcement,
        provider: User,
        price: str = "1200000",
        document: bytes = DOCUMENT,
        **more: Any,
    ) -> Bid:
        """One bid, sealed and lodged."""
        lodging = self.seal(announcement, provider, Money.yuan(price), document, **more)
        return self.do(bidding.submit_bid, announcement, lodging, by=provider)

    @stage
    def bid(
        self,
        announcement: Announcement | None = None,
        prices: Sequence[str] = ("1200000", "1100000", "1250000"),
        **changes: Any,
    ) -> Announcement:
        """… with one bid for each price, by the first organisations; still sealed."""
        announcement = announcement or self.announced(**changes)
        for provider, price in zip(self.people.providers, prices, strict=False):
            self.submit(announcement, provider, price)
        return announcement

    def holder_of(self, announcement: Announcement, kind: Appointed) -> User:
        """Who holds this part of what opens the bids."""
        return holders_of_attempt(announcement.transfer).holders[kind].user

    def opener_of(self, announcement: Announcement) -> User:
        """Who opens."""
        return self.holder_of(announcement, Appointed.OPENER)

    def passphrase_of(self, announcement: Announcement, kind: Appointed = Appointed.OPENER) -> str:
        """What a holder was shown once: a passphrase, or the secret of the sheet."""
        return self.passphrases[holders_of_attempt(announcement.transfer).holders[kind].id]

    def commit(self, announcement: Announcement) -> None:
        """The commitment to the envelopes, if it is due and has not been made: what every opening and failure begins with."""
        self.untouched = False
        commit_if_due(announcement, self.clock)

    def told(self, announcement: Announcement, kind: Appointed, secret: str | None = None) -> Told:
        """What a holder types: their own secret unless told otherwise."""
        desk = holders_of_attempt(announcement.transfer)
        appointment = desk.holders[kind]
        field = "passphrase" if kind is Appointed.OPENER else "second_passphrase"
        typed = self.passphrases[appointment.id] if secret is None else secret
        return Told(desk.keys[appointment.id], typed, field)

    def private_half(self, announcement: Announcement, *kinds: Appointed) -> X25519PrivateKey:
        """The competition's private half, by two holders: opener and witness unless told otherwise."""
        key = competition_key_of(announcement)
        assert key is not None
        told = [self.told(announcement, kind) for kind in kinds or OPENERS]
        return open_competition_key(key, *told)

    def unseal(self, announcement: Announcement, *kinds: Appointed) -> list[bidding.Opened]:
        """What the envelopes hold, in memory; the commitment comes before."""
        self.commit(announcement)
        return open_envelopes(announcement, self.private_half(announcement, *kinds), self.storage, LIMIT)

    def open(self, announcement: Announcement, first: Appointed, second: Appointed) -> Competition:
        """The bids opened now, by these two holders."""
        return self.do(
            bidding.open_bids, announcement, self.unseal(announcement, first, second),
            second=self.holder_of(announcement, second), by=self.holder_of(announcement, first),
        )  # fmt: skip

    @stage
    def opened(self, announcement: Announcement | None = None, **changes: Any) -> Competition:
        """… opened at the first instant that may be, by opener and witness."""
        announcement = announcement or self.bid(**changes)
        self.go_to(announcement_rules.opens_at(announcement))
        return self.open(announcement, *OPENERS)

    def fail(self, announcement: Announcement, reason: str = "有效投标不足三家") -> None:
        """The round has failed: declared by the officer, after the commitment."""
        self.commit(announcement)
        self.do(bidding.fail_competition, announcement, reason=reason, by=self.people.officer)

    @stage
    def qualified(self, competition: Competition | None = None, **changes: Any) -> Competition:
        """… every opened bid qualified."""
        competition = competition or self.opened(**changes)
        bids = [bid for bid in active_bids(competition.announcement) if bid.status is BidStatus.OPENED]
        verdicts = {bid.id: Verdict(qualified=True) for bid in bids}
        self.do(review.qualify_bids, competition, verdicts, by=self.people.officer)
        return competition

    @stage
    def drawn(self, competition: Competition | None = None, *, size: int = 3, **changes: Any) -> Competition:
        """… and a panel drawn."""
        competition = competition or self.qualified(**changes)
        self.do(review.draw_panel, competition, size=size, seed="5eed", by=self.people.officer)
        return competition

    def meet(self, competition: Competition, minutes: str = "逐项核对了服务方案，没有不同意见。") -> None:
        """One round of meetings, one with each bidder who is in the talks."""
        held = {bid.id: Held(took_part=True, minutes=minutes) for bid in talks.bids_in(competition)}
        self.do(talks.record_meetings, competition, held, by=self.people.officer)

    def change_terms(
        self, competition: Competition, service: str = "夜间巡查由每日一次改为两次。", agreement: str = ""
    ) -> ChangedTerms:
        """A change proposed by a member of the panel and confirmed by the officer."""
        change = self.do(
            talks.propose_terms, competition, service=service, agreement=agreement, reason="磋商中各家都认为一次不够。",
            by=self.panel_of(competition)[0],
        )  # fmt: skip
        return self.do(talks.confirm_terms, competition, seen=talks.digest_of(change), by=self.people.officer)

    @stage
    def invited(self, competition: Competition | None = None, **changes: Any) -> Competition:
        """… every bidder met once, and called for a final offer in the shortest time."""
        competition = competition or self.drawn(**changes)
        if talks_of(competition).rounds == 0:
            self.meet(competition)
        closes_at = talks_rules.earliest_close(self.now)
        self.do(talks.invite_offers, competition, closes_at, by=self.people.officer)
        return competition

    def the_call(self, competition: Competition) -> OfferCall:
        """The call for final offers."""
        call = call_of(competition)
        assert call is not None
        return call

    def bidder_of(self, bid: Bid) -> User:
        """Who bids for this organisation."""
        return next(row for row in self.people.providers if row.organisation_id == bid.organisation_id)

    def offering(self, bid: Bid, price: Money, response: str = "", documents: Sequence[bytes] = ()) -> Offering:
        """What this bidder lodges as its final offer."""
        sealer = Sealer(bid.announcement, bid.organisation_id, self.storage, sitting=OFFERS)
        files_of = [(io.BytesIO(document), "响应文件.pdf") for document in documents]
        return seal_offer(sealer, price, response, files_of, secrets.token_hex(16), self.today)

    def offer(self, bid: Bid, price: str | Money | None = None, **more: Any) -> FinalOffer:
        """One final offer: the bid's own price unless another is said."""
        amount = bid.price if price is None else price if isinstance(price, Money) else Money.yuan(price)
        assert amount is not None
        self.untouched = False
        return self.do(talks.submit_offer, bid, self.offering(bid, amount, **more), by=self.bidder_of(bid))

    def unseal_offers(self, call: OfferCall, *kinds: Appointed) -> list[OfferOpened]:
        """What the final offers hold, in memory; the commitment comes before."""
        commit_offers_if_due(call, self.clock)
        key = competition_key_of(call.announcement, OFFERS)
        assert key is not None
        told = [self.told(call.announcement, kind) for kind in kinds or OPENERS]
        return open_offer_envelopes(call, open_competition_key(key, *told), self.storage)

    def open_offers(self, call: OfferCall, first: Appointed, second: Appointed) -> None:
        """The final offers opened at the first instant that may be, by these two holders."""
        self.go_to(talks_rules.settles_at(call))
        self.do(
            talks.open_offers, call, self.unseal_offers(call, first, second),
            second=self.holder_of(call.announcement, second), by=self.holder_of(call.announcement, first),
        )  # fmt: skip

    @stage
    def ready(self, competition: Competition | None = None, **changes: Any) -> Competition:
        """… and the final offers opened, each at the price of its bid; without talks as soon as the panel is drawn."""
        competition = competition or self.drawn(**changes)
        call = call_of(competition)
        if not competition.has_talks or (call is not None and call.is_opened):
            return competition
        if call is None:
            self.invited(competition)
        for bid in talks.bids_in(competition):
            if offer_of(bid) is None:
                self.offer(bid)
        self.open_offers(self.the_call(competition), *OPENERS)
        return competition

    def panel_of(self, competition: Competition) -> list[User]:
        """The members of the panel, by number."""
        members = sorted(competition.transfer.appointed(Appointed.PANEL_MEMBER))
        return [db.session.get_one(User, number) for number in members]

    def sheet(
        self, competition: Competition, points: Mapping[str, Mapping[str, str]] | None = None
    ) -> dict[tuple[int, int], Decimal]:
        """Points for every qualified bid: 80 % of each weight, or what `points[organisation name][criterion]` says."""
        cells = {}
        for bid in active_bids(competition.announcement):
            if bid.status is BidStatus.QUALIFIED:
                for criterion in competition.transfer.plan.quality_criteria:
                    told = (points or {}).get(bid.organisation.name, {}).get(criterion.name)
                    cells[bid.id, criterion.id] = Decimal(told) if told else Decimal(criterion.weight) * Decimal("0.8")
        return cells

    @stage
    def scored(self, competition: Competition | None = None, points: Any = None, **changes: Any) -> Competition:
        """… and scored by every member."""
        competition = self.ready(competition) if competition is not None else self.ready(**changes)
        for member in self.panel_of(competition):
            self.do(
                review.sign_score_sheet, competition, self.sheet(competition, points), no_conflict=True, opinion="同意。",
                by=member,
            )  # fmt: skip
        return competition

    @stage
    def reviewed(self, competition: Competition | None = None, **changes: Any) -> Competition:
        """… and the report concluded."""
        competition = competition or self.scored(**changes)
        self.do(review.conclude_review, competition, by=self.people.officer)
        return competition

    def first_of(self, competition: Competition) -> Bid:
        """The bid that ranks first."""
        return next(bid for bid in active_bids(competition.announcement) if bid.rank == 1)

    @stage
    def confirmed(self, competition: Competition | None = None, **changes: Any) -> Competition:
        """… and the winner confirmed."""
        competition = competition or self.reviewed(**changes)
        self.do(award_operations.confirm_award, competition, self.first_of(competition), by=self.people.approver)
        return competition

    @stage
    def awarded(self, competition: Competition | None = None, **changes: Any) -> Transfer:
        """… and the result published: at step 3."""
        transfer = self.confirmed(competition, **changes).transfer
        award = award_of_transfer(transfer)
        assert award is not None
        self.do(award_operations.publish_award_notice, award, amount=award.price, by=self.people.officer)
        return transfer

    # ── step 3 ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def print(self, text: bytes = b"%PDF-1.7 printed", name: str = "文书.pdf") -> Upload:
        """A stored document, as a view prints it before the deed."""
        return files.accept(self.storage, io.BytesIO(text), name, LIMIT)

    @stage
    def agreement_drafted(self, transfer: Transfer | None = None, **changes: Any) -> Agreement:
        """… with an agreement drafted."""
        transfer = transfer or self.awarded(**changes)
        return self.do(
            agreement_operations.draft_agreement, transfer, starts_on=self.today, place="龙港市建成区",
            data_protection="工单数据只用于本项目，期满后移交并删除。", by=self.people.officer,
        )  # fmt: skip

    def provider_of(self, transfer: Transfer) -> User:
        """The winner's user."""
        return next(user for user in self.people.providers if user.organisation_id == transfer.provider_id)

    @stage
    def agreement_confirmed(self, agreement: Agreement | None = None, **changes: Any) -> Agreement:
        """… confirmed by the provider."""
        agreement = agreement or self.agreement_drafted(**changes)
        self.do(
            agreement_operations.confirm_agreement, agreement, seen=agreement_rules.digest_of(agreement),
            by=self.provider_of(agreement.transfer),
        )  # fmt: skip
        return agreement

    @stage
    def agreed(self, agreement: Agreement | None = None, **changes: Any) -> Transfer:
        """… and concluded: at step 4."""
        agreement = self.agreement_confirmed(agreement, **changes)
        self.do(
            agreement_operations.conclude_agreement, agreement, text=self.print(),
            seen=agreement_rules.digest_of(agreement), by=self.people.approver,
        )  # fmt: skip
        return agreement.transfer

    # ── step 4 ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @stage
    def handover_drafted(self, transfer: Transfer | None = None, **changes: Any) -> Handover:
        """… the agreement published, and filed where it is a procurement contract, the list drafted."""
        transfer = transfer or self.agreed(**changes)
        agreement = agreement_of(transfer)
        assert agreement is not None
        self.do(agreement_operations.publish_agreement, agreement, by=self.people.officer)
        if agreement_rules.filing_period(agreement) is not None:
            number = "龙财采备2025-12"
            self.do(agreement_operations.file_agreement, agreement, filing_number=number, by=self.people.officer)
        return self.do(
            handover_operations.draft_handover, transfer, handover_items(), takes_effect_on=agreement.starts_on,
            witness=self.people.witness, transition="首周双岗值守。", by=self.people.officer,
        )  # fmt: skip

    def signatories(self, handover: Handover) -> list[User]:
        """The three who sign, in the order of the parties."""
        return [self.people.officer, self.provider_of(handover.transfer), self.people.witness]

    @stage
    def handed_over(self, handover: Handover | None = None, **changes: Any) -> Transfer:
        """… and signed by three: at step 5."""
        handover = handover or self.handover_drafted(**changes)
        for person in self.signatories(handover):
            self.do(handover_operations.sign_handover, handover, by=person)
        return handover.transfer

    # ── supplements ────────────────────────────────────────────────────────────────────────────────────────────────

    def supplement_terms(self, transfer: Transfer, **changes: Any) -> SupplementTerms:
        """More of the same for 60,000 yuan, due when the term ends."""
        terms = SupplementTerms(
            reason="新增两条道路，原来的里程不够。", content="道路 3 公里的保洁，标准按原协议。", amount=Money.yuan("60000"),
            milestone="新增道路", due_on=the_agreement(transfer).ends_on,
        )  # fmt: skip
        return replace(terms, **changes)

    @stage
    def supplement_drafted(self, transfer: Transfer | None = None, **changes: Any) -> Supplement:
        """A transfer at step 5 with a supplement drafted."""
        transfer = transfer or self.handed_over()
        return self.do(
            agreement_operations.draft_supplement, the_agreement(transfer), self.supplement_terms(transfer, **changes),
            by=self.people.officer,
        )  # fmt: skip

    @stage
    def supplement_confirmed(self, supplement: Supplement | None = None, **changes: Any) -> Supplement:
        """… confirmed by the provider."""
        supplement = supplement or self.supplement_drafted(**changes)
        self.do(
            agreement_operations.confirm_supplement, supplement, seen=agreement_rules.digest_of_supplement(supplement),
            by=self.provider_of(supplement.transfer),
        )  # fmt: skip
        return supplement

    @stage
    def supplement_concluded(self, supplement: Supplement | None = None, **changes: Any) -> Supplement:
        """… and concluded: the agreement has one milestone more."""
        supplement = supplement or self.supplement_confirmed(**changes)
        self.do(
            agreement_operations.conclude_supplement, supplement, text=self.print(),
            seen=agreement_rules.digest_of_supplement(supplement), by=self.people.approver,
        )  # fmt: skip
        return supplement

    # ── step 5 ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @stage
    def reported(self, transfer: Transfer | None = None, which: int = 0, **changes: Any) -> Delivery:
        """… a milestone reported on the day it is due."""
        transfer = transfer or self.handed_over(**changes)
        agreement = agreement_of(transfer)
        assert agreement is not None
        milestone = agreement.milestones[which]
        self.go_to(milestone.due_on)
        return self.do(
            delivery_operations.report_milestone, milestone, report="按约完成，台账齐全。", evidence=self.print(name="台账.pdf"),
            by=self.provider_of(transfer),
        )  # fmt: skip

    @stage
    def accepted(self, delivery: Delivery | None = None, **changes: Any) -> Delivery:
        """… and accepted."""
        delivery = delivery or self.reported(**changes)
        self.do(
            delivery_operations.accept_milestone, delivery, findings="保洁里程 62 公里，达到约定。", users_opinion="居民代表满意。",
            by=self.people.approver,
        )  # fmt: skip
        return delivery

    @stage
    def requested(self, delivery: Delivery | None = None, **changes: Any) -> Delivery:
        """… its payment requested."""
        delivery = self.accepted(delivery, **changes)
        self.do(payment_operations.request_payment, delivery, by=self.people.officer)
        return delivery

    @stage
    def paid(self, delivery: Delivery | None = None, **changes: Any) -> Delivery:
        """… and paid."""
        delivery = self.requested(delivery, **changes)
        self.do(
            payment_operations.make_payment, delivery, amount=delivery.milestone.amount, voucher="2025-0001",
            by=self.people.payer,
        )  # fmt: skip
        return delivery

    @stage
    def performed(self, transfer: Transfer | None = None, **changes: Any) -> Transfer:
        """… every milestone paid: at step 6."""
        transfer = transfer or self.handed_over(**changes)
        agreement = agreement_of(transfer)
        assert agreement is not None
        for which, milestone in enumerate(agreement.milestones):
            if delivery_of(milestone) is None:
                self.paid(self.reported(transfer, which))
        return transfer

    # ── step 6 ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @stage
    def inspected(self, transfer: Transfer | None = None, **changes: Any) -> Transfer:
        """… with an inspection on record."""
        transfer = transfer or self.performed(**changes)
        self.do(
            supervision_operations.record_inspection, transfer, inspected_on=self.today, place="人民路",
            result=InspectionResult.GOOD, findings="抽查三条道路，达到约定。", by=self.people.officer,
        )  # fmt: skip
        return transfer

    def marks(self, lost: str = "0") -> dict[str, Mark]:
        """Full points for every indicator but the first of the outputs, which loses `lost`."""
        rows = expenditure_frame(self.today).indicators
        largest = max(rows, key=lambda row: row.points)
        return {row.key: Mark(row.points - (Decimal(lost) if row is largest else 0), "见台账") for row in rows}

    def evaluation_terms(self, **changes: Any) -> EvaluationTerms:
        """A report by an independent evaluator."""
        terms = EvaluationTerms(
            marks=self.marks("10"), overview="项目概况。", method="实地核查和问卷。", experience="台账完整。",
            problems="个别路段保洁不及时。", advice="下一期增加夜间巡查。", independence=True,
        )  # fmt: skip
        return replace(terms, **changes)

    def facts_seen(self, transfer: Transfer) -> str:
        """The digest of what an evaluation rests on, as the page shows it now."""
        return supervision_rules.digest_of(transfer, supervision_desks([transfer])[transfer.id])

    @stage
    def evaluated_ex_post(
        self, transfer: Transfer | None = None, terms: EvaluationTerms | None = None, **changes: Any
    ) -> Transfer:
        """… and the expenditure evaluation concluded."""
        transfer = transfer or self.inspected(**changes)
        self.do(
            supervision_operations.conclude_evaluation, transfer, terms or self.evaluation_terms(),
            text=self.print(b"%PDF-1.7 report"), seen=self.facts_seen(transfer), by=self.people.evaluator,
        )  # fmt: skip
        return transfer

    @stage
    def closed(self, transfer: Transfer | None = None, **changes: Any) -> Transfer:
        """… and the case closed."""
        transfer = transfer or self.evaluated_ex_post(**changes)
        self.do(supervision_operations.close_transfer, transfer, by=self.people.officer)
        return transfer


def the_appointment(transfer: Transfer, kind: Appointed) -> Appointment:
    """The appointment of this kind that holds now."""
    return next(row for row in transfer.appointments if row.kind is kind and row.ended_at is None)


def the_competition(announcement: Announcement) -> Competition:
    """The competition that the opening began."""
    competition = competition_of(announcement)
    assert competition is not None
    return competition


def the_agreement(transfer: Transfer) -> Agreement:
    """The agreement of a transfer."""
    agreement = agreement_of(transfer)
    assert agreement is not None
    return agreement


_compiled: dict[str, Engine] = {}


def share_compiled(engine: Engine) -> None:
    """Let every engine of one kind use the first one's compiled statements: compiling anew is most of a test's time."""
    first = _compiled.setdefault(engine.dialect.name, engine)
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache


@contextmanager
def inhabited(app: Flask, clock: FixedClock, storage: Storage) -> Iterator[World]:
    """A world with its people, inside the application's context."""
    with app.app_context():
        share_compiled(db.engine)
        people = settled()
        db.session.commit()
        yield World(app, clock, storage, people)
        db.session.remove()
