"""What officers do with the register of standards: add a row, and revise what is known of it."""

from __future__ import annotations

from datetime import datetime

from procurement.foundation.database import db
from procurement.registers import access, audit, files
from procurement.registers.access import Deed
from procurement.registers.files import Upload
from procurement.registers.people import User
from procurement.registers.standards import rules
from procurement.registers.standards.models import Standard, standards_by_reference
from procurement.registers.standards.rules import StandardTerms, tidy_code, tidy_title


def add_standard(house: None, terms: StandardTerms, text: Upload | None, *, actor: User, now: datetime) -> Standard:
    """Add a standard to the register, with its text where there is one.

    Raises:
        Refusals: everything wrong with it, each at its field.
    """
    access.require(actor, Deed.STANDARD_ADD, house)

    rules.ensure_holds(terms, text, standards_by_reference([tidy_code(terms.code), tidy_title(terms.title)]))

    standard = Standard(file=files.keep(text, by=actor, now=now) if text is not None else None)
    write_terms(standard, terms)
    db.session.add(standard)
    db.session.flush()

    audit.record(
        Deed.STANDARD_ADD, standard, actor=actor, now=now, code=standard.code, title=standard.title,
        kind=standard.kind, status=standard.status, sha256=text.sha256 if text is not None else None,
    )  # fmt: skip
    return standard


def revise_standard(
    standard: Standard, terms: StandardTerms, text: Upload | None, *, actor: User, now: datetime
) -> None:
    """Write down what is known of a standard now: its status, a code that was lacking, its text.

    Raises:
        Refusals: what would make another standard of it, each at its field.
    """
    access.require(actor, Deed.STANDARD_REVISE, standard)

    alike = standards_by_reference([tidy_code(terms.code), tidy_title(terms.title)])
    rules.ensure_may_become(standard, terms, text)
    rules.ensure_holds(terms, text, alike, standard)

    before = standard.status
    write_terms(standard, terms)
    if text is not None:
        standard.file = files.keep(text, by=actor, now=now)

    audit.record(
        Deed.STANDARD_REVISE, standard, actor=actor, now=now, code=standard.code, title=standard.title,
        kind=standard.kind, before=before, after=standard.status, sha256=text.sha256 if text is not None else None,
    )  # fmt: skip


def write_terms(standard: Standard, terms: StandardTerms) -> None:
    """Let a row of the register say what the terms do."""
    standard.code, standard.title = tidy_code(terms.code) or None, tidy_title(terms.title)
    standard.kind, standard.status, standard.origin = terms.kind, terms.status, terms.origin
    standard.source, standard.phase = terms.source.strip(), terms.phase
