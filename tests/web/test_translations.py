"""The English voice: complete, in step with what is said, and English."""

from __future__ import annotations

import csv
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from flask import Flask

import procurement
from procurement.foundation.labels import Labelled
from procurement.registers.catalogue.operations import DATA
from procurement.registers.catalogue.rules import article_of
from procurement.registers.organisations.credit_code import STANDARD
from procurement.statute.calendar import statutory_days
from procurement.web import translations
from procurement.web.translations import (
    CATALOGUE,
    english_of,
    lacking,
    read_catalogue,
    superfluous,
    text_of,
    update,
    wanted,
)
from tests.web.chinese import HAN

# Han characters that the English catalogue may have: the Chinese text, and why.
CHINESE_IN_ENGLISH: dict[str, str] = {}
FULL_WIDTH = re.compile(r"[，。、；：？！（）《》〔〕“”]")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    return english_of(read_catalogue())


def placeholders(text: str) -> set[str]:
    """The values a text names; one that has an English form (`title_en`) counts as the value itself."""
    return {(left or right).removesuffix("_en") for left, right in PLACEHOLDER.findall(text)}


def test_every_text_of_code_templates_and_data_has_its_english() -> None:
    assert lacking() == [], (
        "write their English in translations/en (flask translations update puts them at their place)"
    )


def test_the_catalogue_says_nothing_that_nobody_asks_for() -> None:
    assert superfluous() == [], "flask translations update takes them out"


def test_the_catalogue_stands_as_it_is_written_without_fuzzy_or_obsolete_entries(english: dict[str, str]) -> None:
    assert CATALOGUE.read_text("utf-8") == text_of(english, wanted()), "flask translations update writes it so"


def test_the_catalogue_is_english(english: dict[str, str]) -> None:
    chinese = {
        text: said
        for text, said in english.items()
        if (HAN.search(said) or FULL_WIDTH.search(said.replace("“", "").replace("”", "")))
        and text not in CHINESE_IN_ENGLISH
    }
    assert chinese == {}
    assert set(CHINESE_IN_ENGLISH) <= set(english)


def test_both_voices_name_the_same_values(english: dict[str, str]) -> None:
    differing = {text: said for text, said in english.items() if placeholders(text) != placeholders(said)}
    assert differing == {}


def test_both_voices_can_be_filled_with_values(english: dict[str, str]) -> None:
    values: defaultdict[str, int] = defaultdict(int)
    broken = []
    for text in (text for pair in english.items() for text in pair):
        try:
            if "%(" in text:
                text % values
            elif "{" in text:
                text.format_map(values)
        except (ValueError, TypeError, KeyError) as error:
            broken.append(f"{text}: {error}")
    assert broken == []


def test_a_template_never_has_a_bare_percent_sign_in_a_translated_text() -> None:
    # Jinja fills every translated text of a template with its values, also one that names none.
    bare = []
    for path in sorted((translations.ROOT / "templates").rglob("*.*")):
        for _line, text, _comments, _context in extract_from_file("jinja2", path, keywords=translations.KEYWORDS):
            if "%" in re.sub(r"%\(\w+\)[sd]|%%", "", str(text)):
                bare.append(f"{path.name}: {text}")
    assert bare == []


def test_a_sentence_stays_a_sentence_and_a_label_a_label(english: dict[str, str]) -> None:
    differing = {
        text: said
        for text, said in english.items()
        if text.endswith("。") != said.rstrip().endswith((".", "?")) and not text.endswith("！")
    }
    assert differing == {}


def kinds(kind: type[Labelled] = Labelled) -> Iterator[type[Labelled]]:
    for below in kind.__subclasses__():
        yield below
        yield from kinds(below)


def test_the_label_of_every_member_is_translated() -> None:
    for module in pkgutil.walk_packages(procurement.__path__, "procurement."):
        importlib.import_module(module.name)
    marked = set(wanted())
    found = {f"{kind.__module__}.{kind.__name__}": member.label for kind in kinds() for member in kind}
    assert len(found) > 20
    unmarked = [
        f"{kind.__module__}.{kind.__name__}.{member.name}"
        for kind in kinds()
        for member in kind
        if kind.__module__.startswith("procurement.") and member.label not in marked
    ]
    assert unmarked == [], "their labels are not marked with word(…)"


def test_what_the_tables_say_is_translated() -> None:
    marked = set(wanted())
    holidays = {name for year in range(2027, 2060) for name in statutory_days(year).values()}
    assert holidays <= marked
    with (DATA / "negative_list.csv").open(encoding="utf-8", newline="") as rows:
        laws = {article_of(row["basis"]).law for row in csv.DictReader(rows)}
    assert laws <= marked
    with (DATA / "catalogue.csv").open(encoding="utf-8", newline="") as rows:
        units = {row["unit"] for row in csv.DictReader(rows) if row["unit"]}
    assert units <= marked
    assert STANDARD.law in marked


def test_an_update_keeps_the_english_it_has_and_drops_what_is_no_longer_said(tmp_path: Path) -> None:
    path = tmp_path / "en" / "messages.po"
    everything = update(path)
    assert everything == wanted()
    assert lacking(path) == everything
    path.write_text(
        path.read_text("utf-8").replace('msgid "已撤回"\nmsgstr ""', 'msgid "已撤回"\nmsgstr "withdrawn"'), "utf-8"
    )
    with path.open("a", encoding="utf-8", newline="\n") as catalogue_text:
        catalogue_text.write(
            '\nmsgid "从来没有人说过的话"\nmsgstr "what nobody ever said"\n\n#~ msgid "旧话"\n#~ msgstr "old"\n'
        )
    assert superfluous(path) == ["从来没有人说过的话", "旧话"]
    assert set(everything) - set(update(path)) == {"已撤回"}
    assert superfluous(path) == []
    assert english_of(read_catalogue(path)) == {"已撤回": "withdrawn"}


@pytest.mark.sqlite_only
def test_the_command_says_whether_the_english_is_complete(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["translations", "check"])
    assert (done.exit_code, done.output) == (0, f"ok: {len(wanted())} texts, each with its English\n")
