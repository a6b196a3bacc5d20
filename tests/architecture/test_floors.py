"""The floors: nothing is imported upwards, no room looks forward, and only the web knows Flask."""

from __future__ import annotations

import ast
import tomllib

import pytest
from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

from tests.architecture.building import ROOT, SOURCE, below_the_web, modules, report, tree_of

CONTRACTS = {
    "Floors",
    "A later room may look back, an earlier one never forward",
    "Inside each room",
    "Rules are pure",
}


def test_the_contracts_are_written_down() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    assert {contract["name"] for contract in told["contracts"]} >= CONTRACTS
    assert told["include_external_packages"] is True


def test_the_contracts_are_kept(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    configure()
    # In this process, so that the suite alone shows it; no cache is left in the tree.
    kept = lint_imports(config_filename="pyproject.toml", cache_dir=None)
    said = capsys.readouterr().out
    assert kept, said
    assert "0 broken" in said


def test_below_the_web_floor_nobody_translates_or_knows_a_request() -> None:
    banned = ("flask", "flask_babel", "flask_login", "flask_wtf", "wtforms", "werkzeug", "jinja2")
    allowed = {("foundation/database.py", "flask_sqlalchemy")}
    offenders = []
    for path in below_the_web():
        for node in ast.walk(tree_of(path)):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in names:
                if name.split(".")[0] in banned and (str(path.relative_to(SOURCE)), name) not in allowed:
                    offenders.append(f"{path.relative_to(SOURCE)}:{node.lineno}: {name}")
    assert offenders == [], report(offenders, "only the web floor knows Flask:")


def test_imports_are_absolute() -> None:
    offenders = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert offenders == []


def test_no_folder_is_a_cupboard() -> None:
    banned = {"utils", "helpers", "services", "managers", "common", "base", "util", "helper", "misc"}
    offenders = [
        str(path.relative_to(SOURCE)) for path in modules() if banned & {*path.parts[len(SOURCE.parts) :], path.stem}
    ]
    assert offenders == [], report(offenders, "name it after what it is for:")


def test_every_module_says_what_it_is_for() -> None:
    offenders = [
        str(path.relative_to(SOURCE))
        for path in modules()
        if path.read_text("utf-8").strip() and not ast.get_docstring(tree_of(path))
    ]
    assert offenders == []


def test_only_the_clock_looks_at_the_wall() -> None:
    banned = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time"}
    offenders = [
        f"{path.relative_to(SOURCE)}:{node.lineno}: {ast.unparse(node)}"
        for path in modules()
        if path != SOURCE / "foundation" / "clock.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in banned
    ]
    assert offenders == [], report(offenders, "time is an argument:")


def test_only_few_places_commit() -> None:
    # writing(), the short transaction of its own; perform(), leave_refusal() and a recorded reading (registers/deeds.py);
    # and what makes an instance before anybody can do a deed.
    allowed = {"foundation/database.py", "registers/deeds.py", "web/preparation.py"}
    found = {
        str(path.relative_to(SOURCE))
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "db.session.commit"
    }
    assert found == allowed
