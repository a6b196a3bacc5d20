"""The two commands, and a few more: prepare the environment, then run, test, check, bench or ask flask.

Only the standard library, and only syntax that Python 3.8 reads, so that an old Python gets a sentence.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)
RUN, TEST = "requirements.txt", "requirements-test.txt"

USAGE = """\
接力 · Jieli

  python3 manage.py run [--lan] [--port N]   准备一切并启动 · prepare everything and serve
  python3 manage.py test [pytest …]          静态检查与全部测试 · static checks and the whole suite
  python3 manage.py check                    只做静态检查 · the static checks alone
  python3 manage.py bench [name …]           性能比较 · the measured comparisons
  python3 manage.py flask …                  运维命令 · the operator's command line
"""

LINT_IMPORTS = "from importlinter.cli import lint_imports_command as check; check()"
CHECKS = (
    ("代码规则", "code rules", ["-m", "ruff", "check", "."]),
    ("代码格式", "code format", ["-m", "ruff", "format", "--check", "."]),
    ("类型", "types", ["-m", "mypy"]),
    ("层次", "import contracts", ["-c", LINT_IMPORTS]),
    ("安全", "security", ["-m", "bandit", "-q", "-c", "pyproject.toml", "-r", "procurement", "app.py"]),
    ("模板", "templates", ["-m", "djlint", "--lint", "--quiet", "templates"]),
)


def say(chinese: str, english: str) -> None:
    """One line in both languages, at once."""
    print(f"{chinese} · {english}", flush=True)


def stop(chinese: str, english: str) -> NoReturn:
    """Say why it cannot go on, and end with code 2."""
    print(f"{chinese}\n{english}", file=sys.stderr, flush=True)
    raise SystemExit(2)


def wait_for(process: subprocess.Popen[bytes], chinese: str, english: str) -> int:
    """Wait for `process`, saying what is being done and for how long; returns its exit code."""
    began, shown, on_terminal = time.monotonic(), 0, sys.stdout.isatty()
    print(f"{chinese} · {english} …", end="" if on_terminal else "\n", flush=True)
    while True:
        try:
            code = process.wait(timeout=1)
            break
        except subprocess.TimeoutExpired:
            seconds = int(time.monotonic() - began)
            if on_terminal:
                print(f"\r{chinese} · {english} … {seconds} s", end="", flush=True)
            elif seconds >= shown + 10:
                shown = seconds
                print(f"  … {seconds} s", flush=True)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    took, result = time.monotonic() - began, "✗" if code else "✓"
    again = f"\r{chinese} · {english}" if on_terminal else " "
    print(f"{again} {result} {took:.1f} s", flush=True)
    return code


def quietly(command: Sequence[str], chinese: str, english: str) -> bool:
    """Run `command` with its output kept back; shows the end of it where it fails."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(list(command), cwd=str(ROOT), stdout=output, stderr=subprocess.STDOUT)
        if wait_for(process, chinese, english) == 0:
            return True
        output.seek(0)
        lines = output.read().decode("utf-8", "replace").strip().splitlines()
    print("\n".join(lines[-15:]), file=sys.stderr, flush=True)
    return False


def make_environment() -> None:
    """A fresh `.venv`; one sentence where Python came without what it takes."""
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        stop(
            "这个 Python 缺少 venv 模块。请先安装：sudo apt install python3-venv（其他系统请安装完整的 Python）。",
            "This Python lacks its venv module: sudo apt install python3-venv (elsewhere, install a complete Python).",
        )
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if not quietly(command, "创建 Python 环境", "making the Python environment"):
        stop("没能创建 .venv，原因见上。", "Could not make .venv; the reason stands above.")


def is_usable() -> bool:
    """Whether `.venv` has a Python that runs and a pip in it: an interrupted set-up leaves neither."""
    if not PYTHON.exists():
        return False
    probe = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    return subprocess.call([str(PYTHON), "-c", probe], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def stamp_of(lock: str) -> str:
    """What an installation of `lock` depends on: its bytes, and the Python behind the environment."""
    digest = hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    return f"{digest} {os.path.realpath(str(PYTHON))}"


def install(lock: str) -> None:
    """Install `lock` unless just that is installed already."""
    stamps = VENV / "stamps"
    if PYTHON.exists() and (stamps / lock).exists() and (stamps / lock).read_text("utf-8") == stamp_of(lock):
        return
    if not is_usable():
        make_environment()
    # Both stamps go first: this lock may replace what the other had put there.
    stamps.mkdir(exist_ok=True)
    for stamp in stamps.iterdir():
        stamp.unlink()
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--require-hashes", "--only-binary=:all:", "-r", lock]
    if not quietly(command, f"安装依赖 {lock}", "installing the pinned packages"):
        stop(
            "没能安装依赖，原因见上。请检查网络或 pip 的镜像设置（pip config list），再运行一次。",
            "The packages could not be installed; the reason stands above. Check network or mirror, run again.",
        )
    # The test lock contains the run lock, at the same versions.
    for done in (RUN, TEST) if lock == TEST else (RUN,):
        (stamps / done).write_text(stamp_of(done), "utf-8")


def environment() -> dict[str, str]:
    """The child's environment: this one, reading and writing UTF-8 whatever the terminal's locale is."""
    return dict(os.environ, PYTHONUTF8="1")


def python(arguments: Sequence[str]) -> int:
    """Run the environment's Python in the project's folder; returns the exit code."""
    process = subprocess.Popen([str(PYTHON), *arguments], cwd=str(ROOT), env=environment())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal tells the child as well; it ends in its own way.
            continue
        except SystemExit:
            process.terminate()
            process.wait()
            raise


def become(arguments: Sequence[str]) -> int:
    """Hand this process over, so that signals reach the server itself."""
    install(RUN)
    if os.name != "nt":
        os.chdir(str(ROOT))
        sys.stdout.flush()
        os.execve(str(PYTHON), [str(PYTHON), *arguments], environment())
    return python(arguments)


def check() -> int:
    """Run every static check; returns the code of the first that failed, 0 where none did."""
    install(TEST)
    first = 0
    for chinese, english, command in CHECKS:
        began = time.monotonic()
        whole = [str(PYTHON), *command]
        done = subprocess.run(whole, cwd=str(ROOT), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        code, seconds = done.returncode, time.monotonic() - began
        print(f"{'✗' if code else '✓'} {chinese} · {english} {seconds:.1f} s", flush=True)
        if code:
            print(done.stdout.decode("utf-8", "replace").rstrip(), flush=True)
        first = first or code
    return first


def test(arguments: list[str]) -> int:
    """The static checks, then the suite on both databases; pytest's own summary comes last."""
    checked = check()
    say("测试", "the suite")
    chosen = [] if any(word.startswith(("-n", "--numprocesses")) for word in arguments) else ["-n", "auto"]
    tested = python(["-m", "pytest", *chosen, *arguments])
    return checked or tested


def bench(arguments: list[str]) -> int:
    """The measured comparisons in benchmarks/, which write docs/benchmarks.md."""
    install(TEST)
    return python(["-m", "benchmarks", *arguments])


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "run": lambda words: become(["-m", "procurement.web.serve", *words]),
    "test": test,
    "check": lambda words: check(),
    "bench": bench,
    "flask": lambda words: become(["-m", "flask", "--app", "app", *words]),
}


def end(number: int, frame: object) -> NoReturn:
    """What SIGTERM does: the child is ended first."""
    raise SystemExit(128 + number)


def main(arguments: list[str]) -> int:
    """Do what the command line asks for; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows a question mark instead of ending the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    signal.signal(signal.SIGTERM, end)
    if sys.version_info < OLDEST:
        here = ".".join(str(part) for part in sys.version_info[:3])
        stop(
            f"接力需要 Python 3.11 或更新的版本，这里是 {here}。请安装后用 python3.11 manage.py 再试。",
            f"Jieli needs Python 3.11 or newer; this is {here}. Install one and try python3.11 manage.py.",
        )
    if not arguments or arguments[0] not in COMMANDS:
        print(USAGE, end="")
        return 0 if arguments[:1] in ([], ["help"], ["-h"], ["--help"]) else 2
    return COMMANDS[arguments[0]](arguments[1:])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
