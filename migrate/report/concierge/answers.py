"""What can be answered to an old number, and which answer holds where the stores say several."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import NamedTuple

from migrate.records import State
from migrate.state.numbers import Loaded, Planned


class Code(StrEnum):
    """The answers. Where two are known of one number, the one that stands first here holds: what
    must not be told goes before all else, and a plan may still name what was taken back since."""

    ASK = "ask"
    UNDONE = "undone"
    FOUND = "found"
    STUCK = "stuck"
    REJECTED = "rejected"
    MAJOR_CALL = "major-call"
    WAITING = "waiting"
    OUTSIDE_SCOPE = "outside-scope"
    NO_TARGET = "no-target"
    REQUEST_LEFT = "request-left"
    GROUP_LEFT = "group-left-behind"
    LEFT = "left"
    PLANNED = "planned"
    NOT_MOVED = "not-moved"
    GONE = "gone"


RANK = {code: rank for rank, code in enumerate(Code)}


class Answer(NamedTuple):
    """One answer. Only one that is found has a `kind` of target record
    (`incident`, `knowledge`), a `number` and an `id`."""

    code: Code
    kind: str = ""
    number: str = ""
    id: str = ""


ASK = Answer(Code.ASK)

_BY_CODE = {
    "major-call": Code.MAJOR_CALL,
    "unit-not-moved": Code.NOT_MOVED,
    "outside-scope": Code.OUTSIDE_SCOPE,
    "no-target": Code.NO_TARGET,
    "request-left": Code.REQUEST_LEFT,
    "group-left-behind": Code.GROUP_LEFT,
}
_BY_STATE = {
    State.HELD: Code.ASK,
    State.REJECTED: Code.REJECTED,
    State.WAITING: Code.WAITING,
    State.SKIPPED: Code.LEFT,
    State.CONFLICT: Code.STUCK,
    State.MISMATCH: Code.STUCK,
    State.FAILED: Code.STUCK,
    State.IN_DOUBT: Code.STUCK,
    State.SENDING: Code.STUCK,
    State.UNDONE: Code.UNDONE,
}


def canonical(text: str) -> str:
    """A number as it is looked up: without blanks, in capitals. The page does the same."""
    return unicodedata.normalize("NFC", "".join(text.split()).upper())


def of_snapshot(there: bool, left: Code | None) -> Answer:
    """What HPSM alone says of a number: whether it is still `there`, and whether records of its
    kind are `left` behind, whatever unit has them."""
    return Answer((left or Code.NOT_MOVED) if there else Code.GONE)


def of_plan(planned: Planned) -> Answer:
    """What a plan alone says of a number."""
    state = State(planned.state) if planned.state else State.PLANNED
    if state is not State.HELD and planned.number:
        return _found(planned)
    code = _BY_CODE.get(planned.code) if state in (State.SKIPPED, State.WAITING) else None
    return Answer(code or _BY_STATE.get(state, Code.PLANNED))


def of_journal(loaded: Loaded) -> Answer:
    """What the journal alone says of a number that was begun."""
    if loaded.created == State.UNDONE:
        return Answer(Code.UNDONE)
    if loaded.number:
        return _found(loaded)
    state = State(loaded.created) if loaded.created else State.PLANNED
    return Answer(_BY_STATE.get(state, Code.PLANNED))


def _found(row: Planned | Loaded) -> Answer:
    kind = "knowledge" if row.kind.startswith("knowledge") else "incident"
    return Answer(Code.FOUND, kind, " ".join(row.number.split()), row.target_id)
