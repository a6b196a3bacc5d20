"""Money in whole fen: exact, ordered, additive; in words as 人民币大写."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万")
# 仟万亿 is the last place that has a name; a BIGINT of fen holds more than that.
_PLACES_OF_YUAN = 16
# What Decimal reads is more than what a person means: 1e3, 1_000 and ٣ are typing errors.
_AMOUNT = re.compile(r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]*)?|[+-]?\.[0-9]+")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in fen, the hundredth part of a yuan."""

    fen: int

    @classmethod
    def yuan(cls, amount: str | Decimal | int) -> Money:
        """The amount given in yuan; money is never rounded on the way in.

        Raises:
            ValueError: more than two decimal places, more than sixteen before them, a comma that sets off no
                thousands (12,5 might be meant as twelve and a half), or no number at all.
        """
        text = str(amount).strip()
        if isinstance(amount, str) and not _AMOUNT.fullmatch(text):
            raise ValueError(f"not an amount: {amount!r}")
        try:
            exact = Decimal(text.replace(",", ""))
        except InvalidOperation:
            raise ValueError(f"not an amount: {amount!r}") from None
        if not exact.is_finite() or exact.adjusted() >= _PLACES_OF_YUAN:
            raise ValueError(f"not an amount that can be kept: {amount!r}")
        if exact != exact.quantize(Decimal("0.01")):
            raise ValueError(f"an amount has at most two decimal places: {amount!r}")
        return cls(int(exact * 100))

    def __add__(self, other: Money) -> Money:
        """The sum."""
        return Money(self.fen + other.fen)

    def __radd__(self, other: int) -> Money:
        """So that sum() works from its zero."""
        return self if other == 0 else NotImplemented

    def __sub__(self, other: Money) -> Money:
        """The difference."""
        return Money(self.fen - other.fen)

    @property
    def plain(self) -> str:
        """`1280000.00`: for a form."""
        sign, fen = ("-", -self.fen) if self.fen < 0 else ("", self.fen)
        return f"{sign}{fen // 100}.{fen % 100:02}"

    @property
    def plain_with_commas(self) -> str:
        """`1,280,000.00`."""
        sign, fen = ("-", -self.fen) if self.fen < 0 else ("", self.fen)
        return f"{sign}{fen // 100:,}.{fen % 100:02}"

    def __str__(self) -> str:
        """`1,280,000.00 元`."""
        return f"{self.plain_with_commas} 元"

    def share(self, ratio: Decimal) -> Money:
        """The part `ratio` (0 to 1) of it, rounded half up to the fen."""
        return Money(int((Decimal(self.fen) * ratio).quantize(Decimal(1), ROUND_HALF_UP)))

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Parts in the proportion of `weights` that add up to the whole, none a whole fen from its exact share.

        Raises:
            ValueError: a negative weight, or weights that sum to nothing.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights are not negative and do not sum to zero")
        parts, given, weight = [], 0, 0
        for part in weights:
            weight += part
            upto = self.fen * weight // total
            parts.append(Money(upto - given))
            given = upto
        return parts

    def in_words(self) -> str:
        """人民币壹佰贰拾捌万元整 (支付结算办法附一): 整 after 元 and after 角, never after 分.

        Of the zeros that may be left out, 万位 keeps its 零 (壹拾万零柒仟元) and 元位 before 角 does without (陆佰捌拾元叁角).

        Raises:
            ValueError: a negative amount, or one of more than sixteen places.
        """
        yuan, fen = divmod(self.fen, 100)
        if self.fen < 0 or len(str(yuan)) > _PLACES_OF_YUAN:
            raise ValueError(f"an amount without words: {self}")
        jiao, fen = divmod(fen, 10)
        words = _integer_words(yuan) + "元" if yuan or not (jiao or fen) else ""
        if jiao:
            words += _DIGITS[jiao] + "角"
        elif fen and yuan:
            words += "零"
        words += _DIGITS[fen] + "分" if fen else "整"
        return "人民币" + words


def _integer_words(number: int) -> str:
    if number == 0:
        return "零"
    digits = str(number)
    words, zero = "", False
    for at, digit in enumerate(digits):
        place = len(digits) - at - 1
        if digit == "0":
            zero = True
        else:
            words += ("零" if zero else "") + _DIGITS[int(digit)] + _PLACES[place % 4]
            zero = False
        # 亿 stands wherever there is anything before it; 万 only for its own four places.
        if place and place % 4 == 0 and (place == 8 or digits[max(0, at - 3) : at + 1].strip("0")):
            words += _GROUPS[place // 4]
    return words


def total(amounts: Iterable[Money]) -> Money:
    """The sum of amounts; nothing sums to zero."""
    return Money(sum(amount.fen for amount in amounts))
