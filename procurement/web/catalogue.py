"""The reference lists as anyone may read them: catalogue, negative list, transferable functions, communities."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from procurement.foundation.clock import local_day
from procurement.foundation.errors import RuleBroken
from procurement.foundation.money import Money
from procurement.registers import access
from procurement.registers import communities as community_register
from procurement.registers.access import Deed
from procurement.registers.budgets.models import spent_on
from procurement.registers.catalogue import models
from procurement.registers.catalogue.models import CatalogueEntry, ListKind, ReferenceEdition
from procurement.registers.catalogue.operations import STATEMENTS
from procurement.registers.catalogue.rules import barring_row
from procurement.registers.catalogue.search import Found, search
from procurement.registers.departments.models import names_ever_held
from procurement.registers.directory.models import listed_for
from procurement.registers.powers import Power, powers_of
from procurement.steps.agreement.models import carried_under
from procurement.transfers.models import transfers_of_functions
from procurement.web.languages import is_english, sentence
from procurement.web.refusals import found
from procurement.web.session import acting_user

bp = Blueprint("catalogue", __name__, url_prefix="/catalogue")


def _shown(template: str, edition: ReferenceEdition, **values: Any) -> str:
    """A page that shows `edition`, with the statement of where it came from when it is a bundled one."""
    statement = STATEMENTS[edition.kind] if edition.is_bundled else None
    told = (statement.text_en if is_english() else statement.text) if statement else None
    return render_template(template, edition=edition, statement=told, **values)


def _in_force(kind: ListKind) -> ReferenceEdition:
    return found(models.edition_in_force(kind, local_day(g.now)))


def _departments() -> dict[str, str]:
    """The English names of the departments by their Chinese ones; a list may name one as it was called before."""
    return {name: named.name_en for name, named in names_ever_held().items()}


def searched(query: str, edition: ReferenceEdition) -> tuple[list[Found] | None, str | None]:
    """The hits, or the sentence why this cannot be searched for."""
    try:
        return search(query, edition), None
    except RuleBroken as refusal:
        return None, sentence(refusal)


@bp.get("")
def show_catalogue() -> ResponseReturnValue:
    """The catalogue as a tree, or what a search in it finds."""
    edition = _in_force(ListKind.CATALOGUE)
    query = request.args.get("q", "").strip()
    if "q" not in request.args:
        return _shown(
            "catalogue/show_catalogue.html", edition, query="", nodes=models.tree(edition), hits=None, error=None
        )
    hits, error = searched(query, edition)
    nodes = () if hits is not None else models.tree(edition)
    page = _shown("catalogue/show_catalogue.html", edition, query=query, nodes=nodes, hits=hits, error=error)
    return page, 422 if error else 200


@bp.get("/negative-list")
def show_negative_list() -> ResponseReturnValue:
    """What may not be bought: the categories with their examples and keywords."""
    edition = _in_force(ListKind.NEGATIVE_LIST)
    rows = models.negative_list(edition)
    groups = [(row, [other for other in rows if other.parent_id == row.id]) for row in rows if row.parent_id is None]
    return _shown("catalogue/show_negative_list.html", edition, groups=groups)


@bp.get("/functions")
def show_functions() -> ResponseReturnValue:
    """The functions that may be transferred, each with its mode and the item it is bought under."""
    edition = _in_force(ListKind.FUNCTIONS)
    entries = models.entries_of(_in_force(ListKind.CATALOGUE))
    return _shown(
        "catalogue/show_functions.html",
        edition,
        functions=models.functions(edition),
        carried=transfers_of_functions(),
        entries={entry.code: entry for entry in entries},
        departments=_departments(),
        may_import=access.can(acting_user(), Deed.FUNCTIONS_IMPORT, None),
    )


@bp.get("/powers")
def show_powers() -> ResponseReturnValue:
    """The departments' powers: what each is responsible for; a plan names the row it rests on (NEG-1)."""
    edition = _in_force(ListKind.POWERS)
    may_import = access.can(acting_user(), Deed.POWERS_IMPORT, None)
    groups: dict[str, list[Power]] = {}
    for power in powers_of(edition):
        groups.setdefault(power.department_name, []).append(power)
    return _shown(
        "catalogue/show_powers.html", edition, groups=groups, departments=_departments(), may_import=may_import
    )


@bp.get("/communities")
def show_communities() -> ResponseReturnValue:
    """The communities of the city."""
    return _shown(
        "catalogue/show_communities.html",
        _in_force(ListKind.COMMUNITIES),
        communities=community_register.communities(),
    )


# As many organisations are named on the page of an entry; the directory has them all.
_NAMED = 20


@bp.get("/<string(maxlength=12):code>")
def show_entry(code: str) -> ResponseReturnValue:
    """One entry: what it says, what stands above and below it, its codes through the editions, and what was made of it.

    An entry that was moved is found under each of its codes; one that was retired is shown as it stood last.
    """
    day = local_day(g.now)
    history = [row for row in models.history_of(ListKind.CATALOGUE, code) if isinstance(row, CatalogueEntry)]
    in_force = _in_force(ListKind.CATALOGUE)
    begun = [row for row in history if row.edition.in_force_on and row.edition.in_force_on <= day]
    entry = found(next(reversed(begun or history), None))
    family = models.family_of(entry.code, entry.edition)
    codes = list(dict.fromkeys(row.code for row in history))
    carried = carried_under(row.id for row in history)
    listed = listed_for(codes, _NAMED + 1)
    return _shown(
        "catalogue/show_entry.html",
        entry.edition,
        entry=entry,
        in_force=in_force,
        has_begun=bool(begun),
        barred=barring_row(entry.code, models.negative_list_in_force(day)),
        history=history,
        above=[member for member in family if member.level < entry.level],
        below=[member for member in family if member.level > entry.level],
        functions=models.functions_under(codes, day),
        departments=_departments(),
        carried=carried,
        agreed=sum((row.whole_price for row in carried), Money(0)),
        paid=sum(spent_on(row.chain_key for row in carried if row.reference).values(), Money(0)),
        listed=listed[:_NAMED],
        more_listed=len(listed) > _NAMED,
    )
