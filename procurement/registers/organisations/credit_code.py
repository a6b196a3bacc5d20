"""Unified social credit codes (GB 32100-2015): the check digit proves one, the first two characters say of what kind.

Eighteen characters: the registering authority, the kind of body, six digits of the place, nine of the body itself (an
organisation code by GB 11714 with a check digit of its own), and the check digit of the whole.
"""

from __future__ import annotations

from procurement.foundation.errors import Article, RuleBroken
from procurement.foundation.labels import Labelled, word

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 characters: no I, O, S, V, Z
LENGTH = 18
PREFIX = 2
_WEIGHTS = tuple(3**place % 31 for place in range(LENGTH - 1))
_INNER = slice(8, 16)
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_INNER_CHECKS = "0123456789X"
_PLACE = slice(2, 8)

STANDARD = Article("法人和其他组织统一社会信用代码编码规则（GB 32100-2015）")


class Kind(Labelled):
    """What a body is, by the first two characters of its code."""

    STATE_ORGAN = "11", word("机关")
    PUBLIC_INSTITUTION = "12", word("事业单位")
    MASS_ORGANISATION = "13", word("编制部门管理的群众团体")
    LAW_FIRM = "31", word("律师执业机构")
    SOCIAL_ASSOCIATION = "51", word("社会团体")
    SOCIAL_SERVICE = "52", word("社会服务机构（民办非企业单位）")
    FOUNDATION = "53", word("基金会")
    SELF_GOVERNING = "54", word("基层群众性自治组织")
    OTHER_CIVIL = "59", word("民政部门登记的其他组织")
    TRADE_UNION = "81", word("工会")
    ENTERPRISE = "91", word("企业")
    SOLE_TRADER = "92", word("个体工商户")
    FARMERS_COOPERATIVE = "93", word("农民专业合作社")
    TOWN_COLLECTIVE = "N3", word("乡镇级集体经济组织")
    VILLAGE_COLLECTIVE = "N2", word("村级集体经济组织")
    GROUP_COLLECTIVE = "N1", word("组级集体经济组织")
    OTHER = "Y1", word("其他组织")


def plain_code(text: str) -> str:
    """A code as it is kept: capital letters, without the spaces and hyphens people put between its groups."""
    return "".join(text.upper().split()).replace("-", "")


def check_digit(body: str) -> str:
    """The eighteenth character of the first seventeen; a remainder of nothing gives 0."""
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % len(ALPHABET)]


def inner_check_digit(body: str) -> str:
    """The ninth character of an organisation code's first eight (GB 11714): digits as themselves, A = 10 … Z = 35."""
    total = sum(int(char, 36) * weight for char, weight in zip(body, _INNER_WEIGHTS, strict=True))
    return _INNER_CHECKS[-total % len(_INNER_CHECKS)]


def complete(body: str) -> str:
    """The code whose first sixteen characters are `body`, both check digits added."""
    with_inner = body + inner_check_digit(body[_INNER])
    return with_inner + check_digit(with_inner)


def ensure_credit_code(code: str) -> None:
    """Refuse what is no credit code, saying which character is wrong.

    Raises:
        RuleBroken: another length, a character the standard does not have, or a check digit that does not fit.
    """
    if len(code) != LENGTH:
        raise RuleBroken(
            word("统一社会信用代码有 {length} 位，您填了 {count} 位。请按登记证书核对。"),
            length=LENGTH, count=len(code), article=STANDARD, field="credit_code",
        )  # fmt: skip
    for place, char in enumerate(code, start=1):
        if char not in ALPHABET:
            raise RuleBroken(
                word("统一社会信用代码第 {place} 位“{char}”不对：代码只用数字和大写字母，不用 I、O、S、V、Z。"),
                place=place, char=char, article=STANDARD, field="credit_code",
            )  # fmt: skip
    if not code[_PLACE].isdigit():
        raise RuleBroken(
            word("统一社会信用代码第 3 至 8 位“{part}”是行政区划码，应当都是数字。请按登记证书核对。"),
            part=code[_PLACE], article=STANDARD, field="credit_code",
        )  # fmt: skip
    _ensure_check_digits(code)


def _ensure_check_digits(code: str) -> None:
    message = word("统一社会信用代码第 {place} 位校验码“{char}”与前面各位不符，至少有一位填错。请按登记证书逐位核对。")
    if code[16] != inner_check_digit(code[_INNER]):
        raise RuleBroken(message, place=17, char=code[16], article=STANDARD, field="credit_code")
    if code[17] != check_digit(code[:17]):
        raise RuleBroken(message, place=18, char=code[17], article=STANDARD, field="credit_code")


def kind_of(code: str) -> Kind | None:
    """What the body is, by the first two characters; None for a prefix this system does not know."""
    return next((kind for kind in Kind if code.startswith(kind.value)), None)
