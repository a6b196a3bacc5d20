"""Where a transfer stands, as its page shows it: the relay line, the outstanding list, the period strips, the time line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from procurement.foundation.clock import local_day
from procurement.foundation.labels import word
from procurement.registers import access
from procurement.registers.access import POLICY, Appointed, Deed
from procurement.registers.audit import AuditLine, Outcome
from procurement.registers.holidays.models import DateChange
from procurement.registers.notices import keep_values
from procurement.registers.people import Role, User, english_names
from procurement.statute.calendar import working_calendar
from procurement.statute.clauses import FLOOR
from procurement.steps.competition.rules import OF_A_PANEL_MEMBER
from procurement.steps.reminders import holders_of, is_soon, named_in
from procurement.steps.rooms import Standing
from procurement.transfers.conference.models import Conference, ItemKind, ItemOutcome
from procurement.transfers.line import Outstanding, Running, Step
from procurement.transfers.models import Ending, Transfer, TransferStatus
from procurement.transfers.rules import terms_of
from procurement.transfers.sections import unfinished
from procurement.web.languages import (
    article_html,
    bare_day,
    bare_moment,
    day_text,
    in_chinese,
    is_english,
    say,
    short_day,
    short_moment,
    value_text,
)
from procurement.web.pieces import ActionLink, Item, Leg, Line, Strip, Trace, moved_text, strip_of

# The room whose pages a deed's endpoint belongs to, by the deed's noun.
ROOM_OF_NOUN = {
    "plan": "transfers",
    "condition": "transfers",
    "funding": "transfers",
    "transfer": "transfers",
    "attachment": "transfers",
    "finding": "transfers",
    "take-back": "take_backs",
    "conference": "conference",
    "recusal": "conference",
    "vote": "conference",
    "item": "conference",
    "intention": "preliminaries",
    "source-notice": "preliminaries",
    "source-objection": "preliminaries",
    "documents": "announcement",
    "opener": "announcement",
    "opening-witness": "announcement",
    "custodian": "announcement",
    "sheet": "announcement",
    "secret": "announcement",  # nosec B105
    "holder": "announcement",
    "announcement": "announcement",
    "medium-notice": "announcement",
    "medium-change": "announcement",
    "deadline": "announcement",
    "enquiry": "announcement",
    "subscription": "announcement",
    "interest": "announcement",
    "bid": "competition",
    "bid-file": "competition",
    "bid-draft": "competition",
    "bid-drafts": "competition",
    "trial": "competition",
    "bids": "competition",
    "opening": "competition",
    "opening-record": "competition",
    "objection": "competition",
    "competition": "competition",
    "panel": "competition",
    "meetings": "competition",
    "terms": "competition",
    "offers": "competition",
    "offer": "competition",
    "talks": "competition",
    "score-sheet": "competition",
    "review": "competition",
    "award": "competition",
    "award-notice": "competition",
    "security": "competition",
    "agreement": "agreement",
    "supplement": "agreement",
    "handover": "handover",
    "milestone": "performance",
    "payment": "performance",
    "inspection": "supervision",
    "evaluation": "supervision",
}


# What is called by procurement law's own word, and by another where nothing is bought.
_OF_OTHER_MODES = {
    Deed.DOCUMENTS_ASSEMBLE: word("生成征集文件"),
    Deed.DOCUMENTS_COMPLETE: word("上传补充好的征集文件"),
    Deed.DOCUMENTS_PRINT: word("打印变更后的征集文件"),
}


def deed_text(deed: Deed, subject: object) -> str:
    """The word of a deed, for a matter that is no purchase without the words of procurement."""
    is_other = isinstance(subject, Transfer) and not subject.is_purchase
    return _(_OF_OTHER_MODES.get(deed, deed.label) if is_other else deed.label)


# What an outstanding thing may be about: a transfer on or before the line, or a meeting that waits for its members.
Subject = Transfer | Conference


def deed_url(deed: Deed, subject: Subject, target: int | None = None) -> str:
    """The page of a deed on a transfer, or in a meeting."""
    if deed is Deed.PLAN_REVISE and isinstance(subject, Transfer):
        return _section_url(subject)
    if deed is Deed.SECURITY_RETURN:
        # Which bidder's is chosen there.
        return url_for("competition.list_securities", transfer_id=subject.id)
    room = "supervision" if deed is Deed.TRANSFER_CLOSE else ROOM_OF_NOUN[deed.noun]
    values: dict[str, Any] = {}
    if room != "conference" or deed is Deed.CONFERENCE_CONVENE:
        values["transfer_id"] = subject.id
    if target is not None:
        values[_TARGETS.get(deed.noun, "milestone_id")] = target
    return url_for(f"{room}.{deed.function_name}", **values)


def deed_label(deed: Deed, subject: Subject) -> str:
    """What the button of a deed says; once bids are sealed, whoever is appointed to hold is to follow who holds."""
    if deed in _SUCCESSIONS and isinstance(subject, Transfer) and subject.step is Step.COMPETITION:
        return str(_SUCCESSIONS[deed])
    return deed_text(deed, subject)


_SUCCESSIONS = {
    Deed.OPENER_APPOINT: _l("指定开启人的接任者"),
    Deed.OPENING_WITNESS_APPOINT: _l("指定开启见证人的接任者"),
    Deed.CUSTODIAN_APPOINT: _l("指定恢复单保管人的接任者"),
}


def _section_url(transfer: Transfer) -> str:
    """The first section of a draft in which something lacks, or all of them."""
    lacking = unfinished(terms_of(transfer.plan))
    if not lacking:
        return url_for("transfers.list_sections", transfer_id=transfer.id)
    return url_for("transfers.revise_plan", transfer_id=transfer.id, section=lacking[0].value)


# What the number of a deed's thing is called in its address, where that is no milestone.
_TARGETS = {
    "funding": "funding_id",
    "conference": "conference_id",
    "recusal": "item_id",
    "vote": "item_id",
    "item": "item_id",
    "objection": "remark_id",
    "supplement": "supplement_id",
    "enquiry": "enquiry_id",
    "medium-change": "version_id",
    "source-objection": "objection_id",
}


# ── the relay line ─────────────────────────────────────────────────────────────────────────────────────────────────


def line_of(transfer: Transfer, standing: Standing, now: datetime) -> Line:
    """The six legs of a transfer: what is done, where it is, how long each took."""
    legs = [_leg(transfer, step, standing, now) for step in Step]
    return Line(legs, _line_label(transfer))


def _line_label(transfer: Transfer) -> str:
    if transfer.ending is Ending.COMPLETED:
        return _("六步接力线：六步都已完成")
    if transfer.ending is Ending.ABANDONED:
        return _("六步接力线：方案已放弃，没有走上第一步")
    if transfer.step is None:
        return _("六步接力线：还在第一步之前，方案准备中")
    return _(
        "六步接力线：第 %(number)s 步“%(step)s”，%(status)s",
        number=transfer.step.number,
        step=_(transfer.step.label),
        status=_(transfer.state.label),
    )


def _days(first: datetime, last: datetime) -> str:
    count = (local_day(last) - local_day(first)).days + 1
    return _("%(count)s 天", count=count)


def _from_to(first: datetime, last: datetime) -> str:
    """`9月22日 – 10月9日`; where the years differ, each end says its own."""
    if local_day(first) == local_day(last):
        return bare_day(first)
    if local_day(first).year != local_day(last).year:
        return f"{day_text(local_day(first))} – {day_text(local_day(last))}"
    return f"{bare_day(first)} – {bare_day(last)}"


def _leg(transfer: Transfer, step: Step, standing: Standing, now: datetime) -> Leg:
    records = [record for record in transfer.records if record.step is step]
    name = _(step.label)
    is_here = transfer.step is step and transfer.status is not TransferStatus.CLOSED
    if is_here and records:
        return _current_leg(transfer, step, records[-1].entered_at, standing, now)
    if transfer.step is step and transfer.ending in (Ending.ENDED, Ending.TAKEN_BACK):
        return Leg(step.number, name, "fail", [_(transfer.state.label)], 0.3)
    if records and records[-1].left_at is not None and not records[-1].left_back:
        first, last = records[0].entered_at, records[-1].left_at
        lines = [
            _days(first, last),
            _from_to(first, last),
        ]
        return Leg(step.number, name, "done", lines, 1.0)
    return Leg(
        step.number, name, "wait", [_("第 %(attempt)s 次再来", attempt=transfer.attempt)] if records else [], 0.0
    )


def _current_leg(transfer: Transfer, step: Step, entered: datetime, standing: Standing, now: datetime) -> Leg:
    today = local_day(now)
    lines = [_("第 %(count)s 天", count=(today - local_day(entered)).days + 1)]
    deadlines = [
        (_day_of(item.by), deed_text(item.deed, transfer)) for item in standing.outstanding if item.by is not None
    ]
    state, fraction = "now", 0.3
    if deadlines:
        last, deed = min((day, deed) for day, deed in deadlines if day is not None)
        lines.append(_("最迟 %(day)s：%(deed)s", day=short_day(last), deed=deed))
        whole = max((last - local_day(entered)).days, 1)
        fraction = min(max((today - local_day(entered)).days / whole, 0.05), 1.0)
        if last < today:
            state = "late"
    if transfer.status is TransferStatus.PAUSED:
        state, lines = "hold", [_("暂停：%(reason)s", reason=transfer.pause_reason)]
    if transfer.attempt > 1 and step in (Step.ANNOUNCEMENT, Step.COMPETITION):
        lines.append(_("第 %(attempt)s 次", attempt=transfer.attempt))
    return Leg(step.number, _(step.label), state, lines, fraction)


def _day_of(by: date | datetime | None) -> date | None:
    return local_day(by) if isinstance(by, datetime) else by


# ── what is outstanding ────────────────────────────────────────────────────────────────────────────────────────────


def items_of(subject: Subject, lacks: Iterable[Outstanding], actor: User | None, now: datetime) -> list[Item]:
    """The outstanding list, mine first, then by date."""
    items = [_item(subject, item, actor, now) for item in lacks]
    return sorted(items, key=lambda item: not item.mine)


def _item(subject: Subject, item: Outstanding, actor: User | None, now: datetime) -> Item:
    day, today = _day_of(item.by), local_day(now)
    mine = actor is not None and is_mine(subject, item, actor)
    tone = ""
    if day is not None:
        tone = "late" if day < today else "soon" if is_soon(day, today, working_calendar()) else ""
    since = None if item.is_possible(today) else item.since
    action = None
    if mine and since is None:
        action = ActionLink(deed_label(item.deed, subject), deed_url(item.deed, subject, item.target), "primary")
    return Item(
        title=say(item.lack, item.values),
        lack="" if since is None else _("%(day)s 起可以办理", day=short_day(since)),
        law=article_html(item.article) if item.article else "",
        who=who_text(subject, item, actor),
        mine=mine,
        by=_by_text(item.by),
        by_note=_by_note(day, today),
        tone=tone,
        action=action,
    )


def is_mine(subject: Subject, item: Outstanding, actor: User) -> bool:
    """Whether an outstanding thing waits for this person."""
    if item.people:
        # What waits for an absent person waits for the substitute, unless it is a part that only its holder can play.
        absent = {row.id for row in access.absent_ones(actor)}
        return actor.id in item.people or (bool(absent & item.people) and access.can(actor, item.deed, subject))
    if isinstance(subject, Transfer) and Role.OFFICER in POLICY[item.deed] and Role.OFFICER in actor.roles:
        return actor.department_id == subject.department_id
    return access.can(actor, item.deed, subject)


def _by_text(by: date | datetime | None) -> str:
    if by is None:
        return ""
    return short_moment(by) if isinstance(by, datetime) else short_day(by)


def _by_note(day: date | None, today: date) -> str:
    if day is None:
        return ""
    calendar = working_calendar()
    if day < today:
        return _("逾期 %(count)s 个工作日", count=calendar.workdays_between(day, today))
    if day == today:
        return _("今天到期")
    return _("还有 %(count)s 个工作日", count=calendar.workdays_between(today, day)) + guess_text(day)


def guess_text(day: date | None) -> str:
    """`（预估）` after a day of a year whose holidays have not been announced."""
    return _("（预估）") if day is not None and working_calendar().is_estimated(day) else ""


def who_text(subject: Subject, item: Outstanding, actor: User | None) -> str:
    """Whose turn it is: you, a name with its body, or the roles that may."""
    # A meeting names its people; only a transfer leaves them to the policy.
    people = holders_of(subject, item) if isinstance(subject, Transfer) else named_in(item)
    if actor is not None and any(person.id == actor.id for person in people):
        return _("您")
    if len(people) == 1 and item.deed not in OF_A_PANEL_MEMBER:
        person = people[0]
        name = person_html(person)
        return Markup("{} · {}").format(name, body_html(person)) if body_name(person) else name
    roles = [key for key in POLICY[item.deed] if isinstance(key, (Role, Appointed))]
    names = "、".join(_(key.label) for key in roles) if not is_english() else ", ".join(_(key.label) for key in roles)
    return names if not people else _("%(roles)s（%(count)s 人）", roles=names, count=len(people))


def person_name(person: User) -> str:
    """A person's name in the reader's language, for a sentence."""
    return person.name_en if is_english() and person.name_en else person.name


def person_html(person: User) -> Markup:
    """A person's name for a page: in English the Chinese one stands beside it."""
    if not is_english():
        return Markup("{}").format(person.name)
    chinese = in_chinese(person.name)
    return Markup("{} {}").format(person.name_en, chinese) if person.name_en else chinese


def body_name(person: User) -> str:
    """The name of a person's body in the reader's language."""
    return person.body_name_en if is_english() and person.body_name_en else person.body_name


def person_with_body(person: User) -> str:
    """`叶晴 · 市综合行政执法局`, for a choice or a sentence; the name alone where there is no body."""
    return " · ".join(filter(None, (person_name(person), body_name(person))))


def body_html(person: User) -> Markup:
    """The name of a person's body for a page; one that has only its Chinese name is marked as Chinese."""
    name = body_name(person)
    return in_chinese(name) if is_english() and name and name == person.body_name else Markup("{}").format(name)


# ── legal clocks ───────────────────────────────────────────────────────────────────────────────────────────────────


def strips_of(standing: Standing, now: datetime, changes: Sequence[DateChange] = ()) -> list[Strip]:
    """A period strip for each clock that runs, with what notices have moved of it."""
    return [_strip(running, local_day(now), changes) for running in standing.clocks]


def _strip(running: Running, today: date, changes: Sequence[DateChange]) -> Strip:
    key = running.title, keep_values(running.values)
    clause = running.clause
    period = value_text(clause)
    if clause.direction == FLOOR:
        period = _("不少于 %(period)s", period=period)
    title, law = (
        _("%(what)s：%(period)s", what=say(running.title, running.values), period=period),
        article_html(clause.article),
    )
    if running.started_on is None:
        return Strip(title, _("还没有起算"), "", law, key=say(running.waits, running.values))
    return strip_of(
        clause,
        running.started_on,
        today,
        working_calendar(),
        title=title,
        law=law,
        told_on=running.told_on,
        moved=[moved_text_of(row) for row in changes if (row.name, row.values) == key],
    )


def ended_changes(standing: Standing, changes: Sequence[DateChange]) -> list[DateChange]:
    """What notices have moved of clocks that run no more, and of a call's deadline: no strip says it."""
    running = {(clock.title, keep_values(clock.values)) for clock in standing.clocks}
    return [row for row in changes if (row.name, row.values) not in running]


def moved_text_of(change: DateChange) -> str:
    """What a notice has moved, in a sentence."""
    return moved_text(change.before, change.after, change.notice.number, was_estimated=change.was_estimated)


# ── what has happened ──────────────────────────────────────────────────────────────────────────────────────────────

_ENDS_A_STEP = {
    Deed.ITEM_RESOLVE,
    Deed.ANNOUNCEMENT_PUBLISH,
    Deed.AWARD_NOTICE_PUBLISH,
    Deed.AGREEMENT_CONCLUDE,
    Deed.TRANSFER_CLOSE,
    Deed.COMPETITION_FAIL,
}


def traces_of(lines: Iterable[AuditLine], *, panel_is_public: bool, transfer: Transfer | None = None) -> list[Trace]:
    """The time line of a transfer from its audit chain: what was done, by whom; a panel member only once the result is public."""
    lines = [line for line in lines if line.outcome is Outcome.DONE and line.deed is not Deed.REMINDER_SEND]
    english = english_names(number for line in lines for number in _people_of(line)) if is_english() else {}
    return [
        Trace(
            at=bare_moment(line.at),
            text=_text_of(line, transfer),
            note=_who_did(line, english) if panel_is_public or line.deed not in OF_A_PANEL_MEMBER else "",
            is_step=line.deed in _ENDS_A_STEP and _outcome_of(line) in (None, ItemOutcome.ADOPTED),
            is_now=False,
            iso=line.at.isoformat(),
        )
        for line in lines
    ]


def _people_of(line: AuditLine) -> list[int]:
    """The accounts a line of a transfer names: who did it; of a handing over, who took it."""
    if line.deed is Deed.USER_DEACTIVATE:
        return [line.told["officer"]]
    return [number for number in (line.actor_id, line.told.get("for")) if number is not None]


def _who_did(line: AuditLine, english: Mapping[int, str]) -> str:
    name = line.told["name"] if line.deed is Deed.USER_DEACTIVATE else line.actor_name
    if not name:
        return ""
    named = [english.get(number, "") for number in _people_of(line)]
    if not all(named):
        return in_chinese(name)
    return named[0] if len(named) == 1 else _("%(name)s（代%(absent)s）", name=named[0], absent=named[1])


def _outcome_of(line: AuditLine) -> ItemOutcome | None:
    """What the conference resolved; None for every other deed."""
    return ItemOutcome(line.told["outcome"]) if line.deed is Deed.ITEM_RESOLVE else None


def _text_of(line: AuditLine, transfer: Transfer | None) -> str:
    if line.deed is Deed.USER_DEACTIVATE:
        return _("原经办人离任，由他人接手")
    outcome = _outcome_of(line)
    deed = deed_text(line.deed, transfer)
    if outcome is None:
        return deed
    kind = ItemKind(line.told["kind"])
    return _("%(deed)s：%(kind)s，%(outcome)s", deed=deed, kind=_(kind.label), outcome=_(outcome.label))


def actions_for(transfer: Transfer, standing: Standing, actor: User | None, extra: Sequence[Deed]) -> list[ActionLink]:
    """The buttons of a page beyond the outstanding list's own: deeds that the policy leaves to this person now."""
    if actor is None:
        return []
    return [
        ActionLink(deed_label(deed, transfer), deed_url(deed, transfer), "quiet")
        for deed in extra
        if access.can(actor, deed, transfer)
    ]
