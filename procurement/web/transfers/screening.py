"""What screening found, as pages show it: hits marked in their text, how each weighs, what has been found of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flask import flash, g
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup, escape

from procurement.registers.catalogue.rules import Bearing
from procurement.registers.catalogue.search import Span, pieces
from procurement.registers.people import User
from procurement.steps import rooms
from procurement.transfers import rules
from procurement.transfers.models import ScreeningFinding, Transfer
from procurement.transfers.rules import PlanTerms, Screened
from procurement.transfers.sections import section_of
from procurement.web.languages import article_html, in_chinese, is_english, say, short_moment, value_text
from procurement.web.standing import person_html

_TONES = {Bearing.STOPS: "late", Bearing.UNDER_PROHIBITION: "soon", Bearing.TO_REVIEW: "wait"}


@dataclass(frozen=True, slots=True)
class FindingShown:
    """What one person found: in which capacity, who, when, why."""

    capacity: str
    who: Markup
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class HitShown:
    """One hit on a page: where it stands, how it weighs, by which row and article, what has been found, what lacks."""

    fingerprint: str
    place: str
    spot: Markup
    bearing: str
    tone: str
    excerpt: Markup
    plain: str
    keyword: str
    code: str
    title: Markup
    law: Markup
    findings: tuple[FindingShown, ...]
    lacking: str
    is_cleared: bool
    may_find: bool


def marked(text: str, spans: Sequence[Span]) -> Markup:
    """A text with what was hit in it marked."""
    cut = pieces(text, spans)
    return Markup("").join(Markup("<mark>{}</mark>").format(p.text) if p.is_hit else p.text for p in cut)


def shown(row: Screened, transfer: Transfer, actor: User | None) -> HitShown:
    """A hit as its page shows it to `actor`."""
    hit, text = row.hit, row.text.text
    opens, closes = row.clause
    english = is_english() and bool(hit.title_en)
    return HitShown(
        fingerprint=hit.fingerprint,
        place=say(row.text.place),
        spot=_spot(row),
        bearing=value_text(hit.bearing),
        tone="done" if hit.is_prohibited and row.is_cleared else _TONES[hit.bearing],
        excerpt=marked(text[opens:closes], [(hit.start - opens, hit.end - opens)]),
        plain=text[opens:closes].strip(),
        keyword=hit.keyword,
        code=hit.code,
        title=Markup("{}").format(hit.title_en) if english else in_chinese(hit.title),
        law=article_html(hit.article),
        findings=tuple(_finding(finding) for finding in row.findings),
        lacking=_lacking(row),
        is_cleared=row.is_cleared,
        may_find=not transfer.is_at_rest and actor is not None and rules.may_find(row, actor, transfer) is not None,
    )


def _spot(row: Screened) -> Markup:
    """Where a hit stands: the attachment, or the field."""
    if row.text.attachment is not None:
        return escape(_("附件“%(title)s”")) % {"title": in_chinese(row.text.place)}
    return escape(_("“%(place)s”一栏")) % {"place": say(row.text.place)}


def _finding(row: ScreeningFinding) -> FindingShown:
    return FindingShown(value_text(row.capacity), person_html(row.found_by), short_moment(row.found_at), row.reason)


def _lacking(row: Screened) -> str:
    if row.is_cleared:
        return ""
    if row.hit.bearing is Bearing.UNDER_PROHIBITION:
        return _("要由起草人以外的一人书面认定，或者改写")
    return _("改写；如是误报，还缺书面认定：%(lacking)s", lacking=value_text(tuple(sorted(row.lacking))))


@dataclass(frozen=True)
class Marks:
    """The hits of a transfer for a page that shows its plan."""

    transfer: Transfer
    rows: Sequence[Screened]
    actor: User | None

    def hits(self, *fields: str) -> list[HitShown]:
        """The hits in these fields, each sentence once."""
        return self._shown(row for row in self.rows if row.hit.field in fields)

    def elsewhere(self, *prefixes: str) -> list[HitShown]:
        """The hits in texts that are no field of the plan: attachments, announcement, agreement."""
        return self._shown(
            row for row in self.rows if row.hit.field not in rules.PLACES and row.hit.field.startswith(prefixes)
        )

    def everywhere(self) -> list[HitShown]:
        """Every hit, those in the plan first."""
        return self._shown(sorted(self.rows, key=lambda row: row.hit.field not in rules.PLACES))

    def _shown(self, rows: Iterable[Screened]) -> list[HitShown]:
        found = {(row.hit.field, row.hit.fingerprint): row for row in rows}
        return [shown(row, self.transfer, self.actor) for row in found.values()]

    def text(self, field: str) -> Markup:
        """The text of a field, its hits marked."""
        return marked(self._texts[field], self._spans(field))

    def cell(self, table: str, row: int, column: str) -> Markup:
        """The text of a cell of a table, what was hit in it marked."""
        start, end = self._terms.cells(table)[row, column]
        inside = [(max(a, start) - start, min(b, end) - start) for a, b in self._spans(table) if a < end and start < b]
        return marked(self._texts[table][start:end], inside)

    @property
    def waiting(self) -> int:
        """How many hits are not cleared."""
        return len({row.hit.fingerprint for row in self.rows if not row.is_cleared})

    @cached_property
    def _terms(self) -> PlanTerms:
        return rules.terms_of(self.transfer.plan)

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        return self._terms.texts()

    def _spans(self, field: str) -> list[Span]:
        return [(row.hit.start, row.hit.end) for row in self.rows if row.hit.field == field]


def marks_of(transfer: Transfer, actor: User | None) -> Marks:
    """What screening finds in a transfer now."""
    return Marks(transfer, rooms.screened(transfer, g.now), actor)


def put_on_form(form: FlaskForm, marks: Marks, fields: Iterable[str]) -> None:
    """Let each field of a form show the hits in what is saved of it."""
    for name in fields:
        if name in form:
            form[name].hits = marks.hits(name)


def tell_of_hits(transfer: Transfer, actor: User | None) -> None:
    """After a text was saved: what keeps the whole from going on, and where, whatever was saved just now."""
    marks = marks_of(transfer, actor)
    if marks.waiting:
        flash(
            escape(
                _("全文有 %(count)s 处命中负面清单，还没有认定：%(where)s。改写，或者请人书面认定为误报，才能往下走。")
            )
            % {"count": marks.waiting, "where": _where(marks.rows)}
        )


def _where(rows: Iterable[Screened]) -> Markup:
    """The sections, attachments and other texts with hits that are not cleared, each with its keywords."""
    found: dict[Markup, list[str]] = {}
    for row in rows:
        if not row.is_cleared:
            section = section_of(row.hit.field)
            named = escape(_("“%(section)s”一节")) % {"section": value_text(section)} if section else _spot(row)
            found.setdefault(named, []).append(row.hit.keyword)
    return escape(_("；")).join(
        escape(_("%(spot)s的%(words)s"))
        % {"spot": spot, "words": escape(_("、")).join(in_chinese(f"“{word}”") for word in dict.fromkeys(words))}
        for spot, words in found.items()
    )
