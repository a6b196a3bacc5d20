"""What templates ask: values in the reader's language, and what stands in the masthead."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from wtforms import PasswordField

from procurement.documents.words import size_text
from procurement.foundation.clock import LOCAL, local_day
from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.registers import access, notices
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import TransferMode
from procurement.registers.indicators import Grade
from procurement.registers.people import OF_AN_ORGANISATION, Role
from procurement.statute import limits
from procurement.statute.clauses import Clause, Named, OfAMode
from procurement.statute.modes import Words, replaced, words_of
from procurement.steps.announcement.models import FailureGround
from procurement.steps.competition.changes.rules import WithdrawalGround
from procurement.transfers.methods import explained, name_of, talks_of
from procurement.transfers.models import Method, SourceGround, Transfer
from procurement.web import languages
from procurement.web.session import acting_user, acts_as_visitor
from procurement.web.standing import body_html, guess_text, person_html, person_name


def _value(value: Any) -> str:
    """Any value of ours in the reader's language; nothing is an em dash."""
    return "—" if value is None or value == "" else languages.value_text(value)


def told_money(fen: int | None) -> str:
    """Money as a publication holds it."""
    return "—" if fen is None else languages.money_text(Money(fen))


def told_moment(text: str | None) -> str:
    """An instant as a publication holds it."""
    return languages.moment_text(datetime.fromisoformat(text)) if text else "—"


def told_day(text: str | None) -> str:
    """A day as a publication holds it."""
    return languages.day_text(date.fromisoformat(text[:10])) if text else "—"


def guess(day: date | datetime | str | None) -> str:
    """`（预估）` behind a day or an instant, also one that a publication holds, of a year not yet announced."""
    if isinstance(day, str):
        day = datetime.fromisoformat(day)
    if isinstance(day, datetime):
        day = local_day(day) if day.tzinfo is not None else day.date()
    return guess_text(day)


def iso(moment: datetime) -> str:
    """For a `datetime` attribute."""
    return moment.astimezone(LOCAL).isoformat(timespec="seconds")


def named(thing: Any) -> str:
    """The name of a thing that has an English one, in the reader's language."""
    english = getattr(thing, "name_en", "") or getattr(thing, "title_en", "")
    chinese = getattr(thing, "name", "") or getattr(thing, "title", "")
    return english if languages.is_english() and english else chinese


def talks_word(transfer: Transfer) -> str:
    """What the talks before final offers are called under the method of a transfer: 磋商, 谈判 or 协商."""
    talks = talks_of(transfer.plan.method, transfer)
    return _(talks.name) if talks is not None else ""


def _words(mode: OfAMode | None) -> Words:
    """The words of a purchase, or of another mode, in the reader's language; what was published without its mode was a purchase's."""
    said = words_of(mode or TransferMode.PURCHASED)
    return Words(*(_(text) for text in (said.buyer, said.papers, said.chosen, said.method)))


def in_force(clause: Named, moment: datetime | None = None) -> Clause:
    """The edition of a clause in force at `moment`, or now."""
    return clause.on(local_day(moment or g.now))


STANDINGS = {"law": word("法律条文"), "unverified": word("条文待核对"), "practice": word("本市做法，不是法律条文")}


def attributes(field: Any, described: str) -> dict[str, str]:
    """The ARIA attributes of a field: what describes it, and whether it is wrong."""
    found = {"aria_describedby": described} if described else {}
    return {**found, "aria_invalid": "true"} if field.errors else found


def hides_something(form: Any) -> bool:
    """Whether a form has a field that is never given back as it was typed."""
    return any(isinstance(field, PasswordField) for field in form)


def _nav() -> list[tuple[str, str, bool]]:
    """The words of the masthead: for the public, and for each role its own first."""
    actor = acting_user()
    words: list[tuple[str, str]] = []
    if actor is not None:
        words.append((_("工作台"), "workbench.show_workbench"))
        words.append((_("事项"), "transfers.list_transfers"))
        if access.can(actor, Deed.CONFERENCE_READ, None):
            words.append((_("联席会议"), "conference.list_conferences"))
        if actor.roles & OF_AN_ORGANISATION:
            words.append((_("我的投标"), "competition.list_own_bids"))
        if actor.roles & {Role.OFFICER, Role.APPROVER, Role.PAYER, Role.SUPERVISOR}:
            words.append((_("预算"), "budgets.list_budget_lines"))
        if Role.AUDITOR in actor.roles:
            words.append((_("审计"), "oversight.list_lines"))
        if actor.roles & {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}:
            words.append((_("账号"), "accounts.list_users"))
        if Role.SYSTEM_ADMIN in actor.roles:
            words.append((_("部门名册"), "departments.list_departments"))
    words += [
        (_("公告"), "portal.list_announcements"),
        (_("结果"), "portal.list_results"),
        (_("框架"), "frame.show_frame"),
        (_("目录"), "catalogue.show_catalogue"),
        (_("负面清单"), "catalogue.show_negative_list"),
        (_("承接组织"), "organisations.list_organisations"),
    ]
    return [(label, url_for(endpoint), request.endpoint == endpoint) for label, endpoint in words]


def _context() -> dict[str, Any]:
    actor = acting_user()
    return {
        "lang": "en" if languages.is_english() else "zh-CN",
        "is_english": languages.is_english(),
        "now": g.get("now"),
        "actor": actor,
        "visitor": acts_as_visitor(),
        "nav": _nav() if "now" in g else [],
        "tray_count": notices.unread_count(actor) if actor is not None else 0,
        "csrf_token": generate_csrf,
        "bootstrap_css": url_for("bootstrap.static", filename="css/bootstrap.min.css"),
        "person_name": person_html,
        "plain_name": person_name,
        "body_name": body_html,
        "other_language": ("zh", "中文") if languages.is_english() else ("en", "English"),
        "language_url": lambda code: request.path + "?" + "&".join([*_kept_arguments(), f"lang={code}"]),
    }


def _kept_arguments() -> list[str]:
    from urllib.parse import quote

    return [f"{quote(key)}={quote(value)}" for key, value in request.args.items() if key != "lang"]


def register(app: Flask) -> None:
    """Give the templates their words."""
    app.jinja_env.filters.update(
        talks_word=talks_word,
        hides_something=hides_something,
        value=_value,
        money=languages.money_text,
        day=languages.day_text,
        short_day=languages.short_day,
        month=languages.month_text,
        moment=languages.moment_text,
        short_moment=languages.short_moment,
        article=languages.article_html,
        told_money=told_money,
        told_moment=told_moment,
        told_day=told_day,
        guess=guess,
        iso=iso,
        size=size_text,
        named=named,
        zh=languages.in_chinese,
        notice=languages.notice_text,
        in_force=in_force,
        label=lambda member: _(member.label),
    )
    app.jinja_env.globals.update(
        say=languages.say,
        limits=limits,
        replaced=lambda: replaced(local_day(g.now)),
        methods_explained=lambda mode: explained(mode, local_day(g.now)),
        standings=STANDINGS,
        attributes=attributes,
        method_name=lambda value, mode: _(name_of(Method(value), mode)),
        words_of=_words,
        the=languages.inside,
        withdrawal_ground_label=lambda value: WithdrawalGround(value).label,
        source_ground_label=lambda value: SourceGround(value).label,
        grade_label=lambda value: Grade(value).label,
        ground_label=lambda value: FailureGround(value).label,
    )
    app.context_processor(_context)
