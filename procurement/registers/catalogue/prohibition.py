"""Whether a text itself forbids what a keyword names: 不得提供贷款担保 is no plan to give a guarantee.

Read narrowly, since a hit that is taken for forbidden asks for one finding instead of two. A hit stands directly under a
prohibition where its clause does nothing but forbid:

- 不得, 禁止 or 严禁 stands before it in the same clause; a clause ends at 。；，！？、： and their Western forms, at
  brackets, quotation marks and line breaks;
- from there to the clause's end stand only the hit, other hits, and words of a closed list (提供, 采用, 以任何方式 …), of
  which a few characters at most lie between the prohibition and the hit. What is not on the list is no such clause:
  不得拖延劳务派遣 orders the thing, and 禁止劳务派遣人员脱岗 takes it for granted;
- before the prohibition, back to the last punctuation mark, nothing is denied: 不, 未, 非, 无 … make 不得不, 不禁止,
  并非禁止 and 未经批准不得 what they are. A line break, a bracket or a quotation mark does not hide the denial;
- nothing in the sentence takes it back or makes it depend: 除…外, 但, 取消, 允许, 原则上, 如果 …. A sentence ends at
  。；！？ and is read a hundred characters to either side at most, whatever lines it runs over.

Everything is read in the folded text, so that no space, no invisible and no traditional character makes a difference.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence

from procurement.statute.limits import ScreeningBounds

Span = tuple[int, int]

# As folding leaves them: full-width forms have become Western ones.
SENTENCE_ENDS = "。;!?"
CLAUSE_ENDS = SENTENCE_ENDS + ",、:"
_ENCLOSING = "()[]{}<>《》〈〉「」『』【】〔〕“”‘’\"'"

# What stands for a hit while the words around it are read; folding leaves no such character in a text.
_HIT = "\0"

# 恨不得, 由不得, 免不得 are words of their own that forbid nothing; 禁止的… only tells of what is forbidden.
_PROHIBITION = re.compile("(?<![恨舍巴由怪要使顾见免值])不得|(?:严禁|禁止)(?![的了])")

# 违法 or 直接 would forbid a part and leave the rest: they are not here.
_WORDS = (
    "提供", "采用", "采取", "使用", "实行", "实施", "进行", "开展", "从事", "参与", "约定", "作出", "出具", "签订", "设置",
    "设立", "安排", "利用", "通过", "借用", "用于", "作为", "购买", "采购", "承接", "履行", "变相", "再", "以", "用", "将",
    "向", "为", "由", "对", "给", "直接或间接", "直接或者间接",
    "本项目", "该项目", "项目", "承接方", "承接主体", "承接单位", "供应商", "中标人", "采购人", "购买主体", "第三方", "他人",
    "其他人", "银行", "金融机构", "政府",
    "任何", "一切", "各种", "各类", "形式", "方式", "手段", "名义", "途径", "类型", "性质", "类", "的", "等", "或", "或者",
    "和", "及", "以及", "与", "其他", "其它",
    "行为", "活动", "业务", "事项", "协议", "合同", "文件", "措施", "服务", "用工", "担保", "承诺", "资金",
)  # fmt: skip
# Possessive: the longest word that fits is taken and never given back, so that no text makes the reading slow.
_ONLY_FORBIDS = re.compile(f"(?:{_HIT}|{'|'.join(sorted(_WORDS, key=len, reverse=True))})*+")

_HARMLESS = re.compile("无论|不论|不管")
_DENIAL = re.compile("[不未非没无莫勿毋否别休免难岂]")
_TAKEN_BACK = re.compile(
    "除[^外]{0,60}外|除非|例外|以外|之外|另有|并非|不是|是否|取消|解除|废止|废除|撤销|撤回|放开|放宽|不再|不受|无需|不必|豁免|"
    "但|允许|可以|准许|如果|若(?!干)|假如|倘|即使|虽|尽管|原则上|一般(?:不得|禁止|情)|通常|尽量|尽可能|特殊情|确需|必要时|"
    "所谓|名义上|表面上|形式上"
)


def sentence_of(text: str, start: int, end: int) -> Span:
    """The sentence in which `text[start:end]` stands, without its end mark, as far as it is read."""
    return _stretch(text, start, end, SENTENCE_ENDS)


def under_prohibition(text: str, breaks: Collection[int], spans: Sequence[Span]) -> set[Span]:
    """Those of `spans` in the folded `text` that stand directly under a prohibition.

    `breaks` are the places before which the original breaks a line. Overlapping spans are read as one: 派遣用工 in
    劳务派遣用工 stands under whatever 劳务派遣 stands under.
    """
    groups = _joined(spans)
    masked = list(text)
    for start, end in groups:
        masked[start:end] = _HIT * (end - start)
    plain = "".join(masked)
    starts = [start for start, _end in groups]
    forbidden = [_is_forbidden(plain, breaks, group) for group in groups]
    return {span for span in spans if forbidden[bisect_right(starts, span[0]) - 1]}


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _is_forbidden(text: str, breaks: Collection[int], hit: Span) -> bool:
    start, end = hit
    first, last = _stretch(text, start, end, CLAUSE_ENDS + _ENCLOSING, breaks)
    prohibitions = list(_PROHIBITION.finditer(text, first, start))
    if not prohibitions:
        return False
    nearest = prohibitions[-1]
    between = text[nearest.end() : start]
    if len(between.replace(_HIT, "")) > ScreeningBounds.near:
        return False
    if _ONLY_FORBIDS.fullmatch(between) is None or _ONLY_FORBIDS.fullmatch(text, end, last) is None:
        return False
    before, _ = _stretch(text, nearest.start(), start, CLAUSE_ENDS)
    # A clause longer than what is read of it may hide what it says: it is not taken for a prohibition.
    if last - end >= ScreeningBounds.reach or nearest.start() - before >= ScreeningBounds.reach:
        return False
    if _DENIAL.search(_HARMLESS.sub("", text[before : nearest.start()])):
        return False
    opens, closes = sentence_of(text, start, end)
    return _TAKEN_BACK.search(text, opens, closes) is None


def _stretch(text: str, start: int, end: int, ends: str, breaks: Collection[int] = ()) -> Span:
    first, last = start, end
    least, most = max(start - ScreeningBounds.reach, 0), min(end + ScreeningBounds.reach, len(text))
    while first > least and text[first - 1] not in ends and first not in breaks:
        first -= 1
    while last < most and text[last] not in ends and last not in breaks:
        last += 1
    return first, last
