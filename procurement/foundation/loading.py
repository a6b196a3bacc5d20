"""A row that another row names is loaded when it is first read, together with all of its kind that are still to be read.

A relation to one row (whose officer, which department) is `lazy="select"`. Joined, it would make every statement wide and
slow to unpack, also for pages that never read it; by itself, it would ask one question a row. Here the first read asks
for every row of that kind that anything in the session names and nobody has loaded: one question a kind, however many rows.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Result, select
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.orm import Mapper, ORMExecuteState, RelationshipProperty, Session

# How many values one statement asks for: every database and driver takes more.
PORTION = 500

# Where the rows are held: the session alone would forget those that nothing refers to before they are read.
_HELD = "named rows"


def load_together(asked: ORMExecuteState) -> Result[Any] | None:
    """Answer the lazy load of one row by its key: with it come the rows of its kind that are named and not loaded yet.

    Any other statement goes its way (None).
    """
    if not asked.is_select:
        return None
    state, path = asked.lazy_loaded_from, asked.loader_strategy_path
    if state is None or path is None:
        return None
    relation: Any = path.path[-1]
    attribute = _naming_attribute(relation)
    key = state.dict.get(attribute) if attribute else None
    if key is None:
        return None
    kind: Mapper[Any] = relation.mapper
    others = _named_and_not_loaded(asked.session, kind) - {key}
    statement = select(kind.entity).where(kind.primary_key[0].in_([key, *sorted(others)[: PORTION - 1]]))
    rows = asked.session.scalars(statement, execution_options={"autoflush": False}).all()
    asked.session.info.setdefault(_HELD, []).extend(rows)
    found = [(row,) for row in rows if kind.primary_key_from_instance(row)[0] == key]
    return IteratorResult(SimpleResultMetaData([kind.class_.__name__]), iter(found))


def forget_loaded(session: Session, *_: object) -> None:
    """At the end of a transaction nothing is held any more: what was named may change."""
    session.info.pop(_HELD, None)


def _named_and_not_loaded(session: Session, kind: Mapper[Any]) -> set[int]:
    """The keys of the rows of a kind that rows in the session name, where neither relation nor row is loaded."""
    keys = set()
    for state in session.identity_map.all_states():
        for relation, attribute in _relations_to(state.mapper, kind):
            if relation not in state.dict and (key := state.dict.get(attribute)) is not None:
                keys.add(key)
    return {key for key in keys if kind.identity_key_from_primary_key((key,)) not in session.identity_map}


@cache
def _relations_to(mapper: Mapper[Any], kind: Mapper[Any]) -> tuple[tuple[str, str], ...]:
    """The relations of one class that name a row of a kind and load it when read, each with the attribute that keeps its key."""
    every = ((relation, _naming_attribute(relation)) for relation in mapper.relationships if relation.mapper is kind)
    return tuple((relation.key, name) for relation, name in every if name is not None and relation.lazy == "select")


@cache
def _naming_attribute(relation: Any) -> str | None:
    """The attribute that keeps the key of the row a relation leads to; None where it leads to several, or by anything else."""
    if not isinstance(relation, RelationshipProperty) or relation.uselist or relation.secondary is not None:
        return None
    pairs, keys = relation.local_remote_pairs or [], relation.mapper.primary_key
    if len(pairs) != 1 or len(keys) != 1 or pairs[0][1] is not keys[0]:
        return None
    return relation.parent.get_property_by_column(pairs[0][0]).key
