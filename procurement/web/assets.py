"""Static files: collected and compressed once, each under an address that changes with their content."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

import flask_bootstrap
from flask import Flask
from whitenoise import WhiteNoise

# A browser may keep a file for a month: when its content changes, so does the address.
_MONTH = 30 * 24 * 3600
_COMPRESSED = {".css", ".js", ".svg"}


def serve_static(app: Flask, instance: Path) -> None:
    """Serve our static files and Bootstrap's sheet; compressed from `instance`, in development and tests as they lie."""
    files = _files(Path(str(app.static_folder)))
    version = version_of(files)

    def name_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint in {"static", "bootstrap.static"}:
            values.setdefault("v", version)

    app.url_defaults(name_version)
    if app.debug or app.testing:
        noise = WhiteNoise(app.wsgi_app, max_age=0, autorefresh=app.debug, add_headers_function=_harden)
        noise.add_files(str(app.static_folder), prefix="static/")
    else:
        folder = collect(files, instance / "static" / version)
        noise = WhiteNoise(app.wsgi_app, root=str(folder), max_age=_MONTH, add_headers_function=_harden)
    app.wsgi_app = noise  # type: ignore[method-assign]


def _harden(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


def _files(static: Path) -> dict[str, Path]:
    """Address to file: everything of ours, and the one sheet of Bootstrap that a page links."""
    sheet = Path("css", "bootstrap.min.css")
    bootstrap = Path(str(flask_bootstrap.__file__)).parent / "static" / "bootstrap5" / sheet
    ours = {
        f"static/{path.relative_to(static).as_posix()}": path for path in sorted(static.rglob("*")) if path.is_file()
    }
    return {**ours, f"bootstrap/static/{sheet.as_posix()}": bootstrap}


def version_of(files: Mapping[str, Path]) -> str:
    """A short name of the content of all files together."""
    seen = hashlib.sha256()
    for address, path in files.items():
        seen.update(address.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return seen.hexdigest()[:12]


def collect(files: Mapping[str, Path], folder: Path) -> Path:
    """The files in `folder` by their addresses, text with its compressed twin; made whole or not at all."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        made = Path(place) / folder.name
        for address, path in files.items():
            target = made / address
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            if path.suffix in _COMPRESSED:
                target.with_name(target.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        try:
            os.rename(made, folder)
        except OSError:
            # Another process has made the same in the meantime.
            if not folder.is_dir():
                raise
    return folder
