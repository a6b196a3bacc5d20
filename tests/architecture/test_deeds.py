"""A word without a deed, a deed without a word: policy, operation and page of every deed."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from procurement.foundation.labels import Labelled
from procurement.registers.access import POLICY, Anyone, Appointed, Deed, Scope
from procurement.registers.people import Role
from tests.architecture.building import SOURCE, modules, operations, report, tree_of

# Readings are deeds without an operation: a page requires them, and records those that must be known.
READINGS = {deed for deed in Deed if deed.verb == "read"} - {Deed.NOTICES_READ}

# What only tick does.
BY_THE_SYSTEM = {deed for deed, holders in POLICY.items() if set(holders) == {Anyone.SYSTEM}}

# What exists on a demonstration only; its routes are on no other instance.
DEMONSTRATION = {Deed.CLOCK_ADVANCE, Deed.IDENTITY_ASSUME, Deed.DEMONSTRATION_RESET}

# Pages whose endpoint has another name than the deed's function, and why.
OTHER_NAMES = {
    Deed.REVIEW_READ: "competition.read_competition",  # one page for opening, review and award
    Deed.AUDIT_READ: "oversight.",  # the auditor's several pages
}


def test_every_deed_has_a_policy_and_no_policy_is_of_nobody() -> None:
    offenders = [deed.value for deed in Deed if not POLICY.get(deed)]
    assert offenders == [], report(offenders, "say in POLICY who may do it, or take the deed away:")


def test_a_policy_is_written_in_its_own_words() -> None:
    for deed, holders in POLICY.items():
        for key, scope in holders.items():
            assert isinstance(key, (Role, Appointed, Anyone)), deed
            assert isinstance(scope, Scope), deed


def test_every_deed_has_an_operation_or_is_a_reading() -> None:
    done = {function.name for function in operations()}
    offenders = [deed.value for deed in Deed if deed.function_name not in done and deed not in READINGS]
    assert offenders == [], report(offenders, "a deed that nothing does:")


def test_a_deed_is_spelled_as_noun_and_verb_and_no_two_share_a_function() -> None:
    for deed in Deed:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*:[a-z]+", deed.value), deed
        assert deed.name == f"{deed.noun}_{deed.verb}".replace("-", "_").upper(), deed
    assert len({deed.function_name for deed in Deed}) == len(Deed)


def test_every_deed_has_a_label_that_is_its_own() -> None:
    labels = [deed.label for deed in Deed]
    assert len(set(labels)) == len(labels)
    for deed in Deed:
        assert re.search("[\u4e00-\u9fff]", deed.label), deed


def test_no_word_for_what_people_do_is_vague() -> None:
    vague = {"process", "handle", "manage", "update", "set", "do", "perform", "execute"}
    assert [deed.value for deed in Deed if deed.verb in vague] == []


def used_deeds() -> Iterator[tuple[str, str]]:
    """Every `Deed.NAME` in the source, and the file it stands in."""
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Deed":
                yield node.attr, str(path.relative_to(SOURCE))


def test_every_deed_that_is_named_exists_and_every_one_is_used() -> None:
    used = set(used_deeds())
    assert {name for name, _ in used} <= {deed.name for deed in Deed} | {"function_name"}
    outside = {name for name, path in used if path != "registers/access.py"}
    dead = [deed.value for deed in Deed if deed.name not in outside]
    assert dead == [], report(dead, "a deed that nothing but its table names:")


@pytest.mark.sqlite_only
def test_every_deed_has_a_page(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    names = {endpoint.split(".")[-1] for endpoint in endpoints}
    offenders = []
    for deed in Deed:
        if deed in BY_THE_SYSTEM | DEMONSTRATION:
            continue
        elsewhere = OTHER_NAMES.get(deed)
        found = (
            any(endpoint.startswith(elsewhere) for endpoint in endpoints) if elsewhere else deed.function_name in names
        )
        if not found:
            offenders.append(f"{deed.value}: no endpoint is named {deed.function_name}")
    assert offenders == [], report(offenders, "a deed that nobody can do in a browser:")


@pytest.mark.sqlite_only
def test_what_exists_on_a_demonstration_only_has_no_route_on_a_real_instance(app: Flask) -> None:
    names = {rule.endpoint.split(".")[-1] for rule in app.url_map.iter_rules()}
    assert not names & {deed.function_name for deed in DEMONSTRATION}
    assert not [rule.rule for rule in app.url_map.iter_rules() if "demonstration" in rule.endpoint]


@pytest.mark.sqlite_only
def test_a_deed_that_writes_is_answered_to_a_post(app: Flask) -> None:
    writing = {deed.function_name for deed in Deed if deed not in READINGS}
    offenders = []
    for rule in app.url_map.iter_rules():
        name = rule.endpoint.split(".")[-1]
        if name in writing and "POST" not in (rule.methods or set()):
            offenders.append(f"{rule.endpoint}: {sorted(rule.methods or set())}")
    assert offenders == [], report(offenders, "a deed is done by POST:")


def test_every_enumeration_carries_a_label_for_each_value() -> None:
    kinds = list(subclasses(Labelled))
    assert len(kinds) > 10
    for kind in kinds:
        for member in kind:
            assert member.label, f"{inspect.getmodule(kind)} {member!r}"


def subclasses(kind: type[Labelled]) -> Iterator[type[Labelled]]:
    for below in kind.__subclasses__():
        yield below
        yield from subclasses(below)
