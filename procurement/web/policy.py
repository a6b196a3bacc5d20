"""Who may do what, for everyone who is signed in: the policy's own table, room by room, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required

from procurement.registers.access import CONDITIONS, POLICY, Deed, Reach, Scope
from procurement.transfers.line import Step
from procurement.web.refusals import page
from procurement.web.standing import ROOM_OF_NOUN

bp = Blueprint("policy", __name__, url_prefix="/policy")

_ACCOUNTS = frozenset({
    "session", "user", "roles", "password", "email", "reset-link", "notices", "language", "substitution", "colleague", "accounts",
})  # fmt: skip
_REGISTERS = frozenset({
    "department", "organisation", "organisations", "listing", "evidence", "grade", "credit-record", "expiry",
    "identity-number", "bank-account", "payment-details",
})  # fmt: skip
_LISTS = frozenset({
    "edition", "entry", "catalogue", "negative-list", "functions", "powers", "programme", "standard", "standards", "import",
    "holidays", "period",
})  # fmt: skip
_BUDGETS = frozenset({"budget-line", "budget-lines", "funding"})
# Of the directory, though the things are called like others on the line.
_JUDGED = frozenset({Deed.CONDITION_JUDGE, Deed.OBJECTION_NOTE})
# Pages of their own, about the matter as a whole.
_OF_TRANSFERS = frozenset({"take-back"})
_DEMONSTRATION = frozenset({"clock", "identity", "demonstration"})

REACHES = {
    Reach.ALL: "",
    Reach.DEPARTMENT: _l("本部门的"),
    Reach.OWN: _l("本组织的"),
    Reach.ASSIGNED: _l("指定给本人的"),
    Reach.SELF: _l("本人自己的"),
}


@dataclass(frozen=True, slots=True)
class Right:
    """Somebody who may do a deed: who, on which things, from when on."""

    holder: str
    reach: str
    condition: str


@dataclass(frozen=True, slots=True)
class Row:
    """One deed and everybody who may do it."""

    deed: Deed
    rights: Sequence[Right]


@dataclass(frozen=True, slots=True)
class Room:
    """The deeds of one room."""

    key: str
    title: str
    rows: Sequence[Row]


def _room_of(deed: Deed) -> str:
    if deed.noun in _ACCOUNTS:
        return "accounts"
    if deed.noun in _REGISTERS or deed in _JUDGED:
        return "registers"
    if deed.noun in _LISTS:
        return "lists"
    if deed.noun in _BUDGETS:
        return "budgets"
    if deed.noun in _DEMONSTRATION:
        return "demonstration"
    if deed.noun in _OF_TRANSFERS:
        return "transfers"
    if deed is Deed.TRANSFER_CLOSE:
        return Step.SUPERVISION.value
    return ROOM_OF_NOUN.get(deed.noun, "others")


def _titles() -> dict[str, str]:
    steps = {step.value: _("第 %(number)s 步：%(step)s", number=step.number, step=_(step.label)) for step in Step}
    return {
        "transfers": _("方案和事项"), "conference": _("联席会议"), "preliminaries": _("公告以前的公开"), **steps,
        "lists": _("目录、清单和标准"), "budgets": _("预算"), "registers": _("部门、承接组织和承接目录"), "accounts": _("账号和代理"),
        "others": _("审计和其余"), "demonstration": _("演示"),
    }  # fmt: skip


def _right(key: Any, scope: Scope) -> Right:
    return Right(_(key.label), str(REACHES[scope.reach]), _(CONDITIONS[scope.condition]) if scope.condition else "")


def rooms(*, demonstrated: bool) -> list[Room]:
    """The whole table in the order of the line; what exists on a demonstration only is shown there only."""
    rows: dict[str, list[Row]] = {}
    for deed in Deed:
        rights = [_right(key, scope) for key, scope in POLICY.get(deed, {}).items()]
        rows.setdefault(_room_of(deed), []).append(Row(deed, rights))
    if not demonstrated:
        rows.pop("demonstration", None)
    return [Room(key, title, rows[key]) for key, title in _titles().items() if key in rows]


@bp.get("")
@login_required
def show_policy() -> ResponseReturnValue:
    """Every deed and who may do it."""
    return page("policy/show_policy.html", rooms=rooms(demonstrated="demonstration" in current_app.blueprints))
