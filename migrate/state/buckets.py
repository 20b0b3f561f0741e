"""Which bucket a record is in: the worst state of its steps, by one table."""

from __future__ import annotations

from collections.abc import Iterable

from migrate.records import State

WORST_FIRST: tuple[State, ...] = (
    State.CONFLICT,
    State.MISMATCH,
    State.FAILED,
    State.IN_DOUBT,
    State.SENDING,
    State.REJECTED,
    State.HELD,
    State.WAITING,
    State.PLANNED,
    State.KEPT,
    State.DONE,
    State.VERIFIED,
    State.SKIPPED,
    State.UNDONE,
)
"""A record with one failed step is failed, whatever its other steps say; a record is verified only
when every step that was sent is, skipped only when nothing of it was, and undone only when all of
it was taken back: one that was loaded again since is where its later steps are."""

_RANK = {state: rank for rank, state in enumerate(WORST_FIRST)}

UNFINISHED = frozenset({State.SENDING, State.IN_DOUBT, State.PLANNED})
"""What the next run goes on with by itself."""

TROUBLE = frozenset(
    {State.CONFLICT, State.MISMATCH, State.FAILED, State.IN_DOUBT, State.SENDING, State.REJECTED}
)
"""What makes a run end with exit code 3."""


def bucket(states: Iterable[State]) -> State:
    """The one bucket of a record with these step states; a record without any is planned."""
    return min(states, key=_RANK.__getitem__, default=State.PLANNED)
