"""Moves are a table: deed → (from, to); the guard, the buttons and the diagram read the same one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from procurement.foundation.errors import WrongState
from procurement.foundation.labels import Labelled, word

Status = TypeVar("Status", bound=Labelled)


class StateTable(Generic[Status]):
    """The lawful moves of one kind of subject."""

    def __init__(self, moves: Mapping[Any, tuple[frozenset[Status], Status]]) -> None:
        """`moves`: for each deed the states it starts from and the one it leads to."""
        self.moves = dict(moves)

    def open_to(self, subject: Any) -> list[Any]:
        """The deeds that the subject's status leaves possible."""
        return [deed for deed, (sources, _) in self.moves.items() if subject.status in sources]

    def ensure_open(self, deed: Any, subject: Any) -> None:
        """Refuse, with the label of the status, when `deed` does not start from where the subject is.

        What says more of itself than its status, how it ended, says it in `state`.
        """
        if subject.status not in self.moves[deed][0]:
            status = getattr(subject, "state", subject.status)
            raise WrongState(word("现在的状态是“{status}”，不能{deed}。"), status=status, deed=deed)

    def move(self, deed: Any, subject: Any) -> None:
        """Set the status the deed leads to; refused when it does not start from the present one."""
        self.ensure_open(deed, subject)
        subject.status = self.moves[deed][1]

    def states(self) -> set[Status]:
        """Every status that some move leaves or reaches."""
        return {state for sources, target in self.moves.values() for state in (*sources, target)}
