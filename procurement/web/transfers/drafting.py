"""Pages on which a plan is drafted: where it begins, its sections one by one, how far it is, and its submission."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_urlsafe
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.foundation.errors import Conflict
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.budgets.models import balances_of, lines_of
from procurement.registers.catalogue import models as catalogue
from procurement.registers.catalogue.rules import ensure_not_barred
from procurement.registers.catalogue.search import Found
from procurement.registers.departments.models import names_ever_held
from procurement.registers.people import Department, User
from procurement.registers.powers import powers_to_transfer
from procurement.statute import limits
from procurement.transfers import operations, sections
from procurement.transfers.models import (
    PLAN_MOVES,
    Plan,
    PlanStatus,
    Transfer,
    plan_by_form,
    plan_by_id,
    plans_of_department,
)
from procurement.transfers.rules import PLACES, ensure_is_item, ensure_is_theirs, is_theirs, terms_of
from procurement.transfers.sections import Draft, Progress, Section
from procurement.web import examples
from procurement.web.catalogue import searched
from procurement.web.forms import PlainForm, ReasonForm
from procurement.web.languages import article_html, sentence, value_text
from procurement.web.refusals import attempt, found, guard, number_in, page, succeeded
from procurement.web.session import acting_user
from procurement.web.standards.forms import proposals
from procurement.web.transfers.screening import marks_of, put_on_form, tell_of_hits
from procurement.web.transfers.sections import FORMS, MatterForm, MethodForm, MoneyForm, SectionForm
from procurement.web.transfers.views import bp, home, reach


class SubmitPlanForm(PlainForm):
    """A submission; what refuses it leads to the section and the field where it is put right."""

    def address_of(self, field: str | None) -> str | None:
        """The place of a plan's field on the page of its section."""
        section = sections.section_of(field)
        if section is None:
            return None
        return f"{section_url((request.view_args or {})['transfer_id'], section)}#{field}"


def section_url(transfer_id: int, section: Section) -> str:
    """The page of a section."""
    return url_for("transfers.revise_plan", transfer_id=transfer_id, section=section.value)


@bp.get("/new")
@login_required
def choose_entry() -> ResponseReturnValue:
    """Where a plan begins: a catalogue item or a transferable function."""
    actor = acting_user()
    assert actor is not None
    access.require(actor, Deed.PLAN_DRAFT, actor.department)
    edition = found(catalogue.edition_in_force(catalogue.ListKind.CATALOGUE, local_day(g.now)))
    functions = found(catalogue.edition_in_force(catalogue.ListKind.FUNCTIONS, local_day(g.now)))
    query = request.args.get("q", "").strip()
    hits, error = searched(query, edition) if query else (None, None)
    shown = render_template(
        "transfers/choose_entry.html",
        entries=_items_of(hits or (), edition),
        error=error,
        query=query,
        functions=catalogue.functions(functions),
        departments=names_ever_held(),
    )
    return shown, 422 if error else 200


def _items_of(hits: Sequence[Found], edition: catalogue.ReferenceEdition) -> Sequence[catalogue.CatalogueEntry]:
    """The items that were found, and those below the headings that were: 养老 is in the name of a heading alone."""
    headings = tuple(hit.entry.code for hit in hits if not hit.entry.is_item)
    codes = {hit.entry.code for hit in hits}
    if not hits:
        return ()
    return [row for row in catalogue.items_of(edition) if row.code in codes or row.code.startswith(headings)]


@bp.route("/new/<code>", methods=["GET", "POST"])
@login_required
def draft_plan(code: str) -> ResponseReturnValue:
    """Begin the plan of a new transfer, from a catalogue code or the code of a function, and perhaps from a former plan."""
    actor = acting_user()
    assert actor is not None
    guard(operations.draft_plan, actor.department)
    assert actor.department is not None  # whoever may draft is of one
    day = local_day(g.now)
    function = catalogue.function_by_code(code, day)
    entry = found(catalogue.entry_by_code(function.catalogue_code if function else code, day))
    # Said before anybody fills in a plan that cannot be kept.
    if request.method == "GET":
        ensure_is_item(entry)
        ensure_not_barred(entry.code, catalogue.negative_list_in_force(day))
    former = _former(actor.department, actor)
    form = examples.form_for(
        MatterForm, "plan", Section.MATTER, entry.code, otherwise=lambda: _begun_from(former, actor.department)
    )
    form.offer(powers_to_transfer(actor.department, day))
    if request.method == "GET":
        form.once.data = token_urlsafe(16)
    key = form.form_key(actor)
    if request.method == "POST" and (made := _made_by(key)) is not None:
        return _to(made)
    if form.validate_on_submit():
        transfer = attempt(
            form, operations.draft_plan, actor.department, form.terms(), entry=entry, function=function, former=former,
            form_key=key,
        )  # fmt: skip
        # Sent twice at the same moment, the second is refused by the database and leads to what the first made.
        if transfer is None and (made := _made_by(key)) is not None:
            return _to(made)
        if transfer is not None:
            flash(_("方案已保存，编号 %(number)s。其余各节可以逐节填，随时保存。", number=transfer.number))
            tell_of_hits(transfer, actor)
            return _onward(transfer, Section.MATTER)
    return page(
        "transfers/draft_plan.html", form=form, entry=entry, function=function, transfer=None, former=former,
        handed=sections.told_of_handing_on(sections.handed_on(operations.handed_on(former))),
        formers=_formers(actor.department, actor, entry.code), count=len(Section),
    )  # fmt: skip


def _made_by(key: str | None) -> Transfer | None:
    """The transfer that this opened form has made already."""
    plan = plan_by_form(key) if key is not None else None
    return plan.transfer if plan is not None else None


def _to(made: Transfer) -> ResponseReturnValue:
    """Where the form that made it led; its page, once it is drafted no more. What was sent again is kept nowhere."""
    flash(
        _(
            "这一张表已经建立了方案 %(number)s“%(title)s”，再次提交的内容没有另存。",
            number=made.number,
            title=made.title,
        )
    )
    return _onward(made, Section.MATTER) if made.plan.status is PlanStatus.DRAFT else home(made)


def _former(department: Department, actor: User) -> Plan | None:
    """The former plan that is asked for, if this person may start from it; else there is nothing here, and no title is told."""
    asked = request.args.get("former", "") if request.method == "GET" else request.form.get("started_from", "")
    if not asked:
        return None
    number = number_in(asked)
    former = found(plan_by_id(number) if number is not None else None)
    return found(former if sections.may_start_from(former, department, actor) else None)


def _begun_from(former: Plan | None, department: Department | None) -> MatterForm:
    """The first section: empty, or with what a former plan was called and rested on, for the officer to confirm."""
    if former is None or department is None:
        return MatterForm()
    offered = {row.code for row in powers_to_transfer(department, local_day(g.now))}
    data = MatterForm.data_of(terms_of(former))
    data["power_code"] = data["power_code"] if data["power_code"] in offered else ""
    return MatterForm(data={**data, "started_from": str(former.id)})


def _formers(department: Department, actor: User, code: str) -> Sequence[Plan]:
    """The plans that one may start from, those under the same entry first."""
    rows = [row for row in plans_of_department(department.id) if sections.may_start_from(row, department, actor)]
    return sorted(rows, key=lambda row: row.transfer.catalogue_entry.code != code)


# ── section by section ─────────────────────────────────────────────────────────────────────────────────────────────


def _onward(transfer: Transfer, section: Section) -> ResponseReturnValue:
    """After a section is saved: the next one in which something lacks, else the page of all of them."""
    lacking = sections.unfinished(terms_of(transfer.plan))
    order = list(Section)
    later = [row for row in lacking if order.index(row) > order.index(section)]
    following = next(iter([*later, *lacking]), None)
    url = (
        section_url(transfer.id, following)
        if following is not None
        else url_for("transfers.list_sections", transfer_id=transfer.id)
    )
    return redirect(url, code=303)


def _progress(transfer: Transfer) -> list[Draft]:
    terms, faults = terms_of(transfer.plan), operations.faults_in_plan(transfer.plan, local_day(g.now))
    return sections.progress_of(terms, faults)


def _said(rows: Sequence[Draft]) -> list[dict[str, Any]]:
    """The sections as the page lists them: how far each is, and why, each sentence with its article and its field."""
    return [
        {
            "section": row.section,
            "progress": row.progress,
            "tone": _TONES[row.progress],
            "faults": [
                {
                    "said": sentence(fault, with_article=False),
                    "law": article_html(fault.article) if fault.article else "",
                    "field": fault.field,
                }
                for fault in row.faults
            ],
        }
        for row in rows
    ]


_TONES = {Progress.DONE: "done", Progress.LACKING: "wait", Progress.FAULTY: "late"}


@bp.get("/<int:transfer_id>/plan/revise")
@login_required
def list_sections(transfer_id: int) -> ResponseReturnValue:
    """The sections of a draft: which are done, which lack, which are to be changed and why."""
    transfer, actor = reach(transfer_id), acting_user()
    guard(operations.revise_plan, transfer.plan)
    PLAN_MOVES.ensure_open(Deed.PLAN_REVISE, transfer.plan)
    rows = _progress(transfer)
    open_ones = [row.section for row in rows if row.progress is not Progress.DONE]
    return page(
        "transfers/list_sections.html", transfer=transfer, plan=transfer.plan, rows=_said(rows),
        following=next(iter(open_ones), None), done=len(rows) - len(open_ones),
        handed=sections.told_of_handing_on(sections.taken_over_by(transfer.plan)),
        hits=marks_of(transfer, actor).waiting, may_abandon=actor is not None and is_theirs(transfer.plan, actor),
    )  # fmt: skip


def _section_form(section: Section, transfer: Transfer) -> SectionForm:
    """The form of a section: with what is saved of it, with an example, or with what was sent."""
    kind = FORMS[section]
    form = examples.form_for(
        kind, "plan", section, transfer.catalogue_entry.code, otherwise=lambda: kind.of(terms_of(transfer.plan))
    )
    if isinstance(form, MatterForm):
        form.offer(powers_to_transfer(transfer.department, local_day(g.now)))
    if isinstance(form, MethodForm):
        form.offer(transfer)
    if isinstance(form, MoneyForm):
        this_year = local_day(g.now).year
        lines = [line for year in (this_year, this_year + 1) for line in lines_of(year, [transfer.department_id])]
        longest = int(limits.TERM_LONGEST.of(transfer).on(local_day(g.now)).amount)
        form.offer(lines, balances_of(lines), range(this_year + 1, this_year + 1 + longest))
    return form


@bp.route("/<int:transfer_id>/plan/revise/<section>", methods=["GET", "POST"])
@login_required
def revise_plan(transfer_id: int, section: str) -> ResponseReturnValue:
    """Say one section of a draft; what others lack keeps it from nothing."""
    transfer, actor = reach(transfer_id), acting_user()
    here = found(next((row for row in Section if row.value == section), None))
    guard(operations.revise_plan, transfer.plan)
    if request.method == "GET":
        PLAN_MOVES.ensure_open(Deed.PLAN_REVISE, transfer.plan)
    form = _section_form(here, transfer)
    if request.method == "GET":
        form.seen.data = sections.digest_of(terms_of(transfer.plan), here)
    if form.validate_on_submit():
        # A form that names nothing has not seen the section.
        attempt(form, operations.revise_plan, transfer.plan, form.terms(), (here,), seen={here: form.seen.data or ""})
        if succeeded():
            flash(_("“%(section)s”一节已保存。", section=value_text(here)))
            tell_of_hits(transfer, actor)
            return _onward(transfer, here)
    if g.get("status") == Conflict.status:
        form.seen.data = sections.digest_of(terms_of(transfer.plan), here)
    if request.method == "GET":
        put_on_form(form, marks_of(transfer, actor), PLACES)
    return page(
        "transfers/revise_plan.html", form=form, section=here, sections=list(Section), transfer=transfer,
        entry=transfer.catalogue_entry, function=transfer.function,
        known=proposals(list(transfer.plan.standards)) if here is Section.CONTENT else [],
        faults=_faults_here(here, transfer) if request.method == "GET" else [],
    )  # fmt: skip


def _faults_here(section: Section, transfer: Transfer) -> list[dict[str, Any]]:
    """What is wrong now with a section that says something; an empty one need not be told that it is."""
    if not sections.is_begun(terms_of(transfer.plan), section):
        return []
    return next(row["faults"] for row in _said(_progress(transfer)) if row["section"] is section)


@bp.route("/<int:transfer_id>/plan/submit", methods=["GET", "POST"])
@login_required
def submit_plan(transfer_id: int) -> ResponseReturnValue:
    """Send the plan to its ex-ante evaluation."""
    transfer, form = reach(transfer_id), SubmitPlanForm()
    guard(operations.submit_plan, transfer.plan)
    if request.method == "GET":
        PLAN_MOVES.ensure_open(Deed.PLAN_SUBMIT, transfer.plan)
    if form.validate_on_submit():
        attempt(form, operations.submit_plan, transfer.plan)
        if succeeded():
            flash(_("方案已送交事前评估。"))
            return home(transfer)
    hits = marks_of(transfer, acting_user()).everywhere()
    return page("transfers/submit_plan.html", form=form, transfer=transfer, plan=transfer.plan, hits=hits)


@bp.route("/<int:transfer_id>/plan/recall", methods=["GET", "POST"])
@login_required
def recall_plan(transfer_id: int) -> ResponseReturnValue:
    """Take a plan back that lies before no conference yet."""
    transfer, form = reach(transfer_id), ReasonForm()
    guard(operations.recall_plan, transfer.plan)
    if request.method == "GET":
        PLAN_MOVES.ensure_open(Deed.PLAN_RECALL, transfer.plan)
    if form.validate_on_submit():
        attempt(form, operations.recall_plan, transfer.plan, reason=form.reason.data)
        if succeeded():
            flash(_("方案已撤回，可以修改。"))
            return home(transfer)
    return page("transfers/recall_plan.html", form=form, transfer=transfer)


@bp.route("/<int:transfer_id>/plan/abandon", methods=["GET", "POST"])
@login_required
def abandon_plan(transfer_id: int) -> ResponseReturnValue:
    """Give a draft up."""
    transfer, actor, form = reach(transfer_id), acting_user(), ReasonForm()
    guard(operations.abandon_plan, transfer.plan)
    if request.method == "GET":
        PLAN_MOVES.ensure_open(Deed.PLAN_ABANDON, transfer.plan)
        assert actor is not None
        ensure_is_theirs(transfer.plan, actor)
    if form.validate_on_submit():
        attempt(form, operations.abandon_plan, transfer.plan, reason=form.reason.data)
        if succeeded():
            flash(_("方案已放弃，事项到此为止。"))
            return home(transfer)
    return page("transfers/abandon_plan.html", form=form, transfer=transfer)
