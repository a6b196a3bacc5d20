"""Identity numbers of citizens (GB 11643-1999): the check digit proves one; no sentence repeats what was typed.

Eighteen characters: six digits of the place, eight of the day of birth, three of a sequence, and the check digit, which may
be X.
"""

from __future__ import annotations

from datetime import date

from procurement.foundation.errors import Article, RuleBroken
from procurement.foundation.labels import word

LENGTH = 18
_WEIGHTS = tuple(2 ** (LENGTH - place) % 11 for place in range(1, LENGTH))
_CHECKS = "10X98765432"
_BIRTH = slice(6, 14)

STANDARD = Article("公民身份号码（GB 11643-1999）")


def plain_identity(text: str) -> str:
    """A number as it is kept: a capital X, without the spaces and hyphens people put between its groups."""
    return "".join(text.upper().split()).replace("-", "")


def check_digit(body: str) -> str:
    """The eighteenth character of the first seventeen."""
    total = sum(int(char) * weight for char, weight in zip(body, _WEIGHTS, strict=True))
    return _CHECKS[total % len(_CHECKS)]


def ensure_identity_number(number: str) -> None:
    """Refuse what is no identity number, saying what is wrong and never the number.

    Raises:
        RuleBroken: another length, a character that is no digit, no day of birth, or a check digit that does not fit.
    """
    if len(number) != LENGTH:
        raise _broken(
            word("身份证号有 {length} 位，您填了 {count} 位。请按身份证核对。"), length=LENGTH, count=len(number)
        )
    for place, char in enumerate(number, start=1):
        if not (char.isascii() and char.isdigit()) and (place, char) != (LENGTH, "X"):
            raise _broken(word("身份证号第 {place} 位不是数字；只有最后一位可以是 X。请按身份证核对。"), place=place)
    try:
        date.fromisoformat(number[_BIRTH])
    except ValueError:
        raise _broken(word("身份证号第 7 至 14 位应当是出生日期，现在不是一个日期。请按身份证核对。")) from None
    if number[-1] != check_digit(number[:-1]):
        raise _broken(word("身份证号第 18 位校验码与前面各位不符，至少有一位填错。请按身份证逐位核对。"))


def _broken(message: str, **values: int) -> RuleBroken:
    return RuleBroken(message, article=STANDARD, field="identity_number", **values)
