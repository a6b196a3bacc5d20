"""The auditor's pages: chains, lines, documents."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import login_required

from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.audit import Outcome
from procurement.web.refusals import found, page
from procurement.web.session import acting_user

bp = Blueprint("oversight", __name__, url_prefix="/audit")


@bp.get("")
@login_required
def list_lines() -> ResponseReturnValue:
    """The newest lines of all chains, or of one; refused deeds among them."""
    access.require(acting_user(), Deed.AUDIT_READ, None)
    chain, skip = request.args.get("chain", "").strip().lower(), max(request.args.get("skip", 0, type=int), 0)
    found(None if audit.is_sealed(chain) else True)
    lines = audit.lines_of_chain(chain) if chain else audit.lines_everywhere(skip=skip)
    return page(
        "oversight/list_lines.html",
        lines=lines,
        chain=chain,
        outcomes=list(Outcome),
        total=audit.number_of_lines(),
        older=skip + len(lines),
    )


@bp.get("/verify")
@login_required
def verify_chains() -> ResponseReturnValue:
    """Walk every chain now and say whether each line follows from the one before."""
    access.require(acting_user(), Deed.AUDIT_READ, None)
    return page("oversight/verify_chains.html", broken=audit.first_broken_line(), total=audit.number_of_lines())
