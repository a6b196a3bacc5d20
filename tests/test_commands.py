"""The two commands as a newcomer's machine meets them: any folder, any Python, twice in a row."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from procurement.config import ROOT

MANAGE = ROOT / "manage.py"
LOCKS = ("requirements.txt", "requirements-test.txt", "requirements-dev.txt")
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(\[[a-z,]+\])?==(\S+)")


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    return {found[1]: found[3] for line in lines if (found := PINNED.match(line))}


# ── the locks ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_versions_hashes_and_markers_and_nothing_else(lock: str) -> None:
    allowed = re.compile(r"^([a-z0-9._-]+(\[[a-z,]+\])?==[^\s;]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?)$")
    others = [line for line in (ROOT / lock).read_text("utf-8").splitlines() if not allowed.match(line)]
    assert not others


@pytest.mark.parametrize(("smaller", "larger"), [LOCKS[:2], LOCKS[1:]])
def test_each_lock_contains_the_one_before_at_the_same_versions(smaller: str, larger: str) -> None:
    assert pins(smaller).items() <= pins(larger).items()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_asked_for_is_pinned_and_locked_at_that_version(lock: str) -> None:
    asked = (ROOT / lock).with_suffix(".in").read_text("utf-8").splitlines()
    for line in asked:
        if line and not line.startswith(("#", "-r ")):
            found = PINNED.match(line)
            assert found, f"{lock}: {line} has no version"
            assert pins(lock)[found[1]] == found[3]


# ── manage.py ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_manage_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(MANAGE.read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_an_old_python_gets_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    ast.parse(MANAGE.read_text("utf-8"), feature_version=(3, 8))
    shutil.copy(MANAGE, tmp_path)
    pretend = "import runpy, sys; sys.version_info = (3, 8, 18); sys.argv = ['manage.py', 'run'];"
    done = run("-c", f"{pretend} runpy.run_path('manage.py', run_name='__main__')", cwd=tmp_path)
    assert done.returncode == 2
    assert "接力需要 Python 3.11 或更新的版本，这里是 3.8.18" in done.stderr
    assert "Jieli needs Python 3.11 or newer; this is 3.8.18" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_python_without_venv_gets_a_sentence_that_names_the_package(tmp_path: Path) -> None:
    for name in ("manage.py", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    pretend = "import runpy, sys; sys.modules['ensurepip'] = None; sys.argv = ['manage.py', 'run'];"
    done = run("-c", f"{pretend} runpy.run_path('manage.py', run_name='__main__')", cwd=tmp_path)
    assert done.returncode == 2
    assert "sudo apt install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("word", "code"), [("", 0), ("help", 0), ("--help", 0), ("walk", 2)])
def test_without_a_command_it_says_what_there_is_from_any_folder(tmp_path: Path, word: str, code: int) -> None:
    done = run(MANAGE, *[word for word in [word] if word], cwd=tmp_path)
    assert done.returncode == code
    for command in ("run", "test", "check", "bench", "flask"):
        assert f"manage.py {command}" in done.stdout


def test_an_environment_is_made_once_and_again_only_when_the_lock_changes(tmp_path: Path) -> None:
    shutil.copy(MANAGE, tmp_path)
    lock, stamp = tmp_path / "requirements.txt", tmp_path / ".venv" / "stamps" / "requirements.txt"
    lock.write_text("# nothing yet\n")
    first = run(tmp_path / "manage.py", "flask", "--version")
    assert "创建 Python 环境 · making the Python environment" in first.stdout
    assert "安装依赖 requirements.txt · installing the pinned packages" in first.stdout
    assert stamp.read_text("utf-8").startswith(hashlib.sha256(lock.read_bytes()).hexdigest())

    assert run(tmp_path / "manage.py", "flask", "--version").stdout == ""

    lock.write_text("# still nothing\n")
    third = run(tmp_path / "manage.py", "flask", "--version")
    assert "创建" not in third.stdout
    assert "安装依赖 requirements.txt" in third.stdout

    # An interrupted set-up leaves a Python without pip: the environment is made anew.
    for pip in (tmp_path / ".venv").glob("lib/python*/site-packages/pip"):
        shutil.rmtree(pip)
    stamp.unlink()
    assert "创建 Python 环境" in run(tmp_path / "manage.py", "flask", "--version").stdout


def test_a_package_that_cannot_be_installed_ends_with_a_sentence_and_no_stamp(tmp_path: Path) -> None:
    shutil.copy(MANAGE, tmp_path)
    (tmp_path / "requirements.txt").write_text("a-lock-without-hashes==1.0\n")
    done = run(tmp_path / "manage.py", "run")
    assert done.returncode == 2
    assert "没能安装依赖" in done.stderr
    assert "hash" in done.stderr
    assert not list((tmp_path / ".venv" / "stamps").iterdir())
