"""Labelled: an enum whose members carry the word the user reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Enum as SqlEnum


def word(text: str) -> str:
    """Mark a Chinese text for extraction and return it unchanged; the web floor translates it where it is shown."""
    return text


class Twofold(str):
    """A name that a person gave in Chinese and perhaps in English too; as a text it is the Chinese one."""

    english: str
    __slots__ = ("english",)

    def __new__(cls, chinese: str, english: str = "") -> Self:
        """`english` is empty where there is none."""
        name = str.__new__(cls, chinese)
        name.english = english
        return name


@dataclass(frozen=True, slots=True)
class Said:
    """A template with its values as a value of another: a message inside a message, translated with it."""

    message: str
    values: Mapping[str, Any]

    def __str__(self) -> str:
        """In Chinese, what is labelled by its label."""
        spoken = {name: _spoken(row) for name, row in self.values.items()}
        return self.message.format(**spoken)


def _spoken(value: Any) -> Any:
    if isinstance(value, tuple):
        return "、".join(str(_spoken(row)) for row in value)
    return value.label if isinstance(value, Labelled) else value


class Labelled(StrEnum):
    """A value as stored, and its Chinese label: `SUBMITTED = "submitted", word("已提交")`."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """A member whose string value is `value` and whose label is `label`."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


def enum_column(kind: type[Labelled], name: str) -> SqlEnum:
    """A VARCHAR column type for `kind`, held to its values by the check constraint `name`."""
    return SqlEnum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )
