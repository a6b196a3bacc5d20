"""A refusal is rendered in place with its status, never a redirect: at its field, as a notice, or as a page."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from flask import Flask, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from procurement.foundation.errors import DomainError, NotFound, Refusals
from procurement.foundation.labels import word
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.deeds import deed_of, leave_refusal, perform
from procurement.registers.publications import publication_by_reference
from procurement.steps.announcement.models import announcement_by_id
from procurement.steps.competition.models.bids import bid_by_receipt
from procurement.transfers import line
from procurement.transfers.line import Step
from procurement.transfers.models import Transfer, transfer_by_id
from procurement.web.languages import article_html, sentence
from procurement.web.session import acting_user, acts_as_visitor, clock

Result = TypeVar("Result")

# Of what an address may count, pages and lines: less than what a database takes for a number.
MOST = 10**9
log = logging.getLogger("procurement.web")


def do(operation: Callable[..., Result], subject: Any, /, *args: Any, **kwargs: Any) -> Result:
    """perform() with this request's actor and clock; what it refuses becomes a page with its status."""
    return perform(
        operation,
        subject,
        *args,
        actor=acting_user(),
        clock=current_app.extensions["clock"],
        visitor=acts_as_visitor(),
        **kwargs,
    )


def attempt(
    form: FlaskForm, operation: Callable[..., Result], subject: Any, /, *args: Any, **kwargs: Any
) -> Result | None:
    """perform(), and where it refuses, the sentences at their fields; the form keeps what was typed.

    Returns None after a refusal, and sets the status with which the page must be rendered (`g.status`).
    """
    try:
        return do(operation, subject, *args, **kwargs)
    except DomainError as error:
        place(form, error)
        return None


def guard(
    operation: Callable[..., Any], subject: Any, *, at: Step | None = None, transfer: Transfer | None = None
) -> None:
    """Refuse the page of a deed to whoever may not do it, or where the transfer does not stand; a POST leaves its line.

    The operation asks the same again in its own transaction; this keeps a form from showing what its reader may not see.
    """
    try:
        access.require(acting_user(), deed_of(operation), subject)
        if at is not None:
            line.ensure_at(transfer or subject, at)
    except DomainError as error:
        turn_away(operation, subject, error)


def turn_away(operation: Callable[..., Any], subject: Any, error: DomainError) -> NoReturn:
    """Answer with a refusal in place of the page of a deed; a POST leaves its line."""
    if request.method == "POST":
        _leave(operation, subject, error)
    raise error


def number_asked(name: str, default: int = 0) -> int:
    """A number in the query, never below nought nor greater than any database counts; `default` for what is none."""
    return min(max(request.args.get(name, default, type=int), 0), MOST)


def number_in(text: str, digits: int = 9) -> int | None:
    """The number that is named in a field of a form or of an address; None for what is none, or has more digits.

    Nine are what every database counts.
    """
    return int(text) if re.fullmatch(f"[0-9]{{1,{digits}}}", text) else None


def succeeded() -> bool:
    """Whether nothing has been refused on this page: so says `attempt` of a deed that returns nothing."""
    return "status" not in g


def place(form: FlaskForm, error: DomainError) -> None:
    """Put a refusal where it belongs on a form: at its field, else above all fields."""
    g.status = error.status
    for refusal in error.refusals if isinstance(error, Refusals) else [error]:
        field = _field_of(form, refusal.field)
        said = sentence(refusal)
        if field is None:
            form.form_errors.append(_led_to(form, refusal.field, said))
        else:
            field.errors = [*field.errors, said]


def refuse(form: FlaskForm, operation: Callable[..., Any], subject: Any, error: DomainError) -> None:
    """Place a refusal that came before the deed, and leave the line that the deed itself would have left."""
    place(form, error)
    _leave(operation, subject, error)


def _leave(operation: Callable[..., Any], subject: Any, error: DomainError) -> None:
    now = clock().now()
    leave_refusal(operation, subject, error, actor=acting_user(), now=now, clock=clock(), visitor=acts_as_visitor())


def _led_to(form: FlaskForm, name: str | None, said: str) -> str:
    """The sentence, leading to the place where the fault is put right, where the form knows one on another page."""
    address_of: Callable[[str | None], str | None] = getattr(form, "address_of", lambda _name: None)
    address = address_of(name)
    return Markup('<a href="{}">{}</a>').format(address, said) if address else said


def _field_of(form: FlaskForm, name: str | None) -> Any:
    return form[name] if name is not None and name in form else None


def status_of(form: FlaskForm | None = None) -> int:
    """The status of the page being rendered: 200, or that of the refusal on it."""
    if "status" in g:
        return int(g.status)
    return 422 if form is not None and (form.errors or form.form_errors) else 200


def page(template: str, /, **values: Any) -> ResponseReturnValue:
    """Render a template with the status that the refusal on it asks for."""
    form = values.get("form")
    return render_template(template, **values), status_of(form if isinstance(form, FlaskForm) else None)


def found(thing: Result | None) -> Result:
    """The thing, or a refusal that there is nothing at this address."""
    if thing is None:
        raise NotFound(word("这个地址没有您能看的内容。它可能已经移走，也可能不对您公开。"))
    return thing


def _matter() -> tuple[str, str] | None:
    """Where the matter of this address is read, and what to call it: for whoever may read it, and nothing for anybody else."""
    asked, actor = request.view_args or {}, acting_user()
    transfer = transfer_by_id(asked["transfer_id"]) if "transfer_id" in asked else None
    if transfer is not None:
        if not access.can(actor, Deed.TRANSFER_READ, transfer):
            return None
        return url_for("transfers.read_transfer", transfer_id=transfer.id), _("回到事项")
    bid = bid_by_receipt(asked["receipt"]) if "receipt" in asked else None
    if bid is not None:
        is_own = actor is not None and actor.organisation_id == bid.organisation_id
        return (url_for("competition.read_receipt", receipt=bid.receipt), _("回到我的投标")) if is_own else None
    announcement = announcement_by_id(asked["announcement_id"]) if "announcement_id" in asked else None
    publication = announcement.publication if announcement is not None else None
    reference = publication.reference if publication is not None else asked.get("reference")
    if reference is None or publication_by_reference(reference) is None:
        return None
    address = url_for("portal.read_publication", reference=reference)
    return (address, _("回到公告")) if address != request.path else None


def _refused(error: DomainError) -> ResponseReturnValue:
    return (
        render_template(
            "refusal.html",
            status=error.status,
            sentence=sentence(error, with_article=False),
            article=article_html(error.article) if error.article else None,
            back=request.referrer,
            matter=_matter(),
        ),
        error.status,
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    said = {
        400: _("请求不完整，没有办成任何事。请回到上一页再试。"),
        404: _("这个地址没有您能看的内容。它可能已经移走，也可能不对您公开。"),
        405: _("这个地址不能这样打开。"),
        413: _("上传的内容超过了上限，没有收下。请压缩或拆分后再上传。"),
    }
    code = error.code or 500
    if code < 400:
        return error.get_response()
    text = said.get(code, _("没有办成。请回到上一页再试。"))
    return render_template("refusal.html", status=code, sentence=text, article=None, back=request.referrer), code


def _csrf(error: CSRFError) -> ResponseReturnValue:
    text = _("这一页打开得太久，或者是从别处提交的，没有办成任何事。请重新打开这一页再试。")
    values = {"article": None, "back": request.referrer, "matter": _matter()}
    return render_template("refusal.html", status=400, sentence=text, **values), 400


def _broken(error: Exception) -> ResponseReturnValue:
    reference = secrets.token_hex(4).upper()
    log.exception("unexpected error %s at %s %s", reference, request.method, request.path)
    text = _("系统出了我们没有料到的问题，没有办成任何事。请把编号 %(reference)s 告诉系统管理员。", reference=reference)
    return render_template("refusal.html", status=500, sentence=text, article=None, back=request.referrer), 500


def register(app: Flask) -> None:
    """Turn every refusal into its page."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    if not app.testing:
        app.register_error_handler(Exception, _broken)
