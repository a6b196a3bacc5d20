"""Issued documents as files, named by kind and number."""

from __future__ import annotations

import shutil
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from procurement.foundation.database import db
from procurement.foundation.storage import Storage
from procurement.registers.files import StoredFile
from procurement.steps.agreement.models import Agreement, Supplement
from procurement.steps.supervision.models import ExpenditureEvaluation
from procurement.transfers.conference.models import closed_conferences
from procurement.transfers.models import ExAnteEvaluation


def export_issued(app: Flask, folder: Path) -> list[str]:
    """Write every ex-ante report, concluded agreement, supplement, evaluation and all minutes to `folder`; returns the names written."""
    storage: Storage = app.extensions["storage"]
    folder.mkdir(parents=True, exist_ok=True)
    issued: list[tuple[str, str, StoredFile]] = [
        ("ex-ante", row.number, row.text) for row in db.session.scalars(select(ExAnteEvaluation)).unique()
    ]
    issued += [
        ("agreement", row.number, row.text)
        for row in db.session.scalars(select(Agreement).where(Agreement.text_id.is_not(None))).unique()
        if row.text is not None
    ]
    issued += [
        ("supplement", row.number, row.text)
        for row in db.session.scalars(select(Supplement).where(Supplement.text_id.is_not(None))).unique()
        if row.text is not None
    ]
    issued += [
        ("evaluation", row.number, row.text) for row in db.session.scalars(select(ExpenditureEvaluation)).unique()
    ]
    issued += [("minutes", row.number, row.text) for row in closed_conferences() if row.text is not None]
    names = []
    for kind, number, stored in issued:
        name = f"{kind}-{number}.{stored.kind.value}"
        with storage.open(stored.sha256) as source, (folder / name).open("wb") as target:
            shutil.copyfileobj(source, target)
        names.append(name)
    return names
