"""Making a demonstration, and making it new: the cast by the accounts' own deeds, then the story, deed by deed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select, text

from procurement.foundation import sealing
from procurement.foundation.clock import Clock, FixedClock, SystemClock
from procurement.foundation.database import Base, db, writing
from procurement.foundation.errors import WrongState
from procurement.foundation.labels import word
from procurement.foundation.storage import Storage
from procurement.registers import accounts
from procurement.registers.accounts import NewPassword, PersonTerms
from procurement.registers.budgets import operations as budgets
from procurement.registers.communities import community_by_code
from procurement.registers.deeds import perform
from procurement.registers.demonstration import THE_ONE, Demonstration, the_demonstration
from procurement.registers.departments.operations import describe_department
from procurement.registers.departments.rules import DepartmentFacts
from procurement.registers.organisations import operations as organisations
from procurement.registers.organisations.credit_code import complete
from procurement.registers.organisations.models import Organisation
from procurement.registers.people import SYSTEM_LOGIN, User, department_by_name, departments
from procurement.registers.tasks import Lease, give_back_lease
from procurement.web.demonstration import cast, plans
from procurement.web.demonstration.acts import acts
from procurement.web.demonstration.cast import Bidder, Person
from procurement.web.demonstration.clock import BEGINNING, DemonstrationClock
from procurement.web.demonstration.listings import applications
from procurement.web.demonstration.moments import take_turn
from procurement.web.demonstration.stage import Stage, moment, person
from procurement.web.demonstration.story import play
from procurement.web.fonts import make_fonts_ready
from procurement.web.instance import remember_demonstration
from procurement.web.preparation import create_first_administrator, load_reference_data
from procurement.web.ticking import tick

Report = Callable[[str, str], None]

FIRST_DAY, LATEST = "03-03 08:30", "09-22 08:40"
# Longer than the story takes to tell.
TELLING = timedelta(minutes=10)
# From here on the mornings bring their reminders; before, nothing that is still open was due.
REMINDERS_FROM = "08-25 08:30"


def is_real(app: Flask) -> bool:
    """Whether people work with this instance: it has accounts or organisations, and is no demonstration."""
    with app.app_context():
        if the_demonstration() is not None:
            return False
        people = db.session.scalar(select(User.id).where(User.login != SYSTEM_LOGIN).limit(1))
        return people is not None or db.session.scalar(select(Organisation.id).limit(1)) is not None


def load_demonstration(app: Flask, report: Report) -> None:
    """Make the demonstration on an empty instance that has its reference data; where it stands already, nothing changes.

    Raises:
        WrongState: a real instance, which never becomes one.
    """
    if is_real(app):
        raise WrongState(
            word("这个实例里已经有人办理业务，不能变成演示。请另选一个空的实例文件夹（JIELI_INSTANCE）来载入演示。")
        )
    with app.app_context():
        standing = the_demonstration()
        if standing is not None and standing.ready_at is not None:
            report("演示已在，没有改动", "the demonstration is there; nothing was changed")
            return
        if standing is not None:
            _wipe(app)
        _make(app, report)


def reset_demonstration(app: Flask, report: Report) -> None:
    """Take everything away and make the demonstration new; whoever is signed in is signed out.

    Raises:
        WrongState: a real instance.
    """
    with app.app_context():
        if the_demonstration() is None:
            raise WrongState(word("这不是演示实例，没有可以重建的演示。"))
        report("清空演示", "emptying the demonstration")
        _close()
        take_turn(_wall_of(app))
        _wipe(app)
        _make(app, report)


def _wall_of(app: Flask) -> Clock:
    """The clock that tells the wall's time, whatever the legal one is."""
    clock: Clock = app.extensions["clock"]
    return clock.of_the_wall if isinstance(clock, DemonstrationClock) else clock


def _close() -> None:
    """Let every process of this instance answer that it is being made new."""
    with writing():
        row = the_demonstration()
        if row is not None:
            row.ready_at = None


def _wipe(app: Flask) -> None:
    """Empty every table, and forget every file; the tables themselves stay, so that it works while others are served."""
    storage: Storage = app.extensions["storage"]
    tables = list(reversed(Base.metadata.sorted_tables))
    with writing():
        if db.engine.dialect.name == "postgresql":
            names = ", ".join(f'"{table.name}"' for table in tables)
            db.session.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        else:
            db.session.execute(text("PRAGMA defer_foreign_keys = ON"))
            for table in tables:
                db.session.execute(table.delete())
        # What falls due is nobody's business until the story is told.
        db.session.add(Lease(name="tick", until=_wall_of(app).wall() + TELLING))
        # The mark stays: an instance that was made as a demonstration is one, also if what follows is cut short.
        _mark(_wall_of(app).wall())
    db.session.expunge_all()
    for sha256 in list(storage.names()):
        storage.delete(sha256)


def _mark(wall: datetime) -> None:
    db.session.add(Demonstration(id=THE_ONE, made_at=wall, legal_at=BEGINNING, wall_at=wall))


def _make(app: Flask, report: Report) -> None:
    wall = _wall_of(app)
    clock = FixedClock(moment(FIRST_DAY))
    clock.on_the_wall = wall.wall()
    load_reference_data(app, clock)
    with writing():
        if the_demonstration() is None:
            _mark(wall.wall())
    remember_demonstration(app)
    report("准备演示：字体", "demonstration: fonts")
    make_fonts_ready(app.extensions["settings"], lambda _stage: None)
    report("准备演示：人员和组织", "demonstration: people and organisations")
    secret = _settle(app, clock)
    report("准备演示：八件事项，逐步办理", "demonstration: eight transfers, deed by deed")
    with _cheap_wrapping():
        play([*acts(), *applications()], Stage(app, clock), lambda at: _morning(app, clock, at))
    clock.set(moment(LATEST))
    _register(cast.UNVERIFIED, secret, clock)
    _morning(app, clock, BEGINNING)
    _open(app, wall)
    report("演示已备好", "the demonstration is ready")


@contextmanager
def _cheap_wrapping() -> Iterator[None]:
    """Wrap the story's keys at little cost: its passphrases are printed on the sign-in page, and each carries its cost."""
    usual = sealing.wrapping
    sealing.use_wrapping(sealing.Wrapping(memory=8, passes=1, lanes=1))
    try:
        yield
    finally:
        sealing.use_wrapping(usual)


def _morning(app: Flask, clock: FixedClock, at: datetime) -> None:
    if at >= moment(REMINDERS_FROM):
        clock.set(at)
        tick(app, clock)


def _open(app: Flask, wall: Clock) -> None:
    """The story is told: from now on the legal clock runs."""
    with writing():
        row = the_demonstration()
        assert row is not None
        row.ready_at = row.wall_at = wall.wall()
        row.legal_at = BEGINNING
    give_back_lease("tick", clock=wall)
    if isinstance(app.extensions["clock"], SystemClock):
        app.extensions["clock"] = DemonstrationClock(app, wall)


# ── the cast ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _settle(app: Flask, clock: FixedClock) -> NewPassword:
    """Open every account and register every organisation by the deeds that do it on any instance.

    All accounts share the hash of a password that nobody knows: a visitor goes on as one of them without it.
    """
    first = create_first_administrator(app, clock)
    assert first is not None
    administrator = first[0]
    secret = NewPassword.of(accounts.random_password())
    for one in (cast.SYSTEM_ADMINISTRATOR, *cast.STAFF, *cast.OTHERS):
        opener = administrator if one is cast.SYSTEM_ADMINISTRATOR else cast.SYSTEM_ADMINISTRATOR.login
        user = perform(
            accounts.create_user, None, _terms_of(one), secret, must_change=False, actor=person(opener), clock=clock
        )
        perform(accounts.grant_roles, user, one.roles, actor=person(administrator), clock=clock)
    # A real department's code and number come from its own papers; these are as fictitious as the people.
    for number, department in enumerate(departments(), start=1):
        facts = DepartmentFacts(
            complete(f"11330383DEM{number:05}"), f"龙港市行政中心{number}号楼", f"0577-5990{number:04}"
        )
        system_administrator = person(cast.SYSTEM_ADMINISTRATOR.login)
        perform(describe_department, department, facts, actor=system_administrator, clock=clock)
    for bidder in cast.BIDDERS:
        if bidder is not cast.UNVERIFIED:
            organisation = _register(bidder, secret, clock)
            perform(organisations.verify_organisation, organisation, actor=person("ye.qing"), clock=clock)
    for name, terms in plans.budget_lines():
        body = department_by_name(name)
        perform(budgets.enter_budget_line, body, terms, actor=person("dong.cheng"), clock=clock)
    return secret


def _register(bidder: Bidder, secret: NewPassword, clock: FixedClock) -> Organisation:
    first_user = PersonTerms(
        login=bidder.login, name=bidder.person, name_en=bidder.person_en, title="项目负责人"
    )  # fmt: skip
    return perform(organisations.register_organisation, None, bidder.terms, first_user, secret, actor=None, clock=clock)


def _terms_of(one: Person) -> PersonTerms:
    department = department_by_name(one.department) if one.department else None
    community = community_by_code(one.community) if one.community else None
    return PersonTerms(
        login=one.login, name=one.name, name_en=one.name_en, title=one.title, employer=one.employer,
        department_id=department.id if department is not None else None,
        community_id=community.id if community is not None else None,
    )  # fmt: skip
