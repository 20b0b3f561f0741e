"""Permission groups and filters that a load gives to operators whom it makes.

Each is a step of the operator's chain, `right/SORT/N`, whose marker is the name in TOPdesk. A right
is held or not: giving it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrate.load.believed import SENT
from migrate.load.target import TargetReader
from migrate.records import Found, Operation
from migrate.state.journal import Entry

STEP = "right/"


def sort_of(step: str) -> str:
    """`permission_group`, `branch_filter`, `category_filter` or `operator_filter`."""
    return step.split("/")[1]


def held(reader: TargetReader, operation: Operation) -> list[Found]:
    """The operator, where they have the right that this operation gives."""
    sort = sort_of(operation.key.step)
    id = reader.rights(sort).get(operation.marker)
    if id is None or id not in reader.rights_of(operation.parent_id, sort):
        return []
    return [Found("operator", operation.parent_id, operation.marker)]


def wrong_rights(
    reader: TargetReader, target_id: str, known: Sequence[Entry]
) -> list[tuple[str, str]]:
    """A code and a detail for each right that was given and is not held."""
    given = [e for e in known if e.key.step.startswith(STEP) and e.state in SENT]
    if not given or not target_id:
        return []
    return list(_missing(reader, target_id, given))


def _missing(
    reader: TargetReader, target_id: str, given: Sequence[Entry]
) -> Iterator[tuple[str, str]]:
    for sort in dict.fromkeys(sort_of(entry.key.step) for entry in given):
        there, theirs = reader.rights(sort), reader.rights_of(target_id, sort)
        for entry in given:
            if sort_of(entry.key.step) == sort and there.get(entry.marker) not in theirs:
                yield "gone", f"{sort}: {entry.marker}"
