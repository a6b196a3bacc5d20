"""The public pages of the reference lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from procurement.foundation.database import db
from procurement.registers.catalogue.models import ListKind
from procurement.registers.catalogue.operations import STATEMENTS

# Pages ask nothing of their own of a database; that each is answered on both, the golden file of routes sees.
pytestmark = pytest.mark.sqlite_only

PAGES = {
    "/catalogue": ListKind.CATALOGUE,
    "/catalogue/011401": ListKind.CATALOGUE,
    "/catalogue/negative-list": ListKind.NEGATIVE_LIST,
    "/catalogue/functions": ListKind.FUNCTIONS,
    "/catalogue/communities": ListKind.COMMUNITIES,
}


def read(client: FlaskClient, address: str, language: str = "zh", status: int = 200) -> str:
    answer = client.get(address, headers={"Accept-Language": "en" if language == "en" else "zh-CN"})
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


@contextmanager
def queries(app: Flask) -> Iterator[list[str]]:
    """The SELECT statements of what runs inside."""
    asked: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_a_bundled_list_says_that_it_is_no_official_text(
    client: FlaskClient, address: str, language: str
) -> None:
    statement = STATEMENTS[PAGES[address]]
    page = read(client, address, language)
    assert (statement.text_en if language == "en" else statement.text) in page
    assert page.count("<h1") == 1
    assert "<title>" in page


@pytest.mark.parametrize("address", [*PAGES, "/catalogue?q=养老", "/catalogue/01", "/catalogue/0101"])
def test_a_page_asks_the_database_a_few_times_whatever_it_shows(app: Flask, client: FlaskClient, address: str) -> None:
    with queries(app) as asked:
        read(client, address)
    assert len(asked) <= 12, "\n".join(asked)


def test_the_catalogue_is_a_tree_with_its_counts(client: FlaskClient) -> None:
    page = read(client, "/catalogue")
    assert page.count("<details") >= 43
    assert all(f"<dd>{count}</dd>" in page for count in (6, 43, 172))
    assert 'href="/catalogue/011401"' in page


def test_a_search_highlights_what_it_found(client: FlaskClient) -> None:
    page = read(client, "/catalogue?q=管家")
    assert "<mark>管家</mark>" in page
    assert 'href="/catalogue/011401"' in page
    assert 'value="管家"' in page


def test_a_search_by_code_highlights_the_code(client: FlaskClient) -> None:
    assert "<mark>0114</mark>01" in read(client, "/catalogue?q=0114")


def test_an_english_page_searches_the_english_names(client: FlaskClient) -> None:
    page = read(client, "/catalogue?q=steward", "en")
    assert "<mark>steward</mark>" in page
    assert '<span class="sub" lang="zh-CN">城市管家服务</span>' in page


def test_one_character_is_refused_at_the_box_and_the_tree_stays(client: FlaskClient) -> None:
    page = read(client, "/catalogue?q=养", status=422)
    assert "检索词“养”不足 2 个字" in page
    assert 'aria-invalid="true"' in page
    assert page.count("<details") >= 43


def test_a_search_without_a_hit_says_what_to_do(client: FlaskClient) -> None:
    assert "目录里没有含“宇宙飞船”的项目" in read(client, "/catalogue?q=宇宙飞船")


def test_what_is_searched_for_is_text_and_never_markup(client: FlaskClient) -> None:
    answer = client.get("/catalogue", query_string={"q": "<b>养老</b>"})
    assert b"<b>\xe5\x85\xbb" not in answer.data
    assert answer.status_code == 200


def test_an_entry_shows_scope_department_unit_mark_and_functions(client: FlaskClient) -> None:
    page = read(client, "/catalogue/011401")
    for text in (
        "按片区统筹提供保洁",
        "综合行政执法局",
        "平方公里",
        "适合由社会组织承接",
        "市容环卫作业和城市管家服务",
    ):
        assert text in page
    assert 'href="/catalogue/0114"' in page


def test_the_mark_for_enterprises_warns_and_bars_nobody(client: FlaskClient) -> None:
    assert "不限制任何组织投标" in read(client, "/catalogue/011302")


def test_a_heading_shows_what_stands_under_it(client: FlaskClient) -> None:
    page = read(client, "/catalogue/0114")
    assert 'href="/catalogue/011401"' in page
    assert "由谁承接" not in page


@pytest.mark.parametrize("code", ["999999", "01140", "x", "0114019999999"])
def test_a_code_that_does_not_exist_is_not_found(client: FlaskClient, code: str) -> None:
    assert client.get(f"/catalogue/{code}").status_code == 404


def test_an_english_entry_has_the_chinese_name_beside_it(client: FlaskClient) -> None:
    page = read(client, "/catalogue/011401", "en")
    assert '<p lang="zh-CN">城市管家服务</p>' in page
    assert "<h1>Integrated city-steward service</h1>" in page
    assert "<dd>Comprehensive Administrative Law Enforcement Bureau</dd>" in page


def test_the_negative_list_shows_keywords_basis_and_what_a_hit_means(client: FlaskClient) -> None:
    page = read(client, "/catalogue/negative-list")
    for text in ("融资租赁", "《预算法》第三十五条", "不得购买", "需要复核", 'id="N0403"'):
        assert text in page


def test_the_directory_links_each_function_to_its_item(client: FlaskClient) -> None:
    page = read(client, "/catalogue/functions")
    assert 'href="/catalogue/030401"' in page
    assert "整体转移" in page
    assert page.count('<tr id="T') == 24


def test_the_communities_are_all_there_and_placeholders_are_marked(client: FlaskClient) -> None:
    page = read(client, "/catalogue/communities")
    assert page.count('<tr id="LG') == 102
    assert page.count("占位，名称待核") == 12
