"""The bundled files: their shape, their words, and that they agree with each other."""

from __future__ import annotations

import csv
from pathlib import Path

from procurement.registers.catalogue.models import BasisStatus, ListKind, NegativeListEntry, Severity, TransferMode
from procurement.registers.catalogue.operations import (
    DATA,
    STATEMENTS,
    UNITS,
    catalogue_rows,
    check_bundled,
)
from procurement.registers.catalogue.rules import LAWS, article_of, screen


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def negative_rows() -> list[NegativeListEntry]:
    return [
        NegativeListEntry(
            code=row["code"], level=int(row["level"]), title=row["title"], title_en=row["title_en"], basis=row["basis"],
            keywords=row["keywords"], severity=Severity(row["severity"]), basis_status=BasisStatus(row["basis_status"]),
        )
        for row in rows_of("negative_list.csv")
    ]  # fmt: skip


def test_the_bundled_catalogue_has_6_43_and_172_entries_and_no_fault() -> None:
    assert check_bundled() == ("6 43 172", [])


def test_a_damaged_file_is_told_row_by_row(tmp_path: Path) -> None:
    text = (DATA / "catalogue.csv").read_text(encoding="utf-8")
    damaged = tmp_path / "catalogue.csv"
    damaged.write_text(text.replace("010101,0101,3,普惠性学前教育服务,", "010101,0109,3,,"), encoding="utf-8")
    counts, faults = check_bundled(damaged)
    assert counts == "6 43 172"
    assert faults == ["第 3 行：编码 010101 没有名称。", "第 3 行：编码“010101”应是上级编码“0109”再加两位数字。"]


def test_a_catalogue_with_a_row_less_has_another_shape(tmp_path: Path) -> None:
    lines = (DATA / "catalogue.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    shorter = tmp_path / "catalogue.csv"
    shorter.write_text("".join(lines[:-1]), encoding="utf-8")
    assert check_bundled(shorter) == ("6 43 171", ["第 3 级应有 172 项，现有 171 项。"])


def test_every_item_has_department_unit_mark_and_scope_and_every_entry_its_english_name() -> None:
    rows = catalogue_rows()
    for row in rows:
        assert row.name_en, row.code
        assert row.scope, row.code
        is_item = row.level == 3
        assert (bool(row.department), bool(row.unit), row.suitable is not None) == (is_item, is_item, is_item), row.code


def test_every_unit_of_the_file_is_marked_for_its_english() -> None:
    assert {row.unit for row in catalogue_rows() if row.unit} == {*UNITS}


def test_the_negative_list_has_six_categories_and_twenty_examples_under_them() -> None:
    rows = rows_of("negative_list.csv")
    categories = {row["code"] for row in rows if row["level"] == "1"}
    examples = [row for row in rows if row["level"] == "2"]
    assert (len(categories), len(examples)) == (6, 20)
    assert {row["parent_code"] for row in examples} == categories
    assert all(row["title_en"] and row["keywords"] and row["basis"] for row in rows)


def test_every_law_that_a_refusal_may_cite_is_marked_for_its_english() -> None:
    assert {article_of(row.basis).law for row in negative_rows()} == {*LAWS}


def test_every_function_is_bought_under_an_item_of_the_catalogue() -> None:
    items = {row.code for row in catalogue_rows() if row.level == 3}
    functions = rows_of("functions.csv")
    assert len(functions) == 24
    assert {row["catalogue_code"] for row in functions} <= items
    assert {TransferMode(row["mode"]) for row in functions} == {*TransferMode}


def test_no_bundled_service_or_function_is_on_the_negative_list() -> None:
    texts = {row.code: f"{row.name}\n{row.scope}" for row in catalogue_rows()}
    texts |= {row["code"]: row["name"] for row in rows_of("functions.csv")}
    assert screen(texts, negative_rows()) == []


def test_every_list_says_in_both_languages_that_it_is_no_official_text() -> None:
    assert set(STATEMENTS) == set(ListKind)
    for statement in STATEMENTS.values():
        assert "导入替换" in statement.text
        assert "built-in reference" in statement.text_en
