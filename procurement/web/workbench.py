"""The workbench: what must I do now, and by when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, g, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.foundation.errors import Article
from procurement.foundation.workdays import WorkCalendar
from procurement.registers import access, notices
from procurement.registers.access import Appointed, Deed
from procurement.registers.directory.models import listings_under_way
from procurement.registers.organisations.models import organisations_awaiting_verification
from procurement.registers.people import Role, User, substitutions_of
from procurement.statute import limits
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.models import published_announcements
from procurement.steps.announcement.rules import change_period, takes_bids
from procurement.steps.competition.models.bids import Bid, bids_of_organisation
from procurement.steps.competition.models.review import calls_to_answer, desks
from procurement.steps.competition.operations.opening import address_of_opening
from procurement.steps.competition.rules import remarks_until
from procurement.steps.competition.talks.rules import deeds_beside, provisions, takes_offers
from procurement.steps.reminders import is_soon
from procurement.steps.rooms import Standing, standings
from procurement.transfers.conference.matters import waiting_subjects
from procurement.transfers.conference.models import conferences_to_come
from procurement.transfers.conference.rules import outstanding
from procurement.transfers.line import Outstanding, Step
from procurement.transfers.models import Transfer, open_transfers
from procurement.web.competition.own import openings_to_confirm, to_confirm
from procurement.web.filters import talks_word
from procurement.web.languages import article_html, say, short_day, short_moment, value_text
from procurement.web.refusals import page
from procurement.web.session import acting_user
from procurement.web.standing import Subject, deed_label, deed_url, guess_text, is_mine, line_of, who_text
from procurement.web.transfers.views import SEE_ALL, visible_transfers

# What is outstanding in a meeting, whichever of its items a transfer waits for.
OF_A_MEETING = frozenset({Deed.CONFERENCE_OPEN, Deed.VOTE_CAST, Deed.ITEM_RESOLVE})

bp = Blueprint("workbench", __name__, url_prefix="/workbench")


@dataclass(frozen=True, slots=True)
class Task:
    """One deed that waits: for whom it is, on what, by when, where to do it."""

    deed: str
    title: str
    law: str
    day: date | None
    due: str
    note: str
    tone: str
    url: str
    who: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks of one time: late, today, soon, later, without a day."""

    title: str
    tone: str
    tasks: list[Task]


def _task(subject: Subject, item: Outstanding, actor: User, today: date, calendar: WorkCalendar) -> Task:
    day = local_day(item.by) if isinstance(item.by, datetime) else item.by
    tone, note = "", ""
    if day is not None and day < today:
        tone, note = "late", _("逾期 %(count)s 个工作日", count=calendar.workdays_between(day, today))
    elif day is not None:
        left = calendar.workdays_between(today, day)
        tone = "soon" if is_soon(day, today, calendar) else ""
        note = _("还有 %(count)s 个工作日", count=left) + guess_text(day)
    return Task(
        deed=deed_label(item.deed, subject),
        title=f"{say(item.lack, item.values)} · {value_text(subject.called)}",
        law=article_html(item.article) if item.article else "",
        day=day,
        due=short_day(day) if day else "",
        note=note,
        tone=tone,
        url=deed_url(item.deed, subject, item.target),
        who=who_text(subject, item, actor),
        since=short_day(item.since) if item.since is not None and not item.is_possible(today) else "",
    )


def _convening(count: int, today: date) -> Task:
    """All that waits for a meeting, of whatever kind."""
    return Task(
        deed=_(Deed.CONFERENCE_CONVENE.label),
        title=_("有 %(count)s 项等着列入议程", count=count),
        law=article_html(limits.CONFERENCE.on(today).article),
        day=None,
        due="",
        note="",
        tone="",
        url=url_for("conference.convene_conference"),
    )


def _final_offers(actor: User, today: date, calendar: WorkCalendar) -> Iterator[Task]:
    """The final offers that this person's organisation is called for: whoever makes none in time is taken to have left.

    What a transfer waits for must not tell who is in its talks, so that no bidder is named there.
    """
    if actor.organisation_id is None:
        return
    for bid, call in calls_to_answer(actor.organisation_id, g.now):
        if takes_offers(call, bid, g.now) and access.can(actor, Deed.OFFER_SUBMIT, bid):
            day = local_day(call.closes_at)
            yield Task(
                deed=_(Deed.OFFER_SUBMIT.label),
                title=_(
                    "%(title)s，%(closes)s 截止；没有提交的，视为退出",
                    title=value_text(bid.transfer.called),
                    closes=value_text(call.closes_at),
                ),
                law=article_html(provisions(bid.transfer).final_offers.on(today).article),
                day=day,
                due=short_day(day),
                note=_("还有 %(count)s 个工作日", count=calendar.workdays_between(today, day)),
                tone="soon" if is_soon(day, today, calendar) else "",
                url=url_for("competition.submit_offer", receipt=bid.receipt),
            )


def _of_a_bidder(deed: Deed, title: str, by: datetime, url: str, law: Article, calendar: WorkCalendar) -> Task:
    """A deed that waits for a bidder until an instant; told on its own workbench and nowhere else."""
    today, day = local_day(g.now), local_day(by)
    return Task(
        deed=_(deed.label),
        title=title,
        law=article_html(law),
        day=day,
        due=short_moment(by),
        note=_("还有 %(count)s 个工作日", count=calendar.workdays_between(today, day)),
        tone="soon" if is_soon(day, today, calendar) else "",
        url=url,
    )


def _confirmations(bids: Sequence[Bid], actor: User, today: date, calendar: WorkCalendar) -> Iterator[Task]:
    """The bids that a material change has left without their bidder's word: they are not opened without it."""
    for bid in to_confirm(bids, actor, g.now):
        title = _(
            "%(title)s，公告有实质变更；没有在截止以前确认的，不予开启",
            title=value_text(bid.transfer.called),
        )
        law = change_period(bid.transfer, today).article
        url = url_for("competition.confirm_bid", receipt=bid.receipt)
        yield _of_a_bidder(Deed.BID_CONFIRM, title, bid.announcement.closes_at, url, law, calendar)


def _openings(actor: User, today: date, calendar: WorkCalendar) -> Iterator[Task]:
    """The openings to which the bidder may still say something; who says nothing has accepted."""
    for bid, competition in openings_to_confirm(actor, g.now):
        until = remarks_until(competition)
        title = _(
            "%(title)s，%(until)s 以前可以确认或者提出异议；没有提出的，视为认可",
            title=value_text(bid.transfer.called),
            until=value_text(until),
        )
        law = limits.OPENING_RECORDED.of(bid.transfer).on(today).article
        yield _of_a_bidder(Deed.OPENING_CONFIRM, title, until, address_of_opening(bid.announcement), law, calendar)


def _changes_of_terms(rows: Sequence[Transfer], actor: User) -> Iterator[Task]:
    """In talks that go on, the panel may change what is asked for: nobody waits for it, so that it is told without a day."""
    if Role.EXPERT not in actor.roles:
        return
    found = desks(rows)
    for row in rows:
        if Deed.TERMS_PROPOSE in deeds_beside(found[row.id]) and access.can(actor, Deed.TERMS_PROPOSE, row):
            yield Task(
                deed=_(Deed.TERMS_PROPOSE.label),
                title=_(
                    "%(title)s，正在%(talks)s；要求或者条款要变动的才提",
                    title=value_text(row.called),
                    talks=talks_word(row),
                ),
                law=article_html(provisions(row).terms.on(local_day(g.now)).article),
                day=None,
                due="",
                note="",
                tone="",
                url=deed_url(Deed.TERMS_PROPOSE, row),
            )


def _groups(tasks: Sequence[Task], today: date, calendar: WorkCalendar) -> list[Group]:
    """Late, today, within five working days, later, without a legal day."""
    soon = calendar.after(today, 5)
    sorted_tasks = sorted(tasks, key=lambda task: task.day or date.max)
    found = [
        Group(_("逾期"), "late", [task for task in sorted_tasks if task.day and task.day < today]),
        Group(_("今天"), "", [task for task in sorted_tasks if task.day == today]),
        Group(_("五个工作日内"), "", [task for task in sorted_tasks if task.day and today < task.day <= soon]),
        Group(_("更晚"), "", [task for task in sorted_tasks if task.day and task.day > soon]),
        Group(_("没有法定期限，随时可办"), "", [task for task in sorted_tasks if task.day is None]),
    ]
    return [group for group in found if group.tasks]


def _waiting(
    rows: Sequence[Transfer], standing: Mapping[int, Standing], actor: User
) -> Iterator[tuple[Subject, Outstanding]]:
    """What these transfers wait for; a meeting is told once, and not for each plan on its agenda, to who may read of it."""
    sees_meetings = access.can(actor, Deed.CONFERENCE_READ, None)
    for row in rows:
        for item in standing[row.id].outstanding:
            if not (sees_meetings and item.deed in OF_A_MEETING):
                yield row, item
    if sees_meetings:
        for conference in conferences_to_come():
            for item in outstanding(conference, g.now):
                yield conference, item


# Until which step somebody who has nothing else to do with a transfer has a part in it.
_UNTIL = {Appointed.WITNESS: Step.HANDOVER}


def _concerns(actor: User, transfer: Transfer) -> bool:
    """Whether a transfer is this person's concern beyond an appointment whose part is over: a panel's, once it has judged."""
    is_own = transfer.provider_id is not None and transfer.provider_id == actor.organisation_id
    if is_own or transfer.department_id == actor.department_id or actor.roles & SEE_ALL:
        return True
    return any(
        row.user_id == actor.id
        and row.ended_at is None
        and (row.kind is Appointed.WITNESS or row.attempt == transfer.attempt)
        and transfer.step is not None
        and transfer.step.number <= _UNTIL.get(row.kind, Step.COMPETITION).number
        for row in transfer.appointments
    )


@bp.get("")
@login_required
def show_workbench() -> ResponseReturnValue:
    """The first screen of every role: its own deeds by date, then what is in others' hands."""
    actor = acting_user()
    assert actor is not None
    today, calendar = local_day(g.now), working_calendar()
    visible = [row for row in visible_transfers(actor) if row.closed_at is None]
    rows = [row for row in visible if _concerns(actor, row)]
    if actor.roles and not visible:
        rows = [row for row in open_transfers() if access.can(actor, Deed.TRANSFER_READ, row)]
    standing = standings(rows, g.now, calendar)
    mine: list[Task] = []
    others: list[Task] = []
    for_conference = waiting_subjects() if access.can(actor, Deed.CONFERENCE_CONVENE, None) else []
    if for_conference:
        mine.append(_convening(len(for_conference), today))
    for subject, item in _waiting(rows, standing, actor):
        # Whoever may convene has all that waits for a meeting as one thing to do.
        if for_conference and item.deed is Deed.CONFERENCE_CONVENE:
            continue
        (mine if is_mine(subject, item, actor) else others).append(_task(subject, item, actor, today, calendar))
    mine.extend(_final_offers(actor, today, calendar))
    bids = bids_of_organisation(actor.organisation_id) if actor.organisation_id else []
    mine.extend(_confirmations(bids, actor, today, calendar))
    mine.extend(_openings(actor, today, calendar))
    mine.extend(_changes_of_terms(rows, actor))
    announcements = (
        [row for row in published_announcements() if takes_bids(row, g.now)] if Role.PROVIDER in actor.roles else []
    )
    return page(
        "workbench/show_workbench.html",
        groups=_groups(mine, today, calendar),
        count=len(mine),
        late=sum(task.tone == "late" for task in mine),
        others=others,
        rows=rows,
        lines={row.id: line_of(row, standing[row.id], g.now) for row in rows},
        notices=notices.unread(actor)[:8],
        applications=listings_under_way() if access.can(actor, Deed.LISTING_READ, None) and actor.department_id else [],
        for_conference=for_conference,
        awaiting=organisations_awaiting_verification() if Role.OFFICER in actor.roles else [],
        announcements=announcements,
        actor=actor,
        substitutions=substitutions_of(actor, today) if actor.department_id is not None else [],
        may_draft=actor.department is not None and access.can(actor, Deed.PLAN_DRAFT, actor.department),
    )
