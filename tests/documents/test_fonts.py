"""The faces documents are printed in: complete, reproducible, and never silently absent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import sans_path

from procurement.documents.fonts import (
    FontsMissing,
    convert,
    find_fonts,
    fonts_are_prepared,
    prepare_fonts,
    standard_characters,
)


def gb2312() -> set[str]:
    """The 6,763 characters of GB2312, by its two ranges of rows."""
    levels = [
        (row, cell)
        for row in range(0xB0, 0xF8)
        for cell in range(0xA1, 0xFF)
        if (row, cell) < (0xD7, 0xFA) or row > 0xD7
    ]
    return {bytes(pair).decode("gb2312") for pair in levels}


@pytest.mark.parametrize("name", ["jieli-song.ttf", "jieli-hei.ttf"])
def test_a_prepared_face_has_every_standard_character_and_no_cubic_outline(font_folder: Path, name: str) -> None:
    with TTFont(font_folder / name, lazy=True) as font:
        covered = set(font.getBestCmap())
        assert "glyf" in font
        assert "CFF " not in font
    assert len(standard_characters()) == 8105
    assert len(gb2312()) == 6763
    wanted = set(standard_characters()) | gb2312() | set("，。、；：！？（）《》〔〕“”‘’——……·￥¥％℃㎡①②③√□■〇")
    assert sorted(character for character in wanted if ord(character) not in covered) == []


def test_the_two_faces_have_names_of_their_own_and_keep_their_licence(font_folder: Path) -> None:
    names = []
    for name in ("jieli-song.ttf", "jieli-hei.ttf"):
        with TTFont(font_folder / name, lazy=True) as font:
            names.append(font["name"].getDebugName(6))
            assert "Open Font License" in font["name"].getDebugName(13)
    assert names == ["JieliSong-Regular", "JieliHei-Regular"]
    assert "SIL OPEN FONT LICENSE" in (font_folder / "OFL.txt").read_text("utf-8")


def test_what_is_prepared_is_not_prepared_again(font_folder: Path) -> None:
    said: list[str] = []
    prepare_fonts(font_folder, said.append)
    assert said == []


def test_a_changed_file_or_another_recipe_is_noticed(font_folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(font_folder, tmp_path / "fonts"))
    assert fonts_are_prepared(copy)
    stamp = copy / "prepared.txt"
    kept = stamp.read_text("utf-8")
    stamp.write_text(kept.replace("recipe ", "recipe 0"), "utf-8")
    assert not fonts_are_prepared(copy)
    stamp.write_text(kept, "utf-8")
    with (copy / "jieli-hei.ttf").open("ab") as face:
        face.write(b"\0")
    assert not fonts_are_prepared(copy)


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.ttf", "two.ttf"):
        convert(sans_path(), "Jieli Test", tmp_path / name, map(ord, "龙港市职能转移䶮𫍯，。"))
    assert (tmp_path / "one.ttf").read_bytes() == (tmp_path / "two.ttf").read_bytes()
    with TTFont(tmp_path / "one.ttf") as font, TTFont(sans_path()) as source:
        assert font["head"].modified == source["head"].modified
        assert {ord("龙"), 0x2B36F} <= set(font.getBestCmap())
        assert font["glyf"][font.getBestCmap()[ord("龙")]].numberOfContours > 0


def test_without_any_face_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match=r"没有可用的宋体.*manage\.py run"):
        find_fonts(tmp_path)


def test_a_configured_face_that_is_not_there_is_named(font_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match=r"字体 fangsong 配置的文件 .*absent\.ttf 不存在"):
        find_fonts(font_folder, {"fangsong": tmp_path / "absent.ttf"})
    with pytest.raises(FontsMissing, match="未知的字体槽位：ming"):
        find_fonts(font_folder, {"ming": tmp_path / "absent.ttf"})


def test_a_configured_face_goes_before_a_prepared_one(font_folder: Path) -> None:
    hei = font_folder / "jieli-hei.ttf"
    found = find_fonts(font_folder, {"song": hei, "xiaobiaosong": hei})
    assert (found.song, found.hei, found.xiaobiaosong) == (hei, hei, hei)
