"""The application object that `flask --app app` and other servers look for."""

from __future__ import annotations

from procurement.web.application import create_app

app = create_app()
