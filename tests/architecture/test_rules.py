"""Rules cite, rules are pure, and the numbers of the law are rows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from procurement.statute import limits
from procurement.statute.clauses import ByMode, Named
from tests.architecture.building import SOURCE, below_the_web, modules, report, tree_of

TEMPLATES = SOURCE.parent / "templates"
RULES = [path for path in below_the_web() if path.name == "rules.py"]

# Numbers that need no row: nothing, one, and the whole in points or percent.
PLAIN = {0, 1, 100, -1}

# What else may stand in a rule, where, and why.
WITH_A_REASON = {
    ("transfers/rules.py", 12): "the months of a year are no number of the law",
    ("registers/credit/rules.py", 12): "the same",
    ("transfers/conference/rules.py", 3): "the table counts the quorum in thirds of a whole",
    ("steps/competition/rules.py", 2): "an odd panel is one that two does not divide",
    ("steps/announcement/rules.py", 9): "the hour a form proposes: a default that the officer may change",
    ("steps/announcement/rules.py", 30): "the minute of it",
    ("steps/agreement/rules.py", 9): "the hour at which the demonstration's clock looks at a due day",
    ("steps/performance/rules.py", 9): "the same",
    ("steps/preliminaries/rules.py", 9): "the same: the morning on which the demonstration's clock looks at a day",
    ("registers/catalogue/rules.py", 8): "how many lists' patterns are kept in memory",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def numbers_in(path: Path) -> list[tuple[int, object]]:
    """The literal numbers of a file and their lines."""
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    ]


def test_there_are_rules_to_inspect() -> None:
    assert len(RULES) >= 8


def test_no_number_of_the_law_is_a_literal() -> None:
    offenders = [
        f"{name_of(path)}:{line}: {number}"
        for path in RULES
        for line, number in numbers_in(path)
        if number not in PLAIN and (name_of(path), number) not in WITH_A_REASON
    ]
    assert offenders == [], report(
        offenders, "put it into statute/data/clauses.csv with its article, or give a reason here:"
    )


def test_every_reason_is_still_needed() -> None:
    used = {(name_of(path), number) for path in RULES for _, number in numbers_in(path)}
    assert set(WITH_A_REASON) - used == set()


def public_functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in tree_of(path).body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


# Refusals that state a plain fact of the matter: no article is behind them, and no field of a form is at fault.
UNCITED = {
    "您不是交接的任何一方，不能签认。",
}


def test_a_refusal_has_a_source_or_a_field_to_mend() -> None:
    # A rule of the law names its article; what only completes a form names its field.
    offenders = []
    for path in RULES:
        for call in (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id in {"RuleBroken", "OutOfTime"}:
                named = {key.arg for key in call.keywords}
                texts = {node.value for node in ast.walk(call) if isinstance(node, ast.Constant)}
                if not named & {"article", "field", None} and not texts & UNCITED:
                    offenders.append(f"{name_of(path)}:{call.lineno}: {ast.unparse(call)[:90]}")
    assert offenders == [], report(offenders, "a refusal without a source (architecture 7.10):")


def test_an_ensure_refuses_and_returns_nothing_or_what_it_found() -> None:
    offenders = []
    for path in RULES:
        for function in public_functions(path):
            if function.name.startswith("ensure_"):
                raises = any(isinstance(node, ast.Raise) for node in ast.walk(function))
                asks = any(
                    isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1].startswith(("ensure_", "_"))
                    for node in ast.walk(function)
                )
                if not (raises or asks):
                    offenders.append(f"{name_of(path)}:{function.lineno} {function.name}")
    assert offenders == [], report(offenders, "an ensure_ that never refuses:")


def test_every_rule_says_what_it_is_for() -> None:
    offenders = [
        f"{name_of(path)}:{function.lineno} {function.name}"
        for path in RULES
        for function in public_functions(path)
        if not ast.get_docstring(function)
    ]
    assert offenders == []


def test_rules_touch_neither_session_nor_clock() -> None:
    banned = {"db", "session", "flask", "sqlalchemy", "open"}
    offenders = []
    for path in RULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Name) and node.id in banned:
                offenders.append(f"{name_of(path)}:{node.lineno}: {node.id}")
            if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}:
                offenders.append(f"{name_of(path)}:{node.lineno}: .{node.attr}")
    assert offenders == [], report(offenders, "rules are pure:")


def test_every_clause_that_is_named_is_asked_for() -> None:
    # A name reads as "this is enforced": what no rule asks for yet stays a row of the table.
    asked = {
        node.attr
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "limits"
    }
    asked |= {
        name for page in TEMPLATES.rglob("*.html") for name in re.findall(r"limits\.([A-Z_]+)", page.read_text("utf-8"))
    }
    named = {name for name, value in vars(limits).items() if isinstance(value, Named | ByMode)}
    assert len(named) > 40
    assert named - asked == set()


@pytest.mark.parametrize("floor", ["statute", "transfers", "steps", "registers"])
def test_every_clause_is_asked_for_on_a_day(floor: str) -> None:
    offenders = []
    for path in modules(floor):
        source = path.read_text("utf-8")
        for name, value in vars(limits).items():
            if isinstance(value, Named | ByMode) and (
                f"limits.{name}.amount" in source or f"limits.{name}.article" in source
            ):
                offenders.append(f"{name_of(path)}: limits.{name}")
    assert offenders == [], report(offenders, "a clause has editions: ask it .on(day)")
