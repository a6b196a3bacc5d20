"""The methods by which an undertaker is chosen, in one table: what each asks for, and how its bidders are found.

A purchase has five. Every other mode of transfer calls in public for whoever wishes to undertake, on the city's own
numbers, whatever its plan says: `rules_of` decides which row holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from procurement.foundation.labels import word
from procurement.foundation.money import Money
from procurement.statute import limits
from procurement.statute.clauses import ByMode, Clause, Named, OfAMode
from procurement.transfers.models import Method

Asked = Named | ByMode[Named]


@dataclass(frozen=True, slots=True)
class Talks:
    """What the talks of a method are called, in which bidders are met before they make their final offers, and what binds them: provisions."""

    name: str
    meetings: Named
    terms: Named
    final_offers: Named
    leaving: Named
    secrecy: Named


@dataclass(frozen=True, slots=True)
class MethodRules:
    """What one method asks for, each number as a clause.

    `period` and `documents` are floors from the publication to the deadline, `change` from a material change; `panel_large` binds from a budget of `large`
    on; `price_most` is None where the law knows no greatest weight. `found` and `award` say in a sentence how bidders are
    found and who is awarded.
    """

    found: str
    award: str
    period: Asked
    change: Asked
    documents: ByMode[None] | None
    least: Asked
    panel: Asked
    panel_large: Asked
    large: Named
    price_least: Asked
    price_most: Asked | None
    # Whether the price alone decides among those that meet every requirement; the panel then gives no points.
    is_by_price: bool = False
    # Only where bidders are met one by one, terms may still change, and the final offer decides; None where the bid is final.
    talks: Talks | None = None


_PUBLIC = word("公开发布公告，符合条件的都可以参加")
_SCORED = word("综合评分最高的成交")

METHODS: Mapping[Method, MethodRules] = {
    Method.OPEN_TENDER: MethodRules(
        found=_PUBLIC,
        award=_SCORED,
        period=limits.TENDER_PERIOD,
        change=limits.CHANGE_TENDER,
        documents=limits.DOCUMENTS_PERIOD,
        least=limits.LEAST_BIDDERS,
        panel=limits.TENDER_PANEL,
        panel_large=limits.TENDER_PANEL_LARGE,
        large=limits.LARGE_BUDGET,
        price_least=limits.TENDER_PRICE_WEIGHT_LEAST,
        price_most=None,
    ),
    Method.CONSULTATION: MethodRules(
        found=_PUBLIC,
        award=_SCORED,
        period=limits.CONSULTATION_PERIOD,
        change=limits.CHANGE_CONSULTATION,
        documents=limits.DOCUMENTS_PERIOD,
        least=limits.CONSULTATION_LEAST_BIDDERS,
        panel=limits.CONSULTATION_PANEL,
        panel_large=limits.CONSULTATION_PANEL,
        large=limits.LARGE_BUDGET,
        price_least=limits.CONSULTATION_PRICE_WEIGHT_LEAST,
        price_most=limits.CONSULTATION_PRICE_WEIGHT_MOST,
        talks=Talks(
            word("磋商"),
            limits.CONSULTATION_MEETINGS,
            limits.CONSULTATION_TERMS,
            limits.CONSULTATION_FINAL_OFFERS,
            limits.CONSULTATION_LEAVING,
            limits.CONSULTATION_SECRECY,
        ),
    ),
    Method.NEGOTIATION: MethodRules(
        found=word("发布公告，也可以由采购人和专家书面推荐"),
        award=word("满足全部要求、报价最低的成交，不打分"),
        period=limits.NEGOTIATION_PERIOD,
        change=limits.CHANGE_NEGOTIATION,
        documents=None,
        least=limits.NEGOTIATION_LEAST_BIDDERS,
        panel=limits.NEGOTIATION_PANEL,
        panel_large=limits.NEGOTIATION_PANEL_LARGE,
        large=limits.TENDER_THRESHOLD,
        price_least=limits.NEGOTIATION_LOWEST_PRICE,
        price_most=limits.NEGOTIATION_LOWEST_PRICE,
        is_by_price=True,
        talks=Talks(
            word("谈判"),
            limits.NEGOTIATION_MEETINGS,
            limits.NEGOTIATION_TERMS,
            limits.NEGOTIATION_FINAL_OFFERS,
            limits.NEGOTIATION_LEAVING,
            limits.NEGOTIATION_SECRECY,
        ),
    ),
    Method.SINGLE_SOURCE: MethodRules(
        found=word("指定一家，理由先公示"),
        award=word("满足要求、价格合理的成交，不打分"),
        period=limits.SINGLE_SOURCE_PERIOD,
        change=limits.SINGLE_SOURCE_PERIOD,
        documents=None,
        least=limits.SINGLE_SOURCE_BIDDERS,
        panel=limits.SINGLE_SOURCE_PANEL,
        panel_large=limits.SINGLE_SOURCE_PANEL,
        large=limits.TENDER_THRESHOLD,
        price_least=limits.SINGLE_SOURCE_PRICE,
        price_most=limits.SINGLE_SOURCE_PRICE,
        is_by_price=True,
        talks=Talks(
            word("协商"),
            limits.SINGLE_SOURCE_TALKS,
            limits.SINGLE_SOURCE_TALKS,
            limits.SINGLE_SOURCE_TALKS,
            limits.SINGLE_SOURCE_TALKS,
            limits.NEGOTIATION_SECRECY,
        ),
    ),
    Method.SELECTION: MethodRules(
        found=_PUBLIC,
        award=_SCORED,
        period=limits.SELECTION_PERIOD,
        change=limits.SELECTION_PERIOD,
        documents=None,
        least=limits.SELECTION_LEAST_BIDDERS,
        panel=limits.SELECTION_PANEL,
        panel_large=limits.SELECTION_PANEL,
        large=limits.TENDER_THRESHOLD,
        price_least=limits.SELECTION_PRICE_WEIGHT_LEAST,
        price_most=limits.SELECTION_PRICE_WEIGHT_MOST,
    ),
}

# What a transfer that is no purchase may say of its method; either means a call in public.
OF_OTHER_MODES = (Method.OPEN_TENDER, Method.CONSULTATION)


def methods_of(mode: OfAMode) -> tuple[Method, ...]:
    """The methods a plan of this mode may choose from."""
    return tuple(Method) if mode.is_purchase else OF_OTHER_MODES


def rules_of(method: Method, mode: OfAMode) -> MethodRules:
    """What binds a transfer of this mode under `method`; where nothing is bought, one row for every method."""
    return METHODS[method if mode.is_purchase else Method.CONSULTATION]


# How whoever undertakes is found where nothing is bought: no method of procurement, whatever the plan says.
IN_PUBLIC = word("公开征集、竞争择优")


def name_of(method: Method, mode: OfAMode) -> str:
    """What the way of choosing is called, everywhere that it is told: a method of procurement for a purchase alone."""
    return method.label if mode.is_purchase else IN_PUBLIC


def talks_of(method: Method, mode: OfAMode) -> Talks | None:
    """What binds the talks under `method`; None where there are none: in a tender, a comparison, and where nothing is bought."""
    return METHODS[method].talks if mode.is_purchase else None


def clause(asked: Asked, mode: OfAMode, day: date) -> Clause:
    """The clause of a number in force on `day`."""
    return (asked.of(mode) if isinstance(asked, ByMode) else asked).on(day)


def documents_clause(method: Method, mode: OfAMode, day: date) -> Clause | None:
    """How long the documents must be had; None where they are had as long as the call is open, and no longer is asked."""
    asked = rules_of(method, mode).documents
    named = asked.of(mode) if asked is not None else None
    return named.on(day) if named is not None else None


def panel_clause(method: Method, mode: OfAMode, budget: Money, day: date) -> Clause:
    """The least size of the panel for this budget."""
    rules = rules_of(method, mode)
    is_large = budget >= rules.large.on(day).money()
    return clause(rules.panel_large if is_large else rules.panel, mode, day)


@dataclass(frozen=True, slots=True)
class Explained:
    """One method as a plan's form explains it: its numbers on a day."""

    method: Method
    rules: MethodRules
    period: Clause
    documents: Clause | None
    least: Clause
    panel: Clause
    price_least: Clause
    price_most: Clause | None


def explained(mode: OfAMode, day: date) -> list[Explained]:
    """Every method of a purchase with its numbers; of another mode the one call that stands for all."""
    return [
        Explained(
            method,
            rules := rules_of(method, mode),
            clause(rules.period, mode, day),
            documents_clause(method, mode, day),
            clause(rules.least, mode, day),
            clause(rules.panel, mode, day),
            clause(rules.price_least, mode, day),
            clause(rules.price_most, mode, day) if rules.price_most is not None else None,
        )
        for method in (Method if mode.is_purchase else OF_OTHER_MODES[:1])
    ]
