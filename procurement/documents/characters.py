"""The characters of a document: what is put right before printing, so that one character is one printable sign."""

from __future__ import annotations

import unicodedata

# Signs of radicals that come from copying out of other documents and look like a character; the signs of the Kangxi
# block are known to Unicode's own tables, these of the supplement are not (Unicode EquivalentUnifiedIdeograph).
_RADICALS = (
    "⺁⺅⺆⺈⺉⺊⺎⺐⺒⺓⺔⺕⺖⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺨⺩⺪⺬"
    "⺭⺯⺰⺱⺲⺶⺹⺺⺻⺼⺾⺿⻀⻁⻂⻃⻄⻅⻆⻈⻉⻋⻌⻍⻎⻏⻐⻑⻒⻓"
    "⻔⻖⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲"
)
_UNIFIED = (
    "厂亻冂刀刂卜兀尢巳幺彑彐忄扌攵旡日月歺民氵氺灬爫爫丬犭王疋示"
    "礻糹纟罓罒羊耂肀聿月艹艹艹虎衤覀西见角讠贝车辶辶辶阝钅長镸长"
    "门阝青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀"
)
# Where old GBK systems kept characters that had no number yet, from U+E815 on; a space where nothing is put right.
_LEGACY_FIRST = 0xE815
_LEGACY = (
    " 𠂇𠂉𠃌 㑳㑇  龴㖞㘚㘎  㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠 𡗗龸"
    " 䁖䅟 䌷   𢦏䎱䎬 䏝䓖䙡䙌龹䜣䜩䝼䞍 䥇䥺䥽䦂䦃䦅䦆䦟"
    "䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)


def _repairs() -> dict[int, str]:
    known = dict(zip(map(ord, _RADICALS), _UNIFIED, strict=True))
    known.update({code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)})
    known.update({_LEGACY_FIRST + place: right for place, right in enumerate(_LEGACY) if right != " "})
    # A tab or an unbreakable space is a space; the other ways of ending a line are one.
    known.update({0x09: " ", 0xA0: " ", 0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"})
    return known


_REPAIRS = _repairs()


def clean(text: str) -> str:
    """The text as it will be printed: look-alike code points unified, invisible ones dropped, line ends as "\\n".

    Only code points that show the same sign are replaced; full-width punctuation stays full-width.
    """
    mended = unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(_REPAIRS))
    return "".join(character for character in mended if character == "\n" or not _is_invisible(character))


def _is_invisible(character: str) -> bool:
    # Controls, format characters (also those that reverse the reading order), variation selectors, lone surrogates.
    if unicodedata.category(character) in {"Cc", "Cf", "Cs"}:
        return True
    return 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF


def name_of(character: str) -> str:
    """The character and its number, for a person who must find it: 𠮷（U+20BB7）."""
    number = f"U+{ord(character):04X}"
    return f"{character}（{number}）" if character.isprintable() else number
