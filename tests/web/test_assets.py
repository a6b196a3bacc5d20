"""Static files arrive compressed, and under a new address when their content has changed."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask, url_for
from flask_bootstrap import Bootstrap5

from procurement.config import ROOT
from procurement.web import assets

MOST_BYTES_OF_A_PAGE = 60_000


@pytest.fixture
def served(tmp_path: Path) -> Flask:
    """An application that serves the static files as an instance does."""
    app = Flask("served", root_path=str(ROOT), static_folder="static")
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    Bootstrap5(app)
    assets.serve_static(app, tmp_path)
    return app


def _addresses(app: Flask) -> list[str]:
    linked = re.findall(r'"([a-z]+)"', re.findall(r"for sheet in \((.*?)\)", _base())[0])
    with app.test_request_context():
        return [
            url_for("bootstrap.static", filename="css/bootstrap.min.css"),
            *[url_for("static", filename=f"css/{name}.css") for name in linked],
            url_for("static", filename="js/page.js"),
        ]


def _base() -> str:
    return (ROOT / "templates" / "_layout" / "base.html").read_text(encoding="utf-8")


def _fetched(app: Flask, address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    with app.test_client().get(address, headers=headers) as answer:
        return answer.status_code, dict(answer.headers), answer.data


def test_every_sheet_and_script_of_a_page_arrives_compressed_and_may_be_kept(served: Flask) -> None:
    for address in _addresses(served):
        status, headers, body = _fetched(served, address, **{"Accept-Encoding": "gzip"})
        assert status == 200, address
        assert headers["Content-Encoding"] == "gzip", address
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age=2592000" in headers["Cache-Control"]
        assert gzip.decompress(body) == _fetched(served, address)[2]


def test_sheets_and_scripts_of_a_page_are_at_most_sixty_kilobytes(served: Flask) -> None:
    sizes = {at: len(_fetched(served, at, **{"Accept-Encoding": "gzip"})[2]) for at in _addresses(served)}
    assert sum(sizes.values()) <= MOST_BYTES_OF_A_PAGE, sizes


def test_the_sheets_that_a_page_links_are_all_there_are() -> None:
    linked = re.findall(r'"([a-z]+)"', re.findall(r"for sheet in \((.*?)\)", _base())[0])
    assert sorted(linked) == sorted(path.stem for path in (ROOT / "static" / "css").glob("*.css"))


def test_an_address_changes_with_the_content(tmp_path: Path) -> None:
    sheet = tmp_path / "a.css"
    sheet.write_text("a{}", encoding="utf-8")
    before = assets.version_of({"static/a.css": sheet})
    sheet.write_text("b{}", encoding="utf-8")
    assert assets.version_of({"static/a.css": sheet}) != before


def test_collecting_twice_leaves_what_is_there(tmp_path: Path) -> None:
    sheet = tmp_path / "a.css"
    sheet.write_text("a{}", encoding="utf-8")
    folder = assets.collect({"static/a.css": sheet}, tmp_path / "static" / "1")
    made = (folder / "static" / "a.css.gz").stat().st_mtime_ns
    assert assets.collect({"static/a.css": sheet}, folder) == folder
    assert (folder / "static" / "a.css.gz").stat().st_mtime_ns == made
    assert [path.name for path in folder.parent.iterdir()] == ["1"]


def test_no_inline_style_or_script_stands_in_a_template() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for hit in re.findall(
            r"<style\b|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", path.read_text(encoding="utf-8")
        )
    ]
    assert found == []
