"""The faces documents are printed in: cut and converted once from a pinned package, or configured by the agency.

The package carries Noto Serif SC and Noto Sans SC (SIL Open Font License 1.1) with cubic outlines, which the press
cannot read. `prepare_fonts` keeps the characters documents need and converts them to quadratic outlines; the result
stays in the instance folder, with the licence beside it.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = "pylopdf-fonts-zh-cn"
RECIPE = "1"
STAMP = "prepared.txt"
LICENCE = "OFL.txt"

# A curve may stray from the original by this part of the em; no difference is visible beside the original.
MAX_ERROR_EM = 0.001

# Latin with accents, Greek, Cyrillic, punctuation, currency, units, arrows, operators, numbers in circles, lines,
# shapes, Chinese punctuation, units written in one square, full-width and half-width forms.
SYMBOL_RANGES = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x1C0, 0x24F),
    (0x2B0, 0x2FF),
    (0x370, 0x3FF),
    (0x400, 0x45F),
    (0x1E00, 0x1EFF),
    (0x2000, 0x206F),
    (0x20A0, 0x20BF),
    (0x2100, 0x23FF),
    (0x2460, 0x25FF),
    (0x2600, 0x266F),
    (0x2700, 0x27BF),
    (0x3000, 0x303F),
    (0x3100, 0x312F),
    (0x3200, 0x33FF),
    (0xFE10, 0xFE1F),
    (0xFE30, 0xFE4F),
    (0xFF01, 0xFFEE),
)

# What the table of maxima holds for outlines of this kind; the counts are made when the face is saved.
MAXP_FIELDS = (
    "maxTwilightPoints",
    "maxStorage",
    "maxFunctionDefs",
    "maxInstructionDefs",
    "maxStackElements",
    "maxSizeOfInstructions",
    "maxPoints",
    "maxContours",
    "maxCompositePoints",
    "maxCompositeContours",
    "maxComponentElements",
    "maxComponentDepth",
)

# Where an installed Kai face may be found; Debian's fonts-lxgw-wenkai puts it there.
KAI_PLACES = (
    Path("/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf"),
    Path("/usr/share/fonts/truetype/lxgw/LXGWWenKai-Regular.ttf"),
)


class FontsMissing(RuntimeError):
    """No face to print in; the sentence says which and what to do."""


@dataclass(frozen=True, slots=True)
class FontPaths:
    """One file per face. Without Kai, FangSong or 小标宋 the press uses Song in their place."""

    song: Path
    hei: Path
    kai: Path | None = None
    fangsong: Path | None = None
    xiaobiaosong: Path | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """One face to prepare: where it comes from, what it is called, the file it becomes."""

    slot: str
    label: str
    source: str
    family: str
    file: str


CUTS = (
    Cut("song", "宋体 Song", "serif_path", "Jieli Song", "jieli-song.ttf"),
    Cut("hei", "黑体 Hei", "sans_path", "Jieli Hei", "jieli-hei.ttf"),
)


@cache
def standard_characters() -> str:
    """The 8,105 characters of 通用规范汉字表, in its order."""
    text = (Path(__file__).parent / "data" / "tonggui_8105.txt").read_text("utf-8")
    return "".join(text.split())


@cache
def wanted_characters() -> frozenset[int]:
    """The code points a prepared face keeps, as far as its source has them."""
    wanted = {ord(character) for character in standard_characters()}
    for first, last in SYMBOL_RANGES:
        wanted.update(range(first, last + 1))
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            with contextlib.suppress(UnicodeDecodeError):
                wanted.add(ord(bytes((row, cell)).decode("gb2312")))
    return frozenset(wanted)


def recipe_stamp() -> str:
    """What the prepared files depend on: package, recipe, characters. A change of any makes them anew."""
    characters = ",".join(f"{code:X}" for code in sorted(wanted_characters()))
    digest = hashlib.sha256(characters.encode("ascii")).hexdigest()
    return f"{PACKAGE} {importlib.metadata.version(PACKAGE)}\nrecipe {RECIPE}\ncharacters {digest}\n"


def fonts_are_prepared(folder: Path) -> bool:
    """Whether `folder` holds what this recipe makes, byte for byte as it was written."""
    try:
        return (folder / STAMP).read_text("utf-8") == _stamp_of(folder)
    except OSError:
        return False


def prepare_fonts(folder: Path, report: Callable[[str], None]) -> None:
    """Make the faces in `folder` unless they are there; two processes where there are two cores.

    Takes about ten seconds of two cores. `report` is told what is being done, in Chinese and English. Safe to call
    from several processes at once and from a running server.

    Raises:
        FontsMissing: the package is absent, or a conversion failed.
    """
    if fonts_are_prepared(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder / ".lock"):
        if fonts_are_prepared(folder):
            return
        (folder / STAMP).unlink(missing_ok=True)
        _convert_all(folder, report)
        _write_whole(folder / LICENCE, _licence().encode("utf-8"))
        _write_whole(folder / STAMP, _stamp_of(folder).encode("utf-8"))
        report("中文字体已备好 · Chinese fonts are ready")


def find_fonts(folder: Path, configured: Mapping[str, Path] | None = None) -> FontPaths:
    """The faces to print in: those configured, else those prepared in `folder`; Kai where it is installed.

    `configured` maps the slots song, hei, kai, fangsong, xiaobiaosong to files.

    Raises:
        FontsMissing: a configured file does not exist, a slot is unknown, or nothing was prepared.
    """
    chosen = dict(configured or {})
    slots = set(FontPaths.__dataclass_fields__)
    if unknown := sorted(set(chosen) - slots):
        raise FontsMissing(
            f"未知的字体槽位：{'、'.join(unknown)}。可用的槽位是 {'、'.join(FontPaths.__dataclass_fields__)}。"
        )
    for slot, path in chosen.items():
        if not path.is_file():
            raise FontsMissing(f"字体 {slot} 配置的文件 {path} 不存在。请改正配置，或删去这一项以使用随附字体。")
    for cut in CUTS:
        path = chosen.setdefault(cut.slot, folder / cut.file)
        if not path.is_file():
            raise FontsMissing(
                f"没有可用的{cut.label}：{path} 不存在。"
                "请先运行 python3 manage.py run 准备字体，或在配置中指定字体文件。"
            )
    if "kai" not in chosen and (kai := next((path for path in KAI_PLACES if path.is_file()), None)):
        chosen["kai"] = kai
    return FontPaths(**chosen)


def _stamp_of(folder: Path) -> str:
    sums = [f"{cut.file} {hashlib.sha256((folder / cut.file).read_bytes()).hexdigest()}\n" for cut in CUTS]
    return recipe_stamp() + "".join(sums)


def _source(cut: Cut) -> Path:
    try:
        package: Any = importlib.import_module(PACKAGE.replace("-", "_"))
    except ImportError as missing:
        raise FontsMissing(f"缺少字体包 {PACKAGE}。请运行 pip install {PACKAGE}。") from missing
    return Path(getattr(package, cut.source)())


def _licence() -> str:
    files = importlib.metadata.files(PACKAGE) or []
    path = next(file for file in files if file.name == "LICENSE")
    note = (
        "The files jieli-*.ttf beside this text are subsets of Noto Serif SC and Noto Sans SC,\n"
        "converted to quadratic outlines and renamed. They stay under the licence below.\n\n"
    )
    return note + Path(str(path.locate())).read_text("utf-8")


def _convert_all(folder: Path, report: Callable[[str], None]) -> None:
    together = (os.cpu_count() or 1) > 1
    running: list[tuple[Cut, subprocess.Popen[bytes]]] = []
    try:
        for cut in CUTS:
            report(f"正在转换字体：{cut.label} · converting a font")
            running.append((cut, _start(cut, folder)))
            if not together:
                running[-1][1].wait()
        for cut, process in running:
            _, errors = process.communicate()
            if process.returncode != 0:
                raise FontsMissing(f"{cut.label}转换失败：{errors.decode('utf-8', 'replace').strip()[-500:]}")
    finally:
        for _, process in running:
            if process.poll() is None:
                process.kill()
                process.wait()


def _start(cut: Cut, folder: Path) -> subprocess.Popen[bytes]:
    # A fresh interpreter, not a fork or a spawned copy of the main module: the caller may be a server with threads.
    root = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, known] if known else [root])}
    command = [sys.executable, "-m", "procurement.documents.fonts", cut.slot, str(_source(cut)), str(folder / cut.file)]
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


@contextlib.contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:
        # Where there is no such lock two processes may both convert; each file is still written whole.
        yield
        return
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _write_whole(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def convert(source: Path, family: str, target: Path, characters: Iterable[int] | None = None) -> None:
    """Cut `source` down to `characters` (else those wanted), convert its outlines, name it `family`, write `target`.

    The same source gives the same bytes.
    """
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font: Any = TTFont(source, recalcBBoxes=True, recalcTimestamp=False)
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 13, 14]
    options.name_languages = [0x409]
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG", "STAT"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted_characters() if characters is None else characters)
    subsetter.subset(font)
    _make_quadratic(font)
    _rename(font, family)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        font.save(part, reorderTables=True)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _make_quadratic(font: Any) -> None:
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib import newTable

    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    max_error = font["head"].unitsPerEm * MAX_ERROR_EM
    drawn = {}
    for name in order:
        pen = TTGlyphPen(None)
        # Quadratic outlines run the other way round.
        glyphs[name].draw(Cu2QuPen(pen, max_error, reverse_direction=True))
        drawn[name] = pen.glyph()
    del font["CFF "]
    font["loca"] = newTable("loca")
    font["glyf"] = table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, drawn
    for name in order:
        glyph = drawn[name]
        glyph.recalcBounds(table)
        # The left side bearing must be the outline's, or viewers that trust it shift the glyph.
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(glyph, "xMin", 0))
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for field in MAXP_FIELDS:
        setattr(maxp, field, 0)
    maxp.maxZones = 1
    font["post"].formatType = 3.0
    font["post"].extraNames, font["post"].mapping = [], {}
    font["head"].glyphDataFormat = 0
    font.sfntVersion = "\000\001\000\000"


def _rename(font: Any, family: str) -> None:
    compact = family.replace(" ", "")
    names = {1: family, 2: "Regular", 3: f"{compact}-Regular;{RECIPE}", 4: family, 6: f"{compact}-Regular"}
    for number, text in names.items():
        font["name"].setName(text, number, 3, 1, 0x409)


if __name__ == "__main__":
    slot, source, target = sys.argv[1:]
    convert(Path(source), next(cut.family for cut in CUTS if cut.slot == slot), Path(target))
