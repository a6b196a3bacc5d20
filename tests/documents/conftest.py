"""Fonts for the documents under test: prepared once, shared by all workers, kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from procurement.documents.fonts import FontPaths, prepare_fonts


@pytest.fixture(scope="session")
def font_folder() -> Path:
    """The folder of the prepared faces; `JIELI_FONTS` names another. Workers wait for the first to make them."""
    folder = Path(os.environ.get("JIELI_FONTS") or Path(__file__).parents[2] / "build" / "fonts")
    prepare_fonts(folder, lambda stage: None)
    return folder


@pytest.fixture(scope="session")
def fonts(font_folder: Path) -> FontPaths:
    """The two prepared faces only, whatever else is installed on this machine."""
    return FontPaths(song=font_folder / "jieli-song.ttf", hei=font_folder / "jieli-hei.ttf")
