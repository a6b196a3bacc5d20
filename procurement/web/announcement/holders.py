"""Pages of the three holders: appointed, accepted with what is shown once, the sheet checked, a loss, a replacement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation import sealing
from procurement.foundation.clock import local_day
from procurement.foundation.errors import DomainError, NotFound
from procurement.foundation.labels import word
from procurement.registers.access import Appointed
from procurement.registers.people import Role, User, all_users, users_with_role
from procurement.steps.holders import operations, rules
from procurement.steps.holders.keys import Told, context_of, open_competition_key, seal_copies
from procurement.steps.holders.models import HoldersDesk, holders_of_attempt
from procurement.transfers import methods
from procurement.transfers.line import Step
from procurement.transfers.models import Appointment, Transfer
from procurement.web import examples
from procurement.web.announcement.forms import AppointHolderForm, ConfirmSheetForm, ReplaceHolderForm
from procurement.web.announcement.views import bp
from procurement.web.forms import PlainForm
from procurement.web.refusals import attempt, found, guard, page, refuse, succeeded
from procurement.web.session import acting_user, clock
from procurement.web.standing import person_name, person_with_body
from procurement.web.transfers.views import home, reach

# ── appointed ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _candidates(transfer: Transfer, kind: Appointed, desk: HoldersDesk) -> list[User]:
    """Who may take a part: of the opener's the purchaser's own people, of the others whoever no rule keeps away."""
    if kind is Appointed.OPENER:
        roles = (Role.APPROVER, Role.OFFICER, Role.PAYER)
        people = [row for role in roles for row in users_with_role(role, department_id=transfer.department_id)]
        return list({person.id: person for person in people}.values())
    others = {**desk.holders, **desk.successors}
    return [person for person in all_users() if rules.fault_of_holder(transfer, kind, person, others) is None]


def _guard(operation: Callable[..., Any], subject: Any, transfer: Transfer) -> HoldersDesk:
    """Refuse the page where its reader may not do the deed, or where the transfer does not stand; what was sent in the deed refuses."""
    guard(operation, subject)
    desk = holders_of_attempt(transfer)
    if request.method == "GET":
        rules.ensure_may_be_appointed(transfer, desk, local_day(clock().now()))
    return desk


def _appoint(
    transfer_id: int, kind: Appointed, operation: Callable[..., Appointment], template: str
) -> ResponseReturnValue:
    transfer = reach(transfer_id)
    desk = _guard(operation, transfer, transfer)
    form = examples.form_for(AppointHolderForm, "appoint_holder", kind)
    candidates = {person.id: person for person in _candidates(transfer, kind, desk)}
    form.person.label.text = _(kind.label)
    form.offer((person.id, person_with_body(person)) for person in candidates.values())
    if form.validate_on_submit():
        appointment = attempt(form, operation, transfer, candidates[form.person.data])
        if appointment is not None:
            flash(
                _("已指定 %(person)s 为%(kind)s，等其接受。", person=person_name(appointment.user), kind=_(kind.label))
            )
            return home(transfer)
    # Once bids are sealed to the holders, whoever is appointed is to follow one of them.
    is_successor = desk.competition_key is not None
    return page(template, form=form, transfer=transfer, follows=desk.holders.get(kind), is_successor=is_successor)


@bp.route("/opener/appoint", methods=["GET", "POST"])
@login_required
def appoint_opener(transfer_id: int) -> ResponseReturnValue:
    """Appoint who opens the bids."""
    return _appoint(transfer_id, Appointed.OPENER, operations.appoint_opener, "announcement/appoint_opener.html")


@bp.route("/opening-witness/appoint", methods=["GET", "POST"])
@login_required
def appoint_opening_witness(transfer_id: int) -> ResponseReturnValue:
    """Appoint who witnesses the opening."""
    kind, operation = Appointed.OPENING_WITNESS, operations.appoint_opening_witness
    return _appoint(transfer_id, kind, operation, "announcement/appoint_opening_witness.html")


@bp.route("/custodian/appoint", methods=["GET", "POST"])
@login_required
def appoint_custodian(transfer_id: int) -> ResponseReturnValue:
    """Appoint who keeps the recovery sheet."""
    return _appoint(
        transfer_id, Appointed.CUSTODIAN, operations.appoint_custodian, "announcement/appoint_custodian.html"
    )


# ── accepted ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _own_appointment(transfer: Transfer, *kinds: Appointed) -> Appointment:
    """What the actor was appointed to, the newest where one is to follow oneself."""
    actor = acting_user()
    held = [
        row
        for row in transfer.appointments
        if row.kind in kinds and row.ended_at is None and actor is not None and row.user_id == actor.id
    ]
    if not held:
        raise NotFound(word("您没有被指定为这件事的密钥持有人。"))
    return max(held, key=lambda row: row.id)


def _has_talks(transfer: Transfer) -> bool:
    """Whether the holders are needed a second time, for the final offers."""
    return methods.talks_of(transfer.plan.method, transfer) is not None


def _accept(transfer_id: int, kind: Appointed, operation: Callable[..., Any], template: str) -> ResponseReturnValue:
    """Accept with a passphrase, which is generated, shown once on the page that follows, and kept nowhere."""
    transfer, form = reach(transfer_id), PlainForm()
    appointment = _own_appointment(transfer, kind)
    _guard(operation, appointment, transfer)
    if form.validate_on_submit():
        passphrase = sealing.make_passphrase()
        pair = sealing.make_pair(passphrase, context_of(appointment))
        if attempt(form, operation, appointment, pair) is not None:
            examples.keep_passphrase(appointment, passphrase)
            return page(
                "announcement/show_passphrase.html", transfer=transfer, passphrase=passphrase, appointment=appointment,
                has_talks=_has_talks(transfer),
            )  # fmt: skip
    return page(template, form=form, transfer=transfer)


@bp.route("/opener/accept", methods=["GET", "POST"])
@login_required
def accept_opener(transfer_id: int) -> ResponseReturnValue:
    """Accept the appointment as opener."""
    return _accept(transfer_id, Appointed.OPENER, operations.accept_opener, "announcement/accept_opener.html")


@bp.route("/opening-witness/accept", methods=["GET", "POST"])
@login_required
def accept_opening_witness(transfer_id: int) -> ResponseReturnValue:
    """Accept the appointment as witness of the opening."""
    kind, operation = Appointed.OPENING_WITNESS, operations.accept_opening_witness
    return _accept(transfer_id, kind, operation, "announcement/accept_opening_witness.html")


@bp.route("/custodian/accept", methods=["GET", "POST"])
@login_required
def accept_custodian(transfer_id: int) -> ResponseReturnValue:
    """Accept the keeping of the sheet; its secret is generated, shown once on the page to be printed, and kept nowhere."""
    transfer, form = reach(transfer_id), PlainForm()
    appointment = _own_appointment(transfer, Appointed.CUSTODIAN)
    _guard(operations.accept_custodian, appointment, transfer)
    if form.validate_on_submit():
        secret, context = sealing.make_sheet_secret(), context_of(appointment)
        pair = sealing.make_pair_of_sheet(secret, context)
        if attempt(form, operations.accept_custodian, appointment, pair) is not None:
            examples.keep_passphrase(appointment, secret)
            return page(
                "announcement/show_sheet.html",
                transfer=transfer,
                appointment=appointment,
                groups=secret.split("-"),
                check_word=sealing.check_word(secret, context),
                has_talks=_has_talks(transfer),
            )
    return page("announcement/accept_custodian.html", form=form, transfer=transfer)


@bp.route("/sheet/confirm", methods=["GET", "POST"])
@login_required
def confirm_sheet(transfer_id: int) -> ResponseReturnValue:
    """Type the check word back from the printed sheet."""
    transfer = reach(transfer_id)
    appointment = _own_appointment(transfer, Appointed.CUSTODIAN)
    _guard(operations.confirm_sheet, appointment, transfer)
    form = examples.form_for(ConfirmSheetForm, "confirm_sheet", appointment)
    if form.validate_on_submit():
        attempt(form, operations.confirm_sheet, appointment, form.check_word.data)
        if succeeded():
            flash(_("恢复单已核对。请装入信封封好，和电脑分开保管。"))
            return home(transfer)
    return page("announcement/confirm_sheet.html", form=form, transfer=transfer)


# ── lost, replaced ─────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/secret/report", methods=["GET", "POST"])
@login_required
def report_secret(transfer_id: int) -> ResponseReturnValue:
    """Declare that one's own passphrase or sheet is lost."""
    transfer, form = reach(transfer_id), PlainForm()
    actor, desk = acting_user(), holders_of_attempt(transfer)
    appointment = desk.held_by(actor.id) if actor is not None else None
    if appointment is None:
        raise NotFound(word("您没有被指定为这件事的密钥持有人。"))
    guard(operations.report_secret, appointment, at=Step.COMPETITION, transfer=transfer)
    if form.validate_on_submit():
        attempt(form, operations.report_secret, appointment)
        if succeeded():
            flash(_("已记录遗失，并通知了经办人。"))
            return home(transfer)
    left = len(desk.holders) - len(desk.lost) - 1
    still_opens = left >= rules.needed(desk, local_day(clock().now()))
    return page(
        "announcement/report_secret.html",
        form=form,
        transfer=transfer,
        appointment=appointment,
        still_opens=still_opens,
    )


def _succession(desk: HoldersDesk, actor: User | None) -> tuple[Appointment, Appointment, Appointment]:
    """Whoever is to follow a holder, the actor's own part, and the other one who stays."""
    for kind, successor in desk.successors.items():
        staying = desk.beside(kind)
        mine = next((row for row in staying if actor is not None and row.user_id == actor.id), None)
        second = next((row for row in staying if row is not mine), None)
        if mine is not None and second is not None:
            return successor, mine, second
    raise NotFound(word("现在没有要由您办理的更换：先由经办人指定接任的人，再由另外两位持有人一起办理。"))


@bp.route("/holder/replace", methods=["GET", "POST"])
@login_required
def replace_holder(transfer_id: int) -> ResponseReturnValue:
    """Put a successor in a holder's place: the two who stay type their secrets, the key is sealed anew in memory."""
    transfer, actor = reach(transfer_id), acting_user()
    desk = holders_of_attempt(transfer)
    key = found(desk.competition_key)
    guard(operations.replace_holder, key, at=Step.COMPETITION, transfer=transfer)
    successor, mine, second = _succession(desk, actor)
    form = examples.form_for(ReplaceHolderForm, "replace_holder", transfer.id, mine.kind, second.kind)
    form.passphrase.label.text = (
        _("您的恢复单上的密语")
        if mine.kind is Appointed.CUSTODIAN
        else _("您的口令（%(kind)s）", kind=_(mine.kind.label))
    )
    named = {"person": person_name(second.user), "kind": _(second.kind.label)}
    form.second_passphrase.label.text = (
        _("%(person)s的密语（%(kind)s）", **named)
        if second.kind is Appointed.CUSTODIAN
        else _("%(person)s的口令（%(kind)s）", **named)
    )
    former = desk.holders.get(successor.kind)
    is_renewal = former is not None and former.user_id == successor.user_id
    if form.validate_on_submit():
        told = (
            Told(desk.keys[mine.id], form.passphrase.data, "passphrase"),
            Told(desk.keys[second.id], form.second_passphrase.data, "second_passphrase"),
        )
        try:
            rules.ensure_replaceable(transfer, desk, local_day(clock().now()))
            rules.ensure_successor(desk, successor, local_day(clock().now()))
            private = open_competition_key(key, *told)
            holders = {row.kind: desk.keys[row.id] for row in (mine, second, successor)}
            copies = seal_copies(private, key.announcement_id, key.attempt, holders, sitting=key.sitting)
        except DomainError as error:
            refuse(form, operations.replace_holder, key, error)
        else:
            attempt(form, operations.replace_holder, key, successor, copies, second=second.user)
            if succeeded():
                flash(
                    _(
                        "已办理。%(person)s原来的口令或恢复单不再能开启投标。",
                        person=person_name((former or successor).user),
                    )
                )
                return home(transfer)
    return page(
        "announcement/replace_holder.html",
        form=form,
        transfer=transfer,
        successor=successor,
        former=former,
        mine=mine,
        second=second,
        is_renewal=is_renewal,
    )
