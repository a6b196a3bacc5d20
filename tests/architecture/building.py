"""What the inspections look at: the source of the building as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from procurement.registers.access import Deed

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "procurement"

BY_FUNCTION = {deed.function_name: deed for deed in Deed}


@dataclass(frozen=True)
class Function:
    """A function of a module, and where it stands."""

    path: Path
    node: ast.FunctionDef

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name

    @property
    def where(self) -> str:
        """`procurement/steps/competition/operations/bidding.py:35 submit_bid`."""
        return f"{self.path.relative_to(ROOT)}:{self.node.lineno} {self.name}"


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file, parsed once."""
    return ast.parse(path.read_text("utf-8"), str(path))


def modules(*floors: str) -> Iterator[Path]:
    """The files of these floors, or of the whole building."""
    for floor in floors or ("",):
        yield from sorted((SOURCE / floor).rglob("*.py"))


def below_the_web() -> Iterator[Path]:
    """The files of every floor but the web's."""
    for path in modules():
        if path.relative_to(SOURCE).parts[0] != "web":
            yield path


def operations() -> list[Function]:
    """Every function below the web floor that has the name of a deed."""
    return [
        Function(path, node)
        for path in below_the_web()
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef) and node.name in BY_FUNCTION
    ]


def body_of(function: Function) -> list[ast.stmt]:
    """Its statements, the docstring left out."""
    statements = function.node.body
    return statements[1:] if ast.get_docstring(function.node) is not None else statements


def call_of(statement: ast.stmt, name: str) -> ast.Call | None:
    """The call of `name` that is the whole statement; None for anything else."""
    if (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and ast.unparse(statement.value.func) == name
    ):
        return statement.value
    return None


def report(offenders: list[str], advice: str) -> str:
    """All offenders at once, with what to do."""
    return "\n".join([advice, *offenders])
