"""The operator's command line: `python3 manage.py flask …`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from procurement.foundation.clock import Clock
from procurement.foundation.errors import DomainError
from procurement.registers import access, audit
from procurement.statute.calendar import working_calendar

catalogue_cli = AppGroup("catalogue", help="The bundled service catalogue.")
demo_cli = AppGroup("demo", help="The demonstration.")
audit_cli = AppGroup("audit", help="The audit chains.")
documents_cli = AppGroup("documents", help="Issued documents.")
bids_cli = AppGroup("bids", help="Sealed bids.")
translations_cli = AppGroup("translations", help="The English voice.")


@catalogue_cli.command("check")
def check_catalogue() -> None:
    """Print the counts of the bundled catalogue; exit 1 when it has another shape or a code, parent or name is broken."""
    from procurement.registers.catalogue.operations import check_bundled

    counts, faults = check_bundled()
    click.echo(counts)
    for fault in faults:
        click.echo(fault, err=True)
    if faults or counts != "6 43 172":
        sys.exit(1)


@demo_cli.command("load")
def load_demo() -> None:
    """Make the demonstration; on an empty instance it is prepared first, on a real one this refuses."""
    from flask_migrate import upgrade

    from procurement.web.demonstration.scenario import load_demonstration
    from procurement.web.preparation import load_reference_data

    upgrade()
    load_reference_data(current_app, current_app.extensions["clock"])
    _tell(load_demonstration)


@demo_cli.command("reset")
def reset_demo() -> None:
    """Make the demonstration new."""
    from procurement.web.demonstration.scenario import reset_demonstration

    _tell(reset_demonstration)


def _tell(make: Callable[[Flask, Callable[[str, str], None]], None]) -> None:
    """Run what makes a demonstration, each stage said in both languages; a refusal is a sentence, not a trace."""
    try:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        make(app, lambda zh, en: click.echo(f"{zh} / {en}"))
    except DomainError as error:
        raise click.ClickException(str(error)) from None


@audit_cli.command("verify")
def verify_audit() -> None:
    """Walk every chain; exit 1 naming the first broken line."""
    broken = audit.first_broken_line()
    if broken is not None:
        chain = "sealed" if audit.is_sealed(broken.chain) else broken.chain
        click.echo(f"broken: chain {chain}, line {broken.number}: {broken.reason}")
        sys.exit(1)
    click.echo(f"ok: {audit.number_of_lines()} lines, every one follows from the one before")


@bids_cli.command("verify")
@click.argument("receipt", default="")
@click.option("--sha256", default="", help="The envelope's hash as it stands on the receipt; alone, or beside RECEIPT.")
def verify_bid(receipt: str, sha256: str) -> None:
    """Look for the envelope of RECEIPT in its public list, step by step; exit 1 where a step does not hold."""
    from procurement.web.competition.verification import verified

    result = verified(receipt, sha256)
    if result is None:
        click.echo("nothing found: no such receipt or hash, or its list is not public yet")
        sys.exit(1)
    click.echo(f"envelope    {result.envelope}")
    click.echo(f"commitment  {result.commitment.sha256}  {result.commitment.made_at.isoformat()}")
    for check in result.checks:
        click.echo(
            f"{'ok    ' if check.holds else 'FAILED'}  {check.step.value}  {check.step.label}  {check.detail}".rstrip()
        )
    if not result.holds:
        sys.exit(1)


@documents_cli.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export_documents(folder: Path) -> None:
    """Write every issued document to FOLDER, named by kind and number."""
    from procurement.web.exports import export_issued

    for name in export_issued(current_app, folder):
        click.echo(name)


@translations_cli.command("update")
def update_translations() -> None:
    """Bring the English catalogue up to what code, templates and data say now; print what has no English yet."""
    from procurement.web import translations

    for text in translations.update():
        click.echo(text)


@translations_cli.command("check")
def check_translations() -> None:
    """Print what has no English and what is no longer said; exit 1 where there is any."""
    from procurement.web import translations

    faults = [
        *(f"no English: {text}" for text in translations.lacking()),
        *(f"no longer said: {text}" for text in translations.superfluous()),
    ]
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    click.echo(f"ok: {len(translations.wanted())} texts, each with its English")


@click.command("prepare")
def prepare_instance() -> None:
    """Set up a real installation: tables, reference data, a security administrator whose password is printed once."""
    from flask_migrate import upgrade

    from procurement.config import ROOT
    from procurement.web.preparation import create_first_administrator, first_steps, load_reference_data
    from procurement.web.translations import compile_translations

    upgrade()
    # E-mails of `flask tick` speak their reader's language on an instance that has never been served.
    compile_translations(ROOT / "translations", current_app.extensions["settings"].translations_folder)
    clock: Clock = current_app.extensions["clock"]
    load_reference_data(current_app, clock)
    created = create_first_administrator(current_app, clock)
    if created is None:
        click.echo("已经准备好，账号没有改动。 / Already prepared; no account was changed.")
        return
    click.echo("\n".join(first_steps(*created)))


@click.command("tick")
def run_tick() -> None:
    """Do what falls due now."""
    from procurement.web.ticking import tick

    click.echo(f"{tick(current_app)} reminders")


@click.command("clock")
@click.argument("clause")
@click.argument("dates", nargs=-1, required=True)
@click.option("--days", is_flag=True, help="Show the days one by one.")
def show_clock(clause: str, dates: tuple[str, ...], days: bool) -> None:
    """For each of DATES the last day of CLAUSE, or for a floor the earliest day after it."""
    from procurement.statute.periods import clock_lines

    try:
        parsed = [date.fromisoformat(text) for text in dates]
    except ValueError as error:
        raise click.BadParameter(f"{error}; a date is written 2026-09-22") from None
    try:
        lines = clock_lines(clause, parsed, working_calendar(), days=days)
    except KeyError:
        raise click.BadParameter(f"there is no clause {clause!r}") from None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    for line in lines:
        click.echo(line)


@click.command("show-policy")
def show_policy() -> None:
    """Print who may do what."""
    click.echo(access.policy_matrix(), nl=False)


@click.command("limits")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the page is not what the code says.")
def write_limits(check: bool) -> None:
    """Write docs/limits.md: every number and provision, its article, and the place that asks for it."""
    from procurement.web.limits_table import FILE, document

    if not check:
        FILE.write_text(document(), encoding="utf-8", newline="\n")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != document():
        raise click.ClickException("docs/limits.md is not what the code says; run `flask limits`")


def register(app: Flask) -> None:
    """Add the commands."""
    for group in (catalogue_cli, demo_cli, audit_cli, bids_cli, documents_cli, translations_cli):
        app.cli.add_command(group)
    for command in (prepare_instance, run_tick, show_clock, show_policy, write_limits):
        app.cli.add_command(command)
