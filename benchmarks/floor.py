"""The floor of a page: a Flask application on the same server that makes one indexed query and answers the same bytes."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, text

from procurement.web.serve import THREADS


def create_app(database: str, pages: Path) -> Flask:
    """`/page/<name>` answers the file of that name in `pages`, after one look at a transfer by its key."""
    app, engine = Flask("floor"), create_engine(database)
    texts = {path.name: path.read_text("utf-8") for path in pages.iterdir()}

    @app.get("/page/<name>")
    def answer(name: str) -> str:
        with engine.connect() as connection:
            connection.execute(text("SELECT * FROM transfers WHERE id = :id"), {"id": 1}).one()
        return texts[name]

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def main() -> None:
    """Serve it by waitress, with as many threads as ours."""
    import waitress

    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("pages", type=Path)
    parser.add_argument("--port", type=int)
    arguments = parser.parse_args()
    opened = socket.create_server(("127.0.0.1", arguments.port))
    waitress.serve(create_app(arguments.database, arguments.pages), sockets=[opened], threads=THREADS, ident=None)


if __name__ == "__main__":
    main()
