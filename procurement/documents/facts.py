"""What every document's facts can do: be compared with what was printed, by one number."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any


class Facts:
    """The words of a document before they are ink; its subclasses are frozen dataclasses of texts and tuples."""

    __slots__ = ()

    def digest(self) -> str:
        """SHA-256, in hexadecimal, over the facts as canonical JSON: equal facts, equal digest."""
        words: dict[str, Any] = asdict(self)  # type: ignore[call-overload]
        canonical = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
