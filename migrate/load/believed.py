"""What is believed of a request, by where its operation stands."""

from __future__ import annotations

from migrate.records import State
from migrate.state.journal import Entry

SENT = frozenset({State.DONE, State.VERIFIED, State.MISMATCH})
"""It was done."""

_GIVEN_UP = frozenset({State.FAILED, State.PLANNED, State.SKIPPED})


def given_up(entry: Entry) -> bool:
    """Whether a request is believed to have done nothing: refused, or looked for in vain."""
    return entry.state is State.FAILED or lost(entry)


def lost(entry: Entry) -> bool:
    """Whether it got no answer, and was looked for in vain."""
    return entry.doubted and entry.state in _GIVEN_UP
